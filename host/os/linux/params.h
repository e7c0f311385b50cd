#pragma once

/// Parameter types of Linux's own (host/os/param.h has the common ones).

#include "host/os/param.h"
#include "host/os/path.h"

namespace emulate::linux_os {

/// A pathname relative to the current directory. `follow`: whether a symbolic link at its end is
/// followed; `creates`: whether the call may create it.
using Follow = PathResolver::Follow;
template <Follow kFollow = Follow::yes, bool kCreates = false>
struct Path {
  PathArg path;
};
using LinkPath = Path<Follow::no>;
using NewPath = Path<Follow::no, true>;

/// A directory descriptor and a pathname relative to it: two arguments.
template <Follow kFollow = Follow::yes, bool kCreates = false>
struct AtPath {
  Fd directory{};
  PathArg path;
};
using AtLinkPath = AtPath<Follow::no>;
using AtNewPath = AtPath<Follow::no, true>;

/// A buffer that the call reads or fills, and its size: two arguments.
struct InBuffer {
  GuestAddr address;
  std::uint64_t size = 0;
};
struct OutBuffer {
  GuestAddr address;
  std::uint64_t size = 0;
};

/// A NUL-terminated string that is no path.
struct Text {
  GuestAddr address;
};

/// Flags with O_CLOEXEC and O_NONBLOCK in the port's numbering.
enum class OpenFlags : std::uint32_t {};
constexpr std::uint32_t bits(OpenFlags f) { return static_cast<std::uint32_t>(f); }

/// A signal number in the port's numbering.
enum class SignalNumber : std::int32_t {};
constexpr int number(SignalNumber s) { return static_cast<int>(s); }

}  // namespace emulate::linux_os

namespace emulate {

template <linux_os::Follow F, bool C>
struct Param<linux_os::Path<F, C>> {
  static linux_os::Path<F, C> fetch(ArgCursor& c) { return {Param<PathArg>::fetch(c)}; }
  static void print(const linux_os::Path<F, C>& p, std::string& out) {
    Param<PathArg>::print(p.path, out);
  }
};

template <linux_os::Follow F, bool C>
struct Param<linux_os::AtPath<F, C>> {
  static linux_os::AtPath<F, C> fetch(ArgCursor& c) {
    const Fd directory = Param<Fd>::fetch(c);
    return {directory, Param<PathArg>::fetch(c)};
  }
  static void print(const linux_os::AtPath<F, C>& p, std::string& out) {
    out += p.directory == kAtFdcwd ? "AT_FDCWD" : std::to_string(host(p.directory));
    out += ", ";
    Param<PathArg>::print(p.path, out);
  }
};

template <class B>
requires(std::is_same_v<B, linux_os::InBuffer> ||
         std::is_same_v<B, linux_os::OutBuffer>) struct Param<B> {
  static B fetch(ArgCursor& c) {
    const GuestAddr address = Param<GuestAddr>::fetch(c);
    return {address, Param<ULong>::fetch(c)};
  }
  static void print(const B& b, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{:#x}, {}", b.address.value, b.size);
  }
};

template <>
struct Param<linux_os::Text> {
  static linux_os::Text fetch(ArgCursor& c) { return {Param<GuestAddr>::fetch(c)}; }
  static void print(const linux_os::Text& t, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{:#x}", t.address.value);
  }
};

template <>
struct Param<linux_os::OpenFlags> {
  static linux_os::OpenFlags fetch(ArgCursor& c) { return linux_os::OpenFlags(c.word32()); }
  static void print(linux_os::OpenFlags v, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{:#x}", linux_os::bits(v));
  }
};

template <>
struct Param<linux_os::SignalNumber> {
  static linux_os::SignalNumber fetch(ArgCursor& c) {
    return linux_os::SignalNumber(static_cast<std::int32_t>(c.word32()));
  }
  static void print(linux_os::SignalNumber v, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{}", linux_os::number(v));
  }
};

namespace detail {
template <linux_os::Follow F, bool C>
void load_for_trace(const linux_os::Path<F, C>& p) {
  (void)p.path.load();
}
template <linux_os::Follow F, bool C>
void load_for_trace(const linux_os::AtPath<F, C>& p) {
  (void)p.path.load();
}
}  // namespace detail

}  // namespace emulate
