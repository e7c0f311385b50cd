/* The machine's part of the runtime. A new machine is one file in arch/ and one line here. */
#pragma once

#if defined(__aarch64__)
#include "arch/aarch64.h"
#elif defined(__arm__)
#include "arch/arm.h"
#elif defined(__mips__)
#include "arch/mips.h"
#elif defined(__powerpc__)
#include "arch/ppc.h"
#elif defined(__sparc__)
#include "arch/sparc64.h"
#else
#error "no runtime for this machine"
#endif

/* From the TCB to the program's TLS block, which starts at a multiple of `align`. */
#ifndef ARCH_TLS_OFFSET
#define ARCH_TLS_OFFSET(align) ((ARCH_TCB_SIZE + (align)-1) & ~((align)-1))
#endif

/* si_code of an access that a mapping forbids. */
#ifndef ARCH_ACCERR
#define ARCH_ACCERR SEGV_ACCERR
#endif

/* Where the C ABI passes unions by reference, but the system call takes its value. */
#ifndef ARCH_SIGVAL
#define ARCH_SIGVAL
#endif

#ifndef ARCH_PAGE
#define ARCH_PAGE 4096
#endif
#ifndef ARCH_TLS_VARIANT
#define ARCH_TLS_VARIANT 1
#endif
/* Makes a context go on at `pc`. */
#ifndef ARCH_MC_SET_PC
#define ARCH_MC_SET_PC(mc, pc) (ARCH_MC_PC(mc) = (pc))
#endif
/* The signal of an access ('r', 'w', 'x') that is refused, of something mapped or not. */
#ifndef ARCH_FAULT_SIGNAL
#define ARCH_FAULT_SIGNAL(mapped) SIGSEGV
#define ARCH_FAULT_CODE(mapped, access) ((mapped) ? ARCH_ACCERR : SEGV_MAPERR)
#endif
