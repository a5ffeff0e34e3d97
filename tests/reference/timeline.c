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

cell ref__timeline_at(ans_ref *ref, uint32_t fact, uint32_t row, int64_t day) {
  const ans_interval *i = interval_of(ref, fact, row, day);
  if (!i) return gap(ref, fact);
  return i->state == ANS_VALUE ? value_of(i->value) : state_of(i->state);
}

/* letztes_Ende: the run that contains `day` is skipped; then the first true day met, provided no day with another state was met before. */
cell ref__last_end(ans_ref *ref, uint32_t fact, uint32_t row, int64_t day) {
  bool own_run = true;
  while (day >= ANS_DAY_MIN) {
    cell f = ref__timeline_at(ref, fact, row, day);
    if (f.state >= ANS_UNKNOWN) return f;
    if (!is_true(f)) own_run = false;
    else if (!own_run) return value_of(day);
    day = (int64_t)interval_of(ref, fact, row, day)->from - 1;
  }
  return state_of(ANS_NOT_APPLICABLE);
}

/* nächster_Beginn: mirrored. */
cell ref__next_start(ans_ref *ref, uint32_t fact, uint32_t row, int64_t day) {
  bool own_run = true;
  while (day <= ANS_DAY_MAX) {
    cell f = ref__timeline_at(ref, fact, row, day);
    if (f.state >= ANS_UNKNOWN) return f;
    if (!is_true(f)) own_run = false;
    else if (!own_run) return value_of(day);
    day = (int64_t)interval_of(ref, fact, row, day)->to + 1;
  }
  return state_of(ANS_NOT_APPLICABLE);
}
