#pragma once

/// Text of generated code, for `-d out_asm`.

#include <string>

#include "jit/cache/block.h"
#include "jit/x64/thunks.h"

namespace emulate::jit::x64 {

/// A block's instructions and exit data, a line each; bytes only where the host has no Zydis
/// library, which is looked for when it is first needed.
std::string disassemble(const Block& block, const Thunks& thunks);

}  // namespace emulate::jit::x64
