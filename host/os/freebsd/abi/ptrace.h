#pragma once

/// ptrace(2): requests, events and structures (FreeBSD sys/sys/ptrace.h).

#include <cstdint>

#include "host/os/freebsd/abi/signal.h"
#include "host/thunk/layout.h"

namespace emulate::freebsd {

enum class PtraceOp : std::int32_t {
  trace_me = 0,
  read_i = 1,
  read_d = 2,
  write_i = 4,
  write_d = 5,
  cont = 7,
  kill = 8,
  step = 9,
  attach = 10,
  detach = 11,
  io = 12,
  lwpinfo = 13,
  getnumlwps = 14,
  getlwplist = 15,
  clearstep = 16,
  setstep = 17,
  suspend = 18,
  resume = 19,
  to_sce = 20,
  to_scx = 21,
  syscall = 22,
  follow_fork = 23,
  lwp_events = 24,
  get_event_mask = 25,
  set_event_mask = 26,
  get_sc_args = 27,
  get_sc_ret = 28,
  getregs = 33,
  setregs = 34,
  getfpregs = 35,
  setfpregs = 36,
  getdbregs = 37,
  setdbregs = 38,
  vm_timestamp = 40,
  vm_entry = 41,
};

inline constexpr std::uint32_t kPTRACE_EXEC = 0x01;
inline constexpr std::uint32_t kPTRACE_SCE = 0x02;
inline constexpr std::uint32_t kPTRACE_SCX = 0x04;
inline constexpr std::uint32_t kPTRACE_FORK = 0x08;
inline constexpr std::uint32_t kPTRACE_LWP = 0x10;
inline constexpr std::uint32_t kPTRACE_VFORK = 0x20;
inline constexpr std::uint32_t kPTRACE_all = 0x3f;
inline constexpr std::uint32_t kPTRACE_DEFAULT = kPTRACE_EXEC;

inline constexpr std::int32_t kPIOD_READ_D = 1;
inline constexpr std::int32_t kPIOD_WRITE_D = 2;
inline constexpr std::int32_t kPIOD_READ_I = 3;
inline constexpr std::int32_t kPIOD_WRITE_I = 4;

inline constexpr std::int32_t kPL_EVENT_NONE = 0;
inline constexpr std::int32_t kPL_EVENT_SIGNAL = 1;

inline constexpr std::uint32_t kPL_FLAG_SCE = 0x04;
inline constexpr std::uint32_t kPL_FLAG_SCX = 0x08;
inline constexpr std::uint32_t kPL_FLAG_EXEC = 0x10;
inline constexpr std::uint32_t kPL_FLAG_SI = 0x20;
inline constexpr std::uint32_t kPL_FLAG_FORKED = 0x40;
inline constexpr std::uint32_t kPL_FLAG_CHILD = 0x80;
inline constexpr std::uint32_t kPL_FLAG_BORN = 0x100;
inline constexpr std::uint32_t kPL_FLAG_EXITED = 0x200;
inline constexpr std::uint32_t kPL_FLAG_VFORKED = 0x400;
inline constexpr std::uint32_t kPL_FLAG_VFORK_DONE = 0x800;

struct PtraceIoDesc {
  std::int32_t op = 0;
  GuestAddr offs;  ///< in the traced process
  GuestAddr addr;  ///< in the caller
  ULong len;
};

struct PtraceLwpinfo {
  std::int32_t lwpid = 0;
  std::int32_t event = 0;
  std::uint32_t flags = 0;
  Sigset sigmask;
  Sigset siglist;
  Siginfo siginfo;
  char tdname[20] = {};  ///< MAXCOMLEN + 1
  std::int32_t child_pid = 0;
  std::uint32_t syscall_code = 0;
  std::uint32_t syscall_narg = 0;
};

struct PtraceVmEntry {
  std::int32_t entry = 0;
  std::int32_t timestamp = 0;
  ULong start;
  ULong end;  ///< the last byte
  ULong offset;
  std::uint32_t prot = 0;
  std::uint32_t pathlen = 0;
  Long fileid;
  std::uint32_t fsid = 0;
  GuestAddr path;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::PtraceIoDesc> = "ptrace_io_desc";
template <>
inline constexpr auto kFields<freebsd::PtraceIoDesc> = fields(
    field<&freebsd::PtraceIoDesc::op>("piod_op"), field<&freebsd::PtraceIoDesc::offs>("piod_offs"),
    field<&freebsd::PtraceIoDesc::addr>("piod_addr"),
    field<&freebsd::PtraceIoDesc::len>("piod_len"));

template <>
inline constexpr const char* kStructName<freebsd::PtraceLwpinfo> = "ptrace_lwpinfo";
template <>
inline constexpr auto kFields<freebsd::PtraceLwpinfo> =
    fields(field<&freebsd::PtraceLwpinfo::lwpid>("pl_lwpid"),
           field<&freebsd::PtraceLwpinfo::event>("pl_event"),
           field<&freebsd::PtraceLwpinfo::flags>("pl_flags"),
           field<&freebsd::PtraceLwpinfo::sigmask>("pl_sigmask"),
           field<&freebsd::PtraceLwpinfo::siglist>("pl_siglist"),
           field<&freebsd::PtraceLwpinfo::siginfo>("pl_siginfo"),
           field<&freebsd::PtraceLwpinfo::tdname>("pl_tdname"),
           field<&freebsd::PtraceLwpinfo::child_pid>("pl_child_pid"),
           field<&freebsd::PtraceLwpinfo::syscall_code>("pl_syscall_code"),
           field<&freebsd::PtraceLwpinfo::syscall_narg>("pl_syscall_narg"));

template <>
inline constexpr const char* kStructName<freebsd::PtraceVmEntry> = "ptrace_vm_entry";
template <>
inline constexpr auto kFields<freebsd::PtraceVmEntry> =
    fields(field<&freebsd::PtraceVmEntry::entry>("pve_entry"),
           field<&freebsd::PtraceVmEntry::timestamp>("pve_timestamp"),
           field<&freebsd::PtraceVmEntry::start>("pve_start"),
           field<&freebsd::PtraceVmEntry::end>("pve_end"),
           field<&freebsd::PtraceVmEntry::offset>("pve_offset"),
           field<&freebsd::PtraceVmEntry::prot>("pve_prot"),
           field<&freebsd::PtraceVmEntry::pathlen>("pve_pathlen"),
           field<&freebsd::PtraceVmEntry::fileid>("pve_fileid"),
           field<&freebsd::PtraceVmEntry::fsid>("pve_fsid"),
           field<&freebsd::PtraceVmEntry::path>("pve_path"));

}  // namespace emulate
