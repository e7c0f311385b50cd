#pragma once

/// The Power user-mode state as translations address it. 32-bit machines use the low halves of
/// general registers.

#include <cstddef>
#include <cstdint>
#include <limits>

namespace emulate::ppc {

/// A condition register field. Most are never looked at, or only in one of their bits, so a
/// comparison leaves its result as a number: LT is value < 0, GT value > 0, EQ value == 0, and SO
/// is still XER's (before that changes, freeze_cr()). With this number the bits are on their own.
inline constexpr std::int64_t kCrExplicit = std::numeric_limits<std::int64_t>::min();
inline constexpr std::uint8_t kLt = 8, kGt = 4, kEq = 2, kSo = 1;

/// A vector-scalar register as a 128-bit number: its most significant byte comes last here.
struct alignas(16) Vsr {
  std::uint64_t low;   ///< doubleword 1
  std::uint64_t high;  ///< doubleword 0: registers 0 to 31 hold the floating point registers
};

struct State {
  std::uint64_t gpr[32];
  std::uint64_t lr;
  std::uint64_t ctr;
  std::int64_t cr_value[8];
  std::uint8_t cr_bits[8];              ///< with kCrExplicit: LT GT EQ SO
  std::uint8_t so, ov, ca, ov32, ca32;  ///< XER, 0 or 1 each
  std::uint32_t xer_rest;               ///< byte count of string instructions, and bits 48 to 55
  std::uint32_t vrsave;
  std::uint32_t vscr;  ///< NJ and SAT
  Vsr vsr[64];         ///< 32 to 63: the vector registers
  // FPSCR: see fpscr.h. What follows from the last operation is worked out when it is read.
  std::uint32_t fpscr;
  std::uint8_t last_op;    ///< its LastOp; both bytes are written at once
  std::uint8_t fpcc_kind;  ///< 1: FPCC is how cmp_a and cmp_b compare
  std::uint8_t drn;        ///< the decimal rounding mode
  double last_a, last_b, last_c;
  double cmp_a, cmp_b;
  // Enabled exceptions.
  std::uint32_t fp_mode;       ///< MSR's FE0 and FE1 as two bits; 0: they never trap
  std::uint32_t fpscr_before;  ///< the instruction at hand, and its target
  Vsr target_before;
  double fma_a, fma_c;          ///< between the two helpers that settle a NaN of multiply-add
  std::uint32_t reserved_size;  ///< bytes; 0: no reservation
  std::uint64_t reserved_address;
  std::uint64_t reserved_value;
  std::uint64_t reserved_value_low;  ///< lqarx
  std::uint64_t tar;
  std::uint64_t dscr;
  std::uint64_t ppr;
  std::uint64_t dar;       ///< address of an alignment trap
  std::uint64_t tls_bias;  ///< the thread pointer register less what the system calls by that name
  std::uint32_t new_context;  ///< which swapcontext() is going on to (Linux, 32 bits); 0: none
  std::uint32_t elf_v2;       ///< the program's functions have no descriptors
  std::uint32_t features;     ///< of the CPU model
};

inline void set_cr_field(State& s, unsigned f, unsigned bits) {
  s.cr_value[f] = kCrExplicit;
  s.cr_bits[f] = static_cast<std::uint8_t>(bits);
}

/// EventKind::trap's code of an access that must be aligned and is not: the interrupt vector.
inline constexpr unsigned kTrapAlignment = 0x600;
/// Nothing but a way back to the dispatcher: the translation mode has changed.
inline constexpr unsigned kTrapLeave = 1;

/// Translation modes: MSR lets floating point exceptions trap, and FPSCR enables some.
inline constexpr std::uint32_t kModeFpExceptions = 1, kModeFpTraps = 2;

}  // namespace emulate::ppc
