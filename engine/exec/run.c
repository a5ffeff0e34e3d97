/* Running a plan: batches of whole components, one call per instruction and batch, overrides, and the values handed out.
 * Results never depend on the batch size: references stay inside components, and components are never cut. */
#include <stdio.h>
#include <stdlib.h>
#include "exec/horizon.h"
#include "num/period.h"

/* --- batches -------------------------------------------------------------------------------------------------------- */
/* Sets rows and bases of the base units for components [first, end). */
static void run__place(ans_vm *vm, uint32_t first, uint32_t end) {
  const ans_program *p = vm->program;
  vm->comp_first = first;
  vm->comp_end = end;
  vm->batch++;
  for (uint32_t u = 1; u < p->unit_count; u++) {
    const uint32_t *starts = vm->columns->units[u].component_first;
    const bool base = p->units[u].parent == ANS_NONE;
    vm->base[u] = base ? starts[first] : 0;
    vm->rows[u] = base ? starts[end] - starts[first] : 0;
  }
}

/* The batch that starts at component `first`: as many components as keep every base unit within the chunk, at least one. */
static ans_status run__next(ans_vm *vm, uint32_t first, uint32_t limit, ans_error *err) {
  const ans_program *p = vm->program;
  uint32_t lo = first + 1, hi = limit;
  while (lo < hi) {
    const uint32_t mid = lo + (hi - lo + 1) / 2;
    bool fits = true;
    for (uint32_t u = 1; u < p->unit_count && fits; u++) {
      const uint32_t *starts = vm->columns->units[u].component_first;
      fits = p->units[u].parent != ANS_NONE || starts[mid] - starts[first] <= vm->chunk;
    }
    if (fits) lo = mid;
    else hi = mid - 1;
  }
  run__place(vm, first, lo);
  for (uint32_t u = 1; u < p->unit_count; u++) {
    char number[24];
    if (vm->rows[u] > VM_MAX_ROWS) return ans_error_set(err, ANS_LIMIT, "E-EXEC-ROWS", NULL, p->units[u].name, ans_itoa(number, VM_MAX_ROWS), NULL);
  }
  return ANS_OK;
}

/* --- registers ------------------------------------------------------------------------------------------------------ */
/* Gives the register of a step its buffers for n rows. Contents of a slot are dead at this point. */
static ans_status run__buffers(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  ans_status status = ANS_OK;
  if (st->value_slot != ANS_NONE) {
    vm_slot *s = &vm->value_slots[st->value_slot];
    status = vm__grow(vm, &s->data, &s->size, n * (st->narrow ? sizeof(int32_t) : sizeof(int64_t)), 1, false, err);
    if (st->narrow) d->v4 = s->data;
    else d->v8 = s->data;
  }
  if (status == ANS_OK && st->bit_slot != ANS_NONE) {
    vm_slot *s = &vm->bit_slots[st->bit_slot];
    status = vm__grow(vm, &s->data, &s->size, vm__words(n), (ANS_PLANES + 1) * sizeof(uint64_t), false, err);
    if (status != ANS_OK) return status;
    uint64_t *bits = s->data;
    if (st->in->type.tag == ANS_T_BOOL) d->t = bits;
    for (unsigned k = 0; k < ANS_PLANES; k++) d->p[k] = bits + (k + 1) * s->size;
  }
  return status;
}

/* One-row registers keep their bits in all 64 positions. */
static void run__splat(vm_reg *d) {
  if (d->t) d->t[0] = 0 - (d->t[0] & 1);
  for (unsigned s = 0; s < d->top; s++) d->p[s][0] = 0 - (d->p[s][0] & 1);
}

/* Overrides of the results that this step holds (semantics 6). */
static void run__patch(const ans_vm *vm, const vm_step *st, vm_reg *d, size_t n) {
  const ans_columns *c = vm->columns;
  const uint32_t base = vm->base[st->in->unit];
  if (vm__derived(vm, st->in->unit)) return; /* only base rows can be given */
  for (uint32_t k = 0; k < st->patches; k++) {
    const uint32_t result = vm->patch_results[st->first_patch + k];
    uint32_t lo = 0, hi = c->override_count;
    while (lo < hi) {
      const uint32_t mid = lo + (hi - lo) / 2;
      const ans_override *o = &c->overrides[mid];
      if (o->result < result || (o->result == result && o->row < base)) lo = mid + 1;
      else hi = mid;
    }
    for (; lo < c->override_count && c->overrides[lo].result == result && c->overrides[lo].row - base < n; lo++)
      vm__set(d, n, c->overrides[lo].row - base, c->overrides[lo].value);
  }
  vm__drop(d, n);
}

/* --- outputs -------------------------------------------------------------------------------------------------------- */
/* Appends n bits to dst, which holds `at` of them and is zero beyond. */
static void run__append(uint64_t *dst, size_t at, const uint64_t *src, size_t n) {
  const unsigned shift = at & 63;
  for (size_t w = 0; w < vm__words(n); w++) {
    dst[(at >> 6) + w] |= src[w] << shift;
    if (shift) dst[(at >> 6) + w + 1] |= src[w] >> (64 - shift);
  }
}

static ans_status run__reserve(ans_vm *vm, vm_output *o, unsigned which, size_t rows, ans_error *err) {
  const size_t before = o->bit_cap[which];
  void *data = o->bits[which];
  ans_status status = vm__grow(vm, &data, &o->bit_cap[which], vm__words(rows) + 1, sizeof(uint64_t), true, err);
  o->bits[which] = data;
  if (status == ANS_OK && o->bit_cap[which] > before) memset(o->bits[which] + before, 0, (o->bit_cap[which] - before) * sizeof(uint64_t));
  return status;
}

static ans_status run__output(ans_vm *vm, const vm_step *st, const vm_reg *d, size_t n, ans_error *err) {
  vm_output *o = &vm->outputs[st->output];
  ans_status status = ANS_OK;
  if (st->one) {
    o->cell = vm__cell(d, 0);
    return ANS_OK;
  }
  if (d->t) {
    status = run__reserve(vm, o, 0, o->rows + n, err);
    if (status == ANS_OK) run__append(o->bits[0], o->rows, d->t, n);
  } else {
    void *data = o->v;
    status = vm__grow(vm, &data, &o->value_cap, o->rows + n, sizeof(int64_t), true, err);
    o->v = data;
    if (status != ANS_OK) return status;
    vm_reg to = {.v8 = o->v + o->rows};
    vm__copy(vm, &to, (vm_cells){d->v8, d->v4}, n);
    /* Rows of derived units are numbered through the run. */
    const ans_type type = st->in->type;
    const uint64_t offset = type.tag == ANS_T_REF && vm__derived(vm, type.ref) ? vm->run_rows[type.ref] : 0;
    for (size_t i = 0; offset && i < n; i++)
      if (!vm__state(d, i)) o->v[o->rows + i] += (int64_t)offset;
  }
  for (unsigned s = 0; status == ANS_OK && s < d->top; s++) {
    status = run__reserve(vm, o, s + 1, o->rows + n, err);
    if (status == ANS_OK) run__append(o->bits[s + 1], o->rows, d->p[s], n);
  }
  if (status == ANS_OK) o->rows += n;
  return status;
}

static void run__clear_outputs(ans_vm *vm) {
  for (uint32_t k = 0; k < vm->output_count; k++) {
    vm_output *o = &vm->outputs[k];
    for (unsigned s = 0; s <= ANS_PLANES; s++) {
      const size_t words = vm__words(o->rows) + 1 < o->bit_cap[s] ? vm__words(o->rows) + 1 : o->bit_cap[s];
      if (words) memset(o->bits[s], 0, words * sizeof(uint64_t));
    }
    o->rows = 0;
    o->cell = (ans_scalar){0, ANS_ERRONEOUS};
  }
}

/* --- the run -------------------------------------------------------------------------------------------------------- */
/* Notes the guards that a register violates. Rows without a value hold 0: at worst that sends a batch to the checked path. */
static void run__guards(ans_vm *vm, const vm_step *st, const vm_reg *d, size_t n) {
  for (const ans_range_guard *g = vm->ranges->guards + st->first_guard, *end = g + st->guards; g < end; g++)
    if (!(vm->violated & g->bit) && vm__outside(vm->k, d, g->bound.lo, g->bound.hi, n)) vm->violated |= g->bit;
}

static ans_status run__step(ans_vm *vm, const vm_step *st, ans_error *err) {
  if (!st->in) return vm__mask_fill(vm, st->reg, err);
  vm_reg *d = &vm->regs[st->reg];
  size_t n = st->one ? 1 : vm->rows[st->in->unit];
  d->zero = false;
  ans_status status = run__buffers(vm, st, d, n ? n : 1, err);
  if (status == ANS_OK && st->demand != ANS_NONE && !vm->demand.masks[st->demand].any) {
    const uint64_t *zeros;
    status = vm__zeros(vm, n, &zeros, err);
    d->top = 0;
    d->zero = true;
    if (d->v8) d->v8 = vm->zeros.data;
    if (d->v4) d->v4 = vm->zeros.data;
    if (d->t) d->t = vm->zeros.data;
    return status;
  }
  if (status == ANS_OK && (n || st->in->op == ANS_OP_SPLIT)) status = st->op(vm, st, d, st->fill ? 1 : n, err);
  else d->top = 0;
  if (status != ANS_OK) return status;
  n = st->one ? 1 : vm->rows[st->in->unit]; /* SPLIT has just made its rows */
  if (st->one) run__splat(d);
  else if (st->fill && n) vm__fill(d, n);
  if (vm->columns->override_count && st->patches && n) run__patch(vm, st, d, n);
  if (st->guards && n && !d->t) run__guards(vm, st, d, n);
  if (vm->horizon && n && !st->one) status = vm__horizon_step(vm, st, d, n, err);
  if (status != ANS_OK) return status;
  return st->output == ANS_NONE ? ANS_OK : run__output(vm, st, d, n, err);
}

static ans_status run__batches(ans_vm *vm, uint32_t first, uint32_t end, ans_error *err) {
  const ans_program *p = vm->program;
  ans_status status = ANS_OK;
  for (uint32_t at = first; at < end && status == ANS_OK; at = vm->comp_end) {
    status = run__next(vm, at, end, err);
    vm->violated = vm->violated_once;
    if (vm->horizon && status == ANS_OK) status = vm__horizon_begin(vm, err);
    for (uint32_t s = vm->once_count; s < vm->step_count && status == ANS_OK; s++) {
      status = run__step(vm, &vm->steps[s], err);
      if (vm->after_step) vm->after_step(vm, s);
    }
    if (vm->horizon && status == ANS_OK) vm__horizon_end(vm);
    for (uint32_t u = 1; u < p->unit_count; u++)
      if (vm__derived(vm, u)) vm->run_rows[u] += vm->rows[u];
  }
  return status;
}

const char *ans_vm_isa(void) {
  const vm_kernels *k = vm__kernels_named(getenv(VM_ISA_VARIABLE));
  return k ? k->name : NULL;
}

ans_status ans_vm_isa_check(ans_error *err) {
  static const char *const all[] = {"avx512", "avx2", "portable"};
  char known[64] = "";
  if (ans_vm_isa()) return ANS_OK;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (vm__kernels_named(all[i])) snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", *known ? ", " : "", all[i]);
  return ans_error_set(err, ANS_USAGE, "E-EXEC-ISA", NULL, getenv(VM_ISA_VARIABLE), known, NULL);
}

ans_status ans_vm_run(ans_vm *vm, const ans_columns *c, uint32_t first, uint32_t count, int32_t period, ans_error *err) {
  const ans_program *p = vm->program;
  if (!vm->k) return ans_vm_isa_check(err);
  if (period < p->first_period || period > p->last_period) {
    char low[ANS_PERIOD_TEXT], high[ANS_PERIOD_TEXT], asked[ANS_PERIOD_TEXT];
    ans_period_format(p->period_kind, p->first_period, low);
    ans_period_format(p->period_kind, p->last_period, high);
    ans_period_format(p->period_kind, period, asked);
    return ans_error_set(err, ANS_INPUT, "E-EXEC-PERIOD", p->name, low, high, asked, NULL);
  }
  if (c->program != p || first > c->components || count > c->components - first) {
    char number[24];
    return ans_error_set(err, ANS_INPUT, "E-EXEC-COLUMNS", p->name, ans_itoa(number, (long long)first + count), NULL);
  }
  vm->columns = c;
  vm->period = period;
  vm->day_first = ans_period_first(p->period_kind, period);
  vm->day_last = ans_period_last(p->period_kind, period);
  vm->day_words = (ans_period_days(p->period_kind) + 31) / 32;
  vm->run++;
  vm->rows[0] = 1;
  run__clear_outputs(vm);
  for (uint32_t u = 1; u < p->unit_count; u++) {
    const bool base = p->units[u].parent == ANS_NONE;
    const uint32_t *starts = c->units[u].component_first;
    vm->run_first[u] = base ? starts[first] : 0;
    vm->run_rows[u] = base ? starts[first + count] - starts[first] : 0;
    vm->rows[u] = vm->base[u] = 0;
  }
  for (uint32_t s = vm->once_count; s < vm->step_count; s++)
    if (vm->steps[s].in) vm->regs[vm->steps[s].reg].top = 0;
  ans_status status = ANS_OK;
  vm->violated = c->override_count ? ANS_RANGE_GIVEN : 0;
  for (uint32_t s = 0; s < vm->once_count && status == ANS_OK; s++) status = run__step(vm, &vm->steps[s], err);
  vm->violated_once = vm->violated;
  if (status == ANS_OK) status = run__batches(vm, first, first + count, err);
  if (status != ANS_OK) run__clear_outputs(vm);
  return status;
}

ans_scalar ans_vm_get(const ans_vm *vm, uint32_t reg, uint32_t row) {
  const ans_scalar none = {0, ANS_ERRONEOUS};
  if (reg >= vm->program->insn_count || vm->output_of[reg] == ANS_NONE) return none;
  const vm_output *o = &vm->outputs[vm->output_of[reg]];
  if (vm->regs[reg].one) return o->cell;
  const uint32_t unit = vm->program->insns[reg].unit;
  const size_t i = (size_t)row - vm->run_first[unit];
  if (row < vm->run_first[unit] || i >= o->rows) return none;
  ans_scalar x = {o->v ? o->v[i] : o->bits[0] ? (int64_t)vm__bit(o->bits[0], i) : 0, ANS_VALUE};
  for (unsigned s = 1; s <= ANS_PLANES && i >> 6 < o->bit_cap[s]; s++)
    if (vm__bit(o->bits[s], i)) x.state = (uint8_t)s;
  return x;
}
