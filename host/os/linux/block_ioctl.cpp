#include <linux/fs.h>
#include <linux/loop.h>

#include <array>

#include "host/os/linux/ioctl_table.h"

/// Requests of disks, and of loop devices (Linux include/uapi/linux/loop.h).

namespace emulate::linux_os {
namespace {

/// struct loop_info64: the same on every port.
struct LoopInfo64 {
  std::uint64_t device = 0, inode = 0, rdevice = 0, offset = 0, sizelimit = 0;
  std::uint32_t number = 0, encrypt_type = 0, encrypt_key_size = 0, flags = 0;
  std::array<std::uint8_t, LO_NAME_SIZE> file_name{}, crypt_name{};
  std::array<std::uint8_t, LO_KEY_SIZE> encrypt_key{};
  std::array<std::uint64_t, 2> init{};
};

/// struct loop_config. The descriptor is the guest's own, which is the host's.
struct LoopConfig {
  std::uint32_t fd = 0, block_size = 0;
  LoopInfo64 info;
  std::array<std::uint64_t, 8> reserved{};
};

}  // namespace
}  // namespace emulate::linux_os

namespace emulate {

template <>
inline constexpr const char* kStructName<linux_os::LoopInfo64> = "loop_info64";
template <>
inline constexpr auto kFields<linux_os::LoopInfo64> =
    fields(field<&linux_os::LoopInfo64::device>("lo_device"),
           field<&linux_os::LoopInfo64::inode>("lo_inode"),
           field<&linux_os::LoopInfo64::rdevice>("lo_rdevice"),
           field<&linux_os::LoopInfo64::offset>("lo_offset"),
           field<&linux_os::LoopInfo64::sizelimit>("lo_sizelimit"),
           field<&linux_os::LoopInfo64::number>("lo_number"),
           field<&linux_os::LoopInfo64::encrypt_type>("lo_encrypt_type"),
           field<&linux_os::LoopInfo64::encrypt_key_size>("lo_encrypt_key_size"),
           field<&linux_os::LoopInfo64::flags>("lo_flags"),
           field<&linux_os::LoopInfo64::file_name>("lo_file_name"),
           field<&linux_os::LoopInfo64::crypt_name>("lo_crypt_name"),
           field<&linux_os::LoopInfo64::encrypt_key>("lo_encrypt_key"),
           field<&linux_os::LoopInfo64::init>("lo_init"));

template <>
inline constexpr auto kFields<linux_os::LoopConfig> = fields(
    field<&linux_os::LoopConfig::fd>("fd"), field<&linux_os::LoopConfig::block_size>("block_size"),
    field<&linux_os::LoopConfig::info>("info"), field<&linux_os::LoopConfig::reserved>("reserved"));

}  // namespace emulate

namespace emulate::linux_os {
namespace {

using A = IoctlArgument;
using Int = std::int32_t;

/// Its number counts a size_t.
constexpr std::uint32_t kBlkGetSize64Bit32 = _IOR(0x12, 114, std::uint32_t);

constexpr IoctlRow kRows[] = {
    row_of<Int>(BLKROGET, "BLKROGET", A::out),
    row_of<Int>(BLKROSET, "BLKROSET", A::in),
    row_of<Int>(BLKSSZGET, "BLKSSZGET", A::out),
    row_of<Int>(BLKPBSZGET, "BLKPBSZGET", A::out),
    row_of<Int>(BLKIOMIN, "BLKIOMIN", A::out),
    row_of<Int>(BLKIOOPT, "BLKIOOPT", A::out),
    row_of<ULong>(BLKGETSIZE, "BLKGETSIZE", A::out),
    row_of<std::uint64_t>(BLKGETSIZE64, "BLKGETSIZE64", A::out),
    {kBlkGetSize64Bit32, BLKGETSIZE64, "BLKGETSIZE64", A::out, &kLayout<std::uint64_t>},
    plain(BLKRRPART, "BLKRRPART"),
    plain(BLKFLSBUF, "BLKFLSBUF"),
    plain(LOOP_SET_FD, "LOOP_SET_FD"),
    plain(LOOP_CLR_FD, "LOOP_CLR_FD"),
    plain(LOOP_CHANGE_FD, "LOOP_CHANGE_FD"),
    plain(LOOP_SET_CAPACITY, "LOOP_SET_CAPACITY"),
    plain(LOOP_SET_DIRECT_IO, "LOOP_SET_DIRECT_IO"),
    plain(LOOP_SET_BLOCK_SIZE, "LOOP_SET_BLOCK_SIZE"),
    row_of<LoopInfo64>(LOOP_SET_STATUS64, "LOOP_SET_STATUS64", A::in),
    row_of<LoopInfo64>(LOOP_GET_STATUS64, "LOOP_GET_STATUS64", A::out),
    row_of<LoopConfig>(LOOP_CONFIGURE, "LOOP_CONFIGURE", A::in),
    plain(LOOP_CTL_ADD, "LOOP_CTL_ADD"),
    plain(LOOP_CTL_REMOVE, "LOOP_CTL_REMOVE"),
    plain(LOOP_CTL_GET_FREE, "LOOP_CTL_GET_FREE"),
};

}  // namespace

std::span<const IoctlRow> block_ioctls() { return kRows; }

}  // namespace emulate::linux_os
