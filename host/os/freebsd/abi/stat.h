#pragma once

/// struct stat in its four generations, and device numbers (FreeBSD sys/sys/stat.h, types.h).

#include <sys/sysmacros.h>

#include "host/os/freebsd/abi/time.h"

namespace emulate {
namespace freebsd {

inline constexpr std::uint64_t kNodev = ~0ULL;  ///< st_rdev of what is no device

/// dev_t of 12.0 and later: the low 32 bits are those of before.
constexpr std::uint64_t guest_dev(std::uint64_t major, std::uint64_t minor) {
  return (major & 0xffff'ff00) << 32 | (major & 0xff) << 8 | (minor & 0xff00) << 24 |
         (minor & 0xffff'00ff);
}
constexpr std::uint32_t guest_major(std::uint64_t dev) {
  return static_cast<std::uint32_t>((dev >> 32 & 0xffff'ff00) | (dev >> 8 & 0xff));
}
constexpr std::uint32_t guest_minor(std::uint64_t dev) {
  return static_cast<std::uint32_t>((dev >> 24 & 0xff00) | (dev & 0xffff'00ff));
}

/// struct stat of 12.0 and later (64-bit inodes).
struct Stat {
  std::uint64_t st_dev = 0;
  std::uint64_t st_ino = 0;
  std::uint64_t st_nlink = 0;
  std::uint16_t st_mode = 0;
  std::uint32_t st_uid = 0;
  std::uint32_t st_gid = 0;
  std::uint64_t st_rdev = 0;
  Timespec st_atim;
  Timespec st_mtim;
  Timespec st_ctim;
  Timespec st_birthtim;
  std::int64_t st_size = 0;
  std::int64_t st_blocks = 0;
  std::int32_t st_blksize = 0;
  std::uint32_t st_flags = 0;
  std::uint64_t st_gen = 0;
};

/// struct freebsd11_stat: FreeBSD 5 to 11.
struct Freebsd11Stat {
  std::uint32_t st_dev = 0;
  std::uint32_t st_ino = 0;
  std::uint16_t st_mode = 0;
  std::uint16_t st_nlink = 0;
  std::uint32_t st_uid = 0;
  std::uint32_t st_gid = 0;
  std::uint32_t st_rdev = 0;
  Timespec st_atim;
  Timespec st_mtim;
  Timespec st_ctim;
  std::int64_t st_size = 0;
  std::int64_t st_blocks = 0;
  std::int32_t st_blksize = 0;
  std::uint32_t st_flags = 0;
  std::uint32_t st_gen = 0;
  std::int32_t st_lspare = 0;
  Timespec st_birthtim;
};

/// The same where a timespec has 8 bytes: the structure pads st_birthtim to 16.
struct Freebsd11StatTime32 : Freebsd11Stat {};

/// struct nstat, NetBSD's.
struct Nstat {
  std::uint32_t st_dev = 0;
  std::uint32_t st_ino = 0;
  std::uint32_t st_mode = 0;
  std::uint32_t st_nlink = 0;
  std::uint32_t st_uid = 0;
  std::uint32_t st_gid = 0;
  std::uint32_t st_rdev = 0;
  Timespec st_atim;
  Timespec st_mtim;
  Timespec st_ctim;
  std::int64_t st_size = 0;
  std::int64_t st_blocks = 0;
  std::int32_t st_blksize = 0;
  std::uint32_t st_flags = 0;
  std::uint32_t st_gen = 0;
  Timespec st_birthtim;
};
struct NstatTime32 : Nstat {};

/// struct ostat: 4.3BSD's.
struct Ostat {
  std::uint16_t st_dev = 0;
  std::uint32_t st_ino = 0;
  std::uint16_t st_mode = 0;
  std::uint16_t st_nlink = 0;
  std::uint16_t st_uid = 0;
  std::uint16_t st_gid = 0;
  std::uint16_t st_rdev = 0;
  std::int32_t st_size = 0;
  Timespec st_atim;
  Timespec st_mtim;
  Timespec st_ctim;
  std::int32_t st_blksize = 0;
  std::int32_t st_blocks = 0;
  std::uint32_t st_flags = 0;
  std::uint32_t st_gen = 0;
};

namespace detail {

template <class S>
inline constexpr auto kFreebsd11StatFields = fields(
    field<&S::st_dev>("st_dev"), field<&S::st_ino>("st_ino"), field<&S::st_mode>("st_mode"),
    field<&S::st_nlink>("st_nlink"), field<&S::st_uid>("st_uid"), field<&S::st_gid>("st_gid"),
    field<&S::st_rdev>("st_rdev"), field<&S::st_atim>("st_atim"), field<&S::st_mtim>("st_mtim"),
    field<&S::st_ctim>("st_ctim"), field<&S::st_size>("st_size"), field<&S::st_blocks>("st_blocks"),
    field<&S::st_blksize>("st_blksize"), field<&S::st_flags>("st_flags"),
    field<&S::st_gen>("st_gen"));

/// `head` and further fields.
template <std::size_t N, class... F>
constexpr std::array<Field, N + sizeof...(F)> with(const std::array<Field, N>& head, F... more) {
  std::array<Field, N + sizeof...(F)> all;
  for (std::size_t i = 0; i < N; ++i) all[i] = head[i];
  std::size_t i = N;
  ((all[i++] = more), ...);
  return all;
}

}  // namespace detail
}  // namespace freebsd

template <>
inline constexpr const char* kStructName<freebsd::Stat> = "stat";
template <>
inline constexpr auto kFields<freebsd::Stat> = fields(
    field<&freebsd::Stat::st_dev>("st_dev"), field<&freebsd::Stat::st_ino>("st_ino"),
    field<&freebsd::Stat::st_nlink>("st_nlink"), field<&freebsd::Stat::st_mode>("st_mode"),
    pad<std::int16_t>(), field<&freebsd::Stat::st_uid>("st_uid"),
    field<&freebsd::Stat::st_gid>("st_gid"), pad<std::int32_t>(),
    field<&freebsd::Stat::st_rdev>("st_rdev"), field<&freebsd::Stat::st_atim>("st_atim"),
    field<&freebsd::Stat::st_mtim>("st_mtim"), field<&freebsd::Stat::st_ctim>("st_ctim"),
    field<&freebsd::Stat::st_birthtim>("st_birthtim"), field<&freebsd::Stat::st_size>("st_size"),
    field<&freebsd::Stat::st_blocks>("st_blocks"), field<&freebsd::Stat::st_blksize>("st_blksize"),
    field<&freebsd::Stat::st_flags>("st_flags"), field<&freebsd::Stat::st_gen>("st_gen"),
    pad<std::uint64_t>(10));

template <>
inline constexpr const char* kStructName<freebsd::Freebsd11Stat> = "freebsd11_stat";
template <>
inline constexpr auto kFields<freebsd::Freebsd11Stat> =
    freebsd::detail::with(freebsd::detail::kFreebsd11StatFields<freebsd::Freebsd11Stat>,
                          field<&freebsd::Freebsd11Stat::st_lspare>("st_lspare"),
                          field<&freebsd::Freebsd11Stat::st_birthtim>("st_birthtim"));

template <>
inline constexpr const char* kStructName<freebsd::Freebsd11StatTime32> = "freebsd11_stat";
template <>
inline constexpr auto kFields<freebsd::Freebsd11StatTime32> =
    freebsd::detail::with(kFields<freebsd::Freebsd11Stat>, pad<std::uint32_t>(2));

template <>
inline constexpr const char* kStructName<freebsd::Nstat> = "nstat";
template <>
inline constexpr auto kFields<freebsd::Nstat> =
    freebsd::detail::with(freebsd::detail::kFreebsd11StatFields<freebsd::Nstat>,
                          field<&freebsd::Nstat::st_birthtim>("st_birthtim"));

template <>
inline constexpr const char* kStructName<freebsd::NstatTime32> = "nstat";
template <>
inline constexpr auto kFields<freebsd::NstatTime32> = freebsd::detail::with(kFields<freebsd::Nstat>,
                                                                            pad<std::uint32_t>(2));

template <>
inline constexpr const char* kStructName<freebsd::Ostat> = "ostat";
template <>
inline constexpr auto kFields<freebsd::Ostat> = fields(
    field<&freebsd::Ostat::st_dev>("st_dev"), field<&freebsd::Ostat::st_ino>("st_ino"),
    field<&freebsd::Ostat::st_mode>("st_mode"), field<&freebsd::Ostat::st_nlink>("st_nlink"),
    field<&freebsd::Ostat::st_uid>("st_uid"), field<&freebsd::Ostat::st_gid>("st_gid"),
    field<&freebsd::Ostat::st_rdev>("st_rdev"), field<&freebsd::Ostat::st_size>("st_size"),
    field<&freebsd::Ostat::st_atim>("st_atim"), field<&freebsd::Ostat::st_mtim>("st_mtim"),
    field<&freebsd::Ostat::st_ctim>("st_ctim"), field<&freebsd::Ostat::st_blksize>("st_blksize"),
    field<&freebsd::Ostat::st_blocks>("st_blocks"), field<&freebsd::Ostat::st_flags>("st_flags"),
    field<&freebsd::Ostat::st_gen>("st_gen"));

}  // namespace emulate
