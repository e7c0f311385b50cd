/* Files: open to rename, with the errors that the kernel gives. */
#include "check.h"

static void reading_and_writing(void) {
  int fd = open("a", O_RDWR | O_CREAT | O_EXCL, 0640);
  CHECK(fd >= 0);
  CHECK_ERR(open("a", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
  CHECK_EQ(write(fd, "0123456789", 10), 10);
  CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
  CHECK_EQ(lseek(fd, -3, SEEK_END), 7);
  char b[32];
  CHECK_EQ(read(fd, b, sizeof b), 3);
  CHECK_EQ(memcmp(b, "789", 3), 0);
  CHECK_EQ(read(fd, b, sizeof b), 0);
  CHECK_EQ(pread(fd, b, 4, 2), 4);
  CHECK_EQ(memcmp(b, "2345", 4), 0);
  CHECK_EQ(pwrite(fd, "xy", 2, 20), 2);
  CHECK_EQ(lseek(fd, 0, SEEK_END), 22);
  CHECK_EQ(pread(fd, b, 4, 9), 4);
  CHECK_EQ(memcmp(b, "9\0\0\0", 4), 0);
  CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL);
  CHECK_ERR(lseek(fd, 0, 9), EINVAL);
  CHECK_EQ(lseek(fd, 0x123456789ll, SEEK_SET), 0x123456789ll); /* a 64-bit result */
  CHECK_ERR(pread(fd, b, 1, -1), EINVAL);

  struct iovec out[3] = {{"abc", 3}, {"", 0}, {"defg", 4}};
  CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
  CHECK_EQ(writev(fd, out, 3), 7);
  char c[2], d[3], e[8];
  struct iovec in[3] = {{c, 2}, {d, 3}, {e, 8}};
  CHECK_EQ(preadv(fd, in, 3, 0), 13);
  CHECK_EQ(memcmp(c, "ab", 2) | memcmp(d, "cde", 3) | memcmp(e, "fg789", 5), 0);
  CHECK_ERR(writev(fd, out, -1), EINVAL);
  CHECK_EQ(writev(fd, out, 0), 0);
  CHECK_ERR(read(fd, (void*)16, 4), EFAULT);
  CHECK_ERR(write(fd, (void*)16, 4), EFAULT);
  /* A buffer whose end is not there. */
  char* half = mmap(NULL, 0x4000, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  CHECK_OK(munmap(half + 0x2000, 0x2000));
  CHECK_ERR(pwrite(fd, half + 0x2000 - 10, 11, 0), EFAULT);
  CHECK_EQ(pwrite(fd, half + 0x2000 - 10, 10, 0), 10);
  CHECK_ERR(pread(fd, half + 0x2000 - 5, 10, 0), EFAULT);
  CHECK_OK(munmap(half, 0x2000));

  CHECK_OK(ftruncate(fd, 5));
  CHECK_EQ(lseek(fd, 0, SEEK_END), 5);
  CHECK_OK(truncate("a", 0x100000001ll));
  CHECK_EQ(lseek(fd, 0, SEEK_END), 0x100000001ll);
  CHECK_ERR(ftruncate(fd, -1), EINVAL);
  CHECK_OK(ftruncate(fd, 3));
  CHECK_OK(fsync(fd));
  CHECK_EQ(posix_fallocate(fd, 0, 100), 0);
  CHECK_EQ(lseek(fd, 0, SEEK_END), 100);
  CHECK_OK(close(fd));
  CHECK_ERR(close(fd), EBADF);
  CHECK_ERR(read(fd, b, 1), EBADF);

  fd = open("a", O_WRONLY | O_APPEND);
  CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
  CHECK_EQ(write(fd, "!", 1), 1);
  CHECK_EQ(lseek(fd, 0, SEEK_CUR), 101);
  CHECK_ERR(read(fd, b, 1), EBADF);
  close(fd);
  fd = open("a", O_RDONLY | O_TRUNC);
  CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
  CHECK_ERR(write(fd, "x", 1), EBADF);
  close(fd);
}

static void status(void) {
  struct stat st, st2;
  umask(022);
  int fd = open("s", O_RDWR | O_CREAT, 0666);
  CHECK_EQ(write(fd, "12345", 5), 5);
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_mode, S_IFREG | 0644);
  CHECK_EQ(st.st_size, 5);
  CHECK_EQ(st.st_nlink, 1);
  CHECK_EQ(st.st_uid, geteuid());
  CHECK(st.st_blksize > 0);
  CHECK(st.st_mtim.tv_sec > 1500000000);
  CHECK(st.st_mtim.tv_nsec >= 0 && st.st_mtim.tv_nsec < 1000000000);
  CHECK_OK(stat("s", &st2));
  CHECK(st.st_ino == st2.st_ino && st.st_dev == st2.st_dev);
  CHECK_ERR(stat("none", &st), ENOENT);
  CHECK_ERR(stat("s/x", &st), ENOTDIR);
  CHECK_ERR(stat("", &st), ENOENT);
  CHECK_ERR(stat((const char*)16, &st), EFAULT);
  CHECK_ERR(fstat(fd, (struct stat*)16), EFAULT);
  char name[300];
  memset(name, 'n', sizeof name);
  name[299] = 0;
  CHECK_ERR(stat(name, &st), ENAMETOOLONG);

  CHECK_OK(chmod("s", 0600));
  CHECK_OK(stat("s", &st));
  CHECK_EQ(st.st_mode & 07777, 0600);
  CHECK_OK(fchmod(fd, 04711));
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_mode & 07777, 04711);

  struct timespec times[2] = {{1000000000, 5}, {1200000000, 7000}};
  CHECK_OK(utimensat(AT_FDCWD, "s", times, 0));
  CHECK_OK(stat("s", &st));
  CHECK_EQ(st.st_atim.tv_sec, 1000000000);
  CHECK_EQ(st.st_mtim.tv_sec, 1200000000);
  CHECK_EQ(st.st_mtim.tv_nsec, 7000);
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_nsec = UTIME_NOW;
  CHECK_OK(futimens(fd, times));
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_atim.tv_sec, 1000000000);
  CHECK(st.st_mtim.tv_sec > 1500000000);
  CHECK_OK(access("s", R_OK));
  CHECK_ERR(access("none", F_OK), ENOENT);
  CHECK_ERR(access("s", 0x100), EINVAL);
  CHECK_OK(stat("/dev/null", &st));
  CHECK_EQ(st.st_mode & S_IFMT, S_IFCHR);
  close(fd);
}

static void names(void) {
  struct stat st;
  char text[64];
  int fd = open("old", O_WRONLY | O_CREAT, 0644);
  close(fd);
  CHECK_OK(link("old", "second"));
  CHECK_OK(stat("old", &st));
  CHECK_EQ(st.st_nlink, 2);
  CHECK_ERR(link("old", "second"), EEXIST);
  CHECK_OK(rename("second", "third"));
  CHECK_ERR(stat("second", &st), ENOENT);
  CHECK_ERR(rename("none", "x"), ENOENT);
  CHECK_OK(unlink("third"));
  CHECK_ERR(unlink("third"), ENOENT);

  CHECK_OK(symlink("old", "sym"));
  CHECK_EQ(readlink("sym", text, sizeof text), 3);
  CHECK_EQ(memcmp(text, "old", 3), 0);
  CHECK_EQ(readlink("sym", text, 2), 2);
  CHECK_ERR(readlink("old", text, sizeof text), EINVAL);
  CHECK_OK(lstat("sym", &st));
  CHECK_EQ(st.st_mode & S_IFMT, S_IFLNK);
  CHECK_OK(stat("sym", &st));
  CHECK_EQ(st.st_mode & S_IFMT, S_IFREG);
  CHECK_ERR(open("sym", O_RDONLY | O_NOFOLLOW), EMLINK);
  CHECK_OK(symlink("loop2", "loop1"));
  CHECK_OK(symlink("loop1", "loop2"));
  CHECK_ERR(open("loop1", O_RDONLY), ELOOP);

  CHECK_OK(mkdir("d", 0755));
  CHECK_ERR(mkdir("d", 0755), EEXIST);
  int dir = open("d", O_RDONLY | O_DIRECTORY);
  CHECK(dir >= 0);
  CHECK_ERR(open("old", O_RDONLY | O_DIRECTORY), ENOTDIR);
  CHECK_ERR(open("d", O_WRONLY), EISDIR);
  fd = openat(dir, "in", O_WRONLY | O_CREAT, 0600);
  CHECK(fd >= 0);
  close(fd);
  CHECK_ERR(rmdir("d"), ENOTEMPTY);
  CHECK_OK(renameat(dir, "in", AT_FDCWD, "out"));
  CHECK_OK(linkat(AT_FDCWD, "out", dir, "again", 0));
  CHECK_OK(fstatat(dir, "again", &st, 0));
  CHECK_EQ(st.st_nlink, 2);
  CHECK_OK(symlinkat("again", dir, "s"));
  CHECK_EQ(readlinkat(dir, "s", text, sizeof text), 5);
  CHECK_OK(faccessat(dir, "s", R_OK, 0));
  CHECK_OK(unlinkat(dir, "s", 0));
  CHECK_OK(unlinkat(dir, "again", 0));
  CHECK_OK(mkdirat(dir, "sub", 0700));
  CHECK_ERR(unlinkat(dir, "sub", 0), EPERM);
  CHECK_OK(unlinkat(dir, "sub", AT_REMOVEDIR));
  CHECK_ERR(openat(dir, "/dev/null/x", O_RDONLY), ENOTDIR);
  CHECK_ERR(openat(999, "x", O_RDONLY), EBADF);
  CHECK_ERR(unlink("d"), EPERM);
  CHECK_ERR(unlink("/"), EISDIR);
  close(dir);
  CHECK_OK(rmdir("d"));
  CHECK_ERR(rmdir("old"), ENOTDIR);
  CHECK_OK(mkfifo("fifo", 0600));
  CHECK_OK(stat("fifo", &st));
  CHECK_EQ(st.st_mode & S_IFMT, S_IFIFO);
  CHECK_ERR(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
}

/* Fifos and devices take any length; pipes and what is open for reading do not. */
static void lengths_of_no_file(void) {
  int fds[2], null = open("/dev/null", O_WRONLY), fifo = open("fifo", O_RDWR);
  CHECK_OK(truncate("fifo", 1024));
  CHECK_OK(truncate("/dev/null", 0));
  CHECK_OK(ftruncate(null, 7));
  CHECK_OK(ftruncate(fifo, 7));
  CHECK_OK(pipe2(fds, 0));
  CHECK_ERR(ftruncate(fds[1], 0), EINVAL);
  close(null);
  null = open("/dev/null", O_RDONLY);
  CHECK_ERR(ftruncate(null, 0), EINVAL);
  for (int i = 0; i < 2; i++) close(fds[i]);
  close(null);
  close(fifo);
}

static void execute_only(void) {
  int fd = open("program", O_CREAT | O_WRONLY, 0700);
  close(fd);
  fd = open("program", O_EXEC);
  CHECK_EQ(fcntl(fd, F_GETFL), O_EXEC);
  CHECK_OK(fcntl(fd, F_SETFL, O_EXEC | O_NONBLOCK));
  CHECK_EQ(fcntl(dup(fd), F_GETFL), O_EXEC | O_NONBLOCK);
  CHECK_OK(fcntl(fd, F_SETFL, 0));
  CHECK_EQ(fcntl(fd, F_GETFL), O_EXEC);
  close(fd);
}

static void descriptors(void) {
  int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  CHECK_OK(fcntl(fd, F_SETFD, 0));
  CHECK_EQ(fcntl(fd, F_GETFD), 0);
  CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR);
  CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK | O_APPEND));
  CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK | O_APPEND);
  int copy = fcntl(fd, F_DUPFD, 50);
  CHECK_EQ(copy, 50);
  CHECK_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 50), 51);
  CHECK_EQ(fcntl(51, F_GETFD), FD_CLOEXEC);
  CHECK_EQ(dup2(fd, 60), 60);
  CHECK_EQ(fcntl(fd, F_DUP2FD, 61), 61);
  CHECK_EQ(dup2(fd, fd), fd);
  CHECK_ERR(dup2(fd, -1), EBADF);
  CHECK_ERR(dup2(999, 5), EBADF);
  CHECK_ERR(fcntl(fd, 0x7777), EINVAL);
  CHECK_ERR(fcntl(999, F_GETFD), EBADF);
  CHECK_OK(closefrom(50));
  CHECK_ERR(fcntl(60, F_GETFD), EBADF);
  CHECK_OK(close(fd));
  /* The lowest free number is taken. */
  int a = open("/dev/null", O_RDONLY), b = open("/dev/null", O_RDONLY);
  close(a);
  CHECK_EQ(open("/dev/null", O_RDONLY), a);
  close(a);
  close(b);
}

int main(void) {
  check_workdir();
  reading_and_writing();
  status();
  names();
  lengths_of_no_file();
  execute_only();
  descriptors();
  return check_done();
}
