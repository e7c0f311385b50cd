#pragma once

/// _umtx_op(2): operations, bits of its words and structures (FreeBSD sys/sys/umtx.h, _umtx.h).

#include <cstdint>

#include "host/os/freebsd/abi/time.h"

namespace emulate::freebsd {

enum class UmtxOp : std::int32_t {
  wait = 2,
  wake = 3,
  mutex_trylock = 4,
  mutex_lock = 5,
  mutex_unlock = 6,
  set_ceiling = 7,
  cv_wait = 8,
  cv_signal = 9,
  cv_broadcast = 10,
  wait_uint = 11,
  rw_rdlock = 12,
  rw_wrlock = 13,
  rw_unlock = 14,
  wait_uint_private = 15,
  wake_private = 16,
  mutex_wait = 17,
  mutex_wake = 18,
  sem_wait = 19,
  sem_wake = 20,
  nwake_private = 21,
  mutex_wake2 = 22,
  sem2_wait = 23,
  sem2_wake = 24,
  shm = 25,
  robust_lists = 26,
};

inline constexpr std::uint32_t kUsyncProcessShared = 0x0001;
inline constexpr std::uint32_t kUmutexPrioInherit = 0x0004;
inline constexpr std::uint32_t kUmutexPrioProtect = 0x0008;
inline constexpr std::uint32_t kUmutexRobust = 0x0010;
inline constexpr std::uint32_t kUmutexNonconsistent = 0x0020;

inline constexpr std::uint32_t kUmutexUnowned = 0;
inline constexpr std::uint32_t kUmutexContested = 0x8000'0000;
inline constexpr std::uint32_t kUmutexOwnerDead = kUmutexContested | 0x10;
inline constexpr std::uint32_t kUmutexNotRecoverable = kUmutexContested | 0x11;

inline constexpr std::uint32_t kUrwlockPreferReader = 0x0002;
inline constexpr std::uint32_t kUrwlockWriteOwner = 0x8000'0000;
inline constexpr std::uint32_t kUrwlockWriteWaiters = 0x4000'0000;
inline constexpr std::uint32_t kUrwlockReadWaiters = 0x2000'0000;
inline constexpr std::uint32_t kUrwlockMaxReaders = 0x1fff'ffff;

inline constexpr std::uint32_t kUsemHasWaiters = 0x8000'0000;
inline constexpr std::uint32_t kUsemMaxCount = 0x7fff'ffff;

inline constexpr std::uint32_t kCvwaitAbstime = 0x02;
inline constexpr std::uint32_t kCvwaitClockid = 0x04;
inline constexpr std::uint32_t kUmtxAbstime = 0x01;

inline constexpr std::uint32_t kUmtxShmCreat = 0x1;
inline constexpr std::uint32_t kUmtxShmLookup = 0x2;
inline constexpr std::uint32_t kUmtxShmDestroy = 0x4;
inline constexpr std::uint32_t kUmtxShmAlive = 0x8;

/// Offsets of words that are changed in place; the same on all machines.
inline constexpr unsigned kUmutexOwnerAt = 0;
inline constexpr unsigned kUmutexFlagsAt = 4;
inline constexpr unsigned kUmutexCeilingAt = 8;      ///< m_ceilings[0]
inline constexpr unsigned kUmutexOldCeilingAt = 12;  ///< m_ceilings[1]
inline constexpr unsigned kUmutexRobustLinkAt = 16;  ///< m_rb_lnk, a pointer

inline constexpr unsigned kUcondHasWaitersAt = 0;
inline constexpr unsigned kUcondFlagsAt = 4;
inline constexpr unsigned kUcondClockAt = 8;
inline constexpr unsigned kUcondSpareAt = 12;

inline constexpr unsigned kUrwlockStateAt = 0;
inline constexpr unsigned kUrwlockFlagsAt = 4;
inline constexpr unsigned kUrwlockBlockedReadersAt = 8;
inline constexpr unsigned kUrwlockBlockedWritersAt = 12;

inline constexpr unsigned kUsemHasWaitersAt = 0;
inline constexpr unsigned kUsemCountAt = 4;
inline constexpr unsigned kUsemFlagsAt = 8;

inline constexpr unsigned kUsem2CountAt = 0;
inline constexpr unsigned kUsem2FlagsAt = 4;

/// struct _umtx_time.
struct UmtxTime {
  Timespec timeout;
  std::uint32_t flags = 0;
  std::uint32_t clock_id = 0;
};

/// struct umtx_robust_lists_params.
struct UmtxRobustLists {
  GuestAddr robust_list;
  GuestAddr private_list;
  GuestAddr inactive;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::UmtxTime> = "_umtx_time";
template <>
inline constexpr auto kFields<freebsd::UmtxTime> = fields(
    field<&freebsd::UmtxTime::timeout>("_timeout"), field<&freebsd::UmtxTime::flags>("_flags"),
    field<&freebsd::UmtxTime::clock_id>("_clockid"));

template <>
inline constexpr const char* kStructName<freebsd::UmtxRobustLists> = "umtx_robust_lists_params";
template <>
inline constexpr auto kFields<freebsd::UmtxRobustLists> =
    fields(field<&freebsd::UmtxRobustLists::robust_list>("robust_list_offset"),
           field<&freebsd::UmtxRobustLists::private_list>("robust_priv_list_offset"),
           field<&freebsd::UmtxRobustLists::inactive>("robust_inact_offset"));

}  // namespace emulate
