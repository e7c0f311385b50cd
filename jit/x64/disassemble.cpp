#include "jit/x64/disassemble.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

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

constexpr std::uint8_t kCall = 0xe8;

bool calls(const std::uint8_t* at, const std::uint8_t* target) {
  std::int32_t distance;
  std::memcpy(&distance, at + 1, sizeof distance);
  return *at == kCall && at + kStubCallBytes + distance == target;
}

std::string exit_data(const std::uint8_t* at) {
  static constexpr const char* kNames[] = {"chain",       "chain backward", "resume", "raise",
                                           "fetch fault", "promote",        "replay", "misfit"};
  ExitData data;
  std::memcpy(&data, at, sizeof data);
  return fmt::format("  exit: {} {:#x} {:#x}\n", kNames[static_cast<unsigned>(data.kind)], data.pc,
                     data.extra);
}

}  // namespace

std::string disassemble(const Block& block, const Thunks& thunks) {
  std::string out = fmt::format("code for {:#x}, entered at {} or, from behind, {}\n", block.pc,
                                fmt::ptr(block.entry), fmt::ptr(block.entry_poll));
  for (const std::uint8_t* at = block.start; at < block.end;) {
    const auto room = static_cast<std::size_t>(block.end - at);
    std::string text;
    std::size_t n = decode(at, room, text);
    if (n == 0) n = std::min<std::size_t>(room, 8);
    out += fmt::format("  {}: {:<24} {}\n", fmt::ptr(at), bytes_of(at, n), text);
    const bool exit = n == kStubCallBytes && calls(at, thunks.exit_stub);
    at += n;
    if (!exit) continue;
    out += exit_data(at);
    at += sizeof(ExitData);
  }
  return out;
}

}  // namespace emulate::jit::x64
