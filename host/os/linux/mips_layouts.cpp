#include <termios.h>

#include "host/os/flags.h"
#include "host/os/linux/abi/fcntl.h"
#include "host/os/linux/abi/ipc.h"
#include "host/os/linux/abi/mips.h"
#include "host/os/linux/abi/signal.h"
#include "host/os/linux/abi/stat.h"
#include "host/os/linux/abi/termios.h"
#include "host/os/linux/port_fields.h"

namespace emulate::linux_os::mips {
namespace {

using K = FieldKind;

// --- signal.h ------------------------------------------------------------------------------------

using A = SigactionFields;
constexpr auto kSigactionFields32 =
    fields(as<&A::flags>(K::u32, "sa_flags"), field<&A::handler>("sa_handler"),
           counted(field<&A::mask>("sa_mask"), 4));
constexpr auto kSigactionFields64 =
    fields(as<&A::flags>(K::u32, "sa_flags"), field<&A::handler>("sa_handler"),
           counted(field<&A::mask>("sa_mask"), 2));
constexpr auto kStackFields = fields(field<&Stack::sp>("ss_sp"), field<&Stack::size>("ss_size"),
                                     field<&Stack::flags>("ss_flags"));

// --- stat.h, statfs.h ----------------------------------------------------------------------------

using S = StatFields;
constexpr auto kStatFields32 = fields(
    as<&S::dev>(K::u32, "st_dev"), pad<Long>(3), as<&S::ino>(K::ulong, "st_ino"),
    as<&S::mode>(K::u32, "st_mode"), as<&S::nlink>(K::u32, "st_nlink"),
    as<&S::uid>(K::u32, "st_uid"), as<&S::gid>(K::u32, "st_gid"), as<&S::rdev>(K::u32, "st_rdev"),
    pad<Long>(2), as<&S::size>(K::slong, "st_size"), pad<Long>(),
    as<&S::atime>(K::slong, "st_atime"), as<&S::atime_nsec>(K::slong, "st_atime_nsec"),
    as<&S::mtime>(K::slong, "st_mtime"), as<&S::mtime_nsec>(K::slong, "st_mtime_nsec"),
    as<&S::ctime>(K::slong, "st_ctime"), as<&S::ctime_nsec>(K::slong, "st_ctime_nsec"),
    as<&S::blksize>(K::slong, "st_blksize"), as<&S::blocks>(K::slong, "st_blocks"), pad<Long>(14));
constexpr auto kStat64Fields32 = fields(
    as<&S::dev>(K::ulong, "st_dev"), pad<ULong>(3), as<&S::ino>(K::u64, "st_ino"),
    as<&S::mode>(K::u32, "st_mode"), as<&S::nlink>(K::u32, "st_nlink"),
    as<&S::uid>(K::u32, "st_uid"), as<&S::gid>(K::u32, "st_gid"), as<&S::rdev>(K::ulong, "st_rdev"),
    pad<ULong>(3), as<&S::size>(K::i64, "st_size"), as<&S::atime>(K::slong, "st_atime"),
    as<&S::atime_nsec>(K::ulong, "st_atime_nsec"), as<&S::mtime>(K::slong, "st_mtime"),
    as<&S::mtime_nsec>(K::ulong, "st_mtime_nsec"), as<&S::ctime>(K::slong, "st_ctime"),
    as<&S::ctime_nsec>(K::ulong, "st_ctime_nsec"), as<&S::blksize>(K::ulong, "st_blksize"),
    pad<ULong>(), as<&S::blocks>(K::i64, "st_blocks"));
constexpr auto kStatFields64 = fields(
    as<&S::dev>(K::u32, "st_dev"), pad<std::uint32_t>(3), as<&S::ino>(K::ulong, "st_ino"),
    as<&S::mode>(K::u32, "st_mode"), as<&S::nlink>(K::u32, "st_nlink"),
    as<&S::uid>(K::u32, "st_uid"), as<&S::gid>(K::u32, "st_gid"), as<&S::rdev>(K::u32, "st_rdev"),
    pad<std::uint32_t>(3), as<&S::size>(K::slong, "st_size"), as<&S::atime>(K::u32, "st_atime"),
    as<&S::atime_nsec>(K::u32, "st_atime_nsec"), as<&S::mtime>(K::u32, "st_mtime"),
    as<&S::mtime_nsec>(K::u32, "st_mtime_nsec"), as<&S::ctime>(K::u32, "st_ctime"),
    as<&S::ctime_nsec>(K::u32, "st_ctime_nsec"), as<&S::blksize>(K::u32, "st_blksize"),
    pad<std::uint32_t>(), as<&S::blocks>(K::ulong, "st_blocks"));

using F = Statfs;
constexpr auto kStatfsFields =
    fields(field<&F::type>("f_type"), field<&F::bsize>("f_bsize"), field<&F::frsize>("f_frsize"),
           field<&F::blocks>("f_blocks"), field<&F::bfree>("f_bfree"), field<&F::files>("f_files"),
           field<&F::ffree>("f_ffree"), field<&F::bavail>("f_bavail"), field<&F::fsid>("f_fsid"),
           field<&F::namelen>("f_namelen"), field<&F::flags>("f_flags"), pad<Long>(5));
using F64 = Statfs64;
constexpr auto kStatfs64Fields = fields(
    field<&F64::type>("f_type"), field<&F64::bsize>("f_bsize"), field<&F64::frsize>("f_frsize"),
    pad<std::uint32_t>(), field<&F64::blocks>("f_blocks"), field<&F64::bfree>("f_bfree"),
    field<&F64::files>("f_files"), field<&F64::ffree>("f_ffree"), field<&F64::bavail>("f_bavail"),
    field<&F64::fsid>("f_fsid"), field<&F64::namelen>("f_namelen"), field<&F64::flags>("f_flags"),
    pad<std::uint32_t>(5));

// --- fcntl.h -------------------------------------------------------------------------------------

constexpr auto kFlockFields32 =
    fields(field<&Flock::type>("l_type"), field<&Flock::whence>("l_whence"),
           field<&Flock::start>("l_start"), field<&Flock::length>("l_len"), pad<Long>(),
           field<&Flock::pid>("l_pid"), pad<Long>(4));

// --- termbits.h ----------------------------------------------------------------------------------

constexpr std::uint32_t kXcase = 4, kFlusho = 0x1000, kExtproc = 0x10000;
constexpr FlagPair kLocalModes[] = {
    {0x1, ISIG},       {0x2, ICANON},    {0x4, kXcase},    {0x8, ECHO},
    {0x10, ECHOE},     {0x20, ECHOK},    {0x40, ECHONL},   {0x80, NOFLSH},
    {0x100, IEXTEN},   {0x200, ECHOCTL}, {0x400, ECHOPRT}, {0x800, ECHOKE},
    {0x2000, kFlusho}, {0x4000, PENDIN}, {0x8000, TOSTOP}, {0x10000, kExtproc},
};
/// Where the control characters are in the generic array; 11 and 18 are nobody's.
constexpr std::uint8_t kControls[] = {VINTR,   VQUIT,  VERASE, VKILL, VMIN, VTIME,    VEOL2,
                                      VSWTC,   VSTART, VSTOP,  VSUSP, 17,   VREPRINT, VDISCARD,
                                      VWERASE, VLNEXT, VEOF,   VEOL,  18};
constexpr std::uint32_t kUnusedControls = 4;

template <class T>
constexpr Field controls() {
  Field f = field<&T::cc>("c_cc");
  f.element = [](void* object, std::size_t i) -> void* {
    return &static_cast<T*>(object)->cc[kControls[i]];
  };
  return f;
}
constexpr auto kTermiosFields = fields(
    field<&Termios::iflag>("c_iflag"), field<&Termios::oflag>("c_oflag"),
    field<&Termios::cflag>("c_cflag"), local_modes<Termios, kLocalModes>(),
    field<&Termios::line>("c_line"), controls<Termios>(), pad<std::uint8_t>(kUnusedControls));
constexpr auto kTermios2Fields = fields(
    field<&Termios2::iflag>("c_iflag"), field<&Termios2::oflag>("c_oflag"),
    field<&Termios2::cflag>("c_cflag"), local_modes<Termios2, kLocalModes>(),
    field<&Termios2::line>("c_line"), controls<Termios2>(), pad<std::uint8_t>(kUnusedControls),
    field<&Termios2::ispeed>("c_ispeed"), field<&Termios2::ospeed>("c_ospeed"));

// --- sembuf.h, msgbuf.h, shmbuf.h ----------------------------------------------------------------

using I = IpcStat;
constexpr Field kPerm = field<&I::perm>("perm");
constexpr auto kSemFields =
    fields(kPerm, as<&I::time1>(K::ulong, "sem_otime"), as<&I::time2>(K::ulong, "sem_ctime"),
           as<&I::count1>(K::ulong, "sem_nsems"), as<&I::time1_high>(K::ulong, "sem_otime_high"),
           as<&I::time2_high>(K::ulong, "sem_ctime_high"));
constexpr auto kMsqBig =
    fields(kPerm, as<&I::time1_high>(K::ulong, "msg_stime_high"),
           as<&I::time1>(K::ulong, "msg_stime"), as<&I::time2_high>(K::ulong, "msg_rtime_high"),
           as<&I::time2>(K::ulong, "msg_rtime"), as<&I::time3_high>(K::ulong, "msg_ctime_high"),
           as<&I::time3>(K::ulong, "msg_ctime"), as<&I::count1>(K::ulong, "msg_cbytes"),
           as<&I::count2>(K::ulong, "msg_qnum"), as<&I::count3>(K::ulong, "msg_qbytes"),
           field<&I::pid1>("msg_lspid"), field<&I::pid2>("msg_lrpid"), pad<ULong>(2));
constexpr auto kMsqLittle =
    fields(kPerm, as<&I::time1>(K::ulong, "msg_stime"),
           as<&I::time1_high>(K::ulong, "msg_stime_high"), as<&I::time2>(K::ulong, "msg_rtime"),
           as<&I::time2_high>(K::ulong, "msg_rtime_high"), as<&I::time3>(K::ulong, "msg_ctime"),
           as<&I::time3_high>(K::ulong, "msg_ctime_high"), as<&I::count1>(K::ulong, "msg_cbytes"),
           as<&I::count2>(K::ulong, "msg_qnum"), as<&I::count3>(K::ulong, "msg_qbytes"),
           field<&I::pid1>("msg_lspid"), field<&I::pid2>("msg_lrpid"), pad<ULong>(2));
constexpr auto kShmFields =
    fields(kPerm, as<&I::count1>(K::ulong, "shm_segsz"), as<&I::time1>(K::ulong, "shm_atime"),
           as<&I::time2>(K::ulong, "shm_dtime"), as<&I::time3>(K::ulong, "shm_ctime"),
           field<&I::pid1>("shm_cpid"), field<&I::pid2>("shm_lpid"),
           as<&I::count2>(K::ulong, "shm_nattch"), as<&I::time1_high>(K::u16, "shm_atime_high"),
           as<&I::time2_high>(K::u16, "shm_dtime_high"),
           as<&I::time3_high>(K::u16, "shm_ctime_high"), pad<std::uint16_t>());

}  // namespace

const Layout kSigaction32{"sigaction", kSigactionFields32};
const Layout kSigaction64{"sigaction", kSigactionFields64};
const Layout kStack{"sigaltstack", kStackFields};
const Layout kStat32{"stat", kStatFields32};
const Layout kStat64Bit32{"stat64", kStat64Fields32};
const Layout kStat64{"stat", kStatFields64};
const Layout kStatfs{"statfs", kStatfsFields};
const Layout kStatfs64{"statfs64", kStatfs64Fields};
const Layout kFlock32{"flock", kFlockFields32};
const Layout kTermios{"termios", kTermiosFields};
const Layout kTermios2{"termios2", kTermios2Fields};
const Layout kSemid32{"semid64_ds", kSemFields};
const Layout kShmid32{"shmid64_ds", kShmFields};
const Layout kMsqid32Big{"msqid64_ds", kMsqBig};
const Layout kMsqid32Little{"msqid64_ds", kMsqLittle};

}  // namespace emulate::linux_os::mips
