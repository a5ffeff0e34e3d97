/* Benefits (leistung): one claim per row of a unit, with the results that decide it and the references that say for whom. */
#include "sema/sema_private.h"
#include <string.h>

typedef struct benefit_lines { const ans_syn *entitled, *amount, *payout, *recipient, *subject, *regime, *application, *information; } benefit_lines;

static const ans_syn **benefit__slot(benefit_lines *b, const char *word) {
  if (strcmp(word, "anspruch") == 0) return &b->entitled;
  if (strcmp(word, "betrag") == 0) return &b->amount;
  if (strcmp(word, "auszahlung") == 0) return &b->payout;
  if (strcmp(word, "empfänger") == 0) return &b->recipient;
  if (strcmp(word, "für") == 0) return &b->subject;
  if (strcmp(word, "regime") == 0) return &b->regime;
  if (strcmp(word, "antrag") == 0) return &b->application;
  return &b->information;
}

static bool benefit__need(sema *s, const ans_syn *n, const ans_syn *line, const char *word) {
  if (line) return true;
  SEMA_ERR(s, BENEFIT_LINE_MISSING, sema__child(n, 0), sema__text(s, sema__child(n, 0)), word);
  return false;
}

static uint32_t benefit__result(sema *s, uint32_t unit, const ans_syn *name, ans_type want) {
  if (!name) return ANS_NONE;
  const char *text = sema__text(s, name);
  sema_symbol *y = sema__find(s, SPACE_MEMBER, unit, text);
  if (!y || y->kind != SYM_RESULT) {
    SEMA_ERR(s, UNKNOWN_RESULT, name, text, sema__unit_name(s, unit));
    sema__suggest(s, name, text, &(sema_place){SPACE_MEMBER, unit}, 1, NULL, 0);
    return ANS_NONE;
  }
  y->used = true;
  const ans_tresult *r = VEC_AT(ans_tresult, s->results, y->index);
  if (!sema__same_type(r->type, want)) SEMA_ERR(s, EXPECTED_TYPE, name, sema__type_name(s, want), sema__type_name(s, r->type));
  else if (r->grain == ANS_GRAIN_DAY) SEMA_ERR(s, DAY_RESULT_NO_DAY, name, r->name);
  return y->index;
}

static uint32_t benefit__pointer(sema *s, uint32_t unit, const ans_syn *name) {
  if (!name) return ANS_NONE;
  const char *text = sema__text(s, name);
  sema_symbol *y = sema__find(s, SPACE_MEMBER, unit, text);
  if (!y || y->kind != SYM_FACT || VEC_AT(ans_fact, s->facts, y->index)->type.tag != ANS_T_REF) {
    SEMA_ERR(s, UNKNOWN_REFERENCE, name, text, sema__unit_name(s, unit));
    sema__suggest(s, name, text, &(sema_place){SPACE_MEMBER, unit}, 1, NULL, 0);
    return ANS_NONE;
  }
  y->used = true;
  return y->index;
}

static void benefit__one(sema *s, const ans_syn *n) {
  benefit_lines lines = {0};
  for (uint32_t i = 2; i < n->count; i++) {
    const ans_syn *line = n->child[i];
    if (!line || line->kind != ANS_SYN_BENEFIT_LINE) continue;
    const char *word = sema__words(s, sema__child(line, 0));
    const ans_syn **slot = benefit__slot(&lines, word);
    if (*slot) SEMA_ERR(s, BENEFIT_LINE_TWICE, line, word);
    *slot = sema__child(line, 1) ? line->child[1] : line;
  }
  const char *name = sema__text(s, sema__child(n, 0));
  ans_benefit b = {.name = name, .payout_result = ANS_NONE, .recipient_fact = ANS_NONE, .subject_fact = ANS_NONE, .regime_provision = ANS_NONE, .application_provision = ANS_NONE};
  if (!sema__declare(s, SPACE_BENEFIT, 0, sema__child(n, 0), SYM_VALUE, s->benefits.n)) return;
  if (!sema__unit(s, sema__child(n, 1), &b.unit)) return;
  bool ok = benefit__need(s, n, lines.entitled, "anspruch");
  if (!lines.information) { /* mere information grants nothing, so nobody receives an amount and no act is issued */
    ok = benefit__need(s, n, lines.amount, "betrag") && ok;
    ok = benefit__need(s, n, lines.recipient, "empfänger") && ok;
    ok = benefit__need(s, n, lines.regime, "regime") && ok;
  } else if (lines.payout) {
    ok = benefit__need(s, n, lines.amount, "betrag") && ok;
  }
  ans_type truth = sema__plain(ANS_T_BOOL), money = {ANS_T_MONEY, 2, 0, ANS_PER_MONTH, 0};
  b.entitled_result = benefit__result(s, b.unit, lines.entitled, truth);
  b.amount_result = benefit__result(s, b.unit, lines.amount, money);
  b.payout_result = benefit__result(s, b.unit, lines.payout, money);
  b.recipient_fact = benefit__pointer(s, b.unit, lines.recipient);
  b.subject_fact = benefit__pointer(s, b.unit, lines.subject);
  if (lines.regime) b.regime_provision = sema__provision(s, lines.regime, false);
  if (lines.application) b.application_provision = sema__provision(s, lines.application, false);
  b.information_only = lines.information != NULL;
  ans_benefit *slot = ok ? sema__push(s, &s->benefits, sizeof *slot, "leistungen / benefits") : NULL;
  if (slot) *slot = b;
}

void sema__benefits(sema *s) {
  for (uint32_t i = 0; i < s->items.n; i++) {
    sema_item item = *VEC_AT(sema_item, s->items, i);
    if (item.syn->kind != ANS_SYN_BENEFIT) continue;
    sema__enter(s, item.tree);
    s->section = item.section;
    s->section_norm = item.norm;
    benefit__one(s, item.syn);
  }
}
