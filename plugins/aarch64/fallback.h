#pragma once

/// Instructions the translator does not know, interpreted one at a time.

#include <cstdint>

#include "arm/guest_context.h"
#include "arm/saturating.h"

namespace emulate::aarch64 {

/// The registers, wherever the core keeps them.
class RegisterAccess {
 public:
  virtual std::uint64_t x(unsigned n) const = 0;  ///< n below 31
  virtual void set_x(unsigned n, std::uint64_t v) = 0;
  virtual std::uint64_t sp() const = 0;
  virtual arm::Vector v(unsigned n) const = 0;
  virtual void set_v(unsigned n, const arm::Vector& v) = 0;
  virtual void set_qc() = 0;  ///< FPSR.QC
  virtual void set_nzcv(std::uint32_t v) = 0;

 protected:
  ~RegisterAccess() = default;
};

enum class Interpreted : std::uint8_t {
  done,       ///< the PC goes on behind it
  faulted,    ///< an event was raised on the context
  undefined,  ///< not an instruction of this CPU
};

/// DC ZVA.
bool is_zero_block(std::uint32_t word);

/// Whether the translator has `word`, but not as this CPU does it, so that interpret() must see it.
bool is_translated_wrongly(std::uint32_t word);

/// Executes `word` on a CPU with `features` (features.h).
Interpreted interpret(std::uint32_t word, std::uint64_t features, RegisterAccess& registers,
                      arm::GuestContext& context);

}  // namespace emulate::aarch64
