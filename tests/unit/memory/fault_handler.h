#pragma once

/// The part of the host's signal handler that the memory library needs.

#include <signal.h>

#include "host/memory/copy.h"

namespace emulate {

inline AddressSpace* tracked_space = nullptr;

inline void install_fault_handler() {
  struct sigaction sa {};
  sa.sa_flags = SA_SIGINFO;
  sa.sa_sigaction = [](int signo, siginfo_t* info, void* ucontext) {
    if (tracked_space != nullptr && tracked_space->note_write_fault(info->si_addr)) return;
    if (!recover_copy_fault(ucontext)) signal(signo, SIG_DFL);
  };
  sigaction(SIGSEGV, &sa, nullptr);
  sigaction(SIGBUS, &sa, nullptr);
}

inline AddressSpace::Limits small_limits(std::uint32_t page = 4096) {
  AddressSpace::Limits l;
  l.window_size = 1ULL << 32;
  l.page_size = page;
  l.user_max = GuestAddr(0xc000'0000);
  l.map_base = GuestAddr(0x2000'0000);
  return l;
}

}  // namespace emulate
