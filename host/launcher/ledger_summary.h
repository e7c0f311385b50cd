#pragma once

/// `emulate ledger FILE...`: what the processes of ledgers missed, most wanted first.

#include <span>
#include <string>

#include <tl/expected.hpp>

namespace emulate {

/// The table as text. An error names the file that cannot be read, or the line that is no entry.
tl::expected<std::string, std::string> summarise_ledgers(std::span<char* const> files);

}  // namespace emulate
