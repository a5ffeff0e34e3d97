/* Rules, exceptions and results (docs/semantics.md § 5), and the splits of days.
 *
 * live(R) = valid(R) und condition(g) und nicht (oder over blocking exceptions B: live(B)); for a human blocking exception also "und human".
 * value(R) = resolve(consequence; overriding exceptions). A result is resolve(default; top rules) in a register of its own. */
#include "lower/lower_private.h"
#include "num/period.h"

static uint32_t rules__and(lower *l, uint32_t a, uint32_t b) {
  if (a == ANS_NONE) return b;
  return lower__binary(l, ANS_OP_AND, lower__type(ANS_T_BOOL), a, b, 0);
}

/* Being in force as conditions on the period's first day and the law-known day; an end that the package's span cannot pass is left out. ANS_NONE: always. */
static uint32_t rules__in_force(lower *l, const ans_rule *r) {
  const ans_type date = lower__type(ANS_T_DATE), truth = lower__type(ANS_T_BOOL);
  uint32_t valid = ANS_NONE;
  if (r->from_day != ANS_OPEN_PAST && r->from_day > ans_period_first(l->m->period_kind, l->m->first_period)) {
    uint32_t first = lower__period(l, 1), from = lower__const(l, date, r->from_day);
    valid = lower__binary(l, ANS_OP_LE, truth, from, first, 0);
  }
  if (r->to_day != ANS_OPEN_FUTURE && r->to_day < ans_period_first(l->m->period_kind, l->m->last_period)) {
    uint32_t to = lower__const(l, date, r->to_day), first = lower__period(l, 1);
    valid = rules__and(l, valid, lower__binary(l, ANS_OP_LE, truth, first, to, 0));
  }
  if (r->promulgated_day != ANS_OPEN_PAST) { /* absent while the law known does not reach that far */
    uint32_t known = lower__period(l, 3), promulgated = lower__const(l, date, r->promulgated_day);
    valid = rules__and(l, valid, lower__binary(l, ANS_OP_LE, truth, promulgated, known, 0));
  }
  return valid;
}

static uint32_t rules__valid(lower *l, const ans_rule *r) {
  uint32_t valid = rules__in_force(l, r);
  for (uint32_t i = 0; i < r->superseder_count && l->status == ANS_OK; i++) {
    uint32_t later = rules__in_force(l, r->superseders[i]);
    if (later == ANS_NONE) later = lower__bool(l, true);
    uint32_t not_later = lower__unary(l, ANS_OP_NOT, lower__type(ANS_T_BOOL), later, 0);
    valid = rules__and(l, valid, not_later);
  }
  return valid;
}

/* resolve(base; pairs) in the common unit of its operands, or in `unit` when that is not ANS_NONE (a result's own unit). */
static uint32_t rules__resolve(lower *l, ans_type type, uint32_t unit, uint32_t *list, uint32_t n) {
  uint32_t common = unit == ANS_NONE ? lower__join(l, list, n) : unit;
  for (uint32_t i = 0; i < n && unit != ANS_NONE; i++) list[i] = lower__bring(l, list[i], unit);
  if (l->status != ANS_OK) return ANS_NONE;
  uint32_t at = ans_builder_list(l->b, list, n);
  if (unit != ANS_NONE) return lower__emit_fresh(l, ANS_OP_RESOLVE, common, type, at, n, 0);
  return lower__emit(l, ANS_OP_RESOLVE, common, type, at, n, 0);
}

static uint32_t rules__live(lower *l, const ans_rule *r, ans_type type) {
  const ans_type truth = lower__type(ANS_T_BOOL);
  uint32_t live = rules__valid(l, r), blocked = ANS_NONE;
  if (r->condition) live = rules__and(l, live, lower__guard(l, lower__tx(l, r->condition)));
  if (r->kind == ANS_RULE_BLOCK && r->human) live = rules__and(l, live, lower__emit(l, ANS_OP_HUMAN, 0, truth, r->provision, 0, 0));
  for (uint32_t i = 0; i < r->exception_count && l->status == ANS_OK; i++) {
    const ans_rule *e = r->exceptions[i];
    if (e->kind != ANS_RULE_BLOCK) continue;
    const lower_rule_regs *x = lower__rule(l, e, type);
    if (!x) return ANS_NONE;
    blocked = blocked == ANS_NONE ? x->live : lower__binary(l, ANS_OP_OR, truth, blocked, x->live, 0);
  }
  if (blocked != ANS_NONE) live = rules__and(l, live, lower__unary(l, ANS_OP_NOT, truth, blocked, 0));
  return live == ANS_NONE && l->status == ANS_OK ? lower__bool(l, true) : live;
}

static uint32_t rules__consequence(lower *l, const ans_rule *r, ans_type type) {
  if (r->value) return lower__tx(l, r->value);
  if (type.tag == ANS_T_BOOL) return lower__bool(l, true);
  return lower__fail(l, "rule without a value");
}

static uint32_t rules__value(lower *l, const ans_rule *r, ans_type type, uint32_t own) {
  uint32_t n = 1, *list = lower__alloc(l, 1 + 2 * (size_t)r->exception_count, sizeof *list);
  if (!list) return ANS_NONE;
  list[0] = own;
  for (uint32_t i = 0; i < r->exception_count && l->status == ANS_OK; i++) {
    if (r->exceptions[i]->kind != ANS_RULE_OVERRIDE) continue;
    const lower_rule_regs *x = lower__rule(l, r->exceptions[i], type);
    if (!x) return ANS_NONE;
    list[n++] = x->live;
    list[n++] = x->value;
  }
  return n == 1 ? own : rules__resolve(l, type, ANS_NONE, list, n);
}

const lower_rule_regs *lower__rule(lower *l, const ans_rule *r, ans_type type) {
  uint32_t known = lower__map_get(&l->rules, r);
  if (known != ANS_NONE) return l->rule_regs + known;
  if (++l->depth > 4000) { (void)lower__fail(l, "exceptions nested too deeply"); return NULL; }
  lower_rule_regs regs = {.live = rules__live(l, r, type), .value = ANS_NONE, .own = ANS_NONE};
  if (r->kind != ANS_RULE_BLOCK && l->status == ANS_OK) {
    regs.own = rules__consequence(l, r, type);
    regs.value = rules__value(l, r, type, regs.own);
  }
  l->depth--;
  if (l->status != ANS_OK) return NULL;
  if (l->rule_count == l->rule_cap) {
    uint32_t cap = l->rule_cap ? l->rule_cap * 2 : 128;
    lower_rule_regs *grown = lower__alloc(l, cap, sizeof *grown);
    if (!grown) return NULL;
    for (uint32_t i = 0; i < l->rule_count; i++) grown[i] = l->rule_regs[i];
    l->rule_regs = grown;
    l->rule_cap = cap;
  }
  l->rule_regs[l->rule_count] = regs;
  lower__map_put(l, &l->rules, r, l->rule_count);
  return &l->rule_regs[l->rule_count++];
}

void lower__result(lower *l, uint32_t result) {
  const ans_tresult *r = &l->m->results[result];
  uint32_t unit = r->grain == ANS_GRAIN_DAY ? l->unit[r->unit].derived : r->unit, n = 1;
  uint32_t *list = lower__alloc(l, 1 + 2 * (size_t)r->rule_count, sizeof *list);
  if (!list) return;
  if (r->fallback) list[0] = lower__tx(l, r->fallback);
  else list[0] = r->type.tag == ANS_T_BOOL ? lower__bool(l, false) : lower__fail(l, "result without a default");
  for (uint32_t i = 0; i < r->rule_count && l->status == ANS_OK; i++) {
    const lower_rule_regs *x = lower__rule(l, r->rules[i], r->type);
    if (!x) return;
    list[n++] = x->live;
    list[n++] = x->value;
  }
  l->result[result] = rules__resolve(l, r->type, unit, list, n);
}

/* --- splits --------------------------------------------------------------------------------------------------------- */
static uint32_t rules__triple(uint32_t *at, ans_split_kind kind, uint32_t x, uint32_t y) {
  at[0] = kind;
  at[1] = x;
  at[2] = y;
  return 3;
}

/* A triple may say nothing new: an equal one stands before it (different expressions can lie in one register), or the segments of the same rows stand in the list and
 * are themselves cut by this timeline. Change points are a set, so leaving it out does not change a segment. */
static bool rules__covered(const lower *l, const uint32_t *list, uint32_t n, const uint32_t *triple) {
  for (uint32_t k = 0; k < n; k += 3)
    if (list[k] == triple[0] && list[k + 1] == triple[1] && list[k + 2] == triple[2]) return true;
  if (triple[0] != ANS_SPLIT_TIMELINE || triple[2] == ANS_NONE) return false;
  const lower_unit *other = &l->unit[l->m->facts[triple[1]].unit];
  bool cut = other->every_day;
  for (uint32_t i = 0; i < other->count && !cut; i++) cut = other->source[i].kind == ANS_SPLIT_TIMELINE && other->source[i].index == triple[1] && !other->source[i].tx;
  for (uint32_t k = 0; k < n && cut; k += 3)
    if (list[k] == ANS_SPLIT_SEGMENTS && list[k + 1] == other->derived && list[k + 2] == triple[2]) return true;
  return false;
}

static uint32_t rules__distinct(const lower *l, uint32_t *list, uint32_t n) {
  uint32_t kept = 0;
  for (unsigned pass = 0; pass < 2; pass++) /* segments first: they may cover timelines that the rules mention before them */
    for (uint32_t k = 0; k < n; k += 3) {
      const uint32_t triple[3] = {list[k], list[k + 1], list[k + 2]};
      if ((triple[0] == ANS_SPLIT_SEGMENTS) != (pass == 0) || rules__covered(l, list + n, kept, triple)) continue;
      kept += rules__triple(list + n + kept, (ans_split_kind)triple[0], triple[1], triple[2]);
    }
  return kept;
}

void lower__split(lower *l, uint32_t unit) {
  lower_unit *u = &l->unit[unit];
  if (!u->days) return;
  const ans_type days = {ANS_T_INT, 0, ANS_M_DAYS, 0, 0}, date = lower__type(ANS_T_DATE);
  uint32_t n = 0, *list = lower__alloc(l, 2 * (6 * (size_t)u->count + 3), sizeof *list); /* the second half for the distinct ones */
  if (!list) return;
  if (u->every_day) n += rules__triple(list, ANS_SPLIT_EVERY_DAY, 0, 0);
  for (uint32_t i = 0; !u->every_day && i < u->count && l->status == ANS_OK; i++) {
    const lower_source *s = &u->source[i];
    uint32_t reg = s->tx ? lower__tx(l, s->tx) : ANS_NONE;
    if (s->kind == ANS_SPLIT_DATE) {
      uint32_t after = s->index & 2 ? lower__binary(l, ANS_OP_ADD, date, reg, lower__const(l, days, 1), 0) : ANS_NONE;
      if (s->index & 1) n += rules__triple(list + n, ANS_SPLIT_DATE, reg, ANS_NONE);
      if (s->index & 2) n += rules__triple(list + n, ANS_SPLIT_DATE, after, ANS_NONE);
    } else {
      n += rules__triple(list + n, s->kind, s->kind == ANS_SPLIT_SEGMENTS ? l->unit[s->index].derived : s->index, reg);
    }
  }
  if (l->status != ANS_OK) return;
  const uint32_t kept = rules__distinct(l, list, n);
  u->split = lower__emit(l, ANS_OP_SPLIT, u->derived, lower__ref(unit), u->derived, ans_builder_list(l->b, list + n, kept), kept);
}
