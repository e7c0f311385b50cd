#include <array>
#include <cstddef>
#include <string>

#include "mips/cpu.h"

namespace emulate::mips {
namespace {

using jit::GuestRegister;

// Order of gdb's org.gnu.gdb.mips.cpu, cp0 and fpu features. 38 registers without cp0's, which user
// mode does not have, then 32 floating point registers.
constexpr const char* kNames[] = {
    "r0",  "r1",  "r2",  "r3",  "r4",  "r5",  "r6",  "r7",        "r8",  "r9",  "r10", "r11",
    "r12", "r13", "r14", "r15", "r16", "r17", "r18", "r19",       "r20", "r21", "r22", "r23",
    "r24", "r25", "r26", "r27", "r28", "r29", "r30", "r31",       "lo",  "hi",  "pc",  "f0",
    "f1",  "f2",  "f3",  "f4",  "f5",  "f6",  "f7",  "f8",        "f9",  "f10", "f11", "f12",
    "f13", "f14", "f15", "f16", "f17", "f18", "f19", "f20",       "f21", "f22", "f23", "f24",
    "f25", "f26", "f27", "f28", "f29", "f30", "f31", "userlocal",
};
constexpr unsigned kLo = 32, kHi = 33, kPc = 34, kF0 = 35, kUserLocal = 67;
constexpr std::size_t kCount = std::size(kNames);
static_assert(kCount == kUserLocal + 1);

constexpr std::uint32_t offset_of(unsigned n, bool wide) {
  if (n < kLo) return static_cast<std::uint32_t>(offsetof(State, gpr) + 8 * n);
  if (n == kLo) return offsetof(State, lo);
  if (n == kHi) return offsetof(State, hi);
  if (n == kPc) return jit::kPcOffset;
  if (n == kUserLocal) return offsetof(State, user_local);
  const unsigned f = n - kF0;
  return static_cast<std::uint32_t>(offsetof(State, fpr) +
                                    (wide ? 8 * f : 8 * (f & ~1u) + 4 * (f & 1)));
}

constexpr std::array<GuestRegister, kCount> list(bool wide) {
  std::array<GuestRegister, kCount> registers{};
  for (unsigned n = 0; n < kCount; ++n) {
    const char* group = n < kF0 ? "general" : n < kUserLocal ? "float" : "system";
    registers[n] = {{kNames[n], static_cast<std::uint16_t>(wide ? 64 : 32), group},
                    offset_of(n, wide)};
  }
  return registers;
}
constexpr auto kRegisters32 = list(false);
constexpr auto kRegisters64 = list(true);

std::string describe(bool wide) {
  const char* bits = wide ? "64" : "32";
  std::string xml =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
      "<target version=\"1.0\">\n<architecture>";
  xml += wide ? "mips:isa64r2" : "mips:isa32r2";
  xml += "</architecture>\n<osabi>FreeBSD</osabi>\n<feature name=\"org.gnu.gdb.mips.cpu\">\n";
  const auto reg = [&](unsigned n, const char* type) {
    xml += std::string("<reg name=\"") + kNames[n] + "\" bitsize=\"" + bits + "\"" + type + "/>\n";
  };
  for (unsigned n = 0; n <= kPc; ++n) reg(n, "");
  xml += "</feature>\n<feature name=\"org.gnu.gdb.mips.fpu\">\n";
  for (unsigned n = kF0; n < kUserLocal; ++n) {
    reg(n, wide ? " type=\"ieee_double\"" : " type=\"ieee_single\"");
  }
  xml += "</feature>\n<feature name=\"org.emulate.mips.system\">\n";
  reg(kUserLocal, "");
  xml += "</feature>\n</target>\n";
  return xml;
}

}  // namespace

std::span<const GuestRegister> register_list(bool wide) {
  return wide ? std::span<const GuestRegister>(kRegisters64) : kRegisters32;
}

const char* target_description(bool wide) {
  static const std::string texts[] = {describe(false), describe(true)};
  return texts[wide ? 1 : 0].c_str();
}

}  // namespace emulate::mips
