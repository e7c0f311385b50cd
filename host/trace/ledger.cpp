#include "host/trace/ledger.h"

#include <unistd.h>

#include <map>
#include <mutex>

#include <fmt/format.h>

#include "host/trace/log.h"
#include "host/trace/own_file.h"

namespace emulate {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c < 0x20 || c > 0x7e) {
      // Bytes of no known encoding.
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

class Ledger {
 public:
  static Ledger& instance() {
    static Ledger ledger;
    return ledger;
  }

  void open(int fd) { fd_ = fd; }

  void start(std::string_view program, std::string_view machine, std::string_view os) {
    write();
    const std::lock_guard lock(mutex_);
    head_ = fmt::format("{{\"program\":{},\"machine\":{},\"os\":{}", quoted(program),
                        quoted(machine), quoted(os));
  }

  void note(Missing kind, std::string_view name) {
    if (fd_ < 0) return;
    const std::lock_guard lock(mutex_);
    own_process();
    ++counts_[{kind, std::string(name)}];
  }

  void write() {
    if (fd_ < 0) return;
    const std::lock_guard lock(mutex_);
    own_process();
    if (counts_.empty()) return;
    std::string line = fmt::format("{},\"pid\":{},\"missing\":[", head_, pid_);
    const char* separator = "";
    for (const auto& [what, count] : counts_) {
      line += fmt::format("{}{{\"kind\":\"{}\",\"name\":{},\"count\":{}}}", separator,
                          missing_name(what.first), quoted(what.second), count);
      separator = ",";
    }
    line += "]}\n";
    counts_.clear();
    // One write, so that lines of several processes do not mix.
    const iovec whole{line.data(), line.size()};
    (void)write_own_file(fd_, {&whole, 1});
  }

 private:
  /// A forked child has missed nothing yet.
  void own_process() {
    if (pid_ == getpid()) return;
    pid_ = getpid();
    counts_.clear();
  }

  std::mutex mutex_;
  int fd_ = -1;
  int pid_ = getpid();
  std::string head_ = "{\"program\":\"\"";
  std::map<std::pair<Missing, std::string>, unsigned long> counts_;
};

}  // namespace

const char* missing_name(Missing kind) {
  switch (kind) {
    case Missing::call:
      return "call";
    case Missing::sysctl:
      return "sysctl";
    case Missing::ioctl:
      return "ioctl";
    case Missing::instruction:
      return "instruction";
  }
  return "";
}

void note_missing(Missing kind, std::string_view name, std::string_view line) {
  log(Log::unknown, line);
  Ledger::instance().note(kind, name);
}

void open_ledger(int fd) { Ledger::instance().open(fd); }

void start_ledger(std::string_view program, std::string_view machine, std::string_view os) {
  Ledger::instance().start(program, machine, os);
}

void write_ledger() { Ledger::instance().write(); }

}  // namespace emulate
