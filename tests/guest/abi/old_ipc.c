/* Calls that FreeBSD keeps for programs of 4.3BSD and of FreeBSD 6 to 11: sockets, asynchronous
 * I/O, events, System V IPC through one call for each kind. */
#include "check.h"
#include "ipc.h"

int oaccept(int fd, void* address, int* length);
int osend(int fd, const void* data, int size, int flags);
int orecv(int fd, void* data, int size, int flags);
int orecvfrom(int fd, void* data, size_t size, int flags, void* from, int* length);
int ogetpeername(int fd, void* address, int* length);
int ogetsockname(int fd, void* address, int* length);

struct kevent_11 {
  uintptr_t ident;
  short filter;
  unsigned short flags;
  unsigned fflags;
  intptr_t data;
  void* udata;
};
int freebsd11_kevent(int kq, const struct kevent_11* changes, int change_count,
                     struct kevent_11* events, int event_count, const struct timespec* timeout);

/* sys/kern/vfs_aio.c */
struct aiocb_6 {
  int aio_fildes;
  off_t aio_offset;
  volatile void* aio_buf;
  size_t aio_nbytes;
  struct {
    int sigev_notify, sigev_signo;
    union sigval sigev_value;
  } aio_sigevent;
  int aio_lio_opcode, aio_reqprio;
  struct {
    long status, error;
    void* kernelinfo;
  } private;
};
int freebsd6_aio_read(struct aiocb_6* cb);
int freebsd6_aio_write(struct aiocb_6* cb);
int freebsd6_lio_listio(int mode, struct aiocb_6* const* list, int count, void* event);

struct semid_ds_7 {
  struct ipc_perm_old sem_perm;
  void* sem_base;
  unsigned short sem_nsems;
  time_t sem_otime;
  long sem_pad1;
  time_t sem_ctime;
  long sem_pad2, sem_pad3[4];
};
struct msqid_ds_7 {
  struct ipc_perm_old msg_perm;
  void *msg_first, *msg_last;
  unsigned long msg_cbytes, msg_qnum, msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  time_t msg_stime;
  long msg_pad1;
  time_t msg_rtime;
  long msg_pad2;
  time_t msg_ctime;
  long msg_pad3, msg_pad4[4];
};
union semun_7 {
  int val;
  struct semid_ds_7* buf;
  unsigned short* array;
};
int freebsd7___semctl(int id, int number, int command, union semun_7* argument);
int freebsd7_msgctl(int id, int command, struct msqid_ds_7* state);
long semsys(int which, long a, long b, long c, long d);
long msgsys(int which, long a, long b, long c, long d, long e);
long shmsys(int which, long a, long b, long c);

enum { NOWHERE = 0x1000 };

static void sockets(void) {
  struct sockaddr_in address = {sizeof address, AF_INET, 0, {127, 0, 0, 1}, {0}}, peer;
  int length = sizeof address, listener = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_OK(bind(listener, &address, sizeof address));
  CHECK_OK(listen(listener, 1));
  CHECK_OK(ogetsockname(listener, &address, &length));
  CHECK_EQ(length, sizeof address);
  CHECK(address.sin_family == AF_INET && address.sin_port != 0);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_OK(connect(client, &address, sizeof address));
  int server = oaccept(listener, &peer, &length);
  CHECK(server >= 0);
  CHECK_EQ(peer.sin_family, AF_INET);
  CHECK_OK(ogetpeername(client, &peer, &length));
  CHECK_EQ(peer.sin_port, address.sin_port);
  char b[8];
  CHECK_EQ(osend(client, "hello", 5, 0), 5);
  CHECK_EQ(orecv(server, b, 2, 0), 2);
  CHECK_EQ(orecvfrom(server, b + 2, 6, 0, NULL, NULL), 3);
  CHECK(memcmp(b, "hello", 5) == 0);
  CHECK_ERR(oaccept(client, NULL, NULL), EINVAL);
  CHECK_ERR(osend(NOWHERE, "x", 1, 0), EBADF);
  CHECK_ERR(orecv(NOWHERE, b, 1, 0), EBADF);
  CHECK_ERR(orecvfrom(0, b, 1, 0, NULL, NULL), ENOTSOCK);
  CHECK_ERR(ogetpeername(listener, &peer, &length), ENOTCONN);
  CHECK_ERR(ogetsockname(NOWHERE, &peer, &length), EBADF);
  close(client);
  close(server);
  close(listener);
}

static void events(void) {
  int fds[2], kq = kqueue();
  const struct timespec now = {0, 0}, soon = {5, 0};
  CHECK_OK(pipe2(fds, 0));
  struct kevent_11 wanted = {(uintptr_t)fds[0], EVFILT_READ, EV_ADD, 0, 0, (void*)&fds}, got;
  CHECK_EQ(freebsd11_kevent(kq, &wanted, 1, &got, 1, &now), 0);
  CHECK_EQ(write(fds[1], "abc", 3), 3);
  CHECK_EQ(freebsd11_kevent(kq, NULL, 0, &got, 1, &soon), 1);
  CHECK_EQ(got.ident, fds[0]);
  CHECK_EQ(got.filter, EVFILT_READ);
  CHECK_EQ(got.data, 3);
  CHECK(got.udata == (void*)&fds);
  wanted.filter = -99;
  CHECK_ERR(freebsd11_kevent(kq, &wanted, 1, NULL, 0, &now), EINVAL);
  CHECK_ERR(freebsd11_kevent(NOWHERE, NULL, 0, &got, 1, &now), EBADF);
  close(fds[0]);
  close(fds[1]);
  close(kq);
}

static ssize_t finish(struct aiocb_6* cb) {
  while (aio_error((struct aiocb*)cb) == EINPROGRESS) rt_sleep_ms(1);
  return aio_return((struct aiocb*)cb);
}

static void asynchronous(void) {
  char b[16] = "";
  int fd = open("file", O_RDWR | O_CREAT, 0600);
  struct aiocb_6 w, r;
  memset(&w, 0, sizeof w);
  w.aio_fildes = fd;
  w.aio_offset = 3;
  w.aio_buf = "written";
  w.aio_nbytes = 7;
  CHECK_OK(freebsd6_aio_write(&w));
  CHECK_EQ(finish(&w), 7);
  r = w;
  r.aio_buf = b;
  CHECK_OK(freebsd6_aio_read(&r));
  CHECK_EQ(finish(&r), 7);
  CHECK(memcmp(b, "written", 7) == 0);
  memset(b, 0, sizeof b);
  r.aio_lio_opcode = LIO_READ;
  w.aio_lio_opcode = LIO_NOP;
  struct aiocb_6* list[2] = {&r, &w};
  CHECK_OK(freebsd6_lio_listio(LIO_WAIT, list, 2, NULL));
  CHECK_EQ(finish(&r), 7);
  CHECK(memcmp(b, "written", 7) == 0);
  w.aio_fildes = NOWHERE;
  CHECK_ERR(freebsd6_aio_write(&w), EBADF);
  CHECK_ERR(freebsd6_aio_read((struct aiocb_6*)16), EFAULT);
  CHECK_ERR(freebsd6_lio_listio(77, list, 2, NULL), EINVAL);
  close(fd);
}

static void semaphores(void) {
  struct semid_ds_7 ds;
  memset(&ds, 0xee, sizeof ds);
  union semun_7 u = {.val = 5};
  struct sembuf take = {1, -5, IPC_NOWAIT};
  int id = (int)semsys(1, IPC_PRIVATE, 2, 0600, 0);
  CHECK(id >= 0);
  CHECK_OK(freebsd7___semctl(id, 1, SETVAL, &u));
  CHECK_OK(semsys(2, id, (long)&take, 1, 0));
  CHECK_ERR(semsys(2, id, (long)&take, 1, 0), EAGAIN);
  u.buf = &ds;
  CHECK_OK(semsys(0, id, 0, IPC_STAT, (long)&u));
  CHECK_EQ(ds.sem_nsems, 2);
  CHECK_EQ(ds.sem_perm.mode & 0777, 0600);
  CHECK(ds.sem_otime > 1000000000);
  CHECK_EQ(ds.sem_perm.uid, geteuid() & 0xffff);
  CHECK_OK(freebsd7___semctl(id, 0, IPC_RMID, NULL));
  CHECK_ERR(freebsd7___semctl(id, 0, IPC_STAT, &u), EINVAL);
  CHECK_ERR(semsys(9, 0, 0, 0, 0), EINVAL);
}

static void messages(void) {
  struct msqid_ds_7 ds;
  struct {
    long type;
    char text[8];
  } m = {7, "seven"};
  memset(&ds, 0xee, sizeof ds);
  int id = (int)msgsys(1, IPC_PRIVATE, 0600, 0, 0, 0);
  CHECK(id >= 0);
  CHECK_OK(msgsys(2, id, (long)&m, 6, 0, 0));
  CHECK_OK(freebsd7_msgctl(id, IPC_STAT, &ds));
  CHECK_EQ(ds.msg_qnum, 1);
  CHECK_EQ(ds.msg_cbytes, 6);
  CHECK_EQ(ds.msg_lspid, getpid());
  CHECK_EQ(msgsys(3, id, (long)&m, 8, 7, IPC_NOWAIT), 6);
  CHECK_ERR(msgsys(3, id, (long)&m, 8, 7, IPC_NOWAIT), ENOMSG);
  CHECK_OK(msgsys(0, id, IPC_RMID, 0, 0, 0));
  CHECK_ERR(freebsd7_msgctl(id, IPC_STAT, &ds), EINVAL);
  CHECK_ERR(msgsys(9, 0, 0, 0, 0, 0), EINVAL);
}

static void shared_memory(void) {
  struct shmid_ds_old ds;
  int id = (int)shmsys(3, IPC_PRIVATE, 4096, 0600);
  CHECK(id >= 0);
  volatile int* p = (int*)shmsys(0, id, 0, 0);
  CHECK((intptr_t)p != -1);
  p[1] = 3;
  CHECK_OK(shmsys(4, id, IPC_STAT, (long)&ds));
  CHECK_EQ(ds.shm_nattch, 1);
  CHECK_OK(shmsys(2, (long)p, 0, 0));
  CHECK_OK(shmsys(4, id, IPC_RMID, 0));
  CHECK_ERR(freebsd7_shmctl(id, IPC_STAT, &ds), EINVAL);
  CHECK_ERR(shmsys(9, 0, 0, 0), EINVAL);
}

int main(void) {
  check_workdir();
  sockets();
  events();
  asynchronous();
  semaphores();
  messages();
  shared_memory();
  return check_done();
}
