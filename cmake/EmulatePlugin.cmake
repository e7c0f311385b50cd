# emulate_add_plugin(NAME SOURCES file... [LIBS target...])
#
# Builds lib/emulate/plugins/NAME.so, a module that exports one symbol, and the target NAME_static,
# the same objects with the entry point renamed emulate_plugin_NAME for the one-file variant.
# Used by emulate's own plugins and, through find_package(emulate), by everyone else's.
set(EMULATE_PLUGIN_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/plugin.map)

# Every guest process starts with loading these files: few segments, few relocations, and no C++
# library to be searched for symbols make it start in three quarters of the time. (The sanitizers
# want the shared C++ library.)
set(EMULATE_QUICK_START -Wl,-z,noseparate-code)
if(NOT EMULATE_SANITIZE)
  list(APPEND EMULATE_QUICK_START -static-libstdc++ -static-libgcc)
endif()

function(emulate_add_plugin name)
  cmake_parse_arguments(P "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} MODULE ${P_SOURCES})
  target_link_libraries(${name} PRIVATE emulate::plugin-api ${P_LIBS})
  target_link_options(${name} PRIVATE
    -Wl,--version-script=${EMULATE_PLUGIN_VERSION_SCRIPT} -Wl,-z,relro,-z,now
    ${EMULATE_QUICK_START})
  set_target_properties(${name} PROPERTIES
    PREFIX "" CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/emulate/plugins
    LINK_DEPENDS ${EMULATE_PLUGIN_VERSION_SCRIPT})
  install(TARGETS ${name} LIBRARY DESTINATION lib/emulate/plugins)

  string(MAKE_C_IDENTIFIER ${name} identifier)
  add_library(${name}_static STATIC EXCLUDE_FROM_ALL ${P_SOURCES})
  target_link_libraries(${name}_static PUBLIC emulate::plugin-api ${P_LIBS})
  target_compile_definitions(${name}_static PRIVATE
    EMULATE_PLUGIN_ENTRY=emulate_plugin_${identifier})
  set_property(GLOBAL APPEND PROPERTY EMULATE_STATIC_PLUGINS ${name})
endfunction()
