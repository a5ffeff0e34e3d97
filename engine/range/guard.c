/* Backward steps: from an operation that is not proven to bounds on earlier registers under which it is.
 *
 * The result that the operation must have is carried to its operands (half of it to each of two wide summands, the quotient of it by the
 * narrow one of two factors, the root of it to two wide ones, the part of it per row to an element of a sum), through the operations that
 * only pass values on, down to facts: one bound on a fact serves every operation that the fact reaches, and a fact's column is the cheapest
 * thing to test. Where that asks for bounds that are too tight (a product of a product splits them more and more unevenly), all sources of the
 * operation get one common bound, the largest of a few that suffices.
 *
 * Bounds are tried: after they are set, `held` is computed anew from the first changed register on, and if the operation is
 * not proven then, they are taken back.
 *
 * Bounded: GUARD__VISITS registers for one operation, x->work operands read for all of them (and one pass more, once it is used up). */
#include <stdlib.h>
#include <string.h>
#include "num/period.h"
#include "range/range_private.h"

enum { GUARD__VISITS = 4096, GUARD__DEPTH = 200, GUARD__JOURNAL = 256,
  GUARD__COMMON_LEAST = 100000 /* whole units: what ordinary monthly and yearly amounts of benefit law keep; who has more is computed with checks */ };

typedef struct guard_want { uint32_t reg; ans_range bound; } guard_want;

typedef struct guard_trial {
  range_analysis *x;
  guard_want undo[GUARD__JOURNAL]; /* registers whose bound was changed, with the bound before */
  uint32_t count, visits;
  bool tight;              /* bounds that ordinary values violate are wanted too */
} guard_trial;

/* What semantics § 11 takes for admissible: a bound that such a value violates is none. */
static ans_range guard__ordinary(const ans_program *p, ans_type t) {
  static const int64_t measured[] = {10000000, 150, 1800, 54900, 10000}; /* ans_measure: none, years, months, days, hours */
  if (t.tag == ANS_T_DATE) {
    const int64_t first = ans_period_first(p->period_kind, p->first_period), last = ans_period_last(p->period_kind, p->last_period);
    return range__meet(range__target(t), (ans_range){first - 54900, last + 54900});
  }
  if (t.tag == ANS_T_MONTH) return (ans_range){12, 9999 * 12 + 11};
  ans_uint128 most = (ans_uint128)measured[t.tag == ANS_T_MONEY ? 0 : t.measure];
  most *= range__power(t.scale);
  if (most > (ans_uint128)INT64_MAX) return RANGE_FULL;
  return (ans_range){t.measure && t.tag != ANS_T_MONEY ? 0 : -(int64_t)most, (int64_t)most};
}

/* The same of a register. */
static ans_range guard__admissible(const ans_program *p, uint32_t reg) {
  const ans_insn *in = &p->insns[reg];
  ans_range r = guard__ordinary(p, in->type);
  if (in->op == ANS_OP_FACT || in->op == ANS_OP_TL_AT) ans_fact_completions(p, &p->facts[in->a], &r.lo, &r.hi);
  return r;
}

static ans_uint128 guard__least(ans_uint128 a, ans_uint128 b) { return a < b ? a : b; }
static ans_range guard__symmetric(ans_uint128 m) {
  const int64_t v = m > (ans_uint128)INT64_MAX ? INT64_MAX : (int64_t)m;
  return (ans_range){-v, v};
}

static int64_t guard__saturate(ans_int128 v) { return v < INT64_MIN ? INT64_MIN : v > INT64_MAX ? INT64_MAX : (int64_t)v; }
static ans_range guard__negated(ans_range a) { return (ans_range){guard__saturate(-(ans_int128)a.hi), guard__saturate(-(ans_int128)a.lo)}; }
/* What one summand may be when the other one lies in b. */
static ans_range guard__rest(ans_range t, ans_range b) { return (ans_range){guard__saturate((ans_int128)t.lo - b.lo), guard__saturate((ans_int128)t.hi - b.hi)}; }

/* Two summands; sign −1: the second is subtracted. A narrow one keeps its interval, and the other one takes what is left. */
static unsigned guard__sum(guard_want *w, uint32_t ra, uint32_t rb, ans_range a, ans_range b, ans_range t, int sign) {
  const ans_range half = {t.lo / 2, t.hi / 2}, second = sign < 0 ? guard__negated(b) : b;
  ans_range wa = half, wb = half;
  if (range__empty(a) || range__empty(b)) return 0;
  if (range__inside(second, half)) {
    wa = guard__rest(t, second);
    wb = second;
  } else if (range__inside(a, half)) {
    wa = a;
    wb = guard__rest(t, a);
  }
  w[0] = (guard_want){ra, wa};
  w[1] = (guard_want){rb, sign < 0 ? guard__negated(wb) : wb};
  return 2;
}

/* Two factors whose product must not pass `most`. */
static unsigned guard__product(guard_want *w, uint32_t ra, uint32_t rb, ans_range a, ans_range b, ans_uint128 most) {
  const ans_uint128 ma = range__magnitude(a), mb = range__magnitude(b), narrow = (ans_uint128)1 << 32;
  ans_uint128 wa = range__root(most), wb = wa;
  if (mb <= narrow && mb <= ma) {
    wa = mb ? most / mb : most;
    wb = mb;
  } else if (ma <= narrow) {
    wa = ma;
    wb = ma ? most / ma : most;
  }
  w[0] = (guard_want){ra, guard__symmetric(wa)};
  w[1] = (guard_want){rb, guard__symmetric(wb)};
  return 2;
}

static ans_uint128 guard__scaled(int places) { return places > 18 ? 0 : (ans_uint128)INT64_MAX / range__power(places); }

static unsigned guard__division(const range_analysis *x, const ans_insn *in, guard_want *w) {
  const int places = range__places(x->p, in);
  const ans_uint128 over = guard__scaled(places), under = guard__scaled(-places);
  if (in->op == ANS_OP_DIVR) {
    w[0] = (guard_want){in->a, guard__symmetric(over)};
    w[1] = (guard_want){in->b, guard__symmetric(under)};
    return 2;
  }
  const uint32_t *l = x->p->lists + in->a;
  unsigned n = guard__product(w, l[0], l[1], x->held[l[0]], x->held[l[1]], over);
  if (in->b == 3) w[n++] = (guard_want){l[2], guard__symmetric(under)};
  return n;
}

/* The smaller (larger) of two lies in t if both are at or above its lower end and one at or below its upper end (and so mirrored). */
static unsigned guard__extreme(const range_analysis *x, const ans_insn *in, ans_range t, guard_want *w) {
  const ans_range a = x->held[in->a], b = x->held[in->b];
  ans_range wa = t, wb = t;
  if (in->op == ANS_OP_MIN2) {
    if (b.hi <= t.hi) wa.hi = INT64_MAX;
    if (a.hi <= t.hi) wb.hi = INT64_MAX;
  } else {
    if (b.lo >= t.lo) wa.lo = INT64_MIN;
    if (a.lo >= t.lo) wb.lo = INT64_MIN;
  }
  w[0] = (guard_want){in->a, wa};
  w[1] = (guard_want){in->b, wb};
  return 2;
}

/* What operands must keep so that the result of i lies in t. 0: the step ends here. */
static unsigned guard__step(const range_analysis *x, uint32_t i, ans_range t, guard_want w[3]) {
  const ans_insn *in = &x->p->insns[i];
  const ans_uint128 most = guard__least(t.hi < 0 ? 0 : (ans_uint128)t.hi, t.lo > 0 ? 0 : 0 - (ans_uint128)(ans_int128)t.lo);
  switch ((int)in->op) {
    case ANS_OP_ADD: return guard__sum(w, in->a, in->b, x->held[in->a], x->held[in->b], t, 1);
    case ANS_OP_SUB: return guard__sum(w, in->a, in->b, x->held[in->a], x->held[in->b], t, -1);
    case ANS_OP_MUL: return guard__product(w, in->a, in->b, x->held[in->a], x->held[in->b], most);
    case ANS_OP_NEG:
      w[0] = (guard_want){in->a, guard__negated(t)};
      return 1;
    case ANS_OP_AGG_SUM:
      w[0] = (guard_want){in->c, {t.lo / ANS_RANGE_ROWS, t.hi / ANS_RANGE_ROWS}};
      return 1;
    case ANS_OP_GATHER: w[0] = (guard_want){in->b, t}; return 1;
    case ANS_OP_UNIT:
    case ANS_OP_GUARD: w[0] = (guard_want){in->a, t}; return 1;
    case ANS_OP_AGG_MIN:
    case ANS_OP_AGG_MAX: w[0] = (guard_want){in->c, t}; return 1;
    case ANS_OP_MIN2:
    case ANS_OP_MAX2: return guard__extreme(x, in, t, w);
    case ANS_OP_SELECT:
      w[0] = (guard_want){in->b, t};
      w[1] = (guard_want){in->c, t};
      return 2;
    case ANS_OP_DEFAULT:
      w[0] = (guard_want){in->a, t};
      w[1] = (guard_want){in->b, t};
      return 2;
    default: return 0;
  }
}

static bool guard__set(guard_trial *g, uint32_t reg, ans_range t) {
  range_analysis *x = g->x;
  const ans_insn *in = &x->p->insns[reg];
  const ans_range bound = range__meet(x->bound[reg], t);
  if (in->op == ANS_OP_CONST || in->op == ANS_OP_PARAM || in->op == ANS_OP_PERIOD) return false; /* every case would violate it */
  if (range__empty(bound) || g->count == GUARD__JOURNAL) return false;
  if (!g->tight && !range__inside(guard__admissible(x->p, reg), bound)) return false;
  g->undo[g->count++] = (guard_want){reg, x->bound[reg]};
  x->bound[reg] = bound;
  return true;
}

static bool guard__push(guard_trial *g, uint32_t reg, ans_range t, unsigned depth);

static bool guard__push_all(guard_trial *g, uint32_t reg, ans_range t, unsigned depth) {
  const ans_insn *in = &g->x->p->insns[reg];
  guard_want w[3];
  if (in->op == ANS_OP_RESOLVE) {
    const uint32_t *l = g->x->p->lists + in->a;
    for (uint32_t k = 0; k < in->b; k += 2)
      if (++g->visits > GUARD__VISITS || !guard__push(g, l[k], t, depth + 1)) return false;
    return true;
  }
  const unsigned n = guard__step(g->x, reg, t, w);
  for (unsigned k = 0; k < n; k++)
    if (!guard__push(g, w[k].reg, w[k].bound, depth + 1)) return false;
  return n > 0;
}

/* Makes register reg lie in t. Where its operands cannot be made to, the guard is on the register itself. */
static bool guard__push(guard_trial *g, uint32_t reg, ans_range t, unsigned depth) {
  if (range__inside(g->x->held[reg], t)) return true;
  if (++g->visits > GUARD__VISITS) return false;
  const uint32_t mark = g->count;
  if (depth < GUARD__DEPTH && guard__push_all(g, reg, t, depth)) return true;
  while (g->count > mark) { /* what the failed attempt set */
    g->count--;
    g->x->bound[g->undo[g->count].reg] = g->undo[g->count].bound;
  }
  return guard__set(g, reg, t);
}

static void guard__dirty(void *ctx, uint32_t reg) {
  uint8_t **seen = ctx;
  *seen[0] |= seen[1][reg];
}

static uint64_t guard__cost(const ans_insn *in) { return in->op == ANS_OP_RESOLVE ? 1 + (uint64_t)in->b : 4; }

/* Computes `held` anew after bounds on some registers changed, up to `end`. Begun, it is finished, even with the last work spent. */
static void guard__again(range_analysis *x, uint32_t first, uint32_t end, const guard_trial *g) {
  uint8_t any = 0, *seen[2] = {&any, x->dirty};
  memset(x->dirty + first, 0, end - first);
  for (uint32_t k = 0; k < g->count; k++) x->dirty[g->undo[k].reg] = 1;
  for (uint32_t i = first; i < end; i++) {
    const uint64_t cost = guard__cost(&x->p->insns[i]);
    x->work -= x->work < cost ? x->work : cost;
    any = x->dirty[i];
    if (!any) ans_range_operands(x->p, &x->p->insns[i], guard__dirty, seen);
    if (!any) continue;
    const ans_range before = x->held[i];
    x->held[i] = range__held(x, i);
    x->dirty[i] = !range__equal(before, x->held[i]);
  }
  memset(x->dirty + first, 0, end - first);
}

/* Sets bounds under which operation i is proven. False: none found; what was set stays set in either case. */
static bool guard__try(guard_trial *g, uint32_t i, uint32_t *first) {
  range_analysis *x = g->x;
  const ans_insn *in = &x->p->insns[i];
  guard_want w[3];
  unsigned n = in->op == ANS_OP_DIVR || in->op == ANS_OP_MULR ? guard__division(x, in, w) : guard__step(x, i, range__target(in->type), w);
  bool found = x->work > 0 && n > 0;
  for (unsigned k = 0; k < n && found; k++) found = guard__push(g, w[k].reg, w[k].bound, 0);
  *first = i;
  for (uint32_t k = 0; k < g->count; k++)
    if (g->undo[k].reg < *first) *first = g->undo[k].reg;
  x->work -= x->work < g->visits ? x->work : g->visits;
  if (!found) return false;
  guard__again(x, *first, i, g);
  return range__width(x->p, in, x->held) != 0;
}

static void guard__undo(guard_trial *g, uint32_t first, uint32_t i) {
  for (uint32_t k = g->count; k-- > 0;) g->x->bound[g->undo[k].reg] = g->undo[k].bound;
  guard__again(g->x, first, i, g);
}

/* --- one bound for all sources ---------------------------------------------------------------------------------------------- */
typedef struct guard_sources {
  range_analysis *x;
  bool results;                           /* named amounts and counts (results of at most two places) are sources too */
  uint32_t stack[GUARD__VISITS], depth;   /* found, not looked at */
  uint32_t leaf[GUARD__JOURNAL], leaves;
  uint32_t touched[GUARD__VISITS], count; /* marked in x->seen */
} guard_sources;

static bool guard__found(guard_sources *s, uint32_t reg) {
  if (s->x->seen[reg]) return true;
  if (s->count == GUARD__VISITS) return false;
  s->x->seen[reg] = 1;
  s->touched[s->count++] = reg;
  s->stack[s->depth++] = reg;
  return true;
}

static bool guard__leaf(guard_sources *s, uint32_t reg) {
  if (s->leaves == GUARD__JOURNAL) return false;
  s->leaf[s->leaves++] = reg;
  return true;
}

/* Looks at one register: a source, or its operands that values come from (conditions and references only choose). */
static bool guard__look(guard_sources *s, uint32_t reg) {
  const ans_program *p = s->x->p;
  const ans_insn *in = &p->insns[reg];
  const uint32_t *l = p->lists + in->a;
  bool ok = true;
  if (s->results && s->x->given[reg] && ans_type_numeric(in->type) && in->type.scale <= 2) return guard__leaf(s, reg);
  switch ((int)in->op) {
    case ANS_OP_FACT: case ANS_OP_TL_AT: case ANS_OP_AGG_SUM: case ANS_OP_AGG_MIN: case ANS_OP_AGG_MAX: case ANS_OP_AGG_COUNT: case ANS_OP_RANK:
      return !ans_type_numeric(in->type) || guard__leaf(s, reg);
    case ANS_OP_SELECT: return guard__found(s, in->b) && guard__found(s, in->c);
    case ANS_OP_GATHER: return guard__found(s, in->b);
    case ANS_OP_NEG: case ANS_OP_UNIT: return guard__found(s, in->a);
    case ANS_OP_ADD: case ANS_OP_SUB: case ANS_OP_MUL: case ANS_OP_DIVR: case ANS_OP_MIN2: case ANS_OP_MAX2: case ANS_OP_DEFAULT:
      return guard__found(s, in->a) && guard__found(s, in->b);
    case ANS_OP_MULR: case ANS_OP_RESOLVE:
      for (uint32_t k = 0; k < in->b && ok; k += in->op == ANS_OP_RESOLVE ? 2 : 1) ok = guard__found(s, l[k]);
      return ok;
    default: return true;
  }
}

static bool guard__look_at(guard_sources *s, uint32_t i) {
  const ans_insn *in = &s->x->p->insns[i];
  const bool results = s->results;
  s->results = false; /* not the operation itself */
  bool ok = in->op == ANS_OP_AGG_SUM ? guard__found(s, in->c) : guard__look(s, i);
  s->results = results;
  while (ok && s->depth) ok = guard__look(s, s->stack[--s->depth]);
  return ok;
}

/* What a source may be under a common bound of so many whole units; measures keep their ordinary values. */
static ans_range guard__common_bound(const ans_program *p, ans_type t, int64_t units) {
  if (t.measure && t.tag != ANS_T_MONEY) return guard__ordinary(p, t);
  return guard__symmetric((ans_uint128)units * range__power(t.scale));
}

static bool guard__common(range_analysis *x, uint32_t i, bool results) {
  static const int64_t units[] = {10000000, 1000000, GUARD__COMMON_LEAST};
  guard_sources *s = malloc(sizeof *s);
  if (!s) return false; /* without memory for the search the operation stays wide */
  s->x = x;
  s->results = results;
  s->depth = s->leaves = s->count = 0;
  const bool found = guard__look_at(s, i);
  for (uint32_t k = 0; k < s->count; k++) x->seen[s->touched[k]] = 0;
  x->work -= x->work < s->count ? x->work : s->count;
  bool proven = false;
  for (size_t u = 0; found && s->leaves && x->work && u < sizeof units / sizeof *units && !proven; u++) {
    guard_trial g = {.x = x, .tight = true};
    uint32_t first = i;
    for (uint32_t k = 0; k < s->leaves; k++) {
      const ans_range bound = guard__common_bound(x->p, x->p->insns[s->leaf[k]].type, units[u]);
      if (range__inside(x->held[s->leaf[k]], bound) || !guard__set(&g, s->leaf[k], bound)) continue;
      if (s->leaf[k] < first) first = s->leaf[k];
    }
    if (g.count == 0) continue;
    guard__again(x, first, i, &g);
    proven = range__width(x->p, &x->p->insns[i], x->held) != 0;
    if (!proven) guard__undo(&g, first, i);
  }
  free(s);
  return proven;
}

void range__guard(range_analysis *x, uint32_t i) {
  guard_trial g = {.x = x};
  uint32_t first;
  if (guard__try(&g, i, &first)) return;
  if (g.count) guard__undo(&g, first, i);
  if (range__target(x->p->insns[i].type).hi != INT64_MAX) return; /* the calendar's end is no matter of common bounds */
  if (!guard__common(x, i, false)) (void)guard__common(x, i, true);
}

uint32_t range__hint(range_analysis *x, uint32_t i, ans_range_guard *out, uint32_t capacity) {
  guard_trial g = {.x = x, .tight = true};
  uint32_t first, n = 0;
  if (!guard__try(&g, i, &first)) return 0;
  for (uint32_t k = 0; k < g.count; k++) { /* a register may have been bounded twice */
    bool again = false;
    for (uint32_t j = 0; j < n; j++) again = again || out[j].insn == g.undo[k].reg;
    if (!again && n < capacity) out[n++] = (ans_range_guard){g.undo[k].reg, x->bound[g.undo[k].reg], 0};
  }
  return n;
}
