#include "host/loader/plugin_file.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

/// This executable's own ELF header (defined by the linker): says what "this host" is.
extern "C" [[gnu::visibility("hidden")]] const ElfW(Ehdr) __ehdr_start;

namespace emulate {
namespace {

using Header = ElfW(Ehdr);
using Section = ElfW(Shdr);
using Symbol = ElfW(Sym);

constexpr std::string_view kEntryName = "emulate_plugin";
constexpr std::size_t kMaxSections = 4096;
constexpr std::size_t kMaxTable = 16u << 20;

tl::unexpected<std::string> refuse(std::string reason) { return tl::unexpected(std::move(reason)); }

tl::expected<void, std::string> check_owner(const struct stat& st, bool directory) {
  if (directory ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode)) {
    return refuse(directory ? "not a directory" : "not a regular file");
  }
  if (st.st_uid != 0 && st.st_uid != geteuid()) {
    return refuse(
        fmt::format("unsafe permissions: owned by user {}, neither root nor you", st.st_uid));
  }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return refuse("unsafe permissions: others may write to it (chmod go-w)");
  }
  return {};
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

  bool read(std::uint64_t offset, void* out, std::size_t n) const {
    return offset <= INT64_MAX &&
           pread(fd_, out, n, static_cast<off_t>(offset)) == static_cast<ssize_t>(n);
  }
  /// A table of `bytes`; empty when it is not there or its size is absurd.
  template <class T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t bytes) const {
    if (bytes > kMaxTable) return {};
    std::vector<T> entries(bytes / sizeof(T));
    if (!read(offset, entries.data(), entries.size() * sizeof(T))) return {};
    return entries;
  }

 private:
  int fd_;
};

/// The NUL-terminated string at `at`; empty when it runs out of the table.
std::string_view string_at(const std::vector<char>& table, std::size_t at) {
  if (at >= table.size()) return {};
  const std::size_t room = table.size() - at;
  const std::size_t n = strnlen(table.data() + at, room);
  return n == room ? std::string_view() : std::string_view(table.data() + at, n);
}

bool exports_entry(const File& file, const std::vector<Section>& sections, const Section& symbols) {
  if (symbols.sh_link >= sections.size()) return false;
  const Section& strings = sections[symbols.sh_link];
  const auto names = file.table<char>(strings.sh_offset, strings.sh_size);
  for (const Symbol& s : file.table<Symbol>(symbols.sh_offset, symbols.sh_size)) {
    if (s.st_shndx != SHN_UNDEF && string_at(names, s.st_name) == kEntryName) return true;
  }
  return false;
}

/// The notes, or nullopt when the section cannot be theirs.
std::optional<std::vector<MachineNote>> read_notes(const File& file, const Section& section) {
  auto notes = file.table<MachineNote>(section.sh_offset, section.sh_size);
  if (notes.empty() || section.sh_size % sizeof(MachineNote) != 0) return std::nullopt;
  for (MachineNote& n : notes) n.name[sizeof n.name - 1] = '\0';
  return notes;
}

}  // namespace

tl::expected<void, std::string> check_owner_only(const std::string& path, bool directory) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return refuse(std::strerror(errno));
  return check_owner(st, directory);
}

tl::expected<PluginFile, std::string> inspect_plugin(const std::string& path) {
  // Not blocking: a FIFO must not hang us before it is seen to be none of ours.
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat st {};
  if (file.fd() < 0 || fstat(file.fd(), &st) != 0) return refuse(std::strerror(errno));
  if (auto r = check_owner(st, false); !r) return refuse(r.error());

  Header header;
  if (!file.read(0, &header, sizeof header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return refuse("not an ELF file");
  }
  if (header.e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS] ||
      header.e_ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA] ||
      header.e_machine != __ehdr_start.e_machine) {
    return refuse("built for another kind of host");
  }
  if (header.e_type != ET_DYN) return refuse("not a shared object");
  if (header.e_shentsize != sizeof(Section) || header.e_shnum > kMaxSections) {
    return refuse("corrupt section headers");
  }
  const auto sections =
      file.table<Section>(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize);
  if (header.e_shstrndx >= sections.size()) return refuse("truncated, or without section headers");
  const Section& strings = sections[header.e_shstrndx];
  const auto names = file.table<char>(strings.sh_offset, strings.sh_size);

  PluginFile plugin;
  bool entry = false;
  for (const Section& section : sections) {
    if (section.sh_type == SHT_DYNSYM) entry = exports_entry(file, sections, section);
    if (string_at(names, section.sh_name) == kMachineNotes) {
      plugin.machines = read_notes(file, section);
    }
  }
  if (!entry) return refuse("exports no emulate_plugin: not a plugin");
  return plugin;
}

}  // namespace emulate
