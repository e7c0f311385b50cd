#pragma once

/// What a plugin author writes: how guest instructions become IR, and what the guest's registers
/// are. Everything else of the plugin API's Engine and Cpu is the library's (engine.h).

#include <span>

#include "emulate/cpu.h"
#include "jit/engine/context.h"
#include "jit/ir/builder.h"

namespace emulate::jit {

/// A register of Engine::registers() and where it lies in the guest state. offset kPcOffset is the
/// program counter.
struct GuestRegister {
  RegisterInfo info;
  std::uint32_t offset;
};
inline constexpr std::uint32_t kPcOffset = ~0u;

/// Reads guest instructions for a translation.
class InstructionSource {
 public:
  /// `n` bytes at `pc`; false where the guest may not execute.
  virtual bool fetch(std::uint64_t pc, void* dst, std::size_t n) = 0;

 protected:
  ~InstructionSource() = default;
};

class Guest {
 public:
  virtual ~Guest() = default;

  virtual std::size_t state_size() const = 0;
  /// Guest addresses are 64 bits wide.
  virtual bool wide() const = 0;
  virtual ByteOrder order() const = 0;
  virtual std::span<const Helper> helpers() const { return {}; }
  virtual std::span<const GuestRegister> registers() const = 0;
  virtual const char* target_description() const = 0;
  /// General registers that nearly all code uses (stack pointer, first argument, result): up to six
  /// stay in host registers between blocks. Slots of the type that translations use for them.
  virtual std::span<const ir::Slot> pinned() const { return {}; }
  /// Slots of register windows (Op::move); for wide guests.
  virtual ir::Moving moving() const { return {}; }

  /// Power-on state, into zeroed bytes.
  virtual void reset(Context& context) const = 0;
  /// The part of the CPU state that translations depend on (FPU mode and the like).
  virtual std::uint32_t mode(const Context& context) const = 0;
  virtual void set_tls(Context& context, GuestAddr tp) const = 0;
  virtual GuestAddr get_tls(const Context& context) const = 0;
  /// Forgets a load-linked reservation.
  virtual void clear_reservation(Context& context) const = 0;
  virtual GuestAddr stack_pointer(const Context& context) const = 0;
  /// Bits of Context::pc that are no part of the address but the plugin's (a delay slot, say).
  virtual std::uint64_t pc_tag() const { return 0; }
  /// An event on its way to the host. True: the plugin has dealt with it and the guest goes on.
  virtual bool handle_event(Context& context, Event& event) const {
    (void)context, (void)event;
    return false;
  }

  /// Translates from unit.pc in unit.mode on, at most `max_instructions` guest instructions (a
  /// branch and its delay slot count as one) and none that starts at unit.stop, into unit.code;
  /// sets range and guest_instructions. Must emit at least one terminal. An instruction that cannot
  /// be fetched becomes raise_fetch_fault (translate.h).
  virtual void translate(ir::Unit& unit, InstructionSource& source,
                         unsigned max_instructions) const = 0;
};

/// Event codes of Op::raise, besides those EventKind gives: kind in the low four bits.
inline constexpr unsigned kEventFetchFault = 15;

}  // namespace emulate::jit
