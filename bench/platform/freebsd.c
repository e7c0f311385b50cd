#include "bench.h"
#include "runtime.h"

int main(int argc, char** argv, char** envp) { return bench_main(argc, argv, envp); }

void bench_write(const char* text, size_t size) { write(1, text, size); }
int bench_fork(void) { return fork(); }
int bench_wait(void) { return wait4(-1, NULL, 0, NULL); }
void bench_exec(const char* path, char** argv, char** envp) { execve(path, argv, envp); }
_Noreturn void bench_exit(int status) { exit(status); }
