#pragma once

/// Building a program's first stack.

#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "host/memory/copy.h"
#include "host/thunk/layout.h"

namespace emulate {

/// Fills guest memory from a falling address; remembers the first failure.
class StackWriter {
 public:
  StackWriter(AddressSpace& space, const DataModel& model, GuestAddr top)
      : space_(space), model_(model), at_(top) {}

  GuestAddr push_bytes(const void* data, std::size_t n) {
    at_ = (at_ - n).align_down(model_.long_bytes);
    write(at_, data, n);
    return at_;
  }
  template <class T>
  GuestAddr push(const T& value) {
    std::vector<std::byte> bytes(guest_size<T>(model_));
    encode(model_, value, bytes);
    return push_bytes(bytes.data(), bytes.size());
  }
  GuestAddr reserve(std::uint64_t n) {
    at_ = (at_ - n).align_down(model_.long_bytes);
    return at_;
  }
  void write(GuestAddr where, const void* data, std::size_t n) {
    if (auto r = copyout(space_, where, data, n); !r && status_) status_ = r;
  }
  void align(std::uint64_t alignment) { at_ = at_.align_down(alignment); }
  GuestAddr at() const { return at_; }
  const Expected<void>& status() const { return status_; }

 private:
  AddressSpace& space_;
  const DataModel& model_;
  GuestAddr at_;
  Expected<void> status_;
};

/// Bytes of strings with their NULs.
inline std::uint64_t strings_size(std::span<const std::string> strings) {
  std::uint64_t n = 0;
  for (const std::string& s : strings) n += s.size() + 1;
  return n;
}

/// Words in the guest's layout.
class WordVector {
 public:
  explicit WordVector(const DataModel& model) : model_(model) {}
  void add(std::uint64_t word) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + model_.long_bytes);
    store_scalar(model_, bytes_.data() + at, word, model_.long_bytes);
  }
  /// A pair of the auxiliary vector; Type is the OS's enumeration of them.
  template <class Type>
  requires std::is_enum_v<Type>
  void add(Type type, std::uint64_t value) {
    add(static_cast<std::uint64_t>(type));
    add(value);
  }
  /// Copies strings one after the other to `to` and adds their addresses and a null.
  void add_strings(StackWriter& writer, GuestAddr& to, std::span<const std::string> strings) {
    for (const std::string& s : strings) {
      add(to.value);
      writer.write(to, s.c_str(), s.size() + 1);
      to += s.size() + 1;
    }
    add(std::uint64_t{0});
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  const DataModel& model_;
  std::vector<std::byte> bytes_;
};

}  // namespace emulate
