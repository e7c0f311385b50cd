#pragma once

/// The guest's address space: a reserved window of host memory and the table of what the guest
/// mapped in it. Thread-safe. Errors are host errnos with the meaning of the corresponding call.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "emulate/host_services.h"
#include "host/thunk/result.h"

namespace emulate {

/// Protection bits; the values of PROT_* on every OS we know.
inline constexpr std::uint8_t kProtRead = 1;
inline constexpr std::uint8_t kProtWrite = 2;
inline constexpr std::uint8_t kProtExec = 4;

/// What becomes of a mapping in a forked child: FreeBSD minherit(2), with its numbers.
enum class Inherit : std::uint8_t { share, copy, none, zero };

/// One guest mapping. Adjacent mappings of the same kind are merged.
struct Mapping {
  GuestAddr start;
  std::uint64_t length = 0;  ///< bytes, a multiple of the guest page size
  std::uint8_t prot = 0;     ///< what the guest may do (execute included)
  std::uint8_t max_prot = kProtRead | kProtWrite | kProtExec;
  bool shared = false;
  bool anonymous = true;
  bool guard = false;  ///< FreeBSD MAP_GUARD: reserved, never accessible
  bool stack = false;  ///< part of a stack that grows down
  Inherit inherit = Inherit::copy;
  std::uint64_t offset = 0;  ///< in the backing file, bytes
  std::uint64_t device = 0;  ///< st_dev and st_ino of the backing file, 0 when anonymous
  std::uint64_t inode = 0;
  std::shared_ptr<const std::string> name;  ///< guest path or "[stack]"-like label; may be null

  GuestAddr end() const { return start + length; }
};

struct MapRequest {
  GuestAddr address;         ///< hint, or the exact place when `fixed`
  std::uint64_t length = 0;  ///< rounded up to guest pages
  std::uint8_t prot = 0;
  std::uint8_t max_prot = kProtRead | kProtWrite | kProtExec;
  bool fixed = false;
  bool exclusive = false;  ///< with fixed: EEXIST when something is mapped there
  bool shared = false;
  bool anonymous = false;
  bool guard = false;
  bool stack = false;
  bool below_2g = false;        ///< FreeBSD MAP_32BIT
  std::uint8_t align_log2 = 0;  ///< FreeBSD MAP_ALIGNED(n); 0: guest pages
  int host_fd = -1;             ///< backing file; the mapping keeps its own reference
  std::uint64_t offset = 0;
  std::string name;  ///< label for vmmap; empty: found from host_fd
};

/// Receives changes that can invalidate translations. Called without the table's lock held.
class MappingListener {
 public:
  virtual void code_changed(GuestAddr start, std::uint64_t length) = 0;

 protected:
  ~MappingListener() = default;
};

class AddressSpace {
 public:
  struct Limits {
    std::uint64_t window_size = 0;   ///< power of two: 4 GiB, or 2^46 tried downwards
    std::uint32_t page_size = 4096;  ///< guest page size
    GuestAddr user_max;              ///< top of mappable addresses
    GuestAddr map_base;              ///< where the search for free ranges starts
  };

  /// Reserves the window. ENOMEM when the host refuses even the smallest size.
  static Expected<std::unique_ptr<AddressSpace>> create(const Limits& limits);
  ~AddressSpace();
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;

  GuestWindow window() const { return window_; }
  const Limits& limits() const { return limits_; }
  void set_listener(MappingListener* listener) { listener_ = listener; }

  /// Where the search for free ranges starts from now on.
  void set_map_base(GuestAddr base);

  /// Unmaps everything and takes new limits of a window of the same size (execve in place).
  void reset(const Limits& limits);

  Expected<GuestAddr> map(const MapRequest& request);
  Expected<void> unmap(GuestAddr start, std::uint64_t length);
  Expected<void> protect(GuestAddr start, std::uint64_t length, std::uint8_t prot);
  /// Linux mremap(2) semantics; `flags` are host MREMAP_*.
  Expected<GuestAddr> remap(GuestAddr old_start, std::uint64_t old_length, std::uint64_t new_length,
                            int flags, GuestAddr new_start);
  /// madvise(2) with host advice numbers.
  Expected<void> advise(GuestAddr start, std::uint64_t length, int host_advice);
  Expected<void> sync(GuestAddr start, std::uint64_t length, int host_flags);
  /// A private mapping that children are to share gets pages that can be, with what it holds now;
  /// what another thread stores meanwhile may be lost.
  Expected<void> set_inherit(GuestAddr start, std::uint64_t length, Inherit inherit);
  Expected<void> lock(GuestAddr start, std::uint64_t length, bool on);
  /// One byte per guest page, host mincore(2) meaning; ENOMEM where nothing is mapped.
  Expected<std::vector<std::uint8_t>> resident(GuestAddr start, std::uint64_t length);
  /// The heap end. Grows or shrinks the mapping that starts at the initial break.
  void set_initial_break(GuestAddr start);
  GuestAddr current_break() const;
  Expected<GuestAddr> set_break(GuestAddr end, std::uint64_t max_bytes);

  /// The mapping that contains `address`.
  std::optional<Mapping> find(GuestAddr address) const;
  /// All mappings in ascending order.
  std::vector<Mapping> snapshot() const;
  /// True when every byte of the range is mapped with all of `prot`.
  bool allows(GuestAddr start, std::uint64_t length, std::uint8_t prot) const;

  /// Host address of a guest range for handing buffers to the host kernel (which answers EFAULT
  /// itself for pages that are not there), or nullptr when the range leaves the window. Not for
  /// dereferencing: that is what copyin and copyout are for.
  std::byte* host_range(GuestAddr start, std::uint64_t length) const {
    if (start.value > window_.size || length > window_.size - start.value) return nullptr;
    return window_.base + start.value;
  }

  /// The same for a buffer the host kernel writes to. Differs where writes are tracked (the child
  /// of a vfork): the pages are made writable and recorded first.
  std::byte* host_range_for_write(GuestAddr start, std::uint64_t length);

  /// Identity of the memory object behind a word, equal in all processes that share it: for
  /// process-shared synchronization. Private memory yields {0, 0, address}.
  struct ObjectKey {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;
    auto operator<=>(const ObjectKey&) const = default;
  };
  /// EFAULT when nothing is mapped there.
  Expected<ObjectKey> object_key(GuestAddr address) const;

  // --- change tracking: what a vfork child changes must be seen by its parent -----------------
  struct Range {
    std::uint64_t start, end;
  };
  /// Neighbouring bytes that have other values than before. No more: threads of the parent may
  /// write to the same page meanwhile.
  struct Patch {
    GuestAddr at;
    std::vector<std::byte> bytes;
  };
  struct Changes {
    std::vector<Patch> patches;          ///< in mappings that were there before
    std::vector<Range> remapped;         ///< ranges mapped, unmapped or reprotected
    std::optional<GuestAddr> break_end;  ///< of the heap, where it has moved
  };
  /// Starts recording which pages of private writable mappings are written, host page granular,
  /// and what is mapped.
  void start_tracking();
  /// For the host's SIGSEGV handler: true when the fault was the first write to a tracked page,
  /// which is now writable and recorded. Async-signal-safe.
  bool note_write_fault(const void* host_address) noexcept;
  /// What has changed since start_tracking(); stops tracking.
  Changes stop_tracking();
  static constexpr std::uint64_t kTrackedPage = 4096;
  /// Takes over the heap's end as a vfork child left it.
  void adopt_break(GuestAddr end);

  /// Held across fork(2) of the host process so that the child's copy is consistent.
  void fork_lock() { mutex_.lock(); }
  void fork_unlock() { mutex_.unlock(); }
  /// In the child: what set_inherit() said. Sharing needs nothing more.
  void apply_inherit_in_child();

 private:
  using Table = std::map<std::uint64_t, Mapping>;

  AddressSpace() = default;
  static int host_prot(std::uint8_t prot);
  Expected<void> make_shared(Mapping& mapping);
  Expected<void> make_private(const Mapping& mapping);
  std::byte* host(std::uint64_t guest) const { return window_.base + guest; }
  std::uint64_t round(std::uint64_t length) const;
  bool in_user_range(std::uint64_t start, std::uint64_t length) const;
  bool range_free(std::uint64_t start, std::uint64_t end) const;
  bool range_mapped(std::uint64_t start, std::uint64_t end) const;
  std::optional<std::uint64_t> find_free(std::uint64_t from, std::uint64_t length,
                                         std::uint64_t align, std::uint64_t top) const;
  Expected<std::uint64_t> choose_place(const MapRequest& request, std::uint64_t length) const;
  Expected<void> map_on_host(const MapRequest& request, std::uint64_t start, std::uint64_t length,
                             Mapping& mapping);
  /// Splits mappings so that `at` is a boundary.
  void split(std::uint64_t at);
  /// Removes [start, end) from the table; true when some of it was executable.
  bool erase(std::uint64_t start, std::uint64_t end);
  void insert(Mapping mapping);
  void reserve_on_host(std::uint64_t start, std::uint64_t length);
  void notify(bool was_code, std::uint64_t start, std::uint64_t length);

  GuestWindow window_;
  std::uint64_t reserved_ = 0;
  Limits limits_;
  MappingListener* listener_ = nullptr;
  mutable std::mutex mutex_;
  Table table_;
  bool tracking_ = false;
  std::vector<Range> tracked_;  ///< ascending; only its own process's one task changes it
  struct WrittenPage {
    std::uint64_t at;           ///< guest address
    const std::byte* original;  ///< what it held
  };
  std::vector<WrittenPage> written_;  ///< capacity reserved beforehand
  std::byte* originals_ = nullptr;    ///< room for as many pages, and where the next goes
  std::byte* next_original_ = nullptr;
  GuestAddr tracked_break_;
  std::vector<Range> remapped_;
  void note_remapped(std::uint64_t start, std::uint64_t end);
  GuestAddr break_start_;
  GuestAddr break_end_;
};

}  // namespace emulate
