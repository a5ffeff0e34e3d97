/* Truth, conditions, states and selection: semantics 2.1-2.4. Whole bitmaps at a time (kernels.h); when no operand has a state but
 * VALUE, only truth is touched. */
#include "exec/machine.h"

/* The bitmaps of a truth register for whole-register loops: 0 truth, then the planes; planes that it does not have are zero. */
typedef struct logic_operand { const uint64_t *b[ANS_PLANES + 1]; unsigned top; } logic_operand;

static ans_status logic__operand(ans_vm *vm, unsigned which, const vm_reg *r, size_t n, logic_operand *out, ans_error *err) {
  vm_reg wide;
  const uint64_t *zero;
  ans_status status = vm__zeros(vm, vm__words(n), &zero, err);
  if (status == ANS_OK && r->one) {
    status = vm__expand(vm, which, r, n, &wide, err);
    r = &wide;
  }
  if (status != ANS_OK) return status;
  out->top = r->top;
  out->b[0] = r->t ? r->t : zero;
  for (unsigned s = 0; s < ANS_PLANES; s++) out->b[s + 1] = s < r->top ? r->p[s] : zero;
  return ANS_OK;
}

/* und with a one-row value changes nothing or decides every row, likewise oder. Most are validities of law. True if that settled it. */
static bool logic__uniform(const vm_reg *u, const vm_reg *x, vm_reg *d, bool decides, size_t n) {
  const size_t words = vm__words(n);
  if (!u->one || u->top || (x->one && n > 1)) return false;
  const bool value = u->t[0] & 1;
  d->top = value == decides ? 0 : x->top;
  if (value == decides) memset(d->t, value ? 0xff : 0, words * sizeof *d->t);
  else memcpy(d->t, x->t, words * sizeof *d->t);
  for (unsigned s = 0; s < d->top; s++) memcpy(d->p[s], x->p[s], words * sizeof *d->t);
  vm__tail(d->t, n);
  return true;
}

/* und: a false operand (value, not true) decides. oder: a true one does. Every other state is the higher one of both. */
static ans_status logic__connect(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, bool any, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->a), *b = vm__reg(vm, st->in->b);
  const vm_kernels *k = vm->k;
  const size_t words = vm__words(n);
  logic_operand x, y;
  void *data;
  if (logic__uniform(a, b, d, any, n) || logic__uniform(b, a, d, any, n)) return ANS_OK;
  ans_status status = logic__operand(vm, 2, a, n, &x, err);
  if (status == ANS_OK) status = logic__operand(vm, 3, b, n, &y, err);
  if (status == ANS_OK) status = vm__scratch(vm, 0, 3 * words * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  const unsigned top = x.top > y.top ? x.top : y.top;
  uint64_t *decided = data, seen[ANS_PLANES] = {0};
  (any ? k->either : k->both)(d->t, x.b[0], y.b[0], words);
  if (top && !any) {
    k->neither(decided + words, x.b[0], x.b[1], words);
    k->neither(decided + 2 * words, y.b[0], y.b[1], words);
    k->either(decided, decided + words, decided + 2 * words, words);
  }
  for (unsigned s = 0; s < top; s++) seen[s] = k->join(d->p[s], x.b[s + 1], y.b[s + 1], any ? d->t : decided, words);
  vm__settle(d, top, seen);
  return ANS_OK;
}

ans_status vm__op_and(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) { return logic__connect(vm, st, d, n, false, err); }
ans_status vm__op_or(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) { return logic__connect(vm, st, d, n, true, err); }

/* Functions of one operand (semantics 2.1-2.3); d starts as a copy of its planes where they stay. */
static ans_status logic__one(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, logic_operand *x, ans_error *err) {
  ans_status status = logic__operand(vm, 2, vm__reg(vm, st->in->a), n, x, err);
  d->top = 0;
  return status;
}
static void logic__copy(vm_reg *d, unsigned plane, const uint64_t *from, size_t n) {
  memcpy(plane ? d->p[plane - 1] : d->t, from, vm__words(n) * sizeof *from);
}

ans_status vm__op_not(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  logic_operand x;
  ans_status status = logic__one(vm, st, d, n, &x, err);
  if (status != ANS_OK) return status;
  d->top = (uint8_t)x.top;
  vm->k->neither(d->t, x.b[0], x.b[1], vm__words(n));
  vm__tail(d->t, n);
  for (unsigned s = 1; s <= x.top; s++) logic__copy(d, s, x.b[s], n);
  return ANS_OK;
}

/* A condition: rows that are not applicable get the planes up to error. */
ans_status vm__op_guard(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const size_t words = vm__words(n);
  logic_operand x;
  void *data;
  ans_status status = logic__one(vm, st, d, n, &x, err);
  if (status == ANS_OK) status = vm__scratch(vm, 0, words * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  logic__copy(d, 0, x.b[0], n);
  d->top = (uint8_t)x.top;
  if (!x.top || !vm->k->without(data, x.b[1], x.b[2], words)) {
    for (unsigned s = 1; s <= x.top; s++) logic__copy(d, s, x.b[s], n);
    return ANS_OK;
  }
  d->top = x.top > ANS_ERRONEOUS ? (uint8_t)x.top : ANS_ERRONEOUS;
  for (unsigned s = 1; s <= d->top; s++) {
    if (s == 1 || s > ANS_ERRONEOUS) logic__copy(d, s, x.b[s], n);
    else vm->k->either(d->p[s - 1], x.b[s], data, words);
  }
  return ANS_OK;
}

ans_status vm__op_known(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  logic_operand x;
  ans_status status = logic__one(vm, st, d, n, &x, err);
  if (status != ANS_OK) return status;
  vm->k->neither(d->t, x.b[2], x.b[2], vm__words(n));
  vm__tail(d->t, n);
  if (x.top < ANS_ERRONEOUS) return ANS_OK;
  d->top = (uint8_t)x.top;
  for (unsigned s = 1; s <= x.top; s++) logic__copy(d, s, x.b[s < ANS_ERRONEOUS ? ANS_ERRONEOUS : s], n);
  return ANS_OK;
}

ans_status vm__op_present(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  logic_operand x;
  ans_status status = logic__one(vm, st, d, n, &x, err);
  if (status != ANS_OK) return status;
  vm->k->neither(d->t, x.b[1], x.b[1], vm__words(n));
  vm__tail(d->t, n);
  if (x.top < ANS_UNKNOWN) return ANS_OK;
  d->top = (uint8_t)x.top;
  for (unsigned s = 1; s <= x.top; s++) logic__copy(d, s, x.b[s == 1 ? 2 : s], n);
  return ANS_OK;
}

/* Values of d by mask m (1: a, 0: b), any of the two with one row. */
static ans_status logic__blend(ans_vm *vm, vm_reg *d, const uint64_t *m, const vm_reg *a, const vm_reg *b, size_t n, ans_error *err) {
  const unsigned form = (a->one ? 1u : 0) | (b->one ? 2u : 0);
  vm_reg x, y;
  ans_status status = vm__as(vm, 4, d->v4 != NULL, a, n, &x, err);
  if (status == ANS_OK) status = vm__as(vm, 5, d->v4 != NULL, b, n, &y, err);
  if (status != ANS_OK) return status;
  if (d->v4) vm->k->v4.blend[form](d->v4, m, x.v4, y.v4, n);
  else vm->k->v8.blend[form](d->v8, m, x.v8, y.v8, n);
  return ANS_OK;
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
  return d->t ? ANS_OK : logic__blend(vm, d, mask, a, b, n, err);
}

/* Bits of the rows in `rows` (of word w) where a and b are the same cell. */
static uint64_t logic__agree(const vm_reg *a, const vm_reg *b, const vm_word *x, const vm_word *y, size_t w, uint64_t rows) {
  uint64_t same = ~(x->t ^ y->t);
  for (unsigned s = 0; s < ANS_PLANES; s++) same &= ~(x->p[s] ^ y->p[s]);
  same &= rows;
  if (!a->t)
    for (uint64_t todo = same; todo; todo &= todo - 1) {
      size_t i = w * 64 + (size_t)__builtin_ctzll(todo);
      if (vm__value(a, i) != vm__value(b, i)) same &= ~(todo & -todo);
    }
  return same;
}

ans_status vm__choose(ans_vm *vm, vm_reg *d, const vm_reg *g, const vm_reg *a, const vm_reg *b, size_t n, ans_error *err) {
  const size_t words = vm__words(n);
  const unsigned top = a->top > b->top ? a->top : b->top;
  uint64_t seen[ANS_PLANES] = {0};
  if (!d->t) {
    const ans_status blended = logic__blend(vm, d, g->t, a, b, n, err);
    if (blended != ANS_OK || !top) {
      d->top = 0;
      return blended;
    }
  }
  logic_operand x, y; /* the bitmaps alone: values were blended in place */
  const vm_reg bits_a = {.t = a->t, .p = {a->p[0], a->p[1], a->p[2], a->p[3], a->p[4]}, .top = a->top, .one = a->one};
  const vm_reg bits_b = {.t = b->t, .p = {b->p[0], b->p[1], b->p[2], b->p[3], b->p[4]}, .top = b->top, .one = b->one};
  ans_status status = logic__operand(vm, 2, &bits_a, n, &x, err);
  if (status == ANS_OK) status = logic__operand(vm, 3, &bits_b, n, &y, err);
  if (status != ANS_OK) return status;
  if (d->t) vm->k->mix(d->t, g->t, x.b[0], y.b[0], words);
  for (unsigned s = 0; s < top; s++) seen[s] = vm->k->mix(d->p[s], g->t, x.b[s + 1], y.b[s + 1], words);
  vm__settle(d, top, seen);
  return ANS_OK;
}

/* Word w of a selection whose condition has states there: d holds what it would be if they were false. Rows in which both sides are the same cell are that, others have the state. */
static void logic__undecided(vm_reg *d, const vm_reg *g, const vm_reg *a, const vm_reg *b, size_t w, unsigned top, uint64_t keep) {
  vm_word c = vm__load(g, w);
  const vm_word x = vm__load(a, w), y = vm__load(b, w);
  vm__condition_word(&c);
  const uint64_t open = c.p[0] & ~c.p[3] & keep; /* unknown or human */
  const uint64_t both = open ? logic__agree(a, b, &x, &y, w, open) : 0, take_b = ~(c.t | c.p[0]);
  if (d->t) d->t[w] = ((x.t & (c.t | both)) | (y.t & take_b)) & keep;
  for (unsigned s = 0; s < top; s++) d->p[s][w] = ((x.p[s] & (c.t | both)) | (y.p[s] & take_b) | (c.p[s] & ~both)) & keep;
  for (uint64_t todo = d->t ? 0 : both; todo; todo &= todo - 1) {
    const size_t i = w * 64 + (size_t)__builtin_ctzll(todo);
    vm__write(d, i, vm__value(a, i));
  }
}

ans_status vm__op_select(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->b), *b = vm__reg(vm, st->in->c);
  vm_reg g;
  ans_status status = vm__expand(vm, 0, vm__reg(vm, st->in->a), n, &g, err);
  if (status == ANS_OK) status = vm__choose(vm, d, &g, a, b, n, err);
  if (status != ANS_OK || !g.top) return status;
  unsigned top = a->top > b->top ? a->top : b->top;
  if (vm__condition_top(&g) > top) top = vm__condition_top(&g);
  for (unsigned s = d->top; s < top; s++) memset(d->p[s], 0, vm__words(n) * sizeof(uint64_t));
  for (size_t w = 0; w < vm__words(n); w++)
    if (g.p[0][w]) logic__undecided(d, &g, a, b, w, top, vm__keep(n, w));
  d->top = (uint8_t)top;
  vm__drop(d, n);
  vm__clear(vm, d, n);
  return ANS_OK;
}
