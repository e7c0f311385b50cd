#include "sparc64/fsr.h"

#include "jit/interp/redo.h"
#include "sparc64/nan.h"

namespace emulate::sparc64 {
namespace {

constexpr std::uint32_t kMxcsrFlags = 0x3f;
constexpr std::uint32_t kMxcsrRounding = 3u << 13;
/// SPARC rounds to nearest, zero, plus, minus infinity; x86 numbers them otherwise.
constexpr std::uint32_t kRounding[4] = {0, 3, 2, 1};
/// MXCSR's flags for SPARC's bits from 0 on.
constexpr std::uint32_t kFlags[5] = {1u << 5, 1u << 2, 1u << 4, 1u << 3, 1u << 0};

/// Rounding, enabled traps, the non-standard mode, exceptions; the trap type reads as 0 but after a
/// trap. Conditions are in State::fcc.
constexpr std::uint64_t kWritable = 0xcfc0'03ffu;

/// Of the last operation, done again.
unsigned current_exceptions(const State& s, std::uint32_t mxcsr) {
  using jit::ir::Op;
  using jit::ir::Type;
  const NotedOp noted = NotedOp::unpack(s.last_op);
  const Format& format = noted.from == Type::f64 ? kDouble : kSingle;
  const std::uint64_t a = s.last_a & format.mask(), b = s.last_b & format.mask();
  jit::Redo redo(mxcsr);
  const auto evaluate = [&](Op op, std::uint64_t x, std::uint64_t y = 0) {
    redo.evaluate(op, noted.to, noted.from, x, y);
  };
  const auto widened = [&](std::uint64_t v) {
    return redo.evaluate(Op::fcvt, Type::f64, Type::f32, v);
  };
  bool invalid = false;
  switch (noted.op) {
    case LastOp::none:
    case LastOp::exact:
      break;
    case LastOp::add:
      evaluate(Op::fadd, a, b);
      break;
    case LastOp::sub:
      evaluate(Op::fsub, a, b);
      break;
    case LastOp::mul:
      evaluate(Op::fmul, a, b);
      break;
    case LastOp::div:
      evaluate(Op::fdiv, a, b);
      break;
    case LastOp::sqrt:
      evaluate(Op::fsqrt, a);
      break;
    case LastOp::mul_singles:
      evaluate(Op::fmul, widened(a), widened(b));
      break;
    case LastOp::convert:
      evaluate(Op::fcvt, a);
      break;
    case LastOp::to_int:
      evaluate(Op::f_to_int_z, a);
      break;
    case LastOp::from_int:
      evaluate(Op::int_to_f, s.last_a);
      break;
    case LastOp::compare:
      invalid = format.is_signalling(a) || format.is_signalling(b);
      break;
    case LastOp::compare_signals:
      invalid = format.is_nan(a) || format.is_nan(b);
      break;
  }
  return exceptions_of(redo.flags() | (invalid ? 1 : 0));
}

}  // namespace

unsigned exceptions_of(std::uint32_t mxcsr) {
  unsigned bits = 0;
  for (unsigned n = 0; n < 5; ++n) bits |= (mxcsr & kFlags[n]) != 0 ? 1u << n : 0;
  return bits;
}

std::uint64_t read_fsr(State& s, std::uint32_t& mxcsr) {
  s.fsr |= std::uint64_t{exceptions_of(mxcsr)} << kFsrAccrued;
  mxcsr &= ~kMxcsrFlags;
  if (s.last_op != 0) {
    s.fsr &= ~(kFsrExceptions | kFsrTrapTypeMask);
    s.fsr |= current_exceptions(s, mxcsr);
    s.last_op = 0;
  }
  std::uint64_t value = s.fsr | std::uint64_t{s.fcc[0]} << kFsrCondition0;
  for (unsigned n = 1; n < 4; ++n) {
    value |= std::uint64_t{s.fcc[n]} << (kFsrCondition1 + 2 * (n - 1));
  }
  return value;
}

std::uint32_t write_fsr(State& s, std::uint32_t mxcsr, std::uint64_t value, bool wide) {
  s.fsr = value & kWritable;
  s.last_op = 0;
  s.fcc[0] = value >> kFsrCondition0 & 3;
  if (wide) {
    for (unsigned n = 1; n < 4; ++n) s.fcc[n] = value >> (kFsrCondition1 + 2 * (n - 1)) & 3;
  }
  mxcsr &= ~(kMxcsrFlags | kMxcsrRounding);
  return mxcsr | kRounding[value >> kFsrRounding & 3] << 13;
}

}  // namespace emulate::sparc64
