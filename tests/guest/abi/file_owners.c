/* Owners, modes, times, nodes, limits of names and what file systems say about themselves: FreeBSD
 * sys/kern/vfs_syscalls.c. */
#include "check.h"

enum { NOWHERE = 0x1000, LINK_MAX_NAME = 1, PC_NAME_MAX = 4, PC_PATH_MAX = 5, PC_PIPE_BUF = 6 };
enum { MNT_WAIT = 1, MNT_NOWAIT };

int chown(const char* path, uid_t uid, gid_t gid);
int lchown(const char* path, uid_t uid, gid_t gid);
int fchown(int fd, uid_t uid, gid_t gid);
int fchownat(int fd, const char* path, uid_t uid, gid_t gid, int flags);
int lchmod(const char* path, mode_t mode);
int fchmodat(int fd, const char* path, mode_t mode, int flags);
int chflagsat(int fd, const char* path, unsigned long flags, int at_flags);
int lchflags(const char* path, unsigned long flags);
int eaccess(const char* path, int mode);
int utimes(const char* path, const struct timeval times[2]);
int lutimes(const char* path, const struct timeval times[2]);
int futimes(int fd, const struct timeval times[2]);
int futimesat(int fd, const char* path, const struct timeval times[2]);
int mknodat(int fd, const char* path, mode_t mode, uint64_t device);
int mkfifoat(int fd, const char* path, mode_t mode);
long pathconf(const char* path, int name);
long lpathconf(const char* path, int name);
long fpathconf(int fd, int name);
int fdatasync(int fd);
void sync(void);
int chroot(const char* path);
int undelete(const char* path);
int quotactl(const char* path, int command, int id, void* data);
int posix_fadvise(int fd, off_t offset, off_t length, int advice);

static void owners(int fd) {
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  CHECK_OK(chown("file", uid, gid));
  CHECK_OK(lchown("link", uid, (gid_t)-1));
  CHECK_OK(fchown(fd, (uid_t)-1, gid));
  CHECK_OK(fchownat(AT_FDCWD, "link", uid, gid, AT_SYMLINK_NOFOLLOW));
  CHECK_ERR(chown("none", uid, gid), ENOENT);
  CHECK_ERR(lchown((char*)16, uid, gid), EFAULT);
  CHECK_ERR(fchown(NOWHERE, uid, gid), EBADF);
  CHECK_ERR(fchownat(NOWHERE, "file", uid, gid, 0), EBADF);
  CHECK_ERR(fchownat(AT_FDCWD, "file", uid, gid, 1), EINVAL);
  if (geteuid() != 0) return;
  struct stat st;
  CHECK_OK(chown("link", 65534, 7));
  CHECK_OK(fstat(fd, &st));
  CHECK(st.st_uid == 65534 && st.st_gid == 7);
  CHECK_OK(lstat("link", &st));
  CHECK(st.st_uid == uid);
  CHECK_OK(fchownat(AT_FDCWD, "link", 9, 9, AT_SYMLINK_NOFOLLOW));
  CHECK_OK(lstat("link", &st));
  CHECK(st.st_uid == 9 && st.st_gid == 9);
  CHECK_OK(fchown(fd, uid, gid));
}

static void modes(int fd) {
  struct stat st;
  CHECK_OK(chmod("link", 0600));
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_mode, S_IFREG | 0600);
  CHECK_OK(fchmodat(AT_FDCWD, "file", 0641, 0));
  CHECK_OK(lchmod("file", 0640));
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_mode, S_IFREG | 0640);
  CHECK_ERR(chmod("none", 0600), ENOENT);
  CHECK_ERR(fchmodat(NOWHERE, "file", 0640, 0), EBADF);
  CHECK_ERR(fchmodat(AT_FDCWD, "file", 0640, 1), EINVAL);
  CHECK_ERR(lchmod("none", 0600), ENOENT);
  CHECK_OK(eaccess("file", R_OK | W_OK));
  CHECK_ERR(eaccess("none", F_OK), ENOENT);
  CHECK_ERR(eaccess("file", 077), EINVAL);
  CHECK_ERR(faccessat(NOWHERE, "file", F_OK, 0), EBADF);
  CHECK_OK(chflagsat(AT_FDCWD, "file", 0, 0));
  CHECK_ERR(chflagsat(AT_FDCWD, "none", 0, 0), ENOENT);
  CHECK_ERR(chflagsat(AT_FDCWD, "file", 0, 1), EINVAL);
  CHECK_OK(lchflags("file", 0));
  CHECK_ERR(lchflags("none", 0), ENOENT);
}

static void times(int fd) {
  const struct timeval old[2] = {{1000000000, 250000}, {1100000000, 500000}};
  const struct timeval bad[2] = {{1000000000, 1000000}, {0, 0}};
  struct stat st;
  CHECK_OK(utimes("link", old));
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_atim.tv_sec, 1000000000);
  CHECK_EQ(st.st_mtim.tv_sec, 1100000000);
  CHECK_EQ(st.st_mtim.tv_nsec, 500000000);
  CHECK_OK(futimes(fd, NULL));
  CHECK_OK(fstat(fd, &st));
  CHECK(st.st_mtim.tv_sec > 1700000000);
  CHECK_OK(futimes(fd, old));
  CHECK_OK(lutimes("link", old));
  CHECK_OK(lstat("link", &st));
  CHECK_EQ(st.st_mtim.tv_sec, 1100000000);
  CHECK_OK(futimesat(AT_FDCWD, "file", old));
  CHECK_ERR(utimes("none", old), ENOENT);
  CHECK_ERR(utimes("file", bad), EINVAL);
  CHECK_ERR(lutimes("link", bad), EINVAL);
  CHECK_ERR(futimes(NOWHERE, old), EBADF);
  CHECK_ERR(futimesat(NOWHERE, "file", old), EBADF);
  CHECK_ERR(futimesat(AT_FDCWD, "file", (struct timeval*)16), EFAULT);
  const struct timespec wrong[2] = {{0, 1000000000}, {0, 0}};
  CHECK_ERR(futimens(fd, wrong), EINVAL);
  CHECK_ERR(utimensat(NOWHERE, "file", NULL, 0), EBADF);
  CHECK_ERR(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT);
}

static void nodes(void) {
  struct stat st;
  CHECK_OK(mkfifoat(AT_FDCWD, "fifo", 0600));
  CHECK_OK(stat("fifo", &st));
  CHECK_EQ(st.st_mode, S_IFIFO | 0600);
  CHECK_ERR(mkfifoat(AT_FDCWD, "fifo", 0600), EEXIST);
  CHECK_ERR(mkfifo("none/fifo", 0600), ENOENT);
  CHECK_OK(mknodat(AT_FDCWD, "fifo2", S_IFIFO | 0644, 0));
  CHECK_OK(stat("fifo2", &st));
  CHECK_EQ(st.st_mode, S_IFIFO | 0644);
  CHECK_ERR(mknodat(AT_FDCWD, "fifo2", S_IFIFO | 0644, 0), EEXIST);
  CHECK_ERR(mknodat(AT_FDCWD, "odd", S_IFREG | 0644, 0), EINVAL);
}

/* Names at descriptors, and names that cannot be. */
static void names(int fd) {
  char b[64];
  int here = open(".", O_RDONLY | O_DIRECTORY);
  CHECK_ERR(symlink("file", "link"), EEXIST);
  CHECK_ERR(symlinkat("file", NOWHERE, "link2"), EBADF);
  CHECK_OK(symlinkat("file", here, "link2"));
  CHECK_EQ(readlinkat(here, "link2", b, sizeof b), 4);
  CHECK_ERR(readlinkat(here, "file", b, sizeof b), EINVAL);
  CHECK_OK(linkat(here, "file", here, "hard", 0));
  CHECK_ERR(linkat(here, "file", here, "hard", 0), EEXIST);
  CHECK_OK(renameat(here, "hard", here, "harder"));
  CHECK_ERR(renameat(here, "hard", here, "harder"), ENOENT);
  CHECK_ERR(undelete("none"), ENOENT);
  CHECK_ERR(undelete("file"), EEXIST);
  CHECK_EQ(pathconf(".", PC_NAME_MAX), 255);
  CHECK_EQ(lpathconf("link", PC_NAME_MAX), 255);
  CHECK_EQ(fpathconf(fd, PC_PATH_MAX), 1024);
  CHECK_ERR(pathconf("none", PC_NAME_MAX), ENOENT);
  CHECK_ERR(lpathconf("link", 9999), EINVAL);
  CHECK_ERR(fpathconf(NOWHERE, PC_NAME_MAX), EBADF);
  close(here);
}

static void storage(int fd) {
  struct iovec parts[2] = {{"ab", 2}, {"cde", 3}};
  char b[8];
  struct iovec into[2] = {{b, 1}, {b + 1, 4}};
  CHECK_EQ(pwritev(fd, parts, 2, 3), 5);
  CHECK_EQ(preadv(fd, into, 2, 3), 5);
  CHECK(memcmp(b, "abcde", 5) == 0);
  CHECK_ERR(pwritev(fd, parts, 2, -1), EINVAL);
  CHECK_ERR(preadv(fd, into, -1, 0), EINVAL);
  CHECK_ERR(readv(fd, into, 2000), EINVAL);
  CHECK_OK(fdatasync(fd));
  CHECK_ERR(fdatasync(NOWHERE), EBADF);
  CHECK_OK(fsync(fd));
  sync();
  CHECK_ERR(truncate("none", 0), ENOENT);
  /* These two return the error's number. */
  CHECK_EQ(posix_fadvise(fd, 0, 0, 0), 0);
  CHECK_EQ(posix_fadvise(fd, 0, 0, 99), EINVAL);
  CHECK_EQ(posix_fadvise(NOWHERE, 0, 0, 0), EBADF);
  CHECK_EQ(posix_fallocate(NOWHERE, 0, 1), EBADF);
  CHECK_EQ(posix_fallocate(fd, 0, 0), EINVAL);
  CHECK_ERR(quotactl("none", 0, 0, NULL), ENOENT);
  CHECK_ERR(quotactl(".", 0x700 << 8, 0, NULL), EOPNOTSUPP);
}

static int new_root(void) {
  CHECK_ERR(chroot("none"), ENOENT);
  CHECK_ERR(chroot("file"), ENOTDIR);
  CHECK_OK(mkdir("root", 0755));
  int fd = open("root/inside", O_RDWR | O_CREAT, 0644);
  CHECK(fd >= 0);
  CHECK_OK(chroot("root"));
  CHECK_OK(access("/inside", F_OK));
  CHECK_ERR(access("/bin", F_OK), ENOENT);
  return check_failures();
}

int main(void) {
  check_workdir();
  umask(0);
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  CHECK_OK(symlink("file", "link"));
  owners(fd);
  modes(fd);
  times(fd);
  nodes();
  names(fd);
  storage(fd);
  if (geteuid() == 0)
    CHECK_EQ(check_child(new_root), 0);
  else
    CHECK_ERR(chroot("."), EPERM);
  return check_done();
}
