/* Arguments for system calls: mostly of the right shape, with a bad one among them now and then,
 * and none that could do harm outside of the program and its directory. */
#pragma once

#include "check.h"
#include "thread.h"

enum {
  kArea = 64 * 4096, /* arguments in memory; and as much again that calls map and unmap */
  kWords = 10,
  kFirstFd = 3, /* standard error tells what went wrong: its descriptor is left alone */
};

struct fuzzer {
  uint64_t state; /* of the random numbers */
  char* area;
  char* mappings;
  pid_t pid;
};

static inline uint64_t rnd64(struct fuzzer* f) { /* splitmix64 */
  uint64_t z = f->state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static inline unsigned rnd(struct fuzzer* f, unsigned below) { return rnd64(f) % below; }
static inline bool one_in(struct fuzzer* f, unsigned n) { return rnd(f, n) == 0; }
#define PICK(f, array) ((array)[rnd(f, sizeof(array) / sizeof *(array))])

/* Names inside the directory. None has ".." in it, and none is in memory that calls write to. */
static const char* const kPaths[] = {
    "file",
    "file2",
    "dir",
    "dir/file",
    "dir/dir",
    "link",
    "fifo",
    "socket",
    "new1",
    "new2",
    "dir/new",
    "loop",
    "program",
    "script",
    "",
    ".",
    "dir/",
    "file/x",
    "./dir/./file",
    "dangling",
    "a-rather-long-name-of-more-than-64-bytes-to-see-what-becomes-of-those-that-are-copied-around",
};

static inline uintptr_t bad_pointer(struct fuzzer* f) {
  static const uintptr_t kBad[] = {0,
                                   1,
                                   0xfff,
                                   0xffff8000,
                                   (uintptr_t)-1,
                                   (uintptr_t)-4096,
                                   (uintptr_t)1 << (sizeof(uintptr_t) * 8 - 2)};
  /* The page behind the area is not mapped. */
  return one_in(f, 2) ? PICK(f, kBad) : (uintptr_t)f->area + kArea - rnd(f, 3) + 2;
}

static inline char* place(struct fuzzer* f, size_t size) {
  size_t at = rnd(f, kArea - 4096 - (unsigned)size);
  if (one_in(f, 8)) at = kArea - size; /* right before the end */
  return f->area + (one_in(f, 4) ? at : at & ~(size_t)15);
}

static inline uint64_t small(struct fuzzer* f) {
  switch (rnd(f, 8)) {
    case 0:
      return 1ull << rnd(f, 33);
    case 1:
      return (uint64_t)-1 - rnd(f, 3);
    case 2:
      return rnd64(f) >> rnd(f, 64);
    case 3:
      return rnd(f, 70);
    case 4:
      return rnd(f, 16);
    default:
      return rnd(f, 4);
  }
}

static inline uint64_t descriptor(struct fuzzer* f) {
  if (one_in(f, 16)) return (uint64_t)-1;
  if (one_in(f, 32)) return 1000 + rnd(f, 1u << 20);
  return kFirstFd + rnd(f, 24);
}

/* Never 6: SIGABRT is how a broken emulator ends. */
static inline uint64_t signal_number(struct fuzzer* f) {
  uint64_t signo = one_in(f, 8) ? small(f) : rnd(f, 130);
  return (signo & 0x7fffffff) == SIGABRT ? SIGUSR1 : signo;
}

static inline uint64_t length_of_buffer(struct fuzzer* f) {
  static const uint64_t kLengths[] = {0, 1, 7, 64, 4096, 65536, 0x7fffffff, 0x80000000, UINT64_MAX};
  return one_in(f, 3) ? PICK(f, kLengths) : rnd(f, 600);
}

static inline uint64_t offset(struct fuzzer* f) {
  static const uint64_t kOffsets[] = {(uint64_t)-1, INT64_MAX, 0x80000000, 1u << 20, 4096};
  return one_in(f, 3) ? PICK(f, kOffsets) : rnd(f, 8192);
}

static inline void* flip_bytes(struct fuzzer* f, void* object, size_t size) {
  if (one_in(f, 4)) {
    for (unsigned i = 0; i <= rnd(f, 4); i++)
      ((char*)object)[rnd(f, (unsigned)size)] ^= rnd(f, 256);
  }
  return object;
}

/* Waits of a few milliseconds, except for what cannot be valid or is meant to overflow. */
static inline uintptr_t short_time(struct fuzzer* f) {
  struct timespec t[2] = {{0, rnd(f, one_in(f, 2) ? 5000 : 5000000)}, {0, rnd(f, 5000)}};
  char* to = place(f, sizeof t);
  if (one_in(f, 8)) t[0].tv_nsec = (long)small(f);
  if (one_in(f, 16)) t[0].tv_sec = -(time_t)rnd(f, 1000);
  if (one_in(f, 12)) t[rnd(f, 2)].tv_sec = one_in(f, 2) ? INT64_MAX - rnd(f, 3) : (time_t)small(f);
  memcpy(to, t, sizeof t);
  return (uintptr_t)to;
}

static inline uintptr_t vector(struct fuzzer* f) {
  struct iovec v[8];
  for (int i = 0; i < 8; i++) {
    v[i].iov_base = one_in(f, 12) ? (void*)bad_pointer(f) : place(f, 700);
    v[i].iov_len = one_in(f, 24) ? (size_t)length_of_buffer(f) : rnd(f, 600);
  }
  return (uintptr_t)memcpy(place(f, sizeof v), v, sizeof v);
}

/* Only this host and this directory. Nobody listens on the first few ports. */
static inline uintptr_t socket_address(struct fuzzer* f) {
  char* to = place(f, 128);
  memset(to, 0, 128);
  if (one_in(f, 2)) {
    struct sockaddr_in in = {16, AF_INET, (uint16_t)(rnd(f, 4) << 8), {127, 0, 0, 1}, {0}};
    memcpy(to, &in, sizeof in);
  } else {
    struct sockaddr_un un = {.sun_len = sizeof un, .sun_family = AF_UNIX};
    strcpy(un.sun_path, PICK(f, kPaths));
    memcpy(to, &un, sizeof un);
  }
  if (one_in(f, 8)) to[0] = (char)rnd(f, 256);
  return (uintptr_t)to;
}

static inline uintptr_t message(struct fuzzer* f) {
  struct msghdr m = {.msg_iov = (struct iovec*)vector(f), .msg_iovlen = (int)rnd(f, 9)};
  struct {
    struct cmsghdr header;
    int fds[8];
  } control = {{sizeof control.header + 4 * rnd(f, 9), SOL_SOCKET, SCM_RIGHTS}, {0}};
  for (int i = 0; i < 8; i++) control.fds[i] = (int)descriptor(f);
  if (one_in(f, 2)) {
    m.msg_name = (void*)socket_address(f);
    m.msg_namelen = one_in(f, 4) ? (socklen_t)length_of_buffer(f) : sizeof(struct sockaddr_in);
  }
  if (one_in(f, 2)) {
    flip_bytes(f, &control, sizeof control);
    m.msg_control = memcpy(place(f, 256), &control, sizeof control);
    m.msg_controllen = one_in(f, 4) ? (socklen_t)length_of_buffer(f) : control.header.cmsg_len;
  }
  if (one_in(f, 8)) m.msg_iovlen = (int)small(f);
  return (uintptr_t)memcpy(place(f, sizeof m), &m, sizeof m);
}

static inline uintptr_t events(struct fuzzer* f) {
  struct kevent k[6];
  for (int i = 0; i < 6; i++) {
    memset(&k[i], 0, sizeof k[i]);
    k[i].filter = (short)-(int)rnd(f, 13);
    k[i].ident = k[i].filter == EVFILT_PROC ? (uintptr_t)f->pid : (uintptr_t)descriptor(f);
    k[i].flags = one_in(f, 4) ? (unsigned short)rnd(f, 65536) : EV_ADD | 1u << rnd(f, 9);
    k[i].fflags = one_in(f, 2) ? 1u << rnd(f, 32) : 0;
    k[i].data = one_in(f, 4) ? (int64_t)small(f) : rnd(f, 50);
    k[i].udata = place(f, 8);
  }
  return (uintptr_t)memcpy(place(f, sizeof k), k, sizeof k);
}

static inline uintptr_t signal_event(struct fuzzer* f) {
  struct sigevent e;
  memset(&e, 0, sizeof e);
  e.sigev_notify = one_in(f, 8) ? (int)small(f) : (int)rnd(f, 5);
  e.sigev_signo = (int)signal_number(f);
  e.un.threadid = one_in(f, 2) ? (int)thread_self() : (int)small(f);
  return (uintptr_t)memcpy(place(f, sizeof e), &e, sizeof e);
}

static void fuzz_handler(int signo) { (void)signo; }

static inline uintptr_t action(struct fuzzer* f) {
  struct sigaction a = {.sa_handler = one_in(f, 3) ? SIG_IGN : fuzz_handler,
                        .sa_flags = (int)rnd(f, 128)};
  if (one_in(f, 6)) a.sa_handler = SIG_DFL;
  if (one_in(f, 16)) a.sa_flags = (int)small(f);
  for (int i = 0; i < 4; i++) a.sa_mask.bits[i] = one_in(f, 2) ? 0 : (uint32_t)rnd64(f);
  return (uintptr_t)memcpy(place(f, sizeof a), &a, sizeof a);
}

static void fuzz_thread(void* state) { thr_exit(state); }

static inline uintptr_t thread_param(struct fuzzer* f) {
  static long ids[4];
  char* tls = place(f, 512);
  struct thr_param p = {.start_func = fuzz_thread,
                        .arg = &ids[0],
                        .stack_base = place(f, 8192),
                        .stack_size = 8192,
                        .tls_base = tls,
                        .tls_size = 512,
                        .child_tid = &ids[1],
                        .parent_tid = &ids[2]};
  return (uintptr_t)memcpy(place(f, sizeof p), flip_bytes(f, &p, sizeof p), sizeof p);
}

static inline uintptr_t umtx_object(struct fuzzer* f) {
  uint32_t words[16];
  memset(words, 0, sizeof words);
  words[0] = one_in(f, 2) ? (uint32_t)small(f) : one_in(f, 2) ? (uint32_t)thread_self() : 0;
  for (int i = 1; i < 5; i++) words[i] = one_in(f, 3) ? (uint32_t)small(f) : 0;
  return (uintptr_t)memcpy(place(f, sizeof words), words, sizeof words);
}

static inline uintptr_t strings(struct fuzzer* f) {
  const char* v[6] = {NULL, "exit", "3", NULL};
  v[0] = PICK(f, kPaths);
  if (one_in(f, 4)) v[1] = PICK(f, kPaths);
  if (one_in(f, 8)) v[rnd(f, 3)] = (const char*)bad_pointer(f);
  return (uintptr_t)memcpy(place(f, sizeof v), v, sizeof v);
}

static inline uintptr_t sysctl_name(struct fuzzer* f) {
  int name[24];
  static const int kTop[] = {0, CTL_KERN, CTL_KERN, CTL_VM, 3, 4, 5, CTL_HW, 7, 8};
  memset(name, 0, sizeof name);
  name[0] = PICK(f, kTop);
  for (int i = 1; i < 6; i++) name[i] = one_in(f, 8) ? (int)small(f) : (int)rnd(f, 44);
  if (one_in(f, 3)) name[1] = name[0] == 0 ? (int)rnd(f, 7) : KERN_PROC;
  if (one_in(f, 2)) name[3] = f->pid;
  return (uintptr_t)memcpy(place(f, sizeof name), name, sizeof name);
}

/* FreeBSD's numbers (sys/filio.h, sys/sockio.h, sys/ttycom.h), without those that choose a process
 * to be signalled. */
static inline uint64_t ioctl_request(struct fuzzer* f) {
  static const uint32_t kRequests[] = {
      0x20006601, 0x20006602, 0x4004667f, 0x8004667e, 0x8004667d, 0x4004667b, 0x40047307,
      0x402c7413, 0x802c7414, 0x802c7415, 0x802c7416, 0x40087468, 0x80087467, 0x40047477,
      0x2000745e, 0x20007461, 0x4004740d, 0x40047473, 0x80047410, 0x2000740d, 0xc0106924,
      0xc0206921, 0xc0206911, 0xc0206933, 0xc0106926, 0x80047465, 0x8004746d, 0x4004741a};
  uint64_t request = PICK(f, kRequests);
  if (one_in(f, 8)) request ^= 1u << (16 + rnd(f, 13)); /* another size of the argument */
  return request;
}

/* The words of one argument; 64-bit ones take an even pair where words have 32 bits. */
static inline unsigned put_argument(struct fuzzer* f, char letter, uintptr_t* words, unsigned at) {
  /* All but F_DUP2FD, F_SETOWN and F_DUP2FD_CLOEXEC. */
  static const uint64_t kFcntl[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 77};
  static const uint64_t kLevels[] = {0xffff, 0xffff, 0, 6, 41}; /* SOL_SOCKET, IP, TCP, IPv6 */
  static const uint64_t kOptions[] = {
      1,      2,      4,      8,      9,      10,     12,     0x20,   0x80,   0x100, 0x400, 0x1001,
      0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1008, 0x1016, 0x1018, 27,    66,    68};
  static const uint64_t kMapFlags[] = {MAP_ANON | MAP_PRIVATE,
                                       MAP_ANON | MAP_SHARED,
                                       MAP_ANON | MAP_PRIVATE | MAP_FIXED,
                                       MAP_SHARED,
                                       MAP_PRIVATE | MAP_FIXED,
                                       MAP_GUARD | MAP_FIXED,
                                       MAP_STACK,
                                       MAP_ANON | MAP_SHARED | MAP_FIXED};
  static const uint64_t kModes[] = {0, S_IFREG, S_IFIFO};
  uint64_t v = 0;
  bool wide = false;
  if (one_in(f, 24) && strchr("bvMkteGgTuVNSlAp", letter)) letter = '0';
  switch (letter) {
    case '0':
      v = bad_pointer(f);
      break;
    case 'f':
      v = descriptor(f);
      break;
    case 'F':
      v = one_in(f, 4) ? 200 + rnd(f, 800) : kFirstFd + rnd(f, 30);
      break;
    case 'D':
      v = one_in(f, 3) ? descriptor(f) : (uint64_t)AT_FDCWD;
      break;
    case 'p':
      v = (uintptr_t)PICK(f, kPaths);
      break;
    case 'A':
      v = (uintptr_t)SHM_ANON;
      break;
    case 'b':
      v = one_in(f, 12) ? (uintptr_t)f->mappings + rnd(f, kArea) : (uintptr_t)place(f, 700);
      break;
    case 'n':
      v = length_of_buffer(f);
      break;
    case 'i':
      v = small(f);
      break;
    case 'x':
      v = one_in(f, 2) ? rnd64(f) : small(f);
      break;
    case 'z':
      v = 0;
      break;
    case 'c':
      v = one_in(f, 12) ? small(f) : rnd(f, 7);
      break;
    case 'd':
      v = one_in(f, 4) ? rnd(f, 40) : (one_in(f, 2) ? AF_UNIX : AF_INET);
      break;
    case 's':
      v = signal_number(f);
      break;
    case 'm':
      v = rnd(f, 07777 + 1) | 0600;
      break;
    case 'E':
      v = PICK(f, kLevels);
      break;
    case 'Q':
      v = one_in(f, 8) ? small(f) : PICK(f, kOptions);
      break;
    case 'Y':
      v = one_in(f, 6) ? rnd64(f) : PICK(f, kMapFlags);
      break;
    case 'X':
      v = one_in(f, 2) ? (uint64_t)-1 : descriptor(f);
      break;
    case '7':
      v = rnd(f, 8);
      break;
    case 'C':
      v = 8ull << rnd(f, 6);
      break;
    case 'H':
      v = one_in(f, 4) ? small(f) : (uint64_t)thread_self();
      break;
    case 'w':
      v = PICK(f, kModes) | 0600;
      break; /* no devices */
    case 'P':
      v = one_in(f, 4) ? 0x3ffffff0u + rnd(f, 8) : (uint64_t)f->pid;
      break;
    case 'q':
      v = one_in(f, 2) ? (uint64_t)-1 : (uint64_t)f->pid;
      wide = true;
      break;
    case 'o':
      v = offset(f);
      wide = true;
      break;
    case 'h':
      v = rnd(f, 3);
      break;
    case 'a':
      v = (uintptr_t)f->mappings + rnd(f, kArea / 4096) * 4096 + (one_in(f, 16) ? 5 : 0);
      break;
    case 'L':
      v = one_in(f, 12) ? rnd(f, 9000) : rnd(f, 4) * 4096;
      break;
    case 't':
      v = short_time(f);
      break;
    case 'v':
      v = vector(f);
      break;
    case 'M':
      v = message(f);
      break;
    case 'S':
      v = socket_address(f);
      break;
    case 'k':
      v = events(f);
      break;
    case 'e':
      v = signal_event(f);
      break;
    case 'g':
    case 'l':
      v = (uintptr_t)place(f, 16);
      *(uint32_t*)(v & ~3ul) = rnd(f, 140);
      break;
    case 'G':
      v = action(f);
      break;
    case 'T':
      v = thread_param(f);
      break;
    case 'u':
      v = umtx_object(f);
      break;
    case 'V':
      v = strings(f);
      break;
    case 'N':
      v = sysctl_name(f);
      break;
    case 'I':
      v = ioctl_request(f);
      break;
    case 'j':
      v = PICK(f, kFcntl);
      break;
    case 'y':
      v = one_in(f, 2) ? kFirstFd + rnd(f, 40) : (uintptr_t)place(f, 32);
      break;
    case 'W':
      v = one_in(f, 2) ? (uint64_t)-1 : (uint64_t)f->pid;
      break;
    case 'r':
      v = 2 + rnd(f, 2) + (one_in(f, 2) ? 4 : 0);
      break; /* neither files' size nor time */
    case 'R':
      v = RFPROC | (rnd64(f) & (RFFDG | RFCFDG | RFNOWAIT));
      break;
    default:
      printf("no letter %c\n", letter);
      exit(1);
  }
  if (wide && sizeof(uintptr_t) == 4) {
    at += at & 1;
    words[at] = (uintptr_t)v;
    words[at + 1] = (uintptr_t)(v >> 32);
    return at + 2;
  }
  words[at] = (uintptr_t)v;
  return at + 1;
}
