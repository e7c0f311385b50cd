#pragma once

/// Parameter types of system call handlers. A handler is an ordinary function
///
///     SysResult sys_fstat(Task& task, Fd fd, Out<Stat> sb);
///
/// and its parameter types say how each argument is fetched from the guest's argument slots (64-bit
/// arguments take two on 32-bit machines), how -strace prints it and how the documentation names
/// it. Bind<&sys_fstat> derives all of that.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "emulate/os_abi.h"
#include "host/task/task.h"
#include "host/thunk/layout.h"
#include "host/thunk/result.h"

namespace emulate {

/// Walks the argument slots of one call.
class ArgCursor {
 public:
  ArgCursor(Task& task, const SyscallRequest& request, bool pairs_aligned)
      : task_(task), request_(request), pairs_aligned_(pairs_aligned) {}

  Task& task() const { return task_; }
  const DataModel& model() const { return task_.model(); }

  /// The next register-wide slot.
  std::uint64_t word() { return next_ < kMaxSyscallSlots ? request_.slots[next_++] : 0; }
  std::uint32_t word32() { return static_cast<std::uint32_t>(word()); }
  /// The next 64-bit argument.
  std::uint64_t word64() {
    if (model().is64()) return word();
    if (pairs_aligned_) next_ = (next_ + 1) & ~1u;
    const std::uint64_t first = word32();
    const std::uint64_t second = word32();
    return model().order == ByteOrder::little ? first | second << 32 : first << 32 | second;
  }

 private:
  Task& task_;
  const SyscallRequest& request_;
  bool pairs_aligned_;
  unsigned next_ = 0;
};

/// How a parameter type is fetched and printed. Specialised below and by personalities:
///   static T fetch(ArgCursor&);
///   static void print(const T&, std::string& out);
template <class T>
struct Param;

template <class T>
requires(std::is_integral_v<T> && sizeof(T) <= 4) struct Param<T> {
  static T fetch(ArgCursor& c) { return static_cast<T>(c.word32()); }
  static void print(T v, std::string& out) { fmt::format_to(std::back_inserter(out), "{}", v); }
};

/// int64_t and uint64_t parameters are 64 bits on every machine (off_t, id_t pairs).
template <class T>
requires(std::is_integral_v<T> && sizeof(T) == 8) struct Param<T> {
  static T fetch(ArgCursor& c) { return static_cast<T>(c.word64()); }
  static void print(T v, std::string& out) { fmt::format_to(std::back_inserter(out), "{}", v); }
};

template <>
struct Param<GuestAddr> {
  static GuestAddr fetch(ArgCursor& c) {
    const std::uint64_t w = c.word();
    return GuestAddr(c.model().is64() ? w : w & 0xffff'ffff);
  }
  static void print(GuestAddr v, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{:#x}", v.value);
  }
};

/// size_t, u_long.
template <>
struct Param<ULong> {
  static ULong fetch(ArgCursor& c) {
    const std::uint64_t w = c.word();
    return c.model().is64() ? w : w & 0xffff'ffff;
  }
  static void print(ULong v, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{}", v.value);
  }
};

/// long, ssize_t: sign-extended from the guest's word.
template <>
struct Param<Long> {
  static Long fetch(ArgCursor& c) {
    const std::uint64_t w = c.word();
    return c.model().is64() ? static_cast<std::int64_t>(w) : static_cast<std::int32_t>(w);
  }
  static void print(Long v, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{}", v.value);
  }
};

/// A file descriptor.
enum class Fd : std::int32_t {};
constexpr int host(Fd fd) { return static_cast<int>(fd); }

template <>
struct Param<Fd> {
  static Fd fetch(ArgCursor& c) { return Fd(static_cast<std::int32_t>(c.word32())); }
  static void print(Fd v, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{}", host(v));
  }
};

/// Bits printed in hexadecimal.
enum class Flags : std::uint32_t {};
constexpr std::uint32_t bits(Flags f) { return static_cast<std::uint32_t>(f); }

template <>
struct Param<Flags> {
  static Flags fetch(ArgCursor& c) { return Flags(c.word32()); }
  static void print(Flags v, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{:#x}", bits(v));
  }
};

/// File mode, printed in octal.
enum class Mode : std::uint32_t {};
constexpr std::uint32_t bits(Mode m) { return static_cast<std::uint32_t>(m); }

template <>
struct Param<Mode> {
  static Mode fetch(ArgCursor& c) { return Mode(c.word32()); }
  static void print(Mode v, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{:#o}", bits(v));
  }
};

/// A pointer to a described structure that the call reads, writes or both. Null is allowed:
/// handlers test with operator bool where the kernel does.
template <class T>
class GuestPtr {
 public:
  GuestPtr() = default;
  GuestPtr(Task& task, GuestAddr address) : task_(&task), address_(address) {}
  GuestAddr address() const { return address_; }
  explicit operator bool() const { return address_.value != 0; }
  Task& task() const { return *task_; }

 protected:
  Expected<T> load_at(std::size_t i) const {
    auto r = task_->template load<T>(element(i));
    if (r && i == 0 && seen_) *seen_ = *r;
    return r;
  }
  Expected<void> store_at(std::size_t i, const T& v) const {
    if (i == 0 && seen_) *seen_ = v;
    return task_->template store<T>(element(i), v);
  }
  GuestAddr element(std::size_t i) const { return address_ + i * guest_size<T>(task_->model()); }

  Task* task_ = nullptr;
  GuestAddr address_;
  /// What went through, for -strace: guest memory is not read again. Shared with the handler's
  /// copy; null when nobody wants to see.
  std::shared_ptr<std::optional<T>> seen_;
  friend struct PrintGuestPtr;
};

template <class T>
class In : public GuestPtr<T> {
 public:
  using GuestPtr<T>::GuestPtr;
  Expected<T> load() const { return this->load_at(0); }
};

template <class T>
class Out : public GuestPtr<T> {
 public:
  using GuestPtr<T>::GuestPtr;
  Expected<void> store(const T& v) const { return this->store_at(0, v); }
};

template <class T>
class InOut : public GuestPtr<T> {
 public:
  using GuestPtr<T>::GuestPtr;
  Expected<T> load() const { return this->load_at(0); }
  Expected<void> store(const T& v) const { return this->store_at(0, v); }
};

/// Arrays whose length another parameter gives.
template <class T>
class InArray : public GuestPtr<T> {
 public:
  using GuestPtr<T>::GuestPtr;
  Expected<T> load(std::size_t i) const { return this->load_at(i); }
};

template <class T>
class OutArray : public GuestPtr<T> {
 public:
  using GuestPtr<T>::GuestPtr;
  Expected<void> store(std::size_t i, const T& v) const { return this->store_at(i, v); }
};

struct PrintGuestPtr {
  template <class T>
  static void keep(GuestPtr<T>& p) {
    p.seen_ = std::make_shared<std::optional<T>>();
  }
  template <class T>
  static void print(const GuestPtr<T>& p, std::string& out) {
    if (p.seen_ && *p.seen_) {
      format(kLayout<T>, &**p.seen_, out);
    } else {
      fmt::format_to(std::back_inserter(out), "{:#x}", p.address_.value);
    }
  }
};

template <class P>
requires requires(const P& p) { PrintGuestPtr::print(p, std::declval<std::string&>()); }
struct Param<P> {
  static P fetch(ArgCursor& c) { return P(c.task(), Param<GuestAddr>::fetch(c)); }
  static void print(const P& p, std::string& out) { PrintGuestPtr::print(p, out); }
};

/// A pathname argument. load() copies it in once.
class PathArg {
 public:
  PathArg() = default;
  PathArg(Task& task, GuestAddr address) : task_(&task), address_(address) {}
  GuestAddr address() const { return address_; }
  explicit operator bool() const { return address_.value != 0; }
  /// The path as the guest wrote it. EFAULT, or ENAMETOOLONG beyond the OS's limit.
  Expected<std::string> load() const {
    if (!seen_) {
      auto r = copyinstr(task_->memory(), address_, task_->process().personality().max_path());
      if (!r) return r;
      seen_ = std::move(*r);
    }
    return *seen_;
  }

 private:
  friend struct Param<PathArg>;
  Task* task_ = nullptr;
  GuestAddr address_;
  mutable std::optional<std::string> seen_;
};

template <>
struct Param<PathArg> {
  static PathArg fetch(ArgCursor& c) { return {c.task(), Param<GuestAddr>::fetch(c)}; }
  static void print(const PathArg& p, std::string& out) {
    if (p.seen_) {
      fmt::format_to(std::back_inserter(out), "\"{}\"", *p.seen_);
    } else {
      fmt::format_to(std::back_inserter(out), "{:#x}", p.address_.value);
    }
  }
};

/// Receives the printed arguments of a traced call; null when the call is not traced.
struct CallTrace {
  std::string arguments;
  /// When set, called with the arguments before the handler runs instead: for calls that may not
  /// return.
  std::function<void(const std::string& arguments)> before;
  /// When set, the answer: the call is printed, not made.
  std::optional<HostErrno> refused;
};

/// How many slots a handler's arguments take.
struct ArgShape {
  std::uint8_t count = 0;
  std::uint16_t wide = 0;  ///< bit i: argument i has 64 bits on every machine

  constexpr unsigned words(const DataModel& model, bool pairs_aligned) const {
    unsigned n = 0;
    for (unsigned i = 0; i < count; ++i) {
      const bool pair = (wide >> i & 1) != 0 && !model.is64();
      if (pair && pairs_aligned) n = (n + 1) & ~1u;
      n += pair ? 2 : 1;
    }
    return n;
  }
};

template <class... P>
constexpr ArgShape shape_of(SysResult (*)(Task&, P...)) {
  ArgShape shape{sizeof...(P), 0};
  unsigned i = 0;
  ((shape.wide |= static_cast<std::uint16_t>(
        (std::is_integral_v<std::remove_cvref_t<P>> && sizeof(std::remove_cvref_t<P>) == 8)
        << i++)),
   ...);
  return shape;
}

/// A handler with its argument fetching and printing, all of one type.
using BoundHandler = SysResult (*)(Task&, ArgCursor&, CallTrace*);

namespace detail {

/// The handler gets copies: what they load is kept where the printing finds it.
inline void prepare_trace(PathArg& path) { (void)path.load(); }
template <class T>
void prepare_trace(T& argument) {
  if constexpr (requires { PrintGuestPtr::keep(argument); }) PrintGuestPtr::keep(argument);
}

template <class... P>
SysResult call_handler(SysResult (*handler)(Task&, P...), Task& task, ArgCursor& cursor,
                       CallTrace* trace) {
  // Braced initialisation evaluates left to right: arguments come out of the cursor in order.
  std::tuple<std::remove_cvref_t<P>...> args{Param<std::remove_cvref_t<P>>::fetch(cursor)...};
  const auto print = [&] {
    std::apply(
        [&](const auto&... a) {
          bool first = true;
          ((trace->arguments += first ? "" : ", ", first = false,
            Param<std::remove_cvref_t<decltype(a)>>::print(a, trace->arguments)),
           ...);
        },
        args);
  };
  if (trace != nullptr) std::apply([](auto&... a) { (prepare_trace(a), ...); }, args);
  if (trace != nullptr && trace->refused) {
    print();
    return *trace->refused;
  }
  const bool first = trace != nullptr && trace->before;
  if (first) {
    print();
    trace->before(trace->arguments);
  }
  const SysResult result = std::apply([&](auto&... a) { return handler(task, a...); }, args);
  if (trace != nullptr && !first) print();
  return result;
}

}  // namespace detail

template <auto Handler>
SysResult bind(Task& task, ArgCursor& cursor, CallTrace* trace) {
  return detail::call_handler(Handler, task, cursor, trace);
}

}  // namespace emulate
