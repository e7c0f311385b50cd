/// Recording of written pages by write protection, and of mapping calls by journal.

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "host/memory/address_space.h"

namespace emulate {
namespace {

/// Enough for what a child does between vfork and exec; the guest faults beyond it.
constexpr std::size_t kMaxWritten = 1 << 16;

/// Adds what differs between a page and its original.
void find_patches(GuestAddr at, const std::byte* now, const std::byte* before,
                  std::vector<AddressSpace::Patch>& to) {
  const std::byte* const end = now + AddressSpace::kTrackedPage;
  for (const std::byte* p = now; p != end;) {
    const auto [first, was] = std::mismatch(p, end, before + (p - now));
    const auto [last, same] = std::mismatch(first, end, was, std::not_equal_to<>());
    if (first != last) to.push_back({at + static_cast<std::uint64_t>(first - now), {first, last}});
    p = last;
  }
}

}  // namespace

void AddressSpace::start_tracking() {
  const std::lock_guard lock(mutex_);
  written_.clear();
  written_.reserve(kMaxWritten);
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  if (originals_ == nullptr) {
    void* room = mmap(nullptr, kMaxWritten * kTrackedPage, PROT_READ | PROT_WRITE, kFlags, -1, 0);
    if (room == MAP_FAILED) return;
    originals_ = static_cast<std::byte*>(room);
  }
  next_original_ = originals_;
  tracked_break_ = break_end_;
  tracked_.clear();
  remapped_.clear();
  for (const auto& [start, m] : table_) {
    if (m.shared || m.guard || (m.prot & kProtWrite) == 0) continue;
    if (mprotect(host(start), m.length, PROT_READ) == 0) {
      tracked_.push_back({start, m.end().value});
    }
  }
  tracking_ = true;
}

bool AddressSpace::note_write_fault(const void* host_address) noexcept {
  if (!tracking_) return false;
  const auto* p = static_cast<const std::byte*>(host_address);
  if (p < window_.base || p >= window_.base + window_.size) return false;
  const auto at = static_cast<std::uint64_t>(p - window_.base) & ~(kTrackedPage - 1);
  const auto range = std::find_if(tracked_.begin(), tracked_.end(),
                                  [at](const Range& r) { return at >= r.start && at < r.end; });
  if (range == tracked_.end()) return false;
  if (next_original_ == originals_ + kMaxWritten * kTrackedPage) return false;
  // A second fault on a page that was made writable is the guest's own.
  const auto is_here = [at](const WrittenPage& w) { return w.at == at; };
  if (std::any_of(written_.begin(), written_.end(), is_here)) return false;
  std::memcpy(next_original_, host(at), kTrackedPage);
  written_.push_back({at, next_original_});
  next_original_ += kTrackedPage;
  return mprotect(host(at), kTrackedPage, PROT_READ | PROT_WRITE) == 0;
}

std::byte* AddressSpace::host_range_for_write(GuestAddr start, std::uint64_t length) {
  std::byte* p = host_range(start, length);
  if (p == nullptr || !tracking_ || length == 0) return p;
  const std::uint64_t end = start.value + length;
  for (std::uint64_t at = start.value & ~(kTrackedPage - 1); at < end; at += kTrackedPage) {
    note_write_fault(host(at));
  }
  return p;
}

void AddressSpace::note_remapped(std::uint64_t start, std::uint64_t end) {
  if (!tracking_) return;
  std::vector<Range> rest;
  for (const Range& r : tracked_) {
    if (r.start < std::min(r.end, start)) rest.push_back({r.start, std::min(r.end, start)});
    if (std::max(r.start, end) < r.end) rest.push_back({std::max(r.start, end), r.end});
  }
  tracked_ = std::move(rest);
  std::erase_if(written_, [&](const WrittenPage& w) { return w.at >= start && w.at < end; });
  remapped_.push_back({start, end});
}

AddressSpace::Changes AddressSpace::stop_tracking() {
  const std::lock_guard lock(mutex_);
  Changes changes;
  if (!tracking_) return changes;
  tracking_ = false;
  for (const Range& r : tracked_) {
    mprotect(host(r.start), r.end - r.start, PROT_READ | PROT_WRITE);
  }
  tracked_.clear();
  for (const WrittenPage& w : written_) {
    find_patches(GuestAddr(w.at), host(w.at), w.original, changes.patches);
  }
  written_.clear();
  (void)munmap(std::exchange(originals_, nullptr), kMaxWritten * kTrackedPage);
  if (break_end_ != tracked_break_) changes.break_end = break_end_;
  changes.remapped = std::move(remapped_);
  return changes;
}

}  // namespace emulate
