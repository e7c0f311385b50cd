/// What a forked child gets of a mapping: FreeBSD sys/vm/vm_map.c, vmspace_fork().

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "host/memory/address_space.h"

namespace emulate {
namespace {

constexpr std::size_t kPage = 4096;  // the host's

bool is_zero(const std::byte* page) {
  static constexpr std::array<std::byte, kPage> kZeros{};
  return std::memcmp(page, kZeros.data(), kPage) == 0;
}

/// Copies pages to a file of the same length. Pages beyond the end of a mapped file are left out,
/// as are zeros of `anonymous` memory, which may be large and hardly used.
bool copy_pages(const std::byte* from, std::uint64_t length, bool anonymous, int to) {
  for (std::uint64_t at = 0; at < length; at += kPage) {
    if (anonymous && is_zero(from + at)) continue;
    if (pwrite(to, from + at, kPage, static_cast<off_t>(at)) < 0 && errno != EFAULT) return false;
  }
  return true;
}

}  // namespace

Expected<void> AddressSpace::make_shared(Mapping& m) {
  const int fd = memfd_create("guest-shared", MFD_CLOEXEC);
  if (fd < 0) return host_error(errno);
  std::byte* p = host(m.start.value);
  struct stat st {};
  const bool done =
      ftruncate(fd, static_cast<off_t>(m.length)) == 0 && fstat(fd, &st) == 0 &&
      mprotect(p, m.length, host_prot(m.prot) | PROT_READ) == 0 &&
      copy_pages(p, m.length, m.anonymous, fd) &&
      mmap(p, m.length, host_prot(m.prot), MAP_FIXED | MAP_SHARED, fd, 0) != MAP_FAILED;
  const int error = errno;
  close(fd);
  if (!done) return host_error(error);
  m.shared = m.anonymous = true;
  m.offset = 0;
  m.device = st.st_dev;
  m.inode = st.st_ino;
  return {};
}

Expected<void> AddressSpace::make_private(const Mapping& m) {
  // The copy is made elsewhere and then put in the place of the shared pages.
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  std::byte* p = host(m.start.value);
  void* copy = mmap(nullptr, m.length, PROT_READ | PROT_WRITE, kFlags, -1, 0);
  if (copy == MAP_FAILED) return host_error(errno);
  (void)mprotect(p, m.length, host_prot(m.prot) | PROT_READ);
  std::memcpy(copy, p, m.length);
  (void)mprotect(copy, m.length, host_prot(m.prot));
  if (mremap(copy, m.length, m.length, MREMAP_FIXED | MREMAP_MAYMOVE, p) == MAP_FAILED) {
    return host_error(errno);
  }
  return {};
}

Expected<void> AddressSpace::set_inherit(GuestAddr start, std::uint64_t length, Inherit inherit) {
  length = round(length);
  const std::lock_guard lock(mutex_);
  if (!in_user_range(start.value, length)) return host_error(EINVAL);
  split(start.value);
  split(start.value + length);
  for (auto it = table_.lower_bound(start.value);
       it != table_.end() && it->first < start.value + length; ++it) {
    Mapping& m = it->second;
    if (inherit == Inherit::share && !m.shared && !m.guard) {
      if (auto r = make_shared(m); !r) return r;
      note_remapped(m.start.value, m.end().value);
    }
    m.inherit = inherit;
  }
  return {};
}

void AddressSpace::apply_inherit_in_child() {
  for (const Mapping& m : snapshot()) {
    if (m.inherit == Inherit::none) {
      (void)unmap(m.start, m.length);
      continue;
    }
    const bool zero = m.inherit == Inherit::zero;
    if (m.guard || (!zero && (m.inherit != Inherit::copy || !m.shared))) continue;
    const bool done =
        zero ? mmap(host(m.start.value), m.length, host_prot(m.prot),
                    MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED
             : make_private(m).has_value();
    if (!done) continue;
    const std::lock_guard lock(mutex_);
    Mapping& own = table_.at(m.start.value);
    own.shared = false;
    own.anonymous = true;
    own.device = own.inode = own.offset = 0;
  }
}

}  // namespace emulate
