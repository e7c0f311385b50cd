/// The instructions of RV64I. The manual is "The RISC-V Instruction Set Manual, Volume I".

#include <optional>

#include "riscv64.h"

namespace riscv64 {
namespace {

using u64 = std::uint64_t;
using i64 = std::int64_t;
using u32 = std::uint32_t;
using i32 = std::int32_t;

enum Opcode : u32 {
  kLoad = 0x03,
  kMiscMem = 0x0f,
  kOpImm = 0x13,
  kAuipc = 0x17,
  kOpImm32 = 0x1b,
  kStore = 0x23,
  kOp = 0x33,
  kLui = 0x37,
  kOp32 = 0x3b,
  kBranch = 0x63,
  kJalr = 0x67,
  kJal = 0x6f,
  kSystem = 0x73,
};

constexpr unsigned rd(u32 i) { return i >> 7 & 31; }
constexpr unsigned funct3(u32 i) { return i >> 12 & 7; }
constexpr unsigned rs1(u32 i) { return i >> 15 & 31; }
constexpr unsigned rs2(u32 i) { return i >> 20 & 31; }
constexpr unsigned funct7(u32 i) { return i >> 25; }

// Immediates are sign-extended from bit 31 of the instruction in every format.
constexpr i64 imm_i(u32 i) { return static_cast<i32>(i) >> 20; }
constexpr i64 imm_s(u32 i) { return (static_cast<i32>(i) >> 25) * 32 + static_cast<i32>(rd(i)); }
constexpr i64 imm_b(u32 i) {
  return (static_cast<i32>(i) >> 31) * 4096 +
         static_cast<i32>((i << 4 & 0x800) | (i >> 20 & 0x7e0) | (i >> 7 & 0x1e));
}
constexpr i64 imm_u(u32 i) { return static_cast<i32>(i & 0xffff'f000); }
constexpr i64 imm_j(u32 i) {
  return (static_cast<i32>(i) >> 31) * 0x10'0000 +
         static_cast<i32>((i & 0xf'f000) | (i >> 9 & 0x800) | (i >> 20 & 0x7fe));
}
static_assert(imm_j(0xff1f'f06f) == -16 && imm_b(0xfe00'0ee3) == -4 && imm_s(0xfe01'2e23) == -4);

constexpr u64 sext32(u64 v) { return static_cast<u64>(static_cast<i64>(static_cast<i32>(v))); }

/// OP and OP-IMM; `variant` is funct7 (for immediates only what a shift has in its place).
std::optional<u64> integer(unsigned f3, unsigned variant, u64 a, u64 b) {
  const bool alternate = variant == 0x20;
  if (variant != 0 && !(alternate && (f3 == 0 || f3 == 5))) return std::nullopt;
  switch (f3) {
    case 0:
      return alternate ? a - b : a + b;
    case 1:
      return a << (b & 63);
    case 2:
      return static_cast<i64>(a) < static_cast<i64>(b);
    case 3:
      return a < b;
    case 4:
      return a ^ b;
    case 5:
      return alternate ? static_cast<u64>(static_cast<i64>(a) >> (b & 63)) : a >> (b & 63);
    case 6:
      return a | b;
    default:
      return a & b;
  }
}

/// The same on 32 bits (the W instructions).
std::optional<u64> integer32(unsigned f3, unsigned variant, u64 a, u64 b) {
  const bool alternate = variant == 0x20;
  const auto word = static_cast<u32>(a);
  const unsigned shift = b & 31;
  if (f3 == 0 && (variant == 0 || alternate)) return sext32(alternate ? a - b : a + b);
  if (f3 == 1 && variant == 0) return sext32(word << shift);
  if (f3 == 5 && variant == 0) return sext32(word >> shift);
  if (f3 == 5 && alternate) return sext32(static_cast<u64>(static_cast<i32>(word) >> shift));
  return std::nullopt;
}

std::optional<u64> immediate_op(u32 insn, u64 a) {
  const unsigned f3 = funct3(insn);
  const bool word = (insn & 0x7f) == kOpImm32;
  const auto b = static_cast<u64>(imm_i(insn));
  const bool shift = f3 == 1 || f3 == 5;
  if (word) return shift || f3 == 0 ? integer32(f3, shift ? funct7(insn) : 0, a, b) : std::nullopt;
  return integer(f3, shift ? funct7(insn) & 0x7e : 0, a, b);
}

std::optional<bool> branch_taken(unsigned f3, u64 a, u64 b) {
  if (f3 == 2 || f3 == 3) return std::nullopt;
  const bool base = f3 < 2 ? a == b : f3 < 6 ? static_cast<i64>(a) < static_cast<i64>(b) : a < b;
  return base != ((f3 & 1) != 0);
}

bool illegal(Event& event) {
  event = {.kind = EventKind::illegal_instruction};
  return true;
}

bool fault(Event& event, Access access, u64 address, FaultCause cause = FaultCause::access) {
  event = {
      .kind = EventKind::fault, .access = access, .cause = cause, .address = GuestAddr(address)};
  return true;
}

}  // namespace

Event RiscvCpu::cpu_loop() noexcept {
  Event event;
  while (!interrupted_.exchange(false)) {
    if (step(event)) return event;
    if (single_step_) return {.kind = EventKind::step};
  }
  return {.kind = EventKind::interrupted};
}

bool RiscvCpu::step(Event& event) {
  u32 insn = 0;
  const std::size_t got = host_.fetch(GuestAddr(state_.pc), &insn, sizeof insn);
  if (got < sizeof insn) return fault(event, Access::execute, state_.pc + got);
  const u64 a = state_.x[rs1(insn)];
  const u64 b = state_.x[rs2(insn)];
  std::optional<u64> result;
  switch (insn & 0x7f) {
    case kLoad:
      return load(insn, event);
    case kStore:
      return store(insn, event);
    case kSystem:
      return system(insn, event);
    case kJal:
      return jump(state_.pc + imm_j(insn), rd(insn), event);
    case kJalr:
      return jump((a + imm_i(insn)) & ~u64{1}, rd(insn), event);
    case kBranch: {
      const auto taken = branch_taken(funct3(insn), a, b);
      if (!taken) return illegal(event);
      return jump(state_.pc + (*taken ? imm_b(insn) : 4), kZero, event);
    }
    case kMiscMem:  // fences: each instruction here is complete before the next
      state_.pc += 4;
      return false;
    case kLui:
      result = imm_u(insn);
      break;
    case kAuipc:
      result = state_.pc + imm_u(insn);
      break;
    case kOp:
      result = integer(funct3(insn), funct7(insn), a, b);
      break;
    case kOp32:
      result = integer32(funct3(insn), funct7(insn), a, b);
      break;
    case kOpImm:
    case kOpImm32:
      result = immediate_op(insn, a);
      break;
    default:
      break;
  }
  if (!result) return illegal(event);
  write(rd(insn), *result);
  state_.pc += 4;
  return false;
}

bool RiscvCpu::jump(u64 target, u32 link, Event& event) {
  if ((target & 3) != 0) return fault(event, Access::execute, target, FaultCause::alignment);
  write(link, state_.pc + 4);
  state_.pc = target;
  return false;
}

bool RiscvCpu::load(u32 insn, Event& event) {
  const unsigned f3 = funct3(insn);
  if (f3 == 7) return illegal(event);
  const u64 address = state_.x[rs1(insn)] + imm_i(insn);
  const unsigned bytes = 1u << (f3 & 3);
  u64 value = 0;
  if (!host_.copyin(&value, GuestAddr(address), bytes)) return fault(event, Access::read, address);
  const unsigned unused = 64 - 8 * bytes;
  const bool zero_extend = (f3 & 4) != 0;
  if (!zero_extend) value = static_cast<u64>(static_cast<i64>(value << unused) >> unused);
  write(rd(insn), value);
  state_.pc += 4;
  return false;
}

bool RiscvCpu::store(u32 insn, Event& event) {
  const unsigned f3 = funct3(insn);
  if (f3 > 3) return illegal(event);
  const u64 address = state_.x[rs1(insn)] + imm_s(insn);
  const u64 value = state_.x[rs2(insn)];
  if (!host_.copyout(GuestAddr(address), &value, 1u << f3)) {
    return fault(event, Access::write, address);
  }
  state_.pc += 4;
  return false;
}

bool RiscvCpu::system(u32 insn, Event& event) {
  constexpr u32 kEcall = 0x0000'0073, kEbreak = 0x0010'0073;
  if (insn == kEcall) {
    state_.pc += 4;  // FreeBSD sys/riscv/riscv/trap.c moves on before the call, too
    event = {.kind = EventKind::syscall};
    return true;
  }
  if (insn != kEbreak) return illegal(event);
  event = {.kind = EventKind::breakpoint};
  return true;
}

}  // namespace riscv64
