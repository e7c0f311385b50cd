// The sparc64 plugin on a mini host: decoding, windows, delay slots, traps, frames.

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <vector>

#include "sparc64/cpu.h"
#include "sparc64/translator.h"
#include "tests/unit/arm/mini_host.h"

extern "C" const emulate::Plugin* emulate_plugin_sparc64();

namespace emulate::test {
namespace {

constexpr std::uint64_t kData = 0x40000;
constexpr std::uint64_t kUnmapped = 0x300000;
constexpr std::uint64_t kStack = 0x200000, kStackBytes = 0x10000;
constexpr unsigned kWindowBits = 40;
constexpr std::uint64_t kBias = 2047;

class Sparc : public testing::Test {
 protected:
  Sparc() : g(*emulate_plugin_sparc64(), "sparc64", "UltraSPARC-III", kWindowBits, SNIPPETS) {
    g.host.protect(kStack, kStackBytes, kRead | kWrite);
    g.abi().thread_init(*g.cpu,
                        {.entry = GuestAddr(g.at["_start"]),
                         .stack = GuestAddr(kStack + kStackBytes),
                         .ps_strings{}},
                        g.host);
  }

  void expect_syscall(const char* label) { ASSERT_EQ(g.run(label).kind, EventKind::syscall); }
  void poke(std::uint64_t at, std::uint64_t v) { g.host.poke(at, __builtin_bswap64(v)); }
  std::uint64_t peek(std::uint64_t at) { return __builtin_bswap64(g.host.peek<std::uint64_t>(at)); }
  std::uint64_t mcontext(std::size_t word) {
    std::vector<std::byte> bytes(g.abi().frame_layout().mcontext_size);
    g.abi().get_mcontext(*g.cpu, bytes, 0, {}, {});
    std::uint64_t v;
    __builtin_memcpy(&v, bytes.data() + 8 * word, 8);
    return __builtin_bswap64(v);
  }

  void fault_in_slot(bool taken) {
    constexpr std::size_t kTnpc = 24, kTpc = 25;
    g.set_reg("o0", kUnmapped);
    g.set_reg("o1", taken ? 0 : 1);
    const Event e = g.run("in_slot");
    EXPECT_EQ(e.kind, EventKind::fault);
    EXPECT_EQ(e.address.value, kUnmapped);
    EXPECT_EQ(g.cpu->pc().value, g.at["in_slot_pc"]);
    EXPECT_EQ(mcontext(kTpc), g.at["in_slot_pc"]);
    EXPECT_EQ(mcontext(kTnpc), g.at[taken ? "in_slot_target" : "in_slot_past"]);
    // The slot runs again by itself, whatever the condition says by now.
    g.set_reg("o0", kData);
    g.set_reg("o1", taken ? 1 : 0);
    EXPECT_EQ(g.cpu->cpu_loop().kind, EventKind::syscall);
    EXPECT_EQ(g.reg("o3"), taken ? 2u : 1u);
  }

  Guest g;
};

TEST(SparcTable, RowsDoNotOverlap) {
  const auto found = jit::decode::overlaps(sparc64::sparc_rows());
  EXPECT_TRUE(found.empty()) << found.front();
}

TEST_F(Sparc, WindowsSurviveAnyDepth) {
  for (const unsigned depth : {1u, 63u, 64u, 65u, 129u, 300u}) {
    g.set_reg("o0", depth);
    expect_syscall("deep");
    EXPECT_EQ(g.reg("g3"), depth);
    EXPECT_EQ(g.reg("sp"), kStack + kStackBytes - kBias - 192);
  }
}

TEST_F(Sparc, SpillNeedsAStack) {
  g.set_reg("o0", 1000);  // leaves the stack
  const Event e = g.run("deep");
  EXPECT_EQ(e.kind, EventKind::trap);
  EXPECT_EQ(e.code, 0x80u);
}

TEST_F(Sparc, FlushedWindowsAreReadBack) {
  expect_syscall("flushed");
  EXPECT_EQ(g.reg("o3"), 22u);
}

TEST_F(Sparc, MisalignedAccess) {
  g.set_reg("o0", kData + 4);
  for (int i = 0; i < 3; ++i) {
    const Event e = g.run("misaligned");
    EXPECT_EQ(e.kind, EventKind::fault);
    EXPECT_EQ(e.cause, FaultCause::alignment);
    EXPECT_EQ(e.address.value, kData + 12);
    EXPECT_EQ(g.cpu->pc().value, g.at["misaligned_pc"]);
    EXPECT_EQ(g.reg("o1"), 5u);
  }
}

TEST_F(Sparc, FaultInDelaySlotOfTakenBranch) { fault_in_slot(true); }
TEST_F(Sparc, FaultInDelaySlotOfBranchNotTaken) { fault_in_slot(false); }

TEST_F(Sparc, Traps) {
  Event e = g.run("divide");
  EXPECT_EQ(e.kind, EventKind::arithmetic_trap);
  EXPECT_EQ(g.cpu->pc().value, g.at["divide_pc"]);
  g.set_reg("o0", kData);
  e = g.run("jump");
  EXPECT_EQ(e.kind, EventKind::trap);
  EXPECT_EQ(e.code, 0x34u);
  EXPECT_EQ(g.reg("o7"), 7u);
  EXPECT_EQ(g.cpu->pc().value, g.at["jump_pc"]);
}

TEST_F(Sparc, BranchInDelaySlot) {
  expect_syscall("couple");
  EXPECT_EQ(g.reg("o0"), 10u);
}

TEST_F(Sparc, SystemCalls) {
  g.set_reg("o0", 123);
  expect_syscall("system_call");
  const SyscallRequest q = g.abi().fetch_syscall(*g.cpu, g.host);
  EXPECT_EQ(q.number, 20u);
  EXPECT_EQ(q.slots[0], 123u);
  EXPECT_EQ(g.cpu->pc().value, g.at["after_system_call"]);
  g.abi().set_syscall_result(*g.cpu, {.outcome = SyscallOutcome::error, .error = 2});
  constexpr std::size_t kTstate = 26;
  EXPECT_EQ(mcontext(kTstate) >> 36 & 1, 1u);  // the carry of xcc
  EXPECT_EQ(g.reg("o0"), 2u);
  g.abi().set_syscall_result(*g.cpu, {.outcome = SyscallOutcome::restart});
  EXPECT_EQ(g.cpu->cpu_loop().kind, EventKind::syscall);
}

TEST_F(Sparc, EnabledFloatingPointTrap) {
  poke(kData, std::uint64_t{2} << 23);  // division by zero
  poke(kData + 8, std::bit_cast<std::uint64_t>(1.0));
  poke(kData + 16, 0);
  g.set_reg("o0", kData);
  const Event e = g.run("fsr_trap");
  EXPECT_EQ(e.kind, EventKind::arithmetic_trap);
  EXPECT_EQ(e.code, static_cast<unsigned>(ArithmeticCode::fp_divide));
  EXPECT_EQ(g.cpu->pc().value, g.at["fsr_trap_pc"]);
  poke(kData, 0);
  expect_syscall("fsr_trap");
}

TEST_F(Sparc, QuadArithmetic) {
  poke(kData, std::bit_cast<std::uint64_t>(2.0));
  g.set_reg("o0", kData);
  expect_syscall("quad");
  EXPECT_EQ(std::bit_cast<double>(peek(kData)), 2.0);
}

TEST_F(Sparc, UserTrapHandler) {
  // sysarch(SPARC_UTRAP_INSTALL) with one row: type 15, not aligned.
  constexpr std::uint64_t kArguments = kData + 0x100, kRow = kData + 0x200;
  poke(kArguments, std::uint64_t{1} << 32);
  poke(kArguments + 8, kRow);
  for (unsigned n = 0; n < 5; ++n) poke(kRow + 8 * n, 0);
  poke(kRow, std::uint64_t{15} << 32);
  poke(kRow + 8, g.at["handler"]);
  EXPECT_EQ(g.abi().arch_sysarch(*g.cpu, 1, GuestAddr(kArguments), g.host).outcome,
            SyscallOutcome::value);
  g.set_reg("o0", kData + 4);
  const std::uint64_t sp = g.reg("sp");
  expect_syscall("misaligned");
  EXPECT_EQ(g.cpu->pc().value, g.at["handler"]);
  EXPECT_EQ(g.reg("o0"), 15u);
  EXPECT_EQ(g.reg("o4"), kData + 12);
  EXPECT_EQ(g.reg("fp"), sp);
  EXPECT_EQ(g.reg("l6"), g.at["misaligned_pc"]);
  EXPECT_EQ(g.reg("l7"), g.at["misaligned_pc"] + 4);
}

TEST_F(Sparc, SignalFrameRoundTrip) {
  g.set_reg("l3", 33);
  g.set_reg("i3", 44);
  g.set_reg("g2", 55);
  g.set_reg("y", 66);
  g.cpu->set_pc(GuestAddr(g.at["deep"]));
  std::vector<std::byte> bytes(g.abi().frame_layout().mcontext_size);
  g.abi().get_mcontext(*g.cpu, bytes, 0, {}, {});
  const std::uint64_t sp = g.reg("sp");
  for (const char* name : {"l3", "i3", "g2", "y", "sp"}) g.set_reg(name, kStack + 0x1000 - kBias);
  g.cpu->set_pc(GuestAddr(g.at["_start"]));
  EXPECT_EQ(g.abi().set_mcontext(*g.cpu, bytes, g.host), 0);
  EXPECT_EQ(g.reg("l3"), 33u);
  EXPECT_EQ(g.reg("i3"), 44u);
  EXPECT_EQ(g.reg("g2"), 55u);
  EXPECT_EQ(g.reg("y"), 66u);
  EXPECT_EQ(g.reg("sp"), sp);
  EXPECT_EQ(g.cpu->pc().value, g.at["deep"]);
  bytes[7] = std::byte{2};  // another version
  EXPECT_NE(g.abi().set_mcontext(*g.cpu, bytes, g.host), 0);
}

}  // namespace
}  // namespace emulate::test
