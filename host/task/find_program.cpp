/// From a path to an open, examined program.

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include <fmt/format.h>

#include "host/task/exec.h"

namespace emulate {
namespace {

/// FreeBSD sys/sys/imgact.h MAXSHELLCMDLEN is a page; Linux takes 256 bytes.
constexpr std::size_t kMaxScriptLine = 4096;

std::string absolute(const PathResolver& paths, const std::string& path) {
  if (!path.empty() && path.front() == '/') return path;
  std::array<char, PATH_MAX> cwd{};
  if (getcwd(cwd.data(), cwd.size()) == nullptr) return path;
  std::string tail = path;
  while (tail.starts_with("./")) tail.erase(0, 2);
  const std::string directory = paths.to_guest(cwd.data());
  return directory + (directory.ends_with('/') ? "" : "/") + tail;
}

tl::unexpected<LoadError> no(int error, const std::string& path) {
  return load_error(error, fmt::format("{}: {}", path, strerror(error)));
}

Loaded<OwnedFd> open_executable(const HostPath& path, const std::string& shown) {
  OwnedFd file(openat(path.dirfd, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    // An executable without read permission can still be run by the host; we cannot load it.
    return no(errno, shown);
  }
  struct stat st {};
  if (fstat(file.get(), &st) != 0) return no(errno, shown);
  if (S_ISDIR(st.st_mode)) return load_error(EACCES, fmt::format("{}: is a directory", shown));
  if (!S_ISREG(st.st_mode)) return load_error(EACCES, fmt::format("{}: not a regular file", shown));
  if (faccessat(path.dirfd, path.c_str(), X_OK, AT_EACCESS) != 0) return no(EACCES, shown);
  return file;
}

struct Script {
  std::string interpreter;
  std::string argument;  ///< empty: none
};

/// FreeBSD sys/kern/imgact_shell.c exec_shell_imgact(): the interpreter's name, then the rest of
/// the line, without surrounding blanks, as one argument.
Loaded<std::optional<Script>> read_script_line(int fd, const std::string& name) {
  std::array<char, kMaxScriptLine> line{};
  const ssize_t n = pread(fd, line.data(), line.size(), 0);
  if (n < 2 || line[0] != '#' || line[1] != '!') return std::nullopt;
  const std::string_view text(line.data() + 2, static_cast<std::size_t>(n) - 2);
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos && static_cast<std::size_t>(n) == line.size()) {
    return load_error(ENAMETOOLONG, fmt::format("{}: #! line too long", name));
  }
  std::string_view rest = text.substr(0, end);
  auto trim = [](std::string_view s) {
    const std::size_t from = s.find_first_not_of(" \t");
    if (from == std::string_view::npos) return std::string_view();
    return s.substr(from, s.find_last_not_of(" \t") - from + 1);
  };
  rest = trim(rest);
  if (rest.empty()) return load_error(ENOEXEC, fmt::format("{}: empty #! line", name));
  const std::size_t blank = rest.find_first_of(" \t");
  Script s;
  s.interpreter = rest.substr(0, blank);
  if (blank != std::string_view::npos) s.argument = trim(rest.substr(blank));
  return s;
}

bool is_elf(int fd) {
  std::array<char, 4> magic{};
  return pread(fd, magic.data(), magic.size(), 0) == 4 &&
         std::memcmp(magic.data(), "\177ELF", 4) == 0;
}

bool runs_with(const ElfFile& interpreter, const ElfFile& program) {
  return interpreter.elf_class == program.elf_class && interpreter.order == program.order &&
         interpreter.machine == program.machine && interpreter.type == kEtDyn;
}

/// Where distributions put the files of other machines that their cross compilers link with:
/// Debian in /usr/TRIPLE, Fedora in /usr/TRIPLE/sys-root.
bool find_cross_root(ExecTarget& target) {
  const std::string& name = target.elf.interpreter;
  if (!name.starts_with('/')) return false;
  for (const char* pattern : {"/usr/*-*-*", "/usr/*-*-*/sys-root"}) {
    glob_t roots{};
    const bool any = glob(pattern, GLOB_ONLYDIR, nullptr, &roots) == 0;
    for (std::size_t i = 0; any && i < roots.gl_pathc && target.found_prefix.empty(); ++i) {
      const std::string root = roots.gl_pathv[i];
      auto file = open_executable({AT_FDCWD, root + name}, name);
      if (!file) continue;
      auto elf = read_elf(file->get(), name);
      if (!elf || !runs_with(*elf, target.elf) || elf->os != target.elf.os) continue;
      target.interpreter_file = std::move(*file);
      target.interpreter = std::move(*elf);
      target.found_prefix = root;
    }
    globfree(&roots);
  }
  return !target.found_prefix.empty();
}

Loaded<void> open_interpreter(const PathResolver& paths, ExecTarget& target) {
  const std::string& name = target.elf.interpreter;
  if (name.empty()) return {};
  auto file = open_executable(paths.resolve(AT_FDCWD, name), name);
  if (!file) {
    if (paths.may_find_prefix() && find_cross_root(target)) return {};
    return load_error(file.error().host_errno,
                      fmt::format("{}: its interpreter {} cannot be used: {}; give the directory "
                                  "that holds the guest's files with -L or --root",
                                  target.guest_path, name, strerror(file.error().host_errno)));
  }
  auto elf = read_elf(file->get(), name);
  if (!elf || !runs_with(*elf, target.elf)) {
    if (paths.may_find_prefix() && find_cross_root(target)) return {};
    if (!elf) return tl::unexpected(elf.error());
    return load_error(ENOEXEC, fmt::format("{}: interpreter {} is not for this machine",
                                           target.guest_path, name));
  }
  target.interpreter_file = std::move(*file);
  target.interpreter = std::move(*elf);
  // What the program before was found in is this one's too.
  if (paths.may_find_prefix()) target.found_prefix = paths.prefix();
  return {};
}

}  // namespace

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) close(fd_);
}

Loaded<ExecTarget> find_program(const PathResolver& paths, PluginRegistry& plugins,
                                const std::string& path, int fd, std::vector<std::string> argv) {
  ExecTarget target;
  target.guest_path = absolute(paths, path);
  HostPath where = fd >= 0 ? HostPath{AT_FDCWD, fmt::format("/proc/self/fd/{}", fd)}
                           : paths.resolve(AT_FDCWD, path);
  auto file = open_executable(where, path);
  if (!file) return tl::unexpected(file.error());
  auto script = read_script_line(file->get(), path);
  if (!script) return tl::unexpected(script.error());
  if (*script) {
    const Script& s = **script;
    std::vector<std::string> with{s.interpreter};
    if (!s.argument.empty()) with.push_back(s.argument);
    with.push_back(fd >= 0 ? fmt::format("/dev/fd/{}", fd) : path);
    if (argv.size() > 1) with.insert(with.end(), argv.begin() + 1, argv.end());
    argv = std::move(with);
    target.script = true;
    target.guest_path = absolute(paths, s.interpreter);
    where = paths.resolve(AT_FDCWD, s.interpreter);
    file = open_executable(where, s.interpreter);
    if (!file) return tl::unexpected(file.error());
    auto again = read_script_line(file->get(), s.interpreter);
    if (!again) return tl::unexpected(again.error());
    if (*again) return load_error(ENOEXEC, fmt::format("{}: interpreter is a script", path));
  }
  target.file = std::move(*file);
  target.host_path = where.path;
  target.argv = std::move(argv);
  if (!is_elf(target.file.get())) {
    return load_error(ENOEXEC, fmt::format("{}: not an ELF file or script", target.guest_path));
  }
  auto elf = read_elf(target.file.get(), path);
  if (!elf) return tl::unexpected(elf.error());
  target.elf = std::move(*elf);
  std::string message;
  target.machine = plugins.find(target.elf, message);
  if (target.machine == nullptr) {
    // The host may know what to do with it, but never with another OS's program.
    if (target.elf.os != Os::linux_) {
      return load_error(ENOEXEC, fmt::format("{}: {}", path, message));
    }
    return target;
  }
  if (auto r = open_interpreter(paths, target); !r) return tl::unexpected(r.error());
  return target;
}

Loaded<LoadedProgram> load_program(AddressSpace& space, const OsAbi& abi,
                                   const ExecTarget& target) {
  LoadedProgram program;
  program.elf = target.elf;
  program.guest_path = target.guest_path;
  const MemoryLayout& layout = abi.memory_layout();
  auto image = load_image(space, target.file.get(), target.elf, layout.dyn_base, target.guest_path);
  if (!image) return tl::unexpected(image.error());
  program.image = *image;
  space.set_initial_break(image->highest);
  // FreeBSD sys/kern/imgact_elf.c: the interpreter and later mappings go above the room for data.
  const GuestAddr above = image->highest.align_up(space.limits().page_size) + layout.data_size;
  space.set_map_base(above < space.limits().user_max ? above : image->highest);
  if (target.interpreter_file.get() >= 0) {
    auto interpreter = load_image(space, target.interpreter_file.get(), target.interpreter, above,
                                  target.elf.interpreter);
    if (!interpreter) return tl::unexpected(interpreter.error());
    program.interpreter = *interpreter;
    program.has_interpreter = true;
  }
  return program;
}

}  // namespace emulate
