#pragma once

#include "host/os/linux/port.h"
#include "host/os/linux/syscalls.h"

namespace emulate::linux_os {

/// The calls of the ports whose programs run today; the mips ports' are arm's with other numbers.
inline std::string supported_page() {
  return supported_calls_markdown(syscall_table(*find_port("aarch64")),
                                  "Linux system calls of arm64") +
         "\n" +
         supported_calls_markdown(syscall_table(*find_port("arm")), "Linux system calls of arm");
}

}  // namespace emulate::linux_os
