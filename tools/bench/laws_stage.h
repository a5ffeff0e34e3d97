/* What the comparisons of three laws stand on (laws.c, safety.c): one synthetic population, the packages of Kindergeld, Wohngeld and Unterhaltsvorschuss with their columns about it, a VM each, and the C
 * emitted of each. Rules are read below the working directory. Memory: a stage owns everything in it. Not thread-safe. */
#ifndef ANS_BENCH_LAWS_STAGE_H
#define ANS_BENCH_LAWS_STAGE_H
#include "bench.h"
#include "column.h"
#include "embedded.h"
#include "isa.h"
#include "laws.h"
#include "lower/lower.h"

enum { KINDERGELD, WOHNGELD, UVG, LAW_COUNT, EMITTED_EVERY = 4, TIMED_MONTH = 2026 * 12 + 5 };

typedef struct law {
  const char *name, *path;
  ans_compilation code;
  ans_columns *columns;
  ans_vm *vm;
  uint32_t reg[2], unit, rows;
  law_decision *decided, *column;
  const int32_t *months; unsigned month_count;
  embedded emitted;                  /* the emitted C, on every EMITTED_EVERY-th component */
} law;

typedef struct laws_stage {
  const bench_options *o;
  bench_population base;
  law_population more;
  law law[LAW_COUNT];
  isa isa[MAX_ISA]; unsigned isa_count;
  bench_decision *child_benefit;
  column_laws *columns;              /* of the island households; NULL where facts are unknown */
  bool islands;
} laws_stage;

/* False with a line on stderr; dispose in every case. laws_make: families only, a share of the facts unknown. */
bool laws_make(laws_stage *s, const bench_options *o, unsigned unknown_percent);
bool laws_make_of(laws_stage *s, const bench_options *o, const bench_rates *rates);
void laws_dispose(laws_stage *s);
/* All rows for one month with these kernels. */
bool law_run(law *l, const vm_kernels *kernels, int32_t month);
#endif
