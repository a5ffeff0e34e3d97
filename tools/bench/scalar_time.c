/* Days, months and timelines of the scalar program. See scalar.h. */
#include "scalar.h"

/* Civil calendar by eras of 400 years that begin on 1 March (the usual integer method). */
static int32_t day_number(int32_t year, int32_t month, int32_t dom) {
  year -= month <= 2;
  const int32_t era = (year >= 0 ? year : year - 399) / 400, yoe = year - era * 400;
  const int32_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + dom - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil(int32_t day, int32_t *year, int32_t *month, int32_t *dom) {
  day += 719468;
  const int32_t era = (day >= 0 ? day : day - 146096) / 146097, doe = day - era * 146097;
  const int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  *dom = doy - (153 * mp + 2) / 5 + 1;
  *month = mp + (mp < 10 ? 3 : -9);
  *year = yoe + era * 400 + (*month <= 2);
}

month_frame scalar_month(const bench_population *w, int32_t month) {
  month_frame m = {.w = w, .month = month, .first = day_number(month / 12, month % 12 + 1, 1)};
  m.last = day_number((month + 1) / 12, (month + 1) % 12 + 1, 1) - 1;
  m.all = (uint32_t)((UINT64_C(2) << (m.last - m.first)) - 1);
  return m;
}

int32_t scalar_month_of(int32_t day) {
  int32_t year, month, dom;
  civil(day, &year, &month, &dom);
  return year * 12 + month - 1;
}

int32_t scalar_birthday(int32_t birth, int32_t years) {
  int32_t year, month, dom;
  civil(birth, &year, &month, &dom);
  year += years;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (month == 2 && dom == 29 && !leap) return day_number(year, 3, 1);
  return day_number(year, month, dom);
}

days scalar_from(const month_frame *m, int32_t day) {
  if (day <= m->first) return (days){m->all, 0};
  if (day > m->last) return (days){0, m->all};
  const uint32_t before = (UINT32_C(1) << (day - m->first)) - 1;
  return (days){m->all & ~before, before};
}

/* Days of the month in [from, to]; the month reaches into the interval. */
static uint32_t stretch(const month_frame *m, int32_t from, int32_t to) {
  uint32_t bits = m->all;
  if (to < m->last) bits &= (uint32_t)((UINT64_C(2) << (to - m->first)) - 1);
  if (from > m->first) bits &= ~((UINT32_C(1) << (from - m->first)) - 1);
  return bits;
}

static inline __attribute__((always_inline)) days look(const month_frame *m, bench_run line, int64_t value, bool above) {
  const ans_interval *x = m->w->pool + line.first;
  days r = {0, 0};
  for (uint32_t k = 0; k < line.count && x[k].from <= m->last; k++) {
    if (x[k].to < m->first || x[k].state != ANS_VALUE) continue;
    const uint32_t bits = stretch(m, x[k].from, x[k].to);
    if (above ? x[k].value > value : x[k].value == value) r.yes |= bits;
    else r.no |= bits;
  }
  return r;
}

days scalar_equals(const month_frame *m, bench_run line, int64_t value) { return look(m, line, value, false); }
days scalar_above(const month_frame *m, bench_run line, int64_t value) { return look(m, line, value, true); }

bool scalar_on_day(const month_frame *m, bench_run line, int32_t day, int64_t *value) {
  const ans_interval *x = m->w->pool + line.first;
  for (uint32_t k = 0; k < line.count && x[k].from <= day; k++) {
    if (x[k].to < day) continue;
    *value = x[k].value;
    return x[k].state == ANS_VALUE;
  }
  return false;
}

truth scalar_true_on(const month_frame *m, bench_run line, int32_t day) {
  int64_t value = 0;
  return scalar_on_day(m, line, day, &value) ? truth_of(value != 0) : OPEN;
}

truth scalar_last_end(const month_frame *m, bench_run line, int32_t day, int32_t *end) {
  const ans_interval *x = m->w->pool + line.first;
  uint32_t k = line.count;
  int64_t at = day;
  bool left = false; /* the stretch that contains the day has been left */
  while (k > 0 && x[k - 1].from > day) k--;
  for (; at >= ANS_DAY_MIN; k--) {
    if (k == 0 || x[k - 1].to < at || x[k - 1].state != ANS_VALUE) return OPEN;
    if (!x[k - 1].value) {
      left = true;
    } else if (left) {
      *end = (int32_t)at;
      return YES;
    }
    at = (int64_t)x[k - 1].from - 1;
  }
  return NO;
}

truth scalar_next_start(const month_frame *m, bench_run line, int32_t day, int32_t *start) {
  const ans_interval *x = m->w->pool + line.first;
  uint32_t k = 0;
  int64_t at = day;
  bool left = false;
  while (k < line.count && x[k].to < day) k++;
  for (; at <= ANS_DAY_MAX; k++) {
    if (k == line.count || x[k].from > at || x[k].state != ANS_VALUE) return OPEN;
    if (!x[k].value) {
      left = true;
    } else if (left) {
      *start = (int32_t)at;
      return YES;
    }
    at = (int64_t)x[k].to + 1;
  }
  return NO;
}
