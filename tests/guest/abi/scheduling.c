/* Priorities, scheduling classes, sets of processors and memory domains: FreeBSD
 * sys/kern/kern_resource.c, ksched.c, kern_cpuset.c. */
#include "check.h"

enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };
enum { RTP_LOOKUP, RTP_SET, RTP_PRIO_REALTIME = 2, RTP_PRIO_NORMAL, RTP_PRIO_IDLE };
enum { SCHED_FIFO = 1, SCHED_OTHER, SCHED_RR };
enum { CPU_LEVEL_ROOT = 1, CPU_LEVEL_CPUSET, CPU_LEVEL_WHICH };
enum { CPU_WHICH_TID = 1, CPU_WHICH_PID, CPU_WHICH_CPUSET };
enum { DOMAINSET_POLICY_ROUNDROBIN = 1 };
enum { NO_PROCESS = 99999999 };

struct rtprio {
  uint16_t type, prio;
};
struct sched_param {
  int sched_priority;
};
typedef struct {
  unsigned long bits[256 / 8 / sizeof(long)];
} cpuset_t; /* CPU_MAXSIZE 256 */

int getpriority(int which, int who);
int setpriority(int which, int who, int priority);
int rtprio(int function, pid_t pid, struct rtprio* rtp);
int sched_setparam(pid_t pid, const struct sched_param* param);
int sched_getparam(pid_t pid, struct sched_param* param);
int sched_setscheduler(pid_t pid, int policy, const struct sched_param* param);
int sched_getscheduler(pid_t pid);
int sched_get_priority_max(int policy);
int sched_get_priority_min(int policy);
int sched_rr_get_interval(pid_t pid, struct timespec* interval);
int yield(void);
int cpuset(int* set);
int cpuset_setid(int which, id_t id, int set);
int cpuset_getid(int level, int which, id_t id, int* set);
int cpuset_getaffinity(int level, int which, id_t id, size_t size, cpuset_t* mask);
int cpuset_setaffinity(int level, int which, id_t id, size_t size, const cpuset_t* mask);
int cpuset_getdomain(int level, int which, id_t id, size_t size, cpuset_t* mask, int* policy);
int cpuset_setdomain(int level, int which, id_t id, size_t size, const cpuset_t* mask, int policy);

static int niceness(void) {
  errno = 0;
  int before = getpriority(PRIO_PROCESS, 0);
  CHECK_EQ(errno, 0);
  CHECK(before >= -20 && before <= 20);
  CHECK_OK(setpriority(PRIO_PROCESS, 0, before + 1));
  CHECK_EQ(getpriority(PRIO_PROCESS, getpid()), before < 19 ? before + 1 : before);
  CHECK_OK(setpriority(PRIO_PROCESS, getpid(), 100));
  CHECK(getpriority(PRIO_PROCESS, 0) >= 19);
  CHECK_ERR(getpriority(9, 0), EINVAL);
  CHECK_ERR(setpriority(9, 0, 0), EINVAL);
  CHECK_ERR(getpriority(PRIO_PROCESS, NO_PROCESS), ESRCH);
  CHECK_ERR(setpriority(PRIO_PROCESS, NO_PROCESS, 0), ESRCH);
  return check_failures();
}

static void real_time(void) {
  struct rtprio now = {0, 0};
  CHECK_OK(rtprio(RTP_LOOKUP, 0, &now));
  CHECK_EQ(now.type, RTP_PRIO_NORMAL);
  CHECK_OK(rtprio(RTP_LOOKUP, getpid(), &now));
  CHECK_OK(rtprio(RTP_SET, 0, &now));
  CHECK_ERR(rtprio(RTP_LOOKUP, NO_PROCESS, &now), ESRCH);
  CHECK_ERR(rtprio(7, 0, &now), EINVAL);
  CHECK_ERR(rtprio(RTP_LOOKUP, 0, (struct rtprio*)16), EFAULT);
  CHECK_ERR(rtprio(RTP_SET, 0, (struct rtprio*)16), EFAULT);
  now.type = 77;
  CHECK_ERR(rtprio(RTP_SET, 0, &now), EINVAL);
}

static void policies(void) {
  struct sched_param param = {-1};
  struct timespec interval;
  CHECK_EQ(sched_get_priority_min(SCHED_FIFO), 0);
  CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 31);
  CHECK_EQ(sched_get_priority_max(SCHED_RR), 31);
  CHECK_EQ(sched_get_priority_min(SCHED_OTHER), 0);
  CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 103);
  CHECK_ERR(sched_get_priority_min(9), EINVAL);
  CHECK_ERR(sched_get_priority_max(9), EINVAL);
  CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
  CHECK_EQ(sched_getscheduler(getpid()), SCHED_OTHER);
  CHECK_OK(sched_getparam(0, &param));
  CHECK(param.sched_priority >= 0 && param.sched_priority <= 103);
  CHECK_OK(sched_setparam(0, &param));
  if (geteuid() == 0) CHECK_OK(sched_setscheduler(0, SCHED_OTHER, &param));
  CHECK_OK(sched_rr_get_interval(0, &interval));
  CHECK(interval.tv_sec == 0 && interval.tv_nsec > 0);
  CHECK_ERR(sched_getscheduler(NO_PROCESS), ESRCH);
  CHECK_ERR(sched_getparam(NO_PROCESS, &param), ESRCH);
  CHECK_ERR(sched_getparam(0, (struct sched_param*)16), EFAULT);
  CHECK_ERR(sched_rr_get_interval(NO_PROCESS, &interval), ESRCH);
  param.sched_priority = 200;
  CHECK_ERR(sched_setparam(0, &param), EINVAL);
  const bool root = geteuid() == 0;
  CHECK_ERR(sched_setscheduler(0, SCHED_OTHER, &param), root ? EINVAL : EPERM);
  CHECK_ERR(sched_setscheduler(0, SCHED_FIFO, &param), EPERM);
  CHECK_ERR(sched_setscheduler(0, 9, &param), root ? EINVAL : EPERM);
  CHECK_OK(sched_yield());
  CHECK_OK(yield());
}

static int count(const cpuset_t* mask) {
  int n = 0;
  for (unsigned i = 0; i < 256; i++)
    n += mask->bits[i / (8 * sizeof(long))] >> i % (8 * sizeof(long)) & 1;
  return n;
}

static int affinity(void) {
  cpuset_t all, own, one = {{0}};
  CHECK_OK(cpuset_getaffinity(CPU_LEVEL_ROOT, CPU_WHICH_PID, -1, sizeof all, &all));
  CHECK_OK(cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_TID, -1, sizeof own, &own));
  CHECK(count(&own) >= 1 && count(&own) <= count(&all));
  unsigned first = 0;
  while ((own.bits[first / (8 * sizeof(long))] >> first % (8 * sizeof(long)) & 1) == 0) first++;
  one.bits[first / (8 * sizeof(long))] |= 1ul << first % (8 * sizeof(long));
  CHECK_OK(cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof one, &one));
  CHECK_OK(cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, getpid(), sizeof own, &own));
  CHECK_EQ(count(&own), 1);
  CHECK(memcmp(&own, &one, sizeof one) == 0);
  memset(&one, 0, sizeof one);
  CHECK_ERR(cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof one, &one), EDEADLK);
  CHECK_ERR(cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, 1, &one), ERANGE);
  CHECK_ERR(cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, 1, &one), ERANGE);
  CHECK_ERR(cpuset_getaffinity(9, CPU_WHICH_PID, -1, sizeof one, &one), EINVAL);
  CHECK_ERR(cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, NO_PROCESS, sizeof one, &one),
            ESRCH);
  CHECK_ERR(cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof one, (cpuset_t*)16),
            EFAULT);
  return check_failures();
}

static int sets(void) {
  int root = -1, own = -1, fresh = -1;
  CHECK_OK(cpuset_getid(CPU_LEVEL_ROOT, CPU_WHICH_PID, -1, &root));
  CHECK_OK(cpuset_getid(CPU_LEVEL_CPUSET, CPU_WHICH_PID, -1, &own));
  CHECK(root >= 0 && own >= 0);
  CHECK_ERR(cpuset_getid(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, &own), EINVAL);
  CHECK_ERR(cpuset_getid(CPU_LEVEL_CPUSET, CPU_WHICH_PID, NO_PROCESS, &own), ESRCH);
  CHECK_ERR(cpuset_getid(CPU_LEVEL_CPUSET, CPU_WHICH_PID, -1, (int*)16), EFAULT);
  CHECK_OK(cpuset_setid(CPU_WHICH_PID, -1, own));
  CHECK_ERR(cpuset_setid(CPU_WHICH_TID, -1, own), EINVAL);
  CHECK_ERR(cpuset_setid(CPU_WHICH_PID, -1, 54321), ESRCH);
  cpuset_t one = {{0}}, got;
  CHECK_ERR(cpuset_setaffinity(CPU_LEVEL_CPUSET, CPU_WHICH_PID, -1, sizeof one, &one), EPERM);
  CHECK_OK(cpuset(&fresh));
  CHECK(fresh >= 0 && fresh != own);
  CHECK_OK(cpuset_getid(CPU_LEVEL_CPUSET, CPU_WHICH_PID, -1, &own));
  CHECK_EQ(own, fresh);
  /* The set of one's own may be changed. */
  CHECK_OK(cpuset_getaffinity(CPU_LEVEL_CPUSET, CPU_WHICH_CPUSET, own, sizeof got, &got));
  unsigned first = 0;
  while ((got.bits[first / (8 * sizeof(long))] >> first % (8 * sizeof(long)) & 1) == 0) first++;
  one.bits[first / (8 * sizeof(long))] |= 1ul << first % (8 * sizeof(long));
  CHECK_OK(cpuset_setaffinity(CPU_LEVEL_CPUSET, CPU_WHICH_CPUSET, own, sizeof one, &one));
  CHECK_OK(cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_TID, -1, sizeof got, &got));
  CHECK(memcmp(&got, &one, sizeof one) == 0);
  CHECK_ERR(cpuset_setaffinity(CPU_LEVEL_CPUSET, CPU_WHICH_CPUSET, 54321, sizeof one, &one), ESRCH);
  CHECK_ERR(cpuset((int*)16), EFAULT);
  return check_failures();
}

static void domains(void) {
  cpuset_t mask;
  int policy = 0;
  CHECK_OK(cpuset_getdomain(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof mask, &mask, &policy));
  CHECK(count(&mask) >= 1 && policy >= 1 && policy <= 4);
  CHECK_OK(cpuset_setdomain(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof mask, &mask,
                            DOMAINSET_POLICY_ROUNDROBIN));
  CHECK_ERR(cpuset_getdomain(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, 1, &mask, &policy), ERANGE);
  CHECK_ERR(cpuset_setdomain(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof mask, &mask, 77), EINVAL);
  CHECK_ERR(
      cpuset_setdomain(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, 1, &mask, DOMAINSET_POLICY_ROUNDROBIN),
      ERANGE);
}

int main(void) {
  CHECK_EQ(check_child(niceness), 0);
  real_time();
  policies();
  CHECK_EQ(check_child(affinity), 0);
  CHECK_EQ(check_child(sets), 0);
  domains();
  return check_done();
}
