#include "host/task/root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <vector>

#include "host/task/fd_table.h"

namespace emulate {
namespace {

/// The host's root directory, once it is no longer ours; -1 before.
int host_root = -1;

/// The root as the host names it, "" for "/"; and whether that is the guest's doing.
std::string root_name;
bool by_guest = false;

bool has_file_system(const std::string& path, long magic) {
  struct statfs fs {};
  return statfs(path.c_str(), &fs) == 0 && fs.f_type == magic;
}

bool is_directory(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

bool has_devices(const std::string& dev) {
  struct stat st {};
  return stat((dev + "/null").c_str(), &st) == 0 && S_ISCHR(st.st_mode);
}

/// The directories of the host that are to be mounted in the guest's root.
std::vector<std::string> missing_mounts(const std::string& root) {
  std::vector<std::string> missing;
  auto consider = [&](const char* name, bool there) {
    if (!there && is_directory(root + name)) missing.emplace_back(name);
  };
  consider("/proc", has_file_system(root + "/proc", PROC_SUPER_MAGIC));
  consider("/dev", has_devices(root + "/dev"));
  consider("/sys", has_file_system(root + "/sys", SYSFS_MAGIC));
  return missing;
}

bool write_file(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool ok = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return ok;
}

/// A user namespace in which we are who we were.
bool enter_user_namespace() {
  const std::string uid = std::to_string(geteuid());
  const std::string gid = std::to_string(getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  return write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", uid + " " + uid + " 1") &&
         write_file("/proc/self/gid_map", gid + " " + gid + " 1");
}

/// Of the rights that come with the user namespace only chroot is kept, by this program and by
/// those it executes: running emulate anew takes it.
void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  constexpr unsigned kChroot = 1u << CAP_SYS_CHROOT;
  data[0] = {kChroot, kChroot, kChroot};
  syscall(SYS_capset, &header, data.data());
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_CHROOT, 0, 0);
}

/// The root is mounted on itself: the mount table shows nothing that the root only lies in.
bool mount_all(const std::string& root, const std::vector<std::string>& directories) {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (mount(root.c_str(), root.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return false;
  for (const std::string& d : directories) {
    if (mount(d.c_str(), (root + d).c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return false;
  }
  return true;
}

/// Changes the root directory; returns a descriptor of the old one. That is opened no earlier, for
/// it would be of the mount namespace that was left.
int enter(const std::string& root) {
  const int outside = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (outside < 0 || chroot(root.c_str()) == 0) return outside;
  close(outside);
  return -1;
}

std::string name_outside(const std::string& inside) {
  return inside == "/" && !root_name.empty() ? root_name : root_name + inside;
}

/// `outside` is the host's root; ours is called `name` there.
void keep_outside(int outside, const std::string& name) {
  if (host_root >= 0) close(host_root);
  host_root = FdTable::make_private(outside);
  root_name = name == "/" ? "" : name;
}

std::string current_directory() {
  std::array<char, PATH_MAX> path{};
  return getcwd(path.data(), path.size()) != nullptr ? path.data() : "";
}

}  // namespace

bool change_root(const std::string& directory) {
  std::array<char, PATH_MAX> real{};
  if (realpath(directory.c_str(), real.data()) == nullptr) return false;
  const std::string inside = real.data();
  const std::string cwd = current_directory();
  // A root within a root is entered from outside like the first one, or else the descriptor of the
  // host's root would be of the mount namespace that is left.
  OutsideRoot stepped_out;
  const std::string root = name_outside(inside);
  const std::vector<std::string> missing = missing_mounts(root);
  const bool proc_comes = !missing.empty() && missing.front() == "/proc";
  if (!proc_comes && !has_file_system(root + "/proc", PROC_SUPER_MAGIC)) return false;
  bool unprivileged = false;
  if (!missing.empty() && unshare(CLONE_NEWNS) != 0) {
    unprivileged = true;
    if (!enter_user_namespace()) return false;
  }
  if (!missing.empty() && !mount_all(root, missing)) return false;
  int outside = enter(root);
  if (outside < 0 && !unprivileged && enter_user_namespace()) {
    unprivileged = true;
    outside = enter(root);
  }
  if (outside < 0) return false;
  stepped_out.stay();
  if (unprivileged) drop_capabilities();
  const bool within = cwd.starts_with(inside + "/");
  if (!within || chdir(cwd.c_str() + inside.size()) != 0) (void)!chdir("/");
  keep_outside(outside, root);
  return true;
}

bool confine_to(const std::string& directory) {
  std::array<char, PATH_MAX> real{};
  if (realpath(directory.c_str(), real.data()) == nullptr) return false;
  OutsideRoot stepped_out;
  const std::string root = name_outside(real.data());
  const int outside = enter(root);
  if (outside < 0) return false;
  stepped_out.stay();
  keep_outside(outside, root);
  by_guest = true;
  return chdir("/") == 0;
}

void note_chroot(const std::string& directory) {
  if (host_root < 0) return;
  root_name = name_outside(directory);
  by_guest = true;
}

const std::string& changed_root() {
  static const std::string kNone;
  static const std::string kTop = "/";
  if (!by_guest) return kNone;
  return root_name.empty() ? kTop : root_name;
}

int open_outside(const std::string& path, int flags, unsigned mode) {
  if (host_root >= 0) return openat(host_root, path.c_str() + 1, flags, mode);
  return open(path.c_str(), flags, mode);
}

OutsideRoot::OutsideRoot() {
  if (host_root < 0) return;
  const int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  inside_ = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fchdir(host_root) == 0) (void)!chroot(".");
  (void)!fchdir(cwd);
  close(cwd);
}

void OutsideRoot::stay() {
  if (inside_ >= 0) close(inside_);
  inside_ = -1;
}

OutsideRoot::~OutsideRoot() {
  if (inside_ < 0) return;
  const int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fchdir(inside_) == 0) (void)!chroot(".");
  (void)!fchdir(cwd);
  close(cwd);
  close(inside_);
}

}  // namespace emulate
