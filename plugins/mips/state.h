#pragma once

/// The MIPS user-mode state as translations address it. 32-bit machines use the low halves of
/// registers. With FR=0 an even floating point register holds its odd neighbour in its high half.

#include <cstddef>
#include <cstdint>

namespace emulate::mips {

struct State {
  std::uint64_t gpr[32];  ///< gpr[0] is never written
  std::uint64_t lo;
  std::uint64_t hi;
  std::uint64_t fpr[32];
  std::uint8_t fcc[8];    ///< condition bits of fcsr, one a byte
  std::uint32_t fcsr;     ///< the rest, but for what MXCSR holds: see fcsr.h
  std::uint32_t last_op;  ///< packed NotedOp of the operation that Cause follows from
  std::uint64_t last_a, last_b, last_c;
  std::uint32_t ll_active;
  std::uint64_t ll_address;
  std::uint64_t ll_value;
  std::uint64_t user_local;  ///< what rdhwr $29 reads
  std::uint64_t tls_bias;    ///< user_local less the thread pointer, set by the OS ABI
  std::uint64_t next_pc;     ///< where a system call instruction goes on
  std::uint64_t restart_pc;  ///< the instruction itself (its branch, in a delay slot)
};

inline constexpr unsigned kV0 = 2, kV1 = 3, kA0 = 4, kA1 = 5, kA2 = 6, kA3 = 7, kS0 = 16, kT9 = 25,
                          kGp = 28, kSp = 29, kRa = 31;

}  // namespace emulate::mips
