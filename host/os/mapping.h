#pragma once

/// What mmap(2) and mincore(2) have in common on all systems.

#include <functional>

#include "host/os/param.h"

namespace emulate {

/// Whether a descriptor opened with `status` (F_GETFL) may back the mapping; sets the most its
/// protection can become. EACCES when not.
Expected<void> allow_file_mapping(int status, std::uint32_t prot, MapRequest& request);

/// Calls `act` with one byte per page of the range, non-zero for those in memory, piece by piece: a
/// program may ask about all of a large reservation.
Expected<void> for_each_resident(
    Task& task, GuestAddr start, std::uint64_t length,
    const std::function<Expected<void>(std::vector<std::uint8_t>& pages)>& act);

}  // namespace emulate
