#include "host/os/linux/aio.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "host/os/linux/abi/time.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/signal_tables.h"
#include "host/os/linux/time.h"
#include "host/os/linux/vectors.h"

/// Linux fs/aio.c.

namespace emulate::linux_os {

void AioContexts::add(std::uint64_t name, aio_context_t host) {
  const std::lock_guard lock(mutex_);
  contexts_[name] = host;
}

bool AioContexts::find(std::uint64_t name, aio_context_t& host) const {
  const std::lock_guard lock(mutex_);
  const auto it = contexts_.find(name);
  if (it == contexts_.end()) return false;
  host = it->second;
  return true;
}

bool AioContexts::remove(std::uint64_t name) {
  const std::lock_guard lock(mutex_);
  return contexts_.erase(name) != 0;
}

void AioContexts::remove_all() {
  const std::lock_guard lock(mutex_);
  // Waits for the requests that are on their way.
  for (const auto& [name, host] : contexts_) ::syscall(SYS_io_destroy, host);
  contexts_.clear();
  requests_.clear();
}

void AioContexts::forget() {
  const std::lock_guard lock(mutex_);
  contexts_.clear();
  requests_.clear();
}

iocb* AioContexts::start(std::unique_ptr<AioRequest> request) {
  const std::lock_guard lock(mutex_);
  iocb* host = &request->host;
  requests_[reinterpret_cast<std::uint64_t>(host)] = std::move(request);
  return host;
}

std::unique_ptr<AioRequest> AioContexts::finish(std::uint64_t host_iocb) {
  const std::lock_guard lock(mutex_);
  const auto node = requests_.extract(host_iocb);
  return node.empty() ? nullptr : std::move(node.mapped());
}

std::uint64_t AioContexts::find_request(std::uint64_t object) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [host, request] : requests_) {
    if (request->object == object) return host;
  }
  return 0;
}

namespace {

/// struct iocb. Key and flags change places with the byte order: together they are 64 bits.
struct Iocb {
  std::uint64_t data = 0, key_and_flags = 0;
  std::uint16_t opcode = 0;
  std::int16_t priority = 0;
  std::uint32_t fd = 0;
  std::uint64_t buffer = 0, bytes = 0;
  std::int64_t offset = 0;
  std::uint64_t reserved = 0;
  std::uint32_t flags = 0, result_fd = 0;
};
/// struct io_event.
struct IoEvent {
  std::uint64_t data = 0, object = 0;
  std::int64_t result = 0, result2 = 0;
};
/// struct __aio_sigset.
struct AioSigset {
  GuestAddr mask;
  ULong size;
};

}  // namespace
}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr auto kFields<linux_os::Iocb> = fields(
    field<&linux_os::Iocb::data>("aio_data"), field<&linux_os::Iocb::key_and_flags>("aio_key"),
    field<&linux_os::Iocb::opcode>("aio_lio_opcode"),
    field<&linux_os::Iocb::priority>("aio_reqprio"), field<&linux_os::Iocb::fd>("aio_fildes"),
    field<&linux_os::Iocb::buffer>("aio_buf"), field<&linux_os::Iocb::bytes>("aio_nbytes"),
    field<&linux_os::Iocb::offset>("aio_offset"), field<&linux_os::Iocb::reserved>("aio_reserved2"),
    field<&linux_os::Iocb::flags>("aio_flags"), field<&linux_os::Iocb::result_fd>("aio_resfd"));
template <>
inline constexpr auto kFields<linux_os::IoEvent> =
    fields(field<&linux_os::IoEvent::data>("data"), field<&linux_os::IoEvent::object>("obj"),
           field<&linux_os::IoEvent::result>("res"), field<&linux_os::IoEvent::result2>("res2"));
template <>
inline constexpr auto kFields<linux_os::AioSigset> = fields(
    field<&linux_os::AioSigset::mask>("sigmask"), field<&linux_os::AioSigset::size>("sigsetsize"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

AioContexts& contexts_of(const Task& task) { return personality_of(task).aio; }

/// The name is the address of an empty page: where the kernel has its ring of events, the C library
/// looks for one.
SysResult sys_io_setup(Task& task, std::uint32_t events, InOut<ULong> name) {
  const auto before = name.load();
  if (!before) return before.error();
  if (before->value != 0 || events == 0) return HostErrno{EINVAL};
  aio_context_t host = 0;
  const long r = raw_syscall(SYS_io_setup, events, reinterpret_cast<long>(&host));
  if (r < 0) return SysResult::from_raw(r);
  MapRequest page;
  page.length = task.memory().limits().page_size;
  page.prot = kProtRead;
  page.anonymous = true;
  page.name = "/[aio]";
  const auto at = task.memory().map(page);
  auto ok = at ? name.store(ULong(at->value)) : Expected<void>(tl::unexpected(at.error()));
  if (!ok) {
    raw_syscall(SYS_io_destroy, static_cast<long>(host));
    if (at) (void)task.memory().unmap(*at, page.length);
    return ok.error();
  }
  contexts_of(task).add(at->value, host);
  return SysResult::ok();
}

SysResult sys_io_destroy(Task& task, ULong name) {
  aio_context_t host = 0;
  if (!contexts_of(task).find(name, host) || !contexts_of(task).remove(name)) {
    return HostErrno{EINVAL};
  }
  (void)task.memory().unmap(GuestAddr(name), task.memory().limits().page_size);
  return SysResult::from_raw(raw_syscall(SYS_io_destroy, static_cast<long>(host)));
}

/// The host's form of a request. `vectors` live until it was submitted: the kernel copies them.
Expected<std::unique_ptr<AioRequest>> load_request(Task& task, GuestAddr at, HostIovecs& vectors) {
  const auto guest = task.load<Iocb>(at);
  if (!guest) return tl::unexpected(guest.error());
  const auto fd = guest_fd(task, Fd(static_cast<std::int32_t>(guest->fd)));
  if (!fd) return tl::unexpected(fd.error());
  auto request = std::make_unique<AioRequest>();
  request->data = guest->data;
  request->object = at.value;
  iocb& host = request->host;
  host.aio_rw_flags = static_cast<int>(
      task.model().order == ByteOrder::little ? guest->key_and_flags >> 32 : guest->key_and_flags);
  host.aio_lio_opcode = guest->opcode;
  host.aio_reqprio = guest->priority;
  host.aio_fildes = static_cast<std::uint32_t>(*fd);
  host.aio_buf = guest->buffer;
  host.aio_nbytes = guest->bytes;
  host.aio_offset = guest->offset;
  host.aio_reserved2 = guest->reserved;
  host.aio_flags = guest->flags;
  host.aio_resfd = guest->result_fd;
  const GuestAddr buffer(guest->buffer);
  switch (guest->opcode) {
    case IOCB_CMD_PREAD:
    case IOCB_CMD_PWRITE: {
      const auto p = host_buffer(task, buffer, guest->bytes, guest->opcode == IOCB_CMD_PREAD);
      if (!p) return tl::unexpected(p.error());
      host.aio_buf = reinterpret_cast<std::uint64_t>(*p);
      break;
    }
    case IOCB_CMD_PREADV:
    case IOCB_CMD_PWRITEV: {
      auto loaded = load_iovecs(task, buffer, guest->bytes, guest->opcode == IOCB_CMD_PREADV);
      if (!loaded) return tl::unexpected(loaded.error());
      vectors = std::move(*loaded);
      host.aio_buf = reinterpret_cast<std::uint64_t>(vectors.data());
      break;
    }
    default:  // others have no buffer
      break;
  }
  return request;
}

/// One by one: an error counts only for the first.
SysResult sys_io_submit(Task& task, ULong name, Long count, InArray<GuestAddr> requests) {
  aio_context_t context = 0;
  if (count.value < 0 || !contexts_of(task).find(name, context)) return HostErrno{EINVAL};
  std::uint64_t done = 0;
  for (; done < static_cast<std::uint64_t>(count.value); ++done) {
    const auto failed = [&](SysResult error) { return done != 0 ? SysResult::value(done) : error; };
    const auto at = requests.load(done);
    if (!at) return failed(at.error());
    HostIovecs vectors;
    auto request = load_request(task, *at, vectors);
    if (!request) return failed(request.error());
    iocb* host = contexts_of(task).start(std::move(*request));
    const long r =
        raw_syscall(SYS_io_submit, static_cast<long>(context), 1, reinterpret_cast<long>(&host));
    if (r != 1) {
      contexts_of(task).finish(reinterpret_cast<std::uint64_t>(host));
      return failed(SysResult::from_raw(r));
    }
  }
  return SysResult::value(done);
}

/// What a host event is to the guest.
IoEvent to_guest(Task& task, const io_event& host) {
  IoEvent e;
  e.result = host.res;
  e.result2 = host.res2;
  if (const auto request = contexts_of(task).finish(host.obj)) {
    e.data = request->data;
    e.object = request->object;
  }
  return e;
}

SysResult sys_io_cancel(Task& task, ULong name, GuestAddr object, Out<IoEvent> result) {
  aio_context_t context = 0;
  if (!contexts_of(task).find(name, context)) return HostErrno{EINVAL};
  const std::uint64_t host = contexts_of(task).find_request(object.value);
  if (host == 0) return HostErrno{EINVAL};
  io_event event{};
  const long r = raw_syscall(SYS_io_cancel, static_cast<long>(context), static_cast<long>(host),
                             reinterpret_cast<long>(&event));
  if (r < 0) return SysResult::from_raw(r);
  return SysResult::from(result.store(to_guest(task, event)));
}

template <class T>
SysResult get_events(Task& task, ULong name, Long least, Long most, OutArray<IoEvent> events,
                     In<T> timeout) {
  aio_context_t context = 0;
  if (!contexts_of(task).find(name, context)) return HostErrno{EINVAL};
  if (least.value < 0 || most.value < least.value) return HostErrno{EINVAL};
  timespec limit{};
  if (timeout) {
    const auto t = load_timespec(task, timeout);
    if (!t) return t.error();
    limit = *t;
  }
  constexpr std::int64_t kMostEvents = 4096;
  std::vector<io_event> host(static_cast<std::size_t>(std::min(most.value, kMostEvents)));
  const long r = blocking_syscall(
      SYS_io_getevents, static_cast<long>(context), std::min(least.value, kMostEvents),
      static_cast<long>(host.size()), reinterpret_cast<long>(host.data()),
      timeout ? reinterpret_cast<long>(&limit) : 0);
  if (r < 0) return SysResult::from_raw(r);
  for (std::size_t i = 0; i < static_cast<std::size_t>(r); ++i) {
    if (auto s = events.store(i, to_guest(task, host[i])); !s) return s.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(r));
}

SysResult sys_io_getevents(Task& task, ULong name, Long least, Long most, OutArray<IoEvent> events,
                           In<OldTimespec> timeout) {
  return get_events(task, name, least, most, events, timeout);
}

template <class T>
SysResult sys_io_pgetevents(Task& task, ULong name, Long least, Long most, OutArray<IoEvent> events,
                            In<T> timeout, In<AioSigset> signals) {
  if (signals) {
    const auto s = signals.load();
    if (!s) return s.error();
    if (s->mask) {
      const auto mask = load_sigset(task, s->mask, s->size);
      if (!mask) return mask.error();
      task.set_temporary_mask(*mask);
    }
  }
  return get_events(task, name, least, most, events, timeout);
}

constexpr SyscallRow kRows[] = {
    call<&sys_io_cancel>("io_cancel"),
    call<&sys_io_destroy>("io_destroy"),
    call<&sys_io_getevents>("io_getevents"),
    call<&sys_io_pgetevents<OldTimespec>>("io_pgetevents"),
    call<&sys_io_pgetevents<Timespec64>>("io_pgetevents_time64"),
    call<&sys_io_setup>("io_setup"),
    call<&sys_io_submit>("io_submit"),
};

}  // namespace

Rows aio_rows() { return kRows; }

}  // namespace emulate::linux_os
