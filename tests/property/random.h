/* Seeded random numbers (SplitMix64): the same seed gives the same models everywhere. Not for cryptography. */
#ifndef ANS_TESTS_RANDOM_H
#define ANS_TESTS_RANDOM_H
#include <stdbool.h>
#include <stdint.h>

typedef struct rnd { uint64_t s; } rnd;

static inline uint64_t rnd_next(rnd *r) {
  uint64_t z = (r->s += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static inline uint32_t rnd_below(rnd *r, uint32_t n) { return (uint32_t)((rnd_next(r) >> 32) * n >> 32); } /* 0 … n-1, n ≥ 1 */
static inline int32_t rnd_range(rnd *r, int32_t lo, int32_t hi) { return lo + (int32_t)rnd_below(r, (uint32_t)(hi - lo + 1)); }
static inline bool rnd_percent(rnd *r, uint32_t percent) { return rnd_below(r, 100) < percent; }
static inline rnd rnd_seed(uint64_t seed, uint64_t stream) {
  rnd r = {seed * 0x2545f4914f6cdd1du + stream * 0x9e3779b97f4a7c15u + 1};
  (void)rnd_next(&r);
  return r;
}
#endif
