/* 24 months at once. In the evaluator: a span of months over the same columns (exec/span.h) against every month alone: the three laws, 24 months, processor time of the thread, the two in turn within each round. Before anything is timed, all
 * results of both are compared in every month, with every instruction set. See laws.c for the population.
 * In a run (engine/batch): Kindergeld from a store with column chunks whose ledger holds what the law gives, month by month, with a few mistakes, so that what is left of a back-calculation is looking.
 * A run of one month looks at the claims of that month only, a run of 24 at those of any; therefore receipts differ. */
#include <inttypes.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "batch/batch.h"
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

/* --- in a run ------------------------------------------------------------------------------------------------------------------------------------------------------------------------ */
enum { MISTAKES = 10 /* ten thousandths of the awards of a month, too low by 4 EUR */, KEY = 64 };

/* What the ledger holds from `month` on, where it differs from the month before. */
static bool put_awards(ans_store *s, const bench_population *w, const bench_decision *now, const int64_t *before, int64_t *cents, int32_t month, uint64_t *random) {
  ans_error err = {0};
  bool ok = true;
  for (uint32_t k = 0; ok && k < w->pair_count; k++) {
    char key[KEY];
    int64_t claim;
    cents[k] = now[k].payout_known ? now[k].payout_cents : 0;
    if (cents[k] && bench_chance(random, MISTAKES)) cents[k] -= 400;
    if (cents[k] == before[k] || w->pairs[k].cell[BENCH_APPLIED].state != ANS_VALUE) continue;
    snprintf(key, sizeof key, "P%010u/P%010u", w->pairs[k].recipient, w->pairs[k].child);
    ok = !bench_failed("store", ans_store_subject(s, ANS_UNIT_PAIR, key, true, &claim, &err), &err);
    const ans_award a = {.claim = claim, .benefit = "Kindergeld", .from_period = month, .to_period = INT32_MAX, .amount_cents = cents[k], .notice = "", .recorded_at = 1000 + month};
    ok = ok && !bench_failed("store", ans_store_put_award(s, &a, NULL, &err), &err);
  }
  return ok;
}

static bool fill(const char *path, const ans_program *p, const bench_options *o, unsigned unknown_percent, uint64_t *households) {
  const bench_rates rates = {.seed = o->seed, .unknown_percent = unknown_percent};
  bench_population w = {0};
  bench_names names;
  ans_store *s = NULL;
  ans_error err = {0};
  ans_compact_report compact;
  uint64_t written = 0, random = o->seed;
  bench_population_make(&w, &rates, 0, o->families, true);
  bench_decision *d = calloc((size_t)w.pair_count + 1, sizeof *d);
  int64_t *nothing = calloc((size_t)w.pair_count + 1, sizeof *nothing), *cents[2] = {calloc((size_t)w.pair_count + 1, sizeof *nothing), calloc((size_t)w.pair_count + 1, sizeof *nothing)};
  bool ok = d && nothing && cents[0] && cents[1] && bench_names_bind(p, &names) && !bench_failed("store", ans_store_open(path, ANS_STORE_CREATE, &s, &err), &err) && !bench_failed("store", ans_store_begin(s, &err), &err);
  for (uint32_t k = 0; ok && k < w.pair_count; k++) nothing[k] = BENCH_NOTHING;
  ok = ok && !bench_failed("store", bench_store_write(s, p, &names, &w, nothing, FIRST_MONTH, 0, &written, &err), &err);
  for (int32_t m = 0; ok && m < MONTHS; m++) ok = bench_scalar(&w, 0, w.cluster_count, FIRST_MONTH + m, d) && put_awards(s, &w, d, cents[m % 2], cents[(m + 1) % 2], FIRST_MONTH + m, &random);
  ok = ok && !bench_failed("store", ans_store_commit(s, &err), &err) && !bench_failed("compact", ans_fact_compact(s, p, &(ans_compact_options){.now = 100000, .compress = true}, &compact, &err), &err);
  *households = w.households;
  ans_store_close(s);
  free(d);
  free(nothing);
  free(cents[0]);
  free(cents[1]);
  bench_population_dispose(&w);
  return ok;
}

/* Processor time of the threads of a run. */
static bool run_months(const char *path, const ans_program *p, int32_t first, int32_t last, double ns[2], ans_batch_report *report) {
  const ans_batch_options o = {.benefit = p->benefits[0].name, .first_period = first, .last_period = last, .current_period = FIRST_MONTH + MONTHS - 1, .jobs = 1, .brake_change_permille = ANS_BRAKE_OFF,
                               .brake_refer_permille = ANS_BRAKE_OFF, .store_unchanged = true, .decision_chunks = true};
  ans_error err = {0};
  if (bench_failed("batch", ans_batch_run(path, p, &o, report, &err), &err)) return false;
  ns[0] += (double)(report->read_ns + report->evaluate_ns + report->write_ns);
  ns[1] += (double)report->evaluate_ns;
  return true;
}

static void drop_store(const char *path) {
  static const char *const ends[] = {"", "-wal", "-shm"};
  char name[520];
  for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
    snprintf(name, sizeof name, "%s%s", path, ends[k]);
    unlink(name);
  }
}

static bool in_a_run(const ans_program *p, const bench_options *o, unsigned unknown_percent, bench_report *r) {
  char path[500];
  double together[2] = {0}, apart[2] = {0};
  uint64_t households = 0, leaves = 0;
  ans_batch_report one, all;
  if (mkdir(o->directory, 0700) != 0 && errno != EEXIST) {
    fprintf(stderr, "bench: directory %s: %s\n", o->directory, strerror(errno));
    return false;
  }
  snprintf(path, sizeof path, "%s/bench-months.store", o->directory);
  drop_store(path);
  bool ok = fill(path, p, o, unknown_percent, &households) && run_months(path, p, FIRST_MONTH, FIRST_MONTH + MONTHS - 1, together, &all);
  for (int32_t m = 0; ok && m < MONTHS; m++) {
    ok = run_months(path, p, FIRST_MONTH + m, FIRST_MONTH + m, apart, &one);
    leaves += ok ? (uint64_t)one.leaves : 0;
  }
  drop_store(path);
  if (!ok) return false;
  const double h = (double)households;
  printf("  %-20s in a run of %" PRIu64 " households: 24 months %.0f ns per household (evaluate %.0f), 24 runs of one month %.0f (%.0f), ratio %.3f; %" PRId64 " claims, %" PRId64 " receipts, %" PRIu64 " in the 24 runs\n", p->benefits[0].name, households,
         together[0] / h, together[1] / h, apart[0] / h, apart[1] / h, together[0] / apart[0], all.claims, all.leaves, leaves);
  bench_report_row(r, "months_run");
  bench_report_text(r, "law", p->benefits[0].name);
  bench_report_number(r, "unknown_percent", unknown_percent);
  bench_report_number(r, "households", h);
  bench_report_number(r, "months", MONTHS);
  bench_report_number(r, "claims", (double)all.claims);
  bench_report_number(r, "receipts", (double)all.leaves);
  bench_report_number(r, "run_ns_per_household", together[0] / h);
  bench_report_number(r, "runs_ns_per_household", apart[0] / h);
  bench_report_number(r, "ratio", together[0] / apart[0]);
  bench_report_number(r, "receipts_of_single_months", (double)leaves);
  return true;
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
    ok = ok && in_a_run(s.law[KINDERGELD].code.program, o, unknown[k], r);
    fflush(stdout);
    laws_dispose(&s);
  }
  unsetenv(VM_ISA_VARIABLE);
  return ok;
}
