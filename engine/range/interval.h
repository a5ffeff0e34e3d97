/* Intervals of 64-bit values and their arithmetic, exact in 128 bits. Pure. Private to engine/range. */
#ifndef ANS_RANGE_INTERVAL_H
#define ANS_RANGE_INTERVAL_H
#include "base/int128.h"
#include "range/range.h"

#define RANGE_FULL ((ans_range){INT64_MIN, INT64_MAX})
#define RANGE_EMPTY ((ans_range){1, 0})

/* The exact result of an operation on intervals, before it must fit anything. */
typedef struct range_wide { ans_int128 lo, hi; } range_wide;

static inline bool range__empty(ans_range a) { return a.lo > a.hi; }
static inline bool range__equal(ans_range a, ans_range b) { return (a.lo == b.lo && a.hi == b.hi) || (range__empty(a) && range__empty(b)); }
static inline bool range__has(ans_range a, int64_t v) { return a.lo <= v && v <= a.hi; }
static inline bool range__inside(ans_range a, ans_range b) { return range__empty(a) || (b.lo <= a.lo && a.hi <= b.hi); }
static inline ans_range range__hull(ans_range a, ans_range b) {
  if (range__empty(a)) return b;
  if (range__empty(b)) return a;
  return (ans_range){a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi};
}
static inline ans_range range__meet(ans_range a, ans_range b) { return (ans_range){a.lo > b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi}; }
/* With the 0 that stands in cells without a value. */
static inline ans_range range__or_zero(ans_range a) { return range__hull(a, (ans_range){0, 0}); }
static inline ans_uint128 range__magnitude(ans_range a) {
  if (range__empty(a)) return 0;
  ans_uint128 lo = a.lo < 0 ? 0 - (ans_uint128)(ans_int128)a.lo : (ans_uint128)a.lo, hi = a.hi < 0 ? 0 - (ans_uint128)(ans_int128)a.hi : (ans_uint128)a.hi;
  return lo > hi ? lo : hi;
}
static inline bool range__wide_inside(range_wide a, ans_range b) { return a.lo > a.hi || (a.lo >= b.lo && a.hi <= b.hi); }
static inline ans_range range__clip(range_wide a, ans_range b) {
  if (a.lo > a.hi || a.lo > b.hi || a.hi < b.lo) return RANGE_EMPTY;
  return (ans_range){a.lo < b.lo ? b.lo : (int64_t)a.lo, a.hi > b.hi ? b.hi : (int64_t)a.hi};
}

/* Exact ranges of sums and products; neither operand empty. */
range_wide range__add(ans_range a, ans_range b);
range_wide range__sub(ans_range a, ans_range b);
range_wide range__mul(ans_range a, ans_range b);
range_wide range__sum_of(ans_range element, uint32_t rows); /* of 0 … rows elements */

/* A rounded quotient or product divided: its range clipped to 64 bits, and what does not fit. */
typedef struct range_quotient {
  ans_range value;
  bool fits;     /* no value of the operands leaves 64 bits */
  bool nonzero;  /* the divisor is never 0 */
} range_quotient;
range_quotient range__divide(ans_range a, ans_range b, int places, int mode);              /* a/b·10^places */
range_quotient range__mul_divide(ans_range a, ans_range b, ans_range d, int places, int mode); /* a·b/d·10^places */
ans_uint128 range__power(int places);           /* 10^places, 0 ≤ places ≤ 38 */
ans_uint128 range__root(ans_uint128 x);         /* floor of the square root */
#endif
