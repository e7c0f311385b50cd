// docs/supported-linux.md is what the tables say.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/unit/linux/supported_page.h"

namespace emulate::linux_os {
namespace {

TEST(LinuxSyscallTable, RowsAreConsistent) {
  for (const char* port : {"aarch64", "arm"}) {
    for (const SyscallRow* row : syscall_table(*find_port(port)).all()) {
      const bool explained = row->support == Support::partial || row->support == Support::refused;
      EXPECT_EQ(*row->note != '\0', explained) << row->name;
    }
  }
}

TEST(LinuxSupportedPage, IsUpToDate) {
  std::ifstream in(SUPPORTED_PAGE);
  const std::string committed(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(committed, supported_page())
      << "run the target supported_linux_calls and put its output into docs/supported-linux.md";
}

}  // namespace
}  // namespace emulate::linux_os
