#include "host/os/syscall_table.h"

#include <cstdio>
#include <cstdlib>

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

}  // namespace emulate
