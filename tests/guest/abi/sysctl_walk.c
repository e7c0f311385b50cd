/* The whole sysctl tree as sysctl -a walks it: every leaf has a name that leads back to it, a
 * format, and a value of the size that its type has. And what procstat, fstat, top and vmstat ask
 * for. */
#include "check.h"
#include "ipc.h"

enum { MAX = 24, CTLTYPE = 0xf };

static int meta(int what, const int* oid, size_t count, void* out, size_t* size) {
  int name[MAX + 2] = {0, what};
  memcpy(name + 2, oid, count * sizeof(int));
  return __sysctl(name, (unsigned)count + 2, out, size, NULL, 0);
}

static size_t size_of_type(unsigned type) {
  switch (type) {
    case 2: /* int */
    case 6: /* unsigned */
      return 4;
    case 7: /* long */
    case 8: /* unsigned long */
      return sizeof(long);
    case 4: /* int64 */
    case 9: /* uint64 */
      return 8;
    default:
      return 0;
  }
}

static int walk(void) {
  int oid[MAX] = {1}, next[MAX];
  size_t count = 1;
  int leaves = 0;
  for (;;) {
    size_t size = sizeof next;
    errno = 0;
    if (meta(2, oid, count, next, &size) != 0) break;
    size_t n = size / sizeof(int);
    bool greater = false;
    for (size_t i = 0; i < n && !greater; i++) {
      if (i >= count || next[i] > oid[i]) {
        greater = true;
      } else if (next[i] < oid[i]) {
        break;
      }
    }
    CHECK(greater);
    if (!greater || ++leaves > 2000) break;
    memcpy(oid, next, size);
    count = n;
    char name[256], format[64], again[256];
    size = sizeof name;
    CHECK_OK(meta(1, oid, count, name, &size));
    CHECK_EQ(size, strlen(name) + 1);
    int back[MAX], name2oid[2] = {0, 3};
    size_t back_size = sizeof back;
    CHECK_OK(__sysctl(name2oid, 2, back, &back_size, name, strlen(name)));
    CHECK(back_size == count * sizeof(int) && memcmp(back, oid, back_size) == 0);
    size = sizeof format;
    CHECK_OK(meta(4, oid, count, format, &size));
    unsigned type = *(unsigned*)format & CTLTYPE;
    CHECK(type != 0);
    size = sizeof again;
    if (meta(5, oid, count, again, &size) == 0) CHECK(size > 1);
    static char value[400000];
    size = sizeof value;
    if (type == 1 || __sysctl(oid, (unsigned)count, value, &size, NULL, 0) != 0) continue;
    size_t wanted = size_of_type(type);
    /* Arrays of numbers have that type too. */
    if (wanted != 0 && (size < wanted || size % wanted != 0)) {
      printf("%s: type %u, %zu bytes\n", name, type, size);
      CHECK(false);
    }
    if (type == 3) CHECK(size > 0 && value[size - 1] == 0);
  }
  CHECK_EQ(errno, ENOENT);
  return leaves;
}

static int64_t number(const char* name, size_t bytes) {
  union {
    int i;
    long l;
    int64_t q;
  } u = {.q = -1};
  size_t size = sizeof u;
  CHECK_OK(sysctlbyname(name, &u, &size));
  CHECK_EQ(size, bytes);
  return size == 4 ? u.i : size == sizeof(long) && size != 8 ? u.l : u.q;
}

struct kinfo_file {
  int structsize, type, fd, ref_count, flags, pad;
  int64_t offset;
  int file_type, spare[3];
  uint64_t spare64[30], fsid, rdev, fileid, size;
  uint32_t fsid11, rdev11;
  uint16_t mode, pad0;
  uint32_t pad1;
  uint16_t status, pad2;
  int spare0;
  uint64_t rights[2], spare1;
  char path[1024];
};
_Static_assert(sizeof(struct kinfo_file) == 1392, "KINFO_FILE_SIZE");

static void files(void) {
  static char list[40000];
  int name[4] = {1, 14, 33, getpid()}, fds[2], seen = 0;
  char here[1024];
  int file = open("file", O_RDWR | O_CREAT | O_APPEND, 0644);
  CHECK_EQ(write(file, "12345", 5), 5);
  int s = socket(AF_INET, SOCK_STREAM, 0), kq = kqueue();
  CHECK_OK(pipe2(fds, 0));
  __getcwd(here, sizeof here);
  size_t size = sizeof list;
  CHECK_OK(__sysctl(name, 4, list, &size, NULL, 0));
  for (char* p = list; p < list + size;) {
    struct kinfo_file* k = (struct kinfo_file*)p;
    CHECK(k->structsize >= 368 + 1 && k->structsize % 8 == 0);
    if (k->structsize <= 0) break;
    p += k->structsize;
    if (k->fd == -1) {
      CHECK_EQ(k->file_type, 2); /* KF_VTYPE_VDIR */
      CHECK(strcmp(k->path, here) == 0);
      seen |= 1;
    } else if (k->fd == file) {
      CHECK_EQ(k->type, 1);
      CHECK_EQ(k->file_type, 1);
      CHECK_EQ(k->flags, 1 | 2 | 4);
      CHECK_EQ(k->offset, 5);
      CHECK_EQ(k->size, 5);
      CHECK(strncmp(k->path, here, strlen(here)) == 0);
      CHECK(strcmp(k->path + strlen(here), "/file") == 0);
      seen |= 2;
    } else if (k->fd == s) {
      CHECK_EQ(k->type, 2);
      CHECK_EQ(k->spare[0], AF_INET);
      CHECK_EQ(k->spare[1], SOCK_STREAM);
      seen |= 4;
    } else if (k->fd == kq) {
      CHECK_EQ(k->type, 5);
      seen |= 8;
    } else if (k->fd == fds[0]) {
      CHECK_EQ(k->type, 3);
      CHECK_EQ(k->flags, 1);
      seen |= 16;
    }
  }
  CHECK_EQ(seen, 31);
  name[2] = 42; /* cwd */
  size = sizeof list;
  CHECK_OK(__sysctl(name, 4, list, &size, NULL, 0));
  CHECK(strcmp(((struct kinfo_file*)list)->path, here) == 0);
  name[3] = 0x7ffffff0;
  size = sizeof list;
  CHECK_ERR(__sysctl(name, 4, list, &size, NULL, 0), ESRCH);
}

struct xvfsconf {
  void* ops;
  char name[16];
  int number, refcount, flags;
  struct xvfsconf* next;
};

static void lists(void) {
  static struct xvfsconf fs[64];
  size_t size = sizeof fs;
  int seen = 0, ncpu = (int)number("hw.ncpu", 4);
  CHECK_OK(sysctlbyname("vfs.conflist", fs, &size));
  CHECK_EQ(size % sizeof fs[0], 0);
  for (size_t i = 0; i < size / sizeof fs[0]; i++) {
    seen += strcmp(fs[i].name, "ufs") == 0 || strcmp(fs[i].name, "tmpfs") == 0;
  }
  CHECK_EQ(seen, 2);
  static long times[5 * 1024];
  size = sizeof times;
  CHECK_OK(sysctlbyname("kern.cp_times", times, &size));
  CHECK_EQ(size, 5 * sizeof(long) * (size_t)ncpu);
  CHECK(times[4] > 0);
  CHECK(number("vm.stats.sys.v_swtch", 8) > 0);
  CHECK(number("vm.stats.vm.v_vm_faults", 8) > 0);
  CHECK_EQ(number("kern.fscale", 4), 2048);
  CHECK_EQ(number("kern.devstat.version", 4), 6);
  CHECK_EQ(number("p1003_1b.sem_value_max", 4), 0x7fffffff);
  CHECK_EQ(number("p1003_1b.asynchronous_io", 4), 200112);
  /* What programs of before 12.0 ask for. */
  int oid[MAX], name2oid[2] = {0, 3}, small = -1;
  const char* swtch = "vm.stats.sys.v_swtch";
  size = sizeof oid;
  CHECK_OK(__sysctl(name2oid, 2, oid, &size, swtch, strlen(swtch)));
  size_t count = size / sizeof(int);
  size = 4;
  CHECK_OK(__sysctl(oid, (unsigned)count, &small, &size, NULL, 0));
  CHECK_EQ(size, 4);
  /* devname(3). */
  const char* devname = "kern.devname";
  uint64_t dev = 1 << 8 | 3;
  char text[64];
  size = sizeof oid;
  CHECK_OK(__sysctl(name2oid, 2, oid, &size, devname, strlen(devname)));
  count = size / sizeof(int);
  size = sizeof text;
  CHECK_OK(__sysctl(oid, (unsigned)count, text, &size, &dev, sizeof dev));
  CHECK(strcmp(text, "null") == 0);
  dev = 0x7700;
  CHECK_ERR(__sysctl(oid, (unsigned)count, text, &size, &dev, sizeof dev), ENOENT);
  CHECK_ERR(__sysctl(oid, (unsigned)count, text, &size, NULL, 0), EINVAL);
  /* What cannot be written. */
  int one = 1, ncpu_oid[2] = {6, 3};
  CHECK_ERR(__sysctl(ncpu_oid, 2, NULL, NULL, &one, sizeof one), EPERM);
}

/* Whether the process is seen to wait so, within two seconds. */
static bool waits_for(pid_t pid, const char* message) {
  static char process[2048]; /* struct kinfo_proc */
  int name[4] = {1, 14, 1, pid};
  for (int tries = 0; tries < 200; tries++) {
    size_t size = sizeof process;
    CHECK_OK(__sysctl(name, 4, process, &size, NULL, 0));
    for (size_t i = 0; i + 9 <= size; i++) {
      if (strcmp(process + i, message) == 0) return true;
    }
    rt_sleep_ms(10);
  }
  return false;
}

static void sleeps(void) { nanosleep(&(struct timespec){100, 0}, NULL); }
static int ends[2];
static void reads(void) {
  char c;
  read(ends[0], &c, 1);
}
static semid_t semaphore;
static void takes(void) { ksem_wait(semaphore); }

/* ki_wmesg. */
static void wait_messages(void) {
  static const struct {
    void (*body)(void);
    const char* message;
  } kinds[] = {{sleeps, "nanslp"}, {reads, "piperd"}, {takes, "ksem"}};
  CHECK_OK(pipe2(ends, 0));
  CHECK_OK(ksem_init(&semaphore, 0));
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      kinds[i].body();
      _exit(0);
    }
    CHECK(waits_for(pid, kinds[i].message));
    kill(pid, SIGKILL);
    CHECK_EQ(wait4(pid, NULL, 0, NULL), pid);
  }
}

/* The streams that libmemstat reads: a header, then a name, what is known of it and a record a CPU.
 */
static void allocators(void) {
  static const struct {
    const char *count, *stream, *wanted;
    size_t details;
  } kStreams[] = {{"kern.malloc_count", "kern.malloc_stats", "mbuf_tag", 0},
                  {"vm.zone_count", "vm.zone_stats", "mbuf", 88}};
  for (int i = 0; i < 2; i++) {
    int count = 0;
    size_t size = sizeof count, got = 8 << 20;
    CHECK_OK(sysctlbyname(kStreams[i].count, &count, &size));
    CHECK(count > 0);
    char* stream = malloc(got);
    CHECK_OK(sysctlbyname(kStreams[i].stream, stream, &got));
    unsigned header[4];
    memcpy(header, stream, sizeof header);
    CHECK_EQ(header[0], 1);
    CHECK_EQ(header[3], 0);
    size_t record = 32 + kStreams[i].details + header[1] * 64ul;
    CHECK_EQ(got, sizeof header + header[2] * record);
    int found = 0;
    for (size_t at = sizeof header; at + record <= got; at += record) {
      found += strcmp(stream + at, kStreams[i].wanted) == 0;
    }
    CHECK_EQ(found, 1);
  }
}

int main(void) {
  check_workdir();
  CHECK(walk() > 200);
  files();
  lists();
  allocators();
  wait_messages();
  return check_done();
}
