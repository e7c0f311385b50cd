#pragma once

/// Arguments that take more than one slot or need a look at several structures.

#include <sys/uio.h>

#include "host/os/linux/pass.h"

namespace emulate::linux_os {

struct Iovec {
  GuestAddr base;
  ULong length;
};

}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr const char* kStructName<linux_os::Iovec> = "iovec";
template <>
inline constexpr auto kFields<linux_os::Iovec> = fields(field<&linux_os::Iovec::base>("iov_base"),
                                                        field<&linux_os::Iovec::length>("iov_len"));
}  // namespace emulate

namespace emulate::linux_os {

using HostIovecs = boost::container::small_vector<iovec, 16>;

/// The buffers of an iovec array as the host kernel can use them. EINVAL, EFAULT.
Expected<HostIovecs> load_iovecs(Task& task, GuestAddr address, std::uint64_t count, bool written);

/// An iovec array and its length: two arguments.
struct InVector {
  GuestAddr address;
  std::uint64_t count = 0;
};
struct OutVector {
  GuestAddr address;
  std::uint64_t count = 0;
};

/// An offset as two longs, low half first on every machine (preadv, pwritev); one host argument
/// and a zero behind it.
struct SplitOffset {
  std::uint64_t value = 0;
};

template <class V>
requires(std::is_same_v<V, InVector> || std::is_same_v<V, OutVector>) struct HostArg<V> {
  HostIovecs iovecs;
  Expected<void> prepare(Task& task, const V& v, HostArgs& out) {
    auto loaded = load_iovecs(task, v.address, v.count, std::is_same_v<V, OutVector>);
    if (!loaded) return tl::unexpected(loaded.error());
    iovecs = std::move(*loaded);
    out.add(iovecs.data());
    out.add(static_cast<long>(iovecs.size()));
    return {};
  }
  Expected<void> finish(Task&, const V&) { return {}; }
};

template <>
struct HostArg<SplitOffset> {
  Expected<void> prepare(Task&, const SplitOffset& o, HostArgs& out) {
    out.add(static_cast<long>(o.value));
    out.add(0L);
    return {};
  }
  Expected<void> finish(Task&, const SplitOffset&) { return {}; }
};

}  // namespace emulate::linux_os

namespace emulate {

template <class V>
requires(std::is_same_v<V, linux_os::InVector> ||
         std::is_same_v<V, linux_os::OutVector>) struct Param<V> {
  static V fetch(ArgCursor& c) {
    const GuestAddr address = Param<GuestAddr>::fetch(c);
    return {address, Param<ULong>::fetch(c)};
  }
  static void print(const V& v, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{:#x}, {}", v.address.value, v.count);
  }
};

template <>
struct Param<linux_os::SplitOffset> {
  static linux_os::SplitOffset fetch(ArgCursor& c) {
    const std::uint64_t low = Param<ULong>::fetch(c);
    const std::uint64_t high = Param<ULong>::fetch(c);
    return {c.model().is64() ? low : low | high << 32};
  }
  static void print(const linux_os::SplitOffset& o, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{}", o.value);
  }
};

}  // namespace emulate
