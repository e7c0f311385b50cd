#pragma once

/// kevent(2) structures and constants (FreeBSD sys/sys/event.h).

#include <array>
#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

/// struct kevent since FreeBSD 12.
struct Kevent {
  ULong ident;
  std::int16_t filter = 0;
  std::uint16_t flags = 0;
  std::uint32_t fflags = 0;
  std::int64_t data = 0;
  GuestAddr udata;
  std::array<std::uint64_t, 4> ext{};
};

/// struct kevent before FreeBSD 12.
struct Kevent11 {
  ULong ident;
  std::int16_t filter = 0;
  std::uint16_t flags = 0;
  std::uint32_t fflags = 0;
  Long data;
  GuestAddr udata;
};

inline constexpr int kEVFILT_READ = -1;
inline constexpr int kEVFILT_WRITE = -2;
inline constexpr int kEVFILT_AIO = -3;
inline constexpr int kEVFILT_VNODE = -4;
inline constexpr int kEVFILT_PROC = -5;
inline constexpr int kEVFILT_SIGNAL = -6;
inline constexpr int kEVFILT_TIMER = -7;
inline constexpr int kEVFILT_PROCDESC = -8;
inline constexpr int kEVFILT_FS = -9;
inline constexpr int kEVFILT_LIO = -10;
inline constexpr int kEVFILT_USER = -11;
inline constexpr int kEVFILT_SENDFILE = -12;
inline constexpr int kEVFILT_EMPTY = -13;
inline constexpr int kEVFILT_SYSCOUNT = 13;

inline constexpr std::uint16_t kEV_ADD = 0x0001;
inline constexpr std::uint16_t kEV_DELETE = 0x0002;
inline constexpr std::uint16_t kEV_ENABLE = 0x0004;
inline constexpr std::uint16_t kEV_DISABLE = 0x0008;
inline constexpr std::uint16_t kEV_ONESHOT = 0x0010;
inline constexpr std::uint16_t kEV_CLEAR = 0x0020;
inline constexpr std::uint16_t kEV_RECEIPT = 0x0040;
inline constexpr std::uint16_t kEV_DISPATCH = 0x0080;
inline constexpr std::uint16_t kEV_FORCEONESHOT = 0x0100;
inline constexpr std::uint16_t kEV_SYSFLAGS = 0xf000;
inline constexpr std::uint16_t kEV_DROP = 0x1000;
inline constexpr std::uint16_t kEV_FLAG1 = 0x2000;
inline constexpr std::uint16_t kEV_ERROR = 0x4000;
inline constexpr std::uint16_t kEV_EOF = 0x8000;

inline constexpr std::uint32_t kNOTE_TRIGGER = 0x0100'0000;
inline constexpr std::uint32_t kNOTE_FFNOP = 0;
inline constexpr std::uint32_t kNOTE_FFAND = 0x4000'0000;
inline constexpr std::uint32_t kNOTE_FFOR = 0x8000'0000;
inline constexpr std::uint32_t kNOTE_FFCOPY = 0xc000'0000;
inline constexpr std::uint32_t kNOTE_FFCTRLMASK = 0xc000'0000;
inline constexpr std::uint32_t kNOTE_FFLAGSMASK = 0x00ff'ffff;

inline constexpr std::uint32_t kNOTE_LOWAT = 0x1;
inline constexpr std::uint32_t kNOTE_FILE_POLL = 0x2;

inline constexpr std::uint32_t kNOTE_DELETE = 0x001;
inline constexpr std::uint32_t kNOTE_WRITE = 0x002;
inline constexpr std::uint32_t kNOTE_EXTEND = 0x004;
inline constexpr std::uint32_t kNOTE_ATTRIB = 0x008;
inline constexpr std::uint32_t kNOTE_LINK = 0x010;
inline constexpr std::uint32_t kNOTE_RENAME = 0x020;
inline constexpr std::uint32_t kNOTE_REVOKE = 0x040;
inline constexpr std::uint32_t kNOTE_OPEN = 0x080;
inline constexpr std::uint32_t kNOTE_CLOSE = 0x100;
inline constexpr std::uint32_t kNOTE_CLOSE_WRITE = 0x200;
inline constexpr std::uint32_t kNOTE_READ = 0x400;

inline constexpr std::uint32_t kNOTE_EXIT = 0x8000'0000;
inline constexpr std::uint32_t kNOTE_FORK = 0x4000'0000;
inline constexpr std::uint32_t kNOTE_EXEC = 0x2000'0000;
inline constexpr std::uint32_t kNOTE_TRACK = 0x1;
inline constexpr std::uint32_t kNOTE_TRACKERR = 0x2;
inline constexpr std::uint32_t kNOTE_CHILD = 0x4;

inline constexpr std::uint32_t kNOTE_SECONDS = 0x01;
inline constexpr std::uint32_t kNOTE_MSECONDS = 0x02;
inline constexpr std::uint32_t kNOTE_USECONDS = 0x04;
inline constexpr std::uint32_t kNOTE_NSECONDS = 0x08;
inline constexpr std::uint32_t kNOTE_ABSTIME = 0x10;

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Kevent> = "kevent";
template <>
inline constexpr auto kFields<freebsd::Kevent> = fields(field<&freebsd::Kevent::ident>("ident"),
                                                        field<&freebsd::Kevent::filter>("filter"),
                                                        field<&freebsd::Kevent::flags>("flags"),
                                                        field<&freebsd::Kevent::fflags>("fflags"),
                                                        field<&freebsd::Kevent::data>("data"),
                                                        field<&freebsd::Kevent::udata>("udata"),
                                                        field<&freebsd::Kevent::ext>("ext"));

template <>
inline constexpr const char* kStructName<freebsd::Kevent11> = "kevent_freebsd11";
template <>
inline constexpr auto kFields<freebsd::Kevent11> =
    fields(field<&freebsd::Kevent11::ident>("ident"), field<&freebsd::Kevent11::filter>("filter"),
           field<&freebsd::Kevent11::flags>("flags"), field<&freebsd::Kevent11::fflags>("fflags"),
           field<&freebsd::Kevent11::data>("data"), field<&freebsd::Kevent11::udata>("udata"));

}  // namespace emulate
