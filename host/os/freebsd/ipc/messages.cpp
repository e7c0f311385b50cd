// System V message queues (FreeBSD sys/kern/sysv_msg.c).

#include <sys/msg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "host/os/freebsd/ipc/sysv.h"
#include "host/os/freebsd/syscalls.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

/// No queue holds more, so nothing larger can be a message.
constexpr std::uint64_t kMostBytes = 1 << 24;

SysResult sys_msgget(Task&, std::int32_t key, std::int32_t flags) {
  return SysResult::from_libc(::msgget(key, get_flags(flags)));
}

/// struct mymsg: a long, then the text.
SysResult sys_msgsnd(Task& task, std::int32_t id, GuestAddr message, ULong size, Flags flags) {
  if (size > kMostBytes) return HostErrno{EINVAL};
  const auto type = task.load<Long>(message);
  if (!type) return type.error();
  if (*type < 1) return HostErrno{EINVAL};
  std::vector<std::byte> host(sizeof(long) + size);
  const long host_type = *type;
  std::memcpy(host.data(), &host_type, sizeof host_type);
  const GuestAddr text = message + task.model().long_bytes;
  if (auto r = task.copyin(host.data() + sizeof(long), text, size); !r) return r.error();
  return SysResult::from_raw(blocking_syscall(SYS_msgsnd, id, reinterpret_cast<long>(host.data()),
                                              static_cast<long>(size.value),
                                              bits(flags) & kIpcNowait));
}

SysResult sys_msgrcv(Task& task, std::int32_t id, GuestAddr message, ULong size, Long type,
                     Flags flags) {
  const std::uint64_t room = std::min(size.value, kMostBytes);
  std::vector<std::byte> host(sizeof(long) + room);
  const long n =
      blocking_syscall(SYS_msgrcv, id, reinterpret_cast<long>(host.data()), static_cast<long>(room),
                       type, bits(flags) & (kIpcNowait | kMsgNoerror));
  if (n < 0) return SysResult::from_raw(n);
  long host_type = 0;
  std::memcpy(&host_type, host.data(), sizeof host_type);
  if (auto r = task.store(message, Long(host_type)); !r) return r.error();
  const GuestAddr text = message + task.model().long_bytes;
  const auto bytes = static_cast<std::size_t>(n);
  if (auto r = task.copyout(text, host.data() + sizeof(long), bytes); !r) return r.error();
  return SysResult::value(bytes);
}

template <class State>
SysResult msgctl(Task& task, std::int32_t id, std::int32_t command, GuestAddr at) {
  msqid_ds ds{};
  switch (static_cast<IpcCommand>(command)) {
    case IpcCommand::rmid:
      return SysResult::from_libc(::msgctl(id, IPC_RMID, nullptr));
    case IpcCommand::set: {
      const auto state = task.load<State>(at);
      if (!state) return state.error();
      if (::msgctl(id, IPC_STAT, &ds) != 0) return HostErrno{errno};
      if (state->qbytes == 0) return HostErrno{EINVAL};
      set_owner(ds.msg_perm, state->perm);
      ds.msg_qbytes = state->qbytes;
      return SysResult::from_libc(::msgctl(id, IPC_SET, &ds));
    }
    case IpcCommand::stat: {
      if (::msgctl(id, IPC_STAT, &ds) != 0) return HostErrno{errno};
      const State state{perm_of(ds.msg_perm, id, 0),
                        {},
                        {},
                        ULong(ds.__msg_cbytes),
                        ULong(ds.msg_qnum),
                        ULong(ds.msg_qbytes),
                        ds.msg_lspid,
                        ds.msg_lrpid,
                        Time(ds.msg_stime),
                        Time(ds.msg_rtime),
                        Time(ds.msg_ctime)};
      return SysResult::from(task.store(at, state));
    }
    default:
      return HostErrno{EINVAL};
  }
}

constexpr auto* kMsgctl = &msgctl<MsgState<IpcPerm>>;
constexpr auto* kMsgctl7 = &msgctl<MsgState<IpcPermOld>>;

/// The calls of before FreeBSD 8 in one.
SysResult sys_msgsys(Task& task, std::int32_t which, std::int32_t a2, GuestAddr a3, ULong a4,
                     Long a5, Flags a6) {
  switch (which) {
    case 0:
      return kMsgctl7(task, a2, static_cast<std::int32_t>(a3.value), GuestAddr(a4.value));
    case 1:
      return sys_msgget(task, a2, static_cast<std::int32_t>(a3.value));
    case 2:
      return sys_msgsnd(task, a2, a3, a4, Flags(static_cast<std::uint32_t>(a5.value)));
    case 3:
      return sys_msgrcv(task, a2, a3, a4, a5, a6);
    default:
      return HostErrno{EINVAL};
  }
}

constexpr SyscallRow kRows[] = {
    row<&sys_msgsys>(170, "msgsys"), row<kMsgctl7>(224, "freebsd7_msgctl"),
    row<&sys_msgget>(225, "msgget"), row<&sys_msgsnd>(226, "msgsnd"),
    row<&sys_msgrcv>(227, "msgrcv"), row<kMsgctl>(511, "msgctl"),
};

}  // namespace

Rows sysv_msg_rows() { return kRows; }

}  // namespace emulate::freebsd
