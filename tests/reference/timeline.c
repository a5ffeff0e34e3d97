/* Section 4.3 of docs/semantics.md: timelines as functions of days. The two walks go interval by interval: all days of an interval have
 * one cell, and a day in no interval ends the walk, so that nothing is skipped that a walk day by day would have met. */
#include "reference_internal.h"

static const ans_interval *interval_of(const ans_ref *ref, uint32_t fact, uint32_t row, int64_t day) {
  const ans_timeline *t = &ref->c->timelines[fact];
  for (uint32_t i = t->offsets[row]; i < t->offsets[row + 1]; i++)
    if (t->items[i].from <= day && day <= t->items[i].to) return &t->items[i];
  return NULL;
}

static cell gap(const ans_ref *ref, uint32_t fact) {
  return state_of(ref->m->facts[fact].nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN);
}

static cell cell_of(const ans_interval *i) { return i->state == ANS_VALUE ? value_of(i->value) : state_of(i->state); }

cell ref__timeline_at(ans_ref *ref, uint32_t fact, uint32_t row, int64_t day) {
  const ans_interval *i = interval_of(ref, fact, row, day);
  return i ? cell_of(i) : gap(ref, fact);
}

/* letztes_Ende: the run that contains `day` is skipped; then the first true day met, provided no day with another state was met before. */
cell ref__last_end(ans_ref *ref, uint32_t fact, uint32_t row, int64_t day) {
  bool own_run = true;
  while (day >= ANS_DAY_MIN) {
    const ans_interval *i = interval_of(ref, fact, row, day);
    if (!i) return gap(ref, fact); /* unknown or human, never a value */
    cell f = cell_of(i);
    if (f.state >= ANS_UNKNOWN) return f;
    if (!is_true(f)) own_run = false;
    else if (!own_run) return value_of(day);
    day = (int64_t)i->from - 1;
  }
  return state_of(ANS_NOT_APPLICABLE);
}

/* nächster_Beginn: mirrored. */
cell ref__next_start(ans_ref *ref, uint32_t fact, uint32_t row, int64_t day) {
  bool own_run = true;
  while (day <= ANS_DAY_MAX) {
    const ans_interval *i = interval_of(ref, fact, row, day);
    if (!i) return gap(ref, fact);
    cell f = cell_of(i);
    if (f.state >= ANS_UNKNOWN) return f;
    if (!is_true(f)) own_run = false;
    else if (!own_run) return value_of(day);
    day = (int64_t)i->to + 1;
  }
  return state_of(ANS_NOT_APPLICABLE);
}

/* Tage_mit: true days of the span; all other days but the false ones contribute their state, n/a as an error. Days in no interval are
 * found by counting what the intervals cover. */
cell ref__timeline_days(ans_ref *ref, uint32_t fact, uint32_t row, int64_t from, int64_t to) {
  const ans_timeline *t = &ref->c->timelines[fact];
  int64_t covered = 0, count = 0;
  uint8_t worst = ANS_VALUE;
  if (from > to) return value_of(0);
  for (uint32_t i = t->offsets[row]; i < t->offsets[row + 1]; i++) {
    const ans_interval *x = &t->items[i];
    int64_t a = x->from > from ? x->from : from, b = x->to < to ? x->to : to;
    if (a > b) continue;
    covered += b - a + 1;
    cell f = ref__condition(x->state == ANS_VALUE ? value_of(x->value) : state_of(x->state));
    if (!is_value(f)) worst = max_state(worst, f.state);
    else if (is_true(f)) count += b - a + 1;
  }
  if (covered < to - from + 1) worst = max_state(worst, gap(ref, fact).state);
  return worst != ANS_VALUE ? state_of(worst) : value_of(count);
}
