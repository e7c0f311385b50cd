/// What a debugger reads and writes of a stopped process: memory and registers (FreeBSD
/// sys/kern/sys_process.c).

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "emulate/register_structures.h"
#include "host/os/freebsd/ptrace/tracee.h"

namespace emulate::freebsd {
namespace {

/// The process's memory whatever its protection: breakpoints go into text that nobody may write.
class OwnMemory {
 public:
  OwnMemory() : fd_(FdTable::make_private(open("/proc/self/mem", O_RDWR | O_CLOEXEC))) {}
  OwnMemory(const OwnMemory&) = delete;
  OwnMemory& operator=(const OwnMemory&) = delete;
  ~OwnMemory() {
    if (fd_ >= 0) close(fd_);
  }
  bool read(void* to, const std::byte* from, std::size_t n) const {
    return pread(fd_, to, n, reinterpret_cast<off_t>(from)) == static_cast<ssize_t>(n);
  }
  bool write(const std::byte* to, const void* from, std::size_t n) const {
    return pwrite(fd_, from, n, reinterpret_cast<off_t>(to)) == static_cast<ssize_t>(n);
  }

 private:
  int fd_;
};

/// Calls piece(host, offset, size) for the mapped pieces of a range; false at a hole.
template <class Piece>
bool each_piece(AddressSpace& memory, GuestAddr start, std::size_t length, Piece piece) {
  for (std::size_t done = 0; done < length;) {
    const auto mapping = memory.find(start + done);
    if (!mapping || mapping->guard) return false;
    const std::size_t n =
        std::min<std::uint64_t>(length - done, mapping->end().value - (start + done).value);
    const std::byte* host = memory.host_range(start + done, n);
    if (host == nullptr || !piece(host, done, n)) return false;
    done += n;
  }
  return true;
}

TraceReply vm_entry(AddressSpace& memory, std::uint64_t index, TraceBytes& out) {
  const std::vector<Mapping> all = memory.snapshot();
  if (index > all.size()) return {EINVAL};
  if (index == all.size()) return {ENOENT};
  const Mapping& m = all[index];
  VmEntry e{m.start.value, m.end().value, m.offset, m.prot, m.inode, m.device};
  const bool file = !m.anonymous && m.name != nullptr && m.name->starts_with('/');
  const std::string path = file ? *m.name : std::string();
  out.resize(sizeof e + path.size());
  std::memcpy(out.data(), &e, sizeof e);
  std::memcpy(out.data() + sizeof e, path.data(), path.size());
  return {};
}

void copy_runs(const RegisterStructure& structure, std::span<std::byte> target,
               std::span<const std::byte> mcontext) {
  for (const RegisterRun& r : structure.runs) {
    std::memcpy(target.data() + r.target, mcontext.data() + r.mcontext, r.bytes);
  }
}

int set_runs(const FreeBsdAbi& abi, Cpu& cpu, HostServices& host,
             const RegisterStructure& structure, std::span<const std::byte> source,
             std::span<std::byte> frame) {
  if (structure.runs.empty()) return 0;
  std::vector<std::byte> mcontext(abi.frame_layout().mcontext_size);
  abi.get_mcontext(cpu, mcontext, 0, frame, GuestAddr(0));
  for (const RegisterRun& r : structure.runs) {
    std::memcpy(mcontext.data() + r.mcontext, source.data() + r.target, r.bytes);
  }
  return abi.set_mcontext(cpu, mcontext, host) == 0 ? 0 : EINVAL;
}

}  // namespace

TraceReply Tracee::memory(Process& process, const TraceRequest& request, const TraceBytes& in,
                          TraceBytes& out) {
  AddressSpace& space = process.memory();
  if (request.op == PtraceOp::vm_entry) return vm_entry(space, request.address, out);
  const OwnMemory own;
  const GuestAddr at(request.address);
  if (request.op == PtraceOp::read_d) {
    out.resize(std::min<std::uint64_t>(request.length, kTracePayload));
    const bool done = each_piece(space, at, out.size(), [&](auto* host, auto offset, auto n) {
      return own.read(&out[offset], host, n);
    });
    return {done ? 0 : EFAULT};
  }
  const bool done = each_piece(space, at, in.size(), [&](auto* host, auto offset, auto n) {
    return own.write(host, &in[offset], n);
  });
  process.engine().code_changed(at, in.size());
  return {done ? 0 : EFAULT};
}

TraceReply Tracee::registers(Process& process, const TraceRequest& request, const TraceBytes& in,
                             TraceBytes& out) {
  const FreeBsdAbi& abi = *process.machine().freebsd;
  const auto* known = dynamic_cast<const FreeBsdRegisters*>(&abi);
  if (known == nullptr) return {EINVAL};
  const bool floats = request.op == PtraceOp::getfpregs || request.op == PtraceOp::setfpregs;
  const bool get = request.op == PtraceOp::getregs || request.op == PtraceOp::getfpregs;
  const RegisterStructure structure = floats ? known->fpreg_structure() : known->reg_structure();
  if (!get && in.size() != structure.size) return {EINVAL};
  TraceReply reply{ESRCH};
  process.with_task(thread_meant(process, request), [&](Task& t) {
    // With a frame to put them, get_mcontext() gives the floating point registers too.
    std::vector<std::byte> frame(floats ? abi.frame_layout().frame_size : 0);
    if (!get) {
      reply.error = set_runs(abi, t.cpu(), process.services(), structure, in, frame);
      return;
    }
    std::vector<std::byte> mcontext(abi.frame_layout().mcontext_size);
    abi.get_mcontext(t.cpu(), mcontext, 0, frame, GuestAddr(0));
    out.assign(structure.size, std::byte{0});
    copy_runs(structure, out, mcontext);
    reply.error = 0;
  });
  reply.value = structure.size;
  return reply;
}

}  // namespace emulate::freebsd
