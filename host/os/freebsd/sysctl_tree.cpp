#include "host/os/freebsd/sysctl_tree.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

namespace emulate::freebsd {
namespace {

/// Numbers of nodes that have none of their own start here (CTL_AUTO_START).
constexpr std::int32_t kAutoStart = 0x100;

bool less(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

bool equal(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

CtlValue& CtlValue::scalar(std::uint64_t v, std::size_t size) {
  const std::size_t at = bytes_.size();
  bytes_.resize(at + size);
  store_scalar(model_, bytes_.data() + at, v, size);
  return *this;
}

CtlValue& CtlValue::word(std::uint64_t v) {
  if (!model_.is64()) v = std::min<std::uint64_t>(v, 0xffff'ffff);
  return scalar(v, model_.long_bytes);
}

CtlValue& CtlValue::text(std::string_view s) {
  raw(std::as_bytes(std::span(s)));
  return zeros(1);
}

CtlValue& CtlValue::raw(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

CtlValue& CtlValue::zeros(std::size_t n) {
  bytes_.resize(bytes_.size() + n);
  return *this;
}

CtlTree::CtlTree(std::span<const std::span<const CtlRow>> areas) {
  std::map<std::string_view, std::vector<std::int32_t>> oids;
  std::int32_t next_auto = kAutoStart;
  // Parents stand before their children in the rows, across areas too.
  for (const auto& area : areas) {
    for (const CtlRow& row : area) {
      const std::string_view name = row.name;
      std::vector<std::int32_t> oid;
      if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos) {
        oid = oids.at(name.substr(0, dot));
      }
      oid.push_back(row.number != kCtlAuto ? row.number : next_auto++);
      oids.emplace(name, oid);
      nodes_.push_back({&row, std::move(oid)});
    }
  }
  std::sort(nodes_.begin(), nodes_.end(),
            [](const CtlNode& a, const CtlNode& b) { return less(a.oid, b.oid); });
}

const CtlNode* CtlTree::by_name(std::string_view name) const {
  const auto it = std::find_if(nodes_.begin(), nodes_.end(),
                               [&](const CtlNode& n) { return n.row->name == name; });
  return it != nodes_.end() ? &*it : nullptr;
}

const CtlNode* CtlTree::exact(std::span<const std::int32_t> oid) const {
  const auto it = std::lower_bound(
      nodes_.begin(), nodes_.end(), oid,
      [](const CtlNode& n, std::span<const std::int32_t> o) { return less(n.oid, o); });
  return it != nodes_.end() && equal(it->oid, oid) ? &*it : nullptr;
}

Expected<const CtlNode*> CtlTree::by_oid(std::span<const std::int32_t> oid) const {
  for (std::size_t depth = 1; depth <= oid.size(); ++depth) {
    const CtlNode* node = exact(oid.first(depth));
    if (node == nullptr) return host_error(ENOENT);
    const bool last = depth == oid.size();
    if (node->row->type == CtlType::node) {
      if (node->row->handler != nullptr) return node;
      if (last) return host_error(EISDIR);
    } else {
      if (last) return node;
      return host_error(ENOTDIR);
    }
  }
  return host_error(ENOENT);
}

const CtlNode* CtlTree::next(std::span<const std::int32_t> oid) const {
  auto it = std::upper_bound(
      nodes_.begin(), nodes_.end(), oid,
      [](std::span<const std::int32_t> o, const CtlNode& n) { return less(o, n.oid); });
  while (it != nodes_.end() && it->row->type == CtlType::node && it->row->handler == nullptr) ++it;
  return it != nodes_.end() ? &*it : nullptr;
}

const CtlTree& sysctl_tree() {
  static const CtlTree tree = [] {
    const std::array areas = {sysctl_kern_rows(), sysctl_hw_rows(),    sysctl_proc_rows(),
                              sysctl_net_rows(),  sysctl_posix_rows(), sysctl_file_rows(),
                              sysctl_stats_rows()};
    return CtlTree(areas);
  }();
  return tree;
}

}  // namespace emulate::freebsd
