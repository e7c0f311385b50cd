#pragma once

/// A processor of the ppc plugin that runs words in the interpreter.

#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "jit/interp/interpreter.h"
#include "ppc/fpscr.h"
#include "ppc/helpers.h"
#include "ppc/state.h"
#include "ppc/translator.h"
#include "tests/unit/arm/mini_host.h"

namespace emulate::ppc::test {

inline constexpr std::uint64_t kCode = 0x10000, kData = 0x20000;
inline constexpr std::uint32_t kTrap = 0x7fe00008;

class Words final : public jit::InstructionSource {
 public:
  explicit Words(std::vector<std::uint32_t> words) : words_(std::move(words)) {}
  bool fetch(std::uint64_t pc, void* dst, std::size_t n) override {
    if (pc < kCode || pc + n > kCode + 4 * words_.size()) return false;
    const std::uint32_t w = __builtin_bswap32(words_[(pc - kCode) / 4]);
    std::memcpy(dst, &w, n);
    return true;
  }

 private:
  std::vector<std::uint32_t> words_;
};

class Cpu {
 public:
  explicit Cpu(bool wide, std::uint32_t features)
      : traits_{wide, true, features},
        table_(ppc_rows(), features),
        host_(wide ? 36 : 32),
        context_(new (std::aligned_alloc(64, sizeof(jit::Context) + (sizeof(State) + 63) / 64 * 64))
                     jit::Context) {
    context_->window_base = host_.window().base;
    context_->window_size = host_.window().size;
    context_->helpers = helpers(true).data();
    context_->host = &host_;
    std::memset(context_->state_bytes(), 0, sizeof(State));
    reset_state(s(), features);
    host_.protect(kData, 4096, emulate::test::kRead | emulate::test::kWrite);
  }
  ~Cpu() {
    context_->~Context();
    std::free(context_);
  }
  Cpu(const Cpu&) = delete;
  Cpu& operator=(const Cpu&) = delete;

  State& s() { return context_->state<State>(); }
  jit::Context& context() { return *context_; }
  std::byte* data() { return host_.window().base + kData; }

  /// Runs to the first event; a trap is put behind the words.
  Event run(std::vector<std::uint32_t> words) {
    words.push_back(kTrap);
    Words source(std::move(words));
    context_->pc = kCode;
    for (int n = 0; n < 100; ++n) {
      jit::ir::Unit unit;
      unit.pc = context_->pc;
      unit.mode = fp_mode(s());
      unit.clear();
      Translator(traits_, table_, unit, source).run(64);
      if (jit::interpret(unit, *context_) == jit::Exit::event) {
        context_->event_pending = 0;
        if (context_->event.kind == EventKind::trap && context_->event.code == kTrapLeave) continue;
        return context_->event;
      }
    }
    return {};
  }

 private:
  Traits traits_;
  PpcTable table_;
  emulate::test::MiniHost host_;
  jit::Context* context_;
};

}  // namespace emulate::ppc::test
