#include <string>

#include "host/os/freebsd/jail/prisons.h"
#include "host/os/freebsd/sysctl_rows.h"

/// user.*, p1003_1b.*, security.*: constants of the system interface.

namespace emulate::freebsd {
namespace {

CtlResult cs_path(CtlCall&, CtlValue& out) {
  out.text("/usr/bin:/bin:/usr/sbin:/sbin");
  return {};
}

CtlResult is_jailed(CtlCall&, CtlValue& out) {
  out.i32(jailed() ? 1 : 0);
  return {};
}

/// A parameter of text tells how much there may be of it (sysctl_jail_param()).
template <int N>
CtlResult text_room(CtlCall&, CtlValue& out) {
  out.text(std::to_string(N));
  return {};
}

constexpr CtlRow kRows[] = {
    {"debug", 5, kNode, "N", nullptr},
    {"debug.iosize_max_clamp", kCtlAuto, kInt, "I", constant<0>},
    {"debug.devfs_iosize_max_clamp", kCtlAuto, kInt, "I", constant<1>},
    {"user", 8, kNode, "N", nullptr},
    {"user.cs_path", 1, CtlType::string, "A", cs_path},
    {"user.bc_base_max", 2, kInt, "I", constant<99>},
    {"user.bc_dim_max", 3, kInt, "I", constant<2048>},
    {"user.bc_scale_max", 4, kInt, "I", constant<99>},
    {"user.bc_string_max", 5, kInt, "I", constant<1000>},
    {"user.coll_weights_max", 6, kInt, "I", constant<10>},
    {"user.expr_nest_max", 7, kInt, "I", constant<32>},
    {"user.line_max", 8, kInt, "I", constant<2048>},
    {"user.re_dup_max", 9, kInt, "I", constant<255>},
    {"user.posix2_version", 10, kInt, "I", constant<199212>},
    {"user.posix2_c_bind", 11, kInt, "I", constant<0>},
    {"user.posix2_c_dev", 12, kInt, "I", constant<0>},
    {"user.posix2_char_term", 13, kInt, "I", constant<0>},
    {"user.posix2_fort_dev", 14, kInt, "I", constant<0>},
    {"user.posix2_fort_run", 15, kInt, "I", constant<0>},
    {"user.posix2_localedef", 16, kInt, "I", constant<0>},
    {"user.posix2_sw_dev", 17, kInt, "I", constant<0>},
    {"user.posix2_upe", 18, kInt, "I", constant<0>},
    {"user.stream_max", 19, kInt, "I", constant<20>},
    {"user.tzname_max", 20, kInt, "I", constant<255>},
    {"p1003_1b", 9, kNode, "N", nullptr},
    {"p1003_1b.asynchronous_io", 1, kInt, "I", constant<200112>},
    {"p1003_1b.mapped_files", 2, kInt, "I", constant<200112>},
    {"p1003_1b.memlock", 3, kInt, "I", constant<0>},
    {"p1003_1b.memlock_range", 4, kInt, "I", constant<0>},
    {"p1003_1b.memory_protection", 5, kInt, "I", constant<0>},
    {"p1003_1b.message_passing", 6, kInt, "I", constant<200112>},
    {"p1003_1b.prioritized_io", 7, kInt, "I", constant<0>},
    {"p1003_1b.priority_scheduling", 8, kInt, "I", constant<200112>},
    {"p1003_1b.realtime_signals", 9, kInt, "I", constant<200112>},
    {"p1003_1b.semaphores", 10, kInt, "I", constant<200112>},
    {"p1003_1b.fsync", 11, kInt, "I", constant<200112>},
    {"p1003_1b.shared_memory_objects", 12, kInt, "I", constant<200112>},
    {"p1003_1b.synchronized_io", 13, kInt, "I", constant<0>},
    {"p1003_1b.timers", 14, kInt, "I", constant<200112>},
    {"p1003_1b.aio_listio_max", 15, kInt, "I", constant<0>},
    {"p1003_1b.aio_max", 16, kInt, "I", constant<1024>},
    {"p1003_1b.aio_prio_delta_max", 17, kInt, "I", constant<0>},
    {"p1003_1b.delaytimer_max", 18, kInt, "I", constant<2147483647>},
    {"p1003_1b.mq_open_max", 19, kInt, "I", constant<0>},
    {"p1003_1b.pagesize", 20, kInt, "I",
     [](CtlCall& c, CtlValue& out) -> CtlResult {
       out.i32(c.task.process().machine().page_size);
       return {};
     }},
    {"p1003_1b.rtsig_max", 21, kInt, "I", constant<62>},
    {"p1003_1b.sem_nsems_max", 22, kInt, "I", constant<30>},
    {"p1003_1b.nsems", kCtlAuto, kInt, "I", constant<0>},
    {"p1003_1b.sem_value_max", 23, kInt, "I", constant<2147483647>},
    {"p1003_1b.sigqueue_max", 24, kInt, "I", constant<128>},
    {"p1003_1b.timer_max", 25, kInt, "I", constant<32>},
    {"security", kCtlAuto, kNode, "N", nullptr},
    {"security.jail", kCtlAuto, kNode, "N", nullptr},
    {"security.jail.jailed", kCtlAuto, kInt, "I", is_jailed, false, "Process in jail?"},
    {"security.jail.param", kCtlAuto, kNode, "N", nullptr},
    {"security.jail.param.jid", kCtlAuto, kInt, "I", constant<0>},
    {"security.jail.param.parent", kCtlAuto, kInt, "I", constant<0>},
    {"security.jail.param.name", kCtlAuto, kString, "A", text_room<256>},
    {"security.jail.param.path", kCtlAuto, kString, "A", text_room<1024>},
    {"security.jail.param.securelevel", kCtlAuto, kInt, "I", constant<0>},
    {"security.jail.param.enforce_statfs", kCtlAuto, kInt, "I", constant<0>},
    {"security.jail.param.devfs_ruleset", kCtlAuto, kInt, "I", constant<0>},
    {"security.jail.param.persist", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.dying", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.osreldate", kCtlAuto, kInt, "I", constant<0>},
    {"security.jail.param.osrelease", kCtlAuto, kString, "A", text_room<32>},
    {"security.jail.param.vnet", kCtlAuto, kInt, "E,jailsys", constant<0>},
    {"security.jail.param.sysvmsg", kCtlAuto, kInt, "E,jailsys", constant<0>},
    {"security.jail.param.sysvsem", kCtlAuto, kInt, "E,jailsys", constant<0>},
    {"security.jail.param.sysvshm", kCtlAuto, kInt, "E,jailsys", constant<0>},
    {"security.jail.param.children", kCtlAuto, kNode, "N", nullptr},
    {"security.jail.param.children.cur", kCtlAuto, kInt, "I", constant<0>},
    {"security.jail.param.children.max", kCtlAuto, kInt, "I", constant<0>},
    {"security.jail.param.cpuset", kCtlAuto, kNode, "N", nullptr},
    {"security.jail.param.cpuset.id", kCtlAuto, kInt, "I", constant<0>},
    {"security.jail.param.host", kCtlAuto, kNode, "N", nullptr},
    {"security.jail.param.host.hostname", kCtlAuto, kString, "A", text_room<256>},
    {"security.jail.param.host.domainname", kCtlAuto, kString, "A", text_room<256>},
    {"security.jail.param.host.hostuuid", kCtlAuto, kString, "A", text_room<64>},
    {"security.jail.param.allow", kCtlAuto, kNode, "N", nullptr},
    {"security.jail.param.allow.set_hostname", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.allow.sysvipc", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.allow.raw_sockets", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.allow.chflags", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.allow.mount", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.allow.quotas", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.allow.socket_af", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.allow.read_msgbuf", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.allow.reserved_ports", kCtlAuto, kInt, "B", constant<0>},
    {"security.jail.param.allow.mlock", kCtlAuto, kInt, "B", constant<0>},
    {"security.bsd", kCtlAuto, kNode, "N", nullptr},
    {"security.bsd.unprivileged_proc_debug", kCtlAuto, kInt, "I", constant<1>},
    {"security.bsd.see_other_uids", kCtlAuto, kInt, "I", constant<1>},
    {"security.bsd.see_other_gids", kCtlAuto, kInt, "I", constant<1>},
    {"security.bsd.see_jail_proc", kCtlAuto, kInt, "I", constant<1>},
    {"security.bsd.conservative_signals", kCtlAuto, kInt, "I", constant<1>},
    {"security.bsd.hardlink_check_uid", kCtlAuto, kInt, "I", constant<0>},
    {"security.bsd.hardlink_check_gid", kCtlAuto, kInt, "I", constant<0>},
    {"security.bsd.unprivileged_mlock", kCtlAuto, kInt, "I", constant<1>},
    {"security.bsd.unprivileged_read_msgbuf", kCtlAuto, kInt, "I", constant<0>},
    {"security.bsd.unprivileged_get_quota", kCtlAuto, kInt, "I", constant<0>},
    {"security.bsd.unprivileged_idprio", kCtlAuto, kInt, "I", constant<0>},
    {"security.bsd.map_at_zero", kCtlAuto, kInt, "I", constant<0>},
    {"security.bsd.suser_enabled", kCtlAuto, kInt, "I", constant<1>},
    {"security.bsd.stack_guard_page", kCtlAuto, kInt, "I", constant<1>},
};

}  // namespace

CtlRows sysctl_posix_rows() { return kRows; }

}  // namespace emulate::freebsd
