/* Look-ups in parameters (semantics 4.4). Day and keys are dimensions cut into elementary intervals; where the product of their numbers is small (VM_TABLE_MAX), the whole table is
 * written out once, and a batch is looked up by vectors: the interval of every row in every dimension, then one gather. Larger tables, and few rows, go through the index (lookup.c) row
 * by row. Owns the written-out tables. Made when about as many rows have been asked as the table has entries, so that a few claims never pay for it; results do not depend on it.
 * Rejected: a table for the days of a batch only (smaller, but made anew for every month of a range). One thread per VM; memory counts against VM_MAX_BYTES. */
#include <stdlib.h>
#include "exec/machine.h"

void vm__table_free(vm_table *t) {
  free(t->memory);
  *t = (vm_table){0};
}

static int param__order(const void *a, const void *b) {
  const int64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

/* The places where the rows that cover a value of dimension k may change. */
static uint32_t param__cuts(const vm_lookup *l, unsigned k, int64_t *cut) {
  uint32_t n = 0, unique = 0;
  for (uint32_t i = 0; i < l->count; i++) {
    const ans_param_row *r = &l->rows[i];
    const int64_t low = k ? r->key_lo[k - 1] : r->from_day, high = k ? r->key_hi[k - 1] : r->to_day;
    cut[n++] = low;
    if (high != INT64_MAX) cut[n++] = high + 1;
  }
  if (n) qsort(cut, n, sizeof *cut, param__order);
  for (uint32_t i = 0; i < n; i++)
    if (i == 0 || cut[i] != cut[unique - 1]) cut[unique++] = cut[i];
  return unique;
}

/* A value of the interval `at` of an axis; the one before the first cut has none if that is the smallest number. */
static bool param__sample(const vm_axis *x, uint32_t at, int64_t *v) {
  if (at) *v = x->cuts[at - 1];
  else if (!x->count) *v = 0;
  else if (x->cuts[0] == INT64_MIN) return false;
  else *v = x->cuts[0] - 1;
  return true;
}

static void param__fill(const vm_lookup *l, vm_table *t) {
  const size_t words = vm__words(t->entries);
  memset(t->found, 0, words * sizeof *t->found);
  for (uint32_t e = 0; e < t->entries; e++) {
    int64_t at[1 + ANS_MAX_KEYS] = {0};
    bool some = true;
    t->value[e] = 0;
    for (uint32_t k = 0, rest = e; k < l->levels; k++) {
      some = some && param__sample(&t->axis[k], rest / t->axis[k].stride, &at[k]);
      rest %= t->axis[k].stride;
    }
    if (some && vm__lookup_find(l, at[0], at + 1, &t->value[e], NULL)) t->found[e >> 6] |= UINT64_C(1) << (e & 63);
    t->value4[e] = (int32_t)(uint32_t)(uint64_t)t->value[e];
  }
  for (uint32_t k = 0; k < l->levels; k++) {
    vm_axis *x = &t->axis[k];
    uint32_t at = 0;
    for (int64_t v = 0; x->place && v < x->span; v++) {
      while (at < x->count && x->cuts[at] <= x->low + v) at++;
      x->place[v] = (int32_t)(at * x->stride);
    }
    for (x->count4 = 0; x->count4 < x->count && x->cuts[x->count4] <= INT32_MAX; x->count4++)
      x->cuts4[x->count4] = (int32_t)(x->cuts[x->count4] < INT32_MIN ? INT32_MIN : x->cuts[x->count4]);
  }
}

/* Sets the axes' numbers of intervals and strides; cut: room for 2 · count numbers per dimension. Returns the entries, 0 if they are too many. */
static uint32_t param__axes(const vm_lookup *l, vm_table *t, int64_t *cut) {
  uint64_t entries = 1;
  for (unsigned k = l->levels; k-- > 0;) {
    vm_axis *x = &t->axis[k];
    x->cuts = cut + (size_t)k * 2 * l->count;
    x->count = param__cuts(l, k, x->cuts);
    x->stride = (uint32_t)entries;
    entries *= x->count + 1;
    if (entries > VM_TABLE_MAX) return 0;
    const uint32_t first = x->count && x->cuts[0] == INT64_MIN; /* everything lies behind it */
    x->span = 0;
    if (x->count > first && (uint64_t)x->cuts[x->count - 1] - (uint64_t)x->cuts[first] <= VM_TABLE_SPAN) {
      x->low = x->cuts[first] - 1;
      x->span = x->cuts[x->count - 1] - x->low + 1;
    }
  }
  return (uint32_t)entries;
}

static ans_status param__make(ans_vm *vm, vm_table *t, const vm_lookup *l, ans_error *err) {
  const uint64_t asked = t->asked;
  vm__table_free(t);
  t->stamp = l->stamp;
  int64_t *cut = malloc((l->levels * 2 * (size_t)l->count + 1) * sizeof *cut);
  if (!cut) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "exec", NULL);
  t->entries = param__axes(l, t, cut);
  ans_status status = ANS_OK;
  if (t->entries / 4 > asked) {
    *t = (vm_table){.asked = asked, .wait = t->entries / 4};
  } else if (t->entries) {
    size_t size = t->entries + vm__words(t->entries), halves = t->entries, cap = 0; /* numbers of 8 bytes, then of 4 */
    for (unsigned k = 0; k < l->levels; k++) size += t->axis[k].count, halves += t->axis[k].count + (size_t)t->axis[k].span;
    void *data = NULL;
    status = vm__grow(vm, &data, &cap, size + (halves + 1) / 2, sizeof(int64_t), false, err);
    t->memory = data;
    if (status == ANS_OK) {
      int64_t *free_at = t->memory + t->entries;
      int32_t *free4 = (int32_t *)(void *)(t->memory + size);
      t->value = t->memory;
      t->value4 = free4;
      t->found = (uint64_t *)free_at;
      free_at += vm__words(t->entries);
      free4 += t->entries;
      for (unsigned k = 0; k < l->levels; k++) {
        vm_axis *x = &t->axis[k];
        memcpy(free_at, x->cuts, x->count * sizeof *free_at);
        x->cuts = free_at;
        x->cuts4 = free4;
        free_at += x->count;
        free4 += x->count;
        x->place = x->span ? free4 : NULL;
        free4 += x->span;
      }
      param__fill(l, t);
      t->made = true;
    }
  }
  free(cut);
  return status;
}

/* What a batch asks of a table: `first` is the entry of all dimensions in which its rows do not differ; `vary` has a bit for each of the others, `key` is the last of them. */
typedef struct param_ask { int64_t first; unsigned vary, rows, key; } param_ask;

static uint32_t param__interval(const vm_axis *x, int64_t v) {
  uint32_t here = 0;
  while (here < x->count && x->cuts[here] <= v) here++;
  return here;
}

/* Rows that count are those of `counts`: the others may be looked up anywhere. */
static param_ask param__ask(const ans_vm *vm, const vm_table *t, const vm_reg *const *r, unsigned count, const uint64_t *counts, size_t n) {
  param_ask q = {0};
  for (unsigned k = 0; k < count; k++) {
    int64_t lo = vm__value(r[k], 0), hi = lo;
    if (!r[k]->one && r[k]->v4) vm->k->v4.bounds(r[k]->v4, counts, n, &lo, &hi);
    else if (!r[k]->one) vm->k->v8.bounds(r[k]->v8, counts, n, &lo, &hi);
    const uint32_t at = param__interval(&t->axis[k], lo);
    if (lo >= hi || at == param__interval(&t->axis[k], hi)) {
      q.first += (int64_t)at * t->axis[k].stride;
      continue;
    }
    q.vary |= 1u << k;
    q.rows++;
    q.key = k;
  }
  return q;
}

/* The keys of a listed dimension at 4 bytes, *low the key of its first entry: the register itself, or how far each key lies above the first one, in scratch area 4. */
static ans_status param__keys(ans_vm *vm, const vm_axis *x, const vm_reg *r, size_t n, const int32_t **key, int32_t *low, ans_error *err) {
  void *data;
  *key = r->v4;
  *low = (int32_t)x->low;
  if (r->v4 && x->low >= INT32_MIN && x->low + x->span - 1 <= INT32_MAX) return ANS_OK;
  vm_reg wide;
  ans_status status = vm__as(vm, 5, false, r, n, &wide, err);
  if (status == ANS_OK) status = vm__scratch(vm, 4, (n + 1) * sizeof(int32_t), &data, err);
  if (status != ANS_OK) return status;
  vm->k->nearest(data, wide.v8, x->low, x->low + x->span - 1, n);
  *key = data;
  *low = 0;
  return ANS_OK;
}

/* The entry of every row: the dimensions in which rows differ add their interval. */
static ans_status param__places(ans_vm *vm, const vm_table *t, const vm_reg *const *r, unsigned count, const param_ask *q, int32_t *at, size_t n, ans_error *err) {
  int32_t first = (int32_t)q->first; /* entries are few (VM_TABLE_MAX) */
  bool started = false;
  for (unsigned k = 0; k < count; k++) {
    const vm_axis *x = &t->axis[k];
    const int32_t *on = started ? at : NULL, *key;
    int32_t low;
    if (!(q->vary >> k & 1)) continue;
    if (x->place) {
      const ans_status status = param__keys(vm, x, r[k], n, &key, &low, err);
      if (status != ANS_OK) return status;
      vm->k->v4.listed(at, on, first, key, low, (int32_t)x->span, x->place, n);
    } else if (r[k]->v4) {
      vm->k->v4.counted(at, on, first, r[k]->v4, x->cuts4, x->count4, (int32_t)x->stride, n);
    } else {
      vm->k->v8.counted(at, on, first, r[k]->v8, x->cuts, x->count, (int32_t)x->stride, n);
    }
    started = true;
    first = 0;
  }
  return ANS_OK;
}

/* t = rows whose key is below `from`, or above it. */
static void param__beside(const ans_vm *vm, uint64_t *t, const vm_reg *r, int64_t from, bool above, size_t n) {
  if (r->v8 && above) vm->k->v8.lt[1](t, &from, r->v8, n);
  else if (r->v8) vm->k->v8.lt[2](t, r->v8, &from, n);
  else if (from < INT32_MIN || from > INT32_MAX) memset(t, (from < INT32_MIN) == above ? 0xff : 0, vm__words(n) * sizeof *t);
  else {
    const int32_t from4 = (int32_t)from;
    if (above) vm->k->v4.lt[1](t, &from4, r->v4, n);
    else vm->k->v4.lt[2](t, r->v4, &from4, n);
  }
}

/* A single key that differs from row to row, whose values are few and all have an entry but perhaps the smallest and the largest: the list is written out for this batch, and a row costs
 * one look-up. false: not so. missing: the rows without an entry. */
static ans_status param__listed(ans_vm *vm, const vm_table *t, const vm_reg *const *r, const param_ask *q, vm_reg *d, uint64_t *missing, size_t n, bool *done, ans_error *err) {
  const size_t words = vm__words(n);
  const int64_t first = q->first;
  const vm_reg *key = r[q->key];
  const vm_axis *x = &t->axis[q->key];
  const int32_t *keys;
  int32_t low;
  void *data;
  *done = false;
  if (q->rows != 1 || !x->place || (uint64_t)x->span > n / 8) return ANS_OK;
  ans_status status = vm__scratch(vm, 1, ((size_t)x->span + words + 1) * sizeof(int64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *above = data;
  vm_reg value = {.v8 = d->v8 ? (int64_t *)data + words : NULL, .v4 = d->v4 ? (int32_t *)(void *)((int64_t *)data + words) : NULL};
  for (int64_t k = 0; k < x->span; k++) {
    const size_t e = (size_t)(first + x->place[k]);
    vm__write(&value, (size_t)k, t->value[e]);
    if (k && k + 1 < x->span && !vm__bit(t->found, e)) return ANS_OK;
  }
  status = param__keys(vm, x, key, n, &keys, &low, err);
  if (status != ANS_OK) return status;
  *done = true;
  memset(missing, 0, words * sizeof *missing); /* keys below and above are in the first and the last interval */
  if (!vm__bit(t->found, (size_t)(first + x->place[0]))) param__beside(vm, missing, key, x->low + 1, false, n);
  if (!vm__bit(t->found, (size_t)(first + x->place[x->span - 1]))) {
    param__beside(vm, above, key, x->low + x->span - 2, true, n);
    (void)vm->k->add_bits(missing, above, words);
  }
  if (d->v4) vm->k->v4.listed(d->v4, NULL, 0, keys, low, (int32_t)x->span, value.v4, n);
  else vm->k->v8.listed(d->v8, NULL, 0, keys, low, (int32_t)x->span, value.v8, n);
  return ANS_OK;
}

/* All rows by places in the table. */
static ans_status param__placed(ans_vm *vm, const vm_table *t, const vm_reg *const *r, unsigned count, const param_ask *q, int32_t *at, vm_reg *d, uint64_t *missing, size_t n, ans_error *err) {
  const ans_status status = param__places(vm, t, r, count, q, at, n, err);
  if (status != ANS_OK) return status;
  if (d->v4) vm->k->v4.gather(d->v4, at, 0, t->value4, t->entries, n);
  else if (d->v8) vm->k->v8.gather(d->v8, at, 0, t->value, t->entries, n);
  else
    for (size_t w = 0; w < vm__words(n); w++) {
      uint64_t bits = 0;
      for (size_t i = w * 64; i < n && i < w * 64 + 64; i++) bits |= (uint64_t)(t->value[at[i]] != 0) << (i & 63);
      d->t[w] = bits;
    }
  (void)vm->k->gather_bits(missing, at, 0, t->found, t->entries, n);
  for (size_t w = 0; w < vm__words(n); w++) missing[w] = ~missing[w];
  return ANS_OK;
}

/* All rows by vectors. Rows without an entry become errors where they are demanded. */
static ans_status param__rows(ans_vm *vm, const vm_step *st, vm_reg *d, const vm_table *t, const vm_reg *const *r, unsigned count, size_t n, ans_error *err) {
  const size_t words = vm__words(n);
  const uint64_t *need = vm__demand(vm, st);
  void *data;
  bool done = false;
  ans_status status = vm__scratch(vm, 0, (n + 2 * words + 1) * sizeof(int64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *missing = (uint64_t *)data + n, *counts = missing + words, any = 0;
  vm__strict(vm, d, r, count, n);
  for (size_t w = 0; w < words; w++) counts[w] = ~(d->top ? d->p[0][w] : 0) & vm__keep(n, w) & (need ? need[w] : ~UINT64_C(0));
  const param_ask q = param__ask(vm, t, r, count, counts, n);
  if (!q.rows) { /* the same entry for all */
    memset(missing, vm__bit(t->found, (size_t)q.first) ? 0 : 0xff, words * sizeof *missing);
    if (!d->t) vm__repeat(d, t->value[q.first], n);
    else memset(d->t, t->value[q.first] ? 0xff : 0, words * sizeof *d->t);
    if (d->t) vm__tail(d->t, n);
    done = true;
  } else if (!d->t) {
    status = param__listed(vm, t, r, &q, d, missing, n, &done, err);
  }
  if (status != ANS_OK) return status;
  if (!done) status = param__placed(vm, t, r, count, &q, data, d, missing, n, err);
  if (status != ANS_OK) return status;
  for (size_t w = 0; w < words; w++) any |= missing[w] &= counts[w];
  if (any) vm__raise_rows(d, n, missing, ANS_ERRONEOUS);
  vm__clear(vm, d, n);
  return ANS_OK;
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

static void param__each(const ans_vm *vm, const vm_step *st, vm_reg *d, const vm_lookup *l, const vm_reg *const *r, unsigned count, size_t n) {
  vm_writer out = vm__writer(vm, st, d, n);
  unsigned top = 0;
  for (unsigned k = 0; k < count; k++) top = r[k]->top > top ? r[k]->top : top;
  param_recent recent[PARAM_RECENT];
  memset(recent, 0, sizeof recent);
  size_t i;
  for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &i);) {
    uint8_t state = 0;
    int64_t key[ANS_MAX_KEYS] = {0}, v = 0;
    for (unsigned k = 0; top && k < count; k++) state = vm__max(state, vm__state(r[k], i));
    for (unsigned k = 1; k < count; k++) key[k - 1] = vm__value(r[k], i);
    if (!state && !param__again(recent, l, vm__value(r[0], i), key, count - 1, &v)) state = ANS_ERRONEOUS;
    vm__put(&out, i, v, state);
  }
}

ans_status vm__op_param(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_param *p = &vm->program->params[st->in->a];
  const uint32_t *list = vm->program->lists + st->in->b;
  vm_lookup *l = &vm->lookups[st->in->a];
  vm_table *t = &vm->tables[st->in->a];
  const vm_reg *operands[1 + ANS_MAX_KEYS];
  const unsigned count = p->key_count + 1;
  bool numbers = true;
  ans_status status = vm__lookup_build(l, vm->program, st->in->a, vm->law_known, vm->known_stamp, err);
  if (status != ANS_OK) return status;
  for (unsigned k = 0; k < count; k++) {
    operands[k] = vm__reg(vm, list[k]);
    numbers = numbers && !operands[k]->t;
  }
  if (numbers && !vm__few(vm, st, n)) {
    if (t->stamp != l->stamp && (t->asked += n) >= t->wait) status = param__make(vm, t, l, err);
    if (status != ANS_OK) return status;
    if (t->stamp == l->stamp && t->made) return param__rows(vm, st, d, t, operands, count, n, err);
  }
  param__each(vm, st, d, l, operands, count, n);
  return ANS_OK;
}
