#!/usr/bin/env python3
"""Small changes to Dynarmic 6.4.5 made before it is built: edits.py SOURCE_DIR.

Everything also works, slower, with an unchanged library; what is wrong then is said in docs. Each
edit is a regular expression that must match exactly as often as stated, so that another version of
the library fails here and not at run time.
"""
import pathlib
import re
import shutil
import sys

SRC = "src/dynarmic/"
X64 = SRC + "backend/x64/"

# (reason, file, pattern, replacement, how many matches)
EDITS = []


def edit(reason, path, pattern, replacement, count=1):
    EDITS.append((reason, path, pattern, replacement, count))


edit("lets the plugins know that these edits are in",
     SRC + "interface/optimization_flags.h",
     r"#pragma once\n", "#pragma once\n\n#define EMULATE_DYNARMIC_EDITS 2\n")

# --- Interrupting ---------------------------------------------------------------------------------
for arch in ("a32", "a64"):
    state = arch.upper() + "JitState"
    check = (r"code.cmp(code.dword[r15 + offsetof(%s, halt_reason)], 0);"
             "\n    code.jne(code.GetForceReturnFromRunCodeAddress());\n    " % state)
    edit("a loop of returns or indirect branches notices a halt",
         X64 + arch + "_emit_x64.cpp",
         r"(terminal_handler_(?:pop_rsb|fast_dispatch)_hint = code\.getCurr<const void\*>\(\);\n\s*)",
         r"\1" + check, 2)

# --- Start-up and size ----------------------------------------------------------------------------
edit("16 MiB of dispatch table would be filled by every constructor and cache clear",
     X64 + "a64_emit_x64.h", r"mask = 0xFFFFF0;(\s*static constexpr size_t \w+ = )0x100000;",
     r"mask = 0x3FFF0;\g<1>0x4000;")
edit("1 MiB likewise",
     X64 + "a32_emit_x64.h", r"mask = 0xFFFF0;(\s*static constexpr size_t \w+ = )0x10000;",
     r"mask = 0x3FFF0;\g<1>0x4000;")
edit("the pages come zeroed from the kernel; writing them makes them resident",
     X64 + "block_of_code.cpp", r"\n    memset\(ret, 0, alloc_size\);", "")

edit("under a hypervisor every CPUID is a trap, and there are dozens",
     X64 + "block_of_code.cpp", r"host_features\(GetHostFeatures\(\)\)",
     "host_features([] { static const HostFeature features = GetHostFeatures(); return features; }())")

# The thousands of stubs that call memory callbacks, one for each pair of registers, are made when
# a block first needs one, in a region reserved for them.
for arch in ("a32", "a64"):
    emit = arch.upper() + "EmitX64"
    edit("stubs on demand",
         X64 + arch + "_emit_x64.h", r"    void GenFastmemFallbacks\(\);\n",
         """    void GenFastmemFallbacks(bool only_ordered, int only_vaddr, int only_value);
    void ReserveFastmemFallbacks();
    CodePtr fallbacks_next = nullptr;
    template<typename Map>
    void (*FastmemFallback(Map& map, bool ordered, size_t bitsize, int vaddr_idx, int value_idx))() {
        const auto key = std::make_tuple(ordered, bitsize, vaddr_idx, value_idx);
        if (const auto iter = map.find(key); iter != map.end()) {
            return iter->second;
        }
        const CodePtr here = code.getCurr();
        code.SetCodePtr(fallbacks_next);
        GenFastmemFallbacks(ordered, vaddr_idx, value_idx);
        fallbacks_next = code.getCurr();
        code.SetCodePtr(here);
        return map[key];
    }
""")
    edit("stubs on demand", X64 + arch + "_emit_x64.cpp",
         r"    GenFastmemFallbacks\(\);\n", "    ReserveFastmemFallbacks();\n")
    edit("stubs on demand", X64 + arch + "_emit_x64_memory.cpp",
         r"void %s::GenFastmemFallbacks\(\) \{\n.*?idxes\{[^}]*\};\n" % emit,
         """void %s::ReserveFastmemFallbacks() {
    constexpr size_t every_stub = 2 * 1024 * 1024;
    fallbacks_next = code.getCurr();
    code.SetCodePtr(code.getCurr() + every_stub);
}

void %s::GenFastmemFallbacks(bool only_ordered, int only_vaddr, int only_value) {
""" % (emit, emit))
    edit("stubs on demand", X64 + arch + "_emit_x64_memory.cpp",
         r"for \(bool ordered : \{false, true\}\)", "for (bool ordered : {only_ordered})")
    edit("stubs on demand", X64 + arch + "_emit_x64_memory.cpp",
         r"for \(int (vaddr|value)_idx : idxes\)", r"for (int \1_idx : {only_\1})", 2)
edit("stubs on demand", X64 + "emit_x64_memory.cpp.inc",
     r"wrapped_fn = (\w+_fallbacks)\[std::make_tuple\(([^;]*)\)\];",
     r"wrapped_fn = FastmemFallback(\1, \2);", 4)
edit("stubs on demand: the emitters move the code pointer",
     X64 + "block_of_code.h", r"    void SetCodePtr\(CodePtr code_ptr\);\n", "")
edit("stubs on demand: the emitters move the code pointer",
     X64 + "block_of_code.h", r"(    void ClearCache\(\);\n)",
     r"\1    void SetCodePtr(CodePtr code_ptr);\n")

# Decode tables: lazy_table.h, instead of every row copied into every bucket it might match.
TABLE = "frontend/decoder/lazy_table.h"
DECODERS = {
    "A64/decoder/a64.h": ("0x3FC03C00", "((op >> 10) & 0x00F) | ((op >> 18) & 0xFF0)"),
    "A32/decoder/arm.h": ("0x0FF000F0", "((op >> 4) & 0x00F) | ((op >> 16) & 0xFF0)"),
    "A32/decoder/asimd.h": ("0x03B00F50",
                            "((op >> 4) & 1) | ((op >> 5) & 2) | ((op >> 6) & 0x03C)"
                            " | ((op >> 14) & 0x0C0) | ((op >> 15) & 0x700)"),
    "A32/decoder/vfp.h": ("0x0FF000D0", "((op >> 4) & 0x00D) | ((op >> 16) & 0xFF0)"),
    "A32/decoder/thumb16.h": ("0xFFF0", "op >> 4"),
    "A32/decoder/thumb32.h": ("0xFFF00000", "op >> 20"),
}
for name in DECODERS:
    edit("lazy decode table", SRC + "frontend/" + name, r'(#include "dynarmic/frontend/decoder/matcher\.h"\n)',
         r'#include "dynarmic/%s"' % TABLE + "\n" + r"\1")


def lazy(name, pattern, replacement):
    bits, index = DECODERS[name]
    key = ("struct LazyKey {\n    static constexpr u32 bits = %s;\n"
           "    static constexpr size_t Index(u32 op) { return %s; }\n};\n" % (bits, index))
    path = SRC + "frontend/" + name
    edit("lazy decode table", path, pattern, replacement)
    scope = {"a64": "A64Key", "arm": "ArmKey", "asimd": "AsimdKey", "vfp": "VfpKey",
             "thumb16": "Thumb16Key", "thumb32": "Thumb32Key"}[pathlib.Path(name).stem]
    edit("lazy decode table", path, r"(\ntemplate<typename Visitor>\nusing )",
         "\n" + key.replace("LazyKey", scope) + r"\1", 1)
    return scope


edit("lazy decode table", SRC + "frontend/A64/decoder/a64.h",
     r"template<typename Visitor>\nusing DecodeTable = [^;]*;\n", "")
lazy("A64/decoder/a64.h",
     r"\nDecodeTable<V> GetDecodeTable\(\)", "\nstd::vector<Matcher<V>> GetDecodeTable()")
edit("lazy decode table", SRC + "frontend/A64/decoder/a64.h",
     r"    DecodeTable<V> table\{\};.*?    return table;\n", "    return list;\n")
edit("lazy decode table", SRC + "frontend/A64/decoder/a64.h",
     r"static const auto table = GetDecodeTable<V>\(\);.*?std::nullopt;\n",
     "static const Decoder::LazyTable<Matcher<V>, A64Key> table{GetDecodeTable<V>()};\n"
     "    return table.Find(instruction);\n")
for name, fn, matcher, key in (("arm", "Arm", "ArmMatcher", "ArmKey"),
                               ("asimd", "ASIMD", "ASIMDMatcher", "AsimdKey")):
    lazy("A32/decoder/%s.h" % name,
         r"static const auto table = Get%sDecodeTable<V>\(\);.*?std::nullopt;\n" % fn,
         "static const Decoder::LazyTable<%s<V>, %s> table{Get%sDecodeTable<V>()};\n"
         "    return table.Find(instruction);\n" % (matcher, key, fn))
lazy("A32/decoder/vfp.h",
     r"static const struct Tables \{\s*Table unconditional;\s*Table conditional;",
     "using Lazy = Decoder::LazyTable<VFPMatcher<V>, VfpKey>;\n\n    static const struct Tables {\n"
     "        Lazy unconditional;\n        Lazy conditional;")
edit("lazy decode table", SRC + "frontend/A32/decoder/vfp.h",
     r"return Tables\{\s*Table\{list\.begin\(\), division\},\s*Table\{division, list\.end\(\)\},\s*\};",
     "return Tables{\n            Lazy{Table{list.begin(), division}},\n"
     "            Lazy{Table{division, list.end()}},\n        };")
edit("lazy decode table", SRC + "frontend/A32/decoder/vfp.h",
     r"const Table& table = (.*?;)\n.*?std::nullopt;\n",
     r"const Lazy& table = \1" "\n    return table.Find(instruction);\n")
for name, matcher, key in (("thumb16", "Thumb16Matcher", "Thumb16Key"),
                           ("thumb32", "Thumb32Matcher", "Thumb32Key")):
    lazy("A32/decoder/%s.h" % name,
         r"static const std::vector<%s<V>> table = \{" % matcher,
         "static const Decoder::LazyTable<%s<V>, %s> table{std::vector<%s<V>>{" % (matcher, key, matcher))
    edit("lazy decode table", SRC + "frontend/A32/decoder/%s.h" % name,
         r"#undef INST\n\s*\};\n.*?std::nullopt;\n", "#undef INST\n\n    }};\n\n    return table.Find(instruction);\n")

# --- Registers at a fault -------------------------------------------------------------------------
# Dynarmic gives up forwarding register values inside a block when a memory access may stop it. It
# is enough not to drop a write that such an access must find done.
for arch in ("a32", "a64"):
    edit("forward registers across accesses that may fault", X64 + arch + "_interface.cpp",
         r"HasOptimization\(OptimizationFlag::GetSetElimination\) && !conf\.check_halt_on_memory_access",
         "HasOptimization(OptimizationFlag::GetSetElimination)")
edit("forward registers across accesses that may fault",
     SRC + "ir/opt/a64_get_set_elimination_pass.cpp",
     r"        default: \{\n",
     """        default: {
            if (inst->IsMemoryReadOrWrite()) {
                for (auto& info : reg_info) info.set_instruction_present = false;
                for (auto& info : vec_info) info.set_instruction_present = false;
                sp_info.set_instruction_present = false;
                nzcv_info.set_instruction_present = false;
            }
""")
edit("forward registers across accesses that may fault: flags",
     SRC + "ir/opt/a32_get_set_elimination_pass.cpp",
     r"(case IR::Opcode::A32OrQFlag: \{\n\s*break;\n\s*\}\n        default: \{\n\s*if \()",
     r"\1inst->IsMemoryReadOrWrite() || ")
edit("forward registers across accesses that may fault: registers",
     SRC + "ir/opt/a32_get_set_elimination_pass.cpp",
     r"        default: \{\n(\s*if \(inst->ReadsFromCoreRegister)",
     r"""        default: {
            if (inst->IsMemoryReadOrWrite()) {
                for (auto& info : reg_info) info.last_set_instruction = std::nullopt;
                for (auto& info : ext_reg_info) info.last_set_instruction = std::nullopt;
            }
\1""")

# A load or store that faults leaves its registers as they were: those that the translation of an
# instruction sets before its last access are set after it.
for name in ("arm", "thumb"):
    path = SRC + "frontend/A32/translate/translate_%s.cpp" % name
    edit("A32 registers are written after the last access", path,
         r'(#include "dynarmic/frontend/A32/translate/translate_callbacks\.h"\n)',
         r'#include "dynarmic/frontend/A32/translate/commit_after_access.h"' "\n" r"\1")
    edit("A32 registers are written after the last access", path,
         r"(\n    do \{\n)", r"\1        const CommitAfterAccess commit{block};" "\n")

edit("a load whose value nobody wants may still fault",
     SRC + "ir/microinstruction.cpp", r"(AltersExclusiveState\(\)\n\s*\|\| )IsMemoryWrite\(\)",
     r"\1IsMemoryReadOrWrite()")

# --- Memory ---------------------------------------------------------------------------------------
edit("a load is an acquire on this host; the locked form also writes, and faults on read-only pages",
     X64 + "emit_x64_memory.h",
     r"(EmitReadMemoryMov\(BlockOfCode& code, int value_idx, const Xbyak::RegExp& addr, bool ordered\) \{\n    if )\(ordered\)",
     r"\1(ordered && bitsize == 128)")
edit("a misaligned load-exclusive is refused by the store's callback, as an alignment fault",
     X64 + "emit_x64_memory.cpp.inc",
     r"(\n    EmitExclusiveLock\(code, conf, tmp, tmp2\.cvt32\(\)\);\n)",
     r"""
    SharedLabel misaligned = GenSharedLabel(), done = GenSharedLabel();
    if constexpr (bitsize > 8) {
        const auto refuse = FastmemFallback(exclusive_write_fallbacks, ordered, bitsize, vaddr.getIdx(), value_idx);
        code.test(vaddr.cvt32(), static_cast<u32>(bitsize / 8 - 1));
        code.jnz(*misaligned, code.T_NEAR);
        ctx.deferred_emits.emplace_back([=, this] {
            code.L(*misaligned);
            code.call(refuse);
            code.jmp(*done, code.T_NEAR);
        });
    }
\1""")
edit("a misaligned load-exclusive: where its refusal goes on",
     X64 + "emit_x64_memory.cpp.inc",
     r"(\n    EmitExclusiveUnlock\(code, conf, tmp, tmp2\.cvt32\(\)\);\n)", r"\1    code.L(*done);\n")
# Accesses that have to be aligned say so, with an access type of their own where ordered ones do not.
edit("access types of a fixed alignment", SRC + "ir/acc_type.h", r"enum class AccType \{\n",
     """enum class AccType {
    ALIGNED2,
    ALIGNED4,
    ALIGNED8,
    ALIGNED16,
    ALIGNED32,
""")
edit("access types of a fixed alignment", SRC + "ir/acc_type.h", r"(enum class AccType \{.*?\};\n)",
     r"""\1
constexpr AccType AlignedAccess(size_t bytes) {
    return bytes == 2 ? AccType::ALIGNED2 : bytes == 4 ? AccType::ALIGNED4 : bytes == 8 ? AccType::ALIGNED8
         : bytes == 16 ? AccType::ALIGNED16 : bytes == 32 ? AccType::ALIGNED32 : AccType::NORMAL;
}
""")
edit("access types of a fixed alignment", SRC + "ir/acc_type.h", r"#pragma once\n",
     "#pragma once\n\n#include <cstddef>\n")
edit("access types of a fixed alignment", X64 + "emit_x64_memory.h",
     r"(inline bool IsOrdered\(IR::AccType acctype\) \{.*?\n\}\n)",
     r"""\1
inline u32 RequiredAlignment(IR::AccType acctype, size_t bitsize) {
    for (u32 bytes = 2; bytes <= 32; bytes *= 2) {
        if (acctype == IR::AlignedAccess(bytes)) return bytes;
    }
    return IsOrdered(acctype) ? static_cast<u32>(bitsize / 8) : 1;
}
""")
edit("what is to be aligned and is not faults", X64 + "emit_x64_memory.cpp.inc",
     r"(    const bool ordered = IsOrdered\((args\[\d\])\.GetImmediateAccType\(\)\);\n)(    const auto fastmem_marker)",
     r"\1    const u32 alignment = RequiredAlignment(\2.GetImmediateAccType(), bitsize);" "\n" r"\3", 2)
edit("what is to be aligned and is not faults", X64 + "emit_x64_memory.cpp.inc",
     r"(\n    if \(fastmem_marker\) \{\n        // Use fastmem\n)",
     r"""
    if (alignment > 1) {
        SharedLabel misaligned = GenSharedLabel();
        code.test(vaddr.cvt32(), alignment - 1);
        code.jnz(*misaligned, code.T_NEAR);
        ctx.deferred_emits.emplace_back([=, this, &ctx] {
            code.L(*misaligned);
            code.mov(code.ABI_PARAM2, vaddr);
            Devirtualize<&Axx::UserCallbacks::MemoryMisaligned>(conf.callbacks).EmitCall(code);
            EmitCheckMemoryAbort(ctx, inst, end.get());
        });
    }
\1""", 2)
for arch in ("A32", "A64"):
    edit("what is to be aligned and is not faults", SRC + "interface/%s/config.h" % arch,
         r"(\n    // If this callback returns true, the JIT will assume MemoryRead)",
         r"""
    // Must halt execution with HaltReason::MemoryAbort.
    virtual void MemoryMisaligned(VAddr /*vaddr*/) {}
\1""")
edit("VFP's accesses are aligned to words", SRC + "frontend/A32/translate/impl/vfp.cpp",
     r"AccType::ATOMIC", "AccType::ALIGNED4", 18)
NEON_LOADS = SRC + "frontend/A32/translate/impl/asimd_load_store_structures.cpp"
edit("alignment that an instruction asks for", NEON_LOADS,
     r"\[\[maybe_unused\]\] const size_t alignment", "const size_t alignment", 3)
edit("alignment that an instruction asks for: four words to all lanes", NEON_LOADS,
     r"return sz >= 0b10 \? 2 \* ebytes : 4 \* ebytes;",
     "return sz == 0b10 ? 2 * ebytes : 4 * ebytes;")
edit("alignment that an instruction asks for", NEON_LOADS,
     r"// TODO: alignment\n",
     """const size_t alignment = [&]() -> size_t {
        if (nelem == 1) {
            return a == 0 ? 1 : ebytes;
        }
        if (nelem == 4 && sz == 2) {
            return a == 0 ? 1 : 4 << a;
        }
        return a == 0 ? 1 : nelem * ebytes;
    }();
""", 2)
edit("alignment that an instruction asks for", NEON_LOADS,
     r"(for \(size_t e = 0; e < elements; e\+\+\) \{.*?)IR::AccType::NORMAL",
     r"\1r + e + i == 0 ? IR::AlignedAccess(alignment) : IR::AccType::NORMAL", 2)
edit("alignment that an instruction asks for", NEON_LOADS,
     r"(\(ebytes \* 8, address, (?:element, )?)IR::AccType::NORMAL\);",
     r"\1i == 0 ? IR::AlignedAccess(alignment) : IR::AccType::NORMAL);", 3)
edit("DC ZVA works on the whole block its address lies in",
     SRC + "ir/opt/a64_callback_config_pass.cpp",
     r"IR::U64 addr\{inst\.GetArg\(2\)\};",
     "IR::U64 addr = ir.And(IR::U64{inst.GetArg(2)}, ir.Imm64(~static_cast<u64>(bytes - 1)));")

# --- Speed of translation -------------------------------------------------------------------------
# Each instruction of the intermediate language searches and sweeps the table of host locations. Of
# its 97 rows 64 are for spilled values, which few blocks have: those are added when one is spilled.
edit("no rows for values that are not spilled",
     X64 + "reg_alloc.cpp",
     r"hostloc_info\(NonSpillHostLocCount \+ SpillCount\)\n(\s*), code\(code\) \{\}",
     r"hostloc_info(NonSpillHostLocCount)\n\1, code(code) {\n"
     r"    hostloc_info.reserve(NonSpillHostLocCount + SpillCount);\n}")
edit("rows for spilled values on demand",
     X64 + "reg_alloc.cpp",
     r"HostLoc RegAlloc::FindFreeSpill\(\) const \{(.*?)(    ASSERT_FALSE\(\"All spill)",
     r"HostLoc RegAlloc::FindFreeSpill() {\1    "
     r"if (hostloc_info.size() < NonSpillHostLocCount + SpillCount) {\n"
     r"        hostloc_info.emplace_back();\n"
     r"        return static_cast<HostLoc>(hostloc_info.size() - 1);\n    }\n\n\2")
edit("rows for spilled values on demand",
     X64 + "reg_alloc.h", r"HostLoc FindFreeSpill\(\) const;", "HostLoc FindFreeSpill();")
edit("one search an argument is enough",
     X64 + "reg_alloc.cpp",
     r"ASSERT_MSG\(ValueLocation\(arg\.GetInst\(\)\), \"argument must already been defined\"\);\n"
     r"(\s*)LocInfo\(\*ValueLocation\(arg\.GetInst\(\)\)\)\.AddArgReference\(\);",
     r"const auto location = ValueLocation(arg.GetInst());\n"
     r'\1ASSERT_MSG(location, "argument must already been defined");\n'
     r"\1LocInfo(*location).AddArgReference();")
edit("the few values of a location need no memory of their own",
     X64 + "reg_alloc.h", r"std::vector<IR::Inst\*> values;",
     "boost::container::small_vector<IR::Inst*, 3> values;")
edit("small_vector", X64 + "reg_alloc.h", r"#include <mcl/stdint\.hpp>\n",
     "#include <boost/container/small_vector.hpp>\n#include <mcl/stdint.hpp>\n")
for arch in ("a32", "a64"):
    edit("a check of the library's own work, with a map of all instructions",
         X64 + arch + "_interface.cpp", r"\n\s*Optimization::VerificationPass\(ir_block\);", "")
    edit("names are for listings",
         X64 + arch + "_interface.cpp", r"\n\s*Optimization::NamingPass\(ir_block\);", "")

# --- Results and flags ----------------------------------------------------------------------------
for name, count in (("emit_x64_floating_point.cpp", 2), ("emit_x64_vector_floating_point.cpp", 1)):
    edit("rounding to an integer is inexact for FRINTX alone",
         X64 + name, r"(code\.rounds[sd]\(result, result, \*round_imm|FCODE\(roundp\)\(result, xmm_a, round_imm)\)",
         r"\1 | 0b1000)", count)
for function, code in (
        ("RecipStepFused",
         "ir.FPVectorSub(32, ir.VectorBroadcast(32, I(32, 0x40000000)), product, false)"),
        ("RSqrtStepFused",
         "ir.FPVectorMul(32, ir.VectorBroadcast(32, I(32, 0x3f000000)),\n"
         "                ir.FPVectorSub(32, ir.VectorBroadcast(32, I(32, 0x40400000)), product, false), false)")):
    edit("VRECPS and VRSQRTS round the product, and know infinity times zero",
         SRC + "frontend/A32/translate/impl/asimd_three_regs.cpp",
         r"return (ir\.FPVector%s\(32, reg_n, reg_m, false\));" % function,
         r"""const IR::U128 fused = \1;
        const IR::U128 product = ir.FPVectorMul(32, reg_n, reg_m, false);
        const IR::U128 result = %s;
        const IR::U128 number = ir.FPVectorEqual(32, result, result, false);
        return ir.VectorOr(ir.VectorAnd(result, number), ir.VectorAnd(fused, ir.VectorNot(number)));""" % code)
edit("an instruction whose result nobody reads still sets flags",
     SRC + "ir/microinstruction.cpp",
     r"(ReadsFromAndWritesToFPSRCumulativeExceptionBits\(\) const \{\n    switch \(op\) \{\n)",
     lambda m: m[1] + "".join("    case Opcode::%s:\n" % op for op in (
         "FPMulX32 FPMulX64 FPVectorMulX32 FPVectorMulX64 FPVectorMax32 FPVectorMax64"
         " FPVectorMin32 FPVectorMin64 FPVectorMaxNumeric32 FPVectorMaxNumeric64"
         " FPVectorMinNumeric32 FPVectorMinNumeric64 FPVectorFromHalf32 FPVectorToHalf32"
         " FPDoubleToFixedS16 FPDoubleToFixedU16 FPSingleToFixedS16 FPSingleToFixedU16"
         " FPHalfToFixedS16 FPHalfToFixedU16").split()))
edit("conversions to integers: exceptions",
     X64 + "emit_x64_floating_point.cpp",
     r"(if \(round_imm && )\(truncating \|\| (code\.HasHostFeature\(HostFeature::SSE41\))\)"
     r"\) \{\n.*?return;\n        \}\n",
     r"\1isize != 16 && \2) {" '\n#include "dynarmic/backend/x64/to_fixed.inc"\n        }\n')
edit("conversions to integers: exceptions",
     X64 + "emit_x64_floating_point.cpp",
     r"\n *// cvttsd2si truncates during operation[^;]*;\n", "")
edit("conversions to integers: exceptions",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"                if \(fbits != 0\) \{\n\s*const u64 scale_factor = fsize == 32\n.*?integer_max>\(code\)\);\n                \}\n",
     '#include "dynarmic/backend/x64/vector_to_fixed.inc"\n')
edit("what rounds to zero fits an unsigned integer",
     SRC + "common/fp/op/FPToFixed.cpp",
     r"    if \(sign && unsigned_\) \{\n.*?\n    \}\n", "")
edit("what rounds to zero fits an unsigned integer",
     SRC + "common/fp/op/FPToFixed.cpp",
     r"(\n    // Detect Overflow\n)",
     r"""
    if (sign && unsigned_) {
        const bool fits = exponent < 0 && int_result == 0;
        FPProcessException(fits ? FPExc::Inexact : FPExc::InvalidOp, fpcr, fpsr);
        return 0;
    }
\1""")
edit("the lower half twice, so that the upper one raises nothing of its own",
     SRC + "frontend/A64/translate/impl/simd_three_same.cpp",
     r"const IR::U128 operand1 = V\(datasize, Vn\);\n    const IR::U128 operand2 = V\(datasize, Vm\);\n"
     r"(    IR::U128 result = ir\.FPVectorDiv)",
     r"const IR::U128 operand1 = Q ? V(128, Vn) : ir.VectorBroadcastElement(64, V(64, Vn), 0);" "\n"
     r"    const IR::U128 operand2 = Q ? V(128, Vm) : ir.VectorBroadcastElement(64, V(64, Vm), 0);" "\n\\1")
edit("the lower half twice, so that the upper one raises nothing of its own",
     SRC + "frontend/A64/translate/impl/simd_two_register_misc.cpp",
     r"V\(datasize, Vn\)(;\n    const IR::U128 result = ir\.FPVector(?:Recip|RSqrt)Estimate)",
     r"Q ? V(128, Vn) : IR::U128{ir.VectorBroadcastElement(64, V(64, Vn), 0)}\1", 4)
edit("the lower half twice, so that the upper one raises nothing of its own",
     SRC + "frontend/A32/translate/impl/asimd_two_regs_misc.cpp",
     r"(ir\.FPVector(?:Recip|RSqrt)Estimate\(esize, )reg_m,",
     r"\1Q ? reg_m : ir.VectorBroadcastElement(64, reg_m, 0),", 2)
edit("nothing is multiplied in an upper half that is not there",
     SRC + "frontend/A32/translate/impl/asimd_two_regs_scalar.cpp",
     r"v\.ir\.VectorBroadcastElement\((esize, v\.ir\.GetVector\(m\), index\);\n    const auto addend)",
     r"Q ? v.ir.VectorBroadcastElement(esize, v.ir.GetVector(m), index)" "\n"
     r"                         : v.ir.VectorBroadcastElementLower(\1")
for width in ("Single", "Double"):
    edit("conversions from half precision: what lies above the operand is not converted",
         X64 + "emit_x64_floating_point.cpp",
         r"(void EmitX64::EmitFPHalfTo%s\([^}]*)code\.vcvtph2ps\(result, value\);" % width,
         r"\1code.pxor(result, result);" "\n        code.pblendw(result, value, 1);"
         "\n        code.vcvtph2ps(result, result);")
edit("conversion to half precision: what lies above the operand is not converted",
     X64 + "emit_x64_floating_point.cpp",
     r"code\.vcvtps2ph\(result, result, ",
     "code.pxor(xmm0, xmm0);\n        code.movss(xmm0, result);\n        code.vcvtps2ph(result, xmm0, ")
edit("conversion to half precision: a signalling NaN is invalid, whatever becomes of it",
     X64 + "emit_x64_floating_point.cpp",
     r"(void EmitX64::EmitFPSingleToHalf\([^}]*if \(ctx\.FPCR\(\)\.DN\(\)\) \{\n)",
     r"\1            code.ucomiss(result, result);" "\n")
edit("conversion to half precision: a signalling NaN is invalid, whatever becomes of it",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"(void EmitX64::EmitFPVectorToHalf32\(.*?)(\n *ForceToDefaultNaN<32>)",
     r"\1" "\n        code.movaps(xmm0, result);\n        code.cmpunordps(xmm0, xmm0);" r"\2")
edit("what has no condition is no hint",
     SRC + "frontend/A32/decoder/arm.inc",
     r'(INST\(arm_NOP, *"Reserved Hint", *"----0011001000001111------------"\))',
     r'INST(arm_UDF, "UNALLOCATED", "11110011001000001111------------")' "\n\\1")
edit("conversion to half precision: a denormal operand that counts as zero does not underflow",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"( *)(code\.vcvtps2ph\(result, result, static_cast<u8>\(\*round_imm\)\);)",
     r"\1MaybeStandardFPSCRValue(code, ctx, fpcr_controlled, [&] { \2 });")
edit("rounding a negative number up does not make its magnitude greater",
     SRC + "common/fp/op/FPToFixed.cpp",
     r"\(round_up \? Safe::LogicalShiftRight", "(round_up && !sign ? Safe::LogicalShiftRight")
edit("FRSQRTE sets the flags of an estimate, not those of its square root and division",
     X64 + "emit_x64_floating_point.cpp",
     r"(EmitFPRSqrtEstimate\([^)]*\) \{\n[^{]*)    if constexpr \(fsize != 16\) \{\n.*?\n    \} else \{\n(.*?)    \}\n\}",
     r"\1\2}")
edit("a comparison that is not made raises nothing",
     SRC + "frontend/A64/translate/impl/floating_point_conditional_compare.cpp",
     r"= (v\.V_scalar\(\*datasize, V[nm]\));",
     r"= v.ir.ConditionalSelect(cond, IR::U32U64{\1}, IR::U32U64{v.I(*datasize, 0)});", 2)
edit("a quiet NaN is no invalid operand of FMAX and FMIN",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"(static void EmitFPVectorMinMax\(.*?)ctx\.FPCR\(fpcr_controlled\)\.FZ\(\) \? (ctx\.reg_alloc\.UseScratchXmm\(args\[1\]\)) : ctx\.reg_alloc\.UseXmm\(args\[1\]\);",
     r"\1\2;")
edit("a quiet NaN is no invalid operand of FMAX and FMIN, AVX",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"(FCODE\(vcmpunordp\)\(nan_mask, result, xmm_b\);\n)",
     r"\1                code.vandnps(result, nan_mask, result);" "\n"
     r"                code.vandnps(xmm_b, nan_mask, xmm_b);" "\n")
edit("a quiet NaN is no invalid operand of FMAX and FMIN, SSE",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"(FCODE\(cmpordp\)\(nan_mask, xmm_b\);\n)",
     r"\1                code.andps(result, nan_mask);" "\n                code.andps(xmm_b, nan_mask);\n")
edit("a quiet NaN is no invalid operand of FMAX and FMIN, NaNs being handled later",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"(\n            // What we are doing here is handling the case when the inputs are differently signed zeros)",
     r"""
            const Xbyak::Xmm number = ctx.reg_alloc.ScratchXmm();
            const Xbyak::Xmm number_b = ctx.reg_alloc.ScratchXmm();
            code.movaps(number, result);
            FCODE(cmpordp)(number, xmm_b);
            code.movaps(number_b, xmm_b);
            code.andps(number_b, number);
            code.andps(result, number);
            xmm_b = number_b;
\1""")
edit("a quiet NaN is no invalid operand of FMAXNM and FMINNM",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"(static void EmitFPVectorMinMaxNumeric\(.*?    const Xbyak::Xmm tmp2 = ctx\.reg_alloc\.ScratchXmm\(\);\n)",
     r"\1    const Xbyak::Xmm number = ctx.reg_alloc.ScratchXmm();" "\n"
     r"    const Xbyak::Xmm number_b = ctx.reg_alloc.ScratchXmm();" "\n")
edit("a quiet NaN is no invalid operand of FMAXNM and FMINNM, AVX",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"(\n\s*// intermediate result = max/min\(xmm_a, xmm_b\)\n\s*\{\n)"
     r"(.*?FCODE\(vmaxp\)\()intermediate_result, xmm_a, xmm_b(.*?FCODE\(vminp\)\()intermediate_result, xmm_a, xmm_b(\);\n\s*\}\n)",
     r"""\1                FCODE(vcmpordp)(number, xmm_a, xmm_b);
                code.vandps(number_b, xmm_b, number);
                code.vandps(intermediate_result, xmm_a, number);
\2intermediate_result, intermediate_result, number_b\3intermediate_result, intermediate_result, number_b\4
                code.vandnps(number, number, xmm_b);
                code.vorps(intermediate_result, intermediate_result, number);
""")
edit("a quiet NaN is no invalid operand of FMAXNM and FMINNM, SSE",
     X64 + "emit_x64_vector_floating_point.cpp",
     r"(code\.movaps\(eq, xmm_a\);\n\s*)code\.movaps\(intermediate_result, xmm_a\);\n"
     r"(.*?FCODE\(maxp\)\(intermediate_result, )xmm_b(.*?FCODE\(minp\)\(intermediate_result, )xmm_b(\);\n\s*\}\n)",
     r"""\1code.movaps(number, xmm_a);
            FCODE(cmpordp)(number, xmm_b);
            code.movaps(number_b, xmm_b);
            code.andps(number_b, number);
            code.movaps(intermediate_result, xmm_a);
            code.andps(intermediate_result, number);
\2number_b\3number_b\4            code.andnps(number, xmm_b);
            code.orps(intermediate_result, number);
""")
edit("nothing is multiplied in an upper half that is not there",
     X64 + "emit_x64_vector.cpp", r"(code\.pshuflw\(a, a, 0b01'00'01'00\);\n)(\n    ctx\.reg_alloc\.DefineValue\(inst, a\);\n\}\n\n"
     r"void EmitX64::EmitVectorBroadcastElement8)", r"\1    code.movq(a, a);" "\n" r"\2")
edit("FPCR has its modes and AArch32's fields on CPUs without FEAT_FP16 and traps",
     X64 + "a64_jitstate.cpp", r"FPCR_MASK = 0x07C89F00;", "FPCR_MASK = 0x07F70000;")
edit("FPSR keeps AArch32's flags", X64 + "a64_jitstate.cpp",
     r"fpsr_exc = value & 0x9F;", "fpsr_exc = value & 0xF000009F;")
edit("setting FPCR keeps the flags of the FP instructions before it",
     X64 + "a64_emit_x64.cpp", r"(code\.mov\(code\.ABI_PARAM1, code\.r15\);\n\s*code\.CallFunction\(SetFPCRImpl\);)",
     r"code.stmxcsr(code.dword[code.r15 + offsetof(A64JitState, guest_MXCSR)]);" "\n    " r"\1")
edit("what is undefined among VFP's and other coprocessors' instructions is so at its own address",
     SRC + "frontend/A32/translate/impl/thumb32_coprocessor.cpp",
     r"(bool TranslatorVisitor::thumb32_\w+\(bool two,[^)]*size_t coproc_no[^)]*\) \{\n)",
     r"\1    if (coproc_no != 15) return UndefinedInstruction();" "\n", 7)

# --- fork(2) --------------------------------------------------------------------------------------
edit("another thread may hold the handler's lock while one forks",
     SRC + "backend/exception_handler_posix.cpp",
     r"(    bool SupportsFastmem\(\) const \{ return supports_fast_mem; \}\n)",
     r"\1    void Lock() { code_block_infos_mutex.lock(); }" "\n"
     r"    void Unlock() { code_block_infos_mutex.unlock(); }" "\n")
edit("another thread may hold the handler's lock while one forks",
     SRC + "backend/exception_handler_posix.cpp",
     r"(SigHandler::SigHandler\(\) \{\n)",
     r"\1    const auto unlock = [] { sig_handler.Unlock(); };" "\n"
     r"    pthread_atfork([] { sig_handler.Lock(); }, unlock, unlock);" "\n")
edit("pthread_atfork", SRC + "backend/exception_handler_posix.cpp",
     r"#include <cstring>\n", "#include <pthread.h>\n\n#include <cstring>\n")

# --- Linking --------------------------------------------------------------------------------------
edit("no disassembler: Debian has Zydis as a shared library only, which emulate-static cannot use",
     SRC + "common/x64_disassemble.cpp",
     r"#include <Zydis/Zydis\.h>.*\Z",
     """namespace Dynarmic::Common {
void DumpDisassembledX64(const void*, size_t) {}
std::vector<std::string> DisassembleX64(const void*, size_t) { return {}; }
}  // namespace Dynarmic::Common
""")


def main():
    root = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).resolve().parent
    for reason, path, pattern, replacement, count in EDITS:
        target = root / path
        text, done = re.subn(pattern, replacement, target.read_text(), flags=re.S)
        if done != count:
            sys.exit(f"edits.py: {path}: {done} matches instead of {count} for: {reason}\n  {pattern}")
        target.write_text(text)
    shutil.copy(here / "lazy_table.h", root / SRC / TABLE)
    shutil.copy(here / "commit_after_access.h", root / SRC / "frontend/A32/translate")
    for name in ("to_fixed.inc", "vector_to_fixed.inc"):
        shutil.copy(here / name, root / X64)


if __name__ == "__main__":
    main()
