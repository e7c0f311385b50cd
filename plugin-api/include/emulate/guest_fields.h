#pragma once

/// Structures and code of guests as bytes: for signal frames, stack arguments and trampolines.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace emulate {

/// Walks over a guest structure, one aligned field after another. Byte is std::byte, or const to
/// read only; the bytes must reach as far as the fields do. `wide`: a word has 64 bits.
template <class Byte>
class GuestFields {
 public:
  GuestFields(std::span<Byte> bytes, bool wide, bool big)
      : bytes_(bytes), word_(wide ? 8 : 4), big_(big) {}

  void put_int(std::uint32_t v) { put(v, 4); }
  void put_word(std::uint64_t v) { put(v, word_); }
  void put_quad(std::uint64_t v) { put(v, 8); }
  std::uint32_t int_() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t word() { return get(word_); }
  std::uint64_t quad() { return get(8); }
  void skip(std::size_t bytes) { at_ += bytes; }
  void align(std::size_t n) { at_ = (at_ + n - 1) & ~(n - 1); }
  /// Offset of what comes next.
  std::size_t at() const { return at_; }

 private:
  void put(std::uint64_t v, std::size_t n) {
    align(n);
    for (std::size_t i = 0; i < n; ++i) {
      bytes_[at_ + i] = static_cast<std::byte>(v >> 8 * (big_ ? n - 1 - i : i));
    }
    at_ += n;
  }
  std::uint64_t get(std::size_t n) {
    align(n);
    std::uint64_t v = 0;
    for (std::size_t i = 0; i < n; ++i) {
      v |= std::to_integer<std::uint64_t>(bytes_[at_ + i]) << 8 * (big_ ? n - 1 - i : i);
    }
    at_ += n;
    return v;
  }

  std::span<Byte> bytes_;
  std::size_t word_;
  bool big_;
  std::size_t at_ = 0;
};

/// Instructions as bytes of the guest's order, for trampolines.
template <std::size_t N>
consteval std::array<std::byte, 4 * N> code_bytes(const std::uint32_t (&words)[N], bool big) {
  std::array<std::byte, 4 * N> bytes{};
  for (unsigned i = 0; i < 4 * N; ++i) {
    const unsigned shift = 8 * (big ? 3 - i % 4 : i % 4);
    bytes[i] = static_cast<std::byte>(words[i / 4] >> shift);
  }
  return bytes;
}

}  // namespace emulate
