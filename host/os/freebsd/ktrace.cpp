#include "host/os/freebsd/ktrace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/host_processes.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"
#include "host/os/guest_buffers.h"
#include "host/os/path.h"
#include "host/os/path_guard.h"
#include "host/trace/own_file.h"

namespace emulate::freebsd {
namespace {

using detail::ktrace_points;

/// The trace file of the process, emulate's own descriptor.
std::atomic<int> trace_file = -1;

using Bytes = std::vector<std::byte>;

/// kern.ktrace.genio_size: of what is longer, so much is recorded.
constexpr std::size_t kMostBytes = 4096;

template <class T>
void append(Bytes& out, const DataModel& model, const T& value) {
  const std::size_t at = out.size();
  out.resize(at + guest_size<T>(model));
  (void)encode(model, value, std::span(out).subspan(at));
}

void stop() {
  ktrace_points = 0;
  set_path_watch(nullptr);
  const int fd = trace_file.exchange(-1);
  if (fd >= 0) close(fd);
}

/// With one write, so that records of several threads do not mix.
bool write_whole(Bytes& record) {
  const iovec whole{record.data(), record.size()};
  return write_own_file(trace_file, {&whole, 1}) == static_cast<ssize_t>(record.size());
}

/// What cannot be written ends the tracing (sys/kern/kern_ktrace.c ktr_writerequest()).
void write_record(Task& task, KtrType type, const Bytes& data) {
  KtrHeader h;
  h.length = static_cast<std::int32_t>(data.size());
  h.type = type;
  h.pid = getpid();
  const std::string& path = task.process().image().guest_path;
  const std::string name = path.substr(path.rfind('/') + 1);
  std::strncpy(h.comm, name.c_str(), sizeof h.comm - 1);
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  h.time = {Time(now.tv_sec), Long(now.tv_nsec / 1000)};
  h.tid = task.tid();
  Bytes record;
  append(record, task.model(), h);
  record.insert(record.end(), data.begin(), data.end());
  if (!write_whole(record)) stop();
}

/// With its end, as the kernel writes it.
void append_name(Bytes& out, std::string_view name) {
  const auto bytes = std::as_bytes(std::span(name));
  out.insert(out.end(), bytes.begin(), bytes.end());
  out.push_back({});
}

void trace_path(Task& task, const std::string& path) {
  if (!ktraced(KtrType::namei)) return;
  const auto bytes = std::as_bytes(std::span(path));
  write_record(task, KtrType::namei, Bytes(bytes.begin(), bytes.end()));
}

void trace_start(Task& task) {
  if (!ktraced()) return;
  Bytes data;
  const std::uint32_t width = task.model().is64() ? kSvLp64 : kSvIlp32;
  append(data, task.model(), kSvAbiFreebsd | width);
  write_record(task, KtrType::proc_ctor, data);
}

Expected<int> open_trace_file(Task& task, const PathArg& path) {
  const auto p = load_path(task, path, PathResolver::Follow::no);
  if (!p) return tl::unexpected(p.error());
  const int fd = open(p->c_str(), O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return host_error(errno == ELOOP ? EMLINK : errno);
  struct stat st {};
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) return FdTable::make_private(fd);
  close(fd);
  return host_error(EACCES);
}

bool same_file(int a, int b) {
  struct stat x {};
  struct stat y {};
  return a >= 0 && fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
         x.st_ino == y.st_ino;
}

/// Of the processes that could be traced, only the calling one can be reached.
Expected<void> check_target(std::int32_t pid) {
  if (pid == getpid() || pid == -getpgrp()) return {};
  if (pid < 0) return host_error(kill(pid, 0) != 0 ? ESRCH : EPERM);
  return host_error(host_process(pid) ? EPERM : ESRCH);
}

SysResult sys_ktrace(Task& task, PathArg path, Flags ops, Flags facs, std::int32_t pid) {
  const std::uint32_t op = bits(ops) & kKtrOpMask;
  const std::uint32_t points = bits(facs) & ~kKtrFacRoot;
  if (op != kKtrOpClearFile && points == 0) return HostErrno{EINVAL};
  if (op == kKtrOpClear) {
    if (auto r = check_target(pid); !r) return r.error();
    ktrace_points &= ~points;
    if ((ktrace_points & ~kKtrFacInherit) == 0) stop();
    return SysResult::ok();
  }
  const auto file = open_trace_file(task, path);
  if (!file) return file.error();
  if (op == kKtrOpClearFile) {
    if (same_file(trace_file, *file)) stop();
    close(*file);
    return SysResult::ok();
  }
  const auto allowed = op == kKtrOpSet ? check_target(pid) : Expected<void>(host_error(EINVAL));
  if (!allowed) {
    close(*file);
    return allowed.error();
  }
  const int old = trace_file.exchange(*file);
  if (old >= 0) close(old);
  ktrace_points |= points;
  set_path_watch(&trace_path);
  trace_start(task);
  return SysResult::ok();
}

SysResult sys_utrace(Task& task, GuestAddr data, ULong size) {
  if (!ktraced(KtrType::user)) return SysResult::ok();
  if (size > kKtrUserMax) return HostErrno{EINVAL};
  Bytes bytes(size);
  if (auto r = task.copyin(bytes.data(), data, size); !r) return r.error();
  write_record(task, KtrType::user, bytes);
  return SysResult::ok();
}

constexpr SyscallRow kRows[] = {
    partial<&sys_ktrace>(45, "ktrace",
                         "the calling process and what it starts; no records of context switches "
                         "and page faults"),
    row<&sys_utrace>(335, "utrace"),
};

}  // namespace

void ktrace_call(Task& task, const SyscallRequest& request) {
  if (!ktraced(KtrType::syscall)) return;
  constexpr unsigned kMostArguments = 8;
  const unsigned count = std::min<unsigned>(request.slot_count, kMostArguments);
  Bytes data;
  append(data, task.model(),
         KtrSyscall{static_cast<std::int16_t>(request.number), static_cast<std::int16_t>(count)});
  // The arguments are registers, and aligned as such.
  data.resize((data.size() + task.model().long_bytes - 1) / task.model().long_bytes *
              task.model().long_bytes);
  for (unsigned i = 0; i < count; ++i) {
    const std::size_t at = data.size();
    data.resize(at + task.model().long_bytes);
    store_scalar(task.model(), data.data() + at, request.slots[i], task.model().long_bytes);
  }
  write_record(task, KtrType::syscall, data);
}

void ktrace_return(Task& task, const SyscallRequest& request, const SysResult& result) {
  if (!ktraced(KtrType::sysret)) return;
  constexpr std::int32_t kRestart = -1, kJustReturn = -2;
  KtrSysret r;
  r.code = static_cast<std::int16_t>(request.number);
  r.value = result.first();
  switch (result.kind()) {
    case SysResult::Kind::value:
      break;
    case SysResult::Kind::host_error:
      r.error = errno_from_host(result.error());
      break;
    case SysResult::Kind::guest_error:
      r.error = result.error();
      break;
    case SysResult::Kind::restart:
      r.error = kRestart;
      break;
    case SysResult::Kind::just_return:
      r.error = kJustReturn;
      break;
  }
  Bytes data;
  append(data, task.model(), r);
  write_record(task, KtrType::sysret, data);
}

void ktrace_io(Task& task, int fd, bool writes, std::span<const iovec> buffers, long count) {
  if (!ktraced(KtrType::genio) || count < 0) return;
  // As in ktrgenio(), no record of what cannot be read: a device may have taken it unseen.
  const auto moved = gather(task, buffers, std::min(static_cast<std::size_t>(count), kMostBytes));
  if (!moved) return;
  Bytes data;
  append(data, task.model(), KtrGenio{fd, writes ? 1 : 0});
  data.insert(data.end(), moved->begin(), moved->end());
  write_record(task, KtrType::genio, data);
}

void ktrace_struct(Task& task, std::string_view name, std::span<const std::byte> bytes) {
  if (!ktraced(KtrType::structure)) return;
  Bytes data;
  append_name(data, name);
  data.insert(data.end(), bytes.begin(), bytes.end());
  write_record(task, KtrType::structure, data);
}

void ktrace_struct_array(Task& task, std::string_view name, GuestAddr array, std::int64_t count,
                         std::size_t size) {
  if (!ktraced(KtrType::struct_array)) return;
  // A negative number, which the kernel would multiply, stands for none.
  const auto most = static_cast<std::int64_t>(kMostBytes / size);
  const auto shown = static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, most));
  Bytes data;
  append(data, task.model(), KtrStructArray{ULong(size)});
  append_name(data, name);
  const std::size_t at = data.size();
  data.resize(at + (array ? shown * size : 0));
  if (!task.copyin(data.data() + at, array, data.size() - at)) return;
  write_record(task, KtrType::struct_array, data);
}

void ktrace_sysctl(Task& task, std::span<const std::byte> name) {
  if (ktraced(KtrType::sysctl)) write_record(task, KtrType::sysctl, {name.begin(), name.end()});
}

void ktrace_capability(Task& task, CapFail type, const CapRights& needed, const CapRights& held) {
  if (!ktraced(KtrType::cap_fail)) return;
  Bytes data;
  append(data, task.model(), KtrCapFail{type, needed, held});
  write_record(task, KtrType::cap_fail, data);
}

void ktrace_signal(Task& task, const GuestSignal& signal, GuestAddr handler,
                   const SignalSet& mask) {
  if (!ktraced(KtrType::psig)) return;
  Bytes data;
  append(data, task.model(), KtrPsig{signal.signo, handler, signal.code, Sigset(mask)});
  write_record(task, KtrType::psig, data);
}

void ktrace_after_fork(Task& task) {
  if (!ktraced()) return;
  if ((ktrace_points & kKtrFacInherit) != 0) {
    trace_start(task);
  } else {
    stop();
  }
}

void ktrace_after_exec(Task& task) { trace_start(task); }

void ktrace_end(Task& task) {
  if (ktraced(KtrType::proc_dtor)) write_record(task, KtrType::proc_dtor, {});
}

Rows trace_rows() { return kRows; }

}  // namespace emulate::freebsd
