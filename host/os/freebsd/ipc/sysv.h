#pragma once

/// What System V semaphores, queues and segments have in common. All three are the host's, under
/// the host's identifiers and keys, so that programs of the host and guests share them.

#include <sys/ipc.h>

#include "host/os/freebsd/abi/ipc.h"
#include "host/os/param.h"

namespace emulate::freebsd {

/// The flags of a get call that FreeBSD knows: the host would take others for huge pages and such.
constexpr int get_flags(std::int32_t flags) {
  return flags & static_cast<int>(kIpcPermissions | kIpcCreat | kIpcExcl);
}

inline IpcPerm perm_of(const ipc_perm& h, int id, std::uint16_t kernel_mode) {
  constexpr unsigned kSeqShift = 16;
  const auto mode = static_cast<std::uint16_t>((h.mode & kIpcPermissions) | kernel_mode);
  return {h.cuid, h.cgid, h.uid, h.gid, mode, static_cast<std::uint16_t>(id >> kSeqShift), h.__key};
}

inline void set_owner(ipc_perm& to, const IpcPerm& from) {
  to.uid = from.uid;
  to.gid = from.gid;
  to.mode = from.mode & kIpcPermissions;
}

}  // namespace emulate::freebsd
