/* Rows and facts of a prüffall as columns. Row order is the order of the names (docs/semantics.md § 3), as in a case document. */
#include "lower/lower.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

typedef struct testcase_row { const struct ans_trow *row; uint32_t index; } testcase_row;

static int testcase__order(const void *a, const void *b) {
  const testcase_row *x = a, *y = b;
  if (x->row->unit != y->row->unit) return x->row->unit < y->row->unit ? -1 : 1;
  int c = strcmp(x->row->name, y->row->name);
  return c ? c : x->index < y->index ? -1 : 1;
}

static uint32_t testcase__find(const ans_tcase *t, const char *name) {
  for (uint32_t i = 0; i < t->row_count; i++)
    if (strcmp(t->rows[i].name, name) == 0) return i;
  return ANS_NONE;
}

static ans_status testcase__rows(ans_columns_builder *b, const ans_tcase *t, uint32_t *rows, ans_error *err) {
  testcase_row *sorted = malloc(((size_t)t->row_count + 1) * sizeof *sorted);
  if (!sorted) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "prüffall", (char *)NULL);
  for (uint32_t i = 0; i < t->row_count; i++) sorted[i] = (testcase_row){&t->rows[i], i};
  qsort(sorted, t->row_count, sizeof *sorted, testcase__order);
  ans_status s = ANS_OK;
  for (uint32_t i = 0; i < t->row_count && s == ANS_OK; i++)
    s = ans_columns_add_row(b, sorted[i].row->unit, sorted[i].row->name, &rows[sorted[i].index], err);
  free(sorted);
  return s;
}

static ans_status testcase__value(ans_columns_builder *b, const ans_tcase *t, const ans_tgiven *g, const uint32_t *rows, const ans_tgiven_value *v, ans_scalar *out,
                                  ans_error *err) {
  *out = v->value;
  if (v->text) return ans_columns_text(b, g->fact, v->text, strlen(v->text), NULL, &out->v, err);
  if (!v->ref_row) return ANS_OK;
  uint32_t i = testcase__find(t, v->ref_row);
  if (i == ANS_NONE) return ans_error_set(err, ANS_INPUT, "E-DSL-CASE", t->path, t->name, v->ref_row, (char *)NULL);
  out->v = rows[i];
  out->state = ANS_VALUE;
  return ANS_OK;
}

static ans_status testcase__timeline(ans_columns_builder *b, const ans_tcase *t, const ans_tgiven *g, const uint32_t *rows, uint32_t row, ans_error *err) {
  ans_interval *items = malloc(((size_t)g->value_count + 1) * sizeof *items);
  if (!items) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "prüffall", (char *)NULL);
  ans_status s = ANS_OK;
  for (uint32_t i = 0; i < g->value_count && s == ANS_OK; i++) {
    ans_scalar v;
    s = testcase__value(b, t, g, rows, &g->values[i], &v, err);
    if (s == ANS_OK) items[i] = (ans_interval){g->values[i].from, g->values[i].to, v.v, v.state};
  }
  if (s == ANS_OK) s = ans_columns_set_timeline(b, g->fact, row, items, g->value_count, err);
  free(items);
  return s;
}

static ans_status testcase__given(ans_columns_builder *b, const ans_model *m, const ans_tcase *t, const ans_tgiven *g, const uint32_t *rows, ans_error *err) {
  uint32_t i = testcase__find(t, g->row);
  if (i == ANS_NONE) return ans_error_set(err, ANS_INPUT, "E-DSL-CASE", t->path, t->name, g->row, (char *)NULL);
  if (g->fact != ANS_NONE && m->facts[g->fact].kind == ANS_FACT_TIMELINE) return testcase__timeline(b, t, g, rows, rows[i], err);
  ans_scalar v;
  if (g->value_count != 1) return ans_error_set(err, ANS_INPUT, "E-DSL-CASE", t->path, t->name, g->row, (char *)NULL);
  ans_status s = testcase__value(b, t, g, rows, &g->values[0], &v, err);
  if (s != ANS_OK) return s;
  return g->fact != ANS_NONE ? ans_columns_set(b, g->fact, rows[i], v, err) : ans_columns_set_override(b, g->result, rows[i], v, err);
}

static ans_status testcase__component(ans_columns_builder *b, const ans_model *m, const ans_tcase *t, uint32_t *rows, ans_error *err) {
  ans_status s = ans_columns_begin_component(b, err);
  if (s == ANS_OK) s = testcase__rows(b, t, rows, err);
  for (uint32_t i = 0; i < t->given_count && s == ANS_OK; i++) s = testcase__given(b, m, t, &t->givens[i], rows, err);
  return s == ANS_OK ? ans_columns_end_component(b, err) : s;
}

ans_status ans_testcases_columns(const ans_model *m, const ans_program *p, const ans_tcase *const *cases, uint32_t n, ans_columns **out, uint32_t **rows, ans_error *err) {
  size_t total = 0, at = 0;
  *out = NULL;
  for (uint32_t i = 0; i < n; i++) total += cases[i]->row_count;
  *rows = malloc((total + 1) * sizeof **rows);
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_status s = *rows && b ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "prüffall", (char *)NULL);
  for (uint32_t i = 0; i < n && s == ANS_OK; at += cases[i++]->row_count) s = testcase__component(b, m, cases[i], *rows + at, err);
  if (s == ANS_OK) s = ans_columns_finish(b, out, err);
  ans_columns_builder_free(b);
  if (s != ANS_OK) {
    free(*rows);
    *rows = NULL;
  }
  return s;
}

ans_status ans_testcase_columns(const ans_model *m, const ans_program *p, const ans_tcase *t, ans_columns **out, uint32_t **rows, ans_error *err) {
  return ans_testcases_columns(m, p, &t, 1, out, rows, err);
}
