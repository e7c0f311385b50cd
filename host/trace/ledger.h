#pragma once

/// The compatibility ledger: what programs asked for that is not there. EMULATE_LEDGER names a file
/// to which each process that missed something appends one line of JSON when it ends; `emulate
/// ledger FILE...` sums such files up.

#include <cstdint>
#include <string>
#include <string_view>

namespace emulate {

enum class Missing : std::uint8_t { call, sysctl, ioctl, instruction };
const char* missing_name(Missing kind);

/// A program asked for `name` in vain. `line` is what -d unknown says of it.
void note_missing(Missing kind, std::string_view name, std::string_view line);

/// Where the ledger is: an open descriptor out of the guest's reach.
void open_ledger(int fd);
/// The program that runs from now on. What the one before missed is written first.
void start_ledger(std::string_view program, std::string_view machine, std::string_view os);
/// The process ends, or becomes one that emulate does not run.
void write_ledger();

}  // namespace emulate
