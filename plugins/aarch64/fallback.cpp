#include "aarch64/fallback.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "aarch64/fallback_simd.h"
#include "aarch64/features.h"
#include "arm/bit_pattern.h"

namespace emulate::aarch64 {
namespace {

using arm::bits;

class Interpreter {
 public:
  Interpreter(std::uint64_t features, RegisterAccess& registers, arm::GuestContext& context)
      : features_(features), registers_(registers), context_(context) {}

  std::uint64_t x(unsigned n) const { return n == 31 ? 0 : registers_.x(n); }
  void set_x(unsigned n, std::uint64_t v) {
    if (n != 31) registers_.set_x(n, v);
  }
  void set_nzcv(std::uint32_t v) { registers_.set_nzcv(v); }
  std::uint64_t base(unsigned n) const { return n == 31 ? registers_.sp() : registers_.x(n); }
  std::uint64_t features() const { return features_; }
  arm::GuestContext& context() { return context_; }

  /// Replaces the T at `address` by update(old) atomically and leaves the old value in `old`.
  template <class T, class Update>
  bool modify(std::uint64_t address, T& old, Update update) {
    if (!aligned<T>(address, Access::write)) return false;
    const auto first = context_.read<T>(address);
    if (!first) return false;
    T expected = *first;
    for (;;) {
      const T before = expected;
      if (!context_.compare_exchange(address, expected, update(before))) return false;
      if (expected == before) {
        old = before;
        return true;
      }
    }
  }

  template <class T>
  bool aligned(std::uint64_t address, Access access) {
    if (address % sizeof(T) == 0) return true;
    context_.raise_fault(address, access, FaultCause::alignment);
    return false;
  }

 private:
  std::uint64_t features_;
  RegisterAccess& registers_;
  arm::GuestContext& context_;
};

/// Calls operation with a value of the unsigned type of 1 << size bytes.
template <class Operation>
auto with_size(unsigned size, Operation operation) {
  switch (size) {
    case 0:
      return operation(std::uint8_t{});
    case 1:
      return operation(std::uint16_t{});
    case 2:
      return operation(std::uint32_t{});
    default:
      return operation(std::uint64_t{});
  }
}

Interpreted status(bool ok) { return ok ? Interpreted::done : Interpreted::faulted; }

/// The operations of LDADD to LDUMIN in the order of their opc field.
template <class T>
T atomic_operation(unsigned opc, T memory, T operand) {
  using S = std::make_signed_t<T>;
  switch (opc) {
    case 0:
      return static_cast<T>(memory + operand);
    case 1:
      return static_cast<T>(memory & ~operand);
    case 2:
      return static_cast<T>(memory ^ operand);
    case 3:
      return static_cast<T>(memory | operand);
    case 4:
      return static_cast<S>(memory) > static_cast<S>(operand) ? memory : operand;
    case 5:
      return static_cast<S>(memory) < static_cast<S>(operand) ? memory : operand;
    case 6:
      return std::max(memory, operand);
    default:
      return std::min(memory, operand);
  }
}

/// LDADD, LDCLR, LDEOR, LDSET, LDSMAX, LDSMIN, LDUMAX, LDUMIN and their ST forms.
Interpreted atomic_memory(Interpreter& i, std::uint32_t word) {
  return with_size(bits(word, 31, 30), [&]<class T>(T) {
    const T operand = static_cast<T>(i.x(bits(word, 20, 16)));
    T old{};
    if (!i.modify<T>(i.base(bits(word, 9, 5)), old, [&](T memory) {
          return atomic_operation(bits(word, 14, 12), memory, operand);
        })) {
      return Interpreted::faulted;
    }
    i.set_x(bits(word, 4, 0), old);
    return Interpreted::done;
  });
}

Interpreted swap(Interpreter& i, std::uint32_t word) {
  return with_size(bits(word, 31, 30), [&]<class T>(T) {
    const T operand = static_cast<T>(i.x(bits(word, 20, 16)));
    T old{};
    if (!i.modify<T>(i.base(bits(word, 9, 5)), old, [&](T) { return operand; })) {
      return Interpreted::faulted;
    }
    i.set_x(bits(word, 4, 0), old);
    return Interpreted::done;
  });
}

Interpreted compare_and_swap(Interpreter& i, std::uint32_t word) {
  return with_size(bits(word, 31, 30), [&]<class T>(T) {
    const unsigned s = bits(word, 20, 16);
    const std::uint64_t address = i.base(bits(word, 9, 5));
    T expected = static_cast<T>(i.x(s));
    const T desired = static_cast<T>(i.x(bits(word, 4, 0)));
    if (!i.context().compare_exchange(address, expected, desired)) return Interpreted::faulted;
    i.set_x(s, expected);
    return Interpreted::done;
  });
}

template <class T>
Interpreted compare_and_swap_pair_of(Interpreter& i, std::uint32_t word) {
  struct alignas(2 * sizeof(T)) Pair {
    T first;
    T second;
  };
  const unsigned s = bits(word, 20, 16);
  const unsigned t = bits(word, 4, 0);
  if (s % 2 != 0 || t % 2 != 0) return Interpreted::undefined;
  Pair expected{static_cast<T>(i.x(s)), static_cast<T>(i.x(s + 1))};
  const Pair desired{static_cast<T>(i.x(t)), static_cast<T>(i.x(t + 1))};
  if (!i.context().compare_exchange(i.base(bits(word, 9, 5)), expected, desired)) {
    return Interpreted::faulted;
  }
  i.set_x(s, expected.first);
  i.set_x(s + 1, expected.second);
  return Interpreted::done;
}

Interpreted compare_and_swap_pair(Interpreter& i, std::uint32_t word) {
  return bits(word, 30, 30) != 0 ? compare_and_swap_pair_of<std::uint64_t>(i, word)
                                 : compare_and_swap_pair_of<std::uint32_t>(i, word);
}

Interpreted load_acquire_rcpc(Interpreter& i, std::uint32_t word) {
  return with_size(bits(word, 31, 30), [&]<class T>(T) {
    const std::uint64_t address = i.base(bits(word, 9, 5));
    if (!i.aligned<T>(address, Access::read)) return Interpreted::faulted;
    const auto value = i.context().read<T>(address);
    if (value) i.set_x(bits(word, 4, 0), *value);
    return status(value.has_value());
  });
}

/// The virtual counter, at the frequency CNTFRQ_EL0 states: 1 GHz.
Interpreted read_counter(Interpreter& i, std::uint32_t word) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  i.set_x(bits(word, 4, 0), static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
                                static_cast<std::uint64_t>(now.tv_nsec));
  return Interpreted::done;
}

std::uint64_t isar0(std::uint64_t features) {
  std::uint64_t value = 0;
  if (features & kCrypto) value |= 2u << 4 | 1u << 8 | 1u << 12;  // AES with PMULL, SHA1, SHA256
  if (features & kCrc32) value |= 1u << 16;
  if (features & kAtomics) value |= 2u << 20;
  if (features & kDotProduct) value |= std::uint64_t{1} << 44;
  return value;
}

/// The identification registers, which trap at EL0 and which kernels emulate
/// (FreeBSD sys/arm64/arm64/identcpu.c, user_mrs_handler()).
Interpreted read_id_register(Interpreter& i, std::uint32_t word) {
  const unsigned crm = bits(word, 11, 8);
  const unsigned op2 = bits(word, 7, 5);
  std::uint64_t value = 0;
  if (crm == 0) {
    if (op2 == 0) {
      value = i.features() >> kMidrShift;
    } else if (op2 == 5) {
      value = 1u << 31;  // MPIDR_EL1: bit 31 is fixed
    } else if (op2 != 6) {
      return Interpreted::undefined;
    }
  } else if (crm < 4 || crm > 7) {
    return Interpreted::undefined;
  } else if (crm == 4 && op2 == 0) {
    value = 0x11;  // ID_AA64PFR0_EL1: AArch64 at EL0 and EL1, FP and AdvSIMD without FP16
  } else if (crm == 5 && op2 == 0) {
    value = 6;  // ID_AA64DFR0_EL1: ARMv8 debug
  } else if (crm == 6 && op2 == 0) {
    value = isar0(i.features());
  } else if (crm == 6 && op2 == 1) {
    value = i.features() & kRcpc ? 1u << 20 : 0;
  }
  i.set_x(bits(word, 4, 0), value);
  return Interpreted::done;
}

/// DC ZVA, where the translator's own would not align the address.
Interpreted zero_block(Interpreter& i, std::uint32_t word) {
  constexpr std::uint64_t kBlock = 64;
  using Block = std::array<std::byte, kBlock>;
  return status(i.context().write(i.x(bits(word, 4, 0)) & ~(kBlock - 1), Block{}));
}

/// MSR NZCV, of which the translator keeps the reserved bits too.
Interpreted write_flags(Interpreter& i, std::uint32_t word) {
  i.set_nzcv(static_cast<std::uint32_t>(i.x(bits(word, 4, 0))) & 0xf000'0000);
  return Interpreted::done;
}

struct Row {
  arm::BitPattern pattern;
  const char* name;
  std::uint64_t needs;  ///< features the CPU must have
  Interpreted (*run)(Interpreter&, std::uint32_t);
};

constexpr arm::BitPattern kZeroBlock = "110101010000101101110100001ttttt";
constexpr arm::BitPattern kWriteFlags = "110101010001101101000010000ttttt";

/// FEAT_FP16, of which the translator has a part and no CPU model anything.
constexpr arm::BitPattern kHalfPrecision[] = {
    "00011110111mmmmmoooo10nnnnnddddd",  // two sources
    "00011111110mmmmmoaaaaannnnnddddd",  // three sources
    "00011111111mmmmmoaaaaannnnnddddd",
    "00011110111mmmmm001000nnnnnooooo",  // compare
    "00011110111mmmmmcccc01nnnnnoffff",
    "00011110111mmmmmcccc11nnnnnddddd",  // select
    "00011110111iiiiiiii10000000ddddd",  // immediate
    "z0011110111rrooo000000nnnnnddddd",  // conversion
    "z0011110110rroooiiiiiinnnnnddddd",
    "0qu01110u10mmmmm00ooo1nnnnnddddd",  // vectors: three the same
    "01u11110u10mmmmm00ooo1nnnnnddddd",
    "0qu01110o111100ooooo10nnnnnddddd",  // two, miscellaneous
    "01u11110o111100ooooo10nnnnnddddd",
    "0q001110o011000011oo10nnnnnddddd",  // across
    "01011110o011000ooooo10nnnnnddddd",  // pairs
    "0qu0111100lmmmmmooooh0nnnnnddddd",  // by element
    "01u1111100lmmmmmooooh0nnnnnddddd",
    "0q0011110000iiii111111iiiiiddddd",  // immediate
};
/// One source: what converts between formats is in ARMv8.0.
constexpr arm::BitPattern kHalfOneSource = "00011110111oooooo10000nnnnnddddd";
constexpr arm::BitPattern kHalfConvert = "000111101110001oo10000nnnnnddddd";

constexpr Row kRows[] = {
    {"zz111000ar1sssss0ooo00nnnnnttttt", "LDADD to LDUMIN", kAtomics, atomic_memory},
    {"zz111000ar1sssss100000nnnnnttttt", "SWP", kAtomics, swap},
    {"zz0010001l1ssssso11111nnnnnttttt", "CAS", kAtomics, compare_and_swap},
    {"0z0010000l1ssssso11111nnnnnttttt", "CASP", kAtomics, compare_and_swap_pair},
    {"zz11100010111111110000nnnnnttttt", "LDAPR", kRcpc, load_acquire_rcpc},
    {"110101010011101111100000010ttttt", "MRS CNTVCT_EL0", 0, read_counter},
    {"11010101001110000000mmmmooottttt", "MRS ID registers", 0, read_id_register},
    {kZeroBlock, "DC ZVA", 0, zero_block},
    {kWriteFlags, "MSR NZCV", 0, write_flags},
};

}  // namespace

bool is_zero_block(std::uint32_t word) { return kZeroBlock.matches(word); }

bool is_translated_wrongly(std::uint32_t word) {
  if (kWriteFlags.matches(word)) return true;
  if ((word & 0x0e00'0000) != 0x0e00'0000) return false;
  if (kHalfOneSource.matches(word)) return !kHalfConvert.matches(word);
  return std::ranges::any_of(kHalfPrecision, [&](auto& row) { return row.matches(word); });
}

Interpreted interpret(std::uint32_t word, std::uint64_t features, RegisterAccess& registers,
                      arm::GuestContext& context) {
  for (const Row& row : kRows) {
    if (!row.pattern.matches(word)) continue;
    if ((features & row.needs) != row.needs) return Interpreted::undefined;
    Interpreter interpreter(features, registers, context);
    return row.run(interpreter, word);
  }
  return interpret_simd(word, registers);
}

}  // namespace emulate::aarch64
