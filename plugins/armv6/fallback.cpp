#include "armv6/fallback.h"

#include "arm/bit_pattern.h"
#include "armv6/cp15.h"

namespace emulate::armv6 {
namespace {

using arm::bits;
using Registers = std::array<std::uint32_t, 16>;

template <class T>
Interpreted swap(std::uint32_t word, Registers& r, arm::GuestContext& context) {
  const unsigned n = bits(word, 19, 16);
  const unsigned t = bits(word, 15, 12);
  const unsigned t2 = bits(word, 3, 0);
  if (n == 15 || t == 15 || t2 == 15) return Interpreted::undefined;
  if (r[n] % sizeof(T) != 0) {
    context.raise_fault(r[n], Access::write, FaultCause::alignment);
    return Interpreted::faulted;
  }
  const T desired = static_cast<T>(r[t2]);
  auto expected = context.read<T>(r[n]);
  while (expected) {
    const T before = *expected;
    if (!context.compare_exchange<T>(r[n], *expected, desired)) break;
    if (*expected == before) {
      r[t] = before;
      return Interpreted::done;
    }
  }
  return Interpreted::faulted;
}

struct Row {
  arm::BitPattern pattern;
  const char* name;
  Interpreted (*run)(std::uint32_t word, Registers&, arm::GuestContext&);
};

constexpr Row kRows[] = {
    {"cccc00010000nnnntttt00001001uuuu", "SWP", swap<std::uint32_t>},
    {"cccc00010100nnnntttt00001001uuuu", "SWPB", swap<std::uint8_t>},
};

/// Whether the condition in bits 31 to 28 holds.
bool condition_passed(unsigned condition, std::uint32_t cpsr) {
  const bool n = cpsr >> 31 & 1, z = cpsr >> 30 & 1, c = cpsr >> 29 & 1, v = cpsr >> 28 & 1;
  bool result = true;
  switch (condition >> 1) {
    case 0:
      result = z;
      break;
    case 1:
      result = c;
      break;
    case 2:
      result = n;
      break;
    case 3:
      result = v;
      break;
    case 4:
      result = c && !z;
      break;
    case 5:
      result = n == v;
      break;
    case 6:
      result = n == v && !z;
      break;
    default:
      return true;
  }
  return (condition & 1) ? !result : result;
}

/// Coprocessor instructions other than VFP's and NEON's (coprocessors 10 and 11).
bool is_coprocessor(std::uint32_t word) {
  const bool space = bits(word, 27, 25) == 0b110 || bits(word, 27, 24) == 0b1110;
  return space && bits(word, 11, 9) != 0b101;
}

constexpr std::uint32_t kUdf = 0xe7f000f0;
constexpr std::uint32_t kWriteBack = 1u << 21;

/// LDRT, STRT and their kin: post-indexed (bit 24 clear) with bit 21 set.
bool is_unprivileged(std::uint32_t word) {
  if (bits(word, 24, 24) != 0 || bits(word, 21, 21) == 0) return false;
  if (bits(word, 27, 26) == 0b01) return bits(word, 25, 25) == 0 || bits(word, 4, 4) == 0;
  return bits(word, 27, 25) == 0 && bits(word, 7, 7) == 1 && bits(word, 4, 4) == 1 &&
         bits(word, 6, 5) != 0;
}

}  // namespace

std::uint32_t substitute(std::uint32_t word) {
  if (is_coprocessor(word)) return cp15_supports(word) ? word : kUdf;
  if (word >> 28 == 0xf) return word;
  if (is_unprivileged(word)) return word & ~kWriteBack;
  for (const Row& row : kRows) {
    if (row.pattern.matches(word)) return kUdf;
  }
  return word;
}

Interpreted interpret(std::uint32_t word, std::uint32_t cpsr, Registers& registers,
                      arm::GuestContext& context) {
  const unsigned condition = word >> 28;
  if (condition == 0xf) return Interpreted::undefined;
  if (!condition_passed(condition, cpsr)) return Interpreted::done;
  for (const Row& row : kRows) {
    if (row.pattern.matches(word)) return row.run(word, registers, context);
  }
  return Interpreted::undefined;
}

}  // namespace emulate::armv6
