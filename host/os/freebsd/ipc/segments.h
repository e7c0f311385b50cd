#pragma once

namespace emulate::freebsd {

/// A new program has nothing attached.
void forget_segments_after_exec();

}  // namespace emulate::freebsd
