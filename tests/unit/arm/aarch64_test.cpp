// The aarch64 plugin on a mini host: events, faults, atomics, frames, interrupts.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "arm/dynarmic_core.h"
#include "tests/unit/arm/mini_host.h"

extern "C" const emulate::Plugin* emulate_plugin_aarch64();

namespace emulate::test {
namespace {

constexpr std::uint64_t kData = 0x40000;
constexpr std::uint64_t kUnmapped = 0x100000;
constexpr std::uint64_t kFree = 0x200000;  ///< for tests to map
constexpr unsigned kWindowBits = 46;

class AArch64 : public testing::Test {
 protected:
  AArch64() : g(*emulate_plugin_aarch64(), "aarch64", "max", kWindowBits, SNIPPETS) {}

  void expect_fault(const Event& e, Access access, std::uint64_t address, std::uint64_t pc) {
    EXPECT_EQ(e.kind, EventKind::fault);
    EXPECT_EQ(e.access, access);
    EXPECT_EQ(e.address.value, address);
    EXPECT_EQ(g.cpu->pc().value, pc);
  }
  void expect_syscall(const Event& e) { ASSERT_EQ(e.kind, EventKind::syscall); }

  Guest g;
};

TEST_F(AArch64, SystemCallArguments) {
  for (unsigned i = 0; i < 8; ++i) g.set_reg(("x" + std::to_string(i)).c_str(), 100 + i);
  expect_syscall(g.run("syscall_plain"));
  EXPECT_EQ(g.cpu->pc().value, g.at["after_syscall_plain"]);
  const SyscallRequest r = g.abi().fetch_syscall(*g.cpu, g.host);
  EXPECT_EQ(r.number, 4u);
  ASSERT_EQ(r.slot_count, 8u);
  EXPECT_EQ(r.slots[0], 100u);
  EXPECT_EQ(r.slots[7], 107u);

  g.set_reg("x8", 198);
  g.set_reg("x0", 477);
  const SyscallRequest indirect = g.abi().fetch_syscall(*g.cpu, g.host);
  EXPECT_EQ(indirect.number, 477u);
  EXPECT_EQ(indirect.slots[0], 101u);
  EXPECT_EQ(indirect.slots[6], 107u);
}

TEST_F(AArch64, SystemCallResults) {
  expect_syscall(g.run("syscall_plain"));
  g.abi().set_syscall_result(*g.cpu, {.has_second = true, .value = 42, .second = 43});
  EXPECT_EQ(g.reg("x0"), 42u);
  EXPECT_EQ(g.reg("x1"), 43u);
  EXPECT_EQ(g.reg("cpsr") & (1u << 29), 0u);
  g.abi().set_syscall_result(*g.cpu, {.outcome = SyscallOutcome::error, .error = 2});
  EXPECT_EQ(g.reg("x0"), 2u);
  EXPECT_NE(g.reg("cpsr") & (1u << 29), 0u);
  g.abi().set_syscall_result(*g.cpu, {.outcome = SyscallOutcome::restart});
  EXPECT_EQ(g.cpu->pc().value, g.at["after_syscall_plain"] - 4);
  expect_syscall(g.cpu->cpu_loop());
}

TEST_F(AArch64, BreakpointStaysOnTheInstruction) {
  const Event e = g.run("after_syscall_plain");
  EXPECT_EQ(e.kind, EventKind::breakpoint);
  EXPECT_EQ(e.code, 7u);
  EXPECT_EQ(g.cpu->pc().value, g.at["after_syscall_plain"]);
}

TEST_F(AArch64, IllegalInstruction) {
  EXPECT_EQ(g.run("illegal").kind, EventKind::illegal_instruction);
  EXPECT_EQ(g.cpu->pc().value, g.at["illegal_at"]);
  EXPECT_EQ(g.reg("x1"), 5u);
  EXPECT_EQ(g.run("mrs_privileged").kind, EventKind::illegal_instruction);
  EXPECT_EQ(g.cpu->pc().value, g.at["mrs_privileged"]);
}

TEST_F(AArch64, LoadFaultIsExact) {
  g.set_reg("x0", kUnmapped);
  g.set_reg("x3", 9);
  expect_fault(g.run("load_fault"), Access::read, kUnmapped + 8, g.at["load_fault_at"]);
  EXPECT_EQ(g.reg("x1"), 0x1111u);
  EXPECT_EQ(g.reg("x2"), 0x2222u);
  EXPECT_EQ(g.reg("x3"), 9u);
}

TEST_F(AArch64, FaultingLoadDoesNotWriteBack) {
  g.set_reg("x0", kUnmapped);
  expect_fault(g.run("load_writeback_fault"), Access::read, kUnmapped,
               g.at["load_writeback_fault"]);
  EXPECT_EQ(g.reg("x0"), kUnmapped);
}

TEST_F(AArch64, StoreFaultAndRetryAfterMapping) {
  g.set_reg("x0", kFree);
  expect_fault(g.run("store_fault"), Access::write, kFree, g.at["store_fault_at"]);
  EXPECT_EQ(g.reg("x1"), 0x55u);
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(g.host.peek<std::uint64_t>(kFree), 0x55u);
  g.host.protect(kFree, MiniHost::kPage, kRead);
  expect_fault(g.run("store_fault"), Access::write, kFree, g.at["store_fault_at"]);
}

TEST_F(AArch64, AccessOutsideTheWindow) {
  for (const std::uint64_t address :
       {std::uint64_t{1} << kWindowBits, std::uint64_t{1} << 55, ~std::uint64_t{7} - 8}) {
    g.set_reg("x0", address);
    expect_fault(g.run("pair_fault"), Access::read, address, g.at["pair_fault"]);
  }
}

TEST_F(AArch64, PairAcrossPageEnd) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  g.set_reg("x0", kFree + MiniHost::kPage - 8);
  g.set_reg("x1", 1);
  g.set_reg("x2", 2);
  expect_fault(g.run("pair_fault"), Access::read, kFree + MiniHost::kPage, g.at["pair_fault"]);
  EXPECT_EQ(g.reg("x1"), 1u);
  EXPECT_EQ(g.reg("x2"), 2u);
  expect_fault(g.run("store_pair_fault"), Access::write, kFree + MiniHost::kPage,
               g.at["store_pair_fault"]);
  // One access that crosses: the address is the first byte that cannot be reached.
  g.set_reg("x0", kFree + MiniHost::kPage - 4);
  expect_fault(g.run("vector_fault"), Access::read, kFree + MiniHost::kPage, g.at["vector_fault"]);
  g.set_reg("x0", kFree + MiniHost::kPage - 4);
  expect_fault(g.run("store_fault_at"), Access::write, kFree + MiniHost::kPage,
               g.at["store_fault_at"]);
}

TEST_F(AArch64, FetchFaultThenMapped) {
  g.set_reg("x0", kFree);
  expect_fault(g.run("branch_x0"), Access::execute, kFree, kFree);
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  expect_fault(g.cpu->cpu_loop(), Access::execute, kFree, kFree);
  g.host.poke<std::uint32_t>(kFree, 0xd4000001);  // svc #0
  g.host.protect(kFree, MiniHost::kPage, kRead | kExecute);
  expect_syscall(g.cpu->cpu_loop());
}

TEST_F(AArch64, ExecutionRunsIntoAnUnmappedPage) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  const std::uint64_t last = kFree + MiniHost::kPage - 4;
  g.host.poke<std::uint32_t>(last, 0xd503201f);  // nop
  g.host.protect(kFree, MiniHost::kPage, kRead | kExecute);
  g.set_reg("x0", last);
  expect_fault(g.run("branch_x0"), Access::execute, last + 4, last + 4);
}

TEST_F(AArch64, BranchToAMisalignedAddress) {
  g.set_reg("x0", kFree + 2);
  const Event e = g.run("branch_x0");
  expect_fault(e, Access::execute, kFree + 2, kFree + 2);
  EXPECT_EQ(e.cause, FaultCause::alignment);
}

TEST_F(AArch64, AccessBehindTheEndOfAFile) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  const int fd = memfd_create("empty", 0);
  ASSERT_NE(mmap(g.host.window().base + kFree, MiniHost::kPage, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_FIXED, fd, 0),
            MAP_FAILED);
  g.set_reg("x0", kFree);
  const Event e = g.run("store_fault");
  expect_fault(e, Access::write, kFree, g.at["store_fault_at"]);
  EXPECT_EQ(e.cause, FaultCause::bus);
  ASSERT_EQ(ftruncate(fd, MiniHost::kPage), 0);
  expect_syscall(g.cpu->cpu_loop());
  close(fd);
}

struct LseCase {
  const char* label;
  std::uint64_t memory, operand, stored;
  unsigned bytes;
};

TEST_F(AArch64, LseAtomics) {
  const LseCase cases[] = {
      {"lse", 40, 2, 42, 8},
      {"lse_ldaddalb", 0xff, 2, 1, 1},
      {"lse_ldclr", 0xff, 0x0f, 0xf0, 4},
      {"lse_ldeor", 0xff, 0x0f, 0xf0, 8},
      {"lse_ldset", 0x100, 0x0f, 0x10f, 2},
      {"lse_ldsmax", 0xffffffff, 3, 3, 4},
      {"lse_ldsmin", 0x80, 3, 0x80, 1},
      {"lse_ldumax", ~std::uint64_t{0}, 3, ~std::uint64_t{0}, 8},
      {"lse_ldumin", 0xffffffff, 3, 3, 4},
      {"lse_swp", 7, 8, 8, 8},
  };
  for (const LseCase& c : cases) {
    SCOPED_TRACE(c.label);
    constexpr std::uint64_t kAround = 0xa5a5a5a5a5a5a5a5;
    const std::uint64_t mask =
        c.bytes == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << c.bytes * 8) - 1;
    g.host.poke<std::uint64_t>(kData, (kAround & ~mask) | c.memory);
    g.set_reg("x0", kData);
    g.set_reg("x1", c.operand);
    expect_syscall(g.run(c.label));
    EXPECT_EQ(g.host.peek<std::uint64_t>(kData), (kAround & ~mask) | c.stored);
    EXPECT_EQ(g.reg("x2"), c.memory);
  }
}

TEST_F(AArch64, LseStoreFormDiscardsTheOldValue) {
  g.host.poke<std::uint64_t>(kData, 40);
  g.set_reg("x0", kData);
  g.set_reg("x1", 2);
  expect_syscall(g.run("lse_stadd"));
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData), 42u);
}

TEST_F(AArch64, CompareAndSwap) {
  g.host.poke<std::uint64_t>(kData, 5);
  g.set_reg("x0", kData);
  g.set_reg("x1", 5);
  g.set_reg("x2", 6);
  expect_syscall(g.run("lse_cas"));
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData), 6u);
  EXPECT_EQ(g.reg("x1"), 5u);
  expect_syscall(g.run("lse_cas"));
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData), 6u);
  EXPECT_EQ(g.reg("x1"), 6u);

  const std::uint64_t pair[] = {10, 11};
  g.host.poke(kData + 16, pair);
  g.set_reg("x0", kData + 16);
  g.set_reg("x2", 10);
  g.set_reg("x3", 11);
  g.set_reg("x4", 20);
  g.set_reg("x5", 21);
  expect_syscall(g.run("lse_casp"));
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData + 16), 20u);
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData + 24), 21u);
  expect_syscall(g.run("lse_casp"));
  EXPECT_EQ(g.reg("x2"), 20u);
  EXPECT_EQ(g.reg("x3"), 21u);
}

TEST_F(AArch64, AtomicFaultsAreExact) {
  g.set_reg("x0", kUnmapped);
  g.set_reg("x2", 3);
  expect_fault(g.run("lse"), Access::read, kUnmapped, g.at["lse"]);
  EXPECT_EQ(g.reg("x2"), 3u);
  g.set_reg("x0", kData + 1);
  const Event e = g.run("lse");
  expect_fault(e, Access::write, kData + 1, g.at["lse"]);
  EXPECT_EQ(e.cause, FaultCause::alignment);
}

TEST_F(AArch64, AcquireLoads) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  g.host.poke<std::uint64_t>(kFree, 0x1234567890);
  g.host.protect(kFree, MiniHost::kPage, kRead);
  g.set_reg("x0", kFree);
  expect_syscall(g.run("load_acquire"));
  EXPECT_EQ(g.reg("x1"), 0x1234567890u);
  expect_syscall(g.run("load_exclusive"));
  EXPECT_EQ(g.reg("x1"), 0x1234567890u);
  expect_syscall(g.run("ldapr"));
  EXPECT_EQ(g.reg("x1"), 0x34567890u);
}

TEST(AArch64Models, AtomicsNeedACpuThatHasThem) {
  Guest g(*emulate_plugin_aarch64(), "aarch64", "cortex-a53", kWindowBits, SNIPPETS);
  g.set_reg("x0", kData);
  EXPECT_EQ(g.run("lse").kind, EventKind::illegal_instruction);
  EXPECT_EQ(g.cpu->pc().value, g.at["lse"]);
}

TEST_F(AArch64, SystemRegisters) {
  expect_syscall(g.run("mrs_counter"));
  EXPECT_GE(g.reg("x1"), g.reg("x0"));
  EXPECT_EQ(g.reg("x2"), 1'000'000'000u);
  expect_syscall(g.run("mrs_id"));
  EXPECT_EQ(g.reg("x0"), 0x000f0510u);
  EXPECT_EQ(g.reg("x1") >> 20 & 15, 2u);
  EXPECT_EQ(g.reg("x2"), 0x11u);
  EXPECT_EQ(g.reg("x3"), 1u << 31);
  EXPECT_EQ(g.reg("x5"), 4u);
}

TEST_F(AArch64, ExclusivesBetweenThreads) {
  constexpr unsigned kThreads = 2;
  constexpr std::uint64_t kRounds = 200'000;
  for (const char* label : {"exclusive_counter", "exclusive_pair_counter"}) {
    SCOPED_TRACE(label);
    g.host.poke(kData, std::array<std::uint64_t, 2>{});
    std::array<std::thread, kThreads> threads;
    std::array<EventKind, kThreads> ends{};
    for (unsigned i = 0; i < kThreads; ++i) {
      threads[i] = std::thread([&, i] {
        Cpu* cpu = g.engine->cpu_fork(*g.cpu);
        g.set_reg(*cpu, "x0", kData);
        g.set_reg(*cpu, "x1", kRounds);
        ends[i] = g.run(*cpu, label).kind;
        g.engine->cpu_destroy(cpu);
      });
    }
    for (auto& t : threads) t.join();
    for (const EventKind end : ends) EXPECT_EQ(end, EventKind::syscall);
    EXPECT_EQ(g.host.peek<std::uint64_t>(kData), kThreads * kRounds);
  }
}

TEST_F(AArch64, MisalignedExclusive) {
  if (!arm::kEditedDynarmic) GTEST_SKIP() << "an unchanged Dynarmic allows it";
  g.set_reg("x0", kData + 2);
  const Event e = g.run("load_exclusive");
  expect_fault(e, Access::write, kData + 2, g.at["load_exclusive"]);
  EXPECT_EQ(e.cause, FaultCause::alignment);
}

TEST_F(AArch64, ExclusiveMonitor) {
  g.set_reg("x0", kData);
  expect_syscall(g.run("exclusive_cleared"));
  EXPECT_EQ(g.reg("x3"), 1u);
  expect_syscall(g.run("exclusive_changed"));
  EXPECT_EQ(g.reg("x3"), 1u);
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData), 77u);
}

TEST_F(AArch64, MachineContextRoundTrip) {
  expect_syscall(g.run("fp_state"));
  g.set_reg("x5", 0x55);
  g.set_reg("x30", 0x3030);
  const auto& layout = g.abi().frame_layout();
  EXPECT_EQ(layout.mcontext_size, 880u);
  EXPECT_EQ(layout.frame_size, 1040u);
  std::vector<std::byte> context(layout.mcontext_size), frame(layout.frame_size);
  g.abi().get_mcontext(*g.cpu, context, 0, frame, GuestAddr(kData));
  const std::uint64_t pc = g.cpu->pc().value;

  Cpu* other = g.engine->cpu_init();
  ASSERT_EQ(g.abi().set_mcontext(*other, context, g.host), 0);
  EXPECT_EQ(other->pc().value, pc);
  EXPECT_EQ(g.reg(*other, "x5"), 0x55u);
  EXPECT_EQ(g.reg(*other, "x30"), 0x3030u);
  expect_syscall(g.run(*other, "read_fp"));
  EXPECT_EQ(g.reg(*other, "x0"), 0x3ff8000000000000u);
  EXPECT_EQ(g.reg(*other, "x1"), 0x4000000000000000u);
  EXPECT_EQ(g.reg(*other, "x2"), 0x00c00000u);
  EXPECT_EQ(g.reg(*other, "x3") & 0x1f, 0x1fu);
  EXPECT_EQ(g.reg(*other, "x4"), 0x5a5a5a5a5a5a5a5au);

  context[264] = std::byte{0x80};  // spsr with interrupts masked
  EXPECT_EQ(g.abi().set_mcontext(*other, context, g.host), 22);
}

TEST_F(AArch64, ContextWithClearedResult) {
  g.set_reg("x0", 7);
  g.set_reg("cpsr", 1u << 29);
  std::vector<std::byte> context(880);
  g.abi().get_mcontext(*g.cpu, context, kMcontextClearRet, {}, GuestAddr());
  std::uint64_t x0;
  std::uint32_t spsr, flags;
  std::memcpy(&x0, context.data(), 8);
  std::memcpy(&spsr, context.data() + 264, 4);
  std::memcpy(&flags, context.data() + 800, 4);
  EXPECT_EQ(x0, 0u);
  EXPECT_EQ(spsr, 0u);
  EXPECT_EQ(flags, 0u);
}

TEST_F(AArch64, RoundingModeSurvivesSystemCalls) {
  g.set_reg("fpcr", 1u << 22);  // towards plus infinity
  for (int i = 0; i < 2; ++i) {
    expect_syscall(g.run("round_sum"));
    EXPECT_EQ(g.reg("x0"), 0x3ff0000000000001u);
  }
}

TEST_F(AArch64, SignalDelivery) {
  SignalDelivery d;
  d.signo = 11;
  d.handler = GuestAddr(0x1000);
  d.frame = GuestAddr(kData + 4096);
  d.sigcode = GuestAddr(0x7000);
  g.abi().set_sigtramp_args(*g.cpu, d, g.host);
  EXPECT_EQ(g.reg("x0"), 11u);
  EXPECT_EQ(g.reg("x1"), kData + 4096);
  EXPECT_EQ(g.reg("x2"), kData + 4096 + 80);
  EXPECT_EQ(g.reg("x30"), 0x7000u);
  EXPECT_EQ(g.reg("sp"), kData + 4096);
  EXPECT_EQ(g.cpu->pc().value, 0x1000u);

  // The trampoline itself, run: sigreturn(&frame->sf_uc), then exit.
  const auto code = g.abi().setup_sigtramp();
  EXPECT_EQ(code.size() % 16, 0u);
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  std::memcpy(g.host.window().base + kFree, code.data(), code.size());
  g.host.protect(kFree, MiniHost::kPage, kRead | kExecute);
  g.cpu->set_pc(GuestAddr(kFree));
  expect_syscall(g.cpu->cpu_loop());
  SyscallRequest r = g.abi().fetch_syscall(*g.cpu, g.host);
  EXPECT_EQ(r.number, 417u);
  EXPECT_EQ(g.abi().get_ucontext_sigreturn(*g.cpu, r).value, kData + 4096 + 80);
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(g.abi().fetch_syscall(*g.cpu, g.host).number, 1u);
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(g.abi().fetch_syscall(*g.cpu, g.host).number, 417u);
}

TEST_F(AArch64, ThreadStartAndUpcall) {
  g.set_reg("x7", 7);
  g.abi().thread_init(*g.cpu, {GuestAddr(0x4000), GuestAddr(0x8008), GuestAddr(0x9000)}, g.host);
  EXPECT_EQ(g.cpu->pc().value, 0x4000u);
  EXPECT_EQ(g.reg("x0"), 0x8008u);
  EXPECT_EQ(g.reg("sp"), 0x8000u);
  EXPECT_EQ(g.reg("x30"), 0x4000u);
  EXPECT_EQ(g.reg("x7"), 0u);
  g.abi().thread_set_upcall(
      *g.cpu, {GuestAddr(0x5000), GuestAddr(0x123), GuestAddr(0x10000), 0x1008}, g.host);
  EXPECT_EQ(g.cpu->pc().value, 0x5000u);
  EXPECT_EQ(g.reg("x0"), 0x123u);
  EXPECT_EQ(g.reg("sp"), 0x11000u);
}

TEST_F(AArch64, ThreadPointer) {
  g.set_reg("x0", 0xabcdef);
  expect_syscall(g.run("tls"));
  EXPECT_EQ(g.reg("x1"), 0xabcdefu);
  EXPECT_EQ(g.cpu->cpu_get_tls().value, 0xabcdefu);
  g.cpu->cpu_set_tls(GuestAddr(0x77));
  EXPECT_EQ(g.cpu->cpu_get_tls().value, 0x77u);
}

TEST_F(AArch64, EveryLoopCanBeInterrupted) {
  std::vector<const char*> loops{"spin_direct", "spin_call"};
  if (arm::kEditedDynarmic) loops.insert(loops.end(), {"spin_register", "spin_return"});
  for (const char* label : loops) {
    SCOPED_TRACE(label);
    std::atomic<bool> done = false;
    std::thread watchdog([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      g.cpu->interrupt();
      for (int i = 0; i < 2000 && !done; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      if (!done) {
        ADD_FAILURE() << "not interrupted";
        _exit(1);
      }
    });
    EXPECT_EQ(g.run(label).kind, EventKind::interrupted);
    done = true;
    watchdog.join();
  }
}

TEST_F(AArch64, InterruptBeforeRunningIsNotLost) {
  g.cpu->interrupt();
  EXPECT_EQ(g.run("spin_direct").kind, EventKind::interrupted);
  g.cpu->interrupt();
  EXPECT_EQ(g.run("spin_direct").kind, EventKind::interrupted);
  expect_syscall(g.run("syscall_plain"));
}

TEST_F(AArch64, SelfModifyingCode) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite | kExecute);
  g.host.poke<std::uint32_t>(kFree, 0xd2800020);      // mov x0, #1
  g.host.poke<std::uint32_t>(kFree + 4, 0xd4000001);  // svc #0
  g.set_reg("x0", kFree);
  expect_syscall(g.run("run_x0"));
  EXPECT_EQ(g.reg("x0"), 1u);
  g.set_reg("x0", kFree);
  g.set_reg("x1", 0xd2800040);  // mov x0, #2
  expect_syscall(g.run("modify_and_run"));
  EXPECT_EQ(g.reg("x0"), 2u);
  // Changed by the host: code_changed() is what makes it seen.
  g.host.poke<std::uint32_t>(kFree, 0xd2800060);  // mov x0, #3
  g.engine->code_changed(GuestAddr(kFree), 4);
  g.set_reg("x0", kFree);
  expect_syscall(g.run("run_x0"));
  EXPECT_EQ(g.reg("x0"), 3u);
}

TEST_F(AArch64, CodeChangedReachesOtherThreads) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite | kExecute);
  g.host.poke<std::uint32_t>(kFree, 0x14000000);  // b .
  EventKind end{};
  std::thread runner([&] {
    Cpu* cpu = g.engine->cpu_fork(*g.cpu);
    cpu->set_pc(GuestAddr(kFree));
    end = cpu->cpu_loop().kind;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  g.host.poke<std::uint32_t>(kFree, 0xd4000001);  // svc #0
  g.engine->code_changed(GuestAddr(kFree), 4);
  runner.join();
  EXPECT_EQ(end, EventKind::syscall);
}

TEST_F(AArch64, ForkInChild) {
  std::atomic<bool> stop = false;
  std::thread other([&] {  // translates and runs while the process forks
    Cpu* cpu = g.engine->cpu_fork(*g.cpu);
    while (!stop) (void)g.run(*cpu, "syscall_plain");
  });
  expect_syscall(g.run("syscall_plain"));
  for (int i = 0; i < 20; ++i) {
    g.engine->fork_prepare();
    const pid_t pid = fork();
    if (pid == 0) {
      alarm(10);
      g.engine->fork_child(*g.cpu);
      g.abi().fork_child(*g.cpu);
      if (g.reg("x0") != 0 || g.run("load_fault").kind != EventKind::fault) _exit(1);
      Cpu* thread = g.engine->cpu_fork(*g.cpu);
      _exit(g.run(*thread, "syscall_plain").kind == EventKind::syscall ? 0 : 2);
    }
    g.engine->fork_parent();
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  stop = true;
  other.join();
}

TEST_F(AArch64, ExecResetDropsTranslations) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite | kExecute);
  g.host.poke<std::uint64_t>(kFree, 0xd4000001d2800020);  // mov x0, #1; svc #0
  g.cpu->set_pc(GuestAddr(kFree));
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(g.reg("x0"), 1u);
  g.host.poke<std::uint64_t>(kFree, 0xd4000001d2800040);
  g.engine->exec_reset(*g.cpu);
  EXPECT_EQ(g.reg("x0"), 0u);
  g.cpu->set_pc(GuestAddr(kFree));
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(g.reg("x0"), 2u);
}

TEST_F(AArch64, SingleStep) {
  g.cpu->set_single_step(true);
  EXPECT_EQ(g.run("step").kind, EventKind::step);
  EXPECT_EQ(g.reg("x0"), 1u);
  EXPECT_EQ(g.cpu->cpu_loop().kind, EventKind::step);
  EXPECT_EQ(g.reg("x0"), 2u);
  EXPECT_EQ(g.cpu->cpu_loop().kind, EventKind::syscall);
  g.set_reg("x0", kUnmapped);
  EXPECT_EQ(g.run("load_fault_at").kind, EventKind::fault);
  EXPECT_EQ(g.cpu->pc().value, g.at["load_fault_at"]);
  EXPECT_EQ(g.run("spin_direct").kind, EventKind::step);
  g.cpu->set_single_step(false);
  expect_syscall(g.run("step"));
}

TEST_F(AArch64, ManyFaultsAtOneInstruction) {
  constexpr unsigned kPages = 2000;
  for (unsigned i = 0; i < kPages; ++i) {
    const std::uint64_t page = kFree + i * MiniHost::kPage;
    g.set_reg("x0", page);
    expect_fault(g.run("store_fault"), Access::write, page, g.at["store_fault_at"]);
    g.host.protect(page, MiniHost::kPage, kRead | kWrite);
    expect_syscall(g.cpu->cpu_loop());
    ASSERT_EQ(g.host.peek<std::uint64_t>(page), 0x55u);
  }
}

TEST_F(AArch64, ZeroCacheLine) {
  for (unsigned i = 0; i < 16; ++i) g.host.poke<std::uint64_t>(kData + i * 8, ~std::uint64_t{0});
  g.set_reg("x0", kData + 70);
  expect_syscall(g.run("zero_line"));
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData + 56), ~std::uint64_t{0});
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData + 64), 0u);
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData + 120), 0u);
}

TEST_F(AArch64, TrapSignals) {
  using K = TrapSignal::Kind;
  const auto signal = [&](EventKind kind, FaultCause cause = FaultCause::access) {
    Event e;
    e.kind = kind;
    e.cause = cause;
    return g.abi().trap_signal(*g.cpu, e);
  };
  EXPECT_EQ(signal(EventKind::fault).kind, K::segv);
  EXPECT_EQ(signal(EventKind::fault, FaultCause::alignment).kind, K::bus);
  EXPECT_EQ(signal(EventKind::breakpoint).kind, K::trap);
  EXPECT_EQ(signal(EventKind::illegal_instruction).kind, K::ill);
}

}  // namespace
}  // namespace emulate::test
