#include "host/trace/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "host/trace/own_file.h"

namespace emulate {
namespace {

struct Channel {
  const char* name;
  Log channel;
};

/// The first name of a channel is the one shown; the others are what QEMU users type.
constexpr std::array kChannels{
    Channel{"in_asm", Log::guest_asm}, Channel{"ir", Log::ir},
    Channel{"out_asm", Log::host_asm}, Channel{"engine", Log::engine},
    Channel{"exec", Log::exec},        Channel{"unknown", Log::unknown},
    Channel{"unimp", Log::unknown},    Channel{"signal", Log::signal},
    Channel{"memory", Log::memory},    Channel{"mmap", Log::memory},
    Channel{"loader", Log::loader},
};

constexpr std::uint32_t bit(Log channel) { return 1u << static_cast<unsigned>(channel); }

/// The bits that a name stands for; 0 when there is no such channel.
std::uint32_t bits_of(std::string_view name) {
  std::uint32_t all = 0;
  for (const Channel& c : kChannels) {
    if (c.name == name) return bit(c.channel);
    all |= bit(c.channel);
  }
  return name == "all" ? all : 0;
}

std::string with_pid(const std::string& pattern) {
  std::string path = pattern;
  const std::size_t at = path.find("%d");
  if (at != std::string::npos) path.replace(at, 2, std::to_string(getpid()));
  return path;
}

int open_log(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

}  // namespace

Logger& Logger::instance() {
  static Logger logger;
  return logger;
}

std::string Logger::channel_names() {
  std::string names;
  for (const Channel& c : kChannels) names += fmt::format("{}, ", c.name);
  return names + "all";
}

tl::expected<void, std::string> Logger::enable(std::string_view names) {
  while (true) {
    const std::size_t comma = names.find(',');
    const std::string_view name = names.substr(0, comma);
    const std::uint32_t bits = bits_of(name);
    if (bits == 0) {
      return tl::unexpected(
          fmt::format("unknown log channel '{}'; there are {}", name, channel_names()));
    }
    channels_ |= bits;
    if (comma == std::string_view::npos) return {};
    names.remove_prefix(comma + 1);
  }
}

tl::expected<void, std::string> Logger::open(const std::string& path) {
  const std::string name = with_pid(path);
  const int fd = open_log(name);
  if (fd < 0) {
    return tl::unexpected(
        fmt::format("cannot write the log to {}: {}", name, std::strerror(errno)));
  }
  use_descriptor(fd);
  per_process_ = name != path;
  if (per_process_) pattern_ = path;
  pid_ = getpid();
  return {};
}

void Logger::use_descriptor(int fd) {
  if (fd_ != fd && fd_ > 2) close(fd_);
  fd_ = fd;
}

void Logger::line(std::string_view text) {
  if (per_process_ && getpid() != pid_) start_own_file();
  char newline = '\n';
  const std::array<iovec, 2> parts{iovec{const_cast<char*>(text.data()), text.size()},
                                   iovec{&newline, 1}};
  // A log that cannot be written has nowhere to complain to.
  (void)write_own_file(fd_, parts);
}

void Logger::start_own_file() {
  pid_ = getpid();
  const int fd = open_log(with_pid(pattern_));
  if (fd < 0) return;
  // Keeps the number, which is one the guest cannot touch.
  dup3(fd, fd_, O_CLOEXEC);
  close(fd);
}

}  // namespace emulate
