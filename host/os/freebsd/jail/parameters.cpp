#include "host/os/freebsd/jail/parameters.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/os/freebsd/uio.h"

namespace emulate::freebsd {

Expected<JailOptions> JailOptions::load(Task& task, GuestAddr iovp, std::uint32_t count) {
  constexpr std::uint32_t kMostVectors = 1024;
  constexpr std::size_t kMostName = 1024;
  constexpr std::size_t kMostValue = 64 * 1024;
  const DataModel& model = task.model();
  if ((count & 1) != 0 || count > kMostVectors) return host_error(EINVAL);
  JailOptions out;
  out.model_ = model;
  const std::size_t size = guest_size<Iovec>(model);
  for (std::uint32_t i = 0; i < count; i += 2) {
    const auto name = task.load<Iovec>(iovp + i * size);
    const auto value = task.load<Iovec>(iovp + (i + 1) * size);
    if (!name || !value) return host_error(EFAULT);
    if (name->iov_len == 0 || name->iov_len > kMostName || value->iov_len > kMostValue) {
      return host_error(EINVAL);
    }
    std::string text(name->iov_len, '\0');
    if (auto r = task.copyin(text.data(), name->iov_base, text.size()); !r) {
      return tl::unexpected(r.error());
    }
    if (text.back() != '\0') return host_error(EINVAL);
    Option o;
    o.name = text.c_str();
    o.at = value->iov_base;
    o.length_at = iovp + (i + 1) * size + guest_offset(kLayout<Iovec>, model, 1);
    if (o.at) {
      o.value.resize(value->iov_len);
      if (auto r = task.copyin(o.value.data(), o.at, o.value.size()); !r) {
        return tl::unexpected(r.error());
      }
    }
    if (out.find(o.name) != nullptr) return host_error(EINVAL);
    out.options_.push_back(std::move(o));
  }
  for (Option& o : out.options_) o.seen = o.name == "errmsg";
  return out;
}

JailOptions::Option* JailOptions::find(std::string_view name) {
  const auto it = std::ranges::find(options_, name, &Option::name);
  if (it == options_.end()) return nullptr;
  it->seen = true;
  return &*it;
}

Expected<std::int32_t> JailOptions::integer(std::string_view name) {
  const Option* o = find(name);
  if (o == nullptr) return host_error(ENOENT);
  if (o->value.size() != sizeof(std::int32_t)) return host_error(EINVAL);
  return static_cast<std::int32_t>(load_scalar(model_, o->value.data(), sizeof(std::int32_t)));
}

Expected<std::string> JailOptions::text(std::string_view name) {
  const Option* o = find(name);
  if (o == nullptr) return host_error(ENOENT);
  if (o->value.empty() || o->value.back() != std::byte{0}) return host_error(EINVAL);
  return std::string(reinterpret_cast<const char*>(o->value.data()));
}

Expected<void> JailOptions::give(std::string_view name, std::int32_t value) {
  Option* o = find(name);
  if (o == nullptr) return {};
  if (o->at && o->value.size() != sizeof value) return host_error(EINVAL);
  o->value.resize(sizeof value);
  store_scalar(model_, o->value.data(), static_cast<std::uint32_t>(value), sizeof value);
  return {};
}

Expected<void> JailOptions::give(std::string_view name, std::string_view value) {
  Option* o = find(name);
  if (o == nullptr) return {};
  if (o->at && o->value.size() <= value.size()) return host_error(EINVAL);
  o->value.resize(std::max(o->value.size(), value.size() + 1));
  std::memcpy(o->value.data(), value.data(), value.size());
  o->value[value.size()] = std::byte{0};
  return {};
}

const JailOptions::Option* JailOptions::unknown() const {
  const auto it = std::ranges::find(options_, false, &Option::seen);
  return it == options_.end() ? nullptr : &*it;
}

Expected<void> JailOptions::store(Task& task) const {
  for (const Option& o : options_) {
    if (o.name == "errmsg") continue;
    std::byte length[8];
    store_scalar(model_, length, o.value.size(), model_.long_bytes);
    if (auto r = task.copyout(o.length_at, length, model_.long_bytes); !r) return r;
    if (!o.at) continue;
    if (auto r = task.copyout(o.at, o.value.data(), o.value.size()); !r) return r;
  }
  return {};
}

void JailOptions::complain(Task& task, const std::string& text) {
  const Option* o = find("errmsg");
  if (o == nullptr || !o->at || o->value.empty()) return;
  std::string message = text.substr(0, o->value.size() - 1);
  (void)task.copyout(o->at, message.c_str(), message.size() + 1);
}

}  // namespace emulate::freebsd
