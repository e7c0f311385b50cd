#pragma once

/// Guest descriptors. A guest descriptor number is the host descriptor of the same number; this
/// table holds only what the host kernel does not know about some of them (kqueues, procdescs,
/// capability rights), and which numbers belong to emulate itself.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <typeinfo>
#include <vector>

#include "host/thunk/result.h"

namespace emulate {

/// State attached to an open file description by the personality. Shared by duplicates.
class FdObject {
 public:
  virtual ~FdObject() = default;
  /// Does fork's child inherit it? (kqueues are not inherited.)
  virtual bool survives_fork() const { return true; }
  /// Has it a length that ftruncate may set? (Not what is a file of the host's only.)
  virtual bool has_length() const { return true; }
  /// The guest is closing other descriptors, `first` to `last` (kqueues drop what they watch
  /// there, which takes a descriptor that is still open).
  virtual void descriptors_closed(int first, int last) {
    (void)first;
    (void)last;
  }
};

class FdTable {
 public:
  void attach(int fd, std::shared_ptr<FdObject> object);
  /// The object on `fd` if it is a T.
  template <class T>
  std::shared_ptr<T> get(int fd) const {
    return std::dynamic_pointer_cast<T>(find(fd));
  }
  std::shared_ptr<FdObject> find(int fd) const;

  /// To be told of every guest close, dup and close-on-exec: keeps the table in step. Closes (of
  /// the target of a dup2 too) are announced before the host closes.
  void closed(int fd);
  void closed_range(int first, int last);
  void duplicated(int from, int to);
  /// Takes over another table's entries (a child that shares memory starts with them).
  void copy_from(const FdTable& other);
  /// In a forked child: closes what is not inherited.
  void after_fork_child();
  /// Before a program is replaced: drops what close-on-exec closes.
  void before_exec();

  /// Moves one of emulate's own descriptors out of the guest's sight (a high number,
  /// close-on-exec) and protects it from the guest's close. Returns the new number, or -1 with
  /// errno; `fd` is closed in any case.
  static int make_private(int fd);
  /// True for emulate's own descriptors: the guest gets EBADF.
  static bool is_private(int fd);
  /// Lowest number of emulate's own descriptors; the guest's RLIMIT_NOFILE ends below.
  static int private_base();

  /// Puts RLIMIT_NOFILE back to what it was before emulate made room for its own descriptors.
  static void restore_limit();
  /// The soft limit the guest started with.
  static std::uint64_t original_limit();

  void fork_lock() { mutex_.lock(); }
  void fork_unlock() { mutex_.unlock(); }

 private:
  mutable std::mutex mutex_;
  std::map<int, std::shared_ptr<FdObject>> objects_;
};

}  // namespace emulate
