/* Ours against the classic program over the same population: a share of the decisions changes; ours from column chunks, with receipts, decision blocks for the rest, on one
 * thread. Both in turn within each round, each on a fresh copy of its file and in a process of its own; the medians are compared. Both must find the same number of changes. */
#include <inttypes.h>
#include <stdlib.h>
#include "classic.h"

enum { ROUNDS = 5, CHANGED_PERMILLE = 50, LARGE = 100000 /* larger sizes only when asked for alone */ };

typedef struct task { bench_filling filling; const char *rows; } task;
typedef struct filled { bench_filled store; bench_compacted chunks; uint64_t rows_bytes; } filled;

static bool fill_work(const void *in, void *out) {
  const task *t = in;
  filled *f = out;
  bench_filling filling = t->filling;
  classic_db *db = classic_open(t->rows);
  filling.also = classic_add;
  filling.ctx = db;
  const bool ok = db && bench_fill(&filling, &f->store) && bench_compact(filling.path, filling.p, true, NULL, &f->chunks);
  classic_close(db);
  f->rows_bytes = bench_file_size(t->rows);
  return ok;
}

typedef struct times { double wall[ROUNDS], cpu[ROUNDS], read[ROUNDS], evaluate[ROUNDS], write[ROUNDS]; unsigned n; } times;

static void note(times *t, const bench_usage *u, uint64_t wall, uint64_t read, uint64_t evaluate, uint64_t write) {
  t->wall[t->n] = (double)wall;
  t->cpu[t->n] = u->cpu_ns;
  t->read[t->n] = (double)read;
  t->evaluate[t->n] = (double)evaluate;
  t->write[t->n++] = (double)write;
}

static bool rounds(const ans_program *p, const char *store, const char *rows, unsigned n, times *ours, times *classic, bench_ran *x, classic_report *y) {
  char a[500], b[500];
  bench_usage u;
  bool ok = true;
  snprintf(a, sizeof a, "%s-run", store);
  snprintf(b, sizeof b, "%s-run", rows);
  const bench_running running = {.p = p, .path = a, .jobs = 1, .decision_blocks = true};
  for (unsigned k = 0; ok && k < n; k++) {
    bench_drop_store(a);
    bench_drop_store(b);
    ok = bench_copy(store, a) && bench_copy(rows, b) && bench_in_child(bench_run_month, &running, x, sizeof *x, &u);
    if (ok) note(ours, &u, x->wall_ns, x->report.read_ns, x->report.evaluate_ns, x->report.write_ns);
    ok = ok && bench_in_child(classic_run, b, y, sizeof *y, &u);
    if (ok) note(classic, &u, y->wall_ns, y->read_ns, y->evaluate_ns, y->write_ns);
  }
  bench_drop_store(a);
  bench_drop_store(b);
  return ok;
}

static void print_one(const char *what, times *t, double households, double claims, bench_report *r) {
  const double cpu = bench_median(t->cpu, t->n), wall = bench_median(t->wall, t->n), read = bench_median(t->read, t->n) / households, evaluate = bench_median(t->evaluate, t->n) / households, write = bench_median(t->write, t->n) / households;
  printf("  %-16s %6.0f ns of processor time per household (%.0f per claim), wall clock %.0f; of the processor time read %.0f, evaluate %.0f, write %.0f\n", what, cpu / households, cpu / claims, wall / households, read, evaluate, write);
  bench_report_row(r, "classic");
  bench_report_text(r, "program", what);
  bench_report_number(r, "households", households);
  bench_report_number(r, "cpu_ns_per_household", cpu / households);
  bench_report_number(r, "cpu_ns_per_claim", cpu / claims);
  bench_report_number(r, "wall_ns_per_household", wall / households);
  bench_report_number(r, "read_ns_per_household", read);
  bench_report_number(r, "evaluate_ns_per_household", evaluate);
  bench_report_number(r, "write_ns_per_household", write);
}

static bool compare(const filled *f, times *ours, times *classic, const bench_ran *x, const classic_report *y, bench_report *r) {
  const double h = (double)f->store.households, claims = (double)y->claims;
  printf("\nclassic program against ours, %" PRIu64 " households, %" PRIu64 " claims, %.1f %% of the decisions change (store %" PRIu64 " MiB, row tables %" PRIu64 " MiB)\n", f->store.households, y->claims, 100.0 * (double)y->changed / claims,
         f->store.bytes >> 20, f->rows_bytes >> 20);
  print_one("classic", classic, h, claims, r);
  print_one("ours", ours, h, claims, r);
  const double cpu = bench_median(ours->cpu, ours->n) / bench_median(classic->cpu, classic->n), wall = bench_median(ours->wall, ours->n) / bench_median(classic->wall, classic->n);
  printf("  ours / classic: %.2f of the processor time, %.2f of the wall clock time; %" PRId64 " receipts\n", cpu, wall, x->report.leaves);
  bench_report_row(r, "classic_ratio");
  bench_report_number(r, "households", h);
  bench_report_number(r, "claims", claims);
  bench_report_number(r, "changed_percent", 100.0 * (double)y->changed / claims);
  bench_report_number(r, "receipts", (double)x->report.leaves);
  bench_report_number(r, "cpu", cpu);
  bench_report_number(r, "wall", wall);
  if ((uint64_t)x->report.claims == y->claims && (uint64_t)x->report.leaves == y->changed && x->report.quarantined == 0) return true;
  fprintf(stderr, "bench: ours looked at %" PRId64 " claims and changed %" PRId64 " (%" PRId64 " in quarantine), the classic program %" PRIu64 " and %" PRIu64 "\n", x->report.claims, x->report.leaves, x->report.quarantined, y->claims, y->changed);
  return false;
}

static bool one_size(const ans_program *p, const bench_names *n, const bench_options *o, uint32_t households, bench_report *r) {
  char store[480], rows[480];
  filled f;
  bench_usage u;
  bench_ran x;
  classic_report y;
  times ours = {.n = 0}, classic = {.n = 0};
  snprintf(store, sizeof store, "%s/bench-%u.store", o->directory, households);
  snprintf(rows, sizeof rows, "%s/bench-%u-rows.sqlite", o->directory, households);
  bench_drop_store(store);
  bench_drop_store(rows);
  const task t = {{.p = p, .n = n, .path = store, .seed = o->seed, .households = households, .changed_permille = CHANGED_PERMILLE}, rows};
  const bool ok = bench_in_child(fill_work, &t, &f, sizeof f, &u) && rounds(p, store, rows, o->rounds < ROUNDS ? o->rounds : ROUNDS, &ours, &classic, &x, &y) && compare(&f, &ours, &classic, &x, &y, r);
  bench_drop_store(store);
  bench_drop_store(rows);
  fflush(stdout);
  return ok;
}

bool bench_classic(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r) {
  bool ok = bench_directory(o->directory);
  for (unsigned k = 0; ok && k < o->size_count; k++)
    if (o->sizes[k] <= LARGE || o->size_count == 1) ok = one_size(p, n, o, o->sizes[k], r);
  return ok;
}
