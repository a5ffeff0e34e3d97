/* Timelines (semantics 4.3) and day segments (4.2). Intervals are walked one by one; days in no interval have the fact's missing state.
 * Time is 0001-01-01 … 9999-12-31: open ends reach its ends. */
#include "replay/internal.h"

typedef struct piece { /* maximal stretch of days with one cell */
  int64_t from, to;
  ans_scalar v;
} piece;

/* The piece that contains the day: an interval, or the gap between two. */
static piece timeline__piece(const ans_trace *t, uint32_t fact, uint32_t row, int64_t day) {
  const ans_timeline *tl = &t->c->timelines[fact];
  piece g = {ANS_DAY_MIN, ANS_DAY_MAX, replay__state(t->p->facts[fact].nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN)};
  for (uint32_t i = tl->offsets[row]; i < tl->offsets[row + 1]; i++) {
    const ans_interval *x = &tl->items[i];
    if (x->to < day) {
      g.from = (int64_t)x->to + 1;
    } else if (x->from > day) {
      g.to = (int64_t)x->from - 1;
      break;
    } else {
      g.from = x->from < ANS_DAY_MIN ? ANS_DAY_MIN : x->from;
      g.to = x->to > ANS_DAY_MAX ? ANS_DAY_MAX : x->to;
      g.v = (ans_scalar){x->value, x->state};
      break;
    }
  }
  return g;
}

/* Walks from day d, backwards (step −1) or forwards (+1): the run that contains d is skipped, then the first true day counts. */
static ans_scalar timeline__walk(const ans_trace *t, uint32_t fact, uint32_t row, int64_t d, int step) {
  bool own_run = true; /* still in the run that contains d */
  while (d >= ANS_DAY_MIN && d <= ANS_DAY_MAX) {
    piece g = timeline__piece(t, fact, row, d);
    if (g.v.state > ANS_NOT_APPLICABLE) return replay__state(g.v.state);
    bool on = replay__is(g.v, 1);
    if (on && !own_run) return replay__value(d); /* the day beside it, towards the start of the walk, was false or n/a */
    if (!on) own_run = false;
    d = step < 0 ? g.from - 1 : g.to + 1;
  }
  return replay__state(ANS_NOT_APPLICABLE);
}

ans_scalar replay__timeline(const ans_trace *t, const ans_insn *in, uint32_t row) {
  uint32_t fact_row = t->first_row[in->unit] + row;
  ans_scalar day = replay__cell(t, in->c, row);
  uint8_t s = day.state;
  if (in->b != ANS_NONE) {
    ans_scalar ref = replay__cell(t, in->b, row);
    s = replay__max(s, ref.state);
    fact_row = (uint32_t)ref.v;
  }
  if (s != ANS_VALUE) return replay__state(s);
  if (in->op == ANS_OP_TL_AT) return timeline__piece(t, in->a, fact_row, day.v).v;
  return timeline__walk(t, in->a, fact_row, day.v, in->op == ANS_OP_TL_LAST_END ? -1 : 1);
}

/* Section 4.3: days of a span with the value true, folded as `Anzahl`, piece by piece. */
ans_scalar replay__timeline_days(const ans_trace *t, const ans_insn *in, uint32_t row) {
  const uint32_t *l = t->p->lists + in->a;
  ans_scalar from = replay__cell(t, l[0], row), to = replay__cell(t, l[1], row);
  uint32_t fact_row = t->first_row[in->unit] + row;
  uint8_t s = replay__max(from.state, to.state);
  if (in->b == 3) {
    ans_scalar ref = replay__cell(t, l[2], row);
    s = replay__max(s, ref.state);
    fact_row = (uint32_t)ref.v;
  }
  if (s != ANS_VALUE) return replay__state(s);
  int64_t days = 0;
  for (int64_t d = from.v; d <= to.v;) {
    piece g = timeline__piece(t, in->c, fact_row, d);
    ans_scalar f = replay__condition(g.v);
    int64_t end = g.to < to.v ? g.to : to.v;
    s = replay__max(s, f.state);
    if (replay__is(f, 1)) days += end - d + 1;
    d = end + 1;
  }
  return s != ANS_VALUE ? replay__state(s) : replay__value(days);
}

/* Change points of the period: starts[i] = a segment starts on first_day + i. */
static void split__mark(const ans_trace *t, bool *starts, int64_t day) {
  if (day > t->first_day && day <= t->last_day) starts[day - t->first_day] = true;
}

static void split__mark_item(const ans_trace *t, const uint32_t *l, uint32_t parent_unit, uint32_t row, bool *starts) {
  if (l[0] == ANS_SPLIT_EVERY_DAY) {
    for (int64_t day = t->first_day; day <= t->last_day; day++) split__mark(t, starts, day);
    return;
  }
  if (l[0] == ANS_SPLIT_DATE) {
    ans_scalar d = replay__cell(t, l[1], row);
    if (d.state == ANS_VALUE) split__mark(t, starts, d.v);
    return;
  }
  uint32_t target = row; /* relative row in the unit that owns the timeline or the segments */
  if (l[2] != ANS_NONE) {
    ans_scalar ref = replay__cell(t, l[2], row);
    if (ref.state != ANS_VALUE) return; /* its cells are all of that state: no change */
    target = replay__row(t, t->p->insns[l[2]].type.ref, ref.v);
  }
  if (l[0] == ANS_SPLIT_TIMELINE) {
    const ans_timeline *tl = &t->c->timelines[l[1]];
    uint32_t r = t->first_row[l[2] == ANS_NONE ? parent_unit : t->p->facts[l[1]].unit] + target;
    for (uint32_t i = tl->offsets[r]; i < tl->offsets[r + 1]; i++) {
      split__mark(t, starts, tl->items[i].from);
      split__mark(t, starts, (int64_t)tl->items[i].to + 1);
    }
  } else {
    const replay_segments *g = replay__segments(t, l[1]);
    for (uint32_t i = g->offsets ? g->offsets[target] : 0; g->offsets && i < g->offsets[target + 1]; i++) split__mark(t, starts, g->from[i]);
  }
}

bool replay__split(ans_trace *t, uint32_t reg) {
  const ans_insn *in = &t->p->insns[reg];
  uint32_t unit = in->unit, parent = t->p->units[unit].parent, rows = replay__rows(t, parent);
  int32_t days = t->last_day - t->first_day + 1;
  replay_segments *g = &t->segments[unit];
  bool *starts = ans_arena_array(t->arena, ((size_t)rows + 1) * (size_t)days, sizeof *starts); /* a row of days per parent row */
  g->offsets = ans_arena_array(t->arena, (size_t)rows + 1, sizeof *g->offsets);
  if (!starts || !g->offsets) return false;
  for (uint32_t r = 0; r < rows; r++) {
    bool *mine = starts + (size_t)r * (size_t)days;
    mine[0] = true;
    for (uint32_t i = 0; i < in->c; i += 3) split__mark_item(t, t->p->lists + in->b + i, parent, r, mine);
    g->offsets[r + 1] = g->offsets[r];
    for (int32_t d = 0; d < days; d++) g->offsets[r + 1] += mine[d];
  }
  uint32_t total = g->offsets[rows];
  g->parent = ans_arena_array(t->arena, total, sizeof *g->parent);
  g->from = ans_arena_array(t->arena, total, sizeof *g->from);
  g->to = ans_arena_array(t->arena, total, sizeof *g->to);
  if (!g->parent || !g->from || !g->to) return false;
  for (uint32_t r = 0; r < rows; r++) {
    uint32_t at = g->offsets[r];
    for (int32_t d = 0; d < days; d++) {
      if (!starts[(size_t)r * (size_t)days + (size_t)d]) continue;
      g->parent[at] = r;
      g->from[at] = t->first_day + d;
      if (at > g->offsets[r]) g->to[at - 1] = t->first_day + d - 1;
      at++;
    }
    g->to[at - 1] = t->last_day;
  }
  t->rows[unit] = total;
  return true;
}
