/* Quotients and rounded products (semantics 8): exact, rounded once. Three ways, the first that fits: whole vectors where the divisor is one number, or one of few small ones in
 * every row; row by row in 128 bits for the rest. Which way is taken is looked up in the values of the batch (the bits of the largest magnitudes), so it never decides what comes out;
 * rows that nobody asks for count, and can only send more rows the slow way. */
#include "exec/machine.h"
#include "num/money.h"

/* round(a·b / c · 10^places); b and c may be NULL (1). All of 8 bytes: operands of 4 were widened, and so is the result if it has to be narrowed (`wide`). */
typedef struct round_job {
  const vm_reg *a, *b, *c;
  int places, mode;
  int64_t *wide;               /* where kernels put the results */
} round_job;

static bool round__exact(const round_job *j, size_t i, int64_t *v) {
  return ans_mul_div_round(vm__value(j->a, i), j->b ? vm__value(j->b, i) : 1, j->c ? vm__value(j->c, i) : 1, j->places, j->mode, v);
}

/* The rows of `only` (NULL: all) that are demanded and have operands, one by one. */
static void round__each(const ans_vm *vm, const vm_step *st, const round_job *j, const uint64_t *only, vm_reg *d, size_t n) {
  const vm_reg states = *d; /* as they are before this loop raises any */
  size_t i;
  for (vm_rows rows = vm__rows(vm__demand(vm, st), n); vm__next(&rows, &i);) {
    int64_t v = 0;
    if ((only && !vm__bit(only, i)) || (states.top && vm__bit(states.p[0], i))) continue;
    if (round__exact(j, i, &v)) vm__write(d, i, v);
    else vm__raise(d, n, i, ANS_ERRONEOUS);
  }
}

static unsigned round__bits(int64_t x) { return x ? 64u - (unsigned)__builtin_clzll((uint64_t)x) : 0; } /* x >= 0 */
static unsigned round__operand_bits(const vm_kernels *k, const vm_reg *r, size_t n) { return r ? vm__magnitude_bits(k, r, n) : 1; }

/* x·10^places, 0 if it does not fit; places below 0 are none. */
static int64_t round__widen(int64_t x, int places) {
  for (; places > 0; places--)
    if (__builtin_mul_overflow(x, INT64_C(10), &x)) return 0;
  return x;
}

/* a·b·up for every row; its magnitudes fit 63 bits. */
static void round__product(const vm_kernels *k, const round_job *j, int64_t up, int64_t *product, int64_t *spare, size_t n) {
  const bool one = j->a->one && (!j->b || j->b->one);
  const size_t rows = one ? 1 : n;
  int64_t *first = up > 1 ? spare : product;
  if (j->b) (void)k->mul[vm__form(j->a, j->b)](first, j->a->v8, j->b->v8, rows); /* what it reports are factors larger than it looks at: the bits were counted */
  else memcpy(first, j->a->v8, rows * sizeof *first);
  if (up > 1) (void)k->mul[2](product, first, &up, rows);
  for (size_t i = 1; one && i < n; i++) product[i] = product[0];
}

/* The divisor is one number: down, not 0 and not -1. */
static ans_status round__by_one(ans_vm *vm, const round_job *j, int64_t up, int64_t down, size_t n, bool *done, ans_error *err) {
  const vm_kernels *k = vm->k;
  const unsigned bits_a = round__operand_bits(k, j->a, n), bits_b = round__operand_bits(k, j->b, n) + (up > 1 ? round__bits(up) : 0), all = bits_a + bits_b;
  const unsigned shift = all > 63 ? all - 63 : 0;
  const bool b_one = !j->b || j->b->one, a_one = j->a->one;
  *done = true;
  if (down >= 4 && shift + 3 <= round__bits(down) && bits_a <= 63 && bits_b <= 63 && (!a_one || b_one || up == 1)) {
    static const int64_t unity = 1;
    const int64_t *b = j->b ? j->b->v8 : &unity;
    if (a_one && !b_one) k->scale[1](j->wide, b, j->a->v8, up, down, shift, j->mode, n);
    else k->scale[b_one](j->wide, j->a->v8, b, up, down, shift, j->mode, n); /* all with one row: n is 1 */
    return ANS_OK;
  }
  *done = all <= 62;
  if (!*done) return ANS_OK;
  void *data;
  ans_status status = vm__scratch(vm, 0, 2 * n * sizeof(int64_t), &data, err);
  if (status != ANS_OK) return status;
  round__product(k, j, up, data, (int64_t *)data + n, n);
  k->divide(j->wide, data, down, j->mode, n);
  return ANS_OK;
}

static ans_status round__reciprocals(ans_vm *vm, const uint64_t **out, ans_error *err) {
  vm_scratch *s = &vm->reciprocals;
  const bool made = s->data != NULL;
  ans_status status = vm__grow(vm, &s->data, &s->bytes, VM_RECIPROCALS * sizeof(uint64_t), 1, false, err);
  uint64_t *r = s->data;
  *out = r;
  if (status != ANS_OK || made) return status;
  r[0] = 0;
  for (uint64_t m = 1; m < VM_RECIPROCALS; m++) r[m] = UINT64_MAX / m;
  return ANS_OK;
}

/* Every row has a divisor of its own; those that are not in the table go one by one. */
static ans_status round__by_each(ans_vm *vm, const vm_step *st, const round_job *j, int64_t up, vm_reg *d, size_t n, bool *done, ans_error *err) {
  const vm_kernels *k = vm->k;
  const size_t words = vm__words(n);
  const unsigned bits = round__operand_bits(k, j->a, n) + round__operand_bits(k, j->b, n) + (up > 1 ? round__bits(up) : 0);
  const uint64_t *reciprocals;
  void *data;
  *done = bits <= 63;
  if (!*done) return ANS_OK;
  ans_status status = vm__scratch(vm, 0, (2 * n + 2 * words + 2) * sizeof(int64_t), &data, err);
  if (status == ANS_OK) status = round__reciprocals(vm, &reciprocals, err);
  if (status != ANS_OK) return status;
  int64_t *product = data;
  uint64_t *below = (uint64_t *)(product + 2 * n), *above = below + words + 1;
  static const int64_t first = 1, last = VM_RECIPROCALS - 1;
  round__product(k, j, up, product, product + n, n);
  k->divide_each(j->wide, product, j->c->v8, reciprocals, VM_RECIPROCALS, j->mode, n);
  vm__result(vm, d, j->wide, n);
  k->v8.lt[2](below, j->c->v8, &first, n);
  k->v8.lt[1](above, &last, j->c->v8, n);
  if (k->add_bits(below, above, words)) round__each(vm, st, j, below, d, n);
  return ANS_OK;
}

/* d has the states of the operands; values come to all rows that are demanded. */
static ans_status round__rows(ans_vm *vm, const vm_step *st, const round_job *j, vm_reg *d, size_t n, ans_error *err) {
  const int64_t up = round__widen(1, j->places);
  const bool constant = !j->c || (j->c->one && !j->c->top);
  bool done = false;
  ans_status status = ANS_OK;
  if (vm__few(vm, st, n / 2)) {
    /* one by one, below */
  } else if (up && constant) {
    int64_t down = round__widen(j->c ? j->c->v8[0] : 1, -j->places);
    if (down == INT64_MIN) down = 0;
    if (down != 0 && down != -1 && !j->b && up == 1) {
      vm->k->divide(j->wide, j->a->v8, down, j->mode, n); /* a has n rows: with n = 1 it may be a one-row register too */
      done = true;
    } else if (down != 0 && down != -1) {
      status = round__by_one(vm, j, up, down, n, &done, err);
    }
    if (done) vm__result(vm, d, j->wide, n);
  } else if (up && j->places >= 0 && !j->c->one) {
    status = round__by_each(vm, st, j, up, d, n, &done, err);
  }
  if (status != ANS_OK || done) return status;
  if (vm__demand(vm, st)) vm__zero_values(d, n);
  round__each(vm, st, j, NULL, d, n);
  return ANS_OK;
}

/* operands[k], where j has a place for one more: a, b, c (NULL: none). */
static ans_status round__job(ans_vm *vm, const vm_step *st, round_job *j, vm_reg *d, size_t n, ans_error *err) {
  vm_reg wide[3];
  const vm_reg **operands[3] = {&j->a, &j->b, &j->c}, *strict[3];
  unsigned count = 0;
  ans_status status = vm__wide_result(vm, d, n, &j->wide, err);
  for (unsigned k = 0; k < 3; k++) {
    if (!*operands[k]) continue;
    strict[count++] = *operands[k];
    if (status == ANS_OK) status = vm__as(vm, 4 + k, false, *operands[k], n, &wide[k], err);
    *operands[k] = &wide[k];
  }
  if (status != ANS_OK) return status;
  vm__strict(vm, d, strict, count, n);
  status = round__rows(vm, st, j, d, n, err);
  vm__clear(vm, d, n);
  return status;
}

ans_status vm__op_divide(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_insn *insns = vm->program->insns;
  round_job j = {vm__reg(vm, st->in->a), NULL, vm__reg(vm, st->in->b), st->in->type.scale + insns[st->in->b].type.scale - insns[st->in->a].type.scale, (int)st->in->c, NULL};
  return round__job(vm, st, &j, d, n, err);
}

ans_status vm__op_mul_round(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_insn *in = st->in, *insns = vm->program->insns;
  const uint32_t *list = vm->program->lists + in->a;
  round_job j = {vm__reg(vm, list[0]), vm__reg(vm, list[1]), in->b == 3 ? vm__reg(vm, list[2]) : NULL,
                 in->type.scale - insns[list[0]].type.scale - insns[list[1]].type.scale + (in->b == 3 ? insns[list[2]].type.scale : 0), (int)in->c, NULL};
  return round__job(vm, st, &j, d, n, err);
}
