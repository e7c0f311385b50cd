/// Needs a symbol that nothing defines.
#include "test_plugin.h"

extern "C" const emulate::Plugin* emulate_test_symbol_that_is_missing();

EMULATE_EXPORT const emulate::Plugin* emulate_plugin() {
  return emulate_test_symbol_that_is_missing();
}
