/* How the makers of the synthetic population write a fact: known, left out at the stated rate, or a timeline of stretches. Shared by workload.c (Kindergeld) and laws_make.c (the other
 * laws); private to them. A maker owns nothing: cells go into the caller's arrays, stretches into the population's pool. Exits on memory exhaustion. */
#ifndef ANS_BENCH_WORKLOAD_MAKE_H
#define ANS_BENCH_WORKLOAD_MAKE_H
#include <stdio.h>
#include <stdlib.h>
#include "num/calendar.h"
#include "workload.h"

enum { TODAY = 20619 /* 2026-06-15 */, DAY_18_JULY_2019 = 18095, YEAR_DAYS = 365 };

typedef struct maker {
  bench_population *p;
  uint64_t random;
  unsigned unknown_percent;
  uint32_t first_person, first_pair, nation;
} maker;

/* --- memory ------------------------------------------------------------------------------------------------------------------------------------------------- */
static inline void room(void **array, size_t *cap, size_t need, size_t size) {
  if (need <= *cap) return;
  size_t n = *cap ? *cap : 1024;
  while (n < need) n *= 2;
  void *grown = realloc(*array, n * size);
  if (!grown) {
    fprintf(stderr, "bench: out of memory\n");
    exit(1);
  }
  *array = grown;
  *cap = n;
}

/* --- facts --------------------------------------------------------------------------------------------------------------------------------------------------- */
static inline bool left_out(maker *m) { return m->unknown_percent && bench_below(&m->random, 100) < m->unknown_percent; }

static inline bench_cell cell(maker *m, int32_t value) { return left_out(m) ? (bench_cell){0, ANS_UNKNOWN} : (bench_cell){value, ANS_VALUE}; }
static inline bench_cell nothing(maker *m) { return left_out(m) ? (bench_cell){0, ANS_UNKNOWN} : (bench_cell){0, ANS_NOT_APPLICABLE}; }

/* Appends an interval to a timeline under construction; a neighbour of equal value grows instead. */
static inline void stretch(maker *m, bench_run *line, int32_t from, int32_t to, int64_t value) {
  bench_population *p = m->p;
  if (from > to) return;
  ans_interval *last = line->count ? &p->pool[line->first + line->count - 1] : NULL;
  if (last && (int64_t)last->to + 1 == from && last->value == value) {
    last->to = to;
    return;
  }
  room((void **)&p->pool, &p->pool_cap, (size_t)p->pool_count + 1, sizeof *p->pool);
  if (!line->count) line->first = p->pool_count;
  p->pool[p->pool_count++] = (ans_interval){.from = from, .to = to, .value = value, .state = ANS_VALUE};
  line->count++;
}

/* A timeline that is left out is either empty or ends in the middle of what is known. */
static inline void seal(maker *m, bench_run *line) {
  if (!left_out(m)) return;
  if (line->count < 2 || bench_chance(&m->random, 7000)) *line = (bench_run){0, 0};
  else line->count--;
}

static inline bench_run always(maker *m, int64_t value) {
  bench_run line = {0, 0};
  stretch(m, &line, ANS_OPEN_PAST, ANS_OPEN_FUTURE, value);
  seal(m, &line);
  return line;
}

static inline bench_run changing(maker *m, int64_t before, int32_t day, int64_t after) {
  bench_run line = {0, 0};
  stretch(m, &line, ANS_OPEN_PAST, day - 1, before);
  stretch(m, &line, day, ANS_OPEN_FUTURE, after);
  seal(m, &line);
  return line;
}

/* True in [from, to], false around it; false always if that is empty. */
static inline bench_run during(maker *m, int32_t from, int32_t to) {
  bench_run line = {0, 0};
  if (from > to) return always(m, 0);
  stretch(m, &line, ANS_OPEN_PAST, from - 1, 0);
  stretch(m, &line, from, to, 1);
  if (to != ANS_OPEN_FUTURE) stretch(m, &line, to + 1, ANS_OPEN_FUTURE, 0);
  seal(m, &line);
  return line;
}

static inline int32_t some_day(maker *m, int32_t from, int32_t to) { return from >= to ? from : from + (int32_t)bench_below(&m->random, (uint32_t)(to - from)); }

/* The same, but often a day beside the beginning of a month, where one day decides. */
static inline int32_t edge_day(maker *m, int32_t from, int32_t to) {
  const int32_t day = some_day(m, from, to);
  if (!bench_chance(&m->random, 2000 /* ten thousandths */)) return day;
  const int32_t first = (int32_t)ans_month_first(ans_date_month(day)) + (int32_t)bench_below(&m->random, 3) - 1;
  return first < from || first > to ? day : first;
}
#endif
