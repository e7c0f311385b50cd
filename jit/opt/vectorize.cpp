#include <cstdlib>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "jit/ir/builder.h"
#include "jit/opt/passes.h"

namespace emulate::jit::opt {

using namespace ir;

namespace {

constexpr unsigned kVector = 16;  ///< bytes
constexpr unsigned kVectors = 4;  ///< at once
constexpr unsigned kBytes = kVector * kVectors;
constexpr std::uint64_t kPage = 4096;  ///< the smallest that is protected by itself
constexpr unsigned kShort = 16;        ///< guest instructions
constexpr std::int64_t kFar = 4096;    ///< a counter that steps further is none
constexpr unsigned kDeep = 8;

/// What is not in vectors is a plain operation on integers.
bool is_plain(Op op) { return is_integer(op) && !op_info(op).effect; }

/// Lanes in the order of turns, as memory has them: `swap`: bytes in a lane the other way round,
/// `back`: the first turn's is the last.
struct Order {
  bool swap = false;
  bool back = false;
  bool operator==(const Order&) const = default;
  Order operator^(const Order& o) const { return {swap != o.swap, back != o.back}; }
  bool natural() const { return !swap && !back; }
};

/// Where a loop's memory operation is: the first turn's address, and by how much it goes on.
struct Walk {
  Ref inst;
  Ref base;  ///< in the new unit
  std::int64_t step;
  std::uint64_t lowest;  ///< displacement of the lowest byte that the turns touch
};

class Vectorizer {
 public:
  explicit Vectorizer(const Unit& unit) : loop_(unit), b_(made_) {}

  std::optional<Unit> run() {
    if (!scan()) return std::nullopt;
    made_.clear();
    made_.pc = loop_.pc;
    made_.mode = loop_.mode;
    made_.range = loop_.range;
    made_.extended = loop_.extended;
    scalars_.assign(loop_.code.size(), kNone);
    b_.guest_pc(loop_.pc);
    if (!guard_turns() || !walks() || !guard_memory()) return std::nullopt;
    b_.emit({.op = Op::defer});
    load_vectors();
    if (!store_vectors() || !set_slots()) return std::nullopt;
    b_.jump(loop_.pc);
    optimize(made_);
    return std::move(made_);
  }

 private:
  using Step = std::optional<std::int64_t>;

  const Inst& at(Ref r) const { return loop_.code[r]; }
  bool constant(Ref r) const { return at(r).op == Op::konst; }
  std::int64_t number(Ref r) const {
    const unsigned unused = 64 - bits_of(at(r).type);
    return static_cast<std::int64_t>(at(r).imm << unused) >> unused;
  }
  unsigned turns() const { return kBytes / bytes_of(lane_); }
  unsigned lane_count() const { return kVector / bytes_of(lane_); }
  unsigned lane_bits() const { return bits_of(lane_); }

  // --- The loop ---

  /// One store, which comes after all loads, loads of the same size, and integers.
  bool scan() {
    const std::vector<Inst>& code = loop_.code;
    if (loop_.guest_instructions > kShort || code.size() < 3) return false;
    end_ = code.size() - 2;
    while (end_ > 0 && code[end_].op == Op::nop) --end_;
    const Inst &branch = code[end_], &jump = code.back();
    if (branch.op != Op::branch_if || jump.op != Op::jump) return false;
    branches_back_ = branch.imm == loop_.pc;
    if (branches_back_ == (jump.imm == loop_.pc)) return false;
    for (Ref n = 1; n < end_; ++n) {
      if (!note(n)) return false;
    }
    if (store_ == kNone) return false;
    lane_ = at(store_).type;
    for (const Ref l : loads_) {
      if (at(l).type != lane_) return false;
    }
    for (const auto& [offset, set] : sets_) steps_[offset] = slot_step(at(set));
    return separate();
  }

  bool note(Ref n) {
    const Inst& i = at(n);
    switch (i.op) {
      case Op::nop:
      case Op::konst:
      case Op::guest_pc:
        return true;
      case Op::get_slot:
        gets_.push_back(n);
        return is_int(i.type) && !sets_.contains(i.imm);
      case Op::set_slot:
        sets_[i.imm] = n;
        return is_int(i.type);
      case Op::load:
        loads_.push_back(n);
        return is_int(i.type) && store_ == kNone;
      case Op::store:
        if (store_ != kNone || !is_int(i.type) || i.type == Type::i1) return false;
        store_ = n;
        return true;
      default:
        return is_plain(i.op);
    }
  }

  /// No slot is a part of another.
  bool separate() const {
    std::map<std::uint64_t, const Inst*> slots;
    const auto add = [&](const Inst& i) {
      const auto [known, fresh] = slots.emplace(i.imm, &i);
      return fresh || (known->second->type == i.type && known->second->aux == i.aux);
    };
    for (const Ref g : gets_) {
      if (!add(at(g))) return false;
    }
    for (const auto& [offset, set] : sets_) {
      if (!add(at(set))) return false;
    }
    std::uint64_t end = 0;
    for (const auto& [offset, i] : slots) {
      if (offset < end) return false;
      end = offset + bytes_of(i->type);
    }
    return true;
  }

  // --- How values change from turn to turn ---

  /// A slot is set to what it was and a constant.
  Step slot_step(const Inst& set) const {
    std::int64_t sum = 0;
    Ref r = set.args[0];
    for (unsigned depth = 0; depth < kDeep; ++depth) {
      const Inst& i = at(r);
      if (i.op == Op::get_slot) return i.imm == set.imm ? Step(sum) : std::nullopt;
      if ((i.op != Op::add && i.op != Op::sub) || !constant(i.args[1])) break;
      sum += i.op == Op::add ? number(i.args[1]) : -number(i.args[1]);
      r = i.args[0];
    }
    return std::nullopt;
  }

  /// By how much a value differs from the one of the turn before, modulo its width.
  Step step(Ref r, unsigned depth = 0) const {
    const Inst& i = at(r);
    if (i.op == Op::konst) return 0;
    if (i.op == Op::get_slot) {
      const auto known = steps_.find(i.imm);
      return known == steps_.end() ? 0 : known->second;
    }
    if (depth == kDeep || !is_plain(i.op)) return std::nullopt;
    Step by[3] = {0, 0, 0};
    bool same = true;
    for (unsigned k = 0; k < 3; ++k) {
      if (i.args[k] != kNone) by[k] = step(i.args[k], depth + 1);
      if (!by[k]) return std::nullopt;
      same = same && *by[k] == 0;
    }
    if (same) return 0;
    if (i.op == Op::add) return *by[0] + *by[1];
    if (i.op == Op::sub) return *by[0] - *by[1];
    if (i.op == Op::trunc) return by[0];
    const bool shifts = i.op == Op::shl && constant(i.args[1]) && at(i.args[1]).imm < 8;
    if (shifts) return *by[0] * (1 << at(i.args[1]).imm);
    return std::nullopt;
  }

  // --- Values of the first turn, and of the last ---

  /// kNone where a load is among what it is made of.
  Ref first(Ref r) {
    if (scalars_[r] != kNone) return scalars_[r];
    Inst i = at(r);
    if (i.op != Op::konst && i.op != Op::get_slot && !is_plain(i.op)) return kNone;
    for (Ref& a : i.args) {
      if (a == kNone) continue;
      a = first(a);
      if (a == kNone) return kNone;
    }
    return scalars_[r] = b_.emit(i).ref;
  }

  Ref last(Ref r) {
    if (const Step by = step(r)) {
      const Ref one = first(r);
      if (one == kNone || *by == 0) return one;
      const Type t = at(r).type;
      const auto ahead = static_cast<std::uint64_t>(*by * (turns() - 1));
      return b_.add({one, t}, b_.konst(t, ahead)).ref;
    }
    if (at(r).op == Op::load) return last_lane(r);
    Inst i = at(r);
    if (!is_plain(i.op)) return kNone;
    for (Ref& a : i.args) {
      if (a == kNone) continue;
      a = last(a);
      if (a == kNone) return kNone;
    }
    return b_.emit(i).ref;
  }

  // --- Guards: what they find is left to the plain loop ---

  void unless(Value bad) { b_.branch_if(bad, plain_form(loop_.pc)); }
  Value truth(Op op, Value x, Value y) { return {b_.compare(op, x, y).ref, Type::i1}; }

  /// The loop goes on after each of the turns, so that at least one follows.
  bool guard_turns() {
    Inst c = at(at(static_cast<Ref>(end_)).args[0]);
    if (!is_compare(c.op)) return false;
    if (!branches_back_) c = negated(c);
    if (c.op == Op::eq) return false;
    const Step a = step(c.args[0]), b = step(c.args[1]);
    if (!a || !b || (*a == 0) == (*b == 0)) return false;
    const bool counts_first = *a != 0;
    const std::int64_t by = counts_first ? *a : *b;
    if (std::abs(by) > kFar) return false;
    if (c.op != Op::ne && (by > 0) != counts_first) return false;
    const Value x{first(c.args[0]), c.type}, y{first(c.args[1]), c.type};
    if (x.ref == kNone || y.ref == kNone || bytes_of(c.type) < 4) return false;
    if (c.op != Op::ne) unless(b_.xor_(truth(c.op, x, y), b_.konst(Type::i1, 1)));
    const bool up = counts_first == (by > 0);
    const Value way = up ? b_.sub(y, x) : b_.sub(x, y);
    const auto whole = static_cast<std::uint64_t>(std::abs(by)) * (turns() - 1);
    unless(truth(Op::le_u, way, b_.konst(c.type, whole)));
    return true;
  }

  static Inst negated(Inst c) {
    switch (c.op) {
      case Op::eq:
        c.op = Op::ne;
        return c;
      case Op::ne:
        c.op = Op::eq;
        return c;
      case Op::lt_s:
        c.op = Op::le_s;
        break;
      case Op::lt_u:
        c.op = Op::le_u;
        break;
      case Op::le_s:
        c.op = Op::lt_s;
        break;
      default:
        c.op = Op::lt_u;
        break;
    }
    std::swap(c.args[0], c.args[1]);
    return c;
  }

  /// Every address goes on by its operation's size.
  bool walks() {
    for (const Ref l : loads_) walks_.push_back({.inst = l, .base = kNone, .step = 0, .lowest = 0});
    walks_.push_back({.inst = store_, .base = kNone, .step = 0, .lowest = 0});
    for (Walk& w : walks_) {
      const Inst& i = at(w.inst);
      const Step by = step(i.args[0]);
      if (!by || std::abs(*by) != bytes_of(lane_)) return false;
      w.step = *by;
      w.base = first(i.args[0]);
      if (w.base == kNone) return false;
      w.lowest = i.imm + (*by < 0 ? static_cast<std::uint64_t>(*by) * (turns() - 1) : 0);
    }
    return true;
  }

  /// Aligned, and nothing is loaded that an earlier one of the turns stores. What is stored where
  /// the same turn has loaded it from is no such thing. What is stored lies in one page: either the
  /// first store faults or none does.
  bool guard_memory() {
    const Walk& to = walks_.back();
    const Type t = at(at(store_).args[0]).type;
    const Value in_page =
        b_.and_(b_.add({to.base, t}, b_.konst(t, to.lowest)), b_.konst(t, kPage - 1));
    unless(truth(Op::lt_u, b_.konst(t, kPage - kBytes), in_page));
    for (const Walk& w : walks_) {
      const Inst& i = at(w.inst);
      const Value base{w.base, t};
      if (at(i.args[0]).type != t) return false;
      if (const std::uint64_t bits = alignment_mask(i.aux); bits != 0) {
        const Value address = b_.add(base, b_.konst(t, i.imm));
        unless(truth(Op::ne, b_.and_(address, b_.konst(t, bits)), b_.konst(t, 0)));
      }
      if (w.base == to.base && w.lowest == to.lowest && w.step == to.step) continue;
      const Value apart =
          b_.add(b_.sub(base, {to.base, t}), b_.konst(t, w.lowest - to.lowest + (kBytes - 1)));
      unless(truth(Op::lt_u, apart, b_.konst(t, 2 * kBytes - 1)));
    }
    return true;
  }

  // --- Vectors ---

  Order order(const Walk& w) const {
    return {.swap = (at(w.inst).aux & kBigEndian) != 0 && bytes_of(lane_) > 1, .back = w.step < 0};
  }

  Value reorder(Value v, Order o) {
    if (o.natural()) return v;
    const unsigned size = bytes_of(lane_);
    std::uint64_t from[2] = {};
    for (unsigned n = 0; n < kVector; ++n) {
      const unsigned lane = n / size, byte = n % size;
      const unsigned source =
          (o.back ? lane_count() - 1 - lane : lane) * size + (o.swap ? size - 1 - byte : byte);
      from[n / 8] |= std::uint64_t{source} << n % 8 * 8;
    }
    return b_.vector(Op::v_shuffle, 8, v, b_.vector(from[1], from[0]));
  }

  /// Where in memory the turns' k-th vector is. They are loaded and stored in the order of the
  /// turns: others may look on, and not every machine lets them see it otherwise.
  static unsigned in_memory(const Walk& w, unsigned k) { return w.step < 0 ? kVectors - 1 - k : k; }

  void load_vectors() {
    for (const Walk& w : walks_) {
      if (w.inst == store_) continue;
      const Value base{w.base, at(at(w.inst).args[0]).type};
      auto& raw = raw_[w.inst];
      raw.resize(kVectors);
      for (unsigned k = 0; k < kVectors; ++k) {
        raw[k] = b_.load(Type::v128, base, disp(w, in_memory(w, k)), 0);
      }
    }
  }
  static std::int64_t disp(const Walk& w, unsigned n) {
    return static_cast<std::int64_t>(w.lowest + n * kVector);
  }

  bool store_vectors() {
    const Walk& to = walks_.back();
    const Value base{to.base, at(at(store_).args[0]).type};
    const Ref stored = at(store_).args[1];
    std::vector<Value> values;
    for (unsigned k = 0; k < kVectors; ++k) {
      lanes_.assign(loop_.code.size(), {});
      vector_ = k;
      if (const auto copied = raw_.find(stored); copied != raw_.end()) {
        values.push_back(reorder(copied->second[k], order(walk_of(stored)) ^ order(to)));
        continue;
      }
      const Value v = lanes(stored);
      if (v.ref == kNone) return false;
      values.push_back(reorder(v, order(to)));
    }
    for (unsigned k = 0; k < kVectors; ++k) {
      b_.store(base, disp(to, in_memory(to, k)), values[k], 0);
    }
    return true;
  }

  const Walk& walk_of(Ref load) const {
    std::size_t n = 0;
    while (walks_[n].inst != load) ++n;
    return walks_[n];
  }

  /// The low bits of the values of a vector's turns, or kNone.
  Value lanes(Ref r) {
    if (lanes_[r].ref == kNone) lanes_[r] = make_lanes(r);
    return lanes_[r];
  }

  Value make_lanes(Ref r) {
    constexpr Value kNo{};
    const Inst& i = at(r);
    if (bits_of(i.type) < lane_bits() || i.type == Type::i1) return kNo;
    if (const Step by = step(r)) return series(r, *by);
    switch (i.op) {
      case Op::load:
        return reorder(raw_.at(r)[vector_], order(walk_of(r)));
      case Op::trunc:
      case Op::sext:
      case Op::zext:
        return lanes(i.args[0]);
      case Op::add:
        return both(Op::v_add, i);
      case Op::sub:
        return both(Op::v_sub, i);
      case Op::and_:
        return both(Op::v_and, i);
      case Op::or_:
        return both(Op::v_or, i);
      case Op::xor_:
        return both(Op::v_xor, i);
      case Op::mul:
        return lane_bits() == 16 || lane_bits() == 32 ? both(Op::v_mul, i) : kNo;
      case Op::shl:
        return shifted(Op::v_shl, i);
      case Op::shr:
        return bits_of(i.type) == lane_bits() ? shifted(Op::v_shr, i) : kNo;
      case Op::sar:
        return bits_of(i.type) == lane_bits() && lane_bits() < 64 ? shifted(Op::v_sar, i) : kNo;
      default:
        return kNo;
    }
  }

  Value both(Op op, const Inst& i) {
    const Value x = lanes(i.args[0]), y = lanes(i.args[1]);
    if (x.ref == kNone || y.ref == kNone) return {};
    return b_.vector(op, lane_bits(), x, y);
  }

  Value shifted(Op op, const Inst& i) {
    if (!constant(i.args[1]) || lane_bits() < 16) return {};
    const std::uint64_t by = at(i.args[1]).imm & (bits_of(i.type) - 1);
    const Value x = lanes(i.args[0]);
    if (x.ref == kNone || by >= lane_bits()) return {};
    return b_.vector(op, lane_bits(), x, {}, by);
  }

  /// What steps from turn to turn, or stays.
  Value series(Ref r, std::int64_t by) {
    Value v{first(r), at(r).type};
    if (v.ref == kNone) return {};
    const Value same = b_.vector(Op::v_splat, lane_bits(), b_.zext(v, Type::i64));
    if (by == 0) return same;
    std::uint64_t ahead[2] = {};
    for (unsigned k = 0; k < lane_count(); ++k) {
      const unsigned bit = k * lane_bits(), turn = vector_ * lane_count() + k;
      const std::uint64_t n = static_cast<std::uint64_t>(by * turn) & mask_of(lane_);
      ahead[bit / 64] |= n << bit % 64;
    }
    return b_.vector(Op::v_add, lane_bits(), same, b_.vector(ahead[1], ahead[0]));
  }

  /// What the last turn has loaded.
  Ref last_lane(Ref load) {
    const Order o = order(walk_of(load));
    const unsigned bit = (o.back ? 0 : lane_count() - 1) * lane_bits();
    Value v = b_.half(raw_.at(load).back(), bit >= 64);
    if (bit % 64 != 0) v = b_.binary(Op::shr, v, b_.i64(bit % 64));
    v = b_.trunc(v, lane_);
    return o.swap ? b_.unary(Op::bswap, v).ref : v.ref;
  }

  /// As the last turn leaves them.
  bool set_slots() {
    std::vector<Inst> sets;
    for (const auto& [offset, set] : sets_) {
      Inst i = at(set);
      i.args[0] = last(i.args[0]);
      if (i.args[0] == kNone) return false;
      sets.push_back(i);
    }
    b_.emit({.op = Op::settle});
    for (const Inst& i : sets) b_.emit(i);
    return true;
  }

  const Unit& loop_;
  std::size_t end_ = 0;  ///< the branch
  bool branches_back_ = false;
  Type lane_ = Type::none;
  Ref store_ = kNone;
  std::vector<Ref> loads_;
  std::vector<Ref> gets_;
  std::map<std::uint64_t, Ref> sets_;    ///< the last one of each slot
  std::map<std::uint64_t, Step> steps_;  ///< of these slots

  Unit made_;
  Builder b_;
  std::vector<Ref> scalars_;               ///< values of the first turn, by the loop's
  std::map<Ref, std::vector<Value>> raw_;  ///< as loaded
  unsigned vector_ = 0;                    ///< which one is made
  std::vector<Value> lanes_;               ///< its values, by the loop's
  std::vector<Walk> walks_;
};

}  // namespace

void vectorize_loop(Unit& unit) {
  const std::optional<Unit> vectors = Vectorizer(unit).run();
  if (!vectors) return;
  unroll_loop(unit);
  unit.pc = plain_form(unit.pc);
  Unit both;
  both.pc = vectors->pc;
  both.mode = unit.mode;
  both.stop = unit.stop;
  both.counted = unit.counted;
  both.append(*vectors);
  both.append(unit);
  unit = std::move(both);
}

}  // namespace emulate::jit::opt
