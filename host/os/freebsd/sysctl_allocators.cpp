#include "host/os/freebsd/sysctl_allocators.h"

#include <unistd.h>

#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "host/os/freebsd/cpus.h"
#include "host/task/host_files.h"

namespace emulate::freebsd {
namespace {

// --- kern.malloc_stats (FreeBSD sys/sys/malloc.h) ------------------------------------------------

struct MallocType {
  std::string name;
  std::uint64_t bytes = 0;
};

/// What the host's kernel takes by the page outside of its slabs, and what only FreeBSD has.
std::vector<MallocType> malloc_types() {
  struct Row {
    const char* host;
    const char* guest;
  };
  constexpr Row kRows[] = {{"KernelStack:", "kstack"},
                           {"PageTables:", "pagetable"},
                           {"VmallocUsed:", "vmalloc"},
                           {"Percpu:", "percpu"}};
  std::vector<MallocType> out;
  std::istringstream in = host_text("/proc/meminfo");
  std::string key, unit;
  for (std::uint64_t kilobytes = 0; in >> key >> kilobytes && std::getline(in, unit);) {
    for (const Row& r : kRows) {
      if (key == r.host) out.push_back({r.guest, kilobytes * 1024});
    }
  }
  out.push_back({"mbuf_tag", 0});
  return out;
}

constexpr std::size_t kNameSize = 32;  // MALLOC_MAX_NAME, UTH_MAX_NAME
constexpr int kVersion = 1;            // of both streams

void put_name(CtlValue& out, const std::string& name) {
  std::byte bytes[kNameSize] = {};
  std::memcpy(bytes, name.data(), std::min(name.size(), kNameSize - 1));
  out.raw(bytes);
}

void put_words(CtlValue& out, std::initializer_list<std::uint64_t> words) {
  for (const std::uint64_t w : words) out.i64(static_cast<std::int64_t>(w));
}

// --- vm.zone_stats (FreeBSD sys/vm/uma.h) --------------------------------------------------------

/// struct uma_type_header, as far as the host knows.
struct Zone {
  std::string name;
  std::uint32_t size = 0, room = 0, limit = 0, pages = 0;
  std::uint64_t used = 0, free = 0;
};

/// The host's slabs, which it shows to the superuser.
std::vector<Zone> slabs() {
  std::vector<Zone> out;
  std::istringstream in = host_text("/proc/slabinfo");
  std::string line;
  std::getline(in, line);  // the version, and what the columns are
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream words(line);
    Zone z;
    std::uint64_t objects = 0;
    std::uint32_t per_slab = 0, pages_per_slab = 0;
    if (!(words >> z.name >> z.used >> objects >> z.size >> per_slab >> pages_per_slab)) continue;
    z.room = z.size;
    z.free = objects - std::min(objects, z.used);
    if (per_slab > 0) z.pages = static_cast<std::uint32_t>(objects / per_slab * pages_per_slab);
    out.push_back(std::move(z));
  }
  return out;
}

/// Pages that the host's protocols hold for packets: "TCP: inuse ... mem 3".
std::uint64_t packet_pages() {
  std::uint64_t sum = 0;
  std::istringstream in = host_text("/proc/net/sockstat");
  for (std::string word; in >> word;) {
    std::uint64_t pages = 0;
    if (word == "mem" && in >> pages) sum += pages;
  }
  return sum;
}

/// The zones of packets, without which netstat(1) gives up (sys/sys/mbuf.h MBUF_*_MEM_NAME).
void add_packet_zones(std::vector<Zone>& zones) {
  constexpr std::uint32_t kMbuf = 256, kCluster = 2048, kClusters = 65536;
  const auto page = static_cast<std::uint32_t>(sysconf(_SC_PAGESIZE));
  std::uint64_t headers = 0;
  for (const Zone& z : zones) {
    if (z.name == "skbuff_head_cache") headers = z.used;
  }
  zones.push_back({"mbuf", kMbuf, kMbuf, 0, 0, headers, 0});
  zones.push_back({"mbuf_packet", kMbuf, kMbuf, 0, 0, 0, 0});
  zones.push_back({"mbuf_cluster", kCluster, kCluster, kClusters, 0, 0, 0});
  const std::uint64_t pages = packet_pages();
  zones.push_back({"mbuf_jumbo_page", page, page, 0, static_cast<std::uint32_t>(pages), pages, 0});
  zones.push_back({"mbuf_jumbo_9k", 9 * 1024, 9 * 1024, 0, 0, 0, 0});
  zones.push_back({"mbuf_jumbo_16k", 16 * 1024, 16 * 1024, 0, 0, 0, 0});
}

std::vector<Zone> all_zones() {
  std::vector<Zone> out = slabs();
  add_packet_zones(out);
  return out;
}

}  // namespace

CtlResult sysctl_malloc_count(CtlCall&, CtlValue& out) {
  out.i32(static_cast<std::int64_t>(malloc_types().size()));
  return {};
}

CtlResult sysctl_malloc_stats(CtlCall&, CtlValue& out) {
  constexpr int kMaxCpus = 256;  // kern.smp.maxcpus
  constexpr std::size_t kRecord = 8 * sizeof(std::uint64_t);
  const auto types = malloc_types();
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  out.i32(kVersion).i32(kMaxCpus).i32(static_cast<std::int64_t>(types.size())).i32(0);
  for (const MallocType& t : types) {
    put_name(out, t.name);
    // All on one CPU: allocated, freed, how often, the sizes.
    put_words(out, {t.bytes, 0, (t.bytes + page - 1) / page, 0, 0, 0, 0, 0});
    out.zeros((kMaxCpus - 1) * kRecord);
  }
  return {};
}

CtlResult sysctl_zone_count(CtlCall&, CtlValue& out) {
  out.i32(static_cast<std::int64_t>(all_zones().size()));
  return {};
}

CtlResult sysctl_zone_stats(CtlCall&, CtlValue& out) {
  constexpr int kCpus = 1;  // with caches of their own: the host's are counted with the slabs
  constexpr std::size_t kCacheRecord = 8 * sizeof(std::uint64_t);
  const auto zones = all_zones();
  out.i32(kVersion).i32(kCpus).i32(static_cast<std::int64_t>(zones.size())).i32(0);
  for (const Zone& z : zones) {
    constexpr std::uint32_t kWordAligned = 7;
    put_name(out, z.name);
    for (const std::uint32_t w : {kWordAligned, z.size, z.room, 0U, z.limit, z.pages,
                                  static_cast<std::uint32_t>(z.free), 0U, 0U, 0U}) {
      out.i32(w);
    }
    // How often it was asked for is not counted: what is in use.
    put_words(out, {z.used, 0, 0, 0, 0, 0});
    out.zeros(kCpus * kCacheRecord);
  }
  return {};
}

CtlResult sysctl_sendfile_stats(CtlCall&, CtlValue& out) {
  constexpr std::size_t kCounters = 11;
  out.zeros(kCounters * sizeof(std::uint64_t));
  return {};
}

}  // namespace emulate::freebsd
