/// Vectors: nearly every operation is one instruction.

#include <bit>
#include <utility>

#include "jit/x64/emitter.h"

namespace emulate::jit::x64 {

using ir::Op;

namespace {

constexpr VexOp k0f(unsigned opcode) { return {1, 1, static_cast<std::uint8_t>(opcode)}; }
constexpr VexOp k0f38(unsigned opcode, bool w = false) {
  return {1, 2, static_cast<std::uint8_t>(opcode), w};
}
constexpr VexOp k0f3a(unsigned opcode) { return {1, 3, static_cast<std::uint8_t>(opcode)}; }

/// By the lanes' bits: 8, 16, 32, 64.
struct ByLane {
  Op op;
  VexOp vex[4];
};
// clang-format off
constexpr ByLane kByLane[] = {
    {Op::v_splat, {k0f38(0x78), k0f38(0x79), k0f38(0x58), k0f38(0x59)}},
    {Op::v_widen_s, {k0f38(0x20), k0f38(0x23), k0f38(0x25)}},
    {Op::v_widen_u, {k0f38(0x30), k0f38(0x33), k0f38(0x35)}},
    {Op::v_add, {k0f(0xfc), k0f(0xfd), k0f(0xfe), k0f(0xd4)}},
    {Op::v_sub, {k0f(0xf8), k0f(0xf9), k0f(0xfa), k0f(0xfb)}},
    {Op::v_min_s, {k0f38(0x38), k0f(0xea), k0f38(0x39)}},
    {Op::v_min_u, {k0f(0xda), k0f38(0x3a), k0f38(0x3b)}},
    {Op::v_max_s, {k0f38(0x3c), k0f(0xee), k0f38(0x3d)}},
    {Op::v_max_u, {k0f(0xde), k0f38(0x3e), k0f38(0x3f)}},
    {Op::v_average, {k0f(0xe0), k0f(0xe3)}},
    {Op::v_eq, {k0f(0x74), k0f(0x75), k0f(0x76), k0f38(0x29)}},
    {Op::v_gt, {k0f(0x64), k0f(0x65), k0f(0x66), k0f38(0x37)}},
    {Op::v_mul, {{}, k0f(0xd5), k0f38(0x40)}},
    {Op::v_shl_each, {{}, {}, k0f38(0x47), k0f38(0x47, true)}},
    {Op::v_shr_each, {{}, {}, k0f38(0x45), k0f38(0x45, true)}},
    {Op::v_sar_each, {{}, {}, k0f38(0x46)}},
    {Op::v_interleave_low, {k0f(0x60), k0f(0x61), k0f(0x62), k0f(0x6c)}},
    {Op::v_interleave_high, {k0f(0x68), k0f(0x69), k0f(0x6a), k0f(0x6d)}},
    {Op::v_pack_u, {{}, k0f(0x67), k0f38(0x2b)}},
};
// clang-format on

/// The others.
VexOp encoding(Op op) {
  switch (op) {
    case Op::v_permute:
      return k0f(0x70);
    case Op::v_and:
      return k0f(0xdb);
    case Op::v_or:
      return k0f(0xeb);
    case Op::v_xor:
      return k0f(0xef);
    case Op::v_andn:
      return k0f(0xdf);
    case Op::v_mulh_s:
      return k0f(0xe5);
    case Op::v_mulh_u:
      return k0f(0xe4);
    case Op::v_mul_even_s:
      return k0f38(0x28);
    case Op::v_mul_even_u:
      return k0f(0xf4);
    case Op::v_mul_pairs:
      return k0f(0xf5);
    case Op::v_shuffle:
      return k0f38(0x00);
    case Op::v_align:
      return k0f3a(0x0f);
    case Op::v_halves:
      return k0f(0xc6);
    case Op::v_blend:
      return k0f3a(0x0e);
    default:  // v_choose
      return k0f3a(0x4c);
  }
}

VexOp encoding(const ir::Inst& i) {
  for (const ByLane& row : kByLane) {
    if (row.op == i.op) return row.vex[std::countr_zero(unsigned{i.aux}) - 3];
  }
  return encoding(i.op);
}

bool commutes(Op op) {
  switch (op) {
    case Op::v_and:
    case Op::v_or:
    case Op::v_xor:
    case Op::v_add:
    case Op::v_min_s:
    case Op::v_min_u:
    case Op::v_max_s:
    case Op::v_max_u:
    case Op::v_average:
    case Op::v_eq:
    case Op::v_mul:
    case Op::v_mulh_s:
    case Op::v_mulh_u:
    case Op::v_mul_even_s:
    case Op::v_mul_even_u:
    case Op::v_mul_pairs:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Emitter::vector(Ref n) {
  const Inst& i = unit_.code[n];
  switch (i.op) {
    case Op::v_pair:
    case Op::v_half:
    case Op::v_mask:
      return vector_scalar(n);
    case Op::v_splat:
      return vector_splat(n);
    case Op::v_shl:
    case Op::v_shr:
    case Op::v_sar:
    case Op::v_permute:
    case Op::v_align:
    case Op::v_halves:
    case Op::v_blend:
      return vector_immediate(n);
    case Op::v_choose:
      return vector_choose(n);
    case Op::v_widen_s:
    case Op::v_widen_u: {
      const Xmm a = usef(i.args[0]);
      consume(i);
      return a_.vector(encoding(i), destf(n, a), Xmm::xmm0, a);
    }
    default:
      return vector_binary(n, encoding(i));
  }
}

void Emitter::vector_binary(Ref n, const VexOp& op) {
  const Inst& i = unit_.code[n];
  Ref a = i.args[0], b = i.args[1];
  if (commutes(i.op) && in_pool(a)) std::swap(a, b);
  const Xmm xa = usef(a);
  if (in_pool(b)) {
    Label& constant = pooled(b);
    consume(i);
    return a_.vector(op, destf(n, xa), xa, constant);
  }
  const Xmm xb = usef(b);
  consume(i);
  a_.vector(op, destf(n, xa), xa, xb);
}

/// From or to general registers.
void Emitter::vector_scalar(Ref n) {
  const Inst& i = unit_.code[n];
  if (in_pool(n)) return;
  if (i.op == Op::v_pair) {
    const Gpr low = use(i.args[0]), high = use(i.args[1]);
    consume(i);
    const Xmm d = destf(n);
    a_.movf(d, low, 8);
    return a_.pinsrq(d, d, high);
  }
  const Xmm a = usef(i.args[0]);
  consume(i);
  const Gpr d = dest(n);
  if (i.op == Op::v_mask) return a_.pmovmskb(d, a);
  if (i.imm != 0) return a_.pextrq(d, a);
  a_.movf(d, a, 8);
}

void Emitter::vector_splat(Ref n) {
  const Inst& i = unit_.code[n];
  const Gpr a = use(i.args[0]);
  consume(i);
  const Xmm d = destf(n);
  a_.movf(d, a, 8);
  a_.vector(encoding(i), d, Xmm::xmm0, d);
}

void Emitter::vector_immediate(Ref n) {
  const Inst& i = unit_.code[n];
  const auto imm = static_cast<unsigned>(i.imm);
  const Xmm a = usef(i.args[0]);
  if (i.args[1] != ir::kNone) {
    const Xmm b = usef(i.args[1]);
    consume(i);
    return a_.vector(encoding(i), destf(n, a), a, b, imm);
  }
  consume(i);
  const Xmm d = destf(n, a);
  switch (i.op) {
    case Op::v_permute:
      return a_.vector(encoding(i), d, Xmm::xmm0, a, imm);
    case Op::v_shl:
      return a_.vector_shift(6, i.aux, d, a, imm);
    case Op::v_shr:
      return a_.vector_shift(2, i.aux, d, a, imm);
    default:
      return a_.vector_shift(4, i.aux, d, a, imm);
  }
}

void Emitter::vector_choose(Ref n) {
  const Inst& i = unit_.code[n];
  const Xmm no = usef(i.args[0]), yes = usef(i.args[1]), mask = usef(i.args[2]);
  consume(i);
  a_.vector(encoding(i), destf(n, no), no, yes, num(mask) << 4);
}

void Emitter::reverse_bytes(Xmm d, Xmm s) {
  a_.vector(encoding(Op::v_shuffle), d, s, pooled(0x0809'0a0b'0c0d'0e0f, 0x0001'0203'0405'0607));
}

// --- Constants ---

Label& Emitter::pooled(std::uint64_t low, std::uint64_t high) {
  for (const Constant& c : pool_) {
    if (c.low == low && c.high == high) return *c.at;
  }
  pool_.push_back({low, high, std::make_unique<Label>()});
  return *pool_.back().at;
}

Label& Emitter::pooled(Ref pair) {
  const Inst& i = unit_.code[pair];
  return pooled(konst(i.args[0]), konst(i.args[1]));
}

void Emitter::load_pooled(Xmm x, Ref pair) {
  const Inst& i = unit_.code[pair];
  const std::uint64_t low = konst(i.args[0]), high = konst(i.args[1]);
  if (low == 0 && high == 0) return a_.zerof(x);
  if (low == ~std::uint64_t{0} && high == low) return a_.vector(k0f(0x76), x, x, x);
  constexpr VexOp kMovdqa = k0f(0x6f);
  a_.vector(kMovdqa, x, Xmm::xmm0, pooled(low, high));
}

/// Behind the code, on as many bytes' boundaries as they have.
void Emitter::emit_pool() {
  if (pool_.empty()) return;
  a_.align(16);
  for (const Constant& c : pool_) {
    a_.bind(*c.at);
    a_.qword(c.low);
    a_.qword(c.high);
  }
}

}  // namespace emulate::jit::x64
