/* System V IPC, message queues, semaphores and asynchronous I/O (FreeBSD sys/sys/ipc.h, sem.h,
 * msg.h, shm.h, mqueue.h, _semaphore.h, aio.h). */
#pragma once

#include "runtime.h"

typedef long key_t;

struct ipc_perm {
  uid_t cuid;
  gid_t cgid;
  uid_t uid;
  gid_t gid;
  mode_t mode;
  unsigned short seq;
  key_t key;
};
struct semid_ds {
  struct ipc_perm sem_perm;
  void* sem_base;
  unsigned short sem_nsems;
  time_t sem_otime;
  time_t sem_ctime;
};
struct msqid_ds {
  struct ipc_perm msg_perm;
  void* msg_first;
  void* msg_last;
  unsigned long msg_cbytes;
  unsigned long msg_qnum;
  unsigned long msg_qbytes;
  pid_t msg_lspid;
  pid_t msg_lrpid;
  time_t msg_stime;
  time_t msg_rtime;
  time_t msg_ctime;
};
struct shmid_ds {
  struct ipc_perm shm_perm;
  size_t shm_segsz;
  pid_t shm_lpid;
  pid_t shm_cpid;
  unsigned shm_nattch;
  time_t shm_atime;
  time_t shm_dtime;
  time_t shm_ctime;
};
struct ipc_perm_old {
  unsigned short cuid, cgid, uid, gid, mode, seq;
  key_t key;
};
struct shmid_ds_old {
  struct ipc_perm_old shm_perm;
  int shm_segsz;
  pid_t shm_lpid;
  pid_t shm_cpid;
  short shm_nattch;
  time_t shm_atime;
  time_t shm_dtime;
  time_t shm_ctime;
  void* shm_internal;
};
struct sembuf {
  unsigned short sem_num;
  short sem_op;
  short sem_flg;
};
union semun {
  int val;
  struct semid_ds* buf;
  unsigned short* array;
};
/* clang-format off */
enum {
  IPC_CREAT = 01000, IPC_EXCL = 02000, IPC_NOWAIT = 04000, IPC_PRIVATE = 0,
  IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2,
  GETNCNT = 3, GETPID, GETVAL, GETALL, GETZCNT, SETVAL, SETALL,
  MSG_NOERROR = 010000, SHM_RDONLY = 010000, SHM_RND = 020000,
};
/* clang-format on */

int semget(key_t key, int count, int flags);
int semop(int id, struct sembuf* ops, size_t count);
int __semctl(int id, int number, int command, union semun* argument);
int msgget(key_t key, int flags);
int msgsnd(int id, const void* message, size_t size, int flags);
ssize_t msgrcv(int id, void* message, size_t size, long type, int flags);
int msgctl(int id, int command, struct msqid_ds* state);
int shmget(key_t key, size_t size, int flags);
void* shmat(int id, const void* address, int flags);
int shmdt(const void* address);
int shmctl(int id, int command, struct shmid_ds* state);
int freebsd7_shmctl(int id, int command, struct shmid_ds_old* state);

struct mq_attr {
  long mq_flags;
  long mq_maxmsg;
  long mq_msgsize;
  long mq_curmsgs;
  long reserved[4];
};
int kmq_open(const char* path, int flags, mode_t mode, const struct mq_attr* attr);
int kmq_setattr(int mqd, const struct mq_attr* attr, struct mq_attr* old);
ssize_t kmq_timedreceive(int mqd, char* message, size_t size, unsigned* priority,
                         const struct timespec* until);
int kmq_timedsend(int mqd, const char* message, size_t size, unsigned priority,
                  const struct timespec* until);
int kmq_notify(int mqd, const struct sigevent* event);
int kmq_unlink(const char* path);

typedef intptr_t semid_t;
int ksem_init(semid_t* id, unsigned value);
int ksem_open(semid_t* id, const char* name, int flags, mode_t mode, unsigned value);
int ksem_unlink(const char* name);
int ksem_close(semid_t id);
int ksem_destroy(semid_t id);
int ksem_post(semid_t id);
int ksem_wait(semid_t id);
int ksem_trywait(semid_t id);
int ksem_timedwait(semid_t id, const struct timespec* until);
int ksem_getvalue(semid_t id, int* value);

struct aiocb {
  int aio_fildes;
  off_t aio_offset;
  volatile void* aio_buf;
  size_t aio_nbytes;
  int spare[2];
  void* spare2;
  int aio_lio_opcode;
  int aio_reqprio;
  struct {
    long status;
    long error;
    void* kernelinfo;
  } private;
  struct sigevent aio_sigevent;
};
enum { AIO_CANCELED = 1, AIO_NOTCANCELED, AIO_ALLDONE, EVFILT_AIO = -3, EVFILT_LIO = -10 };
enum { LIO_NOP, LIO_WRITE, LIO_READ, LIO_NOWAIT = 0, LIO_WAIT = 1, O_SYNC = 0x80 };

int aio_read(struct aiocb* cb);
int aio_write(struct aiocb* cb);
int aio_readv(struct aiocb* cb);
int aio_writev(struct aiocb* cb);
int aio_fsync(int op, struct aiocb* cb);
int aio_mlock(struct aiocb* cb);
int aio_error(const struct aiocb* cb);
ssize_t aio_return(struct aiocb* cb);
int aio_cancel(int fd, struct aiocb* cb);
int aio_suspend(const struct aiocb* const* list, int count, const struct timespec* timeout);
ssize_t aio_waitcomplete(struct aiocb** cb, struct timespec* timeout);
int lio_listio(int mode, struct aiocb* const* list, int count, struct sigevent* event);
