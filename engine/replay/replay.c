/* Running a program over one component, cell by cell, keeping every cell. Memory: one arena per trace, bounded by ANS_MAX_REPLAY_CELLS.
 * The program is verified, so indices are not checked again. No state outside the trace. */
#include <string.h>
#include "base/error.h"
#include "num/period.h"
#include "replay/internal.h"

void ans_trace_free(ans_trace *t) {
  if (!t) return;
  ans_arena *a = t->arena; /* the trace lives in it */
  ans_arena_free(a);
}

static ans_status replay__memory(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "replay", "trace", NULL); }

static bool replay__prepare(ans_trace *t) {
  const ans_program *p = t->p;
  t->first_row = ans_arena_array(t->arena, p->unit_count, sizeof *t->first_row);
  t->rows = ans_arena_array(t->arena, p->unit_count, sizeof *t->rows);
  t->segments = ans_arena_array(t->arena, p->unit_count, sizeof *t->segments);
  t->split = ans_arena_array(t->arena, p->unit_count, sizeof *t->split);
  t->groups = ans_arena_array(t->arena, p->insn_count, sizeof *t->groups);
  t->result = ans_arena_array(t->arena, p->insn_count, sizeof *t->result);
  t->values = ans_arena_array(t->arena, p->insn_count, sizeof *t->values);
  t->states = ans_arena_array(t->arena, p->insn_count, sizeof *t->states);
  if (!t->first_row || !t->rows || !t->segments || !t->split || !t->groups || !t->result || !t->values || !t->states) return false;
  t->rows[0] = 1;
  for (uint32_t u = 0; u < p->unit_count; u++) {
    t->split[u] = ANS_NONE;
    if (u == 0 || p->units[u].parent != ANS_NONE) continue;
    t->first_row[u] = t->c->units[u].component_first[t->component];
    t->rows[u] = t->c->units[u].component_first[t->component + 1] - t->first_row[u];
  }
  for (uint32_t i = 0; i < p->insn_count; i++) t->result[i] = ANS_NONE;
  for (uint32_t i = 0; i < p->result_count; i++) t->result[p->results[i].insn] = i;
  return true;
}

/* Overrides are sorted by (result, row): the first one not before the given. */
static uint32_t replay__override_at(const ans_columns *c, uint32_t result, uint32_t row) {
  uint32_t lo = 0, hi = c->override_count;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    const ans_override *o = &c->overrides[mid];
    if (o->result < result || (o->result == result && o->row < row)) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

const ans_override *replay__override(const ans_trace *t, uint32_t reg, uint32_t row) {
  uint32_t result = t->result[reg];
  if (result == ANS_NONE || t->p->units[t->p->insns[reg].unit].parent != ANS_NONE) return NULL;
  uint32_t absolute = t->first_row[t->p->insns[reg].unit] + row, i = replay__override_at(t->c, result, absolute);
  if (i == t->c->override_count || t->c->overrides[i].result != result || t->c->overrides[i].row != absolute) return NULL;
  return &t->c->overrides[i];
}

/* Section 6: given results replace the computed ones before anything reads them. */
static void replay__apply_overrides(ans_trace *t, uint32_t reg) {
  uint32_t result = t->result[reg], unit = t->p->insns[reg].unit;
  if (result == ANS_NONE || t->p->units[unit].parent != ANS_NONE) return;
  for (uint32_t i = replay__override_at(t->c, result, t->first_row[unit]); i < t->c->override_count; i++) {
    const ans_override *o = &t->c->overrides[i];
    if (o->result != result || o->row - t->first_row[unit] >= t->rows[unit]) return;
    t->values[reg][o->row - t->first_row[unit]] = o->value.v;
    t->states[reg][o->row - t->first_row[unit]] = o->value.state;
  }
}

static ans_status replay__step(ans_trace *t, uint32_t reg, ans_error *err) {
  const ans_insn *in = &t->p->insns[reg];
  char n[24];
  if (in->op == ANS_OP_SPLIT && !replay__split(t, reg)) return replay__memory(err);
  uint32_t rows = t->rows[in->unit];
  t->cells += rows;
  if (t->cells > ANS_MAX_REPLAY_CELLS) return ans_error_set(err, ANS_LIMIT, "E-REPLAY-LIMIT", t->p->name, ans_itoa(n, ANS_MAX_REPLAY_CELLS), NULL);
  t->values[reg] = ans_arena_array(t->arena, rows, sizeof *t->values[reg]);
  t->states[reg] = ans_arena_array(t->arena, rows, 1);
  if (!t->values[reg] || !t->states[reg]) return replay__memory(err);
  if (in->op >= ANS_OP_AGG_COUNT && in->op <= ANS_OP_AGG_ALL) {
    if (!replay__aggregate(t, reg)) return replay__memory(err);
  } else if (in->op == ANS_OP_RANK) {
    if (!replay__rank(t, reg)) return replay__memory(err);
  } else {
    for (uint32_t r = 0; r < rows; r++) {
      ans_scalar v = replay__operation(t, in, r);
      t->values[reg][r] = v.v;
      t->states[reg][r] = v.state;
    }
  }
  replay__apply_overrides(t, reg);
  return ANS_OK;
}

static ans_status replay__check(const ans_columns *c, uint32_t component, int32_t period, ans_error *err) {
  const ans_program *p = c->program;
  char a[24], b[24], m[ANS_PERIOD_TEXT], from[ANS_PERIOD_TEXT], to[ANS_PERIOD_TEXT];
  if (component >= c->components)
    return ans_error_set(err, ANS_INPUT, "E-REPLAY-COMPONENT", p->name, ans_itoa(a, component), ans_itoa(b, c->components), NULL);
  if (period >= p->first_period && period <= p->last_period) return ANS_OK;
  ans_period_format(p->period_kind, period, m);
  ans_period_format(p->period_kind, p->first_period, from);
  ans_period_format(p->period_kind, p->last_period, to);
  return ans_error_set(err, ANS_INPUT, "E-REPLAY-PERIOD", p->name, m, from, to, NULL);
}

ans_status ans_replay_run(const ans_columns *c, uint32_t component, int32_t period, ans_trace **out, ans_error *err) {
  return ans_replay_run_known(c, component, period, ANS_DAY_MAX, out, err);
}

ans_status ans_replay_run_known(const ans_columns *c, uint32_t component, int32_t period, int32_t law_known, ans_trace **out, ans_error *err) {
  *out = NULL;
  ans_status s = replay__check(c, component, period, err);
  if (s != ANS_OK) return s;
  ans_arena *arena = ans_arena_new((size_t)2 << 30);
  ans_trace *t = arena ? ans_arena_alloc(arena, sizeof *t) : NULL;
  if (!t) {
    ans_arena_free(arena);
    return replay__memory(err);
  }
  t->arena = arena;
  t->c = c;
  t->p = c->program;
  t->component = component;
  t->period = period;
  t->law_known = law_known;
  t->first_day = (int32_t)ans_period_first(c->program->period_kind, period);
  t->last_day = (int32_t)ans_period_last(c->program->period_kind, period);
  s = replay__prepare(t) ? ANS_OK : replay__memory(err);
  for (uint32_t i = 0; i < t->p->insn_count && s == ANS_OK; i++) s = replay__step(t, i, err);
  if (s != ANS_OK) {
    ans_trace_free(t);
    return s;
  }
  *out = t;
  return ANS_OK;
}
