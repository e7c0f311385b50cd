#pragma once

/// Waiting for descriptors (Linux include/uapi/asm-generic/poll.h, linux/eventpoll.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::linux_os {

struct Pollfd {
  std::int32_t fd = -1;
  std::uint16_t events = 0;
  std::uint16_t revents = 0;
};

/// struct epoll_event; only x86-64 packs it.
struct EpollEvent {
  std::uint32_t events = 0;
  std::uint64_t data = 0;
};

}  // namespace emulate::linux_os

namespace emulate {

template <>
inline constexpr const char* kStructName<linux_os::Pollfd> = "pollfd";
template <>
inline constexpr auto kFields<linux_os::Pollfd> =
    fields(field<&linux_os::Pollfd::fd>("fd"), field<&linux_os::Pollfd::events>("events"),
           field<&linux_os::Pollfd::revents>("revents"));
template <>
inline constexpr const char* kStructName<linux_os::EpollEvent> = "epoll_event";
template <>
inline constexpr auto kFields<linux_os::EpollEvent> = fields(
    field<&linux_os::EpollEvent::events>("events"), field<&linux_os::EpollEvent::data>("data"));

}  // namespace emulate
