/* Kernels of the VM without checks for overflow, to measure what the checks cost. Only a measuring program may run them: on numbers that overflow they would be wrong, silently. */
#ifndef ANS_BENCH_UNCHECKED_H
#define ANS_BENCH_UNCHECKED_H
#include "exec/kernels.h"

/* *out: the table k with sums, differences, products and negations that never look for overflow, compiled for the same instruction set, and no check that dates stay in range. What stays: the look at the magnitude
 * of operands that chooses how rounded products and sums over members are computed, and the checks of calendar operations. */
void unchecked_of(const vm_kernels *k, vm_kernels *out);
#endif
