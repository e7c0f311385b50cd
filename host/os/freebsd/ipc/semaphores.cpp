// System V semaphores (FreeBSD sys/kern/sysv_sem.c).

#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "host/os/freebsd/ipc/sysv.h"
#include "host/os/freebsd/syscalls.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

union Semun {
  int value;
  semid_ds* state;
  unsigned short* array;
};

SysResult sys_semget(Task&, std::int32_t key, std::int32_t count, std::int32_t flags) {
  return SysResult::from_libc(::semget(key, count, get_flags(flags)));
}

SysResult sys_semop(Task&, std::int32_t id, InArray<Sembuf> ops, ULong count) {
  constexpr std::uint64_t kMostOps = 100;  // kern.ipc.semopm
  if (count > kMostOps) return HostErrno{E2BIG};
  std::vector<sembuf> host;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto o = ops.load(i);
    if (!o) return o.error();
    host.push_back({o->number, o->op, o->flags});
  }
  // Nothing to do is no error on FreeBSD.
  if (host.empty()) return SysResult::ok();
  return SysResult::from_raw(
      blocking_syscall(SYS_semop, id, reinterpret_cast<long>(host.data()), count));
}

template <class State>
SysResult set_state(Task& task, int id, GuestAddr at) {
  const auto state = task.load<State>(at);
  if (!state) return state.error();
  semid_ds ds{};
  set_owner(ds.sem_perm, state->perm);
  return SysResult::from_libc(::semctl(id, 0, IPC_SET, Semun{.state = &ds}));
}

template <class State>
SysResult get_state(Task& task, int id, int command, GuestAddr at) {
  semid_ds ds{};
  const int r = ::semctl(id, 0, command, Semun{.state = &ds});
  if (r < 0) return HostErrno{errno};
  const int real = command == SEM_STAT ? r : id;
  const State state{perm_of(ds.sem_perm, real, kSemAlloc),
                    {},
                    static_cast<std::uint16_t>(ds.sem_nsems),
                    Time(ds.sem_otime),
                    Time(ds.sem_ctime)};
  if (auto s = task.store(at, state); !s) return s.error();
  return SysResult::value(static_cast<std::uint64_t>(r));
}

SysResult all_values(Task& task, int id, bool set, GuestAddr at) {
  semid_ds ds{};
  if (::semctl(id, 0, IPC_STAT, Semun{.state = &ds}) != 0) return HostErrno{errno};
  std::vector<unsigned short> values(ds.sem_nsems);
  if (!set && ::semctl(id, 0, GETALL, Semun{.array = values.data()}) != 0) return HostErrno{errno};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const GuestAddr element = at + 2 * i;
    if (!set) {
      if (auto r = task.store<std::uint16_t>(element, values[i]); !r) return r.error();
      continue;
    }
    const auto v = task.load<std::uint16_t>(element);
    if (!v) return v.error();
    values[i] = *v;
  }
  if (!set) return SysResult::ok();
  return SysResult::from_libc(::semctl(id, 0, SETALL, Semun{.array = values.data()}));
}

/// `argument` is the address of a union semun.
template <class State>
SysResult semctl(Task& task, std::int32_t id, std::int32_t number, std::int32_t command,
                 GuestAddr argument) {
  const auto pointer = [&] { return task.load<GuestAddr>(argument); };
  switch (static_cast<IpcCommand>(command)) {
    case IpcCommand::rmid:
      return SysResult::from_libc(::semctl(id, 0, IPC_RMID));
    case IpcCommand::set: {
      const auto at = pointer();
      return at ? set_state<State>(task, id, *at) : SysResult(at.error());
    }
    case IpcCommand::stat:
    case IpcCommand::sem_stat: {
      const auto at = pointer();
      const int host = static_cast<IpcCommand>(command) == IpcCommand::stat ? IPC_STAT : SEM_STAT;
      return at ? get_state<State>(task, id, host, *at) : SysResult(at.error());
    }
    case IpcCommand::getall:
    case IpcCommand::setall: {
      const auto at = pointer();
      const bool set = static_cast<IpcCommand>(command) == IpcCommand::setall;
      return at ? all_values(task, id, set, *at) : SysResult(at.error());
    }
    case IpcCommand::setval: {
      const auto value = task.load<std::int32_t>(argument);
      if (!value) return value.error();
      return SysResult::from_libc(::semctl(id, number, SETVAL, Semun{.value = *value}));
    }
    case IpcCommand::getncnt:
      return SysResult::from_libc(::semctl(id, number, GETNCNT));
    case IpcCommand::getpid:
      return SysResult::from_libc(::semctl(id, number, GETPID));
    case IpcCommand::getval:
      return SysResult::from_libc(::semctl(id, number, GETVAL));
    case IpcCommand::getzcnt:
      return SysResult::from_libc(::semctl(id, number, GETZCNT));
  }
  return HostErrno{EINVAL};
}

constexpr auto* kSemctl = &semctl<SemState<IpcPerm>>;
constexpr auto* kSemctl7 = &semctl<SemState<IpcPermOld>>;

/// The calls of before FreeBSD 8 in one.
SysResult sys_semsys(Task& task, std::int32_t which, std::int32_t a2, GuestAddr a3, ULong a4,
                     GuestAddr a5) {
  const auto third = static_cast<std::int32_t>(a3.value);
  const auto fourth = static_cast<std::int32_t>(a4.value);
  switch (which) {
    case 0:
      return kSemctl7(task, a2, third, fourth, a5);
    case 1:
      return sys_semget(task, a2, third, fourth);
    case 2:
      return sys_semop(task, a2, {task, a3}, a4);
    default:
      return HostErrno{EINVAL};
  }
}

constexpr SyscallRow kRows[] = {
    row<&sys_semsys>(169, "semsys"), row<kSemctl7>(220, "freebsd7___semctl"),
    row<&sys_semget>(221, "semget"), row<&sys_semop>(222, "semop"),
    row<kSemctl>(510, "__semctl"),
};

}  // namespace

Rows sysv_sem_rows() { return kRows; }

}  // namespace emulate::freebsd
