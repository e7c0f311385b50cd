/* Files, directories, mappings, locks, descriptors. */
#define _FILE_OFFSET_BITS 64
#include <dirent.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"

static void test_mapping(int fd) {
  char* shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CHECK(shared != MAP_FAILED && memcmp(shared, "hello", 5) == 0);
  shared[0] = 'J';
  char byte;
  CHECK(pread(fd, &byte, 1, 0) == 1 && byte == 'J');
  char* moved = mremap(shared, 8192, 4096, 0);
  CHECK(moved == shared && munmap(moved, 4096) == 0);
  char* big = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(big != MAP_FAILED);
  big[12345] = 9;
  char* bigger = mremap(big, 1 << 20, 4 << 20, MREMAP_MAYMOVE);
  CHECK(bigger != MAP_FAILED && bigger[12345] == 9);
  CHECK(madvise(bigger, 1 << 20, MADV_DONTNEED) == 0 && bigger[12345] == 0);
  CHECK(munmap(bigger, 4 << 20) == 0);
  void* before = sbrk(0);
  CHECK(sbrk(100000) == before && (char*)sbrk(0) == (char*)before + 100000);
  memset(before, 1, 100000);
}

/* A loop device on the file, where one may be had; others take free ones too. */
static void test_loop_device(int fd) {
  struct loop_info64 info;
  CHECK(ioctl(fd, LOOP_GET_STATUS64, &info) == -1 && errno == ENOTTY);
  const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return;
  int device = -1, bound = -1;
  for (int turn = 0; turn < 100 && bound != 0; turn++) {
    const int number = ioctl(control, LOOP_CTL_GET_FREE);
    char name[32];
    snprintf(name, sizeof name, "/dev/loop%d", number);
    if (number < 0 || (device = open(name, O_RDONLY | O_CLOEXEC)) < 0) break;
    struct loop_config config = {.fd = (unsigned)fd};
    config.info.lo_offset = 512;
    config.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
    strcpy((char*)config.info.lo_file_name, "a file");
    bound = ioctl(device, LOOP_CONFIGURE, &config);
    if (bound != 0) {
      const int error = errno;
      close(device);
      CHECK(error == EBUSY);
    }
  }
  close(control);
  if (bound != 0) return;
  memset(&info, 0xff, sizeof info);
  CHECK(ioctl(device, LOOP_GET_STATUS64, &info) == 0);
  CHECK(info.lo_offset == 512 && info.lo_sizelimit == 0 && info.lo_encrypt_type == 0);
  CHECK(info.lo_flags & LO_FLAGS_READ_ONLY);
  CHECK(strcmp((char*)info.lo_file_name, "a file") == 0);
  CHECK(ioctl(device, LOOP_CLR_FD) == 0 && close(device) == 0);
}

int main(void) {
  char dir[] = "/tmp/linux-files-XXXXXX";
  CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
  char cwd[256];
  CHECK(getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, dir) == 0);

  int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
  CHECK(fd >= 0 && open("file", O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);
  CHECK(write(fd, "hello world\n", 12) == 12 && ftruncate(fd, 8192) == 0);
  struct stat st;
  CHECK(fstat(fd, &st) == 0 && st.st_size == 8192 && S_ISREG(st.st_mode));
  CHECK((st.st_mode & 0777) == 0640 && st.st_nlink == 1 && st.st_uid == getuid());
  CHECK(lseek(fd, 6, SEEK_SET) == 6);
  char a[3], b[3];
  const struct iovec parts[2] = {{a, 2}, {b, 3}};
  CHECK(readv(fd, parts, 2) == 5 && memcmp(a, "wo", 2) == 0 && memcmp(b, "rld", 3) == 0);
  CHECK(pwrite64(fd, "!", 1, 0x100000000LL) == 1 && fstat(fd, &st) == 0);
  CHECK(st.st_size == 0x100000001LL && ftruncate64(fd, 8192) == 0);
  CHECK(fcntl(fd, F_GETFL) != -1 && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
  test_loop_device(fd);
  test_mapping(fd);

  CHECK(open(".", O_DIRECTORY | O_RDONLY) >= 0);
  CHECK(open("file", O_DIRECTORY | O_RDONLY) == -1 && errno == ENOTDIR);
  CHECK(symlink("file", "link") == 0);
  CHECK(open("link", O_NOFOLLOW | O_RDONLY) == -1 && errno == ELOOP);
  CHECK(lstat("link", &st) == 0 && S_ISLNK(st.st_mode) && stat("link", &st) == 0);
  char text[16];
  CHECK(readlink("link", text, sizeof text) == 4 && memcmp(text, "file", 4) == 0);
  CHECK(mkdir("sub", 0755) == 0 && rename("link", "sub/link") == 0);

  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10};
  CHECK(fcntl(fd, F_SETLK, &lock) == 0);
  CHECK(flock(fd, LOCK_EX | LOCK_NB) == 0);

  DIR* d = opendir(".");
  CHECK(d != NULL);
  int found = 0;
  for (const struct dirent* e; (e = readdir(d)) != NULL;) {
    if (strcmp(e->d_name, "file") == 0) found |= e->d_type == DT_REG ? 1 : 8;
    if (strcmp(e->d_name, "sub") == 0) found |= e->d_type == DT_DIR ? 2 : 8;
  }
  CHECK(found == 3 && closedir(d) == 0);

  int fds[2];
  CHECK(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
  CHECK(fcntl(fds[0], F_GETFD) == FD_CLOEXEC && read(fds[0], text, 1) == -1 && errno == EAGAIN);
  const int copy = fcntl(fds[1], F_DUPFD, 100);
  CHECK(copy >= 100 && write(copy, "z", 1) == 1 && read(fds[0], text, 1) == 1);
  struct statfs fs;
  CHECK(statfs(".", &fs) == 0 && fs.f_bsize > 0 && fs.f_blocks > 0);

  const struct timespec times[2] = {{1000000000, 5}, {1000000001, 7}};
  CHECK(utimensat(AT_FDCWD, "file", times, 0) == 0 && stat("file", &st) == 0);
  CHECK(st.st_mtim.tv_sec == 1000000001 && st.st_mtim.tv_nsec == 7);
  CHECK(access("file", R_OK) == 0 && unlink("sub/link") == 0 && rmdir("sub") == 0);
  CHECK(unlink("file") == 0 && chdir("/") == 0 && rmdir(dir) == 0);
  puts("ok");
  return 0;
}
