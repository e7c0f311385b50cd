#pragma once

/// Notification by struct sigevent, for what works in the background (timers, asynchronous I/O,
/// message queues).

#include "host/os/freebsd/abi/timer.h"
#include "host/task/process.h"

namespace emulate::freebsd {

/// The event asks for a signal.
constexpr bool asks_for_signal(const Sigevent& e) {
  return e.notify == kSIGEV_SIGNAL || e.notify == kSIGEV_THREAD_ID;
}

/// sigev_notify_kevent_flags: a u_short at the place of the thread id.
constexpr std::uint16_t kevent_flags(const DataModel& model, const Sigevent& e) {
  const auto word = static_cast<std::uint32_t>(e.thread_id);
  return static_cast<std::uint16_t>(model.order == ByteOrder::big ? word >> 16 : word);
}

/// Sends the signal that `e` asks for, if any, with `code` (SI_*). `descriptor` is si_mqd. False
/// when the thread it is for is gone.
bool post_sigevent(Process& process, const Sigevent& e, int code, std::int32_t descriptor = 0);

/// Starts a thread of emulate's own, which the guest does not see and host signals do not reach.
bool start_service_thread(void* (*run)(void*), void* argument);

}  // namespace emulate::freebsd
