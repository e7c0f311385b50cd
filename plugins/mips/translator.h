#pragma once

/// Translates MIPS instructions to IR: one member function a row of table.cpp, named as the
/// instruction, its parameters the fields of the encoding in order of appearance.

#include "jit/engine/translator.h"
#include "mips/fcsr.h"
#include "mips/helpers.h"
#include "mips/state.h"

namespace emulate::mips {

using jit::decode::Bits;
using jit::decode::FReg;
using jit::decode::Reg;
using Imm16 = jit::decode::Imm<16>;
using Index26 = jit::decode::Imm<26>;

class Translator;
using MipsRow = jit::decode::Row<Translator>;
using MipsTable = jit::decode::Table<Translator>;
std::span<const MipsRow> mips_rows();

/// What the translation of a machine depends on.
struct Traits {
  bool wide;  ///< 64-bit registers and addresses
  bool big;
  bool fr1;  ///< 32 independent double registers
};

/// Translation modes: FCSR enables exceptions.
inline constexpr std::uint32_t kModeFpTraps = 1;

class Translator : public jit::WordTranslator<Translator> {
 public:
  Translator(const Traits& traits, const MipsTable& table, jit::ir::Unit& unit,
             jit::InstructionSource& source)
      : WordTranslator(table, unit, source, traits.big),
        traits_(traits),
        word_(traits.wide ? Type::i64 : Type::i32),
        mode_(unit.mode) {}

  // ALU (translate_alu.cpp)
  void add(Reg rs, Reg rt, Reg rd);
  void addu(Reg rs, Reg rt, Reg rd);
  void sub(Reg rs, Reg rt, Reg rd);
  void subu(Reg rs, Reg rt, Reg rd);
  void and_(Reg rs, Reg rt, Reg rd);
  void or_(Reg rs, Reg rt, Reg rd);
  void xor_(Reg rs, Reg rt, Reg rd);
  void nor(Reg rs, Reg rt, Reg rd);
  void slt(Reg rs, Reg rt, Reg rd);
  void sltu(Reg rs, Reg rt, Reg rd);
  void movz(Reg rs, Reg rt, Reg rd);
  void movn(Reg rs, Reg rt, Reg rd);
  void addi(Reg rs, Reg rt, Imm16 imm);
  void addiu(Reg rs, Reg rt, Imm16 imm);
  void slti(Reg rs, Reg rt, Imm16 imm);
  void sltiu(Reg rs, Reg rt, Imm16 imm);
  void andi(Reg rs, Reg rt, Imm16 imm);
  void ori(Reg rs, Reg rt, Imm16 imm);
  void xori(Reg rs, Reg rt, Imm16 imm);
  void lui(Reg rt, Imm16 imm);
  void sll(Reg rt, Reg rd, Bits sa);
  void srl(Reg rt, Reg rd, Bits sa);
  void sra(Reg rt, Reg rd, Bits sa);
  void rotr(Reg rt, Reg rd, Bits sa);
  void sllv(Reg rs, Reg rt, Reg rd);
  void srlv(Reg rs, Reg rt, Reg rd);
  void srav(Reg rs, Reg rt, Reg rd);
  void rotrv(Reg rs, Reg rt, Reg rd);
  void clz(Reg rs, Reg rt, Reg rd);
  void clo(Reg rs, Reg rt, Reg rd);
  void seb(Reg rt, Reg rd);
  void seh(Reg rt, Reg rd);
  void wsbh(Reg rt, Reg rd);
  void ext(Reg rs, Reg rt, Bits msbd, Bits lsb);
  void ins(Reg rs, Reg rt, Bits msb, Bits lsb);
  // Multiplication and division (translate_mul.cpp)
  void mult(Reg rs, Reg rt);
  void multu(Reg rs, Reg rt);
  void div(Reg rs, Reg rt);
  void divu(Reg rs, Reg rt);
  void mul(Reg rs, Reg rt, Reg rd);
  void madd(Reg rs, Reg rt);
  void maddu(Reg rs, Reg rt);
  void msub(Reg rs, Reg rt);
  void msubu(Reg rs, Reg rt);
  void mfhi(Reg rd);
  void mflo(Reg rd);
  void mthi(Reg rs);
  void mtlo(Reg rs);
  void dmult(Reg rs, Reg rt);
  void dmultu(Reg rs, Reg rt);
  void ddiv(Reg rs, Reg rt);
  void ddivu(Reg rs, Reg rt);
  // 64-bit ALU (translate_alu64.cpp)
  void dadd(Reg rs, Reg rt, Reg rd);
  void daddu(Reg rs, Reg rt, Reg rd);
  void dsub(Reg rs, Reg rt, Reg rd);
  void dsubu(Reg rs, Reg rt, Reg rd);
  void daddi(Reg rs, Reg rt, Imm16 imm);
  void daddiu(Reg rs, Reg rt, Imm16 imm);
  void dsll(Reg rt, Reg rd, Bits sa);
  void dsrl(Reg rt, Reg rd, Bits sa);
  void dsra(Reg rt, Reg rd, Bits sa);
  void drotr(Reg rt, Reg rd, Bits sa);
  void dsll32(Reg rt, Reg rd, Bits sa);
  void dsrl32(Reg rt, Reg rd, Bits sa);
  void dsra32(Reg rt, Reg rd, Bits sa);
  void drotr32(Reg rt, Reg rd, Bits sa);
  void dsllv(Reg rs, Reg rt, Reg rd);
  void dsrlv(Reg rs, Reg rt, Reg rd);
  void dsrav(Reg rs, Reg rt, Reg rd);
  void drotrv(Reg rs, Reg rt, Reg rd);
  void dclz(Reg rs, Reg rt, Reg rd);
  void dclo(Reg rs, Reg rt, Reg rd);
  void dsbh(Reg rt, Reg rd);
  void dshd(Reg rt, Reg rd);
  void dext(Reg rs, Reg rt, Bits msbd, Bits lsb);
  void dextm(Reg rs, Reg rt, Bits msbd, Bits lsb);
  void dextu(Reg rs, Reg rt, Bits msbd, Bits lsb);
  void dins(Reg rs, Reg rt, Bits msb, Bits lsb);
  void dinsm(Reg rs, Reg rt, Bits msb, Bits lsb);
  void dinsu(Reg rs, Reg rt, Bits msb, Bits lsb);
  // Branches (translate_branch.cpp)
  void j(Index26 index);
  void jal(Index26 index);
  void jr(Reg rs, Bits hint);
  void jalr(Reg rs, Reg rd, Bits hint);
  void beq(Reg rs, Reg rt, Imm16 offset);
  void bne(Reg rs, Reg rt, Imm16 offset);
  void blez(Reg rs, Imm16 offset);
  void bgtz(Reg rs, Imm16 offset);
  void bltz(Reg rs, Imm16 offset);
  void bgez(Reg rs, Imm16 offset);
  void bltzal(Reg rs, Imm16 offset);
  void bgezal(Reg rs, Imm16 offset);
  void beql(Reg rs, Reg rt, Imm16 offset);
  void bnel(Reg rs, Reg rt, Imm16 offset);
  void blezl(Reg rs, Imm16 offset);
  void bgtzl(Reg rs, Imm16 offset);
  void bltzl(Reg rs, Imm16 offset);
  void bgezl(Reg rs, Imm16 offset);
  void bltzall(Reg rs, Imm16 offset);
  void bgezall(Reg rs, Imm16 offset);
  void bc1(Bits cc, Bits likely, Bits sense, Imm16 offset);
  // Memory (translate_memory.cpp)
  void lb(Reg base, Reg rt, Imm16 offset);
  void lbu(Reg base, Reg rt, Imm16 offset);
  void lh(Reg base, Reg rt, Imm16 offset);
  void lhu(Reg base, Reg rt, Imm16 offset);
  void lw(Reg base, Reg rt, Imm16 offset);
  void lwu(Reg base, Reg rt, Imm16 offset);
  void ld(Reg base, Reg rt, Imm16 offset);
  void sb(Reg base, Reg rt, Imm16 offset);
  void sh(Reg base, Reg rt, Imm16 offset);
  void sw(Reg base, Reg rt, Imm16 offset);
  void sd(Reg base, Reg rt, Imm16 offset);
  void lwl(Reg base, Reg rt, Imm16 offset);
  void lwr(Reg base, Reg rt, Imm16 offset);
  void swl(Reg base, Reg rt, Imm16 offset);
  void swr(Reg base, Reg rt, Imm16 offset);
  void ldl(Reg base, Reg rt, Imm16 offset);
  void ldr(Reg base, Reg rt, Imm16 offset);
  void sdl(Reg base, Reg rt, Imm16 offset);
  void sdr(Reg base, Reg rt, Imm16 offset);
  void ll(Reg base, Reg rt, Imm16 offset);
  void sc(Reg base, Reg rt, Imm16 offset);
  void lld(Reg base, Reg rt, Imm16 offset);
  void scd(Reg base, Reg rt, Imm16 offset);
  void lwc1(Reg base, FReg ft, Imm16 offset);
  void ldc1(Reg base, FReg ft, Imm16 offset);
  void swc1(Reg base, FReg ft, Imm16 offset);
  void sdc1(Reg base, FReg ft, Imm16 offset);
  void lwxc1(Reg base, Reg index, FReg fd);
  void ldxc1(Reg base, Reg index, FReg fd);
  void luxc1(Reg base, Reg index, FReg fd);
  void swxc1(Reg base, Reg index, FReg fs);
  void sdxc1(Reg base, Reg index, FReg fs);
  void suxc1(Reg base, Reg index, FReg fs);
  void pref(Reg base, Bits hint, Imm16 offset);
  void prefx(Reg base, Reg index, Bits hint);
  // System (translate_system.cpp)
  void syscall(Bits code);
  void break_(Bits code);
  void sync(Bits stype);
  void synci(Reg base, Imm16 offset);
  void rdhwr(Reg rt, Bits rd);
  void tge(Reg rs, Reg rt, Bits code);
  void tgeu(Reg rs, Reg rt, Bits code);
  void tlt(Reg rs, Reg rt, Bits code);
  void tltu(Reg rs, Reg rt, Bits code);
  void teq(Reg rs, Reg rt, Bits code);
  void tne(Reg rs, Reg rt, Bits code);
  void tgei(Reg rs, Imm16 imm);
  void tgeiu(Reg rs, Imm16 imm);
  void tlti(Reg rs, Imm16 imm);
  void tltiu(Reg rs, Imm16 imm);
  void teqi(Reg rs, Imm16 imm);
  void tnei(Reg rs, Imm16 imm);
  // Floating point (translate_float.cpp); d: the format bit, 0 single, 1 double
  void fadd(Bits d, FReg ft, FReg fs, FReg fd);
  void fsub(Bits d, FReg ft, FReg fs, FReg fd);
  void fmul(Bits d, FReg ft, FReg fs, FReg fd);
  void fdiv(Bits d, FReg ft, FReg fs, FReg fd);
  void fsqrt(Bits d, FReg fs, FReg fd);
  void fabs(Bits d, FReg fs, FReg fd);
  void fmov(Bits d, FReg fs, FReg fd);
  void fneg(Bits d, FReg fs, FReg fd);
  void recip(Bits d, FReg fs, FReg fd);
  void rsqrt(Bits d, FReg fs, FReg fd);
  void to_l(Bits d, FReg fs, FReg fd, Bits rounding);
  void to_w(Bits d, FReg fs, FReg fd, Bits rounding);
  void cvt_l(Bits d, FReg fs, FReg fd);
  void cvt_w(Bits d, FReg fs, FReg fd);
  void cvt_s_d(FReg fs, FReg fd);
  void cvt_d_s(FReg fs, FReg fd);
  void cvt_s_w(FReg fs, FReg fd);
  void cvt_d_w(FReg fs, FReg fd);
  void cvt_s_l(FReg fs, FReg fd);
  void cvt_d_l(FReg fs, FReg fd);
  void fmovz(Bits d, Reg rt, FReg fs, FReg fd);
  void fmovn(Bits d, Reg rt, FReg fs, FReg fd);
  void fmovcf(Bits d, Bits cc, Bits sense, FReg fs, FReg fd);
  void movci(Reg rs, Bits cc, Bits sense, Reg rd);
  void compare(Bits d, FReg ft, FReg fs, Bits cc, Bits cond);
  void madd_f(FReg fr, FReg ft, FReg fs, FReg fd, Bits d);
  void msub_f(FReg fr, FReg ft, FReg fs, FReg fd, Bits d);
  void nmadd_f(FReg fr, FReg ft, FReg fs, FReg fd, Bits d);
  void nmsub_f(FReg fr, FReg ft, FReg fs, FReg fd, Bits d);
  void mfc1(Reg rt, FReg fs);
  void mtc1(Reg rt, FReg fs);
  void mfhc1(Reg rt, FReg fs);
  void mthc1(Reg rt, FReg fs);
  void dmfc1(Reg rt, FReg fs);
  void dmtc1(Reg rt, FReg fs);
  void cfc1(Reg rt, Bits fs);
  void ctc1(Reg rt, Bits fs);

 private:
  // Registers. word(): the full width; low(): the low 32 bits.
  static Slot gpr_slot(unsigned n, Type t) {
    return {static_cast<std::uint32_t>(offsetof(State, gpr) + 8 * n), t};
  }
  Value word(Reg r) { return r.n == 0 ? b_.konst(word_, 0) : b_.get(gpr_slot(r.n, word_)); }
  Value low(Reg r) { return b_.trunc(word(r), Type::i32); }
  void set_word(Reg r, Value v) {
    if (r.n != 0) b_.set(gpr_slot(r.n, word_), v);
  }
  /// A 32-bit result, sign extended on 64-bit machines.
  void set_low(Reg r, Value v) { set_word(r, b_.sext(v, word_)); }
  Value signed_imm(Imm16 imm) { return b_.konst(word_, static_cast<std::uint64_t>(imm.sext())); }
  Slot lo_slot() const { return {offsetof(State, lo), word_}; }
  Slot hi_slot() const { return {offsetof(State, hi), word_}; }
  void set_hi_lo32(Value product);
  Value hi_lo32();
  void accumulate(Value product, Op op);
  void divide(Reg rs, Reg rt, Type t, bool is_signed);

  // Branches.
  std::uint64_t target(Imm16 offset) const;
  /// Where a branch goes: to a register's value or an address, if there is a condition only then.
  struct Destination {
    std::uint64_t pc = 0;
    Value reg{};
    Value cond{};
  };
  void delay_slot(const Destination& destination);
  /// Where the program goes on after the instruction at hand, 64 bits.
  Value after();
  void branch(Value cond, Imm16 offset, bool likely, bool link);
  void jump_register(Reg rs, Reg link);

  // Memory.
  Value base_plus(Reg base, Reg index);
  Value effective(Reg base, Imm16 offset);
  void load(Type t, bool sign, Reg base, Reg rt, Imm16 offset);
  void load_part(Reg base, Reg rt, Imm16 offset, Type t, bool left);
  void store_part(Reg base, Reg rt, Imm16 offset, Type t, bool left);
  bool fused_unaligned_load(Reg base, Reg rt, Imm16 offset, Type t, bool left);
  void load_linked(Reg base, Reg rt, Imm16 offset, Type t);
  void store_conditional(Reg base, Reg rt, Imm16 offset, Type t);

  // Floating point.
  Type format(Bits d) const { return d.v ? Type::f64 : Type::f32; }
  Slot fpr_slot(FReg r, Type t) const;
  bool check_double(FReg r);
  Value getf(FReg r, Type t) { return b_.get(fpr_slot(r, t)); }
  void setf(FReg r, Value v) { b_.set(fpr_slot(r, v.type), v); }
  void note(const NotedOp& op, Value a, Value b = {}, Value c = {});
  Value arith(Op op, Value a, Value b);
  Value arith1(Op op, Value a);
  void float_binary(Op op, LastOp noted, Bits d, FReg ft, FReg fs, FReg fd);
  void multiply_add(FReg fr, FReg ft, FReg fs, FReg fd, Bits d, Op op, bool negate);
  void to_int(Bits d, FReg fs, FReg fd, Type t, unsigned rounding);
  void from_int(FReg fs, FReg fd, Type from, Type to);
  Value fcc(unsigned cc) {
    return b_.get({static_cast<std::uint32_t>(offsetof(State, fcc) + cc), Type::i1});
  }
  unsigned helper(HelperId id) const { return static_cast<unsigned>(id); }

  const Traits traits_;
  const Type word_;
  const std::uint32_t mode_;
  bool in_delay_ = false;    ///< report_ is the branch's address
  Destination destination_;  ///< then: of that branch
};

}  // namespace emulate::mips
