#include "jit/opt/passes.h"

namespace emulate::jit::opt {

using namespace ir;

namespace {

constexpr unsigned kShort = 12;  ///< guest instructions
constexpr unsigned kTimes = 4;

/// The loop's way out. Where the last branch is the way back, the other way is the opposite.
void append_exit(Unit& unit, Ref cond, bool branches_back, std::uint64_t to) {
  if (branches_back) {
    unit.code.push_back({.op = Op::konst, .type = Type::i1, .imm = 1});
    const auto one = static_cast<Ref>(unit.code.size() - 1);
    unit.code.push_back({.op = Op::xor_, .type = Type::i1, .args = {cond, one}});
    cond = static_cast<Ref>(unit.code.size() - 1);
  }
  unit.code.push_back({.op = Op::branch_if, .args = {cond}, .imm = to});
}

}  // namespace

void unroll_loop(Unit& unit) {
  if (!unit.blocks.empty() || unit.guest_instructions > kShort || unit.code.size() < 3) return;
  std::size_t end = unit.code.size() - 2;
  while (end > 0 && unit.code[end].op == Op::nop) --end;
  const Inst branch = unit.code[end], jump = unit.code.back();
  if (branch.op != Op::branch_if || jump.op != Op::jump) return;
  const bool branches_back = branch.imm == unit.pc;
  if (branches_back == (jump.imm == unit.pc)) return;
  unit.code.resize(end);
  const std::vector<Inst> turn = unit.code;
  Ref cond = branch.args[0];
  for (unsigned k = 1; k < kTimes; ++k) {
    append_exit(unit, cond, branches_back, branches_back ? jump.imm : branch.imm);
    const auto moved = static_cast<Ref>(unit.code.size() - 1);
    for (std::size_t n = 1; n < turn.size(); ++n) {
      Inst i = turn[n];
      for (Ref& a : i.args) a = a == kNone ? kNone : static_cast<Ref>(a + moved);
      unit.code.push_back(i);
    }
    cond = static_cast<Ref>(branch.args[0] + moved);
  }
  unit.code.push_back({.op = Op::branch_if, .args = {cond}, .imm = branch.imm});
  unit.code.push_back(jump);
  optimize(unit);
}

}  // namespace emulate::jit::opt
