/* A span of months over the same columns (exec/span.h) against every month alone: the three laws, 24 months, processor time of the thread, the two in turn within each round. Before anything is timed, all
 * results of both are compared in every month, with every instruction set. See laws.c for the population. */
#include <inttypes.h>
#include <stdlib.h>
#include "bench.h"
#include "exec/span.h"
#include "laws_stage.h"

enum { MONTHS = 24, FIRST_MONTH = 2024 * 12 + 5, SHOWN = 8 };

typedef struct timing { double alone[BENCH_MAX_ROUNDS], span[BENCH_MAX_ROUNDS]; uint64_t evaluated, cells, differences; } timing;

/* Months first … first + MONTHS - 1, each with a run of its own. */
static bool alone(ans_vm *vm, const ans_columns *c, double *ns) {
  ans_error err = {0};
  const uint64_t t0 = bench_cpu();
  for (int32_t month = FIRST_MONTH; month < FIRST_MONTH + MONTHS; month++)
    if (bench_failed("vm", ans_vm_run(vm, c, 0, c->components, month, &err), &err)) return false;
  *ns = (double)(bench_cpu() - t0);
  return true;
}

static ans_status step(ans_span *s, const ans_columns *c, int32_t month, ans_error *err) {
  return month == FIRST_MONTH ? ans_span_begin(s, c, FIRST_MONTH, FIRST_MONTH + MONTHS - 1, err) : ans_span_next(s, err);
}

static bool together(ans_span *s, const ans_columns *c, double *ns) {
  ans_error err = {0};
  const uint64_t t0 = bench_cpu();
  for (int32_t month = FIRST_MONTH; month < FIRST_MONTH + MONTHS; month++)
    if (bench_failed("span", step(s, c, month, &err), &err)) return false;
  *ns = (double)(bench_cpu() - t0);
  return true;
}

static bool compare(const law *l, ans_vm *vm, ans_span *s, timing *t) {
  for (int32_t month = FIRST_MONTH; month < FIRST_MONTH + MONTHS; month++) {
    ans_error err = {0};
    if (bench_failed("vm", ans_vm_run(vm, l->columns, 0, l->columns->components, month, &err), &err) || bench_failed("span", step(s, l->columns, month, &err), &err)) return false;
    for (uint32_t row = 0; row < l->rows; row++)
      for (unsigned k = 0; k < 2; k++, t->cells++) {
        const ans_scalar a = ans_vm_get(vm, l->reg[k], row), b = ans_span_get(s, l->reg[k], row);
        if (a.v == b.v && a.state == b.state) continue;
        if (t->differences++ < SHOWN) fprintf(stderr, "bench: %s: month %d alone and in a span differ in row %u: %" PRId64 "/%u and %" PRId64 "/%u (value/state)\n", l->name, month, row, a.v, a.state, b.v, b.state);
      }
  }
  t->evaluated = ans_span_evaluated(s);
  return true;
}

static void print(const law *l, const char *isa_name, timing *t, const bench_options *o, unsigned unknown_percent, bench_report *r) {
  const double apart = bench_median(t->alone, o->rounds), joined = bench_median(t->span, o->rounds), evaluations = (double)t->evaluated / ((double)l->columns->components * MONTHS);
  printf("  %-20s %-12s 24 months: alone %10.2f ms, in one pass %10.2f ms, ratio %.3f; components evaluated %.1f %%; %" PRIu64 " cells compared, differences %" PRIu64 "\n", l->name, isa_name, apart / 1e6, joined / 1e6, joined / apart,
         100 * evaluations, t->cells, t->differences);
  bench_report_row(r, "months");
  bench_report_text(r, "law", l->name);
  bench_report_text(r, "engine", isa_name);
  bench_report_number(r, "unknown_percent", unknown_percent);
  bench_report_number(r, "months", MONTHS);
  bench_report_number(r, "alone_ns", apart);
  bench_report_number(r, "span_ns", joined);
  bench_report_number(r, "ratio", joined / apart);
  bench_report_number(r, "evaluated_share", evaluations);
  bench_report_number(r, "cells", (double)t->cells);
  bench_report_number(r, "differences", (double)t->differences);
}

static bool one_law(const law *l, const isa *kernels, const bench_options *o, unsigned unknown_percent, bench_report *r, uint64_t *differences) {
  timing *t = calloc(1, sizeof *t);
  setenv(VM_ISA_VARIABLE, kernels->kernels->name, 1);
  ans_vm *vm = ans_vm_new(l->code.program, l->reg, 2, 0);
  ans_span *s = ans_span_new(l->code.program, l->reg, 2, 0);
  bool ok = t && vm && s && compare(l, vm, s, t);
  for (unsigned k = 0; ok && k < o->rounds; k++) ok = alone(vm, l->columns, &t->alone[k]) && together(s, l->columns, &t->span[k]);
  if (ok) {
    print(l, kernels->name, t, o, unknown_percent, r);
    *differences += t->differences;
  }
  ans_vm_free(vm);
  ans_span_free(s);
  free(t);
  return ok;
}

bool bench_months(const bench_options *o, bench_report *r, uint64_t *differences) {
  static const unsigned unknown[] = {0, 3, 30};
  const char *asked = getenv(VM_ISA_VARIABLE);
  bool ok = true;
  if (asked && *asked) {
    fprintf(stderr, "bench: months are measured with every instruction set; unset %s\n", VM_ISA_VARIABLE);
    return false;
  }
  for (size_t k = 0; ok && k < sizeof unknown / sizeof *unknown; k++) {
    laws_stage s;
    ok = laws_make(&s, o, unknown[k]);
    printf("\nspan of %d months, %u %% of the facts unknown, median of %u rounds, processor time\n", MONTHS, unknown[k], o->rounds);
    for (unsigned which = 0; ok && which < LAW_COUNT; which++)
      for (unsigned i = 0; ok && i < s.isa_count; i++) ok = one_law(&s.law[which], &s.isa[i], o, unknown[k], r, differences);
    fflush(stdout);
    laws_dispose(&s);
  }
  unsetenv(VM_ISA_VARIABLE);
  return ok;
}
