// Writes what we believe about FreeBSD's structures as C assertions, and has clang check them
// against their declarations for each kind of machine.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

#include "host/os/freebsd/abi/dirent.h"
#include "host/os/freebsd/abi/event.h"
#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/abi/ioctl.h"
#include "host/os/freebsd/abi/resource.h"
#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/abi/socket.h"
#include "host/os/freebsd/abi/stat.h"
#include "host/os/freebsd/abi/statfs.h"
#include "host/os/freebsd/abi/termios.h"
#include "host/os/freebsd/abi/thr.h"
#include "host/os/freebsd/abi/time.h"
#include "host/os/freebsd/abi/timer.h"
#include "host/os/freebsd/abi/uio.h"
#include "host/os/freebsd/abi/umtx.h"

namespace emulate::freebsd {
namespace {

/// A description and the C type it stands for.
struct Checked {
  const Layout* layout;
  /// Member that follows what is described; null when all is described.
  const char* next = nullptr;
};

template <class T>
constexpr Checked whole() {
  return {&kLayout<T>};
}

constexpr Checked kChecked[] = {
    {&kLayout<DirentHead>, "d_name"},
    {&kLayout<Freebsd11DirentHead>, "d_name"},
    whole<Bintime>(),
    whole<Cmsgcred>(),
    whole<Cmsghdr>(),
    whole<FiodgnameArg>(),
    whole<Flock>(),
    whole<Freebsd11Statfs>(),
    whole<Ifconf>(),
    whole<Ifreq>(),
    whole<Iovec>(),
    whole<Itimerspec>(),
    whole<Itimerval>(),
    whole<Kevent11>(),
    whole<Kevent>(),
    whole<Linger>(),
    whole<Msghdr>(),
    whole<NtpTimeval>(),
    whole<OldFlock>(),
    whole<Ostat>(),
    whole<Rlimit>(),
    whole<Rtprio>(),
    whole<Rusage>(),
    whole<SchedParam>(),
    whole<SfHdtr>(),
    whole<Sigaction>(),
    whole<Sigevent>(),
    whole<Siginfo>(),
    whole<Sigset>(),
    whole<Sockcred>(),
    whole<Stack>(),
    whole<Stat>(),
    whole<Statfs>(),
    whole<Termios>(),
    whole<ThrParam>(),
    whole<Timespec>(),
    whole<Timeval>(),
    whole<Timex>(),
    whole<Timezone>(),
    whole<UmtxRobustLists>(),
    whole<UmtxTime>(),
    whole<Winsize>(),
    whole<Wrusage>(),
    whole<Xucred>(),
};

struct Target {
  const char* name;
  const char* triple;
  DataModel model;
};

void PrintTo(const Target& t, std::ostream* out) { *out << t.name; }

/// Appends the assertions about one structure; returns how many.
int assertions(const Checked& c, const DataModel& model, std::string& out) {
  int count = 0;
  const auto check = [&](std::string_view what, std::size_t value) {
    out += fmt::format("_Static_assert({} == {}, \"{} is not {}\");\n", what, value, what, value);
    ++count;
  };
  const Layout& layout = *c.layout;
  const std::string type = fmt::format("struct {}", layout.name);
  const std::size_t size = guest_size(layout, model);
  check(c.next != nullptr ? fmt::format("__builtin_offsetof({}, {})", type, c.next)
                          : fmt::format("sizeof({})", type),
        size);
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    const Field& f = layout.fields[i];
    if (f.element == nullptr) continue;  // padding has no name to ask for
    check(fmt::format("__builtin_offsetof({}, {})", type, f.name), guest_offset(layout, model, i));
    if (std::string_view(f.name) == "_reason") continue;  // of a union, only a part is described
    const Layout alone{"", std::span(&f, 1)};
    check(fmt::format("sizeof((({}*)0)->{})", type, f.name), guest_size(alone, model));
  }
  return count;
}

bool compiles(const Target& target, const std::string& file) {
  const std::string command = fmt::format(
      "{} -target {} -fsyntax-only -ffreestanding -std=c11 -x c {}", CLANG, target.triple, file);
  const int status = std::system(command.c_str());
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class AbiLayout : public testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    if (std::string_view(CLANG).empty()) GTEST_SKIP() << "no clang found at configuration";
  }
  std::string write(std::string_view assertions) const {
    const std::string path = fmt::format("{}/layout_{}.c", OUTPUT_DIRECTORY, GetParam().name);
    std::ofstream(path) << fmt::format("#define TIME32 {}\n#include \"{}\"\n{}",
                                       GetParam().model.time_bytes == 4 ? 1 : 0, DECLARATIONS,
                                       assertions);
    return path;
  }
};

INSTANTIATE_TEST_SUITE_P(
    Targets, AbiLayout,
    testing::Values(Target{"aarch64", "aarch64-unknown-freebsd12", kLe64},
                    Target{"armv6", "armv6-unknown-freebsd12-gnueabihf", kLe32},
                    Target{"mips", "mips-unknown-freebsd12", kBe32},
                    Target{"mipsel", "mipsel-unknown-freebsd12", kLe32},
                    Target{"mips64", "mips64-unknown-freebsd12", kBe64},
                    Target{"powerpc", "powerpc-unknown-freebsd12", kBe32},
                    Target{"powerpc10", "powerpc-unknown-freebsd10", kBe32Time32},
                    Target{"powerpc64", "powerpc64-unknown-freebsd12", kBe64},
                    Target{"sparc64", "sparc64-unknown-freebsd12", kBe64}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(AbiLayout, AgreesWithTheCompiler) {
  const DataModel& model = GetParam().model;
  std::string text;
  int count = 0;
  for (const Checked& c : kChecked) count += assertions(c, model, text);
  const bool time32 = model.time_bytes == 4;
  for (const Checked& c : {time32 ? whole<Freebsd11StatTime32>() : whole<Freebsd11Stat>(),
                           time32 ? whole<NstatTime32>() : whole<Nstat>()}) {
    count += assertions(c, model, text);
  }
  EXPECT_GT(count, 500);
  EXPECT_TRUE(compiles(GetParam(), write(text)));
}

/// The check itself must be able to fail.
TEST_P(AbiLayout, NoticesAWrongOffset) {
  const DataModel& model = GetParam().model;
  DataModel wrong = model;
  wrong.long_bytes = model.is64() ? 4 : 8;
  std::string text;
  assertions(whole<Iovec>(), wrong, text);
  EXPECT_FALSE(compiles(GetParam(), write(text) + " 2>/dev/null"));
}

}  // namespace
}  // namespace emulate::freebsd
