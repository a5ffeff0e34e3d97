/* Owns: relevant missing facts (docs/semantics.md § 11). First the used backward slice of the claim's cells: it contains every relevant cell. Then, if
 * the missing cells have small finite domains, all completions are tried, which makes the list exact. Rejected: solving for thresholds
 * symbolically; the enumeration is bounded and obviously right. Computed for undetermined claims only. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "decide/decide.h"

typedef struct slice {
  const ans_trace *trace;
  ans_outcome *out;
  uint32_t *cells;             /* pairs (reg,row) still to visit */
  size_t count, capacity;
  uint64_t *seen; size_t seen_capacity, seen_count;
  bool failed;
} slice;

static uint64_t mix(uint64_t x) {
  x ^= x >> 33; x *= 0xff51afd7ed558ccdULL; x ^= x >> 33; x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

static bool seen__grow(slice *s) {
  size_t cap = s->seen_capacity ? s->seen_capacity * 2 : 256;
  uint64_t *fresh = calloc(cap, sizeof *fresh);
  if (!fresh) return false;
  for (size_t i = 0; i < s->seen_capacity; i++) {
    if (!s->seen[i]) continue;
    size_t h = mix(s->seen[i]) & (cap - 1);
    while (fresh[h]) h = (h + 1) & (cap - 1);
    fresh[h] = s->seen[i];
  }
  free(s->seen);
  s->seen = fresh;
  s->seen_capacity = cap;
  return true;
}

/* True when the cell was not seen before. Keys are stored +1 so that zero means empty. */
static bool seen__add(slice *s, uint32_t reg, uint32_t row) {
  if (s->seen_count * 2 >= s->seen_capacity && !seen__grow(s)) { s->failed = true; return false; }
  uint64_t key = ((uint64_t)reg << 32 | row) + 1;
  size_t h = mix(key) & (s->seen_capacity - 1);
  while (s->seen[h]) {
    if (s->seen[h] == key) return false;
    h = (h + 1) & (s->seen_capacity - 1);
  }
  s->seen[h] = key;
  s->seen_count++;
  return true;
}

static void push(slice *s, uint32_t reg, uint32_t row) {
  if (s->failed || !seen__add(s, reg, row)) return;
  if (s->count + 2 > s->capacity) {
    size_t cap = s->capacity ? s->capacity * 2 : 256;
    uint32_t *fresh = realloc(s->cells, cap * sizeof *fresh);
    if (!fresh) { s->failed = true; return; }
    s->cells = fresh;
    s->capacity = cap;
  }
  s->cells[s->count++] = reg;
  s->cells[s->count++] = row;
}

static void visit_operand(void *ctx, uint32_t reg, uint32_t row, bool used) {
  if (used) push(ctx, reg, row);
}

static void note_missing(ans_outcome *o, uint32_t fact, uint32_t row, int32_t day, uint8_t state) {
  for (uint32_t i = 0; i < o->missing_count; i++)
    if (o->missing[i].fact == fact && o->missing[i].row == row && o->missing[i].day == day) return;
  if (o->missing_count == ANS_MISSING_MAX) { o->missing_truncated = true; return; }
  o->missing[o->missing_count++] = (ans_missing){fact, row, day, state};
}

static ans_status collect(const ans_columns *c, const ans_trace *t, const uint32_t *roots, uint32_t n, uint32_t row, ans_outcome *out, ans_error *err) {
  slice s = {.trace = t, .out = out};
  for (uint32_t i = 0; i < n; i++)
    if (roots[i] != ANS_NONE) push(&s, roots[i], row);
  while (s.count && !s.failed) {
    uint32_t r = s.cells[--s.count], reg = s.cells[--s.count];
    uint32_t fact, fact_row;
    int32_t day;
    if (ans_trace_overridden(t, reg, r)) continue;
    if (ans_trace_fact_cell(t, reg, r, &fact, &fact_row, &day)) {
      ans_scalar v = ans_trace_get(t, reg, r);
      if (v.state == ANS_UNKNOWN || v.state == ANS_HUMAN) {
        bool timeline = c->program->facts[fact].kind == ANS_FACT_TIMELINE;
        note_missing(out, fact, fact_row, timeline ? day : ANS_OPEN_PAST, v.state);
      }
    }
    ans_trace_operands(t, reg, r, visit_operand, &s);
  }
  bool failed = s.failed;
  free(s.cells);
  free(s.seen);
  return failed ? ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "relevance", NULL) : ANS_OK;
}

static int by_fact(const void *x, const void *y) {
  const ans_missing *a = x, *b = y;
  if (a->fact != b->fact) return a->fact < b->fact ? -1 : 1;
  if (a->row != b->row) return a->row < b->row ? -1 : 1;
  return (a->day > b->day) - (a->day < b->day);
}

/* Size of a cell's finite domain, 0 if it is not (treated as) finite. */
static uint32_t domain(const ans_program *p, const ans_missing *m) {
  const ans_fact *f = &p->facts[m->fact];
  if (f->kind == ANS_FACT_TIMELINE) return 0;
  if (f->type.tag == ANS_T_BOOL) return 2;
  if (f->type.tag == ANS_T_ENUM) return p->enums[f->type.ref].value_count;
  if (f->type.tag == ANS_T_LIST && p->enums[f->type.ref].value_count <= 12) return UINT32_C(1) << p->enums[f->type.ref].value_count; /* every set of values */
  return 0;
}

static void set_cell(ans_columns *c, uint32_t fact, uint32_t row, bool is_bool, ans_scalar v) {
  ans_column *col = &c->facts[fact];
  uint64_t m = 1ULL << (row & 63);
  size_t w = row >> 6;
  if (is_bool) col->truth[w] = v.state == ANS_VALUE && v.v ? col->truth[w] | m : col->truth[w] & ~m;
  else col->values[row] = v.state == ANS_VALUE ? v.v : 0;
  for (int s = 0; s < ANS_PLANES; s++)
    if (col->planes[s]) col->planes[s][w] = v.state > s ? col->planes[s][w] | m : col->planes[s][w] & ~m;
}

typedef struct result_key { ans_scalar entitled, amount, payout; } result_key;

static bool same(const result_key *a, const result_key *b) {
  return a->entitled.state == b->entitled.state && a->entitled.v == b->entitled.v && a->amount.state == b->amount.state && a->amount.v == b->amount.v &&
         a->payout.state == b->payout.state && a->payout.v == b->payout.v;
}

static ans_status run_once(const ans_columns *c, uint32_t component, const ans_benefit *b, uint32_t row, int32_t period, int32_t law_known, result_key *key, ans_error *err) {
  ans_trace *t = NULL;
  ans_status st = ans_replay_run_known(c, component, period, law_known, &t, err);
  if (st != ANS_OK) return st;
  const ans_result *r = c->program->results;
  uint32_t rel = row - ans_trace_first_row(t, b->unit);
  key->entitled = ans_trace_get(t, r[b->entitled_result].insn, rel);
  key->amount = b->amount_result == ANS_NONE ? (ans_scalar){0, ANS_NOT_APPLICABLE} : ans_trace_get(t, r[b->amount_result].insn, rel);
  key->payout = b->payout_result == ANS_NONE ? key->amount : ans_trace_get(t, r[b->payout_result].insn, rel);
  ans_trace_free(t);
  return ANS_OK;
}

/* A cell is relevant iff some pair of completions that differ only in it differs in outcome. */
static void keep_relevant(ans_outcome *out, const uint32_t *dom, uint32_t n, const result_key *keys, uint32_t total) {
  bool relevant[ANS_MISSING_MAX] = {false};
  uint32_t stride = 1;
  for (uint32_t i = 0; i < n; stride *= dom[i], i++)
    for (uint32_t k = 0; k < total && !relevant[i]; k++) {
      uint32_t digit = k / stride % dom[i];
      if (digit + 1 < dom[i] && !same(&keys[k], &keys[k + stride])) relevant[i] = true;
    }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < n; i++)
    if (relevant[i]) out->missing[kept++] = out->missing[i];
  out->missing_count = kept;
  out->missing_exact = true;
}

static ans_status enumerate_cells(ans_columns *c, uint32_t component, const ans_benefit *b, uint32_t row, int32_t period, int32_t law_known, uint32_t bound, ans_outcome *out, ans_error *err) {
  uint32_t n = out->missing_count, dom[ANS_MISSING_MAX], total = 1;
  if (out->missing_truncated || n == 0) return ANS_OK;
  for (uint32_t i = 0; i < n; i++) {
    dom[i] = domain(c->program, &out->missing[i]);
    if (dom[i] == 0 || total > bound / dom[i]) return ANS_OK;
    total *= dom[i];
  }
  result_key *keys = calloc(total, sizeof *keys);
  if (!keys) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "relevance", NULL);
  ans_scalar saved[ANS_MISSING_MAX];
  for (uint32_t i = 0; i < n; i++) saved[i] = ans_columns_get(c, out->missing[i].fact, out->missing[i].row);
  ans_status st = ANS_OK;
  for (uint32_t k = 0; k < total && st == ANS_OK; k++) {
    uint32_t rest = k;
    for (uint32_t i = 0; i < n; rest /= dom[i], i++)
      set_cell(c, out->missing[i].fact, out->missing[i].row, c->program->facts[out->missing[i].fact].type.tag == ANS_T_BOOL,
               (ans_scalar){.v = rest % dom[i], .state = ANS_VALUE});
    st = run_once(c, component, b, row, period, law_known, &keys[k], err);
  }
  for (uint32_t i = 0; i < n; i++)
    set_cell(c, out->missing[i].fact, out->missing[i].row, c->program->facts[out->missing[i].fact].type.tag == ANS_T_BOOL, saved[i]);
  if (st == ANS_OK) keep_relevant(out, dom, n, keys, total);
  free(keys);
  return st;
}

/* Cheapest to ask: a register first, then the application form, then a human. */
static int cost(const ans_fact *f) { return f->nature != ANS_NATURE_FACT ? 2 : f->from_application ? 1 : 0; }

ans_status ans_relevance(ans_columns *c, uint32_t component, const ans_trace *t, uint32_t benefit, uint32_t row, int32_t period, uint32_t enumerate, ans_outcome *out,
                         ans_error *err) {
  const ans_program *p = c->program;
  const ans_benefit *b = &p->benefits[benefit];
  uint32_t roots[3] = {p->results[b->entitled_result].insn, b->amount_result == ANS_NONE ? ANS_NONE : p->results[b->amount_result].insn,
                       b->payout_result == ANS_NONE ? ANS_NONE : p->results[b->payout_result].insn};
  out->missing_count = 0;
  out->missing_exact = out->missing_truncated = false;
  out->ask_next = ANS_NONE;
  ans_status st = collect(c, t, roots, 3, row - ans_trace_first_row(t, b->unit), out, err);
  if (st != ANS_OK) return st;
  qsort(out->missing, out->missing_count, sizeof out->missing[0], by_fact);
  st = enumerate_cells(c, component, b, row, period, ans_trace_law_known(t), enumerate > 4096 ? 4096 : enumerate, out, err);
  for (uint32_t i = 0; i < out->missing_count; i++)
    if (out->ask_next == ANS_NONE || cost(&p->facts[out->missing[i].fact]) < cost(&p->facts[out->missing[out->ask_next].fact])) out->ask_next = i;
  return st;
}
