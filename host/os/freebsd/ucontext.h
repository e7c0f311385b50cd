#pragma once

/// ucontext_t: the signal mask, then the machine's mcontext_t (the plugin's), then UcontextTail.

#include "host/os/freebsd/abi/signal.h"
#include "host/task/task.h"

namespace emulate::freebsd {

struct UcontextLayout {
  std::size_t mcontext_offset;
  std::size_t mcontext_size;
  std::size_t tail_offset;  ///< of uc_link; also how much getcontext(2) copies (UC_COPY_SIZE)
  std::size_t size;         ///< sizeof(ucontext_t)
};

UcontextLayout ucontext_layout(Task& task);

/// Writes the calling thread's context as getcontext(2) does.
Expected<void> store_context(Task& task, GuestAddr address);

/// Reads `bytes` of a ucontext_t and makes the CPU and the signal mask so. JustReturn on success.
SysResult load_context(Task& task, GuestAddr address, std::size_t bytes);

}  // namespace emulate::freebsd
