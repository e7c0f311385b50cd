/* The FreeBSD 12.1 ABI as guest programs see it: types, numbers and structures (FreeBSD sys/sys).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"

typedef int64_t off_t;
typedef int64_t time_t;
typedef int32_t pid_t;
typedef uint32_t uid_t;
typedef uint32_t gid_t;
typedef uint16_t mode_t;
typedef int64_t id_t;
typedef intptr_t ssize_t;
typedef uint32_t socklen_t;
typedef int clockid_t;

/* sys/errno.h */
/* clang-format off */
enum {
  EPERM = 1, ENOENT, ESRCH, EINTR, EIO, ENXIO, E2BIG, ENOEXEC, EBADF, ECHILD, EDEADLK, ENOMEM,
  EACCES, EFAULT, ENOTBLK, EBUSY, EEXIST, EXDEV, ENODEV, ENOTDIR, EISDIR, EINVAL, ENFILE, EMFILE,
  ENOTTY, ETXTBSY, EFBIG, ENOSPC, ESPIPE, EROFS, EMLINK, EPIPE, EDOM, ERANGE, EAGAIN, EINPROGRESS,
  EALREADY, ENOTSOCK, EDESTADDRREQ, EMSGSIZE, EPROTOTYPE, ENOPROTOOPT, EPROTONOSUPPORT,
  ESOCKTNOSUPPORT, EOPNOTSUPP, EPFNOSUPPORT, EAFNOSUPPORT, EADDRINUSE, EADDRNOTAVAIL, ENETDOWN,
  ENETUNREACH, ENETRESET, ECONNABORTED, ECONNRESET, ENOBUFS, EISCONN, ENOTCONN, ESHUTDOWN,
  ETOOMANYREFS, ETIMEDOUT, ECONNREFUSED, ELOOP, ENAMETOOLONG, EHOSTDOWN, EHOSTUNREACH, ENOTEMPTY,
  EPROCLIM, EUSERS, EDQUOT, ESTALE,
  ENOSYS = 78, EFTYPE, EIDRM = 82, ENOMSG, EOVERFLOW, ECANCELED, EILSEQ, ENOATTR, ENOTCAPABLE = 93,
  ECAPMODE, EOWNERDEAD = 96,
};
/* clang-format on */

/* sys/time.h */
struct timespec {
  time_t tv_sec;
  long tv_nsec;
};
struct timeval {
  time_t tv_sec;
  long tv_usec;
};
struct itimerval {
  struct timeval it_interval, it_value;
};
struct itimerspec {
  struct timespec it_interval, it_value;
};
/* clang-format off */
enum {
  CLOCK_REALTIME = 0, CLOCK_VIRTUAL = 1, CLOCK_PROF = 2, CLOCK_MONOTONIC = 4, CLOCK_UPTIME = 5,
  CLOCK_SECOND = 13, CLOCK_THREAD_CPUTIME_ID = 14, CLOCK_PROCESS_CPUTIME_ID = 15,
  TIMER_ABSTIME = 1, ITIMER_REAL = 0,
};
/* clang-format on */

/* sys/fcntl.h, sys/unistd.h */
/* clang-format off */
enum {
  O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_NONBLOCK = 4, O_APPEND = 8, O_NOFOLLOW = 0x100,
  O_CREAT = 0x200, O_TRUNC = 0x400, O_EXCL = 0x800, O_DIRECTORY = 0x20000, O_EXEC = 0x40000,
  O_CLOEXEC = 0x100000,
  F_DUPFD = 0, F_GETFD = 1, F_SETFD = 2, F_GETFL = 3, F_SETFL = 4, F_DUP2FD = 10, F_GETLK = 11,
  F_SETLK = 12, F_SETLKW = 13, F_DUPFD_CLOEXEC = 17,
  F_RDLCK = 1, F_UNLCK = 2, F_WRLCK = 3, FD_CLOEXEC = 1,
  LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8,
  SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2,
  AT_FDCWD = -100, AT_EACCESS = 0x100, AT_SYMLINK_NOFOLLOW = 0x200, AT_SYMLINK_FOLLOW = 0x400,
  AT_REMOVEDIR = 0x800,
  R_OK = 4, W_OK = 2, X_OK = 1, F_OK = 0,
};
/* clang-format on */
struct flock {
  off_t l_start;
  off_t l_len;
  pid_t l_pid;
  short l_type;
  short l_whence;
  int l_sysid;
};

/* sys/stat.h */
struct stat {
  uint64_t st_dev;
  uint64_t st_ino;
  uint64_t st_nlink;
  mode_t st_mode;
  int16_t st_padding0;
  uid_t st_uid;
  gid_t st_gid;
  int32_t st_padding1;
  uint64_t st_rdev;
  struct timespec st_atim, st_mtim, st_ctim, st_birthtim;
  off_t st_size;
  int64_t st_blocks;
  int32_t st_blksize;
  uint32_t st_flags;
  uint64_t st_gen;
  uint64_t st_spare[10];
};
/* clang-format off */
enum {
  S_IFMT = 0170000, S_IFIFO = 0010000, S_IFCHR = 0020000, S_IFDIR = 0040000, S_IFREG = 0100000,
  S_IFLNK = 0120000, S_IFSOCK = 0140000,
  UTIME_NOW = -1, UTIME_OMIT = -2,
};
/* clang-format on */

/* sys/dirent.h */
struct dirent {
  uint64_t d_fileno;
  off_t d_off;
  uint16_t d_reclen;
  uint8_t d_type;
  uint8_t d_pad0;
  uint16_t d_namlen;
  uint16_t d_pad1;
  char d_name[256];
};
enum { DT_UNKNOWN = 0, DT_FIFO = 1, DT_DIR = 4, DT_REG = 8, DT_LNK = 10 };

/* sys/uio.h */
struct iovec {
  void* iov_base;
  size_t iov_len;
};

/* sys/mman.h */
/* clang-format off */
enum {
  PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4,
  MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_STACK = 0x400, MAP_ANON = 0x1000,
  MAP_GUARD = 0x2000, MAP_EXCL = 0x4000, MAP_32BIT = 0x80000,
  MADV_NORMAL = 0, MADV_WILLNEED = 3, MADV_DONTNEED = 4, MADV_FREE = 5,
  MS_SYNC = 0, MS_ASYNC = 1, MS_INVALIDATE = 2, MINCORE_INCORE = 1,
};
/* clang-format on */
#define MAP_ALIGNED(n) ((n) << 24)
#define MAP_FAILED ((void*)-1)
#define SHM_ANON ((char*)1)

/* sys/signal.h */
/* clang-format off */
enum {
  SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGEMT, SIGFPE, SIGKILL, SIGBUS, SIGSEGV,
  SIGSYS, SIGPIPE, SIGALRM, SIGTERM, SIGURG, SIGSTOP, SIGTSTP, SIGCONT, SIGCHLD, SIGTTIN, SIGTTOU,
  SIGIO, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGINFO, SIGUSR1, SIGUSR2, SIGTHR,
  SIGLIBRT, SIGRTMIN = 65, SIGRTMAX = 126,
  SA_ONSTACK = 1, SA_RESTART = 2, SA_RESETHAND = 4, SA_NOCLDSTOP = 8, SA_NODEFER = 0x10,
  SA_NOCLDWAIT = 0x20, SA_SIGINFO = 0x40,
  SIG_BLOCK = 1, SIG_UNBLOCK, SIG_SETMASK,
  SS_ONSTACK = 1, SS_DISABLE = 4,
  ILL_ILLOPC = 1, ILL_ILLTRP = 4, ILL_PRVOPC = 5,
  BUS_ADRALN = 1, BUS_ADRERR, BUS_OBJERR, SEGV_MAPERR = 1, SEGV_ACCERR,
  TRAP_BRKPT = 1, TRAP_TRACE, CLD_EXITED = 1, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED,
  CLD_CONTINUED,
  SI_USER = 0x10001, SI_QUEUE, SI_TIMER, SI_ASYNCIO, SI_MESGQ, SI_KERNEL, SI_LWP,
  SIGEV_NONE = 0, SIGEV_SIGNAL, SIGEV_THREAD, SIGEV_KEVENT, SIGEV_THREAD_ID,
};
/* clang-format on */
typedef struct {
  uint32_t bits[4];
} sigset_t;
union ARCH_SIGVAL sigval {
  int sival_int;
  void* sival_ptr;
};
typedef struct {
  int si_signo;
  int si_errno;
  int si_code;
  pid_t si_pid;
  uid_t si_uid;
  int si_status;
  void* si_addr;
  union sigval si_value;
  union {
    int trapno;
    struct {
      int timerid;
      int overrun;
    } timer;
    struct {
      long spare1;
      int spare2[7];
    } spare;
  } reason;
} siginfo_t;
typedef void sighandler_t(int);
struct sigaction {
  union {
    sighandler_t* sa_handler;
    void (*sa_sigaction)(int, siginfo_t*, void*);
  };
  int sa_flags;
  sigset_t sa_mask;
};
#define SIG_DFL ((sighandler_t*)0)
#define SIG_IGN ((sighandler_t*)1)
typedef struct {
  void* ss_sp;
  size_t ss_size;
  int ss_flags;
} stack_t;
struct sigevent {
  int sigev_notify;
  int sigev_signo;
  union sigval sigev_value;
  union {
    int threadid;
    long spare[8];
  } un;
};

/* sys/_ucontext.h */
typedef struct ucontext {
  sigset_t uc_sigmask;
  mcontext_t uc_mcontext;
  struct ucontext* uc_link;
  stack_t uc_stack;
  int uc_flags;
  int spare[4];
} ucontext_t;

/* sys/wait.h, sys/resource.h */
enum { WNOHANG = 1, WUNTRACED = 2, WCONTINUED = 4, WNOWAIT = 8, WEXITED = 16, WTRAPPED = 32 };
enum { P_PID = 0, P_ALL = 7 };
#define WSTATUS(x) ((x)&0177)
#define WIFSTOPPED(x) (WSTATUS(x) == 0177)
#define WSTOPSIG(x) ((x) >> 8)
#define WIFSIGNALED(x) (WSTATUS(x) != 0177 && WSTATUS(x) != 0 && (x) != 0x13)
#define WTERMSIG(x) WSTATUS(x)
#define WIFEXITED(x) (WSTATUS(x) == 0)
#define WEXITSTATUS(x) ((x) >> 8)
#define WIFCONTINUED(x) ((x) == 0x13)
struct rusage {
  struct timeval ru_utime, ru_stime;
  long ru_maxrss, ru_ixrss, ru_idrss, ru_isrss, ru_minflt, ru_majflt, ru_nswap, ru_inblock,
      ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals, ru_nvcsw, ru_nivcsw;
};
struct wrusage {
  struct rusage self, children;
};
struct rlimit {
  int64_t rlim_cur, rlim_max;
};
enum { RLIMIT_CPU = 0, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_NOFILE = 8 };

/* sys/unistd.h, sys/procdesc.h */
enum { RFFDG = 1 << 2, RFPROC = 1 << 4, RFMEM = 1 << 5, RFNOWAIT = 1 << 6, RFCFDG = 1 << 12 };
enum { PD_DAEMON = 1, PD_CLOEXEC = 2 };

/* sys/thr.h */
struct thr_param {
  void (*start_func)(void*);
  void* arg;
  char* stack_base;
  size_t stack_size;
  char* tls_base;
  size_t tls_size;
  long* child_tid;
  long* parent_tid;
  int flags;
  void* rtp;
  void* spare[3];
};

/* sys/_umtx.h, sys/umtx.h */
struct umutex {
  volatile uint32_t m_owner;
  uint32_t m_flags;
  uint32_t m_ceilings[2];
  uintptr_t m_rb_lnk;
#if !defined(__LP64__)
  uint32_t m_pad;
#endif
  uint32_t m_spare[2];
};
struct ucond {
  volatile uint32_t c_has_waiters;
  uint32_t c_flags;
  uint32_t c_clockid;
  uint32_t c_spare[1];
};
struct urwlock {
  volatile uint32_t rw_state;
  uint32_t rw_flags;
  uint32_t rw_blocked_readers;
  uint32_t rw_blocked_writers;
  uint32_t rw_spare[4];
};
struct usem2 {
  volatile uint32_t count;
  uint32_t flags;
};
struct umtx_time {
  struct timespec timeout;
  uint32_t flags;
  uint32_t clockid;
};
/* clang-format off */
enum {
  UMTX_OP_WAIT = 2, UMTX_OP_WAKE, UMTX_OP_MUTEX_TRYLOCK, UMTX_OP_MUTEX_LOCK, UMTX_OP_MUTEX_UNLOCK,
  UMTX_OP_SET_CEILING, UMTX_OP_CV_WAIT, UMTX_OP_CV_SIGNAL, UMTX_OP_CV_BROADCAST,
  UMTX_OP_WAIT_UINT, UMTX_OP_RW_RDLOCK, UMTX_OP_RW_WRLOCK, UMTX_OP_RW_UNLOCK,
  UMTX_OP_WAIT_UINT_PRIVATE, UMTX_OP_WAKE_PRIVATE, UMTX_OP_MUTEX_WAIT, UMTX_OP_MUTEX_WAKE,
  UMTX_OP_SEM_WAIT, UMTX_OP_SEM_WAKE, UMTX_OP_NWAKE_PRIVATE, UMTX_OP_MUTEX_WAKE2,
  UMTX_OP_SEM2_WAIT, UMTX_OP_SEM2_WAKE, UMTX_OP_SHM, UMTX_OP_ROBUST_LISTS,
  USYNC_PROCESS_SHARED = 1, UMUTEX_PRIO_INHERIT = 4, UMUTEX_PRIO_PROTECT = 8, UMUTEX_ROBUST = 0x10,
  URWLOCK_PREFER_READER = 2,
  CVWAIT_ABSTIME = 2, CVWAIT_CLOCKID = 4, UMTX_ABSTIME = 1,
};
/* clang-format on */
#define UMUTEX_CONTESTED 0x80000000u
#define URWLOCK_WRITE_OWNER 0x80000000u
#define URWLOCK_WRITE_WAITERS 0x40000000u
#define URWLOCK_READ_WAITERS 0x20000000u
#define URWLOCK_MAX_READERS 0x1fffffffu
#define USEM_HAS_WAITERS 0x80000000u
#define USEM_COUNT(c) ((c)&0x7fffffffu)

/* sys/event.h */
struct kevent {
  uintptr_t ident;
  short filter;
  unsigned short flags;
  unsigned fflags;
  int64_t data;
  void* udata;
  uint64_t ext[4];
};
/* clang-format off */
enum {
  EVFILT_READ = -1, EVFILT_WRITE = -2, EVFILT_VNODE = -4, EVFILT_PROC = -5, EVFILT_SIGNAL = -6,
  EVFILT_TIMER = -7, EVFILT_PROCDESC = -8, EVFILT_USER = -11,
  EV_ADD = 1, EV_DELETE = 2, EV_ENABLE = 4, EV_DISABLE = 8, EV_ONESHOT = 0x10, EV_CLEAR = 0x20,
  EV_RECEIPT = 0x40, EV_DISPATCH = 0x80, EV_EOF = 0x8000, EV_ERROR = 0x4000,
  NOTE_TRIGGER = 0x01000000, NOTE_DELETE = 1, NOTE_WRITE = 2, NOTE_EXTEND = 4,
  NOTE_FORK = 0x40000000, NOTE_EXEC = 0x20000000,
  NOTE_SECONDS = 1, NOTE_MSECONDS = 2, NOTE_USECONDS = 4, NOTE_NSECONDS = 8,
};
/* clang-format on */
#define NOTE_EXIT 0x80000000u
#define NOTE_FFNOP 0u
#define NOTE_FFCOPY 0xc0000000u

/* sys/poll.h */
struct pollfd {
  int fd;
  short events;
  short revents;
};
enum { POLLIN = 1, POLLPRI = 2, POLLOUT = 4, POLLERR = 8, POLLHUP = 0x10, POLLNVAL = 0x20 };

/* sys/socket.h, netinet/in.h, sys/un.h */
/* clang-format off */
enum {
  AF_UNSPEC = 0, AF_UNIX = 1, AF_INET = 2, AF_INET6 = 28,
  SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5, SOCK_CLOEXEC = 0x10000000,
  SOCK_NONBLOCK = 0x20000000,
  SOL_SOCKET = 0xffff, SO_REUSEADDR = 4, SO_KEEPALIVE = 8, SO_SNDBUF = 0x1001, SO_RCVBUF = 0x1002,
  SO_RCVTIMEO = 0x1006, SO_ERROR = 0x1007, SO_TYPE = 0x1008,
  MSG_OOB = 1, MSG_PEEK = 2, MSG_DONTWAIT = 0x80, MSG_WAITALL = 0x40, MSG_NOSIGNAL = 0x20000,
  SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2, SCM_RIGHTS = 1,
};
/* clang-format on */
struct sockaddr_in {
  uint8_t sin_len;
  uint8_t sin_family;
  uint16_t sin_port;
  uint8_t sin_addr[4];
  char sin_zero[8];
};
struct sockaddr_un {
  uint8_t sun_len;
  uint8_t sun_family;
  char sun_path[104];
};
struct msghdr {
  void* msg_name;
  socklen_t msg_namelen;
  struct iovec* msg_iov;
  int msg_iovlen;
  void* msg_control;
  socklen_t msg_controllen;
  int msg_flags;
};
struct cmsghdr {
  socklen_t cmsg_len;
  int cmsg_level;
  int cmsg_type;
};
/* _ALIGN(), which rounds the parts of control messages up: sys/<arch>/include/_align.h. */
#if defined(__mips__)
enum { CMSG_ALIGNMENT = 8 };
#elif defined(__sparc__)
enum { CMSG_ALIGNMENT = 16 };
#else
enum { CMSG_ALIGNMENT = sizeof(long) };
#endif
static inline size_t cmsg_align(size_t n) {
  return (n + CMSG_ALIGNMENT - 1) / CMSG_ALIGNMENT * CMSG_ALIGNMENT;
}

/* sys/elf_common.h: the auxiliary vector; powerpc's own numbers are in sys/powerpc/include/elf.h */
/* clang-format off */
#if defined(__powerpc__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum {
  AT_NULL = 0, AT_IGNORE, AT_EXECFD, AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_FLAGS,
  AT_ENTRY, AT_DCACHEBSIZE, AT_ICACHEBSIZE, AT_UCACHEBSIZE, AT_EXECPATH, AT_CANARY, AT_CANARYLEN,
  AT_OSRELDATE, AT_NCPUS, AT_PAGESIZES, AT_PAGESIZESLEN, AT_STACKPROT = 21, AT_TIMEKEEP,
  AT_EHDRFLAGS = 24, AT_HWCAP, AT_HWCAP2, AT_COUNT,
};
#else
enum {
  AT_NULL = 0, AT_IGNORE, AT_EXECFD, AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_FLAGS,
  AT_ENTRY, AT_NOTELF, AT_UID, AT_EUID, AT_GID, AT_EGID, AT_EXECPATH, AT_CANARY, AT_CANARYLEN,
  AT_OSRELDATE, AT_NCPUS, AT_PAGESIZES, AT_PAGESIZESLEN, AT_TIMEKEEP, AT_STACKPROT, AT_EHDRFLAGS,
  AT_HWCAP, AT_HWCAP2, AT_COUNT,
};
#endif
/* clang-format on */
struct auxv {
  long a_type;
  uintptr_t a_val;
};
struct elf_phdr {
#if defined(__LP64__)
  uint32_t p_type, p_flags;
  uintptr_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
#else
  uint32_t p_type;
  uintptr_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz;
  uint32_t p_flags;
  uintptr_t p_align;
#endif
};
enum { PT_TLS = 7 };

/* sys/sysctl.h */
/* clang-format off */
enum {
  CTL_KERN = 1, CTL_VM = 2, CTL_HW = 6, KERN_OSTYPE = 1, KERN_OSRELEASE = 2, KERN_HOSTNAME = 10,
  KERN_PROC = 14, KERN_OSRELDATE = 24, KERN_PROC_PATHNAME = 12, KERN_PROC_ARGS = 7,
  KERN_ARND = 37, HW_MACHINE = 1, HW_NCPU = 3, HW_BYTEORDER = 4, HW_PAGESIZE = 7,
  HW_MACHINE_ARCH = 11,
};
/* clang-format on */

/* The kernel's sizes, for 32-bit machines with 64-bit time_t and for 64-bit ones. */
#if defined(__LP64__)
#define ABI_SIZE(type, size32, size64) _Static_assert(sizeof(type) == (size64), #type)
#else
#define ABI_SIZE(type, size32, size64) _Static_assert(sizeof(type) == (size32), #type)
#endif
ABI_SIZE(struct timespec, 16, 16);
ABI_SIZE(struct timeval, 16, 16);
ABI_SIZE(struct stat, 224, 224);
ABI_SIZE(struct flock, 32, 32);
ABI_SIZE(struct dirent, 280, 280);
ABI_SIZE(siginfo_t, 64, 80);
ABI_SIZE(struct sigaction, 24, 32);
ABI_SIZE(stack_t, 12, 24);
ABI_SIZE(struct sigevent, 44, 80);
ABI_SIZE(mcontext_t, ARCH_MCONTEXT_SIZE, ARCH_MCONTEXT_SIZE);
ABI_SIZE(ucontext_t, ARCH_UCONTEXT_SIZE, ARCH_UCONTEXT_SIZE);
ABI_SIZE(struct rusage, 88, 144);
ABI_SIZE(struct thr_param, 52, 104);
ABI_SIZE(struct umutex, 32, 32);
ABI_SIZE(struct ucond, 16, 16);
ABI_SIZE(struct urwlock, 32, 32);
ABI_SIZE(struct umtx_time, 24, 24);
ABI_SIZE(struct kevent, 64, 64);
ABI_SIZE(struct msghdr, 28, 48);
