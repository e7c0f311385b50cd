#pragma once

/// Structures that newer calls extend: members of 64 bits only, and how many bytes the caller knows
/// of, as an argument beside it.

#include "host/os/linux/pass.h"

namespace emulate::linux_os {

/// Such a structure that the call reads, and its size: two arguments.
struct InWords {
  GuestAddr address;
  std::uint64_t size = 0;
};

template <>
struct HostArg<InWords> {
  HostBytes bytes;
  Expected<void> prepare(Task& task, const InWords& w, HostArgs& out) {
    constexpr std::uint64_t kPage = 4096;
    if (w.size > kPage) return host_error(E2BIG);
    bytes.resize(w.size);
    if (w.address) {
      if (auto r = task.copyin(bytes.data(), w.address, w.size); !r) return r;
    }
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      store_scalar(kHostModel, &bytes[i], load_scalar(task.model(), &bytes[i], 8), 8);
    }
    out.add(w.address ? bytes.data() : nullptr);
    out.add(static_cast<long>(w.size));
    return {};
  }
  Expected<void> finish(Task&, const InWords&) { return {}; }
};

}  // namespace emulate::linux_os

namespace emulate {

template <>
struct Param<linux_os::InWords> {
  static linux_os::InWords fetch(ArgCursor& c) {
    const GuestAddr address = Param<GuestAddr>::fetch(c);
    return {address, Param<ULong>::fetch(c)};
  }
  static void print(const linux_os::InWords& w, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{:#x}, {}", w.address.value, w.size);
  }
};

}  // namespace emulate
