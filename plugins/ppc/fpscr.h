#pragma once

/// The floating point status and control register, split between State and the host's MXCSR: the
/// (binary) rounding mode and the sticky bits of overflow, underflow, division by zero and
/// inexactness live in MXCSR while the guest runs. FPRF, FR and FI are the last operation's, which
/// is noted with its operands and done again when somebody reads them.

#include <cstdint>
#include <optional>

#include "emulate/event.h"
#include "ppc/state.h"

namespace emulate::ppc {

// Power ISA book I, 4.2.2.
inline constexpr std::uint32_t kFx = 1u << 31, kFex = 1u << 30, kVx = 1u << 29, kOx = 1u << 28,
                               kUx = 1u << 27, kZx = 1u << 26, kXx = 1u << 25, kVxSnan = 1u << 24,
                               kVxIsi = 1u << 23, kVxIdi = 1u << 22, kVxZdz = 1u << 21,
                               kVxImz = 1u << 20, kVxVc = 1u << 19, kVxSoft = 1u << 10,
                               kVxSqrt = 1u << 9, kVxCvi = 1u << 8, kVe = 1u << 7, kOe = 1u << 6,
                               kUe = 1u << 5, kZe = 1u << 4, kXe = 1u << 3, kFr = 1u << 18,
                               kFi = 1u << 17;
inline constexpr std::uint32_t kVxAll =
    kVxSnan | kVxIsi | kVxIdi | kVxZdz | kVxImz | kVxVc | kVxSoft | kVxSqrt | kVxCvi;
inline constexpr std::uint32_t kExceptions = kOx | kUx | kZx | kXx | kVxAll;
inline constexpr unsigned kFprfShift = 12;
inline constexpr unsigned kDrnShift = 32;  ///< the decimal rounding mode, three bits

/// The operation that FPRF, FR and FI follow from: its operands are State::last_a and so on.
enum class LastOp : std::uint8_t {
  none,  ///< they are in State::fpscr
  add,
  sub,
  mul,
  div,
  sqrt,
  fma,    ///< a * c + b
  value,  ///< a is the result, and exact
  narrow,
  from_signed,  ///< a is an integer
  from_unsigned,
  to_integral,
  to_int,
  settled,  ///< as none, and enabled exceptions have had their effect on the target
};
inline constexpr unsigned kLastOpMask = 15;
inline constexpr unsigned kLastSubtract = 16, kLastNegate = 32, kLastSingle = 64;
inline constexpr unsigned kLastZero = 16, kLastLong = 32, kLastUnsigned = 64;  ///< of to_int

/// Adds exceptions; FX becomes set with every new one.
void raise_exceptions(State& state, std::uint32_t bits);
inline constexpr std::uint64_t kWholeFpscr = ~std::uint64_t{0};
/// Takes over what MXCSR has gathered and works out the rest.
std::uint64_t read_fpscr(State& state, std::uint32_t mxcsr);
/// Writes the bits of `mask`; returns the new MXCSR.
std::uint32_t write_fpscr(State& state, std::uint32_t mxcsr, std::uint64_t value,
                          std::uint64_t mask);
inline constexpr std::uint32_t kEnables = 0xf8;  ///< VE OE UE ZE XE

/// FE0 and FE1 as MSR has them.
inline constexpr std::uint64_t kMsrFe0 = 1u << 11, kMsrFe1 = 1u << 8;
inline std::uint64_t fe_bits(const State& s) {
  return (s.fp_mode & 2 ? kMsrFe0 : 0) | (s.fp_mode & 1 ? kMsrFe1 : 0);
}

/// Of the mode of translations (state.h).
inline std::uint32_t fp_mode(const State& s) {
  if (s.fp_mode == 0) return 0;
  return kModeFpExceptions | ((s.fpscr & kEnables) != 0 ? kModeFpTraps : 0);
}
/// Before and after an instruction in a mode with traps: begin_fp() notes what it may change in the
/// register that its target field names; end_fp() gives the enabled exception that it has caused,
/// if any, and then sets the target as the architecture has it for that case.
std::uint32_t begin_fp(State& state, std::uint32_t mxcsr, unsigned target);
std::optional<ArithmeticCode> end_fp(State& state, std::uint32_t& mxcsr, unsigned target);

/// The class of a result, five bits.
std::uint32_t fprf_of(double value, bool single);

}  // namespace emulate::ppc
