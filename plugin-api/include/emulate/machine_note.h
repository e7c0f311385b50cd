#pragma once

/// The index of a plugin's machines that the host reads from the file without loading it. One
/// source file of a plugin defines it beside its Machine table:
///
///     [[gnu::section(".emulate.machines.1"), gnu::used]]
///     constexpr emulate::MachineNote kNotes[] = {emulate::note_of(kMachines[0])};
///
/// A plugin without it works too, but is loaded whenever any machine is sought.

#include "emulate/machine.h"

namespace emulate {
inline namespace v1 {

/// The section's name, for the reader (attributes take only literals). It ends with the API's major
/// version: another layout is another section.
inline constexpr char kMachineNotes[] = ".emulate.machines.1";

/// Plain data, without pointers, so that it means the same in the file as in memory.
struct MachineNote {
  char name[16] = {};           ///< Machine::name, NUL-terminated
  std::uint16_t e_machine = 0;  ///< from here on Machine::elf
  std::uint8_t elf_class = 0;
  std::uint8_t big_endian = 0;
  std::uint32_t flags_mask = 0;
  std::uint32_t flags_value = 0;
  std::uint8_t preferred = 0;
  std::uint8_t freebsd = 0;  ///< runs FreeBSD programs
  std::uint8_t linux_ = 0;   ///< runs Linux programs
  std::uint8_t reserved = 0;

  constexpr ElfMatch elf() const {
    return {e_machine, elf_class, big_endian != 0 ? ByteOrder::big : ByteOrder::little, flags_mask,
            flags_value};
  }
};
static_assert(sizeof(MachineNote) == 32);

constexpr MachineNote note_of(const Machine& machine) {
  MachineNote n;
  for (unsigned i = 0; i + 1 < sizeof n.name && machine.name[i] != '\0'; ++i) {
    n.name[i] = machine.name[i];
  }
  n.e_machine = machine.elf.e_machine;
  n.elf_class = machine.elf.elf_class;
  n.big_endian = machine.elf.order == ByteOrder::big;
  n.flags_mask = machine.elf.flags_mask;
  n.flags_value = machine.elf.flags_value;
  n.preferred = machine.preferred;
  n.freebsd = machine.freebsd != nullptr;
  n.linux_ = machine.linux_ != nullptr;
  return n;
}

}  // namespace v1
}  // namespace emulate
