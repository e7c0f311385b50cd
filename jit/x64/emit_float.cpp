#include "jit/x64/emitter.h"

namespace emulate::jit::x64 {

using ir::Op;

void Emitter::floating(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = ir::bytes_of(i.type);
  const auto from = static_cast<Type>(i.aux);
  switch (i.op) {
    case Op::fadd:
    case Op::fsub:
    case Op::fmul:
    case Op::fdiv: {
      const Xmm xa = usef(i.args[0]), xb = usef(i.args[1]);
      consume(i);
      const unsigned op = i.op == Op::fadd   ? 0x58
                          : i.op == Op::fmul ? 0x59
                          : i.op == Op::fsub ? 0x5c
                                             : 0x5e;
      return a_.arithf(op, destf(n, xa), xa, xb, size);
    }
    case Op::fsqrt: {
      const Xmm xa = usef(i.args[0]);
      consume(i);
      return a_.arithf(0x51, destf(n, xa), xa, xa, size);
    }
    case Op::fma: {
      const Xmm xa = usef(i.args[0]), xb = usef(i.args[1]), xc = usef(i.args[2]);
      const Xmm t = scratch_xmm();
      a_.movf(t, xc);
      a_.fmadd231(t, xa, xb, size);
      consume(i);
      const Xmm d = destf(n, t);
      if (d != t) a_.movf(d, t);
      return;
    }
    case Op::fneg:
    case Op::fabs:
      return sign_op(n);
    case Op::fcmp_eq:
      return float_compare_eq(n);
    case Op::fcmp_lt:
    case Op::fcmp_le:
    case Op::fcmp_un:
    case Op::fcmp_ueq:
    case Op::fcmp_ult:
    case Op::fcmp_ule:
      return materialize_compare(n);
    case Op::fcvt: {
      const Xmm xa = usef(i.args[0]);
      consume(i);
      return a_.cvt_f_to_f(destf(n, xa), xa, size == 4 ? 8 : 4);
    }
    case Op::int_to_f: {
      const Gpr g = use(i.args[0]);
      consume(i);
      const Xmm d = destf(n);
      a_.zerof(d);
      return a_.cvt_int_to_f(d, g, ir::bytes_of(from), size);
    }
    case Op::f_to_int:
    case Op::f_to_int_z: {
      const Xmm xa = usef(i.args[0]);
      consume(i);
      return a_.cvt_f_to_int(dest(n), xa, ir::bytes_of(from), size, i.op == Op::f_to_int_z);
    }
    case Op::f_round: {
      const Xmm xa = usef(i.args[0]);
      consume(i);
      return a_.roundf(destf(n, xa), xa, size, i.aux);
    }
    default:
      return bitcast(n);
  }
}

void Emitter::sign_op(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = ir::bytes_of(i.type);
  const Xmm xa = usef(i.args[0]);
  const Gpr g = scratch();
  const Xmm m = scratch_xmm();
  const std::uint64_t sign = size == 8 ? std::uint64_t{1} << 63 : std::uint64_t{1} << 31;
  a_.mov_imm(g, i.op == Op::fneg ? sign : sign - 1);
  a_.movf(m, g, 8);
  consume(i);
  a_.logicf(i.op == Op::fneg ? 0x57 : 0x54, destf(n, xa), xa, m);
}

void Emitter::float_compare_eq(Ref n) {
  const Inst& i = unit_.code[n];
  const Xmm xa = usef(i.args[0]), xb = usef(i.args[1]);
  const Gpr t = scratch();
  a_.ucomis(xa, xb, ir::bytes_of(i.type));
  consume(i);
  const Gpr d = dest(n);
  a_.setcc(Cc::np, t);
  a_.setcc(Cc::e, d);
  a_.alu(Alu::and_, d, t, 4);
  a_.movzx(d, d, 1);
}

void Emitter::bitcast(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = ir::bytes_of(i.type);
  if (ir::is_float(i.type)) {
    const Gpr g = use(i.args[0]);
    consume(i);
    return a_.movf(destf(n), g, size);
  }
  const Xmm x = usef(i.args[0]);
  consume(i);
  a_.movf(dest(n), x, size);
}

}  // namespace emulate::jit::x64
