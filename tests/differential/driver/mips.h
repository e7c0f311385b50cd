/* MIPS's registers, o32 and n64. $16, $17 and $18 address memory, $20 is an offset, $25
 * counts. */
#include <string.h>

#include "driver.h"

struct State {
  unsigned long pc, r[32], hi, lo;
  uint32_t fcsr, pad;
  uint64_t f[32]; /* o32 has 16 doubles, in the even ones */
};
#if _MIPS_SIM == _ABIO32
#define LAYOUT "pc:4 r:4*32 hi:4 lo:4 fcsr:4 pad:4 f:8*32"
enum { STEP = 2 };
#else
#define LAYOUT "pc:8 r:8*32 hi:8 lo:8 fcsr:4 pad:4 f:8*32"
enum { STEP = 1 };
#endif

/* A case's flag: registers hold sign-extended words, as 32-bit instructions want them. */
enum { WORDS = 1 };

static uint32_t get_fcsr(void) {
  uint32_t value;
  __asm__ volatile("cfc1 %0, $31" : "=r"(value));
  return value;
}
static void set_fcsr(uint32_t value) { __asm__ volatile("ctc1 %0, $31" ::"r"(value)); }

#define EACH_PAIR(X) \
  X(0) X(2) X(4) X(6) X(8) X(10) X(12) X(14) X(16) X(18) X(20) X(22) X(24) X(26) X(28) X(30)
static void get_doubles(uint64_t* f) {
#define STORE(n) __asm__ volatile("sdc1 $f" #n ", %0" : "=m"(f[n]));
  EACH_PAIR(STORE)
}

/* What the frame holds of the FPU differs between kernels and qemu: with 32-bit registers Linux has
 * a double in each even place, qemu a single in each place. Written so that both see the same. qemu
 * has no FCSR there at all; so it is also set directly. */
static void load(ucontext_t* context, const struct Start* start, struct Random* random, uint64_t pc,
                 uint32_t flags) {
  mcontext_t* m = &context->uc_mcontext;
  for (int i = 1; i < 32; ++i) {
    const uint64_t value = pool_integer(random);
    m->gregs[i] = flags & WORDS ? (unsigned long)(int32_t)value : (unsigned long)value;
  }
  for (int i = 0; i < 3; ++i) m->gregs[16 + i] = (unsigned long)start->base[i];
  m->gregs[20] = start->index[1] & ~7;
  m->gregs[25] = ITERATIONS;
  m->mdhi = (int32_t)pool_integer(random);
  m->mdlo = (int32_t)pool_integer(random);
  m->pc = (unsigned long)pc;
  const uint64_t r = next(random);
  const uint32_t fcsr = (r & 0x100 ? (r >> 32 & 3) : 0) | /* RM; what FS does is left to CPUs */
                        (r & 0x200 ? (r >> 32 & 0xfe80007c) : 0); /* conditions, flags */
  m->fpc_csr = fcsr;
  m->used_math = 1;
  uint64_t* const f = (uint64_t*)&m->fpregs;
  for (int i = 0; i < 32; i += STEP) {
    memcpy(&f[i], pool_vector(random), 8);
    if (STEP == 2) f[i + 1] = f[i] >> 32 << (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 32 : 0);
  }
  set_fcsr(m->fpc_csr);
}

static void store(ucontext_t* context, struct State* state) {
  const mcontext_t* m = &context->uc_mcontext;
  state->fcsr = get_fcsr();
  if (STEP == 2) {
    get_doubles(state->f);
  } else {
    memcpy(state->f, &m->fpregs, sizeof state->f);
  }
  for (int i = 0; i < 32; ++i) state->r[i] = (unsigned long)m->gregs[i];
  state->hi = (unsigned long)m->mdhi;
  state->lo = (unsigned long)m->mdlo;
  state->pc = (unsigned long)m->pc;
}
