#pragma once

/// Flags and structures of open(2), fcntl(2) and the *at() calls (FreeBSD sys/sys/fcntl.h).

#include <fcntl.h>

#include <array>

#include "host/os/flags.h"
#include "host/thunk/layout.h"

namespace emulate {
namespace freebsd {

inline constexpr std::uint32_t kORdonly = 0x0000;
inline constexpr std::uint32_t kOWronly = 0x0001;
inline constexpr std::uint32_t kORdwr = 0x0002;
inline constexpr std::uint32_t kOAccmode = 0x0003;
inline constexpr std::uint32_t kONonblock = 0x0004;
inline constexpr std::uint32_t kOAppend = 0x0008;
inline constexpr std::uint32_t kOShlock = 0x0010;
inline constexpr std::uint32_t kOExlock = 0x0020;
inline constexpr std::uint32_t kOAsync = 0x0040;
inline constexpr std::uint32_t kOFsync = 0x0080;
inline constexpr std::uint32_t kONofollow = 0x0100;
inline constexpr std::uint32_t kOCreat = 0x0200;
inline constexpr std::uint32_t kOTrunc = 0x0400;
inline constexpr std::uint32_t kOExcl = 0x0800;
inline constexpr std::uint32_t kONoctty = 0x8000;
inline constexpr std::uint32_t kODirect = 0x0001'0000;
inline constexpr std::uint32_t kODirectory = 0x0002'0000;
inline constexpr std::uint32_t kOExec = 0x0004'0000;
inline constexpr std::uint32_t kOCloexec = 0x0010'0000;

/// Open flags. O_DIRECT is left out: on FreeBSD it is a hint that asks nothing of the caller, on
/// the host it demands alignment. O_TTY_INIT and O_VERIFY mean nothing without FreeBSD's drivers.
inline constexpr std::array<FlagPair, 12> kOpenFlags{{
    {kOWronly, O_WRONLY, kOAccmode, O_ACCMODE},
    {kORdwr, O_RDWR, kOAccmode, O_ACCMODE},
    {kONonblock, O_NONBLOCK},
    {kOAppend, O_APPEND},
    {kOAsync, O_ASYNC},
    {kOFsync, O_SYNC},
    {kONofollow, O_NOFOLLOW},
    {kOCreat, O_CREAT},
    {kOTrunc, O_TRUNC},
    {kOExcl, O_EXCL},
    {kODirectory, O_DIRECTORY},
    {kOCloexec, O_CLOEXEC},
}};

/// What F_GETFL tells (FreeBSD FMASK) and, but for the access mode and O_SYNC, F_SETFL changes.
inline constexpr std::array<FlagPair, 6> kStatusFlags{{
    {kOWronly, O_WRONLY, kOAccmode, O_ACCMODE},
    {kORdwr, O_RDWR, kOAccmode, O_ACCMODE},
    {kONonblock, O_NONBLOCK},
    {kOAppend, O_APPEND},
    {kOAsync, O_ASYNC},
    {kOFsync, O_SYNC},
}};
inline constexpr std::array<FlagPair, 3> kSettableStatusFlags{{
    {kONonblock, O_NONBLOCK},
    {kOAppend, O_APPEND},
    {kOAsync, O_ASYNC},
}};

inline constexpr std::uint32_t kAtEaccess = 0x100;
inline constexpr std::uint32_t kAtSymlinkNofollow = 0x200;
inline constexpr std::uint32_t kAtSymlinkFollow = 0x400;
inline constexpr std::uint32_t kAtRemovedir = 0x800;

/// fcntl(2) commands.
enum class FcntlCommand : std::int32_t {
  dupfd = 0,
  getfd = 1,
  setfd = 2,
  getfl = 3,
  setfl = 4,
  getown = 5,
  setown = 6,
  ogetlk = 7,
  osetlk = 8,
  osetlkw = 9,
  dup2fd = 10,
  getlk = 11,
  setlk = 12,
  setlkw = 13,
  setlk_remote = 14,
  readahead = 15,
  rdahead = 16,
  dupfd_cloexec = 17,
  dup2fd_cloexec = 18,
};

inline constexpr std::int16_t kRdlck = 1;
inline constexpr std::int16_t kUnlck = 2;
inline constexpr std::int16_t kWrlck = 3;

struct Flock {
  std::int64_t l_start = 0;
  std::int64_t l_len = 0;
  std::int32_t l_pid = 0;
  std::int16_t l_type = 0;
  std::int16_t l_whence = 0;
  std::int32_t l_sysid = 0;
};

/// struct __oflock: of the F_O*LK commands, before l_sysid.
struct OldFlock {
  std::int64_t l_start = 0;
  std::int64_t l_len = 0;
  std::int32_t l_pid = 0;
  std::int16_t l_type = 0;
  std::int16_t l_whence = 0;
};

}  // namespace freebsd

template <>
inline constexpr const char* kStructName<freebsd::Flock> = "flock";
template <>
inline constexpr auto kFields<freebsd::Flock> = fields(field<&freebsd::Flock::l_start>("l_start"),
                                                       field<&freebsd::Flock::l_len>("l_len"),
                                                       field<&freebsd::Flock::l_pid>("l_pid"),
                                                       field<&freebsd::Flock::l_type>("l_type"),
                                                       field<&freebsd::Flock::l_whence>("l_whence"),
                                                       field<&freebsd::Flock::l_sysid>("l_sysid"));

template <>
inline constexpr const char* kStructName<freebsd::OldFlock> = "__oflock";
template <>
inline constexpr auto kFields<freebsd::OldFlock> =
    fields(field<&freebsd::OldFlock::l_start>("l_start"), field<&freebsd::OldFlock::l_len>("l_len"),
           field<&freebsd::OldFlock::l_pid>("l_pid"), field<&freebsd::OldFlock::l_type>("l_type"),
           field<&freebsd::OldFlock::l_whence>("l_whence"));

}  // namespace emulate
