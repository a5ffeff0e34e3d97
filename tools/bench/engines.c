/* Compares the engines with the scalar program on one population: first that they agree, then how long they take. All of them are run in turn within each round, so that a
 * change of the machine's pace hits all alike; the median of the rounds counts. */
#include <inttypes.h>
#include <stdlib.h>
#include "bench.h"
#include "embedded.h"
#include "isa.h"
#include "replay/replay.h"
#include "scalar.h"

enum { REPLAY_SHARE = 40, EMITTED_SHARE = 4, TIMED_MONTHS = 2 };

typedef struct stage {
  const ans_program *p;
  const bench_options *o;
  bench_population w;
  ans_columns *c;
  ans_vm *vm;
  uint32_t reg[3];                 /* Anspruch, Betrag, Auszahlung */
  bench_decision *decided;
  isa isa[MAX_ISA]; unsigned isa_count;
  uint32_t replayed;               /* components of the replay, every REPLAY_SHARE-th */
  embedded c17;                    /* the emitted C, on every EMITTED_SHARE-th */
} stage;

static void stage_dispose(stage *s) {
  ans_vm_free(s->vm);
  ans_columns_free(s->c);
  free(s->decided);
  embedded_dispose(&s->c17);
  bench_population_dispose(&s->w);
}

static bool stage_make(stage *s, const ans_program *p, const bench_names *n, const bench_options *o, unsigned unknown_percent) {
  const ans_benefit *b = &p->benefits[0];
  const bench_rates rates = {.seed = o->seed, .unknown_percent = unknown_percent, .families_only = true};
  ans_error err = {0};
  *s = (stage){.p = p, .o = o};
  bench_population_make(&s->w, &rates, 0, o->families, true);
  if (bench_failed("columns", bench_columns(p, n, &s->w, &s->c, &err), &err)) return false;
  s->reg[0] = p->results[b->entitled_result].insn;
  s->reg[1] = p->results[b->amount_result].insn;
  s->reg[2] = p->results[b->payout_result == ANS_NONE ? b->amount_result : b->payout_result].insn;
  s->vm = ans_vm_new(p, s->reg, 3, 0);
  s->decided = calloc((size_t)s->w.pair_count + 1, sizeof *s->decided);
  s->isa_count = isas(s->isa);
  if (!embedded_make(&s->c17, embedded_kindergeld, p, s->c, EMITTED_SHARE)) return false;
  if (s->vm && s->decided) return true;
  fprintf(stderr, "bench: out of memory\n");
  return false;
}

/* --- agreement ------------------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct agreement { uint64_t rows, undetermined, differences; } agreement;

static bool same(const bench_decision *d, const ans_scalar x[3]) {
  if ((d->entitled == OPEN) != (x[0].state != ANS_VALUE) || (d->entitled != OPEN && (d->entitled == YES) != (x[0].v != 0))) return false;
  if (d->amount_known != (x[1].state == ANS_VALUE) || (d->amount_known && d->amount_cents != x[1].v)) return false;
  return d->payout_known == (x[2].state == ANS_VALUE) && (!d->payout_known || d->payout_cents == x[2].v);
}

static void compare_row(const stage *s, uint32_t row, int32_t month, const ans_scalar x[3], const char *who, agreement *a) {
  const bench_decision *d = &s->decided[row];
  a->rows++;
  a->undetermined += d->entitled == OPEN || !d->amount_known;
  if (same(d, x)) return;
  if (a->differences++ < 5)
    fprintf(stderr, "bench: %s and the scalar program differ in %04d-%02d, pair %u: %s has %" PRId64 "/%u %" PRId64 "/%u %" PRId64 "/%u (value/state), scalar %d %d:%" PRId64 " %d:%" PRId64 "\n", who, month / 12,
            month % 12 + 1, row, who, x[0].v, x[0].state, x[1].v, x[1].state, x[2].v, x[2].state, d->entitled, d->amount_known, d->amount_cents, d->payout_known, d->payout_cents);
}

static bool compare_replay(const stage *s, int32_t month, agreement *a) {
  const uint32_t unit = s->p->insns[s->reg[0]].unit;
  for (uint32_t k = 0; k < s->c->components; k += REPLAY_SHARE) {
    ans_error err = {0};
    ans_trace *t = NULL;
    if (bench_failed("replay", ans_replay_run(s->c, k, month, &t, &err), &err)) return false;
    const uint32_t first = s->c->units[unit].component_first[k], end = s->c->units[unit].component_first[k + 1];
    for (uint32_t row = first; row < end; row++) {
      const ans_scalar x[3] = {ans_trace_get(t, s->reg[0], row - first), ans_trace_get(t, s->reg[1], row - first), ans_trace_get(t, s->reg[2], row - first)};
      compare_row(s, row, month, x, "replay", a);
    }
    ans_trace_free(t);
  }
  return true;
}

static bool compare_emitted(stage *s, int32_t month, agreement *a) {
  const uint32_t unit = s->p->insns[s->reg[0]].unit;
  if (!embedded_period(&s->c17, month)) return false;
  for (uint32_t i = 0; i < s->c17.count; i++) {
    const uint32_t first = s->c->units[unit].component_first[i * EMITTED_SHARE];
    if (!embedded_evaluate(&s->c17, i)) return false;
    for (uint32_t row = 0; row < an_rows(&s->c17.run, unit); row++) {
      ans_scalar x[3];
      for (int k = 0; k < 3; k++) x[k] = embedded_cell(&s->c17, s->reg[k], row);
      compare_row(s, first + row, month, x, "emitted C", a);
    }
  }
  return true;
}

/* Every row of the VM (each instruction set), the replayed share and that of the emitted C against the scalar program. */
static bool compare(stage *s, int32_t month, agreement *vm, agreement *replay, agreement *emitted) {
  if (!bench_scalar(&s->w, 0, s->w.cluster_count, month, s->decided)) {
    fprintf(stderr, "bench: the scalar program gave up in month %d\n", month);
    return false;
  }
  for (unsigned k = 0; k < s->isa_count; k++) {
    ans_error err = {0};
    s->vm->k = s->isa[k].kernels;
    if (bench_failed("vm", ans_vm_run(s->vm, s->c, 0, s->c->components, month, &err), &err)) return false;
    for (uint32_t row = 0; row < s->w.pair_count; row++) {
      const ans_scalar x[3] = {ans_vm_get(s->vm, s->reg[0], row), ans_vm_get(s->vm, s->reg[1], row), ans_vm_get(s->vm, s->reg[2], row)};
      compare_row(s, row, month, x, s->isa[k].name, vm);
    }
  }
  return compare_replay(s, month, replay) && compare_emitted(s, month, emitted);
}

static bool agree(stage *s, unsigned unknown_percent, bench_report *r, uint64_t *differences) {
  /* Months around which the law or its transitional rules change, and ordinary ones. */
  static const int32_t months[] = {2015 * 12, 2015 * 12 + 11, 2016 * 12, 2017 * 12 + 5, 2018 * 12 + 11, 2019 * 12 + 6, 2019 * 12 + 7, 2020 * 12 + 2, 2022 * 12 + 11, 2023 * 12, 2025 * 12 + 8, 2026 * 12 + 5, 2026 * 12 + 11};
  agreement vm = {0}, replay = {0}, emitted = {0};
  for (size_t k = 0; k < sizeof months / sizeof *months; k++)
    if (!compare(s, months[k], &vm, &replay, &emitted)) return false;
  printf("  agreement over %zu months: vm %" PRIu64 " rows, replay %" PRIu64 " rows, emitted C %" PRIu64 " rows, undetermined %.1f %%, differences %" PRIu64 "\n", sizeof months / sizeof *months, vm.rows,
         replay.rows, emitted.rows, 100.0 * (double)vm.undetermined / (double)vm.rows, vm.differences + replay.differences + emitted.differences);
  *differences += vm.differences + replay.differences + emitted.differences;
  bench_report_row(r, "agreement");
  bench_report_number(r, "unknown_percent", unknown_percent);
  bench_report_number(r, "vm_rows", (double)vm.rows);
  bench_report_number(r, "replay_rows", (double)replay.rows);
  bench_report_number(r, "emitted_rows", (double)emitted.rows);
  bench_report_number(r, "undetermined", (double)vm.undetermined / (double)vm.rows);
  bench_report_number(r, "differences", (double)(vm.differences + replay.differences + emitted.differences));
  return true;
}

/* --- times ----------------------------------------------------------------------------------------------------------------------------------------------------- */
static bool time_replay(stage *s, int32_t month, double *ns) {
  const uint64_t t0 = bench_cpu();
  uint32_t households = 0;
  for (uint32_t k = 0; k < s->c->components; k += REPLAY_SHARE) {
    ans_error err = {0};
    ans_trace *t = NULL;
    if (bench_failed("replay", ans_replay_run(s->c, k, month, &t, &err), &err)) return false;
    ans_trace_free(t);
    households += s->w.clusters[k].households;
  }
  *ns = (double)(bench_cpu() - t0) / households;
  return true;
}

static bool time_emitted(stage *s, int32_t month, double *ns) {
  uint32_t households = 0;
  for (uint32_t i = 0; i < s->c17.count; i++) households += s->w.clusters[i * EMITTED_SHARE].households;
  const bool ok = embedded_time(&s->c17, month, ns);
  *ns /= households;
  return ok;
}

typedef struct series { double ns[BENCH_MAX_ROUNDS]; } series;

static bool round_of(stage *s, int32_t month, unsigned round, series *out) {
  for (unsigned k = 0; k < s->isa_count; k++) {
    ans_error err = {0};
    s->vm->k = s->isa[k].kernels;
    const uint64_t t0 = bench_cpu();
    if (bench_failed("vm", ans_vm_run(s->vm, s->c, 0, s->c->components, month, &err), &err)) return false;
    out[k].ns[round] = (double)(bench_cpu() - t0) / s->w.households;
  }
  const uint64_t t0 = bench_cpu();
  if (!bench_scalar(&s->w, 0, s->w.cluster_count, month, s->decided)) return false;
  out[MAX_ISA].ns[round] = (double)(bench_cpu() - t0) / s->w.households;
  return time_replay(s, month, &out[MAX_ISA + 1].ns[round]) && time_emitted(s, month, &out[MAX_ISA + 2].ns[round]);
}

static void print_row(const stage *s, const char *name, double ns, double scalar, int32_t month, unsigned unknown_percent, bench_report *r) {
  const double per_pair = ns * s->w.households / s->w.pair_count;
  printf("  %-12s %10.1f ns per household %10.1f ns per pair %8.2f x scalar\n", name, ns, per_pair, ns / scalar);
  bench_report_row(r, "engine");
  bench_report_text(r, "engine", name);
  bench_report_number(r, "month", month);
  bench_report_number(r, "unknown_percent", unknown_percent);
  bench_report_number(r, "ns_per_household", ns);
  bench_report_number(r, "ns_per_pair", per_pair);
  bench_report_number(r, "ratio_to_scalar", ns / scalar);
}

static bool measure(stage *s, int32_t month, unsigned unknown_percent, bench_report *r) {
  series *all = calloc(MAX_ISA + 3, sizeof *all);
  bool ok = all != NULL;
  for (unsigned k = 0; ok && k < s->o->rounds; k++) ok = round_of(s, month, k, all);
  if (ok) {
    const double scalar = bench_median(all[MAX_ISA].ns, s->o->rounds);
    printf("  month %04d-%02d, median of %u rounds\n", month / 12, month % 12 + 1, s->o->rounds);
    for (unsigned k = 0; k < s->isa_count; k++) print_row(s, s->isa[k].name, bench_median(all[k].ns, s->o->rounds), scalar, month, unknown_percent, r);
    print_row(s, "scalar C", scalar, scalar, month, unknown_percent, r);
    const double replay = bench_median(all[MAX_ISA + 1].ns, s->o->rounds), emitted = bench_median(all[MAX_ISA + 2].ns, s->o->rounds), vm = bench_median(all[s->isa_count - 1].ns, s->o->rounds);
    print_row(s, "replay", replay, scalar, month, unknown_percent, r);
    print_row(s, "emitted C", emitted, scalar, month, unknown_percent, r);
    printf("  emitted C is %.2f x replay and %.2f x %s\n", emitted / replay, emitted / vm, s->isa[s->isa_count - 1].name);
  }
  free(all);
  return ok;
}

bool bench_engines(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r, uint64_t *differences) {
  static const unsigned unknown[] = {0, 3, 30};
  static const int32_t months[TIMED_MONTHS] = {2026 * 12 + 5, 2022 * 12 + 5};
  bool ok = true;
  for (size_t k = 0; ok && k < sizeof unknown / sizeof *unknown; k++) {
    stage s;
    ok = stage_make(&s, p, n, o, unknown[k]);
    if (ok) {
      printf("\n%u %% of the facts unknown: %u clusters, %u households, %u persons, %u pairs, %.1f %% of the clusters point across households\n", unknown[k], s.w.cluster_count, s.w.households, s.w.person_count,
             s.w.pair_count, 100.0 * s.w.crossing / s.w.families);
      ok = agree(&s, unknown[k], r, differences);
    }
    for (unsigned m = 0; ok && m < TIMED_MONTHS; m++) ok = measure(&s, months[m], unknown[k], r);
    fflush(stdout);
    stage_dispose(&s);
  }
  return ok;
}
