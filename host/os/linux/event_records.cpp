#include "host/os/linux/event_records.h"

#include <linux/fanotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "host/os/linux/message.h"
#include "host/os/linux/netlink.h"
#include "host/os/linux/pass.h"

namespace emulate::linux_os {
namespace {

/// struct inotify_event, without its name.
struct InotifyEvent {
  std::int32_t watch = 0;
  std::uint32_t mask = 0, cookie = 0, length = 0;
};
/// struct fanotify_event_metadata.
struct FanotifyEvent {
  std::uint32_t length = 0;
  std::uint8_t version = 0, reserved = 0;
  std::uint16_t metadata_length = 0;
  std::uint64_t mask = 0;
  std::int32_t fd = 0, pid = 0;
};
/// struct fanotify_response.
struct FanotifyResponse {
  std::int32_t fd = 0;
  std::uint32_t response = 0;
};

}  // namespace
}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr auto kFields<linux_os::InotifyEvent> = fields(
    field<&linux_os::InotifyEvent::watch>("wd"), field<&linux_os::InotifyEvent::mask>("mask"),
    field<&linux_os::InotifyEvent::cookie>("cookie"),
    field<&linux_os::InotifyEvent::length>("len"));
template <>
inline constexpr auto kFields<linux_os::FanotifyEvent> =
    fields(field<&linux_os::FanotifyEvent::length>("event_len"),
           field<&linux_os::FanotifyEvent::version>("vers"),
           field<&linux_os::FanotifyEvent::reserved>("reserved"),
           field<&linux_os::FanotifyEvent::metadata_length>("metadata_len"),
           field<&linux_os::FanotifyEvent::mask>("mask"), field<&linux_os::FanotifyEvent::fd>("fd"),
           field<&linux_os::FanotifyEvent::pid>("pid"));
template <>
inline constexpr auto kFields<linux_os::FanotifyResponse> =
    fields(field<&linux_os::FanotifyResponse::fd>("fd"),
           field<&linux_os::FanotifyResponse::response>("response"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

struct RecordKind {
  std::string_view link;  ///< what /proc shows the descriptor as
  const Layout* read;
  const Layout* written;
  /// How long a record is on the host, when its layout does not say.
  std::size_t (*length)(const std::byte* host) = nullptr;
};

std::size_t inotify_length(const std::byte* host) {
  return sizeof(InotifyEvent) + load_scalar(kHostModel, host + 12, 4);
}
std::size_t fanotify_length(const std::byte* host) { return load_scalar(kHostModel, host, 4); }

constexpr RecordKind kKinds[] = {
    {"anon_inode:[eventfd]", &kLayout<std::uint64_t>, &kLayout<std::uint64_t>},
    {"anon_inode:[timerfd]", &kLayout<std::uint64_t>, nullptr},
    {"anon_inode:inotify", &kLayout<InotifyEvent>, nullptr, &inotify_length},
    {"anon_inode:[fanotify]", &kLayout<FanotifyEvent>, &kLayout<FanotifyResponse>,
     &fanotify_length},
};

const RecordKind* kind_of(int fd) {
  char link[64];
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t n = ::readlink(path.c_str(), link, sizeof link);
  if (n < 0) return nullptr;
  const std::string_view text(link, static_cast<std::size_t>(n));
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [&](const RecordKind& k) { return k.link == text; });
  return kind != std::end(kKinds) ? kind : nullptr;
}

/// A descriptor with records, or a netlink socket.
struct Found {
  int fd;
  const RecordKind* kind;  ///< none: a socket
};

/// Where the guest's order is not the host's.
std::optional<Found> find(Task& task, Fd guest) {
  if (task.model().order == kHostModel.order) return std::nullopt;
  const auto fd = guest_fd(task, guest);
  struct stat st {};
  if (!fd || ::fstat(*fd, &st) != 0) return std::nullopt;
  if (S_ISSOCK(st.st_mode) && is_netlink(*fd)) return Found{*fd, nullptr};
  // What is no file has no type.
  if ((st.st_mode & S_IFMT) != 0) return std::nullopt;
  const RecordKind* kind = kind_of(*fd);
  if (kind == nullptr) return std::nullopt;
  return Found{*fd, kind};
}

constexpr std::uint64_t kMostBytes = 1 << 20;

/// Both models lay records out alike: they have no words.
void reorder(const Layout& layout, const DataModel& from, std::byte* at, const DataModel& to) {
  const std::size_t size = guest_size(layout, from);
  const std::vector<std::byte> before(at, at + size);
  (void)convert(layout, from, before, to, std::span(at, size));
}

}  // namespace

std::optional<SysResult> read_records(Task& task, Fd guest, const OutBuffer& buffer) {
  const auto found = find(task, guest);
  if (!found) return std::nullopt;
  const auto& [fd, kind] = *found;
  if (kind == nullptr) return sys_recvfrom(task, guest, buffer, Flags{}, {}, {});
  std::vector<std::byte> bytes(std::min(buffer.size, kMostBytes));
  const long n = blocking_syscall(SYS_read, fd, reinterpret_cast<long>(bytes.data()),
                                  static_cast<long>(bytes.size()));
  if (n < 0) return SysResult::from_raw(n, true);
  const std::size_t fixed = guest_size(*kind->read, kHostModel);
  for (std::size_t at = 0; at + fixed <= static_cast<std::size_t>(n);) {
    const std::size_t length = kind->length != nullptr ? kind->length(&bytes[at]) : fixed;
    reorder(*kind->read, kHostModel, &bytes[at], task.model());
    at += std::max(length, fixed);
  }
  if (auto r = task.copyout(buffer.address, bytes.data(), static_cast<std::size_t>(n)); !r) {
    return r.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(n));
}

std::optional<SysResult> write_records(Task& task, Fd guest, const InBuffer& buffer) {
  const auto found = find(task, guest);
  if (!found) return std::nullopt;
  if (found->kind == nullptr) return sys_sendto(task, guest, buffer, Flags{}, {}, 0);
  if (found->kind->written == nullptr) return std::nullopt;
  const Layout& layout = *found->kind->written;
  const std::size_t size = guest_size(layout, kHostModel);
  if (buffer.size < size) return std::nullopt;  // the kernel's error
  std::vector<std::byte> bytes(std::min(buffer.size, kMostBytes));
  if (auto r = task.copyin(bytes.data(), buffer.address, bytes.size()); !r) return r.error();
  reorder(layout, task.model(), bytes.data(), kHostModel);
  const long n = blocking_syscall(SYS_write, found->fd, reinterpret_cast<long>(bytes.data()),
                                  static_cast<long>(bytes.size()));
  return SysResult::from_raw(n, true);
}

namespace {

/// Records with more than the metadata are not put into another byte order: their flags are as
/// unknown there as to an older kernel.
SysResult sys_fanotify_init(Task& task, Flags flags, OpenFlags event_flags) {
  constexpr std::uint32_t kReports = 0x3f80;  // FAN_REPORT_PIDFD to FAN_REPORT_TARGET_FID
  if (task.model().order != kHostModel.order && (bits(flags) & kReports) != 0) {
    return HostErrno{EINVAL};
  }
  return pass_call<SYS_fanotify_init, Sleep::no>(task, flags, event_flags);
}

SysResult sys_fanotify_mark(Task& task, Fd group, Flags flags, std::uint64_t mask, Fd directory,
                            PathArg path) {
  const Follow follow = (bits(flags) & FAN_MARK_DONT_FOLLOW) != 0 ? Follow::no : Follow::yes;
  if (!path) {
    const auto fd = guest_directory_fd(task, directory);
    if (!fd) return fd.error();
    return pass_call<SYS_fanotify_mark, Sleep::no>(task, group, flags, ULong(mask), *fd, 0L);
  }
  const auto where = load_path(task, directory, path, follow);
  if (!where) return where.error();
  return pass_call<SYS_fanotify_mark, Sleep::no>(task, group, flags, ULong(mask), where->dirfd,
                                                 reinterpret_cast<long>(where->c_str()));
}

constexpr SyscallRow kRows[] = {
    call<&sys_fanotify_init>("fanotify_init"),
    call<&sys_fanotify_mark>("fanotify_mark"),
};

}  // namespace

Rows fanotify_rows() { return kRows; }

}  // namespace emulate::linux_os
