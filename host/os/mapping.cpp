#include "host/os/mapping.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace emulate {

Expected<void> allow_file_mapping(int status, std::uint32_t prot, MapRequest& request) {
  const int mode = status & O_ACCMODE;
  if (mode == O_WRONLY) return host_error(EACCES);
  if (request.shared && mode == O_RDONLY) {
    if ((prot & kProtWrite) != 0) return host_error(EACCES);
    request.max_prot = kProtRead | kProtExec;
  }
  return {};
}

Expected<void> for_each_resident(
    Task& task, GuestAddr start, std::uint64_t length,
    const std::function<Expected<void>(std::vector<std::uint8_t>& pages)>& act) {
  constexpr std::uint64_t kPiece = 1ULL << 30;
  for (std::uint64_t done = 0; done < length; done += kPiece) {
    auto pages = task.memory().resident(start + done, std::min(kPiece, length - done));
    if (!pages) return tl::unexpected(pages.error());
    if (auto ok = act(*pages); !ok) return ok;
  }
  return {};
}

}  // namespace emulate
