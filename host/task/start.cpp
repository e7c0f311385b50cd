#include "host/task/start.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include <fmt/format.h>

#include "host/task/access.h"
#include "host/task/boot.h"
#include "host/task/services.h"
#include "host/trace/ledger.h"

namespace emulate {
namespace {

constexpr std::uint64_t kWindow32 = 1ULL << 32;
constexpr std::uint64_t kWindow64 = 1ULL << 46;

LoadError error(int host_errno, std::string message) { return {host_errno, std::move(message)}; }

/// Tells the engine what the mapping table learns.
class CodeListener final : public MappingListener {
 public:
  explicit CodeListener(Engine& engine) : engine_(engine) {}
  void code_changed(GuestAddr start, std::uint64_t length) override {
    engine_.code_changed(start, length);
  }

 private:
  Engine& engine_;
};

/// What lives as long as the process; never destroyed, since the process ends by _exit.
struct Machinery {
  Process process;
  std::unique_ptr<Services> services;
  std::unique_ptr<CodeListener> listener;
  std::unique_ptr<Task> first;
};

Loaded<const CpuModel*> choose_cpu(const Machine& machine, const std::string& name) {
  if (name.empty()) return &machine.cpus.front();
  std::string known;
  for (const CpuModel& c : machine.cpus) {
    if (name == c.name) return &c;
    known += fmt::format(" {}", c.name);
  }
  return load_error(EINVAL,
                    fmt::format("--cpu {}: not a CPU of {}; known:{}", name, machine.name, known));
}

Loaded<void> build_process(Machinery& m, const Machine& machine, Os os,
                           std::span<const PersonalityEntry> personalities,
                           const Options& options) {
  const ProcessAccess access(m.process);
  auto cpu = choose_cpu(machine, options.cpu);
  if (!cpu) return tl::unexpected(cpu.error());
  access.machine() = &machine;
  access.model() = machine.abi(os)->data_model(machine.model);
  access.cpu_model() = *cpu;

  const MemoryLayout& layout = machine.abi(os)->memory_layout();
  AddressSpace::Limits limits;
  limits.window_size = machine.model.is64() ? kWindow64 : kWindow32;
  limits.page_size = machine.page_size;
  limits.user_max = layout.user_max;
  limits.map_base = layout.dyn_base;
  auto memory = AddressSpace::create(limits);
  if (!memory) return load_error(ENOMEM, "the host refuses to reserve the guest's address space");
  access.memory() = std::move(*memory);
  m.services = std::make_unique<Services>(*access.memory());
  access.services() = m.services.get();

  EngineConfig config;
  config.host = m.services.get();
  config.window = access.memory()->window();
  config.machine = &machine;
  config.cpu = *cpu;
  config.engine = options.engine.empty() ? nullptr : options.engine.c_str();
  access.engine() = machine.create_engine(config);
  if (access.engine() == nullptr) {
    return load_error(EINVAL, options.engine.empty()
                                  ? fmt::format("{}: the engine could not be made", machine.name)
                                  : fmt::format("--engine {}: not an engine of {}", options.engine,
                                                machine.name));
  }
  m.listener = std::make_unique<CodeListener>(*access.engine());
  access.memory()->set_listener(m.listener.get());

  for (const PersonalityEntry& entry : personalities) {
    if (entry.os != os) continue;
    access.personality_factory() = entry.create;
    access.personality() = entry.create(m.process);
  }
  if (!access.personality()) {
    return load_error(ENOEXEC, "no personality for the program's operating system");
  }
  return {};
}

/// The host mask that emulate was started with becomes the guest's.
SignalSet inherited_mask(const Personality& os) {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  SignalSet out;
  for (int guest = 1; guest <= os.signal_count(); ++guest) {
    const int host = os.signal_to_host(guest);
    if (host != 0 && sigismember(&mask, host) == 1) out.add(guest);
  }
  return out;
}

int open_self() { return FdTable::make_private(open("/proc/self/exe", O_PATH | O_CLOEXEC)); }

}  // namespace

PathResolver guest_paths(const Options& options) {
  PathResolver paths;
  paths.set_prefix(options.prefix);
  paths.set_root(options.root);
  return paths;
}

const std::string& self_executable() {
  static const std::string path = [] {
    std::array<char, PATH_MAX> buffer{};
    const ssize_t n = readlink("/proc/self/exe", buffer.data(), buffer.size() - 1);
    return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string();
  }();
  return path;
}

int self_executable_fd() {
  static const int fd = open_self();
  return fd;
}

Loaded<void> boot_image(Task& task, const ExecTarget& target,
                        const std::vector<std::string>& envp) {
  Process& process = task.process();
  Personality& os = process.personality();
  auto program = load_program(process.memory(), os.abi(), target);
  if (!program) return tl::unexpected(program.error());
  ImageInfo image;
  image.guest_path = target.guest_path;
  image.host_path = target.host_path;
  image.argv = target.argv;
  image.envp = envp;
  image.note_osrel = program->elf.freebsd_osrel;
  image.text_start = program->image.text_start;
  image.text_end = program->image.text_end;
  image.data_start = program->image.data_start;
  image.data_end = program->image.data_end;
  process.image() = std::move(image);
  process.paths().set_program(target.guest_path);
  if (!target.found_prefix.empty()) process.paths().set_found_prefix(target.found_prefix);
  const auto start = os.build_stack(process, *program, target.argv, envp);
  if (!start) {
    return load_error(start.error().value,
                      fmt::format("{}: cannot lay out the stack: {}", target.guest_path,
                                  strerror(start.error().value)));
  }
  os.abi().thread_init(task.cpu(), *start, process.services());
  // ps and friends, of the guest and of the host, show the program's name and not emulate's.
  set_process_name(target.guest_path);
  start_ledger(target.guest_path, process.machine().name,
               os.os() == Os::freebsd ? "FreeBSD" : "Linux");
  return {};
}

LoadError run_program(PluginRegistry& plugins, std::span<const PersonalityEntry> personalities,
                      LaunchRequest request) {
  // Never deleted: guest threads may still run while the process ends.
  static Machinery& m = *new Machinery;
  const ProcessAccess access(m.process);
  m.process.options() = request.options;
  m.process.paths() = guest_paths(request.options);
  access.plugins() = &plugins;
  self_executable_fd();

  auto target =
      find_program(m.process.paths(), plugins, request.program, request.program_fd, request.argv);
  if (!target) return target.error();
  if (target->machine == nullptr) {
    return error(ENOEXEC,
                 fmt::format("{}: not a program for an emulated machine; see emulate --list",
                             request.program));
  }
  if (auto r = build_process(m, *target->machine, target->elf.os, personalities, request.options);
      !r) {
    return r.error();
  }
  Cpu* cpu = m.process.engine().cpu_init();
  if (cpu == nullptr) return error(ENOMEM, "no memory for a guest CPU");
  m.first = TaskAccess::create(m.process, cpu);
  Task& task = *m.first;
  access.tasks().emplace(task.tid(), &task);
  TaskAccess::set_current(&task);
  install_host_signals(m.process);
  m.process.personality().task_created(task, nullptr);
  if (auto r = boot_image(task, *target, request.envp); !r) return r.error();
  *target = ExecTarget{};  // closes its files
  task.set_signal_mask(inherited_mask(m.process.personality()));
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  TaskAccess::run(task);
  task.exit_process(0);
}

}  // namespace emulate
