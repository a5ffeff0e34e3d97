/* Owns: the list of relevant missing facts of a claim (docs/semantics.md § 11): what can matter (reach.c, slice.c), what is proven to (witness.c), in which order it is shown, and what to ask
 * first. Computed for undetermined claims only. Rejected: solving for thresholds symbolically; what is claimed to be exact has been tried. */
#include <stdlib.h>
#include "base/error.h"
#include "decide/relevance.h"
#include "num/period.h"

/* Cheapest to ask: a register first, then the application form, then a human. */
static int cost(const ans_fact *f) { return f->nature != ANS_NATURE_FACT ? 2 : f->from_application ? 1 : 0; }

typedef struct ranked { const missing_cell *cell; const ans_fact *fact; int place; int group; } ranked; /* place: lower is asked earlier; group: best place of its row */

static int by_person(const void *x, const void *y) {
  const ranked *a = x, *b = y;
  if (a->group != b->group) return a->group < b->group ? -1 : 1;
  if (a->fact->unit != b->fact->unit) return a->fact->unit < b->fact->unit ? -1 : 1;
  if (a->cell->row != b->cell->row) return a->cell->row < b->cell->row ? -1 : 1;
  if (a->place != b->place) return a->place < b->place ? -1 : 1;
  if (a->cell->fact != b->cell->fact) return a->cell->fact < b->cell->fact ? -1 : 1;
  return (a->cell->day > b->cell->day) - (a->cell->day < b->cell->day);
}

/* What holds the claim open first, then what is proven, then the cost of asking; all of one person (row) together. */
static bool report(const ans_program *p, const missing_list *list, ans_arena *arena, ans_outcome *out) {
  ranked *r = ans_arena_array(arena, (size_t)list->count + 1, sizeof *r);
  if (!r) return false;
  for (uint32_t i = 0; i < list->count; i++) {
    const ans_fact *f = &p->facts[list->items[i].fact];
    int place = cost(f) + (list->items[i].proven ? 0 : 3) + (list->items[i].blocking ? 0 : 6);
    r[i] = (ranked){&list->items[i], f, place, place};
  }
  for (uint32_t i = 0; i < list->count; i++)
    for (uint32_t k = 0; k < list->count; k++)
      if (r[i].fact->unit == r[k].fact->unit && r[i].cell->row == r[k].cell->row && r[k].place < r[i].group) r[i].group = r[k].place;
  if (list->count) qsort(r, list->count, sizeof *r, by_person);
  for (uint32_t i = 0; i < list->count && i < ANS_MISSING_MAX; i++) {
    const missing_cell *x = r[i].cell;
    out->missing[out->missing_count++] = (ans_missing){x->fact, x->row, (int32_t)x->day, x->state, x->proven, x->blocking};
    if (r[i].place < r[out->ask_next == ANS_NONE ? i : out->ask_next].place || out->ask_next == ANS_NONE) out->ask_next = i;
  }
  out->missing_truncated = list->truncated || list->count > ANS_MISSING_MAX;
  if (out->missing_truncated) out->missing_exact = false;
  return true;
}

typedef struct claim_roots { uint32_t at[3], count, row; bool amount[3]; } claim_roots; /* registers of entitlement, amount, payout */

static claim_roots roots_of(const reach_map *m, const claim_at *at) {
  const ans_benefit *b = &m->p->benefits[at->benefit];
  const uint32_t results[3] = {b->entitled_result, b->amount_result, b->payout_result};
  claim_roots r = {.row = at->row - ans_trace_first_row(m->t, b->unit)};
  for (int i = 0; i < 3; i++) {
    if (results[i] == ANS_NONE) continue;
    r.at[r.count] = m->p->results[results[i]].insn;
    r.amount[r.count] = i > 0;
    r.count++;
  }
  return r;
}

void decide__claim_slice(reach_map *m, const claim_at *at, missing_list *out) {
  claim_roots r = roots_of(m, at);
  decide__reach(m);
  if (!m->failed && !m->too_large) decide__slice(m, r.at, r.amount, r.count, r.row, false, out);
}

/* Marks the cells through which the claim is open now. Where none of the list is found (only an error, or a cell of which it is proven that it never matters, keeps it open), none is told
 * from the others. */
static void mark_blocking(reach_map *m, const claim_at *at, missing_list *list) {
  missing_list now = {0};
  claim_roots r = roots_of(m, at);
  uint32_t found = 0;
  decide__slice(m, r.at, r.amount, r.count, r.row, true, &now);
  for (uint32_t i = 0; i < list->count; i++)
    for (uint32_t k = 0; k < now.count && !list->items[i].blocking; k++)
      if (now.items[k].fact == list->items[i].fact && now.items[k].row == list->items[i].row && now.items[k].from == list->items[i].from) {
        list->items[i].blocking = true;
        found++;
      }
  for (uint32_t i = 0; !found && i < list->count; i++) list->items[i].blocking = true;
}

static ans_status relevance(reach_map *m, ans_columns *c, const claim_at *at, uint32_t bound, ans_outcome *out, ans_error *err) {
  missing_list list = {0};
  decide__claim_slice(m, at, &list);
  bool analysed = !m->too_large && !list.truncated;
  if (m->too_large) {
    list = (missing_list){0};
    decide__all_missing(m, at->component, &list, ANS_MISSING_MAX);
  }
  if (m->failed) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "relevance", NULL);
  out->missing_exact = analysed && list.count == 0;
  if (analysed && list.count && bound) {
    ans_status st = decide__prove(c, m, at, bound, &list, &out->missing_exact, &out->evaluations, err);
    if (st != ANS_OK) return st;
  }
  if (analysed && list.count) mark_blocking(m, at, &list);
  for (uint32_t i = 0; !analysed && i < list.count; i++) list.items[i].blocking = true;
  if (m->failed) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "relevance", NULL);
  return report(m->p, &list, m->arena, out) ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "relevance", NULL);
}

ans_status ans_relevance(ans_columns *c, uint32_t component, const ans_trace *t, uint32_t benefit, uint32_t row, int32_t period, uint32_t enumerate, ans_outcome *out,
                         ans_error *err) {
  claim_at at = {component, benefit, row, period, ans_trace_law_known(t)};
  reach_map m = {.c = c, .p = c->program, .t = t, .arena = ans_arena_new((size_t)2 << 30), .first_day = (int32_t)ans_period_first(c->program->period_kind, period), .last_day = (int32_t)ans_period_last(c->program->period_kind, period)};
  out->missing_count = out->evaluations = 0;
  out->missing_exact = out->missing_truncated = false;
  out->ask_next = ANS_NONE;
  if (!m.arena) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "relevance", NULL);
  ans_status st = relevance(&m, c, &at, enumerate > ANS_ENUMERATE_MAX ? ANS_ENUMERATE_MAX : enumerate, out, err);
  ans_arena_free(m.arena);
  return st;
}
