#pragma once

/// The powerpc ports, and their structures that are not the generic ones (Linux
/// arch/powerpc/include/uapi/asm).

#include <span>

#include "host/os/linux/port.h"
#include "host/thunk/layout.h"

namespace emulate::linux_os {
std::span<const Port> ppc_ports();
}

namespace emulate::linux_os::ppc {

extern const Layout kStat32, kStat64Bit32;  ///< of StatFields: 32-bit ports' stat and stat64
extern const Layout kStat64;                ///< of StatFields: 64-bit ports' stat
extern const Layout kStatfs64;              ///< of Statfs64: 64-bit ports'
extern const Layout kTermios;               ///< of Termios2: other bits and places
extern const Layout kSemid32, kMsqid32, kShmid32, kSemid64, kMsqid64, kShmid64;  ///< of IpcStat

}  // namespace emulate::linux_os::ppc
