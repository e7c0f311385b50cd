#include "jit/interp/scalar.h"

#include <immintrin.h>

#include <bit>
#include <cmath>
#include <cstring>

namespace emulate::jit {

using ir::Cond;
using ir::Inst;
using ir::Op;
using ir::Type;

std::int64_t sign_extend(std::uint64_t v, Type t) {
  const unsigned shift = 64 - ir::bits_of(t);
  return static_cast<std::int64_t>(v << shift) >> shift;
}

namespace {

using U128 = unsigned __int128;
using S128 = __int128;

std::uint64_t flags_of(std::uint64_t result, Type t, bool carry, bool overflow) {
  const bool negative = (result >> (ir::bits_of(t) - 1) & 1) != 0;
  return (negative ? ir::kFlagN : 0) | (result == 0 ? ir::kFlagZ : 0) | (carry ? ir::kFlagC : 0) |
         (overflow ? ir::kFlagV : 0);
}

bool test_flags(std::uint64_t f, Cond cond) {
  const bool n = (f & ir::kFlagN) != 0, z = (f & ir::kFlagZ) != 0, c = (f & ir::kFlagC) != 0,
             v = (f & ir::kFlagV) != 0;
  switch (cond) {
    case Cond::z:
      return z;
    case Cond::nz:
      return !z;
    case Cond::n:
      return n;
    case Cond::nn:
      return !n;
    case Cond::c:
      return c;
    case Cond::nc:
      return !c;
    case Cond::v:
      return v;
    case Cond::nv:
      return !v;
    case Cond::lt:
      return n != v;
    case Cond::ge:
      return n == v;
    case Cond::le:
      return z || n != v;
    case Cond::gt:
      return !z && n == v;
    case Cond::below_equal:
      return c || z;
    case Cond::above:
      return !c && !z;
  }
  return false;
}

bool signed_sum_overflows(std::int64_t x, std::int64_t y, bool subtract, Type t) {
  const S128 r = subtract ? S128{x} - y : S128{x} + y;
  return r != S128{sign_extend(static_cast<std::uint64_t>(r), t)};
}

std::optional<std::uint64_t> divide(const Inst& i, std::uint64_t a, std::uint64_t b) {
  const std::int64_t sa = sign_extend(a, i.type), sb = sign_extend(b, i.type);
  if (b == 0) return std::nullopt;
  switch (i.op) {
    case Op::div_u:
      return a / b;
    case Op::rem_u:
      return a % b;
    default: {
      // -2^(n-1) / -1 does not fit.
      if (sb == -1) {
        if (a == std::uint64_t{1} << (ir::bits_of(i.type) - 1)) return std::nullopt;
        return i.op == Op::div_s ? static_cast<std::uint64_t>(-sa) : 0;
      }
      return static_cast<std::uint64_t>(i.op == Op::div_s ? sa / sb : sa % sb);
    }
  }
}

}  // namespace

std::optional<std::uint64_t> evaluate_integer(const Inst& i, std::uint64_t a, std::uint64_t b,
                                              std::uint64_t c) {
  const Type t = i.type;
  const unsigned bits = ir::bits_of(t);
  if (bits == 0 || bits > 64) return std::nullopt;
  const std::uint64_t mask = ir::mask_of(t);
  const std::int64_t sa = sign_extend(a, t), sb = sign_extend(b, t);
  const unsigned count = static_cast<unsigned>(b & (bits - 1));
  switch (i.op) {
    case Op::add:
      return (a + b) & mask;
    case Op::sub:
      return (a - b) & mask;
    case Op::mul:
      return (a * b) & mask;
    case Op::mulh_s:
      return static_cast<std::uint64_t>((S128{sa} * sb) >> bits) & mask;
    case Op::mulh_u:
      return static_cast<std::uint64_t>((U128{a} * b) >> bits) & mask;
    case Op::and_:
      return a & b;
    case Op::or_:
      return a | b;
    case Op::xor_:
      return a ^ b;
    case Op::shl:
      return (a << count) & mask;
    case Op::shr:
      return a >> count;
    case Op::sar:
      return static_cast<std::uint64_t>(sa >> count) & mask;
    case Op::rotr:
      return ((a >> count) | (a << ((bits - count) & 63))) & mask;
    case Op::div_s:
    case Op::div_u:
    case Op::rem_s:
    case Op::rem_u: {
      const auto q = divide(i, a, b);
      return q ? std::optional(*q & mask) : std::nullopt;
    }
    case Op::not_:
      return ~a & mask;
    case Op::neg:
      return (0 - a) & mask;
    case Op::clz:
      return static_cast<std::uint64_t>(std::countl_zero(a)) - (64 - bits);
    case Op::popcount:
      return static_cast<std::uint64_t>(std::popcount(a));
    case Op::bswap:
      return __builtin_bswap64(a) >> (64 - bits);
    case Op::zext:
      return a;
    case Op::sext:
      return static_cast<std::uint64_t>(sign_extend(a, static_cast<Type>(i.aux))) & mask;
    case Op::trunc:
      return a & mask;
    case Op::eq:
      return a == b;
    case Op::ne:
      return a != b;
    case Op::lt_s:
      return sa < sb;
    case Op::lt_u:
      return a < b;
    case Op::le_s:
      return sa <= sb;
    case Op::le_u:
      return a <= b;
    case Op::add_overflows:
      return signed_sum_overflows(sa, sb, false, t);
    case Op::sub_overflows:
      return signed_sum_overflows(sa, sb, true, t);
    case Op::select:
      return a != 0 ? b : c;
    case Op::flags_add: {
      const std::uint64_t r = (a + b) & mask;
      return flags_of(r, t, r < a, signed_sum_overflows(sa, sb, false, t));
    }
    case Op::flags_sub:
      return flags_of((a - b) & mask, t, a < b, signed_sum_overflows(sa, sb, true, t));
    case Op::flags_logic:
      return flags_of(a, t, false, false);
    case Op::flag_test:
      return test_flags(a, static_cast<Cond>(i.aux));
    case Op::bitcast:
      return a;
    default:
      return std::nullopt;
  }
}

namespace {

/// For the compiler these operations have no effect, and it likes to carry out several before it
/// chooses: what it does not see, it cannot do early.
template <class V>
V here(V v) {
  asm volatile("" : "+x"(v));
  return v;
}
__m128d as_d(std::uint64_t v) {
  return here(_mm_castsi128_pd(_mm_cvtsi64_si128(static_cast<long long>(v))));
}
__m128 as_s(std::uint64_t v) {
  return here(_mm_castsi128_ps(_mm_cvtsi32_si128(static_cast<int>(v))));
}
std::uint64_t of(__m128d v) {
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_castpd_si128(v)));
}
std::uint64_t of(__m128 v) {
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_castps_si128(v)));
}

template <int kHow>
[[gnu::target("sse4.1")]] std::uint64_t rounded(bool single, std::uint64_t a) {
  return single ? of(_mm_round_ss(as_s(a), as_s(a), kHow))
                : of(_mm_round_sd(as_d(a), as_d(a), kHow));
}

using ir::kRoundQuietly;

std::uint64_t round_integral(bool single, std::uint64_t a, unsigned how) {
  switch (how) {
    case 0:
      return rounded<0>(single, a);
    case 1:
      return rounded<1>(single, a);
    case 2:
      return rounded<2>(single, a);
    case 3:
      return rounded<3>(single, a);
    case kRoundQuietly | 0:
      return rounded<8>(single, a);
    case kRoundQuietly | 1:
      return rounded<9>(single, a);
    case kRoundQuietly | 2:
      return rounded<10>(single, a);
    case kRoundQuietly | 3:
      return rounded<11>(single, a);
    default:
      return rounded<4>(single, a);
  }
}

[[gnu::target("fma")]] std::uint64_t fused(bool single, std::uint64_t a, std::uint64_t b,
                                           std::uint64_t c) {
  return single ? of(_mm_fmadd_ss(as_s(a), as_s(b), as_s(c)))
                : of(_mm_fmadd_sd(as_d(a), as_d(b), as_d(c)));
}

template <class T>
T number(std::uint64_t bits) {
  T v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}
/// Only a signalling NaN is an invalid operand; to C's operators a quiet one would be too.
template <class T>
bool float_compare(Op op, T a, T b) {
  switch (op) {
    case Op::fcmp_eq:
      return a == b;
    case Op::fcmp_lt:
      return __builtin_isless(a, b);
    case Op::fcmp_le:
      return __builtin_islessequal(a, b);
    case Op::fcmp_ueq:
      return !__builtin_islessgreater(a, b);
    case Op::fcmp_ult:
      return !__builtin_isgreaterequal(a, b);
    case Op::fcmp_un:
      return __builtin_isunordered(a, b);
    default:  // fcmp_ule
      return !__builtin_isgreater(a, b);
  }
}

std::uint64_t convert_to_int(const Inst& i, std::uint64_t a) {
  const bool single = static_cast<Type>(i.aux) == Type::f32;
  const bool zero = i.op == Op::f_to_int_z;
  if (i.type == Type::i32) {
    const int r = single ? (zero ? _mm_cvttss_si32(as_s(a)) : _mm_cvtss_si32(as_s(a)))
                         : (zero ? _mm_cvttsd_si32(as_d(a)) : _mm_cvtsd_si32(as_d(a)));
    return static_cast<std::uint32_t>(r);
  }
  const long long r = single ? (zero ? _mm_cvttss_si64(as_s(a)) : _mm_cvtss_si64(as_s(a)))
                             : (zero ? _mm_cvttsd_si64(as_d(a)) : _mm_cvtsd_si64(as_d(a)));
  return static_cast<std::uint64_t>(r);
}

std::uint64_t convert_from_int(const Inst& i, std::uint64_t a) {
  const bool wide = static_cast<Type>(i.aux) == Type::i64;
  if (i.type == Type::f32) {
    return wide ? of(_mm_cvtsi64_ss(here(_mm_setzero_ps()), static_cast<long long>(a)))
                : of(_mm_cvtsi32_ss(here(_mm_setzero_ps()), static_cast<int>(a)));
  }
  return wide ? of(_mm_cvtsi64_sd(here(_mm_setzero_pd()), static_cast<long long>(a)))
              : of(_mm_cvtsi32_sd(here(_mm_setzero_pd()), static_cast<int>(a)));
}

}  // namespace

std::optional<std::uint64_t> evaluate_float(const Inst& i, std::uint64_t a, std::uint64_t b,
                                            std::uint64_t c) {
  const bool single = i.type == Type::f32;
  const std::uint64_t sign = single ? 0x8000'0000u : 0x8000'0000'0000'0000u;
  switch (i.op) {
    case Op::fadd:
      return single ? of(_mm_add_ss(as_s(a), as_s(b))) : of(_mm_add_sd(as_d(a), as_d(b)));
    case Op::fsub:
      return single ? of(_mm_sub_ss(as_s(a), as_s(b))) : of(_mm_sub_sd(as_d(a), as_d(b)));
    case Op::fmul:
      return single ? of(_mm_mul_ss(as_s(a), as_s(b))) : of(_mm_mul_sd(as_d(a), as_d(b)));
    case Op::fdiv:
      return single ? of(_mm_div_ss(as_s(a), as_s(b))) : of(_mm_div_sd(as_d(a), as_d(b)));
    case Op::fsqrt:
      return single ? of(_mm_sqrt_ss(as_s(a))) : of(_mm_sqrt_sd(as_d(a), as_d(a)));
    case Op::fneg:
      return a ^ sign;
    case Op::fabs:
      return a & ~sign;
    case Op::fma:
      return fused(single, a, b, c);
    case Op::fcmp_eq:
    case Op::fcmp_lt:
    case Op::fcmp_le:
    case Op::fcmp_ueq:
    case Op::fcmp_ult:
    case Op::fcmp_ule:
    case Op::fcmp_un:
      return single ? float_compare(i.op, number<float>(a), number<float>(b))
                    : float_compare(i.op, number<double>(a), number<double>(b));
    case Op::fcvt:
      return single ? of(_mm_cvtsd_ss(_mm_setzero_ps(), as_d(a)))
                    : of(_mm_cvtss_sd(_mm_setzero_pd(), as_s(a)));
    case Op::int_to_f:
      return convert_from_int(i, a);
    case Op::f_to_int:
    case Op::f_to_int_z:
      return convert_to_int(i, a);
    case Op::f_round:
      return round_integral(single, a, i.aux);
    default:
      return std::nullopt;
  }
}

}  // namespace emulate::jit
