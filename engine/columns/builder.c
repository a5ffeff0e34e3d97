/* Row-wise construction of columns. Arrays are grown in their final form (values, bitmaps), so that finishing copies timelines only.
 *
 * Capacities are multiples of 64 rows: a bitmap word never straddles the end and vector code may read whole words. Values of rows that have
 * none are zero, bits beyond the row count are zero. One thread at a time; the result is immutable and shared freely. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/error.h"
#include "columns/builder.h"
#include "num/period.h"

ans_status builder__memory(ans_columns_builder *b, ans_error *err) {
  b->broken = true;
  return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "columns", "facts", NULL);
}

/* Where of a message: "Person.Geburtsdatum A". */
static const char *builder__where(const ans_columns_builder *b, uint32_t fact, uint32_t row, char out[256]) {
  const ans_fact *f = &b->p->facts[fact];
  const ans_unit_columns *u = &b->c->units[f->unit];
  const char *id = row < u->rows && u->ids && u->ids[row] ? u->ids[row] : "";
  snprintf(out, 256, "%.100s.%.100s %.50s", b->p->units[f->unit].name, f->name, id);
  return out;
}

static void builder__free_column(ans_column *x) {
  free(x->values.data);
  free(x->truth);
  for (int k = 0; k < ANS_PLANES; k++) free(x->planes[k]);
}

void ans_columns_free(ans_columns *c) {
  if (!c) return;
  const ans_program *p = c->program;
  for (uint32_t i = 0; c->units && i < p->unit_count; i++) {
    free(c->units[i].component_first);
    free(c->units[i].ids);
  }
  for (uint32_t i = 0; c->facts && i < p->fact_count; i++) builder__free_column(&c->facts[i]);
  for (uint32_t i = 0; c->timelines && i < p->fact_count; i++) {
    free(c->timelines[i].offsets);
    free(c->timelines[i].items);
    free(c->timelines[i].since);
    free(c->timelines[i].neck_since);
    builder__free_column(&c->timelines[i].tail);
    builder__free_column(&c->timelines[i].neck);
  }
  free(c->overrides);
  free(c->texts);
  ans_arena *a = c->arena; /* c itself lives in it */
  ans_arena_free(a);
}

void ans_columns_builder_free(ans_columns_builder *b) {
  if (!b) return;
  for (uint32_t i = 0; b->pools && i < b->p->fact_count; i++) {
    free(b->pools[i].items);
    free(b->pools[i].start);
    free(b->pools[i].number);
  }
  columns__texts_free(&b->texts, b->p);
  free(b->pools);
  free(b->cap);
  free(b->facts_of);
  free(b->facts);
  ans_columns_free(b->c);
  free(b);
}

ans_columns *columns__new(const ans_program *p) {
  ans_arena *a = ans_arena_new((size_t)1 << 40);
  ans_columns *c = a ? ans_arena_alloc(a, sizeof *c) : NULL;
  if (!c) {
    ans_arena_free(a);
    return NULL;
  }
  c->arena = a;
  c->program = p;
  c->first_day = ans_period_first(p->period_kind, p->first_period);
  c->units = ans_arena_array(a, p->unit_count, sizeof *c->units);
  c->facts = ans_arena_array(a, p->fact_count, sizeof *c->facts);
  c->timelines = ans_arena_array(a, p->fact_count, sizeof *c->timelines);
  return c;
}

bool pool__reserve(pool *q, uint32_t n) {
  uint32_t cap = q->cap ? q->cap : 64;
  while (cap < n) cap = cap > UINT32_MAX / 2 ? UINT32_MAX : cap * 2;
  if (n <= q->cap) return true;
  ans_interval *grown = realloc(q->items, cap * sizeof *grown); /* nobody reads what was not written */
  if (!grown) return false;
  q->items = grown;
  q->cap = cap;
  return true;
}

/* Facts sorted by unit (counting sort), so that a new row touches only its unit's facts. */
static bool builder__index_facts(ans_columns_builder *b) {
  const ans_program *p = b->p;
  b->facts_of = calloc((size_t)p->unit_count + 2, sizeof *b->facts_of);
  b->facts = calloc((size_t)p->fact_count + 1, sizeof *b->facts);
  if (!b->facts_of || !b->facts) return false;
  for (uint32_t i = 0; i < p->fact_count; i++) b->facts_of[p->facts[i].unit + 2]++;
  for (uint32_t u = 2; u <= p->unit_count; u++) b->facts_of[u] += b->facts_of[u - 1];
  for (uint32_t i = 0; i < p->fact_count; i++) b->facts[b->facts_of[p->facts[i].unit + 1]++] = i;
  return true;
}

ans_columns_builder *ans_columns_builder_new(const ans_program *p) { return ans_columns_builder_roomy(p, NULL); }

ans_columns_builder *ans_columns_builder_roomy(const ans_program *p, const ans_columns_room *room) {
  ans_columns_builder *b = calloc(1, sizeof *b);
  if (!b) return NULL;
  b->p = p;
  b->c = columns__new(p);
  b->cap = calloc(p->unit_count, sizeof *b->cap);
  b->pools = calloc((size_t)p->fact_count + 1, sizeof *b->pools);
  bool ok = b->c && b->c->units && b->c->facts && b->c->timelines && b->cap && b->pools && builder__index_facts(b);
  for (uint32_t u = 1; ok && u < p->unit_count; u++)
    if (p->units[u].parent == ANS_NONE) ok = builder__grow_unit(b, u, room ? room->rows[u] : 0); /* no NULL arrays even without rows */
  for (uint32_t f = 0; room && ok && f < p->fact_count; f++) ok = pool__reserve(&b->pools[f], room->intervals[f]);
  if (ok) return b;
  ans_columns_builder_free(b);
  return NULL;
}

void *builder__resize(void *array, uint32_t old, uint32_t count, size_t size) {
  char *p = realloc(array, (size_t)count * size);
  if (p) memset(p + (size_t)old * size, 0, (size_t)(count - old) * size);
  return p;
}
static bool builder__grow_fact(ans_columns_builder *b, uint32_t fact, uint32_t old, uint32_t cap) {
  void *grown;
  const ans_fact *f = &b->p->facts[fact];
  if (f->kind == ANS_FACT_TIMELINE) return RESIZE(b->pools[fact].start, old, cap) && RESIZE(b->pools[fact].number, old, cap);
  ans_column *col = &b->c->facts[fact];
  if (f->type.tag == ANS_T_BOOL ? !RESIZE(col->truth, old / 64, cap / 64) : !columns__values(&col->values, f, cap)) return false; /* whoever adds a row writes its value */
  for (int k = 0; k <= ANS_HUMAN - 1; k++)
    if (!RESIZE(col->planes[k], old / 64, cap / 64)) return false;
  return true;
}

bool builder__grow_unit(ans_columns_builder *b, uint32_t unit, uint32_t rows) {
  void *grown;
  uint32_t old = b->cap[unit], cap = old ? old * 2 : 64;
  while (cap < rows) cap *= 2;
  if (!RESIZE(b->c->units[unit].ids, old, cap)) return false;
  for (uint32_t i = b->facts_of[unit]; i < b->facts_of[unit + 1]; i++)
    if (!builder__grow_fact(b, b->facts[i], old, cap)) return false;
  b->cap[unit] = cap;
  return true;
}

ans_status builder__refuse(ans_columns_builder *b, ans_error *err, const char *why) {
  b->broken = true;
  return ans_error_set(err, ANS_INTERNAL, "E-COL-ORDER", "columns", why, NULL);
}

/* Room for the boundaries of one more component, which begins at the present rows. */
ans_status builder__boundary(ans_columns_builder *b, ans_error *err) {
  uint32_t n = b->c->components;
  if (n == UINT32_MAX - 2) return ans_error_set(err, ANS_LIMIT, "E-COL-LIMIT", "columns", "4294967293", "components", NULL);
  if (n + 2 > b->component_cap) {
    uint32_t cap = b->component_cap ? b->component_cap * 2 : 16;
    if (cap < n + 2) cap = UINT32_MAX;
    void *grown;
    for (uint32_t u = 0; u < b->p->unit_count; u++)
      if (!RESIZE(b->c->units[u].component_first, b->component_cap, cap)) return builder__memory(b, err);
    b->component_cap = cap;
  }
  for (uint32_t u = 0; u < b->p->unit_count; u++) b->c->units[u].component_first[n] = b->c->units[u].rows;
  return ANS_OK;
}

ans_status ans_columns_begin_component(ans_columns_builder *b, ans_error *err) {
  if (b->open || b->broken) return builder__refuse(b, err, b->open ? "component already open" : "builder failed before");
  ans_status s = builder__boundary(b, err);
  b->open = s == ANS_OK;
  return s;
}

static void bit__put(uint64_t *words, uint32_t row, bool on) {
  uint64_t m = UINT64_C(1) << (row & 63);
  words[row >> 6] = on ? words[row >> 6] | m : words[row >> 6] & ~m;
}

/* False: no value of a column of this fact. */
static bool builder__put(ans_columns_builder *b, uint32_t fact, uint32_t row, ans_scalar v) {
  ans_column *col = &b->c->facts[fact];
  if (col->truth) bit__put(col->truth, row, v.v != 0);
  else if (!ans_values_set(&col->values, row, v.v)) return false;
  for (int k = 0; k <= ANS_HUMAN - 1; k++) bit__put(col->planes[k], row, v.state >= k + 1);
  return true;
}

ans_status ans_columns_add_row(ans_columns_builder *b, uint32_t unit, const char *id, uint32_t *row, ans_error *err) {
  char n[24];
  if (!b->open || b->broken) return builder__refuse(b, err, "no open component");
  if (unit == 0 || unit >= b->p->unit_count || b->p->units[unit].parent != ANS_NONE)
    return ans_error_set(err, ANS_INPUT, "E-COL-INDEX", "columns", "unit", ans_itoa(n, unit), NULL);
  ans_unit_columns *u = &b->c->units[unit];
  if (u->rows == ANS_MAX_ROWS)
    return ans_error_set(err, ANS_LIMIT, "E-COL-LIMIT", b->p->units[unit].name, ans_itoa(n, ANS_MAX_ROWS), b->p->units[unit].name, NULL);
  if (u->rows == b->cap[unit] && !builder__grow_unit(b, unit, u->rows + 1)) return builder__memory(b, err);
  if (id && !(u->ids[u->rows] = ans_arena_text(b->c->arena, id, strlen(id)))) return builder__memory(b, err);
  for (uint32_t i = b->facts_of[unit]; i < b->facts_of[unit + 1]; i++) {
    const ans_fact *f = &b->p->facts[b->facts[i]];
    if (f->kind == ANS_FACT_SCALAR) (void)builder__put(b, b->facts[i], u->rows, (ans_scalar){0, fact__missing(f)}); /* 0 always fits */
  }
  *row = u->rows++;
  return ANS_OK;
}

static ans_status builder__check_row(ans_columns_builder *b, uint32_t unit, uint32_t row, ans_error *err) {
  char n[24];
  if (!b->open || b->broken) return builder__refuse(b, err, "no open component");
  const ans_unit_columns *u = &b->c->units[unit];
  if (row < u->rows && row >= u->component_first[b->c->components]) return ANS_OK;
  return ans_error_set(err, ANS_INPUT, "E-COL-INDEX", b->p->units[unit].name, "row", ans_itoa(n, row), NULL);
}

static ans_status builder__no_value(const ans_program *p, ans_type t, const char *where, int64_t v, ans_error *err) {
  char n[24], text[ANS_TYPE_TEXT];
  return ans_error_set(err, ANS_INPUT, "E-COL-VALUE", where, ans_itoa(n, v), ans_type_format(p, t, text), NULL);
}

/* Checks and normalises one cell: value 0 unless a value; UNKNOWN of a human fact is HUMAN. */
static ans_status builder__check_value(const ans_columns *c, ans_type t, uint8_t missing, const char *where, ans_scalar *v, ans_error *err) {
  const ans_program *p = c->program;
  char n[24];
  if (v->state > ANS_HUMAN) return ans_error_set(err, ANS_INPUT, "E-COL-STATE", where, ans_itoa(n, v->state), NULL);
  if (v->state != ANS_VALUE) {
    v->v = 0;
    if (v->state == ANS_UNKNOWN) v->state = missing;
    return ANS_OK;
  }
  bool known = t.tag != ANS_T_TEXT || (v->v >= 0 && v->v < c->text_count && c->texts[v->v].fact == t.ref);
  if (known && ans_type_holds(p, t, v->v)) return ANS_OK;
  return builder__no_value(p, t, where, v->v, err);
}

ans_status ans_columns_admit(const ans_fact *f, ans_scalar v, const char *where, ans_error *err) {
  char value[ANS_NUMBER_TEXT], bounds[ANS_BOUNDS_TEXT];
  if (v.state != ANS_VALUE || ans_fact_admits(f, v.v)) return ANS_OK;
  return ans_error_set(err, ANS_INPUT, "E-COL-BOUNDS", where, ans_number_format(f->type, v.v, false, value), ans_fact_bounds_format(f, false, bounds), NULL);
}

static ans_status builder__check_fact(ans_columns_builder *b, uint32_t fact, uint32_t row, ans_fact_kind kind, ans_error *err) {
  char n[24];
  if (fact >= b->p->fact_count || b->p->facts[fact].kind != (uint8_t)kind)
    return ans_error_set(err, ANS_INPUT, "E-COL-INDEX", "columns", kind == ANS_FACT_SCALAR ? "scalar fact" : "timeline fact", ans_itoa(n, fact), NULL);
  return builder__check_row(b, b->p->facts[fact].unit, row, err);
}

ans_status ans_columns_text(ans_columns_builder *b, uint32_t fact, const char *text, size_t len, const char *where, int64_t *value, ans_error *err) {
  char own[256], n[24];
  if (!b->open || b->broken) return builder__refuse(b, err, "no open component");
  if (fact >= b->p->fact_count || b->p->facts[fact].type.tag != ANS_T_TEXT) return ans_error_set(err, ANS_INPUT, "E-COL-INDEX", "columns", "text fact", ans_itoa(n, fact), NULL);
  snprintf(own, sizeof own, "%.100s.%.100s", b->p->units[b->p->facts[fact].unit].name, b->p->facts[fact].name);
  return columns__text(&b->texts, b->c, fact, text, len, where ? where : own, value, err);
}

ans_status ans_columns_set(ans_columns_builder *b, uint32_t fact, uint32_t row, ans_scalar value, ans_error *err) {
  char where[256];
  ans_status s = builder__check_fact(b, fact, row, ANS_FACT_SCALAR, err);
  if (s != ANS_OK) return s;
  const ans_fact *f = &b->p->facts[fact];
  s = builder__check_value(b->c, f->type, fact__missing(f), builder__where(b, fact, row, where), &value, err);
  if (s == ANS_OK) s = ans_columns_admit(f, value, where, err);
  if (s == ANS_OK && !builder__put(b, fact, row, value)) s = builder__no_value(b->p, f->type, where, value.v, err);
  return s;
}

static bool pool__push(pool *q, const ans_interval *x, uint32_t first) {
  ans_interval *last = q->count > first ? &q->items[q->count - 1] : NULL;
  if (last && last->state == x->state && last->value == x->value && last->to + 1 == x->from) {
    last->to = x->to;
    return true;
  }
  if (q->count == UINT32_MAX || !pool__reserve(q, q->count + 1)) return false;
  q->items[q->count++] = *x;
  return true;
}

ans_status ans_columns_set_timeline(ans_columns_builder *b, uint32_t fact, uint32_t row, const ans_interval *items, uint32_t n, ans_error *err) {
  char where[256], x[24], y[24];
  ans_status s = builder__check_fact(b, fact, row, ANS_FACT_TIMELINE, err);
  if (s != ANS_OK) return s;
  const ans_fact *f = &b->p->facts[fact];
  builder__where(b, fact, row, where);
  pool *q = &b->pools[fact];
  uint32_t first = q->count;
  for (uint32_t i = 0; i < n; i++) {
    ans_interval in = items[i];
    if (!interval__valid(&in)) return ans_error_set(err, ANS_INPUT, "E-COL-INTERVAL", where, ans_itoa(x, i + 1), NULL);
    if (i && in.from <= items[i - 1].to) return ans_error_set(err, ANS_INPUT, "E-COL-OVERLAP", where, ans_itoa(x, i), ans_itoa(y, i + 1), NULL);
    ans_scalar v = {in.value, in.state};
    s = builder__check_value(b->c, f->type, fact__missing(f), where, &v, err);
    if (s == ANS_OK) s = ans_columns_admit(f, v, where, err);
    if (s != ANS_OK) return s;
    in.value = v.v;
    in.state = v.state;
    if (in.state != fact__missing(f) && !pool__push(q, &in, first)) return builder__memory(b, err);
  }
  q->start[row] = first;
  q->number[row] = q->count - first;
  return ANS_OK;
}

ans_status ans_columns_set_override(ans_columns_builder *b, uint32_t result, uint32_t row, ans_scalar value, ans_error *err) {
  char n[24];
  const ans_program *p = b->p;
  if (result >= p->result_count || p->units[p->results[result].unit].parent != ANS_NONE)
    return ans_error_set(err, ANS_INPUT, "E-COL-INDEX", "columns", "result", ans_itoa(n, result), NULL);
  ans_status s = builder__check_row(b, p->results[result].unit, row, err);
  if (s != ANS_OK) return s;
  s = builder__check_value(b->c, p->results[result].type, ANS_UNKNOWN, p->results[result].name, &value, err);
  if (s != ANS_OK) return s;
  ans_columns *c = b->c;
  if (c->override_count == b->override_cap) {
    uint32_t cap = b->override_cap ? b->override_cap * 2 : 16;
    void *grown;
    if (cap < b->override_cap || !RESIZE(c->overrides, b->override_cap, cap)) return builder__memory(b, err);
    b->override_cap = cap;
  }
  c->overrides[c->override_count++] = (ans_override){result, row, value};
  return ANS_OK;
}

static bool builder__inside(const ans_columns *c, uint32_t unit, int64_t row) {
  const ans_unit_columns *u = &c->units[unit];
  return row >= u->component_first[c->components] && row < u->rows;
}

static ans_status builder__check_refs(ans_columns_builder *b, uint32_t fact, ans_error *err) {
  const ans_fact *f = &b->p->facts[fact];
  const ans_columns *c = b->c;
  const ans_unit_columns *u = &c->units[f->unit];
  char where[256];
  for (uint32_t r = u->component_first[c->components]; r < u->rows; r++) {
    bool ok = true;
    if (f->kind == ANS_FACT_SCALAR) {
      ok = ans_planes_state(c->facts[fact].planes, r) != ANS_VALUE || builder__inside(c, f->type.ref, ans_values_get(&c->facts[fact].values, r));
    } else {
      const pool *q = &b->pools[fact];
      for (uint32_t i = q->start[r]; ok && i < q->start[r] + q->number[r]; i++)
        ok = q->items[i].state != ANS_VALUE || builder__inside(c, f->type.ref, q->items[i].value);
    }
    if (!ok) return ans_error_set(err, ANS_INPUT, "E-COL-REF-OUTSIDE", builder__where(b, fact, r, where), b->p->units[f->type.ref].name, NULL);
  }
  return ANS_OK;
}

ans_status ans_columns_end_component(ans_columns_builder *b, ans_error *err) {
  if (!b->open || b->broken) return builder__refuse(b, err, "no open component");
  for (uint32_t i = 0; i < b->p->fact_count; i++) {
    if (b->p->facts[i].type.tag != ANS_T_REF) continue;
    ans_status s = builder__check_refs(b, i, err);
    if (s != ANS_OK) return s;
  }
  for (uint32_t i = b->c->override_count; i-- > 0;) { /* those of this component are the last ones */
    const ans_override *o = &b->c->overrides[i];
    const ans_result *r = &b->p->results[o->result];
    if (!builder__inside(b->c, r->unit, o->row)) break;
    if (r->type.tag == ANS_T_REF && o->value.state == ANS_VALUE && !builder__inside(b->c, r->type.ref, o->value.v))
      return ans_error_set(err, ANS_INPUT, "E-COL-REF-OUTSIDE", r->name, b->p->units[r->type.ref].name, NULL);
  }
  b->c->components++;
  b->open = false;
  return ANS_OK;
}

/* Intervals set row after row, each once, lie as they must: the array is taken over. */
static bool builder__in_order(const pool *q, const uint32_t *offsets, uint32_t rows) {
  bool ok = q->items && q->count == offsets[rows];
  for (uint32_t r = 0; r < rows && ok; r++) ok = !q->number[r] || q->start[r] == offsets[r];
  return ok;
}

static ans_status builder__finish_timeline(ans_columns_builder *b, uint32_t fact, ans_error *err) {
  pool *q = &b->pools[fact];
  uint32_t rows = b->c->units[b->p->facts[fact].unit].rows;
  ans_timeline *t = &b->c->timelines[fact];
  t->offsets = malloc(((size_t)rows + 1) * sizeof *t->offsets);
  if (!t->offsets) return builder__memory(b, err);
  t->offsets[0] = 0;
  for (uint32_t r = 0; r < rows; r++) t->offsets[r + 1] = t->offsets[r] + q->number[r];
  if (builder__in_order(q, t->offsets, rows)) {
    t->items = q->items;
    *q = (pool){.start = q->start, .number = q->number};
  } else {
    t->items = calloc((size_t)t->offsets[rows] + 1, sizeof *t->items);
    if (!t->items) return builder__memory(b, err);
    for (uint32_t r = 0; r < rows; r++)
      if (q->number[r]) memcpy(t->items + t->offsets[r], q->items + q->start[r], q->number[r] * sizeof *t->items);
  }
  return columns__tails(b->c, fact, err);
}

/* The values of all rows were written; what vector code reads beyond them is zero. */
static void builder__finish_values(ans_column *col, uint32_t rows) {
  const uint32_t last = rows ? (rows + 63) / 64 * 64 : 64;
  columns__values_end(&col->values, rows, last);
}

/* A plane without a bit is dropped: the evaluators then know that the state does not occur. */
void columns__drop_planes(ans_column *col, uint32_t rows) {
  for (int k = 0; k < ANS_PLANES; k++) {
    uint64_t any = 0;
    for (uint32_t w = 0; col->planes[k] && w < (rows + 63) / 64; w++) any |= col->planes[k][w];
    if (any) continue;
    free(col->planes[k]);
    col->planes[k] = NULL;
  }
}

static int override__order(const void *x, const void *y) {
  const ans_override *a = x, *b = y;
  if (a->result != b->result) return a->result < b->result ? -1 : 1;
  return a->row < b->row ? -1 : a->row > b->row;
}

ans_status ans_columns_finish(ans_columns_builder *b, ans_columns **out, ans_error *err) {
  *out = NULL;
  if (b->open || b->broken) return builder__refuse(b, err, b->open ? "component still open" : "builder failed before");
  ans_columns *c = b->c;
  void *grown;
  for (uint32_t u = 0; u < b->p->unit_count; u++) {
    if (!c->units[u].component_first && !RESIZE(c->units[u].component_first, 0, 1)) return builder__memory(b, err);
    c->units[u].component_first[c->components] = c->units[u].rows;
  }
  for (uint32_t i = 0; i < b->p->fact_count; i++) {
    const uint32_t unit = b->p->facts[i].unit;
    if (b->p->facts[i].kind == ANS_FACT_SCALAR) {
      columns__drop_planes(&c->facts[i], c->units[unit].rows);
      builder__finish_values(&c->facts[i], c->units[unit].rows);
    } else {
      ans_status s = builder__finish_timeline(b, i, err);
      if (s != ANS_OK) return s;
    }
  }
  if (c->override_count) qsort(c->overrides, c->override_count, sizeof *c->overrides, override__order);
  for (uint32_t i = 1; i < c->override_count; i++)
    if (override__order(&c->overrides[i - 1], &c->overrides[i]) == 0)
      return ans_error_set(err, ANS_INPUT, "E-COL-OVERRIDE-TWICE", "overrides", b->p->results[c->overrides[i].result].name, NULL);
  *out = c;
  b->c = NULL;
  b->broken = true;
  return ANS_OK;
}
