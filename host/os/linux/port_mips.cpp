#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <cerrno>
#include <csignal>

#include "host/os/linux/abi/mips.h"
#include "host/os/linux/abi/signal.h"
#include "host/os/linux/port.h"
#include "host/os/linux/port_fields.h"

/// The mips ports, which follow IRIX in much: Linux arch/mips/include/uapi/asm.

namespace emulate::linux_os {
namespace {

// fcntl.h
constexpr FlagPair kOpenFlags[] = {
    {O_WRONLY, O_WRONLY, O_ACCMODE, O_ACCMODE},
    {O_RDWR, O_RDWR, O_ACCMODE, O_ACCMODE},
    {O_ACCMODE, O_ACCMODE},
    {0x0008, O_APPEND},
    {0x0010, O_DSYNC},
    {0x0080, O_NONBLOCK},
    {0x0100, O_CREAT},
    {0x0200, O_TRUNC},
    {0x0400, O_EXCL},
    {0x0800, O_NOCTTY},
    {0x1000, O_ASYNC},
    {0x2000, kHostLargefile},
    {0x4000, O_SYNC & ~O_DSYNC},
    {0x8000, O_DIRECT},
    {O_DIRECTORY, O_DIRECTORY},
    {O_NOFOLLOW, O_NOFOLLOW},
    {O_NOATIME, O_NOATIME},
    {O_CLOEXEC, O_CLOEXEC},
    {O_PATH, O_PATH},
    {O_TMPFILE & ~O_DIRECTORY, O_TMPFILE & ~O_DIRECTORY},
};
/// The commands with flock64 are numbered by asm-generic/fcntl.h on the host's side.
constexpr NumberPair kFcntlCommands32[] = {
    {14, F_GETLK},  {24, F_SETOWN}, {23, F_GETOWN}, {33, 12},        {34, 13},        {35, 14},
    {5, kNoNumber}, {8, kNoNumber}, {9, kNoNumber}, {12, kNoNumber}, {13, kNoNumber},
};
constexpr NumberPair kFcntlCommands64[] = {
    {14, F_GETLK},  {24, F_SETOWN}, {23, F_GETOWN},  {5, kNoNumber},
    {8, kNoNumber}, {9, kNoNumber}, {12, kNoNumber}, {13, kNoNumber},
};

// mman.h
constexpr FlagPair kMmapFlags[] = {
    {MAP_SHARED, MAP_SHARED, MAP_TYPE, MAP_TYPE},
    {MAP_PRIVATE, MAP_PRIVATE, MAP_TYPE, MAP_TYPE},
    {MAP_SHARED_VALIDATE, MAP_SHARED_VALIDATE, MAP_TYPE, MAP_TYPE},
    {0x10, MAP_FIXED},
    {0x400, MAP_NORESERVE},
    {0x800, MAP_ANONYMOUS},
    {0x1000, MAP_GROWSDOWN},
    {0x8000, MAP_LOCKED},
    {0x10000, MAP_POPULATE},
    {0x20000, MAP_NONBLOCK},
    {0x40000, MAP_STACK},
    {0x80000, MAP_HUGETLB},
    {0x100000, MAP_FIXED_NOREPLACE},
};

// errno.h
constexpr NumberPair kErrnos[] = {
    {35, ENOMSG},         {36, EIDRM},         {37, ECHRNG},           {38, EL2NSYNC},
    {39, EL3HLT},         {40, EL3RST},        {41, ELNRNG},           {42, EUNATCH},
    {43, ENOCSI},         {44, EL2HLT},        {45, EDEADLK},          {46, ENOLCK},
    {50, EBADE},          {51, EBADR},         {52, EXFULL},           {53, ENOANO},
    {54, EBADRQC},        {55, EBADSLT},       {74, EMULTIHOP},        {77, EBADMSG},
    {78, ENAMETOOLONG},   {79, EOVERFLOW},     {80, ENOTUNIQ},         {81, EBADFD},
    {82, EREMCHG},        {83, ELIBACC},       {84, ELIBBAD},          {85, ELIBSCN},
    {86, ELIBMAX},        {87, ELIBEXEC},      {88, EILSEQ},           {89, ENOSYS},
    {90, ELOOP},          {91, ERESTART},      {92, ESTRPIPE},         {93, ENOTEMPTY},
    {94, EUSERS},         {95, ENOTSOCK},      {96, EDESTADDRREQ},     {97, EMSGSIZE},
    {98, EPROTOTYPE},     {99, ENOPROTOOPT},   {120, EPROTONOSUPPORT}, {121, ESOCKTNOSUPPORT},
    {122, EOPNOTSUPP},    {123, EPFNOSUPPORT}, {124, EAFNOSUPPORT},    {125, EADDRINUSE},
    {126, EADDRNOTAVAIL}, {127, ENETDOWN},     {128, ENETUNREACH},     {129, ENETRESET},
    {130, ECONNABORTED},  {131, ECONNRESET},   {132, ENOBUFS},         {133, EISCONN},
    {134, ENOTCONN},      {135, EUCLEAN},      {137, ENOTNAM},         {138, ENAVAIL},
    {139, EISNAM},        {140, EREMOTEIO},    {143, ESHUTDOWN},       {144, ETOOMANYREFS},
    {145, ETIMEDOUT},     {146, ECONNREFUSED}, {147, EHOSTDOWN},       {148, EHOSTUNREACH},
    {149, EALREADY},      {150, EINPROGRESS},  {151, ESTALE},          {158, ECANCELED},
    {159, ENOMEDIUM},     {160, EMEDIUMTYPE},  {161, ENOKEY},          {162, EKEYEXPIRED},
    {163, EKEYREVOKED},   {164, EKEYREJECTED}, {165, EOWNERDEAD},      {166, ENOTRECOVERABLE},
    {167, ERFKILL},       {168, EHWPOISON},    {1133, EDQUOT},
};

// signal.h. Nothing raises SIGEMT; what the host has in its place is as unused.
constexpr NumberPair kSignals[] = {
    {7, SIGSTKFLT},  {10, SIGBUS},  {12, SIGSYS},   {16, SIGUSR1}, {17, SIGUSR2},
    {18, SIGCHLD},   {19, SIGPWR},  {20, SIGWINCH}, {21, SIGURG},  {22, SIGIO},
    {23, SIGSTOP},   {24, SIGTSTP}, {25, SIGCONT},  {26, SIGTTIN}, {27, SIGTTOU},
    {28, SIGVTALRM}, {29, SIGPROF}, {30, SIGXCPU},  {31, SIGXFSZ},
};
constexpr FlagPair kSigactionFlags[] = {
    {0x1, kSA_NOCLDSTOP},        {0x8, kSA_SIGINFO},        {0x10000, kSA_NOCLDWAIT},
    {0x08000000, kSA_ONSTACK},   {0x10000000, kSA_RESTART}, {0x40000000, kSA_NODEFER},
    {0x80000000, kSA_RESETHAND},
};

constexpr NumberPair kMaskCommands[] = {
    {0, kNoNumber}, {1, kSIG_BLOCK}, {2, kSIG_UNBLOCK}, {3, kSIG_SETMASK}};

// socket.h
constexpr NumberPair kSocketTypes[] = {{1, SOCK_DGRAM}, {2, SOCK_STREAM}};
constexpr NumberPair kSocketLevels[] = {{0xffff, SOL_SOCKET}, {SOL_SOCKET, kNoNumber}};
constexpr NumberPair kSocketOptions[] = {
    {0x0001, SO_DEBUG},     {0x0004, SO_REUSEADDR}, {0x0008, SO_KEEPALIVE},  {0x0010, SO_DONTROUTE},
    {0x0020, SO_BROADCAST}, {0x0080, SO_LINGER},    {0x0100, SO_OOBINLINE},  {0x0200, SO_REUSEPORT},
    {0x1001, SO_SNDBUF},    {0x1002, SO_RCVBUF},    {0x1003, SO_SNDLOWAT},   {0x1004, SO_RCVLOWAT},
    {0x1005, 21},           {0x1006, 20},  // SO_SNDTIMEO_OLD, SO_RCVTIMEO_OLD
    {0x1007, SO_ERROR},     {0x1008, SO_TYPE},      {0x1009, SO_ACCEPTCONN}, {0x1028, SO_PROTOCOL},
    {0x1029, SO_DOMAIN},    {17, SO_PASSCRED},      {18, SO_PEERCRED},       {30, SO_PEERSEC},
    {31, SO_SNDBUFFORCE},
};

// resource.h, poll.h
constexpr NumberPair kResources[] = {
    {5, RLIMIT_NOFILE}, {6, RLIMIT_AS}, {7, RLIMIT_RSS}, {8, RLIMIT_NPROC}, {9, RLIMIT_MEMLOCK},
};
constexpr FlagPair kPollEvents[] = {
    {POLLIN, POLLIN},         {POLLPRI, POLLPRI},  {POLLOUT, POLLOUT},   {POLLOUT, POLLWRNORM},
    {POLLERR, POLLERR},       {POLLHUP, POLLHUP},  {POLLNVAL, POLLNVAL}, {POLLRDNORM, POLLRDNORM},
    {POLLRDBAND, POLLRDBAND}, {0x100, POLLWRBAND}, {POLLMSG, POLLMSG},   {POLLREMOVE, POLLREMOVE},
    {POLLRDHUP, POLLRDHUP},
};

// ioctls.h. Requests that _IOC() makes differ in its bits only, which port-independent code sees
// to; those whose structures have another size are here again.
constexpr std::uint32_t kTcgets2 = 0x802c542a, kTcsets2 = 0x402c542b;
constexpr IoctlNumber kIoctls[] = {
    {0x5405, TCSBRK},
    {0x5406, TCXONC},
    {0x5407, TCFLSH},
    {0x540d, TCGETS, &mips::kTermios},
    {0x540e, TCSETS, &mips::kTermios},
    {0x540f, TCSETSW, &mips::kTermios},
    {0x5410, TCSETSF, &mips::kTermios},
    {0x4030542a, kTcgets2, &mips::kTermios2},
    {0x8030542b, kTcsets2, &mips::kTermios2},
    {0x8030542c, kTcsets2 + 1, &mips::kTermios2},
    {0x8030542d, kTcsets2 + 2, &mips::kTermios2},
    {0x740d, TIOCEXCL},
    {0x740e, TIOCNXCL},
    {0x7472, TIOCOUTQ},
    {0x5472, TIOCSTI},
    {0x741d, TIOCMGET},
    {0x741b, TIOCMBIS},
    {0x741c, TIOCMBIC},
    {0x741a, TIOCMSET},
    {0x5470, TIOCPKT},
    {0x80087467, TIOCSWINSZ},
    {0x40087468, TIOCGWINSZ},
    {0x5471, TIOCNOTTY},
    {0x7401, TIOCSETD},
    {0x7400, TIOCGETD},
    {0x80047476, TIOCSPGRP},
    {0x40047477, TIOCGPGRP},
    {0x7416, TIOCGSID},
    {0x5480, TIOCSCTTY},
    {0x5481, TIOCGSOFTCAR},
    {0x5482, TIOCSSOFTCAR},
    {0x5486, TCSBRKP},
    {0x5427, TIOCSBRK},
    {0x5428, TIOCCBRK},
    {0x6601, FIOCLEX},
    {0x6602, FIONCLEX},
    {0x667d, FIOASYNC},
    {0x667e, FIONBIO},
    {0x667f, FIOQSIZE},
    {0x467f, FIONREAD},
    {0x4004667b, FIOGETOWN},
    {0x8004667c, FIOSETOWN},
    {0x40047307, SIOCATMARK},
    {0x80047308, SIOCSPGRP},
    {0x40047309, SIOCGPGRP},
};

constexpr Port port(const char* name, NumberColumn column) {
  Port p{};
  p.name = name;
  p.column = column;
  p.open_flags = kOpenFlags;
  p.mmap_flags = kMmapFlags;
  p.errnos = kErrnos;
  p.signals = kSignals;
  p.socket_types = kSocketTypes;
  p.socket_levels = kSocketLevels;
  p.socket_options = kSocketOptions;
  p.resources = kResources;
  p.poll_events = kPollEvents;
  p.sigaction_flags = kSigactionFlags;
  p.ioctls = kIoctls;
  p.signal_count = 128;
  p.stack = &mips::kStack;
  p.statfs = &mips::kStatfs;
  p.siginfo_code_first = true;
  p.pipe_in_registers = true;
  p.ioctl_direction_bits = true;
  p.sigprocmask_commands = kMaskCommands;
  p.prot_ignored = 0x10;
  return p;
}

constexpr Port o32(const char* name, const Layout& msqid) {
  Port p = port(name, NumberColumn::mips_o32);
  p.fcntl_commands = kFcntlCommands32;
  p.sigaction = &mips::kSigaction32;
  p.stat = &mips::kStat32;
  p.stat64 = &mips::kStat64Bit32;
  p.statfs64 = &mips::kStatfs64;
  p.flock = &mips::kFlock32;
  p.semid = &mips::kSemid32;
  p.msqid = &msqid;
  p.shmid = &mips::kShmid32;
  p.infinity32 = 0x7fff'ffff;
  return p;
}

constexpr Port n64() {
  Port p = port("mips-n64", NumberColumn::mips_n64);
  p.fcntl_commands = kFcntlCommands64;
  p.sigaction = &mips::kSigaction64;
  p.stat = &mips::kStat64;
  p.stat64 = &mips::kStat64;
  return p;
}

constexpr Port kPorts[] = {
    o32("mips-o32", mips::kMsqid32Big),
    o32("mipsel-o32", mips::kMsqid32Little),
    n64(),
};

}  // namespace

std::span<const Port> mips_ports() { return kPorts; }

}  // namespace emulate::linux_os
