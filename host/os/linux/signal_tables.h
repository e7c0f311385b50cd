#pragma once

/// Signals between the host, the port's numbering and the guest's siginfo_t.

#include <signal.h>

#include <array>
#include <cstddef>

#include "host/os/linux/abi/signal.h"
#include "host/os/linux/port.h"
#include "host/signal/guest_signal.h"
#include "host/thunk/result.h"

namespace emulate::linux_os {

/// The host's number; 0 for those the host's C library or emulate keeps (32, 33, 64), which travel
/// in the carrier signal.
int signal_to_host(const Port& port, int guest_signal);
int signal_to_guest(const Port& port, int host_signal);

/// By the host's number.
DefaultAction signal_default_action(int host_signal);

GuestSignal signal_from_host(const Port& port, const siginfo_t& info, int guest_signo);

inline constexpr std::size_t kSiginfoSize = 128;
using SiginfoBytes = std::array<std::byte, kSiginfoSize>;

/// siginfo_t in the guest's layout.
SiginfoBytes make_siginfo(const Port& port, const DataModel& model, const GuestSignal& signal);
/// What the guest passes to rt_sigqueueinfo and its kin.
GuestSignal read_siginfo(const Port& port, const DataModel& model, const SiginfoBytes& bytes);

/// A wait status whose signal numbers are the port's.
int wait_status_to_guest(const Port& port, int host_status);

/// sigset_t arguments: words of the guest's long, lowest signals first.
std::size_t sigset_bytes(const Port& port);
SignalSet decode_sigset(const Port& port, const DataModel& model, const std::byte* in);
void encode_sigset(const Port& port, const DataModel& model, const SignalSet& set, std::byte* out);
/// The set at `address` of a call that also says its size. EINVAL, EFAULT.
Expected<SignalSet> load_sigset(const Task& task, GuestAddr address, std::uint64_t size);
Expected<void> store_sigset(const Task& task, GuestAddr address, const SignalSet& set);

}  // namespace emulate::linux_os
