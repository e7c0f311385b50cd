#pragma once

/// Mapping ELF files into a guest address space.

#include <string>

#include "host/loader/elf_file.h"
#include "host/memory/address_space.h"

namespace emulate {

/// One ELF file in memory. All addresses are the guest's.
struct LoadedImage {
  std::uint64_t bias = 0;  ///< added to the file's addresses (ET_DYN)
  GuestAddr entry;
  GuestAddr program_headers;  ///< 0 when no segment holds them
  GuestAddr lowest, highest;  ///< extent of the PT_LOAD segments
  GuestAddr text_start, text_end, data_start, data_end;
};

/// A program with its interpreter, ready to start.
struct LoadedProgram {
  ElfFile elf;
  LoadedImage image;
  bool has_interpreter = false;
  LoadedImage interpreter;
  std::string guest_path;  ///< absolute
  GuestAddr start() const { return has_interpreter ? interpreter.entry : image.entry; }
};

/// Maps the PT_LOAD segments of `elf` from `fd`. An ET_DYN file is placed at `base` if free, else
/// where there is room.
Loaded<LoadedImage> load_image(AddressSpace& space, int fd, const ElfFile& elf, GuestAddr base,
                               const std::string& name);

}  // namespace emulate
