#include <vector>

#include "jit/ir/moving.h"
#include "jit/opt/passes.h"

namespace emulate::jit::opt {

using namespace ir;

namespace {

struct Range {
  std::uint64_t from;
  std::uint64_t to;
};

}  // namespace

void remove_dead_stores(Unit& unit) {
  std::vector<Range> overwritten;  // slots written later, with nothing looking in between
  bool deferred = false;
  for (std::size_t n = unit.code.size(); n-- > 1;) {
    Inst& i = unit.code[n];
    const Range r{i.imm, i.imm + bytes_of(i.type)};
    if (i.op == Op::set_slot) {
      bool dead = false;
      for (const Range& o : overwritten) dead = dead || (o.from <= r.from && r.to <= o.to);
      if (dead) {
        i = {};
      } else {
        overwritten.push_back(r);
      }
    } else if (i.op == Op::get_slot) {
      std::erase_if(overwritten, [&](const Range& o) { return o.from < r.to && r.from < o.to; });
    } else if (i.op == Op::move) {
      const Moving moving = unpack_moving(i.imm);
      std::erase_if(overwritten, [&](Range& o) {
        if (!moving.has(o.from)) return false;
        const auto bytes = static_cast<unsigned>(o.to - o.from);
        const bool there = follow(moving, i.aux, true, o.from, bytes);
        o.to = o.from + bytes;
        return !there;
      });
    } else if (i.op == Op::settle) {
      deferred = true;
    } else if (i.op == Op::defer || (op_info(i.op).may_leave && !deferred)) {
      // What leaves after defer has the state from there.
      deferred = false;
      overwritten.clear();
    }
  }
}

}  // namespace emulate::jit::opt
