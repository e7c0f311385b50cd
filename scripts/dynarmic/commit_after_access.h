#pragma once

/// Registers at a faulting A32 load or store. Added to Dynarmic by emulate's build; see
/// scripts/dynarmic/edits.py.

#include <vector>

#include "dynarmic/ir/basic_block.h"
#include "dynarmic/ir/microinstruction.h"
#include "dynarmic/ir/opcodes.h"

namespace Dynarmic::A32 {

/// Lives while one instruction is translated. Register writes that come before the instruction's
/// last memory access then move behind it, so that the access can fault and the instruction can be
/// started again: base write-back and the registers a multiple load has loaded so far. Writes of a
/// vector that the instruction itself reads again stay where they are: loads of elements assemble
/// their result in it, and can be started again with it half done.
class CommitAfterAccess {
public:
    explicit CommitAfterAccess(IR::Block& block)
            : block(block), last(block.empty() ? nullptr : &block.back()) {}
    CommitAfterAccess(const CommitAfterAccess&) = delete;
    CommitAfterAccess& operator=(const CommitAfterAccess&) = delete;

    ~CommitAfterAccess() {
        auto& instructions = block.Instructions();
        auto access = instructions.end();
        std::vector<IR::Inst*> early;
        std::size_t before_access = 0;
        bool reads_vector = false;
        for (auto it = instructions.end(); it != instructions.begin();) {
            --it;
            if (&*it == last) {
                break;
            }
            if (access == instructions.end()) {
                if (it->IsMemoryReadOrWrite()) {
                    access = it;
                }
            } else if (SetsRegister(*it) && !(reads_vector && !SetsCoreRegister(*it))) {
                early.push_back(&*it);
                ++before_access;
            }
            reads_vector |= ReadsVector(*it);
        }
        if (before_access == 0) {
            return;
        }
        auto behind = access;
        ++behind;
        for (auto it = early.rbegin(); it != early.rend(); ++it) {
            instructions.remove(**it);
            instructions.insert(behind, *it);
        }
    }

private:
    static bool SetsRegister(const IR::Inst& inst) {
        switch (inst.GetOpcode()) {
        case IR::Opcode::A32SetRegister:
        case IR::Opcode::A32SetExtendedRegister32:
        case IR::Opcode::A32SetExtendedRegister64:
        case IR::Opcode::A32SetVector:
            return true;
        default:
            return false;
        }
    }

    static bool SetsCoreRegister(const IR::Inst& inst) {
        return inst.GetOpcode() == IR::Opcode::A32SetRegister;
    }

    static bool ReadsVector(const IR::Inst& inst) {
        switch (inst.GetOpcode()) {
        case IR::Opcode::A32GetExtendedRegister32:
        case IR::Opcode::A32GetExtendedRegister64:
        case IR::Opcode::A32GetVector:
            return true;
        default:
            return false;
        }
    }

    IR::Block& block;
    const IR::Inst* last;
};

}  // namespace Dynarmic::A32
