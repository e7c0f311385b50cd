#include "probe.h"

__asm__(".text\n" ARCH_PROBES ARCH_HOLD_FP);
