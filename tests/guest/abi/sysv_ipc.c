/* System V semaphores, message queues and shared memory. */
#include "check.h"
#include "ipc.h"

static int set;
static int take(void) {
  struct sembuf op = {1, -1, 0};
  return semop(set, &op, 1) == 0 ? 0 : errno;
}

static void semaphores(void) {
  struct semid_ds ds;
  unsigned short values[3] = {1, 2, 3};
  union semun u = {.array = values};
  set = semget(IPC_PRIVATE, 3, 0640);
  CHECK(set >= 0);
  CHECK_OK(__semctl(set, 0, SETALL, &u));
  memset(values, 0, sizeof values);
  CHECK_OK(__semctl(set, 0, GETALL, &u));
  CHECK(values[0] == 1 && values[1] == 2 && values[2] == 3);
  u.buf = &ds;
  memset(&ds, 0xee, sizeof ds);
  CHECK_OK(__semctl(set, 0, IPC_STAT, &u));
  CHECK_EQ(ds.sem_nsems, 3);
  CHECK_EQ(ds.sem_perm.mode & 0777, 0640);
  CHECK_EQ(ds.sem_perm.uid, geteuid());
  CHECK_EQ(ds.sem_perm.key, IPC_PRIVATE);
  CHECK_EQ(ds.sem_otime, 0);
  CHECK(ds.sem_ctime > 1000000000);
  ds.sem_perm.mode = 0600;
  CHECK_OK(__semctl(set, 0, IPC_SET, &u));
  CHECK_OK(__semctl(set, 0, IPC_STAT, &u));
  CHECK_EQ(ds.sem_perm.mode & 0777, 0600);
  u.val = 0;
  CHECK_OK(__semctl(set, 1, SETVAL, &u));
  CHECK_EQ(__semctl(set, 1, GETVAL, NULL), 0);
  CHECK_EQ(__semctl(set, 1, GETNCNT, NULL), 0);
  CHECK_EQ(__semctl(set, 1, GETZCNT, NULL), 0);
  struct sembuf try = {1, -1, IPC_NOWAIT}, give = {1, 1, 0};
  CHECK_ERR(semop(set, &try, 1), EAGAIN);
  pid_t child = fork();
  if (child == 0) _exit(take());
  while (__semctl(set, 1, GETNCNT, NULL) == 0) rt_sleep_ms(1);
  CHECK_OK(semop(set, &give, 1));
  int status = -1;
  CHECK_EQ(wait4(child, &status, 0, NULL), child);
  CHECK_EQ(status, 0);
  CHECK_EQ(__semctl(set, 1, GETPID, NULL), child);
  /* Errors, each by its own name. */
  struct sembuf far = {7, 1, 0};
  CHECK_ERR(semop(set, &far, 1), EFBIG);
  CHECK_ERR(semop(set, &give, 101), E2BIG);
  CHECK_ERR(semop(set, (struct sembuf*)16, 1), EFAULT);
  CHECK_ERR(__semctl(set, 9, GETVAL, NULL), EINVAL);
  CHECK_ERR(__semctl(set, 0, 77, NULL), EINVAL);
  u.val = 40000;
  CHECK_ERR(__semctl(set, 0, SETVAL, &u), ERANGE);
  CHECK_ERR(__semctl(set, 0, SETVAL, (union semun*)16), EFAULT);
  CHECK_OK(__semctl(set, 0, IPC_RMID, NULL));
  CHECK_ERR(__semctl(set, 0, IPC_RMID, NULL), EINVAL);
  CHECK_ERR(semget(0x7654321, 0, 0), ENOENT);
}

struct message {
  long type;
  char text[16];
};

static void messages(void) {
  struct msqid_ds ds;
  struct message m = {5, "five"}, got;
  int q = msgget(IPC_PRIVATE, 0600);
  CHECK(q >= 0);
  CHECK_OK(msgsnd(q, &m, 5, 0));
  m.type = 9;
  memcpy(m.text, "nine!!", 7);
  CHECK_OK(msgsnd(q, &m, 7, 0));
  CHECK_OK(msgctl(q, IPC_STAT, &ds));
  CHECK_EQ(ds.msg_qnum, 2);
  CHECK_EQ(ds.msg_cbytes, 12);
  CHECK_EQ(ds.msg_lspid, getpid());
  CHECK_EQ(ds.msg_lrpid, 0);
  CHECK(ds.msg_qbytes > 1000);
  CHECK(ds.msg_stime > 1000000000);
  CHECK_ERR(msgrcv(q, &got, 3, 9, 0), E2BIG);
  memset(&got, 0, sizeof got);
  CHECK_EQ(msgrcv(q, &got, 4, 9, MSG_NOERROR), 4);
  CHECK_EQ(got.type, 9);
  CHECK(memcmp(got.text, "nine", 5) == 0);
  CHECK_EQ(msgrcv(q, &got, sizeof got.text, 0, 0), 5);
  CHECK_EQ(got.type, 5);
  CHECK_ERR(msgrcv(q, &got, sizeof got.text, 0, IPC_NOWAIT), ENOMSG);
  m.type = 0;
  CHECK_ERR(msgsnd(q, &m, 1, 0), EINVAL);
  m.type = 1;
  static struct {
    long type;
    char text[100000];
  } large = {1, ""};
  CHECK_ERR(msgsnd(q, &large, sizeof large.text, 0), EINVAL);
  CHECK_ERR(msgsnd(q, (void*)16, 1, 0), EFAULT);
  ds.msg_qbytes = 0;
  CHECK_ERR(msgctl(q, IPC_SET, &ds), EINVAL);
  ds.msg_qbytes = 64;
  ds.msg_perm.mode = 0640;
  CHECK_OK(msgctl(q, IPC_SET, &ds));
  CHECK_OK(msgctl(q, IPC_STAT, &ds));
  CHECK_EQ(ds.msg_qbytes, 64);
  CHECK_EQ(ds.msg_perm.mode & 0777, 0640);
  CHECK_OK(msgctl(q, IPC_RMID, NULL));
  CHECK_ERR(msgsnd(q, &m, 1, 0), EINVAL);
  CHECK_ERR(msgget(0x7654322, 0), ENOENT);
  int queues = 0;
  size_t room = sizeof queues;
  CHECK_OK(sysctlbyname("kern.ipc.msgmni", &queues, &room));
  CHECK(queues > 0);
}

static volatile int* segment;
static int write_segment(void) {
  segment[1] = 4711;
  return 0;
}

static void shared_memory(void) {
  struct shmid_ds ds;
  struct shmid_ds_old old;
  const size_t size = 20000;
  int id = shmget(IPC_PRIVATE, size, 0600);
  CHECK(id >= 0);
  segment = shmat(id, NULL, 0);
  CHECK((intptr_t)segment != -1);
  CHECK_EQ(segment[100], 0);
  CHECK_EQ(check_child(write_segment), 0);
  CHECK_EQ(segment[1], 4711);
  CHECK_OK(shmctl(id, IPC_STAT, &ds));
  CHECK_EQ(ds.shm_segsz, size);
  CHECK_EQ(ds.shm_nattch, 1);
  CHECK_EQ(ds.shm_cpid, getpid());
  CHECK(ds.shm_atime > 1000000000);
  memset(&old, 0xee, sizeof old);
  CHECK_OK(freebsd7_shmctl(id, IPC_STAT, &old));
  CHECK_EQ(old.shm_segsz, (long long)size);
  CHECK_EQ(old.shm_nattch, 1);
  CHECK_EQ(old.shm_perm.uid, geteuid() & 0xffff);
  CHECK(old.shm_internal == NULL);
  const volatile int* again = shmat(id, NULL, SHM_RDONLY);
  CHECK((intptr_t)again != -1 && again != segment);
  CHECK_EQ(again[1], 4711);
  CHECK_OK(shmdt((const void*)again));
  CHECK_ERR(shmdt((const void*)again), EINVAL);
  CHECK_ERR(shmat(id, (void*)(segment + 1), 0), EINVAL);
  CHECK_ERR(shmat(id, (void*)segment, 0), ENOMEM);
  ds.shm_perm.mode = 0666;
  CHECK_OK(shmctl(id, IPC_SET, &ds));
  CHECK_OK(shmctl(id, IPC_STAT, &ds));
  CHECK_EQ(ds.shm_perm.mode & 0777, 0666);
  CHECK_ERR(shmctl(id, IPC_STAT, (void*)16), EFAULT);
  CHECK_ERR(shmctl(id, 77, &ds), EINVAL);
  CHECK_OK(shmctl(id, IPC_RMID, NULL));
  segment[2] = 1; /* lives until it is detached */
  CHECK_ERR(shmat(id, NULL, 0), EINVAL);
  CHECK_OK(shmdt((const void*)segment));
  CHECK_ERR(shmctl(id, IPC_STAT, &ds), EINVAL);
  CHECK_ERR(shmget(IPC_PRIVATE, 0, 0600), EINVAL);
  CHECK_ERR(shmget(0x7654323, 100, 0), ENOENT);
}

/* By key: two processes meet. */
static void keys(void) {
  key_t key = 0x40000000 | (getpid() & 0xffffff);
  int id = shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
  CHECK(id >= 0);
  CHECK_ERR(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  CHECK_EQ(shmget(key, 0, 0), id);
  CHECK_ERR(shmget(key, 1 << 20, 0), EINVAL);
  struct shmid_ds ds;
  CHECK_OK(shmctl(id, IPC_STAT, &ds));
  CHECK_EQ(ds.shm_perm.key, key);
  CHECK_OK(shmctl(id, IPC_RMID, NULL));
}

int main(void) {
  semaphores();
  messages();
  shared_memory();
  keys();
  return check_done();
}
