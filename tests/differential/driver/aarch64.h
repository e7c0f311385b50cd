/* AArch64's registers. x27, x28 and SP address memory, x25 and x26 are offsets. */
#include <asm/sigcontext.h>
#include <string.h>

#include "driver.h"

struct State {
  uint64_t pc, sp, x[31];
  uint32_t nzcv, fpsr, fpcr, pad;
  uint64_t v[32][2];
};
#define LAYOUT "pc:8 sp:8 x:8*31 nzcv:4 fpsr:4 fpcr:4 pad:4 v:16*32"

static struct fpsimd_context* fpsimd(ucontext_t* context) {
  /* Linux puts this record first. */
  return (struct fpsimd_context*)context->uc_mcontext.__reserved;
}

static void load(ucontext_t* context, const struct Start* start, struct Random* random, uint64_t pc,
                 uint32_t flags) {
  (void)flags;
  mcontext_t* m = &context->uc_mcontext;
  struct fpsimd_context* fp = fpsimd(context);
  for (int i = 0; i < 31; ++i) m->regs[i] = pool_integer(random);
  m->regs[25] = start->index[0];
  m->regs[26] = start->index[1];
  m->regs[27] = start->base[1];
  m->regs[28] = start->base[2];
  m->sp = start->base[0];
  m->pc = pc;
  const uint64_t r = next(random);
  m->pstate = r & 0xf0000000;
  fp->fpcr = r & 0x100 ? r >> 32 & 0x07c00000 : 0; /* AHP, DN, FZ, RMode */
  fp->fpsr = r & 0x200 ? r >> 32 & 0x0800009f : 0; /* QC, IDC, IXC, UFC, OFC, DZC, IOC */
  for (int i = 0; i < 32; ++i) memcpy(&fp->vregs[i], pool_vector(random), 16);
}

static void store(ucontext_t* context, struct State* state) {
  const mcontext_t* m = &context->uc_mcontext;
  const struct fpsimd_context* fp = fpsimd(context);
  memcpy(state->x, m->regs, sizeof state->x);
  state->pc = m->pc;
  state->sp = m->sp;
  state->nzcv = (uint32_t)m->pstate & 0xf0000000;
  state->fpsr = fp->fpsr;
  state->fpcr = fp->fpcr;
  memcpy(state->v, fp->vregs, sizeof state->v);
}
