#include <array>
#include <cstddef>
#include <string>

#include "sparc64/cpu.h"

namespace emulate::sparc64 {
namespace {

using jit::GuestRegister;

// Order of gdb's org.gnu.gdb.sparc.cpu, fpu and cp0 features for sparc64: 32 general registers, 32
// singles, 16 doubles above them, then pc and the rest.
constexpr const char* kGeneral[] = {
    "g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "o0", "o1", "o2", "o3", "o4", "o5", "sp", "o7",
    "l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7", "i0", "i1", "i2", "i3", "i4", "i5", "fp", "i7"};
constexpr const char* kFloat[] = {
    "f0",  "f1",  "f2",  "f3",  "f4",  "f5",  "f6",  "f7",  "f8",  "f9",  "f10", "f11",
    "f12", "f13", "f14", "f15", "f16", "f17", "f18", "f19", "f20", "f21", "f22", "f23",
    "f24", "f25", "f26", "f27", "f28", "f29", "f30", "f31", "f32", "f34", "f36", "f38",
    "f40", "f42", "f44", "f46", "f48", "f50", "f52", "f54", "f56", "f58", "f60", "f62"};

struct Named {
  const char* name;
  std::uint32_t offset;
};
constexpr Named kControl[] = {
    {"pc", jit::kPcOffset},          {"npc", offsetof(State, npc)}, {"fsr", offsetof(State, fsr)},
    {"fprs", offsetof(State, fprs)}, {"y", offsetof(State, y)},     {"gsr", offsetof(State, gsr)},
    {"asi", offsetof(State, asi)},
};
constexpr std::size_t kGeneralCount = std::size(kGeneral), kFloatCount = std::size(kFloat),
                      kCount = kGeneralCount + kFloatCount + std::size(kControl);

constexpr auto list() {
  std::array<GuestRegister, kCount> registers{};
  std::size_t at = 0;
  for (unsigned n = 0; n < kGeneralCount; ++n) {
    registers[at++] = {{kGeneral[n], 64, "general"},
                       static_cast<std::uint32_t>(offsetof(State, gpr) + 8 * n)};
  }
  for (unsigned n = 0; n < kFloatCount; ++n) {
    const auto upper = static_cast<std::uint32_t>(offsetof(State, fpr) + 8 * (n - 16));
    registers[at++] = n < 32 ? GuestRegister{{kFloat[n], 32, "float"}, single_offset(n)}
                             : GuestRegister{{kFloat[n], 64, "float"}, upper};
  }
  for (const Named& r : kControl) registers[at++] = {{r.name, 64, "system"}, r.offset};
  return registers;
}
constexpr auto kRegisters = list();

std::string describe() {
  std::string xml =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
      "<target version=\"1.0\">\n<architecture>sparc:v9</architecture>\n<osabi>FreeBSD</osabi>\n";
  const auto reg = [&](const GuestRegister& r) {
    const bool real = std::string_view(r.info.group) == "float";
    xml += std::string("<reg name=\"") + r.info.name + "\" bitsize=\"" +
           std::to_string(r.info.bits) + "\"" +
           (real ? r.info.bits == 32 ? " type=\"ieee_single\"" : " type=\"ieee_double\"" : "") +
           "/>\n";
  };
  const auto feature = [&](const char* name, std::size_t from, std::size_t to) {
    xml += std::string("<feature name=\"org.gnu.gdb.sparc.") + name + "\">\n";
    for (std::size_t n = from; n < to; ++n) reg(kRegisters[n]);
    xml += "</feature>\n";
  };
  feature("cpu", 0, kGeneralCount);
  feature("fpu", kGeneralCount, kGeneralCount + kFloatCount);
  feature("cp0", kGeneralCount + kFloatCount, kCount);
  return xml + "</target>\n";
}

}  // namespace

std::span<const GuestRegister> register_list() { return kRegisters; }

const char* target_description() {
  static const std::string text = describe();
  return text.c_str();
}

}  // namespace emulate::sparc64
