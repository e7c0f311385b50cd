// The armv6 plugin on a mini host: events, faults, Thumb, coprocessor, frames, interrupts.

#include <gtest/gtest.h>
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

extern "C" const emulate::Plugin* emulate_plugin_armv6();

namespace emulate::test {
namespace {

constexpr std::uint64_t kData = 0x40000;
constexpr std::uint64_t kUnmapped = 0x100000;
constexpr std::uint64_t kFree = 0x200000;  ///< for tests to map
constexpr unsigned kWindowBits = 32;
constexpr std::uint64_t kThumbBit = 0x20;

class Arm : public testing::Test {
 protected:
  Arm() : g(*emulate_plugin_armv6(), "armv7", "cortex-a15", kWindowBits, SNIPPETS) {}

  void expect_fault(const Event& e, Access access, std::uint64_t address, std::uint64_t pc) {
    EXPECT_EQ(e.kind, EventKind::fault);
    EXPECT_EQ(e.access, access);
    EXPECT_EQ(e.address.value, address);
    EXPECT_EQ(g.cpu->pc().value, pc);
  }
  void expect_syscall(const Event& e) { ASSERT_EQ(e.kind, EventKind::syscall); }
  Event run_thumb(const char* label) {
    g.cpu->set_pc(GuestAddr(at(label) | 1));
    return g.cpu->cpu_loop();
  }
  /// A label's address without the Thumb bit its symbol may carry.
  std::uint64_t at(const char* label) const { return g.at[label] & ~std::uint64_t{1}; }
  std::uint32_t r(const char* name) const { return static_cast<std::uint32_t>(g.reg(name)); }

  Guest g;
};

TEST_F(Arm, SystemCallArguments) {
  for (unsigned i = 0; i < 4; ++i) g.set_reg(("r" + std::to_string(i)).c_str(), 100 + i);
  for (unsigned i = 0; i < 8; ++i) g.host.poke<std::uint32_t>(kData + 4 * i, 200 + i);
  g.set_reg("sp", kData);
  expect_syscall(g.run("syscall_plain"));
  EXPECT_EQ(g.cpu->pc().value, at("after_syscall_plain"));
  SyscallRequest q = g.abi().fetch_syscall(*g.cpu, g.host);
  EXPECT_EQ(q.number, 4u);
  ASSERT_EQ(q.slot_count, 12u);
  EXPECT_EQ(q.slots[0], 100u);
  EXPECT_EQ(q.slots[3], 103u);
  EXPECT_EQ(q.slots[4], 200u);
  EXPECT_EQ(q.slots[11], 207u);
  EXPECT_TRUE(g.abi().pairs_aligned());

  g.set_reg("r7", 0);
  g.set_reg("r0", 20);
  q = g.abi().fetch_syscall(*g.cpu, g.host);
  EXPECT_EQ(q.number, 20u);
  EXPECT_EQ(q.slots[0], 101u);
  EXPECT_EQ(q.slots[3], 200u);
  g.set_reg("r7", 198);
  q = g.abi().fetch_syscall(*g.cpu, g.host);
  EXPECT_EQ(q.number, 20u);
  EXPECT_EQ(q.slots[0], 102u);
  EXPECT_EQ(q.slots[2], 200u);

  g.set_reg("r7", 4);
  g.set_reg("sp", kData + 2 * MiniHost::kPage - 8);  // the stack ends two words further
  q = g.abi().fetch_syscall(*g.cpu, g.host);
  EXPECT_FALSE(q.fault);
  EXPECT_EQ(q.slot_count, 6u);
}

TEST_F(Arm, SystemCallResults) {
  expect_syscall(g.run("syscall_plain"));
  g.abi().set_syscall_result(*g.cpu, {.wide = true, .value = 0x1'0000'0002});
  EXPECT_EQ(r("r0"), 2u);
  EXPECT_EQ(r("r1"), 1u);
  EXPECT_EQ(r("cpsr") & (1u << 29), 0u);
  g.abi().set_syscall_result(*g.cpu, {.outcome = SyscallOutcome::error, .error = 2});
  EXPECT_EQ(r("r0"), 2u);
  EXPECT_NE(r("cpsr") & (1u << 29), 0u);
  g.abi().set_syscall_result(*g.cpu, {.outcome = SyscallOutcome::restart});
  EXPECT_EQ(g.cpu->pc().value, at("after_syscall_plain") - 4);

  expect_syscall(run_thumb("thumb_syscall"));
  EXPECT_EQ(g.cpu->pc().value, at("after_thumb_syscall"));
  g.abi().set_syscall_result(*g.cpu, {.outcome = SyscallOutcome::restart});
  EXPECT_EQ(g.cpu->pc().value, at("after_thumb_syscall") - 2);
  expect_syscall(g.cpu->cpu_loop());
}

TEST_F(Arm, BreakpointsStayOnTheInstruction) {
  EXPECT_EQ(g.run("after_syscall_plain").kind, EventKind::breakpoint);
  EXPECT_EQ(g.cpu->pc().value, at("after_syscall_plain"));
  EXPECT_EQ(g.run("gdb_breakpoint").kind, EventKind::breakpoint);
  EXPECT_EQ(g.cpu->pc().value, at("gdb_breakpoint"));
  EXPECT_EQ(run_thumb("after_thumb_syscall").kind, EventKind::breakpoint);
  EXPECT_EQ(g.cpu->pc().value, at("after_thumb_syscall"));
}

TEST_F(Arm, IllegalInstructions) {
  EXPECT_EQ(g.run("illegal").kind, EventKind::illegal_instruction);
  EXPECT_EQ(g.cpu->pc().value, at("illegal_at"));
  EXPECT_EQ(r("r1"), 5u);
  EXPECT_EQ(g.run("illegal_cp15").kind, EventKind::illegal_instruction);
  EXPECT_EQ(g.cpu->pc().value, at("illegal_cp15_at"));
  EXPECT_EQ(r("r1"), 6u);
  expect_syscall(g.run("skipped_cp15"));
  EXPECT_EQ(run_thumb("thumb_undefined").kind, EventKind::illegal_instruction);
  EXPECT_EQ(g.cpu->pc().value, at("thumb_undefined"));
  EXPECT_EQ(run_thumb("thumb_cp15").kind, EventKind::illegal_instruction);
}

TEST_F(Arm, FaultsAreExact) {
  g.set_reg("r0", kUnmapped);
  g.set_reg("r3", 9);
  expect_fault(g.run("load_fault"), Access::read, kUnmapped + 8, at("load_fault_at"));
  EXPECT_EQ(r("r2"), 0x22u);
  EXPECT_EQ(r("r3"), 9u);
  expect_fault(run_thumb("thumb_fault"), Access::read, kUnmapped, at("thumb_fault"));
  EXPECT_NE(r("cpsr") & kThumbBit, 0u);
  g.set_reg("cpsr", 0x10);

  g.set_reg("r0", kFree);
  expect_fault(g.run("store_fault"), Access::write, kFree, at("store_fault_at"));
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(g.host.peek<std::uint32_t>(kFree), 0x55u);
  g.host.protect(kFree, MiniHost::kPage, kRead);
  expect_fault(g.run("store_fault"), Access::write, kFree, at("store_fault_at"));
}

TEST_F(Arm, FaultingAccessDoesNotWriteBack) {
  if (!arm::kEditedDynarmic) GTEST_SKIP() << "an unchanged Dynarmic does";
  g.set_reg("r0", kUnmapped);
  expect_fault(g.run("load_writeback_fault"), Access::read, kUnmapped, at("load_writeback_fault"));
  EXPECT_EQ(r("r0"), kUnmapped);
  expect_fault(run_thumb("thumb_writeback_fault"), Access::write, kUnmapped - 8,
               at("thumb_writeback_fault"));
  EXPECT_EQ(r("r0"), kUnmapped);
  g.set_reg("cpsr", 0x10);
  // A multiple load that has loaded its own base before it faults.
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  const std::uint64_t base = kFree + MiniHost::kPage - 4;
  g.host.poke<std::uint32_t>(base, 0x12345678);
  g.set_reg("r0", base);
  expect_fault(g.run("load_own_base"), Access::read, base + 4, at("load_own_base"));
  EXPECT_EQ(r("r0"), base);
  g.set_reg("r0", base);
  g.set_reg("d8", 0x1111);
  expect_fault(g.run("load_vfp_multiple"), Access::read, base + 4, at("load_vfp_multiple"));
  EXPECT_EQ(r("r0"), base);
}

TEST_F(Arm, MultipleAndDoubleAcrossPageEnd) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  const std::uint64_t end = kFree + MiniHost::kPage;
  g.set_reg("r0", end - 8);
  expect_fault(g.run("multiple_fault"), Access::write, end, at("multiple_fault"));
  EXPECT_EQ(r("r0"), end - 8);
  g.set_reg("r0", end - 4);
  g.set_reg("r2", 2);
  expect_fault(g.run("double_fault"), Access::read, end, at("double_fault"));
  EXPECT_EQ(r("r2"), 2u);
}

TEST_F(Arm, AccessAtTheTopOfTheWindow) {
  g.set_reg("r0", 0xfffffffe);
  expect_fault(g.run("store_fault"), Access::write, 0xfffffffe, at("store_fault_at"));
}

TEST_F(Arm, FetchFaultThenMapped) {
  g.set_reg("r0", kFree);
  expect_fault(g.run("branch_r0"), Access::execute, kFree, kFree);
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  g.host.poke<std::uint32_t>(kFree, 0xef000000);  // svc #0
  g.host.protect(kFree, MiniHost::kPage, kRead | kExecute);
  expect_syscall(g.cpu->cpu_loop());
}

TEST_F(Arm, ThumbInstructionAcrossPageEnd) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  const std::uint64_t last = kFree + MiniHost::kPage - 2;
  g.host.poke<std::uint16_t>(last, 0xf240);  // first half of movw
  g.host.protect(kFree, MiniHost::kPage, kRead | kExecute);
  g.set_reg("r0", last | 1);
  expect_fault(g.run("branch_r0"), Access::execute, last + 2, last);
}

TEST_F(Arm, ThumbCode) {
  expect_syscall(g.run("to_thumb"));
  EXPECT_EQ(r("r0"), 9u);
  EXPECT_EQ(r("cpsr") & kThumbBit, 0u);
  g.set_reg("r2", 0x10000);
  g.set_reg("r3", 0);
  expect_syscall(run_thumb("thumb_wide"));
  EXPECT_EQ(r("r0"), 0x56781234u);
  EXPECT_EQ(r("r1"), 0x5678u);
  g.set_reg("r0", 1);
  g.set_reg("r1", 2);
  g.set_reg("r3", 0);
  expect_syscall(run_thumb("thumb_it"));
  EXPECT_EQ(r("r2"), 2u);
  EXPECT_EQ(r("r3"), 0u);
  EXPECT_EQ(r("cpsr") & 0x0600fc00, 0u) << "the IT block ends with the system call";
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(r("r3"), 3u);
}

TEST_F(Arm, Swap) {
  g.host.poke<std::uint32_t>(kData, 0x11223344);
  g.set_reg("r0", kData);
  g.set_reg("r1", 0xaabbccdd);
  expect_syscall(g.run("swap_word"));
  EXPECT_EQ(r("r2"), 0x11223344u);
  EXPECT_EQ(g.host.peek<std::uint32_t>(kData), 0xaabbccddu);
  g.set_reg("r1", 0x11);
  expect_syscall(g.run("swap_byte"));
  EXPECT_EQ(r("r2"), 0xddu);
  EXPECT_EQ(g.host.peek<std::uint32_t>(kData), 0xaabbcc11u);
  g.set_reg("r0", kUnmapped);
  expect_fault(g.run("swap_word"), Access::read, kUnmapped, at("swap_word"));
  g.set_reg("r0", kData + 2);
  const Event e = g.run("swap_word");
  expect_fault(e, Access::write, kData + 2, at("swap_word"));
  EXPECT_EQ(e.cause, FaultCause::alignment);
}

TEST_F(Arm, AtomicsBetweenThreads) {
  constexpr unsigned kThreads = 2;
  struct Case {
    const char* label;
    std::uint64_t rounds;
    std::uint64_t counter;
  };
  for (const Case c :
       {Case{"exclusive_counter", 200'000, kData}, Case{"exclusive_double_counter", 200'000, kData},
        Case{"swap_counter", 2'000, kData + 4}}) {
    SCOPED_TRACE(c.label);
    g.host.poke(kData, std::array<std::uint64_t, 2>{});
    std::array<std::thread, kThreads> threads;
    std::array<EventKind, kThreads> ends{};
    for (unsigned i = 0; i < kThreads; ++i) {
      threads[i] = std::thread([&, i] {
        Cpu* cpu = g.engine->cpu_fork(*g.cpu);
        g.set_reg(*cpu, "r0", kData);
        g.set_reg(*cpu, "r1", c.rounds);
        ends[i] = g.run(*cpu, c.label).kind;
        g.engine->cpu_destroy(cpu);
      });
    }
    for (auto& t : threads) t.join();
    for (const EventKind end : ends) EXPECT_EQ(end, EventKind::syscall);
    EXPECT_EQ(g.host.peek<std::uint32_t>(c.counter), kThreads * c.rounds);
  }
}

TEST_F(Arm, UnprivilegedAccesses) {
  g.host.poke<std::uint32_t>(kData, 0x11223384);
  g.set_reg("r0", kData);
  expect_syscall(g.run("load_unprivileged"));
  EXPECT_EQ(r("r1"), 0x11223384u);
  EXPECT_EQ(r("r2"), 0xffffff84u);
  EXPECT_EQ(r("r0"), kData + 4);
}

TEST_F(Arm, MisalignedExclusive) {
  if (!arm::kEditedDynarmic) GTEST_SKIP() << "an unchanged Dynarmic allows it";
  g.set_reg("r0", kData + 2);
  const Event e = g.run("load_exclusive");
  expect_fault(e, Access::write, kData + 2, g.at["load_exclusive"]);
  EXPECT_EQ(e.cause, FaultCause::alignment);
}

TEST_F(Arm, ExclusiveMonitor) {
  g.set_reg("r0", kData);
  expect_syscall(g.run("exclusive_cleared"));
  EXPECT_EQ(r("r3"), 1u);
  g.host.protect(kFree, MiniHost::kPage, kRead);
  g.set_reg("r0", kFree);
  expect_syscall(g.run("load_exclusive"));
}

TEST_F(Arm, SystemControl) {
  expect_syscall(g.run("barriers"));
  expect_syscall(g.run("barriers_v7"));
  g.cpu->cpu_set_tls(GuestAddr(0x1234));
  g.set_reg("r0", 0x77);
  expect_syscall(g.run("thread_pointers"));
  EXPECT_EQ(r("r1"), 0x1234u);
  EXPECT_EQ(r("r2"), 0x77u);
  expect_syscall(g.run("counter"));
  EXPECT_EQ(r("r2"), 1'000'000'000u);
  EXPECT_NE(r("r0") | r("r1"), 0u);
}

TEST_F(Arm, FloatingPointStatusSurvivesSystemCalls) {
  g.set_reg("fpscr", 1u << 22);  // towards plus infinity
  for (int i = 0; i < 2; ++i) {
    expect_syscall(g.run("round_sum"));
    EXPECT_EQ(r("r1"), 0x3ff00000u);
    EXPECT_EQ(r("r0"), 1u);
    EXPECT_EQ(r("r2") & 0x10, 0x10u);
  }
  expect_syscall(g.run("inexact_flag"));
  EXPECT_EQ(r("r0") & 0x00c0001f, 0x00400010u);
  g.set_reg("fpscr", 0);
  expect_syscall(g.run("inexact_flag"));
  EXPECT_EQ(r("r0"), 0u) << "host flags leak into the guest";
  expect_syscall(g.run("neon_add"));
  EXPECT_EQ(r("r0"), 3u);
  EXPECT_EQ(r("r1"), 3u);
}

TEST_F(Arm, BigEndianData) {
  g.host.poke<std::uint32_t>(kData, 0x11223344);
  g.set_reg("r0", kData);
  expect_syscall(g.run("big_endian"));
  EXPECT_EQ(r("r1"), 0x44332211u);
  EXPECT_EQ(r("cpsr") & 0x200, 0u);
}

TEST_F(Arm, MachineContextRoundTrip) {
  expect_syscall(g.run("fp_state"));
  g.set_reg("r5", 0x55);
  g.set_reg("lr", 0x3030);
  const auto& layout = g.abi().frame_layout();
  EXPECT_EQ(layout.mcontext_size, 208u);
  EXPECT_EQ(layout.frame_size, 592u);
  std::vector<std::byte> context(layout.mcontext_size), frame(layout.frame_size);
  g.abi().get_mcontext(*g.cpu, context, 0, frame, GuestAddr(kData));
  std::memcpy(g.host.window().base + kData, frame.data(), frame.size());
  const std::uint64_t pc = g.cpu->pc().value;

  Cpu* other = g.engine->cpu_init();
  ASSERT_EQ(g.abi().set_mcontext(*other, context, g.host), 0);
  EXPECT_EQ(other->pc().value, pc);
  EXPECT_EQ(g.reg(*other, "r5") & 0xffffffff, 0x55u);
  EXPECT_EQ(g.reg(*other, "lr") & 0xffffffff, 0x3030u);
  expect_syscall(g.run(*other, "read_fp"));
  EXPECT_EQ(g.reg(*other, "r1") & 0xffffffff, 0x3ff80000u);
  EXPECT_EQ(g.reg(*other, "r3") & 0xffffffff, 0x40000000u);
  EXPECT_EQ(g.reg(*other, "r4") & 0xffffffff, 0x0340001fu);

  context[64] = std::byte{0x13};  // supervisor mode
  EXPECT_EQ(g.abi().set_mcontext(*other, context, g.host), 22);
}

TEST_F(Arm, SignalDelivery) {
  SignalDelivery d;
  d.signo = 11;
  d.handler = GuestAddr(0x1001);  // Thumb
  d.frame = GuestAddr(kData + 4096);
  d.sigcode = GuestAddr(0x7000);
  g.abi().set_sigtramp_args(*g.cpu, d, g.host);
  EXPECT_EQ(r("r0"), 11u);
  EXPECT_EQ(r("r1"), kData + 4096);
  EXPECT_EQ(r("r2"), kData + 4096 + 64);
  EXPECT_EQ(r("r5"), kData + 4096 + 64);
  EXPECT_EQ(r("lr"), 0x7000u);
  EXPECT_EQ(g.cpu->pc().value, 0x1000u);
  EXPECT_NE(r("cpsr") & kThumbBit, 0u);

  const auto code = g.abi().setup_sigtramp();
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite);
  std::memcpy(g.host.window().base + kFree, code.data(), code.size());
  g.host.protect(kFree, MiniHost::kPage, kRead | kExecute);
  g.set_reg("cpsr", 0x10);
  g.cpu->set_pc(GuestAddr(kFree));
  expect_syscall(g.cpu->cpu_loop());
  const SyscallRequest q = g.abi().fetch_syscall(*g.cpu, g.host);
  EXPECT_EQ(q.number, 417u);
  EXPECT_EQ(g.abi().get_ucontext_sigreturn(*g.cpu, q).value, kData + 4096 + 64);
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(g.abi().fetch_syscall(*g.cpu, g.host).number, 1u);
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(g.abi().fetch_syscall(*g.cpu, g.host).number, 417u);
}

TEST_F(Arm, ThreadStartAndUpcall) {
  g.set_reg("r7", 7);
  g.abi().thread_init(*g.cpu, {GuestAddr(0x4000), GuestAddr(0x8004), GuestAddr(0x9000)}, g.host);
  EXPECT_EQ(g.cpu->pc().value, 0x4000u);
  EXPECT_EQ(r("r0"), 0u);
  EXPECT_EQ(r("sp"), 0x8004u);
  EXPECT_EQ(r("lr"), 0x4000u);
  EXPECT_EQ(r("r7"), 0u);
  EXPECT_EQ(r("fpscr"), 1u << 25);
  g.set_reg("cpsr", 0xf0000030);
  g.abi().thread_set_upcall(
      *g.cpu, {GuestAddr(0x5000), GuestAddr(0x123), GuestAddr(0x10000), 0x100c}, g.host);
  EXPECT_EQ(g.cpu->pc().value, 0x5000u);
  EXPECT_EQ(r("r0"), 0x123u);
  EXPECT_EQ(r("sp"), 0x11008u);
  EXPECT_EQ(r("cpsr"), 0x10u);
}

TEST_F(Arm, Sysarch) {
  auto result = g.abi().arch_sysarch(*g.cpu, 2, GuestAddr(0x4321), g.host);
  EXPECT_EQ(result.outcome, SyscallOutcome::value);
  EXPECT_EQ(g.cpu->cpu_get_tls().value, 0x4321u);
  EXPECT_EQ(g.abi().arch_sysarch(*g.cpu, 3, GuestAddr(), g.host).value, 0x4321u);
  EXPECT_EQ(g.abi().arch_sysarch(*g.cpu, 9, GuestAddr(), g.host).error, 22);
  EXPECT_EQ(g.abi().arch_sysarch(*g.cpu, 0, GuestAddr(kUnmapped), g.host).error, 14);

  // ARM_SYNC_ICACHE makes changed code seen.
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite | kExecute);
  g.host.poke<std::uint64_t>(kFree, 0xef000000e3a00001);  // mov r0, #1; svc #0
  g.set_reg("r0", kFree);
  expect_syscall(g.run("run_r0"));
  EXPECT_EQ(r("r0"), 1u);
  g.host.poke<std::uint32_t>(kFree, 0xe3a00002);
  const std::uint32_t args[] = {kFree, 4};
  g.host.poke(kData, args);
  EXPECT_EQ(g.abi().arch_sysarch(*g.cpu, 0, GuestAddr(kData), g.host).outcome,
            SyscallOutcome::value);
  g.set_reg("r0", kFree);
  expect_syscall(g.run("run_r0"));
  EXPECT_EQ(r("r0"), 2u);

  const std::uint32_t vfp[] = {264, kData + 64};
  g.host.poke(kData, vfp);
  g.set_reg("d1", 0x1122334455667788);
  EXPECT_EQ(g.abi().arch_sysarch(*g.cpu, 4, GuestAddr(kData), g.host).outcome,
            SyscallOutcome::value);
  EXPECT_EQ(g.host.peek<std::uint64_t>(kData + 72), 0x1122334455667788u);
}

TEST_F(Arm, EveryLoopCanBeInterrupted) {
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

TEST_F(Arm, ForkInChild) {
  expect_syscall(g.run("syscall_plain"));
  g.engine->fork_prepare();
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(10);
    g.engine->fork_child(*g.cpu);
    g.abi().fork_child(*g.cpu);
    if (r("r0") != 0) _exit(1);
    _exit(g.run("load_fault").kind == EventKind::fault ? 0 : 2);
  }
  g.engine->fork_parent();
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(Arm, ExecResetDropsTranslations) {
  g.host.protect(kFree, MiniHost::kPage, kRead | kWrite | kExecute);
  g.host.poke<std::uint64_t>(kFree, 0xef000000e3a00001);  // mov r0, #1; svc #0
  g.cpu->set_pc(GuestAddr(kFree));
  expect_syscall(g.cpu->cpu_loop());
  g.host.poke<std::uint64_t>(kFree, 0xef000000e3a00002);
  g.engine->exec_reset(*g.cpu);
  EXPECT_EQ(r("r0"), 0u);
  g.cpu->set_pc(GuestAddr(kFree));
  expect_syscall(g.cpu->cpu_loop());
  EXPECT_EQ(r("r0"), 2u);
}

TEST_F(Arm, SingleStep) {
  g.cpu->set_single_step(true);
  EXPECT_EQ(g.run("step").kind, EventKind::step);
  EXPECT_EQ(r("r0"), 1u);
  EXPECT_EQ(g.cpu->cpu_loop().kind, EventKind::step);
  EXPECT_EQ(r("r0"), 2u);
  EXPECT_EQ(g.cpu->cpu_loop().kind, EventKind::syscall);
  g.set_reg("r0", kData);
  EXPECT_EQ(g.run("swap_word").kind, EventKind::step);
  EXPECT_EQ(g.cpu->pc().value, at("swap_word") + 4);
  g.cpu->set_single_step(false);
  expect_syscall(g.run("step"));
}

TEST(ArmMachines, HardwareCapabilities) {
  const Plugin& p = *emulate_plugin_armv6();
  ASSERT_EQ(p.machines.size(), 2u);
  const Machine& v6 = p.machines[0];
  const Machine& v7 = p.machines[1];
  EXPECT_TRUE(v6.preferred);
  EXPECT_FALSE(v7.preferred);
  EXPECT_EQ(v6.freebsd->hwcap(v6.cpus[0]), 0x80d6u);
  EXPECT_EQ(v7.freebsd->hwcap(v7.cpus[0]), 0xfb0d6u);
}

}  // namespace
}  // namespace emulate::test
