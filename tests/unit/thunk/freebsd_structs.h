/* C declarations of FreeBSD's structures, for the compiler's opinion on their layout. Freestanding:
 * only the members' types and order matter. Sources: FreeBSD sys/sys/{stat,mount,dirent,fcntl,
 * _termios,ttycom,filio,_timespec,_timeval,time,timex,event,resource,signal,socket,ucred,thr,rtprio,
 * umtx,_iovec,exec}.h, sys/net/if.h. */

typedef signed char i8;
typedef unsigned char u8;
typedef short i16;
typedef unsigned short u16;
typedef int i32;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;
typedef __SIZE_TYPE__ size;
/* TIME32 is 1 for 32-bit powerpc before 12.0. */
#if TIME32
typedef i32 Time;
#else
typedef i64 Time;
#endif

struct timespec {
  Time tv_sec;
  long tv_nsec;
};
struct timeval {
  Time tv_sec;
  long tv_usec;
};
struct timezone {
  i32 tz_minuteswest, tz_dsttime;
};
struct itimerval {
  struct timeval it_interval, it_value;
};
struct itimerspec {
  struct timespec it_interval, it_value;
};
struct bintime {
  Time sec;
  u64 frac;
};
struct ntptimeval {
  struct timespec time;
  long maxerror, esterror, tai;
  i32 time_state;
};
struct timex {
  u32 modes;
  long offset, freq, maxerror, esterror;
  i32 status;
  long constant, precision, tolerance, ppsfreq, jitter;
  i32 shift;
  long stabil, jitcnt, calcnt, errcnt, stbcnt;
};

struct stat {
  u64 st_dev, st_ino, st_nlink;
  u16 st_mode;
  i16 st_padding0;
  u32 st_uid, st_gid;
  i32 st_padding1;
  u64 st_rdev;
  struct timespec st_atim, st_mtim, st_ctim, st_birthtim;
  i64 st_size, st_blocks;
  i32 st_blksize;
  u32 st_flags;
  u64 st_gen, st_spare[10];
};
struct freebsd11_stat {
  u32 st_dev, st_ino;
  u16 st_mode, st_nlink;
  u32 st_uid, st_gid, st_rdev;
  struct timespec st_atim, st_mtim, st_ctim;
  i64 st_size, st_blocks;
  i32 st_blksize;
  u32 st_flags, st_gen;
  i32 st_lspare;
  struct timespec st_birthtim;
#if TIME32
  u32 pad[2]; /* bit-fields that make st_birthtim 16 bytes */
#endif
};
struct nstat {
  u32 st_dev, st_ino, st_mode, st_nlink, st_uid, st_gid, st_rdev;
  struct timespec st_atim, st_mtim, st_ctim;
  i64 st_size, st_blocks;
  i32 st_blksize;
  u32 st_flags, st_gen;
  struct timespec st_birthtim;
#if TIME32
  u32 pad[2];
#endif
};
struct ostat {
  u16 st_dev;
  u32 st_ino;
  u16 st_mode, st_nlink, st_uid, st_gid, st_rdev;
  i32 st_size;
  struct timespec st_atim, st_mtim, st_ctim;
  i32 st_blksize, st_blocks;
  u32 st_flags, st_gen;
};

#define STATFS(name, room)                                                          \
  struct name {                                                                     \
    u32 f_version, f_type;                                                          \
    u64 f_flags, f_bsize, f_iosize, f_blocks, f_bfree;                              \
    i64 f_bavail;                                                                   \
    u64 f_files;                                                                    \
    i64 f_ffree;                                                                    \
    u64 f_syncwrites, f_asyncwrites, f_syncreads, f_asyncreads, f_spare[10];        \
    u32 f_namemax, f_owner;                                                         \
    i32 f_fsid[2];                                                                  \
    char f_charspare[80], f_fstypename[16], f_mntfromname[room], f_mntonname[room]; \
  }
STATFS(statfs, 1024);
STATFS(freebsd11_statfs, 88);

struct dirent {
  u64 d_fileno;
  i64 d_off;
  u16 d_reclen;
  u8 d_type, d_pad0;
  u16 d_namlen, d_pad1;
  char d_name[256];
};
struct freebsd11_dirent {
  u32 d_fileno;
  u16 d_reclen;
  u8 d_type, d_namlen;
  char d_name[256];
};
struct flock {
  i64 l_start, l_len;
  i32 l_pid;
  i16 l_type, l_whence;
  i32 l_sysid;
};
struct __oflock {
  i64 l_start, l_len;
  i32 l_pid;
  i16 l_type, l_whence;
};
struct iovec {
  void* iov_base;
  size iov_len;
};

struct termios {
  u32 c_iflag, c_oflag, c_cflag, c_lflag;
  u8 c_cc[20];
  u32 c_ispeed, c_ospeed;
};
struct winsize {
  u16 ws_row, ws_col, ws_xpixel, ws_ypixel;
};
struct fiodgname_arg {
  i32 len;
  void* buf;
};
struct ifreq {
  char ifr_name[16];
  union {
    u8 ifr_ifru[16];
    void* data;
  };
};
struct ifconf {
  i32 ifc_len;
  union {
    void *ifc_buf, *ifc_req;
  };
};

struct kevent {
  size ident;
  i16 filter;
  u16 flags;
  u32 fflags;
  i64 data;
  void* udata;
  u64 ext[4];
};
struct kevent_freebsd11 {
  size ident;
  i16 filter;
  u16 flags;
  u32 fflags;
  long data;
  void* udata;
};

struct rusage {
  struct timeval ru_utime, ru_stime;
  long ru_maxrss, ru_ixrss, ru_idrss, ru_isrss, ru_minflt, ru_majflt, ru_nswap, ru_inblock,
      ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals, ru_nvcsw, ru_nivcsw;
};
struct __wrusage {
  struct rusage wru_self, wru_children;
};
struct rlimit {
  i64 rlim_cur, rlim_max;
};
struct sched_param {
  i32 sched_priority;
};

typedef struct __sigset {
  u32 __bits[4];
} sigset;
struct sigaction {
  void* sa_handler;
  i32 sa_flags;
  sigset sa_mask;
};
struct sigaltstack {
  void* ss_sp;
  size ss_size;
  i32 ss_flags;
};
union sigval {
  i32 sival_int;
  void* sival_ptr;
};
struct __siginfo {
  i32 si_signo, si_errno, si_code, si_pid;
  u32 si_uid;
  i32 si_status;
  void* si_addr;
  union sigval si_value;
  union {
    struct {
      i32 trapno;
    } fault;
    struct {
      i32 timerid, overrun;
    } timer;
    struct {
      i32 mqd;
    } mesgq;
    struct {
      long band;
    } poll;
    struct {
      long spare1;
      i32 spare2[7];
    } spare;
  } _reason;
};
struct sigevent {
  i32 sigev_notify, sigev_signo;
  union sigval sigev_value;
  union {
    i32 sigev_notify_thread_id;
    long spare[8];
  };
};

struct msghdr {
  void* msg_name;
  u32 msg_namelen;
  struct iovec* msg_iov;
  i32 msg_iovlen;
  void* msg_control;
  u32 msg_controllen;
  i32 msg_flags;
};
struct cmsghdr {
  u32 cmsg_len;
  i32 cmsg_level, cmsg_type;
};
struct linger {
  i32 l_onoff, l_linger;
};
struct cmsgcred {
  i32 cmcred_pid;
  u32 cmcred_uid, cmcred_euid, cmcred_gid;
  i16 cmcred_ngroups;
  u32 cmcred_groups[16];
};
struct sockcred {
  u32 sc_uid, sc_euid, sc_gid, sc_egid;
  i32 sc_ngroups;
  u32 sc_groups[1];
};
struct xucred {
  u32 cr_version, cr_uid;
  i16 cr_ngroups;
  u32 cr_groups[16];
  void* _cr_unused1;
};
struct sf_hdtr {
  struct iovec* headers;
  i32 hdr_cnt;
  struct iovec* trailers;
  i32 trl_cnt;
};

struct rtprio {
  u16 type, prio;
};
struct thr_param {
  void *start_func, *arg;
  char* stack_base;
  size stack_size;
  char* tls_base;
  size tls_size;
  long *child_tid, *parent_tid;
  i32 flags;
  struct rtprio* rtp;
  void* spare[3];
};
struct _umtx_time {
  struct timespec _timeout;
  u32 _flags, _clockid;
};
struct umtx_robust_lists_params {
  size robust_list_offset, robust_priv_list_offset, robust_inact_offset;
};
