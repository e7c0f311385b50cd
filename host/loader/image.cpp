#include "host/loader/image.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "host/memory/copy.h"

namespace emulate {
namespace {

std::uint8_t prot_of(std::uint32_t segment_flags) {
  return static_cast<std::uint8_t>(((segment_flags & 4) != 0 ? kProtRead : 0) |
                                   ((segment_flags & 2) != 0 ? kProtWrite : 0) |
                                   ((segment_flags & 1) != 0 ? kProtExec : 0));
}

class Mapper {
 public:
  Mapper(AddressSpace& space, int fd, const ElfFile& elf, const std::string& name)
      : space_(space), fd_(fd), elf_(elf), name_(name), page_(space.limits().page_size) {}

  Loaded<LoadedImage> load(GuestAddr base) {
    if (auto r = check(); !r) return tl::unexpected(r.error());
    if (auto r = place(base); !r) return tl::unexpected(r.error());
    for (const ProgramHeader& h : elf_.segments) {
      if (h.type != kPtLoad || h.mem_size == 0) continue;
      if (auto r = map_segment(h); !r) return tl::unexpected(r.error());
      note_extent(h);
    }
    image_.entry = GuestAddr(elf_.entry + image_.bias);
    find_program_headers();
    return image_;
  }

 private:
  tl::unexpected<LoadError> bad(const char* what) const {
    return load_error(ENOEXEC, fmt::format("{}: {}", name_, what));
  }

  /// Everything later arithmetic relies on: no overflow, inside the user's range, file data
  /// congruent with its address.
  Loaded<void> check() {
    const std::uint64_t top = space_.limits().user_max.value;
    for (const ProgramHeader& h : elf_.segments) {
      if (h.type != kPtLoad || h.mem_size == 0) continue;
      if (h.file_size > h.mem_size) return bad("segment larger in the file than in memory");
      if (h.vaddr >= top || h.mem_size > top - h.vaddr) {
        return bad("segment outside the machine's address space");
      }
      if (h.file_size != 0) {
        if (((h.vaddr ^ h.offset) & (page_ - 1)) != 0) return bad("misaligned segment");
        if (h.offset > elf_.file_size || h.file_size > elf_.file_size - h.offset) {
          return bad("truncated: a segment lies beyond the end of the file");
        }
      }
      low_ = std::min(low_, h.vaddr & ~(page_ - 1));
      high_ = std::max(high_, (h.vaddr + h.mem_size + page_ - 1) & ~(page_ - 1));
      align_ = std::max(align_, std::min<std::uint64_t>(h.align, 1 << 21));
    }
    if (low_ >= high_) return bad("nothing to load");
    if (elf_.type == kEtExec && low_ == 0) return bad("program at address 0");
    return {};
  }

  Loaded<void> place(GuestAddr base) {
    if (elf_.type == kEtExec) return {};
    if ((align_ & (align_ - 1)) != 0) return bad("segment alignment is not a power of two");
    MapRequest r;
    r.address = base;
    r.length = high_ - low_;
    r.guard = true;
    r.align_log2 = static_cast<std::uint8_t>(__builtin_ctzll(std::max(align_, page_)));
    const auto at = space_.map(r);
    if (!at) return load_error(ENOMEM, fmt::format("{}: no room in the address space", name_));
    image_.bias = at->value - low_;
    return {};
  }

  Loaded<void> map_segment(const ProgramHeader& h) {
    const std::uint64_t start = h.vaddr + image_.bias;
    const std::uint64_t page_start = start & ~(page_ - 1);
    const std::uint64_t file_end = start + h.file_size;
    const std::uint64_t file_page_end = (file_end + page_ - 1) & ~(page_ - 1);
    const std::uint64_t mem_page_end = (start + h.mem_size + page_ - 1) & ~(page_ - 1);
    const bool zero_tail = h.mem_size > h.file_size && file_end != file_page_end;

    MapRequest r;
    r.address = GuestAddr(page_start);
    r.fixed = true;
    if (h.file_size != 0) {
      r.length = file_page_end - page_start;
      r.prot = prot_of(h.flags) | (zero_tail ? kProtWrite : 0);
      r.host_fd = fd_;
      r.offset = h.offset - (start - page_start);
      if (auto done = space_.map(r); !done) return failed(done.error().value);
      if (zero_tail) {
        if (auto z = zero(GuestAddr(file_end), file_page_end - file_end); !z) return z;
        if (r.prot != prot_of(h.flags)) {
          (void)space_.protect(r.address, r.length, prot_of(h.flags));
        }
      }
    }
    const std::uint64_t bss = h.file_size != 0 ? file_page_end : page_start;
    if (mem_page_end > bss) {
      r = MapRequest{};
      r.address = GuestAddr(bss);
      r.length = mem_page_end - bss;
      r.prot = prot_of(h.flags);
      r.fixed = r.anonymous = true;
      if (auto done = space_.map(r); !done) return failed(done.error().value);
    }
    return {};
  }

  Loaded<void> failed(int error) const {
    return load_error(error, fmt::format("{}: cannot map a segment", name_));
  }

  Loaded<void> zero(GuestAddr at, std::uint64_t length) {
    static constexpr std::array<std::byte, 4096> kZeros{};
    while (length > 0) {
      const std::size_t n = std::min<std::uint64_t>(length, kZeros.size());
      if (!copyout(space_, at, kZeros.data(), n)) return failed(EFAULT);
      at += n;
      length -= n;
    }
    return {};
  }

  void note_extent(const ProgramHeader& h) {
    const GuestAddr start(h.vaddr + image_.bias);
    const GuestAddr end = start + h.mem_size;
    auto widen = [&](GuestAddr& low, GuestAddr& high) {
      if (!low || start < low) low = start;
      if (end > high) high = end;
    };
    widen(image_.lowest, image_.highest);
    if ((h.flags & 1) != 0) {
      widen(image_.text_start, image_.text_end);
    } else {
      widen(image_.data_start, image_.data_end);
    }
  }

  void find_program_headers() {
    for (const ProgramHeader& h : elf_.segments) {
      if (h.type == kPtPhdr) {
        image_.program_headers = GuestAddr(h.vaddr + image_.bias);
        return;
      }
    }
    const std::uint64_t size = elf_.segments.size() * elf_.phentsize;
    for (const ProgramHeader& h : elf_.segments) {
      if (h.type == kPtLoad && elf_.phoff >= h.offset && size <= h.file_size &&
          elf_.phoff - h.offset <= h.file_size - size) {
        image_.program_headers = GuestAddr(h.vaddr + image_.bias + (elf_.phoff - h.offset));
        return;
      }
    }
  }

  AddressSpace& space_;
  int fd_;
  const ElfFile& elf_;
  const std::string& name_;
  std::uint64_t page_;
  std::uint64_t low_ = UINT64_MAX;
  std::uint64_t high_ = 0;
  std::uint64_t align_ = 1;
  LoadedImage image_;
};

}  // namespace

Loaded<LoadedImage> load_image(AddressSpace& space, int fd, const ElfFile& elf, GuestAddr base,
                               const std::string& name) {
  return Mapper(space, fd, elf, name).load(base);
}

}  // namespace emulate
