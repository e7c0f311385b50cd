#include "host/os/linux/proc.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

#include "host/os/linux/pass.h"
#include "host/os/linux/proc_net.h"
#include "host/task/host_files.h"

namespace emulate::linux_os {
namespace {

std::string maps(Task& task) {
  std::string out;
  const ImageInfo& image = task.process().image();
  for (const Mapping& m : task.memory().snapshot()) {
    if (m.guard) continue;
    const std::string range =
        fmt::format("{:08x}-{:08x} {}{}{}{} {:08x} {:02x}:{:02x} {}", m.start.value, m.end().value,
                    (m.prot & kProtRead) != 0 ? 'r' : '-', (m.prot & kProtWrite) != 0 ? 'w' : '-',
                    (m.prot & kProtExec) != 0 ? 'x' : '-', m.shared ? 's' : 'p',
                    m.anonymous ? 0 : m.offset, m.anonymous ? 0 : major(m.device),
                    m.anonymous ? 0 : minor(m.device), m.anonymous ? 0 : m.inode);
    std::string name = m.name ? *m.name : "";
    if (m.start == image.stack_base) name = "[stack]";
    if (name.starts_with('/')) name = task.process().paths().to_guest(name);
    out += name.empty() ? range + "\n" : fmt::format("{:<73}{}\n", range + " ", name);
  }
  return out;
}

std::string auxv(Task& task) {
  const ImageInfo& image = task.process().image();
  std::string out(image.auxv_size, '\0');
  if (!task.copyin(out.data(), image.auxv, out.size())) out.clear();
  return out;
}

std::string join_nul(const std::vector<std::string>& strings) {
  std::string out;
  for (const std::string& s : strings) out.append(s).push_back('\0');
  return out;
}

std::string cmdline(Task& task) { return join_nul(task.process().image().argv); }
std::string environ(Task& task) { return join_nul(task.process().image().envp); }

/// The host's, with the addresses that are the program's own: start and end of code, start of
/// the stack (fields 26 to 28 of proc(5)).
std::string stat(Task& task) {
  std::istringstream in = host_text("/proc/self/stat");
  std::string line;
  std::getline(in, line);
  const std::size_t behind_name = line.rfind(')');
  if (behind_name == std::string::npos) return line + "\n";
  std::istringstream rest(line.substr(behind_name + 1));
  std::string out = line.substr(0, behind_name + 1);
  const ImageInfo& image = task.process().image();
  std::string word;
  for (int field = 3; rest >> word; ++field) {
    if (field == 26) word = std::to_string(image.text_start.value);
    if (field == 27) word = std::to_string(image.text_end.value);
    if (field == 28) word = std::to_string(image.stack_top.value);
    out += ' ' + word;
  }
  return out + "\n";
}

std::string cpuinfo(Task& task) {
  const Process& process = task.process();
  const long host_cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  const long most = process.machine().max_cpus;
  const long cpus = most != 0 ? std::min(most, host_cpus) : host_cpus;
  std::string out;
  for (long i = 0; i < cpus; ++i) {
    fmt::format_to(std::back_inserter(out), "processor\t: {}\n", i);
    fmt::format_to(std::back_inserter(out), "{}\n",
                   process.machine().linux_->cpuinfo(process.cpu_model()));
  }
  return out;
}

struct View {
  const char* path;
  bool own;  ///< of the process's own directory
  std::string (*content)(Task&);
};

constexpr View kViews[] = {
    {"maps", true, &maps},       {"auxv", true, &auxv}, {"cmdline", true, &cmdline},
    {"environ", true, &environ}, {"stat", true, &stat}, {"/proc/cpuinfo", false, &cpuinfo},
};

/// "maps" for "/proc/self/maps"; empty when the path is not about this process.
std::string own_entry(Task& task, const std::string& path) {
  const std::string pid = std::to_string(::getpid());
  for (const std::string& who :
       {std::string("self"), pid, std::string("thread-self"),
        fmt::format("{}/task/{}", pid, task.tid()), fmt::format("self/task/{}", task.tid())}) {
    const std::string start = "/proc/" + who + "/";
    if (path.starts_with(start)) return path.substr(start.size());
  }
  return {};
}

/// A file without a name, but for what /proc tells of its descriptors.
Expected<int> make_file(const std::string& path, const std::string& content, int host_flags) {
  const int fd = ::memfd_create(path.c_str(), (host_flags & O_CLOEXEC) != 0 ? MFD_CLOEXEC : 0);
  if (fd < 0) return host_error(errno);
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = ::write(fd, content.data() + done, content.size() - done);
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

/// "tcp" for "/proc/net/tcp" and "/proc/self/net/tcp", when the guest reads something else there.
std::string_view net_file(const Task& task, std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (task.model().order == kHostModel.order || slash == std::string_view::npos) return {};
  const std::string_view name = path.substr(slash + 1);
  return path.substr(0, slash).ends_with("/net") && is_swapped_net_file(name) ? name
                                                                              : std::string_view{};
}

Expected<int> open_net_file(const std::string& path, std::string_view name, int host_flags) {
  const auto content = read_host_file(path);
  if (!content) return host_error(ENOENT);
  return make_file(path, swapped_net_file(name, *content), host_flags);
}

}  // namespace

std::optional<Expected<int>> open_proc_view(Task& task, const std::string& path, int host_flags) {
  if (!path.starts_with("/proc/")) return std::nullopt;
  if (const auto name = net_file(task, path); !name.empty()) {
    return open_net_file(path, name, host_flags);
  }
  const std::string entry = own_entry(task, path);
  for (const View& v : kViews) {
    if (v.own ? entry != v.path : path != v.path) continue;
    if ((host_flags & O_ACCMODE) != O_RDONLY) return host_error(EACCES);
    return make_file(path, v.content(task), host_flags);
  }
  return std::nullopt;
}

std::string proc_view_path(int fd) {
  struct stat st {};
  if (::fstat(fd, &st) != 0 || st.st_nlink != 0 || !S_ISREG(st.st_mode)) return {};
  constexpr std::string_view kStart = "/memfd:/proc/", kEnd = " (deleted)";
  std::array<char, 256> link;
  const ssize_t n =
      ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), link.data(), link.size());
  std::string_view name(link.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  if (!name.starts_with(kStart) || !name.ends_with(kEnd)) return {};
  name.remove_prefix(kStart.find("/proc"));
  name.remove_suffix(kEnd.size());
  return std::string(name);
}

}  // namespace emulate::linux_os
