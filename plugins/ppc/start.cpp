#include "ppc/start.h"

namespace emulate::ppc {
namespace {

/// Double words of a 64-bit guest's memory; one that cannot be read is 0.
class Words {
 public:
  Words(bool big, HostServices& host) : big_(big), host_(host) {}
  std::uint64_t at(GuestAddr a) const {
    std::uint64_t v = 0;
    if (!host_.copyin(&v, a, sizeof v)) return 0;
    return big_ ? __builtin_bswap64(v) : v;
  }
  /// Where the auxiliary vector begins on the first stack: behind argc, argv and envp.
  GuestAddr auxv(GuestAddr stack) const {
    GuestAddr a = stack + 8 * (at(stack) + 2);
    while (at(a) != 0) a += 8;
    return a + 8;
  }

 private:
  bool big_;
  HostServices& host_;
};

// Both systems: FreeBSD sys/powerpc/include/elf.h, Linux include/uapi/linux/auxvec.h.
constexpr std::uint64_t kAtPhdr = 3, kAtBase = 7;
// Elf64_Ehdr
constexpr std::uint64_t kHeaderSize = 64, kTypeOffset = 16, kFlagsOffset = 48;
constexpr std::uint64_t kAbiMask = 3, kAbiV2 = 2, kTypeDyn = 3;

}  // namespace

ImageFacts image_facts(GuestAddr stack, bool big, HostServices& host) {
  const Words words(big, host);
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

Descriptor read_descriptor(GuestAddr address, bool big, HostServices& host) {
  const Words words(big, host);
  return {words.at(address), words.at(address + 8), words.at(address + 16)};
}

}  // namespace emulate::ppc
