#pragma once

/// The command line and the EMULATE_* variables.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "host/os/dispatch.h"
#include "host/task/process.h"

namespace emulate {

/// Who makes --root's directory the guest's root: the kernel, emulate by translating paths, or the
/// first of them that can.
/// `confined` is how emulate, started anew in a jail, goes back into it.
enum class RootMode : std::uint8_t { automatic, chroot, paths, confined };

enum class Action : std::uint8_t { run, list, list_cpus, show_text };

struct CommandLine {
  Action action = Action::run;
  std::string text;  ///< of --help, --version, -d help
  Options options;
  RootMode root_mode = RootMode::automatic;
  std::string program;                 ///< as given
  std::vector<std::string> arguments;  ///< behind the program's name
  std::optional<std::string> argv0;
  std::vector<std::string> set_env;  ///< VAR=VALUE
  std::vector<std::string> unset_env;
  std::vector<std::string> plugin_dirs;  ///< --plugin-dir
  std::vector<std::string> plugin_path;  ///< EMULATE_PLUGIN_PATH
  std::string log_channels;
  std::string log_file;
  UnknownCalls unknown = UnknownCalls::as_kernel;
  std::string ledger_file;  ///< EMULATE_LEDGER
};

/// Whether words before the program's name can be options; binfmt_misc passes only a program.
enum class Words : bool { program_only, with_options };

/// `words` are the arguments behind emulate's own name. Options end at the first that is none. The
/// error is a line for the user.
tl::expected<CommandLine, std::string> parse_command_line(std::span<char* const> words,
                                                          Words kind = Words::with_options);

/// "8m" and the like as bytes; nullopt when it is no size.
std::optional<std::uint64_t> parse_size(const std::string& text);

/// The environment of the program: `environment` with -U taken out and -E put in.
std::vector<std::string> guest_environment(char** environment, const CommandLine& line);

}  // namespace emulate
