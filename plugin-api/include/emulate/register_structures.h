#pragma once

/// The register structures of FreeBSD's ptrace(2), as an interface that a plugin's FreeBsdAbi
/// object may have besides. Without it a debugger among the guests gets EINVAL for a program's
/// registers.

#include <cstddef>
#include <cstdint>
#include <span>

namespace emulate {
inline namespace v1 {

/// Bytes of mcontext_t that stand in a register structure as they are.
struct RegisterRun {
  std::uint16_t mcontext = 0;  ///< where, there
  std::uint16_t target = 0;    ///< where, in the structure
  std::uint16_t bytes = 0;
};

/// struct reg or struct fpreg (FreeBSD sys/<arch>/include/reg.h, fill_regs() and fill_fpregs()) as
/// a selection from mcontext_t. What no run covers reads as 0 and cannot be set.
struct RegisterStructure {
  std::size_t size = 0;
  std::span<const RegisterRun> runs;
};

class FreeBsdRegisters {
 public:
  /// PT_GETREGS and PT_SETREGS.
  virtual RegisterStructure reg_structure() const noexcept = 0;
  /// PT_GETFPREGS and PT_SETFPREGS.
  virtual RegisterStructure fpreg_structure() const noexcept = 0;

 protected:
  ~FreeBsdRegisters() = default;
};

}  // namespace v1
}  // namespace emulate
