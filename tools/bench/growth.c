/* Growth: the same work on stores of growing size, one after the other: filled through the store's API, column chunks made, one month decided from chunks with decision
 * blocks, one case looked up and corrected. Nothing is copied and every part is a child process of its own, so a size needs its store on disk once and memory that does not depend
 * on it; ten million households are a matter of disk and patience. */
#include <inttypes.h>
#include "storage.h"

typedef struct grown { uint64_t households; double fill_ns, chunks_ns, run_ns; uint64_t private_kib; } grown; /* processor time per household */
typedef struct compacting { const char *path; const ans_program *p; } compacting;

static bool fill_work(const void *in, void *out) { return bench_fill(in, out); }
static bool compact_work(const void *in, void *out) {
  const compacting *t = in;
  return bench_compact(t->path, t->p, true, NULL, out);
}

static double print_part(const char *what, uint64_t households, uint64_t wall_ns, const bench_usage *u, bench_report *r) {
  const double h = (double)households, cpu = u->cpu_ns / h, wall = (double)wall_ns / h;
  printf("  %-28s %8.0f ns of processor time per household, wall clock %8.0f (%.1f s); private memory %" PRIu64 " MiB (%" PRIu64 " before), resident with mapped pages %" PRIu64 " MiB\n", what, cpu, wall, (double)wall_ns / 1e9, u->private_kib >> 10,
         u->start_kib >> 10, u->peak_kib >> 10);
  bench_report_row(r, "growth");
  bench_report_text(r, "part", what);
  bench_report_number(r, "households", h);
  bench_report_number(r, "cpu_ns_per_household", cpu);
  bench_report_number(r, "wall_ns_per_household", wall);
  bench_report_number(r, "private_mib", (double)u->private_kib / 1024);
  bench_report_number(r, "start_mib", (double)u->start_kib / 1024);
  bench_report_number(r, "peak_mib", (double)u->peak_kib / 1024);
  fflush(stdout);
  return cpu;
}

static bool one_size(const ans_program *p, const bench_names *n, const bench_options *o, uint32_t households, grown *g, bench_report *r) {
  char path[480];
  bench_filled f;
  bench_compacted c;
  bench_ran x;
  bench_usage u;
  snprintf(path, sizeof path, "%s/bench-%u.store", o->directory, households);
  bench_drop_store(path);
  const bench_filling filling = {.p = p, .n = n, .path = path, .seed = o->seed, .households = households};
  const compacting chunks = {path, p};
  const bench_running running = {.p = p, .path = path, .jobs = 1, .decision_blocks = true};
  bool ok = bench_in_child(fill_work, &filling, &f, sizeof f, &u);
  if (ok) {
    *g = (grown){.households = f.households};
    printf("\n%" PRIu64 " households: %" PRIu64 " persons, %" PRIu64 " pairs, %" PRIu64 " assertions, %" PRIu64 " MiB\n", f.households, f.persons, f.pairs, f.assertions, f.bytes >> 20);
    g->fill_ns = print_part("store filled", f.households, f.ns, &u, r);
    ok = bench_in_child(compact_work, &chunks, &c, sizeof c, &u);
  }
  if (ok) {
    g->chunks_ns = print_part("column chunks made", f.households, c.ns, &u, r);
    ok = bench_in_child(bench_run_month, &running, &x, sizeof x, &u);
  }
  if (ok) {
    const ans_batch_report *b = &x.report;
    g->run_ns = print_part("one month, chunks and blocks", f.households, x.wall_ns, &u, r);
    g->private_kib = u.private_kib;
    printf("  of it read %.0f, evaluate %.0f, write %.0f; %" PRId64 " claims, %" PRId64 " receipts\n", (double)b->read_ns / (double)f.households, (double)b->evaluate_ns / (double)f.households, (double)b->write_ns / (double)f.households, b->claims, b->leaves);
    bench_report_number(r, "read_ns_per_household", (double)b->read_ns / (double)f.households);
    bench_report_number(r, "evaluate_ns_per_household", (double)b->evaluate_ns / (double)f.households);
    bench_report_number(r, "write_ns_per_household", (double)b->write_ns / (double)f.households);
    bench_report_number(r, "claims", (double)b->claims);
    bench_report_number(r, "receipts", (double)b->leaves);
    ok = bench_one_case(p, path, f.households, true, r);
  }
  bench_drop_store(path);
  return ok;
}

bool bench_growth(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r) {
  grown g[BENCH_MAX_SIZES] = {0};
  bool ok = bench_directory(o->directory);
  for (unsigned k = 0; ok && k < o->size_count; k++) ok = one_size(p, n, o, o->sizes[k], &g[k], r);
  for (unsigned k = 1; ok && k < o->size_count; k++) {
    printf("\n%" PRIu64 " to %" PRIu64 " households, cost per household: filled %.2f, chunks %.2f, run %.2f times; private memory of the run %.2f times\n", g[k - 1].households, g[k].households, g[k].fill_ns / g[k - 1].fill_ns,
           g[k].chunks_ns / g[k - 1].chunks_ns, g[k].run_ns / g[k - 1].run_ns, (double)g[k].private_kib / (double)g[k - 1].private_kib);
    bench_report_row(r, "growth_ratio");
    bench_report_number(r, "from", (double)g[k - 1].households);
    bench_report_number(r, "to", (double)g[k].households);
    bench_report_number(r, "fill", g[k].fill_ns / g[k - 1].fill_ns);
    bench_report_number(r, "chunks", g[k].chunks_ns / g[k - 1].chunks_ns);
    bench_report_number(r, "run", g[k].run_ns / g[k - 1].run_ns);
    bench_report_number(r, "private_memory", (double)g[k].private_kib / (double)g[k - 1].private_kib);
  }
  return ok;
}
