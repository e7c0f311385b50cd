#pragma once

/// Sending guest signals to other processes, which may be guests of other emulate processes.

#include <cstdint>
#include <optional>

#include "host/thunk/result.h"

namespace emulate {

class Task;

/// kill(2) and sigqueue(2): `pid` as kill's argument (0, -1, negative groups); `signo` 0 only
/// checks. `value` present: queued with SI_QUEUE and that si_value. A signal for this very process
/// is queued before the call returns. Host errno on failure.
Expected<void> send_signal(Task& task, int pid, int guest_signo,
                           std::optional<std::uint64_t> value = std::nullopt);

/// thr_kill2(2), tgkill(2) for another process's thread.
Expected<void> send_signal_to_thread(Task& task, int pid, int tid, int guest_signo);

}  // namespace emulate
