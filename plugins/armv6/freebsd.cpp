#include "armv6/freebsd.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "armv6/cpu.h"
#include "armv6/features.h"

namespace emulate::armv6 {

const ArmFreeBsd kFreeBsd;

namespace {

// FreeBSD sys/sys/syscall.h
constexpr std::uint64_t kSysSyscall = 0;
constexpr std::uint64_t kSysUnderscoreSyscall = 198;

// FreeBSD sys/sys/errno.h, sys/sys/signal.h
constexpr int kEfault = 14;
constexpr int kEinval = 22;
constexpr int kIllIllopc = 1;
constexpr int kBusAdraln = 1;
constexpr int kTrapBrkpt = 1;
constexpr int kTrapTrace = 2;

// FreeBSD sys/arm/include/sysarch.h
enum SysarchOp : std::uint32_t {
  kSyncIcache = 0,
  kDrainWritebuf = 1,
  kSetTp = 2,
  kGetTp = 3,
  kGetVfpState = 4,
};

// FreeBSD sys/arm/include/vmparam.h, elf.h
constexpr std::uint64_t kUserMax = 0xc0000000 - 0x00400000;
constexpr MemoryLayout kLayout{
    .user_max = GuestAddr(kUserMax),
    .stack_top = GuestAddr(kUserMax - 4096),
    .dyn_base = GuestAddr(0x500000),
    .stack_size = 8u << 20,  // MAXSSIZ: it cannot be raised once the stack is there
    .data_size = 128u << 20,
};

// FreeBSD sys/arm/include/ucontext.h
struct Mcontext {
  std::uint32_t r[15];
  std::uint32_t pc;
  std::uint32_t cpsr;
  std::uint32_t vfp_size;
  std::uint32_t vfp_ptr;
  std::uint32_t spare[33];
};
struct McontextVfp {
  std::uint32_t s[64];
  std::uint32_t fpscr;
  std::uint32_t pad;
};
static_assert(sizeof(Mcontext) == 208 && sizeof(McontextVfp) == 264);

// siginfo_t is 64 bytes; ucontext_t is the mask (16), mcontext_t, uc_link (4), uc_stack (12),
// uc_flags and four spare words. The VFP state behind it is aligned to 8.
constexpr std::size_t kSiginfoSize = 64;
constexpr std::size_t kUcontextSize = 260;
constexpr std::size_t kVfpOffset = (kSiginfoSize + kUcontextSize + 7) & ~std::size_t{7};
constexpr FreeBsdFrameLayout kFrame{
    .mcontext_size = sizeof(Mcontext),
    .mcontext_align = 4,
    .frame_size = kVfpOffset + sizeof(McontextVfp),
    .siginfo_offset = 0,
    .ucontext_offset = kSiginfoSize,
    .stack_align = 8,
    .red_zone = 0,
};

// sigcode of FreeBSD sys/arm/arm/locore-v6.S: sigreturn(sp + SIGF_UC), exit when that fails.
constexpr std::array<std::uint32_t, 9> kSigcode = {
    0xe1a0000d,  // mov r0, sp
    0xe2800040,  // add r0, r0, #64
    0xe59f700c,  // ldr r7, [pc, #12]
    0xef0001a1,  // swi 417 (sigreturn)
    0xe59f7008,  // ldr r7, [pc, #8]
    0xef000001,  // swi 1 (exit)
    0xeafffffa,  // b back to sigreturn
    417,        1,
};

constexpr std::uint32_t kFpscrDefaultNan = 1u << 25;
constexpr std::uint32_t kFpscrFlushToZero = 1u << 24;

ArmCpu& arm_cpu(Cpu& cpu) { return static_cast<ArmCpu&>(cpu); }
State& state_of(Cpu& cpu) { return arm_cpu(cpu).state(); }

void set_flag_c(State& s, bool on) { s.cpsr = on ? s.cpsr | kPsrC : s.cpsr & ~kPsrC; }

/// FreeBSD sys/arm/arm/vfp.c: VFPv2 flushes denormals, later units need not.
std::uint32_t initial_fpscr(Cpu& cpu) {
  const bool v7 = (arm_cpu(cpu).features() & kV7) != 0;
  return kFpscrDefaultNan | (v7 ? 0 : kFpscrFlushToZero);
}

McontextVfp vfp_state(const State& s) {
  McontextVfp vfp{};
  std::copy(s.s.begin(), s.s.end(), vfp.s);
  vfp.fpscr = s.fpscr;
  return vfp;
}

}  // namespace

const MemoryLayout& ArmFreeBsd::memory_layout() const noexcept { return kLayout; }

// FreeBSD sys/arm/include/elf.h; set in sys/arm/arm/cpuinfo.c and vfp.c
std::uint64_t ArmFreeBsd::hwcap(const CpuModel& cpu) const noexcept {
  constexpr std::uint64_t kHalf = 0x2, kThumb = 0x4, kFastMult = 0x10, kVfp = 0x40, kEdsp = 0x80,
                          kNeonCap = 0x1000, kVfpV3 = 0x2000, kTls = 0x8000, kVfpV4Cap = 0x10000,
                          kIdiv = 0x60000, kVfpD32 = 0x80000;
  std::uint64_t caps = kHalf | kThumb | kFastMult | kVfp | kEdsp | kTls;
  if (cpu.features & kV7) caps |= kVfpV3;
  if (cpu.features & kNeon) caps |= kNeonCap | kVfpD32;
  if (cpu.features & kVfpV4) caps |= kVfpV4Cap;
  if (cpu.features & kDivide) caps |= kIdiv;
  return caps;
}

std::uint64_t ArmFreeBsd::hwcap2(const CpuModel&) const noexcept { return 0; }

// FreeBSD sys/arm/arm/syscall.c, cpu_fetch_syscall_args()
SyscallRequest ArmFreeBsd::fetch_syscall(Cpu& cpu, HostServices& host) const noexcept {
  const State& s = state_of(cpu);
  SyscallRequest request;
  request.number = s.r[7];
  unsigned first = 0;
  if (request.number == kSysSyscall) {
    request.number = s.r[0];
    first = 1;
  } else if (request.number == kSysUnderscoreSyscall) {
    request.number = s.r[0];  // the low half of a 64-bit number
    first = 2;
  }
  for (unsigned i = first; i < 4; ++i) request.slots[request.slot_count++] = s.r[i];

  // How many words on the stack are arguments is for the host to know: those that can be read.
  std::array<std::uint32_t, kMaxSyscallSlots> stack{};
  std::size_t words = std::min<std::size_t>(8, kMaxSyscallSlots - request.slot_count);
  while (words > 0 && !host.copyin(stack.data(), GuestAddr(s.r[kSp]), words * 4)) --words;
  for (std::size_t i = 0; i < words; ++i) request.slots[request.slot_count++] = stack[i];
  return request;
}

// FreeBSD sys/arm/arm/vm_machdep.c, cpu_set_syscall_retval()
void ArmFreeBsd::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  State& s = state_of(cpu);
  switch (result.outcome) {
    case SyscallOutcome::value:
      s.r[0] = static_cast<std::uint32_t>(result.value);
      if (result.wide) {
        s.r[1] = static_cast<std::uint32_t>(result.value >> 32);
      } else {
        s.r[1] = result.has_second ? static_cast<std::uint32_t>(result.second) : 0;
      }
      set_flag_c(s, false);
      break;
    case SyscallOutcome::error:
      s.r[0] = static_cast<std::uint32_t>(result.error);
      set_flag_c(s, true);
      break;
    case SyscallOutcome::restart:
      s.pc -= (s.cpsr & kPsrThumb) ? 2 : 4;
      break;
    case SyscallOutcome::just_return:
      break;
  }
}

void ArmFreeBsd::set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept {
  state_of(cpu).r[1] = static_cast<std::uint32_t>(value);
}

// FreeBSD sys/arm/arm/machdep.c, exec_setregs()
void ArmFreeBsd::thread_init(Cpu& cpu, const ThreadStart& start, HostServices&) const noexcept {
  State& s = state_of(cpu);
  s = {};
  s.r[kSp] = static_cast<std::uint32_t>(start.stack.value);
  s.r[kLr] = static_cast<std::uint32_t>(start.entry.value);
  s.fpscr = initial_fpscr(cpu);
  branch(s, static_cast<std::uint32_t>(start.entry.value));
}

// FreeBSD sys/arm/arm/vm_machdep.c, cpu_fork()
void ArmFreeBsd::fork_child(Cpu& cpu) const noexcept {
  State& s = state_of(cpu);
  s.r[0] = 0;
  s.r[1] = 0;
  set_flag_c(s, false);
  s.fpscr = initial_fpscr(cpu);
}

// FreeBSD sys/arm/arm/vm_machdep.c, cpu_set_upcall()
void ArmFreeBsd::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                   HostServices&) const noexcept {
  State& s = state_of(cpu);
  s.r[kSp] =
      static_cast<std::uint32_t>((upcall.stack_base + upcall.stack_size).align_down(8).value);
  s.r[0] = static_cast<std::uint32_t>(upcall.arg.value);
  s.cpsr = kPsrUser;
  branch(s, static_cast<std::uint32_t>(upcall.entry.value));
}

std::span<const std::byte> ArmFreeBsd::setup_sigtramp() const noexcept {
  return std::as_bytes(std::span(kSigcode));
}

// FreeBSD sys/arm/arm/trap-v6.c, undefined.c
TrapSignal ArmFreeBsd::trap_signal(const Cpu&, const Event& event) const noexcept {
  using K = TrapSignal::Kind;
  switch (event.kind) {
    case EventKind::fault:
      if (event.cause == FaultCause::alignment) return {K::bus, kBusAdraln};
      return {K::segv, 0};
    case EventKind::breakpoint:
      return {K::trap, kTrapBrkpt};
    case EventKind::step:
      return {K::trap, kTrapTrace};
    default:
      return {K::ill, kIllIllopc};
  }
}

const FreeBsdFrameLayout& ArmFreeBsd::frame_layout() const noexcept { return kFrame; }

// FreeBSD sys/arm/arm/machdep.c, get_mcontext() and get_vfpcontext()
void ArmFreeBsd::get_mcontext(Cpu& cpu, std::span<std::byte> mcontext, unsigned flags,
                              std::span<std::byte> frame, GuestAddr frame_addr) const noexcept {
  const State& s = state_of(cpu);
  Mcontext m{};
  std::copy(s.r.begin(), s.r.end(), m.r);
  m.pc = s.pc;
  m.cpsr = s.cpsr;
  if (flags & kMcontextClearRet) {
    m.r[0] = 0;
    m.cpsr &= ~kPsrC;
  }
  if (frame.size() >= kFrame.frame_size) {
    const McontextVfp vfp = vfp_state(s);
    std::memcpy(frame.data() + kVfpOffset, &vfp, sizeof vfp);
    m.vfp_size = sizeof vfp;
    m.vfp_ptr = static_cast<std::uint32_t>((frame_addr + kVfpOffset).value);
  }
  std::memcpy(mcontext.data(), &m, std::min(mcontext.size(), sizeof m));
}

// FreeBSD sys/arm/arm/machdep.c, set_mcontext() and set_vfpcontext()
int ArmFreeBsd::set_mcontext(Cpu& cpu, std::span<const std::byte> mcontext,
                             HostServices& host) const noexcept {
  if (mcontext.size() < sizeof(Mcontext)) return kEinval;
  Mcontext m;
  std::memcpy(&m, mcontext.data(), sizeof m);
  if ((m.cpsr & kPsrMode) != kPsrUser || (m.cpsr & (kPsrI | kPsrF)) != 0) return kEinval;
  const bool has_vfp = m.vfp_size == sizeof(McontextVfp) && m.vfp_ptr != 0;
  McontextVfp vfp;
  if (has_vfp && !host.copyin(&vfp, GuestAddr(m.vfp_ptr), sizeof vfp)) return kEfault;

  State& s = state_of(cpu);
  std::copy(std::begin(m.r), std::end(m.r), s.r.begin());
  s.pc = m.pc;
  s.cpsr = m.cpsr;
  if (has_vfp) {
    std::copy(std::begin(vfp.s), std::end(vfp.s), s.s.begin());
    s.fpscr = vfp.fpscr;
  }
  return 0;
}

// FreeBSD sys/arm/include/reg.h. What is called fpreg there are the registers of the old FPA, which
// no machine has: fill_fpregs() answers zeros.
RegisterStructure ArmFreeBsd::reg_structure() const noexcept {
  static constexpr RegisterRun kRuns[] = {{offsetof(Mcontext, r), 0, 17 * 4}};
  return {17 * 4, kRuns};
}

RegisterStructure ArmFreeBsd::fpreg_structure() const noexcept { return {4 + 8 * 12, {}}; }

// FreeBSD sys/arm/arm/machdep.c, sendsig()
void ArmFreeBsd::set_sigtramp_args(Cpu& cpu, const SignalDelivery& delivery,
                                   HostServices&) const noexcept {
  State& s = state_of(cpu);
  const auto low = [](GuestAddr a) { return static_cast<std::uint32_t>(a.value); };
  s.r[0] = static_cast<std::uint32_t>(delivery.signo);
  s.r[1] = low(delivery.frame + kFrame.siginfo_offset);
  s.r[2] = low(delivery.frame + kFrame.ucontext_offset);
  s.r[5] = s.r[2];
  s.r[kSp] = low(delivery.frame);
  s.r[kLr] = low(delivery.sigcode);
  branch(s, low(delivery.handler));
}

// FreeBSD sys/arm/arm/sys_machdep.c
SyscallResult ArmFreeBsd::arch_sysarch(Cpu& cpu, std::uint32_t op, GuestAddr parms,
                                       HostServices& host) const noexcept {
  const auto error = [](int e) {
    return SyscallResult{.outcome = SyscallOutcome::error, .error = e};
  };
  struct {
    std::uint32_t first;
    std::uint32_t second;
  } args;
  switch (op) {
    case kSyncIcache: {
      if (!host.copyin(&args, parms, sizeof args)) return error(kEfault);
      const std::uint64_t end = std::uint64_t{args.first} + args.second;
      if (end > kUserMax) return error(kEinval);
      arm_cpu(cpu).code_changed(args.first, args.second);
      return {};
    }
    case kDrainWritebuf:
      return {};
    case kSetTp:
      cpu.cpu_set_tls(parms);
      return {};
    case kGetTp:
      return {.value = cpu.cpu_get_tls().value};
    case kGetVfpState: {
      if (!host.copyin(&args, parms, sizeof args)) return error(kEfault);
      if (args.first != sizeof(McontextVfp)) return error(kEinval);
      const McontextVfp vfp = vfp_state(state_of(cpu));
      if (!host.copyout(GuestAddr(args.second), &vfp, sizeof vfp)) return error(kEfault);
      return {};
    }
    default:
      return error(kEinval);
  }
}

}  // namespace emulate::armv6
