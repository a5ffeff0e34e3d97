/* Provable conflicts: rules of one rank (the top rules of a result, or the overriding exceptions of a rule) that order different values in one case.
 *
 * Reported is a conflict of a rule N ("narrow") with others O of its rank iff
 *   1. both values are constants, and differ;
 *   2. in some period of the package's span both are in force with all law known, as is every rule they limit (an exception's rank);
 *   3. the condition of N, with those of the rules above it, implies the condition of O (condition.c);
 *   4. it is not found to be contradictory;
 *   5. every exception in force that could remove the clash (any exception of N and O, any blocking exception of a rule above) can fail in that case: with such
 *      exceptions the case must consist of facts that can be chosen freely (condition__possible), so that it certainly exists.
 * Then the cell is a conflict in every case that is described, because a merge of certain consequences that differ is (§ 5, rule 3); without exceptions the case may rest on
 * results or aggregates, and is the one in which the provisions themselves say that N holds. Everything else is left to the decision: no report proves nothing.
 *
 * Only the first ANS_CONFLICT_RANK rules of a rank are compared, and at most CONFLICT_STEPS atoms a package: the decision finds what is beyond.
 * Order: results as declared, ranks from the outside in, rules as in the source. Memory: one rank at a time, freed on return. */
#include "sema/conflict.h"
#include <stdlib.h>
#include "base/error.h"
#include "num/period.h"
#include "sema/condition.h"

enum { CONFLICT_STEPS = 50000000, CONFLICT_PERIODS = 64 /* tried for one pair */ };

typedef struct conflict_rule { const ans_rule *rule; bool constant; int64_t value; condition own, all /* with those above */; } conflict_rule;

typedef struct conflict_pass {
  const ans_model *m;
  const ans_conflict_visitor *visitor;
  const ans_tresult *result;
  const ans_rule *above[ANS_CONFLICT_CHAIN];
  uint32_t depth;
  uint64_t steps;
  const ans_rule **seen; uint32_t seen_count, seen_cap; /* rules whose exceptions were looked at */
  bool valueless, oom;
} conflict_pass;

/* --- being in force, all law known ------------------------------------------------------------------------------------ */
static bool conflict__covers(const ans_rule *r, int64_t day) { return r->from_day <= day && day <= r->to_day; }

static bool conflict__in_force(const ans_rule *r, int64_t day) {
  bool valid = conflict__covers(r, day);
  for (uint32_t i = 0; i < r->superseder_count; i++) valid = valid && !conflict__covers(r->superseders[i], day);
  return valid;
}

typedef struct conflict_periods { int32_t at[CONFLICT_PERIODS]; uint32_t count; } conflict_periods;

static void conflict__try_period(const conflict_pass *p, conflict_periods *c, int64_t day) {
  uint32_t kind = p->m->period_kind;
  if (day < ans_period_first(kind, p->m->first_period)) day = ans_period_first(kind, p->m->first_period);
  if (day > ans_period_last(kind, p->m->last_period) || c->count == CONFLICT_PERIODS) return;
  int32_t period = ans_period_of(kind, day);
  if (ans_period_first(kind, period) < day) period++;
  if (period <= p->m->last_period) c->at[c->count++] = period;
}

/* A rule comes into force on its first day; what keeps it out of force, or limits it, ends on some day: only there a clash can begin. */
static void conflict__beginnings(const conflict_pass *p, conflict_periods *c, const ans_rule *r) {
  conflict__try_period(p, c, r->from_day);
  for (uint32_t i = 0; i < r->superseder_count; i++)
    if (r->superseders[i]->to_day != ANS_OPEN_FUTURE) conflict__try_period(p, c, (int64_t)r->superseders[i]->to_day + 1);
  for (uint32_t i = 0; i < r->exception_count; i++)
    if (r->exceptions[i]->to_day != ANS_OPEN_FUTURE) conflict__try_period(p, c, (int64_t)r->exceptions[i]->to_day + 1);
}

/* --- one pair --------------------------------------------------------------------------------------------------------- */
/* Makes the exceptions of r in force on the day fail in the case, if they can. */
static bool conflict__without_exceptions(const conflict_pass *p, condition *c, const ans_rule *r, int64_t day, bool blocking_only, bool *exempt) {
  for (uint32_t i = 0; i < r->exception_count; i++) {
    const ans_rule *e = r->exceptions[i];
    if (!conflict__in_force(e, day) || (blocking_only && e->kind != ANS_RULE_BLOCK)) continue;
    condition limit = {.count = 0};
    condition__add(p->m, &limit, e->condition);
    if (limit.never) continue;
    *exempt = true;
    if (!condition__refute(p->m, c, &limit)) return false;
  }
  return true;
}

static bool conflict__on(const conflict_pass *p, const conflict_rule *n, const conflict_rule *o, int64_t day, bool *exempt) {
  if (!conflict__in_force(n->rule, day) || !conflict__in_force(o->rule, day)) return false;
  condition c = n->all;
  *exempt = false;
  for (uint32_t i = 0; i < p->depth; i++)
    if (!conflict__in_force(p->above[i], day) || !conflict__without_exceptions(p, &c, p->above[i], day, true, exempt)) return false;
  if (!conflict__without_exceptions(p, &c, n->rule, day, false, exempt) || !conflict__without_exceptions(p, &c, o->rule, day, false, exempt)) return false;
  return !*exempt || condition__possible(p->m, &c);
}

/* First period found in which they clash; ANS_OPEN_PAST: none. */
static int32_t conflict__period(const conflict_pass *p, const conflict_rule *n, const conflict_rule *o, bool *exempt) {
  conflict_periods c = {.count = 0};
  conflict__try_period(p, &c, ans_period_first(p->m->period_kind, p->m->first_period));
  for (uint32_t i = 0; i < p->depth; i++) conflict__beginnings(p, &c, p->above[i]);
  conflict__beginnings(p, &c, n->rule);
  conflict__beginnings(p, &c, o->rule);
  int32_t best = ANS_OPEN_PAST;
  bool found;
  for (uint32_t i = 0; i < c.count; i++) {
    if ((best != ANS_OPEN_PAST && c.at[i] >= best) || !conflict__on(p, n, o, ans_period_first(p->m->period_kind, c.at[i]), &found)) continue;
    best = c.at[i];
    *exempt = found;
  }
  return best;
}

/* --- one rank --------------------------------------------------------------------------------------------------------- */
static bool conflict__constant(const ans_tresult *result, const ans_rule *r, int64_t *value) {
  if (r->human) return false;
  if (!r->value) { *value = 1; return result->type.tag == ANS_T_BOOL; }
  const ans_tx *x = r->value;
  while (x->kind == ANS_TX_UNIT) x = x->arg[0];
  bool negative = x->kind == ANS_TX_NEG;
  if (negative) x = x->arg[0];
  if (x->kind != ANS_TX_CONST || (negative && x->value == INT64_MIN)) return false;
  *value = negative ? -x->value : x->value;
  return true;
}

static void conflict__narrow(conflict_pass *p, const conflict_rule *rank, uint32_t n, uint32_t at, uint8_t *told) {
  const ans_rule *clashing[ANS_CONFLICT_RANK];
  ans_clash clash = {.result = p->result, .rules = clashing, .narrow = rank[at].rule, .above = p->above, .above_count = p->depth, .period = ANS_OPEN_PAST};
  bool news = false;
  for (uint32_t k = 0; k < n && p->steps < CONFLICT_STEPS; k++) {
    const conflict_rule *o = &rank[k];
    bool exempt = false;
    if (k == at) { clashing[clash.count++] = o->rule; continue; }
    p->steps++;
    if (!o->constant || o->value == rank[at].value || o->rule->from_day > rank[at].rule->to_day || rank[at].rule->from_day > o->rule->to_day) continue;
    if (!condition__implies(&rank[at].all, &o->own, &p->steps)) continue;
    int32_t period = conflict__period(p, &rank[at], o, &exempt);
    if (period == ANS_OPEN_PAST) continue;
    clashing[clash.count++] = o->rule;
    clash.exempt = clash.exempt || exempt;
    if (clash.period == ANS_OPEN_PAST || period < clash.period) clash.period = period;
    if (!told[(size_t)at * n + k]) news = true;
    told[(size_t)at * n + k] = told[(size_t)k * n + at] = 1;
  }
  if (clash.count > 1 && news) p->visitor->clash(p->visitor->ctx, &clash);
}

static void conflict__rank(conflict_pass *p, uint32_t count, ans_rule *const *rules, uint8_t kind) {
  uint32_t n = 0, most = count < ANS_CONFLICT_RANK ? count : ANS_CONFLICT_RANK;
  conflict_rule *rank = malloc((most + 1) * sizeof *rank);
  uint8_t *told = NULL;
  for (uint32_t i = 0; rank && i < count && n < most; i++) {
    if (rules[i]->kind != kind) continue;
    conflict_rule *r = &rank[n++];
    *r = (conflict_rule){.rule = rules[i]};
    r->constant = conflict__constant(p->result, rules[i], &r->value);
    condition__add(p->m, &r->own, rules[i]->condition);
    r->all = r->own;
    for (uint32_t k = 0; k < p->depth; k++) condition__add(p->m, &r->all, p->above[k]->condition);
  }
  if (rank) told = calloc((size_t)n * n + 1, 1);
  p->oom = p->oom || !told;
  for (uint32_t i = 0; told && i < n && n > 1; i++)
    if (rank[i].constant && !condition__never(p->m, &rank[i].all)) conflict__narrow(p, rank, n, i, told);
  free(told);
  free(rank);
}

/* --- all ranks -------------------------------------------------------------------------------------------------------- */
static bool conflict__first_visit(conflict_pass *p, const ans_rule *r) {
  for (uint32_t i = 0; i < p->seen_count; i++)
    if (p->seen[i] == r) return false;
  if (p->seen_count == p->seen_cap) {
    uint32_t cap = p->seen_cap ? p->seen_cap * 2 : 64;
    const ans_rule **grown = realloc(p->seen, cap * sizeof *grown);
    if (!grown) { p->oom = true; return false; }
    p->seen = grown;
    p->seen_cap = cap;
  }
  p->seen[p->seen_count++] = r;
  return true;
}

/* Every rule once: an exception of several rules is looked at below the first of them. */
static void conflict__below(conflict_pass *p, const ans_rule *r) {
  if (p->oom || p->steps >= CONFLICT_STEPS || (p->depth && !conflict__first_visit(p, r))) return; /* top rules limit nothing: they are met once */
  p->steps += p->seen_count;
  condition own = {.count = 0};
  condition__add(p->m, &own, r->condition);
  if (condition__never(p->m, &own)) p->visitor->dead(p->visitor->ctx, p->result, r);
  if (p->depth == ANS_CONFLICT_CHAIN || r->exception_count == 0) return;
  bool valueless = p->valueless;
  p->valueless = valueless || r->kind == ANS_RULE_BLOCK; /* of a blocking exception, and of what limits it, only whether it is live counts */
  p->above[p->depth++] = r;
  if (r->exception_count > 1 && !p->valueless) conflict__rank(p, r->exception_count, r->exceptions, ANS_RULE_OVERRIDE);
  for (uint32_t i = 0; i < r->exception_count; i++) conflict__below(p, r->exceptions[i]);
  p->depth--;
  p->valueless = valueless;
}

ans_status ans_conflicts(const ans_model *m, uint32_t results, const ans_conflict_visitor *v, ans_error *err) {
  conflict_pass p = {.m = m, .visitor = v};
  for (uint32_t i = 0; i < results && i < m->result_count && !p.oom; i++) {
    p.result = &m->results[i];
    p.seen_count = 0;
    if (p.result->rule_count > 1) conflict__rank(&p, p.result->rule_count, p.result->rules, ANS_RULE_PLAIN);
    for (uint32_t k = 0; k < p.result->rule_count; k++) conflict__below(&p, p.result->rules[k]);
  }
  free(p.seen);
  return p.oom ? ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "sema", (char *)NULL) : ANS_OK;
}
