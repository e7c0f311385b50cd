#include "mips/linux.h"

#include <algorithm>
#include <array>

#include "emulate/guest_fields.h"
#include "mips/cpu.h"
#include "mips/fcsr.h"

namespace emulate::mips {

constinit const MipsLinux kLinux[4] = {{false, false}, {false, true}, {true, false}, {true, true}};

namespace {

// Linux arch/mips/include/uapi/asm/{errno,break,sysmips}.h, include/uapi/asm-generic/siginfo.h
constexpr int kEfault = 14;
constexpr int kEinval = 22;
constexpr int kEnosys = 89;
constexpr int kSiKernel = 0x80;
constexpr int kTrapBrkpt = 1;
constexpr int kTrapTrace = 2;
constexpr int kFpeIntdiv = 1;
constexpr int kFpeIntovf = 2;
constexpr std::uint32_t kBreakOverflow = 6;
constexpr std::uint32_t kBreakDivide = 7;
constexpr std::uint32_t kFlushCache = 3;
constexpr std::uint32_t kFixAlignment = 7;
constexpr std::uint32_t kAtomicSet = 2001;

/// Numbers of the calls that are the architecture's own (Linux
/// arch/mips/kernel/syscalls/syscall_{o32,n64}.tbl).
struct ArchNumbers {
  std::uint32_t indirect, sigreturn, rt_sigreturn, cacheflush, sysmips, set_thread_area;
};
constexpr ArchNumbers kNumbers32{4000, 4119, 4193, 4147, 4149, 4283};
constexpr ArchNumbers kNumbers64{~0u, ~0u, 5211, 5197, 5199, 5242};

// Linux arch/mips/include/asm/processor.h, elf.h. Position-independent programs are put low rather
// than at two thirds, so that between their data and the stack there is room for both heaps.
constexpr MemoryLayout kLayout32{
    .user_max = GuestAddr(0x7fff'8000),
    .stack_top = GuestAddr(0x7ffe'7000),
    .dyn_base = GuestAddr(0x0040'0000),
    .stack_size = 8u << 20,
    .data_size = 512u << 20,
};
constexpr MemoryLayout kLayout64{
    .user_max = GuestAddr(std::uint64_t{1} << 40),
    .stack_top = GuestAddr((std::uint64_t{1} << 40) - 0x11000),
    .dyn_base = GuestAddr(0xaa'aaaa'a000),
    .stack_size = 8u << 20,
    .data_size = std::uint64_t{1} << 36,
};

// struct sigframe and rt_sigframe of Linux arch/mips/kernel/signal.c: room for a callee's four
// arguments and for a trampoline, as words of 32 bits; siginfo_t and ucontext_t, or only
// struct sigcontext and the mask.
constexpr std::size_t kFrameHead = 24;
constexpr std::size_t kSiginfoSize = 128;
constexpr std::size_t kUcontextAt = kFrameHead + kSiginfoSize;
constexpr std::size_t kFrameSize32 = kUcontextAt + 632;
constexpr std::size_t kFrameSize64 = kUcontextAt + 656;
constexpr std::size_t kPlainFrameSize = kFrameHead + 592 + 16;
constexpr std::uint64_t kFpEmulatorRoom = 32;
constexpr std::uint32_t kUsedFp = 1, kUsedFr1 = 2;

/// What the kernel's vdso has: sigreturn and rt_sigreturn, two instructions each.
consteval std::array<std::byte, 16> sigcode(bool wide, bool big) {
  const ArchNumbers& n = wide ? kNumbers64 : kNumbers32;
  constexpr std::uint32_t kLoadV0 = 0x2402'0000, kSyscall = 0x0000'000c;
  const std::uint32_t plain = wide ? n.rt_sigreturn : n.sigreturn;
  return code_bytes({kLoadV0 | plain, kSyscall, kLoadV0 | n.rt_sigreturn, kSyscall}, big);
}
constexpr std::array<std::byte, 16> kSigcode[4] = {sigcode(false, false), sigcode(false, true),
                                                   sigcode(true, false), sigcode(true, true)};
constexpr std::uint64_t kRtSigcode = 8;

/// struct sigcontext. Without FR the odd registers are the upper halves of the even ones.
void put_sigcontext(GuestFields<std::byte>& f, const State& s, std::uint64_t pc, std::uint32_t fcsr,
                    bool wide) {
  const auto put_registers = [&] {
    for (unsigned n = 0; n < 32; ++n) f.put_quad(n == 0 ? 0 : s.gpr[n]);
    for (unsigned n = 0; n < 32; ++n) f.put_quad(s.fpr[n]);
  };
  f.align(8);
  if (wide) {
    put_registers();
    f.put_quad(s.hi);
    f.skip(24);  // the DSP's hi1 to hi3
    f.put_quad(s.lo);
    f.skip(24);
    f.put_quad(pc);
    f.put_int(fcsr);
    f.put_int(kUsedFp | kUsedFr1);
    f.skip(8);  // sc_dsp, sc_reserved
    return;
  }
  f.skip(8);  // sc_regmask, sc_status
  f.put_quad(pc);
  put_registers();
  f.skip(4);  // sc_acx
  f.put_int(fcsr);
  f.skip(4);  // sc_fpc_eir
  f.put_int(kUsedFp);
  f.skip(4);  // sc_dsp
  f.put_quad(s.hi);
  f.put_quad(s.lo);
  f.skip(24);  // the DSP's hi1 to lo3
}

struct Restored {
  std::uint64_t pc;
  std::uint32_t fcsr;
  bool fp;
};

Restored get_sigcontext(GuestFields<const std::byte>& f, State& s, bool wide) {
  std::uint64_t fpr[32];
  Restored r{};
  const auto get_registers = [&] {
    for (std::uint64_t& v : s.gpr) v = f.quad();
    s.gpr[0] = 0;
    for (std::uint64_t& v : fpr) v = f.quad();
  };
  f.align(8);
  if (wide) {
    get_registers();
    s.hi = f.quad();
    f.skip(24);
    s.lo = f.quad();
    f.skip(24);
    r.pc = f.quad();
    r.fcsr = f.int_();
    r.fp = (f.int_() & kUsedFp) != 0;
    f.skip(8);
  } else {
    f.skip(8);
    r.pc = static_cast<std::uint32_t>(f.quad());
    get_registers();
    f.skip(4);
    r.fcsr = f.int_();
    f.skip(4);
    r.fp = (f.int_() & kUsedFp) != 0;
    f.skip(4);
    s.hi = f.quad();
    s.lo = f.quad();
    f.skip(24);
  }
  if (r.fp) std::copy(std::begin(fpr), std::end(fpr), s.fpr);
  return r;
}

/// sigset_t: 128 signals in words of the machine's long.
void put_mask(GuestFields<std::byte>& f, const LinuxSignalFrame& frame, bool wide) {
  for (const std::uint64_t half : {frame.sigmask, frame.sigmask_high}) {
    f.put_word(wide ? half : half & 0xffff'ffff);
    if (!wide) f.put_word(half >> 32);
  }
}
std::uint64_t get_mask(GuestFields<const std::byte>& f, bool wide) {
  const std::uint64_t low = f.word();
  return wide ? low : low | f.word() << 32;
}

SyscallResult error(int e) { return {.outcome = SyscallOutcome::error, .error = e}; }

}  // namespace

const MemoryLayout& MipsLinux::memory_layout() const noexcept {
  return wide_ ? kLayout64 : kLayout32;
}

// Linux arch/mips/kernel/scall32-o32.S, scall64-n64.S
SyscallRequest MipsLinux::fetch_syscall(Cpu& cpu, HostServices& host) const noexcept {
  State& s = state_of(cpu);
  s.restart_pc = cpu.pc().value;
  cpu.set_pc(GuestAddr(s.next_pc));
  SyscallRequest request;
  request.number = static_cast<std::uint32_t>(s.gpr[kV0]);
  if (wide_) {
    request.slot_count = 6;
    std::copy_n(&s.gpr[kA0], request.slot_count, request.slots.begin());
    return request;
  }
  unsigned first = 0;
  if (request.number == kNumbers32.indirect) {
    request.number = static_cast<std::uint32_t>(s.gpr[kA0]);
    first = 1;
  }
  for (unsigned i = first; i < 4; ++i) {
    request.slots[request.slot_count++] = static_cast<std::uint32_t>(s.gpr[kA0 + i]);
  }
  // Which of the words on the stack are arguments only the call knows: those that can be read.
  std::array<std::byte, 16> stack{};
  std::size_t words = stack.size() / 4;
  const GuestAddr from = cpu.get_sp_from_cpustate() + 16;
  while (words > 0 && !host.copyin(stack.data(), from, words * 4)) --words;
  GuestFields<const std::byte> fields(stack, false, big_);
  for (std::size_t i = 0; i < words; ++i) request.slots[request.slot_count++] = fields.int_();
  return request;
}

void MipsLinux::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  State& s = state_of(cpu);
  switch (result.outcome) {
    case SyscallOutcome::value:
      s.gpr[kV0] = result.value;
      if (result.has_second) s.gpr[kV1] = result.second;
      s.gpr[kA3] = 0;
      break;
    case SyscallOutcome::error:
      s.gpr[kV0] = static_cast<std::uint64_t>(result.error);
      s.gpr[kA3] = 1;
      break;
    case SyscallOutcome::restart:
      cpu.set_pc(GuestAddr(s.restart_pc));
      break;
    case SyscallOutcome::just_return:
      break;
  }
}

void MipsLinux::set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept {
  state_of(cpu).gpr[kV1] = value;
}

// Linux arch/mips/kernel/process.c, start_thread()
void MipsLinux::thread_init(Cpu& cpu, const ThreadStart& start, HostServices&) const noexcept {
  State& s = state_of(cpu);
  s = {};
  context_of(cpu).guest_mxcsr = write_fcsr(s, 0x1f80, 0);
  s.gpr[kSp] = start.stack.value;
  cpu.set_pc(start.entry);
}

// Linux arch/mips/kernel/process.c, copy_thread()
void MipsLinux::fork_child(Cpu& cpu) const noexcept {
  State& s = state_of(cpu);
  s.gpr[kV0] = 0;
  s.gpr[kA3] = 0;
}

void MipsLinux::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                  HostServices&) const noexcept {
  fork_child(cpu);
  if (upcall.stack_base) {
    state_of(cpu).gpr[kSp] = (upcall.stack_base + upcall.stack_size).value;
  }
}

std::span<const std::byte> MipsLinux::setup_sigtramp() const noexcept {
  return kSigcode[wide_ * 2 + big_];
}

// Linux arch/mips/kernel/traps.c, unaligned.c; arch/mips/mm/fault.c
TrapSignal MipsLinux::trap_signal(const Cpu&, const Event& event) const noexcept {
  using K = TrapSignal::Kind;
  switch (event.kind) {
    case EventKind::fault:
      // The kernel's half of the address space is an address error, not a page fault.
      if (event.cause == FaultCause::alignment || event.address >= memory_layout().user_max) {
        return {K::bus, kSiKernel};
      }
      return {event.cause == FaultCause::access ? K::segv : K::bus, 0};
    case EventKind::breakpoint:
    case EventKind::trap:
      if (event.code == kBreakDivide) return {K::fpe, kFpeIntdiv};
      if (event.code == kBreakOverflow) return {K::fpe, kFpeIntovf};
      return {K::trap, event.kind == EventKind::breakpoint ? kTrapBrkpt : kSiKernel};
    case EventKind::step:
      return {K::trap, kTrapTrace};
    case EventKind::arithmetic_trap:
      return {K::fpe, 0};
    default:
      return {K::ill, kSiKernel};
  }
}

const char* MipsLinux::syscall_table() const noexcept {
  if (wide_) return "mips-n64";
  return big_ ? "mips-o32" : "mipsel-o32";
}

const char* MipsLinux::cpuinfo(const CpuModel&) const noexcept {
  return wide_ ? "cpu model\t\t: MIPS 5KE V1.0  FPU V0.0\n"
                 "isa\t\t\t: mips1 mips2 mips3 mips4 mips32r1 mips32r2 mips64r1 mips64r2\n"
               : "cpu model\t\t: MIPS 24Kc V9.3  FPU V0.0\n"
                 "isa\t\t\t: mips1 mips2 mips32r1 mips32r2\n";
}

// Linux arch/mips/kernel/signal.c, setup_frame() and setup_rt_frame()
bool MipsLinux::setup_frame(Cpu& cpu, const LinuxSignalFrame& frame,
                            HostServices& host) const noexcept {
  State& s = state_of(cpu);
  const bool rt = frame.delivery.siginfo || wide_;
  const std::size_t size = wide_ ? kFrameSize64 : rt ? kFrameSize32 : kPlainFrameSize;
  GuestAddr top = frame.stack_top;
  if (top == cpu.get_sp_from_cpustate()) top = top - kFpEmulatorRoom;
  const GuestAddr at = (top - size).align_down(wide_ ? 16 : 8);

  std::array<std::byte, kFrameSize64> bytes{};
  GuestFields<std::byte> f({bytes.data(), size}, wide_, big_);
  f.skip(kFrameHead);
  if (rt) {
    std::copy(frame.siginfo.begin(), frame.siginfo.end(), bytes.begin() + kFrameHead);
    f.skip(kSiginfoSize);
    f.put_word(0);  // uc_flags
    f.put_word(0);  // uc_link
    f.put_word(frame.altstack_sp.value);
    f.put_word(frame.altstack_size);
    f.put_int(frame.altstack_flags);
  }
  f.align(8);
  const std::size_t context = f.at();
  put_sigcontext(f, s, cpu.pc().value, read_fcsr(s, context_of(cpu).guest_mxcsr), wide_);
  put_mask(f, frame, wide_);
  if (!host.copyout(at, bytes.data(), size)) return false;

  s.gpr[kA0] = static_cast<std::uint64_t>(frame.delivery.signo);
  s.gpr[kA1] = rt ? (at + kFrameHead).value : 0;
  s.gpr[kA2] = (at + (rt ? kUcontextAt : context)).value;
  s.gpr[kSp] = at.value;
  s.gpr[kRa] = (frame.delivery.sigcode + (rt ? kRtSigcode : 0)).value;
  s.gpr[kT9] = frame.delivery.handler.value;
  cpu.set_pc(frame.delivery.handler);
  return true;
}

// Linux arch/mips/kernel/signal.c, sys_sigreturn() and sys_rt_sigreturn()
LinuxSignalReturn MipsLinux::restore_frame(Cpu& cpu, bool rt, HostServices& host) const noexcept {
  const std::size_t size = wide_ ? kFrameSize64 : rt ? kFrameSize32 : kPlainFrameSize;
  std::array<std::byte, kFrameSize64> bytes;
  if (!host.copyin(bytes.data(), cpu.get_sp_from_cpustate(), size)) return {};
  GuestFields<const std::byte> f({bytes.data(), size}, wide_, big_);
  f.skip(kFrameHead);
  LinuxSignalReturn r;
  r.ok = true;
  if (rt) {
    f.skip(kSiginfoSize);
    f.word();
    f.word();
    r.altstack_sp = GuestAddr(f.word());
    r.altstack_size = f.word();
    r.altstack_flags = f.int_();
  }
  State& s = state_of(cpu);
  const Restored context = get_sigcontext(f, s, wide_);
  jit::Context& c = context_of(cpu);
  if (context.fp) c.guest_mxcsr = write_fcsr(s, c.guest_mxcsr, context.fcsr);
  cpu.set_pc(GuestAddr(context.pc));
  r.sigmask = get_mask(f, wide_);
  r.sigmask_high = get_mask(f, wide_);
  return r;
}

// Linux arch/mips/mm/cache.c, arch/mips/kernel/syscall.c
SyscallResult MipsLinux::arch_syscall(Cpu& cpu, const SyscallRequest& request,
                                      HostServices& host) const noexcept {
  const ArchNumbers& numbers = wide_ ? kNumbers64 : kNumbers32;
  if (request.number == numbers.set_thread_area) {
    cpu.cpu_set_tls(GuestAddr(request.slots[0]));
    return {};
  }
  if (request.number == numbers.cacheflush) {
    const GuestAddr start(request.slots[0]);
    const std::uint64_t length = request.slots[1];
    const GuestAddr end = memory_layout().user_max;
    if (start > end || length > end - start) return error(kEfault);
    jit::Context& c = context_of(cpu);
    c.flush_start = start.value;
    c.flush_length = length;
    return {};
  }
  if (request.number == numbers.sysmips) return sysmips(cpu, request, host);
  return error(kEnosys);
}

SyscallResult MipsLinux::sysmips(Cpu& cpu, const SyscallRequest& request,
                                 HostServices& host) const noexcept {
  switch (static_cast<std::uint32_t>(request.slots[0])) {
    case kAtomicSet:
      return atomic_set(GuestAddr(request.slots[1]), static_cast<std::uint32_t>(request.slots[2]),
                        host);
    case kFixAlignment:  // misaligned accesses always work
      return (request.slots[1] & ~std::uint64_t{3}) != 0 ? error(kEinval) : SyscallResult{};
    case kFlushCache: {
      jit::Context& c = context_of(cpu);
      c.flush_start = 0;
      c.flush_length = memory_layout().user_max.value;
      return {};
    }
    default:
      return error(kEinval);
  }
}

/// The word's old value is the result, whatever it is.
SyscallResult MipsLinux::atomic_set(GuestAddr at, std::uint32_t value,
                                    HostServices& host) const noexcept {
  if (at.value % 4 != 0) return error(kEinval);
  std::array<std::byte, 4> wanted{}, old{};
  GuestFields<std::byte>(wanted, false, big_).put_int(value);
  if (!host.copyin(old.data(), at, 4)) return error(kEfault);
  for (;;) {
    const std::array<std::byte, 4> expected = old;
    if (!host.compare_exchange(at, old.data(), wanted.data(), 4)) return error(kEfault);
    if (old == expected) break;
  }
  const auto word = GuestFields<const std::byte>(old, false, big_).int_();
  return {.value = static_cast<std::uint64_t>(static_cast<std::int32_t>(word))};
}

}  // namespace emulate::mips
