/* Kindergeld written by hand in scalar C from the statute (EStG §§ 32, 52, 62 to 66, 70), as the yardstick for the engines. It shares no code with them and knows nothing
 * of the bytecode. Where the law leaves a choice it follows the choices that the README of the rule package marks. */
#ifndef ANS_BENCH_SCALAR_H
#define ANS_BENCH_SCALAR_H
#include "workload.h"

typedef enum truth { NO, YES, OPEN } truth; /* Kleene: OPEN = not determined */

typedef struct bench_decision {
  truth entitled;
  bool amount_known, payout_known;
  int64_t amount_cents, payout_cents;
} bench_decision;

/* Decides every pair of the clusters [first, end) for one month (year*12+month-1); out is indexed by pair. False on arithmetic overflow or a cluster of more than
 * BENCH_CLUSTER_MAX pairs or persons. */
enum { BENCH_CLUSTER_MAX = 64 };
bool bench_scalar(const bench_population *w, uint32_t first, uint32_t end, int32_t month, bench_decision *out);

/* --- shared by the files of the scalar program ---------------------------------------------------------------------------------------------- */
/* A truth value for each day of the month: bit k of yes (no) = certainly true (false) on day k; neither = open. */
typedef struct days { uint32_t yes, no; } days;

typedef struct month_frame {
  const bench_population *w;
  int32_t month, first, last;       /* days */
  uint32_t all;                     /* one bit per day */
} month_frame;

static inline days days_and(days a, days b) { return (days){a.yes & b.yes, a.no | b.no}; }
static inline days days_or(days a, days b) { return (days){a.yes | b.yes, a.no & b.no}; }
static inline days days_not(days a) { return (days){a.no, a.yes}; }
static inline days days_always(const month_frame *m, truth x) { return (days){x == YES ? m->all : 0, x == NO ? m->all : 0}; }
static inline truth days_any(const month_frame *m, days a) { return a.yes ? YES : a.no == m->all ? NO : OPEN; }
static inline truth truth_and(truth a, truth b) { return a == NO || b == NO ? NO : a == YES && b == YES ? YES : OPEN; }
static inline truth truth_or(truth a, truth b) { return a == YES || b == YES ? YES : a == NO && b == NO ? NO : OPEN; }
static inline truth truth_not(truth a) { return a == OPEN ? OPEN : a == YES ? NO : YES; }
static inline truth truth_of(bool x) { return x ? YES : NO; }

/* scalar_time.c: days and timelines */
month_frame scalar_month(const bench_population *w, int32_t month);
days scalar_from(const month_frame *m, int32_t day);                       /* true from that day on */
days scalar_equals(const month_frame *m, bench_run line, int64_t value);   /* the timeline has this value */
days scalar_above(const month_frame *m, bench_run line, int64_t value);    /* the timeline is greater */
bool scalar_on_day(const month_frame *m, bench_run line, int32_t day, int64_t *value); /* false: not known */
truth scalar_true_on(const month_frame *m, bench_run line, int32_t day);
int32_t scalar_birthday(int32_t birth, int32_t years);                     /* §§ 187, 188 BGB: completed at its beginning */
int32_t scalar_month_of(int32_t day);
/* The end of the last (beginning of the next) true stretch before (after) a day; *there NO if there is none. */
truth scalar_last_end(const month_frame *m, bench_run line, int32_t day, int32_t *end);
truth scalar_next_start(const month_frame *m, bench_run line, int32_t day, int32_t *start);

/* scalar_child.c: § 32 Abs. 3 to 5 */
days scalar_alive(const month_frame *m, const bench_person *p);
days scalar_counts_as_child(const month_frame *m, const bench_person *p);
#endif
