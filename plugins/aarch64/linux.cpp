#include "aarch64/linux.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "aarch64/cpu.h"
#include "aarch64/features.h"
#include "arm/linux_traps.h"

namespace emulate::aarch64 {

const AArch64Linux kLinux;

namespace {

// Linux include/uapi/asm-generic/{errno-base,unistd}.h
constexpr int kEnosys = 38;

// 48 bits of address space (Linux arch/arm64/include/asm/processor.h); the host gives fewer.
constexpr std::uint64_t kUserMax = std::uint64_t{1} << 48;
constexpr MemoryLayout kLayout{
    .user_max = GuestAddr(kUserMax),
    .stack_top = GuestAddr(kUserMax - 0x10000),
    .dyn_base = GuestAddr(0x55'0000'0000),
    .stack_size = 8u << 20,
    .data_size = std::uint64_t{1} << 36,
};

// Linux arch/arm64/include/uapi/asm/sigcontext.h, ucontext.h
struct alignas(16) Sigcontext {
  std::uint64_t fault_address;
  std::uint64_t x[31];
  std::uint64_t sp;
  std::uint64_t pc;
  std::uint64_t pstate;
  alignas(16) std::byte reserved[4096];
};
struct Ucontext {
  std::uint64_t flags;
  std::uint64_t link;
  std::uint64_t stack_sp;
  std::int32_t stack_flags;
  std::int32_t pad;
  std::uint64_t stack_size;
  std::uint64_t sigmask;
  std::byte unused[120];
  Sigcontext context;
};
struct RtSigframe {
  std::byte info[128];
  Ucontext uc;
};
static_assert(sizeof(Sigcontext) == 4384 && sizeof(Ucontext) == 4560 && sizeof(RtSigframe) == 4688);

struct RecordHead {
  std::uint32_t magic;
  std::uint32_t size;
};
struct FpsimdRecord {
  RecordHead head;
  std::uint32_t fpsr;
  std::uint32_t fpcr;
  std::uint64_t v[32][2];
};
static_assert(sizeof(FpsimdRecord) == 528);
constexpr std::uint32_t kFpsimdMagic = 0x46508001;

/// What the handler's frame pointer leads to, so that a debugger can walk on.
struct FrameRecord {
  std::uint64_t fp;
  std::uint64_t lr;
};

// Linux arch/arm64/kernel/vdso/sigreturn.S
constexpr std::array<std::uint32_t, 2> kSigcode = {
    0xd2801168,  // mov x8, #139 (rt_sigreturn)
    0xd4000001,  // svc #0
};

constexpr std::uint64_t kPsrNzcv = 0xf000'0000;
constexpr std::uint64_t kPsrUserBits = kPsrNzcv | 0x0120'1c00;  // SSBS, DIT, TCO, BTYPE

State& state_of(Cpu& cpu) { return static_cast<AArch64Cpu&>(cpu).state(); }

void fill_context(const State& s, GuestAddr fault, Sigcontext& c) {
  c.fault_address = fault.value;
  std::copy(s.x.begin(), s.x.end(), c.x);
  c.sp = s.sp;
  c.pc = s.pc;
  c.pstate = s.nzcv & kPsrNzcv;
  FpsimdRecord fp{{kFpsimdMagic, sizeof fp}, s.fpsr, s.fpcr, {}};
  for (std::size_t i = 0; i < 32; ++i) std::copy(s.v[i].begin(), s.v[i].end(), fp.v[i]);
  // The zeroed rest is the record that ends the list.
  std::memcpy(c.reserved, &fp, sizeof fp);
}

/// The record of FP and SIMD registers; false when the list is damaged or has none.
bool find_fpsimd(const Sigcontext& c, FpsimdRecord& fp) {
  std::size_t at = 0;
  while (at + sizeof(RecordHead) <= sizeof c.reserved) {
    RecordHead head;
    std::memcpy(&head, c.reserved + at, sizeof head);
    if (head.magic == 0) return false;
    if (head.size < sizeof head || head.size % 16 != 0 || head.size > sizeof c.reserved - at) {
      return false;
    }
    if (head.magic == kFpsimdMagic) {
      if (head.size != sizeof fp) return false;
      std::memcpy(&fp, c.reserved + at, sizeof fp);
      return true;
    }
    at += head.size;
  }
  return false;
}

}  // namespace

const MemoryLayout& AArch64Linux::memory_layout() const noexcept { return kLayout; }

// Linux arch/arm64/include/uapi/asm/hwcap.h
std::uint64_t AArch64Linux::hwcap(const CpuModel& cpu) const noexcept { return hwcaps(cpu); }

std::uint64_t AArch64Linux::hwcap2(const CpuModel&) const noexcept { return 0; }

// Linux arch/arm64/kernel/syscall.c
SyscallRequest AArch64Linux::fetch_syscall(Cpu& cpu, HostServices&) const noexcept {
  const State& s = state_of(cpu);
  SyscallRequest request;
  request.number = s.x[8] & 0xffff'ffff;
  request.slot_count = 6;
  std::copy_n(s.x.begin(), request.slot_count, request.slots.begin());
  return request;
}

void AArch64Linux::set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept {
  State& s = state_of(cpu);
  switch (result.outcome) {
    case SyscallOutcome::value:
      s.x[0] = result.value;
      break;
    case SyscallOutcome::error:
      s.x[0] = static_cast<std::uint64_t>(-std::int64_t{result.error});
      break;
    case SyscallOutcome::restart:
      s.pc -= 4;
      break;
    case SyscallOutcome::just_return:
      break;
  }
}

void AArch64Linux::set_second_rval(Cpu&, std::uint64_t) const noexcept {}

// Linux arch/arm64/include/asm/processor.h, start_thread()
void AArch64Linux::thread_init(Cpu& cpu, const ThreadStart& start, HostServices&) const noexcept {
  State& s = state_of(cpu);
  s = {};
  s.sp = start.stack.value;
  s.pc = start.entry.value;
}

// Linux arch/arm64/kernel/process.c, copy_thread()
void AArch64Linux::fork_child(Cpu& cpu) const noexcept { state_of(cpu).x[0] = 0; }

void AArch64Linux::thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                     HostServices&) const noexcept {
  State& s = state_of(cpu);
  s.x[0] = 0;
  if (upcall.stack_base) s.sp = (upcall.stack_base + upcall.stack_size).value;
}

std::span<const std::byte> AArch64Linux::setup_sigtramp() const noexcept {
  return std::as_bytes(std::span(kSigcode));
}

TrapSignal AArch64Linux::trap_signal(const Cpu&, const Event& event) const noexcept {
  return arm::linux_trap_signal(event);
}

const char* AArch64Linux::syscall_table() const noexcept { return "aarch64"; }

const char* AArch64Linux::platform(const CpuModel&) const noexcept { return "aarch64"; }

// Linux arch/arm64/kernel/signal.c, setup_rt_frame()
bool AArch64Linux::setup_frame(Cpu& cpu, const LinuxSignalFrame& frame,
                               HostServices& host) const noexcept {
  State& s = state_of(cpu);
  const GuestAddr record_at = (frame.stack_top - sizeof(FrameRecord)).align_down(16);
  const GuestAddr at = (record_at - sizeof(RtSigframe)).align_down(16);

  static thread_local RtSigframe f;
  f = {};
  std::copy(frame.siginfo.begin(), frame.siginfo.end(), f.info);
  f.uc.stack_sp = frame.altstack_sp.value;
  f.uc.stack_flags = static_cast<std::int32_t>(frame.altstack_flags);
  f.uc.stack_size = frame.altstack_size;
  f.uc.sigmask = frame.sigmask;
  fill_context(s, frame.delivery.fault_address, f.uc.context);
  const FrameRecord record{s.x[29], s.x[30]};
  if (!host.copyout(at, &f, sizeof f) || !host.copyout(record_at, &record, sizeof record)) {
    return false;
  }

  s.x[0] = static_cast<std::uint64_t>(frame.delivery.signo);
  if (frame.delivery.siginfo) {
    s.x[1] = at.value;
    s.x[2] = (at + offsetof(RtSigframe, uc)).value;
  }
  s.sp = at.value;
  s.x[29] = record_at.value;
  s.x[30] = (frame.restorer ? frame.restorer : frame.delivery.sigcode).value;
  s.pc = frame.delivery.handler.value;
  return true;
}

// Linux arch/arm64/kernel/signal.c, sys_rt_sigreturn()
LinuxSignalReturn AArch64Linux::restore_frame(Cpu& cpu, bool, HostServices& host) const noexcept {
  State& s = state_of(cpu);
  static thread_local RtSigframe f;
  FpsimdRecord fp;
  if (s.sp % 16 != 0 || !host.copyin(&f, GuestAddr(s.sp), sizeof f)) return {};
  const Sigcontext& c = f.uc.context;
  if (!find_fpsimd(c, fp) || (c.pstate & ~kPsrUserBits) != 0) return {};

  std::copy(std::begin(c.x), std::end(c.x), s.x.begin());
  s.sp = c.sp;
  s.pc = c.pc;
  s.nzcv = static_cast<std::uint32_t>(c.pstate & kPsrNzcv);
  for (std::size_t i = 0; i < 32; ++i) std::copy_n(fp.v[i], 2, s.v[i].begin());
  s.fpsr = fp.fpsr;
  s.fpcr = fp.fpcr;

  LinuxSignalReturn r;
  r.ok = true;
  r.sigmask = f.uc.sigmask;
  r.altstack_sp = GuestAddr(f.uc.stack_sp);
  r.altstack_size = f.uc.stack_size;
  r.altstack_flags = static_cast<std::uint32_t>(f.uc.stack_flags);
  return r;
}

SyscallResult AArch64Linux::arch_syscall(Cpu&, const SyscallRequest&,
                                         HostServices&) const noexcept {
  return {.outcome = SyscallOutcome::error, .error = kEnosys};
}

std::uint64_t AArch64Linux::min_signal_stack() const noexcept {
  return sizeof(RtSigframe) + sizeof(FrameRecord) + 16;
}

}  // namespace emulate::aarch64
