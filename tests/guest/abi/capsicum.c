/* Capsicum: rights limit what a descriptor can do, only ever shrink, and follow it; capability mode
 * forbids what is not relative to a descriptor. */
#include "capabilities.h"

enum {
  READ = 1,
  WRITE = 2,
  SEEK = 0xc,
  MMAP = 0x10,
  LOOKUP = 0x400,
  FCNTL = 0x8000,
  FSTAT = 0x80000,
  EVENT = 0x20,
  IOCTL = 0x80
};

int cap_getmode(unsigned* mode);
int cap_ioctls_limit(int fd, const unsigned long* requests, size_t count);
ssize_t cap_ioctls_get(int fd, unsigned long* requests, size_t count);
int cap_fcntls_limit(int fd, uint32_t fcntls);
int cap_fcntls_get(int fd, uint32_t* fcntls);

#define FIONREAD 0x4004667fUL
#define FIONBIO 0x8004667eUL

static void rights(void) {
  char b[8];
  struct stat st;
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  CHECK_EQ(write(fd, "secret", 6), 6);
  cap_rights_t r, want = RIGHTS(READ | SEEK | FSTAT | LOOKUP, EVENT);
  CHECK_OK(__cap_rights_get(0, fd, &r));
  CHECK_EQ(r.words[0], IDX0 | 0x7ffffffffffULL);
  CHECK_EQ(r.words[1], IDX1 | 0x1fffff);
  CHECK_OK(cap_rights_limit(fd, &want));
  CHECK_OK(__cap_rights_get(0, fd, &r));
  CHECK(memcmp(&r, &want, sizeof r) == 0);
  CHECK_ERR(write(fd, "x", 1), ENOTCAPABLE);
  CHECK_ERR(pwrite(fd, "x", 1, 0), ENOTCAPABLE);
  CHECK_ERR(ftruncate(fd, 0), ENOTCAPABLE);
  CHECK_ERR(fchmod(fd, 0600), ENOTCAPABLE);
  CHECK_ERR(fcntl(fd, F_GETFL), ENOTCAPABLE);
  CHECK_ERR(ioctl(fd, FIONREAD, b), ENOTCAPABLE);
  CHECK_ERR(mmap(NULL, 4096, 1, 1, fd, 0), ENOTCAPABLE);
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(pread(fd, b, 6, 0), 6);
  CHECK_EQ(fcntl(fd, F_GETFD), 0);
  /* Duplicates have no more, and nothing comes back. */
  int copy = dup(fd), other = fcntl(fd, F_DUPFD, 20);
  CHECK_ERR(write(copy, "x", 1), ENOTCAPABLE);
  CHECK_ERR(write(other, "x", 1), ENOTCAPABLE);
  want = RIGHTS(READ | WRITE, 0);
  CHECK_ERR(cap_rights_limit(fd, &want), ENOTCAPABLE);
  want = RIGHTS(READ, 0);
  CHECK_OK(cap_rights_limit(copy, &want));
  CHECK_ERR(pread(copy, b, 1, 0), ENOTCAPABLE);
  CHECK_OK(lseek(fd, 0, SEEK_SET));
  /* A number that is free is nobody's any more. */
  close(copy);
  CHECK_EQ(open("file", O_RDWR), copy);
  CHECK_EQ(write(copy, "S", 1), 1);
  want.words[0] = READ;
  CHECK_ERR(cap_rights_limit(fd, &want), EINVAL);
  want = RIGHTS(1ULL << 45, 0);
  CHECK_ERR(cap_rights_limit(fd, &want), EINVAL);
  CHECK_ERR(cap_rights_limit(0x1000, &r), EBADF);
  CHECK_ERR(cap_rights_limit(fd, (cap_rights_t*)16), EFAULT);
  CHECK_ERR(__cap_rights_get(1, fd, &r), EINVAL);
  CHECK_ERR(__cap_rights_get(0, 0x1000, &r), EBADF);
}

static void commands(void) {
  int fds[2], n = 0;
  uint32_t fcntls = 0;
  unsigned long list[4] = {FIONREAD, FIONBIO}, got[4];
  CHECK_OK(pipe2(fds, 0));
  CHECK(cap_ioctls_get(fds[0], got, 4) > 0x10000);
  CHECK_OK(cap_ioctls_limit(fds[0], list, 2));
  CHECK_EQ(cap_ioctls_get(fds[0], got, 1), 2);
  CHECK_EQ(got[0], FIONREAD);
  CHECK_OK(cap_ioctls_limit(fds[0], list, 1));
  CHECK_ERR(cap_ioctls_limit(fds[0], list, 2), ENOTCAPABLE);
  CHECK_OK(ioctl(fds[0], FIONREAD, &n));
  CHECK_ERR(ioctl(fds[0], FIONBIO, &n), ENOTCAPABLE);
  CHECK_ERR(cap_ioctls_limit(fds[0], list, 1000), EINVAL);
  CHECK_ERR(cap_ioctls_get(0x1000, got, 1), EBADF);
  CHECK_OK(cap_fcntls_get(fds[0], &fcntls));
  CHECK_EQ(fcntls, 0x78);
  CHECK_OK(cap_fcntls_limit(fds[0], 1 << F_GETFL));
  CHECK_OK(fcntl(fds[0], F_GETFL));
  CHECK_ERR(fcntl(fds[0], F_SETFL, O_NONBLOCK), ENOTCAPABLE);
  CHECK_ERR(cap_fcntls_limit(fds[0], 0x78), ENOTCAPABLE);
  CHECK_ERR(cap_fcntls_limit(fds[0], 1), EINVAL);
}

static void lookups(void) {
  CHECK_OK(mkdir("dir", 0755));
  CHECK_OK(symlink("../file", "dir/out"));
  CHECK_OK(symlink("in", "dir/link"));
  close(open("dir/in", O_RDWR | O_CREAT, 0644));
  int d = open("dir", O_RDONLY | O_DIRECTORY);
  cap_rights_t r = RIGHTS(READ | LOOKUP | FSTAT, 0);
  CHECK_OK(cap_rights_limit(d, &r));
  int fd = openat(d, "in", O_RDONLY);
  CHECK(fd >= 0);
  CHECK_ERR(fchmod(fd, 0600), ENOTCAPABLE); /* no more than its directory has */
  CHECK(openat(d, "link", O_RDONLY) >= 0);
  CHECK(openat(d, "../dir/in", O_RDONLY) == -1);
  CHECK_EQ(errno, ENOTCAPABLE);
  CHECK_ERR(openat(d, "out", O_RDONLY), ENOTCAPABLE);
  CHECK_ERR(openat(d, "in", O_RDWR), ENOTCAPABLE);
  CHECK_ERR(openat(d, "new", O_RDONLY | O_CREAT, 0644), ENOTCAPABLE);
  CHECK_ERR(unlinkat(d, "in", 0), ENOTCAPABLE);
  CHECK_ERR(mkdirat(d, "sub", 0755), ENOTCAPABLE);
}

static int mode(void) {
  unsigned m = 77;
  struct stat st;
  char path[300];
  int here = open(".", O_RDONLY | O_DIRECTORY), script = open("script", O_RDWR | O_CREAT, 0755);
  CHECK_EQ(write(script, "#!/bin/sh\n", 10), 10);
  close(script);
  script = open("script", O_RDONLY);
  snprintf(path, sizeof path, "%s/child", getenv("GUEST_DIR"));
  int program = open(path, O_RDONLY), limited = open(path, O_RDONLY);
  cap_rights_t reads = RIGHTS(READ, 0);
  CHECK_OK(cap_rights_limit(limited, &reads));
  CHECK_OK(cap_getmode(&m));
  CHECK_EQ(m, 0);
  CHECK_OK(cap_enter());
  CHECK_OK(cap_getmode(&m));
  CHECK_EQ(m, 1);
  CHECK_ERR(open("file", O_RDONLY), ECAPMODE);
  CHECK_ERR(openat(AT_FDCWD, "file", O_RDONLY), ECAPMODE);
  CHECK_ERR(openat(here, "/etc/passwd", O_RDONLY), ENOTCAPABLE);
  CHECK_ERR(openat(here, "../x", O_RDONLY), ENOTCAPABLE);
  CHECK_ERR(openat(here, "dir/../../x", O_RDONLY), ENOTCAPABLE);
  CHECK(openat(here, "file", O_RDONLY) >= 0);
  CHECK(openat(here, "dir/../file", O_RDONLY) >= 0);
  CHECK_OK(fstatat(here, "dir", &st, 0));
  CHECK_ERR(fstatat(AT_FDCWD, "dir", &st, 0), ECAPMODE);
  CHECK_ERR(unlink("file"), ECAPMODE);
  CHECK_ERR(kill(getppid(), 0), ECAPMODE);
  CHECK_OK(kill(getpid(), 0));
  CHECK_ERR(chdir("/"), ECAPMODE);
  CHECK_ERR(fchdir(here), ECAPMODE);
  char* const argv[] = {(char*)"x", NULL};
  CHECK_ERR(execve("/bin/sh", argv, argv), ECAPMODE);
  /* A program that needs no other file runs. */
  char* const says[] = {(char*)"child", (char*)"echo", (char*)"free", NULL};
  CHECK_ERR(fexecve(script, says, environ), ECAPMODE);
  CHECK_ERR(fexecve(limited, says, environ), ENOTCAPABLE);
  char said[8] = "";
  int ends[2];
  CHECK_OK(pipe2(ends, 0));
  if (fork() == 0) {
    dup2(ends[1], 1);
    fexecve(program, says, environ);
    _exit(90);
  }
  CHECK_EQ(read(ends[0], said, sizeof said), 5);
  CHECK(memcmp(said, "free\n", 5) == 0);
  CHECK_ERR(shm_open("/x", O_RDWR, 0600), ECAPMODE);
  int anon = shm_open((char*)1, O_RDWR, 0600);
  CHECK(anon >= 0);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in {
    uint8_t len, family;
    uint16_t port;
    uint32_t address;
    char zero[8];
  } to = {16, AF_INET, 9, 0, {0}};
  CHECK_ERR(connect(s, &to, sizeof to), ECAPMODE);
  CHECK_ERR(syscall(538 /* bindat */, AT_FDCWD, s, &to, sizeof to), ECAPMODE);
  CHECK_ERR(sendto(s, "x", 1, 0, &to, sizeof to), ECAPMODE);
  CHECK_ERR(setpgid(0, 0), ECAPMODE);
  pid_t pid = fork();
  if (pid == 0) _exit(open("file", O_RDONLY) == -1 && errno == ECAPMODE ? 0 : 1);
  CHECK(pid > 0);
  return check_failures();
}

int main(void) {
  check_workdir();
  rights();
  commands();
  lookups();
  CHECK_EQ(check_child(mode), 0);
  CHECK_OK(access("file", F_OK)); /* the parent is free */
  return check_done();
}
