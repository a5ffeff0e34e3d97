/* Vector VM: evaluates a verified program over a batch of components, one dispatch per instruction per batch. */
#ifndef ANS_EXEC_VM_H
#define ANS_EXEC_VM_H
#include "columns/columns.h"

typedef struct ans_vm ans_vm; /* per-thread mutable state: register buffers, group indices */
/* wanted: registers whose values the caller reads afterwards (their buffers are kept): exact in every row of every run. chunk: rows per inner batch hint,
 * 0 = default 4096; results never depend on it.
 * Any other register is computed only in the rows in which it can still change a wanted one (demand.c): elsewhere it holds some well-formed cell of
 * its type that nothing depends on, and an operation that matters in no row of a batch is not run. So only wanted registers can be read. Traces,
 * coverage and explanations come from the replay, which computes every cell. */
ans_vm *ans_vm_new(const ans_program *p, const uint32_t *wanted, uint32_t n, uint32_t chunk);
void ans_vm_free(ans_vm *vm);
/* The instruction set variant of the kernels that VMs of this process use: "portable", "avx2" or "avx512". The environment variable ANSPRUCH_ISA
 * forces one, otherwise it is the fastest of this processor; results never depend on it. NULL if the variable names none that this processor runs:
 * every run then fails with ANS_USAGE (E-EXEC-ISA). Static storage. */
const char *ans_vm_isa(void);
/* Fails with ANS_USAGE (E-EXEC-ISA) when ans_vm_isa is NULL. */
ans_status ans_vm_isa_check(ans_error *err) ANS_MUST_CHECK;
/* Evaluates components [first, first+count) for one period (a number of the kind of the package: num/period.h). Fails only on memory, limits or unsupported period. */
ans_status ans_vm_run(ans_vm *vm, const ans_columns *c, uint32_t first, uint32_t count, int32_t period, ans_error *err) ANS_MUST_CHECK;
/* Law known (semantics § 4.4): rules and parameter rows promulgated after `day` are absent from later runs. Default: ANS_DAY_MAX, all of them. */
void ans_vm_law_known(ans_vm *vm, int32_t day);
/* Value of a wanted register at an absolute row of its base unit (row 0 for UNIFORM), after a run that covered the row. */
ans_scalar ans_vm_get(const ans_vm *vm, uint32_t reg, uint32_t row);
#endif
