/* Owns: whether a claim can depend on given cells, whatever they become, and on which: the question a life event asks before anybody has fetched what is new, and the plan of a retrieval
 * before it asks.
 *
 * The cells are made unknown in the columns; then the slice of the claim (reach.c, slice.c) says which unknown cells its result can depend on. The slice is an
 * over-approximation over all values and all states (a register may also say that nothing applies, or say nothing), so "no" is certain: whatever these cells become, the claim
 * stays what it is. Beyond the limits of the analysis the answer is "yes".
 * Blanked columns stay blanked; the caller decides with columns of its own. One thread; memory: planes of the columns, and one arena per call. */
#include <stdlib.h>
#include "base/error.h"
#include "decide/relevance.h"
#include "num/period.h"

static ans_status depends__oom(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "depends", NULL); }

static bool depends__blank_scalar(ans_columns *c, uint32_t fact, uint32_t row) {
  ans_column *col = &c->facts[fact];
  size_t words = ((size_t)c->units[c->program->facts[fact].unit].rows + 63) / 64, w = row >> 6;
  uint64_t bit = UINT64_C(1) << (row & 63);
  for (int s = 0; s < ANS_UNKNOWN; s++) { /* a plane that is not there says that no row is in such a state */
    if (!col->planes[s]) col->planes[s] = calloc(words, sizeof *col->planes[s]); /* ans_columns_free gives it back */
    if (!col->planes[s]) return false;
    col->planes[s][w] |= bit;
  }
  for (int s = ANS_UNKNOWN; s < ANS_PLANES; s++)
    if (col->planes[s]) col->planes[s][w] &= ~bit;
  if (col->truth) col->truth[w] &= ~bit;
  else ans_values_clear(&col->values, row);
  return true;
}

ans_status ans_decide_blank(ans_columns *c, uint32_t component, ans_cell_pick *pick, void *ctx, ans_error *err) {
  const ans_program *p = c->program;
  for (uint32_t f = 0; f < p->fact_count; f++) {
    const uint32_t *first = c->units[p->facts[f].unit].component_first;
    if (p->facts[f].nature != ANS_NATURE_FACT) continue; /* a register does not deliver what a human finds */
    for (uint32_t row = first[component]; row < first[component + 1]; row++) {
      if (!pick(ctx, c, f, row)) continue;
      if (p->facts[f].kind == ANS_FACT_SCALAR && !depends__blank_scalar(c, f, row)) return depends__oom(err);
      if (p->facts[f].kind == ANS_FACT_SCALAR) continue;
      ans_timeline *t = &c->timelines[f];
      for (uint32_t i = t->offsets[row]; i < t->offsets[row + 1]; i++) {
        t->items[i].value = 0;
        t->items[i].state = ANS_UNKNOWN;
      }
    }
  }
  return ANS_OK;
}

ans_status ans_decide_needs(ans_columns *c, uint32_t component, uint32_t benefit, uint32_t row, int32_t period, ans_cell_pick *pick, void *ctx, ans_cell_visit *visit, void *visit_ctx, bool *whole, ans_error *err) {
  ans_trace *t = NULL;
  *whole = false;
  ans_status status = ans_replay_demand(c, component, period, ANS_DAY_MAX, &t, err);
  if (status != ANS_OK) return status;
  claim_at at = {component, benefit, row, period, ans_trace_law_known(t)};
  reach_map m = {.c = c, .p = c->program, .t = t, .pick = pick, .pick_ctx = ctx, .arena = ans_arena_new((size_t)2 << 30), .first_day = (int32_t)ans_period_first(c->program->period_kind, period),
                 .last_day = (int32_t)ans_period_last(c->program->period_kind, period)};
  missing_list list = {0};
  if (m.arena) decide__claim_slice(&m, &at, &list);
  if (!m.arena || m.failed) status = depends__oom(err);
  *whole = m.too_large || list.truncated;
  for (uint32_t i = 0; i < list.count && status == ANS_OK; i++)
    if (pick(ctx, c, list.items[i].fact, list.items[i].row) && !visit(visit_ctx, list.items[i].fact, list.items[i].row)) break;
  if (status == ANS_OK) status = ans_trace_check(t, err);
  ans_arena_free(m.arena);
  ans_trace_free(t);
  return status;
}

static bool depends__found(void *ctx, uint32_t fact, uint32_t row) {
  (void)fact;
  (void)row;
  *(bool *)ctx = true;
  return false;
}

ans_status ans_decide_depends(ans_columns *c, uint32_t component, uint32_t benefit, uint32_t row, int32_t period, ans_cell_pick *pick, void *ctx, bool *depends, ans_error *err) {
  bool whole = false;
  *depends = false;
  ans_status status = ans_decide_needs(c, component, benefit, row, period, pick, ctx, depends__found, depends, &whole, err);
  if (whole) *depends = true;
  return status;
}
