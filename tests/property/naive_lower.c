/* See naive_lower.h. Derived unit of base unit u is unit_count + u - 1. */
#include "naive_lower.h"

#include <stdlib.h>
#include <string.h>

typedef struct lowering {
  ans_builder *b;
  const ans_model *m;
  uint32_t *split;     /* per base unit: SPLIT register of its days */
  uint32_t *results;   /* per result: register */
} lowering;

typedef struct reg { uint32_t at, unit; ans_type type; } reg;

static const ans_type BOOL = {.tag = ANS_T_BOOL}, DATE = {.tag = ANS_T_DATE}, DAY_COUNT = {.tag = ANS_T_INT, .measure = ANS_M_DAYS};

static uint32_t days_of(const lowering *l, uint32_t unit) { return l->m->unit_count + unit - 1; }

static reg emit(lowering *l, ans_opcode op, uint32_t unit, ans_type type, uint32_t a, uint32_t b, uint32_t c) {
  return (reg){ans_builder_insn(l->b, (ans_insn){(uint16_t)op, (uint16_t)unit, type, a, b, c}), unit, type};
}

static ans_type reference_to(uint32_t unit) { return (ans_type){.tag = ANS_T_REF, .ref = unit}; }

static reg constant(lowering *l, ans_type t, int64_t v) { return emit(l, ANS_OP_CONST, 0, t, ans_builder_const(l->b, v), 0, 0); }

static reg expr(lowering *l, const ans_tx *x, uint32_t unit, bool daily);

/* A register of the base unit seen from its days. */
static reg from_day(lowering *l, reg r, uint32_t unit) {
  return r.unit == unit ? emit(l, ANS_OP_GATHER, days_of(l, unit), r.type, l->split[unit], r.at, 0) : r;
}

static reg guarded(lowering *l, const ans_tx *x, uint32_t unit, bool daily) {
  reg r = expr(l, x, unit, daily);
  return emit(l, ANS_OP_GUARD, r.unit, BOOL, r.at, 0, 0);
}

/* The unit of an operation over registers: the first that is not uniform. */
static uint32_t unit_over(uint32_t n, const reg *r) {
  for (uint32_t i = 0; i < n; i++)
    if (r[i].unit != 0) return r[i].unit;
  return 0;
}

static reg strict(lowering *l, ans_opcode op, const ans_tx *x, uint32_t unit, bool daily, uint32_t immediate) {
  reg r[3] = {{0}};
  for (uint32_t i = 0; i < x->count; i++) r[i] = x->kind == ANS_TX_SELECT && i == 0 ? guarded(l, x->arg[0], unit, daily) : expr(l, x->arg[i], unit, daily);
  return emit(l, op, unit_over(x->count, r), x->type, r[0].at, x->count > 1 ? r[1].at : 0, x->count > 2 ? r[2].at : immediate);
}

static reg parameter(lowering *l, const ans_tx *x, uint32_t unit, bool daily) {
  reg r[1 + ANS_MAX_KEYS] = {{0}};
  uint32_t list[1 + ANS_MAX_KEYS];
  for (uint32_t i = 0; i < x->count; i++) {
    r[i] = expr(l, x->arg[i], unit, daily);
    list[i] = r[i].at;
  }
  return emit(l, ANS_OP_PARAM, unit_over(x->count, r), x->type, x->index, ans_builder_list(l->b, list, x->count), x->count);
}

static reg text_is(lowering *l, const ans_tx *x, uint32_t unit, bool daily) {
  reg a = expr(l, x->arg[0], unit, daily);
  return emit(l, ANS_OP_TEXT_IS, a.unit, x->type, a.at, x->index, 0);
}

static reg rounded_product(lowering *l, const ans_tx *x, uint32_t unit, bool daily) {
  reg r[3] = {{0}};
  uint32_t list[3];
  for (uint32_t i = 0; i < x->count; i++) {
    r[i] = expr(l, x->arg[i], unit, daily);
    list[i] = r[i].at;
  }
  return emit(l, ANS_OP_MULR, unit_over(x->count, r), x->type, ans_builder_list(l->b, list, x->count), x->count, x->index);
}

static reg span(lowering *l, const ans_tx *x, uint32_t unit, bool daily) {
  uint32_t list[3] = {expr(l, x->arg[1], unit, daily).at, expr(l, x->arg[2], unit, daily).at, 0}, n = 2;
  if (x->arg[0]) list[n++] = expr(l, x->arg[0], unit, daily).at;
  else if (daily) list[n++] = l->split[unit];
  return emit(l, ANS_OP_TL_DAYS, daily ? days_of(l, unit) : unit, x->type, ans_builder_list(l->b, list, n), n, x->index);
}

static reg timeline(lowering *l, ans_opcode op, const ans_tx *x, uint32_t unit, bool daily) {
  reg day = expr(l, x->arg[1], unit, daily);
  reg row = {ANS_NONE, 0, {0}};
  if (x->arg[0]) row = expr(l, x->arg[0], unit, daily);
  else if (daily) row.at = l->split[unit];
  return emit(l, op, daily ? days_of(l, unit) : unit, x->type, x->index, row.at, day.at);
}

static reg result(lowering *l, const ans_tx *x, uint32_t unit, bool daily) {
  const ans_tresult *r = &l->m->results[x->index];
  uint32_t here = daily ? days_of(l, unit) : unit;
  if (r->grain == ANS_GRAIN_ROW) {
    reg own = {l->results[x->index], r->unit, r->type};
    if (!x->arg[0]) return own;
    return emit(l, ANS_OP_GATHER, here, r->type, expr(l, x->arg[0], unit, daily).at, own.at, 0);
  }
  if (daily && !x->arg[0] && x->arg[1]->kind == ANS_TX_DAY) return (reg){l->results[x->index], here, r->type};
  reg row = x->arg[0] ? expr(l, x->arg[0], unit, daily)
            : daily   ? (reg){l->split[unit], here, reference_to(unit)}
                      : emit(l, ANS_OP_SELF, unit, reference_to(unit), 0, 0, 0);
  reg day = expr(l, x->arg[1], unit, daily);
  reg found = emit(l, ANS_OP_SEG_FIND, here, reference_to(days_of(l, r->unit)), row.at, days_of(l, r->unit), day.at);
  return emit(l, ANS_OP_GATHER, here, r->type, found.at, l->results[x->index], 0);
}

static reg aggregate(lowering *l, const ans_tx *x, uint32_t unit, bool daily) {
  const ans_tx *group = x->count > 3 ? x->arg[3] : NULL;
  const ans_fact *pointer = group ? NULL : &l->m->facts[x->index];
  const uint32_t member = group ? group->unit : pointer->unit, target = group ? group->type.ref : pointer->type.ref;
  uint32_t a = group ? expr(l, group, member, false).at : emit(l, ANS_OP_FACT, member, pointer->type, x->index, 0, 0).at;
  uint32_t filter = x->arg[0] ? guarded(l, x->arg[0], member, false).at : ANS_NONE, element = 0;
  if (x->kind != ANS_TX_AGG_COUNT) element = (x->arg[1] ? expr(l, x->arg[1], member, false) : constant(l, BOOL, 1)).at;
  reg r = emit(l, (ans_opcode)(ANS_OP_AGG_COUNT + (x->kind - ANS_TX_AGG_COUNT)), target, x->type, a, filter, element);
  if (!x->arg[2]) return r;
  bool by_day = daily && x->arg[2]->grain == ANS_GRAIN_DAY;
  return emit(l, ANS_OP_GATHER, by_day ? days_of(l, unit) : unit, x->type, expr(l, x->arg[2], unit, by_day).at, r.at, 0);
}

static reg rank(lowering *l, const ans_tx *x, uint32_t unit) {
  uint32_t a = x->count > 2 && x->arg[2] ? expr(l, x->arg[2], unit, false).at : emit(l, ANS_OP_FACT, unit, l->m->facts[x->index].type, x->index, 0, 0).at;
  uint32_t filter = x->arg[0] ? guarded(l, x->arg[0], unit, false).at : ANS_NONE;
  return emit(l, ANS_OP_RANK, unit, x->type, a, filter, expr(l, x->arg[1], unit, false).at);
}

static reg days(lowering *l, const ans_tx *x, uint32_t unit) {
  uint32_t derived = days_of(l, unit);
  if (x->kind != ANS_TX_DAYS_COUNT) {
    reg each = expr(l, x->arg[0], unit, true);
    return emit(l, x->kind == ANS_TX_DAYS_ANY ? ANS_OP_AGG_ANY : ANS_OP_AGG_ALL, unit, BOOL, l->split[unit], ANS_NONE, each.at);
  }
  reg each = guarded(l, x->arg[0], unit, true);
  reg to = emit(l, ANS_OP_SEG_TO, derived, DATE, 0, 0, 0), from = emit(l, ANS_OP_SEG_FROM, derived, DATE, 0, 0, 0);
  reg length = emit(l, ANS_OP_SUB, derived, DAY_COUNT, to.at, from.at, 0);
  length = emit(l, ANS_OP_ADD, derived, DAY_COUNT, length.at, constant(l, DAY_COUNT, 1).at, 0);
  return emit(l, ANS_OP_AGG_SUM, unit, DAY_COUNT, l->split[unit], each.at, length.at);
}

static const struct { uint16_t kind, op; } PLAIN[] = {
    {ANS_TX_NOT, ANS_OP_NOT}, {ANS_TX_AND, ANS_OP_AND}, {ANS_TX_OR, ANS_OP_OR}, {ANS_TX_ADD, ANS_OP_ADD}, {ANS_TX_SUB, ANS_OP_SUB},
    {ANS_TX_MUL, ANS_OP_MUL}, {ANS_TX_NEG, ANS_OP_NEG}, {ANS_TX_MIN2, ANS_OP_MIN2}, {ANS_TX_MAX2, ANS_OP_MAX2},
    {ANS_TX_DIVR, ANS_OP_DIVR}, {ANS_TX_EQ, ANS_OP_EQ}, {ANS_TX_NE, ANS_OP_NE}, {ANS_TX_LT, ANS_OP_LT}, {ANS_TX_LE, ANS_OP_LE}, {ANS_TX_SELECT, ANS_OP_SELECT},
    {ANS_TX_KNOWN, ANS_OP_KNOWN}, {ANS_TX_PRESENT, ANS_OP_PRESENT}, {ANS_TX_DEFAULT, ANS_OP_DEFAULT}, {ANS_TX_YEARS_DONE, ANS_OP_YEARS_DONE},
    {ANS_TX_ADD_MONTHS, ANS_OP_ADD_MONTHS}, {ANS_TX_MONTH_OF, ANS_OP_MONTH_OF}, {ANS_TX_MONTH_FIRST, ANS_OP_MONTH_FIRST},
    {ANS_TX_MONTH_LAST, ANS_OP_MONTH_LAST}, {ANS_TX_YEAR_OF, ANS_OP_YEAR_OF}, {ANS_TX_UNIT, ANS_OP_UNIT}, {ANS_TX_HOLIDAY, ANS_OP_HOLIDAY}, {ANS_TX_WORKDAY, ANS_OP_WORKDAY},
    {ANS_TX_TEXT_IS, ANS_OP_TEXT_IS}, {ANS_TX_LIST_HAS, ANS_OP_LIST_HAS}, {ANS_TX_LIST_COUNT, ANS_OP_LIST_COUNT}};

static reg node(lowering *l, const ans_tx *x, uint32_t unit, bool daily) {
  switch (x->kind) {
    case ANS_TX_CONST: return constant(l, x->type, x->value);
    case ANS_TX_NONVALUE: return emit(l, ANS_OP_HUMAN, 0, x->type, x->provision, 0, 0);
    case ANS_TX_PERIOD: return emit(l, ANS_OP_PERIOD, 0, x->type, x->index, 0, 0);
    case ANS_TX_DAY: return emit(l, ANS_OP_SEG_FROM, days_of(l, unit), DATE, 0, 0, 0);
    case ANS_TX_SELF: return emit(l, ANS_OP_SELF, unit, x->type, 0, 0, 0);
    case ANS_TX_FACT: {
      reg own = emit(l, ANS_OP_FACT, l->m->facts[x->index].unit, x->type, x->index, 0, 0);
      if (!x->arg[0]) return own;
      return emit(l, ANS_OP_GATHER, daily ? days_of(l, unit) : unit, x->type, expr(l, x->arg[0], unit, daily).at, own.at, 0);
    }
    case ANS_TX_TL_AT: return timeline(l, ANS_OP_TL_AT, x, unit, daily);
    case ANS_TX_TL_LAST_END: return timeline(l, ANS_OP_TL_LAST_END, x, unit, daily);
    case ANS_TX_TL_NEXT_START: return timeline(l, ANS_OP_TL_NEXT_START, x, unit, daily);
    case ANS_TX_RESULT: return result(l, x, unit, daily);
    case ANS_TX_MULR: return rounded_product(l, x, unit, daily);
    case ANS_TX_TL_DAYS: return span(l, x, unit, daily);
    case ANS_TX_PARAM: return parameter(l, x, unit, daily);
    case ANS_TX_RANK: return rank(l, x, unit);
    case ANS_TX_DAYS_ANY: case ANS_TX_DAYS_ALL: case ANS_TX_DAYS_COUNT: return days(l, x, unit);
    case ANS_TX_AGG_COUNT: case ANS_TX_AGG_SUM: case ANS_TX_AGG_MIN: case ANS_TX_AGG_MAX: case ANS_TX_AGG_ANY: case ANS_TX_AGG_ALL:
      return aggregate(l, x, unit, daily);
    default: break;
  }
  for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++)
    if (PLAIN[i].kind == x->kind)
      return x->kind == ANS_TX_TEXT_IS ? text_is(l, x, unit, daily) : strict(l, (ans_opcode)PLAIN[i].op, x, unit, daily, x->kind == ANS_TX_DIVR || x->kind == ANS_TX_ADD_MONTHS ? x->index : 0);
  return (reg){ANS_NONE, 0, {0}}; /* refused by the verifier */
}

/* Inside day grain, what does not depend on the day is computed per row and gathered. */
static reg expr(lowering *l, const ans_tx *x, uint32_t unit, bool daily) {
  if (!daily || x->grain == ANS_GRAIN_DAY) return node(l, x, unit, daily);
  return from_day(l, node(l, x, unit, false), unit);
}

/* --- rules ------------------------------------------------------------------------------------------------------------ */

static reg both(lowering *l, ans_opcode op, reg a, reg b) {
  const reg r[2] = {a, b};
  return emit(l, op, unit_over(2, r), BOOL, a.at, b.at, 0);
}

static reg in_force(lowering *l, const ans_rule *r) {
  reg first = emit(l, ANS_OP_PERIOD, 0, DATE, 1, 0, 0), v = constant(l, BOOL, 1);
  if (r->from_day != ANS_OPEN_PAST) v = both(l, ANS_OP_AND, v, emit(l, ANS_OP_LE, 0, BOOL, constant(l, DATE, r->from_day).at, first.at, 0));
  if (r->to_day != ANS_OPEN_FUTURE) v = both(l, ANS_OP_AND, v, emit(l, ANS_OP_LE, 0, BOOL, first.at, constant(l, DATE, r->to_day).at, 0));
  if (r->promulgated_day != ANS_OPEN_PAST)
    v = both(l, ANS_OP_AND, v, emit(l, ANS_OP_LE, 0, BOOL, constant(l, DATE, r->promulgated_day).at, emit(l, ANS_OP_PERIOD, 0, DATE, 3, 0, 0).at, 0));
  return v;
}

static reg live(lowering *l, const ans_rule *r, uint32_t unit, bool daily) {
  reg v = in_force(l, r);
  for (uint32_t i = 0; i < r->superseder_count; i++) v = both(l, ANS_OP_AND, v, emit(l, ANS_OP_NOT, 0, BOOL, in_force(l, r->superseders[i]).at, 0, 0));
  if (r->condition) v = both(l, ANS_OP_AND, v, guarded(l, r->condition, unit, daily));
  if (r->human && r->kind == ANS_RULE_BLOCK) v = both(l, ANS_OP_AND, v, emit(l, ANS_OP_HUMAN, 0, BOOL, r->provision, 0, 0));
  for (uint32_t i = 0; i < r->exception_count; i++) {
    if (r->exceptions[i]->kind != ANS_RULE_BLOCK) continue;
    reg b = live(l, r->exceptions[i], unit, daily);
    v = both(l, ANS_OP_AND, v, emit(l, ANS_OP_NOT, b.unit, BOOL, b.at, 0, 0));
  }
  return v;
}

static reg value(lowering *l, const ans_rule *r, ans_type type, uint32_t unit, bool daily);

static reg resolve(lowering *l, reg d, uint32_t n, ans_rule *const *rules, uint8_t kind, ans_type type, uint32_t unit, bool daily, bool fresh) {
  uint32_t *list = calloc(2 * (size_t)n + 1, sizeof *list), count = 0;
  if (!list) abort();
  list[count++] = d.at;
  for (uint32_t i = 0; i < n; i++) {
    if (rules[i]->kind != kind) continue;
    list[count++] = live(l, rules[i], unit, daily).at;
    list[count++] = value(l, rules[i], type, unit, daily).at;
  }
  uint32_t here = daily ? days_of(l, unit) : unit;
  reg r = d;
  if (count > 1 || fresh) {
    ans_insn in = {ANS_OP_RESOLVE, (uint16_t)here, type, ans_builder_list(l->b, list, count), count, 0};
    r = (reg){fresh ? ans_builder_insn_fresh(l->b, in) : ans_builder_insn(l->b, in), here, type};
  }
  free(list);
  return r;
}

static reg value(lowering *l, const ans_rule *r, ans_type type, uint32_t unit, bool daily) {
  reg d = r->human ? emit(l, ANS_OP_HUMAN, 0, type, r->provision, 0, 0) : r->value ? expr(l, r->value, unit, daily) : constant(l, BOOL, 1);
  return resolve(l, d, r->exception_count, r->exceptions, ANS_RULE_OVERRIDE, type, unit, daily, false);
}

static void lower_result(lowering *l, uint32_t i) {
  const ans_tresult *r = &l->m->results[i];
  bool daily = r->grain == ANS_GRAIN_DAY;
  reg d = r->fallback ? expr(l, r->fallback, r->unit, daily) : constant(l, BOOL, 0);
  l->results[i] = resolve(l, d, r->rule_count, r->rules, ANS_RULE_PLAIN, r->type, r->unit, daily, true).at;
}

static void declare(lowering *l) {
  const ans_model *m = l->m;
  ans_builder *b = l->b;
  ans_builder_header(b, m->name, m->version, m->title, m->first_period, m->last_period);
  ans_builder_period_kind(b, m->period_kind);
  for (uint32_t u = 1; u < m->unit_count; u++) ans_builder_unit(b, &m->units[u]);
  for (uint32_t u = 1; u < m->unit_count; u++) {
    char name[128] = "Tag von ";
    strncat(name, m->units[u].name, sizeof name - strlen(name) - 1);
    ans_builder_unit(b, &(ans_unit){name, "", u});
  }
  for (uint32_t i = 0; i < m->enum_count; i++)
    ans_builder_enum(b, m->enums[i].name, m->enum_values + m->enums[i].first_value, m->enums[i].value_count);
  for (uint32_t i = 0; i < m->provision_count; i++) ans_builder_provision(b, &m->provisions[i]);
  for (uint32_t i = 0; i < m->fact_count; i++) ans_builder_fact(b, &m->facts[i], m->sources + m->facts[i].first_source, m->facts[i].source_count);
  for (uint32_t i = 0; i < m->predicate_count; i++)
    ans_builder_predicate(b, m->predicates[i].fact, (ans_predicate_kind)m->predicates[i].kind, m->predicate_texts + m->predicates[i].first_text, m->predicates[i].text_count);
  for (uint32_t i = 0; i < m->param_count; i++) ans_builder_param(b, &m->params[i], m->param_rows + m->params[i].first_row, m->params[i].row_count);
  for (uint32_t u = 1; u < m->unit_count; u++) {
    static const uint32_t EVERY_DAY[3] = {ANS_SPLIT_EVERY_DAY, 0, 0};
    l->split[u] = emit(l, ANS_OP_SPLIT, days_of(l, u), reference_to(u), days_of(l, u), ans_builder_list(b, EVERY_DAY, 3), 3).at;
  }
}

ans_status naive_lower(const ans_model *m, ans_program **out, ans_error *err) {
  lowering l = {.b = ans_builder_new(), .m = m, .split = calloc(m->unit_count + 1, sizeof(uint32_t)), .results = calloc(m->result_count + 1, sizeof(uint32_t))};
  if (!l.b || !l.split || !l.results) abort();
  declare(&l);
  for (uint32_t order = 0; order < m->result_count; order++)
    for (uint32_t i = 0; i < m->result_count; i++)
      if (m->results[i].order == order) lower_result(&l, i);
  for (uint32_t i = 0; i < m->result_count; i++) {
    const ans_tresult *r = &m->results[i];
    uint32_t unit = r->grain == ANS_GRAIN_DAY ? days_of(&l, r->unit) : r->unit;
    ans_builder_result(l.b, &(ans_result){r->name, "", unit, r->type, l.results[i], r->provision});
  }
  ans_status s = ans_builder_freeze(l.b, out, err);
  ans_builder_free(l.b);
  free(l.split);
  free(l.results);
  return s;
}
