#include "host/launcher/listing.h"

#include <iterator>

#include <fmt/format.h>

namespace emulate {
namespace {

std::string systems(const Machine& machine) {
  std::string names;
  if (machine.freebsd != nullptr) names = "FreeBSD";
  if (machine.linux_ != nullptr) names += names.empty() ? "Linux" : ", Linux";
  return names;
}

void add_machine(std::string& out, const MachineEntry& e) {
  fmt::format_to(
      std::back_inserter(out), "{:<12} {:<16} {:<24} {}\n", e.machine->name, systems(*e.machine),
      fmt::format("{} {}", e.plugin->name, e.plugin->version != nullptr ? e.plugin->version : ""),
      e.file);
}

void add_cpus(std::string& out, const Machine& machine) {
  for (const CpuModel& cpu : machine.cpus) {
    fmt::format_to(std::back_inserter(out), "{:<12} {:<16} {}{}\n", machine.name, cpu.name,
                   cpu.description, &cpu == &machine.cpus.front() ? " (default)" : "");
  }
}

}  // namespace

std::string describe_plugins(PluginRegistry& registry, bool cpu_models) {
  const std::vector<MachineEntry> machines = registry.list();
  if (machines.empty()) return "no plugins\n";
  std::string out =
      cpu_models ? fmt::format("{:<12} {:<16} {}\n", "MACHINE", "CPU", "DESCRIPTION")
                 : fmt::format("{:<12} {:<16} {:<24} {}\n", "MACHINE", "SYSTEMS", "PLUGIN", "FILE");
  for (const MachineEntry& e : machines) {
    if (cpu_models) {
      add_cpus(out, *e.machine);
    } else {
      add_machine(out, e);
    }
  }
  return out;
}

}  // namespace emulate
