#include "host/os/freebsd/sysctl_tree.h"

namespace emulate::freebsd {
namespace {

constexpr CtlRow kRows[] = {
    {"kern.proc", 14, CtlType::node, "N", nullptr},
};

}  // namespace

CtlRows sysctl_proc_rows() { return kRows; }

}  // namespace emulate::freebsd
