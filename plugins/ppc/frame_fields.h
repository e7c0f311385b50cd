#pragma once

/// Structures of the kernels' signal frames, as bytes.

#include <cstddef>
#include <cstdint>
#include <span>

namespace emulate::ppc {

/// Walks over a guest structure, one aligned field after another.
template <class Byte>
class Fields {
 public:
  Fields(std::span<Byte> bytes, bool wide, bool big)
      : bytes_(bytes), word_(wide ? 8 : 4), big_(big) {}

  void put_int(std::uint32_t v) { put(v, 4); }
  void put_long(std::uint64_t v) { put(v, 8); }
  void put_word(std::uint64_t v) { put(v, word_); }
  std::uint32_t int_() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t long_() { return get(8); }
  std::uint64_t word() { return get(word_); }
  void skip(std::size_t n) { at_ += n; }
  std::size_t at() const { return at_; }

 private:
  void align(std::size_t n) { at_ = (at_ + n - 1) & ~(n - 1); }
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

}  // namespace emulate::ppc
