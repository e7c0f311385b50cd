#include "host/os/linux/proc_net.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace emulate::linux_os {
namespace {

constexpr std::size_t kWordDigits = 8, kPortDigits = 4;

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789ABCDEF") == std::string_view::npos;
}

/// Reverses the bytes of each word of hexadecimal digits.
void swap_words(char* at, std::size_t digits) {
  for (char* word = at; word != at + digits; word += kWordDigits) {
    for (std::size_t i = 0; i < kWordDigits / 2; i += 2) {
      std::swap_ranges(word + i, word + i + 2, word + kWordDigits - 2 - i);
    }
  }
}

/// An address with a port behind it, as in the lists of sockets: 0100007F:0016.
std::size_t address_before_port(std::string_view field) {
  const std::size_t colon = field.find(':');
  if (colon != kWordDigits && colon != 4 * kWordDigits) return 0;
  const bool is_address = field.size() == colon + 1 + kPortDigits &&
                          is_hex(field.substr(0, colon)) && is_hex(field.substr(colon + 1));
  return is_address ? colon : 0;
}

std::size_t lone_address(std::string_view field) {
  return field.size() == kWordDigits && is_hex(field) ? kWordDigits : 0;
}

struct NetFile {
  std::string_view name;
  std::uint32_t columns;  ///< a bit for each that may be an address
  /// How many digits at the start of a field are one; 0: it is none.
  std::size_t (*address)(std::string_view field);
};

constexpr std::uint32_t kSocketColumns = 1U << 1 | 1U << 2,
                        kRouteColumns = 1U << 1 | 1U << 2 | 1U << 7;

constexpr NetFile kFiles[] = {
    {"tcp", kSocketColumns, &address_before_port},
    {"tcp6", kSocketColumns, &address_before_port},
    {"udp", kSocketColumns, &address_before_port},
    {"udp6", kSocketColumns, &address_before_port},
    {"udplite", kSocketColumns, &address_before_port},
    {"udplite6", kSocketColumns, &address_before_port},
    {"raw", kSocketColumns, &address_before_port},
    {"raw6", kSocketColumns, &address_before_port},
    {"icmp", kSocketColumns, &address_before_port},
    {"icmp6", kSocketColumns, &address_before_port},
    {"igmp", 1, &lone_address},
    {"route", kRouteColumns, &lone_address},
};

const NetFile* find(std::string_view name) {
  const auto* file = std::find_if(std::begin(kFiles), std::end(kFiles),
                                  [name](const NetFile& f) { return f.name == name; });
  return file != std::end(kFiles) ? file : nullptr;
}

}  // namespace

bool is_swapped_net_file(std::string_view name) { return find(name) != nullptr; }

std::string swapped_net_file(std::string_view name, std::string out) {
  const NetFile* file = find(name);
  constexpr std::string_view kBlank = " \t", kEnd = " \t\n";
  unsigned column = 0;
  for (std::size_t at = 0; at < out.size();) {
    if (out[at] == '\n') {
      column = 0;
      ++at;
    } else if (kBlank.find(out[at]) != std::string_view::npos) {
      ++at;
    } else {
      const std::size_t end = std::min(out.find_first_of(kEnd, at), out.size());
      const auto field = std::string_view(out).substr(at, end - at);
      if (column < 32 && (file->columns >> column & 1) != 0) {
        swap_words(&out[at], file->address(field));
      }
      ++column;
      at = end;
    }
  }
  return out;
}

}  // namespace emulate::linux_os
