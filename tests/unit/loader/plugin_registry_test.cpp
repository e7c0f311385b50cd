#include "host/loader/plugin_registry.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "host/loader/dll/dll_source.h"
#include "host/loader/plugin_file.h"

namespace emulate {
namespace {

namespace fs = std::filesystem;

ElfFile elf_for(std::uint16_t machine, Os os = Os::freebsd) {
  ElfFile elf;
  elf.elf_class = 2;
  elf.machine = machine;
  elf.os = os;
  return elf;
}

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    char name[] = "/tmp/emulate-plugins-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~RegistryTest() override { fs::remove_all(directory_); }

  /// Copies a test plugin into the directory; a copy is another file to the dynamic loader.
  fs::path add(const std::string& name, const std::string& as = "") {
    const fs::path to = directory_ / ((as.empty() ? name : as) + ".so");
    copy(name, to);
    return to;
  }
  static void copy(const std::string& name, const fs::path& to) {
    fs::copy_file(fs::path(TEST_PLUGIN_DIR) / (name + ".so"), to);
    // Whatever umask the build ran under.
    fs::permissions(to, fs::perms::group_write | fs::perms::others_write, fs::perm_options::remove);
  }
  PluginRegistry& registry() {
    if (!registry_) {
      registry_ = std::make_unique<PluginRegistry>(&source_);
      registry_->add_directory(directory_);
    }
    return *registry_;
  }
  const Machine* find(std::uint16_t machine, Os os = Os::freebsd) {
    return registry().find(elf_for(machine, os), message_);
  }
  /// The reason of the only refusal, which must name `path`.
  std::string only_refusal(const fs::path& path) {
    registry().list();
    if (registry().refusals().size() != 1) return "not one refusal";
    const std::string line = registry().refusals().front();
    const std::string start = path.string() + ": refused: ";
    return line.starts_with(start) ? line.substr(start.size()) : line;
  }
  static bool loaded(const std::string& name) {
    return std::getenv(("LOADED_" + name).c_str()) != nullptr;
  }

  fs::path directory_;
  DllSource source_;
  std::unique_ptr<PluginRegistry> registry_;
  std::string message_;
};

TEST_F(RegistryTest, FindsTheMachineOfAFile) {
  add("good");
  const Machine* machine = find(0xfe01);
  ASSERT_NE(machine, nullptr) << message_;
  EXPECT_STREQ(machine->name, "testcpu");
  EXPECT_TRUE(registry().refusals().empty());
}

TEST_F(RegistryTest, ListNamesMachinePluginAndFile) {
  const fs::path file = add("good");
  const auto machines = registry().list();
  ASSERT_EQ(machines.size(), 1u);
  EXPECT_STREQ(machines[0].machine->name, "testcpu");
  EXPECT_STREQ(machines[0].plugin->version, "1.2");
  EXPECT_EQ(machines[0].file, file);
}

TEST_F(RegistryTest, MatchesEveryFieldOfTheHeader) {
  add("good");
  ElfFile elf = elf_for(0xfe01);
  elf.elf_class = 1;
  EXPECT_EQ(registry().find(elf, message_), nullptr);
  elf = elf_for(0xfe01);
  elf.order = ByteOrder::big;
  EXPECT_EQ(registry().find(elf, message_), nullptr);
  EXPECT_EQ(find(0xfe04), nullptr);
  EXPECT_EQ(message_,
            "no plugin runs FreeBSD programs for ELF machine 65028 (64-bit, little-endian); "
            "looked in " +
                directory_.string());
}

TEST_F(RegistryTest, IndexSparesLoading) {
  add("good");
  unsetenv("LOADED_good");
  EXPECT_EQ(find(0xfe77), nullptr);
  EXPECT_FALSE(loaded("good"));
  EXPECT_EQ(find(0xfe01, Os::linux_), nullptr) << "the index says that it runs no Linux programs";
  EXPECT_FALSE(loaded("good"));
  EXPECT_NE(find(0xfe01), nullptr);
  EXPECT_TRUE(loaded("good"));
}

TEST_F(RegistryTest, PluginWithoutIndexIsLoaded) {
  add("no_index");
  EXPECT_EQ(find(0xfe77), nullptr);
  EXPECT_TRUE(loaded("no_index"));
  EXPECT_NE(find(0xfe02), nullptr);
}

TEST_F(RegistryTest, SystemThatTheMachineLacks) {
  const fs::path file = add("no_index");
  EXPECT_EQ(find(0xfe02, Os::linux_), nullptr);
  EXPECT_EQ(message_,
            "no plugin runs Linux programs for ELF machine 65026 (64-bit, little-endian); " +
                file.string() + " has the machine (plaincpu), but not the system");
}

TEST_F(RegistryTest, PreferredMachineWins) {
  add("variant", "a_variant");
  EXPECT_STREQ(find(0xfe01)->name, "testcpu-old");
  registry_.reset();
  add("good", "b_good");
  EXPECT_STREQ(find(0xfe01)->name, "testcpu");
}

TEST_F(RegistryTest, EarlierDirectoryWins) {
  add("good", "second");
  const fs::path first = directory_ / "first";
  fs::create_directory(first);
  fs::permissions(first, fs::perms::owner_all);
  copy("good", first / "good.so");
  PluginRegistry both(&source_);
  both.add_directory(first);
  both.add_directory(directory_);
  EXPECT_EQ(both.list()[0].file, (first / "good.so").string());
}

TEST_F(RegistryTest, SecondClaimOfANameIsRefused) {
  const fs::path first = add("good", "a_good");
  const fs::path second = add("duplicate", "b_duplicate");
  EXPECT_EQ(only_refusal(second), "its machine testcpu is already taken by " + first.string());
  EXPECT_EQ(registry().list().size(), 1u) << "no machine of a refused plugin is offered";
}

TEST_F(RegistryTest, OnePluginsFaultDoesNotStopTheOthers) {
  add("wrong_magic", "a_wrong");
  std::ofstream(directory_ / "b_text.so") << "not a plugin\n";
  add("good", "c_good");
  EXPECT_NE(find(0xfe01), nullptr);
  EXPECT_EQ(registry().refusals().size(), 2u);
}

TEST_F(RegistryTest, OtherFilesAreLeftAlone) {
  std::ofstream(directory_ / "README") << "text\n";
  fs::create_directory(directory_ / "sub");
  add("good", ".hidden");
  EXPECT_TRUE(registry().list().empty());
  EXPECT_TRUE(registry().refusals().empty());
}

TEST_F(RegistryTest, MissingDirectoryIsNoError) {
  PluginRegistry registry(&source_);
  registry.add_directory(directory_ / "none");
  EXPECT_TRUE(registry.list().empty());
  EXPECT_TRUE(registry.refusals().empty());
}

TEST_F(RegistryTest, WithoutASourceOnlyBuiltInPluginsAreUsed) {
  const fs::path file = add("good");
  PluginRegistry registry;
  registry.add_directory(directory_);
  EXPECT_EQ(registry.find(elf_for(0xfe01), message_), nullptr);
  ASSERT_EQ(registry.refusals().size(), 1u);
  EXPECT_EQ(registry.refusals()[0],
            file.string() + ": refused: this emulate takes only built-in plugins");
}

// --- refusals --------------------------------------------------------------------------------

struct Broken {
  const char* plugin;
  std::string reason;
};

class BrokenPlugin : public RegistryTest, public testing::WithParamInterface<Broken> {};

TEST_P(BrokenPlugin, IsRefusedWithTheReason) {
  const fs::path file = add(GetParam().plugin);
  EXPECT_EQ(find(0xfe01), nullptr);
  EXPECT_EQ(only_refusal(file), GetParam().reason);
}

std::string version_reason(int major, int minor, std::size_t size) {
  return "built for plugin API " + std::to_string(major) + "." + std::to_string(minor) +
         " (descriptor of " + std::to_string(size) + " bytes), this emulate has " +
         std::to_string(kApiMajor) + "." + std::to_string(kApiMinor) + " (" +
         std::to_string(sizeof(Plugin)) + " bytes)";
}

INSTANTIATE_TEST_SUITE_P(
    Plugins, BrokenPlugin,
    testing::Values(Broken{"no_entry", "exports no emulate_plugin: not a plugin"},
                    Broken{"null_plugin", "its entry point returned nothing"},
                    Broken{"wrong_magic", "bad magic 0x1234, a plugin has 0x314e4c504c554d45"},
                    Broken{"wrong_size", version_reason(kApiMajor, kApiMinor, sizeof(Plugin) + 8)},
                    Broken{"wrong_major", version_reason(99, kApiMinor, sizeof(Plugin))},
                    Broken{"newer_minor", version_reason(kApiMajor, kApiMinor + 1, sizeof(Plugin))},
                    Broken{"wrong_abi",
                           "built with the C++ library 'Xibstdc++-cxx11', this emulate with "
                           "'libstdc++-cxx11'"},
                    Broken{"incomplete", "its machine testcpu lacks an engine"}),
    [](const auto& info) { return info.param.plugin; });

TEST_F(RegistryTest, NothingRunsBeforeTheChecks) {
  add("no_entry");
  registry().list();
  EXPECT_FALSE(loaded("no_entry"));
}

TEST_F(RegistryTest, MissingSymbolIsNamed) {
  const fs::path file = add("unresolved");
  const std::string reason = only_refusal(file);
  EXPECT_NE(reason.find("undefined symbol: emulate_test_symbol_that_is_missing"), std::string::npos)
      << reason;
}

TEST_F(RegistryTest, FileThatIsNotElf) {
  const fs::path file = directory_ / "text.so";
  std::ofstream(file)
      << "#!/bin/sh\n# long enough to hold a header, but none of the sort .......\n";
  EXPECT_EQ(only_refusal(file), "not an ELF file");
}

TEST_F(RegistryTest, FileForAnotherHost) {
  const fs::path file = add("good");
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(18)
      .write("\x01\xfe", 2);
  EXPECT_EQ(only_refusal(file), "built for another kind of host");
}

TEST_F(RegistryTest, AnyTruncationIsRefused) {
  const fs::path file = add("good");
  const auto whole = fs::file_size(file);
  for (std::uintmax_t size = 0; size < whole; size += size < 128 ? 1 : 509) {
    fs::resize_file(file, 0);
    fs::remove(file);
    add("good");
    fs::resize_file(file, size);
    ASSERT_FALSE(inspect_plugin(file)) << size;
  }
}

TEST_F(RegistryTest, DirectoryNamedLikeAPlugin) {
  const fs::path file = directory_ / "folder.so";
  fs::create_directory(file);
  EXPECT_EQ(only_refusal(file), "not a regular file");
}

TEST_F(RegistryTest, FifoDoesNotHang) {
  const fs::path file = directory_ / "fifo.so";
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  EXPECT_EQ(only_refusal(file), "not a regular file");
}

TEST_F(RegistryTest, DanglingLink) {
  const fs::path file = directory_ / "link.so";
  fs::create_symlink("/nonexistent/plugin.so", file);
  EXPECT_EQ(only_refusal(file), "No such file or directory");
}

class Unsafe : public RegistryTest, public testing::WithParamInterface<fs::perms> {};

TEST_P(Unsafe, FileOthersCanWrite) {
  const fs::path file = add("good");
  fs::permissions(file, GetParam(), fs::perm_options::add);
  unsetenv("LOADED_good");
  EXPECT_EQ(only_refusal(file), "unsafe permissions: others may write to it (chmod go-w)");
  EXPECT_FALSE(loaded("good"));
}

TEST_P(Unsafe, DirectoryOthersCanWrite) {
  add("good");
  fs::permissions(directory_, GetParam(), fs::perm_options::add);
  unsetenv("LOADED_good");
  EXPECT_EQ(only_refusal(directory_), "unsafe permissions: others may write to it (chmod go-w)");
  EXPECT_FALSE(loaded("good"));
}

INSTANTIATE_TEST_SUITE_P(Permissions, Unsafe,
                         testing::Values(fs::perms::group_write, fs::perms::others_write),
                         [](const auto& info) {
                           return info.param == fs::perms::group_write ? "Group" : "Others";
                         });

TEST_F(RegistryTest, FileOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const fs::path file = add("good");
  ASSERT_EQ(chown(file.c_str(), 12345, 12345), 0);
  EXPECT_EQ(only_refusal(file), "unsafe permissions: owned by user 12345, neither root nor you");
}

}  // namespace
}  // namespace emulate
