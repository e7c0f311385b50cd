#include "jit/opt/forward_values.h"

#include "jit/ir/moving.h"
#include "jit/ir/op.h"

namespace emulate::jit::opt {

using namespace ir;

Ref Forwarder::step(Inst& i, Ref n) {
  switch (i.op) {
    case Op::get_slot:
      if (const Ref v = find(i); v != kNone) {
        i = {};
        return v;
      }
      slots_.push_back({i.imm, i.type, n});
      break;
    case Op::set_slot:
      if (find(i) == i.args[0]) {
        i = {};
        break;
      }
      forget_slots(i.imm, bytes_of(i.type));
      slots_.push_back({i.imm, i.type, i.args[0]});
      break;
    case Op::move:
      move(i);
      break;
    case Op::load:
      if (const Ref v = load(i, n); v != kNone) {
        i = {};
        return v;
      }
      break;
    case Op::store:
      store(i);
      break;
    case Op::atomic_cas:
    case Op::atomic_swap:
    case Op::fence:
      memory_.clear();
      break;
    case Op::call_if:
      // A NaN is put right; other helpers may write.
      if (unit_.code[i.args[0]].op != Op::fcmp_un) memory_.clear();
      break;
    case Op::call:
      memory_.clear();
      if ((i.imm & kHelperPure) == 0) slots_.clear();
      break;
    default:
      break;
  }
  return n;
}

Ref Forwarder::find(const Inst& i) const {
  for (const Slot& s : slots_) {
    if (s.offset == i.imm && s.type == i.type) return s.value;
  }
  return kNone;
}

/// Slots that overlap what is written are unknown from here on.
void Forwarder::forget_slots(std::uint64_t offset, unsigned bytes) {
  std::erase_if(slots_, [&](const Slot& s) {
    return s.offset < offset + bytes && offset < s.offset + bytes_of(s.type);
  });
}

/// Slots that move are the same ones by another name.
void Forwarder::move(const Inst& i) {
  const Moving moving = unpack_moving(i.imm);
  forget_slots(moving.distance, sizeof(std::uint64_t));
  std::erase_if(slots_, [&](Slot& s) {
    return moving.has(s.offset) && !follow(moving, i.aux, false, s.offset, bytes_of(s.type));
  });
}

Forwarder::Bytes Forwarder::place(const Inst& i) const {
  const std::uint64_t mask = mask_of(unit_.code[i.args[0]].type);
  Bytes b{i.args[0], i.imm, i.type, i.aux, kNone};
  for (;;) {
    const Inst& base = unit_.code[b.root];
    if (base.op != Op::add || unit_.code[base.args[1]].op != Op::konst) break;
    b.at += unit_.code[base.args[1]].imm;
    b.root = base.args[0];
  }
  if (unit_.code[b.root].op == Op::konst) {
    b.at += unit_.code[b.root].imm;
    b.root = kNone;
  }
  b.at &= mask;
  return b;
}

/// b begins within a, even around the end of the address space.
bool Forwarder::within(const Bytes& a, const Bytes& b) const {
  const std::uint64_t mask = a.root == kNone ? ~std::uint64_t{0} : mask_of(unit_.code[a.root].type);
  return ((b.at - a.at) & mask) < bytes_of(a.type);
}

Ref Forwarder::load(const Inst& i, Ref n) {
  Bytes here = place(i);
  for (const Bytes& b : memory_) {
    const bool same = b.root == here.root && b.at == here.at;
    if (same && b.type == here.type && b.aux == here.aux) return b.value;
  }
  here.value = n;
  memory_.push_back(here);
  return kNone;
}

/// Another root may be the same address; only displacements tell places apart.
void Forwarder::store(const Inst& i) {
  Bytes here = place(i);
  here.value = i.args[1];
  std::erase_if(memory_, [&](const Bytes& b) {
    return b.root != here.root || within(b, here) || within(here, b);
  });
  memory_.push_back(here);
}

}  // namespace emulate::jit::opt
