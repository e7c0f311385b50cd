/* The machine's part of the runtime. A new machine is one file in arch/ and one line here. */
#pragma once

#if defined(__aarch64__)
#include "arch/aarch64.h"
#elif defined(__arm__)
#include "arch/arm.h"
#else
#error "no runtime for this machine"
#endif
