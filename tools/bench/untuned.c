/* What nobody tuned for: random typed programs (the generator of the property tests) with seeds drawn at run time, and any package whose facts are scalars, filled at random (the building code of
 * Thuringia). Nobody wrote these programs by hand, so there are two yardsticks: the C that the engine emits of the same program, compiled at run time (checked scalar code, one family at a time, that keeps every
 * cell), and the replay of the same rows. Before a program is timed, every result of the VM is compared with the replay, and with the emitted C on the components that are measured.
 *
 *   bench_untuned [--programs N] [--seed S] [--rules DIR] [--cc "COMPILER FLAGS" | --cc none] [--json FILE]
 *
 * Prints, for every instruction set of the machine, the median and the worst ratio over programs of 50 to 500 instructions, with the seed that repeats the worst; and the same for those with exceptions three deep or
 * deeper. Exit 0: measured and equal; 1: a difference or a failure; 2: wrong options. Emissions are compiled in a folder that is made in the working directory and removed.
 * Memory and threads: a batch of programs at a time, one thread. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "bind.h"
#include "embedded.h"
#include "exceptions.h"
#include "fill.h"
#include "gen_model.h"
#include "isa.h"
#include "lower/lower.h"
#include "num/calendar.h"
#include "num/period.h"
#include "replay/replay.h"

enum { LEAST = 50, MOST = 500, ROWS = 5000, ROUNDS = 5, PACKAGE_ROWS = 20000, TRIES = 100000, BATCH = 25, EMITTED_MOST = 250 /* components that the emitted C evaluates */, DEEP = 3 };
typedef struct options { uint32_t programs; uint64_t seed; const char *rules, *json, *cc; } options;
typedef struct timing { double vm_ns[MAX_ISA], replay_ns, emitted_ns; uint64_t cells, differences; } timing;
/* One program with its rows. */
typedef struct subject { uint64_t seed; ans_model *m; gen_data *d; ans_program *p; ans_columns *c; int32_t period; uint32_t depth; } subject;

/* Row-grain results of base units: what all engines can be asked for. */
static uint32_t wanted(const ans_program *p, uint32_t *regs, uint32_t cap) {
  uint32_t n = 0;
  for (uint32_t k = 0; k < p->result_count && n < cap; k++) {
    const uint32_t reg = p->results[k].insn, unit = p->insns[reg].unit;
    if (unit && p->units[unit].parent == ANS_NONE) regs[n++] = reg;
  }
  return n;
}

/* --- one program ---------------------------------------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct bout { const subject *s; ans_vm *vm; uint32_t *regs, count; embedded emitted; bool has_emitted; } bout;

static uint64_t unequal(const bout *b, uint32_t k, uint32_t reg, uint32_t row, ans_scalar x, bool relative) {
  ans_scalar v = ans_vm_get(b->vm, reg, row);
  if (relative) v.v = embed_relative(b->s->c, b->s->p->insns[reg].type, v, k);
  return v.state != x.state || v.v != x.v;
}

/* Compares and times the replay of every component in one pass: the replay is slow, and once is enough. */
static bool replay_all(const bout *b, timing *t) {
  const ans_columns *c = b->s->c;
  uint64_t ns = 0;
  for (uint32_t k = 0; k < c->components; k++) {
    ans_error err = {0};
    ans_trace *trace = NULL;
    const uint64_t t0 = bench_cpu();
    if (bench_failed("replay", ans_replay_run(c, k, b->s->period, &trace, &err), &err)) return false;
    ns += bench_cpu() - t0;
    for (uint32_t i = 0; i < b->count; i++) {
      const uint32_t *first = c->units[b->s->p->insns[b->regs[i]].unit].component_first;
      for (uint32_t row = first[k]; row < first[k + 1]; row++, t->cells++) t->differences += unequal(b, k, b->regs[i], row, ans_trace_get(trace, b->regs[i], row - first[k]), false);
    }
    ans_trace_free(trace);
  }
  t->replay_ns = (double)ns;
  return true;
}

static bool compare_emitted(bout *b, timing *t) {
  const ans_columns *c = b->s->c;
  if (!embedded_period(&b->emitted, b->s->period)) return false;
  for (uint32_t n = 0; n < b->emitted.count; n++) {
    const uint32_t k = n * b->emitted.step;
    if (!embedded_evaluate(&b->emitted, n)) return false;
    for (uint32_t i = 0; i < b->count; i++) {
      const uint32_t *first = c->units[b->s->p->insns[b->regs[i]].unit].component_first;
      for (uint32_t row = first[k]; row < first[k + 1]; row++, t->cells++) t->differences += unequal(b, k, b->regs[i], row, embedded_cell(&b->emitted, b->regs[i], row - first[k]), true);
    }
  }
  return true;
}

/* VM on every instruction set and the emitted C in turn within each round. */
static bool rounds(bout *b, const isa *sets, unsigned set_count, timing *t) {
  double times[MAX_ISA + 1][ROUNDS];
  for (int k = 0; k < ROUNDS; k++) {
    for (unsigned i = 0; i < set_count; i++) {
      ans_error err = {0};
      b->vm->k = sets[i].kernels;
      const uint64_t t0 = bench_cpu();
      if (bench_failed("vm", ans_vm_run(b->vm, b->s->c, 0, b->s->c->components, b->s->period, &err), &err)) return false;
      times[i][k] = (double)(bench_cpu() - t0);
    }
    if (b->has_emitted && !embedded_time(&b->emitted, b->s->period, &times[MAX_ISA][k])) return false;
  }
  for (unsigned i = 0; i < set_count; i++) t->vm_ns[i] = bench_median(times[i], ROUNDS);
  if (b->has_emitted) t->emitted_ns = bench_median(times[MAX_ISA], ROUNDS) * b->s->c->components / b->emitted.count;
  return true;
}

/* e NULL: without emitted C. */
static bool measure(const subject *s, const emit_bound *e, const isa *sets, unsigned set_count, timing *t) {
  bout b = {.s = s, .regs = calloc((size_t)s->p->result_count + 1, sizeof *b.regs), .has_emitted = e != NULL};
  b.count = b.regs ? wanted(s->p, b.regs, s->p->result_count) : 0;
  b.vm = b.count ? ans_vm_new(s->p, b.regs, b.count, 0) : NULL;
  *t = (timing){0};
  bool ok = b.vm != NULL && (!e || embedded_make(&b.emitted, *e, s->p, s->c, s->c->components / EMITTED_MOST + 1));
  ok = ok && rounds(&b, sets, set_count, t) && replay_all(&b, t) && (!e || compare_emitted(&b, t));
  if (t->differences) fprintf(stderr, "bench: seed %" PRIu64 ": %" PRIu64 " cells of VM, replay and emitted C differ\n", s->seed, t->differences);
  embedded_dispose(&b.emitted);
  ans_vm_free(b.vm);
  free(b.regs);
  return ok;
}

/* --- ratios over programs -------------------------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct ratios { double *all, *deep, worst, worst_deep; uint32_t count, deep_count, instructions, depth; uint64_t seed; } ratios;
typedef struct tally { ratios emitted[MAX_ISA], replay[MAX_ISA]; uint32_t programs, deepest; uint64_t cells, differences; bool with_emitted; } tally;

static void ratio_add(ratios *r, double x, const subject *s) {
  r->all[r->count++] = x;
  if (s->depth >= DEEP) {
    r->deep[r->deep_count++] = x;
    if (x > r->worst_deep) r->worst_deep = x;
  }
  if (x <= r->worst) return;
  r->worst = x;
  r->instructions = s->p->insn_count;
  r->depth = s->depth;
  r->seed = s->seed;
}

static void tally_add(tally *a, const subject *s, const timing *t, unsigned sets) {
  for (unsigned i = 0; i < sets; i++) {
    if (a->with_emitted) ratio_add(&a->emitted[i], t->vm_ns[i] / t->emitted_ns, s);
    ratio_add(&a->replay[i], t->vm_ns[i] / t->replay_ns, s);
  }
  a->programs++;
  a->cells += t->cells;
  a->differences += t->differences;
  if (s->depth > a->deepest) a->deepest = s->depth;
}

static bool tally_new(tally *a, uint32_t programs, bool with_emitted) {
  bool ok = true;
  *a = (tally){.with_emitted = with_emitted};
  for (unsigned i = 0; i < 2 * MAX_ISA && ok; i++) {
    ratios *r = i < MAX_ISA ? &a->emitted[i] : &a->replay[i - MAX_ISA];
    r->all = calloc((size_t)programs + 1, sizeof *r->all);
    r->deep = calloc((size_t)programs + 1, sizeof *r->deep);
    ok = r->all && r->deep;
  }
  return ok;
}

static void tally_free(tally *a) {
  for (unsigned i = 0; i < 2 * MAX_ISA; i++) {
    ratios *r = i < MAX_ISA ? &a->emitted[i] : &a->replay[i - MAX_ISA];
    free(r->all);
    free(r->deep);
  }
}

static void print_ratios(const char *what, const char *engine, const char *yardstick, ratios *x, const tally *a, bench_report *r) {
  char seed[24];
  const double median = bench_median(x->all, x->count), deep = bench_median(x->deep, x->deep_count);
  snprintf(seed, sizeof seed, "%" PRIu64, x->seed);
  printf("  %-18s %-12s / %-10s median %.3f, worst %.3f (seed %s, %u instructions, exceptions %u deep)", what, engine, yardstick, median, x->worst, seed, x->instructions, x->depth);
  if (x->deep_count) printf("; the %u with exceptions %d deep or deeper: median %.3f, worst %.3f", x->deep_count, DEEP, deep, x->worst_deep);
  putchar('\n');
  bench_report_row(r, "untuned");
  bench_report_text(r, "what", what);
  bench_report_text(r, "engine", engine);
  bench_report_text(r, "yardstick", yardstick);
  bench_report_number(r, "programs", a->programs);
  bench_report_number(r, "cells", (double)a->cells);
  bench_report_number(r, "differences", (double)a->differences);
  bench_report_number(r, "median", median);
  bench_report_number(r, "worst", x->worst);
  bench_report_text(r, "seed", seed);
  bench_report_number(r, "instructions", x->instructions);
  bench_report_number(r, "depth", x->depth);
  bench_report_number(r, "deepest", a->deepest);
  bench_report_number(r, "deep_programs", x->deep_count);
  bench_report_number(r, "deep_median", deep);
  bench_report_number(r, "deep_worst", x->worst_deep);
}

static void tally_print(const char *what, tally *a, const isa *sets, unsigned set_count, bench_report *r) {
  printf("%s: %u programs, exceptions up to %u deep, %" PRIu64 " cells compared, %" PRIu64 " differences%s\n", what, a->programs, a->deepest, a->cells, a->differences, a->with_emitted ? "" : "; emitted C not run: no compiler");
  for (unsigned i = 0; i < set_count; i++) {
    if (a->with_emitted) print_ratios(what, sets[i].name, "emitted C", &a->emitted[i], a, r);
    print_ratios(what, sets[i].name, "replay", &a->replay[i], a, r);
  }
}

/* --- random programs ---------------------------------------------------------------------------------------------------------------------------------------------------------------- */
static void subject_free(subject *s) {
  ans_columns_free(s->c);
  ans_program_free(s->p);
  gen_data_free(s->d);
  gen_model_free(s->m);
}

/* 0: made; 1: not of the size wanted; 2: failed. */
static int subject_make(uint64_t seed, subject *s) {
  gen_traits traits;
  ans_error err = {0};
  exceptions x;
  *s = (subject){.seed = seed, .m = gen_model(seed, (gen_options){.small = seed % 2 == 0}, &traits)};
  if (bench_failed("lowering", ans_lower_program(s->m, &s->p, &err), &err)) return 2;
  if (s->p->insn_count < LEAST || s->p->insn_count > MOST) return 1;
  s->d = gen_data_new(seed, s->m, gen_rows(s->m, ROWS), traits.extreme);
  s->c = gen_columns(s->p, s->m, s->d, NULL, 0, NULL, &err);
  s->period = s->d->periods[0];
  exceptions_of(s->p, &x);
  s->depth = x.deepest;
  return bench_failed("columns", s->c ? ANS_OK : ANS_INPUT, &err) ? 2 : 0;
}

/* Draws, compiles and measures n programs. */
static bool batch(const options *o, uint64_t *state, uint32_t n, const isa *sets, unsigned set_count, tally *a) {
  subject s[BATCH];
  const ans_program *programs[BATCH];
  uint32_t made = 0;
  bool ok = true;
  for (uint32_t k = 0; ok && made < n && k < TRIES; k++) {
    const int result = subject_make(bench_random(state) >> 1, &s[made]);
    ok = result != 2;
    if (result) subject_free(&s[made]);
    else programs[made] = s[made].p, made++;
  }
  emit_batch *b = ok && a->with_emitted ? emit_batch_new(programs, made, o->cc) : NULL;
  ok = ok && made == n && (b || !a->with_emitted);
  for (uint32_t k = 0; k < made; k++) {
    timing t;
    ok = ok && measure(&s[k], b ? emit_batch_get(b, k) : NULL, sets, set_count, &t);
    if (ok) tally_add(a, &s[k], &t, set_count);
    subject_free(&s[k]);
  }
  emit_batch_free(b);
  return ok;
}

static bool random_programs(const options *o, const isa *sets, unsigned set_count, bench_report *r) {
  uint64_t state = o->seed;
  tally a;
  bool ok = tally_new(&a, o->programs, o->cc != NULL);
  for (uint32_t k = 0; ok && k < o->programs; k += BATCH) ok = batch(o, &state, o->programs - k < BATCH ? o->programs - k : BATCH, sets, set_count, &a);
  if (ok) tally_print("random programs", &a, sets, set_count, r);
  tally_free(&a);
  return ok && !a.differences;
}

/* --- a package with scalar facts ------------------------------------------------------------------------------------------------------------------------------------------------------ */
static bool package(const options *o, const isa *sets, unsigned set_count, bench_report *r) {
  ans_error err = {0};
  ans_compilation code = {0};
  ans_diags *diags = ans_diags_new();
  const fill_rates rates = {.seed = o->seed, .rows = PACKAGE_ROWS, .unknown = 300};
  exceptions x;
  timing t;
  tally a = {0};
  bool ok = diags && !bench_failed(o->rules, ans_compile_path(o->rules, diags, &code, &err), &err) && code.program;
  subject s = {.seed = o->seed, .p = code.program, .c = ok ? fill_scalars(code.program, &rates) : NULL, .period = ok ? code.program->last_period : 0};
  if (ok) exceptions_of(code.program, &x), s.depth = x.deepest;
  const ans_program *const one = code.program;
  emit_batch *b = s.c && o->cc ? emit_batch_new(&one, 1, o->cc) : NULL;
  ok = s.c && (b || !o->cc) && tally_new(&a, 1, b != NULL) && measure(&s, b ? emit_batch_get(b, 0) : NULL, sets, set_count, &t);
  if (ok) {
    tally_add(&a, &s, &t, set_count);
    tally_print(code.program->name, &a, sets, set_count, r);
    printf("  %-18s VM %.1f ns per row, emitted C %.1f\n", code.program->name, t.vm_ns[set_count - 1] / PACKAGE_ROWS, t.emitted_ns / PACKAGE_ROWS);
  }
  tally_free(&a);
  emit_batch_free(b);
  ans_columns_free(s.c);
  ans_compilation_dispose(&code);
  ans_diags_free(diags);
  return ok && !a.differences;
}

static bool read_options(options *o, int argc, char **argv) {
  *o = (options){.programs = 100, .seed = bench_now() ^ (uint64_t)time(NULL) << 20, .rules = "rules/thueringen/bauo", .cc = "cc -O2"};
  for (int k = 1; k < argc; k += 2) {
    char *end = NULL;
    if (k + 1 == argc) return false;
    if (!strcmp(argv[k], "--rules")) o->rules = argv[k + 1];
    else if (!strcmp(argv[k], "--json")) o->json = argv[k + 1];
    else if (!strcmp(argv[k], "--cc")) o->cc = strcmp(argv[k + 1], "none") ? argv[k + 1] : NULL;
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
  isa sets[MAX_ISA];
  if (!read_options(&o, argc, argv)) {
    fprintf(stderr, "usage: bench_untuned [--programs N] [--seed S] [--rules DIR] [--cc \"COMPILER FLAGS\" | --cc none] [--json FILE]\n");
    return 2;
  }
  const unsigned set_count = isas(sets);
  printf("seed %" PRIu64 ", emitted C compiled with %s\n", o.seed, o.cc ? o.cc : "nothing");
  if (!bench_report_open(&report, o.json, &(bench_options){.seed = o.seed, .rounds = ROUNDS})) return 1;
  bool ok = random_programs(&o, sets, set_count, &report);
  ok = package(&o, sets, set_count, &report) && ok;
  return bench_report_close(&report) && ok ? 0 : 1;
}
