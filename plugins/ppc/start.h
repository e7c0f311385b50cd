#pragma once

/// What the first thread of a 64-bit program needs to know about its image: whether functions have
/// descriptors, and where the image with the entry point lies. Both are in memory by then.

#include "emulate/emulate.h"

namespace emulate::ppc {

struct ImageFacts {
  GuestAddr base;       ///< added to addresses in the entry point's descriptor
  bool elf_v2 = false;  ///< e_flags of the program: functions have no descriptors
};
ImageFacts image_facts(GuestAddr stack, bool big, HostServices& host);

/// A function as ELFv1 programs see it: a pointer to this.
struct Descriptor {
  std::uint64_t entry = 0, toc = 0, environment = 0;
};
Descriptor read_descriptor(GuestAddr address, bool big, HostServices& host);

}  // namespace emulate::ppc
