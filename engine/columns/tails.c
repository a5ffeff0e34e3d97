/* Tails and necks of timelines (columns.h), found for every row when columns are finished. Most rows of most facts have no interval, so every cell
 * begins as one that nobody says anything about; bits are written 64 rows at a time, and a plane comes into being with its first bit,
 * because evaluators pass over states that do not occur. Pure; memory: the arrays of the timeline. */
#include <stdlib.h>
#include "base/error.h"
#include "columns/builder.h"

/* From which day on a row is for ever what it is on the last one, and what that is. last: its last interval. */
static inline int32_t tails__tail(const ans_interval *last, uint8_t missing, ans_scalar *cell) {
  *cell = (ans_scalar){0, missing};
  if (last->to != ANS_OPEN_FUTURE) return last->to + 1; /* `to` is a day of the calendar: far below the largest number */
  *cell = (ans_scalar){last->state ? 0 : last->value, last->state};
  return last->from;
}

/* What a row of n intervals is right before its tail, and from which day on. */
static inline int32_t tails__neck(const ans_interval *last, uint32_t n, uint8_t missing, ans_scalar *cell) {
  *cell = (ans_scalar){0, missing};
  if (last->to == ANS_OPEN_FUTURE) { /* it is the tail; what counts is the one before it, or the gap between the two */
    if (n == 1) return ANS_OPEN_PAST;
    last--;
    if (last->to + 1 < last[1].from) return last->to + 1;
  }
  *cell = (ans_scalar){last->state ? 0 : last->value, last->state};
  return last->from;
}

/* Cells of 64 rows on their way into a column. */
typedef struct tails__cells {
  ans_column *to;
  bool unfit;                      /* a value did not fit the column */
  uint64_t truth, planes[ANS_HUMAN];
} tails__cells;

static inline void cells__clear(tails__cells *x, uint8_t missing) {
  x->truth = 0;
  for (unsigned k = 0; k < ANS_HUMAN; k++) x->planes[k] = missing > k ? UINT64_MAX : 0;
}

static bool cells__begin(tails__cells *x, ans_column *to, const ans_fact *f, uint32_t rows, uint8_t missing) {
  x->to = to;
  x->unfit = false;
  cells__clear(x, missing);
  if (f->type.tag == ANS_T_BOOL) to->truth = calloc((size_t)rows / 64 + 1, sizeof *to->truth);
  else to->values = (ans_values){calloc((size_t)rows + 1, ans_fact_bytes(f)), (uint8_t)ans_fact_bytes(f)};
  return to->truth || to->values.data;
}

static inline void cells__put(tails__cells *x, uint32_t row, ans_scalar cell) {
  const unsigned bit = row & 63;
  if (x->to->values.data) x->unfit |= !ans_values_set(&x->to->values, row, cell.v);
  else x->truth |= (uint64_t)(cell.v != 0) << bit;
  for (unsigned k = 0; k < ANS_HUMAN; k++) x->planes[k] = (x->planes[k] & ~(UINT64_C(1) << bit)) | (uint64_t)(cell.state > k) << bit;
}

/* The last n rows, which are those of a word of the bitmaps. */
static bool cells__write(tails__cells *x, uint32_t word, uint32_t n, uint32_t rows, uint8_t missing) {
  const uint64_t valid = n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
  if (x->to->truth) x->to->truth[word] = x->truth;
  for (unsigned k = 0; k < ANS_HUMAN; k++) {
    if (!(x->planes[k] & valid)) continue;
    if (!x->to->planes[k] && !(x->to->planes[k] = calloc((size_t)rows / 64 + 1, sizeof *x->to->planes[k]))) return false;
    x->to->planes[k][word] = x->planes[k] & valid;
  }
  cells__clear(x, missing);
  return true;
}

ans_status columns__tails(ans_columns *c, uint32_t fact, ans_error *err) {
  const ans_fact *f = &c->program->facts[fact];
  const uint32_t rows = c->units[f->unit].rows;
  const uint8_t missing = fact__missing(f);
  ans_timeline *t = &c->timelines[fact];
  tails__cells tail, neck;
  t->since = calloc((size_t)rows + 1, sizeof *t->since);
  t->neck_since = calloc((size_t)rows + 1, sizeof *t->neck_since);
  bool ok = t->since && t->neck_since && cells__begin(&tail, &t->tail, f, rows, missing) && cells__begin(&neck, &t->neck, f, rows, missing);
  for (uint32_t first = 0; first < rows && ok; first += 64) {
    const uint32_t n = rows - first < 64 ? rows - first : 64;
    for (uint32_t r = first; r < first + n; r++) {
      const uint32_t begin = t->offsets[r], end = t->offsets[r + 1];
      ans_scalar cell;
      if (begin == end) continue;
      t->since[r] = ans_columns_day(c->first_day, tails__tail(&t->items[end - 1], missing, &cell));
      cells__put(&tail, r, cell);
      t->neck_since[r] = ans_columns_day(c->first_day, tails__neck(&t->items[end - 1], end - begin, missing, &cell));
      cells__put(&neck, r, cell);
    }
    ok = cells__write(&tail, first / 64, n, rows, missing) && cells__write(&neck, first / 64, n, rows, missing);
  }
  if (!ok) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "columns", "facts", NULL);
  return tail.unfit || neck.unfit ? ans_columns_damaged(c, fact, "intervals", err) : ANS_OK;
}
