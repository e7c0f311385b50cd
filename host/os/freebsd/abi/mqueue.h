#pragma once

/// Message queues of POSIX (FreeBSD sys/sys/mqueue.h, sys/kern/uipc_mqueue.c).

#include "host/thunk/layout.h"

namespace emulate::freebsd {

/// struct mq_attr.
struct MqAttr {
  Long flags;
  Long maxmsg;
  Long msgsize;
  Long curmsgs;
};

// kern.mqueue.*
inline constexpr std::int64_t kMqDefaultMaxmsg = 10;
inline constexpr std::int64_t kMqDefaultMsgsize = 1024;
inline constexpr std::int64_t kMqMaxmsg = 100;
inline constexpr std::int64_t kMqMaxmsgsize = 16384;
inline constexpr std::uint32_t kMqPrioMax = 64;  ///< MQ_PRIO_MAX
inline constexpr std::size_t kMqNameMax = 255;   ///< MQFS_NAMELEN

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::MqAttr> = "mq_attr";
template <>
inline constexpr auto kFields<freebsd::MqAttr> =
    fields(field<&freebsd::MqAttr::flags>("mq_flags"), field<&freebsd::MqAttr::maxmsg>("mq_maxmsg"),
           field<&freebsd::MqAttr::msgsize>("mq_msgsize"),
           field<&freebsd::MqAttr::curmsgs>("mq_curmsgs"), pad<Long>(4));

}  // namespace emulate
