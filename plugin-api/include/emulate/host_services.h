#pragma once

/// What the host offers to a plugin. Implemented by the host, called by plugins; every function is
/// callable from any thread that runs a guest CPU, and none throws.

#include <cstddef>
#include <string_view>

#include "emulate/types.h"

namespace emulate {
inline namespace v1 {

/// The reserved window of host memory in which the whole guest address space lives:
/// host address = base + guest address, for guest addresses below size. Pages the guest has not
/// mapped are PROT_NONE; 32-bit windows are followed by a guard, so an access that starts below
/// 4 GiB and runs past it faults.
struct GuestWindow {
  std::byte* base = nullptr;
  std::uint64_t size = 0;  ///< bytes; a power of two
};

/// Log channels, chosen by the user with -d.
enum class Log : std::uint8_t {
  guest_asm,  ///< guest instructions translated (-d in_asm)
  ir,         ///< intermediate form (-d ir)
  host_asm,   ///< generated host code (-d out_asm)
  engine,     ///< engine decisions, invalidations, fallbacks
  exec,       ///< each block entered
  unknown,    ///< unimplemented calls, ioctls, sysctls, instructions
  signal,     ///< signals queued and delivered
  memory,     ///< mapping changes
  loader,     ///< images and plugins loaded
};

class HostServices {
 public:
  /// Copies `n` bytes out of guest memory, honouring guest read permission. False when any byte is
  /// not readable; then the contents of `dst` are unspecified.
  virtual bool copyin(void* dst, GuestAddr src, std::size_t n) noexcept = 0;
  /// Copies into guest memory, honouring guest write permission.
  virtual bool copyout(GuestAddr dst, const void* src, std::size_t n) noexcept = 0;
  /// Atomically replaces the naturally aligned `n` bytes (1, 2, 4, 8 or 16) at `address` by
  /// `desired` if they equal `expected`, which receives the bytes found. Bytes are in the guest's
  /// order. False when the memory cannot be written.
  virtual bool compare_exchange(GuestAddr address, void* expected, const void* desired,
                                std::size_t n) noexcept = 0;
  /// Reads up to `n` bytes of executable guest memory at `pc` for translation. Returns how many
  /// leading bytes the guest may execute; 0 means a fetch there faults.
  virtual std::size_t fetch(GuestAddr pc, void* dst, std::size_t n) noexcept = 0;

  virtual bool log_enabled(Log channel) noexcept = 0;
  virtual void log(Log channel, std::string_view line) noexcept = 0;

  /// Directory for persistent translations, private to the user; nullptr when there is none.
  /// NUL-terminated host path owned by the host, valid for the process's life.
  virtual const char* cache_dir() noexcept = 0;

 protected:
  ~HostServices() = default;
};

}  // namespace v1
}  // namespace emulate
