// The system call tables are complete, and docs/supported.md is what they say.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/unit/freebsd/supported_page.h"

namespace emulate::freebsd {
namespace {

struct ListedCall {
  std::uint16_t number;
  std::string name;
};

std::vector<ListedCall> listed_calls() {
  std::ifstream in(SYSCALL_LIST);
  std::vector<ListedCall> calls;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    ListedCall c;
    fields >> c.number >> c.name;
    calls.push_back(c);
  }
  return calls;
}

/// The table's constructor aborts when a number stands in two areas, so that each is there once.
TEST(SyscallTable, HasEveryCallOfTheKernelUnderItsName) {
  const auto calls = listed_calls();
  ASSERT_GT(calls.size(), 400u);
  for (const ListedCall& c : calls) {
    const SyscallRow* row = syscall_table().find(c.number);
    ASSERT_NE(row, nullptr) << c.number << " " << c.name;
    EXPECT_EQ(row->name, c.name) << c.number;
  }
}

TEST(SyscallTable, RowsAreConsistent) {
  for (const SyscallRow* row : syscall_table().all()) {
    const bool implemented = row->support != Support::unimplemented;
    EXPECT_EQ(row->handler != nullptr, implemented) << row->name;
    const bool explained = row->support == Support::partial || row->support == Support::refused;
    EXPECT_EQ(*row->note != '\0', explained) << row->name;
  }
}

TEST(SyscallTable, UnknownNumbersAreNotThere) {
  EXPECT_EQ(syscall_table().find(11), nullptr);  // obsolete execv
  EXPECT_EQ(syscall_table().find(100'000), nullptr);
}

TEST(SupportedPage, IsUpToDate) {
  std::ifstream in(SUPPORTED_PAGE);
  const std::string committed(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(committed, supported_page())
      << "run the target supported_calls and put its output into docs/supported.md";
}

}  // namespace
}  // namespace emulate::freebsd
