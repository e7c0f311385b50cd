/// Calls that a kernel has only with an option or a module, and the kernels of the guests' machines
/// have not: they answer as those kernels do. nosys() sends SIGSYS besides (FreeBSD
/// sys/kern/kern_sig.c); numbers of loadable modules go there too (lkmnosys, lkmressys).

#include <fcntl.h>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/nosys.h"
#include "host/os/freebsd/syscalls.h"

namespace emulate::freebsd {
namespace {

constexpr const char* kNo43 = "ENOSYS and SIGSYS, as without COMPAT_43";
constexpr const char* kNo4 = "ENOSYS and SIGSYS, as without COMPAT_FREEBSD4";
constexpr const char* kNoModule = "ENOSYS and SIGSYS, as without the module";
constexpr const char* kPrivileged = "EPERM, as without the privilege";

SysResult not_permitted(Task&) { return HostErrno{EPERM}; }

/// No socket is one of SCTP's.
SysResult sctp(Task& task, Fd fd) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  return HostErrno{fcntl(*number, F_GETFD) < 0 ? EBADF : EOPNOTSUPP};
}
constexpr const char* kNoSctp = "EOPNOTSUPP, as on a socket of another protocol";

constexpr SyscallRow kRows[] = {
    // The machines resolve them; what is left is a call of these numbers through themselves.
    row<&nosys>(0, "syscall"),
    row<&nosys>(198, "__syscall"),
    refused<&nosys>(18, "freebsd4_getfsstat", kNo4),
    refused<&nosys>(46, "osigaction", kNo43),
    refused<&nosys>(48, "osigprocmask", kNo43),
    refused<&nosys>(52, "osigpending", kNo43),
    refused<&nosys>(63, "ogetkerninfo", kNo43),
    refused<&nosys>(64, "ogetpagesize", kNo43),
    refused<&nosys>(84, "owait", kNo43),
    refused<&nosys>(87, "ogethostname", kNo43),
    refused<&nosys>(88, "osethostname", kNo43),
    refused<&nosys>(103, "osigreturn", kNo43),
    refused<&nosys>(108, "osigvec", kNo43),
    refused<&nosys>(109, "osigblock", kNo43),
    refused<&nosys>(110, "osigsetmask", kNo43),
    refused<&nosys>(111, "osigsuspend", kNo43),
    refused<&nosys>(112, "osigstack", kNo43),
    refused<&nosys>(113, "orecvmsg", kNo43),
    refused<&nosys>(114, "osendmsg", kNo43),
    refused<&nosys>(142, "ogethostid", kNo43),
    refused<&nosys>(143, "osethostid", kNo43),
    refused<&nosys>(144, "ogetrlimit", kNo43),
    refused<&nosys>(145, "osetrlimit", kNo43),
    refused<&nosys>(146, "okillpg", kNo43),
    refused<&nosys>(149, "oquota", kNo43),
    refused<&not_permitted>(154, "nlm_syscall", kPrivileged),
    refused<&not_permitted>(155, "nfssvc", kPrivileged),
    refused<&nosys>(157, "freebsd4_statfs", kNo4),
    refused<&nosys>(158, "freebsd4_fstatfs", kNo4),
    refused<&nosys>(162, "freebsd4_getdomainname", kNo4),
    refused<&nosys>(163, "freebsd4_setdomainname", kNo4),
    refused<&nosys>(164, "freebsd4_uname", kNo4),
    refused<&nosys>(210, "lkmnosys", kNoModule),
    refused<&nosys>(211, "lkmnosys", kNoModule),
    refused<&nosys>(212, "lkmnosys", kNoModule),
    refused<&nosys>(213, "lkmnosys", kNoModule),
    refused<&nosys>(214, "lkmnosys", kNoModule),
    refused<&nosys>(215, "lkmnosys", kNoModule),
    refused<&nosys>(216, "lkmnosys", kNoModule),
    refused<&nosys>(217, "lkmnosys", kNoModule),
    refused<&nosys>(218, "lkmnosys", kNoModule),
    refused<&nosys>(219, "lkmnosys", kNoModule),
    refused<&nosys>(297, "freebsd4_fhstatfs", kNo4),
    refused<&nosys>(336, "freebsd4_sendfile", kNo4),
    refused<&nosys>(339, "nnpfs_syscall", kNoModule),
    refused<&nosys>(342, "freebsd4_sigaction", kNo4),
    refused<&nosys>(344, "freebsd4_sigreturn", kNo4),
    refused<&nosys>(377, "afs3_syscall", kNoModule),
    refused<&sctp>(471, "sctp_peeloff", kNoSctp),
    refused<&sctp>(472, "sctp_generic_sendmsg", kNoSctp),
    refused<&sctp>(473, "sctp_generic_sendmsg_iov", kNoSctp),
    refused<&sctp>(474, "sctp_generic_recvmsg", kNoSctp),
    refused<&nosys>(505, "gssd_syscall", kNoModule),
    refused<&nosys>(576, "rpctls_syscall", kNoModule),
};

}  // namespace

SysResult nosys(Task& task) {
  GuestSignal signal;
  signal.signo = kSIGSYS;
  signal.code = kSI_KERNEL;
  signal.thread_directed = true;
  task.process().post_to(task.tid(), signal);
  return HostErrno{ENOSYS};
}

Rows absent_rows() { return kRows; }

}  // namespace emulate::freebsd
