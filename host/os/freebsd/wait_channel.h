#pragma once

/// What a process waits for, in the kernel's words: ps(1) and top(1) show them.

#include <string>

namespace emulate::freebsd {

/// ki_wmesg of a sleeping process, from the system call that its host process is in. Empty when
/// that is not known: the host tells it of one's own processes only.
std::string wait_channel(int pid);

}  // namespace emulate::freebsd
