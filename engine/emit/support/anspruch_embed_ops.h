/* The operations of emitted packages, written from docs/semantics.md (section numbers in the comments). Private to emitted sources.
 *
 * Every function takes and returns whole cells, so that states can be dropped nowhere; a cell that is not a value has v = 0. Numbers are
 * 64 bits; what does not fit is an error of the case and never wraps. Loops are bounded by rows, intervals, table rows and days. */
#ifndef ANSPRUCH_EMBED_OPS_H
#define ANSPRUCH_EMBED_OPS_H
#include <string.h>
#include "anspruch_embed.h"

__extension__ typedef __int128 an_wide;
__extension__ typedef unsigned __int128 an_uwide;

static inline an_cell an_val(int64_t v) { return (an_cell){v, 0, AN_VALUE, 0}; }
static inline an_cell an_st(uint8_t state) { return (an_cell){0, 0, state, 0}; }
static inline bool an_eq1(an_cell x, int64_t v) { return x.state == AN_VALUE && x.v == v; }
static inline uint8_t an_max(uint8_t a, uint8_t b) { return a > b ? a : b; }
static inline uint8_t an_worst(an_cell a, an_cell b) { return an_max(a.state, b.state); }
/* A condition: not applicable is an error (2.2). */
static inline an_cell an_condition(an_cell g) { return g.state == AN_NOT_APPLICABLE ? an_st(AN_ERROR) : g; }
static inline an_cell an_fit(an_wide v) { return v < INT64_MIN || v > INT64_MAX ? an_st(AN_ERROR) : an_val((int64_t)v); }
static inline an_cell an_fit_day(an_wide v) { return v < AN_DAY_MIN || v > AN_DAY_MAX ? an_st(AN_ERROR) : an_val((int64_t)v); }

/* --- numbers (1, 8) --------------------------------------------------------------------------------------------------------------------- */
#define AN_STRICT(a, b) \
  if (an_worst(a, b) != AN_VALUE) return an_st(an_worst(a, b))
static inline an_cell an_add(an_cell a, an_cell b) { AN_STRICT(a, b); return an_fit((an_wide)a.v + b.v); }
static inline an_cell an_sub(an_cell a, an_cell b) { AN_STRICT(a, b); return an_fit((an_wide)a.v - b.v); }
static inline an_cell an_add_day(an_cell a, an_cell b) { AN_STRICT(a, b); return an_fit_day((an_wide)a.v + b.v); }
static inline an_cell an_sub_day(an_cell a, an_cell b) { AN_STRICT(a, b); return an_fit_day((an_wide)a.v - b.v); }
static inline an_cell an_mul(an_cell a, an_cell b) { AN_STRICT(a, b); return an_fit((an_wide)a.v * b.v); }
static inline an_cell an_min2(an_cell a, an_cell b) { AN_STRICT(a, b); return an_val(a.v < b.v ? a.v : b.v); }
static inline an_cell an_max2(an_cell a, an_cell b) { AN_STRICT(a, b); return an_val(a.v > b.v ? a.v : b.v); }
static inline an_cell an_equal(an_cell a, an_cell b) { AN_STRICT(a, b); return an_val(a.v == b.v); }
static inline an_cell an_differ(an_cell a, an_cell b) { AN_STRICT(a, b); return an_val(a.v != b.v); }
static inline an_cell an_less(an_cell a, an_cell b) { AN_STRICT(a, b); return an_val(a.v < b.v); }
static inline an_cell an_less_equal(an_cell a, an_cell b) { AN_STRICT(a, b); return an_val(a.v <= b.v); }
static inline an_cell an_neg(an_cell a) { return a.state != AN_VALUE ? an_st(a.state) : an_fit(-(an_wide)a.v); }
static inline an_cell an_unit(an_cell a) { return a.state != AN_VALUE ? an_st(a.state) : an_val(a.v); }

static inline an_uwide an_size_of(an_wide v) { return v < 0 ? 0 - (an_uwide)v : (an_uwide)v; }
/* Quotient q with remainder r of divisor y, rounded (0 half away from zero, 1 away from zero, 2 towards zero) and given its sign. up: the
 * remainder is certainly less than half of the divisor although y does not say so. */
static inline an_cell an_rounded(an_uwide q, an_uwide r, an_uwide y, bool tiny, bool negative, int mode) {
  if (r != 0 && (mode == 1 || (mode == 0 && !tiny && r >= y - r))) q++;
  if (q > (an_uwide)INT64_MAX + (negative ? 1 : 0)) return an_st(AN_ERROR);
  return an_val(negative ? -(int64_t)(q / 2) - (int64_t)(q - q / 2) : (int64_t)q); /* in halves: 2^63 has no positive form */
}
/* a / b * 10^places, rounded once; |places| is at most 18 (verified), so that nothing leaves 128 bits. */
static inline an_cell an_quotient(an_cell a, an_cell b, int places, int mode) {
  AN_STRICT(a, b);
  if (b.v == 0) return an_st(AN_ERROR);
  an_uwide x = an_size_of(a.v), y = an_size_of(b.v);
  for (; places > 0; places--) x *= 10;
  for (; places < 0; places++) y *= 10;
  return an_rounded(x / y, x % y, y, false, (a.v < 0) != (b.v < 0), mode);
}
/* a * b / d * 10^places, exact before it is rounded once; |places| is at most 36. */
static inline an_cell an_mul_round(an_cell a, an_cell b, an_cell d, int places, int mode) {
  const uint8_t s = an_max(an_worst(a, b), d.state);
  if (s != AN_VALUE) return an_st(s);
  if (d.v == 0 || places > 36 || places < -36) return an_st(AN_ERROR);
  const bool negative = ((a.v < 0) != (b.v < 0)) != (d.v < 0);
  an_uwide n = an_size_of(a.v) * an_size_of(b.v), y = an_size_of(d.v);
  for (; places < 0; places++) {
    if (y > ~(an_uwide)0 / 10) return an_rounded(0, n, y, true, negative, mode); /* the quotient is below a quarter: n is at most 2^126 */
    y *= 10;
  }
  an_uwide q = n / y, r = n % y;
  for (; places > 0; places--) { /* digit by digit; y is below 2^63 here */
    if (q > (an_uwide)INT64_MAX) return an_st(AN_ERROR);
    r *= 10;
    q = q * 10 + r / y;
    r %= y;
  }
  return an_rounded(q, r, y, false, negative, mode);
}

/* --- truth and states (2) --------------------------------------------------------------------------------------------------------------- */
static inline an_cell an_not(an_cell a) { return a.state == AN_VALUE ? an_val(!a.v) : an_st(a.state); }
static inline an_cell an_and(an_cell a, an_cell b) {
  if (an_eq1(a, 0) || an_eq1(b, 0)) return an_val(0);
  AN_STRICT(a, b);
  return an_val(1);
}
static inline an_cell an_or(an_cell a, an_cell b) {
  if (an_eq1(a, 1) || an_eq1(b, 1)) return an_val(1);
  AN_STRICT(a, b);
  return an_val(0);
}
static inline an_cell an_known(an_cell a) { return a.state <= AN_NOT_APPLICABLE ? an_val(1) : a.state <= AN_HUMAN ? an_val(0) : an_st(a.state); }
static inline an_cell an_present(an_cell a) { return a.state <= AN_NOT_APPLICABLE ? an_val(a.state == AN_VALUE) : an_st(a.state); }
static inline an_cell an_default(an_cell a, an_cell b) { return a.state == AN_UNKNOWN ? b : a; }
static inline an_cell an_select(an_cell g, an_cell a, an_cell b) { /* 2.4 */
  g = an_condition(g);
  if (g.state == AN_VALUE) return g.v ? a : b;
  if (g.state >= AN_ERROR) return g;
  return a.state == b.state && a.v == b.v ? a : an_st(g.state);
}
static inline an_cell an_list_has(an_cell list, an_cell value) { AN_STRICT(list, value); return an_val(list.v >> value.v & 1); }
static inline an_cell an_list_count(an_cell list) {
  if (list.state != AN_VALUE) return an_st(list.state);
  int64_t n = 0;
  for (int64_t rest = list.v; rest; rest >>= 1) n += rest & 1;
  return an_val(n);
}

/* resolve (5): x[0] is the default, then n pairs (live, value). The comments name the numbered rules. */
static inline bool an_absorbed(an_cell v) { return v.state == AN_VALUE ? v.v == 1 : v.state <= AN_HUMAN; }
static inline an_cell an_resolve(const an_cell *x, uint32_t n, bool truth) {
  an_cell base = x[0];
  uint32_t certain = 0, possible = 0;
  uint8_t broken = 0, merged = 0, open = 0;
  bool valued = false, differ = false, all_absorbed = true, possible_absorbed = true;
  int64_t value = 0;
  for (uint32_t i = 0; i < n; i++) {
    const an_cell live = an_condition(x[1 + 2 * i]), v = x[2 + 2 * i];
    if (live.state >= AN_ERROR) {
      broken = an_max(broken, live.state);
    } else if (live.state != AN_VALUE) {
      possible++;
      possible_absorbed = possible_absorbed && an_absorbed(v);
      open = an_max(open, live.state);
      if (v.state == AN_UNKNOWN || v.state == AN_HUMAN) open = an_max(open, v.state);
    } else if (live.v) {
      certain++;
      all_absorbed = all_absorbed && an_absorbed(v);
      merged = an_max(merged, v.state);
      if (v.state == AN_VALUE) {
        differ = differ || (valued && value != v.v);
        valued = true;
        value = v.v;
      }
    }
  }
  if (broken) return an_st(broken); /* 1 */
  if (certain) base = truth && valued && all_absorbed ? an_val(1) : differ ? an_st(AN_CONFLICT) : merged ? an_st(merged) : an_val(value); /* 3 */
  if (!possible || (certain && base.state >= AN_ERROR)) return base; /* 2; end of 3 */
  if (!certain && (base.state == AN_UNKNOWN || base.state == AN_HUMAN)) open = an_max(open, base.state); /* 2: the default is possible too */
  if (truth && certain && an_eq1(base, 1) && possible_absorbed) return base; /* 4 */
  for (uint32_t i = 0; i < n; i++) {
    const an_cell live = an_condition(x[1 + 2 * i]), v = x[2 + 2 * i];
    if (live.state != AN_VALUE && (v.state != base.state || v.v != base.v)) return an_st(open);
  }
  return base;
}

/* --- calendar (4.1) --------------------------------------------------------------------------------------------------------------------- */
typedef struct an_ymd { int year, month, day; } an_ymd;
static inline bool an_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
static inline int an_month_days(int year, int month) {
  return month == 2 ? 28 + an_leap(year) : 30 + ((month + (month > 7)) & 1); /* 31 in odd months up to July, in even ones after */
}
static inline an_ymd an_ymd_of(int64_t day) {
  const int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, in_era = z - era * 146097; /* years from 1 March 0000 */
  const int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  const int64_t in_year = in_era - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
  const int m = (int)(month < 10 ? month + 3 : month - 9);
  return (an_ymd){(int)(year + era * 400) + (m <= 2), m, (int)(in_year - (153 * month + 2) / 5) + 1};
}
static inline an_cell an_month_of(an_cell a) {
  if (a.state != AN_VALUE) return an_st(a.state);
  const an_ymd d = an_ymd_of(a.v);
  return an_val((int64_t)d.year * 12 + d.month - 1);
}
static inline an_cell an_year_of(an_cell a) { return a.state != AN_VALUE ? an_st(a.state) : an_val(an_ymd_of(a.v).year); }
static inline an_cell an_month_edge(an_cell a, bool last) {
  if (a.state != AN_VALUE) return an_st(a.state);
  if (a.v < 12 || a.v > 9999 * 12 + 11) return an_st(AN_ERROR);
  const int year = (int)(a.v / 12), month = (int)(a.v % 12) + 1;
  return an_val(an_day(year, month, last ? an_month_days(year, month) : 1));
}
static inline an_cell an_month_first(an_cell a) { return an_month_edge(a, false); }
static inline an_cell an_month_last(an_cell a) { return an_month_edge(a, true); }
/* birthday(n): 1 March for a person born on 29 February when the year has none. */
static inline an_cell an_years_done(an_cell birth, an_cell years) {
  AN_STRICT(birth, years);
  an_ymd d = an_ymd_of(birth.v);
  if (years.v < -10000 || years.v > 10000) return an_st(AN_ERROR);
  d.year += (int)years.v;
  if (d.year < 1 || d.year > 9999) return an_st(AN_ERROR);
  if (d.month == 2 && d.day == 29 && !an_leap(d.year)) d.month = 3, d.day = 1;
  return an_val(an_day(d.year, d.month, d.day));
}
/* clip: what a missing day becomes; 0 an error, 1 the last day of the month, 2 the first of the next. */
static inline an_cell an_add_months(an_cell date, an_cell months, int clip) {
  AN_STRICT(date, months);
  const an_ymd d = an_ymd_of(date.v);
  const an_wide number = (an_wide)d.year * 12 + d.month - 1 + months.v;
  if (number < 12 || number > 9999 * 12 + 11) return an_st(AN_ERROR);
  const int year = (int)((int64_t)number / 12), month = (int)((int64_t)number % 12) + 1, last = an_month_days(year, month);
  if (d.day <= last) return an_val(an_day(year, month, d.day));
  if (clip == 0) return an_st(AN_ERROR);
  return an_fit_day((an_wide)an_day(year, month, last) + (clip == 2));
}
/* Easter Sunday of the Gregorian calendar: golden number, century corrections, epact, weekday. */
static inline int64_t an_easter(int year) {
  const int golden = year % 19, century = year / 100, rest = year % 100;
  const int epact = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
  const int weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
  const int n = epact + weekday - 7 * ((golden + 11 * epact + 22 * weekday) / 451) + 114;
  return an_day(year, n / 31, n % 31 + 1);
}
/* Public holidays of Thuringia (section 2 ThuerFGtG), the one jurisdiction there is: the table begins on 1995-01-01. */
enum { AN_HOLIDAYS_FROM = 9131 };
static inline bool an_is_holiday(int64_t day) {
  const an_ymd d = an_ymd_of(day);
  const int date = d.month * 100 + d.day;
  if (date == 101 || date == 501 || date == 1003 || date == 1031 || date == 1225 || date == 1226) return true;
  if (date == 920) return d.year >= 2019;
  const int64_t after = day - an_easter(d.year);
  return after == -2 || after == 1 || after == 39 || after == 50; /* Good Friday, Easter Monday, Ascension, Whit Monday */
}
static inline an_cell an_holiday(an_cell a) {
  if (a.state != AN_VALUE) return an_st(a.state);
  return a.v < AN_HOLIDAYS_FROM || a.v > AN_DAY_MAX ? an_st(AN_ERROR) : an_val(an_is_holiday(a.v));
}
static inline an_cell an_workday(an_cell a) {
  if (a.state != AN_VALUE) return an_st(a.state);
  if (a.v < AN_HOLIDAYS_FROM) return an_st(AN_ERROR);
  for (int64_t day = a.v; day <= AN_DAY_MAX; day++) /* a few steps: every week has a working day */
    if ((day + 3) % 7 < 5 && !an_is_holiday(day)) return an_val(day); /* 1970-01-01 was a Thursday */
  return an_st(AN_ERROR);
}

/* --- facts, references, parameters ------------------------------------------------------------------------------------------------------ */
static inline an_cell an_cell_of(int64_t v, uint8_t is, uint8_t missing) {
  if (is == AN_IS_VALUE) return an_val(v);
  return an_st(is == AN_IS_NOT_APPLICABLE ? (uint8_t)AN_NOT_APPLICABLE : is == AN_IS_HUMAN ? (uint8_t)AN_HUMAN : missing);
}
static inline an_cell an_given_fact(an_fact f, uint8_t missing) { return an_cell_of(f.v, f.is, missing); }
/* Follows a reference (3): cells is the register's cell in row 0 of the unit referred to, stride the registers of a row. */
static inline an_cell an_gather(an_cell ref, const an_cell *cells, size_t stride) {
  return ref.state != AN_VALUE ? an_st(ref.state) : cells[(size_t)ref.v * stride];
}
static inline an_cell an_text_is(an_cell a, const an_text *texts, unsigned bit) {
  if (a.state != AN_VALUE) return an_st(a.state);
  const an_text *t = &texts[a.v];
  return t->failed >> bit & 1 ? an_st(AN_ERROR) : an_val((int64_t)(t->holds >> bit & 1));
}
typedef struct an_param_row {
  int32_t from, to, promulgated;
  uint32_t index;                      /* in the package's table */
  int64_t value;
  bool open_end;                       /* ends before the next later row known */
  int64_t key[AN_MAX_KEYS][2];
} an_param_row;
static inline int64_t an_param_end(const an_run *run, const an_param_row *rows, uint32_t n, const an_param_row *row) {
  int64_t end = AN_OPEN_FUTURE;
  if (!row->open_end || run->law_known == AN_DAY_MAX) return row->to;
  for (uint32_t i = 0; i < n; i++)
    if (rows[i].promulgated <= run->law_known && rows[i].from > row->from && (int64_t)rows[i].from - 1 < end) end = (int64_t)rows[i].from - 1;
  return end;
}
/* Look-up (4.4): x[0] is the day, then keys. Of the rows known for day and keys the one promulgated last; rows are sorted by their first day. */
static inline an_cell an_param(const an_run *run, const an_param_row *rows, uint32_t n, const an_cell *x, uint32_t keys) {
  const an_param_row *best = NULL;
  uint8_t s = x[0].state;
  for (uint32_t k = 0; k < keys; k++) s = an_max(s, x[1 + k].state);
  if (s != AN_VALUE) return an_st(s);
  for (const an_param_row *r = rows; r < rows + n && r->from <= x[0].v; r++) {
    bool hit = r->promulgated <= run->law_known && (!best || r->promulgated > best->promulgated);
    for (uint32_t k = 0; hit && k < keys; k++) hit = x[1 + k].v >= r->key[k][0] && x[1 + k].v <= r->key[k][1];
    if (hit && x[0].v <= an_param_end(run, rows, n, r)) best = r;
  }
  if (!best) return an_st(AN_ERROR);
  return (an_cell){best->value, best->index + 1, AN_VALUE, 0};
}

/* --- timelines (4.3) -------------------------------------------------------------------------------------------------------------------- */
typedef struct an_field {              /* a timeline fact of all rows of its unit */
  const void *rows;
  size_t size, offset;
  uint8_t missing;
} an_field;
#define AN_FIELD(input, table, type, name, missing) ((an_field){(input)->table.rows, sizeof(type), offsetof(type, name), (missing)})
static inline an_timeline an_timeline_of(an_field f, int64_t row) {
  an_timeline t;
  memcpy(&t, (const unsigned char *)f.rows + (size_t)row * f.size + f.offset, sizeof t);
  return t;
}
typedef struct an_piece {              /* the longest stretch of days around a day with one cell that is known to be one */
  int64_t from, to;
  an_cell cell;
} an_piece;
static inline an_piece an_piece_of(const an_timeline *t, int64_t day, uint8_t missing) {
  an_piece p = {AN_DAY_MIN, AN_DAY_MAX, {0, 0, missing, 0}};
  for (uint32_t i = 0; i < t->count; i++) {
    const an_interval *x = &t->items[i];
    if (x->to < day) {
      p.from = (int64_t)x->to + 1;
      continue;
    }
    if (x->from > day) {
      p.to = (int64_t)x->from - 1;
      return p;
    }
    if (x->from > p.from) p.from = x->from;
    if (x->to < p.to) p.to = x->to;
    p.cell = an_cell_of(x->v, x->is, missing);
    return p;
  }
  return p;
}
static inline an_cell an_tl_at(an_field f, an_cell row, an_cell day) {
  AN_STRICT(row, day);
  const an_timeline t = an_timeline_of(f, row.v);
  return an_piece_of(&t, day.v, f.missing).cell;
}
/* letztes_Ende (step -1), naechster_Beginn (step 1): the run that contains the day is skipped, then the first true day counts. */
static inline an_cell an_tl_walk(an_field f, an_cell row, an_cell day, int step) {
  AN_STRICT(row, day);
  const an_timeline t = an_timeline_of(f, row.v);
  bool own_run = true;
  for (int64_t d = day.v; d >= AN_DAY_MIN && d <= AN_DAY_MAX;) {
    const an_piece p = an_piece_of(&t, d, f.missing);
    if (p.cell.state > AN_NOT_APPLICABLE) return p.cell;
    if (!an_eq1(p.cell, 1)) own_run = false;
    else if (!own_run) return an_val(d);
    d = step < 0 ? p.from - 1 : p.to + 1;
  }
  return an_st(AN_NOT_APPLICABLE);
}
static inline an_cell an_tl_last_end(an_field f, an_cell row, an_cell day) { return an_tl_walk(f, row, day, -1); }
static inline an_cell an_tl_next_start(an_field f, an_cell row, an_cell day) { return an_tl_walk(f, row, day, 1); }
static inline an_cell an_tl_days(an_field f, an_cell row, an_cell from, an_cell to) {
  uint8_t s = an_max(row.state, an_worst(from, to));
  if (s != AN_VALUE) return an_st(s);
  const an_timeline t = an_timeline_of(f, row.v);
  int64_t days = 0;
  for (int64_t d = from.v; d <= to.v;) {
    const an_piece p = an_piece_of(&t, d, f.missing);
    const an_cell c = an_condition(p.cell);
    const int64_t end = p.to < to.v ? p.to : to.v;
    s = an_max(s, c.state);
    if (an_eq1(c, 1)) days += end - d + 1;
    d = end + 1;
  }
  return s != AN_VALUE ? an_st(s) : an_val(days);
}
#endif
