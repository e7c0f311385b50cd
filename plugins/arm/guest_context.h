#pragma once

/// What the slow paths of a core need: guest memory with faults recorded as events, and
/// instruction fetch through a small instruction cache line.

#include <signal.h>

#include <cstring>
#include <optional>
#include <utility>

#include "arm/code_pages.h"
#include "emulate/emulate.h"

namespace emulate::arm {

class GuestContext {
 public:
  GuestContext(HostServices& host, CodePages& code_pages) : host_(host), code_pages_(code_pages) {}

  HostServices& host() const { return host_; }

  template <class T>
  std::optional<T> read(std::uint64_t address) {
    T value{};
    if (made(host_.copyin(&value, GuestAddr(address), sizeof value))) return value;
    fault(address, sizeof value, Access::read);
    return std::nullopt;
  }

  template <class T>
  bool write(std::uint64_t address, const T& value) {
    if (made(host_.copyout(GuestAddr(address), &value, sizeof value))) return true;
    fault(address, sizeof value, Access::write);
    return false;
  }

  /// Replaces `expected` by `desired`; `expected` receives what was found. False: a fault.
  template <class T>
  bool compare_exchange(std::uint64_t address, T& expected, const T& desired) {
    if (address % sizeof(T) != 0) {
      raise_fault(address, Access::write, FaultCause::alignment);
      return false;
    }
    if (made(host_.compare_exchange(GuestAddr(address), &expected, &desired, sizeof(T)))) {
      return true;
    }
    fault(address, sizeof(T), Access::write);
    return false;
  }

  /// One aligned instruction word; nullopt where the guest may not execute.
  std::optional<std::uint32_t> fetch(std::uint64_t address) {
    if (address - line_start_ >= line_bytes_ || line_bytes_ - (address - line_start_) < 4) {
      if (!fill_line(address)) return std::nullopt;
    }
    std::uint32_t word;
    std::memcpy(&word, line_ + (address - line_start_), sizeof word);
    return word;
  }
  /// Called when code may have changed.
  void forget_fetched() { line_bytes_ = 0; }

  void raise_fault(std::uint64_t address, Access access, FaultCause cause) {
    Event event;
    event.kind = EventKind::fault;
    event.access = access;
    event.cause = cause;
    event.address = GuestAddr(address);
    raise(event);
  }
  /// The first event of a run is the one that counts.
  void raise(const Event& event) {
    if (!event_) event_ = event;
  }
  bool has_event() const { return event_.has_value(); }
  std::optional<Event> take_event() { return std::exchange(event_, std::nullopt); }

  /// Called by the signal handler before the failing access is made again on the slow path.
  void note_host_signal(int signo) { host_signal_ = signo; }

 private:
  static constexpr std::size_t kLine = 256;

  bool fill_line(std::uint64_t address) {
    const std::uint64_t start = address & ~std::uint64_t{kLine - 1};
    code_pages_.add(start);
    line_bytes_ = host_.fetch(GuestAddr(start), line_, kLine);
    line_start_ = start;
    return address - start < line_bytes_ && line_bytes_ - (address - start) >= 4;
  }

  /// A signal noted for an access that could then be made says nothing about the next one.
  bool made(bool done) {
    if (done) host_signal_ = 0;
    return done;
  }

  void fault(std::uint64_t address, std::size_t size, Access access) {
    const FaultCause cause = host_signal_ == SIGBUS ? FaultCause::bus : FaultCause::access;
    host_signal_ = 0;
    raise_fault(first_bad_byte(address, size, access), access, cause);
  }

  /// An access that crosses into a page without rights faults with that page's first address.
  std::uint64_t first_bad_byte(std::uint64_t address, std::size_t size, Access access) {
    const std::uint64_t second = (address + size - 1) & ~(CodePages::kPageSize - 1);
    if (second <= address) return address;
    // Replacing a byte by itself shows whether it can be written, and changes nothing.
    std::byte probe{};
    const GuestAddr at(address);
    const bool head_good = access == Access::write
                               ? host_.compare_exchange(at, &probe, &probe, sizeof probe)
                               : host_.copyin(&probe, at, sizeof probe);
    if (!head_good) return address;
    return second;
  }

  HostServices& host_;
  CodePages& code_pages_;
  std::optional<Event> event_;
  volatile int host_signal_ = 0;
  std::uint64_t line_start_ = 0;
  std::size_t line_bytes_ = 0;
  std::byte line_[kLine];
};

}  // namespace emulate::arm
