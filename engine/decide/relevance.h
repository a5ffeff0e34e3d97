/* The inside of relevance (docs/semantics.md § 11), shared by the files of engine/decide only:
 *
 *   reach.c, reach_groups.c  which states and values a cell can have over all admissible completions (an over-approximation, one pass over the trace);
 *   slice.c                  the missing cells that can matter, and the values at which the slice distinguishes a number or a date;
 *   completion.c             putting a completion into the columns, evaluating it, putting everything back;
 *   witness.c                proof by complete enumeration or by pairs of completions;
 *   relevance.c              the list of a claim, its order and what to ask next.
 *
 * Soundness: reach contains what a cell really has under every completion; slice follows every operand that reach does not rule out; so a cell that is not in
 * the slice cannot be relevant. Exactness is then only ever claimed on proof. Everything lives in one arena of one call; one thread. */
#ifndef ANS_DECIDE_RELEVANCE_H
#define ANS_DECIDE_RELEVANCE_H
#include "base/arena.h"
#include "decide/decide.h"

enum {
  RELEVANCE_MAX_REACH = 4000000,      /* cells of a trace that are analysed; beyond it every missing cell of the component is reported */
  RELEVANCE_MAX_WORK = 40000000,      /* steps of the analysis beyond one per cell: wide references and groups in large components */
  RELEVANCE_MAX_CELLS = 512,          /* missing cells that are proven; beyond it the list is not exact */
  RELEVANCE_MAX_CUTS = 320,           /* of one cell */
  RELEVANCE_MAX_OPTIONS = 512,        /* completions of one cell that are tried */
  RELEVANCE_WITNESS_MIN = 256         /* with a smaller bound of evaluations no witnesses are searched */
};

/* --- admissible completions of a type (domain) ---------------------------------------------------------------------------------- */
typedef struct domain_bounds { bool known, finite; int64_t lo, hi; } domain_bounds; /* finite: every value is tried, else the values between thresholds */
/* Of a fact: those of its type, within the declared bounds. known = false: there are no admissible completions here (no row to refer to, text). */
domain_bounds decide__domain(const ans_columns *c, const ans_trace *t, uint32_t fact);

static inline int64_t decide__within(domain_bounds d, int64_t v) { return v < d.lo ? d.lo : v > d.hi ? d.hi : v; } /* the nearest admissible value */

/* --- reach ---------------------------------------------------------------------------------------------------------------------- */
/* states: bit s is set if state s is possible; lo…hi contains every value that is. An empty set does not occur. */
typedef struct reach { int64_t lo, hi; uint8_t states; } reach;
enum { REACH_VALUE = 1 << ANS_VALUE, REACH_NA = 1 << ANS_NOT_APPLICABLE, REACH_OPEN = 1 << ANS_UNKNOWN | 1 << ANS_HUMAN, REACH_BAD = 1 << ANS_ERRONEOUS | 1 << ANS_CONFLICT,
  REACH_ERROR = 1 << ANS_ERRONEOUS, REACH_CONFLICT = 1 << ANS_CONFLICT, REACH_HUMAN = 1 << ANS_HUMAN };
typedef struct reach_map {
  const ans_columns *c;
  const ans_program *p;
  const ans_trace *t;
  ans_arena *arena;
  int32_t first_day, last_day;
  reach **cells;                      /* per register, per row; made when first asked for. No states: not yet */
  uint64_t total; uint32_t depth, completed; /* cells made; cells waiting for another one; registers below which every cell is there */
  reach *hull; bool *has_hull;        /* per register: all rows together, made on demand */
  uint64_t work;
  ans_cell_pick *pick; void *pick_ctx; /* depends.c: only picked cells change, to any value and any state; other missing cells stay as they are. NULL: completions as § 11 defines them */
  bool failed, too_large;             /* out of memory; beyond the limits above */
} reach_map;
/* Makes an empty map. What a cell can be is found when it is asked for. Where the limits are passed (too_large) or memory ends (failed) it can be anything: whoever concludes something from the map looks at
 * these two afterwards. */
void decide__reach(reach_map *m);
reach decide__reach_at(reach_map *m, uint32_t reg, uint32_t row);       /* uniform registers at row 0 */
reach decide__reach_rows(reach_map *m, uint32_t reg, int64_t lo, int64_t hi); /* together over the relative rows lo…hi, clipped to those there are */
reach decide__reach_condition(reach r);                                 /* n/a becomes an error */
reach decide__reach_any(const reach_map *m, ans_type type);             /* everything the type can have */
reach decide__reach_join(reach a, reach b);
reach decide__reach_group(reach_map *m, const ans_insn *in, uint32_t reg, uint32_t row); /* reach_groups.c: aggregates, ranks */
reach decide__reach_timeline(reach_map *m, const ans_insn *in, uint32_t reg, uint32_t row);
bool decide__reach_groups(reach_map *m, uint32_t reg);                  /* a whole aggregate register at once */
/* One value of a monotone date function (YEARS_DONE, ADD_MONTHS with the given clipping, MONTH_OF …); false: outside the calendar. */
bool decide__date_function(const ans_insn *in, int clip, int64_t a, int64_t b, int64_t *v);
static inline bool reach_is_fixed(reach r) { return r.states && !(r.states & (r.states - 1)) && (r.states != REACH_VALUE || r.lo == r.hi); }
static inline bool reach_may(reach r, int64_t v) { return (r.states & REACH_VALUE) && r.lo <= v && v <= r.hi; }
static inline bool reach_is(reach r, int64_t v) { return r.states == REACH_VALUE && r.lo == v && r.hi == v; }

/* --- timelines: maximal runs of days with one cell; missing runs are cut at the beginning and the end of the period -------------------- */
typedef struct decide_piece { int64_t from, to; ans_scalar v; bool missing; } decide_piece;
decide_piece decide__piece(const ans_columns *c, uint32_t fact, uint32_t row /* absolute */, int64_t day, int32_t first_day, int32_t last_day);

/* --- missing cells ------------------------------------------------------------------------------------------------------------------- */
typedef struct cutset { bool inexact; uint16_t count, capacity; int64_t *at; } cutset; /* at t: values below t and from t on are told apart */
typedef struct missing_cell {
  uint32_t fact, row;                 /* absolute */
  int64_t from, to;                   /* piece of a timeline */
  int64_t day;                        /* to name in the list */
  uint8_t state;
  uint32_t period_days;               /* bit i: read on first_day + i (pieces inside the period) */
  uint8_t outside_count; int64_t outside[8]; /* days read outside the period */
  bool walked;                        /* read otherwise than on these days */
  cutset cuts;
  bool proven;                        /* two completions differ only in it and in the outcome */
  bool blocking;                      /* the claim is open through it now */
} missing_cell;
typedef struct claim_at { uint32_t component, benefit, row; int32_t period, law_known; } claim_at;
typedef struct missing_list { missing_cell *items; uint32_t count, capacity; bool truncated; } missing_list; /* truncated: more than RELEVANCE_MAX_CELLS */
/* Missing cells that the roots (registers, at the relative row) can depend on. amount[i]: root i is observed by value, not only by truth. */
/* now: instead, those through which the roots are open in the trace as it is. */
void decide__slice(reach_map *m, const uint32_t *roots, const bool *amount, uint32_t n, uint32_t row, bool now, missing_list *out);
/* reach and slice of a claim from its trace: fills the map and the list. */
void decide__claim_slice(reach_map *m, const claim_at *at, missing_list *out);
/* Every missing cell of the component, for components beyond the limits and to fill what lies outside the slice. */
void decide__all_missing(reach_map *m, uint32_t component, missing_list *out, uint32_t limit);
void decide__cut(ans_arena *a, cutset *s, int64_t at);

/* --- completions ------------------------------------------------------------------------------------------------------------------------ */
typedef struct option { int64_t a, b; int64_t change; } option; /* a before the day of change, b from it on; scalars: a */
typedef struct claim_result { ans_scalar entitled, amount, payout; } claim_result;
typedef struct completion completion;
/* Takes the missing cells of the component over: each is filled with some admissible value. NULL on memory exhaustion. */
completion *decide__completion_open(ans_columns *c, const reach_map *m, const claim_at *at);
void decide__completion_close(completion *x);      /* puts every cell back */
/* One missing cell: an admissible option, or NULL for "missing again". Cells without a known domain have no option and stay missing. */
void decide__complete(completion *x, const missing_cell *cell, const option *o);
/* *trace: on demand, valid until the next evaluation. NULL: not wanted. */
ans_status decide__evaluate(completion *x, claim_result *out, const ans_trace **trace, ans_error *err);
bool decide__same_result(const claim_result *a, const claim_result *b);

/* Removes cells proven irrelevant, marks those proven relevant. bound: evaluations at most. *exact: nothing else can be relevant, and all that is left is. */
ans_status decide__prove(ans_columns *c, const reach_map *m, const claim_at *at, uint32_t bound, missing_list *list, bool *exact, uint32_t *evaluations, ans_error *err);
#endif
