/* End to end: a store is filled through its API, then `batch` decides one month. Every run gets a fresh copy of the filled store: a second run over the same store would find
 * its snapshots already there. */
#include <inttypes.h>
#include "storage.h"

enum { UNKNOWN_UP_TO = 100000 /* larger sizes are run once, with all facts known */ };

typedef struct filled { bench_filled store; bench_compacted chunks; } filled;

static bool fill_work(const void *in, void *out) {
  const bench_filling *t = in;
  filled *f = out;
  const bool ok = bench_fill(t, &f->store) && bench_compact(t->path, t->p, true, NULL, &f->chunks);
  f->store.bytes = bench_file_size(t->path);
  return ok;
}

/* --- running -------------------------------------------------------------------------------------------------------------------------------------------------------- */
/* How facts are read and unchanged decisions written. */
typedef enum variant { ROWS, CHUNKS, CHUNKS_AND_BLOCKS, VARIANTS } variant;
static const char *const variant_names[VARIANTS] = {"rows", "chunks", "chunks, decision blocks"};
static void print_run(const filled *f, const bench_ran *x, unsigned jobs, variant how, unsigned unknown_percent, const bench_usage *usage, bench_report *r) {
  const ans_batch_report *b = &x->report;
  const double h = (double)f->store.households, read_ns = (double)b->read_ns / h, evaluate_ns = (double)b->evaluate_ns / h, write_ns = (double)b->write_ns / h, wall_ns = (double)x->wall_ns / h;
  const double cpu_ns = usage->cpu_ns / h;
  const double per_claim = b->claims ? (double)x->wall_ns / (double)b->claims : 0;
  printf("  %s, jobs %u: read %.0f + evaluate %.0f + write %.0f ns per household (summed over threads); wall %.0f (%.2f s), processor %.0f ns per household; wall %.0f ns per claim; peak %" PRIu64 " MiB, private %" PRIu64 " MiB\n", variant_names[how], jobs, read_ns,
         evaluate_ns, write_ns, wall_ns, (double)x->wall_ns / 1e9, cpu_ns, per_claim, usage->peak_kib >> 10, usage->private_kib >> 10);
  printf("          %" PRId64 " claims, %" PRId64 " decisions, %" PRId64 " with a receipt, %" PRId64 " quarantined\n", b->claims, b->decisions, b->leaves, b->quarantined);
  bench_report_row(r, "batch");
  bench_report_number(r, "jobs", jobs);
  bench_report_number(r, "column_chunks", how != ROWS);
  bench_report_number(r, "decision_blocks", how == CHUNKS_AND_BLOCKS);
  bench_report_number(r, "unknown_percent", unknown_percent);
  bench_report_number(r, "store_mib", (double)(f->store.bytes >> 20));
  bench_report_number(r, "households", h);
  bench_report_number(r, "claims", (double)b->claims);
  bench_report_number(r, "receipts", (double)b->leaves);
  bench_report_number(r, "quarantined", (double)b->quarantined);
  bench_report_number(r, "read_ns_per_household", read_ns);
  bench_report_number(r, "evaluate_ns_per_household", evaluate_ns);
  bench_report_number(r, "write_ns_per_household", write_ns);
  bench_report_number(r, "wall_ns_per_household", wall_ns);
  bench_report_number(r, "wall_ns_per_claim", per_claim);
  bench_report_number(r, "cpu_ns_per_household", cpu_ns);
  bench_report_number(r, "peak_kib", (double)usage->peak_kib);
  bench_report_number(r, "private_kib", (double)usage->private_kib);
}

static bool one_size(const ans_program *p, const bench_names *n, const bench_options *o, uint32_t households, unsigned unknown_percent, bench_report *r) {
  char full[480], work[480];
  filled f;
  bench_usage usage;
  snprintf(full, sizeof full, "%s/bench-%u.store", o->directory, households);
  snprintf(work, sizeof work, "%s/bench-%u-run.store", o->directory, households);
  bench_drop_store(full);
  const bench_filling task = {.p = p, .n = n, .path = full, .seed = o->seed, .households = households, .unknown_percent = unknown_percent};
  bool ok = bench_in_child(fill_work, &task, &f, sizeof f, &usage);
  if (ok)
    printf("\n%u %% of the facts unknown: %" PRIu64 " households, %" PRIu64 " clusters with children, %" PRIu64 " persons, %" PRIu64 " pairs, %" PRIu64 " assertions, store %" PRIu64 " MiB; filled in %.1f s\n", unknown_percent, f.store.households, f.store.families, f.store.persons,
           f.store.pairs, f.store.assertions, f.store.bytes >> 20, (double)f.store.ns / 1e9);
  if (ok)
    printf("  column chunks: %" PRIu64 ", %" PRIu64 " KiB, made in %.1f s (%.0f ns per household)\n", f.chunks.chunks, f.chunks.bytes >> 10, (double)f.chunks.ns / 1e9, (double)f.chunks.ns / (double)f.store.households);
  ok = ok && bench_one_case(p, full, f.store.households, false, r);
  for (unsigned k = 0; ok && k < 2 * VARIANTS; k++) { /* with one thread in turn, then with two */
    const unsigned jobs = 1 + k / VARIANTS;
    const variant how = (variant)(k % VARIANTS);
    const bench_running run = {.p = p, .path = work, .jobs = jobs, .rows_only = how == ROWS, .decision_blocks = how == CHUNKS_AND_BLOCKS};
    bench_ran x;
    bench_drop_store(work);
    ok = bench_copy(full, work) && bench_in_child(bench_run_month, &run, &x, sizeof x, &usage);
    if (ok) print_run(&f, &x, jobs, how, unknown_percent, &usage, r);
    fflush(stdout);
    bench_drop_store(work);
  }
  bench_drop_store(full);
  return ok;
}

bool bench_batch(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r) {
  bool ok = bench_directory(o->directory);
  for (unsigned k = 0; ok && k < o->size_count; k++) ok = one_size(p, n, o, o->sizes[k], 0, r) && (o->sizes[k] > UNKNOWN_UP_TO || one_size(p, n, o, o->sizes[k], 3, r));
  return ok;
}
