#include "host/os/freebsd/umtx_shm.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <map>
#include <mutex>
#include <string>

#include <fmt/format.h>

#include "host/os/freebsd/abi/umtx.h"
#include "host/os/freebsd/descriptors.h"
#include "host/task/fd_table.h"

/// The kernel keeps a registry from memory objects to pages. Processes that share a mapping find
/// the same page here through a name made of the mapped file's identity; for private memory, which
/// only forked children can share, descriptors that they inherit do.

namespace emulate::freebsd {
namespace {

std::string shared_name(const AddressSpace::ObjectKey& key) {
  return fmt::format("/emulate-umtx-{}-{:x}-{:x}-{:x}", ::geteuid(), key.device, key.inode,
                     key.offset);
}

bool is_shared(const AddressSpace::ObjectKey& key) { return key.device != 0 || key.inode != 0; }

/// Pages of private memory: key to emulate's own descriptor.
class PrivatePages {
 public:
  /// -1 when there is none.
  int find(const AddressSpace::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    const auto it = pages_.find(key);
    return it != pages_.end() ? it->second : -1;
  }
  int create(const AddressSpace::ObjectKey& key, std::uint64_t size) {
    const std::scoped_lock lock(mutex_);
    if (const auto it = pages_.find(key); it != pages_.end()) return it->second;
    int fd = ::memfd_create("umtx", MFD_CLOEXEC);
    if (fd < 0) return -1;
    fd = FdTable::make_private(fd);
    if (::ftruncate(fd, static_cast<off_t>(size)) != 0) {
      ::close(fd);
      return -1;
    }
    pages_.emplace(key, fd);
    return fd;
  }
  void remove(const AddressSpace::ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    const auto it = pages_.find(key);
    if (it == pages_.end()) return;
    ::close(it->second);
    pages_.erase(it);
  }

 private:
  std::mutex mutex_;
  std::map<AddressSpace::ObjectKey, int> pages_;
};

PrivatePages& private_pages() {
  static PrivatePages pages;
  return pages;
}

SysResult private_shm(Task& task, const AddressSpace::ObjectKey& key, std::uint32_t flags,
                      std::uint64_t page) {
  PrivatePages& pages = private_pages();
  const int fd = flags == kUmtxShmCreat ? pages.create(key, page) : pages.find(key);
  if (fd < 0) return HostErrno{flags == kUmtxShmCreat ? ENOMEM : ESRCH};
  if (flags == kUmtxShmDestroy) {
    pages.remove(key);
    return SysResult::ok();
  }
  return SysResult::from(limit_descriptor(task, ::fcntl(fd, F_DUPFD_CLOEXEC, 0)));
}

SysResult named_shm(Task& task, const AddressSpace::ObjectKey& key, std::uint32_t flags,
                    std::uint64_t page) {
  const std::string name = shared_name(key);
  if (flags == kUmtxShmDestroy) {
    return ::shm_unlink(name.c_str()) == 0 ? SysResult::ok() : SysResult(HostErrno{ESRCH});
  }
  const int create = flags == kUmtxShmCreat ? O_CREAT : 0;
  const int fd = ::shm_open(name.c_str(), O_RDWR | O_CLOEXEC | create, 0600);
  if (fd < 0) return HostErrno{errno == ENOENT ? ESRCH : errno};
  if (create != 0 && ::ftruncate(fd, static_cast<off_t>(page)) != 0) {
    const int error = errno;
    ::close(fd);
    return HostErrno{error};
  }
  return SysResult::from(limit_descriptor(task, fd));
}

}  // namespace

SysResult umtx_shm(Task& task, GuestAddr address, std::uint32_t flags) {
  constexpr std::uint32_t kAll = kUmtxShmCreat | kUmtxShmLookup | kUmtxShmDestroy | kUmtxShmAlive;
  if (std::popcount(flags & kAll) != 1) return HostErrno{EINVAL};
  const std::uint32_t what = flags & kAll;
  auto key = task.memory().object_key(address);
  if (!key) return key.error();
  if (what == kUmtxShmAlive) return SysResult::ok();
  const std::uint64_t page = task.process().machine().page_size;
  return is_shared(*key) ? named_shm(task, *key, what, page) : private_shm(task, *key, what, page);
}

}  // namespace emulate::freebsd
