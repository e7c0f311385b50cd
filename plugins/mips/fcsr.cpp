#include "mips/fcsr.h"

#include <utility>

#include "jit/interp/redo.h"
#include "mips/nan.h"

namespace emulate::mips {
namespace {

using jit::ir::Op;
using jit::ir::Type;

/// {fcsr flag, MXCSR flag}
constexpr std::pair<std::uint32_t, std::uint32_t> kFlags[] = {{kFlagInexact, kMxcsrInexact},
                                                              {kFlagUnderflow, 1u << 4},
                                                              {kFlagOverflow, 1u << 3},
                                                              {kFlagZero, 1u << 2}};
constexpr std::uint32_t kMxcsrInvalid = 1;
constexpr std::uint32_t kMxcsrFlags = 0x3f;
constexpr std::uint32_t kMxcsrRounding = 3u << 13;
constexpr std::uint32_t kMxcsrFlush = 1u << 15 | 1u << 6;  // flush to zero, denormals are zero
/// MIPS rounds to nearest, zero, plus, minus infinity; x86 numbers them otherwise.
constexpr std::uint32_t kRounding[4] = {0, 3, 2, 1};

constexpr std::uint32_t kConditions = 0xfe80'0000u;
constexpr std::uint32_t kWritable = 0xff83'ffffu;

std::uint32_t flags_of(std::uint32_t mxcsr) {
  std::uint32_t flags = 0;
  for (const auto& [flag, host] : kFlags) flags |= mxcsr & host ? flag : 0;
  return flags;
}

std::uint32_t with_rounding(std::uint32_t mxcsr, unsigned mode) {
  return (mxcsr & ~kMxcsrRounding) | kRounding[mode] << 13;
}

/// The last operation, again.
class Again {
 public:
  Again(const NotedOp& noted, std::uint32_t mxcsr)
      : noted_(noted),
        format_(noted.from == Type::f64 ? kDouble : kSingle),
        redo_(noted.rounding < 4 ? with_rounding(mxcsr, noted.rounding) : mxcsr) {}

  std::uint32_t cause(const State& s) {
    const std::uint64_t a = s.last_a & format_.mask(), b = s.last_b & format_.mask(),
                        c = s.last_c & format_.mask();
    const bool signalling = format_.is_signalling(a) || format_.is_signalling(b);
    switch (noted_.op) {
      case LastOp::none:
        return s.fcsr & kCauseMask;
      case LastOp::add:
        arith(Op::fadd, a, b);
        break;
      case LastOp::sub:
        arith(Op::fsub, a, b);
        break;
      case LastOp::mul:
        arith(Op::fmul, a, b);
        break;
      case LastOp::div:
        arith(Op::fdiv, a, b);
        break;
      case LastOp::sqrt:
        arith(Op::fsqrt, a, a);
        break;
      case LastOp::rsqrt:
        arith(Op::fdiv, b, arith(Op::fsqrt, a, a));
        break;
      case LastOp::madd:
        arith(Op::fadd, arith(Op::fmul, a, b), c);
        break;
      case LastOp::msub:
        arith(Op::fsub, arith(Op::fmul, a, b), c);
        break;
      case LastOp::convert:
        evaluate(Op::fcvt, a);
        invalid_ = format_.is_signalling(a);
        break;
      case LastOp::to_int:
        evaluate(Op::f_to_int, a);
        invalid_ = (redo_.flags() & kMxcsrInvalid) != 0;
        break;
      case LastOp::from_int:
        evaluate(Op::int_to_f, s.last_a);
        break;
      case LastOp::compare:
        invalid_ = signalling;
        break;
      case LastOp::compare_signals:
        invalid_ = format_.is_nan(a) || format_.is_nan(b);
        break;
    }
    return (flags_of(redo_.flags()) | (invalid_ ? kFlagInvalid : 0)) << kCauseShift;
  }

 private:
  std::uint64_t evaluate(Op op, std::uint64_t a, std::uint64_t b = 0) {
    return redo_.evaluate(op, noted_.to, noted_.from, a, b);
  }
  std::uint64_t arith(Op op, std::uint64_t a, std::uint64_t b) {
    const std::uint64_t r = evaluate(op, a, b);
    if (!format_.is_nan(r)) return r;
    const bool any = format_.is_nan(a) || format_.is_nan(b);
    invalid_ |= !any || format_.is_signalling(a) || format_.is_signalling(b);
    return format_.default_nan();
  }

  const NotedOp noted_;
  const Format format_;
  jit::Redo redo_;
  bool invalid_ = false;
};

}  // namespace

std::uint32_t cause_of_last(const State& s, std::uint32_t mxcsr) {
  return Again(NotedOp::unpack(s.last_op), mxcsr).cause(s);
}

std::optional<ArithmeticCode> enabled_exception(const State& s, std::uint32_t cause) {
  // In the order of Linux arch/mips/kernel/traps.c, force_fcr31_sig().
  constexpr std::pair<std::uint32_t, ArithmeticCode> kOrder[] = {
      {kFlagInvalid, ArithmeticCode::fp_invalid},   {kFlagZero, ArithmeticCode::fp_divide},
      {kFlagOverflow, ArithmeticCode::fp_overflow}, {kFlagUnderflow, ArithmeticCode::fp_underflow},
      {kFlagInexact, ArithmeticCode::fp_inexact},
  };
  const std::uint32_t enabled = cause & (s.fcsr & kEnableMask) << kEnableToCause;
  for (const auto& [flag, code] : kOrder) {
    if ((enabled & flag << kCauseShift) != 0) return code;
  }
  return std::nullopt;
}

std::uint32_t read_fcsr(const State& s, std::uint32_t mxcsr) {
  std::uint32_t value = (s.fcsr & ~kCauseMask) | cause_of_last(s, mxcsr) | flags_of(mxcsr);
  for (unsigned n = 0; n < 8; ++n) {
    if (s.fcc[n] != 0) value |= n == 0 ? 1u << 23 : 1u << (24 + n);
  }
  return value;
}

std::uint32_t write_fcsr(State& s, std::uint32_t mxcsr, std::uint32_t value) {
  value &= kWritable;
  for (unsigned n = 0; n < 8; ++n) s.fcc[n] = value >> (n == 0 ? 23 : 24 + n) & 1;
  s.fcsr = value & ~kConditions;
  s.last_op = 0;
  mxcsr = with_rounding(mxcsr & ~(kMxcsrFlags | kMxcsrFlush), value & kFcsrRounding);
  return value & kFcsrFs ? mxcsr | kMxcsrFlush : mxcsr;
}

}  // namespace emulate::mips
