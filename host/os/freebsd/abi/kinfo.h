#pragma once

/// What kern.proc.* hands out (FreeBSD sys/sys/user.h).

#include <cstdint>

#include "host/os/freebsd/abi/resource.h"
#include "host/os/freebsd/abi/signal.h"

namespace emulate::freebsd {

/// struct kinfo_proc. Kernel addresses are left out: always null.
struct KinfoProc {
  std::int32_t structsize = 0;
  GuestAddr fd;     ///< of the kernel's: libprocstat(3) looks for files where there is one
  GuestAddr wchan;  ///< likewise: ps(1) shows wmesg where there is one
  std::int32_t pid = 0, ppid = 0, pgid = 0, tpgid = 0, sid = 0, tsid = 0;
  std::int16_t jobc = 0;
  std::uint32_t tdev_freebsd11 = 0;
  Sigset siglist, sigmask, sigignore, sigcatch;
  std::uint32_t uid = 0, ruid = 0, svuid = 0, rgid = 0, svgid = 0;
  std::int16_t ngroups = 0;
  std::uint32_t groups[16] = {};
  ULong size;
  Long rssize, swrss, tsize, dsize, ssize;
  std::uint16_t xstat = 0, acflag = 0;
  std::uint32_t pctcpu = 0, estcpu = 0, slptime = 0, swtime = 0, cow = 0;
  std::uint64_t runtime = 0;
  Timeval start, childtime;
  Long flag, kiflag;
  std::int32_t traceflag = 0;
  std::int8_t stat = 0, nice = 0, lock = 0, rqindex = 0;
  std::uint8_t oncpu_old = 0, lastcpu_old = 0;
  char tdname[17] = {};
  char wmesg[9] = {};
  char login[18] = {};
  char lockname[9] = {};
  char comm[20] = {};
  char emul[17] = {};
  char loginclass[18] = {};
  char moretdname[4] = {};
  std::uint64_t tdev = 0;
  std::int32_t oncpu = 0, lastcpu = 0, tracer = 0, flag2 = 0, fibnum = 0;
  std::uint32_t cr_flags = 0;
  std::int32_t jid = 0, numthreads = 0, tid = 0;
  std::uint8_t pri_class = 0, pri_level = 0, pri_native = 0, pri_user = 0;
  Rusage rusage, rusage_children;
  Long sflag, tdflags;
};

/// Process states, ki_stat.
inline constexpr std::int8_t kSRUN = 2;
inline constexpr std::int8_t kSSLEEP = 3;
inline constexpr std::int8_t kSSTOP = 4;
inline constexpr std::int8_t kSZOMB = 5;

inline constexpr std::int64_t kP_CONTROLT = 0x2;
inline constexpr std::int64_t kP_INMEM = 0x1000'0000;
inline constexpr std::int64_t kKI_CTTY = 1;
inline constexpr std::int64_t kKI_SLEADER = 2;
inline constexpr std::uint64_t kNODEV = ~0ULL;

/// struct kinfo_vmentry without the path that follows it.
struct KinfoVmentry {
  std::int32_t structsize = 0;
  std::int32_t type = 0;
  std::uint64_t start = 0, end = 0, offset = 0, fileid = 0;
  std::uint32_t fsid_freebsd11 = 0;
  std::int32_t flags = 0, resident = 0, private_resident = 0, protection = 0, ref_count = 0,
               shadow_count = 0, vn_type = 0;
  std::uint64_t vn_size = 0;
  std::uint32_t rdev_freebsd11 = 0;
  std::uint16_t vn_mode = 0, status = 0;
  std::uint64_t fsid = 0, rdev = 0;
};

inline constexpr std::int32_t kKVME_TYPE_NONE = 0;
inline constexpr std::int32_t kKVME_TYPE_DEFAULT = 1;
inline constexpr std::int32_t kKVME_TYPE_VNODE = 2;
inline constexpr std::int32_t kKVME_FLAG_COW = 1;
inline constexpr std::int32_t kKVME_FLAG_GROWS_DOWN = 0x20;
inline constexpr std::int32_t kKF_VTYPE_VREG = 1;

/// struct kinfo_sigtramp.
struct KinfoSigtramp {
  GuestAddr start, end;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::KinfoProc> = "kinfo_proc";
template <>
inline constexpr auto kFields<freebsd::KinfoProc> = [] {
  using K = freebsd::KinfoProc;
  return fields(
      field<&K::structsize>("ki_structsize"), pad<std::int32_t>(), pad<GuestAddr>(5),
      field<&K::fd>("ki_fd"), pad<GuestAddr>(), field<&K::wchan>("ki_wchan"),
      field<&K::pid>("ki_pid"), field<&K::ppid>("ki_ppid"), field<&K::pgid>("ki_pgid"),
      field<&K::tpgid>("ki_tpgid"), field<&K::sid>("ki_sid"), field<&K::tsid>("ki_tsid"),
      field<&K::jobc>("ki_jobc"), pad<std::int16_t>(),
      field<&K::tdev_freebsd11>("ki_tdev_freebsd11"), field<&K::siglist>("ki_siglist"),
      field<&K::sigmask>("ki_sigmask"), field<&K::sigignore>("ki_sigignore"),
      field<&K::sigcatch>("ki_sigcatch"), field<&K::uid>("ki_uid"), field<&K::ruid>("ki_ruid"),
      field<&K::svuid>("ki_svuid"), field<&K::rgid>("ki_rgid"), field<&K::svgid>("ki_svgid"),
      field<&K::ngroups>("ki_ngroups"), pad<std::int16_t>(), field<&K::groups>("ki_groups"),
      field<&K::size>("ki_size"), field<&K::rssize>("ki_rssize"), field<&K::swrss>("ki_swrss"),
      field<&K::tsize>("ki_tsize"), field<&K::dsize>("ki_dsize"), field<&K::ssize>("ki_ssize"),
      field<&K::xstat>("ki_xstat"), field<&K::acflag>("ki_acflag"), field<&K::pctcpu>("ki_pctcpu"),
      field<&K::estcpu>("ki_estcpu"), field<&K::slptime>("ki_slptime"),
      field<&K::swtime>("ki_swtime"), field<&K::cow>("ki_cow"), field<&K::runtime>("ki_runtime"),
      field<&K::start>("ki_start"), field<&K::childtime>("ki_childtime"),
      field<&K::flag>("ki_flag"), field<&K::kiflag>("ki_kiflag"),
      field<&K::traceflag>("ki_traceflag"), field<&K::stat>("ki_stat"), field<&K::nice>("ki_nice"),
      field<&K::lock>("ki_lock"), field<&K::rqindex>("ki_rqindex"),
      field<&K::oncpu_old>("ki_oncpu_old"), field<&K::lastcpu_old>("ki_lastcpu_old"),
      field<&K::tdname>("ki_tdname"), field<&K::wmesg>("ki_wmesg"), field<&K::login>("ki_login"),
      field<&K::lockname>("ki_lockname"), field<&K::comm>("ki_comm"), field<&K::emul>("ki_emul"),
      field<&K::loginclass>("ki_loginclass"), field<&K::moretdname>("ki_moretdname"), pad<char>(46),
      pad<std::int32_t>(2), field<&K::tdev>("ki_tdev"), field<&K::oncpu>("ki_oncpu"),
      field<&K::lastcpu>("ki_lastcpu"), field<&K::tracer>("ki_tracer"),
      field<&K::flag2>("ki_flag2"), field<&K::fibnum>("ki_fibnum"),
      field<&K::cr_flags>("ki_cr_flags"), field<&K::jid>("ki_jid"),
      field<&K::numthreads>("ki_numthreads"), field<&K::tid>("ki_tid"),
      field<&K::pri_class>("pri_class"), field<&K::pri_level>("pri_level"),
      field<&K::pri_native>("pri_native"), field<&K::pri_user>("pri_user"),
      field<&K::rusage>("ki_rusage"), field<&K::rusage_children>("ki_rusage_ch"), pad<GuestAddr>(4),
      pad<GuestAddr>(6), pad<Long>(12), field<&K::sflag>("ki_sflag"),
      field<&K::tdflags>("ki_tdflags"));
}();

template <>
inline constexpr const char* kStructName<freebsd::KinfoVmentry> = "kinfo_vmentry";
template <>
inline constexpr auto kFields<freebsd::KinfoVmentry> = [] {
  using K = freebsd::KinfoVmentry;
  return fields(
      field<&K::structsize>("kve_structsize"), field<&K::type>("kve_type"),
      field<&K::start>("kve_start"), field<&K::end>("kve_end"), field<&K::offset>("kve_offset"),
      field<&K::fileid>("kve_vn_fileid"), field<&K::fsid_freebsd11>("kve_vn_fsid_freebsd11"),
      field<&K::flags>("kve_flags"), field<&K::resident>("kve_resident"),
      field<&K::private_resident>("kve_private_resident"), field<&K::protection>("kve_protection"),
      field<&K::ref_count>("kve_ref_count"), field<&K::shadow_count>("kve_shadow_count"),
      field<&K::vn_type>("kve_vn_type"), field<&K::vn_size>("kve_vn_size"),
      field<&K::rdev_freebsd11>("kve_vn_rdev_freebsd11"), field<&K::vn_mode>("kve_vn_mode"),
      field<&K::status>("kve_status"), field<&K::fsid>("kve_vn_fsid"),
      field<&K::rdev>("kve_vn_rdev"), pad<std::int32_t>(8));
}();

template <>
inline constexpr const char* kStructName<freebsd::KinfoSigtramp> = "kinfo_sigtramp";
template <>
inline constexpr auto kFields<freebsd::KinfoSigtramp> =
    fields(field<&freebsd::KinfoSigtramp::start>("ksigtramp_start"),
           field<&freebsd::KinfoSigtramp::end>("ksigtramp_end"), pad<GuestAddr>(4));

}  // namespace emulate
