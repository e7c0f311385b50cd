#include "host/os/freebsd/errno.h"

#include <array>
#include <cerrno>
#include <cstring>

#include "host/os/freebsd/abi/errno.h"

namespace emulate::freebsd {
namespace {

struct ErrnoRow {
  int guest;
  int host;  ///< 0: the host has no such error
  const char* name;
};

constexpr ErrnoRow kErrnos[] = {
    {kEPERM, EPERM, "EPERM"},
    {kENOENT, ENOENT, "ENOENT"},
    {kESRCH, ESRCH, "ESRCH"},
    {kEINTR, EINTR, "EINTR"},
    {kEIO, EIO, "EIO"},
    {kENXIO, ENXIO, "ENXIO"},
    {kE2BIG, E2BIG, "E2BIG"},
    {kENOEXEC, ENOEXEC, "ENOEXEC"},
    {kEBADF, EBADF, "EBADF"},
    {kECHILD, ECHILD, "ECHILD"},
    {kEDEADLK, EDEADLK, "EDEADLK"},
    {kENOMEM, ENOMEM, "ENOMEM"},
    {kEACCES, EACCES, "EACCES"},
    {kEFAULT, EFAULT, "EFAULT"},
    {kENOTBLK, ENOTBLK, "ENOTBLK"},
    {kEBUSY, EBUSY, "EBUSY"},
    {kEEXIST, EEXIST, "EEXIST"},
    {kEXDEV, EXDEV, "EXDEV"},
    {kENODEV, ENODEV, "ENODEV"},
    {kENOTDIR, ENOTDIR, "ENOTDIR"},
    {kEISDIR, EISDIR, "EISDIR"},
    {kEINVAL, EINVAL, "EINVAL"},
    {kENFILE, ENFILE, "ENFILE"},
    {kEMFILE, EMFILE, "EMFILE"},
    {kENOTTY, ENOTTY, "ENOTTY"},
    {kETXTBSY, ETXTBSY, "ETXTBSY"},
    {kEFBIG, EFBIG, "EFBIG"},
    {kENOSPC, ENOSPC, "ENOSPC"},
    {kESPIPE, ESPIPE, "ESPIPE"},
    {kEROFS, EROFS, "EROFS"},
    {kEMLINK, EMLINK, "EMLINK"},
    {kEPIPE, EPIPE, "EPIPE"},
    {kEDOM, EDOM, "EDOM"},
    {kERANGE, ERANGE, "ERANGE"},
    {kEAGAIN, EAGAIN, "EAGAIN"},
    {kEINPROGRESS, EINPROGRESS, "EINPROGRESS"},
    {kEALREADY, EALREADY, "EALREADY"},
    {kENOTSOCK, ENOTSOCK, "ENOTSOCK"},
    {kEDESTADDRREQ, EDESTADDRREQ, "EDESTADDRREQ"},
    {kEMSGSIZE, EMSGSIZE, "EMSGSIZE"},
    {kEPROTOTYPE, EPROTOTYPE, "EPROTOTYPE"},
    {kENOPROTOOPT, ENOPROTOOPT, "ENOPROTOOPT"},
    {kEPROTONOSUPPORT, EPROTONOSUPPORT, "EPROTONOSUPPORT"},
    {kESOCKTNOSUPPORT, ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT"},
    {kEOPNOTSUPP, EOPNOTSUPP, "EOPNOTSUPP"},
    {kEPFNOSUPPORT, EPFNOSUPPORT, "EPFNOSUPPORT"},
    {kEAFNOSUPPORT, EAFNOSUPPORT, "EAFNOSUPPORT"},
    {kEADDRINUSE, EADDRINUSE, "EADDRINUSE"},
    {kEADDRNOTAVAIL, EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    {kENETDOWN, ENETDOWN, "ENETDOWN"},
    {kENETUNREACH, ENETUNREACH, "ENETUNREACH"},
    {kENETRESET, ENETRESET, "ENETRESET"},
    {kECONNABORTED, ECONNABORTED, "ECONNABORTED"},
    {kECONNRESET, ECONNRESET, "ECONNRESET"},
    {kENOBUFS, ENOBUFS, "ENOBUFS"},
    {kEISCONN, EISCONN, "EISCONN"},
    {kENOTCONN, ENOTCONN, "ENOTCONN"},
    {kESHUTDOWN, ESHUTDOWN, "ESHUTDOWN"},
    {kETOOMANYREFS, ETOOMANYREFS, "ETOOMANYREFS"},
    {kETIMEDOUT, ETIMEDOUT, "ETIMEDOUT"},
    {kECONNREFUSED, ECONNREFUSED, "ECONNREFUSED"},
    {kELOOP, ELOOP, "ELOOP"},
    {kENAMETOOLONG, ENAMETOOLONG, "ENAMETOOLONG"},
    {kEHOSTDOWN, EHOSTDOWN, "EHOSTDOWN"},
    {kEHOSTUNREACH, EHOSTUNREACH, "EHOSTUNREACH"},
    {kENOTEMPTY, ENOTEMPTY, "ENOTEMPTY"},
    {kEPROCLIM, 0, "EPROCLIM"},
    {kEUSERS, EUSERS, "EUSERS"},
    {kEDQUOT, EDQUOT, "EDQUOT"},
    {kESTALE, ESTALE, "ESTALE"},
    {kEREMOTE, EREMOTE, "EREMOTE"},
    {kEBADRPC, 0, "EBADRPC"},
    {kERPCMISMATCH, 0, "ERPCMISMATCH"},
    {kEPROGUNAVAIL, 0, "EPROGUNAVAIL"},
    {kEPROGMISMATCH, 0, "EPROGMISMATCH"},
    {kEPROCUNAVAIL, 0, "EPROCUNAVAIL"},
    {kENOLCK, ENOLCK, "ENOLCK"},
    {kENOSYS, ENOSYS, "ENOSYS"},
    {kEFTYPE, 0, "EFTYPE"},
    {kEAUTH, 0, "EAUTH"},
    {kENEEDAUTH, 0, "ENEEDAUTH"},
    {kEIDRM, EIDRM, "EIDRM"},
    {kENOMSG, ENOMSG, "ENOMSG"},
    {kEOVERFLOW, EOVERFLOW, "EOVERFLOW"},
    {kECANCELED, ECANCELED, "ECANCELED"},
    {kEILSEQ, EILSEQ, "EILSEQ"},
    {kENOATTR, 0, "ENOATTR"},
    {kEDOOFUS, 0, "EDOOFUS"},
    {kEBADMSG, EBADMSG, "EBADMSG"},
    {kEMULTIHOP, EMULTIHOP, "EMULTIHOP"},
    {kENOLINK, ENOLINK, "ENOLINK"},
    {kEPROTO, EPROTO, "EPROTO"},
    {kENOTCAPABLE, 0, "ENOTCAPABLE"},
    {kECAPMODE, 0, "ECAPMODE"},
    {kENOTRECOVERABLE, ENOTRECOVERABLE, "ENOTRECOVERABLE"},
    {kEOWNERDEAD, EOWNERDEAD, "EOWNERDEAD"},
};

/// Errors of the host that FreeBSD has no name of its own for.
struct StandIn {
  int host;
  int guest;
};

constexpr StandIn kStandIns[] = {
    {ENODATA, kENOATTR},  // no such extended attribute
    {ETIME, kETIMEDOUT},     {ENOTUNIQ, kEADDRINUSE}, {ENONET, kENETDOWN},  {ECOMM, kEIO},
    {EBADFD, kEBADF},        {EREMOTEIO, kEIO},       {ENOSR, kENOBUFS},    {ENOSTR, kENOTTY},
    {ELIBACC, kENOENT},      {ELIBBAD, kENOEXEC},     {ELIBEXEC, kENOEXEC}, {ENOKEY, kENOENT},
    {EKEYREJECTED, kEACCES}, {ERFKILL, kENETDOWN},    {EHWPOISON, kEFAULT}, {EUCLEAN, kEIO},
    {ENOMEDIUM, kENXIO},     {EMEDIUMTYPE, kENXIO},   {ERESTART, kEINTR},
};

constexpr int kHighestHostErrno = 133;

constexpr std::array<int, kHighestHostErrno + 1> make_from_host() {
  std::array<int, kHighestHostErrno + 1> table{};
  for (const ErrnoRow& r : kErrnos) table[r.host] = r.guest;
  for (const StandIn& s : kStandIns) table[s.host] = s.guest;
  table[0] = 0;
  return table;
}

constexpr auto kFromHost = make_from_host();

const ErrnoRow* find_guest(int guest) {
  for (const ErrnoRow& r : kErrnos) {
    if (r.guest == guest) return &r;
  }
  return nullptr;
}

}  // namespace

int errno_from_host(int host) {
  if (host == 0) return 0;
  if (host == kHostNotCapable) return kENOTCAPABLE;
  if (host == kHostCapMode) return kECAPMODE;
  if (host < 0 || host > kHighestHostErrno || kFromHost[host] == 0) return kEINVAL;
  return kFromHost[host];
}

int errno_to_host(int guest) {
  const ErrnoRow* r = find_guest(guest);
  return r != nullptr ? r->host : 0;
}

const char* errno_name(int guest) {
  const ErrnoRow* r = find_guest(guest);
  return r != nullptr ? r->name : "?";
}

const char* errno_text(int guest) {
  const ErrnoRow* r = find_guest(guest);
  if (r == nullptr) return "?";
  return r->host != 0 ? ::strerrordesc_np(r->host) : r->name;
}

}  // namespace emulate::freebsd
