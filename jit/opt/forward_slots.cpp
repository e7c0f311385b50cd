#include <vector>

#include "jit/opt/passes.h"

namespace emulate::jit::opt {

using namespace ir;

namespace {

struct Known {
  std::uint64_t offset;
  Type type;
  Ref value;
};

class SlotValues {
 public:
  Ref find(const Inst& i) const {
    for (const Known& k : known_) {
      if (k.offset == i.imm && k.type == i.type) return k.value;
    }
    return kNone;
  }
  /// Slots that overlap what `i` writes are unknown from here on.
  void kill(const Inst& i) { kill(i.imm, bytes_of(i.type)); }
  void kill(std::uint64_t offset, unsigned bytes) {
    std::erase_if(known_, [&](const Known& k) {
      return k.offset < offset + bytes && offset < k.offset + bytes_of(k.type);
    });
  }
  void learn(const Inst& i, Ref value) { known_.push_back({i.imm, i.type, value}); }
  void clear() { known_.clear(); }

 private:
  std::vector<Known> known_;
};

}  // namespace

void forward_slots(Unit& unit) {
  SlotValues values;
  std::vector<Ref> same(unit.code.size());
  for (std::size_t n = 0; n < unit.code.size(); ++n) {
    Inst& i = unit.code[n];
    same[n] = static_cast<Ref>(n);
    for (Ref& a : i.args) a = same[a];
    switch (i.op) {
      case Op::get_slot:
        if (const Ref v = values.find(i); v != kNone) {
          same[n] = v;
          i = {};
        } else {
          values.learn(i, static_cast<Ref>(n));
        }
        break;
      case Op::set_slot:
        values.kill(i);
        values.learn(i, i.args[0]);
        break;
      case Op::unstash:
        values.kill(copy_slots(i.imm), i.aux);
        break;
      case Op::call:
        if ((i.imm & kHelperPure) == 0) values.clear();
        break;
      default:
        break;
    }
  }
}

}  // namespace emulate::jit::opt
