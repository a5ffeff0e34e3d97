/* Truth, conditions, states and selection: semantics 2.1-2.4. Whole words of 64 rows at a time; when no operand has a state but
 * VALUE, the loops touch truth words only. */
#include "exec/machine.h"

/* All three connectives have a loop for values alone (top = 0) and one for states. */
#define CONNECTIVE(name, known, truth, absorbed)                                                                         \
  ans_status name(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {                                  \
    const vm_reg *a = vm__reg(vm, st->in->a), *b = vm__reg(vm, st->in->b);                                               \
    const unsigned top = a->top > b->top ? a->top : b->top;                                                              \
    const size_t words = vm__words(n), ka = a->one ? 0 : SIZE_MAX, kb = b->one ? 0 : SIZE_MAX;                           \
    uint64_t seen[ANS_PLANES] = {0};                                                                                     \
    (void)err;                                                                                                           \
    if (!top) {                                                                                                          \
      for (size_t w = 0; w < words; w++) {                                                                               \
        uint64_t x = a->t[w & ka], y = b->t[w & kb];                                                                     \
        d->t[w] = (known) & vm__keep(n, w);                                                                              \
      }                                                                                                                  \
      d->top = 0;                                                                                                        \
      return ANS_OK;                                                                                                     \
    }                                                                                                                    \
    for (size_t w = 0; w < words; w++) {                                                                                 \
      const vm_word x = vm__load(a, w), y = vm__load(b, w);                                                              \
      vm_word r;                                                                                                         \
      const uint64_t decided = absorbed;                                                                                 \
      r.t = truth;                                                                                                       \
      for (unsigned s = 0; s < ANS_PLANES; s++) r.p[s] = (x.p[s] | y.p[s]) & ~decided;                                   \
      vm__store(d, w, &r, top, vm__keep(n, w), seen);                                                                    \
    }                                                                                                                    \
    vm__settle(d, top, seen);                                                                                            \
    return ANS_OK;                                                                                                       \
  }
/* und: a false operand (value, not true) decides. oder: a true one does. */
CONNECTIVE(vm__op_and, x & y, x.t & y.t, ~(x.t | x.p[0]) | ~(y.t | y.p[0]))
CONNECTIVE(vm__op_or, x | y, x.t | y.t, x.t | y.t)

/* Word-wise functions of one operand: r from x, at most `limit` planes. */
#define UNARY(name, limit, body)                                                                                         \
  ans_status name(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {                                  \
    const vm_reg *a = vm__reg(vm, st->in->a);                                                                            \
    const unsigned top = a->top ? (limit) : 0;                                                                           \
    uint64_t seen[ANS_PLANES] = {0};                                                                                     \
    (void)err;                                                                                                           \
    for (size_t w = 0; w < vm__words(n); w++) {                                                                          \
      const vm_word x = vm__load(a, w);                                                                                  \
      vm_word r = {0};                                                                                                   \
      body;                                                                                                              \
      vm__store(d, w, &r, top, vm__keep(n, w), seen);                                                                    \
    }                                                                                                                    \
    vm__settle(d, top, seen);                                                                                            \
    return ANS_OK;                                                                                                       \
  }
UNARY(vm__op_not, a->top, r = x; r.t = ~(x.t | x.p[0]))
UNARY(vm__op_guard, vm__condition_top(a), r = x; vm__condition_word(&r))
UNARY(vm__op_known, a->top > 3 ? a->top : 0, r.t = ~x.p[1]; r.p[0] = r.p[1] = r.p[2] = r.p[3] = x.p[3]; r.p[4] = x.p[4])
UNARY(vm__op_present, a->top, r.t = ~x.p[0]; r.p[0] = r.p[1] = x.p[1]; r.p[2] = x.p[2]; r.p[3] = x.p[3]; r.p[4] = x.p[4])

/* Values of d by mask m (1: a, 0: b), any of the two with one row. */
static void logic__blend(const ans_vm *vm, vm_reg *d, const uint64_t *m, const vm_reg *a, const vm_reg *b, size_t n) {
  vm->k->blend[(a->one ? 1 : 0) | (b->one ? 2 : 0)](d->v, m, a->v, b->v, n);
}

ans_status vm__op_default(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->a), *b = vm__reg(vm, st->in->b);
  const unsigned top = a->top > b->top ? a->top : b->top;
  const size_t words = vm__words(n);
  uint64_t *mask, seen[ANS_PLANES] = {0};
  void *data;
  ans_status status = vm__scratch(vm, 0, (words + 1) * sizeof *mask, &data, err);
  if (status != ANS_OK) return status;
  mask = data;
  for (size_t w = 0; w < words; w++) {
    const vm_word x = vm__load(a, w), y = vm__load(b, w);
    const uint64_t unknown = x.p[1] & ~x.p[2];
    vm_word r;
    mask[w] = ~unknown;
    r.t = x.t | (y.t & unknown);
    for (unsigned s = 0; s < ANS_PLANES; s++) r.p[s] = (x.p[s] & ~unknown) | (y.p[s] & unknown);
    vm__store(d, w, &r, top, vm__keep(n, w), seen);
  }
  vm__settle(d, top, seen);
  if (d->v) logic__blend(vm, d, mask, a, b, n);
  return ANS_OK;
}

/* Bits of the rows in `rows` (of word w) where a and b are the same cell. */
static uint64_t logic__agree(const vm_reg *a, const vm_reg *b, const vm_word *x, const vm_word *y, size_t w, uint64_t rows) {
  uint64_t same = ~(x->t ^ y->t);
  for (unsigned s = 0; s < ANS_PLANES; s++) same &= ~(x->p[s] ^ y->p[s]);
  same &= rows;
  if (a->v)
    for (uint64_t todo = same; todo; todo &= todo - 1) {
      size_t i = w * 64 + (size_t)__builtin_ctzll(todo);
      if (vm__value(a, i) != vm__value(b, i)) same &= ~(todo & -todo);
    }
  return same;
}

ans_status vm__op_select(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *g = vm__reg(vm, st->in->a), *a = vm__reg(vm, st->in->b), *b = vm__reg(vm, st->in->c);
  const size_t words = vm__words(n);
  unsigned top = a->top > b->top ? a->top : b->top;
  if (vm__condition_top(g) > top) top = vm__condition_top(g);
  uint64_t *mask, seen[ANS_PLANES] = {0};
  void *data;
  ans_status status = vm__scratch(vm, 0, (words + 1) * sizeof *mask, &data, err);
  if (status != ANS_OK) return status;
  mask = data;
  for (size_t w = 0; w < words; w++) {
    vm_word c = vm__load(g, w), r;
    const vm_word x = vm__load(a, w), y = vm__load(b, w);
    const uint64_t keep = vm__keep(n, w);
    vm__condition_word(&c);
    const uint64_t open = c.p[0] & ~c.p[3] & keep; /* unknown or human */
    const uint64_t both = open ? logic__agree(a, b, &x, &y, w, open) : 0;
    const uint64_t take_a = c.t | both, take_b = ~(c.t | c.p[0]);
    mask[w] = take_a;
    r.t = (x.t & take_a) | (y.t & take_b);
    for (unsigned s = 0; s < ANS_PLANES; s++) r.p[s] = (x.p[s] & take_a) | (y.p[s] & take_b) | (c.p[s] & ~both);
    vm__store(d, w, &r, top, keep, seen);
  }
  vm__settle(d, top, seen);
  if (d->v) {
    logic__blend(vm, d, mask, a, b, n);
    vm__clear(d, n);
  }
  return ANS_OK;
}
