/* Bodies under gravity in a plane, with a square root by Newton's method: double arithmetic. */
#include "bench.h"

enum { kBodies = 8 };

static double root(double x) {
  double r = x > 1 ? x : 1;
  for (int i = 0; i < 8; i++) r = 0.5 * (r + x / r);
  return r;
}

uint64_t kernel(unsigned rounds) {
  double x[kBodies], y[kBodies], vx[kBodies], vy[kBodies];
  for (int i = 0; i < kBodies; i++) {
    x[i] = i * 1.5 - 5;
    y[i] = i % 3 * 2.25 - 2;
    vx[i] = vy[i] = 0;
  }
  for (unsigned step = 0; step < rounds * 100; step++) {
    for (int i = 0; i < kBodies; i++) {
      for (int k = 0; k < kBodies; k++) {
        double dx = x[k] - x[i], dy = y[k] - y[i], d = dx * dx + dy * dy + 0.5;
        double f = 0.001 / (d * root(d));
        vx[i] += dx * f;
        vy[i] += dy * f;
      }
    }
    for (int i = 0; i < kBodies; i++) {
      x[i] += vx[i] * 0.01;
      y[i] += vy[i] * 0.01;
    }
  }
  uint64_t sum = 0;
  for (int i = 0; i < kBodies; i++) sum = sum * 31 + (uint32_t)(int32_t)(x[i] * 1e6);
  return sum;
}
