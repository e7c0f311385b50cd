#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>

#include <cerrno>
#include <csignal>

#include "host/os/flags.h"
#include "host/os/linux/abi/fcntl.h"
#include "host/os/linux/abi/ipc.h"
#include "host/os/linux/abi/signal.h"
#include "host/os/linux/abi/stat.h"
#include "host/os/linux/abi/termios.h"
#include "host/os/linux/port.h"
#include "host/os/linux/port_fields.h"

/// The sparc64 port, which follows SunOS in much: Linux arch/sparc/include/uapi/asm.

namespace emulate::linux_os {
namespace {

// fcntl.h
constexpr FlagPair kOpenFlags[] = {
    {O_WRONLY, O_WRONLY, O_ACCMODE, O_ACCMODE},
    {O_RDWR, O_RDWR, O_ACCMODE, O_ACCMODE},
    {O_ACCMODE, O_ACCMODE},
    {0x0008, O_APPEND},
    {0x0040, O_ASYNC},
    {0x0200, O_CREAT},
    {0x0400, O_TRUNC},
    {0x0800, O_EXCL},
    {0x2000, O_DSYNC},
    {0x4000, O_NONBLOCK},
    {0x8000, O_NOCTTY},
    {O_DIRECTORY, O_DIRECTORY},
    {O_NOFOLLOW, O_NOFOLLOW},
    {0x40000, kHostLargefile},
    {0x100000, O_DIRECT},
    {0x200000, O_NOATIME},
    {0x400000, O_CLOEXEC},
    {0x800000, O_SYNC & ~O_DSYNC},
    {0x1000000, O_PATH},
    {0x2000000, O_TMPFILE & ~O_DIRECTORY},
};
constexpr NumberPair kFcntlCommands[] = {
    {5, F_GETOWN}, {6, F_SETOWN}, {7, F_GETLK}, {8, F_SETLK}, {9, F_SETLKW},
};

// mman.h
constexpr FlagPair kMmapFlags[] = {
    {MAP_SHARED, MAP_SHARED, MAP_TYPE, MAP_TYPE},
    {MAP_PRIVATE, MAP_PRIVATE, MAP_TYPE, MAP_TYPE},
    {MAP_SHARED_VALIDATE, MAP_SHARED_VALIDATE, MAP_TYPE, MAP_TYPE},
    {0x10, MAP_FIXED},
    {0x20, MAP_ANONYMOUS},
    {0x40, MAP_NORESERVE},
    {0x100, MAP_LOCKED},
    {0x200, MAP_GROWSDOWN},
    {0x8000, MAP_POPULATE},
    {0x10000, MAP_NONBLOCK},
    {0x20000, MAP_STACK},
    {0x40000, MAP_HUGETLB},
    {0x100000, MAP_FIXED_NOREPLACE},
};

// errno.h
constexpr NumberPair kErrnos[] = {
    {36, EINPROGRESS},   {37, EALREADY},        {38, ENOTSOCK},
    {39, EDESTADDRREQ},  {40, EMSGSIZE},        {41, EPROTOTYPE},
    {42, ENOPROTOOPT},   {43, EPROTONOSUPPORT}, {44, ESOCKTNOSUPPORT},
    {45, EOPNOTSUPP},    {46, EPFNOSUPPORT},    {47, EAFNOSUPPORT},
    {48, EADDRINUSE},    {49, EADDRNOTAVAIL},   {50, ENETDOWN},
    {51, ENETUNREACH},   {52, ENETRESET},       {53, ECONNABORTED},
    {54, ECONNRESET},    {55, ENOBUFS},         {56, EISCONN},
    {57, ENOTCONN},      {58, ESHUTDOWN},       {59, ETOOMANYREFS},
    {60, ETIMEDOUT},     {61, ECONNREFUSED},    {62, ELOOP},
    {63, ENAMETOOLONG},  {64, EHOSTDOWN},       {65, EHOSTUNREACH},
    {66, ENOTEMPTY},     {68, EUSERS},          {69, EDQUOT},
    {70, ESTALE},        {71, EREMOTE},         {72, ENOSTR},
    {73, ETIME},         {74, ENOSR},           {75, ENOMSG},
    {76, EBADMSG},       {77, EIDRM},           {78, EDEADLK},
    {79, ENOLCK},        {80, ENONET},          {82, ENOLINK},
    {83, EADV},          {84, ESRMNT},          {85, ECOMM},
    {86, EPROTO},        {87, EMULTIHOP},       {88, EDOTDOT},
    {89, EREMCHG},       {90, ENOSYS},          {91, ESTRPIPE},
    {92, EOVERFLOW},     {93, EBADFD},          {94, ECHRNG},
    {95, EL2NSYNC},      {96, EL3HLT},          {97, EL3RST},
    {98, ELNRNG},        {99, EUNATCH},         {100, ENOCSI},
    {101, EL2HLT},       {102, EBADE},          {103, EBADR},
    {104, EXFULL},       {105, ENOANO},         {106, EBADRQC},
    {107, EBADSLT},      {109, EBFONT},         {110, ELIBEXEC},
    {111, ENODATA},      {112, ELIBBAD},        {113, ENOPKG},
    {114, ELIBACC},      {115, ENOTUNIQ},       {116, ERESTART},
    {122, EILSEQ},       {123, ELIBMAX},        {124, ELIBSCN},
    {125, ENOMEDIUM},    {126, EMEDIUMTYPE},    {127, ECANCELED},
    {128, ENOKEY},       {129, EKEYEXPIRED},    {130, EKEYREVOKED},
    {131, EKEYREJECTED}, {132, EOWNERDEAD},     {133, ENOTRECOVERABLE},
    {134, ERFKILL},      {135, EHWPOISON},
};

// signal.h. Nothing raises SIGEMT but tagged arithmetic; what the host has in its place is unused.
constexpr NumberPair kSignals[] = {
    {7, SIGSTKFLT}, {10, SIGBUS},  {12, SIGSYS}, {16, SIGURG}, {17, SIGSTOP}, {18, SIGTSTP},
    {19, SIGCONT},  {20, SIGCHLD}, {23, SIGIO},  {29, SIGPWR}, {30, SIGUSR1}, {31, SIGUSR2},
};
constexpr FlagPair kSigactionFlags[] = {
    {0x1, kSA_ONSTACK},  {0x2, kSA_RESTART},     {0x4, kSA_RESETHAND}, {0x8, kSA_NOCLDSTOP},
    {0x20, kSA_NODEFER}, {0x100, kSA_NOCLDWAIT}, {0x200, kSA_SIGINFO},
};
constexpr NumberPair kMaskCommands[] = {
    {0, kNoNumber}, {1, kSIG_BLOCK}, {2, kSIG_UNBLOCK}, {4, kSIG_SETMASK}, {3, kNoNumber},
};

// socket.h. Options in the order of their numbers; the host's side is asm-generic/socket.h's.
constexpr NumberPair kSocketLevels[] = {{0xffff, SOL_SOCKET}, {SOL_SOCKET, kNoNumber}};
constexpr NumberPair kSocketOptions[] = {
    {0x0002, 16}, {0x0004, 2},  {0x0008, 9},  {0x000d, 25}, {0x0010, 5},  {0x001e, 31},
    {0x001f, 34}, {0x0020, 6},  {0x0021, 35}, {0x0021, 35}, {0x0022, 36}, {0x0023, 37},
    {0x0023, 37}, {0x0024, 40}, {0x0025, 41}, {0x0026, 42}, {0x0027, 43}, {0x0028, 44},
    {0x0029, 45}, {0x0030, 46}, {0x0031, 47}, {0x0032, 48}, {0x0033, 49}, {0x0034, 50},
    {0x0035, 51}, {0x0036, 52}, {0x0037, 53}, {0x0039, 55}, {0x003a, 56}, {0x003b, 57},
    {0x003d, 59}, {0x003e, 60}, {0x003f, 61}, {0x0040, 17}, {0x0041, 62}, {0x0042, 64},
    {0x0043, 65}, {0x0044, 66}, {0x0045, 67}, {0x0046, 63}, {0x0047, 68}, {0x0048, 69},
    {0x0049, 70}, {0x0050, 71}, {0x0051, 72}, {0x0052, 73}, {0x0053, 74}, {0x0054, 75},
    {0x0080, 13}, {0x0100, 10}, {0x0200, 15}, {0x0400, 14}, {0x0800, 18}, {0x1000, 19},
    {0x1001, 7},  {0x1002, 8},  {0x1007, 4},  {0x1008, 3},  {0x100a, 32}, {0x100b, 33},
    {0x1028, 38}, {0x1029, 39}, {0x2000, 20}, {0x2000, 20}, {0x4000, 21}, {0x4000, 21},
    {0x8000, 30},
};

// resource.h, poll.h
constexpr NumberPair kResources[] = {{6, RLIMIT_NOFILE}, {7, RLIMIT_NPROC}};
constexpr FlagPair kPollEvents[] = {
    {POLLIN, POLLIN},         {POLLPRI, POLLPRI},  {POLLOUT, POLLOUT},   {POLLOUT, POLLWRNORM},
    {POLLERR, POLLERR},       {POLLHUP, POLLHUP},  {POLLNVAL, POLLNVAL}, {POLLRDNORM, POLLRDNORM},
    {POLLRDBAND, POLLRDBAND}, {0x100, POLLWRBAND}, {0x200, POLLMSG},     {0x400, POLLREMOVE},
    {0x800, POLLRDHUP},
};

// --- Structures ---

using K = FieldKind;

// stat.h: the old call's structure has no nanoseconds.
using S = StatFields;
constexpr auto kStatFields = fields(
    as<&S::dev>(K::u32, "st_dev"), as<&S::ino>(K::ulong, "st_ino"), as<&S::mode>(K::u32, "st_mode"),
    as<&S::nlink>(K::u16, "st_nlink"), as<&S::uid>(K::u32, "st_uid"), as<&S::gid>(K::u32, "st_gid"),
    as<&S::rdev>(K::u32, "st_rdev"), as<&S::size>(K::slong, "st_size"),
    as<&S::atime>(K::slong, "st_atime"), as<&S::mtime>(K::slong, "st_mtime"),
    as<&S::ctime>(K::slong, "st_ctime"), as<&S::blksize>(K::slong, "st_blksize"),
    as<&S::blocks>(K::slong, "st_blocks"), pad<ULong>(2));
constexpr auto kStat64Fields =
    fields(as<&S::dev>(K::ulong, "st_dev"), as<&S::ino>(K::ulong, "st_ino"),
           as<&S::nlink>(K::ulong, "st_nlink"), as<&S::mode>(K::u32, "st_mode"),
           as<&S::uid>(K::u32, "st_uid"), as<&S::gid>(K::u32, "st_gid"), pad<std::uint32_t>(),
           as<&S::rdev>(K::ulong, "st_rdev"), as<&S::size>(K::slong, "st_size"),
           as<&S::blksize>(K::slong, "st_blksize"), as<&S::blocks>(K::slong, "st_blocks"),
           as<&S::atime>(K::slong, "st_atime"), as<&S::atime_nsec>(K::ulong, "st_atime_nsec"),
           as<&S::mtime>(K::slong, "st_mtime"), as<&S::mtime_nsec>(K::ulong, "st_mtime_nsec"),
           as<&S::ctime>(K::slong, "st_ctime"), as<&S::ctime_nsec>(K::ulong, "st_ctime_nsec"),
           pad<Long>(3));
const Layout kStat{"stat", kStatFields};
const Layout kStat64{"stat64", kStat64Fields};

// asm-generic/statfs.h: statfs64 is statfs.
using F = Statfs64;
constexpr auto kStatfs64Fields =
    fields(as<&F::type>(K::ulong, "f_type"), as<&F::bsize>(K::ulong, "f_bsize"),
           field<&F::blocks>("f_blocks"), field<&F::bfree>("f_bfree"),
           field<&F::bavail>("f_bavail"), field<&F::files>("f_files"), field<&F::ffree>("f_ffree"),
           field<&F::fsid>("f_fsid"), as<&F::namelen>(K::ulong, "f_namelen"),
           as<&F::frsize>(K::ulong, "f_frsize"), as<&F::flags>(K::ulong, "f_flags"), pad<ULong>(4));
const Layout kStatfs64{"statfs64", kStatfs64Fields};

// fcntl.h: kinds of locks count from 1.
constexpr Field lock_type() {
  Field f = field<&Flock::type>("l_type");
  f.get = [](const void* p) -> std::uint64_t {
    return static_cast<std::uint64_t>(*static_cast<const std::int16_t*>(p) + 1);
  };
  f.set = [](void* p, std::uint64_t v) {
    *static_cast<std::int16_t*>(p) = static_cast<std::int16_t>(v - 1);
  };
  return f;
}
constexpr auto kFlockFields =
    fields(lock_type(), field<&Flock::whence>("l_whence"), field<&Flock::start>("l_start"),
           field<&Flock::length>("l_len"), field<&Flock::pid>("l_pid"), pad<std::int16_t>());
const Layout kFlock{"flock", kFlockFields};

// termbits.h: two control characters fewer, MIN and TIME in the places of EOF and EOL, of which a
// terminal has use for one pair or the other.
constexpr std::uint32_t kXcase = 4, kFlusho = 0x1000, kExtproc = 0x10000;
constexpr FlagPair kLocalModes[] = {
    {0x1, ISIG},       {0x2, ICANON},    {0x4, kXcase},    {0x8, ECHO},
    {0x10, ECHOE},     {0x20, ECHOK},    {0x40, ECHONL},   {0x80, NOFLSH},
    {0x100, TOSTOP},   {0x200, ECHOCTL}, {0x400, ECHOPRT}, {0x800, ECHOKE},
    {0x2000, kFlusho}, {0x4000, PENDIN}, {0x8000, IEXTEN}, {0x10000, kExtproc},
};
constexpr std::uint8_t kControls[] = {VINTR,    VQUIT,    VERASE,  VKILL,  VEOF,  VEOL,
                                      VEOL2,    VSWTC,    VSTART,  VSTOP,  VSUSP, 17,
                                      VREPRINT, VDISCARD, VWERASE, VLNEXT, 18};

template <class T>
constexpr Field controls() {
  Field f = field<&T::cc>("c_cc");
  f.count = std::size(kControls);
  f.element = [](void* object, std::size_t i) -> void* {
    T& t = *static_cast<T*>(object);
    const bool lines = (t.lflag & ICANON) != 0;
    const std::uint8_t n = kControls[i];
    return &t.cc[lines ? n : n == VEOF ? VMIN : n == VEOL ? VTIME : n];
  };
  return f;
}
template <class T>
constexpr auto termios_fields() {
  return fields(field<&T::iflag>("c_iflag"), field<&T::oflag>("c_oflag"),
                field<&T::cflag>("c_cflag"), local_modes<T, kLocalModes>(),
                field<&T::line>("c_line"), controls<T>());
}
constexpr auto kTermiosFields = termios_fields<Termios>();
constexpr auto kTermios2Fields =
    fields(field<&Termios2::iflag>("c_iflag"), field<&Termios2::oflag>("c_oflag"),
           field<&Termios2::cflag>("c_cflag"), local_modes<Termios2, kLocalModes>(),
           field<&Termios2::line>("c_line"), controls<Termios2>(), pad<std::uint8_t>(2),
           field<&Termios2::ispeed>("c_ispeed"), field<&Termios2::ospeed>("c_ospeed"));
const Layout kTermios{"termios", kTermiosFields};
const Layout kTermios2{"termios2", kTermios2Fields};

// ipcbuf.h, shmbuf.h
constexpr auto kPermFields = fields(
    field<&IpcPerm::key>("key"), field<&IpcPerm::uid>("uid"), field<&IpcPerm::gid>("gid"),
    field<&IpcPerm::cuid>("cuid"), field<&IpcPerm::cgid>("cgid"), field<&IpcPerm::mode>("mode"),
    pad<std::uint16_t>(), field<&IpcPerm::seq>("seq"), pad<ULong>(2));
const Layout kPerm{"ipc64_perm", kPermFields};
using I = IpcStat;
constexpr Field perm() {
  Field f = field<&I::perm>("perm");
  f.record = &kPerm;
  return f;
}
const auto kSemFields =
    fields(perm(), as<&I::time1>(K::ulong, "sem_otime"), as<&I::time2>(K::ulong, "sem_ctime"),
           as<&I::count1>(K::ulong, "sem_nsems"), pad<ULong>(2));
const auto kMsqFields =
    fields(perm(), as<&I::time1>(K::ulong, "msg_stime"), as<&I::time2>(K::ulong, "msg_rtime"),
           as<&I::time3>(K::ulong, "msg_ctime"), as<&I::count1>(K::ulong, "msg_cbytes"),
           as<&I::count2>(K::ulong, "msg_qnum"), as<&I::count3>(K::ulong, "msg_qbytes"),
           field<&I::pid1>("msg_lspid"), field<&I::pid2>("msg_lrpid"), pad<ULong>(2));
const auto kShmFields =
    fields(perm(), as<&I::time1>(K::ulong, "shm_atime"), as<&I::time2>(K::ulong, "shm_dtime"),
           as<&I::time3>(K::ulong, "shm_ctime"), as<&I::count1>(K::ulong, "shm_segsz"),
           field<&I::pid1>("shm_cpid"), field<&I::pid2>("shm_lpid"),
           as<&I::count2>(K::ulong, "shm_nattch"), pad<ULong>(2));
const Layout kSemid{"semid64_ds", kSemFields};
const Layout kMsqid{"msqid64_ds", kMsqFields};
const Layout kShmid{"shmid64_ds", kShmFields};

// ioctls.h. Requests that _IOC() makes differ in its bits only, which port-independent code sees
// to; here all those that are older than it elsewhere.
constexpr std::uint32_t none(unsigned type, unsigned number) {
  return 0x2000'0000u | type << 8 | number;
}
constexpr std::uint32_t reads(unsigned type, unsigned number, unsigned size = 4) {
  return 0x4000'0000u | size << 16 | type << 8 | number;
}
constexpr std::uint32_t writes(unsigned type, unsigned number, unsigned size = 4) {
  return 0x8000'0000u | size << 16 | type << 8 | number;
}
constexpr std::uint32_t kTcgets2 = 0x802c542a, kTcsets2 = 0x402c542b;
constexpr unsigned kTermiosSize = 36, kTermios2Size = 44;
constexpr IoctlNumber kIoctls[] = {
    {none('T', 5), TCSBRK},
    {none('T', 6), TCXONC},
    {none('T', 7), TCFLSH},
    {reads('T', 8, kTermiosSize), TCGETS, &kTermios},
    {writes('T', 9, kTermiosSize), TCSETS, &kTermios},
    {writes('T', 10, kTermiosSize), TCSETSW, &kTermios},
    {writes('T', 11, kTermiosSize), TCSETSF, &kTermios},
    {reads('T', 12, kTermios2Size), kTcgets2, &kTermios2},
    {writes('T', 13, kTermios2Size), kTcsets2, &kTermios2},
    {writes('T', 14, kTermios2Size), kTcsets2 + 1, &kTermios2},
    {writes('T', 15, kTermios2Size), kTcsets2 + 2, &kTermios2},
    {reads('t', 0), TIOCGETD},
    {writes('t', 1), TIOCSETD},
    {none('t', 13), TIOCEXCL},
    {none('t', 14), TIOCNXCL},
    {reads('t', 100), TIOCGSOFTCAR},
    {writes('t', 101), TIOCSSOFTCAR},
    {writes('t', 103, 8), TIOCSWINSZ},
    {reads('t', 104, 8), TIOCGWINSZ},
    {reads('t', 106), TIOCMGET},
    {writes('t', 107), TIOCMBIC},
    {writes('t', 108), TIOCMBIS},
    {writes('t', 109), TIOCMSET},
    {writes('t', 112), TIOCPKT},
    {none('t', 113), TIOCNOTTY},
    {writes('t', 114, 1), TIOCSTI},
    {reads('t', 115), TIOCOUTQ},
    {none('t', 122), TIOCCBRK},
    {none('t', 123), TIOCSBRK},
    {writes('t', 130), TIOCSPGRP},
    {reads('t', 131), TIOCGPGRP},
    {none('t', 132), TIOCSCTTY},
    {reads('t', 133), TIOCGSID},
    {reads('t', 134), TIOCGPTN},
    {writes('t', 135), TIOCSPTLCK},
    {writes('t', 136), TIOCSIG},
    {none('t', 137), TIOCGPTPEER},
    {0x5425, TCSBRKP},
    {none('f', 1), FIOCLEX},
    {none('f', 2), FIONCLEX},
    {writes('f', 125), FIOASYNC},
    {writes('f', 126), FIONBIO},
    {reads('f', 127), FIONREAD},
    {reads('f', 128, 8), FIOQSIZE},
};

constexpr Port kPorts[] = {{
    .name = "sparc64",
    .column = NumberColumn::sparc64,
    .open_flags = kOpenFlags,
    .mmap_flags = kMmapFlags,
    .errnos = kErrnos,
    .signals = kSignals,
    .socket_levels = kSocketLevels,
    .socket_options = kSocketOptions,
    .resources = kResources,
    .fcntl_commands = kFcntlCommands,
    .poll_events = kPollEvents,
    .sigaction_flags = kSigactionFlags,
    .ioctls = kIoctls,
    .sigaction = &kSigactionGeneric64,
    .stat = &kStat,
    .stat64 = &kStat64,
    .statfs64 = &kStatfs64,
    .flock = &kFlock,
    .semid = &kSemid,
    .msqid = &kMsqid,
    .shmid = &kShmid,
    .pipe_in_registers = true,
    .ioctl_direction_bits = true,
    .min_altstack = 4096,
    .sigprocmask_commands = kMaskCommands,
    .clone_pair = true,
}};

}  // namespace

std::span<const Port> sparc64_ports() { return kPorts; }

}  // namespace emulate::linux_os
