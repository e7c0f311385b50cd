#pragma once

/// Finds the row of an instruction word through a tree built from the rows once per process.

#include <algorithm>
#include <bit>
#include <span>
#include <string>
#include <vector>

#include "jit/decode/row.h"

namespace emulate::jit::decode {

/// Two rows that both match some word, neither being the special case of the other.
template <class V>
std::vector<std::string> overlaps(std::span<const Row<V>> rows) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = i + 1; j < rows.size(); ++j) {
      const Pattern &a = rows[i].pattern, &b = rows[j].pattern;
      if (((a.value ^ b.value) & a.mask & b.mask) != 0) continue;
      const std::uint32_t both = a.mask & b.mask;
      const bool a_special = rows[i].special && both == b.mask && a.mask != b.mask;
      const bool b_special = rows[j].special && both == a.mask && a.mask != b.mask;
      if (!a_special && !b_special) {
        found.push_back(std::string(rows[i].name) + " and " + rows[j].name);
      }
    }
  }
  return found;
}

template <class V>
class Table {
 public:
  /// Rows whose needs are not all in `features` are left out.
  Table(std::span<const Row<V>> rows, std::uint32_t features) {
    std::vector<const Row<V>*> all;
    for (const Row<V>& r : rows) {
      if ((r.needs & ~features) == 0) all.push_back(&r);
    }
    build(all, 0);
  }

  /// nullptr: no such instruction.
  const Row<V>* find(std::uint32_t word) const {
    const Node* node = &nodes_[0];
    while (node->width != 0) {
      const unsigned index = word >> node->shift & ((1u << node->width) - 1);
      const std::uint32_t child = children_[node->first + index];
      if (child == kNone) return nullptr;
      node = &nodes_[child];
    }
    for (std::uint32_t n = 0; n < node->count; ++n) {
      if (leaves_[node->first + n]->pattern.matches(word)) return leaves_[node->first + n];
    }
    return nullptr;
  }

 private:
  static constexpr std::uint32_t kNone = ~0u;
  static constexpr unsigned kMaxWidth = 7;
  static constexpr std::size_t kLeafRows = 3;

  struct Node {
    unsigned shift = 0;
    unsigned width = 0;  ///< 0: a leaf of `count` rows
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  std::uint32_t build(const std::vector<const Row<V>*>& rows, std::uint32_t used) {
    const auto id = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({});
    std::uint32_t common = ~used;
    for (const Row<V>* r : rows) common &= r->pattern.mask;
    if (rows.size() <= kLeafRows || common == 0) return leaf(id, rows);

    // The longest run of bits that all rows fix.
    unsigned shift = 0, width = 0;
    for (unsigned s = 0; s < 32; ++s) {
      const auto run = std::min<unsigned>(std::countr_one(common >> s), kMaxWidth);
      if (run > width) shift = s, width = run;
    }
    const auto first = static_cast<std::uint32_t>(children_.size());
    children_.resize(first + (std::size_t{1} << width), kNone);
    const std::uint32_t mask = ((1u << width) - 1) << shift;
    for (std::uint32_t v = 0; v < 1u << width; ++v) {
      std::vector<const Row<V>*> part;
      for (const Row<V>* r : rows) {
        if ((r->pattern.value & mask) >> shift == v) part.push_back(r);
      }
      if (part.empty()) continue;
      const std::uint32_t child = build(part, used | mask);
      children_[first + v] = child;
    }
    nodes_[id] = {shift, width, first, 0};
    return id;
  }

  std::uint32_t leaf(std::uint32_t id, std::vector<const Row<V>*> rows) {
    std::stable_sort(rows.begin(), rows.end(), [](const Row<V>* a, const Row<V>* b) {
      return std::popcount(a->pattern.mask) > std::popcount(b->pattern.mask);
    });
    nodes_[id] = {0, 0, static_cast<std::uint32_t>(leaves_.size()),
                  static_cast<std::uint32_t>(rows.size())};
    leaves_.insert(leaves_.end(), rows.begin(), rows.end());
    return id;
  }

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> children_;
  std::vector<const Row<V>*> leaves_;
};

}  // namespace emulate::jit::decode
