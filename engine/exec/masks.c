/* Fills the masks of a batch (demand.c says which): the rows in which a register can still matter. Word-parallel where rows stay the same;
 * through references row by row, over demanded rows only. Rows beyond the last are never set. One thread per VM. */
#include "exec/machine.h"

/* Whether word w of guard g leaves the reader open. */
static uint64_t mask__open(const vm_reg *g, uint8_t when, size_t w) {
  const size_t k = g->one ? 0 : w;
  if (when == VM_WHEN_NOT_FALSE) return g->t[k] | (g->top ? g->p[0][k] : 0);
  if (when == VM_WHEN_NOT_TRUE) return ~g->t[k];
  return g->top > 1 ? g->p[1][k] : 0;
}

static void mask__row(const ans_vm *vm, vm_mask *m, const vm_term *t, const uint64_t *from, size_t n, const uint64_t *zeros) {
  const vm_reg *g = t->guard == ANS_NONE ? NULL : vm__reg(vm, t->guard);
  const size_t words = vm__words(n);
  if (!g || g->one) {
    if (g && !mask__open(g, t->when, 0)) return;
    vm->k->ask(m->bits, from, zeros, zeros, ~UINT64_C(0), words);
  } else if (t->when == VM_WHEN_UNKNOWN) {
    if (g->top > 1) vm->k->ask(m->bits, from, g->p[1], zeros, 0, words);
  } else {
    const bool false_too = t->when == VM_WHEN_NOT_TRUE;
    vm->k->ask(m->bits, from, g->t, !false_too && g->top ? g->p[0] : zeros, false_too ? ~UINT64_C(0) : 0, words);
  }
}

static void mask__source(const ans_vm *vm, vm_mask *m, const vm_term *t, const uint64_t *from, size_t n) {
  const vm_reg *ref = vm__reg(vm, t->ref);
  const size_t rows = ref->one ? 1 : vm->rows[vm->program->insns[t->ref].unit];
  vm->k->scatter(m->bits, ref->v4, vm->base[m->unit], from, ref->top ? ref->p[0] : NULL, n, rows);
}

/* A member without a known reference possibly belongs to every group; one whose reference is not applicable to none. */
static ans_status mask__member(ans_vm *vm, vm_mask *m, const vm_term *t, const uint64_t *from, size_t targets, size_t n, ans_error *err) {
  const vm_reg *g = t->guard == ANS_NONE ? NULL : vm__reg(vm, t->guard);
  const size_t words = vm__words(n);
  vm_reg ref;
  void *data;
  ans_status status = vm__expand(vm, 2, vm__reg(vm, t->ref), n, &ref, err);
  if (status == ANS_OK) status = vm__scratch(vm, 0, words * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *bits = data;
  (void)vm__gather_bits(vm, false, bits, &ref, vm->base[vm->program->insns[t->ref].type.ref], from, targets, n);
  for (size_t w = 0; w < words; w++) {
    uint64_t x = bits[w];
    if (ref.top) x &= ~ref.p[0][w];
    if (ref.top > 1) x |= ref.p[1][w];
    m->bits[w] |= x & (g ? mask__open(g, t->when, w) : ~UINT64_C(0)) & vm__keep(n, w);
  }
  return ANS_OK;
}

ans_status vm__mask_fill(ans_vm *vm, uint32_t index, ans_error *err) {
  vm_mask *m = &vm->demand.masks[index];
  const size_t n = vm->rows[m->unit], words = vm__words(n);
  void *data = m->bits;
  ans_status status = vm__grow(vm, &data, &m->cap, words ? words : 1, sizeof(uint64_t), false, err);
  m->bits = data;
  const uint64_t *zeros;
  if (status == ANS_OK) status = vm__zeros(vm, words, &zeros, err);
  if (status != ANS_OK) return status;
  memset(m->bits, 0, words * sizeof *m->bits);
  for (uint32_t k = m->first_term; k < m->first_term + m->terms && status == ANS_OK; k++) {
    const vm_term *t = &vm->demand.terms[k];
    const vm_mask *f = t->from == ANS_NONE ? NULL : &vm->demand.masks[t->from];
    if (f && !f->any) continue;
    const uint64_t *from = f && !f->all ? f->bits : NULL;
    const bool most = f && f->count > vm->rows[f->unit] / 2; /* then following references costs more than it saves */
    if (t->way == VM_WAY_ROW || (t->way == VM_WAY_MEMBER && (!from || most))) mask__row(vm, m, t, t->way == VM_WAY_ROW ? from : NULL, n, zeros);
    else if (t->way == VM_WAY_SOURCE && !most) mask__source(vm, m, t, from, n);
    else if (t->way == VM_WAY_MEMBER) status = mask__member(vm, m, t, from, vm->rows[f->unit], n, err);
    else memset(m->bits, 0xff, words * sizeof *m->bits);
  }
  vm__tail(m->bits, n);
  m->count = vm->k->population(m->bits, words);
  m->any = m->count != 0;
  m->all = m->count == n;
  return status;
}
