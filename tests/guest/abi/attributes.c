/* Extended attributes, access control lists and flags of files. What the host's file
 * system does not have must be refused in the right words. */
#include "check.h"

ssize_t extattr_set_file(const char* path, int ns, const char* name, const void* data, size_t size);
ssize_t extattr_get_file(const char* path, int ns, const char* name, void* data, size_t size);
int extattr_delete_file(const char* path, int ns, const char* name);
ssize_t extattr_list_file(const char* path, int ns, void* data, size_t size);
ssize_t extattr_set_fd(int fd, int ns, const char* name, const void* data, size_t size);
ssize_t extattr_get_fd(int fd, int ns, const char* name, void* data, size_t size);
int extattr_delete_fd(int fd, int ns, const char* name);
ssize_t extattr_list_fd(int fd, int ns, void* data, size_t size);
ssize_t extattr_get_link(const char* path, int ns, const char* name, void* data, size_t size);
ssize_t extattr_set_link(const char* path, int ns, const char* name, const void* data, size_t size);
int extattr_delete_link(const char* path, int ns, const char* name);
ssize_t extattr_list_link(const char* path, int ns, void* data, size_t size);
int extattrctl(const char* path, int command, const char* file, int ns, const char* name);

struct acl_entry {
  uint32_t tag, id, perm;
  uint16_t entry_type, flags;
};
struct acl {
  unsigned maxcnt, cnt;
  int spare[4];
  struct acl_entry entry[254];
};
struct oldacl {
  int cnt;
  struct {
    int tag;
    uid_t id;
    mode_t perm;
  } entry[32];
};
enum { ACCESS_OLD, DEFAULT_OLD, ACCESS, DEFAULT, NFS4 };
enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, MASK = 16, OTHER = 32 };
int __acl_get_file(const char* path, int type, void* acl);
int __acl_set_file(const char* path, int type, const void* acl);
int __acl_get_fd(int fd, int type, void* acl);
int __acl_set_fd(int fd, int type, const void* acl);
int __acl_delete_file(const char* path, int type);
int __acl_aclcheck_file(const char* path, int type, const void* acl);
int __acl_get_link(const char* path, int type, void* acl);
int __acl_set_link(const char* path, int type, const void* acl);
int __acl_delete_link(const char* path, int type);
int __acl_delete_fd(int fd, int type);
int __acl_aclcheck_link(const char* path, int type, const void* acl);
int __acl_aclcheck_fd(int fd, int type, const void* acl);
long pathconf(const char* path, int name);
int chflags(const char* path, unsigned long flags);
int fchflags(int fd, unsigned long flags);

static void extended(int fd) {
  char b[300];
  errno = 0;
  if (extattr_set_file("file", 1, "colour", "green", 5) == -1) {
    CHECK_EQ(errno, EOPNOTSUPP);
    return;
  }
  CHECK_EQ(extattr_get_file("file", 1, "colour", NULL, 0), 5);
  CHECK_EQ(extattr_get_file("file", 1, "colour", b, sizeof b), 5);
  CHECK(memcmp(b, "green", 5) == 0);
  CHECK_EQ(extattr_get_fd(fd, 1, "colour", b, 2), 2);
  CHECK_EQ(extattr_set_fd(fd, 1, "n", NULL, 0), 0);
  ssize_t n = extattr_list_fd(fd, 1, b, sizeof b);
  CHECK_EQ(n, 9);
  CHECK_EQ(extattr_list_file("file", 1, NULL, 0), 9);
  CHECK((b[0] == 6 && memcmp(b + 1, "colour", 6) == 0 && b[7] == 1 && b[8] == 'n') ||
        (b[0] == 1 && b[1] == 'n' && b[2] == 6 && memcmp(b + 3, "colour", 6) == 0));
  CHECK_OK(extattr_delete_fd(fd, 1, "n"));
  CHECK_ERR(extattr_delete_file("file", 1, "n"), ENOATTR);
  CHECK_ERR(extattr_get_file("file", 1, "n", b, 1), ENOATTR);
  CHECK_ERR(extattr_get_link("file", 1, "n", b, 1), ENOATTR);
  CHECK_ERR(extattr_get_file("none", 1, "n", b, 1), ENOENT);
  CHECK_ERR(extattr_get_file("file", 9, "n", b, 1), EINVAL);
  CHECK_ERR(extattr_get_fd(0x1000, 1, "n", b, 1), EBADF);
  CHECK_ERR(extattr_set_fd(fd, 1, (char*)16, b, 1), EFAULT);
  CHECK_ERR(extattr_set_fd(fd, 1, "m", (char*)16, 1), EFAULT);
  CHECK_EQ(extattr_set_link("file", 1, "l", "xyz", 3), 3);
  CHECK_EQ(extattr_get_link("file", 1, "l", b, sizeof b), 3);
  CHECK_EQ(extattr_list_link("file", 1, NULL, 0), 9);
  CHECK_OK(extattr_delete_link("file", 1, "l"));
  CHECK_OK(extattr_delete_file("file", 1, "colour"));
  CHECK_ERR(extattr_set_file("none", 1, "n", b, 1), ENOENT);
  CHECK_ERR(extattr_set_link("none", 1, "n", b, 1), ENOENT);
  CHECK_ERR(extattr_list_file("none", 1, b, 1), ENOENT);
  CHECK_ERR(extattr_list_link("none", 1, b, 1), ENOENT);
  CHECK_ERR(extattr_list_fd(0x1000, 1, b, 1), EBADF);
  CHECK_ERR(extattr_delete_link("file", 1, "l"), ENOATTR);
  CHECK_ERR(extattr_delete_fd(fd, 1, "l"), ENOATTR);
  memset(b, 'x', 299);
  b[299] = 0;
  CHECK_ERR(extattr_set_fd(fd, 1, b, "", 0), ENAMETOOLONG);
  CHECK_ERR(extattrctl("/", 0, NULL, 1, "x"), EOPNOTSUPP);
}

static void put(struct acl* a, uint32_t tag, uint32_t id, uint32_t perm) {
  a->entry[a->cnt++] = (struct acl_entry){tag, id, perm, 0, 0};
}

static void lists(int fd) {
  static struct acl a, b;
  static struct oldacl old;
  a.maxcnt = b.maxcnt = 254;
  CHECK_OK(fchmod(fd, 0640));
  errno = 0;
  if (pathconf("file", 59) == 0) { /* _PC_ACL_EXTENDED */
    CHECK_ERR(__acl_get_file("file", ACCESS, &a), EOPNOTSUPP);
    return;
  }
  CHECK_EQ(pathconf("file", 60), 32);
  CHECK_OK(__acl_get_file("file", ACCESS, &a));
  CHECK_EQ(a.cnt, 3);
  CHECK(a.entry[0].tag == USER_OBJ && a.entry[0].perm == 6);
  CHECK(a.entry[1].tag == GROUP_OBJ && a.entry[1].perm == 4);
  CHECK(a.entry[2].tag == OTHER && a.entry[2].perm == 0);
  put(&a, USER, 12345, 7);
  CHECK_ERR(__acl_set_file("file", ACCESS, &a), EINVAL); /* wants a mask */
  put(&a, MASK, 0, 5);
  CHECK_OK(__acl_aclcheck_file("file", ACCESS, &a));
  CHECK_OK(__acl_set_file("file", ACCESS, &a));
  struct stat st;
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_mode & 0777, 0650); /* the mask stands for the group */
  CHECK_OK(__acl_get_fd(fd, ACCESS, &b));
  CHECK_EQ(b.cnt, 5);
  int seen = 0;
  for (unsigned i = 0; i < b.cnt; i++) seen += b.entry[i].tag == USER && b.entry[i].id == 12345;
  CHECK_EQ(seen, 1);
  CHECK_OK(__acl_get_file("file", ACCESS_OLD, &old));
  CHECK_EQ(old.cnt, 5);
  CHECK_OK(__acl_set_fd(fd, ACCESS_OLD, &old));
  a.entry[0].perm = 8;
  CHECK_ERR(__acl_set_file("file", ACCESS, &a), EINVAL);
  CHECK_ERR(__acl_set_file("file", DEFAULT, &b), EINVAL); /* directories only */
  CHECK_ERR(__acl_get_file("file", NFS4, &b), EINVAL);
  b.maxcnt = 3;
  CHECK_ERR(__acl_get_file("file", ACCESS, &b), EINVAL);
  CHECK_ERR(__acl_delete_file("file", ACCESS), EINVAL);
  CHECK_ERR(__acl_delete_file("file", DEFAULT), ENOTDIR);
  b.maxcnt = 254;
  CHECK_ERR(__acl_get_fd(0x1000, ACCESS, &b), EBADF);
  CHECK_ERR(__acl_get_link("none", ACCESS, &b), ENOENT);
  CHECK_ERR(__acl_set_fd(fd, ACCESS, (void*)16), EFAULT);
  CHECK_ERR(__acl_set_link("none", ACCESS, &b), ENOENT);
  CHECK_ERR(__acl_delete_fd(fd, ACCESS), EINVAL);
  CHECK_ERR(__acl_delete_link("none", DEFAULT), ENOENT);
  CHECK_ERR(__acl_aclcheck_file("none", ACCESS, &b), ENOENT);
  CHECK_ERR(__acl_aclcheck_fd(0x1000, ACCESS, &b), EBADF);
  CHECK_ERR(__acl_aclcheck_link("file", ACCESS, (void*)16), EFAULT);
  CHECK_OK(__acl_get_link("file", ACCESS, &b));
  CHECK_EQ(b.cnt, 5);
  CHECK_OK(__acl_aclcheck_link("file", ACCESS, &b));
  CHECK_OK(__acl_aclcheck_fd(fd, ACCESS, &b));
  CHECK_OK(__acl_set_link("file", ACCESS, &b));
  CHECK_OK(symlink("file", "to-file"));
  CHECK_OK(__acl_get_link("to-file", ACCESS, &b)); /* what its mode says: ls -l asks */
  CHECK_EQ(b.cnt, 3);
  CHECK_OK(unlink("to-file"));
  CHECK_OK(mkdir("dir", 0755));
  CHECK_OK(__acl_get_file("dir", DEFAULT, &b));
  CHECK_EQ(b.cnt, 0);
  CHECK_OK(__acl_get_file("dir", ACCESS, &b));
  CHECK_OK(__acl_set_file("dir", DEFAULT, &b));
  CHECK_OK(__acl_get_file("dir", DEFAULT, &b));
  CHECK_EQ(b.cnt, 3);
  CHECK_OK(__acl_delete_file("dir", DEFAULT));
  CHECK_OK(__acl_delete_link("dir", DEFAULT));
  int dir = open("dir", O_RDONLY | O_DIRECTORY);
  CHECK_OK(__acl_delete_fd(dir, DEFAULT));
  close(dir);
}

static void flags(int fd) {
  struct stat st;
  CHECK_OK(chflags("file", 0));
  CHECK_ERR(chflags("none", 0), ENOENT);
  CHECK_ERR(fchflags(0x1000, 0), EBADF);
  CHECK_ERR(chflags("file", 0x10), EOPNOTSUPP); /* UF_NOUNLINK */
  CHECK_OK(fstat(fd, &st));
  CHECK_EQ(st.st_flags, 0);
  const unsigned each[] = {0x1, 0x2, 0x4, 0x20000, 0x40001};
  for (int i = 0; i < 5; i++) {
    errno = 0;
    if (fchflags(fd, each[i]) == -1) {
      CHECK(errno == EOPNOTSUPP || errno == EPERM);
      continue;
    }
    CHECK_OK(stat("file", &st));
    CHECK_EQ(st.st_flags, each[i]);
    if (each[i] & 0x20002) CHECK_ERR(open("file", O_RDWR), EPERM);
    CHECK_OK(chflags("file", 0));
    CHECK_OK(stat("file", &st));
    CHECK_EQ(st.st_flags, 0);
  }
}

int main(void) {
  check_workdir();
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  extended(fd);
  lists(fd);
  flags(fd);
  return check_done();
}
