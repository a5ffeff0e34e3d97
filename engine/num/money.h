/* Exact formatting and parsing of scaled integers (money: scale 2 = cents). No floating point. */
#ifndef ANS_NUM_MONEY_H
#define ANS_NUM_MONEY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/int128.h"
/* "1234.50" → 123450 at scale 2. At most `scale` fraction digits; false on anything else or overflow. */
bool ans_decimal_parse(const char *s, unsigned scale, int64_t *out);
void ans_decimal_format(int64_t v, unsigned scale, char *out, size_t size);     /* "1234.50" */
void ans_decimal_format_de(int64_t v, unsigned scale, char *out, size_t size);  /* "1.234,50" */
/* round(a/b) in integers; mode is ans_rounding. false if b == 0 or the result does not fit. */
bool ans_div_round(ans_int128 a, ans_int128 b, int mode, int64_t *out);
/* round(a*b/d * 10^places) in integers, exact whatever the intermediate size; false if d == 0 or the result does not fit. |places| <= 36. */
bool ans_mul_div_round(int64_t a, int64_t b, int64_t d, int places, int mode, int64_t *out);
#endif
