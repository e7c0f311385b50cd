#include "host/os/freebsd/ucontext.h"

#include <vector>

#include "host/os/freebsd/personality.h"

namespace emulate::freebsd {
namespace {

constexpr std::size_t round_up(std::size_t n, std::size_t alignment) {
  return (n + alignment - 1) & ~(alignment - 1);
}

}  // namespace

UcontextLayout ucontext_layout(Task& task) {
  const FreeBsdFrameLayout& frame = abi_of(task).frame_layout();
  const DataModel& model = task.model();
  UcontextLayout l;
  l.mcontext_size = frame.mcontext_size;
  l.mcontext_offset = round_up(guest_size<Sigset>(model), frame.mcontext_align);
  l.tail_offset = round_up(l.mcontext_offset + l.mcontext_size, model.long_bytes);
  l.size = round_up(l.tail_offset + guest_size<UcontextTail>(model), frame.mcontext_align);
  return l;
}

Expected<void> store_context(Task& task, GuestAddr address) {
  const UcontextLayout l = ucontext_layout(task);
  std::vector<std::byte> bytes(l.tail_offset);
  const std::span<std::byte> view(bytes);
  encode(task.model(), Sigset(task.signal_mask()), view.first(guest_size<Sigset>(task.model())));
  abi_of(task).get_mcontext(task.cpu(), view.subspan(l.mcontext_offset, l.mcontext_size),
                            kMcontextClearRet, {}, GuestAddr());
  return task.copyout(address, bytes.data(), bytes.size());
}

SysResult load_context(Task& task, GuestAddr address, std::size_t size) {
  const UcontextLayout l = ucontext_layout(task);
  std::vector<std::byte> bytes(size);
  if (auto r = task.copyin(bytes.data(), address, bytes.size()); !r) return r.error();
  const std::span<const std::byte> view(bytes);
  const int error = abi_of(task).set_mcontext(
      task.cpu(), view.subspan(l.mcontext_offset, l.mcontext_size), task.process().services());
  if (error != 0) return GuestErrno{error};
  const auto mask = decode<Sigset>(task.model(), view.first(guest_size<Sigset>(task.model())));
  task.set_signal_mask(mask.set());
  return JustReturn{};
}

}  // namespace emulate::freebsd
