#pragma once

/// The handlers of process_rows(), by file: fork.cpp, wait.cpp, procctl.cpp, process.cpp.

#include <sys/resource.h>

#include "host/os/freebsd/abi/resource.h"
#include "host/os/freebsd/params.h"
#include "host/os/syscall_table.h"

namespace emulate::freebsd {

/// An int the call stores: pdfork's descriptor, wait4's status.
struct Int {
  std::int32_t value = 0;
};

SysResult sys_fork(Task& task);
SysResult sys_vfork(Task& task);
SysResult sys_rfork(Task& task, Flags flags);
SysResult sys_pdfork(Task& task, Out<Int> fdp, Flags flags);
SysResult sys_pdkill(Task& task, Fd fd, SignalNumber sig);
SysResult sys_pdgetpid(Task& task, Fd fd, Out<Int> pidp);

SysResult sys_wait4(Task& task, std::int32_t pid, Out<Int> status, Flags options,
                    Out<Rusage> rusage);
SysResult sys_wait6(Task& task, std::int32_t idtype, std::int64_t id, Out<Int> status,
                    Flags options, Out<Wrusage> wrusage, Out<Siginfo> info);

SysResult sys_procctl(Task& task, std::int32_t idtype, std::int64_t id, std::int32_t com,
                      GuestAddr data);

/// Nobody but itself asked that the process not be traced (PROC_TRACE_CTL).
bool may_be_traced();
/// Who reaps the caller's orphans: itself, a process of the guest's, or the host's process 1.
pid_t current_reaper();
/// In fork's child: its reaper is the one its parent had.
void inherit_reaper(pid_t reaper, pid_t parent);
/// The signal wanted at the parent's end (PROC_PDEATHSIG_CTL); 0: none.
int parent_death_signal();

/// struct rusage of the host as the guest's.
Rusage rusage_to_guest(const struct ::rusage& host);

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr auto kFields<freebsd::Int> = fields(field<&freebsd::Int::value>("value"));

}  // namespace emulate
