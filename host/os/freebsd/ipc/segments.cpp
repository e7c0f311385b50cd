// System V shared memory (FreeBSD sys/kern/sysv_shm.c).

#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "host/os/freebsd/ipc/segments.h"
#include "host/os/freebsd/ipc/sysv.h"
#include "host/os/freebsd/syscalls.h"

namespace emulate::freebsd {
namespace {

/// What the process has attached: address to bytes. A forked child has the same.
class Attached {
 public:
  void add(GuestAddr at, std::uint64_t bytes) {
    const std::scoped_lock lock(mutex_);
    segments_[at.value] = bytes;
  }
  std::optional<std::uint64_t> take(GuestAddr at) {
    const std::scoped_lock lock(mutex_);
    const auto it = segments_.find(at.value);
    if (it == segments_.end()) return std::nullopt;
    const std::uint64_t bytes = it->second;
    segments_.erase(it);
    return bytes;
  }
  void clear() {
    const std::scoped_lock lock(mutex_);
    segments_.clear();
  }

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, std::uint64_t> segments_;
};

Attached& attached() {
  static Attached segments;
  return segments;
}

SysResult sys_shmget(Task&, std::int32_t key, ULong size, std::int32_t flags) {
  return SysResult::from_libc(::shmget(key, size, get_flags(flags)));
}

/// The state of a segment that still can be found: FreeBSD hides removed ones
/// (kern.ipc.shm_allow_removed is 0).
Expected<shmid_ds> find_segment(int id) {
  constexpr unsigned kRemoved = 01000;  // the host's SHM_DEST
  shmid_ds ds{};
  if (::shmctl(id, IPC_STAT, &ds) != 0) return host_error(errno);
  if ((ds.shm_perm.mode & kRemoved) != 0) return host_error(EINVAL);
  return ds;
}

/// The segment replaces a mapping made for its size.
SysResult sys_shmat(Task& task, std::int32_t id, GuestAddr address, Flags flags) {
  const auto ds = find_segment(id);
  if (!ds) return ds.error();
  const std::uint64_t page = task.memory().limits().page_size;
  const bool read_only = (bits(flags) & kShmRdonly) != 0;
  MapRequest r;
  r.address = (bits(flags) & kShmRnd) != 0 ? address.align_down(page) : address;
  if (r.address.value % page != 0) return HostErrno{EINVAL};
  r.length = ds->shm_segsz;
  r.prot = static_cast<std::uint8_t>(read_only ? kProtRead : kProtRead | kProtWrite);
  r.max_prot = r.prot;
  r.fixed = static_cast<bool>(address);
  r.exclusive = r.fixed && (bits(flags) & kShmRemap) != kShmRemap;
  r.shared = true;
  r.anonymous = true;
  r.name = fmt::format("/SYSV{:08x}", static_cast<std::uint32_t>(ds->shm_perm.__key));
  const auto at = task.memory().map(r);
  if (!at) return HostErrno{ENOMEM};
  std::byte* host = task.memory().host_range(*at, r.length);
  if (::shmat(id, host, SHM_REMAP | (read_only ? SHM_RDONLY : 0)) == reinterpret_cast<void*>(-1)) {
    const int error = errno;
    (void)task.memory().unmap(*at, r.length);
    return HostErrno{error};
  }
  attached().add(*at, r.length);
  return SysResult::value(at->value);
}

SysResult sys_shmdt(Task& task, GuestAddr address) {
  const auto bytes = attached().take(address);
  if (!bytes) return HostErrno{EINVAL};
  return SysResult::from(task.memory().unmap(address, *bytes));
}

ShmState state_of(int id, const shmid_ds& ds) {
  return {perm_of(ds.shm_perm, id, kShmsegAllocated),
          ULong(ds.shm_segsz),
          ds.shm_lpid,
          ds.shm_cpid,
          static_cast<std::uint32_t>(ds.shm_nattch),
          Time(ds.shm_atime),
          Time(ds.shm_dtime),
          Time(ds.shm_ctime)};
}

ShmStateOld old_state(const ShmState& s) {
  return {s.perm,
          static_cast<std::int32_t>(std::min<std::uint64_t>(s.segsz, INT_MAX)),
          s.lpid,
          s.cpid,
          static_cast<std::int16_t>(std::min<std::uint32_t>(s.nattch, SHRT_MAX)),
          s.atime,
          s.dtime,
          s.ctime};
}

template <class State>
SysResult shmctl(Task& task, std::int32_t id, std::int32_t command, GuestAddr at) {
  const auto what = static_cast<IpcCommand>(command);
  std::optional<State> wanted;
  if (what == IpcCommand::set) {
    const auto state = task.load<State>(at);
    if (!state) return state.error();
    wanted = *state;
  }
  auto ds = find_segment(id);
  if (!ds) return ds.error();
  switch (what) {
    case IpcCommand::rmid:
      return SysResult::from_libc(::shmctl(id, IPC_RMID, nullptr));
    case IpcCommand::set:
      set_owner(ds->shm_perm, wanted->perm);
      return SysResult::from_libc(::shmctl(id, IPC_SET, &*ds));
    case IpcCommand::stat:
      if constexpr (std::is_same_v<State, ShmState>) {
        return SysResult::from(task.store(at, state_of(id, *ds)));
      } else {
        return SysResult::from(task.store(at, old_state(state_of(id, *ds))));
      }
    default:
      return HostErrno{EINVAL};
  }
}

/// The calls of before FreeBSD 8 in one.
SysResult sys_shmsys(Task& task, std::int32_t which, GuestAddr a2, GuestAddr a3, GuestAddr a4) {
  const auto number = [](GuestAddr a) { return static_cast<std::int32_t>(a.value); };
  switch (which) {
    case 0:
      return sys_shmat(task, number(a2), a3, Flags(static_cast<std::uint32_t>(a4.value)));
    case 2:
      return sys_shmdt(task, a2);
    case 3:
      return sys_shmget(task, number(a2), a3.value, number(a4));
    case 4:
      return shmctl<ShmStateOld>(task, number(a2), number(a3), a4);
    default:
      return HostErrno{EINVAL};
  }
}

constexpr SyscallRow kRows[] = {
    row<&sys_shmsys>(171, "shmsys"),
    row<&sys_shmat>(228, "shmat"),
    row<&shmctl<ShmStateOld>>(229, "freebsd7_shmctl"),
    row<&sys_shmdt>(230, "shmdt"),
    row<&sys_shmget>(231, "shmget"),
    row<&shmctl<ShmState>>(512, "shmctl"),
};

}  // namespace

void forget_segments_after_exec() { attached().clear(); }

Rows sysv_shm_rows() { return kRows; }

}  // namespace emulate::freebsd
