#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "host/os/freebsd/abi/auxv.h"
#include "host/os/freebsd/cpus.h"
#include "host/os/freebsd/kqueue/process_events.h"
#include "host/os/freebsd/personality.h"
#include "host/os/stack_writer.h"
#include "host/os/start_memory.h"

/// The first stack of a program (FreeBSD sys/kern/kern_exec.c, exec_copyout_strings(), and
/// sys/kern/imgact_elf.c, freebsd_fixup()). From the top downwards: ps_strings, the signal
/// trampoline where there is no shared page, the program's path, the canary, the page sizes, the
/// argument and environment strings; then, upwards from the stack pointer, argc, argv, envp and
/// the auxiliary vector.

namespace emulate::freebsd {
namespace {

struct StartStrings {
  GuestAddr execpath, canary, pagesizes;
  std::uint64_t canary_size = 0, pagesizes_size = 0;
};

StartStrings push_start_strings(StackWriter& writer, Process& process, const std::string& path) {
  const DataModel& model = process.model();
  StartStrings s;
  s.execpath = writer.push_bytes(path.c_str(), path.size() + 1);

  std::array<std::byte, 64> canary{};
  s.canary_size = model.long_bytes * 8u;
  // The host's random pool cannot fail for so few bytes once it is initialised.
  (void)::getrandom(canary.data(), s.canary_size, 0);
  s.canary = writer.push_bytes(canary.data(), s.canary_size);

  WordVector sizes(model);
  sizes.add(process.machine().page_size);
  while (sizes.bytes().size() < kMaxPageSizes * model.long_bytes) sizes.add(std::uint64_t{0});
  s.pagesizes_size = sizes.bytes().size();
  s.pagesizes = writer.push_bytes(sizes.bytes().data(), sizes.bytes().size());
  return s;
}

void add_auxv(WordVector& words, Process& process, const LoadedProgram& program,
              const StartStrings& strings, std::uint8_t stack_prot) {
  const FreeBsdAbi& abi = *process.machine().freebsd;
  const bool is64 = process.model().is64();
  const std::uint32_t release = osreldate(process);
  const auto add = [&](AuxType type, std::uint64_t value) {
    words.add(abi.auxv_type(static_cast<std::uint32_t>(type), release));
    words.add(value);
  };
  add(AuxType::phdr, program.image.program_headers.value);
  add(AuxType::phent, program.elf.phentsize);
  add(AuxType::phnum, program.elf.segments.size());
  add(AuxType::pagesz, process.machine().page_size);
  add(AuxType::flags, 0);
  add(AuxType::entry, program.image.entry.value);
  add(AuxType::base, program.has_interpreter ? program.interpreter.bias : program.image.bias);
  add(AuxType::ehdrflags, program.elf.flags);
  add(AuxType::execpath, strings.execpath.value);
  add(AuxType::osreldate, release);
  add(AuxType::canary, strings.canary.value);
  add(AuxType::canarylen, strings.canary_size);
  add(AuxType::ncpus, static_cast<std::uint64_t>(guest_cpu_count(process)));
  add(AuxType::pagesizes, strings.pagesizes.value);
  add(AuxType::pagesizeslen, strings.pagesizes_size);
  // No AT_TIMEKEEP: without it libc asks the kernel for the time.
  add(AuxType::stackprot, stack_prot);
  const std::uint64_t mask = is64 ? ~0ULL : 0xffff'ffffULL;
  const std::uint64_t hwcap = abi.hwcap(process.cpu_model()) & mask;
  const std::uint64_t hwcap2 = abi.hwcap2(process.cpu_model()) & mask;
  if (hwcap != 0) add(AuxType::hwcap, hwcap);
  if (hwcap2 != 0) add(AuxType::hwcap2, hwcap2);
  add(AuxType::null, 0);
}

}  // namespace

Expected<ThreadStart> FreeBsdPersonality::build_stack(Process& process,
                                                      const LoadedProgram& program,
                                                      std::span<const std::string> argv,
                                                      std::span<const std::string> envp) {
  const DataModel& model = process.model();
  const std::uint64_t strings_bytes = strings_size(argv) + strings_size(envp);
  if (strings_bytes > kArgMax) return host_error(E2BIG);
  announce_exec();

  ImageInfo& image = process.image();
  image.note_osrel = program.elf.freebsd_osrel;
  // The page above the stack is the shared page (SHAREDPAGE == USRSTACK on both arms); where the
  // window is smaller than the machine's address space both move down.
  const GuestAddr highest = process.memory().limits().user_max - process.machine().page_size;
  auto place = map_main_stack(process, highest, program.elf.executable_stack);
  if (!place) return tl::unexpected(place.error());
  // On a page of its own, as SV_SHP machines have it.
  const GuestAddr sigcode = place->top;
  if (auto r = map_code_page(process, sigcode, process.personality().abi().setup_sigtramp(),
                             "[shared page]");
      !r) {
    return tl::unexpected(r.error());
  }

  StackWriter writer(process.memory(), model, place->top);
  const GuestAddr ps_strings = writer.reserve(guest_size<PsStrings>(model));
  const StartStrings start_strings = push_start_strings(writer, process, program.guest_path);
  GuestAddr strings = writer.reserve(strings_bytes);

  WordVector words(model);
  words.add(argv.size());
  const std::uint64_t argv_offset = words.bytes().size();
  words.add_strings(writer, strings, argv);
  const std::uint64_t envp_offset = words.bytes().size();
  words.add_strings(writer, strings, envp);
  const std::uint64_t auxv_offset = words.bytes().size();
  add_auxv(words, process, program, start_strings, place->prot);

  // exec_setregs() rounds the stack pointer down by itself where an ABI wants it (arm64), so that
  // argc need not stand on a multiple of 16; it does here, which suits every ABI.
  writer.reserve(words.bytes().size());
  writer.align(16);
  const GuestAddr sp = writer.at();
  if (sp < place->base) return host_error(E2BIG);
  writer.write(sp, words.bytes().data(), words.bytes().size());

  PsStrings ps;
  ps.argv = sp + argv_offset;
  ps.argc = static_cast<std::uint32_t>(argv.size());
  ps.envp = sp + envp_offset;
  ps.envc = static_cast<std::uint32_t>(envp.size());
  std::vector<std::byte> ps_bytes(guest_size<PsStrings>(model));
  encode(model, ps, ps_bytes);
  writer.write(ps_strings, ps_bytes.data(), ps_bytes.size());
  if (!writer.status()) return tl::unexpected(writer.status().error());

  image.ps_strings = ps_strings;
  image.sigcode = sigcode;
  image.stack_top = place->top;
  image.stack_base = place->base;
  image.stack_size = place->top - place->base;
  image.auxv = sp + auxv_offset;
  image.auxv_size = words.bytes().size() - auxv_offset;
  return ThreadStart{program.start(), sp, ps_strings};
}

}  // namespace emulate::freebsd
