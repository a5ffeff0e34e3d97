/* Copying whole ranges of components from finished columns into a builder. Why: facts kept as column chunks are wanted again in another grouping, and
 * cell by cell that costs as much as reading them from rows. Bitmaps are moved 64 rows at a time, values by memcpy; only references and texts are
 * touched one by one. The result cannot be told from rows added and set one after the other. One thread per builder. */
#include <string.h>
#include "base/arena.h"
#include "base/error.h"
#include "columns/builder.h"

/* n <= 64 bits from bit `at`; never reads a word that holds none of them. */
static uint64_t bits__read(const uint64_t *words, uint32_t at, uint32_t n) {
  uint32_t shift = at & 63;
  uint64_t w = words[at >> 6] >> shift;
  if (shift && n > 64 - shift) w |= words[(at >> 6) + 1] << (64 - shift);
  return n == 64 ? w : w & ((UINT64_C(1) << n) - 1);
}

/* The target bits are zero. */
static void bits__copy(uint64_t *to, uint32_t at, const uint64_t *from, uint32_t first, uint32_t n) {
  for (uint32_t i = 0; i < n; i += 64) {
    uint32_t part = n - i < 64 ? n - i : 64, to_bit = at + i, shift = to_bit & 63;
    uint64_t w = bits__read(from, first + i, part);
    to[to_bit >> 6] |= w << shift;
    if (shift && part > 64 - shift) to[(to_bit >> 6) + 1] |= w >> (64 - shift);
  }
}

typedef struct range { const ans_columns *from; uint32_t first_row, rows, to_row; } range; /* of one unit */

static range append__range(const ans_columns_builder *b, const ans_columns *from, uint32_t unit, uint32_t first, uint32_t last) {
  const ans_unit_columns *u = &from->units[unit];
  uint32_t row = u->component_first[first];
  return (range){from, row, u->component_first[last] - row, b->c->units[unit].rows};
}

/* How far references into the unit move. */
static int64_t append__shift(const ans_columns_builder *b, const ans_columns *from, uint32_t unit, uint32_t first) {
  return (int64_t)b->c->units[unit].rows - (int64_t)from->units[unit].component_first[first];
}

static ans_status append__text(ans_columns_builder *b, const ans_columns *from, uint32_t fact, int64_t *value, ans_error *err) {
  const char *text = from->texts[*value].text;
  return columns__text(&b->texts, b->c, fact, text, strlen(text), b->p->facts[fact].name, value, err);
}

static ans_status append__scalar(ans_columns_builder *b, const range *r, uint32_t fact, int64_t shift, ans_error *err) {
  const ans_column *src = &r->from->facts[fact];
  ans_column *to = &b->c->facts[fact];
  const uint8_t tag = b->p->facts[fact].type.tag;
  for (int k = 0; k <= ANS_HUMAN - 1; k++)
    if (src->planes[k]) bits__copy(to->planes[k], r->to_row, src->planes[k], r->first_row, r->rows);
  if (to->truth) {
    bits__copy(to->truth, r->to_row, src->truth, r->first_row, r->rows);
    return ANS_OK;
  }
  memcpy(ans_values_at(&to->values, r->to_row), ans_values_at(&src->values, r->first_row), (size_t)r->rows * to->values.bytes);
  if (tag != ANS_T_REF && tag != ANS_T_TEXT) return ANS_OK;
  for (uint32_t i = 0; i < r->rows; i++) {
    if (ans_planes_state(src->planes, r->first_row + i) != ANS_VALUE) continue;
    int64_t v = ans_values_get(&src->values, r->first_row + i);
    ans_status s = ANS_OK;
    if (tag == ANS_T_REF) v += shift;
    else s = append__text(b, r->from, fact, &v, err);
    if (s == ANS_OK && !ans_values_set(&to->values, r->to_row + i, v)) s = ans_columns_damaged(r->from, fact, "values", err);
    if (s != ANS_OK) return s;
  }
  return ANS_OK;
}

static ans_status append__timeline(ans_columns_builder *b, const range *r, uint32_t fact, int64_t shift, ans_error *err) {
  const ans_timeline *t = &r->from->timelines[fact];
  const uint8_t tag = b->p->facts[fact].type.tag;
  pool *q = &b->pools[fact];
  uint32_t begin = t->offsets[r->first_row], n = t->offsets[r->first_row + r->rows] - begin;
  if (n == 0) return ANS_OK; /* new rows have none */
  if (n > UINT32_MAX / 2 - q->count || !pool__reserve(q, q->count + n)) return builder__memory(b, err);
  ans_interval *items = q->items + q->count;
  memcpy(items, t->items + begin, n * sizeof *items);
  const uint32_t *offsets = t->offsets + r->first_row, shifted = q->count - begin; /* modulo 2³² */
  uint32_t *start = q->start + r->to_row, *number = q->number + r->to_row;
  for (uint32_t i = 0; i < r->rows; i++) {
    start[i] = shifted + offsets[i];
    number[i] = offsets[i + 1] - offsets[i];
  }
  q->count += n;
  for (uint32_t i = 0; (tag == ANS_T_REF || tag == ANS_T_TEXT) && i < n; i++) {
    if (items[i].state != ANS_VALUE) continue;
    ans_status s = ANS_OK;
    if (tag == ANS_T_REF) items[i].value += shift;
    else s = append__text(b, r->from, fact, &items[i].value, err);
    if (s != ANS_OK) return s;
  }
  return ANS_OK;
}

/* Room for the rows of the unit, and their names. */
static ans_status append__rows(ans_columns_builder *b, const range *r, uint32_t unit, ans_error *err) {
  ans_unit_columns *u = &b->c->units[unit];
  char n[24];
  if (r->rows > ANS_MAX_ROWS - u->rows) return ans_error_set(err, ANS_LIMIT, "E-COL-LIMIT", b->p->units[unit].name, ans_itoa(n, ANS_MAX_ROWS), b->p->units[unit].name, NULL);
  if (b->cap[unit] < u->rows + r->rows && !builder__grow_unit(b, unit, u->rows + r->rows)) return builder__memory(b, err);
  char **ids = r->from->units[unit].ids, **to = u->ids + u->rows;
  size_t bytes = 0;
  for (uint32_t i = 0; ids && i < r->rows; i++) bytes += ids[r->first_row + i] ? strlen(ids[r->first_row + i]) + 1 : 0;
  char *at = bytes ? ans_arena_alloc(b->c->arena, bytes) : NULL; /* one piece for all of them */
  if (bytes && !at) return builder__memory(b, err);
  for (uint32_t i = 0; ids && i < r->rows; i++) {
    if (!ids[r->first_row + i]) continue;
    to[i] = at;
    at = stpcpy(at, ids[r->first_row + i]) + 1;
  }
  return ANS_OK;
}

/* The boundaries of every component; rows of all units move to the end of the range. */
static ans_status append__boundaries(ans_columns_builder *b, const ans_columns *from, uint32_t first, uint32_t last, ans_error *err) {
  for (uint32_t k = first; k < last; k++) {
    ans_status s = builder__boundary(b, err);
    if (s != ANS_OK) return s;
    for (uint32_t u = 0; u < b->p->unit_count; u++) b->c->units[u].rows += from->units[u].component_first[k + 1] - from->units[u].component_first[k];
    b->c->components++;
  }
  return ANS_OK;
}

ans_status ans_columns_append(ans_columns_builder *b, const ans_columns *from, uint32_t first, uint32_t last, ans_error *err) {
  const ans_program *p = b->p;
  if (b->open || b->broken || from->program != p || from->override_count || first > last || last > from->components) return builder__refuse(b, err, "append");
  ans_status s = ANS_OK;
  for (uint32_t u = 1; u < p->unit_count && s == ANS_OK; u++) {
    const range r = append__range(b, from, u, first, last);
    if (r.rows) s = append__rows(b, &r, u, err);
  }
  for (uint32_t f = 0; f < p->fact_count && s == ANS_OK; f++) {
    const ans_fact *fact = &p->facts[f];
    const range r = append__range(b, from, fact->unit, first, last);
    const int64_t shift = fact->type.tag == ANS_T_REF ? append__shift(b, from, fact->type.ref, first) : 0;
    if (r.rows == 0) continue;
    s = fact->kind == ANS_FACT_TIMELINE ? append__timeline(b, &r, f, shift, err) : append__scalar(b, &r, f, shift, err);
  }
  if (s == ANS_OK) s = append__boundaries(b, from, first, last, err);
  if (s != ANS_OK) b->broken = true; /* some facts have the rows, others not */
  return s;
}
