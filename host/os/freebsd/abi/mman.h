#pragma once

/// Constants of mmap(2) and its kin (FreeBSD sys/sys/mman.h).

#include <cstdint>

namespace emulate::freebsd {

// PROT_READ, PROT_WRITE and PROT_EXEC are kProtRead, kProtWrite and kProtExec everywhere.

inline constexpr std::uint32_t kMapShared = 0x0001;
inline constexpr std::uint32_t kMapPrivate = 0x0002;
inline constexpr std::uint32_t kMapFixed = 0x0010;
inline constexpr std::uint32_t kMapReserved0020 = 0x0020;
inline constexpr std::uint32_t kMapReserved0040 = 0x0040;
inline constexpr std::uint32_t kMapHassemaphore = 0x0200;
inline constexpr std::uint32_t kMapStack = 0x0400;
inline constexpr std::uint32_t kMapNosync = 0x0800;
inline constexpr std::uint32_t kMapAnon = 0x1000;
inline constexpr std::uint32_t kMapGuard = 0x2000;
inline constexpr std::uint32_t kMapExcl = 0x4000;
inline constexpr std::uint32_t kMapNocore = 0x0002'0000;
inline constexpr std::uint32_t kMapPrefaultRead = 0x0004'0000;
inline constexpr std::uint32_t kMap32bit = 0x0008'0000;
inline constexpr unsigned kMapAlignmentShift = 24;
inline constexpr std::uint32_t kMapAlignmentMask = 0xffU << kMapAlignmentShift;
inline constexpr std::uint32_t kMapAlignedSuper = 1U << kMapAlignmentShift;

/// P_OSREL_*: programs built for these versions and later are held to stricter rules
/// (FreeBSD sys/sys/param.h).
inline constexpr std::uint32_t kOsrelMapAnon = 800104;
inline constexpr std::uint32_t kOsrelMapFstrict = 1100036;

inline constexpr std::int32_t kMsAsync = 1;
inline constexpr std::int32_t kMsInvalidate = 2;

inline constexpr std::int32_t kMclCurrent = 1;
inline constexpr std::int32_t kMclFuture = 2;

inline constexpr std::uint8_t kMincoreIncore = 0x1;
inline constexpr std::uint8_t kMincoreReferenced = 0x2;

inline constexpr std::uint64_t kShmAnon = 1;  ///< the path of an anonymous object

}  // namespace emulate::freebsd
