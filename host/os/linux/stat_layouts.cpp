#include "host/os/linux/abi/stat.h"
#include "host/os/linux/port_fields.h"

/// The ports' struct stat: arch/*/include/uapi/asm/stat.h and include/uapi/asm-generic/stat.h.

namespace emulate::linux_os {
namespace {

using S = StatFields;

using K = FieldKind;

constexpr auto kGeneric64 = fields(
    as<&S::dev>(K::ulong, "st_dev"), as<&S::ino>(K::ulong, "st_ino"),
    as<&S::mode>(K::u32, "st_mode"), as<&S::nlink>(K::u32, "st_nlink"),
    as<&S::uid>(K::u32, "st_uid"), as<&S::gid>(K::u32, "st_gid"), as<&S::rdev>(K::ulong, "st_rdev"),
    pad<ULong>(), as<&S::size>(K::slong, "st_size"), as<&S::blksize>(K::i32, "st_blksize"),
    pad<std::int32_t>(), as<&S::blocks>(K::slong, "st_blocks"), as<&S::atime>(K::slong, "st_atime"),
    as<&S::atime_nsec>(K::ulong, "st_atime_nsec"), as<&S::mtime>(K::slong, "st_mtime"),
    as<&S::mtime_nsec>(K::ulong, "st_mtime_nsec"), as<&S::ctime>(K::slong, "st_ctime"),
    as<&S::ctime_nsec>(K::ulong, "st_ctime_nsec"), pad<std::uint32_t>(2));

constexpr auto kArm64 =
    fields(as<&S::dev>(K::u64, "st_dev"), pad<std::uint32_t>(), as<&S::ino_low>(K::u32, "__st_ino"),
           as<&S::mode>(K::u32, "st_mode"), as<&S::nlink>(K::u32, "st_nlink"),
           as<&S::uid>(K::ulong, "st_uid"), as<&S::gid>(K::ulong, "st_gid"),
           as<&S::rdev>(K::u64, "st_rdev"), pad<std::uint32_t>(), as<&S::size>(K::i64, "st_size"),
           as<&S::blksize>(K::ulong, "st_blksize"), as<&S::blocks>(K::u64, "st_blocks"),
           as<&S::atime>(K::slong, "st_atime"), as<&S::atime_nsec>(K::ulong, "st_atime_nsec"),
           as<&S::mtime>(K::slong, "st_mtime"), as<&S::mtime_nsec>(K::ulong, "st_mtime_nsec"),
           as<&S::ctime>(K::slong, "st_ctime"), as<&S::ctime_nsec>(K::ulong, "st_ctime_nsec"),
           as<&S::ino>(K::u64, "st_ino"));

}  // namespace

const Layout kStatGeneric64{"stat", kGeneric64};
const Layout kStat64Arm{"stat64", kArm64};

}  // namespace emulate::linux_os
