/* Runs every prüffall of the given packages through the reference interpreter and, beside it, compares all row-grain results of the same cases with the replay interpreter: the
 * rules people write, not only generated ones. Usage: reference_cases PATH… */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lower/lower.h"
#include "reference.h"
#include "replay/replay.h"

typedef struct counts { unsigned cases, expectations, cells, failed; } counts;

static bool same(ans_scalar a, ans_scalar b) { return a.state == b.state && (a.state != ANS_VALUE || a.v == b.v); }

static int fail(const ans_error *err) {
  char buf[1024];
  fprintf(stderr, "%s\n", ans_error_render(err, ANS_LANG_EN, buf, sizeof buf));
  return 1;
}

static void compare_cells(const ans_compilation *c, const ans_ref *ref, const ans_trace *t, const ans_tcase *test, int32_t period, counts *n) {
  for (uint32_t r = 0; r < c->program->result_count; r++) {
    const ans_result *res = &c->program->results[r];
    if (c->program->units[res->unit].parent != ANS_NONE) continue; /* day grain: covered through the row results that use it */
    uint32_t rows = ans_ref_rows(ref, res->unit);
    for (uint32_t row = 0; row < rows; row++) {
      ans_scalar want = ans_ref_result(ref, r, row), got = ans_trace_get(t, res->insn, row);
      n->cells++;
      if (same(want, got)) continue;
      n->failed++;
      printf("%s:%u: %s, period %d, result %s row %u: reference (%u,%lld), replay (%u,%lld)\n", test->path, test->line, test->name, period, res->name, row, want.state, (long long)want.v, got.state, (long long)got.v);
    }
  }
}

static int check_period(const ans_compilation *c, const ans_columns *cols, const ans_tcase *test, const ans_texpect *e, uint32_t row, int32_t period, counts *n) {
  ans_error err = {0};
  ans_trace *t = NULL;
  ans_ref *ref = ans_ref_run(c->model, cols, 0, period, &err);
  if (!ref || ans_replay_run(cols, 0, period, &t, &err) != ANS_OK) {
    ans_ref_free(ref);
    return fail(&err);
  }
  ans_scalar got = ans_ref_result(ref, e->result, row);
  n->expectations++;
  if (!same(got, e->value)) {
    n->failed++;
    printf("%s:%u: %s, period %d: reference has (%u,%lld), expected (%u,%lld)\n", test->path, e->line, test->name, period, got.state, (long long)got.v, e->value.state, (long long)e->value.v);
  }
  compare_cells(c, ref, t, test, period, n);
  ans_trace_free(t);
  ans_ref_free(ref);
  return 0;
}

static int check_case(const ans_compilation *c, const ans_tcase *test, counts *n) {
  ans_columns *cols = NULL;
  uint32_t *rows = NULL;
  ans_error err = {0};
  int bad = 0;
  if (ans_testcase_columns(c->model, c->program, test, &cols, &rows, &err) != ANS_OK) return fail(&err);
  for (uint32_t i = 0; i < test->expect_count && !bad; i++) {
    const ans_texpect *e = &test->expects[i];
    uint32_t row = 0;
    for (uint32_t k = 0; k < test->row_count; k++)
      if (!strcmp(test->rows[k].name, e->row)) row = rows[k];
    for (int32_t m = e->from_period; m <= e->to_period && !bad; m++) bad = check_period(c, cols, test, e, row, m, n);
  }
  n->cases++;
  free(rows);
  ans_columns_free(cols);
  return bad;
}

int main(int argc, char **argv) {
  counts n = {0};
  int bad = 0;
  for (int i = 1; i < argc && !bad; i++) {
    ans_diags *diags = ans_diags_new();
    ans_compilation c = {0};
    ans_error err = {0};
    ans_status st = ans_compile_path(argv[i], diags, &c, &err);
    if (st != ANS_OK) {
      ans_diags_print(diags, stderr, (ans_diag_options){ANS_LANG_EN, false, false});
      bad = fail(&err);
    }
    for (uint32_t k = 0; !bad && k < c.model->case_count; k++) bad = check_case(&c, &c.model->cases[k], &n);
    ans_compilation_dispose(&c);
    ans_diags_free(diags);
  }
  printf("%u cases, %u expectations, %u cells compared, %u failed\n", n.cases, n.expectations, n.cells, n.failed);
  return bad || n.failed || n.expectations == 0 ? 1 : 0;
}
