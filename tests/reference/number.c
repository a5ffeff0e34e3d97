/* Sections 1, 4.1 and 8 of docs/semantics.md: exact arithmetic and dates. Every operand here is a value; strictness is the caller's.
 * A number is loaded as a rational in units of measure, the operation is exact, and the result is judged once: does it fit 64 bits at the
 * scale of the result, does a date stay in 0001-01-01 … 9999-12-31. */
#include "reference_internal.h"

#include <stdlib.h>

static void power_of_ten(mpz_t out, unsigned n) { mpz_ui_pow_ui(out, 10, n); }

static void load(mpq_t out, cell x, ans_type t) {
  mpz_t ten;
  mpz_init(ten);
  power_of_ten(ten, t.scale);
  mpq_set_si(out, x.v, 1);
  mpz_set(mpq_denref(out), ten);
  mpq_canonicalize(out);
  mpz_clear(ten);
}

/* 1: an integer of 64 bits at the declared scale, else error. */
static cell store(ans_ref *ref, const mpq_t q, ans_type t) {
  mpz_t ten, scaled, rest;
  mpz_inits(ten, scaled, rest, NULL);
  power_of_ten(ten, t.scale);
  mpz_mul(scaled, mpq_numref(q), ten);
  mpz_fdiv_qr(scaled, rest, scaled, mpq_denref(q));
  cell r;
  if (mpz_sgn(rest) != 0) r = ref__broken(ref, "the scale of a result cannot hold its value");
  else if (!mpz_fits_slong_p(scaled)) r = state_of(ANS_ERRONEOUS);
  else r = value_of(mpz_get_si(scaled));
  if (is_value(r) && t.tag == ANS_T_DATE && (r.v < ANS_DAY_MIN || r.v > ANS_DAY_MAX)) r = state_of(ANS_ERRONEOUS);
  mpz_clears(ten, scaled, rest, NULL);
  return r;
}

/* 8: q := round(q) to an integer; half away from zero, away from zero, towards zero. */
static void round_integer(mpq_t q, uint32_t mode) {
  int sign = mpq_sgn(q);
  mpq_abs(q, q);
  mpz_t n;
  mpz_init(n);
  if (mode == ANS_ROUND_UP) {
    mpz_cdiv_q(n, mpq_numref(q), mpq_denref(q));
  } else {
    if (mode == ANS_ROUND_HALF_UP) {
      mpq_t half;
      mpq_init(half);
      mpq_set_si(half, 1, 2);
      mpq_add(q, q, half);
      mpq_clear(half);
    }
    mpz_fdiv_q(n, mpq_numref(q), mpq_denref(q));
  }
  mpq_set_z(q, n);
  if (sign < 0) mpq_neg(q, q);
  mpz_clear(n);
}

static cell divide_rounded(ans_ref *ref, const ans_tx *x, mpq_t a, mpq_t b) {
  if (mpq_sgn(b) == 0) return state_of(ANS_ERRONEOUS);
  mpz_t ten;
  mpq_t scale;
  mpz_init(ten);
  mpq_init(scale);
  power_of_ten(ten, x->type.scale);
  mpq_set_z(scale, ten);
  mpq_div(a, a, b);
  mpq_mul(a, a, scale);
  round_integer(a, x->index);
  mpq_div(a, a, scale);
  mpz_clear(ten);
  mpq_clear(scale);
  return store(ref, a, x->type);
}

cell ref__arithmetic(ans_ref *ref, const ans_tx *x, cell ca, cell cb) {
  mpq_t a, b;
  mpq_inits(a, b, NULL);
  load(a, ca, x->arg[0]->type);
  if (x->count > 1) load(b, cb, x->arg[1]->type);
  cell r;
  switch (x->kind) {
    case ANS_TX_ADD: mpq_add(a, a, b); r = store(ref, a, x->type); break;
    case ANS_TX_SUB: mpq_sub(a, a, b); r = store(ref, a, x->type); break;
    case ANS_TX_MUL: mpq_mul(a, a, b); r = store(ref, a, x->type); break;
    case ANS_TX_NEG: mpq_neg(a, a); r = store(ref, a, x->type); break;
    case ANS_TX_MIN2: r = store(ref, mpq_cmp(a, b) <= 0 ? a : b, x->type); break;
    case ANS_TX_MAX2: r = store(ref, mpq_cmp(a, b) >= 0 ? a : b, x->type); break;
    case ANS_TX_DIVR: r = divide_rounded(ref, x, a, b); break;
    default: r = ref__broken(ref, "not arithmetic"); break;
  }
  mpq_clears(a, b, NULL);
  return r;
}

/* 8: a product directly under a rounding, divided or not, is exact before it is rounded. */
cell ref__rounded_product(ans_ref *ref, const ans_tx *x, const cell v[3]) {
  mpq_t a, b;
  mpq_inits(a, b, NULL);
  load(a, v[0], x->arg[0]->type);
  load(b, v[1], x->arg[1]->type);
  mpq_mul(a, a, b);
  mpq_set_ui(b, 1, 1);
  if (x->count > 2) load(b, v[2], x->arg[2]->type);
  cell r = divide_rounded(ref, x, a, b);
  mpq_clears(a, b, NULL);
  return r;
}

/* Exact at any two scales; truth values, enumerations and references compare as integers (scale 0). */
cell ref__compare(const ans_tx *x, cell ca, cell cb) {
  mpq_t a, b;
  mpq_inits(a, b, NULL);
  load(a, ca, x->arg[0]->type);
  load(b, cb, x->arg[1]->type);
  int order = mpq_cmp(a, b);
  mpq_clears(a, b, NULL);
  switch (x->kind) {
    case ANS_TX_EQ: return truth_of(order == 0);
    case ANS_TX_NE: return truth_of(order != 0);
    case ANS_TX_LT: return truth_of(order < 0);
    default: return truth_of(order <= 0);
  }
}

/* --- 4.1 dates: the proleptic Gregorian calendar, counted year by year from 0001-01-01 ------------------------------- */

static bool leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int ref__days_in(int64_t year, int month) {
  static const int DAYS[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : DAYS[month - 1];
}

void ref__calendar(ans_ref *ref) {
  int32_t day = ANS_DAY_MIN;
  for (int y = 1; y <= 10000; y++) {
    ref->new_year[y] = day;
    day += leap(y) ? 366 : 365;
  }
}

int64_t ref__date(const ans_ref *ref, int64_t year, int month, int day_of_month) {
  int64_t day = ref->new_year[year];
  for (int m = 1; m < month; m++) day += ref__days_in(year, m);
  return day + day_of_month - 1;
}

static void split_date(const ans_ref *ref, int64_t day, int64_t *year, int *month, int *day_of_month) {
  int64_t low = 1, high = 9999; /* the year whose 1 January is the last one not after the day */
  while (low < high) {
    int64_t middle = (low + high + 1) / 2;
    if (ref->new_year[middle] <= day) low = middle;
    else high = middle - 1;
  }
  int64_t rest = day - ref->new_year[low];
  int m = 1;
  while (rest >= ref__days_in(low, m)) rest -= ref__days_in(low, m++);
  *year = low;
  *month = m;
  *day_of_month = (int)rest + 1;
}

/* birthday(n): g plus n years, 1 March for 29 February when the year has none (§ 187 Abs. 2 Satz 2, § 188 Abs. 2, 3 BGB). */
static cell birthday(const ans_ref *ref, int64_t birth, int64_t years) {
  int64_t y;
  int m, d;
  split_date(ref, birth, &y, &m, &d);
  if (years < -20000 || years > 20000 || y + years < 1 || y + years > 9999) return state_of(ANS_ERRONEOUS);
  y += years;
  if (m == 2 && d == 29 && !leap(y)) m = 3, d = 1;
  return value_of(ref__date(ref, y, m, d));
}

static cell add_months(const ans_ref *ref, int64_t date, int64_t months, uint32_t clip) {
  int64_t y;
  int m, d;
  split_date(ref, date, &y, &m, &d);
  if (months < -200000 || months > 200000) return state_of(ANS_ERRONEOUS);
  int64_t number = y * 12 + m - 1 + months;
  if (number < 12 || number > 9999 * 12 + 11) return state_of(ANS_ERRONEOUS);
  y = number / 12;
  m = (int)(number % 12) + 1;
  if (d > ref__days_in(y, m)) {
    if (clip == ANS_CLIP_NONE) return state_of(ANS_ERRONEOUS);
    if (clip == ANS_CLIP_MONTH_END) d = ref__days_in(y, m);
    else d = 1, m++; /* December has 31 days: the year never changes here */
  }
  return value_of(ref__date(ref, y, m, d));
}

cell ref__date_operation(ans_ref *ref, const ans_tx *x, cell a, cell b) {
  int64_t y;
  int m, d;
  switch (x->kind) {
    case ANS_TX_YEARS_DONE: return birthday(ref, a.v, b.v);
    case ANS_TX_ADD_MONTHS: return add_months(ref, a.v, b.v, x->index);
    case ANS_TX_MONTH_OF: split_date(ref, a.v, &y, &m, &d); return value_of(y * 12 + m - 1);
    case ANS_TX_YEAR_OF: split_date(ref, a.v, &y, &m, &d); return value_of(y);
    case ANS_TX_MONTH_FIRST:
    case ANS_TX_MONTH_LAST:
      if (a.v < 12 || a.v > 9999 * 12 + 11) return state_of(ANS_ERRONEOUS);
      y = a.v / 12;
      m = (int)(a.v % 12) + 1;
      return value_of(ref__date(ref, y, m, x->kind == ANS_TX_MONTH_FIRST ? 1 : ref__days_in(y, m)));
    default: return ref__broken(ref, "not a date operation");
  }
}

/* --- deadlines: the Thuringian holidays as § 2 ThürFGtG lists them, from 1995 on ------------------------------------------ */

/* Easter by Lichtenberg's supplement to Gauss's rule: the paschal full moon as a March day, then the Sunday after it. */
static int64_t easter(const ans_ref *ref, int64_t year) {
  int64_t k = year / 100, m = 15 + (3 * k + 3) / 4 - (8 * k + 13) / 25, s = 2 - (3 * k + 3) / 4, a = year % 19;
  int64_t d = (19 * a + m) % 30, r = (d + a / 11) / 29;
  int64_t og = 21 + d - r, sz = 7 - (year + year / 4 + s) % 7, oe = 7 - (og - sz) % 7;
  return ref__date(ref, year, 3, 1) + og + oe - 1;
}

static bool free_day(const ans_ref *ref, int64_t day) {
  int64_t y;
  int m, d;
  split_date(ref, day, &y, &m, &d);
  int64_t e = easter(ref, y);
  if (day == e - 2 || day == e + 1 || day == e + 39 || day == e + 50) return true;
  int mmdd = m * 100 + d;
  return mmdd == 101 || mmdd == 501 || mmdd == 1003 || mmdd == 1031 || mmdd == 1225 || mmdd == 1226 || (mmdd == 920 && y >= 2019);
}

cell ref__calendar_operation(const ans_ref *ref, const ans_tx *x, cell day) {
  if (day.v < ref->new_year[1995]) return state_of(ANS_ERRONEOUS);
  if (x->kind == ANS_TX_HOLIDAY) return truth_of(free_day(ref, day.v));
  int64_t sunday = ref__date(ref, 2000, 1, 2); /* a Sunday */
  for (int64_t d = day.v; d <= ANS_DAY_MAX; d++) {
    int64_t since = ((d - sunday) % 7 + 7) % 7; /* 0 Sunday, 6 Saturday */
    if (since != 0 && since != 6 && !free_day(ref, d)) return value_of(d);
  }
  return state_of(ANS_ERRONEOUS);
}
