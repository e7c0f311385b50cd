#include "host/os/linux/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "host/os/guest_buffers.h"
#include "host/os/linux/netlink_layouts.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/socket_values.h"

namespace emulate::linux_os {
namespace {

using Bytes = std::vector<std::byte>;
using View = std::span<const std::byte>;
using netlink::Attribute;
using netlink::Inside;
using netlink::Space;

constexpr std::size_t kAttributeHeader = sizeof(rtattr), kMessageHeader = sizeof(nlmsghdr),
                      kHopHeader = sizeof(rtnexthop);
constexpr Members kMessageHeaderMembers = "42244", kHopHeaderMembers = "2114";
constexpr std::uint16_t kTypeMask = static_cast<std::uint16_t>(NLA_TYPE_MASK);
constexpr unsigned kDeepest = 8;

std::size_t padded(std::size_t n) { return (n + 3) & ~std::size_t{3}; }

/// A buffer of messages in another byte order. Lengths in headers are set anew: what is not known
/// is left out.
class Translation {
 public:
  Translation(const Task& task, Way way)
      : task_(task), way_(way), swaps_(task.model().order != kHostModel.order) {}

  Bytes messages(View in) {
    out_.reserve(in.size());
    while (in.size() >= kMessageHeader) {
      const std::size_t length = number(in, 0, 4);
      if (length < kMessageHeader || (way_ == Way::to_host && length > in.size())) break;
      const std::size_t start = message(in.first(std::min(length, in.size())));
      // What of a message does not fit into the receiver's buffer is missing there too.
      const std::size_t missing = length - std::min(length, in.size());
      set_number(start, 4, out_.size() - start + missing);
      in = in.subspan(std::min(padded(length), in.size()));
      if (!in.empty()) out_.resize(padded(out_.size()));
    }
    // The kernel does not look at what is no message.
    out_.insert(out_.end(), in.begin(), in.end());
    return std::move(out_);
  }

  /// Whether all was known.
  bool complete() const { return complete_; }

 private:
  std::uint64_t number(View in, std::size_t at, unsigned size) const {
    const DataModel& model = way_ == Way::to_host ? task_.model() : kHostModel;
    return load_scalar(model, &in[at], size);
  }
  void set_number(std::size_t at, unsigned size, std::uint64_t value) {
    const DataModel& model = way_ == Way::to_host ? kHostModel : task_.model();
    store_scalar(model, &out_[at], value, size);
  }

  void members(View in, Members sizes) {
    const std::size_t start = out_.size();
    out_.insert(out_.end(), in.begin(), in.end());
    if (swaps_) swap_members(std::span(out_).subspan(start), sizes);
  }

  std::size_t message(View in) {
    const std::size_t start = out_.size();
    const auto type = static_cast<std::uint16_t>(number(in, 4, 2));
    const auto flags = static_cast<std::uint16_t>(number(in, 6, 2));
    members(in.first(kMessageHeader), kMessageHeaderMembers);
    const View body = in.subspan(kMessageHeader);
    if (type == NLMSG_ERROR) {
      error(body, flags);
    } else if (type == NLMSG_DONE) {
      outcome(body);
    } else if (!swaps_ || type < NLMSG_MIN_TYPE) {
      out_.insert(out_.end(), body.begin(), body.end());
    } else {
      about(body, type);
    }
    return start;
  }

  /// An errno, negative, or a number that is none.
  void outcome(View in) {
    if (in.size() < 4) return;
    auto value = static_cast<std::int32_t>(number(in, 0, 4));
    if (value < 0 && way_ == Way::to_guest) {
      value = -task_.process().personality().guest_errno(-value);
    }
    const std::size_t at = out_.size();
    out_.resize(at + 4);
    set_number(at, 4, static_cast<std::uint32_t>(value));
    out_.insert(out_.end(), in.begin() + 4, in.end());
  }

  /// struct nlmsgerr: an errno, and the message that it answers or its header.
  void error(View in, std::uint16_t flags) {
    if (in.size() < 4 + kMessageHeader) return outcome(in);
    // A message that was done is not repeated.
    const bool capped = (flags & NLM_F_CAPPED) != 0 || number(in, 0, 4) == 0;
    outcome(in.first(4));
    in = in.subspan(4);
    const std::size_t length = number(in, 0, 4);
    const std::size_t shown = std::clamp(capped ? 0 : length, kMessageHeader, in.size());
    if (capped || number(in, 4, 2) < NLMSG_MIN_TYPE) {
      members(in.first(kMessageHeader), kMessageHeaderMembers);
      const View rest = in.subspan(kMessageHeader, shown - kMessageHeader);
      out_.insert(out_.end(), rest.begin(), rest.end());
    } else {
      const std::size_t start = message(in.first(shown));
      set_number(start, 4, out_.size() - start);
    }
    if ((flags & NLM_F_ACK_TLVS) == 0 || padded(shown) >= in.size()) return;
    out_.resize(padded(out_.size()));
    attributes(in.subspan(padded(shown)), netlink::kErrorSpace, 0);
  }

  void about(View in, std::uint16_t type) {
    const Space* space =
        netlink::message_space(type, in.empty() ? 0 : std::to_integer<std::uint8_t>(in[0]));
    if (space == nullptr) {
      complete_ = false;
      return;
    }
    inside(in, *space, 0);
  }

  void inside(View in, const Space& space, unsigned depth) {
    const std::size_t header = std::min(size_of(space.header), in.size());
    // A request may consist of the family alone.
    if (header != 0) members(in.first(header), space.header);
    if (padded(header) >= in.size()) return append_padding(in.size() - header);
    append_padding(padded(header) - header);
    attributes(in.subspan(padded(header)), space, depth);
  }
  void append_padding(std::size_t n) { out_.resize(out_.size() + n); }

  /// Takes off the next of what begins with its 16-bit length; empty when there is none.
  View take(View& in, std::size_t header) const {
    if (in.size() < header) return {};
    const std::size_t length = number(in, 0, 2);
    if (length < header || length > in.size()) return {};
    const View item = in.first(length);
    in = in.subspan(std::min(padded(length), in.size()));
    return item;
  }

  void attributes(View in, const Space& space, unsigned depth) {
    const View all = in;
    std::size_t left = in.size();
    for (View a = take(in, kAttributeHeader); !a.empty(); a = take(in, kAttributeHeader)) {
      attribute(a, space, all, depth);
      if (left - in.size() == padded(a.size())) out_.resize(padded(out_.size()));
      left = in.size();
    }
    if (way_ == Way::to_host) out_.insert(out_.end(), in.begin(), in.end());
  }

  void attribute(View in, const Space& space, View all, unsigned depth) {
    const auto type = static_cast<std::uint16_t>(number(in, 2, 2));
    const View value = in.subspan(kAttributeHeader);
    const Attribute other{static_cast<std::uint16_t>(type & kTypeMask), space.others};
    const Attribute* known = space.find(other.type);
    if (known == nullptr && !space.others.empty()) known = &other;
    const Space* within = known == nullptr                   ? nullptr
                          : known->inside == Inside::by_name ? named(*known, all)
                                                             : known->space;
    const bool plain = known != nullptr && known->inside == Inside::members;
    if ((!plain && within == nullptr) || depth == kDeepest) {
      complete_ = false;
      return;
    }
    const std::size_t start = out_.size();
    members(in.first(kAttributeHeader), "2");
    if (plain) {
      members(value, known->members);
    } else if (known->inside == Inside::hops) {
      hops(value, *within, depth + 1);
    } else {
      inside(value, *within, depth + 1);
    }
    set_number(start, 2, out_.size() - start);
  }

  /// The space that an attribute among `all` names.
  const Space* named(const Attribute& a, View all) const {
    for (View other = take(all, kAttributeHeader); !other.empty();
         other = take(all, kAttributeHeader)) {
      if ((number(other, 2, 2) & kTypeMask) != a.name_type) continue;
      const View value = other.subspan(kAttributeHeader);
      const auto* text = reinterpret_cast<const char*>(value.data());
      const std::string_view name(text, strnlen(text, value.size()));
      const auto found =
          std::find_if(a.named.begin(), a.named.end(),
                       [name](const netlink::NamedSpace& n) { return n.name == name; });
      return found != a.named.end() ? found->space : nullptr;
    }
    return nullptr;
  }

  void hops(View in, const Space& space, unsigned depth) {
    for (View hop = take(in, kHopHeader); !hop.empty(); hop = take(in, kHopHeader)) {
      out_.resize(padded(out_.size()));
      const std::size_t start = out_.size();
      members(hop.first(kHopHeader), kHopHeaderMembers);
      attributes(hop.subspan(kHopHeader), space, depth);
      set_number(start, 2, out_.size() - start);
    }
  }

  const Task& task_;
  const Way way_;
  const bool swaps_;
  bool complete_ = true;
  Bytes out_;
};

int option(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

bool differs(const Task& task) {
  return task.model().order != kHostModel.order ||
         task.process().personality().guest_errno(ENOSYS) != ENOSYS;
}

constexpr std::size_t kMostBytes = 1 << 24;

}  // namespace

bool offers_netlink(const Task& task, int protocol) {
  return task.model().order == kHostModel.order || protocol == NETLINK_ROUTE ||
         protocol == NETLINK_KOBJECT_UEVENT;
}

bool is_netlink(int fd) { return option(fd, SO_DOMAIN) == AF_NETLINK; }

Expected<std::optional<Bytes>> netlink_to_host(const Task& task, int fd,
                                               std::span<const iovec> parts) {
  if (task.model().order == kHostModel.order || !is_netlink(fd) ||
      option(fd, SO_PROTOCOL) != NETLINK_ROUTE) {
    return std::nullopt;
  }
  if (total_size(parts) > kMostBytes) return host_error(EMSGSIZE);
  const auto in = gather(task, parts);
  if (!in) return tl::unexpected(in.error());
  Translation translation(task, Way::to_host);
  Bytes out = translation.messages(*in);
  if (!translation.complete()) return host_error(EOPNOTSUPP);
  return out;
}

Expected<long> netlink_to_guest(const Task& task, int fd, std::span<const iovec> parts, long size) {
  if (size <= 0 || !differs(task) || option(fd, SO_PROTOCOL) != NETLINK_ROUTE) return size;
  const auto in = gather(task, parts, static_cast<std::size_t>(size));
  if (!in) return tl::unexpected(in.error());
  const Bytes out = Translation(task, Way::to_guest).messages(*in);
  if (auto r = scatter(task, out, parts); !r) return tl::unexpected(r.error());
  return size - static_cast<long>(in->size() - out.size());
}

}  // namespace emulate::linux_os
