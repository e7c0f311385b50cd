#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>

#include <climits>

#include "host/os/linux/personality.h"
#include "host/os/linux/words.h"

/// Mounts (Linux fs/namespace.c, fs/fsopen.c) and handles of files (fs/fhandle.c).

namespace emulate::linux_os {
namespace {

SysResult sys_mount(Task& task, Text source, Path<> target, Text type, ULong flags,
                    GuestAddr data) {
  const auto where = load_path(task, target.path);
  if (!where) return where.error();
  std::string texts[3];
  const GuestAddr from[3] = {source.address, type.address, data};
  for (int i = 0; i < 3; ++i) {
    if (!from[i]) continue;
    auto s = copyinstr(task.memory(), from[i], PATH_MAX);
    if (!s) return s.error();
    texts[i] = std::move(*s);
  }
  const auto pointer = [&](int i) {
    return from[i] ? reinterpret_cast<long>(texts[i].c_str()) : 0L;
  };
  return SysResult::from_raw(raw_syscall(SYS_mount, pointer(0),
                                         reinterpret_cast<long>(where->c_str()), pointer(1),
                                         static_cast<long>(flags.value), pointer(2)));
}

/// What `value` is depends on the command.
SysResult sys_fsconfig(Task& task, Fd context, std::uint32_t command, Text key, GuestAddr value,
                       std::int32_t extra) {
  switch (command) {
    case FSCONFIG_SET_STRING:
      return pass_call<SYS_fsconfig, Sleep::no>(task, context, command, key, Text{value}, extra);
    case FSCONFIG_SET_BINARY:
      return pass_call<SYS_fsconfig, Sleep::no>(task, context, command, key,
                                                InBuffer{value, static_cast<std::uint32_t>(extra)});
    case FSCONFIG_SET_PATH:
    case FSCONFIG_SET_PATH_EMPTY: {
      const auto where = load_path(task, Fd(extra), PathArg(task, value));
      if (!where) return where.error();
      return pass_call<SYS_fsconfig, Sleep::no>(
          task, context, command, key, reinterpret_cast<long>(where->c_str()), where->dirfd);
    }
    default:
      return pass_call<SYS_fsconfig, Sleep::no>(task, context, command, key,
                                                static_cast<long>(value.value), extra);
  }
}

// --- file handles --------------------------------------------------------------------------------

/// struct file_handle: how many bytes, of what kind, and the bytes.
struct HandleHead {
  std::uint32_t bytes = 0;
  std::int32_t type = 0;
};
struct HostHandle {
  HandleHead head;
  unsigned char bytes[MAX_HANDLE_SZ] = {};
};

}  // namespace
}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr const char* kStructName<linux_os::HandleHead> = "file_handle";
template <>
inline constexpr auto kFields<linux_os::HandleHead> =
    fields(field<&linux_os::HandleHead::bytes>("handle_bytes"),
           field<&linux_os::HandleHead::type>("handle_type"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

SysResult sys_name_to_handle_at(Task& task, Fd directory, PathArg path, InOut<HandleHead> handle,
                                Out<std::int32_t> mount, Flags flags) {
  const bool follows = (bits(flags) & AT_SYMLINK_FOLLOW) != 0;
  const auto where = load_path(task, directory, path, follows ? Follow::yes : Follow::no);
  if (!where) return where.error();
  const auto head = handle.load();
  if (!head) return head.error();
  HostHandle host{*head};
  std::int32_t id = 0;
  const long r =
      raw_syscall(SYS_name_to_handle_at, where->dirfd, reinterpret_cast<long>(where->c_str()),
                  reinterpret_cast<long>(&host), reinterpret_cast<long>(&id), bits(flags));
  // EOVERFLOW says how many bytes it takes, and stores the mount too.
  if (r < 0 && r != -EOVERFLOW) return SysResult::from_raw(r);
  if (auto s = mount.store(id); !s) return s.error();
  if (auto s = handle.store(host.head); !s) return s.error();
  if (r < 0) return SysResult::from_raw(r);
  return SysResult::from(task.copyout(handle.address() + sizeof(HandleHead), host.bytes,
                                      std::min<std::size_t>(host.head.bytes, MAX_HANDLE_SZ)));
}

SysResult sys_open_by_handle_at(Task& task, Fd mount, In<HandleHead> handle, OpenFlags flags) {
  const auto head = handle.load();
  if (!head) return head.error();
  if (head->bytes == 0 || head->bytes > MAX_HANDLE_SZ) return HostErrno{EINVAL};
  HostHandle host{*head};
  const GuestAddr bytes = handle.address() + sizeof(HandleHead);
  if (auto r = task.copyin(host.bytes, bytes, host.head.bytes); !r) return r.error();
  const auto fd = guest_directory_fd(task, mount);
  if (!fd) return fd.error();
  return SysResult::from_raw(
      raw_syscall(SYS_open_by_handle_at, *fd, reinterpret_cast<long>(&host),
                  port_flags_to_host(port_of(task).open_flags, bits(flags))));
}

// --- what only an administrator does -------------------------------------------------------------

SysResult sys_acct(Task& task, PathArg path) {
  if (!path) return SysResult::from_raw(raw_syscall(SYS_acct));
  return pass_call<SYS_acct, Sleep::no>(task, Path<>{path});
}

constexpr SyscallRow kRows[] = {
    call<&sys_acct>("acct"),
    call<&sys_fsconfig>("fsconfig"),
    pass<SYS_fsmount, Fd, U32, U32>("fsmount"),
    pass<SYS_fsopen, Text, U32>("fsopen"),
    pass<SYS_fspick, AtPath<>, U32>("fspick"),
    call<&sys_mount>("mount"),
    pass<SYS_mount_setattr, AtPath<>, U32, InWords>("mount_setattr"),
    pass<SYS_move_mount, AtLinkPath, AtLinkPath, U32>("move_mount"),
    call<&sys_name_to_handle_at>("name_to_handle_at"),
    call<&sys_open_by_handle_at>("open_by_handle_at"),
    pass<SYS_open_tree, AtPath<>, U32>("open_tree"),
    pass<SYS_pivot_root, Path<>, Path<>>("pivot_root"),
    pass<SYS_swapoff, Path<>>("swapoff"),
    pass<SYS_swapon, Path<>, U32>("swapon"),
    pass<SYS_umount2, Path<>, Flags>("umount2"),
};

}  // namespace

Rows mount_rows() { return kRows; }

}  // namespace emulate::linux_os
