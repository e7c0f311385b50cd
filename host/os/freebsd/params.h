#pragma once

/// Parameter types of FreeBSD's own (host/os/param.h has the common ones).

#include "host/os/freebsd/signal_tables.h"
#include "host/os/param.h"

namespace emulate::freebsd {

/// A signal number; -strace prints its name.
enum class SignalNumber : std::int32_t {};
constexpr int number(SignalNumber s) { return static_cast<int>(s); }

}  // namespace emulate::freebsd

namespace emulate {

template <>
struct Param<freebsd::SignalNumber> {
  static freebsd::SignalNumber fetch(ArgCursor& c) {
    return freebsd::SignalNumber(static_cast<std::int32_t>(c.word32()));
  }
  static void print(freebsd::SignalNumber v, std::string& out) {
    out += freebsd::signal_name(freebsd::number(v));
  }
};

}  // namespace emulate
