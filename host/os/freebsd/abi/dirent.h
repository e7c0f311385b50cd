#pragma once

/// Heads of directory entries in both generations; the name follows (FreeBSD sys/sys/dirent.h).

#include "host/thunk/layout.h"

namespace emulate {
namespace freebsd {

/// struct dirent of 12.0 and later up to d_name.
struct DirentHead {
  std::uint64_t d_fileno = 0;
  std::int64_t d_off = 0;  ///< where the next entry starts
  std::uint16_t d_reclen = 0;
  std::uint8_t d_type = 0;
  std::uint16_t d_namlen = 0;
};

/// struct freebsd11_dirent up to d_name.
struct Freebsd11DirentHead {
  std::uint32_t d_fileno = 0;
  std::uint16_t d_reclen = 0;
  std::uint8_t d_type = 0;
  std::uint8_t d_namlen = 0;
};

/// 4.3BSD's: the type's byte belongs to the length.
struct OldDirentHead {
  std::uint32_t d_fileno = 0;
  std::uint16_t d_reclen = 0;
  std::uint16_t d_namlen = 0;
};

}  // namespace freebsd

template <>
inline constexpr const char* kStructName<freebsd::DirentHead> = "dirent";
template <>
inline constexpr auto kFields<freebsd::DirentHead> = fields(
    field<&freebsd::DirentHead::d_fileno>("d_fileno"), field<&freebsd::DirentHead::d_off>("d_off"),
    field<&freebsd::DirentHead::d_reclen>("d_reclen"),
    field<&freebsd::DirentHead::d_type>("d_type"), pad<std::uint8_t>(),
    field<&freebsd::DirentHead::d_namlen>("d_namlen"), pad<std::uint16_t>());

template <>
inline constexpr const char* kStructName<freebsd::Freebsd11DirentHead> = "freebsd11_dirent";
template <>
inline constexpr auto kFields<freebsd::Freebsd11DirentHead> =
    fields(field<&freebsd::Freebsd11DirentHead::d_fileno>("d_fileno"),
           field<&freebsd::Freebsd11DirentHead::d_reclen>("d_reclen"),
           field<&freebsd::Freebsd11DirentHead::d_type>("d_type"),
           field<&freebsd::Freebsd11DirentHead::d_namlen>("d_namlen"));

template <>
inline constexpr const char* kStructName<freebsd::OldDirentHead> = "odirent";
template <>
inline constexpr auto kFields<freebsd::OldDirentHead> =
    fields(field<&freebsd::OldDirentHead::d_fileno>("d_fileno"),
           field<&freebsd::OldDirentHead::d_reclen>("d_reclen"),
           field<&freebsd::OldDirentHead::d_namlen>("d_namlen"));

}  // namespace emulate
