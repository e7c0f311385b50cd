#include <sys/sysinfo.h>
#include <unistd.h>

#include <cmath>

#include "host/os/freebsd/abi/auxv.h"
#include "host/os/freebsd/cpus.h"
#include "host/os/freebsd/sysctl_rows.h"

/// hw.*, vm.* and vfs.*.

namespace emulate::freebsd {
namespace {

struct Memory {
  std::uint64_t total = 0;
  std::uint64_t free = 0;
};

/// Bytes. A 32-bit guest can be told of no more than its words hold; CtlValue::word sees to it.
Memory memory() {
  struct ::sysinfo info {};
  ::sysinfo(&info);
  return {std::uint64_t{info.totalram} * info.mem_unit,
          std::uint64_t{info.freeram} * info.mem_unit};
}

CtlResult machine(CtlCall& c, CtlValue& out) {
  out.text(c.task.process().machine().machine);
  return {};
}

CtlResult machine_arch(CtlCall& c, CtlValue& out) {
  out.text(c.task.process().machine().name);
  return {};
}

CtlResult model(CtlCall& c, CtlValue& out) {
  out.text(c.task.process().cpu_model().description);
  return {};
}

CtlResult ncpu(CtlCall& c, CtlValue& out) {
  out.i32(guest_cpu_count(c.task.process()));
  return {};
}

CtlResult byteorder(CtlCall& c, CtlValue& out) {
  out.i32(c.task.model().order == ByteOrder::little ? 1234 : 4321);
  return {};
}

CtlResult total_memory(CtlCall&, CtlValue& out) {
  out.word(memory().total);
  return {};
}

CtlResult user_memory(CtlCall&, CtlValue& out) {
  out.word(memory().total / 10 * 9);
  return {};
}

CtlResult page_size(CtlCall& c, CtlValue& out) {
  out.i32(c.task.process().machine().page_size);
  return {};
}

CtlResult page_sizes(CtlCall& c, CtlValue& out) {
  out.word(c.task.process().machine().page_size);
  for (unsigned i = 1; i < kMaxPageSizes; ++i) out.word(0);
  return {};
}

CtlResult available_pages(CtlCall& c, CtlValue& out) {
  out.word(memory().total / c.task.process().machine().page_size);
  return {};
}

/// struct loadavg {fixpt_t ldavg[3]; long fscale}.
CtlResult loadavg(CtlCall&, CtlValue& out) {
  constexpr int kScale = 2048;  // FSCALE
  double load[3] = {};
  ::getloadavg(load, 3);
  for (const double l : load) out.i32(std::lround(l * kScale));
  if (out.model().is64()) out.zeros(4);
  out.word(kScale);
  return {};
}

/// struct vmtotal.
CtlResult vmtotal(CtlCall& c, CtlValue& out) {
  const Memory m = memory();
  const std::uint64_t page = c.task.process().machine().page_size;
  const std::uint64_t used = (m.total - m.free) / page;
  out.i64(static_cast<std::int64_t>(m.total / page)).i64(static_cast<std::int64_t>(used));
  out.i64(static_cast<std::int64_t>(used)).i64(static_cast<std::int64_t>(used));
  out.zeros(4 * 8).i64(static_cast<std::int64_t>(m.free / page));
  out.zeros(5 * 2 + 3 * 2);
  return {};
}

/// A count of pages: of the whole memory divided by N, or of what is free for N = 0.
template <unsigned Fraction>
CtlResult pages(CtlCall& c, CtlValue& out) {
  const Memory m = memory();
  const std::uint64_t bytes = Fraction == 0 ? m.free : m.total / Fraction;
  out.i32(static_cast<std::int64_t>(bytes / c.task.process().machine().page_size));
  return {};
}

/// How much may be locked is the host's business; what is written reads back.
CtlResult max_wired(CtlCall& c, CtlValue& out) {
  static std::atomic<std::uint32_t> written = 0;
  constexpr unsigned kThird = 3;
  if (written == 0) {
    if (auto r = pages<kThird>(c, out); !r) return r;
  } else {
    out.i32(written);
  }
  if (c.sets) {
    if (c.new_value.size() != sizeof(std::uint32_t)) return host_error(EINVAL);
    written = static_cast<std::uint32_t>(
        load_scalar(c.task.model(), c.new_value.data(), sizeof(std::uint32_t)));
  }
  return {};
}

CtlResult swap_total(CtlCall&, CtlValue& out) {
  struct ::sysinfo info {};
  ::sysinfo(&info);
  out.i64(static_cast<std::int64_t>(std::uint64_t{info.totalswap} * info.mem_unit));
  return {};
}

constexpr CtlRow kRows[] = {
    {"vm", 2, kNode, "N", nullptr},
    {"vm.vmtotal", 1, CtlType::opaque, "S,vmtotal", vmtotal, false,
     "System virtual memory statistics"},
    {"vm.loadavg", 2, CtlType::opaque, "S,loadavg", loadavg, false, "Machine loadaverage history"},
    {"vm.max_wired", kCtlAuto, CtlType::uint, "IU", max_wired, true,
     "System-wide limit to wired page count"},
    {"vm.v_free_min", 3, CtlType::uint, "IU", pages<64>},
    {"vm.v_free_target", 4, CtlType::uint, "IU", pages<32>},
    {"vm.v_free_reserved", 5, CtlType::uint, "IU", pages<128>},
    {"vm.v_inactive_target", 6, CtlType::uint, "IU", pages<24>},
    {"vm.swap_enabled", 11, kInt, "I", constant<1>},
    {"vm.overcommit", 12, kInt, "I", constant<0>},
    {"vm.swap_total", kCtlAuto, CtlType::u64, "QU", swap_total},
    {"vm.stats", kCtlAuto, kNode, "N", nullptr},
    {"vm.stats.vm", kCtlAuto, kNode, "N", nullptr},
    {"vm.stats.vm.v_page_size", kCtlAuto, CtlType::uint, "IU", page_size},
    {"vm.stats.vm.v_page_count", kCtlAuto, CtlType::uint, "IU", pages<1>},
    {"vm.stats.vm.v_free_count", kCtlAuto, CtlType::uint, "IU", pages<0>},
    {"vm.stats.vm.v_active_count", kCtlAuto, CtlType::uint, "IU", pages<4>},
    {"vm.stats.vm.v_inactive_count", kCtlAuto, CtlType::uint, "IU", pages<8>},
    {"vm.stats.vm.v_free_min", kCtlAuto, CtlType::uint, "IU", pages<64>},
    {"vm.stats.vm.v_free_target", kCtlAuto, CtlType::uint, "IU", pages<32>},
    {"vm.stats.vm.v_free_reserved", kCtlAuto, CtlType::uint, "IU", pages<128>},
    {"vm.stats.vm.v_free_severe", kCtlAuto, CtlType::uint, "IU", pages<96>},
    {"vm.stats.vm.v_inactive_target", kCtlAuto, CtlType::uint, "IU", pages<24>},
    {"vm.stats.vm.v_pageout_free_min", kCtlAuto, CtlType::uint, "IU", constant<34>},
    {"vm.stats.vm.v_wire_count", kCtlAuto, CtlType::uint, "IU", pages<8>},
    {"vfs", 3, kNode, "N", nullptr},
    {"vfs.usermount", kCtlAuto, kInt, "I", constant<0>},
    {"hw", 6, kNode, "N", nullptr},
    {"hw.machine", 1, kString, "A", machine, false, "System hardware machine class"},
    {"hw.model", 2, kString, "A", model, false, "Machine model"},
    {"hw.ncpu", 3, kInt, "I", ncpu, false, "Number of active CPUs"},
    {"hw.byteorder", 4, kInt, "I", byteorder, false, "System byte order"},
    {"hw.physmem", 5, CtlType::ulong, "LU", total_memory},
    {"hw.usermem", 6, CtlType::ulong, "LU", user_memory},
    {"hw.pagesize", 7, kInt, "I", page_size, false, "System memory page size"},
    {"hw.floatingpoint", 10, kInt, "I", constant<1>},
    {"hw.machine_arch", 11, kString, "A", machine_arch, false, "System architecture"},
    {"hw.realmem", 12, CtlType::ulong, "LU", total_memory},
    {"hw.availpages", kCtlAuto, CtlType::ulong, "LU", available_pages},
    {"hw.pagesizes", kCtlAuto, CtlType::ulong, "LU", page_sizes, false, "Supported page sizes"},
    {"hw.clockrate", kCtlAuto, kInt, "I", constant<1000>},
    {"machdep", 7, kNode, "N", nullptr},
    {"machdep.cacheline_size", 1, kInt, "I", constant<64>},
};

}  // namespace

CtlRows sysctl_hw_rows() { return kRows; }

}  // namespace emulate::freebsd
