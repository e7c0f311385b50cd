#pragma once

/// Signals of Linux guests: numbers of the generic ports, flags and structures (Linux
/// include/uapi/asm-generic/signal.h, siginfo.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::linux_os {

// struct sigaction flags; the host's, but for SA_RESTORER, which libcs of the host never show.
inline constexpr std::uint64_t kSA_NOCLDSTOP = 0x1;
inline constexpr std::uint64_t kSA_NOCLDWAIT = 0x2;
inline constexpr std::uint64_t kSA_SIGINFO = 0x4;
inline constexpr std::uint64_t kSA_RESTORER = 0x04000000;
inline constexpr std::uint64_t kSA_ONSTACK = 0x08000000;
inline constexpr std::uint64_t kSA_RESTART = 0x10000000;
inline constexpr std::uint64_t kSA_NODEFER = 0x40000000;
inline constexpr std::uint64_t kSA_RESETHAND = 0x80000000;

inline constexpr std::uint64_t kSIG_DFL = 0;
inline constexpr std::uint64_t kSIG_IGN = 1;

// how of rt_sigprocmask; mips and sparc64 add an offset (Port)
inline constexpr std::int32_t kSIG_BLOCK = 0;
inline constexpr std::int32_t kSIG_UNBLOCK = 1;
inline constexpr std::int32_t kSIG_SETMASK = 2;

inline constexpr std::uint32_t kSS_ONSTACK = 1;
inline constexpr std::uint32_t kSS_DISABLE = 2;
inline constexpr std::uint32_t kSS_AUTODISARM = 1u << 31;

/// struct sigaction as the kernel takes it. `mask` are its words, lowest signals first, as many as
/// a port's signal count needs.
struct SigactionFields {
  GuestAddr handler;
  std::uint64_t flags = 0;
  GuestAddr restorer;
  ULong mask[4];
};
extern const Layout kSigactionGeneric64;  ///< handler, flags, restorer, mask of one word
extern const Layout kSigactionGeneric32;  ///< the same with two words

/// stack_t
struct Stack {
  GuestAddr sp;
  std::uint32_t flags = 0;
  ULong size;
};

/// struct sigevent: 64 bytes, of which these count.
struct Sigevent {
  ULong value;
  std::int32_t signo = 0;
  std::int32_t notify = 0;
  std::int32_t tid = 0;
};

}  // namespace emulate::linux_os

namespace emulate {

template <>
inline constexpr const char* kStructName<linux_os::Stack> = "sigaltstack";
template <>
inline constexpr auto kFields<linux_os::Stack> = fields(field<&linux_os::Stack::sp>("ss_sp"),
                                                        field<&linux_os::Stack::flags>("ss_flags"),
                                                        field<&linux_os::Stack::size>("ss_size"));
template <>
inline constexpr const char* kStructName<linux_os::Sigevent> = "sigevent";
template <>
inline constexpr auto kFields<linux_os::Sigevent> =
    fields(field<&linux_os::Sigevent::value>("sigev_value"),
           field<&linux_os::Sigevent::signo>("sigev_signo"),
           field<&linux_os::Sigevent::notify>("sigev_notify"),
           field<&linux_os::Sigevent::tid>("sigev_notify_thread_id"));

}  // namespace emulate
