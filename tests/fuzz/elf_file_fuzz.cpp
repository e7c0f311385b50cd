/// libFuzzer target: any file must be read and mapped, or refused, without harm.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "host/loader/elf_file.h"
#include "host/loader/image.h"

namespace {

using namespace emulate;

AddressSpace::Limits limits() {
  return {.window_size = 1ULL << 32,
          .page_size = 4096,
          .user_max = GuestAddr(0xffff'0000),
          .map_base = GuestAddr(0x4000'0000)};
}

AddressSpace& space() {
  static auto space = AddressSpace::create(limits());
  if (!space) std::abort();
  return **space;
}

/// What the loader promises about what it mapped.
void check(const ElfFile& elf, const LoadedImage& image) {
  for (const Mapping& m : space().snapshot()) {
    if (m.end() > space().limits().user_max) std::abort();
  }
  for (const ProgramHeader& h : elf.segments) {
    if (h.type != kPtLoad || h.mem_size == 0) continue;
    if (!space().find(GuestAddr(h.vaddr + image.bias))) std::abort();
    if (!space().find(GuestAddr(h.vaddr + image.bias + h.mem_size - 1))) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int fd = memfd_create("fuzz", MFD_CLOEXEC);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != static_cast<ssize_t>(size)) {
    std::abort();
  }
  const auto elf = read_elf(fd, "fuzz");
  if (!elf) return 0;
  const auto image = load_image(space(), fd, *elf, GuestAddr(0x10'0000), "fuzz");
  if (image) check(*elf, *image);
  space().reset(limits());
  return 0;
}
