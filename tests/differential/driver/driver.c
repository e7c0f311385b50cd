/* The guest's side of the differential CPU tests: runs the sequences of a file one after another,
 * each from a seeded state, and leaves the state after each in another file.
 *
 *   driver INPUT OUTPUT
 *
 * There is no assembly and nothing per sequence but data. A sequence ends with an instruction that
 * traps; the signal handler takes the final registers from the frame, puts the next sequence's
 * first ones there, and returns into it. Faults, traps and undefined instructions within a sequence
 * end it the same way.
 *
 * Both files are mapped, so what was recorded before a crash stays. They are:
 *   INPUT   struct Input, padded to a page; the code, padded to a page; an array of struct Case
 *   OUTPUT  struct Output, padded to a page; an array of records, each a struct Head, a struct
 * State of the machine and, if asked for, the scratch window
 */
#include "driver.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__aarch64__)
#include "aarch64.h"
#elif defined(__arm__)
#include "arm.h"
#elif defined(__mips__)
#include "mips.h"
#elif defined(__powerpc__)
#include "ppc.h"
#elif defined(__sparc__)
#include "sparc64.h"
#endif

enum { PAGE = 4096 };

struct Input {
  uint32_t count;
  uint32_t code_size;
  uint64_t pool_seed;
  uint32_t keep_window; /* append the scratch window to each record */
};
struct Case {
  uint64_t seed;
  uint32_t offset; /* of its code */
  uint32_t flags;  /* the machine's own */
};
struct Output {
  uint32_t done; /* records written */
  uint32_t record_size;
  char layout[]; /* the fields of a record in order: name:bytes or name:bytes*count */
};
struct Head {
  uint32_t signal;
  uint32_t code;
  uint64_t address;
  uint64_t memory; /* a hash of the scratch window */
};
#define HEAD_LAYOUT "signal:4 code:4 address:8 memory:8 "
#define WINDOW_LAYOUT " window:1*4096"

/* Where the code, one page behind the file's beginning, and the data of sequences are, on every
 * machine. */
static char* const kCode = (char*)0x20000000 + PAGE;
static char* const kArea = (char*)0x30000000;
enum { AREA_SIZE = 4 * PAGE, WINDOW = 4096, GUARD = 2 * PAGE /* a page, where those are larger */ };

static const struct Input* input;
static const struct Case* cases;
static struct Output* output;
static uint32_t current;
static char* window;

static void must(int ok) {
  if (!ok) _exit(9);
}

static uint64_t hash(const char* data) {
  uint64_t h = 0;
  for (int i = 0; i < WINDOW; i += 8) {
    uint64_t word;
    memcpy(&word, data + i, 8);
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
  }
  return h;
}

static char* record(uint32_t index) {
  return (char*)output + PAGE + (size_t)index * output->record_size;
}

static void leave_record(const siginfo_t* info, ucontext_t* context) {
  char* to = record(current);
  struct Head head = {.signal = (uint32_t)info->si_signo,
                      /* Of an undefined instruction Linux says ILL_ILLOPC, qemu ILL_ILLOPN. */
                      .code = info->si_signo == SIGILL ? 0 : (uint32_t)info->si_code,
                      .address = info->si_signo == SIGSEGV || info->si_signo == SIGBUS
                                     ? (uintptr_t)info->si_addr
                                     : 0,
                      .memory = hash(window)};
  memcpy(to, &head, sizeof head);
  struct State state;
  memset(&state, 0, sizeof state);
  store(context, &state);
  memcpy(to + sizeof head, &state, sizeof state);
  if (input->keep_window) memcpy(to + sizeof head + sizeof state, window, WINDOW);
  output->done = ++current;
}

/* A window of scratch memory at one of three places: in the middle, or at the edge of a page that
 * can only be read (before) or not even that (behind). */
static struct Start place(struct Random* random) {
  const uint64_t r = next(random);
  struct Start start;
  const int where = r & 15;
  window = where == 0 ? kArea : where == 1 ? kArea + AREA_SIZE - WINDOW : kArea + AREA_SIZE / 2;
  char* const edge = where == 0 ? window : where == 1 ? window + WINDOW : window + WINDOW / 2;
  const int spread = (int)(r >> 8 & 31) - 16;
  start.base[0] = (uintptr_t)(window + WINDOW / 2);                  /* aligned */
  start.base[1] = (uintptr_t)(window + WINDOW / 2 + (r >> 16 & 15)); /* of any alignment */
  start.base[2] = (uintptr_t)(edge + (r >> 20 & 3 ? spread & ~15 : spread));
  start.index[0] = (uint64_t)((int64_t)(r >> 24 & 63) - 32);
  start.index[1] = r >> 32 & 15;
  for (int i = 0; i < WINDOW; i += 16) memcpy(window + i, pool_vector(random), 16);
  return start;
}

static void handler(int signal, siginfo_t* info, void* context) {
  static int running;
  (void)signal;
  if (running) leave_record(info, context);
  running = 1;
  if (current == input->count) _exit(0);
  const struct Case* c = &cases[current];
  struct Random random = {c->seed};
  const struct Start start = place(&random);
  load(context, &start, &random, (uintptr_t)kCode + c->offset, c->flags);
}

static void* map_file(const char* path, int flags, size_t* size, void* at) {
  const int fd = open(path, flags);
  must(fd >= 0);
  struct stat st;
  must(fstat(fd, &st) == 0);
  *size = (size_t)st.st_size;
  const int writable = flags == O_RDWR;
  void* p = mmap(at, *size, writable ? PROT_READ | PROT_WRITE : PROT_READ | PROT_EXEC,
                 (writable ? MAP_SHARED : MAP_PRIVATE) | (at ? MAP_FIXED : 0), fd, 0);
  must(p != MAP_FAILED);
  close(fd);
  return p;
}

static void map_scratch(void) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  must(mmap(kArea - GUARD, GUARD, PROT_READ, flags, -1, 0) != MAP_FAILED);
  must(mmap(kArea, AREA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED);
  must(mmap(kArea + AREA_SIZE, GUARD, PROT_NONE, flags, -1, 0) != MAP_FAILED);
}

int main(int argc, char** argv) {
  must(argc == 3);
  size_t size;
  input = map_file(argv[1], O_RDONLY, &size, kCode - PAGE);
  cases = (const struct Case*)(kCode + (input->code_size + PAGE - 1) / PAGE * PAGE);
  output = map_file(argv[2], O_RDWR, &size, NULL);
  output->record_size =
      sizeof(struct Head) + sizeof(struct State) + (input->keep_window ? WINDOW : 0);
  strcpy(output->layout, HEAD_LAYOUT LAYOUT);
  if (input->keep_window) strcat(output->layout, WINDOW_LAYOUT);
  must(size >= PAGE + (size_t)input->count * output->record_size);
  map_scratch();
  fill_pools(input->pool_seed);

  static char stack[65536] __attribute__((aligned(16)));
  must(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL) == 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  static const int kSignals[] = {SIGTRAP, SIGILL, SIGSEGV, SIGBUS, SIGFPE};
  for (unsigned i = 0; i < sizeof kSignals / sizeof *kSignals; ++i) {
    must(sigaction(kSignals[i], &action, NULL) == 0);
  }
  raise(SIGTRAP);
  return 9;
}
