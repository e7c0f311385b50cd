#pragma once

/// Steps that the first program and execve in place share.

#include <string>
#include <vector>

#include "host/task/exec.h"

namespace emulate {

/// Fills the empty address space with the target, lays out its stack and sets the task's registers
/// to its start.
Loaded<void> boot_image(Task& task, const ExecTarget& target, const std::vector<std::string>& envp);

/// The host's name of the process, from the program's path.
void set_process_name(const std::string& path);

}  // namespace emulate
