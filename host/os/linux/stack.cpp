#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "host/os/linux/personality.h"
#include "host/os/stack_writer.h"
#include "host/os/start_memory.h"

/// The first stack of a program (Linux fs/exec.c and fs/binfmt_elf.c, create_elf_tables()). From
/// the top downwards: a null word, the program's path, environment and argument strings, the
/// platform's name, random bytes; then, upwards from the stack pointer, argc, argv, envp and the
/// auxiliary vector.

namespace emulate::linux_os {
namespace {

/// Linux include/uapi/linux/auxvec.h; the same numbers on all ports.
enum class AuxType : std::uint32_t {
  null = 0,
  phdr = 3,
  phent = 4,
  phnum = 5,
  pagesz = 6,
  base = 7,
  flags = 8,
  entry = 9,
  uid = 11,
  euid = 12,
  gid = 13,
  egid = 14,
  platform = 15,
  hwcap = 16,
  clktck = 17,
  secure = 23,
  random = 25,
  hwcap2 = 26,
  execfn = 31,
  minsigstksz = 51,
};

constexpr std::uint64_t kClockTicks = 100;  // USER_HZ
constexpr std::size_t kRandomBytes = 16;
/// A quarter of the stack, but at least what old programs rely on (Linux fs/exec.c).
constexpr std::uint64_t kLeastArgMax = 128 * 1024;

Expected<void> map_code_pages(Process& process, GuestAddr sigpage) {
  const auto& abi = *process.machine().linux_;
  if (auto r = map_code_page(process, sigpage, abi.setup_sigtramp(), "[sigpage]"); !r) return r;
  const LinuxHelperPage helpers = abi.helper_page();
  if (helpers.content.empty()) return {};
  return map_code_page(process, helpers.address, helpers.content, "[vectors]");
}

struct StartStrings {
  GuestAddr execfn, platform, random;
};

StartStrings push_start_strings(StackWriter& writer, Process& process, const std::string& path) {
  StartStrings s;
  writer.reserve(process.model().long_bytes);
  s.execfn = writer.push_bytes(path.c_str(), path.size() + 1);
  if (const char* name = process.machine().linux_->platform(process.cpu_model())) {
    s.platform = writer.push_bytes(name, std::string_view(name).size() + 1);
  }
  std::array<std::byte, kRandomBytes> random{};
  // The host's random pool cannot fail for so few bytes once it is initialised.
  (void)::getrandom(random.data(), random.size(), 0);
  s.random = writer.push_bytes(random.data(), random.size());
  return s;
}

void add_auxv(WordVector& words, Process& process, const LoadedProgram& program,
              const StartStrings& strings) {
  const LinuxAbi& abi = *process.machine().linux_;
  const CpuModel& cpu = process.cpu_model();
  const std::uint64_t mask = process.model().is64() ? ~0ULL : 0xffff'ffffULL;
  words.add(AuxType::hwcap, abi.hwcap(cpu) & mask);
  words.add(AuxType::pagesz, process.machine().page_size);
  words.add(AuxType::clktck, kClockTicks);
  words.add(AuxType::phdr, program.image.program_headers.value);
  words.add(AuxType::phent, program.elf.phentsize);
  words.add(AuxType::phnum, program.elf.segments.size());
  words.add(AuxType::base, program.has_interpreter ? program.interpreter.bias : 0);
  words.add(AuxType::flags, 0);
  words.add(AuxType::entry, program.image.entry.value);
  words.add(AuxType::uid, ::getuid());
  words.add(AuxType::euid, ::geteuid());
  words.add(AuxType::gid, ::getgid());
  words.add(AuxType::egid, ::getegid());
  words.add(AuxType::secure, 0);
  words.add(AuxType::random, strings.random.value);
  words.add(AuxType::hwcap2, abi.hwcap2(cpu) & mask);
  words.add(AuxType::execfn, strings.execfn.value);
  if (strings.platform) words.add(AuxType::platform, strings.platform.value);
  if (const auto size = abi.min_signal_stack(); size != 0) words.add(AuxType::minsigstksz, size);
  words.add(AuxType::null, 0);
}

}  // namespace

Expected<ThreadStart> LinuxPersonality::build_stack(Process& process, const LoadedProgram& program,
                                                    std::span<const std::string> argv,
                                                    std::span<const std::string> envp) {
  const DataModel& model = process.model();
  // The page above the stack holds the signal trampoline.
  const GuestAddr highest = process.memory().limits().user_max - 0x10000;
  auto place = map_main_stack(process, highest, program.elf.executable_stack);
  if (!place) return tl::unexpected(place.error());
  const std::uint64_t strings_bytes = strings_size(argv) + strings_size(envp);
  const std::uint64_t room = std::max((place->top - place->base) / 4, kLeastArgMax);
  if (strings_bytes > room) return host_error(E2BIG);
  const GuestAddr sigpage = place->top;
  if (auto r = map_code_pages(process, sigpage); !r) return tl::unexpected(r.error());

  StackWriter writer(process.memory(), model, place->top);
  const StartStrings start_strings = push_start_strings(writer, process, program.guest_path);
  GuestAddr strings = writer.reserve(strings_bytes);

  WordVector words(model);
  words.add(argv.size());
  words.add_strings(writer, strings, argv);
  words.add_strings(writer, strings, envp);
  const std::uint64_t auxv_offset = words.bytes().size();
  add_auxv(words, process, program, start_strings);
  writer.reserve(words.bytes().size());
  writer.align(16);
  const GuestAddr sp = writer.at();
  if (sp < place->base) return host_error(E2BIG);
  writer.write(sp, words.bytes().data(), words.bytes().size());
  if (!writer.status()) return tl::unexpected(writer.status().error());

  ImageInfo& image = process.image();
  image.sigcode = sigpage;
  image.stack_top = place->top;
  image.stack_base = place->base;
  image.stack_size = place->top - place->base;
  image.auxv = sp + auxv_offset;
  image.auxv_size = words.bytes().size() - auxv_offset;
  return ThreadStart{program.start(), sp, GuestAddr()};
}

}  // namespace emulate::linux_os
