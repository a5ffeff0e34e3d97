/* Rule packages as C: every prüffall in every period it has an expectation for, with all law known and with the law known on the first day of
 * the period and a year before it. Each cell as in the replay, each result as in the VM, each expectation met.
 *
 *   packages "cc flags" PACKAGE… */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bind.h"
#include "lower/lower.h"
#include "num/period.h"

typedef struct totals { uint64_t cases, checks; emit_counts n; uint64_t opcodes[ANS_OP_COUNT]; } totals;

static bool check_case(const emit_bound *e, const ans_compilation *c, const ans_tcase *t, totals *x) {
  ans_columns *columns = NULL;
  uint32_t *rows = NULL;
  ans_error err = {0};
  if (ans_testcase_columns(c->model, c->program, t, &columns, &rows, &err) != ANS_OK) return printf("%s:%u: no columns\n", t->path, t->line), false;
  bool ok = true;
  for (uint32_t i = 0; i < t->expect_count && ok; i++)
    for (int32_t period = t->expects[i].from_period; period <= t->expects[i].to_period && ok; period++) {
      if (i && t->expects[i - 1].from_period <= period && period <= t->expects[i - 1].to_period) continue; /* compared a moment ago, whole */
      const int32_t first = (int32_t)ans_period_first(c->program->period_kind, period);
      ok = emit_compare(e, columns, period, ANS_DAY_MAX, &x->n);
      if (ok && i == 0) ok = emit_compare(e, columns, period, first, &x->n) && emit_compare(e, columns, period, first > ANS_DAY_MIN + 366 ? first - 366 : ANS_DAY_MIN, &x->n);
      x->checks++;
      if (!ok) printf("%s: %s, period %d\n", t->path, t->name, period);
    }
  x->cases++;
  free(rows);
  ans_columns_free(columns);
  return ok;
}

int main(int argc, char **argv) {
  enum { MOST = 32 };
  ans_compilation c[MOST] = {0};
  const ans_program *programs[MOST];
  const uint32_t n = argc > 2 && argc - 2 <= MOST ? (uint32_t)argc - 2 : 0;
  totals x = {0};
  bool ok = n > 0;
  for (uint32_t i = 0; i < n && ok; i++) {
    ans_diags *diags = ans_diags_new();
    ans_error err = {0};
    ok = diags && ans_compile_package(argv[2 + i], NULL, diags, &c[i], &err) == ANS_OK;
    if (!ok) printf("%s: not compiled\n", argv[2 + i]);
    programs[i] = c[i].program;
    ans_diags_free(diags);
  }
  emit_batch *b = ok ? emit_batch_new(programs, n, argv[1]) : NULL;
  ok = b != NULL;
  for (uint32_t i = 0; i < n && ok; i++) {
    ok = emit_tables_agree(emit_batch_get(b, i), programs[i]);
    for (uint32_t k = 0; k < programs[i]->insn_count; k++) x.opcodes[programs[i]->insns[k].op]++;
    for (uint32_t k = 0; k < c[i].model->case_count && ok; k++) ok = check_case(emit_batch_get(b, i), &c[i], &c[i].model->cases[k], &x);
  }
  uint32_t used = 0;
  for (int i = 0; i < ANS_OP_COUNT; i++) used += x.opcodes[i] > 0;
  printf("%u packages, %" PRIu64 " cases, %" PRIu64 " periods, %" PRIu64 " cells (%" PRIu64 " given, %" PRIu64 " look-ups, %" PRIu64 " segments), %u of %d operations\n", n, x.cases, x.checks, x.n.cells,
         x.n.given, x.n.params, x.n.segments, used, (int)ANS_OP_COUNT);
  ok = ok && x.cases > 0 && x.n.cells > 0 && x.n.given > 0 && x.n.params > 0 && x.n.segments > 0 && x.n.starved > 0;
  puts(ok ? "ok" : "FAILED");
  emit_batch_free(b);
  for (uint32_t i = 0; i < n; i++) ans_compilation_dispose(&c[i]);
  return ok ? 0 : 1;
}
