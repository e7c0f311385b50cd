#include "armv6/linux.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "arm/linux_traps.h"
#include "armv6/cpu.h"
#include "armv6/features.h"

namespace emulate::armv6 {

const ArmLinux kLinux;

namespace {

// Linux include/uapi/asm-generic/{errno-base,errno}.h
constexpr int kEinval = 22;
constexpr int kEnosys = 38;

// Linux arch/arm/include/uapi/asm/unistd.h: __ARM_NR_*
enum ArmCall : std::uint32_t {
  kCacheflush = 0xf0002,
  kUsr32 = 0xf0004,
  kSetTls = 0xf0005,
  kGetTls = 0xf0006,
};

// A 64-bit kernel gives its 32-bit programs everything below the vectors page.
constexpr std::uint32_t kVectors = 0xffff0000;
constexpr MemoryLayout kLayout{
    .user_max = GuestAddr(kVectors + 0x1000),
    .stack_top = GuestAddr(0xfffe0000),
    .dyn_base = GuestAddr(0x00400000),
    .stack_size = 8u << 20,
    .data_size = 512u << 20,
};

// Linux arch/arm/include/uapi/asm/sigcontext.h, arch/arm/include/asm/ucontext.h
struct Sigcontext {
  std::uint32_t trap_no;
  std::uint32_t error_code;
  std::uint32_t oldmask;
  std::uint32_t r[15];
  std::uint32_t pc;
  std::uint32_t cpsr;
  std::uint32_t fault_address;
};
struct VfpRecord {
  std::uint32_t magic;
  std::uint32_t size;
  std::uint32_t s[64];
  std::uint32_t fpscr;
  std::uint32_t pad;
  std::uint32_t fpexc;
  std::uint32_t fpinst;
  std::uint32_t fpinst2;
  std::uint32_t pad2;
};
struct Ucontext {
  std::uint32_t flags;
  std::uint32_t link;
  std::uint32_t stack_sp;
  std::int32_t stack_flags;
  std::uint32_t stack_size;
  Sigcontext context;
  std::uint32_t sigmask[2];
  std::uint32_t unused[30];
  alignas(8) std::byte regspace[512];
};
struct Sigframe {
  Ucontext uc;
  std::uint32_t retcode[4];
};
struct RtSigframe {
  std::byte info[128];
  Sigframe sig;
};
static_assert(sizeof(Sigcontext) == 84 && sizeof(VfpRecord) == 288 && sizeof(Ucontext) == 744);
static_assert(sizeof(RtSigframe) == 888);
constexpr std::uint32_t kVfpMagic = 0x56465001;
constexpr std::uint32_t kPlainFrame = 0x5ac3c35a;  // uc_flags of a frame without siginfo

// sigreturn (119) and rt_sigreturn (173); the kernel's signal page has the same pair.
constexpr std::array<std::uint32_t, 4> kSigcode = {
    0xe3a07077,  // mov r7, #119
    0xef000000,  // svc 0
    0xe3a070ad,  // mov r7, #173
    0xef000000,  // svc 0
};
constexpr std::uint64_t kRtSigcode = 8;

// The helpers that Linux's Documentation/arm/kernel_user_helpers.rst specifies, each in its slot.
constexpr std::array<std::uint32_t, 1024> make_helpers() {
  std::array<std::uint32_t, 1024> page{};
  const auto put = [&](unsigned at, std::initializer_list<std::uint32_t> code) {
    for (const std::uint32_t word : code) {
      page[at / 4] = word;
      at += 4;
    }
  };
  constexpr unsigned kCompareExchange64 = 0x800;
  const auto branch_to = [](unsigned from, unsigned to) {
    return 0xea000000u | ((to - from - 8) >> 2 & 0xffffffu);
  };
  put(0xf60, {branch_to(0xf60, kCompareExchange64)});
  put(0xfa0, {0xf57ff05b,    // dmb ish
              0xe12fff1e});  // bx lr
  constexpr unsigned kCompareExchange = 0x900;
  put(0xfc0, {branch_to(0xfc0, kCompareExchange)});
  put(0xfe0, {0xee1d0f70,    // mrc p15, 0, r0, c13, c0, 3
              0xe12fff1e});  // bx lr
  put(0xffc, {5});           // how many helpers there are
  // r0: zero and carry set when *(u32*)r2 was r0 and became r1
  put(kCompareExchange, {0xf57ff05b,    // dmb ish
                         0xe192cf9f,    // 1: ldrex r12, [r2]
                         0xe05c3000,    // subs r3, r12, r0
                         0x1a000002,    // bne 2f
                         0xe1823f91,    // strex r3, r1, [r2]
                         0xe3530000,    // cmp r3, #0
                         0x1afffff9,    // bne 1b
                         0xf57ff05b,    // 2: dmb ish
                         0xe2730000,    // rsbs r0, r3, #0
                         0xe12fff1e});  // bx lr
  // The same for 64 bits; r0 and r1 point to the old and the new value.
  put(kCompareExchange64, {0xe92d00f0,    // push {r4-r7}
                           0xe1c040d0,    // ldrd r4, r5, [r0]
                           0xe1c160d0,    // ldrd r6, r7, [r1]
                           0xf57ff05b,    // dmb ish
                           0xe1b20f9f,    // 1: ldrexd r0, r1, [r2]
                           0xe1500004,    // cmp r0, r4
                           0x01510005,    // cmpeq r1, r5
                           0x13a03001,    // movne r3, #1
                           0x1a000002,    // bne 2f
                           0xe1a23f96,    // strexd r3, r6, r7, [r2]
                           0xe3530000,    // cmp r3, #0
                           0x1afffff7,    // bne 1b
                           0xf57ff05b,    // 2: dmb ish
                           0xe2730000,    // rsbs r0, r3, #0
                           0xe8bd00f0,    // pop {r4-r7}
                           0xe12fff1e});  // bx lr
  return page;
}
constexpr auto kHelpers = make_helpers();

ArmCpu& arm_cpu(Cpu& cpu) { return static_cast<ArmCpu&>(cpu); }
State& state_of(Cpu& cpu) { return arm_cpu(cpu).state(); }
std::uint32_t low(GuestAddr a) { return static_cast<std::uint32_t>(a.value); }

void fill_ucontext(const State& s, const LinuxSignalFrame& frame, Ucontext& uc) {
  uc.stack_sp = low(frame.altstack_sp);
  uc.stack_flags = static_cast<std::int32_t>(frame.altstack_flags);
  uc.stack_size = static_cast<std::uint32_t>(frame.altstack_size);
  Sigcontext& c = uc.context;
  c.oldmask = static_cast<std::uint32_t>(frame.sigmask);
  std::copy(s.r.begin(), s.r.end(), c.r);
  c.pc = s.pc;
  c.cpsr = s.cpsr;
  c.fault_address = low(frame.delivery.fault_address);
  uc.sigmask[0] = static_cast<std::uint32_t>(frame.sigmask);
  uc.sigmask[1] = static_cast<std::uint32_t>(frame.sigmask >> 32);
  constexpr std::uint32_t kFpexcEnable = 1u << 30;
  VfpRecord vfp{};
  vfp.magic = kVfpMagic;
  vfp.size = sizeof vfp;
  std::copy(s.s.begin(), s.s.end(), vfp.s);
  vfp.fpscr = s.fpscr;
  vfp.fpexc = kFpexcEnable;
  std::memcpy(uc.regspace, &vfp, sizeof vfp);
}

bool load_ucontext(State& s, const Ucontext& uc) {
  const Sigcontext& c = uc.context;
  if ((c.cpsr & kPsrMode) != kPsrUser || (c.cpsr & (kPsrI | kPsrF)) != 0) return false;
  VfpRecord vfp;
  std::memcpy(&vfp, uc.regspace, sizeof vfp);
  if (vfp.magic != kVfpMagic || vfp.size != sizeof vfp) return false;
  std::copy(std::begin(c.r), std::end(c.r), s.r.begin());
  s.pc = c.pc;
  s.cpsr = c.cpsr;
  std::copy(std::begin(vfp.s), std::end(vfp.s), s.s.begin());
  s.fpscr = vfp.fpscr;
  return true;
}

}  // namespace

const MemoryLayout& ArmLinux::memory_layout() const noexcept { return kLayout; }

// Linux arch/arm/include/uapi/asm/hwcap.h
std::uint64_t ArmLinux::hwcap(const CpuModel& cpu) const noexcept {
  constexpr std::uint64_t kSwp = 0x1, kHalf = 0x2, kThumb = 0x4, kFastMult = 0x10, kVfp = 0x40,
                          kEdsp = 0x80, kNeonCap = 0x1000, kVfpV3 = 0x2000, kTls = 0x8000,
                          kVfpV4Cap = 0x10000, kIdiv = 0x60000, kVfpD32 = 0x80000;
  std::uint64_t caps = kSwp | kHalf | kThumb | kFastMult | kVfp | kEdsp | kTls;
  if (cpu.features & kV7) caps |= kVfpV3;
  if (cpu.features & kNeon) caps |= kNeonCap | kVfpD32;
  if (cpu.features & kVfpV4) caps |= kVfpV4Cap;
  if (cpu.features & kDivide) caps |= kIdiv;
  return caps;
}

std::uint64_t ArmLinux::hwcap2(const CpuModel&) const noexcept { return 0; }

// Linux arch/arm/kernel/entry-common.S, vector_swi of an EABI kernel
SyscallRequest ArmLinux::fetch_syscall(Cpu& cpu, HostServices&) const noexcept {
  const State& s = state_of(cpu);
  SyscallRequest request;
  request.number = s.r[7];
  request.slot_count = 7;
  std::copy_n(s.r.begin(), request.slot_count, request.slots.begin());
  return request;
}

void ArmLinux::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  State& s = state_of(cpu);
  switch (result.outcome) {
    case SyscallOutcome::value:
      s.r[0] = static_cast<std::uint32_t>(result.value);
      break;
    case SyscallOutcome::error:
      s.r[0] = static_cast<std::uint32_t>(-result.error);
      break;
    case SyscallOutcome::restart:
      s.pc -= (s.cpsr & kPsrThumb) ? 2 : 4;
      break;
    case SyscallOutcome::just_return:
      break;
  }
}

void ArmLinux::set_second_rval(Cpu&, std::uint64_t) const noexcept {}

// Linux arch/arm/include/asm/processor.h, start_thread()
void ArmLinux::thread_init(Cpu& cpu, const ThreadStart& start, HostServices&) const noexcept {
  State& s = state_of(cpu);
  s = {};
  s.r[kSp] = low(start.stack);
  branch(s, low(start.entry));
}

// Linux arch/arm/kernel/process.c, copy_thread()
void ArmLinux::fork_child(Cpu& cpu) const noexcept { state_of(cpu).r[0] = 0; }

void ArmLinux::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                 HostServices&) const noexcept {
  State& s = state_of(cpu);
  s.r[0] = 0;
  if (upcall.stack_base) s.r[kSp] = low(upcall.stack_base + upcall.stack_size);
}

std::span<const std::byte> ArmLinux::setup_sigtramp() const noexcept {
  return std::as_bytes(std::span(kSigcode));
}

TrapSignal ArmLinux::trap_signal(const Cpu&, const Event& event) const noexcept {
  return arm::linux_trap_signal(event);
}

const char* ArmLinux::syscall_table() const noexcept { return "arm"; }

const char* ArmLinux::platform(const CpuModel& cpu) const noexcept {
  return (cpu.features & kV7) != 0 ? "v7l" : "v6l";
}

// Linux arch/arm/kernel/signal.c, setup_frame() and setup_rt_frame()
bool ArmLinux::setup_frame(Cpu& cpu, const LinuxSignalFrame& frame,
                           HostServices& host) const noexcept {
  State& s = state_of(cpu);
  const bool rt = frame.delivery.siginfo;
  const std::size_t size = rt ? sizeof(RtSigframe) : sizeof(Sigframe);
  const GuestAddr at = (frame.stack_top - size).align_down(8);

  RtSigframe f{};
  std::copy(frame.siginfo.begin(), frame.siginfo.end(), f.info);
  fill_ucontext(s, frame, f.sig.uc);
  if (!rt) f.sig.uc.flags = kPlainFrame;
  std::copy(kSigcode.begin(), kSigcode.end(), f.sig.retcode);
  const void* from = rt ? static_cast<const void*>(&f) : &f.sig;
  if (!host.copyout(at, from, size)) return false;

  const GuestAddr sigcode = frame.delivery.sigcode + (rt ? kRtSigcode : 0);
  s.r[0] = static_cast<std::uint32_t>(frame.delivery.signo);
  if (rt) {
    s.r[1] = low(at);
    s.r[2] = low(at + offsetof(RtSigframe, sig));
  }
  s.r[kSp] = low(at);
  s.r[kLr] = low(frame.restorer ? frame.restorer : sigcode);
  branch(s, low(frame.delivery.handler));
  return true;
}

// Linux arch/arm/kernel/signal.c, sys_sigreturn() and sys_rt_sigreturn()
LinuxSignalReturn ArmLinux::restore_frame(Cpu& cpu, bool rt, HostServices& host) const noexcept {
  State& s = state_of(cpu);
  const GuestAddr at(s.r[kSp]);
  Sigframe f;
  if (at.value % 8 != 0) return {};
  if (!host.copyin(&f, rt ? at + offsetof(RtSigframe, sig) : at, sizeof f)) return {};
  if (!load_ucontext(s, f.uc)) return {};
  LinuxSignalReturn r;
  r.ok = true;
  r.sigmask = f.uc.sigmask[0] | std::uint64_t{f.uc.sigmask[1]} << 32;
  r.altstack_sp = GuestAddr(f.uc.stack_sp);
  r.altstack_size = f.uc.stack_size;
  r.altstack_flags = static_cast<std::uint32_t>(f.uc.stack_flags);
  return r;
}

// Linux arch/arm/kernel/traps.c, arm_syscall()
SyscallResult ArmLinux::arch_syscall(Cpu& cpu, const SyscallRequest& request,
                                     HostServices&) const noexcept {
  const auto error = [](int e) {
    return SyscallResult{.outcome = SyscallOutcome::error, .error = e};
  };
  const auto first = static_cast<std::uint32_t>(request.slots[0]);
  const auto second = static_cast<std::uint32_t>(request.slots[1]);
  switch (request.number) {
    case kCacheflush:
      if (second < first || request.slots[2] != 0) return error(kEinval);
      arm_cpu(cpu).code_changed(first, second - first);
      return {};
    case kSetTls:
      cpu.cpu_set_tls(GuestAddr(first));
      return {};
    case kGetTls:
      return {.value = cpu.cpu_get_tls().value};
    case kUsr32:
      return {};
    default:
      return error(kEnosys);
  }
}

LinuxHelperPage ArmLinux::helper_page() const noexcept {
  return {GuestAddr(kVectors), std::as_bytes(std::span(kHelpers))};
}

}  // namespace emulate::armv6
