#include "host/os/freebsd/priority.h"

#include <sched.h>

#include <cerrno>

namespace emulate::freebsd {
namespace {

/// Host realtime priorities run from 1 to 99, higher first; FreeBSD's from 0 to 31, lower first.
constexpr int kHostTop = 99;

struct PolicyRow {
  std::uint16_t type;
  int policy;
};

constexpr PolicyRow kPolicies[] = {
    {kRTP_PRIO_REALTIME, SCHED_RR},
    {kRTP_PRIO_FIFO, SCHED_FIFO},
    {kRTP_PRIO_NORMAL, SCHED_OTHER},
    {kRTP_PRIO_IDLE, SCHED_IDLE},
};

bool realtime(int policy) { return policy == SCHED_RR || policy == SCHED_FIFO; }

}  // namespace

Expected<Rtprio> get_priority(int tid) {
  const int policy = ::sched_getscheduler(tid);
  if (policy < 0) return host_error(errno);
  Rtprio rtp;
  rtp.type = kRTP_PRIO_NORMAL;
  for (const PolicyRow& r : kPolicies) {
    if (r.policy == (policy & ~SCHED_RESET_ON_FORK)) rtp.type = r.type;
  }
  sched_param param{};
  if (realtime(policy) && ::sched_getparam(tid, &param) == 0) {
    const int prio = kHostTop - param.sched_priority;
    rtp.prio = static_cast<std::uint16_t>(prio > kRTP_PRIO_MAX ? int{kRTP_PRIO_MAX} : prio);
  }
  return rtp;
}

Expected<void> check_priority(const Rtprio& rtp) {
  constexpr std::uint16_t kTimeshareRange = 103;  // PRI_MAX_TIMESHARE - PRI_MIN_TIMESHARE
  switch (rtp.type) {
    case kRTP_PRIO_REALTIME:
    case kRTP_PRIO_FIFO:
    case kRTP_PRIO_IDLE:
      return rtp.prio > kRTP_PRIO_MAX ? host_error(EINVAL) : Expected<void>();
    case kRTP_PRIO_NORMAL:
      return rtp.prio > kTimeshareRange ? host_error(EINVAL) : Expected<void>();
    default:
      return host_error(EINVAL);
  }
}

Expected<void> set_priority(int tid, const Rtprio& rtp) {
  if (auto r = check_priority(rtp); !r) return r;
  for (const PolicyRow& r : kPolicies) {
    if (r.type != rtp.type) continue;
    sched_param param{};
    if (realtime(r.policy)) param.sched_priority = kHostTop - rtp.prio;
    if (::sched_setscheduler(tid, r.policy, &param) != 0) return host_error(errno);
  }
  return {};
}

}  // namespace emulate::freebsd
