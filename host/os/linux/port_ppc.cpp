#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "host/os/linux/abi/ppc.h"
#include "host/os/linux/abi/signal.h"
#include "host/os/linux/port.h"
#include "host/os/linux/port_fields.h"

/// The powerpc ports: Linux arch/powerpc/include/uapi/asm.

namespace emulate::linux_os {
namespace {

// fcntl.h
constexpr FlagPair kOpenFlags[] = {
    {O_WRONLY, O_WRONLY, O_ACCMODE, O_ACCMODE},
    {O_RDWR, O_RDWR, O_ACCMODE, O_ACCMODE},
    {O_ACCMODE, O_ACCMODE},
    {O_CREAT, O_CREAT},
    {O_EXCL, O_EXCL},
    {O_NOCTTY, O_NOCTTY},
    {O_TRUNC, O_TRUNC},
    {O_APPEND, O_APPEND},
    {O_NONBLOCK, O_NONBLOCK},
    {O_DSYNC, O_DSYNC},
    {O_SYNC & ~O_DSYNC, O_SYNC & ~O_DSYNC},
    {O_ASYNC, O_ASYNC},
    {040000, O_DIRECTORY},
    {0100000, O_NOFOLLOW},
    {0200000, kHostLargefile},
    {0400000, O_DIRECT},
    {O_NOATIME, O_NOATIME},
    {O_CLOEXEC, O_CLOEXEC},
    {O_PATH, O_PATH},
    {O_TMPFILE & ~O_DIRECTORY, O_TMPFILE & ~O_DIRECTORY},
};

// mman.h
constexpr FlagPair kMmapFlags[] = {
    {MAP_SHARED, MAP_SHARED, MAP_TYPE, MAP_TYPE},
    {MAP_PRIVATE, MAP_PRIVATE, MAP_TYPE, MAP_TYPE},
    {MAP_SHARED_VALIDATE, MAP_SHARED_VALIDATE, MAP_TYPE, MAP_TYPE},
    {MAP_FIXED, MAP_FIXED},
    {MAP_ANONYMOUS, MAP_ANONYMOUS},
    {0x40, MAP_NORESERVE},
    {0x80, MAP_LOCKED},
    {MAP_GROWSDOWN, MAP_GROWSDOWN},
    {MAP_POPULATE, MAP_POPULATE},
    {MAP_NONBLOCK, MAP_NONBLOCK},
    {MAP_STACK, MAP_STACK},
    {MAP_HUGETLB, MAP_HUGETLB},
    {MAP_FIXED_NOREPLACE, MAP_FIXED_NOREPLACE},
};

// socket.h
constexpr NumberPair kSocketOptions[] = {
    {16, SO_RCVLOWAT}, {17, SO_SNDLOWAT}, {18, 20}, {19, 21},  // SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD
    {20, SO_PASSCRED}, {21, SO_PEERCRED},
};

// ioctls.h. Requests that _IOC() makes differ in its bits only, which port-independent code sees
// to; the structure of terminals has its speeds always.
constexpr std::uint32_t kTcgets2 = 0x802c542a, kTcsets2 = 0x402c542b;
constexpr IoctlNumber kIoctls[] = {
    {0x402c7413, kTcgets2, &ppc::kTermios},
    {0x802c7414, kTcsets2, &ppc::kTermios},
    {0x802c7415, kTcsets2 + 1, &ppc::kTermios},
    {0x802c7416, kTcsets2 + 2, &ppc::kTermios},
    {0x2000741d, TCSBRK},
    {0x2000741e, TCXONC},
    {0x2000741f, TCFLSH},
    {0x80087467, TIOCSWINSZ},
    {0x40087468, TIOCGWINSZ},
    {0x40047473, TIOCOUTQ},
    {0x80047476, TIOCSPGRP},
    {0x40047477, TIOCGPGRP},
    {0x20006601, FIOCLEX},
    {0x20006602, FIONCLEX},
    {0x8004667d, FIOASYNC},
    {0x8004667e, FIONBIO},
    {0x4004667f, FIONREAD},
    {0x40086680, FIOQSIZE},
};

constexpr Port port(const char* name, NumberColumn column) {
  Port p{};
  p.name = name;
  p.column = column;
  p.open_flags = kOpenFlags;
  p.mmap_flags = kMmapFlags;
  p.socket_options = kSocketOptions;
  p.ioctls = kIoctls;
  p.ioctl_direction_bits = true;
  p.prot_ignored = 0x8 | 0x10;  // PROT_SEM, PROT_SAO
  return p;
}

constexpr Port ppc32() {
  Port p = port("ppc", NumberColumn::ppc);
  p.sigaction = &kSigactionGeneric32;
  p.stat = &ppc::kStat32;
  p.stat64 = &ppc::kStat64Bit32;
  p.semid = &ppc::kSemid32;
  p.msqid = &ppc::kMsqid32;
  p.shmid = &ppc::kShmid32;
  return p;
}

constexpr Port ppc64() {
  Port p = port("ppc64", NumberColumn::ppc64);
  p.sigaction = &kSigactionGeneric64;
  p.stat = &ppc::kStat64;
  p.stat64 = &ppc::kStat64;
  p.statfs64 = &ppc::kStatfs64;
  p.semid = &ppc::kSemid64;
  p.msqid = &ppc::kMsqid64;
  p.shmid = &ppc::kShmid64;
  p.min_altstack = 8192;
  return p;
}

constexpr Port kPorts[] = {ppc32(), ppc64()};

}  // namespace

std::span<const Port> ppc_ports() { return kPorts; }

}  // namespace emulate::linux_os
