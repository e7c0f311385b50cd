#pragma once

/// System V IPC (FreeBSD sys/sys/ipc.h, sem.h, msg.h, shm.h). Of each state structure there are two
/// layouts: today's, and the one of before FreeBSD 8 with 16-bit owners.

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

inline constexpr std::uint32_t kIpcCreat = 01000;
inline constexpr std::uint32_t kIpcExcl = 02000;
inline constexpr std::uint32_t kIpcNowait = 04000;
inline constexpr std::uint32_t kIpcPermissions = 0777;
inline constexpr std::uint32_t kMsgNoerror = 010000;
inline constexpr std::uint32_t kShmRdonly = 010000;
inline constexpr std::uint32_t kShmRnd = 020000;
inline constexpr std::uint32_t kShmRemap = 030000;

// What the kernel's own mode words hold besides.
inline constexpr std::uint16_t kSemAlloc = 01000;
inline constexpr std::uint16_t kShmsegAllocated = 04000;

enum class IpcCommand : std::int32_t {
  rmid = 0,
  set = 1,
  stat = 2,
  info = 3,
  getncnt = 3,
  getpid = 4,
  getval = 5,
  getall = 6,
  getzcnt = 7,
  setval = 8,
  setall = 9,
  sem_stat = 10,
};

/// struct ipc_perm.
struct IpcPerm {
  std::uint32_t cuid = 0;
  std::uint32_t cgid = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint16_t mode = 0;
  std::uint16_t seq = 0;
  Long key;
};

/// struct ipc_perm_old.
struct IpcPermOld {
  std::uint16_t cuid = 0;
  std::uint16_t cgid = 0;
  std::uint16_t uid = 0;
  std::uint16_t gid = 0;
  std::uint16_t mode = 0;
  std::uint16_t seq = 0;
  Long key;

  IpcPermOld() = default;
  IpcPermOld(const IpcPerm& p)  // NOLINT: the same owner, cut off as the kernel does
      : cuid(static_cast<std::uint16_t>(p.cuid)),
        cgid(static_cast<std::uint16_t>(p.cgid)),
        uid(static_cast<std::uint16_t>(p.uid)),
        gid(static_cast<std::uint16_t>(p.gid)),
        mode(p.mode),
        seq(p.seq),
        key(p.key) {}
  operator IpcPerm() const { return {cuid, cgid, uid, gid, mode, seq, key}; }  // NOLINT
};

/// struct semid_ds, semid_ds_old.
template <class Perm>
struct SemState {
  Perm perm;
  GuestAddr base;
  std::uint16_t nsems = 0;
  Time otime;
  Time ctime;
};

/// struct msqid_ds, msqid_ds_old.
template <class Perm>
struct MsgState {
  Perm perm;
  GuestAddr first;
  GuestAddr last;
  ULong cbytes;
  ULong qnum;
  ULong qbytes;
  std::int32_t lspid = 0;
  std::int32_t lrpid = 0;
  Time stime;
  Time rtime;
  Time ctime;
};

/// struct shmid_ds.
struct ShmState {
  IpcPerm perm;
  ULong segsz;
  std::int32_t lpid = 0;
  std::int32_t cpid = 0;
  std::uint32_t nattch = 0;
  Time atime;
  Time dtime;
  Time ctime;
};

/// struct shmid_ds_old.
struct ShmStateOld {
  IpcPermOld perm;
  std::int32_t segsz = 0;
  std::int32_t lpid = 0;
  std::int32_t cpid = 0;
  std::int16_t nattch = 0;
  Time atime;
  Time dtime;
  Time ctime;
};

/// struct sembuf.
struct Sembuf {
  std::uint16_t number = 0;
  std::int16_t op = 0;
  std::int16_t flags = 0;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Sembuf> = "sembuf";
template <>
inline constexpr auto kFields<freebsd::Sembuf> = fields(field<&freebsd::Sembuf::number>("sem_num"),
                                                        field<&freebsd::Sembuf::op>("sem_op"),
                                                        field<&freebsd::Sembuf::flags>("sem_flg"));

template <>
inline constexpr auto kFields<freebsd::IpcPerm> = fields(field<&freebsd::IpcPerm::cuid>("cuid"),
                                                         field<&freebsd::IpcPerm::cgid>("cgid"),
                                                         field<&freebsd::IpcPerm::uid>("uid"),
                                                         field<&freebsd::IpcPerm::gid>("gid"),
                                                         field<&freebsd::IpcPerm::mode>("mode"),
                                                         field<&freebsd::IpcPerm::seq>("seq"),
                                                         field<&freebsd::IpcPerm::key>("key"));
template <>
inline constexpr auto kFields<freebsd::IpcPermOld> =
    fields(field<&freebsd::IpcPermOld::cuid>("cuid"), field<&freebsd::IpcPermOld::cgid>("cgid"),
           field<&freebsd::IpcPermOld::uid>("uid"), field<&freebsd::IpcPermOld::gid>("gid"),
           field<&freebsd::IpcPermOld::mode>("mode"), field<&freebsd::IpcPermOld::seq>("seq"),
           field<&freebsd::IpcPermOld::key>("key"));

template <>
inline constexpr auto kFields<freebsd::SemState<freebsd::IpcPerm>> =
    fields(field<&freebsd::SemState<freebsd::IpcPerm>::perm>("sem_perm"),
           field<&freebsd::SemState<freebsd::IpcPerm>::base>("__sem_base"),
           field<&freebsd::SemState<freebsd::IpcPerm>::nsems>("sem_nsems"),
           field<&freebsd::SemState<freebsd::IpcPerm>::otime>("sem_otime"),
           field<&freebsd::SemState<freebsd::IpcPerm>::ctime>("sem_ctime"));
template <>
inline constexpr auto kFields<freebsd::SemState<freebsd::IpcPermOld>> =
    fields(field<&freebsd::SemState<freebsd::IpcPermOld>::perm>("sem_perm"),
           field<&freebsd::SemState<freebsd::IpcPermOld>::base>("__sem_base"),
           field<&freebsd::SemState<freebsd::IpcPermOld>::nsems>("sem_nsems"),
           field<&freebsd::SemState<freebsd::IpcPermOld>::otime>("sem_otime"), pad<Long>(),
           field<&freebsd::SemState<freebsd::IpcPermOld>::ctime>("sem_ctime"), pad<Long>(5));

template <>
inline constexpr auto kFields<freebsd::MsgState<freebsd::IpcPerm>> =
    fields(field<&freebsd::MsgState<freebsd::IpcPerm>::perm>("msg_perm"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::first>("__msg_first"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::last>("__msg_last"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::cbytes>("msg_cbytes"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::qnum>("msg_qnum"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::qbytes>("msg_qbytes"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::lspid>("msg_lspid"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::lrpid>("msg_lrpid"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::stime>("msg_stime"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::rtime>("msg_rtime"),
           field<&freebsd::MsgState<freebsd::IpcPerm>::ctime>("msg_ctime"));
template <>
inline constexpr auto kFields<freebsd::MsgState<freebsd::IpcPermOld>> =
    fields(field<&freebsd::MsgState<freebsd::IpcPermOld>::perm>("msg_perm"),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::first>("__msg_first"),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::last>("__msg_last"),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::cbytes>("msg_cbytes"),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::qnum>("msg_qnum"),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::qbytes>("msg_qbytes"),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::lspid>("msg_lspid"),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::lrpid>("msg_lrpid"),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::stime>("msg_stime"), pad<Long>(),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::rtime>("msg_rtime"), pad<Long>(),
           field<&freebsd::MsgState<freebsd::IpcPermOld>::ctime>("msg_ctime"), pad<Long>(5));

template <>
inline constexpr auto kFields<freebsd::ShmState> = fields(
    field<&freebsd::ShmState::perm>("shm_perm"), field<&freebsd::ShmState::segsz>("shm_segsz"),
    field<&freebsd::ShmState::lpid>("shm_lpid"), field<&freebsd::ShmState::cpid>("shm_cpid"),
    field<&freebsd::ShmState::nattch>("shm_nattch"), field<&freebsd::ShmState::atime>("shm_atime"),
    field<&freebsd::ShmState::dtime>("shm_dtime"), field<&freebsd::ShmState::ctime>("shm_ctime"));
template <>
inline constexpr auto kFields<freebsd::ShmStateOld> = fields(
    field<&freebsd::ShmStateOld::perm>("shm_perm"),
    field<&freebsd::ShmStateOld::segsz>("shm_segsz"),
    field<&freebsd::ShmStateOld::lpid>("shm_lpid"), field<&freebsd::ShmStateOld::cpid>("shm_cpid"),
    field<&freebsd::ShmStateOld::nattch>("shm_nattch"),
    field<&freebsd::ShmStateOld::atime>("shm_atime"),
    field<&freebsd::ShmStateOld::dtime>("shm_dtime"),
    field<&freebsd::ShmStateOld::ctime>("shm_ctime"), pad<GuestAddr>());

}  // namespace emulate
