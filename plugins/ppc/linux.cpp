#include "ppc/linux.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "emulate/guest_fields.h"
#include "ppc/cpu.h"
#include "ppc/fpscr.h"
#include "ppc/helpers.h"
#include "ppc/hwcap.h"
#include "ppc/registers.h"
#include "ppc/start.h"
#include "ppc/syscall_result.h"

namespace emulate::ppc {

constinit const PpcLinux kLinux[4] = {{false, false}, {false, true}, {true, false}, {true, true}};

namespace {

// Linux include/uapi/asm-generic/{errno-base,errno,siginfo}.h
constexpr int kEfault = 14;
constexpr int kEinval = 22;
constexpr int kEnosys = 38;
constexpr int kIllIllopc = 1;
constexpr int kBusAdraln = 1;
constexpr int kTrapBrkpt = 1;
constexpr int kTrapTrace = 2;

constexpr unsigned kSp = 1, kArg = 3;
constexpr std::size_t kArgRegisters = 6;
constexpr std::uint32_t kSysSigreturn = 119, kSysRtSigreturn = 172, kSysRtSigprocmask = 174,
                        kSysSwapcontext = 249, kSysPrctl = 171;
// Linux include/uapi/linux/prctl.h
constexpr std::uint64_t kPrGetFpexc = 11, kPrSetFpexc = 12;
constexpr std::uint32_t kPrFpExcPrecise = 3;

// Linux arch/powerpc/include/asm/{task_size_32,task_size_64,elf}.h. Position-independent programs
// are put low rather than at two thirds.
constexpr MemoryLayout kLayout32{
    .user_max = GuestAddr(0xc000'0000u),
    .stack_top = GuestAddr(0xbfff'f000u),
    .dyn_base = GuestAddr(0x0040'0000),
    .stack_size = 8u << 20,
    .data_size = 512u << 20,
};
constexpr MemoryLayout kLayout64{
    .user_max = GuestAddr(std::uint64_t{1} << 46),
    .stack_top = GuestAddr((std::uint64_t{1} << 46) - 0x11000),
    .dyn_base = GuestAddr(0x1'2000'0000u),
    .stack_size = 8u << 20,
    .data_size = std::uint64_t{1} << 36,
};

// Linux arch/powerpc/kernel/signal_{32,64}.c, arch/powerpc/include/uapi/asm/{ucontext,sigcontext,
// elf}.h
constexpr std::size_t kSiginfoSize = 128;
constexpr unsigned kGregs = 48;  // of which pt_regs are the first 44
constexpr unsigned kNip = 32, kMsr = 33, kOrigR3 = 34, kCtr = 35, kLink = 36, kXer = 37, kCcr = 38,
                   kTrapReg = 40;
constexpr std::uint64_t kMsrUser = 0xd032u;
constexpr std::uint64_t kMsrSf = std::uint64_t{1} << 63;
constexpr std::uint64_t kMsrVec = 1u << 25, kMsrVsx = 1u << 23, kMsrFp = 1u << 13, kMsrLe = 1;
constexpr std::uint64_t kTrapSyscall = 0xc00;

// 32 bits. Below the frame is room for a called function's: 64 bytes, and 16 more for those with
// siginfo_t.
constexpr std::size_t kHeader32 = 64, kRtGap32 = 16;
constexpr std::size_t kVsxHalves32 = 256;
constexpr std::size_t kMcontext32 = 192 + 264 + 8 + 528 + kVsxHalves32;
constexpr std::size_t kAbigap32 = 56 * 4;
constexpr std::size_t kUcontext32 = kSiginfoSize;  // its offset
constexpr std::size_t kUcMcontext32 = 192;         // of uc_mcontext in it
constexpr std::size_t kUcRegs32 = 48;              // of the pointer to uc_mcontext
constexpr std::size_t kUcSigmask32 = 52;
constexpr std::size_t kRtFrame32 = kUcontext32 + kUcMcontext32 + kMcontext32 + kAbigap32;
constexpr std::size_t kSigcontext32 = 32;
constexpr std::size_t kFrame32 = kSigcontext32 + kMcontext32 + kAbigap32;

// 64 bits: ucontext_t, two longs, the trampoline, two pointers, siginfo_t, the red zone.
constexpr std::size_t kHeader64 = 128;
constexpr std::size_t kUcMcontext64 = 8 + 8 + 24 + 128;
constexpr std::size_t kSigcontext64 = 32 + 8 + 8 + 8 + 8 + 8 * kGregs + 8 * 33 + 8 + 8 * 101;
constexpr std::size_t kUcontext64 = kUcMcontext64 + kSigcontext64;
constexpr std::size_t kPinfo64 = (kUcontext64 + 16 + 28 + 7) / 8 * 8;
constexpr std::size_t kInfo64 = kPinfo64 + 16;
constexpr std::size_t kFrame64 = (kInfo64 + kSiginfoSize + 512 + 15) / 16 * 16;

// The kernel's vdso has these with unwind information. libgcc also knows the code by sight, but
// what it then does has been failing an assertion since GCC 10; a nop keeps it from seeing, and
// unwinding ends at the signal's frame.
constexpr std::uint32_t kNop = 0x6000'0000u;
constexpr std::uint32_t kSigcode32[] = {
    0x3800'0000u | kSysSigreturn,  // li r0, 119
    kNop,
    0x4400'0002u,                    // sc
    0x3800'0000u | kSysRtSigreturn,  // li r0, 172
    kNop,
    0x4400'0002u,  // sc
};
constexpr std::uint64_t kRtSigcode32 = 12;
constexpr std::uint32_t kSigcode64[] = {
    0x3821'0080u,                    // addi r1, r1, 128
    0x3800'0000u | kSysRtSigreturn,  // li r0, 172
    kNop,
    0x4400'0002u,  // sc
};
constexpr auto kSigcode32Bytes = code_bytes(kSigcode32, true);
constexpr auto kSigcode64Bytes = code_bytes(kSigcode64, true);
constexpr auto kSigcode64leBytes = code_bytes(kSigcode64, false);

SyscallResult error(int e) { return {.outcome = SyscallOutcome::error, .error = e}; }

/// elf_gregset_t.
void put_gregs(GuestFields<std::byte>& f, const State& s, std::uint64_t pc, std::uint64_t msr) {
  for (unsigned n = 0; n < 32; ++n) f.put_word(s.gpr[n]);
  const std::uint64_t rest[kGregs - 32] = {pc,        msr,        s.gpr[kArg], s.ctr,       s.lr,
                                           xer_of(s), read_cr(s), 0,           kTrapSyscall};
  static_assert(kMsr == 33 && kOrigR3 == 34 && kCtr == 35 && kLink == 36 && kXer == 37 &&
                kCcr == 38 && kTrapReg == 40);
  for (const std::uint64_t v : rest) f.put_word(v);
}
/// With `tls` the thread pointer's register, that one stays as it is; 0: it does not.
std::uint64_t get_gregs(GuestFields<const std::byte>& f, Cpu& cpu, unsigned tls) {
  State& s = state_of(cpu);
  std::uint64_t regs[kGregs];
  for (std::uint64_t& r : regs) r = f.word();
  for (unsigned n = 0; n < 32; ++n) {
    if (tls == 0 || n != tls) s.gpr[n] = regs[n];
  }
  s.ctr = regs[kCtr];
  s.lr = regs[kLink];
  set_xer(s, static_cast<std::uint32_t>(regs[kXer]));
  write_cr(s, static_cast<std::uint32_t>(regs[kCcr]));
  cpu.set_pc(GuestAddr(regs[kNip]));
  return regs[kMsr];
}
void put_floats(GuestFields<std::byte>& f, Cpu& cpu) {
  State& s = state_of(cpu);
  for (unsigned n = 0; n < 32; ++n) f.put_quad(s.vsr[n].high);
  f.put_quad(read_fpscr(s, context_of(cpu).guest_mxcsr));
}
void get_floats(GuestFields<const std::byte>& f, Cpu& cpu) {
  State& s = state_of(cpu);
  for (unsigned n = 0; n < 32; ++n) s.vsr[n].high = f.quad();
  jit::Context& c = context_of(cpu);
  c.guest_mxcsr = write_fpscr(s, c.guest_mxcsr, f.quad(), kWholeFpscr);
}
/// The vector registers, each in the machine's order of bytes.
void put_vectors(GuestFields<std::byte>& f, const State& s, bool big) {
  for (unsigned n = 32; n < 64; ++n) {
    f.put_quad(big ? s.vsr[n].high : s.vsr[n].low);
    f.put_quad(big ? s.vsr[n].low : s.vsr[n].high);
  }
}
void get_vectors(GuestFields<const std::byte>& f, State& s, bool big) {
  for (unsigned n = 32; n < 64; ++n) {
    const std::uint64_t first = f.quad(), second = f.quad();
    s.vsr[n] = big ? Vsr{.low = second, .high = first} : Vsr{.low = first, .high = second};
  }
}

std::uint64_t msr_of(const State& s, bool wide, bool big) {
  std::uint64_t msr = kMsrUser | kMsrFp | (wide ? kMsrSf : 0) | (big ? 0 : kMsrLe);
  if (s.features & kAltivec) msr |= kMsrVec;
  if (s.features & kVsx) msr |= kMsrVsx;
  return msr | fe_bits(s);
}

/// struct mcontext of 32-bit programs; without `vsx` it has no room for those registers.
void put_mcontext32(GuestFields<std::byte>& f, Cpu& cpu, bool vsx = true) {
  State& s = state_of(cpu);
  const std::size_t start = f.at();
  put_gregs(f, s, cpu.pc().value, msr_of(s, false, true) & (vsx ? ~0ull : ~kMsrVsx));
  put_floats(f, cpu);
  f.skip(start + 464 - f.at());
  put_vectors(f, s, true);
  f.put_int(s.vrsave);
  f.skip(8);
  f.put_int(s.vscr);
  for (unsigned n = 0; n < 32 && vsx; ++n) f.put_quad(s.vsr[n].low);
}
void get_mcontext32(GuestFields<const std::byte>& f, Cpu& cpu, unsigned tls = 0) {
  State& s = state_of(cpu);
  const std::size_t start = f.at();
  const std::uint64_t msr = get_gregs(f, cpu, tls);
  get_floats(f, cpu);
  f.skip(start + 464 - f.at());
  if ((msr & kMsrVec) != 0) {
    get_vectors(f, s, true);
    s.vrsave = f.int_();
    f.skip(8);
    s.vscr = f.int_();
  } else {
    f.skip(528);
  }
  if ((msr & kMsrVsx) != 0) {
    for (unsigned n = 0; n < 32; ++n) s.vsr[n].low = f.quad();
  }
}

std::uint32_t load32(GuestAddr at, HostServices& host) {
  std::array<std::byte, 4> bytes{};
  (void)host.copyin(bytes.data(), at, bytes.size());
  return GuestFields<const std::byte>(bytes, false, true).int_();
}

/// swapcontext(old, new, size) keeps the registers in *old at once and takes those of *new when the
/// system call that it becomes, for the signal masks of both, has returned. (Linux
/// arch/powerpc/kernel/signal_32.c)
SyscallRequest swap_request(Cpu& cpu, HostServices& host) {
  constexpr std::uint32_t kSigSetmask = 2, kNowhere = 0xffff'fff0u, kMaskSize = 8;
  State& s = state_of(cpu);
  const auto old_context = static_cast<std::uint32_t>(s.gpr[kArg]);
  const auto new_context = static_cast<std::uint32_t>(s.gpr[kArg + 1]);
  const auto size = static_cast<std::uint32_t>(s.gpr[kArg + 2]);
  constexpr std::size_t kWhole = kUcMcontext32 + kMcontext32, kLeast = kWhole - kVsxHalves32;

  SyscallRequest request;
  request.number = kSysRtSigprocmask;
  request.slot_count = 4;
  request.slots = {kSigSetmask, new_context == 0 ? 0 : new_context + kUcSigmask32,
                   old_context == 0 ? 0 : old_context + kUcSigmask32, kMaskSize};
  std::array<std::byte, kWhole> probe{};
  bool fault = false;
  if (new_context != 0) {
    fault = !host.copyin(probe.data(), GuestAddr(new_context), std::min<std::size_t>(size, kWhole));
    GuestFields<const std::byte> copied(probe, false, true);
    copied.skip(kUcMcontext32 + 4 * kMsr);
    const bool vsx = (copied.int_() & kMsrVsx) != 0;
    if (!fault && size < kWhole && vsx) request.slots[3] = 0;  // invalid
  }
  if (size < kLeast) request.slots[3] = 0;
  if (!fault && old_context != 0 && request.slots[3] != 0) {
    const bool vsx = size >= kWhole;
    const std::size_t bytes = kMcontext32 - (vsx ? 0 : kVsxHalves32);
    GuestFields<std::byte> f({probe.data(), bytes}, false, true);
    put_mcontext32(f, cpu, vsx);
    const GuestAddr registers = GuestAddr(old_context + kUcMcontext32).align_down(16);
    std::array<std::byte, 4> pointer;
    GuestFields<std::byte>(pointer, false, true)
        .put_int(static_cast<std::uint32_t>(registers.value));
    fault = !host.copyout(registers, probe.data(), bytes) ||
            !host.copyout(GuestAddr(old_context + kUcRegs32), pointer.data(), pointer.size());
  }
  if (fault) request.slots[1] = kNowhere;
  s.new_context = new_context;
  return request;
}

/// The rest of swapcontext(). What is to be read has been read before.
void enter_context(Cpu& cpu, std::uint32_t context) {
  HostServices& host = *context_of(cpu).host;
  std::array<std::byte, kMcontext32> bytes{};
  const GuestAddr registers(load32(GuestAddr(context + kUcRegs32), host));
  if (!host.copyin(bytes.data(), registers, bytes.size())) {
    (void)host.copyin(bytes.data(), registers, bytes.size() - kVsxHalves32);
  }
  GuestFields<const std::byte> f(bytes, false, true);
  constexpr unsigned kTls = 2;
  get_mcontext32(f, cpu, kTls);
}

/// Everything as after exec.
void clear(Cpu& cpu, bool wide) {
  State& s = state_of(cpu);
  reset_state(s, s.features);
  s.vscr = 1u << 16;  // Java mode is off
  // Of the first process all others inherit it (arch/powerpc/include/asm/processor.h, INIT_THREAD).
  s.fp_mode = wide ? 0 : kPrFpExcPrecise;
  context_of(cpu).guest_mxcsr = write_fpscr(s, 0x1f80, 0, kWholeFpscr);
}

}  // namespace

const MemoryLayout& PpcLinux::memory_layout() const noexcept {
  return wide_ ? kLayout64 : kLayout32;
}
std::uint64_t PpcLinux::hwcap(const CpuModel& cpu) const noexcept {
  constexpr std::uint64_t kTrueLe = 2;
  return hwcap_of(kHwcapBits, cpu.features) | hwcap_of(kLinuxHwcapBits, cpu.features) |
         (wide_ && cpu.features & k206 ? kTrueLe : 0);
}
std::uint64_t PpcLinux::hwcap2(const CpuModel& cpu) const noexcept {
  return hwcap_of(kHwcap2Bits, cpu.features);
}

namespace {

const char* name_of(const CpuModel& cpu) {
  return cpu.features & k207   ? "power8"
         : cpu.features & k206 ? "power7"
         : cpu.features & k64  ? "ppc970"
                               : "ppc7450";
}

}  // namespace

const char* PpcLinux::platform(const CpuModel& cpu) const noexcept { return name_of(cpu); }

const char* PpcLinux::cpuinfo(const CpuModel& cpu) const noexcept {
  if (cpu.features & k207) {
    return "cpu\t\t: POWER8 (architected), altivec supported\nclock\t\t: 3000.000000MHz\n"
           "revision\t: 2.0 (pvr 004d 0200)\n\ntimebase\t: 512000000\nplatform\t: pSeries\n";
  }
  if (cpu.features & k206) {
    return "cpu\t\t: POWER7 (architected), altivec supported\nclock\t\t: 3000.000000MHz\n"
           "revision\t: 2.3 (pvr 003f 0203)\n\ntimebase\t: 512000000\nplatform\t: pSeries\n";
  }
  if (cpu.features & k64) {
    return "cpu\t\t: PPC970FX, altivec supported\nclock\t\t: 2000.000000MHz\n"
           "revision\t: 3.1 (pvr 003c 0301)\n\ntimebase\t: 512000000\nplatform\t: PowerMac\n";
  }
  return "cpu\t\t: 7447A, altivec supported\nclock\t\t: 1500.000000MHz\n"
         "revision\t: 2.0 (pvr 800c 0200)\n\ntimebase\t: 512000000\nplatform\t: PowerMac\n";
}

// Linux arch/powerpc/kernel/{syscall,interrupt}.c
SyscallRequest PpcLinux::fetch_syscall(Cpu& cpu, HostServices& host) const noexcept {
  const State& s = state_of(cpu);
  cpu.set_pc(cpu.pc() + 4);
  if (!wide_ && static_cast<std::uint32_t>(s.gpr[0]) == kSysSwapcontext) {
    return swap_request(cpu, host);
  }
  SyscallRequest request;
  request.number = static_cast<std::uint32_t>(s.gpr[0]);
  request.slot_count = kArgRegisters;
  for (unsigned i = 0; i < kArgRegisters; ++i) {
    request.slots[i] = wide_ ? s.gpr[kArg + i] : static_cast<std::uint32_t>(s.gpr[kArg + i]);
  }
  return request;
}

void PpcLinux::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  State& s = state_of(cpu);
  const std::uint32_t context = std::exchange(s.new_context, 0);
  if (context != 0 && result.outcome == SyscallOutcome::value) return enter_context(cpu, context);
  store_syscall_result(cpu, s, result, wide_);
}

void PpcLinux::set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept {
  state_of(cpu).gpr[kArg + 1] = value;
}

// Linux arch/powerpc/kernel/process.c, start_thread()
void PpcLinux::thread_init(Cpu& cpu, const ThreadStart& start, HostServices& host) const noexcept {
  clear(cpu, wide_);
  State& s = state_of(cpu);
  s.gpr[kSp] = start.stack.value;
  cpu.set_pc(start.entry);
  if (!wide_) return;
  const ImageFacts facts = image_facts(start.stack, big_, host);
  s.elf_v2 = facts.elf_v2;
  if (facts.elf_v2) {
    s.gpr[12] = start.entry.value;
    return;
  }
  const Descriptor d = read_descriptor(start.entry, big_, host);
  cpu.set_pc(facts.base + d.entry);
  s.gpr[2] = facts.base.value + d.toc;
}

// Linux arch/powerpc/kernel/process.c, copy_thread()
void PpcLinux::fork_child(Cpu& cpu) const noexcept {
  State& s = state_of(cpu);
  s.gpr[kArg] = 0;
  write_cr(s, read_cr(s) & ~kCr0So);
}

void PpcLinux::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                 HostServices&) const noexcept {
  fork_child(cpu);
  if (upcall.stack_base) {
    state_of(cpu).gpr[kSp] = (upcall.stack_base + upcall.stack_size).value;
  }
}

std::span<const std::byte> PpcLinux::setup_sigtramp() const noexcept {
  if (!wide_) return kSigcode32Bytes;
  return big_ ? kSigcode64Bytes : kSigcode64leBytes;
}

// Linux arch/powerpc/kernel/traps.c, arch/powerpc/mm/fault.c
TrapSignal PpcLinux::trap_signal(const Cpu&, const Event& event) const noexcept {
  using K = TrapSignal::Kind;
  switch (event.kind) {
    case EventKind::fault:
      return {event.cause == FaultCause::access ? K::segv : K::bus, 0};
    case EventKind::breakpoint:
      return {K::trap, kTrapBrkpt};
    case EventKind::step:
      return {K::trap, kTrapTrace};
    case EventKind::trap:
      return {K::bus, kBusAdraln};
    case EventKind::arithmetic_trap:
      return {K::fpe, 0};
    default:
      return {K::ill, kIllIllopc};
  }
}

bool PpcLinux::setup_frame(Cpu& cpu, const LinuxSignalFrame& frame,
                           HostServices& host) const noexcept {
  return wide_ ? setup_frame64(cpu, frame, host) : setup_frame32(cpu, frame, host);
}

// Linux arch/powerpc/kernel/signal_32.c, handle_rt_signal32() and handle_signal32()
bool PpcLinux::setup_frame32(Cpu& cpu, const LinuxSignalFrame& frame,
                             HostServices& host) const noexcept {
  State& s = state_of(cpu);
  const bool rt = frame.delivery.siginfo;
  const std::size_t size = rt ? kRtFrame32 : kFrame32;
  const std::size_t below = kHeader32 + (rt ? kRtGap32 : 0);
  const GuestAddr at = (frame.stack_top - size).align_down(16);
  const GuestAddr sp = at - below;

  std::array<std::byte, kHeader32 + kRtGap32 + kRtFrame32> bytes{};
  GuestFields<std::byte> f({bytes.data(), below + size}, false, true);
  f.put_int(static_cast<std::uint32_t>(s.gpr[kSp]));  // the back chain
  f.skip(below - 4);
  const auto mask_low = static_cast<std::uint32_t>(frame.sigmask);
  const auto mask_high = static_cast<std::uint32_t>(frame.sigmask >> 32);
  GuestAddr context;
  if (rt) {
    std::copy(frame.siginfo.begin(), frame.siginfo.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(below));
    f.skip(kSiginfoSize);
    context = at + kUcontext32;
    f.put_int(0);  // uc_flags
    f.put_int(0);  // uc_link
    f.put_int(static_cast<std::uint32_t>(frame.altstack_sp.value));
    f.put_int(frame.altstack_flags);
    f.put_int(static_cast<std::uint32_t>(frame.altstack_size));
    f.skip(28);
    f.put_int(static_cast<std::uint32_t>((context + kUcMcontext32).value));  // uc_regs
    f.put_int(mask_low);
    f.put_int(mask_high);
    f.skip(below + kUcontext32 + kUcMcontext32 - f.at());
  } else {
    context = at;
    f.skip(12);
    f.put_int(mask_high);
    f.put_int(static_cast<std::uint32_t>(frame.delivery.signo));
    f.put_int(static_cast<std::uint32_t>(frame.delivery.handler.value));
    f.put_int(mask_low);
    f.put_int(static_cast<std::uint32_t>((at + kSigcontext32).value));
  }
  put_mcontext32(f, cpu);
  if (!host.copyout(sp, bytes.data(), below + size)) return false;

  s.gpr[kSp] = sp.value;
  s.gpr[kArg] = static_cast<std::uint64_t>(frame.delivery.signo);
  if (rt) {
    s.gpr[kArg + 1] = at.value;
    s.gpr[kArg + 2] = context.value;
    s.gpr[kArg + 3] = at.value;
  } else {
    s.gpr[kArg + 1] = context.value;
  }
  s.lr = (frame.delivery.sigcode + (rt ? kRtSigcode32 : 0)).value;
  context_of(cpu).guest_mxcsr = write_fpscr(s, context_of(cpu).guest_mxcsr, 0, kWholeFpscr);
  cpu.set_pc(frame.delivery.handler);
  return true;
}

// Linux arch/powerpc/kernel/signal_64.c, handle_rt_signal64()
bool PpcLinux::setup_frame64(Cpu& cpu, const LinuxSignalFrame& frame,
                             HostServices& host) const noexcept {
  State& s = state_of(cpu);
  const GuestAddr at = (frame.stack_top - kFrame64).align_down(16);
  const GuestAddr sp = at - kHeader64;

  std::array<std::byte, kHeader64 + kFrame64> bytes{};
  GuestFields<std::byte> f(bytes, true, big_);
  f.put_quad(s.gpr[kSp]);  // the back chain
  f.skip(kHeader64 - 8);
  f.put_quad(0);  // uc_flags
  f.put_quad(0);  // uc_link
  f.put_quad(frame.altstack_sp.value);
  f.put_int(frame.altstack_flags);
  f.put_quad(frame.altstack_size);
  f.put_quad(frame.sigmask);
  f.skip(kHeader64 + kUcMcontext64 - f.at());
  const GuestAddr context = at + kUcMcontext64;
  f.skip(32);
  f.put_int(static_cast<std::uint32_t>(frame.delivery.signo));
  f.put_quad(frame.delivery.handler.value);
  f.put_quad(0);                     // oldmask
  f.put_quad((context + 64).value);  // regs: gp_regs, which follow
  put_gregs(f, s, cpu.pc().value, msr_of(s, true, big_));
  put_floats(f, cpu);
  // v_regs: the first multiple of 16 behind itself.
  const GuestAddr reserve = at + (f.at() + 8 - kHeader64);
  const GuestAddr vectors = reserve.align_up(16);
  f.put_quad(vectors.value);
  f.skip(vectors - reserve);
  put_vectors(f, s, big_);
  if (big_) {
    f.skip(12);
    f.put_int(s.vscr);
  } else {
    f.put_int(s.vscr);
    f.skip(12);
  }
  f.put_int(s.vrsave);
  f.skip(12);
  for (unsigned n = 0; n < 32; ++n) f.put_quad(s.vsr[n].low);
  f.skip(kHeader64 + kPinfo64 - f.at());
  f.put_quad((at + kInfo64).value);
  f.put_quad(at.value);
  std::copy(frame.siginfo.begin(), frame.siginfo.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(kHeader64 + kInfo64));
  if (!host.copyout(sp, bytes.data(), bytes.size())) return false;

  s.gpr[kSp] = sp.value;
  s.gpr[kArg] = static_cast<std::uint64_t>(frame.delivery.signo);
  if (frame.delivery.siginfo) {
    s.gpr[kArg + 1] = (at + kInfo64).value;
    s.gpr[kArg + 2] = at.value;
    s.gpr[kArg + 3] = at.value;
  } else {
    s.gpr[kArg + 1] = context.value;
  }
  s.lr = frame.delivery.sigcode.value;
  context_of(cpu).guest_mxcsr = write_fpscr(s, context_of(cpu).guest_mxcsr, 0, kWholeFpscr);
  if (s.elf_v2) {
    s.ctr = s.gpr[12] = frame.delivery.handler.value;
    cpu.set_pc(frame.delivery.handler);
  } else {
    const Descriptor d = read_descriptor(frame.delivery.handler, big_, host);
    s.gpr[2] = d.toc;
    cpu.set_pc(GuestAddr(d.entry));
  }
  return true;
}

// Linux arch/powerpc/kernel/signal_{32,64}.c, sys_sigreturn() and sys_rt_sigreturn()
LinuxSignalReturn PpcLinux::restore_frame(Cpu& cpu, bool rt, HostServices& host) const noexcept {
  State& s = state_of(cpu);
  const GuestAddr sp = cpu.get_sp_from_cpustate();
  LinuxSignalReturn r;
  if (wide_) {
    std::array<std::byte, kUcontext64> bytes;
    if (!host.copyin(bytes.data(), sp, bytes.size())) return {};
    GuestFields<const std::byte> f(bytes, true, big_);
    f.skip(16);
    r.altstack_sp = GuestAddr(f.quad());
    r.altstack_flags = f.int_();
    r.altstack_size = f.quad();
    r.sigmask = f.quad();
    f.skip(kUcMcontext64 + 64 - f.at());
    const std::uint64_t msr = get_gregs(f, cpu, 13);
    get_floats(f, cpu);
    const GuestAddr vectors(f.quad());
    std::array<std::byte, 34 * 16 + 256> area;
    if ((msr & (kMsrVec | kMsrVsx)) != 0 && vectors) {
      if (!host.copyin(area.data(), vectors, area.size())) return {};
      GuestFields<const std::byte> v(area, true, big_);
      get_vectors(v, s, big_);
      const std::uint32_t first = v.int_();
      v.skip(8);
      const std::uint32_t last = v.int_();
      s.vscr = big_ ? last : first;
      s.vrsave = v.int_();
      v.skip(12);
      if ((msr & kMsrVsx) != 0) {
        for (unsigned n = 0; n < 32; ++n) s.vsr[n].low = v.quad();
      }
    }
    r.ok = true;
    return r;
  }
  std::array<std::byte, kRtFrame32> bytes;
  const GuestAddr at = sp + kHeader32 + (rt ? kRtGap32 : 0);
  const std::size_t size = rt ? kRtFrame32 : kFrame32;
  if (!host.copyin(bytes.data(), at, size)) return {};
  GuestFields<const std::byte> f({bytes.data(), size}, false, true);
  std::uint64_t low = 0, high = 0;
  if (rt) {
    f.skip(kUcontext32 + 8);
    r.altstack_sp = GuestAddr(f.int_());
    r.altstack_flags = f.int_();
    r.altstack_size = f.int_();
    f.skip(32);
    low = f.int_();
    high = f.int_();
    f.skip(kUcontext32 + kUcMcontext32 - f.at());
  } else {
    f.skip(12);
    high = f.int_();
    f.skip(8);
    low = f.int_();
    f.skip(4);
  }
  r.sigmask = low | high << 32;
  get_mcontext32(f, cpu);
  r.ok = true;
  return r;
}

// Linux arch/powerpc/kernel/process.c, set_fpexc_mode() and get_fpexc_mode()
SyscallResult PpcLinux::arch_syscall(Cpu& cpu, const SyscallRequest& request,
                                     HostServices& host) const noexcept {
  if (request.number != kSysPrctl) return error(kEnosys);
  std::uint32_t& mode = state_of(cpu).fp_mode;
  switch (request.slots[0]) {
    case kPrSetFpexc:
      if (request.slots[1] > kPrFpExcPrecise) return error(kEinval);
      mode = static_cast<std::uint32_t>(request.slots[1]);
      return {};
    case kPrGetFpexc: {
      std::array<std::byte, 4> word{};
      GuestFields<std::byte>(word, wide_, big_).put_int(mode);
      return host.copyout(GuestAddr(request.slots[1]), word.data(), word.size()) ? SyscallResult{}
                                                                                 : error(kEfault);
    }
    default:
      return error(kEnosys);
  }
}

}  // namespace emulate::ppc
