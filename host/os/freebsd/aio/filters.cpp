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

/// The knotes of a request and of a list live as long as these: until the last result is fetched.
/// So they are looked up by address each time, which may serve again.
class AioFilter final : public Filter {
 public:
  Expected<void> attach(Kqueue&, Knote& kn) const override {
    return from_kernel(kn) ? Expected<void>() : host_error(EPERM);
  }
  bool ready(Kqueue&, Knote& kn) const override {
    AioService* service = AioService::find();
    const auto job = service == nullptr ? nullptr : service->find_job(GuestAddr(kn.event.ident));
    if (job == nullptr || !job->finished) return false;
    kn.event.data = job->error;
    kn.event.flags |= kEV_EOF;
    return true;
  }
};

class LioFilter final : public Filter {
 public:
  Expected<void> attach(Kqueue&, Knote& kn) const override {
    return from_kernel(kn) ? Expected<void>() : host_error(EPERM);
  }
  bool ready(Kqueue&, Knote& kn) const override {
    AioService* service = AioService::find();
    const auto list =
        service == nullptr ? nullptr : service->list_by_ident(GuestAddr(kn.event.ident));
    return list != nullptr && list->posted;
  }
};

constexpr AioFilter kAio;
constexpr LioFilter kLio;

}  // namespace

const Filter& kAioFilter = kAio;
const Filter& kLioFilter = kLio;

}  // namespace emulate::freebsd
