#pragma once

/// Signal numbers, codes and structures (FreeBSD sys/sys/signal.h, _sigset.h, _ucontext.h).

#include <array>
#include <cstdint>

#include "host/signal/guest_signal.h"
#include "host/thunk/layout.h"

namespace emulate::freebsd {

inline constexpr int kSIGHUP = 1;
inline constexpr int kSIGINT = 2;
inline constexpr int kSIGQUIT = 3;
inline constexpr int kSIGILL = 4;
inline constexpr int kSIGTRAP = 5;
inline constexpr int kSIGABRT = 6;
inline constexpr int kSIGEMT = 7;
inline constexpr int kSIGFPE = 8;
inline constexpr int kSIGKILL = 9;
inline constexpr int kSIGBUS = 10;
inline constexpr int kSIGSEGV = 11;
inline constexpr int kSIGSYS = 12;
inline constexpr int kSIGPIPE = 13;
inline constexpr int kSIGALRM = 14;
inline constexpr int kSIGTERM = 15;
inline constexpr int kSIGURG = 16;
inline constexpr int kSIGSTOP = 17;
inline constexpr int kSIGTSTP = 18;
inline constexpr int kSIGCONT = 19;
inline constexpr int kSIGCHLD = 20;
inline constexpr int kSIGTTIN = 21;
inline constexpr int kSIGTTOU = 22;
inline constexpr int kSIGIO = 23;
inline constexpr int kSIGXCPU = 24;
inline constexpr int kSIGXFSZ = 25;
inline constexpr int kSIGVTALRM = 26;
inline constexpr int kSIGPROF = 27;
inline constexpr int kSIGWINCH = 28;
inline constexpr int kSIGINFO = 29;
inline constexpr int kSIGUSR1 = 30;
inline constexpr int kSIGUSR2 = 31;
inline constexpr int kSIGTHR = 32;
inline constexpr int kSIGLIBRT = 33;
inline constexpr int kSIGRTMIN = 65;
inline constexpr int kSIGRTMAX = 126;
inline constexpr int kSigMaxSig = 128;  ///< _SIG_MAXSIG

/// sys/kern/kern_sig.c max_pending_per_proc: signals that wait with what they carry.
inline constexpr std::size_t kMaxPendingPerProc = 128;

constexpr bool signal_valid(int signo) { return signo > 0 && signo <= kSigMaxSig; }

inline constexpr int kSI_USER = 0x10001;
inline constexpr int kSI_QUEUE = 0x10002;
inline constexpr int kSI_TIMER = 0x10003;
inline constexpr int kSI_ASYNCIO = 0x10004;
inline constexpr int kSI_MESGQ = 0x10005;
inline constexpr int kSI_KERNEL = 0x10006;
inline constexpr int kSI_LWP = 0x10007;

inline constexpr int kILL_ILLOPC = 1;
inline constexpr int kBUS_ADRALN = 1;
inline constexpr int kBUS_OBJERR = 3;
inline constexpr int kSEGV_MAPERR = 1;
inline constexpr int kSEGV_ACCERR = 2;
inline constexpr int kTRAP_BRKPT = 1;
inline constexpr int kTRAP_TRACE = 2;
inline constexpr int kFPE_INTOVF = 1;
inline constexpr int kFPE_INTDIV = 2;
inline constexpr int kFPE_FLTDIV = 3;
inline constexpr int kFPE_FLTOVF = 4;
inline constexpr int kFPE_FLTUND = 5;
inline constexpr int kFPE_FLTRES = 6;
inline constexpr int kFPE_FLTINV = 7;
inline constexpr int kFPE_FLTSUB = 8;

inline constexpr int kCLD_EXITED = 1;
inline constexpr int kCLD_KILLED = 2;
inline constexpr int kCLD_DUMPED = 3;
inline constexpr int kCLD_TRAPPED = 4;
inline constexpr int kCLD_STOPPED = 5;
inline constexpr int kCLD_CONTINUED = 6;

inline constexpr std::uint32_t kSA_ONSTACK = 0x01;
inline constexpr std::uint32_t kSA_RESTART = 0x02;
inline constexpr std::uint32_t kSA_RESETHAND = 0x04;
inline constexpr std::uint32_t kSA_NOCLDSTOP = 0x08;
inline constexpr std::uint32_t kSA_NODEFER = 0x10;
inline constexpr std::uint32_t kSA_NOCLDWAIT = 0x20;
inline constexpr std::uint32_t kSA_SIGINFO = 0x40;
inline constexpr std::uint32_t kSA_all = 0x7f;

inline constexpr std::uint64_t kSIG_DFL = 0;
inline constexpr std::uint64_t kSIG_IGN = 1;

inline constexpr int kSIG_BLOCK = 1;
inline constexpr int kSIG_UNBLOCK = 2;
inline constexpr int kSIG_SETMASK = 3;

inline constexpr int kSS_ONSTACK = 1;
inline constexpr int kSS_DISABLE = 4;

/// sigset_t: signal n is bit (n-1)%32 of word (n-1)/32.
struct Sigset {
  std::array<std::uint32_t, 4> words{};

  Sigset() = default;
  Sigset(const SignalSet& s)  // NOLINT: the same set in the guest's layout
      : words{static_cast<std::uint32_t>(s.bits[0]), static_cast<std::uint32_t>(s.bits[0] >> 32),
              static_cast<std::uint32_t>(s.bits[1]), static_cast<std::uint32_t>(s.bits[1] >> 32)} {}
  SignalSet set() const {
    return {{words[0] | std::uint64_t{words[1]} << 32, words[2] | std::uint64_t{words[3]} << 32}};
  }
};

/// struct sigaction.
struct Sigaction {
  GuestAddr handler;
  std::uint32_t flags = 0;
  Sigset mask;
};

/// stack_t.
struct Stack {
  GuestAddr sp;
  ULong size;
  std::int32_t flags = 0;
};

/// The part of ucontext_t that follows uc_mcontext.
struct UcontextTail {
  GuestAddr link;
  Stack stack;
  std::int32_t flags = 0;
};

/// siginfo_t. The union at its end is given as its words: which member they are depends on the
/// signal (make_siginfo in signal_tables.h).
struct Siginfo {
  std::int32_t signo = 0;
  std::int32_t error = 0;
  std::int32_t code = 0;
  std::int32_t pid = 0;
  std::uint32_t uid = 0;
  std::int32_t status = 0;
  GuestAddr address;
  GuestAddr value;
  /// The start of the union _reason, which is a long and seven ints long.
  std::array<std::int32_t, 7> reason{};
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Sigset> = "__sigset";
template <>
inline constexpr auto kFields<freebsd::Sigset> = fields(field<&freebsd::Sigset::words>("__bits"));

template <>
inline constexpr const char* kStructName<freebsd::Sigaction> = "sigaction";
template <>
inline constexpr auto kFields<freebsd::Sigaction> = fields(
    field<&freebsd::Sigaction::handler>("sa_handler"),
    field<&freebsd::Sigaction::flags>("sa_flags"), field<&freebsd::Sigaction::mask>("sa_mask"));

template <>
inline constexpr const char* kStructName<freebsd::Stack> = "sigaltstack";
template <>
inline constexpr auto kFields<freebsd::Stack> = fields(field<&freebsd::Stack::sp>("ss_sp"),
                                                       field<&freebsd::Stack::size>("ss_size"),
                                                       field<&freebsd::Stack::flags>("ss_flags"));

template <>
inline constexpr auto kFields<freebsd::UcontextTail> =
    fields(field<&freebsd::UcontextTail::link>("uc_link"),
           field<&freebsd::UcontextTail::stack>("uc_stack"),
           field<&freebsd::UcontextTail::flags>("uc_flags"), pad<std::int32_t>(4));

template <>
inline constexpr const char* kStructName<freebsd::Siginfo> = "__siginfo";
template <>
inline constexpr auto kFields<freebsd::Siginfo> = fields(
    field<&freebsd::Siginfo::signo>("si_signo"), field<&freebsd::Siginfo::error>("si_errno"),
    field<&freebsd::Siginfo::code>("si_code"), field<&freebsd::Siginfo::pid>("si_pid"),
    field<&freebsd::Siginfo::uid>("si_uid"), field<&freebsd::Siginfo::status>("si_status"),
    field<&freebsd::Siginfo::address>("si_addr"), field<&freebsd::Siginfo::value>("si_value"),
    field<&freebsd::Siginfo::reason>("_reason"), pad<Long>());

}  // namespace emulate
