#pragma once

/// What the values of socket options and of control messages look like in the guest's data model.

#include <vector>

#include "host/os/param.h"

namespace emulate::linux_os {

enum class Way : std::uint8_t { to_host, to_guest };

/// The host's level, and the host's name of an option or type of a control message.
struct OptionName {
  int level;
  int name;
  bool operator==(const OptionName&) const = default;
};

std::vector<std::byte> option_value(const Task& task, Way way, OptionName name,
                                    std::vector<std::byte> value);
std::vector<std::byte> control_value(const Task& task, Way way, OptionName name,
                                     std::vector<std::byte> value);

/// Whether the value is a struct timeval, whose size differs.
bool is_time_option(OptionName name);

}  // namespace emulate::linux_os
