#pragma once

/// Structures of the mips ports that are not the generic ones (Linux arch/mips/include/uapi/asm).

#include "host/thunk/layout.h"

namespace emulate::linux_os::mips {

extern const Layout kSigaction32, kSigaction64;  ///< of SigactionFields: flags first, 128 signals
extern const Layout kStack;                      ///< of Stack: the flags last
extern const Layout kStat32, kStat64Bit32;       ///< of StatFields: o32's stat and stat64
extern const Layout kStat64;                     ///< of StatFields: n64's stat
extern const Layout kStatfs, kStatfs64;          ///< of Statfs and Statfs64: frsize first
extern const Layout kFlock32;                    ///< of Flock: o32's
extern const Layout kTermios, kTermios2;         ///< of the same: other bits and places
extern const Layout kSemid32, kShmid32;          ///< of IpcStat
extern const Layout kMsqid32Big, kMsqid32Little;

}  // namespace emulate::linux_os::mips
