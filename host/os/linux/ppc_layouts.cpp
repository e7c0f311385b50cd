#include <termios.h>

#include <array>

#include "host/os/flags.h"
#include "host/os/linux/abi/ipc.h"
#include "host/os/linux/abi/ppc.h"
#include "host/os/linux/abi/stat.h"
#include "host/os/linux/abi/termios.h"
#include "host/os/linux/port_fields.h"

namespace emulate::linux_os::ppc {
namespace {

using K = FieldKind;

// --- stat.h --------------------------------------------------------------------------------------

using S = StatFields;
constexpr auto kStatFields32 = fields(
    as<&S::dev>(K::ulong, "st_dev"), as<&S::ino>(K::ulong, "st_ino"),
    as<&S::mode>(K::u32, "st_mode"), as<&S::nlink>(K::u16, "st_nlink"),
    as<&S::uid>(K::u32, "st_uid"), as<&S::gid>(K::u32, "st_gid"), as<&S::rdev>(K::ulong, "st_rdev"),
    as<&S::size>(K::slong, "st_size"), as<&S::blksize>(K::ulong, "st_blksize"),
    as<&S::blocks>(K::ulong, "st_blocks"), as<&S::atime>(K::ulong, "st_atime"),
    as<&S::atime_nsec>(K::ulong, "st_atime_nsec"), as<&S::mtime>(K::ulong, "st_mtime"),
    as<&S::mtime_nsec>(K::ulong, "st_mtime_nsec"), as<&S::ctime>(K::ulong, "st_ctime"),
    as<&S::ctime_nsec>(K::ulong, "st_ctime_nsec"), pad<ULong>(2));
constexpr auto kStat64Fields32 = fields(
    as<&S::dev>(K::u64, "st_dev"), as<&S::ino>(K::u64, "st_ino"), as<&S::mode>(K::u32, "st_mode"),
    as<&S::nlink>(K::u32, "st_nlink"), as<&S::uid>(K::u32, "st_uid"), as<&S::gid>(K::u32, "st_gid"),
    as<&S::rdev>(K::u64, "st_rdev"), pad<std::uint16_t>(), as<&S::size>(K::i64, "st_size"),
    as<&S::blksize>(K::i32, "st_blksize"), as<&S::blocks>(K::i64, "st_blocks"),
    as<&S::atime>(K::i32, "st_atime"), as<&S::atime_nsec>(K::u32, "st_atime_nsec"),
    as<&S::mtime>(K::i32, "st_mtime"), as<&S::mtime_nsec>(K::u32, "st_mtime_nsec"),
    as<&S::ctime>(K::i32, "st_ctime"), as<&S::ctime_nsec>(K::u32, "st_ctime_nsec"),
    pad<std::uint32_t>(2));
constexpr auto kStatFields64 = fields(
    as<&S::dev>(K::ulong, "st_dev"), as<&S::ino>(K::ulong, "st_ino"),
    as<&S::nlink>(K::ulong, "st_nlink"), as<&S::mode>(K::u32, "st_mode"),
    as<&S::uid>(K::u32, "st_uid"), as<&S::gid>(K::u32, "st_gid"), as<&S::rdev>(K::ulong, "st_rdev"),
    as<&S::size>(K::slong, "st_size"), as<&S::blksize>(K::ulong, "st_blksize"),
    as<&S::blocks>(K::ulong, "st_blocks"), as<&S::atime>(K::ulong, "st_atime"),
    as<&S::atime_nsec>(K::ulong, "st_atime_nsec"), as<&S::mtime>(K::ulong, "st_mtime"),
    as<&S::mtime_nsec>(K::ulong, "st_mtime_nsec"), as<&S::ctime>(K::ulong, "st_ctime"),
    as<&S::ctime_nsec>(K::ulong, "st_ctime_nsec"), pad<ULong>(3));

// statfs.h: 64-bit ports have words of 64 bits in statfs64, too.
using F = Statfs64;
constexpr auto kStatfs64Fields64 =
    fields(as<&F::type>(K::ulong, "f_type"), as<&F::bsize>(K::ulong, "f_bsize"),
           field<&F::blocks>("f_blocks"), field<&F::bfree>("f_bfree"),
           field<&F::bavail>("f_bavail"), field<&F::files>("f_files"), field<&F::ffree>("f_ffree"),
           field<&F::fsid>("f_fsid"), as<&F::namelen>(K::ulong, "f_namelen"),
           as<&F::frsize>(K::ulong, "f_frsize"), as<&F::flags>(K::ulong, "f_flags"), pad<ULong>(4));

// --- termbits.h ----------------------------------------------------------------------------------

constexpr std::uint32_t kIuclc = 0x200, kXcase = 4, kFlusho = 0x1000, kExtproc = 0x10000;
constexpr FlagPair kInputModes[] = {
    {0x1, IGNBRK},  {0x2, BRKINT},  {0x4, IGNPAR},    {0x8, PARMRK},     {0x10, INPCK},
    {0x20, ISTRIP}, {0x40, INLCR},  {0x80, IGNCR},    {0x100, ICRNL},    {0x200, IXON},
    {0x400, IXOFF}, {0x800, IXANY}, {0x1000, kIuclc}, {0x2000, IMAXBEL}, {0x4000, IUTF8},
};
constexpr FlagPair kOutputModes[] = {
    {0x1, OPOST},
    {0x2, ONLCR},
    {0x4, OLCUC},
    {0x8, OCRNL},
    {0x10, ONOCR},
    {0x20, ONLRET},
    {0x40, OFILL},
    {0x80, OFDEL},
    {0x100, NL1, 0x300, NLDLY},
    {0x400, TAB1, 0xc00, TABDLY},
    {0x800, TAB2, 0xc00, TABDLY},
    {0xc00, TAB3, 0xc00, TABDLY},
    {0x1000, CR1, 0x3000, CRDLY},
    {0x2000, CR2, 0x3000, CRDLY},
    {0x3000, CR3, 0x3000, CRDLY},
    {0x4000, FF1},
    {0x8000, BS1},
    {0x10000, VT1},
};
constexpr FlagPair kLocalModes[] = {
    {0x1, ECHOKE},       {0x2, ECHOE},           {0x4, ECHOK},         {0x8, ECHO},
    {0x10, ECHONL},      {0x20, ECHOPRT},        {0x40, ECHOCTL},      {0x80, ISIG},
    {0x100, ICANON},     {0x400, IEXTEN},        {0x4000, kXcase},     {0x400000, TOSTOP},
    {0x800000, kFlusho}, {0x10000000, kExtproc}, {0x20000000, PENDIN}, {0x80000000, NOFLSH},
};

/// Speeds are one number: those of CBAUDEX follow the others, 31 is BOTHER. Then the rest.
constexpr unsigned kSpeeds = 32;
constexpr std::uint32_t kHostExtended = 0x1000, kHostSpeed = 0x100f, kGuestSpeed = 0xff;
constexpr std::uint32_t host_speed(std::uint32_t guest) {
  if (guest < 16) return guest;
  return guest == 31 ? kHostExtended : kHostExtended | (guest - 15);
}
constexpr auto kControlModes = [] {
  constexpr FlagPair kOthers[] = {
      {0x100, CS6, 0x300, CSIZE},
      {0x200, CS7, 0x300, CSIZE},
      {0x300, CS8, 0x300, CSIZE},
      {0x400, CSTOPB},
      {0x800, CREAD},
      {0x1000, PARENB},
      {0x2000, PARODD},
      {0x4000, HUPCL},
      {0x8000, CLOCAL},
      {0x40000000, 0x40000000},
      {0x80000000, CRTSCTS},
  };
  std::array<FlagPair, 2 * kSpeeds + std::size(kOthers)> table{};
  std::size_t n = 0;
  for (std::uint32_t s = 0; s < kSpeeds; ++s) {
    table[n++] = {s, host_speed(s), kGuestSpeed, kHostSpeed};
    table[n++] = {s << 16, host_speed(s) << 16, kGuestSpeed << 16, kHostSpeed << 16};
  }
  for (const FlagPair& f : kOthers) table[n++] = f;
  return table;
}();

/// Where the control characters are in the generic array; 17 and 18 are nobody's.
constexpr std::uint8_t kControls[] = {VINTR, VQUIT,  VERASE,   VKILL,   VEOF,     VMIN,  VEOL,
                                      VTIME, VEOL2,  VSWTC,    VWERASE, VREPRINT, VSUSP, VSTART,
                                      VSTOP, VLNEXT, VDISCARD, 17,      18};

template <auto Member, const auto& kTable>
constexpr Field modes(const char* name) {
  Field f = field<Member>(name);
  f.get = [](const void* p) -> std::uint64_t {
    return flags_to_guest(kTable, *static_cast<const std::uint32_t*>(p));
  };
  f.set = [](void* p, std::uint64_t v) {
    *static_cast<std::uint32_t*>(p) = flags_to_host(kTable, static_cast<std::uint32_t>(v));
  };
  return f;
}
using T = Termios2;
constexpr Field controls() {
  Field f = field<&T::cc>("c_cc");
  f.element = [](void* object, std::size_t i) -> void* {
    return &static_cast<T*>(object)->cc[kControls[i]];
  };
  return f;
}
constexpr auto kTermiosFields =
    fields(modes<&T::iflag, kInputModes>("c_iflag"), modes<&T::oflag, kOutputModes>("c_oflag"),
           modes<&T::cflag, kControlModes>("c_cflag"), modes<&T::lflag, kLocalModes>("c_lflag"),
           controls(), field<&T::line>("c_line"), field<&T::ispeed>("c_ispeed"),
           field<&T::ospeed>("c_ospeed"));

// --- ipcbuf.h, sembuf.h, msgbuf.h, shmbuf.h ------------------------------------------------------

using P = IpcPerm;
constexpr auto kPermFields =
    fields(field<&P::key>("key"), field<&P::uid>("uid"), field<&P::gid>("gid"),
           field<&P::cuid>("cuid"), field<&P::cgid>("cgid"), field<&P::mode>("mode"),
           as<&P::seq>(K::u32, "seq"), pad<std::uint32_t>(), pad<std::uint64_t>(2));
const Layout kPermLayout{"ipc64_perm", kPermFields};
constexpr Field perm() {
  Field f = field<&IpcStat::perm>("perm");
  f.record = &kPermLayout;
  return f;
}
constexpr Field kPerm = perm();

using I = IpcStat;
constexpr auto kSemFields32 = fields(
    kPerm, as<&I::time1_high>(K::ulong, "sem_otime_high"), as<&I::time1>(K::ulong, "sem_otime"),
    as<&I::time2_high>(K::ulong, "sem_ctime_high"), as<&I::time2>(K::ulong, "sem_ctime"),
    as<&I::count1>(K::ulong, "sem_nsems"), pad<ULong>(2));
constexpr auto kMsqFields32 =
    fields(kPerm, as<&I::time1_high>(K::ulong, "msg_stime_high"),
           as<&I::time1>(K::ulong, "msg_stime"), as<&I::time2_high>(K::ulong, "msg_rtime_high"),
           as<&I::time2>(K::ulong, "msg_rtime"), as<&I::time3_high>(K::ulong, "msg_ctime_high"),
           as<&I::time3>(K::ulong, "msg_ctime"), as<&I::count1>(K::ulong, "msg_cbytes"),
           as<&I::count2>(K::ulong, "msg_qnum"), as<&I::count3>(K::ulong, "msg_qbytes"),
           field<&I::pid1>("msg_lspid"), field<&I::pid2>("msg_lrpid"), pad<ULong>(2));
constexpr auto kShmFields32 = fields(
    kPerm, as<&I::time1_high>(K::ulong, "shm_atime_high"), as<&I::time1>(K::ulong, "shm_atime"),
    as<&I::time2_high>(K::ulong, "shm_dtime_high"), as<&I::time2>(K::ulong, "shm_dtime"),
    as<&I::time3_high>(K::ulong, "shm_ctime_high"), as<&I::time3>(K::ulong, "shm_ctime"),
    pad<ULong>(), as<&I::count1>(K::ulong, "shm_segsz"), field<&I::pid1>("shm_cpid"),
    field<&I::pid2>("shm_lpid"), as<&I::count2>(K::ulong, "shm_nattch"), pad<ULong>(2));
constexpr auto kSemFields64 =
    fields(kPerm, as<&I::time1>(K::ulong, "sem_otime"), as<&I::time2>(K::ulong, "sem_ctime"),
           as<&I::count1>(K::ulong, "sem_nsems"), pad<ULong>(2));
constexpr auto kMsqFields64 =
    fields(kPerm, as<&I::time1>(K::ulong, "msg_stime"), as<&I::time2>(K::ulong, "msg_rtime"),
           as<&I::time3>(K::ulong, "msg_ctime"), as<&I::count1>(K::ulong, "msg_cbytes"),
           as<&I::count2>(K::ulong, "msg_qnum"), as<&I::count3>(K::ulong, "msg_qbytes"),
           field<&I::pid1>("msg_lspid"), field<&I::pid2>("msg_lrpid"), pad<ULong>(2));
constexpr auto kShmFields64 =
    fields(kPerm, as<&I::time1>(K::ulong, "shm_atime"), as<&I::time2>(K::ulong, "shm_dtime"),
           as<&I::time3>(K::ulong, "shm_ctime"), as<&I::count1>(K::ulong, "shm_segsz"),
           field<&I::pid1>("shm_cpid"), field<&I::pid2>("shm_lpid"),
           as<&I::count2>(K::ulong, "shm_nattch"), pad<ULong>(2));

}  // namespace

const Layout kStat32{"stat", kStatFields32};
const Layout kStat64Bit32{"stat64", kStat64Fields32};
const Layout kStat64{"stat", kStatFields64};
const Layout kStatfs64{"statfs64", kStatfs64Fields64};
const Layout kTermios{"termios", kTermiosFields};
const Layout kSemid32{"semid64_ds", kSemFields32};
const Layout kMsqid32{"msqid64_ds", kMsqFields32};
const Layout kShmid32{"shmid64_ds", kShmFields32};
const Layout kSemid64{"semid64_ds", kSemFields64};
const Layout kMsqid64{"msqid64_ds", kMsqFields64};
const Layout kShmid64{"shmid64_ds", kShmFields64};

}  // namespace emulate::linux_os::ppc
