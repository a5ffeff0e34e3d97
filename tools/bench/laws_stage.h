/* The three laws with their packages and columns about one population, as laws.c and months.c measure them. */
#ifndef ANS_BENCH_LAWS_STAGE_H
#define ANS_BENCH_LAWS_STAGE_H
#include "bench.h"
#include "column.h"
#include "isa.h"
#include "laws.h"
#include "lower/lower.h"

enum { KINDERGELD, WOHNGELD, UVG, LAW_COUNT };

typedef struct law {
  const char *name, *path;
  ans_compilation code;
  ans_columns *columns;
  ans_vm *vm;
  uint32_t reg[2], unit, rows;
  law_decision *decided, *column;
  const int32_t *months; unsigned month_count;
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

/* False: said on stderr. Whatever it returns, laws_dispose frees. */
bool laws_make(laws_stage *s, const bench_options *o, unsigned unknown_percent);
void laws_dispose(laws_stage *s);
#endif
