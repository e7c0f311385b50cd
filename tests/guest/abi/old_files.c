/* Calls that FreeBSD keeps for programs of 4.3BSD and of FreeBSD 6 to 11: files. What they return
 * must be what today's calls say, in the narrower structures. */
#include "check.h"

/* sys/stat.h */
struct stat_43 {
  uint16_t st_dev;
  uint32_t st_ino;
  mode_t st_mode;
  uint16_t st_nlink, st_uid, st_gid, st_rdev;
  int32_t st_size;
  struct timespec st_atim, st_mtim, st_ctim;
  int32_t st_blksize, st_blocks;
  uint32_t st_flags, st_gen;
};
struct stat_11 {
  uint32_t st_dev, st_ino;
  mode_t st_mode;
  uint16_t st_nlink;
  uid_t st_uid;
  gid_t st_gid;
  uint32_t st_rdev;
  struct timespec st_atim, st_mtim, st_ctim;
  off_t st_size;
  int64_t st_blocks;
  int32_t st_blksize;
  uint32_t st_flags, st_gen;
  int32_t st_lspare;
  struct timespec st_birthtim;
  char padding[16 - sizeof(struct timespec)];
};
struct nstat {
  uint32_t st_dev, st_ino, st_mode, st_nlink;
  uid_t st_uid;
  gid_t st_gid;
  uint32_t st_rdev;
  struct timespec st_atim, st_mtim, st_ctim;
  off_t st_size;
  int64_t st_blocks;
  int32_t st_blksize;
  uint32_t st_flags, st_gen;
  struct timespec st_birthtim;
  char padding[16 - sizeof(struct timespec)];
};
struct dirent_11 {
  uint32_t d_fileno;
  uint16_t d_reclen;
  uint8_t d_type, d_namlen;
  char d_name[256];
};

int ocreat(const char* path, int mode);
long olseek(int fd, long offset, int whence);
int ostat(const char* path, struct stat_43* st);
int olstat(const char* path, struct stat_43* st);
int ofstat(int fd, struct stat_43* st);
int otruncate(const char* path, long length);
int oftruncate(int fd, long length);
int ogetdirentries(int fd, char* buffer, unsigned size, long* base);
void* ommap(void* address, int length, int protection, int flags, int fd, long offset);
ssize_t freebsd6_pread(int fd, void* buffer, size_t size, int pad, off_t offset);
ssize_t freebsd6_pwrite(int fd, const void* buffer, size_t size, int pad, off_t offset);
void* freebsd6_mmap(void* address, size_t length, int protection, int flags, int fd, int pad,
                    off_t offset);
off_t freebsd6_lseek(int fd, int pad, off_t offset, int whence);
int freebsd6_truncate(const char* path, int pad, off_t length);
int freebsd6_ftruncate(int fd, int pad, off_t length);
int freebsd11_mknod(const char* path, int mode, uint32_t device);
int freebsd11_mknodat(int fd, const char* path, mode_t mode, uint32_t device);
int freebsd11_stat(const char* path, struct stat_11* st);
int freebsd11_lstat(const char* path, struct stat_11* st);
int freebsd11_fstat(int fd, struct stat_11* st);
int freebsd11_fstatat(int fd, const char* path, struct stat_11* st, int flags);
int freebsd11_nstat(const char* path, struct nstat* st);
int freebsd11_nlstat(const char* path, struct nstat* st);
int freebsd11_nfstat(int fd, struct nstat* st);
int freebsd11_getdirentries(int fd, char* buffer, unsigned size, long* base);
int freebsd11_getdents(int fd, char* buffer, size_t size);

#define CHECK_SAME(st, now)                              \
  do {                                                   \
    CHECK_EQ((st).st_size, (now).st_size);               \
    CHECK_EQ((st).st_mode, (now).st_mode);               \
    CHECK_EQ((st).st_nlink, (now).st_nlink);             \
    CHECK_EQ((st).st_uid, (now).st_uid);                 \
    CHECK_EQ((st).st_gid, (now).st_gid);                 \
    CHECK_EQ((st).st_ino, (uint32_t)(now).st_ino);       \
    CHECK_EQ((st).st_mtim.tv_sec, (now).st_mtim.tv_sec); \
    CHECK_EQ((st).st_blksize, (now).st_blksize);         \
    CHECK_EQ((st).st_blocks, (now).st_blocks);           \
  } while (0)

static void states(int fd) {
  struct stat file, own;
  struct stat_43 oldest;
  struct stat_11 old;
  struct nstat wide;
  CHECK_OK(fstat(fd, &file));
  CHECK_OK(ofstat(fd, &oldest));
  CHECK_SAME(oldest, file);
  CHECK_OK(ostat("link", &oldest));
  CHECK_SAME(oldest, file);
  CHECK_OK(freebsd11_fstat(fd, &old));
  CHECK_SAME(old, file);
  CHECK_OK(freebsd11_stat("link", &old));
  CHECK_SAME(old, file);
  CHECK_OK(freebsd11_fstatat(AT_FDCWD, "link", &old, 0));
  CHECK_SAME(old, file);
  CHECK_OK(freebsd11_nfstat(fd, &wide));
  CHECK_SAME(wide, file);
  CHECK_OK(freebsd11_nstat("link", &wide));
  CHECK_SAME(wide, file);
  CHECK_OK(lstat("link", &own));
  CHECK_OK(olstat("link", &oldest));
  CHECK_SAME(oldest, own);
  CHECK_OK(freebsd11_lstat("link", &old));
  CHECK_SAME(old, own);
  CHECK_OK(freebsd11_fstatat(AT_FDCWD, "link", &old, AT_SYMLINK_NOFOLLOW));
  CHECK_SAME(old, own);
  CHECK_OK(freebsd11_nlstat("link", &wide));
  CHECK_SAME(wide, own);

  CHECK_ERR(ofstat(0x1000, &oldest), EBADF);
  CHECK_ERR(ostat("none", &oldest), ENOENT);
  CHECK_ERR(olstat("link", (struct stat_43*)16), EFAULT);
  CHECK_ERR(freebsd11_fstat(0x1000, &old), EBADF);
  CHECK_ERR(freebsd11_stat("none", &old), ENOENT);
  CHECK_ERR(freebsd11_lstat("link", (struct stat_11*)16), EFAULT);
  CHECK_ERR(freebsd11_fstatat(0x1000, "link", &old, 0), EBADF);
  CHECK_ERR(freebsd11_fstatat(AT_FDCWD, "link", &old, 1), EINVAL);
  CHECK_ERR(freebsd11_nfstat(0x1000, &wide), EBADF);
  CHECK_ERR(freebsd11_nstat("none", &wide), ENOENT);
  CHECK_ERR(freebsd11_nlstat("link", (struct nstat*)16), EFAULT);
}

static void positions(int fd) {
  char b[16] = "";
  CHECK_EQ(freebsd6_pwrite(fd, "abcdefgh", 8, 0, 2), 8);
  CHECK_EQ(freebsd6_pread(fd, b, 3, 0, 4), 3);
  CHECK(memcmp(b, "cde", 3) == 0);
  CHECK_ERR(freebsd6_pread(fd, b, 3, 0, -1), EINVAL);
  CHECK_ERR(freebsd6_pwrite(0x1000, b, 3, 0, 0), EBADF);
  CHECK_EQ(olseek(fd, -4, SEEK_END), 6);
  CHECK_ERR(olseek(fd, -1, SEEK_SET), EINVAL);
  const off_t far = 0x123456789;
  CHECK_EQ(freebsd6_lseek(fd, 0, far, SEEK_SET), far);
  CHECK_EQ(freebsd6_lseek(fd, 0, -1, SEEK_CUR), far - 1);
  CHECK_ERR(freebsd6_lseek(fd, 0, 0, 77), EINVAL);
}

static void lengths(int fd) {
  struct stat st;
  CHECK_OK(otruncate("file", 5));
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_size, 5);
  CHECK_OK(oftruncate(fd, 7));
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_size, 7);
  CHECK_OK(freebsd6_truncate("file", 0, 0x100000001));
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_size, 0x100000001);
  CHECK_OK(freebsd6_ftruncate(fd, 0, 9));
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_size, 9);
  CHECK_ERR(otruncate("none", 0), ENOENT);
  CHECK_ERR(otruncate("file", -1), EINVAL);
  CHECK_ERR(oftruncate(fd, -1), EINVAL);
  CHECK_ERR(freebsd6_truncate("none", 0, 0), ENOENT);
  CHECK_ERR(freebsd6_ftruncate(0x1000, 0, 0), EBADF);
}

static void mappings(int fd) {
  const char text[] = "mapped";
  CHECK_EQ(pwrite(fd, text, sizeof text, 0), sizeof text);
  /* 4.3BSD's own flags and protections: MAP_ANON 2, MAP_FIXED 0x100, private unless MAP_SHARED
   * 0x10; 4 reads, 2 writes (sys/vm/vm_mmap.c). */
  char* p = ommap(NULL, 4096, 4, 0, fd, 0);
  CHECK(p != MAP_FAILED && memcmp(p, text, sizeof text) == 0);
  CHECK_OK(munmap(p, 4096));
  p = ommap(NULL, 4096, 4 | 2, 2, -1, 0);
  CHECK(p != MAP_FAILED);
  p[4095] = 1;
  CHECK_OK(munmap(p, 4096));
  CHECK_ERR(ommap(NULL, 4096, 4, 0, 0x1000, 0), EBADF);
  p = freebsd6_mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0, 0);
  CHECK(p != MAP_FAILED && memcmp(p, text, sizeof text) == 0);
  CHECK_OK(munmap(p, 4096));
  CHECK_ERR(freebsd6_mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 0x1000, 0, 0), EBADF);
}

/* How often `name` is among the entries. */
static int count_name(const char* b, int n, const char* name) {
  int found = 0;
  for (int at = 0; at < n;) {
    struct dirent_11 entry;
    memcpy(&entry, b + at, offsetof(struct dirent_11, d_name));
    CHECK(entry.d_reclen >= 12 && entry.d_reclen % 4 == 0 && at + entry.d_reclen <= n);
    if (entry.d_reclen == 0) break;
    const char* its = b + at + offsetof(struct dirent_11, d_name);
    CHECK_EQ(strlen(its), entry.d_namlen);
    if (strcmp(its, name) == 0) {
      CHECK(entry.d_type == DT_REG || entry.d_type == DT_UNKNOWN);
      CHECK(entry.d_fileno != 0);
      found++;
    }
    at += entry.d_reclen;
  }
  return found;
}

/* The same with 4.3BSD's entries: a 16-bit length of the name where type and length are today. */
static int count_old_name(const char* b, int n, const char* name) {
  int found = 0;
  for (int at = 0; at < n;) {
    uint16_t record, length;
    memcpy(&record, b + at + 4, 2);
    memcpy(&length, b + at + 6, 2);
    CHECK(record >= 12 && at + record <= n);
    if (record == 0) break;
    CHECK_EQ(strlen(b + at + 8), length);
    found += strcmp(b + at + 8, name) == 0;
    at += record;
  }
  return found;
}

static void directories(int file) {
  static char b[4096] __attribute__((aligned(8)));
  int fd = open(".", O_RDONLY | O_DIRECTORY);
  long base = -1;
  int n = freebsd11_getdirentries(fd, b, sizeof b, &base);
  CHECK_EQ(base, 0);
  CHECK_EQ(count_name(b, n, "file"), 1);
  CHECK_EQ(freebsd11_getdirentries(fd, b, sizeof b, NULL), 0);
  CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
  CHECK_EQ(freebsd11_getdents(fd, b, sizeof b), n);
  CHECK_EQ(count_name(b, n, "file"), 1);
  CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
  n = ogetdirentries(fd, b, sizeof b, &base);
  CHECK_EQ(count_old_name(b, n, "file"), 1);
  CHECK_ERR(freebsd11_getdirentries(file, b, sizeof b, &base), EINVAL);
  CHECK_ERR(freebsd11_getdents(0x1000, b, sizeof b), EBADF);
  CHECK_ERR(ogetdirentries(file, b, sizeof b, &base), EINVAL);
  close(fd);
}

static void nodes(void) {
  struct stat st;
  CHECK_OK(freebsd11_mknod("fifo", S_IFIFO | 0600, 0));
  CHECK_OK(stat("fifo", &st));
  CHECK_EQ(st.st_mode, S_IFIFO | 0600);
  CHECK_ERR(freebsd11_mknod("fifo", S_IFIFO | 0600, 0), EEXIST);
  CHECK_OK(freebsd11_mknodat(AT_FDCWD, "fifo2", S_IFIFO | 0640, 0));
  CHECK_OK(stat("fifo2", &st));
  CHECK_EQ(st.st_mode, S_IFIFO | 0640);
  CHECK_ERR(freebsd11_mknodat(0x1000, "fifo3", S_IFIFO | 0600, 0), EBADF);
}

int main(void) {
  check_workdir();
  umask(0);
  int fd = ocreat("file", 0640);
  CHECK(fd >= 0);
  close(fd);
  CHECK_ERR(ocreat("none/file", 0600), ENOENT);
  fd = open("file", O_RDWR);
  CHECK_EQ(write(fd, "12345", 5), 5);
  CHECK_OK(symlink("file", "link"));
  states(fd);
  positions(fd);
  lengths(fd);
  mappings(fd);
  directories(fd);
  nodes();
  return check_done();
}
