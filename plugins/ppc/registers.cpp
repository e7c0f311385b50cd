#include <array>
#include <cstddef>
#include <string>

#include "ppc/cpu.h"

namespace emulate::ppc {
namespace {

using jit::GuestRegister;

// gdb's features org.gnu.gdb.power.core, fpu, altivec. CR, XER and FPSCR are gathered from several
// fields of State and come only as the parts that hold still: see below.
constexpr unsigned kGprs = 32, kFprs = 32, kVrs = 32;
constexpr unsigned kPc = 32, kLr = 33, kCtr = 34, kF0 = 35, kV0 = kF0 + kFprs, kVrsave = kV0 + kVrs,
                   kCount = kVrsave + 1;

constexpr const char* kNames[kCount] = {
    "r0",   "r1",   "r2",   "r3",   "r4",   "r5",   "r6",   "r7",   "r8",   "r9",
    "r10",  "r11",  "r12",  "r13",  "r14",  "r15",  "r16",  "r17",  "r18",  "r19",
    "r20",  "r21",  "r22",  "r23",  "r24",  "r25",  "r26",  "r27",  "r28",  "r29",
    "r30",  "r31",  "pc",   "lr",   "ctr",  "f0",   "f1",   "f2",   "f3",   "f4",
    "f5",   "f6",   "f7",   "f8",   "f9",   "f10",  "f11",  "f12",  "f13",  "f14",
    "f15",  "f16",  "f17",  "f18",  "f19",  "f20",  "f21",  "f22",  "f23",  "f24",
    "f25",  "f26",  "f27",  "f28",  "f29",  "f30",  "f31",  "vr0",  "vr1",  "vr2",
    "vr3",  "vr4",  "vr5",  "vr6",  "vr7",  "vr8",  "vr9",  "vr10", "vr11", "vr12",
    "vr13", "vr14", "vr15", "vr16", "vr17", "vr18", "vr19", "vr20", "vr21", "vr22",
    "vr23", "vr24", "vr25", "vr26", "vr27", "vr28", "vr29", "vr30", "vr31", "vrsave",
};

constexpr std::array<GuestRegister, kCount> list(bool wide) {
  std::array<GuestRegister, kCount> registers{};
  const std::uint16_t word = wide ? 64 : 32;
  for (unsigned n = 0; n < kCount; ++n) {
    GuestRegister& r = registers[n];
    if (n < kGprs) {
      r = {{kNames[n], word, "general"}, static_cast<std::uint32_t>(offsetof(State, gpr) + 8 * n)};
    } else if (n == kPc) {
      r = {{kNames[n], word, "general"}, jit::kPcOffset};
    } else if (n == kLr) {
      r = {{kNames[n], word, "general"}, offsetof(State, lr)};
    } else if (n == kCtr) {
      r = {{kNames[n], word, "general"}, offsetof(State, ctr)};
    } else if (n < kV0) {
      r = {{kNames[n], 64, "float"},
           static_cast<std::uint32_t>(offsetof(State, vsr) + 16 * (n - kF0) + 8)};
    } else if (n < kVrsave) {
      r = {{kNames[n], 128, "vector"},
           static_cast<std::uint32_t>(offsetof(State, vsr) + 16 * (n - kV0 + 32))};
    } else {
      r = {{kNames[n], 32, "vector"}, offsetof(State, vrsave)};
    }
  }
  return registers;
}
constexpr auto kRegisters32 = list(false);
constexpr auto kRegisters64 = list(true);

std::string describe(bool wide) {
  const std::string bits = wide ? "64" : "32";
  std::string xml =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
      "<target version=\"1.0\">\n<architecture>";
  xml += wide ? "powerpc:common64" : "powerpc:common";
  xml += "</architecture>\n<osabi>FreeBSD</osabi>\n<feature name=\"org.emulate.power.core\">\n";
  const auto reg = [&](unsigned n, const std::string& size, const std::string& type) {
    xml += std::string("<reg name=\"") + kNames[n] + "\" bitsize=\"" + size + "\"" + type + "/>\n";
  };
  for (unsigned n = 0; n < kF0; ++n) reg(n, bits, "");
  xml += "</feature>\n<feature name=\"org.emulate.power.fpu\">\n";
  for (unsigned n = kF0; n < kV0; ++n) reg(n, "64", " type=\"ieee_double\"");
  xml += "</feature>\n<feature name=\"org.emulate.power.altivec\">\n";
  for (unsigned n = kV0; n < kVrsave; ++n) reg(n, "128", " type=\"uint128\"");
  reg(kVrsave, "32", "");
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

}  // namespace emulate::ppc
