// jail(2): FreeBSD sys/kern/kern_jail.c.

#include "host/os/freebsd/jail/jail.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>

#include "host/os/freebsd/jail/parameters.h"
#include "host/os/path.h"
#include "host/task/root.h"
#include "host/task/start.h"

namespace emulate::freebsd {

/// struct jail, version 2 (FreeBSD sys/sys/jail.h); version 0 ends behind the host's name.
struct Jail {
  std::uint32_t version = 0;
  GuestAddr path;
  GuestAddr hostname;
  GuestAddr jailname;
  std::uint32_t ip4s = 0;
  std::uint32_t ip6s = 0;
  GuestAddr ip4;
  GuestAddr ip6;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Jail> = "jail";
template <>
inline constexpr auto kFields<freebsd::Jail> =
    fields(field<&freebsd::Jail::version>("version"), field<&freebsd::Jail::path>("path"),
           field<&freebsd::Jail::hostname>("hostname"), field<&freebsd::Jail::jailname>("jailname"),
           field<&freebsd::Jail::ip4s>("ip4s"), field<&freebsd::Jail::ip6s>("ip6s"),
           field<&freebsd::Jail::ip4>("ip4"), field<&freebsd::Jail::ip6>("ip6"));

}  // namespace emulate

namespace emulate::freebsd {
namespace {

constexpr std::uint32_t kCreate = 1;
constexpr std::uint32_t kUpdate = 2;
constexpr std::uint32_t kAttach = 4;
constexpr std::uint32_t kDying = 8;

/// PRIV_JAIL_SET and its kin: the superuser outside of jails. (A jail has no children of its own:
/// their parent could not see them.)
bool privileged() { return geteuid() == 0 && !jailed(); }

/// do_jail_attach(): the process sees nothing but `path`.
SysResult confine(Task& task, const std::string& path) {
  PathResolver& paths = task.process().paths();
  const HostPath where = paths.resolve(AT_FDCWD, path, PathResolver::Follow::yes, false);
  if (paths.root().active()) {
    paths.set_root(where.path);
    return SysResult::ok();
  }
  // What starting programs of other machines takes cannot be found inside.
  task.process().plugins().load_all();
  self_executable_fd();
  if (!confine_to(where.path)) return HostErrno{errno};
  // What lay under the prefix can no longer be named from here.
  paths.set_prefix("");
  return SysResult::ok();
}

/// An error and what jail_set(2) says about it.
struct Complaint {
  int host_errno;
  std::string text;
};
template <class T>
using Checked = tl::expected<T, Complaint>;

tl::unexpected<Complaint> complaint(int host_errno, std::string text = {}) {
  return tl::unexpected(Complaint{host_errno, std::move(text)});
}

// --- choosing ------------------------------------------------------------------------------------

/// The jail that `lastjid`, `jid` or `name` names.
Checked<Prison*> choose(Prisons& prisons, JailOptions& options) {
  auto& all = prisons.all();
  if (const auto last = options.integer("lastjid")) {
    Prison* found = nullptr;
    for (Prison& p : all) {
      if (p.id > *last && (found == nullptr || p.id < found->id)) found = &p;
    }
    if (found == nullptr) return complaint(ENOENT, fmt::format("no jail after {}", *last));
    return found;
  } else if (last.error().value != ENOENT) {
    return complaint(last.error().value);
  }
  const auto jid = options.integer("jid");
  if (jid && *jid != 0) {
    if (Prison* p = prisons.by_id(*jid)) return p;
    return complaint(ENOENT, fmt::format("jail {} not found", *jid));
  }
  if (!jid && jid.error().value != ENOENT) return complaint(jid.error().value);
  if (const auto name = options.text("name")) {
    if (Prison* p = prisons.by_name(*name)) return p;
    return complaint(ENOENT, fmt::format("jail \"{}\" not found", *name));
  } else if (name.error().value != ENOENT) {
    return complaint(name.error().value);
  }
  return complaint(ENOENT, "no jail specified");
}

// --- telling -------------------------------------------------------------------------------------

Expected<void> give_switch(JailOptions& options, const std::string& prefix, const std::string& name,
                           bool on) {
  if (auto r = options.give(prefix + name, on ? 1 : 0); !r) return r;
  return options.give(prefix + "no" + name, on ? 0 : 1);
}

Expected<void> give_all(JailOptions& options, const Prison& p) {
  const struct {
    const char* name;
    std::string_view text;
  } texts[] = {{"name", p.name.view()},
               {"path", p.path.view()},
               {"host.hostname", p.hostname.view()},
               {"host.domainname", p.domainname.view()},
               {"host.hostuuid", p.hostuuid.view()},
               {"osrelease", p.osrelease.view()}};
  const struct {
    const char* name;
    std::int32_t value;
  } numbers[] = {{"jid", p.id},         {"parent", p.parent},  {"cpuset.id", 1},
                 {"children.cur", 0},   {"host", 1},           {"vnet", p.vnet},
                 {"ip4", kJailInherit}, {"ip6", kJailInherit}, {"host.hostid", p.hostid}};
  for (const auto& t : texts) {
    if (auto r = options.give(t.name, t.text); !r) return r;
  }
  for (const auto& n : numbers) {
    if (auto r = options.give(n.name, n.value); !r) return r;
  }
  for (const PrisonNumber& n : kPrisonNumbers) {
    if (auto r = options.give(n.name, p.*n.member); !r) return r;
  }
  for (unsigned i = 0; i < kSysvKinds; ++i) {
    if (auto r = options.give(kSysvParameters[i], p.sysv[i]); !r) return r;
  }
  if (auto r = give_switch(options, "", "persist", p.persist != 0); !r) return r;
  if (auto r = give_switch(options, "", "dying", false); !r) return r;
  for (std::size_t i = 0; i < std::size(kPrisonAllows); ++i) {
    if (auto r = give_switch(options, "allow.", kPrisonAllows[i], (p.allow >> i & 1) != 0); !r) {
      return r;
    }
  }
  return {};
}

Checked<std::int32_t> get(JailOptions& options) {
  // Inside a jail nobody sees any.
  if (jailed()) return complaint(ENOENT, "no jail specified");
  Prisons prisons;
  if (prisons.error() == ENOENT) return complaint(ENOENT, "no jail specified");
  if (prisons.error() != 0) return complaint(prisons.error());
  const auto chosen = choose(prisons, options);
  if (!chosen) return tl::unexpected(chosen.error());
  if (auto r = give_all(options, **chosen); !r) return complaint(r.error().value);
  if (const auto* o = options.unknown()) {
    return complaint(EINVAL, "unknown parameter: " + o->name);
  }
  return (*chosen)->id;
}

// --- setting -------------------------------------------------------------------------------------

/// NAME or noNAME, whatever value they have.
void take_switch(JailOptions& options, const std::string& prefix, const std::string& name,
                 const std::function<void(bool)>& set) {
  if (options.find(prefix + name) != nullptr) set(true);
  if (options.find(prefix + "no" + name) != nullptr) set(false);
}

template <std::size_t N>
Checked<void> take_text(JailOptions& options, const char* name, PrisonText<N>& to) {
  const auto text = options.text(name);
  if (!text) {
    if (text.error().value == ENOENT) return {};
    return complaint(text.error().value, fmt::format("invalid {}", name));
  }
  if (!to.set(*text)) return complaint(ENAMETOOLONG);
  return {};
}

Checked<void> take_all(JailOptions& options, Prison& p) {
  for (const PrisonNumber& n : kPrisonNumbers) {
    const auto value = options.integer(n.name);
    if (value) p.*n.member = *value;
    if (!value && value.error().value != ENOENT) return complaint(value.error().value);
  }
  if (p.enforce_statfs < 0 || p.enforce_statfs > 2) return complaint(EINVAL);
  if (auto r = take_text(options, "name", p.name); !r) return r;
  if (auto r = take_text(options, "host.hostname", p.hostname); !r) return r;
  if (auto r = take_text(options, "host.domainname", p.domainname); !r) return r;
  if (auto r = take_text(options, "host.hostuuid", p.hostuuid); !r) return r;
  if (auto r = take_text(options, "osrelease", p.osrelease); !r) return r;
  take_switch(options, "", "persist", [&](bool on) { p.persist = on ? 1 : 0; });
  for (std::size_t i = 0; i < std::size(kPrisonAllows); ++i) {
    take_switch(options, "allow.", kPrisonAllows[i],
                [&](bool on) { p.allow = on ? p.allow | 1ULL << i : p.allow & ~(1ULL << i); });
  }
  for (const char* name : {"ip4", "ip6", "ip4.addr", "ip6.addr", "host", "host.hostid", "jid"})
    options.find(name);
  return {};
}

/// vnet and the three of System V. What is not said of a new jail follows from allow.sysvipc
/// (msg_prison_set()). The host has one namespace for all of System V.
Checked<void> take_systems(JailOptions& options, Prison& p, bool is_new) {
  const auto take = [&](const char* name, std::int32_t& to, bool can_be_off) -> Checked<void> {
    const auto value = options.integer(name);
    if (!value && value.error().value == ENOENT) return {};
    if (!value) return complaint(value.error().value);
    if (*value < (can_be_off ? kJailDisable : kJailNew) || *value > kJailInherit) {
      return complaint(EINVAL, fmt::format("invalid {}", name));
    }
    if (!is_new && *value != to && (*value == kJailNew || to == kJailNew)) {
      return complaint(EINVAL, fmt::format("{} cannot be changed after creation", name));
    }
    to = *value;
    return {};
  };
  if (auto r = take("vnet", p.vnet, false); !r) return r;
  if (is_new) p.sysv.fill(p.allows(PrisonAllow::sysvipc) ? kJailInherit : kJailDisable);
  for (unsigned i = 0; i < kSysvKinds; ++i) {
    if (auto r = take(kSysvParameters[i], p.sysv[i], true); !r) return r;
  }
  const auto has = [&](std::int32_t from) {
    return std::ranges::find(p.sysv, from) != p.sysv.end();
  };
  if (has(kJailNew) && has(kJailInherit)) {
    return complaint(EPERM, "System V IPC is all new or all inherited");
  }
  return {};
}

/// A name that is a number names the jail of that number only.
bool name_fits(const Prison& p) {
  const std::string_view name = p.name.view();
  int number = 0;
  const auto r = std::from_chars(name.data(), name.data() + name.size(), number);
  return r.ec != std::errc() || r.ptr != name.data() + name.size() || number == p.id;
}

/// The root of a new jail.
Checked<void> take_path(Task& task, JailOptions& options, Prison& p) {
  const auto text = options.text("path");
  if (!text) return complaint(EINVAL, "no path given");
  if (text->empty() || text->front() != '/') return complaint(EINVAL, "path is not absolute");
  if (!p.path.set(*text)) return complaint(ENAMETOOLONG);
  const HostPath host =
      task.process().paths().resolve(AT_FDCWD, *text, PathResolver::Follow::yes, false);
  struct stat st {};
  if (fstatat(host.dirfd, host.c_str(), &st, 0) != 0) return complaint(errno);
  if (!S_ISDIR(st.st_mode)) return complaint(ENOTDIR);
  return {};
}

Checked<std::int32_t> set(Task& task, JailOptions& options, std::uint32_t flags) {
  if ((flags & ~(kCreate | kUpdate | kAttach | kDying)) != 0) return complaint(EINVAL);
  if (!privileged()) return complaint(EPERM);
  Prisons prisons;
  if (prisons.error() != 0) return complaint(prisons.error());
  const auto chosen = choose(prisons, options);
  const bool named = options.find("jid") != nullptr || options.find("name") != nullptr;
  if ((flags & (kCreate | kUpdate)) == 0) return complaint(EINVAL, "nothing to do");
  if (!chosen && (flags & kCreate) == 0) return tl::unexpected(chosen.error());
  if (chosen && (flags & kUpdate) == 0 && named) {
    return complaint(EEXIST, fmt::format("jail {} already exists", (*chosen)->id));
  }
  Prison fresh;
  fresh.allow = kPrisonAllowDefault;
  const auto jid = options.integer("jid");
  fresh.id = jid && *jid > 0 ? *jid : prisons.free_id();
  Prison& p = chosen ? **chosen : fresh;
  if (auto r = take_all(options, p); !r) return tl::unexpected(r.error());
  if (auto r = take_systems(options, p, !chosen); !r) return tl::unexpected(r.error());
  if (p.name.view().empty()) p.name.set(std::to_string(p.id));
  if (!name_fits(p)) return complaint(EINVAL, "name cannot be numeric (unless it is the jid)");
  if (!chosen) {
    if (auto r = take_path(task, options, p); !r) return tl::unexpected(r.error());
    if ((flags & kAttach) == 0 && p.persist == 0) {
      return complaint(EINVAL, "new jail must persist or attach");
    }
  } else if (options.find("path") != nullptr) {
    return complaint(EINVAL, "path cannot be changed after creation");
  }
  if (const auto* o = options.unknown()) {
    return complaint(EINVAL, "unknown parameter: " + o->name);
  }
  const int id = p.id;
  if ((flags & kAttach) != 0) {
    if (auto r = enter_prison(p); !r) return complaint(r.error().value);
    if (const SysResult r = confine(task, std::string(p.path.view())); !r.is_value()) {
      return complaint(r.error());
    }
  }
  if (!chosen) prisons.all().push_back(fresh);
  if (auto r = prisons.save(); !r) return complaint(r.error().value);
  return id;
}

SysResult finish(Task& task, JailOptions& options, const Checked<std::int32_t>& id, bool gets) {
  if (!id) {
    options.complain(task, id.error().text);
    return HostErrno{id.error().host_errno};
  }
  if (gets) {
    if (auto r = options.store(task); !r) return r.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(*id));
}

}  // namespace

SysResult sys_jail_set(Task& task, GuestAddr iovp, std::uint32_t iovcnt, Flags flags) {
  auto options = JailOptions::load(task, iovp, iovcnt);
  if (!options) return options.error();
  return finish(task, *options, set(task, *options, bits(flags)), false);
}

SysResult sys_jail_get(Task& task, GuestAddr iovp, std::uint32_t iovcnt, Flags flags) {
  if ((bits(flags) & ~kDying) != 0) return HostErrno{EINVAL};
  auto options = JailOptions::load(task, iovp, iovcnt);
  if (!options) return options.error();
  return finish(task, *options, get(*options), true);
}

SysResult sys_jail(Task& task, GuestAddr at) {
  std::byte version[4];
  if (auto r = task.copyin(version, at, sizeof version); !r) return r.error();
  constexpr std::uint64_t kApiVersion = 2;
  const std::uint64_t v = load_scalar(task.model(), version, sizeof version);
  if (v != 0 && v != kApiVersion) return HostErrno{EINVAL};
  Jail jail;
  const DataModel& model = task.model();
  std::vector<std::byte> bytes(guest_size<Jail>(model));
  // Of the first version there is less.
  const std::size_t size = v == 0 ? guest_offset(kLayout<Jail>, model, 3) + 4 : bytes.size();
  if (auto r = task.copyin(bytes.data(), at, size); !r) return r.error();
  jail = decode<Jail>(model, std::span<const std::byte>(bytes));
  if (v == 0) jail.jailname = GuestAddr();
  if (!privileged()) return HostErrno{EPERM};
  Prisons prisons;
  if (prisons.error() != 0) return HostErrno{prisons.error()};
  const auto text = [&](GuestAddr from) {
    return from ? copyinstr(task.memory(), from, sizeof(Prison::hostname))
                : Expected<std::string>(std::string());
  };
  const auto hostname = text(jail.hostname);
  const auto name = text(jail.jailname);
  if (!hostname) return hostname.error();
  if (!name) return name.error();
  if (!name->empty() && prisons.by_name(*name) != nullptr) return HostErrno{EEXIST};
  const auto path = copyinstr(task.memory(), jail.path, sizeof(Prison::path));
  if (!path) return path.error();
  Prison p;
  p.allow = kPrisonAllowDefault;
  p.id = prisons.free_id();
  (void)p.name.set(name->empty() ? std::to_string(p.id) : *name);
  (void)p.hostname.set(*hostname);
  if (!p.path.set(*path)) return HostErrno{ENAMETOOLONG};
  if (auto r = enter_prison(p); !r) return r.error();
  if (const SysResult r = confine(task, *path); !r.is_value()) return r;
  prisons.all().push_back(p);
  if (auto r = prisons.save(); !r) return r.error();
  return SysResult::value(static_cast<std::uint64_t>(p.id));
}

SysResult sys_jail_attach(Task& task, std::int32_t jid) {
  if (!privileged()) return HostErrno{EPERM};
  Prisons prisons;
  Prison* p = prisons.error() == 0 ? prisons.by_id(jid) : nullptr;
  if (p == nullptr) return HostErrno{EINVAL};
  if (auto r = enter_prison(*p); !r) return r.error();
  if (auto r = prisons.save(); !r) return r.error();
  return confine(task, std::string(p->path.view()));
}

SysResult sys_jail_remove(Task&, std::int32_t jid) {
  if (!privileged()) return HostErrno{EPERM};
  Prisons prisons;
  Prison* p = prisons.error() == 0 ? prisons.by_id(jid) : nullptr;
  if (p == nullptr) return HostErrno{EINVAL};
  for (const int pid : prisoners(*p)) kill(pid, SIGKILL);
  std::erase_if(prisons.all(), [&](const Prison& q) { return q.id == jid; });
  return SysResult::from(prisons.save());
}

}  // namespace emulate::freebsd
