#pragma once

/// The two objects a plugin's engine is made of: an Engine per process image and a Cpu per guest
/// thread. Both are created and destroyed by the plugin; the host only holds pointers.

#include <signal.h>

#include <cstddef>
#include <span>

#include "emulate/event.h"
#include "emulate/host_services.h"
#include "emulate/types.h"

namespace emulate {
inline namespace v1 {

struct Machine;
struct CpuModel;

/// A guest register as debuggers, core files and traces see it.
struct RegisterInfo {
  const char* name;    ///< as gdb names it: "x0", "sp", "cpsr", "d7"
  std::uint16_t bits;  ///< width
  const char* group;   ///< "general", "float", "vector", "system"
};

/// One guest hardware thread. Owned by one host thread at a time; only interrupt() may be called
/// from elsewhere.
class Cpu {
 public:
  /// Runs guest code until the host is needed.
  virtual Event cpu_loop() noexcept = 0;

  /// Makes a running (or the next) cpu_loop() return soon: EventKind::interrupted unless another
  /// event comes first. Async-signal-safe, callable from any thread. A request made while the Cpu
  /// is not running is not lost; one is enough for one return.
  virtual void interrupt() noexcept = 0;

  /// While on, cpu_loop() returns EventKind::step after each instruction.
  virtual void set_single_step(bool on) noexcept = 0;

  virtual GuestAddr pc() const noexcept = 0;
  virtual void set_pc(GuestAddr pc) noexcept = 0;
  /// The stack pointer as the ABI uses it (sparc64: without its bias).
  virtual GuestAddr get_sp_from_cpustate() const noexcept = 0;

  /// The user thread pointer.
  virtual void cpu_set_tls(GuestAddr tp) noexcept = 0;
  virtual GuestAddr cpu_get_tls() const noexcept = 0;

  /// Reads register `index` of Engine::registers() as bytes in the guest's byte order.
  /// `out.size()` is the register's width in bytes. False when the index or size is wrong.
  virtual bool read_register(unsigned index, std::span<std::byte> out) const noexcept = 0;
  virtual bool write_register(unsigned index, std::span<const std::byte> in) noexcept = 0;

  /// Forgets LL/SC or exclusive reservations, as an exception return does. The host calls it
  /// before entering a signal handler.
  virtual void clear_reservation() noexcept = 0;

 protected:
  ~Cpu() = default;
};

/// Translator and shared state of one guest process image.
class Engine {
 public:
  /// A Cpu in reset state. nullptr when the host is out of memory.
  virtual Cpu* cpu_init() noexcept = 0;
  /// A Cpu whose registers are a copy of `parent`'s (thread creation, rfork(RFMEM)). The caller
  /// then applies OsAbi::fork_child or thread_set_upcall.
  virtual Cpu* cpu_fork(const Cpu& parent) noexcept = 0;
  virtual void cpu_destroy(Cpu* cpu) noexcept = 0;

  /// Guest code bytes in [start, start+length) may have changed, or are no longer executable:
  /// translations that cover them must not run once this returns on the calling thread, and soon
  /// on others. Called by the host on munmap, mprotect, mmap over existing code and the
  /// cache-flush system calls.
  virtual void code_changed(GuestAddr start, std::uint64_t length) noexcept = 0;

  /// The whole address space is replaced by execve in place: drops every translation, keeps the
  /// warmed-up machinery. `survivor` is the one remaining Cpu, reset like a new one.
  virtual void exec_reset(Cpu& survivor) noexcept = 0;

  /// Around fork(2) of the host process, called on the forking thread. After fork_child only
  /// `self` exists; the plugin forgets the other Cpus (the host does not destroy them).
  virtual void fork_prepare() noexcept = 0;
  virtual void fork_parent() noexcept = 0;
  virtual void fork_child(Cpu& self) noexcept = 0;

  /// Offers a synchronous host signal (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP) raised on a
  /// thread inside cpu_loop(). True when the engine took it, having arranged that execution goes
  /// on or that cpu_loop() returns a fault. Runs in the signal handler: async-signal-safe.
  virtual bool handle_host_signal(int signo, siginfo_t* info, void* ucontext) noexcept = 0;

  virtual std::span<const RegisterInfo> registers() const noexcept = 0;
  /// gdb target description XML (static storage), for `qXfer:features:read:target.xml`.
  virtual const char* target_description() const noexcept = 0;

 protected:
  ~Engine() = default;
};

struct EngineConfig {
  HostServices* host = nullptr;  ///< outlives the engine
  GuestWindow window;
  const Machine* machine = nullptr;  ///< which of the plugin's machines
  const CpuModel* cpu = nullptr;     ///< one of machine->cpus
  const char* engine = nullptr;      ///< --engine NAME, or nullptr for the plugin's default
};

}  // namespace v1
}  // namespace emulate
