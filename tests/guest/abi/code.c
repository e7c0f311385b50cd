/* Code that a program writes itself: flushed, rewritten, protected, mapped from a file. */
#include "check.h"

enum { kPage = ARCH_PAGE, kRounds = 200 };

static unsigned call(const void* code) { return ((unsigned (*)(void))(uintptr_t)code)(); }

static void put(uint32_t* code, unsigned value) {
  arch_make_code(code, value);
  arch_flush_code(code, ARCH_CODE_WORDS * sizeof *code);
}

static void rewriting(void) {
  uint32_t* code =
      mmap(NULL, kPage, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON, -1, 0);
  CHECK(code != MAP_FAILED);
  for (unsigned i = 0; i < kRounds; i++) {
    put(code, i);
    CHECK_EQ(call(code), i);
    put(code + 64, i + 1000);
    CHECK_EQ(call(code + 64), i + 1000);
    CHECK_EQ(call(code), i);
  }
  CHECK_OK(munmap(code, kPage));
}

static void protecting(void) {
  uint32_t* code = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  for (unsigned i = 0; i < 20; i++) {
    CHECK_OK(mprotect(code, kPage, PROT_READ | PROT_WRITE));
    put(code, i + 7);
    CHECK_OK(mprotect(code, kPage, PROT_READ | PROT_EXEC));
    CHECK_EQ(call(code), i + 7);
  }
  CHECK_OK(munmap(code, kPage));
}

/* New memory at an address where code ran before. */
static void remapping(void) {
  uint32_t* at = NULL;
  for (unsigned i = 0; i < 20; i++) {
    uint32_t* code = mmap(at, kPage, PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANON | (at ? MAP_FIXED : 0), -1, 0);
    CHECK(code != MAP_FAILED);
    put(code, i + 100);
    CHECK_EQ(call(code), i + 100);
    if (i % 2) CHECK_OK(munmap(code, kPage));
    at = code;
  }
}

static void from_files(void) {
  check_workdir();
  uint32_t* at = NULL;
  for (unsigned i = 0; i < 5; i++) {
    uint32_t words[ARCH_CODE_WORDS];
    char name[16];
    arch_make_code(words, i + 500);
    snprintf(name, sizeof name, "code%u", i);
    int fd = open(name, O_RDWR | O_CREAT, 0644);
    CHECK_EQ(write(fd, words, sizeof words), sizeof words);
    uint32_t* code =
        mmap(at, kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE | (at ? MAP_FIXED : 0), fd, 0);
    CHECK(code != MAP_FAILED);
    CHECK_EQ(call(code), i + 500);
    close(fd);
    at = code;
  }
}

/* A forked child changes its own copy only. */
static void forking(void) {
  uint32_t* code =
      mmap(NULL, kPage, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON, -1, 0);
  put(code, 1);
  CHECK_EQ(call(code), 1);
  pid_t pid = fork();
  if (pid == 0) {
    put(code, 2);
    _exit((int)call(code));
  }
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 2 << 8);
  CHECK_EQ(call(code), 1);
}

int main(void) {
  rewriting();
  protecting();
  remapping();
  from_files();
  forking();
  return check_done();
}
