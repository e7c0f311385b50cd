#include "host/os/freebsd/kqueue/process_events.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "host/os/freebsd/kqueue/kqueue.h"

namespace emulate::freebsd {
namespace {

/// Watchers of one process, at most.
constexpr int kNames = 4;

enum class Event : std::int32_t { fork, birth, exec, exit };

struct Message {
  Event event = Event::fork;
  std::int32_t value = 0;  ///< the child, the parent, the status
};

/// A name in the host's abstract space.
struct Name {
  sockaddr_un address{};
  socklen_t size = 0;

  Name(int pid, int number) {
    const std::string text = fmt::format("emulate-process-{}-{}", pid, number);
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, text.data(), text.size());
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  }
};

// --- telling -------------------------------------------------------------------------------------

class Announcer {
 public:
  static Announcer& instance() {
    static Announcer announcer;
    return announcer;
  }

  /// To watchers of this process and to those of its ancestors.
  void tell(Event event, int value) {
    const std::scoped_lock lock(mutex_);
    for (int n = 0; n < kNames; ++n) send(Name(getpid(), n), {event, value});
    for (const Name& name : inherited_) send(name, {event, value});
  }

  /// In a child: who heard of its parent hears of it.
  void born() {
    const std::scoped_lock lock(mutex_);
    const int parent = getppid();
    const Message message{Event::birth, parent};
    std::vector<Name> heard;
    for (const Name& name : inherited_) {
      if (send(name, message)) heard.push_back(name);
    }
    for (int n = 0; n < kNames; ++n) {
      const Name name(parent, n);
      if (send(name, message)) heard.push_back(name);
    }
    inherited_ = std::move(heard);
  }

  /// Only ancestors' watchers: others see the end by themselves.
  void ended(int status) {
    const std::scoped_lock lock(mutex_);
    for (const Name& name : inherited_) send(name, {Event::exit, status});
  }

 private:
  Announcer() : socket_(FdTable::make_private(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))) {
    pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                   [] { instance().mutex_.unlock(); });
  }
  bool send(const Name& name, const Message& message) const {
    return sendto(socket_, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&name.address),
                  name.size) == static_cast<ssize_t>(sizeof message);
  }

  std::mutex mutex_;
  const int socket_;
  std::vector<Name> inherited_;
};

// --- listening -----------------------------------------------------------------------------------

int open_socket(int pid) {
  const int fd =
      FdTable::make_private(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  for (int n = 0; n < kNames; ++n) {
    const Name name(pid, n);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&name.address), name.size) == 0) return fd;
  }
  close(fd);
  return -1;
}

struct Heard {
  int sender;
  Message message;
};

/// The next message of the user's own processes or the superuser's.
std::optional<Heard> receive(int fd) {
  for (;;) {
    Heard heard{};
    iovec v{&heard.message, sizeof heard.message};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(ucred))> control{};
    msghdr m{};
    m.msg_iov = &v;
    m.msg_iovlen = 1;
    m.msg_control = control.data();
    m.msg_controllen = control.size();
    const ssize_t n = recvmsg(fd, &m, 0);
    if (n < 0) return std::nullopt;
    const cmsghdr* c = CMSG_FIRSTHDR(&m);
    if (n != static_cast<ssize_t>(sizeof heard.message) || c == nullptr ||
        c->cmsg_type != SCM_CREDENTIALS) {
      continue;
    }
    ucred who{};
    std::memcpy(&who, CMSG_DATA(c), sizeof who);
    // Process 0: of another process namespace, whose numbers mean nothing here.
    if ((who.uid != geteuid() && who.uid != 0) || who.pid == 0) continue;
    heard.sender = who.pid;
    return heard;
  }
}

void hear(Kqueue& kq, const Heard& heard) {
  switch (heard.message.event) {
    case Event::fork:
      kq.process_forked(heard.sender, heard.message.value);
      break;
    case Event::birth:
      kq.process_forked(heard.message.value, heard.sender);
      break;
    case Event::exec:
      kq.process_executed(heard.sender);
      break;
    case Event::exit:
      kq.process_ended(heard.sender, heard.message.value);
      break;
  }
}

}  // namespace

ProcessEvents::~ProcessEvents() {
  for (const auto& [pid, fd] : sockets_) close(fd);
  if (epoll_ >= 0) close(epoll_);
}

void ProcessEvents::listen(Kqueue& kq, int pid) {
  if (sockets_.contains(pid)) return;
  if (epoll_ < 0) {
    epoll_ = FdTable::make_private(epoll_create1(EPOLL_CLOEXEC));
    if (epoll_ < 0) return;
    kq.add_source(epoll_, Kqueue::kProcessSource);
  }
  const int fd = open_socket(pid);
  if (fd < 0) return;
  sockets_.emplace(pid, fd);
  epoll_event e{EPOLLIN, {.fd = fd}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e);
}

void ProcessEvents::stop(int pid) {
  const auto it = sockets_.find(pid);
  if (it == sockets_.end()) return;
  close(it->second);
  sockets_.erase(it);
}

void ProcessEvents::collect(Kqueue& kq) {
  std::array<epoll_event, 16> events;
  const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < n; ++i) {
    while (const auto heard = receive(events[static_cast<std::size_t>(i)].data.fd)) {
      hear(kq, *heard);
    }
  }
}

void announce_fork(int child) { Announcer::instance().tell(Event::fork, child); }
void announce_birth() { Announcer::instance().born(); }
void announce_exec() { Announcer::instance().tell(Event::exec, 0); }
void announce_exit(int status) { Announcer::instance().ended(status); }

}  // namespace emulate::freebsd
