/// AltiVec's integer instructions that compilers use, lane by lane (Power ISA book I, chapter 6).
/// The manual numbers elements from the most significant one, the intermediate form from the
/// least: its "even" elements are odd lanes, and of two operands side by side the first is above.

#include "ppc/features.h"
#include "ppc/vector_rows.h"

namespace emulate::ppc {

namespace {

/// `bits` in each of the lanes of a doubleword.
constexpr std::uint64_t spread(std::uint64_t bits, unsigned lane) {
  std::uint64_t v = 0;
  for (unsigned at = 0; at < 64; at += lane) v |= bits << at;
  return v;
}
constexpr unsigned kOddHalfwords = 0xaa, kOddWords = 0xcc;

}  // namespace

jit::ir::Value Translator::splat(std::uint64_t bits, unsigned lane) {
  return b_.vector(spread(bits, lane), spread(bits, lane));
}

void Translator::extreme_doublewords(VReg vt, VReg va, VReg vb, bool max, bool is_signed) {
  const Value a = vector(va.n), b = vector(vb.n);
  const Value a_above = greater(64, a, b, is_signed);
  set_vector(vt.n, b_.choose(a_above, max ? a : b, max ? b : a));
}

/// Unsigned numbers compare as signed ones whose range is shifted.
jit::ir::Value Translator::greater(unsigned lane, Value a, Value b, bool is_signed) {
  if (!is_signed) {
    const Value top = splat(std::uint64_t{1} << (lane - 1), lane);
    a = b_.vector(Op::v_xor, 0, a, top);
    b = b_.vector(Op::v_xor, 0, b, top);
  }
  return b_.vector(Op::v_gt, lane, a, b);
}

/// With `record`, CR6 tells whether the comparison is true everywhere or nowhere.
void Translator::set_comparison(VReg vt, Value v, bool record) {
  set_vector(vt.n, v);
  if (!record) return;
  const Value mask = b_.mask(v);
  const auto bit = [&](std::uint32_t if_mask, unsigned n) {
    return b_.shl(b_.zext(b_.compare(Op::eq, mask, b_.i32(if_mask)), Type::i32), b_.i32(n));
  };
  set_cr_bits(6, b_.or_(bit(0xffff, 3), bit(0, 1)));
  compared_[6] = {Compared::Kind::vector, mask, {}};
}

void Translator::rotate_lanes(VReg vt, VReg va, VReg vb, unsigned lane) {
  const Value a = vector(va.n),
              count = b_.vector(Op::v_and, 0, vector(vb.n), splat(lane - 1, lane));
  const Value rest = b_.vector(Op::v_sub, lane, splat(lane, lane), count);
  set_vector(vt.n, b_.vector(Op::v_or, 0, b_.vector(Op::v_shl_each, lane, a, count),
                             b_.vector(Op::v_shr_each, lane, a, rest)));
}

// --- Products ---

/// Of halfwords, in words: those of the even elements, or of the odd ones.
jit::ir::Value Translator::halfword_products(Value a, Value b, bool is_signed, bool odd) {
  const Value less = b_.vector(Op::v_mul, 16, a, b);
  const Value more = b_.vector(is_signed ? Op::v_mulh_s : Op::v_mulh_u, 0, a, b);
  if (odd) {
    const Value up = b_.vector(Op::v_shl, 32, more, {}, 16);
    return b_.vector(Op::v_blend, 0, less, up, kOddHalfwords);
  }
  const Value down = b_.vector(Op::v_shr, 32, less, {}, 16);
  return b_.vector(Op::v_blend, 0, down, more, kOddHalfwords);
}

jit::ir::Value Translator::products(Value a, Value b, unsigned lane, bool is_signed, bool odd) {
  if (lane == 16) return halfword_products(a, b, is_signed, odd);
  if (lane == 32) {
    const auto operand = [&](Value v) { return odd ? v : b_.vector(Op::v_shr, 64, v, {}, 32); };
    return b_.vector(is_signed ? Op::v_mul_even_s : Op::v_mul_even_u, 0, operand(a), operand(b));
  }
  // Bytes are multiplied as halfwords.
  const auto operand = [&](Value v) {
    if (odd && !is_signed) return b_.vector(Op::v_and, 0, v, splat(0xff, 16));
    if (odd) v = b_.vector(Op::v_shl, 16, v, {}, 8);
    return b_.vector(is_signed ? Op::v_sar : Op::v_shr, 16, v, {}, 8);
  };
  return b_.vector(Op::v_mul, 16, operand(a), operand(b));
}

void Translator::vmladduhm(VReg vt, VReg va, VReg vb, VReg vc) {
  const Value product = b_.vector(Op::v_mul, 16, vector(va.n), vector(vb.n));
  set_vector(vt.n, b_.vector(Op::v_add, 16, product, vector(vc.n)));
}
void Translator::vmsumuhm(VReg vt, VReg va, VReg vb, VReg vc) {
  const Value a = vector(va.n), b = vector(vb.n);
  const Value sum = b_.vector(Op::v_add, 32, halfword_products(a, b, false, false),
                              halfword_products(a, b, false, true));
  set_vector(vt.n, b_.vector(Op::v_add, 32, sum, vector(vc.n)));
}
void Translator::vmsumshm(VReg vt, VReg va, VReg vb, VReg vc) {
  const Value sum = b_.vector(Op::v_mul_pairs, 0, vector(va.n), vector(vb.n));
  set_vector(vt.n, b_.vector(Op::v_add, 32, sum, vector(vc.n)));
}

// --- Permutations ---

void Translator::merge_words(VReg vt, VReg va, VReg vb, bool odd) {
  Value a = vector(va.n), b = vector(vb.n);
  if (odd) {
    a = b_.vector(Op::v_shl, 64, a, {}, 32);
  } else {
    b = b_.vector(Op::v_shr, 64, b, {}, 32);
  }
  set_vector(vt.n, b_.vector(Op::v_blend, 0, b, a, kOddWords));
}

/// One element in all places.
void Translator::splat_element(unsigned t, unsigned b, unsigned lane, unsigned element) {
  const unsigned count = 128 / lane, at = count - 1 - element % count;
  if (lane == 32) return set_vector(t, b_.vector(Op::v_permute, 0, vector(b), {}, at * 0x55));
  std::uint64_t bytes = 0;
  for (unsigned n = lane / 8; n-- > 0;) bytes = bytes << 8 | (at * lane / 8 + n);
  set_vector(t, b_.vector(Op::v_shuffle, 0, vector(b), splat(bytes, lane)));
}

/// Elements of a, then b, in half the bits: what is left of them.
void Translator::pack_elements(VReg vt, VReg va, VReg vb, unsigned lane) {
  const auto operand = [&](unsigned n) {
    constexpr unsigned kEvenWords = 0x08;
    if (lane == 64) return b_.vector(Op::v_permute, 0, vector(n), {}, kEvenWords);
    return b_.vector(Op::v_and, 0, vector(n), splat((1u << lane / 2) - 1, lane));
  };
  const Value a = operand(va.n), b = operand(vb.n);
  set_vector(vt.n, lane == 64 ? b_.vector(Op::v_interleave_low, 64, b, a)
                              : b_.vector(Op::v_pack_u, lane, b, a));
}
void Translator::unpack_elements(VReg vt, VReg vb, unsigned lane, bool high) {
  constexpr unsigned kHighDoubleword = 0x0e;
  Value b = vector(vb.n);
  if (high) b = b_.vector(Op::v_permute, 0, b, {}, kHighDoubleword);
  set_vector(vt.n, b_.vector(Op::v_widen_s, lane, b));
}

void Translator::vsel(VReg vt, VReg va, VReg vb, VReg vc) { select_bits(vt.n, va.n, vb.n, vc.n); }
void Translator::select_bits(unsigned t, unsigned a, unsigned b, unsigned mask) {
  const Value m = vector(mask);
  set_vector(t, b_.vector(Op::v_or, 0, b_.vector(Op::v_andn, 0, m, vector(a)),
                          b_.vector(Op::v_and, 0, m, vector(b))));
}

/// The control's low four bits count bytes from the other end; bit 4 chooses b.
void Translator::vperm(VReg vt, VReg va, VReg vb, VReg vc) {
  const Value control = vector(vc.n);
  const Value place = b_.vector(Op::v_andn, 0, control, splat(15, 8));
  const Value from_a = b_.vector(Op::v_shuffle, 0, vector(va.n), place);
  if (va.n == vb.n) return set_vector(vt.n, from_a);
  const Value from_b = b_.vector(Op::v_shuffle, 0, vector(vb.n), place);
  const Value second = b_.vector(Op::v_shl, 16, control, {}, 3);
  set_vector(vt.n, b_.choose(second, from_b, from_a));
}

void Translator::shift_bytes(unsigned t, unsigned a, unsigned b, unsigned bytes) {
  if (bytes == 0) return set_vector(t, vector(a));
  set_vector(t, b_.vector(Op::v_align, 0, vector(a), vector(b), 16 - bytes));
}

namespace {

using jit::decode::row;
using jit::ir::Op;
using T = Translator;

// clang-format off
constexpr PpcRow kRows[] = {
    row<"000100 ttttt aaaaa bbbbb 00000000000", &T::lanes<Op::v_add, 8>>("vaddubm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00001000000", &T::lanes<Op::v_add, 16>>("vadduhm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00010000000", &T::lanes<Op::v_add, 32>>("vadduwm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00011000000", &T::lanes<Op::v_add, 64>>("vaddudm", k207),
    row<"000100 ttttt aaaaa bbbbb 10000000000", &T::lanes<Op::v_sub, 8>>("vsububm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10001000000", &T::lanes<Op::v_sub, 16>>("vsubuhm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10010000000", &T::lanes<Op::v_sub, 32>>("vsubuwm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10011000000", &T::lanes<Op::v_sub, 64>>("vsubudm", k207),
    row<"000100 ttttt aaaaa bbbbb 00000000010", &T::lanes<Op::v_max_u, 8>>("vmaxub", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00001000010", &T::lanes<Op::v_max_u, 16>>("vmaxuh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00010000010", &T::lanes<Op::v_max_u, 32>>("vmaxuw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00011000010", &T::extreme64<true, false>>("vmaxud", k207),
    row<"000100 ttttt aaaaa bbbbb 00100000010", &T::lanes<Op::v_max_s, 8>>("vmaxsb", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00101000010", &T::lanes<Op::v_max_s, 16>>("vmaxsh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00110000010", &T::lanes<Op::v_max_s, 32>>("vmaxsw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00111000010", &T::extreme64<true, true>>("vmaxsd", k207),
    row<"000100 ttttt aaaaa bbbbb 01000000010", &T::lanes<Op::v_min_u, 8>>("vminub", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01001000010", &T::lanes<Op::v_min_u, 16>>("vminuh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01010000010", &T::lanes<Op::v_min_u, 32>>("vminuw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01011000010", &T::extreme64<false, false>>("vminud", k207),
    row<"000100 ttttt aaaaa bbbbb 01100000010", &T::lanes<Op::v_min_s, 8>>("vminsb", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01101000010", &T::lanes<Op::v_min_s, 16>>("vminsh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01110000010", &T::lanes<Op::v_min_s, 32>>("vminsw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01111000010", &T::extreme64<false, true>>("vminsd", k207),
    row<"000100 ttttt aaaaa bbbbb 10000000010", &T::lanes<Op::v_average, 8>>("vavgub", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10001000010", &T::lanes<Op::v_average, 16>>("vavguh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00110000100", &T::vshift<Op::v_shl_each, 32>>("vslw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10111000100", &T::vshift<Op::v_shl_each, 64>>("vsld", k207),
    row<"000100 ttttt aaaaa bbbbb 01010000100", &T::vshift<Op::v_shr_each, 32>>("vsrw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 11011000100", &T::vshift<Op::v_shr_each, 64>>("vsrd", k207),
    row<"000100 ttttt aaaaa bbbbb 01110000100", &T::vshift<Op::v_sar_each, 32>>("vsraw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00010000100", &T::vrotate<32>>("vrlw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00011000100", &T::vrotate<64>>("vrld", k207),
    row<"000100 ttttt aaaaa bbbbb 00000001000", &T::vmul<8, false, true>>("vmuloub", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00001001000", &T::vmul<16, false, true>>("vmulouh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00010001000", &T::vmul<32, false, true>>("vmulouw", k207),
    row<"000100 ttttt aaaaa bbbbb 00100001000", &T::vmul<8, true, true>>("vmulosb", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00101001000", &T::vmul<16, true, true>>("vmulosh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00110001000", &T::vmul<32, true, true>>("vmulosw", k207),
    row<"000100 ttttt aaaaa bbbbb 01000001000", &T::vmul<8, false, false>>("vmuleub", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01001001000", &T::vmul<16, false, false>>("vmuleuh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01010001000", &T::vmul<32, false, false>>("vmuleuw", k207),
    row<"000100 ttttt aaaaa bbbbb 01100001000", &T::vmul<8, true, false>>("vmulesb", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01101001000", &T::vmul<16, true, false>>("vmulesh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 01110001000", &T::vmul<32, true, false>>("vmulesw", k207),
    row<"000100 ttttt aaaaa bbbbb 00010001001", &T::lanes<Op::v_mul, 32>>("vmuluwm", k207),
    row<"000100 ttttt aaaaa bbbbb 00000001100", &T::lanes_reversed<Op::v_interleave_high, 8>>("vmrghb", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00001001100", &T::lanes_reversed<Op::v_interleave_high, 16>>("vmrghh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00010001100", &T::lanes_reversed<Op::v_interleave_high, 32>>("vmrghw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00100001100", &T::lanes_reversed<Op::v_interleave_low, 8>>("vmrglb", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00101001100", &T::lanes_reversed<Op::v_interleave_low, 16>>("vmrglh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00110001100", &T::lanes_reversed<Op::v_interleave_low, 32>>("vmrglw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 11110001100", &T::vmrgw<false>>("vmrgew", k207),
    row<"000100 ttttt aaaaa bbbbb 11010001100", &T::vmrgw<true>>("vmrgow", k207),
    row<"000100 ttttt uuuuu bbbbb 01000001100", &T::vsplt<8>>("vspltb", kAltivec),
    row<"000100 ttttt uuuuu bbbbb 01001001100", &T::vsplt<16>>("vsplth", kAltivec),
    row<"000100 ttttt uuuuu bbbbb 01010001100", &T::vsplt<32>>("vspltw", kAltivec),
    row<"000100 ttttt sssss ----- 01100001100", &T::vspltis<8>>("vspltisb", kAltivec),
    row<"000100 ttttt sssss ----- 01101001100", &T::vspltis<16>>("vspltish", kAltivec),
    row<"000100 ttttt sssss ----- 01110001100", &T::vspltis<32>>("vspltisw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00000001110", &T::vpk<16>>("vpkuhum", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 00001001110", &T::vpk<32>>("vpkuwum", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10001001110", &T::vpk<64>>("vpkudum", k207),
    row<"000100 ttttt ----- bbbbb 01000001110", &T::vupk<8, true>>("vupkhsb", kAltivec),
    row<"000100 ttttt ----- bbbbb 01001001110", &T::vupk<16, true>>("vupkhsh", kAltivec),
    row<"000100 ttttt ----- bbbbb 01010001110", &T::vupk<8, false>>("vupklsb", kAltivec),
    row<"000100 ttttt ----- bbbbb 01011001110", &T::vupk<16, false>>("vupklsh", kAltivec),
    row<"000100 ttttt ----- bbbbb 11001001110", &T::vupk<32, true>>("vupkhsw", k207),
    row<"000100 ttttt ----- bbbbb 11011001110", &T::vupk<32, false>>("vupklsw", k207),
    row<"000100 ttttt aaaaa bbbbb ccccc 100010", &T::vmladduhm>("vmladduhm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb ccccc 100110", &T::vmsumuhm>("vmsumuhm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb ccccc 101000", &T::vmsumshm>("vmsumshm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb ccccc 101010", &T::vsel>("vsel", kAltivec),
    row<"000100 ttttt aaaaa bbbbb ccccc 101011", &T::vperm>("vperm", kAltivec),
    row<"000100 ttttt aaaaa bbbbb - nnnn 101100", &T::vsldoi>("vsldoi", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 0000000110", &T::vcmp<Op::v_eq, 8, false>>("vcmpequb", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 0001000110", &T::vcmp<Op::v_eq, 16, false>>("vcmpequh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 0010000110", &T::vcmp<Op::v_eq, 32, false>>("vcmpequw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 0011000111", &T::vcmp<Op::v_eq, 64, false>>("vcmpequd", k207),
    row<"000100 ttttt aaaaa bbbbb r 1000000110", &T::vcmp<Op::v_gt, 8, true>>("vcmpgtub", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 1001000110", &T::vcmp<Op::v_gt, 16, true>>("vcmpgtuh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 1010000110", &T::vcmp<Op::v_gt, 32, true>>("vcmpgtuw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 1100000110", &T::vcmp<Op::v_gt, 8, false>>("vcmpgtsb", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 1101000110", &T::vcmp<Op::v_gt, 16, false>>("vcmpgtsh", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 1110000110", &T::vcmp<Op::v_gt, 32, false>>("vcmpgtsw", kAltivec),
    row<"000100 ttttt aaaaa bbbbb r 1011000111", &T::vcmp<Op::v_gt, 64, true>>("vcmpgtud", k207),
    row<"000100 ttttt aaaaa bbbbb r 1111000111", &T::vcmp<Op::v_gt, 64, false>>("vcmpgtsd", k207),
};
// clang-format on

}  // namespace

void append_lane_rows(std::vector<PpcRow>& rows) {
  rows.insert(rows.end(), std::begin(kRows), std::end(kRows));
}

}  // namespace emulate::ppc
