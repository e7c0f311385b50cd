// EVFILT_AIO and EVFILT_LIO. A program cannot add such knotes; requests do (FreeBSD
// sys/kern/vfs_aio.c filt_aio, filt_lio).

#include "host/os/freebsd/aio/service.h"
#include "host/os/freebsd/kqueue/kqueue.h"

namespace emulate::freebsd {
namespace {

/// What the kernel's own registrations carry.
bool from_kernel(Knote& kn) {
  if (!kn.has(kEV_FLAG1)) return false;
  kn.event.flags &= static_cast<std::uint16_t>(~kEV_FLAG1);
  return true;
}

struct JobState final : KnoteState {
  std::shared_ptr<AioJob> job;
};

class AioFilter final : public Filter {
 public:
  /// The data of the change is the number of the request.
  Expected<void> attach(Kqueue&, Knote& kn) const override {
    if (!from_kernel(kn)) return host_error(EPERM);
    auto state = std::make_unique<JobState>();
    AioService* service = AioService::find();
    if (service != nullptr) state->job = service->job_by_id(static_cast<std::uint64_t>(kn.sdata));
    kn.state = std::move(state);
    return {};
  }
  bool ready(Kqueue&, Knote& kn) const override {
    const auto& job = static_cast<JobState&>(*kn.state).job;
    if (job == nullptr || !job->finished) return false;
    kn.event.data = job->error;
    kn.event.flags |= kEV_EOF;
    return true;
  }
};

struct ListState final : KnoteState {
  std::shared_ptr<AioList> list;
};

class LioFilter final : public Filter {
 public:
  Expected<void> attach(Kqueue&, Knote& kn) const override {
    if (!from_kernel(kn)) return host_error(EPERM);
    auto state = std::make_unique<ListState>();
    AioService* service = AioService::find();
    if (service != nullptr) state->list = service->list_by_ident(GuestAddr(kn.event.ident));
    kn.state = std::move(state);
    return {};
  }
  bool ready(Kqueue&, Knote& kn) const override {
    const auto& list = static_cast<ListState&>(*kn.state).list;
    return list != nullptr && list->posted;
  }
};

constexpr AioFilter kAio;
constexpr LioFilter kLio;

}  // namespace

const Filter& kAioFilter = kAio;
const Filter& kLioFilter = kLio;

}  // namespace emulate::freebsd
