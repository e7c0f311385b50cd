#include "sparc64/linux.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "sparc64/features.h"
#include "sparc64/start.h"
#include "sparc64/traps.h"
#include "sparc64/windows.h"

namespace emulate::sparc64 {

constinit const SparcLinux kLinux;

namespace {

// Linux arch/sparc/include/uapi/asm/{errno,unistd,siginfo}.h, include/uapi/asm-generic/siginfo.h
constexpr int kEnosys = 90;
constexpr std::uint64_t kSysMemoryOrdering = 52;
constexpr std::uint64_t kSysRtSigreturn = 101;
constexpr std::uint64_t kSysRtSigprocmask = 103;
constexpr std::uint64_t kSigBlock = 1, kSigSetmask = 4;
constexpr int kIllIllopc = 1, kIllIlltrp = 4, kIllPrvopc = 5;
constexpr int kSegvMaperr = 1;
constexpr int kBusAdraln = 1;
constexpr int kTrapBrkpt = 1, kTrapTrace = 2;
constexpr int kEmtTagovf = 1;
constexpr int kFpeIntdiv = 1;
constexpr unsigned kSyscallTrap = 0x6d, kGetContext = 0x6e;

// Linux arch/sparc/include/uapi/asm/auxvec.h, arch/sparc/include/asm/elf_64.h
enum Hwcap : std::uint64_t {
  kFlush = 1,
  kStbar = 2,
  kSwap = 4,
  kMuldiv = 8,
  kV9 = 0x10,
  kUltra3 = 0x20,
  kMul32 = 0x100,
  kDiv32 = 0x200,
  kFsmuld = 0x400,
  kV8plus = 0x800,
  kVis = 0x2000,
  kVis2Cap = 0x4000,
};

// Linux arch/sparc/include/asm/processor_64.h, elf_64.h. The stack lies in the lower half of the
// hole that a 44-bit address space has.
constexpr MemoryLayout kLayout{
    .user_max = GuestAddr(std::uint64_t{1} << 43),
    .stack_top = GuestAddr((std::uint64_t{1} << 43) - 0x4000),
    .dyn_base = GuestAddr(0x100'0000'0000),
    .stack_size = 8u << 20,
    .data_size = std::uint64_t{1} << 36,
};

/// struct rt_signal_frame of Linux arch/sparc/kernel/signal_64.c, and the FPU state that follows,
/// as big-endian words.
enum FrameWord : std::size_t {
  kWindowAt = 0,  ///< of the interrupted function, where the handler's own frame begins
  kInfoAt = 24,
  kRegsAt = kInfoAt + 16,  ///< g0 to g7, o0 to o7
  kTstateAt = kRegsAt + 16,
  kTpcAt,
  kTnpcAt,
  kYAt,  ///< and a magic number, as 32 bits each
  kFpuPointerAt,
  kStackAt,  ///< ss_sp, ss_flags, ss_size
  kMaskAt = kStackAt + 3,
  kWindowsPointerAt,
  kFpuAt,  ///< 32 doubles, FSR, GSR, FPRS
  kFrameWords = kFpuAt + 35,
};
constexpr std::uint64_t kInfoOffset = 8 * kInfoAt, kFpuOffset = 8 * kFpuAt;
constexpr std::uint64_t kRegsMagic = 0x5751'0000;  // PT_REGS_MAGIC

class Words {
 public:
  std::uint64_t get(std::size_t n) const { return __builtin_bswap64(words_[n]); }
  void put(std::size_t n, std::uint64_t v) { words_[n] = __builtin_bswap64(v); }
  std::byte* bytes() { return reinterpret_cast<std::byte*>(words_.data()); }
  static constexpr std::size_t kBytes = 8 * kFrameWords;

 private:
  std::array<std::uint64_t, kFrameWords> words_{};
};

/// rt_sigreturn, for handlers whose program names no code to return to. Handlers return to %o7 + 8.
constexpr std::uint32_t kSigcodeWords[] = {
    0x0100'0000u,                                                // nop
    0x0100'0000u,                                                // nop
    0x8210'2000u | static_cast<std::uint32_t>(kSysRtSigreturn),  // mov 101, %g1
    0x91d0'206du,                                                // ta 0x6d
};
consteval auto sigcode() {
  std::array<std::byte, sizeof kSigcodeWords> bytes{};
  for (unsigned i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(kSigcodeWords[i / 4] >> 8 * (3 - i % 4));
  }
  return bytes;
}
constexpr auto kSigcode = sigcode();

constexpr unsigned kCarries = kCcC << 4 | kCcC;

void set_pcs_aligned(jit::Context& c, std::uint64_t pc, std::uint64_t npc) {
  set_pcs(c, pc & ~std::uint64_t{3}, npc & ~std::uint64_t{3});
}

/// ucontext_t of Linux arch/sparc/include/uapi/asm/uctx.h, as big-endian words: the context begins
/// at a multiple of 16 bytes, and so do its FP registers.
enum ContextWord : std::size_t {
  kUcMask = 2,
  kUcTstate = 4,
  kUcPc,
  kUcNpc,
  kUcY,
  kUcG1,
  kUcO0 = kUcG1 + 7,
  kUcFp = kUcO0 + 8,
  kUcI7,
  kUcFpu = 26,
  kUcFsr = kUcFpu + 32,
  kUcFprs,
  kUcGsr,
  kUcQueue,
  kUcEnabled,  ///< qcnt, qentsz, enab: bytes
  kUcWords,
};
constexpr std::uint64_t kUcFlagEnabled = std::uint64_t{1} << 40;

// Linux arch/sparc/kernel/signal_64.c, sparc64_get_context() and sparc64_set_context()
void get_context(jit::Context& c) {
  State& s = c.state<State>();
  const GuestAddr at(s.reg(kO0));
  std::array<std::uint64_t, kUcWords> words{};
  if (!c.host->copyin(words.data(), at, sizeof words)) return;
  const auto put = [&](std::size_t n, std::uint64_t v) { words[n] = __builtin_bswap64(v); };
  put(kUcTstate, tstate_of(s));
  put(kUcPc, c.pc & ~kDelayTag);
  put(kUcNpc, next_pc(c));
  put(kUcY, s.y);
  for (unsigned n = 0; n < 7; ++n) put(kUcG1 + n, s.reg(kG1 + n));
  for (unsigned n = 0; n < 8; ++n) put(kUcO0 + n, s.reg(kO0 + n));
  put(kUcFp, s.reg(kFp));
  put(kUcI7, s.reg(kI7));
  for (unsigned n = 0; n < 32; ++n) put(kUcFpu + n, s.fpr[n]);
  put(kUcFsr, read_fsr(s, c.guest_mxcsr));
  put(kUcFprs, s.fprs | kFprsEnabled);
  put(kUcGsr, s.gsr);
  put(kUcEnabled, kUcFlagEnabled);
  (void)c.host->copyout(at, words.data(), sizeof words);
}

void set_context(jit::Context& c) {
  State& s = c.state<State>();
  std::array<std::uint64_t, kUcWords> words{};
  if (!c.host->copyin(words.data(), GuestAddr(s.reg(kO0)), sizeof words)) return;
  const auto get = [&](std::size_t n) { return __builtin_bswap64(words[n]); };
  for (unsigned n = 0; n < 6; ++n) s.reg(kG1 + n) = get(kUcG1 + n);  // not %g7
  for (unsigned n = 0; n < 8; ++n) s.reg(kO0 + n) = get(kUcO0 + n);
  reload_current_window(c);
  s.reg(kFp) = get(kUcFp);
  s.reg(kI7) = get(kUcI7);
  set_ccr(s, static_cast<unsigned>(get(kUcTstate) >> kTstateCcr & 0xff));
  s.asi = get(kUcTstate) >> kTstateAsi & 0xff;
  s.y = get(kUcY) & 0xffff'ffffu;
  if ((get(kUcEnabled) & kUcFlagEnabled) != 0) {
    for (unsigned n = 0; n < 32; ++n) s.fpr[n] = get(kUcFpu + n);
    c.guest_mxcsr = write_fsr(s, c.guest_mxcsr, get(kUcFsr), true);
    s.gsr = get(kUcGsr);
  }
  set_pcs_aligned(c, get(kUcPc), get(kUcNpc));
}

/// The system call for the context's signal mask.
SyscallRequest context_request(jit::Context& c) {
  State& s = c.state<State>();
  flush_all_windows(c);
  SyscallRequest request;
  request.number = kSysRtSigprocmask;
  request.slot_count = 4;
  const std::uint64_t mask = s.reg(kO0) + 8 * kUcMask;
  if (s.context_trap == kGetContext) {
    get_context(c);
    request.slots = {kSigBlock, 0, mask, 8};
  } else {
    request.slots = {kSigSetmask, s.reg(kO1) != 0 ? mask : 0, 0, 8};
  }
  return request;
}

}  // namespace

const MemoryLayout& SparcLinux::memory_layout() const noexcept { return kLayout; }

std::uint64_t SparcLinux::hwcap(const CpuModel& cpu) const noexcept {
  constexpr std::uint64_t kAll =
      kFlush | kStbar | kSwap | kMuldiv | kV9 | kMul32 | kDiv32 | kFsmuld | kV8plus | kVis;
  return (cpu.features & kVis2) != 0 ? kAll | kUltra3 | kVis2Cap : kAll;
}

// Linux arch/sparc/kernel/syscalls.S
SyscallRequest SparcLinux::fetch_syscall(Cpu& cpu, HostServices&) const noexcept {
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  s.restart_pc = c.pc;
  s.restart_npc = s.npc;
  step_over(c);
  if (s.context_trap != 0) return context_request(c);
  SyscallRequest request;
  request.number = s.reg(kG1) & 0xffff'ffffu;
  request.slot_count = 6;
  std::copy_n(&s.reg(kO0), request.slot_count, request.slots.begin());
  return request;
}

void SparcLinux::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  if (const auto trap = std::exchange(s.context_trap, 0); trap != 0) {
    if (trap != kGetContext) set_context(c);
    return;
  }
  switch (result.outcome) {
    case SyscallOutcome::value:
      s.reg(kO0) = result.value;
      if (result.has_second) s.reg(kO1) = result.second;
      set_ccr(s, ccr_of(s) & ~kCarries);
      break;
    case SyscallOutcome::error:
      s.reg(kO0) = static_cast<std::uint64_t>(result.error);
      set_ccr(s, ccr_of(s) | kCarries);
      break;
    case SyscallOutcome::restart:
      c.pc = s.restart_pc;
      s.npc = s.restart_npc;
      break;
    case SyscallOutcome::just_return:
      break;
  }
}

void SparcLinux::set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept {
  state_of(cpu).reg(kO1) = value;
}

// Linux arch/sparc/include/asm/processor_64.h, start_thread()
void SparcLinux::thread_init(Cpu& cpu, const ThreadStart& start, HostServices&) const noexcept {
  reset_state(context_of(cpu));
  State& s = state_of(cpu);
  s.process->reset();
  s.process->syscall_trap = kSyscallTrap;
  s.process->contexts = true;
  // The window's room lies below what is on the stack (16 words).
  s.reg(kSp) = start.stack.value - 16 * 8 - kStackBias;
  cpu.set_pc(start.entry);
}

// Linux arch/sparc/kernel/process_64.c, copy_thread(): the child finds 1 in %o1.
void SparcLinux::fork_child(Cpu& cpu) const noexcept {
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  flush_windows(c);
  s.reg(kO0) = 0;
  s.reg(kO1) = 1;
  set_ccr(s, ccr_of(s) & ~kCarries);
}

// Linux arch/sparc/kernel/process_64.c, clone_stackframe(): the caller's frame is copied to the new
// stack, for the child's window.
void SparcLinux::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                   HostServices& host) const noexcept {
  if (!upcall.stack_base) return;
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  drop_windows(s);
  const std::uint64_t top =
      (upcall.stack_base + upcall.stack_size + kStackBias).align_down(16).value;
  const std::uint64_t from = s.reg(kSp) + kStackBias;
  std::uint64_t distance = s.reg(kFp) - s.reg(kSp);
  constexpr std::uint64_t kMost = 4096;
  if (s.reg(kFp) <= s.reg(kSp) || distance > kMost) distance = kFrame;
  std::array<std::byte, kMost> frame{};
  if (host.copyin(frame.data(), GuestAddr(from), distance)) {
    (void)host.copyout(GuestAddr(top - distance), frame.data(), distance);
  }
  s.reg(kSp) = top - distance - kStackBias;
  s.reg(kFp) = top;
  Window window;
  std::copy_n(&s.reg(kL0), 8, window.local);
  std::copy_n(&s.reg(kI0), 8, window.in);
  (void)store_window(host, s.reg(kSp), window);
}

std::span<const std::byte> SparcLinux::setup_sigtramp() const noexcept { return kSigcode; }

// Linux arch/sparc/kernel/traps_64.c, unaligned_64.c, rtrap and winfixup; arch/sparc/mm/fault_64.c
TrapSignal SparcLinux::trap_signal(const Cpu&, const Event& event) const noexcept {
  using K = TrapSignal::Kind;
  switch (event.kind) {
    case EventKind::fault:
      if (event.cause == FaultCause::alignment) return {K::bus, kBusAdraln};
      return {event.cause == FaultCause::access ? K::segv : K::bus, 0};
    case EventKind::breakpoint:
      return {K::trap, kTrapBrkpt};
    case EventKind::step:
      return {K::trap, kTrapTrace};
    case EventKind::arithmetic_trap:
      return {K::fpe, 0};
    case EventKind::trap:
      break;
    default:
      return {K::ill, kIllIllopc};
  }
  switch (event.code) {
    case kTrapPrivilegedOpcode:
    case kTrapPrivilegedAction:
      return {K::ill, kIllPrvopc};
    case kTrapTagOverflow:
      return {K::emt, kEmtTagovf};
    case kTrapNotAligned:
      return {K::bus, kBusAdraln};
    case kTrapDataAccess:
    case kTrapSpill:
    case kTrapFill:
      return {K::segv, kSegvMaperr};
    case kTrapSoftware + kSoftDivide:
      return {K::fpe, kFpeIntdiv};
    default:
      return {K::ill, kIllIlltrp};
  }
}

// Linux arch/sparc/include/uapi/asm/posix_types.h: suseconds_t is an int
DataModel SparcLinux::data_model(const DataModel& machine) const noexcept {
  DataModel model = machine;
  model.suseconds_bytes = 4;
  return model;
}

const char* SparcLinux::cpuinfo(const CpuModel& cpu) const noexcept {
  return (cpu.features & kVis2) != 0 ? "cpu\t\t: TI UltraSparc III (Cheetah)\n"
                                       "fpu\t\t: UltraSparc III integrated FPU\n"
                                     : "cpu\t\t: TI UltraSparc II  (BlackBird)\n"
                                       "fpu\t\t: UltraSparc II integrated FPU\n";
}

// Linux arch/sparc/kernel/signal_64.c, setup_rt_frame()
bool SparcLinux::setup_frame(Cpu& cpu, const LinuxSignalFrame& frame,
                             HostServices& host) const noexcept {
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  flush_all_windows(c);
  const std::uint64_t at = (frame.stack_top - Words::kBytes).align_down(16).value;

  Words w;
  for (unsigned n = 0; n < 16; ++n) w.put(kWindowAt + n, s.reg(kL0 + n));
  std::copy(frame.siginfo.begin(), frame.siginfo.end(), w.bytes() + kInfoOffset);
  for (unsigned n = 0; n < 16; ++n) w.put(kRegsAt + n, s.reg(n));
  w.put(kTstateAt, tstate_of(s));
  w.put(kTpcAt, cpu.pc().value);
  w.put(kTnpcAt, next_pc(c));
  w.put(kYAt, s.y << 32 | kRegsMagic);
  w.put(kFpuPointerAt, at + kFpuOffset);
  w.put(kStackAt, frame.altstack_sp.value);
  w.put(kStackAt + 1, std::uint64_t{frame.altstack_flags} << 32);
  w.put(kStackAt + 2, frame.altstack_size);
  w.put(kMaskAt, frame.sigmask);
  for (unsigned n = 0; n < 32; ++n) w.put(kFpuAt + n, s.fpr[n]);
  w.put(kFpuAt + 32, read_fsr(s, c.guest_mxcsr));
  w.put(kFpuAt + 33, s.gsr);
  w.put(kFpuAt + 34, s.fprs | kFprsEnabled);
  if (!host.copyout(GuestAddr(at), w.bytes(), Words::kBytes)) return false;

  s.reg(kSp) = at - kStackBias;
  s.reg(kO0) = static_cast<std::uint64_t>(frame.delivery.signo);
  s.reg(kO1) = at + kInfoOffset;
  s.reg(kO1 + 1) = at + kInfoOffset;
  s.reg(kO7) = (frame.restorer ? frame.restorer : frame.delivery.sigcode).value;
  cpu.set_pc(frame.delivery.handler);
  return true;
}

// Linux arch/sparc/kernel/signal_64.c, do_rt_sigreturn()
LinuxSignalReturn SparcLinux::restore_frame(Cpu& cpu, bool, HostServices& host) const noexcept {
  jit::Context& c = context_of(cpu);
  State& s = c.state<State>();
  const GuestAddr at = cpu.get_sp_from_cpustate();
  Words w;
  flush_all_windows(c);
  if (at.value % 16 != 0 || !host.copyin(w.bytes(), at, Words::kBytes)) return {};
  for (unsigned n = 1; n < 16; ++n) s.reg(n) = w.get(kRegsAt + n);
  const std::uint64_t tstate = w.get(kTstateAt);
  set_ccr(s, static_cast<unsigned>(tstate >> kTstateCcr & 0xff));
  s.asi = tstate >> kTstateAsi & 0xff;
  s.y = w.get(kYAt) >> 32;
  if (w.get(kFpuPointerAt) == at.value + kFpuOffset) {
    for (unsigned n = 0; n < 32; ++n) s.fpr[n] = w.get(kFpuAt + n);
    c.guest_mxcsr = write_fsr(s, c.guest_mxcsr, w.get(kFpuAt + 32), true);
    s.gsr = w.get(kFpuAt + 33);
    s.fprs = w.get(kFpuAt + 34) & 7;
  }
  reload_current_window(c);
  set_pcs_aligned(c, w.get(kTpcAt), w.get(kTnpcAt));

  LinuxSignalReturn r;
  r.ok = true;
  r.sigmask = w.get(kMaskAt);
  r.altstack_sp = GuestAddr(w.get(kStackAt));
  r.altstack_flags = static_cast<std::uint32_t>(w.get(kStackAt + 1) >> 32);
  r.altstack_size = w.get(kStackAt + 2);
  return r;
}

SyscallResult SparcLinux::arch_syscall(Cpu&, const SyscallRequest& request,
                                       HostServices&) const noexcept {
  // Total store order is the only memory model.
  if (request.number == kSysMemoryOrdering) return {};
  return {.outcome = SyscallOutcome::error, .error = kEnosys};
}

}  // namespace emulate::sparc64
