#pragma once

/// fork, wait and procctl (FreeBSD sys/sys/unistd.h, wait.h, procdesc.h, procctl.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

inline constexpr std::uint32_t kRFNAMEG = 1u << 0;
inline constexpr std::uint32_t kRFENVG = 1u << 1;
inline constexpr std::uint32_t kRFFDG = 1u << 2;
inline constexpr std::uint32_t kRFPROC = 1u << 4;
inline constexpr std::uint32_t kRFMEM = 1u << 5;
inline constexpr std::uint32_t kRFNOWAIT = 1u << 6;
inline constexpr std::uint32_t kRFCFDG = 1u << 12;
inline constexpr std::uint32_t kRFTHREAD = 1u << 13;
inline constexpr std::uint32_t kRFSIGSHARE = 1u << 14;
inline constexpr std::uint32_t kRFLINUXTHPN = 1u << 16;
inline constexpr std::uint32_t kRFTSIGZMB = 1u << 19;
inline constexpr unsigned kRFTSIGSHIFT = 20;
inline constexpr std::uint32_t kRFTSIGMASK = 0xff;
inline constexpr std::uint32_t kRFSPAWN = 1u << 31;  ///< since 12.2; the kernel's own before
inline constexpr std::uint32_t kRFFLAGS = kRFFDG | kRFPROC | kRFMEM | kRFNOWAIT | kRFCFDG |
                                          kRFTHREAD | kRFSIGSHARE | kRFLINUXTHPN | kRFTSIGZMB;

inline constexpr std::uint32_t kPD_DAEMON = 1;
inline constexpr std::uint32_t kPD_CLOEXEC = 2;

inline constexpr std::uint32_t kWNOHANG = 1;
inline constexpr std::uint32_t kWUNTRACED = 2;
inline constexpr std::uint32_t kWCONTINUED = 4;
inline constexpr std::uint32_t kWNOWAIT = 8;
inline constexpr std::uint32_t kWEXITED = 16;
inline constexpr std::uint32_t kWTRAPPED = 32;
inline constexpr std::uint32_t kWLINUXCLONE = 0x8000'0000;

enum class IdType : std::int32_t {
  pid = 0,
  ppid = 1,
  pgid = 2,
  sid = 3,
  uid = 5,
  gid = 6,
  all = 7
};

enum class ProcCtl : std::int32_t {
  sprotect = 1,
  reap_acquire = 2,
  reap_release = 3,
  reap_status = 4,
  reap_getpids = 5,
  reap_kill = 6,
  trace_ctl = 7,
  trace_status = 8,
  trapcap_ctl = 9,
  trapcap_status = 10,
  pdeathsig_ctl = 11,
  pdeathsig_status = 12,
  aslr_ctl = 13,
  aslr_status = 14,
  stackgap_ctl = 17,
  stackgap_status = 18,
};

/// struct procctl_reaper_status.
struct ReaperStatus {
  std::uint32_t flags = 0;
  std::uint32_t children = 0;
  std::uint32_t descendants = 0;
  std::int32_t reaper = 0;
  std::int32_t pid = 0;
};
inline constexpr std::uint32_t kReaperOwned = 1;
inline constexpr std::uint32_t kReaperRealinit = 2;

/// struct procctl_reaper_pidinfo.
struct ReaperPidinfo {
  std::int32_t pid = 0;
  std::int32_t subtree = 0;
  std::uint32_t flags = 0;
};
inline constexpr std::uint32_t kReaperPidinfoValid = 1;
inline constexpr std::uint32_t kReaperPidinfoChild = 2;

/// struct procctl_reaper_pids.
struct ReaperPids {
  std::uint32_t count = 0;
  GuestAddr pids;
};

/// struct procctl_reaper_kill.
struct ReaperKill {
  std::int32_t sig = 0;
  std::uint32_t flags = 0;
  std::int32_t subtree = 0;
  std::uint32_t killed = 0;
  std::int32_t failed_pid = 0;
};
inline constexpr std::uint32_t kReaperKillChildren = 1;
inline constexpr std::uint32_t kReaperKillSubtree = 2;

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr auto kFields<freebsd::ReaperStatus> =
    fields(field<&freebsd::ReaperStatus::flags>("rs_flags"),
           field<&freebsd::ReaperStatus::children>("rs_children"),
           field<&freebsd::ReaperStatus::descendants>("rs_descendants"),
           field<&freebsd::ReaperStatus::reaper>("rs_reaper"),
           field<&freebsd::ReaperStatus::pid>("rs_pid"), pad<std::uint32_t>(15));
template <>
inline constexpr auto kFields<freebsd::ReaperPidinfo> =
    fields(field<&freebsd::ReaperPidinfo::pid>("pi_pid"),
           field<&freebsd::ReaperPidinfo::subtree>("pi_subtree"),
           field<&freebsd::ReaperPidinfo::flags>("pi_flags"), pad<std::uint32_t>(15));
template <>
inline constexpr auto kFields<freebsd::ReaperPids> =
    fields(field<&freebsd::ReaperPids::count>("rp_count"), pad<std::uint32_t>(15),
           field<&freebsd::ReaperPids::pids>("rp_pids"));
template <>
inline constexpr auto kFields<freebsd::ReaperKill> = fields(
    field<&freebsd::ReaperKill::sig>("rk_sig"), field<&freebsd::ReaperKill::flags>("rk_flags"),
    field<&freebsd::ReaperKill::subtree>("rk_subtree"),
    field<&freebsd::ReaperKill::killed>("rk_killed"),
    field<&freebsd::ReaperKill::failed_pid>("rk_fpid"), pad<std::uint32_t>(15));

}  // namespace emulate
