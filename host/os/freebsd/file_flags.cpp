#include "host/os/freebsd/file_flags.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace emulate::freebsd {
namespace {

// FreeBSD sys/sys/stat.h.
constexpr std::uint32_t kUfNodump = 0x1;
constexpr std::uint32_t kUfImmutable = 0x2;
constexpr std::uint32_t kUfAppend = 0x4;
constexpr std::uint32_t kSfImmutable = 0x2'0000;
constexpr std::uint32_t kSfAppend = 0x4'0000;
constexpr std::uint32_t kSuperuser = 0xffff'0000;  // SF_SETTABLE

/// The host makes no difference between the owner's flags and the superuser's: which they were is
/// in an attribute.
struct FileFlag {
  std::uint32_t guest;
  unsigned host;
  std::uint64_t statx_attribute;
  bool usual;  ///< what the host's flag means without the attribute
};
constexpr FileFlag kFlags[] = {
    {kUfNodump, FS_NODUMP_FL, STATX_ATTR_NODUMP, true},
    {kUfImmutable, FS_IMMUTABLE_FL, STATX_ATTR_IMMUTABLE, true},
    {kUfAppend, FS_APPEND_FL, STATX_ATTR_APPEND, true},
    {kSfImmutable, FS_IMMUTABLE_FL, STATX_ATTR_IMMUTABLE, false},
    {kSfAppend, FS_APPEND_FL, STATX_ATTR_APPEND, false},
};
constexpr const char* kAttribute = "user.emulate.flags";

class File {
 public:
  File(int dirfd, const char* path, int at_flags) {
    const int nofollow = (at_flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0;
    const bool itself = (at_flags & AT_EMPTY_PATH) != 0 && *path == '\0';
    fd_ = itself ? openat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(dirfd)).c_str(), kMode)
                 : openat(dirfd, path, kMode | nofollow);
  }
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return fd_; }

 private:
  static constexpr int kMode = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int fd_ = -1;
};

std::uint32_t remembered(int fd) {
  std::uint32_t flags = 0;
  return fgetxattr(fd, kAttribute, &flags, sizeof flags) == sizeof flags ? flags : 0;
}

}  // namespace

std::uint32_t file_flags(const struct statx& s, int dirfd, const char* path, int at_flags) {
  constexpr std::uint64_t kAny = STATX_ATTR_NODUMP | STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND;
  if ((s.stx_attributes & kAny) == 0) return 0;
  const File file(dirfd, path, at_flags);
  const std::uint32_t known = file.get() >= 0 ? remembered(file.get()) : 0;
  std::uint32_t flags = 0;
  for (const FileFlag& f : kFlags) {
    if ((s.stx_attributes & f.statx_attribute) != 0 && (known == 0 ? f.usual : known & f.guest)) {
      flags |= f.guest;
    }
  }
  return flags;
}

Expected<void> set_file_flags(int dirfd, const char* path, int at_flags, std::uint64_t flags) {
  struct statx s {};
  if (statx(dirfd, path, at_flags, STATX_BASIC_STATS, &s) != 0) return host_error(errno);
  const bool root = geteuid() == 0;
  const std::uint32_t old = file_flags(s, dirfd, path, at_flags);
  if (!root && geteuid() != s.stx_uid) return host_error(EPERM);
  if (!root && ((flags ^ old) & kSuperuser) != 0) return host_error(EPERM);
  if (flags == old) return {};
  unsigned host = 0;
  std::uint64_t left = flags;
  for (const FileFlag& f : kFlags) {
    if ((flags & f.guest) != 0) host |= f.host;
    left &= ~std::uint64_t{f.guest};
  }
  if (left != 0 || (!S_ISREG(s.stx_mode) && !S_ISDIR(s.stx_mode))) return host_error(EOPNOTSUPP);
  const File file(dirfd, path, at_flags);
  if (file.get() < 0) return host_error(errno);
  int now = 0;
  if (ioctl(file.get(), FS_IOC_GETFLAGS, &now) != 0) return host_error(EOPNOTSUPP);
  const unsigned kept =
      static_cast<unsigned>(now) & ~unsigned{FS_NODUMP_FL | FS_IMMUTABLE_FL | FS_APPEND_FL};
  // An immutable file takes no attribute either.
  int wanted = static_cast<int>(kept);
  if (ioctl(file.get(), FS_IOC_SETFLAGS, &wanted) != 0) {
    return host_error(errno == EPERM && root ? EPERM : EOPNOTSUPP);
  }
  const auto exact = static_cast<std::uint32_t>(flags);
  if (exact == 0) {
    (void)fremovexattr(file.get(), kAttribute);
  } else {
    (void)fsetxattr(file.get(), kAttribute, &exact, sizeof exact, 0);
  }
  wanted = static_cast<int>(kept | host);
  if (ioctl(file.get(), FS_IOC_SETFLAGS, &wanted) != 0) {
    const int error = errno == EPERM && root ? EPERM : EOPNOTSUPP;
    wanted = now;
    (void)ioctl(file.get(), FS_IOC_SETFLAGS, &wanted);
    return host_error(error);
  }
  return {};
}

}  // namespace emulate::freebsd
