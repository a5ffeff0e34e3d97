/* Evaluating a span of periods over the same columns: each component only in those periods in which something that its results depend on may have changed (ADR-0016).
 * What is handed out is, period by period, exactly what ans_vm_run hands out. */
#ifndef ANS_EXEC_SPAN_H
#define ANS_EXEC_SPAN_H
#include "exec/vm.h"

enum { ANS_SPAN_MAX_PERIODS = 4096 };

typedef struct ans_span ans_span; /* per-thread mutable state, as ans_vm */
/* wanted, chunk: as for ans_vm_new; registers of derived units are not handed out. NULL: out of memory. */
ans_span *ans_span_new(const ans_program *p, const uint32_t *wanted, uint32_t n, uint32_t chunk);
void ans_span_free(ans_span *s);
/* As ans_vm_law_known, for spans begun later. */
void ans_span_law_known(ans_span *s, int32_t day);
/* Evaluates all components of c for period `first` of the span first … last. The columns must stay as they are until the span is done. Fails like ans_vm_run; ANS_LIMIT for more
 * than ANS_SPAN_MAX_PERIODS periods. */
ans_status ans_span_begin(ans_span *s, const ans_columns *c, int32_t first, int32_t last, ans_error *err) ANS_MUST_CHECK;
/* The next period; not after the last one, nor after a failure. */
ans_status ans_span_next(ans_span *s, ans_error *err) ANS_MUST_CHECK;
/* Value of a wanted register of a base unit (or UNIFORM, row 0) in the present period, as ans_vm_get after a run over all components. */
ans_scalar ans_span_get(const ans_span *s, uint32_t reg, uint32_t row);
/* Components evaluated since the span began, each counted once for every period in which it was. For reports and tests. */
uint64_t ans_span_evaluated(const ans_span *s);
#endif
