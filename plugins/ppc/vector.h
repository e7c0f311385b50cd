#pragma once

/// Vector and decimal instructions, which run as C++: each is one line of a table in vector_*.cpp
/// or decimal_instructions.cpp, from which come its row of the decoder and its helper. A helper
/// gets the numbers of the registers, in the order of the fields.

#include <span>
#include <vector>

#include "jit/decode/pattern.h"
#include "jit/engine/context.h"
#include "ppc/state.h"

namespace emulate::ppc {

struct HelperInstruction {
  const char* name;
  jit::decode::Pattern pattern;  ///< letters of registers: see helper_argument
  jit::Helper helper;
  std::uint32_t needs;
};

/// The tables in order: the helper of the nth instruction is the nth behind the scalar ones.
std::span<const HelperInstruction> altivec_instructions();
std::span<const HelperInstruction> isa207_instructions();
std::span<const HelperInstruction> altivec_float_instructions();
std::span<const HelperInstruction> vsx_instructions();
std::span<const HelperInstruction> decimal_instructions();

void append_instruction_helpers(std::vector<jit::Helper>& helpers);

/// What a field's bits mean: d, a, b, c: vector registers; T, A, B, C: vector-scalar registers with
/// the most significant bit last; Q, G, H: pairs of floating point registers, by the first; others:
/// numbers, also of floating point registers, t being that of a target. Targets are t, Q, d and T.
constexpr std::uint32_t helper_argument(char letter, std::uint32_t bits) {
  switch (letter) {
    case 'd':
    case 'a':
    case 'b':
    case 'c':
      return bits + 32;
    case 'T':
    case 'A':
    case 'B':
    case 'C':
      return bits >> 1 | (bits & 1) << 5;
    case 'Q':
    case 'G':
    case 'H':
      return 2 * bits;
    default:
      return bits;
  }
}

}  // namespace emulate::ppc
