#include "host/loader/image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "host/memory/copy.h"
#include "tests/unit/loader/elf_builder.h"

namespace emulate {
namespace {

constexpr std::uint64_t kTop = 0xffff'0000;
constexpr std::uint64_t kMiB = 1 << 20;

std::unique_ptr<AddressSpace> space(std::uint32_t page_size = 4096) {
  auto s = AddressSpace::create({.window_size = 1ULL << 32,
                                 .page_size = page_size,
                                 .user_max = GuestAddr(kTop),
                                 .map_base = GuestAddr(0x4000'0000)});
  if (!s) std::abort();
  return std::move(*s);
}

/// A file whose byte at offset n is n % 251, beginning with `b`'s headers.
std::vector<std::byte> patterned(ElfBuilder b, std::size_t size) {
  std::vector<std::byte> content(size - b.body());
  for (std::size_t i = 0; i < content.size(); ++i) {
    content[i] = static_cast<std::byte>((i + b.body()) % 251);
  }
  b.put(b.body(), content);
  return b.build();
}

class ImageTest : public testing::Test {
 protected:
  Loaded<LoadedImage> load(const ElfBuilder& b, std::size_t file_size,
                           GuestAddr base = GuestAddr(0)) {
    const MemoryFile file(patterned(b, file_size));
    auto elf = read_elf(file.fd(), "prog");
    if (!elf) return tl::unexpected(elf.error());
    return load_image(*space_, file.fd(), *elf, base, "prog");
  }
  std::string refusal(const ElfBuilder& b, std::size_t file_size = 0x3000) {
    const auto image = load(b, file_size);
    if (image) return "loaded";
    EXPECT_EQ(image.error().host_errno, ENOEXEC);
    return image.error().message;
  }
  std::uint8_t byte_at(std::uint64_t address) {
    std::uint8_t value = 0xee;
    EXPECT_TRUE(copyin(*space_, &value, GuestAddr(address), 1)) << std::hex << address;
    return value;
  }
  /// Guest bytes [address, address+n) are the file's from `offset`.
  void expect_file_bytes(std::uint64_t address, std::uint64_t offset, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(byte_at(address + i), (offset + i) % 251) << std::hex << address + i;
    }
  }
  void expect_zeros(std::uint64_t address, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
      ASSERT_EQ(byte_at(address + i), 0) << std::hex << address + i;
  }
  void occupy(std::uint64_t start, std::uint64_t length) {
    MapRequest r;
    r.address = GuestAddr(start);
    r.length = length;
    r.fixed = r.anonymous = true;
    ASSERT_TRUE(space_->map(r));
  }
  std::uint8_t prot_at(std::uint64_t address) {
    const auto m = space_->find(GuestAddr(address));
    return m ? m->prot : 0xff;
  }

  std::unique_ptr<AddressSpace> space_ = space();
};

ProgramHeader segment(std::uint64_t vaddr, std::uint64_t offset, std::uint64_t file_size,
                      std::uint64_t mem_size, std::uint32_t flags = 6) {
  return {.type = kPtLoad,
          .flags = flags,
          .offset = offset,
          .vaddr = vaddr,
          .file_size = file_size,
          .mem_size = mem_size,
          .align = 0x1000};
}

TEST_F(ImageTest, TextAndDataWithBss) {
  ElfBuilder b;
  b.entry = 0x10100;
  b.segments = {segment(0x10000, 0, 0x1800, 0x1800, 5), segment(0x22800, 0x1800, 0x400, 0x3000)};
  const auto image = load(b, 0x2000);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->bias, 0u);
  EXPECT_EQ(image->entry, GuestAddr(0x10100));
  EXPECT_EQ(image->program_headers, GuestAddr(0x10000 + b.header_size()));
  EXPECT_EQ(image->lowest, GuestAddr(0x10000));
  EXPECT_EQ(image->highest, GuestAddr(0x25800));
  EXPECT_EQ(image->text_start, GuestAddr(0x10000));
  EXPECT_EQ(image->text_end, GuestAddr(0x11800));
  EXPECT_EQ(image->data_start, GuestAddr(0x22800));
  EXPECT_EQ(image->data_end, GuestAddr(0x25800));
  expect_file_bytes(0x10400, 0x400, 64);
  expect_file_bytes(0x22800, 0x1800, 0x400);
  expect_zeros(0x22c00, 0x3000 - 0x400);
  EXPECT_EQ(prot_at(0x10000), kProtRead | kProtExec);
  EXPECT_EQ(prot_at(0x22800), kProtRead | kProtWrite);
  EXPECT_EQ(prot_at(0x25000), kProtRead | kProtWrite);
  EXPECT_FALSE(space_->find(GuestAddr(0x26000)));
}

TEST_F(ImageTest, BssThatEndsInTheFilesLastPage) {
  ElfBuilder b;
  b.segments = {segment(0x10000, 0, 0x1100, 0x1200)};
  ASSERT_TRUE(load(b, 0x2000));
  expect_file_bytes(0x11000, 0x1000, 0x100);
  // What the file holds behind the segment must not show.
  expect_zeros(0x11100, 0xf00);
  EXPECT_FALSE(space_->find(GuestAddr(0x12000)));
}

TEST_F(ImageTest, BssThatStartsOnAPageBoundary) {
  ElfBuilder b;
  b.segments = {segment(0x10000, 0, 0x1000, 0x1001)};
  ASSERT_TRUE(load(b, 0x1800));
  expect_file_bytes(0x10f00, 0xf00, 0x100);
  expect_zeros(0x11000, 0x1000);
  EXPECT_FALSE(space_->find(GuestAddr(0x12000)));
}

TEST_F(ImageTest, SegmentWithoutFileBytes) {
  ElfBuilder b;
  b.segments = {segment(0x10000, 0, 0x800, 0x800, 5), segment(0x20010, 0x3333, 0, 0x1000)};
  ASSERT_TRUE(load(b, 0x1000));
  expect_zeros(0x20000, 0x2000);
  EXPECT_FALSE(space_->find(GuestAddr(0x22000)));
}

TEST_F(ImageTest, EmptySegmentIsIgnored) {
  ElfBuilder b;
  b.segments = {segment(0x10000, 0, 0x800, 0x800, 5), segment(kTop + 1, 0, 0, 0)};
  const auto image = load(b, 0x1000);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->highest, GuestAddr(0x10800));
}

TEST_F(ImageTest, ReadOnlySegmentWithBssStaysReadOnly) {
  ElfBuilder b;
  b.segments = {segment(0x10000, 0, 0x900, 0x2000, 4)};
  ASSERT_TRUE(load(b, 0x1000));
  expect_zeros(0x10900, 0x2000 - 0x900);
  EXPECT_EQ(prot_at(0x10000), kProtRead);
  EXPECT_EQ(prot_at(0x11000), kProtRead);
}

TEST_F(ImageTest, SegmentsThatShareAFilePage) {
  ElfBuilder b;
  b.segments = {segment(0x10000, 0, 0x1400, 0x1400, 5), segment(0x21400, 0x1400, 0x400, 0x400)};
  ASSERT_TRUE(load(b, 0x1800));
  expect_file_bytes(0x11300, 0x1300, 0x100);
  expect_file_bytes(0x21400, 0x1400, 0x400);
}

TEST_F(ImageTest, WritesStayOutOfTheFile) {
  ElfBuilder b;
  b.segments = {segment(0x10000, 0, 0x1000, 0x1000)};
  const MemoryFile file(patterned(b, 0x1000));
  const auto elf = read_elf(file.fd(), "prog");
  ASSERT_TRUE(load_image(*space_, file.fd(), *elf, GuestAddr(0), "prog"));
  const std::uint8_t value = 0xaa;
  ASSERT_TRUE(copyout(*space_, GuestAddr(0x10800), &value, 1));
  std::uint8_t in_file = 0;
  ASSERT_EQ(pread(file.fd(), &in_file, 1, 0x800), 1);
  EXPECT_EQ(in_file, 0x800 % 251);
}

TEST_F(ImageTest, PositionIndependentGoesToItsBase) {
  ElfBuilder b;
  b.type = kEtDyn;
  b.entry = 0x123;
  b.segments = {segment(0, 0, 0x800, 0x800, 5), segment(0x10800, 0x800, 0x100, 0x1000)};
  const auto image = load(b, 0x1000, GuestAddr(0x20'0000));
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->bias, 0x20'0000u);
  EXPECT_EQ(image->entry, GuestAddr(0x20'0123));
  EXPECT_EQ(image->lowest, GuestAddr(0x20'0000));
  expect_file_bytes(0x21'0800, 0x800, 0x100);
  // The hole between the segments belongs to the image: nothing else may be mapped there.
  EXPECT_TRUE(space_->find(GuestAddr(0x20'8000)));
}

TEST_F(ImageTest, PositionIndependentMovesWhenTheBaseIsTaken) {
  occupy(0x20'0000, 4096);
  ElfBuilder b;
  b.type = kEtDyn;
  b.segments = {segment(0, 0, 0x800, 0x800, 5)};
  b.segments[0].align = 0x10000;
  const auto image = load(b, 0x1000, GuestAddr(0x20'0000));
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_NE(image->bias, 0x20'0000u);
  EXPECT_EQ(image->bias % 0x10000, 0u);
  expect_file_bytes(image->bias + 0x400, 0x400, 64);
}

TEST_F(ImageTest, HeadersAreFoundThroughPtPhdr) {
  ElfBuilder b;
  b.segments = {segment(0x10000, 0x1000, 0x800, 0x800, 5),
                {.type = kPtPhdr, .flags = 4, .offset = 64, .vaddr = 0x10040}};
  const auto image = load(b, 0x2000);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->program_headers, GuestAddr(0x10040));
}

TEST_F(ImageTest, HeadersOutsideOfEverySegmentHaveNoAddress) {
  ElfBuilder b;
  b.segments = {segment(0x10000, 0x1000, 0x800, 0x800, 5)};
  const auto image = load(b, 0x2000);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->program_headers, GuestAddr(0));
}

TEST_F(ImageTest, GuestPagesLargerThanTheHosts) {
  space_ = space(8192);
  ElfBuilder b;
  b.segments = {segment(0x10000, 0, 0x2100, 0x2200, 5), segment(0x22100, 0x2100, 0x100, 0x4000)};
  const auto image = load(b, 0x4000);
  ASSERT_TRUE(image) << image.error().message;
  expect_file_bytes(0x12000, 0x2000, 0x100);
  expect_file_bytes(0x22100, 0x2100, 0x100);
  expect_zeros(0x22200, 0x4000 - 0x100);
}

TEST_F(ImageTest, BadSegmentsAreRefused) {
  auto with = [](ProgramHeader h) {
    ElfBuilder b;
    b.segments = {h};
    return b;
  };
  EXPECT_EQ(refusal(with(segment(0x10000, 0, 0x800, 0x700))),
            "prog: segment larger in the file than in memory");
  EXPECT_EQ(refusal(with(segment(kTop, 0, 0x800, 0x800))),
            "prog: segment outside the machine's address space");
  EXPECT_EQ(refusal(with(segment(kTop - 0x1000, 0, 0x800, 0x1001))),
            "prog: segment outside the machine's address space");
  EXPECT_EQ(refusal(with(segment(0x10000, 0, 0x800, UINT64_MAX))),
            "prog: segment outside the machine's address space");
  EXPECT_EQ(refusal(with(segment(0x10800, 0, 0x800, 0x800))), "prog: misaligned segment");
  EXPECT_EQ(refusal(with(segment(0x10000, 0x2000, 0x1001, 0x2000))),
            "prog: truncated: a segment lies beyond the end of the file");
  EXPECT_EQ(refusal(with(segment(0x10000, UINT64_MAX & ~0xfffULL, 0x800, 0x800))),
            "prog: truncated: a segment lies beyond the end of the file");
  EXPECT_EQ(refusal(with({.type = kPtNote})), "prog: nothing to load");
  EXPECT_EQ(refusal(with(segment(0, 0, 0x800, 0x800))), "prog: program at address 0");
  ElfBuilder skewed = with(segment(0, 0, 0x800, 0x800));
  skewed.type = kEtDyn;
  skewed.segments[0].align = 0x3000;
  EXPECT_EQ(refusal(skewed), "prog: segment alignment is not a power of two");
  EXPECT_TRUE(space_->snapshot().empty()) << "a refused file leaves nothing mapped";
}

TEST_F(ImageTest, TooLargeForTheRoomThatIsLeft) {
  occupy(0x10000, kTop - 0x10000 - 16 * kMiB);
  ElfBuilder b;
  b.type = kEtDyn;
  b.segments = {segment(0, 0, 0x800, 64 * kMiB)};
  const auto image = load(b, 0x1000, GuestAddr(0x20'0000));
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().host_errno, ENOMEM);
}

}  // namespace
}  // namespace emulate
