#include "tests/unit/arm/mini_host.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace emulate::test {
namespace {

Engine* g_engine = nullptr;

void on_fault(int signo, siginfo_t* info, void* context) {
  if (g_engine != nullptr && g_engine->handle_host_signal(signo, info, context)) return;
  signal(signo, SIG_DFL);
}

int host_rights(unsigned rights) {
  return ((rights & (kRead | kExecute)) ? PROT_READ : 0) | ((rights & kWrite) ? PROT_WRITE : 0);
}

bool copy_memory(bool out, void* local, void* remote, std::size_t n) {
  const iovec l{local, n};
  const iovec r{remote, n};
  const ssize_t done = out ? process_vm_writev(getpid(), &l, 1, &r, 1, 0)
                           : process_vm_readv(getpid(), &l, 1, &r, 1, 0);
  return done == static_cast<ssize_t>(n);
}

template <class T>
void exchange(std::byte* at, void* expected, const void* desired) {
  __atomic_compare_exchange(reinterpret_cast<T*>(at), static_cast<T*>(expected),
                            const_cast<T*>(static_cast<const T*>(desired)), false, __ATOMIC_SEQ_CST,
                            __ATOMIC_SEQ_CST);
}

}  // namespace

MiniHost::MiniHost(unsigned window_bits) : size_(std::uint64_t{1} << window_bits) {
  void* p = mmap(nullptr, size_ + 16 * kPage, PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::runtime_error("no window");
  base_ = static_cast<std::byte*>(p);
}
MiniHost::~MiniHost() { munmap(base_, size_ + 16 * kPage); }

void MiniHost::protect(std::uint64_t address, std::uint64_t length, unsigned rights) {
  const std::lock_guard lock(mutex_);
  mprotect(base_ + address, length, host_rights(rights));
  for (std::uint64_t a = address; a < address + length; a += kPage) rights_[a / kPage] = rights;
}

bool MiniHost::allowed(std::uint64_t address, std::size_t n, unsigned rights) {
  if (address >= size_ || n > size_ - address) return false;
  const std::lock_guard lock(mutex_);
  for (std::uint64_t page = address / kPage; page <= (address + n - 1) / kPage; ++page) {
    const auto it = rights_.find(page);
    if (it == rights_.end() || (it->second & rights) != rights) return false;
  }
  return true;
}

bool MiniHost::copyin(void* dst, GuestAddr src, std::size_t n) noexcept {
  return allowed(src.value, n, kRead) && copy_memory(false, dst, base_ + src.value, n);
}
bool MiniHost::copyout(GuestAddr dst, const void* src, std::size_t n) noexcept {
  return allowed(dst.value, n, kWrite) &&
         copy_memory(true, const_cast<void*>(src), base_ + dst.value, n);
}
bool MiniHost::compare_exchange(GuestAddr address, void* expected, const void* desired,
                                std::size_t n) noexcept {
  if (!allowed(address.value, n, kRead | kWrite)) return false;
  std::byte* at = base_ + address.value;
  switch (n) {
    case 1:
      exchange<std::uint8_t>(at, expected, desired);
      return true;
    case 2:
      exchange<std::uint16_t>(at, expected, desired);
      return true;
    case 4:
      exchange<std::uint32_t>(at, expected, desired);
      return true;
    case 8:
      exchange<std::uint64_t>(at, expected, desired);
      return true;
    case 16: {
      unsigned __int128 want;
      unsigned __int128 value;
      std::memcpy(&want, expected, 16);
      std::memcpy(&value, desired, 16);
      const auto found =
          __sync_val_compare_and_swap(reinterpret_cast<unsigned __int128*>(at), want, value);
      std::memcpy(expected, &found, 16);
      return true;
    }
    default:
      return false;
  }
}

std::size_t MiniHost::fetch(GuestAddr pc, void* dst, std::size_t n) noexcept {
  std::size_t good = 0;
  while (good < n) {
    const std::size_t step = std::min<std::size_t>(n - good, kPage - (pc.value + good) % kPage);
    if (!allowed(pc.value + good, step, kExecute)) break;
    good += step;
  }
  if (good > 0) std::memcpy(dst, base_ + pc.value, good);
  return good;
}

namespace {

/// A number of the file, in the host's order.
template <class T>
T ordered(T value, bool swap) {
  if (!swap) return value;
  auto* bytes = reinterpret_cast<std::byte*>(&value);
  std::reverse(bytes, bytes + sizeof value);
  return value;
}

template <class Ehdr, class Phdr, class Shdr, class Sym, class Segments, class Symbols>
void parse(const std::vector<char>& file, Segments add_segment, Symbols add_symbol) {
  const auto v = [swap = file[EI_DATA] == ELFDATA2MSB](auto n) { return ordered(n, swap); };
  const auto* ehdr = reinterpret_cast<const Ehdr*>(file.data());
  const auto* phdr = reinterpret_cast<const Phdr*>(file.data() + v(ehdr->e_phoff));
  for (int i = 0; i < v(ehdr->e_phnum); ++i) {
    const Phdr& p = phdr[i];
    if (v(p.p_type) != PT_LOAD) continue;
    add_segment(v(p.p_offset), v(p.p_vaddr), v(p.p_filesz), v(p.p_memsz), v(p.p_flags));
  }
  const auto* shdr = reinterpret_cast<const Shdr*>(file.data() + v(ehdr->e_shoff));
  for (int i = 0; i < v(ehdr->e_shnum); ++i) {
    if (v(shdr[i].sh_type) != SHT_SYMTAB) continue;
    const auto* sym = reinterpret_cast<const Sym*>(file.data() + v(shdr[i].sh_offset));
    const char* names = file.data() + v(shdr[v(shdr[i].sh_link)].sh_offset);
    for (std::size_t n = 0; n < v(shdr[i].sh_size) / sizeof(Sym); ++n) {
      add_symbol(names + v(sym[n].st_name), v(sym[n].st_value));
    }
  }
}

}  // namespace

Snippets::Snippets(const char* path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> file{std::istreambuf_iterator<char>(in), {}};
  if (file.size() < sizeof(Elf64_Ehdr)) throw std::runtime_error("no snippets file");
  const auto segment = [&](std::uint64_t offset, std::uint64_t address, std::uint64_t in_file,
                           std::uint64_t in_memory, std::uint32_t flags) {
    const auto* from = reinterpret_cast<const std::byte*>(file.data() + offset);
    segments_.push_back({address,
                         {from, from + in_file},
                         in_memory,
                         ((flags & PF_R) ? kRead : 0) | ((flags & PF_W) ? kWrite : 0) |
                             ((flags & PF_X) ? kExecute : 0)});
  };
  const auto symbol = [&](const char* name, std::uint64_t value) { symbols_[name] = value; };
  if (file[EI_CLASS] == ELFCLASS64) {
    parse<Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr, Elf64_Sym>(file, segment, symbol);
  } else {
    parse<Elf32_Ehdr, Elf32_Phdr, Elf32_Shdr, Elf32_Sym>(file, segment, symbol);
  }
}

void Snippets::load(MiniHost& host) const {
  for (const Segment& s : segments_) {
    const std::uint64_t first = s.address & ~(MiniHost::kPage - 1);
    const std::uint64_t length =
        (s.address + s.memory_size + MiniHost::kPage - 1 - first) & ~(MiniHost::kPage - 1);
    host.protect(first, length, kRead | kWrite);
    std::memcpy(host.window().base + s.address, s.bytes.data(), s.bytes.size());
    host.protect(first, length, s.rights);
  }
}

Guest::Guest(const Plugin& plugin, const char* machine_name, const char* cpu_name,
             unsigned window_bits, const char* snippets)
    : host(window_bits), at(snippets), machine(nullptr) {
  for (const Machine& m : plugin.machines) {
    if (std::string(m.name) == machine_name) machine = &m;
  }
  EngineConfig config;
  config.host = &host;
  config.window = host.window();
  config.machine = machine;
  for (const CpuModel& m : machine->cpus) {
    if (std::string(m.name) == cpu_name) config.cpu = &m;
  }
  engine = machine->create_engine(config);
  g_engine = engine;
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, nullptr);
  sigaction(SIGBUS, &action, nullptr);
  sigaction(SIGILL, &action, nullptr);
  cpu = engine->cpu_init();
  at.load(host);
}

Guest::~Guest() {
  g_engine = nullptr;
  machine->destroy_engine(engine);
}

std::optional<unsigned> Guest::index_of(const char* name) const {
  const auto list = engine->registers();
  for (unsigned i = 0; i < list.size(); ++i) {
    if (std::strcmp(list[i].name, name) == 0) return i;
  }
  ADD_FAILURE() << "no register " << name;
  return std::nullopt;
}

std::uint64_t Guest::reg(const Cpu& which, const char* name) const {
  const auto index = index_of(name);
  if (!index) return 0;
  std::array<std::byte, 16> bytes{};
  const std::size_t size = engine->registers()[*index].bits / 8;
  EXPECT_TRUE(which.read_register(*index, std::span(bytes).first(size)));
  if (machine->model.order == ByteOrder::big) std::reverse(bytes.begin(), bytes.begin() + size);
  std::uint64_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

void Guest::set_reg(Cpu& which, const char* name, std::uint64_t value) {
  const auto index = index_of(name);
  if (!index) return;
  std::array<std::byte, 16> bytes{};
  std::memcpy(bytes.data(), &value, sizeof value);
  const std::size_t size = engine->registers()[*index].bits / 8;
  if (machine->model.order == ByteOrder::big) std::reverse(bytes.begin(), bytes.begin() + size);
  EXPECT_TRUE(which.write_register(*index, std::span(bytes).first(size)));
}

}  // namespace emulate::test
