/// From a host signal in generated code to an exact guest fault.

#include <signal.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>

#include "jit/engine/engine.h"
#include "jit/engine/running.h"

namespace emulate::jit {
namespace {

/// ucontext's index of a register by its number in instructions.
constexpr int kGregs[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                          REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
constexpr std::uint64_t kPageFaultWrite = 2;

}  // namespace

bool JitEngine::handle_host_signal(int signo, siginfo_t* info, void* ucontext) noexcept {
  JitCpu* cpu = t_running;
  if (cpu == nullptr || info->si_code <= 0) return false;
  const auto* uc = static_cast<const ucontext_t*>(ucontext);
  const auto* ip = reinterpret_cast<const std::uint8_t*>(uc->uc_mcontext.gregs[REG_RIP]);
  const Block* block = cache_.find_by_host(ip);
  return block != nullptr &&
         cpu->recover(*block, static_cast<std::size_t>(ip - block->start), signo, info, ucontext);
}

bool JitCpu::recover(const Block& block, std::size_t offset, int signo, siginfo_t* info,
                     void* ucontext) {
  const auto point =
      std::lower_bound(block.faults.begin(), block.faults.end(), offset,
                       [](const FaultPoint& f, std::size_t at) { return f.offset < at; });
  if (point == block.faults.end() || point->offset != offset) return false;
  if (point->range != (signo == SIGILL)) return false;

  auto* uc = static_cast<ucontext_t*>(ucontext);
  auto* gregs = uc->uc_mcontext.gregs;
  Context& c = *context_;
  for (std::size_t n = 0; n < block.slots.size(); ++n) {
    if ((point->dirty >> n & 1) == 0) continue;
    const SlotHome& home = block.slots[n];
    const void* from = ir::in_xmm(home.type)
                           ? static_cast<const void*>(&uc->uc_mcontext.fpregs->_xmm[home.reg])
                           : static_cast<const void*>(&gregs[kGregs[home.reg]]);
    if (home.extended) {
      const auto number = static_cast<std::int32_t>(gregs[kGregs[home.reg]]);
      const std::int64_t whole = number;
      std::memcpy(c.slot(home.offset), &whole, sizeof whole);
      continue;
    }
    std::memcpy(c.slot(home.offset), from, ir::bytes_of(home.type));
  }

  if (point->replay) {
    c.pc = point->pc;
    replay_ = true;
    gregs[REG_RIP] = reinterpret_cast<greg_t>(engine_.thunks().exit_fault);
    return true;
  }

  Event e;
  e.kind = EventKind::fault;
  e.cause = signo == SIGBUS ? FaultCause::bus : FaultCause::access;
  if (point->range) {
    if (point->misaligned) e.cause = FaultCause::alignment;
    e.address = GuestAddr(static_cast<std::uint64_t>(gregs[REG_RAX]));
    e.access = point->write ? Access::write : Access::read;
  } else {
    std::uint64_t address =
        static_cast<std::uint64_t>(static_cast<std::byte*>(info->si_addr) - c.window_base);
    if (!guest_.wide()) address &= 0xffff'ffffu;
    e.address = GuestAddr(address);
    const bool write = (static_cast<std::uint64_t>(gregs[REG_ERR]) & kPageFaultWrite) != 0;
    e.access = write ? Access::write : Access::read;
  }
  c.pc = point->pc;
  c.raise(e);
  gregs[REG_RIP] = reinterpret_cast<greg_t>(engine_.thunks().exit_fault);
  return true;
}

}  // namespace emulate::jit
