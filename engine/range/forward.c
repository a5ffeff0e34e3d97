/* The transfer function: the interval of every operation from those of its operands. Written beside docs/semantics.md; an interval speaks of
 * values only, so a strict operation with an operand that never has a value never has one either. Pure, thread-safe. */
#include "num/calendar.h"
#include "num/period.h"
#include "range/range_private.h"

enum { FORWARD__MONTH_MIN = 12, FORWARD__MONTH_MAX = 9999 * 12 + 11, FORWARD__HOLIDAYS_FIRST = 9131 /* 1995-01-01, num/calendar.c */ };

static const ans_range DAYS = {ANS_DAY_MIN, ANS_DAY_MAX};

ans_range range__type(const ans_program *p, ans_type t) {
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: return (ans_range){0, 1};
    case ANS_T_INT:
    case ANS_T_DECIMAL:
    case ANS_T_MONEY: return RANGE_FULL;
    case ANS_T_DATE: return DAYS;
    case ANS_T_MONTH: return (ans_range){FORWARD__MONTH_MIN, FORWARD__MONTH_MAX};
    case ANS_T_ENUM: return (ans_range){0, (int64_t)p->enums[t.ref].value_count - 1};
    case ANS_T_REF:
    case ANS_T_TEXT: return (ans_range){0, (int64_t)UINT32_MAX - 1};
    case ANS_T_LIST: return (ans_range){0, (INT64_C(1) << p->enums[t.ref].value_count) - 1};
  }
  return RANGE_FULL;
}

ans_range range__fact(const ans_program *p, const ans_fact *f) {
  ans_range r = range__type(p, f->type);
  if (f->bounds & ANS_FACT_LEAST) r.lo = f->low;
  if (f->bounds & ANS_FACT_GREATEST) r.hi = f->high;
  return r;
}

/* --- truth: an interval of 0 and 1 ---------------------------------------------------------------------------------------- */
static ans_range forward__truth(bool can_be_false, bool can_be_true) {
  if (!can_be_false && !can_be_true) return RANGE_EMPTY;
  return (ans_range){can_be_false ? 0 : 1, can_be_true ? 1 : 0};
}

static ans_range forward__logic(ans_opcode op, ans_range a, ans_range b) {
  const bool a0 = range__has(a, 0), a1 = range__has(a, 1), b0 = range__has(b, 0), b1 = range__has(b, 1);
  switch ((int)op) {
    case ANS_OP_NOT: return forward__truth(a1, a0);
    case ANS_OP_AND: return forward__truth(a0 || b0, a1 && b1); /* false decides whatever the other is */
    case ANS_OP_OR: return forward__truth(a0 && b0, a1 || b1);
    case ANS_OP_AGG_ANY: return forward__truth(true, b1);         /* over no member: false */
    default: return forward__truth(b0, true);                     /* AGG_ALL over no member: true */
  }
}

static ans_range forward__compare(ans_opcode op, ans_range a, ans_range b) {
  if (range__empty(a) || range__empty(b)) return RANGE_EMPTY;
  const bool equal = !range__empty(range__meet(a, b)), differ = a.lo != a.hi || b.lo != b.hi || a.lo != b.lo;
  switch ((int)op) {
    case ANS_OP_EQ: return forward__truth(differ, equal);
    case ANS_OP_NE: return forward__truth(equal, differ);
    case ANS_OP_LT: return forward__truth(a.hi >= b.lo, a.lo < b.hi);
    default: return forward__truth(a.hi > b.lo, a.lo <= b.hi); /* LE */
  }
}

/* --- numbers ---------------------------------------------------------------------------------------------------------------- */
ans_range range__target(ans_type t) { return t.tag == ANS_T_DATE ? DAYS : RANGE_FULL; }

static ans_range forward__fit(range_wide exact, ans_type t, bool *total) {
  *total = range__wide_inside(exact, range__target(t));
  return range__clip(exact, range__target(t));
}

static ans_range forward__quotient(const ans_program *p, const ans_insn *in, const ans_range *r, bool *total) {
  const int places = range__places(p, in);
  range_quotient q;
  if (in->op == ANS_OP_DIVR) {
    q = range__divide(r[in->a], r[in->b], places, (int)in->c);
  } else {
    const uint32_t *l = p->lists + in->a;
    q = range__mul_divide(r[l[0]], r[l[1]], in->b == 3 ? r[l[2]] : (ans_range){1, 1}, places, (int)in->c);
  }
  *total = q.fits && q.nonzero;
  return q.value;
}

static ans_range forward__arithmetic(const ans_program *p, const ans_insn *in, const ans_range *r, bool *total) {
  if (in->op == ANS_OP_DIVR || in->op == ANS_OP_MULR) return forward__quotient(p, in, r, total);
  if (in->op == ANS_OP_AGG_SUM) return forward__fit(range__sum_of(range__or_zero(r[in->c]), ANS_RANGE_ROWS), in->type, total); /* empty: 0 */
  const ans_range a = r[in->a], b = in->op == ANS_OP_NEG ? a : r[in->b];
  if (range__empty(a) || range__empty(b)) return RANGE_EMPTY;
  switch ((int)in->op) {
    case ANS_OP_ADD: return forward__fit(range__add(a, b), in->type, total);
    case ANS_OP_SUB: return forward__fit(range__sub(a, b), in->type, total);
    case ANS_OP_MUL: return forward__fit(range__mul(a, b), in->type, total);
    default: return forward__fit(range__sub((ans_range){0, 0}, a), in->type, total); /* NEG */
  }
}

static ans_range forward__extreme(bool min, ans_range a, ans_range b) {
  if (range__empty(a) || range__empty(b)) return RANGE_EMPTY;
  if (min) return (ans_range){a.lo < b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi};
  return (ans_range){a.lo > b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi};
}

/* --- calendar --------------------------------------------------------------------------------------------------------------- */
static int64_t forward__clamp(int64_t v, ans_range to) { return v < to.lo ? to.lo : v > to.hi ? to.hi : v; }

/* Both functions are monotone in the day and in the number, so the ends decide; where an end has no result, the calendar's end stands for it. */
static ans_range forward__birthday(ans_range day, ans_range years, bool *total) {
  int64_t lo = ANS_DAY_MIN, hi = ANS_DAY_MAX;
  const bool low = ans_date_birthday(day.lo, years.lo, &lo), high = ans_date_birthday(day.hi, years.hi, &hi);
  *total = low && high;
  if (!low) lo = ANS_DAY_MIN;
  if (!high) hi = ANS_DAY_MAX;
  return (ans_range){lo, hi};
}

/* By whole months, since the day of the month may be missing. */
static ans_range forward__add_months(ans_range day, ans_range months, uint32_t clip, bool *total) {
  const ans_range calendar = {FORWARD__MONTH_MIN, FORWARD__MONTH_MAX};
  const range_wide to = range__add((ans_range){ans_date_month(day.lo), ans_date_month(day.hi)}, months);
  const ans_range in = range__clip(to, calendar);
  if (range__empty(in)) return RANGE_EMPTY;
  const int64_t last = ans_month_last(in.hi) + (clip == ANS_CLIP_NEXT_DAY);
  *total = clip != ANS_CLIP_NONE && range__wide_inside(to, calendar) && last <= ANS_DAY_MAX;
  return (ans_range){ans_month_first(in.lo), last > ANS_DAY_MAX ? ANS_DAY_MAX : last};
}

static ans_range forward__workday(ans_range day, uint32_t jurisdiction, bool *total) {
  int64_t lo = 0, hi = 0;
  if (day.hi < FORWARD__HOLIDAYS_FIRST) return RANGE_EMPTY;
  const int64_t from = day.lo < FORWARD__HOLIDAYS_FIRST ? FORWARD__HOLIDAYS_FIRST : day.lo;
  if (!ans_date_workday(from, jurisdiction, &lo)) return RANGE_EMPTY;
  const bool ends = ans_date_workday(day.hi, jurisdiction, &hi);
  *total = ends && day.lo == from;
  return (ans_range){lo, ends ? hi : ANS_DAY_MAX};
}

static int64_t forward__year(int64_t day) { return ans_date_month(day) / 12; } /* months are positive in the calendar */

static ans_range forward__date(const ans_insn *in, ans_range a, ans_range b, bool *total) {
  const ans_range calendar = {FORWARD__MONTH_MIN, FORWARD__MONTH_MAX};
  if (range__empty(a) || range__empty(b)) return RANGE_EMPTY;
  switch ((int)in->op) {
    case ANS_OP_YEARS_DONE: return forward__birthday(a, b, total);
    case ANS_OP_ADD_MONTHS: return forward__add_months(a, b, in->c, total);
    case ANS_OP_WORKDAY: return forward__workday(a, in->b, total);
    case ANS_OP_HOLIDAY:
      *total = a.lo >= FORWARD__HOLIDAYS_FIRST;
      return (ans_range){0, 1};
    case ANS_OP_MONTH_OF: return (ans_range){ans_date_month(a.lo), ans_date_month(a.hi)};
    case ANS_OP_YEAR_OF: return (ans_range){forward__year(a.lo), forward__year(a.hi)};
    default: break; /* MONTH_FIRST, MONTH_LAST */
  }
  if (a.hi < calendar.lo || a.lo > calendar.hi) return RANGE_EMPTY;
  *total = range__inside(a, calendar);
  const int64_t lo = forward__clamp(a.lo, calendar), hi = forward__clamp(a.hi, calendar);
  if (in->op == ANS_OP_MONTH_FIRST) return (ans_range){ans_month_first(lo), ans_month_first(hi)};
  return (ans_range){ans_month_last(lo), ans_month_last(hi)};
}

static ans_range forward__period(const ans_program *p, uint32_t which) {
  if (which == 0) return (ans_range){p->first_period, p->last_period};
  if (which == 3) return DAYS; /* law known: any day, or the last one for all law */
  if (which == 1) return (ans_range){ans_period_first(p->period_kind, p->first_period), ans_period_first(p->period_kind, p->last_period)};
  return (ans_range){ans_period_last(p->period_kind, p->first_period), ans_period_last(p->period_kind, p->last_period)};
}

static ans_range forward__segment(const ans_program *p) {
  return (ans_range){ans_period_first(p->period_kind, p->first_period), ans_period_last(p->period_kind, p->last_period)};
}

static ans_range forward__timeline(const ans_program *p, const ans_insn *in, const ans_range *r) {
  const ans_range day = r[in->c];
  if (range__empty(day)) return RANGE_EMPTY;
  if (in->op == ANS_OP_TL_AT) return range__fact(p, &p->facts[in->a]);
  /* a run that ended before the day, or starts after it, and ends or starts on a day of the calendar */
  if (in->op == ANS_OP_TL_LAST_END) return range__meet(DAYS, (ans_range){ANS_DAY_MIN, day.hi - 1});
  return range__meet(DAYS, (ans_range){day.lo + 1, ANS_DAY_MAX});
}

static ans_range forward__timeline_days(const ans_program *p, const ans_insn *in, const ans_range *r) {
  const ans_range from = r[p->lists[in->a]], to = r[p->lists[in->a + 1]];
  if (range__empty(from) || range__empty(to)) return RANGE_EMPTY;
  return (ans_range){0, to.hi < from.lo ? 0 : to.hi - from.lo + 1};
}

/* --- selection ------------------------------------------------------------------------------------------------------------- */
/* A value comes from a branch that can be taken; while the condition is open both branches agree, so a branch never taken adds nothing. */
static ans_range forward__select(const ans_insn *in, const ans_range *r) {
  const ans_range g = r[in->a];
  if (!range__has(g, 1)) return r[in->c];
  return range__has(g, 0) ? range__hull(r[in->b], r[in->c]) : r[in->b];
}

static ans_range forward__resolve(const ans_program *p, const ans_insn *in, const ans_range *r) {
  const uint32_t *l = p->lists + in->a;
  ans_range v = r[l[0]];
  for (uint32_t i = 1; i < in->b; i += 2)
    if (range__has(r[l[i]], 1)) v = range__hull(v, r[l[i + 1]]); /* an open rule agrees with the default or with a live one */
  return v;
}

/* Values of a parameter: of every row whose key ranges meet those of the keys and whose validity meets the days asked, whatever law is known
 * (a row without a written end goes on until the law then known changes it). */
ans_range range__param(const range_analysis *x, const ans_insn *in, const ans_range *r, uint64_t *rows_left) {
  const ans_program *p = x->p;
  const ans_param *m = &p->params[in->a];
  const uint32_t *l = p->lists + in->b;
  const ans_range day = r[l[0]];
  ans_range v = RANGE_EMPTY;
  if (*rows_left < m->row_count) return range__type(p, m->type);
  *rows_left -= m->row_count;
  for (uint32_t i = m->first_row; i < m->first_row + m->row_count; i++) {
    const ans_param_row *row = &p->param_rows[i];
    bool reached = row->from_day <= day.hi && (row->open_end || row->to_day >= day.lo);
    for (uint32_t k = 0; k < m->key_count && reached; k++)
      reached = !range__empty(range__meet(r[l[k + 1]], (ans_range){row->key_lo[k], row->key_hi[k]})) && !range__empty(r[l[k + 1]]);
    if (reached) v = range__hull(v, (ans_range){row->value, row->value});
  }
  return v;
}

static ans_range forward__unknowns(ans_opcode op, ans_range a) {
  if (op == ANS_OP_KNOWN) return (ans_range){0, 1};
  return op == ANS_OP_PRESENT ? forward__truth(true, !range__empty(a)) : a; /* GUARD */
}

ans_range range__operation(const range_analysis *x, uint32_t i, const ans_range *r, bool *total) {
  const ans_program *p = x->p;
  const ans_insn *in = &p->insns[i];
  *total = true;
  switch ((ans_opcode)in->op) {
    case ANS_OP_CONST: return (ans_range){p->consts[in->a], p->consts[in->a]};
    case ANS_OP_PERIOD: return forward__period(p, in->a);
    case ANS_OP_FACT: return range__fact(p, &p->facts[in->a]);
    case ANS_OP_SELF:
    case ANS_OP_SPLIT: return range__type(p, in->type);
    case ANS_OP_SEG_FROM:
    case ANS_OP_SEG_TO: return forward__segment(p);
    case ANS_OP_SEG_FIND: *total = false; return range__type(p, in->type);
    case ANS_OP_GATHER: return r[in->b];
    case ANS_OP_TL_AT:
    case ANS_OP_TL_LAST_END:
    case ANS_OP_TL_NEXT_START: *total = false; return forward__timeline(p, in, r);
    case ANS_OP_TL_DAYS: *total = false; return forward__timeline_days(p, in, r);
    case ANS_OP_PARAM: *total = false; return x->param[i];
    case ANS_OP_AGG_COUNT: return (ans_range){0, ANS_RANGE_ROWS};
    case ANS_OP_RANK: return (ans_range){1, ANS_RANGE_ROWS};
    case ANS_OP_AGG_MIN:
    case ANS_OP_AGG_MAX: *total = false; return r[in->c];
    case ANS_OP_AGG_ANY:
    case ANS_OP_AGG_ALL: return forward__logic((ans_opcode)in->op, RANGE_EMPTY, r[in->c]);
    case ANS_OP_AGG_SUM:
    case ANS_OP_ADD:
    case ANS_OP_SUB:
    case ANS_OP_MUL:
    case ANS_OP_NEG:
    case ANS_OP_DIVR:
    case ANS_OP_MULR: return forward__arithmetic(p, in, r, total);
    case ANS_OP_NOT: return forward__logic(ANS_OP_NOT, r[in->a], r[in->a]);
    case ANS_OP_AND:
    case ANS_OP_OR: return forward__logic((ans_opcode)in->op, r[in->a], r[in->b]);
    case ANS_OP_MIN2: return forward__extreme(true, r[in->a], r[in->b]);
    case ANS_OP_MAX2: return forward__extreme(false, r[in->a], r[in->b]);
    case ANS_OP_EQ:
    case ANS_OP_NE:
    case ANS_OP_LT:
    case ANS_OP_LE: return forward__compare((ans_opcode)in->op, r[in->a], r[in->b]);
    case ANS_OP_SELECT: *total = false; return forward__select(in, r);
    case ANS_OP_RESOLVE: *total = false; return forward__resolve(p, in, r);
    case ANS_OP_GUARD:
    case ANS_OP_KNOWN:
    case ANS_OP_PRESENT: return forward__unknowns((ans_opcode)in->op, r[in->a]);
    case ANS_OP_DEFAULT: return range__hull(r[in->a], r[in->b]);
    case ANS_OP_HUMAN: *total = false; return RANGE_EMPTY;
    case ANS_OP_UNIT: return r[in->a];
    case ANS_OP_YEARS_DONE:
    case ANS_OP_ADD_MONTHS: *total = false; return forward__date(in, r[in->a], r[in->b], total);
    case ANS_OP_WORKDAY:
    case ANS_OP_HOLIDAY:
    case ANS_OP_MONTH_FIRST:
    case ANS_OP_MONTH_LAST: *total = false; return forward__date(in, r[in->a], r[in->a], total);
    case ANS_OP_MONTH_OF:
    case ANS_OP_YEAR_OF: return forward__date(in, r[in->a], r[in->a], total);
    case ANS_OP_TEXT_IS: *total = false; return (ans_range){0, 1};
    case ANS_OP_LIST_HAS: return (ans_range){0, 1};
    case ANS_OP_LIST_COUNT: return (ans_range){0, p->enums[p->insns[in->a].type.ref].value_count};
    case ANS_OP_COUNT: break;
  }
  *total = false;
  return RANGE_FULL;
}
