#pragma once

/// io_setup(2) and its kin: the host's asynchronous I/O, whose contexts the guest names otherwise.

#include <linux/aio_abi.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace emulate::linux_os {

/// A request on its way. The host's copy stays where it is: its address names the request.
struct AioRequest {
  iocb host{};
  std::uint64_t data = 0;    ///< the guest's aio_data
  std::uint64_t object = 0;  ///< where the guest's iocb is
};

class AioContexts {
 public:
  /// Names of contexts are addresses in the guest, as the kernel's are.
  void add(std::uint64_t name, aio_context_t host);
  /// The host's context of a name; false when there is none.
  bool find(std::uint64_t name, aio_context_t& host) const;
  bool remove(std::uint64_t name);
  /// execve ends all contexts; a forked child has none.
  void remove_all();
  void forget();

  iocb* start(std::unique_ptr<AioRequest> request);
  /// The request of a host iocb, which is over.
  std::unique_ptr<AioRequest> finish(std::uint64_t host_iocb);
  /// The host's iocb of a guest's; 0 when it is not on its way.
  std::uint64_t find_request(std::uint64_t object) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, aio_context_t> contexts_;
  std::map<std::uint64_t, std::unique_ptr<AioRequest>> requests_;  ///< by address of the host iocb
};

}  // namespace emulate::linux_os
