/* Users, groups, login names and classes: FreeBSD sys/kern/kern_prot.c, kern_loginclass.c. What
 * root may do is done in children, which end with the identity that they have taken. */
#include "check.h"

enum { NOBODY = 65534, MAXLOGNAME = 33 };

int setuid(uid_t uid);
int seteuid(uid_t uid);
int setgid(gid_t gid);
int setegid(gid_t gid);
int setreuid(uid_t real, uid_t effective);
int setregid(gid_t real, gid_t effective);
int setresuid(uid_t real, uid_t effective, uid_t saved);
int setresgid(gid_t real, gid_t effective, gid_t saved);
int getresuid(uid_t* real, uid_t* effective, uid_t* saved);
int getresgid(gid_t* real, gid_t* effective, gid_t* saved);
int getgroups(unsigned count, gid_t* groups);
int setgroups(unsigned count, const gid_t* groups);
int getlogin(char* name, unsigned size);
int setlogin(const char* name);
int getloginclass(char* name, size_t size);
int setloginclass(const char* name);

static void asking(void) {
  uid_t uid[3] = {0};
  gid_t gid[3] = {0};
  CHECK_OK(getresuid(&uid[0], &uid[1], &uid[2]));
  CHECK_EQ(uid[0], getuid());
  CHECK_EQ(uid[1], geteuid());
  CHECK_OK(getresuid(NULL, NULL, NULL));
  CHECK_ERR(getresuid(&uid[0], (uid_t*)16, &uid[2]), EFAULT);
  CHECK_OK(getresgid(&gid[0], &gid[1], &gid[2]));
  CHECK_EQ(gid[0], getgid());
  CHECK_EQ(gid[1], getegid());
  CHECK_ERR(getresgid(&gid[0], &gid[1], (gid_t*)16), EFAULT);
  static gid_t groups[1024];
  int count = getgroups(0, NULL);
  CHECK(count >= 1); /* the effective group comes first */
  CHECK_EQ(getgroups(1024, groups), count);
  CHECK_EQ(groups[0], getegid());
  CHECK_ERR(getgroups(1024, (gid_t*)16), EFAULT);
  if (count > 1) CHECK_ERR(getgroups((unsigned)count - 1, groups), EINVAL);
}

/* What everybody may set: what is already so. */
static void keeping(void) {
  CHECK_OK(setuid(getuid()));
  CHECK_OK(seteuid(geteuid()));
  CHECK_OK(setgid(getgid()));
  CHECK_OK(setegid(getegid()));
  CHECK_OK(setreuid((uid_t)-1, (uid_t)-1));
  CHECK_OK(setregid((gid_t)-1, (gid_t)-1));
  CHECK_OK(setresuid((uid_t)-1, geteuid(), (uid_t)-1));
  CHECK_OK(setresgid((gid_t)-1, getegid(), (gid_t)-1));
}

static int refused(void) {
  if (getuid() == 0) {
    const gid_t groups[] = {NOBODY, 7, 9};
    gid_t seen[3] = {0};
    CHECK_OK(setgroups(3, groups));
    CHECK_EQ(getegid(), NOBODY);
    CHECK_EQ(getgroups(3, seen), 3);
    CHECK(seen[0] == NOBODY && seen[1] + seen[2] == 16);
    CHECK_OK(setgid(NOBODY));
    CHECK_OK(setuid(NOBODY));
    CHECK_EQ(getuid(), NOBODY);
    CHECK_EQ(geteuid(), NOBODY);
  }
  const gid_t group = 0;
  char name[MAXLOGNAME];
  CHECK_ERR(setuid(0), EPERM);
  CHECK_ERR(seteuid(0), EPERM);
  CHECK_ERR(setgid(0), EPERM);
  CHECK_ERR(setegid(0), EPERM);
  CHECK_ERR(setreuid(0, (uid_t)-1), EPERM);
  CHECK_ERR(setregid(0, (gid_t)-1), EPERM);
  CHECK_ERR(setresuid((uid_t)-1, (uid_t)-1, 0), EPERM);
  CHECK_ERR(setresgid((gid_t)-1, (gid_t)-1, 0), EPERM);
  CHECK_ERR(setgroups(1, &group), EPERM);
  CHECK_ERR(setlogin("nobody"), EPERM);
  CHECK_ERR(setloginclass("default"), EPERM);
  CHECK_OK(getloginclass(name, sizeof name));
  return check_failures();
}

static int three_identities(void) {
  uid_t uid[3];
  gid_t gid[3];
  CHECK_OK(setresgid(NOBODY, 7, 9));
  CHECK_OK(getresgid(&gid[0], &gid[1], &gid[2]));
  CHECK(gid[0] == NOBODY && gid[1] == 7 && gid[2] == 9);
  CHECK_OK(setregid(9, NOBODY));
  CHECK_EQ(getgid(), 9);
  CHECK_EQ(getegid(), NOBODY);
  CHECK_OK(setegid(9));
  CHECK_EQ(getegid(), 9);
  CHECK_OK(setresuid(NOBODY, 0, 7));
  CHECK_OK(getresuid(&uid[0], &uid[1], &uid[2]));
  CHECK(uid[0] == NOBODY && uid[1] == 0 && uid[2] == 7);
  CHECK_OK(setreuid(0, NOBODY));
  CHECK_EQ(getuid(), 0);
  CHECK_EQ(geteuid(), NOBODY);
  CHECK_OK(seteuid(0));
  CHECK_EQ(geteuid(), 0);
  return check_failures();
}

/* The login name is the session's, a child's too. */
static int login_names(void) {
  char name[64], long_name[64];
  memset(long_name, 'x', sizeof long_name);
  long_name[63] = 0;
  CHECK_OK(setsid());
  CHECK_OK(setlogin("somebody"));
  CHECK_OK(getlogin(name, sizeof name));
  CHECK(strcmp(name, "somebody") == 0);
  CHECK_ERR(getlogin(name, 8), ERANGE);
  CHECK_ERR(getlogin((char*)16, sizeof name), EFAULT);
  CHECK_ERR(setlogin(long_name), EINVAL);
  CHECK_ERR(setlogin((char*)16), EFAULT);
  if (fork() == 0) {
    CHECK_OK(getlogin(name, sizeof name));
    CHECK(strcmp(name, "somebody") == 0);
    _exit(check_failures());
  }
  int status;
  CHECK(wait4(-1, &status, 0, NULL) > 0);
  CHECK_EQ(status, 0);
  CHECK_OK(setloginclass("staff"));
  CHECK_ERR(setloginclass(long_name), ENAMETOOLONG);
  return check_failures();
}

int main(void) {
  char name[MAXLOGNAME];
  asking();
  keeping();
  CHECK_EQ(check_child(refused), 0);
  CHECK_OK(getloginclass(name, sizeof name));
  CHECK(strcmp(name, "default") == 0);
  CHECK_ERR(getloginclass(name, 7), ERANGE);
  CHECK_ERR(getlogin((char*)16, sizeof name), EFAULT);
  static gid_t many[2000];
  CHECK_ERR(setgroups(2000, many), EINVAL);
  CHECK_ERR(setgroups(1, (gid_t*)16), EFAULT);
  if (getuid() == 0) {
    CHECK_EQ(check_child(three_identities), 0);
    CHECK_EQ(check_child(login_names), 0);
  }
  return check_done();
}
