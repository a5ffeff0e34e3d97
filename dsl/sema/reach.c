/* What a package needs of those it uses: everything reachable from its own declarations along expressions, types, references and the holes of
 * its texts. The rest of the other packages is dropped: its results are not computed, its facts not asked.
 *
 * Runs before hypotheticals are expanded: a copy is made of the result as it is, so that must stay, with everything it reads. What is
 * dropped is named by its syntax node; the second run of the passes leaves those declarations out. */
#include "sema/sema_private.h"
#include <stdlib.h>

typedef struct reach {
  sema *s;
  uint8_t *unit, *fact, *enumeration, *param, *result;
  uint32_t *todo, todo_count;    /* results whose rules are still to be read */
} reach;

static void reach__unit(reach *r, uint32_t unit) { if (unit < r->s->units.n) r->unit[unit] = 1; }

static void reach__type(reach *r, ans_type t) {
  if (t.tag == ANS_T_REF) reach__unit(r, t.ref);
  if (t.tag == ANS_T_ENUM && t.ref < r->s->enums.n) r->enumeration[t.ref] = 1;
}

static void reach__fact(reach *r, uint32_t fact) {
  if (fact >= r->s->facts.n) return;
  r->fact[fact] = 1;
  reach__unit(r, VEC_AT(ans_fact, r->s->facts, fact)->unit);
  reach__type(r, VEC_AT(ans_fact, r->s->facts, fact)->type);
}

static void reach__param(reach *r, uint32_t param) {
  if (param >= r->s->params.n) return;
  const sema_param *side = VEC_AT(sema_param, r->s->param_side, param);
  r->param[param] = 1;
  reach__type(r, VEC_AT(ans_param, r->s->params, param)->type);
  for (uint32_t k = 0; k < side->key_count; k++) reach__type(r, side->key[k]);
}

static void reach__result(reach *r, uint32_t result) {
  if (result >= r->s->results.n || r->result[result]) return;
  r->result[result] = 1;
  r->todo[r->todo_count++] = result;
}

static void reach__tx(reach *r, const ans_tx *x) {
  if (!x) return;
  bool members = x->kind >= ANS_TX_AGG_COUNT && x->kind <= ANS_TX_RANK;
  if (x->kind == ANS_TX_RESULT) reach__result(r, x->index);
  else if (x->kind == ANS_TX_PARAM) reach__param(r, x->index);
  else if (members || x->kind == ANS_TX_FACT || x->kind == ANS_TX_TL_AT || x->kind == ANS_TX_TL_LAST_END || x->kind == ANS_TX_TL_NEXT_START || x->kind == ANS_TX_TL_DAYS)
    reach__fact(r, x->index); /* ANS_NONE for a group made by rules, whose reference is an operand */
  reach__type(r, x->type);
  reach__unit(r, x->unit);
  for (uint32_t i = 0; i < x->count; i++) reach__tx(r, x->arg[i]);
}

static void reach__rule(reach *r, const ans_rule *rule, uint32_t depth) {
  reach__tx(r, rule->condition);
  reach__tx(r, rule->value);
  for (uint32_t i = 0; depth < SEMA_MAX_DEPTH && i < rule->exception_count; i++) reach__rule(r, rule->exceptions[i], depth + 1);
}

static void reach__body(reach *r, uint32_t index) {
  sema *s = r->s;
  const ans_tresult *x = VEC_AT(ans_tresult, s->results, index);
  reach__unit(r, x->unit);
  reach__type(r, x->type);
  reach__tx(r, x->fallback);
  for (uint32_t i = 0; i < x->rule_count; i++) reach__rule(r, x->rules[i], 0);
  for (uint32_t i = 0; i < s->holes.n; i++) {
    const sema_hole *h = VEC_AT(sema_hole, s->holes, i);
    if (h->result != index) continue;
    if (h->fact) reach__fact(r, h->index);
    else reach__result(r, h->index);
  }
  for (uint32_t i = 0; i < s->hypotheses.n; i++) {
    const sema_hypothesis *h = VEC_AT(sema_hypothesis, s->hypotheses, i);
    for (uint32_t k = 0; h->from == index && k < h->count; k++) {
      reach__unit(r, h->items[k].unit);
      if (h->items[k].result) reach__result(r, h->items[k].index);
      else reach__fact(r, h->items[k].index);
      reach__tx(r, h->items[k].value);
    }
  }
}

static bool reach__own(const sema *s, const ans_tree *tree) { return sema__package_of(s, tree) == sema__own(s); }

static void reach__roots(reach *r) {
  sema *s = r->s;
  reach__unit(r, 0);
  for (uint32_t i = 1; i < s->units.n; i++) if (reach__own(s, VEC_AT(sema_origin, s->unit_origin, i)->tree)) reach__unit(r, i);
  for (uint32_t i = 0; i < s->enums.n; i++) if (reach__own(s, VEC_AT(sema_origin, s->enum_origin, i)->tree)) r->enumeration[i] = 1;
  for (uint32_t i = 0; i < s->facts.n; i++) if (reach__own(s, VEC_AT(sema_origin, s->fact_origin, i)->tree)) reach__fact(r, i);
  for (uint32_t i = 0; i < s->params.n; i++) if (reach__own(s, VEC_AT(sema_param, s->param_side, i)->tree)) reach__param(r, i);
  for (uint32_t i = 0; i < s->results.n; i++) if (!VEC_AT(ans_tresult, s->results, i)->imported) reach__result(r, i);
  for (uint32_t i = 0; i < s->benefits.n; i++) {
    const ans_benefit *b = VEC_AT(ans_benefit, s->benefits, i);
    reach__unit(r, b->unit);
    reach__result(r, b->entitled_result);
    reach__result(r, b->amount_result);
    reach__result(r, b->payout_result);
    reach__fact(r, b->recipient_fact);
    reach__fact(r, b->subject_fact);
  }
}

static int reach__address(const void *a, const void *b) {
  uintptr_t x = (uintptr_t)*(const ans_syn *const *)a, y = (uintptr_t)*(const ans_syn *const *)b;
  return x < y ? -1 : x > y;
}

static void reach__drop(sema *s, bool needed, const ans_syn *n) {
  if (!needed && n) s->dropped[s->dropped_count++] = n;
}

bool sema__dropped(const sema *s, const ans_syn *n) {
  return s->dropped_count && bsearch(&n, s->dropped, s->dropped_count, sizeof(const ans_syn *), reach__address) != NULL;
}

void sema__reach(sema *s) {
  reach r = {.s = s, .unit = sema__alloc(s, s->units.n, 1), .fact = sema__alloc(s, s->facts.n, 1), .enumeration = sema__alloc(s, s->enums.n, 1),
             .param = sema__alloc(s, s->params.n, 1), .result = sema__alloc(s, s->results.n, 1), .todo = sema__alloc(s, s->results.n, sizeof *r.todo)};
  size_t most = (size_t)s->units.n + s->facts.n + s->enums.n + s->params.n + s->results.n + s->rules.n;
  s->dropped = sema__alloc(s, most, sizeof *s->dropped);
  if (s->oom) return;
  reach__roots(&r);
  while (r.todo_count) reach__body(&r, r.todo[--r.todo_count]);
  for (uint32_t i = 1; i < s->units.n; i++) reach__drop(s, r.unit[i], VEC_AT(sema_origin, s->unit_origin, i)->syn);
  for (uint32_t i = 0; i < s->facts.n; i++) reach__drop(s, r.fact[i], VEC_AT(sema_origin, s->fact_origin, i)->syn);
  for (uint32_t i = 0; i < s->enums.n; i++) reach__drop(s, r.enumeration[i], VEC_AT(sema_origin, s->enum_origin, i)->syn);
  for (uint32_t i = 0; i < s->params.n; i++) reach__drop(s, r.param[i], VEC_AT(sema_param, s->param_side, i)->syn);
  for (uint32_t i = 0; i < s->results.n; i++) reach__drop(s, r.result[i], VEC_AT(sema_result, s->result_side, i)->syn);
  for (uint32_t i = 0; i < s->rules.n; i++) reach__drop(s, r.result[VEC_AT(sema_rule, s->rules, i)->result], VEC_AT(sema_rule, s->rules, i)->syn);
  if (s->dropped_count) qsort(s->dropped, s->dropped_count, sizeof *s->dropped, reach__address);
}
