// ptrace(2): FreeBSD sys/kern/sys_process.c, kern_ptrace().

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "emulate/register_structures.h"
#include "host/os/freebsd/ptrace/ptrace.h"
#include "host/os/freebsd/ptrace/tracee.h"
#include "host/os/freebsd/ptrace/tracer.h"
#include "host/os/freebsd/signal_tables.h"

namespace emulate::freebsd {
namespace {

/// A call's arguments.
struct Call {
  Task& task;
  PtraceOp op;
  std::int32_t pid;
  GuestAddr addr;
  std::int32_t data;

  TraceRequest request() const { return {op, 0, addr.value, 0, data}; }
};

SysResult simple(const Call& c, const TraceRequest& request) {
  TraceBytes out;
  const auto reply = Tracer::instance().ask(c.pid, request, {}, out);
  if (!reply) return reply.error();
  return SysResult::ok();
}

SysResult trace_me(const Call&) {
  constexpr int kInit = 1;
  const int parent = ::getppid();
  if (Tracee::instance().tracer() != 0) return HostErrno{EBUSY};
  if (parent == kInit || !is_emulate(parent)) return HostErrno{EPERM};
  return SysResult::from(Tracee::instance().start(parent));
}

SysResult attach(const Call& c) {
  return SysResult::from(Tracer::instance().attach(c.task, c.pid));
}

SysResult kill_traced(const Call& c) { return SysResult::from(Tracer::instance().kill(c.pid)); }

SysResult go_on(const Call& c) {
  if (c.data < 0 || c.data > kSigMaxSig) return HostErrno{EINVAL};
  TraceRequest r = c.request();
  constexpr std::uint64_t kWhereItWas = 1;
  if (c.op == PtraceOp::step || c.op == PtraceOp::detach) r.address = kWhereItWas;
  return simple(c, r);
}

// --- memory --------------------------------------------------------------------------------------

/// The instruction and the data space are one.
constexpr std::size_t kWord = sizeof(std::int32_t);

SysResult read_word(const Call& c) {
  TraceBytes out;
  const auto reply =
      Tracer::instance().ask(c.pid, {PtraceOp::read_d, 0, c.addr.value, kWord, 0}, {}, out);
  if (!reply) return reply.error().value == EFAULT ? HostErrno{ENOMEM} : reply.error();
  const auto word = static_cast<std::int32_t>(load_scalar(c.task.model(), out.data(), kWord));
  return SysResult::value(static_cast<std::uint64_t>(std::int64_t{word}));
}

SysResult write_word(const Call& c) {
  TraceBytes in(kWord);
  TraceBytes out;
  store_scalar(c.task.model(), in.data(), static_cast<std::uint32_t>(c.data), kWord);
  const auto reply =
      Tracer::instance().ask(c.pid, {PtraceOp::write_d, 0, c.addr.value, 0, 0}, in, out);
  if (!reply) return reply.error().value == EFAULT ? HostErrno{ENOMEM} : reply.error();
  return SysResult::ok();
}

/// One piece of PT_IO.
Expected<void> transfer(const Call& c, bool write, GuestAddr there, GuestAddr here,
                        std::size_t size) {
  TraceBytes bytes(write ? size : 0);
  TraceBytes out;
  if (write) {
    if (auto r = c.task.copyin(bytes.data(), here, size); !r) return r;
  }
  const PtraceOp op = write ? PtraceOp::write_d : PtraceOp::read_d;
  const auto reply = Tracer::instance().ask(c.pid, {op, 0, there.value, size, 0}, bytes, out);
  if (!reply) return tl::unexpected(reply.error());
  return write ? Expected<void>() : c.task.copyout(here, out.data(), out.size());
}

SysResult io(const Call& c) {
  auto d = c.task.load<PtraceIoDesc>(c.addr);
  if (!d) return d.error();
  const bool write = d->op == kPIOD_WRITE_D || d->op == kPIOD_WRITE_I;
  if (!write && d->op != kPIOD_READ_D && d->op != kPIOD_READ_I) return HostErrno{EINVAL};
  constexpr std::uint64_t kPiece = kTracePayload / 2;
  std::uint64_t done = 0;
  for (const std::uint64_t wanted = d->len; done < wanted;) {
    const std::size_t n = std::min(kPiece, wanted - done);
    if (auto r = transfer(c, write, d->offs + done, d->addr + done, n); !r) return r.error();
    done += n;
  }
  d->len = done;
  return SysResult::from(c.task.store(c.addr, *d));
}

SysResult vm_timestamp(const Call& c) {
  // The map is never changed behind a stopped process's back: any number will do.
  return simple(c, {PtraceOp::get_event_mask, 0, 0, 0, 0});
}

SysResult vm_entry(const Call& c) {
  auto e = c.task.load<PtraceVmEntry>(c.addr);
  if (!e) return e.error();
  TraceBytes out;
  const auto index = static_cast<std::uint32_t>(e->entry);
  const auto reply = Tracer::instance().ask(c.pid, {c.op, 0, index, 0, 0}, {}, out);
  if (!reply) return reply.error();
  VmEntry m;
  std::memcpy(&m, out.data(), sizeof m);
  const std::string path(reinterpret_cast<const char*>(out.data()) + sizeof m,
                         out.size() - sizeof m);
  ++e->entry;
  e->start = m.start;
  e->end = m.end - 1;
  e->offset = m.offset;
  e->prot = m.prot;
  e->fileid = static_cast<std::int64_t>(m.inode);
  e->fsid = static_cast<std::uint32_t>(m.device);
  if (e->path && e->pathlen > 0 && !path.empty()) {
    if (path.size() + 1 > e->pathlen) return HostErrno{ENAMETOOLONG};
    if (auto r = c.task.copyout(e->path, path.c_str(), path.size() + 1); !r) return r.error();
    e->pathlen = static_cast<std::uint32_t>(path.size() + 1);
  } else {
    e->pathlen = 0;
  }
  return SysResult::from(c.task.store(c.addr, *e));
}

// --- registers -----------------------------------------------------------------------------------

SysResult get_registers(const Call& c) {
  TraceBytes out;
  const auto reply = Tracer::instance().ask(c.pid, c.request(), {}, out);
  if (!reply) return reply.error();
  return SysResult::from(c.task.copyout(c.addr, out.data(), out.size()));
}

SysResult set_registers(const Call& c) {
  const auto* known = dynamic_cast<const FreeBsdRegisters*>(c.task.process().machine().freebsd);
  if (known == nullptr) return HostErrno{EINVAL};
  const bool floats = c.op == PtraceOp::setfpregs;
  TraceBytes in((floats ? known->fpreg_structure() : known->reg_structure()).size);
  if (auto r = c.task.copyin(in.data(), c.addr, in.size()); !r) return r.error();
  TraceBytes out;
  const auto reply = Tracer::instance().ask(c.pid, c.request(), in, out);
  if (!reply) return reply.error();
  return SysResult::ok();
}

/// The machines have no structure for them worth the name.
SysResult no_debug_registers(const Call&) { return HostErrno{EINVAL}; }

// --- threads and events --------------------------------------------------------------------------

Expected<LwpInfo> ask_lwp(const Call& c) {
  TraceBytes out;
  const auto reply = Tracer::instance().ask(c.pid, {PtraceOp::lwpinfo, 0, 0, 0, 0}, {}, out);
  if (!reply) return tl::unexpected(reply.error());
  LwpInfo info;
  if (out.size() != sizeof info) return host_error(ESRCH);
  std::memcpy(&info, out.data(), sizeof info);
  return info;
}

SysResult lwp_info(const Call& c) {
  const DataModel& model = c.task.model();
  const auto info = ask_lwp(c);
  if (!info) return info.error();
  std::vector<std::byte> bytes(guest_size<PtraceLwpinfo>(model));
  if (c.data <= 0 || static_cast<std::size_t>(c.data) > bytes.size()) return HostErrno{EINVAL};
  PtraceLwpinfo pl;
  pl.lwpid = info->tid;
  pl.event = info->event;
  pl.flags = info->flags;
  pl.sigmask = info->mask;
  pl.siglist = info->pending;
  if ((info->flags & kPL_FLAG_SI) != 0) pl.siginfo = make_siginfo(model, info->signal);
  std::copy(info->name.begin(), info->name.end(), pl.tdname);
  if ((info->flags & kPL_FLAG_FORKED) != 0) pl.child_pid = info->child;
  if ((info->flags & (kPL_FLAG_SCE | kPL_FLAG_SCX)) != 0) {
    pl.syscall_code = info->code;
    pl.syscall_narg = info->narg;
  }
  if (!encode(model, pl, std::span(bytes))) return HostErrno{EOVERFLOW};
  return SysResult::from(c.task.copyout(c.addr, bytes.data(), static_cast<std::size_t>(c.data)));
}

/// Words as registers are wide.
SysResult store_words(const Call& c, std::span<const std::uint64_t> words) {
  if (c.data < 0) return HostErrno{EINVAL};
  const std::size_t width = c.task.model().long_bytes;
  std::vector<std::byte> bytes(words.size() * width);
  for (std::size_t i = 0; i < words.size(); ++i) {
    store_scalar(c.task.model(), &bytes[i * width], words[i], width);
  }
  const std::size_t n = std::min(bytes.size(), static_cast<std::size_t>(c.data));
  return SysResult::from(c.task.copyout(c.addr, bytes.data(), n));
}

SysResult syscall_arguments(const Call& c) {
  const auto info = ask_lwp(c);
  if (!info) return info.error();
  if ((info->flags & (kPL_FLAG_SCE | kPL_FLAG_SCX)) == 0) return HostErrno{EINVAL};
  return store_words(c, info->arguments);
}

/// struct ptrace_sc_ret: two registers, then the error (FreeBSD 13).
SysResult syscall_return(const Call& c) {
  const auto info = ask_lwp(c);
  if (!info) return info.error();
  if ((info->flags & kPL_FLAG_SCX) == 0) return HostErrno{EINVAL};
  const std::size_t width = c.task.model().long_bytes;
  std::vector<std::byte> bytes(3 * width);
  store_scalar(c.task.model(), bytes.data(), info->retval[0], width);
  store_scalar(c.task.model(), &bytes[width], info->retval[1], width);
  store_scalar(c.task.model(), &bytes[2 * width], static_cast<std::uint32_t>(info->error), 4);
  if (c.data <= 0 || static_cast<std::size_t>(c.data) > bytes.size()) return HostErrno{EINVAL};
  return SysResult::from(c.task.copyout(c.addr, bytes.data(), static_cast<std::size_t>(c.data)));
}

Expected<std::vector<std::int32_t>> ask_threads(const Call& c) {
  TraceBytes out;
  const auto reply = Tracer::instance().ask(c.pid, {PtraceOp::getlwplist, 0, 0, 0, 0}, {}, out);
  if (!reply) return tl::unexpected(reply.error());
  std::vector<std::int32_t> tids(out.size() / sizeof(std::int32_t));
  std::memcpy(tids.data(), out.data(), tids.size() * sizeof(std::int32_t));
  return tids;
}

SysResult count_threads(const Call& c) {
  const auto tids = ask_threads(c);
  if (!tids) return tids.error();
  return SysResult::value(tids->size());
}

SysResult list_threads(const Call& c) {
  if (c.data <= 0) return HostErrno{EINVAL};
  auto tids = ask_threads(c);
  if (!tids) return tids.error();
  tids->resize(std::min(tids->size(), static_cast<std::size_t>(c.data)));
  std::vector<std::byte> bytes(tids->size() * 4);
  for (std::size_t i = 0; i < tids->size(); ++i) {
    store_scalar(c.task.model(), &bytes[i * 4], static_cast<std::uint32_t>((*tids)[i]), 4);
  }
  if (auto r = c.task.copyout(c.addr, bytes.data(), bytes.size()); !r) return r.error();
  return SysResult::value(tids->size());
}

/// PT_SETSTEP, PT_SUSPEND and their opposites.
SysResult change_thread(const Call& c) { return simple(c, c.request()); }

Expected<std::uint32_t> event_mask(const Call& c) {
  TraceBytes out;
  const auto reply = Tracer::instance().ask(c.pid, {PtraceOp::get_event_mask, 0, 0, 0, 0}, {}, out);
  if (!reply) return tl::unexpected(reply.error());
  return static_cast<std::uint32_t>(reply->value);
}

SysResult set_mask(const Call& c, std::uint32_t mask) {
  return simple(c, {PtraceOp::set_event_mask, 0, 0, 0, static_cast<std::int32_t>(mask)});
}

/// PT_FOLLOW_FORK, PT_LWP_EVENTS: one bit of the mask each.
SysResult switch_event(const Call& c) {
  const std::uint32_t bit = c.op == PtraceOp::follow_fork ? kPTRACE_FORK : kPTRACE_LWP;
  const auto mask = event_mask(c);
  if (!mask) return mask.error();
  return set_mask(c, c.data != 0 ? *mask | bit : *mask & ~bit);
}

SysResult get_event_mask(const Call& c) {
  const auto mask = event_mask(c);
  if (!mask) return mask.error();
  if (c.data != static_cast<std::int32_t>(kWord)) return HostErrno{EINVAL};
  std::byte bytes[kWord];
  store_scalar(c.task.model(), bytes, *mask, kWord);
  return SysResult::from(c.task.copyout(c.addr, bytes, kWord));
}

SysResult set_event_mask(const Call& c) {
  if (c.data != static_cast<std::int32_t>(kWord)) return HostErrno{EINVAL};
  std::byte bytes[kWord];
  if (auto r = c.task.copyin(bytes, c.addr, kWord); !r) return r.error();
  const auto mask = static_cast<std::uint32_t>(load_scalar(c.task.model(), bytes, kWord));
  // What is no process or not ours comes before what is no event.
  if (auto known = event_mask(c); !known) return known.error();
  if ((mask & ~kPTRACE_all) != 0) return HostErrno{EINVAL};
  return set_mask(c, mask);
}

struct Row {
  PtraceOp op;
  SysResult (*handler)(const Call&);
};

constexpr Row kRequests[] = {
    {PtraceOp::trace_me, &trace_me},
    {PtraceOp::read_i, &read_word},
    {PtraceOp::read_d, &read_word},
    {PtraceOp::write_i, &write_word},
    {PtraceOp::write_d, &write_word},
    {PtraceOp::cont, &go_on},
    {PtraceOp::kill, &kill_traced},
    {PtraceOp::step, &go_on},
    {PtraceOp::attach, &attach},
    {PtraceOp::detach, &go_on},
    {PtraceOp::io, &io},
    {PtraceOp::lwpinfo, &lwp_info},
    {PtraceOp::getnumlwps, &count_threads},
    {PtraceOp::getlwplist, &list_threads},
    {PtraceOp::clearstep, &change_thread},
    {PtraceOp::setstep, &change_thread},
    {PtraceOp::suspend, &change_thread},
    {PtraceOp::resume, &change_thread},
    {PtraceOp::to_sce, &go_on},
    {PtraceOp::to_scx, &go_on},
    {PtraceOp::syscall, &go_on},
    {PtraceOp::follow_fork, &switch_event},
    {PtraceOp::lwp_events, &switch_event},
    {PtraceOp::get_event_mask, &get_event_mask},
    {PtraceOp::set_event_mask, &set_event_mask},
    {PtraceOp::get_sc_args, &syscall_arguments},
    {PtraceOp::get_sc_ret, &syscall_return},
    {PtraceOp::getregs, &get_registers},
    {PtraceOp::setregs, &set_registers},
    {PtraceOp::getfpregs, &get_registers},
    {PtraceOp::setfpregs, &set_registers},
    {PtraceOp::getdbregs, &no_debug_registers},
    {PtraceOp::setdbregs, &no_debug_registers},
    {PtraceOp::vm_timestamp, &vm_timestamp},
    {PtraceOp::vm_entry, &vm_entry},
};

}  // namespace

SysResult sys_ptrace(Task& task, std::int32_t req, std::int32_t pid, GuestAddr addr,
                     std::int32_t data) {
  const Call call{task, PtraceOp(req), pid, addr, data};
  for (const Row& row : kRequests) {
    if (row.op == call.op) return row.handler(call);
  }
  // An unknown request is looked at after the process it is for.
  const auto mask = event_mask(call);
  return mask ? HostErrno{EINVAL} : mask.error();
}

}  // namespace emulate::freebsd
