// The system calls of asynchronous I/O (FreeBSD sys/kern/vfs_aio.c).

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/event.h"
#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/aio/aio.h"
#include "host/os/freebsd/aio/service.h"
#include "host/os/freebsd/kqueue/kqueue.h"
#include "host/os/freebsd/pipe.h"
#include "host/os/freebsd/sigevent.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"
#include "host/os/freebsd/uio.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

// --- the private members of a guest's aiocb ------------------------------------------------------

Expected<void> store_private(Task& task, GuestAddr cb, std::size_t index, std::int64_t value) {
  const auto offset = guest_offset(kLayout<AiocbRequest>, task.model(), index);
  std::byte bytes[8];
  const std::size_t size = task.model().long_bytes;
  store_scalar(task.model(), bytes, static_cast<std::uint64_t>(value), size);
  return task.copyout(cb + offset, bytes, size);
}

void store_result(Task& task, GuestAddr cb, std::int64_t status, int error) {
  (void)store_private(task, cb, kAiocbErrorField, error);
  (void)store_private(task, cb, kAiocbStatusField, status);
}

int guest_errno(Task& task, HostErrno e) {
  return task.process().personality().guest_errno(e.value);
}

Expected<Aiocb> load_request(Task& task, GuestAddr cb, bool old) {
  if (!old) return task.load<Aiocb>(cb);
  const auto o = task.load<OldAiocb>(cb);
  if (!o) return tl::unexpected(o.error());
  return Aiocb{o->request(), {o->event.notify, o->event.signo, o->event.value, 0}};
}

// --- submitting ----------------------------------------------------------------------------------

bool is_write(AioOpcode op) { return op == AioOpcode::write || op == AioOpcode::writev; }
bool is_read(AioOpcode op) { return op == AioOpcode::read || op == AioOpcode::readv; }

/// The file, as fget_read() and fget_write() find it.
Expected<void> open_file(Task& task, AioJob& job) {
  const auto fd = guest_fd(task, Fd(job.request.fildes));
  if (!fd) return tl::unexpected(fd.error());
  const int status = fcntl(*fd, F_GETFL);
  if (status < 0) return host_error(errno);
  const int access = status & O_ACCMODE;
  const auto end = pipe_end(task, *fd);
  const bool way_back = end != nullptr && is_write(job.opcode) == end->reading;
  const bool denied =
      !way_back && ((is_read(job.opcode) && access == O_WRONLY) ||
                    (is_write(job.opcode) && access == O_RDONLY) || (status & O_PATH) != 0);
  if (denied) return host_error(EBADF);
  struct stat st {};
  if (fstat(*fd, &st) != 0) return host_error(errno);
  const bool vnode = S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode);
  if (job.opcode == AioOpcode::sync && !vnode && !S_ISCHR(st.st_mode)) return host_error(EINVAL);
  const bool transfers = is_read(job.opcode) || is_write(job.opcode);
  if (transfers && job.request.offset < 0 && !S_ISCHR(st.st_mode)) return host_error(EINVAL);
  if (job.opcode == AioOpcode::nop) return {};
  job.seekable = vnode;
  job.fd = FdTable::make_private(dup(way_back ? end->back : *fd));
  if (job.fd < 0) return host_error(EAGAIN);
  if (vnode || !transfers) return {};
  job.wake = FdTable::make_private(eventfd(0, EFD_CLOEXEC));
  if (job.wake < 0) return host_error(EAGAIN);
  return {};
}

Expected<void> find_buffers(Task& task, AioJob& job) {
  const Access access = is_read(job.opcode) ? Access::write : Access::read;
  if (job.opcode == AioOpcode::readv || job.opcode == AioOpcode::writev) {
    const auto v = load_iovecs(task, job.request.buf,
                               static_cast<std::uint32_t>(job.request.nbytes.value), access);
    if (!v) return tl::unexpected(v.error());
    job.buffers.assign(v->begin(), v->end());
    return {};
  }
  if (!is_read(job.opcode) && !is_write(job.opcode)) return {};
  const auto p = host_buffer(task, job.request.buf, job.request.nbytes, access);
  // Out of reach: an error once there is something to copy, which the host finds too.
  job.buffers.push_back(p ? iovec{*p, job.request.nbytes} : iovec{nullptr, 1});
  return {};
}

/// The knote of a request that wants a kevent.
Expected<std::shared_ptr<Kqueue>> find_kqueue(Task& task, const Sigevent& e) {
  const auto fd = guest_fd(task, Fd(e.signo));
  if (!fd) return tl::unexpected(fd.error());
  auto kq = task.process().fds().get<Kqueue>(*fd);
  if (kq == nullptr) return host_error(EBADF);
  return kq;
}

Expected<void> add_kevent(Task& task, Kqueue& kq, GuestAddr ident, int filter, std::uint16_t flags,
                          std::int64_t data, std::uint64_t udata) {
  Kevent change{};
  change.ident = ULong(ident.value);
  change.filter = static_cast<std::int16_t>(filter);
  change.flags = static_cast<std::uint16_t>(kEV_ADD | kEV_ENABLE | kEV_FLAG1 | flags);
  change.data = data;
  change.udata = GuestAddr(udata);
  return kq.change(task, change);
}

Expected<void> queue_request(Task& task, AioService& service, GuestAddr cb, const Aiocb& request,
                             AioOpcode opcode, const std::shared_ptr<AioList>& list) {
  const Sigevent& e = request.event;
  if (request.request.nbytes > iosize_max(task.model())) return host_error(EINVAL);
  if (e.notify != kSIGEV_KEVENT && e.notify != kSIGEV_NONE && !asks_for_signal(e)) {
    return host_error(EINVAL);
  }
  if (asks_for_signal(e) && !signal_valid(e.signo)) return host_error(EINVAL);
  auto job = std::make_shared<AioJob>();
  job->cb = cb;
  job->request = request.request;
  job->event = e;
  job->list = list;
  job->opcode = opcode != AioOpcode::nop ? opcode : static_cast<AioOpcode>(request.request.opcode);
  if (job->opcode < AioOpcode::nop || job->opcode > AioOpcode::readv) return host_error(EINVAL);
  if (job->opcode != AioOpcode::mlock) {
    if (auto r = open_file(task, *job); !r) return r;
  }
  job->id = service.new_id();
  const auto id = static_cast<std::int64_t>(job->id);
  if (!store_private(task, cb, kAiocbKernelinfoField, id)) return host_error(EINVAL);
  if (job->opcode == AioOpcode::nop) return {};
  if (auto r = find_buffers(task, *job); !r) return r;
  std::uint16_t flags = 0;
  if (e.notify == kSIGEV_KEVENT) {
    flags = kevent_flags(task.model(), e);
    if ((flags & ~(kEV_CLEAR | kEV_DISPATCH | kEV_ONESHOT)) != 0) return host_error(EINVAL);
    auto kq = find_kqueue(task, e);
    if (!kq) return tl::unexpected(kq.error());
    job->kqueue = *kq;
  }
  (void)store_private(task, cb, kAiocbErrorField, guest_errno(task, HostErrno{EINPROGRESS}));
  if (auto r = service.submit(job); !r) return r;
  // The request is in the books, where the filter finds it; it may have finished meanwhile.
  if (job->kqueue == nullptr) return {};
  return add_kevent(task, *job->kqueue, cb, kEVFILT_AIO, flags, id, e.value);
}

/// aio_aqueue().
Expected<void> aio_aqueue(Task& task, GuestAddr cb, AioOpcode opcode, bool old,
                          const std::shared_ptr<AioList>& list) {
  store_result(task, cb, -1, 0);
  (void)store_private(task, cb, kAiocbKernelinfoField, -1);
  const auto request = load_request(task, cb, old);
  auto r = request ? queue_request(task, AioService::find_or_create(task.process()), cb, *request,
                                   opcode, list)
                   : Expected<void>(tl::unexpected(request.error()));
  if (!r) (void)store_private(task, cb, kAiocbErrorField, guest_errno(task, r.error()));
  return r;
}

template <AioOpcode Opcode, bool Old>
SysResult submit(Task& task, GuestAddr cb) {
  return SysResult::from(aio_aqueue(task, cb, Opcode, Old, nullptr));
}

SysResult sys_aio_fsync(Task& task, std::int32_t op, GuestAddr cb) {
  constexpr std::int32_t kDsync = 0x0100'0000;  // FreeBSD 13
  if (op != kAioOSync && op != kDsync) return HostErrno{EINVAL};
  return SysResult::from(aio_aqueue(task, cb, AioOpcode::sync, false, nullptr));
}

// --- waiting -------------------------------------------------------------------------------------

/// Waits until `done` says so. `limit` is relative. EAGAIN when the time is over, EINTR.
Expected<void> wait_until(AioService& service, const std::optional<Timespec>& limit,
                          const std::function<bool()>& done) {
  timespec end{};
  if (limit) {
    const std::int64_t seconds = std::min<std::int64_t>(limit->tv_sec, kLongestWaitSeconds);
    end = from_nanoseconds(now_ns(CLOCK_MONOTONIC) + seconds * kNanosecondsPerSecond +
                           limit->tv_nsec);
  }
  for (;;) {
    const std::uint32_t seen = service.completions().load();
    if (done()) return {};
    const long r = blocking_syscall(SYS_futex, reinterpret_cast<long>(&service.completions()),
                                    FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, seen,
                                    limit ? reinterpret_cast<long>(&end) : 0, 0,
                                    static_cast<long>(FUTEX_BITSET_MATCH_ANY));
    if (r == -ETIMEDOUT) {
      if (done()) return {};
      return host_error(EAGAIN);
    }
    if (r < 0 && r != -EAGAIN) return host_error(static_cast<int>(-r));
  }
}

Expected<std::optional<Timespec>> load_limit(const In<Timespec>& time) {
  if (!time) return std::nullopt;
  const auto t = time.load();
  if (!t) return tl::unexpected(t.error());
  if (!valid(*t)) return host_error(EINVAL);
  return *t;
}

SysResult sys_aio_suspend(Task& task, GuestAddr list, std::int32_t count, In<Timespec> timeout) {
  if (count < 0 || static_cast<std::size_t>(count) > kAioQueueMax) return HostErrno{EINVAL};
  const auto limit = load_limit(timeout);
  if (!limit) return limit.error();
  std::vector<GuestAddr> cbs;
  const InArray<GuestAddr> array(task, list);
  for (std::int32_t i = 0; i < count; ++i) {
    const auto cb = array.load(static_cast<std::size_t>(i));
    if (!cb) return cb.error();
    cbs.push_back(*cb);
  }
  AioService* service = AioService::find();
  if (service == nullptr) return HostErrno{EAGAIN};
  const auto done = [&] {
    bool known = false;
    for (const GuestAddr cb : cbs) {
      const auto job = service->find_job(cb);
      if (job == nullptr) continue;
      if (job->finished) return true;
      known = true;
    }
    return !known;
  };
  return SysResult::from(wait_until(*service, *limit, done));
}

// --- results -------------------------------------------------------------------------------------

SysResult result_of(const AioJob& job) {
  if (job.error != 0) return GuestErrno{job.error};
  return SysResult::value(static_cast<std::uint64_t>(job.status));
}

SysResult sys_aio_return(Task& task, GuestAddr cb) {
  AioService* service = AioService::find();
  const auto job = service != nullptr ? service->take_finished(cb) : nullptr;
  if (job == nullptr) return HostErrno{EINVAL};
  store_result(task, cb, job->status, job->error);
  return result_of(*job);
}

SysResult sys_aio_error(Task& task, GuestAddr cb) {
  const auto answer = [](std::int64_t error) {
    return SysResult::value(static_cast<std::uint64_t>(error));
  };
  const int invalid = guest_errno(task, HostErrno{EINVAL});
  AioService* service = AioService::find();
  if (service == nullptr) return answer(invalid);
  if (const auto job = service->find_job(cb)) {
    return answer(job->finished ? job->error : guest_errno(task, HostErrno{EINPROGRESS}));
  }
  // A request that could not be queued keeps its error.
  const auto request = task.load<AiocbRequest>(cb);
  return answer(request && request->status == -1 ? request->error.value : invalid);
}

SysResult sys_aio_waitcomplete(Task& task, Out<GuestAddr> cb, In<Timespec> timeout) {
  if (auto r = cb.store(GuestAddr()); !r) return r.error();
  const auto limit = load_limit(timeout);
  if (!limit) return limit.error();
  AioService& service = AioService::find_or_create(task.process());
  std::shared_ptr<AioJob> job;
  const auto r = wait_until(service, *limit, [&] {
    job = service.take_finished(std::nullopt);
    return job != nullptr;
  });
  if (!r && r.error().value == EINTR && !*limit) return Restart{};
  if (!r) return r.error();
  if (auto stored = cb.store(job->cb); !stored) return stored.error();
  store_result(task, job->cb, job->status, job->error);
  return result_of(*job);
}

SysResult sys_aio_cancel(Task& task, Fd fildes, GuestAddr cb) {
  const auto fd = guest_fd(task, fildes);
  if (!fd) return fd.error();
  if (fcntl(*fd, F_GETFD) < 0) return HostErrno{errno};
  AioService* service = AioService::find();
  const auto which = cb ? std::optional(cb) : std::nullopt;
  const int r = service != nullptr ? service->cancel(*fd, which) : kAioAlldone;
  return SysResult::value(static_cast<std::uint64_t>(r));
}

// --- lio_listio ----------------------------------------------------------------------------------

Expected<void> notify_list(Task& task, AioList& list, const Sigevent& e) {
  if (asks_for_signal(e)) {
    if (!signal_valid(e.signo)) return host_error(EINVAL);
    list.event = e;
    return {};
  }
  if (e.notify == kSIGEV_NONE) return {};
  if (e.notify != kSIGEV_KEVENT) return host_error(EINVAL);
  auto kq = find_kqueue(task, e);
  if (!kq) return tl::unexpected(kq.error());
  list.kqueue = *kq;
  return add_kevent(task, *list.kqueue, list.ident, kEVFILT_LIO, 0, 0, e.value);
}

SysResult listio(Task& task, std::int32_t mode, GuestAddr cbs, std::int32_t count,
                 const std::optional<Sigevent>& event, bool old) {
  std::vector<GuestAddr> all;
  const InArray<GuestAddr> array(task, cbs);
  for (std::int32_t i = 0; i < count; ++i) {
    const auto cb = array.load(static_cast<std::size_t>(i));
    if (!cb) return cb.error();
    all.push_back(*cb);
  }
  AioService& service = AioService::find_or_create(task.process());
  auto list = std::make_shared<AioList>();
  list->ident = cbs;
  service.add_list(list);
  if (event) {
    if (auto r = notify_list(task, *list, *event); !r) return r.error();
  }
  unsigned again = 0;
  unsigned failed = 0;
  for (const GuestAddr cb : all) {
    if (!cb) continue;
    const auto r = aio_aqueue(task, cb, AioOpcode::nop, old, list);
    if (r) continue;
    ++(r.error().value == EAGAIN ? again : failed);
  }
  SysResult waited = SysResult::ok();
  if (mode == kLioWait) {
    waited = SysResult::from(
        wait_until(service, std::nullopt, [&] { return service.list_done(*list); }));
  }
  service.close_list(list);
  if (failed != 0) return HostErrno{EIO};
  if (again != 0) return HostErrno{EAGAIN};
  return waited;
}

bool listio_valid(std::int32_t mode, std::int32_t count) {
  return (mode == kLioNowait || mode == kLioWait) && count >= 0 &&
         static_cast<std::size_t>(count) <= kAioQueueMax;
}

SysResult sys_lio_listio(Task& task, std::int32_t mode, GuestAddr cbs, std::int32_t count,
                         In<Sigevent> event) {
  if (!listio_valid(mode, count)) return HostErrno{EINVAL};
  std::optional<Sigevent> e;
  if (event && mode == kLioNowait) {
    const auto loaded = event.load();
    if (!loaded) return loaded.error();
    e = *loaded;
  }
  return listio(task, mode, cbs, count, e, false);
}

SysResult freebsd6_lio_listio(Task& task, std::int32_t mode, GuestAddr cbs, std::int32_t count,
                              In<OldSigevent> event) {
  if (!listio_valid(mode, count)) return HostErrno{EINVAL};
  std::optional<Sigevent> e;
  if (event && mode == kLioNowait) {
    const auto loaded = event.load();
    if (!loaded) return loaded.error();
    e = Sigevent{loaded->notify, loaded->signo, loaded->value, 0};
  }
  return listio(task, mode, cbs, count, e, true);
}

constexpr SyscallRow kRows[] = {
    row<&submit<AioOpcode::read, false>>(255, "aio_read"),
    row<&submit<AioOpcode::write, false>>(256, "aio_write"),
    row<&sys_lio_listio>(257, "lio_listio"),
    row<&sys_aio_return>(314, "aio_return"),
    row<&sys_aio_suspend>(315, "aio_suspend"),
    row<&sys_aio_cancel>(316, "aio_cancel"),
    row<&sys_aio_error>(317, "aio_error"),
    row<&submit<AioOpcode::read, true>>(318, "freebsd6_aio_read"),
    row<&submit<AioOpcode::write, true>>(319, "freebsd6_aio_write"),
    row<&freebsd6_lio_listio>(320, "freebsd6_lio_listio"),
    row<&sys_aio_waitcomplete>(359, "aio_waitcomplete"),
    row<&sys_aio_fsync>(465, "aio_fsync"),
    row<&submit<AioOpcode::mlock, false>>(543, "aio_mlock"),
    row<&submit<AioOpcode::writev, false>>(578, "aio_writev"),
    row<&submit<AioOpcode::readv, false>>(579, "aio_readv"),
};

}  // namespace

void aio_after_exec() {
  if (AioService* service = AioService::find()) service->run_down();
}

Rows aio_rows() { return kRows; }

}  // namespace emulate::freebsd
