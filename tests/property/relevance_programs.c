/* The slice of missing facts on random typed programs (docs/semantics.md § 11): whatever is shown to matter by two random completions must be in the list.
 *
 * Programs and data come from the generators of the differential test (all operations: exceptions, groups, ranks, day grain, hypotheticals); a completion fills every missing cell of the
 * component. Random pairs find only a part of what is relevant; what they find is beyond doubt. The exact definition is tested on small domains in relevance.c.
 *
 *   relevance_programs [--count N] [--seed S] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "decide/relevance.h"
#include "num/period.h"
#include "options.h"

enum { CLAIM_UNIT = 2, BASES = 12, FLIPS = 24, ROWS = 12, MOST_CELLS = 4000 };

typedef struct tally { unsigned programs, claims, exact, pairs, differing, listed, outside, failures; } tally;
typedef struct probe { const ans_model *m; ans_columns *c; const ans_outcome *o; missing_list cells; option *set; completion *x; rnd r; reach_map map; } probe;

/* A value of a kind that the programs compare with, inside the admissible ones. */
static int64_t random_value(probe *p, uint32_t fact) {
  const ans_type type = p->c->program->facts[fact].type;
  domain_bounds d = decide__domain(p->c, p->map.t, fact);
  int64_t v = d.lo, scale = 1;
  for (int i = 0; i < type.scale; i++) scale *= 10;
  if (!d.known) return 0;
  if (d.finite) return d.lo + rnd_below(&p->r, (uint32_t)(d.hi - d.lo + 1));
  if (type.tag == ANS_T_DATE) v = p->map.first_day + rnd_range(&p->r, -9000, 400);
  else if (type.tag == ANS_T_MONTH) v = (d.lo + d.hi) / 2 + rnd_range(&p->r, -48, 60);
  else if (type.tag == ANS_T_MONEY) v = rnd_percent(&p->r, 40) ? 100 * rnd_range(&p->r, -2, 12) : rnd_range(&p->r, -5000, 60000);
  else v = rnd_range(&p->r, -4, 30) * (rnd_percent(&p->r, 50) ? 1 : scale);
  return v < d.lo ? d.lo : v > d.hi ? d.hi : v;
}

static option random_option(probe *p, const missing_cell *x) {
  const ans_fact *f = &p->c->program->facts[x->fact];
  option o = {random_value(p, x->fact), random_value(p, x->fact), ANS_OPEN_PAST};
  if (f->kind == ANS_FACT_SCALAR) return o;
  int64_t day = p->map.first_day + rnd_range(&p->r, -400, 400);
  if (rnd_percent(&p->r, 60) && day > x->from && day <= x->to) o.change = day;
  return o;
}

/* Not so: a reference to a unit without rows. */
static bool completable(const probe *p, const missing_cell *x) { return decide__domain(p->c, p->map.t, x->fact).known; }

static bool is_listed(const probe *p, const missing_cell *x) {
  for (uint32_t i = 0; i < p->o->missing_count; i++) {
    const ans_missing *m = &p->o->missing[i];
    if (m->fact == x->fact && m->row == x->row && (m->day == ANS_OPEN_PAST || (m->day >= x->from && m->day <= x->to))) return true;
  }
  return false;
}

static void put(ans_status st) {
  if (st != ANS_OK) abort();
}

static void try_pairs(tally *y, probe *p, uint64_t seed) {
  claim_result base, other;
  for (uint32_t i = 0; i < p->cells.count; i++) {
    if (!completable(p, &p->cells.items[i])) continue;
    p->set[i] = random_option(p, &p->cells.items[i]);
    decide__complete(p->x, &p->cells.items[i], &p->set[i]);
  }
  put(decide__evaluate(p->x, &base, NULL, NULL));
  for (uint32_t k = 0; k < FLIPS && p->cells.count; k++) {
    uint32_t i = rnd_below(&p->r, p->cells.count);
    for (uint32_t n = 0; k % 2 && n < p->cells.count && !is_listed(p, &p->cells.items[i]); n++) i = (i + 1) % p->cells.count; /* every second one from the list: shows that the outcomes can differ */
    const missing_cell *x = &p->cells.items[i];
    option o = random_option(p, x);
    if (!completable(p, x)) continue;
    decide__complete(p->x, x, &o);
    put(decide__evaluate(p->x, &other, NULL, NULL));
    decide__complete(p->x, x, &p->set[i]);
    y->pairs++;
    y->outside += !is_listed(p, x);
    if (decide__same_result(&base, &other)) continue;
    y->differing++;
    if (is_listed(p, x)) continue;
    y->failures++;
    if (y->failures < 20) printf("program %" PRIu64 ": %s of row %u changes the outcome and is not listed\n", seed, p->c->program->facts[x->fact].name, x->row);
  }
}

static void check_claim(tally *y, const ans_model *m, ans_columns *c, uint32_t component, uint32_t row, int32_t period, uint64_t seed) {
  ans_outcome o;
  ans_trace *t = NULL;
  uint8_t before[32], after[32];
  claim_at at = {component, 0, row, period, ANS_DAY_MAX};
  put(ans_columns_component_hash(c, component, before, NULL));
  put(ans_decide_claim(c, component, 0, row, period, &(ans_claim_context){0}, rnd_percent(&(rnd){seed + row}, 30) ? 600 : 0, &o, &t, NULL));
  if (o.merits == ANS_MERITS_UNDETERMINED && !o.missing_truncated) {
    probe p = {.m = m, .c = c, .o = &o, .r = rnd_seed(seed, row + 7), .map = {.c = c, .p = c->program, .t = t, .arena = ans_arena_new(0), .first_day = (int32_t)ans_period_first(c->program->period_kind, period), .last_day = (int32_t)ans_period_last(c->program->period_kind, period)}};
    y->claims++;
    y->exact += o.missing_exact;
    y->listed += o.missing_count;
    decide__all_missing(&p.map, component, &p.cells, MOST_CELLS);
    p.set = calloc((size_t)p.cells.count + 1, sizeof *p.set);
    p.x = decide__completion_open(c, &p.map, &at);
    if (!p.set || !p.x || p.cells.truncated) abort();
    for (int i = 0; i < BASES; i++) try_pairs(y, &p, seed);
    decide__completion_close(p.x);
    free(p.set);
    ans_arena_free(p.map.arena);
  }
  ans_trace_free(t);
  put(ans_columns_component_hash(c, component, after, NULL));
  if (memcmp(before, after, sizeof before)) {
    y->failures++;
    printf("program %" PRIu64 ": the facts are not as they were before\n", seed);
  }
}

static bool run(tally *y, uint64_t seed) {
  claims_world w;
  const bool ok = claims_world_make(&w, seed, ROWS, false);
  for (uint32_t k = 0; ok && k < w.c->components && k < 4; k++) {
    const uint32_t *first = w.c->units[CLAIM_UNIT].component_first;
    for (uint32_t row = first[k]; row < first[k + 1] && row < first[k] + 2; row++) check_claim(y, w.m, w.c, k, row, w.d->periods[0], seed);
  }
  y->programs++;
  claims_world_dispose(&w);
  return ok;
}

int main(int argc, char **argv) {
  uint64_t seed = number_option(argc, argv, "--seed", 1), count = number_option(argc, argv, "--count", 300);
  tally y = {0};
  bool ok = true;
  for (uint64_t i = 0; i < count && ok; i++) ok = run(&y, seed * 7000003 + i);
  printf("%u programs, %u undetermined claims (%u lists exact), %u cells listed; %u pairs of completions, %u differ, %u of cells that are not listed\n", y.programs, y.claims, y.exact, y.listed, y.pairs, y.differing, y.outside);
  bool enough = y.claims > count / 4 && y.differing > y.claims && y.outside > y.claims;
  if (!enough) printf("too few claims, differing pairs or cells outside the lists: the test would not notice much\n");
  return !ok || y.failures || !enough;
}
