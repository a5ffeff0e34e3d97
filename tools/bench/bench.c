/* Measures the engines and the nightly run with the Kindergeld package on synthetic populations. Prints for people and, with --json, for programs. Exit 0: measured and agreed;
 * 1: the engines and the scalar program differ somewhere, or a run failed; 2: wrong options. What the numbers mean: docs/performance.md. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "exceptions.h"
#include "lower/lower.h"

static const char usage[] =
  "usage: bench [--quick] [--rules DIR] [--dir DIR] [--json FILE] [--rounds N] [--families N] [--sizes N,N,…] [--seed N] [--only engines|laws|safety|months|batch|growth|classic|io|threads|relevance|exceptions|order|ratchet]\n"
  "  --only PART   with relevance and exceptions, --rules may be any package; exceptions (how deep they stand) and ratchet (what ratchet.py counts) are never part of a whole run\n"
  "  --quick       small populations: minutes become seconds, numbers become rough\n"
  "  --rules DIR   rule package (rules/bund/estg/kindergeld)\n"
  "  --dir DIR     where stores are made and deleted again (build/bench-data); 10^6 households need a few GiB\n"
  "  --json FILE   also write the numbers as JSON\n"
  "  --rounds N    rounds of the comparison of the engines, median counts (9)\n"
  "  --families N  clusters with children in that comparison (20000)\n"
  "  --sizes LIST  households of the end-to-end runs (10000,100000,1000000); 10000000 is possible: some 20 GiB below DIR, about an hour\n"
  "  --dump DIR    with --only laws: write the rows of the column programs as CSV for peers/, measure nothing\n"
  "  --profile     with --only laws: where the runs of the VM spend their time, nothing else (ANSPRUCH_ISA chooses the kernels)\n"
  "  --seed N      seed of the population (1)\n";

static bool number(const char *text, uint64_t low, uint64_t high, uint64_t *out) {
  char *end = NULL;
  if (!text || *text < '0' || *text > '9') return false;
  *out = strtoull(text, &end, 10);
  return *end == 0 && *out >= low && *out <= high;
}

static bool size_list(const char *text, bench_options *o) {
  char part[24];
  for (o->size_count = 0; text && *text; text += *text == ',') {
    const size_t n = strcspn(text, ",");
    uint64_t v;
    if (n >= sizeof part || o->size_count == BENCH_MAX_SIZES) return false;
    memcpy(part, text, n);
    part[n] = 0;
    if (!number(part, 10, 10000000, &v)) return false;
    o->sizes[o->size_count++] = (uint32_t)v;
    text += n;
  }
  return o->size_count > 0;
}

static bool only(bench_options *o, const char *part) {
  o->engines = !strcmp(part, "engines");
  o->laws = !strcmp(part, "laws");
  o->months = !strcmp(part, "months");
  o->batch = !strcmp(part, "batch");
  o->growth = !strcmp(part, "growth");
  o->classic = !strcmp(part, "classic");
  o->io = !strcmp(part, "io");
  o->threads = !strcmp(part, "threads");
  o->relevance = !strcmp(part, "relevance");
  o->ratchet = !strcmp(part, "ratchet");
  o->exceptions = !strcmp(part, "exceptions");
  o->safety = !strcmp(part, "safety");
  o->order = !strcmp(part, "order");
  return o->engines || o->laws || o->batch || o->growth || o->classic || o->io || o->threads || o->relevance || o->ratchet || o->exceptions || o->safety || o->order || o->months;
}

static bool option(bench_options *o, const char *name, const char *value) {
  uint64_t v = 0;
  if (!value) return false;
  if (!strcmp(name, "--rules")) o->rules = value;
  else if (!strcmp(name, "--dir")) o->directory = value;
  else if (!strcmp(name, "--json")) o->json = value;
  else if (!strcmp(name, "--dump")) o->dump = value;
  else if (!strcmp(name, "--rounds") && number(value, 1, BENCH_MAX_ROUNDS, &v)) o->rounds = (unsigned)v;
  else if (!strcmp(name, "--families") && number(value, 1, 2000000, &v)) o->families = (uint32_t)v;
  else if (!strcmp(name, "--seed") && number(value, 0, UINT64_MAX, &v)) o->seed = v;
  else if (!strcmp(name, "--sizes")) return size_list(value, o);
  else if (!strcmp(name, "--only")) return only(o, value);
  else return false;
  return true;
}

static bool options(bench_options *o, int argc, char **argv) {
  *o = (bench_options){.rules = "rules/bund/estg/kindergeld", .directory = "build/bench-data", .rounds = 9, .families = 20000, .sizes = {10000, 100000, 1000000}, .size_count = 3, .seed = 1, .engines = true, .batch = true, .growth = true, .classic = true, .io = true, .threads = true, .relevance = true, .laws = true, .safety = true, .order = true, .months = true};
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--quick")) {
      o->rounds = 3;
      o->families = 2000;
      o->sizes[0] = 2000;
      o->size_count = 1;
    } else if (!strcmp(argv[i], "--profile")) {
      o->profile = true;
    } else if (option(o, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
      i++;
    } else {
      fprintf(stderr, "bench: wrong option or value: %s\n%s", argv[i], usage);
      return false;
    }
  }
  return true;
}

static bool show_exceptions(const ans_program *p, bench_report *r) {
  exceptions x;
  exceptions_of(p, &x);
  exceptions_print(p->name, &x, false, r);
  return true;
}

static bool measure(const ans_program *p, const bench_options *o, bench_report *r) {
  bench_names names;
  uint64_t differences = 0;
  char machine[512];
  if (o->exceptions) return show_exceptions(p, r);
  if ((o->engines || o->batch || o->growth || o->classic || o->io || o->threads) && !bench_names_bind(p, &names)) return false;
  bench_machine(machine, sizeof machine);
  printf("%s\npackage %s %s: %u instructions\n", machine, p->name, p->version, p->insn_count);
  bool ok = !o->engines || bench_engines(p, &names, o, r, &differences);
  if (ok && o->laws) ok = bench_laws(o, r, &differences);
  if (ok && o->safety) ok = bench_safety(o, r, &differences);
  if (ok && o->order) ok = bench_order(o, r, &differences);
  if (ok && o->months) ok = bench_months(o, r, &differences);
  if (ok && o->relevance) ok = bench_relevance(p, r);
  if (ok && o->batch) ok = bench_batch(p, &names, o, r);
  if (ok && o->threads) ok = bench_threads(p, &names, o, r);
  if (ok && o->growth) ok = bench_growth(p, &names, o, r);
  if (ok && o->classic) ok = bench_classic(p, &names, o, r);
  if (ok && o->io) ok = bench_io(p, &names, o, r);
  if (differences) fprintf(stderr, "bench: %" PRIu64 " differences\n", differences);
  return ok && differences == 0;
}

int main(int argc, char **argv) {
  bench_options o;
  bench_report report;
  ans_error err = {0};
  ans_compilation c = {0};
  if (argc == 2 && !strcmp(argv[1], "--help")) return fputs(usage, stdout) < 0;
  if (!options(&o, argc, argv)) return 2;
  ans_store_own_process();
  if (o.ratchet) return bench_ratchet(&o) ? 0 : 1;
  ans_diags *diags = ans_diags_new();
  const ans_status status = ans_compile_path(o.rules, diags, &c, &err);
  bool ok = !bench_failed(o.rules, status, &err) && c.program && bench_report_open(&report, o.json, &o);
  if (ok) {
    ok = measure(c.program, &o, &report);
    ok = bench_report_close(&report) && ok;
  }
  ans_compilation_dispose(&c);
  ans_diags_free(diags);
  return ok ? 0 : 1;
}
