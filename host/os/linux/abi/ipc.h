#pragma once

/// System V IPC (Linux include/uapi/asm-generic/{ipc,sem,msg,shm}buf.h). One neutral structure a
/// kind; the ports differ in where 32-bit ones keep the upper halves of times.

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::linux_os {

struct IpcPerm {
  std::int32_t key = 0;
  std::uint32_t uid = 0, gid = 0, cuid = 0, cgid = 0, mode = 0;
  std::uint16_t seq = 0;
};

struct IpcStat {
  IpcPerm perm;
  std::uint64_t time1 = 0, time2 = 0, time3 = 0;  ///< otime, ctime; stime, rtime, ctime; atime ...
  std::uint64_t time1_high = 0, time2_high = 0, time3_high = 0;
  std::uint64_t count1 = 0, count2 = 0, count3 = 0;  ///< nsems; cbytes, qnum, qbytes; segsz, nattch
  std::int32_t pid1 = 0, pid2 = 0;
};

/// Layouts of IpcStat by kind, for 64-bit and for 32-bit ports.
extern const Layout kSemid64, kSemid32, kMsqid64, kMsqid32, kShmid64, kShmid32;

struct Sembuf {
  std::uint16_t number = 0;
  std::int16_t op = 0;
  std::int16_t flags = 0;
};

}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr const char* kStructName<linux_os::Sembuf> = "sembuf";
template <>
inline constexpr auto kFields<linux_os::Sembuf> =
    fields(field<&linux_os::Sembuf::number>("sem_num"), field<&linux_os::Sembuf::op>("sem_op"),
           field<&linux_os::Sembuf::flags>("sem_flg"));
template <>
inline constexpr const char* kStructName<linux_os::IpcPerm> = "ipc64_perm";
template <>
inline constexpr auto kFields<linux_os::IpcPerm> =
    fields(field<&linux_os::IpcPerm::key>("key"), field<&linux_os::IpcPerm::uid>("uid"),
           field<&linux_os::IpcPerm::gid>("gid"), field<&linux_os::IpcPerm::cuid>("cuid"),
           field<&linux_os::IpcPerm::cgid>("cgid"), field<&linux_os::IpcPerm::mode>("mode"),
           field<&linux_os::IpcPerm::seq>("seq"), pad<std::uint16_t>(), pad<ULong>(2));
}  // namespace emulate
