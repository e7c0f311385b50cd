#pragma once

/// The requests of a process's asynchronous I/O and the threads that carry them out. Names follow
/// FreeBSD sys/kern/vfs_aio.c.

#include <sys/uio.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "host/os/freebsd/abi/aio.h"
#include "host/task/task.h"

namespace emulate::freebsd {

class Kqueue;

/// The requests of one lio_listio.
struct AioList {
  Sigevent event;  ///< SIGEV_NONE unless somebody wants to know
  std::shared_ptr<Kqueue> kqueue;
  GuestAddr ident;                   ///< of its kevent
  unsigned pending = 1;              ///< one more than requests, until all are queued
  unsigned unfetched = 0;            ///< requests whose result nobody has taken
  std::atomic<bool> posted = false;  ///< all done, and told; not all fetched
};

struct AioJob {
  std::uint64_t id = 0;
  GuestAddr cb;
  AiocbRequest request;
  AioOpcode opcode = AioOpcode::nop;
  Sigevent event;
  std::shared_ptr<AioList> list;
  std::shared_ptr<Kqueue> kqueue;  ///< that has a kevent for it

  int fd = -1;    ///< emulate's duplicate: the file stays open whatever the guest does
  int wake = -1;  ///< an eventfd that ends the wait of a request that cannot be done yet
  bool seekable = false;
  std::vector<iovec> buffers;

  enum class State : std::uint8_t { queued, held, waiting, running, finished };
  State state = State::queued;
  std::int64_t done = 0;   ///< bytes that a socket took before it let no more through
  bool cancelled = false;  ///< while it was running: ends where it would have to wait
  std::int64_t status = -1;
  int error = 0;                       ///< guest errno
  std::atomic<bool> finished = false;  ///< status and error are final

  AioJob() = default;
  AioJob(const AioJob&) = delete;
  AioJob& operator=(const AioJob&) = delete;
  ~AioJob();
};

class AioService {
 public:
  /// The service of this process. A forked child starts with none: requests are not inherited.
  static AioService* find();
  static AioService& find_or_create(Process& process);

  /// EAGAIN when there are too many.
  Expected<void> submit(const std::shared_ptr<AioJob>& job);
  std::shared_ptr<AioJob> find_job(GuestAddr cb);
  std::shared_ptr<AioList> list_by_ident(GuestAddr ident);
  void add_list(const std::shared_ptr<AioList>& list);
  /// All of the list is queued.
  void close_list(const std::shared_ptr<AioList>& list);
  bool list_done(const AioList& list);
  /// Takes a finished request out of the books: of `cb`, or the first one to have finished.
  std::shared_ptr<AioJob> take_finished(std::optional<GuestAddr> cb);
  /// AIO_CANCELED, AIO_NOTCANCELED or AIO_ALLDONE.
  int cancel(int fildes, std::optional<GuestAddr> cb);
  /// Ends what can be ended and waits for the rest (execve).
  void run_down();

  std::uint64_t new_id() { return next_id_++; }
  /// Changes whenever a request has finished. Wait while it is what was read before looking.
  std::atomic<std::uint32_t>& completions() { return completions_; }

 private:
  explicit AioService(Process& process) : process_(process) {}
  static void* serve(void* self);
  void run();
  void start_worker();
  bool held_back(const AioJob& sync) const;
  void release_syncs();
  std::int64_t perform(AioJob& job);
  std::int64_t transfer(AioJob& job);
  bool wait_ready(AioJob& job);
  bool take_off(AioJob& job, std::int64_t n);
  void finish(const std::shared_ptr<AioJob>& job, std::int64_t status, int host_errno);
  void tell(const AioJob& job, const std::shared_ptr<AioList>& done_list);
  std::shared_ptr<AioList> count_down(const std::shared_ptr<AioList>& list);

  Process& process_;
  const int owner_ = process_id();
  static int process_id();
  std::mutex mutex_;
  std::atomic<std::uint64_t> next_id_ = 1;
  std::atomic<std::uint32_t> completions_ = 0;
  std::atomic<std::uint32_t> work_ = 0;  ///< workers sleep on it
  unsigned workers_ = 0;
  unsigned idle_ = 0;
  std::deque<std::shared_ptr<AioJob>> queue_;
  std::list<std::shared_ptr<AioJob>> jobs_;       ///< all, in order of submission
  std::deque<std::shared_ptr<AioJob>> finished_;  ///< in order of completion
  std::vector<std::weak_ptr<AioList>> lists_;
};

}  // namespace emulate::freebsd
