/* Owns: what a cell can be over all admissible completions of the missing cells (docs/semantics.md § 11), operation by operation: a set of states and an interval of values.
 *
 * An over-approximation on purpose: operands are taken as independent of each other. Rejected: the slice of operands that were used in the incomplete case. What is unused there may be used in
 * a completion (behind `bekannt`, behind a reference that is not known, behind an error that a completion reveals), and then a relevant fact would not be listed.
 * Where all operands are what they are in the trace, the trace's own cell is taken, so that nothing is computed twice in two ways.
 * Cost: once per cell that the slice asks for. Operands are earlier registers, so a cell may wait for as many others as there are registers; from a fixed depth on everything beneath is
 * made in order. Memory from the map's arena. */
#include "base/int128.h"
#include "decide/relevance.h"
#include "num/calendar.h"
#include "num/period.h"

enum { NATURAL_YEARS = 150, NATURAL_NUMBER = 10000000, REACH_DEPTH = 200 };

static reach of_state(uint8_t s) { return (reach){0, 0, (uint8_t)(1 << s)}; }
static reach of_cell(ans_scalar v) { return v.state == ANS_VALUE ? (reach){v.v, v.v, REACH_VALUE} : of_state(v.state); }
static bool is_cell(reach r, ans_scalar v) { return reach_is_fixed(r) && r.states == 1 << v.state && (v.state != ANS_VALUE || r.lo == v.v); }

static domain_bounds natural_domain(const ans_columns *c, const ans_trace *t, ans_type type) {
  const ans_program *p = c->program;
  int64_t unit = 1, month = ans_date_month(ans_period_first(p->period_kind, ans_trace_period(t)));
  for (uint8_t i = 0; i < type.scale && i < 10; i++) unit *= 10;
  switch ((ans_type_tag)type.tag) {
    case ANS_T_BOOL: return (domain_bounds){true, true, 0, 1};
    case ANS_T_ENUM: return (domain_bounds){p->enums[type.ref].value_count > 0, true, 0, (int64_t)p->enums[type.ref].value_count - 1};
    case ANS_T_REF: {
      int64_t first = ans_trace_first_row(t, type.ref), rows = ans_trace_unit_rows(t, type.ref);
      return (domain_bounds){rows > 0, true, first, first + rows - 1};
    }
    case ANS_T_DATE: return (domain_bounds){true, false, ans_month_first(month - NATURAL_YEARS * 12), ans_month_last(month + NATURAL_YEARS * 12)};
    case ANS_T_MONTH: return (domain_bounds){true, false, month - NATURAL_YEARS * 12, month + NATURAL_YEARS * 12};
    case ANS_T_INT:
    case ANS_T_DECIMAL:
    case ANS_T_MONEY: {
      static const int64_t most[] = {NATURAL_NUMBER, NATURAL_YEARS, NATURAL_YEARS * 12, NATURAL_YEARS * 366, 10000};
      bool measured = type.tag != ANS_T_MONEY && type.measure > ANS_M_NONE && type.measure <= ANS_M_HOURS;
      int64_t hi = most[measured ? type.measure : 0] * unit;
      return (domain_bounds){true, false, measured ? 0 : -hi, hi};
    }
    case ANS_T_LIST: return (domain_bounds){true, true, 0, (int64_t)((UINT64_C(1) << p->enums[type.ref].value_count) - 1)}; /* every set of values; at most 62 of them */
    case ANS_T_TEXT: break;
  }
  return (domain_bounds){.known = false};
}

domain_bounds decide__domain(const ans_columns *c, const ans_trace *t, uint32_t fact) {
  domain_bounds d = natural_domain(c, t, c->program->facts[fact].type);
  if (d.known) ans_fact_completions(c->program, &c->program->facts[fact], &d.lo, &d.hi);
  return d;
}

reach decide__reach_condition(reach r) {
  if (r.states & REACH_NA) r.states = (uint8_t)((r.states & ~REACH_NA) | REACH_ERROR);
  return r;
}

reach decide__reach_join(reach a, reach b) {
  reach r = {a.lo, a.hi, (uint8_t)(a.states | b.states)};
  if (!(b.states & REACH_VALUE)) return r;
  if (!(a.states & REACH_VALUE) || b.lo < r.lo) r.lo = b.lo;
  if (!(a.states & REACH_VALUE) || b.hi > r.hi) r.hi = b.hi;
  return r;
}

reach decide__reach_any(const reach_map *m, ans_type type) {
  reach r = {INT64_MIN, INT64_MAX, REACH_VALUE | REACH_NA | REACH_OPEN | REACH_BAD};
  if (type.tag == ANS_T_BOOL) r.lo = 0, r.hi = 1;
  if (type.tag == ANS_T_DATE) r.lo = ANS_DAY_MIN, r.hi = ANS_DAY_MAX;
  if (type.tag == ANS_T_ENUM) r.lo = 0, r.hi = (int64_t)m->p->enums[type.ref].value_count - 1;
  if (type.tag == ANS_T_REF) {
    r.lo = m->p->units[type.ref].parent == ANS_NONE ? ans_trace_first_row(m->t, type.ref) : 0;
    r.hi = r.lo + (int64_t)ans_trace_unit_rows(m->t, type.ref) - 1;
  }
  return r;
}

reach decide__reach_rows(reach_map *m, uint32_t reg, int64_t lo, int64_t hi) {
  int64_t rows = ans_trace_rows(m->t, reg);
  reach r = {0};
  if (m->p->insns[reg].unit == 0) return decide__reach_at(m, reg, 0);
  if (lo < 0) lo = 0;
  if (hi >= rows) hi = rows - 1;
  bool wide = hi - lo >= 64;
  if (wide && m->has_hull[reg]) return m->hull[reg];
  if (wide) lo = 0, hi = rows - 1;
  for (int64_t i = lo; i <= hi; i++) r = decide__reach_join(r, decide__reach_at(m, reg, (uint32_t)i));
  m->work += hi >= lo ? (uint64_t)(hi - lo + 1) : 0;
  if (wide) {
    m->hull[reg] = r;
    m->has_hull[reg] = true;
  }
  return r.states ? r : (reach){0, 0, REACH_OPEN}; /* nothing to refer to */
}

/* --- strict operations ------------------------------------------------------------------------------------------------------------- */

/* States of a strict operation that are not a value; REACH_VALUE if both operands can be values. */
static uint8_t strict_states(uint8_t a, uint8_t b) {
  uint8_t out = 0;
  for (int s = 0; s < ANS_STATE_COUNT; s++)
    for (int t = 0; t < ANS_STATE_COUNT; t++)
      if ((a >> s & 1) && (b >> t & 1)) out |= (uint8_t)(1 << (s > t ? s : t));
  return out;
}

/* The exact interval lo…hi as values of the type: what does not fit is an error. */
static void fit(reach *r, ans_type type, ans_int128 lo, ans_int128 hi) {
  ans_int128 least = type.tag == ANS_T_DATE ? ANS_DAY_MIN : INT64_MIN, most = type.tag == ANS_T_DATE ? ANS_DAY_MAX : INT64_MAX;
  if (lo < least || hi > most) r->states |= REACH_ERROR;
  if (hi < least || lo > most) r->states &= (uint8_t)~REACH_VALUE;
  r->lo = (int64_t)(lo < least ? least : lo);
  r->hi = (int64_t)(hi > most ? most : hi);
}

static void multiply(reach *r, ans_type type, reach a, reach b) {
  ans_int128 x[4] = {(ans_int128)a.lo * b.lo, (ans_int128)a.lo * b.hi, (ans_int128)a.hi * b.lo, (ans_int128)a.hi * b.hi}, lo = x[0], hi = x[0];
  for (int i = 1; i < 4; i++) {
    if (x[i] < lo) lo = x[i];
    if (x[i] > hi) hi = x[i];
  }
  fit(r, type, lo, hi);
}

bool decide__date_function(const ans_insn *in, int clip, int64_t a, int64_t b, int64_t *v) {
  int y, mo, d;
  switch ((int)in->op) {
    case ANS_OP_YEARS_DONE: return b > -10000 && b < 10000 && ans_date_birthday(a, b, v);
    case ANS_OP_ADD_MONTHS: return b > -120000 && b < 120000 && ans_date_add_months(a, b, clip, v);
    case ANS_OP_MONTH_OF: *v = ans_date_month(a); return true;
    case ANS_OP_WORKDAY: return ans_date_workday(a, in->b, v);
    case ANS_OP_YEAR_OF:
      ans_date_to_ymd(a, &y, &mo, &d);
      *v = y;
      return true;
    default: /* MONTH_FIRST, MONTH_LAST */
      if (a < 12 || a > 9999 * 12 + 11) return false;
      *v = in->op == ANS_OP_MONTH_FIRST ? ans_month_first(a) : ans_month_last(a);
      return true;
  }
}

/* Monotone in both operands: the ends give the interval. A missing day without clipping lies between the two clippings, or is an error. */
static void date_interval(reach *r, const ans_insn *in, reach a, reach b) {
  bool months = in->op == ANS_OP_ADD_MONTHS, point = a.lo == a.hi && b.lo == b.hi;
  int64_t lo = in->type.tag == ANS_T_DATE ? ANS_DAY_MIN : INT64_MIN, hi = in->type.tag == ANS_T_DATE ? ANS_DAY_MAX : INT64_MAX, v = 0;
  if (months && point) {
    if (decide__date_function(in, (int)in->c, a.lo, b.lo, &v)) r->lo = r->hi = v;
    else r->states = (uint8_t)((r->states & ~REACH_VALUE) | REACH_ERROR);
    return;
  }
  bool from = decide__date_function(in, ANS_CLIP_MONTH_END, a.lo, b.lo, &lo), to = decide__date_function(in, ANS_CLIP_NEXT_DAY, a.hi, b.hi, &hi);
  if (!from || !to || (months && in->c == ANS_CLIP_NONE)) r->states |= REACH_ERROR;
  if (point && !from) r->states &= (uint8_t)~REACH_VALUE;
  r->lo = lo;
  r->hi = hi < lo ? lo : hi;
}

static void compare(reach *r, ans_opcode op, reach a, reach b) {
  bool yes, no;
  if (op == ANS_OP_LT) yes = a.lo < b.hi, no = a.hi >= b.lo;
  else if (op == ANS_OP_LE) yes = a.lo <= b.hi, no = a.hi > b.lo;
  else yes = a.lo <= b.hi && b.lo <= a.hi, no = !(a.lo == a.hi && b.lo == b.hi && a.lo == b.lo);
  if (op == ANS_OP_NE) {
    bool equal = yes;
    yes = no;
    no = equal;
  }
  r->lo = no ? 0 : 1;
  r->hi = yes ? 1 : 0;
}

static reach strict(const ans_insn *in, reach a, reach b) {
  reach r = {0, 0, strict_states(a.states, b.states)};
  if (!(r.states & REACH_VALUE)) return r;
  switch ((int)in->op) {
    case ANS_OP_ADD: fit(&r, in->type, (ans_int128)a.lo + b.lo, (ans_int128)a.hi + b.hi); break;
    case ANS_OP_SUB: fit(&r, in->type, (ans_int128)a.lo - b.hi, (ans_int128)a.hi - b.lo); break;
    case ANS_OP_NEG: fit(&r, in->type, -(ans_int128)a.hi, -(ans_int128)a.lo); break;
    case ANS_OP_MUL: multiply(&r, in->type, a, b); break;
    case ANS_OP_MIN2: r.lo = a.lo < b.lo ? a.lo : b.lo, r.hi = a.hi < b.hi ? a.hi : b.hi; break;
    case ANS_OP_MAX2: r.lo = a.lo > b.lo ? a.lo : b.lo, r.hi = a.hi > b.hi ? a.hi : b.hi; break;
    case ANS_OP_UNIT: r.lo = a.lo, r.hi = a.hi; break;
    case ANS_OP_EQ:
    case ANS_OP_NE:
    case ANS_OP_LT:
    case ANS_OP_LE: compare(&r, (ans_opcode)in->op, a, b); break;
    case ANS_OP_HOLIDAY: r.lo = 0, r.hi = 1, r.states |= REACH_ERROR; break;
    default: date_interval(&r, in, a, b); break;
  }
  return r;
}

/* Quotients and rounded products: only their states are followed, and their value where every operand is what it is in the trace (see settled). */
static reach quotient(reach_map *m, const uint32_t *regs, uint32_t n, uint32_t row) {
  reach r = {INT64_MIN, INT64_MAX, REACH_VALUE};
  for (uint32_t i = 0; i < n; i++) r.states = strict_states(r.states, decide__reach_at(m, regs[i], row).states);
  if (r.states & REACH_VALUE) r.states |= REACH_ERROR;
  return r;
}

/* --- truth ----------------------------------------------------------------------------------------------------------------------------- */

/* false und x = false; otherwise the maximum of the states (§ 2.1). */
static reach conjunction(reach a, reach b) {
  reach r = {1, 0, 0};
  uint8_t ta = (uint8_t)(reach_may(a, 1) ? a.states : a.states & ~REACH_VALUE), tb = (uint8_t)(reach_may(b, 1) ? b.states : b.states & ~REACH_VALUE);
  if (reach_may(a, 0) || reach_may(b, 0)) r.lo = 0, r.states |= REACH_VALUE;
  uint8_t s = strict_states(ta, tb);
  if (s & REACH_VALUE) r.hi = 1;
  r.states |= s;
  return r;
}

static reach negation(reach a) { return (reach){1 - a.hi, 1 - a.lo, a.states}; }
static reach disjunction(reach a, reach b) { return negation(conjunction(negation(a), negation(b))); }

/* § 2.3. */
static reach knowledge(ans_opcode op, reach a) {
  reach r = {1, 0, (uint8_t)(a.states & (op == ANS_OP_KNOWN ? REACH_BAD : REACH_BAD | REACH_OPEN))};
  uint8_t yes = op == ANS_OP_KNOWN ? REACH_VALUE | REACH_NA : REACH_VALUE, no = op == ANS_OP_KNOWN ? REACH_OPEN : REACH_NA;
  if (a.states & yes) r.hi = 1, r.states |= REACH_VALUE;
  if (a.states & no) r.lo = 0, r.states |= REACH_VALUE;
  return r;
}

static reach selection(reach g, reach a, reach b) {
  reach r = {0};
  g = decide__reach_condition(g);
  bool open = g.states & REACH_OPEN;
  if (open || reach_may(g, 1)) r = decide__reach_join(r, a);
  if (open || reach_may(g, 0)) r = decide__reach_join(r, b);
  r.states |= g.states & (REACH_OPEN | REACH_BAD);
  return r;
}

/* § 5. Two consequences that can both count and differ may conflict; a certain truth absorbs what is true or open. */
static reach resolution(reach_map *m, const ans_insn *in, uint32_t row) {
  const uint32_t *l = m->p->lists + in->a;
  bool truth = in->type.tag == ANS_T_BOOL, must = false, carried = false, absorbed = true;
  reach r = {0}, seen = {0};
  uint8_t states = 0;
  for (uint32_t i = 1; i < in->b; i += 2) {
    reach live = decide__reach_condition(decide__reach_at(m, l[i], row)), v = decide__reach_at(m, l[i + 1], row);
    bool may = reach_may(live, 1) || (live.states & REACH_OPEN);
    states |= live.states & (REACH_BAD | REACH_OPEN);
    if (!may) continue;
    if ((seen.states & REACH_VALUE) && (v.states & REACH_VALUE) && !(seen.lo == seen.hi && v.lo == v.hi && seen.lo == v.lo)) states |= REACH_CONFLICT;
    seen = decide__reach_join(seen, v);
    must = must || reach_is(live, 1);
    carried = carried || (reach_is(live, 1) && reach_is(v, 1));
    absorbed = absorbed && !(v.states & REACH_BAD) && !reach_may(v, 0);
  }
  if (truth && carried && absorbed) return (reach){1, 1, (uint8_t)(REACH_VALUE | (states & REACH_BAD))};
  r = must ? seen : decide__reach_join(seen, decide__reach_at(m, l[0], row));
  r.states |= states;
  return r;
}

/* --- rows, time, parameters ---------------------------------------------------------------------------------------------------------- */

static reach gathered(reach_map *m, const ans_insn *in, uint32_t row) {
  reach ref = decide__reach_at(m, in->a, row), r = {0};
  uint32_t unit = m->p->insns[in->a].type.ref;
  int64_t first = m->p->units[unit].parent == ANS_NONE ? ans_trace_first_row(m->t, unit) : 0;
  if (ref.states & REACH_VALUE) r = decide__reach_rows(m, in->b, ref.lo - first, ref.hi - first);
  r.states |= ref.states & (uint8_t)~REACH_VALUE;
  return r;
}

/* Segments are cut finer in completions; a segment of the trace stands for all days it covers. */
static reach segment_of(reach_map *m, const ans_insn *in, uint32_t row) {
  reach ref = decide__reach_at(m, in->a, row), day = decide__reach_at(m, in->c, row);
  reach r = {INT64_MAX, -1, strict_states(ref.states, day.states)};
  if (!(r.states & REACH_VALUE)) return (reach){0, 0, r.states};
  uint32_t parent = m->p->units[in->b].parent, n = ans_trace_unit_rows(m->t, in->b);
  int64_t first = ans_trace_first_row(m->t, parent);
  for (uint32_t i = 0; i < n; i++) { /* ascending by parent */
    ans_segment s = ans_trace_segment(m->t, in->b, i);
    if (s.parent + first < ref.lo || s.parent + first > ref.hi || s.from > day.hi || s.to < day.lo) continue;
    if (r.lo == INT64_MAX) r.lo = i;
    r.hi = i;
  }
  m->work += n;
  if (day.lo < m->first_day || day.hi > m->last_day) r.states |= REACH_ERROR;
  if (r.lo > r.hi) return (reach){0, 0, (uint8_t)((r.states & ~REACH_VALUE) | REACH_ERROR)};
  return r;
}

static reach looked_up(reach_map *m, const ans_insn *in, uint32_t row) {
  const uint32_t *l = m->p->lists + in->b;
  const ans_param *param = &m->p->params[in->a];
  reach asked[1 + ANS_MAX_KEYS], r = {0, 0, REACH_VALUE};
  for (uint32_t i = 0; i < in->c; i++) {
    asked[i] = decide__reach_at(m, l[i], row);
    r.states = strict_states(r.states, asked[i].states);
  }
  if (!(r.states & REACH_VALUE)) return r;
  r.states = (uint8_t)((r.states & ~REACH_VALUE) | REACH_ERROR); /* no row for what is asked: not ruled out here */
  for (uint32_t i = 0; i < param->row_count; i++) {
    const ans_param_row *x = &m->p->param_rows[param->first_row + i];
    bool hit = x->from_day <= asked[0].hi && (x->to_day >= asked[0].lo || x->open_end);
    for (uint32_t k = 0; k < param->key_count; k++) hit = hit && x->key_lo[k] <= asked[k + 1].hi && x->key_hi[k] >= asked[k + 1].lo;
    if (hit) r = decide__reach_join(r, (reach){x->value, x->value, REACH_VALUE});
  }
  m->work += param->row_count;
  return r;
}

/* A missing fact takes every admissible value; one that nothing can complete stays open in a way that is never settled. */
static reach fact_cell(const reach_map *m, const ans_insn *in, uint32_t row) {
  ans_scalar v = ans_trace_get(m->t, (uint32_t)(in - m->p->insns), row);
  if (v.state != ANS_UNKNOWN && v.state != ANS_HUMAN) return of_cell(v);
  if (m->pick) return m->pick(m->pick_ctx, m->c, in->a, ans_trace_first_row(m->t, in->unit) + row) ? decide__reach_any(m, in->type) : of_cell(v);
  domain_bounds d = decide__domain(m->c, m->t, in->a);
  if (d.known) return (reach){d.lo, d.hi, REACH_VALUE};
  return in->type.tag == ANS_T_REF ? (reach){0, 0, REACH_OPEN} : decide__reach_any(m, in->type);
}

/* --- one cell ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct settle { reach_map *m; bool all; } settle;
static void settle_operand(void *ctx, uint32_t reg, uint32_t row, bool used) {
  settle *s = ctx;
  if (used && s->all) s->all = is_cell(decide__reach_at(s->m, reg, row), ans_trace_get(s->m->t, reg, row));
}

/* Every operand the replay used has, under every completion, what it has in the trace: then so has the cell. Groups and timelines read more than their operands and are settled by
 * their own functions. */
static bool settled(reach_map *m, uint32_t reg, uint32_t row) {
  settle s = {m, true};
  ans_trace_operands(m->t, reg, row, settle_operand, &s);
  return s.all;
}

/* Answers about texts and lists, 0 … most: nothing is known of them while the operand is open. */
static reach steered(reach a, int64_t most, unsigned errors) {
  return (reach){0, most, (uint8_t)(a.states | REACH_VALUE | errors)};
}

static reach operation(reach_map *m, uint32_t reg, uint32_t row) {
  const ans_insn *in = &m->p->insns[reg];
  const uint32_t two[2] = {in->a, in->b};
  reach a, b;
  switch ((ans_opcode)in->op) {
    case ANS_OP_FACT: return fact_cell(m, in, row);
    case ANS_OP_TL_AT:
    case ANS_OP_TL_LAST_END:
    case ANS_OP_TL_NEXT_START:
    case ANS_OP_TL_DAYS: return decide__reach_timeline(m, in, reg, row);
    case ANS_OP_RANK: return decide__reach_group(m, in, reg, row);
    case ANS_OP_SEG_FROM:
    case ANS_OP_SEG_TO: {
      ans_segment s = ans_trace_segment(m->t, in->unit, row);
      return (reach){s.from, s.to, REACH_VALUE};
    }
    case ANS_OP_SEG_FIND: return segment_of(m, in, row);
    case ANS_OP_CONST:
    case ANS_OP_PERIOD:
    case ANS_OP_SELF:
    case ANS_OP_SPLIT:
    case ANS_OP_HUMAN: return of_cell(ans_trace_get(m->t, reg, row));
    case ANS_OP_AGG_COUNT:
    case ANS_OP_AGG_SUM:
    case ANS_OP_AGG_MIN:
    case ANS_OP_AGG_MAX:
    case ANS_OP_AGG_ANY:
    case ANS_OP_AGG_ALL: break; /* a whole register at once: make_cell */
    case ANS_OP_GATHER:
    case ANS_OP_PARAM:
    case ANS_OP_NOT:
    case ANS_OP_AND:
    case ANS_OP_OR:
    case ANS_OP_ADD:
    case ANS_OP_SUB:
    case ANS_OP_MUL:
    case ANS_OP_NEG:
    case ANS_OP_MIN2:
    case ANS_OP_MAX2:
    case ANS_OP_DIVR:
    case ANS_OP_EQ:
    case ANS_OP_NE:
    case ANS_OP_LT:
    case ANS_OP_LE:
    case ANS_OP_SELECT:
    case ANS_OP_RESOLVE:
    case ANS_OP_GUARD:
    case ANS_OP_KNOWN:
    case ANS_OP_PRESENT:
    case ANS_OP_DEFAULT:
    case ANS_OP_YEARS_DONE:
    case ANS_OP_ADD_MONTHS:
    case ANS_OP_MONTH_OF:
    case ANS_OP_MONTH_FIRST:
    case ANS_OP_MONTH_LAST:
    case ANS_OP_YEAR_OF:
    case ANS_OP_MULR:
    case ANS_OP_UNIT:
    case ANS_OP_HOLIDAY:
    case ANS_OP_WORKDAY:
    case ANS_OP_TEXT_IS:
    case ANS_OP_LIST_HAS:
    case ANS_OP_LIST_COUNT:
    case ANS_OP_COUNT: break;
  }
  if (settled(m, reg, row)) return of_cell(ans_trace_get(m->t, reg, row));
  switch ((int)in->op) {
    case ANS_OP_GATHER: return gathered(m, in, row);
    case ANS_OP_PARAM: return looked_up(m, in, row);
    case ANS_OP_RESOLVE: return resolution(m, in, row);
    case ANS_OP_MULR: return quotient(m, m->p->lists + in->a, in->b, row);
    case ANS_OP_DIVR: return quotient(m, two, 2, row);
    default: break;
  }
  a = decide__reach_at(m, in->a, row);
  switch ((int)in->op) {
    case ANS_OP_TEXT_IS: return steered(a, 1, REACH_ERROR); /* a match can reach a limit */
    case ANS_OP_LIST_COUNT: return steered(a, 62, 0);
    case ANS_OP_LIST_HAS: return steered(decide__reach_join(a, decide__reach_at(m, in->b, row)), 1, 0);
    case ANS_OP_NOT: return negation(a);
    case ANS_OP_GUARD: return decide__reach_condition(a);
    case ANS_OP_KNOWN:
    case ANS_OP_PRESENT: return knowledge((ans_opcode)in->op, a);
    case ANS_OP_NEG:
    case ANS_OP_MONTH_OF:
    case ANS_OP_MONTH_FIRST:
    case ANS_OP_MONTH_LAST:
    case ANS_OP_YEAR_OF:
    case ANS_OP_UNIT:
    case ANS_OP_HOLIDAY:
    case ANS_OP_WORKDAY: return strict(in, a, (reach){0, 0, REACH_VALUE});
    default: break;
  }
  b = decide__reach_at(m, in->b, row);
  switch ((int)in->op) {
    case ANS_OP_AND: return conjunction(a, b);
    case ANS_OP_OR: return disjunction(a, b);
    case ANS_OP_SELECT: return selection(a, b, decide__reach_at(m, in->c, row));
    case ANS_OP_DEFAULT:
      if (!(a.states & 1 << ANS_UNKNOWN)) return a;
      a.states &= (uint8_t)~(1 << ANS_UNKNOWN);
      return decide__reach_join(a, b);
    default: return strict(in, a, b);
  }
}

/* --- on demand ----------------------------------------------------------------------------------------------------------------------------- */

void decide__reach(reach_map *m) {
  const ans_program *p = m->p;
  m->cells = ans_arena_array(m->arena, p->insn_count, sizeof *m->cells);
  m->hull = ans_arena_array(m->arena, p->insn_count, sizeof *m->hull);
  m->has_hull = ans_arena_array(m->arena, p->insn_count, sizeof *m->has_hull);
  m->total = 0;
  m->depth = m->completed = 0;
  m->failed = !m->cells || !m->hull || !m->has_hull;
}

static bool make_register(reach_map *m, uint32_t reg) {
  const uint32_t rows = ans_trace_rows(m->t, reg);
  m->total += rows;
  if (m->total > RELEVANCE_MAX_REACH || m->work > RELEVANCE_MAX_WORK) m->too_large = true;
  if (m->too_large) return false;
  m->cells[reg] = ans_arena_array(m->arena, (size_t)rows + 1, sizeof **m->cells);
  if (!m->cells[reg]) m->failed = true;
  return m->cells[reg] != NULL;
}

static void make_cell(reach_map *m, uint32_t reg, uint32_t row) {
  const uint16_t op = m->p->insns[reg].op;
  reach r;
  if (ans_trace_overridden(m->t, reg, row)) {
    r = of_cell(ans_trace_get(m->t, reg, row));
  } else if (op >= ANS_OP_AGG_COUNT && op <= ANS_OP_AGG_ALL) { /* the whole register at once */
    if (!decide__reach_groups(m, reg)) return;
    for (uint32_t i = 0; i < ans_trace_rows(m->t, reg); i++)
      if (ans_trace_overridden(m->t, reg, i)) m->cells[reg][i] = of_cell(ans_trace_get(m->t, reg, i));
    return;
  } else {
    r = operation(m, reg, row);
  }
  m->cells[reg][row] = r;
}

static void complete_register(reach_map *m, uint32_t reg) {
  if (!m->cells[reg] && !make_register(m, reg)) return;
  for (uint32_t r = 0; r < ans_trace_rows(m->t, reg) && !m->failed && !m->too_large; r++)
    if (!m->cells[reg][r].states) make_cell(m, reg, r);
}

reach decide__reach_at(reach_map *m, uint32_t reg, uint32_t row) {
  if (m->p->insns[reg].unit == 0) row = 0;
  if (m->cells[reg] && m->cells[reg][row].states) return m->cells[reg][row];
  if (m->depth >= REACH_DEPTH)
    for (; m->completed < reg && !m->failed && !m->too_large; m->completed++) complete_register(m, m->completed);
  if (m->failed || m->too_large || (!m->cells[reg] && !make_register(m, reg))) return decide__reach_any(m, m->p->insns[reg].type);
  m->depth++;
  make_cell(m, reg, row);
  m->depth--;
  return m->cells[reg][row].states ? m->cells[reg][row] : decide__reach_any(m, m->p->insns[reg].type);
}
