#include "host/os/freebsd/companions.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "host/os/freebsd/capsicum/limits.h"
#include "host/os/freebsd/pipe.h"
#include "host/os/freebsd/ptrace/channel.h"

namespace emulate::freebsd {
namespace {

/// Tells a note from everything else a guest can have: a signal number that none of its calls sets
/// as the one of asynchronous input, on a file that has no such thing.
constexpr int kNoteSignal = 63;

/// A note is these, one a descriptor, then the ioctls that are left.
struct Entry {
  bool limited = false;
  bool has_ioctls = false;
  bool two_way = false;  ///< the next of the further descriptors is the way back
  bool reading = false;
  bool starts = false;  ///< the first of an SCM_RIGHTS item: the host makes one of all
  std::uint32_t fcntls = 0;
  std::uint32_t ioctls = 0;  ///< how many
  CapRights rights;
};

/// The descriptors of all SCM_RIGHTS items, what else there is, and where the items start.
struct Rights {
  std::vector<int> fds;
  std::vector<std::size_t> starts;
  std::vector<std::byte> others;
};

Rights find_rights(const std::vector<std::byte>& control) {
  Rights rights;
  for (std::size_t at = 0; at + sizeof(cmsghdr) <= control.size();) {
    cmsghdr h{};
    std::memcpy(&h, &control[at], sizeof h);
    if (h.cmsg_len < CMSG_LEN(0)) break;
    const std::size_t data = h.cmsg_len - CMSG_LEN(0);
    const auto item =
        std::span(control).subspan(at, std::min(CMSG_SPACE(data), control.size() - at));
    if (h.cmsg_level == SOL_SOCKET && h.cmsg_type == SCM_RIGHTS) {
      rights.starts.push_back(rights.fds.size());
      rights.fds.resize(rights.fds.size() + data / sizeof(int));
      std::memcpy(rights.fds.data() + rights.starts.back(), &item[CMSG_LEN(0)], data);
    } else {
      rights.others.insert(rights.others.end(), item.begin(), item.end());
    }
    at += item.size();
  }
  return rights;
}

void append_rights(std::vector<std::byte>& control, const std::vector<int>& fds) {
  const std::size_t size = fds.size() * sizeof(int);
  cmsghdr h{};
  h.cmsg_len = CMSG_LEN(size);
  h.cmsg_level = SOL_SOCKET;
  h.cmsg_type = SCM_RIGHTS;
  const std::size_t at = control.size();
  control.resize(at + CMSG_SPACE(size));
  std::memcpy(&control[at], &h, sizeof h);
  std::memcpy(&control[at + CMSG_LEN(0)], fds.data(), size);
}

/// Whoever made the other end. A socket without one may have any number of readers.
bool goes_to_emulate(int socket) {
  const int peer = trace_peer(socket);
  return peer > 0 && is_emulate(peer);
}

int write_note(const std::vector<Entry>& entries, const std::vector<std::uint64_t>& ioctls) {
  const int fd = FdTable::make_private(memfd_create("emulate-note", MFD_CLOEXEC));
  if (fd < 0) return -1;
  const auto bytes = [](const auto& v) { return v.size() * sizeof v[0]; };
  const bool written =
      write(fd, entries.data(), bytes(entries)) == static_cast<ssize_t>(bytes(entries)) &&
      write(fd, ioctls.data(), bytes(ioctls)) == static_cast<ssize_t>(bytes(ioctls)) &&
      fcntl(fd, F_SETSIG, kNoteSignal) == 0;
  if (written) return fd;
  close(fd);
  return -1;
}

bool is_note(int fd) {
  struct stat st {};
  return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0 &&
         fcntl(fd, F_GETSIG) == kNoteSignal;
}

/// What a note says; empty where it is none.
struct Note {
  std::vector<Entry> entries;
  std::vector<std::uint64_t> ioctls;
};

Note read_note(int fd, std::size_t count) {
  Note note;
  note.entries.resize(count);
  const auto size = static_cast<ssize_t>(count * sizeof(Entry));
  if (pread(fd, note.entries.data(), static_cast<std::size_t>(size), 0) != size) return {};
  std::size_t ioctls = 0;
  for (const Entry& e : note.entries) ioctls += e.ioctls;
  constexpr std::size_t kMost = 1 << 16;
  if (ioctls > kMost) return {};
  note.ioctls.resize(ioctls);
  const auto rest = static_cast<ssize_t>(ioctls * sizeof(std::uint64_t));
  if (pread(fd, note.ioctls.data(), static_cast<std::size_t>(rest), size) != rest) return {};
  return note;
}

void apply_limits(int fd, const Entry& e, std::span<const std::uint64_t> ioctls) {
  DescriptorLimits limits;
  limits.rights = e.rights;
  limits.fcntls = e.fcntls;
  if (e.has_ioctls) limits.ioctls.emplace(ioctls.begin(), ioctls.end());
  Capabilities::instance().limit(fd, std::move(limits));
}

}  // namespace

SentCompanions::SentCompanions(Task& task, int socket, std::vector<std::byte>& control) {
  Rights sent = find_rights(control);
  std::vector<Entry> entries(sent.fds.size());
  std::vector<std::uint64_t> ioctls;
  std::vector<int> ways_back;
  bool any = sent.starts.size() > 1;
  for (const std::size_t i : sent.starts) {
    if (i < entries.size()) entries[i].starts = true;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Entry& e = entries[i];
    const DescriptorLimits limits = Capabilities::instance().limits(sent.fds[i]);
    e.limited = !limits.unlimited();
    e.rights = limits.rights;
    e.fcntls = limits.fcntls;
    e.has_ioctls = limits.ioctls.has_value();
    if (limits.ioctls) {
      e.ioctls = static_cast<std::uint32_t>(limits.ioctls->size());
      ioctls.insert(ioctls.end(), limits.ioctls->begin(), limits.ioctls->end());
    }
    if (const auto end = pipe_end(task, sent.fds[i])) {
      e.two_way = true;
      e.reading = end->reading;
      ways_back.push_back(end->back);
    }
    any |= e.limited || e.two_way;
  }
  if (!any || !goes_to_emulate(socket)) return;
  note_ = write_note(entries, ioctls);
  if (note_ < 0) return;
  sent.fds.push_back(note_);
  sent.fds.insert(sent.fds.end(), ways_back.begin(), ways_back.end());
  control = std::move(sent.others);
  append_rights(control, sent.fds);
}

SentCompanions::~SentCompanions() {
  if (note_ >= 0) close(note_);
}

std::vector<std::vector<int>> take_companions(Task& task, std::vector<int> fds) {
  const auto note_at = std::ranges::find_if(fds, is_note);
  if (note_at == fds.end()) return {std::move(fds)};
  std::vector<int> further(note_at + 1, fds.end());
  const int note_fd = *note_at;
  fds.erase(note_at, fds.end());
  const Note note = read_note(note_fd, fds.size());
  close(note_fd);
  std::vector<std::vector<int>> items(1);
  std::size_t next_way = 0;
  std::size_t next_ioctl = 0;
  for (std::size_t i = 0; i < fds.size(); ++i) {
    const Entry e = i < note.entries.size() ? note.entries[i] : Entry{};
    if (e.starts && !items.back().empty()) items.emplace_back();
    items.back().push_back(fds[i]);
    const auto ioctls = std::span(note.ioctls).subspan(next_ioctl, e.ioctls);
    if (e.limited) apply_limits(fds[i], e, ioctls);
    next_ioctl += e.ioctls;
    if (!e.two_way || next_way == further.size()) continue;
    const int back = FdTable::make_private(further[next_way++]);
    if (back >= 0) task.process().fds().attach(fds[i], std::make_shared<PipeEnd>(back, e.reading));
  }
  for (; next_way < further.size(); ++next_way) close(further[next_way]);
  return items;
}

}  // namespace emulate::freebsd
