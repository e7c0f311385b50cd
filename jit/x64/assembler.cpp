#include "jit/x64/assembler.h"

namespace emulate::jit::x64 {
namespace {

std::int32_t distance(const std::uint8_t* from, const std::uint8_t* to) {
  return static_cast<std::int32_t>(to - from);
}
bool fits8(std::int32_t v) { return v >= -128 && v <= 127; }
unsigned index_of(const Mem& m) { return m.index == Gpr::none ? 0 : num(m.index); }

}  // namespace

bool host_supported() { return __builtin_cpu_supports("x86-64-v3") != 0; }

void Assembler::bind(Label& label) {
  label.position_ = at_;
  for (std::uint8_t* field : label.fixups_) {
    if (overflow_) break;
    const std::int32_t d = distance(field + 4, at_);
    std::memcpy(field, &d, 4);
  }
  label.fixups_.clear();
}

void Assembler::align(unsigned alignment) {
  const auto over = reinterpret_cast<std::uintptr_t>(at_) & (alignment - 1);
  if (over != 0) nop(alignment - static_cast<unsigned>(over));
}

void Assembler::nop(unsigned bytes) {
  static constexpr std::uint8_t kNops[9][9] = {{0x90},
                                               {0x66, 0x90},
                                               {0x0f, 0x1f, 0x00},
                                               {0x0f, 0x1f, 0x40, 0},
                                               {0x0f, 0x1f, 0x44, 0, 0},
                                               {0x66, 0x0f, 0x1f, 0x44, 0, 0},
                                               {0x0f, 0x1f, 0x80, 0, 0, 0, 0},
                                               {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
                                               {0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}};
  while (bytes > 0) {
    const unsigned n = bytes < 9 ? bytes : 9;
    put(kNops[n - 1], n);
    bytes -= n;
  }
}

void Assembler::rex(bool w, unsigned reg, unsigned index, unsigned base, bool force) {
  const unsigned v =
      0x40 | (w ? 8 : 0) | (reg >> 3 & 1) << 2 | (index >> 3 & 1) << 1 | (base >> 3 & 1);
  if (v != 0x40 || force) byte(v);
}

void Assembler::modrm(unsigned reg, const Mem& m) {
  const unsigned base = num(m.base) & 7;
  const bool sib = m.index != Gpr::none || base == 4;
  // A base of rbp or r13 cannot go without a displacement.
  const unsigned mode = m.disp == 0 && base != 5 ? 0 : fits8(m.disp) ? 1 : 2;
  byte(mode << 6 | (reg & 7) << 3 | (sib ? 4 : base));
  if (sib) byte(unsigned{m.scale} << 6 | (m.index == Gpr::none ? 4 : num(m.index) & 7) << 3 | base);
  if (mode == 1) byte(static_cast<std::uint8_t>(m.disp));
  if (mode == 2) dword(static_cast<std::uint32_t>(m.disp));
}

void Assembler::rm(unsigned size, unsigned opcode, unsigned reg, unsigned r) {
  if (size == 2) byte(0x66);
  rex(size == 8, reg, 0, r);
  byte(opcode);
  modrm(reg, r);
}
void Assembler::rm(unsigned size, unsigned opcode, unsigned reg, const Mem& m) {
  if (size == 2) byte(0x66);
  rex(size == 8, reg, index_of(m), num(m.base));
  byte(opcode);
  modrm(reg, m);
}
void Assembler::rm0f(unsigned size, unsigned opcode, unsigned reg, unsigned r) {
  if (size == 2) byte(0x66);
  rex(size == 8, reg, 0, r);
  byte(0x0f), byte(opcode);
  modrm(reg, r);
}
void Assembler::rm0f(unsigned size, unsigned opcode, unsigned reg, const Mem& m) {
  if (size == 2) byte(0x66);
  rex(size == 8, reg, index_of(m), num(m.base));
  byte(0x0f), byte(opcode);
  modrm(reg, m);
}
void Assembler::rm0f38(unsigned size, unsigned opcode, unsigned reg, const Mem& m) {
  if (size == 2) byte(0x66);
  rex(size == 8, reg, index_of(m), num(m.base));
  byte(0x0f), byte(0x38), byte(opcode);
  modrm(reg, m);
}

void Assembler::mov_imm(Gpr d, std::uint64_t v) {
  if (v <= 0xffff'ffffu) {
    rex(false, 0, 0, num(d));
    byte(0xb8 | (num(d) & 7));
    dword(static_cast<std::uint32_t>(v));
  } else if (static_cast<std::int64_t>(v) == static_cast<std::int32_t>(v)) {
    rm(8, 0xc7, 0, num(d));
    dword(static_cast<std::uint32_t>(v));
  } else {
    rex(true, 0, 0, num(d));
    byte(0xb8 | (num(d) & 7));
    qword(v);
  }
}

void Assembler::load(Gpr d, const Mem& m, unsigned size) {
  if (size >= 4) return rm(size, 0x8b, num(d), m);
  rm0f(4, size == 1 ? 0xb6 : 0xb7, num(d), m);
}
void Assembler::load_sx(Gpr d, const Mem& m, unsigned size, unsigned to) {
  if (size == 4) return rm(8, 0x63, num(d), m);
  rm0f(to == 8 ? 8 : 4, size == 1 ? 0xbe : 0xbf, num(d), m);
}
void Assembler::store(const Mem& m, Gpr s, unsigned size) {
  if (size != 1) return rm(size, 0x89, num(s), m);
  rex(false, num(s), index_of(m), num(m.base), num(s) >= 4);
  byte(0x88);
  modrm(num(s), m);
}
void Assembler::store_imm(const Mem& m, std::int32_t v, unsigned size) {
  rm(size == 1 ? 4 : size, size == 1 ? 0xc6 : 0xc7, 0, m);
  const std::uint32_t bits = static_cast<std::uint32_t>(v);
  if (size == 1) return byte(bits);
  put(&bits, size == 2 ? 2 : 4);
}
void Assembler::movzx(Gpr d, Gpr s, unsigned from) {
  if (from >= 4) return mov(d, s, 4);
  rex(false, num(d), 0, num(s), from == 1 && num(s) >= 4);
  byte(0x0f), byte(from == 1 ? 0xb6 : 0xb7);
  modrm(num(d), num(s));
}
void Assembler::movsx(Gpr d, Gpr s, unsigned from, unsigned to) {
  if (from == 4) return rm(8, 0x63, num(d), num(s));
  rex(to == 8, num(d), 0, num(s), from == 1 && num(s) >= 4);
  byte(0x0f), byte(from == 1 ? 0xbe : 0xbf);
  modrm(num(d), num(s));
}
void Assembler::bswap(Gpr r, unsigned size) {
  rex(size == 8, 0, 0, num(r));
  byte(0x0f), byte(0xc8 | (num(r) & 7));
}
void Assembler::push(Gpr r) {
  rex(false, 0, 0, num(r));
  byte(0x50 | (num(r) & 7));
}
void Assembler::push_imm(std::int32_t v) {
  byte(0x68);
  dword(static_cast<std::uint32_t>(v));
}
void Assembler::pop(Gpr r) {
  rex(false, 0, 0, num(r));
  byte(0x58 | (num(r) & 7));
}

void Assembler::alu_imm(Alu op, Gpr d, std::int32_t v, unsigned size) {
  rm(size, fits8(v) ? 0x83 : 0x81, static_cast<unsigned>(op), num(d));
  if (fits8(v)) return byte(static_cast<std::uint8_t>(v));
  dword(static_cast<std::uint32_t>(v));
}
void Assembler::alu_imm(Alu op, const Mem& m, std::int32_t v, unsigned size) {
  rm(size, fits8(v) ? 0x83 : 0x81, static_cast<unsigned>(op), m);
  if (fits8(v)) return byte(static_cast<std::uint8_t>(v));
  dword(static_cast<std::uint32_t>(v));
}
void Assembler::cmp_byte(Gpr a, std::uint8_t v) {
  rex(false, 0, 0, num(a), num(a) >= 4);
  byte(0x80);
  modrm(7, num(a));
  byte(v);
}
void Assembler::test_imm(Gpr a, std::int32_t v) {
  rm(4, 0xf7, 0, num(a));
  dword(static_cast<std::uint32_t>(v));
}
void Assembler::imul_imm(Gpr d, Gpr s, std::int32_t v, unsigned size) {
  rm(size, 0x69, num(d), num(s));
  dword(static_cast<std::uint32_t>(v));
}
void Assembler::cdq(unsigned size) {
  rex(size == 8, 0, 0, 0);
  byte(0x99);
}
void Assembler::shift_imm(Shift op, Gpr r, unsigned count, unsigned size) {
  rm(size, 0xc1, static_cast<unsigned>(op), num(r));
  byte(count);
}
void Assembler::shiftx(Shift op, Gpr d, Gpr s, Gpr count, unsigned size) {
  const unsigned pp = op == Shift::shl ? 1 : op == Shift::sar ? 2 : 3;
  vex_rr(pp, 2, size == 8, 0xf7, num(d), num(count), num(s));
}
void Assembler::lzcnt(Gpr d, Gpr s, unsigned size) {
  byte(0xf3);
  rm0f(size, 0xbd, num(d), num(s));
}
void Assembler::popcnt(Gpr d, Gpr s, unsigned size) {
  byte(0xf3);
  rm0f(size, 0xb8, num(d), num(s));
}
void Assembler::setcc(Cc cc, Gpr r) {
  rex(false, 0, 0, num(r), num(r) >= 4);
  byte(0x0f), byte(0x90 | static_cast<unsigned>(cc));
  modrm(0, num(r));
}
void Assembler::cmpxchg_lock(const Mem& m, Gpr s, unsigned size) {
  byte(0xf0);
  if (size == 2) byte(0x66);
  rex(size == 8, num(s), index_of(m), num(m.base), size == 1 && num(s) >= 4);
  byte(0x0f), byte(size == 1 ? 0xb0 : 0xb1);
  modrm(num(s), m);
}

void Assembler::xchg(const Mem& m, Gpr s, unsigned size) {
  if (size != 1) return rm(size, 0x87, num(s), m);
  rex(false, num(s), index_of(m), num(m.base), num(s) >= 4);
  byte(0x86);
  modrm(num(s), m);
}

void Assembler::rel32(Label& l) {
  if (l.bound()) return dword(static_cast<std::uint32_t>(distance(at_ + 4, l.position_)));
  l.fixups_.push_back(at_);
  dword(0);
}
void Assembler::jmp(Label& l) {
  if (l.bound() && distance(at_ + 2, l.position_) >= -128) {
    byte(0xeb);
    return byte(static_cast<std::uint8_t>(distance(at_ + 1, l.position_)));
  }
  byte(0xe9);
  rel32(l);
}
void Assembler::jcc(Cc cc, Label& l) {
  if (l.bound() && distance(at_ + 2, l.position_) >= -128) {
    byte(0x70 | static_cast<unsigned>(cc));
    return byte(static_cast<std::uint8_t>(distance(at_ + 1, l.position_)));
  }
  byte(0x0f), byte(0x80 | static_cast<unsigned>(cc));
  rel32(l);
}
void Assembler::call(const std::uint8_t* target) {
  byte(0xe8);
  dword(static_cast<std::uint32_t>(distance(at_ + 4, target)));
}
void Assembler::jmp(const std::uint8_t* target) {
  byte(0xe9);
  dword(static_cast<std::uint32_t>(distance(at_ + 4, target)));
}
void Assembler::jcc(Cc cc, const std::uint8_t* target) {
  byte(0x0f), byte(0x80 | static_cast<unsigned>(cc));
  dword(static_cast<std::uint32_t>(distance(at_ + 4, target)));
}

std::uint8_t* Assembler::patchable(unsigned opcode_bytes) {
  const auto field = reinterpret_cast<std::uintptr_t>(at_) + opcode_bytes;
  if ((field & 7) > 4) nop(8 - static_cast<unsigned>(field & 7));
  return at_ + opcode_bytes;
}
std::uint8_t* Assembler::patchable_jmp() {
  std::uint8_t* field = patchable(1);
  byte(0xe9), dword(0);
  return field;
}
std::uint8_t* Assembler::patchable_jcc(Cc cc) {
  std::uint8_t* field = patchable(2);
  byte(0x0f), byte(0x80 | static_cast<unsigned>(cc)), dword(0);
  return field;
}
void Assembler::decrement(const std::int32_t* counter) {
  byte(0x83), byte(0x2d);
  const auto* after = at_ + 5;
  dword(static_cast<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(counter) - after));
  byte(1);
}
std::uint8_t* Assembler::patchable_call() {
  std::uint8_t* field = patchable(1);
  byte(0xe8), dword(0);
  return field;
}

void Assembler::vex(unsigned pp, unsigned map, bool w, unsigned reg, unsigned vvvv, unsigned index,
                    unsigned base) {
  const unsigned r = ~reg >> 3 & 1, x = ~index >> 3 & 1, b = ~base >> 3 & 1;
  if (map == 1 && !w && x == 1 && b == 1) {
    byte(0xc5);
    byte(r << 7 | (~vvvv & 15) << 3 | pp);
    return;
  }
  byte(0xc4);
  byte(r << 7 | x << 6 | b << 5 | map);
  byte((w ? 0x80u : 0u) | (~vvvv & 15) << 3 | pp);
}
void Assembler::vex_rr(unsigned pp, unsigned map, bool w, unsigned op, unsigned reg, unsigned vvvv,
                       unsigned r) {
  vex(pp, map, w, reg, vvvv, 0, r);
  byte(op);
  modrm(reg, r);
}
void Assembler::vex_rm(unsigned pp, unsigned map, bool w, unsigned op, unsigned reg, unsigned vvvv,
                       const Mem& m) {
  vex(pp, map, w, reg, vvvv, index_of(m), num(m.base));
  byte(op);
  modrm(reg, m);
}
void Assembler::vector(const VexOp& op, Xmm d, Xmm a, Label& b) {
  vex(op.pp, op.map, op.w, num(d), num(a), 0, 0);
  byte(op.opcode);
  byte((num(d) & 7) << 3 | 5);
  rel32(b);
}
void Assembler::roundf(Xmm d, Xmm s, unsigned size, unsigned control) {
  vex_rr(1, 3, false, size == 8 ? 0x0b : 0x0a, num(d), num(s), num(s));
  byte(control);
}

}  // namespace emulate::jit::x64
