# EMULATE_SANITIZE: the whole tree under GCC's sanitizers (presets asan and tsan).
set(EMULATE_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
if(NOT EMULATE_SANITIZE)
  return()
endif()
set(EMULATE_STATIC OFF)
add_compile_options(-fsanitize=${EMULATE_SANITIZE} -fno-omit-frame-pointer)
add_link_options(-fsanitize=${EMULATE_SANITIZE})
if(EMULATE_SANITIZE MATCHES undefined)
  # With these three GCC no longer takes the address of an object for non-null in constant
  # expressions, which the plugins' tables need. Null pointers fault by themselves.
  add_compile_options(-fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute)
endif()
# The run-time options go into every executable, so that no environment has to be set.
add_library(emulate_sanitizer_options OBJECT ${CMAKE_CURRENT_LIST_DIR}/sanitizer_options.cpp)
link_libraries($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:emulate_sanitizer_options>)
