#include "host/os/start_memory.h"

#include <algorithm>
#include <cerrno>

#include "host/memory/copy.h"
#include "host/task/personality.h"

namespace emulate {

Expected<StackPlace> map_main_stack(Process& process, GuestAddr highest, bool executable) {
  const MemoryLayout& layout = process.personality().abi().memory_layout();
  AddressSpace& space = process.memory();
  const std::uint64_t page = process.machine().page_size;
  const std::uint64_t asked = process.options().stack_size;
  StackPlace place;
  place.prot = kProtRead | kProtWrite;
  if (executable) place.prot |= kProtExec;
  place.top = std::min(layout.stack_top, highest).align_down(page);
  const std::uint64_t most = place.top.value / 2;
  if (asked > most) return host_error(ENOMEM);
  const std::uint64_t size = asked != 0 ? asked : std::min(layout.stack_size, most);
  place.base = (place.top - size).align_down(page);

  MapRequest request;
  request.address = place.base;
  request.length = place.top - place.base;
  request.prot = place.prot;
  request.fixed = true;
  request.anonymous = true;
  request.stack = true;
  request.name = "[stack]";
  if (auto r = space.map(request); !r) return tl::unexpected(r.error());

  MapRequest guard;
  guard.address = place.base - page;
  guard.length = page;
  guard.fixed = true;
  guard.exclusive = true;
  guard.guard = true;
  guard.anonymous = true;
  (void)space.map(guard);  // something else there guards as well
  return place;
}

Expected<void> map_code_page(Process& process, GuestAddr at, std::span<const std::byte> code,
                             const char* name) {
  AddressSpace& space = process.memory();
  const std::uint64_t page = process.machine().page_size;
  MapRequest request;
  request.address = at;
  request.length = page;
  request.prot = kProtRead | kProtWrite;
  request.fixed = true;
  request.anonymous = true;
  request.name = name;
  if (auto r = space.map(request); !r) return tl::unexpected(r.error());
  if (auto r = copyout(space, at, code.data(), code.size()); !r) return r;
  return space.protect(at, page, kProtRead | kProtExec);
}

}  // namespace emulate
