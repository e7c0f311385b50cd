/// Registers as debuggers and core files see them.

#include <cstring>
#include <string>

#include "riscv64.h"

namespace riscv64 {
namespace {

constexpr unsigned kPcIndex = 32;
constexpr std::array<const char*, 33> kNames{
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "fp", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6", "pc"};

constexpr auto kRegisters = [] {
  std::array<RegisterInfo, kNames.size()> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {kNames[i], 64, "general"};
  return out;
}();

}  // namespace

std::span<const RegisterInfo> registers() { return kRegisters; }

const char* target_description() {
  static const std::string xml = [] {
    std::string out =
        "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
        "<architecture>riscv:rv64</architecture><feature name=\"org.gnu.gdb.riscv.cpu\">";
    for (const char* name : kNames) {
      out += std::string("<reg name=\"") + name + "\" bitsize=\"64\"/>";
    }
    return out + "</feature></target>";
  }();
  return xml.c_str();
}

bool RiscvCpu::read_register(unsigned index, std::span<std::byte> out) const noexcept {
  if (index > kPcIndex || out.size() != 8) return false;
  const std::uint64_t value = index == kPcIndex ? state_.pc : state_.x[index];
  std::memcpy(out.data(), &value, sizeof value);
  return true;
}

bool RiscvCpu::write_register(unsigned index, std::span<const std::byte> in) noexcept {
  if (index > kPcIndex || in.size() != 8) return false;
  std::uint64_t value = 0;
  std::memcpy(&value, in.data(), sizeof value);
  if (index == kPcIndex) {
    state_.pc = value;
  } else {
    write(index, value);
  }
  return true;
}

}  // namespace riscv64
