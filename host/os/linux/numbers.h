#pragma once

/// System-call numbers of the Linux ports, by name (Linux arch/*/kernel/syscalls/*.tbl and
/// include/uapi/asm-generic/unistd.h of 6.1). Handlers are named, not numbered: a port is a column.

#include <array>
#include <cstdint>
#include <span>

namespace emulate::linux_os {

enum class NumberColumn : std::uint8_t { aarch64, arm, mips_o32, mips_n64, ppc, ppc64, sparc64 };
inline constexpr std::size_t kNumberColumns = 7;

struct NumberRow {
  const char* name;
  std::array<std::int16_t, kNumberColumns> numbers;  ///< -1: the port has no such call

  int number(NumberColumn c) const { return numbers[static_cast<std::size_t>(c)]; }
};

/// In order of name.
std::span<const NumberRow> syscall_numbers();

}  // namespace emulate::linux_os
