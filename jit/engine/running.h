#pragma once

namespace emulate::jit {

class JitCpu;

/// The Cpu whose generated code runs on this thread. Touched before any fault can happen, so that
/// reading it in a signal handler allocates nothing.
extern thread_local JitCpu* t_running;

}  // namespace emulate::jit
