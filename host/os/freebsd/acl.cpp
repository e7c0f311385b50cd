// Access control lists of POSIX.1e, on the host's (FreeBSD sys/kern/vfs_acl.c,
// sys/ufs/ufs/ufs_acl.c). Lists of NFSv4 are refused as on a file system mounted without them.

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/os/freebsd/abi/acl.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/xattr.h"

namespace emulate::freebsd {
namespace {

using Follow = PathResolver::Follow;
using Entries = std::vector<AclEntry>;

// --- the host's form -------------------------------------------------------------------------

constexpr std::uint32_t kHostVersion = 2;  // POSIX_ACL_XATTR_VERSION
struct HostEntry {
  std::uint16_t tag;
  std::uint16_t perm;
  std::uint32_t id;
};

const char* attribute(AclType type) {
  return type == AclType::access ? "system.posix_acl_access" : "system.posix_acl_default";
}

std::vector<std::byte> to_host(Entries entries) {
  // The host wants them in order.
  std::ranges::stable_sort(entries, [](const AclEntry& a, const AclEntry& b) {
    return a.tag != b.tag ? a.tag < b.tag : a.id < b.id;
  });
  std::vector<std::byte> out(sizeof kHostVersion + entries.size() * sizeof(HostEntry));
  std::memcpy(out.data(), &kHostVersion, sizeof kHostVersion);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const AclEntry& e = entries[i];
    const bool named = e.tag == kAclUser || e.tag == kAclGroup;
    const HostEntry h{static_cast<std::uint16_t>(e.tag), static_cast<std::uint16_t>(e.perm),
                      named ? e.id : kAclUndefinedId};
    std::memcpy(out.data() + sizeof kHostVersion + i * sizeof h, &h, sizeof h);
  }
  return out;
}

Entries from_host(std::span<const std::byte> bytes) {
  Entries out;
  for (std::size_t at = sizeof kHostVersion; at + sizeof(HostEntry) <= bytes.size();
       at += sizeof(HostEntry)) {
    HostEntry h{};
    std::memcpy(&h, bytes.data() + at, sizeof h);
    out.push_back({h.tag, h.id, h.perm, 0, 0});
  }
  return out;
}

// --- the guest's forms -----------------------------------------------------------------------

bool is_old(AclType type) { return type == AclType::access_old || type == AclType::default_old; }
AclType unold(AclType type) {
  if (type == AclType::access_old) return AclType::access;
  return type == AclType::default_old ? AclType::default_ : type;
}

Expected<Entries> load_acl(Task& task, GuestAddr at, AclType type) {
  Entries out;
  if (is_old(type)) {
    const auto acl = task.load<OldAcl>(at);
    if (!acl) return tl::unexpected(acl.error());
    if (acl->cnt > kOldAclMaxEntries) return host_error(EINVAL);
    for (std::uint32_t i = 0; i < acl->cnt; ++i) {
      const OldAclEntry& e = acl->entries[i];
      out.push_back({e.tag, e.id, e.perm, 0, 0});
    }
    return out;
  }
  const auto acl = task.load<Acl>(at);
  if (!acl) return tl::unexpected(acl.error());
  if (acl->maxcnt != kAclMaxEntries || acl->cnt > kAclMaxEntries) return host_error(EINVAL);
  out.assign(acl->entries.begin(), acl->entries.begin() + acl->cnt);
  return out;
}

SysResult store_acl(Task& task, GuestAddr at, AclType type, const Entries& entries) {
  if (is_old(type)) {
    if (entries.size() > kOldAclMaxEntries) return HostErrno{EINVAL};
    OldAcl acl;
    for (const AclEntry& e : entries) {
      acl.entries[acl.cnt++] = {e.tag, e.id, static_cast<std::uint16_t>(e.perm)};
    }
    return SysResult::from(task.store(at, acl));
  }
  const auto maxcnt = task.load<std::uint32_t>(at);
  if (!maxcnt) return maxcnt.error();
  if (*maxcnt != kAclMaxEntries || entries.size() > kAclMaxEntries) return HostErrno{EINVAL};
  Acl acl;
  for (const AclEntry& e : entries) acl.entries[acl.cnt++] = e;
  return SysResult::from(task.store(at, acl));
}

// --- rules -----------------------------------------------------------------------------------

/// acl_posix1e_check().
bool well_formed(const Entries& entries) {
  const auto count = [&](std::uint32_t tag) {
    return std::ranges::count_if(entries, [&](const AclEntry& e) { return e.tag == tag; });
  };
  for (const AclEntry& e : entries) {
    const bool named = e.tag == kAclUser || e.tag == kAclGroup;
    if ((e.perm & ~kAclPermBits) != 0 || (named && e.id == kAclUndefinedId)) return false;
  }
  const auto named = count(kAclUser) + count(kAclGroup);
  const auto masks = count(kAclMask);
  const auto known = named + masks + count(kAclUserObj) + count(kAclGroupObj) + count(kAclOther);
  return count(kAclUserObj) == 1 && count(kAclGroupObj) == 1 && count(kAclOther) == 1 &&
         masks <= 1 && (named == 0 || masks == 1) &&
         known == static_cast<std::ptrdiff_t>(entries.size());
}

/// ufs_aclcheck_posix1e().
Expected<void> check(const XattrFile& file, AclType type, const Entries& entries) {
  const auto st = file.status();
  if (!st) return tl::unexpected(st.error());
  if (type != AclType::access && type != AclType::default_) return host_error(EINVAL);
  if (type == AclType::default_ && !S_ISDIR(st->st_mode)) return host_error(EINVAL);
  if (entries.size() > kOldAclMaxEntries || !well_formed(entries)) return host_error(EINVAL);
  return {};
}

/// What the mode says, for a file without a list.
Entries from_mode(mode_t mode) {
  const auto entry = [](std::uint32_t tag, mode_t perm) {
    return AclEntry{tag, kAclUndefinedId, perm & kAclPermBits, 0, 0};
  };
  return {entry(kAclUserObj, mode >> 6), entry(kAclGroupObj, mode >> 3), entry(kAclOther, mode)};
}

SysResult acl_get(Task& task, const Expected<XattrFile>& file, AclType type, GuestAddr acl) {
  if (!file) return file.error();
  const AclType t = unold(type);
  if (t != AclType::access && t != AclType::default_) return HostErrno{EINVAL};
  const auto st = file->status();
  if (!st) return st.error();
  if (!S_ISLNK(st->st_mode)) {  // the host keeps none for a link
    const auto value = file->get(attribute(t));
    if (value) return store_acl(task, acl, type, from_host(*value));
    if (value.error().value != ENODATA) return value.error();
  }
  return store_acl(task, acl, type, t == AclType::access ? from_mode(st->st_mode) : Entries{});
}

SysResult acl_set(Task& task, const Expected<XattrFile>& file, AclType type, GuestAddr acl) {
  if (!file) return file.error();
  if (const auto st = file->status(); !st) return st.error();
  const auto entries = load_acl(task, acl, type);
  if (!entries) return entries.error();
  const AclType t = unold(type);
  if (auto r = check(*file, t, *entries); !r) return r.error();
  const auto host = to_host(*entries);
  return SysResult::from(file->set(attribute(t), host.data(), host.size()));
}

SysResult acl_delete(const Expected<XattrFile>& file, AclType type) {
  if (!file) return file.error();
  if (unold(type) != AclType::default_) return HostErrno{EINVAL};
  const auto st = file->status();
  if (!st) return st.error();
  if (!S_ISDIR(st->st_mode)) return HostErrno{ENOTDIR};
  const auto r = file->remove(attribute(AclType::default_));
  return r || r.error().value == ENODATA ? SysResult::ok() : SysResult(r.error());
}

SysResult acl_check(Task& task, const Expected<XattrFile>& file, AclType type, GuestAddr acl) {
  if (!file) return file.error();
  if (const auto st = file->status(); !st) return st.error();
  const auto entries = load_acl(task, acl, type);
  if (!entries) return entries.error();
  return SysResult::from(check(*file, unold(type), *entries));
}

// --- calls -----------------------------------------------------------------------------------

template <Follow F>
SysResult get_path(Task& task, PathArg path, std::int32_t type, GuestAddr acl) {
  return acl_get(task, XattrFile::of(task, path, F), AclType(type), acl);
}
template <Follow F>
SysResult set_path(Task& task, PathArg path, std::int32_t type, GuestAddr acl) {
  return acl_set(task, XattrFile::of(task, path, F), AclType(type), acl);
}
template <Follow F>
SysResult delete_path(Task& task, PathArg path, std::int32_t type) {
  return acl_delete(XattrFile::of(task, path, F), AclType(type));
}
template <Follow F>
SysResult check_path(Task& task, PathArg path, std::int32_t type, GuestAddr acl) {
  return acl_check(task, XattrFile::of(task, path, F), AclType(type), acl);
}

SysResult get_fd(Task& task, Fd fd, std::int32_t type, GuestAddr acl) {
  return acl_get(task, XattrFile::of(task, fd), AclType(type), acl);
}
SysResult set_fd(Task& task, Fd fd, std::int32_t type, GuestAddr acl) {
  return acl_set(task, XattrFile::of(task, fd), AclType(type), acl);
}
SysResult delete_fd(Task& task, Fd fd, std::int32_t type) {
  return acl_delete(XattrFile::of(task, fd), AclType(type));
}
SysResult check_fd(Task& task, Fd fd, std::int32_t type, GuestAddr acl) {
  return acl_check(task, XattrFile::of(task, fd), AclType(type), acl);
}

constexpr SyscallRow kRows[] = {
    row<&get_path<Follow::yes>>(347, "__acl_get_file"),
    row<&set_path<Follow::yes>>(348, "__acl_set_file"),
    row<&get_fd>(349, "__acl_get_fd"),
    row<&set_fd>(350, "__acl_set_fd"),
    row<&delete_path<Follow::yes>>(351, "__acl_delete_file"),
    row<&delete_fd>(352, "__acl_delete_fd"),
    row<&check_path<Follow::yes>>(353, "__acl_aclcheck_file"),
    row<&check_fd>(354, "__acl_aclcheck_fd"),
    row<&get_path<Follow::no>>(425, "__acl_get_link"),
    row<&set_path<Follow::no>>(426, "__acl_set_link"),
    row<&delete_path<Follow::no>>(427, "__acl_delete_link"),
    row<&check_path<Follow::no>>(428, "__acl_aclcheck_link"),
};

}  // namespace

Rows acl_rows() { return kRows; }

}  // namespace emulate::freebsd
