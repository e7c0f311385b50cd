/* A signal handler that keeps how often it ran and the last siginfo. */
#pragma once

#include "runtime.h"

static volatile siginfo_t last;
static volatile int calls;

static void record(int signo, siginfo_t* info, void* context) {
  (void)signo, (void)context;
  last = *info;
  calls++;
}
