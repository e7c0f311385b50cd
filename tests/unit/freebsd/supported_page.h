#pragma once

#include "host/os/freebsd/personality.h"

namespace emulate::freebsd {

inline std::string supported_page() {
  return supported_calls_markdown(syscall_table(), "FreeBSD system calls");
}

}  // namespace emulate::freebsd
