/* RANK (semantics 3): members of a group that can count are sorted by (key, row) once; then one walk gives every rank and the
 * states that members with an undecided filter contribute to the rows behind them. O(n log n), whatever the group sizes. */
#include <stdlib.h>
#include "exec/machine.h"

typedef struct rank_entry {
  int64_t key;
  uint32_t row;
  uint8_t state; /* of the filter (and of the reference, if that is not known): 0 means the member counts */
} rank_entry;

typedef struct rank_input {
  const ans_vm *vm;
  const vm_groups *g;
  const vm_reg *ref, *f, *key; /* f may be NULL */
  vm_reg *d;
  size_t n;
  rank_entry *group, *loose;
  const uint64_t *groups; /* bit per target: a rank of its members is asked for; NULL: all */
} rank_input;

static int rank__order(const void *pa, const void *pb) {
  const rank_entry *a = pa, *b = pb;
  if (a->key != b->key) return a->key < b->key ? -1 : 1;
  return a->row < b->row ? -1 : a->row > b->row;
}

static void rank__sort(rank_entry *e, size_t count) {
  if (count > 16) {
    qsort(e, count, sizeof *e, rank__order);
    return;
  }
  for (size_t i = 1; i < count; i++) {
    const rank_entry x = e[i];
    size_t j = i;
    for (; j && rank__order(&e[j - 1], &x) > 0; j--) e[j] = e[j - 1];
    e[j] = x;
  }
}

static ans_scalar rank__filter(const rank_input *r, size_t i) {
  if (!r->f) return (ans_scalar){1, ANS_VALUE};
  ans_scalar f = vm__cell(r->f, i);
  f.state = vm__condition(f.state);
  return f;
}

/* Adds member i to e, or to the states that reach every row of the group when its key has no value. */
static void rank__add(const rank_input *r, size_t i, uint8_t extra, rank_entry *e, size_t *count, uint8_t *always) {
  const ans_scalar f = rank__filter(r, i);
  if (!f.state && !f.v) return;
  const uint8_t state = vm__max(f.state, extra), key = vm__condition(vm__state(r->key, i));
  if (key) *always = vm__max(*always, vm__max(state, key));
  else e[(*count)++] = (rank_entry){vm__value(r->key, i), (uint32_t)i, state};
}

static void rank__group(const rank_input *r, uint32_t target, size_t loose, uint8_t always) {
  size_t count = 0, passed = 0;
  uint8_t behind = 0;
  int64_t before = 0;
  if (r->g->offsets[target] == r->g->offsets[target + 1] || (r->groups && !vm__bit(r->groups, target))) return;
  for (uint32_t k = r->g->offsets[target]; k < r->g->offsets[target + 1]; k++)
    rank__add(r, r->g->identity ? k : r->g->items[k], 0, r->group, &count, &always);
  rank__sort(r->group, count);
  for (size_t k = 0; k < count; k++) {
    const rank_entry *e = &r->group[k];
    for (; passed < loose && rank__order(&r->loose[passed], e) < 0; passed++) behind = vm__max(behind, r->loose[passed].state);
    if (e->state) {
      behind = vm__max(behind, e->state);
      continue;
    }
    const uint8_t state = vm__max(always, behind);
    if (state) vm__raise(r->d, r->n, e->row, state);
    else vm__write(r->d, e->row, before + 1);
    before++;
  }
}

/* Rows that have no rank of their own: filter false, or filter, reference or key without a value. */
static void rank__own(const rank_input *r, const uint64_t *need) {
  size_t i;
  if (!r->ref->top && !r->key->top && !r->f) return;
  for (vm_rows rows = vm__rows(need, r->n); vm__next(&rows, &i);) {
    const ans_scalar f = rank__filter(r, i);
    if (!f.state && !f.v) {
      vm__raise(r->d, r->n, i, ANS_NOT_APPLICABLE);
      continue;
    }
    const uint8_t state = vm__max(f.state, vm__max(vm__state(r->ref, i), vm__condition(vm__state(r->key, i))));
    if (state) vm__raise(r->d, r->n, i, state);
  }
}

/* The groups of the demanded rows, in scratch area 0. */
static ans_status rank__groups(ans_vm *vm, const uint64_t *need, uint32_t target, rank_input *r, ans_error *err) {
  const size_t targets = vm->rows[target];
  void *data;
  size_t i;
  ans_status status = vm__scratch(vm, 0, (vm__words(targets) + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *groups = memset(data, 0, (vm__words(targets) + 1) * sizeof(uint64_t));
  for (vm_rows rows = vm__rows(need, r->n); vm__next(&rows, &i);) {
    const uint64_t to = (uint64_t)(vm__value(r->ref, i) - (int64_t)vm->base[target]);
    if (to < targets && !vm__state(r->ref, i)) groups[to >> 6] |= UINT64_C(1) << (to & 63);
  }
  r->groups = groups;
  return ANS_OK;
}

ans_status vm__op_rank(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_insn *in = st->in;
  const uint32_t target = vm->program->insns[in->a].type.ref;
  rank_input r = {vm, NULL, vm__reg(vm, in->a), in->b == ANS_NONE ? NULL : vm__reg(vm, in->b), vm__reg(vm, in->c), d, n, NULL, NULL, NULL};
  const uint64_t *need = vm__demand(vm, st);
  void *data;
  ans_status status = vm__groups_build(vm, st->aux, &r.g, err);
  if (status == ANS_OK) status = vm__scratch(vm, 1, (n + r.g->loose_count + 1) * sizeof(rank_entry), &data, err);
  if (status == ANS_OK && need) status = rank__groups(vm, need, target, &r, err);
  if (status != ANS_OK) return status;
  r.group = data;
  r.loose = r.group + n;
  vm__zero_values(d, n);
  d->top = 0;
  rank__own(&r, need);
  if (!r.g->loose_count) {
    for (uint32_t t = 0; t < vm->rows[target]; t++) rank__group(&r, t, 0, 0);
    return ANS_OK;
  }
  uint32_t next = 0;
  for (uint32_t c = vm->comp_first; c < vm->comp_end; c++) {
    uint32_t lo, hi;
    size_t loose = 0;
    uint8_t always = 0;
    vm__component_rows(vm, in->unit, c, &lo, &hi);
    for (; next < r.g->loose_count && r.g->loose[next] < hi; next++)
      rank__add(&r, r.g->loose[next], vm__state(r.ref, r.g->loose[next]), r.loose, &loose, &always);
    rank__sort(r.loose, loose);
    vm__component_rows(vm, target, c, &lo, &hi);
    for (uint32_t t = lo; t < hi; t++) rank__group(&r, t, loose, always);
  }
  return ANS_OK;
}
