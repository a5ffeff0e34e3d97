/* RESOLVE: rules of one rank (semantics 5). Rows whose conditions are all values and whose applying consequences are all values go
 * through bitmaps, 64 at a time; every other row is decided exactly by resolve__row, straight from the text. */
#include "exec/machine.h"

typedef struct resolve_pairs { const ans_vm *vm; const uint32_t *list; uint32_t count; bool truth; } resolve_pairs;
#define LIVE(r, k) vm__reg((r)->vm, (r)->list[1 + 2 * (k)])
#define CONSEQUENCE(r, k) vm__reg((r)->vm, (r)->list[2 + 2 * (k)])

static bool resolve__same(ans_scalar a, ans_scalar b) { return a.state == b.state && (a.state || a.v == b.v); }
static bool resolve__open(uint8_t s) { return s == ANS_UNKNOWN || s == ANS_HUMAN; }
/* true, or a state that a true consequence absorbs */
static bool resolve__yields(ans_scalar x) { return x.state ? x.state <= ANS_HUMAN : x.v != 0; }

/* Step 3: one cell from the consequences that certainly apply. At least one does. */
static ans_scalar resolve__merge(const resolve_pairs *r, size_t i) {
  ans_scalar value = {0, ANS_VALUE};
  bool any_value = false, clash = false, all_yield = true;
  uint8_t worst = 0;
  for (uint32_t k = 0; k < r->count; k++) {
    ans_scalar l = vm__cell(LIVE(r, k), i);
    if (l.state || !l.v) continue;
    ans_scalar x = vm__cell(CONSEQUENCE(r, k), i);
    all_yield = all_yield && resolve__yields(x);
    if (x.state) {
      worst = vm__max(worst, x.state);
    } else {
      clash = clash || (any_value && x.v != value.v);
      any_value = true;
      value = x;
    }
  }
  if (r->truth && any_value && all_yield) return (ans_scalar){1, ANS_VALUE};
  if (clash) return (ans_scalar){0, ANS_CONFLICT};
  return worst ? (ans_scalar){0, worst} : value;
}

static ans_scalar resolve__row(const resolve_pairs *r, size_t i) {
  const ans_scalar fallback = vm__cell(vm__reg(r->vm, r->list[0]), i);
  bool certain = false, possible = false;
  uint8_t broken = 0;
  for (uint32_t k = 0; k < r->count; k++) {
    ans_scalar l = vm__cell(LIVE(r, k), i);
    l.state = vm__condition(l.state);
    if (l.state > ANS_HUMAN) broken = vm__max(broken, l.state);
    else if (l.state) possible = true;
    else if (l.v) certain = true;
  }
  if (broken) return (ans_scalar){0, broken};
  const ans_scalar merged = certain ? resolve__merge(r, i) : fallback;
  if (!possible || (certain && merged.state > ANS_HUMAN)) return merged; /* no completion mends a certain error or conflict */
  bool agree = true, yield = true;
  uint8_t worst = !certain && resolve__open(fallback.state) ? fallback.state : 0; /* the default is possible too */
  for (uint32_t k = 0; k < r->count; k++) {
    ans_scalar l = vm__cell(LIVE(r, k), i);
    if (!l.state) continue;
    ans_scalar x = vm__cell(CONSEQUENCE(r, k), i);
    worst = vm__max(worst, l.state);
    if (resolve__open(x.state)) worst = vm__max(worst, x.state);
    agree = agree && resolve__same(merged, x);
    yield = yield && resolve__yields(x);
  }
  if (r->truth && certain && !merged.state && merged.v && yield) return merged;
  return agree ? merged : (ans_scalar){0, worst};
}

/* Words of rows that the bitmap path cannot decide: some condition is not a value, or an applying consequence is not. */
static bool resolve__hard(const resolve_pairs *r, uint64_t *hard, size_t n) {
  uint64_t any = 0;
  for (size_t w = 0; w < vm__words(n); w++) {
    uint64_t h = 0;
    for (uint32_t k = 0; k < r->count; k++) {
      const vm_reg *l = LIVE(r, k), *x = CONSEQUENCE(r, k);
      const uint64_t t = l->t[l->one ? 0 : w];
      if (l->top) h |= l->p[0][l->one ? 0 : w];
      if (x->top) h |= x->p[0][x->one ? 0 : w] & t;
    }
    hard[w] = h & vm__keep(n, w);
    any |= hard[w];
  }
  return any != 0;
}

static uint64_t resolve__differ(const vm_reg *d, const vm_reg *x, size_t w, uint64_t rows) {
  uint64_t differ = 0;
  for (; rows; rows &= rows - 1) {
    size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
    if (d->v[i] != vm__value(x, i)) differ |= rows & -rows;
  }
  return differ;
}

/* Values of one applying rule for the rows of word w in `take`. */
static void resolve__take(vm_reg *d, const vm_reg *x, size_t w, uint64_t take) {
  for (; take; take &= take - 1) {
    size_t i = w * 64 + (size_t)__builtin_ctzll(take);
    d->v[i] = vm__value(x, i);
  }
}

/* Adds rule k to rows not in hard; have: rows some rule has decided; clash: rows with two different values. */
static void resolve__rule(const resolve_pairs *r, uint32_t k, vm_reg *d, const uint64_t *hard, uint64_t *have, uint64_t *clash,
                          uint64_t *mask, size_t n) {
  const vm_reg *l = LIVE(r, k), *x = CONSEQUENCE(r, k);
  const size_t words = vm__words(n);
  uint64_t many = 0;
  for (size_t w = 0; w < words; w++) {
    const uint64_t live = l->t[l->one ? 0 : w] & ~hard[w] & vm__keep(n, w), both = live & have[w];
    uint64_t take = live & ~have[w];
    if (r->truth) {
      const uint64_t t = x->t[x->one ? 0 : w];
      clash[w] |= both & (d->t[w] ^ t);
      d->t[w] = (d->t[w] & ~take) | (t & take);
    } else {
      if (both) clash[w] |= resolve__differ(d, x, w, both);
      /* Few rows of a word are copied one by one; a word with many is left to the vector blend below. */
      if (__builtin_popcountll(take) > 8) many |= take;
      else resolve__take(d, x, w, take), take = 0;
    }
    mask[w] = take;
    have[w] |= live;
  }
  if (!many) return;
  for (size_t w = 0; w < words; w++) {
    if (!mask[w]) continue;
    const size_t count = n - w * 64 < 64 ? n - w * 64 : 64;
    for (size_t j = 0; j < count; j++) {
      const uint64_t on = 0 - (mask[w] >> j & 1);
      const int64_t v = x->v[x->one ? 0 : w * 64 + j];
      d->v[w * 64 + j] = (int64_t)(((uint64_t)d->v[w * 64 + j] & ~on) | ((uint64_t)v & on));
    }
  }
}

/* Rules that can only establish a truth value: every consequence is certainly true, the default false. */
static bool resolve__only_true(const resolve_pairs *r, const vm_reg *fallback) {
  if (!r->truth || !fallback->one || fallback->top || fallback->t[0]) return false;
  for (uint32_t k = 0; k < r->count; k++) {
    const vm_reg *x = CONSEQUENCE(r, k);
    if (!x->one || x->top || !x->t[0]) return false;
  }
  return true;
}

/* Semantics 5 for such rules, 64 rows at a time: an error or conflict of a condition stands first (step 1), then a certain rule, which absorbs the possible ones (step 4), then
 * the highest state of the possible rules, whose consequence differs from the default; else the default. */
static void resolve__any(const resolve_pairs *r, vm_reg *d, size_t n) {
  unsigned top = 0;
  uint64_t seen[ANS_PLANES] = {0};
  for (uint32_t k = 0; k < r->count; k++) {
    const unsigned t = vm__condition_top(LIVE(r, k));
    top = t > top ? t : top;
  }
  for (size_t w = 0; w < vm__words(n); w++) {
    vm_word x = {0};
    for (uint32_t k = 0; k < r->count; k++) {
      const vm_reg *live = LIVE(r, k);
      if (!live->top) {
        x.t |= live->t[live->one ? 0 : w];
        continue;
      }
      vm_word l = vm__load(live, w);
      vm__condition_word(&l);
      x.t |= l.t;
      for (unsigned s = 0; s < ANS_PLANES; s++) x.p[s] |= l.p[s];
    }
    x.t &= ~x.p[ANS_ERRONEOUS - 1];
    for (unsigned s = 0; s < ANS_PLANES; s++) x.p[s] &= ~x.t;
    vm__store(d, w, &x, top, vm__keep(n, w), seen);
  }
  vm__settle(d, top, seen);
}

ans_status vm__op_resolve(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const resolve_pairs r = {vm, vm->program->lists + st->in->a, (st->in->b - 1) / 2, st->in->type.tag == ANS_T_BOOL};
  const vm_reg *fallback = vm__reg(vm, r.list[0]);
  const size_t words = vm__words(n);
  void *data;
  if (resolve__only_true(&r, fallback)) {
    resolve__any(&r, d, n);
    return ANS_OK;
  }
  ans_status status = vm__scratch(vm, 0, (words + 1) * 4 * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *hard = data, *have = hard + words, *clash = have + words, *mask = clash + words, seen[ANS_PLANES] = {0};
  const bool any_hard = resolve__hard(&r, hard, n);
  memset(have, 0, 2 * words * sizeof *have);
  if (d->v) {
    if (fallback->one)
      for (size_t i = 0; i < n; i++) d->v[i] = fallback->v[0];
    else memcpy(d->v, fallback->v, n * sizeof *d->v);
  } else {
    for (size_t w = 0; w < words; w++) d->t[w] = fallback->t[fallback->one ? 0 : w] & vm__keep(n, w);
  }
  for (uint32_t k = 0; k < r.count; k++) resolve__rule(&r, k, d, hard, have, clash, mask, n);
  for (size_t w = 0; w < words; w++) { /* the default's states where it stays, a conflict where rules clash */
    vm_word x = vm__load(fallback, w);
    x.t = d->t ? d->t[w] : 0;
    for (unsigned s = 0; s < ANS_PLANES; s++) x.p[s] = (x.p[s] & ~have[w] & ~hard[w]) | clash[w];
    vm__store(d, w, &x, ANS_PLANES, vm__keep(n, w), seen);
  }
  vm__settle(d, ANS_PLANES, seen);
  vm__clear(d, n);
  if (!any_hard) return ANS_OK;
  for (size_t w = 0; w < words; w++)
    for (uint64_t todo = hard[w]; todo; todo &= todo - 1) {
      size_t i = w * 64 + (size_t)__builtin_ctzll(todo);
      vm__set(d, n, i, resolve__row(&r, i));
    }
  vm__drop(d, n);
  return ANS_OK;
}
