#include "ppc/freebsd.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "emulate/guest_fields.h"
#include "ppc/cpu.h"
#include "ppc/fpscr.h"
#include "ppc/helpers.h"
#include "ppc/hwcap.h"
#include "ppc/registers.h"
#include "ppc/start.h"
#include "ppc/syscall_result.h"

namespace emulate::ppc {

constinit const PpcFreeBsd kFreeBsd[4] = {
    {false, false}, {false, true}, {true, false}, {true, true}};

namespace {

// FreeBSD sys/sys/syscall.h
constexpr std::uint64_t kSysSyscall = 0;
constexpr std::uint64_t kSysUnderscoreSyscall = 198;
constexpr std::uint64_t kSysLseek = 478;

// FreeBSD sys/sys/errno.h, sys/sys/signal.h
constexpr int kEinval = 22;
constexpr int kIllIllopc = 1;
constexpr int kSegvMaperr = 1;
constexpr int kBusAdraln = 1;
constexpr int kTrapBrkpt = 1;
constexpr int kTrapTrace = 2;

constexpr unsigned kSp = 1, kArg = 3;
constexpr std::size_t kArgRegisters = 8;

// FreeBSD sys/powerpc/include/vmparam.h; ET_DYN_LOAD_ADDR of elf.h
constexpr MemoryLayout layout(std::uint64_t user_max) {
  return {.user_max = GuestAddr(user_max),
          .stack_top = GuestAddr(user_max - 4096),
          .dyn_base = GuestAddr(0x0101'0000u),
          .stack_size = 8u << 20,
          .data_size = 128u << 20};
}
constexpr MemoryLayout kLayout32 = layout(0xffff'f000u);
constexpr MemoryLayout kLayout64 = layout(0x3fff'ffff'ffff'f000u);

// sizeof(mcontext_t), ucontext_t and struct sigframe (a ucontext_t, a siginfo_t): FreeBSD
// sys/powerpc/include/{ucontext,sigframe}.h. sendsig() of 64-bit machines rounds the frame's size
// up to a multiple of 48.
constexpr FreeBsdFrameLayout kFrame32{
    .mcontext_size = 1224,
    .mcontext_align = 16,
    .frame_size = 1280 + 64,
    .siginfo_offset = 1280,
    .ucontext_offset = 0,
    .stack_align = 16,
};
constexpr FreeBsdFrameLayout kFrame64{
    .mcontext_size = 1392,
    .mcontext_align = 16,
    .frame_size = 1584,
    .siginfo_offset = 1472,
    .ucontext_offset = 0,
    .stack_align = 16,
    .red_zone = 288,
};

// FreeBSD sys/powerpc/include/{ucontext,psl}.h
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kFpValid = 1, kAvValid = 2;
constexpr std::uint64_t kMsrUser = 0xd032u;               // EE PR ME IR DR RI
constexpr std::uint64_t kMsrSf = std::uint64_t{1} << 63;  // 64-bit mode
constexpr std::uint64_t kMsrLe = 1;
constexpr std::uint64_t kMsrFacilities = 0x0280'2900u;  // VEC VSX FP FE0 FE1
constexpr unsigned kFrameWords = 42;                    // mc_frame; 41 and 42 are not used

// FreeBSD sys/powerpc/powerpc/sigcode{32,64}.S: the handler is in LR.
constexpr std::uint32_t kSigcode32[] = {
    0x3821'ffe0u,  // addi r1, r1, -32
    0x4e80'0021u,  // blrl
    0x3861'0020u,  // addi r3, r1, 32
    0x3800'01a1u,  // li r0, SYS_sigreturn
    0x4400'0002u,  // sc
    0x3800'0001u,  // li r0, SYS_exit
    0x4400'0002u,  // sc
};
/// The first four resolve a function descriptor; programs without them enter behind.
constexpr std::uint32_t kSigcode64[] = {
    0x7c48'02a6u,  // mflr r2
    0xe802'0000u,  // ld r0, 0(r2)
    0xe842'0008u,  // ld r2, 8(r2)
    0x7c08'03a6u,  // mtlr r0
    0x3821'ff90u,  // addi r1, r1, -112
    0x7d88'02a6u,  // mflr r12
    0x4e80'0021u,  // blrl
    0x3861'0070u,  // addi r3, r1, 112
    0x3800'01a1u,  // li r0, SYS_sigreturn
    0x4400'0002u,  // sc
    0x3800'0001u,  // li r0, SYS_exit
    0x4400'0002u,  // sc
};
constexpr std::uint64_t kSigcodeV2 = 16;

constexpr auto kSigcode32Bytes = code_bytes(kSigcode32, true);
constexpr auto kSigcode64Bytes = code_bytes(kSigcode64, true);
constexpr auto kSigcode64leBytes = code_bytes(kSigcode64, false);

bool quad_syscall(const State& s, bool wide) {
  return !wide && static_cast<std::uint32_t>(s.gpr[0]) == kSysUnderscoreSyscall;
}

/// Everything as after exec, but for the thread pointer's convention.
void clear(Cpu& cpu, std::uint64_t bias) {
  State& s = state_of(cpu);
  reset_state(s, s.features);
  s.tls_bias = bias;
  context_of(cpu).guest_mxcsr = write_fpscr(s, 0x1f80, 0, kWholeFpscr);
}

}  // namespace

std::uint64_t PpcFreeBsd::user_msr() const {
  return kMsrUser | (wide_ ? kMsrSf : 0) | (big_ ? 0 : kMsrLe);
}

const MemoryLayout& PpcFreeBsd::memory_layout() const noexcept {
  return wide_ ? kLayout64 : kLayout32;
}
std::uint64_t PpcFreeBsd::hwcap(const CpuModel& cpu) const noexcept {
  return hwcap_of(kHwcapBits, cpu.features);
}
std::uint64_t PpcFreeBsd::hwcap2(const CpuModel& cpu) const noexcept {
  return hwcap_of(kHwcap2Bits, cpu.features);
}

// FreeBSD sys/powerpc/powerpc/trap.c, cpu_fetch_syscall_args()
SyscallRequest PpcFreeBsd::fetch_syscall(Cpu& cpu, HostServices& host) const noexcept {
  const State& s = state_of(cpu);
  cpu.set_pc(cpu.pc() + 4);
  const auto reg = [&](unsigned n) {
    return wide_ ? s.gpr[n] : static_cast<std::uint32_t>(s.gpr[n]);
  };
  SyscallRequest request;
  request.number = static_cast<std::uint32_t>(s.gpr[0]);
  unsigned first = 0;
  if (quad_syscall(s, wide_)) {
    request.number = reg(kArg + 1);
    first = 2;
  } else if (request.number == kSysSyscall || request.number == kSysUnderscoreSyscall) {
    request.number = static_cast<std::uint32_t>(s.gpr[kArg]);
    first = 1;
  }
  for (unsigned i = first; i < kArgRegisters; ++i) {
    request.slots[request.slot_count++] = reg(kArg + i);
  }
  // Behind the frame's header, and on 64-bit machines behind the room for those in registers (the
  // kernel's MOREARGS is a word off). How many of them are arguments is for the host to know.
  const std::size_t size = wide_ ? 8 : 4;
  std::array<std::byte, 8 * kMaxSyscallSlots> stack{};
  std::size_t words = kMaxSyscallSlots - request.slot_count;
  const GuestAddr from = cpu.get_sp_from_cpustate() + (wide_ ? 48 + 64 : 8);
  while (words > 0 && !host.copyin(stack.data(), from, words * size)) --words;
  GuestFields<const std::byte> fields(stack, wide_, big_);
  for (std::size_t i = 0; i < words; ++i) request.slots[request.slot_count++] = fields.word();
  return request;
}

// FreeBSD sys/powerpc/powerpc/exec_machdep.c, cpu_set_syscall_retval()
void PpcFreeBsd::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  State& s = state_of(cpu);
  const bool quad =
      quad_syscall(s, wide_) && static_cast<std::uint32_t>(s.gpr[kArg + 1]) != kSysLseek;
  store_syscall_result(cpu, s, result, wide_);
  if (quad && result.outcome == SyscallOutcome::value) {
    s.gpr[kArg] = 0;
    s.gpr[kArg + 1] = result.value;
  }
}

void PpcFreeBsd::set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept {
  state_of(cpu).gpr[kArg + 1] = value;
}

// FreeBSD sys/powerpc/include/elf.h. powerpc64le came after the numbers had become everybody's.
std::uint32_t PpcFreeBsd::auxv_type(std::uint32_t type, std::uint32_t osreldate) const noexcept {
  constexpr std::uint32_t kNewAuxArgs = 1'300'070;  // P_OSREL_POWERPC_NEW_AUX_ARGS
  constexpr std::uint32_t kExecpath = 15, kPagesizesLen = 21, kStackprot = 23, kOldStackprot = 21;
  if (!big_ || osreldate >= kNewAuxArgs) return type;
  if (type >= kExecpath && type <= kPagesizesLen) return type - 2;
  return type == kStackprot ? kOldStackprot : type;
}

// FreeBSD sys/powerpc/powerpc/exec_machdep.c, exec_setregs(); elf64_machdep.c,
// exec_setregs_funcdesc()
void PpcFreeBsd::thread_init(Cpu& cpu, const ThreadStart& start,
                             HostServices& host) const noexcept {
  clear(cpu, wide_ ? 0x7010 : 0x7008);
  State& s = state_of(cpu);
  const std::uint64_t word = wide_ ? 8 : 4;
  std::array<std::byte, 8> argc{};
  host.copyin(argc.data(), start.stack, word);
  const std::uint64_t count = GuestFields<const std::byte>(argc, wide_, big_).word();
  s.gpr[kSp] = (start.stack - (wide_ ? 48 : 8)).align_down(16).value;
  s.gpr[kArg] = count;
  s.gpr[kArg + 1] = (start.stack + word).value;
  s.gpr[kArg + 2] = (start.stack + (2 + count) * word).value;
  s.gpr[kArg + 5] = start.ps_strings.value;
  cpu.set_pc(start.entry);
  if (!wide_) return;
  s.gpr[12] = start.entry.value;
  const ImageFacts facts = image_facts(start.stack, big_, host);
  s.elf_v2 = facts.elf_v2;
  if (facts.elf_v2) return;
  const Descriptor d = read_descriptor(start.entry, big_, host);
  cpu.set_pc(facts.base + d.entry);
  s.gpr[2] = facts.base.value + d.toc;
  s.gpr[11] = facts.base.value + d.environment;
}

// FreeBSD sys/powerpc/powerpc/vm_machdep.c, cpu_fork()
void PpcFreeBsd::fork_child(Cpu& cpu) const noexcept {
  State& s = state_of(cpu);
  s.gpr[kArg] = 0;
  s.gpr[kArg + 1] = 0;
  write_cr(s, read_cr(s) & ~kCr0So);
}

// FreeBSD sys/powerpc/powerpc/exec_machdep.c, cpu_set_upcall(). The thread pointer, a general
// register, is what the host has set or will set.
void PpcFreeBsd::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                   HostServices& host) const noexcept {
  State& s = state_of(cpu);
  const std::uint32_t elf_v2 = s.elf_v2;
  const std::uint64_t tp = s.gpr[wide_ ? 13 : 2];
  clear(cpu, s.tls_bias);
  s.elf_v2 = elf_v2;
  s.gpr[wide_ ? 13 : 2] = tp;
  s.gpr[kSp] = (upcall.stack_base + upcall.stack_size - (wide_ ? 48 : 8)).align_down(32).value;
  s.gpr[kArg] = upcall.arg.value;
  cpu.set_pc(upcall.entry);
  if (!wide_) return;
  if (elf_v2) {
    s.gpr[12] = upcall.entry.value;
    return;
  }
  const Descriptor d = read_descriptor(upcall.entry, big_, host);
  cpu.set_pc(GuestAddr(d.entry));
  s.gpr[2] = d.toc;
  s.gpr[11] = d.environment;
}

std::span<const std::byte> PpcFreeBsd::setup_sigtramp() const noexcept {
  if (!wide_) return kSigcode32Bytes;
  return big_ ? kSigcode64Bytes : kSigcode64leBytes;
}

// FreeBSD sys/powerpc/powerpc/trap.c, trap()
TrapSignal PpcFreeBsd::trap_signal(const Cpu&, const Event& event) const noexcept {
  using K = TrapSignal::Kind;
  switch (event.kind) {
    case EventKind::fault:
      return {K::segv, kSegvMaperr};
    case EventKind::breakpoint:
      return {K::trap, kTrapBrkpt};
    case EventKind::step:
      return {K::trap, kTrapTrace};
    case EventKind::trap:
      return {K::bus, kBusAdraln};
    case EventKind::arithmetic_trap:  // as of 13.0; before, it was taken for an undefined one
      return {K::fpe, 0};
    default:
      return {K::ill, kIllIllopc};
  }
}

const FreeBsdFrameLayout& PpcFreeBsd::frame_layout() const noexcept {
  return wide_ ? kFrame64 : kFrame32;
}

// FreeBSD sys/powerpc/powerpc/exec_machdep.c, grab_mcontext()
void PpcFreeBsd::get_mcontext(Cpu& cpu, std::span<std::byte> mcontext, unsigned flags,
                              std::span<std::byte>, GuestAddr) const noexcept {
  State& s = state_of(cpu);
  const bool vectors = (s.features & kAltivec) != 0;
  GuestFields<std::byte> m(mcontext, wide_, big_);
  m.put_int(kVersion);
  m.put_int(kFpValid | (vectors ? kAvValid : 0));
  m.put_int(0);  // mc_onstack
  m.put_int(static_cast<std::uint32_t>(frame_layout().mcontext_size));
  for (unsigned n = 32; n < 64; ++n) {
    m.put_quad(big_ ? s.vsr[n].high : s.vsr[n].low);
    m.put_quad(big_ ? s.vsr[n].low : s.vsr[n].high);
  }
  m.put_int(s.vscr);
  m.put_int(s.vrsave);
  for (unsigned n = 0; n < 32; ++n) {
    const bool cleared = (flags & kMcontextClearRet) != 0 && (n == kArg || n == kArg + 1);
    m.put_word(cleared ? 0 : s.gpr[n]);
  }
  m.put_word(s.lr);
  m.put_word(read_cr(s));
  m.put_word(xer_of(s));
  m.put_word(s.ctr);
  m.put_word(cpu.pc().value);
  m.put_word(user_msr() | fe_bits(s));
  for (unsigned n = 38; n < kFrameWords; ++n) m.put_word(0);
  for (unsigned n = 0; n < 32; ++n) m.put_quad(s.vsr[n].high);
  m.put_quad(read_fpscr(s, context_of(cpu).guest_mxcsr));
  for (unsigned n = 0; n < 32; ++n) m.put_quad(s.vsr[n].low);
}

// FreeBSD sys/powerpc/powerpc/exec_machdep.c, set_mcontext()
int PpcFreeBsd::set_mcontext(Cpu& cpu, std::span<const std::byte> mcontext,
                             HostServices&) const noexcept {
  if (mcontext.size() < frame_layout().mcontext_size) return kEinval;
  State& s = state_of(cpu);
  GuestFields<const std::byte> m(mcontext, wide_, big_);
  const std::uint32_t version = m.int_(), flags = m.int_();
  m.int_();
  if (version != kVersion || m.int_() != frame_layout().mcontext_size) return kEinval;
  Vsr vectors[32];
  for (Vsr& v : vectors) {
    const std::uint64_t first = m.quad(), second = m.quad();
    v = big_ ? Vsr{.low = second, .high = first} : Vsr{.low = first, .high = second};
  }
  const std::uint32_t vscr = m.int_(), vrsave = m.int_();
  std::uint64_t frame[kFrameWords];
  for (std::uint64_t& w : frame) w = m.word();
  const auto [lr, cr, xer, ctr, pc, msr] =
      std::array{frame[32], frame[33], frame[34], frame[35], frame[36], frame[37]};
  if (((msr ^ user_msr()) & ~kMsrFacilities) != 0) return kEinval;

  // The thread pointer stays what it is.
  const unsigned tls = wide_ ? 13 : 2;
  for (unsigned n = 0; n < 32; ++n) {
    if (n != tls) s.gpr[n] = frame[n];
  }
  s.lr = lr;
  s.ctr = ctr;
  s.fp_mode = (msr & kMsrFe0 ? 2 : 0) | (msr & kMsrFe1 ? 1 : 0);
  write_cr(s, static_cast<std::uint32_t>(cr));
  set_xer(s, static_cast<std::uint32_t>(xer));
  cpu.set_pc(GuestAddr(pc));
  if ((flags & kFpValid) != 0) {
    for (unsigned n = 0; n < 32; ++n) s.vsr[n].high = m.quad();
    jit::Context& c = context_of(cpu);
    c.guest_mxcsr = write_fpscr(s, c.guest_mxcsr, m.quad(), kWholeFpscr);
    for (unsigned n = 0; n < 32; ++n) s.vsr[n].low = m.quad();
  }
  if ((flags & kAvValid) != 0) {
    std::copy(std::begin(vectors), std::end(vectors), s.vsr + 32);
    s.vscr = vscr;
    s.vrsave = vrsave;
  }
  return 0;
}

// FreeBSD sys/powerpc/include/reg.h: fixreg, lr, cr, xer, ctr, pc, in mc_frame's order.
RegisterStructure PpcFreeBsd::reg_structure() const noexcept {
  static constexpr RegisterRun kRuns32[] = {{536, 0, 37 * 4}};
  static constexpr RegisterRun kRuns64[] = {{536, 0, 37 * 8}};
  if (wide_) return {37 * 8, kRuns64};
  return {37 * 4, kRuns32};
}

RegisterStructure PpcFreeBsd::fpreg_structure() const noexcept {
  static constexpr RegisterRun kRuns32[] = {{704, 0, 33 * 8}};
  static constexpr RegisterRun kRuns64[] = {{872, 0, 33 * 8}};
  return {33 * 8, wide_ ? std::span<const RegisterRun>(kRuns64) : kRuns32};
}

// FreeBSD sys/powerpc/powerpc/exec_machdep.c, end of sendsig()
void PpcFreeBsd::set_sigtramp_args(Cpu& cpu, const SignalDelivery& delivery,
                                   HostServices&) const noexcept {
  State& s = state_of(cpu);
  s.gpr[kArg] = static_cast<std::uint64_t>(delivery.signo);
  s.gpr[kArg + 2] = (delivery.frame + frame_layout().ucontext_offset).value;
  if (delivery.siginfo) {
    s.gpr[kArg + 1] = (delivery.frame + frame_layout().siginfo_offset).value;
  } else {
    s.gpr[kArg + 1] = static_cast<std::uint64_t>(std::int64_t{delivery.code});
    s.gpr[kArg + 3] = delivery.fault_address ? delivery.fault_address.value : cpu.pc().value;
  }
  s.lr = delivery.handler.value;
  s.gpr[kSp] = delivery.frame.value;
  cpu.set_pc(delivery.sigcode + (s.elf_v2 ? kSigcodeV2 : 0));
}

// FreeBSD sys/powerpc/powerpc/sys_machdep.c: there is none.
SyscallResult PpcFreeBsd::arch_sysarch(Cpu&, std::uint32_t, GuestAddr,
                                       HostServices&) const noexcept {
  return {.outcome = SyscallOutcome::error, .error = kEinval};
}

}  // namespace emulate::ppc
