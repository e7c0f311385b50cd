/* What goes along with descriptors that are sent to another process: a pipe's two ways, Capsicum's
 * rights. The receiver is older than what it gets, so that it can have inherited nothing. */
#include "capabilities.h"

enum { MSG_CTRUNC = 0x20 };
static const cap_rights_t kReadAndEvent = {{1ULL << 57 | 1, 1ULL << 58 | 0x20}},
                          kReadAlone = {{1ULL << 57 | 1, 1ULL << 58}};

static _Alignas(8) char control[128];
static char byte = '!';
static struct iovec iov = {&byte, 1};

static struct msghdr message(size_t size) {
  return (struct msghdr){
      .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = (socklen_t)size};
}

static void give(int s, const int* fds, int count) {
  size_t size = (size_t)count * sizeof *fds;
  struct cmsghdr h = {(socklen_t)(cmsg_align(sizeof h) + size), SOL_SOCKET, SCM_RIGHTS};
  memcpy(control, &h, sizeof h);
  memcpy(control + cmsg_align(sizeof h), fds, size);
  struct msghdr m = message(cmsg_align(sizeof h) + cmsg_align(size));
  CHECK_EQ(sendmsg(s, &m, 0), 1);
}

static int take(int s, int* fds, int count) {
  struct msghdr m = message(sizeof control);
  if (recvmsg(s, &m, 0) != 1) return -1;
  struct cmsghdr h;
  memcpy(&h, control, sizeof h);
  memcpy(fds, control + cmsg_align(sizeof h), (size_t)count * sizeof *fds);
  return (int)((h.cmsg_len - cmsg_align(sizeof h)) / sizeof *fds);
}

static int receiver(int s) {
  int fds[3];
  char b[8];
  cap_rights_t r;
  CHECK_EQ(take(s, fds, 3), 3);
  CHECK_EQ(write(fds[0], "backwards", 9), 9);
  CHECK_EQ(read(fds[0], b, 8), 8);
  CHECK_EQ(memcmp(b, "forwards", 8), 0);
  CHECK_OK(__cap_rights_get(0, fds[1], &r));
  CHECK(memcmp(&r, &kReadAndEvent, sizeof r) == 0);
  CHECK_EQ(read(fds[1], b, 3), 3);
  CHECK_ERR(write(fds[1], "x", 1), ENOTCAPABLE);
  CHECK_ERR(read(fds[2], b, 1), EBADF); /* open for writing alone */
  CHECK_EQ(write(fds[2], "y", 1), 1);
  /* None but these have come. */
  CHECK_ERR(fcntl(fds[2] + 1, F_GETFD), EBADF);
  return check_failures();
}

/* Items stay what they were: of two, a receiver that has room for one gets one. */
static void items(void) {
  int s[2], pipes[2], got[2] = {-1, -1};
  struct cmsghdr h = {(socklen_t)(cmsg_align(sizeof h) + sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
  const size_t space = cmsg_align(sizeof h) + cmsg_align(sizeof(int));
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  CHECK_OK(pipe2(pipes, 0));
  for (int room = 1; room <= 2; ++room) {
    for (int i = 0; i < 2; ++i) {
      memcpy(control + (size_t)i * space, &h, sizeof h);
      memcpy(control + (size_t)i * space + cmsg_align(sizeof h), &pipes[1], sizeof(int));
    }
    struct msghdr m = message(2 * space);
    CHECK_EQ(sendmsg(s[0], &m, 0), 1);
    memset(control, 0, sizeof control);
    m = message((size_t)room * space);
    CHECK_EQ(recvmsg(s[1], &m, 0), 1);
    CHECK_EQ(m.msg_flags, room == 2 ? 0 : MSG_CTRUNC);
    CHECK_EQ(m.msg_controllen, (size_t)room * space);
    for (int i = 0; i < room; ++i) {
      CHECK_EQ(memcmp(control + (size_t)i * space, &h, sizeof h), 0);
      memcpy(&got[i], control + (size_t)i * space + cmsg_align(sizeof h), sizeof(int));
      /* Each of them is a pipe's end, which is read from and written to. */
      CHECK_EQ(write(got[i], "there", 5), 5);
      CHECK_EQ(read(pipes[0], control + sizeof control - 8, 5), 5);
      CHECK_EQ(write(pipes[0], "back", 4), 4);
      CHECK_EQ(read(got[i], control + sizeof control - 8, 4), 4);
    }
    CHECK_ERR(fcntl(got[room - 1] + 1, F_GETFD), EBADF);
    for (int i = 0; i < room; ++i) CHECK_OK(close(got[i]));
  }
}

static void polling(void) {
  int fds[2];
  CHECK_OK(pipe2(fds, 0));
  CHECK_EQ(write(fds[1], "x", 1), 1);
  struct pollfd p = {fds[0], POLLIN, 0};
  unsigned long set[1024 / (8 * sizeof(long))] = {1ul << fds[0]};
  CHECK_OK(cap_rights_limit(fds[0], &kReadAndEvent));
  CHECK_EQ(poll(&p, 1, 0), 1);
  CHECK_EQ(p.revents, POLLIN);
  CHECK_EQ(select(fds[0] + 1, set, NULL, NULL, NULL), 1);
  CHECK_OK(cap_rights_limit(fds[0], &kReadAlone));
  CHECK_EQ(poll(&p, 1, 0), 1);
  CHECK_EQ(p.revents, POLLNVAL);
  CHECK_ERR(select(fds[0] + 1, set, NULL, NULL, NULL), ENOTCAPABLE);
}

int main(void) {
  int s[2], pipes[2], status;
  check_workdir();
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  pid_t pid = fork();
  if (pid == 0) _exit(receiver(s[1]));
  int file = open("file", O_RDWR | O_CREAT, 0644);
  CHECK_EQ(write(file, "abc", 3), 3);
  CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
  CHECK_OK(cap_rights_limit(file, &kReadAndEvent));
  int plain = open("plain", O_WRONLY | O_CREAT, 0644);
  CHECK_OK(pipe2(pipes, 0));
  CHECK_EQ(write(pipes[1], "forwards", 8), 8);
  give(s[0], (int[]){pipes[0], file, plain}, 3);
  close(pipes[0]);
  char b[16];
  CHECK_EQ(read(pipes[1], b, sizeof b), 9);
  CHECK_EQ(memcmp(b, "backwards", 9), 0);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  CHECK_EQ(read(pipes[1], b, sizeof b), 0); /* nobody is left */
  items();
  polling();
  return check_done();
}
