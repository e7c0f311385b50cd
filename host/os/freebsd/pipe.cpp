// pipe(2): FreeBSD sys/kern/sys_pipe.c.

#include "host/os/freebsd/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/descriptors.h"

namespace emulate::freebsd {

PipeEnd::~PipeEnd() { close(back); }

std::shared_ptr<PipeEnd> pipe_end(Task& task, int fd) {
  return task.process().fds().get<PipeEnd>(fd);
}

std::shared_ptr<PipeEnd> pipe_back(Task& task, int fd, long result) {
  return result == -EBADF ? pipe_end(task, fd) : nullptr;
}

namespace {

struct Pair {
  int read_end = -1;
  int write_end = -1;

  bool open(int flags) {
    int fds[2];
    if (pipe2(fds, flags) != 0) return false;
    read_end = fds[0];
    write_end = fds[1];
    return true;
  }
  void shut() {
    const int error = errno;
    for (int& fd : {std::ref(read_end), std::ref(write_end)}) {
      if (fd >= 0) close(std::exchange(fd, -1));
    }
    errno = error;
  }
};

/// Where there is no room for emulate's own descriptors the pipe stays one-way.
void add_way_back(Task& task, const Pair& front, int flags) {
  Pair back;
  if (!back.open(O_CLOEXEC | (flags & O_NONBLOCK))) return;
  back.read_end = FdTable::make_private(back.read_end);
  back.write_end = FdTable::make_private(back.write_end);
  if (back.read_end < 0 || back.write_end < 0) return back.shut();
  FdTable& fds = task.process().fds();
  fds.attach(front.read_end, std::make_shared<PipeEnd>(back.write_end, true));
  fds.attach(front.write_end, std::make_shared<PipeEnd>(back.read_end, false));
}

Expected<Pair> make_pipe(Task& task, int flags) {
  Pair front;
  if (!front.open(flags)) return host_error(errno);
  if (auto r = limit_descriptors(task, front.read_end, front.write_end); !r) {
    return tl::unexpected(r.error());
  }
  add_way_back(task, front, flags);
  return front;
}

}  // namespace

SysResult sys_pipe(Task& task) {
  const auto pair = make_pipe(task, 0);
  if (!pair) return pair.error();
  return SysResult::pair(static_cast<std::uint64_t>(pair->read_end),
                         static_cast<std::uint64_t>(pair->write_end));
}

SysResult sys_pipe2(Task& task, OutArray<std::int32_t> fildes, Flags flags) {
  if ((bits(flags) & ~(kOCloexec | kONonblock)) != 0) return HostErrno{EINVAL};
  int host = 0;
  if ((bits(flags) & kOCloexec) != 0) host |= O_CLOEXEC;
  if ((bits(flags) & kONonblock) != 0) host |= O_NONBLOCK;
  auto pair = make_pipe(task, host);
  if (!pair) return pair.error();
  auto stored = fildes.store(0, pair->read_end);
  if (stored) stored = fildes.store(1, pair->write_end);
  if (stored) return SysResult::ok();
  task.process().fds().closed(pair->read_end);
  task.process().fds().closed(pair->write_end);
  pair->shut();
  return stored.error();
}

}  // namespace emulate::freebsd
