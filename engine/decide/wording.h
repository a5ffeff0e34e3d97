/* What an explanation says about a package, as JSON prepared once: everything about a rule, a fact, a parameter or a step that does not depend on the case. Shared by the files of
 * engine/decide only. Immutable after it was made; shared by threads. The program must outlive it. */
#ifndef ANS_DECIDE_WORDING_H
#define ANS_DECIDE_WORDING_H
#include "base/json.h"
#include "decide/decide.h"

typedef struct fragment { uint32_t at, len; } fragment; /* into ans_wording.text */

typedef struct named { const char *name; uint32_t unit, index; } named; /* sorted by unit, name, index */

/* Members of an explanation node. `rest` (reason or source text, line) by what the node came to: 0 holds or is not a value, 1 does not hold. */
typedef struct node_wording {
  fragment head, rest[2];
  const char *holes[2];          /* the text has holes and must be filled for every case: its template; rest is then what follows it. NULL: none */
} node_wording;

/* A step of a trace (trace_json.c): "[register,", then what varies; then ",[nodes],[provisions]],", or "]," if it names none. STEP_REST bytes behind any rest may be read. */
enum { STEP_REST = 32 };
typedef struct step_wording { char head[15]; uint8_t len; fragment rest; } step_wording;

struct ans_wording {
  const ans_program *p;
  char *text;
  uint32_t *first_node, *next_node;    /* nodes by instruction: heads and chain */
  uint32_t *split, *seg_from, *seg_to; /* per unit: registers or ANS_NONE */
  node_wording *nodes;
  fragment *fact_head, *fact_rest;     /* around the row */
  fragment *params, *units;
  fragment package;                    /* a whole value */
  step_wording *steps;                 /* per instruction */
  named *facts, *results;              /* by name, for holes */
  named *reads; uint32_t read_count;   /* PARAM instructions by the name of their parameter; unit 0 */
};

static inline void wording_put(const ans_wording *w, ans_json *j, fragment f) { ans_json_raw(j, w->text + f.at, f.len); }
/* First entry of (unit, name); end: past the last entry. */
const named *wording_find(const named *list, uint32_t n, uint32_t unit, const char *name, const named **end);
/* The reason of a rule with its holes filled from the case; at_unit, at_row: the row a rule without one of its own speaks about. out: size bytes. */
void wording_fill(const ans_wording *w, const ans_columns *c, const ans_trace *t, const char *text, uint32_t unit, uint32_t row /* absolute */, char *out, size_t size);
/* explain_head.c: members that describe the claim and what was decided. */
void decide__claim(ans_json *j, const ans_columns *c, uint32_t benefit, uint32_t row, int32_t period); /* which claim: benefit, unit, row, period */
void decide__claim_members(ans_json *j, const ans_columns *c, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *o);
const char *decide__node_kind(uint8_t kind);
void decide__package(ans_json *j, const ans_program *p);
#endif
