#pragma once

/// The least host a plugin can run on: a window, a page table of rights, and a SIGSEGV handler.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "emulate/emulate.h"

namespace emulate::test {

inline constexpr unsigned kRead = 1, kWrite = 2, kExecute = 4;

class MiniHost final : public HostServices {
 public:
  static constexpr std::uint64_t kPage = 4096;

  /// `window_bits`: log2 of the window's size.
  explicit MiniHost(unsigned window_bits);
  ~MiniHost();
  MiniHost(const MiniHost&) = delete;
  MiniHost& operator=(const MiniHost&) = delete;

  GuestWindow window() const { return {base_, size_}; }
  void protect(std::uint64_t address, std::uint64_t length, unsigned rights);
  template <class T>
  T peek(std::uint64_t address) const {
    T value;
    __builtin_memcpy(&value, base_ + address, sizeof value);
    return value;
  }
  template <class T>
  void poke(std::uint64_t address, const T& value) {
    __builtin_memcpy(base_ + address, &value, sizeof value);
  }

  bool copyin(void* dst, GuestAddr src, std::size_t n) noexcept override;
  bool copyout(GuestAddr dst, const void* src, std::size_t n) noexcept override;
  bool compare_exchange(GuestAddr address, void* expected, const void* desired,
                        std::size_t n) noexcept override;
  std::size_t fetch(GuestAddr pc, void* dst, std::size_t n) noexcept override;
  bool log_enabled(Log) noexcept override { return false; }
  void log(Log, std::string_view) noexcept override {}
  const char* cache_dir() noexcept override { return nullptr; }

 private:
  bool allowed(std::uint64_t address, std::size_t n, unsigned rights);

  std::byte* base_;
  std::uint64_t size_;
  std::mutex mutex_;
  std::map<std::uint64_t, unsigned> rights_;
};

/// The static executable the build made of a snippets file: its bytes and symbols.
class Snippets {
 public:
  explicit Snippets(const char* path);
  void load(MiniHost& host) const;
  std::uint64_t operator[](const std::string& name) const { return symbols_.at(name); }

 private:
  struct Segment {
    std::uint64_t address;
    std::vector<std::byte> bytes;
    std::uint64_t memory_size;
    unsigned rights;
  };
  std::vector<Segment> segments_;
  std::map<std::string, std::uint64_t> symbols_;
};

/// A machine of a plugin, running.
class Guest {
 public:
  Guest(const Plugin& plugin, const char* machine, const char* cpu, unsigned window_bits,
        const char* snippets);
  ~Guest();
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  MiniHost host;
  Snippets at;
  const Machine* machine;
  Engine* engine;
  Cpu* cpu;

  const FreeBsdAbi& abi() const { return *machine->freebsd; }
  /// Puts the CPU at a label and runs until the next event.
  Event run(const std::string& label) { return run(*cpu, label); }
  Event run(Cpu& which, const std::string& label) {
    which.set_pc(GuestAddr(at[label]));
    return which.cpu_loop();
  }

  std::uint64_t reg(const char* name) const { return reg(*cpu, name); }
  std::uint64_t reg(const Cpu& which, const char* name) const;
  void set_reg(const char* name, std::uint64_t value) { set_reg(*cpu, name, value); }
  void set_reg(Cpu& which, const char* name, std::uint64_t value);

 private:
  std::optional<unsigned> index_of(const char* name) const;
};

}  // namespace emulate::test
