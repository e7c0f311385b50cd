/* SPARC V9's registers. g2, g3 and g4 address memory, g5 and g6 are offsets, and g6
 * counts; g1 is the address of
 * the sequence, g7 stays what it is, and so do o6 and i6: room for a register window is there. */
#include <stddef.h>
#include <string.h>

#include "driver.h"

struct State {
  uint64_t pc, npc, g[8], o[8], l[8], i[8];
  uint32_t ccr, asi;
  uint64_t y, fsr, gsr, f[32];
};
#define LAYOUT "pc:8 npc:8 g:8*8 o:8*8 l:8*8 i:8*8 ccr:4 asi:4 y:8 fsr:8 gsr:8 f:4*64"

/* A case's flag: FSR has no exceptions that trap (0). */

/* Linux arch/sparc/kernel/signal_64.c: the third argument of a handler is the second, and what
 * comes before and after the siginfo_t there is known. */
struct Frame {
  uint64_t l[8], i[8]; /* of the interrupted window */
  uint64_t rest[8];
  char info[128];
  uint64_t g[8], o[8], tstate, tpc, tnpc;
  uint32_t y, magic;
  const struct Fpu { uint64_t f[32], fsr, gsr, fprs; } * fpu;
};
static struct Frame* frame(void* context) {
  return (struct Frame*)((char*)context - offsetof(struct Frame, info));
}

enum { BIAS = 2047, WINDOWS = 31 };
struct Window {
  uint64_t l[8], i[8], arguments[8];
};
static char stack_area[65536] __attribute__((aligned(16)));

/* What `begin` gives a sequence: neither kernel nor qemu takes all of it from a frame. */
struct Begin {
  uint64_t target, sp, y, gsr, asi, ccr, fsr;
  uint64_t g[8], o[8], l[8], i[8], f[32];
};
struct Begin begin_state __attribute__((used));
void begin(void);
__asm__(
    ".section .text\n"
    ".register %g2, #scratch\n"
    ".register %g3, #scratch\n"
    ".register %g6, #ignore\n"
    ".globl begin\n"
    "begin:\n"
    "  sethi %hi(begin_state), %g1\n"
    "  or %g1, %lo(begin_state), %g1\n"
    "  ldx [%g1 + 8], %sp\n"
    "  flushw\n"
    "  ldx [%g1 + 16], %g2\n"
    "  wr %g2, 0, %y\n"
    "  ldx [%g1 + 24], %g2\n"
    "  wr %g2, 0, %gsr\n"
    "  ldx [%g1 + 32], %g2\n"
    "  wr %g2, 0, %asi\n"
    "  ldx [%g1 + 40], %g2\n"
    "  wr %g2, 0, %ccr\n"
    "  ldx [%g1 + 48], %fsr\n"
    "  ldx [%g1 + 56 + 8 * 2], %g2\n"
    "  ldx [%g1 + 56 + 8 * 3], %g3\n"
    "  ldx [%g1 + 56 + 8 * 4], %g4\n"
    "  ldx [%g1 + 56 + 8 * 5], %g5\n"
    "  ldx [%g1 + 56 + 8 * 6], %g6\n"
#define LOAD(set, at, n) "  ldx [%g1 + " #at " + 8 * " #n "], %" #set #n "\n"
    LOAD(o, 120, 0) LOAD(o, 120, 1) LOAD(o, 120, 2) LOAD(o, 120, 3) LOAD(o, 120, 4)
    LOAD(o, 120, 5) LOAD(o, 120, 7)
    LOAD(l, 184, 0) LOAD(l, 184, 1) LOAD(l, 184, 2) LOAD(l, 184, 3) LOAD(l, 184, 4)
    LOAD(l, 184, 5) LOAD(l, 184, 6) LOAD(l, 184, 7)
    LOAD(i, 248, 0) LOAD(i, 248, 1) LOAD(i, 248, 2) LOAD(i, 248, 3) LOAD(i, 248, 4)
    LOAD(i, 248, 5) LOAD(i, 248, 6) LOAD(i, 248, 7)
#define LOADD(n) "  ldd [%g1 + 312 + 4 * " #n "], %f" #n "\n"
    LOADD(0) LOADD(2) LOADD(4) LOADD(6) LOADD(8) LOADD(10) LOADD(12) LOADD(14)
    LOADD(16) LOADD(18) LOADD(20) LOADD(22) LOADD(24) LOADD(26) LOADD(28) LOADD(30)
    LOADD(32) LOADD(34) LOADD(36) LOADD(38) LOADD(40) LOADD(42) LOADD(44) LOADD(46)
    LOADD(48) LOADD(50) LOADD(52) LOADD(54) LOADD(56) LOADD(58) LOADD(60) LOADD(62)
    "  ldx [%g1], %g1\n"
    "  jmpl %g1, %g0\n"
    "  nop\n");

static void load(ucontext_t* context, const struct Start* start, struct Random* random, uint64_t pc,
                 uint32_t flags) {
  struct Begin* const b = &begin_state;
  for (int n = 0; n < 8; ++n) {
    b->g[n] = pool_integer(random);
    b->o[n] = pool_integer(random);
    b->l[n] = pool_integer(random);
    b->i[n] = pool_integer(random);
  }
  for (int n = 0; n < 3; ++n) b->g[2 + n] = start->base[n];
  b->g[5] = start->index[0];
  b->g[6] = flags & LOOPS ? start->index[1] % ITERATIONS + 1 : start->index[1];
  const uint64_t r = next(random);
  b->y = pool_integer(random);
  b->gsr = pool_integer(random) & 0xffffffff0000007f; /* mask, scale, align; no rounding mode */
  b->asi = r & 1 ? 0x80 : 0x88;
  b->ccr = r >> 8 & 0xff;
  /* Rounding, conditions and accrued exceptions. */
  b->fsr = (r & 2 ? r & 0xc0000000 : 0) | (r & 4 ? r & 0x3f00000fe0 : 0);
  for (int n = 0; n < 32; ++n) memcpy(&b->f[n], pool_vector(random), 8);

  /* More windows in memory than a sequence restores: whether one was written back in between
   * depends on how many the CPU has. */
  char* const middle = stack_area + sizeof stack_area / 2;
  b->sp = (uintptr_t)middle - BIAS;
  for (int n = 0; n < WINDOWS; ++n) {
    struct Window* const w = (struct Window*)(middle + 1024 * n);
    memset(w, 0, sizeof *w);
    for (int k = 0; k < 8; ++k) w->l[k] = w->i[k] = 0x1111111111111111u * (unsigned)(8 * n + k);
    w->i[6] = (uintptr_t)middle + 1024u * (unsigned)(n + 1) - BIAS;
  }
  b->i[6] = (uintptr_t)middle + 1024 - BIAS;
  b->target = pc;

  struct Frame* const m = frame(context);
  m->o[6] = b->sp;
  m->tpc = (uintptr_t)begin;
  m->tnpc = m->tpc + 4;
}

static void store(ucontext_t* context, struct State* state) {
  const struct Frame* const m = frame(context);
  state->pc = m->tpc;
  state->npc = m->tnpc;
  memcpy(state->g, m->g, sizeof m->g);
  memcpy(state->o, m->o, sizeof m->o);
  memcpy(state->l, m->l, sizeof m->l);
  memcpy(state->i, m->i, sizeof m->i);
  state->g[0] = state->g[7] = 0;
  state->ccr = m->tstate >> 32 & 0xff;
  state->asi = m->tstate >> 24 & 0xff;
  state->y = m->y;
  memcpy(state->f, m->fpu->f, sizeof state->f);
  state->fsr = m->fpu->fsr;
  state->gsr = m->fpu->gsr;
}
