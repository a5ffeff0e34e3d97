/* Exact decimals as scaled 64-bit integers: parsing, formatting, rounded division. No floating point; magnitudes are unsigned, so that
 * INT64_MIN needs no special case. Pure functions, thread-safe. Scale is 0…18 (10^18 is the largest power of ten in 64 bits). */
#include "num/money.h"
#include <string.h>

enum { SCALE_MAX = 18 };

bool ans_decimal_parse(const char *s, unsigned scale, int64_t *out) {
  if (scale > SCALE_MAX) return false;
  bool negative = *s == '-';
  if (negative) s++;
  if (*s < '0' || *s > '9') return false;
  uint64_t v = 0;
  bool fraction = false;
  unsigned digits = 0; /* after the point */
  for (; *s; s++) {
    if (*s == '.' && !fraction && s[1]) {
      fraction = true;
      continue;
    }
    if (*s < '0' || *s > '9' || (fraction && digits == scale)) return false;
    if (__builtin_mul_overflow(v, UINT64_C(10), &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v)) return false;
    digits += fraction;
  }
  for (; digits < scale; digits++)
    if (__builtin_mul_overflow(v, UINT64_C(10), &v)) return false;
  if (v > (uint64_t)INT64_MAX + negative) return false;
  *out = negative ? (int64_t)(0 - v) : (int64_t)v;
  return true;
}

static void decimal__format(int64_t v, unsigned scale, char point, char group, char *out, size_t size) {
  char text[64]; /* sign, 19 digits, at most 18 leading zeros, point, 6 group marks */
  size_t at = sizeof text;
  uint64_t m = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  if (scale > SCALE_MAX) scale = SCALE_MAX;
  text[--at] = 0;
  for (unsigned i = 0; i < scale; i++, m /= 10) text[--at] = (char)('0' + m % 10);
  if (scale) text[--at] = point;
  unsigned count = 0;
  do {
    if (group && count && count % 3 == 0) text[--at] = group;
    text[--at] = (char)('0' + m % 10);
    m /= 10;
    count++;
  } while (m);
  if (v < 0) text[--at] = '-';
  if (size == 0) return;
  size_t len = sizeof text - 1 - at;
  if (len >= size) len = size - 1;
  memcpy(out, text + at, len);
  out[len] = 0;
}

void ans_decimal_format(int64_t v, unsigned scale, char *out, size_t size) { decimal__format(v, scale, '.', 0, out, size); }

void ans_decimal_format_de(int64_t v, unsigned scale, char *out, size_t size) { decimal__format(v, scale, ',', '.', out, size); }

bool ans_div_round(ans_int128 a, ans_int128 b, int mode, int64_t *out) {
  if (b == 0) return false;
  bool negative = (a < 0) != (b < 0);
  ans_uint128 x = a < 0 ? 0 - (ans_uint128)a : (ans_uint128)a, y = b < 0 ? 0 - (ans_uint128)b : (ans_uint128)b;
  ans_uint128 q = x / y, r = x % y;
  /* mode as ans_rounding: 0 half away from zero, 1 away from zero, 2 towards zero. r >= y - r is 2r >= y without overflow. */
  if (r != 0 && (mode == 1 || (mode == 0 && r >= y - r))) q++;
  if (q > (ans_uint128)INT64_MAX + (negative ? 1 : 0)) return false;
  *out = negative ? (int64_t)(0 - (uint64_t)q) : (int64_t)q;
  return true;
}

/* |a*b| <= 2^126. Powers of ten below zero go into the divisor; where it would pass 2^128 the quotient is below a quarter, and only "not
 * zero" matters. Powers above zero are worked off digit by digit, so that nothing grows beyond 128 bits. */
bool ans_mul_div_round(int64_t a, int64_t b, int64_t d, int places, int mode, int64_t *out) {
  const ans_uint128 limit = ~(ans_uint128)0 / 10;
  if (d == 0 || places > 2 * SCALE_MAX || places < -2 * SCALE_MAX) return false;
  bool negative = ((a < 0) != (b < 0)) != (d < 0);
  ans_uint128 n = (ans_uint128)(a < 0 ? 0 - (uint64_t)a : (uint64_t)a) * (b < 0 ? 0 - (uint64_t)b : (uint64_t)b);
  ans_uint128 y = d < 0 ? 0 - (uint64_t)d : (uint64_t)d;
  bool small = false; /* y left out of the divisor: the quotient is below a quarter */
  for (; places < 0; places++) {
    if (y > limit) { small = true; break; }
    y *= 10;
  }
  ans_uint128 q = small ? 0 : n / y, r = small ? n : n % y;
  for (; places > 0; places--) {
    if (q > (ans_uint128)INT64_MAX) return false;
    r *= 10; /* y < 2^63 here: places was never negative */
    q = q * 10 + r / y;
    r %= y;
  }
  if (r != 0 && (mode == 1 || (mode == 0 && !small && r >= y - r))) q++;
  if (q > (ans_uint128)INT64_MAX + (negative ? 1 : 0)) return false;
  *out = negative ? (int64_t)(0 - (uint64_t)q) : (int64_t)q;
  return true;
}
