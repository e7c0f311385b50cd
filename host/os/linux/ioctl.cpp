#include <linux/fs.h>
#include <linux/if_arp.h>
#include <linux/random.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <fmt/format.h>

#include "host/os/linux/abi/termios.h"
#include "host/os/linux/interface_ioctl.h"
#include "host/os/linux/ioctl_table.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/trace/ledger.h"

namespace emulate::linux_os {
namespace {

using A = IoctlArgument;
using Int = std::int32_t;

/// struct file_clone_range.
struct FileCloneRange {
  std::int64_t source_fd = 0;
  std::uint64_t source_offset = 0, source_length = 0, offset = 0;
};
}  // namespace
}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr auto kFields<linux_os::FileCloneRange> =
    fields(field<&linux_os::FileCloneRange::source_fd>("src_fd"),
           field<&linux_os::FileCloneRange::source_offset>("src_offset"),
           field<&linux_os::FileCloneRange::source_length>("src_length"),
           field<&linux_os::FileCloneRange::offset>("dest_offset"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

// TCGETS2 and its kin count their structure in the number.
constexpr std::uint32_t kTcgets2 = 0x802c542a;
constexpr std::uint32_t kTcsets2 = 0x402c542b;
constexpr std::uint32_t kTcsetsw2 = 0x402c542c;
constexpr std::uint32_t kTcsetsf2 = 0x402c542d;

constexpr IoctlRow kTty[] = {
    row_of<Termios>(TCGETS, "TCGETS", A::out),
    row_of<Termios>(TCSETS, "TCSETS", A::in),
    row_of<Termios>(TCSETSW, "TCSETSW", A::in),
    row_of<Termios>(TCSETSF, "TCSETSF", A::in),
    row_of<Termios2>(kTcgets2, "TCGETS2", A::out),
    row_of<Termios2>(kTcsets2, "TCSETS2", A::in),
    row_of<Termios2>(kTcsetsw2, "TCSETSW2", A::in),
    row_of<Termios2>(kTcsetsf2, "TCSETSF2", A::in),
    plain(TCSBRK, "TCSBRK"),
    plain(TCSBRKP, "TCSBRKP"),
    plain(TCXONC, "TCXONC"),
    plain(TCFLSH, "TCFLSH"),
    plain(TIOCEXCL, "TIOCEXCL"),
    plain(TIOCNXCL, "TIOCNXCL"),
    plain(TIOCSCTTY, "TIOCSCTTY"),
    plain(TIOCNOTTY, "TIOCNOTTY"),
    plain(TIOCGPTPEER, "TIOCGPTPEER"),
    row_of<Int>(TIOCGPGRP, "TIOCGPGRP", A::out),
    row_of<Int>(TIOCSPGRP, "TIOCSPGRP", A::in),
    row_of<Int>(TIOCGSID, "TIOCGSID", A::out),
    row_of<Int>(TIOCOUTQ, "TIOCOUTQ", A::out),
    row_of<std::uint8_t>(TIOCSTI, "TIOCSTI", A::in),
    row_of<Winsize>(TIOCGWINSZ, "TIOCGWINSZ", A::out),
    row_of<Winsize>(TIOCSWINSZ, "TIOCSWINSZ", A::in),
    row_of<Int>(TIOCMGET, "TIOCMGET", A::out),
    row_of<Int>(TIOCMBIS, "TIOCMBIS", A::in),
    row_of<Int>(TIOCMBIC, "TIOCMBIC", A::in),
    row_of<Int>(TIOCMSET, "TIOCMSET", A::in),
    row_of<Int>(TIOCGSOFTCAR, "TIOCGSOFTCAR", A::out),
    row_of<Int>(TIOCSSOFTCAR, "TIOCSSOFTCAR", A::in),
    row_of<Int>(TIOCPKT, "TIOCPKT", A::in),
    row_of<Int>(TIOCGETD, "TIOCGETD", A::out),
    row_of<Int>(TIOCSETD, "TIOCSETD", A::in),
    row_of<Int>(TIOCGPTN, "TIOCGPTN", A::out),
    row_of<Int>(TIOCSPTLCK, "TIOCSPTLCK", A::in),
    row_of<Int>(TIOCGPTLCK, "TIOCGPTLCK", A::out),
    row_of<Int>(TIOCGPKT, "TIOCGPKT", A::out),
    row_of<Int>(TIOCGEXCL, "TIOCGEXCL", A::out),
};

constexpr IoctlRow kFile[] = {
    plain(FIOCLEX, "FIOCLEX"),
    plain(FIONCLEX, "FIONCLEX"),
    row_of<Int>(FIONBIO, "FIONBIO", A::in),
    row_of<Int>(FIOASYNC, "FIOASYNC", A::in),
    row_of<Int>(FIONREAD, "FIONREAD", A::out),
    row_of<std::int64_t>(FIOQSIZE, "FIOQSIZE", A::out),
    row_of<Int>(FIGETBSZ, "FIGETBSZ", A::out),
    plain(static_cast<std::uint32_t>(FICLONE), "FICLONE"),
    row_of<FileCloneRange>(static_cast<std::uint32_t>(FICLONERANGE), "FICLONERANGE", A::in),
    row_of<Int>(FIBMAP, "FIBMAP", A::inout),
    // Numbers say long, which is the word's; the kernel stores an int.
    row_of<Int>(FS_IOC_GETFLAGS, "FS_IOC_GETFLAGS", A::out),
    row_of<Int>(FS_IOC_SETFLAGS, "FS_IOC_SETFLAGS", A::in),
    row_of<Int>(FS_IOC_GETVERSION, "FS_IOC_GETVERSION", A::out),
    {FS_IOC32_GETFLAGS, FS_IOC_GETFLAGS, "FS_IOC_GETFLAGS", A::out, &kLayout<Int>},
    {FS_IOC32_SETFLAGS, FS_IOC_SETFLAGS, "FS_IOC_SETFLAGS", A::in, &kLayout<Int>},
    {FS_IOC32_GETVERSION, FS_IOC_GETVERSION, "FS_IOC_GETVERSION", A::out, &kLayout<Int>},
    row_of<Int>(SIOCATMARK, "SIOCATMARK", A::out),
    row_of<Int>(FIOSETOWN, "FIOSETOWN", A::in),
    row_of<Int>(SIOCSPGRP, "SIOCSPGRP", A::in),
    row_of<Int>(FIOGETOWN, "FIOGETOWN", A::out),
    row_of<Int>(SIOCGPGRP, "SIOCGPGRP", A::out),
    row_of<Int>(RNDGETENTCNT, "RNDGETENTCNT", A::out),
};

/// Room for any structure whose layout is a port's own.
struct NeutralObject {
  alignas(8) std::byte bytes[64] = {};
};
static_assert(sizeof(Termios2) <= sizeof(NeutralObject));

bool in(A a) { return a == A::in || a == A::inout; }
bool out(A a) { return a == A::out || a == A::inout; }

/// `own` is the port's layout of the structure where it is not the row's.
SysResult run(Task& task, const IoctlRow& row, const Layout* own, int fd, GuestAddr at) {
  if (row.argument == A::none) {
    const auto word = static_cast<long>(static_cast<std::int32_t>(at.value));
    return SysResult::from_raw(blocking_syscall(SYS_ioctl, fd, row.host, word), true);
  }
  const DataModel& model = task.model();
  const Layout& layout = own != nullptr ? *own : *row.layout;
  std::vector<std::byte> guest(guest_size(layout, model));
  std::vector<std::byte> host(guest_size(*row.layout, kHostModel));
  const auto convert_between = [&](bool to_host) {
    if (own == nullptr) {
      // The layouts decode into a neutral object that the bytes of the host's form stand in for.
      to_host ? convert(layout, model, guest, kHostModel, host)
              : convert(layout, kHostModel, host, model, guest);
      return;
    }
    NeutralObject neutral;
    if (to_host) {
      decode(layout, model, guest, neutral.bytes);
      (void)encode(*row.layout, kHostModel, neutral.bytes, host);
    } else {
      decode(*row.layout, kHostModel, host, neutral.bytes);
      (void)encode(layout, model, neutral.bytes, guest);
    }
  };
  if (in(row.argument)) {
    if (auto r = task.copyin(guest.data(), at, guest.size()); !r) return r.error();
    convert_between(true);
  }
  const long r = blocking_syscall(SYS_ioctl, fd, row.host, reinterpret_cast<long>(host.data()));
  if (r < 0) return SysResult::from_raw(r, true);
  if (out(row.argument)) {
    convert_between(false);
    if (auto s = task.copyout(at, guest.data(), guest.size()); !s) return s.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(r));
}

/// The generic ports' number of a port's request.
IoctlNumber generic_request(const Port& port, std::uint32_t request) {
  for (const IoctlNumber& n : port.ioctls) {
    if (n.guest == request) return n;
  }
  if (!port.ioctl_direction_bits) return {request, request};
  constexpr std::uint32_t kNone = 1, kWrite = 4, kGenericWrite = 1, kGenericRead = 2;
  const std::uint32_t direction = request >> 29;
  // Without one they are terminals' own numbers, all of them in the table, or others' that every
  // port has.
  if (direction == 0) return {request, (request >> 8 & 0xff) == 'T' ? 0 : request};
  const std::uint32_t generic =
      direction == kNone ? 0
                         : (direction & kGenericRead) | ((direction & kWrite) ? kGenericWrite : 0);
  return {request, generic << 30 | (request & 0x1fff'ffff)};
}

const IoctlRow* find(std::uint32_t request) {
  for (const auto rows : {tty_ioctls(), file_ioctls(), block_ioctls()}) {
    for (const IoctlRow& r : rows) {
      if (r.guest == request) return &r;
    }
  }
  return nullptr;
}

/// The second argument of ioctl(2), whose name -strace prints.
struct IoctlRequest {
  std::uint32_t code = 0;
  IoctlNumber number;
  const IoctlRow* row = nullptr;
};

}  // namespace
}  // namespace emulate::linux_os

namespace emulate {
template <>
struct Param<linux_os::IoctlRequest> {
  static linux_os::IoctlRequest fetch(ArgCursor& c) {
    const std::uint32_t code = c.word32();
    const auto number = linux_os::generic_request(linux_os::port_of(c.task()), code);
    return {code, number, linux_os::find(number.generic)};
  }
  static void print(const linux_os::IoctlRequest& r, std::string& out) {
    const char* name =
        r.row != nullptr ? r.row->name : linux_os::interface_ioctl_name(r.number.generic);
    out += name != nullptr ? name : fmt::format("{:#x}", r.code);
  }
};
}  // namespace emulate

namespace emulate::linux_os {
namespace {

SysResult sys_ioctl(Task& task, Fd guest, IoctlRequest request, GuestAddr argument) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  if (request.row != nullptr) {
    return run(task, *request.row, request.number.layout, *fd, argument);
  }
  if (const auto r = interface_ioctl(task, *fd, request.number.generic, argument)) return *r;
  note_missing(Missing::ioctl, fmt::format("{:#x}", request.code),
               fmt::format("ioctl {:#x} is not known", request.code));
  return HostErrno{ENOTTY};
}

constexpr SyscallRow kRows[] = {
    call<&sys_ioctl>("ioctl"),
};

}  // namespace

std::span<const IoctlRow> tty_ioctls() { return kTty; }
std::span<const IoctlRow> file_ioctls() { return kFile; }

Rows ioctl_rows() { return kRows; }

}  // namespace emulate::linux_os
