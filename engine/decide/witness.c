/* Owns: the proof that missing cells matter or do not (docs/semantics.md § 11).
 *
 * If every cell has finitely many completions and their product is within the bound, all are tried: what then makes no difference is proven irrelevant and leaves the list.
 * Otherwise pairs of completions are searched that differ in one cell and in the outcome. The search lets the engine itself say where to look: the other cells are filled step by step so that
 * the claim stays undetermined and the cell in question stays in the slice while it is missing; then the outcome hangs on it. Nothing is concluded from not finding a pair.
 * Deterministic: the order of trying comes from a fixed seed. Bounded by a number of evaluations (replays of the component), never by time. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "decide/relevance.h"

enum { MANY_OPTIONS = RELEVANCE_MAX_OPTIONS, NATURAL_STEPS = 7, TARGET_OPTIONS = 24, NEIGHBOUR_OPTIONS = 2, STEP_OPTIONS = 6, ROUNDS = 64, POOL = 32, STEPS_PER_ROUND = 4, BUNCH_DAYS = 2, CHANGE_SELDOM = 8, PASSES = 3, FEW_VALUES = 64 /* of declared bounds: all are tried (docs/semantics.md § 11) */ };

typedef struct candidates { option *items; uint32_t count, constants; bool complete, dates; } candidates; /* constants come first */
typedef struct search {
  const reach_map *m;
  const claim_at *at;
  completion *x;
  missing_list *list;
  candidates *of;             /* per cell */
  int64_t *want, *have;       /* per cell: option, −1 missing */
  uint32_t *order;
  int64_t *pool; uint32_t pooled; /* completions near which something mattered: POOL times one option per cell */
  const int64_t *like;        /* one of the pool to take after first, or NULL */
  uint32_t left, used;        /* evaluations */
  uint64_t random;
  ans_status st;
  ans_error *err;
} search;

static uint64_t next_random(search *s) {
  uint64_t z = s->random += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}
static uint32_t below(search *s, uint32_t n) { return (uint32_t)(next_random(s) % n); }

/* --- completions of one cell ----------------------------------------------------------------------------------------------------------- */

static void add_value(int64_t *values, uint32_t *n, int64_t v, domain_bounds d) {
  if (v < d.lo || v > d.hi || *n == MANY_OPTIONS) return;
  for (uint32_t i = 0; i < *n; i++)
    if (values[i] == v) return;
  values[(*n)++] = v;
}

/* Values to suggest for what is used by value: around the thresholds, the ends of the domain, and sizes as they occur in life. */
static void add_natural(int64_t *values, uint32_t *n, ans_type type, const cutset *cuts, domain_bounds d, int32_t first_day) {
  static const int64_t sizes[NATURAL_STEPS] = {0, 1, 7, 100, 450, 2000, 30000}, days[NATURAL_STEPS] = {0, -200, -3 * 365, -10 * 365, -30 * 365, -70 * 365, 400};
  int64_t unit = 1;
  for (uint8_t i = 0; i < type.scale && i < 10; i++) unit *= 10;
  for (uint16_t i = 0; i < cuts->count; i++) {
    add_value(values, n, cuts->at[i] - 1, d);
    add_value(values, n, cuts->at[i], d);
  }
  for (int i = 0; i < NATURAL_STEPS; i++) {
    int64_t v = sizes[i] * unit;
    if (type.tag == ANS_T_DATE) v = first_day + days[i];
    if (type.tag == ANS_T_MONTH) v = (d.lo + d.hi) / 2 + days[i] / 30;
    add_value(values, n, v, d);
  }
  add_value(values, n, d.lo, d);
  add_value(values, n, d.hi, d);
}

/* Values that stand for all: one in every cell between thresholds. *complete: no others behave otherwise. */
static uint32_t values_of(const reach_map *m, uint32_t fact, const cutset *cuts, int64_t *values, bool *complete) {
  const ans_type type = m->p->facts[fact].type;
  domain_bounds d = decide__domain(m->c, m->t, fact);
  uint32_t n = 0;
  *complete = d.known;
  if (!d.known) return 0;
  if (d.finite || (cuts->inexact && d.hi - d.lo < FEW_VALUES)) {
    for (int64_t v = d.lo; v <= d.hi && n < MANY_OPTIONS; v++) values[n++] = v;
    *complete = d.hi - d.lo < MANY_OPTIONS;
    return n;
  }
  if (cuts->inexact) {
    *complete = false;
    add_natural(values, &n, type, cuts, d, m->first_day);
    return n;
  }
  int64_t from = d.lo;
  for (uint16_t i = 0; i <= cuts->count; i++) { /* the middle of each cell: far from the thresholds, as most people are */
    int64_t next = i == cuts->count || cuts->at[i] > d.hi ? d.hi + 1 : cuts->at[i];
    if (cuts->count && next > from) add_value(values, &n, from + (next - 1 - from) / 2, d);
    if (next > from) from = next;
  }
  if (!cuts->count) values[n++] = decide__within(d, type.tag == ANS_T_DATE ? m->first_day : type.tag == ANS_T_MONTH ? (d.lo + d.hi) / 2 : 0);
  return n;
}

/* Days on which a change inside the piece shows: between two days that are read. */
static uint32_t changes_of(const reach_map *m, const missing_cell *x, int64_t *days, bool *complete) {
  uint32_t n = 0;
  if (x->from >= m->first_day && x->to <= m->last_day) {
    bool any = false;
    for (int i = 0; i < 31; i++) {
      if (!(x->period_days >> i & 1)) continue;
      if (any) days[n++] = m->first_day + i;
      any = true;
    }
    return n;
  }
  int64_t least = ANS_DAY_MAX;
  for (uint8_t i = 0; i < x->outside_count; i++)
    if (x->outside[i] < least) least = x->outside[i];
  for (uint8_t i = 0; i < x->outside_count; i++)
    if (x->outside[i] > least) days[n++] = x->outside[i];
  if (!x->walked) return n;
  *complete = false;
  static const int64_t back[] = {0, 30, 365, 5 * 365};
  for (int i = 0; i < 4; i++) {
    int64_t d = x->to < m->first_day ? x->to - back[i] : x->from + 1 + back[i];
    if (d > x->from && d <= x->to) days[n++] = d;
  }
  return n;
}

static void options_of(const reach_map *m, ans_arena *a, const missing_cell *x, candidates *out) {
  const ans_fact *f = &m->p->facts[x->fact];
  int64_t values[MANY_OPTIONS], days[64] = {0};
  uint32_t n = values_of(m, x->fact, &x->cuts, values, &out->complete), k = 0;
  out->dates = f->type.tag == ANS_T_DATE && f->kind == ANS_FACT_SCALAR;
  if (f->kind == ANS_FACT_TIMELINE) k = changes_of(m, x, days, &out->complete);
  bool pairs = k == 0 || (uint64_t)n + (uint64_t)n * (n - 1) * k <= MANY_OPTIONS;
  if (!pairs) out->complete = false;
  size_t most = pairs ? (size_t)n + (size_t)n * (n ? n - 1 : 0) * k : (size_t)n + 2 * (size_t)k;
  out->items = ans_arena_array(a, most + 1, sizeof *out->items);
  if (!out->items) {
    out->complete = false;
    return;
  }
  for (uint32_t i = 0; i < n; i++) out->items[out->count++] = (option){values[i], values[i], ANS_OPEN_PAST};
  out->constants = n;
  for (uint32_t c = 0; c < k; c++)
    for (uint32_t i = 0; i < n; i++)
      for (uint32_t j = 0; j < n; j++)
        if (i != j && (pairs || (i == 0 && j == n - 1) || (j == 0 && i == n - 1))) out->items[out->count++] = (option){values[i], values[j], days[c]};
}

/* Some completion of a cell, mostly without a change in time. Thresholds of dates come in bunches (an age on every day of the period): a bunch counts as one. */
static int64_t pick(search *s, uint32_t cell) {
  const candidates *of = &s->of[cell];
  uint32_t bunches = 0, first = 0, n = 1;
  if (!of->dates) return below(s, of->constants < of->count && below(s, CHANGE_SELDOM) ? of->constants : of->count);
  for (uint32_t i = 0; i < of->count; i++) {
    int64_t gap = i ? of->items[i].a - of->items[i - 1].a : INT64_MAX;
    if (gap >= 0 && gap <= BUNCH_DAYS) continue;
    if (below(s, ++bunches) == 0) first = i;
  }
  while (first + n < of->count && of->items[first + n].a - of->items[first + n - 1].a >= 0 && of->items[first + n].a - of->items[first + n - 1].a <= BUNCH_DAYS) n++;
  return first + below(s, n);
}

/* --- evaluation -------------------------------------------------------------------------------------------------------------------------- */

static bool evaluate_trace(search *s, claim_result *r, const ans_trace **t) {
  if (!s->left || s->st != ANS_OK) return false;
  for (uint32_t i = 0; i < s->list->count; i++) {
    if (s->want[i] == s->have[i]) continue;
    decide__complete(s->x, &s->list->items[i], s->want[i] < 0 ? NULL : &s->of[i].items[s->want[i]]);
    s->have[i] = s->want[i];
  }
  s->left--;
  s->used++;
  s->st = decide__evaluate(s->x, r, t, s->err);
  return s->st == ANS_OK;
}
static bool evaluate(search *s, claim_result *r) { return evaluate_trace(s, r, NULL); }

static bool is_open(const claim_result *r) {
  const ans_scalar *const cells[3] = {&r->entitled, &r->amount, &r->payout};
  for (int i = 0; i < 3; i++)
    if (cells[i]->state == ANS_UNKNOWN || cells[i]->state == ANS_HUMAN) return true;
  return false;
}

/* With the completion that is set, in part: the claim is open and the missing target can still matter. Counts as two evaluations. */
static bool still_matters(search *s, uint32_t target) {
  claim_result r;
  const ans_trace *t = NULL;
  const missing_cell *x = &s->list->items[target];
  missing_list left = {0};
  bool found = false;
  if (!evaluate_trace(s, &r, &t)) return false;
  if (is_open(&r) && s->left) {
    reach_map m = {.c = s->m->c, .p = s->m->p, .t = t, .first_day = s->m->first_day, .last_day = s->m->last_day, .arena = ans_arena_new((size_t)2 << 30)};
    s->left--;
    s->used++;
    if (m.arena) decide__claim_slice(&m, s->at, &left);
    found = !m.arena || m.failed || m.too_large;
    for (uint32_t i = 0; i < left.count && !found; i++) found = left.items[i].fact == x->fact && left.items[i].row == x->row && left.items[i].from >= x->from && left.items[i].from <= x->to;
    ans_arena_free(m.arena);
  }
  return found;
}

/* --- all of them --------------------------------------------------------------------------------------------------------------------------- */

static uint64_t product_of(const search *s, uint32_t bound) {
  uint64_t total = 1;
  for (uint32_t i = 0; i < s->list->count; i++) {
    if (!s->of[i].count) return 0;
    total *= s->of[i].count;
    if (total > bound) return 0;
  }
  return total;
}

static bool enumerate_all(search *s, uint32_t total) {
  claim_result *results = calloc(total, sizeof *results);
  if (!results) {
    s->st = ans_error_set(s->err, ANS_MEMORY, "E-MEMORY", NULL, "relevance", NULL);
    return false;
  }
  bool ok = true;
  for (uint32_t k = 0; k < total && ok; k++) {
    uint32_t rest = k;
    for (uint32_t i = 0; i < s->list->count; rest /= s->of[i].count, i++) s->want[i] = rest % s->of[i].count;
    ok = evaluate(s, &results[k]);
  }
  uint32_t stride = 1;
  for (uint32_t i = 0; i < s->list->count && ok; stride *= s->of[i].count, i++)
    for (uint32_t k = 0; k + stride < total && !s->list->items[i].proven; k++)
      if (k / stride % s->of[i].count + 1 < s->of[i].count && !decide__same_result(&results[k], &results[k + stride])) s->list->items[i].proven = true;
  free(results);
  return ok;
}

/* --- search for pairs ------------------------------------------------------------------------------------------------------------------------ */

static void shuffle(search *s) {
  uint32_t n = s->list->count;
  for (uint32_t i = 0; i < n; i++) s->order[i] = i;
  for (uint32_t i = n; i > 1; i--) {
    uint32_t j = below(s, i), t = s->order[i - 1];
    s->order[i - 1] = s->order[j];
    s->order[j] = t;
  }
}

/* Fills the cells order[lo…hi), first as in a completion remembered, so that the target can still matter while it is missing. Halves what does not; a cell that nothing fits stays missing.
 * Depth: log2 of the cells. */
static void fill_block(search *s, uint32_t target, uint32_t lo, uint32_t hi) {
  if (lo >= hi || !s->left || s->st != ANS_OK) return;
  uint32_t tries = hi - lo == 1 ? STEP_OPTIONS : 2;
  for (uint32_t k = 0; k < tries; k++) {
    for (uint32_t i = lo; i < hi; i++) {
      uint32_t cell = s->order[i], n = s->of[cell].count;
      if (cell == target || !n) continue;
      int64_t like = k == 0 && s->like ? s->like[cell] : -1;
      s->want[cell] = like >= 0 ? like : hi - lo == 1 && n <= STEP_OPTIONS ? k % n : pick(s, cell);
    }
    if (still_matters(s, target)) return;
    if (hi - lo == 1 && k + 1 >= s->of[s->order[lo]].count) break;
  }
  for (uint32_t i = lo; i < hi; i++) s->want[s->order[i]] = -1;
  if (hi - lo == 1) return;
  uint32_t mid = lo + (hi - lo) / 2;
  fill_block(s, target, lo, mid);
  fill_block(s, target, mid, hi);
}

/* Puts the cells that are missing first in the order and returns how many they are; the target does not count. */
static uint32_t missing_first(search *s, uint32_t target) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < s->list->count; i++) {
    uint32_t cell = s->order[i];
    if (s->want[cell] >= 0 || cell == target || !s->of[cell].count) continue;
    s->order[i] = s->order[n];
    s->order[n++] = cell;
  }
  return n;
}

/* Fills all cells but the target; where some stay missing, part of the others is taken back and filled anew. */
static void fill_open(search *s, uint32_t target) {
  for (uint32_t k = 0; k < s->list->count; k++) s->want[k] = -1;
  shuffle(s);
  for (uint32_t pass = 0; pass < PASSES && s->left; pass++) {
    uint32_t n = missing_first(s, target);
    if (!n) return;
    fill_block(s, target, 0, n);
    if (!missing_first(s, target)) return;
    for (uint32_t k = 0; k < s->list->count && pass + 1 < PASSES; k++)
      if (below(s, 3) == 0) s->want[k] = -1;
    s->like = NULL;
  }
}

/* Remembers the completion: others are looked for around it. */
static void remember(search *s) {
  uint32_t n = s->list->count, at = s->pooled < POOL ? s->pooled++ : below(s, POOL);
  memcpy(s->pool + (size_t)at * n, s->want, n * sizeof *s->want);
}

/* Changes the one cell and compares: constants first, then any. On a difference *other is its option. The completion is left as it was. */
static bool try_cell(search *s, uint32_t cell, const claim_result *base, uint32_t tries, int64_t *other) {
  int64_t was = s->want[cell];
  uint32_t n = s->of[cell].count;
  bool found = false;
  claim_result r;
  for (uint32_t k = 0; k < n && k < tries && !found; k++) {
    s->want[cell] = k < 2 && k < s->of[cell].constants && n > tries ? k : n <= tries ? k : pick(s, cell);
    if (s->want[cell] == was) continue;
    if (!evaluate(s, &r)) break;
    found = !decide__same_result(base, &r);
    if (found && other) *other = s->want[cell];
  }
  s->want[cell] = was;
  if (found) s->list->items[cell].proven = true;
  return found;
}

/* Around the completion that is set: every cell not yet proven may show that it matters. */
static void look_around(search *s, const claim_result *base, uint32_t except) {
  bool found = false;
  for (uint32_t i = 0; i < s->list->count && s->left; i++)
    if (i != except && !s->list->items[i].proven && try_cell(s, i, base, NEIGHBOUR_OPTIONS, NULL)) found = true;
  if (found) remember(s);
}

static void fill_rest(search *s) {
  for (uint32_t i = 0; i < s->list->count; i++)
    if (s->want[i] < 0 && s->of[i].count) s->want[i] = pick(s, i);
}

/* Finds a completion on which the outcome hangs on the target, and looks around it on both sides. */
static void aim_at(search *s, uint32_t target) {
  claim_result base;
  int64_t other = -1;
  s->like = s->pooled && below(s, 3) ? s->pool + (size_t)below(s, s->pooled) * s->list->count : NULL;
  fill_open(s, target);
  fill_rest(s);
  if (!evaluate(s, &base)) return;
  if (try_cell(s, target, &base, TARGET_OPTIONS, &other)) {
    remember(s);
    look_around(s, &base, target);
    s->want[target] = other;
    if (evaluate(s, &base)) look_around(s, &base, target);
    remember(s);
  } else {
    look_around(s, &base, target);
  }
}

/* A step away from a remembered completion. One that is entitled to something is kept: near it amounts differ. */
static void wander(search *s) {
  uint32_t n = s->list->count;
  claim_result base;
  memcpy(s->want, s->pool + (size_t)below(s, s->pooled) * n, n * sizeof *s->want);
  for (uint32_t k = 1 + below(s, 3); k > 0; k--) {
    uint32_t i = below(s, n);
    if (s->of[i].count) s->want[i] = pick(s, i);
  }
  if (!evaluate(s, &base)) return;
  bool live = base.entitled.state == ANS_VALUE && base.entitled.v && base.amount.state == ANS_VALUE && base.amount.v > 0;
  if (live || below(s, 4) == 0) look_around(s, &base, n);
  if (live) remember(s);
}

static void search_pairs(search *s) {
  for (uint32_t round = 0; round < ROUNDS && s->left && s->st == ANS_OK; round++) {
    bool open = false;
    for (uint32_t i = 0; i < s->list->count && s->left && s->st == ANS_OK; i++) {
      if (s->list->items[i].proven || s->of[i].count < 2) continue;
      open = true;
      aim_at(s, i);
      for (int k = 0; k < STEPS_PER_ROUND && s->pooled && s->left; k++) wander(s);
    }
    if (!open) return;
  }
}

/* --- proof ----------------------------------------------------------------------------------------------------------------------------------- */

static bool prepare(search *s, const reach_map *m) {
  uint32_t n = s->list->count;
  s->of = ans_arena_array(m->arena, n, sizeof *s->of);
  s->want = ans_arena_array(m->arena, n, sizeof *s->want);
  s->have = ans_arena_array(m->arena, n, sizeof *s->have);
  s->order = ans_arena_array(m->arena, n, sizeof *s->order);
  s->pool = ans_arena_array(m->arena, (size_t)n * POOL, sizeof *s->pool);
  if (!s->of || !s->want || !s->have || !s->order || !s->pool) return false;
  for (uint32_t i = 0; i < n; i++) {
    options_of(m, m->arena, &s->list->items[i], &s->of[i]);
    if (!s->of[i].items) return false;
    s->want[i] = -1;
    s->have[i] = -2; /* not what any completion is */
  }
  return true;
}

ans_status decide__prove(ans_columns *c, const reach_map *m, const claim_at *at, uint32_t bound, missing_list *list, bool *exact, uint32_t *evaluations, ans_error *err) {
  search s = {.m = m, .at = at, .list = list, .left = bound, .random = list->count, .err = err};
  *exact = false;
  if (!prepare(&s, m)) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "relevance", NULL);
  bool complete = true, all = false;
  for (uint32_t i = 0; i < list->count; i++) complete = complete && s.of[i].complete;
  uint64_t total = product_of(&s, bound);
  if (bound < RELEVANCE_WITNESS_MIN && !(total && complete)) return ANS_OK;
  s.x = decide__completion_open(c, m, at);
  if (!s.x) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "relevance", NULL);
  if (total && (complete || bound >= RELEVANCE_WITNESS_MIN)) all = enumerate_all(&s, (uint32_t)total) && complete;
  if (!all && s.st == ANS_OK && bound >= RELEVANCE_WITNESS_MIN) search_pairs(&s);
  decide__completion_close(s.x);
  *evaluations = s.used;
  if (s.st != ANS_OK) return s.st;
  uint32_t kept = 0;
  bool proven = true;
  for (uint32_t i = 0; i < list->count; i++) {
    if (all && !list->items[i].proven) continue;
    proven = proven && list->items[i].proven;
    list->items[kept++] = list->items[i];
  }
  list->count = kept;
  *exact = proven;
  return ANS_OK;
}
