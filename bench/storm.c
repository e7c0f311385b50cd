/* storm COUNT [INTERPRETER]: COUNT times fork and exec of itself with 0, which ends at once. With
 * an interpreter, that is what is executed, with this program as its argument. */
#include "bench.h"

int bench_main(int argc, char** argv, char** envp) {
  unsigned count = 0;
  if (argc < 2) return 2;
  for (const char* s = argv[1]; *s; s++) count = count * 10 + (unsigned)(*s - '0');
  for (unsigned i = 0; i < count; i++) {
    int pid = bench_fork();
    if (pid == 0) {
      char* args[] = {argv[0], argv[0], "0", 0};
      if (argc > 2) {
        bench_exec(argv[2], args, envp);
      } else {
        bench_exec(argv[0], args + 1, envp);
      }
      bench_exit(3);
    }
    if (pid < 0 || bench_wait() != pid) return 4;
  }
  return 0;
}
