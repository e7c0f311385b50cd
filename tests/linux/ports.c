/* What the ports number or lay out differently: terminals, limits, locks, socket options, System V
 * IPC, poll bits, error numbers. */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

/* timeval's second half is an int on sparc64, a long elsewhere. */
static void test_timevals(void) {
  struct rusage usage = {0};
  for (volatile int i = 0; usage.ru_utime.tv_usec == 0 && usage.ru_utime.tv_sec == 0; ++i) {
    if (i % 100000 == 0) CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  }
  CHECK(usage.ru_utime.tv_usec >= 0 && usage.ru_utime.tv_usec < 1000000);
  const pid_t child = fork();
  if (child == 0) {
    for (volatile int i = 0; i < 1000000; ++i) continue;
    _exit(0);
  }
  CHECK(wait4(child, NULL, 0, &usage) == child);
  CHECK(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec > 0);

  int ends[2];
  CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
  fd_set in;
  FD_ZERO(&in);
  FD_SET(ends[0], &in);
  struct timeval t = {60, 900000};
  CHECK(select(ends[0] + 1, &in, NULL, NULL, &t) == 1);
  CHECK((t.tv_sec == 60 && t.tv_usec > 0 && t.tv_usec <= 900000) || t.tv_sec == 59);
  FD_ZERO(&in);
  t = (struct timeval){0, 20000};
  CHECK(select(0, NULL, NULL, NULL, &t) == 0);

  const int s = socket(AF_UNIX, SOCK_STREAM, 0);
  t = (struct timeval){2, 500000};
  CHECK(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == 0);
  socklen_t size = sizeof t;
  t = (struct timeval){0, 0};
  CHECK(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, &size) == 0);
  CHECK(size == sizeof t && t.tv_sec == 2 && t.tv_usec == 500000);

  const struct itimerval timer = {{0, 0}, {50, 500000}};
  struct itimerval old;
  CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0 && getitimer(ITIMER_REAL, &old) == 0);
  CHECK((old.it_value.tv_sec == 50 && old.it_value.tv_usec > 0) || old.it_value.tv_sec == 49);
  CHECK(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL) == 0);
#ifdef SYS_utimes
  char name[] = "/tmp/timevals.XXXXXX";
  const int file = mkstemp(name);
  struct stat st;
  const struct timeval times[2] = {{100, 250000}, {200, 750000}};
  CHECK(syscall(SYS_utimes, name, times) == 0 && fstat(file, &st) == 0 && unlink(name) == 0);
  CHECK(st.st_atim.tv_sec == 100 && st.st_atim.tv_nsec == 250000000);
  CHECK(st.st_mtim.tv_sec == 200 && st.st_mtim.tv_nsec == 750000000);
  close(file);
#endif
  close(s);
  close(ends[0]);
  close(ends[1]);
}

static void test_terminal(void) {
  int parent, child;
  CHECK(openpty(&parent, &child, NULL, NULL, NULL) == 0);
  struct termios t;
  CHECK(tcgetattr(child, &t) == 0);
  CHECK((t.c_lflag & (ICANON | ECHO | ISIG | IEXTEN)) == (ICANON | ECHO | ISIG | IEXTEN));
  CHECK((t.c_lflag & (TOSTOP | NOFLSH)) == 0 && (t.c_iflag & ICRNL) && (t.c_oflag & OPOST));
  CHECK(t.c_cc[VINTR] == 3 && t.c_cc[VEOF] == 4 && t.c_cc[VSTART] == 17 && t.c_cc[VERASE] == 127);
  CHECK((t.c_cflag & CSIZE) == CS8 && cfgetospeed(&t) == B38400);
  t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  t.c_lflag |= TOSTOP;
  t.c_cc[VMIN] = 2;
  t.c_cc[VTIME] = 7;
  t.c_cc[VSUSP] = 5;
  cfsetspeed(&t, B115200);
  CHECK(tcsetattr(child, TCSADRAIN, &t) == 0);
  struct termios back;
  CHECK(tcgetattr(child, &back) == 0 && back.c_cc[VMIN] == 2 && back.c_cc[VTIME] == 7);
  CHECK(back.c_cc[VSUSP] == 5 && (back.c_lflag & (ICANON | ECHO | TOSTOP)) == TOSTOP);
  CHECK(cfgetospeed(&back) == B115200);
  const struct winsize size = {24, 80, 0, 0};
  struct winsize found;
  CHECK(ioctl(parent, TIOCSWINSZ, &size) == 0 && ioctl(child, TIOCGWINSZ, &found) == 0);
  CHECK(found.ws_row == 24 && found.ws_col == 80);
  int waiting = 0;
  CHECK(write(parent, "abc", 3) == 3);
  const struct timespec moment = {0, 1000000};
  for (int i = 0; i < 1000 && waiting != 3; ++i) {
    CHECK(ioctl(child, FIONREAD, &waiting) == 0);
    nanosleep(&moment, NULL);
  }
  CHECK(waiting == 3 && tcflush(child, TCIFLUSH) == 0);
  CHECK(ioctl(child, FIONREAD, &waiting) == 0 && waiting == 0);
  const int one = 1;
  CHECK(ioctl(child, FIONBIO, &one) == 0 && (fcntl(child, F_GETFL) & O_NONBLOCK) != 0);
  CHECK(ioctl(child, FIOCLEX) == 0 && fcntl(child, F_GETFD) == FD_CLOEXEC);
  CHECK(isatty(child) && ioctl(0, 0x12345678) == -1 && errno == ENOTTY);
  int lock = 1;
  CHECK(ioctl(parent, TIOCSPTLCK, &lock) == 0);
}

static void test_limits(void) {
  const struct rlimit wanted = {100, 100};
  struct rlimit found;
  CHECK(setrlimit(RLIMIT_NOFILE, &wanted) == 0);
  CHECK(getrlimit(RLIMIT_NOFILE, &found) == 0 && found.rlim_cur == 100);
  CHECK(dup2(0, 100) == -1 && errno == EBADF);
  CHECK(setrlimit(RLIMIT_CORE, &(struct rlimit){0, RLIM_INFINITY}) == 0 || errno == EPERM);
  CHECK(getrlimit(RLIMIT_CORE, &found) == 0 && found.rlim_cur == 0);
  struct statfs fs;
  struct statvfs vfs;
  CHECK(statfs("/proc", &fs) == 0 && fs.f_type == 0x9fa0 && fs.f_namelen == 255);
  CHECK(statvfs("/", &vfs) == 0 && vfs.f_blocks >= vfs.f_bfree && vfs.f_bfree >= vfs.f_bavail);
  CHECK(vfs.f_frsize > 0 && vfs.f_namemax >= 255);
}

static void test_locks(void) {
  char path[] = "/tmp/linux-ports-XXXXXX";
  const int fd = mkstemp(path);
  CHECK(fd >= 0 && unlink(path) == 0);
  struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 10};
  CHECK(fcntl(fd, F_SETLK, &l) == 0);
  const pid_t pid = fork();
  if (pid == 0) {
    l.l_pid = 0;
    CHECK(fcntl(fd, F_GETLK, &l) == 0 && l.l_type == F_WRLCK && l.l_pid == getppid());
    CHECK(l.l_start == 5 && l.l_len == 10);
    CHECK(fcntl(fd, F_SETLK, &l) == -1 && errno == EAGAIN);
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(fcntl(fd, F_SETOWN, getpid()) == 0 && fcntl(fd, F_GETOWN) == getpid());
  CHECK(posix_fadvise(fd, 0, 4096, POSIX_FADV_WILLNEED) == 0);
  CHECK(posix_fallocate(fd, 0, 8192) == 0 && lseek(fd, 0, SEEK_END) == 8192);
}

static void test_sockets(void) {
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  int value = 0;
  socklen_t size = sizeof value;
  CHECK(s >= 0 && getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &size) == 0 && value == SOCK_DGRAM);
  CHECK(getsockopt(s, SOL_SOCKET, SO_DOMAIN, &value, &size) == 0 && value == AF_INET);
  const int one = 1;
  CHECK(setsockopt(s, SOL_SOCKET, SO_BROADCAST, &one, sizeof one) == 0);
  CHECK(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
  value = 0;
  CHECK(getsockopt(s, SOL_SOCKET, SO_BROADCAST, &value, &size) == 0 && value == 1);
  value = 0;
  CHECK(getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &value, &size) == 0 && value == 0);
  const struct linger linger = {1, 4};
  struct linger found = {0, 0};
  const int t = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  size = sizeof found;
  CHECK((fcntl(t, F_GETFL) & O_NONBLOCK) != 0);
  CHECK(setsockopt(t, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0);
  CHECK(getsockopt(t, SOL_SOCKET, SO_LINGER, &found, &size) == 0 && found.l_linger == 4);
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  struct ucred peer;
  size = sizeof peer;
  CHECK(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid());
  struct pollfd p = {pair[0], POLLIN | POLLOUT | POLLWRNORM | POLLWRBAND, 0};
  CHECK(poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) && (p.revents & POLLWRNORM));
  CHECK((p.revents & POLLIN) == 0 && close(pair[1]) == 0);
  p.events = POLLIN | POLLRDHUP;
  CHECK(poll(&p, 1, 0) == 1 &&
        (p.revents & (POLLIN | POLLHUP | POLLRDHUP)) == (POLLIN | POLLHUP | POLLRDHUP));
  CHECK(connect(t, (struct sockaddr*)&(struct sockaddr_storage){.ss_family = AF_UNIX}, 2) == -1);
  CHECK(errno == EINVAL || errno == ECONNREFUSED);
  CHECK(send(t, "x", 1, MSG_NOSIGNAL) == -1 && errno == ENOTCONN);
}

static void test_ipc(void) {
  const int m = msgget(IPC_PRIVATE, 0600);
  struct {
    long type;
    char text[8];
  } message = {7, "hello"};
  struct msqid_ds queue;
  CHECK(m >= 0 && msgsnd(m, &message, 6, 0) == 0 && msgctl(m, IPC_STAT, &queue) == 0);
  const time_t now = time(NULL);
  CHECK(queue.msg_qnum == 1 && queue.msg_stime >= now - 10 && queue.msg_stime <= now + 1);
  CHECK(queue.msg_lspid == getpid() && (queue.msg_perm.mode & 0777) == 0600);
  memset(&message, 0, sizeof message);
  CHECK(msgrcv(m, &message, 8, 7, IPC_NOWAIT) == 6 && strcmp(message.text, "hello") == 0);
  CHECK(msgrcv(m, &message, 8, 7, IPC_NOWAIT) == -1 && errno == ENOMSG);
  CHECK(msgctl(m, IPC_RMID, NULL) == 0 && msgctl(m, IPC_STAT, &queue) == -1);
  CHECK(errno == EINVAL || errno == EIDRM);

  const int s = semget(IPC_PRIVATE, 2, 0600);
  union {
    int val;
    struct semid_ds* buf;
  } argument = {.val = 3};
  struct sembuf down = {1, -2, 0};
  CHECK(s >= 0 && semctl(s, 1, SETVAL, argument) == 0 && semop(s, &down, 1) == 0);
  CHECK(semctl(s, 1, GETVAL) == 1);
  struct semid_ds set;
  argument.buf = &set;
  CHECK(semctl(s, 0, IPC_STAT, argument) == 0 && set.sem_nsems == 2 && set.sem_otime >= now - 10);
  CHECK(semctl(s, 0, IPC_RMID) == 0);

  const int h = shmget(IPC_PRIVATE, 5000, 0600);
  char* memory = shmat(h, NULL, 0);
  CHECK(h >= 0 && memory != (char*)-1);
  memory[4999] = 'm';
  struct shmid_ds segment;
  CHECK(shmctl(h, IPC_STAT, &segment) == 0 && segment.shm_segsz == 5000);
  CHECK(segment.shm_nattch == 1 && segment.shm_cpid == getpid());
  CHECK(segment.shm_atime >= now - 10 && shmctl(h, IPC_RMID, NULL) == 0 && shmdt(memory) == 0);
}

static volatile sig_atomic_t caught;
static void note(int signo) { caught = signo; }

static void test_signals(void) {
  struct sigaction action, old;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  action.sa_flags = SA_RESETHAND | SA_RESTART | SA_NODEFER;
  sigaddset(&action.sa_mask, SIGRTMAX);
  CHECK(sigaction(SIGWINCH, &action, NULL) == 0 && sigaction(SIGWINCH, NULL, &old) == 0);
  CHECK(old.sa_handler == note && (old.sa_flags & SA_RESETHAND) != 0);
  CHECK(sigismember(&old.sa_mask, SIGRTMAX) == 1 && sigismember(&old.sa_mask, SIGHUP) == 0);
  CHECK(raise(SIGWINCH) == 0 && caught == SIGWINCH && sigaction(SIGWINCH, NULL, &old) == 0);
  CHECK(old.sa_handler == SIG_DFL);
  for (int signo = 1; signo < SIGRTMAX; signo += signo == 31 ? SIGRTMIN - 31 : 1) {
    if (signo == SIGKILL || signo == SIGSTOP) continue;
    action.sa_flags = 0;
    caught = 0;
    CHECK(sigaction(signo, &action, NULL) == 0 && kill(getpid(), signo) == 0 && caught == signo);
  }
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_NOCLDWAIT;
  CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
  if (fork() == 0) _exit(0);
  CHECK(wait(NULL) == -1 && errno == ECHILD);
  stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536}, found;
  CHECK(sigaltstack(&stack, NULL) == 0 && sigaltstack(NULL, &found) == 0);
  CHECK(found.ss_sp == stack.ss_sp && found.ss_size == 65536 && found.ss_flags == 0);
  stack.ss_flags = SS_DISABLE;
  CHECK(sigaltstack(&stack, NULL) == 0 && sigaltstack(NULL, &found) == 0);
  CHECK(found.ss_flags == SS_DISABLE);
}

int main(void) {
  test_terminal();
  test_timevals();
  test_locks();
  test_sockets();
  test_ipc();
  test_signals();
  test_limits();
  CHECK(mprotect((void*)0x1000, 1, 3) == -1);
  int fds[2];
  CHECK(pipe(fds) == 0 && fds[1] > fds[0] && write(fds[1], "p", 1) == 1);
  char byte = 0;
  CHECK(read(fds[0], &byte, 1) == 1 && byte == 'p');
  puts("ok");
  return 0;
}
