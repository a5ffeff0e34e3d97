/* What the parts of the reference share: the evaluation context and the algebra of states. Private to tests/reference. */
#ifndef ANS_TESTS_REFERENCE_INTERNAL_H
#define ANS_TESTS_REFERENCE_INTERNAL_H
#include "reference.h"

typedef ans_scalar cell; /* section 2: a value or one of five states */

typedef struct memo { uint8_t *progress; cell *cells; } memo; /* progress: 0 not asked, 1 being computed (a cycle if asked again), 2 done */

struct ans_ref {
  const ans_model *m;
  const ans_columns *c;
  uint32_t component;
  int32_t period, law_known;
  int32_t first, last;         /* days of the period */
  int32_t *new_year;           /* new_year[y] = day number of 1 January of year y, 1 ≤ y ≤ 10000 */
  memo *results;               /* per result: rows × (1 or days of the period) */
  signed char *answers;        /* per predicate and text: what is known already */
  bool broken;                 /* the tree breaks a guarantee of the analysis */
  char why[160];
};

/* Where an expression stands: a row of its unit and, in day grain, a day. */
typedef struct place { ans_ref *ref; uint32_t row; int32_t day; bool has_day; } place;

static inline cell value_of(int64_t v) { return (cell){.v = v, .state = ANS_VALUE}; }
static inline cell state_of(uint8_t s) { return (cell){.v = 0, .state = s}; }
static inline cell truth_of(bool b) { return value_of(b ? 1 : 0); }
static inline bool is_value(cell x) { return x.state == ANS_VALUE; }
static inline bool is_true(cell x) { return x.state == ANS_VALUE && x.v != 0; }
static inline bool is_false(cell x) { return x.state == ANS_VALUE && x.v == 0; }
static inline uint8_t max_state(uint8_t a, uint8_t b) { return a > b ? a : b; }
static inline bool same_cell(cell a, cell b) { return a.state == b.state && (a.state != ANS_VALUE || a.v == b.v); }

cell ref__broken(ans_ref *ref, const char *why);      /* notes a malformed tree, yields error */

/* reference.c */
cell ref__eval(place at, const ans_tx *x);
cell ref__result(ans_ref *ref, uint32_t result, uint32_t row, int32_t day);
/* algebra.c: section 2 */
cell ref__and(cell x, cell y);
cell ref__or(cell x, cell y);
cell ref__not(cell x);
cell ref__condition(cell x);
cell ref__select(cell g, cell a, cell b);
cell ref__known(cell x);
cell ref__present(cell x);
cell ref__default(cell x, cell d);
/* number.c: sections 1, 4.1 and 8; operands are values */
cell ref__arithmetic(ans_ref *ref, const ans_tx *x, cell a, cell b);
cell ref__compare(const ans_tx *x, cell a, cell b);
void ref__calendar(ans_ref *ref);                     /* fills new_year */
int64_t ref__date(const ans_ref *ref, int64_t year, int month, int day_of_month);
int ref__days_in(int64_t year, int month);
cell ref__date_operation(ans_ref *ref, const ans_tx *x, cell a, cell b);
cell ref__rounded_product(ans_ref *ref, const ans_tx *x, const cell v[3]);
cell ref__calendar_operation(const ans_ref *ref, const ans_tx *x, cell day);
/* timeline.c: section 4.3 */
cell ref__timeline_at(ans_ref *ref, uint32_t fact, uint32_t row, int64_t day);
cell ref__last_end(ans_ref *ref, uint32_t fact, uint32_t row, int64_t day);
cell ref__next_start(ans_ref *ref, uint32_t fact, uint32_t row, int64_t day);
cell ref__timeline_days(ans_ref *ref, uint32_t fact, uint32_t row, int64_t from, int64_t to);
/* aggregate.c: sections 3 and 4.2 */
cell ref__aggregate(place at, const ans_tx *x);
cell ref__rank(place at, const ans_tx *x);
cell ref__days(place at, const ans_tx *x);
/* text.c: section 1 */
cell ref__text_is(ans_ref *ref, const ans_tx *x, cell text);
cell ref__list(const ans_tx *x, cell list, cell value);
/* rules.c: section 5 */
cell ref__rules(place at, const ans_tresult *r);
#endif
