/// Its entry point returns nothing.
#include "test_plugin.h"

EMULATE_EXPORT const emulate::Plugin* emulate_plugin() { return nullptr; }
