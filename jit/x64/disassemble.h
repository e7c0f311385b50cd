#pragma once

/// Text of generated code, for `-d out_asm`.

#include <cstdint>
#include <string>

namespace emulate::jit::x64 {

/// The instructions of [start, end), a line each; bytes only where the host has no Zydis library,
/// which is looked for when it is first needed.
std::string disassemble(const std::uint8_t* start, const std::uint8_t* end);

}  // namespace emulate::jit::x64
