#pragma once

/// Dynarmic's own SIGSEGV handler. A static object of the library installs it when the module is
/// loaded; it turns a fault in generated code into a call of a Memory* callback. The host installs
/// its handler over it, and hands signals down through Engine::handle_host_signal.

#include <signal.h>

namespace emulate::arm {

class DynarmicFaultHandler {
 public:
  static const DynarmicFaultHandler& instance() {
    static const DynarmicFaultHandler handler;
    return handler;
  }
  void operator()(int signo, siginfo_t* info, void* ucontext) const {
    action_.sa_sigaction(signo, info, ucontext);
  }

 private:
  /// The plugin's entry point makes the instance, before the host can have replaced the handler.
  DynarmicFaultHandler() { sigaction(SIGSEGV, nullptr, &action_); }

  struct sigaction action_ {};
};

/// Marks a stretch of a callback in which the host's own code runs: a fault there is the host's.
class HostScope {
 public:
  explicit HostScope(volatile bool& in_host) : in_host_(in_host), before_(in_host) {
    in_host_ = true;
  }
  ~HostScope() { in_host_ = before_; }
  HostScope(const HostScope&) = delete;
  HostScope& operator=(const HostScope&) = delete;

 private:
  volatile bool& in_host_;
  bool before_;
};

}  // namespace emulate::arm
