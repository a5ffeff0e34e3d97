/* What a list of missing facts costs (docs/performance.md): one component with two rows of every unit and nothing known but, in the first variant, the references; every claim of it is decided
 * with several bounds of evaluations. That is the worst a case of this size can be: real ones know most facts. */
#include <inttypes.h>
#include <string.h>
#include "bench.h"
#include "decide/decide.h"
#include "num/calendar.h"
#include "num/period.h"

enum { RELEVANCE_ROWS = 2, RELEVANCE_ROUNDS = 5, RELEVANCE_MONTH = 2026 * 12 + 5 };

static bool put_rows(ans_columns_builder *b, const ans_program *p, bool references, ans_error *err) {
  ans_status st = ans_columns_begin_component(b, err);
  for (uint32_t u = 1; u < p->unit_count; u++)
    for (uint32_t i = 0, row; i < RELEVANCE_ROWS && p->units[u].parent == ANS_NONE && st == ANS_OK; i++) st = ans_columns_add_row(b, u, i ? "2" : "1", &row, err);
  for (uint32_t f = 0; f < p->fact_count && references; f++)
    for (uint32_t i = 0; i < RELEVANCE_ROWS && st == ANS_OK; i++)
      if (p->facts[f].kind == ANS_FACT_SCALAR && p->facts[f].type.tag == ANS_T_REF) st = ans_columns_set(b, f, i, (ans_scalar){.v = i}, err);
  if (st == ANS_OK) st = ans_columns_end_component(b, err);
  return !bench_failed("a case without facts", st, err);
}

static bool measure_claim(ans_columns *c, const ans_program *p, const char *variant, uint32_t benefit, uint32_t bound, bench_report *r) {
  double times[RELEVANCE_ROUNDS];
  ans_outcome o = {.ask_next = ANS_NONE};
  ans_error err = {0};
  uint32_t proven = 0;
  int32_t period = ans_period_of(p->period_kind, ans_month_first(RELEVANCE_MONTH));
  if (p->last_period < period) period = p->last_period;
  for (int i = 0; i < RELEVANCE_ROUNDS; i++) {
    const uint64_t from = bench_cpu();
    if (bench_failed("decide", ans_decide_claim(c, 0, benefit, 0, period, &(ans_claim_context){0}, bound, &o, NULL, &err), &err)) return false;
    times[i] = (double)(bench_cpu() - from) / 1e6;
  }
  const double ms = bench_median(times, RELEVANCE_ROUNDS);
  for (uint32_t i = 0; i < o.missing_count; i++) proven += o.missing[i].proven;
  printf("  %-20s %-18s %5u %8.2f ms  %5u evaluations  %2u missing, %2u proven, %s%s\n", p->benefits[benefit].name, variant, bound, ms, o.evaluations, o.missing_count, proven,
         ans_merits_name(o.merits, true), o.missing_exact ? ", exact" : "");
  bench_report_row(r, "relevance");
  bench_report_text(r, "package", p->name);
  bench_report_text(r, "benefit", p->benefits[benefit].name);
  bench_report_text(r, "variant", variant);
  bench_report_number(r, "bound", bound);
  bench_report_number(r, "ms", ms);
  bench_report_number(r, "evaluations", o.evaluations);
  bench_report_number(r, "missing", o.missing_count);
  bench_report_number(r, "proven", proven);
  return true;
}

bool bench_relevance(const ans_program *p, bench_report *r) {
  static const uint32_t bounds[] = {0, 64, ANS_ENUMERATE_MAX};
  bool ok = true;
  printf("\nmissing facts of a claim about which nothing is known, processor time, median of %d\n", RELEVANCE_ROUNDS);
  for (int references = 1; references >= 0 && ok; references--) {
    ans_error err = {0};
    ans_columns *c = NULL;
    ans_columns_builder *b = ans_columns_builder_new(p);
    ok = b && put_rows(b, p, references, &err) && !bench_failed("a case without facts", ans_columns_finish(b, &c, &err), &err);
    ans_columns_builder_free(b);
    for (uint32_t i = 0; i < p->benefit_count && ok; i++)
      for (size_t k = 0; k < sizeof bounds / sizeof *bounds && ok; k++) ok = measure_claim(c, p, references ? "references known" : "nothing known", i, bounds[k], r);
    ans_columns_free(c);
  }
  return ok;
}
