#pragma once

/// Asynchronous I/O (FreeBSD sys/sys/aio.h).

#include <cstdint>

#include "host/os/freebsd/abi/timer.h"
#include "host/thunk/layout.h"

namespace emulate::freebsd {

/// The members of struct aiocb before its sigevent.
struct AiocbRequest {
  std::int32_t fildes = 0;
  std::int64_t offset = 0;
  GuestAddr buf;  ///< of the vectored requests of FreeBSD 14: aio_iov
  ULong nbytes;   ///< likewise: aio_iovcnt
  std::int32_t opcode = 0;
  std::int32_t reqprio = 0;
  Long status;  ///< _aiocb_private
  Long error;
  ULong kernelinfo;
};

/// struct aiocb.
struct Aiocb {
  AiocbRequest request;
  Sigevent event;
};

/// struct osigevent: what a sigevent begins with.
struct OldSigevent {
  std::int32_t notify = 0;
  std::int32_t signo = 0;
  ULong value;
};

/// struct oaiocb, of before FreeBSD 7 (sys/kern/vfs_aio.c): the sigevent is where spare room is
/// now.
struct OldAiocb {
  std::int32_t fildes = 0;
  std::int64_t offset = 0;
  GuestAddr buf;
  ULong nbytes;
  OldSigevent event;
  std::int32_t opcode = 0;
  std::int32_t reqprio = 0;

  AiocbRequest request() const {
    return {fildes, offset, buf, nbytes, opcode, reqprio, {}, {}, {}};
  }
};

enum class AioOpcode : std::int32_t {
  nop = 0,
  write = 1,
  read = 2,
  sync = 3,
  mlock = 4,
  writev = 5,
  readv = 6,
};

inline constexpr std::int32_t kAioCanceled = 1;
inline constexpr std::int32_t kAioNotcanceled = 2;
inline constexpr std::int32_t kAioAlldone = 3;
inline constexpr std::int32_t kLioNowait = 0;
inline constexpr std::int32_t kLioWait = 1;
inline constexpr std::size_t kAioQueueMax = 256;  ///< vfs.aio.max_aio_queue_per_proc
inline constexpr std::int32_t kAioOSync = 0x80;   ///< O_SYNC, the operation of aio_fsync

}  // namespace emulate::freebsd

namespace emulate {

/// Where the private members stand among the fields.
inline constexpr std::size_t kAiocbStatusField = 8;
inline constexpr std::size_t kAiocbErrorField = 9;
inline constexpr std::size_t kAiocbKernelinfoField = 10;

template <>
inline constexpr auto kFields<freebsd::AiocbRequest> = fields(
    field<&freebsd::AiocbRequest::fildes>("aio_fildes"),
    field<&freebsd::AiocbRequest::offset>("aio_offset"),
    field<&freebsd::AiocbRequest::buf>("aio_buf"),
    field<&freebsd::AiocbRequest::nbytes>("aio_nbytes"), pad<std::int32_t>(2), pad<GuestAddr>(),
    field<&freebsd::AiocbRequest::opcode>("aio_lio_opcode"),
    field<&freebsd::AiocbRequest::reqprio>("aio_reqprio"),
    field<&freebsd::AiocbRequest::status>("status"), field<&freebsd::AiocbRequest::error>("error"),
    field<&freebsd::AiocbRequest::kernelinfo>("kernelinfo"));

template <>
inline constexpr const char* kStructName<freebsd::Aiocb> = "aiocb";
template <>
inline constexpr auto kFields<freebsd::Aiocb> = fields(
    field<&freebsd::Aiocb::request>("request"), field<&freebsd::Aiocb::event>("aio_sigevent"));

template <>
inline constexpr auto kFields<freebsd::OldSigevent> =
    fields(field<&freebsd::OldSigevent::notify>("sigev_notify"),
           field<&freebsd::OldSigevent::signo>("sigev_signo"),
           field<&freebsd::OldSigevent::value>("sigev_value"));
template <>
inline constexpr auto kFields<freebsd::OldAiocb> = fields(
    field<&freebsd::OldAiocb::fildes>("aio_fildes"),
    field<&freebsd::OldAiocb::offset>("aio_offset"), field<&freebsd::OldAiocb::buf>("aio_buf"),
    field<&freebsd::OldAiocb::nbytes>("aio_nbytes"),
    field<&freebsd::OldAiocb::event>("aio_sigevent"),
    field<&freebsd::OldAiocb::opcode>("aio_lio_opcode"),
    field<&freebsd::OldAiocb::reqprio>("aio_reqprio"));

}  // namespace emulate
