/// What RISC-V and FreeBSD agree on. Each hook follows the kernel function named above it.

#include <algorithm>
#include <cstring>

#include "riscv64.h"

namespace riscv64 {
namespace {

constexpr std::uint64_t kSysSyscall = 0;
constexpr std::uint64_t kSysUnderscoreSyscall = 198;
constexpr int kEopnotsupp = 45;
constexpr int kIllIlltrp = 4;
constexpr int kTrapBrkpt = 1;

/// FreeBSD sys/riscv/include/vmparam.h, elf.h
constexpr std::uint64_t kUserMax = 0x40'0000'0000;
constexpr MemoryLayout kMemory{.user_max = GuestAddr(kUserMax),
                               .stack_top = GuestAddr(kUserMax - 4096),
                               .dyn_base = GuestAddr(0x10'0000),
                               .stack_size = 128u << 20,
                               .data_size = 128u << 20};

/// FreeBSD sys/riscv/include/ucontext.h
struct Mcontext {
  std::uint64_t gp[31], sepc, sstatus;
  std::uint64_t fp_x[32][2], fcsr;
  std::int32_t fp_flags, fp_pad, flags, pad;
  std::uint64_t spare[8];
};
static_assert(sizeof(Mcontext) == 864);
/// Which register each element of struct gpregs holds: ra, sp, gp, tp, t0-t6, s0-s11, a0-a7.
constexpr std::array<std::uint8_t, 31> kGpregs{1,  2,  3,  4,  5,  6,  7,  28, 29, 30, 31,
                                               8,  9,  18, 19, 20, 21, 22, 23, 24, 25, 26,
                                               27, 10, 11, 12, 13, 14, 15, 16, 17};

/// struct sigframe: siginfo_t of 80 bytes, then ucontext_t: signal mask, mcontext_t, uc_link,
/// uc_stack, uc_flags and four spare words.
constexpr std::size_t kSiginfo = 80;
constexpr std::size_t kUcontext = 16 + sizeof(Mcontext) + 8 + 24 + 24;
constexpr FreeBsdFrameLayout kFrame{.mcontext_size = sizeof(Mcontext),
                                    .mcontext_align = 8,
                                    .frame_size = kSiginfo + kUcontext,
                                    .siginfo_offset = 0,
                                    .ucontext_offset = kSiginfo};

/// sigcode of FreeBSD sys/riscv/riscv/locore.S
constexpr std::array<std::uint32_t, 8> kSigcode{
    0x0001'0513,  // mv a0, sp
    0x0505'0513,  // addi a0, a0, 80
    0x1a10'0293,  // li t0, 417 (sigreturn)
    0x0000'0073,  // ecall
    0x0010'0293,  // li t0, 1 (exit)
    0x0000'0073,  // ecall
    0xff1f'f06f,  // j back to sigreturn
    0x0000'0013,  // nop
};

/// sizeof(struct tcb): the thread pointer lies behind it (FreeBSD sys/riscv/riscv/vm_machdep.c).
constexpr std::uint64_t kTpOffset = 16;

class RiscvFreeBsd final : public FreeBsdAbi {
 public:
  const MemoryLayout& memory_layout() const noexcept override { return kMemory; }
  std::uint64_t hwcap(const CpuModel&) const noexcept override { return 0; }
  std::uint64_t hwcap2(const CpuModel&) const noexcept override { return 0; }
  bool pairs_aligned() const noexcept override { return false; }
  const FreeBsdFrameLayout& frame_layout() const noexcept override { return kFrame; }
  std::span<const std::byte> setup_sigtramp() const noexcept override {
    return std::as_bytes(std::span(kSigcode));
  }

  // sys/riscv/riscv/trap.c, cpu_fetch_syscall_args()
  SyscallRequest fetch_syscall(Cpu& cpu, HostServices&) const noexcept override {
    const State& s = state_of(cpu);
    SyscallRequest request;
    request.number = s.x[kT0];
    unsigned first = kA0;
    if (request.number == kSysSyscall || request.number == kSysUnderscoreSyscall) {
      request.number = s.x[first++];
    }
    request.slot_count = kA0 + 8 - first;
    std::copy_n(s.x.begin() + first, request.slot_count, request.slots.begin());
    return request;
  }

  // sys/riscv/riscv/vm_machdep.c, cpu_set_syscall_retval()
  void set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept override {
    State& s = state_of(cpu);
    switch (result.outcome) {
      case SyscallOutcome::value:
        s.x[kA0] = result.value;
        s.x[kA0 + 1] = result.has_second ? result.second : 0;
        s.x[kT0] = 0;
        break;
      case SyscallOutcome::error:
        s.x[kA0] = static_cast<std::uint64_t>(result.error);
        s.x[kT0] = 1;
        break;
      case SyscallOutcome::restart:
        s.pc -= 4;
        break;
      case SyscallOutcome::just_return:
        break;
    }
  }

  void set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept override {
    state_of(cpu).x[kA0 + 1] = value;
  }

  // sys/riscv/riscv/machdep.c, exec_setregs()
  void thread_init(Cpu& cpu, const ThreadStart& start, HostServices&) const noexcept override {
    State& s = state_of(cpu);
    s = {};
    s.x[kA0] = start.stack.value;
    s.x[kSp] = start.stack.align_down(16).value;
    s.x[kRa] = start.entry.value;
    s.pc = start.entry.value;
  }

  // sys/riscv/riscv/vm_machdep.c, cpu_fork()
  void fork_child(Cpu& cpu) const noexcept override {
    State& s = state_of(cpu);
    s.x[kT0] = s.x[kA0] = s.x[kA0 + 1] = 0;
  }

  // sys/riscv/riscv/vm_machdep.c, cpu_set_upcall()
  void thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                         HostServices&) const noexcept override {
    State& s = state_of(cpu);
    s.x[kSp] = (upcall.stack_base + upcall.stack_size).align_down(16).value;
    s.x[kA0] = upcall.arg.value;
    s.pc = upcall.entry.value;
  }

  // sys/riscv/riscv/trap.c, do_trap_user()
  TrapSignal trap_signal(const Cpu& cpu, const Event& event) const noexcept override {
    if (event.kind == EventKind::breakpoint) return {TrapSignal::Kind::trap, kTrapBrkpt};
    if (event.kind == EventKind::illegal_instruction) return {TrapSignal::Kind::ill, kIllIlltrp};
    return FreeBsdAbi::trap_signal(cpu, event);
  }

  // sys/riscv/riscv/machdep.c, get_mcontext()
  void get_mcontext(Cpu& cpu, std::span<std::byte> mcontext, unsigned flags, std::span<std::byte>,
                    GuestAddr) const noexcept override {
    const State& s = state_of(cpu);
    Mcontext mc{};
    for (unsigned i = 0; i < kGpregs.size(); ++i) {
      const unsigned r = kGpregs[i];
      const bool cleared = (flags & kMcontextClearRet) != 0 && (r == kA0 || r == kT0);
      mc.gp[i] = cleared ? 0 : s.x[r];
    }
    mc.sepc = s.pc;
    std::memcpy(mcontext.data(), &mc, sizeof mc);
  }

  // sys/riscv/riscv/machdep.c, set_mcontext(): tp stays
  int set_mcontext(Cpu& cpu, std::span<const std::byte> mcontext,
                   HostServices&) const noexcept override {
    Mcontext mc;
    std::memcpy(&mc, mcontext.data(), sizeof mc);
    State& s = state_of(cpu);
    for (unsigned i = 0; i < kGpregs.size(); ++i) {
      if (kGpregs[i] != kTp) s.x[kGpregs[i]] = mc.gp[i];
    }
    s.pc = mc.sepc;
    return 0;
  }

  // sys/riscv/riscv/machdep.c, end of sendsig()
  void set_sigtramp_args(Cpu& cpu, const SignalDelivery& d, HostServices&) const noexcept override {
    State& s = state_of(cpu);
    s.x[kA0] = static_cast<std::uint64_t>(d.signo);
    s.x[kA0 + 1] = (d.frame + kFrame.siginfo_offset).value;
    s.x[kA0 + 2] = (d.frame + kFrame.ucontext_offset).value;
    s.x[kSp] = d.frame.value;
    s.x[kRa] = d.sigcode.value;
    s.pc = d.handler.value;
  }

  // sys/riscv/riscv/sys_machdep.c: there is no sysarch
  SyscallResult arch_sysarch(Cpu&, std::uint32_t, GuestAddr,
                             HostServices&) const noexcept override {
    return {.outcome = SyscallOutcome::error, .error = kEopnotsupp};
  }
};

constexpr RiscvFreeBsd kAbi;

}  // namespace

const FreeBsdAbi& freebsd_abi() { return kAbi; }

void RiscvCpu::cpu_set_tls(GuestAddr tp) noexcept { state_.x[kTp] = tp.value + kTpOffset; }
GuestAddr RiscvCpu::cpu_get_tls() const noexcept { return GuestAddr(state_.x[kTp] - kTpOffset); }

}  // namespace riscv64
