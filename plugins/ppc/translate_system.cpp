/// System calls, traps, barriers and special registers.

#include "ppc/translator.h"

namespace emulate::ppc {

namespace {

// Special purpose registers that programs can reach (Power ISA book III, 5.4.4).
constexpr unsigned kXer = 1, kDscrUser = 3, kLr = 8, kCtr = 9, kDscr = 17, kVrsave = 256,
                   kUsprg3 = 259, kTb = 268, kTbu = 269, kPvr = 287, kTar = 815, kPpr = 896,
                   kPpr32 = 898;

/// The processor version register: FreeBSD and Linux emulate reading it.
constexpr std::uint32_t version_of(std::uint32_t features) {
  if (features & k300) return 0x004e'1202u;
  if (features & k207) return 0x004d'0200u;
  if (features & k206) return 0x003f'0203u;
  if (features & k64) return 0x003c'0301u;
  return 0x800c'0200u;
}

constexpr unsigned kXerSo = 31, kXerOv = 30, kXerCa = 29, kXerOv32 = 19, kXerCa32 = 18;
constexpr std::uint32_t kXerRest = 0x0000'ff7fu;

}  // namespace

void Translator::sc(Bits) { raise(EventKind::syscall, 0); }

namespace {

constexpr unsigned kLess = 16, kGreater = 8, kEqual = 4, kBelow = 2, kAbove = 1;

}  // namespace

/// The comparisons that TO selects; all of them: an unconditional trap.
template <class T, class Value>
static void trap(T&& raise_if, auto& b, unsigned to, Value a, Value c) {
  using jit::ir::Op;
  if (to & kLess) raise_if(b.compare(Op::lt_s, a, c));
  if (to & kGreater) raise_if(b.compare(Op::lt_s, c, a));
  if (to & kEqual) raise_if(b.compare(Op::eq, a, c));
  if (to & kBelow) raise_if(b.compare(Op::lt_u, a, c));
  if (to & kAbove) raise_if(b.compare(Op::lt_u, c, a));
}

void Translator::tw(Bits to, Reg ra, Reg rb) {
  if (to.v == 31) return raise(EventKind::breakpoint, 0);
  trap([&](Value v) { raise_if(v, EventKind::breakpoint, 0); }, b_, to.v, low(ra), low(rb));
}
void Translator::twi(Bits to, Reg ra, Imm16 si) {
  if (to.v == 31) return raise(EventKind::breakpoint, 0);
  trap([&](Value v) { raise_if(v, EventKind::breakpoint, 0); }, b_, to.v, low(ra),
       b_.i32(static_cast<std::uint32_t>(si.sext())));
}
void Translator::td(Bits to, Reg ra, Reg rb) {
  if (to.v == 31) return raise(EventKind::breakpoint, 0);
  trap([&](Value v) { raise_if(v, EventKind::breakpoint, 0); }, b_, to.v, word(ra), word(rb));
}
void Translator::tdi(Bits to, Reg ra, Imm16 si) {
  if (to.v == 31) return raise(EventKind::breakpoint, 0);
  trap([&](Value v) { raise_if(v, EventKind::breakpoint, 0); }, b_, to.v, word(ra),
       konst(static_cast<std::uint64_t>(si.sext())));
}

/// x86 keeps the order that lwsync asks for by itself.
void Translator::sync(Bits l) {
  if (l.v != 1) b_.fence();
}
void Translator::eieio() {}
void Translator::isync() {}
void Translator::wait(Bits) {}

// --- Special registers ---

void Translator::mfspr(Reg rt, Spr spr) {
  const auto whole = [&](std::size_t offset) { set_word(rt, b_.get(slot(offset, word_))); };
  const auto half = [&](std::size_t offset) {
    set_word(rt, b_.zext(b_.get(slot(offset, Type::i32)), word_));
  };
  switch (spr.n) {
    case kXer: {
      Value v = b_.get(slot(offsetof(State, xer_rest), Type::i32));
      const auto bit = [&](std::size_t offset, unsigned n) {
        const Value flag = b_.zext(b_.get(flag_slot(offset)), Type::i32);
        v = b_.or_(v, b_.shl(flag, b_.i32(n)));
      };
      bit(offsetof(State, so), kXerSo);
      bit(offsetof(State, ov), kXerOv);
      bit(offsetof(State, ca), kXerCa);
      if (traits_.has(k300)) {
        bit(offsetof(State, ov32), kXerOv32);
        bit(offsetof(State, ca32), kXerCa32);
      }
      return set_word(rt, b_.zext(v, word_));
    }
    case kLr:
      return whole(offsetof(State, lr));
    case kCtr:
      return whole(offsetof(State, ctr));
    case kVrsave:
      return half(offsetof(State, vrsave));
    case kUsprg3:  // the kernel's: the processor's number
      return set_word(rt, konst(0));
    case kTb:
    case kTbu:
      return mftb(rt, spr);
    case kPvr:
      return set_word(rt, konst(version_of(traits_.features)));
    case kDscr:
    case kDscrUser:
      if (!traits_.has(k206)) return illegal();
      return whole(offsetof(State, dscr));
    case kTar:
      if (!traits_.has(k207)) return illegal();
      return whole(offsetof(State, tar));
    case kPpr:
      if (!traits_.has(k206)) return illegal();
      return whole(offsetof(State, ppr));
    case kPpr32:
      if (!traits_.has(k207)) return illegal();
      return set_word(rt, b_.shr(b_.get(slot(offsetof(State, ppr), Type::i64)), konst(32)));
    default:
      return illegal();
  }
}

void Translator::mtspr(Reg rs, Spr spr) {
  const auto whole = [&](std::size_t offset) { b_.set(slot(offset, word_), word(rs)); };
  switch (spr.n) {
    case kXer: {
      const Value v = low(rs);
      freeze_cr();
      b_.set(slot(offsetof(State, xer_rest), Type::i32), b_.and_(v, b_.i32(kXerRest)));
      const auto bit = [&](std::size_t offset, unsigned n) {
        b_.set(flag_slot(offset), b_.trunc(b_.shr(v, b_.i32(n)), Type::i1));
      };
      bit(offsetof(State, so), kXerSo);
      bit(offsetof(State, ov), kXerOv);
      bit(offsetof(State, ca), kXerCa);
      if (traits_.has(k300)) {
        bit(offsetof(State, ov32), kXerOv32);
        bit(offsetof(State, ca32), kXerCa32);
      }
      return;
    }
    case kLr:
      return whole(offsetof(State, lr));
    case kCtr:
      return whole(offsetof(State, ctr));
    case kVrsave:
      return b_.set(slot(offsetof(State, vrsave), Type::i32), low(rs));
    case kDscr:
    case kDscrUser:
      if (!traits_.has(k206)) return illegal();
      return whole(offsetof(State, dscr));
    case kTar:
      if (!traits_.has(k207)) return illegal();
      return whole(offsetof(State, tar));
    case kPpr:
      if (!traits_.has(k206)) return illegal();
      return whole(offsetof(State, ppr));
    case kPpr32:
      if (!traits_.has(k207)) return illegal();
      return b_.set(slot(offsetof(State, ppr), Type::i64), b_.shl(word64(rs), b_.i64(32)));
    default:
      return illegal();
  }
}

void Translator::mftb(Reg rt, Spr tbr) {
  if (tbr.n != kTb && tbr.n != kTbu) return illegal();
  const Value now = b_.call(helper(HelperId::time_base), Type::i64, jit::ir::kHelperPure);
  if (tbr.n == kTb) return set_word(rt, b_.trunc(now, word_));
  set_word(rt, b_.trunc(b_.shr(now, b_.i64(32)), word_));
}

}  // namespace emulate::ppc
