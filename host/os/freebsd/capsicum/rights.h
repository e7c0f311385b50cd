#pragma once

/// Rights on descriptors (FreeBSD sys/sys/capsicum.h).

#include <array>
#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

/// cap_rights_t, version 0: two words, each with the bit of its index.
struct CapRights {
  std::array<std::uint64_t, 2> words{};

  constexpr bool contains(const CapRights& little) const {
    return (words[0] & little.words[0]) == little.words[0] &&
           (words[1] & little.words[1]) == little.words[1];
  }
  constexpr CapRights operator|(const CapRights& o) const {
    return {{words[0] | o.words[0], words[1] | o.words[1]}};
  }
  bool operator==(const CapRights&) const = default;
};

inline constexpr std::uint64_t kCapIndex0 = 1ULL << 57;
inline constexpr std::uint64_t kCapIndex1 = 1ULL << 58;
constexpr CapRights right0(std::uint64_t bits) { return {{kCapIndex0 | bits, kCapIndex1}}; }
constexpr CapRights right1(std::uint64_t bits) { return {{kCapIndex0, kCapIndex1 | bits}}; }

inline constexpr CapRights kCapNone = right0(0);
inline constexpr CapRights kCapRead = right0(0x1);
inline constexpr CapRights kCapWrite = right0(0x2);
inline constexpr CapRights kCapSeekTell = right0(0x4);
inline constexpr CapRights kCapSeek = right0(0xc);
inline constexpr CapRights kCapPread = kCapSeek | kCapRead;
inline constexpr CapRights kCapPwrite = kCapSeek | kCapWrite;
inline constexpr CapRights kCapMmap = right0(0x10);
inline constexpr CapRights kCapMmapR = kCapMmap | kCapSeek | kCapRead;
inline constexpr CapRights kCapMmapW = kCapMmap | kCapSeek | kCapWrite;
inline constexpr CapRights kCapMmapX = kCapMmap | kCapSeek | right0(0x20);
inline constexpr CapRights kCapCreate = right0(0x40);
inline constexpr CapRights kCapFexecve = right0(0x80);
inline constexpr CapRights kCapFsync = right0(0x100);
inline constexpr CapRights kCapFtruncate = right0(0x200);
inline constexpr CapRights kCapLookup = right0(0x400);
inline constexpr CapRights kCapFchdir = right0(0x800);
inline constexpr CapRights kCapFchflags = right0(0x1000);
inline constexpr CapRights kCapFchmod = right0(0x2000);
inline constexpr CapRights kCapFchown = right0(0x4000);
inline constexpr CapRights kCapFcntl = right0(0x8000);
inline constexpr CapRights kCapFlock = right0(0x1'0000);
inline constexpr CapRights kCapFpathconf = right0(0x2'0000);
inline constexpr CapRights kCapFstat = right0(0x8'0000);
inline constexpr CapRights kCapFstatfs = right0(0x10'0000);
inline constexpr CapRights kCapFutimes = right0(0x20'0000);
inline constexpr CapRights kCapLinkatTarget = kCapLookup | right0(0x40'0000);
inline constexpr CapRights kCapMkdirat = kCapLookup | right0(0x80'0000);
inline constexpr CapRights kCapMkfifoat = kCapLookup | right0(0x100'0000);
inline constexpr CapRights kCapMknodat = kCapLookup | right0(0x200'0000);
inline constexpr CapRights kCapRenameatSource = kCapLookup | right0(0x400'0000);
inline constexpr CapRights kCapSymlinkat = kCapLookup | right0(0x800'0000);
inline constexpr CapRights kCapUnlinkat = kCapLookup | right0(0x1000'0000);
inline constexpr CapRights kCapAccept = right0(0x2000'0000);
inline constexpr CapRights kCapBind = right0(0x4000'0000);
inline constexpr CapRights kCapConnect = right0(0x8000'0000);
inline constexpr CapRights kCapGetpeername = right0(0x1'0000'0000);
inline constexpr CapRights kCapGetsockname = right0(0x2'0000'0000);
inline constexpr CapRights kCapGetsockopt = right0(0x4'0000'0000);
inline constexpr CapRights kCapListen = right0(0x8'0000'0000);
inline constexpr CapRights kCapSetsockopt = right0(0x20'0000'0000);
inline constexpr CapRights kCapShutdown = right0(0x40'0000'0000);
inline constexpr CapRights kCapBindat = kCapLookup | right0(0x80'0000'0000);
inline constexpr CapRights kCapConnectat = kCapLookup | right0(0x100'0000'0000);
inline constexpr CapRights kCapLinkatSource = kCapLookup | right0(0x200'0000'0000);
inline constexpr CapRights kCapRenameatTarget = kCapLookup | right0(0x400'0000'0000);
inline constexpr CapRights kCapSemGetvalue = right1(0x4);
inline constexpr CapRights kCapSemPost = right1(0x8);
inline constexpr CapRights kCapSemWait = right1(0x10);
inline constexpr CapRights kCapEvent = right1(0x20);
inline constexpr CapRights kCapKqueueEvent = right1(0x40);
inline constexpr CapRights kCapIoctl = right1(0x80);
inline constexpr CapRights kCapPdgetpid = right1(0x200);
inline constexpr CapRights kCapPdkill = right1(0x800);
inline constexpr CapRights kCapExtattrDelete = right1(0x1000);
inline constexpr CapRights kCapExtattrGet = right1(0x2000);
inline constexpr CapRights kCapExtattrList = right1(0x4000);
inline constexpr CapRights kCapExtattrSet = right1(0x8000);
inline constexpr CapRights kCapAclCheck = right1(0x1'0000);
inline constexpr CapRights kCapAclDelete = right1(0x2'0000);
inline constexpr CapRights kCapAclGet = right1(0x4'0000);
inline constexpr CapRights kCapAclSet = right1(0x8'0000);
inline constexpr CapRights kCapKqueueChange = right1(0x10'0000);
inline constexpr CapRights kCapAll{{kCapIndex0 | 0x7ff'ffff'ffff, kCapIndex1 | 0x1f'ffff}};

/// fcntl commands as bits, CAP_FCNTL_*.
inline constexpr std::uint32_t kCapFcntlAll = 1U << 3 | 1U << 4 | 1U << 5 | 1U << 6;

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::CapRights> = "cap_rights";
template <>
inline constexpr auto kFields<freebsd::CapRights> =
    fields(field<&freebsd::CapRights::words>("cr_rights"));

}  // namespace emulate
