/* One comparison for all runners: reference against VM (chunks 1, 3, 4096 with every result wanted, and 4096 with one result in three, so that most
 * registers matter only in some rows) and replay, every row-grain result and row of a period. The replay computes twice: all cells in order, and on demand, results first to last or last
 * to first; every cell must be the same, and so must identities. */
#ifndef ANS_TESTS_COMPARE_H
#define ANS_TESTS_COMPARE_H
#include "gen_model.h"
#include "reference.h"

/* ans_lower_program or naive_lower. */
typedef ans_status lower_fn(const ans_model *m, ans_program **out, ans_error *err);

enum { COMPARE_CHUNKS = 4, COMPARE_ALL = 15 /* runs as bits: chunks 1, 3, 4096, 4096 with a third of the results */, COMPARE_ONE = 2 };
typedef enum comparison { COMPARE_EQUAL, COMPARE_DIFFERENT, COMPARE_FAILED /* an evaluator refused: see err */ } comparison;

typedef struct expected { /* the reference's cells of one period */
  const ans_model *m;
  const ans_columns *c;
  int32_t period, law_known; /* follows from the period: every second one is judged as the law was known on some day around it */
  ans_ref **refs;         /* per component */
} expected;

typedef struct mismatch {
  uint32_t result, component, row;   /* row relative to the component */
  int32_t period;
  ans_scalar reference, vm[COMPARE_CHUNKS], replay, demand;
  unsigned chunks; /* that ran */
  bool vm_differs, replay_differs;
} mismatch;

bool expected_new(expected *out, const ans_model *m, const ans_columns *c, int32_t period, ans_error *err);
void expected_dispose(expected *e);
ans_scalar expected_cell(const expected *e, uint32_t result, uint32_t component, uint32_t row);

/* Runs the engines on `c` (its program decides; rows and facts as in e->c) and compares. *first is the first difference in the order of
 * components, results, rows. chunks: which chunk sizes the VM runs with (bits, at least one). */
comparison compare_engines(const expected *e, const ans_columns *c, unsigned chunks, mismatch *first, ans_error *err);
/* A random program with a benefit, lowered, and random facts about it: for tests of what is said about single claims. false: refused, and said so. Dispose in any case. */
typedef struct claims_world { ans_model *m; gen_data *d; ans_program *p; ans_columns *c; } claims_world;
bool claims_world_make(claims_world *w, uint64_t seed, uint32_t rows, bool extreme);
void claims_world_dispose(claims_world *w);
void mismatch_print(const ans_model *m, const mismatch *x);
void print_error(const char *what, const ans_error *err);
void print_cell(char out[48], ans_type t, ans_scalar v);
#endif
