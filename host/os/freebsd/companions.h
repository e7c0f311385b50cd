#pragma once

/// What emulate knows of descriptors and the host does not, when they are sent to another process
/// (SCM_RIGHTS): a pipe's way back, the rights that are left (Capsicum), which came in one item. It
/// goes with them as further descriptors, the first of them a note that says what belongs to what;
/// a receiver that is an emulate process takes these out again, and to others none are sent.

#include <cstddef>
#include <vector>

#include "host/task/task.h"

namespace emulate::freebsd {

/// Extends ancillary data of the host's that is about to be sent on `socket`; the note is closed
/// with this object.
class SentCompanions {
 public:
  SentCompanions(Task& task, int socket, std::vector<std::byte>& control);
  ~SentCompanions();
  SentCompanions(const SentCompanions&) = delete;
  SentCompanions& operator=(const SentCompanions&) = delete;

 private:
  int note_ = -1;
};

/// The items that the sender made of the received descriptors: what is not the guest's is taken
/// out, and what it says applied.
std::vector<std::vector<int>> take_companions(Task& task, std::vector<int> fds);

}  // namespace emulate::freebsd
