/* How fast a register is asked: starts evenly spaced instead of a bucket that may be emptied at once, because a register that names a rate means its own
 * busiest second. Time that was not used is not saved up. Pure; the clock is the caller's, so that tests need none. */
#include "exchange/internal.h"

bool exchange__pace_due(const exchange__pace *p, int64_t now_us, int64_t *at_us) {
  if (p->per_second == 0 || now_us >= p->next_us) return true;
  *at_us = p->next_us;
  return false;
}

void exchange__pace_start(exchange__pace *p, int64_t now_us) {
  if (p->per_second) p->next_us = now_us + (1000000 + p->per_second - 1) / p->per_second; /* rounded up: never more than allowed */
}
