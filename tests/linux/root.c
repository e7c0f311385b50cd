/* Runs as /bin/root in a root directory that root-test made; says "ok". */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void same(const char* path, const char* content) {
  char text[64] = "";
  const int fd = open(path, O_RDONLY);
  CHECK(fd >= 0);
  CHECK(read(fd, text, sizeof text - 1) >= 0);
  close(fd);
  if (strcmp(text, content) != 0) fprintf(stderr, "%s: '%s', not '%s'\n", path, text, content);
  CHECK(strcmp(text, content) == 0);
}

static void links(void) {
  char text[PATH_MAX] = "";
  same("/etc/file", "inside");
  same("/absolute-link", "inside");
  same("/link-to-directory/file", "inside");
  same("/up-link", "inside");
  CHECK(readlink("/absolute-link", text, sizeof text) == 9 && strncmp(text, "/etc/file", 9) == 0);
  struct stat st;
  CHECK(lstat("/absolute-link", &st) == 0 && S_ISLNK(st.st_mode));
  CHECK(stat("/absolute-link", &st) == 0 && S_ISREG(st.st_mode));
  CHECK(open("/loop", O_RDONLY) == -1 && errno == ELOOP);
  CHECK(open("/etc/file/", O_RDONLY) == -1 && errno == ENOTDIR);
}

static void relative(void) {
  char cwd[PATH_MAX];
  CHECK(chdir("/etc") == 0 && getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/etc") == 0);
  same("file", "inside");
  same("../absolute-link", "inside");
  same("../../../../etc/file", "inside");
  const int dir = open("/", O_RDONLY | O_DIRECTORY);
  const int fd = openat(dir, "absolute-link", O_RDONLY);
  CHECK(fd >= 0);
  close(fd);
  CHECK(openat(dir, "absolute-link", O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP);
  CHECK(fchdir(dir) == 0 && getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/") == 0);
  CHECK(chdir("..") == 0 && getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/") == 0);
  close(dir);
}

static void changes(void) {
  CHECK(mkdir("/tmp/new", 0755) == 0);
  CHECK(symlink("/tmp/new/target", "/tmp/dangling") == 0);
  const int fd = open("/tmp/dangling", O_CREAT | O_WRONLY, 0644);
  CHECK(fd >= 0 && write(fd, "made", 4) == 4);
  close(fd);
  same("/tmp/new/target", "made");
  CHECK(rename("/tmp/new/target", "/tmp/moved") == 0);
  CHECK(link("/tmp/moved", "/tmp/new/again") == 0);
  CHECK(truncate("/tmp/new/again", 2) == 0);
  same("/tmp/moved", "ma");
  CHECK(unlink("/tmp/new/again") == 0 && unlink("/tmp/moved") == 0 && unlink("/tmp/dangling") == 0);
  CHECK(rmdir("/tmp/new") == 0);
}

static void local_socket(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/tmp/socket"};
  struct sockaddr_un b;
  socklen_t n = sizeof b;
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  const int client = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(server, (struct sockaddr*)&a, sizeof a) == 0 && listen(server, 1) == 0);
  CHECK(getsockname(server, (struct sockaddr*)&b, &n) == 0 && strcmp(b.sun_path, a.sun_path) == 0);
  CHECK(connect(client, (struct sockaddr*)&a, sizeof a) == 0);
  CHECK(unlink("/tmp/socket") == 0);
  close(server);
  close(client);
}

static void proc_and_dev(void) {
  char text[PATH_MAX] = "";
  CHECK(readlink("/proc/self/exe", text, sizeof text) == 9 && strncmp(text, "/bin/root", 9) == 0);
  const int own = open("/proc/self/exe", O_RDONLY);
  CHECK(own >= 0 && read(own, text, 4) == 4 && memcmp(text, "\177ELF", 4) == 0);
  snprintf(text, sizeof text, "/proc/self/fd/%d", own);
  char target[PATH_MAX] = "";
  CHECK(readlink(text, target, sizeof target) == 9 && strncmp(target, "/bin/root", 9) == 0);
  close(own);
  same("/proc/self/root/etc/file", "inside");
  FILE* maps = fopen("/proc/self/maps", "r");
  int found = 0;
  while (fgets(text, sizeof text, maps) != NULL) found |= strstr(text, " /bin/root\n") != NULL;
  fclose(maps);
  CHECK(found);
  const int null = open("/dev/null", O_RDWR);
  CHECK(null >= 0 && write(null, "x", 1) == 1);
  close(null);
}

static int status_of(const char* path, const char* argument) {
  const pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    execl(path, path, argument, (char*)NULL);
    _exit(99);
  }
  int status = -1;
  CHECK(waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char** argv) {
  char cwd[PATH_MAX];
  /* As an executed program: in the same directory, by a path inside. */
  if (argc > 1 && strcmp(argv[1], "child") == 0) {
    return getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/etc") == 0 ? 7 : 8;
  }
  CHECK(argc == 2);
  CHECK(getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/") == 0);
  CHECK(access(argv[1], F_OK) == -1 && errno == ENOENT);
  CHECK(getenv("EMULATE_ROOT") == NULL || strcmp(getenv("EMULATE_ROOT_MODE"), "paths") == 0);
  links();
  relative();
  changes();
  local_socket();
  proc_and_dev();
  CHECK(chdir("/etc") == 0);
  CHECK(status_of("/bin/root", "child") == 7);
  CHECK(status_of("/bin/script", "child") == 7);
  CHECK(status_of("/bin/other", "child") == 7);
  CHECK(status_of("../bin/other", "child") == 7);
  puts("ok");
  return 0;
}
