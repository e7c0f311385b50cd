#pragma once

/// Makes ELF files of any class and byte order in memory, correct or broken, for the loader's
/// tests.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "host/loader/elf_file.h"
#include "host/thunk/layout.h"

namespace emulate {

/// A descriptor of an anonymous file with the given content.
class MemoryFile {
 public:
  explicit MemoryFile(const std::vector<std::byte>& content)
      : fd_(memfd_create("test", MFD_CLOEXEC)) {
    if (write(fd_, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
      std::abort();
    }
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct ElfBuilder {
  std::uint8_t elf_class = 2;
  ByteOrder order = ByteOrder::little;
  std::uint8_t os_abi = 9;
  std::uint16_t type = kEtExec;
  std::uint16_t machine = 0xfe01;
  std::uint32_t flags = 0;
  std::uint64_t entry = 0x10000;
  std::uint64_t phoff = 0;      ///< 0: right behind the header
  std::uint16_t phentsize = 0;  ///< 0: what the class has
  std::vector<ProgramHeader> segments;
  std::vector<std::pair<std::size_t, std::vector<std::byte>>> contents;

  std::size_t header_size() const { return elf_class == 1 ? 52 : 64; }
  std::size_t ph_size() const { return elf_class == 1 ? 32 : 56; }
  /// First offset behind the headers.
  std::size_t body() const { return header_size() + segments.size() * ph_size(); }

  /// Puts bytes at a file offset.
  void put(std::size_t offset, std::vector<std::byte> bytes) {
    contents.emplace_back(offset, std::move(bytes));
  }
  void put(std::size_t offset, const std::string& text) {
    const auto* p = reinterpret_cast<const std::byte*>(text.data());
    put(offset, std::vector<std::byte>(p, p + text.size()));
  }

  std::vector<std::byte> build() const {
    bytes_.assign(header_size(), std::byte{0});
    write_header();
    const std::size_t at = phoff != 0 ? phoff : header_size();
    if (phoff == 0 || phoff < 1 << 20) {
      for (std::size_t i = 0; i < segments.size(); ++i) {
        write_segment(at + i * ph_size(), segments[i]);
      }
    }
    for (const auto& [offset, content] : contents) {
      grow(offset + content.size());
      std::copy(content.begin(), content.end(), bytes_.begin() + static_cast<long>(offset));
    }
    return std::move(bytes_);
  }

  /// A note with a 4-byte descriptor.
  std::vector<std::byte> note(const std::string& name, std::uint32_t note_type,
                              std::uint32_t value) const {
    std::vector<std::byte> out(12 + ((name.size() + 1 + 3) & ~std::size_t{3}) + 4);
    const DataModel model = data_model();
    store_scalar(model, &out[0], name.size() + 1, 4);
    store_scalar(model, &out[4], 4, 4);
    store_scalar(model, &out[8], note_type, 4);
    std::memcpy(&out[12], name.data(), name.size());
    store_scalar(model, &out[out.size() - 4], value, 4);
    return out;
  }

 private:
  DataModel data_model() const {
    DataModel model = elf_class == 1 ? kLe32 : kLe64;
    model.order = order;
    return model;
  }
  void grow(std::size_t size) const {
    if (bytes_.size() < size) bytes_.resize(size);
  }
  /// Appends consecutive fields at `at`, each {value, bytes}.
  void fields(std::size_t at,
              std::initializer_list<std::pair<std::uint64_t, unsigned>> values) const {
    for (const auto& [value, size] : values) {
      grow(at + size);
      store_scalar(data_model(), &bytes_[at], value, size);
      at += size;
    }
  }
  void write_header() const {
    const unsigned word = elf_class == 1 ? 4 : 8;
    const std::uint8_t data = order == ByteOrder::little ? 1 : 2;
    fields(
        0,
        {{0x7f, 1}, {'E', 1}, {'L', 1}, {'F', 1}, {elf_class, 1}, {data, 1}, {1, 1}, {os_abi, 1}});
    fields(16, {{type, 2},
                {machine, 2},
                {1, 4},
                {entry, word},
                {phoff != 0 ? phoff : header_size(), word},
                {0, word},
                {flags, 4},
                {header_size(), 2},
                {phentsize != 0 ? phentsize : ph_size(), 2},
                {segments.size(), 2}});
  }
  void write_segment(std::size_t at, const ProgramHeader& h) const {
    if (elf_class == 1) {
      fields(at, {{h.type, 4},
                  {h.offset, 4},
                  {h.vaddr, 4},
                  {h.vaddr, 4},
                  {h.file_size, 4},
                  {h.mem_size, 4},
                  {h.flags, 4},
                  {h.align, 4}});
    } else {
      fields(at, {{h.type, 4},
                  {h.flags, 4},
                  {h.offset, 8},
                  {h.vaddr, 8},
                  {h.vaddr, 8},
                  {h.file_size, 8},
                  {h.mem_size, 8},
                  {h.align, 8}});
    }
  }

  mutable std::vector<std::byte> bytes_;
};

}  // namespace emulate
