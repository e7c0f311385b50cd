#pragma once

/// Where both kernels leave what a system call gives: r3 and r4, with CR0.SO set for an error
/// (FreeBSD sys/powerpc/powerpc/exec_machdep.c, cpu_set_syscall_retval(); Linux
/// arch/powerpc/kernel/interrupt.c, syscall_exit_prepare()).

#include "emulate/emulate.h"
#include "ppc/helpers.h"
#include "ppc/state.h"

namespace emulate::ppc {

inline constexpr std::uint32_t kCr0So = 0x1000'0000u;

inline void store_syscall_result(Cpu& cpu, State& s, const SyscallResult& result, bool wide) {
  constexpr unsigned kFirst = 3, kSecond = 4;
  switch (result.outcome) {
    case SyscallOutcome::value:
      if (result.wide && !wide) {
        s.gpr[kFirst] = result.value >> 32;
        s.gpr[kSecond] = static_cast<std::uint32_t>(result.value);
      } else {
        s.gpr[kFirst] = result.value;
        if (result.has_second) s.gpr[kSecond] = result.second;
      }
      write_cr(s, read_cr(s) & ~kCr0So);
      break;
    case SyscallOutcome::error:
      s.gpr[kFirst] = static_cast<std::uint64_t>(result.error);
      write_cr(s, read_cr(s) | kCr0So);
      break;
    case SyscallOutcome::restart:
      cpu.set_pc(cpu.pc() - 4);
      break;
    case SyscallOutcome::just_return:
      break;
  }
}

}  // namespace emulate::ppc
