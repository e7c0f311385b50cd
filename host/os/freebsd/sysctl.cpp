#include <unistd.h>

#include <fmt/format.h>

#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/sysctl_tree.h"
#include "host/trace/ledger.h"

/// __sysctl(2): FreeBSD sys/kern/kern_sysctl.c. The tree's contents are in sysctl_*.cpp.

namespace emulate::freebsd {
namespace {

constexpr std::size_t kMaxName = 24;        // CTL_MAXNAME
constexpr std::size_t kMaxNameText = 1024;  // MAXPATHLEN
constexpr std::size_t kMaxNewValue = 1 << 20;

using Oid = std::vector<std::int32_t>;

std::string print_oid(std::span<const std::int32_t> oid) {
  return fmt::format("{}", fmt::join(oid.begin(), oid.end(), "."));
}

// --- the sysctl.* family, {0, n} ----------------------------------------------------------------

enum class Meta : std::int32_t {
  name = 1,
  next = 2,
  name2oid = 3,
  oidfmt = 4,
  descr = 5,
  label = 6
};

/// Longest known part of an OID: parameters after it have no name of their own.
const CtlNode* named_part(std::span<const std::int32_t> oid) {
  for (std::size_t n = oid.size(); n > 0; --n) {
    if (const CtlNode* node = sysctl_tree().exact(oid.first(n))) return node;
  }
  return nullptr;
}

Expected<void> meta_name(std::span<const std::int32_t> oid, CtlValue& out) {
  const CtlNode* node = named_part(oid);
  std::string text = node != nullptr ? node->row->name : "";
  const std::size_t known = node != nullptr ? node->oid.size() : 0;
  for (std::size_t i = known; i < oid.size(); ++i) {
    text += fmt::format("{}{}", text.empty() ? "" : ".", oid[i]);
  }
  out.text(text);
  return {};
}

Expected<void> put_oid(const CtlNode* node, CtlValue& out) {
  if (node == nullptr) return host_error(ENOENT);
  for (const std::int32_t n : node->oid) out.i32(n);
  return {};
}

Expected<void> meta_format(const CtlNode* node, CtlValue& out) {
  if (node == nullptr) return host_error(ENOENT);
  constexpr std::uint32_t kReadable = 0x8000'0000, kWritable = 0x4000'0000;
  const std::uint32_t kind = static_cast<std::uint32_t>(node->row->type) | kReadable |
                             (node->row->writable ? kWritable : 0);
  out.i32(kind).text(node->row->format);
  return {};
}

Expected<void> meta_description(const CtlNode* node, CtlValue& out) {
  if (node == nullptr || *node->row->description == '\0') return host_error(ENOENT);
  out.text(node->row->description);
  return {};
}

Expected<void> run_meta(std::span<const std::int32_t> oid, std::span<const std::byte> new_value,
                        CtlValue& out) {
  const auto rest = oid.subspan(2);
  switch (static_cast<Meta>(oid[1])) {
    case Meta::name:
      return meta_name(rest, out);
    case Meta::next:
      return put_oid(sysctl_tree().next(rest), out);
    case Meta::name2oid: {
      const auto* text = reinterpret_cast<const char*>(new_value.data());
      if (new_value.empty()) return host_error(ENOENT);
      if (new_value.size() >= kMaxNameText) return host_error(ENAMETOOLONG);
      return put_oid(sysctl_tree().by_name({text, ::strnlen(text, new_value.size())}), out);
    }
    case Meta::oidfmt:
      return meta_format(named_part(rest), out);
    case Meta::descr:
      return meta_description(named_part(rest), out);
    case Meta::label:
      return host_error(ENOENT);
  }
  return host_error(ENOENT);
}

// --- requests -----------------------------------------------------------------------------------

struct CtlBuffers {
  GuestAddr old_value;
  GuestAddr old_size;
  GuestAddr new_value;
  std::uint64_t new_size = 0;
};

Expected<std::uint64_t> load_size(Task& task, GuestAddr at) {
  std::byte bytes[8];
  const std::size_t n = task.model().long_bytes;
  if (auto r = task.copyin(bytes, at, n); !r) return tl::unexpected(r.error());
  return load_scalar(task.model(), bytes, n);
}

Expected<void> store_size(Task& task, GuestAddr at, std::uint64_t value) {
  std::byte bytes[8];
  const std::size_t n = task.model().long_bytes;
  store_scalar(task.model(), bytes, value, n);
  return task.copyout(at, bytes, n);
}

Expected<void> run_node(Task& task, std::span<const std::int32_t> oid,
                        std::span<const std::byte> new_value, bool sets,
                        std::optional<std::uint64_t> room, CtlValue& out) {
  auto node = sysctl_tree().by_oid(oid);
  if (!node) {
    note_missing(Missing::sysctl, print_oid(oid),
                 fmt::format("sysctl {} is not there", print_oid(oid)));
    return tl::unexpected(node.error());
  }
  const CtlRow& row = *(*node)->row;
  if (sets && !row.writable) return host_error(EPERM);
  CtlCall call{task, oid.subspan((*node)->oid.size()), new_value, sets, room};
  return row.handler(call, out);
}

/// Gives the guest as much of the value as it has room for, and the whole size when it only asks.
SysResult deliver(Task& task, const CtlBuffers& b, const CtlValue& value, std::uint64_t room) {
  const std::uint64_t size = value.bytes().size();
  const bool fits = !b.old_value || size <= room;
  const std::uint64_t given = fits ? size : room;
  if (b.old_value && given > 0) {
    if (auto r = task.copyout(b.old_value, value.bytes().data(), given); !r) return r.error();
  }
  if (b.old_size) {
    if (auto r = store_size(task, b.old_size, given); !r) return r.error();
  }
  return fits ? SysResult::ok() : SysResult(HostErrno{ENOMEM});
}

/// ktrsysctl(): by the name, as far as there is one.
void trace_sysctl(Task& task, std::span<const std::int32_t> oid) {
  Oid question{0, static_cast<std::int32_t>(Meta::name)};
  question.insert(question.end(), oid.begin(), oid.end());
  CtlValue name(task.model());
  if (run_meta(question, {}, name)) ktrace_sysctl(task, name.bytes());
}

SysResult run_sysctl(Task& task, std::span<const std::int32_t> oid, const CtlBuffers& b) {
  std::uint64_t room = 0;
  if (b.old_size) {
    auto size = load_size(task, b.old_size);
    if (!size) return size.error();
    room = *size;
  }
  const bool sets = b.new_value && b.new_size != 0;
  std::vector<std::byte> new_value;
  if (sets) {
    if (b.new_size > kMaxNewValue) return HostErrno{EINVAL};
    new_value.resize(b.new_size);
    if (auto r = task.copyin(new_value.data(), b.new_value, b.new_size); !r) return r.error();
  }
  if (ktraced(KtrType::sysctl)) trace_sysctl(task, oid);
  CtlValue value(task.model());
  const bool meta = oid[0] == 0;
  const auto asked = b.old_value ? std::optional(room) : std::nullopt;
  auto r =
      meta ? run_meta(oid, new_value, value) : run_node(task, oid, new_value, sets, asked, value);
  if (!r) return r.error();
  return deliver(task, b, value, room);
}

SysResult sys___sysctl(Task& task, InArray<Int> name, std::uint32_t length, GuestAddr old_value,
                       GuestAddr old_size, GuestAddr new_value, ULong new_size) {
  if (length < 2 || length > kMaxName) return HostErrno{EINVAL};
  Oid oid;
  for (std::uint32_t i = 0; i < length; ++i) {
    auto n = name.load(i);
    if (!n) return n.error();
    oid.push_back(n->value);
  }
  return run_sysctl(task, oid, {old_value, old_size, new_value, new_size});
}

SysResult sys___sysctlbyname(Task& task, GuestAddr name, ULong length, GuestAddr old_value,
                             GuestAddr old_size, GuestAddr new_value, ULong new_size) {
  if (length >= kMaxNameText) return HostErrno{ENAMETOOLONG};
  std::string text(length, '\0');
  if (auto r = task.copyin(text.data(), name, text.size()); !r) return r.error();
  const CtlNode* node = sysctl_tree().by_name(text.c_str());
  if (node == nullptr) {
    note_missing(Missing::sysctl, text.c_str(),
                 fmt::format("sysctl {} is not there", text.c_str()));
    return HostErrno{ENOENT};
  }
  return run_sysctl(task, node->oid, {old_value, old_size, new_value, new_size});
}

constexpr SyscallRow kRows[] = {
    partial<&sys___sysctl>(202, "__sysctl", "a part of the tree; see sysctl_*.cpp"),
    partial<&sys___sysctlbyname>(570, "__sysctlbyname", "a part of the tree; see sysctl_*.cpp"),
};

}  // namespace

Rows sysctl_rows() { return kRows; }

}  // namespace emulate::freebsd
