#include <vector>

#include "jit/opt/passes.h"

namespace emulate::jit::opt {

using namespace ir;

void remove_dead_code(Unit& unit) {
  std::vector<std::uint16_t> uses(unit.code.size());
  for (std::size_t n = unit.code.size(); n-- > 1;) {
    Inst& i = unit.code[n];
    if (!op_info(i.op).effect && uses[n] == 0) {
      i = {};
      continue;
    }
    for (const Ref a : i.args) ++uses[a];
  }
}

}  // namespace emulate::jit::opt
