#pragma once

/// Jails (FreeBSD sys/kern/kern_jail.c). A jail is a root directory and a namespace of host names
/// of the host's kernel: that namespace tells, of any process, which jail it is in. What else a
/// jail has is written down in a file that all emulate processes of the superuser share.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/thunk/result.h"

namespace emulate::freebsd {

/// A string of a jail, NUL-terminated.
template <std::size_t N>
struct PrisonText {
  std::array<char, N> bytes{};
  std::string_view view() const { return bytes.data(); }
  bool set(std::string_view s) {
    if (s.size() >= N) return false;
    bytes = {};
    s.copy(bytes.data(), s.size());
    return true;
  }
};

struct Prison {
  std::int32_t id = 0;  ///< 0: none, the host
  std::int32_t parent = 0;
  std::uint64_t uts = 0;  ///< the namespace, as its inode
  std::uint64_t allow = 0;
  std::int32_t persist = 0;
  std::int32_t securelevel = -1;
  std::int32_t enforce_statfs = 2;
  std::int32_t devfs_ruleset = 0;
  std::int32_t children_max = 0;
  std::int32_t osreldate = 0;
  std::int32_t hostid = 0;
  PrisonText<256> name;
  PrisonText<1024> path;  ///< as the creating process names it
  PrisonText<256> hostname;
  PrisonText<256> domainname;
  PrisonText<64> hostuuid;
  PrisonText<32> osrelease;
};

/// The list of all, locked while this lives. Jails that have ended are not in it.
class Prisons {
 public:
  Prisons();
  ~Prisons();
  Prisons(const Prisons&) = delete;
  Prisons& operator=(const Prisons&) = delete;

  /// Why the list cannot be had; 0: it can.
  int error() const { return error_; }
  std::vector<Prison>& all() { return all_; }
  Prison* by_id(int id);
  Prison* by_name(std::string_view name);
  int free_id() const;
  /// Writes what was changed.
  Expected<void> save();

 private:
  int fd_ = -1;
  int error_ = 0;
  std::vector<Prison> all_;
};

/// The jail of this process; id 0: in none.
const Prison& own_prison();
/// Puts the process, as far as host names go, into `prison`: its namespace if somebody is in it,
/// else a new one, whose number is noted. EPERM where the host does not let it.
Expected<void> enter_prison(Prison& prison);
/// The processes inside.
std::vector<int> prisoners(const Prison& prison);

}  // namespace emulate::freebsd
