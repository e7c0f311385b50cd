/* mmap and its relatives: FreeBSD sys/vm/vm_mmap.c. */
#include "check.h"

enum { kPage = ARCH_PAGE, kReadWrite = PROT_READ | PROT_WRITE, kAnon = MAP_PRIVATE | MAP_ANON };

static char* map(size_t pages) {
  char* p = mmap(NULL, pages * kPage, kReadWrite, kAnon, -1, 0);
  CHECK(p != MAP_FAILED);
  return p;
}

static void anonymous(void) {
  char* p = map(4);
  CHECK_EQ((uintptr_t)p % kPage, 0);
  for (int i = 0; i < 4 * kPage; i += 512) CHECK_EQ(p[i], 0);
  p[0] = 1;
  p[4 * kPage - 1] = 2;
  CHECK_OK(munmap(p + kPage, kPage)); /* a hole */
  CHECK_EQ(p[0], 1);
  CHECK_EQ(p[4 * kPage - 1], 2);
  CHECK_OK(munmap(p, 4 * kPage)); /* over the hole */
  CHECK_OK(munmap(p, kPage));     /* nothing there is no error */
  CHECK_ERR(munmap(p, 0), EINVAL);
}

static void arguments(void) {
  CHECK_ERR(mmap(NULL, 0, kReadWrite, kAnon, -1, 0), EINVAL);
  CHECK_ERR(mmap(NULL, kPage, kReadWrite, kAnon, 3, 0), EINVAL);
  CHECK_ERR(mmap(NULL, kPage, kReadWrite, MAP_SHARED | MAP_PRIVATE | MAP_ANON, -1, 0), EINVAL);
  CHECK_ERR(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, -1, 0), EBADF);
  CHECK_ERR(mmap((void*)1, kPage, kReadWrite, kAnon | MAP_FIXED, -1, 0), EINVAL);
  CHECK(mmap(NULL, kPage, kReadWrite, kAnon | 0x60, -1, 0) != MAP_FAILED); /* once flags */
  CHECK_ERR(mmap(NULL, kPage, kReadWrite, kAnon | 0x8000, -1, 0), EINVAL);
  CHECK_ERR(mmap(NULL, kPage, kReadWrite | 0x40, kAnon, -1, 0), EINVAL);
  CHECK_ERR(mmap(NULL, kPage, kReadWrite, kAnon | MAP_EXCL, -1, 0), EINVAL);
}

static void fixed(void) {
  char* p = map(3);
  p[kPage] = 9;
  CHECK_EQ((intptr_t)mmap(p + kPage, kPage, kReadWrite, kAnon | MAP_FIXED, -1, 0),
           (intptr_t)(p + kPage));
  CHECK_EQ(p[kPage], 0);
  CHECK_ERR(mmap(p + kPage, kPage, kReadWrite, kAnon | MAP_FIXED | MAP_EXCL, -1, 0), ENOMEM);
  CHECK_OK(munmap(p + kPage, kPage));
  CHECK_EQ((intptr_t)mmap(p + kPage, kPage, kReadWrite, kAnon | MAP_FIXED | MAP_EXCL, -1, 0),
           (intptr_t)(p + kPage));
  CHECK_OK(munmap(p, 3 * kPage));
  /* A hint that is free is honoured. */
  CHECK_EQ((intptr_t)mmap(p, kPage, kReadWrite, kAnon, -1, 0), (intptr_t)p);
  CHECK_OK(munmap(p, kPage));
  char* aligned = mmap(NULL, kPage, kReadWrite, kAnon | MAP_ALIGNED(20), -1, 0);
  CHECK(aligned != MAP_FAILED && (uintptr_t)aligned % (1 << 20) == 0);
#if defined(__LP64__)
  char* low = mmap(NULL, kPage, kReadWrite, kAnon | MAP_32BIT, -1, 0);
  CHECK(low != MAP_FAILED && (uintptr_t)low < 0x80000000u);
#endif
}

static void guard(void) {
  char vector[4];
  char* g = mmap(NULL, 4 * kPage, PROT_NONE, MAP_GUARD, -1, 0);
  CHECK(g != MAP_FAILED);
  CHECK_ERR(mmap(NULL, kPage, PROT_READ, MAP_GUARD, -1, 0), EINVAL);
  CHECK_ERR(write(1, g, 1), EFAULT);
  CHECK_EQ((intptr_t)mmap(g + kPage, kPage, kReadWrite, kAnon | MAP_FIXED, -1, 0),
           (intptr_t)(g + kPage));
  g[kPage] = 1;
  CHECK_OK(mincore(g + kPage, kPage, vector));
  CHECK_OK(munmap(g, 4 * kPage));
}

static void protection(void) {
  int fds[2];
  CHECK_OK(pipe2(fds, 0));
  char* p = map(3);
  p[kPage] = 'x';
  CHECK_OK(mprotect(p + kPage, kPage, PROT_READ));
  CHECK_EQ(write(fds[1], p + kPage, 1), 1);
  CHECK_ERR(read(fds[0], p + kPage, 1), EFAULT);
  CHECK_OK(mprotect(p + kPage, kPage, PROT_NONE));
  CHECK_ERR(write(fds[1], p + kPage, 1), EFAULT);
  CHECK_OK(mprotect(p + kPage, kPage, kReadWrite));
  CHECK_EQ(p[kPage], 'x');
  CHECK_OK(munmap(p, 3 * kPage));
  CHECK_OK(mprotect(p, kPage, PROT_READ)); /* nothing there is no error */
  close(fds[0]);
  close(fds[1]);
}

static void core_and_advice(void) {
  char vector[8];
  char* p = map(4);
  p[0] = p[kPage] = p[2 * kPage] = p[3 * kPage] = 1;
  CHECK_OK(mincore(p, 4 * kPage, vector));
  for (int i = 0; i < 4; i++) CHECK(vector[i] & MINCORE_INCORE);
  CHECK_OK(munmap(p + 3 * kPage, kPage));
  CHECK_ERR(mincore(p, 4 * kPage, vector), ENOMEM);
#if defined(__LP64__)
  /* A large reservation: the pages that are there are told of before the vector ends. */
#if defined(__mips__)
  size_t large = (size_t)1 << 38; /* half of what a process has */
#elif defined(__sparc__)
  size_t large = (size_t)1 << 42;
#else
  size_t large = (size_t)1 << 44;
#endif
  char* q = mmap(NULL, large, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
  CHECK(q != MAP_FAILED);
  CHECK_ERR(mincore(q, large, NULL), EFAULT);
  CHECK_OK(munmap(q, large));
  CHECK_ERR(mincore(q, large, NULL), ENOMEM);
#endif
  CHECK_OK(madvise(p, kPage, MADV_WILLNEED));
  CHECK_OK(madvise(p, kPage, MADV_DONTNEED));
  CHECK_EQ(p[0], 1); /* unlike elsewhere, DONTNEED loses nothing */
  CHECK_OK(madvise(p, kPage, MADV_FREE));
  CHECK_ERR(madvise(p, kPage, 77), EINVAL);
}

/* A file open for writing alone can be mapped for that. */
static void write_only_file(void) {
  int fd = open("written", O_WRONLY | O_CREAT, 0644);
  CHECK_EQ(write(fd, "xyz", 3), 3);
  CHECK_ERR(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, fd, 0), EACCES);
  CHECK_OK(mmap(NULL, kPage, PROT_WRITE, MAP_PRIVATE, fd, 0));
  close(fd);
}

/* SYS_mlock, munlock, mlockall, munlockall. The limit is for root, too. */
static void locked(void) {
  enum { MLOCK = 203, MUNLOCK = 204, MLOCKALL = 324, MUNLOCKALL = 325, RLIMIT_MEMLOCK = 6 };
  struct rlimit old, small;
  CHECK_OK(getrlimit(RLIMIT_MEMLOCK, &old));
  small = old;
  small.rlim_cur = 2 * kPage;
  CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &small));
  char* p = mmap(NULL, 3 * kPage, kReadWrite, kAnon, -1, 0);
  CHECK_ERR(syscall(MLOCK, p, 3 * kPage), ENOMEM);
  CHECK_OK(syscall(MLOCK, p, kPage));
  CHECK_ERR(syscall(MLOCK, p, 2 * kPage), ENOMEM);
  CHECK_OK(syscall(MUNLOCK, p, kPage));
  CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &old));
  CHECK_OK(syscall(MLOCKALL, 2 /* MCL_FUTURE */));
  char* later = mmap(NULL, kPage, kReadWrite, kAnon, -1, 0);
  char in_core = 0;
  CHECK_OK(mincore(later, kPage, &in_core));
  CHECK_EQ(in_core & 1, 1);
  CHECK_OK(syscall(MUNLOCKALL));
  later = mmap(NULL, kPage, kReadWrite, kAnon, -1, 0);
  CHECK_OK(mincore(later, kPage, &in_core));
  CHECK_EQ(in_core & 1, 0);
}

static void files(void) {
  check_workdir();
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  CHECK(fd >= 0);
  CHECK_OK(ftruncate(fd, 2 * kPage));
  CHECK_EQ(pwrite(fd, "hello", 5, kPage), 5);
  char* shared = mmap(NULL, kPage, kReadWrite, MAP_SHARED, fd, kPage);
  char* private = mmap(NULL, kPage, kReadWrite, MAP_PRIVATE, fd, kPage);
  CHECK(shared != MAP_FAILED && private != MAP_FAILED);
  CHECK_EQ(memcmp(shared, "hello", 5), 0);
  shared[0] = 'J';
  private[1] = 'u';
  char text[5];
  CHECK_EQ(pread(fd, text, 5, kPage), 5);
  CHECK_EQ(memcmp(text, "Jello", 5), 0);
  CHECK_EQ(private[1], 'u');
  CHECK_OK(msync(shared, kPage, MS_SYNC));
  CHECK_ERR(msync(shared, kPage, MS_ASYNC | MS_INVALIDATE), EINVAL);
  int rd = open("file", O_RDONLY);
  CHECK_ERR(mmap(NULL, kPage, kReadWrite, MAP_SHARED, rd, 0), EACCES);
  char* ro = mmap(NULL, kPage, PROT_READ, MAP_SHARED, rd, 0);
  CHECK(ro != MAP_FAILED);
  CHECK_ERR(mprotect(ro, kPage, kReadWrite), EACCES);
  close(rd);
  close(fd);
  CHECK_EQ(shared[0], 'J');
}

static void shared_between_processes(void) {
  volatile int* word = mmap(NULL, kPage, kReadWrite, MAP_SHARED | MAP_ANON, -1, 0);
  volatile int* own = (volatile int*)map(1);
  pid_t pid = fork();
  if (pid == 0) {
    *word = 77;
    *own = 77;
    _exit(0);
  }
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(*word, 77);
  CHECK_EQ(*own, 0);
  int fd = shm_open(SHM_ANON, O_RDWR, 0600);
  CHECK(fd >= 0);
  CHECK_OK(ftruncate(fd, kPage));
  char* p = mmap(NULL, kPage, kReadWrite, MAP_SHARED, fd, 0);
  CHECK(p != MAP_FAILED);
  p[5] = 'a';
  char c = 0;
  CHECK_EQ(pread(fd, &c, 1, 5), 1);
  CHECK_EQ(c, 'a');
}

static void data_segment(void) {
  extern char _end[];
  char* start = (char*)(((uintptr_t)_end + kPage - 1) & ~(uintptr_t)(kPage - 1));
#ifdef __aarch64__ /* sys/vm/vm_unix.c */
  CHECK_ERR(break_(start + 4 * kPage), ENOSYS);
  CHECK_ERR(break_(NULL), ENOSYS);
  return;
#endif
  CHECK_OK(break_(start + 4 * kPage));
  for (int i = 0; i < 4; i++) CHECK_EQ(start[i * kPage], 0);
  start[3 * kPage] = 5;
  CHECK_OK(break_(start + 2 * kPage));
  start[kPage] = 6;
  CHECK_ERR(write(1, start + 3 * kPage, 1), EFAULT);
  CHECK_OK(break_(start + 4 * kPage));
  CHECK_EQ(start[3 * kPage], 0);
  CHECK_EQ(start[kPage], 6);
}

int main(void) {
  anonymous();
  arguments();
  fixed();
  guard();
  protection();
  core_and_advice();
  files();
  write_only_file();
  locked();
  shared_between_processes();
  data_segment();
  return check_done();
}
