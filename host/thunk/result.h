#pragma once

/// Outcomes of host-side work done for a guest system call.

#include <cstdint>
#include <tl/expected.hpp>
#include <type_traits>

#include "emulate/os_abi.h"

namespace emulate {

/// An errno in the host's (Linux's) numbering. Everything below the personalities speaks this;
/// a personality translates it by table when it answers the guest.
struct HostErrno {
  int value = 0;
  constexpr bool operator==(const HostErrno&) const = default;
};

/// An errno in the guest OS's own numbering, for errors the host has no number for (ENOTCAPABLE).
struct GuestErrno {
  int value = 0;
  constexpr bool operator==(const GuestErrno&) const = default;
};

template <class T>
using Expected = tl::expected<T, HostErrno>;

inline tl::unexpected<HostErrno> host_error(int host_errno) {
  return tl::unexpected(HostErrno{host_errno});
}

/// The call was interrupted by a signal and may run again (the kernel's ERESTART): whether it does
/// or fails with EINTR is decided by the signal's SA_RESTART when it is delivered.
struct Restart {};
/// Registers are already what they must be (the kernel's EJUSTRETURN).
struct JustReturn {};

/// What a system call handler returns.
class SysResult {
 public:
  enum class Kind : std::uint8_t { value, host_error, guest_error, restart, just_return };

  constexpr SysResult() = default;
  constexpr SysResult(HostErrno e) : kind_(Kind::host_error), error_(e.value) {}     // NOLINT
  constexpr SysResult(GuestErrno e) : kind_(Kind::guest_error), error_(e.value) {}   // NOLINT
  constexpr SysResult(Restart) : kind_(Kind::restart) {}                             // NOLINT
  constexpr SysResult(JustReturn) : kind_(Kind::just_return) {}                      // NOLINT
  constexpr SysResult(const tl::unexpected<HostErrno>& e) : SysResult(e.value()) {}  // NOLINT

  /// A result of the width of a register (td_retval[0]).
  static constexpr SysResult value(std::uint64_t v) {
    SysResult r;
    r.value_ = v;
    return r;
  }
  /// Two results (td_retval[0] and [1]), as of pipe(2) and fork(2).
  static constexpr SysResult pair(std::uint64_t first, std::uint64_t second) {
    SysResult r = value(first);
    r.second_ = second;
    r.has_second_ = true;
    return r;
  }
  /// A 64-bit result on every machine (off_t of lseek).
  static constexpr SysResult wide(std::uint64_t v) {
    SysResult r = value(v);
    r.wide_ = true;
    return r;
  }
  static constexpr SysResult ok() { return value(0); }
  /// From a host call that returns -1 and sets errno, or a value.
  static SysResult from_libc(long result);
  /// From a raw host system call (-errno or value). EINTR becomes Restart if `restartable`.
  static constexpr SysResult from_raw(long result, bool restartable = false) {
    if (result < 0 && result >= -4095) {
      constexpr int kEintr = 4;
      if (restartable && -result == kEintr) return Restart{};
      return HostErrno{static_cast<int>(-result)};
    }
    return value(static_cast<std::uint64_t>(result));
  }
  template <class T>
  static SysResult from(const Expected<T>& e) {
    if (!e) return e.error();
    if constexpr (std::is_void_v<T>) {
      return ok();
    } else if constexpr (std::is_same_v<T, GuestAddr>) {
      return value(e->value);
    } else {
      return value(static_cast<std::uint64_t>(*e));
    }
  }

  constexpr Kind kind() const { return kind_; }
  constexpr bool is_value() const { return kind_ == Kind::value; }
  /// Host or guest errno, by kind().
  constexpr int error() const { return error_; }
  constexpr std::uint64_t first() const { return value_; }
  constexpr std::uint64_t second() const { return second_; }
  constexpr bool has_second() const { return has_second_; }
  constexpr bool is_wide() const { return wide_; }

 private:
  Kind kind_ = Kind::value;
  bool wide_ = false;
  bool has_second_ = false;
  int error_ = 0;
  std::uint64_t value_ = 0;
  std::uint64_t second_ = 0;
};

}  // namespace emulate
