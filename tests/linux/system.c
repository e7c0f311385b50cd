/* Calls that few programs make: handles of files, message queues that notify, scheduling
   attributes, memory of the own process, keys, sandboxes, clocks. What the host's kernel or the
   user's privileges do not allow has to fail as it does there. */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static int refused(void) { return errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP; }

static void test_handles(const char* name) {
  struct {
    struct file_handle h;
    unsigned char bytes[MAX_HANDLE_SZ];
  } room = {.h.handle_bytes = 0};
  int mount = -1;
  CHECK(name_to_handle_at(AT_FDCWD, name, &room.h, &mount, 0) == -1);
  if (refused()) return;
  CHECK(errno == EOVERFLOW && room.h.handle_bytes > 0 && room.h.handle_bytes <= MAX_HANDLE_SZ);
  CHECK(name_to_handle_at(AT_FDCWD, name, &room.h, &mount, 0) == 0 && mount > 0);
  const int fd = open_by_handle_at(AT_FDCWD, &room.h, O_RDONLY);
  CHECK(fd >= 0 || errno == EPERM);
  char text[8] = "";
  if (fd >= 0) CHECK(read(fd, text, sizeof text) == 5 && memcmp(text, "hello", 5) == 0);
}

static volatile sig_atomic_t told;
static volatile long told_value, told_code;
static void tell(int sig, siginfo_t* info, void* context) {
  (void)sig, (void)context;
  told_value = info->si_value.sival_int;
  told_code = info->si_code;
  told = 1;
}

static void test_message_queue(void) {
  char name[64];
  snprintf(name, sizeof name, "/emulate-test-%d", (int)getpid());
  struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 16};
  const mqd_t q = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
  if (q == (mqd_t)-1 && errno == ENOSYS) return;
  CHECK(q != (mqd_t)-1 && mq_unlink(name) == 0);
  struct sigaction a = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGUSR1, &a, NULL) == 0);
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  e.sigev_value.sival_int = 4711;
  CHECK(mq_notify(q, &e) == 0 && mq_notify(q, &e) == -1 && errno == EBUSY);
  CHECK(mq_send(q, "x", 1, 3) == 0);
  for (int i = 0; i < 1000 && !told; ++i) usleep(1000);
  CHECK(told && told_value == 4711 && told_code == SI_MESGQ);
  CHECK(mq_notify(q, NULL) == 0 && mq_close(q) == 0);
}

struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

static void test_scheduling(void) {
  struct attributes a = {.size = 1};
  CHECK(syscall(SYS_sched_getattr, 0, &a, 47, 0) == -1 && errno == EINVAL);
  CHECK(syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) == 0 && a.size == sizeof a);
  CHECK(a.policy == 0);
  const int nice = a.nice < 18 ? a.nice + 1 : 19;
  a.nice = nice;
  CHECK(syscall(SYS_sched_setattr, 0, &a, 0) == 0);
  a.nice = -1;
  CHECK(syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) == 0 && a.nice == nice);
  a.size = 5;
  CHECK(syscall(SYS_sched_setattr, 0, &a, 0) == -1 && errno == E2BIG && a.size >= sizeof a);
}

static void test_own_memory(void) {
  char from[8] = "abcdefg", to[8] = "";
  struct iovec here[2] = {{to, 3}, {to + 3, 5}}, there = {from, 8};
  CHECK(process_vm_readv(getpid(), here, 2, &there, 1, 0) == 8 && strcmp(to, "abcdefg") == 0);
  CHECK(process_vm_writev(getpid(), &there, 1, here, 2, 1) == -1 && errno == EINVAL);
  memcpy(to, "ABC", 3);
  CHECK(process_vm_writev(getpid(), here, 1, &there, 1, 0) == 3 && memcmp(from, "ABCd", 4) == 0);
  CHECK(syscall(SYS_pkey_alloc, 0, 0) == -1 && errno == ENOSPC);
  const long page = sysconf(_SC_PAGESIZE);
  char* p = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED);
  CHECK(syscall(SYS_pkey_mprotect, p, page, PROT_READ | PROT_WRITE, -1) == 0);
  *p = 1;
  CHECK(syscall(SYS_pkey_mprotect, p, page, PROT_READ, 1) == -1 && errno == EINVAL);
}

static void test_remapping(int fd) {
  const long page = sysconf(_SC_PAGESIZE);
  CHECK(ftruncate(fd, 3 * page) == 0 && pwrite(fd, "third", 5, 2 * page) == 5);
  char* p = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd, 0);
  CHECK(p != MAP_FAILED && p[page] == 0);
  CHECK(remap_file_pages(p + page, page, 0, 2, 0) == 0 && memcmp(p + page, "third", 5) == 0);
  CHECK(munmap(p, 2 * page) == 0);
}

static void test_comparison(void) {
  const int fd = open("/dev/null", O_RDONLY), copy = dup(fd), other = open("/dev/null", O_RDONLY);
  const int pid = getpid();
  const long same = syscall(SYS_kcmp, pid, pid, KCMP_FILE, fd, copy);
  if (same == -1 && refused()) return;
  CHECK(same == 0 && syscall(SYS_kcmp, pid, pid, KCMP_FILE, fd, other) > 0);
  CHECK(syscall(SYS_kcmp, pid, pid, KCMP_VM, 0, 0) == 0);
  close(fd), close(copy), close(other);
}

static void test_keys(void) {
  const long key =
      syscall(SYS_add_key, "user", "emulate:test", "secret", 6, KEY_SPEC_PROCESS_KEYRING);
  if (key == -1 && (refused() || errno == EDQUOT)) return;
  CHECK(key > 0);
  char text[64] = "";
  CHECK(syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof text) == 6);
  CHECK(strcmp(text, "secret") == 0);
  CHECK(syscall(SYS_keyctl, KEYCTL_UPDATE, key, "other", 5) == 0);
  CHECK(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_PROCESS_KEYRING, "user", "emulate:test", 0) ==
        key);
  int32_t ring[4] = {0};
  CHECK(syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_PROCESS_KEYRING, ring, sizeof ring) == 4);
  CHECK(ring[0] == key);
  CHECK(syscall(SYS_keyctl, KEYCTL_REVOKE, key) == 0);
  CHECK(syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof text) == -1);
  CHECK(syscall(SYS_keyctl, 9999) == -1 && errno == EOPNOTSUPP);
}

/* In a child, which it confines: /dev can be read, nothing else. */
static void test_landlock(const char* name) {
  const long version =
      syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version == -1 && refused()) return;
  CHECK(version >= 1);
  struct landlock_ruleset_attr rules = {.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE};
  const int fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
  CHECK(fd >= 0);
  struct landlock_path_beneath_attr beneath = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
  beneath.parent_fd = open("/dev", O_PATH);
  CHECK(syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(syscall(SYS_prctl, 38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0) == 0);
    CHECK(syscall(SYS_landlock_restrict_self, fd, 0) == 0);
    CHECK(open("/dev/null", O_RDONLY) >= 0);
    CHECK(open(name, O_RDONLY) == -1 && errno == EACCES);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void test_watching(const char* name) {
  const int fd = inotify_init();
  const int watch = inotify_add_watch(fd, name, IN_OPEN);
  CHECK(watch > 0 && close(open(name, O_RDONLY)) == 0);
  struct inotify_event e;
  CHECK(read(fd, &e, sizeof e) == (ssize_t)sizeof e);
  CHECK(e.wd == watch && e.mask == IN_OPEN && e.len == 0);
  close(fd);

  const int group = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY);
  if (group == -1 && refused()) return;
  if (fanotify_mark(group, FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD, name) == -1) {
    CHECK(refused() || errno == EINVAL);
    close(group);
    return;
  }
  const int writer = open(name, O_WRONLY);
  CHECK(write(writer, "h", 1) == 1);
  struct fanotify_event_metadata m;
  CHECK(read(group, &m, sizeof m) == (ssize_t)sizeof m && m.vers == FANOTIFY_METADATA_VERSION);
  CHECK(m.event_len == sizeof m && (m.mask & FAN_MODIFY) != 0 && m.pid == getpid());
  char text[5];
  CHECK(m.fd >= 0 && read(m.fd, text, 5) == 5 && memcmp(text, "hello", 5) == 0);
  close(m.fd), close(writer), close(group);
}

static void test_clock(void) {
  struct timex t = {.modes = 0};
  const int state = adjtimex(&t);
  CHECK(state >= 0 && t.tick > 9000 && t.tick < 11000 && t.time.tv_sec > 1600000000);
  CHECK(t.time.tv_usec >= 0 && t.time.tv_usec < 1000000000);
  struct timex u = {.modes = 0};
  CHECK(clock_adjtime(CLOCK_REALTIME, &u) == state && u.tick == t.tick);
  CHECK(u.time.tv_sec >= t.time.tv_sec && u.time.tv_sec < t.time.tv_sec + 60);
}

struct waiter {
  uint64_t value, address;
  uint32_t flags, reserved;
};

static void test_futexes(void) {
  uint32_t words[2] = {1, 2};
  struct waiter w[2] = {{1, (uintptr_t)&words[0], 2, 0}, {3, (uintptr_t)&words[1], 2, 0}};
  const long r = syscall(SYS_futex_waitv, w, 2, 0, NULL, 0);
  if (r == -1 && errno == ENOSYS) return;
  CHECK(r == -1 && errno == EAGAIN);
}

static void test_asynchronous(int fd) {
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, 8, &context) == -1 && errno == ENOSYS) return;
  CHECK(context != 0 && syscall(SYS_io_setup, 8, &context) == -1 && errno == EINVAL);
  const int event = eventfd(0, 0);
  char out[] = "one", in[4] = "", more[4] = "";
  struct iovec parts[2] = {{in, 2}, {more, 1}};
  struct iocb write = {.aio_data = 11, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = fd};
  write.aio_buf = (uintptr_t)out;
  write.aio_nbytes = 3;
  write.aio_offset = 100;
  write.aio_flags = IOCB_FLAG_RESFD;
  write.aio_resfd = event;
  struct iocb read_parts = {.aio_data = 12, .aio_lio_opcode = IOCB_CMD_PREADV, .aio_fildes = fd};
  read_parts.aio_buf = (uintptr_t)parts;
  read_parts.aio_nbytes = 2;
  read_parts.aio_offset = 100;
  struct iocb bad = {.aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = -1u};
  struct iocb* list[2] = {&write, &bad};
  CHECK(syscall(SYS_io_submit, context, 2, list) == 1);
  struct io_event events[4];
  CHECK(syscall(SYS_io_getevents, context, 1, 4, events, NULL) == 1);
  CHECK(events[0].data == 11 && events[0].obj == (uintptr_t)&write && events[0].res == 3);
  uint64_t count;
  CHECK(read(event, &count, 8) == 8 && count == 1);
  list[0] = &read_parts;
  CHECK(syscall(SYS_io_submit, context, 1, list) == 1);
  CHECK(syscall(SYS_io_getevents, context, 1, 4, events, NULL) == 1);
  CHECK(events[0].data == 12 && events[0].res == 3 && strcmp(in, "on") == 0 && *more == 'e');
  struct timespec soon = {0, 1000000};
  CHECK(syscall(SYS_io_getevents, context, 1, 4, events, &soon) == 0);
  list[0] = &bad;
  CHECK(syscall(SYS_io_submit, context, 1, list) == -1 && errno == EBADF);
  CHECK(syscall(SYS_io_destroy, context) == 0);
  CHECK(syscall(SYS_io_destroy, context) == -1 && errno == EINVAL);
  close(event);
}

int main(void) {
  char name[] = "/tmp/emulate-system-XXXXXX";
  const int fd = mkstemp(name);
  CHECK(fd >= 0 && write(fd, "hello", 5) == 5);
  test_handles(name);
  test_message_queue();
  test_scheduling();
  test_own_memory();
  test_comparison();
  test_keys();
  test_landlock(name);
  test_watching(name);
  test_clock();
  test_futexes();
  test_asynchronous(fd);
  test_remapping(fd);
  unlink(name);
  puts("ok");
  return 0;
}
