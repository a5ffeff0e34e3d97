/* What nobody tuned for: random typed programs (the generator of the property tests) with seeds drawn at run time, and any package whose facts are scalars, filled at random (the building code of
 * Thuringia). There is no hand-written program for them; the yardstick is the replay of the same rows. Before a program is timed, every result of the VM is compared with the replay.
 *
 *   bench_untuned [--programs N] [--seed S] [--rules DIR] [--json FILE]
 *
 * Prints the median and the worst ratio of the VM to the replay over programs of 50 to 500 instructions, with the seed that repeats the worst. Exit 0: measured and equal; 1: a difference or a failure;
 * 2: wrong options. Memory and threads: one program at a time, one thread. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "exec/vm.h"
#include "gen_model.h"
#include "lower/lower.h"
#include "num/calendar.h"
#include "num/period.h"
#include "replay/replay.h"

enum { LEAST = 50, MOST = 500, ROWS = 5000, ROUNDS = 5, PACKAGE_ROWS = 20000, TRIES = 100000 };
typedef struct options { uint32_t programs; uint64_t seed; const char *rules, *json; } options;
typedef struct timing { double vm_ns, replay_ns; uint64_t cells, differences; } timing;

/* Row-grain results of base units: what both engines can be asked for. */
static uint32_t wanted(const ans_program *p, uint32_t *regs, uint32_t cap) {
  uint32_t n = 0;
  for (uint32_t k = 0; k < p->result_count && n < cap; k++) {
    const uint32_t reg = p->results[k].insn, unit = p->insns[reg].unit;
    if (unit && p->units[unit].parent == ANS_NONE) regs[n++] = reg;
  }
  return n;
}

/* Compares and times the replay of every component in one pass: the replay is slow, and once is enough. */
static bool replay_all(const ans_program *p, const ans_columns *c, const ans_vm *vm, const uint32_t *regs, uint32_t n, int32_t period, timing *t) {
  uint64_t ns = 0;
  for (uint32_t k = 0; k < c->components; k++) {
    ans_error err = {0};
    ans_trace *trace = NULL;
    const uint64_t t0 = bench_cpu();
    if (bench_failed("replay", ans_replay_run(c, k, period, &trace, &err), &err)) return false;
    ns += bench_cpu() - t0;
    for (uint32_t i = 0; i < n; i++) {
      const uint32_t *first = c->units[p->insns[regs[i]].unit].component_first;
      for (uint32_t row = first[k]; row < first[k + 1]; row++, t->cells++) {
        const ans_scalar a = ans_vm_get(vm, regs[i], row), b = ans_trace_get(trace, regs[i], row - first[k]);
        t->differences += a.state != b.state || a.v != b.v;
      }
    }
    ans_trace_free(trace);
  }
  t->replay_ns = (double)ns;
  return true;
}

static bool measure(const ans_program *p, const ans_columns *c, int32_t period, timing *t) {
  uint32_t *regs = calloc((size_t)p->result_count + 1, sizeof *regs);
  const uint32_t n = regs ? wanted(p, regs, p->result_count) : 0;
  ans_vm *vm = n ? ans_vm_new(p, regs, n, 0) : NULL;
  double times[ROUNDS];
  bool ok = vm != NULL;
  *t = (timing){0};
  for (int k = 0; k < ROUNDS && ok; k++) {
    ans_error err = {0};
    const uint64_t t0 = bench_cpu();
    ok = !bench_failed("vm", ans_vm_run(vm, c, 0, c->components, period, &err), &err);
    times[k] = (double)(bench_cpu() - t0);
  }
  if (ok) t->vm_ns = bench_median(times, ROUNDS);
  ok = ok && replay_all(p, c, vm, regs, n, period, t);
  ans_vm_free(vm);
  free(regs);
  return ok;
}

/* --- random programs ---------------------------------------------------------------------------------------------------------------------------------------------------------------- */
/* 0: measured; 1: not of the size wanted; 2: failed. */
static int random_program(uint64_t seed, timing *t, uint32_t *instructions) {
  gen_traits traits;
  ans_error err = {0};
  ans_program *p = NULL;
  ans_model *m = gen_model(seed, (gen_options){.small = seed % 2 == 0}, &traits);
  int result = bench_failed("lowering", ans_lower_program(m, &p, &err), &err) ? 2 : p->insn_count < LEAST || p->insn_count > MOST ? 1 : 0;
  if (!result) {
    gen_data *d = gen_data_new(seed, m, gen_rows(m, ROWS), traits.extreme);
    ans_columns *c = gen_columns(p, m, d, NULL, 0, NULL, &err);
    result = bench_failed("columns", c ? ANS_OK : ANS_INPUT, &err) || !measure(p, c, d->periods[0], t) ? 2 : 0;
    *instructions = p->insn_count;
    ans_columns_free(c);
    gen_data_free(d);
  }
  ans_program_free(p);
  gen_model_free(m);
  return result;
}

static bool random_programs(const options *o, bench_report *r) {
  double *ratio = calloc((size_t)o->programs + 1, sizeof *ratio), worst = 0;
  uint64_t state = o->seed, worst_seed = 0, cells = 0, differences = 0;
  uint32_t n = 0, worst_size = 0;
  bool ok = ratio != NULL;
  for (uint32_t k = 0; ok && n < o->programs && k < TRIES; k++) {
    const uint64_t seed = bench_random(&state) >> 1;
    timing t;
    uint32_t size = 0;
    const int result = random_program(seed, &t, &size);
    ok = result != 2;
    if (result || !ok) continue;
    ratio[n++] = t.vm_ns / t.replay_ns;
    cells += t.cells;
    if (t.differences) fprintf(stderr, "bench: seed %" PRIu64 ": %" PRIu64 " cells of VM and replay differ\n", seed, t.differences);
    differences += t.differences;
    if (ratio[n - 1] > worst) worst = ratio[n - 1], worst_seed = seed, worst_size = size;
  }
  const double median = n ? bench_median(ratio, n) : 0;
  if (ok) {
    printf("random programs of %d to %d instructions: %u, %" PRIu64 " cells compared, %" PRIu64 " differences; VM / replay median %.3f, worst %.3f (seed %" PRIu64 ", %u instructions)\n", LEAST, MOST, n, cells, differences, median,
           worst, worst_seed, worst_size);
    bench_report_row(r, "untuned");
    bench_report_text(r, "what", "random programs");
    bench_report_number(r, "programs", n);
    bench_report_number(r, "cells", (double)cells);
    bench_report_number(r, "differences", (double)differences);
    bench_report_number(r, "median", median);
    bench_report_number(r, "worst", worst);
    bench_report_number(r, "instructions", worst_size);
  }
  free(ratio);
  return ok && n == o->programs && !differences;
}

/* --- a package with scalar facts ------------------------------------------------------------------------------------------------------------------------------------------------------ */
static ans_scalar any_value(const ans_program *p, const ans_fact *f, uint64_t *random) {
  if (bench_chance(random, 300)) return (ans_scalar){0, ANS_UNKNOWN};
  if (f->type.tag == ANS_T_BOOL) return (ans_scalar){bench_below(random, 2), ANS_VALUE};
  if (f->type.tag == ANS_T_ENUM) return (ans_scalar){bench_below(random, p->enums[f->type.ref].value_count), ANS_VALUE};
  if (f->type.tag == ANS_T_DATE) return (ans_scalar){bench_below(random, 20000), ANS_VALUE};
  return (ans_scalar){bench_below(random, bench_chance(random, 5000) ? 5 : 20000), ANS_VALUE};
}

static ans_columns *fill(const ans_program *p, uint64_t seed) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_columns *c = NULL;
  ans_error err = {0};
  bool ok = b != NULL;
  for (uint32_t k = 0; k < PACKAGE_ROWS && ok; k++) {
    ok = !bench_failed("columns", ans_columns_begin_component(b, &err), &err);
    for (uint32_t u = 1, row; u < p->unit_count && ok; u++) ok = p->units[u].parent != ANS_NONE || !bench_failed("columns", ans_columns_add_row(b, u, NULL, &row, &err), &err);
    for (uint32_t f = 0; f < p->fact_count && ok; f++)
      if (p->facts[f].kind == ANS_FACT_SCALAR && p->facts[f].type.tag != ANS_T_REF) ok = !bench_failed(p->facts[f].name, ans_columns_set(b, f, k, any_value(p, &p->facts[f], &seed), &err), &err);
    ok = ok && !bench_failed("columns", ans_columns_end_component(b, &err), &err);
  }
  if (ok) (void)bench_failed("columns", ans_columns_finish(b, &c, &err), &err);
  ans_columns_builder_free(b);
  return c;
}

static bool package(const options *o, bench_report *r) {
  ans_error err = {0};
  ans_compilation code = {0};
  ans_diags *diags = ans_diags_new();
  timing t;
  bool ok = diags && !bench_failed(o->rules, ans_compile_path(o->rules, diags, &code, &err), &err) && code.program;
  ans_columns *c = ok ? fill(code.program, o->seed) : NULL;
  ok = c && measure(code.program, c, code.program->last_period, &t);
  if (ok) {
    printf("%s: %u instructions, %d rows, %" PRIu64 " cells compared, %" PRIu64 " differences; VM %.1f ns per row, VM / replay %.3f\n", code.program->name, code.program->insn_count, PACKAGE_ROWS, t.cells, t.differences,
           t.vm_ns / PACKAGE_ROWS, t.vm_ns / t.replay_ns);
    bench_report_row(r, "untuned");
    bench_report_text(r, "what", code.program->name);
    bench_report_number(r, "programs", 1);
    bench_report_number(r, "cells", (double)t.cells);
    bench_report_number(r, "differences", (double)t.differences);
    bench_report_number(r, "median", t.vm_ns / t.replay_ns);
    bench_report_number(r, "worst", t.vm_ns / t.replay_ns);
    bench_report_number(r, "instructions", code.program->insn_count);
  }
  ans_columns_free(c);
  ans_compilation_dispose(&code);
  ans_diags_free(diags);
  return ok && !t.differences;
}

static bool read_options(options *o, int argc, char **argv) {
  *o = (options){.programs = 100, .seed = bench_now() ^ (uint64_t)time(NULL) << 20, .rules = "rules/thueringen/bauo"};
  for (int k = 1; k < argc; k += 2) {
    char *end = NULL;
    if (k + 1 == argc) return false;
    if (!strcmp(argv[k], "--rules")) o->rules = argv[k + 1];
    else if (!strcmp(argv[k], "--json")) o->json = argv[k + 1];
    else if (!strcmp(argv[k], "--seed")) o->seed = strtoull(argv[k + 1], &end, 10);
    else if (!strcmp(argv[k], "--programs")) o->programs = (uint32_t)strtoul(argv[k + 1], &end, 10);
    else return false;
    if (end && (*end || end == argv[k + 1])) return false;
  }
  return o->programs > 0 && o->programs <= 10000;
}

int main(int argc, char **argv) {
  options o;
  bench_report report;
  if (!read_options(&o, argc, argv)) {
    fprintf(stderr, "usage: bench_untuned [--programs N] [--seed S] [--rules DIR] [--json FILE]\n");
    return 2;
  }
  printf("seed %" PRIu64 "\n", o.seed);
  if (!bench_report_open(&report, o.json, &(bench_options){.seed = o.seed, .rounds = ROUNDS})) return 1;
  bool ok = random_programs(&o, &report);
  ok = package(&o, &report) && ok;
  return bench_report_close(&report) && ok ? 0 : 1;
}
