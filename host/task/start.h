#pragma once

/// Running a program: what the launcher calls.

#include <span>
#include <string>
#include <vector>

#include "host/loader/elf_file.h"
#include "host/loader/plugin_registry.h"
#include "host/task/process.h"

namespace emulate {

struct LaunchRequest {
  std::string program;            ///< guest path, or a name without '/' that the caller resolved
  int program_fd = -1;            ///< open file of the program (binfmt_misc flag O), or -1
  std::vector<std::string> argv;  ///< argv[0] included
  std::vector<std::string> envp;
  Options options;
};

/// Becomes the guest program: builds the process, loads the program and runs its first task on the
/// calling thread, which must be the only one. Comes back only when the program cannot be started;
/// the error's host_errno tells the exit status (ENOENT 127, EACCES or ENOEXEC 126, else 125).
LoadError run_program(PluginRegistry& plugins, std::span<const PersonalityEntry> personalities,
                      LaunchRequest request);

/// How the guest's paths are found.
PathResolver guest_paths(const Options& options);

/// Host path of this executable, as found at start-up; used to run emulate anew.
const std::string& self_executable();
/// The same, opened when first asked for: asked early it works after chroot too.
int self_executable_fd();

}  // namespace emulate
