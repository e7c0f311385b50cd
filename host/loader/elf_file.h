#pragma once

/// Reading ELF headers of any class and byte order. Everything that comes from the file is checked
/// before use: files may be truncated, corrupt or hostile.

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "emulate/machine.h"

namespace emulate {

/// Why a file cannot be run: the errno execve gives for it, and a sentence for the user.
struct LoadError {
  int host_errno = 0;
  std::string message;
};

template <class T>
using Loaded = tl::expected<T, LoadError>;

inline tl::unexpected<LoadError> load_error(int host_errno, std::string message) {
  return tl::unexpected(LoadError{host_errno, std::move(message)});
}

inline constexpr std::uint32_t kPtLoad = 1;
inline constexpr std::uint32_t kPtInterp = 3;
inline constexpr std::uint32_t kPtNote = 4;
inline constexpr std::uint32_t kPtPhdr = 6;
inline constexpr std::uint32_t kPtGnuStack = 0x6474'e551;

struct ProgramHeader {
  std::uint32_t type = 0;
  std::uint32_t flags = 0;  ///< PF_X 1, PF_W 2, PF_R 4
  std::uint64_t offset = 0;
  std::uint64_t vaddr = 0;
  std::uint64_t file_size = 0;
  std::uint64_t mem_size = 0;
  std::uint64_t align = 0;

  bool operator==(const ProgramHeader&) const = default;
};

inline constexpr std::uint16_t kEtExec = 2;
inline constexpr std::uint16_t kEtDyn = 3;

struct ElfFile {
  std::uint8_t elf_class = 0;  ///< 1: 32 bits, 2: 64 bits
  ByteOrder order = ByteOrder::little;
  std::uint8_t os_abi = 0;
  std::uint16_t type = 0;
  std::uint16_t machine = 0;
  std::uint32_t flags = 0;
  std::uint64_t entry = 0;
  std::uint64_t phoff = 0;
  std::uint16_t phentsize = 0;
  std::uint64_t file_size = 0;
  std::vector<ProgramHeader> segments;
  std::string interpreter;          ///< PT_INTERP, empty without one
  bool executable_stack = true;     ///< PT_GNU_STACK has PF_X, or there is none
  Os os = Os::linux_;               ///< the personality the file asks for
  std::uint32_t freebsd_osrel = 0;  ///< from the ABI note; 0 without one
  std::uint32_t freebsd_fctl = 0;   ///< from the feature control note
};

/// Reads headers, interpreter and notes. `fd` is not consumed. ENOEXEC for what is not ELF or is
/// corrupt; `name` is used in messages.
Loaded<ElfFile> read_elf(int fd, const std::string& name);

}  // namespace emulate
