#include "host/os/linux/signal_tables.h"

#include <sys/wait.h>

#include <algorithm>
#include <span>

#include "host/task/task.h"

namespace emulate::linux_os {
namespace {

/// Real-time signals that the host's C library keeps to itself, and emulate's own.
constexpr bool has_no_host_number(int signal) {
  return signal == 32 || signal == 33 || signal >= 64;
}

/// Which member of siginfo_t's union is meant (Linux kernel/signal.c, siginfo_layout()).
enum class Union : std::uint8_t { kill, timer, poll, fault, child, queue, sys };

Union union_of(int host_signo, int code) {
  if (code > SI_USER && code < SI_KERNEL) {
    switch (host_signo) {
      case SIGILL:
      case SIGFPE:
      case SIGSEGV:
      case SIGBUS:
      case SIGTRAP:
        return Union::fault;
      case SIGCHLD:
        return Union::child;
      case SIGSYS:
        return Union::sys;
      case SIGPOLL:
        return Union::poll;
      default:
        return Union::kill;
    }
  }
  switch (code) {
    case SI_TIMER:
      return Union::timer;
    case SI_SIGIO:
      return Union::poll;
    case SI_USER:
    case SI_KERNEL:
    case SI_TKILL:
      return Union::kill;
    default:
      return code < 0 ? Union::queue : Union::kill;
  }
}

/// Codes that mips numbers differently (Linux arch/mips/include/uapi/asm/siginfo.h).
constexpr NumberPair kMipsCodes[] = {{-2, SI_ASYNCIO}, {-3, SI_TIMER}, {-4, SI_MESGQ}};

NumberPairs codes_of(const Port& port) {
  return port.siginfo_code_first ? NumberPairs(kMipsCodes) : NumberPairs();
}

/// Writes or reads the members of a siginfo_t one after the other.
class SiginfoCursor {
 public:
  SiginfoCursor(const DataModel& model, std::size_t at) : model_(model), at_(at) {}
  std::size_t next(std::size_t size) {
    at_ = (at_ + size - 1) & ~(size - 1);
    const std::size_t here = at_;
    at_ += size;
    return here;
  }
  void put(SiginfoBytes& b, std::uint64_t value, std::size_t size) {
    store_scalar(model_, &b[next(size)], value, size);
  }
  std::uint64_t get(const SiginfoBytes& b, std::size_t size) {
    return load_scalar(model_, &b[next(size)], size);
  }

 private:
  const DataModel& model_;
  std::size_t at_;
};

std::size_t union_offset(const DataModel& model) { return model.is64() ? 16 : 12; }

}  // namespace

int signal_to_host(const Port& port, int guest_signal) {
  const int host = number_to_host(port.signals, guest_signal);
  return has_no_host_number(host) ? 0 : host;
}

int signal_to_guest(const Port& port, int host_signal) {
  if (has_no_host_number(host_signal)) return 0;
  return number_to_guest(port.signals, host_signal);
}

// Linux include/linux/signal.h, the sig_kernel_* sets
DefaultAction signal_default_action(int host_signal) {
  switch (host_signal) {
    case SIGQUIT:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGFPE:
    case SIGSEGV:
    case SIGBUS:
    case SIGSYS:
    case SIGXCPU:
    case SIGXFSZ:
      return DefaultAction::core;
    case SIGCHLD:
    case SIGWINCH:
    case SIGURG:
      return DefaultAction::ignore;
    case SIGCONT:
      return DefaultAction::resume;
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return DefaultAction::stop;
    default:
      return DefaultAction::terminate;
  }
}

GuestSignal signal_from_host(const Port& port, const siginfo_t& info, int guest_signo) {
  GuestSignal g;
  g.signo = guest_signo != 0 ? guest_signo : signal_to_guest(port, info.si_signo);
  g.code = info.si_code;
  g.error = info.si_errno;
  switch (union_of(info.si_signo, info.si_code)) {
    case Union::kill:
    case Union::sys:
      g.pid = info.si_pid;
      g.uid = info.si_uid;
      break;
    case Union::queue:
      g.pid = info.si_pid;
      g.uid = info.si_uid;
      g.value = reinterpret_cast<std::uint64_t>(info.si_value.sival_ptr);
      break;
    case Union::timer:
      g.timer_id = info.si_timerid;
      g.overrun = info.si_overrun;
      g.value = reinterpret_cast<std::uint64_t>(info.si_value.sival_ptr);
      break;
    case Union::poll:
      g.band = info.si_band;
      g.fd = info.si_fd;
      break;
    case Union::child:
      g.pid = info.si_pid;
      g.uid = info.si_uid;
      g.status = info.si_code == CLD_EXITED ? info.si_status
                                            : number_to_guest(port.signals, info.si_status);
      g.user_time = info.si_utime;
      g.system_time = info.si_stime;
      break;
    case Union::fault:
      break;
  }
  return g;
}

SiginfoBytes make_siginfo(const Port& port, const DataModel& model, const GuestSignal& s) {
  SiginfoBytes b{};
  const auto code = static_cast<std::uint32_t>(number_to_guest(codes_of(port), s.code));
  SiginfoCursor head(model, 0);
  head.put(b, static_cast<std::uint32_t>(s.signo), 4);
  head.put(b, port.siginfo_code_first ? code : static_cast<std::uint32_t>(s.error), 4);
  head.put(b, port.siginfo_code_first ? static_cast<std::uint32_t>(s.error) : code, 4);
  SiginfoCursor c(model, union_offset(model));
  const std::size_t word = model.long_bytes;
  const auto put_sender = [&] {
    c.put(b, static_cast<std::uint32_t>(s.pid), 4);
    c.put(b, s.uid, 4);
  };
  switch (union_of(number_to_host(port.signals, s.signo), s.code)) {
    case Union::kill:
      put_sender();
      break;
    case Union::queue:
      put_sender();
      c.put(b, s.value, word);
      break;
    case Union::timer:
      c.put(b, static_cast<std::uint32_t>(s.timer_id), 4);
      c.put(b, static_cast<std::uint32_t>(s.overrun), 4);
      c.put(b, s.value, word);
      break;
    case Union::poll:
      c.put(b, static_cast<std::uint64_t>(s.band), word);
      c.put(b, static_cast<std::uint32_t>(s.fd), 4);
      break;
    case Union::child:
      put_sender();
      c.put(b, static_cast<std::uint32_t>(s.status), 4);
      c.put(b, static_cast<std::uint64_t>(s.user_time), word);
      c.put(b, static_cast<std::uint64_t>(s.system_time), word);
      break;
    case Union::fault:
    case Union::sys:
      c.put(b, s.address.value, word);
      break;
  }
  return b;
}

GuestSignal read_siginfo(const Port& port, const DataModel& model, const SiginfoBytes& b) {
  GuestSignal s;
  SiginfoCursor head(model, 0);
  s.signo = static_cast<std::int32_t>(head.get(b, 4));
  const auto second = static_cast<std::int32_t>(head.get(b, 4));
  const auto third = static_cast<std::int32_t>(head.get(b, 4));
  s.code = number_to_host(codes_of(port), port.siginfo_code_first ? second : third);
  s.error = port.siginfo_code_first ? third : second;
  SiginfoCursor c(model, union_offset(model));
  s.pid = static_cast<std::int32_t>(c.get(b, 4));
  s.uid = static_cast<std::uint32_t>(c.get(b, 4));
  s.value = c.get(b, model.long_bytes);
  return s;
}

int wait_status_to_guest(const Port& port, int status) {
  if (WIFSTOPPED(status)) {
    return W_STOPCODE(number_to_guest(port.signals, WSTOPSIG(status))) | (status & ~0xffff);
  }
  if (!WIFSIGNALED(status)) return status;
  return (status & ~0x7f) | number_to_guest(port.signals, WTERMSIG(status));
}

std::size_t sigset_bytes(const Port& port) {
  return static_cast<std::size_t>(port.signal_count) / 8;
}

SignalSet decode_sigset(const Port& port, const DataModel& model, const std::byte* in) {
  SignalSet set;
  const std::size_t word = model.long_bytes;
  for (std::size_t at = 0; at < sigset_bytes(port); at += word) {
    set.bits[at / 8] |= load_scalar(model, in + at, word) << (at % 8 * 8);
  }
  return set;
}

void encode_sigset(const Port& port, const DataModel& model, const SignalSet& set, std::byte* out) {
  const std::size_t word = model.long_bytes;
  for (std::size_t at = 0; at < sigset_bytes(port); at += word) {
    store_scalar(model, out + at, set.bits[at / 8] >> (at % 8 * 8), word);
  }
}

Expected<SignalSet> load_sigset(const Task& task, GuestAddr address, std::uint64_t size) {
  const Port& port = port_of(task);
  if (size != sigset_bytes(port)) return host_error(EINVAL);
  std::byte bytes[16];
  if (auto r = task.copyin(bytes, address, size); !r) return tl::unexpected(r.error());
  return decode_sigset(port, task.model(), bytes);
}

Expected<void> store_sigset(const Task& task, GuestAddr address, const SignalSet& set) {
  const Port& port = port_of(task);
  std::byte bytes[16];
  encode_sigset(port, task.model(), set, bytes);
  return task.copyout(address, bytes, sigset_bytes(port));
}

}  // namespace emulate::linux_os
