/* Folds: over the days of the period (quantifiers) and over member rows (aggregates, ranks).
 *
 * A fold over members inside day grain cannot be one aggregate: members have other segments than the row that counts them, and a member
 * whose reference is unknown contributes on each day only what holds on that day. So it is expanded into one aggregate per day of the period
 * (31 of a month, 366 of a year; days behind the end of a short one repeat its last day and are never chosen) and the day picks its own. */
#include "lower/lower_private.h"
#include "num/period.h"

static const ans_type fold__days = {ANS_T_INT, 0, ANS_M_DAYS, 0, 0};

uint32_t lower__days(lower *l, const ans_tx *x) {
  const lower_unit *u = &l->unit[x->unit];
  uint32_t operand = lower__bring(l, lower__tx(l, lower__arg(x, 0)), u->derived);
  if (l->status != ANS_OK) return ANS_NONE;
  if (x->kind != ANS_TX_DAYS_COUNT) return lower__emit(l, x->kind == ANS_TX_DAYS_ANY ? ANS_OP_AGG_ANY : ANS_OP_AGG_ALL, x->unit, x->type, u->split, ANS_NONE, operand);
  uint32_t from = lower__emit(l, ANS_OP_SEG_FROM, u->derived, lower__type(ANS_T_DATE), 0, 0, 0);
  uint32_t to = lower__emit(l, ANS_OP_SEG_TO, u->derived, lower__type(ANS_T_DATE), 0, 0, 0);
  uint32_t one = lower__const(l, fold__days, 1), before = lower__binary(l, ANS_OP_SUB, fold__days, to, from, 0);
  uint32_t length = lower__binary(l, ANS_OP_ADD, fold__days, before, one, 0);
  return lower__emit(l, ANS_OP_AGG_SUM, x->unit, fold__days, u->split, lower__guard(l, operand), length);
}

static ans_opcode fold__op(uint16_t kind) { /* RANK is the only other kind that comes here */
  switch (kind) {
    case ANS_TX_AGG_COUNT: return ANS_OP_AGG_COUNT;
    case ANS_TX_AGG_SUM: return ANS_OP_AGG_SUM;
    case ANS_TX_AGG_MIN: return ANS_OP_AGG_MIN;
    case ANS_TX_AGG_MAX: return ANS_OP_AGG_MAX;
    case ANS_TX_AGG_ANY: return ANS_OP_AGG_ANY;
    case ANS_TX_AGG_ALL: return ANS_OP_AGG_ALL;
    default: return ANS_OP_RANK;
  }
}

/* The group: a reference that rules made, or NULL for the pointer fact `index`. */
static const ans_tx *fold__reference(const ans_tx *x) { return lower__arg(x, x->kind == ANS_TX_RANK ? 2 : 3); }
static uint32_t fold__member(const lower *l, const ans_tx *x) { return fold__reference(x) ? fold__reference(x)->unit : l->m->facts[x->index].unit; }

/* One fold with filter and element registers of the member unit (or uniform); the result is in the target's unit, or follows `row`. */
static uint32_t fold__members(lower *l, const ans_tx *x, uint32_t filter, uint32_t element, uint32_t row) {
  ans_opcode op = fold__op(x->kind);
  const ans_tx *reference = fold__reference(x);
  const ans_fact *pointer = reference ? NULL : &l->m->facts[x->index];
  uint32_t ref = reference ? lower__tx(l, reference) : lower__emit(l, ANS_OP_FACT, pointer->unit, pointer->type, x->index, 0, 0);
  if (l->status != ANS_OK) return ANS_NONE;
  uint32_t unit = op == ANS_OP_RANK ? fold__member(l, x) : l->reg_type[ref].ref;
  uint32_t reg = lower__emit(l, op, unit, x->type, ref, filter, op == ANS_OP_AGG_COUNT ? 0 : element);
  if (row == ANS_NONE || l->status != ANS_OK) return reg;
  return lower__emit(l, ANS_OP_GATHER, l->reg_unit[row], x->type, row, reg, 0);
}

/* reg of the member unit's days as it is on one day; registers of the row itself stay. */
static uint32_t fold__on_day(lower *l, uint32_t reg, uint32_t member, uint32_t day) {
  const lower_unit *u = &l->unit[member];
  if (l->status != ANS_OK || reg == ANS_NONE || !u->days || l->reg_unit[reg] != u->derived) return reg;
  uint32_t segment = lower__emit(l, ANS_OP_SEG_FIND, member, lower__ref(u->derived), lower__self(l, member), u->derived, day);
  return lower__emit(l, ANS_OP_GATHER, member, l->reg_type[reg], segment, reg, 0);
}

static uint32_t fold__each_day(lower *l, const ans_tx *x, uint32_t filter, uint32_t element, uint32_t row) {
  const ans_type date = lower__type(ANS_T_DATE);
  uint32_t member = fold__member(l, x), derived = l->unit[x->unit].derived, chosen = ANS_NONE;
  uint32_t today = lower__emit(l, ANS_OP_SEG_FROM, derived, date, 0, 0, 0);
  for (int64_t i = ans_period_days(l->m->period_kind) - 1; i >= 0 && l->status == ANS_OK; i--) {
    uint32_t days = lower__const(l, fold__days, i), first = lower__period(l, 1);
    uint32_t day = lower__binary(l, ANS_OP_ADD, date, first, days, 0);
    day = lower__binary(l, ANS_OP_MIN2, date, day, lower__period(l, 2), 0);
    uint32_t what = fold__on_day(l, element, member, day), those = fold__on_day(l, filter, member, day);
    uint32_t fold = fold__members(l, x, those, what, row);
    fold = lower__bring(l, fold, derived);
    if (chosen == ANS_NONE) { chosen = fold; continue; }
    uint32_t reached = lower__binary(l, ANS_OP_LE, lower__type(ANS_T_BOOL), today, day, 0);
    chosen = lower__emit(l, ANS_OP_SELECT, derived, x->type, reached, fold, chosen);
  }
  return chosen;
}

uint32_t lower__aggregate(lower *l, const ans_tx *x) {
  const ans_tx *f = lower__arg(x, 0), *e = lower__arg(x, 1), *r = x->kind == ANS_TX_RANK ? NULL : lower__arg(x, 2);
  uint32_t filter = f ? lower__guard(l, lower__tx(l, f)) : ANS_NONE, element = e ? lower__tx(l, e) : ANS_NONE, row = r ? lower__tx(l, r) : ANS_NONE;
  if (l->status != ANS_OK) return ANS_NONE;
  if (!e && x->kind != ANS_TX_AGG_COUNT) {
    if (x->kind != ANS_TX_AGG_ANY && x->kind != ANS_TX_AGG_ALL) return lower__fail(l, "aggregate without an element");
    element = lower__bool(l, true);
  }
  bool daily = (f && f->grain == ANS_GRAIN_DAY) || (e && e->grain == ANS_GRAIN_DAY);
  return daily ? fold__each_day(l, x, filter, element, row) : fold__members(l, x, filter, element, row);
}
