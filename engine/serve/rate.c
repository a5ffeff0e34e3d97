/* How fast a client may ask: a leaky bucket that holds one second's worth, so that a burst is served and a flood is not. Pure; state is one number. */
#include "serve/internal.h"

enum { RATE_SECOND = 1000000 };

bool serve__rate_take(serve__rate *r, int64_t now_us) {
  int64_t step = RATE_SECOND / (int64_t)r->per_second, full = now_us - RATE_SECOND + step; /* an idle bucket is full, not fuller */
  int64_t next = r->next_us > full ? r->next_us : full;
  if (next > now_us) return false;
  r->next_us = next + step;
  return true;
}
