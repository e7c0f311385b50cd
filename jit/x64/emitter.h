#pragma once

/// Generates the code of one unit in one pass over its operations. No operation's value may be
/// unused (opt::remove_dead_code), but where it has an effect.
///
/// In a region, jumps between its blocks are jumps in the code, and the slots' registers are valid
/// throughout: entering loads them, only leaving stores those that may be newer than memory.
///
/// Guest registers (slots) used most in the unit have a host register for all of it: reading one
/// costs nothing, and a value computed for one is computed in place. Other values live in a few
/// temporaries, spilled to the Context when they run out. At each point that may leave, the slots
/// whose memory is stale are known statically: exits store them, fault points list them.

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "jit/cache/block.h"
#include "jit/ir/unit.h"
#include "jit/x64/assembler.h"
#include "jit/x64/thunks.h"

namespace emulate::jit::x64 {

class Emitter {
 public:
  /// `wide`: 64-bit guest addresses. `pinned`, `moving`: as in Guest.
  Emitter(const ir::Unit& unit, Assembler& a, const Thunks& thunks, bool wide,
          std::span<const ir::Slot> pinned, const ir::Moving& moving, Block& block);

  /// False when the unit needs more than the generator has (buffer, spill slots): interpret it.
  bool run();

 private:
  using Inst = ir::Inst;
  using Ref = ir::Ref;
  using Type = ir::Type;

  // --- What is known of a value (registers.cpp) ---
  struct Value {
    enum class In : std::uint8_t { nowhere, konst, pool, gpr, xmm, spill, memory, deferred };
    In in = In::nowhere;
    std::uint8_t reg = 0;      ///< gpr, xmm; spill: its number
    std::int8_t slot = -1;     ///< lives in the register of this slot
    std::int32_t backed = -1;  ///< a slot without a register, by its offset, has the value too
    bool deferred_ok = false;  ///< its only user does the work: compares, bits tested, lea's scale
    bool low_only = false;     ///< a trunc: no user looks at the register's upper half
    bool tests_zero = false;   ///< a comparison with 0 asks only for what the flags of it tell
    bool tests_carry = false;  ///< a sum, and the next that is asked is whether it carried
    std::uint16_t uses = 0;    ///< still to come
    Ref last_test = 0;         ///< where it is compared for the last time
    Ref set_at = 0;            ///< the first set_slot of it to a slot with a register
  };
  struct SlotState {
    SlotHome home;
    bool pinned = false;       ///< the register holds it when the unit is entered and left
    bool valid = false;        ///< the register holds the slot
    bool dirty = false;        ///< memory does not
    std::vector<Ref> aliases;  ///< values that are read from this register
  };

  /// A basic block of the unit.
  struct BlockState {
    std::uint64_t pc;
    Ref first;
    Ref end;
    Label label;
    bool head = false;   ///< jumped to from behind
    bool polls = false;  ///< tests for an interrupt: every loop has a block that does
    unsigned depth = 0;  ///< loops around it
    std::vector<std::size_t> next = {};  ///< blocks it jumps to
    std::uint32_t dirty = 0;             ///< slots that may be newer than memory where it begins
  };
  void find_blocks();
  void choose_polls();
  bool loops_unpolled(std::size_t from) const;
  void flow_dirty();
  BlockState* local(std::uint64_t pc);
  std::size_t index_of(const BlockState& b) const {
    return static_cast<std::size_t>(&b - blocks_.data());
  }
  void begin();
  void begin_block(BlockState& b);
  bool keeps_flags(Ref n) const;
  /// Its only user does the work of n.
  void defer_work(Ref n) {
    values_[n].in = Value::In::deferred;
    kept_flags_ = true;
  }
  void forget_flags();
  void compared(Ref a, Ref b, unsigned size);
  void compared_with_zero(Ref a, unsigned size);
  bool known_compare(Ref a, Ref b, unsigned size, Cc cc) const;
  void result_flags(Ref n, bool sign);
  bool flags_wanted() const;
  Ref following(Ref n) const;

  void analyze();
  void find_fusible(const std::vector<Ref>& user);
  void find_carry(Ref n, const std::vector<Ref>& user);
  bool flags_last(Ref from, Ref to, Ref but) const;
  struct Candidate {
    std::uint32_t offset;
    Type type;
    unsigned weight;
    bool mixed;             ///< parts of it are used too
    bool extended = false;  ///< as SlotHome's
    bool set = false;       ///< leaving has to store it
    unsigned saved = 0;     ///< loads and stores that a register would spare
  };
  unsigned weight_of(const BlockState& b) const;
  unsigned passages() const;
  std::vector<Candidate> candidates() const;
  void choose_slots();
  void consume(const Inst& i);
  void release(Ref r);
  void back(Ref r, std::uint64_t offset);
  void unback(Ref r);
  void overwrite(std::uint64_t offset, unsigned bytes, Ref except);

  Gpr alloc_gpr();
  Xmm alloc_xmm();
  Gpr scratch();
  Xmm scratch_xmm();
  /// Frees rax, rcx or rdx for an instruction that insists on it.
  void claim(Gpr r);
  bool spill_one(bool xmm);
  void spill(Ref r);
  void end_instruction();

  Gpr use(Ref r);
  Xmm usef(Ref r);
  /// The value as a register or, if it is only in guest state and used once, in place.
  bool in_memory(Ref r) const;
  Mem backing(Ref r) const { return place_of(static_cast<std::uint32_t>(values_[r].backed)); }
  Mem place_of(std::uint64_t offset) const { return slot_at(offset, moving_); }
  std::uint32_t moving_mask() const;
  bool in_pool(Ref r) const { return values_[r].in == Value::In::pool; }
  bool is_konst(Ref r) const { return unit_.code[r].op == ir::Op::konst; }
  std::uint64_t konst(Ref r) const { return unit_.code[r].imm; }
  /// A constant that fits a sign-extended imm32 of an operation on `size` bytes.
  bool fits_imm(Ref r, unsigned size) const;

  /// Where the value n is computed: its slot's register if nothing looks before it is set.
  Gpr dest(Ref n, Gpr prefer = Gpr::none);
  /// Makes n another name of what `r` is in, where that is possible.
  bool rename(Ref n, Ref r);
  Xmm destf(Ref n, Xmm prefer = Xmm::none);
  int coalesced_slot(Ref n) const;
  void place(Ref n, Gpr r);
  void place(Ref n, Xmm r);

  void load_state(Xmm x, const Mem& at, Type t);
  void check_extended();
  void extend(const SlotHome& home);
  void load_home(const SlotHome& home);
  void store_home(const SlotHome& home);
  void load_slot(unsigned s);
  void store_slot(unsigned s) { store_home(slots_[s].home); }
  std::uint32_t dirty_mask() const;
  void flush(std::uint32_t mask);
  void flush_all();
  void leave_state(std::uint32_t mask, bool replay = false);
  void leave_state() { leave_state(dirty_mask()); }
  void drop_aliases(unsigned s, Ref except);
  void save_values();
  void reload_slots();
  void load_slots();

  // --- Operations ---
  void operation(Ref n);
  void get_slot(Ref n);
  void set_slot(Ref n);
  void set_in_memory(Ref n);
  void defer();
  void checkpoint(unsigned s);
  std::vector<Ref> with_parts(Ref value) const;
  bool run_reads(unsigned s) const;
  void settle();
  void move(Ref n);
  void move_backed(const Inst& i);

  void integer(Ref n);  // emit_integer.cpp
  void binary(Ref n, Alu op);
  void add_scaled(Gpr d, Gpr base, Gpr index, std::uint8_t scale, unsigned size);
  bool scaled_add(Ref n);
  bool add_condition(Ref n);
  void multiply(Ref n);
  void multiply_high(Ref n);
  void divide(Ref n);
  void shift(Ref n);
  void unary(Ref n);
  void convert(Ref n);
  void select(Ref n);
  void select_float(Ref n);
  void overflow_test(Ref n);
  void flags(Ref n);
  void flag_test(Ref n);
  void materialize_compare(Ref n);
  void test_bits(Ref r);
  void compare_byte(Ref r, std::uint64_t with);
  Cc float_condition(const Inst& i);
  /// Emits what sets the host's flags for an i1 value and says which condition is true.
  Cc condition(Ref r);
  Cc compare(const Inst& i);

  void load(Ref n);  // emit_memory.cpp
  void load_zero_extended(const Mem& at, const Inst& i, Gpr d);
  void load_widened(const Mem& at, const Inst& i, Ref n);
  void store(Ref n);
  void atomic_cas(Ref n);
  void atomic_swap(Ref n);
  void alignment_check(const Inst& i, bool write);
  Mem address(const Inst& i, bool write);
  void range_check(Gpr address, bool write, std::uint64_t extra);
  void fault_point(bool range = false, bool write = false);

  void floating(Ref n);  // emit_float.cpp
  void sign_op(Ref n);
  void float_compare_eq(Ref n);
  void bitcast(Ref n);

  void vector(Ref n);  // emit_vector.cpp
  void vector_binary(Ref n, const VexOp& op);
  void vector_scalar(Ref n);
  void vector_splat(Ref n);
  void vector_immediate(Ref n);
  void vector_choose(Ref n);
  void reverse_bytes(Xmm d, Xmm s);
  Label& pooled(std::uint64_t low, std::uint64_t high);
  Label& pooled(Ref pair);
  void load_pooled(Xmm x, Ref pair);
  void emit_pool();

  void call(Ref n);  // emit_control.cpp
  void narrow(Gpr r, Type t);
  void call_if(Ref n);
  void branch_if(Ref n);
  void jump(std::uint64_t pc);
  void jump_value(Ref n);
  void call_pc(Ref n);
  void call_value(Ref n);
  void return_to(Ref n);
  void raise_if(Ref n);
  void replay_if(Ref n);
  void push_return(Ref return_pc);
  BlockState* lands_in(const Inst& call);
  void landing(const Inst& call);
  void target_to_rax(Ref r);
  void exit_stub(ExitKind kind, std::uint64_t pc, std::uint64_t extra, std::uint8_t* field);
  void chain(std::uint8_t* field, std::uint64_t pc) { chain(field, pc, chain_kind(pc)); }
  void chain(std::uint8_t* field, std::uint64_t pc, ExitKind kind);
  ExitKind chain_kind(std::uint64_t pc) const;
  void poll(std::uint64_t pc, bool entering = false);
  void count_entry();
  void out_of_line();

  /// Code kept out of the way of the common path.
  struct Slow {
    enum class Kind : std::uint8_t { exit, chain, range, helper } kind;
    Label in;
    Label back;
    std::uint32_t dirty = 0;
    ExitKind exit = ExitKind::resume;
    std::uint64_t pc = 0;
    std::uint64_t extra = 0;
    ExitKind chain = ExitKind::chain;
    Gpr reg = Gpr::none;  ///< range: the address
    bool write = false;
    bool misaligned = false;
    bool replay = false;
    bool entering = false;  ///< exit: before the unit has touched anything
    Ref value = 0;          ///< helper: the call_if
    std::array<std::uint8_t, 3> places{};
  };
  /// A new one, which the common path is yet to jump to.
  Slow* slow_path(Slow::Kind kind) {
    slow_.push_back(std::make_unique<Slow>());
    slow_.back()->kind = kind;
    return slow_.back().get();
  }
  Slow* refused_access(Gpr address, bool write, std::uint64_t extra);
  /// A vector that lies behind the code.
  struct Constant {
    std::uint64_t low;
    std::uint64_t high;
    std::unique_ptr<Label> at;
  };
  struct Chain {
    std::uint8_t* field;
    std::uint64_t pc;
    ExitKind kind;
  };

  const ir::Unit& unit_;
  Assembler& a_;
  const Thunks& thunks_;
  const bool wide_;
  const std::span<const ir::Slot> pinned_;
  const ir::Moving moving_;
  const bool region_;
  Block& block_;

  std::vector<Value> values_;
  std::vector<std::int8_t> slot_of_;  ///< of each get_slot and set_slot: index into slots_, or -1
  std::vector<SlotState> slots_;
  std::vector<SlotHome> evicted_;  ///< pinned slots whose register another one has in this unit
  std::vector<Gpr> temps_;
  std::vector<Xmm> xmm_temps_;
  std::vector<Ref> backed_;  ///< values that are Value::backed
  std::array<Ref, 16> gpr_owner_{};
  std::array<Ref, 16> xmm_owner_{};
  std::uint32_t gpr_busy_ = 0;  ///< operands and scratch of the instruction at hand
  std::uint32_t xmm_busy_ = 0;
  std::uint64_t spills_used_ = 0;
  /// An address as what it is the sum of: up to two values and a constant.
  struct Place {
    Ref a = 0;
    Ref b = 0;
    std::uint64_t at = 0;
    bool beside(const Place& p) const { return a == p.a && b == p.b; }
  };
  Place place_at(Ref base, std::uint64_t disp) const;
  bool in_range(const Place& p, std::uint64_t beyond) const;
  std::vector<Place> range_checked_;
  struct Aligned {
    Place place;
    std::uint64_t mask;
  };
  std::vector<Aligned> aligned_;
  std::vector<std::unique_ptr<Slow>> slow_;
  std::vector<Chain> chains_;
  std::vector<Constant> pool_;
  std::vector<BlockState> blocks_;
  std::size_t block_index_ = 0;  ///< of the block at hand
  Ref flags_of_ = 0;             ///< the i1 value that the host's flags tell by flags_cc_
  Cc flags_cc_ = Cc::ne;
  /// What else the host's flags tell: the outcome of a comparison.
  struct Flags {
    enum class From : std::uint8_t { unknown, compare, result, zero, ucomis } from = From::unknown;
    Ref a = 0;
    Ref b = 0;  ///< compare: kNone when it is the constant
    std::uint64_t constant = 0;
    unsigned size = 0;
    bool carry = false;  ///< result: of a sum, and the host's carry is whether it carried
  };
  Flags flags_;
  bool kept_flags_ = false;  ///< the operation at hand left flags_ and flags_of_ true
  /// Between defer and settle: what a replay starts from. The slots of `dirty` have their old value
  /// in their register, all others in memory, but for those that it sets before anything looks.
  struct Deferred {
    bool open = false;
    std::uint64_t pc = 0;
    std::uint32_t dirty = 0;
    Ref begin = 0;
    Ref last_access = 0;      ///< the last operation that may fault
    Ref last_replay = 0;      ///< and the last replay_if
    std::vector<Ref> stores;  ///< set_slots of slots without a register, put off
  };
  Deferred deferred_;
  Ref done_ = 0;  ///< operations up to here were generated with an earlier one
  Ref at_ = 0;
  std::uint64_t guest_pc_ = 0;
  bool failed_ = false;
};

}  // namespace emulate::jit::x64
