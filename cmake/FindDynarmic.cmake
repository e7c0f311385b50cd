# Finds the Dynarmic that scripts/bootstrap built (static, without LLVM), else Debian's shared one.
# EMULATE_DYNARMIC_ROOT names the former's prefix. Defines dynarmic::dynarmic.
set(dynarmic_default "$ENV{EMULATE_DYNARMIC_ROOT}")
if(NOT dynarmic_default AND EXISTS ${CMAKE_SOURCE_DIR}/.cache/dynarmic/lib)
  set(dynarmic_default ${CMAKE_SOURCE_DIR}/.cache/dynarmic)
endif()
set(EMULATE_DYNARMIC_ROOT "${dynarmic_default}" CACHE PATH "Prefix of a static Dynarmic")
find_path(Dynarmic_INCLUDE_DIR dynarmic/interface/A64/a64.h
          HINTS ${EMULATE_DYNARMIC_ROOT}/include)
find_library(Dynarmic_LIBRARY NAMES libdynarmic.a HINTS ${EMULATE_DYNARMIC_ROOT}/lib
             NO_DEFAULT_PATH)
find_library(Dynarmic_mcl NAMES libmcl.a HINTS ${EMULATE_DYNARMIC_ROOT}/lib NO_DEFAULT_PATH)
if(NOT Dynarmic_LIBRARY)
  message(WARNING "no static Dynarmic (run scripts/bootstrap): using the shared one, slow to start")
  find_library(Dynarmic_LIBRARY NAMES dynarmic)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Dynarmic DEFAULT_MSG Dynarmic_LIBRARY Dynarmic_INCLUDE_DIR)
if(Dynarmic_FOUND AND NOT TARGET dynarmic::dynarmic)
  add_library(dynarmic::dynarmic UNKNOWN IMPORTED)
  set_target_properties(dynarmic::dynarmic PROPERTIES
    IMPORTED_LOCATION ${Dynarmic_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Dynarmic_INCLUDE_DIR})
  set(libs emulate_fmt)
  set(static_only FALSE)
  if(Dynarmic_mcl)
    list(PREPEND libs ${Dynarmic_mcl})
    # The library as bootstrap edits it has no disassembler; an unedited one needs Zydis.
    file(STRINGS ${Dynarmic_LIBRARY} Dynarmic_zydis REGEX ZydisDecoderInit LIMIT_COUNT 1)
    if(Dynarmic_zydis)
      find_library(Zydis_LIBRARY NAMES Zydis REQUIRED)
      list(APPEND libs ${Zydis_LIBRARY})
    else()
      set(static_only TRUE)
    endif()
  endif()
  # Whether an executable linked -static can have it.
  set_property(GLOBAL PROPERTY EMULATE_DYNARMIC_STATIC ${static_only})
  set_property(TARGET dynarmic::dynarmic PROPERTY INTERFACE_LINK_LIBRARIES ${libs})
endif()
