#pragma once

/// The plugin API's Engine and Cpu for a Guest. A plugin's create_engine is
///
///     return new (std::nothrow) jit::JitEngine(config, std::make_unique<MyGuest>(...));

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "emulate/emulate.h"
#include "jit/cache/code_cache.h"
#include "jit/engine/guest.h"

namespace emulate::jit {

class JitEngine;

/// One guest thread.
class JitCpu final : public Cpu {
 public:
  JitCpu(JitEngine& engine, const EngineConfig& config, const Guest& guest);
  ~JitCpu();
  JitCpu(const JitCpu&) = delete;
  JitCpu& operator=(const JitCpu&) = delete;

  Event cpu_loop() noexcept override;
  void interrupt() noexcept override;
  void set_single_step(bool on) noexcept override { single_step_ = on; }
  GuestAddr pc() const noexcept override { return GuestAddr(context_->pc & ~guest_.pc_tag()); }
  void set_pc(GuestAddr pc) noexcept override { context_->pc = pc.value; }
  GuestAddr get_sp_from_cpustate() const noexcept override;
  void cpu_set_tls(GuestAddr tp) noexcept override;
  GuestAddr cpu_get_tls() const noexcept override;
  bool read_register(unsigned index, std::span<std::byte> out) const noexcept override;
  bool write_register(unsigned index, std::span<const std::byte> in) noexcept override;
  void clear_reservation() noexcept override;

  Context& context() { return *context_; }
  const Context& context() const { return *context_; }
  void copy_from(const JitCpu& parent);
  void reset();

  // For the engine.
  /// Makes generated code come back soon.
  void poke();
  void drop_lookups() {
    drop_.store(true, std::memory_order_seq_cst);
    poke();
  }
  bool in_code() const { return in_code_.load(std::memory_order_seq_cst); }
  bool recover(const Block& block, std::size_t offset, int signo, siginfo_t* info, void* ucontext);

 private:
  bool attend();
  const void* lookup();
  void remember(std::uint64_t pc, const void* code);
  void clear_lookups();
  /// Runs one unit without generated code. nullopt: go on.
  bool interpret_one(Event& event, unsigned max_instructions);
  bool run_code(const void* code, Event& event);
  bool leave_by_stub(Event& event);

  JitEngine& engine_;
  const Guest& guest_;
  Context* context_;  ///< with the guest state behind it
  std::unique_ptr<JumpCacheEntry[]> lookups_;
  std::byte* return_stack_ = nullptr;
  std::uint64_t return_stack_limit_ = 0;
  std::uint64_t generation_ = 0;
  std::uint32_t mode_ = 0;
  bool single_step_ = false;
  bool replay_ = false;  ///< what comes next is interpreted (Op::defer)
  std::atomic<bool> requested_ = false;
  std::atomic<bool> drop_ = false;
  std::atomic<bool> in_code_ = false;
};

class JitEngine final : public Engine {
 public:
  JitEngine(const EngineConfig& config, std::unique_ptr<Guest> guest);
  ~JitEngine();

  Cpu* cpu_init() noexcept override;
  Cpu* cpu_fork(const Cpu& parent) noexcept override;
  void cpu_destroy(Cpu* cpu) noexcept override;
  void code_changed(GuestAddr start, std::uint64_t length) noexcept override;
  void exec_reset(Cpu& survivor) noexcept override;
  void fork_prepare() noexcept override { mutex_.lock(); }
  void fork_parent() noexcept override { mutex_.unlock(); }
  void fork_child(Cpu& self) noexcept override;
  bool handle_host_signal(int signo, siginfo_t* info, void* ucontext) noexcept override;
  std::span<const RegisterInfo> registers() const noexcept override { return registers_; }
  const char* target_description() const noexcept override { return guest_->target_description(); }

  const EngineConfig& config() const { return config_; }
  const Guest& guest() const { return *guest_; }
  const x64::Thunks& thunks() const { return cache_.thunks(); }
  bool interpreting() const { return !cache_.usable() || interpret_only_; }
  /// Changes whenever all code is thrown away.
  std::uint64_t generation() const { return generation_.load(std::memory_order_seq_cst); }

  /// The block for (pc, mode), translated if need be; nullptr: interpret it.
  Block* block(std::uint64_t pc, std::uint32_t mode, JitCpu& cpu);
  /// Replaces the block by a region of those it leads to. nullptr: it is gone.
  Block* promote(std::uint64_t pc, std::uint32_t mode);
  /// Links the exit stub to the block, unless code was thrown away since `generation`.
  void link(const std::byte* stub, Block& target, std::uint64_t generation);
  /// `defer`: as opt::optimize, for compiled regions.
  void translate(ir::Unit& unit, unsigned max_instructions, bool defer = false);
  /// Code at `ip` was left for a replay. Regions where that happens often are made without.
  void replayed(const void* ip);
  /// A region was entered with other numbers than it was made for (ExitKind::misfit). What there is
  /// for others now, if anything.
  Block* misfit(const void* ip);

  std::size_t block_count() { return cache_.block_count(); }
  std::size_t code_bytes() { return cache_.code_bytes(); }

 private:
  void clear_all(const JitCpu* self);
  void note_pages(std::uint64_t pc);
  Block* make_region(std::uint64_t pc, std::uint32_t mode, std::unique_lock<std::mutex>& lock);
  void log_unit(const ir::Unit& unit, const Block* block);

  EngineConfig config_;
  std::unique_ptr<Guest> guest_;
  std::vector<RegisterInfo> registers_;
  bool regions_at_once_;  ///< a region where a block is first reached
  bool interpret_only_;
  std::mutex mutex_;
  CodeCache cache_;
  std::unordered_set<std::uint64_t> pages_;  ///< guest pages instructions were ever read from
  std::unordered_set<std::uint64_t>
      exact_;                  ///< regions to be made without Op::defer, for any numbers
  std::uint64_t changes_ = 0;  ///< code_changed() calls that concerned pages_
  std::atomic<std::uint64_t> generation_ = 1;
  std::vector<std::unique_ptr<JitCpu>> cpus_;
};

}  // namespace emulate::jit
