#include "armv6/fallback_simd.h"

#include "arm/bit_pattern.h"
#include "arm/saturating.h"

namespace emulate::armv6 {
namespace {

using arm::Accumulate;
using arm::bits;
using arm::Vector;

/// What a row's function works on. False from such a function: not an instruction.
struct Instruction {
  std::uint32_t word;
  std::array<std::uint32_t, 64>& registers;
  bool& qc;

  unsigned field(unsigned high, unsigned low) const { return bits(word, high, low); }
  bool is_unsigned() const { return field(24, 24) != 0; }
  unsigned size() const { return field(21, 20); }
  bool quad() const { return field(6, 6) != 0; }
  unsigned d() const { return field(22, 22) << 4 | field(15, 12); }
  unsigned n() const { return field(7, 7) << 4 | field(19, 16); }
  unsigned m() const { return field(5, 5) << 4 | field(3, 0); }

  /// One double register, or the quad register it is the first half of.
  Vector get(unsigned number, bool quad) const {
    Vector v{};
    for (unsigned i = 0; i < (quad ? 4u : 2u); ++i) {
      arm::set_lane<std::uint32_t>(v, i, registers[2 * number + i]);
    }
    return v;
  }
  void set(unsigned number, bool quad, const Vector& v) {
    for (unsigned i = 0; i < (quad ? 4u : 2u); ++i) {
      registers[2 * number + i] = arm::lane<std::uint32_t>(v, i);
    }
  }
};

/// Of quad registers only the even numbers exist.
bool even(unsigned a) { return a % 2 == 0; }

bool rounding_shift(Instruction& i) {
  const bool q = i.quad();
  if (q && !(even(i.d()) && even(i.n()) && even(i.m()))) return false;
  i.set(i.d(), q,
        arm::saturating_rounding_shift(i.get(i.m(), q), i.get(i.n(), q), i.size(), i.is_unsigned(),
                                       q ? 16 : 8, i.qc));
  return true;
}

/// VQADD and VQSUB of 64-bit lanes.
template <bool subtract>
bool saturating_add(Instruction& i) {
  const bool q = i.quad();
  if (q && !(even(i.d()) && even(i.n()) && even(i.m()))) return false;
  const Vector n = i.get(i.n(), q), m = i.get(i.m(), q);
  Vector result{};
  arm::with_lane(3, i.is_unsigned(), [&]<class T>(T) {
    for (unsigned k = 0; k < (q ? 2u : 1u); ++k) {
      const arm::Wide a = arm::lane<T>(n, k), b = arm::lane<T>(m, k);
      arm::set_lane(result, k, arm::saturate<T>(subtract ? a - b : a + b, i.qc));
    }
  });
  i.set(i.d(), q, result);
  return true;
}

/// VADDHN, VRADDHN, VSUBHN, VRSUBHN: the high halves of sums and differences.
bool narrow_high(Instruction& i) {
  if (i.size() == 3 || !even(i.n()) || !even(i.m())) return false;
  const bool subtract = i.field(9, 9) != 0, rounding = i.field(24, 24) != 0;
  const Vector n = i.get(i.n(), true), m = i.get(i.m(), true);
  Vector result{};
  arm::with_lane(i.size() + 1, true, [&]<class T>(T) {
    constexpr unsigned kHalf = 4 * sizeof(T);
    for (unsigned k = 0; k < 16 / sizeof(T); ++k) {
      const std::uint64_t a = arm::lane<T>(n, k), b = arm::lane<T>(m, k);
      const std::uint64_t sum = (subtract ? a - b : a + b) + (rounding ? 1ull << (kHalf - 1) : 0);
      const T high = static_cast<T>(static_cast<T>(sum) >> kHalf);
      std::memcpy(reinterpret_cast<std::byte*>(result.data()) + k * sizeof(T) / 2, &high,
                  sizeof(T) / 2);
    }
  });
  i.set(i.d(), false, result);
  return true;
}

bool doubling_multiply(Instruction& i, const Vector& m, int by_element, Accumulate how) {
  if (!even(i.d())) return false;
  const Vector n = i.get(i.n(), false), sum = i.get(i.d(), true);
  if (i.size() == 1) {
    i.set(i.d(), true,
          arm::saturating_doubling_multiply<std::int16_t>(sum, n, m, 0, 4, by_element, how, i.qc));
  } else if (i.size() == 2) {
    i.set(i.d(), true,
          arm::saturating_doubling_multiply<std::int32_t>(sum, n, m, 0, 2, by_element, how, i.qc));
  } else {
    return false;
  }
  return true;
}

template <Accumulate how>
bool doubling_multiply_vectors(Instruction& i) {
  return doubling_multiply(i, i.get(i.m(), false), -1, how);
}

template <Accumulate how>
bool doubling_multiply_scalar(Instruction& i) {
  const bool half = i.size() == 1;
  const unsigned m = i.field(3, 0), high = i.field(5, 5);
  const unsigned index = half ? high << 1 | m >> 3 : high;
  return doubling_multiply(i, i.get(half ? m & 7 : m, false), static_cast<int>(index), how);
}

struct Row {
  arm::BitPattern pattern;
  const char* name;
  bool (*run)(Instruction&);
};

constexpr Row kRows[] = {
    {"1111001u0Dzznnnndddd0101NQM1mmmm", "VQRSHL", rounding_shift},
    {"1111001u0D11nnnndddd0000NQM1mmmm", "VQADD.64", saturating_add<false>},
    {"1111001u0D11nnnndddd0010NQM1mmmm", "VQSUB.64", saturating_add<true>},
    {"1111001r1Dzznnnndddd01s0N0M0mmmm", "VADDHN, VRADDHN, VSUBHN, VRSUBHN", narrow_high},
    {"111100101Dzznnnndddd1001N0M0mmmm", "VQDMLAL", doubling_multiply_vectors<Accumulate::add>},
    {"111100101Dzznnnndddd1011N0M0mmmm", "VQDMLSL",
     doubling_multiply_vectors<Accumulate::subtract>},
    {"111100101Dzznnnndddd1101N0M0mmmm", "VQDMULL", doubling_multiply_vectors<Accumulate::none>},
    {"111100101Dzznnnndddd0011N1M0mmmm", "VQDMLAL (scalar)",
     doubling_multiply_scalar<Accumulate::add>},
    {"111100101Dzznnnndddd0111N1M0mmmm", "VQDMLSL (scalar)",
     doubling_multiply_scalar<Accumulate::subtract>},
};

}  // namespace

bool interpret_simd(std::uint32_t word, std::array<std::uint32_t, 64>& registers, bool& qc) {
  for (const Row& row : kRows) {
    if (!row.pattern.matches(word)) continue;
    Instruction instruction{word, registers, qc};
    return row.run(instruction);
  }
  return false;
}

std::uint32_t arm_form_of_simd(std::uint32_t thumb) {
  if ((thumb & 0xef00'0000) != 0xef00'0000) return 0;
  return 0xf200'0000 | (thumb & 0x1000'0000) >> 4 | (thumb & 0x00ff'ffff);
}

}  // namespace emulate::armv6
