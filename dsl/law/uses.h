/* The collected citations, shared by uses.c, check.c and status.c. */
#ifndef ANS_LAW_USES_H
#define ANS_LAW_USES_H
#include "base/arena.h"
#include "law/law.h"

typedef struct uses__cite { const char *text; uint32_t first, last, count; } uses__cite; /* chain of uses through next[] */
typedef struct uses__norm_id { const char *name, *id; } uses__norm_id;
struct ans_law_uses {
  ans_arena *arena;
  ans_law_use *uses; uint32_t *next; uint32_t use_count, use_capacity;
  uses__cite *cites; uint32_t cite_count, cite_capacity; /* in the order of first use */
  uint32_t *table; uint32_t table_size;                  /* indices into cites, power of two */
  uses__norm_id *norms; uint32_t norm_count, norm_capacity;
};
#endif
