#include "host/os/syscall_table.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace emulate {

SyscallTable::SyscallTable(std::span<const std::span<const SyscallRow>> areas) {
  for (const auto& area : areas) {
    for (const SyscallRow& r : area) {
      if (r.number >= rows_.size()) rows_.resize(r.number + 1u, nullptr);
      if (rows_[r.number] != nullptr) {
        std::fprintf(stderr, "emulate: system call %u is both %s and %s\n", r.number,
                     rows_[r.number]->name, r.name);
        std::abort();
      }
      rows_[r.number] = &r;
    }
  }
}

std::vector<const SyscallRow*> SyscallTable::all() const {
  std::vector<const SyscallRow*> out;
  for (const SyscallRow* r : rows_) {
    if (r != nullptr) out.push_back(r);
  }
  return out;
}

namespace {

const char* support_name(Support support) {
  switch (support) {
    case Support::full:
      return "full";
    case Support::partial:
      return "partial";
    case Support::refused:
      return "refused";
    case Support::unimplemented:
      return "not implemented";
  }
  return "";
}

}  // namespace

std::string supported_calls_markdown(const SyscallTable& table, const std::string& title) {
  unsigned counts[4] = {};
  std::string rows;
  for (const SyscallRow* r : table.all()) {
    ++counts[static_cast<unsigned>(r->support)];
    fmt::format_to(std::back_inserter(rows), "| {} | `{}` | {} | {} |\n", r->number, r->name,
                   support_name(r->support), r->note);
  }
  return fmt::format(
      "# {}\n\n"
      "Generated from the tables that dispatch the calls.\n\n"
      "- **full** ({}): behaves as the kernel does.\n"
      "- **partial** ({}): the note says what is missing.\n"
      "- **refused** ({}): answers as a kernel without the feature, or without the privilege.\n"
      "- **not implemented** ({}): fails with ENOSYS.\n\n"
      "| Number | Name | Support | Note |\n"
      "|---:|---|---|---|\n{}",
      title, counts[0], counts[1], counts[2], counts[3], rows);
}

}  // namespace emulate
