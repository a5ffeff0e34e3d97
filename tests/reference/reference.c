/* The walk over the typed tree, and results with overrides (docs/semantics.md §§ 2, 3, 4.2, 4.4, 6). See reference.h. */
#include "reference_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "num/period.h"

cell ref__broken(ans_ref *ref, const char *why) {
  if (!ref->broken) snprintf(ref->why, sizeof ref->why, "%s", why);
  ref->broken = true;
  return state_of(ANS_ERRONEOUS);
}

/* Is there a known block that begins after this row's, on or before the day? It ends a row without a written end. */
static bool later_block(const ans_ref *ref, const ans_param *p, const ans_param_row *row, int64_t day) {
  for (uint32_t i = p->first_row; i < p->first_row + p->row_count; i++) {
    const ans_param_row *other = &ref->m->param_rows[i];
    if (other->promulgated_day <= ref->law_known && other->from_day > row->from_day && other->from_day <= day) return true;
  }
  return false;
}

/* Parameter lookup, 4.4: strict in the day and the keys; of several rows the one promulgated last; no row whose validity contains the day and whose ranges contain the keys: error. */
static cell parameter(place at, const ans_tx *x) {
  const ans_model *m = at.ref->m;
  const ans_param *p = &m->params[x->index];
  cell key[1 + ANS_MAX_KEYS] = {{0}};
  uint8_t worst = ANS_VALUE;
  if (x->count != 1 + p->key_count) return ref__broken(at.ref, "wrong number of parameter keys");
  for (uint32_t i = 0; i < x->count; i++) {
    key[i] = ref__eval(at, x->arg[i]);
    worst = max_state(worst, key[i].state);
  }
  if (worst != ANS_VALUE) return state_of(worst);
  const ans_param_row *found = NULL;
  for (uint32_t i = p->first_row; i < p->first_row + p->row_count; i++) {
    const ans_param_row *row = &m->param_rows[i];
    bool hit = row->promulgated_day <= at.ref->law_known && row->from_day <= key[0].v;
    if (row->open_end) hit = hit && !later_block(at.ref, p, row, key[0].v);
    else hit = hit && key[0].v <= row->to_day;
    for (uint32_t k = 0; k < p->key_count; k++) hit = hit && row->key_lo[k] <= key[k + 1].v && key[k + 1].v <= row->key_hi[k];
    if (hit && (!found || row->promulgated_day > found->promulgated_day)) found = row;
  }
  return found ? value_of(found->value) : state_of(ANS_ERRONEOUS);
}

/* The row an operation is about: this row, or where the reference arg[0] leads (3: its state if it is not a value). */
static cell row_operand(place at, const ans_tx *x) { return x->count > 0 && x->arg[0] ? ref__eval(at, x->arg[0]) : value_of(at.row); }

/* 1: a value outside the declared bounds is not admissible and must not have come this far; written out here, apart from the check of the columns. */
static cell admitted(ans_ref *ref, uint32_t fact, cell v) {
  const ans_fact *f = &ref->m->facts[fact];
  const bool below = f->bounds & ANS_FACT_LEAST && v.v < f->low, above = f->bounds & ANS_FACT_GREATEST && v.v > f->high;
  return v.state == ANS_VALUE && (below || above) ? ref__broken(ref, "a value outside the declared bounds") : v;
}

static cell cell_of_row(place at, const ans_tx *x) {
  ans_ref *ref = at.ref;
  cell row = row_operand(at, x);
  cell day = x->count > 1 && x->arg[1] ? ref__eval(at, x->arg[1]) : value_of(0);
  uint8_t worst = max_state(row.state, day.state);
  if (worst != ANS_VALUE) return state_of(worst);
  uint32_t r = (uint32_t)row.v;
  switch (x->kind) {
    case ANS_TX_FACT: return admitted(ref, x->index, ans_columns_get(ref->c, x->index, r));
    case ANS_TX_TL_AT: return admitted(ref, x->index, ref__timeline_at(ref, x->index, r, day.v));
    case ANS_TX_TL_LAST_END: return ref__last_end(ref, x->index, r, day.v);
    case ANS_TX_TL_NEXT_START: return ref__next_start(ref, x->index, r, day.v);
    default: break;
  }
  if (ref->m->results[x->index].grain == ANS_GRAIN_ROW) return ref__result(ref, x->index, r, 0);
  if (x->count < 2 || !x->arg[1]) return ref__broken(ref, "a day-grain result is asked without a day");
  return ref__result(ref, x->index, r, (int32_t)day.v);
}

/* Days of a span on which a timeline is true (4.3). */
static cell span(place at, const ans_tx *x) {
  cell row = row_operand(at, x), from = ref__eval(at, x->arg[1]), to = ref__eval(at, x->arg[2]);
  uint8_t worst = max_state(row.state, max_state(from.state, to.state));
  return worst != ANS_VALUE ? state_of(worst) : ref__timeline_days(at.ref, x->index, (uint32_t)row.v, from.v, to.v);
}

static cell strict(place at, const ans_tx *x) {
  cell v[3] = {{0}, {0}, {0}};
  uint8_t worst = ANS_VALUE;
  for (uint32_t i = 0; i < x->count && i < 3; i++) {
    v[i] = ref__eval(at, x->arg[i]);
    worst = max_state(worst, v[i].state);
  }
  if (worst != ANS_VALUE) return state_of(worst);
  if (x->kind >= ANS_TX_EQ && x->kind <= ANS_TX_LE) return ref__compare(x, v[0], v[1]);
  if (x->kind >= ANS_TX_YEARS_DONE && x->kind <= ANS_TX_YEAR_OF) return ref__date_operation(at.ref, x, v[0], v[1]);
  if (x->kind == ANS_TX_MULR) return ref__rounded_product(at.ref, x, v);
  if (x->kind == ANS_TX_UNIT) return v[0];
  if (x->kind == ANS_TX_HOLIDAY || x->kind == ANS_TX_WORKDAY) return ref__calendar_operation(at.ref, x, v[0]);
  return ref__arithmetic(at.ref, x, v[0], v[1]);
}

static cell truth_fold(place at, const ans_tx *x) {
  cell r = truth_of(x->kind == ANS_TX_AND);
  for (uint32_t i = 0; i < x->count; i++)
    r = x->kind == ANS_TX_AND ? ref__and(r, ref__eval(at, x->arg[i])) : ref__or(r, ref__eval(at, x->arg[i]));
  return r;
}

cell ref__eval(place at, const ans_tx *x) {
  ans_ref *ref = at.ref;
  switch ((ans_tx_kind)x->kind) {
    case ANS_TX_CONST: return value_of(x->value);
    case ANS_TX_NONVALUE: return state_of(x->state);
    case ANS_TX_PERIOD: return value_of(x->index == 0 ? ref->period : x->index == 1 ? ref->first : ref->last);
    case ANS_TX_DAY: return at.has_day ? value_of(at.day) : ref__broken(ref, "the day is asked outside day grain");
    case ANS_TX_SELF: return value_of(at.row);
    case ANS_TX_FACT: case ANS_TX_TL_AT: case ANS_TX_TL_LAST_END: case ANS_TX_TL_NEXT_START: case ANS_TX_RESULT:
      return cell_of_row(at, x);
    case ANS_TX_PARAM: return parameter(at, x);
    case ANS_TX_NOT: return ref__not(ref__eval(at, x->arg[0]));
    case ANS_TX_AND: case ANS_TX_OR: return truth_fold(at, x);
    case ANS_TX_SELECT: return ref__select(ref__eval(at, x->arg[0]), ref__eval(at, x->arg[1]), ref__eval(at, x->arg[2]));
    case ANS_TX_KNOWN: return ref__known(ref__eval(at, x->arg[0]));
    case ANS_TX_PRESENT: return ref__present(ref__eval(at, x->arg[0]));
    case ANS_TX_DEFAULT: return ref__default(ref__eval(at, x->arg[0]), ref__eval(at, x->arg[1]));
    case ANS_TX_ADD: case ANS_TX_SUB: case ANS_TX_MUL: case ANS_TX_NEG: case ANS_TX_MIN2: case ANS_TX_MAX2: case ANS_TX_DIVR:
    case ANS_TX_EQ: case ANS_TX_NE: case ANS_TX_LT: case ANS_TX_LE:
    case ANS_TX_YEARS_DONE: case ANS_TX_ADD_MONTHS: case ANS_TX_MONTH_OF: case ANS_TX_MONTH_FIRST: case ANS_TX_MONTH_LAST:
    case ANS_TX_YEAR_OF: case ANS_TX_MULR: case ANS_TX_UNIT: case ANS_TX_HOLIDAY: case ANS_TX_WORKDAY:
      return strict(at, x);
    case ANS_TX_TL_DAYS: return span(at, x);
    case ANS_TX_TEXT_IS: return ref__text_is(ref, x, ref__eval(at, x->arg[0]));
    case ANS_TX_LIST_HAS: return ref__list(x, ref__eval(at, x->arg[0]), ref__eval(at, x->arg[1]));
    case ANS_TX_LIST_COUNT: return ref__list(x, ref__eval(at, x->arg[0]), value_of(0));
    case ANS_TX_DAYS_ANY: case ANS_TX_DAYS_ALL: case ANS_TX_DAYS_COUNT: return ref__days(at, x);
    case ANS_TX_AGG_COUNT: case ANS_TX_AGG_SUM: case ANS_TX_AGG_MIN: case ANS_TX_AGG_MAX: case ANS_TX_AGG_ANY: case ANS_TX_AGG_ALL:
      return ref__aggregate(at, x);
    case ANS_TX_RANK: return ref__rank(at, x);
    case ANS_TX_COUNT: break;
  }
  return ref__broken(ref, "unknown kind of expression");
}

/* --- results ------------------------------------------------------------------------------------------------------------- */

static uint32_t first_row(const ans_ref *ref, uint32_t unit) { return ref->c->units[unit].component_first[ref->component]; }

uint32_t ans_ref_rows(const ans_ref *ref, uint32_t unit) {
  return ref->c->units[unit].component_first[ref->component + 1] - first_row(ref, unit);
}

static uint32_t days(const ans_ref *ref) { return (uint32_t)(ref->last - ref->first + 1); }

/* 6: a row-grain cell given as a fact replaces the computed one wherever it is used. */
static bool given(const ans_ref *ref, uint32_t result, uint32_t row, cell *out) {
  for (uint32_t i = 0; i < ref->c->override_count; i++) {
    const ans_override *o = &ref->c->overrides[i];
    if (o->result != result || o->row != row) continue;
    *out = o->value.state == ANS_VALUE ? value_of(o->value.v) : state_of(o->value.state);
    return true;
  }
  return false;
}

cell ref__result(ans_ref *ref, uint32_t result, uint32_t row, int32_t day) {
  const ans_tresult *r = &ref->m->results[result];
  bool daily = r->grain == ANS_GRAIN_DAY;
  /* 4.2: one cell per row and day of the period; there is none on another day. */
  if (daily && (day < ref->first || day > ref->last)) return state_of(ANS_ERRONEOUS);
  uint32_t relative = row - first_row(ref, r->unit);
  if (relative >= ans_ref_rows(ref, r->unit)) return ref__broken(ref, "a reference leaves its component");
  size_t at = daily ? (size_t)relative * days(ref) + (size_t)(day - ref->first) : relative;
  memo *m = &ref->results[result];
  if (m->progress[at] == 1) return ref__broken(ref, "a result depends on itself");
  if (m->progress[at] == 2) return m->cells[at];
  m->progress[at] = 1;
  cell v;
  if (daily || !given(ref, result, row, &v)) v = ref__rules((place){ref, row, day, daily}, r);
  m->cells[at] = v;
  m->progress[at] = 2;
  return v;
}

static void compute_all(ans_ref *ref) {
  for (uint32_t i = 0; i < ref->m->result_count && !ref->broken; i++) {
    const ans_tresult *r = &ref->m->results[i];
    uint32_t first = first_row(ref, r->unit), n = ans_ref_rows(ref, r->unit);
    for (uint32_t row = first; row < first + n && !ref->broken; row++) {
      if (r->grain == ANS_GRAIN_ROW) ref__result(ref, i, row, 0);
      else for (int32_t day = ref->first; day <= ref->last; day++) ref__result(ref, i, row, day);
    }
  }
}

/* 4.2: first and last day of the period, and whether there is such a period in the calendar. */
static bool ref__period_exists(const ans_model *m, int32_t number) {
  switch (m->period_kind) {
    case ANS_PERIOD_MONTH: return number >= 12 && number < 10000 * 12;
    case ANS_PERIOD_DAY: return number >= ANS_DAY_MIN && number <= ANS_DAY_MAX;
    case ANS_PERIOD_HALF_YEAR: return number >= 2 && number < 20000;
    case ANS_PERIOD_YEAR: return number >= 1 && number < 10000;
    default: return false;
  }
}

static void ref__period(ans_ref *ref) {
  const uint32_t kind = ref->m->period_kind;
  const int per_year = kind == ANS_PERIOD_MONTH ? 12 : kind == ANS_PERIOD_HALF_YEAR ? 2 : 1, months = 12 / per_year;
  const int64_t year = ref->period / per_year;
  const int month = ref->period % per_year * months + 1;
  ref->first = ref->last = ref->period;
  if (kind == ANS_PERIOD_DAY) return;
  ref->first = (int32_t)ref__date(ref, year, month, 1);
  ref->last = (int32_t)ref__date(ref, year, month + months - 1, ref__days_in(year, month + months - 1));
}

static bool allocate(ans_ref *ref) {
  ref->new_year = calloc(10001, sizeof *ref->new_year);
  ref->results = calloc(ref->m->result_count ? ref->m->result_count : 1, sizeof *ref->results);
  if (!ref->new_year || !ref->results) return false;
  ref__calendar(ref);
  ref__period(ref);
  for (uint32_t i = 0; i < ref->m->result_count; i++) {
    size_t n = (size_t)ans_ref_rows(ref, ref->m->results[i].unit) * (ref->m->results[i].grain == ANS_GRAIN_DAY ? days(ref) : 1) + 1;
    ref->results[i] = (memo){calloc(n, sizeof(uint8_t)), calloc(n, sizeof(cell))};
    if (!ref->results[i].progress || !ref->results[i].cells) return false;
  }
  return true;
}

ans_ref *ans_ref_run(const ans_model *m, const ans_columns *c, uint32_t component, int32_t period, ans_error *err) {
  return ans_ref_run_known(m, c, component, period, ANS_DAY_MAX, err);
}

ans_ref *ans_ref_run_known(const ans_model *m, const ans_columns *c, uint32_t component, int32_t period, int32_t law_known, ans_error *err) {
  ans_ref *ref = calloc(1, sizeof *ref);
  if (!ref) return NULL;
  *ref = (ans_ref){.m = m, .c = c, .component = component, .period = period, .law_known = law_known};
  if (component >= c->components || !ref__period_exists(m, period)) ref__broken(ref, "no such component or period");
  else if (!allocate(ref)) ref__broken(ref, "out of memory");
  else compute_all(ref);
  if (!ref->broken) return ref;
  if (err) {
    *err = (ans_error){.status = ANS_INTERNAL, .code = "E-REF-TREE"};
    memcpy(err->where, ref->why, sizeof ref->why);
  }
  ans_ref_free(ref);
  return NULL;
}

void ans_ref_free(ans_ref *ref) {
  if (!ref) return;
  for (uint32_t i = 0; ref->results && i < ref->m->result_count; i++) {
    free(ref->results[i].progress);
    free(ref->results[i].cells);
  }
  free(ref->results);
  free(ref->answers);
  free(ref->new_year);
  free(ref);
}

ans_scalar ans_ref_result(const ans_ref *ref, uint32_t result, uint32_t row) { return ref->results[result].cells[row]; }

ans_scalar ans_ref_result_on(const ans_ref *ref, uint32_t result, uint32_t row, uint32_t day_of_period) {
  return ref->results[result].cells[(size_t)row * days(ref) + day_of_period - 1];
}

uint8_t ans_ref_number(const ans_ref *ref, uint32_t result, uint32_t row, mpq_t out) {
  cell v = ans_ref_result(ref, result, row);
  mpq_set_si(out, v.v, 1);
  mpz_ui_pow_ui(mpq_denref(out), 10, ref->m->results[result].type.scale);
  mpq_canonicalize(out);
  return v.state;
}
