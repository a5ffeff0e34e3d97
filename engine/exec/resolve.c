/* RESOLVE: rules of one rank (semantics 5), 64 rows at a time: first the rules that certainly apply are merged (step 3), then possible ones are compared with what came of it
 * (step 4), and broken conditions stand above everything (step 1). */
#include "exec/machine.h"

/* zeros, ones: bitmaps that stand for the one row of a register, as many words as there are; rows: ones without bits beyond the last row. */
typedef struct resolve_pairs { const ans_vm *vm; const uint32_t *list; uint32_t count; bool truth; const uint64_t *zeros, *ones, *rows; } resolve_pairs;
#define LIVE(r, k) vm__reg((r)->vm, (r)->list[1 + 2 * (k)])
#define CONSEQUENCE(r, k) vm__reg((r)->vm, (r)->list[2 + 2 * (k)])

/* Rows of word w whose numbers differ. */
static uint64_t resolve__differ(const vm_kernels *k, const vm_reg *d, const vm_reg *x, size_t w, uint64_t rows, size_t n) {
  uint64_t differ = 0;
  if (__builtin_popcountll(rows) > 8 && (d->v4 != NULL) == (x->v4 != NULL)) {
    const size_t at = x->one ? 0 : w * 64, count = n - w * 64 < 64 ? n - w * 64 : 64;
    if (d->v4) k->v4.eq[x->one ? 2 : 0](&differ, d->v4 + w * 64, x->v4 + at, count);
    else k->v8.eq[x->one ? 2 : 0](&differ, d->v8 + w * 64, x->v8 + at, count);
    return rows & ~differ;
  }
  for (; rows; rows &= rows - 1) {
    size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
    if (vm__value(d, i) != vm__value(x, i)) differ |= rows & -rows;
  }
  return differ;
}

/* Rows that some certain rule decides; that one of them has given a value; that one of them does not yield to true; whose values differ; that take the value of the rule at hand; in which
 * it gives another value than an earlier one perhaps. */
typedef struct resolve_masks { uint64_t *have, *valued, *stays, *clash, *take, *again; } resolve_masks;

/* A bitmap of a register for whole-register loops: truth (plane -1) or a plane. With one row it is all zeros, or `full`. */
static const uint64_t *resolve__bits(const resolve_pairs *r, const vm_reg *x, int plane, const uint64_t *full) {
  const uint64_t *bits = plane < 0 ? x->t : plane < x->top ? x->p[plane] : NULL;
  return !bits ? r->zeros : !x->one ? bits : bits[0] & 1 ? full : r->zeros;
}

static bool resolve__in_force(const vm_reg *live) { return !live->one || live->top || live->t[0]; }

/* Adds rule k. d holds the first value of every row, even where the states of other rules will stand above it, and in its planes up to `top` the highest state so far. */
static ans_status resolve__rule(const resolve_pairs *r, ans_vm *vm, uint32_t k, vm_reg *d, unsigned top, const resolve_masks *m, size_t n, ans_error *err) {
  const vm_kernels *const to = r->vm->k;
  const vm_reg *x = CONSEQUENCE(r, k);
  const uint64_t *live = resolve__bits(r, LIVE(r, k), -1, r->rows);
  const size_t words = vm__words(n);
  vm_rule_bits bits = {.live = live, .have = m->have, .fresh = m->take, .again = m->again, .truth = resolve__bits(r, x, -1, r->ones)};
  uint64_t repeated;
  for (int s = 0; s < ANS_PLANES; s++) bits.planes[s] = resolve__bits(r, x, s, r->ones);
  for (unsigned s = 0; s < top; s++) to->rule_plane(d->p[s], live, m->have, bits.planes[s], words);
  const bool some = to->rule_values(m->take, m->again, m->valued, live, bits.planes[0], &repeated, words) != 0;
  if (r->truth) to->rule_truth(d->t, m->stays, m->clash, &bits, words);
  for (size_t w = 0; repeated && !r->truth && w < words; w++)
    if (m->again[w]) m->clash[w] |= resolve__differ(to, d, x, w, m->again[w], n);
  (void)to->add_bits(m->have, live, words);
  if (!some || r->truth) return ANS_OK;
  vm_reg y;
  const ans_status status = vm__as(vm, 4, d->v4 != NULL, x, n, &y, err);
  if (status != ANS_OK) return status;
  if (d->v4) vm->k->v4.take(d->v4, m->take, y.v4, x->one, n);
  else vm->k->v8.take(d->v8, m->take, y.v8, x->one, n);
  return ANS_OK;
}

/* The end of step 3: true where a certain rule says so and all others yield, then different values, then the highest state. */
static void resolve__merged(const resolve_pairs *r, vm_reg *d, const resolve_masks *m, size_t n) {
  uint64_t clash = 0;
  for (size_t w = 0; w < vm__words(n); w++) {
    const uint64_t wins = r->truth ? m->valued[w] & ~m->stays[w] : 0;
    for (unsigned s = 0; s < d->top; s++) d->p[s][w] &= ~wins;
    clash |= m->clash[w] &= ~wins;
  }
  if (clash) vm__raise_rows(d, n, m->clash, ANS_CONFLICT);
  vm__drop(d, n);
  vm__clear(r->vm, d, n);
}

/* Planes that some rule or the default has. */
static unsigned resolve__top(const resolve_pairs *r, const vm_reg *f) {
  unsigned top = f->top;
  for (uint32_t k = 0; k < r->count; k++)
    if (resolve__in_force(LIVE(r, k)) && CONSEQUENCE(r, k)->top > top) top = CONSEQUENCE(r, k)->top;
  return top;
}

/* d = r, or r's only row repeated. */
static void resolve__copy(const ans_vm *vm, vm_reg *d, const vm_reg *f, size_t n) {
  const size_t words = vm__words(n);
  for (unsigned s = 0; s <= f->top; s++) {
    uint64_t *to = s ? d->p[s - 1] : d->t;
    const uint64_t *from = s ? f->p[s - 1] : f->t;
    if (!to) continue;
    if (!f->one) memcpy(to, from, words * sizeof *to);
    else
      for (size_t w = 0; w < words; w++) to[w] = from[0] & vm__keep(n, w);
  }
  d->top = f->top;
  if (!d->t && f->one) vm__repeat(d, vm__value(f, 0), n);
  else if (!d->t) vm__copy(vm, d, (vm_cells){f->v8, f->v4}, n);
}

/* The default, with the first rule of those in force where that certainly applies. *next: the number of the rule after it. Planes up to `top` are written. */
static ans_status resolve__first(ans_vm *vm, const resolve_pairs *r, vm_reg *d, unsigned top, const resolve_masks *m, size_t n, uint32_t *next, ans_error *err) {
  const vm_reg *f = vm__reg(vm, r->list[0]);
  const size_t words = vm__words(n);
  ans_status status = ANS_OK;
  *next = 0;
  while (*next < r->count && !resolve__in_force(LIVE(r, *next))) ++*next;
  const vm_reg *l = *next < r->count ? LIVE(r, *next) : NULL;
  if (!l) {
    resolve__copy(vm, d, f, n);
  } else if (l->one) {
    resolve__copy(vm, d, l->t[0] ? CONSEQUENCE(r, *next) : f, n); /* l->t[0]: it certainly applies everywhere */
    if (l->t[0]) memset(m->have, 0xff, words * sizeof *m->have);
    vm__tail(m->have, n);
    ++*next;
  } else {
    status = vm__choose(vm, d, l, CONSEQUENCE(r, *next), f, n, err);
    memcpy(m->have, l->t, words * sizeof *m->have);
    ++*next;
  }
  for (unsigned s = d->top; s < top; s++) memset(d->p[s], 0, words * sizeof(uint64_t));
  for (size_t w = 0; w < words; w++) {
    m->valued[w] = m->have[w] & ~(d->top ? d->p[0][w] : 0);
    if (r->truth) m->stays[w] = (m->valued[w] & ~d->t[w]) | (d->top > 3 ? m->have[w] & d->p[3][w] : 0);
  }
  return status;
}

/* What open and broken conditions come to (semantics 5, steps 1 and 4). open, check: of the rule at hand. */
typedef struct resolve_open { uint64_t *differ, *human, *broken, *clash, *open, *check; } resolve_open; /* differ: a possible rule would change the merged cell; human: the worst state is that */

static void resolve__possible(const resolve_pairs *r, uint32_t k, const vm_reg *d, const resolve_masks *m, const resolve_open *o, size_t n) {
  const vm_kernels *const to = r->vm->k;
  const vm_reg *l = LIVE(r, k), *x = CONSEQUENCE(r, k);
  const size_t words = vm__words(n);
  const uint64_t *live[ANS_PLANES], *cell[ANS_PLANES + 1], *merged[ANS_PLANES + 1];
  for (int s = 0; s < ANS_PLANES; s++) live[s] = resolve__bits(r, l, s, r->rows);
  for (int s = -1; s < ANS_PLANES; s++) cell[s + 1] = resolve__bits(r, x, s, r->ones), merged[s + 1] = resolve__bits(r, d, s, r->ones);
  if (!to->rule_open(o->open, o->broken, o->clash, o->human, live, cell + 1, words)) return;
  if (!to->rule_change(o->differ, o->check, o->open, m->have, merged, cell, words) || r->truth) return;
  for (size_t w = 0; w < words; w++)
    if (o->check[w]) o->differ[w] |= resolve__differ(to, d, x, w, o->check[w], n);
}

/* d holds the merged cells, top planes of them. */
static ans_status resolve__open_rows(const resolve_pairs *r, ans_vm *vm, vm_reg *d, const resolve_masks *m, size_t n, ans_error *err) {
  enum { BITMAPS = 6 };
  const size_t words = vm__words(n);
  const vm_kernels *const k = vm->k;
  const vm_reg *fallback = vm__reg(vm, r->list[0]);
  uint64_t seen[ANS_PLANES];
  void *data;
  ans_status status = vm__scratch(vm, 1, (words + 1) * BITMAPS * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *at = memset(data, 0, (words + 1) * BITMAPS * sizeof(uint64_t));
  const resolve_open o = {at, at + words, at + 2 * words, at + 3 * words, at + 4 * words, at + 5 * words};
  for (uint32_t i = 0; i < r->count; i++)
    if (LIVE(r, i)->top) resolve__possible(r, i, d, m, &o, n);
  (void)k->drop_bits(o.differ, o.broken, words);
  if (d->top > 3) { /* no completion mends a certain error or conflict */
    (void)k->both(o.check, m->have, d->p[3], words);
    (void)k->drop_bits(o.differ, o.check, words);
  }
  uint64_t *const gone = o.check, *const human = o.human;
  if (!k->either(gone, o.differ, o.broken, words)) return ANS_OK;
  /* The default is among what may come to be where no rule certainly applies. */
  (void)k->without(o.open, resolve__bits(r, fallback, 2, r->ones), resolve__bits(r, fallback, 3, r->ones), words);
  (void)k->drop_bits(o.open, m->have, words);
  (void)k->add_bits(human, o.open, words);
  (void)k->both(o.open, human, o.differ, words);
  (void)k->add_bits(o.open, o.broken, words);
  for (unsigned s = d->top; s < ANS_PLANES; s++) memset(d->p[s], 0, words * sizeof(uint64_t));
  const uint64_t *const fresh[ANS_PLANES] = {gone, gone, o.open, o.broken, o.clash};
  for (unsigned s = 0; s < ANS_PLANES; s++) seen[s] = k->put(d->p[s], fresh[s], gone, words);
  vm__settle(d, ANS_PLANES, seen);
  vm__clear(vm, d, n);
  return ANS_OK;
}

/* Rules that can only establish a truth value or call for a human: every consequence is certainly true or certainly human, the default false. */
static bool resolve__fixed(const resolve_pairs *r, const vm_reg *fallback) {
  if (!r->truth || !fallback->one || fallback->top || fallback->t[0]) return false;
  for (uint32_t k = 0; k < r->count; k++) {
    const vm_reg *x = CONSEQUENCE(r, k);
    if (!x->one || (x->top && vm__state(x, 0) != ANS_HUMAN) || (!x->top && !x->t[0])) return false;
  }
  return true;
}

/* What the conditions of such rules come to, 64 rows at a time. */
typedef struct resolve_sums {
  uint64_t *yes, *human;         /* a rule for true, for human certainly applies */
  uint64_t *open, *asks;         /* a rule for true is possible; some rule is possible by a human condition, or for human */
  uint64_t *broken, *clash;      /* some condition is an error (or worse), a conflict */
} resolve_sums;

static void resolve__sum(const vm_kernels *k, const resolve_sums *to, const vm_reg *live, bool human, uint64_t *spare, size_t words) {
  k->add_bits(human ? to->human : to->yes, live->t, words);
  if (!live->top) return;
  memcpy(spare, live->p[0], words * sizeof *spare);
  if (live->top > 1) {
    k->drop_bits(spare, live->p[1], words);
    k->add_bits(human ? to->asks : to->open, live->p[1], words);
  }
  k->add_bits(to->broken, spare, words); /* not applicable: an error of the condition */
  if (live->top >= ANS_HUMAN) k->add_bits(to->asks, live->p[ANS_HUMAN - 1], words);
  if (live->top >= ANS_ERRONEOUS) k->add_bits(to->broken, live->p[ANS_ERRONEOUS - 1], words);
  if (live->top >= ANS_CONFLICT) k->add_bits(to->clash, live->p[ANS_CONFLICT - 1], words);
}

/* Semantics 5 for such rules: an error or conflict of a condition stands first (step 1). A certain rule for true absorbs all others (steps 3, 4). A certain rule for human
 * alone, or with possible ones that agree, is human; one that a possible rule for true contradicts leaves the highest state of the possible ones and their consequences. So
 * do possible rules alone, which differ from the default; else the default. */
static ans_status resolve__all_fixed(ans_vm *vm, const resolve_pairs *r, vm_reg *d, size_t n, ans_error *err) {
  const size_t words = vm__words(n);
  uint64_t seen[ANS_PLANES] = {0};
  bool states = false;
  void *data;
  ans_status status = vm__scratch(vm, 0, 2 * (words + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *spare = (uint64_t *)data + words + 1;
  const resolve_sums to = {d->t, data, d->p[0], d->p[2], d->p[3], d->p[4]};
  uint64_t *const sums[6] = {to.yes, to.human, to.open, to.asks, to.broken, to.clash};
  for (unsigned k = 0; k < 6; k++) memset(sums[k], 0, words * sizeof(uint64_t));
  for (uint32_t k = 0; k < r->count; k++) {
    const vm_reg *l = LIVE(r, k);
    const bool human = CONSEQUENCE(r, k)->top != 0;
    vm_reg wide;
    if (l->one && !l->top && !l->t[0]) continue; /* the rule is not in force */
    status = vm__expand(vm, 2, l, n, &wide, err);
    if (status != ANS_OK) return status;
    states = states || human || wide.top;
    resolve__sum(vm->k, &to, &wide, human, spare, words);
  }
  d->top = 0;
  if (!states) return ANS_OK;
  for (size_t w = 0; w < words; w++) {
    const uint64_t broken = to.broken[w], yes = to.yes[w] & ~broken, open = to.open[w];
    const uint64_t human = (to.asks[w] | (to.human[w] & ~open)) & ~yes, unknown = (human | open) & ~yes;
    const vm_word x = {yes, {unknown | broken, unknown | broken, human | broken, broken, to.clash[w]}};
    vm__store(d, w, &x, ANS_PLANES, ~UINT64_C(0), seen);
  }
  vm__settle(d, ANS_PLANES, seen);
  return ANS_OK;
}

ans_status vm__op_resolve(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  resolve_pairs r = {.vm = vm, .list = vm->program->lists + st->in->a, .count = (st->in->b - 1) / 2, .truth = st->in->type.tag == ANS_T_BOOL};
  const size_t words = vm__words(n);
  void *data;
  if (resolve__fixed(&r, vm__reg(vm, r.list[0]))) return resolve__all_fixed(vm, &r, d, n, err);
  ans_status status = vm__scratch(vm, 0, (words + 1) * 8 * sizeof(uint64_t), &data, err);
  if (status == ANS_OK) status = vm__zeros(vm, words, &r.zeros, err);
  if (status != ANS_OK) return status;
  uint64_t *at = data;
  const resolve_masks m = {at, at + words, at + 2 * words, at + 3 * words, at + 4 * words, at + 5 * words};
  bool states = false, several = false;
  memset(at, 0, 4 * words * sizeof *at);
  r.ones = memset(at + 6 * words, 0xff, words * sizeof *at);
  r.rows = memset(at + 7 * words, 0xff, words * sizeof *at);
  vm__tail(at + 7 * words, n);
  const unsigned top = resolve__top(&r, vm__reg(vm, r.list[0]));
  uint32_t next;
  status = resolve__first(vm, &r, d, top, &m, n, &next, err);
  if (status != ANS_OK) return status;
  for (; next < r.count; next++) {
    if (!resolve__in_force(LIVE(&r, next))) continue;
    status = resolve__rule(&r, vm, next, d, top, &m, n, err);
    if (status != ANS_OK) return status;
    several = true;
  }
  d->top = (uint8_t)top;
  if (several) resolve__merged(&r, d, &m, n);
  for (uint32_t k = 0; k < r.count; k++) states = states || LIVE(&r, k)->top;
  if (states) status = resolve__open_rows(&r, vm, d, &m, n, err);
  vm__drop(d, n);
  return status;
}
