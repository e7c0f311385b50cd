#include "ppc/start.h"

#include <cstring>

namespace emulate::ppc {
namespace {

/// Words of the guest's memory; one that cannot be read is 0.
class Words {
 public:
  Words(bool wide, bool big, HostServices& host) : wide_(wide), big_(big), host_(host) {}
  std::uint64_t size() const { return wide_ ? 8 : 4; }
  std::uint64_t at(GuestAddr a) const {
    return wide_ ? read<std::uint64_t>(a) : read<std::uint32_t>(a);
  }
  void put(GuestAddr a, std::uint64_t value) {
    if (wide_) {
      write(a, value);
    } else {
      write(a, static_cast<std::uint32_t>(value));
    }
  }
  /// Where the auxiliary vector begins on the first stack: behind argc, argv and envp.
  GuestAddr auxv(GuestAddr stack) const {
    GuestAddr a = stack + size() * (at(stack) + 2);
    while (at(a) != 0) a += size();
    return a + size();
  }

 private:
  template <typename T>
  T swapped(T v) const {
    if (!big_) return v;
    if constexpr (sizeof v == 8) return __builtin_bswap64(v);
    return __builtin_bswap32(v);
  }
  template <typename T>
  T read(GuestAddr a) const {
    T v = 0;
    return host_.copyin(&v, a, sizeof v) ? swapped(v) : 0;
  }
  template <typename T>
  void write(GuestAddr a, T value) {
    const T v = swapped(value);
    host_.copyout(a, &v, sizeof v);
  }

  bool wide_;
  bool big_;
  HostServices& host_;
};

// Both systems: FreeBSD sys/powerpc/include/elf.h, Linux include/uapi/linux/auxvec.h.
constexpr std::uint64_t kAtPhdr = 3, kAtBase = 7;
// FreeBSD sys/arm64/include/elf.h, the numbers that the host gives and that all ports have now.
constexpr std::uint64_t kAtExecpath = 15, kAtOsreldate = 18, kAtPagesizesLen = 21;
constexpr std::uint64_t kAtStackprot = 23, kOldStackprot = 21;
constexpr std::uint64_t kNewAuxArgs = 1'300'070;  // P_OSREL_POWERPC_NEW_AUX_ARGS
// Elf64_Ehdr
constexpr std::uint64_t kHeaderSize = 64, kTypeOffset = 16, kFlagsOffset = 48;
constexpr std::uint64_t kAbiMask = 3, kAbiV2 = 2, kTypeDyn = 3;

}  // namespace

ImageFacts image_facts(GuestAddr stack, bool big, HostServices& host) {
  const Words words(true, big, host);
  std::uint64_t phdr = 0, base = 0;
  for (GuestAddr at = words.auxv(stack); words.at(at) != 0; at += 16) {
    if (words.at(at) == kAtPhdr) phdr = words.at(at + 8);
    if (words.at(at) == kAtBase) base = words.at(at + 8);
  }
  // The program headers follow the header of the file.
  const GuestAddr header(phdr - kHeaderSize);
  const auto half = [&](std::uint64_t offset) {
    const std::uint64_t v = words.at(header + offset);
    return big ? v >> 32 : v & 0xffff'ffffu;
  };
  ImageFacts facts;
  facts.elf_v2 = (half(kFlagsOffset) & kAbiMask) == kAbiV2;
  const std::uint64_t type = words.at(header + kTypeOffset);
  const bool dyn = (big ? type >> 48 : type & 0xffff) == kTypeDyn;
  facts.base = base != 0 ? GuestAddr(base) : dyn ? header : GuestAddr();
  return facts;
}

void renumber_auxv(GuestAddr stack, bool wide, HostServices& host) {
  Words words(wide, true, host);
  const GuestAddr auxv = words.auxv(stack);
  const std::uint64_t entry = 2 * words.size();
  for (GuestAddr at = auxv; words.at(at) != 0; at += entry) {
    if (words.at(at) == kAtOsreldate && words.at(at + words.size()) >= kNewAuxArgs) return;
  }
  for (GuestAddr at = auxv; words.at(at) != 0; at += entry) {
    const std::uint64_t type = words.at(at);
    if (type >= kAtExecpath && type <= kAtPagesizesLen) words.put(at, type - 2);
    if (type == kAtStackprot) words.put(at, kOldStackprot);
  }
}

Descriptor read_descriptor(GuestAddr address, bool big, HostServices& host) {
  const Words words(true, big, host);
  return {words.at(address), words.at(address + 8), words.at(address + 16)};
}

}  // namespace emulate::ppc
