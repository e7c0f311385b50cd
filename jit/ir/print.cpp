#include <fmt/format.h>

#include <algorithm>

#include "jit/ir/unit.h"

namespace emulate::jit::ir {

const char* name_of(Type type) {
  static constexpr const char* kNames[] = {"none", "i1",  "i8",  "i16",  "i32",  "i64",
                                           "i128", "f32", "f64", "v128", "flags"};
  return kNames[static_cast<unsigned>(type)];
}

void Unit::append(const Unit& part) {
  if (code.empty()) code.push_back({});
  std::vector<Ref> moved(part.code.size());
  const auto begin = [&](std::uint64_t at) {
    blocks.push_back({at, static_cast<Ref>(code.size())});
    code.push_back({.op = Op::block, .imm = at});
  };
  if (part.blocks.empty()) begin(part.pc);
  bool reached = true;
  for (std::size_t n = 1; n < part.code.size(); ++n) {
    Inst i = part.code[n];
    if (i.op == Op::block) {
      begin(i.imm);
      reached = true;
      continue;
    }
    if (i.op == Op::nop || !reached) continue;
    for (Ref& a : i.args) a = moved[a];
    moved[n] = static_cast<Ref>(code.size());
    code.push_back(i);
    reached = !is_terminal(i.op);
  }
  for (const std::uint64_t slot : part.extended) {
    if (std::find(extended.begin(), extended.end(), slot) == extended.end()) {
      extended.push_back(slot);
    }
  }
  guest_instructions += part.guest_instructions;
  const std::uint64_t end = part.range.start + part.range.length;
  if (range.length == 0) {
    range = part.range;
  } else {
    const std::uint64_t old_end = range.start + range.length;
    range.start = std::min(range.start, part.range.start);
    range.length = std::max(old_end, end) - range.start;
  }
}

std::string to_string(const Unit& unit) {
  std::string out = fmt::format("unit {:#x} mode {}\n", unit.pc, unit.mode);
  for (std::size_t n = 1; n < unit.code.size(); ++n) {
    const Inst& i = unit.code[n];
    if (i.op == Op::nop) continue;
    const OpInfo& info = op_info(i.op);
    if (i.op == Op::block) {
      out += fmt::format("block {:#x}\n", i.imm);
      continue;
    }
    if (i.op == Op::guest_pc) {
      out += fmt::format("{:#x}:{}\n", i.imm, i.aux != 0 ? " (delay slot)" : "");
      continue;
    }
    out += fmt::format("  %{} = {}.{}", n, info.name, name_of(i.type));
    for (unsigned a = 0; a < 4; ++a) {
      if (i.args[a] != kNone) out += fmt::format(" %{}", i.args[a]);
    }
    if (i.imm != 0 || i.op == Op::konst || i.op == Op::get_slot)
      out += fmt::format(" {:#x}", i.imm);
    if (i.aux != 0) out += fmt::format(" aux {}", i.aux);
    out += '\n';
  }
  return out;
}

}  // namespace emulate::jit::ir
