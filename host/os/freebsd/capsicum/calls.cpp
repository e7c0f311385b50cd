// The system calls of Capsicum (FreeBSD sys/kern/sys_capability.c).

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/os/fd.h"
#include "host/os/freebsd/capsicum/limits.h"
#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/syscalls.h"

namespace emulate::freebsd {
namespace {

constexpr std::uint64_t kMostIoctls = 256;  // IOCTLS_MAX_COUNT

Expected<int> open_fd(Task& task, Fd fd) {
  const auto number = guest_fd(task, fd);
  if (!number) return number;
  if (::fcntl(*number, F_GETFD) < 0) return host_error(EBADF);
  return number;
}

SysResult sys_cap_enter(Task&) {
  Capabilities::instance().enter_mode();
  return SysResult::ok();
}

SysResult sys_cap_getmode(Task&, Out<std::uint32_t> mode) {
  return SysResult::from(mode.store(Capabilities::instance().in_mode() ? 1 : 0));
}

/// cap_rights_is_valid(): version 0, the bit of its index in each word, and no unknown rights.
bool valid(const CapRights& r) {
  constexpr std::uint64_t kIndices = 0x1fULL << 57;
  return (r.words[0] & kIndices) == kCapIndex0 && (r.words[1] & kIndices) == kCapIndex1 &&
         kCapAll.contains(r);
}

SysResult sys_cap_rights_limit(Task& task, Fd fd, In<CapRights> wanted) {
  const auto rights = wanted.load();
  if (!rights) return rights.error();
  if (!valid(*rights)) return HostErrno{EINVAL};
  const auto number = open_fd(task, fd);
  if (!number) return number.error();
  Capabilities& c = Capabilities::instance();
  DescriptorLimits limits = c.limits(*number);
  ktrace_struct(task, "caprights", *rights);
  if (!limits.rights.contains(*rights)) {
    ktrace_capability(task, CapFail::increase, *rights, limits.rights);
    return HostErrno{kHostNotCapable};
  }
  limits.rights = *rights;
  if (!rights->contains(kCapIoctl)) limits.ioctls.emplace();
  if (!rights->contains(kCapFcntl)) limits.fcntls = 0;
  c.limit(*number, std::move(limits));
  return SysResult::ok();
}

SysResult sys_cap_rights_get(Task& task, std::int32_t version, Fd fd, Out<CapRights> rights) {
  if (version != 0) return HostErrno{EINVAL};
  const auto number = open_fd(task, fd);
  if (!number) return number.error();
  const CapRights held = Capabilities::instance().limits(*number).rights;
  ktrace_struct(task, "caprights", held);
  return SysResult::from(rights.store(held));
}

SysResult sys_cap_ioctls_limit(Task& task, Fd fd, InArray<ULong> requests, ULong count) {
  if (count > kMostIoctls) return HostErrno{EINVAL};
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto request = requests.load(i);
    if (!request) return request.error();
    wanted.push_back(*request);
  }
  const auto number = open_fd(task, fd);
  if (!number) return number.error();
  Capabilities& c = Capabilities::instance();
  DescriptorLimits limits = c.limits(*number);
  const auto known = [&](std::uint64_t request) {
    return !limits.ioctls || std::ranges::find(*limits.ioctls, request) != limits.ioctls->end();
  };
  if (!std::ranges::all_of(wanted, known)) return HostErrno{kHostNotCapable};
  limits.ioctls = std::move(wanted);
  c.limit(*number, std::move(limits));
  return SysResult::ok();
}

SysResult sys_cap_ioctls_get(Task& task, Fd fd, OutArray<ULong> requests, ULong room) {
  const auto number = open_fd(task, fd);
  if (!number) return number.error();
  const DescriptorLimits limits = Capabilities::instance().limits(*number);
  if (!limits.ioctls) {
    // CAP_IOCTLS_ALL, the greatest ssize_t.
    return SysResult::value(task.model().is64() ? INT64_MAX : INT32_MAX);
  }
  const std::uint64_t given = std::min<std::uint64_t>(limits.ioctls->size(), room);
  for (std::uint64_t i = 0; requests && i < given; ++i) {
    if (auto r = requests.store(i, ULong((*limits.ioctls)[i])); !r) return r.error();
  }
  return SysResult::value(limits.ioctls->size());
}

SysResult sys_cap_fcntls_limit(Task& task, Fd fd, std::uint32_t wanted) {
  if ((wanted & ~kCapFcntlAll) != 0) return HostErrno{EINVAL};
  const auto number = open_fd(task, fd);
  if (!number) return number.error();
  Capabilities& c = Capabilities::instance();
  DescriptorLimits limits = c.limits(*number);
  if ((wanted & ~limits.fcntls) != 0) return HostErrno{kHostNotCapable};
  limits.fcntls = wanted;
  c.limit(*number, std::move(limits));
  return SysResult::ok();
}

SysResult sys_cap_fcntls_get(Task& task, Fd fd, Out<std::uint32_t> fcntls) {
  const auto number = open_fd(task, fd);
  if (!number) return number.error();
  return SysResult::from(fcntls.store(Capabilities::instance().limits(*number).fcntls));
}

constexpr SyscallRow kRows[] = {
    row<&sys_cap_rights_get>(515, "__cap_rights_get"),
    row<&sys_cap_enter>(516, "cap_enter"),
    row<&sys_cap_getmode>(517, "cap_getmode"),
    row<&sys_cap_rights_limit>(533, "cap_rights_limit"),
    row<&sys_cap_ioctls_limit>(534, "cap_ioctls_limit"),
    row<&sys_cap_ioctls_get>(535, "cap_ioctls_get"),
    row<&sys_cap_fcntls_limit>(536, "cap_fcntls_limit"),
    row<&sys_cap_fcntls_get>(537, "cap_fcntls_get"),
};

}  // namespace

Rows capsicum_rows() { return kRows; }

}  // namespace emulate::freebsd
