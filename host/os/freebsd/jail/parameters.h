#pragma once

/// A jail's parameters as jail_set(2), jail_get(2) and security.jail.param know them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/os/freebsd/jail/prisons.h"
#include "host/task/task.h"

namespace emulate::freebsd {

/// The iovecs of jail_set(2) and jail_get(2): names and values in turn (FreeBSD
/// sys/kern/vfs_mount.c vfs_buildopts(), vfs_copyopt(), vfs_setopt()).
class JailOptions {
 public:
  /// EINVAL for an odd number, names without an end, or a name twice.
  static Expected<JailOptions> load(Task& task, GuestAddr iovp, std::uint32_t count);

  struct Option {
    std::string name;
    GuestAddr at;  ///< of the value; null: only its size is asked for
    std::vector<std::byte> value;
    GuestAddr length_at;  ///< where the iovec's length is
    bool seen = false;
  };

  Option* find(std::string_view name);
  /// An int. ENOENT when it is not there, EINVAL when it has another size.
  Expected<std::int32_t> integer(std::string_view name);
  /// A string. ENOENT, EINVAL without its NUL.
  Expected<std::string> text(std::string_view name);
  /// Gives a parameter's value to whoever asked for it; EINVAL when there is no room.
  Expected<void> give(std::string_view name, std::int32_t value);
  Expected<void> give(std::string_view name, std::string_view value);
  /// The first that nobody knows.
  const Option* unknown() const;
  /// What was given goes to the program.
  Expected<void> store(Task& task) const;
  /// errmsg, if it was asked for.
  void complain(Task& task, const std::string& text);

 private:
  std::vector<Option> options_;
  DataModel model_;
};

/// A number of a jail; `fixed`: nothing that can be set.
struct PrisonNumber {
  const char* name;
  std::int32_t Prison::*member;
};
inline constexpr PrisonNumber kPrisonNumbers[] = {
    {"securelevel", &Prison::securelevel},     {"enforce_statfs", &Prison::enforce_statfs},
    {"devfs_ruleset", &Prison::devfs_ruleset}, {"children.max", &Prison::children_max},
    {"osreldate", &Prison::osreldate},
};

/// Where a jail has its System V IPC from, in order of SysvKind.
inline constexpr const char* kSysvParameters[kSysvKinds] = {"sysvmsg", "sysvsem", "sysvshm"};

/// allow.NAME and allow.noNAME, in order of PrisonAllow.
inline constexpr const char* kPrisonAllows[] = {
    "set_hostname", "sysvipc",   "raw_sockets", "chflags",        "mount",
    "quotas",       "socket_af", "read_msgbuf", "reserved_ports", "mlock",
};
inline constexpr std::uint64_t kPrisonAllowDefault =
    1U << static_cast<unsigned>(PrisonAllow::set_hostname) |
    1U << static_cast<unsigned>(PrisonAllow::reserved_ports);

}  // namespace emulate::freebsd
