#pragma once

/// Structures that are the same on all machines but for their byte order.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

namespace emulate::linux_os {

/// The sizes of the members of a structure, one digit for each. The last one stands for all that
/// follow: "4" is a number or an array of numbers, "1" are bytes, text and what has the order of
/// the network. A star at the end makes an array of the structure.
using Members = std::string_view;

constexpr std::size_t size_of(Members members) {
  std::size_t n = 0;
  for (const char c : members) n += static_cast<std::size_t>(c - '0');
  return n;
}

inline void swap_members(std::span<std::byte> bytes, Members sizes) {
  const bool array = sizes.ends_with('*');
  if (array) sizes.remove_suffix(1);
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    if (i == sizes.size()) i = array ? 0 : sizes.size() - 1;
    const auto member = bytes.first(std::min<std::size_t>(sizes[i] - '0', bytes.size()));
    std::reverse(member.begin(), member.end());
    bytes = bytes.subspan(member.size());
  }
}

}  // namespace emulate::linux_os
