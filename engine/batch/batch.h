/* The nightly run: every running award, open application and event candidate of a benefit, for one period or a range. */
#ifndef ANS_BATCH_H
#define ANS_BATCH_H
#include "decide/decide.h"
#include "facts/facts.h"

enum { ANS_BRAKE_OFF = 1001 };
enum { ANS_MAX_RUN_PERIODS = 366 }; /* of one run: a leap year by days, thirty years by months */

typedef struct ans_batch_options {
  const char *benefit;                 /* name in the package */
  int32_t first_period, last_period;   /* inclusive; numbers of the package's period kind, at most ANS_MAX_RUN_PERIODS */
  int32_t law_known, facts_known;      /* days up to which law (promulgated) and facts (recorded) count as known; 0 or ANS_DAY_MAX = all */
  int32_t current_period;              /* periods before it are past: ending them means recovery */
  unsigned jobs;                       /* worker threads; the result never depends on it */
  uint32_t claims_per_chunk;           /* 0 = 1024 */
  uint32_t enumerate;                  /* bound for exact missing lists per claim, 0 = 64 */
  unsigned brake_change_permille;      /* share of changed, ended or recovered awards that stops the run; ANS_BRAKE_OFF = never */
  unsigned brake_refer_permille;       /* share of referred claims that stops the run */
  bool store_unchanged;                /* keep rows of unchanged decisions too (default of the command line: yes) */
  bool rows_only;                      /* never read column chunks; the result is the same */
  const ans_chunk_key *chunk_key;      /* of encrypted chunks, or NULL */
  bool decision_chunks;                /* keep unchanged decisions as one block per commit instead of rows; same ids, same head */
  void (*progress)(void *ctx, int64_t done, int64_t total);
  void *ctx;
  int64_t stop_after;                  /* tests: stop (as if killed) after this many committed chunks; 0 = never */
} ans_batch_options;

/* The last second of a day (UTC): the state of knowledge that "known on the day" means. */
static inline int64_t ans_batch_known_at(int32_t day) { return (int64_t)day * 86400 + 86399; }

enum { ANS_MERITS_COUNT = 3, ANS_PROCEDURE_COUNT = 6, ANS_ACTION_COUNT = 8 };
typedef enum ans_brake { ANS_BRAKE_NONE, ANS_BRAKE_CHANGE, ANS_BRAKE_REFER } ans_brake;
typedef struct ans_batch_report {
  int64_t run;
  int64_t claims, decisions, quarantined, leaves;
  int64_t table[ANS_MERITS_COUNT][ANS_PROCEDURE_COUNT];
  int64_t actions[ANS_ACTION_COUNT];
  int64_t awards, changed_awards, referred;
  uint64_t read_ns, evaluate_ns, write_ns; /* summed over threads; for reports, never for tests */
  uint8_t head[32];
  bool resumed;
  ans_brake brake;                       /* what stopped the release */
} ans_batch_report;

/* path: the store. Facts are read as known at the start of the run (with facts_known: at the end of that day, UTC, if that is earlier), by one read handle per worker; one writer commits chunk by chunk in order. A killed run is resumed
 * by the next call with the same package and periods; nothing is decided twice. Bad cases go to quarantine with their reason. Returns ANS_BRAKE when
 * a brake stopped the release, ANS_INTERNAL when VM and replay disagreed anywhere (such cases are quarantined). */
ans_status ans_batch_run(const char *path, const ans_program *p, const ans_batch_options *o, ans_batch_report *report, ans_error *err) ANS_MUST_CHECK;

/* Looks at every life event that is new for a benefit, or cancelled since: raises the claims it can touch as candidates (a superset of those whose outcome it can change,
 * docs/exchange.md) and decides each with the facts there are now. One transaction an event; a second call goes on where the first ended. */
typedef struct ans_events_options { const char *benefit; int32_t period; /* the current one */ } ans_events_options;
typedef struct ans_events_report { int64_t events, considered /* claims of the cases looked at */, claims /* raised */, refused /* cases that cannot be read */; } ans_events_report;
/* A raised claim (its key) with its outcome; outcome NULL: the case of this person (key) cannot be read and needs a human. */
typedef void ans_events_visit(void *ctx, const ans_life_event *event, const char *key, const ans_outcome *outcome);
ans_status ans_events_process(ans_store *s, const ans_program *p, const ans_events_options *o, ans_events_visit *visit, void *ctx, ans_events_report *report, ans_error *err) ANS_MUST_CHECK;

/* The benefit that a run decided. Runs of stores before schema 6 do not name it: there it is the only one of the claim's unit; ANS_NEGATIVE (E-AUDIT-BENEFIT) if there are several,
 * E-AUDIT-CLAIM if there is none. */
ans_status ans_batch_benefit(const ans_program *p, const ans_run *run, const char *unit, uint32_t *benefit, ans_error *err) ANS_MUST_CHECK;
typedef struct ans_replay_report { ans_outcome outcome; bool same_facts, same_outcome, same_trace; int64_t decision; } ans_replay_report;
/* Receipt → decision again from the stored package and snapshot. *json (may be NULL): the explanation. */
ans_status ans_batch_replay(ans_store *s, int64_t decision, ans_replay_report *report, char **json, ans_error *err) ANS_MUST_CHECK;
typedef struct ans_audit_report { int64_t runs, decisions, leaves, log_entries; } ans_audit_report;
/* Verifies roots and the chain of heads, the exchange log, and (deep) decides every receipt again. ANS_NEGATIVE with the first break named. */
ans_status ans_batch_audit(ans_store *s, bool deep, ans_audit_report *report, ans_error *err) ANS_MUST_CHECK;
#endif
