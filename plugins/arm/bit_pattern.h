#pragma once

/// Instruction encodings written as the manuals print them: 32 characters, '0' and '1' fixed,
/// anything else a field.

#include <cstdint>

namespace emulate::arm {

struct BitPattern {
  std::uint32_t mask = 0;
  std::uint32_t value = 0;

  consteval BitPattern(const char (&text)[33]) {
    for (int i = 0; i < 32; ++i) {
      const bool fixed = text[i] == '0' || text[i] == '1';
      mask = mask << 1 | (fixed ? 1u : 0u);
      value = value << 1 | (text[i] == '1' ? 1u : 0u);
    }
  }
  constexpr bool matches(std::uint32_t word) const { return (word & mask) == value; }
};

/// Bits high..low of `word`.
constexpr std::uint32_t bits(std::uint32_t word, unsigned high, unsigned low) {
  return word >> low & (0xffff'ffffu >> (31 - (high - low)));
}

}  // namespace emulate::arm
