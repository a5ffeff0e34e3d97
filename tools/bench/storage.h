/* Stores for the end-to-end measurements: filled through the store's API in pieces of the population, used by work in child processes of their own, so that
 * processor time and the peak of memory belong to that work alone. Files lie in bench_options.directory and are deleted again. */
#ifndef ANS_BENCH_STORAGE_H
#define ANS_BENCH_STORAGE_H
#include "bench.h"
#include "batch/batch.h"

enum { BENCH_MONTH = 2026 * 12 + 5 /* June 2026 */ };

/* What a child used. Private memory is what no other process shares and no file backs (RssAnon), sampled every few milliseconds; the resident set contains mapped pages
 * of the store as well, which the system takes back whenever it needs them. */
typedef struct bench_usage { double cpu_ns; uint64_t peak_kib, private_kib, start_kib /* private, inherited from the parent */; } bench_usage;
typedef bool bench_work(const void *in, void *out);
/* Runs work in a child; *out comes back through a pipe. False: the child failed and has said why. */
bool bench_in_child(bench_work *work, const void *in, void *out, size_t out_size, bench_usage *usage);

void bench_drop_store(const char *path);                     /* with its side files */
bool bench_copy(const char *from, const char *to);           /* and syncs, so that writing the copy back is not charged to what follows */
bool bench_directory(const char *path);                      /* makes it if needed */
uint64_t bench_file_size(const char *path);                  /* 0 if there is none */

/* What the ledger holds. STEADY: what the law gives, with mistakes at stated rates. CHANGED: right everywhere but in the given share of the claims, which are wrong, missing, or open
 * and asked for; all other open claims are not in the ledger. */
typedef struct bench_filling {
  const ans_program *p;
  const bench_names *n;
  const char *path;
  uint64_t seed;
  uint32_t households;
  unsigned unknown_percent, changed_permille;                /* changed_permille 0: STEADY */
  /* Also gets every piece, in order; NULL: nobody. first_key: as in bench_store_write. */
  bool (*also)(void *ctx, const bench_population *w, const int64_t *awards, uint64_t first_key);
  void *ctx;
} bench_filling;
typedef struct bench_filled { uint64_t households, families, persons, pairs, assertions, claims, bytes, ns; } bench_filled;
bool bench_fill(const bench_filling *t, bench_filled *f);

typedef struct bench_compacted { uint64_t ns, chunks, bytes; } bench_compacted;
/* The facts once more as column chunks, as `anspruch store compact` makes them. */
bool bench_compact(const char *path, const ans_program *p, bool compress, const ans_chunk_key *key, bench_compacted *out);

/* One run over a store, with the processor time of its parts; a bench_work from bench_running to bench_ran. */
typedef struct bench_running { const ans_program *p; const char *path; unsigned jobs; bool rows_only, decision_blocks; } bench_running;
typedef struct bench_ran { ans_batch_report report; uint64_t wall_ns; } bench_ran;
bool bench_run_month(const void *in, void *out);

/* onecase.c: one case looked up and corrected in the filled store `path`, which is copied unless `here`. */
bool bench_one_case(const ans_program *p, const char *path, uint64_t households, bool here, bench_report *r);
#endif
