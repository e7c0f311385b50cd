/// Vector instructions that move and combine whole registers, and the scalar half of VSX. A
/// register is two doublewords here; what needs more of its elements runs as C++ (vector.h).

#include <array>
#include <vector>

#include "ppc/features.h"
#include "ppc/fpscr.h"
#include "ppc/vector.h"
#include "ppc/vector_rows.h"

namespace emulate::ppc {

// --- Instructions with helpers ---

namespace {

std::span<const HelperInstruction> instruction_list() {
  static const auto list = [] {
    std::vector<HelperInstruction> all;
    for (const auto part :
         {altivec_instructions(), isa207_instructions(), altivec_float_instructions(),
          vsx_instructions(), decimal_instructions()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return list;
}

/// Candidates by the low eleven bits but the last, where the encodings differ.
struct Buckets {
  std::array<std::vector<std::uint16_t>, 1024> lists;
  Buckets() {
    const auto all = instruction_list();
    for (std::uint32_t n = 0; n < all.size(); ++n) {
      for (std::uint32_t bits = 0; bits < 1024; ++bits) {
        const auto& p = all[n].pattern;
        if (((p.value ^ bits << 1) & p.mask & 0x7fe) == 0) {
          lists[bits].push_back(static_cast<std::uint16_t>(n));
        }
      }
    }
  }
};

void translate_by_helper(Translator& t, std::uint32_t word) { t.by_helper(word); }

}  // namespace

void append_instruction_helpers(std::vector<jit::Helper>& helpers) {
  for (const HelperInstruction& i : instruction_list()) helpers.push_back(i.helper);
}

void Translator::by_helper(std::uint32_t word) {
  static const Buckets buckets;
  const auto all = instruction_list();
  for (const std::uint16_t n : buckets.lists[word >> 1 & 1023]) {
    const HelperInstruction& i = all[n];
    if (!i.pattern.matches(word) || !traits_.has(i.needs)) continue;
    Value args[4] = {};
    for (unsigned f = 0; f < i.pattern.field_count; ++f) {
      const auto& field = i.pattern.fields[f];
      const std::uint32_t v = helper_argument(field.letter, jit::decode::extract(word, field.mask));
      args[f] = b_.i32(v);
      if (field.letter == 'T' || field.letter == 'd' || field.letter == 't') single_[v] = {};
      if (field.letter == 'Q') single_[v] = single_[v + 1] = {};
    }
    b_.call(helper(HelperId::count_) + n, Type::none, 0, args[0], args[1], args[2], args[3]);
    return forget_cr();
  }
  illegal();
}

// --- Logic ---

void Translator::vector_logic(Logic op, unsigned t, unsigned a, unsigned b) {
  if (a == b && (op == Logic::xor_ || op == Logic::andc)) return set_zero(t);
  if (a == b && (op == Logic::or_ || op == Logic::and_)) return set_vector(t, vector(a));
  const Value x = vector(a), y = vector(b);
  const auto both = [&](Op o) { return b_.vector(o, 0, x, y); };
  const auto inverse = [&](Value v) {
    return b_.vector(Op::v_xor, 0, v, b_.vector(~std::uint64_t{0}, ~std::uint64_t{0}));
  };
  switch (op) {
    case Logic::and_:
      return set_vector(t, both(Op::v_and));
    case Logic::or_:
      return set_vector(t, both(Op::v_or));
    case Logic::xor_:
      return set_vector(t, both(Op::v_xor));
    case Logic::nand:
      return set_vector(t, inverse(both(Op::v_and)));
    case Logic::nor:
      return set_vector(t, inverse(both(Op::v_or)));
    case Logic::eqv:
      return set_vector(t, inverse(both(Op::v_xor)));
    case Logic::andc:
      return set_vector(t, b_.vector(Op::v_andn, 0, y, x));
    case Logic::orc:
      return set_vector(t, b_.vector(Op::v_or, 0, x, inverse(y)));
  }
}

/// The usual way to clear a register, of scalars too.
void Translator::set_zero(unsigned n) {
  if (n >= 32) return set_vector(n, b_.vector(0, 0));
  set_half(n, true, b_.i64(0));
  set_half(n, false, b_.i64(0));
}

// --- Loads and stores ---

void Translator::lvx(VReg vt, Reg ra, Reg rb) {
  const Value at = b_.and_(indexed(ra, rb), konst(~std::uint64_t{15}));
  set_vector(vt.n, b_.load(Type::v128, at, 0, traits_.big));
}
void Translator::stvx(VReg vs, Reg ra, Reg rb) {
  const Value at = b_.and_(indexed(ra, rb), konst(~std::uint64_t{15}));
  b_.store(at, 0, vector(vs.n), traits_.big);
}

/// The element's place is what the address says. The rest of a loaded register is undefined: here
/// every element becomes what was loaded.
void Translator::element_access(VReg v, Reg ra, Reg rb, Type t, bool store) {
  const unsigned size = jit::ir::bytes_of(t);
  const Value at = b_.and_(indexed(ra, rb), konst(~std::uint64_t{size - 1}));
  if (!store) {
    const Value x = b_.zext(b_.load(t, at, 0, traits_.big), Type::i64);
    return set_vector(v.n, b_.vector(Op::v_splat, 8 * size, x));
  }
  const Value place = b_.zext(b_.and_(at, konst(15)), Type::i64);
  const Value in_first = b_.compare(Op::lt_u, place, b_.i64(8));
  const Value word = b_.select(in_first, half(v.n, traits_.big), half(v.n, !traits_.big));
  // Counted from the least significant end.
  Value byte = b_.and_(place, b_.i64(7));
  if (traits_.big) byte = b_.sub(b_.i64(8 - size), byte);
  const Value shifted = b_.shr(word, b_.shl(byte, b_.i64(3)));
  b_.store(at, 0, b_.trunc(shifted, t), traits_.big);
}

/// lvsl and lvsr: bytes that count from the address's low four bits, or from 16 less them.
void Translator::shift_control(VReg vt, Reg ra, Reg rb, bool right) {
  Value sh = b_.and_(b_.zext(indexed(ra, rb), Type::i64), b_.i64(15));
  if (right) sh = b_.sub(b_.i64(16), sh);
  const Value first = b_.vector(0x0001'0203'0405'0607u, 0x0809'0a0b'0c0d'0e0fu);
  set_vector(vt.n, b_.vector(Op::v_add, 8, b_.vector(Op::v_splat, 8, sh), first));
}

/// Elements are in order of address, whatever the order of bytes.
jit::ir::Value Translator::in_order(Value v, unsigned lane) {
  constexpr unsigned kSwapDoublewords = 0x4e, kReverseWords = 0x1b;
  if (traits_.big) return v;
  return b_.vector(Op::v_permute, 0, v, {}, lane == 64 ? kSwapDoublewords : kReverseWords);
}
void Translator::lxvdsx(XReg xt, Reg ra, Reg rb) {
  const Value v = b_.load(Type::i64, indexed(ra, rb), 0, traits_.big);
  set_vector(xt.n, b_.vector(Op::v_splat, 64, v));
}
void Translator::set_vsx_scalar(XReg xt, Value high) {
  if (xt.n >= 32) return set_vector(xt.n, b_.vector(Op::v_pair, 0, b_.i64(0), high));
  set_half(xt.n, true, high);
  clear_low(xt.n);
}
void Translator::lxsdx(XReg xt, Reg ra, Reg rb) {
  set_vsx_scalar(xt, b_.load(Type::i64, indexed(ra, rb), 0, traits_.big));
}
void Translator::stxsdx(XReg xs, Reg ra, Reg rb) {
  b_.store(indexed(ra, rb), 0, half(xs.n, true), traits_.big);
}
void Translator::lxsspx(XReg xt, Reg ra, Reg rb) {
  load_float(Access{Type::f32}, xt, Reg(1), indexed(ra, rb), 0);
  clear_low(xt.n);
}
void Translator::stxsspx(XReg xs, Reg ra, Reg rb) {
  store_float(Access{Type::f32}, xs, Reg(1), indexed(ra, rb), 0);
}
void Translator::lxsiwax(XReg xt, Reg ra, Reg rb) {
  const Value v = b_.load(Type::i32, indexed(ra, rb), 0, traits_.big);
  set_vsx_scalar(xt, b_.sext(v, Type::i64));
}
void Translator::lxsiwzx(XReg xt, Reg ra, Reg rb) {
  const Value v = b_.load(Type::i32, indexed(ra, rb), 0, traits_.big);
  set_vsx_scalar(xt, b_.zext(v, Type::i64));
}
void Translator::stxsiwx(XReg xs, Reg ra, Reg rb) {
  b_.store(indexed(ra, rb), 0, b_.trunc(half(xs.n, true), Type::i32), traits_.big);
}

// --- Moves ---

void Translator::mfvsrd(XReg xs, Reg ra) { set_word(ra, b_.trunc(half(xs.n, true), word_)); }
void Translator::mfvsrwz(XReg xs, Reg ra) {
  set_word(ra, b_.zext(b_.trunc(half(xs.n, true), Type::i32), word_));
}
void Translator::mtvsrd(XReg xt, Reg ra) { set_vsx_scalar(xt, word64(ra)); }
void Translator::mtvsrwa(XReg xt, Reg ra) { set_vsx_scalar(xt, b_.sext(low(ra), Type::i64)); }
void Translator::mtvsrwz(XReg xt, Reg ra) { set_vsx_scalar(xt, b_.zext(low(ra), Type::i64)); }

void Translator::xxpermdi(Bits t, Bits a, Bits b, Bits dm, Bits ax, Bits bx, Bits tx) {
  const unsigned na = a.v | ax.v << 5, nb = b.v | bx.v << 5, nt = t.v | tx.v << 5;
  const bool low_of_a = (dm.v & 2) != 0, low_of_b = (dm.v & 1) != 0;
  if (na != nb) {
    const unsigned halves = (low_of_b ? 0 : 1) | (low_of_a ? 0 : 2);
    return set_vector(nt, b_.vector(Op::v_halves, 0, vector(nb), vector(na), halves));
  }
  constexpr unsigned kLow = 0x4, kHigh = 0xe;  // the words of a doubleword
  const unsigned words = (low_of_b ? kLow : kHigh) | (low_of_a ? kLow : kHigh) << 4;
  set_vector(nt, b_.vector(Op::v_permute, 0, vector(na), {}, words));
}
void Translator::xxsel(Bits t, Bits a, Bits b, Bits c, Bits cx, Bits ax, Bits bx, Bits tx) {
  select_bits(t.v | tx.v << 5, a.v | ax.v << 5, b.v | bx.v << 5, c.v | cx.v << 5);
}

// --- Scalar arithmetic ---

/// In the current rounding mode, inexactness noted.
void Translator::xsrdpic(XReg xt, XReg xb) {
  const Value a = getf(xb);
  const Value r = b_.round_to_integral(a, 4);
  set_arith(xt, b_.call_if(is_nan(r), r, helper(HelperId::round_nan), a, {}, 0), false,
            {static_cast<unsigned>(LastOp::to_integral), a, {}, {}});
  clear_low(xt.n);
}
void Translator::xscpsgndp(XReg xt, XReg xa, XReg xb) {
  fcpsgn(xt, xa, xb, Bits(0));
  clear_low(xt.n);
}
void Translator::xscmpudp(Bits bf, Bits a, Bits b, Bits ax, Bits bx) {
  float_compare(bf, FReg(a.v | ax.v << 5), FReg(b.v | bx.v << 5), false);
}
void Translator::xscmpodp(Bits bf, Bits a, Bits b, Bits ax, Bits bx) {
  float_compare(bf, FReg(a.v | ax.v << 5), FReg(b.v | bx.v << 5), true);
}
void Translator::xstdivdp(Bits bf, Bits a, Bits b, Bits ax, Bits bx) {
  ftdiv(bf, FReg(a.v | ax.v << 5), FReg(b.v | bx.v << 5));
}
void Translator::xstsqrtdp(Bits bf, XReg xb) { ftsqrt(bf, xb); }

namespace {

using jit::decode::row;
using jit::ir::Op;
using jit::ir::Type;
using T = Translator;

// clang-format off
constexpr PpcRow kRows[] = {
    row<"011111 ttttt aaaaa bbbbb 0001100111 -", &T::lvx>("lvx", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0101100111 -", &T::lvx>("lvxl", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0011100111 -", &T::stvx>("stvx", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0111100111 -", &T::stvx>("stvxl", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0000000111 -", &T::lvex<Type::i8>>("lvebx", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0000100111 -", &T::lvex<Type::i16>>("lvehx", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0001000111 -", &T::lvex<Type::i32>>("lvewx", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0010000111 -", &T::stvex<Type::i8>>("stvebx", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0010100111 -", &T::stvex<Type::i16>>("stvehx", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0011000111 -", &T::stvex<Type::i32>>("stvewx", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0000000110 -", &T::lvs<false>>("lvsl", kAltivec),
    row<"011111 ttttt aaaaa bbbbb 0000100110 -", &T::lvs<true>>("lvsr", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10000000100", &T::vlogic<Logic::and_>>("vand", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10001000100", &T::vlogic<Logic::andc>>("vandc", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10010000100", &T::vlogic<Logic::or_>>("vor", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10011000100", &T::vlogic<Logic::xor_>>("vxor", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10100000100", &T::vlogic<Logic::nor>>("vnor", kAltivec),
    row<"000100 ttttt aaaaa bbbbb 10101000100", &T::vlogic<Logic::orc>>("vorc", k207),
    row<"000100 ttttt aaaaa bbbbb 10110000100", &T::vlogic<Logic::nand>>("vnand", k207),
    row<"000100 ttttt aaaaa bbbbb 11010000100", &T::vlogic<Logic::eqv>>("veqv", k207),
    // VSX
    row<"011111 ttttt aaaaa bbbbb 0000001100 t", &T::lxsiwzx>("lxsiwzx", k207),
    row<"011111 ttttt aaaaa bbbbb 0001001100 t", &T::lxsiwax>("lxsiwax", k207),
    row<"011111 ttttt aaaaa bbbbb 0010001100 t", &T::stxsiwx>("stxsiwx", k207),
    row<"011111 ttttt aaaaa bbbbb 0101001100 t", &T::lxvdsx>("lxvdsx", kVsx),
    row<"011111 ttttt aaaaa bbbbb 1000001100 t", &T::lxsspx>("lxsspx", k207),
    row<"011111 ttttt aaaaa bbbbb 1001001100 t", &T::lxsdx>("lxsdx", kVsx),
    row<"011111 ttttt aaaaa bbbbb 1010001100 t", &T::stxsspx>("stxsspx", k207),
    row<"011111 ttttt aaaaa bbbbb 1011001100 t", &T::stxsdx>("stxsdx", kVsx),
    row<"011111 ttttt aaaaa bbbbb 1100001100 t", &T::lxv<32>>("lxvw4x", kVsx),
    row<"011111 ttttt aaaaa bbbbb 1101001100 t", &T::lxv<64>>("lxvd2x", kVsx),
    row<"011111 ttttt aaaaa bbbbb 1110001100 t", &T::stxv<32>>("stxvw4x", kVsx),
    row<"011111 ttttt aaaaa bbbbb 1111001100 t", &T::stxv<64>>("stxvd2x", kVsx),
    row<"011111 ttttt aaaaa ----- 0000110011 t", &T::mfvsrd>("mfvsrd", k207),
    row<"011111 ttttt aaaaa ----- 0001110011 t", &T::mfvsrwz>("mfvsrwz", k207),
    row<"011111 ttttt aaaaa ----- 0010110011 t", &T::mtvsrd>("mtvsrd", k207),
    row<"011111 ttttt aaaaa ----- 0011010011 t", &T::mtvsrwa>("mtvsrwa", k207),
    row<"011111 ttttt aaaaa ----- 0011110011 t", &T::mtvsrwz>("mtvsrwz", k207),
    row<"111100 ttttt aaaaa bbbbb 0 dd 01010 x y z", &T::xxpermdi>("xxpermdi", kVsx),
    row<"111100 ttttt --- uu bbbbb 010100100 b t", &T::xxspltw>("xxspltw", kVsx),
    row<"111100 ttttt aaaaa bbbbb 00010010 a b t", &T::xxmrgw<Op::v_interleave_high>>("xxmrghw", kVsx),
    row<"111100 ttttt aaaaa bbbbb 00110010 a b t", &T::xxmrgw<Op::v_interleave_low>>("xxmrglw", kVsx),
    row<"111100 ttttt aaaaa bbbbb 0 nn 00010 x y z", &T::xxsldwi>("xxsldwi", kVsx),
    row<"111100 ttttt aaaaa bbbbb ccccc 11 w x y z", &T::xxsel>("xxsel", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10000010 a b t", &T::xlogic<Logic::and_>>("xxland", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10001010 a b t", &T::xlogic<Logic::andc>>("xxlandc", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10010010 a b t", &T::xlogic<Logic::or_>>("xxlor", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10011010 a b t", &T::xlogic<Logic::xor_>>("xxlxor", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10100010 a b t", &T::xlogic<Logic::nor>>("xxlnor", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10101010 a b t", &T::xlogic<Logic::orc>>("xxlorc", k207),
    row<"111100 ttttt aaaaa bbbbb 10110010 a b t", &T::xlogic<Logic::nand>>("xxlnand", k207),
    row<"111100 ttttt aaaaa bbbbb 10111010 a b t", &T::xlogic<Logic::eqv>>("xxleqv", k207),
    // VSX scalars, double precision
    row<"111100 ttttt aaaaa bbbbb 00100000 a b t", &T::xsbinary<FloatOp::add, false>>("xsadddp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 00101000 a b t", &T::xsbinary<FloatOp::sub, false>>("xssubdp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 00110000 a b t", &T::xsbinary<FloatOp::mul, false>>("xsmuldp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 00111000 a b t", &T::xsbinary<FloatOp::div, false>>("xsdivdp", kVsx),
    row<"111100 ttttt ----- bbbbb 001001011 b t", &T::xssqrt<false>>("xssqrtdp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 00100001 a b t", &T::xsmadd<false, false, false, false>>("xsmaddadp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 00101001 a b t", &T::xsmadd<false, false, false, true>>("xsmaddmdp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 00110001 a b t", &T::xsmadd<false, true, false, false>>("xsmsubadp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 00111001 a b t", &T::xsmadd<false, true, false, true>>("xsmsubmdp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10100001 a b t", &T::xsmadd<false, false, true, false>>("xsnmaddadp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10101001 a b t", &T::xsmadd<false, false, true, true>>("xsnmaddmdp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10110001 a b t", &T::xsmadd<false, true, true, false>>("xsnmsubadp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10111001 a b t", &T::xsmadd<false, true, true, true>>("xsnmsubmdp", kVsx),
    row<"111100 ttttt ----- bbbbb 101011001 b t", &T::xsunary<&T::fabs>>("xsabsdp", kVsx),
    row<"111100 ttttt ----- bbbbb 101101001 b t", &T::xsunary<&T::fnabs>>("xsnabsdp", kVsx),
    row<"111100 ttttt ----- bbbbb 101111001 b t", &T::xsunary<&T::fneg>>("xsnegdp", kVsx),
    row<"111100 ttttt ----- bbbbb 001011010 b t", &T::xsunary<&T::fre>>("xsredp", kVsx),
    row<"111100 ttttt ----- bbbbb 001001010 b t", &T::xsunary<&T::frsqrte>>("xsrsqrtedp", kVsx),
    row<"111100 ttttt aaaaa bbbbb 10110000 a b t", &T::xscpsgndp>("xscpsgndp", kVsx),
    row<"111100 fff -- aaaaa bbbbb 00100011 x y -", &T::xscmpudp>("xscmpudp", kVsx),
    row<"111100 fff -- aaaaa bbbbb 00101011 x y -", &T::xscmpodp>("xscmpodp", kVsx),
    row<"111100 fff -- aaaaa bbbbb 00111101 x y -", &T::xstdivdp>("xstdivdp", kVsx),
    row<"111100 fff -- ----- bbbbb 001101010 b -", &T::xstsqrtdp>("xstsqrtdp", kVsx),
    row<"111100 ttttt ----- bbbbb 001001001 b t", &T::xsri<0>>("xsrdpi", kVsx),
    row<"111100 ttttt ----- bbbbb 001011001 b t", &T::xsri<3>>("xsrdpiz", kVsx),
    row<"111100 ttttt ----- bbbbb 001101001 b t", &T::xsri<2>>("xsrdpip", kVsx),
    row<"111100 ttttt ----- bbbbb 001111001 b t", &T::xsri<1>>("xsrdpim", kVsx),
    row<"111100 ttttt ----- bbbbb 001101011 b t", &T::xsrdpic>("xsrdpic", kVsx),
    row<"111100 ttttt ----- bbbbb 101011000 b t", &T::xscvsx<Type::i64>>("xscvdpsxds", kVsx),
    row<"111100 ttttt ----- bbbbb 001011000 b t", &T::xscvsx<Type::i32>>("xscvdpsxws", kVsx),
    row<"111100 ttttt ----- bbbbb 101001000 b t", &T::xscvux<kToIntLong | kToIntZero>>("xscvdpuxds", kVsx),
    row<"111100 ttttt ----- bbbbb 001001000 b t", &T::xscvux<kToIntZero>>("xscvdpuxws", kVsx),
    row<"111100 ttttt ----- bbbbb 101111000 b t", &T::xscvint<false, false>>("xscvsxddp", kVsx),
    row<"111100 ttttt ----- bbbbb 101101000 b t", &T::xscvint<false, true>>("xscvuxddp", kVsx),
    row<"111100 ttttt ----- bbbbb 100111000 b t", &T::xscvint<true, false>>("xscvsxdsp", k207),
    row<"111100 ttttt ----- bbbbb 100101000 b t", &T::xscvint<true, true>>("xscvuxdsp", k207),
    // VSX scalars, single precision
    row<"111100 ttttt aaaaa bbbbb 00000000 a b t", &T::xsbinary<FloatOp::add, true>>("xsaddsp", k207),
    row<"111100 ttttt aaaaa bbbbb 00001000 a b t", &T::xsbinary<FloatOp::sub, true>>("xssubsp", k207),
    row<"111100 ttttt aaaaa bbbbb 00010000 a b t", &T::xsbinary<FloatOp::mul, true>>("xsmulsp", k207),
    row<"111100 ttttt aaaaa bbbbb 00011000 a b t", &T::xsbinary<FloatOp::div, true>>("xsdivsp", k207),
    row<"111100 ttttt ----- bbbbb 000001011 b t", &T::xssqrt<true>>("xssqrtsp", k207),
    row<"111100 ttttt aaaaa bbbbb 00000001 a b t", &T::xsmadd<true, false, false, false>>("xsmaddasp", k207),
    row<"111100 ttttt aaaaa bbbbb 00001001 a b t", &T::xsmadd<true, false, false, true>>("xsmaddmsp", k207),
    row<"111100 ttttt aaaaa bbbbb 00010001 a b t", &T::xsmadd<true, true, false, false>>("xsmsubasp", k207),
    row<"111100 ttttt aaaaa bbbbb 00011001 a b t", &T::xsmadd<true, true, false, true>>("xsmsubmsp", k207),
    row<"111100 ttttt aaaaa bbbbb 10000001 a b t", &T::xsmadd<true, false, true, false>>("xsnmaddasp", k207),
    row<"111100 ttttt aaaaa bbbbb 10001001 a b t", &T::xsmadd<true, false, true, true>>("xsnmaddmsp", k207),
    row<"111100 ttttt aaaaa bbbbb 10010001 a b t", &T::xsmadd<true, true, true, false>>("xsnmsubasp", k207),
    row<"111100 ttttt aaaaa bbbbb 10011001 a b t", &T::xsmadd<true, true, true, true>>("xsnmsubmsp", k207),
    row<"111100 ttttt ----- bbbbb 000011010 b t", &T::xsunary<&T::fres>>("xsresp", k207),
    row<"111100 ttttt ----- bbbbb 000001010 b t", &T::xsunary<&T::frsqrtes>>("xsrsqrtesp", k207),
    row<"111100 ttttt ----- bbbbb 100011001 b t", &T::xsunary<&T::frsp>>("xsrsp", k207),
};
// clang-format on

}  // namespace

void append_vector_rows(std::vector<PpcRow>& rows) {
  append_lane_rows(rows);
  rows.insert(rows.end(), std::begin(kRows), std::end(kRows));
  for (const HelperInstruction& i : instruction_list()) {
    rows.push_back({i.name, i.pattern, translate_by_helper, i.needs, false});
  }
}

}  // namespace emulate::ppc
