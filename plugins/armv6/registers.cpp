#include <cstring>
#include <type_traits>

#include "armv6/cpu.h"

namespace emulate::armv6 {
namespace {

// Order of gdb's org.gnu.gdb.arm.core and .vfp features.
constexpr unsigned kPc = 15;
constexpr unsigned kCpsr = 16;
constexpr unsigned kD0 = 17;
constexpr unsigned kFpscr = 49;
constexpr unsigned kTpidruro = 50;

constexpr RegisterInfo kRegisters[] = {
    {"r0", 32, "general"},  {"r1", 32, "general"},   {"r2", 32, "general"},
    {"r3", 32, "general"},  {"r4", 32, "general"},   {"r5", 32, "general"},
    {"r6", 32, "general"},  {"r7", 32, "general"},   {"r8", 32, "general"},
    {"r9", 32, "general"},  {"r10", 32, "general"},  {"r11", 32, "general"},
    {"r12", 32, "general"}, {"sp", 32, "general"},   {"lr", 32, "general"},
    {"pc", 32, "general"},  {"cpsr", 32, "general"}, {"d0", 64, "float"},
    {"d1", 64, "float"},    {"d2", 64, "float"},     {"d3", 64, "float"},
    {"d4", 64, "float"},    {"d5", 64, "float"},     {"d6", 64, "float"},
    {"d7", 64, "float"},    {"d8", 64, "float"},     {"d9", 64, "float"},
    {"d10", 64, "float"},   {"d11", 64, "float"},    {"d12", 64, "float"},
    {"d13", 64, "float"},   {"d14", 64, "float"},    {"d15", 64, "float"},
    {"d16", 64, "float"},   {"d17", 64, "float"},    {"d18", 64, "float"},
    {"d19", 64, "float"},   {"d20", 64, "float"},    {"d21", 64, "float"},
    {"d22", 64, "float"},   {"d23", 64, "float"},    {"d24", 64, "float"},
    {"d25", 64, "float"},   {"d26", 64, "float"},    {"d27", 64, "float"},
    {"d28", 64, "float"},   {"d29", 64, "float"},    {"d30", 64, "float"},
    {"d31", 64, "float"},   {"fpscr", 32, "float"},  {"tpidruro", 32, "system"},
};
static_assert(std::size(kRegisters) == kTpidruro + 1);

constexpr char kDescription[] = R"(<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>arm</architecture>
<osabi>FreeBSD</osabi>
<feature name="org.gnu.gdb.arm.core">
<reg name="r0" bitsize="32"/><reg name="r1" bitsize="32"/>
<reg name="r2" bitsize="32"/><reg name="r3" bitsize="32"/>
<reg name="r4" bitsize="32"/><reg name="r5" bitsize="32"/>
<reg name="r6" bitsize="32"/><reg name="r7" bitsize="32"/>
<reg name="r8" bitsize="32"/><reg name="r9" bitsize="32"/>
<reg name="r10" bitsize="32"/><reg name="r11" bitsize="32"/>
<reg name="r12" bitsize="32"/><reg name="sp" bitsize="32" type="data_ptr"/>
<reg name="lr" bitsize="32"/><reg name="pc" bitsize="32" type="code_ptr"/>
<reg name="cpsr" bitsize="32" regnum="25"/>
</feature>
<feature name="org.gnu.gdb.arm.vfp">
<reg name="d0" bitsize="64" type="ieee_double"/><reg name="d1" bitsize="64" type="ieee_double"/>
<reg name="d2" bitsize="64" type="ieee_double"/><reg name="d3" bitsize="64" type="ieee_double"/>
<reg name="d4" bitsize="64" type="ieee_double"/><reg name="d5" bitsize="64" type="ieee_double"/>
<reg name="d6" bitsize="64" type="ieee_double"/><reg name="d7" bitsize="64" type="ieee_double"/>
<reg name="d8" bitsize="64" type="ieee_double"/><reg name="d9" bitsize="64" type="ieee_double"/>
<reg name="d10" bitsize="64" type="ieee_double"/><reg name="d11" bitsize="64" type="ieee_double"/>
<reg name="d12" bitsize="64" type="ieee_double"/><reg name="d13" bitsize="64" type="ieee_double"/>
<reg name="d14" bitsize="64" type="ieee_double"/><reg name="d15" bitsize="64" type="ieee_double"/>
<reg name="d16" bitsize="64" type="ieee_double"/><reg name="d17" bitsize="64" type="ieee_double"/>
<reg name="d18" bitsize="64" type="ieee_double"/><reg name="d19" bitsize="64" type="ieee_double"/>
<reg name="d20" bitsize="64" type="ieee_double"/><reg name="d21" bitsize="64" type="ieee_double"/>
<reg name="d22" bitsize="64" type="ieee_double"/><reg name="d23" bitsize="64" type="ieee_double"/>
<reg name="d24" bitsize="64" type="ieee_double"/><reg name="d25" bitsize="64" type="ieee_double"/>
<reg name="d26" bitsize="64" type="ieee_double"/><reg name="d27" bitsize="64" type="ieee_double"/>
<reg name="d28" bitsize="64" type="ieee_double"/><reg name="d29" bitsize="64" type="ieee_double"/>
<reg name="d30" bitsize="64" type="ieee_double"/><reg name="d31" bitsize="64" type="ieee_double"/>
<reg name="fpscr" bitsize="32"/>
</feature>
<feature name="emulate.arm.system"><reg name="tpidruro" bitsize="32" type="data_ptr"/></feature>
</target>
)";

/// Where register `index` lives in `state`; nullptr for no such register.
template <class StateT>
auto* storage(StateT& state, unsigned index) {
  using Byte = std::conditional_t<std::is_const_v<StateT>, const std::byte, std::byte>;
  const auto at = [](auto& field) { return reinterpret_cast<Byte*>(&field); };
  if (index < kPc) return at(state.r[index]);
  if (index >= kD0 && index < kFpscr) return at(state.s[2 * (index - kD0)]);
  switch (index) {
    case kPc:
      return at(state.pc);
    case kCpsr:
      return at(state.cpsr);
    case kFpscr:
      return at(state.fpscr);
    case kTpidruro:
      return at(state.tpidruro);
    default:
      return static_cast<Byte*>(nullptr);
  }
}

}  // namespace

std::span<const RegisterInfo> register_list() { return kRegisters; }
const char* target_description() { return kDescription; }

bool ArmCpu::read_register(unsigned index, std::span<std::byte> out) const noexcept {
  const std::byte* from = storage(state_, index);
  if (from == nullptr || out.size() * 8 != kRegisters[index].bits) return false;
  std::memcpy(out.data(), from, out.size());
  return true;
}

bool ArmCpu::write_register(unsigned index, std::span<const std::byte> in) noexcept {
  std::byte* to = storage(state_, index);
  if (to == nullptr || in.size() * 8 != kRegisters[index].bits) return false;
  std::memcpy(to, in.data(), in.size());
  return true;
}

}  // namespace emulate::armv6
