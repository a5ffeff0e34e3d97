/* Shared by the parts of the measuring program. Times are nanoseconds: of the wall clock end to end, of the processor (this
 * thread) where engines are compared, so that other work on the machine disturbs the ratios less; floating point occurs in reports only. */
#ifndef ANS_BENCH_BENCH_H
#define ANS_BENCH_BENCH_H
#include <stdio.h>
#include <time.h>
#include "workload.h"

enum { BENCH_MAX_SIZES = 8, BENCH_MAX_ROUNDS = 99 };
typedef struct bench_options {
  const char *rules, *directory, *json, *dump;
  unsigned rounds;                       /* of the comparison of the engines; the median counts */
  uint32_t families;                     /* clusters with children in that comparison */
  uint32_t sizes[BENCH_MAX_SIZES]; unsigned size_count; /* households of the end-to-end runs */
  uint64_t seed;
  bool engines, batch, growth, classic, io, threads, relevance, laws, ratchet;
  bool exceptions, safety, order, months, profile;
} bench_options;

/* The machine-readable report: {"machine": …, "rows": [{…}, …]}. f NULL: nothing is written. */
typedef struct bench_report { FILE *f; bool rows; } bench_report;
bool bench_report_open(bench_report *r, const char *path, const bench_options *o);
void bench_report_row(bench_report *r, const char *group);              /* ends the row before */
void bench_report_text(bench_report *r, const char *key, const char *value);
void bench_report_number(bench_report *r, const char *key, double value);
bool bench_report_close(bench_report *r);
/* Processor and kernel in one line. */
void bench_machine(char *out, size_t size);

static inline uint64_t bench_clock(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}
static inline uint64_t bench_now(void) { return bench_clock(CLOCK_MONOTONIC); }
static inline uint64_t bench_cpu(void) { return bench_clock(CLOCK_THREAD_CPUTIME_ID); }
double bench_median(double *values, unsigned n);                        /* reorders values */
bool bench_failed(const char *what, ans_status status, const ans_error *err); /* says why on stderr; returns true unless status is OK */

/* engines.c: VM per instruction set, replay and the scalar program on one population. *differences: rows where an engine and the scalar program part. */
bool bench_engines(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r, uint64_t *differences);
/* laws.c: three laws about the same households; compiles the packages itself. *differences as above. */
bool bench_laws(const bench_options *o, bench_report *r, uint64_t *differences);
/* months.c: a span of months over the same columns against every month alone, for the three laws. *differences as above. */
bool bench_months(const bench_options *o, bench_report *r, uint64_t *differences);
/* single.c: one claim beside a batch, and two threads; the first benefit of a package with columns. */
bool bench_single(ans_program *p, ans_columns *c, const bench_options *o, int32_t month, bench_report *r);
/* safety.c: the price of checks for overflow and of open states. */
bool bench_safety(const bench_options *o, bench_report *r, uint64_t *differences);
/* order.c: households of one size kept together. */
bool bench_order(const bench_options *o, bench_report *r, uint64_t *differences);
/* safety.c: what ratchet.py counts; prints a line per run. */
bool bench_ratchet(const bench_options *o);
/* relevance.c: lists of missing facts of a case about which nothing is known; any package. */
bool bench_relevance(const ans_program *p, bench_report *r);
/* growth.c: cost and memory of filling, chunks and runs from size to size. */
bool bench_growth(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r);
/* classic.c: the run against a program of the usual kind, row by row from ordinary tables. */
bool bench_classic(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r);
/* io.c: ways to keep facts and decisions. */
bool bench_io(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r);
/* threads.c: evaluation on one and on two threads. */
bool bench_threads(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r);
/* batch.c: end to end on stores of several sizes. */
bool bench_batch(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r);
#endif
