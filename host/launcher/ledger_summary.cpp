#include "host/launcher/ledger_summary.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace emulate {
namespace {

struct Wanted {
  unsigned long count = 0;
  unsigned processes = 0;
  std::set<std::string> programs;
};
using Summary = std::map<std::pair<std::string, std::string>, Wanted>;

/// Reads the lines that host/trace/ledger.cpp writes: objects of strings, numbers and one array of
/// such objects.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> string() {
    if (!take('"')) return std::nullopt;
    std::string out;
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] != '\\' || rest_.size() < 2) {
        out += rest_[0];
        rest_.remove_prefix(1);
        continue;
      }
      constexpr std::size_t kUnicode = 6;  // \u00xx
      const bool unicode = rest_[1] == 'u' && rest_.size() >= kUnicode;
      out += unicode ? '?' : rest_[1];
      rest_.remove_prefix(unicode ? kUnicode : 2);
    }
    if (!take('"')) return std::nullopt;
    return out;
  }
  std::optional<unsigned long> number() {
    unsigned long value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  /// The members of an object, handed to `member(name)`, which reads the value.
  template <class F>
  bool object(F member) {
    if (!take('{')) return false;
    do {
      const auto name = string();
      if (!name || !take(':') || !member(*name)) return false;
    } while (take(','));
    return take('}');
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

struct Item {
  std::string kind;
  std::string name;
  unsigned long count = 0;
};

bool read_item(Reader& r, Item& item) {
  return r.object([&](const std::string& name) {
    if (name == "count") {
      const auto n = r.number();
      if (n) item.count = *n;
      return n.has_value();
    }
    const auto text = r.string();
    if (text) (name == "kind" ? item.kind : item.name) = *text;
    return text.has_value();
  });
}

bool add_line(std::string_view line, Summary& summary) {
  std::string program;
  std::vector<Item> items;
  Reader r(line);
  const bool sound = r.object([&](const std::string& name) {
    if (name == "pid") return r.number().has_value();
    if (name == "missing") {
      if (!r.take('[')) return false;
      do {
        if (!read_item(r, items.emplace_back())) return false;
      } while (r.take(','));
      return r.take(']');
    }
    const auto text = r.string();
    if (text && name == "program") program = *text;
    return text.has_value();
  });
  if (!sound || !r.at_end()) return false;
  for (const Item& item : items) {
    Wanted& w = summary[{item.kind, item.name}];
    w.count += item.count;
    ++w.processes;
    w.programs.insert(program.substr(program.rfind('/') + 1));
  }
  return true;
}

std::string table(const Summary& summary) {
  std::vector<const Summary::value_type*> order;
  for (const auto& entry : summary) order.push_back(&entry);
  std::ranges::stable_sort(order, [](const auto* a, const auto* b) {
    return a->second.processes > b->second.processes;
  });
  std::string out = fmt::format("{:>9} {:>9}  {:<11} {:<32} {}\n", "processes", "times", "kind",
                                "name", "programs");
  for (const auto* entry : order) {
    constexpr std::size_t kNamed = 4;
    const Wanted& w = entry->second;
    std::string programs;
    std::size_t n = 0;
    for (const std::string& p : w.programs) {
      if (n++ == kNamed) break;
      programs += fmt::format("{}{}", programs.empty() ? "" : ", ", p);
    }
    if (w.programs.size() > kNamed) {
      programs += fmt::format(" and {} more", w.programs.size() - kNamed);
    }
    out += fmt::format("{:>9} {:>9}  {:<11} {:<32} {}\n", w.processes, w.count, entry->first.first,
                       entry->first.second, programs);
  }
  return out;
}

}  // namespace

tl::expected<std::string, std::string> summarise_ledgers(std::span<char* const> files) {
  if (files.empty()) return tl::unexpected(std::string("ledger: no file given"));
  Summary summary;
  for (const char* file : files) {
    std::ifstream in(file);
    if (!in) return tl::unexpected(fmt::format("ledger: {}: {}", file, std::strerror(errno)));
    std::string line;
    for (unsigned number = 1; std::getline(in, line); ++number) {
      if (!add_line(line, summary)) {
        return tl::unexpected(fmt::format("ledger: {}:{}: not an entry", file, number));
      }
    }
  }
  return summary.empty() ? "nothing was missing\n" : table(summary);
}

}  // namespace emulate
