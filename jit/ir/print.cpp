#include <fmt/format.h>

#include "jit/ir/unit.h"

namespace emulate::jit::ir {

const char* name_of(Type type) {
  static constexpr const char* kNames[] = {"none", "i1",  "i8",  "i16",  "i32",  "i64",
                                           "i128", "f32", "f64", "v128", "flags"};
  return kNames[static_cast<unsigned>(type)];
}

std::string to_string(const Unit& unit) {
  std::string out = fmt::format("unit {:#x} mode {}\n", unit.pc, unit.mode);
  for (std::size_t n = 1; n < unit.code.size(); ++n) {
    const Inst& i = unit.code[n];
    if (i.op == Op::nop) continue;
    const OpInfo& info = op_info(i.op);
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
