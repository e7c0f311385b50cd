#pragma once

/// Types of values in the intermediate form.

#include <cstdint>

namespace emulate::jit::ir {

/// i1 is a truth value; i128 is reserved. v128 is a vector; how its lanes lie an operation says.
/// `flags` packs what x86's lahf and seto give: see kFlagN.
enum class Type : std::uint8_t { none, i1, i8, i16, i32, i64, i128, f32, f64, v128, flags };

constexpr unsigned bytes_of(Type t) {
  constexpr std::uint8_t kBytes[] = {0, 1, 1, 2, 4, 8, 16, 4, 8, 16, 4};
  return kBytes[static_cast<unsigned>(t)];
}
constexpr unsigned bits_of(Type t) { return t == Type::i1 ? 1 : bytes_of(t) * 8; }
constexpr bool is_float(Type t) { return t == Type::f32 || t == Type::f64; }
/// Kept in the host's vector registers.
constexpr bool in_xmm(Type t) { return is_float(t) || t == Type::v128; }
constexpr bool is_int(Type t) { return t >= Type::i1 && t <= Type::i64; }

/// The bits of an integer type; a value never has others set.
constexpr std::uint64_t mask_of(Type t) {
  const unsigned bits = bits_of(t);
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

/// Bits of a `flags` value: negative, zero, carry (borrow after a subtraction), signed overflow.
inline constexpr std::uint32_t kFlagN = 0x8000, kFlagZ = 0x4000, kFlagC = 0x0100, kFlagV = 0x0001;
inline constexpr std::uint32_t kFlagsMask = kFlagN | kFlagZ | kFlagC | kFlagV;

/// Conditions on a `flags` value; the odd ones negate their neighbours.
enum class Cond : std::uint8_t { z, nz, n, nn, c, nc, v, nv, lt, ge, le, gt, below_equal, above };

}  // namespace emulate::jit::ir
