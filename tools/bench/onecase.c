/* One case in a filled store: looked up by its rows, and corrected (which marks its component); medians over a sample of the claims spread over the store. A correction is a
 * transaction of its own: its processor time, and its wall clock time with and without waiting for the disk; and many corrections in one transaction, the wait included. */
#include <inttypes.h>
#include <stdlib.h>
#include "storage.h"

enum { SAMPLE = 1000 };
typedef struct series { double looked[SAMPLE], looked_cpu[SAMPLE], durable[SAMPLE], deferred[SAMPLE], cpu[SAMPLE]; int64_t claims[SAMPLE]; unsigned count; } series;

typedef struct stride { int64_t *claims; uint64_t seen, every; unsigned count; } stride;

static bool count_or_take(void *ctx, int64_t subject, const char *key) {
  stride *x = ctx;
  (void)key;
  if (x->every && x->seen % x->every == 0 && x->count < SAMPLE) x->claims[x->count++] = subject;
  x->seen++;
  return true;
}

/* Claims at even distances of the whole store. */
static bool pick(ans_store *s, const ans_program *p, series *x) {
  ans_error err = {0};
  const char *unit = p->units[p->benefits[0].unit].name;
  stride all = {.every = 0}, some = {.claims = x->claims};
  bool ok = !bench_failed("store", ans_store_subjects(s, unit, 0, count_or_take, &all, &err), &err);
  some.every = all.seen / SAMPLE + 1;
  ok = ok && !bench_failed("store", ans_store_subjects(s, unit, 0, count_or_take, &some, &err), &err);
  x->count = some.count;
  return ok && x->count > 0;
}

static bool look_up(ans_fact_loader *l, const ans_program *p, int64_t claim, double *wall, double *cpu) {
  ans_columns *c = NULL;
  uint32_t component, row;
  ans_error err = {0};
  const uint64_t t0 = bench_now(), c0 = bench_cpu();
  const bool ok = !bench_failed("look-up", ans_fact_loader_load(l, p->benefits[0].unit, &claim, 1, &c, &component, &row, NULL, NULL, &err), &err);
  *cpu = (double)(bench_cpu() - c0);
  *wall = (double)(bench_now() - t0);
  ans_columns_free(c);
  return ok;
}

static bool put(ans_store *s, int64_t claim, int64_t number, ans_error *err) {
  const ans_assertion a = {.subject = claim, .fact = ANS_FACT_APPLIED, .source = ANS_SOURCE_APPLICATION, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .kind = ANS_V_INT, .number = number, .recorded_at = (int64_t)time(NULL)};
  return !bench_failed("correction", ans_store_supersede(s, claim, a.source, a.fact, a.recorded_at, err), err) && !bench_failed("correction", ans_store_put_assertion(s, &a, NULL, err), err);
}

static bool correct(ans_store *s, int64_t claim, int64_t number, double *wall, double *cpu) {
  ans_error err = {0};
  const uint64_t t0 = bench_now(), c0 = bench_cpu();
  const bool ok = !bench_failed("correction", ans_store_begin(s, &err), &err) && put(s, claim, number, &err) && !bench_failed("correction", ans_store_commit(s, &err), &err);
  *cpu = (double)(bench_cpu() - c0);
  *wall = (double)(bench_now() - t0);
  return ok;
}

static bool measure(ans_store *s, ans_fact_loader *l, const ans_program *p, series *x, double *together) {
  ans_error err = {0};
  double ignored;
  bool ok = true;
  for (unsigned k = 0; ok && k < x->count; k++) ok = look_up(l, p, x->claims[k], &x->looked[k], &x->looked_cpu[k]) && correct(s, x->claims[k], 19000, &x->durable[k], &x->cpu[k]);
  ok = ok && !bench_failed("group", ans_store_begin_group(s, &err), &err);
  for (unsigned k = 0; ok && k < x->count; k++) ok = correct(s, x->claims[k], 19001, &x->deferred[k], &ignored);
  ok = ok && !bench_failed("group", ans_store_end_group(s, &err), &err) && !bench_failed("together", ans_store_begin(s, &err), &err);
  const uint64_t t0 = bench_now();
  for (unsigned k = 0; ok && k < x->count; k++) ok = put(s, x->claims[k], 19002, &err);
  ok = ok && !bench_failed("together", ans_store_commit(s, &err), &err);
  *together = (double)(bench_now() - t0) / x->count;
  return ok;
}

static double percentile(const double *sorted, unsigned n, unsigned percent) { return sorted[n * percent / 100 < n ? n * percent / 100 : n - 1] / 1e3; }

static void print_case(series *x, double together, uint64_t households, bench_report *r) {
  const unsigned n = x->count;
  const double looked = bench_median(x->looked, n) / 1e3, looked_cpu = bench_median(x->looked_cpu, n) / 1e3, durable = bench_median(x->durable, n) / 1e3, deferred = bench_median(x->deferred, n) / 1e3, cpu = bench_median(x->cpu, n) / 1e3;
  const double looked99 = percentile(x->looked, n, 99), durable99 = percentile(x->durable, n, 99); /* bench_median has sorted them */
  printf("  single case looked up / corrected in a store of %" PRIu64 " households: %.0f us (99 %%: %.0f; processor %.0f) / %.0f us on disk (99 %%: %.0f), %.0f us without waiting for the disk, processor %.0f us; %u corrections in one transaction: %.0f us each\n",
         households, looked, looked99, looked_cpu, durable, durable99, deferred, cpu, n, together / 1e3);
  bench_report_row(r, "single_case");
  bench_report_number(r, "households", (double)households);
  bench_report_number(r, "look_up_us", looked);
  bench_report_number(r, "look_up_99_us", looked99);
  bench_report_number(r, "look_up_cpu_us", looked_cpu);
  bench_report_number(r, "correct_us", durable);
  bench_report_number(r, "correct_99_us", durable99);
  bench_report_number(r, "correct_deferred_us", deferred);
  bench_report_number(r, "correct_cpu_us", cpu);
  bench_report_number(r, "correct_together_us", together / 1e3);
}

bool bench_one_case(const ans_program *p, const char *path, uint64_t households, bool here, bench_report *r) {
  char work[500];
  ans_store *s = NULL;
  ans_fact_loader *l = NULL;
  ans_error err = {0};
  double together = 0;
  series *x = calloc(1, sizeof *x);
  snprintf(work, sizeof work, here ? "%s" : "%s-single", path);
  if (!here) bench_drop_store(work);
  bool ok = x && (here || bench_copy(path, work)) && !bench_failed("store", ans_store_open(work, ANS_STORE_WRITE, &s, &err), &err) && !bench_failed("store", ans_fact_loader_new(s, p, INT64_MAX, &l, &err), &err) &&
            !bench_failed("store", ans_fact_loader_use_chunks(l, NULL, &err), &err) && pick(s, p, x) && measure(s, l, p, x, &together);
  if (ok) print_case(x, together, households, r);
  ans_fact_loader_free(l);
  ans_store_close(s);
  if (!here) bench_drop_store(work);
  free(x);
  return ok;
}
