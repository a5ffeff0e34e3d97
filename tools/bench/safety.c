/* What safety costs the VM, and what ratchet.py counts.
 *
 *   overflow   the same run with the product's kernels and with kernels that never look for overflow (unchecked.h), in turn within each round; results must be equal.
 *   unknowns   the same population once as it is with all facts known, and once with one family in BLANK_EVERY of which no fact is known, so that every batch, and nearly every register in it, has open states to carry:
 *              the work of two or three rows in a thousand, and the price of three-valued logic in all of them. In Wohngeld and Kindergeld some states occur with all facts known as well ("not applicable", facts
 *              that nobody asks for); the building code has none then, so there the price is all of it.
 *   counters   instructions per household by hardware counter, where there is one.
 *
 * Ratios are medians of the ratios within rounds. See bench.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "counter.h"
#include "fill.h"
#include "laws_stage.h"
#include "unchecked.h"
#include "versus.h"

enum { BLANK_EVERY = 500, BLANK_ROWS = 2000, FILLED_ROWS = 200000 };

static void print_line(const char *what, const char *name, const char *engine, double ns, double more, bench_report *r) {
  printf("  %-9s %-22s %-12s %10.1f ns per household or row %+7.1f %%\n", what, name, engine, ns, 100 * more);
  bench_report_row(r, "safety");
  bench_report_text(r, "what", what);
  bench_report_text(r, "law", name);
  bench_report_text(r, "engine", engine);
  bench_report_number(r, "ns", ns);
  bench_report_number(r, "cost", more);
}

/* --- overflow --------------------------------------------------------------------------------------------------------------------------------------------------------------------- */
/* Results of the law as the VM left them, kept; or compared with those kept. */
static uint64_t results(law *l, ans_scalar *kept, bool compare) {
  uint64_t differences = 0;
  for (uint32_t row = 0; row < l->rows; row++)
    for (uint32_t k = 0; k < 2; k++) {
      const ans_scalar v = ans_vm_get(l->vm, l->reg[k], row);
      if (compare) differences += v.v != kept[2 * row + k].v || v.state != kept[2 * row + k].state;
      else kept[2 * row + k] = v;
    }
  return differences;
}

static bool overflow_of(law *l, const isa *set, double households, unsigned rounds, bench_report *r, uint64_t *differences) {
  vm_kernels without;
  ans_scalar *kept = calloc(2 * (size_t)l->rows + 1, sizeof *kept);
  double ns = 0, ratio = 1;
  unchecked_of(set->kernels, &without);
  bool ok = kept && law_run(l, set->kernels, TIMED_MONTH);
  if (ok) (void)results(l, kept, false);
  ok = ok && law_run(l, &without, TIMED_MONTH);
  if (ok) *differences += results(l, kept, true);
  ok = ok && versus(&(side){l->vm, l->columns, set->kernels, households}, &(side){l->vm, l->columns, &without, households}, TIMED_MONTH, rounds, &ns, &ratio);
  l->vm->k = set->kernels;
  if (ok) print_line("overflow", l->name, set->name, ns, 1 / ratio - 1, r);
  free(kept);
  return ok;
}

/* --- unknowns --------------------------------------------------------------------------------------------------------------------------------------------------------------------- */
static bool unknowns_of(const law *known, const law *open, const isa *set, double households, double open_households, unsigned rounds, bench_report *r) {
  double ns, ratio;
  if (!versus(&(side){known->vm, known->columns, set->kernels, households}, &(side){open->vm, open->columns, set->kernels, open_households}, TIMED_MONTH, rounds, &ns, &ratio)) return false;
  print_line("unknowns", known->name, set->name, ns, ratio - 1, r);
  return true;
}

/* A package whose facts are all scalars: not one state with all facts known. */
static bool unknowns_filled(const bench_options *o, const isa *sets, unsigned set_count, unsigned rounds, bench_report *r) {
  ans_error err = {0};
  ans_compilation code = {0};
  ans_diags *diags = ans_diags_new();
  const fill_rates all = {.seed = o->seed, .rows = FILLED_ROWS}, some = {.seed = o->seed, .rows = FILLED_ROWS, .blank_every = BLANK_ROWS};
  bool ok = diags && !bench_failed("thueringen/bauo", ans_compile_path("rules/thueringen/bauo", diags, &code, &err), &err) && code.program;
  ans_columns *known = ok ? fill_scalars(code.program, &all) : NULL, *open = ok ? fill_scalars(code.program, &some) : NULL;
  uint32_t reg = ANS_NONE;
  for (uint32_t k = 0; ok && k < code.program->result_count; k++)
    if (code.program->insns[code.program->results[k].insn].unit) reg = code.program->results[k].insn;
  ans_vm *vm = ok && reg != ANS_NONE ? ans_vm_new(code.program, &reg, 1, 0) : NULL;
  ok = known && open && vm;
  for (unsigned k = 0; k < set_count && ok; k++) {
    double ns, ratio;
    ok = versus(&(side){vm, known, sets[k].kernels, FILLED_ROWS}, &(side){vm, open, sets[k].kernels, FILLED_ROWS}, code.program->last_period, rounds, &ns, &ratio);
    if (ok) print_line("unknowns", code.program->name, sets[k].name, ns, ratio - 1, r);
  }
  ans_vm_free(vm);
  ans_columns_free(known);
  ans_columns_free(open);
  ans_compilation_dispose(&code);
  ans_diags_free(diags);
  return ok;
}

/* --- counters --------------------------------------------------------------------------------------------------------------------------------------------------------------------- */
static bool count_instructions(laws_stage *s, bench_report *r) {
  const int fd = counter_open();
  uint64_t before = 0, after = 0;
  bool ok = true;
  if (!counter_read(fd, &before)) printf("  instructions by hardware counter: not run, the machine has none to offer (tools/bench/ratchet.py counts with callgrind)\n");
  for (unsigned k = 0; k < LAW_COUNT * s->isa_count && ok && counter_read(fd, &before); k++) {
    law *l = &s->law[k / s->isa_count];
    const isa *set = &s->isa[k % s->isa_count];
    ok = law_run(l, set->kernels, TIMED_MONTH) && counter_read(fd, &before) && law_run(l, set->kernels, TIMED_MONTH) && counter_read(fd, &after);
    if (!ok) break;
    const double count = (double)(after - before) / s->base.households;
    printf("  counted   %-22s %-12s %10.0f instructions per household\n", l->name, set->name, count);
    bench_report_row(r, "counted");
    bench_report_text(r, "law", l->name);
    bench_report_text(r, "engine", set->name);
    bench_report_number(r, "instructions", count);
  }
  if (fd >= 0) close(fd);
  return ok;
}

bool bench_safety(const bench_options *o, bench_report *r, uint64_t *differences) {
  const bench_rates known = {.seed = o->seed, .families_only = true}, open = {.seed = o->seed, .families_only = true, .blank_every = BLANK_EVERY};
  const unsigned rounds = 3 * o->rounds;
  laws_stage a, b;
  bool ok = laws_make_of(&a, o, &known);
  ok = laws_make_of(&b, o, &open) && ok;
  if (ok) printf("\nwhat safety costs, %u families, median of %u rounds, processor time\n", o->families, rounds);
  for (unsigned k = 0; k < LAW_COUNT * a.isa_count && ok; k++) ok = overflow_of(&a.law[k / a.isa_count], &a.isa[k % a.isa_count], a.base.households, rounds, r, differences);
  for (unsigned k = 0; k < LAW_COUNT * a.isa_count && ok; k++)
    ok = unknowns_of(&a.law[k / a.isa_count], &b.law[k / a.isa_count], &a.isa[k % a.isa_count], a.base.households, b.base.households, rounds, r);
  ok = ok && unknowns_filled(o, a.isa, a.isa_count, rounds, r) && count_instructions(&a, r);
  laws_dispose(&a);
  laws_dispose(&b);
  return ok;
}

/* --- what ratchet.py counts --------------------------------------------------------------------------------------------------------------------------------------------------------- */
/* One run of one package over the population, portable kernels: callgrind counts what happens in here, and writes a file after each call. */
bool ratchet_run(ans_vm *vm, const ans_columns *c, int32_t month);
__attribute__((noinline)) bool ratchet_run(ans_vm *vm, const ans_columns *c, int32_t month) {
  ans_error err = {0};
  return !bench_failed("vm", ans_vm_run(vm, c, 0, c->components, month, &err), &err);
}

static bool ratchet_law(const char *what, law *l, const vm_kernels *kernels, uint32_t households) {
  const bool ok = law_run(l, kernels, TIMED_MONTH) && ratchet_run(l->vm, l->columns, TIMED_MONTH); /* the first run allocates */
  if (ok) printf("%s %s %u households, %u opcodes per batch\n", what, l->name, households, l->vm->step_count - l->vm->once_count);
  return ok;
}

bool bench_ratchet(const bench_options *o) {
  const bench_rates known = {.seed = o->seed, .families_only = true}, open = {.seed = o->seed, .families_only = true, .blank_every = BLANK_EVERY};
  vm_kernels without;
  laws_stage a, b;
  unchecked_of(&vm__kernels_base, &without);
  bool ok = laws_make_of(&a, o, &known);
  ok = laws_make_of(&b, o, &open) && ok;
  for (unsigned k = 0; k < LAW_COUNT && ok; k++)
    ok = ratchet_law("ratchet", &a.law[k], &vm__kernels_base, a.base.households) && ratchet_law("unchecked", &a.law[k], &without, a.base.households) &&
         ratchet_law("states", &b.law[k], &vm__kernels_base, b.base.households);
  laws_dispose(&a);
  laws_dispose(&b);
  return ok;
}
