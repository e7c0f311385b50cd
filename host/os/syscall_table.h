#pragma once

/// A personality's system calls as data. Each area file (os/freebsd/file.cpp, socket.cpp, ...) ends
/// with its rows; the table of a personality is their union. Dispatch, -strace and
/// docs/supported.md derive from the rows.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/os/param.h"

namespace emulate {

enum class Support : std::uint8_t {
  full,           ///< behaves as the kernel does
  partial,        ///< note says what is missing
  refused,        ///< answers as a kernel without the feature or permission does; note says which
  unimplemented,  ///< not there yet: ENOSYS, visible in -strace and the ledger
};

struct SyscallRow {
  std::uint16_t number = 0;
  const char* name = "";
  Support support = Support::unimplemented;
  BoundHandler handler = nullptr;  ///< null for unimplemented
  const char* note = "";
  bool traced_first = false;  ///< -strace prints it before it runs: it may not return
  ArgShape shape{};
};

/// `row<&sys_read>(3, "read")`
template <auto Handler>
constexpr SyscallRow row(std::uint16_t number, const char* name) {
  return {number, name, Support::full, &bind<Handler>, "", false, shape_of(Handler)};
}
template <auto Handler>
constexpr SyscallRow partial(std::uint16_t number, const char* name, const char* note) {
  return {number, name, Support::partial, &bind<Handler>, note, false, shape_of(Handler)};
}
template <auto Handler>
constexpr SyscallRow refused(std::uint16_t number, const char* name, const char* note) {
  return {number, name, Support::refused, &bind<Handler>, note, false, shape_of(Handler)};
}
constexpr SyscallRow unimplemented(std::uint16_t number, const char* name) {
  return {number, name, Support::unimplemented, nullptr, "", false, {}};
}
constexpr SyscallRow traced_first(SyscallRow r) {
  r.traced_first = true;
  return r;
}

/// Index by number. Two rows of one number are a mistake in the tables: the constructor aborts
/// with a message naming both.
class SyscallTable {
 public:
  explicit SyscallTable(std::span<const std::span<const SyscallRow>> areas);
  /// nullptr when there is no such call at all.
  const SyscallRow* find(std::uint64_t number) const {
    return number < rows_.size() ? rows_[number] : nullptr;
  }
  /// All rows in ascending order of number.
  std::vector<const SyscallRow*> all() const;

 private:
  std::vector<const SyscallRow*> rows_;
};

/// The calls of a table and how well each is supported, as a Markdown page (docs/supported.md).
std::string supported_calls_markdown(const SyscallTable& table, const std::string& title);

}  // namespace emulate
