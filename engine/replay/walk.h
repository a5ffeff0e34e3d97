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

/* Bit of a row in ans_trace.hot. */
static inline uint32_t walk__bit(uint32_t row) { return 1u << (row < REPLAY_HOT_ROWS ? row : REPLAY_HOT_ROWS); }

/* The cell is in the slices `roots`. */
static inline void walk__mark(const ans_trace *t, uint32_t reg, uint32_t row, uint8_t roots) {
  if (replay__at(t, reg, row)->state == REPLAY_PENDING) (void)replay__demand(t, reg, row);
  if (!replay__has_memory(t, reg)) return; /* ans_trace_check tells */
  replay__at(t, reg, row)->marks |= roots;
  t->hot[reg] |= (uint8_t)walk__bit(row & t->regs[reg].mask);
}

static inline void walk__cell(const walk *w, uint32_t reg, uint32_t row, bool used) {
  if (w->visit) w->visit(w->ctx, reg, w->t->p->insns[reg].unit == 0 ? 0 : row, used);
  else if (used) walk__mark(w->t, reg, row, w->roots);
}
static inline void walk__own(const walk *w, uint32_t reg, bool used) { walk__cell(w, reg, w->row, used); }

/* Three cells in four have up to two operands a and b of their own row, which always count, or of which those with the deciding value count alone if there is one (`und`: false, `oder`: true).
 * They are walked without a branch that depends on the operation or on values: what the next cell is cannot be foreseen, and a branch foreseen wrongly costs more than the walk. */
typedef struct walk_shape {
  uint32_t a, b;    /* all bits: there is such an operand */
  bool plain;       /* of this kind */
  uint8_t state;    /* a cell of this state … */
  bool is;          /* … and value decides */
} walk_shape;
enum { WALK_NEVER = 0xfe /* no cell has this state */ };

static inline const walk_shape *walk__shape(uint16_t op) {
#define NONE {0, 0, true, WALK_NEVER, false}
#define ONE {UINT32_MAX, 0, true, WALK_NEVER, false}
#define TWO {UINT32_MAX, UINT32_MAX, true, WALK_NEVER, false}
  static const walk_shape shapes[] = {
      [ANS_OP_CONST] = NONE, [ANS_OP_PERIOD] = NONE, [ANS_OP_FACT] = NONE, [ANS_OP_SELF] = NONE, [ANS_OP_HUMAN] = NONE,
      [ANS_OP_NOT] = ONE, [ANS_OP_NEG] = ONE, [ANS_OP_GUARD] = ONE, [ANS_OP_KNOWN] = ONE, [ANS_OP_PRESENT] = ONE, [ANS_OP_MONTH_OF] = ONE, [ANS_OP_MONTH_FIRST] = ONE, [ANS_OP_MONTH_LAST] = ONE,
      [ANS_OP_YEAR_OF] = ONE, [ANS_OP_UNIT] = ONE, [ANS_OP_HOLIDAY] = ONE, [ANS_OP_TEXT_IS] = ONE, [ANS_OP_LIST_COUNT] = ONE, [ANS_OP_WORKDAY] = ONE,
      [ANS_OP_ADD] = TWO, [ANS_OP_SUB] = TWO, [ANS_OP_MUL] = TWO, [ANS_OP_DIVR] = TWO, [ANS_OP_MIN2] = TWO, [ANS_OP_MAX2] = TWO, [ANS_OP_EQ] = TWO, [ANS_OP_NE] = TWO, [ANS_OP_LT] = TWO,
      [ANS_OP_LE] = TWO, [ANS_OP_YEARS_DONE] = TWO, [ANS_OP_ADD_MONTHS] = TWO, [ANS_OP_LIST_HAS] = TWO,
      [ANS_OP_AND] = {UINT32_MAX, UINT32_MAX, true, ANS_VALUE, false}, [ANS_OP_OR] = {UINT32_MAX, UINT32_MAX, true, ANS_VALUE, true},
      [ANS_OP_COUNT] = {0, 0, false, WALK_NEVER, false}};
#undef NONE
#undef ONE
#undef TWO
  return &shapes[op];
}

/* The operands of a plain register. What there is none of is named again: a instead of b, and the register itself instead of a. */
typedef struct walk_two { uint32_t a, b; } walk_two;

static inline walk_two walk__two(const ans_insn *in, uint32_t reg, const walk_shape *s) {
  const uint32_t a = (in->a & s->a) | (reg & ~s->a);
  return (walk_two){a, (in->b & s->b) | (a & ~s->b)};
}

/* Which of its operand cells x and y a plain cell used: bit 0, bit 1. */
static inline unsigned walk__used(const walk_shape *s, const replay_cell *x, const replay_cell *y) {
  const unsigned first = (x->state == s->state) & (x->v == s->is), second = (y->state == s->state) & (y->v == s->is), decided = first | second << 1;
  return decided | 3u >> 2 * (decided != 0); /* none decides: both */
}

/* Cells that did not have to be read, but say which of the two is used. */
static inline void walk__read_two(const ans_trace *t, walk_two o, uint32_t row) {
  (void)replay__cell(t, o.a, row);
  (void)replay__cell(t, o.b, row);
}

static inline void walk__plain(const walk *w, uint32_t reg) {
  const walk_shape *s = walk__shape(w->in->op);
  const walk_two o = walk__two(w->in, reg, s);
  walk__read_two(w->t, o, w->row);
  const unsigned used = walk__used(s, replay__at(w->t, o.a, w->row), replay__at(w->t, o.b, w->row));
  if (s->a) walk__own(w, o.a, used & 1);
  if (s->b) walk__own(w, o.b, used & 2);
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
  if (!w->visit) return;
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
    case ANS_OP_SELECT: walk__select(w); return;
    case ANS_OP_RESOLVE: walk__resolve(w); return;
    case ANS_OP_DEFAULT:
      walk__own(w, in->a, true);
      walk__own(w, in->b, replay__cell(w->t, in->a, w->row).state == ANS_UNKNOWN);
      return;
    case ANS_OP_CONST:
    case ANS_OP_PERIOD:
    case ANS_OP_FACT:
    case ANS_OP_SELF:
    case ANS_OP_HUMAN:
    case ANS_OP_AND:
    case ANS_OP_OR:
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
    case ANS_OP_WORKDAY: walk__plain(w, reg); return;
  }
}
#endif
