/* Owns: which missing cells a claim can depend on, and where the slice tells their values apart (docs/semantics.md § 11).
 *
 * One pass from the roots down: a cell that is the same under all completions (reach.c) ends a path; every other cell hands on to its operands how it is used: not by value, at certain
 * thresholds ("cuts"), or by value ("inexact"). A cut goes through sums, ages and months by finding the operand at which the result reaches it. What takes part in arithmetic with
 * another open cell, in a product, a quotient or the amount itself is used by value: thresholds then only suggest what to try.
 * The same pass over the trace as it is ("now") finds the missing cells through which the claim is open at present: there a cell that is not open ends a path.
 * Registers are in order of computation, so that all users of a cell are done before the cell itself. Pure; memory from the map's arena. */
#include <string.h>
#include "base/int128.h"
#include "decide/relevance.h"
#include "num/calendar.h"

enum { FEW_VALUES = 40, MOST_DAYS = 4000000 /* no date, month or year is farther from 1970 */ };

typedef struct use { bool marked; cutset cuts; } use;
typedef struct slice { reach_map *m; use **uses; missing_list *out; bool now; } slice; /* now: only what is open in the trace as it is, not in some completion */

void decide__cut(ans_arena *a, cutset *s, int64_t at) {
  uint16_t i = 0;
  while (i < s->count && s->at[i] < at) i++;
  if (i < s->count && s->at[i] == at) return;
  if (s->count == RELEVANCE_MAX_CUTS) {
    s->inexact = true;
    return;
  }
  if (s->count == s->capacity) {
    uint16_t capacity = (uint16_t)(s->capacity ? s->capacity * 2 : 8);
    int64_t *fresh = ans_arena_array(a, capacity, sizeof *fresh);
    if (!fresh) {
      s->inexact = true;
      return;
    }
    if (s->count) memcpy(fresh, s->at, s->count * sizeof *fresh);
    s->at = fresh;
    s->capacity = capacity;
  }
  memmove(s->at + i + 1, s->at + i, (size_t)(s->count - i) * sizeof *s->at);
  s->at[i] = at;
  s->count++;
}

static void cut_same(ans_arena *a, cutset *to, const cutset *from) {
  to->inexact = to->inexact || from->inexact;
  for (uint16_t i = 0; i < from->count; i++) decide__cut(a, to, from->at[i]);
}

/* --- how an operand is used; nothing happens if it is the same under all completions (now: if it is not open) ------------------------------- */

/* What a cell can be: over all completions, or what it is now. */
static reach at(const slice *s, uint32_t reg, uint32_t row) {
  if (!s->now) return decide__reach_at(s->m, reg, row);
  ans_scalar v = ans_trace_get(s->m->t, reg, s->m->p->insns[reg].unit == 0 ? 0 : row);
  return v.state == ANS_VALUE ? (reach){v.v, v.v, REACH_VALUE} : (reach){0, 0, (uint8_t)(1u << v.state)};
}

static bool settled(const slice *s, uint32_t reg, uint32_t row) {
  return s->now ? !(at(s, reg, row).states & REACH_OPEN) : reach_is_fixed(decide__reach_at(s->m, reg, row));
}

static cutset *use_cell(slice *s, uint32_t reg, uint32_t row) {
  if (s->m->p->insns[reg].unit == 0) row = 0;
  if (settled(s, reg, row)) return NULL;
  if (!s->uses[reg]) s->uses[reg] = ans_arena_array(s->m->arena, (size_t)ans_trace_rows(s->m->t, reg) + 1, sizeof **s->uses);
  if (!s->uses[reg]) {
    s->m->failed = true;
    return NULL;
  }
  s->uses[reg][row].marked = true;
  return &s->uses[reg][row].cuts;
}

static void use_value(slice *s, uint32_t reg, uint32_t row) {
  cutset *c = use_cell(s, reg, row);
  if (c) c->inexact = true;
}

static void use_same(slice *s, uint32_t reg, uint32_t row, const cutset *from) {
  cutset *c = use_cell(s, reg, row);
  if (c) cut_same(s->m->arena, c, from);
}

static bool use_cut(slice *s, uint32_t reg, uint32_t row, ans_int128 at) {
  cutset *c = use_cell(s, reg, row);
  if (c && at > INT64_MIN && at <= INT64_MAX) decide__cut(s->m->arena, c, (int64_t)at);
  return c != NULL;
}

static bool by_threshold(ans_type t) { return t.tag != ANS_T_BOOL && t.tag != ANS_T_ENUM && t.tag != ANS_T_REF; }

/* --- comparisons ------------------------------------------------------------------------------------------------------------------------- */

/* The operand is compared with the other one: where that can have few values, each of them is a threshold; else the comparison is one by value. */
static void use_compared(slice *s, uint32_t reg, uint32_t row, reach other) {
  if (!use_cell(s, reg, row) || !by_threshold(s->m->p->insns[reg].type) || !(other.states & REACH_VALUE)) return;
  if ((ans_int128)other.hi - other.lo < FEW_VALUES) {
    for (ans_int128 v = other.lo; v <= (ans_int128)other.hi + 1; v++) use_cut(s, reg, row, v);
    return;
  }
  use_value(s, reg, row);
  use_cut(s, reg, row, other.lo);
  use_cut(s, reg, row, other.hi);
}

static void slice_compare(slice *s, const ans_insn *in, uint32_t row) {
  reach a = at(s, in->a, row), b = at(s, in->b, row);
  use_compared(s, in->a, row, b);
  use_compared(s, in->b, row, a);
}

/* --- arithmetic with one open operand -------------------------------------------------------------------------------------------------------- */

static ans_int128 ceiling(ans_int128 a, ans_int128 b) { return a / b + ((a % b != 0 && (a < 0) == (b < 0)) ? 1 : 0); }
static ans_int128 floor_of(ans_int128 a, ans_int128 b) { return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0); }

/* The cut of the open operand x that corresponds to the cut t of the result; k is the other operand. */
static ans_int128 cut_before(const ans_insn *in, bool first, ans_int128 t, ans_int128 k) {
  switch ((int)in->op) {
    case ANS_OP_ADD: return t - k;
    case ANS_OP_SUB: return first ? t + k : k - t + 1; /* k − x ≥ t iff x ≤ k − t */
    case ANS_OP_NEG: return 1 - t;
    case ANS_OP_MUL: return k > 0 ? ceiling(t, k) : floor_of(t, k) + 1;
    default: return t; /* MIN2, MAX2, UNIT */
  }
}

static void slice_arithmetic(slice *s, const ans_insn *in, uint32_t row, const cutset *own, bool unary) {
  reach a = at(s, in->a, row), b = unary ? (reach){0, 0, REACH_VALUE} : at(s, in->b, row), r = at(s, (uint32_t)(in - s->m->p->insns), row);
  bool fa = reach_is_fixed(a), fb = reach_is_fixed(b), choice = in->op == ANS_OP_MIN2 || in->op == ANS_OP_MAX2, overflow = (r.states & REACH_ERROR) && !((a.states | b.states) & REACH_ERROR);
  uint32_t open = fa ? in->b : in->a;
  if (s->now || (!choice && ((!fa && !fb) || overflow))) {
    use_value(s, in->a, row);
    if (!unary) use_value(s, in->b, row);
    return;
  }
  if (choice) {
    use_same(s, in->a, row, own);
    use_same(s, in->b, row, own);
    return;
  }
  if (own->inexact) use_value(s, open, row);
  else use_cell(s, open, row);
  ans_int128 k = fa ? a.lo : b.lo;
  for (uint16_t i = 0; i < own->count; i++)
    if (in->op != ANS_OP_MUL || k != 0) use_cut(s, open, row, cut_before(in, !fa, own->at[i], k));
}

/* Monotone date functions: the cut of the operand is the first value at which the result reaches the cut of the result. */
static void slice_date(slice *s, const ans_insn *in, uint32_t row, const cutset *own, bool unary) {
  reach a = at(s, in->a, row), b = unary ? (reach){0, 0, REACH_VALUE} : at(s, in->b, row), r = at(s, (uint32_t)(in - s->m->p->insns), row);
  bool fa = reach_is_fixed(a), fb = reach_is_fixed(b), overflow = (r.states & REACH_ERROR) && !((a.states | b.states) & REACH_ERROR);
  if (s->now || (!fa && !fb) || overflow || own->inexact) {
    use_value(s, in->a, row);
    if (!unary) use_value(s, in->b, row);
    if (s->now || (!fa && !fb)) return;
  }
  use_cell(s, fa ? in->b : in->a, row);
  for (uint16_t i = 0; i < own->count; i++) {
    int64_t lo = fa ? b.lo : a.lo, hi = fa ? b.hi : a.hi, v = 0;
    if (lo < -MOST_DAYS) lo = -MOST_DAYS;
    if (hi > MOST_DAYS) hi = MOST_DAYS;
    while (lo < hi) { /* least operand whose result is at least the cut; where the function has no result it is not */
      int64_t mid = lo + (hi - lo) / 2;
      bool has = decide__date_function(in, in->op == ANS_OP_ADD_MONTHS && in->c == ANS_CLIP_NONE ? ANS_CLIP_NEXT_DAY : (int)in->c, fa ? a.lo : mid, fa ? mid : b.lo, &v);
      if (has && v >= own->at[i]) hi = mid;
      else lo = mid + 1;
    }
    use_cut(s, fa ? in->b : in->a, row, lo);
  }
}

/* --- rules, rows, parameters --------------------------------------------------------------------------------------------------------------- */

static void slice_resolve(slice *s, const ans_insn *in, uint32_t row, const cutset *own) {
  const uint32_t *l = s->m->p->lists + in->a;
  bool must = false;
  uint32_t alive = 0;
  for (uint32_t i = 1; i < in->b; i += 2) {
    reach live = decide__reach_condition(at(s, l[i], row));
    must = must || reach_is(live, 1);
    alive += reach_may(live, 1) || (live.states & REACH_OPEN);
  }
  for (uint32_t i = 1; i < in->b; i += 2) {
    reach live = decide__reach_condition(at(s, l[i], row));
    use_cell(s, l[i], row);
    if (!reach_may(live, 1) && !(live.states & REACH_OPEN)) continue;
    use_same(s, l[i + 1], row, own);
    for (uint32_t k = 1; k < in->b && alive > 1; k += 2) /* two that count are compared with each other */
      if (k != i) use_compared(s, l[i + 1], row, at(s, l[k + 1], row));
  }
  if (!must) use_same(s, l[0], row, own);
}

static void slice_select(slice *s, const ans_insn *in, uint32_t row, const cutset *own) {
  reach g = decide__reach_condition(at(s, in->a, row));
  bool open = g.states & REACH_OPEN;
  use_cell(s, in->a, row);
  if (open || reach_may(g, 1)) use_same(s, in->b, row, own);
  if (open || reach_may(g, 0)) use_same(s, in->c, row, own);
  if (!open) return;
  use_compared(s, in->b, row, at(s, in->c, row));
  use_compared(s, in->c, row, at(s, in->b, row));
}

static void slice_gather(slice *s, const ans_insn *in, uint32_t row, const cutset *own) {
  reach_map *m = s->m;
  reach ref = at(s, in->a, row);
  uint32_t unit = m->p->insns[in->a].type.ref;
  int64_t first = m->p->units[unit].parent == ANS_NONE ? ans_trace_first_row(m->t, unit) : 0, rows = ans_trace_rows(m->t, in->b);
  use_cell(s, in->a, row);
  if (!(ref.states & REACH_VALUE)) return;
  if (m->p->insns[in->b].unit == 0) {
    use_same(s, in->b, 0, own);
    return;
  }
  int64_t lo = ref.lo - first < 0 ? 0 : ref.lo - first, hi = ref.hi - first >= rows ? rows - 1 : ref.hi - first;
  for (int64_t i = lo; i <= hi && m->work <= RELEVANCE_MAX_WORK; i++, m->work++) use_same(s, in->b, (uint32_t)i, own);
}

static void slice_param(slice *s, const ans_insn *in, uint32_t row) {
  const uint32_t *l = s->m->p->lists + in->b;
  const ans_param *param = &s->m->p->params[in->a];
  bool later = ans_trace_law_known(s->m->t) != ANS_DAY_MAX; /* the ends of rows then depend on what was known */
  for (uint32_t i = 0; i < in->c; i++) {
    if (!use_cell(s, l[i], row) || !by_threshold(s->m->p->insns[l[i]].type)) continue;
    if (later && i == 0) use_value(s, l[i], row);
    for (uint32_t k = 0; k < param->row_count; k++) {
      const ans_param_row *x = &s->m->p->param_rows[param->first_row + k];
      use_cut(s, l[i], row, i == 0 ? x->from_day : x->key_lo[i - 1]);
      use_cut(s, l[i], row, (ans_int128)(i == 0 ? x->to_day : x->key_hi[i - 1]) + 1);
    }
    s->m->work += param->row_count;
  }
}

static void slice_group(slice *s, const ans_insn *in, uint32_t row, const cutset *own) {
  reach_map *m = s->m;
  uint32_t members = ans_trace_rows(m->t, in->a);
  int64_t self = (m->p->units[in->unit].parent == ANS_NONE ? (int64_t)ans_trace_first_row(m->t, in->unit) : 0) + row;
  bool extreme = in->op == ANS_OP_AGG_MIN || in->op == ANS_OP_AGG_MAX;
  for (uint32_t i = 0; i < members && m->work <= RELEVANCE_MAX_WORK; i++, m->work++) {
    reach ref = at(s, in->a, i), f = {1, 1, REACH_VALUE};
    if (in->b != ANS_NONE) f = decide__reach_condition(at(s, in->b, i));
    if (!reach_may(ref, self) && !(ref.states & (REACH_OPEN | REACH_BAD))) continue;
    if (!reach_may(f, 1) && !(f.states & ~REACH_VALUE)) continue;
    use_cell(s, in->a, i);
    if (in->b != ANS_NONE) use_cell(s, in->b, i);
    if (in->op == ANS_OP_AGG_COUNT) continue;
    if (in->op == ANS_OP_AGG_SUM) use_value(s, in->c, i);
    else if (extreme) use_same(s, in->c, i, own);
    else use_cell(s, in->c, i);
  }
}

/* A filter that can be true only in some completions lets its member come and go; keys are compared with all others that may be in the group. */
static void slice_rank(slice *s, const ans_insn *in, uint32_t row) {
  reach_map *m = s->m;
  uint32_t rows = ans_trace_rows(m->t, in->a);
  reach own = at(s, in->a, row), key = at(s, in->c, row);
  for (uint32_t q = 0; q < rows && m->work <= RELEVANCE_MAX_WORK; q++, m->work++) {
    reach ref = at(s, in->a, q);
    if (q != row && own.states == REACH_VALUE && ref.states == REACH_VALUE && (ref.hi < own.lo || own.hi < ref.lo)) continue;
    if (in->b != ANS_NONE) {
      use_cell(s, in->b, q);
      if (reach_is(at(s, in->b, q), 0)) continue;
    }
    use_cell(s, in->a, q);
    use_cell(s, in->c, q);
    if (q == row) continue;
    use_compared(s, in->c, row, at(s, in->c, q));
    use_compared(s, in->c, q, key);
  }
}

/* --- missing cells ---------------------------------------------------------------------------------------------------------------------------- */

static missing_cell *note(reach_map *m, missing_list *out, const missing_cell *fresh, uint32_t limit) {
  for (uint32_t i = out->count; i-- > 0;)
    if (out->items[i].fact == fresh->fact && out->items[i].row == fresh->row && out->items[i].from == fresh->from) return &out->items[i];
  m->work += out->count;
  if (out->count == limit) {
    out->truncated = true;
    return NULL;
  }
  if (out->count == out->capacity) {
    uint32_t capacity = out->capacity ? out->capacity * 2 : 32;
    missing_cell *items = ans_arena_array(m->arena, capacity, sizeof *items);
    if (!items) {
      m->failed = true;
      return NULL;
    }
    if (out->count) memcpy(items, out->items, out->count * sizeof *items);
    out->items = items;
    out->capacity = capacity;
  }
  out->items[out->count] = *fresh;
  return &out->items[out->count++];
}

static void read_day(missing_cell *x, int64_t day) {
  for (uint8_t i = 0; i < x->outside_count; i++)
    if (x->outside[i] == day) return;
  if (x->outside_count == sizeof x->outside / sizeof *x->outside) x->walked = true;
  else x->outside[x->outside_count++] = day;
}

/* The days lo…hi of a missing piece are read: each for itself (TL_AT), or in a way that depends on their sequence. */
static void read_piece(slice *s, uint32_t fact, uint32_t row, const decide_piece *g, int64_t lo, int64_t hi, bool each, bool backwards, const cutset *own) {
  const reach_map *m = s->m;
  if (lo < g->from) lo = g->from;
  if (hi > g->to) hi = g->to;
  bool latest = backwards || (lo < hi && g->to < m->first_day); /* of many days before the period the last one is asked about */
  missing_cell *x = note(s->m, s->out, &(missing_cell){.fact = fact, .row = row, .from = g->from, .to = g->to, .day = latest ? hi : lo, .state = g->v.state}, RELEVANCE_MAX_CELLS);
  if (!x) return;
  if (each && !latest && lo < x->day) x->day = lo;
  if (own) cut_same(m->arena, &x->cuts, own);
  if (g->from >= m->first_day && g->to <= m->last_day) {
    for (int64_t d = lo; d <= hi && d - m->first_day < 32; d++) x->period_days |= UINT32_C(1) << (d - m->first_day);
    if (hi - m->first_day >= 32) x->walked = true; /* half-years and years: too many days to tell apart one by one */
  } else if (each && lo == hi) {
    read_day(x, lo);
  } else {
    x->walked = true;
  }
}

/* letztes_Ende, nächster_Beginn: everything from the day on, up to a true day beside a day that is certainly not true. */
static void read_walk(slice *s, const ans_insn *in, uint32_t row, reach day) {
  reach_map *m = s->m;
  bool back = in->op == ANS_OP_TL_LAST_END, off = false;
  for (int64_t d = back ? day.hi : day.lo; d >= ANS_DAY_MIN && d <= ANS_DAY_MAX; m->work++) {
    decide_piece g = decide__piece(m->c, in->a, row, d, m->first_day, m->last_day);
    bool on = g.v.state == ANS_VALUE && g.v.v == 1, past = back ? g.to < day.lo : g.from > day.hi;
    if (g.missing) read_piece(s, in->a, row, &g, back ? g.from : d, back ? d : g.to, false, back, NULL);
    if (on && off && past) return;
    off = !g.missing && !on;
    d = back ? g.from - 1 : g.to + 1;
  }
}

static void read_days(slice *s, uint32_t fact, uint32_t row, int64_t lo, int64_t hi, bool each, const cutset *own) {
  reach_map *m = s->m;
  if (lo < ANS_DAY_MIN) lo = ANS_DAY_MIN;
  if (hi > ANS_DAY_MAX) hi = ANS_DAY_MAX;
  for (int64_t d = lo; d <= hi; m->work++) {
    decide_piece g = decide__piece(m->c, fact, row, d, m->first_day, m->last_day);
    if (g.missing) read_piece(s, fact, row, &g, d, hi, each, false, own);
    d = g.to + 1;
  }
}

static void use_read_day(slice *s, uint32_t reg, uint32_t row) {
  if (s->m->p->insns[reg].op != ANS_OP_SEG_FROM && s->m->p->insns[reg].op != ANS_OP_SEG_TO) use_value(s, reg, row);
}

static void slice_timeline(slice *s, const ans_insn *in, uint32_t row, const cutset *own) {
  reach_map *m = s->m;
  const uint32_t *l = m->p->lists + in->a;
  bool days = in->op == ANS_OP_TL_DAYS;
  uint32_t from = days ? l[0] : in->c, to = days ? l[1] : in->c, by = days ? (in->b == 3 ? l[2] : ANS_NONE) : in->b, fact = days ? in->c : in->a;
  int64_t self = (int64_t)ans_trace_first_row(m->t, in->unit) + row;
  reach a = at(s, from, row), b = at(s, to, row), ref = by == ANS_NONE ? (reach){self, self, REACH_VALUE} : at(s, by, row);
  use_read_day(s, from, row);
  use_read_day(s, to, row);
  if (by != ANS_NONE) use_cell(s, by, row);
  if (!(a.states & b.states & ref.states & REACH_VALUE)) return;
  for (int64_t r = ref.lo; r <= ref.hi && m->work <= RELEVANCE_MAX_WORK; r++) {
    if (days) read_days(s, fact, (uint32_t)r, a.lo, b.hi, false, NULL);
    else if (in->op == ANS_OP_TL_AT) read_days(s, fact, (uint32_t)r, a.lo, a.hi, true, own);
    else read_walk(s, in, (uint32_t)r, a);
  }
}

static void slice_fact(slice *s, const ans_insn *in, uint32_t reg, uint32_t row, const cutset *own) {
  ans_scalar v = ans_trace_get(s->m->t, reg, row);
  if (v.state != ANS_UNKNOWN && v.state != ANS_HUMAN) return;
  missing_cell fresh = {.fact = in->a, .row = ans_trace_first_row(s->m->t, in->unit) + row, .day = ANS_OPEN_PAST, .state = v.state};
  missing_cell *x = note(s->m, s->out, &fresh, RELEVANCE_MAX_CELLS);
  if (x) cut_same(s->m->arena, &x->cuts, own);
}

static void slice_cell(slice *s, uint32_t reg, uint32_t row, const cutset *own) {
  const ans_insn *in = &s->m->p->insns[reg];
  if (ans_trace_overridden(s->m->t, reg, row)) return;
  switch ((ans_opcode)in->op) {
    case ANS_OP_CONST:
    case ANS_OP_PERIOD:
    case ANS_OP_SELF:
    case ANS_OP_SPLIT:
    case ANS_OP_SEG_FROM:
    case ANS_OP_SEG_TO:
    case ANS_OP_HUMAN:
    case ANS_OP_COUNT: return;
    case ANS_OP_FACT: slice_fact(s, in, reg, row, own); return;
    case ANS_OP_TL_AT:
    case ANS_OP_TL_LAST_END:
    case ANS_OP_TL_NEXT_START:
    case ANS_OP_TL_DAYS: slice_timeline(s, in, row, own); return;
    case ANS_OP_SEG_FIND:
      use_cell(s, in->a, row);
      use_value(s, in->c, row);
      return;
    case ANS_OP_GATHER: slice_gather(s, in, row, own); return;
    case ANS_OP_PARAM: slice_param(s, in, row); return;
    case ANS_OP_AGG_COUNT:
    case ANS_OP_AGG_SUM:
    case ANS_OP_AGG_MIN:
    case ANS_OP_AGG_MAX:
    case ANS_OP_AGG_ANY:
    case ANS_OP_AGG_ALL: slice_group(s, in, row, own); return;
    case ANS_OP_RANK: slice_rank(s, in, row); return;
    case ANS_OP_AND:
    case ANS_OP_OR:
      use_cell(s, in->a, row);
      use_cell(s, in->b, row);
      return;
    case ANS_OP_NOT:
    case ANS_OP_GUARD:
    case ANS_OP_KNOWN:
    case ANS_OP_PRESENT: use_cell(s, in->a, row); return;
    case ANS_OP_SELECT: slice_select(s, in, row, own); return;
    case ANS_OP_RESOLVE: slice_resolve(s, in, row, own); return;
    case ANS_OP_DEFAULT:
      if (!s->now || at(s, in->a, row).states & REACH_HUMAN) use_same(s, in->a, row, own); /* now: what is unknown is given by the default */
      if (at(s, in->a, row).states & 1 << ANS_UNKNOWN) use_same(s, in->b, row, own);
      return;
    case ANS_OP_EQ:
    case ANS_OP_NE:
    case ANS_OP_LT:
    case ANS_OP_LE: slice_compare(s, in, row); return;
    case ANS_OP_ADD:
    case ANS_OP_SUB:
    case ANS_OP_MUL:
    case ANS_OP_MIN2:
    case ANS_OP_MAX2: slice_arithmetic(s, in, row, own, false); return;
    case ANS_OP_NEG:
    case ANS_OP_UNIT: slice_arithmetic(s, in, row, own, true); return;
    case ANS_OP_YEARS_DONE:
    case ANS_OP_ADD_MONTHS: slice_date(s, in, row, own, false); return;
    case ANS_OP_MONTH_OF:
    case ANS_OP_MONTH_FIRST:
    case ANS_OP_MONTH_LAST:
    case ANS_OP_YEAR_OF:
    case ANS_OP_WORKDAY: slice_date(s, in, row, own, true); return;
    case ANS_OP_TEXT_IS:
    case ANS_OP_LIST_COUNT:
    case ANS_OP_HOLIDAY: use_value(s, in->a, row); return;
    case ANS_OP_LIST_HAS:
      use_value(s, in->a, row);
      use_value(s, in->b, row);
      return;
    case ANS_OP_DIVR:
      use_value(s, in->a, row);
      use_value(s, in->b, row);
      return;
    case ANS_OP_MULR:
      for (uint32_t i = 0; i < in->b; i++) use_value(s, s->m->p->lists[in->a + i], row);
      return;
  }
}

void decide__slice(reach_map *m, const uint32_t *roots, const bool *amount, uint32_t n, uint32_t row, bool now, missing_list *out) {
  uint32_t last = 0;
  slice s = {.m = m, .uses = ans_arena_array(m->arena, m->p->insn_count, sizeof *s.uses), .out = out, .now = now};
  if (!s.uses) {
    m->failed = true;
    return;
  }
  for (uint32_t i = 0; i < n; i++) {
    if (amount[i]) use_value(&s, roots[i], row);
    else use_cell(&s, roots[i], row);
    if (roots[i] > last) last = roots[i];
  }
  for (uint32_t reg = last + 1; reg-- > 0 && !m->failed;)
    for (uint32_t r = 0; s.uses[reg] && r < ans_trace_rows(m->t, reg); r++)
      if (s.uses[reg][r].marked) slice_cell(&s, reg, r, &s.uses[reg][r].cuts);
  if (m->work > RELEVANCE_MAX_WORK) m->too_large = true;
}

void decide__all_missing(reach_map *m, uint32_t component, missing_list *out, uint32_t limit) {
  for (uint32_t f = 0; f < m->p->fact_count && !out->truncated && !m->failed; f++) {
    const uint32_t *first = m->c->units[m->p->facts[f].unit].component_first;
    for (uint32_t row = first[component]; row < first[component + 1] && !out->truncated && !m->failed; row++) {
      if (m->p->facts[f].kind == ANS_FACT_SCALAR) {
        uint8_t state = ans_columns_get(m->c, f, row).state;
        if (state == ANS_UNKNOWN || state == ANS_HUMAN) note(m, out, &(missing_cell){.fact = f, .row = row, .day = ANS_OPEN_PAST, .state = state}, limit);
        continue;
      }
      for (int64_t day = ANS_DAY_MIN; day <= ANS_DAY_MAX;) {
        decide_piece g = decide__piece(m->c, f, row, day, m->first_day, m->last_day);
        missing_cell x = {.fact = f, .row = row, .from = g.from, .to = g.to, .day = g.to < m->first_day ? g.to : g.from, .state = g.v.state};
        if (g.missing) note(m, out, &x, limit);
        day = g.to + 1;
      }
    }
  }
}
