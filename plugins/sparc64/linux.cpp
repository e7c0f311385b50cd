#include "sparc64/linux.h"

namespace emulate::sparc64 {

bool context_trap(jit::Context&, unsigned) { return false; }

}  // namespace emulate::sparc64
