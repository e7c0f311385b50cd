#include "host/os/freebsd/sigevent.h"

#include <pthread.h>
#include <signal.h>

namespace emulate::freebsd {

bool post_sigevent(Process& process, const Sigevent& e, int code, std::int32_t descriptor) {
  if (!asks_for_signal(e)) return true;
  GuestSignal signal;
  signal.signo = e.signo;
  signal.code = code;
  signal.value = e.value;
  signal.fd = descriptor;
  if (e.notify == kSIGEV_THREAD_ID) return process.post_to(e.thread_id, signal);
  process.post(signal);
  return true;
}

bool start_service_thread(void* (*run)(void*), void* argument) {
  // The host's signals are for threads that run tasks.
  sigset_t all;
  sigset_t saved;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &saved);
  pthread_t thread{};
  const bool started = pthread_create(&thread, nullptr, run, argument) == 0;
  if (started) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &saved, nullptr);
  return started;
}

}  // namespace emulate::freebsd
