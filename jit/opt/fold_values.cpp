#include <algorithm>
#include <utility>
#include <vector>

#include "jit/interp/scalar.h"
#include "jit/opt/forward_values.h"
#include "jit/opt/narrow_values.h"
#include "jit/opt/passes.h"

namespace emulate::jit::opt {

using namespace ir;

namespace {

bool commutes(Op op) {
  switch (op) {
    case Op::add:
    case Op::mul:
    case Op::and_:
    case Op::or_:
    case Op::xor_:
    case Op::eq:
    case Op::ne:
      return true;
    default:
      return false;
  }
}

class Folder {
 public:
  explicit Folder(Unit& unit) : unit_(unit), known_(unit), narrower_(unit) {}

  /// Builds the unit again: what is not needed is left out, what helps is put in.
  void run() {
    const std::vector<Inst> before = std::move(unit_.code);
    same_.resize(before.size());
    unit_.code.clear();
    unit_.code.reserve(before.size() + before.size() / 4);
    for (std::size_t n = 0; n < before.size(); ++n) {
      Inst i = before[n];
      for (Ref& a : i.args) a = same_[a];
      same_[n] = known_.step(i, next());
      if (i.op == Op::nop && n != 0) continue;
      if (i.op == Op::branch_if || i.op == Op::raise_if) {
        const bool last = decide(i);
        if (i.op != Op::nop) unit_.code.push_back(i);
        if (last) return;
        continue;
      }
      if (!op_info(i.op).effect && i.args[0] != kNone) {
        if (commutes(i.op) && constant(i.args[0]) && !constant(i.args[1])) {
          std::swap(i.args[0], i.args[1]);
        }
        Ref v = simplify(i);
        if (v == kNone) v = narrower_.narrow(i);
        if (v == kNone && i.op == Op::trunc) v = truncated_before(i);
        same_[n] = v != kNone ? v : next();
        if (v != kNone) continue;
      }
      unit_.code.push_back(i);
    }
  }

 private:
  Ref next() const { return static_cast<Ref>(unit_.code.size()); }
  bool constant(Ref r) const { return unit_.code[r].op == Op::konst; }
  std::uint64_t imm(Ref r) const { return unit_.code[r].imm; }

  /// A branch on a constant. True when the rest of the unit is not reached.
  bool decide(Inst& i) {
    if (!constant(i.args[0])) return false;
    if (imm(i.args[0]) == 0) {
      i = {};
      return false;
    }
    i.op = i.op == Op::branch_if ? Op::jump : Op::raise;
    i.args[0] = kNone;
    return true;
  }

  /// Turns `i` into a constant, or names the value it equals.
  Ref simplify(Inst& i) {
    bool all = true;
    for (const Ref a : i.args) all = all && (a == kNone || constant(a));
    if (all) {
      const auto v = evaluate_integer(i, imm(i.args[0]), imm(i.args[1]), imm(i.args[2]));
      if (v) {
        const Type type = result_type(i);
        i = {.op = Op::konst, .type = type, .imm = *v & mask_of(type)};
      }
      return kNone;
    }
    if (i.op == Op::select && constant(i.args[0])) return imm(i.args[0]) ? i.args[1] : i.args[2];
    if (i.op == Op::sub && constant(i.args[1])) {
      const std::uint64_t negative = (0 - imm(i.args[1])) & mask_of(i.type);
      if (negative == 0) return i.args[0];
      return kNone;
    }
    if (i.op == Op::trunc) return truncated(i);
    if (i.op == Op::or_) join_compares(i);
    // 0 < x is x != 0, and the constant comes second.
    if (i.op == Op::lt_u && constant(i.args[0]) && imm(i.args[0]) == 0) {
      i.op = Op::ne;
      std::swap(i.args[0], i.args[1]);
    }
    if (is_compare(i.op)) {
      if (i.args[0] == i.args[1]) {
        const bool always = i.op == Op::eq || i.op == Op::le_s || i.op == Op::le_u;
        i = {.op = Op::konst, .type = Type::i1, .imm = always ? 1u : 0u};
        return kNone;
      }
      narrow_compare(i);
    }
    if (i.args[1] == kNone || !constant(i.args[1])) return kNone;
    if (i.op == Op::xor_ && i.type == Type::i1 && imm(i.args[1]) == 1) {
      negate(i, i.args[0]);
      return kNone;
    }
    if (i.op == Op::eq || i.op == Op::ne) return boolean(i, imm(i.args[1]));
    if (i.type == Type::i64 && i.op == Op::shl) shift_parts(i);
    if (i.type == Type::i64 && i.op == Op::add) join_parts(i);
    return identity(i, imm(i.args[1]));
  }

  /// One comparison or another of the same operands is one.
  void join_compares(Inst& i) {
    // By what they are true of: equal 1, less 2, unordered 4.
    static constexpr Op kOps[] = {Op::nop,     Op::fcmp_eq,  Op::fcmp_lt,  Op::fcmp_le,
                                  Op::fcmp_un, Op::fcmp_ueq, Op::fcmp_ult, Op::fcmp_ule};
    const auto relation = [](Op op) {
      return static_cast<unsigned>(std::find(kOps, std::end(kOps), op) - kOps);
    };
    const Inst &x = unit_.code[i.args[0]], &y = unit_.code[i.args[1]];
    if (!is_fcmp(x.op) || !is_fcmp(y.op) || x.type != y.type) return;
    if (x.args[0] != y.args[0] || x.args[1] != y.args[1]) return;
    const Op op = kOps[relation(x.op) | relation(y.op)];
    i = {.op = op, .type = x.type, .args = {x.args[0], x.args[1]}};
  }

  /// Comparing what was widened is comparing what it was before.
  void narrow_compare(Inst& i) {
    const Inst &x = unit_.code[i.args[0]], &y = unit_.code[i.args[1]];
    if (x.op != Op::sext && x.op != Op::zext) return;
    const auto from = static_cast<Type>(x.aux);
    if (bytes_of(from) < 4) return;
    const bool is_signed = i.op == Op::lt_s || i.op == Op::le_s;
    if (x.op == Op::zext && is_signed) return;
    Ref second = kNone;
    if (y.op == x.op && y.aux == x.aux) {
      second = y.args[0];
    } else if (y.op == Op::konst && y.imm <= mask_of(from) >> 1) {
      second = i.args[1];  // the same number in both types
    }
    if (second == kNone) return;
    i.type = from;
    i.args[0] = x.args[0];
    i.args[1] = second;
  }

  bool widened(Ref r, Type from) const {
    const Inst& i = unit_.code[r];
    return (i.op == Op::sext || i.op == Op::zext) && i.aux == static_cast<std::uint16_t>(from);
  }

  // 64-bit addresses are put together from parts of 16 bits, x = (x << 16) + part. Where only the
  // first parts are not known, the others are one constant.

  Ref append_konst(std::uint64_t v) {
    unit_.code.push_back({.op = Op::konst, .type = Type::i64, .imm = v});
    return static_cast<Ref>(next() - 1);
  }
  static bool is_immediate(std::uint64_t v) { return v + 0x8000'0000u < 0x1'0000'0000u; }
  /// Shifted as far as a part, or further.
  bool shifts_parts(const Inst& i) const {
    return i.op == Op::shl && constant(i.args[1]) && imm(i.args[1]) >= 16;
  }

  void shift_parts(Inst& i) {
    const Inst a = unit_.code[i.args[0]];
    const std::uint64_t by = imm(i.args[1]);
    if (by < 16 || by >= 64) return;
    if (shifts_parts(a) && imm(a.args[1]) + by < 64) {
      i.args[0] = a.args[0];
      i.args[1] = append_konst(imm(a.args[1]) + by);
    } else if (a.op == Op::add && constant(a.args[1]) && is_immediate(imm(a.args[1]) << by)) {
      Inst shifted = {.op = Op::shl, .type = Type::i64, .args = {a.args[0], i.args[1]}};
      shift_parts(shifted);
      unit_.code.push_back(shifted);
      const auto whole = static_cast<Ref>(next() - 1);
      i = {.op = Op::add, .type = Type::i64, .args = {whole, append_konst(imm(a.args[1]) << by)}};
    }
  }

  void join_parts(Inst& i) {
    const Inst a = unit_.code[i.args[0]];
    if (a.op != Op::add || !constant(a.args[1]) || !shifts_parts(unit_.code[a.args[0]])) return;
    const std::uint64_t sum = imm(a.args[1]) + imm(i.args[1]);
    if (!is_immediate(sum)) return;
    i.args[0] = a.args[0];
    i.args[1] = append_konst(sum);
  }

  /// The value as it was before it was widened.
  Ref truncated(const Inst& i) const {
    const Ref a = i.args[0];
    return widened(a, i.type) ? unit_.code[a].args[0] : kNone;
  }

  /// The same value's lower half, taken before.
  Ref truncated_before(const Inst& i) {
    if (i.type != Type::i32) return kNone;
    lower_.resize(next());
    Ref& before = lower_[i.args[0]];
    if (before == kNone) before = next();
    return before == next() ? kNone : before;
  }

  /// Equal to zero or not: a difference, and a condition made a number and tested again.
  Ref boolean(Inst& i, std::uint64_t c) {
    const Ref a = i.args[0];
    const Inst& z = unit_.code[a];
    // (A count that goes down by a constant is needed itself, and its flags tell.)
    const bool count = z.op == Op::sub && constant(z.args[1]);
    if (c == 0 && (z.op == Op::xor_ || z.op == Op::sub) && z.type == i.type && !count) {
      std::copy_n(z.args, 2, i.args);
      return kNone;
    }
    if (c != 0 || z.op != Op::zext || !widened(a, Type::i1)) return kNone;
    if (i.op == Op::ne) return z.args[0];
    negate(i, z.args[0]);
    return kNone;
  }

  /// Makes `i` the opposite of the comparison `cond`, if there is one.
  void negate(Inst& i, Ref cond) {
    struct Opposite {
      Op op, other;
      bool swaps;
    };
    static constexpr Opposite kOpposites[] = {{Op::eq, Op::ne, false},
                                              {Op::lt_s, Op::le_s, true},
                                              {Op::lt_u, Op::le_u, true},
                                              {Op::fcmp_lt, Op::fcmp_ule, true},
                                              {Op::fcmp_le, Op::fcmp_ult, true}};
    const Inst& test = unit_.code[cond];
    for (const Opposite& o : kOpposites) {
      if (test.op != o.op && test.op != o.other) continue;
      i = {.op = test.op == o.op ? o.other : o.op,
           .type = test.type,
           .args = {test.args[o.swaps ? 1 : 0], test.args[o.swaps ? 0 : 1]}};
      return;
    }
  }

  static Type result_type(const Inst& i) {
    if (is_compare(i.op) || i.op == Op::add_overflows || i.op == Op::sub_overflows) return Type::i1;
    if (i.op == Op::flags_add || i.op == Op::flags_sub || i.op == Op::flags_logic) {
      return Type::flags;
    }
    return i.type;
  }

  /// x op constant that is x, or 0.
  Ref identity(Inst& i, std::uint64_t c) {
    switch (i.op) {
      case Op::add:
      case Op::or_:
      case Op::xor_:
        return c == 0 ? i.args[0] : kNone;
      case Op::shl:
      case Op::shr:
      case Op::sar:
      case Op::rotr:
        return c % bits_of(i.type) == 0 ? i.args[0] : kNone;
      case Op::and_:
        if (c == mask_of(i.type)) return i.args[0];
        if (c == 0) return i.args[1];
        return kNone;
      case Op::mul:
        if (c == 0) return i.args[1];
        return c == 1 ? i.args[0] : kNone;
      default:
        return kNone;
    }
  }

  Unit& unit_;
  Forwarder known_;
  Narrower narrower_;
  std::vector<Ref> same_;   ///< what each operation is now
  std::vector<Ref> lower_;  ///< of 64-bit values: where they are truncated to 32
};

}  // namespace

void fold_values(Unit& unit) { Folder(unit).run(); }

}  // namespace emulate::jit::opt
