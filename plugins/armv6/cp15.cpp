#include "armv6/cp15.h"

#include <time.h>

#include <atomic>

#include "arm/bit_pattern.h"

namespace emulate::armv6 {
namespace {

using arm::bits;
using Dynarmic::A32::Coprocessor;
using Dynarmic::A32::CoprocReg;

/// One register of the coprocessor, named as MRC and MCR name it.
struct Access {
  bool write;
  unsigned opc1, crn, crm, opc2;
  constexpr bool operator==(const Access&) const = default;
};
constexpr Access kReadTpidrurw{false, 0, 13, 0, 2};
constexpr Access kWriteTpidrurw{true, 0, 13, 0, 2};
constexpr Access kReadTpidruro{false, 0, 13, 0, 3};
constexpr Access kReadCntfrq{false, 0, 14, 0, 0};
constexpr Access kInstructionBarrier{true, 0, 7, 5, 4};
constexpr Access kSynchronizationBarrier{true, 0, 7, 10, 4};
constexpr Access kMemoryBarrier{true, 0, 7, 10, 5};

constexpr bool known(const Access& a) {
  for (const Access& k : {kReadTpidrurw, kWriteTpidrurw, kReadTpidruro, kReadCntfrq,
                          kInstructionBarrier, kSynchronizationBarrier, kMemoryBarrier}) {
    if (a == k) return true;
  }
  return false;
}
/// MRRC p15, 1, Rt, Rt2, c14: the virtual count.
constexpr bool is_virtual_count(unsigned opc, unsigned crm) { return opc == 1 && crm == 14; }

constexpr std::uint32_t kFrequency = 1'000'000'000;

std::uint64_t barrier(void*, std::uint32_t, std::uint32_t) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return 0;
}
std::uint64_t frequency(void*, std::uint32_t, std::uint32_t) { return kFrequency; }
std::uint64_t count(void*, std::uint32_t, std::uint32_t) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kFrequency +
         static_cast<std::uint64_t>(now.tv_nsec);
}

class SystemControl final : public Coprocessor {
 public:
  SystemControl(Cp15Registers* registers, void (*undefined)(void*), void* arg)
      : registers_(registers), undefined_(undefined), arg_(arg) {}

  std::optional<Callback> CompileInternalOperation(bool, unsigned, CoprocReg, CoprocReg, CoprocReg,
                                                   unsigned) override {
    return undefined();
  }
  CallbackOrAccessOneWord CompileSendOneWord(bool two, unsigned opc1, CoprocReg crn, CoprocReg crm,
                                             unsigned opc2) override {
    const Access a{true, opc1, number(crn), number(crm), opc2};
    if (registers_ == nullptr || two || !known(a)) return undefined();
    if (a == kWriteTpidrurw) return &registers_->tpidrurw;
    return Callback{barrier, std::nullopt};
  }
  CallbackOrAccessTwoWords CompileSendTwoWords(bool, unsigned, CoprocReg) override {
    return undefined();
  }
  CallbackOrAccessOneWord CompileGetOneWord(bool two, unsigned opc1, CoprocReg crn, CoprocReg crm,
                                            unsigned opc2) override {
    const Access a{false, opc1, number(crn), number(crm), opc2};
    if (registers_ == nullptr || two || !known(a)) return undefined();
    if (a == kReadTpidrurw) return &registers_->tpidrurw;
    if (a == kReadTpidruro) return &registers_->tpidruro;
    return Callback{frequency, std::nullopt};
  }
  CallbackOrAccessTwoWords CompileGetTwoWords(bool two, unsigned opc, CoprocReg crm) override {
    if (registers_ == nullptr || two || !is_virtual_count(opc, number(crm))) return undefined();
    return Callback{count, std::nullopt};
  }
  std::optional<Callback> CompileLoadWords(bool, bool, CoprocReg,
                                           std::optional<std::uint8_t>) override {
    return undefined();
  }
  std::optional<Callback> CompileStoreWords(bool, bool, CoprocReg,
                                            std::optional<std::uint8_t>) override {
    return undefined();
  }

 private:
  static unsigned number(CoprocReg r) { return static_cast<unsigned>(r); }
  Callback undefined() {
    const auto call = [](void* self, std::uint32_t, std::uint32_t) -> std::uint64_t {
      const auto* cp = static_cast<const SystemControl*>(self);
      cp->undefined_(cp->arg_);
      return 0;
    };
    return Callback{call, this};
  }

  Cp15Registers* registers_;
  void (*undefined_)(void*);
  void* arg_;
};

}  // namespace

bool cp15_supports(std::uint32_t word) {
  if (word >> 28 == 0xf || bits(word, 11, 8) != 15) return false;
  if (bits(word, 27, 20) == 0b1100'0101) {  // MRRC
    return is_virtual_count(bits(word, 7, 4), bits(word, 3, 0));
  }
  if (bits(word, 27, 24) != 0b1110 || bits(word, 4, 4) == 0) return false;
  return known({bits(word, 20, 20) == 0, bits(word, 23, 21), bits(word, 19, 16), bits(word, 3, 0),
                bits(word, 7, 5)});
}

std::shared_ptr<Coprocessor> make_coprocessor(Cp15Registers* registers, void (*undefined)(void*),
                                              void* arg) {
  return std::make_shared<SystemControl>(registers, undefined, arg);
}

}  // namespace emulate::armv6
