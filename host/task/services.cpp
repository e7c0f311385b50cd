#include "host/task/services.h"

#include <algorithm>

#include "host/memory/copy.h"
#include "host/trace/log.h"

namespace emulate {

bool Services::copyin(void* dst, GuestAddr src, std::size_t n) noexcept {
  return emulate::copyin(memory_, dst, src, n).has_value();
}

bool Services::copyout(GuestAddr dst, const void* src, std::size_t n) noexcept {
  return emulate::copyout(memory_, dst, src, n).has_value();
}

bool Services::compare_exchange(GuestAddr address, void* expected, const void* desired,
                                std::size_t n) noexcept {
  return emulate::compare_exchange(memory_, address, expected, desired, n).has_value();
}

std::size_t Services::fetch(GuestAddr pc, void* dst, std::size_t n) noexcept {
  const auto mapping = memory_.find(pc);
  if (!mapping || (mapping->prot & kProtExec) == 0) return 0;
  std::size_t here = std::min<std::uint64_t>(n, mapping->end() - pc);
  if (!emulate::copyin(memory_, dst, pc, here)) return 0;
  if (here < n) here += fetch(pc + here, static_cast<std::byte*>(dst) + here, n - here);
  return here;
}

bool Services::log_enabled(Log channel) noexcept { return Logger::instance().enabled(channel); }

void Services::log(Log channel, std::string_view line) noexcept { emulate::log(channel, line); }

const char* Services::cache_dir() noexcept { return nullptr; }

}  // namespace emulate
