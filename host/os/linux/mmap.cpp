#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>

#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/mapping.h"

/// Linux mm/mmap.c and its neighbours, on the guest's address space.

namespace emulate::linux_os {
namespace {

constexpr std::uint32_t kProtAll = kProtRead | kProtWrite | kProtExec;
constexpr std::uint32_t kProtGrowsDown = 0x01000000;
constexpr std::uint32_t kProtGrowsUp = 0x02000000;

struct MmapArgs {
  GuestAddr address;
  std::uint64_t length = 0;
  std::uint32_t prot = 0;
  std::uint32_t flags = 0;
  Fd fd{-1};
  std::uint64_t offset = 0;
};

/// What a mapping of a file needs.
Expected<void> use_file(Task& task, const MmapArgs& a, MapRequest& r) {
  const auto fd = guest_fd(task, a.fd);
  if (!fd) return tl::unexpected(fd.error());
  const int status = ::fcntl(*fd, F_GETFL);
  if (status < 0 || (status & O_PATH) != 0) return host_error(EBADF);
  if (auto ok = allow_file_mapping(status, a.prot, r); !ok) return ok;
  r.host_fd = *fd;
  r.offset = a.offset;
  return {};
}

SysResult map_memory(Task& task, const MmapArgs& a) {
  const std::uint32_t flags = port_flags_to_host(port_of(task).mmap_flags, a.flags);
  const std::uint32_t kind = flags & MAP_TYPE;
  if (kind != MAP_SHARED && kind != MAP_PRIVATE && kind != MAP_SHARED_VALIDATE) {
    return HostErrno{EINVAL};
  }
  const std::uint64_t page_mask = task.memory().limits().page_size - 1;
  if (a.length == 0 || (a.offset & page_mask) != 0) return HostErrno{EINVAL};
  if ((flags & MAP_HUGETLB) != 0) return HostErrno{ENOMEM};
  MapRequest r;
  r.address = a.address;
  r.length = a.length;
  r.prot = static_cast<std::uint8_t>(a.prot & kProtAll);
  r.fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
  r.exclusive = (flags & MAP_FIXED_NOREPLACE) != 0;
  r.shared = kind != MAP_PRIVATE;
  r.anonymous = (flags & MAP_ANONYMOUS) != 0;
  r.stack = (flags & MAP_GROWSDOWN) != 0;
  if (!r.anonymous) {
    if (auto ok = use_file(task, a, r); !ok) return ok.error();
  }
  const auto mapped = task.memory().map(r);
  if (!mapped) return mapped.error();
  if ((flags & MAP_LOCKED) != 0) (void)task.memory().lock(*mapped, a.length, true);
  return SysResult::value(mapped->value);
}

SysResult sys_mmap(Task& task, GuestAddr address, ULong length, Flags prot, Flags flags, Fd fd,
                   ULong offset) {
  return map_memory(task, {address, length, bits(prot), bits(flags), fd, offset});
}

/// The offset counts pages of 4 KiB, whatever the page size is.
SysResult sys_mmap2(Task& task, GuestAddr address, ULong length, Flags prot, Flags flags, Fd fd,
                    std::uint32_t pages) {
  return map_memory(task,
                    {address, length, bits(prot), bits(flags), fd, std::uint64_t{pages} << 12});
}

SysResult sys_munmap(Task& task, GuestAddr address, ULong length) {
  return SysResult::from(task.memory().unmap(address, length));
}

SysResult sys_mprotect(Task& task, GuestAddr address, ULong length, Flags prot) {
  const std::uint32_t wanted = bits(prot);
  if ((wanted & ~(kProtAll | port_of(task).prot_ignored | kProtGrowsDown | kProtGrowsUp)) != 0) {
    return HostErrno{EINVAL};
  }
  GuestAddr start = address;
  std::uint64_t size = length;
  if ((wanted & kProtGrowsDown) != 0) {
    const auto mapping = task.memory().find(address);
    if (!mapping || !mapping->stack) return HostErrno{EINVAL};
    size += address - mapping->start;
    start = mapping->start;
  }
  return SysResult::from(
      task.memory().protect(start, size, static_cast<std::uint8_t>(wanted & kProtAll)));
}

SysResult sys_mremap(Task& task, GuestAddr old_start, ULong old_length, ULong new_length,
                     Flags flags, GuestAddr new_start) {
  const std::uint32_t f = bits(flags);
  if ((f & ~std::uint32_t{MREMAP_MAYMOVE | MREMAP_FIXED}) != 0) return HostErrno{EINVAL};
  if ((f & MREMAP_FIXED) != 0 && (f & MREMAP_MAYMOVE) == 0) return HostErrno{EINVAL};
  return SysResult::from(
      task.memory().remap(old_start, old_length, new_length, static_cast<int>(f), new_start));
}

SysResult sys_madvise(Task& task, GuestAddr start, ULong length, std::int32_t advice) {
  return SysResult::from(task.memory().advise(start, length, advice));
}

SysResult sys_msync(Task& task, GuestAddr start, ULong length, Flags flags) {
  constexpr std::uint32_t kKnown = MS_ASYNC | MS_INVALIDATE | MS_SYNC;
  const std::uint32_t f = bits(flags);
  if ((f & ~kKnown) != 0 || (f & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC)) {
    return HostErrno{EINVAL};
  }
  return SysResult::from(task.memory().sync(start, length, static_cast<int>(f)));
}

SysResult sys_mincore(Task& task, GuestAddr start, ULong length, GuestAddr vector) {
  const std::uint64_t mask = task.memory().limits().page_size - 1;
  if ((start.value & mask) != 0) return HostErrno{EINVAL};
  const std::uint64_t whole = (length + mask) & ~mask;
  if (whole < length || start + whole > task.memory().limits().user_max || start + whole < start) {
    return HostErrno{ENOMEM};
  }
  const auto store = [&](std::vector<std::uint8_t>& pages) -> Expected<void> {
    auto ok = task.copyout(vector, pages.data(), pages.size());
    vector = vector + pages.size();
    return ok;
  };
  return SysResult::from(for_each_resident(task, start, whole, store));
}

SysResult sys_mlock(Task& task, GuestAddr start, ULong length) {
  return SysResult::from(task.memory().lock(start, length, true));
}
SysResult sys_mlock2(Task& task, GuestAddr start, ULong length, Flags flags) {
  if ((bits(flags) & ~std::uint32_t{MLOCK_ONFAULT}) != 0) return HostErrno{EINVAL};
  return SysResult::from(task.memory().lock(start, length, true));
}
SysResult sys_munlock(Task& task, GuestAddr start, ULong length) {
  return SysResult::from(task.memory().lock(start, length, false));
}

/// Locking everything would lock emulate's reservation of the whole address space: what is mapped
/// is locked now, later mappings are not.
SysResult sys_mlockall(Task& task, Flags flags) {
  constexpr std::uint32_t kKnown = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
  if (bits(flags) == 0 || (bits(flags) & ~kKnown) != 0) return HostErrno{EINVAL};
  if ((bits(flags) & MCL_CURRENT) == 0) return SysResult::ok();
  for (const Mapping& m : task.memory().snapshot()) {
    if (m.prot == 0) continue;
    if (auto r = task.memory().lock(m.start, m.length, true); !r) return r.error();
  }
  return SysResult::ok();
}
SysResult sys_munlockall(Task& task) {
  for (const Mapping& m : task.memory().snapshot()) {
    (void)task.memory().lock(m.start, m.length, false);
  }
  return SysResult::ok();
}

/// The heap's end is exact to the byte, the mapping that holds it to the page.
SysResult sys_brk(Task& task, GuestAddr end) {
  AddressSpace& memory = task.memory();
  GuestAddr& exact = personality_of(task).program_break;
  if (exact.align_up(memory.limits().page_size) != memory.current_break()) {
    exact = memory.current_break();
  }
  if (end) {
    const auto limit = task.process().personality().abi().memory_layout().data_size;
    if (memory.set_break(end, limit)) exact = end;
  }
  return SysResult::value(exact.value);
}

/// The kernel's old way to rearrange a shared mapping of a file.
SysResult sys_remap_file_pages(Task& task, GuestAddr start, ULong length, ULong prot, ULong page,
                               ULong flags) {
  if (prot.value != 0) return HostErrno{EINVAL};
  const std::uint64_t mask = task.memory().limits().page_size - 1;
  const GuestAddr from(start.value & ~mask);
  const std::uint64_t size = length & ~mask;
  const auto mapping = task.memory().find(from);
  if (!mapping || !mapping->shared || size == 0 ||
      size > mapping->length - (from - mapping->start)) {
    return HostErrno{EINVAL};
  }
  const auto* host = task.memory().host_range(from, size);
  if (host == nullptr) return HostErrno{EINVAL};
  return SysResult::from_raw(
      raw_syscall(SYS_remap_file_pages, reinterpret_cast<long>(host), static_cast<long>(size), 0,
                  static_cast<long>(page * (mask + 1) / 4096), static_cast<long>(flags.value)));
}

// --- protection keys, as on a CPU without them (Linux mm/mprotect.c) -----------------------------

SysResult sys_pkey_alloc(Task&, ULong flags, ULong rights) {
  if (flags.value != 0 || rights.value > 3) return HostErrno{EINVAL};
  return HostErrno{ENOSPC};
}
SysResult sys_pkey_free(Task&, std::int32_t) { return HostErrno{EINVAL}; }
SysResult sys_pkey_mprotect(Task& task, GuestAddr address, ULong length, Flags prot,
                            std::int32_t key) {
  if (key != -1) return HostErrno{EINVAL};
  return sys_mprotect(task, address, length, prot);
}

constexpr SyscallRow kRows[] = {
    call<&sys_brk>("brk"),
    call<&sys_madvise>("madvise"),
    pass<SYS_memfd_create, Text, Flags>("memfd_create"),
    pass<SYS_memfd_secret, Flags>("memfd_secret"),
    call<&sys_mincore>("mincore"),
    call<&sys_mlock>("mlock"),
    call<&sys_mlock2>("mlock2"),
    call<&sys_mlockall>("mlockall"),
    call<&sys_mmap>("mmap"),
    call<&sys_mmap2>("mmap2"),
    call<&sys_mprotect>("mprotect"),
    call<&sys_mremap>("mremap"),
    call<&sys_msync>("msync"),
    call<&sys_munlock>("munlock"),
    call<&sys_munlockall>("munlockall"),
    call<&sys_munmap>("munmap"),
    call<&sys_pkey_alloc>("pkey_alloc"),
    call<&sys_pkey_free>("pkey_free"),
    call<&sys_pkey_mprotect>("pkey_mprotect"),
    partial<&sys_remap_file_pages>(0, "remap_file_pages",
                                   "/proc/self/maps shows the offsets as they were"),
};

}  // namespace

Rows mmap_rows() { return kRows; }

}  // namespace emulate::linux_os
