/* Message queues and kernel semaphores of POSIX; the shared memory calls of FreeBSD 13. */
#include "check.h"
#include "ipc.h"
#include "record.h"

int shm_open2(const char* path, int flags, mode_t mode, int shmflags, const char* name);
int shm_rename(const char* from, const char* to, int flags);

static char name[64];

static struct timespec soon(int ms) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_nsec += ms * 1000000L;
  t.tv_sec += t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  return t;
}

static void queue(void) {
  struct mq_attr attr = {0, 4, 32, 0, {0}}, got;
  char b[64];
  unsigned priority = 77;
  int q = kmq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
  CHECK(q >= 0);
  CHECK_EQ(fcntl(q, F_GETFD), FD_CLOEXEC);
  CHECK_OK(kmq_timedsend(q, "low", 4, 1, NULL));
  CHECK_OK(kmq_timedsend(q, "high", 5, 9, NULL));
  CHECK_OK(kmq_setattr(q, NULL, &got));
  CHECK_EQ(got.mq_maxmsg, 4);
  CHECK_EQ(got.mq_msgsize, 32);
  CHECK_EQ(got.mq_curmsgs, 2);
  CHECK_EQ(got.mq_flags, 0);
  CHECK_EQ(kmq_timedreceive(q, b, sizeof b, &priority, NULL), 5);
  CHECK_EQ(priority, 9);
  CHECK(strcmp(b, "high") == 0);
  CHECK_ERR(kmq_timedreceive(q, b, 8, NULL, NULL), EMSGSIZE);
  CHECK_EQ(kmq_timedreceive(q, b, sizeof b, NULL, NULL), 4);
  struct timespec t = soon(30);
  CHECK_ERR(kmq_timedreceive(q, b, sizeof b, NULL, &t), ETIMEDOUT);
  t.tv_nsec = -1;
  CHECK_ERR(kmq_timedreceive(q, b, sizeof b, NULL, &t), EINVAL);
  CHECK_OK(kmq_timedsend(q, "x", 1, 0, &t)); /* not asked to wait: the time does not matter */
  CHECK_EQ(kmq_timedreceive(q, b, sizeof b, NULL, &t), 1);
  attr.mq_flags = O_NONBLOCK;
  CHECK_OK(kmq_setattr(q, &attr, &got));
  CHECK_ERR(kmq_timedreceive(q, b, sizeof b, NULL, NULL), EAGAIN);
  CHECK_OK(kmq_setattr(q, NULL, &got));
  CHECK_EQ(got.mq_flags, O_NONBLOCK);
  for (int i = 0; i < 4; i++) CHECK_OK(kmq_timedsend(q, b, 1, 0, NULL));
  CHECK_ERR(kmq_timedsend(q, b, 1, 0, NULL), EAGAIN);
  for (int i = 0; i < 4; i++) CHECK_EQ(kmq_timedreceive(q, b, sizeof b, NULL, NULL), 1);
  CHECK_ERR(kmq_timedsend(q, b, 33, 0, NULL), EMSGSIZE);
  CHECK_ERR(kmq_timedsend(q, b, 1, 64, NULL), EINVAL);
  attr.mq_flags = 1;
  CHECK_ERR(kmq_setattr(q, &attr, NULL), EINVAL);
  CHECK_ERR(kmq_setattr(0x1000, NULL, &got), EBADF);
  CHECK_ERR(kmq_timedsend(1, b, 1, 0, NULL), EBADF);
  CHECK_ERR(kmq_open("noslash", O_RDWR, 0, NULL), EINVAL);
  CHECK_ERR(kmq_open("/a/b", O_RDWR, 0, NULL), EINVAL);
  CHECK_ERR(kmq_open("/not-there", O_RDWR, 0, NULL), ENOENT);
  CHECK_ERR(kmq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL), EEXIST);
  attr.mq_maxmsg = 0;
  CHECK_ERR(kmq_open("/bad-attr", O_RDWR | O_CREAT, 0600, &attr), EINVAL);
  /* Notification: once, with the value and the descriptor. */
  struct sigaction sa = {.sa_sigaction = record, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &sa, NULL);
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  e.sigev_value.sival_int = 4242;
  CHECK_OK(kmq_notify(q, &e));
  CHECK_ERR(kmq_notify(q, &e), EBUSY);
  CHECK_OK(kmq_timedsend(q, "n", 1, 0, NULL));
  for (int i = 0; i < 2000 && calls == 0; i++) rt_sleep_ms(1);
  CHECK_EQ(calls, 1);
  CHECK_EQ(last.si_signo, SIGUSR1);
  CHECK_EQ(last.si_code, 0x10005); /* SI_MESGQ */
  CHECK_EQ(last.si_value.sival_int, 4242);
  CHECK_EQ(last.reason.timer.timerid, q); /* si_mqd is at the same place */
  CHECK_EQ(kmq_timedreceive(q, b, sizeof b, NULL, NULL), 1);
  CHECK_OK(kmq_notify(q, &e));
  CHECK_OK(kmq_notify(q, NULL));
  CHECK_OK(kmq_timedsend(q, "n", 1, 0, NULL));
  rt_sleep_ms(20);
  CHECK_EQ(calls, 1);
  /* Of a message that is there already it is told at once. */
  CHECK_OK(kmq_notify(q, &e));
  for (int i = 0; i < 2000 && calls == 1; i++) rt_sleep_ms(1);
  CHECK_EQ(calls, 2);
  CHECK_EQ(kmq_timedreceive(q, b, sizeof b, NULL, NULL), 1);
  CHECK_OK(kmq_notify(q, &e)); /* that was all */
  CHECK_OK(kmq_notify(q, NULL));
  e.sigev_signo = 200;
  CHECK_ERR(kmq_notify(q, &e), EINVAL);
  e.sigev_notify = SIGEV_THREAD;
  CHECK_ERR(kmq_notify(q, &e), EINVAL);
  close(q);
  CHECK_OK(kmq_unlink(name));
  CHECK_ERR(kmq_unlink(name), ENOENT);
}

static semid_t sem;
static int post(void) { return ksem_post(sem); }

static void semaphore(void) {
  int value = -1;
  semid_t named, other;
  CHECK_OK(ksem_init(&sem, 2));
  CHECK_EQ(fcntl((int)sem, F_GETFD), FD_CLOEXEC);
  CHECK_OK(ksem_wait(sem));
  CHECK_OK(ksem_trywait(sem));
  CHECK_ERR(ksem_trywait(sem), EAGAIN);
  CHECK_OK(ksem_getvalue(sem, &value));
  CHECK_EQ(value, 0);
  struct timespec t = soon(30);
  CHECK_ERR(ksem_timedwait(sem, &t), ETIMEDOUT);
  t.tv_nsec = 1000000000;
  CHECK_ERR(ksem_timedwait(sem, &t), EINVAL);
  CHECK_EQ(check_child(post), 0);
  CHECK_OK(ksem_wait(sem));
  CHECK_EQ(check_child(post), 0);
  t = soon(5000);
  CHECK_OK(ksem_timedwait(sem, &t));
  CHECK_ERR(ksem_close(sem), EINVAL);        /* only named ones are closed */
  CHECK_ERR(ftruncate((int)sem, 0), EINVAL); /* it is no file */
  CHECK_OK(ksem_post(sem));
  CHECK_OK(ksem_trywait(sem));
  CHECK_OK(ksem_destroy(sem));
  CHECK_ERR(ksem_post(sem), EINVAL);
  CHECK_ERR(ksem_wait(1), EINVAL);
  CHECK_ERR(ksem_init(&sem, 0x80000000u), EINVAL);
  CHECK_ERR(ksem_init((semid_t*)16, 0), EFAULT);
  struct rlimit files, few = {3, 3};
  CHECK_OK(getrlimit(RLIMIT_NOFILE, &files));
  few.rlim_max = files.rlim_max;
  CHECK_OK(setrlimit(RLIMIT_NOFILE, &few));
  CHECK_ERR(ksem_init(&sem, 0), ENOSPC);
  CHECK_ERR(ksem_open(&named, name, O_CREAT, 0600, 1), EMFILE);
  CHECK_OK(setrlimit(RLIMIT_NOFILE, &files));
  ksem_unlink(name);
  CHECK_OK(ksem_open(&named, name, O_CREAT | O_EXCL, 0600, 1));
  CHECK_ERR(ksem_open(&other, name, O_CREAT | O_EXCL, 0600, 1), EEXIST);
  CHECK_OK(ksem_open(&other, name, O_CREAT, 0600, 7));
  CHECK_OK(ksem_post(other));
  CHECK_OK(ksem_getvalue(named, &value));
  CHECK_EQ(value, 2);
  CHECK_ERR(ksem_destroy(named), EINVAL);
  CHECK_OK(ksem_close(other));
  /* The host keeps it in a file, which somebody else may cut short. */
  char file[80];
  snprintf(file, sizeof file, "/dev/shm/ksem.%s", name + 1);
  CHECK_OK(truncate(file, 0));
  CHECK_ERR(ksem_post(named), EINVAL);
  CHECK_ERR(ksem_wait(named), EINVAL);
  CHECK_OK(ksem_unlink(name));
  CHECK_OK(close((int)named));
  CHECK_OK(ksem_open(&named, name, O_CREAT | O_EXCL, 0600, 1));
  CHECK_OK(ksem_close(named));
  CHECK_ERR(ksem_close(named), EINVAL);
  CHECK_OK(ksem_unlink(name));
  CHECK_ERR(ksem_unlink(name), ENOENT);
  CHECK_ERR(ksem_open(&named, name, 0, 0, 0), ENOENT);
  CHECK_ERR(ksem_open(&named, "noslash", O_CREAT, 0600, 0), EINVAL);
  CHECK_ERR(ksem_open(&named, name, O_TRUNC, 0600, 0), EINVAL);
}

static void shared_memory(void) {
  char to[80];
  snprintf(to, sizeof to, "%s.new", name);
  int fd = shm_open2(name, O_RDWR | O_CREAT | O_EXCL, 0600, 0, NULL);
  CHECK(fd >= 0);
  CHECK_EQ(fcntl(fd, F_GETFD), 0); /* unlike shm_open's */
  CHECK_OK(ftruncate(fd, 100));
  CHECK_OK(shm_rename(name, to, 0));
  CHECK_ERR(shm_unlink(name), ENOENT);
  int other = shm_open(name, O_RDWR | O_CREAT, 0600);
  CHECK(other >= 0);
  CHECK_ERR(shm_rename(name, to, 1), EEXIST);
  CHECK_OK(shm_rename(name, to, 2));
  CHECK_ERR(shm_rename(name, to, 3), EINVAL);
  CHECK_ERR(shm_open2(name, O_RDWR, 0600, 8, NULL), EINVAL);
  close(fd);
  close(other);
  CHECK_OK(shm_unlink(name));
  CHECK_OK(shm_unlink(to));
}

int main(void) {
  snprintf(name, sizeof name, "/guest-test-%d", getpid());
  queue();
  semaphore();
  shared_memory();
  return check_done();
}
