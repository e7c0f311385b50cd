/// Operations of the Visual Instruction Set on plain numbers (UltraSPARC I & II user's manual, 13).

#include <algorithm>
#include <cstdlib>

#include "sparc64/helpers.h"

namespace emulate::sparc64 {
namespace {

using U64 = std::uint64_t;

std::int16_t half(U64 v, unsigned n) { return static_cast<std::int16_t>(v >> 16 * n); }
std::int32_t word(U64 v, unsigned n) { return static_cast<std::int32_t>(v >> 32 * n); }
unsigned byte(U64 v, unsigned n) { return v >> 8 * n & 0xff; }

/// Element n, counted from the low end, is what `f` says.
template <unsigned kBits, class F>
U64 build(F f) {
  U64 r = 0;
  for (unsigned n = 0; n < 64 / kBits; ++n) {
    const U64 mask = ~U64{0} >> (64 - kBits);
    r |= (static_cast<U64>(f(n)) & mask) << kBits * n;
  }
  return r;
}
/// One bit an element.
template <unsigned kCount, class F>
U64 mask_of(F f) {
  U64 r = 0;
  for (unsigned n = 0; n < kCount; ++n) r |= f(n) ? U64{1} << n : 0;
  return r;
}

/// The upper 16 of a 24-bit product, rounded.
std::int32_t rounded(std::int32_t product) { return (product + 0x80) >> 8; }

std::int64_t clamp(std::int64_t v, std::int64_t least, std::int64_t most) {
  return std::clamp(v, least, most);
}

U64 multiply(VisOp op, U64 a, U64 b) {
  switch (op) {
    case VisOp::mul8x16:
      return build<16>(
          [&](unsigned n) { return rounded(static_cast<std::int32_t>(byte(a, n)) * half(b, n)); });
    case VisOp::mul8x16au:
    case VisOp::mul8x16al: {
      const std::int32_t factor = half(b, op == VisOp::mul8x16au ? 1 : 0);
      return build<16>(
          [&](unsigned n) { return rounded(static_cast<std::int32_t>(byte(a, n)) * factor); });
    }
    case VisOp::mul8sux16:
      return build<16>([&](unsigned n) { return rounded((half(a, n) >> 8) * half(b, n)); });
    case VisOp::mul8ulx16:
      // The low byte's product loses 16 bits; they are rounded.
      return build<16>([&](unsigned n) {
        const std::int32_t product = static_cast<std::int32_t>(half(a, n) & 0xff) * half(b, n);
        return (product + 0x8000) >> 16;
      });
    case VisOp::muld8sux16:
      return build<32>([&](unsigned n) { return (half(a, n) >> 8) * half(b, n) * 256; });
    default:
      return build<32>(
          [&](unsigned n) { return static_cast<std::int32_t>(half(a, n) & 0xff) * half(b, n); });
  }
}

U64 pack(VisOp op, U64 a, U64 b, U64 gsr) {
  const unsigned scale = gsr >> 3 & 31;
  switch (op) {
    case VisOp::pack16: {
      U64 r = 0;
      for (unsigned n = 0; n < 4; ++n) {
        const std::int64_t v = (std::int64_t{half(b, n)} << (scale & 15)) >> 7;
        r |= static_cast<U64>(clamp(v, 0, 255)) << 8 * n;
      }
      return r;
    }
    case VisOp::pack32:
      return build<32>([&](unsigned n) {
        const std::int64_t v = (std::int64_t{word(b, n)} << scale) >> 23;
        return (a >> 32 * n << 8 & 0xffff'ff00u) | static_cast<U64>(clamp(v, 0, 255));
      });
    default: {
      U64 r = 0;
      for (unsigned n = 0; n < 2; ++n) {
        const std::int64_t v = (std::int64_t{word(b, n)} << scale) >> 16;
        r |= (static_cast<U64>(clamp(v, -32768, 32767)) & 0xffff) << 16 * n;
      }
      return r;
    }
  }
}

U64 shuffle(U64 a, U64 b, U64 gsr) {
  // The mask's nibbles number the bytes of a:b from the high end.
  const U64 mask = gsr >> 32;
  return build<8>([&](unsigned n) {
    const unsigned from = mask >> 4 * n & 15;
    return from < 8 ? byte(a, 7 - from) : byte(b, 15 - from);
  });
}

}  // namespace

U64 vis_operation(VisOp op, U64 a, U64 b, U64 gsr) {
  switch (op) {
    case VisOp::mul8x16:
    case VisOp::mul8x16au:
    case VisOp::mul8x16al:
    case VisOp::mul8sux16:
    case VisOp::mul8ulx16:
    case VisOp::muld8sux16:
    case VisOp::muld8ulx16:
      return multiply(op, a, b);
    case VisOp::pack16:
    case VisOp::pack32:
    case VisOp::packfix:
      return pack(op, a, b, gsr);
    case VisOp::expand:
      return build<16>([&](unsigned n) { return byte(b, n) << 4; });
    case VisOp::merge:
      return build<8>([&](unsigned n) { return byte(n % 2 == 0 ? b : a, n / 2); });
    case VisOp::add16:
      return build<16>([&](unsigned n) { return half(a, n) + half(b, n); });
    case VisOp::sub16:
      return build<16>([&](unsigned n) { return half(a, n) - half(b, n); });
    case VisOp::add32:
      return build<32>([&](unsigned n) { return (a >> 32 * n) + (b >> 32 * n); });
    case VisOp::sub32:
      return build<32>([&](unsigned n) { return (a >> 32 * n) - (b >> 32 * n); });
    case VisOp::le16:
      return mask_of<4>([&](unsigned n) { return half(a, n) <= half(b, n); });
    case VisOp::ne16:
      return mask_of<4>([&](unsigned n) { return half(a, n) != half(b, n); });
    case VisOp::gt16:
      return mask_of<4>([&](unsigned n) { return half(a, n) > half(b, n); });
    case VisOp::eq16:
      return mask_of<4>([&](unsigned n) { return half(a, n) == half(b, n); });
    case VisOp::le32:
      return mask_of<2>([&](unsigned n) { return word(a, n) <= word(b, n); });
    case VisOp::ne32:
      return mask_of<2>([&](unsigned n) { return word(a, n) != word(b, n); });
    case VisOp::gt32:
      return mask_of<2>([&](unsigned n) { return word(a, n) > word(b, n); });
    case VisOp::eq32:
      return mask_of<2>([&](unsigned n) { return word(a, n) == word(b, n); });
    case VisOp::shuffle:
      return shuffle(a, b, gsr);
  }
  return 0;
}

U64 vis_pdist(U64 a, U64 b, U64 sum) {
  for (unsigned n = 0; n < 8; ++n) {
    sum += static_cast<U64>(std::abs(static_cast<int>(byte(a, n)) - static_cast<int>(byte(b, n))));
  }
  return sum;
}

/// Bits of the three integer coordinates, interleaved in three groups: the place in a cube of
/// 2 x 4 x 4, the cube's among 16 x 16 x 16, and the block's.
U64 vis_array(U64 address, U64 blocks) {
  const unsigned n = static_cast<unsigned>(std::min<U64>(blocks & 7, 5));
  const auto field = [&](unsigned from, unsigned bits) {
    return address >> from & ((U64{1} << bits) - 1);
  };
  return field(11, 2) | field(33, 2) << 2 | field(55, 1) << 4 | field(13, 4) << 5 |
         field(35, 4) << 9 | field(56, 4) << 13 | field(17, n) << 17 | field(39, n) << (17 + n) |
         field(60, 4) << (17 + 2 * n);
}

U64 vis_edge(unsigned how, U64 a, U64 b) {
  const unsigned size = how & 3;
  const bool little = (how & kEdgeLittle) != 0;
  const unsigned last = (8u >> size) - 1;
  const U64 all = (U64{2} << last) - 1;
  const auto first_at = static_cast<unsigned>(a >> size & last);
  const auto last_at = static_cast<unsigned>(b >> size & last);
  const U64 left = little ? all << first_at & all : all >> first_at;
  const U64 right = little ? all >> (last - last_at) : all << (last - last_at) & all;
  return (a ^ b) < 8 ? left & right : left;
}

}  // namespace emulate::sparc64
