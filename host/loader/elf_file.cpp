#include "host/loader/elf_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include <fmt/format.h>

#include "host/thunk/layout.h"

namespace emulate {
namespace {

constexpr std::size_t kMaxNoteBytes = 64 * 1024;
constexpr std::size_t kMaxInterpreter = 1024;
constexpr std::size_t kMaxSegments = 512;
constexpr std::uint8_t kOsAbiFreeBsd = 9;
constexpr std::uint8_t kOsAbiLinux = 3;

/// Where fields lie in the two classes' headers (gABI, "ELF Header" and "Program Header").
struct Offsets {
  std::size_t header_size, entry, phoff, flags, phentsize, phnum, word;
  std::size_t ph_size, p_flags, p_offset, p_vaddr, p_filesz, p_memsz, p_align;
};
constexpr Offsets k32{52, 24, 28, 36, 42, 44, 4, 32, 24, 4, 8, 16, 20, 28};
constexpr Offsets k64{64, 24, 32, 48, 54, 56, 8, 56, 4, 8, 16, 32, 40, 48};

bool read_exactly(int fd, std::uint64_t offset, std::span<std::byte> out) {
  if (offset > static_cast<std::uint64_t>(INT64_MAX) - out.size()) return false;
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n =
        pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

class Reader {
 public:
  Reader(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  Loaded<ElfFile> read() {
    if (auto r = read_identity(); !r) return tl::unexpected(r.error());
    if (auto r = read_segments(); !r) return tl::unexpected(r.error());
    if (auto r = read_interpreter(); !r) return tl::unexpected(r.error());
    read_notes();
    choose_os();
    return std::move(elf_);
  }

 private:
  tl::unexpected<LoadError> bad(const char* what) const {
    return load_error(ENOEXEC, fmt::format("{}: {}", name_, what));
  }
  std::uint64_t get(const std::byte* at, std::size_t bytes) const {
    return load_scalar(model_, at, bytes);
  }

  Loaded<void> read_identity() {
    std::array<std::byte, 64> h{};
    struct stat st {};
    if (fstat(fd_, &st) != 0) return load_error(errno, fmt::format("{}: cannot stat", name_));
    elf_.file_size = static_cast<std::uint64_t>(st.st_size);
    if (!read_exactly(fd_, 0, std::span(h).first(16))) return bad("not an ELF file");
    if (std::memcmp(h.data(), "\177ELF", 4) != 0) return bad("not an ELF file");
    elf_.elf_class = static_cast<std::uint8_t>(h[4]);
    const auto data = static_cast<std::uint8_t>(h[5]);
    if (elf_.elf_class != 1 && elf_.elf_class != 2) return bad("unknown ELF class");
    if (data != 1 && data != 2) return bad("unknown ELF byte order");
    elf_.order = data == 1 ? ByteOrder::little : ByteOrder::big;
    elf_.os_abi = static_cast<std::uint8_t>(h[7]);
    model_.order = elf_.order;
    at_ = elf_.elf_class == 1 ? &k32 : &k64;
    if (!read_exactly(fd_, 0, std::span(h).first(at_->header_size))) {
      return bad("truncated ELF header");
    }
    elf_.type = static_cast<std::uint16_t>(get(&h[16], 2));
    elf_.machine = static_cast<std::uint16_t>(get(&h[18], 2));
    elf_.entry = get(&h[at_->entry], at_->word);
    elf_.phoff = get(&h[at_->phoff], at_->word);
    elf_.flags = static_cast<std::uint32_t>(get(&h[at_->flags], 4));
    elf_.phentsize = static_cast<std::uint16_t>(get(&h[at_->phentsize], 2));
    segment_count_ = get(&h[at_->phnum], 2);
    if (elf_.type != kEtExec && elf_.type != kEtDyn) return bad("not an executable ELF file");
    return {};
  }

  Loaded<void> read_segments() {
    if (elf_.phentsize != at_->ph_size) return bad("bad program header size");
    if (segment_count_ == 0 || segment_count_ > kMaxSegments) {
      return bad("bad number of program headers");
    }
    std::vector<std::byte> table(segment_count_ * at_->ph_size);
    if (!read_exactly(fd_, elf_.phoff, table)) return bad("truncated program headers");
    for (std::size_t i = 0; i < segment_count_; ++i) {
      const std::byte* p = table.data() + i * at_->ph_size;
      ProgramHeader h;
      h.type = static_cast<std::uint32_t>(get(p, 4));
      h.flags = static_cast<std::uint32_t>(get(p + at_->p_flags, 4));
      h.offset = get(p + at_->p_offset, at_->word);
      h.vaddr = get(p + at_->p_vaddr, at_->word);
      h.file_size = get(p + at_->p_filesz, at_->word);
      h.mem_size = get(p + at_->p_memsz, at_->word);
      h.align = get(p + at_->p_align, at_->word);
      if (h.type == kPtGnuStack) elf_.executable_stack = (h.flags & 1) != 0;
      elf_.segments.push_back(h);
    }
    return {};
  }

  Loaded<void> read_interpreter() {
    for (const ProgramHeader& h : elf_.segments) {
      if (h.type != kPtInterp) continue;
      if (h.file_size < 2 || h.file_size > kMaxInterpreter) return bad("bad interpreter path");
      std::vector<std::byte> text(h.file_size);
      if (!read_exactly(fd_, h.offset, text)) return bad("truncated interpreter path");
      const char* s = reinterpret_cast<const char*>(text.data());
      const std::size_t n = strnlen(s, text.size());
      if (n == text.size() || n == 0) return bad("bad interpreter path");
      elf_.interpreter.assign(s, n);
    }
    return {};
  }

  void read_notes() {
    for (const ProgramHeader& h : elf_.segments) {
      if (h.type != kPtNote || h.file_size == 0) continue;
      std::vector<std::byte> notes(std::min<std::uint64_t>(h.file_size, kMaxNoteBytes));
      if (read_exactly(fd_, h.offset, notes)) parse_notes(notes);
    }
  }

  /// FreeBSD sys/sys/elf_common.h: NT_FREEBSD_ABI_TAG 1, NT_FREEBSD_FEATURE_CTL 4.
  void parse_notes(std::span<const std::byte> notes) {
    auto aligned = [](std::uint64_t n) { return (n + 3) & ~3ULL; };
    std::size_t at = 0;
    while (notes.size() - at >= 12) {
      const std::uint64_t name_size = get(&notes[at], 4);
      const std::uint64_t desc_size = get(&notes[at + 4], 4);
      const std::uint64_t type = get(&notes[at + 8], 4);
      at += 12;
      if (aligned(name_size) > notes.size() - at) return;
      const auto* name = reinterpret_cast<const char*>(notes.data() + at);
      at += aligned(name_size);
      if (desc_size > notes.size() - at) return;
      if (name_size == 8 && std::memcmp(name, "FreeBSD", 8) == 0) {
        freebsd_note_ = true;
        if (desc_size >= 4 && type == 1) {
          elf_.freebsd_osrel = static_cast<std::uint32_t>(get(&notes[at], 4));
        } else if (desc_size >= 4 && type == 4) {
          elf_.freebsd_fctl = static_cast<std::uint32_t>(get(&notes[at], 4));
        }
      }
      at += std::min<std::uint64_t>(aligned(desc_size), notes.size() - at);
    }
  }

  void choose_os() {
    const bool freebsd = elf_.os_abi == kOsAbiFreeBsd || freebsd_note_ ||
                         elf_.interpreter.starts_with("/libexec/ld-elf") ||
                         elf_.interpreter.starts_with("/usr/libexec/ld-elf");
    elf_.os = freebsd && elf_.os_abi != kOsAbiLinux ? Os::freebsd : Os::linux_;
  }

  int fd_;
  std::string name_;
  ElfFile elf_;
  DataModel model_;
  const Offsets* at_ = &k64;
  std::uint64_t segment_count_ = 0;
  bool freebsd_note_ = false;
};

}  // namespace

Loaded<ElfFile> read_elf(int fd, const std::string& name) { return Reader(fd, name).read(); }

}  // namespace emulate
