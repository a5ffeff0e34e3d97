/* Columns of a package whose facts are scalars without references, filled at random: one row of every unit in each component, nothing but types and enumerations respected. See untuned.c, safety.c. */
#ifndef ANS_BENCH_FILL_H
#define ANS_BENCH_FILL_H
#include "columns/columns.h"

typedef struct fill_rates { uint64_t seed; uint32_t rows, unknown /* ten thousandths of the cells */, blank_every /* 0, or every blank_every-th row lacks all facts */; } fill_rates;
/* The caller frees with ans_columns_free. NULL with a line on stderr. */
ans_columns *fill_scalars(const ans_program *p, const fill_rates *rates);
#endif
