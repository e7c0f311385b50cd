#pragma once

/// The host services handed to plugins, over one process's memory.

#include <string>

#include "emulate/host_services.h"
#include "host/memory/address_space.h"

namespace emulate {

class Services final : public HostServices {
 public:
  explicit Services(AddressSpace& memory) : memory_(memory) {}

  bool copyin(void* dst, GuestAddr src, std::size_t n) noexcept override;
  bool copyout(GuestAddr dst, const void* src, std::size_t n) noexcept override;
  bool compare_exchange(GuestAddr address, void* expected, const void* desired,
                        std::size_t n) noexcept override;
  std::size_t fetch(GuestAddr pc, void* dst, std::size_t n) noexcept override;
  bool log_enabled(Log channel) noexcept override;
  void log(Log channel, std::string_view line) noexcept override;
  const char* cache_dir() noexcept override;

 private:
  AddressSpace& memory_;
};

}  // namespace emulate
