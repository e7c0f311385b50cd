#include <algorithm>
#include <map>
#include <vector>

#include "jit/opt/passes.h"

namespace emulate::jit::opt {

using namespace ir;

namespace {

/// Arithmetic whose result is NaN whenever an operand is.
bool propagates(Op op) {
  return (op >= Op::fadd && op <= Op::fsqrt) || op == Op::fma || op == Op::fcvt ||
         op == Op::f_round;
}

bool overlap(const Inst& a, const Inst& b) {
  return a.imm < b.imm + bytes_of(b.type) && b.imm < a.imm + bytes_of(a.type);
}

class Deferrer {
 public:
  explicit Deferrer(Unit& unit)
      : unit_(unit), actions_(unit.code.size()), covered_(unit.code.size()) {}

  void run() {
    scan();
    if (!windows_.empty()) rewrite();
  }

 private:
  enum class Action : std::uint8_t { keep, alias, replay };
  struct Window {
    Ref begin = kNone;          ///< the guest_pc that a replay starts at
    Ref last = kNone;           ///< the last check
    std::vector<Ref> checks;    ///< deferred
    std::vector<Ref> at_once;   ///< call_ifs that become a replay where they are
    std::vector<Ref> sets;      ///< set_slots
    std::vector<Ref> unproven;  ///< values that no other value's check covers
  };

  const Inst& at(Ref r) const { return unit_.code[r]; }

  /// A call_if that replaces a NaN by the guest's.
  bool is_nan_check(const Inst& i) const {
    const Inst& cond = at(i.args[0]);
    return cond.op == Op::fcmp_un && cond.args[0] == i.args[1] && cond.args[1] == i.args[1] &&
           propagates(at(i.args[1]).op);
  }
  /// One that is as rare: NaNs compared, numbers that fit no integer.
  bool is_rare(const Inst& i) const {
    const Op made_by = at(i.args[1]).op;
    return at(i.args[0]).op == Op::fcmp_un || made_by == Op::f_to_int || made_by == Op::f_to_int_z;
  }

  void scan() {
    Ref guest_pc = kNone;
    for (Ref n = 1; n < unit_.code.size(); ++n) {
      const Inst& i = at(n);
      if (i.op == Op::guest_pc) {
        guest_pc = n;
      } else if (i.op == Op::call_if) {
        call_if(n, guest_pc);
      } else if (window_.begin != kNone && ends_window(i)) {
        close();
      } else if (window_.begin != kNone && i.op == Op::set_slot) {
        window_.sets.push_back(n);
      }
    }
    close();
  }

  void call_if(Ref n, Ref guest_pc) {
    const Inst& i = at(n);
    if (is_nan_check(i)) {
      if (window_.begin == kNone && guest_pc != kNone) {
        window_.begin = guest_pc;
        for (Ref k = guest_pc; k < n; ++k) {
          if (at(k).op == Op::set_slot) window_.sets.push_back(k);
        }
      }
      window_.checks.push_back(n);
      window_.last = n;
    } else if (window_.begin != kNone) {
      if (!is_rare(i)) return close();
      window_.at_once.push_back(n);
      window_.last = n;
    }
  }

  bool ends_window(const Inst& i) const {
    if (i.op == Op::load) return false;
    if (i.op == Op::move || op_info(i.op).may_leave) return true;
    if (i.op != Op::set_slot && i.op != Op::get_slot) return false;
    // A slot that is read must have its value: some are set only in the end.
    return std::any_of(window_.sets.begin(), window_.sets.end(), [&](Ref s) {
      const bool same = at(s).imm == i.imm && at(s).type == i.type;
      return overlap(at(s), i) && !(same && i.op == Op::set_slot);
    });
  }

  void close() {
    if (window_.begin != kNone && window_.checks.size() > 1) {
      prove();
      const std::size_t tests = (window_.unproven.size() + 1) / 2;
      if (tests < window_.checks.size()) plan();
    }
    window_ = {};
  }

  /// From the end: what a checked value is made of need not be checked itself.
  void prove() {
    const auto cover = [&](Ref r) {
      covered_[r] = true;
      if (at(r).op == Op::call_if) covered_[at(r).args[1]] = true;
    };
    std::vector<bool> checked(unit_.code.size());
    for (const Ref c : window_.checks) checked[at(c).args[1]] = true;
    for (const Ref c : window_.at_once) {
      const Inst& cond = at(at(c).args[0]);
      if (cond.op != Op::fcmp_un) continue;
      cover(cond.args[0]);
      cover(cond.args[1]);
    }
    for (Ref n = window_.last; n > window_.begin; --n) {
      const Inst& i = at(n);
      const bool sign = i.op == Op::fneg || i.op == Op::fabs;
      if (!checked[n] && !(sign && covered_[n])) continue;
      for (const Ref a : i.args) {
        if (a != kNone) cover(a);
      }
    }
    for (const Ref c : window_.checks) {
      if (!covered_[c] && !covered_[at(c).args[1]]) window_.unproven.push_back(c);
    }
  }

  void plan() {
    for (const Ref c : window_.checks) actions_[c] = Action::alias;
    for (const Ref c : window_.at_once) actions_[c] = Action::replay;
    windows_.push_back(std::move(window_));
  }

  /// The code again, with what was planned.
  void rewrite() {
    std::vector<Inst> code;
    std::vector<Ref> moved(unit_.code.size());
    auto window = windows_.begin();
    code.reserve(unit_.code.size());
    const auto append = [&](const Inst& i) {
      code.push_back(i);
      return static_cast<Ref>(code.size() - 1);
    };
    for (std::size_t n = 0; n < unit_.code.size(); ++n) {
      Inst i = unit_.code[n];
      for (Ref& a : i.args) a = moved[a];
      switch (actions_[n]) {
        case Action::keep:
          moved[n] = append(i);
          break;
        case Action::replay:
          append({.op = Op::replay_if, .args = {i.args[0]}});
          moved[n] = i.args[1];
          break;
        case Action::alias:
          moved[n] = i.args[1];
          break;
      }
      if (window == windows_.end()) continue;
      if (n == window->begin) append({.op = Op::defer});
      if (n != window->last) continue;
      std::map<Type, std::vector<Ref>> by_type;
      for (const Ref v : window->unproven) by_type[at(v).type].push_back(moved[v]);
      for (const auto& [type, values] : by_type) {
        for (std::size_t k = 0; k < values.size(); k += 2) {
          const Ref second = values[std::min(k + 1, values.size() - 1)];
          const Ref nan = append({.op = Op::fcmp_un, .type = type, .args = {values[k], second}});
          append({.op = Op::replay_if, .args = {nan}});
        }
      }
      append({.op = Op::settle});
      ++window;
    }
    unit_.code = std::move(code);
  }

  Unit& unit_;
  std::vector<Action> actions_;
  std::vector<bool> covered_;
  Window window_;
  std::vector<Window> windows_;
};

}  // namespace

void defer_checks(Unit& unit) { Deferrer(unit).run(); }

}  // namespace emulate::jit::opt
