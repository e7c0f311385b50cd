// errno and signal numbers, and structures whose size FreeBSD fixes by name.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>

#include "host/os/freebsd/abi/auxv.h"
#include "host/os/freebsd/abi/errno.h"
#include "host/os/freebsd/abi/kinfo.h"
#include "host/os/freebsd/abi/pcb.h"
#include "host/os/freebsd/abi/route.h"
#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/signal_tables.h"

namespace emulate::freebsd {
namespace {

TEST(Errno, NumbersThatDiffer) {
  EXPECT_EQ(errno_from_host(EAGAIN), 35);
  EXPECT_EQ(errno_from_host(EDEADLK), 11);
  EXPECT_EQ(errno_from_host(ENOSYS), 78);
  EXPECT_EQ(errno_from_host(EOPNOTSUPP), 45);
  EXPECT_EQ(errno_from_host(ENODATA), kENOATTR);
  EXPECT_EQ(errno_from_host(EOWNERDEAD), 96);
  EXPECT_EQ(errno_from_host(0), 0);
}

TEST(Errno, EveryHostNumberHasAGuestOne) {
  for (int e = 1; e < 134; ++e) {
    const int guest = errno_from_host(e);
    EXPECT_GE(guest, 1) << e;
    EXPECT_LE(guest, kEOWNERDEAD) << e;
  }
  EXPECT_EQ(errno_from_host(4000), kEINVAL);
}

TEST(Errno, GuestNumbersComeBack) {
  for (int e = 1; e <= kEOWNERDEAD; ++e) {
    const int host = errno_to_host(e);
    if (host != 0) {
      EXPECT_EQ(errno_from_host(host), e) << errno_name(e);
    }
  }
  EXPECT_EQ(errno_to_host(kENOTCAPABLE), 0);
}

TEST(Signals, NumbersThatDiffer) {
  EXPECT_EQ(signal_to_guest(SIGUSR1), 30);
  EXPECT_EQ(signal_to_guest(SIGCHLD), 20);
  EXPECT_EQ(signal_to_guest(SIGBUS), 10);
  EXPECT_EQ(signal_to_host(kSIGSTOP), SIGSTOP);
  EXPECT_EQ(signal_to_host(kSIGINFO), 0);
  EXPECT_EQ(signal_to_host(kSIGTHR), 0);
}

TEST(Signals, RealtimeSignalsRunInParallel) {
  EXPECT_EQ(signal_to_host(65), 34);
  EXPECT_EQ(signal_to_host(94), 63);
  EXPECT_EQ(signal_to_host(95), 0);  // 64 carries those without a counterpart
  EXPECT_EQ(signal_to_guest(64), 0);
  EXPECT_EQ(signal_to_guest(32), 0);
}

TEST(Signals, GuestNumbersComeBack) {
  for (int s = 1; s <= kSigMaxSig; ++s) {
    const int host = signal_to_host(s);
    if (host != 0) {
      EXPECT_EQ(signal_to_guest(host), s) << signal_name(s);
    }
  }
}

TEST(Signals, DefaultActions) {
  EXPECT_EQ(signal_default_action(kSIGSEGV), DefaultAction::core);
  EXPECT_EQ(signal_default_action(kSIGXCPU), DefaultAction::terminate);
  EXPECT_EQ(signal_default_action(kSIGINFO), DefaultAction::ignore);
  EXPECT_EQ(signal_default_action(kSIGIO), DefaultAction::ignore);
  EXPECT_EQ(signal_default_action(kSIGTSTP), DefaultAction::stop);
  EXPECT_EQ(signal_default_action(kSIGRTMIN), DefaultAction::terminate);
}

TEST(Signals, Codes) {
  EXPECT_EQ(signal_code_to_guest(kSIGFPE, FPE_INTDIV), 2);
  EXPECT_EQ(signal_code_to_guest(kSIGFPE, FPE_INTOVF), 1);
  EXPECT_EQ(signal_code_to_guest(kSIGSEGV, SEGV_ACCERR), 2);
  EXPECT_EQ(signal_code_to_guest(kSIGUSR1, SI_QUEUE), 0x10002);
  EXPECT_EQ(signal_code_to_guest(kSIGUSR1, SI_TKILL), 0x10007);
}

TEST(Signals, WaitStatus) {
  EXPECT_EQ(wait_status_to_guest(3 << 8), 3 << 8);
  EXPECT_EQ(wait_status_to_guest(SIGBUS), 10);
  EXPECT_EQ(wait_status_to_guest(SIGBUS | 0x80), 10 | 0x80);
  EXPECT_EQ(wait_status_to_guest(SIGTSTP << 8 | 0x7f), 18 << 8 | 0x7f);
  EXPECT_EQ(wait_status_to_guest(0xffff), kSIGCONT);
}

TEST(Signals, SiginfoOfTimers) {
  GuestSignal s;
  s.signo = kSIGALRM;
  s.code = kSI_TIMER;
  s.timer_id = 7;
  s.overrun = 9;
  const Siginfo i = make_siginfo(kLe64, s);
  EXPECT_EQ(i.reason[0], 7);
  EXPECT_EQ(i.reason[1], 9);
}

TEST(Layouts, SizesFixedByFreeBsd) {
  EXPECT_EQ(guest_size<KinfoProc>(kLe64), 1088u);  // KINFO_PROC_SIZE
  EXPECT_EQ(guest_size<KinfoProc>(kLe32), 816u);
  EXPECT_EQ(guest_size<KinfoVmentry>(kLe64), 1160u - 1024u);  // less PATH_MAX
  EXPECT_EQ(guest_size<KinfoVmentry>(kLe32), 1160u - 1024u);
  EXPECT_EQ(guest_size<Siginfo>(kLe64), 80u);
  EXPECT_EQ(guest_size<Siginfo>(kLe32), 64u);
  EXPECT_EQ(guest_size<IfData>(kLe64), 152u);
  EXPECT_EQ(guest_size<IfData>(kLe32), 152u);
  EXPECT_EQ(guest_size<IfMsghdr>(kLe64), 168u);
  EXPECT_EQ(guest_size<IfMsghdrl>(kLe64), 176u);
  EXPECT_EQ(guest_size<RtMsghdr>(kLe64), 152u);
  EXPECT_EQ(guest_size<RtMsghdr>(kLe32), 92u);
  for (const DataModel& model : {kLe32, kLe64}) {
    EXPECT_EQ(guest_size<Xsocket>(model), 240u);
    EXPECT_EQ(guest_size<Xinpcb>(model), 400u);
    EXPECT_EQ(guest_size<Xtcpcb>(model), 744u);
    EXPECT_EQ(guest_size<Xunpcb>(model), 904u);
    EXPECT_EQ(guest_size<Xinpgen>(model), 64u);
    EXPECT_EQ(guest_size<Xunpgen>(model), 32u);
  }
  EXPECT_EQ(guest_size<IfaMsghdr>(kLe64), 20u);
  EXPECT_EQ(guest_size<IfaMsghdrl>(kLe64), 176u);
  EXPECT_EQ(guest_size<IfmaMsghdr>(kLe64), 16u);
  EXPECT_EQ(guest_size<PsStrings>(kLe64), 32u);
  EXPECT_EQ(guest_size<PsStrings>(kLe32), 16u);
}

}  // namespace
}  // namespace emulate::freebsd
