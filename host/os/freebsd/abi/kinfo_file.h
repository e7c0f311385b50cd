#pragma once

/// struct kinfo_file of kern.proc.filedesc in its parts (FreeBSD sys/sys/user.h). The name follows
/// the last one.

#include <array>
#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

struct KinfoFileHead {
  std::int32_t structsize = 0;
  std::int32_t type = 0;
  std::int32_t fd = 0;
  std::int32_t ref_count = 0;
  std::int32_t flags = 0;
  std::int32_t pad = 0;
  std::int64_t offset = 0;
};

/// The union's kf_file.
struct KinfoFileVnode {
  std::int32_t type = 0;
  std::uint64_t fsid = 0;
  std::uint64_t rdev = 0;
  std::uint64_t fileid = 0;
  std::uint64_t size = 0;
  std::uint32_t fsid_freebsd11 = 0;
  std::uint32_t rdev_freebsd11 = 0;
  std::uint16_t mode = 0;
};

/// The union's kf_sock.
struct KinfoFileSocket {
  std::uint32_t sendq = 0;
  std::int32_t domain = 0;
  std::int32_t type = 0;
  std::int32_t protocol = 0;
  char local[128] = {};
  char peer[128] = {};
  std::uint64_t pcb = 0;
  std::uint64_t inpcb = 0;
  std::uint64_t unpconn = 0;
  std::uint16_t send_state = 0;
  std::uint16_t receive_state = 0;
  std::uint32_t recvq = 0;
};

struct KinfoFileTail {
  std::uint16_t status = 0;
  std::array<std::uint64_t, 2> rights{};
};

inline constexpr std::int32_t kKfTypeVnode = 1;
inline constexpr std::int32_t kKfTypeSocket = 2;
inline constexpr std::int32_t kKfTypePipe = 3;
inline constexpr std::int32_t kKfTypeFifo = 4;
inline constexpr std::int32_t kKfTypeKqueue = 5;
inline constexpr std::int32_t kKfTypeMqueue = 7;
inline constexpr std::int32_t kKfTypeShm = 8;
inline constexpr std::int32_t kKfTypePts = 10;
inline constexpr std::int32_t kKfTypeProcdesc = 11;
inline constexpr std::int32_t kKfTypeUnknown = 255;

inline constexpr std::int32_t kKfFdCwd = -1;
inline constexpr std::int32_t kKfFdRoot = -2;
inline constexpr std::int32_t kKfFdText = -5;

inline constexpr std::int32_t kKfFlagRead = 0x01;
inline constexpr std::int32_t kKfFlagWrite = 0x02;
inline constexpr std::int32_t kKfFlagAppend = 0x04;
inline constexpr std::int32_t kKfFlagNonblock = 0x20;

inline constexpr std::uint16_t kKfAttrValid = 1;

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr auto kFields<freebsd::KinfoFileHead> = fields(
    field<&freebsd::KinfoFileHead::structsize>("kf_structsize"),
    field<&freebsd::KinfoFileHead::type>("kf_type"), field<&freebsd::KinfoFileHead::fd>("kf_fd"),
    field<&freebsd::KinfoFileHead::ref_count>("kf_ref_count"),
    field<&freebsd::KinfoFileHead::flags>("kf_flags"), field<&freebsd::KinfoFileHead::pad>("pad"),
    field<&freebsd::KinfoFileHead::offset>("kf_offset"));
template <>
inline constexpr auto kFields<freebsd::KinfoFileVnode> =
    fields(field<&freebsd::KinfoFileVnode::type>("kf_file_type"), pad<std::int32_t>(3),
           pad<std::uint64_t>(30), field<&freebsd::KinfoFileVnode::fsid>("kf_file_fsid"),
           field<&freebsd::KinfoFileVnode::rdev>("kf_file_rdev"),
           field<&freebsd::KinfoFileVnode::fileid>("kf_file_fileid"),
           field<&freebsd::KinfoFileVnode::size>("kf_file_size"),
           field<&freebsd::KinfoFileVnode::fsid_freebsd11>("kf_file_fsid_freebsd11"),
           field<&freebsd::KinfoFileVnode::rdev_freebsd11>("kf_file_rdev_freebsd11"),
           field<&freebsd::KinfoFileVnode::mode>("kf_file_mode"), pad<std::uint16_t>(),
           pad<std::uint32_t>());
template <>
inline constexpr auto kFields<freebsd::KinfoFileSocket> =
    fields(field<&freebsd::KinfoFileSocket::sendq>("kf_sock_sendq"),
           field<&freebsd::KinfoFileSocket::domain>("kf_sock_domain0"),
           field<&freebsd::KinfoFileSocket::type>("kf_sock_type0"),
           field<&freebsd::KinfoFileSocket::protocol>("kf_sock_protocol0"),
           field<&freebsd::KinfoFileSocket::local>("kf_sa_local"),
           field<&freebsd::KinfoFileSocket::peer>("kf_sa_peer"),
           field<&freebsd::KinfoFileSocket::pcb>("kf_sock_pcb"),
           field<&freebsd::KinfoFileSocket::inpcb>("kf_sock_inpcb"),
           field<&freebsd::KinfoFileSocket::unpconn>("kf_sock_unpconn"),
           field<&freebsd::KinfoFileSocket::send_state>("kf_sock_snd_sb_state"),
           field<&freebsd::KinfoFileSocket::receive_state>("kf_sock_rcv_sb_state"),
           field<&freebsd::KinfoFileSocket::recvq>("kf_sock_recvq"));
template <>
inline constexpr auto kFields<freebsd::KinfoFileTail> = fields(
    field<&freebsd::KinfoFileTail::status>("kf_status"), pad<std::uint16_t>(), pad<std::int32_t>(),
    field<&freebsd::KinfoFileTail::rights>("kf_cap_rights"), pad<std::uint64_t>());

}  // namespace emulate
