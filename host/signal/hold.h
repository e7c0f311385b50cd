#pragma once

namespace emulate {

class Task;

/// Tells that a thread holds signals back without a system call (FreeBSD sigfastblock(2)); those
/// that its own instructions raise are delivered all the same. A personality has one for all.
using SignalHold = bool (*)(Task& task);
void set_signal_hold(SignalHold hold);
/// The calling thread holds none back any more: what waits is delivered before it goes on.
void release_held_signals(Task& task);

}  // namespace emulate
