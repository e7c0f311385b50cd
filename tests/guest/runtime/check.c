#include "check.h"

/* Failures of this process: what a parent counted before fork is not the child's. */
static volatile int failures;
static volatile pid_t counted_by;
static char workdir[64];
static pid_t workdir_owner;

void check_failed(const char* file, int line, const char* what, long long got, long long wanted,
                  bool values) {
  const char* base = strrchr(file, '/');
  if (counted_by != getpid()) {
    counted_by = getpid();
    failures = 0;
  }
  __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
  if (values) {
    printf("%s:%d: %s: got %lld (0x%llx), wanted %lld\n", base ? base + 1 : file, line, what, got,
           got, wanted);
  } else {
    printf("%s:%d: %s\n", base ? base + 1 : file, line, what);
  }
}

int check_failures(void) { return counted_by == getpid() ? failures : 0; }

static void remove_tree(int parent, const char* name, int depth) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (fd >= 0 && depth < 4) {
    char buffer[4096];
    off_t base;
    ssize_t n;
    while ((n = getdirentries(fd, buffer, sizeof buffer, &base)) > 0) {
      for (char* p = buffer; p < buffer + n;) {
        struct dirent* d = (struct dirent*)p;
        p += d->d_reclen;
        if (d->d_reclen == 0) break;
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
        if (unlinkat(fd, d->d_name, 0) != 0) remove_tree(fd, d->d_name, depth + 1);
      }
    }
    close(fd);
  }
  unlinkat(parent, name, AT_REMOVEDIR);
}

void check_workdir(void) {
  workdir_owner = getpid();
  /* A test that was killed may have left the name. */
  for (int n = 0, made = -1; made != 0 && n < 100; n++) {
    snprintf(workdir, sizeof workdir, "/tmp/guest-test-%d-%d", workdir_owner, n);
    made = mkdir(workdir, 0755);
  }
  CHECK_OK(chdir(workdir));
}

int check_done(void) {
  if (workdir[0] && workdir_owner == getpid()) {
    chdir("/");
    remove_tree(AT_FDCWD, workdir, 0);
  }
  if (check_failures()) return 1;
  const char* path = (const char*)rt_auxv(AT_EXECPATH, NULL);
  const char* base = path ? strrchr(path, '/') : NULL;
  printf("ok %s\n", base ? base + 1 : "?");
  return 0;
}

int check_child(int (*body)(void)) {
  pid_t pid = fork();
  if (pid == 0) _exit(body());
  CHECK(pid > 0);
  int status = -1;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  return status;
}
