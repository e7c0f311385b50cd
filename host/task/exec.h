#pragma once

/// What a path that is to be executed turns out to be.

#include <string>
#include <vector>

#include "host/loader/elf_file.h"
#include "host/loader/plugin_registry.h"
#include "host/task/process.h"

namespace emulate {

/// A descriptor that closes itself.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& o) noexcept : fd_(o.fd_) { o.fd_ = -1; }
  OwnedFd& operator=(OwnedFd&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd();
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct ExecTarget {
  OwnedFd file;                      ///< the ELF file, open for reading
  ElfFile elf;                       ///< meaningful when machine is not null
  const Machine* machine = nullptr;  ///< null: the host must run it
  std::string guest_path;            ///< absolute
  std::string host_path;
  OwnedFd interpreter_file;  ///< PT_INTERP, open; -1 without one
  ElfFile interpreter;
  std::string found_prefix;       ///< a cross root that has the interpreter; else empty
  std::vector<std::string> argv;  ///< rewritten by #! lines
  bool script = false;            ///< the program is what a #! line named
};

/// Opens and examines a program. Follows one #! line. Errors are execve's; the message is for the
/// launcher's user.
Loaded<ExecTarget> find_program(const PathResolver& paths, PluginRegistry& plugins,
                                const std::string& path, int fd, std::vector<std::string> argv);

/// Maps the target's files into an empty address space.
Loaded<LoadedProgram> load_program(AddressSpace& space, const OsAbi& abi, const ExecTarget& target);

}  // namespace emulate
