/* What file systems say about themselves, and handles of files: FreeBSD sys/sys/mount.h. */
#include "check.h"

enum { NOWHERE = 0x1000, MNT_WAIT = 1, MNT_NOWAIT };

#define STATFS(name_max)                             \
  {                                                  \
    uint32_t f_version, f_type;                      \
    uint64_t f_flags, f_bsize, f_iosize;             \
    uint64_t f_blocks, f_bfree;                      \
    int64_t f_bavail;                                \
    uint64_t f_files;                                \
    int64_t f_ffree;                                 \
    uint64_t f_syncwrites, f_asyncwrites;            \
    uint64_t f_syncreads, f_asyncreads, f_spare[10]; \
    uint32_t f_namemax;                              \
    uid_t f_owner;                                   \
    int32_t f_fsid[2];                               \
    char f_charspare[80];                            \
    char f_fstypename[16];                           \
    char f_mntfromname[name_max];                    \
    char f_mntonname[name_max];                      \
  }
struct statfs STATFS(1024);
struct statfs_11 STATFS(88);
enum { VERSION = 0x20140518, VERSION_11 = 0x20030518 };

struct fhandle {
  int32_t fsid[2];
  unsigned short length, data0;
  char data[16];
};

int statfs(const char* path, struct statfs* st);
int fstatfs(int fd, struct statfs* st);
int fhstatfs(const struct fhandle* handle, struct statfs* st);
int getfsstat(struct statfs* st, long size, int mode);
int freebsd11_statfs(const char* path, struct statfs_11* st);
int freebsd11_fstatfs(int fd, struct statfs_11* st);
int freebsd11_fhstatfs(const struct fhandle* handle, struct statfs_11* st);
int freebsd11_getfsstat(struct statfs_11* st, long size, int mode);
int getfh(const char* path, struct fhandle* handle);
int lgetfh(const char* path, struct fhandle* handle);
int getfhat(int fd, const char* path, struct fhandle* handle, int flags);
int fhopen(const struct fhandle* handle, int flags);
int fhstat(const struct fhandle* handle, struct stat* st);
int freebsd11_fhstat(const struct fhandle* handle, void* st);
int fhlink(const struct fhandle* handle, const char* to);
int fhlinkat(const struct fhandle* handle, int fd, const char* to);
int fhreadlink(const struct fhandle* handle, char* buffer, size_t size);

static struct statfs all[256];
static struct statfs_11 all_11[256];

static void one(int fd) {
  struct statfs st, by_fd;
  struct statfs_11 old;
  CHECK_OK(statfs(".", &st));
  CHECK_EQ(st.f_version, VERSION);
  CHECK(st.f_bsize > 0 && st.f_blocks >= st.f_bfree && st.f_namemax == 255);
  CHECK(st.f_fstypename[0] != 0 && st.f_mntonname[0] == '/');
  CHECK_OK(fstatfs(fd, &by_fd));
  CHECK_EQ(by_fd.f_blocks, st.f_blocks);
  CHECK(memcmp(by_fd.f_fsid, st.f_fsid, sizeof st.f_fsid) == 0);
  CHECK(strcmp(by_fd.f_mntonname, st.f_mntonname) == 0);
  CHECK_OK(freebsd11_statfs(".", &old));
  CHECK_EQ(old.f_version, VERSION_11);
  CHECK_EQ(old.f_blocks, st.f_blocks);
  CHECK(strncmp(old.f_mntonname, st.f_mntonname, 87) == 0);
  CHECK_OK(freebsd11_fstatfs(fd, &old));
  CHECK_EQ(old.f_bsize, st.f_bsize);
  CHECK_ERR(statfs("none", &st), ENOENT);
  CHECK_ERR(statfs(".", (struct statfs*)16), EFAULT);
  CHECK_ERR(fstatfs(NOWHERE, &st), EBADF);
  CHECK_ERR(freebsd11_statfs("none", &old), ENOENT);
  CHECK_ERR(freebsd11_fstatfs(NOWHERE, &old), EBADF);
}

static void each(void) {
  int n = getfsstat(NULL, 0, MNT_NOWAIT);
  CHECK(n >= 1);
  int got = getfsstat(all, sizeof all, MNT_NOWAIT);
  CHECK(got == n || n > 256);
  CHECK_EQ(all[0].f_version, VERSION);
  bool root = false;
  for (int i = 0; i < got; i++) root |= strcmp(all[i].f_mntonname, "/") == 0;
  CHECK(root);
  CHECK_EQ(getfsstat(all, sizeof all[0], MNT_NOWAIT), 1); /* as many as there is room for */
  CHECK_EQ(freebsd11_getfsstat(NULL, 0, MNT_NOWAIT), n);
  CHECK_EQ(freebsd11_getfsstat(all_11, sizeof all_11, MNT_NOWAIT), got);
  CHECK_EQ(all_11[0].f_version, VERSION_11);
  CHECK_ERR(getfsstat(all, sizeof all, 77), EINVAL);
  CHECK_ERR(getfsstat((struct statfs*)16, sizeof all, MNT_NOWAIT), EFAULT);
  CHECK_ERR(freebsd11_getfsstat(all_11, sizeof all_11, 77), EINVAL);
}

struct xvfsconf {
  void* ops;
  char name[16];
  int number, refcount, flags;
  struct xvfsconf* next;
};

/* getvfsbyname(3) knows the types of what is mounted: bsdtar gives up where it does not. */
static void types(void) {
  static struct xvfsconf known[256];
  size_t size = sizeof known;
  CHECK_OK(sysctlbyname("vfs.conflist", known, &size));
  int n = getfsstat(all, sizeof all, MNT_NOWAIT);
  CHECK_OK(statfs(".", &all[n < 256 ? n : 255]));
  for (int i = 0; i <= n && i < 256; i++) {
    bool found = false;
    for (size_t k = 0; k < size / sizeof known[0]; k++) {
      found |= strcmp(known[k].name, all[i].f_fstypename) == 0;
    }
    CHECK(found);
  }
}

static void handles(void) {
  struct fhandle h, of_link, again;
  struct stat st, named;
  struct statfs fs, named_fs;
  struct statfs_11 fs_11;
  static char st_11[256];
  char b[16];
  memset(&h, 0, sizeof h);
  errno = 0;
  if (getfh("file", &h) == -1) {
    CHECK(errno == EOPNOTSUPP || (geteuid() != 0 && errno == EPERM));
    CHECK_ERR(fhstat(&h, &st), geteuid() == 0 ? ESTALE : EPERM);
    return;
  }
  CHECK_OK(getfhat(AT_FDCWD, "file", &again, 0));
  CHECK_OK(lgetfh("link", &of_link));
  if (fhstat(&h, &st) == -1) {
    CHECK_EQ(errno, EPERM);
    return;
  }
  CHECK_OK(stat("file", &named));
  CHECK_EQ(st.st_ino, named.st_ino);
  CHECK_OK(fhstat(&again, &st));
  CHECK_EQ(st.st_ino, named.st_ino);
  CHECK_OK(fhstat(&of_link, &st));
  CHECK_EQ(st.st_mode & S_IFMT, S_IFLNK);
  CHECK_OK(freebsd11_fhstat(&h, st_11));
  uint32_t inode;
  memcpy(&inode, st_11 + 4, 4);
  CHECK_EQ(inode, (uint32_t)named.st_ino);
  CHECK_OK(statfs("file", &named_fs));
  CHECK_OK(fhstatfs(&h, &fs));
  CHECK_EQ(fs.f_blocks, named_fs.f_blocks);
  CHECK_OK(freebsd11_fhstatfs(&h, &fs_11));
  CHECK_EQ(fs_11.f_blocks, named_fs.f_blocks);
  CHECK_OK(fhlink(&h, "second"));
  CHECK_OK(fhlinkat(&h, AT_FDCWD, "third"));
  CHECK_OK(stat("third", &st));
  CHECK_EQ(st.st_nlink, 3);
  CHECK_EQ(fhreadlink(&of_link, b, sizeof b), 4);
  CHECK(memcmp(b, "file", 4) == 0);

  const int opened = fhopen(&h, O_RDWR);
  CHECK(opened >= 0);
  CHECK_OK(stat("file", &named));
  CHECK_OK(fstat(opened, &st));
  CHECK_EQ(st.st_ino, named.st_ino);
  CHECK_EQ(pwrite(opened, "by handle", 9, named.st_size), 9);
  CHECK_OK(stat("file", &st));
  CHECK_EQ(st.st_size, named.st_size + 9);
  close(opened);

  CHECK_ERR(fhopen(&h, O_CREAT), EINVAL);
  CHECK_ERR(getfh("none", &again), ENOENT);
  CHECK_ERR(lgetfh("none", &of_link), ENOENT);
  CHECK_ERR(getfhat(AT_FDCWD, "none", &of_link, 0), ENOENT);
  CHECK_ERR(getfhat(AT_FDCWD, "file", &of_link, 1), EINVAL);
  CHECK_ERR(fhlink(&h, "second"), EEXIST);
  CHECK_ERR(fhlinkat(&h, NOWHERE, "fourth"), EBADF);
  CHECK_ERR(fhreadlink(&h, b, sizeof b), EINVAL);
  h.fsid[0] = 0x7fffffff;
  CHECK_ERR(fhopen(&h, O_RDONLY), ESTALE);
  CHECK_ERR(fhstat(&h, &st), ESTALE);
  CHECK_ERR(fhstatfs(&h, &fs), ESTALE);
  CHECK_ERR(freebsd11_fhstat(&h, st_11), ESTALE);
  CHECK_ERR(freebsd11_fhstatfs(&h, &fs_11), ESTALE);
}

int main(void) {
  check_workdir();
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  CHECK_OK(symlink("file", "link"));
  one(fd);
  each();
  types();
  handles();
  return check_done();
}
