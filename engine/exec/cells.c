/* Buffers of the VM and operations on whole registers: planes, single cells, bit windows, repetition of one-row registers.
 * Every growth passes vm__grow, which keeps the byte count of the VM below VM_MAX_BYTES. */
#include <stdlib.h>
#include "exec/machine.h"

ans_status vm__grow_more(ans_vm *vm, void **data, size_t *cap, size_t count, size_t size, bool keep, ans_error *err) {
  size_t want = keep && *cap * 2 > count ? *cap * 2 : count;
  if (!want) want = 1;
  if (want > (VM_MAX_BYTES - vm->bytes) / size) return ans_error_set(err, ANS_LIMIT, "E-EXEC-MEMORY", NULL, NULL);
  void *grown = keep ? realloc(*data, want * size) : malloc(want * size);
  if (!grown) return ans_error_set(err, ANS_MEMORY, "E-EXEC-NOMEM", NULL, NULL);
  if (!keep) free(*data);
  vm->bytes += (want - *cap) * size;
  *data = grown;
  *cap = want;
  return ANS_OK;
}

/* Registers of the batch that nobody asked for point here: they follow when the buffer moves. */
ans_status vm__more_zeros(ans_vm *vm, size_t words, ans_error *err) {
  const uint64_t *old = vm->zeros.data;
  const size_t before = vm->zeros.bytes, bytes = (words ? words : 1) * sizeof(uint64_t);
  ans_status status = vm__grow(vm, &vm->zeros.data, &vm->zeros.bytes, bytes, 1, false, err);
  if (status != ANS_OK || vm->zeros.bytes == before) return status;
  memset(vm->zeros.data, 0, vm->zeros.bytes);
  for (uint32_t r = 0; old && r < vm->program->insn_count; r++) {
    if (vm->regs[r].zero && vm->regs[r].v8) vm->regs[r].v8 = vm->zeros.data;
    if (vm->regs[r].zero && vm->regs[r].v4) vm->regs[r].v4 = vm->zeros.data;
    if (vm->regs[r].zero && vm->regs[r].t) vm->regs[r].t = vm->zeros.data;
  }
  return ANS_OK;
}

/* Whether plane s is set in some operand with one row, and so in all rows. */
static bool cells__one(const vm_reg *const *r, unsigned count, unsigned s) {
  bool set = false;
  for (unsigned k = 0; k < count; k++) set = set || (r[k]->one && s < r[k]->top && r[k]->p[s][0]);
  return set;
}

void vm__strict(const ans_vm *vm, vm_reg *d, const vm_reg *const *r, unsigned count, size_t n) {
  unsigned top = 0;
  for (unsigned k = 0; k < count; k++)
    if (r[k]->top > top) top = r[k]->top;
  d->top = (uint8_t)top;
  const size_t words = vm__words(n);
  for (unsigned s = 0; s < top; s++) {
    const uint64_t *first = NULL; /* not copied yet: the next one is joined with it at once */
    uint64_t *const dst = d->p[s];
    const bool one = cells__one(r, count, s);
    bool written = false;
    for (unsigned k = 0; k < count; k++) {
      if (r[k]->top <= s || r[k]->one) continue;
      if (written) (void)vm->k->add_bits(dst, r[k]->p[s], words);
      else if (first) (void)vm->k->either(dst, first, r[k]->p[s], words);
      written = written || first;
      first = r[k]->p[s];
    }
    if (!written && first) memcpy(dst, first, words * sizeof *dst);
    else if (!written) memset(dst, 0, words * sizeof *dst);
    if (one) memset(dst, 0xff, words * sizeof *dst);
    if (words) dst[words - 1] &= vm__keep(n, words - 1);
  }
}

void vm__clear(const ans_vm *vm, vm_reg *d, size_t n) {
  if (!d->top) return;
  if (d->t) vm->k->drop_bits(d->t, d->p[0], vm__words(n));
  if (d->v4) vm->k->v4.clear(d->v4, d->p[0], n);
  if (d->v8) vm->k->v8.clear(d->v8, d->p[0], n);
}

void vm__raise(vm_reg *d, size_t n, size_t i, uint8_t state) {
  for (; d->top < state; d->top++) memset(d->p[d->top], 0, vm__words(n) * sizeof(uint64_t));
  for (unsigned s = 0; s < state; s++) d->p[s][i >> 6] |= UINT64_C(1) << (i & 63);
}

void vm__raise_rows(vm_reg *d, size_t n, const uint64_t *bits, uint8_t state) {
  const size_t words = vm__words(n);
  for (; d->top < state; d->top++) memset(d->p[d->top], 0, words * sizeof(uint64_t));
  for (unsigned s = 0; s < state; s++)
    for (size_t w = 0; w < words; w++) d->p[s][w] |= bits[w];
}

void vm__drop(vm_reg *d, size_t n) {
  size_t words = vm__words(n);
  while (d->top) {
    uint64_t any = 0;
    const uint64_t *p = d->p[d->top - 1];
    for (size_t w = 0; w < words; w++) any |= p[w];
    if (any) return;
    d->top--;
  }
}

void vm__set(vm_reg *d, size_t n, size_t i, ans_scalar x) {
  uint64_t bit = UINT64_C(1) << (i & 63);
  for (unsigned s = x.state; s < d->top; s++) d->p[s][i >> 6] &= ~bit;
  vm__raise(d, n, i, x.state);
  if (!d->t) {
    vm__write(d, i, x.state ? 0 : x.v);
  } else {
    d->t[i >> 6] &= ~bit;
    if (!x.state && x.v) d->t[i >> 6] |= bit;
  }
}

uint64_t vm__window(const ans_vm *vm, uint64_t *dst, const uint64_t *src, size_t first, size_t n) {
  const size_t words = vm__words(n), from = first >> 6;
  const unsigned shift = first & 63;
  uint64_t all = 0;
  if (!words) return 0;
  if (words > 1 && shift) all = vm->k->window(dst, src + from, shift, words - 1);
  else if (words > 1) all = vm->k->both(dst, src + from, src + from, words - 1);
  uint64_t x = src[from + words - 1] >> shift;
  /* The next source word exists only if the window reaches into it. */
  if (shift && (words - 1) * 64 + (64 - shift) < n) x |= src[from + words] << (64 - shift);
  dst[words - 1] = x & vm__keep(n, words - 1);
  return all | dst[words - 1];
}

void vm__fill(vm_reg *d, size_t n) {
  size_t words = vm__words(n);
  if (d->v4 || d->v8) vm__repeat(d, d->v4 ? d->v4[0] : d->v8[0], n);
  for (unsigned s = 0; s < (unsigned)d->top + 1; s++) {
    uint64_t *bits = s ? d->p[s - 1] : d->t;
    if (!bits) continue;
    uint64_t x = 0 - (bits[0] & 1);
    for (size_t w = 0; w < words; w++) bits[w] = x & vm__keep(n, w);
  }
}

ans_status vm__expand(ans_vm *vm, unsigned which, const vm_reg *r, size_t n, vm_reg *out, ans_error *err) {
  *out = *r;
  if (!r->one) return ANS_OK;
  out->places = NULL;
  size_t words = vm__words(n ? n : 1);
  void *data;
  ans_status status = vm__scratch(vm, which, (n + words * (ANS_PLANES + 1) + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *bits = (uint64_t *)data + n + 1;
  out->one = false;
  if (r->v8) out->v8 = memcpy(data, r->v8, sizeof *r->v8);
  if (r->v4) out->v4 = memcpy(data, r->v4, sizeof *r->v4);
  if (r->t) out->t = memcpy(bits, r->t, sizeof *r->t);
  for (unsigned s = 0; s < ANS_PLANES; s++) {
    out->p[s] = bits + (s + 1) * words;
    out->p[s][0] = s < r->top ? r->p[s][0] : 0;
  }
  vm__fill(out, n);
  return ANS_OK;
}

/* --- widths --------------------------------------------------------------------------------------------------------- */
void vm__copy(const ans_vm *vm, vm_reg *d, vm_cells from, size_t n) {
  if (d->v4 && from.v8) vm->k->narrow(d->v4, from.v8, n);
  else if (d->v8 && from.v4) vm->k->widen(d->v8, from.v4, n);
  else if (d->v4 && n) memcpy(d->v4, from.v4, n * sizeof *d->v4);
  else if (d->v8 && n) memcpy(d->v8, from.v8, n * sizeof *d->v8);
}

ans_status vm__as(ans_vm *vm, unsigned which, bool narrow, const vm_reg *r, size_t n, vm_reg *out, ans_error *err) {
  const size_t rows = r->one ? 1 : n;
  void *data;
  *out = *r;
  if (r->t || (r->v4 != NULL) == narrow) return ANS_OK;
  const ans_status status = vm__scratch(vm, which, (rows + 1) * (narrow ? sizeof(int32_t) : sizeof(int64_t)), &data, err);
  if (status != ANS_OK) return status;
  out->v4 = narrow ? data : NULL;
  out->v8 = narrow ? NULL : data;
  vm__copy(vm, out, (vm_cells){r->v8, r->v4}, rows);
  return ANS_OK;
}

bool vm__fits4(const vm_reg *r, int32_t *room, vm_reg *out) {
  *out = *r;
  if (r->v4) return true;
  if (!r->one || r->v8[0] < INT32_MIN || r->v8[0] > INT32_MAX) return false;
  *room = (int32_t)r->v8[0];
  out->v4 = room;
  out->v8 = NULL;
  return true;
}

ans_status vm__wide_result(ans_vm *vm, const vm_reg *d, size_t n, int64_t **out, ans_error *err) {
  void *data = d->v8;
  const ans_status status = data ? ANS_OK : vm__scratch(vm, 7, (n + 1) * sizeof(int64_t), &data, err);
  *out = data;
  return status;
}

void vm__within(const ans_vm *vm, uint64_t *t, uint64_t *spare, const vm_reg *r, int64_t lo, int64_t hi, size_t n) {
  const size_t words = vm__words(n);
  if (r->v4) {
    const int32_t low = (int32_t)(lo < INT32_MIN ? INT32_MIN : lo), high = (int32_t)(hi > INT32_MAX ? INT32_MAX : hi);
    if (lo > INT32_MAX || hi < INT32_MIN) {
      memset(t, 0, words * sizeof *t);
      return;
    }
    vm->k->v4.le[1](t, &low, r->v4, n);
    vm->k->v4.le[2](spare, r->v4, &high, n);
  } else {
    vm->k->v8.le[1](t, &lo, r->v8, n);
    vm->k->v8.le[2](spare, r->v8, &hi, n);
  }
  for (size_t w = 0; w < words; w++) t[w] &= spare[w];
}

void vm__component_rows(const ans_vm *vm, uint32_t unit, uint32_t component, uint32_t *lo, uint32_t *hi) {
  uint32_t parent = vm->program->units[unit].parent;
  if (parent == ANS_NONE) {
    const uint32_t *first = vm->columns->units[unit].component_first;
    *lo = first[component] - vm->base[unit];
    *hi = first[component + 1] - vm->base[unit];
    return;
  }
  uint32_t a, b;
  vm__component_rows(vm, parent, component, &a, &b); /* parents have smaller indices (verified), so this ends */
  *lo = vm->segments[unit].first[a];
  *hi = vm->segments[unit].first[b];
}

uint32_t vm__component_of(const ans_vm *vm, uint32_t unit, uint32_t row) {
  uint32_t lo = vm->comp_first, hi = vm->comp_end;
  while (hi - lo > 1) {
    uint32_t mid = lo + (hi - lo) / 2, a, b;
    vm__component_rows(vm, unit, mid, &a, &b);
    if (a <= row) lo = mid;
    else hi = mid;
  }
  return lo;
}
