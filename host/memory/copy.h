#pragma once

/// Fault-safe access to guest memory from host code. The copy is tried and a host fault in it turns
/// into an error, so there is no window between a check and its use.

#include <signal.h>

#include <cstddef>
#include <string>

#include "host/memory/address_space.h"

namespace emulate {

/// Copies; EFAULT when any byte cannot be accessed.
Expected<void> copyin(const AddressSpace& space, void* dst, GuestAddr src, std::size_t n);
Expected<void> copyout(const AddressSpace& space, GuestAddr dst, const void* src, std::size_t n);
/// A NUL-terminated string of at most `max` bytes with its NUL; ENAMETOOLONG or EFAULT.
Expected<std::string> copyinstr(const AddressSpace& space, GuestAddr src, std::size_t max);

/// Atomic access to a naturally aligned guest word, in host byte order (the caller swaps).
/// EFAULT when it cannot be accessed, EINVAL when misaligned.
Expected<std::uint32_t> load32(const AddressSpace& space, GuestAddr address);
Expected<std::uint64_t> load64(const AddressSpace& space, GuestAddr address);
Expected<void> store32(const AddressSpace& space, GuestAddr address, std::uint32_t value);
/// Compare and exchange; returns the value found (equal to `expected` when it was replaced).
Expected<std::uint32_t> cas32(const AddressSpace& space, GuestAddr address, std::uint32_t expected,
                              std::uint32_t desired);
Expected<std::uint64_t> cas64(const AddressSpace& space, GuestAddr address, std::uint64_t expected,
                              std::uint64_t desired);

/// The same of a host address, aligned, in a mapping of a file that others may cut short.
Expected<std::uint32_t> load32(const void* word);
Expected<std::uint32_t> cas32(void* word, std::uint32_t expected, std::uint32_t desired);

/// The same for 1, 2, 4, 8 or 16 bytes; `expected` receives the bytes found.
Expected<void> compare_exchange(const AddressSpace& space, GuestAddr address, void* expected,
                                const void* desired, std::size_t n);

/// For the host's SIGSEGV/SIGBUS handler: when the fault happened inside one of the functions
/// above, redirects `ucontext` to its error exit and returns true. Async-signal-safe.
bool recover_copy_fault(void* ucontext);

}  // namespace emulate
