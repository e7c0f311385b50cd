#include "jit/x64/disassemble.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>

#if __has_include(<Zydis/Zydis.h>)
#include <Zydis/Zydis.h>
#define EMULATE_JIT_ZYDIS 1
#endif

namespace emulate::jit::x64 {
namespace {

std::string bytes_of(const std::uint8_t* at, std::size_t n) {
  std::string out;
  for (std::size_t k = 0; k < n; ++k) out += fmt::format("{:02x}", at[k]);
  return out;
}

/// Length of the instruction at `at` and its text; 0 where it is none.
std::size_t decode(const std::uint8_t* at, std::size_t room, std::string& text) {
#ifdef EMULATE_JIT_ZYDIS
  using Disassemble = decltype(&ZydisDisassembleIntel);
  static const auto kDisassemble = [] {
    void* library = dlopen("libZydis.so.4.0", RTLD_NOW | RTLD_LOCAL);
    void* symbol = library != nullptr ? dlsym(library, "ZydisDisassembleIntel") : nullptr;
    return reinterpret_cast<Disassemble>(symbol);
  }();
  ZydisDisassembledInstruction instruction;
  if (kDisassemble != nullptr &&
      ZYAN_SUCCESS(kDisassemble(ZYDIS_MACHINE_MODE_LONG_64, reinterpret_cast<std::uintptr_t>(at),
                                at, room, &instruction))) {
    text = instruction.text;
    return instruction.info.length;
  }
#else
  (void)at, (void)room, (void)text;
#endif
  return 0;
}

}  // namespace

std::string disassemble(const std::uint8_t* start, const std::uint8_t* end) {
  std::string out;
  for (const std::uint8_t* at = start; at < end;) {
    const auto room = static_cast<std::size_t>(end - at);
    std::string text;
    std::size_t n = decode(at, room, text);
    if (n == 0) n = std::min<std::size_t>(room, 8);
    out += fmt::format("  {}: {:<24} {}\n", fmt::ptr(at), bytes_of(at, n), text);
    at += n;
  }
  return out;
}

}  // namespace emulate::jit::x64
