/* The operations of emitted code against engine/num: every day and month of the calendar, and numbers at the edges of 64 bits. Both were written from docs/semantics.md apart from each other. */
#include <inttypes.h>
#include <stdio.h>

#include "anspruch_embed_ops.h"
#include "num/calendar.h"
#include "num/money.h"
#include "code/state.h"

static uint64_t seed = 1;
static uint64_t draw(void) { /* splitmix64 */
  uint64_t z = (seed += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}
/* Numbers of every size, often at an edge. */
static int64_t number(void) {
  static const int64_t edges[] = {0, 1, -1, 2, 5, 10, -10, 99, INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1, INT64_C(1) << 62, 1000000000, INT64_C(1000000000000000000)};
  const uint64_t r = draw();
  return r % 3 == 0 ? edges[draw() % (sizeof edges / sizeof *edges)] : (int64_t)draw() >> (r / 3 % 64);
}

static bool same(an_cell have, bool ok, int64_t v) { return ok ? have.state == AN_VALUE && have.v == v : have.state == AN_ERROR && have.v == 0; }

static bool days(void) {
  for (int64_t d = AN_DAY_MIN; d <= AN_DAY_MAX; d++) {
    int y, m, dom;
    bool holiday = false;
    int64_t next = 0;
    ans_date_to_ymd(d, &y, &m, &dom);
    bool ok = an_day(y, m, dom) == d && same(an_year_of(an_val(d)), true, y) && same(an_month_of(an_val(d)), true, ans_date_month(d));
    const bool known = ans_date_holiday(d, ANS_JURISDICTION_THUERINGEN, &holiday), reached = ans_date_workday(d, ANS_JURISDICTION_THUERINGEN, &next);
    ok = ok && same(an_holiday(an_val(d)), known, holiday) && same(an_workday(an_val(d)), reached, next);
    if (!ok) return printf("day %" PRId64 "\n", d), false;
  }
  return true;
}

static bool months(void) {
  for (int64_t m = 12; m <= 9999 * 12 + 11; m++)
    if (!same(an_month_first(an_val(m)), true, ans_month_first(m)) || !same(an_month_last(an_val(m)), true, ans_month_last(m))) return printf("month %" PRId64 "\n", m), false;
  return same(an_month_first(an_val(11)), false, 0) && same(an_month_last(an_val(9999 * 12 + 12)), false, 0) && same(an_month_first(an_val(INT64_MIN)), false, 0);
}

static bool date_sums(void) {
  for (int i = 0; i < 2000000; i++) {
    const int64_t d = AN_DAY_MIN + (int64_t)(draw() % (AN_DAY_MAX - AN_DAY_MIN + 1)), n = i % 5 == 0 ? number() : (int64_t)(draw() % 24000) - 12000;
    int64_t v = 0;
    bool ok = ans_date_birthday(d, n, &v);
    if (!same(an_years_done(an_val(d), an_val(n)), ok, v)) return printf("birthday %" PRId64 " %" PRId64 "\n", d, n), false;
    for (int clip = 0; clip < 3; clip++) {
      ok = ans_date_add_months(d, n, clip, &v);
      if (!same(an_add_months(an_val(d), an_val(n), clip), ok, v)) return printf("months %" PRId64 " %" PRId64 " %d\n", d, n, clip), false;
    }
  }
  return true;
}

static bool quotients(void) {
  for (int i = 0; i < 2000000; i++) {
    const int64_t a = number(), b = number(), d = number();
    const int places = (int)(draw() % 37) - 18, wide = (int)(draw() % 73) - 36;
    for (int mode = 0; mode < 3; mode++) {
      ans_int128 x = a, y = b;
      int64_t v = 0;
      for (int k = 0; k < places; k++) x *= 10;
      for (int k = 0; k > places; k--) y *= 10;
      bool ok = ans_div_round(x, y, mode, &v);
      if (!same(an_quotient(an_val(a), an_val(b), places, mode), ok, v)) return printf("%" PRId64 " / %" PRId64 " places %d mode %d\n", a, b, places, mode), false;
      ok = ans_mul_div_round(a, b, d, wide, mode, &v);
      if (!same(an_mul_round(an_val(a), an_val(b), an_val(d), wide, mode), ok, v)) return printf("%" PRId64 " * %" PRId64 " / %" PRId64 " places %d mode %d\n", a, b, d, wide, mode), false;
    }
  }
  return true;
}

int main(void) {
  const bool ok = days() && months() && date_sums() && quotients();
  puts(ok ? "ok" : "FAILED");
  return ok ? 0 : 1;
}
