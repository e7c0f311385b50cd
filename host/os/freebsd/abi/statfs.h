#pragma once

/// struct statfs in both generations (FreeBSD sys/sys/mount.h).

#include "host/thunk/layout.h"

namespace emulate {
namespace freebsd {

inline constexpr std::uint32_t kStatfsVersion = 0x2014'0518;
inline constexpr std::uint32_t kFreebsd11StatfsVersion = 0x2003'0518;

inline constexpr std::uint64_t kMntRdonly = 0x1;
inline constexpr std::uint64_t kMntSynchronous = 0x2;
inline constexpr std::uint64_t kMntNoexec = 0x4;
inline constexpr std::uint64_t kMntNosuid = 0x8;
inline constexpr std::uint64_t kMntLocal = 0x1000;
inline constexpr std::uint64_t kMntRootfs = 0x4000;
inline constexpr std::uint64_t kMntNoatime = 0x1000'0000;

/// Modes of getfsstat(2).
inline constexpr std::int32_t kMntWait = 1;
inline constexpr std::int32_t kMntNowait = 2;

/// The fields that both generations share; they differ in the room for names.
template <std::size_t NameBytes>
struct StatfsOf {
  std::uint32_t f_version = 0;
  std::uint32_t f_type = 0;
  std::uint64_t f_flags = 0;
  std::uint64_t f_bsize = 0;
  std::uint64_t f_iosize = 0;
  std::uint64_t f_blocks = 0;
  std::uint64_t f_bfree = 0;
  std::int64_t f_bavail = 0;
  std::uint64_t f_files = 0;
  std::int64_t f_ffree = 0;
  std::uint64_t f_syncwrites = 0;
  std::uint64_t f_asyncwrites = 0;
  std::uint64_t f_syncreads = 0;
  std::uint64_t f_asyncreads = 0;
  std::uint32_t f_namemax = 0;
  std::uint32_t f_owner = 0;
  std::int32_t f_fsid[2] = {};
  char f_fstypename[16] = {};
  char f_mntfromname[NameBytes] = {};
  char f_mntonname[NameBytes] = {};
};
using Statfs = StatfsOf<1024>;
using Freebsd11Statfs = StatfsOf<88>;

namespace detail {

template <class S>
inline constexpr auto kStatfsFields = fields(
    field<&S::f_version>("f_version"), field<&S::f_type>("f_type"), field<&S::f_flags>("f_flags"),
    field<&S::f_bsize>("f_bsize"), field<&S::f_iosize>("f_iosize"), field<&S::f_blocks>("f_blocks"),
    field<&S::f_bfree>("f_bfree"), field<&S::f_bavail>("f_bavail"), field<&S::f_files>("f_files"),
    field<&S::f_ffree>("f_ffree"), field<&S::f_syncwrites>("f_syncwrites"),
    field<&S::f_asyncwrites>("f_asyncwrites"), field<&S::f_syncreads>("f_syncreads"),
    field<&S::f_asyncreads>("f_asyncreads"), pad<std::uint64_t>(10),
    field<&S::f_namemax>("f_namemax"), field<&S::f_owner>("f_owner"), field<&S::f_fsid>("f_fsid"),
    pad<std::uint8_t>(80), field<&S::f_fstypename>("f_fstypename"),
    field<&S::f_mntfromname>("f_mntfromname"), field<&S::f_mntonname>("f_mntonname"));

}  // namespace detail
}  // namespace freebsd

template <>
inline constexpr const char* kStructName<freebsd::Statfs> = "statfs";
template <>
inline constexpr auto kFields<freebsd::Statfs> = freebsd::detail::kStatfsFields<freebsd::Statfs>;

template <>
inline constexpr const char* kStructName<freebsd::Freebsd11Statfs> = "freebsd11_statfs";
template <>
inline constexpr auto kFields<freebsd::Freebsd11Statfs> =
    freebsd::detail::kStatfsFields<freebsd::Freebsd11Statfs>;

}  // namespace emulate
