/* Owns: putting completions of missing cells (docs/semantics.md § 11) into the columns of one component, evaluating them by replay, and putting everything back.
 *
 * Scalar cells are changed in place. Timelines of the component are laid out anew while a completion is open: every missing piece has two intervals (one if it is a single day), so that
 * giving it a value and a change is writing two cells. Only the component may be read meanwhile; the columns belong to the calling thread. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "decide/relevance.h"

typedef struct saved_cell { uint32_t fact, row; uint8_t state; } saved_cell;
typedef struct saved_timeline { uint32_t fact, first, rows; uint32_t *offsets; ans_interval *items; } saved_timeline;

struct completion {
  ans_columns *c;
  claim_at at;
  saved_cell *cells; size_t count, capacity;
  saved_timeline *timelines; uint32_t timeline_count;
  bool unfit; /* a value was asked for that the columns cannot hold: what would be evaluated is not the completion */
  ans_arena *arena;
  ans_trace *trace; /* of the last evaluation; its memory serves the next one */
};

/* False: no value of a column of this fact, so that nothing was set. */
static bool set_cell(ans_columns *c, uint32_t fact, uint32_t row, ans_scalar v) {
  ans_column *col = &c->facts[fact];
  uint64_t m = 1ULL << (row & 63);
  size_t w = row >> 6;
  if (col->truth) col->truth[w] = v.state == ANS_VALUE && v.v ? col->truth[w] | m : col->truth[w] & ~m;
  else if (!ans_values_set(&col->values, row, v.state == ANS_VALUE ? v.v : 0)) return false;
  for (int s = 0; s < ANS_PLANES; s++)
    if (col->planes[s]) col->planes[s][w] = v.state > s ? col->planes[s][w] | m : col->planes[s][w] & ~m;
  return true;
}

/* Some admissible value: the one nearest to zero, the period or the first row. */
static int64_t some_value(ans_type type, domain_bounds d, int32_t first_day) { return decide__within(d, type.tag == ANS_T_DATE ? first_day : 0); }

static bool save_cell(completion *x, uint32_t fact, uint32_t row, uint8_t state) {
  if (x->count == x->capacity) {
    size_t capacity = x->capacity ? x->capacity * 2 : 64;
    saved_cell *fresh = realloc(x->cells, capacity * sizeof *fresh);
    if (!fresh) return false;
    x->cells = fresh;
    x->capacity = capacity;
  }
  x->cells[x->count++] = (saved_cell){fact, row, state};
  return true;
}

static bool fill_scalars(completion *x, const reach_map *m, uint32_t fact) {
  const ans_fact *f = &m->p->facts[fact];
  const uint32_t *first = x->c->units[f->unit].component_first;
  domain_bounds d = decide__domain(x->c, m->t, fact);
  for (uint32_t row = first[x->at.component]; d.known && row < first[x->at.component + 1]; row++) {
    uint8_t state = ans_columns_get(x->c, fact, row).state;
    if (state != ANS_UNKNOWN && state != ANS_HUMAN) continue;
    if (!save_cell(x, fact, row, state)) return false;
    x->unfit |= !set_cell(x->c, fact, row, (ans_scalar){some_value(f->type, d, m->first_day), ANS_VALUE});
  }
  return true;
}

/* Lays the row out into items (NULL: only counts). */
static size_t lay_row(const ans_columns *c, const reach_map *m, uint32_t fact, uint32_t row, const domain_bounds *d, ans_interval *items) {
  size_t n = 0;
  for (int64_t day = ANS_DAY_MIN; day <= ANS_DAY_MAX;) {
    decide_piece g = decide__piece(c, fact, row, day, m->first_day, m->last_day);
    ans_scalar v = g.missing && d->known ? (ans_scalar){some_value(m->p->facts[fact].type, *d, m->first_day), ANS_VALUE} : g.v;
    bool two = g.missing && g.from < g.to, before = g.to < m->first_day; /* the second interval lies at the end that is farther from the period's beginning */
    int64_t change = before ? g.from + 1 : g.to;
    if (items) {
      items[n] = (ans_interval){(int32_t)g.from, (int32_t)(two ? change - 1 : g.to), v.v, v.state};
      if (two) items[n + 1] = (ans_interval){(int32_t)change, (int32_t)g.to, v.v, v.state};
    }
    n += two ? 2 : 1;
    day = g.to + 1;
  }
  return n;
}

static bool lay_timeline(completion *x, const reach_map *m, uint32_t fact) {
  ans_timeline *tl = &x->c->timelines[fact];
  const uint32_t *first = x->c->units[m->p->facts[fact].unit].component_first;
  saved_timeline s = {.fact = fact, .first = first[x->at.component], .rows = first[x->at.component + 1] - first[x->at.component], .items = tl->items};
  domain_bounds d = decide__domain(x->c, m->t, fact);
  size_t n = 0;
  if (!s.rows) return true;
  for (uint32_t r = 0; r < s.rows; r++) n += lay_row(x->c, m, fact, s.first + r, &d, NULL);
  ans_interval *items = ans_arena_array(x->arena, n, sizeof *items);
  uint32_t *offsets = ans_arena_array(x->arena, (size_t)s.rows + 1, sizeof *offsets);
  s.offsets = ans_arena_array(x->arena, (size_t)s.rows + 1, sizeof *s.offsets);
  if (!items || !offsets || !s.offsets || n > UINT32_MAX) return false;
  memcpy(s.offsets, tl->offsets + s.first, ((size_t)s.rows + 1) * sizeof *offsets);
  for (uint32_t r = 0; r < s.rows; r++) offsets[r + 1] = offsets[r] + (uint32_t)lay_row(x->c, m, fact, s.first + r, &d, items + offsets[r]);
  memcpy(tl->offsets + s.first, offsets, ((size_t)s.rows + 1) * sizeof *offsets);
  tl->items = items;
  x->timelines[x->timeline_count++] = s;
  return true;
}

completion *decide__completion_open(ans_columns *c, const reach_map *m, const claim_at *at) {
  completion *x = calloc(1, sizeof *x);
  if (!x) return NULL;
  x->c = c;
  x->at = *at;
  x->arena = ans_arena_new((size_t)1 << 30);
  x->timelines = x->arena ? ans_arena_array(x->arena, (size_t)m->p->fact_count + 1, sizeof *x->timelines) : NULL;
  bool ok = x->timelines != NULL;
  for (uint32_t f = 0; f < m->p->fact_count && ok; f++) ok = m->p->facts[f].kind == ANS_FACT_TIMELINE ? lay_timeline(x, m, f) : fill_scalars(x, m, f);
  if (ok) return x;
  decide__completion_close(x);
  return NULL;
}

void decide__completion_close(completion *x) {
  if (!x) return;
  for (size_t i = 0; i < x->count; i++) (void)set_cell(x->c, x->cells[i].fact, x->cells[i].row, (ans_scalar){0, x->cells[i].state});
  for (uint32_t i = 0; i < x->timeline_count; i++) {
    const saved_timeline *s = &x->timelines[i];
    memcpy(x->c->timelines[s->fact].offsets + s->first, s->offsets, ((size_t)s->rows + 1) * sizeof *s->offsets);
    x->c->timelines[s->fact].items = s->items;
  }
  ans_trace_free(x->trace);
  free(x->cells);
  ans_arena_free(x->arena);
  free(x);
}

void decide__complete(completion *x, const missing_cell *cell, const option *o) {
  if (x->c->program->facts[cell->fact].kind == ANS_FACT_SCALAR) {
    x->unfit |= !set_cell(x->c, cell->fact, cell->row, o ? (ans_scalar){o->a, ANS_VALUE} : (ans_scalar){0, cell->state});
    return;
  }
  const ans_timeline *tl = &x->c->timelines[cell->fact];
  uint8_t state = o ? ANS_VALUE : cell->state;
  for (uint32_t i = tl->offsets[cell->row]; i < tl->offsets[cell->row + 1]; i++) {
    ans_interval *at = &tl->items[i];
    if (at->from != cell->from) continue;
    bool two = cell->from < cell->to, changes = two && o && o->change > cell->from && o->change <= cell->to;
    at->value = o ? o->a : 0;
    at->state = state;
    if (!two) return;
    if (changes) at[1].from = (int32_t)o->change, at->to = (int32_t)o->change - 1;
    at[1].value = o ? (changes ? o->b : o->a) : 0;
    at[1].state = state;
    return;
  }
}

bool decide__same_result(const claim_result *a, const claim_result *b) {
  return a->entitled.state == b->entitled.state && a->entitled.v == b->entitled.v && a->amount.state == b->amount.state && a->amount.v == b->amount.v &&
         a->payout.state == b->payout.state && a->payout.v == b->payout.v;
}

ans_status decide__evaluate(completion *x, claim_result *out, const ans_trace **trace, ans_error *err) {
  const ans_program *p = x->c->program;
  const ans_benefit *b = &p->benefits[x->at.benefit];
  const ans_scalar none = {0, ANS_NOT_APPLICABLE};
  if (x->unfit) return ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", "completion", "a value outside the domain of its fact", NULL);
  ans_status st = x->trace ? ans_replay_forget(x->trace, err) : ans_replay_demand(x->c, x->at.component, x->at.period, x->at.law_known, &x->trace, err);
  if (st != ANS_OK) return st;
  const ans_trace *t = x->trace;
  uint32_t row = x->at.row - ans_trace_first_row(t, b->unit);
  out->entitled = ans_trace_get(t, p->results[b->entitled_result].insn, row);
  out->amount = b->amount_result == ANS_NONE ? none : ans_trace_get(t, p->results[b->amount_result].insn, row);
  out->payout = b->payout_result == ANS_NONE ? out->amount : ans_trace_get(t, p->results[b->payout_result].insn, row);
  if (trace) *trace = t;
  return ans_trace_check(t, err);
}
