#pragma once

/// The CPUs that the guest is told of.

#include <sched.h>

#include "host/task/process.h"

namespace emulate::freebsd {

/// All of them: those emulate may run on, cut down to what the machine can have.
const cpu_set_t& guest_cpus(Process& process);
int guest_cpu_count(Process& process);
/// What the guest's CPUs run on.
const cpu_set_t& host_cpus();

}  // namespace emulate::freebsd
