#include "host/memory/copy.h"

#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

extern "C" {
long emulate_copy(void* dst, const void* src, std::size_t n);
long emulate_copy_string(char* dst, const char* src, std::size_t max);
long emulate_load32(const void* src, std::uint32_t* out);
long emulate_load64(const void* src, std::uint64_t* out);
long emulate_store32(void* dst, std::uint32_t value);
long emulate_cas32(void* word, std::uint32_t expected, std::uint32_t desired, std::uint32_t* found);
long emulate_cas64(void* word, std::uint64_t expected, std::uint64_t desired, std::uint64_t* found);
long emulate_cas8(void* byte, std::uint8_t expected, std::uint8_t desired, std::uint8_t* found);
long emulate_cas16(void* word, std::uint16_t expected, std::uint16_t desired, std::uint16_t* found);
long emulate_cas128(void* word, void* expected_and_found, const void* desired);
void emulate_cas128_end();
void emulate_cas128_fault();
void emulate_copy_routines_end();
void emulate_copy_fault();
}

namespace emulate {
namespace {

constexpr long kFault = -1;
constexpr long kNoTerminator = -2;

/// Host address of an aligned guest word.
Expected<std::byte*> word_at(const AddressSpace& space, GuestAddr address, std::uint64_t size) {
  if ((address.value & (size - 1)) != 0) return host_error(EINVAL);
  std::byte* p = space.host_range(address, size);
  if (p == nullptr) return host_error(EFAULT);
  return p;
}

}  // namespace

Expected<void> copyin(const AddressSpace& space, void* dst, GuestAddr src, std::size_t n) {
  const std::byte* p = space.host_range(src, n);
  if (p == nullptr) return host_error(EFAULT);
  // Aligned words in one access: guest loads that take the slow path come this way.
  long r = 0;
  if (n == 8 && src.value % 8 == 0) {
    r = emulate_load64(p, static_cast<std::uint64_t*>(dst));
  } else if (n == 4 && src.value % 4 == 0) {
    r = emulate_load32(p, static_cast<std::uint32_t*>(dst));
  } else {
    r = emulate_copy(dst, p, n);
  }
  if (r == kFault) return host_error(EFAULT);
  return {};
}

Expected<void> copyout(const AddressSpace& space, GuestAddr dst, const void* src, std::size_t n) {
  std::byte* p = space.host_range(dst, n);
  if (p == nullptr || emulate_copy(p, src, n) == kFault) return host_error(EFAULT);
  return {};
}

Expected<std::string> copyinstr(const AddressSpace& space, GuestAddr src, std::size_t max) {
  const std::uint64_t window = space.window().size;
  if (src.value >= window) return host_error(EFAULT);
  const std::size_t room = std::min<std::uint64_t>(max, window - src.value);
  std::string out;
  // In pieces: `max` may be large (all of an exec's arguments), the string seldom is.
  std::array<char, 512> piece;
  while (out.size() < room) {
    const std::size_t n = std::min(room - out.size(), piece.size());
    const auto* p = reinterpret_cast<const char*>(space.host_range(src + out.size(), n));
    const long copied = emulate_copy_string(piece.data(), p, n);
    if (copied == kFault) return host_error(EFAULT);
    if (copied != kNoTerminator) {
      out.append(piece.data(), static_cast<std::size_t>(copied) - 1);
      return out;
    }
    out.append(piece.data(), n);
  }
  return host_error(room < max ? EFAULT : ENAMETOOLONG);
}

Expected<std::uint32_t> load32(const void* word) {
  std::uint32_t value = 0;
  if (emulate_load32(word, &value) == kFault) return host_error(EFAULT);
  return value;
}

Expected<std::uint32_t> cas32(void* word, std::uint32_t expected, std::uint32_t desired) {
  std::uint32_t found = 0;
  if (emulate_cas32(word, expected, desired, &found) == kFault) return host_error(EFAULT);
  return found;
}

Expected<std::uint32_t> load32(const AddressSpace& space, GuestAddr address) {
  const auto p = word_at(space, address, 4);
  if (!p) return tl::unexpected(p.error());
  return load32(*p);
}

Expected<std::uint64_t> load64(const AddressSpace& space, GuestAddr address) {
  const auto p = word_at(space, address, 8);
  if (!p) return tl::unexpected(p.error());
  std::uint64_t value = 0;
  if (emulate_load64(*p, &value) == kFault) return host_error(EFAULT);
  return value;
}

Expected<void> store32(const AddressSpace& space, GuestAddr address, std::uint32_t value) {
  const auto p = word_at(space, address, 4);
  if (!p) return tl::unexpected(p.error());
  if (emulate_store32(*p, value) == kFault) return host_error(EFAULT);
  return {};
}

Expected<std::uint32_t> cas32(const AddressSpace& space, GuestAddr address, std::uint32_t expected,
                              std::uint32_t desired) {
  const auto p = word_at(space, address, 4);
  if (!p) return tl::unexpected(p.error());
  return cas32(*p, expected, desired);
}

Expected<std::uint64_t> cas64(const AddressSpace& space, GuestAddr address, std::uint64_t expected,
                              std::uint64_t desired) {
  const auto p = word_at(space, address, 8);
  if (!p) return tl::unexpected(p.error());
  std::uint64_t found = 0;
  if (emulate_cas64(*p, expected, desired, &found) == kFault) return host_error(EFAULT);
  return found;
}

namespace {

template <class T>
bool exchange(long (*routine)(void*, T, T, T*), std::byte* at, void* expected,
              const void* desired) {
  T want = 0;
  T give = 0;
  T found = 0;
  std::memcpy(&want, expected, sizeof want);
  std::memcpy(&give, desired, sizeof give);
  if (routine(at, want, give, &found) == kFault) return false;
  std::memcpy(expected, &found, sizeof found);
  return true;
}

}  // namespace

Expected<void> compare_exchange(const AddressSpace& space, GuestAddr address, void* expected,
                                const void* desired, std::size_t n) {
  const auto p = word_at(space, address, n);
  if (!p) return tl::unexpected(p.error());
  bool ok = false;
  switch (n) {
    case 1:
      ok = exchange<std::uint8_t>(&emulate_cas8, *p, expected, desired);
      break;
    case 2:
      ok = exchange<std::uint16_t>(&emulate_cas16, *p, expected, desired);
      break;
    case 4:
      ok = exchange<std::uint32_t>(&emulate_cas32, *p, expected, desired);
      break;
    case 8:
      ok = exchange<std::uint64_t>(&emulate_cas64, *p, expected, desired);
      break;
    case 16:
      ok = emulate_cas128(*p, expected, desired) != kFault;
      break;
    default:
      return host_error(EINVAL);
  }
  if (!ok) return host_error(EFAULT);
  return {};
}

bool recover_copy_fault(void* ucontext) {
  auto* uc = static_cast<ucontext_t*>(ucontext);
  greg_t& rip = uc->uc_mcontext.gregs[REG_RIP];
  const auto pc = static_cast<std::uintptr_t>(rip);
  if (pc < reinterpret_cast<std::uintptr_t>(&emulate_copy) ||
      pc >= reinterpret_cast<std::uintptr_t>(&emulate_copy_routines_end)) {
    return false;
  }
  const bool in_cas128 = pc >= reinterpret_cast<std::uintptr_t>(&emulate_cas128) &&
                         pc < reinterpret_cast<std::uintptr_t>(&emulate_cas128_end);
  rip = reinterpret_cast<greg_t>(in_cas128 ? &emulate_cas128_fault : &emulate_copy_fault);
  return true;
}

}  // namespace emulate
