#pragma once

/// The machines a plugin emulates, as data.

#include <span>

#include "emulate/cpu.h"
#include "emulate/os_abi.h"
#include "emulate/types.h"

namespace emulate {
inline namespace v1 {

/// Which ELF files are for a machine. `flags_mask` selects the bits of e_flags that must equal
/// `flags_value`; zero accepts all.
struct ElfMatch {
  std::uint16_t e_machine = 0;
  std::uint8_t elf_class = 0;  ///< ELFCLASS32 (1) or ELFCLASS64 (2)
  ByteOrder order = ByteOrder::little;
  std::uint32_t flags_mask = 0;
  std::uint32_t flags_value = 0;

  constexpr bool operator==(const ElfMatch&) const = default;
};

/// A CPU the user can ask for with --cpu.
struct CpuModel {
  const char* name;         ///< "cortex-a53"
  const char* description;  ///< as sysctl hw.model prints it
  std::uint64_t features;   ///< the plugin's own bits
};

/// One emulated machine. All pointers are to static storage inside the plugin.
struct Machine {
  const char* name;           ///< as `uname -p` prints it: "aarch64", "armv6"
  const char* machine;        ///< FreeBSD hw.machine, `uname -m`: "arm64", "arm"
  const char* linux_machine;  ///< `uname -m` of Linux: "aarch64", "armv7l"
  ElfMatch elf;
  bool preferred;  ///< the choice among machines whose ElfMatch is the same
  DataModel model;
  std::uint32_t page_size;         ///< bytes; a power of two, at least 4096
  std::span<const CpuModel> cpus;  ///< the first is the default; at least one
  const FreeBsdAbi* freebsd;       ///< nullptr: FreeBSD programs are not supported
  const LinuxAbi* linux_;          ///< nullptr: Linux programs are not supported

  Engine* (*create_engine)(const EngineConfig& config) noexcept;  ///< nullptr on failure
  void (*destroy_engine)(Engine* engine) noexcept;

  /// CPUs that programs are told of at most; 0: as many as the host has. An architecture whose
  /// machines had one CPU has programs that refuse to run with more (Go's for ARMv6).
  std::uint32_t max_cpus = 0;

  const OsAbi* abi(Os os) const noexcept {
    return os == Os::freebsd ? static_cast<const OsAbi*>(freebsd)
                             : static_cast<const OsAbi*>(linux_);
  }
};

}  // namespace v1
}  // namespace emulate
