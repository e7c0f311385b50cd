/* Instructions that trap at known addresses, and registers held over a signal (arch/ has them). */
#pragma once

#include "runtime.h"

/* Each returns 0 (load: the word) when nothing trapped; a handler that sets the PC to
 * rt_probe_resume makes it return -1. */
int rt_probe_load(const void* address);
int rt_probe_store(void* address);
int rt_probe_illegal(void);
int rt_probe_break(void);
extern const char rt_probe_load_pc[], rt_probe_store_pc[], rt_probe_illegal_pc[],
    rt_probe_break_pc[], rt_probe_resume[];

void rt_hold_fp(const uint64_t* in, uint64_t* out, const volatile int* flag);
