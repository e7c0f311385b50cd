#include "host/launcher/options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "emulate/plugin.h"
#include "host/trace/log.h"

#ifndef EMULATE_VERSION
#error "the build defines EMULATE_VERSION"
#endif

namespace emulate {
namespace {

/// QEMU spells these with one dash, which would be read as a cluster of short options.
constexpr std::array kOneDash{"-strace", "-cpu", "-version", "-help"};

constexpr const char* kFooter =
    "\nExit status: the program's own; 1 for a wrong command line, 125 when emulate itself fails,\n"
    "126 when the program cannot be executed, 127 when it is not found.\n"
    "EMULATE_PLUGIN_PATH is a colon-separated list of directories searched after the plugins that\n"
    "belong to emulate. EMULATE_SET_ENV and EMULATE_UNSET_ENV take comma-separated lists.\n"
    "EMULATE_LEDGER names a file for what programs asked for in vain; emulate ledger FILE... sums\n"
    "such files up.\n";

bool is_one_dash(const char* word) {
  return std::any_of(kOneDash.begin(), kOneDash.end(),
                     [&](const char* option) { return std::strcmp(option, word) == 0; });
}

std::vector<std::string> split(const char* text, char separator) {
  std::vector<std::string> parts;
  if (text == nullptr) return parts;
  std::string_view rest = text;
  while (true) {
    const std::size_t end = rest.find(separator);
    if (const auto part = rest.substr(0, end); !part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) return parts;
    rest.remove_prefix(end + 1);
  }
}

std::string version_text() {
  return fmt::format("emulate {} (plugin API {}.{})\n", EMULATE_VERSION, kApiMajor, kApiMinor);
}

/// What must be said again when emulate starts itself anew. -E, -U and -0 are not among it: their
/// effect is in the environment and the arguments already.
std::vector<std::string> repeatable_arguments(const CommandLine& line, const std::string& stack,
                                              const std::string& root_mode,
                                              const std::string& unknown) {
  std::vector<std::string> out;
  auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) out.insert(out.end(), {option, value});
  };
  add("-L", line.options.prefix);
  add("--root", line.options.root);
  add("--root-mode", line.options.root.empty() ? "" : root_mode);
  add("-s", stack);
  add("--cpu", line.options.cpu);
  add("--engine", line.options.engine);
  for (const std::string& d : line.plugin_dirs) add("--plugin-dir", d);
  if (line.options.osreldate != 0) add("--osreldate", std::to_string(line.options.osreldate));
  if (line.options.strace) out.emplace_back("--strace");
  add("--unknown", unknown);
  add("-d", line.log_channels);
  add("-D", line.log_file);
  return out;
}

/// The application object with what it parses into.
struct Parser {
  CommandLine line;
  std::string stack;
  std::string root_mode = "auto";
  std::string argv0;
  std::string unknown;
  bool list = false;
  bool version = false;
  CLI::App app{"Runs a program built for another CPU, and if need be another operating system.",
               "emulate"};
  CLI::Option* argv0_option = nullptr;

  Parser() {
    app.prefix_command();
    app.footer(kFooter);
    app.add_option("-L", line.options.prefix, "Look for absolute paths under this directory first")
        ->type_name("PREFIX")
        ->envname("EMULATE_PREFIX");
    app.add_option("--root", line.options.root, "Make this directory the program's root directory")
        ->type_name("DIR")
        ->envname("EMULATE_ROOT");
    app.add_option("--root-mode", root_mode,
                   "How: by 'chroot', by translating 'paths', or 'auto', whichever can be done")
        ->type_name("MODE")
        ->envname("EMULATE_ROOT_MODE");
    app.add_option("-E", line.set_env, "Set a variable in the program's environment")
        ->type_name("VAR=VAL")
        ->allow_extra_args(false);
    app.add_option("-U", line.unset_env, "Remove a variable from the program's environment")
        ->type_name("VAR")
        ->allow_extra_args(false);
    argv0_option = app.add_option("-0,--argv0", argv0, "The program's argv[0]")
                       ->type_name("NAME")
                       ->envname("EMULATE_ARGV0");
    app.add_option("-s", stack, "Size of the program's stack; k, m or g may follow the number")
        ->type_name("SIZE")
        ->envname("EMULATE_STACK_SIZE");
    app.add_option("--cpu", line.options.cpu, "CPU model; 'help' lists them")
        ->type_name("MODEL")
        ->envname("EMULATE_CPU");
    app.add_option("--engine", line.options.engine, "Translation engine of the plugin")
        ->type_name("NAME")
        ->envname("EMULATE_ENGINE");
    app.add_option("--plugin-dir", line.plugin_dirs, "Look for plugins here first")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_flag("--list", list, "List machines, their systems and plugins");
    app.add_flag("--strace", line.options.strace, "Print system calls; -strace does too")
        ->envname("EMULATE_STRACE");
    app.add_option("-d", line.log_channels, "Log channels, separated by commas; 'help' lists them")
        ->type_name("CHANNELS")
        ->envname("EMULATE_LOG");
    app.add_option("-D", line.log_file, "Log to a file; %d becomes the process id")
        ->type_name("FILE")
        ->envname("EMULATE_LOG_FILE");
    app.add_option("--osreldate", line.options.osreldate, "FreeBSD kern.osreldate the program sees")
        ->type_name("N")
        ->envname("EMULATE_OSRELDATE");
    app.add_option("--unknown", unknown,
                   "What a system call that is not there does: 'enosys' fails, 'sigsys' also "
                   "raises the signal, 'abort' ends the program")
        ->type_name("WHAT")
        ->envname("EMULATE_UNKNOWN");
    app.add_option("--debugger", line.options.debugger)->group("");  // emulate's own (ptrace)
    app.add_flag("--version", version, "Print the version");
  }

  std::optional<std::string> parse(std::span<char* const> given, Words kind) {
    std::vector<std::string> words;  // CLI11 takes them from the back
    for (auto w = given.rbegin(); w != given.rend(); ++w) {
      words.push_back(std::string(is_one_dash(*w) ? "-" : "") + *w);
    }
    if (kind == Words::program_only) words.emplace_back("--");
    try {
      app.parse(words);
    } catch (const CLI::CallForHelp&) {
      line.action = Action::show_text;
      line.text = help_text();
      return std::nullopt;
    } catch (const CLI::ParseError& error) {
      return fmt::format("{}; try emulate --help", error.what());
    }
    // From the originals: arguments that look like QEMU's options were altered above.
    return finish(given.last(app.remaining_size()));
  }

  /// CLI11's text knows nothing of the words behind the options.
  std::string help_text() const {
    constexpr std::string_view kOwn = "[OPTIONS]";
    std::string text = app.help();
    const std::size_t at = text.find(kOwn);
    if (at != std::string::npos) text.replace(at, kOwn.size(), "[options] program [arguments]");
    return text;
  }

  std::optional<std::string> finish(std::span<char* const> given) {
    if (version || list || line.options.cpu == "help" || line.log_channels == "help") {
      choose_listing();
      return std::nullopt;
    }
    if (given.empty()) return "no program given; try emulate --help";
    if (given[0][0] == '-') {
      return fmt::format("unknown option {}; try emulate --help", given[0]);
    }
    line.program = given[0];
    line.arguments.assign(given.begin() + 1, given.end());
    if (argv0_option->count() > 0) line.argv0 = argv0;
    return finish_values();
  }

  std::optional<std::string> finish_values() {
    if (!stack.empty()) {
      const auto size = parse_size(stack);
      if (!size || *size == 0) {
        return fmt::format("-s {}: not a size; say 8m, for example", stack);
      }
      line.options.stack_size = *size;
    }
    if (auto error = finish_root()) return error;
    if (auto error = finish_unknown()) return error;
    auto insert_front = [](std::vector<std::string>& to, std::vector<std::string> from) {
      to.insert(to.begin(), from.begin(), from.end());
    };
    insert_front(line.set_env, split(std::getenv("EMULATE_SET_ENV"), ','));
    insert_front(line.unset_env, split(std::getenv("EMULATE_UNSET_ENV"), ','));
    for (const std::string& s : line.set_env) {
      if (s.find('=') == std::string::npos || s.front() == '=') {
        return fmt::format("-E {}: must be VAR=VALUE", s);
      }
    }
    line.options.arguments = repeatable_arguments(line, stack, root_mode, unknown);
    return std::nullopt;
  }

  std::optional<std::string> finish_unknown() {
    if (unknown.empty()) return std::nullopt;
    constexpr std::array<const char*, 3> kAnswers{"enosys", "sigsys", "abort"};
    const auto answer = std::find(kAnswers.begin(), kAnswers.end(), unknown);
    if (answer == kAnswers.end()) {
      return fmt::format("--unknown {}: must be enosys, sigsys or abort", unknown);
    }
    line.unknown = static_cast<UnknownCalls>(answer - kAnswers.begin() + 1);
    return std::nullopt;
  }

  std::optional<std::string> finish_root() {
    std::string& root = line.options.root;
    constexpr std::array<const char*, 4> kModes{"auto", "chroot", "paths", "confined"};
    const auto mode = std::find(kModes.begin(), kModes.end(), root_mode);
    if (mode == kModes.end()) {
      return fmt::format("--root-mode {}: must be auto, chroot or paths", root_mode);
    }
    line.root_mode = static_cast<RootMode>(mode - kModes.begin());
    if (root.empty()) return std::nullopt;
    if (!line.options.prefix.empty()) return "-L and --root exclude each other";
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(root, error);
    if (error || !std::filesystem::is_directory(real, error)) {
      return fmt::format("--root {}: no such directory", root);
    }
    root = real == "/" ? "" : real.string();
    return std::nullopt;
  }

  void choose_listing() {
    line.action = list ? Action::list : Action::show_text;
    if (version) {
      line.action = Action::show_text;
      line.text = version_text();
    } else if (line.log_channels == "help") {
      line.text = fmt::format("Log channels: {}\n", Logger::channel_names());
    } else if (line.options.cpu == "help") {
      line.action = Action::list_cpus;
    }
  }
};

bool names(const std::string& variable, const char* entry) {
  return std::strncmp(entry, variable.data(), variable.size()) == 0 &&
         entry[variable.size()] == '=';
}

}  // namespace

std::optional<std::uint64_t> parse_size(const std::string& text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) == 0) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const std::uint64_t number = std::strtoull(text.c_str(), &end, 0);
  constexpr std::string_view kSuffixes = "kmg";
  unsigned shift = 0;
  if (*end != '\0') {
    const auto at = kSuffixes.find(static_cast<char>(std::tolower(*end)));
    if (at == std::string_view::npos || end[1] != '\0') return std::nullopt;
    shift = 10 * (static_cast<unsigned>(at) + 1);
  }
  if (errno != 0 || number > (UINT64_MAX >> shift)) return std::nullopt;
  return number << shift;
}

tl::expected<CommandLine, std::string> parse_command_line(std::span<char* const> words,
                                                          Words kind) {
  Parser parser;
  if (auto error = parser.parse(words, kind)) return tl::unexpected(std::move(*error));
  parser.line.plugin_path = split(std::getenv("EMULATE_PLUGIN_PATH"), ':');
  if (const char* ledger = std::getenv("EMULATE_LEDGER")) parser.line.ledger_file = ledger;
  return std::move(parser.line);
}

std::vector<std::string> guest_environment(char** environment, const CommandLine& line) {
  std::vector<std::string> out;
  auto replaced = [&](const char* entry) {
    const auto unset = [&](const std::string& v) { return names(v, entry); };
    const auto set = [&](const std::string& s) { return names(s.substr(0, s.find('=')), entry); };
    return std::any_of(line.unset_env.begin(), line.unset_env.end(), unset) ||
           std::any_of(line.set_env.begin(), line.set_env.end(), set);
  };
  for (char** e = environment; *e != nullptr; ++e) {
    if (!replaced(*e)) out.emplace_back(*e);
  }
  for (auto s = line.set_env.begin(); s != line.set_env.end(); ++s) {
    const std::string name = s->substr(0, s->find('='));
    const bool again = std::any_of(s + 1, line.set_env.end(), [&](const std::string& later) {
      return names(name, later.c_str());
    });
    if (!again) out.push_back(*s);
  }
  return out;
}

}  // namespace emulate
