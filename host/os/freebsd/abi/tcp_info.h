#pragma once

/// struct tcp_info (FreeBSD sys/netinet/tcp.h).

#include <array>
#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

struct TcpInfo {
  std::uint8_t state = 0;
  std::array<std::uint8_t, 4> unused1{};
  std::uint8_t options = 0;
  std::uint8_t wscale = 0;  ///< two fields of four bits
  std::uint32_t rto = 0;
  std::uint32_t unused2 = 0;
  std::uint32_t snd_mss = 0;
  std::uint32_t rcv_mss = 0;
  std::array<std::uint32_t, 7> unused3{};
  std::uint32_t last_data_recv = 0;
  std::array<std::uint32_t, 3> unused4{};
  std::uint32_t rtt = 0;
  std::uint32_t rttvar = 0;
  std::uint32_t snd_ssthresh = 0;
  std::uint32_t snd_cwnd = 0;
  std::array<std::uint32_t, 3> unused5{};
  std::uint32_t rcv_space = 0;
  std::uint32_t snd_wnd = 0;
  std::uint32_t snd_bwnd = 0;
  std::uint32_t snd_nxt = 0;
  std::uint32_t rcv_nxt = 0;
  std::uint32_t toe_tid = 0;
  std::uint32_t snd_rexmitpack = 0;
  std::uint32_t rcv_ooopack = 0;
  std::uint32_t snd_zerowin = 0;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::TcpInfo> = "tcp_info";
template <>
inline constexpr auto kFields<freebsd::TcpInfo> = fields(
    field<&freebsd::TcpInfo::state>("tcpi_state"), field<&freebsd::TcpInfo::unused1>("unused1"),
    field<&freebsd::TcpInfo::options>("tcpi_options"),
    field<&freebsd::TcpInfo::wscale>("tcpi_wscale"), field<&freebsd::TcpInfo::rto>("tcpi_rto"),
    field<&freebsd::TcpInfo::unused2>("unused2"), field<&freebsd::TcpInfo::snd_mss>("tcpi_snd_mss"),
    field<&freebsd::TcpInfo::rcv_mss>("tcpi_rcv_mss"), field<&freebsd::TcpInfo::unused3>("unused3"),
    field<&freebsd::TcpInfo::last_data_recv>("tcpi_last_data_recv"),
    field<&freebsd::TcpInfo::unused4>("unused4"), field<&freebsd::TcpInfo::rtt>("tcpi_rtt"),
    field<&freebsd::TcpInfo::rttvar>("tcpi_rttvar"),
    field<&freebsd::TcpInfo::snd_ssthresh>("tcpi_snd_ssthresh"),
    field<&freebsd::TcpInfo::snd_cwnd>("tcpi_snd_cwnd"),
    field<&freebsd::TcpInfo::unused5>("unused5"),
    field<&freebsd::TcpInfo::rcv_space>("tcpi_rcv_space"),
    field<&freebsd::TcpInfo::snd_wnd>("tcpi_snd_wnd"),
    field<&freebsd::TcpInfo::snd_bwnd>("tcpi_snd_bwnd"),
    field<&freebsd::TcpInfo::snd_nxt>("tcpi_snd_nxt"),
    field<&freebsd::TcpInfo::rcv_nxt>("tcpi_rcv_nxt"),
    field<&freebsd::TcpInfo::toe_tid>("tcpi_toe_tid"),
    field<&freebsd::TcpInfo::snd_rexmitpack>("tcpi_snd_rexmitpack"),
    field<&freebsd::TcpInfo::rcv_ooopack>("tcpi_rcv_ooopack"),
    field<&freebsd::TcpInfo::snd_zerowin>("tcpi_snd_zerowin"), pad<std::uint32_t>(26));

}  // namespace emulate
