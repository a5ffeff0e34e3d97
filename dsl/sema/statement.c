/* Statements: what the drafter says of a provision as a whole. `nicht abgebildet` records a gap; `abgebildet` says that the rules of the
 * paragraph contain the provision and everything below it, although no rule cites those units one by one. The second is a claim that makes a
 * jurist stop looking, so it is refused where the paragraph has no rule at all. Neither changes what is computed. */
#include "sema/sema_private.h"
#include <string.h>

/* Both ends under one parent: equal parts but for the number of the last. */
static bool statement__range(const sema_cite *a, const sema_cite *b) {
  if (a->norm != b->norm || a->count != b->count || !a->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    const sema_part *x = &a->part[i], *y = &b->part[i];
    if (strcmp(x->keyword, y->keyword) != 0 || x->count != 1 || y->count != 1) return false;
    if ((strcmp(x->number[0], y->number[0]) == 0) != (i + 1 < a->count)) return false;
  }
  return true;
}

static void statement__add(sema *s, const ans_syn *n, uint32_t provision, uint32_t until) {
  ans_tstatement *x = sema__push(s, &s->statements, sizeof *x, "16384 abgebildet, nicht abgebildet / statements");
  bool modelled = strcmp(sema__words(s, sema__child(n, 0)), "abgebildet") == 0;
  sema_result *side = x ? sema__push(s, &s->statement_side, sizeof *side, "16384 abgebildet, nicht abgebildet / statements") : NULL;
  if (x) *x = (ans_tstatement){provision, until, modelled, sema__string(s, sema__child(n, 1)), s->tree->source.path, sema__line(s, n)};
  if (side) *side = (sema_result){s->tree, n, false};
}

/* `§ 5 bis § 8 UhVorschG`: the law named at the end is that of the beginning too. */
static void statement__scope(sema *s, const ans_syn *n, const ans_syn *scope) {
  const ans_syn *from = sema__child(scope, 0), *to = sema__child(scope, 1);
  uint32_t norm = s->section_norm, last = to ? sema__provision(s, to, false) : ANS_NONE;
  if (to && last == ANS_NONE) return;
  if (last != ANS_NONE) s->section_norm = VEC_AT(sema_cite, s->cites, last)->norm;
  uint32_t first = from ? sema__provision(s, from, false) : ANS_NONE;
  s->section_norm = norm;
  if (first == ANS_NONE) return;
  if (last != ANS_NONE && !statement__range(VEC_AT(sema_cite, s->cites, first), VEC_AT(sema_cite, s->cites, last))) {
    SEMA_ERR(s, SCOPE_RANGE, scope, VEC_AT(ans_provision, s->provisions, first)->text, VEC_AT(ans_provision, s->provisions, last)->text);
    return;
  }
  statement__add(s, n, first, last);
}

void sema__declare_statement(sema *s, const ans_syn *n) {
  if (n->count <= 2 && s->section != ANS_NONE) statement__add(s, n, s->section, ANS_NONE);
  for (uint32_t i = 2; i < n->count; i++)
    if (n->child[i]) statement__scope(s, n, n->child[i]);
}

static uint32_t statement__root(const sema *s, uint32_t provision) {
  while (VEC_AT(ans_provision, s->provisions, provision)->parent != ANS_NONE) provision = VEC_AT(ans_provision, s->provisions, provision)->parent;
  return provision;
}

static void statement__mark(const sema *s, uint8_t *coded, uint32_t provision) {
  if (provision != ANS_NONE) coded[statement__root(s, provision)] = 1;
}

void sema__statements(sema *s) {
  if (s->broken) return; /* the rule may stand in what could not be read */
  uint8_t *coded = sema__alloc(s, (size_t)s->provisions.n + 1, 1);
  if (!coded) return;
  for (uint32_t i = 0; i < s->rules.n; i++) {
    const ans_rule *r = VEC_AT(sema_rule, s->rules, i)->rule;
    if (!r->human) statement__mark(s, coded, r->provision);
  }
  for (uint32_t i = 0; i < s->params.n; i++) statement__mark(s, coded, VEC_AT(ans_param, s->params, i)->provision);
  for (uint32_t i = 0; i < s->param_rows.n; i++) statement__mark(s, coded, VEC_AT(ans_param_row, s->param_rows, i)->provision);
  for (uint32_t i = 0; i < s->statements.n; i++) {
    const ans_tstatement *x = VEC_AT(ans_tstatement, s->statements, i);
    const uint32_t ends[2] = {x->provision, x->until};
    for (uint32_t k = 0; k < 2; k++) {
      if (!x->modelled || ends[k] == ANS_NONE || coded[statement__root(s, ends[k])]) continue;
      const sema_result *side = VEC_AT(sema_result, s->statement_side, i);
      sema__enter(s, side->tree);
      SEMA_ERR(s, MODELLED_NOTHING, side->syn, VEC_AT(ans_provision, s->provisions, ends[k])->text);
    }
  }
}
