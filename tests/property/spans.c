/* Spans of periods by horizon (exec/span.h) against every period alone (exec/vm.h), cell by cell: random typed programs over random facts, 24 to 36 periods each, with all law known and with the law
 * known on a day, chunks of 1, 3 and 4096 rows, all results wanted and one in three.
 *
 *   spans [--count N] [--seed S] [--rows R] [--only I]
 *   spans --rules FOLDER …       compiled rule packages over random facts instead, 36 periods each
 *
 * Fails on a difference, and if too little was reused to have tested anything. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "exec/span.h"
#include "lower/lower.h"
#include "num/period.h"
#include "options.h"

enum { LEAST = 24, MORE = 13, MAX_REPORTS = 5 };

typedef struct tally { uint64_t cells, evaluated, components, changed; uint32_t models, failures, reused; } tally;

typedef struct subject { tally *t; uint64_t seed; uint32_t number; const ans_program *p; const ans_columns *c; int32_t first, last, law_known; uint32_t *wanted, n, chunk; } subject;

static bool refused(const subject *s, const char *who, const ans_error *err) {
  printf("REFUSED: seed %" PRIu64 " model %u\n", s->seed, s->number);
  print_error(who, err);
  return false;
}

static bool same_period(const subject *s, const ans_span *span, const ans_vm *vm, int32_t period) {
  for (uint32_t k = 0; k < s->n; k++) {
    const ans_insn *in = &s->p->insns[s->wanted[k]];
    for (uint32_t row = 0; row < s->c->units[in->unit].rows; row++, s->t->cells++) {
      const ans_scalar a = ans_span_get(span, s->wanted[k], row), b = ans_vm_get(vm, s->wanted[k], row);
      if (a.state == b.state && a.v == b.v) continue;
      char when[ANS_PERIOD_TEXT], by_span[48], alone[48];
      print_cell(by_span, in->type, a);
      print_cell(alone, in->type, b);
      printf("DIFFERENCE: seed %" PRIu64 " model %u chunk %u law %d: r%u (%s) row %u in %s: by span %s, alone %s\n", s->seed, s->number, s->chunk, s->law_known, s->wanted[k], ans_opcode_mnemonic((ans_opcode)in->op), row,
             ans_period_format(s->p->period_kind, period, when), by_span, alone);
      return false;
    }
  }
  return true;
}

static bool compare(const subject *s) {
  ans_error err = {0};
  ans_span *span = ans_span_new(s->p, s->wanted, s->n, s->chunk);
  ans_vm *vm = ans_vm_new(s->p, s->wanted, s->n, 0);
  if (!span || !vm) abort();
  ans_span_law_known(span, s->law_known);
  ans_vm_law_known(vm, s->law_known);
  bool ok = true;
  for (int32_t period = s->first; ok && period <= s->last; period++) {
    ok = (period == s->first ? ans_span_begin(span, s->c, s->first, s->last, &err) : ans_span_next(span, &err)) == ANS_OK || refused(s, "span", &err);
    ok = ok && (ans_vm_run(vm, s->c, 0, s->c->components, period, &err) == ANS_OK || refused(s, "vm", &err));
    ok = ok && same_period(s, span, vm, period);
  }
  const uint64_t all = (uint64_t)s->c->components * (uint32_t)(s->last - s->first + 1);
  s->t->evaluated += ans_span_evaluated(span);
  s->t->components += all;
  s->t->reused += ans_span_evaluated(span) * 2 < all;
  ans_span_free(span);
  ans_vm_free(vm);
  return ok;
}

static uint32_t base_results(const ans_program *p, uint32_t *wanted, uint32_t step) {
  uint32_t n = 0;
  for (uint32_t k = 0; k < p->result_count; k += step)
    if (p->units[p->results[k].unit].parent == ANS_NONE) wanted[n++] = p->results[k].insn;
  return n;
}

/* --- rule packages ------------------------------------------------------------------------------------------------------------ */
enum { PACKAGE_PERIODS = 36, PACKAGE_COMPONENTS = 60 };

typedef struct filler { const ans_program *p; ans_columns_builder *b; rnd r; int64_t first, last; uint32_t row[256], rows[256]; unsigned open_percent; } filler; /* row, rows: of the open component, per unit */

/* Dates near the span, where things change in it, and dates of birth. Numbers that are small, or amounts. Within the declared bounds. */
static ans_scalar package_any_value(filler *f, const ans_fact *fact) {
  const ans_type *t = &fact->type;
  const uint8_t missing = fact->nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN;
  if (rnd_percent(&f->r, f->open_percent)) return (ans_scalar){0, rnd_percent(&f->r, 60) ? missing : ANS_NOT_APPLICABLE};
  switch ((int)t->tag) {
    case ANS_T_BOOL: return (ans_scalar){rnd_percent(&f->r, 60), ANS_VALUE};
    case ANS_T_DATE: return (ans_scalar){rnd_percent(&f->r, 50) ? rnd_range(&f->r, (int32_t)f->first - 400, (int32_t)f->last + 100) : f->first - rnd_below(&f->r, 26000), ANS_VALUE};
    case ANS_T_MONTH: return (ans_scalar){ans_period_of(ANS_PERIOD_MONTH, f->first) - 12 + (int64_t)rnd_below(&f->r, 60), ANS_VALUE};
    case ANS_T_ENUM: return (ans_scalar){rnd_below(&f->r, f->p->enums[t->ref].value_count), ANS_VALUE};
    case ANS_T_LIST: return (ans_scalar){rnd_below(&f->r, 1u << (f->p->enums[t->ref].value_count < 20 ? f->p->enums[t->ref].value_count : 20)), ANS_VALUE};
    case ANS_T_REF: return f->rows[t->ref] ? (ans_scalar){f->row[t->ref] + rnd_below(&f->r, f->rows[t->ref]), ANS_VALUE} : (ans_scalar){0, missing};
    case ANS_T_TEXT: return (ans_scalar){0, missing};
    default: return (ans_scalar){t->tag == ANS_T_MONEY ? rnd_below(&f->r, 300000) : rnd_below(&f->r, rnd_percent(&f->r, 70) ? 6 : 200), ANS_VALUE};
  }
}

static ans_scalar package_value(filler *f, const ans_fact *fact) {
  ans_scalar v = package_any_value(f, fact);
  if (v.state == ANS_VALUE && !ans_fact_admits(fact, v.v)) v.v = fact->bounds & ANS_FACT_LEAST && v.v < fact->low ? fact->low : fact->high;
  return v;
}

static ans_status package_timeline(filler *f, uint32_t fact, uint32_t row, ans_error *err) {
  ans_interval items[6];
  uint32_t n = 0;
  int64_t day = f->first - rnd_below(&f->r, 900);
  for (const uint32_t most = rnd_below(&f->r, 6); n < most; n++) {
    const ans_scalar v = package_value(f, &f->p->facts[fact]);
    const int64_t to = day + rnd_below(&f->r, rnd_percent(&f->r, 30) ? 25 : 500);
    items[n] = (ans_interval){.from = (int32_t)day, .to = (int32_t)to, .value = v.v, .state = v.state};
    day = to + 1 + (rnd_percent(&f->r, 20) ? rnd_below(&f->r, 40) : 0);
  }
  if (n && rnd_percent(&f->r, 60)) items[0].from = ANS_OPEN_PAST;
  if (n && rnd_percent(&f->r, 60)) items[n - 1].to = ANS_OPEN_FUTURE;
  return ans_columns_set_timeline(f->b, fact, row, items, n, err);
}

static ans_status package_component(filler *f, ans_error *err) {
  const ans_program *p = f->p;
  ans_status status = ans_columns_begin_component(f->b, err);
  f->open_percent = rnd_below(&f->r, 3) * 8;
  for (uint32_t u = 1; u < p->unit_count && status == ANS_OK; u++) {
    f->row[u] += f->rows[u];
    f->rows[u] = p->units[u].parent == ANS_NONE ? 1 + rnd_below(&f->r, 3) : 0;
    for (uint32_t k = 0, row; k < f->rows[u] && status == ANS_OK; k++) status = ans_columns_add_row(f->b, u, NULL, &row, err);
  }
  for (uint32_t i = 0; i < p->fact_count; i++) {
    const ans_fact *fact = &p->facts[i];
    for (uint32_t k = 0; k < f->rows[fact->unit] && status == ANS_OK; k++) {
      const uint32_t row = f->row[fact->unit] + k;
      status = fact->kind == ANS_FACT_TIMELINE ? package_timeline(f, i, row, err) : ans_columns_set(f->b, i, row, package_value(f, fact), err);
    }
  }
  return status == ANS_OK ? ans_columns_end_component(f->b, err) : status;
}

static ans_columns *package_columns(const ans_program *p, uint64_t seed, int32_t first, int32_t last, ans_error *err) {
  filler f = {.p = p, .b = ans_columns_builder_new(p), .r = rnd_seed(seed, 77), .first = ans_period_first(p->period_kind, first), .last = ans_period_last(p->period_kind, last)};
  ans_columns *c = NULL;
  if (!f.b || p->unit_count > sizeof f.row / sizeof *f.row) abort();
  ans_status status = ANS_OK;
  for (uint32_t k = 0; k < PACKAGE_COMPONENTS && status == ANS_OK; k++) status = package_component(&f, err);
  if (status == ANS_OK) status = ans_columns_finish(f.b, &c, err);
  ans_columns_builder_free(f.b);
  return status == ANS_OK ? c : NULL;
}

/* What a run asks: the results of the benefits; of a package without any, all its results. */
static uint32_t benefit_results(const ans_program *p, uint32_t *wanted) {
  uint32_t n = 0;
  for (uint32_t b = 0; b < p->benefit_count; b++) {
    wanted[n++] = p->results[p->benefits[b].entitled_result].insn;
    if (p->benefits[b].amount_result != ANS_NONE) wanted[n++] = p->results[p->benefits[b].amount_result].insn;
  }
  return n ? n : base_results(p, wanted, 1);
}

static bool one_package(tally *t, const char *folder, uint64_t seed) {
  ans_error err = {0};
  ans_compilation code = {0};
  ans_diags *diags = ans_diags_new();
  subject s = {.t = t, .seed = seed, .chunk = 0, .law_known = ANS_DAY_MAX};
  bool ok = (diags && ans_compile_path(folder, diags, &code, &err) == ANS_OK && code.program) || refused(&s, folder, &err);
  if (ok) {
    const ans_program *p = code.program;
    const uint64_t before = t->evaluated, all = t->components;
    s.p = p;
    s.wanted = calloc((size_t)p->result_count + 2 * (size_t)p->benefit_count + 1, sizeof *s.wanted);
    if (!s.wanted) abort();
    s.n = benefit_results(p, s.wanted);
    s.last = p->last_period - (int32_t)(seed % 5) * 12;
    s.first = s.last - PACKAGE_PERIODS + 1 < p->first_period ? p->first_period : s.last - PACKAGE_PERIODS + 1;
    if (s.last < s.first) s.last = p->last_period;
    ans_columns *c = package_columns(p, seed, s.first, s.last, &err);
    s.c = c;
    t->models++;
    ok = c ? s.n == 0 || compare(&s) : refused(&s, "columns", &err);
    printf("%s: %" PRIu64 " of %" PRIu64 " evaluations\n", p->name, t->evaluated - before, t->components - all);
    ans_columns_free(c);
    free(s.wanted);
  }
  ans_compilation_dispose(&code);
  ans_diags_free(diags);
  return ok;
}

static bool one_model(tally *t, uint64_t seed, uint32_t number, uint32_t rows) {
  static const uint32_t chunks[] = {1, 3, 4096};
  gen_traits traits;
  ans_error err = {0};
  ans_program *p = NULL;
  const uint64_t own = seed * 1000003u + number;
  ans_model *m = gen_model(own, (gen_options){.kinds = true, .small = number % 2 == 1}, &traits);
  gen_data *d = gen_data_new(own, m, gen_rows(m, rows), traits.extreme);
  subject s = {.t = t, .seed = seed, .number = number, .chunk = chunks[number % 3]};
  bool ok = ans_lower_program(m, &p, &err) == ANS_OK || refused(&s, "lowering", &err);
  ans_columns *c = ok ? gen_columns(p, m, d, NULL, 0, NULL, &err) : NULL;
  ok = ok && (c || refused(&s, "columns", &err));
  if (ok) {
    s.p = p;
    s.c = c;
    s.wanted = calloc((size_t)p->result_count + 1, sizeof *s.wanted);
    if (!s.wanted) abort();
    s.last = d->periods[0] + (int32_t)(LEAST - 1 + own % MORE) / 2;
    if (s.last > p->last_period) s.last = p->last_period;
    s.first = s.last - (int32_t)(LEAST - 1 + own % MORE);
    if (s.first < p->first_period) s.first = p->first_period;
    t->models++;
    for (unsigned k = 0; ok && k < 2; k++) {
      s.n = base_results(p, s.wanted, k ? 3 : 1);
      s.law_known = k == number % 2 ? ANS_DAY_MAX : (int32_t)ans_period_first(p->period_kind, s.first) + (int32_t)(own % 700);
      ok = s.n == 0 || compare(&s);
    }
    free(s.wanted);
  }
  ans_columns_free(c);
  ans_program_free(p);
  gen_data_free(d);
  gen_model_free(m);
  return ok;
}

int main(int argc, char **argv) {
  const uint32_t count = (uint32_t)number_option(argc, argv, "--count", 400), rows = (uint32_t)number_option(argc, argv, "--rows", 200);
  const uint64_t seed = number_option(argc, argv, "--seed", 1), only = number_option(argc, argv, "--only", UINT64_MAX);
  tally t = {0};
  const bool rules = argc > 2 && strcmp(argv[1], "--rules") == 0;
  for (int i = 2; rules && i < argc; i++)
    for (uint64_t k = 0; k < 3; k++)
      if (!one_package(&t, argv[i], k + 1)) t.failures++;
  for (uint32_t i = 0; !rules && i < count && t.failures < MAX_REPORTS; i++)
    if ((only == UINT64_MAX || only == i) && !one_model(&t, seed, i, rows)) t.failures++;
  const bool enough = rules || only != UINT64_MAX || t.reused * 5 >= t.models;
  printf("models %u, cells compared %" PRIu64 ", evaluations of a component %" PRIu64 " of %" PRIu64 ", spans with less than half %u%s\n", t.models, t.cells, t.evaluated, t.components, t.reused, enough ? "" : "  TOO FEW");
  printf("%s: %u of %u models differ or failed (seed %" PRIu64 ")\n", t.failures || !enough ? "FAILED" : "ok", t.failures, rules ? t.models : count, seed);
  return t.failures || !enough ? 1 : 0;
}
