#include "host/os/freebsd/cpus.h"

#include <unistd.h>

namespace emulate::freebsd {
namespace {

cpu_set_t find_cpus(std::uint32_t most) {
  cpu_set_t guest;
  CPU_ZERO(&guest);
  std::uint32_t found = 0;
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE && (most == 0 || found < most); ++cpu) {
    if (!CPU_ISSET(cpu, &host_cpus())) continue;
    CPU_SET(cpu, &guest);
    ++found;
  }
  return guest;
}

}  // namespace

const cpu_set_t& host_cpus() {
  static const cpu_set_t at_start = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(::getpid(), sizeof set, &set);
    return set;
  }();
  return at_start;
}

const cpu_set_t& guest_cpus(Process& process) {
  static const cpu_set_t all = find_cpus(process.machine().max_cpus);
  return all;
}

int guest_cpu_count(Process& process) { return CPU_COUNT(&guest_cpus(process)); }

}  // namespace emulate::freebsd
