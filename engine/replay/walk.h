/* Which operands a cell used: one description for those who list them (trace.c) and for slices, which mark them (slice.c). Inline, because a slice is found cell by cell and does
 * little else: with `visit` known to be NULL the compiler leaves only the marking.
 *
 * "Used" follows the absorption rules of docs/semantics.md: an operand is unused iff the others alone already fix the cell (a false operand
 * of `und`, an unselected branch, the value of a rule that is not live). Slices over used operands are what explanations show and what the
 * trace identity covers, so these rules are part of the format: they never change within a semantics version. */
#ifndef ANS_REPLAY_WALK_H
#define ANS_REPLAY_WALK_H
#include "replay/internal.h"

typedef struct walk {
  const ans_trace *t;
  const ans_insn *in;
  uint32_t row;
  ans_trace_visit *visit; /* NULL: used operands are marked as in the slices `roots` */
  void *ctx;
  uint8_t roots;
} walk;

/* The cell is in the slices `roots`. */
static inline void walk__mark(const ans_trace *t, uint32_t reg, uint32_t row, uint8_t roots) {
  if (t->demand) (void)replay__cell(t, reg, row);
  replay_cells *x = &t->regs[reg];
  row &= x->mask;
  if (!x->marks) return; /* out of memory: ans_trace_check tells */
  x->marks[row] |= roots;
  x->hot = true;
}

static inline void walk__cell(const walk *w, uint32_t reg, uint32_t row, bool used) {
  if (w->visit) w->visit(w->ctx, reg, w->t->p->insns[reg].unit == 0 ? 0 : row, used);
  else if (used) walk__mark(w->t, reg, row, w->roots);
}
static inline void walk__own(const walk *w, uint32_t reg, bool used) { walk__cell(w, reg, w->row, used); }

/* und (deciding 0), oder (deciding 1): operands with the deciding value, if there is one, else all. */
static inline void walk__logic(const walk *w, int64_t deciding) {
  bool a = replay__is(replay__cell(w->t, w->in->a, w->row), deciding), b = replay__is(replay__cell(w->t, w->in->b, w->row), deciding);
  bool decided = a || b;
  walk__own(w, w->in->a, !decided || a);
  walk__own(w, w->in->b, !decided || b);
}

static inline void walk__select(const walk *w) {
  ans_scalar g = replay__condition(replay__cell(w->t, w->in->a, w->row));
  bool open = g.state == ANS_UNKNOWN || g.state == ANS_HUMAN;
  walk__own(w, w->in->a, true);
  walk__own(w, w->in->b, open || replay__is(g, 1));
  walk__own(w, w->in->c, open || replay__is(g, 0));
}

/* Conditions always count, since an error in any of them would show. A consequence counts if its rule is certainly or possibly live and no
 * condition is broken; the default counts if no rule is certainly live. */
static inline void walk__resolve(const walk *w) {
  const uint32_t *l = w->t->p->lists + w->in->a;
  bool broken = false, certain = false;
  for (uint32_t i = 1; i < w->in->b; i += 2) {
    ans_scalar live = replay__condition(replay__cell(w->t, l[i], w->row));
    broken = broken || live.state >= ANS_ERRONEOUS;
    certain = certain || replay__is(live, 1);
  }
  walk__own(w, l[0], !broken && !certain);
  for (uint32_t i = 1; i < w->in->b; i += 2) {
    ans_scalar live = replay__condition(replay__cell(w->t, l[i], w->row));
    walk__own(w, l[i], true);
    walk__own(w, l[i + 1], !broken && !replay__is(live, 0));
  }
}

static inline void walk__gather(const walk *w) {
  ans_scalar ref = replay__cell(w->t, w->in->a, w->row);
  walk__own(w, w->in->a, true);
  if (ref.state == ANS_VALUE) walk__cell(w, w->in->b, replay__row(w->t, w->t->p->insns[w->in->a].type.ref, ref.v), true);
}

/* Change points only say where segments begin. What a segment's value depends on is read again by its own operands (TL_AT, comparisons), so the sources did not influence the value by
 * themselves; calling them used would list facts that cannot matter. */
static inline void walk__split(const walk *w) {
  uint32_t parent = replay__segments(w->t, w->in->unit)->parent[w->row];
  const uint32_t *l = w->t->p->lists + w->in->b;
  for (uint32_t i = 0; i < w->in->c; i += 3) {
    if (l[i] == ANS_SPLIT_DATE) walk__cell(w, l[i + 1], parent, false);
    else if (l[i] != ANS_SPLIT_EVERY_DAY && l[i + 2] != ANS_NONE) walk__cell(w, l[i + 2], parent, false);
  }
}

/* One member of an aggregate: reference, filter, element. decided: the aggregate is fixed by deciding members alone. */
static inline void walk__member(const walk *w, uint32_t m, bool decided) {
  const ans_insn *in = w->in;
  bool element = in->op != ANS_OP_AGG_COUNT;
  ans_scalar ref = replay__cell(w->t, in->a, m), f = replay__filter(w->t, in->b, m);
  bool open = ref.state != ANS_VALUE, out = replay__is(f, 0), used = true;
  if (decided) {
    ans_scalar e = replay__cell(w->t, in->c, m);
    used = !open && replay__is(f, 1) && replay__is(e, in->op == ANS_OP_AGG_ANY ? 1 : 0);
  }
  walk__cell(w, in->a, m, used && !(open && out));
  if (in->b != ANS_NONE) walk__cell(w, in->b, m, used);
  if (element && !out) walk__cell(w, in->c, m, used);
}

static inline void walk__aggregate(const walk *w, uint32_t reg) {
  ans_scalar v = replay__cell(w->t, reg, w->row);
  const replay_group *g = w->t->groups[w->in->a];
  if (!g) return; /* out of memory: ans_trace_check tells */
  bool decided = (w->in->op == ANS_OP_AGG_ANY && replay__is(v, 1)) || (w->in->op == ANS_OP_AGG_ALL && replay__is(v, 0));
  for (uint32_t i = g->offsets[w->row]; i < g->offsets[w->row + 1]; i++) walk__member(w, g->members[i], decided);
  for (uint32_t i = 0; i < g->open_count; i++) walk__member(w, g->open[i], decided);
}

static inline void walk__ranked(const walk *w, uint32_t q) {
  const ans_insn *in = w->in;
  if (q == w->row) return;
  bool out = replay__is(replay__filter(w->t, in->b, q), 0);
  bool open = replay__cell(w->t, in->a, q).state != ANS_VALUE;
  walk__cell(w, in->a, q, !(open && out));
  if (in->b != ANS_NONE) walk__cell(w, in->b, q, true);
  if (!out) walk__cell(w, in->c, q, true);
}

static inline void walk__rank(const walk *w) {
  const ans_insn *in = w->in;
  ans_scalar f = replay__filter(w->t, in->b, w->row), ref = replay__cell(w->t, in->a, w->row), key = replay__cell(w->t, in->c, w->row);
  bool out = replay__is(f, 0);
  walk__own(w, in->a, !out);
  if (in->b != ANS_NONE) walk__own(w, in->b, true);
  walk__own(w, in->c, !out);
  if (f.state != ANS_VALUE || out || ref.state != ANS_VALUE || key.state != ANS_VALUE) return;
  const replay_group *g = w->t->groups[in->a];
  if (!g) return; /* out of memory: ans_trace_check tells */
  uint32_t target = replay__row(w->t, w->t->p->insns[in->a].type.ref, ref.v);
  for (uint32_t i = g->offsets[target]; i < g->offsets[target + 1]; i++) walk__ranked(w, g->members[i]);
  for (uint32_t i = 0; i < g->open_count; i++) walk__ranked(w, g->open[i]);
}

static inline void walk__list(const walk *w, uint32_t first, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) walk__own(w, w->t->p->lists[first + i], true);
}

static inline void walk__operands(const walk *w, uint32_t reg) {
  const ans_insn *in = w->in;
  switch ((ans_opcode)in->op) {
    case ANS_OP_CONST:
    case ANS_OP_PERIOD:
    case ANS_OP_FACT:
    case ANS_OP_SELF:
    case ANS_OP_HUMAN:
    case ANS_OP_COUNT: return;
    case ANS_OP_SPLIT: walk__split(w); return;
    case ANS_OP_SEG_FROM:
    case ANS_OP_SEG_TO: walk__own(w, w->t->split[in->unit], true); return;
    case ANS_OP_SEG_FIND:
      walk__own(w, in->a, true);
      walk__own(w, in->c, true);
      return;
    case ANS_OP_GATHER: walk__gather(w); return;
    case ANS_OP_TL_AT:
    case ANS_OP_TL_LAST_END:
    case ANS_OP_TL_NEXT_START:
      if (in->b != ANS_NONE) walk__own(w, in->b, true);
      walk__own(w, in->c, true);
      return;
    case ANS_OP_PARAM: walk__list(w, in->b, in->c); return;
    case ANS_OP_MULR:
    case ANS_OP_TL_DAYS: walk__list(w, in->a, in->b); return;
    case ANS_OP_AGG_COUNT:
    case ANS_OP_AGG_SUM:
    case ANS_OP_AGG_MIN:
    case ANS_OP_AGG_MAX:
    case ANS_OP_AGG_ANY:
    case ANS_OP_AGG_ALL: walk__aggregate(w, reg); return;
    case ANS_OP_RANK: walk__rank(w); return;
    case ANS_OP_AND: walk__logic(w, 0); return;
    case ANS_OP_OR: walk__logic(w, 1); return;
    case ANS_OP_SELECT: walk__select(w); return;
    case ANS_OP_RESOLVE: walk__resolve(w); return;
    case ANS_OP_DEFAULT:
      walk__own(w, in->a, true);
      walk__own(w, in->b, replay__cell(w->t, in->a, w->row).state == ANS_UNKNOWN);
      return;
    case ANS_OP_ADD:
    case ANS_OP_SUB:
    case ANS_OP_MUL:
    case ANS_OP_DIVR:
    case ANS_OP_MIN2:
    case ANS_OP_MAX2:
    case ANS_OP_EQ:
    case ANS_OP_NE:
    case ANS_OP_LT:
    case ANS_OP_LE:
    case ANS_OP_YEARS_DONE:
    case ANS_OP_ADD_MONTHS:
    case ANS_OP_LIST_HAS:
      walk__own(w, in->a, true);
      walk__own(w, in->b, true);
      return;
    case ANS_OP_NOT:
    case ANS_OP_NEG:
    case ANS_OP_GUARD:
    case ANS_OP_KNOWN:
    case ANS_OP_PRESENT:
    case ANS_OP_MONTH_OF:
    case ANS_OP_MONTH_FIRST:
    case ANS_OP_MONTH_LAST:
    case ANS_OP_YEAR_OF:
    case ANS_OP_UNIT:
    case ANS_OP_HOLIDAY:
    case ANS_OP_TEXT_IS:
    case ANS_OP_LIST_COUNT:
    case ANS_OP_WORKDAY: walk__own(w, in->a, true); return;
  }
}
#endif
