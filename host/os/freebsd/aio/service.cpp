#include "host/os/freebsd/aio/service.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "host/os/freebsd/abi/event.h"
#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/kqueue/kqueue.h"
#include "host/os/freebsd/sigevent.h"
#include "host/os/freebsd/usage.h"

namespace emulate::freebsd {
namespace {

constexpr unsigned kMostWorkers = 32;  // vfs.aio.max_aio_procs

std::mutex service_mutex;
std::atomic<AioService*> service = nullptr;

void wake_all(std::atomic<std::uint32_t>& word) {
  word.fetch_add(1);
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

bool writes(const AioJob& job) {
  return job.opcode == AioOpcode::write || job.opcode == AioOpcode::writev;
}

bool transfers(const AioJob& job) {
  return writes(job) || job.opcode == AioOpcode::read || job.opcode == AioOpcode::readv;
}

/// The most that one send to a socket takes of what is to be sent whole: the host's buffer is twice
/// what the guest knows of, and there is room when three quarters are free. So what is under way is
/// never more than the guest's buffer, as in sosend(). 0: no limit, where a message is one piece.
std::size_t send_limit(int fd) {
  int type = 0;
  int room = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return 0;
  size = sizeof room;
  if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size) != 0) return 0;
  return static_cast<std::size_t>(room) / 4;
}

/// The first `limit` bytes.
std::vector<iovec> first_of(std::vector<iovec> buffers, std::size_t limit) {
  for (auto it = buffers.begin(); it != buffers.end(); ++it) {
    if (it->iov_len >= limit) {
      it->iov_len = limit;
      buffers.erase(it + 1, buffers.end());
      break;
    }
    limit -= it->iov_len;
  }
  return buffers;
}

}  // namespace

AioJob::~AioJob() {
  if (fd >= 0) close(fd);
  if (wake >= 0) close(wake);
}

// --- the service ---------------------------------------------------------------------------------

int AioService::process_id() { return getpid(); }

AioService* AioService::find() {
  AioService* s = service.load();
  return s != nullptr && s->owner_ == getpid() ? s : nullptr;
}

AioService& AioService::find_or_create(Process& process) {
  if (AioService* s = find()) return *s;
  const std::lock_guard lock(service_mutex);
  if (AioService* s = find()) return *s;
  // A parent's service is left alone: its threads do not exist here, and one may have held its
  // lock.
  service.store(new AioService(process));
  return *service.load();
}

void AioService::start_worker() {
  if (idle_ >= queue_.size() || workers_ >= kMostWorkers) return;
  if (start_service_thread(&serve, this)) ++workers_;
}

Expected<void> AioService::submit(const std::shared_ptr<AioJob>& job) {
  const std::lock_guard lock(mutex_);
  if (jobs_.size() >= kAioQueueMax) return host_error(EAGAIN);
  jobs_.push_back(job);
  if (job->list) {
    ++job->list->pending;
    ++job->list->unfetched;
  }
  if (job->opcode == AioOpcode::sync && held_back(*job)) {
    job->state = AioJob::State::held;
    return {};
  }
  queue_.push_back(job);
  start_worker();
  if (workers_ == 0) {
    queue_.pop_back();
    jobs_.pop_back();
    if (job->list) {
      --job->list->pending;
      --job->list->unfetched;
    }
    return host_error(EAGAIN);
  }
  wake_all(work_);
  return {};
}

/// A request to flush waits for all that was asked for its file before.
bool AioService::held_back(const AioJob& sync) const {
  return std::ranges::any_of(jobs_, [&](const auto& j) {
    return j->id < sync.id && !j->finished && j->request.fildes == sync.request.fildes;
  });
}

void AioService::release_syncs() {
  for (const auto& job : jobs_) {
    if (job->state != AioJob::State::held || held_back(*job)) continue;
    job->state = AioJob::State::queued;
    queue_.push_back(job);
    start_worker();
    wake_all(work_);
  }
}

// --- workers -------------------------------------------------------------------------------------

void* AioService::serve(void* self) {
  static_cast<AioService*>(self)->run();
  return nullptr;
}

void AioService::run() {
  for (;;) {
    const std::uint32_t seen = work_.load();
    std::shared_ptr<AioJob> job;
    {
      const std::lock_guard lock(mutex_);
      if (!queue_.empty()) {
        job = queue_.front();
        queue_.pop_front();
        // What may have to wait can be taken back until it has not (soo_aio_cancel()).
        const bool waits = transfers(*job) && !job->seekable;
        job->state = waits ? AioJob::State::waiting : AioJob::State::running;
      } else {
        ++idle_;
      }
    }
    if (job != nullptr) {
      const std::int64_t r = perform(*job);
      if (r != -ECANCELED || !job->finished) {
        finish(job, r < 0 ? -1 : r, r < 0 ? static_cast<int>(-r) : 0);
      }
      continue;
    }
    syscall(SYS_futex, &work_, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
    const std::lock_guard lock(mutex_);
    --idle_;
  }
}

/// The count of bytes, or -errno of the host.
std::int64_t AioService::perform(AioJob& job) {
  if (transfers(job)) return transfer(job);
  if (job.opcode == AioOpcode::sync) return fsync(job.fd) == 0 ? 0 : -errno;
  const auto r = process_.memory().lock(job.request.buf, job.request.nbytes, true);
  return r ? 0 : -r.error().value;
}

/// Waits until a pipe, a socket or a terminal lets something through. False: cancelled.
bool AioService::wait_ready(AioJob& job) {
  {
    const std::lock_guard lock(mutex_);
    if (job.finished || job.cancelled) return false;
    job.state = AioJob::State::waiting;
  }
  const short events = writes(job) ? POLLOUT : POLLIN;
  pollfd p[2] = {{job.fd, events, 0}, {job.wake, POLLIN, 0}};
  while (poll(p, 2, -1) < 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);
  if (job.finished) return false;
  job.state = AioJob::State::running;
  return true;
}

std::int64_t AioService::transfer(AioJob& job) {
  const int count = static_cast<int>(job.buffers.size());
  const iovec* v = job.buffers.data();
  if (job.seekable) {
    const ssize_t n = writes(job) ? pwritev(job.fd, v, count, job.request.offset)
                                  : preadv(job.fd, v, count, job.request.offset);
    return n < 0 ? -errno : n;
  }
  // A socket that may block takes all of it, if not at once (soaio_process_job()).
  const bool whole = writes(job) && (fcntl(job.fd, F_GETFL) & O_NONBLOCK) == 0;
  const std::size_t limit = whole ? send_limit(job.fd) : 0;
  for (;;) {
    if (!wait_ready(job)) return job.done > 0 ? job.done : -ECANCELED;
    std::vector<iovec> part = limit == 0 ? job.buffers : first_of(job.buffers, limit);
    msghdr message{};
    message.msg_iov = part.data();
    message.msg_iovlen = part.size();
    ssize_t n = writes(job) ? sendmsg(job.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL)
                            : recvmsg(job.fd, &message, MSG_DONTWAIT);
    if (n >= 0) {
      writes(job) ? count_usage<&UsageCounts::sent>() : count_usage<&UsageCounts::received>();
      if (n > 0 && whole && !take_off(job, n)) continue;
    } else if (errno == ENOTSOCK) {
      // Files that know nothing of the flag are ready: the guest has no other reader in mind.
      n = writes(job) ? pwritev2(job.fd, v, count, -1, RWF_NOWAIT)
                      : preadv2(job.fd, v, count, -1, RWF_NOWAIT);
      if (n < 0 && errno == EOPNOTSUPP) {
        n = writes(job) ? writev(job.fd, v, count) : readv(job.fd, v, count);
      }
    }
    if (n >= 0) return job.done + n;
    if (errno != EAGAIN && errno != EINTR) return job.done > 0 ? job.done : -errno;
  }
}

/// The socket has taken `n` bytes. True when that is all, and nothing is noted.
bool AioService::take_off(AioJob& job, std::int64_t n) {
  std::int64_t left = -n;
  for (const iovec& v : job.buffers) left += static_cast<std::int64_t>(v.iov_len);
  if (left == 0) return true;
  {
    const std::lock_guard lock(mutex_);
    job.done += n;
  }
  for (iovec& v : job.buffers) {
    const std::size_t taken = std::min(v.iov_len, static_cast<std::size_t>(n));
    v.iov_base = static_cast<std::byte*>(v.iov_base) + taken;
    v.iov_len -= taken;
    n -= static_cast<std::int64_t>(taken);
  }
  return false;
}

/// aio_bio_done_notify().
void AioService::finish(const std::shared_ptr<AioJob>& job, std::int64_t status, int host_errno) {
  std::shared_ptr<AioList> done_list;
  {
    const std::lock_guard lock(mutex_);
    if (job->finished) return;
    job->state = AioJob::State::finished;
    job->status = status;
    job->error = host_errno == 0 ? 0 : errno_from_host(host_errno);
    job->finished = true;
    finished_.push_back(job);
    done_list = count_down(job->list);
    release_syncs();
  }
  tell(*job, done_list);
  wake_all(completions_);
}

std::shared_ptr<AioList> AioService::count_down(const std::shared_ptr<AioList>& list) {
  if (list == nullptr || --list->pending != 0) return nullptr;
  list->posted = true;
  return list;
}

/// Nothing of ours is locked: signals and kqueues have locks of their own.
void AioService::tell(const AioJob& job, const std::shared_ptr<AioList>& done_list) {
  (void)post_sigevent(process_, job.event, kSI_ASYNCIO);
  if (job.kqueue) job.kqueue->notify(kEVFILT_AIO, job.cb.value);
  if (done_list == nullptr) return;
  (void)post_sigevent(process_, done_list->event, kSI_ASYNCIO);
  if (done_list->kqueue) done_list->kqueue->notify(kEVFILT_LIO, done_list->ident.value);
}

// --- lists ---------------------------------------------------------------------------------------

void AioService::add_list(const std::shared_ptr<AioList>& list) {
  const std::lock_guard lock(mutex_);
  std::erase_if(lists_, [](const auto& l) { return l.expired(); });
  lists_.push_back(list);
}

std::shared_ptr<AioList> AioService::list_by_ident(GuestAddr ident) {
  const std::lock_guard lock(mutex_);
  // The newest: an address may serve again.
  for (auto it = lists_.rbegin(); it != lists_.rend(); ++it) {
    if (auto list = it->lock(); list != nullptr && list->ident == ident) return list;
  }
  return nullptr;
}

void AioService::close_list(const std::shared_ptr<AioList>& list) {
  {
    const std::lock_guard lock(mutex_);
    if (count_down(list) == nullptr) return;
  }
  (void)post_sigevent(process_, list->event, kSI_ASYNCIO);
  if (list->kqueue) list->kqueue->notify(kEVFILT_LIO, list->ident.value);
}

bool AioService::list_done(const AioList& list) {
  const std::lock_guard lock(mutex_);
  return list.pending <= 1;
}

// --- looking up ----------------------------------------------------------------------------------

std::shared_ptr<AioJob> AioService::find_job(GuestAddr cb) {
  const std::lock_guard lock(mutex_);
  const auto it = std::ranges::find_if(jobs_, [&](const auto& j) { return j->cb == cb; });
  return it == jobs_.end() ? nullptr : *it;
}

std::shared_ptr<AioJob> AioService::take_finished(std::optional<GuestAddr> cb) {
  std::shared_ptr<AioJob> job;
  {
    const std::lock_guard lock(mutex_);
    const auto it =
        std::ranges::find_if(finished_, [&](const auto& j) { return !cb || j->cb == *cb; });
    if (it == finished_.end()) return nullptr;
    job = *it;
    finished_.erase(it);
    jobs_.remove(job);
    // Whoever finished it may be about to tell of the list, which has ended here.
    if (job->list && --job->list->unfetched == 0) job->list->posted = false;
  }
  if (job->kqueue) job->kqueue->forget(kEVFILT_AIO, job->cb.value);
  return job;
}

// --- cancelling ----------------------------------------------------------------------------------

int AioService::cancel(int fildes, std::optional<GuestAddr> cb) {
  std::vector<std::shared_ptr<AioJob>> cancelled;
  bool not_cancelled = false;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& job : jobs_) {
      if (job->finished || job->request.fildes != fildes || (cb && job->cb != *cb)) continue;
      if (job->state == AioJob::State::running) {
        job->cancelled = not_cancelled = true;
        continue;
      }
      std::erase(queue_, job);
      cancelled.push_back(job);
    }
  }
  bool any = false;
  for (const auto& job : cancelled) {
    // What has been sent cannot be taken back (soo_aio_cancel()).
    if (job->done > 0) {
      finish(job, job->done, 0);
      not_cancelled = true;
    } else {
      finish(job, -1, ECANCELED);
      any = true;
    }
    const std::uint64_t one = 1;
    if (job->wake >= 0) (void)!write(job->wake, &one, sizeof one);
  }
  if (cb && any) return kAioCanceled;
  if (not_cancelled) return kAioNotcanceled;
  return any ? kAioCanceled : kAioAlldone;
}

void AioService::run_down() {
  std::vector<std::shared_ptr<AioJob>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& job : jobs_) {
      // Nobody wants to be told any more.
      job->event.notify = kSIGEV_NONE;
      if (job->list) job->list->event.notify = kSIGEV_NONE;
      all.push_back(job);
    }
  }
  for (const auto& job : all) (void)cancel(job->request.fildes, job->cb);
  for (const auto& job : all) {
    while (!job->finished) {
      const std::uint32_t seen = completions_.load();
      if (job->finished) break;
      syscall(SYS_futex, &completions_, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
    }
  }
  const std::lock_guard lock(mutex_);
  jobs_.clear();
  finished_.clear();
  lists_.clear();
}

}  // namespace emulate::freebsd
