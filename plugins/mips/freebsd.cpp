#include "mips/freebsd.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "emulate/guest_fields.h"
#include "mips/cpu.h"
#include "mips/fcsr.h"

namespace emulate::mips {

constinit const MipsFreeBsd kFreeBsd[4] = {
    {false, false}, {false, true}, {true, false}, {true, true}};

namespace {

// FreeBSD sys/sys/syscall.h
constexpr std::uint64_t kSysSyscall = 0;
constexpr std::uint64_t kSysUnderscoreSyscall = 198;
constexpr std::uint64_t kSysLseek = 478;

// FreeBSD sys/sys/errno.h, sys/sys/signal.h
constexpr int kEfault = 14;
constexpr int kEinval = 22;
constexpr int kTrapBrkpt = 1;
constexpr int kTrapTrace = 2;

// FreeBSD sys/mips/include/sysarch.h
constexpr std::uint32_t kSetTls = 1;
constexpr std::uint32_t kGetTls = 2;

// FreeBSD sys/mips/include/vmparam.h, elf.h
constexpr MemoryLayout layout(std::uint64_t user_max) {
  return {.user_max = GuestAddr(user_max),
          .stack_top = GuestAddr(user_max - 4096),
          .dyn_base = GuestAddr(0x120000),
          .stack_size = 64u << 20,
          .data_size = 1u << 30};
}
constexpr MemoryLayout kLayout32 = layout(0x8000'0000u);
constexpr MemoryLayout kLayout64 = layout(std::uint64_t{1} << 39);

// sizeof(mcontext_t), ucontext_t and struct sigframe: FreeBSD
// sys/mips/include/{ucontext,sigframe}.h. The frame starts with four registers; ucontext_t is the
// mask (16), mcontext_t, uc_link, uc_stack, uc_flags and four spare words; then come siginfo_t and
// two spare longs.
constexpr FreeBsdFrameLayout kFrame32{
    .mcontext_size = 324,
    .mcontext_align = 4,
    .frame_size = 16 + 376 + 64 + 8,
    .siginfo_offset = 16 + 376,
    .ucontext_offset = 16,
    .stack_align = 8,
};
constexpr FreeBsdFrameLayout kFrame64{
    .mcontext_size = 616,
    .mcontext_align = 8,
    .frame_size = 32 + 688 + 80 + 16,
    .siginfo_offset = 32 + 688,
    .ucontext_offset = 32,
    .stack_align = 16,
};

constexpr std::uint64_t kUcontextMagic = 0xacedbade;  // FreeBSD sys/mips/mips/pm_machdep.c
constexpr std::uint32_t kFpUsed = 1;                  // MDTD_FPUSED

/// sigcode of FreeBSD sys/mips/mips/swtch.S: sigreturn(sp + SIGF_UC), break when that fails.
consteval std::array<std::byte, 16> sigcode(bool wide, bool big) {
  return code_bytes(
      {
          wide ? 0x67a4'0020u : 0x27a4'0010u,  // (d)addiu a0, sp, SIGF_UC
          0x2402'01a1u,                        // li v0, 417
          0x0000'000cu,                        // syscall
          0x0000'000du,                        // break 0
      },
      big);
}
constexpr std::array<std::byte, 16> kSigcode[4] = {sigcode(false, false), sigcode(false, true),
                                                   sigcode(true, false), sigcode(true, true)};

/// Floating point register n as the kernel saves it: with FR=0 each half of a pair by itself.
std::uint64_t fpr(const State& s, bool wide, unsigned n) {
  return wide ? s.fpr[n] : static_cast<std::uint32_t>(s.fpr[n & ~1u] >> 32 * (n & 1));
}
void set_fpr(State& s, bool wide, unsigned n, std::uint64_t v) {
  if (wide) {
    s.fpr[n] = v;
  } else {
    std::memcpy(reinterpret_cast<std::byte*>(&s.fpr[n & ~1u]) + 4 * (n & 1), &v, 4);
  }
}

}  // namespace

const MemoryLayout& MipsFreeBsd::memory_layout() const noexcept {
  return wide_ ? kLayout64 : kLayout32;
}

/// __syscall of a 32-bit program: the number is a 64-bit argument.
bool MipsFreeBsd::quad_syscall(const State& s) const {
  return !wide_ && static_cast<std::uint32_t>(s.gpr[kV0]) == kSysUnderscoreSyscall;
}
std::uint64_t MipsFreeBsd::quad_number(const State& s) const {
  return static_cast<std::uint32_t>(s.gpr[big_ ? kA1 : kA0]);
}

// FreeBSD sys/mips/mips/trap.c, cpu_fetch_syscall_args()
SyscallRequest MipsFreeBsd::fetch_syscall(Cpu& cpu, HostServices& host) const noexcept {
  State& s = state_of(cpu);
  s.restart_pc = cpu.pc().value;
  cpu.set_pc(GuestAddr(s.next_pc));
  const auto reg = [&](unsigned n) {
    return wide_ ? s.gpr[n] : static_cast<std::uint32_t>(s.gpr[n]);
  };
  SyscallRequest request;
  request.number = static_cast<std::uint32_t>(s.gpr[kV0]);
  unsigned first = 0;
  if (quad_syscall(s)) {
    request.number = quad_number(s);
    first = 2;
  } else if (request.number == kSysSyscall || request.number == kSysUnderscoreSyscall) {
    request.number = static_cast<std::uint32_t>(s.gpr[kA0]);
    first = 1;
  }
  const unsigned in_registers = wide_ ? 8 : 4;
  for (unsigned i = first; i < in_registers; ++i) {
    request.slots[request.slot_count++] = reg(kA0 + i);
  }
  // How many words on the stack are arguments is for the host to know: those that can be read.
  // The kernel looks above four registers on n64 as well, where no caller leaves that room.
  const std::size_t size = wide_ ? 8 : 4;
  std::array<std::byte, 8 * kMaxSyscallSlots> stack{};
  std::size_t words = std::min<std::size_t>(8, kMaxSyscallSlots - request.slot_count);
  const GuestAddr from = cpu.get_sp_from_cpustate() + 4 * size;
  while (words > 0 && !host.copyin(stack.data(), from, words * size)) --words;
  GuestFields<const std::byte> fields(stack, wide_, big_);
  for (std::size_t i = 0; i < words; ++i) request.slots[request.slot_count++] = fields.word();
  return request;
}

// FreeBSD sys/mips/mips/vm_machdep.c, cpu_set_syscall_retval()
void MipsFreeBsd::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  State& s = state_of(cpu);
  const bool quad = quad_syscall(s) && quad_number(s) != kSysLseek;
  switch (result.outcome) {
    case SyscallOutcome::value:
      if (quad) {
        s.gpr[kV0] = result.value;
        if (big_) s.gpr[kV1] = result.value;
      } else if (result.wide && !wide_) {
        s.gpr[big_ ? kV1 : kV0] = static_cast<std::uint32_t>(result.value);
        s.gpr[big_ ? kV0 : kV1] = result.value >> 32;
      } else {
        s.gpr[kV0] = result.value;
        if (result.has_second) s.gpr[kV1] = result.second;
      }
      s.gpr[kA3] = 0;
      break;
    case SyscallOutcome::error:
      s.gpr[kV0] = static_cast<std::uint64_t>(result.error);
      if (quad && big_) s.gpr[kV1] = static_cast<std::uint64_t>(result.error);
      s.gpr[kA3] = 1;
      break;
    case SyscallOutcome::restart:
      cpu.set_pc(GuestAddr(s.restart_pc));
      break;
    case SyscallOutcome::just_return:
      break;
  }
}

void MipsFreeBsd::set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept {
  state_of(cpu).gpr[kV1] = value;
}

// FreeBSD sys/mips/mips/pm_machdep.c, exec_setregs()
void MipsFreeBsd::thread_init(Cpu& cpu, const ThreadStart& start, HostServices&) const noexcept {
  State& s = state_of(cpu);
  s = {};
  s.tls_bias = tls_bias();
  s.user_local = s.tls_bias;
  context_of(cpu).guest_mxcsr = write_fcsr(s, 0x1f80, 0);
  s.gpr[kSp] = start.stack.align_down(wide_ ? 16 : 8).value;
  s.gpr[kA0] = start.stack.value;
  s.gpr[kA3] = start.ps_strings.value;
  s.gpr[kT9] = start.entry.align_down(4).value;
  cpu.set_pc(start.entry.align_down(4));
}

// FreeBSD sys/mips/mips/vm_machdep.c, cpu_fork()
void MipsFreeBsd::fork_child(Cpu& cpu) const noexcept {
  State& s = state_of(cpu);
  s.gpr[kV0] = 0;
  s.gpr[kV1] = 1;
  s.gpr[kA3] = 0;
}

// FreeBSD sys/mips/mips/vm_machdep.c, cpu_set_upcall()
void MipsFreeBsd::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                    HostServices&) const noexcept {
  State& s = state_of(cpu);
  const std::uint64_t call_frame = wide_ ? 32 : 24;
  std::fill(std::begin(s.gpr), std::end(s.gpr), 0);
  std::fill(std::begin(s.fpr), std::end(s.fpr), 0);
  s.hi = s.lo = 0;
  context_of(cpu).guest_mxcsr = write_fcsr(s, 0x1f80, 0);
  s.gpr[kSp] =
      (upcall.stack_base + upcall.stack_size).align_down(wide_ ? 16 : 8).value - call_frame;
  s.gpr[kT9] = upcall.entry.value;
  s.gpr[kA0] = upcall.arg.value;
  cpu.set_pc(upcall.entry);
}

std::span<const std::byte> MipsFreeBsd::setup_sigtramp() const noexcept {
  return kSigcode[wide_ * 2 + big_];
}

// FreeBSD sys/mips/mips/trap.c, trap()
TrapSignal MipsFreeBsd::trap_signal(const Cpu&, const Event& event) const noexcept {
  using K = TrapSignal::Kind;
  constexpr int kNone = -1;  // the kernel leaves si_code 0
  switch (event.kind) {
    case EventKind::fault:
      if (event.cause == FaultCause::alignment) return {K::bus, kNone};
      // The kernel half of the address space is an address error, not a page fault.
      if (event.address >= memory_layout().user_max) return {K::bus, kNone};
      return {K::segv, 0};
    case EventKind::breakpoint:
      return {K::trap, kTrapBrkpt};
    case EventKind::step:
      return {K::trap, kTrapTrace};
    case EventKind::trap:
      return {K::emt, kNone};
    case EventKind::arithmetic_trap:
      return {K::fpe, kNone};
    default:
      return {K::ill, kNone};
  }
}

const FreeBsdFrameLayout& MipsFreeBsd::frame_layout() const noexcept {
  return wide_ ? kFrame64 : kFrame32;
}

// FreeBSD sys/mips/mips/pm_machdep.c, get_mcontext() and the start of sendsig()
void MipsFreeBsd::get_mcontext(Cpu& cpu, std::span<std::byte> mcontext, unsigned flags,
                               std::span<std::byte> frame, GuestAddr) const noexcept {
  const State& s = state_of(cpu);
  GuestFields<std::byte> m(mcontext, wide_, big_);
  m.put_int(0);  // mc_onstack
  m.put_word(cpu.pc().value);
  const bool clear = (flags & kMcontextClearRet) != 0;
  m.put_word(frame.empty() ? 0 : kUcontextMagic);
  for (unsigned n = 1; n < 32; ++n) {
    m.put_word(clear && (n == kV0 || n == kV1 || n == kA3) ? 0 : s.gpr[n]);
  }
  m.put_word(0);  // sr
  m.put_word(s.lo);
  m.put_word(s.hi);
  m.put_int(kFpUsed);
  for (unsigned n = 0; n < 32; ++n) m.put_word(fpr(s, wide_, n));
  m.put_word(read_fcsr(s, context_of(cpu).guest_mxcsr));
  m.put_word(0);  // mc_fpc_eir
  m.put_word(cpu.cpu_get_tls().value);
}

// FreeBSD sys/mips/mips/pm_machdep.c, set_mcontext()
int MipsFreeBsd::set_mcontext(Cpu& cpu, std::span<const std::byte> mcontext,
                              HostServices&) const noexcept {
  if (mcontext.size() < frame_layout().mcontext_size) return kEinval;
  State& s = state_of(cpu);
  GuestFields<const std::byte> m(mcontext, wide_, big_);
  m.int_();
  const GuestAddr pc(m.word());
  m.word();
  for (unsigned n = 1; n < 32; ++n) s.gpr[n] = m.word();
  m.word();  // sr
  s.lo = m.word();
  s.hi = m.word();
  const bool fp = (m.int_() & kFpUsed) != 0;
  for (unsigned n = 0; n < 32; ++n) {
    const std::uint64_t v = m.word();
    if (fp) set_fpr(s, wide_, n, v);
  }
  const auto fcsr = static_cast<std::uint32_t>(m.word());
  jit::Context& c = context_of(cpu);
  if (fp) c.guest_mxcsr = write_fcsr(s, c.guest_mxcsr, fcsr);
  m.word();
  cpu.cpu_set_tls(GuestAddr(m.word()));
  cpu.set_pc(pc);
  return 0;
}

// FreeBSD sys/mips/include/reg.h, regnum.h: general registers, sr, lo, hi, badvaddr, cause, pc, two
// more; 32 floating point registers, control, implementation.
RegisterStructure MipsFreeBsd::reg_structure() const noexcept {
  static constexpr RegisterRun kRuns32[] = {
      {12, 1 * 4, 31 * 4}, {136, 32 * 4, 3 * 4}, {4, 37 * 4, 4}};
  static constexpr RegisterRun kRuns64[] = {
      {24, 1 * 8, 31 * 8}, {272, 32 * 8, 3 * 8}, {8, 37 * 8, 8}};
  if (wide_) return {40 * 8, kRuns64};
  return {40 * 4, kRuns32};
}

RegisterStructure MipsFreeBsd::fpreg_structure() const noexcept {
  static constexpr RegisterRun kRuns32[] = {{152, 0, 33 * 4}};
  static constexpr RegisterRun kRuns64[] = {{304, 0, 33 * 8}};
  if (wide_) return {34 * 8, kRuns64};
  return {34 * 4, kRuns32};
}

// FreeBSD sys/mips/mips/pm_machdep.c, end of sendsig()
void MipsFreeBsd::set_sigtramp_args(Cpu& cpu, const SignalDelivery& delivery,
                                    HostServices&) const noexcept {
  State& s = state_of(cpu);
  s.gpr[kA0] = static_cast<std::uint64_t>(delivery.signo);
  s.gpr[kA2] = (delivery.frame + frame_layout().ucontext_offset).value;
  if (delivery.siginfo) {
    s.gpr[kA1] = (delivery.frame + frame_layout().siginfo_offset).value;
  } else {
    s.gpr[kA1] = static_cast<std::uint64_t>(std::int64_t{delivery.code});
    s.gpr[kA3] = delivery.fault_address.value;
  }
  s.gpr[kT9] = delivery.handler.value;
  s.gpr[kSp] = delivery.frame.value;
  s.gpr[kRa] = delivery.sigcode.value;
  cpu.set_pc(delivery.handler);
}

// FreeBSD sys/mips/mips/sys_machdep.c
SyscallResult MipsFreeBsd::arch_sysarch(Cpu& cpu, std::uint32_t op, GuestAddr parms,
                                        HostServices& host) const noexcept {
  const auto error = [](int e) {
    return SyscallResult{.outcome = SyscallOutcome::error, .error = e};
  };
  switch (op) {
    case kSetTls:
      cpu.cpu_set_tls(parms);
      return {};
    case kGetTls: {
      std::array<std::byte, 8> bytes{};
      const std::size_t size = wide_ ? 8 : 4;
      GuestFields<std::byte>(bytes, wide_, big_).put_word(cpu.cpu_get_tls().value);
      return host.copyout(parms, bytes.data(), size) ? SyscallResult{} : error(kEfault);
    }
    default:
      return error(kEinval);
  }
}

}  // namespace emulate::mips
