#include "host/loader/elf_file.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "tests/unit/loader/elf_builder.h"

namespace emulate {
namespace {

ProgramHeader load_header() {
  return {.type = kPtLoad,
          .flags = 5,
          .offset = 0,
          .vaddr = 0x10000,
          .file_size = 0x100,
          .mem_size = 0x200,
          .align = 0x1000};
}

Loaded<ElfFile> read(const std::vector<std::byte>& bytes) {
  const MemoryFile file(bytes);
  return read_elf(file.fd(), "prog");
}
Loaded<ElfFile> read(const ElfBuilder& b) { return read(b.build()); }

/// A file that has everything the reader looks at.
ElfBuilder rich(std::uint8_t elf_class, ByteOrder order) {
  ElfBuilder b;
  b.elf_class = elf_class;
  b.order = order;
  const std::string interpreter = std::string("/libexec/ld-elf.so.1") + '\0';
  b.segments = {load_header(),
                {.type = kPtInterp, .flags = 4, .offset = 0x200, .file_size = interpreter.size()},
                {.type = kPtNote, .flags = 4, .offset = 0x300, .file_size = 48},
                {.type = kPtGnuStack, .flags = 6}};
  b.put(0x200, interpreter);
  b.put(0x300, b.note("FreeBSD", 1, 1201000));
  b.put(0x318, b.note("FreeBSD", 4, 0x15));
  return b;
}

class EveryFormat : public testing::TestWithParam<std::pair<std::uint8_t, ByteOrder>> {
 protected:
  ElfBuilder builder() const { return rich(GetParam().first, GetParam().second); }
};

TEST_P(EveryFormat, ReadsEveryField) {
  ElfBuilder b = builder();
  b.flags = 0x05000400;
  b.entry = 0x12344;
  const auto elf = read(b);
  ASSERT_TRUE(elf) << elf.error().message;
  EXPECT_EQ(elf->elf_class, b.elf_class);
  EXPECT_EQ(elf->order, b.order);
  EXPECT_EQ(elf->os_abi, 9);
  EXPECT_EQ(elf->type, kEtExec);
  EXPECT_EQ(elf->machine, 0xfe01);
  EXPECT_EQ(elf->flags, 0x05000400u);
  EXPECT_EQ(elf->entry, 0x12344u);
  EXPECT_EQ(elf->phoff, b.header_size());
  EXPECT_EQ(elf->phentsize, b.ph_size());
  EXPECT_EQ(elf->segments, b.segments);
  EXPECT_EQ(elf->interpreter, "/libexec/ld-elf.so.1");
  EXPECT_FALSE(elf->executable_stack);
  EXPECT_EQ(elf->os, Os::freebsd);
  EXPECT_EQ(elf->freebsd_osrel, 1201000u);
  EXPECT_EQ(elf->freebsd_fctl, 0x15u);
}

TEST_P(EveryFormat, AnyTruncationIsRefusedOrHarmless) {
  const std::vector<std::byte> whole = builder().build();
  const std::size_t needed = 0x200 + sizeof "/libexec/ld-elf.so.1";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto elf = read({whole.begin(), whole.begin() + static_cast<long>(size)});
    // Notes are optional: a file cut inside them still reads.
    ASSERT_EQ(elf.has_value(), size >= needed) << size;
    if (!elf) {
      EXPECT_EQ(elf.error().host_errno, ENOEXEC);
      EXPECT_TRUE(elf.error().message.starts_with("prog: ")) << elf.error().message;
    }
  }
}

TEST_P(EveryFormat, RandomDamageNeverBreaksTheReader) {
  const std::vector<std::byte> whole = builder().build();
  std::mt19937 random(42);
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::byte> damaged = whole;
    for (int i = 0; i < 4; ++i) damaged[random() % 0x140] = static_cast<std::byte>(random());
    const auto elf = read(damaged);
    if (elf) {
      ++accepted;
      EXPECT_LE(elf->segments.size(), 512u);
    } else {
      EXPECT_EQ(elf.error().host_errno, ENOEXEC);
    }
  }
  EXPECT_GT(accepted, 0);
}

INSTANTIATE_TEST_SUITE_P(Elf, EveryFormat,
                         testing::Values(std::pair{1, ByteOrder::little},
                                         std::pair{1, ByteOrder::big},
                                         std::pair{2, ByteOrder::little},
                                         std::pair{2, ByteOrder::big}));

struct BadFile {
  const char* name;
  void (*spoil)(ElfBuilder&);
  const char* message;
};

class Refused : public testing::TestWithParam<BadFile> {};

TEST_P(Refused, SaysWhy) {
  ElfBuilder b = rich(2, ByteOrder::little);
  GetParam().spoil(b);
  const auto elf = read(b);
  ASSERT_FALSE(elf);
  EXPECT_EQ(elf.error().host_errno, ENOEXEC);
  EXPECT_EQ(elf.error().message, std::string("prog: ") + GetParam().message);
}

constexpr BadFile kBadFiles[] = {
    {"Magic", [](ElfBuilder& b) { b.put(0, std::string("\177ELG")); }, "not an ELF file"},
    {"Class", [](ElfBuilder& b) { b.put(4, std::string("\3")); }, "unknown ELF class"},
    {"Order", [](ElfBuilder& b) { b.put(5, std::string("\3")); }, "unknown ELF byte order"},
    {"Object", [](ElfBuilder& b) { b.type = 1; }, "not an executable ELF file"},
    {"Core", [](ElfBuilder& b) { b.type = 4; }, "not an executable ELF file"},
    {"EntrySize", [](ElfBuilder& b) { b.phentsize = 32; }, "bad program header size"},
    {"NoSegments", [](ElfBuilder& b) { b.segments.clear(); }, "bad number of program headers"},
    {"TooManySegments", [](ElfBuilder& b) { b.segments.resize(513); },
     "bad number of program headers"},
    {"HeadersBeyondEnd", [](ElfBuilder& b) { b.phoff = 1u << 30; }, "truncated program headers"},
    {"HeadersOverflow", [](ElfBuilder& b) { b.phoff = UINT64_MAX - 8; },
     "truncated program headers"},
    {"EmptyInterpreter", [](ElfBuilder& b) { b.put(0x200, std::string(1, '\0')); },
     "bad interpreter path"},
    {"TinyInterpreter", [](ElfBuilder& b) { b.segments[1].file_size = 1; }, "bad interpreter path"},
    {"HugeInterpreter", [](ElfBuilder& b) { b.segments[1].file_size = 1025; },
     "bad interpreter path"},
    {"UnendedInterpreter", [](ElfBuilder& b) { b.segments[1].file_size = 20; },
     "bad interpreter path"},
    {"InterpreterBeyondEnd", [](ElfBuilder& b) { b.segments[1].offset = UINT64_MAX; },
     "truncated interpreter path"},
};
INSTANTIATE_TEST_SUITE_P(Elf, Refused, testing::ValuesIn(kBadFiles),
                         [](const auto& info) { return info.param.name; });

struct OsCase {
  const char* name;
  std::uint8_t os_abi;
  const char* interpreter;  ///< empty: none
  const char* note;         ///< empty: none
  Os os;
};

class OsChoice : public testing::TestWithParam<OsCase> {};

TEST_P(OsChoice, FollowsBrandInterpreterAndNote) {
  const OsCase& c = GetParam();
  ElfBuilder b;
  b.os_abi = c.os_abi;
  b.segments = {load_header()};
  const std::string interpreter = std::string(c.interpreter) + '\0';
  if (interpreter.size() > 1) {
    b.segments.push_back(
        {.type = kPtInterp, .flags = 4, .offset = 0x200, .file_size = interpreter.size()});
    b.put(0x200, interpreter);
  }
  if (*c.note != '\0') {
    const auto note = b.note(c.note, 1, 1300139);
    b.segments.push_back({.type = kPtNote, .flags = 4, .offset = 0x300, .file_size = note.size()});
    b.put(0x300, note);
  }
  const auto elf = read(b);
  ASSERT_TRUE(elf) << elf.error().message;
  EXPECT_EQ(elf->os, c.os);
  EXPECT_EQ(elf->freebsd_osrel, std::string_view(c.note) == "FreeBSD" ? 1300139u : 0u);
}

constexpr OsCase kOsCases[] = {
    {"Brand", 9, "", "", Os::freebsd},
    {"NoteAlone", 0, "", "FreeBSD", Os::freebsd},
    {"FreeBsdInterpreter", 0, "/libexec/ld-elf.so.1", "", Os::freebsd},
    {"CompatInterpreter", 0, "/libexec/ld-elf32.so.1", "", Os::freebsd},
    {"OldInterpreter", 0, "/usr/libexec/ld-elf.so.1", "", Os::freebsd},
    {"NoBrand", 0, "", "", Os::linux_},
    {"GnuNote", 0, "", "GNU", Os::linux_},
    {"LinuxInterpreter", 0, "/lib/ld-linux-aarch64.so.1", "", Os::linux_},
    {"LinuxBrandWins", 3, "/libexec/ld-elf.so.1", "", Os::linux_},
};
INSTANTIATE_TEST_SUITE_P(Elf, OsChoice, testing::ValuesIn(kOsCases),
                         [](const auto& info) { return info.param.name; });

TEST(ElfNotes, HugeSizesEndTheScan) {
  ElfBuilder b = rich(2, ByteOrder::little);
  b.contents.clear();
  b.put(0x200, std::string("/libexec/ld-elf.so.1") + '\0');
  auto bad = b.note("FreeBSD", 1, 1201000);
  store_scalar(kLe64, bad.data(), 0xffff'fffc, 4);
  b.put(0x300, bad);
  b.put(0x318, b.note("FreeBSD", 1, 1201000));
  const auto elf = read(b);
  ASSERT_TRUE(elf) << elf.error().message;
  EXPECT_EQ(elf->freebsd_osrel, 0u);
}

TEST(ElfStack, ExecutableUnlessTheFileSaysOtherwise) {
  ElfBuilder b;
  b.segments = {load_header()};
  EXPECT_TRUE(read(b)->executable_stack);
  b.segments.push_back({.type = kPtGnuStack, .flags = 7});
  EXPECT_TRUE(read(b)->executable_stack);
  b.segments.back().flags = 6;
  EXPECT_FALSE(read(b)->executable_stack);
}

TEST(ElfFileName, UnreadableDescriptorIsAnError) {
  const auto elf = read_elf(-1, "gone");
  ASSERT_FALSE(elf);
  EXPECT_EQ(elf.error().host_errno, EBADF);
  EXPECT_EQ(elf.error().message, "gone: cannot stat");
}

}  // namespace
}  // namespace emulate
