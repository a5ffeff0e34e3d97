/* Two evaluations compared in turn (safety.c, order.c). Not thread-safe. */
#ifndef ANS_BENCH_VERSUS_H
#define ANS_BENCH_VERSUS_H
#include "bench.h"
#include "exec/machine.h"

enum { MOST_ROUNDS = 3 * BENCH_MAX_ROUNDS };

/* A VM about columns; per: households or rows that times are given for. */
typedef struct side { ans_vm *vm; const ans_columns *columns; const vm_kernels *kernels; double per; } side;

/* Processor time of a, and the ratio b / a: medians of so many rounds, at most MOST_ROUNDS, in which each goes first as often. False with a line on stderr. */
bool versus(const side *a, const side *b, int32_t month, unsigned rounds, double *ns, double *ratio);
#endif
