/* Owns: what aggregates, ranks and timelines can be over all admissible completions (docs/semantics.md §§ 3, 4.3, 11); the other operations are in reach.c.
 *
 * A member belongs to a row certainly, possibly or not at all. References that may name more than a few rows count for every row, so that one pass over the members is enough.
 * Pure; memory from the map's arena. */
#include "base/int128.h"
#include "decide/relevance.h"
#include "num/calendar.h"

enum { FEW_ROWS = 32 };

static bool settled_cell(reach_map *m, uint32_t reg, uint32_t row) {
  if (m->p->insns[reg].unit == 0) row = 0;
  reach r = decide__reach_at(m, reg, row);
  ans_scalar v = ans_trace_get(m->t, reg, row);
  return reach_is_fixed(r) && r.states == 1 << v.state && (v.state != ANS_VALUE || r.lo == v.v);
}
static reach trace_cell(const reach_map *m, uint32_t reg, uint32_t row) {
  ans_scalar v = ans_trace_get(m->t, reg, row);
  return v.state == ANS_VALUE ? (reach){v.v, v.v, REACH_VALUE} : (reach){0, 0, (uint8_t)(1 << v.state)};
}

/* --- aggregates -------------------------------------------------------------------------------------------------------------------- */
typedef struct fold {
  ans_int128 lo, hi;       /* number or sum */
  reach may;               /* minimum, maximum: all that may enter */
  int64_t sure; bool has_sure; /* the bound that a certain member sets: its hi for the minimum, its lo for the maximum */
  bool decided, possible;  /* truth: some member certainly, possibly decides */
  uint8_t states;
} fold;

static void fold__number(fold *x, const ans_insn *in, bool must, reach e) {
  if (!(e.states & REACH_VALUE)) return;
  bool always = must && e.states == REACH_VALUE, least = in->op == ANS_OP_AGG_MIN;
  int64_t edge = least ? e.hi : e.lo;
  x->lo += always || e.lo < 0 ? e.lo : 0;
  x->hi += always || e.hi > 0 ? e.hi : 0;
  x->may = decide__reach_join(x->may, (reach){e.lo, e.hi, REACH_VALUE});
  if (!always) return;
  if (!x->has_sure || (least ? edge < x->sure : edge > x->sure)) x->sure = edge;
  x->has_sure = true;
}

/* One member whose reference names the row certainly (must) or possibly; f: its filter as a condition. */
static void fold__member(fold *x, const ans_insn *in, bool must, reach f, reach e) {
  if (!reach_may(f, 1) && !(f.states & ~REACH_VALUE)) return; /* certainly filtered out */
  x->states |= (uint8_t)((f.states | (in->op == ANS_OP_AGG_COUNT ? 0 : e.states)) & (REACH_OPEN | REACH_BAD));
  if (!reach_may(f, 1)) return;
  must = must && reach_is(f, 1);
  switch ((int)in->op) {
    case ANS_OP_AGG_COUNT:
      x->lo += must;
      x->hi += 1;
      break;
    case ANS_OP_AGG_ANY:
      x->decided = x->decided || (must && reach_is(e, 1));
      x->possible = x->possible || reach_may(e, 1);
      break;
    case ANS_OP_AGG_ALL:
      x->decided = x->decided || (must && reach_is(e, 0));
      x->possible = x->possible || reach_may(e, 0);
      break;
    default: fold__number(x, in, must, e); break;
  }
}

static void fold__merge(fold *x, const fold *all) {
  x->states |= all->states;
  x->lo += all->lo;
  x->hi += all->hi;
  x->may = decide__reach_join(x->may, all->may);
  x->possible = x->possible || all->possible;
}

static reach fold__result(const fold *x, uint16_t op) {
  reach r = {0, 0, (uint8_t)(x->states | REACH_VALUE)};
  if (op == ANS_OP_AGG_ANY || op == ANS_OP_AGG_ALL) {
    int64_t deciding = op == ANS_OP_AGG_ANY;
    if (x->decided) return (reach){deciding, deciding, REACH_VALUE};
    r.lo = x->possible ? 0 : !deciding;
    r.hi = x->possible ? 1 : !deciding;
    return r;
  }
  if (op == ANS_OP_AGG_MIN || op == ANS_OP_AGG_MAX) {
    if (!x->has_sure) r.states |= REACH_NA;
    if (!(x->may.states & REACH_VALUE)) r.states &= (uint8_t)~REACH_VALUE;
    r.lo = op == ANS_OP_AGG_MAX && x->has_sure ? x->sure : x->may.lo;
    r.hi = op == ANS_OP_AGG_MIN && x->has_sure ? x->sure : x->may.hi;
    return r;
  }
  if (x->lo < INT64_MIN || x->hi > INT64_MAX) r.states |= REACH_ERROR;
  if (x->hi < INT64_MIN || x->lo > INT64_MAX) r.states &= (uint8_t)~REACH_VALUE;
  r.lo = x->lo < INT64_MIN ? INT64_MIN : x->lo > INT64_MAX ? INT64_MAX : (int64_t)x->lo;
  r.hi = x->hi < INT64_MIN ? INT64_MIN : x->hi > INT64_MAX ? INT64_MAX : (int64_t)x->hi;
  return r;
}

bool decide__reach_groups(reach_map *m, uint32_t reg) {
  const ans_insn *in = &m->p->insns[reg];
  uint32_t targets = ans_trace_rows(m->t, reg), members = ans_trace_rows(m->t, in->a);
  int64_t first = m->p->units[in->unit].parent == ANS_NONE ? ans_trace_first_row(m->t, in->unit) : 0;
  fold *all = ans_arena_array(m->arena, (size_t)targets + 1, sizeof *all), everywhere = {0};
  if (!all) {
    m->failed = true;
    return false;
  }
  for (uint32_t i = 0; i < members; i++) {
    reach ref = decide__reach_at(m, in->a, i), f = {1, 1, REACH_VALUE}, e = {0, 0, REACH_VALUE};
    if (in->b != ANS_NONE) f = decide__reach_condition(decide__reach_at(m, in->b, i));
    if (in->op != ANS_OP_AGG_COUNT) e = decide__reach_at(m, in->c, i);
    bool filtered = !reach_may(f, 1) && !(f.states & ~REACH_VALUE);
    if (!filtered) everywhere.states |= ref.states & (REACH_OPEN | REACH_BAD);
    if (!filtered && (ref.states & (REACH_OPEN | REACH_BAD))) everywhere.states |= (uint8_t)((f.states | (in->op == ANS_OP_AGG_COUNT ? 0 : e.states)) & (REACH_OPEN | REACH_BAD));
    if (!(ref.states & REACH_VALUE)) continue;
    int64_t lo = ref.lo - first, hi = ref.hi - first;
    if (lo < 0) lo = 0;
    if (hi >= targets) hi = (int64_t)targets - 1;
    if (hi - lo >= FEW_ROWS) fold__member(&everywhere, in, false, f, e);
    else
      for (int64_t r = lo; r <= hi; r++) fold__member(&all[r], in, reach_is_fixed(ref), f, e);
  }
  for (uint32_t r = 0; r < targets; r++) {
    fold__merge(&all[r], &everywhere);
    m->cells[reg][r] = fold__result(&all[r], in->op);
  }
  return true;
}

/* A rank is what it is in the trace if all rows that may share its group are; otherwise any place among them. */
reach decide__reach_group(reach_map *m, const ans_insn *in, uint32_t reg, uint32_t row) {
  uint32_t rows = ans_trace_rows(m->t, reg);
  reach f = in->b == ANS_NONE ? (reach){1, 1, REACH_VALUE} : decide__reach_condition(decide__reach_at(m, in->b, row)), own = decide__reach_at(m, in->a, row);
  if (reach_is(f, 0)) return (reach){0, 0, REACH_NA};
  reach r = {1, 1, REACH_VALUE};
  bool same = true;
  m->work += rows;
  for (uint32_t q = 0; q < rows; q++) {
    reach other = decide__reach_at(m, in->a, q), fq = in->b == ANS_NONE ? (reach){1, 1, REACH_VALUE} : decide__reach_at(m, in->b, q);
    bool apart = other.states == REACH_VALUE && own.states == REACH_VALUE && (other.hi < own.lo || own.hi < other.lo);
    if (apart || reach_is(fq, 0)) continue;
    same = same && settled_cell(m, in->a, q) && settled_cell(m, in->c, q) && (in->b == ANS_NONE || settled_cell(m, in->b, q));
    r.states |= (uint8_t)((other.states | decide__reach_condition(fq).states | decide__reach_condition(decide__reach_at(m, in->c, q)).states) & (REACH_OPEN | REACH_BAD));
    if (q != row) r.hi++;
  }
  if (same) return trace_cell(m, reg, row);
  if (reach_may(f, 0)) r.states |= REACH_NA;
  r.states |= own.states & (uint8_t)~REACH_VALUE; /* a reference that is n/a is the state of the rank */
  return r;
}

/* --- timelines ------------------------------------------------------------------------------------------------------------------------ */

decide_piece decide__piece(const ans_columns *c, uint32_t fact, uint32_t row, int64_t day, int32_t first_day, int32_t last_day) {
  const ans_timeline *tl = &c->timelines[fact];
  decide_piece g = {ANS_DAY_MIN, ANS_DAY_MAX, {0, c->program->facts[fact].nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN}, false};
  for (uint32_t i = tl->offsets[row]; i < tl->offsets[row + 1]; i++) {
    const ans_interval *x = &tl->items[i];
    if (x->to < day) {
      g.from = (int64_t)x->to + 1;
      continue;
    }
    if (x->from > day) {
      g.to = (int64_t)x->from - 1;
      break;
    }
    g.from = x->from < ANS_DAY_MIN ? ANS_DAY_MIN : x->from;
    g.to = x->to > ANS_DAY_MAX ? ANS_DAY_MAX : x->to;
    g.v = (ans_scalar){x->value, x->state};
    break;
  }
  g.missing = g.v.state == ANS_UNKNOWN || g.v.state == ANS_HUMAN;
  if (!g.missing) return g;
  int64_t from = day < first_day ? ANS_DAY_MIN : day <= last_day ? first_day : (int64_t)last_day + 1;
  int64_t to = day < first_day ? (int64_t)first_day - 1 : day <= last_day ? last_day : ANS_DAY_MAX;
  if (from > g.from) g.from = from;
  if (to < g.to) g.to = to;
  return g;
}

static reach on_days(reach_map *m, const ans_insn *in, uint32_t row, reach day) {
  reach r = {0};
  domain_bounds d = decide__domain(m->c, m->t, in->a);
  for (int64_t x = day.lo; x <= day.hi;) {
    decide_piece g = decide__piece(m->c, in->a, row, x, m->first_day, m->last_day);
    reach v = g.v.state == ANS_VALUE ? (reach){g.v.v, g.v.v, REACH_VALUE} : (reach){0, 0, (uint8_t)(1 << g.v.state)};
    if (g.missing && m->pick) v = m->pick(m->pick_ctx, m->c, in->a, row) ? decide__reach_any(m, in->type) : v;
    else if (g.missing) v = d.known ? (reach){d.lo, d.hi, REACH_VALUE} : decide__reach_any(m, in->type);
    r = decide__reach_join(r, v);
    m->work++;
    x = g.to + 1;
  }
  return r;
}

static reach days_counted(reach_map *m, const ans_insn *in, uint32_t reg, uint32_t row) {
  const uint32_t *l = m->p->lists + in->a;
  bool same = ans_trace_get(m->t, reg, row).state == ANS_VALUE;
  uint8_t states = REACH_VALUE | REACH_ERROR;
  for (uint32_t i = 0; i < in->b; i++) {
    same = same && settled_cell(m, l[i], row);
    states |= decide__reach_at(m, l[i], row).states;
  }
  if (same) return trace_cell(m, reg, row); /* no missing day in the span, or the count would not be a value */
  if (m->pick) states |= REACH_NA | REACH_OPEN | REACH_BAD;
  return (reach){0, ANS_DAY_MAX - ANS_DAY_MIN + 1, states};
}

reach decide__reach_timeline(reach_map *m, const ans_insn *in, uint32_t reg, uint32_t row) {
  if (in->op == ANS_OP_TL_DAYS) return days_counted(m, in, reg, row);
  int64_t own = (int64_t)ans_trace_first_row(m->t, in->unit) + row;
  reach day = decide__reach_at(m, in->c, row), ref = in->b == ANS_NONE ? (reach){own, own, REACH_VALUE} : decide__reach_at(m, in->b, row), r = {0};
  uint8_t beside = (uint8_t)((day.states | ref.states) & ~REACH_VALUE);
  if (!(day.states & ref.states & REACH_VALUE)) return (reach){0, 0, beside ? beside : REACH_OPEN};
  if (in->op != ANS_OP_TL_AT) {
    ans_scalar v = ans_trace_get(m->t, reg, row);
    bool same = settled_cell(m, in->c, row) && (in->b == ANS_NONE || settled_cell(m, in->b, row));
    if (same && v.state <= ANS_NOT_APPLICABLE) return trace_cell(m, reg, row); /* the walk met no missing day */
    return (reach){ANS_DAY_MIN, ANS_DAY_MAX, (uint8_t)(beside | REACH_VALUE | REACH_NA | (m->pick ? REACH_OPEN | REACH_BAD : 0))};
  }
  if (ref.hi - ref.lo >= 64) r = decide__reach_any(m, in->type);
  else
    for (int64_t x = ref.lo; x <= ref.hi; x++) r = decide__reach_join(r, on_days(m, in, (uint32_t)x, day));
  r.states |= beside;
  return r;
}
