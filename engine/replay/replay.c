/* Running a program over one component, cell by cell, keeping every cell: all of them in order, or those that are asked for. Memory: one arena per trace, bounded by ANS_MAX_REPLAY_CELLS.
 * The program is verified, so indices are not checked again. No state outside the trace. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "num/period.h"
#include "replay/internal.h"

void ans_trace_free(ans_trace *t) {
  if (!t) return;
  ans_arena_free(t->arena);
  free(t);
}

static ans_status replay__memory(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "replay", "trace", NULL); }

static bool replay__prepare(ans_trace *t) {
  const ans_program *p = t->p;
  t->first_row = ans_arena_array(t->arena, p->unit_count, sizeof *t->first_row);
  t->rows = ans_arena_array(t->arena, p->unit_count, sizeof *t->rows);
  t->segments = ans_arena_array(t->arena, p->unit_count, sizeof *t->segments);
  t->split = ans_arena_array(t->arena, p->unit_count, sizeof *t->split);
  t->groups = ans_arena_array(t->arena, p->insn_count, sizeof *t->groups);
  t->everywhere = ans_arena_array(t->arena, p->insn_count, sizeof *t->everywhere);
  t->result = t->c->override_count ? ans_arena_array(t->arena, p->insn_count, sizeof *t->result) : NULL; /* only asked for what is given */
  t->regs = ans_arena_array(t->arena, p->insn_count, sizeof *t->regs);
  t->hot = ans_arena_array(t->arena, p->insn_count, sizeof *t->hot);
  t->absent = (replay_cell){.state = REPLAY_PENDING};
  if (!t->first_row || !t->rows || !t->segments || !t->split || !t->groups || !t->everywhere || (t->c->override_count && !t->result) || !t->regs || !t->hot) return false;
  t->rows[0] = 1;
  for (uint32_t u = 0; u < p->unit_count; u++) {
    t->split[u] = ANS_NONE;
    if (t->demand && p->units[u].parent != ANS_NONE) t->rows[u] = ANS_NONE;
    if (u == 0 || p->units[u].parent != ANS_NONE) continue;
    t->first_row[u] = t->c->units[u].component_first[t->component];
    t->rows[u] = t->c->units[u].component_first[t->component + 1] - t->first_row[u];
  }
  for (uint32_t i = 0; i < p->insn_count; i++) {
    if (t->result) t->result[i] = ANS_NONE;
    t->regs[i].at = &t->absent;
    if (p->insns[i].op == ANS_OP_SPLIT) t->split[p->insns[i].unit] = i;
  }
  for (uint32_t i = 0; t->result && i < p->result_count; i++) t->result[p->results[i].insn] = i;
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
  uint32_t result = t->result ? t->result[reg] : ANS_NONE;
  if (result == ANS_NONE || t->p->units[t->p->insns[reg].unit].parent != ANS_NONE) return NULL;
  uint32_t absolute = t->first_row[t->p->insns[reg].unit] + row, i = replay__override_at(t->c, result, absolute);
  if (i == t->c->override_count || t->c->overrides[i].result != result || t->c->overrides[i].row != absolute) return NULL;
  return &t->c->overrides[i];
}

#ifdef ANS_ARENA_EXACT
enum { REPLAY_ROOM = 0 }; /* sanitizers see every bound */
#else
enum { REPLAY_ROOM = 1024 }; /* cells */
#endif

/* Room for so many cells more. */
static __attribute__((noinline)) bool replay__room(ans_trace *t, size_t cells) {
  const size_t room = cells > REPLAY_ROOM ? cells : REPLAY_ROOM;
  replay_cell *fresh = ans_arena_array(t->arena, room, sizeof *fresh);
  if (!fresh) return false;
  t->room = fresh;
  t->room_left = room;
  return true;
}

/* Zeroed memory of a register's cells; no cell is computed. Most registers have a row or two: they share what the arena gives. */
static inline ans_status replay__register(ans_trace *t, uint32_t reg) {
  const uint32_t unit = t->p->insns[reg].unit;
  const size_t rows = replay__rows(t, unit), need = rows ? rows : 1; /* never nothing */
  if (t->cells + rows > ANS_MAX_REPLAY_CELLS) return ANS_LIMIT;
  if (need > t->room_left && !replay__room(t, need)) return ANS_MEMORY;
  replay_cell *cells = t->room;
  t->room += need;
  t->room_left -= need;
  t->cells += rows;
  for (size_t r = 0; r < rows; r++) cells[r].state = REPLAY_PENDING;
  t->regs[reg] = (replay_cells){cells, unit ? UINT32_MAX : 0, (uint32_t)rows};
  return ANS_OK;
}

static ans_status replay__compute_rank(ans_trace *t, uint32_t reg) {
  if (!replay__rank(t, reg)) return ANS_MEMORY;
  for (uint32_t r = 0; t->c->override_count && r < t->rows[t->p->insns[reg].unit]; r++) {
    const ans_override *given = replay__override(t, reg, r);
    if (given) replay__put(t, reg, r, given->value);
  }
  return ANS_OK;
}

/* One cell, or of a rank all of them. Section 6: given results replace the computed ones before anything reads them. */
static __attribute__((noinline)) ans_status replay__compute(ans_trace *t, uint32_t reg, uint32_t row) {
  const ans_insn *in = &t->p->insns[reg];
  const ans_override *given = t->c->override_count ? replay__override(t, reg, row) : NULL;
  ans_scalar v = {0};
  if (given) {
    v = given->value;
  } else if (in->op == ANS_OP_RANK) {
    return replay__compute_rank(t, reg);
  } else if (in->op >= ANS_OP_AGG_COUNT && in->op <= ANS_OP_AGG_ALL) {
    if (!replay__aggregate(t, reg, row, &v)) return ANS_MEMORY;
  } else {
    v = replay__operation(t, in, row);
  }
  replay__put(t, reg, row, v);
  return ANS_OK;
}

/* All cells of a register that are not there yet. */
static ans_status replay__complete(ans_trace *t, uint32_t reg) {
  ans_status s = replay__has_memory(t, reg) ? ANS_OK : replay__register(t, reg);
  const uint32_t rows = s == ANS_OK ? t->rows[t->p->insns[reg].unit] : 0;
  for (uint32_t r = 0; r < rows && s == ANS_OK; r++)
    if (t->regs[reg].at[r].state == REPLAY_PENDING) s = replay__compute(t, reg, r);
  return s;
}

static ans_status replay__failure(const ans_trace *t, ans_status s, ans_error *err) {
  char n[24];
  if (s == ANS_LIMIT) return ans_error_set(err, s, "E-REPLAY-LIMIT", t->p->name, ans_itoa(n, ANS_MAX_REPLAY_CELLS), NULL);
  return s == ANS_OK ? s : replay__memory(err);
}

static ans_status replay__step(ans_trace *t, uint32_t reg) {
  if (t->p->insns[reg].op == ANS_OP_SPLIT && !replay__split(t, reg)) return ANS_MEMORY;
  return replay__complete(t, reg);
}

/* --- cells on demand --------------------------------------------------------------------------------------------------------------------- */

void replay__make_rows(ans_trace *t, uint32_t unit) {
  t->rows[unit] = 0; /* its sources are older than it: nobody asks for it meanwhile */
  if (t->failed == ANS_OK && t->split[unit] != ANS_NONE && !replay__split(t, t->split[unit])) t->failed = ANS_MEMORY;
}

/* Operands are earlier registers, so a cell waits for at most as many others as there are registers. That may be a million: from a fixed depth on, what lies beneath is computed in order. */
static __attribute__((noinline)) void replay__beneath(ans_trace *t, uint32_t reg) {
  for (; t->completed < reg && t->failed == ANS_OK; t->completed++) {
    const ans_status s = replay__complete(t, t->completed);
    if (t->failed == ANS_OK) t->failed = s;
  }
}

static inline bool replay__simple(const ans_trace *t, uint16_t op) { return !t->c->override_count && (op < ANS_OP_AGG_COUNT || op > ANS_OP_RANK); }

ans_scalar replay__demand(const ans_trace *of, uint32_t reg, uint32_t row) {
  ans_trace *t = of->demand;
  const ans_insn *in = &t->p->insns[reg];
  ans_status s = t->failed;
  if (__builtin_expect(t->depth >= REPLAY_MAX_DEPTH, 0)) {
    replay__beneath(t, reg);
    s = t->failed;
  }
  if (s == ANS_OK && !replay__has_memory(t, reg)) s = replay__register(t, reg);
  row &= t->regs[reg].mask;
  if (s == ANS_OK) {
    t->depth++;
    if (replay__simple(t, in->op)) replay__put(t, reg, row, replay__operation(t, in, row));
    else s = replay__compute(t, reg, row);
    t->depth--;
  }
  if (t->failed == ANS_OK) t->failed = s;
  if (__builtin_expect(t->failed != ANS_OK, 0)) return replay__state(ANS_ERRONEOUS);
  const replay_cell *x = &t->regs[reg].at[row];
  return (ans_scalar){x->v, x->state};
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

static ans_status replay__new(const ans_columns *c, uint32_t component, int32_t period, int32_t law_known, bool demand, ans_trace **out, ans_error *err) {
  *out = NULL;
  ans_status s = replay__check(c, component, period, err);
  if (s != ANS_OK) return s;
  ans_arena *arena = ans_arena_new((size_t)2 << 30);
  ans_trace *t = calloc(1, sizeof *t);
  if (!arena || !t) {
    ans_arena_free(arena);
    free(t);
    return replay__memory(err);
  }
  ans_arena_expect(arena, c->program->insn_count * (sizeof *t->regs + 5 * sizeof(void *)) + 2 * (size_t)REPLAY_ROOM * sizeof(replay_cell)); /* the tables, and the cells of a small component */
  *t = (ans_trace){.arena = arena, .c = c, .p = c->program, .component = component, .period = period, .law_known = law_known, .demand = demand ? t : NULL};
  t->first_day = (int32_t)ans_period_first(c->program->period_kind, period);
  t->last_day = (int32_t)ans_period_last(c->program->period_kind, period);
  *out = t;
  return ANS_OK;
}

ans_status ans_replay_run_known(const ans_columns *c, uint32_t component, int32_t period, int32_t law_known, ans_trace **out, ans_error *err) {
  ans_trace *t = NULL;
  *out = NULL;
  ans_status s = replay__new(c, component, period, law_known, false, &t, err);
  if (s != ANS_OK) return s;
  s = replay__prepare(t) ? ANS_OK : ANS_MEMORY;
  for (uint32_t i = 0; i < t->p->insn_count && s == ANS_OK; i++) s = replay__step(t, i);
  s = replay__failure(t, s, err);
  if (s == ANS_OK) *out = t;
  else ans_trace_free(t);
  return s;
}

ans_status ans_replay_demand(const ans_columns *c, uint32_t component, int32_t period, int32_t law_known, ans_trace **out, ans_error *err) {
  ans_status s = replay__new(c, component, period, law_known, true, out, err);
  if (s == ANS_OK && !replay__prepare(*out)) s = replay__memory(err);
  if (s == ANS_OK) return s;
  ans_trace_free(*out);
  *out = NULL;
  return s;
}

ans_status ans_replay_forget(ans_trace *t, ans_error *err) {
  ans_arena_reset(t->arena);
  t->cells = t->room_left = 0;
  t->depth = t->completed = 0;
  t->failed = replay__prepare(t) ? ANS_OK : ANS_MEMORY;
  return replay__failure(t, t->failed, err);
}

ans_status ans_trace_check(const ans_trace *t, ans_error *err) { return replay__failure(t, t->failed, err); }
