#include "host/os/freebsd/kqueue/vnodes.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "host/os/freebsd/kqueue/kqueue.h"

namespace emulate::freebsd {
namespace {

/// What an inotify event means by itself.
struct VnodeEvent {
  std::uint32_t inotify;
  std::uint32_t note;
};

constexpr VnodeEvent kEvents[] = {
    {IN_MODIFY, kNOTE_WRITE},
    {IN_MOVE_SELF, kNOTE_RENAME},
    {IN_DELETE_SELF, kNOTE_DELETE},
    {IN_UNMOUNT, kNOTE_REVOKE},
    {IN_OPEN, kNOTE_OPEN},
    {IN_CLOSE_NOWRITE, kNOTE_CLOSE},
    {IN_CLOSE_WRITE, kNOTE_CLOSE_WRITE},
    {IN_ACCESS, kNOTE_READ},
    // Entries of a directory.
    {IN_CREATE, kNOTE_WRITE},
    {IN_DELETE, kNOTE_WRITE},
    {IN_MOVED_FROM, kNOTE_WRITE},
    {IN_MOVED_TO, kNOTE_WRITE},
};

constexpr std::uint32_t kEntryChanges = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

/// The events to ask for. IN_ATTRIB also tells of the link count.
std::uint32_t inotify_mask(std::uint32_t notes) {
  std::uint32_t mask = 0;
  for (const VnodeEvent& e : kEvents) {
    if ((notes & e.note) != 0) mask |= e.inotify;
  }
  if ((notes & (kNOTE_ATTRIB | kNOTE_LINK | kNOTE_DELETE)) != 0) mask |= IN_ATTRIB;
  if ((notes & kNOTE_EXTEND) != 0) mask |= IN_MODIFY;
  if ((notes & kNOTE_LINK) != 0) mask |= kEntryChanges;
  return mask;
}

struct VnodeState final : KnoteState {
  int fd = -1;
  off_t size = 0;
  nlink_t links = 0;
};

/// inotify says that attributes changed; which ones is found by comparing.
std::uint32_t attribute_notes(const struct stat& before, const struct stat& now) {
  if (now.st_nlink > before.st_nlink) return kNOTE_LINK;
  if (now.st_nlink < before.st_nlink) return kNOTE_DELETE;
  return kNOTE_ATTRIB;
}

std::uint32_t notes_of(VnodeState& state, std::uint32_t mask) {
  std::uint32_t notes = 0;
  for (const VnodeEvent& e : kEvents) {
    if ((mask & e.inotify) != 0) notes |= e.note;
  }
  if ((mask & kEntryChanges) != 0 && (mask & IN_ISDIR) != 0) notes |= kNOTE_LINK;
  struct stat now {};
  if (fstat(state.fd, &now) != 0) return notes;
  if ((mask & IN_ATTRIB) != 0) {
    struct stat before {};
    before.st_nlink = state.links;
    notes |= attribute_notes(before, now);
  }
  if ((mask & IN_MODIFY) != 0 && now.st_size > state.size) notes |= kNOTE_EXTEND;
  if ((mask & IN_MODIFY) != 0 && now.st_size < state.size) notes |= kNOTE_ATTRIB;
  state.size = now.st_size;
  state.links = now.st_nlink;
  return notes;
}

}  // namespace

Vnodes::~Vnodes() {
  if (fd_ >= 0) close(fd_);
}

Expected<void> Vnodes::add(Kqueue& kq, Knote& kn, int fd, std::uint32_t mask) {
  if (fd_ < 0) {
    const int raw = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (raw < 0) return host_error(ENOMEM);
    fd_ = FdTable::make_private(raw);
    if (fd_ < 0) return host_error(ENOMEM);
    kq.add_source(fd_, Kqueue::kVnodeSource);
  }
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  const int wd = inotify_add_watch(fd_, path.c_str(), mask | IN_MASK_ADD);
  if (wd < 0) return host_error(errno == ENOSPC ? ENOMEM : errno);
  members_.emplace(wd, Member{&kn, mask});
  return {};
}

void Vnodes::remove(Knote& kn) {
  const auto it = std::ranges::find_if(members_, [&](auto& m) { return m.second.knote == &kn; });
  if (it == members_.end()) return;
  const int wd = it->first;
  members_.erase(it);
  if (!members_.contains(wd)) inotify_rm_watch(fd_, wd);
}

void Vnodes::collect(Kqueue& kq) {
  alignas(inotify_event) char buffer[4096];
  for (;;) {
    const ssize_t n = read(fd_, buffer, sizeof buffer);
    if (n <= 0) return;
    for (ssize_t at = 0; at < n;) {
      const auto* e = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof *e + e->len);
      const auto [first, last] = members_.equal_range(e->wd);
      for (auto it = first; it != last; ++it) {
        Knote& kn = *it->second.knote;
        if ((it->second.mask & e->mask) != 0 && vnode_event(kn, e->mask)) kq.activate(kn);
      }
    }
  }
}

bool vnode_event(Knote& kn, std::uint32_t mask) {
  auto* state = dynamic_cast<VnodeState*>(kn.state.get());
  if (state == nullptr) return true;  // EVFILT_READ of a file: its size is looked at
  const std::uint32_t notes = notes_of(*state, mask);
  const std::uint32_t asked = notes & kn.sfflags;
  // What one operation tells is reported whole once a part of it was asked for (vfs_subr.c,
  // filt_vfsvnode()): a write that extends the file, an entry that is a directory. The attributes
  // are another operation.
  constexpr std::uint32_t together = kNOTE_WRITE | kNOTE_EXTEND | kNOTE_LINK;
  const bool whole = (asked & together) != 0 && (notes & kNOTE_ATTRIB) == 0;
  kn.event.fflags |= whole ? asked | (notes & together) : asked;
  if ((mask & IN_UNMOUNT) != 0) kn.event.flags |= kEV_EOF;
  return asked != 0 || (mask & IN_UNMOUNT) != 0;
}

namespace {

class VnodeFilter final : public Filter {
 public:
  bool is_fd() const override { return true; }
  Expected<void> attach(Kqueue& kq, Knote& kn) const override {
    const int fd = static_cast<int>(kn.event.ident);
    struct stat st {};
    if (fstat(fd, &st) != 0) return host_error(errno);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) return host_error(EINVAL);
    auto state = std::make_unique<VnodeState>();
    state->fd = fd;
    state->size = st.st_size;
    state->links = st.st_nlink;
    kn.state = std::move(state);
    return start(kq, kn);
  }
  void detach(Kqueue& kq, Knote& kn) const override { kq.vnodes().remove(kn); }
  bool ready(Kqueue&, Knote& kn) const override { return kn.event.fflags != 0 || kn.has(kEV_EOF); }
  void change(Kqueue& kq, Knote& kn, const Kevent& change) const override {
    Filter::change(kq, kn, change);
    kq.vnodes().remove(kn);
    (void)start(kq, kn);
  }

 private:
  static Expected<void> start(Kqueue& kq, Knote& kn) {
    const std::uint32_t mask = inotify_mask(kn.sfflags);
    if (mask == 0) return {};
    return kq.vnodes().add(kq, kn, static_cast<int>(kn.event.ident), mask);
  }
};

constexpr VnodeFilter kFilter;

}  // namespace

const Filter& kVnodeFilter = kFilter;

}  // namespace emulate::freebsd
