#pragma once

/// Terminals (Linux include/uapi/asm-generic/termbits.h, termios.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::linux_os {

/// struct termios of the generic ports.
struct Termios {
  std::uint32_t iflag = 0, oflag = 0, cflag = 0, lflag = 0;
  std::uint8_t line = 0;
  std::uint8_t cc[19] = {};
};
struct Termios2 {
  std::uint32_t iflag = 0, oflag = 0, cflag = 0, lflag = 0;
  std::uint8_t line = 0;
  std::uint8_t cc[19] = {};
  std::uint32_t ispeed = 0, ospeed = 0;
};
struct Winsize {
  std::uint16_t rows = 0, cols = 0, xpixel = 0, ypixel = 0;
};

}  // namespace emulate::linux_os

namespace emulate {

template <>
inline constexpr const char* kStructName<linux_os::Termios> = "termios";
template <>
inline constexpr auto kFields<linux_os::Termios> =
    fields(field<&linux_os::Termios::iflag>("c_iflag"), field<&linux_os::Termios::oflag>("c_oflag"),
           field<&linux_os::Termios::cflag>("c_cflag"), field<&linux_os::Termios::lflag>("c_lflag"),
           field<&linux_os::Termios::line>("c_line"), field<&linux_os::Termios::cc>("c_cc"));
template <>
inline constexpr const char* kStructName<linux_os::Termios2> = "termios2";
template <>
inline constexpr auto kFields<linux_os::Termios2> = fields(
    field<&linux_os::Termios2::iflag>("c_iflag"), field<&linux_os::Termios2::oflag>("c_oflag"),
    field<&linux_os::Termios2::cflag>("c_cflag"), field<&linux_os::Termios2::lflag>("c_lflag"),
    field<&linux_os::Termios2::line>("c_line"), field<&linux_os::Termios2::cc>("c_cc"),
    field<&linux_os::Termios2::ispeed>("c_ispeed"), field<&linux_os::Termios2::ospeed>("c_ospeed"));
template <>
inline constexpr const char* kStructName<linux_os::Winsize> = "winsize";
template <>
inline constexpr auto kFields<linux_os::Winsize> = fields(
    field<&linux_os::Winsize::rows>("ws_row"), field<&linux_os::Winsize::cols>("ws_col"),
    field<&linux_os::Winsize::xpixel>("ws_xpixel"), field<&linux_os::Winsize::ypixel>("ws_ypixel"));

}  // namespace emulate
