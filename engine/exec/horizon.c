/* The part of horizon.h that looks at a batch: after every step, the demanded rows whose cells do not go on as their kind says lower the limit of their row; at the end every
 * component gets the least limit of its rows in all units.
 *
 * Why per component and not per row of each register: what a row's cells depend on lies in its component, and following dependencies row by row would cost as much as
 * evaluating. Demand (demand.c) is what makes limits late: a change in rows that cannot matter is none.
 * Cells that nobody demands may hold anything; a limit taken from them is only earlier than necessary.
 * Most operations here are kernels over whole columns that find the few rows for which something happens within the span; those are then looked at one by one. */
#include <stdlib.h>
#include "exec/horizon.h"
#include "num/period.h"

/* A step under inspection: n rows of its unit. */
typedef struct hz_step {
  ans_vm *vm;
  vm_horizon *h;
  const vm_step *st;
  const ans_insn *in;
  const vm_reg *d;
  size_t n;
  const uint64_t *need;          /* demanded rows, or NULL: all */
} hz_step;

/* --- limits --------------------------------------------------------------------------------------------------------------- */
static uint64_t hz__need(const hz_step *s, size_t w) { return (s->need ? s->need[w] : ~UINT64_C(0)) & vm__keep(s->n, w); }
/* Rows of the register that have a value. */
static uint64_t hz__valued(const vm_reg *r, size_t w) { return r->top ? ~r->p[0][r->one ? 0 : w] : ~UINT64_C(0); }

static void hz__lower_row(vm_horizon *h, uint32_t unit, size_t row, uint32_t limit) {
  if (unit && h->limits[unit].row[row] > limit) h->limits[unit].row[row] = (uint16_t)limit;
}

static void hz__lower(vm_horizon *h, uint32_t unit, size_t w, uint64_t rows, uint32_t limit) {
  if (limit + 1 >= h->periods || !h->limits[unit].row) return;
  if (rows == ~UINT64_C(0)) {
    uint16_t *to = h->limits[unit].row + w * 64, x = (uint16_t)limit;
    for (unsigned k = 0; k < 64; k++) to[k] = to[k] < x ? to[k] : x;
    return;
  }
  for (; rows; rows &= rows - 1) hz__lower_row(h, unit, w * 64 + (size_t)__builtin_ctzll(rows), limit);
}

/* The first period after this one in which a rising table has risen by `rise`; `periods` if none. */
static uint32_t hz__when(const vm_horizon *h, const hz_table *t, int64_t rise) {
  uint32_t lo = h->at + 1, hi = h->periods;
  while (lo < hi) {
    const uint32_t mid = lo + (hi - lo) / 2;
    if (t->v[mid] - t->v[h->at] >= rise) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}
/* The table of a register that moves. */
static const hz_table *hz__table_of(const vm_horizon *h, uint32_t reg) { return &h->tables[h->regs[reg].table]; }
/* How far it rises within the span. */
static int64_t hz__reach(const vm_horizon *h, const hz_table *t) { return t->v[h->periods - 1] - t->v[h->at]; }

/* The first later period in which register `reg` (of table t) has risen by `rise` on some day: days of segments may be any of the period. */
static uint32_t hz__risen(const hz_step *s, uint32_t reg, const hz_table *t, int64_t rise) {
  const vm_horizon *h = s->h;
  const ans_insn *in = &s->vm->program->insns[reg];
  if ((in->op != ANS_OP_SEG_FROM && in->op != ANS_OP_SEG_TO) || h->counts_cuts[in->unit]) return hz__when(h, t, rise);
  const int64_t day = t->v[h->at] + rise;
  uint32_t lo = h->at + 1, hi = h->periods;
  while (lo < hi) {
    const uint32_t mid = lo + (hi - lo) / 2;
    if (h->last_day[mid] >= day) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}
/* How far it rises within the span, on its last day. */
static int64_t hz__climb(const hz_step *s, uint32_t reg, const hz_table *t) {
  const ans_insn *in = &s->vm->program->insns[reg];
  if (in->op == ANS_OP_SEG_FROM && !s->h->counts_cuts[in->unit]) return s->h->last_day[s->h->periods - 1] - t->v[s->h->at];
  return hz__reach(s->h, t);
}

static uint64_t hz__moving(const hz_step *s, uint32_t reg, size_t w) {
  const hz_reg *r = &s->h->regs[reg];
  if (!hz__table(s->h, reg)) return 0;
  if (r->kind == HZ_TABLE) return ~UINT64_C(0);
  return r->stamp == s->vm->batch ? r->moves[w] : 0;
}

static ans_status hz__moves(const hz_step *s, uint64_t **out, ans_error *err) {
  hz_reg *r = &s->h->regs[s->st->reg];
  void *data = r->moves;
  const ans_status status = vm__grow(s->vm, &data, &r->cap, vm__words(s->n) + 1, sizeof(uint64_t), false, err);
  r->moves = *out = data;
  if (status == ANS_OK) r->stamp = s->vm->batch;
  return status;
}

/* --- operands that change in any way -------------------------------------------------------------------------------------- */
typedef struct hz_absorb { const hz_step *s; uint32_t limit; } hz_absorb;

static void hz__absorb_operand(void *ctx, uint32_t reg) {
  hz_absorb *x = ctx;
  const hz_table *t = hz__table(x->s->h, reg);
  if (t && t->next[x->s->h->at] <= x->limit) x->limit = t->next[x->s->h->at] - 1u;
}

typedef struct hz_rows { const hz_step *s; size_t w; uint64_t rows; bool own_rows; } hz_rows;
static void hz__moving_operand(void *ctx, uint32_t reg) {
  hz_rows *x = ctx;
  if (hz__table(x->s->h, reg)) x->rows |= x->own_rows ? hz__moving(x->s, reg, x->w) : ~UINT64_C(0);
}

/* Every operand is read in the row itself (or has one row). */
static bool hz__row_by_row(ans_opcode op) { return op != ANS_OP_GATHER && op != ANS_OP_RANK && !(op >= ANS_OP_AGG_COUNT && op <= ANS_OP_AGG_ALL); }

static void hz__absorb(const hz_step *s) {
  const ans_program *p = s->vm->program;
  hz_absorb x = {s, s->h->periods};
  vm__operands(p, s->in, hz__absorb_operand, &x);
  if (x.limit + 1 >= s->h->periods) return;
  for (size_t w = 0; w < vm__words(s->n); w++) {
    hz_rows r = {s, w, 0, hz__row_by_row((ans_opcode)s->in->op)};
    const uint64_t need = hz__need(s, w);
    if (need) vm__operands(p, s->in, hz__moving_operand, &r);
    hz__lower(s->h, s->in->unit, w, need & r.rows, x.limit);
  }
}

/* Only one operand, which is read in the row itself. */
static void hz__absorb_one(const hz_step *s, uint32_t reg) {
  for (size_t w = 0; w < vm__words(s->n); w++) hz__lower(s->h, s->in->unit, w, hz__need(s, w) & hz__moving(s, reg, w), hz__table_of(s->h, reg)->next[s->h->at] - 1u);
}

static void hz__now(const hz_step *s) {
  for (size_t w = 0; w < vm__words(s->n); w++) hz__lower(s->h, s->in->unit, w, hz__need(s, w), s->h->at);
}

/* --- comparisons ------------------------------------------------------------------------------------------------------------ */
/* How far the table must rise for the comparison to change, if a - b = z rises (falls) with it; 0: it never does. */
static int64_t hz__rise(ans_opcode op, int64_t z, bool rises) {
  if (op == ANS_OP_LT) return rises ? (z < 0 ? -z : 0) : (z >= 0 ? z + 1 : 0);
  if (op == ANS_OP_LE) return rises ? (z <= 0 ? 1 - z : 0) : (z > 0 ? z : 0);
  if (z == 0) return 1;
  return rises == (z < 0) ? (z < 0 ? -z : z) : 0;
}

/* Rows whose fixed value lies where the table passes by. */
static ans_status hz__passed(const hz_step *s, const vm_reg *fixed, int64_t now, int64_t end, uint64_t **out, ans_error *err) {
  ans_vm *vm = s->vm;
  const size_t words = vm__words(s->n);
  void *data;
  const ans_status status = vm__scratch(vm, 0, 2 * (words + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *from = data, *to = from + words + 1;
  vm__within(vm, from, to, fixed, now, end, s->n);
  *out = from;
  return ANS_OK;
}

/* One side of a comparison. */
typedef struct hz_side { uint32_t reg; const vm_reg *r; const hz_table *t; bool uniform; int8_t sign; } hz_side; /* t NULL: it does not move */

static hz_side hz__side(const hz_step *s, uint32_t reg) {
  const hz_reg *x = &s->h->regs[reg];
  const hz_table *t = hz__table(s->h, reg);
  return (hz_side){reg, vm__reg(s->vm, reg), t, x->kind == HZ_TABLE, x->kind == HZ_SHIFT ? x->sign : 1};
}
/* In segments the table is the day of the whole period; rows with several segments do not hold anyway. */
static int64_t hz__side_value(const hz_step *s, const hz_side *x, size_t i) { return x->uniform && x->t ? x->t->v[s->h->at] : vm__value(x->r, i); }

/* Rows in which only `m` moves. */
static ans_status hz__compare_one(const hz_step *s, const hz_side *m, const hz_side *other, bool left, ans_error *err) {
  vm_horizon *h = s->h;
  const bool rises = left == (m->sign > 0);
  const int64_t reach = hz__climb(s, m->reg, m->t);
  uint64_t *passed = NULL;
  if (!reach) return ANS_OK;
  if (m->uniform && !other->uniform && !other->r->one) {
    const int64_t now = m->t->v[h->at];
    const ans_status status = hz__passed(s, other->r, now, now + reach, &passed, err);
    if (status != ANS_OK) return status;
  }
  for (size_t w = 0; w < vm__words(s->n); w++) {
    uint64_t rows = hz__need(s, w) & hz__moving(s, m->reg, w) & ~hz__moving(s, other->reg, w) & hz__valued(m->r, w) & hz__valued(other->r, w);
    if (passed) rows &= passed[w];
    for (; rows; rows &= rows - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
      const int64_t x = hz__side_value(s, m, i), y = hz__side_value(s, other, i);
      int64_t z;
      if (__builtin_sub_overflow(left ? x : y, left ? y : x, &z) || z == INT64_MAX || z == INT64_MIN) continue; /* further apart than any table rises */
      const int64_t rise = hz__rise((ans_opcode)s->in->op, z, rises);
      if (rise && rise <= reach) hz__lower_row(h, s->in->unit, i, hz__risen(s, m->reg, m->t, rise) - 1);
    }
  }
  return ANS_OK;
}

static bool hz__holds(ans_opcode op, int64_t a, int64_t b) { return op == ANS_OP_LT ? a < b : op == ANS_OP_LE ? a <= b : a == b; }

/* The value of a moving side in period k; rows in which that does not fit do not hold anyway (hz__guard). */
static int64_t hz__then(const vm_horizon *h, const hz_side *x, int64_t now, uint32_t k) {
  const uint64_t rise = (uint64_t)(x->t->v[k] - x->t->v[h->at]);
  return (int64_t)((uint64_t)now + (x->sign > 0 ? rise : 0 - rise));
}

/* Rows in which both move, each in its own way: period by period. */
static void hz__compare_both(const hz_step *s, const hz_side *a, const hz_side *b) {
  vm_horizon *h = s->h;
  const bool alike = a->sign == b->sign && memcmp(a->t->v, b->t->v, h->periods * sizeof *a->t->v) == 0;
  const ans_opcode op = (ans_opcode)s->in->op;
  for (size_t w = 0; w < vm__words(s->n) && !alike; w++)
    for (uint64_t rows = hz__need(s, w) & hz__moving(s, a->reg, w) & hz__moving(s, b->reg, w) & hz__valued(a->r, w) & hz__valued(b->r, w); rows; rows &= rows - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
      const int64_t x = hz__side_value(s, a, i), y = hz__side_value(s, b, i);
      for (uint32_t k = h->at + 1; k < h->periods; k++) {
        if (hz__holds(op, hz__then(h, a, x, k), hz__then(h, b, y, k)) == hz__holds(op, x, y)) continue;
        hz__lower_row(h, s->in->unit, i, k - 1);
        break;
      }
    }
}

static ans_status hz__compare(const hz_step *s, ans_error *err) {
  const hz_side a = hz__side(s, s->in->a), b = hz__side(s, s->in->b);
  ans_status status = a.t ? hz__compare_one(s, &a, &b, true, err) : ANS_OK;
  if (status == ANS_OK && b.t) status = hz__compare_one(s, &b, &a, false, err);
  if (a.t && b.t) hz__compare_both(s, &a, &b);
  return status;
}

/* --- timelines and parameters asked on a day that moves ------------------------------------------------------------------------ */
/* The first day after `day` on which the timeline may differ from what it is on `day`; INT64_MAX: never. */
static int64_t hz__next_change(const ans_interval *items, uint32_t count, int64_t day) {
  uint32_t lo = 0, hi = count;
  while (lo < hi) {
    const uint32_t mid = lo + (hi - lo) / 2;
    if (items[mid].to < day) lo = mid + 1;
    else hi = mid;
  }
  if (lo == count) return INT64_MAX;
  if (items[lo].from > day) return items[lo].from;
  return items[lo].to == ANS_OPEN_FUTURE ? INT64_MAX : (int64_t)items[lo].to + 1;
}

/* Rows of the batch that the operation asks and whose timeline is not in its tail yet. */
static ans_status hz__unsettled(const hz_step *s, uint32_t fact, const vm_reg *ref, size_t n, uint64_t *open, ans_error *err) {
  ans_vm *vm = s->vm;
  const uint32_t unit = vm->program->facts[fact].unit;
  const size_t words = vm__words(n);
  vm_settled *settled;
  const ans_status status = vm__settled(vm, fact, &settled, err);
  if (status != ANS_OK) return status;
  uint64_t *necks = open + words + 1; /* they do not change in the period, but later: their tail begins */
  if (!settled || (ref && ref->one)) {
    memset(open, 0xff, words * sizeof *open);
    return ANS_OK;
  }
  if (ref) {
    vm__gather_bits(vm, false, open, ref, vm->base[unit], settled->bits, vm->rows[unit], n);
    if (settled->some_neck) vm__gather_bits(vm, false, necks, ref, vm->base[unit], settled->necks, vm->rows[unit], n);
  } else {
    memcpy(open, settled->bits, words * sizeof *open);
    if (settled->some_neck) memcpy(necks, settled->necks, words * sizeof *necks);
  }
  for (size_t w = 0; w < words; w++) open[w] = ~open[w] | (settled->some_neck ? necks[w] : 0);
  return ANS_OK;
}

/* Intervals of the row that row i names, or false. */
static bool hz__line(const ans_vm *vm, uint32_t fact, const vm_reg *ref, size_t i, const ans_interval **items, uint32_t *count) {
  const uint32_t unit = vm->program->facts[fact].unit;
  const ans_timeline *t = &vm->columns->timelines[fact];
  const int64_t row = ref ? vm__value(ref, i) : (int64_t)vm->base[unit] + (int64_t)i;
  if ((ref && vm__state(ref, i)) || row < (int64_t)vm->base[unit] || row >= (int64_t)vm->base[unit] + (int64_t)vm->rows[unit]) return false;
  *items = t->items + t->offsets[row];
  *count = t->offsets[row + 1] - t->offsets[row];
  return true;
}

static ans_status hz__open_rows(const hz_step *s, uint32_t fact, const vm_reg *ref, size_t n, uint64_t **open, ans_error *err) {
  vm_horizon *h = s->h;
  const ans_status status = vm__grow(s->vm, &h->scratch.data, &h->scratch.bytes, 2 * (vm__words(n) + 1) * sizeof(uint64_t), 1, false, err);
  *open = h->scratch.data;
  return status == ANS_OK ? hz__unsettled(s, fact, ref, n, *open, err) : status;
}

static ans_status hz__timeline(const hz_step *s, ans_error *err) {
  ans_vm *vm = s->vm;
  vm_horizon *h = s->h;
  const vm_reg *ref = s->in->b == ANS_NONE ? NULL : vm__reg(vm, s->in->b), *day = vm__reg(vm, s->in->c);
  const hz_table *t = hz__table_of(h, s->in->c);
  const bool uniform = h->regs[s->in->c].kind == HZ_TABLE;
  const int64_t reach = hz__climb(s, s->in->c, t);
  uint64_t *open;
  if (!reach || !vm->columns->timelines[s->in->a].offsets) return ANS_OK;
  const bool tails = !uniform || t->v[h->at] >= vm->day_first;
  ans_status status = hz__open_rows(s, s->in->a, ref, s->n, &open, err);
  if (status != ANS_OK) return status;
  for (size_t w = 0; w < vm__words(s->n); w++) {
    uint64_t rows = hz__need(s, w) & hz__moving(s, s->in->c, w) & hz__valued(day, w);
    if (tails && uniform) rows &= open[w];
    for (; rows; rows &= rows - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
      const ans_interval *items;
      uint32_t count;
      if (!hz__line(vm, s->in->a, ref, i, &items, &count)) continue;
      const int64_t now = uniform ? t->v[h->at] : vm__value(day, i), change = hz__next_change(items, count, now);
      if (change != INT64_MAX && change - now <= reach) hz__lower_row(h, s->in->unit, i, hz__risen(s, s->in->c, t, change - now) - 1);
    }
  }
  return ANS_OK;
}

static int hz__order(const void *a, const void *b) {
  const int64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static ans_status hz__bounds(ans_vm *vm, uint32_t param, const hz_bounds **out, ans_error *err) {
  const vm_lookup *l = &vm->lookups[param]; /* the step has just made it */
  hz_bounds *b = &vm->horizon->bounds[param];
  *out = b;
  if (b->built) return ANS_OK;
  b->day = malloc((2 * (size_t)l->count + 1) * sizeof *b->day);
  if (!b->day) return ans_error_set(err, ANS_MEMORY, "E-EXEC-NOMEM", NULL, NULL);
  uint32_t n = 0;
  for (uint32_t i = 0; i < l->count; i++) {
    b->day[n++] = l->rows[i].from_day;
    b->day[n++] = (int64_t)l->rows[i].to_day + 1;
  }
  qsort(b->day, n, sizeof *b->day, hz__order);
  for (uint32_t i = 0; i < n; i++)
    if (i == 0 || b->day[i] != b->day[b->count - 1]) b->day[b->count++] = b->day[i];
  b->built = true;
  return ANS_OK;
}

static int64_t hz__next_bound(const hz_bounds *b, int64_t day) {
  uint32_t lo = 0, hi = b->count;
  while (lo < hi) {
    const uint32_t mid = lo + (hi - lo) / 2;
    if (b->day[mid] > day) hi = mid;
    else lo = mid + 1;
  }
  return lo < b->count ? b->day[lo] : INT64_MAX;
}

static ans_status hz__param(const hz_step *s, ans_error *err) {
  vm_horizon *h = s->h;
  const uint32_t reg = s->vm->program->lists[s->in->b];
  const vm_reg *day = vm__reg(s->vm, reg);
  const hz_table *t = hz__table_of(h, reg);
  const bool uniform = h->regs[reg].kind == HZ_TABLE;
  const int64_t reach = hz__reach(h, t);
  const hz_bounds *b;
  const ans_status status = hz__bounds(s->vm, s->in->a, &b, err);
  if (status != ANS_OK || !reach) return status;
  const int64_t common = uniform ? hz__next_bound(b, t->v[h->at]) : 0;
  if (uniform && (common == INT64_MAX || common - t->v[h->at] > reach)) return ANS_OK;
  for (size_t w = 0; w < vm__words(s->n); w++) {
    uint64_t rows = hz__need(s, w) & hz__moving(s, reg, w) & hz__valued(day, w);
    if (uniform) {
      hz__lower(h, s->in->unit, w, rows, hz__when(h, t, common - t->v[h->at]) - 1);
      continue;
    }
    for (; rows; rows &= rows - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
      const int64_t now = vm__value(day, i), change = hz__next_bound(b, now);
      if (change != INT64_MAX && change - now <= reach) hz__lower_row(h, s->in->unit, i, hz__when(h, t, change - now) - 1);
    }
  }
  return ANS_OK;
}

/* --- day segments ------------------------------------------------------------------------------------------------------------- */
/* Something changes on `day` for a row of the parent: it may have several segments from that day's period on. */
static void hz__cut_on(const hz_step *s, uint32_t parent, size_t i, int64_t day) {
  const vm_horizon *h = s->h;
  if (day <= s->vm->day_last || day > ANS_DAY_MAX) return; /* cuts of this period are counted by its segments */
  const int64_t k = (int64_t)ans_period_of(s->vm->program->period_kind, day) - h->first_period;
  if (k < (int64_t)h->periods) hz__lower_row(s->h, parent, i, (uint32_t)(k - 1));
}

static ans_status hz__cut_timeline(const hz_step *s, uint32_t parent, uint32_t fact, uint32_t reg, ans_error *err) {
  ans_vm *vm = s->vm;
  const size_t parents = vm->rows[parent];
  const vm_reg *ref = reg == ANS_NONE ? NULL : vm__reg(vm, reg);
  uint64_t *open;
  if (!vm->columns->timelines[fact].offsets) return ANS_OK;
  const ans_status status = hz__open_rows(s, fact, ref, parents, &open, err);
  if (status != ANS_OK) return status;
  for (size_t w = 0; w < vm__words(parents); w++)
    for (uint64_t rows = open[w] & vm__keep(parents, w); rows; rows &= rows - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
      const ans_interval *items;
      uint32_t count;
      if (hz__line(vm, fact, ref, i, &items, &count)) hz__cut_on(s, parent, i, hz__next_change(items, count, vm->day_last));
    }
  return ANS_OK;
}

static void hz__cut_date(const hz_step *s, uint32_t parent, uint32_t reg) {
  const vm_reg *r = vm__reg(s->vm, reg);
  const hz_table *t = hz__table(s->h, reg);
  const size_t parents = s->vm->rows[parent];
  const int64_t end = ans_period_last(s->vm->program->period_kind, s->h->first_period + (int32_t)s->h->periods - 1);
  for (size_t w = 0; w < vm__words(parents); w++) {
    uint64_t rows = vm__keep(parents, w);
    if (t) {
      hz__lower(s->h, parent, w, rows, t->next[s->h->at] - 1u);
      continue;
    }
    for (rows &= hz__valued(r, w); rows; rows &= rows - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
      const int64_t day = vm__value(r, i);
      if (day > s->vm->day_last && day <= end) hz__cut_on(s, parent, i, day);
    }
  }
}

static ans_status hz__split(const hz_step *s, ans_error *err) {
  ans_vm *vm = s->vm;
  vm_horizon *h = s->h;
  const uint32_t unit = s->in->a, parent = vm->program->units[unit].parent, *list = vm->program->lists + s->in->b;
  const vm_segments *seg = &vm->segments[unit];
  ans_status status = ANS_OK;
  for (size_t w = 0; w < vm__words(vm->rows[parent]); w++)
    for (uint64_t rows = seg->cut[w] & vm__keep(vm->rows[parent], w); rows; rows &= rows - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
      if (seg->first[i + 1] - seg->first[i] > 1) hz__lower_row(h, parent, i, h->at);
    }
  for (uint32_t k = 0; h->counts_cuts[unit] && k + 2 < s->in->c && status == ANS_OK; k += 3) {
    if (list[k] == ANS_SPLIT_TIMELINE) status = hz__cut_timeline(s, parent, list[k + 1], list[k + 2], err);
    else if (list[k] == ANS_SPLIT_DATE) hz__cut_date(s, parent, list[k + 1]);
    else if (list[k] == ANS_SPLIT_EVERY_DAY)
      for (size_t w = 0; w < vm__words(vm->rows[parent]); w++) hz__lower(h, parent, w, vm__keep(vm->rows[parent], w), h->at);
  }
  return status; /* segments of other units: their own split lowers the same component */
}

/* --- rows that move -------------------------------------------------------------------------------------------------------------- */
/* Where a value comes near a bound of its type, or has just passed one, moving may change its state. */
static void hz__guard(const hz_step *s) {
  const hz_reg *r = &s->h->regs[s->st->reg];
  const hz_table *t = hz__table_of(s->h, s->st->reg);
  const bool date = s->in->type.tag == ANS_T_DATE;
  const int64_t rise = r->kind == HZ_SHIFT ? hz__reach(s->h, t) : 0;
  const int64_t far = r->kind == HZ_TIMES ? INT64_MAX / HZ_LARGEST_FACTOR / 2 : INT64_MAX / 4;
  const int64_t lo = date ? ANS_DAY_MIN + rise : -far, hi = date ? ANS_DAY_MAX - rise : far;
  const bool near = vm__outside(s->vm->k, s->d, lo, hi, s->n);
  if (!near && s->d->top < ANS_ERRONEOUS) return;
  for (size_t w = 0; w < vm__words(s->n); w++)
    for (uint64_t rows = hz__need(s, w); rows; rows &= rows - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
      const uint8_t state = vm__state(s->d, i);
      if (state ? state == ANS_ERRONEOUS : vm__value(s->d, i) < lo || vm__value(s->d, i) > hi) hz__lower_row(s->h, s->in->unit, i, s->h->at);
    }
}

static void hz__carry_rows(const hz_step *s, uint64_t *moves) {
  const bool two = s->in->op == ANS_OP_ADD || s->in->op == ANS_OP_SUB || s->in->op == ANS_OP_MUL;
  const uint32_t also = s->h->regs[s->st->reg].also;
  for (size_t w = 0; w < vm__words(s->n); w++) moves[w] = (s->in->a != also ? hz__moving(s, s->in->a, w) : 0) | (two && s->in->b != also ? hz__moving(s, s->in->b, w) : 0);
  if (also != ANS_NONE) hz__absorb_one(s, also);
  hz__guard(s);
}

static void hz__carry_gather(const hz_step *s, uint64_t *moves) {
  const vm_reg *ref = vm__reg(s->vm, s->in->a);
  const hz_reg *src = &s->h->regs[s->in->b];
  const uint32_t unit = s->vm->program->insns[s->in->b].unit;
  if (src->kind != HZ_TABLE && src->stamp != s->vm->batch) memset(moves, 0, vm__words(s->n) * sizeof *moves);
  else if (src->kind == HZ_TABLE || ref->one) memset(moves, 0xff, vm__words(s->n) * sizeof *moves);
  else vm__gather_bits(s->vm, false, moves, ref, s->vm->base[unit], src->moves, s->vm->rows[unit], s->n);
}

/* How soon the register itself changes by moving. */
static uint32_t hz__own_limit(const hz_step *s) { return hz__table_of(s->h, s->st->reg)->next[s->h->at] - 1u; }

/* Where a condition is open, the result depends on whether cells agree. Row i: lowers it to the last period before a moving and a fixed one of them may begin or cease to. Those that move, move alike. */
static void hz__agreement(const hz_step *s, size_t i, uint32_t x, uint32_t y) {
  const hz_side a = hz__side(s, x), b = hz__side(s, y);
  const bool left = hz__moving(s, x, i / 64) >> (i % 64) & 1, right = hz__moving(s, y, i / 64) >> (i % 64) & 1;
  int64_t z;
  if (left == right || vm__state(a.r, i) || vm__state(b.r, i)) return;
  const hz_side *m = left ? &a : &b;
  if (__builtin_sub_overflow(hz__side_value(s, &a, i), hz__side_value(s, &b, i), &z) || z == INT64_MAX || z == INT64_MIN) return;
  const int64_t rise = hz__rise(ANS_OP_EQ, z, left == (m->sign > 0));
  if (rise && rise <= hz__reach(s->h, m->t)) hz__lower_row(s->h, s->in->unit, i, hz__when(s->h, m->t, rise) - 1);
}

/* Rows with an open condition: an agreed value moves on, so nothing is said about it; otherwise the state stays until cells agree. */
static void hz__open(const hz_step *s, size_t w, uint64_t rows, const uint32_t *cells, uint32_t n, uint32_t step) {
  const uint64_t agreed = s->h->regs[s->st->reg].kind == HZ_SHIFT ? rows & hz__valued(s->d, w) : rows;
  hz__lower(s->h, s->in->unit, w, agreed, hz__own_limit(s));
  for (rows &= ~agreed; rows; rows &= rows - 1)
    for (uint32_t a = 0; a < n; a += step)
      for (uint32_t b = a + step; b < n; b += step) hz__agreement(s, w * 64 + (size_t)__builtin_ctzll(rows), cells[a], cells[b]);
}

static void hz__carry_select(const hz_step *s, uint64_t *moves) {
  const vm_reg *g = vm__reg(s->vm, s->in->a);
  for (size_t w = 0; w < vm__words(s->n); w++) {
    const vm_word c = vm__load(g, w);
    const uint64_t yes = hz__moving(s, s->in->b, w), no = hz__moving(s, s->in->c, w);
    moves[w] = (c.t & yes) | (~c.t & ~c.p[0] & no);
    hz__open(s, w, hz__need(s, w) & c.p[0] & (yes | no), (const uint32_t[]){s->in->b, s->in->c}, 2, 1);
  }
}

static void hz__carry_default(const hz_step *s, uint64_t *moves) {
  const vm_reg *a = vm__reg(s->vm, s->in->a);
  for (size_t w = 0; w < vm__words(s->n); w++) {
    const vm_word x = vm__load(a, w);
    const uint64_t unknown = x.p[1] & ~x.p[2];
    moves[w] = (hz__moving(s, s->in->a, w) & ~unknown) | (hz__moving(s, s->in->b, w) & unknown);
  }
}

/* Where at most one rule applies for certain and all others certainly do not, the result is a copy of one cell. Elsewhere cells are compared with each other. */
static void hz__carry_resolve(const hz_step *s, uint64_t *moves) {
  const uint32_t *list = s->vm->program->lists + s->in->a, n = s->in->b;
  for (size_t w = 0; w < vm__words(s->n); w++) {
    uint64_t some = 0, several = 0, any = hz__moving(s, list[0], w), chosen = 0, failed = 0;
    for (uint32_t k = 1; k + 1 < n; k += 2) {
      const vm_word live = vm__load(vm__reg(s->vm, list[k]), w);
      const uint64_t moving = hz__moving(s, list[k + 1], w);
      several |= live.p[0] | (some & live.t);
      failed |= (live.p[0] & ~live.p[1]) | live.p[3]; /* not applicable, error, conflict: that is the result */
      some |= live.t;
      chosen |= live.t & moving;
      any |= moving;
    }
    moves[w] = (chosen | (~some & hz__moving(s, list[0], w))) & ~several & ~failed;
    hz__open(s, w, hz__need(s, w) & several & any & ~failed, list, n, 2);
  }
}

/* min, max of a moving and a fixed value: which is the result changes when one passes the other. */
static void hz__carry_pick(const hz_step *s, uint64_t *moves) {
  vm_horizon *h = s->h;
  const bool left = hz__table(h, s->in->a) != NULL;
  const uint32_t mover = left ? s->in->a : s->in->b;
  const hz_reg *r = &h->regs[mover];
  const hz_table *t = hz__table_of(h, mover);
  const bool uniform = r->kind == HZ_TABLE, rises = uniform || r->sign > 0;
  const vm_reg *m = vm__reg(s->vm, mover), *f = vm__reg(s->vm, left ? s->in->b : s->in->a);
  for (size_t w = 0; w < vm__words(s->n); w++) {
    uint64_t rows = hz__need(s, w) & hz__moving(s, mover, w) & hz__valued(m, w) & hz__valued(f, w);
    for (moves[w] = 0; rows; rows &= rows - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(rows);
      const int64_t x = uniform ? t->v[h->at] : vm__value(m, i), y = vm__value(f, i);
      int64_t z;
      if (s->in->op == ANS_OP_MAX2 ? x >= y : x <= y) moves[w] |= rows & -rows;
      if (__builtin_sub_overflow(x, y, &z) || z > INT64_MAX - 1 || z < -INT64_MAX) continue;
      const int64_t rise = hz__rise(ANS_OP_LE, z, rises), equal = z == 0;
      if (equal) hz__lower_row(h, s->in->unit, i, t->next[h->at] - 1u);
      else if (rise && rise <= hz__reach(h, t)) hz__lower_row(h, s->in->unit, i, hz__when(h, t, rise) - 1);
    }
  }
}

static ans_status hz__carry(const hz_step *s, hz_act act, ans_error *err) {
  uint64_t *moves;
  const ans_status status = hz__moves(s, &moves, err);
  if (status != ANS_OK) return status;
  switch ((int)act) {
    case HZ_ROWS: hz__carry_rows(s, moves); break;
    case HZ_GATHER: hz__carry_gather(s, moves); break;
    case HZ_SELECT: hz__carry_select(s, moves); break;
    case HZ_DEFAULT: hz__carry_default(s, moves); break;
    case HZ_RESOLVE: hz__carry_resolve(s, moves); break;
    case HZ_PICK: hz__carry_pick(s, moves); break;
    default:
      memset(moves, 0xff, vm__words(s->n) * sizeof *moves);
      hz__guard(s);
      break;
  }
  return ANS_OK;
}

/* --- the batch ---------------------------------------------------------------------------------------------------------------------- */
/* The rows of a unit are known: all may hold to the end of the span. */
static ans_status hz__open_unit(ans_vm *vm, uint32_t unit, ans_error *err) {
  vm_horizon *h = vm->horizon;
  void *data = h->limits[unit].row;
  const ans_status status = vm__grow(vm, &data, &h->limits[unit].cap, vm__words(vm->rows[unit]) * 64, sizeof(uint16_t), false, err);
  h->limits[unit].row = data;
  for (size_t i = 0; status == ANS_OK && i < vm->rows[unit]; i++) h->limits[unit].row[i] = (uint16_t)(h->periods - 1);
  return status;
}

ans_status vm__horizon_begin(ans_vm *vm, ans_error *err) {
  ans_status status = ANS_OK;
  for (uint32_t u = 1; u < vm->program->unit_count && status == ANS_OK; u++)
    if (!vm__derived(vm, u)) status = hz__open_unit(vm, u, err);
  return status;
}

ans_status vm__horizon_step(ans_vm *vm, const vm_step *st, const vm_reg *d, size_t n, ans_error *err) {
  const hz_reg *r = &vm->horizon->regs[st->reg];
  const hz_step s = {vm, vm->horizon, st, st->in, d, n, vm__demand(vm, st)};
  ans_status status = st->in->op == ANS_OP_SPLIT ? hz__open_unit(vm, st->in->a, err) : ANS_OK;
  if (status != ANS_OK) return status;
  switch ((int)r->act) {
    case HZ_NOTHING: break;
    case HZ_ABSORB: hz__absorb(&s); break;
    case HZ_NOW: hz__now(&s); break;
    case HZ_COMPARE: status = hz__compare(&s, err); break;
    case HZ_TIMELINE: status = hz__timeline(&s, err); break;
    case HZ_PARAM: status = hz__param(&s, err); break;
    case HZ_SPLIT: status = hz__split(&s, err); break;
    default: status = hz__carry(&s, (hz_act)r->act, err); break;
  }
  if (status != ANS_OK || st->output == ANS_NONE || !hz__table(vm->horizon, st->reg)) return status;
  for (size_t w = 0; w < vm__words(n); w++) hz__lower(vm->horizon, st->in->unit, w, hz__moving(&s, st->reg, w) & vm__keep(n, w), hz__own_limit(&s)); /* what is handed out moves */
  return status;
}

/* Rows of segments lower their parents, rows their components. */
void vm__horizon_end(ans_vm *vm) {
  const ans_program *p = vm->program;
  vm_horizon *h = vm->horizon;
  for (uint32_t c = vm->comp_first; c < vm->comp_end; c++) h->holds[c] = (uint16_t)(h->periods - 1);
  for (uint32_t u = p->unit_count; u-- > 1;) {
    if (!vm->rows[u]) continue;
    if (vm__derived(vm, u)) {
      for (size_t i = 0; i < vm->rows[u]; i++) hz__lower_row(h, p->units[u].parent, (size_t)vm->segments[u].parent[i] - vm->base[p->units[u].parent], h->limits[u].row[i]);
      continue;
    }
    const uint32_t *starts = vm->columns->units[u].component_first;
    for (uint32_t c = vm->comp_first; c < vm->comp_end; c++)
      for (uint32_t i = starts[c] - vm->base[u]; i < starts[c + 1] - vm->base[u]; i++)
        if (h->limits[u].row[i] < h->holds[c]) h->holds[c] = h->limits[u].row[i];
  }
}
