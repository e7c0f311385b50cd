/// emulate [options] program [arguments]

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "host/launcher/ledger_summary.h"
#include "host/launcher/listing.h"
#include "host/launcher/options.h"
#include "host/launcher/plugin_setup.h"
#include "host/launcher/program_search.h"
#include "host/loader/plugin_registry.h"
#include "host/os/freebsd/personality.h"
#include "host/os/linux/personality.h"
#include "host/task/fd_table.h"
#include "host/task/root.h"
#include "host/task/start.h"
#include "host/trace/ledger.h"
#include "host/trace/log.h"

namespace emulate {
namespace {

constexpr std::array kPersonalities{
    PersonalityEntry{Os::freebsd, "FreeBSD", &freebsd::make_freebsd_personality},
    PersonalityEntry{Os::linux_, "Linux", &linux_os::make_linux_personality},
};

enum ExitStatus : int { kBadUsage = 1, kOwnFailure = 125, kCannotExecute = 126, kNotFound = 127 };

int exit_status(int host_errno) {
  switch (host_errno) {
    case ENOENT:
    case ENOTDIR:
      return kNotFound;
    case EACCES:
    case ENOEXEC:
    case EISDIR:
    case ELOOP:
      return kCannotExecute;
    default:
      return kOwnFailure;
  }
}

void complain(const std::string& message) {
  const std::string line = "emulate: " + message + "\n";
  (void)!write(STDERR_FILENO, line.data(), line.size());
}

int fail(int status, const std::string& message) {
  complain(message);
  return status;
}

/// A set-user-id start (binfmt_misc flag C) takes no orders from the caller's environment.
void drop_untrusted_environment() {
  if (getauxval(AT_SECURE) == 0) return;
  std::vector<std::string> names;
  for (char** e = environ; *e != nullptr; ++e) {
    if (std::strncmp(*e, "EMULATE_", 8) == 0) names.emplace_back(*e, std::strcspn(*e, "="));
  }
  for (const std::string& name : names) unsetenv(name.c_str());
}

/// What the kernel says when binfmt_misc starts us: the arguments are a program and its own, and
/// hold no options.
struct BinfmtStart {
  bool active = false;
  int program_fd = -1;           ///< flag O
  bool preserves_argv0 = false;  ///< flag P: argv[2] is the program's argv[0]
};

BinfmtStart binfmt_start(std::size_t word_count) {
  constexpr unsigned long kFlagPreserveArgv0 = 1;
  BinfmtStart start;
  errno = 0;
  const unsigned long fd = getauxval(AT_EXECFD);
  if (errno == 0) start.program_fd = static_cast<int>(fd);
  start.preserves_argv0 = (getauxval(AT_FLAGS) & kFlagPreserveArgv0) != 0 && word_count > 1;
  start.active = word_count > 0 && (start.program_fd >= 0 || start.preserves_argv0);
  return start;
}

tl::expected<CommandLine, std::string> read_command_line(std::span<char*> words,
                                                         const BinfmtStart& binfmt) {
  if (!binfmt.active) return parse_command_line(words);
  auto line = parse_command_line(words, Words::program_only);
  if (line && binfmt.preserves_argv0) {
    line->argv0 = line->arguments.front();
    line->arguments.erase(line->arguments.begin());
  }
  return line;
}

/// Puts the log where the guest cannot close it or replace it by another file.
tl::expected<void, std::string> set_up_log(const CommandLine& line) {
  if (line.log_channels.empty() && !line.options.strace) return {};
  Logger& logger = Logger::instance();
  if (!line.log_channels.empty()) {
    if (auto r = logger.enable(line.log_channels); !r) return r;
  }
  if (!line.log_file.empty()) {
    if (auto r = logger.open(line.log_file); !r) return r;
  }
  const int copy = fcntl(logger.descriptor(), F_DUPFD_CLOEXEC, FdTable::private_base());
  if (copy >= 0) logger.use_descriptor(copy);
  return {};
}

tl::expected<void, std::string> set_up_ledger(const CommandLine& line) {
  if (line.ledger_file.empty()) return {};
  const int fd = open(line.ledger_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) {
    return tl::unexpected(
        fmt::format("cannot write the ledger {}: {}", line.ledger_file, std::strerror(errno)));
  }
  open_ledger(FdTable::make_private(fd));
  return {};
}

tl::expected<void, std::string> set_up_plugins(PluginRegistry& registry, const CommandLine& line) {
  for (PluginEntry* entry : builtin_plugins()) registry.add_builtin(entry());
  if (plugin_source() == nullptr) return {};
  for (const std::string& directory : line.plugin_dirs) {
    struct stat st {};
    if (stat(directory.c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) {
      return tl::unexpected(fmt::format("--plugin-dir {}: no such directory", directory));
    }
    registry.add_directory(directory);
  }
  const std::string& self = self_executable();
  const std::string bin = self.substr(0, self.rfind('/'));
  registry.add_directory(bin.substr(0, bin.rfind('/')) + "/lib/emulate/plugins");
  for (const std::string& directory : line.plugin_path) registry.add_directory(directory);
  return {};
}

/// A program may be named as the guest sees it or, as binfmt_misc does, as the host.
void name_in_root(const std::string& root, std::string& program) {
  if (program.starts_with(root + "/")) program.erase(0, root.size());
}

/// Gives the guest its root directory. What is needed of the host's files later is opened before.
tl::expected<void, std::string> set_up_root(PluginRegistry& registry, CommandLine& line) {
  std::string& root = line.options.root;
  if (root.empty()) return {};
  name_in_root(root, line.program);
  if (line.root_mode != RootMode::paths) {
    registry.load_all();
    self_executable_fd();
    const bool confined = line.root_mode == RootMode::confined;
    if (confined ? confine_to(root) : change_root(root)) {
      root.clear();
      // Inside, the name means nothing to another emulate.
      line.unset_env.insert(line.unset_env.end(), {"EMULATE_ROOT", "EMULATE_ROOT_MODE"});
      return {};
    }
    if (confined) {
      return tl::unexpected(fmt::format("--root {}: {}", root, std::strerror(errno)));
    }
    if (line.root_mode == RootMode::chroot) {
      return tl::unexpected(
          fmt::format("--root {}: the host permits neither chroot nor a user namespace, or the "
                      "directory has no "
                      "proc in it; see --root-mode",
                      root));
    }
  }
  std::error_code error;
  const std::string cwd = std::filesystem::current_path(error).string() + "/";
  if (!cwd.starts_with(root + "/")) std::filesystem::current_path(root, error);
  return {};
}

int run(PluginRegistry& registry, CommandLine& line, const BinfmtStart& binfmt) {
  if (auto r = set_up_root(registry, line); !r) return fail(kOwnFailure, r.error());
  const auto program = search_program(line.program, guest_paths(line.options), std::getenv("PATH"));
  if (!program) return fail(kNotFound, fmt::format("{}: not found", line.program));
  LaunchRequest request;
  request.program = *program;
  request.program_fd = binfmt.program_fd;
  request.envp = guest_environment(environ, line);
  request.options = std::move(line.options);
  request.argv.push_back(line.argv0.value_or(line.program));
  request.argv.insert(request.argv.end(), line.arguments.begin(), line.arguments.end());
  const LoadError error = run_program(registry, kPersonalities, std::move(request));
  complain(error.message);
  for (const std::string& refusal : registry.refusals()) complain("plugin " + refusal);
  return exit_status(error.host_errno);
}

int print_summary(std::span<char* const> files) {
  const auto summary = summarise_ledgers(files);
  if (!summary) return fail(kBadUsage, summary.error());
  std::fputs(summary->c_str(), stdout);
  return 0;
}

int launch(std::span<char*> words) {
  drop_untrusted_environment();
  const BinfmtStart binfmt = binfmt_start(words.size());
  if (!binfmt.active && !words.empty() && std::strcmp(words[0], "ledger") == 0) {
    return print_summary(words.subspan(1));
  }
  auto line = read_command_line(words, binfmt);
  if (!line) return fail(kBadUsage, line.error());
  if (line->action == Action::show_text) {
    std::fputs(line->text.c_str(), stdout);
    return 0;
  }
  if (auto r = set_up_log(*line); !r) return fail(kBadUsage, r.error());
  if (auto r = set_up_ledger(*line); !r) return fail(kBadUsage, r.error());
  set_unknown_calls(line->unknown);
  PluginRegistry registry(plugin_source());
  if (auto r = set_up_plugins(registry, *line); !r) return fail(kBadUsage, r.error());
  if (line->action == Action::run) return run(registry, *line, binfmt);
  std::fputs(describe_plugins(registry, line->action == Action::list_cpus).c_str(), stdout);
  for (const std::string& refusal : registry.refusals()) complain("plugin " + refusal);
  return 0;
}

}  // namespace
}  // namespace emulate

int main(int argc, char** argv) {
  return emulate::launch(std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
}
