/* Mutants of parameter tables: amounts and the days on which they change. Rows that hold for no day of the package's span have none, nor have rows that
 * a later promulgation superseded as a whole: cases are computed with all law known. */
#include "mutate/mutate_private.h"
#include <stdio.h>
#include <string.h>
#include "num/calendar.h"
#include "num/period.h"

static bool params__day(const char *s, size_t n, int64_t *day) {
  char iso[11];
  if (n != 10) return false;
  if (s[2] == '.') {
    memcpy(iso, s + 6, 4);
    memcpy(iso + 5, s + 3, 2);
    memcpy(iso + 8, s, 2);
  } else {
    memcpy(iso, s, 10);
  }
  iso[4] = iso[7] = '-';
  iso[10] = 0;
  return ans_date_parse_iso(iso, day);
}

static const ans_syn *params__declaration(const ans_tree *t, const char *name) {
  for (uint32_t i = 1; i < t->root->count; i++) {
    const ans_syn *n = t->root->child[i];
    if (!n || n->kind != ANS_SYN_PARAM || !n->count || !n->child[0]) continue;
    const ans_token *k = ans_syn_token(t, n->child[0]);
    if (k->len == strlen(name) && memcmp(t->source.text + k->at, name, k->len) == 0) return n;
  }
  return NULL;
}

/* Line of the row block that begins on `from` (the model has the rows sorted, the text in the drafter's order). */
static void params__line(const ans_tree *t, const ans_syn *param, int32_t from, mutate_site *site) {
  for (uint32_t i = 4; i < param->count; i++) {
    const ans_syn *row = param->child[i];
    int64_t day;
    if (!row || row->kind != ANS_SYN_PARAM_ROW || !row->child[0]) continue;
    const ans_token *k = ans_syn_token(t, row->child[0]);
    if (params__day(t->source.text + k->at, k->len, &day) && day == from) {
      site->line = k->line;
      return;
    }
  }
}

static bool params__lives(const ans_mutants *m, const ans_param_row *r) {
  return r->from_day <= ans_period_last(m->model->period_kind, m->model->last_period) && r->to_day >= ans_period_first(m->model->period_kind, m->model->first_period);
}

static bool params__superseded(const ans_param *p, const ans_param_row *rows, const ans_param_row *r) {
  for (uint32_t i = 0; i < p->row_count; i++) {
    bool over = rows[i].promulgated_day > r->promulgated_day && rows[i].from_day <= r->from_day && rows[i].to_day >= r->to_day;
    for (uint32_t k = 0; k < p->key_count; k++) over = over && rows[i].key_lo[k] <= r->key_lo[k] && rows[i].key_hi[k] >= r->key_hi[k];
    if (over) return true;
  }
  return false;
}

static bool params__same_keys(const ans_param *p, const ans_param_row *a, const ans_param_row *b) {
  for (uint32_t k = 0; k < p->key_count; k++)
    if (a->key_lo[k] != b->key_lo[k] || a->key_hi[k] != b->key_hi[k]) return false;
  return true;
}

static void params__swap(ans_mutants *m, const mutate_site *site, const ans_param *p, ans_param_row *a, ans_param_row *b) {
  mutate_entry *e = mutate__add(m, ANS_MUTATION_SWAP, site, NULL, mutate__value(m, p->type, a->value), mutate__value(m, p->type, b->value));
  mutate__edit(m, e, &a->value, &b->value, sizeof a->value);
  mutate__edit(m, e, &b->value, &a->value, sizeof b->value);
}

static void params__values(ans_mutants *m, const mutate_site *site, const ans_param *p, ans_param_row *rows, uint32_t i) {
  ans_param_row *r = &rows[i];
  int64_t raised = r->value + 1;
  if (p->type.tag == ANS_T_BOOL) raised = !r->value;
  if (p->type.tag == ANS_T_ENUM && p->type.ref < m->model->enum_count) raised = (r->value + 1) % m->model->enums[p->type.ref].value_count;
  mutate_entry *e = mutate__add(m, ANS_MUTATION_AMOUNT, site, NULL, mutate__value(m, p->type, r->value), mutate__value(m, p->type, raised));
  mutate__edit(m, e, &r->value, &raised, sizeof raised);
  for (uint32_t k = i + 1; k < p->row_count; k++)
    if (rows[k].from_day == r->from_day && rows[k].value != r->value) {
      params__swap(m, site, p, r, &rows[k]);
      break;
    }
  for (uint32_t k = i + 1; k < p->row_count && r->to_day != ANS_OPEN_FUTURE; k++)
    if (rows[k].from_day == r->to_day + 1 && rows[k].value != r->value && params__same_keys(p, r, &rows[k]) && params__lives(m, &rows[k])) {
      params__swap(m, site, p, r, &rows[k]);
      break;
    }
}

/* Whether some value is another from the day on: a table repeated with another source changes nothing, nor does the day on which it is. */
static bool params__changes(const ans_param *p, const ans_param_row *rows, int32_t day) {
  for (uint32_t i = 0; i < p->row_count; i++) {
    bool same = rows[i].from_day != day && rows[i].to_day != day - 1;
    for (uint32_t k = 0; k < p->row_count && !same; k++) {
      bool other = rows[i].from_day == day ? rows[k].to_day == day - 1 : rows[k].from_day == day;
      same = other && rows[k].value == rows[i].value && params__same_keys(p, &rows[i], &rows[k]);
    }
    if (!same) return true;
  }
  return false;
}

/* The whole block that begins on the day, so that no other key is left without a value or with two. */
static void params__boundary(ans_mutants *m, const mutate_site *site, const ans_param *p, ans_param_row *rows, int32_t day) {
  char before[16], after[16];
  int32_t later = day + 1;
  bool joined = false;
  for (uint32_t i = 0; i < p->row_count; i++) joined = joined || rows[i].to_day == day - 1;
  if (!joined || day >= ANS_DAY_MAX || !params__changes(p, rows, day)) return;
  ans_date_format_de(day, before);
  ans_date_format_de(later, after);
  mutate_entry *e = mutate__add(m, ANS_MUTATION_ROW_LATER, site, NULL, mutate__copy(m, before), mutate__copy(m, after));
  for (uint32_t i = 0; e && i < p->row_count; i++) {
    if (rows[i].from_day == day) mutate__edit(m, e, &rows[i].from_day, &later, sizeof later);
    if (rows[i].to_day == day - 1) mutate__edit(m, e, &rows[i].to_day, &day, sizeof day);
  }
}

static void params__one(ans_mutants *m, uint32_t index) {
  ans_param *p = &m->model->params[index];
  ans_param_row *rows = m->model->param_rows + p->first_row;
  const ans_syn *syn = NULL;
  const ans_tree *tree = NULL;
  for (uint32_t i = 0; i < m->model->own_tree_count && !syn; i++) {
    tree = m->model->trees[i];
    syn = params__declaration(tree, p->name);
  }
  mutate_site site = {ANS_NONE, index, p->provision, syn ? tree->source.path : NULL, syn ? ans_syn_token(tree, syn)->line : 0, p->name};
  for (uint32_t i = 0; i < p->row_count && !m->failed; i++) {
    if (!params__lives(m, &rows[i]) || params__superseded(p, rows, &rows[i])) continue;
    if (syn) params__line(tree, syn, rows[i].from_day, &site);
    site.provision = rows[i].provision != ANS_NONE ? rows[i].provision : p->provision;
    params__values(m, &site, p, rows, i);
    bool block = i == 0 || rows[i - 1].from_day != rows[i].from_day;
    if (block && rows[i].from_day > ans_period_first(m->model->period_kind, m->model->first_period) && rows[i].from_day != ANS_OPEN_PAST) params__boundary(m, &site, p, rows, rows[i].from_day);
  }
}

void mutate__params(ans_mutants *m) {
  for (uint32_t i = m->model->first_own_param; i < m->model->param_count && !m->failed; i++) params__one(m, i);
}
