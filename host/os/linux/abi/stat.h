#pragma once

/// struct stat of the ports. One neutral structure; each layout lists its members in the port's
/// order and widths.

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::linux_os {

struct StatFields {
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::uint64_t ino_low = 0;  ///< arm's __st_ino: the inode number before it had 64 bits
  std::uint64_t mode = 0;
  std::uint64_t nlink = 0;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::uint64_t rdev = 0;
  std::int64_t size = 0;
  std::int64_t blksize = 0;
  std::int64_t blocks = 0;
  std::int64_t atime = 0;
  std::uint64_t atime_nsec = 0;
  std::int64_t mtime = 0;
  std::uint64_t mtime_nsec = 0;
  std::int64_t ctime = 0;
  std::uint64_t ctime_nsec = 0;
};

extern const Layout kStatGeneric64;  ///< asm-generic/stat.h, 64-bit ports
extern const Layout kStat64Arm;      ///< arch/arm struct stat64

/// struct statx (include/uapi/linux/stat.h), the same everywhere.
struct StatxTime {
  std::int64_t sec = 0;
  std::uint32_t nsec = 0;
  std::int32_t reserved = 0;
};
struct Statx {
  std::uint32_t mask = 0;
  std::uint32_t blksize = 0;
  std::uint64_t attributes = 0;
  std::uint32_t nlink = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint16_t mode = 0;
  std::uint16_t spare0 = 0;
  std::uint64_t ino = 0;
  std::uint64_t size = 0;
  std::uint64_t blocks = 0;
  std::uint64_t attributes_mask = 0;
  StatxTime atime, btime, ctime, mtime;
  std::uint32_t rdev_major = 0;
  std::uint32_t rdev_minor = 0;
  std::uint32_t dev_major = 0;
  std::uint32_t dev_minor = 0;
  std::uint64_t mnt_id = 0;
  std::uint32_t dio_mem_align = 0;
  std::uint32_t dio_offset_align = 0;
  std::uint64_t spare[12] = {};
};

/// struct statfs of the generic ports, and statfs64 (with 64-bit counts on 32-bit ports).
struct Statfs {
  Long type, bsize;
  ULong blocks, bfree, bavail, files, ffree;
  std::int32_t fsid[2] = {};
  Long namelen, frsize, flags;
  Long spare[4];
};
struct Statfs64 {
  std::uint32_t type = 0, bsize = 0;
  std::uint64_t blocks = 0, bfree = 0, bavail = 0, files = 0, ffree = 0;
  std::int32_t fsid[2] = {};
  std::uint32_t namelen = 0, frsize = 0, flags = 0;
  std::uint32_t spare[4] = {};
};

}  // namespace emulate::linux_os

namespace emulate {

template <>
inline constexpr const char* kStructName<linux_os::StatxTime> = "statx_timestamp";
template <>
inline constexpr auto kFields<linux_os::StatxTime> =
    fields(field<&linux_os::StatxTime::sec>("tv_sec"), field<&linux_os::StatxTime::nsec>("tv_nsec"),
           field<&linux_os::StatxTime::reserved>("__reserved"));
template <>
inline constexpr const char* kStructName<linux_os::Statx> = "statx";
template <>
inline constexpr auto kFields<linux_os::Statx> = fields(
    field<&linux_os::Statx::mask>("stx_mask"), field<&linux_os::Statx::blksize>("stx_blksize"),
    field<&linux_os::Statx::attributes>("stx_attributes"),
    field<&linux_os::Statx::nlink>("stx_nlink"), field<&linux_os::Statx::uid>("stx_uid"),
    field<&linux_os::Statx::gid>("stx_gid"), field<&linux_os::Statx::mode>("stx_mode"),
    field<&linux_os::Statx::spare0>("__spare0"), field<&linux_os::Statx::ino>("stx_ino"),
    field<&linux_os::Statx::size>("stx_size"), field<&linux_os::Statx::blocks>("stx_blocks"),
    field<&linux_os::Statx::attributes_mask>("stx_attributes_mask"),
    field<&linux_os::Statx::atime>("stx_atime"), field<&linux_os::Statx::btime>("stx_btime"),
    field<&linux_os::Statx::ctime>("stx_ctime"), field<&linux_os::Statx::mtime>("stx_mtime"),
    field<&linux_os::Statx::rdev_major>("stx_rdev_major"),
    field<&linux_os::Statx::rdev_minor>("stx_rdev_minor"),
    field<&linux_os::Statx::dev_major>("stx_dev_major"),
    field<&linux_os::Statx::dev_minor>("stx_dev_minor"),
    field<&linux_os::Statx::mnt_id>("stx_mnt_id"),
    field<&linux_os::Statx::dio_mem_align>("stx_dio_mem_align"),
    field<&linux_os::Statx::dio_offset_align>("stx_dio_offset_align"),
    field<&linux_os::Statx::spare>("__spare3"));

template <>
inline constexpr const char* kStructName<linux_os::Statfs> = "statfs";
template <>
inline constexpr auto kFields<linux_os::Statfs> = fields(
    field<&linux_os::Statfs::type>("f_type"), field<&linux_os::Statfs::bsize>("f_bsize"),
    field<&linux_os::Statfs::blocks>("f_blocks"), field<&linux_os::Statfs::bfree>("f_bfree"),
    field<&linux_os::Statfs::bavail>("f_bavail"), field<&linux_os::Statfs::files>("f_files"),
    field<&linux_os::Statfs::ffree>("f_ffree"), field<&linux_os::Statfs::fsid>("f_fsid"),
    field<&linux_os::Statfs::namelen>("f_namelen"), field<&linux_os::Statfs::frsize>("f_frsize"),
    field<&linux_os::Statfs::flags>("f_flags"), field<&linux_os::Statfs::spare>("f_spare"));
template <>
inline constexpr const char* kStructName<linux_os::Statfs64> = "statfs64";
template <>
inline constexpr auto kFields<linux_os::Statfs64> = fields(
    field<&linux_os::Statfs64::type>("f_type"), field<&linux_os::Statfs64::bsize>("f_bsize"),
    field<&linux_os::Statfs64::blocks>("f_blocks"), field<&linux_os::Statfs64::bfree>("f_bfree"),
    field<&linux_os::Statfs64::bavail>("f_bavail"), field<&linux_os::Statfs64::files>("f_files"),
    field<&linux_os::Statfs64::ffree>("f_ffree"), field<&linux_os::Statfs64::fsid>("f_fsid"),
    field<&linux_os::Statfs64::namelen>("f_namelen"),
    field<&linux_os::Statfs64::frsize>("f_frsize"), field<&linux_os::Statfs64::flags>("f_flags"),
    field<&linux_os::Statfs64::spare>("f_spare"));

}  // namespace emulate
