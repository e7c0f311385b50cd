/* jail(2) and its kin: FreeBSD sys/kern/kern_jail.c. What only the superuser may is tried where the
 * host lets him. */
#include "check.h"
#include "ipc.h"

enum { SYS_jail = 338, SYS_jail_attach = 436, SYS_jail_set = 507, SYS_jail_remove = 508 };
enum {
  SYS_ptrace = 26,
  SYS_mlock = 203,
  SYS_getpriority = 100,
  SYS_fchflags = 35,
  SYS_chroot = 61,
  SYS_sched_getparam = 328,
};
enum { JAIL_CREATE = 1, JAIL_UPDATE = 2, JAIL_ATTACH = 4 };
struct jail {
  uint32_t version;
  const char *path, *hostname, *jailname;
  uint32_t ip4s, ip6s;
  void *ip4, *ip6;
};

static char message[100];
static struct iovec vectors[32];
static int count;

static void param(const char* name, const void* value, size_t size) {
  vectors[count++] = (struct iovec){(void*)name, strlen(name) + 1};
  vectors[count++] = (struct iovec){(void*)value, size};
}
static void text(const char* name, const char* value) { param(name, value, strlen(value) + 1); }
static void start(void) {
  count = 0;
  message[0] = 0;
  param("errmsg", message, sizeof message);
}
static long jail_set(int flags) { return syscall(SYS_jail_set, vectors, count, flags); }
static long get(int flags) { return syscall(506, vectors, count, flags); }

static char here[1024], name[32];

static long create(int flags) {
  start();
  text("name", name);
  text("path", here);
  text("host.hostname", "inmate");
  return jail_set(JAIL_CREATE | flags);
}

static long find(int* jid, char* hostname, size_t size) {
  start();
  text("name", name);
  param("jid", jid, sizeof *jid);
  param("host.hostname", hostname, size);
  *jid = 0;
  return get(0);
}

static void refusals(void) {
  start();
  CHECK_ERR(get(0), ENOENT);
  CHECK_EQ(strcmp(message, "no jail specified"), 0);
  CHECK_ERR(get(1), EINVAL);
  count--;
  CHECK_ERR(get(0), EINVAL);
  start();
  text("name", "nobody-has-this-name");
  CHECK_ERR(get(0), ENOENT);
  int jid = 999999;
  start();
  param("lastjid", &jid, sizeof jid);
  CHECK_ERR(get(0), ENOENT);
  CHECK_ERR(syscall(506, (void*)8, 2, 0), EFAULT);
  struct jail j = {.version = 1};
  CHECK_ERR(syscall(SYS_jail, &j), EINVAL);
  CHECK_ERR(syscall(SYS_jail, (void*)8), EFAULT);
}

static int as_nobody(void) {
  if (getuid() == 0) CHECK_OK(syscall(23, 65534));
  CHECK_ERR(create(JAIL_ATTACH), EPERM);
  struct jail j = {2, here, "x", NULL, 0, 0, NULL, NULL};
  CHECK_ERR(syscall(SYS_jail, &j), EPERM);
  CHECK_ERR(syscall(SYS_jail_attach, 1), EPERM);
  CHECK_ERR(syscall(SYS_jail_remove, 1), EPERM);
  return check_failures();
}

static pid_t outsider; /* a process that is in no jail, of the same group */

/* Of kern.proc.all. */
static int count_processes(void) {
  static char list[1 << 20];
  int all[] = {1, 14, 0};
  size_t size = sizeof list;
  CHECK_OK(__sysctl(all, 3, list, &size, NULL, 0));
  return (int)(size / *(unsigned*)list); /* ki_structsize */
}

/* Nobody outside is there for those inside: prison_check(). */
static void seclusion(void) {
  int one[] = {1, 14, 1, outsider};
  char info[2048];
  size_t size = sizeof info;
  CHECK_ERR(kill(outsider, 0), ESRCH);
  CHECK_ERR(getpgid(outsider), ESRCH);
  CHECK_ERR(getsid(outsider), ESRCH);
  CHECK_ERR(syscall(SYS_getpriority, 0, outsider), ESRCH);
  CHECK_ERR(syscall(SYS_sched_getparam, outsider, info), ESRCH);
  CHECK_ERR(syscall(SYS_ptrace, 10, outsider, NULL, 0), ESRCH);
  CHECK_ERR(__sysctl(one, 4, info, &size, NULL, 0), ESRCH);
  CHECK(count_processes() <= 2);
  /* Of a group that reaches out of the jail, those inside get a signal. */
  sigset_t usr, old;
  sigemptyset(&usr);
  sigaddset(&usr, SIGUSR1);
  CHECK_OK(sigprocmask(SIG_BLOCK, &usr, &old));
  CHECK_OK(kill(0, SIGUSR1));
  int got = 0;
  CHECK_OK(sigwait(&usr, &got));
  CHECK_EQ(got, SIGUSR1);
  sigprocmask(SIG_SETMASK, &old, NULL);
}

/* No way out by another root: chroot_refuse_vdir_fds(). */
static int deeper(void) {
  int fd = open("/", O_RDONLY | O_DIRECTORY);
  CHECK_OK(mkdir("/deeper", 0755));
  CHECK_ERR(syscall(SYS_chroot, "/deeper"), EPERM);
  close(fd);
  CHECK_OK(syscall(SYS_chroot, "/deeper"));
  for (int i = 0; i < 20; i++) CHECK_OK(chdir(".."));
  CHECK_ERR(access("only-here", F_OK), ENOENT);
  CHECK_ERR(access("etc", F_OK), ENOENT);
  return check_failures();
}

/* What it takes an allow.NAME for. */
static void restraints(void) {
  static char page[8192] __attribute__((aligned(4096)));
  CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSYS);
  CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSYS);
  CHECK_ERR(shmget(IPC_PRIVATE, 4096, 0600), ENOSYS);
  CHECK_ERR(socket(AF_INET, 3, 1), EPERM);
  CHECK_ERR(syscall(SYS_mlock, page, 4096), EPERM);
  int fd = open("/only-here", O_RDONLY);
  CHECK_ERR(syscall(SYS_fchflags, fd, 0x20000), EPERM); /* SF_IMMUTABLE */
  close(fd);
}

static bool inside(void) {
  char host[64];
  int jailed = 0;
  size_t size = sizeof host, length = sizeof jailed;
  CHECK_OK(sysctlbyname("kern.hostname", host, &size));
  CHECK_OK(sysctlbyname("security.jail.jailed", &jailed, &length));
  CHECK_EQ(jailed, 1);
  CHECK_OK(access("/only-here", F_OK));
  CHECK_ERR(create(JAIL_ATTACH), EPERM);
  seclusion();
  restraints();
  CHECK_EQ(check_child(deeper), 0);
  CHECK_OK(rmdir("/deeper"));
  return strcmp(host, "inmate") == 0;
}

static void mistakes(void) {
  start();
  text("path", "relative");
  CHECK_ERR(jail_set(JAIL_CREATE | JAIL_ATTACH), EINVAL);
  start();
  text("path", "/does/not/exist");
  CHECK_ERR(jail_set(JAIL_CREATE | JAIL_ATTACH), ENOENT);
  CHECK_ERR(create(0), EINVAL); /* neither persists nor is anybody in it */
  CHECK_ERR(create(0x100), EINVAL);
  start();
  text("name", name);
  CHECK_ERR(jail_set(JAIL_UPDATE), ENOENT);
  start();
  text("path", here);
  text("unheard-of", "x");
  CHECK_ERR(jail_set(JAIL_CREATE | JAIL_ATTACH), EINVAL);
  CHECK_EQ(strcmp(message, "unknown parameter: unheard-of"), 0);
  CHECK_ERR(syscall(SYS_jail_attach, 999999), EINVAL);
  CHECK_ERR(syscall(SYS_jail_remove, 999999), EINVAL);
}

/* A jail with nobody in it. */
static void persistent(void) {
  int jid, level = 2, found = -1;
  start();
  text("name", name);
  text("path", here);
  param("persist", NULL, 0);
  CHECK((jid = (int)jail_set(JAIL_CREATE)) > 0);
  CHECK_ERR(create(0), EEXIST);
  start();
  text("name", name);
  param("securelevel", &level, sizeof level);
  CHECK_EQ(jail_set(JAIL_UPDATE), jid);
  char path[1024];
  start();
  param("jid", &jid, sizeof jid);
  param("path", path, sizeof path);
  param("securelevel", &found, sizeof found);
  CHECK_EQ(get(0), jid);
  CHECK_EQ(strcmp(path, here), 0);
  CHECK_EQ(found, 2);
  CHECK_OK(syscall(SYS_jail_remove, jid));
  CHECK_ERR(find(&jid, path, sizeof path), ENOENT);
}

static void with_prisoners(void) {
  int up[2], jid, status;
  char c, host[64];
  CHECK_OK(pipe2(up, 0));
  pid_t first = fork();
  if (first == 0) {
    if (create(JAIL_ATTACH) < 1) _exit(errno);
    c = (char)(inside() && check_failures() == 0);
    struct sigaction ignore = {.sa_handler = SIG_IGN}; /* the second inmate's */
    CHECK_OK(sigaction(SIGUSR1, &ignore, NULL));
    write(up[1], &c, 1);
    for (;;) nanosleep(&(struct timespec){10, 0}, NULL);
  }
  close(up[1]);
  if (read(up[0], &c, 1) != 1) {
    CHECK_EQ(wait4(first, &status, 0, NULL), first);
    CHECK_EQ(WEXITSTATUS(status), EPERM);
    printf("the host lets nobody make jails\n");
    return;
  }
  CHECK_EQ(c, 1);
  close(up[0]);
  CHECK_OK(pipe2(up, 0));
  CHECK(find(&jid, host, sizeof host) > 0);
  CHECK_EQ(strcmp(host, "inmate"), 0);
  int last = jid - 1, jailed = 1;
  start();
  param("lastjid", &last, sizeof last);
  CHECK_EQ(get(0), jid);
  start();
  param("jid", &jid, sizeof jid);
  param("host.hostname", host, 3);
  CHECK_ERR(get(0), EINVAL);
  start();
  param("jid", &jid, sizeof jid);
  param("unheard-of", NULL, 0);
  CHECK_ERR(get(0), EINVAL);
  size_t length = sizeof jailed;
  CHECK_OK(sysctlbyname("security.jail.jailed", &jailed, &length));
  CHECK_EQ(jailed, 0);
  pid_t second = fork();
  if (second == 0) {
    if (syscall(SYS_jail_attach, jid) != 0) _exit(errno);
    c = (char)(inside() && check_failures() == 0);
    write(up[1], &c, 1);
    for (;;) nanosleep(&(struct timespec){10, 0}, NULL);
  }
  CHECK_EQ(read(up[0], &c, 1), 1);
  CHECK_EQ(c, 1);
  CHECK_OK(syscall(SYS_jail_remove, jid));
  CHECK_EQ(wait4(first, &status, 0, NULL), first);
  CHECK_EQ(status, SIGKILL);
  CHECK_EQ(wait4(second, &status, 0, NULL), second);
  CHECK_EQ(status, SIGKILL);
  CHECK_ERR(find(&jid, host, sizeof host), ENOENT);
  /* The older call. */
  first = fork();
  if (first == 0) {
    struct jail j = {2, here, "inmate", name, 0, 0, NULL, NULL};
    if (syscall(SYS_jail, &j) < 1) _exit(errno);
    _exit(inside() && check_failures() == 0 ? 77 : 1);
  }
  CHECK_EQ(wait4(first, &status, 0, NULL), first);
  CHECK_EQ(status, 77 << 8);
}

static const int kNew = 1, kInherit = 2; /* JAIL_SYS_NEW and so on */
static key_t a_key;

static uint16_t taken_port;

/* Allowed what others are not, with semaphores and a network of its own. */
static int privileged_inmate(void) {
  struct sockaddr_in to = {16, AF_INET, taken_port, {127, 0, 0, 1}, {0}};
  union semun none = {0};
  start();
  text("name", name);
  text("path", here);
  param("allow.raw_sockets", NULL, 0);
  param("allow.noset_hostname", NULL, 0);
  param("vnet", &kNew, sizeof kNew);
  param("sysvsem", &kNew, sizeof kNew);
  long jid = jail_set(JAIL_CREATE | JAIL_ATTACH);
  if (jid < 0 && errno == EPERM) return 0; /* the host has no more namespaces to give */
  CHECK(jid > 0);
  CHECK_ERR(semget(a_key, 1, 0), ENOENT);
  CHECK_OK(semget(a_key, 1, IPC_CREAT | 0600));
  CHECK_ERR(shmget(IPC_PRIVATE, 4096, 0600), ENOSYS);
  int s = socket(AF_INET, SOCK_DGRAM, 0), raw = socket(AF_INET, 3, 1);
  CHECK(s >= 0 && raw >= 0);
  /* In another network nobody has the port. */
  int bound = bind(s, (void*)&to, sizeof to);
  CHECK(bound == 0 || errno == EADDRNOTAVAIL);
  int hostname[] = {1, 10};
  CHECK_ERR(__sysctl(hostname, 2, NULL, NULL, "other", 5), EPERM);
  CHECK_OK(__semctl(semget(a_key, 1, 0), 0, IPC_RMID, &none));
  return check_failures();
}

static void own_namespaces(void) {
  struct sockaddr_in to = {16, AF_INET, 0, {127, 0, 0, 1}, {0}};
  union semun none = {0};
  socklen_t size = sizeof to;
  a_key = getpid();
  int s = socket(AF_INET, SOCK_DGRAM, 0), set = semget(a_key, 1, IPC_CREAT | 0600);
  CHECK_OK(bind(s, (void*)&to, sizeof to));
  CHECK_OK(getsockname(s, (void*)&to, &size));
  taken_port = to.sin_port;
  int again = socket(AF_INET, SOCK_DGRAM, 0);
  CHECK_ERR(bind(again, (void*)&to, sizeof to), EADDRINUSE);
  close(again);
  CHECK_OK(set);
  CHECK_EQ(check_child(privileged_inmate), 0);
  close(s);
  CHECK_OK(__semctl(set, 0, IPC_RMID, &none));
  start();
  text("path", here);
  param("persist", NULL, 0);
  param("sysvsem", &kNew, sizeof kNew);
  param("sysvmsg", &kInherit, sizeof kInherit);
  CHECK_ERR(jail_set(JAIL_CREATE), EPERM);
  CHECK_EQ(strcmp(message, "System V IPC is all new or all inherited"), 0);
}

/* `jail exec DIR PROGRAM`: runs `PROGRAM show` of another machine in a jail there. */
static int exec_inside(const char* directory, char* program) {
  start();
  text("path", directory);
  text("host.hostname", "inmate");
  if (jail_set(JAIL_CREATE | JAIL_ATTACH) < 0) return errno;
  char *argv[] = {program, "show", NULL}, *envp[] = {NULL};
  execve(program, argv, envp);
  return errno;
}
static int show(void) {
  char host[64];
  int jailed = -1;
  size_t size = sizeof host, length = sizeof jailed;
  CHECK_OK(sysctlbyname("kern.hostname", host, &size));
  CHECK_OK(sysctlbyname("security.jail.jailed", &jailed, &length));
  printf("jailed %d, %s, in %s\n", jailed, host, __getcwd(here, sizeof here) == 0 ? here : "?");
  return check_failures();
}

int main(int argc, char** argv) {
  if (argc == 4) return exec_inside(argv[2], argv[3]);
  if (argc == 2) return show();
  check_workdir();
  close(open("only-here", O_CREAT | O_WRONLY, 0644));
  CHECK_OK(__getcwd(here, sizeof here));
  snprintf(name, sizeof name, "test-%d", getpid());
  outsider = getpid();
  refusals();
  CHECK_EQ(check_child(as_nobody), 0);
  if (getuid() == 0) {
    mistakes();
    persistent();
    with_prisoners();
    own_namespaces();
  }
  return check_done();
}
