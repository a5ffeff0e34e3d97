/* From evaluated cells to a decision: merits, procedure, action against the award ledger, missing facts, explanation, receipt.
 *
 * Merits and procedure are two results (docs/semantics.md §§ 10, 11; docs/decisions.md). Nothing adverse is ever issued automatically.
 * Pure except for memory: no I/O, no clock. Threads: every function works on its arguments only. */
#ifndef ANS_DECIDE_H
#define ANS_DECIDE_H
#include "base/json.h"
#include "columns/columns.h"
#include "replay/replay.h"

/* X(NAME, json, German) */
#define ANS_MERITS_LIST(X) X(ENTITLED, "entitled", "Anspruch besteht") X(NOT_ENTITLED, "not_entitled", "kein Anspruch") X(UNDETERMINED, "undetermined", "nicht entscheidbar")
#define ANS_PROCEDURE_LIST(X)                                                                          \
  X(ISSUE, "issue", "automatisch erlassen")                                                            \
  X(OFFER, "offer", "vorausgefüllten Antrag anbieten")                                                 \
  X(PROPOSE, "propose", "Entwurf für Menschen (belastend)")                                            \
  X(ASK, "ask", "fehlende Angaben erfragen")                                                           \
  X(REFER, "refer", "an Sachbearbeitung abgeben")                                                      \
  X(NONE, "none", "nichts zu veranlassen")
#define ANS_ACTION_LIST(X)                                                                             \
  X(NONE, "none", "kein Verfahren")                                                                    \
  X(UNCHANGED, "unchanged", "unverändert")                                                             \
  X(GRANT, "grant", "Bewilligung")                                                                     \
  X(CHANGE, "change", "Änderung")                                                                      \
  X(END, "end", "Einstellung")                                                                         \
  X(RECOVERY, "recovery", "Rückforderung")                                                             \
  X(REFUSE, "refuse", "Ablehnung")                                                                     \
  X(OPEN, "open", "offen")
/* Why the procedure is what it is. X(NAME, json, German) */
#define ANS_REASON_LIST(X)                                                                             \
  X(APPLICATION_MISSING, "application_missing", "das Gesetz verlangt einen Antrag; es liegt keiner vor") \
  X(ADVERSE, "adverse", "die Entscheidung belastet; ein Mensch entscheidet nach Anhörung")             \
  X(PARTIAL_PAYOUT, "partial_payout", "der Anspruch wird nicht voll ausgezahlt")                       \
  X(FACTS_MISSING, "facts_missing", "entscheidungserhebliche Angaben fehlen")                          \
  X(HUMAN_DECISION, "human_decision", "eine menschliche Feststellung oder Ermessensentscheidung fehlt") \
  X(CASE_ERROR, "case_error", "die Berechnung ist in diesem Fall nicht möglich")                       \
  X(CONFLICT, "conflict", "Vorschriften gleichen Ranges widersprechen sich")                           \
  X(STATED_BY_CITIZEN, "stated_by_citizen", "die Entscheidung beruht auf einer überschriebenen Größe") \
  X(INFORMATION_ONLY, "information_only", "nur Auskunft, kein Verwaltungsakt")                               \
  X(CLARIFICATION, "facts_need_clarification", "eine Angabe ist nicht freigegeben, widersprüchlich oder außerhalb der vereinbarten Grenzen; ein Mensch klärt sie")

typedef enum ans_merits {
#define X(n, j, d) ANS_MERITS_##n,
  ANS_MERITS_LIST(X)
#undef X
} ans_merits;
typedef enum ans_procedure {
#define X(n, j, d) ANS_PROCEDURE_##n,
  ANS_PROCEDURE_LIST(X)
#undef X
} ans_procedure;
typedef enum ans_action {
#define X(n, j, d) ANS_ACTION_##n,
  ANS_ACTION_LIST(X)
#undef X
} ans_action;
typedef enum ans_reason {
#define X(n, j, d) ANS_REASON_##n,
  ANS_REASON_LIST(X)
#undef X
  ANS_REASON_COUNT
} ans_reason;
const char *ans_merits_name(ans_merits m, bool json);
const char *ans_procedure_name(ans_procedure p, bool json);
const char *ans_action_name(ans_action a, bool json);
const char *ans_reason_name(ans_reason r, bool json);
/* Reason bits as a compact JSON array and back (stored with decisions). */
void ans_reasons_format(uint32_t reasons, char *out, size_t size);
uint32_t ans_reasons_parse(const char *json);

/* What the case file says about one claim and period. */
typedef struct ans_claim_context {
  bool has_award; int64_t award_cents;   /* granted for this period by the live ledger */
  bool has_application;
  bool past;                             /* the period lies before the current one: ending means recovery */
} ans_claim_context;

enum { ANS_MISSING_MAX = 64, ANS_ENUMERATE_MAX = 4096 };
typedef struct ans_missing {
  uint32_t fact, row;                    /* absolute row */
  int32_t day;                           /* timelines: a day of the missing piece that is read; ANS_OPEN_PAST for scalar facts */
  uint8_t state;                         /* unknown or human */
  bool proven;                           /* two completions were found that differ only in this cell and in the outcome */
  bool blocking;                         /* the claim is open through this cell now; false: it can matter, but the claim is not open because of it (a default holds until it is known) */
} ans_missing;

typedef struct ans_outcome {
  ans_merits merits;
  ans_procedure procedure;
  ans_action action;
  uint32_t reasons;                      /* bit set over ans_reason */
  ans_scalar entitled, amount, payout;   /* payout = amount when the benefit has no payout result */
  uint32_t missing_count;                /* at most ANS_MISSING_MAX; undetermined claims only. All of one row together; blocking before others, then proven before others */
  ans_missing missing[ANS_MISSING_MAX];
  bool missing_exact, missing_truncated; /* exact: every relevant cell is listed, and every listed cell is proven relevant */
  uint32_t evaluations;                  /* replays that the missing list took */
  uint32_t ask_next;                     /* index into missing[] or ANS_NONE */
  bool law_limited;                      /* decided with the law known on law_known (semantics § 4.4); false: all law known */
  int32_t law_known;
  bool facts_limited;                    /* decided with the facts recorded on or before facts_known; false: all recorded. Set by whoever loaded the facts */
  int32_t facts_known;
} ans_outcome;

/* Merits from the three cells. */
ans_merits ans_decide_merits(ans_scalar entitled, ans_scalar amount);
/* Cells and merits of a claim, read through `read`. Information without an amount (nur Auskunft) has the amount and payout n/a, and its merits are those of the entitlement alone. */
typedef ans_scalar ans_cell_reader(void *ctx, uint32_t result);
void ans_outcome_cells(const ans_benefit *b, ans_outcome *o, ans_cell_reader *read, void *ctx);
/* Fills merits, action, procedure and reasons from cells and context; for undetermined claims also needs out->missing (set before). */
void ans_decide_procedure(const ans_program *p, const ans_benefit *b, const ans_claim_context *context, ans_outcome *out);

/* Records the days up to which law (promulgated) and facts (recorded) counted as known; ANS_DAY_MAX: all. What was computed with less than all is information about
 * then, and no act: the action stays for comparison with the ledger, the procedure is none. */
void ans_outcome_limit(ans_outcome *o, int32_t law_known, int32_t facts_known);

/* What would be asked for cannot be asked for (facts_need_human of the caller): ask becomes refer. Other procedures stay. */
void ans_outcome_clarify(ans_outcome *o);

/* Decides one claim row (absolute) of benefit for one period by replay. *trace (owned by the caller, may be NULL if not wanted). enumerate: bound on
 * evaluations (replays) that are spent on the missing list (semantics § 11; 0 = slice only, at most ANS_ENUMERATE_MAX; below 256 only complete enumeration, no
 * search for witnesses). c is changed meanwhile and restored. */
ans_status ans_decide_claim(ans_columns *c, uint32_t component, uint32_t benefit, uint32_t row, int32_t period, const ans_claim_context *context, uint32_t enumerate, ans_outcome *out, ans_trace **trace, ans_error *err) ANS_MUST_CHECK;
/* The same with the law known on a day: what was promulgated later is absent (semantics § 4.4), and the outcome is limited as above. ANS_DAY_MAX: all law. */
ans_status ans_decide_claim_known(ans_columns *c, uint32_t component, uint32_t benefit, uint32_t row, int32_t period, int32_t law_known, const ans_claim_context *context, uint32_t enumerate, ans_outcome *out, ans_trace **trace, ans_error *err) ANS_MUST_CHECK;
/* Relevant missing facts of an undetermined claim, under the law known that the trace was made with; fills the missing_* members. */
ans_status ans_relevance(ans_columns *c, uint32_t component, const ans_trace *t, uint32_t benefit, uint32_t row, int32_t period, uint32_t enumerate, ans_outcome *out, ans_error *err) ANS_MUST_CHECK;
/* Cells a question is about: fact and absolute row. */
typedef bool ans_cell_pick(void *ctx, const ans_columns *c, uint32_t fact, uint32_t row);
/* Makes the picked cells of a component unknown on all days (not those a human finds). c stays changed. ans_decide_depends then tells whether the claim's entitlement, amount or payout
 * can depend on a picked cell, whatever it becomes; false is certain, true may be more than needed. References among them are followed within the component only. */
ans_status ans_decide_blank(ans_columns *c, uint32_t component, ans_cell_pick *pick, void *ctx, ans_error *err) ANS_MUST_CHECK;
/* The same, cell by cell: visits (fact, absolute row) of every picked cell on which the result can depend, whatever all picked cells become together; a cell may be visited more than once
 * (pieces of a timeline). What is not visited cannot matter. *whole: beyond the limits of the analysis, every picked cell counts as needed. */
typedef bool ans_cell_visit(void *ctx, uint32_t fact, uint32_t row);
ans_status ans_decide_needs(ans_columns *c, uint32_t component, uint32_t benefit, uint32_t row, int32_t period, ans_cell_pick *pick, void *ctx, ans_cell_visit *visit, void *visit_ctx, bool *whole, ans_error *err) ANS_MUST_CHECK;
ans_status ans_decide_depends(ans_columns *c, uint32_t component, uint32_t benefit, uint32_t row, int32_t period, ans_cell_pick *pick, void *ctx, bool *depends, ans_error *err) ANS_MUST_CHECK;
/* Forms of a receipt (docs/formats/receipt.md): what its trace hash covers, and the text its leaf begins with; one more where knowledge is limited. New receipts have ANS_RECEIPT_UNION;
 * the earlier form is for verifying those that have it. */
typedef enum ans_receipt_form { ANS_RECEIPT_SLICES = 1, ANS_RECEIPT_UNION = 3 } ans_receipt_form;
/* Identity of everything the claim's decision rests on: entitlement, amount and payout, and every cell that at least one of them rests on. row: absolute. */
ans_status ans_claim_trace_hash(const ans_columns *c, const ans_trace *t, uint32_t benefit, uint32_t row, ans_receipt_form form, uint8_t out[32], ans_error *err) ANS_MUST_CHECK;
/* Component that holds an absolute row of a unit. */
uint32_t ans_columns_component_of(const ans_columns *c, uint32_t unit, uint32_t row);

/* --- values as text ------------------------------------------------------------------------------------------------------ */
/* German text of a cell: "259,00 €", "01.06.2008", "ja", "unbekannt", „Weimar“, "G, aG" …; ids of references and texts from c (may be NULL). What does not
 * fit is left out and marked "…". size: at least 32. */
void ans_value_text(const ans_program *p, const ans_columns *c, ans_type type, ans_scalar v, char *out, size_t size);
const char *ans_state_name(uint8_t state, bool json);

/* --- explanation --------------------------------------------------------------------------------------------------------- */
/* Where a fact cell came from; the caller supplies it when it knows (store), else NULL. Writes short German text, "" if unknown. */
typedef void ans_provenance_lookup(void *ctx, uint32_t fact, uint32_t row, int32_t day, char *out, size_t size);
/* What explanations and traces say about a package, prepared once as JSON: texts, citations, labels. Optional, and worth it for whoever explains more than one claim. Immutable: threads may
 * share it. The program must outlive it. NULL on memory exhaustion, or if it is more than ANS_WORDING_BYTES (a thousand instructions have about half a megabyte). */
enum { ANS_WORDING_BYTES = 256 << 20 };
typedef struct ans_wording ans_wording;
ans_wording *ans_wording_new(const ans_program *p);
void ans_wording_free(ans_wording *w);
typedef struct ans_explain_options {
  ans_provenance_lookup *provenance; void *ctx;
  bool all;                    /* also what was examined but did not matter */
  const ans_wording *wording;  /* of the program; NULL: made for this call */
} ans_explain_options;
/* "anspruch-decisions/1": open, one claim after the other, close. */
void ans_decisions_open(ans_json *j, const ans_program *p);
void ans_decisions_claim(ans_json *j, const ans_columns *c, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *o);
void ans_decisions_close(ans_json *j);
/* Tree "anspruch-explanation/1" (docs/formats/explanation.md), appended to out as it is found. o may be NULL. ANS_LIMIT: more than the buffer's maximum (E-EXPLAIN-LIMIT). */
ans_status ans_explain_write(const ans_columns *c, const ans_trace *t, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *outcome, const ans_explain_options *o, ans_buffer *out, ans_error *err) ANS_MUST_CHECK;
/* The same as a string, malloc'd. */
ans_status ans_explain_json(const ans_columns *c, uint32_t component, const ans_trace *t, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *outcome, const ans_explain_options *o, char **json, ans_error *err) ANS_MUST_CHECK;
/* "anspruch-trace/1" (docs/formats/trace.md), appended to out: every cell of the used slices of the claim's entitlement, amount and payout, each once, before its operands. No allocation per
 * step. w: of the trace's program. row: absolute. ANS_LIMIT as above, perhaps some bytes early. */
ans_status ans_trace_json(const ans_wording *w, const ans_columns *c, const ans_trace *t, uint32_t benefit, uint32_t row, ans_buffer *out, ans_error *err) ANS_MUST_CHECK;
/* "anspruch-trace-legend/1": what the numbers of traces of a package stand for. */
ans_status ans_trace_legend(const ans_wording *w, ans_buffer *out, ans_error *err) ANS_MUST_CHECK;
/* How much the text shows: result, missing facts and reasons; with the tree; with everything that was read. */
typedef enum ans_explain_detail { ANS_EXPLAIN_REASONS, ANS_EXPLAIN_TREE, ANS_EXPLAIN_ALL } ans_explain_detail;
/* The same tree rendered as indented German text, malloc'd. color: ANSI colours. */
ans_status ans_explain_text(const char *json, bool color, ans_explain_detail detail, char **text, ans_error *err) ANS_MUST_CHECK;

/* --- receipts ------------------------------------------------------------------------------------------------------------ */
typedef struct ans_receipt {
  ans_receipt_form form;
  uint8_t package_sha[32], facts_sha[32], trace_sha[32];
  uint32_t semantics_version;
  const char *claim_key, *benefit;
  int32_t period;
  int64_t previous_cents;            /* what the ledger granted before */
  ans_outcome outcome;               /* merits, procedure, action, cells and, where limited, the days of knowledge enter the hash; the missing list does not */
} ans_receipt;
/* Keyed leaf (HMAC-SHA-256): destroying the case's key makes the leaf meaningless and leaves the tree verifiable. */
void ans_receipt_leaf(const ans_receipt *r, const uint8_t key[32], uint8_t out[32]);
/* RFC 6962 style Merkle tree, built incrementally. */
typedef struct ans_merkle { uint64_t count; uint8_t stack[64][32]; } ans_merkle;
void ans_merkle_init(ans_merkle *m);
void ans_merkle_add(ans_merkle *m, const uint8_t leaf[32]);
void ans_merkle_root(const ans_merkle *m, uint8_t out[32]);
/* What seals a run: the tree over its receipts and a hash chain over every stored decision, also the unchanged ones that carry no receipt. Fed in order of (claim, period). */
typedef struct ans_run_seal { ans_merkle tree; uint8_t chain[32]; uint64_t decisions; } ans_run_seal;
typedef struct ans_sealed_decision { int64_t claim; int32_t period; uint8_t merits, procedure, action; int64_t amount_cents, payout_cents, previous_cents; const uint8_t *leaf; /* NULL: none */ } ans_sealed_decision;
void ans_run_seal_init(ans_run_seal *seal);
void ans_run_seal_add(ans_run_seal *seal, const ans_sealed_decision *d);
/* What a run was about. The days: ANS_DAY_MAX = all law, all facts. */
typedef struct ans_run_subject { const uint8_t *package_sha; int32_t first_period, last_period; int64_t started_at; int32_t law_known, facts_known; } ans_run_subject;
/* Head of a run (docs/formats/receipt.md). */
void ans_run_head(const uint8_t previous[32], const ans_run_seal *seal, const ans_run_subject *run, uint8_t out[32]);
#endif
