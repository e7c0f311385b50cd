#pragma once

/// Access control lists (FreeBSD sys/sys/acl.h).

#include <array>
#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

inline constexpr std::uint32_t kAclMaxEntries = 254;
inline constexpr std::uint32_t kOldAclMaxEntries = 32;

enum class AclType : std::int32_t {
  access_old = 0,
  default_old = 1,
  access = 2,
  default_ = 3,
  nfs4 = 4,
};

// Tags, the host's too.
inline constexpr std::uint32_t kAclUserObj = 0x01;
inline constexpr std::uint32_t kAclUser = 0x02;
inline constexpr std::uint32_t kAclGroupObj = 0x04;
inline constexpr std::uint32_t kAclGroup = 0x08;
inline constexpr std::uint32_t kAclMask = 0x10;
inline constexpr std::uint32_t kAclOther = 0x20;
inline constexpr std::uint32_t kAclPermBits = 7;
inline constexpr std::uint32_t kAclUndefinedId = 0xffff'ffff;

/// struct acl_entry.
struct AclEntry {
  std::uint32_t tag = 0;
  std::uint32_t id = 0;
  std::uint32_t perm = 0;
  std::uint16_t entry_type = 0;
  std::uint16_t flags = 0;
};

/// struct acl.
struct Acl {
  std::uint32_t maxcnt = kAclMaxEntries;
  std::uint32_t cnt = 0;
  std::array<AclEntry, kAclMaxEntries> entries{};
};

/// struct oldacl_entry.
struct OldAclEntry {
  std::uint32_t tag = 0;
  std::uint32_t id = 0;
  std::uint16_t perm = 0;
};

/// struct oldacl.
struct OldAcl {
  std::uint32_t cnt = 0;
  std::array<OldAclEntry, kOldAclMaxEntries> entries{};
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr auto kFields<freebsd::AclEntry> =
    fields(field<&freebsd::AclEntry::tag>("ae_tag"), field<&freebsd::AclEntry::id>("ae_id"),
           field<&freebsd::AclEntry::perm>("ae_perm"),
           field<&freebsd::AclEntry::entry_type>("ae_entry_type"),
           field<&freebsd::AclEntry::flags>("ae_flags"));
template <>
inline constexpr auto kFields<freebsd::Acl> = fields(field<&freebsd::Acl::maxcnt>("acl_maxcnt"),
                                                     field<&freebsd::Acl::cnt>("acl_cnt"),
                                                     pad<std::int32_t>(4),
                                                     field<&freebsd::Acl::entries>("acl_entry"));
template <>
inline constexpr auto kFields<freebsd::OldAclEntry> =
    fields(field<&freebsd::OldAclEntry::tag>("ae_tag"), field<&freebsd::OldAclEntry::id>("ae_id"),
           field<&freebsd::OldAclEntry::perm>("ae_perm"));
template <>
inline constexpr auto kFields<freebsd::OldAcl> =
    fields(field<&freebsd::OldAcl::cnt>("acl_cnt"), field<&freebsd::OldAcl::entries>("acl_entry"));

}  // namespace emulate
