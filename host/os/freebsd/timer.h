#pragma once

/// What signal delivery and exec have to tell the timers of ktimer_create(2).

#include "host/signal/guest_signal.h"

namespace emulate::freebsd {

/// A signal was taken from the queue, to be handled or to be returned by sigwait(2) and the like:
/// if a timer sent it, its overrun count is what has accumulated until now (itimer_accept()).
void timer_signal_taken(GuestSignal& signal);

/// The program was replaced: ktimer_create(2)'s timers are gone, setitimer(2)'s stay.
void delete_timers_after_exec();

}  // namespace emulate::freebsd
