// Memory (FreeBSD sys/vm/vm_mmap.c, vm_unix.c).

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/abi/mman.h"
#include "host/os/freebsd/abi/resource.h"
#include "host/os/freebsd/memory_lock.h"
#include "host/os/freebsd/resource.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/mapping.h"
#include "host/task/host_files.h"

namespace emulate::freebsd {
namespace {

constexpr std::uint8_t kProtAll = kProtRead | kProtWrite | kProtExec;
constexpr std::uint64_t kFirstAddress = 4096;  // security.bsd.map_at_zero is off
constexpr std::uint64_t kMap32bitEnd = 1ULL << 31;

/// A page-aligned range that covers the one asked for. Its end may be below its start: wrapped.
struct PageRange {
  std::uint64_t start = 0;
  std::uint64_t length = 0;
  std::uint64_t end() const { return start + length; }
};

PageRange page_range(const Task& task, GuestAddr address, std::uint64_t length) {
  const std::uint64_t mask = task.memory().limits().page_size - 1;
  PageRange r;
  r.start = address.value & ~mask;
  r.length = (length + (address.value & mask) + mask) & ~mask;
  // Addresses of 32-bit programs wrap at their word.
  if (!task.model().is64()) r.length &= 0xffff'ffff;
  return r;
}

bool wraps(const Task& task, const PageRange& r) {
  const std::uint64_t end = task.model().is64() ? r.end() : r.end() & 0xffff'ffff;
  return end < r.start;
}

bool in_user_space(const Task& task, const PageRange& r) {
  return r.start >= kFirstAddress && r.end() >= r.start &&
         r.end() <= task.memory().limits().user_max.value;
}

/// Calls `act(start, length)` for each mapped piece of the range until one fails.
Expected<void> for_each_mapped(const Task& task, const PageRange& r,
                               const std::function<Expected<void>(GuestAddr, std::uint64_t)>& act) {
  for (const Mapping& m : task.memory().snapshot()) {
    const std::uint64_t start = std::max(m.start.value, r.start);
    const std::uint64_t end = std::min(m.end().value, r.end());
    if (start >= end) continue;
    if (auto done = act(GuestAddr(start), end - start); !done) return done;
  }
  return {};
}

/// mlockall(MCL_FUTURE): what is mapped from now on is locked. Neither fork's child nor the next
/// program inherits it.
std::atomic<bool> lock_future = false;

// --- mmap ------------------------------------------------------------------------------------

struct MmapArgs {
  GuestAddr address;
  std::uint64_t length = 0;
  std::uint32_t prot = 0;
  std::uint32_t flags = 0;
  Fd fd{-1};
  std::int64_t offset = 0;
};

constexpr std::uint32_t kKnownFlags = kMapShared | kMapPrivate | kMapFixed | kMapHassemaphore |
                                      kMapStack | kMapNosync | kMapAnon | kMapExcl | kMapNocore |
                                      kMapPrefaultRead | kMapGuard | kMapAlignmentMask;
constexpr std::uint32_t kGuardFlags = kMapFixed | kMapGuard | kMapExcl | kMapAlignmentMask;

bool align_valid(const DataModel& model, std::uint32_t flags) {
  constexpr unsigned kPageShift = 12;
  const std::uint32_t align = flags & kMapAlignmentMask;
  if (align == 0 || align == kMapAlignedSuper) return true;
  const unsigned shift = align >> kMapAlignmentShift;
  return shift >= kPageShift && shift < model.long_bytes * 8U;
}

/// The checks that need no look at memory or descriptors, in the kernel's order.
bool flags_valid(const Task& task, const MmapArgs& a) {
  const DataModel& model = task.model();
  const std::uint32_t only64 = model.is64() ? kMap32bit : 0;
  if ((a.flags & ~(kKnownFlags | only64)) != 0) return false;
  if ((a.flags & (kMapExcl | kMapFixed)) == kMapExcl) return false;
  if ((a.flags & (kMapShared | kMapPrivate)) == (kMapShared | kMapPrivate)) return false;
  if ((a.prot & ~std::uint32_t{kProtAll}) != 0) return false;
  if ((a.flags & kMapGuard) != 0 && (a.prot != 0 || host(a.fd) != -1 || a.offset != 0 ||
                                     (a.flags & ~(kGuardFlags | only64)) != 0)) {
    return false;
  }
  return align_valid(model, a.flags);
}

/// Fills what a mapping of a file needs (FreeBSD vn_mmap()).
Expected<void> use_file(Task& task, const MmapArgs& a, MapRequest& r) {
  const auto fd = guest_fd(task, a.fd);
  if (!fd) return tl::unexpected(fd.error());
  const int status = fcntl(*fd, F_GETFL);
  if (status < 0) return host_error(errno);
  if ((a.flags & (kMapShared | kMapPrivate)) == 0 &&
      task.process().image().note_osrel >= kOsrelMapFstrict) {
    return host_error(EINVAL);
  }
  struct stat st;
  if (fstat(*fd, &st) != 0) return host_error(errno);
  if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) return host_error(ENODEV);
  if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) return host_error(EINVAL);
  if ((status & O_PATH) != 0) return host_error(EACCES);
  if ((status & O_ACCMODE) == O_WRONLY && (a.prot & kProtRead) == 0) {
    r.max_prot = kProtWrite;
  } else if (auto ok = allow_file_mapping(status, a.prot, r); !ok) {
    return ok;
  }
  if (a.offset < 0 || r.length > static_cast<std::uint64_t>(INT64_MAX - a.offset)) {
    return host_error(EINVAL);
  }
  r.host_fd = *fd;
  r.offset =
      static_cast<std::uint64_t>(a.offset) & ~std::uint64_t{task.memory().limits().page_size - 1};
  return {};
}

/// A file open for writing only can be mapped for writing; the host wants it open for both.
Expected<GuestAddr> map_reopened(Task& task, MapRequest r) {
  r.host_fd = open(fmt::format("/proc/self/fd/{}", r.host_fd).c_str(), O_RDWR | O_CLOEXEC);
  if (r.host_fd < 0) return host_error(EACCES);
  const auto mapped = task.memory().map(r);
  close(r.host_fd);
  return mapped;
}

/// Hints into the space that the heap may grow into do not count.
GuestAddr effective_hint(Task& task, GuestAddr hint) {
  const Process& process = task.process();
  const ImageInfo& image = task.process().image();
  const std::uint64_t heap = process.personality().abi().memory_layout().data_size;
  const bool in_heap = hint >= image.text_start && hint < image.data_start + heap;
  return in_heap ? GuestAddr() : hint;
}

/// RLIMIT_DATA or RLIMIT_VMEM as the program sees it, in bytes.
std::uint64_t memory_limit(Task& task, LimitKind kind) {
  const auto limit = get_limit(task.process(), static_cast<std::uint32_t>(kind));
  return static_cast<std::uint64_t>(limit ? limit->cur : kRLIM_INFINITY);
}

constexpr std::uint64_t kStackStart = 128 * 1024;  // SGROWSIZ
/// RLIMIT_VMEM counts all that is mapped, what a new mapping takes the place of too (FreeBSD
/// sys/vm/vm_mmap.c, vm_mmap_object()), but no guards, and of a stack what it starts with: the rest
/// is a guard until it grows (sys/vm/vm_map.c, vm_map_stack_locked()).
bool beyond_vmem_limit(Task& task, std::uint64_t more) {
  const std::uint64_t limit = memory_limit(task, LimitKind::vmem);
  if (limit == static_cast<std::uint64_t>(kRLIM_INFINITY)) return false;
  std::uint64_t mapped = 0;
  for (const Mapping& m : task.memory().snapshot()) {
    if (m.guard) continue;
    mapped += m.stack ? std::min(m.length, kStackStart) : m.length;
  }
  return mapped > limit || more > limit - mapped;
}

SysResult map_memory(Task& task, MmapArgs a) {
  a.flags &= ~(kMapReserved0020 | kMapReserved0040);
  const std::uint32_t osrel = task.process().image().note_osrel;
  if (a.length == 0 && osrel >= kOsrelMapAnon) return HostErrno{EINVAL};
  if ((a.flags & kMapAnon) != 0 && (host(a.fd) != -1 || a.offset != 0)) return HostErrno{EINVAL};
  if ((a.flags & kMapStack) != 0) {
    constexpr std::uint32_t kReadWrite = kProtRead | kProtWrite;
    if (host(a.fd) != -1 || (a.prot & kReadWrite) != kReadWrite) return HostErrno{EINVAL};
    a.flags |= kMapAnon;
    a.offset = 0;
  }
  if (!flags_valid(task, a)) return HostErrno{EINVAL};

  const std::uint64_t page_mask = task.memory().limits().page_size - 1;
  const std::uint64_t page_offset = static_cast<std::uint64_t>(a.offset) & page_mask;
  MapRequest r;
  r.address = a.address;
  r.length = (a.length + page_offset + page_mask) & ~page_mask;
  r.prot = static_cast<std::uint8_t>(a.prot);
  r.fixed = (a.flags & kMapFixed) != 0;
  r.exclusive = (a.flags & kMapExcl) != 0;
  r.shared = (a.flags & kMapShared) != 0;
  r.guard = (a.flags & kMapGuard) != 0;
  r.stack = (a.flags & kMapStack) != 0;
  r.anonymous = r.guard || (a.flags & kMapAnon) != 0;
  r.below_2g = (a.flags & kMap32bit) != 0;
  const std::uint32_t align = a.flags & kMapAlignmentMask;
  constexpr std::uint8_t kSuperpageShift = 21;
  r.align_log2 = align == kMapAlignedSuper ? kSuperpageShift
                                           : static_cast<std::uint8_t>(align >> kMapAlignmentShift);
  if (r.fixed) {
    r.address = r.address - page_offset;
    const PageRange range{r.address.value, r.length};
    if ((r.address.value & page_mask) != 0 || !in_user_space(task, range)) {
      return HostErrno{EINVAL};
    }
    if (r.below_2g && range.end() > kMap32bitEnd) return HostErrno{EINVAL};
  } else if (r.below_2g) {
    if (r.address.value + r.length > kMap32bitEnd) r.address = GuestAddr();
  } else {
    r.address = effective_hint(task, r.address);
  }
  // Old programs may map nothing.
  if (r.length == 0) return SysResult::value(a.address.value);
  if (!r.anonymous) {
    if (auto ok = use_file(task, a, r); !ok) return ok.error();
  }
  if (beyond_vmem_limit(task, r.length)) return HostErrno{ENOMEM};
  auto mapped = task.memory().map(r);
  if (!mapped && mapped.error().value == EACCES && !r.anonymous) mapped = map_reopened(task, r);
  if (!mapped) return HostErrno{mapped.error().value == EEXIST ? ENOMEM : mapped.error().value};
  if (lock_future && r.prot != 0) (void)task.memory().lock(*mapped, r.length, true);
  return SysResult::value(mapped->value + page_offset);
}

SysResult sys_mmap(Task& task, GuestAddr addr, ULong len, Flags prot, Flags flags, Fd fd,
                   std::int64_t pos) {
  return map_memory(task, {addr, len, bits(prot), bits(flags), fd, pos});
}

SysResult freebsd6_mmap(Task& task, GuestAddr addr, ULong len, Flags prot, Flags flags, Fd fd,
                        std::int32_t, std::int64_t pos) {
  return map_memory(task, {addr, len, bits(prot), bits(flags), fd, pos});
}

/// 4.3BSD's: its own values for both flags words.
SysResult old_mmap(Task& task, GuestAddr addr, std::uint32_t len, Flags prot, Flags flags, Fd fd,
                   Long pos) {
  constexpr std::uint32_t kAnon = 0x2, kShared = 0x10, kFixed = 0x100;
  const std::uint32_t old = bits(flags);
  std::uint32_t f = (old & kShared) != 0 ? kMapShared : kMapPrivate;
  if ((old & kAnon) != 0) f |= kMapAnon;
  if ((old & kFixed) != 0) f |= kMapFixed;
  // Read and execute have changed places.
  const std::uint32_t p = bits(prot);
  const std::uint32_t swapped = (p & 2) | (p & 1) << 2 | (p & 4) >> 2;
  return map_memory(task, {addr, len, swapped, f, fd, pos});
}

// --- ranges ----------------------------------------------------------------------------------

SysResult sys_munmap(Task& task, GuestAddr addr, ULong len) {
  if (len == 0) return HostErrno{EINVAL};
  const PageRange r = page_range(task, addr, len);
  if (wraps(task, r) || !in_user_space(task, r)) return HostErrno{EINVAL};
  return SysResult::from(task.memory().unmap(GuestAddr(r.start), r.length));
}

SysResult sys_mprotect(Task& task, GuestAddr addr, ULong len, Flags prot) {
  const auto p = static_cast<std::uint8_t>(bits(prot) & kProtAll);
  const PageRange r = page_range(task, addr, len);
  if (wraps(task, r)) return HostErrno{EINVAL};
  auto done = task.memory().protect(GuestAddr(r.start), r.length, p);
  if (!done && done.error().value == ENOMEM) {
    // The kernel skips holes.
    done = for_each_mapped(task, r, [&](GuestAddr start, std::uint64_t length) {
      return task.memory().protect(start, length, p);
    });
  }
  return SysResult::from(done);
}

struct Advice {
  std::int32_t guest;
  int host;  ///< or kNothing
};
constexpr int kNothing = -1;
/// FreeBSD's MADV_DONTNEED keeps the contents, the host's drops them: nothing is the safe answer.
constexpr Advice kAdvice[] = {
    {0, MADV_NORMAL}, {1, MADV_RANDOM}, {2, MADV_SEQUENTIAL}, {3, MADV_WILLNEED}, {4, kNothing},
    {5, MADV_FREE},   {6, kNothing},    {7, kNothing},        {8, MADV_DONTDUMP}, {9, MADV_DODUMP},
};
constexpr std::int32_t kMadvProtect = 10;

SysResult sys_madvise(Task& task, GuestAddr addr, ULong len, std::int32_t behav) {
  if (behav == kMadvProtect) return geteuid() == 0 ? SysResult::ok() : HostErrno{EPERM};
  const PageRange r = page_range(task, addr, len);
  if (wraps(task, r) || !in_user_space(task, r)) return HostErrno{EINVAL};
  for (const Advice& a : kAdvice) {
    if (a.guest != behav) continue;
    if (a.host == kNothing || r.length == 0) return SysResult::ok();
    // Advice that a mapping cannot take is no error.
    (void)for_each_mapped(task, r, [&](GuestAddr start, std::uint64_t length) -> Expected<void> {
      (void)task.memory().advise(start, length, a.host);
      return {};
    });
    return SysResult::ok();
  }
  return HostErrno{EINVAL};
}

SysResult sys_mincore(Task& task, GuestAddr addr, ULong len, GuestAddr vec) {
  const std::uint64_t mask = task.memory().limits().page_size - 1;
  const PageRange r{addr.value & ~mask, (len + mask) & ~mask};
  if (wraps(task, r) || r.end() > task.memory().limits().user_max.value) return HostErrno{ENOMEM};
  const auto store = [&](std::vector<std::uint8_t>& pages) -> Expected<void> {
    for (std::uint8_t& page : pages) page = page != 0 ? kMincoreIncore | kMincoreReferenced : 0;
    auto ok = task.copyout(vec, pages.data(), pages.size());
    vec = vec + pages.size();
    return ok;
  };
  return SysResult::from(for_each_resident(task, GuestAddr(r.start), r.length, store));
}

SysResult sys_minherit(Task& task, GuestAddr addr, ULong len, std::int32_t inherit) {
  const PageRange r = page_range(task, addr, len);
  if (wraps(task, r) || inherit < 0 || inherit > static_cast<int>(Inherit::zero))
    return HostErrno{EINVAL};
  if (r.length == 0) return SysResult::ok();
  return SysResult::from(
      task.memory().set_inherit(GuestAddr(r.start), r.length, static_cast<Inherit>(inherit)));
}

SysResult sys_msync(Task& task, GuestAddr addr, ULong len, std::int32_t flags) {
  PageRange r = page_range(task, addr, len);
  if (wraps(task, r)) return HostErrno{EINVAL};
  if ((flags & (kMsAsync | kMsInvalidate)) == (kMsAsync | kMsInvalidate)) return HostErrno{EINVAL};
  if (r.length == 0) {
    // Nothing means all of the mapping there.
    const auto m = task.memory().find(GuestAddr(r.start));
    if (!m) return HostErrno{ENOMEM};
    r = {m->start.value, m->length};
  }
  const int host_flags = ((flags & kMsAsync) != 0 ? MS_ASYNC : MS_SYNC) |
                         ((flags & kMsInvalidate) != 0 ? MS_INVALIDATE : 0);
  return SysResult::from(task.memory().sync(GuestAddr(r.start), r.length, host_flags));
}

/// RLIMIT_MEMLOCK binds everybody (FreeBSD kern_mlock()); the host excepts the privileged.
bool beyond_lock_limit(std::uint64_t more) {
  rlimit limit;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
  std::uint64_t locked_kb = 0;
  std::istringstream status = host_text("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmLck:")) locked_kb = std::strtoull(line.c_str() + 6, nullptr, 10);
  }
  return more > limit.rlim_cur || locked_kb * 1024 > limit.rlim_cur - more;
}

SysResult sys_mlock(Task& task, GuestAddr addr, ULong len) {
  const PageRange r = page_range(task, addr, len);
  if (wraps(task, r)) return HostErrno{EINVAL};
  if (beyond_lock_limit(r.length)) return HostErrno{ENOMEM};
  return SysResult::from(task.memory().lock(GuestAddr(r.start), r.length, true));
}

SysResult sys_munlock(Task& task, GuestAddr addr, ULong len) {
  const PageRange r = page_range(task, addr, len);
  if (wraps(task, r)) return HostErrno{EINVAL};
  return SysResult::from(task.memory().lock(GuestAddr(r.start), r.length, false));
}

/// All that is mapped now. Locking emulate's own reservation with the host's mlockall would lock
/// memory that the guest does not have.
Expected<void> lock_all(Task& task, bool on) {
  for (const Mapping& m : task.memory().snapshot()) {
    if (m.guard || m.prot == 0) continue;
    if (auto r = task.memory().lock(m.start, m.length, on); !r) return r;
  }
  return {};
}

SysResult sys_mlockall(Task& task, std::int32_t how) {
  if (how == 0 || (how & ~(kMclCurrent | kMclFuture)) != 0) return HostErrno{EINVAL};
  if ((how & kMclFuture) != 0) lock_future = true;
  if ((how & kMclCurrent) == 0) return SysResult::ok();
  rlimit limit;
  std::uint64_t total = 0;
  for (const Mapping& m : task.memory().snapshot()) total += m.length;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && total > limit.rlim_cur) return HostErrno{ENOMEM};
  if (!lock_all(task, true)) return HostErrno{EAGAIN};
  return SysResult::ok();
}

SysResult sys_munlockall(Task& task) {
  lock_future = false;
  (void)lock_all(task, false);
  return SysResult::ok();
}

// --- the heap --------------------------------------------------------------------------------

SysResult sys_break(Task& task, GuestAddr nsize) {
  const MemoryLayout& layout = task.process().personality().abi().memory_layout();
  if (!layout.has_break) return HostErrno{ENOSYS};
  const std::uint64_t most =
      std::min<std::uint64_t>(layout.data_size, memory_limit(task, LimitKind::data));
  AddressSpace& memory = task.memory();
  const GuestAddr old = memory.current_break();
  if (nsize > old && beyond_vmem_limit(task, nsize - old)) return HostErrno{ENOMEM};
  if (auto r = memory.set_break(nsize, most)) {
    if (lock_future && *r > old) (void)sys_mlock(task, old, ULong(*r - old));
    return SysResult::value(r->value);
  }
  // An address below the heap only asks where the heap ends.
  if (nsize < memory.current_break()) return SysResult::value(memory.current_break().value);
  return HostErrno{ENOMEM};
}

SysResult sys_not_supported(Task&) { return HostErrno{EOPNOTSUPP}; }
SysResult freebsd11_vadvise(Task&) { return HostErrno{EINVAL}; }

constexpr SyscallRow kRows[] = {
    row<&sys_break>(17, "break"),
    row<&sys_msync>(65, "msync"),
    row<&sys_not_supported>(69, "sbrk"),
    row<&sys_not_supported>(70, "sstk"),
    row<&old_mmap>(71, "ommap"),
    refused<&freebsd11_vadvise>(72, "freebsd11_vadvise", "EINVAL, as in the kernel"),
    row<&sys_munmap>(73, "munmap"),
    row<&sys_mprotect>(74, "mprotect"),
    row<&sys_madvise>(75, "madvise"),
    row<&sys_mincore>(78, "mincore"),
    row<&freebsd6_mmap>(197, "freebsd6_mmap"),
    row<&sys_mlock>(203, "mlock"),
    row<&sys_munlock>(204, "munlock"),
    row<&sys_minherit>(250, "minherit"),
    row<&sys_mlockall>(324, "mlockall"),
    row<&sys_munlockall>(325, "munlockall"),
    row<&sys_mmap>(477, "mmap"),
};

}  // namespace

void forget_future_locks() { lock_future = false; }

Rows mmap_rows() { return kRows; }

}  // namespace emulate::freebsd
