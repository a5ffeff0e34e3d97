/* Facts with provenance: resolves what the sources assert into fact cells with states, finds connected components, and builds the
 * columns that VM and replay read. Resolution rule per (subject, fact): highest precedence source (ans_fact.sources) that asserts a value or n/a for the day wins; sources of
 * equal rank that differ → unknown "widersprüchlich"; a value that wins but lies outside the bounds the package declares → unknown "außerhalb der Grenzen" (the assertion stays); no assertion → unknown "nicht geliefert"; an unknown assertion keeps its reason unless a lower-ranked source has a value. */
#ifndef ANS_FACTS_H
#define ANS_FACTS_H
#include "chunks/chunks.h"
#include "columns/columns.h"
#include "store/store.h"

/* Why a cell is unknown and where a value came from: for explanations. Text is German, short. */
typedef struct ans_provenance { char source[64]; char reason[160]; int64_t evidence, received_at; char author[64]; } ans_provenance;

typedef struct ans_fact_loader ans_fact_loader;
/* known_at: state of knowledge of facts (INT64_MAX = now). */
ans_status ans_fact_loader_new(ans_store *s, const ans_program *p, int64_t known_at, ans_fact_loader **out, ans_error *err) ANS_MUST_CHECK;
void ans_fact_loader_free(ans_fact_loader *l);
/* Loads the connected components of the given claim subjects (rows of `unit`) into one ans_columns. Components are ordered by their smallest claim;
 * claim_component[i], claim_row[i] tell where each claim went. A claim whose data cannot be loaded (cyclic parents, oversized component > 10,000 rows, wrong type) is
 * reported through `bad` and gets claim_component[i] = UINT32_MAX; the others are unaffected. */
typedef void ans_fact_bad(void *ctx, int64_t claim, const ans_error *why);
ans_status ans_fact_loader_load(ans_fact_loader *l, uint32_t unit, const int64_t *claims, uint32_t n, ans_columns **out, uint32_t *claim_component, uint32_t *claim_row, ans_fact_bad *bad, void *ctx, ans_error *err) ANS_MUST_CHECK;
/* Loads of many claims from now on take components that nothing was recorded about since from column chunks (ans_fact_compact), if the store has chunks of this
 * package not later than known_at. The result is the same as without. key: NULL if they are not encrypted; copied. A damaged chunk fails the load
 * (E-CHUNK-…), naming it and the remedy. */
ans_status ans_fact_loader_use_chunks(ans_fact_loader *l, const ans_chunk_key *key, ans_error *err) ANS_MUST_CHECK;
/* Provenance of one cell of the last load (subject by row id = subject key). day is ignored for scalar facts. */
ans_status ans_fact_provenance(ans_fact_loader *l, uint32_t fact, const char *row_id, int32_t day, ans_provenance *out, ans_error *err) ANS_MUST_CHECK;

/* Reasons of unknown facts that no further question to a register or to the person can settle (docs/decisions.md): withheld, contradicted, or outside the declared bounds. */
#define ANS_UNKNOWN_WITHHELD "keine Daten freigegeben"
#define ANS_UNKNOWN_CONTRADICTORY "widersprüchlich" /* how such reasons begin */
#define ANS_UNKNOWN_OUTSIDE "außerhalb der vereinbarten Grenzen" /* the same */
/* Whether an unknown cell of the last load (absolute row) is unknown for such a reason. */
ans_status ans_fact_needs_human(ans_fact_loader *l, const ans_columns *c, uint32_t fact, uint32_t row, int32_t day, bool *needs, ans_error *err) ANS_MUST_CHECK;
/* Whether a scalar cell (absolute row of columns that this loader loaded) has a value from a source that ranks above `source`: then it stays, whatever `source` says. */
ans_status ans_fact_settled(ans_fact_loader *l, const ans_columns *c, uint32_t fact, uint32_t row, const char *source, bool *settled, ans_error *err) ANS_MUST_CHECK;

/* Makes and renews the column chunks of a package: whole components of every row that a benefit of the package may be claimed for. Existing chunks in which more
 * than dirty_permille of the components changed are made again, then what lies in no chunk is added. One transaction per chunk: a kill leaves whole chunks,
 * and what is in none is read from rows. Components that cannot be loaded, or about which something is recorded with a time to come, are left out. */
typedef struct ans_compact_options {
  int64_t now;                         /* the state of knowledge: seconds since 1970; assertions recorded later are not in chunks */
  bool rebuild;                        /* throws all chunks of the package away first, unread: the remedy for damage and lost keys */
  unsigned dirty_permille;             /* 0: every chunk with a changed component */
  uint32_t target_bytes;               /* 0: ANS_CHUNK_TARGET_BYTES */
  bool compress;
  const ans_chunk_key *key;            /* NULL: not encrypted; chunks made with another key must be rebuilt */
} ans_compact_options;
typedef struct ans_compact_report { int64_t written, dropped, components, left_out /* claims */, bytes; } ans_compact_report;
ans_status ans_fact_compact(ans_store *s, const ans_program *p, const ans_compact_options *o, ans_compact_report *report, ans_error *err) ANS_MUST_CHECK;

/* Names that the case file and the registers fix (docs/registers.md): a claim is a row of Kindschaft that points at two rows of Person. */
#define ANS_UNIT_PERSON "Person"
#define ANS_UNIT_PAIR "Kindschaft"
#define ANS_FACT_RECIPIENT "Berechtigter"
#define ANS_FACT_CHILD "Kind"
#define ANS_FACT_APPLIED "Antragseingang"
#define ANS_SOURCE_APPLICATION "Antrag"
#define ANS_SOURCE_FINDING "Fallakte"
#define ANS_SOURCE_LEDGER "Bestand"
/* The Kindschaft "<recipient>/<child>": created with both persons, both references and "no application on record" (Antragseingang not applicable, source
 * Antrag) if absent. The references only repeat the key, so they carry no time of knowledge (recorded_at 0). Inside the caller's transaction. */
ans_status ans_fact_pair(ans_store *s, const char *recipient, const char *child, int64_t *claim, ans_error *err) ANS_MUST_CHECK;
/* Records the day an application came in; an earlier one on record stays. */
ans_status ans_fact_set_applied(ans_store *s, int64_t claim, int32_t day, int64_t evidence, int64_t at, ans_error *err) ANS_MUST_CHECK;
/* Takes back "no application on record": an award shows that there was one, whether or not it is on file. */
ans_status ans_fact_awarded(ans_store *s, int64_t claim, ans_error *err) ANS_MUST_CHECK;

/* Imports the authority's case file (docs/registers.md, casefile.jsonl): awards, applications, findings, statements, payments. Bad lines are reported with line number through
 * `bad` and skipped; good ones are kept. One transaction per 10,000 lines; repeated import of the same file changes nothing (line identity by content hash). */
typedef struct ans_import_counts { int64_t lines, awards, applications, findings, payments, bad, statements, repeated; } ans_import_counts;
typedef void ans_import_bad(void *ctx, int64_t line, const ans_error *why);
ans_status ans_casefile_import(ans_store *s, const char *path, ans_import_bad *bad, void *ctx, ans_import_counts *counts, ans_error *err) ANS_MUST_CHECK;
/* The same, checking fact names and value types against a rule package (NULL: by the form of the values only). Rows of units other than Person and Kindschaft, and
 * references, need the package: it says which unit a reference leads to. */
ans_status ans_casefile_import_checked(ans_store *s, const ans_program *p, const char *path, ans_import_bad *bad, void *ctx, ans_import_counts *counts, ans_error *err) ANS_MUST_CHECK;
#endif
