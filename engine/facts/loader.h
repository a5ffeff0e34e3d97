/* Private to engine/facts: the state of the loader, shared by reading rows (loader.c), reading chunks (chunked.c) and making chunks (compact.c). */
#ifndef ANS_FACTS_LOADER_H
#define ANS_FACTS_LOADER_H
#include "facts/chunk.h"
#include "facts/internal.h"

typedef struct loader__row {
  int64_t subject;
  uint32_t unit, component;
  char *key;                       /* owned by the loader until the next load */
  size_t first_cell, cells;        /* into cells[] */
  uint32_t index;                  /* absolute row after emission */
} loader__row;

typedef struct loader__cell { uint32_t fact; facts__claim claim; } loader__cell;

typedef struct loader__name { const char *text; uint32_t unit, fact; } loader__name; /* interned fact name × unit → fact index or ANS_NONE */

typedef struct facts__chunks facts__chunks;

struct ans_fact_loader {
  ans_store *store;
  const ans_program *program;
  int64_t known_at;
  bool making;                     /* for a chunk: refuses components about which something is recorded with a later time */
  facts__chunks *chunks;           /* NULL: rows only */
  loader__row *rows;     size_t row_count, row_capacity;
  loader__cell *cells;   size_t cell_count, cell_capacity;
  uint32_t *slots;       size_t slot_capacity;    /* subject id → row + 1, open addressing */
  loader__name *names;   size_t name_count, name_capacity;
  ans_interval *intervals; size_t interval_capacity;
  int64_t *cuts;         size_t cut_capacity;
  facts__texts texts;              /* of this load */
  ans_columns_room room;           /* what the last load came to: the next one will be about as large */
  /* state of the visitor callbacks */
  size_t current, first;           /* row being read; first row of its component */
  ans_status failed;
  ans_error bad;                   /* why the current component is refused (bad.status != ANS_OK) */
  ans_error *err;
};

typedef struct loader__load {
  ans_columns_builder *builder;
  uint32_t components;             /* so far, those of chunks not yet copied included */
  facts__claim *scratch;
  size_t *order;
  size_t order_capacity;
} loader__load;

typedef struct loader__order { int64_t claim; uint32_t index; } loader__order; /* of a load, ascending */

ans_status loader__oom(ans_error *err);
bool loader__reserve(void **array, size_t *capacity, size_t need, size_t size);
/* Row of a subject, or SIZE_MAX. */
size_t loader__find(const ans_fact_loader *l, int64_t subject);

/* --- chunked.c: all of them do nothing for a loader without chunks ------------------------------------------------------------------ */
/* Finds out which of the claims (ascending) come from chunks in this load. Inside the read transaction of the load. */
ans_status facts__chunks_plan(ans_fact_loader *l, const loader__order *order, uint32_t n, ans_error *err);
/* Takes claim number i of the plan from its chunk; *row is counted within its component until facts__chunks_settle. *taken false: it must be read from rows. */
ans_status facts__chunks_take(ans_fact_loader *l, loader__load *load, uint32_t unit, uint32_t i, int64_t claim, bool *taken, uint32_t *component, uint32_t *row, ans_error *err);
/* Copies what was taken so far; before anything else goes to the builder. */
ans_status facts__chunks_flush(ans_fact_loader *l, loader__load *load, ans_error *err);
/* Turns the rows of taken claims into rows of the finished columns. */
void facts__chunks_settle(const ans_fact_loader *l, const ans_columns *columns, uint32_t unit, const loader__order *order, uint32_t n, const uint32_t *component, uint32_t *row);
void facts__chunks_free(facts__chunks *c);
#endif
