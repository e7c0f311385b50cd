// Extended attributes (FreeBSD sys/kern/vfs_extattr.c). The user namespace is the host's; the
// system one is the host's "trusted", which is as privileged.

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/os/freebsd/abi/uio.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/xattr.h"

namespace emulate::freebsd {
namespace {

using Follow = PathResolver::Follow;

constexpr std::int32_t kNamespaceUser = 1;
constexpr std::int32_t kNamespaceSystem = 2;
constexpr std::size_t kMaxName = 255;  // EXTATTR_MAXNAMELEN

Expected<std::string> prefix_of(std::int32_t ns) {
  if (ns == kNamespaceUser) return "user.";
  if (ns != kNamespaceSystem) return host_error(EINVAL);
  if (geteuid() != 0) return host_error(EPERM);
  return "trusted.";
}

Expected<std::string> host_name(Task& task, std::int32_t ns, GuestAddr name) {
  const auto text = copyinstr(task.memory(), name, kMaxName + 1);
  if (!text) return text;
  if (text->empty()) return host_error(EINVAL);
  const auto prefix = prefix_of(ns);
  return prefix ? *prefix + *text : prefix;
}

/// The guest gets as much as it has room for, or only the size.
SysResult give(Task& task, std::span<const std::byte> value, GuestAddr data, std::uint64_t room) {
  if (room > iosize_max(task.model())) return HostErrno{EINVAL};
  if (!data) return SysResult::value(value.size());
  const std::size_t n = std::min<std::uint64_t>(value.size(), room);
  if (auto r = task.copyout(data, value.data(), n); !r) return r.error();
  return SysResult::value(n);
}

SysResult set(Task& task, const Expected<XattrFile>& file, const Expected<std::string>& name,
              GuestAddr data, std::uint64_t size) {
  constexpr std::uint64_t kMostBytes = 65536;
  if (!name) return name.error();
  if (!file) return file.error();
  if (size > iosize_max(task.model())) return HostErrno{EINVAL};
  if (size > kMostBytes) return HostErrno{ENOSPC};
  std::vector<std::byte> value(size);
  if (auto r = task.copyin(value.data(), data, size); !r) return r.error();
  if (auto r = file->set(*name, value.data(), size); !r) return r.error();
  return SysResult::value(size);
}

SysResult get(Task& task, const Expected<XattrFile>& file, const Expected<std::string>& name,
              GuestAddr data, std::uint64_t size) {
  if (!name) return name.error();
  if (!file) return file.error();
  const auto value = file->get(*name);
  return value ? give(task, *value, data, size) : SysResult(value.error());
}

SysResult remove(const Expected<XattrFile>& file, const Expected<std::string>& name) {
  if (!name) return name.error();
  if (!file) return file.error();
  return SysResult::from(file->remove(*name));
}

/// Each name with its length before it.
SysResult list(Task& task, const Expected<XattrFile>& file, std::int32_t ns, GuestAddr data,
               std::uint64_t size) {
  if (!file) return file.error();
  const auto prefix = prefix_of(ns);
  if (!prefix) return prefix.error();
  const auto names = file->list();
  if (!names) return names.error();
  std::vector<std::byte> out;
  for (std::size_t at = 0; at < names->size(); at += std::strlen(names->c_str() + at) + 1) {
    std::string_view name = names->c_str() + at;
    if (!name.starts_with(*prefix)) continue;
    name.remove_prefix(prefix->size());
    out.push_back(static_cast<std::byte>(name.size()));
    for (const char c : name) out.push_back(static_cast<std::byte>(c));
  }
  return give(task, out, data, size);
}

template <Follow F>
SysResult set_path(Task& task, PathArg path, std::int32_t ns, GuestAddr name, GuestAddr data,
                   ULong size) {
  return set(task, XattrFile::of(task, path, F), host_name(task, ns, name), data, size);
}
template <Follow F>
SysResult get_path(Task& task, PathArg path, std::int32_t ns, GuestAddr name, GuestAddr data,
                   ULong size) {
  return get(task, XattrFile::of(task, path, F), host_name(task, ns, name), data, size);
}
template <Follow F>
SysResult delete_path(Task& task, PathArg path, std::int32_t ns, GuestAddr name) {
  return remove(XattrFile::of(task, path, F), host_name(task, ns, name));
}
template <Follow F>
SysResult list_path(Task& task, PathArg path, std::int32_t ns, GuestAddr data, ULong size) {
  return list(task, XattrFile::of(task, path, F), ns, data, size);
}

SysResult set_fd(Task& task, Fd fd, std::int32_t ns, GuestAddr name, GuestAddr data, ULong size) {
  return set(task, XattrFile::of(task, fd), host_name(task, ns, name), data, size);
}
SysResult get_fd(Task& task, Fd fd, std::int32_t ns, GuestAddr name, GuestAddr data, ULong size) {
  return get(task, XattrFile::of(task, fd), host_name(task, ns, name), data, size);
}
SysResult delete_fd(Task& task, Fd fd, std::int32_t ns, GuestAddr name) {
  return remove(XattrFile::of(task, fd), host_name(task, ns, name));
}
SysResult list_fd(Task& task, Fd fd, std::int32_t ns, GuestAddr data, ULong size) {
  return list(task, XattrFile::of(task, fd), ns, data, size);
}

SysResult not_supported(Task&) { return HostErrno{EOPNOTSUPP}; }

constexpr SyscallRow kRows[] = {
    row<&not_supported>(355, "extattrctl"),
    row<&set_path<Follow::yes>>(356, "extattr_set_file"),
    row<&get_path<Follow::yes>>(357, "extattr_get_file"),
    row<&delete_path<Follow::yes>>(358, "extattr_delete_file"),
    row<&set_fd>(371, "extattr_set_fd"),
    row<&get_fd>(372, "extattr_get_fd"),
    row<&delete_fd>(373, "extattr_delete_fd"),
    row<&set_path<Follow::no>>(412, "extattr_set_link"),
    row<&get_path<Follow::no>>(413, "extattr_get_link"),
    row<&delete_path<Follow::no>>(414, "extattr_delete_link"),
    row<&list_fd>(437, "extattr_list_fd"),
    row<&list_path<Follow::yes>>(438, "extattr_list_file"),
    row<&list_path<Follow::no>>(439, "extattr_list_link"),
};

}  // namespace

Rows extattr_rows() { return kRows; }

}  // namespace emulate::freebsd
