/* ktrace: what calls take and give besides numbers, and what a process may not do. */
#include "capabilities.h"
#include "ktrace_file.h"

struct cap_fail {
  int type;
  cap_rights_t needed, held;
};
enum { NOT_CAPABLE, INCREASE, SYSCALL };
static const uint64_t kRead = 1, kWrite = 2;

int getitimer(int which, struct itimerval* value);

static const int kAll =
    1 << GENIO | 1 << STRUCT | 1 << SYSCTL | 1 << CAPFAIL | 1 << STRUCT_ARRAY | 1 << DTOR;
static ssize_t end;

/* The n-th record of this type, from 0; its data and length. */
static const char* record(short type, int n, int* length) {
  for (char* p = trace; p < trace + end;) {
    struct ktr_header h;
    memcpy(&h, p, sizeof h);
    CHECK(h.len >= 0 && p + sizeof h + h.len <= trace + end);
    if (h.type == type && n-- == 0) {
      *length = h.len;
      return p + sizeof h;
    }
    p += sizeof h + h.len;
  }
  *length = -1;
  return NULL;
}

/* Whether the n-th structure has this name and these bytes. */
static int is_struct(int n, const char* name, const void* bytes, int size) {
  int length;
  const char* data = record(STRUCT, n, &length);
  int at = (int)strlen(name) + 1;
  return data != NULL && length == at + size && memcmp(data, name, at) == 0 &&
         memcmp(data + at, bytes, size) == 0;
}

static int is_io(int n, int fd, int writes, const char* text) {
  int length;
  const char* data = record(GENIO, n, &length);
  return data != NULL && length == 8 + (int)strlen(text) && int_at(data) == fd &&
         int_at(data + 4) == writes && memcmp(data + 8, text, strlen(text)) == 0;
}

static void begin(void) {
  close(open("trace", O_WRONLY | O_CREAT | O_TRUNC, 0644));
  CHECK_OK(ktrace("trace", SET, kAll, getpid()));
}
static void finish(void) {
  CHECK_OK(ktrace(NULL, CLEAR, kAll, getpid()));
  end = size_of_trace();
}

static void structures(void) {
  struct stat a, b;
  struct itimerval none = {{0, 0}, {0, 0}}, far = {{0, 0}, {1000, 0}}, now;
  begin();
  CHECK_ERR(stat("not-there", &a), ENOENT);
  CHECK_OK(stat(".", &a));
  int fd = open(".", O_RDONLY);
  CHECK_OK(fstat(fd, &b));
  CHECK_OK(setitimer(ITIMER_REAL, &far, NULL));
  CHECK_OK(getitimer(ITIMER_REAL, &now));
  finish();
  setitimer(ITIMER_REAL, &none, NULL);
  close(fd);
  CHECK(is_struct(0, "stat", &a, sizeof a));
  CHECK(is_struct(1, "stat", &b, sizeof b));
  CHECK(is_struct(2, "itimerval", &far, sizeof far));
  CHECK(is_struct(3, "itimerval", &none, sizeof none));
  CHECK(is_struct(4, "itimerval", &now, sizeof now));
}

static void sockets(void) {
  int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_len = 99, .sin_family = AF_INET, .sin_addr = {127, 0, 0, 1}};
  struct sockaddr_in bound, from;
  socklen_t size = sizeof bound;
  char text[8] = "", more[8] = "";
  begin();
  CHECK_OK(bind(a, (void*)&to, sizeof to));
  CHECK_OK(getsockname(a, (void*)&bound, &size));
  CHECK_EQ(sendto(b, "abc", 3, 0, (void*)&bound, sizeof bound), 3);
  size = sizeof from;
  CHECK_EQ(recvfrom(a, text, 8, 0, (void*)&from, &size), 3);
  finish();
  to.sin_len = sizeof to; /* the kernel sets it */
  CHECK(is_struct(0, "sockaddr", &to, sizeof to));
  CHECK(is_struct(1, "sockaddr", &bound, sizeof bound));
  CHECK(is_struct(2, "sockaddr", &bound, sizeof bound));
  CHECK(is_struct(3, "sockaddr", &from, sizeof from));
  CHECK(is_io(0, b, 1, "abc"));
  CHECK(is_io(1, a, 0, "abc"));
  close(a);
  close(b);
  int pair[2];
  CHECK_OK(pipe2(pair, 0));
  struct iovec out[2] = {{"one", 3}, {"two", 3}}, in[2] = {{text, 2}, {more, 8}};
  begin();
  CHECK_EQ(writev(pair[1], out, 2), 6);
  CHECK_EQ(readv(pair[0], in, 2), 6);
  finish();
  CHECK(is_io(0, pair[1], 1, "onetwo"));
  CHECK(is_io(1, pair[0], 0, "onetwo"));
  /* A device that does not look at what is written to it. */
  int null = open("/dev/null", O_WRONLY);
  struct iovec bad[2] = {{"one", 3}, {(void*)16, 300}};
  begin();
  CHECK_EQ(writev(null, bad, 2), 303);
  finish();
  int length;
  CHECK(record(GENIO, 0, &length) == NULL);
  close(null);
}

static void events(void) {
  int kq = kqueue(), length;
  struct kevent changes[2], found;
  memset(changes, 0, sizeof changes);
  changes[0].ident = 7;
  changes[0].filter = EVFILT_USER;
  changes[0].flags = EV_ADD;
  changes[1] = changes[0];
  changes[1].flags = 0;
  changes[1].fflags = NOTE_TRIGGER;
  begin();
  CHECK_EQ(kevent(kq, changes, 2, &found, 1, NULL), 1);
  CHECK_ERR(kevent(-1, changes, 1, NULL, 0, NULL), EBADF);
  finish();
  const int at = (int)(sizeof(long) + sizeof "kevent");
  const char* data = record(STRUCT_ARRAY, 0, &length);
  CHECK_EQ(length, at + (int)sizeof changes);
  CHECK_EQ(long_at(data), (long)sizeof found);
  CHECK(strcmp(data + sizeof(long), "kevent") == 0 && memcmp(data + at, changes, 128) == 0);
  data = record(STRUCT_ARRAY, 1, &length);
  CHECK_EQ(length, at + (int)sizeof found);
  CHECK(memcmp(data + at, &found, sizeof found) == 0);
  record(STRUCT_ARRAY, 2, &length);
  CHECK_EQ(length, at + (int)sizeof found);
  record(STRUCT_ARRAY, 3, &length);
  CHECK_EQ(length, -1);
  close(kq);
}

static int limited(void) {
  int length, fd = open("file", O_RDWR | O_CREAT, 0644), log = open("trace", O_RDONLY);
  int mib[2] = {1, 1}, none[2] = {99, 99};
  char text[64];
  size_t size = sizeof text;
  cap_rights_t read_only = RIGHTS(kRead, 0), both = RIGHTS(kRead | kWrite, 0);
  begin();
  CHECK_OK(__sysctl(mib, 2, text, &size, NULL, 0));
  CHECK_ERR(__sysctl(none, 2, text, &size, NULL, 0), ENOENT);
  CHECK_OK(cap_rights_limit(fd, &read_only));
  CHECK_ERR(write(fd, "x", 1), ENOTCAPABLE);
  CHECK_ERR(cap_rights_limit(fd, &both), ENOTCAPABLE);
  CHECK_OK(cap_enter());
  CHECK_ERR(mkdir("dir", 0755), ECAPMODE);
  lseek(log, 0, SEEK_SET);
  end = read(log, trace, sizeof trace);
  const char* data = record(SYSCTL, 0, &length);
  CHECK(length == 12 && strcmp(data, "kern.ostype") == 0);
  CHECK(is_struct(0, "caprights", &read_only, sizeof read_only));
  CHECK(is_struct(1, "caprights", &both, sizeof both));
  struct cap_fail f;
  const int types[] = {NOT_CAPABLE, INCREASE, SYSCALL};
  for (int i = 0; i < 3; i++) {
    data = record(CAPFAIL, i, &length);
    CHECK_EQ(length, (int)sizeof f);
    memcpy(&f, data, sizeof f);
    CHECK_EQ(f.type, types[i]);
    if (i == 0) CHECK_EQ(f.needed.words[0], IDX0 | kWrite);
    if (i == 1) CHECK_EQ(f.needed.words[0], IDX0 | kRead | kWrite);
    if (i == 2) CHECK(f.needed.words[0] == IDX0 && f.held.words[1] == IDX1);
    if (i < 2) CHECK_EQ(f.held.words[0], IDX0 | kRead);
  }
  return check_failures();
}

int main(void) {
  check_workdir();
  structures();
  sockets();
  events();
  CHECK_EQ(check_child(limited), 0);
  int length;
  end = size_of_trace();
  record(DTOR, 0, &length);
  CHECK_EQ(length, 0);
  record(DTOR, 1, &length);
  CHECK_EQ(length, -1);
  return check_done();
}
