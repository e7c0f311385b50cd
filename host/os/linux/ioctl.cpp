#include <linux/fs.h>
#include <linux/if_arp.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <fmt/format.h>

#include "host/os/linux/abi/termios.h"
#include "host/os/linux/ioctl_table.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/trace/log.h"

namespace emulate::linux_os {
namespace {

using A = IoctlArgument;
using Int = std::int32_t;

template <class T>
constexpr IoctlRow row_of(std::uint32_t request, const char* name, A argument) {
  return {request, request, name, argument, &kLayout<T>};
}
constexpr IoctlRow plain(std::uint32_t request, const char* name) {
  return {request, request, name};
}

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
    row_of<Int>(BLKROGET, "BLKROGET", A::out),
    row_of<Int>(BLKSSZGET, "BLKSSZGET", A::out),
    plain(BLKFLSBUF, "BLKFLSBUF"),
};

bool in(A a) { return a == A::in || a == A::inout; }
bool out(A a) { return a == A::out || a == A::inout; }

SysResult run(Task& task, const IoctlRow& row, int fd, ULong argument) {
  if (row.argument == A::none) {
    const auto word = static_cast<long>(static_cast<std::int32_t>(argument.value));
    return SysResult::from_raw(blocking_syscall(SYS_ioctl, fd, row.host, word), true);
  }
  const GuestAddr at(argument.value);
  const DataModel& model = task.model();
  // The layouts decode into a neutral object that the bytes of the host's form stand in for.
  std::vector<std::byte> guest(guest_size(*row.layout, model));
  std::vector<std::byte> host(guest_size(*row.layout, kHostModel));
  if (in(row.argument)) {
    if (auto r = task.copyin(guest.data(), at, guest.size()); !r) return r.error();
    convert(*row.layout, model, guest, kHostModel, host);
  }
  const long r = blocking_syscall(SYS_ioctl, fd, row.host, reinterpret_cast<long>(host.data()));
  if (r < 0) return SysResult::from_raw(r, true);
  if (out(row.argument)) {
    convert(*row.layout, kHostModel, host, model, guest);
    if (auto s = task.copyout(at, guest.data(), guest.size()); !s) return s.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(r));
}

const IoctlRow* find(std::uint32_t request) {
  for (const auto rows : {tty_ioctls(), file_ioctls()}) {
    for (const IoctlRow& r : rows) {
      if (r.guest == request) return &r;
    }
  }
  return nullptr;
}

SysResult sys_ioctl(Task& task, Fd guest, Flags request, ULong argument) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  const IoctlRow* row = find(bits(request));
  if (row == nullptr) {
    log(Log::unknown, fmt::format("ioctl {:#x} is not known", bits(request)));
    return HostErrno{ENOTTY};
  }
  return run(task, *row, *fd, argument);
}

constexpr SyscallRow kRows[] = {
    call<&sys_ioctl>("ioctl"),
};

}  // namespace

std::span<const IoctlRow> tty_ioctls() { return kTty; }
std::span<const IoctlRow> file_ioctls() { return kFile; }

Rows ioctl_rows() { return kRows; }

}  // namespace emulate::linux_os
