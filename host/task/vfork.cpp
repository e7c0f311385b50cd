/// How a vfork child's changes to memory get to its parent. The child is a fork of its own, so that
/// it can execute a program in place; what it wrote and mapped travels through a pipe when it
/// executes a program or ends, which is also when the parent goes on.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "host/task/access.h"

namespace emulate {
namespace {

enum class Step : std::uint32_t {
  unmap,
  map,      ///< anonymous, writable for the pages that follow
  bytes,    ///< followed by them
  protect,  ///< final protection of a mapping
  heap,     ///< address is the heap's end
  exec,     ///< the last one, unless the child ends
};

struct Record {
  Step step = Step::unmap;
  std::uint32_t prot = 0;
  std::uint64_t address = 0;
  std::uint64_t length = 0;
};

using Page = std::array<std::byte, AddressSpace::kTrackedPage>;

bool write_all(int fd, const void* data, std::size_t n) {
  const auto* p = static_cast<const std::byte*>(data);
  while (n > 0) {
    const ssize_t w = write(fd, p, n);
    if (w < 0 && errno == EINTR) continue;
    if (w <= 0) return false;
    p += w;
    n -= static_cast<std::size_t>(w);
  }
  return true;
}

bool read_all(int fd, void* data, std::size_t n) {
  auto* p = static_cast<std::byte*>(data);
  while (n > 0) {
    const ssize_t r = read(fd, p, n);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return false;
    p += r;
    n -= static_cast<std::size_t>(r);
  }
  return true;
}

class Sender {
 public:
  Sender(AddressSpace& memory, int channel) : memory_(memory), channel_(channel) {}

  void send(const AddressSpace::Changes& changes) {
    for (const AddressSpace::Range& r : changes.remapped) send_range(r);
    for (const AddressSpace::Patch& p : changes.patches) send_bytes(p.at, p.bytes);
    if (changes.break_end) send({Step::heap, 0, changes.break_end->value, 0});
  }
  void send_exec() { send({Step::exec, 0, 0, 0}); }

 private:
  void send(const Record& record) { (void)write_all(channel_, &record, sizeof record); }

  void send_page(GuestAddr at) {
    Page page{};
    if (!copyin(memory_, page.data(), at, page.size())) return;
    send_bytes(at, page);
  }

  void send_bytes(GuestAddr at, std::span<const std::byte> bytes) {
    send({Step::bytes, 0, at.value, bytes.size()});
    (void)write_all(channel_, bytes.data(), bytes.size());
  }

  /// Shared mappings are left as they are: the child's cannot be had by the parent.
  void send_range(const AddressSpace::Range& r) {
    std::vector<Mapping> inside;
    for (const Mapping& m : memory_.snapshot()) {
      if (m.start.value < r.end && m.end().value > r.start) inside.push_back(m);
    }
    const auto is_shared = [](const Mapping& m) { return m.shared; };
    if (std::any_of(inside.begin(), inside.end(), is_shared)) return;
    send({Step::unmap, 0, r.start, r.end - r.start});
    for (const Mapping& m : inside) {
      const std::uint64_t from = std::max(m.start.value, r.start);
      const std::uint64_t length = std::min(m.end().value, r.end) - from;
      send({Step::map, 0, from, length});
      if ((m.prot & (kProtRead | kProtWrite)) != 0) send_resident(GuestAddr(from), length);
      send({Step::protect, m.prot, from, length});
    }
  }

  void send_resident(GuestAddr from, std::uint64_t length) {
    // In pieces: reservations can be large.
    constexpr std::uint64_t kPiece = 1ULL << 30;
    for (; length > kPiece; from = from + kPiece, length -= kPiece) send_resident(from, kPiece);
    const auto resident = memory_.resident(from, length);
    if (!resident || resident->empty()) return;
    const std::uint64_t step = length / resident->size();
    for (std::size_t i = 0; i < resident->size(); ++i) {
      if ((*resident)[i] == 0) continue;
      for (std::uint64_t at = 0; at < step; at += AddressSpace::kTrackedPage) {
        send_page(from + i * step + at);
      }
    }
  }

  AddressSpace& memory_;
  int channel_;
};

void apply(AddressSpace& memory, const Record& record) {
  const GuestAddr at(record.address);
  switch (record.step) {
    case Step::unmap:
      (void)memory.unmap(at, record.length);
      break;
    case Step::map: {
      MapRequest r;
      r.address = at;
      r.length = record.length;
      r.prot = kProtRead | kProtWrite;
      r.fixed = r.anonymous = true;
      (void)memory.map(r);
      break;
    }
    case Step::protect:
      (void)memory.protect(at, record.length, static_cast<std::uint8_t>(record.prot));
      break;
    case Step::heap:
      memory.adopt_break(at);
      break;
    case Step::bytes:
    case Step::exec:
      break;
  }
}

}  // namespace

void release_vfork_parent(Process& process, VforkChild what) {
  int& channel = ProcessAccess(process).vfork_channel();
  if (channel < 0) return;
  Sender sender(process.memory(), channel);
  sender.send(process.memory().stop_tracking());
  if (what == VforkChild::executes) sender.send_exec();
  close(channel);
  channel = -1;
}

void wait_for_vfork_child(AddressSpace& memory, int channel, int pid) {
  Record record;
  bool executes = false;
  while (read_all(channel, &record, sizeof record)) {
    executes = executes || record.step == Step::exec;
    if (record.step != Step::bytes) {
      apply(memory, record);
      continue;
    }
    Page page{};
    const std::size_t n = std::min<std::size_t>(record.length, page.size());
    if (!read_all(channel, page.data(), n)) break;
    (void)copyout(memory, GuestAddr(record.address), page.data(), n);
  }
  close(channel);
  if (executes) return;
  // The child's end of the channel closes before the host lets the child be waited for.
  siginfo_t unused;
  while (waitid(P_PID, static_cast<id_t>(pid), &unused, WEXITED | WNOWAIT | __WALL) != 0 &&
         errno == EINTR) {
  }
}

}  // namespace emulate
