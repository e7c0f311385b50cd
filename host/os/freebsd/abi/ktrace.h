#pragma once

/// Trace files of ktrace(1) (FreeBSD sys/sys/ktrace.h).

#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/abi/time.h"
#include "host/os/freebsd/capsicum/rights.h"

namespace emulate::freebsd {

enum class KtrType : std::int16_t {
  syscall = 1,
  sysret = 2,
  namei = 3,
  genio = 4,
  psig = 5,
  user = 7,
  structure = 8,
  sysctl = 9,
  proc_ctor = 10,
  proc_dtor = 11,
  cap_fail = 12,
  struct_array = 15,
};

inline constexpr std::uint32_t kKtrFacInherit = 0x4000'0000;
inline constexpr std::uint32_t kKtrFacRoot = 0x8000'0000;
inline constexpr std::uint32_t kKtrOpMask = 3;
inline constexpr std::uint32_t kKtrOpSet = 0;
inline constexpr std::uint32_t kKtrOpClear = 1;
inline constexpr std::uint32_t kKtrOpClearFile = 2;
inline constexpr std::uint64_t kKtrUserMax = 2048;

struct KtrHeader {
  std::int32_t length = 0;
  KtrType type = KtrType::syscall;
  std::int32_t pid = 0;
  char comm[20] = {};
  Timeval time;
  Long tid;
};

struct KtrSyscall {
  std::int16_t code = 0;
  std::int16_t count = 0;
};

struct KtrSysret {
  std::int16_t code = 0;
  std::int16_t eosys = 0;
  std::int32_t error = 0;
  ULong value;
};

struct KtrGenio {
  std::int32_t fd = 0;
  std::int32_t writes = 0;  ///< enum uio_rw: UIO_READ, UIO_WRITE
};

struct KtrPsig {
  std::int32_t signo = 0;
  GuestAddr action;
  std::int32_t code = 0;
  Sigset mask;
};

/// enum ktr_cap_fail_type.
enum class CapFail : std::int32_t {
  not_capable,  ///< a descriptor's rights do not suffice
  increase,     ///< more rights were asked for
  syscall,      ///< a call that capability mode forbids
  lookup,       ///< a path that leaves what capability mode allows
};

struct KtrCapFail {
  CapFail type = CapFail::not_capable;
  CapRights needed;
  CapRights held;
};

struct KtrStructArray {
  ULong struct_size;
};

// struct ktr_proc_ctor: sv_flags of the program's kind.
inline constexpr std::uint32_t kSvAbiFreebsd = 9;
inline constexpr std::uint32_t kSvIlp32 = 0x100;
inline constexpr std::uint32_t kSvLp64 = 0x200;

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr auto kFields<freebsd::KtrHeader> = fields(
    field<&freebsd::KtrHeader::length>("ktr_len"), field<&freebsd::KtrHeader::type>("ktr_type"),
    field<&freebsd::KtrHeader::pid>("ktr_pid"), field<&freebsd::KtrHeader::comm>("ktr_comm"),
    field<&freebsd::KtrHeader::time>("ktr_time"), field<&freebsd::KtrHeader::tid>("ktr_tid"));
template <>
inline constexpr auto kFields<freebsd::KtrSyscall> = fields(
    field<&freebsd::KtrSyscall::code>("ktr_code"), field<&freebsd::KtrSyscall::count>("ktr_narg"));
template <>
inline constexpr auto kFields<freebsd::KtrSysret> = fields(
    field<&freebsd::KtrSysret::code>("ktr_code"), field<&freebsd::KtrSysret::eosys>("ktr_eosys"),
    field<&freebsd::KtrSysret::error>("ktr_error"),
    field<&freebsd::KtrSysret::value>("ktr_retval"));
template <>
inline constexpr auto kFields<freebsd::KtrGenio> =
    fields(field<&freebsd::KtrGenio::fd>("ktr_fd"), field<&freebsd::KtrGenio::writes>("ktr_rw"));
template <>
inline constexpr auto kFields<freebsd::KtrPsig> = fields(field<&freebsd::KtrPsig::signo>("signo"),
                                                         field<&freebsd::KtrPsig::action>("action"),
                                                         field<&freebsd::KtrPsig::code>("code"),
                                                         field<&freebsd::KtrPsig::mask>("mask"));
template <>
inline constexpr auto kFields<freebsd::KtrCapFail> =
    fields(field<&freebsd::KtrCapFail::type>("cap_type"),
           field<&freebsd::KtrCapFail::needed>("cap_needed"),
           field<&freebsd::KtrCapFail::held>("cap_held"));
template <>
inline constexpr auto kFields<freebsd::KtrStructArray> =
    fields(field<&freebsd::KtrStructArray::struct_size>("struct_size"));

}  // namespace emulate
