#include "host/task/debugging.h"

#include "host/task/access.h"

namespace emulate {

Debugging Debugging::instance_;

void Debugging::nudge(const Process& process, int tid) {
  process.with_task(tid, [](const Task& t) { ProcessAccess::poke(t); });
}

}  // namespace emulate
