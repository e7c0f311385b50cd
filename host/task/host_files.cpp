#include "host/task/host_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <string_view>
#include <system_error>
#include <thread>

#include "host/task/access.h"
#include "host/task/fd_table.h"
#include "host/task/root.h"

namespace emulate {

int open_host_file(const std::string& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    const int opened = open_outside(path, flags | O_CLOEXEC, mode);
    if (opened < 0) return -1;
    fd = FdTable::make_private(opened);
    // EBADF: another thread of the guest has closed it in between.
  } while (fd < 0 && errno == EBADF);
  return fd;
}

std::optional<std::string> read_host_file(const std::string& path) {
  const int fd = open_host_file(path, O_RDONLY);
  if (fd < 0) return std::nullopt;
  constexpr std::size_t kPiece = 4096;
  std::string out;
  ssize_t n = 0;
  do {
    const std::size_t at = out.size();
    out.resize(at + kPiece);
    n = read(fd, out.data() + at, kPiece);
    out.resize(at + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  } while (n > 0);
  close(fd);
  return out;
}

std::istringstream host_text(const std::string& path) {
  return std::istringstream(read_host_file(path).value_or(""));
}

Expected<std::vector<int>> numbered_entries(const std::string& directory) {
  const int fd = open_host_file(directory, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return host_error(errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fdopendir(fd), &closedir);
  if (dir == nullptr) {
    const int error = errno;
    close(fd);
    return host_error(error);
  }
  std::vector<int> out;
  while (const dirent* entry = readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    int number = 0;
    const auto r = std::from_chars(name.data(), name.data() + name.size(), number);
    if (r.ec == std::errc() && r.ptr == name.data() + name.size()) out.push_back(number);
  }
  std::ranges::sort(out);
  return out;
}

bool with_own_descriptors(const std::function<void()>& work) {
  bool done = false;
  const auto run = [&] {
    done = syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_UNSHARE) == 0 || unshare(CLONE_FILES) == 0;
    if (done) work();
  };
  const HostSignalsBlocked blocked;
  try {
    std::thread(run).join();
  } catch (const std::system_error&) {
    return false;
  }
  return done;
}

}  // namespace emulate
