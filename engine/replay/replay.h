/* Scalar replay interpreter: the same bytecode, one component, every (register,row) value kept as the trace. An independent
 * implementation: it shares no kernel with exec. Semantics: docs/semantics.md. */
#ifndef ANS_REPLAY_H
#define ANS_REPLAY_H
#include "columns/columns.h"

enum { ANS_MAX_REPLAY_CELLS = 50000000 }; /* (register,row) pairs of one replay, about 450 MB */
typedef struct ans_trace ans_trace;
/* REF values are absolute rows of base units, and positions in the trace's own segment table for derived units. The columns must outlive
 * the trace. A trace belongs to one thread. */
ans_status ans_replay_run(const ans_columns *c, uint32_t component, int32_t period, ans_trace **out, ans_error *err) ANS_MUST_CHECK;
/* The same with the law as it was known on a day: rules and parameter rows promulgated later are absent. The plain form knows all law. */
ans_status ans_replay_run_known(const ans_columns *c, uint32_t component, int32_t period, int32_t law_known, ans_trace **out, ans_error *err) ANS_MUST_CHECK;
/* The law-known day the trace was made with; ANS_DAY_MAX: all law. */
int32_t ans_trace_law_known(const ans_trace *t);
void ans_trace_free(ans_trace *t);
uint32_t ans_trace_rows(const ans_trace *t, uint32_t reg);             /* rows of the register's unit in this component (segments for derived units) */
ans_scalar ans_trace_get(const ans_trace *t, uint32_t reg, uint32_t row); /* row relative to the component's first row of the unit */
uint32_t ans_trace_param_row(const ans_trace *t, uint32_t reg, uint32_t row); /* index of the parameter row that a lookup took, ANS_NONE if it took none */
bool ans_trace_overridden(const ans_trace *t, uint32_t reg, uint32_t row);
uint32_t ans_trace_first_row(const ans_trace *t, uint32_t unit);       /* absolute first row of a base unit */
uint32_t ans_trace_unit_rows(const ans_trace *t, uint32_t unit);       /* rows of a unit in this component (segments for derived units) */
/* One segment of a derived unit: the row of its parent (relative) and its first and last day. */
typedef struct ans_segment { uint32_t parent; int32_t from, to; } ans_segment;
ans_segment ans_trace_segment(const ans_trace *t, uint32_t unit, uint32_t row);
int32_t ans_trace_period(const ans_trace *t);                          /* the period the trace was made for */
/* The operand cells that (reg,row) read, in a fixed order: used for slices and explanations. Calls visit for each. Cells that
 * did not influence the value (absorbed by false ∧, an unselected branch …) are reported with used=false. Of an aggregate, members that
 * certainly refer to another row are not reported, and those with a false filter only with reference and filter. An overridden cell has none. */
typedef void ans_trace_visit(void *ctx, uint32_t reg, uint32_t row, bool used);
void ans_trace_operands(const ans_trace *t, uint32_t reg, uint32_t row, ans_trace_visit *visit, void *ctx);
/* Fact cell read by a FACT or TL_* register at row: fact, absolute row and (for timelines) the day: the day asked, or for a walk (last_end, next_start) that an open cell stopped, the day of that
 * cell. False if none. */
bool ans_trace_fact_cell(const ans_trace *t, uint32_t reg, uint32_t row, uint32_t *fact, uint32_t *fact_row, int32_t *day);
/* Canonical trace identity: SHA-256 over (package hash, semantics version, period, root, every cell in the used backward slice of the
 * root cell in ascending (reg,row) order: reg, row, state, value). References count from the component's first row, so the hash does not
 * depend on the component's position. A law-known day other than "all law" is part of it. Exact bytes: docs/formats/package.md, "Trace identity". */
ans_status ans_trace_hash(const ans_trace *t, uint32_t reg, uint32_t row, uint8_t out[32], ans_error *err) ANS_MUST_CHECK;
#endif
