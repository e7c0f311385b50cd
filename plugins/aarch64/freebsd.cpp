#include "aarch64/freebsd.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "aarch64/cpu.h"
#include "aarch64/features.h"

namespace emulate::aarch64 {

const AArch64FreeBsd kFreeBsd;

namespace {

// FreeBSD sys/sys/syscall.h
constexpr std::uint64_t kSysSyscall = 0;
constexpr std::uint64_t kSysUnderscoreSyscall = 198;

// FreeBSD sys/sys/errno.h, sys/sys/signal.h
constexpr int kEinval = 22;
constexpr int kEopnotsupp = 45;
constexpr int kIllIlltrp = 4;
constexpr int kIllPrvopc = 5;
constexpr int kBusAdraln = 1;
constexpr int kTrapBrkpt = 1;
constexpr int kTrapTrace = 2;

// FreeBSD sys/arm64/include/armreg.h
constexpr std::uint32_t kPsrModeMask = 0xf;
constexpr std::uint32_t kPsrAArch32 = 1u << 4;
constexpr std::uint32_t kPsrDaif = 0xfu << 6;

// FreeBSD sys/arm64/include/vmparam.h, elf.h
constexpr std::uint64_t kUserMax = std::uint64_t{1} << 48;
constexpr MemoryLayout kLayout{
    .user_max = GuestAddr(kUserMax),
    .stack_top = GuestAddr(kUserMax - 4096),
    .dyn_base = GuestAddr(0x100000),
    .stack_size = 128u << 20,
    .data_size = 128u << 20,
    .has_break = false,
};

// FreeBSD sys/arm64/include/ucontext.h
struct Gpregs {
  std::uint64_t x[30];
  std::uint64_t lr;
  std::uint64_t sp;
  std::uint64_t elr;
  std::uint32_t spsr;
  std::int32_t pad;
};
struct alignas(16) Fpregs {
  std::uint64_t q[32][2];
  std::uint32_t sr;
  std::uint32_t cr;
  std::int32_t flags;
  std::int32_t pad;
};
struct Mcontext {
  Gpregs gp;
  Fpregs fp;
  std::int32_t flags;
  std::int32_t pad;
  std::uint64_t spare[8];
};
static_assert(sizeof(Gpregs) == 272 && sizeof(Fpregs) == 528 && sizeof(Mcontext) == 880);
constexpr std::int32_t kMcFpValid = 1;
constexpr std::int32_t kPcbFpStarted = 1;  // FreeBSD sys/arm64/include/pcb.h

// siginfo_t is 80 bytes; ucontext_t is the mask (16), mcontext_t, uc_link (8), uc_stack (24),
// uc_flags and four spare words, rounded to mcontext_t's alignment.
constexpr std::size_t kSiginfoSize = 80;
constexpr std::size_t kUcontextSize = 960;
constexpr FreeBsdFrameLayout kFrame{
    .mcontext_size = sizeof(Mcontext),
    .mcontext_align = 16,
    .frame_size = kSiginfoSize + kUcontextSize,
    .siginfo_offset = 0,
    .ucontext_offset = kSiginfoSize,
    .stack_align = 16,
    .red_zone = 0,
};

// sigcode of FreeBSD sys/arm64/arm64/locore.S: sigreturn(sp + SF_UC), exit when that fails.
constexpr std::array<std::uint32_t, 8> kSigcode = {
    0x910003e0,  // mov x0, sp
    0x91014000,  // add x0, x0, #80
    0xd2803428,  // mov x8, #417 (sigreturn)
    0xd4000001,  // svc #0
    0xd2800028,  // mov x8, #1 (exit)
    0xd4000001,  // svc #0
    0x17fffffc,  // b back to sigreturn
    0xd503201f,  // nop: keeps the size a multiple of 16
};

State& state_of(Cpu& cpu) { return static_cast<AArch64Cpu&>(cpu).state(); }

void set_flag_c(State& s, bool on) { s.nzcv = on ? s.nzcv | kFlagC : s.nzcv & ~kFlagC; }

}  // namespace

const MemoryLayout& AArch64FreeBsd::memory_layout() const noexcept { return kLayout; }

// FreeBSD sys/arm64/include/elf.h of 13.0, where AT_HWCAP first has a value on arm64.
std::uint64_t AArch64FreeBsd::hwcap(const CpuModel& cpu) const noexcept { return hwcaps(cpu); }

std::uint64_t AArch64FreeBsd::hwcap2(const CpuModel&) const noexcept { return 0; }

// FreeBSD sys/arm64/arm64/trap.c, cpu_fetch_syscall_args()
SyscallRequest AArch64FreeBsd::fetch_syscall(Cpu& cpu, HostServices& host) const noexcept {
  const State& s = state_of(cpu);
  SyscallRequest request;
  request.number = s.x[8];
  unsigned first = 0;
  if (request.number == kSysSyscall || request.number == kSysUnderscoreSyscall) {
    request.number = s.x[0];
    first = 1;
  }
  request.slot_count = 8 - first;
  std::copy(s.x.begin() + first, s.x.begin() + 8, request.slots.begin());
  if (first == 1) {
    // The kernel has no call with eight arguments; an indirect one finds its last on the stack.
    std::uint64_t last = 0;
    if (host.copyin(&last, GuestAddr(s.sp), sizeof last))
      request.slots[request.slot_count++] = last;
  }
  return request;
}

// FreeBSD sys/arm64/arm64/vm_machdep.c, cpu_set_syscall_retval()
void AArch64FreeBsd::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  State& s = state_of(cpu);
  switch (result.outcome) {
    case SyscallOutcome::value:
      s.x[0] = result.value;
      s.x[1] = result.has_second ? result.second : 0;
      set_flag_c(s, false);
      break;
    case SyscallOutcome::error:
      s.x[0] = static_cast<std::uint64_t>(result.error);
      set_flag_c(s, true);
      break;
    case SyscallOutcome::restart:
      s.pc -= 4;
      break;
    case SyscallOutcome::just_return:
      break;
  }
}

void AArch64FreeBsd::set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept {
  state_of(cpu).x[1] = value;
}

// FreeBSD sys/arm64/arm64/machdep.c, exec_setregs()
void AArch64FreeBsd::thread_init(Cpu& cpu, const ThreadStart& start, HostServices&) const noexcept {
  State& s = state_of(cpu);
  s = {};
  s.x[0] = start.stack.value;
  s.sp = start.stack.align_down(16).value;
  s.x[30] = start.entry.value;
  s.pc = start.entry.value;
}

// FreeBSD sys/arm64/arm64/vm_machdep.c, cpu_fork()
void AArch64FreeBsd::fork_child(Cpu& cpu) const noexcept {
  State& s = state_of(cpu);
  s.x[0] = 0;
  s.x[1] = 0;
  s.nzcv = 0;
}

// FreeBSD sys/arm64/arm64/vm_machdep.c, cpu_set_upcall()
void AArch64FreeBsd::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                       HostServices&) const noexcept {
  State& s = state_of(cpu);
  s.sp = (upcall.stack_base + upcall.stack_size).align_down(16).value;
  s.pc = upcall.entry.value;
  s.x[0] = upcall.arg.value;
}

std::span<const std::byte> AArch64FreeBsd::setup_sigtramp() const noexcept {
  return std::as_bytes(std::span(kSigcode));
}

// FreeBSD sys/arm64/arm64/trap.c, do_el0_sync() and data_abort()
TrapSignal AArch64FreeBsd::trap_signal(const Cpu&, const Event& event) const noexcept {
  using K = TrapSignal::Kind;
  switch (event.kind) {
    case EventKind::fault:
      if (event.cause == FaultCause::alignment) return {K::bus, kBusAdraln};
      return {K::segv, 0};
    case EventKind::breakpoint:
      return {K::trap, kTrapBrkpt};
    case EventKind::step:
      return {K::trap, kTrapTrace};
    case EventKind::trap:
      return {K::ill, kIllPrvopc};
    default:
      return {K::ill, kIllIlltrp};
  }
}

const FreeBsdFrameLayout& AArch64FreeBsd::frame_layout() const noexcept { return kFrame; }

// FreeBSD sys/arm64/arm64/machdep.c, get_mcontext() and get_fpcontext()
void AArch64FreeBsd::get_mcontext(Cpu& cpu, std::span<std::byte> mcontext, unsigned flags,
                                  std::span<std::byte> frame, GuestAddr) const noexcept {
  const State& s = state_of(cpu);
  Mcontext m{};
  std::copy_n(s.x.begin(), 30, m.gp.x);
  m.gp.lr = s.x[30];
  m.gp.sp = s.sp;
  m.gp.elr = s.pc;
  m.gp.spsr = s.nzcv;
  if (flags & kMcontextClearRet) {
    m.gp.x[0] = 0;
    m.gp.spsr &= ~kFlagC;
  }
  if (!frame.empty()) {  // getcontext leaves FP state out; sendsig does not
    for (std::size_t i = 0; i < 32; ++i) std::copy(s.v[i].begin(), s.v[i].end(), m.fp.q[i]);
    m.fp.sr = s.fpsr;
    m.fp.cr = s.fpcr;
    m.fp.flags = kPcbFpStarted;
    m.flags = kMcFpValid;
  }
  std::memcpy(mcontext.data(), &m, std::min(mcontext.size(), sizeof m));
}

// FreeBSD sys/arm64/arm64/machdep.c, set_mcontext() and set_fpcontext()
int AArch64FreeBsd::set_mcontext(Cpu& cpu, std::span<const std::byte> mcontext,
                                 HostServices&) const noexcept {
  if (mcontext.size() < sizeof(Mcontext)) return kEinval;
  Mcontext m;
  std::memcpy(&m, mcontext.data(), sizeof m);
  if ((m.gp.spsr & (kPsrModeMask | kPsrAArch32 | kPsrDaif)) != 0) return kEinval;

  State& s = state_of(cpu);
  std::copy_n(m.gp.x, 30, s.x.begin());
  s.x[30] = m.gp.lr;
  s.sp = m.gp.sp;
  s.pc = m.gp.elr;
  s.nzcv = m.gp.spsr & 0xf000'0000u;
  if (m.flags & kMcFpValid) {
    for (std::size_t i = 0; i < 32; ++i) std::copy_n(m.fp.q[i], 2, s.v[i].begin());
    s.fpsr = m.fp.sr;
    s.fpcr = m.fp.cr;
  }
  return 0;
}

// FreeBSD sys/arm64/include/reg.h: the general registers end with the 32-bit spsr, the others with
// the control register.
RegisterStructure AArch64FreeBsd::reg_structure() const noexcept {
  static constexpr RegisterRun kRuns[] = {{offsetof(Mcontext, gp), 0, 268}};
  return {sizeof(Gpregs), kRuns};
}

RegisterStructure AArch64FreeBsd::fpreg_structure() const noexcept {
  static constexpr RegisterRun kRuns[] = {{offsetof(Mcontext, fp), 0, 520}};
  return {sizeof(Fpregs), kRuns};
}

// FreeBSD sys/arm64/arm64/machdep.c, sendsig()
void AArch64FreeBsd::set_sigtramp_args(Cpu& cpu, const SignalDelivery& delivery,
                                       HostServices&) const noexcept {
  State& s = state_of(cpu);
  s.x[0] = static_cast<std::uint64_t>(delivery.signo);
  s.x[1] = (delivery.frame + kFrame.siginfo_offset).value;
  s.x[2] = (delivery.frame + kFrame.ucontext_offset).value;
  s.pc = delivery.handler.value;
  s.sp = delivery.frame.value;
  s.x[30] = delivery.sigcode.value;
}

// FreeBSD sys/arm64/arm64/sys_machdep.c
SyscallResult AArch64FreeBsd::arch_sysarch(Cpu&, std::uint32_t, GuestAddr,
                                           HostServices&) const noexcept {
  return {.outcome = SyscallOutcome::error, .error = kEopnotsupp};
}

}  // namespace emulate::aarch64
