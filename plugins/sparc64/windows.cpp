#include "sparc64/windows.h"

#include <cstring>

namespace emulate::sparc64 {
namespace {

constexpr std::uint64_t kBytes = sizeof(Window);

Window& current(State& s) { return *reinterpret_cast<Window*>(&s.gpr[kL0]); }
static_assert(kI0 == kL0 + 8 && kBytes == 16 * sizeof(std::uint64_t));

void swap_bytes(Window& w) {
  for (auto& r : w.local) r = __builtin_bswap64(r);
  for (auto& r : w.in) r = __builtin_bswap64(r);
}

/// Stores windows[0, count) of `all`; the window above each knows its stack pointer.
bool store_oldest(jit::Context& c, std::uint64_t count, std::uint64_t all) {
  State& s = c.state<State>();
  for (std::uint64_t n = 0; n < count; ++n) {
    const std::uint64_t sp = n + 1 < all ? s.windows[n + 1].in[6] : s.gpr[kFp];
    if (!store_window(*c.host, sp, s.windows[n])) return false;
  }
  return true;
}

}  // namespace

bool store_window(HostServices& host, std::uint64_t sp, const Window& window) {
  const std::uint64_t at = sp + kStackBias;
  if (at % 8 != 0) return false;
  Window image = window;
  swap_bytes(image);
  return host.copyout(GuestAddr(at), &image, sizeof image);
}

bool load_window(HostServices& host, std::uint64_t sp, Window& window) {
  const std::uint64_t at = sp + kStackBias;
  Window image;
  if (at % 8 != 0 || !host.copyin(&image, GuestAddr(at), sizeof image)) return false;
  swap_bytes(image);
  window = image;
  return true;
}

bool flush_windows(jit::Context& c) {
  State& s = c.state<State>();
  const std::uint64_t all = s.resident / kBytes;
  if (!store_oldest(c, all, all)) return false;
  s.resident = 0;
  return true;
}

bool flush_all_windows(jit::Context& c) {
  State& s = c.state<State>();
  return flush_windows(c) && store_window(*c.host, s.gpr[kSp], current(s));
}

bool reload_current_window(jit::Context& c) {
  State& s = c.state<State>();
  return load_window(*c.host, s.gpr[kSp], current(s));
}

std::uint64_t spill_windows(jit::Context& c) {
  State& s = c.state<State>();
  constexpr std::uint64_t kHalf = kWindows / 2;
  if (!store_oldest(c, kHalf, kWindows)) return sizeof s.windows;
  std::memmove(&s.windows[0], &s.windows[kHalf], (kWindows - kHalf) * kBytes);
  return (kWindows - kHalf) * kBytes;
}

std::uint64_t fill_window(jit::Context& c, std::uint64_t fp) {
  State& s = c.state<State>();
  return load_window(*c.host, fp, s.windows[0]) ? kBytes : 0;
}

}  // namespace emulate::sparc64
