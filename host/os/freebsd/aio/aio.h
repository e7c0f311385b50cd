#pragma once

namespace emulate::freebsd {

/// The old program's requests end before the new one's memory is there.
void aio_after_exec();

}  // namespace emulate::freebsd
