/* Columnar input of an evaluation: rows of every base unit, facts as typed columns with truth and state bitmaps, timelines
 * as CSR interval lists. Both the vector VM and the scalar replay read this one structure.
 *
 * Rows of one connected component are contiguous in every unit: component k owns rows
 * [component_first[unit][k], component_first[unit][k+1]). References (type REF) are absolute row indices in the target
 * unit of the same ans_columns and never leave their component.
 * Bit r of a bitmap is word r/64, bit r%64; bits beyond the row count are zero.
 * State planes are a thermometer code: plane[s-1] bit = (state >= s) for s = 1…5; a NULL plane is all zero.
 * Values stand in 4 or 8 bytes, as wide as the fact demands (ans_fact_bytes): reading them from memory is what costs, not widening them. Everything reads and
 * writes them by ans_values_…, where nothing is cut off silently; loops over whole columns look at the width once. */
#ifndef ANS_COLUMNS_H
#define ANS_COLUMNS_H
#include "code/program.h"

typedef struct ans_values {        /* of a fact, by row */
  void *data;                      /* int32_t[] or int64_t[]; NULL for BOOL */
  uint8_t bytes;                   /* 4 or 8: ans_fact_bytes; 0 for BOOL */
} ans_values;
static inline int64_t ans_values_get(const ans_values *v, size_t row) { return v->bytes == 4 ? ((const int32_t *)v->data)[row] : ((const int64_t *)v->data)[row]; }
/* Where row `row` stands, to be copied on from there or to be read in place. */
static inline void *ans_values_at(const ans_values *v, size_t row) { return (char *)v->data + row * v->bytes; }
/* False, and nothing is written, if x does not fit. No admissible value is one that does not; whoever may have another says what that is. */
static inline bool ans_values_set(const ans_values *v, size_t row, int64_t x) ANS_MUST_CHECK;
static inline bool ans_values_set(const ans_values *v, size_t row, int64_t x) {
  if (v->bytes == 8) ((int64_t *)v->data)[row] = x;
  else if (x < INT32_MIN || x > INT32_MAX) return false;
  else ((int32_t *)v->data)[row] = (int32_t)x;
  return true;
}
static inline void ans_values_clear(const ans_values *v, size_t row) {
  if (v->bytes == 8) ((int64_t *)v->data)[row] = 0;
  else ((int32_t *)v->data)[row] = 0;
}

typedef struct ans_column {
  ans_values values;
  uint64_t *truth;                 /* BOOL only; bit is 0 unless state is VALUE */
  uint64_t *planes[ANS_PLANES];    /* facts use planes 0…2 at most */
} ans_column;

typedef struct ans_interval {      /* inclusive days; from may be ANS_OPEN_PAST, to ANS_OPEN_FUTURE */
  int32_t from, to;
  int64_t value;                   /* 0 unless state == ANS_VALUE */
  uint8_t state;
} ans_interval;

/* The tail of a row is what it is from some day on for ever: its last interval if that is open, otherwise the gap behind it. The neck is what it is right before:
 * the interval or gap that ends on the day before the tail. Most rows of most periods are in one of the two, so an evaluator that reads only them moves far fewer
 * bytes and searches nothing. Made by ans_columns_finish; where since is NULL there are only intervals.
 * Whoever changes intervals of finished columns (as the search for relevant facts does, for the replay) must not have them evaluated by tails. */
typedef struct ans_timeline {      /* sorted, disjoint per row; days not covered are UNKNOWN (HUMAN for human natures) */
  uint32_t *offsets;               /* rows + 1 */
  ans_interval *items;
  uint16_t *since;                 /* rows: first day of the tail, as ans_columns_day counts */
  uint16_t *neck_since;            /* rows: first day of the neck; not after since */
  ans_column tail, neck;           /* their cells, as wide as those of a column of the fact */
} ans_timeline;

/* A text of one fact, in Unicode normal form C, and what the rules' questions about it came to. Bit b belongs to the fact's predicate with
 * that bit: it holds, or it has no answer because matching reached a limit (docs/semantics.md § 1); at most one of the two. */
typedef struct ans_text {
  const char *text;
  uint32_t fact;
  uint64_t holds, failed;
} ans_text;

typedef struct ans_unit_columns {
  uint32_t rows;
  uint32_t *component_first;       /* components + 1 entries */
  char **ids;                      /* row names for messages and traces; the array or an entry may be NULL */
} ans_unit_columns;

typedef struct ans_override {      /* an intermediate result given as a fact (base-unit results only) */
  uint32_t result, row;
  ans_scalar value;
} ans_override;

typedef struct ans_columns {
  const ans_program *program;      /* not owned */
  int64_t first_day;               /* of the first period of the program */
  uint32_t components;
  ans_unit_columns *units;         /* program->unit_count; derived units and UNIFORM have rows = 0 here */
  ans_column *facts;               /* program->fact_count; scalar facts */
  ans_timeline *timelines;         /* program->fact_count; timeline facts */
  ans_override *overrides;         /* sorted by (result,row) */
  uint32_t override_count;
  ans_text *texts;                 /* values of TEXT cells are indices: equal texts of a fact have one. The order is that of loading and means nothing */
  uint32_t text_count;
  struct ans_arena *arena;
} ans_columns;

/* Days in two bytes: since only whether a day of the program's periods is reached is ever asked, all days up to the first one are 0, and days beyond its 65534th (179 years) are
 * ANS_COLUMNS_FAR, about which nothing is said. */
enum { ANS_COLUMNS_FAR = UINT16_MAX };
static inline uint16_t ans_columns_day(int64_t first_day, int64_t day) {
  return day <= first_day ? 0 : day - first_day >= ANS_COLUMNS_FAR ? ANS_COLUMNS_FAR : (uint16_t)(day - first_day);
}

/* Row-wise construction: begin a component, add rows, set facts, end the component; then finish. Facts not set are UNKNOWN
 * (HUMAN when the fact's nature is a human one; there, UNKNOWN means the same and is stored as HUMAN). Rows and facts belong to the open
 * component; after an error the builder's only valid use is ans_columns_builder_free. Adjacent timeline intervals of equal content are
 * merged and intervals that say no more than a gap are dropped, so that equal facts have one representation. Row order within a unit is
 * the order of adding and decides ties of RANK: add rows in ascending order of their ids. */
enum {
  ANS_MAX_ROWS = 100000000,                          /* rows of a unit in one ans_columns */
  ANS_MAX_CASE_BYTES = 16 << 20, ANS_MAX_CASE_ROWS = 100000 /* a case document */
};
typedef struct ans_columns_builder ans_columns_builder;
ans_columns_builder *ans_columns_builder_new(const ans_program *p);
/* The same with room for so many rows of each unit and intervals of each fact (unit_count, fact_count entries), for whoever knows about how much will come; any
 * number is right. */
typedef struct ans_columns_room { uint32_t *rows, *intervals; } ans_columns_room;
ans_columns_builder *ans_columns_builder_roomy(const ans_program *p, const ans_columns_room *room);
void ans_columns_builder_free(ans_columns_builder *b);
ans_status ans_columns_begin_component(ans_columns_builder *b, ans_error *err) ANS_MUST_CHECK;
ans_status ans_columns_add_row(ans_columns_builder *b, uint32_t unit, const char *id, uint32_t *row, ans_error *err) ANS_MUST_CHECK;
/* The value of a TEXT cell for a text of this fact; answers the fact's predicates if the text is new. where: the cell in messages, or NULL for the
 * name of the fact. ANS_INPUT: not UTF-8, or control characters; ANS_LIMIT: longer than ANS_TEXT_MAX_BYTES; ANS_PACKAGE: a pattern of the package is
 * none. After any of them the builder may go on. */
ans_status ans_columns_text(ans_columns_builder *b, uint32_t fact, const char *text, size_t len, const char *where, int64_t *value, ans_error *err) ANS_MUST_CHECK;
/* ANS_INPUT, E-COL-BOUNDS at where, if the cell is a value outside the declared bounds of the fact (docs/semantics.md § 1). Every way into columns asks
 * this, so that evaluators may rely on the bounds: ans_columns_set, ans_columns_set_timeline, case documents; ans_columns_check for decoded columns. */
ans_status ans_columns_admit(const ans_fact *f, ans_scalar v, const char *where, ans_error *err) ANS_MUST_CHECK;
ans_status ans_columns_set(ans_columns_builder *b, uint32_t fact, uint32_t row, ans_scalar value, ans_error *err) ANS_MUST_CHECK;
ans_status ans_columns_set_timeline(ans_columns_builder *b, uint32_t fact, uint32_t row, const ans_interval *items, uint32_t n, ans_error *err) ANS_MUST_CHECK; /* checks sorted, disjoint */
ans_status ans_columns_set_override(ans_columns_builder *b, uint32_t result, uint32_t row, ans_scalar value, ans_error *err) ANS_MUST_CHECK;
ans_status ans_columns_end_component(ans_columns_builder *b, ans_error *err) ANS_MUST_CHECK; /* checks that references stay inside */
ans_status ans_columns_finish(ans_columns_builder *b, ans_columns **out, ans_error *err) ANS_MUST_CHECK;
void ans_columns_free(ans_columns *c);
/* Appends the components first … last - 1 of other columns of the same program, as if they had been built here one after the other: whole ranges are
 * copied, references moved along, texts numbered and asked anew. Only between components (none open). `from` must satisfy ans_columns_check and must not
 * have overrides (E-COL-ORDER); E-COL-DAMAGED here, or from ans_columns_finish for an interval, if a value does not fit the fact after all. Cost: a few operations per 64 rows and state, one per value. */
ans_status ans_columns_append(ans_columns_builder *b, const ans_columns *from, uint32_t first, uint32_t last, ans_error *err) ANS_MUST_CHECK;

/* Empty columns of a known size for a decoder to fill: `rows[u]` rows in every base unit u (0 for others), all boundaries, bitmaps, timeline
 * offsets and texts zeroed, values not set, no intervals, no names, planes 0…2 present. The caller fills them and must then call ans_columns_check. ans_text.holds/failed
 * stay 0: such columns are for ans_columns_append, which answers them, not for evaluation. ANS_LIMIT: more than ANS_MAX_BULK_CELLS cells. */
enum { ANS_MAX_BULK_CELLS = 1 << 26 };
ans_status ans_columns_bulk(const ans_program *p, uint32_t components, const uint32_t *rows, uint32_t texts, ans_columns **out, ans_error *err) ANS_MUST_CHECK;
/* The text of a bulk column (copied). */
ans_status ans_columns_bulk_text(ans_columns *c, uint32_t index, uint32_t fact, const char *text, size_t len, ans_error *err) ANS_MUST_CHECK;
/* The names of all rows of a unit (copied): their bytes one after the other, without NUL. */
ans_status ans_columns_bulk_ids(ans_columns *c, uint32_t unit, const char *bytes, const uint32_t *lengths, ans_error *err) ANS_MUST_CHECK;
/* A fact is filled in: gives up the planes of states that do not occur. */
void ans_columns_bulk_end(ans_columns *c, uint32_t fact);
/* Everything the builder would have guaranteed: boundaries, states, values of their types, references inside their component, timelines sorted, disjoint
 * and joined, values within the declared bounds, texts and names of the right kind. ANS_INPUT, E-COL-DAMAGED with the place. */
ans_status ans_columns_check(const ans_columns *c, ans_error *err) ANS_MUST_CHECK;
/* Its two parts, for a decoder that checks each fact while it is at hand: everything but facts, which must be right before a fact is looked at; and a fact. */
ans_status ans_columns_check_rows(const ans_columns *c, ans_error *err) ANS_MUST_CHECK;
ans_status ans_columns_check_fact(const ans_columns *c, uint32_t fact, ans_error *err) ANS_MUST_CHECK;
/* E-COL-DAMAGED at the fact (or ANS_NONE), for whoever finds it while filling bulk columns. */
ans_status ans_columns_damaged(const ans_columns *c, uint32_t fact, const char *what, ans_error *err);

/* Follows pointer facts from a unit to itself (scalar REF, for instance both parents) and fails with ANS_INPUT, naming a row, if a row can be
 * reached from itself. All facts must belong to one unit and refer to it. */
ans_status ans_columns_check_acyclic(const ans_columns *c, uint32_t fact, ans_error *err) ANS_MUST_CHECK;
ans_status ans_columns_check_acyclic_all(const ans_columns *c, const uint32_t *facts, uint32_t n, ans_error *err) ANS_MUST_CHECK;

/* Cell access for scalar code. Timeline facts: the cell on a day. */
ans_scalar ans_columns_on_day(const ans_columns *c, uint32_t fact, uint32_t row, int64_t day);
ans_scalar ans_columns_get(const ans_columns *c, uint32_t fact, uint32_t row);
static inline uint8_t ans_planes_state(uint64_t *const planes[ANS_PLANES], uint32_t row) {
  uint8_t s = 0;
  for (int i = 0; i < ANS_PLANES; i++)
    if (planes[i] && (planes[i][row >> 6] >> (row & 63) & 1)) s = (uint8_t)(i + 1);
  return s;
}
/* SHA-256 of the bytes that ans_case_format gives for the component (names, not indices), for receipts. */
ans_status ans_columns_component_hash(const ans_columns *c, uint32_t component, uint8_t out[32], ans_error *err) ANS_MUST_CHECK;

/* Case document (docs/formats/case.md), one component per case. name is used in messages. */
ans_status ans_case_parse(const ans_program *p, const char *json, size_t len, const char *name, ans_columns **out, ans_error *err) ANS_MUST_CHECK;
/* Canonical case JSON of one component (malloc'd): the inverse of ans_case_parse. Rows without id are called #0000000001, #0000000002, … */
ans_status ans_case_format(const ans_columns *c, uint32_t component, char **json, ans_error *err) ANS_MUST_CHECK;
/* JSON Schema (draft 2020-12) of the case document for this package (malloc'd). */
ans_status ans_case_schema(const ans_program *p, char **json, ans_error *err) ANS_MUST_CHECK;
#endif
