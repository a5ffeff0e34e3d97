/* Sections 3 and 4.2 of docs/semantics.md: aggregates, ranks and day quantifiers, as loops over all rows (days). */
#include "reference_internal.h"

#include <gmp.h>

typedef struct rows { uint32_t from, to; } rows;

static rows rows_of(const ans_ref *ref, uint32_t unit) {
  const uint32_t *first = ref->c->units[unit].component_first;
  return (rows){first[ref->component], first[ref->component + 1]};
}

/* A running aggregate. Contributed states are collected apart from values: any of them makes the result their maximum. */
typedef struct fold {
  uint16_t kind;
  uint8_t contributed;
  cell truth;           /* es gibt / jede */
  cell best;            /* minimum, maximum; n/a while empty */
  cell possible[2];     /* the same over the values that enter possibly: unknown, human */
  mpz_t sum;            /* count and sum, exact over any length */
} fold;

static bool ahead(const fold *a, cell x, cell best) { return !is_value(best) || (a->kind == ANS_TX_AGG_MIN ? x.v < best.v : x.v > best.v); }

/* A value that enters possibly: 0 changes no sum; of an extreme it is seen at the end whether it could move it. */
static bool harmless(fold *a, uint8_t state, cell x) {
  if (!is_value(x) || (state != ANS_UNKNOWN && state != ANS_HUMAN)) return false;
  if (a->kind == ANS_TX_AGG_SUM) return x.v == 0;
  cell *kept = &a->possible[state == ANS_HUMAN];
  if (ahead(a, x, *kept)) *kept = x;
  return true;
}

static void contribute(fold *f, uint8_t state) { f->contributed = max_state(f->contributed, state); }

/* One member with filter f (already a condition) and element x. */
static void take(fold *a, cell f, cell x) {
  switch (a->kind) {
    case ANS_TX_AGG_COUNT:
      if (is_true(f)) mpz_add_ui(a->sum, a->sum, 1);
      else if (!is_value(f)) contribute(a, f.state);
      return;
    case ANS_TX_AGG_ANY:
      if (x.state != ANS_NOT_APPLICABLE) a->truth = ref__or(a->truth, ref__and(f, x));
      return;
    case ANS_TX_AGG_ALL:
      if (x.state != ANS_NOT_APPLICABLE) a->truth = ref__and(a->truth, ref__or(ref__not(f), x));
      return;
    default: break;
  }
  /* Summe, Mindestwert, Höchstwert */
  if (is_false(f) || x.state == ANS_NOT_APPLICABLE) return;
  if (harmless(a, f.state, x)) return;
  if (!is_value(f) || !is_value(x)) {
    contribute(a, max_state(f.state, x.state));
    return;
  }
  if (a->kind == ANS_TX_AGG_SUM) {
    if (x.v >= 0) mpz_add_ui(a->sum, a->sum, (unsigned long)x.v);
    else mpz_sub_ui(a->sum, a->sum, -(unsigned long)x.v);
  } else if (ahead(a, x, a->best)) {
    a->best = x;
  }
}

static cell outcome(const fold *a) {
  if (a->kind == ANS_TX_AGG_ANY || a->kind == ANS_TX_AGG_ALL) return a->truth;
  uint8_t contributed = a->contributed;
  for (int human = 0; human < 2; human++)
    if (is_value(a->possible[human]) && ahead(a, a->possible[human], a->best)) contributed = max_state(contributed, human ? ANS_HUMAN : ANS_UNKNOWN);
  if (contributed != ANS_VALUE) return state_of(contributed);
  if (a->kind == ANS_TX_AGG_MIN || a->kind == ANS_TX_AGG_MAX) return a->best;
  return mpz_fits_slong_p(a->sum) ? value_of(mpz_get_si(a->sum)) : state_of(ANS_ERRONEOUS);
}

static void begin(fold *a, uint16_t kind) {
  *a = (fold){.kind = kind, .truth = truth_of(kind == ANS_TX_AGG_ALL), .best = state_of(ANS_NOT_APPLICABLE), .possible = {state_of(ANS_NOT_APPLICABLE), state_of(ANS_NOT_APPLICABLE)}};
  mpz_init(a->sum);
}

/* Does row r with reference cell m belong to target t? An unknown or human (error, conflict) reference belongs to every t possibly:
 * then its filter is at best of that state. */
static bool belongs(cell m, int64_t t, uint8_t *possibly) {
  *possibly = ANS_VALUE;
  if (m.state == ANS_NOT_APPLICABLE) return false;
  if (is_value(m)) return m.v == t;
  *possibly = m.state;
  return true;
}

/* The reference of row r that makes the group: a pointer fact, or a row-grain expression of the member unit. */
static cell group_of(place at, const ans_tx *x, const ans_tx *reference, uint32_t r) {
  return reference ? ref__eval((place){at.ref, r, 0, false}, reference) : ans_columns_get(at.ref->c, x->index, r);
}

cell ref__aggregate(place at, const ans_tx *x) {
  ans_ref *ref = at.ref;
  const ans_tx *filter = x->arg[0], *element = x->arg[1];
  cell target = x->count > 2 && x->arg[2] ? ref__eval(at, x->arg[2]) : value_of(at.row);
  if (!is_value(target)) return state_of(target.state); /* following a reference */
  const ans_tx *reference = x->count > 3 ? x->arg[3] : NULL;
  rows members = rows_of(ref, reference ? reference->unit : ref->m->facts[x->index].unit);
  fold a;
  begin(&a, x->kind);
  for (uint32_t r = members.from; r < members.to; r++) {
    uint8_t possibly;
    if (!belongs(group_of(at, x, reference, r), target.v, &possibly)) continue;
    place there = {ref, r, at.day, at.has_day};
    cell f = filter ? ref__condition(ref__eval(there, filter)) : truth_of(true);
    if (possibly && !is_false(f)) f = state_of(max_state(f.state, possibly));
    take(&a, f, element ? ref__eval(there, element) : truth_of(true));
  }
  cell r = outcome(&a);
  mpz_clear(a.sum);
  return r;
}

/* Rang of row r by key k among rows with the same reference and filter. */
cell ref__rank(place at, const ans_tx *x) {
  ans_ref *ref = at.ref;
  const ans_tx *filter = x->arg[0], *key = x->arg[1];
  cell own_f = filter ? ref__condition(ref__eval(at, filter)) : truth_of(true);
  if (is_false(own_f)) return state_of(ANS_NOT_APPLICABLE);
  const ans_tx *reference = x->count > 2 ? x->arg[2] : NULL;
  cell own_m = group_of(at, x, reference, at.row);
  cell own_k = ref__condition(ref__eval(at, key)); /* n/a key: error */
  uint8_t worst = max_state(own_f.state, max_state(own_m.state, own_k.state));
  if (worst != ANS_VALUE) return state_of(worst);
  int64_t rank = 1;
  uint8_t contributed = ANS_VALUE;
  rows others = rows_of(ref, reference ? reference->unit : ref->m->facts[x->index].unit);
  for (uint32_t q = others.from; q < others.to; q++) {
    uint8_t possibly;
    if (q == at.row || !belongs(group_of(at, x, reference, q), own_m.v, &possibly)) continue;
    place there = {ref, q, at.day, at.has_day};
    cell f = filter ? ref__condition(ref__eval(there, filter)) : truth_of(true);
    if (is_false(f)) continue;
    if (possibly) f = state_of(max_state(f.state, possibly));
    cell k = ref__condition(ref__eval(there, key));
    if (!is_value(k)) {
      contributed = max_state(contributed, max_state(f.state, k.state));
      continue;
    }
    bool before = k.v < own_k.v || (k.v == own_k.v && q < at.row);
    if (!before) continue;
    if (is_true(f)) rank++;
    else contributed = max_state(contributed, f.state);
  }
  return contributed != ANS_VALUE ? state_of(contributed) : value_of(rank);
}

/* 4.2: folds over all days of the period; n/a days are passed over as elements are; the day count folds conditions as `Anzahl`. */
cell ref__days(place at, const ans_tx *x) {
  ans_ref *ref = at.ref;
  fold a;
  begin(&a, x->kind == ANS_TX_DAYS_ANY ? ANS_TX_AGG_ANY : x->kind == ANS_TX_DAYS_ALL ? ANS_TX_AGG_ALL : ANS_TX_AGG_COUNT);
  for (int32_t day = ref->first; day <= ref->last; day++) {
    cell d = ref__eval((place){ref, at.row, day, true}, x->arg[0]);
    if (x->kind == ANS_TX_DAYS_COUNT) take(&a, ref__condition(d), truth_of(true));
    else take(&a, truth_of(true), d);
  }
  cell r = outcome(&a);
  mpz_clear(a.sum);
  return r;
}
