#include <grp.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <pwd.h>

#include "host/os/freebsd/identity.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/path.h"
#include "host/task/host_files.h"

/// Users and groups. The C library's set*id functions are used, not the raw calls: they change all
/// threads of the process, as the guest's do.

namespace emulate::freebsd {
namespace {

constexpr std::size_t kMaxLogName = 33;     // MAXLOGNAME
constexpr std::uint32_t kMaxGroups = 1023;  // NGROUPS_MAX

SysResult number_of(std::uint32_t id) { return SysResult::value(id); }

SysResult sys_getuid(Task&) { return number_of(::getuid()); }
SysResult sys_geteuid(Task&) { return number_of(::geteuid()); }
SysResult sys_getgid(Task&) { return number_of(::getgid()); }
SysResult sys_getegid(Task&) { return number_of(::getegid()); }

/// The process has changed its ids since it executed a program (P_SUGID).
bool ids_changed = false;

std::array<std::uint32_t, 6> all_ids() {
  std::array<std::uint32_t, 6> ids;
  ::getresuid(&ids[0], &ids[1], &ids[2]);
  ::getresgid(&ids[3], &ids[4], &ids[5]);
  return ids;
}

/// A call that sets ids.
template <class Call>
SysResult change_ids(Call call) {
  const auto before = all_ids();
  if (call() != 0) return HostErrno{errno};
  ids_changed |= all_ids() != before;
  return SysResult::ok();
}

/// FreeBSD lets any process set its user ids to its effective one (POSIX_APPENDIX_B_4_2_2).
SysResult sys_setuid(Task&, std::uint32_t uid) {
  if (::geteuid() != 0 && uid == ::geteuid())
    return change_ids([=] { return ::setreuid(uid, uid); });
  return change_ids([=] { return ::setuid(uid); });
}
SysResult sys_setgid(Task&, std::uint32_t gid) {
  if (::geteuid() != 0 && gid == ::getegid())
    return change_ids([=] { return ::setregid(gid, gid); });
  return change_ids([=] { return ::setgid(gid); });
}
SysResult sys_seteuid(Task&, std::uint32_t uid) {
  return change_ids([=] { return ::seteuid(uid); });
}
SysResult sys_setegid(Task&, std::uint32_t gid) {
  return change_ids([=] { return ::setegid(gid); });
}
SysResult sys_setreuid(Task&, std::uint32_t r, std::uint32_t e) {
  return change_ids([=] { return ::setreuid(r, e); });
}
SysResult sys_setregid(Task&, std::uint32_t r, std::uint32_t e) {
  return change_ids([=] { return ::setregid(r, e); });
}
SysResult sys_setresuid(Task&, std::uint32_t r, std::uint32_t e, std::uint32_t s) {
  return change_ids([=] { return ::setresuid(r, e, s); });
}
SysResult sys_setresgid(Task&, std::uint32_t r, std::uint32_t e, std::uint32_t s) {
  return change_ids([=] { return ::setresgid(r, e, s); });
}

Expected<void> store_id(Out<Int>& out, std::uint32_t id) {
  return out ? out.store({static_cast<std::int32_t>(id)}) : Expected<void>();
}

SysResult sys_getresuid(Task&, Out<Int> r, Out<Int> e, Out<Int> s) {
  uid_t ids[3];
  ::getresuid(&ids[0], &ids[1], &ids[2]);
  // All three are tried; the first failure is reported.
  const Expected<void> stored[] = {store_id(r, ids[0]), store_id(e, ids[1]), store_id(s, ids[2])};
  for (const auto& result : stored) {
    if (!result) return result.error();
  }
  return SysResult::ok();
}

SysResult sys_getresgid(Task&, Out<Int> r, Out<Int> e, Out<Int> s) {
  gid_t ids[3];
  ::getresgid(&ids[0], &ids[1], &ids[2]);
  const Expected<void> stored[] = {store_id(r, ids[0]), store_id(e, ids[1]), store_id(s, ids[2])};
  for (const auto& result : stored) {
    if (!result) return result.error();
  }
  return SysResult::ok();
}

/// FreeBSD's first group is the effective one; the host keeps it apart.
std::vector<gid_t> current_groups() {
  std::vector<gid_t> groups(1, ::getegid());
  const int n = ::getgroups(0, nullptr);
  if (n > 0) {
    std::vector<gid_t> more(static_cast<std::size_t>(n));
    const int got = ::getgroups(n, more.data());
    for (int i = 0; i < got; ++i) {
      if (more[static_cast<std::size_t>(i)] != groups[0]) {
        groups.push_back(more[static_cast<std::size_t>(i)]);
      }
    }
  }
  return groups;
}

SysResult sys_getgroups(Task&, std::uint32_t size, OutArray<Int> set) {
  const std::vector<gid_t> groups = current_groups();
  if (size == 0) return SysResult::value(groups.size());
  if (size < groups.size()) return HostErrno{EINVAL};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (auto r = set.store(i, {static_cast<std::int32_t>(groups[i])}); !r) return r.error();
  }
  return SysResult::value(groups.size());
}

SysResult sys_setgroups(Task&, std::uint32_t size, InArray<Int> set) {
  if (size > kMaxGroups + 1) return HostErrno{EINVAL};
  std::vector<gid_t> groups;
  for (std::uint32_t i = 0; i < size; ++i) {
    auto id = set.load(i);
    if (!id) return id.error();
    groups.push_back(static_cast<gid_t>(id->value));
  }
  if (::geteuid() != 0) return HostErrno{EPERM};
  if (::setgroups(groups.size(), groups.data()) != 0) return HostErrno{errno};
  ids_changed = true;
  if (!groups.empty()) return SysResult::from_libc(::setegid(groups[0]));
  return SysResult::ok();
}

SysResult sys_issetugid(Task&) {
  const bool differ = ::getuid() != ::geteuid() || ::getgid() != ::getegid();
  return SysResult::value(ids_changed || differ ? 1 : 0);
}

/// setlogin's name of this session's processes. Inherited by fork; a fresh emulate falls back on
/// the user database, as login(1) would have set it.
std::string& stored_login() {
  static std::string name;
  return name;
}

SysResult store_string(Task& task, GuestAddr to, std::uint64_t size, const std::string& text) {
  if (size < text.size() + 1) return HostErrno{ERANGE};
  return SysResult::from(task.copyout(to, text.c_str(), text.size() + 1));
}

SysResult sys_getlogin(Task& task, GuestAddr name, std::uint32_t size) {
  return store_string(task, name, std::min<std::uint64_t>(size, kMaxLogName), login_name());
}

SysResult sys_setlogin(Task& task, GuestAddr name) {
  if (::geteuid() != 0) return HostErrno{EPERM};
  auto text = copyinstr(task.memory(), name, kMaxLogName);
  if (!text) return HostErrno{text.error().value == ENAMETOOLONG ? EINVAL : text.error().value};
  stored_login() = *text;
  return SysResult::ok();
}

/// Of the process; inherited by fork.
std::string& login_class() {
  static std::string name = "default";
  return name;
}

SysResult sys_getloginclass(Task& task, GuestAddr name, ULong size) {
  return store_string(task, name, size, login_class());
}

SysResult sys_setloginclass(Task& task, GuestAddr name) {
  if (::geteuid() != 0) return HostErrno{EPERM};
  auto text = copyinstr(task.memory(), name, kMaxLogName);
  if (!text) return text.error();
  login_class() = *text;
  return SysResult::ok();
}

constexpr SyscallRow kRows[] = {
    row<&sys_setuid>(23, "setuid"),
    row<&sys_getuid>(24, "getuid"),
    row<&sys_geteuid>(25, "geteuid"),
    row<&sys_getegid>(43, "getegid"),
    row<&sys_getgid>(47, "getgid"),
    row<&sys_getlogin>(49, "getlogin"),
    row<&sys_setlogin>(50, "setlogin"),
    row<&sys_getgroups>(79, "getgroups"),
    row<&sys_setgroups>(80, "setgroups"),
    row<&sys_setreuid>(126, "setreuid"),
    row<&sys_setregid>(127, "setregid"),
    row<&sys_setgid>(181, "setgid"),
    row<&sys_setegid>(182, "setegid"),
    row<&sys_seteuid>(183, "seteuid"),
    row<&sys_issetugid>(253, "issetugid"),
    row<&sys_setresuid>(311, "setresuid"),
    row<&sys_setresgid>(312, "setresgid"),
    row<&sys_getresuid>(360, "getresuid"),
    row<&sys_getresgid>(361, "getresgid"),
    row<&sys_getloginclass>(523, "getloginclass"),
    partial<&sys_setloginclass>(524, "setloginclass", "other processes see \"default\""),
};

}  // namespace

void identity_after_exec() { ids_changed = false; }

std::string login_name() {
  if (!stored_login().empty()) return stored_login();
  // Lists of processes ask for each of them.
  thread_local uid_t known = static_cast<uid_t>(-1);
  thread_local std::string name;
  if (known == ::getuid()) return name;
  std::string found_name;
  with_own_descriptors([&found_name] {
    std::array<char, 16384> room;
    struct passwd entry {};
    struct passwd* found = nullptr;
    ::getpwuid_r(::getuid(), &entry, room.data(), room.size(), &found);
    if (found != nullptr) found_name = entry.pw_name;
  });
  const bool fits = !found_name.empty() && found_name.size() < kMaxLogName;
  name = fits ? found_name : "root";
  known = ::getuid();
  return name;
}

Rows identity_rows() { return kRows; }

}  // namespace emulate::freebsd
