#pragma once

/// Lists of sockets as sysctl gives them (FreeBSD 12.1 sys/sys/socketvar.h xsocket,
/// netinet/in_pcb.h xinpcb, netinet/tcp_var.h xtcpcb, sys/unpcb.h xunpcb). The same in every model.

#include <array>
#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

inline constexpr std::uint8_t kINP_IPV4 = 1;
inline constexpr std::uint8_t kINP_IPV6 = 2;

/// struct xsockbuf.
struct Xsockbuf {
  std::uint32_t count = 0, high_water = 0;
};

struct Xsocket {
  std::uint64_t length = 0, address = 0, pcb = 0;
  std::int32_t protocol = 0, family = 0;
  std::uint32_t queue_length = 0, queue_limit = 0, uid = 0;
  std::int16_t type = 0, options = 0;
  Xsockbuf receive, send;
};

/// struct xinpgen: stands before and after a list.
struct Xinpgen {
  std::uint64_t length = 0;
  std::uint32_t count = 0;
  std::uint64_t generation = 0, socket_generation = 0;
};

struct Xinpcb {
  std::uint64_t length = 0;
  Xsocket socket;
  std::array<std::uint8_t, 4> ports{};  ///< foreign, local; in network order
  std::array<std::uint8_t, 16> foreign{}, local{};
  std::uint64_t generation = 0, tcp = 0;
  std::uint8_t versions = 0, ttl = 0, protocol = 0;
};

struct Xtcpcb {
  std::uint64_t length = 0;
  Xinpcb inp;
  char stack[32] = {};
  std::int32_t state = 0;
};

/// struct xunpgen.
struct Xunpgen {
  std::uint64_t length = 0;
  std::uint32_t count = 0;
  std::uint64_t generation = 0, socket_generation = 0;
};

struct Xunpcb {
  std::uint64_t length = 0, address = 0, vnode = 0, connection = 0, generation = 0;
  std::uint8_t name_length = 0, name_family = 0;
  char name[104] = {};
  Xsocket socket;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr auto kFields<freebsd::Xsockbuf> = fields(
    field<&freebsd::Xsockbuf::count>("sb_cc"), field<&freebsd::Xsockbuf::high_water>("sb_hiwat"),
    pad<std::uint32_t>(6), pad<std::int16_t>());

template <>
inline constexpr auto kFields<freebsd::Xsocket> = [] {
  using S = freebsd::Xsocket;
  return fields(field<&S::length>("xso_len"), field<&S::address>("xso_so"),
                field<&S::pcb>("so_pcb"), pad<std::uint64_t>(9),
                field<&S::protocol>("xso_protocol"), field<&S::family>("xso_family"),
                field<&S::queue_length>("so_qlen"), pad<std::uint32_t>(),
                field<&S::queue_limit>("so_qlimit"), pad<std::int32_t>(), field<&S::uid>("so_uid"),
                pad<std::int32_t>(8), field<&S::type>("so_type"), field<&S::options>("so_options"),
                pad<std::int16_t>(4), field<&S::receive>("so_rcv"), field<&S::send>("so_snd"));
}();

template <>
inline constexpr auto kFields<freebsd::Xinpgen> = [] {
  using G = freebsd::Xinpgen;
  return fields(field<&G::length>("xig_len"), field<&G::count>("xig_count"), pad<std::uint32_t>(),
                field<&G::generation>("xig_gen"), field<&G::socket_generation>("xig_sogen"),
                pad<std::uint64_t>(4));
}();

template <>
inline constexpr auto kFields<freebsd::Xinpcb> = [] {
  using P = freebsd::Xinpcb;
  return fields(
      field<&P::length>("xi_len"), field<&P::socket>("xi_socket"),
      pad<std::uint32_t>() /* inc_flags, inc_len, inc_fibnum */, field<&P::ports>("ie_fport"),
      field<&P::foreign>("ie_faddr"), field<&P::local>("ie_laddr"),
      pad<std::uint32_t>() /* ie6_zoneid */, field<&P::generation>("inp_gencnt"),
      field<&P::tcp>("inp_ppcb"), pad<std::uint64_t>(4), pad<std::uint32_t>(11),
      pad<std::uint16_t>(), pad<std::uint8_t>(2), field<&P::versions>("inp_vflag"),
      field<&P::ttl>("inp_ip_ttl"), field<&P::protocol>("inp_ip_p"), pad<std::uint8_t>(5));
}();

template <>
inline constexpr auto kFields<freebsd::Xtcpcb> = [] {
  using T = freebsd::Xtcpcb;
  return fields(field<&T::length>("xt_len"), field<&T::inp>("xt_inp"), field<&T::stack>("xt_stack"),
                pad<std::uint64_t>(8) /* xt_logid */, pad<std::uint64_t>(8),
                field<&T::state>("t_state"), pad<std::int32_t>(43));
}();

template <>
inline constexpr auto kFields<freebsd::Xunpgen> = [] {
  using G = freebsd::Xunpgen;
  return fields(field<&G::length>("xug_len"), field<&G::count>("xug_count"),
                field<&G::generation>("xug_gen"), field<&G::socket_generation>("xug_sogen"));
}();

template <>
inline constexpr auto kFields<freebsd::Xunpcb> = [] {
  using P = freebsd::Xunpcb;
  return fields(field<&P::length>("xu_len"), field<&P::address>("xu_unpp"),
                field<&P::vnode>("unp_vnode"), field<&P::connection>("unp_conn"),
                pad<std::uint64_t>(2), field<&P::generation>("unp_gencnt"), pad<std::uint64_t>(12),
                field<&P::name_length>("sun_len"), field<&P::name_family>("sun_family"),
                field<&P::name>("sun_path"), pad<std::uint8_t>(256 - 106 + 256),
                field<&P::socket>("xu_socket"));
}();

}  // namespace emulate
