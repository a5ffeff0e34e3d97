/* The nightly run as it is usually written, for comparison: facts in ordinary row tables of a SQLite database of their own, one household after the other read with
 * prepared SELECTs over indexes, decided by the scalar program, a row written for what changes. See classic_store.c for the tables, classic.c for the comparison. */
#ifndef ANS_BENCH_CLASSIC_H
#define ANS_BENCH_CLASSIC_H
#include "storage.h"

typedef struct classic_db classic_db;
/* Tables are made if the file is new. NULL: failed, and said why. */
classic_db *classic_open(const char *path);
void classic_close(classic_db *db);
/* A piece of the population with its ledger; as bench_filling.also, one transaction. */
bool classic_add(void *ctx /* classic_db */, const bench_population *w, const int64_t *awards, uint64_t first_key);

typedef struct classic_report { uint64_t cases, claims, changed, open, wall_ns, read_ns, evaluate_ns, write_ns /* processor time; writing without the commits */; } classic_report;
/* Decides BENCH_MONTH for every household with an award or an application; a bench_work from the path (char *) to classic_report. */
bool classic_run(const void *path, void *report);
#endif
