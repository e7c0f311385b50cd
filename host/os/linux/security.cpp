#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>

#include <algorithm>

#include "host/os/linux/personality.h"
#include "host/os/linux/vectors.h"
#include "host/os/linux/words.h"

/// Keys (Linux security/keys/), Landlock (security/landlock/), and processes looking at each other.

namespace emulate::linux_os {
namespace {

// --- keys ----------------------------------------------------------------------------------------

/// What an argument of keyctl(2) is. A buffer is two arguments.
enum class KeyArgument : std::uint8_t { none, number, text, in, out };

struct KeyCommand {
  int command;
  KeyArgument arguments[4] = {};
};

constexpr auto kNumber = KeyArgument::number;
constexpr auto kText = KeyArgument::text;
constexpr auto kIn = KeyArgument::in;
constexpr auto kOut = KeyArgument::out;

constexpr KeyCommand kKeyCommands[] = {
    {KEYCTL_GET_KEYRING_ID, {kNumber, kNumber}},
    {KEYCTL_JOIN_SESSION_KEYRING, {kText}},
    {KEYCTL_UPDATE, {kNumber, kIn}},
    {KEYCTL_REVOKE, {kNumber}},
    {KEYCTL_CHOWN, {kNumber, kNumber, kNumber}},
    {KEYCTL_SETPERM, {kNumber, kNumber}},
    {KEYCTL_DESCRIBE, {kNumber, kOut}},
    {KEYCTL_CLEAR, {kNumber}},
    {KEYCTL_LINK, {kNumber, kNumber}},
    {KEYCTL_UNLINK, {kNumber, kNumber}},
    {KEYCTL_SEARCH, {kNumber, kText, kText, kNumber}},
    {KEYCTL_READ, {kNumber, kOut}},
    {KEYCTL_INSTANTIATE, {kNumber, kIn, kNumber}},
    {KEYCTL_NEGATE, {kNumber, kNumber, kNumber}},
    {KEYCTL_SET_REQKEY_KEYRING, {kNumber}},
    {KEYCTL_SET_TIMEOUT, {kNumber, kNumber}},
    {KEYCTL_ASSUME_AUTHORITY, {kNumber}},
    {KEYCTL_GET_SECURITY, {kNumber, kOut}},
    {KEYCTL_SESSION_TO_PARENT},
    {KEYCTL_REJECT, {kNumber, kNumber, kNumber, kNumber}},
    {KEYCTL_INVALIDATE, {kNumber}},
    {KEYCTL_GET_PERSISTENT, {kNumber, kNumber}},
    {KEYCTL_MOVE, {kNumber, kNumber, kNumber, kNumber}},
    {KEYCTL_CAPABILITIES, {kOut}},
};

/// A keyring reads as the numbers of its keys, in the kernel's byte order.
bool is_keyring(long key) {
  constexpr std::string_view kKind = "keyring;";
  char text[256] = {};
  const long n =
      raw_syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, reinterpret_cast<long>(text), sizeof text);
  return n > 0 && std::string_view(text, kKind.size()) == kKind;
}

void reorder_keyring(const Task& task, std::byte* keys, std::size_t size) {
  for (std::size_t at = 0; at + 4 <= size; at += 4) {
    store_scalar(task.model(), keys + at, load_scalar(kHostModel, keys + at, 4), 4);
  }
}

SysResult sys_keyctl(Task& task, std::int32_t command, ULong a, ULong b, ULong c, ULong d) {
  const auto* row = std::find_if(std::begin(kKeyCommands), std::end(kKeyCommands),
                                 [&](const KeyCommand& k) { return k.command == command; });
  if (row == std::end(kKeyCommands)) return HostErrno{EOPNOTSUPP};
  const std::uint64_t given[4] = {a, b, c, d};
  std::string texts[4];
  long host[4] = {};
  unsigned next = 0;
  void* output = nullptr;
  std::uint64_t room = 0;
  for (const KeyArgument argument : row->arguments) {
    if (argument == KeyArgument::none) break;
    const unsigned at = next++;
    switch (argument) {
      case KeyArgument::text: {
        if (given[at] == 0) break;
        auto s = copyinstr(task.memory(), GuestAddr(given[at]), 4096);
        if (!s) return s.error();
        texts[at] = std::move(*s);
        host[at] = reinterpret_cast<long>(texts[at].c_str());
        break;
      }
      case KeyArgument::in:
      case KeyArgument::out: {
        const bool written = argument == KeyArgument::out;
        const auto p = host_buffer(task, GuestAddr(given[at]), given[at + 1], written);
        if (!p) return p.error();
        host[at] = reinterpret_cast<long>(*p);
        host[next++] = static_cast<long>(given[at + 1]);
        if (written) std::tie(output, room) = std::pair(*p, given[at + 1]);
        break;
      }
      default:
        host[at] = static_cast<std::int32_t>(given[at]);
    }
  }
  const long r = raw_syscall(SYS_keyctl, command, host[0], host[1], host[2], host[3]);
  if (command == KEYCTL_READ && r > 0 && output != nullptr && is_keyring(host[0])) {
    reorder_keyring(task, static_cast<std::byte*>(output),
                    std::min(room, static_cast<std::uint64_t>(r)));
  }
  return SysResult::from_raw(r);
}

// --- Landlock ------------------------------------------------------------------------------------

/// struct landlock_path_beneath_attr, which is packed.
SysResult sys_landlock_add_rule(Task& task, Fd ruleset, std::uint32_t type, GuestAddr at,
                                std::uint32_t flags) {
  if (type != LANDLOCK_RULE_PATH_BENEATH) return HostErrno{EINVAL};
  std::byte guest[sizeof(landlock_path_beneath_attr)];
  static_assert(sizeof guest == 12);
  if (auto r = task.copyin(guest, at, sizeof guest); !r) return r.error();
  landlock_path_beneath_attr host{};
  host.allowed_access = load_scalar(task.model(), guest, 8);
  host.parent_fd = static_cast<std::int32_t>(load_scalar(task.model(), guest + 8, 4));
  return pass_call<SYS_landlock_add_rule, Sleep::no>(task, ruleset, type,
                                                     reinterpret_cast<long>(&host), flags);
}

// --- other processes -----------------------------------------------------------------------------

/// struct kcmp_epoll_slot.
struct EpollSlot {
  std::uint32_t efd = 0, tfd = 0, toff = 0;
};

}  // namespace
}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr auto kFields<linux_os::EpollSlot> =
    fields(field<&linux_os::EpollSlot::efd>("efd"), field<&linux_os::EpollSlot::tfd>("tfd"),
           field<&linux_os::EpollSlot::toff>("toff"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

/// Guest and host agree about what processes share.
SysResult sys_kcmp(Task& task, std::int32_t pid1, std::int32_t pid2, std::int32_t type,
                   ULong index1, ULong index2) {
  if (type == KCMP_EPOLL_TFD) {
    return pass_call<SYS_kcmp, Sleep::no>(task, pid1, pid2, type, index1,
                                          In<EpollSlot>(task, GuestAddr(index2.value)));
  }
  return pass_call<SYS_kcmp, Sleep::no>(task, pid1, pid2, type, index1, index2);
}

/// Of the own process only: where another's memory lies in its host process is not known.
template <long kNumber>
SysResult sys_process_vm(Task& task, std::int32_t pid, InVector local, InVector remote,
                         ULong flags) {
  constexpr bool kReads = kNumber == SYS_process_vm_readv;
  if (flags.value != 0) return HostErrno{EINVAL};
  if (pid != ::getpid() && !task.process().with_task(pid, [](Task&) {})) {
    return HostErrno{::kill(pid, 0) != 0 && errno == ESRCH ? ESRCH : EPERM};
  }
  const auto here = load_iovecs(task, local.address, local.count, kReads);
  if (!here) return here.error();
  const auto there = load_iovecs(task, remote.address, remote.count, !kReads);
  if (!there) return there.error();
  return SysResult::from_raw(raw_syscall(
      kNumber, ::getpid(), reinterpret_cast<long>(here->data()), static_cast<long>(here->size()),
      reinterpret_cast<long>(there->data()), static_cast<long>(there->size())));
}

constexpr const char* kOwnOnly = "other processes: EPERM, as with Yama's strictest scope";

constexpr SyscallRow kRows[] = {
    pass<SYS_add_key, Text, Text, InBuffer, I32>("add_key"),
    call<&sys_kcmp>("kcmp"),
    call<&sys_keyctl>("keyctl"),
    call<&sys_landlock_add_rule>("landlock_add_rule"),
    pass<SYS_landlock_create_ruleset, InWords, U32>("landlock_create_ruleset"),
    pass<SYS_landlock_restrict_self, Fd, U32>("landlock_restrict_self"),
    partial<&sys_process_vm<SYS_process_vm_readv>>(0, "process_vm_readv", kOwnOnly),
    partial<&sys_process_vm<SYS_process_vm_writev>>(0, "process_vm_writev", kOwnOnly),
    pass<SYS_request_key, Text, Text, Text, I32>("request_key"),
    pass<SYS_setns, Fd, I32>("setns"),
};

}  // namespace

Rows security_rows() { return kRows; }

}  // namespace emulate::linux_os
