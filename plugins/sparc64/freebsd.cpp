#include "sparc64/freebsd.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "sparc64/start.h"
#include "sparc64/traps.h"
#include "sparc64/windows.h"

namespace emulate::sparc64 {

constinit const SparcFreeBsd kFreeBsd;

namespace {

// FreeBSD sys/sys/syscall.h
constexpr std::uint64_t kSysSyscall = 0;
constexpr std::uint64_t kSysUnderscoreSyscall = 198;

// FreeBSD sys/sys/errno.h, sys/sys/signal.h
constexpr int kEfault = 14;
constexpr int kEinval = 22;
constexpr int kTrapBrkpt = 1;
constexpr int kTrapTrace = 2;

// FreeBSD sys/sparc64/include/sysarch.h, utrap.h
constexpr std::uint32_t kUtrapInstall = 1;
constexpr std::uint32_t kSigtrampInstall = 2;
constexpr std::int32_t kUtrapNoChange = -1;
constexpr unsigned kSyscallTrap = 65;  // ST_SYSCALL

// FreeBSD sys/sparc64/include/frame.h: locals, ins, eight spare words (kFrame in all).
constexpr std::uint64_t kFrameIn6 = 8 * 14;
constexpr std::uint64_t kFrameArguments = 8 * 22;  ///< the seventh argument's place

// FreeBSD sys/sparc64/include/vmparam.h, elf.h
constexpr MemoryLayout kLayout{.user_max = GuestAddr(0x7fe'0000'0000u),
                               .stack_top = GuestAddr(0x7fe'0000'0000u),
                               .dyn_base = GuestAddr(0x100000),
                               .stack_size = 128u << 20,
                               .data_size = 128u << 20};

// FreeBSD sys/sparc64/include/ucontext.h: global, out, local, in, then the FP registers. What a
// window's locals and ins would be is on the stack; their places hold the control registers.
enum McWord : std::size_t {
  kMcFlags = 0,  ///< the place of %g0
  kMcOut = 8,
  kMcFprs = 16,
  kMcFsr,
  kMcGsr,
  kMcTnpc = 24,
  kMcTpc,
  kMcTstate,
  kMcY = 28,
  kMcFp = 32,
};
constexpr std::uint64_t kMcVersion = 1;
constexpr std::size_t kMcontextSize = 512;

// sizeof(ucontext_t) is 640 (mcontext_t at 64), struct sigframe is that and siginfo_t, to 64 bytes.
constexpr FreeBsdFrameLayout kFrameLayout{
    .mcontext_size = kMcontextSize,
    .mcontext_align = 64,
    .frame_size = 768,
    .siginfo_offset = 640,
    .ucontext_offset = 0,
    .stack_align = 16,
};

// Bits of PSTATE that a program's TSTATE must have, and those it may have: address mask, memory
// model (FreeBSD sys/sparc64/include/pstate.h, PSTATE_SECURE).
constexpr std::uint64_t kPstate = 0xfff00, kPstateFree = (1u << 3 | 3u << 6) << 8;

std::uint64_t get64(std::span<const std::byte> bytes, std::size_t word) {
  std::uint64_t v;
  std::memcpy(&v, bytes.data() + 8 * word, sizeof v);
  return __builtin_bswap64(v);
}
void put64(std::span<std::byte> bytes, std::size_t word, std::uint64_t v) {
  v = __builtin_bswap64(v);
  std::memcpy(bytes.data() + 8 * word, &v, sizeof v);
}
bool store64(HostServices& host, GuestAddr at, std::uint64_t v) {
  v = __builtin_bswap64(v);
  return host.copyout(at, &v, sizeof v);
}

/// The code that libc has for a signal trampoline (lib/libc/sparc64/sys/sigcode.S), for a program
/// that installs none.
constexpr std::uint32_t kSigcodeWords[] = {
    0x9fc3'0000u,  // call %o4
    0x0100'0000u,  // nop
    0x9003'a8bfu,  // add %sp, SPOFF + sizeof(struct frame), %o0
    0x8210'21a1u,  // mov 417, %g1
    0x91d0'2041u,  // ta ST_SYSCALL
    0x0000'0000u,  // illtrap
};
consteval auto sigcode() {
  std::array<std::byte, sizeof kSigcodeWords> bytes{};
  for (unsigned i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(kSigcodeWords[i / 4] >> 8 * (3 - i % 4));
  }
  return bytes;
}
constexpr auto kSigcode = sigcode();

constexpr unsigned kXccC = kCcC << 4;

}  // namespace

const MemoryLayout& SparcFreeBsd::memory_layout() const noexcept { return kLayout; }

// FreeBSD sys/sparc64/sparc64/trap.c, cpu_fetch_syscall_args()
SyscallRequest SparcFreeBsd::fetch_syscall(Cpu& cpu, HostServices& host) const noexcept {
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  s.restart_pc = c.pc;
  s.restart_npc = s.npc;
  step_over(c);
  constexpr unsigned kInRegisters = 6;
  SyscallRequest request;
  request.number = s.reg(kG1);
  unsigned first = 0;
  if (request.number == kSysSyscall || request.number == kSysUnderscoreSyscall) {
    request.number = s.reg(kO0);
    first = 1;
  }
  for (unsigned i = first; i < kInRegisters; ++i) {
    request.slots[request.slot_count++] = s.reg(kO0 + i);
  }
  // How many words on the stack are arguments is for the host to know: those that can be read.
  std::array<std::byte, 8 * kMaxSyscallSlots> stack{};
  std::size_t words = kMaxSyscallSlots - request.slot_count;
  const GuestAddr from = cpu.get_sp_from_cpustate() + kFrameArguments;
  while (words > 0 && !host.copyin(stack.data(), from, 8 * words)) --words;
  for (std::size_t i = 0; i < words; ++i) request.slots[request.slot_count++] = get64(stack, i);
  return request;
}

// FreeBSD sys/sparc64/sparc64/vm_machdep.c, cpu_set_syscall_retval()
void SparcFreeBsd::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  switch (result.outcome) {
    case SyscallOutcome::value:
      s.reg(kO0) = result.value;
      s.reg(kO1) = result.has_second ? result.second : 0;
      set_ccr(s, ccr_of(s) & ~kXccC);
      break;
    case SyscallOutcome::error:
      s.reg(kO0) = static_cast<std::uint64_t>(result.error);
      set_ccr(s, ccr_of(s) | kXccC);
      break;
    case SyscallOutcome::restart:
      c.pc = s.restart_pc;
      s.npc = s.restart_npc;
      break;
    case SyscallOutcome::just_return:
      break;
  }
}

void SparcFreeBsd::set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept {
  state_of(cpu).reg(kO1) = value;
}

// FreeBSD sys/sparc64/sparc64/machdep.c, exec_setregs()
void SparcFreeBsd::thread_init(Cpu& cpu, const ThreadStart& start, HostServices&) const noexcept {
  reset_state(context_of(cpu));
  State& s = state_of(cpu);
  s.process->reset();
  s.process->syscall_trap = kSyscallTrap;
  s.reg(kO0) = start.stack.value;
  s.reg(kO0 + 3) = start.ps_strings.value;
  s.reg(kSp) = start.stack.align_down(16).value - kStackBias - kFrame;
  cpu.set_pc(start.entry);
}

// FreeBSD sys/sparc64/sparc64/vm_machdep.c, cpu_fork()
void SparcFreeBsd::fork_child(Cpu& cpu) const noexcept {
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  flush_windows(c);
  s.reg(kO0) = 0;
  s.reg(kO1) = 0;
  set_ccr(s, ccr_of(s) & ~kXccC);
}

// FreeBSD sys/sparc64/sparc64/vm_machdep.c, cpu_set_upcall(). The new window's locals and ins are
// what the stack holds there: nothing.
void SparcFreeBsd::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                     HostServices&) const noexcept {
  State& s = state_of(cpu);
  drop_windows(s);
  std::fill_n(&s.reg(kL0), 16, 0);
  s.reg(kO0) = upcall.arg.value;
  s.reg(kSp) = (upcall.stack_base + upcall.stack_size).value - kStackBias - kFrame;
  cpu.set_pc(upcall.entry);
}

std::span<const std::byte> SparcFreeBsd::setup_sigtramp() const noexcept { return kSigcode; }

// FreeBSD sys/sparc64/sparc64/trap.c, trap(): the code is the trap's type.
TrapSignal SparcFreeBsd::trap_signal(const Cpu& cpu, const Event& event) const noexcept {
  using K = TrapSignal::Kind;
  constexpr int kIllegal = 5, kPrivilegedOpcode = 6, kIeee = 8, kTag = 10, kDivision = 11,
                kDataAccess = 12, kDataProtection = 14, kNotAligned = 15, kPrivilegedAction = 16,
                kInstruction16 = 18, kInstructionMiss = 34, kDataMiss = 35, kSpill = 40, kFill = 41;
  switch (event.kind) {
    case EventKind::fault: {
      if (event.cause == FaultCause::alignment) return {K::bus, kNotAligned};
      // SIGBUS for a failed protection; the host knows where nothing is mapped.
      if (event.access == Access::execute) return {K::bus, kInstructionMiss};
      std::byte probe{};
      const bool readable = context_of(cpu).host->copyin(&probe, event.address, 1);
      if (event.access == Access::write && readable) return {K::bus, kDataProtection};
      return {K::bus, kDataMiss};
    }
    case EventKind::breakpoint:
      return {K::trap, kTrapBrkpt};
    case EventKind::step:
      return {K::trap, kTrapTrace};
    case EventKind::arithmetic_trap:
      return {K::fpe,
              event.code == static_cast<unsigned>(ArithmeticCode::int_divide) ? kDivision : kIeee};
    case EventKind::trap:
      break;
    default:
      return {K::ill, kIllegal};
  }
  switch (event.code) {
    case kTrapPrivilegedOpcode:
      return {K::bus, kPrivilegedOpcode};
    case kTrapTagOverflow:
      return {K::emt, kTag};
    case kTrapDataAccess:
      return {K::ill, kDataAccess};
    case kTrapNotAligned:
      return {K::bus, kNotAligned};
    case kTrapPrivilegedAction:
      return {K::bus, kPrivilegedAction};
    case kTrapSpill:
      return {K::ill, kSpill};
    case kTrapFill:
      return {K::ill, kFill};
    default:
      break;
  }
  // Software traps: 16 to 31 have types of their own, some others are old system calls.
  constexpr unsigned kOldCalls[] = {0, 8, 9, 64, 66, 67};
  constexpr int kSyscall = 48, kReserved = 0;
  const unsigned number = event.code - kTrapSoftware;
  if (number == kSoftDivide) return {K::fpe, kDivision};
  if (number >= 16 && number < 32) return {K::ill, kInstruction16 + static_cast<int>(number) - 16};
  const bool old =
      std::find(std::begin(kOldCalls), std::end(kOldCalls), number) != std::end(kOldCalls);
  if (old) return {K::sys, kSyscall};
  return {K::ill, kReserved - 1};
}

const FreeBsdFrameLayout& SparcFreeBsd::frame_layout() const noexcept { return kFrameLayout; }

// FreeBSD sys/sparc64/sparc64/machdep.c, get_mcontext(). %g7 is not part of it.
void SparcFreeBsd::get_mcontext(Cpu& cpu, std::span<std::byte> mcontext, unsigned flags,
                                std::span<std::byte>, GuestAddr) const noexcept {
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  flush_all_windows(c);
  put64(mcontext, kMcFlags, kMcVersion);
  for (unsigned n = 1; n < kG7; ++n) put64(mcontext, n, s.reg(n));
  for (unsigned n = 0; n < 8; ++n) put64(mcontext, kMcOut + n, s.reg(kO0 + n));
  std::uint64_t tstate = tstate_of(s);
  if ((flags & kMcontextClearRet) != 0) {
    put64(mcontext, kMcOut, 0);
    put64(mcontext, kMcOut + 1, 0);
    // The carry tells libc of errors. The kernel leaves what the caller had in it, so that a
    // context that is resumed may report a failure that was none.
    tstate &= ~(std::uint64_t{kXccC} << kTstateCcr);
  }
  put64(mcontext, kMcFprs, s.fprs | kFprsEnabled);
  put64(mcontext, kMcFsr, read_fsr(s, c.guest_mxcsr));
  put64(mcontext, kMcGsr, s.gsr);
  put64(mcontext, kMcTnpc, next_pc(c));
  put64(mcontext, kMcTpc, cpu.pc().value);
  put64(mcontext, kMcTstate, tstate);
  put64(mcontext, kMcY, s.y);
  for (unsigned n = 0; n < 32; ++n) put64(mcontext, kMcFp + n, s.fpr[n]);
}

// FreeBSD sys/sparc64/sparc64/machdep.c, set_mcontext()
int SparcFreeBsd::set_mcontext(Cpu& cpu, std::span<const std::byte> mcontext,
                               HostServices&) const noexcept {
  if (mcontext.size() < kMcontextSize) return kEinval;
  const std::uint64_t tstate = get64(mcontext, kMcTstate);
  const bool version = (get64(mcontext, kMcFlags) & 0xffff'ffffu) == kMcVersion;
  if (!version || (tstate & kPstate & ~kPstateFree) != kTstateUser) return kEinval;
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  flush_all_windows(c);
  for (unsigned n = 1; n < kG7; ++n) s.reg(n) = get64(mcontext, n);
  for (unsigned n = 0; n < 8; ++n) s.reg(kO0 + n) = get64(mcontext, kMcOut + n);
  reload_current_window(c);
  s.fprs = get64(mcontext, kMcFprs) & 7;
  c.guest_mxcsr = write_fsr(s, c.guest_mxcsr, get64(mcontext, kMcFsr), true);
  s.gsr = get64(mcontext, kMcGsr);
  s.y = get64(mcontext, kMcY) & 0xffff'ffffu;
  set_ccr(s, static_cast<unsigned>(tstate >> kTstateCcr & 0xff));
  s.asi = tstate >> kTstateAsi & 0xff;
  if ((s.fprs & kFprsEnabled) != 0) {
    for (unsigned n = 0; n < 32; ++n) s.fpr[n] = get64(mcontext, kMcFp + n);
  }
  set_pcs(c, get64(mcontext, kMcTpc) & ~std::uint64_t{3},
          get64(mcontext, kMcTnpc) & ~std::uint64_t{3});
  return 0;
}

// FreeBSD sys/sparc64/include/reg.h: struct reg is the trap frame, whose order mcontext_t follows.
RegisterStructure SparcFreeBsd::reg_structure() const noexcept {
  constexpr auto word = [](std::size_t n) { return static_cast<std::uint16_t>(8 * n); };
  static constexpr RegisterRun kRuns[] = {
      {word(1), word(1), word(kG7 - 1)},
      {word(kMcOut), word(kMcOut), word(kMcGsr + 1 - kMcOut)},
      {word(kMcTnpc), word(kMcTnpc), word(kMcTstate + 1 - kMcTnpc)},
      {word(kMcY), word(kMcY), word(1)}};
  return {256, kRuns};
}

RegisterStructure SparcFreeBsd::fpreg_structure() const noexcept {
  static constexpr RegisterRun kRuns[] = {
      {8 * kMcFp, 0, 256}, {8 * kMcFsr, 256, 8}, {8 * kMcGsr + 4, 264, 4}};
  return {272, kRuns};
}

// FreeBSD sys/sparc64/sparc64/machdep.c, end of sendsig(). The trampoline is the program's; it
// finds the handler in %o4, and the frame behind its own.
void SparcFreeBsd::set_sigtramp_args(Cpu& cpu, const SignalDelivery& delivery,
                                     HostServices& host) const noexcept {
  State& s = state_of(cpu);
  const std::uint64_t old_sp = s.reg(kSp);
  const std::uint64_t frame = delivery.frame.value - kFrame;
  s.reg(kO0) = static_cast<std::uint64_t>(delivery.signo);
  s.reg(kO0 + 2) = (delivery.frame + kFrameLayout.ucontext_offset).value;
  s.reg(kO0 + 4) = delivery.handler.value;
  if (delivery.siginfo) {
    s.reg(kO1) = (delivery.frame + kFrameLayout.siginfo_offset).value;
  } else {
    s.reg(kO1) = static_cast<std::uint64_t>(std::int64_t{delivery.code});
    s.reg(kO0 + 3) = delivery.fault_address.value;
  }
  s.reg(kSp) = frame - kStackBias;
  (void)store64(host, GuestAddr(frame + kFrameIn6), old_sp);
  std::fill_n(&s.reg(kL0), 16, 0);
  s.reg(kFp) = old_sp;
  const std::uint64_t trampoline = s.process->sigtramp;
  cpu.set_pc(trampoline != 0 ? GuestAddr(trampoline) : delivery.sigcode);
}

namespace {

int install_trampoline(ProcessTraps& process, GuestAddr parms, HostServices& host) {
  std::array<std::byte, 16> arguments{};  // sia_new, sia_old
  if (!host.copyin(arguments.data(), parms, sizeof arguments)) return kEfault;
  const GuestAddr old(get64(arguments, 1));
  if (old && !store64(host, old, process.sigtramp)) return kEfault;
  process.sigtramp = get64(arguments, 0);
  return 0;
}

int install_traps(ProcessTraps& process, GuestAddr parms, HostServices& host) {
  std::array<std::byte, 16> arguments{};  // num, handlers
  if (!host.copyin(arguments.data(), parms, sizeof arguments)) return kEfault;
  const auto count = static_cast<std::int32_t>(get64(arguments, 0) >> 32);
  const GuestAddr rows(get64(arguments, 1));
  if (count < 0 || count > static_cast<int>(kUserTraps) || (!rows && count > 0)) return kEinval;
  for (std::int32_t n = 0; n < count; ++n) {
    // type, new_precise, new_deferred, old_precise, old_deferred
    std::array<std::byte, 40> row{};
    if (!host.copyin(row.data(), rows + sizeof row * static_cast<unsigned>(n), sizeof row)) {
      return kEfault;
    }
    const auto type = static_cast<std::int32_t>(get64(row, 0) >> 32);
    const bool change = type != kUtrapNoChange;
    if (change && (type < 0 || type >= static_cast<int>(kUserTraps))) return kEinval;
    const GuestAddr old_precise(get64(row, 3)), old_deferred(get64(row, 4));
    if (old_deferred && !store64(host, old_deferred, 0)) return kEfault;
    auto* handler = change ? &process.handlers[type] : nullptr;
    if (old_precise && !store64(host, old_precise, handler ? handler->load() : 0)) return kEfault;
    if (handler) *handler = get64(row, 1);
  }
  return 0;
}

}  // namespace

// FreeBSD sys/sparc64/sparc64/sys_machdep.c
SyscallResult SparcFreeBsd::arch_sysarch(Cpu& cpu, std::uint32_t op, GuestAddr parms,
                                         HostServices& host) const noexcept {
  ProcessTraps& process = *state_of(cpu).process;
  const int error = op == kUtrapInstall      ? install_traps(process, parms, host)
                    : op == kSigtrampInstall ? install_trampoline(process, parms, host)
                                             : kEinval;
  if (error == 0) return {};
  return {.outcome = SyscallOutcome::error, .error = error};
}

}  // namespace emulate::sparc64
