/* KERNEL ROUNDS: runs the kernel and prints its checksum in hexadecimal. */
#include "bench.h"

int bench_main(int argc, char** argv, char** envp) {
  (void)envp;
  unsigned rounds = 0;
  if (argc != 2) return 2;
  for (const char* s = argv[1]; *s; s++) rounds = rounds * 10 + (unsigned)(*s - '0');
  uint64_t sum = kernel(rounds);
  char text[17];
  for (int i = 15; i >= 0; i--, sum >>= 4) text[i] = "0123456789abcdef"[sum & 15];
  text[16] = '\n';
  bench_write(text, sizeof text);
  return 0;
}
