#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

#include "host/os/linux/abi/ipc.h"
#include "host/os/linux/abi/signal.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/port_fields.h"
#include "host/os/linux/time.h"

/// System V IPC and POSIX message queues (Linux ipc/).

namespace emulate::linux_os {

using S = IpcStat;
using K = FieldKind;

namespace {

constexpr Field kPerm = field<&S::perm>("perm");

constexpr auto kSem64 =
    fields(kPerm, as<&S::time1>(K::ulong, "sem_otime"), as<&S::time2>(K::ulong, "sem_ctime"),
           as<&S::count1>(K::ulong, "sem_nsems"), pad<ULong>(2));
constexpr auto kSem32 =
    fields(kPerm, as<&S::time1>(K::ulong, "sem_otime"), as<&S::time1_high>(K::ulong, "otime_high"),
           as<&S::time2>(K::ulong, "sem_ctime"), as<&S::time2_high>(K::ulong, "ctime_high"),
           as<&S::count1>(K::ulong, "sem_nsems"), pad<ULong>(2));
constexpr auto kMsq64 =
    fields(kPerm, as<&S::time1>(K::ulong, "msg_stime"), as<&S::time2>(K::ulong, "msg_rtime"),
           as<&S::time3>(K::ulong, "msg_ctime"), as<&S::count1>(K::ulong, "msg_cbytes"),
           as<&S::count2>(K::ulong, "msg_qnum"), as<&S::count3>(K::ulong, "msg_qbytes"),
           field<&S::pid1>("msg_lspid"), field<&S::pid2>("msg_lrpid"), pad<ULong>(2));
constexpr auto kMsq32 =
    fields(kPerm, as<&S::time1>(K::ulong, "msg_stime"), as<&S::time1_high>(K::ulong, "stime_high"),
           as<&S::time2>(K::ulong, "msg_rtime"), as<&S::time2_high>(K::ulong, "rtime_high"),
           as<&S::time3>(K::ulong, "msg_ctime"), as<&S::time3_high>(K::ulong, "ctime_high"),
           as<&S::count1>(K::ulong, "msg_cbytes"), as<&S::count2>(K::ulong, "msg_qnum"),
           as<&S::count3>(K::ulong, "msg_qbytes"), field<&S::pid1>("msg_lspid"),
           field<&S::pid2>("msg_lrpid"), pad<ULong>(2));
constexpr auto kShm64 =
    fields(kPerm, as<&S::count1>(K::ulong, "shm_segsz"), as<&S::time1>(K::ulong, "shm_atime"),
           as<&S::time2>(K::ulong, "shm_dtime"), as<&S::time3>(K::ulong, "shm_ctime"),
           field<&S::pid1>("shm_cpid"), field<&S::pid2>("shm_lpid"),
           as<&S::count2>(K::ulong, "shm_nattch"), pad<ULong>(2));
constexpr auto kShm32 =
    fields(kPerm, as<&S::count1>(K::ulong, "shm_segsz"), as<&S::time1>(K::ulong, "shm_atime"),
           as<&S::time1_high>(K::ulong, "atime_high"), as<&S::time2>(K::ulong, "shm_dtime"),
           as<&S::time2_high>(K::ulong, "dtime_high"), as<&S::time3>(K::ulong, "shm_ctime"),
           as<&S::time3_high>(K::ulong, "ctime_high"), field<&S::pid1>("shm_cpid"),
           field<&S::pid2>("shm_lpid"), as<&S::count2>(K::ulong, "shm_nattch"), pad<ULong>(2));

}  // namespace

const Layout kSemid64{"semid64_ds", kSem64}, kSemid32{"semid64_ds", kSem32};
const Layout kMsqid64{"msqid64_ds", kMsq64}, kMsqid32{"msqid64_ds", kMsq32};
const Layout kShmid64{"shmid64_ds", kShm64}, kShmid32{"shmid64_ds", kShm32};

namespace {

/// Ports with an own ABI for this add a flag to commands that want today's structures.
constexpr int kIpc64 = 0x100;

IpcPerm perm_of(const ipc_perm& h) {
  return {h.__key, h.uid, h.gid, h.cuid, h.cgid, h.mode, h.__seq};
}

/// A port's layout, or the generic one of its width.
const Layout& layout_of(const Task& task, const Layout* Port::*of_port, const Layout& l64,
                        const Layout& l32) {
  const Layout* own = port_of(task).*of_port;
  return own != nullptr ? *own : task.model().is64() ? l64 : l32;
}
const Layout& sem_layout(const Task& task) {
  return layout_of(task, &Port::semid, kSemid64, kSemid32);
}
const Layout& msq_layout(const Task& task) {
  return layout_of(task, &Port::msqid, kMsqid64, kMsqid32);
}
const Layout& shm_layout(const Task& task) {
  return layout_of(task, &Port::shmid, kShmid64, kShmid32);
}

Expected<void> store_stat(Task& task, GuestAddr at, const Layout& layout, S s) {
  s.time1_high = s.time1 >> 32;
  s.time2_high = s.time2 >> 32;
  s.time3_high = s.time3 >> 32;
  if (!task.model().is64()) {
    for (auto* t : {&s.time1, &s.time2, &s.time3}) *t &= 0xffff'ffff;
  }
  std::vector<std::byte> bytes(guest_size(layout, task.model()));
  (void)encode(layout, task.model(), &s, bytes);
  return task.copyout(at, bytes.data(), bytes.size());
}

Expected<S> load_stat(Task& task, GuestAddr at, const Layout& layout) {
  std::vector<std::byte> bytes(guest_size(layout, task.model()));
  if (auto r = task.copyin(bytes.data(), at, bytes.size()); !r) return tl::unexpected(r.error());
  S s;
  decode(layout, task.model(), bytes, &s);
  return s;
}

void set_owner(ipc_perm& to, const IpcPerm& from) {
  to.uid = from.uid;
  to.gid = from.gid;
  to.mode = static_cast<decltype(to.mode)>(from.mode);
}

// --- semaphores ----------------------------------------------------------------------------------

template <class T>
SysResult do_semop(Task& task, std::int32_t id, GuestAddr ops, std::uint32_t count, In<T> timeout) {
  constexpr std::uint32_t kMostOps = 32000;
  if (count == 0) return HostErrno{EINVAL};
  if (count > kMostOps) return HostErrno{E2BIG};
  std::vector<sembuf> host;
  const InArray<Sembuf> guest(task, ops);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto o = guest.load(i);
    if (!o) return o.error();
    host.push_back({o->number, o->op, o->flags});
  }
  std::optional<timespec> limit;
  if (timeout) {
    const auto t = load_timespec(task, timeout);
    if (!t) return t.error();
    limit = *t;
  }
  const long r = blocking_syscall(SYS_semtimedop, id, reinterpret_cast<long>(host.data()), count,
                                  limit ? reinterpret_cast<long>(&*limit) : 0);
  return SysResult::from_raw(r);
}

template <class T>
SysResult sys_semtimedop(Task& task, std::int32_t id, GuestAddr ops, std::uint32_t count,
                         In<T> timeout) {
  return do_semop(task, id, ops, count, timeout);
}
SysResult sys_semop(Task& task, std::int32_t id, GuestAddr ops, std::uint32_t count) {
  return do_semop<OldTimespec>(task, id, ops, count, {});
}

Expected<std::size_t> semaphores_of(int id) {
  semid_ds ds{};
  if (::semctl(id, 0, IPC_STAT, &ds) != 0) return host_error(errno);
  return ds.sem_nsems;
}

SysResult all_values(Task& task, int id, int command, GuestAddr at) {
  const auto n = semaphores_of(id);
  if (!n) return n.error();
  std::vector<unsigned short> values(*n);
  if (command == GETALL && ::semctl(id, 0, GETALL, values.data()) != 0) return HostErrno{errno};
  for (std::size_t i = 0; i < *n; ++i) {
    if (command == GETALL) {
      if (auto r = task.store<std::uint16_t>(at + 2 * i, values[i]); !r) return r.error();
    } else {
      const auto v = task.load<std::uint16_t>(at + 2 * i);
      if (!v) return v.error();
      values[i] = *v;
    }
  }
  return command == GETALL ? SysResult::ok()
                           : SysResult::from_libc(::semctl(id, 0, SETALL, values.data()));
}

SysResult sys_semctl(Task& task, std::int32_t id, std::int32_t number, std::int32_t command,
                     ULong argument) {
  command &= ~kIpc64;
  const GuestAddr at(argument.value);
  switch (command) {
    case GETALL:
    case SETALL:
      return all_values(task, id, command, at);
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY: {
      semid_ds ds{};
      const int r = ::semctl(id, number, command, &ds);
      if (r < 0) return HostErrno{errno};
      S s;
      s.perm = perm_of(ds.sem_perm);
      s.time1 = static_cast<std::uint64_t>(ds.sem_otime);
      s.time2 = static_cast<std::uint64_t>(ds.sem_ctime);
      s.count1 = ds.sem_nsems;
      if (auto stored = store_stat(task, at, sem_layout(task), s); !stored) {
        return stored.error();
      }
      return SysResult::value(static_cast<std::uint64_t>(r));
    }
    case IPC_SET: {
      const auto s = load_stat(task, at, sem_layout(task));
      if (!s) return s.error();
      semid_ds ds{};
      set_owner(ds.sem_perm, s->perm);
      return SysResult::from_libc(::semctl(id, number, command, &ds));
    }
    case SETVAL: {
      // union semun by value: its int is the first half of a big-endian word.
      const DataModel& m = task.model();
      const bool upper = m.is64() && m.order == ByteOrder::big;
      const auto value = static_cast<int>(upper ? argument.value >> 32 : argument.value);
      return SysResult::from_libc(::semctl(id, number, command, value));
    }
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
    case IPC_RMID:
      return SysResult::from_libc(::semctl(id, number, command, static_cast<int>(argument.value)));
    case IPC_INFO:
    case SEM_INFO: {
      seminfo info{};
      const int r = ::semctl(id, number, command, &info);
      if (r < 0) return HostErrno{errno};
      const int* words = &info.semmap;
      for (std::size_t i = 0; i < sizeof info / sizeof(int); ++i) {
        if (auto s = task.store<std::int32_t>(at + 4 * i, words[i]); !s) return s.error();
      }
      return SysResult::value(static_cast<std::uint64_t>(r));
    }
    default:
      return HostErrno{EINVAL};
  }
}

// --- messages ------------------------------------------------------------------------------------

/// struct msgbuf: a long, then the text.
SysResult sys_msgsnd(Task& task, std::int32_t id, GuestAddr message, ULong size,
                     std::int32_t flags) {
  constexpr std::uint64_t kMostBytes = 1 << 24;
  if (size.value > kMostBytes) return HostErrno{EINVAL};
  const auto type = task.load<Long>(message);
  if (!type) return type.error();
  std::vector<std::byte> host(sizeof(long) + size.value);
  const long host_type = *type;
  std::memcpy(host.data(), &host_type, sizeof host_type);
  if (auto r = task.copyin(&host[sizeof(long)], message + task.model().long_bytes, size); !r) {
    return r.error();
  }
  return SysResult::from_raw(blocking_syscall(SYS_msgsnd, id, reinterpret_cast<long>(host.data()),
                                              static_cast<long>(size.value), flags));
}

SysResult sys_msgrcv(Task& task, std::int32_t id, GuestAddr message, ULong size, Long type,
                     std::int32_t flags) {
  constexpr std::uint64_t kMostBytes = 1 << 24;
  if (static_cast<std::int64_t>(size.value) < 0) return HostErrno{EINVAL};
  const std::uint64_t room = std::min(size.value, kMostBytes);
  std::vector<std::byte> host(sizeof(long) + room);
  const long n = blocking_syscall(SYS_msgrcv, id, reinterpret_cast<long>(host.data()),
                                  static_cast<long>(room), type.value, flags);
  if (n < 0) return SysResult::from_raw(n);
  long host_type = 0;
  std::memcpy(&host_type, host.data(), sizeof host_type);
  auto stored = task.store(message, Long(host_type));
  if (stored) {
    stored = task.copyout(message + task.model().long_bytes, host.data() + sizeof(long),
                          static_cast<std::size_t>(n));
  }
  if (!stored) return stored.error();
  return SysResult::value(static_cast<std::uint64_t>(n));
}

SysResult sys_msgctl(Task& task, std::int32_t id, std::int32_t command, GuestAddr at) {
  command &= ~kIpc64;
  msqid_ds ds{};
  switch (command) {
    case IPC_STAT:
    case MSG_STAT: {
      const int r = ::msgctl(id, command, &ds);
      if (r < 0) return HostErrno{errno};
      S s;
      s.perm = perm_of(ds.msg_perm);
      s.time1 = static_cast<std::uint64_t>(ds.msg_stime);
      s.time2 = static_cast<std::uint64_t>(ds.msg_rtime);
      s.time3 = static_cast<std::uint64_t>(ds.msg_ctime);
      s.count1 = ds.__msg_cbytes;
      s.count2 = ds.msg_qnum;
      s.count3 = ds.msg_qbytes;
      s.pid1 = ds.msg_lspid;
      s.pid2 = ds.msg_lrpid;
      if (auto stored = store_stat(task, at, msq_layout(task), s); !stored) {
        return stored.error();
      }
      return SysResult::value(static_cast<std::uint64_t>(r));
    }
    case IPC_SET: {
      const auto s = load_stat(task, at, msq_layout(task));
      if (!s) return s.error();
      set_owner(ds.msg_perm, s->perm);
      ds.msg_qbytes = s->count3;
      return SysResult::from_libc(::msgctl(id, command, &ds));
    }
    case IPC_RMID:
      return SysResult::from_libc(::msgctl(id, command, nullptr));
    default:
      return HostErrno{EINVAL};
  }
}

// --- shared memory -------------------------------------------------------------------------------

/// The segment replaces a mapping made for its size.
SysResult sys_shmat(Task& task, std::int32_t id, GuestAddr address, std::int32_t flags) {
  shmid_ds ds{};
  if (::shmctl(id, IPC_STAT, &ds) != 0) return HostErrno{errno};
  const std::uint64_t page = task.memory().limits().page_size;
  MapRequest r;
  r.address = address;
  if ((flags & SHM_RND) != 0) r.address = address.align_down(page);
  if (r.address.value % page != 0) return HostErrno{EINVAL};
  r.length = ds.shm_segsz;
  r.prot = static_cast<std::uint8_t>(kProtRead | ((flags & SHM_RDONLY) != 0 ? 0 : kProtWrite) |
                                     ((flags & SHM_EXEC) != 0 ? kProtExec : 0));
  r.fixed = static_cast<bool>(address);
  r.exclusive = r.fixed && (flags & SHM_REMAP) == 0;
  r.shared = true;
  r.anonymous = true;
  const std::string name = "/SYSV" + std::to_string(ds.shm_perm.__key);
  r.name = name;
  const auto at = task.memory().map(r);
  if (!at) return HostErrno{at.error().value == EEXIST ? EINVAL : at.error().value};
  std::byte* host = task.memory().host_range(*at, r.length);
  constexpr int kKept = SHM_RDONLY;
  if (::shmat(id, host, SHM_REMAP | (flags & kKept)) == reinterpret_cast<void*>(-1)) {
    const int error = errno;
    (void)task.memory().unmap(*at, r.length);
    return HostErrno{error};
  }
  personality_of(task).shared_segments[at->value] = r.length;
  return SysResult::value(at->value);
}

SysResult sys_shmdt(Task& task, GuestAddr address) {
  auto& segments = personality_of(task).shared_segments;
  const auto it = segments.find(address.value);
  if (it == segments.end()) return HostErrno{EINVAL};
  const std::uint64_t length = it->second;
  segments.erase(it);
  return SysResult::from(task.memory().unmap(address, length));
}

SysResult sys_shmctl(Task& task, std::int32_t id, std::int32_t command, GuestAddr at) {
  command &= ~kIpc64;
  shmid_ds ds{};
  switch (command) {
    case IPC_STAT:
    case SHM_STAT: {
      const int r = ::shmctl(id, command, &ds);
      if (r < 0) return HostErrno{errno};
      S s;
      s.perm = perm_of(ds.shm_perm);
      s.count1 = ds.shm_segsz;
      s.time1 = static_cast<std::uint64_t>(ds.shm_atime);
      s.time2 = static_cast<std::uint64_t>(ds.shm_dtime);
      s.time3 = static_cast<std::uint64_t>(ds.shm_ctime);
      s.pid1 = ds.shm_cpid;
      s.pid2 = ds.shm_lpid;
      s.count2 = ds.shm_nattch;
      if (auto stored = store_stat(task, at, shm_layout(task), s); !stored) {
        return stored.error();
      }
      return SysResult::value(static_cast<std::uint64_t>(r));
    }
    case IPC_SET: {
      const auto s = load_stat(task, at, shm_layout(task));
      if (!s) return s.error();
      set_owner(ds.shm_perm, s->perm);
      return SysResult::from_libc(::shmctl(id, command, &ds));
    }
    case IPC_RMID:
    case SHM_LOCK:
    case SHM_UNLOCK:
      return SysResult::from_libc(::shmctl(id, command, nullptr));
    default:
      return HostErrno{EINVAL};
  }
}

// --- ipc ----------------------------------------------------------------------------------------

/// The calls of the ports that have one number for all (Linux ipc/syscall.c). Version 1 of msgrcv
/// passes its type in a register; older programs pass a pointer and a type behind `pointer`.
SysResult sys_ipc(Task& task, std::uint32_t call, std::int32_t first, Long second, Long third,
                  GuestAddr pointer, Long fifth) {
  enum Call : std::uint32_t {
    kSemop = 1,
    kSemget = 2,
    kSemctl = 3,
    kSemtimedop = 4,
    kMsgsnd = 11,
    kMsgrcv = 12,
    kMsgget = 13,
    kMsgctl = 14,
    kShmat = 21,
    kShmdt = 22,
    kShmget = 23,
    kShmctl = 24,
  };
  const auto word = [](Long v) { return static_cast<std::int32_t>(v.value); };
  const auto count = static_cast<std::uint32_t>(second.value);
  const ULong size(task.model().is64() ? static_cast<std::uint64_t>(second.value) : count);
  switch (call & 0xffff) {
    case kSemop:
      return sys_semop(task, first, pointer, count);
    case kSemtimedop:
      return do_semop(task, first, pointer, count,
                      In<OldTimespec>(task, GuestAddr(static_cast<std::uint32_t>(fifth.value))));
    case kSemget:
      return SysResult::from_libc(::semget(first, word(second), word(third)));
    case kSemctl: {
      const auto argument = task.load<ULong>(pointer);
      if (!argument) return argument.error();
      return sys_semctl(task, first, word(second), word(third), *argument);
    }
    case kMsgsnd:
      return sys_msgsnd(task, first, pointer, size, word(third));
    case kMsgrcv: {
      if (call >> 16 != 0) return sys_msgrcv(task, first, pointer, size, fifth, word(third));
      const auto message = task.load<GuestAddr>(pointer);
      if (!message) return message.error();
      const auto type = task.load<Long>(pointer + task.model().long_bytes);
      if (!type) return type.error();
      return sys_msgrcv(task, first, *message, size, *type, word(third));
    }
    case kMsgget:
      return SysResult::from_libc(::msgget(first, word(second)));
    case kMsgctl:
      return sys_msgctl(task, first, word(second), pointer);
    case kShmat: {
      if (call >> 16 == 1) return HostErrno{EINVAL};
      const SysResult r = sys_shmat(task, first, pointer, word(second));
      if (!r.is_value()) return r;
      const GuestAddr result(task.model().is64() ? static_cast<std::uint64_t>(third.value)
                                                 : static_cast<std::uint32_t>(third.value));
      return SysResult::from(task.store(result, ULong(r.first())));
    }
    case kShmdt:
      return sys_shmdt(task, pointer);
    case kShmget:
      return SysResult::from_libc(::shmget(first, size, word(third)));
    case kShmctl:
      return sys_shmctl(task, first, word(second), pointer);
    default:
      return HostErrno{ENOSYS};
  }
}

// --- POSIX message queues ------------------------------------------------------------------------

struct MqAttr {
  Long flags, most_messages, most_bytes, current;
  Long reserved[4];
};

}  // namespace
}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr const char* kStructName<linux_os::MqAttr> = "mq_attr";
template <>
inline constexpr auto kFields<linux_os::MqAttr> =
    fields(field<&linux_os::MqAttr::flags>("mq_flags"),
           field<&linux_os::MqAttr::most_messages>("mq_maxmsg"),
           field<&linux_os::MqAttr::most_bytes>("mq_msgsize"),
           field<&linux_os::MqAttr::current>("mq_curmsgs"),
           field<&linux_os::MqAttr::reserved>("reserved"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

/// Linux arch/sparc/kernel/sys_sparc_64.c: arguments stand for themselves.
SysResult sys_ipc_sparc64(Task& task, std::uint32_t call, std::int32_t first, Long second,
                          Long third, GuestAddr pointer, Long fifth) {
  constexpr std::uint32_t kSemctl = 3, kSemtimedop = 4, kMsgrcv = 12;
  const auto word = [](Long v) { return static_cast<std::int32_t>(v.value); };
  switch (call) {
    case kSemctl:
      return sys_semctl(task, first, word(second), word(third), ULong(pointer.value));
    case kSemtimedop:
      return do_semop(task, first, pointer, static_cast<std::uint32_t>(second.value),
                      In<OldTimespec>(task, GuestAddr(static_cast<std::uint64_t>(fifth.value))));
    case kMsgrcv:
      return sys_msgrcv(task, first, pointer, ULong(static_cast<std::uint64_t>(second.value)),
                        fifth, word(third));
    default:
      return sys_ipc(task, call, first, second, third, pointer, fifth);
  }
}

/// A thread is told by the C library, which reads a cookie from a netlink socket: `signo` is the
/// socket and the value the cookie's address.
SysResult sys_mq_notify(Task& task, Fd queue, In<Sigevent> event) {
  if (!event) return pass_call<SYS_mq_notify, Sleep::no>(task, queue, 0L);
  const auto e = event.load();
  if (!e) return e.error();
  sigevent host{};
  host.sigev_notify = e->notify;
  host.sigev_signo = e->signo;
  host.sigev_value.sival_ptr = reinterpret_cast<void*>(e->value.value);
  if (e->notify == SIGEV_SIGNAL) {
    host.sigev_signo = task.process().personality().signal_to_host(e->signo);
    if (host.sigev_signo == 0) return HostErrno{EINVAL};
  } else if (e->notify == SIGEV_THREAD) {
    constexpr std::uint64_t kCookieSize = 32;
    const auto cookie = host_buffer(task, GuestAddr(e->value.value), kCookieSize, false);
    if (!cookie) return cookie.error();
    host.sigev_value.sival_ptr = *cookie;
  }
  return pass_call<SYS_mq_notify, Sleep::no>(task, queue, reinterpret_cast<long>(&host));
}

constexpr SyscallRow kRows[] = {
    call<&sys_ipc>("ipc"),
    call<&sys_ipc_sparc64>("sparc64:ipc"),
    pass<SYS_mq_getsetattr, Fd, In<MqAttr>, Out<MqAttr>>("mq_getsetattr"),
    call<&sys_mq_notify>("mq_notify"),
    pass<SYS_mq_open, Text, OpenFlags, Mode, In<MqAttr>>("mq_open"),
    waits<SYS_mq_timedreceive, Fd, OutBuffer, Out<U32>, In<OldTimespec>>("mq_timedreceive"),
    waits<SYS_mq_timedreceive, Fd, OutBuffer, Out<U32>, In<Timespec64>>("mq_timedreceive_time64"),
    waits<SYS_mq_timedsend, Fd, InBuffer, U32, In<OldTimespec>>("mq_timedsend"),
    waits<SYS_mq_timedsend, Fd, InBuffer, U32, In<Timespec64>>("mq_timedsend_time64"),
    pass<SYS_mq_unlink, Text>("mq_unlink"),
    call<&sys_msgctl>("msgctl"),
    pass<SYS_msgget, I32, I32>("msgget"),
    call<&sys_msgrcv>("msgrcv"),
    call<&sys_msgsnd>("msgsnd"),
    call<&sys_semctl>("semctl"),
    pass<SYS_semget, I32, I32, I32>("semget"),
    call<&sys_semop>("semop"),
    call<&sys_semtimedop<OldTimespec>>("semtimedop"),
    call<&sys_semtimedop<Timespec64>>("semtimedop_time64"),
    call<&sys_shmat>("shmat"),
    call<&sys_shmctl>("shmctl"),
    call<&sys_shmdt>("shmdt"),
    pass<SYS_shmget, I32, ULong, I32>("shmget"),
};

}  // namespace

Rows ipc_rows() { return kRows; }

}  // namespace emulate::linux_os
