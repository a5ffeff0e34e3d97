/* Sources of values (constants, period, facts; parameters: param.c) and strict operations on them (semantics 1, 2, 8).
 * Strict operations: planes first, then a vector loop over all rows that also says whether some row may be wrong; only then
 * the rows are looked at one by one. */
#include <stdlib.h>
#include "exec/machine.h"
#include "num/calendar.h"
#include "num/money.h"

ans_status vm__op_const(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const int64_t v = vm->program->consts[st->in->a];
  (void)n, (void)err;
  d->top = 0;
  if (d->t) d->t[0] = v ? ~UINT64_C(0) : 0;
  else d->v[0] = v;
  return ANS_OK;
}

ans_status vm__op_period(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  (void)n, (void)err;
  d->top = 0;
  d->v[0] = st->in->a == 0 ? vm->period : st->in->a == 1 ? vm->day_first : st->in->a == 2 ? vm->day_last : vm->law_known;
  return ANS_OK;
}

ans_status vm__op_human(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  (void)vm, (void)st, (void)err;
  d->top = 0;
  if (d->t) d->t[0] = 0;
  else d->v[0] = 0;
  vm__raise(d, n, 0, ANS_HUMAN);
  return ANS_OK;
}

ans_status vm__op_self(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const int64_t base = vm->base[st->in->unit];
  (void)err;
  d->top = 0;
  for (size_t i = 0; i < n; i++) d->v[i] = base + (int64_t)i;
  return ANS_OK;
}

/* Values of eight bytes are read in place, unless they can be overridden; narrower ones are widened. Bitmaps are moved to bit 0: 1/64 of the work of the values. */
ans_status vm__op_fact(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_column *c = &vm->columns->facts[st->in->a];
  const size_t first = vm->base[st->in->unit];
  (void)err;
  if (d->t) vm__window(vm, d->t, c->truth, first, n);
  else if (c->values.bytes == sizeof(int32_t)) vm->k->widen(d->v, ans_values_at(&c->values, first), n);
  else if (st->own) memcpy(d->v, ans_values_at(&c->values, first), n * sizeof *d->v);
  else d->v = ans_values_at(&c->values, first);
  for (d->top = 0; d->top < ANS_PLANES && c->planes[d->top]; d->top++)
    if (!vm__window(vm, d->p[d->top], c->planes[d->top], first, n)) break;
  return ANS_OK;
}

/* --- arithmetic ----------------------------------------------------------------------------------------------------- */
static bool value__outside(const ans_type *t, int64_t v) { return t->tag == ANS_T_DATE && (v < ANS_DAY_MIN || v > ANS_DAY_MAX); }

static bool value__exact(ans_opcode op, int64_t a, int64_t b, int mode, int64_t *r) {
  switch ((int)op) {
    case ANS_OP_ADD: return !__builtin_add_overflow(a, b, r);
    case ANS_OP_SUB: return !__builtin_sub_overflow(a, b, r);
    case ANS_OP_MUL: return !__builtin_mul_overflow(a, b, r);
    case ANS_OP_NEG: return !__builtin_sub_overflow(INT64_C(0), a, r);
    default: return vm__divide(a, b, mode, r);
  }
}

/* Redoes every demanded row of a strict operation exactly; rows without a result become errors. */
void vm__redo(const ans_vm *vm, const vm_step *st, vm_reg *d, const vm_reg *a, const vm_reg *b, size_t n) {
  const vm_reg states = *d; /* as they are before this loop raises any */
  size_t i;
  for (vm_rows rows = vm__rows(vm__demand(vm, st), n); vm__next(&rows, &i);) {
    if (states.top && vm__bit(states.p[0], i)) continue;
    int64_t r = 0;
    if (value__exact((ans_opcode)st->in->op, vm__value(a, i), vm__value(b, i), (int)st->in->c, &r) && !value__outside(&st->in->type, r))
      d->v[i] = r;
    else vm__raise(d, n, i, ANS_ERRONEOUS);
  }
}

ans_status vm__op_arith(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_kernels *k = vm->k;
  const ans_opcode op = (ans_opcode)st->in->op;
  const vm_reg *a = vm__reg(vm, st->in->a), *b = op == ANS_OP_NEG ? a : vm__reg(vm, st->in->b);
  const vm_reg *operands[2] = {a, b};
  const unsigned form = vm__form(a, b);
  static const int64_t zero = 0;
  const bool proven = vm__proven(vm, st);
  uint64_t bad = 0;
  (void)err;
  vm__strict(d, operands, 2, n);
  if (proven) {
    vm_pick *const f = op == ANS_OP_ADD ? k->plain_add[form] : op == ANS_OP_SUB ? k->plain_sub[form] : op == ANS_OP_MUL ? k->plain_mul[form] : k->plain_sub[1];
    if (op == ANS_OP_NEG) f(d->v, &zero, a->v, n);
    else f(d->v, a->v, b->v, n);
  } else switch ((int)op) {
    case ANS_OP_ADD: bad = k->add[form](d->v, a->v, b->v, n); break;
    case ANS_OP_SUB: bad = k->sub[form](d->v, a->v, b->v, n); break;
    case ANS_OP_MUL:
      bad = k->mul[form](d->v, a->v, b->v, n);
      if (bad && vm__magnitude_bits(k, a, n) + vm__magnitude_bits(k, b, n) <= 63) bad = 0; /* larger factors than the kernel looks at, and no overflow */
      break;
    case ANS_OP_NEG: bad = k->neg(d->v, a->v, a->v, n); break;
    case ANS_OP_MIN2: k->min[form](d->v, a->v, b->v, n); break;
    default: k->max[form](d->v, a->v, b->v, n); break;
  }
  if (bad || (!(proven && st->total) && op != ANS_OP_MIN2 && op != ANS_OP_MAX2 && st->in->type.tag == ANS_T_DATE && k->outside(d->v, ANS_DAY_MIN, ANS_DAY_MAX, n)))
    vm__redo(vm, st, d, a, b, n);
  vm__clear(vm, d, n);
  return ANS_OK;
}

ans_status vm__op_unit(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->a);
  const vm_reg *operands[1] = {a};
  (void)err;
  vm__strict(d, operands, 1, n);
  for (size_t i = 0; i < n; i++) d->v[i] = vm__value(a, i);
  vm__clear(vm, d, n);
  return ANS_OK;
}

ans_status vm__op_holiday(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->a);
  vm_writer out = vm__writer(vm, st, d, n);
  (void)err;
  size_t i;
  for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &i);) {
    uint8_t state = vm__state(a, i);
    bool holiday = false;
    if (!state && !ans_date_holiday(vm__value(a, i), st->in->b, &holiday)) state = ANS_ERRONEOUS;
    vm__put(&out, i, holiday, state);
  }
  return ANS_OK;
}

ans_status vm__op_compare(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_opcode op = (ans_opcode)st->in->op;
  const vm_reg *a = vm__reg(vm, st->in->a), *b = vm__reg(vm, st->in->b);
  const vm_reg *operands[2] = {a, b};
  const unsigned form = vm__form(a, b);
  const size_t words = vm__words(n);
  (void)err;
  vm__strict(d, operands, 2, n);
  if (a->t) { /* truth values are only equal or not (verified) */
    for (size_t w = 0; w < words; w++) {
      const uint64_t x = a->t[a->one ? 0 : w], y = b->t[b->one ? 0 : w];
      d->t[w] = (op == ANS_OP_EQ ? ~(x ^ y) : x ^ y) & vm__keep(n, w);
    }
  } else {
    const vm_kernels *k = vm->k;
    vm_compare *const f = op == ANS_OP_LT ? k->lt[form] : op == ANS_OP_LE ? k->le[form] : k->eq[form];
    f(d->t, a->v, b->v, n);
    if (op == ANS_OP_NE)
      for (size_t w = 0; w < words; w++) d->t[w] = ~d->t[w] & vm__keep(n, w);
  }
  vm__clear(vm, d, n);
  return ANS_OK;
}

/* --- texts and lists (semantics 1) ----------------------------------------------------------------------------------- */
/* The answers were found when the facts were loaded; a text whose match reached a limit has none. */
ans_status vm__op_text_is(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->a);
  const unsigned bit = vm->program->predicates[st->in->b].bit;
  vm_writer out = vm__writer(vm, st, d, n);
  (void)err;
  size_t i;
  for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &i);) {
    uint8_t state = vm__state(a, i);
    const ans_text *text = state ? NULL : &vm->columns->texts[vm__value(a, i)];
    if (text && text->failed >> bit & 1) state = ANS_ERRONEOUS;
    vm__put(&out, i, text && text->holds >> bit & 1, state);
  }
  return ANS_OK;
}

ans_status vm__op_list_has(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->a), *b = vm__reg(vm, st->in->b);
  vm_writer out = vm__writer(vm, st, d, n);
  (void)err;
  size_t i;
  for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &i);) {
    const uint8_t state = vm__max(vm__state(a, i), vm__state(b, i));
    vm__put(&out, i, state ? 0 : vm__value(a, i) >> vm__value(b, i) & 1, state);
  }
  return ANS_OK;
}

ans_status vm__op_list_count(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->a);
  const vm_reg *operands[1] = {a};
  (void)err;
  vm__strict(d, operands, 1, n);
  for (size_t i = 0; i < n; i++) d->v[i] = __builtin_popcountll((unsigned long long)vm__value(a, i));
  vm__clear(vm, d, n);
  return ANS_OK;
}

/* --- calendar (semantics 4.1) --------------------------------------------------------------------------------------- */
bool vm__date(const ans_insn *in, int64_t a, int64_t b, int64_t *r) {
  switch ((int)in->op) {
    case ANS_OP_YEARS_DONE: return ans_date_birthday(a, b, r);
    case ANS_OP_ADD_MONTHS: return ans_date_add_months(a, b, (int)in->c, r);
    case ANS_OP_MONTH_OF: *r = ans_date_month(a); return true;
    case ANS_OP_YEAR_OF: {
      int64_t month = ans_date_month(a);
      *r = month / 12;
      return true;
    }
    case ANS_OP_WORKDAY: return ans_date_workday(a, in->b, r);
    default:
      if (a < ans_date_month(ANS_DAY_MIN) || a > ans_date_month(ANS_DAY_MAX)) return false;
      *r = in->op == ANS_OP_MONTH_FIRST ? ans_month_first(a) : ans_month_last(a);
      return true;
  }
}

/* All rows at once; false if some row has to be looked at. */
static bool value__dates(const vm_kernels *k, const ans_insn *in, vm_reg *d, const vm_reg *a, const vm_reg *b, size_t n) {
  if (a->one && n > 1) return false;
  switch ((int)in->op) {
    case ANS_OP_YEARS_DONE: return b->one && !k->birthday(d->v, a->v, b->v[0], n);
    case ANS_OP_ADD_MONTHS: return b->one && !k->add_months(d->v, a->v, b->v[0], (int)in->c, n);
    case ANS_OP_MONTH_OF: return !k->month_of(d->v, a->v, 1, n);
    case ANS_OP_YEAR_OF: return !k->month_of(d->v, a->v, 12, n);
    case ANS_OP_WORKDAY: return false;
    default: return !k->month_edge(d->v, a->v, in->op == ANS_OP_MONTH_LAST, n);
  }
}

/* Cells without a value hold 0, which is no month, and rows that nobody asks for hold anything: with the value of the first row that counts in their place, the kernels
 * find nothing amiss in them. *some: such a row was found; its copy of a is in scratch area 0. */
static ans_status value__stand_in(ans_vm *vm, const vm_step *st, const vm_reg *d, const vm_reg *a, size_t n, vm_reg *out, bool *some, ans_error *err) {
  const uint64_t *need = vm__demand(vm, st);
  const size_t words = vm__words(n);
  size_t first = n;
  void *data;
  *some = false;
  if (a->one || (!need && !d->top)) return ANS_OK;
  ans_status status = vm__scratch(vm, 0, (n + words + 1) * sizeof(int64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *counts = (uint64_t *)data + n;
  for (size_t w = 0; w < words; w++) {
    counts[w] = (need ? need[w] : ~UINT64_C(0)) & vm__keep(n, w) & ~(d->top ? d->p[0][w] : 0);
    if (first == n && counts[w]) first = w * 64 + (size_t)__builtin_ctzll(counts[w]);
  }
  if (first == n) return ANS_OK;
  *out = *a;
  out->v = data;
  *some = true;
  vm->k->blend[2](out->v, counts, a->v, &a->v[first], n);
  return ANS_OK;
}

ans_status vm__op_date(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const bool two = st->in->op == ANS_OP_YEARS_DONE || st->in->op == ANS_OP_ADD_MONTHS;
  const vm_reg *a = vm__reg(vm, st->in->a), *b = two ? vm__reg(vm, st->in->b) : a;
  const vm_reg *operands[2] = {a, b};
  vm_reg stand_in;
  bool some = false;
  vm__strict(d, operands, two ? 2 : 1, n);
  const vm_reg states = *d;
  const bool few = vm__few(vm, st, n / 2);
  bool done = !few && value__dates(vm->k, st->in, d, a, b, n);
  ans_status status = done || few ? ANS_OK : value__stand_in(vm, st, d, a, n, &stand_in, &some, err);
  if (status != ANS_OK) return status;
  if (done || (some && value__dates(vm->k, st->in, d, &stand_in, b, n))) {
    vm__clear(vm, d, n);
    return ANS_OK;
  }
  const uint64_t *need = vm__demand(vm, st);
  size_t i;
  if (need) memset(d->v, 0, n * sizeof *d->v);
  for (vm_rows rows = vm__rows(need, n); vm__next(&rows, &i);) {
    int64_t r = 0;
    if (states.top && vm__bit(states.p[0], i)) d->v[i] = 0;
    else if (vm__date(st->in, vm__value(a, i), vm__value(b, i), &r)) d->v[i] = r;
    else vm__raise(d, n, i, ANS_ERRONEOUS);
  }
  vm__clear(vm, d, n);
  return ANS_OK;
}
