#pragma once

/// The sysctl tree as data: each node is a row {name, number, kind, format, handler}. Lookups by
/// name and by number, listing and descriptions derive from the rows.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/task/task.h"

namespace emulate::freebsd {

/// CTLTYPE_* (FreeBSD sys/sys/sysctl.h).
enum class CtlType : std::uint32_t {
  node = 1,
  int_ = 2,
  string = 3,
  s64 = 4,
  opaque = 5,
  uint = 6,
  long_ = 7,
  ulong = 8,
  u64 = 9,
  u8 = 10,
  u16 = 11,
  s8 = 12,
  s16 = 13,
  s32 = 14,
  u32 = 15,
};

/// Bytes of a sysctl's value in the guest's layout.
class CtlValue {
 public:
  explicit CtlValue(const DataModel& model) : model_(model) {}

  CtlValue& i32(std::int64_t v) { return scalar(static_cast<std::uint64_t>(v), 4); }
  CtlValue& i64(std::int64_t v) { return scalar(static_cast<std::uint64_t>(v), 8); }
  /// A long; what does not fit a 32-bit one becomes the greatest that does.
  CtlValue& word(std::uint64_t v);
  CtlValue& time(std::int64_t v) {
    return scalar(static_cast<std::uint64_t>(v), model_.time_bytes);
  }
  CtlValue& text(std::string_view s);  ///< with its NUL
  CtlValue& raw(std::span<const std::byte> bytes);
  template <class T>
  CtlValue& record(const T& value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + guest_size<T>(model_));
    encode(model_, value, std::span(bytes_).subspan(at));
    return *this;
  }
  CtlValue& zeros(std::size_t n);

  const DataModel& model() const { return model_; }
  std::vector<std::byte>& bytes() { return bytes_; }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  CtlValue& scalar(std::uint64_t v, std::size_t size);
  const DataModel& model_;
  std::vector<std::byte> bytes_;
};

/// One request as a handler sees it.
struct CtlCall {
  Task& task;
  std::span<const std::int32_t> arguments;  ///< what follows the node's own number
  std::span<const std::byte> new_value;     ///< empty when nothing is to be set
  bool sets;
  /// Bytes the guest has room for; nullopt when it asks for the size alone.
  std::optional<std::uint64_t> room;
};

/// Appends the value to `out`, and applies `call.new_value` where the row is writable.
using CtlHandler = Expected<void> (*)(CtlCall& call, CtlValue& out);

inline constexpr std::int32_t kCtlAuto = -1;

struct CtlRow {
  const char* name;     ///< the whole of it: "kern.ostype"
  std::int32_t number;  ///< of the last component; kCtlAuto: whichever is free
  CtlType type;
  const char* format;  ///< sysctl(8)'s: "I", "A", "LU", "S,loadavg"
  CtlHandler handler;  ///< null for plain nodes
  bool writable = false;
  const char* description = "";
};

/// A row with its place in the tree.
struct CtlNode {
  const CtlRow* row;
  std::vector<std::int32_t> oid;
};

class CtlTree {
 public:
  explicit CtlTree(std::span<const std::span<const CtlRow>> areas);

  const CtlNode* by_name(std::string_view name) const;
  /// The node that answers `oid`: a leaf of exactly this number, or a node with a handler on the
  /// way to it. ENOENT, ENOTDIR below a leaf, EISDIR for a node without a handler.
  Expected<const CtlNode*> by_oid(std::span<const std::int32_t> oid) const;
  /// The first leaf after `oid` in the tree's order; nullptr at the end.
  const CtlNode* next(std::span<const std::int32_t> oid) const;
  /// The row's node for `oid`, plain nodes included; nullptr when there is none.
  const CtlNode* exact(std::span<const std::int32_t> oid) const;

 private:
  std::vector<CtlNode> nodes_;  ///< in order of oid
};

/// The tree of all areas.
const CtlTree& sysctl_tree();

using CtlRows = std::span<const CtlRow>;
CtlRows sysctl_kern_rows();   // sysctl_kern.cpp
CtlRows sysctl_hw_rows();     // sysctl_hw.cpp: hw, vm, machdep
CtlRows sysctl_proc_rows();   // sysctl_proc.cpp: kern.proc
CtlRows sysctl_net_rows();    // sysctl_net.cpp
CtlRows sysctl_file_rows();   // sysctl_files.cpp: kern.proc.filedesc
CtlRows sysctl_stats_rows();  // sysctl_stats.cpp: counters, lists of devices and file systems
CtlRows sysctl_posix_rows();  // sysctl_posix.cpp: user, p1003_1b, security, debug

/// The handler of net.route: interfaces, their addresses, their multicast groups.
Expected<void> sysctl_route_table(CtlCall& call, CtlValue& out);  // sysctl_route.cpp

}  // namespace emulate::freebsd
