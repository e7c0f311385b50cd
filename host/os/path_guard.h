#pragma once

/// A personality that confines its program (capability mode) looks at each path that a call names,
/// in load_path(): the very string that is used.

#include "host/os/fd.h"

namespace emulate {

/// `directory` as the call gave it; `follows`: a link at the end of the path is followed. An error
/// is the call's.
using PathGuard = Expected<void> (*)(Task& task, Fd directory, const std::string& path,
                                     bool follows);
void set_path_guard(PathGuard guard);

/// Told of each path that a call names.
using PathWatch = void (*)(Task& task, const std::string& path);
void set_path_watch(PathWatch watch);

}  // namespace emulate
