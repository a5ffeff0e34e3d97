/* Private to the column programs. Rows per law; columns are plain arrays. See column.h. */
#ifndef ANS_BENCH_COLUMN_PARTS_H
#define ANS_BENCH_COLUMN_PARTS_H
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "column.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define COLUMN_LOOP __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default"), optimize("O3"), noinline)) static
#else
#define COLUMN_LOOP static
#endif

typedef struct column_part { uint32_t count; uint32_t *row; int64_t *cents; void *arena[64]; unsigned arenas; bool failed; } column_part;

/* An array of the part; freed with it. */
static inline void *column_array(column_part *p, size_t n, size_t size) {
  void *a = p->arenas < sizeof p->arena / sizeof *p->arena ? calloc(n + 1, size) : NULL;
  if (a) p->arena[p->arenas++] = a;
  p->failed = p->failed || !a;
  return a;
}
static inline void column_part_free(column_part *p) {
  for (unsigned k = 0; k < p->arenas; k++) free(p->arena[k]);
}
/* The value of a timeline that never changes; false if it changes, or is not known somewhere. */
static inline bool column_constant(const law_population *w, bench_run line, int64_t *v) {
  if (line.count != 1 || w->base->pool[line.first].from != ANS_OPEN_PAST || w->base->pool[line.first].to != ANS_OPEN_FUTURE) return false;
  *v = w->base->pool[line.first].value;
  return true;
}

typedef struct column_child column_child;
typedef struct column_house column_house;
typedef struct column_case column_case;
column_child *column_child_make(const law_population *w, column_part *p);
bool column_child_run(const column_child *c, column_part *p, int32_t month);
void column_child_dump(const column_child *c, const column_part *p, FILE *f);
column_house *column_house_make(const law_population *w, column_part *p);
bool column_house_run(const column_house *c, column_part *p, int32_t month);
void column_house_dump(const column_house *c, const column_part *p, FILE *houses, FILE *members);
column_case *column_case_make(const law_population *w, column_part *p);
bool column_case_run(const column_case *c, column_part *p, int32_t month);
void column_case_dump(const column_case *c, const column_part *p, FILE *f);
#endif
