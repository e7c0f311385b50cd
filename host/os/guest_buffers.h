#pragma once

/// Buffers that were looked up for the host kernel (readv, sendmsg), where emulate itself wants to
/// see or change what is in them. Other threads may unmap them meanwhile, so they are copied as
/// guest memory is.

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "host/task/task.h"

namespace emulate {

/// SIZE_MAX when it is more: lengths are the guest's.
std::size_t total_size(std::span<const iovec> buffers);

/// The first `size` bytes of the buffers, or all. EFAULT.
Expected<std::vector<std::byte>> gather(const Task& task, std::span<const iovec> buffers,
                                        std::size_t size = SIZE_MAX);

/// Stores as much as there is room for. EFAULT.
Expected<void> scatter(const Task& task, std::span<const std::byte> bytes,
                       std::span<const iovec> buffers);

}  // namespace emulate
