#pragma once

/// Translates Power instructions to IR: one member function a row of table.cpp, named as the
/// instruction, its parameters the fields of the encoding in order of appearance. Families of
/// instructions that differ in one respect are one template.

#include <optional>

#include "jit/engine/translator.h"
#include "ppc/features.h"
#include "ppc/fields.h"
#include "ppc/helpers.h"
#include "ppc/state.h"

namespace emulate::ppc {

class Translator;
using PpcRow = jit::decode::Row<Translator>;
using PpcTable = jit::decode::Table<Translator>;
std::span<const PpcRow> ppc_rows();

/// What the translation of a machine depends on.
struct Traits {
  bool wide;  ///< 64-bit registers and addresses
  bool big;
  std::uint32_t features;
  bool has(std::uint32_t f) const { return (features & f) == f; }
};

class Translator : public jit::WordTranslator<Translator> {
 public:
  Translator(const Traits& traits, const PpcTable& table, jit::ir::Unit& unit,
             jit::InstructionSource& source)
      : WordTranslator(table, unit, source, traits.big),
        traits_(traits),
        word_(traits.wide ? Type::i64 : Type::i32),
        mode_(unit.mode) {}

  // Integer arithmetic (translate_alu.cpp)
  void addi(Reg rt, Reg ra, Imm16 si);
  void addis(Reg rt, Reg ra, Imm16 si);
  void addpcis(Reg rt, Bits d1, Bits d0, Bits d2);
  void addic(Bits rc, Reg rt, Reg ra, Imm16 si);
  void subfic(Reg rt, Reg ra, Imm16 si);
  void add(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc);
  void subf(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc);
  void addc(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc);
  void subfc(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc);
  void adde(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc);
  void subfe(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc);
  void addme(Reg rt, Reg ra, Bits oe, Bits rc);
  void subfme(Reg rt, Reg ra, Bits oe, Bits rc);
  void addze(Reg rt, Reg ra, Bits oe, Bits rc);
  void subfze(Reg rt, Reg ra, Bits oe, Bits rc);
  void neg(Reg rt, Reg ra, Bits oe, Bits rc);
  void cmpi(Bits bf, Bits l, Reg ra, Imm16 si);
  void cmpli(Bits bf, Bits l, Reg ra, Imm16 ui);
  void cmp(Bits bf, Bits l, Reg ra, Reg rb);
  void cmpl(Bits bf, Bits l, Reg ra, Reg rb);
  void cmprb(Bits bf, Bits l, Reg ra, Reg rb);
  void cmpeqb(Bits bf, Reg ra, Reg rb);
  void setb(Reg rt, Bits bfa);
  void isel(Reg rt, Reg ra, Reg rb, Bits bc);
  // Multiplication and division (translate_mul.cpp)
  void mulli(Reg rt, Reg ra, Imm16 si);
  void mullw(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc);
  void mulhw(Reg rt, Reg ra, Reg rb, Bits rc);
  void mulhwu(Reg rt, Reg ra, Reg rb, Bits rc);
  void mulld(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc);
  void mulhd(Reg rt, Reg ra, Reg rb, Bits rc);
  void mulhdu(Reg rt, Reg ra, Reg rb, Bits rc);
  template <jit::ir::Type kType, bool kSigned>
  void div(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
    divide(rt, ra, rb, oe, rc, kType, kSigned);
  }
  template <jit::ir::Type kType, bool kSigned>
  void mod(Reg rt, Reg ra, Reg rb) {
    modulo(rt, ra, rb, kType, kSigned);
  }
  template <jit::ir::Type kType, bool kSigned>
  void dive(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
    divide_extended(rt, ra, rb, oe, rc, kType, kSigned);
  }
  void maddhd(Reg rt, Reg ra, Reg rb, Reg rc);
  void maddhdu(Reg rt, Reg ra, Reg rb, Reg rc);
  void maddld(Reg rt, Reg ra, Reg rb, Reg rc);
  // Logic, rotates, shifts (translate_logic.cpp)
  template <Logic kOp>
  void logic(Reg rs, Reg ra, Reg rb, Bits rc) {
    logical(kOp, rs, ra, rb, rc);
  }
  void ori(Reg rs, Reg ra, Imm16 ui);
  void oris(Reg rs, Reg ra, Imm16 ui);
  void xori(Reg rs, Reg ra, Imm16 ui);
  void xoris(Reg rs, Reg ra, Imm16 ui);
  void andi(Reg rs, Reg ra, Imm16 ui);
  void andis(Reg rs, Reg ra, Imm16 ui);
  template <jit::ir::Type kFrom>
  void exts(Reg rs, Reg ra, Bits rc) {
    set_result(ra, b_.sext(b_.trunc(word(rs), kFrom), word_), rc);
  }
  void cntlzw(Reg rs, Reg ra, Bits rc);
  void cntlzd(Reg rs, Reg ra, Bits rc);
  void cnttzw(Reg rs, Reg ra, Bits rc);
  void cnttzd(Reg rs, Reg ra, Bits rc);
  void popcntw(Reg rs, Reg ra);
  void popcntd(Reg rs, Reg ra);
  /// A rare function of rs (and rb) that a helper computes.
  template <HelperId kHelper>
  void logic_helper(Reg rs, Reg ra, Reg rb) {
    const Value r = b_.call(helper(kHelper), Type::i64, jit::ir::kHelperPure,
                            b_.zext(word(rs), Type::i64), b_.zext(word(rb), Type::i64));
    set_word(ra, b_.trunc(r, word_));
  }
  template <HelperId kHelper>
  void logic_helper1(Reg rs, Reg ra) {
    logic_helper<kHelper>(rs, ra, rs);
  }
  void addg6s(Reg rt, Reg ra, Reg rb);
  void darn(Reg rt, Bits l);
  void slw(Reg rs, Reg ra, Reg rb, Bits rc);
  void srw(Reg rs, Reg ra, Reg rb, Bits rc);
  void sraw(Reg rs, Reg ra, Reg rb, Bits rc);
  void srawi(Reg rs, Reg ra, Bits sh, Bits rc);
  void sld(Reg rs, Reg ra, Reg rb, Bits rc);
  void srd(Reg rs, Reg ra, Reg rb, Bits rc);
  void srad(Reg rs, Reg ra, Reg rb, Bits rc);
  void sradi(Reg rs, Reg ra, Split6 sh, Bits rc);
  void extswsli(Reg rs, Reg ra, Split6 sh, Bits rc);
  void rlwinm(Reg rs, Reg ra, Bits sh, Bits mb, Bits me, Bits rc);
  void rlwnm(Reg rs, Reg ra, Reg rb, Bits mb, Bits me, Bits rc);
  void rlwimi(Reg rs, Reg ra, Bits sh, Bits mb, Bits me, Bits rc);
  void rldicl(Reg rs, Reg ra, Split6 sh, Split6 mb, Bits rc);
  void rldicr(Reg rs, Reg ra, Split6 sh, Split6 me, Bits rc);
  void rldic(Reg rs, Reg ra, Split6 sh, Split6 mb, Bits rc);
  void rldimi(Reg rs, Reg ra, Split6 sh, Split6 mb, Bits rc);
  void rldcl(Reg rs, Reg ra, Reg rb, Split6 mb, Bits rc);
  void rldcr(Reg rs, Reg ra, Reg rb, Split6 me, Bits rc);
  // Branches and the condition register (translate_branch.cpp)
  void b(Imm24 li, Bits aa, Bits lk);
  void bc(Bits bo, Bits bi, Imm14 bd, Bits aa, Bits lk);
  void bclr(Bits bo, Bits bi, Bits bh, Bits lk);
  void bcctr(Bits bo, Bits bi, Bits bh, Bits lk);
  void bctar(Bits bo, Bits bi, Bits bh, Bits lk);
  template <Logic kOp>
  void crlogic(Bits bt, Bits ba, Bits bb) {
    cr_logical(kOp, bt.v, ba.v, bb.v);
  }
  void mcrf(Bits bf, Bits bfa);
  void mfcr(Reg rt);
  void mfocrf(Reg rt, Bits fxm);
  void mtcrf(Reg rs, Bits fxm);
  void mcrxr(Bits bf);
  void mcrxrx(Bits bf);
  // Memory (translate_memory.cpp)
  template <Access kAccess>
  void load_d(Reg rt, Reg ra, Imm16 d) {
    load(kAccess, rt, ra, base(ra), d.sext());
  }
  template <Access kAccess>
  void load_ds(Reg rt, Reg ra, Imm14 ds) {
    load(kAccess, rt, ra, base(ra), ds.sext() * 4);
  }
  template <Access kAccess>
  void load_x(Reg rt, Reg ra, Reg rb) {
    load(kAccess, rt, ra, indexed(ra, rb), 0);
  }
  template <Access kAccess>
  void store_d(Reg rs, Reg ra, Imm16 d) {
    store(kAccess, rs, ra, base(ra), d.sext());
  }
  template <Access kAccess>
  void store_ds(Reg rs, Reg ra, Imm14 ds) {
    store(kAccess, rs, ra, base(ra), ds.sext() * 4);
  }
  template <Access kAccess>
  void store_x(Reg rs, Reg ra, Reg rb) {
    store(kAccess, rs, ra, indexed(ra, rb), 0);
  }
  template <jit::ir::Type kType>
  void larx(Reg rt, Reg ra, Reg rb, Bits) {
    load_reserve(rt, ra, rb, kType);
  }
  template <jit::ir::Type kType>
  void stcx(Reg rs, Reg ra, Reg rb) {
    store_conditional(rs, ra, rb, kType);
  }
  void lqarx(Reg rt, Reg ra, Reg rb, Bits eh);
  void stqcx(Reg rs, Reg ra, Reg rb);
  void lq(Reg rt, Reg ra, Bits dq);
  void stq(Reg rs, Reg ra, Imm14 ds);
  void lmw(Reg rt, Reg ra, Imm16 d);
  void stmw(Reg rs, Reg ra, Imm16 d);
  void lswi(Reg rt, Reg ra, Bits nb);
  void stswi(Reg rs, Reg ra, Bits nb);
  void lswx(Reg rt, Reg ra, Reg rb);
  void stswx(Reg rs, Reg ra, Reg rb);
  void dcbz(Reg ra, Reg rb);
  void icbi(Reg ra, Reg rb);
  void cache_hint(Bits th, Reg ra, Reg rb);
  template <Access kAccess>
  void lf_d(FReg ft, Reg ra, Imm16 d) {
    load_float(kAccess, ft, ra, base(ra), d.sext());
  }
  template <Access kAccess>
  void lf_x(FReg ft, Reg ra, Reg rb) {
    load_float(kAccess, ft, ra, indexed(ra, rb), 0);
  }
  template <Access kAccess>
  void stf_d(FReg fs, Reg ra, Imm16 d) {
    store_float(kAccess, fs, ra, base(ra), d.sext());
  }
  template <Access kAccess>
  void stf_x(FReg fs, Reg ra, Reg rb) {
    store_float(kAccess, fs, ra, indexed(ra, rb), 0);
  }
  void stfiwx(FReg fs, Reg ra, Reg rb);
  void lfiwax(FReg ft, Reg ra, Reg rb);
  void lfiwzx(FReg ft, Reg ra, Reg rb);
  void lfdp(FReg ft, Reg ra, Imm14 ds);
  void stfdp(FReg fs, Reg ra, Imm14 ds);
  void lfdpx(FReg ft, Reg ra, Reg rb);
  void stfdpx(FReg fs, Reg ra, Reg rb);
  // System (translate_system.cpp)
  void sc(Bits lev);
  void tw(Bits to, Reg ra, Reg rb);
  void twi(Bits to, Reg ra, Imm16 si);
  void td(Bits to, Reg ra, Reg rb);
  void tdi(Bits to, Reg ra, Imm16 si);
  void sync(Bits l);
  void eieio();
  void isync();
  void wait(Bits wc);
  void mfspr(Reg rt, Spr spr);
  void mtspr(Reg rs, Spr spr);
  void mftb(Reg rt, Spr tbr);
  // Floating point (translate_float.cpp)
  template <FloatOp kOp, bool kSingle>
  void fbinary(FReg ft, FReg fa, FReg fb, Bits rc) {
    float_binary(kOp, kSingle, ft, fa, fb);
    record1(rc);
  }
  template <bool kSingle>
  void fsqrt(FReg ft, FReg fb, Bits rc) {
    float_sqrt(kSingle, ft, fb);
    record1(rc);
  }
  template <bool kSingle, bool kSubtract, bool kNegate>
  void fmadd(FReg ft, FReg fa, FReg fb, FReg fc, Bits rc) {
    multiply_add(kSingle, kSubtract, kNegate, ft, fa, fc, fb);
    record1(rc);
  }
  void fre(FReg ft, FReg fb, Bits rc);
  void fres(FReg ft, FReg fb, Bits rc);
  void frsqrte(FReg ft, FReg fb, Bits rc);
  void frsqrtes(FReg ft, FReg fb, Bits rc);
  void fmr(FReg ft, FReg fb, Bits rc);
  void fneg(FReg ft, FReg fb, Bits rc);
  void fabs(FReg ft, FReg fb, Bits rc);
  void fnabs(FReg ft, FReg fb, Bits rc);
  void fcpsgn(FReg ft, FReg fa, FReg fb, Bits rc);
  void fsel(FReg ft, FReg fa, FReg fb, FReg fc, Bits rc);
  void frsp(FReg ft, FReg fb, Bits rc);
  template <jit::ir::Type kType, bool kZero>
  void fcti(FReg ft, FReg fb, Bits rc) {
    to_int(ft, fb, kType, kZero);
    record1(rc);
  }
  /// Unsigned results, by a helper.
  template <unsigned kHow>
  void fctiu(FReg ft, FReg fb, Bits rc) {
    to_unsigned(ft, fb, kHow);
    record1(rc);
  }
  template <bool kSingle, bool kUnsigned>
  void fcfi(FReg ft, FReg fb, Bits rc) {
    from_int(ft, fb, kSingle, kUnsigned);
    record1(rc);
  }
  template <unsigned kRounding>
  void fri(FReg ft, FReg fb, Bits rc) {
    round_to_int(ft, fb, kRounding);
    record1(rc);
  }
  void fcmpu(Bits bf, FReg fa, FReg fb);
  void fcmpo(Bits bf, FReg fa, FReg fb);
  void ftdiv(Bits bf, FReg fa, FReg fb);
  void ftsqrt(Bits bf, FReg fb);
  void mffs(FReg ft, Bits rc);
  void mffsce(FReg ft);
  void mffscdrn(FReg ft, FReg fb);
  void mffscdrni(FReg ft, Bits drm);
  void mffscrn(FReg ft, FReg fb);
  void mffscrni(FReg ft, Bits rm);
  void mffsl(FReg ft);
  void mcrfs(Bits bf, Bits bfa);
  void mtfsf(Bits l, Bits flm, Bits w, FReg fb, Bits rc);
  void mtfsfi(Bits bf, Bits w, Bits u, Bits rc);
  void mtfsb0(Bits bt, Bits rc);
  void mtfsb1(Bits bt, Bits rc);
  void fmrgew(FReg ft, FReg fa, FReg fb);
  void fmrgow(FReg ft, FReg fa, FReg fb);
  // Vectors: what has translations of its own (translate_vector.cpp)
  void by_helper(std::uint32_t word);
  void lvx(VReg vt, Reg ra, Reg rb);
  void stvx(VReg vs, Reg ra, Reg rb);
  /// One element, to or from its place in the register.
  template <jit::ir::Type kType>
  void lvex(VReg vt, Reg ra, Reg rb) {
    element_access(vt, ra, rb, kType, false);
  }
  template <jit::ir::Type kType>
  void stvex(VReg vs, Reg ra, Reg rb) {
    element_access(vs, ra, rb, kType, true);
  }
  template <bool kRight>
  void lvs(VReg vt, Reg ra, Reg rb) {
    shift_control(vt, ra, rb, kRight);
  }
  template <Logic kOp>
  void vlogic(VReg vt, VReg va, VReg vb) {
    vector_logic(kOp, vt.n, va.n, vb.n);
  }
  // Lanes (translate_lanes.cpp).
  template <jit::ir::Op kOp, unsigned kLane>
  void lanes(VReg vt, VReg va, VReg vb) {
    set_vector(vt.n, b_.vector(kOp, kLane, vector(va.n), vector(vb.n)));
  }
  template <jit::ir::Op kOp, unsigned kLane>
  void lanes_reversed(VReg vt, VReg va, VReg vb) {
    lanes<kOp, kLane>(vt, vb, va);
  }
  template <bool kMax, bool kSigned>
  void extreme64(VReg vt, VReg va, VReg vb) {
    extreme_doublewords(vt, va, vb, kMax, kSigned);
  }
  template <jit::ir::Op kOp, unsigned kLane>
  void vshift(VReg vt, VReg va, VReg vb) {
    const Value count = b_.vector(Op::v_and, 0, vector(vb.n), splat(kLane - 1, kLane));
    set_vector(vt.n, b_.vector(kOp, kLane, vector(va.n), count));
  }
  template <unsigned kLane>
  void vrotate(VReg vt, VReg va, VReg vb) {
    rotate_lanes(vt, va, vb, kLane);
  }
  template <unsigned kLane, bool kSigned, bool kOdd>
  void vmul(VReg vt, VReg va, VReg vb) {
    set_vector(vt.n, products(vector(va.n), vector(vb.n), kLane, kSigned, kOdd));
  }
  template <bool kOdd>
  void vmrgw(VReg vt, VReg va, VReg vb) {
    merge_words(vt, va, vb, kOdd);
  }
  template <unsigned kLane>
  void vsplt(VReg vt, Bits uim, VReg vb) {
    splat_element(vt.n, vb.n, kLane, uim.v);
  }
  template <unsigned kLane>
  void vspltis(VReg vt, Imm5 sim) {
    const auto bits = static_cast<std::uint64_t>(sim.sext());
    set_vector(vt.n, splat(bits & (~std::uint64_t{0} >> (64 - kLane)), kLane));
  }
  template <unsigned kLane>
  void vpk(VReg vt, VReg va, VReg vb) {
    pack_elements(vt, va, vb, kLane);
  }
  template <unsigned kLane, bool kHigh>
  void vupk(VReg vt, VReg vb) {
    unpack_elements(vt, vb, kLane, kHigh);
  }
  /// v_eq or v_gt.
  template <jit::ir::Op kOp, unsigned kLane, bool kUnsigned>
  void vcmp(VReg vt, VReg va, VReg vb, Bits record) {
    const Value a = vector(va.n), b = vector(vb.n);
    set_comparison(vt,
                   kOp == Op::v_eq ? b_.vector(kOp, kLane, a, b) : greater(kLane, a, b, !kUnsigned),
                   record.v != 0);
  }
  void vmladduhm(VReg vt, VReg va, VReg vb, VReg vc);
  void vmsumuhm(VReg vt, VReg va, VReg vb, VReg vc);
  void vmsumshm(VReg vt, VReg va, VReg vb, VReg vc);
  void vsel(VReg vt, VReg va, VReg vb, VReg vc);
  void vperm(VReg vt, VReg va, VReg vb, VReg vc);
  void vsldoi(VReg vt, VReg va, VReg vb, Bits n) { shift_bytes(vt.n, va.n, vb.n, n.v); }
  template <Logic kOp>
  void xlogic(XReg xt, XReg xa, XReg xb) {
    vector_logic(kOp, xt.n, xa.n, xb.n);
  }
  /// Elements in order of address.
  template <unsigned kLane>
  void lxv(XReg xt, Reg ra, Reg rb) {
    set_vector(xt.n, in_order(b_.load(Type::v128, indexed(ra, rb), 0, traits_.big), kLane));
  }
  template <unsigned kLane>
  void stxv(XReg xs, Reg ra, Reg rb) {
    b_.store(indexed(ra, rb), 0, in_order(vector(xs.n), kLane), traits_.big);
  }
  void lxvdsx(XReg xt, Reg ra, Reg rb);
  void lxsdx(XReg xt, Reg ra, Reg rb);
  void stxsdx(XReg xs, Reg ra, Reg rb);
  void lxsspx(XReg xt, Reg ra, Reg rb);
  void stxsspx(XReg xs, Reg ra, Reg rb);
  void lxsiwax(XReg xt, Reg ra, Reg rb);
  void lxsiwzx(XReg xt, Reg ra, Reg rb);
  void stxsiwx(XReg xs, Reg ra, Reg rb);
  void mfvsrd(XReg xs, Reg ra);
  void mfvsrwz(XReg xs, Reg ra);
  void mtvsrd(XReg xt, Reg ra);
  void mtvsrwa(XReg xt, Reg ra);
  void mtvsrwz(XReg xt, Reg ra);
  void xxpermdi(Bits t, Bits a, Bits b, Bits dm, Bits ax, Bits bx, Bits tx);
  void xxspltw(XReg xt, Bits uim, XReg xb) { splat_element(xt.n, xb.n, 32, uim.v); }
  template <jit::ir::Op kInterleave>
  void xxmrgw(XReg xt, XReg xa, XReg xb) {
    set_vector(xt.n, b_.vector(kInterleave, 32, vector(xb.n), vector(xa.n)));
  }
  void xxsldwi(Bits t, Bits a, Bits b, Bits n, Bits ax, Bits bx, Bits tx) {
    shift_bytes(t.v | tx.v << 5, a.v | ax.v << 5, b.v | bx.v << 5, 4 * n.v);
  }
  void xxsel(Bits t, Bits a, Bits b, Bits c, Bits cx, Bits ax, Bits bx, Bits tx);
  // Scalar VSX arithmetic is floating point with more registers.
  template <FloatOp kOp, bool kSingle>
  void xsbinary(XReg xt, XReg xa, XReg xb) {
    float_binary(kOp, kSingle, xt, xa, xb);
    clear_low(xt.n);
  }
  template <bool kSingle>
  void xssqrt(XReg xt, XReg xb) {
    float_sqrt(kSingle, xt, xb);
    clear_low(xt.n);
  }
  /// With kM the target is the factor, else the addend.
  template <bool kSingle, bool kSubtract, bool kNegate, bool kM>
  void xsmadd(XReg xt, XReg xa, XReg xb) {
    if (kM) {
      multiply_add(kSingle, kSubtract, kNegate, xt, xa, xt, xb);
    } else {
      multiply_add(kSingle, kSubtract, kNegate, xt, xa, xb, xt);
    }
    clear_low(xt.n);
  }
  template <auto kMethod>
  void xsunary(XReg xt, XReg xb) {
    (this->*kMethod)(xt, xb, Bits(0));
    clear_low(xt.n);
  }
  template <jit::ir::Type kType>
  void xscvsx(XReg xt, XReg xb) {
    to_int(xt, xb, kType, true);
    clear_low(xt.n);
  }
  template <unsigned kHow>
  void xscvux(XReg xt, XReg xb) {
    to_unsigned(xt, xb, kHow);
    clear_low(xt.n);
  }
  template <bool kSingle, bool kUnsigned>
  void xscvint(XReg xt, XReg xb) {
    from_int(xt, xb, kSingle, kUnsigned);
    clear_low(xt.n);
  }
  template <unsigned kRounding>
  void xsri(XReg xt, XReg xb) {
    round_to_int(xt, xb, kRounding);
    clear_low(xt.n);
  }
  void xsrdpic(XReg xt, XReg xb);
  void xscpsgndp(XReg xt, XReg xa, XReg xb);
  void xscmpudp(Bits bf, Bits a, Bits b, Bits ax, Bits bx);
  void xscmpodp(Bits bf, Bits a, Bits b, Bits ax, Bits bx);
  void xstdivdp(Bits bf, Bits a, Bits b, Bits ax, Bits bx);
  void xstsqrtdp(Bits bf, XReg xb);

 private:
  friend jit::WordTranslator<Translator>;
  void before_instruction(std::uint32_t word);
  void after_instruction();

  static unsigned helper(HelperId id) { return static_cast<unsigned>(id); }

  // Registers. word(): the full width; low(): the low 32 bits.
  static Slot slot(std::size_t offset, Type t) { return {static_cast<std::uint32_t>(offset), t}; }
  static Slot gpr_slot(unsigned n, Type t) { return slot(offsetof(State, gpr) + 8 * n, t); }
  Value word(Reg r) { return b_.get(gpr_slot(r.n, word_)); }
  Value low(Reg r) { return b_.trunc(word(r), Type::i32); }
  Value word64(Reg r) { return b_.zext(word(r), Type::i64); }
  void set_word(Reg r, Value v) { b_.set(gpr_slot(r.n, word_), v); }
  /// A result, and CR0 if rc.
  void set_result(Reg r, Value v, Bits rc) {
    set_word(r, v);
    if (rc.v) compare_zero(0, v);
  }
  void set_low(Reg r, Value v, Bits rc) { set_result(r, b_.zext(v, word_), rc); }
  Value konst(std::uint64_t v) { return b_.konst(word_, v); }
  Value truth(bool v) { return b_.konst(Type::i1, v ? 1 : 0); }
  Value flip(Value v) { return b_.xor_(v, truth(true)); }
  Slot lr_slot() const { return slot(offsetof(State, lr), word_); }
  Slot ctr_slot() const { return slot(offsetof(State, ctr), word_); }
  static Slot flag_slot(std::size_t offset) { return slot(offset, Type::i1); }
  Value ca() { return b_.get(flag_slot(offsetof(State, ca))); }
  Value so() { return b_.get(flag_slot(offsetof(State, so))); }
  void set_ca(Value carry) { b_.set(flag_slot(offsetof(State, ca)), carry); }

  // Condition register.
  /// What is known of a field: how `a` and `b` compare, so that a branch can compare itself. Of a
  /// comparison of vectors `a` is the mask; of a bit that was set `a` is the bit, `b` its number.
  struct Compared {
    enum class Kind : std::uint8_t { none, signed_, unsigned_, floating, vector, bit };
    Kind kind = Kind::none;
    Value a{}, b{};
  };
  static Slot cr_value_slot(unsigned f) {
    return slot(offsetof(State, cr_value) + 8 * f, Type::i64);
  }
  static Slot cr_bits_slot(unsigned f) { return slot(offsetof(State, cr_bits) + f, Type::i8); }
  bool is_zero(Value v) const;
  bool known_unsigned(Value v) const;
  void compare(unsigned f, Value a, Value b, bool is_signed);
  void compare_zero(unsigned f, Value v) { compare(f, v, b_.imm(v, 0), true); }
  /// Sets field f to the four bits of an i32.
  void set_cr_bits(unsigned f, Value nibble);
  Value cr_bits(unsigned f);  ///< as an i32
  /// Bit `n` (0 is CR0's LT) being `sense`.
  Value cr_bit(unsigned n, bool sense = true);
  void set_cr_bit(unsigned n, Value v);
  void cr_logical(Logic op, unsigned bt, unsigned ba, unsigned bb);
  Value logic_value(Logic op, Value a, Value b);
  /// Whether the field's bits are on their own, given its value.
  Value is_explicit(Value value) {
    return b_.compare(Op::eq, value, b_.i64(static_cast<std::uint64_t>(kCrExplicit)));
  }
  /// Before XER's SO changes.
  void freeze_cr() { b_.call(helper(HelperId::freeze_cr), Type::none, 0); }
  void forget_cr() {
    for (Compared& c : compared_) c = {};
  }

  // Arithmetic.
  struct Sum {
    Value a, b;
    Value carry_in{};  ///< i1; none: zero
  };
  void add_sum(Reg rt, const Sum& s, bool carry, Bits oe, Bits rc);
  void set_overflow(Value ov, Value ov32);
  void compare_any(Bits bf, Bits l, Reg ra, Value b, bool is_signed);
  void divide(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc, Type t, bool is_signed);
  void modulo(Reg rt, Reg ra, Reg rb, Type t, bool is_signed);
  void divide_extended(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc, Type t, bool is_signed);
  Value safe_divisor(Value a, Value d, bool is_signed, Value& bad);
  void logical(Logic op, Reg rs, Reg ra, Reg rb, Bits rc);
  Value rotate_left32(Value v, unsigned n);
  Value rotate_left64(Value v, unsigned n);
  /// Both halves of a 64-bit register hold `v`, masked from bit mb to me; 32-bit machines: one.
  Value mask_word(Value v, unsigned mb, unsigned me);
  void rotate_mask64(Reg ra, Value v, unsigned mb, unsigned me, Bits rc);

  // Branches.
  Value branch_condition(Bits bo, Bits bi, bool sense);
  /// What an instruction that only moves would set.
  struct Move {
    Reg to;
    Value value;
  };
  std::optional<Move> simple_move(std::uint32_t word);
  bool conditional_move(Bits bi, bool taken_if, std::uint64_t offset);
  void branch_to(std::uint64_t target, Bits bo, Bits bi, bool link);
  void branch_register(Value target, Bits bo, Bits bi, bool link, bool is_return);
  std::uint64_t wrap(std::uint64_t pc) const { return traits_.wide ? pc : pc & 0xffff'ffffu; }

  // Memory.
  Value base(Reg ra) { return ra.n == 0 ? konst(0) : word(ra); }
  Value indexed(Reg ra, Reg rb) { return ra.n == 0 ? word(rb) : b_.add(word(ra), word(rb)); }
  Value plus(Value address, std::int64_t disp) {
    return disp == 0 ? address : b_.add(address, konst(static_cast<std::uint64_t>(disp)));
  }
  bool order(const Access& access) const { return traits_.big != access.reversed; }
  void load(const Access& access, Reg rt, Reg ra, Value address, std::int64_t disp);
  void store(const Access& access, Reg rs, Reg ra, Value address, std::int64_t disp);
  void load_float(const Access& access, FReg ft, Reg ra, Value address, std::int64_t disp);
  void store_float(const Access& access, FReg fs, Reg ra, Value address, std::int64_t disp);
  void require_aligned(Value address, unsigned bytes);
  void load_reserve(Reg rt, Reg ra, Reg rb, Type t);
  void store_conditional(Reg rs, Reg ra, Reg rb, Type t);
  void string_access(HelperId id, Reg r, Value address, Value count);

  // Floating point.
  static Slot fpr_slot(unsigned n, Type t) {
    return slot(offsetof(State, vsr) + 16 * n + offsetof(Vsr, high), t);
  }
  Value getf(FReg r) { return b_.get(fpr_slot(r.n, Type::f64)); }
  void setf(FReg r, Value v) {
    b_.set(fpr_slot(r.n, Type::f64), v);
    single_[r.n] = {};
  }
  Value is_nan(Value v) { return b_.compare(Op::fcmp_un, v, v); }
  /// What FPRF, FR and FI follow from: a LastOp with its modifiers.
  struct Last {
    unsigned op;
    Value a, b, c;
  };
  void note_last(const Last& last);
  /// An arithmetic result and where it came from.
  void set_arith(FReg ft, Value v, bool single, const Last& last);
  Value to_single(Value v) { return b_.convert(Op::fcvt, v, Type::f32); }
  void float_binary(FloatOp op, bool single, FReg ft, FReg fa, FReg fb);
  void float_sqrt(bool single, FReg ft, FReg fb);
  Value arith(FloatOp op, Value a, Value b);
  Value square_root(Value v);
  void multiply_add(bool single, bool subtract, bool negate, FReg ft, FReg fa, FReg fc, FReg fb);
  void to_int(FReg ft, FReg fb, Type t, bool zero);
  void to_unsigned(FReg ft, FReg fb, unsigned how);
  void from_int(FReg ft, FReg fb, bool single, bool is_unsigned);
  void round_to_int(FReg ft, FReg fb, unsigned rounding);
  void float_compare(Bits bf, FReg fa, FReg fb, bool ordered);
  void mffs_and_set(FReg ft, std::uint64_t shown, Value bits, std::uint64_t mask);
  void record1(Bits rc);
  Value float_bits(FReg r) { return b_.get(fpr_slot(r.n, Type::i64)); }
  void set_float_bits(FReg r, Value v) {
    b_.set(fpr_slot(r.n, Type::i64), v);
    single_[r.n] = {};
  }

  // Vectors.
  static Slot half_slot(unsigned n, bool high) {
    return slot(offsetof(State, vsr) + 16 * n + (high ? offsetof(Vsr, high) : 0), Type::i64);
  }
  static Slot vector_slot(unsigned n) { return slot(offsetof(State, vsr) + 16 * n, Type::v128); }
  Value vector(unsigned n) { return b_.get(vector_slot(n)); }
  void set_vector(unsigned n, Value v) {
    b_.set(vector_slot(n), v);
    single_[n] = {};
  }
  /// Registers that scalars use are read and set by doublewords, others as a whole.
  Value half(unsigned n, bool high) {
    return n < 32 ? b_.get(half_slot(n, high)) : b_.half(vector(n), high);
  }
  void set_half(unsigned n, bool high, Value v) {
    b_.set(half_slot(n, high), v);
    if (high) single_[n] = {};
  }
  void clear_low(unsigned n) { set_half(n, false, b_.i64(0)); }
  void vector_logic(Logic op, unsigned t, unsigned a, unsigned b);
  Value splat(std::uint64_t bits, unsigned lane);
  Value greater(unsigned lane, Value a, Value b, bool is_signed);
  void set_comparison(VReg vt, Value v, bool record);
  void extreme_doublewords(VReg vt, VReg va, VReg vb, bool max, bool is_signed);
  void rotate_lanes(VReg vt, VReg va, VReg vb, unsigned lane);
  Value halfword_products(Value a, Value b, bool is_signed, bool odd);
  Value products(Value a, Value b, unsigned lane, bool is_signed, bool odd);
  void merge_words(VReg vt, VReg va, VReg vb, bool odd);
  void splat_element(unsigned t, unsigned b, unsigned lane, unsigned element);
  void pack_elements(VReg vt, VReg va, VReg vb, unsigned lane);
  void unpack_elements(VReg vt, VReg vb, unsigned lane, bool high);
  void select_bits(unsigned t, unsigned a, unsigned b, unsigned mask);
  void shift_bytes(unsigned t, unsigned a, unsigned b, unsigned bytes);
  Value in_order(Value v, unsigned lane);
  void set_zero(unsigned n);
  void element_access(VReg v, Reg ra, Reg rb, Type t, bool store);
  void shift_control(VReg vt, Reg ra, Reg rb, bool right);
  void set_vsx_scalar(XReg xt, Value high);

  const Traits traits_;
  const Type word_;
  const std::uint32_t mode_;
  std::optional<unsigned> fp_target_;  ///< of an instruction that may trap
  Compared compared_[8];
  Value single_[64];  ///< the f32 that a register is known to hold, if any
};

}  // namespace emulate::ppc
