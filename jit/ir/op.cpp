#include "jit/ir/op.h"

#include <iterator>

namespace emulate::jit::ir {
namespace {

constexpr OpInfo value(const char* name, unsigned args) {
  return {name, static_cast<std::uint8_t>(args), false, false};
}
constexpr OpInfo effect(const char* name, unsigned args) {
  return {name, static_cast<std::uint8_t>(args), true, false};
}
constexpr OpInfo leaves(const char* name, unsigned args) {
  return {name, static_cast<std::uint8_t>(args), true, true};
}

// In the order of Op.
constexpr OpInfo kOps[] = {
    value("nop", 0),
    value("konst", 0),
    effect("guest_pc", 0),
    effect("block", 0),
    value("get_slot", 0),
    effect("set_slot", 1),
    effect("stash", 1),
    effect("unstash", 1),
    value("add", 2),
    value("sub", 2),
    value("mul", 2),
    value("mulh_s", 2),
    value("mulh_u", 2),
    value("and", 2),
    value("or", 2),
    value("xor", 2),
    value("shl", 2),
    value("shr", 2),
    value("sar", 2),
    value("rotr", 2),
    value("div_s", 2),
    value("div_u", 2),
    value("rem_s", 2),
    value("rem_u", 2),
    value("not", 1),
    value("neg", 1),
    value("clz", 1),
    value("popcount", 1),
    value("bswap", 1),
    value("zext", 1),
    value("sext", 1),
    value("trunc", 1),
    value("eq", 2),
    value("ne", 2),
    value("lt_s", 2),
    value("lt_u", 2),
    value("le_s", 2),
    value("le_u", 2),
    value("add_overflows", 2),
    value("sub_overflows", 2),
    value("select", 3),
    value("flags_add", 2),
    value("flags_sub", 2),
    value("flags_logic", 1),
    value("flag_test", 1),
    leaves("load", 1),
    leaves("store", 2),
    leaves("atomic_cas", 3),
    leaves("atomic_swap", 2),
    effect("fence", 0),
    effect("fadd", 2),
    effect("fsub", 2),
    effect("fmul", 2),
    effect("fdiv", 2),
    effect("fsqrt", 1),
    value("fneg", 1),
    value("fabs", 1),
    effect("fma", 3),
    value("fcmp_eq", 2),
    value("fcmp_lt", 2),
    value("fcmp_le", 2),
    value("fcmp_un", 2),
    value("fcmp_ueq", 2),
    value("fcmp_ult", 2),
    value("fcmp_ule", 2),
    effect("fcvt", 1),
    effect("int_to_f", 1),
    effect("f_to_int", 1),
    effect("f_to_int_z", 1),
    effect("f_round", 1),
    value("bitcast", 1),
    leaves("call", 4),
    effect("call_if", 4),
    effect("defer", 0),
    effect("replay_if", 1),
    effect("settle", 0),
    leaves("jump", 0),
    leaves("branch_if", 1),
    leaves("jump_value", 1),
    leaves("call_pc", 0),
    leaves("call_value", 1),
    leaves("return_to", 1),
    leaves("raise", 0),
    leaves("raise_if", 1),
    leaves("leave", 0),
};
static_assert(std::size(kOps) == static_cast<unsigned>(Op::count_));

}  // namespace

const OpInfo& op_info(Op op) { return kOps[static_cast<unsigned>(op)]; }

}  // namespace emulate::jit::ir
