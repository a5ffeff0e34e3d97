/* Three laws about the same households: Kindergeld, Wohngeld, Unterhaltsvorschuss. Each package gets its columns from the same plain arrays; before anything is timed the VM (every instruction set) and
 * the replay are compared with the scalar program of the law over many months, and the column program with it on the part it covers. Then all of them are run in turn within each
 * round; the median counts. See laws.h, column.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "exceptions.h"
#include "laws_stage.h"
#include "profile.h"
#include "replay/replay.h"

enum { REPLAY_EVERY = 40, SHOWN = 8 };
enum { SERIES_SCALAR = MAX_ISA, SERIES_REPLAY, SERIES_DEMAND, SERIES_EMITTED, SERIES_ISLAND_SCALAR, SERIES_COLUMN, SERIES_COUNT };

/* --- running one law ----------------------------------------------------------------------------------------------------------------------------------------------------------------- */
static bool run_scalar(laws_stage *s, unsigned which, int32_t month) {
  law *l = &s->law[which];
  if (which == WOHNGELD) return law_wohngeld(&s->more, month, l->decided);
  if (which == UVG) return law_uvg(&s->more, month, l->decided);
  return bench_scalar(&s->base, 0, s->base.cluster_count, month, s->child_benefit);
}

static bool scalar_for_comparison(laws_stage *s, unsigned which, int32_t month) {
  law *l = &s->law[which];
  if (!run_scalar(s, which, month)) {
    fprintf(stderr, "bench: the scalar program for %s gave up in month %d\n", l->name, month);
    return false;
  }
  for (uint32_t k = 0; which == KINDERGELD && k < l->rows; k++) {
    const bench_decision *d = &s->child_benefit[k];
    l->decided[k] = (law_decision){.entitled = (uint8_t)d->entitled, .amount_known = d->amount_known, .amount_cents = d->amount_cents};
  }
  return true;
}

/* --- agreement ------------------------------------------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct law_agreement { uint64_t vm_rows, replay_rows, emitted_rows, undetermined, entitled, differences; } law_agreement;

static void compare_row(const law *l, const char *who, int32_t month, uint32_t row, ans_scalar yes, ans_scalar amount, law_agreement *a) {
  const law_decision *d = &l->decided[row];
  const bool same_truth = d->entitled == OPEN ? yes.state != ANS_VALUE : yes.state == ANS_VALUE && (yes.v != 0) == (d->entitled == YES);
  const bool same_amount = d->amount_known ? amount.state == ANS_VALUE && amount.v == d->amount_cents : amount.state != ANS_VALUE;
  if (same_truth && same_amount) return;
  if (a->differences++ < SHOWN)
    fprintf(stderr, "bench: %s: %s and the scalar program differ in %04d-%02d, row %u: %" PRId64 "/%u %" PRId64 "/%u (value/state), scalar %u %u:%" PRId64 "\n", l->name, who, month / 12, month % 12 + 1, row, yes.v,
            yes.state, amount.v, amount.state, d->entitled, d->amount_known, d->amount_cents);
}

static bool compare_replay(const law *l, int32_t month, law_agreement *a) {
  for (uint32_t k = 0; k < l->columns->components; k += REPLAY_EVERY) {
    ans_error err = {0};
    ans_trace *t[2] = {NULL, NULL}; /* all cells in order; on demand */
    if (bench_failed("replay", ans_replay_run(l->columns, k, month, &t[0], &err), &err) || bench_failed("replay", ans_replay_demand(l->columns, k, month, ANS_DAY_MAX, &t[1], &err), &err)) return false;
    const uint32_t first = l->columns->units[l->unit].component_first[k], end = l->columns->units[l->unit].component_first[k + 1];
    for (int way = 0; way < 2; way++)
      for (uint32_t row = first; row < end; row++, a->replay_rows += way == 0)
        compare_row(l, way ? "replay on demand" : "replay", month, row, ans_trace_get(t[way], l->reg[0], row - first), ans_trace_get(t[way], l->reg[1], row - first), a);
    if (bench_failed("replay", ans_trace_check(t[1], &err), &err)) return false;
    ans_trace_free(t[0]);
    ans_trace_free(t[1]);
  }
  return true;
}

static bool compare_emitted(law *l, int32_t month, law_agreement *a) {
  if (!embedded_period(&l->emitted, month)) return false;
  for (uint32_t i = 0; i < l->emitted.count; i++) {
    const uint32_t first = l->columns->units[l->unit].component_first[i * EMITTED_EVERY], end = l->columns->units[l->unit].component_first[i * EMITTED_EVERY + 1];
    if (!embedded_evaluate(&l->emitted, i)) return false;
    for (uint32_t row = first; row < end; row++, a->emitted_rows++)
      compare_row(l, "emitted C", month, row, embedded_cell(&l->emitted, l->reg[0], row - first), embedded_cell(&l->emitted, l->reg[1], row - first), a);
  }
  return true;
}

static bool compare_month(laws_stage *s, unsigned which, int32_t month, law_agreement *a) {
  law *l = &s->law[which];
  if (!scalar_for_comparison(s, which, month)) return false;
  for (unsigned k = 0; k < s->isa_count; k++) {
    if (!law_run(l, s->isa[k].kernels, month)) return false;
    for (uint32_t row = 0; row < l->rows; row++, a->vm_rows++) compare_row(l, s->isa[k].name, month, row, ans_vm_get(l->vm, l->reg[0], row), ans_vm_get(l->vm, l->reg[1], row), a);
  }
  for (uint32_t row = 0; row < l->rows; row++) {
    a->undetermined += l->decided[row].entitled == OPEN || !l->decided[row].amount_known;
    a->entitled += l->decided[row].entitled == YES;
  }
  return compare_replay(l, month, a) && compare_emitted(l, month, a);
}

static bool agree(laws_stage *s, unsigned unknown_percent, bench_report *r, uint64_t *differences) {
  for (unsigned which = 0; which < LAW_COUNT; which++) {
    law *l = &s->law[which];
    law_agreement a = {0};
    for (unsigned k = 0; k < l->month_count; k++)
      if (!compare_month(s, which, l->months[k], &a)) return false;
    const double rows = (double)l->rows * l->month_count;
    printf("  %-20s %8u rows, %2u months: vm %" PRIu64 ", replay %" PRIu64 ", emitted C %" PRIu64 " compared, undetermined %.1f %%, entitled %.1f %%, differences %" PRIu64 "\n", l->name, l->rows, l->month_count, a.vm_rows,
           a.replay_rows, a.emitted_rows, 100.0 * (double)a.undetermined / rows, 100.0 * (double)a.entitled / rows, a.differences);
    *differences += a.differences;
    bench_report_row(r, "law_agreement");
    bench_report_text(r, "law", l->name);
    bench_report_number(r, "unknown_percent", unknown_percent);
    bench_report_number(r, "rows", l->rows);
    bench_report_number(r, "months", l->month_count);
    bench_report_number(r, "vm_rows", (double)a.vm_rows);
    bench_report_number(r, "replay_rows", (double)a.replay_rows);
    bench_report_number(r, "emitted_rows", (double)a.emitted_rows);
    bench_report_number(r, "undetermined", (double)a.undetermined / rows);
    bench_report_number(r, "entitled", (double)a.entitled / rows);
    bench_report_number(r, "differences", (double)a.differences);
  }
  return true;
}

/* The column program against the scalar one, on the rows it covers. */
static bool agree_columns(laws_stage *s, bench_report *r, uint64_t *differences) {
  for (unsigned which = 0; which < LAW_COUNT; which++) {
    law *l = &s->law[which];
    uint64_t rows = 0, bad = 0;
    const uint32_t covered = column_rows(s->columns, which);
    for (unsigned m = 0; m < l->month_count; m++) {
      if (!scalar_for_comparison(s, which, l->months[m]) || !column_run(s->columns, which, l->months[m])) return false;
      for (uint32_t k = 0; k < covered; k++, rows++) {
        const law_decision *d = &l->decided[column_row(s->columns, which, k)];
        const int64_t cents = column_cents(s->columns, which, k);
        if (d->amount_known && d->amount_cents == cents) continue;
        if (bad++ < SHOWN)
          fprintf(stderr, "bench: %s: the column program and the scalar program differ in month %d, row %u: %" PRId64 ", scalar %u:%" PRId64 "\n", l->name, l->months[m], column_row(s->columns, which, k), cents,
                  d->amount_known, d->amount_cents);
      }
    }
    printf("  %-20s column C covers %u of %u rows (%.1f %%); %" PRIu64 " compared, differences %" PRIu64 "\n", l->name, covered, l->rows, 100.0 * covered / l->rows, rows, bad);
    *differences += bad;
    bench_report_row(r, "column_agreement");
    bench_report_text(r, "law", l->name);
    bench_report_number(r, "covered", covered);
    bench_report_number(r, "rows", l->rows);
    bench_report_number(r, "compared", (double)rows);
    bench_report_number(r, "differences", (double)bad);
  }
  return true;
}

/* --- times ---------------------------------------------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct law_series { double ns[LAW_COUNT][SERIES_COUNT][BENCH_MAX_ROUNDS]; } law_series;

static bool time_replay(const law *l, int32_t month, double *ns) {
  const uint64_t t0 = bench_cpu();
  uint32_t done = 0;
  for (uint32_t k = 0; k < l->columns->components; k += REPLAY_EVERY, done++) {
    ans_error err = {0};
    ans_trace *t = NULL;
    if (bench_failed("replay", ans_replay_run(l->columns, k, month, &t, &err), &err)) return false;
    ans_trace_free(t);
  }
  *ns = (double)(bench_cpu() - t0) * l->columns->components / done;
  return true;
}

/* Entitlement and amount of every claim, nothing else: cells on demand. */
static bool time_demand(const law *l, int32_t month, double *ns) {
  const uint64_t t0 = bench_cpu();
  uint32_t done = 0;
  int64_t sum = 0;
  for (uint32_t k = 0; k < l->columns->components; k += REPLAY_EVERY, done++) {
    ans_error err = {0};
    ans_trace *t = NULL;
    if (bench_failed("replay", ans_replay_demand(l->columns, k, month, ANS_DAY_MAX, &t, &err), &err)) return false;
    const uint32_t rows = ans_trace_unit_rows(t, l->unit);
    for (uint32_t row = 0; row < rows; row++) sum += ans_trace_get(t, l->reg[0], row).v + ans_trace_get(t, l->reg[1], row).v;
    const bool ok = !bench_failed("replay", ans_trace_check(t, &err), &err);
    ans_trace_free(t);
    if (!ok) return false;
  }
  *ns = (double)(bench_cpu() - t0) * l->columns->components / done;
  return sum >= 0; /* no amount is negative; the sum is asked for, so that the cells are */
}

static bool round_of(laws_stage *s, unsigned round, law_series *out) {
  for (unsigned which = 0; which < LAW_COUNT; which++) {
    law *l = &s->law[which];
    for (unsigned k = 0; k < s->isa_count; k++) {
      const uint64_t t0 = bench_cpu();
      if (!law_run(l, s->isa[k].kernels, TIMED_MONTH)) return false;
      out->ns[which][k][round] = (double)(bench_cpu() - t0);
    }
    uint64_t t0 = bench_cpu();
    if (!run_scalar(s, which, TIMED_MONTH)) return false;
    out->ns[which][SERIES_SCALAR][round] = (double)(bench_cpu() - t0);
    double *emitted = &out->ns[which][SERIES_EMITTED][round];
    if (!time_replay(l, TIMED_MONTH, &out->ns[which][SERIES_REPLAY][round]) || !time_demand(l, TIMED_MONTH, &out->ns[which][SERIES_DEMAND][round]) || !embedded_time(&l->emitted, TIMED_MONTH, emitted)) return false;
    *emitted *= (double)l->columns->components / l->emitted.count;
    if (!s->islands) continue;
    t0 = bench_cpu();
    if (!column_scalar(s->columns, which, TIMED_MONTH)) return false;
    out->ns[which][SERIES_ISLAND_SCALAR][round] = (double)(bench_cpu() - t0);
    t0 = bench_cpu();
    if (!column_run(s->columns, which, TIMED_MONTH)) return false;
    out->ns[which][SERIES_COLUMN][round] = (double)(bench_cpu() - t0);
  }
  return true;
}

static void print_line(const laws_stage *s, const char *law_name, const char *engine, double ns, double base, double per, const char *per_what, unsigned unknown_percent, bench_report *r) {
  (void)s;
  printf("  %-22s %-22s %12.1f ns per %s %8.2f x scalar\n", law_name, engine, ns / per, per_what, ns / base);
  bench_report_row(r, "laws");
  bench_report_text(r, "law", law_name);
  bench_report_text(r, "engine", engine);
  bench_report_number(r, "unknown_percent", unknown_percent);
  bench_report_text(r, "per", per_what);
  bench_report_number(r, "ns", ns / per);
  bench_report_number(r, "ratio_to_scalar", ns / base);
}

static void print_times(laws_stage *s, law_series *all, unsigned unknown_percent, bench_report *r) {
  const char *names[SERIES_COUNT] = {[SERIES_SCALAR] = "scalar C", [SERIES_REPLAY] = "replay, whole trace", [SERIES_DEMAND] = "row interpreter (replay on demand)", [SERIES_EMITTED] = "emitted C"};
  double sum[SERIES_COUNT] = {0};
  for (unsigned k = 0; k < s->isa_count; k++) names[k] = s->isa[k].name;
  for (unsigned which = 0; which < LAW_COUNT; which++) {
    double *m[SERIES_COUNT], median[SERIES_COUNT];
    for (unsigned k = 0; k < SERIES_COUNT; k++) {
      m[k] = all->ns[which][k];
      median[k] = bench_median(m[k], s->o->rounds);
      sum[k] += median[k];
    }
    for (unsigned k = 0; k <= SERIES_EMITTED; k++)
      if (names[k]) print_line(s, s->law[which].name, names[k], median[k], median[SERIES_SCALAR], s->base.households, "household", unknown_percent, r);
    if (!s->islands) continue;
    const double rows = column_rows(s->columns, which) ? column_rows(s->columns, which) : 1;
    print_line(s, s->law[which].name, "scalar C, islands", median[SERIES_ISLAND_SCALAR], median[SERIES_ISLAND_SCALAR], rows, "row covered", unknown_percent, r);
    print_line(s, s->law[which].name, "column C, islands", median[SERIES_COLUMN], median[SERIES_ISLAND_SCALAR], rows, "row covered", unknown_percent, r);
  }
  for (unsigned k = 0; k <= SERIES_EMITTED; k++)
    if (names[k]) print_line(s, "three laws", names[k], sum[k], sum[SERIES_SCALAR], s->base.households, "household", unknown_percent, r);
}

static bool measure(laws_stage *s, unsigned unknown_percent, bench_report *r) {
  law_series *all = calloc(1, sizeof *all);
  bool ok = all != NULL;
  for (unsigned k = 0; ok && k < s->o->rounds; k++) ok = round_of(s, k, all);
  if (ok) {
    printf("  month %04d-%02d, median of %u rounds, processor time\n", TIMED_MONTH / 12, TIMED_MONTH % 12 + 1, s->o->rounds);
    print_times(s, all, unknown_percent, r);
  }
  free(all);
  return ok;
}

static void print_population(const laws_stage *s, unsigned unknown_percent, bench_report *r) {
  const law_population *w = &s->more;
  uint32_t crossing = 0;
  for (uint32_t k = 0; k < w->base->cluster_count; k++) {
    bool more = w->base->clusters[k].crosses;
    for (uint32_t h = w->clusters[k].first_house; h < w->clusters[k + 1].first_house; h++) more = more || w->houses[h].crosses;
    crossing += more;
  }
  printf("\nthree laws, %u %% of the facts unknown: %u clusters, %u homes, %u persons; %u pairs, %u households with %u members and %u receipts of income, %u cases\n", unknown_percent, w->base->cluster_count,
         w->base->households, w->base->person_count, w->base->pair_count, w->house_count, w->member_count, w->income_count, w->case_count);
  printf("  pointers across households: %.1f %% of the clusters, %.1f %% of the households of Wohngeld\n", 100.0 * crossing / w->base->cluster_count, 100.0 * w->crossing_houses / w->house_count);
  bench_report_row(r, "law_population");
  bench_report_number(r, "unknown_percent", unknown_percent);
  bench_report_number(r, "clusters", w->base->cluster_count);
  bench_report_number(r, "households", w->base->households);
  bench_report_number(r, "persons", w->base->person_count);
  bench_report_number(r, "pairs", w->base->pair_count);
  bench_report_number(r, "houses", w->house_count);
  bench_report_number(r, "members", w->member_count);
  bench_report_number(r, "incomes", w->income_count);
  bench_report_number(r, "cases", w->case_count);
  bench_report_number(r, "clusters_crossing", (double)crossing / w->base->cluster_count);
  bench_report_number(r, "houses_crossing", (double)w->crossing_houses / w->house_count);
}

/* How much of the law the measured month asks: rows decided by each law, and (all facts known) how deep the exceptions stand that apply. */
static bool describe_month(laws_stage *s, unsigned unknown_percent, bench_report *r) {
  for (unsigned which = 0; which < LAW_COUNT; which++) {
    law *l = &s->law[which];
    uint32_t yes = 0, open = 0;
    if (!scalar_for_comparison(s, which, TIMED_MONTH)) return false;
    for (uint32_t row = 0; row < l->rows; row++) {
      yes += l->decided[row].entitled == YES;
      open += l->decided[row].entitled == OPEN || !l->decided[row].amount_known;
    }
    printf("  %-20s in the measured month: entitled %.1f %%, undetermined %.1f %% of %u rows\n", l->name, 100.0 * yes / l->rows, 100.0 * open / l->rows, l->rows);
    bench_report_row(r, "law_month");
    bench_report_text(r, "law", l->name);
    bench_report_number(r, "unknown_percent", unknown_percent);
    bench_report_number(r, "entitled", (double)yes / l->rows);
    bench_report_number(r, "undetermined", (double)open / l->rows);
    exceptions x;
    if (unknown_percent) continue;
    if (!exceptions_met(l->columns, TIMED_MONTH, &x)) return false;
    exceptions_print(l->code.program->name, &x, true, r);
  }
  return true;
}

bool bench_laws(const bench_options *o, bench_report *r, uint64_t *differences) {
  static const unsigned unknown[] = {0, 3, 30};
  bool ok = true;
  for (size_t k = 0; ok && k < sizeof unknown / sizeof *unknown; k++) {
    laws_stage s;
    ok = laws_make(&s, o, unknown[k]);
    if (ok) {
      print_population(&s, unknown[k], r);
      if (o->profile) {
        for (unsigned w = 0; w < LAW_COUNT && ok; w++) ok = bench_profile(s.law[w].vm, s.law[w].columns, TIMED_MONTH, s.law[w].name, s.base.households);
        laws_dispose(&s);
        continue;
      }
      if (o->dump && s.islands) {
        ok = column_dump(s.columns, o->dump, TIMED_MONTH);
        laws_dispose(&s);
        return ok;
      }
      ok = agree(&s, unknown[k], r, differences) && (!s.islands || agree_columns(&s, r, differences)) && describe_month(&s, unknown[k], r) && measure(&s, unknown[k], r);
      for (unsigned w = 0; w < LAW_COUNT && ok && s.islands; w++) ok = bench_single(s.law[w].code.program, s.law[w].columns, o, TIMED_MONTH, r);
    }
    fflush(stdout);
    laws_dispose(&s);
  }
  return ok;
}
