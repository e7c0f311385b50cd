#pragma once

/// Vocabulary shared by the host and every plugin: guest addresses, byte order and data models.

#include <compare>
#include <cstddef>
#include <cstdint>

namespace emulate {
inline namespace v1 {

/// An address in the guest's address space. Never a host pointer: converting one to the other is
/// the host's business (GuestWindow, HostServices::copyin).
struct GuestAddr {
  std::uint64_t value = 0;

  constexpr GuestAddr() = default;
  explicit constexpr GuestAddr(std::uint64_t v) : value(v) {}

  constexpr auto operator<=>(const GuestAddr&) const = default;
  constexpr explicit operator bool() const { return value != 0; }
  constexpr GuestAddr operator+(std::uint64_t n) const { return GuestAddr(value + n); }
  constexpr GuestAddr operator-(std::uint64_t n) const { return GuestAddr(value - n); }
  constexpr std::uint64_t operator-(GuestAddr o) const { return value - o.value; }
  constexpr GuestAddr& operator+=(std::uint64_t n) {
    value += n;
    return *this;
  }
  /// The greatest multiple of `alignment` (a power of two) not above this address.
  constexpr GuestAddr align_down(std::uint64_t alignment) const {
    return GuestAddr(value & ~(alignment - 1));
  }
  constexpr GuestAddr align_up(std::uint64_t alignment) const {
    return GuestAddr((value + alignment - 1) & ~(alignment - 1));
  }
};

enum class ByteOrder : std::uint8_t { little, big };

/// How a guest ABI lays out C types. A value, not a class hierarchy: a new variant (say, a 32-bit
/// time_t) is another constant, and code that marshals takes the model as a parameter.
struct DataModel {
  ByteOrder order = ByteOrder::little;
  std::uint8_t long_bytes = 8;       ///< sizeof(long) == sizeof(void*) == sizeof(size_t)
  std::uint8_t time_bytes = 8;       ///< sizeof(time_t)
  std::uint8_t align64 = 8;          ///< alignment of a 64-bit integer inside a structure
  std::uint8_t suseconds_bytes = 8;  ///< sizeof(suseconds_t), timeval's second half

  constexpr bool operator==(const DataModel&) const = default;
  constexpr bool is64() const { return long_bytes == 8; }
};

inline constexpr DataModel kLe32{ByteOrder::little, 4, 8, 8, 4};
inline constexpr DataModel kLe64{ByteOrder::little, 8, 8, 8};
inline constexpr DataModel kBe32{ByteOrder::big, 4, 8, 8, 4};
inline constexpr DataModel kBe64{ByteOrder::big, 8, 8, 8};
/// FreeBSD/powerpc (32-bit) had a 32-bit time_t before 12.0 (sys/powerpc/include/_types.h).
inline constexpr DataModel kBe32Time32{ByteOrder::big, 4, 4, 8, 4};

/// The operating system whose programs are run.
enum class Os : std::uint8_t { freebsd, linux_ };

}  // namespace v1
}  // namespace emulate
