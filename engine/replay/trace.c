/* Reading a trace: cells, the operands that a cell used, fact cells. */
#include "replay/walk.h"

uint32_t ans_trace_rows(const ans_trace *t, uint32_t reg) { return reg < t->p->insn_count ? replay__rows(t, t->p->insns[reg].unit) : 0; }

ans_scalar ans_trace_get(const ans_trace *t, uint32_t reg, uint32_t row) {
  if (row >= ans_trace_rows(t, reg)) return replay__state(ANS_ERRONEOUS);
  return replay__cell(t, reg, row);
}

uint32_t ans_trace_param_row(const ans_trace *t, uint32_t reg, uint32_t row) {
  uint8_t state;
  if (row >= ans_trace_rows(t, reg) || t->p->insns[reg].op != ANS_OP_PARAM) return ANS_NONE;
  return replay__param_row(t, &t->p->insns[reg], row, &state);
}

bool ans_trace_overridden(const ans_trace *t, uint32_t reg, uint32_t row) {
  return row < ans_trace_rows(t, reg) && replay__override(t, reg, row) != NULL;
}

uint32_t ans_trace_first_row(const ans_trace *t, uint32_t unit) { return t->first_row[unit]; }
uint32_t ans_trace_unit_rows(const ans_trace *t, uint32_t unit) { return replay__rows(t, unit); }
ans_segment ans_trace_segment(const ans_trace *t, uint32_t unit, uint32_t row) {
  const replay_segments *g = replay__segments(t, unit);
  return (ans_segment){g->parent[row], g->from[row], g->to[row]};
}
int32_t ans_trace_law_known(const ans_trace *t) { return t->law_known; }
int32_t ans_trace_period(const ans_trace *t) { return t->period; }

void ans_trace_operands(const ans_trace *t, uint32_t reg, uint32_t row, ans_trace_visit *visit, void *ctx) {
  if (row >= ans_trace_rows(t, reg) || replay__override(t, reg, row)) return;
  (void)replay__cell(t, reg, row); /* with what it needs, as groups */
  walk w = {t, &t->p->insns[reg], row, visit, ctx, 0};
  walk__operands(&w, reg);
}

/* letztes_Ende and nächster_Beginn walk from the day asked until a cell stops them (semantics 4.3): the day of that cell is the one that is missing. The walk is bounded by
 * what a person can be asked about; beyond it the day asked is named. */
static int32_t trace__stopping_day(const ans_trace *t, const ans_insn *in, uint32_t fact, uint32_t row, int64_t day) {
  enum { WALK_DAYS = 366 * 150 };
  int step = in->op == ANS_OP_TL_LAST_END ? -1 : 1;
  for (int64_t d = day, n = 0; n < WALK_DAYS && d >= ANS_DAY_MIN && d <= ANS_DAY_MAX; d += step, n++) {
    uint8_t s = ans_columns_on_day(t->c, fact, row, d).state;
    if (s == ANS_UNKNOWN || s == ANS_HUMAN) return (int32_t)d;
  }
  return (int32_t)day;
}

bool ans_trace_fact_cell(const ans_trace *t, uint32_t reg, uint32_t row, uint32_t *fact, uint32_t *fact_row, int32_t *day) {
  if (row >= ans_trace_rows(t, reg) || replay__override(t, reg, row)) return false;
  const ans_insn *in = &t->p->insns[reg];
  *fact = in->a;
  *fact_row = t->first_row[in->unit] + row;
  *day = t->first_day;
  if (in->op == ANS_OP_FACT) return true;
  if (in->op == ANS_OP_TL_DAYS) { /* the first day of the span stands for all */
    const uint32_t *l = t->p->lists + in->a;
    ans_scalar from = replay__cell(t, l[0], row), ref = in->b == 3 ? replay__cell(t, l[2], row) : replay__value(*fact_row);
    *fact = in->c;
    *fact_row = (uint32_t)ref.v;
    *day = (int32_t)from.v;
    return from.state == ANS_VALUE && ref.state == ANS_VALUE && replay__cell(t, l[1], row).state == ANS_VALUE;
  }
  if (in->op != ANS_OP_TL_AT && in->op != ANS_OP_TL_LAST_END && in->op != ANS_OP_TL_NEXT_START) return false;
  ans_scalar d = replay__cell(t, in->c, row);
  if (in->b != ANS_NONE) {
    ans_scalar ref = replay__cell(t, in->b, row);
    if (ref.state != ANS_VALUE) return false;
    *fact_row = (uint32_t)ref.v;
  }
  *day = (int32_t)d.v;
  uint8_t state = replay__cell(t, reg, row).state;
  if (d.state == ANS_VALUE && in->op != ANS_OP_TL_AT && (state == ANS_UNKNOWN || state == ANS_HUMAN)) *day = trace__stopping_day(t, in, *fact, *fact_row, d.v);
  return d.state == ANS_VALUE;
}
