#include "host/os/linux/interface_ioctl.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "host/os/linux/pass.h"

namespace emulate::linux_os {
namespace {

/// What stands behind the name in a struct ifreq.
enum class Form : std::uint8_t {
  text,     ///< bytes
  integer,  ///< an int
  half,     ///< a short
  address,  ///< a struct sockaddr
  map,      ///< a struct ifmap
};

struct InterfaceRow {
  std::uint32_t request;
  const char* name;
  Form form;
};

/// Linux include/uapi/linux/sockios.h.
constexpr InterfaceRow kRows[] = {
    {SIOCGIFNAME, "SIOCGIFNAME", Form::integer},
    {SIOCGIFINDEX, "SIOCGIFINDEX", Form::integer},
    {SIOCGIFFLAGS, "SIOCGIFFLAGS", Form::half},
    {SIOCSIFFLAGS, "SIOCSIFFLAGS", Form::half},
    {SIOCGIFPFLAGS, "SIOCGIFPFLAGS", Form::half},
    {SIOCSIFPFLAGS, "SIOCSIFPFLAGS", Form::half},
    {SIOCGIFADDR, "SIOCGIFADDR", Form::address},
    {SIOCSIFADDR, "SIOCSIFADDR", Form::address},
    {SIOCGIFDSTADDR, "SIOCGIFDSTADDR", Form::address},
    {SIOCSIFDSTADDR, "SIOCSIFDSTADDR", Form::address},
    {SIOCGIFBRDADDR, "SIOCGIFBRDADDR", Form::address},
    {SIOCSIFBRDADDR, "SIOCSIFBRDADDR", Form::address},
    {SIOCGIFNETMASK, "SIOCGIFNETMASK", Form::address},
    {SIOCSIFNETMASK, "SIOCSIFNETMASK", Form::address},
    {SIOCGIFMETRIC, "SIOCGIFMETRIC", Form::integer},
    {SIOCSIFMETRIC, "SIOCSIFMETRIC", Form::integer},
    {SIOCGIFMTU, "SIOCGIFMTU", Form::integer},
    {SIOCSIFMTU, "SIOCSIFMTU", Form::integer},
    {SIOCSIFNAME, "SIOCSIFNAME", Form::text},
    {SIOCGIFHWADDR, "SIOCGIFHWADDR", Form::address},
    {SIOCSIFHWADDR, "SIOCSIFHWADDR", Form::address},
    {SIOCADDMULTI, "SIOCADDMULTI", Form::address},
    {SIOCDELMULTI, "SIOCDELMULTI", Form::address},
    {SIOCGIFTXQLEN, "SIOCGIFTXQLEN", Form::integer},
    {SIOCSIFTXQLEN, "SIOCSIFTXQLEN", Form::integer},
    {SIOCGIFMAP, "SIOCGIFMAP", Form::map},
    {SIOCSIFMAP, "SIOCSIFMAP", Form::map},
    {TUNSETIFF, "TUNSETIFF", Form::half},
    {TUNGETIFF, "TUNGETIFF", Form::half},
};

/// struct ifmap.
struct Ifmap {
  ULong start, end;
  std::uint16_t base = 0;
  std::uint8_t irq = 0, dma = 0, port = 0;
};
/// struct ifconf.
struct Ifconf {
  std::int32_t length = 0;
  GuestAddr buffer;
};

}  // namespace
}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr auto kFields<linux_os::Ifmap> = fields(field<&linux_os::Ifmap::start>("mem_start"),
                                                        field<&linux_os::Ifmap::end>("mem_end"),
                                                        field<&linux_os::Ifmap::base>("base_addr"),
                                                        field<&linux_os::Ifmap::irq>("irq"),
                                                        field<&linux_os::Ifmap::dma>("dma"),
                                                        field<&linux_os::Ifmap::port>("port"));
template <>
inline constexpr auto kFields<linux_os::Ifconf> = fields(
    field<&linux_os::Ifconf::length>("ifc_len"), field<&linux_os::Ifconf::buffer>("ifc_buf"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

constexpr std::size_t kBodyAt = IFNAMSIZ;
constexpr std::size_t kAddressSize = sizeof(sockaddr);

/// The union is as long as its largest member.
std::size_t ifreq_size(const DataModel& model) {
  return kBodyAt + std::max(kAddressSize, guest_size<Ifmap>(model));
}

std::size_t scalar_size(Form form) {
  switch (form) {
    case Form::integer:
      return 4;
    case Form::half:
    case Form::address:  // its family; the rest has network order
      return 2;
    default:
      return 0;
  }
}

/// A struct ifreq of one model as another's.
void convert_ifreq(Form form, const DataModel& from, std::span<const std::byte> in,
                   const DataModel& to, std::span<std::byte> out) {
  std::memcpy(out.data(), in.data(), kBodyAt + kAddressSize);
  const auto body = in.subspan(kBodyAt);
  if (form == Form::map) {
    (void)convert(kLayout<Ifmap>, from, body.first(guest_size<Ifmap>(from)), to,
                  out.subspan(kBodyAt, guest_size<Ifmap>(to)));
  } else if (const std::size_t n = scalar_size(form); n != 0) {
    store_scalar(to, &out[kBodyAt], load_scalar(from, body.data(), n), n);
  }
}

SysResult run(Task& task, int fd, const InterfaceRow& row, GuestAddr argument) {
  const DataModel& model = task.model();
  std::vector<std::byte> guest(ifreq_size(model));
  std::byte host[sizeof(ifreq)] = {};
  if (auto r = task.copyin(guest.data(), argument, guest.size()); !r) return r.error();
  convert_ifreq(row.form, model, guest, kHostModel, host);
  const long r = raw_syscall(SYS_ioctl, fd, row.request, reinterpret_cast<long>(host));
  if (r < 0) return SysResult::from_raw(r);
  convert_ifreq(row.form, kHostModel, host, model, guest);
  if (auto s = task.copyout(argument, guest.data(), guest.size()); !s) return s.error();
  return SysResult::value(static_cast<std::uint64_t>(r));
}

/// SIOCGIFCONF: the addresses of all interfaces, or how much room they take.
SysResult list_interfaces(Task& task, int fd, InOut<Ifconf> argument) {
  auto wanted = argument.load();
  if (!wanted) return wanted.error();
  const DataModel& model = task.model();
  const std::size_t size = ifreq_size(model);
  constexpr std::size_t kMost = 4096;
  const std::size_t room =
      wanted->length < 0 ? 0 : std::min(static_cast<std::size_t>(wanted->length) / size, kMost);
  std::vector<ifreq> found(room);
  ifconf host{};
  host.ifc_len = static_cast<int>(room * sizeof(ifreq));
  if (wanted->buffer) host.ifc_req = found.data();
  const long r = raw_syscall(SYS_ioctl, fd, SIOCGIFCONF, reinterpret_cast<long>(&host));
  if (r < 0) return SysResult::from_raw(r);
  const std::size_t count = static_cast<std::size_t>(host.ifc_len) / sizeof(ifreq);
  std::vector<std::byte> guest(size);
  for (std::size_t i = 0; wanted->buffer && i < count; ++i) {
    convert_ifreq(Form::address, kHostModel, std::as_bytes(std::span(&found[i], 1)), model, guest);
    if (auto s = task.copyout(wanted->buffer + i * size, guest.data(), size); !s) return s.error();
  }
  wanted->length = static_cast<std::int32_t>(count * size);
  return SysResult::from(argument.store(*wanted));
}

const InterfaceRow* find(std::uint32_t request) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                 [&](const InterfaceRow& r) { return r.request == request; });
  return row == std::end(kRows) ? nullptr : row;
}

}  // namespace

const char* interface_ioctl_name(std::uint32_t request) {
  if (request == SIOCGIFCONF) return "SIOCGIFCONF";
  const InterfaceRow* row = find(request);
  return row != nullptr ? row->name : nullptr;
}

std::optional<SysResult> interface_ioctl(Task& task, int fd, std::uint32_t request,
                                         GuestAddr argument) {
  if (request == SIOCGIFCONF) return list_interfaces(task, fd, {task, argument});
  const InterfaceRow* row = find(request);
  if (row == nullptr) return std::nullopt;
  return run(task, fd, *row, argument);
}

}  // namespace emulate::linux_os
