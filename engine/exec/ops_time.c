/* Timelines and day segments (semantics 4.2, 4.3). The change points of a parent row are a mask of the period's days: one 32-bit word for a
 * month, up to twelve for a year. Segments of a row are the set bits, and finding the segment of a day is a population count. */
#include "exec/machine.h"

/* First interval that ends on or after day; count if none. */
static inline uint32_t time__locate(const ans_interval *items, uint32_t count, int64_t day) {
  uint32_t lo = 0, hi = count;
  if (count <= 8) { /* counting has no branches to mispredict */
    for (uint32_t k = 0; k < count; k++) lo += items[k].to < day;
    return lo;
  }
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (items[mid].to < day) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

static inline ans_scalar time__at(const ans_interval *items, uint32_t count, int64_t day, uint8_t missing) {
  uint32_t k = time__locate(items, count, day);
  if (k == count || items[k].from > day) return (ans_scalar){0, missing};
  return (ans_scalar){items[k].state ? 0 : items[k].value, items[k].state};
}

static bool time__true(const ans_interval *x) { return x->state == ANS_VALUE && x->value; }

/* Walks back from day: through the run that contains it, then through days that are false or not applicable, to a true day. */
static ans_scalar time__last_end(const ans_interval *items, uint32_t count, int64_t day, uint8_t missing) {
  uint32_t k = time__locate(items, count, day);
  bool in_run = true;
  k = k < count && items[k].from <= day ? k + 1 : k; /* items[k-1] is the interval to look at */
  while (day >= ANS_DAY_MIN) {
    if (k == 0 || items[k - 1].to < day) return (ans_scalar){0, missing};
    const ans_interval *x = &items[--k];
    if (time__true(x)) {
      if (!in_run) return (ans_scalar){day, ANS_VALUE};
    } else if (x->state > ANS_NOT_APPLICABLE) {
      return (ans_scalar){0, x->state};
    } else {
      in_run = false;
    }
    day = (int64_t)x->from - 1;
  }
  return (ans_scalar){0, ANS_NOT_APPLICABLE};
}

/* The mirror image. */
static ans_scalar time__next_start(const ans_interval *items, uint32_t count, int64_t day, uint8_t missing) {
  uint32_t k = time__locate(items, count, day);
  bool in_run = true;
  while (day <= ANS_DAY_MAX) {
    if (k == count || items[k].from > day) return (ans_scalar){0, missing};
    const ans_interval *x = &items[k++];
    if (time__true(x)) {
      if (!in_run) return (ans_scalar){day, ANS_VALUE};
    } else if (x->state > ANS_NOT_APPLICABLE) {
      return (ans_scalar){0, x->state};
    } else {
      in_run = false;
    }
    day = (int64_t)x->to + 1;
  }
  return (ans_scalar){0, ANS_NOT_APPLICABLE};
}

typedef ans_scalar time_look(const ans_interval *, uint32_t, int64_t, uint8_t);

/* What a timeline operation reads; ref NULL: the row itself. */
typedef struct time_source {
  const vm_reg *ref, *day;
  const uint32_t *offsets;     /* NULL: nobody says anything about the fact */
  const ans_interval *items;
  int64_t base, rows;
  uint8_t missing;
} time_source;

static inline __attribute__((always_inline)) ans_scalar time__cell(const time_source *s, size_t i, bool known, bool by_ref, time_look *look) {
  int64_t row = s->base + (int64_t)i;
  if (!known) {
    uint8_t state = vm__state(s->day, i);
    if (by_ref) state = vm__max(state, vm__state(s->ref, i));
    if (state) return (ans_scalar){0, state};
  }
  if (by_ref) {
    row = vm__value(s->ref, i);
    /* columns guarantee that references stay inside; never read outside all the same */
    if (row < s->base || row >= s->base + s->rows) return (ans_scalar){0, ANS_ERRONEOUS};
  }
  const uint32_t first = s->offsets ? s->offsets[row] : 0, count = s->offsets ? s->offsets[row + 1] - first : 0;
  return look(s->items + first, count, s->day->v4[s->day->one ? 0 : i], s->missing);
}

/* One loop per question and form, so that both are compiled into it; 64 rows of states are collected in registers. need: the demanded rows, or NULL. */
static inline __attribute__((always_inline)) void time__loop(const time_source *s, const uint64_t *need, vm_reg *d, size_t n, bool known, bool by_ref, time_look *look) {
  uint64_t seen[ANS_PLANES] = {0};
  if (need) vm__zero_values(d, n);
  for (size_t w = 0; w < vm__words(n); w++) {
    vm_word x = {0};
    for (uint64_t todo = (need ? need[w] : ~UINT64_C(0)) & vm__keep(n, w); todo; todo &= todo - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(todo);
      const ans_scalar c = time__cell(s, i, known, by_ref, look);
      const uint64_t bit = UINT64_C(1) << (i & 63);
      if (!d->t) vm__write(d, i, c.v);
      else x.t |= c.v ? bit : 0;
      for (unsigned k = 0; k < c.state; k++) x.p[k] |= bit;
    }
    vm__store(d, w, &x, ANS_PLANES, ~UINT64_C(0), seen);
  }
  vm__settle(d, ANS_PLANES, seen);
}

static inline __attribute__((always_inline)) void time__rows(const ans_vm *vm, const vm_step *st, const time_source *s, vm_reg *d, size_t n, time_look *look) {
  const bool known = !s->day->top && !(s->ref && s->ref->top);
  const uint64_t *need = vm__demand(vm, st);
  if (known && s->ref) time__loop(s, need, d, n, true, true, look);
  else if (known) time__loop(s, need, d, n, true, false, look);
  else time__loop(s, need, d, n, false, s->ref != NULL, look);
}

ans_status vm__settled(ans_vm *vm, uint32_t fact, vm_settled **out, ans_error *err) {
  vm_settled *x = &vm->settled[fact];
  const uint32_t unit = vm->program->facts[fact].unit, base = vm->base[unit];
  const size_t n = vm->rows[unit], words = vm__words(n);
  const ans_timeline *t = &vm->columns->timelines[fact];
  *out = NULL;
  if (!t->since) return ANS_OK;
  *out = x;
  if (x->stamp == vm->batch) return ANS_OK;
  void *data = x->bits;
  ans_status status = vm__grow(vm, &data, &x->cap, words + 1, (ANS_PLANES + 3) * sizeof(uint64_t), false, err);
  x->bits = data;
  if (status != ANS_OK) return status;
  x->necks = x->bits + x->cap;
  x->truth = x->necks + x->cap;
  for (unsigned s = 0; s < ANS_PLANES; s++) x->planes[s] = x->truth + (s + 1) * x->cap;
  const uint16_t first = ans_columns_day(vm->columns->first_day, vm->day_first), reach = first == ANS_COLUMNS_FAR ? ANS_COLUMNS_FAR - 1 : first;
  const uint16_t last = ans_columns_day(vm->columns->first_day, vm->day_last); /* a day too far off: all tails have begun, so there are no necks */
  x->some_neck = vm->k->settled(x->bits, x->necks, t->since + base, t->neck_since + base, reach, last, n) != 0;
  x->stamp = vm->batch;
  return ANS_OK;
}

/* Values of settled rows: the column of the tails as it is, where it has the width wanted and no row is in its neck. */
static ans_status time__now_values(ans_vm *vm, uint32_t fact, vm_settled *x, ans_error *err) {
  const uint32_t base = vm->base[vm->program->facts[fact].unit];
  const size_t n = vm->rows[vm->program->facts[fact].unit];
  const vm_cells tail = vm__column(&vm->columns->timelines[fact].tail, base), neck = vm__column(&vm->columns->timelines[fact].neck, base);
  const bool narrow = ans_fact_bytes(&vm->program->facts[fact]) == 4;
  void *data = x->made;
  x->v8 = tail.v8;
  x->v4 = tail.v4;
  if (!tail.v8 && !tail.v4) return ANS_OK;
  if (!x->some_neck && (tail.v4 != NULL) == narrow) return ANS_OK;
  ans_status status = vm__grow(vm, &data, &x->made_bytes, (n + 1) * (narrow ? sizeof(int32_t) : sizeof(int64_t)), 1, false, err);
  x->made = data;
  if (status != ANS_OK) return status;
  vm_reg to = {.v8 = narrow ? NULL : data, .v4 = narrow ? data : NULL};
  x->v8 = to.v8;
  x->v4 = to.v4;
  if (!x->some_neck) vm__copy(vm, &to, tail, n);
  else if (narrow && tail.v4) vm->k->v4.blend[0](to.v4, x->necks, neck.v4, tail.v4, n);
  else if (!narrow && tail.v8) vm->k->v8.blend[0](to.v8, x->necks, neck.v8, tail.v8, n);
  else {
    status = vm__scratch(vm, 7, (n + 1) * sizeof(int64_t), &data, err);
    if (status != ANS_OK) return status;
    vm_reg other = {.v8 = tail.v8 ? data : NULL, .v4 = tail.v4 ? data : NULL};
    if (tail.v4) vm->k->v4.blend[0](other.v4, x->necks, neck.v4, tail.v4, n);
    else vm->k->v8.blend[0](other.v8, x->necks, neck.v8, tail.v8, n);
    vm__copy(vm, &to, (vm_cells){other.v8, other.v4}, n);
  }
  return ANS_OK;
}

/* The cells of settled rows, from both columns. */
static ans_status time__now(ans_vm *vm, uint32_t fact, vm_settled *x, ans_error *err) {
  const uint32_t unit = vm->program->facts[fact].unit, base = vm->base[unit];
  const size_t n = vm->rows[unit], words = vm__words(n);
  const ans_column *tail = &vm->columns->timelines[fact].tail, *neck = &vm->columns->timelines[fact].neck;
  void *data;
  if (x->filled == vm->batch) return ANS_OK;
  ans_status status = time__now_values(vm, fact, x, err);
  if (status == ANS_OK) status = vm__scratch(vm, 1, 2 * (words + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *a = data, *b = a + words + 1;
  x->top = 0;
  for (unsigned k = 0; k <= ANS_PLANES; k++) {
    const uint64_t *from_neck = k ? neck->planes[k - 1] : neck->truth, *from_tail = k ? tail->planes[k - 1] : tail->truth;
    if (!from_neck && !from_tail) continue;
    if (from_neck) vm__window(vm, a, from_neck, base, n);
    else memset(a, 0, words * sizeof *a);
    if (from_tail) vm__window(vm, b, from_tail, base, n);
    else memset(b, 0, words * sizeof *b);
    const uint64_t any = vm->k->mix(k ? x->planes[k - 1] : x->truth, x->necks, a, b, words);
    if (k && any) x->top = (uint8_t)k;
  }
  x->filled = vm->batch;
  return ANS_OK;
}

/* Days of a register that certainly lie in the period (or behind its first day, where the tail is still the tail). */
static bool time__in_period(const ans_vm *vm, uint32_t day) {
  const ans_insn *in = &vm->program->insns[day];
  return in->op == ANS_OP_SEG_FROM || in->op == ANS_OP_SEG_TO || (in->op == ANS_OP_PERIOD && (in->a == 1 || in->a == 2));
}

/* Rows in their tail are known on every day from the first of the period on, rows in their neck only on days of the period: *hit are the rows of the fact that count. */
static ans_status time__known_rows(ans_vm *vm, const vm_step *st, const time_source *s, vm_settled **x, const uint64_t **hit, ans_error *err) {
  const bool inside = time__in_period(vm, st->in->c) || (s->day->one && s->day->v4[0] >= vm->day_first && s->day->v4[0] <= vm->day_last);
  ans_status status = vm__settled(vm, st->in->a, x, err);
  if (status == ANS_OK) status = time__now(vm, st->in->a, *x, err);
  if (status != ANS_OK) return status;
  *hit = (*x)->bits;
  if (inside || !(*x)->some_neck) return ANS_OK;
  void *data;
  const size_t words = vm__words((size_t)s->rows);
  status = vm__scratch(vm, 1, (words + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  (void)vm->k->without(data, (*x)->bits, (*x)->necks, words);
  *hit = data;
  return ANS_OK;
}

/* Rows of `hit` whose day or row is not known, or whose day is before the period, are dropped. */
static void time__drop_days(ans_vm *vm, const vm_step *st, const time_source *s, uint64_t *hit, uint64_t *late, size_t n) {
  const size_t words = vm__words(n);
  const vm_reg *day = s->day;
  const int32_t first = (int32_t)vm->day_first;
  if (day->one && day->v4[0] < first) memset(hit, 0, words * sizeof *hit);
  if (!day->one && !time__in_period(vm, st->in->c)) {
    vm->k->v4.lt[2](late, day->v4, &first, n);
    (void)vm->k->drop_bits(hit, late, words);
  }
  if (s->ref && s->ref->top) (void)vm->k->drop_bits(hit, s->ref->p[0], words);
  if (day->top && !day->one) (void)vm->k->drop_bits(hit, day->p[0], words);
  else if (day->top && day->p[0][0]) memset(hit, 0, words * sizeof *hit);
}

/* Rows whose row and day are known and which do not change in the period, if their day lies in it (or, in their tail, not before it). Their cells go to d, all others are
 * left 0; *open: the demanded rows that remain, in scratch area 0. d->top: planes written. */
static ans_status time__tails(ans_vm *vm, const vm_step *st, const time_source *s, vm_reg *d, size_t n, uint64_t **open, ans_error *err) {
  const bool ordered = s->ref && vm->program->insns[st->in->b].op == ANS_OP_SPLIT;
  const size_t words = vm__words(n);
  const uint64_t *need = vm__demand(vm, st), *from[VM_MANY];
  uint64_t *to[VM_MANY];
  unsigned count = 1;
  vm_settled *x;
  void *data;
  ans_status status = time__known_rows(vm, st, s, &x, &from[0], err);
  if (status == ANS_OK) status = vm__scratch(vm, 0, 2 * (words + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *hit = *open = to[0] = data, *other = hit + words + 1;
  if (d->t) to[count] = d->t, from[count++] = x->truth;
  for (unsigned k = 0; k < x->top; k++) to[count] = d->p[k], from[count++] = x->planes[k];
  if (s->ref) vm__gather_many(vm, ordered, count, to, s->ref, s->base, from, (uint64_t)s->rows, n);
  else
    for (unsigned k = 0; k < count; k++) memcpy(to[k], from[k], words * sizeof *hit);
  if (!d->t && s->ref) status = vm__gather_values(vm, d, s->ref->v4, s->base, (vm_cells){x->v8, x->v4}, (uint64_t)s->rows, n, err);
  else if (!d->t) vm__copy(vm, d, (vm_cells){x->v8, x->v4}, n);
  if (status != ANS_OK) return status;
  time__drop_days(vm, st, s, hit, other, n);
  for (size_t w = 0; w < words; w++) other[w] = ~hit[w];
  for (unsigned k = 1; k < count; k++) (void)vm->k->drop_bits(to[k], other, words);
  d->top = x->top;
  for (size_t w = 0; w < words; w++) hit[w] = other[w] & vm__keep(n, w) & (need ? need[w] : ~UINT64_C(0));
  return ANS_OK;
}

/* tl.at: in most rows the tail or the neck answers; then kernels look at the first and the last interval, and only what is left is searched. */
static ans_status time__at_rows(ans_vm *vm, const vm_step *st, const time_source *s, vm_reg *d, size_t n, ans_error *err) {
  const uint64_t *need = vm__demand(vm, st);
  const vm_reg *ref = s->ref, *day = s->day;
  const bool tails = vm->columns->timelines[st->in->a].since != NULL;
  uint64_t *open = NULL;
  d->top = 0;
  if (tails) {
    ans_status status = time__tails(vm, st, s, d, n, &open, err);
    if (status != ANS_OK) return status;
  } else {
    vm__neutral(d, n);
  }
  for (size_t w = 0; w < vm__words(n); w++) {
    uint64_t todo = open ? open[w] : (need ? need[w] : ~UINT64_C(0)) & vm__keep(n, w), states = 0, truth = 0;
    const vm_lines lines = {.offsets = s->offsets, .items = s->items, .rows = ref ? ref->v4 + w * 64 : NULL, .days = day->v4 + (day->one ? 0 : w * 64), .one_day = day->one,
                            .row0 = s->base + (int64_t)(w * 64), .low = s->base, .count = s->rows};
    if (!todo) continue;
    if (ref && ref->top) states |= ref->p[0][w];
    if (day->top) states |= day->p[0][day->one ? 0 : w];
    if (todo & ~states) todo &= ~(d->v8 ? vm->k->v8.lines_at(&lines, todo & ~states, d->v8 + w * 64, &truth) : vm->k->v4.lines_at(&lines, todo & ~states, d->v4 ? d->v4 + w * 64 : NULL, &truth));
    if (d->t) d->t[w] |= truth;
    for (; todo; todo &= todo - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(todo);
      const ans_scalar c = time__cell(s, i, false, ref != NULL, time__at);
      if (!d->t) vm__write(d, i, c.v);
      else d->t[w] |= c.v ? todo & -todo : 0;
      if (c.state) vm__raise(d, n, i, c.state);
    }
  }
  vm__clear(vm, d, n); /* the kernels may leave values of rows that have none */
  vm__drop(d, n);
  return ANS_OK;
}

/* A few rows one by one; those that do not change are not searched. */
static ans_status time__at_few(ans_vm *vm, const vm_step *st, const time_source *s, vm_reg *d, size_t n, ans_error *err) {
  vm_settled *x;
  const uint64_t *hit;
  const bool known = !s->day->top && !(s->ref && s->ref->top);
  ans_status status = time__known_rows(vm, st, s, &x, &hit, err);
  if (status != ANS_OK) return status;
  vm_writer out = vm__writer(vm, st, d, n);
  size_t i;
  for (vm_rows rows = vm__rows(out.need, n); vm__next(&rows, &i);) {
    const uint64_t row = (uint64_t)((s->ref ? s->ref->v4[i] : s->base + (int64_t)i) - s->base);
    ans_scalar c = {0, ANS_VALUE};
    if (!known || row >= (uint64_t)s->rows || !vm__bit(hit, row) || s->day->v4[s->day->one ? 0 : i] < vm->day_first) {
      c = time__cell(s, i, known, s->ref != NULL, time__at);
    } else {
      while (c.state < x->top && vm__bit(x->planes[c.state], row)) c.state++;
      if (!c.state) c.v = x->v4 ? x->v4[row] : x->v8 ? x->v8[row] : (int64_t)vm__bit(x->truth, row);
    }
    vm__put(&out, i, c.v, c.state);
  }
  return ANS_OK;
}

ans_status vm__op_timeline(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const ans_fact *f = &vm->program->facts[st->in->a];
  const ans_timeline *t = &vm->columns->timelines[st->in->a];
  const time_source s = {.ref = st->in->b == ANS_NONE ? NULL : vm__reg(vm, st->in->b), .day = vm__reg(vm, st->in->c), .offsets = t->offsets, .items = t->items,
                         .base = vm->base[f->unit], .rows = vm->rows[f->unit], .missing = f->nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN};
  if (st->in->op == ANS_OP_TL_AT && s.offsets && !(s.ref && s.ref->one) && t->since && vm__few(vm, st, n)) return time__at_few(vm, st, &s, d, n, err);
  if (st->in->op == ANS_OP_TL_AT && s.offsets && !(s.ref && s.ref->one)) return time__at_rows(vm, st, &s, d, n, err);
  if (st->in->op == ANS_OP_TL_AT) time__rows(vm, st, &s, d, n, time__at);
  else if (st->in->op == ANS_OP_TL_LAST_END) time__rows(vm, st, &s, d, n, time__last_end);
  else time__rows(vm, st, &s, d, n, time__next_start);
  return ANS_OK;
}

/* Days from … to (inclusive) on which the timeline is true, folded as `Anzahl`: false adds nothing, every other state contributes itself, n/a as
 * an error. Gaps have the state `missing`. */
static ans_scalar time__days(const ans_interval *items, uint32_t count, int64_t from, int64_t to, uint8_t missing) {
  int64_t days = 0;
  uint8_t state = ANS_VALUE;
  for (uint32_t k = time__locate(items, count, from); from <= to; k++) {
    if (k == count || items[k].from > from) {
      state = vm__max(state, missing);
      if (k == count || items[k].from > to) break;
      from = items[k].from;
    }
    const int64_t end = items[k].to < to ? items[k].to : to;
    if (items[k].state) state = vm__max(state, vm__condition(items[k].state));
    else if (items[k].value) days += end - from + 1;
    from = end + 1;
  }
  return (ans_scalar){state ? 0 : days, state};
}

ans_status vm__op_timeline_days(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const uint32_t *list = vm->program->lists + st->in->a;
  const ans_fact *f = &vm->program->facts[st->in->c];
  const ans_timeline *t = &vm->columns->timelines[st->in->c];
  const vm_reg *from = vm__reg(vm, list[0]), *to = vm__reg(vm, list[1]), *ref = st->in->b == 3 ? vm__reg(vm, list[2]) : NULL;
  const uint8_t missing = f->nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN;
  const int64_t base = vm->base[f->unit], rows = vm->rows[f->unit];
  vm_writer out = vm__writer(vm, st, d, n);
  size_t i;
  (void)err;
  for (vm_rows demanded = vm__rows(out.need, n); vm__next(&demanded, &i);) {
    ans_scalar x = {0, vm__max(vm__state(from, i), vm__state(to, i))};
    int64_t row = base + (int64_t)i;
    if (ref) {
      x.state = vm__max(x.state, vm__state(ref, i));
      row = vm__value(ref, i);
    }
    if (!x.state && (row < base || row >= base + rows)) x.state = ANS_ERRONEOUS; /* as in time__rows */
    if (!x.state) {
      const uint32_t first = t->offsets ? t->offsets[row] : 0, count = t->offsets ? t->offsets[row + 1] - first : 0;
      x = time__days(t->items + first, count, vm__value(from, i), vm__value(to, i), missing);
    }
    vm__put(&out, i, x.v, x.state);
  }
  return ANS_OK;
}

/* --- derived units -------------------------------------------------------------------------------------------------- */
/* Marks the change points a triple (kind, x, y) makes in every parent row. */
typedef struct time_split { ans_vm *vm; vm_segments *seg; size_t parents; } time_split;

static inline void time__mark(const time_split *s, size_t parent, int64_t day) {
  if (day <= s->vm->day_first || day > s->vm->day_last) return;
  const uint64_t on = (uint64_t)(day - s->vm->day_first);
  s->seg->cut[parent >> 6] |= UINT64_C(1) << (parent & 63);
  s->seg->days[parent * s->vm->day_words + on / 32] |= UINT32_C(1) << (on % 32);
}

/* Row of the unit `target` that parent row i names: itself without a reference. False if the reference has no value. */
static inline bool time__row(const time_split *s, uint32_t reg, uint32_t target, size_t i, size_t *row) {
  *row = i;
  if (reg == ANS_NONE) return true;
  const vm_reg *r = vm__reg(s->vm, reg);
  if (vm__state(r, i)) return false;
  *row = (size_t)(vm__value(r, i) - (int64_t)s->vm->base[target]);
  return *row < s->vm->rows[target];
}

/* Change points of one row, found by search. */
static void time__split_row(const time_split *s, const ans_timeline *t, uint32_t unit, uint32_t reg, size_t i) {
  const ans_vm *vm = s->vm;
  size_t row;
  if (!time__row(s, reg, unit, i, &row)) return;
  const uint32_t *at = t->offsets + vm->base[unit] + row;
  const ans_interval *items = t->items + at[0];
  const uint32_t count = at[1] - at[0];
  for (uint32_t k = count > 1 ? time__locate(items, count, vm->day_first) : 0; k < count && items[k].from <= vm->day_last; k++) {
    time__mark(s, i, items[k].from);
    time__mark(s, i, (int64_t)items[k].to + 1);
  }
}

/* Most rows do not change in the period: bitmaps say so, or the first and the last interval, and kernels pass over them. */
static ans_status time__split_timeline(const time_split *s, uint32_t fact, uint32_t reg, ans_error *err) {
  ans_vm *vm = s->vm;
  const uint32_t unit = vm->program->facts[fact].unit;
  const ans_timeline *t = &vm->columns->timelines[fact];
  const vm_reg *ref = reg == ANS_NONE ? NULL : vm__reg(vm, reg);
  vm_settled *rows;
  const size_t words = vm__words(s->parents);
  void *data;
  if (!t->offsets) return ANS_OK;
  ans_status status = vm__settled(vm, fact, &rows, err);
  if (status == ANS_OK) status = vm__scratch(vm, 0, (words + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  const bool by_one = ref && ref->one;
  const uint64_t *settled = rows ? rows->bits : NULL;
  if (settled && ref && !by_one) {
    vm__gather_bits(vm, false, data, ref, vm->base[unit], settled, vm->rows[unit], s->parents);
    settled = data;
  }
  for (size_t w = 0; w < words; w++) {
    const vm_lines lines = {.offsets = t->offsets, .items = t->items, .rows = ref && !by_one ? ref->v4 + w * 64 : NULL, .row0 = (int64_t)(vm->base[unit] + w * 64), .low = vm->base[unit],
                            .count = vm->rows[unit]};
    uint64_t todo = vm__keep(s->parents, w);
    if (ref && ref->top) todo &= ~ref->p[0][by_one ? 0 : w];
    if (settled && !by_one) todo &= ~settled[w];
    if (todo && !by_one) todo = vm->k->lines_change(&lines, todo, vm->day_first, vm->day_last);
    for (; todo; todo &= todo - 1) time__split_row(s, t, unit, reg, w * 64 + (size_t)__builtin_ctzll(todo));
  }
  return ANS_OK;
}

/* Dates inside the period are rare: two comparisons find them. */
static ans_status time__split_date(const time_split *s, const vm_reg *r, ans_error *err) {
  ans_vm *vm = s->vm;
  const size_t words = vm__words(s->parents);
  void *data;
  ans_status status = vm__scratch(vm, 0, 2 * (words + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *inside = data;
  if (r->one) {
    for (size_t i = 0; i < s->parents && !(r->top && r->p[0][0]); i++) time__mark(s, i, r->v4[0]);
    return ANS_OK;
  }
  vm__within(vm, inside, inside + words + 1, r, vm->day_first + 1, vm->day_last, s->parents);
  for (size_t w = 0; w < words; w++)
    for (uint64_t todo = inside[w] & ~(r->top ? r->p[0][w] : 0); todo; todo &= todo - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(todo);
      time__mark(s, i, r->v4[i]);
    }
  return ANS_OK;
}

/* The change points of the row of another unit that parent row i names. */
static void time__join_segments(const time_split *s, const vm_segments *from, uint32_t reg, uint32_t target, size_t i) {
  const size_t words = s->vm->day_words;
  size_t row;
  if (!time__row(s, reg, target, i, &row)) return;
  s->seg->cut[i >> 6] |= UINT64_C(1) << (i & 63);
  for (size_t w = 0; w < words; w++) s->seg->days[i * words + w] |= from->days[row * words + w];
}

static ans_status time__split_segments(const time_split *s, uint32_t unit, uint32_t reg, ans_error *err) {
  ans_vm *vm = s->vm;
  const vm_segments *from = &vm->segments[unit];
  const uint32_t target = vm->program->units[unit].parent;
  const vm_reg *ref = reg == ANS_NONE ? NULL : vm__reg(vm, reg);
  const uint64_t *cut = from->cut;
  void *data;
  ans_status status = vm__scratch(vm, 0, (vm__words(s->parents) + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  if (ref && !ref->one) {
    vm__gather_bits(vm, false, data, ref, vm->base[target], cut, vm->rows[target], s->parents);
    cut = data;
  } else if (ref) {
    cut = memset(data, 0xff, vm__words(s->parents) * sizeof(uint64_t));
  }
  for (size_t w = 0; w < vm__words(s->parents); w++)
    for (uint64_t todo = cut[w] & vm__keep(s->parents, w); todo; todo &= todo - 1) time__join_segments(s, from, reg, target, w * 64 + (size_t)__builtin_ctzll(todo));
  return ANS_OK;
}

static ans_status time__split(const time_split *s, uint32_t kind, uint32_t x, uint32_t y, ans_error *err) {
  if (kind == ANS_SPLIT_TIMELINE) return time__split_timeline(s, x, y, err);
  if (kind == ANS_SPLIT_DATE) return time__split_date(s, vm__reg(s->vm, x), err);
  return time__split_segments(s, x, y, err);
}

/* Parents first … end - 1 do not change: one segment each. */
static void time__whole(const ans_vm *vm, vm_segments *seg, uint32_t parent, size_t first, size_t end, uint32_t *row) {
  vm->k->segments(seg->from + *row, seg->to + *row, seg->parent + *row, seg->first + first, *row, (int32_t)(vm->base[parent] + (uint32_t)first), (int32_t)vm->day_first, (int32_t)vm->day_last, end - first);
  *row += (uint32_t)(end - first);
}

/* Emits the segments of every parent row, ordered by parent and day. */
static ans_status time__emit(ans_vm *vm, vm_segments *seg, uint32_t unit, uint32_t parent, ans_error *err) {
  const size_t parents = vm->rows[parent], words = vm->day_words;
  uint64_t total = parents;
  size_t i;
  for (vm_rows rows = vm__rows(seg->cut, parents); vm__next(&rows, &i);) {
    for (size_t w = 0; w < words; w++) total += (unsigned)__builtin_popcount(seg->days[i * words + w]);
    total--;
  }
  if (total > VM_MAX_ROWS) {
    char limit[24];
    return ans_error_set(err, ANS_LIMIT, "E-EXEC-ROWS", NULL, vm->program->units[unit].name, ans_itoa(limit, VM_MAX_ROWS), NULL);
  }
  if (total > seg->row_cap || !seg->from) {
    void *data = seg->from;
    size_t cap = seg->row_cap * 3;
    ans_status status = vm__grow(vm, &data, &cap, (size_t)(total ? total : 1) * 3, sizeof(int32_t), false, err);
    if (status != ANS_OK) return status;
    seg->row_cap = cap / 3;
    seg->from = data;
    seg->to = seg->from + seg->row_cap;
    seg->parent = seg->to + seg->row_cap;
  }
  uint32_t row = 0;
  size_t done = 0;
  for (vm_rows rows = vm__rows(seg->cut, parents); vm__next(&rows, &i);) {
    time__whole(vm, seg, parent, done, i, &row);
    done = i + 1;
    seg->first[i] = row;
    for (size_t w = 0; w < words; w++)
      for (uint32_t days = seg->days[i * words + w]; days; days &= days - 1, row++) {
        seg->from[row] = (int32_t)(vm->day_first + (int64_t)w * 32 + __builtin_ctz(days));
        if (row > seg->first[i]) seg->to[row - 1] = seg->from[row] - 1;
        seg->parent[row] = (int32_t)(vm->base[parent] + (uint32_t)i);
      }
    seg->to[row - 1] = (int32_t)vm->day_last; /* every row has a segment: its first day starts one */
  }
  time__whole(vm, seg, parent, done, parents, &row);
  seg->first[parents] = row;
  vm->rows[unit] = row;
  return ANS_OK;
}

/* The bits of word w that are days of the period. */
static uint32_t time__days_of_word(const ans_vm *vm, size_t w) {
  const int64_t days = vm->day_last - vm->day_first + 1 - (int64_t)w * 32;
  return days >= 32 ? UINT32_MAX : days <= 0 ? 0 : (UINT32_C(1) << days) - 1;
}

ans_status vm__op_split(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const uint32_t unit = st->in->a, parent = vm->program->units[unit].parent;
  vm_segments *seg = &vm->segments[unit];
  const size_t parents = vm->rows[parent];
  const size_t words = vm->day_words;
  const time_split s = {vm, seg, parents};
  (void)n;
  if (parents + 1 > seg->parent_cap || !seg->days) {
    void *data = seg->days;
    size_t cap = seg->parent_cap * (words + 1);
    ans_status status = vm__grow(vm, &data, &cap, (parents + 1) * (words + 1), sizeof(uint32_t), false, err);
    if (status != ANS_OK) return status;
    seg->parent_cap = cap / (words + 1);
    seg->days = data;
    seg->first = seg->days + seg->parent_cap * words;
  }
  void *cut = seg->cut;
  ans_status status = vm__grow(vm, &cut, &seg->cut_cap, vm__words(parents) + 1, sizeof(uint64_t), false, err);
  seg->cut = cut;
  if (status != ANS_OK) return status;
  const uint32_t *list = vm->program->lists + st->in->b, count = st->in->c;
  bool every = false;
  for (uint32_t k = 0; k + 2 < count; k += 3) every |= list[k] == ANS_SPLIT_EVERY_DAY;
  memset(seg->cut, every ? 0xff : 0, vm__words(parents) * sizeof *seg->cut);
  for (size_t w = 0; w < words; w++) {
    const uint32_t start = every ? time__days_of_word(vm, w) : w == 0;
    if (words == 1) vm->k->fill(seg->days, start, parents);
    else
      for (size_t i = 0; i < parents; i++) seg->days[i * words + w] = start;
  }
  for (uint32_t k = 0; k + 2 < count && status == ANS_OK; k += 3)
    if (list[k] != ANS_SPLIT_EVERY_DAY) status = time__split(&s, list[k], list[k + 1], list[k + 2], err);
  if (status == ANS_OK) status = time__emit(vm, seg, unit, parent, err);
  if (status != ANS_OK) return status;
  d->v4 = seg->parent;
  d->top = 0;
  return ANS_OK;
}

ans_status vm__op_segment(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const vm_segments *seg = &vm->segments[st->in->unit];
  (void)n, (void)err;
  d->v4 = st->in->op == ANS_OP_SEG_FROM ? seg->from : seg->to;
  d->top = 0;
  return ANS_OK;
}

/* Number of the segment of parent row `row` that contains day `on` of the period. */
static int64_t time__segment(const ans_vm *vm, const vm_segments *seg, int64_t row, int64_t on) {
  const uint32_t *days = seg->days + (size_t)row * vm->day_words;
  int64_t v = (int64_t)seg->first[row] - 1;
  for (int64_t w = 0; w < on / 32; w++) v += __builtin_popcount(days[w]);
  return v + __builtin_popcount(days[on / 32] & (uint32_t)((UINT64_C(2) << (on % 32)) - 1));
}

/* Rows with one segment name it whatever the day, as long as that is one of the period; the others are counted through. */
ans_status vm__op_seg_find(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err) {
  const uint32_t unit = st->in->b, parent = vm->program->units[unit].parent;
  const vm_segments *seg = &vm->segments[unit];
  const vm_reg *ref = vm__reg(vm, st->in->a), *day = vm__reg(vm, st->in->c), *operands[2] = {ref, day};
  const int64_t base = vm->base[parent], rows = vm->rows[parent];
  const uint64_t *need = vm__demand(vm, st);
  const bool inside = time__in_period(vm, st->in->c), many = !ref->one;
  void *data;
  ans_status status = vm__scratch(vm, 0, (vm__words(n) + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  uint64_t *cut = data;
  vm__strict(vm, d, operands, 2, n);
  if (many) {
    vm->k->first_of(d->v4, ref->v4, base, seg->first, (uint64_t)rows, n);
    vm__gather_bits(vm, false, cut, ref, base, seg->cut, (uint64_t)rows, n);
  }
  const vm_reg states = *d; /* before rows become errors */
  for (size_t w = 0; w < vm__words(n); w++) {
    uint64_t todo = (need ? need[w] : ~UINT64_C(0)) & vm__keep(n, w) & (many && inside ? cut[w] : ~UINT64_C(0)) & ~(states.top ? states.p[0][w] : 0);
    for (; todo; todo &= todo - 1) {
      const size_t i = w * 64 + (size_t)__builtin_ctzll(todo);
      const int64_t row = vm__value(ref, i) - base, on = vm__value(day, i) - vm->day_first;
      if (row < 0 || row >= rows || on < 0 || on > vm->day_last - vm->day_first) vm__raise(d, n, i, ANS_ERRONEOUS); /* segments cover the days of the period only */
      else d->v4[i] = (int32_t)time__segment(vm, seg, row, on);
    }
  }
  if (!many && need) /* rows that nobody asks for were not written */
    for (size_t i = 0; i < n; i++) d->v4[i] = vm__bit(need, i) ? d->v4[i] : 0;
  vm__clear(vm, d, n);
  return ANS_OK;
}
