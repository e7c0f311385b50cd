#pragma once

/// Calls that the host kernel answers. Guest and host speak the same interface, so a call is
/// described by its signature alone:
///
///     pass<SYS_mkdirat, AtNewPath, Mode>("mkdirat")
///
/// Descriptors are checked, paths resolved, buffers handed over in place, structures converted from
/// and to the guest's data model (their layout in the host's model is the host's own).

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include <boost/container/small_vector.hpp>

#include "host/os/fd.h"
#include "host/os/linux/params.h"
#include "host/os/linux/port.h"
#include "host/os/linux/syscalls.h"
#include "host/signal/blocking.h"

namespace emulate::linux_os {

// The kinds of plain numbers that rows of these calls name.
using I32 = std::int32_t;
using I64 = std::int64_t;
using U32 = std::uint32_t;

/// The model the host kernel speaks.
inline constexpr DataModel kHostModel = kLe64;

using HostBytes = boost::container::small_vector<std::byte, 128>;

/// Lets a structure look at itself after it was read: 32-bit programs leave the padding of some
/// undefined.
template <class T>
void clean(const DataModel&, T&) {}

class HostArgs {
 public:
  void add(long v) { values_[count_++] = v; }
  void add(const void* p) { add(reinterpret_cast<long>(p)); }
  long operator[](unsigned i) const { return values_[i]; }

 private:
  long values_[6] = {};
  unsigned count_ = 0;
};

/// How a parameter becomes host arguments: prepare() before the call, finish() after its success.
template <class P>
struct HostArg;

template <class P>
requires(std::is_arithmetic_v<P> || std::is_enum_v<P>) struct HostArg<P> {
  Expected<void> prepare(Task&, const P& p, HostArgs& out) {
    out.add(static_cast<long>(p));
    return {};
  }
  Expected<void> finish(Task&, const P&) { return {}; }
};

template <class P>
requires(std::is_same_v<P, ULong> || std::is_same_v<P, Long>) struct HostArg<P> {
  Expected<void> prepare(Task&, const P& p, HostArgs& out) {
    out.add(static_cast<long>(p.value));
    return {};
  }
  Expected<void> finish(Task&, const P&) { return {}; }
};

template <>
struct HostArg<Fd> {
  Expected<void> prepare(Task& task, Fd fd, HostArgs& out) {
    const auto number = guest_fd(task, fd);
    if (!number) return tl::unexpected(number.error());
    out.add(*number);
    return {};
  }
  Expected<void> finish(Task&, Fd) { return {}; }
};

template <>
struct HostArg<OpenFlags> {
  Expected<void> prepare(Task& task, OpenFlags flags, HostArgs& out) {
    out.add(static_cast<long>(port_flags_to_host(port_of(task).open_flags, bits(flags))));
    return {};
  }
  Expected<void> finish(Task&, OpenFlags) { return {}; }
};

template <>
struct HostArg<SignalNumber> {
  Expected<void> prepare(Task& task, SignalNumber s, HostArgs& out) {
    out.add(task.process().personality().signal_to_host(number(s)));
    return {};
  }
  Expected<void> finish(Task&, SignalNumber) { return {}; }
};

template <Follow F, bool C>
struct HostArg<Path<F, C>> {
  HostPath resolved;
  Expected<void> prepare(Task& task, const Path<F, C>& p, HostArgs& out) {
    auto path = load_path(task, p.path, F, C);
    if (!path) return tl::unexpected(path.error());
    resolved = std::move(*path);
    out.add(resolved.c_str());
    return {};
  }
  Expected<void> finish(Task&, const Path<F, C>&) { return {}; }
};

template <Follow F, bool C>
struct HostArg<AtPath<F, C>> {
  HostPath resolved;
  Expected<void> prepare(Task& task, const AtPath<F, C>& p, HostArgs& out) {
    auto path = load_path(task, p.directory, p.path, F, C);
    if (!path) return tl::unexpected(path.error());
    resolved = std::move(*path);
    out.add(resolved.dirfd);
    out.add(resolved.c_str());
    return {};
  }
  Expected<void> finish(Task&, const AtPath<F, C>&) { return {}; }
};

/// The host's view of a buffer; EFAULT outside of the guest's memory.
inline Expected<void*> host_buffer(Task& task, GuestAddr address, std::uint64_t size,
                                   bool written) {
  if (!address) return nullptr;
  void* p = written ? task.memory().host_range_for_write(address, size)
                    : task.memory().host_range(address, size);
  if (p == nullptr) return host_error(EFAULT);
  return p;
}

template <class B>
requires(std::is_same_v<B, InBuffer> || std::is_same_v<B, OutBuffer>) struct HostArg<B> {
  Expected<void> prepare(Task& task, const B& b, HostArgs& out) {
    const auto p = host_buffer(task, b.address, b.size, std::is_same_v<B, OutBuffer>);
    if (!p) return tl::unexpected(p.error());
    out.add(*p);
    out.add(static_cast<long>(b.size));
    return {};
  }
  Expected<void> finish(Task&, const B&) { return {}; }
};

template <>
struct HostArg<Text> {
  std::string text;
  Expected<void> prepare(Task& task, const Text& t, HostArgs& out) {
    if (!t.address) {
      out.add(nullptr);
      return {};
    }
    constexpr std::size_t kLongest = 4096;
    auto s = copyinstr(task.memory(), t.address, kLongest);
    if (!s) return tl::unexpected(s.error());
    text = std::move(*s);
    out.add(text.c_str());
    return {};
  }
  Expected<void> finish(Task&, const Text&) { return {}; }
};

/// A structure in the host's form.
template <class T>
struct HostForm {
  HostBytes bytes;

  void* make() {
    bytes.resize(guest_size<T>(kHostModel));
    return bytes.data();
  }
  void encode(const T& value) {
    make();
    (void)emulate::encode(kHostModel, value, std::span<std::byte>(bytes.data(), bytes.size()));
  }
  T decode() const {
    return emulate::decode<T>(kHostModel, std::span<const std::byte>(bytes.data(), bytes.size()));
  }
};

template <class P, class T>
struct HostArgLoaded {
  HostForm<T> form;
  Expected<void> prepare(Task& task, const P& p, HostArgs& out) {
    if (!p) {
      out.add(nullptr);
      return {};
    }
    auto value = p.load();
    if (!value) return tl::unexpected(value.error());
    clean(task.model(), *value);
    form.encode(*value);
    out.add(form.bytes.data());
    return {};
  }
};

template <class T>
struct HostArg<In<T>> : HostArgLoaded<In<T>, T> {
  Expected<void> finish(Task&, const In<T>&) { return {}; }
};

template <class T>
struct HostArg<InOut<T>> : HostArgLoaded<InOut<T>, T> {
  Expected<void> finish(Task&, const InOut<T>& p) {
    if (!p) return {};
    return p.store(this->form.decode());
  }
};

template <class T>
struct HostArg<Out<T>> {
  HostForm<T> form;
  Expected<void> prepare(Task&, const Out<T>& p, HostArgs& out) {
    out.add(p ? form.make() : nullptr);
    return {};
  }
  Expected<void> finish(Task&, const Out<T>& p) {
    if (!p) return {};
    return p.store(form.decode());
  }
};

/// Whether a call may sleep, and what a signal does to it.
enum class Sleep : std::uint8_t {
  no,
  restarts,  ///< ERESTARTSYS: runs again when the handler has SA_RESTART
  ends,      ///< EINTR
};

/// syscall(2) that returns -errno.
inline long raw_syscall(long number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0,
                        long a4 = 0, long a5 = 0) {
  const long r = ::syscall(number, a0, a1, a2, a3, a4, a5);
  return r == -1 ? -errno : r;
}

template <long kNumber, Sleep kSleep, class... P>
SysResult pass_call(Task& task, P... params) {
  std::tuple<HostArg<P>...> forms;
  HostArgs args;
  Expected<void> ok;
  std::apply([&](auto&... form) { ((ok = ok ? form.prepare(task, params, args) : ok), ...); },
             forms);
  if (!ok) return ok.error();
  const long r =
      kSleep == Sleep::no
          ? raw_syscall(kNumber, args[0], args[1], args[2], args[3], args[4], args[5])
          : blocking_syscall(kNumber, args[0], args[1], args[2], args[3], args[4], args[5]);
  if (r < 0) return SysResult::from_raw(r, kSleep == Sleep::restarts);
  std::apply([&](auto&... form) { ((ok = ok ? form.finish(task, params) : ok), ...); }, forms);
  if (!ok) return ok.error();
  return SysResult::value(static_cast<std::uint64_t>(r));
}

template <long kNumber, class... P>
constexpr SyscallRow pass(const char* name) {
  return row<&pass_call<kNumber, Sleep::no, P...>>(0, name);
}
/// A call that may sleep and restarts after a signal.
template <long kNumber, class... P>
constexpr SyscallRow waits(const char* name) {
  return row<&pass_call<kNumber, Sleep::restarts, P...>>(0, name);
}
/// A call that may sleep and fails with EINTR.
template <long kNumber, class... P>
constexpr SyscallRow waits_once(const char* name) {
  return row<&pass_call<kNumber, Sleep::ends, P...>>(0, name);
}

/// A row of a handler: Linux rows carry no number, the port has it.
template <auto Handler>
constexpr SyscallRow call(const char* name) {
  return row<Handler>(0, name);
}

}  // namespace emulate::linux_os
