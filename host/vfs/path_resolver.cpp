#include "host/vfs/path_resolver.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "host/vfs/components.h"

namespace emulate {
namespace {

bool exists(const std::string& path) {
  struct stat st;
  return lstat(path.c_str(), &st) == 0;
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The part of a /proc path behind the directory of the calling process; nothing when the path is
/// about something else. "/proc/curproc/file" gives "/file".
std::optional<std::string_view> own_proc_entry(std::string_view path) {
  constexpr std::string_view kProc = "/proc/";
  if (!path.starts_with(kProc)) return std::nullopt;
  path.remove_prefix(kProc.size());
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string_view who = path.substr(0, slash);
  if (who != "curproc" && who != "self" && who != std::to_string(getpid())) return std::nullopt;
  return path.substr(slash);
}

/// FreeBSD procfs calls the link to the program "file", Linux "exe".
bool is_program_link(std::string_view entry) { return entry == "/file" || entry == "/exe"; }

struct DevicePrefix {
  std::string_view guest;
  std::string_view host;
  int shift;  ///< added to the unit number
};

/// Terminal devices under FreeBSD's names (ttyv(4), uart(4), ucom(4)).
constexpr std::array<DevicePrefix, 5> kDevices{{
    {"/dev/ttyv", "/dev/tty", 1},
    {"/dev/ttyu", "/dev/ttyS", 0},
    {"/dev/cuau", "/dev/ttyS", 0},
    {"/dev/ttyU", "/dev/ttyUSB", 0},
    {"/dev/cuaU", "/dev/ttyUSB", 0},
}};

std::optional<std::string> host_device(std::string_view path) {
  for (const DevicePrefix& d : kDevices) {
    if (!path.starts_with(d.guest)) continue;
    const std::string_view unit = path.substr(d.guest.size());
    if (!all_digits(unit) || unit.size() > 3) continue;
    return std::string(d.host) + std::to_string(std::stoi(std::string(unit)) + d.shift);
  }
  return std::nullopt;
}

}  // namespace

void PathResolver::set_prefix(const std::string& prefix) {
  std::array<char, PATH_MAX> real;
  prefix_ = realpath(prefix.c_str(), real.data()) != nullptr ? real.data() : prefix;
  while (prefix_.ends_with('/')) prefix_.pop_back();
}

HostPath PathResolver::resolve(int dirfd, std::string_view guest_path, Follow follow,
                               bool creates) const {
  if (!guest_path.starts_with('/')) {
    const bool plain = !root_.active() || guest_path.empty() ||
                       GuestRoot::is_plain(dirfd, guest_path, follow == Follow::yes);
    const auto directory = plain ? std::nullopt : root_.directory_path(dirfd);
    if (!directory) return {dirfd, std::string(guest_path)};
    return resolve(AT_FDCWD, *directory + '/' + std::string(guest_path), follow, creates);
  }
  if (const auto entry = own_proc_entry(guest_path)) {
    if (root_.active() && entry->starts_with("/root/")) {
      return resolve(AT_FDCWD, entry->substr(5), follow, creates);
    }
    if (!is_program_link(*entry)) return {AT_FDCWD, "/proc/self" + std::string(*entry)};
    if (follow == Follow::no || program_.empty()) return {AT_FDCWD, "/proc/self/exe"};
    return {AT_FDCWD, overlay(program_, follow, false)};
  }
  if (auto device = host_device(guest_path)) return {AT_FDCWD, std::move(*device)};
  return {AT_FDCWD, overlay(guest_path, follow, creates)};
}

std::string PathResolver::overlay(std::string_view guest_path, Follow follow, bool creates) const {
  if (root_.active()) return root_.host_path(guest_path, follow == Follow::yes);
  const std::string original(guest_path);
  if (prefix_.empty()) return original;
  const bool directory = guest_path.ends_with('/');
  std::deque<std::string> rest = split_path(guest_path);
  std::string at = prefix_;  // what of the path has been found under the prefix so far
  bool redirected = false;   // a link under the prefix led to another guest path
  int links = 0;
  while (!rest.empty()) {
    const std::string name = std::move(rest.front());
    rest.pop_front();
    if (name == ".") continue;
    if (name == "..") {
      if (at.size() > prefix_.size()) at.erase(at.rfind('/'));
      continue;
    }
    const bool last = rest.empty();
    const std::string next = std::string(at).append(1, '/').append(name);
    struct stat st;
    if (lstat(next.c_str(), &st) != 0) {
      const std::string elsewhere =
          join_path(at.substr(prefix_.size()) + '/' + name, rest) + (directory ? "/" : "");
      const std::string& on_host = redirected ? elsewhere : original;
      return creates && last && !exists(on_host) ? next + (directory ? "/" : "") : on_host;
    }
    if (!S_ISLNK(st.st_mode) || (last && !directory && follow == Follow::no)) {
      at = next;
      continue;
    }
    const std::string target = link_target(next);
    // Too many links, or one that cannot be read: the host's lookup reports it.
    if (++links > kMaxLinks || target.empty()) return join_path(next, rest);
    std::deque<std::string> parts = split_path(target);
    rest.insert(rest.begin(), parts.begin(), parts.end());
    if (target.starts_with('/')) at = prefix_;
    redirected = true;
  }
  return directory && at != prefix_ ? at + '/' : at;
}

std::string PathResolver::to_guest(std::string_view host_path) const {
  if (root_.active()) return root_.guest_path(host_path);
  if (!prefix_.empty() && host_path.starts_with(prefix_)) {
    const std::string_view inside = host_path.substr(prefix_.size());
    if (inside.empty()) return "/";
    if (inside.starts_with('/')) return std::string(inside);
  }
  return std::string(host_path);
}

std::optional<std::string> PathResolver::link_text(std::string_view guest_path) const {
  const auto entry = own_proc_entry(guest_path);
  if (!entry || !is_program_link(*entry) || program_.empty()) return std::nullopt;
  return program_;
}

}  // namespace emulate
