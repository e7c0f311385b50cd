/* ARM's registers. r7, r10, r11 and SP address memory, r6, r8 and r9 are offsets. */
#include <string.h>

#include "driver.h"

struct State {
  uint32_t r[16], cpsr, fpscr;
  uint64_t d[32];
};
#define LAYOUT "r:4*16 cpsr:4 fpscr:4 d:8*32"

enum { THUMB = 1 }; /* a case's flag */

/* Linux arch/arm/include/asm/ucontext.h: the first record in uc_regspace */
struct Vfp {
  uint32_t magic, size;
  uint64_t d[32];
  uint32_t fpscr;
};
static struct Vfp* vfp(ucontext_t* context) { return (struct Vfp*)context->uc_regspace; }

static void load(ucontext_t* context, const struct Start* start, struct Random* random, uint64_t pc,
                 uint32_t flags) {
  unsigned long* const r = &context->uc_mcontext.arm_r0;
  for (int i = 0; i < 15; ++i) r[i] = (uint32_t)pool_integer(random);
  r[6] = (uint32_t)start->index[1];
  r[7] = (uint32_t)start->base[0];
  r[8] = (uint32_t)start->index[0];
  r[9] = (uint32_t)start->index[1];
  r[10] = (uint32_t)start->base[1];
  r[11] = (uint32_t)start->base[2];
  r[13] = (uint32_t)start->base[0];
  r[15] = (uint32_t)pc;
  const uint64_t modes = next(random);
  context->uc_mcontext.arm_cpsr = 0x10 | (modes & 0xf80f0000) | (flags & THUMB ? 0x20 : 0);
  struct Vfp* const fp = vfp(context);
  fp->fpscr = (modes & 0x100 ? modes >> 32 & 0x07c00000 : 0) | /* AHP, DN, FZ, RMode */
              (modes & 0x200 ? modes >> 32 & 0xf800009f : 0);  /* NZCV, QC, exceptions */
  for (int i = 0; i < 32; i += 2) memcpy(&fp->d[i], pool_vector(random), 16);
}

static void store(ucontext_t* context, struct State* state) {
  const unsigned long* const r = &context->uc_mcontext.arm_r0;
  for (int i = 0; i < 16; ++i) state->r[i] = r[i];
  state->cpsr = context->uc_mcontext.arm_cpsr & 0xfe0ffe3f; /* without the masks, J and IL */
  state->fpscr = vfp(context)->fpscr;
  memcpy(state->d, vfp(context)->d, sizeof state->d);
}
