#include "mips/events.h"

#include "mips/traps.h"

namespace emulate::mips {
namespace {

/// LWL, LWR, SWL and their kin.
struct Part {
  unsigned base, rt;
  std::uint64_t offset;
  unsigned last = 3;  ///< of the bytes of a word: 3, 7
  bool load = true, left = true;
};

std::optional<Part> part_of(std::uint32_t word) {
  const auto offset = static_cast<std::int16_t>(word);
  Part p{word >> 21 & 31, word >> 16 & 31, static_cast<std::uint64_t>(std::int64_t{offset})};
  switch (word >> 26) {
    case 0x1a:  // ldl
    case 0x1b:
      p.last = 7;
      p.left = word >> 26 == 0x1a;
      return p;
    case 0x22:  // lwl
    case 0x26:
      p.left = word >> 26 == 0x22;
      return p;
    case 0x2a:  // swl
    case 0x2e:
      p.load = false;
      return p;
    case 0x2c:  // sdl
    case 0x2d:
      p.last = 7;
      p.load = false;
      return p;
    default:
      return std::nullopt;
  }
}

/// It has a delay slot.
bool is_branch(std::uint32_t word) {
  const std::uint32_t op = word >> 26, function = word & 0x3f, rt = word >> 16 & 31;
  constexpr std::uint32_t kSpecial = 0, kRegimm = 1, kCop1 = 0x11, kBc1 = 8, kJr = 8, kJalr = 9;
  if (op == kSpecial) return function == kJr || function == kJalr;
  if (op == kRegimm) return (rt & 0xc) == 0;  // bltz to bgezl, bltzal to bgezall
  if (op == kCop1) return (word >> 21 & 31) == kBc1;
  return (op >= 2 && op <= 7) || (op >= 0x14 && op <= 0x17);
}

bool fetch(jit::Context& c, std::uint64_t pc, bool big, std::uint32_t& word) {
  if (c.host->fetch(GuestAddr(pc), &word, sizeof word) < sizeof word) return false;
  if (big) word = __builtin_bswap32(word);
  return true;
}

/// The first of two partial loads that were translated as one.
bool load_part(jit::Context& c, const Part& p, std::uint64_t address, bool big) {
  const unsigned bits = 8 * (p.last + 1);
  std::uint64_t memory = 0;
  if (!c.host->copyin(&memory, GuestAddr(address & ~std::uint64_t{p.last}), p.last + 1)) {
    return false;
  }
  if (big) memory = __builtin_bswap64(memory) >> (64 - bits);
  const std::uint64_t byte = address & p.last;
  const std::uint64_t shift = 8 * (p.left == big ? byte : p.last - byte);
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - bits);
  const std::uint64_t used = p.left ? all << shift & all : all >> shift;
  std::uint64_t& rt = c.state<State>().gpr[p.rt];
  rt = ((p.left ? memory << shift : memory >> shift) & used) | (rt & all & ~used);
  if (bits == 32) rt = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(rt)});
  c.pc += 4;
  return true;
}

/// Translations access the word that a part is of; the fault is at the address itself.
bool partial_fault(jit::Context& c, Event& event, const Traits& traits) {
  std::uint32_t word = 0;
  if (event.access == Access::execute || !fetch(c, c.pc, traits.big, word)) return false;
  const bool in_slot = is_branch(word);
  if (in_slot && !fetch(c, c.pc + 4, traits.big, word)) return false;
  const auto part = part_of(word);
  if (!part) return false;
  std::uint64_t address = c.state<State>().gpr[part->base] + part->offset;
  if (!traits.wide) address &= 0xffff'ffffu;
  const std::uint64_t mask = ~std::uint64_t{part->last};
  const bool own = (event.address.value & mask) == (address & mask);
  if (part->load && !own && !in_slot && load_part(c, *part, address, traits.big)) return true;
  event.address = GuestAddr(address);
  return false;
}

}  // namespace

bool handle_event(jit::Context& c, Event& event, const Traits& traits) {
  if (event.kind == EventKind::trap) return event.code == kTrapLeave;
  return event.kind == EventKind::fault && partial_fault(c, event, traits);
}

}  // namespace emulate::mips
