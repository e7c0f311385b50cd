#pragma once

/// Translates SPARC V9 instructions to IR: one member function a row of table.cpp, or one for a
/// family whose rows differ in an operation, their parameters the fields of the encoding in order
/// of appearance.

#include "jit/engine/translator.h"
#include "sparc64/fsr.h"
#include "sparc64/helpers.h"
#include "sparc64/state.h"
#include "sparc64/traps.h"

namespace emulate::sparc64 {

using jit::decode::Bits;
using jit::decode::Reg;
/// Bit i and what follows: a register, or a sign-extended immediate.
struct Operand {
  std::uint32_t v;
  explicit constexpr Operand(std::uint32_t value) : v(value) {}
  bool immediate() const { return (v >> 13 & 1) != 0; }
  Reg reg() const { return Reg(v & 31); }
  std::int64_t imm() const { return static_cast<std::int32_t>(v << 19) >> 19; }
};
/// A floating point register field: singles are numbered by it, doubles and quads have their
/// number's bit 5 in its bit 0.
struct FReg {
  std::uint32_t n;
  explicit constexpr FReg(std::uint32_t v) : n(v) {}
  constexpr unsigned wide() const { return (n & 1) << 5 | (n & 0x1e); }
};
using Disp22 = jit::decode::Imm<22>;
using Disp19 = jit::decode::Imm<19>;
using Disp16 = jit::decode::Imm<16>;
using Disp30 = jit::decode::Imm<30>;

/// The registers of the current window.
inline constexpr jit::ir::Moving kMovingSlots{.from = offsetof(State, gpr) + 8 * kO0,
                                              .to = offsetof(State, gpr) + sizeof State::gpr,
                                              .distance = offsetof(State, distance)};

class Translator;
using SparcRow = jit::decode::Row<Translator>;
using SparcTable = jit::decode::Table<Translator>;
std::span<const SparcRow> sparc_rows();

/// Translation modes: what code depends on besides its address.
inline constexpr std::uint32_t kModeAsi = 0xff;       ///< %asi
inline constexpr std::uint32_t kModeFpTraps = 0x100;  ///< FSR.TEM is not 0

class Translator : public jit::WordTranslator<Translator> {
 public:
  Translator(const SparcTable& table, jit::ir::Unit& unit, jit::InstructionSource& source)
      : WordTranslator(table, unit, source, true, kDelayTag),
        mode_(unit.mode),
        tagged_((unit.pc & kDelayTag) != 0),
        in_slot_(tagged_) {}

  // Integer (translate_integer.cpp). cc: the form that sets the condition codes.
  void add(Reg rd, Bits cc, Reg rs1, Operand op2);
  void sub(Reg rd, Bits cc, Reg rs1, Operand op2);
  void and_(Reg rd, Bits cc, Reg rs1, Operand op2);
  void or_(Reg rd, Bits cc, Reg rs1, Operand op2);
  void xor_(Reg rd, Bits cc, Reg rs1, Operand op2);
  void andn(Reg rd, Bits cc, Reg rs1, Operand op2);
  void orn(Reg rd, Bits cc, Reg rs1, Operand op2);
  void xnor(Reg rd, Bits cc, Reg rs1, Operand op2);
  void addc(Reg rd, Bits cc, Reg rs1, Operand op2);
  void subc(Reg rd, Bits cc, Reg rs1, Operand op2);
  void sll(Reg rd, Reg rs1, Bits i, Bits x, Bits count);
  void srl(Reg rd, Reg rs1, Bits i, Bits x, Bits count);
  void sra(Reg rd, Reg rs1, Bits i, Bits x, Bits count);
  void sethi(Reg rd, Bits imm22);
  void mulx(Reg rd, Reg rs1, Operand op2);
  void udivx(Reg rd, Reg rs1, Operand op2);
  void sdivx(Reg rd, Reg rs1, Operand op2);
  void umul(Reg rd, Bits cc, Reg rs1, Operand op2);
  void smul(Reg rd, Bits cc, Reg rs1, Operand op2);
  void udiv(Reg rd, Bits cc, Reg rs1, Operand op2);
  void sdiv(Reg rd, Bits cc, Reg rs1, Operand op2);
  void mulscc(Reg rd, Reg rs1, Operand op2);
  void tagged(Reg rd, Bits trap, Bits subtract, Reg rs1, Operand op2);
  void popc(Reg rd, Operand op2);
  void movcc(Reg rd, Bits integer, Bits cond, Bits i, Bits cc, Bits rest);
  void movr(Reg rd, Reg rs1, Bits i, Bits cond, Bits rest);
  // Branches (translate_branch.cpp)
  void bicc(Bits annul, Bits cond, Disp22 disp);
  void bpcc(Bits annul, Bits cond, Bits xcc, Bits p, Disp19 disp);
  void bpr(Bits annul, Bits cond, Bits high, Bits p, Reg rs1, Bits low);
  void fbfcc(Bits annul, Bits cond, Disp22 disp);
  void fbpfcc(Bits annul, Bits cond, Bits cc, Bits p, Disp19 disp);
  void call(Disp30 disp);
  void jmpl(Reg rd, Reg rs1, Operand op2);
  void return_(Reg rs1, Operand op2);
  // Windows, state registers, traps (translate_system.cpp)
  void save(Reg rd, Reg rs1, Operand op2);
  void restore(Reg rd, Reg rs1, Operand op2);
  void flushw();
  void tcc(Bits cond, Reg rs1, Bits i, Bits cc, Bits rest);
  void rd_asr(Reg rd, Bits asr);
  void wr_asr(Bits asr, Reg rs1, Operand op2);
  void membar(Bits mask);
  void flush(Reg rs1, Operand op2);
  void illtrap(Bits);
  void privileged(Bits);
  // Memory (translate_memory.cpp). a: the form that names an address space.
  void lduw(Reg rd, Bits a, Reg rs1, Operand op2);
  void ldub(Reg rd, Bits a, Reg rs1, Operand op2);
  void lduh(Reg rd, Bits a, Reg rs1, Operand op2);
  void ldd(Reg rd, Bits a, Reg rs1, Operand op2);
  void ldsw(Reg rd, Bits a, Reg rs1, Operand op2);
  void ldsb(Reg rd, Bits a, Reg rs1, Operand op2);
  void ldsh(Reg rd, Bits a, Reg rs1, Operand op2);
  void ldx(Reg rd, Bits a, Reg rs1, Operand op2);
  void stw(Reg rd, Bits a, Reg rs1, Operand op2);
  void stb(Reg rd, Bits a, Reg rs1, Operand op2);
  void sth(Reg rd, Bits a, Reg rs1, Operand op2);
  void std_(Reg rd, Bits a, Reg rs1, Operand op2);
  void stx(Reg rd, Bits a, Reg rs1, Operand op2);
  void ldstub(Reg rd, Bits a, Reg rs1, Operand op2);
  void swap(Reg rd, Bits a, Reg rs1, Operand op2);
  void casa(Reg rd, Bits x, Reg rs1, Bits i, Bits asi, Reg rs2);
  void ldf(FReg rd, Bits a, Reg rs1, Operand op2);
  void lddf(FReg rd, Bits a, Reg rs1, Operand op2);
  void ldqf(FReg rd, Bits a, Reg rs1, Operand op2);
  void stf(FReg rd, Bits a, Reg rs1, Operand op2);
  void stdf(FReg rd, Bits a, Reg rs1, Operand op2);
  void stqf(FReg rd, Bits a, Reg rs1, Operand op2);
  void ldfsr(Bits wide, Reg rs1, Operand op2);
  void stfsr(Bits wide, Reg rs1, Operand op2);
  void prefetch(Bits fcn, Bits a, Reg rs1, Operand op2);
  // Floating point (translate_float.cpp). f: the format, 1 single, 2 double, 3 quad.
  void fadd(FReg rd, FReg rs1, Bits f, FReg rs2);
  void fsub(FReg rd, FReg rs1, Bits f, FReg rs2);
  void fmul(FReg rd, FReg rs1, Bits f, FReg rs2);
  void fdiv(FReg rd, FReg rs1, Bits f, FReg rs2);
  void fmov(FReg rd, Bits f, FReg rs2);
  void fneg(FReg rd, Bits f, FReg rs2);
  void fabs(FReg rd, Bits f, FReg rs2);
  void fsqrt(FReg rd, Bits f, FReg rs2);
  void fsmuld(FReg rd, FReg rs1, FReg rs2);
  void fdmulq(FReg rd, FReg rs1, FReg rs2);
  void f_to_x(FReg rd, Bits f, FReg rs2);
  void f_to_i(FReg rd, Bits f, FReg rs2);
  void fxtos(FReg rd, FReg rs2);
  void fxtod(FReg rd, FReg rs2);
  void fxtoq(FReg rd, FReg rs2);
  void fitos(FReg rd, FReg rs2);
  void fitod(FReg rd, FReg rs2);
  void fitoq(FReg rd, FReg rs2);
  void fdtos(FReg rd, FReg rs2);
  void fqtos(FReg rd, FReg rs2);
  void fstod(FReg rd, FReg rs2);
  void fqtod(FReg rd, FReg rs2);
  void fstoq(FReg rd, FReg rs2);
  void fdtoq(FReg rd, FReg rs2);
  void fcmp(Bits cc, FReg rs1, Bits signals, Bits f, FReg rs2);
  void fmovcc(FReg rd, Bits cond, Bits cc, Bits f, FReg rs2);
  void fmovr(FReg rd, Reg rs1, Bits cond, Bits f, FReg rs2);
  // VIS (translate_vis.cpp)
  template <VisOp kOp>
  void vis(FReg rd, FReg rs1, FReg rs2) {
    vis_operation(kOp, rd, rs1, rs2);
  }
  template <VisOp kOp>
  void vis_compare(Reg rd, FReg rs1, FReg rs2) {
    set(rd, vis_value(kOp, bits(rs1), bits(rs2)));
  }
  /// Operations on singles that differ from those on doubles only in size.
  template <VisOp kOp>
  void vis_single(FReg rd, FReg rs1, FReg rs2) {
    set_bits32(rd, low(vis_value(kOp, wide_bits(rs1), wide_bits(rs2))));
  }
  void fpack16(FReg rd, FReg rs2);
  void fpackfix(FReg rd, FReg rs2);
  void fexpand(FReg rd, FReg rs2);
  void fpmerge(FReg rd, FReg rs1, FReg rs2);
  void fmul8x16(FReg rd, FReg rs1, FReg rs2);
  void fmul8x16au(FReg rd, FReg rs1, FReg rs2);
  void fmul8x16al(FReg rd, FReg rs1, FReg rs2);
  void fmuld8sux16(FReg rd, FReg rs1, FReg rs2);
  void fmuld8ulx16(FReg rd, FReg rs1, FReg rs2);
  void pdist(FReg rd, FReg rs1, FReg rs2);
  void faligndata(FReg rd, FReg rs1, FReg rs2);
  void alignaddr(Reg rd, Reg rs1, Bits little, Reg rs2);
  void bmask(Reg rd, Reg rs1, Reg rs2);
  void edge(Reg rd, Reg rs1, Bits size, Bits little, Reg rs2);
  void edgen(Reg rd, Reg rs1, Bits size, Bits little, Reg rs2);
  void array8(Reg rd, Reg rs1, Reg rs2);
  void array16(Reg rd, Reg rs1, Reg rs2);
  void array32(Reg rd, Reg rs1, Reg rs2);
  void logic(FReg rd, FReg rs1, Bits function, Bits single, FReg rs2);
  void siam(Bits mode);

 private:
  friend jit::WordTranslator<Translator>;
  void after_instruction();

  void trap(unsigned type) { raise(EventKind::trap, type); }
  unsigned helper(HelperId id) const { return static_cast<unsigned>(id); }
  Value pure(HelperId id, Type t, Value a, Value b = {}, Value c = {}, Value d = {}) {
    return b_.call(helper(id), t, jit::ir::kHelperPure, a, b, c, d);
  }
  Value not_(Value i1) { return b_.xor_(i1, b_.konst(Type::i1, 1)); }

  // Registers.
  static Slot gpr_slot(unsigned n) {
    return {static_cast<std::uint32_t>(offsetof(State, gpr) + 8 * n), Type::i64};
  }
  Value get(Reg r) { return r.n == 0 ? b_.i64(0) : b_.get(gpr_slot(r.n)); }
  void set(Reg r, Value v) {
    if (r.n != 0) b_.set(gpr_slot(r.n), v);
  }
  Value low(Value v) { return b_.trunc(v, Type::i32); }
  Value get(Operand o) {
    return o.immediate() ? b_.i64(static_cast<std::uint64_t>(o.imm())) : get(o.reg());
  }
  Value state(std::size_t offset) {
    return b_.get({static_cast<std::uint32_t>(offset), Type::i64});
  }
  void set_state(std::size_t offset, Value v) {
    b_.set({static_cast<std::uint32_t>(offset), Type::i64}, v);
  }

  // Condition codes.
  /// What the unit knows of them.
  struct Codes {
    bool known = false;
    CcKind kind{};
    Value a{};
    Value b{};
  };
  void set_codes(CcKind kind, Value a, Value b);
  void set_ccr(Value ccr);
  /// Codes of the kind, for icc or xcc, and the condition's number in instructions.
  Value condition_of(CcKind kind, Value a, Value b, bool xcc, unsigned cond);
  Value condition(bool xcc, unsigned cond);
  Value float_condition(unsigned cc, unsigned cond);
  Value register_condition(Reg rs1, unsigned cond);
  Value carry() { return b_.zext(condition(false, 5), Type::i64); }
  Value ccr();

  // Control transfer: to `pc` or, if there is one, to a register's value.
  struct Target {
    std::uint64_t pc = 0;
    Value reg{};
    bool direct() const { return reg.type == Type::none; }
  };
  Value value_of(const Target& t) { return t.direct() ? b_.i64(t.pc) : t.reg; }
  enum class How { jump, call, return_ };
  void branch(Value cond, std::uint64_t to, bool annul);
  void transfer(const Target& to, How how = How::jump);
  void conditional(bool always, bool never, Value cond, std::uint64_t to, bool annul);
  bool delay_slot(Value npc);
  void go(const Target& to, How how);
  void leave_to(Value pc);
  void tagged_transfer(const Target& to);
  void tagged_branch(Value cond, std::uint64_t to, bool annul);
  std::uint64_t target(std::int64_t words) const {
    return pc_ + static_cast<std::uint64_t>(words * 4);
  }

  void logical(Op op, Reg rd, Bits cc, Reg rs1, Value b);
  void shift(Op op, Reg rd, Reg rs1, Bits i, Bits x, Bits count);
  void multiply(bool is_signed, Reg rd, Bits cc, Reg rs1, Operand op2);
  void divide(bool is_signed, Reg rd, Bits cc, Reg rs1, Operand op2);
  Value complement(Operand op2);

  // Windows.
  void push_window();
  void pop_window();

  // Memory.
  /// Where an instruction's access goes, and how.
  struct Place {
    bool ok = false;  ///< else the instruction has trapped
    Value base{};
    std::int64_t disp = 0;
    unsigned asi = 0;
    bool little = false;
    bool no_fault = false;
  };
  Place place(Bits alternate, Reg rs1, Operand op2);
  /// Traps where the address space is no plain memory.
  Place plain(Bits alternate, Reg rs1, Operand op2);
  std::uint16_t how(const Place& p, unsigned align) const;
  Value effective(const Place& p);
  Value load(Type t, const Place& p, unsigned align);
  void load(Type t, bool sign, Reg rd, Bits a, Reg rs1, Operand op2);
  void store(Value v, const Place& p, unsigned align);
  void store(Type t, Reg rd, Bits a, Reg rs1, Operand op2);
  Value load_no_fault(Type t, const Place& p, unsigned align);
  Value atomic_place(const Place& p);
  void block_load(FReg rd, const Place& p);
  void block_store(FReg rd, const Place& p);
  bool short_access(const Place& p, Type& t) const;
  void partial_store(FReg rd, const Place& p, Value mask);

  // Floating point.
  Slot float_slot(FReg r, Type t) const {
    if (t == Type::f32) return {single_offset(r.n), t};
    return {static_cast<std::uint32_t>(offsetof(State, fpr) + 4 * r.wide()), t};
  }
  Value getf(FReg r, Type t) { return b_.get(float_slot(r, t)); }
  void setf(FReg r, Value v) { b_.set(float_slot(r, v.type), v); }
  /// A double register's bits, a single's.
  Value bits(FReg r) { return b_.convert(Op::bitcast, getf(r, Type::f64), Type::i64); }
  Value bits32(FReg r) { return b_.convert(Op::bitcast, getf(r, Type::f32), Type::i32); }
  Value wide_bits(FReg r) { return b_.zext(bits32(r), Type::i64); }
  void set_bits(FReg r, Value v) { setf(r, b_.convert(Op::bitcast, v, Type::f64)); }
  void set_bits32(FReg r, Value v) { setf(r, b_.convert(Op::bitcast, v, Type::f32)); }
  /// Around an operation that may cause IEEE exceptions: notes it, and looks at them where FSR
  /// enables traps.
  void begin_fp(const NotedOp& op, Value a = {}, Value b = {});
  void begin_fp();
  void end_fp();
  Value nan_checked(Value r, Value a, Value b, unsigned how);
  void fp_binary(Op op, LastOp noted, QuadOp quad_op, FReg rd, FReg rs1, Bits f, FReg rs2);
  void quad(QuadOp op, unsigned rd, FReg rs1, FReg rs2);
  void to_int(Type from, Type to, FReg rd, FReg rs2);
  void from_int(Type from, Type to, FReg rd, FReg rs2);
  void move(Value cond, Bits f, FReg rd, FReg rs2);
  void vis_operation(VisOp op, FReg rd, FReg rs1, FReg rs2);
  Value vis_value(VisOp op, Value a, Value b);
  void array(Reg rd, Reg rs1, Reg rs2, unsigned shift);
  struct Compare {
    bool known = false;
    Value equal, less, unordered;
  };
  void set_fcc(unsigned cc, const Compare& c);

  const std::uint32_t mode_;
  Codes codes_;
  Compare fcc_[4];
  const bool tagged_;   ///< the unit is a delay slot: `npc` says where it goes on
  bool in_slot_;        ///< a delay slot, be it with its branch or by itself
  bool leave_ = false;  ///< the mode may have changed: go on through the dispatcher
};

}  // namespace emulate::sparc64
