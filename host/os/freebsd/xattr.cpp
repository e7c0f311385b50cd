#include "host/os/freebsd/xattr.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

namespace emulate::freebsd {
namespace {

constexpr std::size_t kMostBytes = 65536;  // XATTR_SIZE_MAX, XATTR_LIST_MAX

}  // namespace

Expected<XattrFile> XattrFile::of(Task& task, const PathArg& path, PathResolver::Follow follow) {
  auto p = load_path(task, path, follow);
  if (!p) return tl::unexpected(p.error());
  XattrFile f;
  f.path_ = std::move(p->path);
  f.follow_ = follow == PathResolver::Follow::yes;
  return f;
}

Expected<XattrFile> XattrFile::of(Task& task, Fd fd) {
  const auto number = guest_fd(task, fd);
  if (!number) return tl::unexpected(number.error());
  XattrFile f;
  f.fd_ = *number;
  const auto st = f.status();
  if (!st) return tl::unexpected(st.error());
  // Only vnodes have attributes (FreeBSD getvnode()).
  if (S_ISSOCK(st->st_mode) || S_ISFIFO(st->st_mode)) return host_error(EINVAL);
  return f;
}

Expected<struct stat> XattrFile::status() const {
  struct stat st {};
  const int r = fd_ >= 0 ? fstat(fd_, &st)
                         : fstatat(AT_FDCWD, path_.c_str(), &st, follow_ ? 0 : AT_SYMLINK_NOFOLLOW);
  if (r != 0) return host_error(errno);
  return st;
}

Expected<std::vector<std::byte>> XattrFile::get(const std::string& name) const {
  std::vector<std::byte> value(kMostBytes);
  const ssize_t n = fd_ >= 0  ? fgetxattr(fd_, name.c_str(), value.data(), value.size())
                    : follow_ ? getxattr(path_.c_str(), name.c_str(), value.data(), value.size())
                              : lgetxattr(path_.c_str(), name.c_str(), value.data(), value.size());
  if (n < 0) return host_error(errno);
  value.resize(static_cast<std::size_t>(n));
  return value;
}

Expected<void> XattrFile::set(const std::string& name, const void* value, std::size_t size) const {
  const int r = fd_ >= 0  ? fsetxattr(fd_, name.c_str(), value, size, 0)
                : follow_ ? setxattr(path_.c_str(), name.c_str(), value, size, 0)
                          : lsetxattr(path_.c_str(), name.c_str(), value, size, 0);
  if (r != 0) return host_error(errno);
  return {};
}

Expected<void> XattrFile::remove(const std::string& name) const {
  const int r = fd_ >= 0  ? fremovexattr(fd_, name.c_str())
                : follow_ ? removexattr(path_.c_str(), name.c_str())
                          : lremovexattr(path_.c_str(), name.c_str());
  if (r != 0) return host_error(errno);
  return {};
}

Expected<std::string> XattrFile::list() const {
  std::string names(kMostBytes, '\0');
  const ssize_t n = fd_ >= 0  ? flistxattr(fd_, names.data(), names.size())
                    : follow_ ? listxattr(path_.c_str(), names.data(), names.size())
                              : llistxattr(path_.c_str(), names.data(), names.size());
  if (n < 0) return host_error(errno);
  names.resize(static_cast<std::size_t>(n));
  return names;
}

}  // namespace emulate::freebsd
