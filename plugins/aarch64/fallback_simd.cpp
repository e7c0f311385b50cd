#include "aarch64/fallback_simd.h"

#include "arm/bit_pattern.h"
#include "arm/saturating.h"

namespace emulate::aarch64 {
namespace {

using arm::Accumulate;
using arm::bits;
using arm::Vector;

/// What a row's function works on.
struct Instruction {
  std::uint32_t word;
  RegisterAccess& registers;
  bool qc = false;

  unsigned field(unsigned high, unsigned low) const { return bits(word, high, low); }
  bool quad() const { return field(30, 30) != 0; }
  bool scalar() const { return field(28, 28) != 0; }
  bool is_unsigned() const { return field(29, 29) != 0; }
  unsigned size() const { return field(23, 22); }
  Vector d() const { return registers.v(field(4, 0)); }
  Vector n() const { return registers.v(field(9, 5)); }
  Vector m() const { return registers.v(field(20, 16)); }

  Interpreted result(const Vector& v) {
    registers.set_v(field(4, 0), v);
    if (qc) registers.set_qc();
    return Interpreted::done;
  }
};

/// SQRSHL, UQRSHL.
Interpreted rounding_shift(Instruction& i) {
  if (!i.scalar() && i.size() == 3 && !i.quad()) return Interpreted::undefined;
  const unsigned bytes = i.scalar() ? 1u << i.size() : i.quad() ? 16 : 8;
  return i.result(
      arm::saturating_rounding_shift(i.n(), i.m(), i.size(), i.is_unsigned(), bytes, i.qc));
}

Interpreted doubling_multiply(Instruction& i, const Vector& m, int by_element, Accumulate how) {
  const unsigned lanes = i.scalar() ? 1 : i.size() == 1 ? 4 : 2;
  const unsigned first = !i.scalar() && i.quad() ? lanes : 0;
  if (i.size() == 1) {
    return i.result(arm::saturating_doubling_multiply<std::int16_t>(i.d(), i.n(), m, first, lanes,
                                                                    by_element, how, i.qc));
  }
  if (i.size() == 2) {
    return i.result(arm::saturating_doubling_multiply<std::int32_t>(i.d(), i.n(), m, first, lanes,
                                                                    by_element, how, i.qc));
  }
  return Interpreted::undefined;
}

/// SQDMLAL, SQDMLSL, SQDMULL, told apart by two bits of their opcode.
constexpr Accumulate kAccumulate[] = {Accumulate::add, Accumulate::subtract, Accumulate::none};

Interpreted doubling_multiply_vectors(Instruction& i) {
  const unsigned which = i.field(14, 13);
  if (which == 3) return Interpreted::undefined;
  return doubling_multiply(i, i.m(), -1, kAccumulate[which]);
}

Interpreted doubling_multiply_element(Instruction& i) {
  const unsigned which = i.field(15, 14);
  if (which == 3) return Interpreted::undefined;
  const bool half = i.size() == 1;
  const unsigned high = i.field(11, 11), low = i.field(21, 21), extra = i.field(20, 20);
  const unsigned index = half ? high << 2 | low << 1 | extra : high << 1 | low;
  const unsigned m = half ? i.field(19, 16) : i.field(20, 16);
  return doubling_multiply(i, i.registers.v(m), static_cast<int>(index), kAccumulate[which]);
}

template <class From, class To>
Interpreted narrow(Instruction& i, unsigned shift) {
  Vector result{};
  const auto value = arm::rounding_shift_right(arm::lane<From>(i.n(), 0), shift);
  arm::set_lane(result, 0, arm::saturate<To>(value, i.qc));
  return i.result(result);
}

/// SQRSHRN, UQRSHRN, SQRSHRUN of one lane.
template <bool to_unsigned>
Interpreted narrow_scalar(Instruction& i) {
  const unsigned immediate = i.field(22, 16);
  if (immediate < 8 || immediate >= 64) return Interpreted::undefined;
  const unsigned size = immediate >= 32 ? 2 : immediate >= 16 ? 1 : 0;  // of the result
  const unsigned shift = (16u << size) - immediate;
  return arm::with_lane(size, i.is_unsigned(), [&]<class T>(T) {
    using Signed = std::make_signed_t<T>;
    using Unsigned = std::make_unsigned_t<T>;
    if constexpr (sizeof(T) == 8) {
      return Interpreted::undefined;
    } else if constexpr (to_unsigned) {
      using From = std::conditional_t<sizeof(T) == 1, std::int16_t, arm::Twice<Signed>>;
      return narrow<From, Unsigned>(i, shift);
    } else if constexpr (std::is_signed_v<T>) {
      using From = std::conditional_t<sizeof(T) == 1, std::int16_t, arm::Twice<Signed>>;
      return narrow<From, Signed>(i, shift);
    } else {
      using From = std::conditional_t<sizeof(T) == 1, std::uint16_t,
                                      std::make_unsigned_t<arm::Twice<Signed>>>;
      return narrow<From, Unsigned>(i, shift);
    }
  });
}

struct Row {
  arm::BitPattern pattern;
  const char* name;
  Interpreted (*run)(Instruction&);
};

constexpr Row kRows[] = {
    {"0qu01110zz1mmmmm010111nnnnnddddd", "SQRSHL, UQRSHL", rounding_shift},
    {"01u11110zz1mmmmm010111nnnnnddddd", "SQRSHL, UQRSHL (scalar)", rounding_shift},
    {"0q001110zz1mmmmm1oo100nnnnnddddd", "SQDMLAL, SQDMLSL, SQDMULL", doubling_multiply_vectors},
    {"01011110zz1mmmmm1oo100nnnnnddddd", "SQDMLAL, SQDMLSL, SQDMULL (scalar)",
     doubling_multiply_vectors},
    {"0q001111zzlmmmmmoo11h0nnnnnddddd", "SQDMLAL, SQDMLSL, SQDMULL (by element)",
     doubling_multiply_element},
    {"01011111zzlmmmmmoo11h0nnnnnddddd", "SQDMLAL, SQDMLSL, SQDMULL (scalar, by element)",
     doubling_multiply_element},
    {"01u111110iiiiiii100111nnnnnddddd", "SQRSHRN, UQRSHRN (scalar)", narrow_scalar<false>},
    {"011111110iiiiiii100011nnnnnddddd", "SQRSHRUN (scalar)", narrow_scalar<true>},
};

}  // namespace

Interpreted interpret_simd(std::uint32_t word, RegisterAccess& registers) {
  for (const Row& row : kRows) {
    if (!row.pattern.matches(word)) continue;
    Instruction instruction{word, registers};
    return row.run(instruction);
  }
  return Interpreted::undefined;
}

}  // namespace emulate::aarch64
