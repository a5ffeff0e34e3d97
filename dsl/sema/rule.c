/* Rules, exceptions and human steps: their texts become ans_rule values (pass 3). Exceptions are attached afterwards (exception.c),
 * because they may stand before the rules they limit. */
#include "sema/sema_private.h"
#include "num/calendar.h"
#include <string.h>

static sema_scope rule__scope(const ans_tresult *r, ans_tx *day) {
  *day = (ans_tx){.kind = ANS_TX_DAY, .grain = ANS_GRAIN_DAY, .unit = r->unit, .type = sema__plain(ANS_T_DATE), .provision = ANS_NONE};
  return (sema_scope){.unit = r->unit, .day = r->grain == ANS_GRAIN_DAY ? day : NULL};
}

void sema__defaults(sema *s) {
  for (uint32_t i = 0; i < s->results.n; i++) {
    const sema_result *side = VEC_AT(sema_result, s->result_side, i);
    const ans_syn *n = sema__child(side->syn, 2);
    if (!n) continue;
    ans_tresult r = *VEC_AT(ans_tresult, s->results, i);
    ans_tx day;
    sema_scope sc = rule__scope(&r, &day);
    sema__enter(s, side->tree);
    s->current_result = i;
    ans_tx *x = sema__coerce(s, &sc, sema__expr(s, &sc, n, &r.type), r.type, n);
    VEC_AT(ans_tresult, s->results, i)->fallback = x;
  }
  s->current_result = ANS_NONE;
}

typedef struct rule_text { const ans_syn *path, *citation, *validity, *value, *condition, *text, *reason, *reason_not; } rule_text;

static rule_text rule__slots(const ans_syn *n) {
  if (n->kind == ANS_SYN_RULE)
    return (rule_text){sema__child(n, 0), NULL, sema__child(n, 1), sema__child(n, 2), sema__child(n, 3), NULL, sema__child(n, 4), sema__child(n, 5)};
  if (n->kind == ANS_SYN_EXCEPTION)
    return (rule_text){sema__child(n, 0), sema__child(n, 1), sema__child(n, 2), sema__child(n, 3), sema__child(n, 4), NULL, sema__child(n, 5), sema__child(n, 6)};
  return (rule_text){sema__child(n, 1), sema__child(n, 2), sema__child(n, 3), NULL, sema__child(n, 4), sema__child(n, 5), sema__child(n, 6), sema__child(n, 7)};
}

static bool rule__validity(sema *s, const ans_syn *n, ans_rule *r) {
  r->from_day = r->promulgated_day = ANS_OPEN_PAST;
  r->to_day = ANS_OPEN_FUTURE;
  if (!n) return true;
  if (!sema__interval(s, sema__child(n, 0), sema__child(n, 1), &r->from_day, &r->to_day)) return false;
  r->promulgated_day = r->from_day;
  if (sema__child(n, 2) && !sema__date(s, n->child[2], &r->promulgated_day)) return false;
  if (r->from_day != ANS_OPEN_PAST && r->from_day > ans_month_first(s->packs[s->package].last_month)) SEMA_ERR0(s, NEVER_VALID, n);
  else if (r->to_day != ANS_OPEN_FUTURE && r->to_day < ans_month_first(s->packs[s->package].first_month)) SEMA_ERR0(s, NEVER_VALID, n);
  return true;
}

static const char *rule__folded(sema *s, const ans_syn *n) {
  const char *t = ans_syn_text(s->tree, n);
  if (!t) s->oom = true;
  return t ? t : "";
}

/* The value of a human step: state "human" of the result's type, raised by the rule's provision. */
static ans_tx *rule__human_value(sema *s, const sema_scope *sc, ans_type type, uint32_t provision, const ans_syn *n) {
  ans_tx *x = sema__tx(s, sc, ANS_TX_NONVALUE, type, n, 0, NULL);
  if (!x) return NULL;
  x->state = ANS_HUMAN;
  x->provision = provision;
  return x;
}

static void rule__consequence(sema *s, const sema_scope *sc, const ans_syn *n, const rule_text *t, const ans_tresult *result, ans_rule *r, bool *ok) {
  if (r->human) {
    if (r->kind == ANS_RULE_PLAIN) r->value = rule__human_value(s, sc, result->type, r->provision, n);
    return;
  }
  if (t->value) {
    r->value = sema__coerce(s, sc, sema__expr(s, sc, t->value, &result->type), result->type, t->value);
    *ok = *ok && r->value;
  } else if (r->kind == ANS_RULE_PLAIN && result->type.tag != ANS_T_BOOL) {
    SEMA_ERR(s, VALUE_MISSING, t->path, result->name, sema__type_name(s, result->type));
    *ok = false;
  }
}

static void rule__texts(sema *s, const rule_text *t, const ans_tresult *result, ans_rule *r) {
  r->reason = sema__string(s, t->reason);
  r->reason_not = sema__string(s, t->reason_not);
  if (t->reason) r->reason = sema__check_holes(s, result->unit, r->reason, t->reason);
  if (t->reason_not) r->reason_not = sema__check_holes(s, result->unit, r->reason_not, t->reason_not);
  r->text = r->human ? sema__string(s, t->text) : t->condition ? rule__folded(s, t->condition) : t->value ? rule__folded(s, t->value) : "";
}

static void rule__one(sema *s, const sema_item *item) {
  const ans_syn *n = item->syn;
  rule_text t = rule__slots(n);
  uint32_t unit, result, target = ANS_NONE;
  s->section = item->section;
  s->section_norm = item->norm;
  if (!sema__result_path(s, t.path, &unit, &result)) return;
  const ans_tresult shape = *VEC_AT(ans_tresult, s->results, result);
  ans_rule *r = sema__alloc(s, 1, sizeof *r);
  if (!r) return;
  bool ok = rule__validity(s, t.validity, r);
  if (t.citation) {
    target = sema__provision(s, t.citation, false);
    ok = ok && target != ANS_NONE;
  }
  const char *word = n->kind == ANS_SYN_HUMAN ? sema__words(s, sema__child(n, 0)) : "";
  r->human = n->kind == ANS_SYN_HUMAN;
  r->nature = word[0] == 'e' ? ANS_HUMAN_ERMESSEN : word[0] == 'b' ? ANS_HUMAN_BEURTEILUNG : ANS_HUMAN_NOT_MODELLED;
  r->kind = !t.citation ? ANS_RULE_PLAIN : t.value ? ANS_RULE_OVERRIDE : ANS_RULE_BLOCK;
  r->provision = n->flags & ANS_SYNF_AUXILIARY ? ANS_NONE : item->section; /* an auxiliary definition is not the law of the section it stands in */
  r->line = sema__line(s, n);
  r->path = s->tree->source.path;
  s->current_result = result;
  ans_tx day;
  sema_scope sc = rule__scope(&shape, &day);
  rule__consequence(s, &sc, n, &t, &shape, r, &ok);
  if (t.condition) {
    r->condition = sema__condition(s, &sc, t.condition);
    ok = ok && r->condition;
  }
  rule__texts(s, &t, &shape, r);
  s->current_result = ANS_NONE;
  sema_rule *slot = sema__push(s, &s->rules, sizeof *slot, "16384 regeln / rules");
  if (slot) *slot = (sema_rule){r, result, target, s->tree, n, t.validity != NULL, 0};
  (void)ok; /* an erroneous rule stays in the tables, so that its exceptions find it */
}

void sema__rules(sema *s) {
  for (uint32_t i = 0; i < s->items.n; i++) {
    sema_item item = *VEC_AT(sema_item, s->items, i);
    sema__enter(s, item.tree);
    if (item.syn->kind == ANS_SYN_RULE || item.syn->kind == ANS_SYN_EXCEPTION || item.syn->kind == ANS_SYN_HUMAN) rule__one(s, &item);
  }
}
