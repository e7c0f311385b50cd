#pragma once

/// What a machine and an operating system agree on: where a system call's number, arguments and
/// result live, how a thread starts, and what a signal frame looks like. An implementation is
/// stateless, shared by all threads, and named after the kernel source it follows. It sees
/// registers and knows no handlers; the host's personality knows handlers and sees no registers.

#include <array>
#include <cstddef>
#include <span>

#include "emulate/cpu.h"
#include "emulate/types.h"

namespace emulate {
inline namespace v1 {

inline constexpr unsigned kMaxSyscallSlots = 12;

/// A system call as the guest made it. On 32-bit machines a slot holds 32 bits and a 64-bit
/// argument takes two; the host joins them (OsAbi::pairs_aligned and the byte order tell how).
struct SyscallRequest {
  std::uint64_t number = 0;
  std::array<std::uint64_t, kMaxSyscallSlots> slots{};
  unsigned slot_count = 0;  ///< how many of `slots` were fetched
  bool fault = false;       ///< arguments on the stack could not be read: the call is EFAULT
};

enum class SyscallOutcome : std::uint8_t {
  value,        ///< success: value, second
  error,        ///< failure: error is a guest errno
  restart,      ///< ERESTART: the PC goes back so that the instruction runs again
  just_return,  ///< EJUSTRETURN: registers are already what they must be (sigreturn, exec)
};

struct SyscallResult {
  SyscallOutcome outcome = SyscallOutcome::value;
  bool wide = false;        ///< value is a 64-bit result that a 32-bit machine returns in a pair
  bool has_second = false;  ///< second is set (FreeBSD td_retval[1])
  int error = 0;
  std::uint64_t value = 0;
  std::uint64_t second = 0;
};

/// Where execve starts a program (FreeBSD exec_setregs()).
struct ThreadStart {
  GuestAddr entry;       ///< e_entry of the interpreter, or of the program without one
  GuestAddr stack;       ///< address of argc (FreeBSD and Linux alike)
  GuestAddr ps_strings;  ///< FreeBSD only, else 0
};

/// A new thread in an existing process (FreeBSD cpu_set_upcall()).
struct ThreadUpcall {
  GuestAddr entry;
  GuestAddr arg;
  GuestAddr stack_base;
  std::uint64_t stack_size = 0;  ///< bytes
};

/// What is said about a signal to the hook that enters its handler.
struct SignalDelivery {
  int signo = 0;
  int code = 0;             ///< si_code, guest value
  GuestAddr fault_address;  ///< si_addr of a synchronous fault, else 0
  GuestAddr handler;
  bool siginfo = false;  ///< SA_SIGINFO
  GuestAddr frame;       ///< where the signal frame was put
  GuestAddr sigcode;     ///< the trampoline the handler returns to
};

/// The guest signal an Event becomes.
struct TrapSignal {
  enum class Kind : std::uint8_t { ill, trap, fpe, segv, bus, emt, sys } kind = Kind::ill;
  int code = 0;  ///< si_code; 0 lets the host choose (SEGV_MAPERR, say); below 0: none, sent as 0
};

/// Addresses and sizes of a process image (FreeBSD sys/<arch>/include/vmparam.h, param.h).
struct MemoryLayout {
  GuestAddr user_max;            ///< first address a program cannot map
  GuestAddr stack_top;           ///< USRSTACK; lowered by the host when the window is smaller
  GuestAddr dyn_base;            ///< where an ET_DYN program is put (et_dyn_addr)
  std::uint64_t stack_size = 0;  ///< default stack rlimit
  std::uint64_t data_size = 0;   ///< default data rlimit
  bool has_break = true;         ///< break(2) moves the heap's end, else ENOSYS (sys/vm/vm_unix.c)
};

/// Common part of both personalities' hooks.
class OsAbi {
 public:
  virtual const MemoryLayout& memory_layout() const noexcept = 0;
  /// The machine's data model as this system has it.
  virtual DataModel data_model(const DataModel& machine) const noexcept { return machine; }
  /// AT_HWCAP and AT_HWCAP2 for a CPU model: only what the engine really runs.
  virtual std::uint64_t hwcap(const CpuModel& cpu) const noexcept = 0;
  virtual std::uint64_t hwcap2(const CpuModel& cpu) const noexcept = 0;

  /// Decodes the system call after EventKind::syscall (FreeBSD cpu_fetch_syscall_args()),
  /// indirect calls (syscall, __syscall) included.
  virtual SyscallRequest fetch_syscall(Cpu& cpu, HostServices& host) const noexcept = 0;
  /// Puts the outcome into registers and leaves the PC where the program goes on
  /// (FreeBSD cpu_set_syscall_retval()).
  virtual void set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept = 0;
  /// Only td_retval[1], for results computed late (set_second_rval of the older ports).
  virtual void set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept = 0;
  /// 64-bit arguments of a 32-bit machine start in an even slot.
  virtual bool pairs_aligned() const noexcept = 0;

  /// First thread of a program: every register as execve leaves it.
  virtual void thread_init(Cpu& cpu, const ThreadStart& start,
                           HostServices& host) const noexcept = 0;
  /// Registers of a child of fork: the call returns in it (FreeBSD cpu_fork()).
  virtual void fork_child(Cpu& cpu) const noexcept = 0;
  /// Registers of a new thread about to run `upcall.entry(upcall.arg)`.
  virtual void thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                                 HostServices& host) const noexcept = 0;

  /// The signal trampoline's code, position independent, in guest bytes (static storage).
  virtual std::span<const std::byte> setup_sigtramp() const noexcept = 0;

  /// The signal for a synchronous event other than a system call.
  virtual TrapSignal trap_signal(const Cpu& cpu, const Event& event) const noexcept {
    using K = TrapSignal::Kind;
    (void)cpu;
    switch (event.kind) {
      case EventKind::fault:
        return {event.cause == FaultCause::access ? K::segv : K::bus, 0};
      case EventKind::breakpoint:
      case EventKind::step:
      case EventKind::trap:
        return {K::trap, 0};
      case EventKind::arithmetic_trap:
        return {K::fpe, 0};
      default:
        return {K::ill, 0};
    }
  }

 protected:
  ~OsAbi() = default;
};

/// Shape of FreeBSD's struct sigframe and the structures inside it.
struct FreeBsdFrameLayout {
  std::size_t mcontext_size = 0;    ///< sizeof(mcontext_t)
  std::size_t mcontext_align = 0;   ///< its alignment inside ucontext_t
  std::size_t frame_size = 0;       ///< sizeof(struct sigframe)
  std::size_t siginfo_offset = 0;   ///< of sf_si in the frame
  std::size_t ucontext_offset = 0;  ///< of sf_uc in the frame
  std::size_t stack_align = 16;     ///< the frame's address is rounded down to this
  std::size_t red_zone = 0;         ///< bytes below the stack pointer that stay untouched
};

/// Flags of get_mcontext (FreeBSD sys/sys/ucontext.h).
inline constexpr unsigned kMcontextClearRet = 1;  ///< GET_MC_CLEAR_RET: result registers read as 0

/// Hooks of FreeBSD guests. The host marshals siginfo_t and the machine-independent part of
/// ucontext_t, and copies the finished frame to the guest; the plugin fills mcontext_t and
/// anything the frame holds besides.
class FreeBsdAbi : public OsAbi {
 public:
  virtual const FreeBsdFrameLayout& frame_layout() const noexcept = 0;

  /// Fills `mcontext` (mcontext_size bytes, zeroed) from the registers. FP state that lives outside
  /// of mcontext_t goes to `frame` (the whole signal frame's bytes, which will be at `frame_addr`),
  /// or nowhere when `frame` is empty (getcontext).
  virtual void get_mcontext(Cpu& cpu, std::span<std::byte> mcontext, unsigned flags,
                            std::span<std::byte> frame, GuestAddr frame_addr) const noexcept = 0;
  /// Loads the registers from `mcontext`. Returns a FreeBSD errno (EINVAL for forbidden bits,
  /// EFAULT when out-of-line state cannot be read) or 0; on error registers are unchanged.
  virtual int set_mcontext(Cpu& cpu, std::span<const std::byte> mcontext,
                           HostServices& host) const noexcept = 0;
  /// Enters the handler: arguments, stack pointer, return address (end of FreeBSD sendsig()).
  virtual void set_sigtramp_args(Cpu& cpu, const SignalDelivery& delivery,
                                 HostServices& host) const noexcept = 0;
  /// Address of the ucontext_t that a sigreturn system call names.
  virtual GuestAddr get_ucontext_sigreturn(Cpu& cpu, const SyscallRequest& request) const noexcept {
    (void)cpu;
    return GuestAddr(request.slots[0]);
  }
  /// The number that this port has, in a kernel of that __FreeBSD_version, for a type of the
  /// auxiliary vector, given as all ports number it since 13.0 (sys/arm64/include/elf.h).
  virtual std::uint32_t auxv_type(std::uint32_t type, std::uint32_t osreldate) const noexcept {
    (void)osreldate;
    return type;
  }
  /// _ALIGNBYTES + 1 (sys/<arch>/include/_align.h): items of control messages start at multiples.
  virtual std::size_t control_align(const DataModel& model) const noexcept {
    return model.long_bytes;
  }
  /// sysarch(2). Result or error as a system call's.
  virtual SyscallResult arch_sysarch(Cpu& cpu, std::uint32_t op, GuestAddr parms,
                                     HostServices& host) const noexcept = 0;

 protected:
  ~FreeBsdAbi() = default;
};

/// What a Linux signal frame is made from; the plugin lays it out, since every port differs.
struct LinuxSignalFrame {
  SignalDelivery delivery;
  std::span<const std::byte> siginfo;  ///< 128 bytes, already in the guest's layout
  std::uint64_t sigmask = 0;           ///< bit n-1 is guest signal n (low 64)
  std::uint64_t sigmask_high = 0;      ///< signals 65 to 128 (mips)
  GuestAddr stack_top;  ///< where to build downwards: SP or the alternate stack's top
  GuestAddr altstack_sp;
  std::uint64_t altstack_size = 0;
  std::uint32_t altstack_flags = 0;
  GuestAddr restorer;  ///< sa_restorer, or 0 to use the trampoline
};

/// What sigreturn found in the frame.
struct LinuxSignalReturn {
  bool ok = false;  ///< false: the frame cannot be read or is corrupt; the host sends SIGSEGV
  std::uint64_t sigmask = 0;
  std::uint64_t sigmask_high = 0;
  GuestAddr altstack_sp;
  std::uint64_t altstack_size = 0;
  std::uint32_t altstack_flags = 0;
};

/// Code or data that the kernel puts at a fixed address of every process (arm: the kuser helpers).
struct LinuxHelperPage {
  GuestAddr address;                   ///< of the page
  std::span<const std::byte> content;  ///< at most a page; static storage
};

/// Hooks of Linux guests. thread_set_upcall() is clone(2)'s: the new thread goes on where the old
/// one does, with result 0; only when `stack_base` is not null its stack pointer becomes
/// stack_base + stack_size. `entry` and `arg` are not used.
class LinuxAbi : public OsAbi {
 public:
  /// Identifies the numbering and layouts the host uses ("aarch64", "arm", "mips-o32", ...).
  virtual const char* syscall_table() const noexcept = 0;
  /// AT_PLATFORM string, or nullptr.
  virtual const char* platform(const CpuModel& cpu) const noexcept = 0;
  /// Builds the frame in guest memory and enters the handler; false when it cannot be written.
  virtual bool setup_frame(Cpu& cpu, const LinuxSignalFrame& frame,
                           HostServices& host) const noexcept = 0;
  /// sigreturn or rt_sigreturn: restores the registers.
  virtual LinuxSignalReturn restore_frame(Cpu& cpu, bool rt, HostServices& host) const noexcept = 0;
  /// Architecture-private calls (arm: 0xf0002 cacheflush, 0xf0005 set_tls), and prctl(2) with an
  /// option that the host does not know. outcome error ENOSYS when `request` is neither.
  virtual SyscallResult arch_syscall(Cpu& cpu, const SyscallRequest& request,
                                     HostServices& host) const noexcept = 0;
  virtual LinuxHelperPage helper_page() const noexcept { return {}; }
  /// AT_MINSIGSTKSZ, bytes; 0: the architecture does not say.
  virtual std::uint64_t min_signal_stack() const noexcept { return 0; }
  /// A processor's lines of /proc/cpuinfo, behind its number.
  virtual const char* cpuinfo(const CpuModel& cpu) const noexcept {
    (void)cpu;
    return "";
  }

 protected:
  ~LinuxAbi() = default;
};

}  // namespace v1
}  // namespace emulate
