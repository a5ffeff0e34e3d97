/* Sources of values (constants, period, facts, parameters) and strict operations on them (semantics 1, 2, 4.4, 8).
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

/* Values are read in place. Bitmaps are moved to bit 0: 1/64 of the work of the values. */
ans_status vm__op_fact(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_column *c = &vm->columns->facts[st->in->a];
  const size_t first = vm->base[st->in->unit];
  (void)err;
  if (d->t) vm__window(d->t, c->truth, first, n);
  else if (st->own) memcpy(d->v, c->values + first, n * sizeof *d->v);
  else d->v = c->values + first;
  for (d->top = 0; d->top < ANS_PLANES && c->planes[d->top]; d->top++)
    if (!vm__window(d->p[d->top], c->planes[d->top], first, n)) break;
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
static void value__redo(const ans_vm *vm, const vm_step *st, vm_reg *d, const vm_reg *a, const vm_reg *b, size_t n) {
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

static unsigned value__form(const vm_reg *a, const vm_reg *b) { return a->one == b->one ? 0 : a->one ? 1 : 2; }

ans_status vm__op_arith(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_kernels *k = vm->k;
  const ans_opcode op = (ans_opcode)st->in->op;
  const vm_reg *a = vm__reg(vm, st->in->a), *b = op == ANS_OP_NEG ? a : vm__reg(vm, st->in->b);
  const vm_reg *operands[2] = {a, b};
  const unsigned form = value__form(a, b);
  uint64_t bad = 0;
  (void)err;
  vm__strict(d, operands, 2, n);
  switch ((int)op) {
    case ANS_OP_ADD: bad = k->add[form](d->v, a->v, b->v, n); break;
    case ANS_OP_SUB: bad = k->sub[form](d->v, a->v, b->v, n); break;
    case ANS_OP_MUL: bad = k->mul[form](d->v, a->v, b->v, n); break;
    case ANS_OP_NEG: bad = k->neg(d->v, a->v, a->v, n); break;
    case ANS_OP_MIN2: k->min[form](d->v, a->v, b->v, n); break;
    default: k->max[form](d->v, a->v, b->v, n); break;
  }
  if (bad || (op != ANS_OP_MIN2 && op != ANS_OP_MAX2 && st->in->type.tag == ANS_T_DATE && k->outside(d->v, ANS_DAY_MIN, ANS_DAY_MAX, n)))
    value__redo(vm, st, d, a, b, n);
  vm__clear(d, n);
  return ANS_OK;
}

/* Quotients of numbers whose scales differ from the result's by `places`: exact in 128 bits (|places| <= 18, verified). */
static void value__quotients(const ans_vm *vm, const vm_step *st, vm_reg *d, const vm_reg *a, const vm_reg *b, int places, size_t n) {
  const vm_reg states = *d; /* as they are before this loop raises any */
  ans_int128 up = 1, down = 1;
  for (; places > 0; places--) up *= 10;
  for (; places < 0; places++) down *= 10;
  size_t i;
  for (vm_rows rows = vm__rows(vm__demand(vm, st), n); vm__next(&rows, &i);) {
    if (states.top && vm__bit(states.p[0], i)) continue;
    int64_t r = 0;
    if (ans_div_round(vm__value(a, i) * up, vm__value(b, i) * down, (int)st->in->c, &r)) d->v[i] = r;
    else vm__raise(d, n, i, ANS_ERRONEOUS);
  }
}

/* A constant divisor widened by -places powers of ten (places <= 0); 0 if it does not fit. */
static int64_t value__divisor(int64_t b, int places) {
  for (; places < 0; places++)
    if (__builtin_mul_overflow(b, INT64_C(10), &b)) return 0;
  return b;
}

/* Numbers of magnitude below 2^62 leave room for the sign and for rounding away from zero. */
enum { SMALL_BITS = 62 };
static unsigned value__bits(const vm_kernels *k, const vm_reg *r, size_t n) {
  const uint64_t all = k->magnitude(r->v, r->one ? 1 : n);
  return all ? 64u - (unsigned)__builtin_clzll(all) : 0;
}

/* a·b·up / down, rounded once, for all rows with vectors: when the factors are so small that the exact product fits 64 bits. Looked up, not proven: values
 * that are too large, also in rows that nobody asks for, leave the work to the exact loop. false: not done. */
static ans_status value__scaled(ans_vm *vm, vm_reg *d, const vm_reg *a, const vm_reg *b, int64_t up, int64_t down, int mode, size_t n, bool *done, ans_error *err) {
  const unsigned widened = up > 1 ? 64u - (unsigned)__builtin_clzll((uint64_t)up) : 0;
  *done = false;
  if (value__bits(vm->k, a, n) + (b ? value__bits(vm->k, b, n) : 0) + widened > SMALL_BITS) return ANS_OK;
  void *data;
  ans_status status = vm__scratch(vm, 0, 2 * n * sizeof(int64_t), &data, err);
  if (status != ANS_OK) return status;
  int64_t *product = data, *scaled = product + n;
  uint64_t bad = 0;
  if (b) bad = vm->k->mul[value__form(a, b)](product, a->v, b->v, a->one && b->one ? 1 : n);
  else memcpy(product, a->v, (a->one ? 1 : n) * sizeof *product);
  if (b ? a->one && b->one : a->one)
    for (size_t i = 1; i < n; i++) product[i] = product[0];
  if (up > 1) bad |= vm->k->mul[2](scaled, product, &up, n);
  if (bad) return ANS_OK; /* cannot be, and would not be wrong */
  vm->k->divide(d->v, up > 1 ? scaled : product, down, mode, n);
  *done = true;
  return ANS_OK;
}

/* up = 10^places and down = d·10^-places, one of the powers being 1; false if they do not fit or the divisor is no constant that the kernels divide by. */
static bool value__powers(const vm_reg *divisor, int places, int64_t *up, int64_t *down) {
  *up = 1;
  *down = 1;
  if (divisor && (!divisor->one || divisor->top)) return false;
  if (divisor) *down = divisor->v[0];
  for (; places > 0; places--)
    if (__builtin_mul_overflow(*up, INT64_C(10), up)) return false;
  *down = value__divisor(*down, places);
  return *down != 0 && *down != -1;
}

ans_status vm__op_divide(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->a), *b = vm__reg(vm, st->in->b);
  const vm_reg *operands[2] = {a, b};
  vm__strict(d, operands, 2, n);
  const ans_insn *insns = vm->program->insns;
  const int places = st->in->type.scale + insns[st->in->b].type.scale - insns[st->in->a].type.scale;
  int64_t up, down;
  bool done = false;
  if (value__powers(b, places, &up, &down)) {
    done = up == 1;
    if (done) vm->k->divide(d->v, a->v, down, (int)st->in->c, n); /* a has n rows: with n = 1 it may be a one-row register too */
    else {
      ans_status status = value__scaled(vm, d, a, NULL, up, down, (int)st->in->c, n, &done, err);
      if (status != ANS_OK) return status;
    }
  }
  if (!done) {
    if (vm__demand(vm, st)) memset(d->v, 0, n * sizeof *d->v);
    if (places == 0) value__redo(vm, st, d, a, b, n);
    else value__quotients(vm, st, d, a, b, places, n);
  }
  vm__clear(d, n);
  return ANS_OK;
}

/* a·b or a·b/d, rounded once: row by row where the exact intermediate may need more than 64 bits. */
ans_status vm__op_mul_round(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_insn *in = st->in, *insns = vm->program->insns;
  const uint32_t *list = vm->program->lists + in->a;
  const vm_reg *r[3] = {vm__reg(vm, list[0]), vm__reg(vm, list[1]), in->b == 3 ? vm__reg(vm, list[2]) : NULL};
  const int places = in->type.scale - insns[list[0]].type.scale - insns[list[1]].type.scale + (r[2] ? insns[list[2]].type.scale : 0);
  int64_t up, down;
  bool done = false;
  if (value__powers(r[2], places, &up, &down)) {
    ans_status status = value__scaled(vm, d, r[0], r[1], up, down, (int)in->c, n, &done, err);
    if (status != ANS_OK) return status;
  }
  if (done) {
    vm__strict(d, r, r[2] ? 3 : 2, n);
    vm__clear(d, n);
    return ANS_OK;
  }
  vm_writer out = vm__writer(vm, st, d, n);
  size_t i;
  for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &i);) {
    uint8_t state = vm__max(vm__state(r[0], i), vm__state(r[1], i));
    int64_t v = 0;
    if (r[2]) state = vm__max(state, vm__state(r[2], i));
    if (!state && !ans_mul_div_round(vm__value(r[0], i), vm__value(r[1], i), r[2] ? vm__value(r[2], i) : 1, places, (int)in->c, &v)) state = ANS_ERRONEOUS;
    vm__put(&out, i, v, state);
  }
  return ANS_OK;
}

ans_status vm__op_unit(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_reg *a = vm__reg(vm, st->in->a);
  const vm_reg *operands[1] = {a};
  (void)err;
  vm__strict(d, operands, 1, n);
  for (size_t i = 0; i < n; i++) d->v[i] = vm__value(a, i);
  vm__clear(d, n);
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
  const unsigned form = value__form(a, b);
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
  vm__clear(d, n);
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
  vm__clear(d, n);
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

ans_status vm__op_date(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const bool two = st->in->op == ANS_OP_YEARS_DONE || st->in->op == ANS_OP_ADD_MONTHS;
  const vm_reg *a = vm__reg(vm, st->in->a), *b = two ? vm__reg(vm, st->in->b) : a;
  const vm_reg *operands[2] = {a, b};
  (void)err;
  vm__strict(d, operands, two ? 2 : 1, n);
  const vm_reg states = *d;
  if (value__dates(vm->k, st->in, d, a, b, n)) {
    vm__clear(d, n);
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
  vm__clear(d, n);
  return ANS_OK;
}

/* --- parameters (semantics 4.4) ------------------------------------------------------------------------------------- */
/* A table over the only key on one day, if the finite bounds lie close together: entry 0 stands for every smaller key, the last for every
 * larger one. */
static ans_status param__table(ans_vm *vm, vm_params *c, const vm_lookup *l, int64_t day, ans_error *err) {
  int64_t lo = INT64_MAX, hi = INT64_MIN;
  c->table_size = 0;
  for (uint32_t k = 0; k < l->count && l->rows[k].from_day <= day; k++) {
    const int64_t bounds[2] = {l->rows[k].key_lo[0], l->rows[k].key_hi[0]};
    for (unsigned j = 0; j < 2 && l->rows[k].to_day >= day; j++) {
      if (bounds[j] == INT64_MIN || bounds[j] == INT64_MAX) continue;
      if (bounds[j] < lo) lo = bounds[j];
      if (bounds[j] > hi) hi = bounds[j];
    }
  }
  if (lo > hi || (uint64_t)hi - (uint64_t)lo > VM_TABLE_MAX - 3 || lo == INT64_MIN + 1 || hi == INT64_MAX - 1) return ANS_OK;
  if (!c->table) {
    size_t cap = 0;
    void *data = NULL;
    ans_status status = vm__grow(vm, &data, &cap, VM_TABLE_MAX, sizeof(int64_t) + 1, false, err);
    if (status != ANS_OK) return status;
    c->table = data;
    c->found = (uint8_t *)(c->table + VM_TABLE_MAX);
  }
  c->table_low = lo - 1;
  c->table_size = (uint32_t)(hi - lo) + 3;
  for (uint32_t k = 0; k < c->table_size; k++) {
    const int64_t key = c->table_low + k;
    c->table[k] = 0;
    c->found[k] = vm__lookup_find(l, day, &key, &c->table[k], NULL);
  }
  return ANS_OK;
}

static bool param__in_table(const vm_params *c, const int64_t *key, int64_t *v) {
  int64_t k = key[0] < c->table_low ? 0 : key[0] >= c->table_low + c->table_size ? c->table_size - 1 : key[0] - c->table_low;
  *v = c->table[k];
  return c->found[k];
}

/* Rows of a batch ask few days and keys again and again (a day of the law, a number of members): what was just looked up is kept, found or not. */
enum { PARAM_RECENT = 64 };
typedef struct param_recent { int64_t day, key[ANS_MAX_KEYS], v; bool used, found; } param_recent;

static bool param__again(param_recent *recent, const vm_lookup *l, int64_t day, const int64_t *key, unsigned keys, int64_t *v) {
  uint64_t hash = (uint64_t)day * UINT64_C(0x9E3779B97F4A7C15);
  for (unsigned k = 0; k < keys; k++) hash = (hash ^ (uint64_t)key[k]) * UINT64_C(0x9E3779B97F4A7C15);
  param_recent *x = &recent[hash >> 58];
  bool same = x->used && x->day == day;
  for (unsigned k = 0; k < keys; k++) same = same && x->key[k] == key[k];
  if (!same) {
    x->used = true;
    x->day = day;
    x->v = 0;
    for (unsigned k = 0; k < keys; k++) x->key[k] = key[k];
    x->found = vm__lookup_find(l, day, key, &x->v, NULL);
  }
  *v = x->v;
  return x->found;
}

ans_status vm__op_param(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_param *p = &vm->program->params[st->in->a];
  const uint32_t *list = vm->program->lists + st->in->b;
  vm_lookup *l = &vm->lookups[st->in->a];
  const vm_reg *operands[1 + ANS_MAX_KEYS] = {vm__reg(vm, list[0])};
  const unsigned count = p->key_count + 1;
  vm_params *cache = NULL;
  ans_status status = vm__lookup_build(l, vm->program, st->in->a, vm->law_known, vm->known_stamp, err);
  if (status != ANS_OK) return status;
  for (unsigned k = 1; k < count; k++) operands[k] = vm__reg(vm, list[k]);
  if (p->key_count == 1 && operands[0]->one && !operands[0]->top && !st->one) { /* the day has one row: the table is made once per run */
    cache = &vm->params[st->aux];
    if (cache->stamp != vm->run) status = param__table(vm, cache, l, operands[0]->v[0], err);
    if (status != ANS_OK) return status;
    cache->stamp = vm->run;
  }
  vm_writer out = vm__writer(vm, st, d, n);
  unsigned top = 0;
  for (unsigned k = 0; k < count; k++) top = operands[k]->top > top ? operands[k]->top : top;
  param_recent recent[PARAM_RECENT];
  memset(recent, 0, sizeof recent);
  size_t i;
  for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &i);) {
    uint8_t state = 0;
    int64_t key[ANS_MAX_KEYS] = {0}, v = 0;
    for (unsigned k = 0; top && k < count; k++) state = vm__max(state, vm__state(operands[k], i));
    for (unsigned k = 1; k < count; k++) key[k - 1] = vm__value(operands[k], i);
    if (!state && !(cache && cache->table_size ? param__in_table(cache, key, &v) : param__again(recent, l, vm__value(operands[0], i), key, count - 1, &v))) state = ANS_ERRONEOUS;
    vm__put(&out, i, v, state);
  }
  return ANS_OK;
}
