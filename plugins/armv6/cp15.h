#pragma once

/// What of the system control coprocessor a program may use: thread pointers, ARMv6's barriers,
/// the generic timer.

// coprocessor.h uses std::array without including it.
#include <array>

#include <dynarmic/interface/A32/coprocessor.h>

#include <cstdint>
#include <memory>

namespace emulate::armv6 {

/// Whether the ARM-encoded coprocessor instruction `word` is one Cp15 translates.
bool cp15_supports(std::uint32_t word);

struct Cp15Registers {
  std::uint32_t tpidrurw = 0;
  std::uint32_t tpidruro = 0;
};

/// Coprocessor `15`, and with `registers` null any other, of which all accesses are undefined.
/// `undefined(arg)` is called for what is not supported; only Thumb code gets that far.
std::shared_ptr<Dynarmic::A32::Coprocessor> make_coprocessor(Cp15Registers* registers,
                                                             void (*undefined)(void*), void* arg);

}  // namespace emulate::armv6
