#pragma once

/// ARM instructions the translator does not know, or does not do atomically, interpreted one at a
/// time.

#include <array>
#include <cstdint>

#include "arm/guest_context.h"

namespace emulate::armv6 {

enum class Interpreted : std::uint8_t {
  done,       ///< the PC goes on behind it
  faulted,    ///< an event was raised on the context
  undefined,  ///< not an instruction of this CPU
};

/// What the translator is to see in place of the ARM (not Thumb) word: an undefined instruction
/// for what must come to interpret(), the plain form of loads and stores "as in user mode", or the
/// word itself.
std::uint32_t substitute(std::uint32_t word);

/// Executes the ARM word on `registers` (r0 to r15; r15 is not used as an operand).
Interpreted interpret(std::uint32_t word, std::uint32_t cpsr,
                      std::array<std::uint32_t, 16>& registers, arm::GuestContext& context);

}  // namespace emulate::armv6
