/* What a benchmark program may use: the same few calls on FreeBSD guests (on the tests' runtime),
 * on Linux guests under qemu-user, and natively. No libc anywhere, so that start-up is comparable.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int bench_main(int argc, char** argv, char** envp);

void bench_write(const char* text, size_t size);
int bench_fork(void);
int bench_wait(void); /* any child; -1 when there is none */
void bench_exec(const char* path, char** argv, char** envp);
_Noreturn void bench_exit(int status);

/* A kernel: work in proportion to `rounds`, and a checksum that must be equal everywhere. */
uint64_t kernel(unsigned rounds);
