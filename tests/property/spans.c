/* Spans of periods by horizon (exec/span.h) against every period alone (exec/vm.h), cell by cell: random typed programs over random facts, 24 to 36 periods each, with all law known and with the law
 * known on a day, chunks of 1, 3 and 4096 rows, all results wanted and one in three.
 *
 *   spans [--count N] [--seed S] [--rows R] [--only I]
 *
 * Fails on a difference, and if too little was reused to have tested anything. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
    if (getenv("SPANS_PRINT")) ans_program_disassemble(p, stdout);
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
  for (uint32_t i = 0; i < count && t.failures < MAX_REPORTS; i++)
    if ((only == UINT64_MAX || only == i) && !one_model(&t, seed, i, rows)) t.failures++;
  const bool enough = only != UINT64_MAX || t.reused * 5 >= t.models;
  printf("models %u, cells compared %" PRIu64 ", evaluations of a component %" PRIu64 " of %" PRIu64 ", spans with less than half %u%s\n", t.models, t.cells, t.evaluated, t.components, t.reused, enough ? "" : "  TOO FEW");
  printf("%s: %u of %u models differ or failed (seed %" PRIu64 ")\n", t.failures || !enough ? "FAILED" : "ok", t.failures, count, seed);
  return t.failures || !enough ? 1 : 0;
}
