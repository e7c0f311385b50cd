// ioctl(2): finding the request, and those about any file (FreeBSD sys/kern/sys_generic.c,
// sys/sys/filio.h).

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <climits>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/ioctl.h"
#include "host/os/freebsd/ioctl_table.h"
#include "host/os/freebsd/pipe.h"
#include "host/os/freebsd/syscalls.h"
#include "host/signal/blocking.h"
#include "host/trace/ledger.h"

namespace emulate::freebsd {

SysResult IoctlCall::host(const void* host_argument) const {
  return host(reinterpret_cast<long>(host_argument));
}

SysResult IoctlCall::host(long value) const {
  return SysResult::from_raw(
      blocking_syscall(SYS_ioctl, fd, static_cast<long>(host_request), value), true);
}

Expected<std::int32_t> IoctlCall::load_int() const {
  std::array<std::byte, 4> bytes;
  if (auto r = task.copyin(bytes.data(), argument, bytes.size()); !r) {
    return tl::unexpected(r.error());
  }
  return static_cast<std::int32_t>(load_scalar(task.model(), bytes.data(), bytes.size()));
}

SysResult IoctlCall::store_int(std::int32_t value) const {
  std::array<std::byte, 4> bytes;
  store_scalar(task.model(), bytes.data(), static_cast<std::uint32_t>(value), bytes.size());
  return SysResult::from(task.copyout(argument, bytes.data(), bytes.size()));
}

std::uint32_t IoctlRow::request(const DataModel& model) const {
  constexpr std::uint32_t kLengthMask = 0x1fff;
  const std::size_t size = type != nullptr ? guest_size(*type, model) : bytes;
  return static_cast<std::uint32_t>(direction) |
         (static_cast<std::uint32_t>(size) & kLengthMask) << 16 |
         static_cast<std::uint32_t>(static_cast<unsigned char>(group)) << 8 | number;
}

SysResult ioctl_pass(const IoctlCall& call) { return call.host(0L); }

SysResult ioctl_int_out(const IoctlCall& call) {
  int value = 0;
  const SysResult r = call.host(&value);
  return r.is_value() ? call.store_int(value) : r;
}

SysResult ioctl_int_in(const IoctlCall& call) {
  const auto value = call.load_int();
  if (!value) return value.error();
  const int host_value = *value;
  const SysResult r = call.host(&host_value);
  return r.is_value() ? SysResult::ok() : r;
}

namespace {

SysResult set_close_on_exec(const IoctlCall& call, bool on) {
  const int flags = fcntl(call.fd, F_GETFD);
  if (flags < 0) return HostErrno{errno};
  return SysResult::from_libc(
      fcntl(call.fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC));
}
SysResult fioclex(const IoctlCall& call) { return set_close_on_exec(call, true); }
SysResult fionclex(const IoctlCall& call) { return set_close_on_exec(call, false); }

SysResult fionbio(const IoctlCall& call) {
  const SysResult r = ioctl_int_in(call);
  if (const auto end = pipe_end(call.task, call.fd); end != nullptr && r.is_value()) {
    const auto on = call.load_int();
    fcntl(end->back, F_SETFL, on && *on != 0 ? O_NONBLOCK : 0);
  }
  return r;
}

bool writes_fifo_only(int fd) {
  struct stat st;
  return (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY && fstat(fd, &st) == 0 &&
         S_ISFIFO(st.st_mode);
}

/// What can be read from this very descriptor: the host counts what the reader of a pipe or fifo
/// has to come (FreeBSD pipe_ioctl()).
SysResult fionread(const IoctlCall& call) {
  const auto end = pipe_end(call.task, call.fd);
  if (end == nullptr && writes_fifo_only(call.fd)) return call.store_int(0);
  if (end == nullptr || end->reading) return ioctl_int_out(call);
  int count = 0;
  if (ioctl(end->back, FIONREAD, &count) != 0) return HostErrno{errno};
  return call.store_int(count);
}

/// The host's own request works on sockets only.
SysResult fiosetown(const IoctlCall& call) {
  const auto owner = call.load_int();
  if (!owner) return owner.error();
  return SysResult::from_libc(fcntl(call.fd, F_SETOWN, *owner));
}

SysResult fiogetown(const IoctlCall& call) {
  errno = 0;
  const int owner = fcntl(call.fd, F_GETOWN);
  if (owner == -1 && errno != 0) return HostErrno{errno};
  return call.store_int(owner);
}

bool is_char_device(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode);
}

SysResult fiodtype(const IoctlCall& call) {
  constexpr std::int32_t kTty = 4;  // D_TTY (FreeBSD sys/sys/conf.h)
  if (!is_char_device(call.fd)) return HostErrno{ENOTTY};
  return call.store_int(isatty(call.fd) != 0 ? kTty : 0);
}

/// The name of the open device below /dev.
SysResult fiodgname(const IoctlCall& call) {
  const auto where = call.load<FiodgnameArg>();
  if (!where) return where.error();
  if (!is_char_device(call.fd)) return HostErrno{ENOTTY};
  char text[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(call.fd);
  const ssize_t n = readlink(link.c_str(), text, sizeof text);
  if (n < 0) return HostErrno{errno};
  std::string name(text, static_cast<std::size_t>(n));
  if (name.starts_with("/dev/")) name.erase(0, 5);
  // Of a pseudo-terminal both sides are called as the one that programs run on: so ptsname(3).
  unsigned pts = 0;
  if (ioctl(call.fd, TIOCGPTN, &pts) == 0) name = fmt::format("pts/{}", pts);
  if (static_cast<std::int64_t>(name.size()) + 1 > where->len) return HostErrno{EINVAL};
  return SysResult::from(call.task.copyout(where->buf, name.c_str(), name.size() + 1));
}

/// lseek's SEEK_DATA and SEEK_HOLE without moving the file's position. `host_request` is the
/// whence.
SysResult seek_sparse(const IoctlCall& call) {
  std::array<std::byte, 8> bytes;
  if (auto r = call.task.copyin(bytes.data(), call.argument, bytes.size()); !r) return r.error();
  const auto from = static_cast<off_t>(load_scalar(call.task.model(), bytes.data(), bytes.size()));
  const off_t before = lseek(call.fd, 0, SEEK_CUR);
  if (before < 0) return HostErrno{errno == ESPIPE ? ENOTTY : errno};
  const off_t found = lseek(call.fd, from, static_cast<int>(call.host_request));
  const int error = errno;
  lseek(call.fd, before, SEEK_SET);
  if (found < 0) return HostErrno{error};
  store_scalar(call.task.model(), bytes.data(), static_cast<std::uint64_t>(found), bytes.size());
  return SysResult::from(call.task.copyout(call.argument, bytes.data(), bytes.size()));
}

constexpr IoctlRow kFileRows[] = {
    ioctl_io("FIOCLEX", 'f', 1, 0, &fioclex),
    ioctl_io("FIONCLEX", 'f', 2, 0, &fionclex),
    {"FIOSEEKDATA", 'f', 97, IoctlDirection::inout, nullptr, 8, &seek_sparse, SEEK_DATA},
    {"FIOSEEKHOLE", 'f', 98, IoctlDirection::inout, nullptr, 8, &seek_sparse, SEEK_HOLE},
    ioctl_of<FiodgnameArg>("FIODGNAME", 'f', 120, IoctlDirection::in, &fiodgname),
    ioctl_ior("FIODTYPE", 'f', 122, 0, &fiodtype),
    ioctl_ior("FIOGETOWN", 'f', 123, 0, &fiogetown),
    ioctl_iow("FIOSETOWN", 'f', 124, 0, &fiosetown),
    ioctl_iow("FIOASYNC", 'f', 125, FIOASYNC),
    ioctl_iow("FIONBIO", 'f', 126, FIONBIO, &fionbio),
    ioctl_ior("FIONREAD", 'f', 127, FIONREAD, &fionread),
};

const IoctlRow* find_row(std::span<const IoctlRow> rows, const DataModel& model,
                         std::uint32_t request) {
  for (const IoctlRow& row : rows) {
    if (static_cast<std::uint8_t>(request) == row.number && row.request(model) == request) {
      return &row;
    }
  }
  return nullptr;
}

/// Whether the direction and size bits make sense at all (FreeBSD sys_ioctl()).
bool well_formed(std::uint32_t request) {
  constexpr std::uint32_t kVoid = 0x2000'0000, kDirections = 0xe000'0000;
  const std::uint32_t size = request >> 16 & 0x1fff;
  if ((request & kDirections) == 0) return false;
  if ((request & (kDirections & ~kVoid)) != 0 && size == 0) return false;
  return (request & kVoid) == 0 || size == 0 || size == 4;
}

const IoctlRow* find_request(const DataModel& model, std::uint32_t request) {
  for (const auto rows : {std::span<const IoctlRow>(kFileRows), tty_ioctls(), socket_ioctls(),
                          interface_ioctls(), disk_ioctls()}) {
    if (const IoctlRow* row = find_row(rows, model, request)) return row;
  }
  return nullptr;
}

/// The second argument of ioctl(2), whose name -strace prints. Callers that sign-extend are
/// forgiven.
struct IoctlRequest {
  std::uint32_t code = 0;
  const IoctlRow* row = nullptr;
};

}  // namespace
}  // namespace emulate::freebsd

namespace emulate {
template <>
struct Param<freebsd::IoctlRequest> {
  static freebsd::IoctlRequest fetch(ArgCursor& c) {
    const auto code = static_cast<std::uint32_t>(c.word());
    return {code, freebsd::find_request(c.model(), code)};
  }
  static void print(const freebsd::IoctlRequest& r, std::string& out) {
    out += r.row != nullptr ? r.row->name : fmt::format("{:#x}", r.code);
  }
};
}  // namespace emulate

namespace emulate::freebsd {
namespace {

SysResult sys_ioctl(Task& task, Fd fd, IoctlRequest com, GuestAddr data) {
  const std::uint32_t request = com.code;
  if (!well_formed(request)) return HostErrno{ENOTTY};
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  const int status = fcntl(*f, F_GETFL);
  if (status < 0) return HostErrno{errno};
  if ((status & O_PATH) != 0) return HostErrno{EBADF};
  if (com.row != nullptr) return com.row->handler({task, *f, data, com.row->host_request});
  const std::uint32_t group = request >> 8 & 0xff;
  const std::string letter = std::isprint(static_cast<int>(group)) != 0
                                 ? fmt::format("'{:c}'", static_cast<char>(group))
                                 : fmt::format("{:#x}", group);
  const std::string what =
      fmt::format("{:#x} (group {}, number {})", request, letter, request & 0xff);
  note_missing(Missing::ioctl, what, fmt::format("ioctl {} on descriptor {}", what, *f));
  return HostErrno{ENOTTY};
}

constexpr SyscallRow kRows[] = {
    partial<&sys_ioctl>(54, "ioctl", "files, terminals, sockets, interfaces, disks; else ENOTTY"),
    row<&sys_posix_openpt>(504, "posix_openpt"),
};

}  // namespace

Rows ioctl_rows() { return kRows; }

}  // namespace emulate::freebsd
