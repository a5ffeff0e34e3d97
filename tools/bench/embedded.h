/* Kindergeld as the C that `anspruch build --emit c` writes (made and compiled with this program), on the components of the engines' comparison. */
#ifndef ANS_BENCH_EMBEDDED_H
#define ANS_BENCH_EMBEDDED_H
#include <stdbool.h>
#include "embed_input.h"

typedef struct embedded { embed_input *inputs; uint32_t count, step; void *block; size_t size; an_run run; } embedded;
/* Inputs of every step-th component; false, with a line on stderr, if the emission is of another package (--rules) or memory is short. */
bool embedded_make(embedded *e, const ans_program *p, const ans_columns *c, uint32_t step);
void embedded_dispose(embedded *e);
/* The period for the evaluations that follow. */
bool embedded_period(embedded *e, int32_t period);
/* Evaluates the i-th input. */
bool embedded_evaluate(embedded *e, uint32_t i);
#endif
