/* Three laws about the same households: Kindergeld, Wohngeld, Unterhaltsvorschuss. Each package gets its columns from the same plain arrays; before anything is timed the VM (every instruction set) and
 * the replay are compared with the scalar program of the law over many months, and the column program with it on the part it covers. Then all of them are run in turn within each
 * round; the median counts. See laws.h, column.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "column.h"
#include "isa.h"
#include "laws.h"
#include "lower/lower.h"
#include "replay/replay.h"

enum { KINDERGELD, WOHNGELD, UVG, LAW_COUNT, REPLAY_EVERY = 40, SHOWN = 8, TIMED_MONTH = 2026 * 12 + 5 };
enum { SERIES_SCALAR = MAX_ISA, SERIES_REPLAY, SERIES_DEMAND, SERIES_ISLAND_SCALAR, SERIES_COLUMN, SERIES_COUNT };

typedef struct law {
  const char *name, *path;
  ans_compilation code;
  ans_columns *columns;
  ans_vm *vm;
  uint32_t reg[2], unit, rows;
  law_decision *decided, *column;
  const int32_t *months; unsigned month_count;
} law;

typedef struct laws_stage {
  const bench_options *o;
  bench_population base;
  law_population more;
  law law[LAW_COUNT];
  isa isa[MAX_ISA]; unsigned isa_count;
  bench_decision *child_benefit;
  column_laws *columns;              /* of the island households; NULL where facts are unknown */
  bool islands;
} laws_stage;

/* Months around changes of the law, and ordinary ones. */
static const int32_t child_months[] = {2016 * 12, 2019 * 12 + 6, 2022 * 12 + 11, 2023 * 12, 2026 * 12 + 5};
static const int32_t wohngeld_months[] = {2020 * 12, 2020 * 12 + 10, 2021 * 12, 2021 * 12 + 8, 2022 * 12 + 3, 2022 * 12 + 11, 2023 * 12, 2023 * 12 + 6, 2024 * 12 + 11, 2025 * 12, 2025 * 12 + 6, 2026 * 12 + 5, 2026 * 12 + 11};
static const int32_t uvg_months[] = {2017 * 12, 2017 * 12 + 5, 2017 * 12 + 6, 2018 * 12 + 1, 2019 * 12 + 6, 2020 * 12 + 1, 2021 * 12, 2022 * 12 + 7, 2023 * 12 + 2, 2024 * 12 + 1, 2025 * 12 + 3, 2026 * 12 + 5, 2026 * 12 + 11};

/* --- making ------------------------------------------------------------------------------------------------------------------------------------------------------------------------ */
static void laws_dispose(laws_stage *s) {
  for (unsigned k = 0; k < LAW_COUNT; k++) {
    law *l = &s->law[k];
    ans_vm_free(l->vm);
    ans_columns_free(l->columns);
    free(l->decided);
    free(l->column);
    ans_compilation_dispose(&l->code);
  }
  free(s->child_benefit);
  column_laws_free(s->columns);
  law_population_dispose(&s->more);
  bench_population_dispose(&s->base);
}

static bool law_open(law *l, const char *path, uint32_t rows) {
  ans_error err = {0};
  ans_diags *diags = ans_diags_new();
  const bool ok = diags && !bench_failed(path, ans_compile_path(path, diags, &l->code, &err), &err) && l->code.program;
  ans_diags_free(diags);
  if (!ok) return false;
  const ans_program *p = l->code.program;
  const ans_benefit *b = &p->benefits[0];
  l->name = b->name;
  l->path = path;
  l->rows = rows;
  l->reg[0] = p->results[b->entitled_result].insn;
  l->reg[1] = p->results[b->amount_result].insn;
  l->unit = p->insns[l->reg[0]].unit;
  l->vm = ans_vm_new(p, l->reg, 2, 0);
  l->decided = calloc((size_t)rows + 1, sizeof *l->decided);
  l->column = calloc((size_t)rows + 1, sizeof *l->column);
  return l->vm && l->decided && l->column;
}

static bool laws_make(laws_stage *s, const bench_options *o, unsigned unknown_percent) {
  const bench_rates rates = {.seed = o->seed, .unknown_percent = unknown_percent, .families_only = true};
  ans_error err = {0};
  bench_names names;
  *s = (laws_stage){.o = o};
  bench_population_make(&s->base, &rates, 0, o->families, true);
  law_population_make(&s->more, &s->base, &rates, 0);
  s->isa_count = isas(s->isa);
  s->child_benefit = calloc((size_t)s->base.pair_count + 1, sizeof *s->child_benefit);
  if (!s->child_benefit || !law_open(&s->law[KINDERGELD], "rules/bund/estg/kindergeld", s->base.pair_count) || !law_open(&s->law[WOHNGELD], "rules/bund/wogg/wohngeld", s->more.house_count) ||
      !law_open(&s->law[UVG], "rules/bund/uhvorschg/unterhaltsvorschuss", s->more.case_count))
    return false;
  s->law[KINDERGELD].months = child_months, s->law[KINDERGELD].month_count = sizeof child_months / sizeof *child_months;
  s->law[WOHNGELD].months = wohngeld_months, s->law[WOHNGELD].month_count = sizeof wohngeld_months / sizeof *wohngeld_months;
  s->law[UVG].months = uvg_months, s->law[UVG].month_count = sizeof uvg_months / sizeof *uvg_months;
  if (!bench_names_bind(s->law[KINDERGELD].code.program, &names)) return false;
  s->islands = !unknown_percent;
  if (s->islands) s->columns = column_laws_make(&s->more);
  return !bench_failed("columns", bench_columns(s->law[KINDERGELD].code.program, &names, &s->base, &s->law[KINDERGELD].columns, &err), &err) &&
         !bench_failed("columns", law_wohngeld_columns(s->law[WOHNGELD].code.program, &s->more, &s->law[WOHNGELD].columns, &err), &err) &&
         !bench_failed("columns", law_uvg_columns(s->law[UVG].code.program, &s->more, &s->law[UVG].columns, &err), &err) && (!s->islands || s->columns);
}

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

static bool run_vm(law *l, const vm_kernels *kernels, int32_t month) {
  ans_error err = {0};
  l->vm->k = kernels;
  return !bench_failed("vm", ans_vm_run(l->vm, l->columns, 0, l->columns->components, month, &err), &err);
}

/* --- agreement ------------------------------------------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct law_agreement { uint64_t vm_rows, replay_rows, column_rows, undetermined, entitled, differences; } law_agreement;

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

static bool compare_month(laws_stage *s, unsigned which, int32_t month, law_agreement *a) {
  law *l = &s->law[which];
  if (!scalar_for_comparison(s, which, month)) return false;
  for (unsigned k = 0; k < s->isa_count; k++) {
    if (!run_vm(l, s->isa[k].kernels, month)) return false;
    for (uint32_t row = 0; row < l->rows; row++, a->vm_rows++) compare_row(l, s->isa[k].name, month, row, ans_vm_get(l->vm, l->reg[0], row), ans_vm_get(l->vm, l->reg[1], row), a);
  }
  for (uint32_t row = 0; row < l->rows; row++) {
    a->undetermined += l->decided[row].entitled == OPEN || !l->decided[row].amount_known;
    a->entitled += l->decided[row].entitled == YES;
  }
  return compare_replay(l, month, a);
}

static bool agree(laws_stage *s, unsigned unknown_percent, bench_report *r, uint64_t *differences) {
  for (unsigned which = 0; which < LAW_COUNT; which++) {
    law *l = &s->law[which];
    law_agreement a = {0};
    for (unsigned k = 0; k < l->month_count; k++)
      if (!compare_month(s, which, l->months[k], &a)) return false;
    const double rows = (double)l->rows * l->month_count;
    printf("  %-20s %8u rows, %2u months: vm %" PRIu64 ", replay %" PRIu64 " compared, undetermined %.1f %%, entitled %.1f %%, differences %" PRIu64 "\n", l->name, l->rows, l->month_count, a.vm_rows,
           a.replay_rows, 100.0 * (double)a.undetermined / rows, 100.0 * (double)a.entitled / rows, a.differences);
    *differences += a.differences;
    bench_report_row(r, "law_agreement");
    bench_report_text(r, "law", l->name);
    bench_report_number(r, "unknown_percent", unknown_percent);
    bench_report_number(r, "rows", l->rows);
    bench_report_number(r, "months", l->month_count);
    bench_report_number(r, "vm_rows", (double)a.vm_rows);
    bench_report_number(r, "replay_rows", (double)a.replay_rows);
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
      if (!run_vm(l, s->isa[k].kernels, TIMED_MONTH)) return false;
      out->ns[which][k][round] = (double)(bench_cpu() - t0);
    }
    uint64_t t0 = bench_cpu();
    if (!run_scalar(s, which, TIMED_MONTH)) return false;
    out->ns[which][SERIES_SCALAR][round] = (double)(bench_cpu() - t0);
    if (!time_replay(l, TIMED_MONTH, &out->ns[which][SERIES_REPLAY][round]) || !time_demand(l, TIMED_MONTH, &out->ns[which][SERIES_DEMAND][round])) return false;
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
  const char *names[SERIES_COUNT] = {[SERIES_SCALAR] = "scalar C", [SERIES_REPLAY] = "replay, whole trace", [SERIES_DEMAND] = "row interpreter (replay on demand)"};
  double sum[SERIES_COUNT] = {0};
  for (unsigned k = 0; k < s->isa_count; k++) names[k] = s->isa[k].name;
  for (unsigned which = 0; which < LAW_COUNT; which++) {
    double *m[SERIES_COUNT], median[SERIES_COUNT];
    for (unsigned k = 0; k < SERIES_COUNT; k++) {
      m[k] = all->ns[which][k];
      median[k] = bench_median(m[k], s->o->rounds);
      sum[k] += median[k];
    }
    for (unsigned k = 0; k <= SERIES_DEMAND; k++)
      if (names[k]) print_line(s, s->law[which].name, names[k], median[k], median[SERIES_SCALAR], s->base.households, "household", unknown_percent, r);
    if (!s->islands) continue;
    const double rows = column_rows(s->columns, which) ? column_rows(s->columns, which) : 1;
    print_line(s, s->law[which].name, "scalar C, islands", median[SERIES_ISLAND_SCALAR], median[SERIES_ISLAND_SCALAR], rows, "row covered", unknown_percent, r);
    print_line(s, s->law[which].name, "column C, islands", median[SERIES_COLUMN], median[SERIES_ISLAND_SCALAR], rows, "row covered", unknown_percent, r);
  }
  for (unsigned k = 0; k <= SERIES_DEMAND; k++)
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

bool bench_laws(const bench_options *o, bench_report *r, uint64_t *differences) {
  static const unsigned unknown[] = {0, 3, 30};
  bool ok = true;
  for (size_t k = 0; ok && k < sizeof unknown / sizeof *unknown; k++) {
    laws_stage s;
    ok = laws_make(&s, o, unknown[k]);
    if (ok) {
      print_population(&s, unknown[k], r);
      if (o->dump && s.islands) {
        ok = column_dump(s.columns, o->dump, TIMED_MONTH);
        laws_dispose(&s);
        return ok;
      }
      ok = agree(&s, unknown[k], r, differences) && (!s.islands || agree_columns(&s, r, differences)) && measure(&s, unknown[k], r);
      for (unsigned w = 0; w < LAW_COUNT && ok && s.islands; w++) ok = bench_single(s.law[w].code.program, s.law[w].columns, o, TIMED_MONTH, r);
    }
    fflush(stdout);
    laws_dispose(&s);
  }
  return ok;
}

/* --- instruction counts ------------------------------------------------------------------------------------------------------------------------------------------------------------- */
/* The function that ratchet.py lets callgrind count: one run of one package over the population, portable kernels. */
bool ratchet_run(ans_vm *vm, const ans_columns *c, int32_t month);
__attribute__((noinline)) bool ratchet_run(ans_vm *vm, const ans_columns *c, int32_t month) {
  ans_error err = {0};
  return !bench_failed("vm", ans_vm_run(vm, c, 0, c->components, month, &err), &err);
}

bool bench_ratchet(const bench_options *o) {
  laws_stage s;
  bool ok = laws_make(&s, o, 0);
  for (unsigned k = 0; k < LAW_COUNT && ok; k++) {
    law *l = &s.law[k];
    ok = run_vm(l, &vm__kernels_base, TIMED_MONTH) && ratchet_run(l->vm, l->columns, TIMED_MONTH); /* the first run allocates */
    if (ok) printf("ratchet %s %u households, %u opcodes per batch\n", l->name, s.base.households, l->vm->step_count - l->vm->once_count);
  }
  laws_dispose(&s);
  return ok;
}
