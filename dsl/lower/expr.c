/* Typed expressions → instructions. Uniform expressions live in unit 0, row expressions in their base unit, day expressions in the
 * derived unit of day segments; lower__join and lower__bring move operands to where they meet. Each typed node is lowered once.
 * Every instruction is emitted in a statement or declarator of its own: C leaves the order open in which the arguments of a call (and the
 * items of an initialiser) are computed, and compilers differ in it, so that the same rules would give different packages. */
#include "lower/lower_private.h"

enum { LOWER_MAX_DEPTH = 4000 };

uint32_t lower__self(lower *l, uint32_t unit) { return lower__emit(l, ANS_OP_SELF, unit, lower__ref(unit), 0, 0, 0); }

/* The row named by x (a REF expression), or ANS_NONE for this row. */
static uint32_t expr__row(lower *l, const ans_tx *x) { return x && x->kind != ANS_TX_SELF ? lower__tx(l, x) : ANS_NONE; }

static uint32_t expr__gather(lower *l, uint32_t row, uint32_t reg) {
  if (l->status != ANS_OK || row == ANS_NONE || reg == ANS_NONE) return ANS_NONE;
  return lower__emit(l, ANS_OP_GATHER, l->reg_unit[row], l->reg_type[reg], row, reg, 0);
}

static uint32_t expr__fact(lower *l, const ans_tx *x) {
  const ans_fact *f = &l->m->facts[x->index];
  const ans_tx *at = lower__arg(x, 0);
  uint32_t row = expr__row(l, at), cell = lower__emit(l, ANS_OP_FACT, f->unit, f->type, x->index, 0, 0);
  return at && at->kind != ANS_TX_SELF ? expr__gather(l, row, cell) : cell;
}

static uint32_t expr__timeline(lower *l, const ans_tx *x, ans_opcode op) {
  const ans_fact *f = &l->m->facts[x->index];
  const ans_tx *at = lower__arg(x, 0), *when = lower__arg(x, 1);
  if (!when) return lower__fail(l, "timeline without a day");
  uint32_t day = lower__tx(l, when), row = expr__row(l, at), regs[2] = {day, row};
  if (l->status != ANS_OK) return ANS_NONE;
  if (at && at->kind != ANS_TX_SELF) {
    uint32_t unit = lower__join(l, regs, 2);
    return lower__emit(l, op, unit, x->type, x->index, regs[1], regs[0]);
  }
  uint32_t unit = l->reg_unit[regs[0]];
  if (unit == 0 || unit == f->unit) return lower__emit(l, op, f->unit, x->type, x->index, ANS_NONE, regs[0]);
  return lower__emit(l, op, unit, x->type, x->index, l->unit[f->unit].split, regs[0]); /* a day of this row: the split names the row */
}

static uint32_t expr__result(lower *l, const ans_tx *x) {
  const ans_tresult *r = &l->m->results[x->index];
  const ans_tx *at = lower__arg(x, 0), *when = lower__arg(x, 1);
  bool own = !at || at->kind == ANS_TX_SELF;
  uint32_t cell = l->result[x->index];
  if (cell == ANS_NONE) return lower__fail(l, "result used before it is computed");
  if (r->grain != ANS_GRAIN_DAY) return own ? cell : expr__gather(l, expr__row(l, at), cell);
  if (!when) return lower__fail(l, "result per day without a day");
  if (own && when->kind == ANS_TX_DAY) return cell;
  uint32_t row = own ? lower__self(l, r->unit) : expr__row(l, at), day = lower__tx(l, when), regs[2] = {row, day};
  if (l->status != ANS_OK) return ANS_NONE;
  uint32_t unit = lower__join(l, regs, 2), derived = l->unit[r->unit].derived;
  return expr__gather(l, lower__emit(l, ANS_OP_SEG_FIND, unit, lower__ref(derived), regs[0], derived, regs[1]), cell);
}

static uint32_t expr__param(lower *l, const ans_tx *x) {
  uint32_t regs[1 + ANS_MAX_KEYS];
  if (x->count > 1 + ANS_MAX_KEYS) return lower__fail(l, "parameter with too many keys");
  for (uint32_t i = 0; i < x->count; i++) regs[i] = lower__tx(l, x->arg[i]);
  uint32_t unit = lower__join(l, regs, x->count);
  if (l->status != ANS_OK) return ANS_NONE;
  return lower__emit(l, ANS_OP_PARAM, unit, x->type, x->index, ans_builder_list(l->b, regs, x->count), x->count);
}

/* div.round is exact for any scales of its operands, so that nothing has to be multiplied (and could overflow) before. */
static uint32_t expr__quotient(lower *l, const ans_tx *x) {
  uint32_t a = lower__tx(l, x->arg[0]), b = lower__tx(l, x->arg[1]);
  int places = (int)x->type.scale + x->arg[1]->type.scale - x->arg[0]->type.scale;
  if (places > ANS_MAX_QUOTIENT_PLACES || places < -ANS_MAX_QUOTIENT_PLACES) return lower__fail(l, "scale of a quotient");
  return lower__binary(l, ANS_OP_DIVR, x->type, a, b, x->index);
}

/* Product under a rounding: mul.round over a list of two or three registers. */
static uint32_t expr__mul_round(lower *l, const ans_tx *x) {
  uint32_t regs[3] = {ANS_NONE, ANS_NONE, ANS_NONE};
  if (x->count < 2 || x->count > 3) return lower__fail(l, "operands of a rounded product");
  for (uint32_t i = 0; i < x->count; i++) regs[i] = lower__tx(l, x->arg[i]);
  uint32_t unit = lower__join(l, regs, x->count);
  return l->status == ANS_OK ? lower__emit(l, ANS_OP_MULR, unit, x->type, ans_builder_list(l->b, regs, x->count), x->count, x->index) : ANS_NONE;
}

/* Days of a span: like a timeline on a day, but with two days. */
static uint32_t expr__span(lower *l, const ans_tx *x) {
  const ans_fact *f = &l->m->facts[x->index];
  const ans_tx *at = lower__arg(x, 0);
  bool other = at && at->kind != ANS_TX_SELF;
  uint32_t from = lower__tx(l, lower__arg(x, 1)), to = lower__tx(l, lower__arg(x, 2)), row = other ? expr__row(l, at) : ANS_NONE;
  uint32_t regs[3] = {from, to, row}, n = other ? 3 : 2;
  uint32_t unit = lower__join(l, regs, n);
  if (l->status != ANS_OK) return ANS_NONE;
  if (!other && unit == 0) unit = f->unit;
  if (!other && unit != f->unit) regs[n++] = l->unit[f->unit].split; /* days of this row: the split names the row */
  return lower__emit(l, ANS_OP_TL_DAYS, unit, x->type, ans_builder_list(l->b, regs, n), n, x->index);
}

static uint32_t expr__select(lower *l, const ans_tx *x) {
  uint32_t condition = lower__guard(l, lower__tx(l, x->arg[0])), then = lower__tx(l, x->arg[1]), otherwise = lower__tx(l, x->arg[2]);
  uint32_t regs[3] = {condition, then, otherwise};
  uint32_t unit = lower__join(l, regs, 3);
  return l->status == ANS_OK ? lower__emit(l, ANS_OP_SELECT, unit, x->type, regs[0], regs[1], regs[2]) : ANS_NONE;
}

static uint32_t expr__nonvalue(lower *l, const ans_tx *x) {
  if (x->state != ANS_HUMAN) return lower__fail(l, "a state that no text can write");
  return lower__emit(l, ANS_OP_HUMAN, 0, x->type, x->provision, 0, 0);
}

static uint32_t expr__two(lower *l, const ans_tx *x, ans_opcode op, uint32_t c) {
  uint32_t a = lower__tx(l, x->arg[0]), b = lower__tx(l, x->arg[1]);
  return lower__binary(l, op, x->type, a, b, c);
}

static uint32_t expr__one(lower *l, const ans_tx *x, ans_opcode op) { return lower__unary(l, op, x->type, lower__tx(l, x->arg[0]), 0); }

static uint32_t expr__calendar(lower *l, const ans_tx *x, ans_opcode op) {
  uint32_t a = lower__tx(l, x->arg[0]);
  return l->status == ANS_OK ? lower__emit(l, op, l->reg_unit[a], x->type, a, x->index, 0) : ANS_NONE;
}

static uint32_t expr__text_is(lower *l, const ans_tx *x) {
  uint32_t a = lower__tx(l, x->arg[0]);
  return l->status == ANS_OK ? lower__emit(l, ANS_OP_TEXT_IS, l->reg_unit[a], x->type, a, x->index, 0) : ANS_NONE;
}

static uint32_t expr__node(lower *l, const ans_tx *x) {
  switch ((ans_tx_kind)x->kind) {
    case ANS_TX_CONST: return lower__const(l, x->type, x->value);
    case ANS_TX_NONVALUE: return expr__nonvalue(l, x);
    case ANS_TX_PERIOD: return lower__period(l, x->index);
    case ANS_TX_DAY: return lower__emit(l, ANS_OP_SEG_FROM, l->unit[x->unit].derived, lower__type(ANS_T_DATE), 0, 0, 0);
    case ANS_TX_SELF: return lower__self(l, x->unit);
    case ANS_TX_FACT: return expr__fact(l, x);
    case ANS_TX_TL_AT: return expr__timeline(l, x, ANS_OP_TL_AT);
    case ANS_TX_TL_LAST_END: return expr__timeline(l, x, ANS_OP_TL_LAST_END);
    case ANS_TX_TL_NEXT_START: return expr__timeline(l, x, ANS_OP_TL_NEXT_START);
    case ANS_TX_RESULT: return expr__result(l, x);
    case ANS_TX_PARAM: return expr__param(l, x);
    case ANS_TX_NOT: return expr__one(l, x, ANS_OP_NOT);
    case ANS_TX_AND: return expr__two(l, x, ANS_OP_AND, 0);
    case ANS_TX_OR: return expr__two(l, x, ANS_OP_OR, 0);
    case ANS_TX_ADD: return expr__two(l, x, ANS_OP_ADD, 0);
    case ANS_TX_SUB: return expr__two(l, x, ANS_OP_SUB, 0);
    case ANS_TX_MUL: return expr__two(l, x, ANS_OP_MUL, 0);
    case ANS_TX_NEG: return expr__one(l, x, ANS_OP_NEG);
    case ANS_TX_MIN2: return expr__two(l, x, ANS_OP_MIN2, 0);
    case ANS_TX_MAX2: return expr__two(l, x, ANS_OP_MAX2, 0);
    case ANS_TX_DIVR: return expr__quotient(l, x);
    case ANS_TX_EQ: return expr__two(l, x, ANS_OP_EQ, 0);
    case ANS_TX_NE: return expr__two(l, x, ANS_OP_NE, 0);
    case ANS_TX_LT: return expr__two(l, x, ANS_OP_LT, 0);
    case ANS_TX_LE: return expr__two(l, x, ANS_OP_LE, 0);
    case ANS_TX_SELECT: return expr__select(l, x);
    case ANS_TX_KNOWN: return expr__one(l, x, ANS_OP_KNOWN);
    case ANS_TX_PRESENT: return expr__one(l, x, ANS_OP_PRESENT);
    case ANS_TX_DEFAULT: return expr__two(l, x, ANS_OP_DEFAULT, 0);
    case ANS_TX_YEARS_DONE: return expr__two(l, x, ANS_OP_YEARS_DONE, 0);
    case ANS_TX_ADD_MONTHS: return expr__two(l, x, ANS_OP_ADD_MONTHS, x->index);
    case ANS_TX_MONTH_OF: return expr__one(l, x, ANS_OP_MONTH_OF);
    case ANS_TX_MONTH_FIRST: return expr__one(l, x, ANS_OP_MONTH_FIRST);
    case ANS_TX_MONTH_LAST: return expr__one(l, x, ANS_OP_MONTH_LAST);
    case ANS_TX_YEAR_OF: return expr__one(l, x, ANS_OP_YEAR_OF);
    case ANS_TX_DAYS_ANY: case ANS_TX_DAYS_ALL: case ANS_TX_DAYS_COUNT: return lower__days(l, x);
    case ANS_TX_AGG_COUNT: case ANS_TX_AGG_SUM: case ANS_TX_AGG_MIN: case ANS_TX_AGG_MAX: case ANS_TX_AGG_ANY: case ANS_TX_AGG_ALL: case ANS_TX_RANK:
      return lower__aggregate(l, x);
    case ANS_TX_MULR: return expr__mul_round(l, x);
    case ANS_TX_UNIT: return expr__one(l, x, ANS_OP_UNIT);
    case ANS_TX_TL_DAYS: return expr__span(l, x);
    case ANS_TX_HOLIDAY: return expr__calendar(l, x, ANS_OP_HOLIDAY);
    case ANS_TX_WORKDAY: return expr__calendar(l, x, ANS_OP_WORKDAY);
    case ANS_TX_TEXT_IS: return expr__text_is(l, x);
    case ANS_TX_LIST_HAS: return expr__two(l, x, ANS_OP_LIST_HAS, 0);
    case ANS_TX_LIST_COUNT: return expr__one(l, x, ANS_OP_LIST_COUNT);
    case ANS_TX_COUNT: break;
  }
  return lower__fail(l, "unknown typed node");
}

uint32_t lower__tx(lower *l, const ans_tx *x) {
  if (l->status != ANS_OK) return ANS_NONE;
  if (!x) return lower__fail(l, "missing operand");
  uint32_t known = lower__map_get(&l->values, x);
  if (known != ANS_NONE) return known;
  if (++l->depth > LOWER_MAX_DEPTH) return lower__fail(l, "expression nested too deeply");
  uint32_t reg = expr__node(l, x);
  l->depth--;
  if (reg != ANS_NONE) lower__map_put(l, &l->values, x, reg);
  return reg;
}
