#include "host/vfs/path_resolver.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace emulate {
namespace {

namespace fs = std::filesystem;
using Follow = PathResolver::Follow;

/// A prefix with a few files, and a directory outside of it that plays the host.
class PathResolverTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::canonical(fs::temp_directory_path()) / ("vfs_test." + std::to_string(getpid()));
    fs::remove_all(root_);
    prefix_ = root_ / "prefix";
    host_ = root_ / "host";
    fs::create_directories(prefix_ / "usr/lib");
    fs::create_directories(prefix_ / "lib");
    fs::create_directories(host_);
    touch(prefix_ / "lib/libc.so.7");
    touch(host_ / "file");
    resolver_.set_prefix(prefix_);
  }
  void TearDown() override { fs::remove_all(root_); }

  static void touch(const fs::path& path) { std::ofstream(path) << 'x'; }
  std::string resolve(std::string_view path, Follow follow = Follow::yes, bool creates = false) {
    return resolver_.resolve(AT_FDCWD, path, follow, creates).path;
  }

  fs::path root_, prefix_, host_;
  PathResolver resolver_;
};

TEST_F(PathResolverTest, AbsolutePathComesFromThePrefixIfItIsThere) {
  EXPECT_EQ(resolve("/lib/libc.so.7"), prefix_ / "lib/libc.so.7");
  EXPECT_EQ(resolve("/lib/"), (prefix_ / "lib/").string());
  EXPECT_EQ(resolve("/"), prefix_);
  EXPECT_EQ(resolve((host_ / "file").string()), host_ / "file");
  EXPECT_EQ(resolve("/no/such/thing"), "/no/such/thing");
}

TEST_F(PathResolverTest, PrefixIsMadeAbsolute) {
  resolver_.set_prefix(fs::relative(prefix_).string() + "//");
  EXPECT_EQ(resolver_.prefix(), prefix_);
  resolver_.set_prefix("/");
  EXPECT_EQ(resolver_.prefix(), "");
}

TEST_F(PathResolverTest, RelativePathIsLeftAlone) {
  const HostPath p = resolver_.resolve(7, "lib/libc.so.7");
  EXPECT_EQ(p.dirfd, 7);
  EXPECT_EQ(p.path, "lib/libc.so.7");
  EXPECT_EQ(resolver_.resolve(AT_FDCWD, "").path, "");
}

TEST_F(PathResolverTest, AbsolutePathForgetsTheDirectory) {
  EXPECT_EQ(resolver_.resolve(7, "/lib/libc.so.7").dirfd, AT_FDCWD);
}

TEST_F(PathResolverTest, AbsoluteLinkStaysInsideTheGuestView) {
  fs::create_symlink("/lib/libc.so.7", prefix_ / "usr/lib/libc.so");
  EXPECT_EQ(resolve("/usr/lib/libc.so"), prefix_ / "lib/libc.so.7");
  EXPECT_EQ(resolve("/usr/lib/libc.so", Follow::no), prefix_ / "usr/lib/libc.so");
}

TEST_F(PathResolverTest, AbsoluteLinkToWhatOnlyTheHostHas) {
  fs::create_symlink(host_ / "file", prefix_ / "lib/away");
  EXPECT_EQ(resolve("/lib/away"), host_ / "file");
}

TEST_F(PathResolverTest, RelativeLinkAndDotDot) {
  fs::create_symlink("../../lib", prefix_ / "usr/lib/deep");
  EXPECT_EQ(resolve("/usr/lib/deep/libc.so.7"), prefix_ / "lib/libc.so.7");
  EXPECT_EQ(resolve("/usr/../lib/./libc.so.7"), prefix_ / "lib/libc.so.7");
  EXPECT_EQ(resolve("/../../lib"), prefix_ / "lib");
}

TEST_F(PathResolverTest, TrailingSlashFollowsTheLink) {
  fs::create_symlink("/lib", prefix_ / "link");
  EXPECT_EQ(resolve("/link/", Follow::no), (prefix_ / "lib/").string());
}

TEST_F(PathResolverTest, LinkLoopIsLeftToTheHost) {
  fs::create_symlink("/loop", prefix_ / "loop");
  EXPECT_EQ(resolve("/loop"), prefix_ / "loop");
}

TEST_F(PathResolverTest, CreationGoesWhereTheDirectoryIs) {
  EXPECT_EQ(resolve("/lib/new", Follow::yes, true), prefix_ / "lib/new");
  const std::string on_host = (host_ / "new").string();
  EXPECT_EQ(resolve(on_host, Follow::yes, true), on_host);
  EXPECT_EQ(resolve("/none/new", Follow::yes, true), "/none/new");
}

TEST_F(PathResolverTest, CreationOfWhatTheHostHasDoesNotShadowIt) {
  fs::create_directories(prefix_ / "dev");
  EXPECT_EQ(resolve("/dev/null", Follow::yes, true), "/dev/null");
}

TEST_F(PathResolverTest, CreationThroughADanglingLink) {
  fs::create_symlink("/lib/made", prefix_ / "usr/dangling");
  EXPECT_EQ(resolve("/usr/dangling", Follow::yes, true), prefix_ / "lib/made");
  EXPECT_EQ(resolve("/usr/dangling", Follow::no, true), prefix_ / "usr/dangling");
}

TEST_F(PathResolverTest, ProgramLinksNameTheGuestProgram) {
  touch(prefix_ / "usr/prog");
  resolver_.set_program("/usr/prog");
  const std::string own = "/proc/" + std::to_string(getpid());
  for (const std::string& link : {std::string("/proc/curproc/file"), std::string("/proc/self/exe"),
                                  own + "/exe", own + "/file"}) {
    EXPECT_EQ(resolve(link), prefix_ / "usr/prog") << link;
    EXPECT_EQ(resolve(link, Follow::no), "/proc/self/exe") << link;
    EXPECT_EQ(resolver_.link_text(link), "/usr/prog") << link;
  }
  EXPECT_EQ(resolver_.link_text("/proc/1/exe"), std::nullopt);
  EXPECT_EQ(resolver_.link_text("/usr/prog"), std::nullopt);
}

TEST_F(PathResolverTest, OtherNamesOfTheOwnProcess) {
  EXPECT_EQ(resolve("/proc/curproc/status"), "/proc/self/status");
  EXPECT_EQ(resolve("/proc/curproc"), "/proc/self");
  EXPECT_EQ(resolve("/proc/curprocess"), "/proc/curprocess");
}

TEST_F(PathResolverTest, DeviceNames) {
  EXPECT_EQ(resolve("/dev/ttyv0"), "/dev/tty1");
  EXPECT_EQ(resolve("/dev/cuau1"), "/dev/ttyS1");
  EXPECT_EQ(resolve("/dev/ttyU12"), "/dev/ttyUSB12");
  EXPECT_EQ(resolve("/dev/ttyvx"), "/dev/ttyvx");
}

TEST_F(PathResolverTest, ToGuestStripsThePrefix) {
  EXPECT_EQ(resolver_.to_guest((prefix_ / "lib").string()), "/lib");
  EXPECT_EQ(resolver_.to_guest(prefix_.string()), "/");
  EXPECT_EQ(resolver_.to_guest(prefix_.string() + "er/lib"), prefix_.string() + "er/lib");
  EXPECT_EQ(resolver_.to_guest("/etc"), "/etc");
}

TEST(PathResolver, WithoutPrefixPathsPassThrough) {
  const PathResolver resolver;
  EXPECT_EQ(resolver.resolve(AT_FDCWD, "/a//b/../c/").path, "/a//b/../c/");
  EXPECT_EQ(resolver.to_guest("/a"), "/a");
}

/// The same directory as the guest's root.
class GuestRootTest : public PathResolverTest {
 protected:
  void SetUp() override {
    PathResolverTest::SetUp();
    resolver_.set_prefix("");
    resolver_.set_root(prefix_);
  }
};

TEST_F(GuestRootTest, NothingOfTheHostIsSeen) {
  EXPECT_EQ(resolve("/lib/libc.so.7"), prefix_ / "lib/libc.so.7");
  EXPECT_EQ(resolve("/"), prefix_.string() + "/");
  EXPECT_EQ(resolve(host_.string()), prefix_.string() + host_.string());
  EXPECT_EQ(resolve("/missing/file"), prefix_ / "missing/file");
}

TEST_F(GuestRootTest, LinksStayInside) {
  fs::create_symlink("/lib/libc.so.7", prefix_ / "absolute");
  fs::create_symlink("../../../../lib", prefix_ / "usr/up");
  fs::create_symlink(host_, prefix_ / "away");
  EXPECT_EQ(resolve("/absolute"), prefix_ / "lib/libc.so.7");
  EXPECT_EQ(resolve("/absolute", Follow::no), prefix_ / "absolute");
  EXPECT_EQ(resolve("/usr/up/libc.so.7"), prefix_ / "lib/libc.so.7");
  EXPECT_EQ(resolve("/away/file"), prefix_.string() + host_.string() + "/file");
  EXPECT_EQ(resolve("/../../lib/"), (prefix_ / "lib/").string());
}

TEST_F(GuestRootTest, RelativePathsThatCouldLeaveTheRootAreLookedUp) {
  fs::create_symlink("/lib", prefix_ / "usr/link");
  const int usr = open((prefix_ / "usr").c_str(), O_PATH | O_DIRECTORY);
  const HostPath plain = resolver_.resolve(usr, "lib/../../lib/libc.so.7");
  EXPECT_EQ(plain.path, prefix_ / "lib/libc.so.7");
  EXPECT_EQ(resolver_.resolve(usr, "link/libc.so.7").path, prefix_ / "lib/libc.so.7");
  EXPECT_EQ(resolver_.resolve(usr, "../../..").path, prefix_.string() + "/");
  EXPECT_EQ(resolver_.resolve(usr, "lib/new").path, "lib/new");
  EXPECT_EQ(resolver_.resolve(usr, "lib/new").dirfd, usr);
  EXPECT_EQ(resolver_.resolve(usr, "").dirfd, usr);
  close(usr);
}

TEST_F(GuestRootTest, ProcAndMissingDevicesAreTheHosts) {
  fs::create_symlink("/proc/self/fd", prefix_ / "fds");
  EXPECT_EQ(resolve("/proc/version"), "/proc/version");
  EXPECT_EQ(resolve("/fds/0"), "/proc/self/fd/0");
  EXPECT_EQ(resolve("/dev/null"), "/dev/null");
  EXPECT_EQ(resolve("/proc/self/root/lib/libc.so.7"), prefix_ / "lib/libc.so.7");
}

TEST_F(GuestRootTest, HostPathsBecomeGuestPaths) {
  EXPECT_EQ(resolver_.to_guest(prefix_.string()), "/");
  EXPECT_EQ(resolver_.to_guest((prefix_ / "lib").string()), "/lib");
  EXPECT_EQ(resolver_.to_guest("/proc/1"), "/proc/1");
}

}  // namespace
}  // namespace emulate
