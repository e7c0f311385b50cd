/* getdirentries: the entries, their types, seeking, small buffers; the current directory. */
#include "check.h"

enum { kFiles = 300 };

/* Reads the directory through a buffer of `size` bytes; returns how many of f0.. were seen. */
static int scan(int fd, size_t size, int* others) {
  static bool seen[kFiles];
  memset(seen, 0, sizeof seen);
  int count = 0;
  *others = 0;
  char buffer[8192] __attribute__((aligned(8)));
  off_t base = -1;
  for (;;) {
    ssize_t n = getdirentries(fd, buffer, size, &base);
    if (n <= 0) {
      CHECK_EQ(n, 0);
      return count;
    }
    CHECK(n <= (ssize_t)size);
    for (ssize_t at = 0; at < n;) {
      struct dirent* d = (struct dirent*)(buffer + at);
      CHECK(d->d_reclen >= 24 + d->d_namlen + 1 && d->d_reclen % 8 == 0);
      CHECK_EQ(strlen(d->d_name), d->d_namlen);
      CHECK(d->d_fileno != 0);
      if (d->d_name[0] == 'f') {
        unsigned long i = strtoul(d->d_name + 1, 10);
        CHECK(i < kFiles && !seen[i]);
        if (i < kFiles) seen[i] = true;
        CHECK(d->d_type == DT_REG || d->d_type == DT_UNKNOWN);
        count++;
      } else {
        if (strcmp(d->d_name, "sub") == 0) CHECK(d->d_type == DT_DIR || d->d_type == DT_UNKNOWN);
        if (strcmp(d->d_name, "sym") == 0) CHECK(d->d_type == DT_LNK || d->d_type == DT_UNKNOWN);
        ++*others;
      }
      at += d->d_reclen;
      if (d->d_reclen == 0) return count;
    }
  }
}

int main(void) {
  char name[32], cwd[256], again[256];
  int others;
  check_workdir();
  for (int i = 0; i < kFiles; i++) {
    snprintf(name, sizeof name, "f%d", i);
    close(open(name, O_WRONLY | O_CREAT, 0644));
  }
  CHECK_OK(mkdir("sub", 0755));
  CHECK_OK(symlink("sub", "sym"));
  int fd = open(".", O_RDONLY | O_DIRECTORY);
  CHECK(fd >= 0);
  CHECK_EQ(scan(fd, 8192, &others), kFiles);
  CHECK_EQ(others, 4); /* . .. sub sym */
  CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
  CHECK_EQ(scan(fd, 512, &others), kFiles);
  CHECK_EQ(others, 4);
  off_t base;
  CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
  char buffer[1024];
  CHECK_ERR(getdirentries(fd, buffer, 8, &base), EINVAL);
  CHECK_ERR(getdirentries(fd, (char*)16, 1024, &base), EFAULT);
  CHECK_ERR(getdirentries(999, buffer, 1024, &base), EBADF);
  int file = open("f0", O_RDONLY);
  CHECK_ERR(getdirentries(file, buffer, 1024, &base), EINVAL);

  CHECK_OK(__getcwd(cwd, sizeof cwd));
  CHECK_OK(chdir("sub"));
  CHECK_OK(__getcwd(again, sizeof again));
  strcat(cwd, "/sub");
  CHECK_EQ(strcmp(cwd, again), 0);
  CHECK_OK(fchdir(fd));
  CHECK_ERR(chdir("f0"), ENOTDIR);
  CHECK_ERR(chdir("none"), ENOENT);
  CHECK_ERR(__getcwd(cwd, 1), EINVAL);
  CHECK_ERR(__getcwd(cwd, 3), ENOMEM);
  return check_done();
}
