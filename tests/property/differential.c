/* Differential test: random model → bytecode → vector VM (chunks 1, 3, 4096) and replay, against the reference interpreter.
 * The bytecode is made twice, by dsl/lower and by the naive lowering of this folder (one row per day), and both must agree.
 * A plain program without a test framework, so that it also runs under the sanitizers.
 *
 *   differential [--count N] [--seed S] [--rows R] [--only I] [--lowering dsl|naive]
 *
 * Prints what was covered and fails on a difference, on an opcode or a state never hit, and on shares too small to mean anything. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "lower/lower.h"
#include "naive_lower.h"
#include "shrink.h"
#include "options.h"

enum { MAX_REPORTS = 5, WIDE = 12 /* every so many models has 8 times the rows: several words of every bitmap, also in one component */ };

typedef struct tally {
  uint64_t opcodes[ANS_OP_COUNT], states[ANS_STATE_COUNT], cells, instructions;
  uint64_t pointers, cross;
  uint32_t models, unknowns, nested, timelines, groups, ranks, derived, texts, lists, extreme, superseding, overridden, components, failures;
} tally;

static void count_model(tally *t, const ans_program *p, const gen_data *d, const gen_traits *traits) {
  t->models++;
  t->components += d->count;
  t->pointers += d->pointers;
  t->cross += d->cross_pointers;
  t->unknowns += d->unknowns > 0;
  t->nested += traits->nested;
  t->timelines += traits->timelines;
  t->groups += traits->groups;
  t->ranks += traits->ranks;
  t->derived += traits->derived;
  t->texts += traits->texts;
  t->lists += traits->lists;
  t->extreme += traits->extreme;
  t->superseding += traits->superseding;
  for (uint32_t k = 0; k < d->count; k++)
    if (d->components[k].override_count) {
      t->overridden++;
      break;
    }
  t->instructions += p->insn_count;
  for (uint32_t i = 0; i < p->insn_count; i++) t->opcodes[p->insns[i].op]++;
}

static void count_states(tally *t, const expected *e) {
  for (uint32_t k = 0; k < e->c->components; k++)
    for (uint32_t i = 0; i < e->m->result_count; i++) {
      if (e->m->results[i].grain != ANS_GRAIN_ROW) continue;
      for (uint32_t row = 0; row < ans_ref_rows(e->refs[k], e->m->results[i].unit); row++) {
        t->states[expected_cell(e, i, k, row).state]++;
        t->cells++;
      }
    }
}

typedef struct run { /* one model lowered one way */
  tally *t;
  uint64_t seed;
  uint32_t number;
  const char *lowering;
  lower_fn *lower;
  ans_model *m;
  const gen_data *d;
  ans_program *p;
  ans_columns *c;
} run;

static void head(const run *r, const char *what) { printf("%s: seed %" PRIu64 " model %u lowering %s\n", what, r->seed, r->number, r->lowering); }

static void refused(const run *r, const char *who, const ans_error *err) {
  head(r, "REFUSED");
  print_error(who, err);
}

static void report(const run *r, mismatch x) {
  head(r, "DIFFERENCE");
  mismatch_print(r->m, &x);
  if (r->t->failures < MAX_REPORTS) {
    mismatch small = x;
    uint32_t steps = shrink(r->m, r->d, r->lower, &small);
    printf("  after %u reductions (component %u alone):\n", steps, x.component);
    if (steps > 0) mismatch_print(r->m, &small);
    print_model(r->m, r->d, x.component, steps > 0 ? small.result : x.result);
  }
  fflush(stdout);
}

/* False if something differed or was refused. */
static bool compare_with(const run *r, const expected *e) {
  ans_error err = {0};
  mismatch x;
  comparison outcome = compare_engines(e, r->c, COMPARE_ALL, &x, &err);
  if (outcome == COMPARE_FAILED) refused(r, "an engine", &err);
  if (outcome == COMPARE_DIFFERENT) report(r, x);
  return outcome == COMPARE_EQUAL;
}

static bool prepare(run *r) {
  ans_error err = {0};
  if (r->lower(r->m, &r->p, &err) != ANS_OK) refused(r, "lowering", &err);
  else if (!(r->c = gen_columns(r->p, r->m, r->d, NULL, 0, NULL, &err))) refused(r, "columns", &err);
  return r->c != NULL;
}

static bool periods(run *r, run *naive) {
  for (int i = 0; i < GEN_PERIODS; i++) {
    ans_error err = {0};
    expected e;
    run *any = r->c ? r : naive;
    if (!expected_new(&e, any->m, any->c, any->d->periods[i], &err)) {
      refused(any, "reference", &err);
      return false;
    }
    count_states(r->t, &e);
    bool ok = (!r->c || compare_with(r, &e)) && (!naive->c || compare_with(naive, &e));
    expected_dispose(&e);
    if (!ok) return false;
  }
  return true;
}

static bool one_model(tally *t, uint64_t seed, uint32_t number, uint32_t rows, const char *lowering) {
  gen_traits traits;
  uint64_t own = seed * 1000003u + number;
  ans_model *m = gen_model(own, (gen_options){.kinds = true}, &traits);
  gen_data *d = gen_data_new(own, m, gen_rows(m, rows), traits.extreme);
  run r = {.t = t, .seed = seed, .number = number, .lowering = "dsl", .lower = ans_lower_program, .m = m, .d = d}, naive = r;
  naive.lowering = "naive";
  naive.lower = naive_lower;
  bool ok = (strcmp(lowering, "naive") == 0 || prepare(&r)) && (strcmp(lowering, "dsl") == 0 || prepare(&naive));
  if (ok) {
    count_model(t, r.p ? r.p : naive.p, d, &traits);
    ok = periods(&r, &naive);
  }
  ans_columns_free(r.c);
  ans_program_free(r.p);
  ans_columns_free(naive.c);
  ans_program_free(naive.p);
  gen_data_free(d);
  gen_model_free(m);
  return ok;
}

static bool share(const char *what, uint64_t part, uint64_t whole, uint32_t least_percent) {
  bool ok = part * 100 >= whole * least_percent;
  printf("  %-28s %" PRIu64 " of %" PRIu64 " (%" PRIu64 " %%, at least %u %%)%s\n", what, part, whole, whole ? part * 100 / whole : 0, least_percent,
         ok ? "" : "  TOO FEW");
  return ok;
}

static bool distribution(const tally *t) {
  static const char *const STATES[] = {"value", "not applicable", "unknown", "human", "error", "conflict"};
  bool ok = true;
  printf("models %u, components %u, instructions %" PRIu64 ", result cells %" PRIu64 "\nopcodes (instructions executed):\n", t->models,
         t->components, t->instructions, t->cells);
  for (int i = 0; i < ANS_OP_COUNT; i++) {
    printf("  %-14s %" PRIu64 "%s\n", ans_opcode_mnemonic((ans_opcode)i), t->opcodes[i], t->opcodes[i] ? "" : "  NEVER HIT");
    ok = ok && t->opcodes[i] > 0;
  }
  printf("states of results:\n");
  for (int i = 0; i < ANS_STATE_COUNT; i++) {
    printf("  %-14s %" PRIu64 "%s\n", STATES[i], t->states[i], t->states[i] ? "" : "  NEVER HIT");
    ok = ok && t->states[i] > 0;
  }
  printf("shares:\n");
  ok = share("pointers across households", t->cross, t->pointers, 15) && ok;
  ok = share("models with unknown facts", t->unknowns, t->models, 30) && ok;
  ok = share("exceptions three deep", t->nested, t->models, 30) && ok;
  ok = share("models with timelines", t->timelines, t->models, 30) && ok;
  ok = share("models with groups", t->groups, t->models, 30) && ok;
  ok = share("models with ranks", t->ranks, t->models, 10) && ok;
  ok = share("models with derived groups", t->derived, t->models, 10) && ok;
  ok = share("models with texts", t->texts, t->models, 30) && ok;
  ok = share("models with lists", t->lists, t->models, 30) && ok;
  ok = share("models with superseding law", t->superseding, t->models, 30) && ok;
  ok = share("models near 64-bit limits", t->extreme, t->models, 10) && ok;
  ok = share("models with overrides", t->overridden, t->models, 10) && ok;
  return ok;
}

static const char *text_option(int argc, char **argv, const char *name, const char *otherwise) {
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp(argv[i], name) == 0) return argv[i + 1];
  return otherwise;
}

int main(int argc, char **argv) {
  uint32_t count = (uint32_t)number_option(argc, argv, "--count", 300), rows = (uint32_t)number_option(argc, argv, "--rows", 60);
  uint64_t seed = number_option(argc, argv, "--seed", 1), only = number_option(argc, argv, "--only", UINT64_MAX);
  const char *lowering = text_option(argc, argv, "--lowering", "both");
  tally t = {0};
  for (uint32_t i = 0; i < count; i++)
    if ((only == UINT64_MAX || only == i) && !one_model(&t, seed, i, i % WIDE == WIDE - 1 ? rows * 8 : rows, lowering)) t.failures++;
  bool covered = distribution(&t) || only != UINT64_MAX;
  printf("%s: %u of %u models differ or failed (seed %" PRIu64 ")\n", t.failures || !covered ? "FAILED" : "ok", t.failures, count, seed);
  return t.failures || !covered ? 1 : 0;
}
