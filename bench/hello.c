#include "bench.h"

int bench_main(int argc, char** argv, char** envp) {
  (void)argc, (void)argv, (void)envp;
  bench_write("hello\n", 6);
  return 0;
}
