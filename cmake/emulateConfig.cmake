# find_package(emulate): emulate::plugin-api, and the version script that keeps a plugin's one
# symbol visible.
include(${CMAKE_CURRENT_LIST_DIR}/emulateTargets.cmake)
set(EMULATE_PLUGIN_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/plugin.map)
