#include "host/os/guest_buffers.h"

#include <algorithm>
#include <cstdint>

namespace emulate {
namespace {

GuestAddr guest_address(const Task& task, const iovec& buffer) {
  const auto* p = static_cast<const std::byte*>(buffer.iov_base);
  return GuestAddr(static_cast<std::uint64_t>(p - task.memory().window().base));
}

}  // namespace

std::size_t total_size(std::span<const iovec> buffers) {
  std::size_t n = 0;
  for (const iovec& b : buffers) n += std::min(b.iov_len, SIZE_MAX - n);
  return n;
}

Expected<std::vector<std::byte>> gather(const Task& task, std::span<const iovec> buffers,
                                        std::size_t size) {
  std::vector<std::byte> out(std::min(size, total_size(buffers)));
  std::span<std::byte> left = out;
  for (const iovec& b : buffers) {
    const std::size_t n = std::min(b.iov_len, left.size());
    if (n == 0) continue;
    if (auto r = task.copyin(left.data(), guest_address(task, b), n); !r) {
      return tl::unexpected(r.error());
    }
    left = left.subspan(n);
  }
  return out;
}

Expected<void> scatter(const Task& task, std::span<const std::byte> bytes,
                       std::span<const iovec> buffers) {
  for (const iovec& b : buffers) {
    const std::size_t n = std::min(b.iov_len, bytes.size());
    if (n == 0) continue;
    if (auto r = task.copyout(guest_address(task, b), bytes.data(), n); !r) return r;
    bytes = bytes.subspan(n);
  }
  return {};
}

}  // namespace emulate
