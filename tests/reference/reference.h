/* Executable reference of docs/semantics.md: evaluates the typed tree directly, with exact rationals (GMP), for one component and one
 * month. It owns nothing but its cells; model and columns are borrowed and must outlive it.
 *
 * Written from the text alone, to be read beside it; every engine is tested against it (tests/property). It is naive on purpose: no
 * segments, no bitmaps, no common subexpressions, an own calendar. Rejected: sharing code with engine/num, which would share its faults.
 * A cell is {state, 64-bit scaled integer}: section 1 lets no intermediate result live that does not fit, so rationals are needed inside an
 * operation only. Not thread-safe per instance; instances are independent. Test code only, GMP is no dependency of the product. */
#ifndef ANS_TESTS_REFERENCE_H
#define ANS_TESTS_REFERENCE_H
#include <gmp.h>
#include "columns/columns.h"
#include "sema/typed.h"

typedef struct ans_ref ans_ref;

/* Evaluates every result of `m` for component `component` of `c` in the period numbered `period` of the model's kind. NULL with *err set (code E-REF-TREE,
 * `where` says what) if the tree breaks a rule the analysis guarantees: wrong grain, a cycle, a result scale that cannot hold the value. */
ans_ref *ans_ref_run(const ans_model *m, const ans_columns *c, uint32_t component, int32_t period, ans_error *err);
/* The same with the law as it was known on a day (4.4); the plain form knows all law. */
ans_ref *ans_ref_run_known(const ans_model *m, const ans_columns *c, uint32_t component, int32_t period, int32_t law_known, ans_error *err);
void ans_ref_free(ans_ref *ref);

/* Rows of a base unit in the component. */
uint32_t ans_ref_rows(const ans_ref *ref, uint32_t unit);
/* Cell of a row-grain result; `row` is relative to the component's first row of the result's unit. REF values are absolute rows. */
ans_scalar ans_ref_result(const ans_ref *ref, uint32_t result, uint32_t row);
/* Cell of a day-grain result on day `day_of_period` (1…366). */
ans_scalar ans_ref_result_on(const ans_ref *ref, uint32_t result, uint32_t row, uint32_t day_of_period);
/* The exact number behind a cell in units of measure (2.50 € is 5/2); returns its state, *out is 0 unless it is a value. */
uint8_t ans_ref_number(const ans_ref *ref, uint32_t result, uint32_t row, mpq_t out);
/* resolve of section 5 by itself: lives[i], values[i] for i < n, default d. */
ans_scalar ans_ref_resolve(bool truth_valued, ans_scalar d, uint32_t n, const ans_scalar *lives, const ans_scalar *values);
#endif
