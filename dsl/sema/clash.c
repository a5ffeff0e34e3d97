/* Messages about what conflict.c proves: all clashing provisions in the order of the source, and the case in words. */
#include <string.h>
#include "num/period.h"
#include "sema/conflict.h"
#include "sema/sema_private.h"

enum { CLASH_LIST = 600 /* bytes of provisions named one by one; the rest are counted */, CLASH_WORDS = 400 /* bytes of one condition shown */ };

static const sema_rule *clash__side(const sema *s, const ans_rule *r) {
  for (uint32_t i = 0; i < s->rules.n; i++)
    if (VEC_AT(sema_rule, s->rules, i)->rule == r) return VEC_AT(sema_rule, s->rules, i);
  return NULL; /* not a rule of the text */
}

/* "§ 1 Abs. 2 TG (Zeile 7)"; with the file where it is not the one of the message. */
static const char *clash__provision(sema *s, const ans_rule *r, const char *here, bool en) {
  const char *law = r->provision == ANS_NONE ? (en ? "auxiliary definition" : "hilfsdefinition") : VEC_AT(ans_provision, s->provisions, r->provision)->text;
  const char *file = strrchr(r->path, '/') ? strrchr(r->path, '/') + 1 : r->path;
  bool other = strcmp(r->path, here) != 0;
  return sema__format(s, "%s (%s%s%s %u)", law, other ? file : "", other ? ", " : "", en ? "line" : "Zeile", r->line);
}

static const char *clash__list(sema *s, const ans_clash *c, const char *here, bool en) {
  const char *text = "";
  for (uint32_t i = 0; i < c->count; i++) {
    if (strlen(text) > CLASH_LIST) return sema__format(s, en ? "%s and %u more" : "%s und %u weitere", text, c->count - i);
    const char *join = i == 0 ? "" : i + 1 == c->count ? (en ? " and " : " und ") : ", ";
    text = sema__format(s, "%s%s%s", text, join, clash__provision(s, c->rules[i], here, en));
  }
  return text;
}

static const char *clash__words(sema *s, const char *text, const char *condition, bool en) {
  int n = CLASH_WORDS;
  if (strlen(condition) <= CLASH_WORDS) n = (int)strlen(condition);
  while (n > 0 && n < (int)strlen(condition) && ((unsigned char)condition[n] & 0xC0) == 0x80) n--; /* whole characters */
  return sema__format(s, "%s%s%.*s%s", text, *text ? (en ? ", and " : ", und ") : "", n, condition, condition[n] ? "…" : "");
}

/* The condition of the narrowest rule, after those of the rules it limits. */
static const char *clash__case(sema *s, const ans_clash *c, bool en) {
  const char *text = "";
  for (uint32_t i = 0; i < c->above_count; i++)
    if (c->above[i]->condition) text = clash__words(s, text, c->above[i]->text, en);
  if (c->narrow->condition) text = clash__words(s, text, c->narrow->text, en);
  if (!*text) text = en ? "always" : "immer";
  if (c->exempt) text = sema__format(s, en ? "%s, where no exception applies" : "%s, wenn keine Ausnahme eingreift", text);
  char when[ANS_PERIOD_TEXT];
  return sema__format(s, en ? "%s (for example %s)" : "%s (zum Beispiel %s)", text, ans_period_phrase(s->m->period_kind, c->period, en, when));
}

/* An argument in both languages (ans_diags_print). */
static const char *clash__bilingual(sema *s, const char *de, const char *en) {
  size_t n = strlen(de), m = strlen(en);
  char *text = sema__alloc(s, n + m + 2, 1);
  if (!text) return "";
  memcpy(text, de, n);
  text[n] = '\037';
  memcpy(text + n + 1, en, m + 1);
  return text;
}

static void clash__report(void *ctx, const ans_clash *c) {
  sema *s = ctx;
  const sema_rule *last = clash__side(s, c->rules[c->count - 1]);
  if (!last) return;
  sema__enter(s, last->tree);
  const char *here = last->rule->path;
  const char *who = clash__bilingual(s, clash__list(s, c, here, false), clash__list(s, c, here, true));
  const char *when = clash__bilingual(s, clash__case(s, c, false), clash__case(s, c, true));
  SEMA_ERR(s, CONFLICT, last->syn, who, sema__format(s, "%s.%s", sema__unit_name(s, c->result->unit), c->result->name), when);
}

static void clash__dead(void *ctx, const ans_tresult *result, const ans_rule *r) {
  sema *s = ctx;
  const sema_rule *side = clash__side(s, r);
  (void)result;
  if (!side || !r->condition || sema__package_of(s, side->tree) != sema__own(s)) return; /* warnings are for whoever can act on them */
  sema__enter(s, side->tree);
  SEMA_ERR(s, NEVER_TRUE, side->syn, clash__words(s, "", r->human ? sema__words(s, r->condition->syntax) : r->text, false));
}

void sema__conflicts(sema *s, uint32_t results) {
  const ans_conflict_visitor v = {clash__report, clash__dead, s};
  if (ans_conflicts(s->m, results, &v, NULL) != ANS_OK) s->oom = true;
}
