/* References and aggregates (semantics 3). The members of every target row are found once per batch and reference register; sums
 * are differences of running sums, so their cost does not depend on how members are spread over targets. States that members
 * contribute are rare and are carried to their targets bit by bit. */
#include "base/int128.h"
#include "exec/machine.h"

static const vm_reg *groups__ref(const ans_vm *vm, const vm_groups *g) { return vm__reg(vm, g->reg); }

/* Counts members per target into offsets; true if members are ordered by target without exception. */
static bool groups__count(const ans_vm *vm, vm_groups *g, const vm_reg *ref, size_t members, size_t targets, int64_t base) {
  bool ordered = true;
  int32_t last = INT32_MIN;
  memset(g->offsets, 0, (targets + 1) * sizeof *g->offsets);
  g->loose_count = 0;
  if (!ref->top && !ref->one) {
    for (size_t i = 0; i < members; i++) {
      const uint64_t t = (uint64_t)(ref->v4[i] - base);
      ordered = ordered && ref->v4[i] >= last && t < targets;
      last = ref->v4[i];
      if (t < targets) g->offsets[t + 1]++;
    }
    (void)vm;
    return ordered;
  }
  for (size_t i = 0; i < members; i++) {
    const ans_scalar x = vm__cell(ref, i);
    const uint64_t t = (uint64_t)(x.v - base);
    if (x.state > ANS_NOT_APPLICABLE) g->loose[g->loose_count++] = (uint32_t)i;
    else if (!x.state && t < targets) g->offsets[t + 1]++;
  }
  return false;
}

ans_status vm__groups_build(ans_vm *vm, uint32_t index, const vm_groups **out, ans_error *err) {
  vm_groups *g = &vm->groups[index];
  *out = g;
  if (g->stamp == vm->batch) return ANS_OK;
  const ans_insn *in = &vm->program->insns[g->reg];
  const vm_reg *ref = groups__ref(vm, g);
  const size_t members = vm->rows[in->unit], targets = vm->rows[in->type.ref];
  const int64_t base = vm->base[in->type.ref];
  void *offsets = g->offsets, *items = g->items, *loose = g->loose;
  ans_status status = vm__grow(vm, &offsets, &g->target_cap, targets + 1, sizeof(uint32_t), false, err);
  g->offsets = offsets;
  if (status == ANS_OK) status = vm__grow(vm, &items, &g->item_cap, members, sizeof(uint32_t), false, err);
  g->items = items;
  if (status == ANS_OK && ref->top) status = vm__grow(vm, &loose, &g->loose_cap, members, sizeof(uint32_t), false, err);
  g->loose = loose;
  if (status != ANS_OK) return status;
  g->identity = groups__count(vm, g, ref, members, targets, base);
  for (size_t t = 0; t < targets; t++) g->offsets[t + 1] += g->offsets[t];
  if (!g->identity) { /* counting sort: offsets run ahead while members are placed, then move back by one */
    for (size_t i = 0; i < members; i++) {
      const uint64_t t = (uint64_t)(vm__value(ref, i) - base);
      if (t < targets && !vm__state(ref, i)) g->items[g->offsets[t]++] = (uint32_t)i;
    }
    memmove(g->offsets + 1, g->offsets, targets * sizeof *g->offsets);
    g->offsets[0] = 0;
  }
  g->stamp = vm->batch;
  return ANS_OK;
}

/* References in ascending order without repetition that stand close together name a window of the source: 64 bits move at once. The references of a SPLIT are its parent
 * rows in order, and nearly all parents have one segment. */
static uint64_t groups__gather_ordered(const ans_vm *vm, uint64_t limit, uint64_t *d, const int32_t *ref, int64_t base, const uint64_t *src, size_t n) {
  uint64_t all = 0;
  for (size_t w = 0; w < vm__words(n); w++, ref += 64) {
    const size_t count = n - w * 64 < 64 ? n - w * 64 : 64;
    const size_t first = (size_t)(ref[0] - base);
    uint64_t bits = 0;
    if (ref[count - 1] - ref[0] == (int32_t)count - 1) vm__window(vm, &bits, src, first, count);
    else (void)vm->k->gather_bits(&bits, ref, base, src, limit, count);
    d[w] = bits;
    all |= bits;
  }
  return all;
}

/* The places of a register's references; NULL: there is no memory for them, or the register has none, and each reference is followed for itself. bitmaps: how many will be fetched now. */
static const vm_places *groups__places(ans_vm *vm, const vm_reg *ref, unsigned bitmaps, int64_t base, uint64_t limit, size_t n) {
  vm_places *x = ref->places;
  if (!x || !limit || !vm->k->places) return NULL;
  if (x->stamp == vm->batch) return x;
  const bool again = x->wanted == vm->batch;
  x->wanted = vm->batch;
  if (!again && bitmaps == 1) return NULL;
  void *data = x->inside;
  if (vm__grow(vm, &data, &x->cap, vm__words(n), sizeof *x->inside + 2 * sizeof *x->from + 64 * sizeof *x->at, false, NULL) != ANS_OK) return NULL;
  x->inside = data;
  x->from = (uint32_t *)(x->inside + x->cap);
  x->at = (uint8_t *)(x->from + 2 * x->cap);
  vm->k->place(x->at, x->from, x->inside, ref->v4, base, limit, n);
  x->stamp = vm->batch;
  return x;
}

static uint64_t groups__gather(const ans_vm *vm, const vm_places *places, bool ordered, uint64_t *d, const vm_reg *ref, int64_t base, const uint64_t *src, uint64_t limit, size_t n) {
  if (places) return vm->k->placed(d, places->at, places->from, places->inside, ref->v4, base, src, limit, n);
  return ordered ? groups__gather_ordered(vm, limit, d, ref->v4, base, src, n) : vm->k->gather_bits(d, ref->v4, base, src, limit, n);
}

uint64_t vm__gather_bits(ans_vm *vm, bool ordered, uint64_t *d, const vm_reg *ref, int64_t base, const uint64_t *src, uint64_t limit, size_t n) {
  return groups__gather(vm, groups__places(vm, ref, 1, base, limit, n), ordered, d, ref, base, src, limit, n);
}

void vm__gather_many(ans_vm *vm, bool ordered, unsigned count, uint64_t *const *d, const vm_reg *ref, int64_t base, const uint64_t *const *src, uint64_t limit, size_t n) {
  const vm_places *places = count ? groups__places(vm, ref, count, base, limit, n) : NULL;
  for (unsigned k = 0; k < count; k++) (void)groups__gather(vm, places, ordered, d[k], ref, base, src[k], limit, n);
}

/* Values behind references, at the width of the source; d has it or the other one. */
ans_status vm__gather_values(ans_vm *vm, vm_reg *d, const int32_t *ref, int64_t base, vm_cells src, uint64_t limit, size_t n, ans_error *err) {
  vm_reg at = {.v8 = src.v8 ? d->v8 : NULL, .v4 = src.v4 ? d->v4 : NULL};
  if (!limit || (!src.v8 && !src.v4)) { /* a register of a unit without rows has no values */
    vm__zero_values(d, n);
    return ANS_OK;
  }
  if (!at.v8 && !at.v4) {
    void *data;
    const ans_status status = vm__scratch(vm, 7, (n + 1) * sizeof(int64_t), &data, err);
    if (status != ANS_OK) return status;
    if (src.v8) at.v8 = data;
    else at.v4 = data;
  }
  if (src.v4) vm->k->v4.gather(at.v4, ref, base, src.v4, limit, n);
  else vm->k->v8.gather(at.v8, ref, base, src.v8, limit, n);
  if (at.v8 != d->v8 || at.v4 != d->v4) vm__copy(vm, d, (vm_cells){at.v8, at.v4}, n);
  return ANS_OK;
}

/* A few rows, one by one. */
static void groups__gather_few(const ans_vm *vm, const vm_step *st, vm_reg *d, const vm_reg *ref, const vm_reg *src, int64_t base, uint64_t limit, size_t n) {
  vm_writer out = vm__writer(vm, st, d, n);
  size_t i;
  for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &i);) {
    ans_scalar x = {0, vm__state(ref, i)};
    const uint64_t row = (uint64_t)(vm__value(ref, i) - base);
    if (!x.state && row < limit) x = vm__cell(src, row);
    vm__put(&out, i, x.v, x.state);
  }
}

ans_status vm__op_gather(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_insn *from = &vm->program->insns[st->in->b];
  const uint64_t limit = vm->rows[from->unit];
  const int64_t base = vm->base[from->unit];
  const bool ordered = vm->program->insns[st->in->a].op == ANS_OP_SPLIT;
  vm_reg ref, src;
  if (vm__few(vm, st, n)) {
    groups__gather_few(vm, st, d, vm__reg(vm, st->in->a), vm__reg(vm, st->in->b), base, limit, n);
    return ANS_OK;
  }
  ans_status status = vm__expand(vm, 2, vm__reg(vm, st->in->a), n, &ref, err);
  if (status == ANS_OK) status = vm__expand(vm, 3, vm__reg(vm, st->in->b), limit, &src, err);
  if (status != ANS_OK) return status;
  const vm_reg *operands[1] = {&ref};
  const size_t words = vm__words(n);
  uint64_t *to[VM_MANY];
  const uint64_t *bits[VM_MANY];
  unsigned count = 0;
  void *data;
  status = vm__scratch(vm, 0, ANS_PLANES * (words + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  if (d->t) to[count] = d->t, bits[count++] = src.t;
  for (unsigned s = 0; s < src.top; s++) to[count] = ref.top ? (uint64_t *)data + s * words : d->p[s], bits[count++] = src.p[s];
  vm__gather_many(vm, ordered, count, to, &ref, base, bits, limit, n);
  if (!d->t) status = vm__gather_values(vm, d, ref.v4, base, (vm_cells){src.v8, src.v4}, limit, n, err);
  if (status != ANS_OK) return status;
  vm__strict(vm, d, operands, 1, n);
  for (unsigned s = 0; ref.top && s < src.top; s++) {
    if (d->top <= s) {
      memset(d->p[s], 0, words * sizeof(uint64_t));
      d->top = (uint8_t)(s + 1);
    }
    (void)vm->k->drop_bits(to[count - src.top + s], ref.p[0], words);
    (void)vm->k->add_bits(d->p[s], to[count - src.top + s], words);
  }
  if (!ref.top) d->top = src.top;
  vm__drop(d, n);
  vm__clear(vm, d, n);
  return ANS_OK;
}

/* --- what members contribute ---------------------------------------------------------------------------------------- */
typedef struct agg {
  const vm_groups *g;
  const vm_reg *ref;
  ans_opcode op;
  int64_t base;                /* first row of the target unit, as a reference value */
  uint32_t member_unit, target_unit;
  size_t members;
  bool filtered;
  vm_reg f, x;                 /* filter, element: one cell per member */
  const uint64_t *take;        /* members that enter the fold; NULL: all */
  uint64_t *made, *silent, *spare; /* room for take; members that neither enter nor contribute; room for another bit per member */
  const uint64_t *zeros;
  uint64_t *open[ANS_PLANES];  /* planes of the states that members contribute; 0 and 1 are the same, and one bitmap */
  unsigned top;                /* highest contributed state, 0: none */
  uint64_t *entered;           /* minimum, maximum: targets that some value has entered certainly */
} agg;

static ans_status agg__begin(ans_vm *vm, const vm_step *st, agg *a, ans_error *err) {
  const ans_insn *in = st->in, *ref = &vm->program->insns[in->a];
  *a = (agg){.op = (ans_opcode)in->op, .ref = vm__reg(vm, in->a), .base = vm->base[in->unit], .member_unit = ref->unit, .target_unit = in->unit};
  a->members = vm->rows[ref->unit];
  a->filtered = in->b != ANS_NONE;
  const size_t words = vm__words(a->members) + 1;
  ans_status status = vm__groups_build(vm, st->aux, &a->g, err);
  if (status == ANS_OK) status = vm__zeros(vm, words, &a->zeros, err); /* before registers are copied: those that nobody asked for follow when zeros move, their copies do not */
  if (status == ANS_OK && a->filtered) status = vm__expand(vm, 2, vm__reg(vm, in->b), a->members, &a->f, err);
  if (status == ANS_OK && in->op != ANS_OP_AGG_COUNT) status = vm__expand(vm, 3, vm__reg(vm, in->c), a->members, &a->x, err);
  if (status != ANS_OK) return status;
  void *data;
  status = vm__scratch(vm, 0, words * (ANS_PLANES + 2) * sizeof(uint64_t), &data, err);
  a->take = a->made = data;
  a->silent = a->made + words;
  for (unsigned s = 1; s < ANS_PLANES; s++) a->open[s] = a->made + (s + 1) * words;
  a->open[0] = a->open[1];
  a->spare = a->made + (ANS_PLANES + 1) * words;
  return status;
}

/* Members whose filter or element has states. A filter that is not applicable counts as an error (semantics 2.2), so that every state that members contribute is above that. */
static void agg__states(const vm_kernels *k, agg *a, ans_opcode op, size_t words) {
  const uint64_t *const zeros = a->zeros;
  const vm_reg *const f = a->filtered ? &a->f : NULL, *const x = op == ANS_OP_AGG_COUNT ? NULL : &a->x;
  const unsigned filter = vm__condition_top(f), top = x && x->top > filter ? x->top : filter;
  const vm_member_bits bits = {f ? f->t : a->spare, filter ? f->p[0] : zeros, x && x->t ? x->t : zeros, x && x->top ? x->p[0] : zeros, x && x->top > 1 ? x->p[1] : zeros};
  if (!f) {
    memset(a->spare, 0xff, words * sizeof *a->spare);
    vm__tail(a->spare, a->members);
  }
  (op == ANS_OP_AGG_ANY ? k->members_any : op == ANS_OP_AGG_ALL ? k->members_all : k->members_value)(a->made, a->silent, &bits, words);
  const bool misplaced = filter && k->without(a->spare, f->p[0], f->top > 1 ? f->p[1] : zeros, words) != 0; /* conditions that are not applicable */
  a->top = 0;
  for (unsigned s = 1; s < top; s++) {
    const uint64_t *from = f && s < f->top ? f->p[s] : zeros;
    if (k->join(a->open[s], from, x && s < x->top ? x->p[s] : zeros, a->silent, words)) a->top = s + 1;
    if (!misplaced || s >= ANS_ERRONEOUS) continue;
    (void)k->add_bits(a->open[s], a->spare, words);
    if (k->drop_bits(a->open[s], a->silent, words)) a->top = s + 1;
  }
}

static void agg__split(const vm_kernels *k, agg *a, ans_opcode op) {
  const bool states = (a->filtered && a->f.top) || a->x.top, truth = op == ANS_OP_AGG_ANY || op == ANS_OP_AGG_ALL;
  const size_t words = vm__words(a->members);
  if (!states && !truth) {
    a->take = a->filtered ? a->f.t : NULL;
    return;
  }
  if (!states && a->filtered) {
    (void)(op == ANS_OP_AGG_ANY ? k->both : k->without)(a->made, a->f.t, a->x.t, words);
    return;
  }
  if (!states && op == ANS_OP_AGG_ANY) {
    a->take = a->x.t;
    return;
  }
  agg__states(k, a, op, words);
}

/* A member that enters target t possibly, with a value that would change nothing there. */
static bool agg__harmless(const agg *a, const vm_reg *d, size_t t, uint8_t state, int64_t x) {
  if (state != ANS_UNKNOWN && state != ANS_HUMAN) return false;
  if (a->op == ANS_OP_AGG_SUM) return x == 0;
  return vm__bit(a->entered, t) && (a->op == ANS_OP_AGG_MIN ? x >= vm__value(d, t) : x <= vm__value(d, t));
}

/* Whether member j has a value that may turn out to be harmless. */
static bool agg__number(const agg *a, size_t j) {
  return (a->op == ANS_OP_AGG_SUM || a->op == ANS_OP_AGG_MIN || a->op == ANS_OP_AGG_MAX) && !vm__state(&a->x, j);
}

static uint8_t agg__open(const agg *a, size_t j) {
  uint8_t s = 0;
  while (s < a->top && vm__bit(a->open[s], j)) s++;
  return s;
}

/* Members of one component whose reference is not known, seen from any of its targets. */
typedef struct agg_loose {
  uint8_t state;               /* contributed to every target */
  bool possible[2];            /* unknown, human: a value enters possibly; best is the one that could move a minimum or maximum most */
  int64_t best[2];
} agg_loose;

static void agg__note_loose(const agg *a, agg_loose *l, size_t j) {
  const uint8_t open = agg__open(a, j), state = vm__max(open, vm__state(a->ref, j));
  if (!open && a->take && !vm__bit(a->take, j)) return;
  if (!agg__number(a, j) || (state != ANS_UNKNOWN && state != ANS_HUMAN)) {
    l->state = vm__max(l->state, state);
    return;
  }
  const int64_t x = vm__value(&a->x, j);
  const unsigned human = state == ANS_HUMAN;
  if (a->op == ANS_OP_AGG_SUM) {
    if (x != 0) l->state = vm__max(l->state, state);
    return;
  }
  if (!l->possible[human] || (a->op == ANS_OP_AGG_MIN ? x < l->best[human] : x > l->best[human])) l->best[human] = x;
  l->possible[human] = true;
}

static void agg__contribute_loose(const ans_vm *vm, const agg *a, vm_reg *d, size_t n) {
  for (uint32_t k = 0; k < a->g->loose_count;) {
    const uint32_t component = vm__component_of(vm, a->member_unit, a->g->loose[k]);
    uint32_t lo, hi;
    agg_loose l = {0};
    vm__component_rows(vm, a->member_unit, component, &lo, &hi);
    for (; k < a->g->loose_count && a->g->loose[k] < hi; k++) agg__note_loose(a, &l, a->g->loose[k]);
    if (!l.state && !l.possible[0] && !l.possible[1]) continue;
    vm__component_rows(vm, a->target_unit, component, &lo, &hi);
    for (uint32_t t = lo; t < hi; t++) {
      uint8_t s = l.state;
      for (unsigned human = 0; human < 2; human++) {
        const uint8_t state = human ? ANS_HUMAN : ANS_UNKNOWN;
        if (l.possible[human] && !agg__harmless(a, d, t, state, l.best[human])) s = vm__max(s, state);
      }
      if (s) vm__raise(d, n, t, s);
    }
  }
}

/* Members of minimum and maximum one by one: what a value would change there depends on the target. */
static void agg__contribute_extreme(const ans_vm *vm, const vm_step *st, const agg *a, vm_reg *d, size_t n) {
  const uint64_t *need = vm__demand(vm, st);
  for (size_t w = 0; w < vm__words(a->members); w++)
    for (uint64_t todo = a->open[0][w]; todo; todo &= todo - 1) {
      const size_t j = w * 64 + (size_t)__builtin_ctzll(todo);
      const uint64_t t = (uint64_t)(vm__value(a->ref, j) - a->base), bit = UINT64_C(1) << (t & 63);
      if (t >= n || (need && !vm__bit(need, t)) || (a->ref->top && vm__state(a->ref, j))) continue;
      const uint8_t open = agg__open(a, j);
      if (agg__number(a, j) && agg__harmless(a, d, t, open, vm__value(&a->x, j))) continue;
      for (unsigned s = 0; s < open; s++) d->p[s][t >> 6] |= bit;
    }
}

/* Members whose value of 0 would not change a sum, whether they enter it or not: they contribute nothing. */
static void agg__drop_harmless(const ans_vm *vm, const agg *a, uint64_t *zero) {
  static const int64_t nothing = 0;
  static const int32_t nothing4 = 0;
  if (a->x.v4) vm->k->v4.eq[2](zero, a->x.v4, &nothing4, a->members);
  else vm->k->v8.eq[2](zero, a->x.v8, &nothing, a->members);
  for (size_t w = 0; w < vm__words(a->members); w++) zero[w] &= ~(a->x.top ? a->x.p[0][w] : 0) & ~(a->top > 3 ? a->open[3][w] : 0);
}

/* Carries contributed states to the targets. A member whose reference is not known belongs to every target of its component
 * possibly: as if in the group, its filter at least of the state of the reference (unless it is false), as for RANK. So it
 * contributes wherever it would enter or contribute anyway. */
static void agg__contribute(const ans_vm *vm, const vm_step *st, const agg *a, vm_reg *d, size_t n) {
  uint64_t *const spare = a->spare;
  const size_t words = vm__words(a->members);
  for (; d->top < a->top; d->top++) memset(d->p[d->top], 0, vm__words(n) * sizeof(uint64_t));
  if (a->top && (a->entered || a->ref->one)) {
    agg__contribute_extreme(vm, st, a, d, n);
  } else if (a->top) {
    if (a->op == ANS_OP_AGG_SUM) agg__drop_harmless(vm, a, spare);
    else memset(spare, 0, words * sizeof *spare);
    if (a->ref->top) vm->k->add_bits(spare, a->ref->p[0], words);
    for (unsigned s = 1; s < a->top; s++) vm->k->scatter(d->p[s], a->ref->v4, a->base, a->open[s], spare, n, a->members);
    (void)vm->k->add_bits(d->p[0], d->p[1], vm__words(n));
  }
  agg__contribute_loose(vm, a, d, n);
  vm__drop(d, n);
}

static inline size_t agg__item(const agg *a, uint32_t k) { return a->g->identity ? k : a->g->items[k]; }

/* Few members enter: they are added to their targets one by one. */
static void agg__count_few(const agg *a, vm_reg *d, size_t n) {
  size_t j;
  vm__zero_values(d, n);
  for (vm_rows rows = vm__rows(a->take, a->members); vm__next(&rows, &j);) {
    const uint64_t t = (uint64_t)(a->ref->v4[j] - a->base);
    if (t < n && !(a->ref->top && vm__bit(a->ref->p[0], j))) vm__write(d, t, vm__value(d, t) + 1);
  }
}

ans_status vm__op_count(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  agg a;
  ans_status status = agg__begin(vm, st, &a, err);
  if (status != ANS_OK) return status;
  const uint32_t *offsets = a.g->offsets;
  agg__split(vm->k, &a, ANS_OP_AGG_COUNT);
  d->top = 0;
  if (!a.take) {
    if (d->v4) vm->k->v4.lengths(d->v4, offsets, n);
    else vm->k->v8.lengths(d->v8, offsets, n);
  } else {
    vm_writer out = vm__writer(vm, st, d, n);
    size_t t;
    if (!a.ref->one && vm->k->population(a.take, vm__words(a.members)) < (a.g->identity ? n / 2 : n)) agg__count_few(&a, d, n);
    else if (!vm__few(vm, st, n) && d->v4) vm->k->v4.counts(d->v4, a.take, a.g->identity ? NULL : a.g->items, offsets, n);
    else if (!vm__few(vm, st, n)) vm->k->v8.counts(d->v8, a.take, a.g->identity ? NULL : a.g->items, offsets, n);
    else
      for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &t);) {
        int64_t count = 0;
        for (uint32_t k = offsets[t]; k < offsets[t + 1]; k++) count += vm__bit(a.take, agg__item(&a, k));
        vm__write(d, t, count);
      }
  }
  agg__contribute(vm, st, &a, d, n);
  vm__clear(vm, d, n);
  return ANS_OK;
}

/* Sums that may leave 64 bits: exact, judged on the final sum of each target without contributed states. */
static void agg__sum_wide(const agg *a, vm_reg *d, size_t n) {
  for (size_t t = 0; t < n; t++) {
    if (vm__state(d, t)) continue;
    ans_int128 sum = 0; /* at most 2^24 members of 2^63 */
    for (uint32_t k = a->g->offsets[t]; k < a->g->offsets[t + 1]; k++) {
      const size_t j = agg__item(a, k);
      if (!a->take || vm__bit(a->take, j)) sum += vm__value(&a->x, j);
    }
    if (sum > INT64_MAX || sum < INT64_MIN) vm__raise(d, n, t, ANS_ERRONEOUS);
    else vm__write(d, t, (int64_t)sum);
  }
}

/* Few members enter, and no partial sum leaves 64 bits. */
static void agg__sum_few(const agg *a, vm_reg *d, size_t n) {
  size_t j;
  vm__zero_values(d, n);
  for (vm_rows rows = vm__rows(a->take, a->members); vm__next(&rows, &j);) {
    const uint64_t t = (uint64_t)(a->ref->v4[j] - a->base);
    if (t < n && !(a->ref->top && vm__bit(a->ref->p[0], j))) vm__write(d, t, (int64_t)((uint64_t)vm__value(d, t) + (uint64_t)vm__value(&a->x, j)));
  }
}

/* Running sums of all members, modulo 2^64, then their differences. */
static void agg__sum_runs(const vm_kernels *k, const agg *a, uint64_t *run, vm_reg *d, size_t n) {
  const uint32_t *offsets = a->g->offsets;
  if (a->g->identity && a->x.v4) {
    k->v4.prefix(run, a->x.v4, a->take, a->members);
  } else if (a->g->identity) {
    k->v8.prefix(run, a->x.v8, a->take, a->members);
  } else {
    uint64_t sum = run[0] = 0;
    for (uint32_t i = 0; i < offsets[n]; i++) {
      const size_t j = a->g->items[i];
      run[i + 1] = sum += !a->take || vm__bit(a->take, j) ? (uint64_t)vm__value(&a->x, j) : 0;
    }
  }
  if (d->v4) k->v4.spans(d->v4, run, offsets, n);
  else k->v8.spans(d->v8, run, offsets, n);
}

ans_status vm__op_sum(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  agg a;
  void *data;
  ans_status status = agg__begin(vm, st, &a, err);
  if (status == ANS_OK) status = vm__scratch(vm, 1, (a.members + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  agg__split(vm->k, &a, ANS_OP_AGG_SUM);
  d->top = 0;
  agg__contribute(vm, st, &a, d, n);
  const unsigned bits = a.x.v4 ? 32 : vm__magnitude_bits(vm->k, &a.x, a.members), more = a.members ? 64u - (unsigned)__builtin_clzll(a.members) : 0;
  if (bits + more > 63) agg__sum_wide(&a, d, n);
  else if (a.take && !a.ref->one && vm->k->population(a.take, vm__words(a.members)) < a.members / 4) agg__sum_few(&a, d, n);
  else agg__sum_runs(vm->k, &a, data, d, n);
  vm__clear(vm, d, n);
  return ANS_OK;
}

ans_status vm__op_minmax(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const bool smallest = st->in->op == ANS_OP_AGG_MIN;
  agg a;
  void *data;
  ans_status status = agg__begin(vm, st, &a, err);
  if (status == ANS_OK) status = vm__scratch(vm, 1, (vm__words(n) + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  a.entered = memset(data, 0, (vm__words(n) + 1) * sizeof(uint64_t));
  agg__split(vm->k, &a, (ans_opcode)st->in->op);
  vm_writer out = vm__writer(vm, st, d, n);
  size_t t;
  for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &t);) {
    int64_t best = 0;
    uint8_t state = ANS_NOT_APPLICABLE;
    for (uint32_t k = a.g->offsets[t]; k < a.g->offsets[t + 1]; k++) {
      const size_t j = agg__item(&a, k);
      if (a.take && !vm__bit(a.take, j)) continue;
      const int64_t v = vm__value(&a.x, j);
      if (state || (smallest ? v < best : v > best)) best = v;
      state = ANS_VALUE;
    }
    vm__put(&out, t, best, state);
    if (!state) a.entered[t >> 6] |= UINT64_C(1) << (t & 63);
  }
  agg__contribute(vm, st, &a, d, n);
  vm__clear(vm, d, n);
  return ANS_OK;
}

static void agg__enter(vm_reg *d, uint64_t t, size_t n) {
  if (t < n) d->t[t >> 6] |= UINT64_C(1) << (t & 63);
}

/* es gibt: some member that enters is true. jede: no member that enters refutes it. A deciding member outweighs every state. */
ans_status vm__op_any(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const bool all = st->in->op == ANS_OP_AGG_ALL;
  agg a;
  ans_status status = agg__begin(vm, st, &a, err);
  if (status != ANS_OK) return status;
  agg__split(vm->k, &a, (ans_opcode)st->in->op);
  const size_t words = vm__words(n);
  memset(d->t, 0, words * sizeof *d->t);
  d->top = 0;
  if (!a.ref->one) vm->k->scatter(d->t, a.ref->v4, a.base, a.take, a.ref->top ? a.ref->p[0] : NULL, n, a.members);
  else /* all members belong to one target, or to none */
    for (size_t w = 0; w < vm__words(a.members); w++)
      if (a.take[w] && !vm__state(a.ref, 0)) agg__enter(d, (uint64_t)(a.ref->v4[0] - a.base), n);
  agg__contribute(vm, st, &a, d, n);
  for (unsigned s = 0; s < d->top; s++)
    for (size_t w = 0; w < words; w++) d->p[s][w] &= ~d->t[w];
  vm__drop(d, n);
  for (size_t w = 0; all && w < words; w++) d->t[w] = ~(d->t[w] | (d->top ? d->p[0][w] : 0)) & vm__keep(n, w);
  return ANS_OK;
}
