/// The instruction table: SPARC V9, user mode, with VIS. Fields: d, s, t registers (rd, rs1, rs2),
/// q bit i and the operand, c in arithmetic the bit that sets the condition codes, else a
/// condition, n condition codes, a in loads and stores the address space bit, f a floating point
/// format.

#include "sparc64/features.h"
#include "sparc64/translator.h"

namespace emulate::sparc64 {
namespace {

using jit::decode::row;
using jit::decode::Text;
using T = Translator;

template <Text kText>
constexpr SparcRow missing(const char* name, std::uint32_t needs = 0) {
  return jit::decode::unimplemented<T, kText>(name, needs);
}

// clang-format off
constexpr SparcRow kRows[] = {
    // Branches, sethi, call
    row<"00 ----- 000 iiiiiiiiiiiiiiiiiiiiii", &T::illtrap>("illtrap"),
    row<"00 acccc 001 n0 p iiiiiiiiiiiiiiiiiii", &T::bpcc>("bp%icc, bp%xcc"),
    row<"00 acccc 010 iiiiiiiiiiiiiiiiiiiiii", &T::bicc>("b"),
    row<"00 a0ccc 011 hh p sssss iiiiiiiiiiiiii", &T::bpr>("br"),
    row<"00 ddddd 100 iiiiiiiiiiiiiiiiiiiiii", &T::sethi>("sethi"),
    row<"00 acccc 101 nn p iiiiiiiiiiiiiiiiiii", &T::fbpfcc>("fbp"),
    row<"00 acccc 110 iiiiiiiiiiiiiiiiiiiiii", &T::fbfcc>("fb"),
    row<"01 iiiiiiiiiiiiiiiiiiiiiiiiiiiiii", &T::call>("call"),
    // Arithmetic and logic
    row<"10 ddddd 0c0000 sssss qqqqqqqqqqqqqq", &T::add>("add, addcc"),
    row<"10 ddddd 0c0001 sssss qqqqqqqqqqqqqq", &T::and_>("and, andcc"),
    row<"10 ddddd 0c0010 sssss qqqqqqqqqqqqqq", &T::or_>("or, orcc"),
    row<"10 ddddd 0c0011 sssss qqqqqqqqqqqqqq", &T::xor_>("xor, xorcc"),
    row<"10 ddddd 0c0100 sssss qqqqqqqqqqqqqq", &T::sub>("sub, subcc"),
    row<"10 ddddd 0c0101 sssss qqqqqqqqqqqqqq", &T::andn>("andn, andncc"),
    row<"10 ddddd 0c0110 sssss qqqqqqqqqqqqqq", &T::orn>("orn, orncc"),
    row<"10 ddddd 0c0111 sssss qqqqqqqqqqqqqq", &T::xnor>("xnor, xnorcc"),
    row<"10 ddddd 0c1000 sssss qqqqqqqqqqqqqq", &T::addc>("addc, addccc"),
    row<"10 ddddd 001001 sssss qqqqqqqqqqqqqq", &T::mulx>("mulx"),
    row<"10 ddddd 0c1010 sssss qqqqqqqqqqqqqq", &T::umul>("umul, umulcc"),
    row<"10 ddddd 0c1011 sssss qqqqqqqqqqqqqq", &T::smul>("smul, smulcc"),
    row<"10 ddddd 0c1100 sssss qqqqqqqqqqqqqq", &T::subc>("subc, subccc"),
    row<"10 ddddd 001101 sssss qqqqqqqqqqqqqq", &T::udivx>("udivx"),
    row<"10 ddddd 0c1110 sssss qqqqqqqqqqqqqq", &T::udiv>("udiv, udivcc"),
    row<"10 ddddd 0c1111 sssss qqqqqqqqqqqqqq", &T::sdiv>("sdiv, sdivcc"),
    row<"10 ddddd 1000vu sssss qqqqqqqqqqqqqq", &T::tagged>("taddcc, tsubcc, taddcctv, tsubcctv"),
    row<"10 ddddd 100100 sssss qqqqqqqqqqqqqq", &T::mulscc>("mulscc"),
    row<"10 ddddd 100101 sssss ix------ nnnnn n", &T::sll>("sll, sllx"),
    row<"10 ddddd 100110 sssss ix------ nnnnn n", &T::srl>("srl, srlx"),
    row<"10 ddddd 100111 sssss ix------ nnnnn n", &T::sra>("sra, srax"),
    row<"10 ddddd 101101 sssss qqqqqqqqqqqqqq", &T::sdivx>("sdivx"),
    row<"10 ddddd 101110 00000 qqqqqqqqqqqqqq", &T::popc>("popc"),
    row<"10 ddddd 101100 n cccc i mm rrrrrrrrrrr", &T::movcc>("mov%icc, mov%xcc, mov%fcc"),
    row<"10 ddddd 101111 sssss i ccc rrrrrrrrrr", &T::movr>("movr"),
    // State registers, traps, windows
    row<"10 ddddd 101000 sssss 0-------------", &T::rd_asr>("rd, stbar"),
    row<"10 00000 101000 01111 1------mmmmmmm", &T::membar>("membar"),
    row<"10 ddddd 110000 sssss qqqqqqqqqqqqqq", &T::wr_asr>("wr"),
    row<"10 ----- 101010 pppppppppppppppppp-", &T::privileged>("rdpr"),
    row<"10 ----- 110010 pppppppppppppppppp-", &T::privileged>("wrpr"),
    row<"10 ----- 110001 pppppppppppppppppp-", &T::privileged>("saved, restored"),
    row<"10 ----- 111110 pppppppppppppppppp-", &T::privileged>("done, retry"),
    row<"10 00000 101011 -------------------", &T::flushw>("flushw"),
    row<"10 ddddd 111000 sssss qqqqqqqqqqqqqq", &T::jmpl>("jmpl"),
    row<"10 ----- 111001 sssss qqqqqqqqqqqqqq", &T::return_>("return"),
    row<"10 0cccc 111010 sssss i nn rrrrrrrrrrr", &T::tcc>("t"),
    row<"10 ----- 111011 sssss qqqqqqqqqqqqqq", &T::flush>("flush"),
    row<"10 ddddd 111100 sssss qqqqqqqqqqqqqq", &T::save>("save"),
    row<"10 ddddd 111101 sssss qqqqqqqqqqqqqq", &T::restore>("restore"),
    // Loads and stores
    row<"11 ddddd 0a0000 sssss qqqqqqqqqqqqqq", &T::lduw>("lduw, lduwa"),
    row<"11 ddddd 0a0001 sssss qqqqqqqqqqqqqq", &T::ldub>("ldub, lduba"),
    row<"11 ddddd 0a0010 sssss qqqqqqqqqqqqqq", &T::lduh>("lduh, lduha"),
    row<"11 ddddd 0a0011 sssss qqqqqqqqqqqqqq", &T::ldd>("ldd, ldda"),
    row<"11 ddddd 0a0100 sssss qqqqqqqqqqqqqq", &T::stw>("stw, stwa"),
    row<"11 ddddd 0a0101 sssss qqqqqqqqqqqqqq", &T::stb>("stb, stba"),
    row<"11 ddddd 0a0110 sssss qqqqqqqqqqqqqq", &T::sth>("sth, stha"),
    row<"11 ddddd 0a0111 sssss qqqqqqqqqqqqqq", &T::std_>("std, stda"),
    row<"11 ddddd 0a1000 sssss qqqqqqqqqqqqqq", &T::ldsw>("ldsw, ldswa"),
    row<"11 ddddd 0a1001 sssss qqqqqqqqqqqqqq", &T::ldsb>("ldsb, ldsba"),
    row<"11 ddddd 0a1010 sssss qqqqqqqqqqqqqq", &T::ldsh>("ldsh, ldsha"),
    row<"11 ddddd 0a1011 sssss qqqqqqqqqqqqqq", &T::ldx>("ldx, ldxa"),
    row<"11 ddddd 0a1101 sssss qqqqqqqqqqqqqq", &T::ldstub>("ldstub, ldstuba"),
    row<"11 ddddd 0a1110 sssss qqqqqqqqqqqqqq", &T::stx>("stx, stxa"),
    row<"11 ddddd 0a1111 sssss qqqqqqqqqqqqqq", &T::swap>("swap, swapa"),
    row<"11 ddddd 1a0000 sssss qqqqqqqqqqqqqq", &T::ldf>("ldf, ldfa"),
    row<"11 0000w 100001 sssss qqqqqqqqqqqqqq", &T::ldfsr>("ldfsr, ldxfsr"),
    row<"11 ddddd 1a0010 sssss qqqqqqqqqqqqqq", &T::ldqf>("ldqf, ldqfa"),
    row<"11 ddddd 1a0011 sssss qqqqqqqqqqqqqq", &T::lddf>("lddf, lddfa"),
    row<"11 ddddd 1a0100 sssss qqqqqqqqqqqqqq", &T::stf>("stf, stfa"),
    row<"11 0000w 100101 sssss qqqqqqqqqqqqqq", &T::stfsr>("stfsr, stxfsr"),
    row<"11 ddddd 1a0110 sssss qqqqqqqqqqqqqq", &T::stqf>("stqf, stqfa"),
    row<"11 ddddd 1a0111 sssss qqqqqqqqqqqqqq", &T::stdf>("stdf, stdfa"),
    row<"11 fffff 1a1101 sssss qqqqqqqqqqqqqq", &T::prefetch>("prefetch, prefetcha"),
    row<"11 ddddd 1111x0 sssss i aaaaaaaa ttttt", &T::casa>("casa, casxa"),
    // Floating point
    row<"10 ddddd 110100 ----- 0000000ff ttttt", &T::fmov>("fmovs, fmovd, fmovq"),
    row<"10 ddddd 110100 ----- 0000001ff ttttt", &T::fneg>("fnegs, fnegd, fnegq"),
    row<"10 ddddd 110100 ----- 0000010ff ttttt", &T::fabs>("fabss, fabsd, fabsq"),
    row<"10 ddddd 110100 ----- 0001010ff ttttt", &T::fsqrt>("fsqrts, fsqrtd, fsqrtq"),
    row<"10 ddddd 110100 sssss 0010000ff ttttt", &T::fadd>("fadds, faddd, faddq"),
    row<"10 ddddd 110100 sssss 0010001ff ttttt", &T::fsub>("fsubs, fsubd, fsubq"),
    row<"10 ddddd 110100 sssss 0010010ff ttttt", &T::fmul>("fmuls, fmuld, fmulq"),
    row<"10 ddddd 110100 sssss 0010011ff ttttt", &T::fdiv>("fdivs, fdivd, fdivq"),
    row<"10 ddddd 110100 sssss 001101001 ttttt", &T::fsmuld>("fsmuld"),
    row<"10 ddddd 110100 sssss 001101110 ttttt", &T::fdmulq>("fdmulq"),
    row<"10 ddddd 110100 ----- 0100000ff ttttt", &T::f_to_x>("fstox, fdtox, fqtox"),
    row<"10 ddddd 110100 ----- 010000100 ttttt", &T::fxtos>("fxtos"),
    row<"10 ddddd 110100 ----- 010001000 ttttt", &T::fxtod>("fxtod"),
    row<"10 ddddd 110100 ----- 010001100 ttttt", &T::fxtoq>("fxtoq"),
    row<"10 ddddd 110100 ----- 011000100 ttttt", &T::fitos>("fitos"),
    row<"10 ddddd 110100 ----- 011001000 ttttt", &T::fitod>("fitod"),
    row<"10 ddddd 110100 ----- 011001100 ttttt", &T::fitoq>("fitoq"),
    row<"10 ddddd 110100 ----- 011000110 ttttt", &T::fdtos>("fdtos"),
    row<"10 ddddd 110100 ----- 011000111 ttttt", &T::fqtos>("fqtos"),
    row<"10 ddddd 110100 ----- 011001001 ttttt", &T::fstod>("fstod"),
    row<"10 ddddd 110100 ----- 011001011 ttttt", &T::fqtod>("fqtod"),
    row<"10 ddddd 110100 ----- 011001101 ttttt", &T::fstoq>("fstoq"),
    row<"10 ddddd 110100 ----- 011001110 ttttt", &T::fdtoq>("fdtoq"),
    row<"10 ddddd 110100 ----- 0110100ff ttttt", &T::f_to_i>("fstoi, fdtoi, fqtoi"),
    row<"10 000nn 110101 sssss 001010eff ttttt", &T::fcmp>("fcmp, fcmpe"),
    row<"10 ddddd 110101 0 cccc nnn 0000ff ttttt", &T::fmovcc>("fmov%fcc, fmov%icc, fmov%xcc"),
    row<"10 ddddd 110101 sssss 0 ccc 001ff ttttt", &T::fmovr>("fmovr"),
    // VIS
    row<"10 ddddd 110110 sssss 00000 ww l 0 ttttt", &T::edge>("edge8, edge16, edge32, edge8l, edge16l, edge32l"),
    row<"10 ddddd 110110 sssss 00000 ww l 1 ttttt", &T::edgen>("edge8n, edge16n, edge32n, edge8ln, edge16ln, edge32ln", kVis2),
    row<"10 ddddd 110110 sssss 000010000 ttttt", &T::array8>("array8"),
    row<"10 ddddd 110110 sssss 000010010 ttttt", &T::array16>("array16"),
    row<"10 ddddd 110110 sssss 000010100 ttttt", &T::array32>("array32"),
    row<"10 ddddd 110110 sssss 0000110l0 ttttt", &T::alignaddr>("alignaddr, alignaddrl"),
    row<"10 ddddd 110110 sssss 000011001 ttttt", &T::bmask>("bmask", kVis2),
    row<"10 ddddd 110110 sssss 000100000 ttttt", &T::vis_compare<VisOp::le16>>("fcmple16"),
    row<"10 ddddd 110110 sssss 000100010 ttttt", &T::vis_compare<VisOp::ne16>>("fcmpne16"),
    row<"10 ddddd 110110 sssss 000100100 ttttt", &T::vis_compare<VisOp::le32>>("fcmple32"),
    row<"10 ddddd 110110 sssss 000100110 ttttt", &T::vis_compare<VisOp::ne32>>("fcmpne32"),
    row<"10 ddddd 110110 sssss 000101000 ttttt", &T::vis_compare<VisOp::gt16>>("fcmpgt16"),
    row<"10 ddddd 110110 sssss 000101010 ttttt", &T::vis_compare<VisOp::eq16>>("fcmpeq16"),
    row<"10 ddddd 110110 sssss 000101100 ttttt", &T::vis_compare<VisOp::gt32>>("fcmpgt32"),
    row<"10 ddddd 110110 sssss 000101110 ttttt", &T::vis_compare<VisOp::eq32>>("fcmpeq32"),
    row<"10 ddddd 110110 sssss 000110001 ttttt", &T::fmul8x16>("fmul8x16"),
    row<"10 ddddd 110110 sssss 000110011 ttttt", &T::fmul8x16au>("fmul8x16au"),
    row<"10 ddddd 110110 sssss 000110101 ttttt", &T::fmul8x16al>("fmul8x16al"),
    row<"10 ddddd 110110 sssss 000110110 ttttt", &T::vis<VisOp::mul8sux16>>("fmul8sux16"),
    row<"10 ddddd 110110 sssss 000110111 ttttt", &T::vis<VisOp::mul8ulx16>>("fmul8ulx16"),
    row<"10 ddddd 110110 sssss 000111000 ttttt", &T::fmuld8sux16>("fmuld8sux16"),
    row<"10 ddddd 110110 sssss 000111001 ttttt", &T::fmuld8ulx16>("fmuld8ulx16"),
    row<"10 ddddd 110110 sssss 000111010 ttttt", &T::vis<VisOp::pack32>>("fpack32"),
    row<"10 ddddd 110110 ----- 000111011 ttttt", &T::fpack16>("fpack16"),
    row<"10 ddddd 110110 ----- 000111101 ttttt", &T::fpackfix>("fpackfix"),
    row<"10 ddddd 110110 sssss 000111110 ttttt", &T::pdist>("pdist"),
    row<"10 ddddd 110110 sssss 001001000 ttttt", &T::faligndata>("faligndata"),
    row<"10 ddddd 110110 sssss 001001011 ttttt", &T::fpmerge>("fpmerge"),
    row<"10 ddddd 110110 sssss 001001100 ttttt", &T::vis<VisOp::shuffle>>("bshuffle", kVis2),
    row<"10 ddddd 110110 ----- 001001101 ttttt", &T::fexpand>("fexpand"),
    row<"10 ddddd 110110 sssss 001010000 ttttt", &T::vis<VisOp::add16>>("fpadd16"),
    row<"10 ddddd 110110 sssss 001010001 ttttt", &T::vis_single<VisOp::add16>>("fpadd16s"),
    row<"10 ddddd 110110 sssss 001010010 ttttt", &T::vis<VisOp::add32>>("fpadd32"),
    row<"10 ddddd 110110 sssss 001010011 ttttt", &T::vis_single<VisOp::add32>>("fpadd32s"),
    row<"10 ddddd 110110 sssss 001010100 ttttt", &T::vis<VisOp::sub16>>("fpsub16"),
    row<"10 ddddd 110110 sssss 001010101 ttttt", &T::vis_single<VisOp::sub16>>("fpsub16s"),
    row<"10 ddddd 110110 sssss 001010110 ttttt", &T::vis<VisOp::sub32>>("fpsub32"),
    row<"10 ddddd 110110 sssss 001010111 ttttt", &T::vis_single<VisOp::sub32>>("fpsub32s"),
    row<"10 ddddd 110110 sssss 0011 gggg o ttttt", &T::logic>("fzero to fone and their single forms"),
    row<"10 ----- 110110 ----- 010000001 --mmm", &T::siam>("siam", kVis2),
    missing<"10 ----- 110111 -------------------">("impdep2"),
};
// clang-format on

}  // namespace

std::span<const SparcRow> sparc_rows() { return kRows; }

}  // namespace emulate::sparc64
