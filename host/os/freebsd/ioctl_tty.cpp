// Terminals and pseudo-terminals (FreeBSD sys/kern/tty.c, tty_pts.c).

// <asm/termbits.h> and <termios.h> exclude each other; the former has speeds as numbers.
#include <asm/termbits.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/abi/termios.h"
#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/ioctl_table.h"

namespace emulate::freebsd {
namespace {

constexpr FlagPair kInputFlags[] = {
    {0x0001, IGNBRK}, {0x0002, BRKINT}, {0x0004, IGNPAR},  {0x0008, PARMRK}, {0x0010, INPCK},
    {0x0020, ISTRIP}, {0x0040, INLCR},  {0x0080, IGNCR},   {0x0100, ICRNL},  {0x0200, IXON},
    {0x0400, IXOFF},  {0x0800, IXANY},  {0x2000, IMAXBEL},
};

constexpr FlagPair kOutputFlags[] = {
    {0x01, OPOST}, {0x02, ONLCR}, {0x04, TAB3, 0x04, TABDLY},
    {0x10, OCRNL}, {0x20, ONOCR}, {0x40, ONLRET},
};

constexpr FlagPair kControlFlags[] = {
    {0x0100, CS6, 0x0300, CSIZE},
    {0x0200, CS7, 0x0300, CSIZE},
    {0x0300, CS8, 0x0300, CSIZE},
    {0x0400, CSTOPB},
    {0x0800, CREAD},
    {0x1000, PARENB},
    {0x2000, PARODD},
    {0x4000, HUPCL},
    {0x8000, CLOCAL},
    {0x30000, CRTSCTS},
};

constexpr FlagPair kLocalFlags[] = {
    {0x0000'0001, ECHOKE}, {0x0000'0002, ECHOE},   {0x0000'0004, ECHOK},   {0x0000'0008, ECHO},
    {0x0000'0010, ECHONL}, {0x0000'0020, ECHOPRT}, {0x0000'0040, ECHOCTL}, {0x0000'0080, ISIG},
    {0x0000'0100, ICANON}, {0x0000'0400, IEXTEN},  {0x0000'0800, EXTPROC}, {0x0040'0000, TOSTOP},
    {0x0080'0000, FLUSHO}, {0x2000'0000, PENDIN},  {0x8000'0000, NOFLSH},
};

struct ControlChar {
  std::uint8_t guest;
  std::uint8_t host;
  bool is_count = false;  ///< VMIN and VTIME are numbers, which cannot be disabled
};
constexpr ControlChar kControlChars[] = {
    {kVeof, VEOF},       {kVeol, VEOL},         {kVeol2, VEOL2},       {kVerase, VERASE},
    {kVwerase, VWERASE}, {kVkill, VKILL},       {kVreprint, VREPRINT}, {kVintr, VINTR},
    {kVquit, VQUIT},     {kVsusp, VSUSP},       {kVstart, VSTART},     {kVstop, VSTOP},
    {kVlnext, VLNEXT},   {kVdiscard, VDISCARD}, {kVmin, VMIN, true},   {kVtime, VTIME, true},
};
constexpr std::uint8_t kHostVdisable = 0;

Termios to_guest(const termios2& h) {
  Termios g;
  g.c_iflag = flags_to_guest(kInputFlags, h.c_iflag);
  g.c_oflag = flags_to_guest(kOutputFlags, h.c_oflag);
  g.c_cflag = flags_to_guest(kControlFlags, h.c_cflag);
  g.c_lflag = flags_to_guest(kLocalFlags, h.c_lflag);
  std::fill_n(g.c_cc, kNccs, kVdisable);
  for (const ControlChar& c : kControlChars) {
    const std::uint8_t value = h.c_cc[c.host];
    g.c_cc[c.guest] = !c.is_count && value == kHostVdisable ? kVdisable : value;
  }
  g.c_ispeed = h.c_ispeed;
  g.c_ospeed = h.c_ospeed;
  return g;
}

/// Replaces what the guest can express; the rest of `h` stays as it is.
void from_guest(const Termios& g, termios2& h) {
  const auto merge = [](tcflag_t& host, FlagTable table, std::uint32_t guest) {
    host = (host & ~host_bits(table)) | flags_to_host(table, guest);
  };
  merge(h.c_iflag, kInputFlags, g.c_iflag);
  merge(h.c_oflag, kOutputFlags, g.c_oflag);
  merge(h.c_cflag, kControlFlags, g.c_cflag);
  merge(h.c_lflag, kLocalFlags, g.c_lflag);
  for (const ControlChar& c : kControlChars) {
    const std::uint8_t value = g.c_cc[c.guest];
    h.c_cc[c.host] = !c.is_count && value == kVdisable ? kHostVdisable : value;
  }
  h.c_cflag &= ~(CBAUD | CBAUD << IBSHIFT);
  h.c_cflag |= g.c_ospeed != 0 ? BOTHER | BOTHER << IBSHIFT : B0;
  h.c_ospeed = g.c_ospeed;
  h.c_ispeed = g.c_ispeed != 0 ? g.c_ispeed : g.c_ospeed;
}

SysResult get_termios(const IoctlCall& call) {
  termios2 h = {};
  const SysResult r = call.host(&h);
  return r.is_value() ? call.store(to_guest(h)) : r;
}

SysResult set_termios(const IoctlCall& call) {
  const auto g = call.load<Termios>();
  if (!g) return g.error();
  termios2 h = {};
  if (ioctl(call.fd, TCGETS2, &h) != 0) return HostErrno{errno};
  from_guest(*g, h);
  return call.host(&h);
}

SysResult get_winsize(const IoctlCall& call) {
  winsize w = {};
  const SysResult r = call.host(&w);
  return r.is_value() ? call.store(Winsize{w.ws_row, w.ws_col, w.ws_xpixel, w.ws_ypixel}) : r;
}

SysResult set_winsize(const IoctlCall& call) {
  const auto g = call.load<Winsize>();
  if (!g) return g.error();
  const winsize w{g->ws_row, g->ws_col, g->ws_xpixel, g->ws_ypixel};
  return call.host(&w);
}

SysResult flush(const IoctlCall& call) {
  constexpr std::int32_t kRead = 1, kWrite = 2;
  const auto g = call.load_int();
  if (!g) return g.error();
  // 0 means both.
  const std::int32_t queues = (*g & (kRead | kWrite)) != 0 ? *g : kRead | kWrite;
  if ((queues & kRead) == 0) return call.host(long{TCOFLUSH});
  return call.host(long{(queues & kWrite) == 0 ? TCIFLUSH : TCIOFLUSH});
}

SysResult drain(const IoctlCall& call) { return call.host(1L); }
SysResult start_output(const IoctlCall& call) { return call.host(long{TCOON}); }
SysResult stop_output(const IoctlCall& call) { return call.host(long{TCOOFF}); }

SysResult change_dtr(const IoctlCall& call) {
  const int dtr = TIOCM_DTR;
  return call.host(&dtr);
}

/// The terminal line discipline is the only one.
SysResult get_discipline(const IoctlCall& call) {
  if (isatty(call.fd) == 0) return HostErrno{ENOTTY};
  return call.store_int(0);
}

SysResult set_discipline(const IoctlCall& call) {
  const auto g = call.load_int();
  if (!g) return g.error();
  if (isatty(call.fd) == 0) return HostErrno{ENOTTY};
  return *g == 0 ? SysResult::ok() : HostErrno{EINVAL};
}

SysResult is_master(const IoctlCall& call) {
  unsigned number = 0;
  return call.host(&number);
}

/// The integer argument is a signal number.
SysResult signal_foreground(const IoctlCall& call) {
  const int guest = static_cast<int>(call.argument.value);
  const int host = call.task.process().personality().signal_to_host(guest);
  return host != 0 ? call.host(long{host}) : HostErrno{EINVAL};
}

SysResult external_processing(const IoctlCall& call) {
  const auto on = call.load_int();
  if (!on) return on.error();
  termios2 h = {};
  if (ioctl(call.fd, TCGETS2, &h) != 0) return HostErrno{errno};
  h.c_lflag = *on != 0 ? h.c_lflag | EXTPROC : h.c_lflag & ~EXTPROC;
  return call.host(&h);
}

/// Typing for others takes PRIV_TTY_STI, being the console PRIV_TTY_CONSOLE.
SysResult not_permitted(const IoctlCall& call) {
  return HostErrno{isatty(call.fd) != 0 ? EPERM : ENOTTY};
}

using D = IoctlDirection;

constexpr IoctlRow kRows[] = {
    ioctl_io("TIOCEXCL", 't', 13, TIOCEXCL),
    ioctl_io("TIOCNXCL", 't', 14, TIOCNXCL),
    ioctl_ior("TIOCGPTN", 't', 15, TIOCGPTN),
    ioctl_iow("TIOCFLUSH", 't', 16, TCFLSH, &flush),
    ioctl_of<Termios>("TIOCGETA", 't', 19, D::out, &get_termios, TCGETS2),
    ioctl_of<Termios>("TIOCSETA", 't', 20, D::in, &set_termios, TCSETS2),
    ioctl_of<Termios>("TIOCSETAW", 't', 21, D::in, &set_termios, TCSETSW2),
    ioctl_of<Termios>("TIOCSETAF", 't', 22, D::in, &set_termios, TCSETSF2),
    ioctl_ior("TIOCGETD", 't', 26, 0, &get_discipline),
    ioctl_iow("TIOCSETD", 't', 27, 0, &set_discipline),
    ioctl_io("TIOCPTMASTER", 't', 28, TIOCGPTN, &is_master),
    ioctl_io("TIOCDRAIN", 't', 94, TCSBRK, &drain),
    {"TIOCSIG", 't', 95, D::none, nullptr, 4, &signal_foreground, TIOCSIG},
    ioctl_iow("TIOCEXT", 't', 96, TCSETS2, &external_processing),
    ioctl_io("TIOCSCTTY", 't', 97, TIOCSCTTY),
    ioctl_iow("TIOCCONS", 't', 98, 0, &not_permitted),
    ioctl_ior("TIOCGSID", 't', 99, TIOCGSID),
    ioctl_of<Winsize>("TIOCSWINSZ", 't', 103, D::in, &set_winsize, TIOCSWINSZ),
    ioctl_of<Winsize>("TIOCGWINSZ", 't', 104, D::out, &get_winsize, TIOCGWINSZ),
    // Modem lines have the same bits on both sides.
    ioctl_ior("TIOCMGET", 't', 106, TIOCMGET),
    ioctl_iow("TIOCMBIC", 't', 107, TIOCMBIC),
    ioctl_iow("TIOCMBIS", 't', 108, TIOCMBIS),
    ioctl_iow("TIOCMSET", 't', 109, TIOCMSET),
    ioctl_io("TIOCSTART", 't', 110, TCXONC, &start_output),
    ioctl_io("TIOCSTOP", 't', 111, TCXONC, &stop_output),
    // So have the status bytes of packet mode.
    ioctl_iow("TIOCPKT", 't', 112, TIOCPKT),
    ioctl_io("TIOCNOTTY", 't', 113, TIOCNOTTY),
    {"TIOCSTI", 't', 114, D::in, nullptr, 1, &not_permitted, 0},
    ioctl_ior("TIOCOUTQ", 't', 115, TIOCOUTQ),
    ioctl_iow("TIOCSPGRP", 't', 118, TIOCSPGRP),
    ioctl_ior("TIOCGPGRP", 't', 119, TIOCGPGRP),
    ioctl_io("TIOCCDTR", 't', 120, TIOCMBIC, &change_dtr),
    ioctl_io("TIOCSDTR", 't', 121, TIOCMBIS, &change_dtr),
    ioctl_io("TIOCCBRK", 't', 122, TIOCCBRK),
    ioctl_io("TIOCSBRK", 't', 123, TIOCSBRK),
};

}  // namespace

std::span<const IoctlRow> tty_ioctls() { return kRows; }

SysResult sys_posix_openpt(Task& task, Flags flags) {
  if ((bits(flags) & ~(kORdwr | kONoctty | kOCloexec)) != 0) return HostErrno{EINVAL};
  const int host_flags = static_cast<int>(flags_to_host(kOpenFlags, bits(flags))) | O_NOCTTY;
  const auto fd = limit_descriptor(task, open("/dev/ptmx", host_flags));
  if (!fd) return fd.error();
  // FreeBSD's slaves can be opened at once.
  const int locked = 0;
  ioctl(*fd, TIOCSPTLCK, &locked);
  return SysResult::from(fd);
}

}  // namespace emulate::freebsd
