# find_package(emulate): the target emulate::plugin-api and the function emulate_add_plugin().
include(${CMAKE_CURRENT_LIST_DIR}/emulateTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/EmulatePlugin.cmake)
