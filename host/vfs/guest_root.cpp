#include "host/vfs/guest_root.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "host/vfs/components.h"

namespace emulate {
namespace {

bool inside(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

bool is_device(const std::string& path) {
  struct stat st;
  return stat(path.c_str(), &st) == 0 && S_ISCHR(st.st_mode);
}

}  // namespace

void GuestRoot::set(const std::string& directory) {
  std::array<char, PATH_MAX> real;
  directory_ = realpath(directory.c_str(), real.data()) != nullptr ? real.data() : directory;
  while (directory_.ends_with('/')) directory_.pop_back();
  shared_ = {"/proc"};
  if (!is_device(directory_ + "/dev/null")) shared_.emplace_back("/dev");
  if (access((directory_ + "/sys/kernel").c_str(), F_OK) != 0) shared_.emplace_back("/sys");
}

std::string GuestRoot::to_host(const std::string& clean_guest_path) const {
  for (const std::string& s : shared_) {
    if (inside(clean_guest_path, s)) return clean_guest_path;
  }
  return directory_ + clean_guest_path;
}

std::string GuestRoot::host_path(std::string_view guest_path, bool follow) const {
  const std::string_view end = guest_path.ends_with('/') ? "/" : "";
  std::deque<std::string> rest = split_path(guest_path);
  std::string at;  // the guest's name of what was found so far, without links
  int links = 0;
  while (!rest.empty()) {
    const std::string name = std::move(rest.front());
    rest.pop_front();
    if (name == ".") continue;
    if (name == "..") {
      at.erase(std::min(at.rfind('/'), at.size()));
      continue;
    }
    const std::string next = std::string(at).append(1, '/').append(name);
    const std::string host = to_host(next);
    // The links of /proc are the kernel's own; it knows where they lead.
    if (next == "/proc") return join_path(host, rest).append(end);
    struct stat st;
    if (lstat(host.c_str(), &st) != 0) return join_path(host, rest).append(end);
    if (!S_ISLNK(st.st_mode) || (rest.empty() && end.empty() && !follow)) {
      at = next;
      continue;
    }
    const std::string target = link_target(host);
    // Too many links, or one that cannot be read: the host's lookup reports it.
    if (++links > kMaxLinks || target.empty()) return join_path(host, rest);
    const std::deque<std::string> names = split_path(target);
    rest.insert(rest.begin(), names.begin(), names.end());
    if (target.starts_with('/')) at.clear();
  }
  return at.empty() ? directory_ + "/" : to_host(at).append(end);
}

bool GuestRoot::is_plain(int dirfd, std::string_view path, bool follow) {
  std::string so_far;
  const std::deque<std::string> names = split_path(path);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "..") return false;
    so_far += (i == 0 ? "" : "/") + names[i];
    struct stat st;
    if (fstatat(dirfd, so_far.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return true;
    const bool last = i + 1 == names.size() && !path.ends_with('/');
    if (S_ISLNK(st.st_mode) && (!last || follow)) return false;
  }
  return true;
}

std::string GuestRoot::guest_path(std::string_view host_path) const {
  if (!inside(host_path, directory_)) return std::string(host_path);
  const std::string_view rest = host_path.substr(directory_.size());
  return rest.empty() ? "/" : std::string(rest);
}

std::optional<std::string> GuestRoot::directory_path(int dirfd) const {
  const std::string path =
      link_target(dirfd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(dirfd));
  if (!path.starts_with('/')) return std::nullopt;
  return guest_path(path);
}

}  // namespace emulate
