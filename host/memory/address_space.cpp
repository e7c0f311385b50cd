#include "host/memory/address_space.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace emulate {
namespace {

constexpr std::uint64_t kHostPage = 4096;
/// Unaligned accesses that start at the top of a 4 GiB window end here.
constexpr std::uint64_t kGuard = 64 * 1024;
constexpr std::uint64_t kSmallestWindow64 = 1ULL << 38;

/// Private memory of at least this is taken to be used as a whole: the host may give it large
/// pages, which spares misses of its TLB. (Less, or memory that is only reserved, would be touched
/// here and there.) FreeBSD's kernels do so by themselves.
constexpr std::uint64_t kLarge = 4u << 20;

bool same_kind(const Mapping& a, const Mapping& b) {
  return a.end() == b.start && a.prot == b.prot && a.max_prot == b.max_prot &&
         a.shared == b.shared && a.anonymous == b.anonymous && a.guard == b.guard &&
         a.stack == b.stack && a.inherit == b.inherit && a.device == b.device &&
         a.inode == b.inode && a.name == b.name &&
         (a.inode == 0 || a.offset + a.length == b.offset);
}

/// False when the host has no room for another mapping; then nothing has changed.
bool reserve(std::byte* at, std::uint64_t length) {
  constexpr int kFlags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  return mmap(at, length, PROT_NONE, kFlags, -1, 0) != MAP_FAILED;
}

std::shared_ptr<const std::string> name_of_fd(int fd) {
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t n = readlink(link.c_str(), path, sizeof path);
  if (n <= 0) return nullptr;
  return std::make_shared<const std::string>(path, static_cast<std::size_t>(n));
}

}  // namespace

int AddressSpace::host_prot(std::uint8_t prot) {
  int p = PROT_NONE;
  if ((prot & (kProtRead | kProtExec)) != 0) p |= PROT_READ;
  if ((prot & kProtWrite) != 0) p |= PROT_READ | PROT_WRITE;
  return p;
}

Expected<std::unique_ptr<AddressSpace>> AddressSpace::create(const Limits& limits) {
  std::unique_ptr<AddressSpace> space(new AddressSpace);
  for (std::uint64_t size = limits.window_size;; size >>= 1) {
    void* base =
        mmap(nullptr, size + kGuard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base != MAP_FAILED) {
      space->window_ = {static_cast<std::byte*>(base), size};
      space->reserved_ = size + kGuard;
      break;
    }
    if (size <= kSmallestWindow64) return host_error(ENOMEM);
  }
  space->reset(limits);
  return space;
}

AddressSpace::~AddressSpace() {
  if (window_.base != nullptr) munmap(window_.base, reserved_);
}

void AddressSpace::reset(const Limits& limits) {
  const std::lock_guard lock(mutex_);
  for (const auto& [start, m] : table_) reserve_on_host(start, m.length);
  table_.clear();
  limits_ = limits;
  limits_.window_size = window_.size;
  limits_.user_max = std::min(limits_.user_max, GuestAddr(window_.size));
  break_start_ = break_end_ = GuestAddr();
}

void AddressSpace::set_map_base(GuestAddr base) {
  const std::lock_guard lock(mutex_);
  limits_.map_base = base;
}

std::uint64_t AddressSpace::round(std::uint64_t length) const {
  const std::uint64_t mask = limits_.page_size - 1;
  return (length + mask) & ~mask;
}

bool AddressSpace::in_user_range(std::uint64_t start, std::uint64_t length) const {
  return start <= limits_.user_max.value && length <= limits_.user_max.value - start;
}

bool AddressSpace::range_free(std::uint64_t start, std::uint64_t end) const {
  auto it = table_.lower_bound(start);
  if (it != table_.end() && it->first < end) return false;
  return it == table_.begin() || std::prev(it)->second.end().value <= start;
}

bool AddressSpace::range_mapped(std::uint64_t start, std::uint64_t end) const {
  auto it = table_.upper_bound(start);
  if (it == table_.begin()) return false;
  --it;
  while (start < end) {
    if (it == table_.end() || it->first > start || it->second.end().value <= start) return false;
    start = it->second.end().value;
    ++it;
  }
  return true;
}

std::optional<std::uint64_t> AddressSpace::find_free(std::uint64_t from, std::uint64_t length,
                                                     std::uint64_t align, std::uint64_t top) const {
  std::uint64_t at = GuestAddr(from).align_up(align).value;
  auto it = table_.upper_bound(at);
  if (it != table_.begin() && std::prev(it)->second.end().value > at) --it;
  for (;; ++it) {
    const std::uint64_t gap_end = it == table_.end() ? top : std::min(it->first, top);
    if (at <= gap_end && gap_end - at >= length) return at;
    if (it == table_.end() || it->first >= top) return std::nullopt;
    at = std::max(at, GuestAddr(it->second.end().value).align_up(align).value);
  }
}

Expected<std::uint64_t> AddressSpace::choose_place(const MapRequest& r,
                                                   std::uint64_t length) const {
  const std::uint64_t page = limits_.page_size;
  if (r.fixed) {
    if ((r.address.value & (page - 1)) != 0) return host_error(EINVAL);
    if (!in_user_range(r.address.value, length)) return host_error(ENOMEM);
    if (r.exclusive && !range_free(r.address.value, r.address.value + length)) {
      return host_error(EEXIST);
    }
    return r.address.value;
  }
  std::uint64_t align = page;
  if (r.align_log2 != 0 && r.align_log2 < 48)
    align = std::max<std::uint64_t>(page, 1ULL << r.align_log2);
  std::uint64_t top = limits_.user_max.value;
  if (r.below_2g) top = std::min<std::uint64_t>(top, 1ULL << 31);
  const std::uint64_t hint = r.address.align_down(page).value;
  if (hint != 0 && hint < top) {
    if (auto at = find_free(hint, length, align, top)) return *at;
  }
  const std::uint64_t base = r.below_2g ? 0x10000 : limits_.map_base.value;
  if (auto at = find_free(base, length, align, top)) return *at;
  if (auto at = find_free(std::max<std::uint64_t>(page, 0x10000), length, align, top)) return *at;
  return host_error(ENOMEM);
}

Expected<void> AddressSpace::map_on_host(const MapRequest& r, std::uint64_t start,
                                         std::uint64_t length, Mapping& m) {
  int flags = MAP_FIXED | (r.shared ? MAP_SHARED : MAP_PRIVATE);
  int prot = host_prot(r.prot);
  int fd = r.host_fd;
  if (r.guard) {
    flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    prot = PROT_NONE;
    fd = -1;
  } else if (r.anonymous && r.shared) {
    // A memfd, not MAP_ANONYMOUS, so that the object has an identity across fork (object_key).
    fd = memfd_create("guest-shared", MFD_CLOEXEC);
    if (fd < 0) return host_error(errno);
    if (ftruncate(fd, static_cast<off_t>(length)) != 0) {
      const int e = errno;
      close(fd);
      return host_error(e);
    }
  } else if (r.anonymous) {
    flags |= MAP_ANONYMOUS | MAP_NORESERVE;
    fd = -1;
  }
  void* p = mmap(host(start), length, prot, flags, fd, static_cast<off_t>(r.offset));
  const int error = errno;
  if (p != MAP_FAILED && fd >= 0) {
    struct stat st;
    if (fstat(fd, &st) == 0) {
      m.device = st.st_dev;
      m.inode = st.st_ino;
    }
    if (!r.anonymous) m.name = name_of_fd(fd);
  }
  if (r.anonymous && r.shared && fd >= 0) close(fd);
  const bool used = r.anonymous && !r.shared && !r.stack && (prot & PROT_WRITE) != 0;
  if (p != MAP_FAILED && used && length >= kLarge) (void)madvise(p, length, MADV_HUGEPAGE);
  if (p == MAP_FAILED) return host_error(error);
  return {};
}

Expected<GuestAddr> AddressSpace::map(const MapRequest& r) {
  const std::uint64_t length = round(r.length);
  if (length == 0 || length < r.length) return host_error(r.length == 0 ? EINVAL : ENOMEM);
  std::uint64_t start = 0;
  bool was_code = false;
  {
    const std::lock_guard lock(mutex_);
    const auto place = choose_place(r, length);
    if (!place) return tl::unexpected(place.error());
    start = *place;
    Mapping m;
    m.start = GuestAddr(start);
    m.length = length;
    m.prot = r.prot;
    m.max_prot = r.max_prot;
    m.shared = r.shared;
    m.inherit = r.shared ? Inherit::share : Inherit::copy;
    m.anonymous = r.anonymous || r.guard;
    m.guard = r.guard;
    m.stack = r.stack;
    m.offset = r.offset;
    if (!r.name.empty()) m.name = std::make_shared<const std::string>(r.name);
    if (auto done = map_on_host(r, start, length, m); !done) return tl::unexpected(done.error());
    was_code = erase(start, start + length);
    insert(std::move(m));
    note_remapped(start, start + length);
  }
  notify(was_code, start, length);
  return GuestAddr(start);
}

Expected<void> AddressSpace::unmap(GuestAddr start, std::uint64_t length) {
  length = round(length);
  if ((start.value & (limits_.page_size - 1)) != 0 || length == 0) return host_error(EINVAL);
  if (!in_user_range(start.value, length)) return host_error(EINVAL);
  bool was_code = false;
  {
    const std::lock_guard lock(mutex_);
    if (!reserve(host(start.value), length)) return host_error(ENOMEM);
    was_code = erase(start.value, start.value + length);
    note_remapped(start.value, start.value + length);
  }
  notify(was_code, start.value, length);
  return {};
}

Expected<void> AddressSpace::protect(GuestAddr start, std::uint64_t length, std::uint8_t prot) {
  length = round(length);
  if ((start.value & (limits_.page_size - 1)) != 0) return host_error(EINVAL);
  if (!in_user_range(start.value, length)) return host_error(ENOMEM);
  if (length == 0) return {};
  bool was_code = false;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t end = start.value + length;
    if (!range_mapped(start.value, end)) return host_error(ENOMEM);
    split(start.value);
    split(end);
    for (auto it = table_.lower_bound(start.value); it != table_.end() && it->first < end; ++it) {
      if ((prot & ~it->second.max_prot) != 0) return host_error(EACCES);
    }
    for (auto it = table_.lower_bound(start.value); it != table_.end() && it->first < end; ++it) {
      Mapping& m = it->second;
      if (m.guard) continue;
      if (mprotect(host(it->first), m.length, host_prot(prot)) != 0) return host_error(errno);
      was_code |= (m.prot & kProtExec) != 0;
      m.prot = prot;
    }
    note_remapped(start.value, end);
    // Re-inserting the first piece merges what became equal to its neighbours.
    auto it = table_.find(start.value);
    Mapping first = it->second;
    table_.erase(it);
    insert(std::move(first));
  }
  notify(was_code, start.value, length);
  return {};
}

Expected<GuestAddr> AddressSpace::remap(GuestAddr old_start, std::uint64_t old_length,
                                        std::uint64_t new_length, int flags, GuestAddr new_start) {
  old_length = round(old_length);
  new_length = round(new_length);
  if ((old_start.value & (limits_.page_size - 1)) != 0 || new_length == 0) {
    return host_error(EINVAL);
  }
  if (new_length <= old_length && (flags & MREMAP_FIXED) == 0) {
    if (new_length < old_length) {
      if (auto r = unmap(old_start + new_length, old_length - new_length); !r) {
        return tl::unexpected(r.error());
      }
    }
    return old_start;
  }
  const std::lock_guard lock(mutex_);
  const std::uint64_t old_end = old_start.value + old_length;
  if (!in_user_range(old_start.value, old_length) || !range_mapped(old_start.value, old_end)) {
    return host_error(EFAULT);
  }
  split(old_start.value);
  split(old_end);
  Mapping m = table_.at(old_start.value);
  if (m.length != old_length) return host_error(EFAULT);
  std::uint64_t place = old_start.value;
  const bool fixed = (flags & MREMAP_FIXED) != 0;
  if (fixed || !range_free(old_end, old_start.value + new_length) ||
      !in_user_range(old_start.value, new_length)) {
    if ((flags & MREMAP_MAYMOVE) == 0) return host_error(ENOMEM);
    MapRequest where;
    where.address = new_start;
    where.fixed = fixed;
    const auto chosen = choose_place(where, new_length);
    if (!chosen) return tl::unexpected(chosen.error());
    place = *chosen;
  }
  // In place, the reservation behind the mapping is in mremap's way: make room first.
  if (place == old_start.value) munmap(host(old_end), new_length - old_length);
  void* p = place == old_start.value ? mremap(host(place), old_length, new_length, 0)
                                     : mremap(host(old_start.value), old_length, new_length,
                                              MREMAP_MAYMOVE | MREMAP_FIXED, host(place));
  if (p == MAP_FAILED) return host_error(errno);
  if (place != old_start.value) {
    erase(place, place + new_length);
    erase(old_start.value, old_end);
    reserve_on_host(old_start.value, old_length);
  } else {
    table_.erase(place);
  }
  m.start = GuestAddr(place);
  m.length = new_length;
  insert(std::move(m));
  return GuestAddr(place);
}

Expected<void> AddressSpace::advise(GuestAddr start, std::uint64_t length, int host_advice) {
  length = round(length);
  if ((start.value & (limits_.page_size - 1)) != 0) return host_error(EINVAL);
  const std::lock_guard lock(mutex_);
  if (!in_user_range(start.value, length) || !range_mapped(start.value, start.value + length)) {
    return host_error(ENOMEM);
  }
  if (madvise(host(start.value), length, host_advice) != 0) return host_error(errno);
  return {};
}

Expected<void> AddressSpace::sync(GuestAddr start, std::uint64_t length, int host_flags) {
  length = round(length);
  if ((start.value & (limits_.page_size - 1)) != 0) return host_error(EINVAL);
  if (!in_user_range(start.value, length)) return host_error(ENOMEM);
  {
    const std::lock_guard lock(mutex_);
    if (!range_mapped(start.value, start.value + length)) return host_error(ENOMEM);
  }
  if (msync(host(start.value), length, host_flags) != 0) return host_error(errno);
  return {};
}

Expected<void> AddressSpace::lock(GuestAddr start, std::uint64_t length, bool on) {
  length = round(length + (start.value & (limits_.page_size - 1)));
  start = start.align_down(limits_.page_size);
  const std::lock_guard lock(mutex_);
  if (!in_user_range(start.value, length) || !range_mapped(start.value, start.value + length)) {
    return host_error(ENOMEM);
  }
  // Not mlock(): the address sanitizer's does nothing.
  if (syscall(on ? SYS_mlock : SYS_munlock, host(start.value), length) != 0) {
    return host_error(errno);
  }
  return {};
}

Expected<std::vector<std::uint8_t>> AddressSpace::resident(GuestAddr start, std::uint64_t length) {
  length = round(length);
  const std::lock_guard lock(mutex_);
  if (!in_user_range(start.value, length) || !range_mapped(start.value, start.value + length)) {
    return host_error(ENOMEM);
  }
  std::vector<unsigned char> pages(length / kHostPage);
  if (mincore(host(start.value), length, pages.data()) != 0) return host_error(errno);
  const std::uint64_t step = limits_.page_size / kHostPage;
  std::vector<std::uint8_t> out;
  for (std::uint64_t i = 0; i < pages.size(); i += step) out.push_back(pages[i] & 1);
  return out;
}

void AddressSpace::set_initial_break(GuestAddr start) {
  const std::lock_guard lock(mutex_);
  break_start_ = break_end_ = start.align_up(limits_.page_size);
}

GuestAddr AddressSpace::current_break() const {
  const std::lock_guard lock(mutex_);
  return break_end_;
}

Expected<GuestAddr> AddressSpace::set_break(GuestAddr end, std::uint64_t max_bytes) {
  const std::uint64_t page = limits_.page_size;
  GuestAddr start, old_end;
  {
    const std::lock_guard lock(mutex_);
    start = break_start_;
    old_end = break_end_;
  }
  if (end < start || end - start > max_bytes) return host_error(ENOMEM);
  const GuestAddr new_end = end.align_up(page);
  if (new_end > old_end) {
    MapRequest r;
    r.address = old_end;
    r.length = new_end - old_end;
    r.prot = kProtRead | kProtWrite;
    r.fixed = r.exclusive = r.anonymous = true;
    if (!map(r)) return host_error(ENOMEM);
  } else if (new_end < old_end) {
    if (auto r = unmap(new_end, old_end - new_end); !r) return tl::unexpected(r.error());
  }
  const std::lock_guard lock(mutex_);
  break_end_ = new_end;
  return new_end;
}

void AddressSpace::adopt_break(GuestAddr end) {
  const std::lock_guard lock(mutex_);
  break_end_ = end;
}

std::optional<Mapping> AddressSpace::find(GuestAddr address) const {
  const std::lock_guard lock(mutex_);
  auto it = table_.upper_bound(address.value);
  if (it == table_.begin()) return std::nullopt;
  --it;
  if (it->second.end() <= address) return std::nullopt;
  return it->second;
}

std::vector<Mapping> AddressSpace::snapshot() const {
  const std::lock_guard lock(mutex_);
  std::vector<Mapping> out;
  out.reserve(table_.size());
  for (const auto& [start, m] : table_) out.push_back(m);
  return out;
}

bool AddressSpace::allows(GuestAddr start, std::uint64_t length, std::uint8_t prot) const {
  const std::lock_guard lock(mutex_);
  if (!in_user_range(start.value, length) || !range_mapped(start.value, start.value + length)) {
    return false;
  }
  auto it = std::prev(table_.upper_bound(start.value));
  for (; it != table_.end() && it->first < start.value + length; ++it) {
    if ((it->second.prot & prot) != prot) return false;
  }
  return true;
}

Expected<AddressSpace::ObjectKey> AddressSpace::object_key(GuestAddr address) const {
  const auto m = find(address);
  if (!m) return host_error(EFAULT);
  if (!m->shared || m->inode == 0) return ObjectKey{0, 0, address.value};
  return ObjectKey{m->device, m->inode, m->offset + (address - m->start)};
}

void AddressSpace::split(std::uint64_t at) {
  auto it = table_.upper_bound(at);
  if (it == table_.begin()) return;
  --it;
  Mapping& left = it->second;
  if (left.start.value == at || left.end().value <= at) return;
  Mapping right = left;
  const std::uint64_t head = at - left.start.value;
  right.start = GuestAddr(at);
  right.length -= head;
  if (right.inode != 0) right.offset += head;
  left.length = head;
  table_.emplace(at, std::move(right));
}

bool AddressSpace::erase(std::uint64_t start, std::uint64_t end) {
  split(start);
  split(end);
  bool was_code = false;
  auto first = table_.lower_bound(start);
  auto last = first;
  for (; last != table_.end() && last->first < end; ++last) {
    was_code |= (last->second.prot & kProtExec) != 0;
  }
  table_.erase(first, last);
  return was_code;
}

void AddressSpace::insert(Mapping m) {
  auto next = table_.lower_bound(m.start.value);
  if (next != table_.end() && same_kind(m, next->second)) {
    m.length += next->second.length;
    next = table_.erase(next);
  }
  if (next != table_.begin()) {
    auto previous = std::prev(next);
    if (same_kind(previous->second, m)) {
      previous->second.length += m.length;
      return;
    }
  }
  const std::uint64_t start = m.start.value;
  table_.emplace(start, std::move(m));
}

void AddressSpace::reserve_on_host(std::uint64_t start, std::uint64_t length) {
  (void)reserve(host(start), length);
}

void AddressSpace::notify(bool was_code, std::uint64_t start, std::uint64_t length) {
  if (was_code && listener_ != nullptr) listener_->code_changed(GuestAddr(start), length);
}

}  // namespace emulate
