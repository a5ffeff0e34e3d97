/* Where a run of the VM spends its time: least time per step over several runs, added up by kind of operation, and the dearest steps one by one. Steps are timed from outside the
 * engine, through the hook after each step; the clock itself costs a few tens of nanoseconds a step and batch. See docs/performance.md. */
#include <stdlib.h>
#include "bench.h"
#include "exec/machine.h"
#include "profile.h"

enum { PROFILE_RUNS = 9, PROFILE_SHOWN = 60, PROFILE_MASK = ANS_OP_COUNT, PROFILE_FAMILIES };

/* Hooks have no context of their own: one profile at a time. */
static struct { uint64_t last, *now, *rows; } profile;

static void profile_step(ans_vm *vm, uint32_t step) {
  const vm_step *st = &vm->steps[step];
  const uint64_t time = bench_now();
  const uint32_t mask = st->in ? st->demand : st->reg;
  profile.now[step] += time - profile.last;
  profile.rows[step] += mask == ANS_NONE ? vm->rows[st->in->unit] : vm->demand.masks[mask].count;
  profile.last = time;
}

static unsigned profile_family(const vm_step *st) { return st->in ? st->in->op : PROFILE_MASK; }
static const char *profile_name(unsigned family) { return family == PROFILE_MASK ? "(mask)" : ans_opcode_mnemonic((ans_opcode)family); }

typedef struct profile_entry { uint64_t time; uint32_t index; } profile_entry;
static int profile_order(const void *a, const void *b) {
  const profile_entry *x = a, *y = b;
  return (x->time < y->time) - (x->time > y->time);
}

static void profile_print(const ans_vm *vm, const char *law, const uint64_t *best, double households) {
  profile_entry family[PROFILE_FAMILIES] = {{0, 0}}, *step = calloc((size_t)vm->step_count + 1, sizeof *step);
  uint32_t count[PROFILE_FAMILIES] = {0};
  uint64_t total = 0;
  if (!step) return;
  for (unsigned k = 0; k < PROFILE_FAMILIES; k++) family[k].index = k;
  for (uint32_t s = vm->once_count; s < vm->step_count; s++) {
    const unsigned k = profile_family(&vm->steps[s]);
    family[k].time += best[s];
    count[k]++;
    total += best[s];
    step[s] = (profile_entry){best[s], s};
  }
  qsort(family, PROFILE_FAMILIES, sizeof *family, profile_order);
  qsort(step, vm->step_count, sizeof *step, profile_order);
  printf("\n%s, %s: %.1f ns per household\n", law, vm->k->name, (double)total / households);
  for (unsigned k = 0; k < PROFILE_FAMILIES && family[k].time; k++)
    printf("  %-14s %5u steps %8.1f ns %5.1f %%\n", profile_name(family[k].index), count[family[k].index], (double)family[k].time / households, 100.0 * (double)family[k].time / (double)total);
  for (unsigned k = 0; k < PROFILE_SHOWN && step[k].time; k++) {
    const vm_step *st = &vm->steps[step[k].index];
    const uint32_t unit = st->in ? st->in->unit : vm->demand.masks[st->reg].unit;
    printf("  step %5u r%-5u %-14s unit %-24s %10.0f rows wanted %7.1f ns\n", step[k].index, st->reg, profile_name(profile_family(st)), vm->program->units[unit].name,
           (double)profile.rows[step[k].index] / PROFILE_RUNS, (double)step[k].time / households);
  }
  free(step);
}

bool bench_profile(ans_vm *vm, const ans_columns *c, int32_t month, const char *law, double households) {
  uint64_t *best = malloc(((size_t)vm->step_count + 1) * sizeof *best);
  ans_error err = {0};
  bool ok = best != NULL;
  profile.now = calloc((size_t)vm->step_count + 1, sizeof(uint64_t));
  profile.rows = calloc((size_t)vm->step_count + 1, sizeof(uint64_t));
  ok = ok && profile.now && profile.rows && !bench_failed("vm", ans_vm_run(vm, c, 0, c->components, month, &err), &err); /* the first run allocates */
  vm->after_step = profile_step;
  for (unsigned k = 0; k < PROFILE_RUNS && ok; k++) {
    memset(profile.now, 0, vm->step_count * sizeof(uint64_t));
    profile.last = bench_now();
    ok = !bench_failed("vm", ans_vm_run(vm, c, 0, c->components, month, &err), &err);
    for (uint32_t s = 0; s < vm->step_count; s++) best[s] = k && best[s] < profile.now[s] ? best[s] : profile.now[s];
  }
  vm->after_step = NULL;
  if (ok) profile_print(vm, law, best, households);
  free(best);
  free(profile.now);
  free(profile.rows);
  return ok;
}
