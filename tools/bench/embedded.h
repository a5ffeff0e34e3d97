/* Packages as the C that `anspruch build --emit c` writes, on a share of the components of columns: those of the three laws are made and compiled with the bench, others are compiled and loaded at run
 * time (tests/emit/bind.h). Not thread-safe: one evaluation at a time. */
#ifndef ANS_BENCH_EMBEDDED_H
#define ANS_BENCH_EMBEDDED_H
#include <stdbool.h>
#include "embed_input.h"

typedef struct embedded { embed_code code; embed_input *inputs; uint32_t count, step; void *block; size_t size; an_run run; } embedded;
/* Inputs of every step-th component; false, with a line on stderr, if the emission is of another package (--rules) or memory is short. */
bool embedded_make(embedded *e, embed_code code, const ans_program *p, const ans_columns *c, uint32_t step);
void embedded_dispose(embedded *e);
/* The period for the evaluations that follow. */
bool embedded_period(embedded *e, int32_t period);
/* Evaluates the i-th input, which is component i * step. */
bool embedded_evaluate(embedded *e, uint32_t i);
/* The cell of a register after an evaluation, as the engines give it; references count from the component's first row. */
ans_scalar embedded_cell(const embedded *e, uint32_t reg, uint32_t row);
/* Processor time of all inputs for a period, with what depends on the period only and with the whole trace that an emission keeps; filling the structs is not in it. False: an evaluation was refused. */
bool embedded_time(embedded *e, int32_t period, double *ns);

/* embedded_laws.c: what the build emitted. */
extern const embed_code embedded_kindergeld, embedded_wohngeld, embedded_unterhaltsvorschuss;
#endif
