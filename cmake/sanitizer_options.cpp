/// Run-time options of the sanitizers, read by their libraries from the executable; the variables
/// ASAN_OPTIONS, UBSAN_OPTIONS and TSAN_OPTIONS still override them.

#define SANITIZER_OPTIONS(name) \
  extern "C" __attribute__((visibility("default"), used)) const char* name()

SANITIZER_OPTIONS(__asan_default_options) {
  // Faults are emulate's business: guest accesses end in them.
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:"
         // Handlers run on the stack that the fault happened on.
         "use_sigaltstack=0:"
         "detect_stack_use_after_return=0:"
         "abort_on_error=1";
}

SANITIZER_OPTIONS(__ubsan_default_options) {
  return "halt_on_error=1:abort_on_error=1:print_stacktrace=1";
}

SANITIZER_OPTIONS(__tsan_default_options) {
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0:"
         "halt_on_error=1:second_deadlock_stack=1";
}
