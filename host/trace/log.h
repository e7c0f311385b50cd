#pragma once

/// -d channels and -D file. Lines go out with one write(2) each, so that lines of several threads
/// and processes do not mix; safe to use after fork.

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "emulate/host_services.h"

namespace emulate {

class Logger {
 public:
  static Logger& instance();

  /// "in_asm,exec,unknown" or "all"; an unknown name is an error that lists the known ones.
  tl::expected<void, std::string> enable(std::string_view names);
  /// The names enable() knows, for messages.
  static std::string channel_names();
  /// Appends to a file instead of stderr. "%d" in the name becomes the process id, and each forked
  /// process then writes a file of its own.
  tl::expected<void, std::string> open(const std::string& path);
  /// Where lines go. The launcher moves it out of the guest's reach.
  int descriptor() const { return fd_; }
  /// Takes ownership of `fd`.
  void use_descriptor(int fd);

  bool enabled(Log channel) const { return (channels_ >> static_cast<unsigned>(channel)) & 1; }
  /// One line; the newline is added.
  void line(std::string_view text);

 private:
  void start_own_file();

  std::uint32_t channels_ = 0;
  int fd_ = 2;
  bool per_process_ = false;
  int pid_ = 0;          ///< whose file is open
  std::string pattern_;  ///< its name with "%d"
};

inline void log(Log channel, std::string_view text) {
  Logger& logger = Logger::instance();
  if (logger.enabled(channel)) logger.line(text);
}

}  // namespace emulate
