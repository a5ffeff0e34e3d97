/* Scalar replay interpreter: the same bytecode, one component, every (register,row) value kept as the trace. An independent
 * implementation: it shares no kernel with exec. Semantics: docs/semantics.md.
 *
 * Two ways of the same operations: ans_replay_run computes every cell, in order. ans_replay_demand computes a cell when it is first read, by whatever function of this header reads it
 * or by another cell that needs it: for one claim out of a component, and for asking the same claim again and again with other facts. Every cell is the same both ways
 * (tests/property/compare.c); only what nobody reads is left out. */
#ifndef ANS_REPLAY_H
#define ANS_REPLAY_H
#include "columns/columns.h"

enum { ANS_MAX_REPLAY_CELLS = 50000000 }; /* (register,row) pairs of one replay, about 800 MB */
typedef struct ans_trace ans_trace;
/* REF values are absolute rows of base units, and positions in the trace's own segment table for derived units. The columns must outlive
 * the trace. A trace belongs to one thread. */
ans_status ans_replay_run(const ans_columns *c, uint32_t component, int32_t period, ans_trace **out, ans_error *err) ANS_MUST_CHECK;
/* The same with the law as it was known on a day: rules and parameter rows promulgated later are absent. The plain form knows all law. */
ans_status ans_replay_run_known(const ans_columns *c, uint32_t component, int32_t period, int32_t law_known, ans_trace **out, ans_error *err) ANS_MUST_CHECK;
/* A trace whose cells are computed when they are first read, under the law known on a day. Reading then can fail, which the reading functions cannot say: they give "error" cells, and
 * ans_trace_check tells. Whoever decides something from such a trace asks it afterwards; ans_trace_hash and ans_trace_union_hash do so themselves. */
ans_status ans_replay_demand(const ans_columns *c, uint32_t component, int32_t period, int32_t law_known, ans_trace **out, ans_error *err) ANS_MUST_CHECK;
/* Forgets all cells of such a trace, because facts of its columns have changed (numbers of rows must not). Keeps the memory. */
ans_status ans_replay_forget(ans_trace *t, ans_error *err) ANS_MUST_CHECK;
/* ANS_OK, or what went wrong while cells were computed: ANS_MEMORY, ANS_LIMIT (E-REPLAY-LIMIT). Always ANS_OK for ans_replay_run. */
ans_status ans_trace_check(const ans_trace *t, ans_error *err) ANS_MUST_CHECK;
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
/* A cell: register, and row relative to the component's first row of the unit. */
typedef struct ans_trace_cell { uint32_t reg, row; } ans_trace_cell;
/* A cell of a slice. v: as the identity has it, that is, references to base units count from the component's first row (texts: the index, as ans_trace_get). roots: bit i says that the cell is in
 * the slice of root i. given: overridden, nothing beneath it was used. */
typedef struct ans_slice_cell { ans_scalar v; uint32_t reg, row; uint8_t roots; bool given; } ans_slice_cell;
/* Visits every cell in the used backward slice of at least one of n root cells once, in descending (reg,row) order, so that a cell comes before its operands. False: n is 0 or more than
 * ANS_SLICE_ROOTS, or a root is no cell of the trace. No allocation. */
enum { ANS_SLICE_ROOTS = 8 };
typedef void ans_slice_visit(void *ctx, const ans_slice_cell *cell);
bool ans_trace_slice(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, ans_slice_visit *visit, void *ctx);
/* Canonical trace identity: SHA-256 over (package hash, semantics version, period, root, every cell in the used backward slice of the
 * root cell in ascending (reg,row) order: reg, row, state, value). References count from the component's first row, so the hash does not
 * depend on the component's position. A law-known day other than "all law" is part of it. Exact bytes: docs/formats/package.md, "Trace identity". */
ans_status ans_trace_hash(const ans_trace *t, uint32_t reg, uint32_t row, uint8_t out[32], ans_error *err) ANS_MUST_CHECK;
/* One identity of up to ANS_SLICE_ROOTS roots, in this order, and of every cell in the used backward slice of at least one of them, each once. A root may be named twice. Exact bytes:
 * docs/formats/receipt.md, "Trace hash". */
ans_status ans_trace_union_hash(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, uint8_t out[32], ans_error *err) ANS_MUST_CHECK;
#endif
