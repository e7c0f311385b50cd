#pragma once

/// ioctl(2) as data: what a request's argument is. The rest, conversion included, is general.

#include <span>

#include "host/thunk/layout.h"

namespace emulate::linux_os {

enum class IoctlArgument : std::uint8_t {
  none,   ///< or a plain number
  in,     ///< a structure that the call reads
  out,    ///< a structure that it fills
  inout,  ///< both
};

struct IoctlRow {
  std::uint32_t guest;  ///< the generic ports' request number
  std::uint32_t host;
  const char* name;
  IoctlArgument argument = IoctlArgument::none;
  const Layout* layout = nullptr;
};

/// A request with a structure, and one without; every port has its number.
template <class T>
constexpr IoctlRow row_of(std::uint32_t request, const char* name, IoctlArgument argument) {
  return {request, request, name, argument, &kLayout<T>};
}
constexpr IoctlRow plain(std::uint32_t request, const char* name) {
  return {request, request, name};
}

std::span<const IoctlRow> tty_ioctls();    // ioctl.cpp
std::span<const IoctlRow> file_ioctls();   // ioctl.cpp
std::span<const IoctlRow> block_ioctls();  // block_ioctl.cpp: disks, loop devices

}  // namespace emulate::linux_os
