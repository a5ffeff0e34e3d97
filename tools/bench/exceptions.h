/* How deep the exceptions of a program stand one beneath another, and how deep those stand that apply in the cases of a population. A rule has depth 0, an exception to it 1, an exception to that 2, and so
 * on; rules that derogate and bars count as exceptions. One that applies is live: its condition holds and none of its own exceptions defeats it (semantics 4). Not thread-safe; nothing is kept. */
#ifndef ANS_BENCH_EXCEPTIONS_H
#define ANS_BENCH_EXCEPTIONS_H
#include "bench.h"
#include "columns/columns.h"

enum { EXCEPTION_DEPTHS = 16 };        /* deeper ones count as the last */
typedef struct exceptions { uint32_t deepest, rules[EXCEPTION_DEPTHS]; uint64_t live[EXCEPTION_DEPTHS]; } exceptions;

/* What the program's table of nodes says; live stays 0. */
void exceptions_of(const ans_program *p, exceptions *out);
/* Also replays every component for a month and counts the rows in which a rule of each depth is live. False with a line on stderr if a replay fails or memory is short. */
bool exceptions_met(const ans_columns *c, int32_t month, exceptions *out);
/* One line, and a row of the report. */
void exceptions_print(const char *package, const exceptions *x, bool met, bench_report *r);
#endif
