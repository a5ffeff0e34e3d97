/* Mutants of expressions. Kinds, indices and constants are changed inside the node, so that a part used in several places (the operand of
 * `in (…)`) changes in all of them, as it would in the text; what is dropped is taken out of its parent. The walk goes over every node once. */
#include "mutate/mutate_private.h"
#include <string.h>
#include "num/period.h"

static void expr__kind(ans_mutants *m, const mutate_site *site, ans_tx *x, ans_mutation operation, ans_tx_kind to, const char *before, const char *after) {
  uint16_t kind = (uint16_t)to;
  mutate_entry *e = mutate__add(m, operation, site, x, before, after);
  mutate__edit(m, e, &x->kind, &kind, sizeof kind);
}

static void expr__index(ans_mutants *m, const mutate_site *site, ans_tx *x, ans_mutation operation, uint32_t to, const char *before, const char *after) {
  mutate_entry *e = mutate__add(m, operation, site, x, before, after);
  mutate__edit(m, e, &x->index, &to, sizeof to);
}

static void expr__instead(ans_mutants *m, const mutate_site *site, ans_tx **slot, ans_tx *to, ans_mutation operation) {
  mutate_entry *e = mutate__add(m, operation, site, *slot, "", "");
  mutate__edit(m, e, slot, &to, sizeof to);
}

static void expr__step(ans_mutants *m, const mutate_site *site, ans_tx *x, ans_mutation operation, int64_t to) {
  mutate_entry *e = mutate__add(m, operation, site, x, mutate__value(m, x->type, x->value), mutate__value(m, x->type, to));
  mutate__edit(m, e, &x->value, &to, sizeof to);
}

/* Constants that the analysis inserts (factors between scales, the zero of a bare minus) have no text: they are no statement of the law. */
static void expr__constant(ans_mutants *m, const mutate_site *site, ans_tx *x) {
  if (!x->syntax || x->syntax->kind == ANS_SYN_CALL) return;
  if (x->type.tag == ANS_T_DATE && (x->value == ANS_DAY_MIN || x->value == ANS_DAY_MAX)) return; /* 01.01.0001 and 31.12.9999 say "ever", not a day */
  if (x->type.tag == ANS_T_BOOL) expr__step(m, site, x, ANS_MUTATION_TRUTH, !x->value);
  else if (x->type.tag == ANS_T_ENUM && x->type.ref < m->model->enum_count) {
    uint32_t n = m->model->enums[x->type.ref].value_count;
    if (n > 1) expr__step(m, site, x, ANS_MUTATION_CHOICE, (x->value + 1) % n);
  } else if (x->type.tag == ANS_T_INT || x->type.tag == ANS_T_DECIMAL || x->type.tag == ANS_T_MONEY || x->type.tag == ANS_T_DATE || x->type.tag == ANS_T_MONTH) {
    if (x->value < INT64_MAX) expr__step(m, site, x, ANS_MUTATION_PLUS, x->value + 1);
    if (x->value > INT64_MIN) expr__step(m, site, x, ANS_MUTATION_MINUS, x->value - 1);
  }
}

static void expr__truth(ans_mutants *m, const mutate_site *site, ans_tx **slot) {
  ans_tx *x = *slot;
  bool and = x->kind == ANS_TX_AND;
  /* `in (a; b)` is one list in the text: its parts are mutated as constants */
  bool list = x->syntax && x->syntax->kind == ANS_SYN_IN;
  if (!list) expr__kind(m, site, x, ANS_MUTATION_JUNCTION, and ? ANS_TX_OR : ANS_TX_AND, and ? "und" : "oder", and ? "oder" : "und");
  if (x->count != 2) return;
  for (uint32_t i = 0; i < 2; i++) {
    uint32_t file;
    ans_tree *tree = x->arg[i]->syntax ? mutate__tree(m, x->arg[i]->syntax, &file) : NULL;
    const char *gone = tree ? ans_syn_text(tree, x->arg[i]->syntax) : NULL;
    mutate_entry *e = mutate__add(m, ANS_MUTATION_OPERAND, site, list ? x : x->arg[i], gone ? gone : "", "");
    mutate__edit(m, e, slot, &x->arg[1 - i], sizeof(ans_tx *));
  }
}

static void expr__arithmetic(ans_mutants *m, const mutate_site *site, ans_tx *x) {
  bool plus = x->kind == ANS_TX_ADD;
  if (x->syntax && x->syntax->kind == ANS_SYN_CALL) return; /* volle_Monate_zwischen is one notion */
  if (x->count == 2 && x->arg[0]->type.tag == x->type.tag && x->arg[1]->type.tag != ANS_T_DATE && x->arg[1]->type.tag != ANS_T_MONTH)
    expr__kind(m, site, x, ANS_MUTATION_ARITHMETIC, plus ? ANS_TX_SUB : ANS_TX_ADD, plus ? "+" : "-", plus ? "-" : "+");
}

static void expr__aggregate(ans_mutants *m, const mutate_site *site, ans_tx *x) {
  ans_tx *none = NULL;
  if (x->kind == ANS_TX_AGG_ANY && x->arg[1]) expr__kind(m, site, x, ANS_MUTATION_QUANTIFIER, ANS_TX_AGG_ALL, "es gibt eine", "jede");
  if (x->kind == ANS_TX_AGG_ALL) expr__kind(m, site, x, ANS_MUTATION_QUANTIFIER, ANS_TX_AGG_ANY, "jede", "es gibt eine");
  if (x->kind == ANS_TX_AGG_MIN) expr__kind(m, site, x, ANS_MUTATION_EXTREME, ANS_TX_AGG_MAX, "Mindestwert", "Höchstwert");
  if (x->kind == ANS_TX_AGG_MAX) expr__kind(m, site, x, ANS_MUTATION_EXTREME, ANS_TX_AGG_MIN, "Höchstwert", "Mindestwert");
  if (x->count && x->arg[0]) {
    mutate_entry *e = mutate__add(m, ANS_MUTATION_FILTER, site, x, "", "");
    mutate__edit(m, e, &x->arg[0], &none, sizeof none);
  }
}

static void expr__rounding(ans_mutants *m, const mutate_site *site, ans_tx *x) {
  static const char *const words[] = {"kaufmännisch", "auf", "ab"};
  if (x->index > ANS_ROUND_DOWN) return;
  for (uint32_t to = 0; to < 3; to++)
    if (to != x->index) expr__index(m, site, x, ANS_MUTATION_ROUNDING, to, words[x->index], words[to]);
}

static void expr__clip(ans_mutants *m, const mutate_site *site, ans_tx *x) {
  static const char *const words[] = {"streng", "gekürzt", "verlängert"};
  if (x->index > ANS_CLIP_NEXT_DAY) return;
  uint32_t to = x->index == ANS_CLIP_MONTH_END ? ANS_CLIP_NEXT_DAY : ANS_CLIP_MONTH_END;
  expr__index(m, site, x, ANS_MUTATION_CLIP, to, words[x->index], words[to]);
}

static void expr__branches(ans_mutants *m, const mutate_site *site, ans_tx *x) {
  mutate_entry *e = mutate__add(m, ANS_MUTATION_BRANCH, site, x, "", "");
  mutate__edit(m, e, &x->arg[1], &x->arg[2], sizeof(ans_tx *));
  mutate__edit(m, e, &x->arg[2], &x->arg[1], sizeof(ans_tx *));
}

/* Questions that have no opposite kind of their own are negated. */
static void expr__negated(ans_mutants *m, const mutate_site *site, ans_tx **slot, const char *before, const char *after) {
  ans_tx *x = *slot, *no = mutate__array(m, 1, sizeof *no), **arg = mutate__array(m, 1, sizeof *arg);
  if (!no || !arg) return;
  *arg = x;
  *no = (ans_tx){.kind = ANS_TX_NOT, .grain = x->grain, .unit = x->unit, .type = x->type, .provision = ANS_NONE, .count = 1, .arg = arg, .syntax = x->syntax};
  mutate_entry *e = mutate__add(m, ANS_MUTATION_COMPARISON, site, x, before, after);
  mutate__edit(m, e, slot, &no, sizeof no);
}

static bool expr__unequal(const ans_tx *x) { return x->arg[0]->kind == ANS_TX_TEXT_IS && x->arg[0]->syntax == x->syntax; }

static const char *expr__bound(const ans_mutants *m, uint32_t index) {
  const bool month = m->model->period_kind == ANS_PERIOD_MONTH;
  return index == 1 ? month ? "Beginn des Monats" : "Beginn des Zeitraums" : month ? "Ende des Monats" : "Ende des Zeitraums";
}

/* `hat … das n. Lebensjahr vollendet` is a comparison of days: < instead of <= is the day after, which is a real mistake. */
static void expr__node(ans_mutants *m, const mutate_site *site, ans_tx **slot) {
  ans_tx *x = *slot;
  switch (x->kind) { /* kinds that are not named have no mutants of their own */
    case ANS_TX_CONST: expr__constant(m, site, x); break;
    case ANS_TX_LT: expr__kind(m, site, x, ANS_MUTATION_COMPARISON, ANS_TX_LE, "<", "<="); break;
    case ANS_TX_LE: expr__kind(m, site, x, ANS_MUTATION_COMPARISON, ANS_TX_LT, "<=", "<"); break;
    case ANS_TX_EQ: expr__kind(m, site, x, ANS_MUTATION_COMPARISON, ANS_TX_NE, "=", "<>"); break;
    case ANS_TX_NE: expr__kind(m, site, x, ANS_MUTATION_COMPARISON, ANS_TX_EQ, "<>", "="); break;
    case ANS_TX_AND:
    case ANS_TX_OR: expr__truth(m, site, slot); break;
    case ANS_TX_NOT:
      if (expr__unequal(x)) {
        mutate__edit(m, mutate__add(m, ANS_MUTATION_COMPARISON, site, x, "<>", "="), slot, &x->arg[0], sizeof(ans_tx *));
        mutate__pass(m, x->arg[0]->origin ? x->arg[0]->origin : x->arg[0]); /* its negation would be the same mutant again */
      } else expr__instead(m, site, slot, x->arg[0], ANS_MUTATION_NEGATION);
      break;
    case ANS_TX_TEXT_IS: expr__negated(m, site, slot, "ist", "ist nicht"); break;
    case ANS_TX_LIST_HAS: expr__negated(m, site, slot, "enthält", "enthält nicht"); break;
    case ANS_TX_ADD:
    case ANS_TX_SUB: expr__arithmetic(m, site, x); break;
    case ANS_TX_MIN2: expr__kind(m, site, x, ANS_MUTATION_EXTREME, ANS_TX_MAX2, "kleiner_von", "größer_von"); break;
    case ANS_TX_MAX2: expr__kind(m, site, x, ANS_MUTATION_EXTREME, ANS_TX_MIN2, "größer_von", "kleiner_von"); break;
    case ANS_TX_DIVR: expr__rounding(m, site, x); break;
    case ANS_TX_SELECT: expr__branches(m, site, x); break;
    case ANS_TX_KNOWN: expr__kind(m, site, x, ANS_MUTATION_STATE, ANS_TX_PRESENT, "bekannt", "vorhanden"); break;
    case ANS_TX_PRESENT: expr__kind(m, site, x, ANS_MUTATION_STATE, ANS_TX_KNOWN, "vorhanden", "bekannt"); break;
    case ANS_TX_DEFAULT: expr__instead(m, site, slot, x->arg[0], ANS_MUTATION_DEFAULTED); break;
    case ANS_TX_PERIOD:
      if (x->syntax && (x->index == 1 || x->index == 2)) /* without text: the day a parameter is read on when none is written */
        expr__index(m, site, x, ANS_MUTATION_BOUNDARY, 3 - x->index, expr__bound(m, x->index), expr__bound(m, 3 - x->index));
      break;
    case ANS_TX_ADD_MONTHS: expr__clip(m, site, x); break;
    case ANS_TX_DAYS_ANY: expr__kind(m, site, x, ANS_MUTATION_QUANTIFIER, ANS_TX_DAYS_ALL, "an einem Tag", "an jedem Tag"); break;
    case ANS_TX_DAYS_ALL: expr__kind(m, site, x, ANS_MUTATION_QUANTIFIER, ANS_TX_DAYS_ANY, "an jedem Tag", "an einem Tag"); break;
    case ANS_TX_AGG_COUNT:
    case ANS_TX_AGG_SUM:
    case ANS_TX_AGG_MIN:
    case ANS_TX_AGG_MAX:
    case ANS_TX_AGG_ANY:
    case ANS_TX_AGG_ALL:
    case ANS_TX_RANK: expr__aggregate(m, site, x); break;
    default: break;
  }
}

void mutate__expression(ans_mutants *m, const mutate_site *site, ans_tx **slot) {
  if (m->failed || m->full || !*slot) return;
  ans_tx *x = *slot;
  const ans_tx *text = x->origin ? x->origin : x;
  bool again = !mutate__begin(m, text) && x == text; /* below another parent: only the parent's pointer is new */
  expr__node(m, site, slot);
  mutate__end(m, text);
  if (again) return;
  for (uint32_t i = 0; i < x->count; i++) mutate__expression(m, site, &x->arg[i]);
}
