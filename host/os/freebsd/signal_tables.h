#pragma once

/// FreeBSD's signal numbers and codes against the host's, as tables.

#include <signal.h>

#include "host/os/freebsd/abi/signal.h"

namespace emulate::freebsd {

/// 0 when there is no counterpart: SIGEMT, SIGINFO, SIGTHR, SIGLIBRT and the realtime signals the
/// host has none left for.
int signal_to_host(int guest_signal);
int signal_to_guest(int host_signal);
/// The same for the signal that a process ended by: signals without a counterpart take host signals
/// that end no process otherwise, so that the parent gets their number back.
int death_signal_to_host(int guest_signal);
int death_signal_to_guest(int host_signal);
DefaultAction signal_default_action(int guest_signal);
/// "SIGINT", "SIGRT65", or "SIG0".
const char* signal_name(int guest_signal);

/// The guest's si_code for the host's, of guest signal `guest_signo`.
int signal_code_to_guest(int guest_signo, int host_code);

/// What the host says about a caught signal in the guest's terms. `guest_signo` 0: from the host's
/// number.
GuestSignal signal_from_host(const siginfo_t& info, int guest_signo);

/// siginfo_t as the guest sees it.
Siginfo make_siginfo(const DataModel& model, const GuestSignal& signal);

/// The wait status word: the same on both systems but for the signal numbers in it.
int wait_status_to_guest(int host_status);

}  // namespace emulate::freebsd
