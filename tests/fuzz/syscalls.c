/* syscalls SEED SECONDS: random system calls, to find those that bring emulate down or hang it.
 *
 * Calls are made in children, a batch each, so that a call which ends the program does not end the
 * test. The parent watches: a child that does not get on with a call which cannot block has found
 * a hang. A crash of emulate itself is its own message on standard error (run-syscalls looks for
 * them). Batch N of seed S is batch 0 of seed S + N: `syscalls S+N 0` repeats it in this process.
 *
 * The current directory must be made for this; `program` in it is for execve to find. */
#include "values.h"

enum {
  kCalls = 200, /* in a batch */
  kMaxNumber = 600,
  kHangMs = 20000,
  kBlockedMs = 700,
  kCpuSeconds = 20,
};

struct call {
  int number;
  const char* shape;
};

static const struct call kShapes[] = {
#define CALL(number, shape) {number, shape},
#include "syscalls.def"
#undef CALL
};

/* Indirect calls (their number would be anything), what ends in SIGABRT, what could stop the host
 * for a while, and what would do harm if it did not refuse. */
static const int kNever[] = {0,   198, 463, 36,  324, 329, 21,  22,  26,  51,  55,  85,  122, 233,
                             304, 338, 378, 424, 436, 169, 170, 171, 220, 224, 229, 510, 511, 512};

/* What the child is doing, for its parent. */
struct progress {
  volatile unsigned calls;
  volatile int number;
  volatile bool may_block;
  volatile uintptr_t words[8];
};

static struct progress* shown;
static bool verbose;

static const char* shape_of(int number) {
  for (size_t i = 0; i < sizeof kShapes / sizeof *kShapes; i++) {
    if (kShapes[i].number == number) return kShapes[i].shape;
  }
  for (size_t i = 0; i < sizeof kNever / sizeof *kNever; i++) {
    if (kNever[i] == number) return NULL;
  }
  return "!xibxib0x";
}

static void show_call(int fd, int number, const volatile uintptr_t* w) {
  size_t v[8]; /* uintptr_t is another type on some machines */
  for (int i = 0; i < 8; i++) v[i] = w[i];
  dprintf(fd, "%d(%zx, %zx, %zx, %zx, %zx, %zx, %zx, %zx)\n", number, v[0], v[1], v[2], v[3], v[4],
          v[5], v[6], v[7]);
}

static void one_call(struct fuzzer* f, struct progress* progress) {
  uintptr_t w[kWords] = {0};
  unsigned at = 0;
  int number = one_in(f, 8) ? (int)rnd(f, kMaxNumber) : PICK(f, kShapes).number;
  const char* shape = shape_of(number);
  bool may_block = false;
  if (!shape) return;
  for (; *shape && at < 8; shape++) {
    if (*shape == '!') {
      may_block = true;
    } else if (*shape == '?') {
      if (!one_in(f, 10)) return;
      may_block = true;
    } else {
      at = put_argument(f, *shape, w, at);
    }
  }
  while (at < 8) at = put_argument(f, 'i', w, at);
  progress->number = number;
  progress->may_block = may_block;
  for (int i = 0; i < 8; i++) progress->words[i] = w[i];
  if (verbose) show_call(2, number, w);
  syscall(number, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]);
  if (getpid() != f->pid) _exit(0); /* some kind of fork; its parent goes on with `progress` */
  progress->may_block = false;
}

static void* second_thread(void* arg) {
  struct fuzzer f = *(struct fuzzer*)arg;
  struct progress unseen;
  f.state ^= 0x5555;
  for (int i = 0; i < kCalls; i++) one_call(&f, &unseen);
  return NULL;
}

/* A directory of the batch's own, as the last one leaves its in any state. */
static void make_files(uint64_t seed) {
  static char buffer[65536];
  char name[32];
  ssize_t n;
  int from = open("program", O_RDONLY);
  snprintf(name, sizeof name, "%llu", (unsigned long long)seed);
  mkdir(name, 0755);
  chdir(name);
  int to = open("program", O_WRONLY | O_CREAT | O_TRUNC, 0755);
  while ((n = read(from, buffer, sizeof buffer)) > 0) write(to, buffer, (size_t)n);
  close(from);
  close(to);
  int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
  for (int i = 0; i < 64; i++) write(fd, "0123456789abcdef0123456789abcdef", 32);
  close(fd);
  close(open("file2", O_RDWR | O_CREAT, 0600));
  mkdir("dir", 0755);
  close(open("dir/file", O_RDWR | O_CREAT, 0644));
  symlink("file", "link");
  symlink("loop", "loop");
  symlink("nowhere", "dangling");
  mkfifo("fifo", 0644);
  fd = open("script", O_RDWR | O_CREAT, 0755);
  write(fd, "#!program exit 3\n", 17);
  close(fd);
}

static void open_descriptors(void) {
  int fds[2];
  static const char* const kOpen[] = {"file", "file2", "dir", "fifo"};
  for (int i = 0; i < 4; i++) open(kOpen[i], O_RDWR | O_NONBLOCK);
  open("file", O_RDONLY);
  open("dir", O_RDONLY | O_DIRECTORY);
  pipe2(fds, 0);
  socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
  socket(AF_INET, SOCK_STREAM, 0);
  socket(AF_INET, SOCK_DGRAM, 0);
  enum { ROUTE = 17, RAW = 3 };
  socket(ROUTE, RAW, 0);
  kqueue();
  open("/dev/null", O_RDWR);
  open("/dev/zero", O_RDONLY);
  syscall(504, O_RDWR); /* posix_openpt */
  shm_open(SHM_ANON, O_RDWR, 0600);
}

static void batch(uint64_t seed) {
  struct fuzzer f = {.state = seed, .pid = getpid()};
  struct sigaction sa = {.sa_handler = fuzz_handler};
  struct rlimit cpu = {kCpuSeconds, kCpuSeconds};
  struct thread other;
  printf("seed %llu\n", (unsigned long long)seed); /* whose message may follow */
  f.area = mmap(NULL, kArea + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  munmap(f.area + kArea, 4096);
  f.mappings = mmap(NULL, kArea, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  for (unsigned i = 0; i < kArea; i += 8) *(uint64_t*)(f.area + i) = one_in(&f, 2) ? rnd64(&f) : 0;
  /* A child that only computes must end some time. */
  setrlimit(RLIMIT_CPU, &cpu);
  setpgid(0, 0);
  make_files(seed);
  open_descriptors();
  for (int i = 1; i <= SIGRTMAX; i++) {
    bool fault = i == SIGILL || i == SIGTRAP || i == SIGFPE || i == SIGBUS || i == SIGSEGV;
    if (!fault) sigaction(i, &sa, NULL);
  }
  if (one_in(&f, 4)) thread_create(&other, second_thread, &f);
  for (int i = 0; i < kCalls; i++) {
    one_call(&f, shown);
    shown->calls++;
  }
  _exit(0);
}

/* Waits for the child, whose blocking calls it interrupts; false when it hung in a call that does
 * not block. */
static bool watch(pid_t pid) {
  unsigned seen = shown->calls;
  int64_t since = rt_now_ms();
  int status;
  while (true) {
    if (wait4(pid, &status, WNOHANG | WUNTRACED, NULL) == pid) {
      if (!WIFSTOPPED(status)) return true;
      /* A timer, say, may have stopped it; or it wanted to be traced (PT_TRACE_ME), and is let go.
       */
      enum { SYS_ptrace = 26, PT_DETACH = 11 };
      if (syscall(SYS_ptrace, PT_DETACH, pid, (void*)1, 0) != 0) kill(pid, SIGCONT);
    }
    rt_sleep_ms(3);
    int64_t now = rt_now_ms();
    if (shown->calls != seen) {
      seen = shown->calls;
      since = now;
    } else if (shown->may_block) {
      kill(pid, SIGALRM);
    }
    if (now - since < (shown->may_block ? kBlockedMs : kHangMs)) continue;
    bool hung = !shown->may_block;
    if (hung) {
      printf("hung in call ");
      show_call(1, shown->number, shown->words);
      rt_sleep_ms(3000); /* for run-syscalls to look at it */
    }
    kill(pid, SIGKILL);
    wait4(pid, &status, 0, NULL);
    return !hung;
  }
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  uint64_t seed = strtoul(argv[1], 10);
  int64_t end = rt_now_ms() + 1000 * (int64_t)strtoul(argv[2], 10);
  unsigned batches = 0;
  shown = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
  if (argc > 3) verbose = true;
  if (strtoul(argv[2], 10) == 0) batch(seed);
  for (; rt_now_ms() < end; batches++, seed++) {
    shown->may_block = false;
    pid_t pid = fork();
    if (pid == 0) batch(seed);
    if (!watch(pid)) return 1;
  }
  printf("%u calls in %u batches\n", shown->calls, batches);
  return check_done();
}
