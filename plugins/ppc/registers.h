#pragma once

/// Registers that State holds in parts.

#include <cstdint>

#include "ppc/helpers.h"
#include "ppc/state.h"

namespace emulate::ppc {

inline std::uint32_t xer_of(const State& s) {
  return s.xer_rest | std::uint32_t{s.so} << 31 | std::uint32_t{s.ov} << 30 |
         std::uint32_t{s.ca} << 29 | std::uint32_t{s.ov32} << 19 | std::uint32_t{s.ca32} << 18;
}
inline void set_xer(State& s, std::uint32_t v) {
  freeze_cr(s);
  s.so = v >> 31 & 1;
  s.ov = v >> 30 & 1;
  s.ca = v >> 29 & 1;
  s.ov32 = v >> 19 & 1;
  s.ca32 = v >> 18 & 1;
  s.xer_rest = v & 0xff7f;
}

}  // namespace emulate::ppc
