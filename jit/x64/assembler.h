#pragma once

/// Encodes x86-64 (level v3: AVX2, BMI, MOVBE, FMA) into a buffer. One function an instruction
/// form, named after the instruction; sizes are in bytes. Written for this library because
/// Debian's asmjit is not position independent and xbyak took longer to encode a block than
/// everything else together.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace emulate::jit::x64 {

enum class Gpr : std::uint8_t {
  rax,
  rcx,
  rdx,
  rbx,
  rsp,
  rbp,
  rsi,
  rdi,
  r8,
  r9,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15,
  none
};
enum class Xmm : std::uint8_t {
  xmm0,
  xmm1,
  xmm2,
  xmm3,
  xmm4,
  xmm5,
  xmm6,
  xmm7,
  xmm8,
  xmm9,
  xmm10,
  xmm11,
  xmm12,
  xmm13,
  xmm14,
  xmm15,
  none
};
constexpr unsigned num(Gpr r) { return static_cast<unsigned>(r); }
constexpr unsigned num(Xmm r) { return static_cast<unsigned>(r); }

/// [base + index << scale + disp]
struct Mem {
  Gpr base = Gpr::none;
  std::int32_t disp = 0;
  Gpr index = Gpr::none;
  std::uint8_t scale = 0;
};

/// The /digit of the 80/81/83 group, which is also its opcode base divided by 8.
enum class Alu : std::uint8_t {
  add = 0,
  or_ = 1,
  adc = 2,
  sbb = 3,
  and_ = 4,
  sub = 5,
  xor_ = 6,
  cmp = 7
};
/// The /digit of the C1/D3 group.
enum class Shift : std::uint8_t { rol = 0, ror = 1, shl = 4, shr = 5, sar = 7 };
/// Condition codes; odd ones negate.
enum class Cc : std::uint8_t { o, no, b, ae, e, ne, be, a, s, ns, p, np, l, ge, le, g };
constexpr Cc negate(Cc c) { return static_cast<Cc>(static_cast<unsigned>(c) ^ 1); }

/// How a vector instruction is encoded.
struct VexOp {
  std::uint8_t pp = 0;   ///< 1: 66
  std::uint8_t map = 0;  ///< 1: 0F, 2: 0F38, 3: 0F3A
  std::uint8_t opcode = 0;
  bool w = false;
};

/// A place in the code that jumps name before it is known.
class Label {
 public:
  bool bound() const { return position_ != nullptr; }
  std::uint8_t* position() const { return position_; }

 private:
  friend class Assembler;
  std::uint8_t* position_ = nullptr;
  std::vector<std::uint8_t*> fixups_;  ///< rel32 fields that wait for the position
};

class Assembler {
 public:
  Assembler(std::uint8_t* start, std::size_t size)
      : start_(start), at_(start), end_(start + size) {}

  std::uint8_t* start() const { return start_; }
  std::uint8_t* at() const { return at_; }
  std::uint32_t offset() const { return static_cast<std::uint32_t>(at_ - start_); }
  /// True when the buffer was too small; nothing is written past its end.
  bool overflow() const { return overflow_; }

  void bind(Label& label);
  void align(unsigned alignment);
  void nop(unsigned bytes);
  void byte(unsigned v) {
    if (at_ == end_) {
      overflow_ = true;
      return;
    }
    *at_++ = static_cast<std::uint8_t>(v);
  }
  void dword(std::uint32_t v) { put(&v, sizeof v); }
  void qword(std::uint64_t v) { put(&v, sizeof v); }
  void put(const void* p, std::size_t n) {
    if (static_cast<std::size_t>(end_ - at_) < n) {
      overflow_ = true;
      return;
    }
    std::memcpy(at_, p, n);
    at_ += n;
  }

  // Moves. No flags change.
  void mov(Gpr d, Gpr s, unsigned size) { rm(size, 0x8b, num(d), num(s)); }
  void mov_imm(Gpr d, std::uint64_t v);
  /// Zero extended to 64 bits.
  void load(Gpr d, const Mem& m, unsigned size);
  void load_sx(Gpr d, const Mem& m, unsigned size, unsigned to);
  void store(const Mem& m, Gpr s, unsigned size);
  /// v is sign extended from 32 bits for size 8.
  void store_imm(const Mem& m, std::int32_t v, unsigned size);
  void movzx(Gpr d, Gpr s, unsigned from);
  void movsx(Gpr d, Gpr s, unsigned from, unsigned to);
  void lea(Gpr d, const Mem& m, unsigned size) { rm(size, 0x8d, num(d), m); }
  void bswap(Gpr r, unsigned size);
  void movbe_load(Gpr d, const Mem& m, unsigned size) { rm0f38(size, 0xf0, num(d), m); }
  void movbe_store(const Mem& m, Gpr s, unsigned size) { rm0f38(size, 0xf1, num(s), m); }
  void push(Gpr r);
  void push_imm(std::int32_t v);
  void pop(Gpr r);

  // Integer arithmetic on 4 or 8 bytes.
  void alu(Alu op, Gpr d, Gpr s, unsigned size) { rm(size, num8(op) + 3, num(d), num(s)); }
  void alu(Alu op, Gpr d, const Mem& m, unsigned size) { rm(size, num8(op) + 3, num(d), m); }
  void alu_imm(Alu op, Gpr d, std::int32_t v, unsigned size);
  void alu_imm(Alu op, const Mem& m, std::int32_t v, unsigned size);
  void test(Gpr a, Gpr b, unsigned size) { rm(size, 0x85, num(b), num(a)); }
  void test_imm(Gpr a, std::int32_t v);
  void imul(Gpr d, Gpr s, unsigned size) { rm0f(size, 0xaf, num(d), num(s)); }
  void imul(Gpr d, const Mem& s, unsigned size) { rm0f(size, 0xaf, num(d), s); }
  void imul_imm(Gpr d, Gpr s, std::int32_t v, unsigned size);
  void not_(Gpr r, unsigned size) { rm(size, 0xf7, 2, num(r)); }
  void neg(Gpr r, unsigned size) { rm(size, 0xf7, 3, num(r)); }
  void mul(Gpr s, unsigned size) { rm(size, 0xf7, 4, num(s)); }    ///< rdx:rax = rax * s
  void imul1(Gpr s, unsigned size) { rm(size, 0xf7, 5, num(s)); }  ///< signed
  void div(Gpr s, unsigned size) { rm(size, 0xf7, 6, num(s)); }
  void idiv(Gpr s, unsigned size) { rm(size, 0xf7, 7, num(s)); }
  void cdq(unsigned size);
  void shift_imm(Shift op, Gpr r, unsigned count, unsigned size);
  void rol16(Gpr r, unsigned count) {
    rm(2, 0xc1, 0, num(r));
    byte(count);
  }
  void shift_cl(Shift op, Gpr r, unsigned size) {
    rm(size, 0xd3, static_cast<unsigned>(op), num(r));
  }
  /// shlx, shrx, sarx: d = s shifted by the low bits of count; no flags.
  void shiftx(Shift op, Gpr d, Gpr s, Gpr count, unsigned size);
  void lzcnt(Gpr d, Gpr s, unsigned size);
  void popcnt(Gpr d, Gpr s, unsigned size);
  void setcc(Cc cc, Gpr r);
  /// The lowest byte of a with a constant.
  void cmp_byte(Gpr a, std::uint8_t v);
  void cmov(Cc cc, Gpr d, Gpr s, unsigned size) {
    rm0f(size, 0x40 + static_cast<unsigned>(cc), num(d), num(s));
  }
  void lahf() { byte(0x9f); }
  void cmpxchg_lock(const Mem& m, Gpr s, unsigned size);
  /// Locked by itself. Sizes below 4 leave the upper bits of s.
  void xchg(const Mem& m, Gpr s, unsigned size);
  void prefetch(const Mem& m) { rm0f(4, 0x18, 1, m); }
  void mfence() { byte(0x0f), byte(0xae), byte(0xf0); }

  // Control.
  void jmp(Label& l);
  void jcc(Cc cc, Label& l);
  void jmp(const Mem& m) { rm(4, 0xff, 4, m); }
  void jmp(Gpr r) { rm(4, 0xff, 4, num(r)); }
  void call(const Mem& m) { rm(4, 0xff, 2, m); }
  void call_reg(Gpr r) { rm(4, 0xff, 2, num(r)); }
  void call(const std::uint8_t* target);
  void jmp(const std::uint8_t* target);
  void jcc(Cc cc, const std::uint8_t* target);
  void ret() { byte(0xc3); }
  void ud2() { byte(0x0f), byte(0x0b); }
  /// A jump, conditional jump or call whose rel32 is patched later: its field is kept within 8
  /// aligned bytes, so that one store changes it. Returns the field.
  std::uint8_t* patchable_jmp();
  std::uint8_t* patchable_jcc(Cc cc);
  std::uint8_t* patchable_call();
  /// sub dword [rip + ...], 1
  void decrement(const std::int32_t* counter);

  // Scalar floating point; size 4 or 8.
  void movf(Xmm d, Xmm s) { vex_rr(0, 1, 0, 0x28, num(d), 0, num(s)); }
  /// 16 bytes, too; unaligned.
  void loadf(Xmm d, const Mem& m, unsigned size) { vex_rm(fp(size), 1, 0, 0x10, num(d), 0, m); }
  void storef(const Mem& m, Xmm s, unsigned size) { vex_rm(fp(size), 1, 0, 0x11, num(s), 0, m); }
  /// The upper 8 bytes; the lower are a's.
  void load_high(Xmm d, Xmm a, const Mem& m) { vex_rm(0, 1, 0, 0x16, num(d), num(a), m); }
  void movf(Xmm d, Gpr s, unsigned size) { vex_rr(1, 1, size == 8, 0x6e, num(d), 0, num(s)); }
  void movf(Gpr d, Xmm s, unsigned size) { vex_rr(1, 1, size == 8, 0x7e, num(s), 0, num(d)); }
  /// op: 58 add, 59 mul, 5c sub, 5e div, 51 sqrt.
  void arithf(unsigned op, Xmm d, Xmm a, Xmm b, unsigned size) {
    vex_rr(fp(size), 1, 0, op, num(d), num(a), num(b));
  }
  /// op: 57 xor, 54 and, 55 and-not, on all 128 bits.
  void logicf(unsigned op, Xmm d, Xmm a, Xmm b) { vex_rr(0, 1, 0, op, num(d), num(a), num(b)); }
  void fmadd231(Xmm d, Xmm a, Xmm b, unsigned size) {
    vex_rr(1, 2, size == 8, 0xb9, num(d), num(a), num(b));
  }
  void ucomis(Xmm a, Xmm b, unsigned size) {
    vex_rr(size == 8 ? 1 : 0, 1, 0, 0x2e, num(a), 0, num(b));
  }
  /// All bits of d set if the predicate is true. Bits above are a's.
  void cmpf(Xmm d, Xmm a, Xmm b, unsigned predicate, unsigned size) {
    vex_rr(fp(size), 1, 0, 0xc2, num(d), num(a), num(b));
    byte(predicate);
  }
  /// d = mask's sign ? yes : no
  void blendf(Xmm d, Xmm no, Xmm yes, Xmm mask, unsigned size) {
    vex_rr(1, 3, 0, size == 8 ? 0x4b : 0x4a, num(d), num(no), num(yes));
    byte(num(mask) << 4);
  }
  void cvt_f_to_f(Xmm d, Xmm s, unsigned from) {
    vex_rr(fp(from), 1, 0, 0x5a, num(d), num(s), num(s));
  }
  void cvt_int_to_f(Xmm d, Gpr s, unsigned int_size, unsigned size) {
    vex_rr(fp(size), 1, int_size == 8, 0x2a, num(d), num(d), num(s));
  }
  void cvt_f_to_int(Gpr d, Xmm s, unsigned size, unsigned int_size, bool truncate) {
    vex_rr(fp(size), 1, int_size == 8, truncate ? 0x2c : 0x2d, num(d), 0, num(s));
  }
  void roundf(Xmm d, Xmm s, unsigned size, unsigned control);
  void zerof(Xmm d) { logicf(0x57, d, d, d); }
  // Vectors. Of operations with two operands only, `a` is what the manual calls vvvv: xmm0.
  void vector(const VexOp& op, Xmm d, Xmm a, Xmm b) {
    vex_rr(op.pp, op.map, op.w, op.opcode, num(d), num(a), num(b));
  }
  void vector(const VexOp& op, Xmm d, Xmm a, Xmm b, unsigned imm) {
    vector(op, d, a, b);
    byte(imm);
  }
  /// b is a constant in the code.
  void vector(const VexOp& op, Xmm d, Xmm a, Label& b);
  /// By a constant; `kind` is the opcode's digit, lanes have 16, 32 or 64 bits.
  void vector_shift(unsigned kind, unsigned lane, Xmm d, Xmm a, unsigned count) {
    vex_rr(1, 1, 0, lane == 16 ? 0x71 : lane == 32 ? 0x72 : 0x73, kind, num(d), num(a));
    byte(count);
  }
  void pinsrq(Xmm d, Xmm a, Gpr high) {
    vex_rr(1, 3, 1, 0x22, num(d), num(a), num(high));
    byte(1);
  }
  void pextrq(Gpr d, Xmm a) {
    vex_rr(1, 3, 1, 0x16, num(a), 0, num(d));
    byte(1);
  }
  void pmovmskb(Gpr d, Xmm a) { vex_rr(1, 1, 0, 0xd7, num(d), 0, num(a)); }
  void ldmxcsr(const Mem& m) { vex_rm(0, 1, 0, 0xae, 2, 0, m); }
  void stmxcsr(const Mem& m) { vex_rm(0, 1, 0, 0xae, 3, 0, m); }

 private:
  static unsigned num8(Alu op) { return static_cast<unsigned>(op) << 3; }
  /// VEX pp of F2, F3 or none
  static unsigned fp(unsigned size) { return size == 8 ? 3 : size == 4 ? 2 : 0; }

  void rex(bool w, unsigned reg, unsigned index, unsigned base, bool force = false);
  void modrm(unsigned reg, unsigned rm) { byte(0xc0 | (reg & 7) << 3 | (rm & 7)); }
  void modrm(unsigned reg, const Mem& m);
  /// One-byte opcode, register or memory operand; size 2 adds the prefix, 8 REX.W.
  void rm(unsigned size, unsigned opcode, unsigned reg, unsigned rm);
  void rm(unsigned size, unsigned opcode, unsigned reg, const Mem& m);
  void rm0f(unsigned size, unsigned opcode, unsigned reg, unsigned rm);
  void rm0f(unsigned size, unsigned opcode, unsigned reg, const Mem& m);
  void rm0f38(unsigned size, unsigned opcode, unsigned reg, const Mem& m);
  void vex(unsigned pp, unsigned map, bool w, unsigned reg, unsigned vvvv, unsigned index,
           unsigned base);
  void vex_rr(unsigned pp, unsigned map, bool w, unsigned op, unsigned reg, unsigned vvvv,
              unsigned rm);
  void vex_rm(unsigned pp, unsigned map, bool w, unsigned op, unsigned reg, unsigned vvvv,
              const Mem& m);
  void rel32(Label& l);
  std::uint8_t* patchable(unsigned opcode_bytes);

  std::uint8_t* start_;
  std::uint8_t* at_;
  std::uint8_t* end_;
  bool overflow_ = false;
};

/// The host runs what this assembler encodes.
bool host_supported();

}  // namespace emulate::jit::x64
