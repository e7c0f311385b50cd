#include <array>
#include <cstring>

#include "aarch64/cpu.h"

namespace emulate::aarch64 {
namespace {

// Order of gdb's org.gnu.gdb.aarch64.core and .fpu features.
constexpr unsigned kSp = 31;
constexpr unsigned kPc = 32;
constexpr unsigned kCpsr = 33;
constexpr unsigned kV0 = 34;
constexpr unsigned kFpsr = 66;
constexpr unsigned kFpcr = 67;
constexpr unsigned kTpidr = 68;

constexpr RegisterInfo kRegisters[] = {
    {"x0", 64, "general"},   {"x1", 64, "general"},  {"x2", 64, "general"},
    {"x3", 64, "general"},   {"x4", 64, "general"},  {"x5", 64, "general"},
    {"x6", 64, "general"},   {"x7", 64, "general"},  {"x8", 64, "general"},
    {"x9", 64, "general"},   {"x10", 64, "general"}, {"x11", 64, "general"},
    {"x12", 64, "general"},  {"x13", 64, "general"}, {"x14", 64, "general"},
    {"x15", 64, "general"},  {"x16", 64, "general"}, {"x17", 64, "general"},
    {"x18", 64, "general"},  {"x19", 64, "general"}, {"x20", 64, "general"},
    {"x21", 64, "general"},  {"x22", 64, "general"}, {"x23", 64, "general"},
    {"x24", 64, "general"},  {"x25", 64, "general"}, {"x26", 64, "general"},
    {"x27", 64, "general"},  {"x28", 64, "general"}, {"x29", 64, "general"},
    {"x30", 64, "general"},  {"sp", 64, "general"},  {"pc", 64, "general"},
    {"cpsr", 32, "general"}, {"v0", 128, "vector"},  {"v1", 128, "vector"},
    {"v2", 128, "vector"},   {"v3", 128, "vector"},  {"v4", 128, "vector"},
    {"v5", 128, "vector"},   {"v6", 128, "vector"},  {"v7", 128, "vector"},
    {"v8", 128, "vector"},   {"v9", 128, "vector"},  {"v10", 128, "vector"},
    {"v11", 128, "vector"},  {"v12", 128, "vector"}, {"v13", 128, "vector"},
    {"v14", 128, "vector"},  {"v15", 128, "vector"}, {"v16", 128, "vector"},
    {"v17", 128, "vector"},  {"v18", 128, "vector"}, {"v19", 128, "vector"},
    {"v20", 128, "vector"},  {"v21", 128, "vector"}, {"v22", 128, "vector"},
    {"v23", 128, "vector"},  {"v24", 128, "vector"}, {"v25", 128, "vector"},
    {"v26", 128, "vector"},  {"v27", 128, "vector"}, {"v28", 128, "vector"},
    {"v29", 128, "vector"},  {"v30", 128, "vector"}, {"v31", 128, "vector"},
    {"fpsr", 32, "float"},   {"fpcr", 32, "float"},  {"tpidr", 64, "system"},
};
static_assert(std::size(kRegisters) == kTpidr + 1);

constexpr char kDescription[] = R"(<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>aarch64</architecture>
<osabi>FreeBSD</osabi>
<feature name="org.gnu.gdb.aarch64.core">
<reg name="x0" bitsize="64"/><reg name="x1" bitsize="64"/><reg name="x2" bitsize="64"/>
<reg name="x3" bitsize="64"/><reg name="x4" bitsize="64"/><reg name="x5" bitsize="64"/>
<reg name="x6" bitsize="64"/><reg name="x7" bitsize="64"/><reg name="x8" bitsize="64"/>
<reg name="x9" bitsize="64"/><reg name="x10" bitsize="64"/><reg name="x11" bitsize="64"/>
<reg name="x12" bitsize="64"/><reg name="x13" bitsize="64"/><reg name="x14" bitsize="64"/>
<reg name="x15" bitsize="64"/><reg name="x16" bitsize="64"/><reg name="x17" bitsize="64"/>
<reg name="x18" bitsize="64"/><reg name="x19" bitsize="64"/><reg name="x20" bitsize="64"/>
<reg name="x21" bitsize="64"/><reg name="x22" bitsize="64"/><reg name="x23" bitsize="64"/>
<reg name="x24" bitsize="64"/><reg name="x25" bitsize="64"/><reg name="x26" bitsize="64"/>
<reg name="x27" bitsize="64"/><reg name="x28" bitsize="64"/><reg name="x29" bitsize="64"/>
<reg name="x30" bitsize="64"/><reg name="sp" bitsize="64" type="data_ptr"/>
<reg name="pc" bitsize="64" type="code_ptr"/><reg name="cpsr" bitsize="32"/>
</feature>
<feature name="org.gnu.gdb.aarch64.fpu">
<vector id="v2d" type="ieee_double" count="2"/><vector id="v2u" type="uint64" count="2"/>
<vector id="v4f" type="ieee_single" count="4"/><vector id="v4u" type="uint32" count="4"/>
<vector id="v8u" type="uint16" count="8"/><vector id="v16u" type="uint8" count="16"/>
<union id="vnd"><field name="f" type="v2d"/><field name="u" type="v2u"/></union>
<union id="vns"><field name="f" type="v4f"/><field name="u" type="v4u"/></union>
<union id="vnh"><field name="u" type="v8u"/></union>
<union id="vnb"><field name="u" type="v16u"/></union>
<union id="vnq"><field name="u" type="uint128"/></union>
<union id="aarch64v"><field name="d" type="vnd"/><field name="s" type="vns"/>
<field name="h" type="vnh"/><field name="b" type="vnb"/><field name="q" type="vnq"/></union>
<reg name="v0" bitsize="128" type="aarch64v"/><reg name="v1" bitsize="128" type="aarch64v"/>
<reg name="v2" bitsize="128" type="aarch64v"/><reg name="v3" bitsize="128" type="aarch64v"/>
<reg name="v4" bitsize="128" type="aarch64v"/><reg name="v5" bitsize="128" type="aarch64v"/>
<reg name="v6" bitsize="128" type="aarch64v"/><reg name="v7" bitsize="128" type="aarch64v"/>
<reg name="v8" bitsize="128" type="aarch64v"/><reg name="v9" bitsize="128" type="aarch64v"/>
<reg name="v10" bitsize="128" type="aarch64v"/><reg name="v11" bitsize="128" type="aarch64v"/>
<reg name="v12" bitsize="128" type="aarch64v"/><reg name="v13" bitsize="128" type="aarch64v"/>
<reg name="v14" bitsize="128" type="aarch64v"/><reg name="v15" bitsize="128" type="aarch64v"/>
<reg name="v16" bitsize="128" type="aarch64v"/><reg name="v17" bitsize="128" type="aarch64v"/>
<reg name="v18" bitsize="128" type="aarch64v"/><reg name="v19" bitsize="128" type="aarch64v"/>
<reg name="v20" bitsize="128" type="aarch64v"/><reg name="v21" bitsize="128" type="aarch64v"/>
<reg name="v22" bitsize="128" type="aarch64v"/><reg name="v23" bitsize="128" type="aarch64v"/>
<reg name="v24" bitsize="128" type="aarch64v"/><reg name="v25" bitsize="128" type="aarch64v"/>
<reg name="v26" bitsize="128" type="aarch64v"/><reg name="v27" bitsize="128" type="aarch64v"/>
<reg name="v28" bitsize="128" type="aarch64v"/><reg name="v29" bitsize="128" type="aarch64v"/>
<reg name="v30" bitsize="128" type="aarch64v"/><reg name="v31" bitsize="128" type="aarch64v"/>
<reg name="fpsr" bitsize="32"/><reg name="fpcr" bitsize="32"/>
</feature>
<feature name="org.gnu.gdb.aarch64.tls"><reg name="tpidr" bitsize="64" type="data_ptr"/></feature>
</target>
)";

/// Where register `index` lives in `state`; nullptr for no such register.
template <class StateT>
auto* storage(StateT& state, unsigned index) {
  using Byte = std::conditional_t<std::is_const_v<StateT>, const std::byte, std::byte>;
  const auto at = [](auto& field) { return reinterpret_cast<Byte*>(&field); };
  if (index < kSp) return at(state.x[index]);
  if (index >= kV0 && index < kFpsr) return at(state.v[index - kV0]);
  switch (index) {
    case kSp:
      return at(state.sp);
    case kPc:
      return at(state.pc);
    case kCpsr:
      return at(state.nzcv);
    case kFpsr:
      return at(state.fpsr);
    case kFpcr:
      return at(state.fpcr);
    case kTpidr:
      return at(state.tpidr);
    default:
      return static_cast<Byte*>(nullptr);
  }
}

}  // namespace

std::span<const RegisterInfo> register_list() { return kRegisters; }
const char* target_description() { return kDescription; }

bool AArch64Cpu::read_register(unsigned index, std::span<std::byte> out) const noexcept {
  const std::byte* from = storage(state_, index);
  if (from == nullptr || out.size() * 8 != kRegisters[index].bits) return false;
  std::memcpy(out.data(), from, out.size());
  return true;
}

bool AArch64Cpu::write_register(unsigned index, std::span<const std::byte> in) noexcept {
  std::byte* to = storage(state_, index);
  if (to == nullptr || in.size() * 8 != kRegisters[index].bits) return false;
  std::memcpy(to, in.data(), in.size());
  return true;
}

}  // namespace emulate::aarch64
