#pragma once

/// Mappings that every program starts with.

#include <span>

#include "host/task/process.h"

namespace emulate {

struct StackPlace {
  GuestAddr base, top;  ///< guest addresses of the first byte and the one after the last
  std::uint8_t prot = 0;
};

/// Maps the main stack and a guard page below it: at the ABI's place, or below `highest`, where the
/// window is smaller than the machine's address space.
Expected<StackPlace> map_main_stack(Process& process, GuestAddr highest, bool executable);

/// Maps a page with code for the program to run, not to change.
Expected<void> map_code_page(Process& process, GuestAddr at, std::span<const std::byte> code,
                             const char* name);

}  // namespace emulate
