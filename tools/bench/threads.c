/* Evaluation on one and on two threads: pages of claims that lie in memory, taken in turn by threads that have their own evaluator, as the workers of a run do, and nothing else:
 * no store, no receipts. Two numbers: how many times as fast two threads are by the wall clock, which another process on the machine spoils; and how much more processor time two
 * threads take for the same pages than one, which shows what they wait for or take from each other (shared cache lines, the allocator, the memory bus), also on a
 * machine that does other things: two threads cannot be faster than twice the inverse of it. */
#include <pthread.h>
#include <stdlib.h>
#include "bench.h"
#include "exec/vm.h"

enum { PAGES = 64, PAGE_CLUSTERS = 1000 /* families */, PASSES = 4, MONTH = 2026 * 12 + 5, MOST = 2 };

typedef struct shared { const ans_program *p; ans_columns *pages[PAGES]; unsigned count; pthread_mutex_t lock; unsigned next; } shared;
typedef struct thread { shared *s; ans_vm *vm; pthread_t id; double cpu; bool ok; } thread;

static void *work(void *ctx) {
  thread *t = ctx;
  ans_error err = {0};
  const uint64_t c0 = bench_cpu();
  t->ok = true;
  while (t->ok) {
    pthread_mutex_lock(&t->s->lock);
    const unsigned k = t->s->next++;
    pthread_mutex_unlock(&t->s->lock);
    if (k >= t->s->count * PASSES) break;
    const ans_columns *c = t->s->pages[k % t->s->count];
    t->ok = !bench_failed("vm", ans_vm_run(t->vm, c, 0, c->components, MONTH, &err), &err);
  }
  t->cpu = (double)(bench_cpu() - c0);
  return NULL;
}

/* All passes over all pages; wall clock and summed processor time per pass, in nanoseconds. */
static bool passes(shared *s, thread *threads, unsigned n, double *wall, double *cpu) {
  unsigned started = 0;
  s->next = 0;
  const uint64_t t0 = bench_now();
  while (started < n && pthread_create(&threads[started].id, NULL, work, &threads[started]) == 0) started++;
  bool ok = started == n;
  *cpu = 0;
  for (unsigned k = 0; k < started; k++) {
    pthread_join(threads[k].id, NULL);
    ok = ok && threads[k].ok;
    *cpu += threads[k].cpu / PASSES;
  }
  *wall = (double)(bench_now() - t0) / PASSES;
  return ok;
}

static bool make_pages(shared *s, const bench_names *n, uint64_t seed, uint64_t *households) {
  const bench_rates rates = {.seed = seed, .families_only = true};
  bench_population w = {0};
  ans_error err = {0};
  bool ok = true;
  for (unsigned k = 0; ok && k < s->count; k++) {
    bench_population_make(&w, &rates, (uint64_t)k * PAGE_CLUSTERS, PAGE_CLUSTERS, true);
    *households += w.households;
    ok = !bench_failed("columns", bench_columns(s->p, n, &w, &s->pages[k], &err), &err);
  }
  bench_population_dispose(&w);
  return ok;
}

static void print_threads(double *wall1, double *wall2, double *cpu1, double *cpu2, unsigned rounds, unsigned pages, uint64_t households, bench_report *r) {
  double faster[BENCH_MAX_ROUNDS], dearer[BENCH_MAX_ROUNDS], best = 0;
  for (unsigned k = 0; k < rounds; k++) {
    faster[k] = wall1[k] / wall2[k];
    dearer[k] = cpu2[k] / cpu1[k];
    if (faster[k] > best) best = faster[k];
  }
  const double median = bench_median(faster, rounds), inflation = bench_median(dearer, rounds), one = bench_median(cpu1, rounds) / (double)households;
  printf("\nevaluation on two threads, %u pages of %u families: %.2f times as fast as on one (median of %u rounds; best %.2f); %.2f times the processor time, so at most %.2f; %.0f ns per household on one\n", pages, PAGE_CLUSTERS, median, rounds, best,
         inflation, 2 / inflation, one);
  bench_report_row(r, "threads");
  bench_report_number(r, "speed_up", median);
  bench_report_number(r, "speed_up_best", best);
  bench_report_number(r, "processor_time", inflation);
  bench_report_number(r, "ns_per_household", one);
}

bool bench_threads(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r) {
  const ans_benefit *b = &p->benefits[0];
  const uint32_t wanted[3] = {p->results[b->entitled_result].insn, p->results[b->amount_result].insn, p->results[b->payout_result == ANS_NONE ? b->amount_result : b->payout_result].insn};
  shared s = {.p = p, .count = o->families >= 20000 ? PAGES : PAGES / 8, .lock = PTHREAD_MUTEX_INITIALIZER};
  thread threads[MOST] = {{.s = &s}, {.s = &s}};
  double wall[MOST][BENCH_MAX_ROUNDS], cpu[MOST][BENCH_MAX_ROUNDS];
  uint64_t households = 0;
  bool ok = make_pages(&s, n, o->seed, &households);
  for (unsigned k = 0; ok && k < MOST; k++) ok = (threads[k].vm = ans_vm_new(p, wanted, 3, 0)) != NULL;
  double ignored;
  ok = ok && passes(&s, threads, 1, &ignored, &ignored) && passes(&s, threads, MOST, &ignored, &ignored); /* memory is touched */
  for (unsigned k = 0; ok && k < o->rounds; k++) ok = passes(&s, threads, 1, &wall[0][k], &cpu[0][k]) && passes(&s, threads, MOST, &wall[1][k], &cpu[1][k]);
  if (ok) print_threads(wall[0], wall[1], cpu[0], cpu[1], o->rounds, s.count, households, r);
  for (unsigned k = 0; k < MOST; k++) ans_vm_free(threads[k].vm);
  for (unsigned k = 0; k < PAGES; k++) ans_columns_free(s.pages[k]);
  return ok;
}
