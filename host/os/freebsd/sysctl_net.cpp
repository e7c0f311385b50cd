#include "host/os/freebsd/sysctl_tree.h"

namespace emulate::freebsd {
namespace {

constexpr CtlRow kRows[] = {
    {"net", 4, CtlType::node, "N", nullptr},
};

}  // namespace

CtlRows sysctl_net_rows() { return kRows; }

}  // namespace emulate::freebsd
