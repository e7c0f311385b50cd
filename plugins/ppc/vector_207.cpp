/// Vector instructions that came with ISA 2.07 (Power ISA book I, chapter 6) and have little to do
/// with AltiVec's: bits, products without carries, AES, SHA-2, packed decimals.

#include <algorithm>
#include <bit>

#include "ppc/vector_ops.h"

namespace emulate::ppc {
namespace {

using jit::Context;

constexpr auto kLeadingZeros = [](auto x) { return std::countl_zero(x); };
constexpr auto kOnes = [](auto x) { return std::popcount(x); };

/// Each byte's column of bits becomes a row.
U64 gather_bits(Context& c, U64 d, U64, U64 b, U64) noexcept {
  const auto x = load<U8>(c, b);
  Lanes<U8> r{};
  for (unsigned i = 0; i < 16; ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      if (x[i] >> (7 - bit) & 1) {
        r[(i & 8) + bit] = static_cast<U8>(r[(i & 8) + bit] | 0x80u >> (i & 7));
      }
    }
  }
  store(c, d, r);
  return 0;
}
U64 bit_permute(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const U128 x = load128(c, a);
  const auto k = load<U8>(c, b);
  U64 r = 0;
  for (unsigned i = 0; i < 16; ++i) {
    if (k[i] < 128 && (x >> (127 - k[i]) & 1) != 0) r |= U64{0x8000} >> i;
  }
  state_of(c).vsr[d] = {.low = 0, .high = r};
  return 0;
}

/// Products without carries, pairs of them added.
template <class From, class To>
U64 polynomial(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<From>(c, a), y = load<From>(c, b);
  Lanes<To> r{};
  for (unsigned i = 0; i < Lanes<From>::kCount; ++i) {
    To product = 0;
    for (unsigned bit = 0; bit < 8 * sizeof(From); ++bit) {
      if (y[i] >> bit & 1) product ^= static_cast<To>(static_cast<To>(x[i]) << bit);
    }
    r[i / 2] ^= product;
  }
  store(c, d, r);
  return 0;
}

// AES: FIPS 197.
constexpr U8 times(U8 x, unsigned y) {
  unsigned r = 0, v = x;
  for (; y != 0; y >>= 1) {
    if (y & 1) r ^= v;
    v = v << 1 ^ (v & 0x80 ? 0x11b : 0);
  }
  return static_cast<U8>(r);
}
struct AesTables {
  U8 box[256], inverse[256];
};
constexpr AesTables make_aes() {
  AesTables t{};
  for (unsigned x = 0; x < 256; ++x) {
    U8 inv = 0;
    for (unsigned y = 1; y < 256 && x != 0; ++y) {
      if (times(static_cast<U8>(x), y) == 1) {
        inv = static_cast<U8>(y);
        break;
      }
    }
    U8 s = 0x63;
    for (int n = 0; n < 5; ++n) s ^= std::rotl(inv, n);
    t.box[x] = s;
    t.inverse[s] = static_cast<U8>(x);
  }
  return t;
}
const AesTables& aes() {
  static const AesTables tables = make_aes();
  return tables;
}
Lanes<U8> mix_columns(const Lanes<U8>& v, const unsigned (&m)[4]) {
  Lanes<U8> r;
  for (unsigned column = 0; column < 16; column += 4) {
    for (unsigned row = 0; row < 4; ++row) {
      U8 sum = 0;
      for (unsigned k = 0; k < 4; ++k) sum ^= times(v[column + k], m[(k + 4 - row) % 4]);
      r[column + row] = sum;
    }
  }
  return r;
}
template <bool kLast>
U64 encrypt(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<U8>(c, a), key = load<U8>(c, b);
  Lanes<U8> r;
  for (unsigned i = 0; i < 16; ++i) r[i] = aes().box[x[(i + 4 * (i % 4)) % 16]];
  if (!kLast) r = mix_columns(r, {2, 3, 1, 1});
  for (unsigned i = 0; i < 16; ++i) r[i] ^= key[i];
  store(c, d, r);
  return 0;
}
template <bool kLast>
U64 decrypt(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<U8>(c, a), key = load<U8>(c, b);
  Lanes<U8> r;
  for (unsigned i = 0; i < 16; ++i) {
    r[i] = aes().inverse[x[(i + 16 - 4 * (i % 4)) % 16]] ^ key[i];
  }
  if (!kLast) r = mix_columns(r, {14, 11, 13, 9});
  store(c, d, r);
  return 0;
}
U64 substitute(Context& c, U64 d, U64 a, U64, U64) noexcept {
  const auto x = load<U8>(c, a);
  Lanes<U8> r;
  for (unsigned i = 0; i < 16; ++i) r[i] = aes().box[x[i]];
  store(c, d, r);
  return 0;
}

/// SHA-2's sigma functions (FIPS 180-4, 4.1.2 and 4.1.3); `control`: ST and SIX.
template <class E>
U64 sha_sigma(Context& c, U64 d, U64 a, U64 control, U64) noexcept {
  struct Amounts {
    int first, second, third;
    bool shift;  ///< the third is a shift
  };
  static constexpr Amounts k32[] = {
      {7, 18, 3, true}, {17, 19, 10, true}, {2, 13, 22, false}, {6, 11, 25, false}};
  static constexpr Amounts k64Bits[] = {
      {1, 8, 7, true}, {19, 61, 6, true}, {28, 34, 39, false}, {14, 18, 41, false}};
  const bool big_sigma = control >> 4 & 1;
  const auto x = load<E>(c, a);
  Lanes<E> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    const unsigned six = sizeof(E) == 4 ? i : 2 * i;
    const bool one = control >> (3 - six) & 1;
    const Amounts& n = (sizeof(E) == 4 ? k32 : k64Bits)[2 * big_sigma + one];
    const E last = n.shift ? static_cast<E>(x[i] >> n.third) : std::rotr(x[i], n.third);
    r[i] = std::rotr(x[i], n.first) ^ std::rotr(x[i], n.second) ^ last;
  }
  store(c, d, r);
  return 0;
}

// Packed decimal: 31 digits and a sign.
struct Decimal {
  U8 digits[31];
  bool negative = false, valid = true;
};
Decimal load_decimal(Context& c, U64 reg) {
  U128 v = load128(c, reg);
  Decimal d;
  const unsigned sign = static_cast<unsigned>(v & 15);
  d.negative = sign == 11 || sign == 13;
  d.valid = sign >= 10;
  for (U8& digit : d.digits) {
    v >>= 4;
    digit = static_cast<U8>(v & 15);
    d.valid = d.valid && digit < 10;
  }
  return d;
}
int compare_digits(const Decimal& x, const Decimal& y) {
  for (int i = 30; i >= 0; --i) {
    if (x.digits[i] != y.digits[i]) return x.digits[i] < y.digits[i] ? -1 : 1;
  }
  return 0;
}
template <bool kSubtract>
U64 decimal_sum(Context& c, U64 reg, U64 a, U64 b, U64 preferred) noexcept {
  Decimal x = load_decimal(c, a), y = load_decimal(c, b);
  if (kSubtract) y.negative = !y.negative;
  State& s = state_of(c);
  if (!x.valid || !y.valid) {
    set_cr_field(s, 6, kSo);
    return 0;
  }
  Decimal r;
  bool overflow = false;
  if (x.negative == y.negative) {
    unsigned carry = 0;
    for (unsigned i = 0; i < 31; ++i) {
      const unsigned sum = x.digits[i] + y.digits[i] + carry;
      carry = sum > 9;
      r.digits[i] = static_cast<U8>(carry ? sum - 10 : sum);
    }
    overflow = carry != 0;
    r.negative = x.negative;
  } else {
    if (compare_digits(x, y) < 0) std::swap(x, y);
    unsigned borrow = 0;
    for (unsigned i = 0; i < 31; ++i) {
      const int diff = x.digits[i] - y.digits[i] - static_cast<int>(borrow);
      borrow = diff < 0;
      r.digits[i] = static_cast<U8>(borrow ? diff + 10 : diff);
    }
    r.negative = x.negative;
  }
  bool zero = true;
  U128 v = 0;
  for (int i = 30; i >= 0; --i) {
    zero = zero && r.digits[i] == 0;
    v = v << 4 | r.digits[i];
  }
  if (zero && !overflow) r.negative = false;
  const unsigned sign = r.negative ? 13 : preferred ? 15 : 12;
  store128(c, reg, v << 4 | sign);
  const unsigned order = zero && !overflow ? kEq : r.negative ? kLt : kGt;
  set_cr_field(s, 6, order | (overflow ? kSo : 0));
  return 0;
}
constexpr HelperInstruction decimal(unsigned xo, const char* name, jit::Helper helper) {
  HelperInstruction i = vx(1u << 10 | xo, name, helper, k207);
  i.pattern.mask = 0xfc00'05ffu;
  i.pattern.field_count = 4;
  i.pattern.fields[3] = {'p', 0x0000'0200u};
  return i;
}
/// vshasigma: the third field is a number.
constexpr HelperInstruction sigma(unsigned xo, const char* name, jit::Helper helper) {
  HelperInstruction i = vx(xo, name, helper, k207);
  i.pattern.fields[2].letter = 'u';
  return i;
}

// clang-format off
constexpr HelperInstruction kInstructions[] = {
    vx(1794, "vclzb", each1<U8, kLeadingZeros>, k207), vx(1858, "vclzh", each1<U16, kLeadingZeros>, k207),
    vx(1922, "vclzw", each1<U32, kLeadingZeros>, k207), vx(1986, "vclzd", each1<U64, kLeadingZeros>, k207),
    vx(1795, "vpopcntb", each1<U8, kOnes>, k207), vx(1859, "vpopcnth", each1<U16, kOnes>, k207),
    vx(1923, "vpopcntw", each1<U32, kOnes>, k207), vx(1987, "vpopcntd", each1<U64, kOnes>, k207),
    vx(1292, "vgbbd", gather_bits, k207), vx(1356, "vbpermq", bit_permute, k207),
    vx(1032, "vpmsumb", polynomial<U8, U16>, k207), vx(1096, "vpmsumh", polynomial<U16, U32>, k207),
    vx(1160, "vpmsumw", polynomial<U32, U64>, k207), vx(1224, "vpmsumd", polynomial<U64, U128>, k207),
    vx(1288, "vcipher", encrypt<false>, k207), vx(1289, "vcipherlast", encrypt<true>, k207),
    vx(1352, "vncipher", decrypt<false>, k207), vx(1353, "vncipherlast", decrypt<true>, k207),
    vx(1480, "vsbox", substitute, k207),
    sigma(1666, "vshasigmaw", sha_sigma<U32>), sigma(1730, "vshasigmad", sha_sigma<U64>),
    decimal(1, "bcdadd.", decimal_sum<false>), decimal(65, "bcdsub.", decimal_sum<true>),
};
// clang-format on

}  // namespace

std::span<const HelperInstruction> isa207_instructions() { return kInstructions; }

}  // namespace emulate::ppc
