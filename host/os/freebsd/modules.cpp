// Kernel files and modules (FreeBSD sys/kern/kern_linker.c, kern_module.c). A guest's kernel is one
// file, with what emulate does for it as its modules; nothing can be loaded or unloaded.

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "host/os/freebsd/syscalls.h"

namespace emulate::freebsd {
namespace {

constexpr std::size_t kMaxName = 32;    // MAXMODNAME
constexpr std::size_t kMaxPath = 1024;  // MAXPATHLEN
constexpr std::int32_t kKernelFile = 1;
constexpr std::string_view kKernelName = "kernel";
constexpr std::string_view kKernelPath = "/boot/kernel/kernel";

/// By number, from 1 on, under the names that kldload(8) and tests look for.
constexpr std::string_view kModules[] = {
    "kernel", "ufs",     "nfs",     "devfs",   "procfs", "fdescfs",  "tmpfs", "nullfs",
    "aio",    "sysvmsg", "sysvsem", "sysvshm", "mqueue", "mqueuefs", "sem",   "elf32",
    "elf64",  "ether",   "loop",    "if_lo",   "random", "pty",      "pts",   "procdesc"};
constexpr auto kModuleCount = static_cast<std::int32_t>(std::size(kModules));

/// struct module_stat.
struct ModuleStat {
  std::int32_t version = 0;
  char name[kMaxName] = {};
  std::int32_t refs = 1;
  std::int32_t id = 0;
  ULong data;
};

/// struct kld_file_stat_1.
struct KldFileStat {
  std::int32_t version = 0;
  char name[kMaxPath] = {};
  std::int32_t refs = 1;
  std::int32_t id = kKernelFile;
  GuestAddr address;
  ULong size;
};
/// What struct kld_file_stat has behind it.
struct KldFilePath {
  char pathname[kMaxPath] = {};
};

/// struct kld_sym_lookup.
struct KldSymLookup {
  std::int32_t version = 0;
  GuestAddr name;
  ULong value;
  ULong size;
};

}  // namespace
}  // namespace emulate::freebsd

namespace emulate {
template <>
inline constexpr const char* kStructName<freebsd::ModuleStat> = "module_stat";
template <>
inline constexpr auto kFields<freebsd::ModuleStat> =
    fields(field<&freebsd::ModuleStat::version>("version"),
           field<&freebsd::ModuleStat::name>("name"), field<&freebsd::ModuleStat::refs>("refs"),
           field<&freebsd::ModuleStat::id>("id"), field<&freebsd::ModuleStat::data>("data"));
template <>
inline constexpr auto kFields<freebsd::KldFileStat> = fields(
    field<&freebsd::KldFileStat::version>("version"), field<&freebsd::KldFileStat::name>("name"),
    field<&freebsd::KldFileStat::refs>("refs"), field<&freebsd::KldFileStat::id>("id"),
    field<&freebsd::KldFileStat::address>("address"), field<&freebsd::KldFileStat::size>("size"));
template <>
inline constexpr auto kFields<freebsd::KldFilePath> =
    fields(field<&freebsd::KldFilePath::pathname>("pathname"));
template <>
inline constexpr auto kFields<freebsd::KldSymLookup> =
    fields(field<&freebsd::KldSymLookup::version>("version"),
           field<&freebsd::KldSymLookup::name>("symname"),
           field<&freebsd::KldSymLookup::value>("symvalue"),
           field<&freebsd::KldSymLookup::size>("symsize"));
}  // namespace emulate

namespace emulate::freebsd {
namespace {

SysResult not_permitted(Task&) { return HostErrno{EPERM}; }

bool is_module(std::int32_t id) { return id >= 1 && id <= kModuleCount; }

SysResult sys_modnext(Task&, std::int32_t id) {
  if (id != 0 && !is_module(id)) return HostErrno{ENOENT};
  return SysResult::value(id < kModuleCount ? static_cast<std::uint64_t>(id) + 1 : 0);
}

SysResult sys_modfnext(Task&, std::int32_t id) {
  if (!is_module(id)) return HostErrno{ENOENT};
  return SysResult::value(id < kModuleCount ? static_cast<std::uint64_t>(id) + 1 : 0);
}

SysResult sys_modfind(Task& task, GuestAddr name) {
  const auto text = copyinstr(task.memory(), name, kMaxName);
  if (!text) return text.error();
  const auto it = std::ranges::find(kModules, *text);
  if (it == std::end(kModules)) return HostErrno{ENOENT};
  return SysResult::value(static_cast<std::uint64_t>(it - std::begin(kModules)) + 1);
}

SysResult sys_modstat(Task& task, std::int32_t id, InOut<ModuleStat> stat) {
  if (!is_module(id)) return HostErrno{ENOENT};
  const auto version = task.load<std::int32_t>(stat.address());
  if (!version) return version.error();
  // Version 1 ends before the data.
  const std::size_t size = guest_size<ModuleStat>(task.model());
  constexpr std::size_t size1 = 4 + kMaxName + 4 + 4;
  if (*version != static_cast<std::int32_t>(size) && *version != static_cast<std::int32_t>(size1)) {
    return HostErrno{EINVAL};
  }
  ModuleStat s;
  s.version = *version;
  s.id = id;
  const std::string_view name = kModules[id - 1];
  std::memcpy(s.name, name.data(), name.size());
  std::vector<std::byte> bytes(size);
  (void)encode(task.model(), s, bytes);
  return SysResult::from(
      task.copyout(stat.address(), bytes.data(), static_cast<std::size_t>(*version)));
}

SysResult sys_kldfind(Task& task, GuestAddr file) {
  const auto text = copyinstr(task.memory(), file, kMaxPath);
  if (!text) return text.error();
  const std::string base = text->substr(text->rfind('/') + 1);
  return base == kKernelName ? SysResult::value(kKernelFile) : SysResult(HostErrno{ENOENT});
}

SysResult sys_kldnext(Task&, std::int32_t id) {
  if (id == 0) return SysResult::value(kKernelFile);
  return id == kKernelFile ? SysResult::value(0) : SysResult(HostErrno{ENOENT});
}

SysResult sys_kldstat(Task& task, std::int32_t id, GuestAddr at) {
  constexpr std::uint64_t kKernelSize = 0x200'0000;
  const auto version = task.load<std::int32_t>(at);
  if (!version) return version.error();
  const DataModel& model = task.model();
  const std::size_t size1 = guest_size<KldFileStat>(model);
  const std::size_t size2 = size1 + kMaxPath;
  const auto wanted = static_cast<std::size_t>(*version);
  if (wanted != size1 && wanted != size2) return HostErrno{EINVAL};
  if (id != kKernelFile) return HostErrno{ENOENT};
  KldFileStat s;
  s.version = *version;
  s.refs = kModuleCount;
  s.size = kKernelSize;
  std::memcpy(s.name, kKernelName.data(), kKernelName.size());
  if (auto r = task.store(at, s); !r || wanted == size1) return SysResult::from(r);
  KldFilePath path;
  std::memcpy(path.pathname, kKernelPath.data(), kKernelPath.size());
  return SysResult::from(task.store(at + size1, path));
}

SysResult sys_kldfirstmod(Task&, std::int32_t id) {
  return id == kKernelFile ? SysResult::value(1) : SysResult(HostErrno{ENOENT});
}

/// There are no symbols to find.
SysResult sys_kldsym(Task& task, std::int32_t id, std::int32_t command, In<KldSymLookup> lookup) {
  constexpr std::int32_t kLookup = 1;  // KLDSYM_LOOKUP
  const auto l = lookup.load();
  if (!l) return l.error();
  const auto size = static_cast<std::int32_t>(guest_size<KldSymLookup>(task.model()));
  if (l->version != size || command != kLookup) return HostErrno{EINVAL};
  if (auto name = copyinstr(task.memory(), l->name, kMaxPath); !name) return name.error();
  (void)id;
  return HostErrno{ENOENT};
}

constexpr const char* kPrivileged = "EPERM, as without the privilege";

constexpr SyscallRow kRows[] = {
    row<&sys_modnext>(300, "modnext"),
    row<&sys_modstat>(301, "modstat"),
    row<&sys_modfnext>(302, "modfnext"),
    row<&sys_modfind>(303, "modfind"),
    refused<&not_permitted>(304, "kldload", kPrivileged),
    refused<&not_permitted>(305, "kldunload", kPrivileged),
    row<&sys_kldfind>(306, "kldfind"),
    row<&sys_kldnext>(307, "kldnext"),
    row<&sys_kldstat>(308, "kldstat"),
    row<&sys_kldfirstmod>(309, "kldfirstmod"),
    row<&sys_kldsym>(337, "kldsym"),
    refused<&not_permitted>(444, "kldunloadf", kPrivileged),
};

}  // namespace

Rows module_rows() { return kRows; }

}  // namespace emulate::freebsd
