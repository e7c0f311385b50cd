#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstring>

#include <fmt/format.h>

#include "host/os/freebsd/abi/kinfo_file.h"
#include "host/os/freebsd/abi/stat.h"
#include "host/os/freebsd/kqueue/kqueue.h"
#include "host/os/freebsd/sockaddr.h"
#include "host/os/freebsd/sysctl_rows.h"
#include "host/task/host_files.h"

/// kern.proc.filedesc and kern.proc.cwd: the open files of a process, as procstat(1) and fstat(1)
/// list them (FreeBSD sys/kern/kern_descrip.c). Of other processes as much as /proc tells.

namespace emulate::freebsd {
namespace {

class FileList {
 public:
  FileList(CtlCall& call, CtlValue& out) : task_(call.task), out_(out) {
    const bool self = call.arguments[0] == -1 || call.arguments[0] == ::getpid();
    pid_ = self ? ::getpid() : call.arguments[0];
    own_ = self;
  }

  /// A link of /proc/PID, under one of the special numbers.
  void add_link(const char* link, std::int32_t number) {
    add(fmt::format("/proc/{}/{}", pid_, link), number);
  }

  CtlResult add_descriptors() {
    const auto fds = numbered_entries(fmt::format("/proc/{}/fd", pid_));
    if (!fds) return host_error(fds.error().value == ENOENT ? ESRCH : EPERM);
    for (const int fd : *fds) {
      if (!FdTable::is_private(fd)) add(fmt::format("/proc/{}/fd/{}", pid_, fd), fd);
    }
    return {};
  }

 private:
  void add(const std::string& link, std::int32_t number) {
    char text[PATH_MAX];
    const ssize_t n = ::readlink(link.c_str(), text, sizeof text);
    struct stat st {};
    if (n < 0 || ::stat(link.c_str(), &st) != 0) return;
    const std::string target(text, static_cast<std::size_t>(n));
    KinfoFileHead head;
    head.fd = number;
    head.ref_count = 1;
    head.type = type_of(target, st, number);
    head.flags = number < 0 ? kKfFlagRead : flags_of(number, head.offset);
    const bool named = target.starts_with('/');
    const std::string path = named ? task_.process().paths().to_guest(target) : "";
    const bool socket = head.type == kKfTypeSocket && own_;
    put(head, path, [&] {
      if (socket) {
        out_.record(socket_of(number));
      } else {
        out_.record(vnode_of(st));
      }
    });
  }

  template <class F>
  void put(KinfoFileHead head, const std::string& path, F put_union) {
    const DataModel& m = out_.model();
    const std::size_t fixed =
        guest_size<KinfoFileHead>(m) + guest_size<KinfoFileVnode>(m) + guest_size<KinfoFileTail>(m);
    const std::size_t size = (fixed + path.size() + 1 + 7) & ~std::size_t{7};
    head.structsize = static_cast<std::int32_t>(size);
    out_.record(head);
    put_union();
    KinfoFileTail tail;
    tail.status = kKfAttrValid;
    out_.record(tail).text(path).zeros(size - fixed - path.size() - 1);
  }

  std::int32_t type_of(const std::string& target, const struct stat& st, int number) const {
    if (target.starts_with("anon_inode:[eventpoll]")) return kKfTypeKqueue;
    if (target.starts_with("anon_inode:[pidfd]")) return kKfTypeProcdesc;
    if (target.starts_with("/dev/pts/")) return kKfTypePts;
    if (target.starts_with("/memfd:") || target.starts_with("/dev/shm/")) return kKfTypeShm;
    if (own_ && number >= 0 && task_.process().fds().get<Kqueue>(number)) return kKfTypeKqueue;
    if (S_ISSOCK(st.st_mode)) return kKfTypeSocket;
    if (S_ISFIFO(st.st_mode)) return target.starts_with("pipe:") ? kKfTypePipe : kKfTypeFifo;
    const bool vnode = (st.st_mode & S_IFMT) != 0;
    return vnode ? kKfTypeVnode : kKfTypeUnknown;
  }

  std::int32_t flags_of(int number, std::int64_t& offset) const {
    if (!own_) return kKfFlagRead | kKfFlagWrite;
    const int status = ::fcntl(number, F_GETFL);
    if (status < 0) return 0;
    const int access = status & O_ACCMODE;
    const off_t at = ::lseek(number, 0, SEEK_CUR);
    offset = at < 0 ? 0 : at;
    return (access != O_WRONLY ? kKfFlagRead : 0) | (access != O_RDONLY ? kKfFlagWrite : 0) |
           ((status & O_APPEND) != 0 ? kKfFlagAppend : 0) |
           ((status & O_NONBLOCK) != 0 ? kKfFlagNonblock : 0);
  }

  static KinfoFileVnode vnode_of(const struct stat& st) {
    constexpr std::int32_t kTypes[] = {0, 7, 4, 0, 2, 0, 3, 0, 1, 0, 5, 0, 6, 0, 0, 0};
    KinfoFileVnode v;
    v.type = kTypes[(st.st_mode & S_IFMT) >> 12];  // KF_VTYPE_*
    v.fsid = guest_dev(major(st.st_dev), minor(st.st_dev));
    v.rdev = guest_dev(major(st.st_rdev), minor(st.st_rdev));
    v.fsid_freebsd11 = static_cast<std::uint32_t>(v.fsid);
    v.rdev_freebsd11 = static_cast<std::uint32_t>(v.rdev);
    v.fileid = st.st_ino;
    v.size = static_cast<std::uint64_t>(st.st_size);
    v.mode = static_cast<std::uint16_t>(st.st_mode);
    return v;
  }

  KinfoFileSocket socket_of(int fd) const {
    KinfoFileSocket s;
    const auto option = [&](int name) {
      int value = 0;
      socklen_t size = sizeof value;
      return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : 0;
    };
    s.domain = family_to_guest(option(SO_DOMAIN));
    s.type = option(SO_TYPE);
    s.protocol = option(SO_PROTOCOL);
    put_address(s.local, fd, &::getsockname);
    put_address(s.peer, fd, &::getpeername);
    return s;
  }

  void put_address(char (&to)[128], int fd, int (*get)(int, sockaddr*, socklen_t*)) const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (get(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
    const GuestSockaddr guest = to_guest_sockaddr(task_, address, size);
    std::memcpy(to, guest.data(), std::min(guest.size(), sizeof to));
  }

  Task& task_;
  CtlValue& out_;
  int pid_ = 0;
  bool own_ = false;
};

CtlResult proc_filedesc(CtlCall& c, CtlValue& out) {
  if (c.arguments.size() != 1) return host_error(EINVAL);
  FileList list(c, out);
  list.add_link("cwd", kKfFdCwd);
  list.add_link("root", kKfFdRoot);
  return list.add_descriptors();
}

CtlResult proc_cwd(CtlCall& c, CtlValue& out) {
  if (c.arguments.size() != 1) return host_error(EINVAL);
  FileList(c, out).add_link("cwd", kKfFdCwd);
  if (out.bytes().empty()) return host_error(ESRCH);
  return {};
}

constexpr CtlRow kRows[] = {
    {"kern.proc.filedesc", 33, CtlType::node, "N", proc_filedesc},
    {"kern.proc.cwd", 42, CtlType::node, "N", proc_cwd},
};

}  // namespace

CtlRows sysctl_file_rows() { return kRows; }

}  // namespace emulate::freebsd
