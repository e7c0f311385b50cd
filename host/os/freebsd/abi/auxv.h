#pragma once

/// Start-up data on a program's stack: auxiliary vector (FreeBSD sys/arm64/include/elf.h) and
/// struct ps_strings (sys/sys/exec.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

enum class AuxType : std::uint32_t {
  null = 0,
  phdr = 3,
  phent = 4,
  phnum = 5,
  pagesz = 6,
  base = 7,
  flags = 8,
  entry = 9,
  execpath = 15,
  canary = 16,
  canarylen = 17,
  osreldate = 18,
  ncpus = 19,
  pagesizes = 20,
  pagesizeslen = 21,
  timekeep = 22,
  stackprot = 23,
  ehdrflags = 24,
  hwcap = 25,
  hwcap2 = 26,
};

/// Elf_Auxinfo: both members are words.
struct Auxinfo {
  ULong type;
  ULong value;
};

/// struct ps_strings.
struct PsStrings {
  GuestAddr argv;
  std::uint32_t argc = 0;
  GuestAddr envp;
  std::uint32_t envc = 0;
};

inline constexpr std::uint64_t kArgMax = 262144;  ///< ARG_MAX of 12.1 (sys/sys/syslimits.h)
inline constexpr unsigned kMaxPageSizes = 2;      ///< MAXPAGESIZES of arm and arm64

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr auto kFields<freebsd::Auxinfo> = fields(field<&freebsd::Auxinfo::type>("a_type"),
                                                         field<&freebsd::Auxinfo::value>("a_un"));

template <>
inline constexpr const char* kStructName<freebsd::PsStrings> = "ps_strings";
template <>
inline constexpr auto kFields<freebsd::PsStrings> = fields(
    field<&freebsd::PsStrings::argv>("ps_argvstr"), field<&freebsd::PsStrings::argc>("ps_nargvstr"),
    field<&freebsd::PsStrings::envp>("ps_envstr"), field<&freebsd::PsStrings::envc>("ps_nenvstr"));

}  // namespace emulate
