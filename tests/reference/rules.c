/* Section 5 of docs/semantics.md: rules, exceptions, conflicts. */
#include "reference_internal.h"

#include <stdlib.h>

/* Unknown or human, as it counts in step 4. */
static uint8_t open_state(cell x) { return x.state == ANS_UNKNOWN || x.state == ANS_HUMAN ? x.state : ANS_VALUE; }

/* true, n/a, unknown or human: what a certain `true` of a truth-valued result absorbs. */
static bool absorbed(cell v) { return is_true(v) || (v.state >= ANS_NOT_APPLICABLE && v.state <= ANS_HUMAN); }

/* Step 3: merges the consequences of the certainly live; n ≥ 1 of them, marked by certain[]. */
static cell merge_certain(bool truth_valued, uint32_t n, const bool *certain, const cell *v) {
  bool some_true = false, all_absorbed = true, differ = false;
  uint8_t worst = ANS_VALUE;
  cell value = state_of(ANS_NOT_APPLICABLE);
  for (uint32_t i = 0; i < n; i++) {
    if (!certain[i]) continue;
    some_true = some_true || is_true(v[i]);
    all_absorbed = all_absorbed && absorbed(v[i]);
    worst = max_state(worst, v[i].state);
    if (!is_value(v[i])) continue;
    if (is_value(value) && value.v != v[i].v) differ = true;
    value = v[i];
  }
  if (truth_valued && some_true && all_absorbed) return truth_of(true);
  if (differ) return state_of(ANS_CONFLICT);
  return worst != ANS_VALUE ? state_of(worst) : value;
}

cell ans_ref_resolve(bool truth_valued, cell d, uint32_t n, const cell *lives, const cell *v) {
  bool *certain = calloc(n ? n : 1, sizeof *certain), *possible = calloc(n ? n : 1, sizeof *possible);
  if (!certain || !possible) abort();
  cell r;
  uint8_t worst = ANS_VALUE;
  bool any_certain = false, any_possible = false;
  for (uint32_t i = 0; i < n; i++) {
    cell l = ref__condition(lives[i]);
    if (l.state == ANS_ERRONEOUS || l.state == ANS_CONFLICT) worst = max_state(worst, l.state);
    certain[i] = is_true(l);
    possible[i] = l.state == ANS_UNKNOWN || l.state == ANS_HUMAN;
    any_certain = any_certain || certain[i];
    any_possible = any_possible || possible[i];
  }
  if (worst != ANS_VALUE) { /* 1 */
    r = state_of(worst);
  } else if (!any_certain && !any_possible) { /* 2 */
    r = d;
  } else {
    cell base = any_certain ? merge_certain(truth_valued, n, certain, v) : d; /* 3; d joins the possible side otherwise */
    bool agree = true, absorb = truth_valued && any_certain && is_true(base);
    uint8_t most = any_certain ? ANS_VALUE : open_state(d); /* of the possible side, d included if it is there (2) */
    for (uint32_t i = 0; i < n; i++) {
      if (!possible[i]) continue;
      agree = agree && same_cell(base, v[i]);
      absorb = absorb && absorbed(v[i]);
      most = max_state(most, max_state(lives[i].state, open_state(v[i])));
    }
    bool settled = any_certain && (base.state == ANS_ERRONEOUS || base.state == ANS_CONFLICT); /* end of 3 */
    if (!any_possible || settled) r = base; /* 4 */
    else if (absorb) r = truth_of(true);
    else r = agree ? base : state_of(most);
  }
  free(certain);
  free(possible);
  return r;
}

/* The validity contains the period's first day, and R was promulgated when the law was known (4.4). */
static bool in_force(const ans_ref *ref, const ans_rule *r) { return r->from_day <= ref->first && ref->first <= r->to_day && r->promulgated_day <= ref->law_known; }

/* valid(R): in force, and no rule that supersedes R is (4.4). */
static cell valid(const ans_ref *ref, const ans_rule *r) {
  bool v = in_force(ref, r);
  for (uint32_t i = 0; i < r->superseder_count; i++) v = v && !in_force(ref, r->superseders[i]);
  return truth_of(v);
}

/* live(R) = valid(R) und condition(g) und nicht (oder over blocking exceptions B: live(B)); a human blocking exception: … und human. */
static cell live(place at, const ans_rule *r) {
  cell l = valid(at.ref, r);
  if (r->condition) l = ref__and(l, ref__condition(ref__eval(at, r->condition)));
  if (r->human && r->kind == ANS_RULE_BLOCK) l = ref__and(l, state_of(ANS_HUMAN));
  cell blocked = truth_of(false);
  for (uint32_t i = 0; i < r->exception_count; i++)
    if (r->exceptions[i]->kind == ANS_RULE_BLOCK) blocked = ref__or(blocked, live(at, r->exceptions[i]));
  return ref__and(l, ref__not(blocked));
}

static cell value(place at, const ans_rule *r, bool truth_valued);

/* resolve over the rules of one rank: the top rules of a result, or the overriding exceptions of a rule. */
static cell resolve_rules(place at, cell d, uint32_t n, ans_rule *const *rules, uint8_t kind, bool truth_valued) {
  cell *lives = calloc(n ? n : 1, sizeof *lives), *values = calloc(n ? n : 1, sizeof *values);
  if (!lives || !values) abort();
  uint32_t pairs = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (rules[i]->kind != kind) continue;
    lives[pairs] = live(at, rules[i]);
    values[pairs++] = value(at, rules[i], truth_valued);
  }
  cell r = ans_ref_resolve(truth_valued, d, pairs, lives, values);
  free(lives);
  free(values);
  return r;
}

/* value(R) = resolve(consequence of R; overriding exceptions of R). */
static cell value(place at, const ans_rule *r, bool truth_valued) {
  cell consequence = r->human ? state_of(ANS_HUMAN) : r->value ? ref__eval(at, r->value) : truth_of(true);
  return resolve_rules(at, consequence, r->exception_count, r->exceptions, ANS_RULE_OVERRIDE, truth_valued);
}

/* A result's cell = resolve(default; its top rules). */
cell ref__rules(place at, const ans_tresult *r) {
  bool truth_valued = r->type.tag == ANS_T_BOOL;
  cell d = r->fallback ? ref__eval(at, r->fallback) : truth_valued ? truth_of(false) : state_of(ANS_NOT_APPLICABLE);
  return resolve_rules(at, d, r->rule_count, r->rules, ANS_RULE_PLAIN, truth_valued);
}
