/* See shrink.h. */
#include "shrink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gen_internal.h"

typedef struct shrinker {
  ans_model *m;
  const gen_data *d;
  lower_fn *lower;
  uint32_t component;    /* the one that failed */
  int32_t period;
  mismatch last;
  uint32_t done, budget;
} shrinker;

static bool still_fails(shrinker *s) {
  if (s->budget == 0) return false;
  s->budget--;
  ans_error err = {0};
  ans_program *p = NULL;
  if (s->lower(s->m, &p, &err) != ANS_OK) return false;
  bool fails = false;
  ans_columns *c = gen_columns(p, s->m, s->d, &s->component, 1, NULL, &err);
  expected e = {0};
  if (c && expected_new(&e, s->m, c, s->period, &err)) {
    mismatch x;
    if (compare_engines(&e, c, COMPARE_ALL, &x, &err) == COMPARE_DIFFERENT) {
      s->last = x;
      fails = true;
    }
    expected_dispose(&e);
  }
  ans_columns_free(c);
  ans_program_free(p);
  return fails;
}

static void regrain(ans_tx *x) {
  if (!x) return;
  for (uint32_t i = 0; i < x->count; i++) regrain(x->arg[i]);
  x->grain = gen__grain((ans_tx_kind)x->kind, x->count, x->arg);
}

static void regrain_rule(ans_rule *r) {
  regrain(r->condition);
  regrain(r->value);
  for (uint32_t i = 0; i < r->exception_count; i++) regrain_rule(r->exceptions[i]);
}

static void regrain_all(ans_model *m) {
  for (uint32_t i = 0; i < m->result_count; i++) {
    regrain(m->results[i].fallback);
    for (uint32_t k = 0; k < m->results[i].rule_count; k++) regrain_rule(m->results[i].rules[k]);
  }
}

/* Tries *slot = with; keeps it if the failure stays. */
static bool attempt(shrinker *s, ans_tx **slot, ans_tx *with) {
  ans_tx *old = *slot;
  *slot = with;
  regrain_all(s->m);
  if (still_fails(s)) {
    s->done++;
    return true;
  }
  *slot = old;
  regrain_all(s->m);
  return false;
}

/* An expression may give way to a child of its type in the same unit and grain, or (optional) to nothing. */
static void shrink_expr(shrinker *s, ans_tx **slot, bool optional) {
  if (!*slot) return;
  if (optional && attempt(s, slot, NULL)) return;
  bool folds = (*slot)->kind >= ANS_TX_DAYS_ANY && (*slot)->kind <= ANS_TX_RANK;
  for (uint32_t i = 0; !folds && i < (*slot)->count; i++) {
    ans_tx *child = (*slot)->arg[i];
    if (!child || !gen__same_type(child->type, (*slot)->type) || child->grain > (*slot)->grain) continue;
    if (attempt(s, slot, child)) {
      shrink_expr(s, slot, optional);
      return;
    }
  }
  bool row_access = (*slot)->kind >= ANS_TX_FACT && (*slot)->kind <= ANS_TX_RESULT;
  bool aggregate = (*slot)->kind >= ANS_TX_AGG_COUNT && (*slot)->kind <= ANS_TX_RANK;
  for (uint32_t i = 0; i < (*slot)->count; i++) {
    if (row_access && i == 0) continue; /* NULL would move to another unit */
    shrink_expr(s, &(*slot)->arg[i], aggregate && i == 0);
  }
}

static void shrink_rules(shrinker *s, uint32_t *count, ans_rule **rules) {
  for (uint32_t i = *count; i-- > 0;) {
    ans_rule *gone = rules[i];
    for (uint32_t k = i; k + 1 < *count; k++) rules[k] = rules[k + 1];
    --*count;
    if (still_fails(s)) {
      s->done++;
      continue;
    }
    for (uint32_t k = *count; k > i; k--) rules[k] = rules[k - 1];
    rules[i] = gone;
    ++*count;
  }
  for (uint32_t i = 0; i < *count; i++) {
    shrink_rules(s, &rules[i]->exception_count, rules[i]->exceptions);
    shrink_expr(s, &rules[i]->condition, true);
    shrink_expr(s, &rules[i]->value, false);
  }
}

uint32_t shrink(ans_model *m, const gen_data *d, lower_fn *lower, mismatch *last) {
  shrinker s = {.m = m, .d = d, .lower = lower, .component = last->component, .period = last->period, .last = *last, .budget = 1500};
  if (!still_fails(&s)) return 0; /* depends on the batch: nothing to drop in the model */
  for (uint32_t before = s.done + 1; before != s.done && s.budget > 0;) {
    before = s.done;
    for (uint32_t i = 0; i < m->result_count; i++) {
      uint32_t n = m->results[i].rule_count;
      m->results[i].rule_count = 0;
      if (n > 0 && still_fails(&s)) s.done++;
      else m->results[i].rule_count = n;
    }
    for (uint32_t i = 0; i < m->result_count; i++) {
      shrink_rules(&s, &m->results[i].rule_count, m->results[i].rules);
      shrink_expr(&s, &m->results[i].fallback, m->results[i].type.tag == ANS_T_BOOL);
    }
  }
  *last = s.last;
  return s.done;
}

/* --- printing ----------------------------------------------------------------------------------------------------------- */

static const char *const KINDS[ANS_TX_COUNT] = {
    [ANS_TX_CONST] = "const", [ANS_TX_NONVALUE] = "state", [ANS_TX_PERIOD] = "period", [ANS_TX_DAY] = "day", [ANS_TX_SELF] = "self",
    [ANS_TX_FACT] = "fact", [ANS_TX_TL_AT] = "tl.at", [ANS_TX_TL_LAST_END] = "tl.last_end", [ANS_TX_TL_NEXT_START] = "tl.next_start",
    [ANS_TX_RESULT] = "result", [ANS_TX_PARAM] = "param", [ANS_TX_NOT] = "not", [ANS_TX_AND] = "and", [ANS_TX_OR] = "or", [ANS_TX_ADD] = "add",
    [ANS_TX_SUB] = "sub", [ANS_TX_MUL] = "mul", [ANS_TX_NEG] = "neg", [ANS_TX_MIN2] = "min", [ANS_TX_MAX2] = "max", [ANS_TX_DIVR] = "div.round",
    [ANS_TX_EQ] = "eq", [ANS_TX_NE] = "ne", [ANS_TX_LT] = "lt", [ANS_TX_LE] = "le", [ANS_TX_SELECT] = "select", [ANS_TX_KNOWN] = "known",
    [ANS_TX_PRESENT] = "present", [ANS_TX_DEFAULT] = "default", [ANS_TX_YEARS_DONE] = "years.done", [ANS_TX_ADD_MONTHS] = "months.add",
    [ANS_TX_MONTH_OF] = "month.of", [ANS_TX_MONTH_FIRST] = "month.first", [ANS_TX_MONTH_LAST] = "month.last", [ANS_TX_YEAR_OF] = "year.of",
    [ANS_TX_DAYS_ANY] = "days.any", [ANS_TX_DAYS_ALL] = "days.all", [ANS_TX_DAYS_COUNT] = "days.count", [ANS_TX_AGG_COUNT] = "count",
    [ANS_TX_AGG_SUM] = "sum", [ANS_TX_AGG_MIN] = "agg.min", [ANS_TX_AGG_MAX] = "agg.max", [ANS_TX_AGG_ANY] = "any", [ANS_TX_AGG_ALL] = "all",
    [ANS_TX_RANK] = "rank", [ANS_TX_MULR] = "mul.round", [ANS_TX_UNIT] = "unit", [ANS_TX_TL_DAYS] = "tl.days", [ANS_TX_HOLIDAY] = "holiday",
    [ANS_TX_WORKDAY] = "workday"};

typedef struct used { bool *facts, *results; } used;

static void print_expr(const ans_model *m, const ans_tx *x, used *u) {
  if (!x) {
    printf("-");
    return;
  }
  char cell[48];
  if (x->kind == ANS_TX_CONST) {
    print_cell(cell, x->type, (ans_scalar){x->value, ANS_VALUE});
    printf("%s", cell);
    return;
  }
  printf("(%s", KINDS[x->kind]);
  bool fact = (x->kind >= ANS_TX_FACT && x->kind <= ANS_TX_TL_NEXT_START) || x->kind == ANS_TX_TL_DAYS || (x->kind >= ANS_TX_AGG_COUNT && x->kind <= ANS_TX_RANK && x->index != ANS_NONE);
  if (fact) {
    printf(":%s", m->facts[x->index].name);
    u->facts[x->index] = true;
  } else if (x->kind == ANS_TX_RESULT) {
    printf(":%u", x->index);
    u->results[x->index] = true;
  } else if (x->kind == ANS_TX_PERIOD || x->kind == ANS_TX_PARAM || x->kind == ANS_TX_DIVR || x->kind == ANS_TX_ADD_MONTHS) {
    printf(":%u", x->index);
  }
  if (x->type.scale) printf("/%u", x->type.scale);
  for (uint32_t i = 0; i < x->count; i++) {
    printf(" ");
    print_expr(m, x->arg[i], u);
  }
  printf(")");
}

static void print_rule(const ans_model *m, const ans_rule *r, int indent, used *u) {
  static const char *const RULES[] = {"rule", "block", "override"};
  printf("%*s%s%s", indent, "", RULES[r->kind], r->human ? " human" : "");
  if (r->from_day != ANS_OPEN_PAST || r->to_day != ANS_OPEN_FUTURE) printf(" valid %d…%d", r->from_day, r->to_day);
  if (r->kind != ANS_RULE_BLOCK) {
    printf(" is ");
    print_expr(m, r->value, u);
  }
  printf(" if ");
  print_expr(m, r->condition, u);
  printf("\n");
  for (uint32_t i = 0; i < r->exception_count; i++) print_rule(m, r->exceptions[i], indent + 2, u);
}

static void print_facts(const ans_model *m, const gen_component *k, const used *u) {
  char cell[48];
  for (uint32_t f = 0; f < m->fact_count; f++) {
    if (!u->facts[f]) continue;
    printf("    %s.%s:", m->units[m->facts[f].unit].name, m->facts[f].name);
    for (uint32_t row = 0; row < k->rows[m->facts[f].unit]; row++) {
      if (m->facts[f].kind == ANS_FACT_TIMELINE) {
        printf(" [");
        for (uint32_t i = 0; i < k->timelines[f][row].count; i++) {
          const ans_interval *t = &k->timelines[f][row].items[i];
          print_cell(cell, m->facts[f].type, (ans_scalar){t->value, t->state});
          printf(" %d…%d=%s", t->from, t->to, cell);
        }
        printf("]");
      } else {
        print_cell(cell, m->facts[f].type, k->facts[f][row]);
        printf(" %s", k->set[f][row] ? cell : "missing");
      }
    }
    printf("\n");
  }
  for (uint32_t i = 0; i < k->override_count; i++) {
    const gen_override *o = &k->overrides[i];
    if (!u->results[o->result]) continue;
    print_cell(cell, m->results[o->result].type, o->value);
    printf("    override of result %u, row %u: %s\n", o->result, o->row, cell);
  }
}

void print_model(const ans_model *m, const gen_data *d, uint32_t component, uint32_t result) {
  used u = {calloc(m->fact_count + 1, sizeof(bool)), calloc(m->result_count + 1, sizeof(bool))};
  if (!u.facts || !u.results) abort();
  u.results[result] = true;
  for (uint32_t order = m->result_count; order-- > 0;)
    for (uint32_t i = 0; i < m->result_count; i++) {
      const ans_tresult *r = &m->results[i];
      if (r->order != order || !u.results[i]) continue;
      printf("    result %u %s %s (type %u) else ", i, m->units[r->unit].name, r->grain == ANS_GRAIN_DAY ? "per day" : "per row", r->type.tag);
      print_expr(m, r->fallback, &u);
      printf("\n");
      for (uint32_t k = 0; k < r->rule_count; k++) print_rule(m, r->rules[k], 6, &u);
    }
  print_facts(m, &d->components[component], &u);
  free(u.facts);
  free(u.results);
}
