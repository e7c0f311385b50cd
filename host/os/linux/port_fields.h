#pragma once

/// What the ports' tables of flags and layouts of structures are written with.

#include "host/os/flags.h"
#include "host/thunk/layout.h"

namespace emulate::linux_os {

/// The host's O_LARGEFILE, which its libc calls zero on 64-bit machines.
inline constexpr std::uint32_t kHostLargefile = 0100000;

/// A member that the port stores as `kind`.
template <auto Member>
constexpr Field as(FieldKind kind, const char* name) {
  Field f = field<Member>(name);
  f.kind = kind;
  return f;
}
/// The first `count` elements of a member.
constexpr Field counted(Field f, std::uint32_t count) {
  f.count = count;
  return f;
}
/// c_lflag of a termios structure, numbered by `kModes`.
template <class T, const auto& kModes>
constexpr Field local_modes() {
  Field f = field<&T::lflag>("c_lflag");
  f.get = [](const void* p) -> std::uint64_t {
    return flags_to_guest(kModes, *static_cast<const std::uint32_t*>(p));
  };
  f.set = [](void* p, std::uint64_t v) {
    *static_cast<std::uint32_t*>(p) = flags_to_host(kModes, static_cast<std::uint32_t>(v));
  };
  return f;
}

}  // namespace emulate::linux_os
