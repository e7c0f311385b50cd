#include "host/signal/blocking.h"

#include <ucontext.h>

#include <cerrno>
#include <cstdint>

#include "host/signal/attentive.h"
#include "host/task/access.h"

extern "C" {
long emulate_blocking_syscall(const int* attention, const long args[7]);
void emulate_blocking_window();
void emulate_blocking_instruction();
void emulate_blocking_abort();
}

namespace emulate {
namespace {

std::uintptr_t address_of(void (*label)()) { return reinterpret_cast<std::uintptr_t>(label); }

}  // namespace

static_assert(sizeof(std::atomic<int>) == sizeof(int));

long attentive_syscall(Task& task, const long args[7]) {
  return emulate_blocking_syscall(reinterpret_cast<const int*>(&TaskAccess::inbox(task).attention),
                                  args);
}

long blocking_syscall(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
  Task& task = *Task::current();
  const long args[7] = {number, a0, a1, a2, a3, a4, a5};
  for (;;) {
    if (task.interrupted()) return -EINTR;
    const long r = attentive_syscall(task, args);
    if (r != -EINTR) return r;
  }
}

long blocking_syscall_once(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
  const long args[7] = {number, a0, a1, a2, a3, a4, a5};
  return attentive_syscall(*Task::current(), args);
}

void abort_blocking_window(void* ucontext) {
  greg_t& rip = static_cast<ucontext_t*>(ucontext)->uc_mcontext.gregs[REG_RIP];
  const auto pc = static_cast<std::uintptr_t>(rip);
  if (pc >= address_of(&emulate_blocking_window) &&
      pc <= address_of(&emulate_blocking_instruction)) {
    rip = static_cast<greg_t>(address_of(&emulate_blocking_abort));
  }
}

}  // namespace emulate
