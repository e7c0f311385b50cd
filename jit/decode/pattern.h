#pragma once

/// Encodings as the manuals print them: 32 characters, most significant bit first. '0' and '1' are
/// fixed, '-' is ignored, every other letter names a field. Blanks may separate groups.

#include <array>
#include <cstddef>
#include <cstdint>

namespace emulate::jit::decode {

/// A string literal as a template argument.
template <std::size_t N>
struct Text {
  char chars[N];
  consteval Text(const char (&s)[N]) {
    for (std::size_t i = 0; i < N; ++i) chars[i] = s[i];
  }
};

struct Field {
  char letter = 0;
  std::uint32_t mask = 0;  ///< its bits in the word
};

inline constexpr unsigned kMaxFields = 8;

struct Pattern {
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
  unsigned field_count = 0;
  std::array<Field, kMaxFields> fields{};  ///< in order of appearance

  constexpr bool matches(std::uint32_t word) const { return (word & mask) == value; }
};

template <std::size_t N>
consteval Pattern parse(const Text<N>& text) {
  Pattern p;
  unsigned bits = 0;
  for (std::size_t i = 0; i + 1 < N; ++i) {
    const char c = text.chars[i];
    if (c == ' ') continue;
    if (bits == 32) throw "a pattern has 32 bits";
    const std::uint32_t bit = 0x8000'0000u >> bits++;
    if (c == '0' || c == '1') {
      p.mask |= bit;
      if (c == '1') p.value |= bit;
    } else if (c != '-') {
      unsigned f = 0;
      while (f < p.field_count && p.fields[f].letter != c) ++f;
      if (f == kMaxFields) throw "too many fields";
      if (f == p.field_count) p.fields[p.field_count++].letter = c;
      p.fields[f].mask |= bit;
    }
  }
  if (bits != 32) throw "a pattern has 32 bits";
  return p;
}

/// The field's bits of `word`, moved together.
constexpr std::uint32_t extract(std::uint32_t word, std::uint32_t mask) {
  std::uint32_t result = 0;
  unsigned at = 0;
  for (unsigned b = 0; b < 32; ++b) {
    if ((mask >> b & 1) != 0) result |= (word >> b & 1) << at++;
  }
  return result;
}

/// As extract, for a mask known to the compiler: one shift when the field is in one piece.
template <std::uint32_t kMask>
constexpr std::uint32_t extract(std::uint32_t word) {
  constexpr unsigned kShift = kMask == 0 ? 0 : __builtin_ctz(kMask);
  constexpr std::uint32_t kOnes = kMask >> kShift;
  if constexpr ((kOnes & (kOnes + 1)) == 0) return (word & kMask) >> kShift;
  return extract(word, kMask);
}

}  // namespace emulate::jit::decode
