#include "sparc64/windows.h"

#include <cstring>

namespace emulate::sparc64 {
namespace {

/// The locals and ins of the window `level` calls up: 0 is the current one.
Window& window(State& s, std::uint64_t level) {
  return reinterpret_cast<Window*>(&s.reg(kL0))[level];
}
static_assert(kI0 == kL0 + 8 && kWindowBytes == 16 * sizeof(std::uint64_t));

std::uint64_t callers(const State& s) { return (kNoCallers - s.distance) / kWindowBytes; }

void swap_bytes(Window& w) {
  for (auto& r : w.local) r = __builtin_bswap64(r);
  for (auto& r : w.in) r = __builtin_bswap64(r);
}

/// Stores the windows of callers more than `kept` calls up, the oldest first; the window below each
/// knows its stack pointer.
bool store_callers(jit::Context& c, std::uint64_t kept) {
  State& s = c.state<State>();
  for (std::uint64_t level = callers(s); level > kept; --level) {
    if (!store_window(*c.host, window(s, level - 1).in[6], window(s, level))) return false;
  }
  return true;
}

/// The current window and its next `kept` callers' move to where these are all.
void relocate(State& s, std::uint64_t kept) {
  const std::uint64_t* from = &s.reg(kO0);
  s.distance = kNoCallers - kept * kWindowBytes;
  std::memmove(&s.reg(kO0), from, 8 * sizeof *from + (kept + 1) * kWindowBytes);
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
  if (!store_callers(c, 0)) return false;
  drop_windows(c.state<State>());
  return true;
}

bool flush_all_windows(jit::Context& c) {
  State& s = c.state<State>();
  return flush_windows(c) && store_window(*c.host, s.reg(kSp), window(s, 0));
}

bool reload_current_window(jit::Context& c) {
  State& s = c.state<State>();
  return load_window(*c.host, s.reg(kSp), window(s, 0));
}

void drop_windows(State& s) { relocate(s, 0); }

bool spill_windows(jit::Context& c) {
  constexpr std::uint64_t kKept = kWindows / 2;
  if (!store_callers(c, kKept)) return false;
  relocate(c.state<State>(), kKept);
  return true;
}

bool fill_window(jit::Context& c) {
  State& s = c.state<State>();
  Window caller;
  if (!load_window(*c.host, s.reg(kFp), caller)) return false;
  // From where nobody calls the current window, to one below: its own registers only.
  std::uint64_t current[24];
  std::memcpy(current, &s.reg(kO0), sizeof current);
  s.distance = kNoCallers - kWindowBytes;
  std::memcpy(&s.reg(kO0), current, sizeof current);
  window(s, 1) = caller;
  return true;
}

}  // namespace emulate::sparc64
