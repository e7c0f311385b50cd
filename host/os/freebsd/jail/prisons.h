#pragma once

/// Jails (FreeBSD sys/kern/kern_jail.c). A jail is a root directory and a namespace of host names
/// of the host's kernel, on demand also ones of System V IPC and of the network. The first of these
/// namespaces tells, of any process, which jail it is in. What else a jail has is written down in a
/// file that all emulate processes share, and the superuser writes.

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

/// Where a jail has something from (FreeBSD sys/sys/jail.h).
enum JailSystem : std::int32_t { kJailDisable = 0, kJailNew = 1, kJailInherit = 2 };

/// allow.NAME, in order of their bits.
enum class PrisonAllow : unsigned {
  set_hostname,
  sysvipc,
  raw_sockets,
  chflags,
  mount,
  quotas,
  socket_af,
  read_msgbuf,
  reserved_ports,
  mlock,
};

/// The kinds of System V IPC: sysvmsg, sysvsem, sysvshm.
enum class SysvKind : unsigned { messages, semaphores, segments };
inline constexpr unsigned kSysvKinds = 3;

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
  std::int32_t vnet = kJailInherit;
  std::array<std::int32_t, kSysvKinds> sysv{};  ///< JailSystem
  PrisonText<256> name;
  PrisonText<1024> path;  ///< as the creating process names it
  PrisonText<256> hostname;
  PrisonText<256> domainname;
  PrisonText<64> hostuuid;
  PrisonText<32> osrelease;

  bool allows(PrisonAllow what) const { return (allow >> static_cast<unsigned>(what) & 1) != 0; }
  /// The namespaces of the host's that it has for itself, as CLONE_NEW flags.
  int namespaces() const;
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

/// Whether this process is in a jail.
bool jailed();
/// The jail of this process as it is now; id 0: in none.
Prison own_prison();
/// Puts the process, as far as namespaces go, into `prison`: into those of somebody inside, else
/// into new ones, of which the one that tells is noted. EPERM where the host does not let it.
Expected<void> enter_prison(Prison& prison);
/// The processes inside.
std::vector<int> prisoners(const Prison& prison);
/// Whether this process may know of another, or of a thread: inside a jail of those inside it
/// (prison_check()). Which jail other users' processes are in, the host tells only the superuser.
bool sees(int pid);

}  // namespace emulate::freebsd
