/* Interval arithmetic. Sums and products of 64-bit intervals are exact in 128 bits. Quotients are found at corners: a·b/d is linear in a and
 * in b and, on each side of zero, monotone in d, and rounding is monotone; so the extremes lie where every operand is at an end of its
 * interval, the divisor perhaps at the values next to zero. Pure functions. */
#include "range/interval.h"
#include "num/money.h"

range_wide range__add(ans_range a, ans_range b) { return (range_wide){(ans_int128)a.lo + b.lo, (ans_int128)a.hi + b.hi}; }
range_wide range__sub(ans_range a, ans_range b) { return (range_wide){(ans_int128)a.lo - b.hi, (ans_int128)a.hi - b.lo}; }

range_wide range__mul(ans_range a, ans_range b) {
  const ans_int128 corner[4] = {(ans_int128)a.lo * b.lo, (ans_int128)a.lo * b.hi, (ans_int128)a.hi * b.lo, (ans_int128)a.hi * b.hi};
  range_wide r = {corner[0], corner[0]};
  for (unsigned i = 1; i < 4; i++) {
    if (corner[i] < r.lo) r.lo = corner[i];
    if (corner[i] > r.hi) r.hi = corner[i];
  }
  return r;
}

range_wide range__sum_of(ans_range element, uint32_t rows) {
  return (range_wide){element.lo < 0 ? (ans_int128)element.lo * rows : 0, element.hi > 0 ? (ans_int128)element.hi * rows : 0};
}

ans_uint128 range__power(int places) {
  ans_uint128 x = 1;
  for (; places > 0; places--) x *= 10;
  return x;
}

ans_uint128 range__root(ans_uint128 x) {
  ans_uint128 r = 0;
  for (int bit = 63; bit >= 0; bit--) {
    ans_uint128 next = r | (ans_uint128)1 << bit;
    if (next * next <= x) r = next;
  }
  return r;
}

/* The values of a divisor at which a quotient can be extreme. */
static unsigned interval__divisors(ans_range d, int64_t out[4]) {
  unsigned n = 0;
  if (d.lo != 0) out[n++] = d.lo;
  if (d.hi != 0) out[n++] = d.hi;
  if (range__has(d, -1)) out[n++] = -1;
  if (range__has(d, 1)) out[n++] = 1;
  return n;
}

static void interval__corner(range_quotient *r, bool ok, int64_t v, bool negative) {
  if (!ok) {
    r->fits = false;
    v = negative ? INT64_MIN : INT64_MAX;
  }
  r->value = range__hull(r->value, (ans_range){v, v});
}

range_quotient range__divide(ans_range a, ans_range b, int places, int mode) {
  range_quotient r = {RANGE_EMPTY, true, !range__has(b, 0)};
  if (range__empty(a) || range__empty(b)) return r;
  const ans_int128 up = (ans_int128)range__power(places), down = (ans_int128)range__power(-places); /* at most 10^18: verified */
  const int64_t over[2] = {a.lo, a.hi};
  int64_t under[4];
  const unsigned n = interval__divisors(b, under);
  for (unsigned i = 0; i < 2; i++)
    for (unsigned k = 0; k < n; k++) {
      int64_t v = 0;
      bool ok = ans_div_round(over[i] * up, under[k] * down, mode, &v);
      interval__corner(&r, ok, v, (over[i] < 0) != (under[k] < 0));
    }
  return r;
}

range_quotient range__mul_divide(ans_range a, ans_range b, ans_range d, int places, int mode) {
  range_quotient r = {RANGE_EMPTY, true, !range__has(d, 0)};
  if (range__empty(a) || range__empty(b) || range__empty(d)) return r;
  const int64_t x[2] = {a.lo, a.hi}, y[2] = {b.lo, b.hi};
  int64_t under[4];
  const unsigned n = interval__divisors(d, under);
  for (unsigned i = 0; i < 4; i++)
    for (unsigned k = 0; k < n; k++) {
      int64_t v = 0, s = x[i & 1], t = y[i >> 1];
      bool ok = ans_mul_div_round(s, t, under[k], places, mode, &v);
      interval__corner(&r, ok, v, ((s < 0) != (t < 0)) != (under[k] < 0));
    }
  return r;
}
