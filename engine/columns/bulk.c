/* Columns of a known size, filled by a decoder, and the check that they are what the builder would have made. Why: a decoder writes whole arrays, and
 * what it writes comes from a file; nothing downstream may trust it before every invariant of columns.h was looked at. Pure; memory as in builder.c. */
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/utf8.h"
#include "columns/builder.h"

static size_t bulk__capacity(uint32_t rows) { return ((size_t)rows + 63) / 64 * 64 + (rows ? 0 : 64); }

static bool bulk__fact(ans_columns *c, uint32_t fact) {
  const ans_fact *f = &c->program->facts[fact];
  size_t cap = bulk__capacity(c->units[f->unit].rows);
  if (f->kind == ANS_FACT_TIMELINE) return (c->timelines[fact].offsets = calloc(cap + 1, sizeof(uint32_t))) != NULL;
  ans_column *col = &c->facts[fact];
  if (f->type.tag == ANS_T_BOOL ? !(col->truth = calloc(cap / 64, sizeof *col->truth)) : !columns__values(&col->values, f, (uint32_t)cap)) return false;
  columns__values_end(&col->values, c->units[f->unit].rows, cap); /* the others are the decoder's */
  for (int k = 0; k <= ANS_HUMAN - 1; k++)
    if (!(col->planes[k] = calloc(cap / 64, sizeof *col->planes[k]))) return false;
  return true;
}

ans_status ans_columns_bulk(const ans_program *p, uint32_t components, const uint32_t *rows, uint32_t texts, ans_columns **out, ans_error *err) {
  char limit[24];
  uint64_t cells = (uint64_t)components * p->unit_count + texts;
  *out = NULL;
  for (uint32_t u = 0; u < p->unit_count; u++) cells += rows[u];
  for (uint32_t f = 0; f < p->fact_count; f++) cells += rows[p->facts[f].unit];
  if (cells > ANS_MAX_BULK_CELLS) return ans_error_set(err, ANS_LIMIT, "E-COL-LIMIT", "columns", ans_itoa(limit, ANS_MAX_BULK_CELLS), "cells", NULL);
  ans_columns *c = columns__new(p);
  bool ok = c && c->units && c->facts && c->timelines;
  if (ok) c->components = components;
  for (uint32_t u = 0; ok && u < p->unit_count; u++) {
    c->units[u].rows = rows[u];
    c->units[u].component_first = calloc((size_t)components + 1, sizeof(uint32_t));
    c->units[u].ids = calloc(bulk__capacity(rows[u]), sizeof(char *));
    ok = c->units[u].component_first && c->units[u].ids;
  }
  for (uint32_t f = 0; ok && f < p->fact_count; f++) ok = bulk__fact(c, f);
  if (ok && texts) ok = (c->texts = calloc(texts, sizeof *c->texts)) != NULL;
  if (ok) {
    c->text_count = texts;
    *out = c;
    return ANS_OK;
  }
  if (c) ans_columns_free(c);
  return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "columns", "facts", NULL);
}

ans_status ans_columns_bulk_text(ans_columns *c, uint32_t index, uint32_t fact, const char *text, size_t len, ans_error *err) {
  c->texts[index] = (ans_text){.text = ans_arena_text(c->arena, text, len), .fact = fact};
  return c->texts[index].text ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", "columns", "texts", NULL);
}

ans_status ans_columns_bulk_ids(ans_columns *c, uint32_t unit, const char *bytes, const uint32_t *lengths, ans_error *err) {
  const uint32_t rows = c->units[unit].rows;
  size_t all = rows;
  for (uint32_t r = 0; r < rows; r++) all += lengths[r];
  char *at = ans_arena_alloc(c->arena, all);
  if (!at) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "columns", "names", NULL);
  for (uint32_t r = 0; r < rows; r++) {
    c->units[unit].ids[r] = at;
    memcpy(at, bytes, lengths[r]); /* the arena is zeroed: a NUL follows */
    at += lengths[r] + 1;
    bytes += lengths[r];
  }
  return ANS_OK;
}

void ans_columns_bulk_end(ans_columns *c, uint32_t fact) { columns__drop_planes(&c->facts[fact], c->units[c->program->facts[fact].unit].rows); }

/* --- check -------------------------------------------------------------------------------------------------------------------- */
ans_status ans_columns_damaged(const ans_columns *c, uint32_t fact, const char *what, ans_error *err) {
  return ans_error_set(err, ANS_INPUT, "E-COL-DAMAGED", fact < c->program->fact_count ? c->program->facts[fact].name : "columns", what, NULL);
}

static ans_status check__units(const ans_columns *c, ans_error *err) {
  const ans_program *p = c->program;
  for (uint32_t u = 0; u < p->unit_count; u++) {
    const ans_unit_columns *x = &c->units[u];
    bool base = u && p->units[u].parent == ANS_NONE;
    if (!base && x->rows) return ans_columns_damaged(c, ANS_NONE, "unit", err);
    if (x->component_first[0] != 0 || x->component_first[c->components] != x->rows) return ans_columns_damaged(c, ANS_NONE, "components", err);
    for (uint32_t k = 0; k < c->components; k++)
      if (x->component_first[k] > x->component_first[k + 1]) return ans_columns_damaged(c, ANS_NONE, "components", err);
    for (uint32_t r = 0; r < x->rows; r++)
      if (!x->ids[r] || !*x->ids[r] || !ans_utf8_valid(x->ids[r], strlen(x->ids[r]))) return ans_columns_damaged(c, ANS_NONE, "names", err);
  }
  return ANS_OK;
}

/* Texts are brought into normal form and asked again when they are appended; here: UTF-8 and the fact. */
static ans_status check__texts(const ans_columns *c, ans_error *err) {
  for (uint32_t i = 0; i < c->text_count; i++) {
    const ans_text *t = &c->texts[i];
    bool ok = t->text && t->fact < c->program->fact_count && c->program->facts[t->fact].type.tag == ANS_T_TEXT && ans_utf8_valid(t->text, strlen(t->text)) && ans_utf8_printable(t->text, strlen(t->text)) &&
              strlen(t->text) <= ANS_TEXT_MAX_BYTES;
    if (!ok) return ans_columns_damaged(c, ANS_NONE, "texts", err);
  }
  return ANS_OK;
}

/* Bounds of the values in a component that has the rows first … last - 1 of the unit that references lead to; of a text the number, its fact is asked apart. */
typedef struct check__bounds { int64_t low, high; } check__bounds;

static check__bounds check__bounds_of(const ans_columns *c, uint32_t fact) {
  check__bounds x = {1, 0}; /* nothing, if the type is none */
  if (c->program->facts[fact].type.tag == ANS_T_TEXT) return (check__bounds){0, (int64_t)c->text_count - 1};
  (void)ans_fact_range(c->program, &c->program->facts[fact], &x.low, &x.high);
  return x;
}

static inline bool check__value(const ans_columns *c, uint32_t fact, int64_t v, check__bounds x, bool text) { return v >= x.low && v <= x.high && (!text || c->texts[v].fact == fact); }

static bool check__bits(const ans_column *col, uint32_t rows) {
  for (uint32_t w = 0; w < (rows + 63) / 64; w++) {
    uint32_t left = rows - w * 64;
    uint64_t valid = left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1, p0 = col->planes[0] ? col->planes[0][w] : 0, p1 = col->planes[1] ? col->planes[1][w] : 0, p2 = col->planes[2] ? col->planes[2][w] : 0;
    if ((p0 & ~valid) || (p1 & ~p0) || (p2 & ~p1) || (col->truth && ((col->truth[w] & p0) || (col->truth[w] & ~valid)))) return false;
  }
  return true;
}

/* Whether the n <= 64 values are within the bounds, or zero where `none` says that there is no value. One loop per width, which compilers turn into vector code. */
#define CHECK_WORD(name, value)                                                                   \
  static inline bool name(const value *v, uint32_t n, uint64_t none, value low, value high) {     \
    bool bad = false;                                                                             \
    if (none == 0)                                                                                \
      for (uint32_t i = 0; i < n; i++) bad |= (v[i] < low) | (v[i] > high);                       \
    else                                                                                          \
      for (uint32_t i = 0; i < n; i++) bad |= none >> i & 1 ? v[i] != 0 : (v[i] < low) | (v[i] > high); \
    return !bad;                                                                                  \
  }
CHECK_WORD(check__word4, int32_t)
CHECK_WORD(check__word8, int64_t)

/* Numbers, days and names of enumerations: bounds that are the same in all rows, and zero where there is no value. Most of what a chunk holds. */
static bool check__plain(const ans_columns *c, uint32_t fact, uint32_t rows) {
  const ans_column *col = &c->facts[fact];
  check__bounds x = check__bounds_of(c, fact);
  if (x.low > x.high) x = (check__bounds){1, 0}; /* nothing */
  const bool narrow = col->values.bytes == 4;
  bool ok = !narrow || (x.low >= INT32_MIN && x.high <= INT32_MAX); /* that is why the fact is narrow */
  for (uint32_t first = 0, w = 0; first < rows && ok; first += 64, w++) {
    const uint32_t n = rows - first < 64 ? rows - first : 64;
    const uint64_t none = col->planes[0] ? col->planes[0][w] : 0;
    const void *v = ans_values_at(&col->values, first);
    ok = narrow ? check__word4(v, n, none, (int32_t)x.low, (int32_t)x.high) : check__word8(v, n, none, x.low, x.high);
  }
  return ok;
}

static check__bounds check__rows(const ans_unit_columns *target, uint32_t component) {
  return (check__bounds){target->component_first[component], (int64_t)target->component_first[component + 1] - 1};
}

static ans_status check__scalar(const ans_columns *c, uint32_t fact, ans_error *err) {
  const ans_fact *f = &c->program->facts[fact];
  const ans_column *col = &c->facts[fact];
  const ans_unit_columns *u = &c->units[f->unit], *target = f->type.tag == ANS_T_REF ? &c->units[f->type.ref] : NULL;
  if (!check__bits(col, u->rows)) return ans_columns_damaged(c, fact, "states", err);
  for (uint32_t w = 0; w < (u->rows + 63) / 64 && fact__missing(f) != ANS_UNKNOWN && col->planes[ANS_UNKNOWN - 1]; w++)
    if (col->planes[ANS_UNKNOWN - 1][w] & ~(col->planes[ANS_HUMAN - 1] ? col->planes[ANS_HUMAN - 1][w] : 0)) return ans_columns_damaged(c, fact, "states", err);
  if (col->truth) return ANS_OK;
  if (f->type.tag != ANS_T_REF && f->type.tag != ANS_T_TEXT) return check__plain(c, fact, u->rows) ? ANS_OK : ans_columns_damaged(c, fact, "values", err);
  check__bounds x = check__bounds_of(c, fact);
  for (uint32_t k = 0, r = 0; k < c->components; k++) {
    if (target) x = check__rows(target, k);
    for (; r < u->component_first[k + 1]; r++)
      if (ans_planes_state(col->planes, r) != ANS_VALUE ? ans_values_get(&col->values, r) != 0 : !check__value(c, fact, ans_values_get(&col->values, r), x, !target)) return ans_columns_damaged(c, fact, "values", err);
  }
  return ANS_OK;
}

/* What is the same for all intervals of a fact. */
typedef struct check__fact { const ans_columns *c; uint32_t fact; uint8_t missing; bool text; } check__fact;

static inline bool check__interval(const check__fact *f, const ans_interval *x, check__bounds values) {
  if (!interval__valid(x) || x->state > ANS_HUMAN || x->state == f->missing || (x->state == ANS_UNKNOWN && f->missing == ANS_HUMAN)) return false;
  return x->state != ANS_VALUE ? x->value == 0 : check__value(f->c, f->fact, x->value, values, f->text);
}

/* Neither overlapping nor joined. */
static inline bool check__after(const ans_interval *x, const ans_interval *before) {
  const bool joined = before->to != ANS_OPEN_FUTURE && before->to + 1 == x->from && before->state == x->state && before->value == x->value;
  return before->to < x->from && !joined;
}

static ans_status check__timeline(const ans_columns *c, uint32_t fact, ans_error *err) {
  const ans_fact *f = &c->program->facts[fact];
  const ans_timeline *t = &c->timelines[fact];
  const ans_unit_columns *u = &c->units[f->unit], *target = f->type.tag == ANS_T_REF ? &c->units[f->type.ref] : NULL;
  const check__fact of = {c, fact, fact__missing(f), f->type.tag == ANS_T_TEXT};
  check__bounds values = check__bounds_of(c, fact);
  if (t->offsets[0] != 0 || (t->offsets[u->rows] && !t->items)) return ans_columns_damaged(c, fact, "offsets", err);
  for (uint32_t r = 0; r < u->rows; r++)
    if (t->offsets[r] > t->offsets[r + 1]) return ans_columns_damaged(c, fact, "offsets", err);
  bool ok = true;
  for (uint32_t k = 0, r = 0; k < c->components && ok; k++) {
    if (target) values = check__rows(target, k);
    for (; r < u->component_first[k + 1]; r++)
      for (uint32_t i = t->offsets[r]; i < t->offsets[r + 1]; i++) ok = ok && check__interval(&of, &t->items[i], values) && (i == t->offsets[r] || check__after(&t->items[i], &t->items[i - 1]));
  }
  return ok ? ANS_OK : ans_columns_damaged(c, fact, "intervals", err);
}

ans_status ans_columns_check_rows(const ans_columns *c, ans_error *err) {
  ans_status s = check__units(c, err);
  return s == ANS_OK ? check__texts(c, err) : s;
}

ans_status ans_columns_check_fact(const ans_columns *c, uint32_t fact, ans_error *err) {
  return c->program->facts[fact].kind == ANS_FACT_TIMELINE ? check__timeline(c, fact, err) : check__scalar(c, fact, err);
}

ans_status ans_columns_check(const ans_columns *c, ans_error *err) {
  ans_status s = ans_columns_check_rows(c, err);
  for (uint32_t f = 0; f < c->program->fact_count && s == ANS_OK; f++) s = ans_columns_check_fact(c, f, err);
  return s;
}
