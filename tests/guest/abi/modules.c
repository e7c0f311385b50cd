/* Kernel files and modules: one file, listed and found; nothing can be loaded. */
#include "check.h"

struct module_stat {
  int version;
  char name[32];
  int refs;
  int id;
  union {
    int i;
    long l;
  } data;
};
struct kld_file_stat {
  int version;
  char name[1024];
  int refs;
  int id;
  void* address;
  size_t size;
  char pathname[1024];
};
int modnext(int id);
int modfnext(int id);
int modstat(int id, struct module_stat* stat);
int modfind(const char* name);
int kldload(const char* file);
int kldunload(int id);
int kldfind(const char* file);
int kldnext(int id);
int kldstat(int id, struct kld_file_stat* stat);
int kldfirstmod(int id);
int kldsym(int id, int command, void* data);

int main(void) {
  struct module_stat m = {.version = sizeof m};
  struct kld_file_stat k = {.version = sizeof k};
  int found = 0, count = 0;
  for (int id = modnext(0); id > 0; id = modnext(id)) {
    CHECK_OK(modstat(id, &m));
    CHECK_EQ(m.id, id);
    CHECK_EQ(modfind(m.name), id);
    found += strcmp(m.name, "aio") == 0 || strcmp(m.name, "sysvshm") == 0;
    if (++count > 1000) break;
  }
  CHECK_EQ(found, 2);
  CHECK_EQ(modfnext(kldfirstmod(1)), 2);
  m.version = 44;
  CHECK_OK(modstat(1, &m));
  m.version = 3;
  CHECK_ERR(modstat(1, &m), EINVAL);
  CHECK_ERR(modstat(999, &m), ENOENT);
  CHECK_ERR(modfind("no_such_module"), ENOENT);
  CHECK_ERR(modfind((char*)16), EFAULT);
  CHECK_ERR(modnext(999), ENOENT);
  CHECK_EQ(kldnext(0), 1);
  CHECK_EQ(kldnext(1), 0);
  CHECK_ERR(kldnext(2), ENOENT);
  CHECK_EQ(kldfind("kernel"), 1);
  CHECK_ERR(kldfind("zfs.ko"), ENOENT);
  CHECK_OK(kldstat(1, &k));
  CHECK(strcmp(k.name, "kernel") == 0 && strcmp(k.pathname, "/boot/kernel/kernel") == 0);
  CHECK_EQ(k.id, 1);
  CHECK(k.size > 0);
  CHECK_ERR(kldstat(2, &k), ENOENT);
  k.version = 7;
  CHECK_ERR(kldstat(1, &k), EINVAL);
  CHECK_ERR(kldload("zfs"), EPERM);
  CHECK_ERR(kldunload(1), EPERM);
  CHECK_ERR(kldsym(1, 1, (void*)16), EFAULT);
  return check_done();
}
