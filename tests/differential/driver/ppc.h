/* Power's registers, 32 and 64 bits. r16, r17 and r18 address memory, r20 and r21 are offsets, r19
 * counts; r1, r2 and r13 stay what they are. */
#include <string.h>
#include <sys/auxv.h>

#include "driver.h"
#ifdef __powerpc64__
#include "decimal.h"
#endif

struct State {
  unsigned long pc, r[32], lr, ctr;
  uint32_t cr, xer, vscr;
  uint64_t fpscr;
  uint64_t f[32], low[32]; /* the halves of VSR0 to 31 */
  uint64_t v[64];
};
#ifdef __powerpc64__
#define LAYOUT "pc:8 r:8*32 lr:8 ctr:8 cr:4 xer:4 vscr:4 pad:4 fpscr:8 f:8*32 low:8*32 v:8*64"
#else
#define LAYOUT "pc:4 r:4*32 lr:4 ctr:4 cr:4 xer:4 vscr:4 fpscr:8 f:8*32 low:8*32 v:8*64"
#endif

/* A case's flags: doubles that are singles; decimals. With those nothing reads the second halves of
 * registers, which what writes the first leaves undefined, and they are not recorded. */
enum { SINGLES = 1, DECIMALS = 2 };
static uint32_t current_flags;

enum { HAS_VSX = 0x80 }; /* of AT_HWCAP */
enum { NIP = 32, CTR = 35, LNK = 36, XER = 37, CCR = 38 };

static uint64_t pool_float(struct Random* random, uint32_t flags) {
  uint64_t bits;
  memcpy(&bits, pool_vector(random), 8);
  if (flags & SINGLES) {
    double wide;
    memcpy(&wide, &bits, 8);
    const float narrow = (float)wide;
    wide = narrow;
    memcpy(&bits, &wide, 8);
  }
  return bits;
}

#ifdef __powerpc64__
static unsigned long* registers(ucontext_t* c) { return c->uc_mcontext.gp_regs; }
static double* floats(ucontext_t* c) { return c->uc_mcontext.fp_regs; }
static uint64_t* vectors(ucontext_t* c) { return (uint64_t*)c->uc_mcontext.v_regs; }
static uint32_t* vscr(ucontext_t* c) {
  uint32_t* at = (uint32_t*)(vectors(c) + 64);
  return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? at + 3 : at;
}
static uint64_t* halves(ucontext_t* c) { return vectors(c) + 68; }
#else
static unsigned long* registers(ucontext_t* c) { return c->uc_mcontext.uc_regs->gregs; }
static double* floats(ucontext_t* c) { return c->uc_mcontext.uc_regs->fpregs.fpregs; }
static uint64_t* vectors(ucontext_t* c) { return (uint64_t*)&c->uc_mcontext.uc_regs->vrregs; }
static uint32_t* vscr(ucontext_t* c) { return (uint32_t*)(vectors(c) + 64) + 3; }
#endif

/* qemu takes rounding from no frame, and puts saturation into none: they are also set and read
 * directly. */
static void set_fpscr(uint32_t value) {
  double d;
  const uint64_t bits = value;
  memcpy(&d, &bits, 8);
  __asm__ volatile("mtfsf 255, %0" ::"f"(d));
}
static uint32_t get_vscr(void) {
  uint32_t v[4] __attribute__((aligned(16)));
  __asm__ volatile("mfvscr 0\n\tstvx 0, 0, %0" ::"r"(v) : "v0", "memory");
  return v[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 3 : 0];
}
static void set_vscr(uint32_t value) {
  uint32_t v[4] __attribute__((aligned(16))) = {value, value, value, value};
  __asm__ volatile("lvx 0, 0, %0\n\tmtvscr 0" ::"r"(v) : "v0", "memory");
}

static void load(ucontext_t* context, const struct Start* start, struct Random* random, uint64_t pc,
                 uint32_t flags) {
  current_flags = flags;
  set_fpscr(0); /* as Linux has it in a handler */
  unsigned long* const r = registers(context);
  for (int i = 0; i < 32; ++i) {
    const unsigned long value = (unsigned long)pool_integer(random);
    if (i != 1 && i != 2 && i != 13) r[i] = value;
  }
  for (int i = 0; i < 3; ++i) r[16 + i] = (unsigned long)start->base[i];
  r[20] = (unsigned long)start->index[0];
  r[21] = (unsigned long)start->index[1];
  r[19] = ITERATIONS;
  const uint64_t bits = next(random);
  r[NIP] = (unsigned long)pc;
  r[LNK] = (unsigned long)pc;
  r[CTR] = bits & 3;
  r[CCR] = bits >> 32;
  r[XER] = (bits & 4 ? bits & 0xe0000000 : 0) | (bits >> 8 & 31);
  uint64_t* const f = (uint64_t*)floats(context);
  for (int i = 0; i < 32; ++i) f[i] = pool_float(random, flags);
  f[32] = (bits & 0x20 ? bits >> 16 & 3 : 0) | (bits & 0x40 ? bits & 0x1e000000 : 0);
  uint64_t* const v = vectors(context);
  for (int i = 0; i < 64; i += 2) memcpy(&v[i], pool_vector(random), 16);
  *vscr(context) = bits & 0x80 ? 0x10000 : 0;
  set_vscr(*vscr(context));
#ifdef __powerpc64__
  for (int i = 0; i < 32; ++i) halves(context)[i] = pool_float(random, 0);
  if (flags & DECIMALS) {
    for (int i = 0; i < 32; i += 2) decimal_pair(random, &f[i]);
  }
#endif
  set_fpscr((uint32_t)f[32]);
}

static void store(ucontext_t* context, struct State* state) {
  const uint32_t vscr_now = get_vscr();
  const unsigned long* const r = registers(context);
  for (int i = 0; i < 32; ++i) {
    if (i != 1 && i != 2 && i != 13) state->r[i] = r[i];
  }
  state->pc = r[NIP];
  state->lr = r[LNK];
  state->ctr = r[CTR];
  state->cr = (uint32_t)r[CCR];
  state->xer = (uint32_t)r[XER];
  const uint64_t* const f = (const uint64_t*)floats(context);
  memcpy(state->f, f, sizeof state->f);
  state->fpscr = f[32];
  memcpy(state->v, vectors(context), sizeof state->v);
  state->vscr = vscr_now;
#ifdef __powerpc64__
  if (getauxval(AT_HWCAP) & HAS_VSX && !(current_flags & DECIMALS)) {
    memcpy(state->low, halves(context), sizeof state->low);
  }
#endif
}
