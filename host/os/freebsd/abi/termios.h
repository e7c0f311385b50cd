#pragma once

/// Terminals: struct termios and its flags, struct winsize (FreeBSD sys/sys/_termios.h, ttycom.h).

#include "host/thunk/layout.h"

namespace emulate {
namespace freebsd {

inline constexpr std::size_t kNccs = 20;
inline constexpr std::uint8_t kVdisable = 0xff;

// Indexes of c_cc. 7, 11 and 18 (VERASE2, VDSUSP, VSTATUS) have no counterpart on the host.
inline constexpr std::uint8_t kVeof = 0, kVeol = 1, kVeol2 = 2, kVerase = 3, kVwerase = 4,
                              kVkill = 5, kVreprint = 6, kVintr = 8, kVquit = 9, kVsusp = 10,
                              kVstart = 12, kVstop = 13, kVlnext = 14, kVdiscard = 15, kVmin = 16,
                              kVtime = 17;

struct Termios {
  std::uint32_t c_iflag = 0;
  std::uint32_t c_oflag = 0;
  std::uint32_t c_cflag = 0;
  std::uint32_t c_lflag = 0;
  std::uint8_t c_cc[kNccs] = {};
  std::uint32_t c_ispeed = 0;  ///< bits per second
  std::uint32_t c_ospeed = 0;
};

struct Winsize {
  std::uint16_t ws_row = 0;
  std::uint16_t ws_col = 0;
  std::uint16_t ws_xpixel = 0;
  std::uint16_t ws_ypixel = 0;
};

}  // namespace freebsd

template <>
inline constexpr const char* kStructName<freebsd::Termios> = "termios";
template <>
inline constexpr auto kFields<freebsd::Termios> = fields(
    field<&freebsd::Termios::c_iflag>("c_iflag"), field<&freebsd::Termios::c_oflag>("c_oflag"),
    field<&freebsd::Termios::c_cflag>("c_cflag"), field<&freebsd::Termios::c_lflag>("c_lflag"),
    field<&freebsd::Termios::c_cc>("c_cc"), field<&freebsd::Termios::c_ispeed>("c_ispeed"),
    field<&freebsd::Termios::c_ospeed>("c_ospeed"));

template <>
inline constexpr const char* kStructName<freebsd::Winsize> = "winsize";
template <>
inline constexpr auto kFields<freebsd::Winsize> =
    fields(field<&freebsd::Winsize::ws_row>("ws_row"), field<&freebsd::Winsize::ws_col>("ws_col"),
           field<&freebsd::Winsize::ws_xpixel>("ws_xpixel"),
           field<&freebsd::Winsize::ws_ypixel>("ws_ypixel"));

}  // namespace emulate
