/* The builder's state, shared by row-wise (builder.c) and bulk construction (append.c). Private to engine/columns. */
#ifndef ANS_COLUMNS_BUILDER_H
#define ANS_COLUMNS_BUILDER_H
#include <stdlib.h>
#include <string.h>
#include "columns/columns.h"
#include "columns/texts.h"

typedef struct pool { /* timeline intervals of one fact in order of setting */
  ans_interval *items;
  uint32_t count, cap;
  uint32_t *start, *number; /* per row */
} pool;

struct ans_columns_builder {
  const ans_program *p;
  ans_columns *c;
  uint32_t *cap;              /* row capacity per unit */
  uint32_t *facts_of, *facts; /* unit u owns facts[facts_of[u] … facts_of[u+1]) */
  pool *pools;                /* per fact; used for timelines */
  uint32_t component_cap, override_cap;
  columns__texts texts;
  bool open, broken;
};

/* The state of a cell that nobody says anything about. */
static inline uint8_t fact__missing(const ans_fact *f) { return f->nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN; }
static inline bool interval__valid(const ans_interval *x) {
  if (x->from != ANS_OPEN_PAST && (x->from < ANS_DAY_MIN || x->from > ANS_DAY_MAX)) return false;
  if (x->to != ANS_OPEN_FUTURE && (x->to < ANS_DAY_MIN || x->to > ANS_DAY_MAX)) return false;
  return x->from <= x->to;
}
/* Columns with an arena and empty tables; NULL on memory exhaustion. */
ans_columns *columns__new(const ans_program *p);
ans_status builder__memory(ans_columns_builder *b, ans_error *err);
ans_status builder__refuse(ans_columns_builder *b, ans_error *err, const char *why);
ans_status builder__boundary(ans_columns_builder *b, ans_error *err);
bool builder__grow_unit(ans_columns_builder *b, uint32_t unit, uint32_t rows); /* at least doubles the room, to at least `rows` */
bool pool__reserve(pool *q, uint32_t n);                                       /* room for n intervals in all */
/* The values of new rows are not set. False: memory. */
static inline bool columns__values(ans_values *v, const ans_fact *f, uint32_t cap) {
  void *grown = realloc(v->data, (size_t)cap * ans_fact_bytes(f));
  if (grown) *v = (ans_values){grown, (uint8_t)ans_fact_bytes(f)};
  return grown != NULL;
}
/* What vector code reads beyond the last of `rows` is zero; there is room for `cap`. */
static inline void columns__values_end(const ans_values *v, uint32_t rows, size_t cap) {
  if (v->data) memset(ans_values_at(v, rows), 0, (cap - rows) * v->bytes);
}
void columns__drop_planes(ans_column *col, uint32_t rows); /* those without a bit */
/* Tails and necks of a timeline whose intervals are there. ANS_MEMORY; E-COL-DAMAGED for an interval whose value does not fit the fact. tails.c */
ans_status columns__tails(ans_columns *c, uint32_t fact, ans_error *err) ANS_MUST_CHECK;
/* Reallocates to count entries and zeroes those from old on; NULL on failure (the old array is still there). */
void *builder__resize(void *array, uint32_t old, uint32_t count, size_t size);
/* Needs a local `void *grown`. */
#define RESIZE(array, old, count) ((grown = builder__resize(array, old, count, sizeof *(array))) != NULL && ((array) = grown, true))
#endif
