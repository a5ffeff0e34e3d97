/* The one home of SQL: schema, migrations and typed access. SQLite (WAL, STRICT, foreign keys, synchronous=FULL for decisions).
 * A store handle belongs to one thread; open several for several threads. Every write below happens inside a transaction the caller opens
 * with ans_store_begin/commit, so that a kill at any moment leaves whole transactions only. Times are UTC seconds since 1970; days as in num/calendar.h.
 * Writes outside a transaction are refused (E-STORE-NOTX). Visitors may call the store again, but must not commit or roll back.
 * Corrections supersede rows (superseded_at), nothing is overwritten or deleted except by the documented retention commands. */
#ifndef ANS_STORE_H
#define ANS_STORE_H
#include <stdbool.h>
#include <stdint.h>
#include "anspruch/status.h"

typedef struct ans_store ans_store;
typedef enum ans_store_mode { ANS_STORE_READ, ANS_STORE_WRITE, ANS_STORE_CREATE } ans_store_mode;
/* For the owner of the process, once, before anything uses SQLite: turns off SQLite's count of the memory it uses, which otherwise every allocation of every thread
 * updates under one lock. Without the call everything works, several reading threads a little slower. */
void ans_store_own_process(void);
ans_status ans_store_open(const char *path, ans_store_mode mode, ans_store **out, ans_error *err) ANS_MUST_CHECK; /* migrates in WRITE/CREATE; refuses newer schemas */
void ans_store_close(ans_store *s);
ans_status ans_store_begin(ans_store *s, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_commit(ans_store *s, ans_error *err) ANS_MUST_CHECK;
void ans_store_rollback(ans_store *s);
/* Several commits with one wait for the disk, for work that can be done again: until the group ends, a commit survives a kill of the process at once, but a power cut
 * may take the last commits of the group (never one and leave a later one). Nothing a group has committed may be announced before ans_store_end_group, which
 * waits for the disk once: then all of it is as durable as after single commits. Closing without ending is allowed. No groups within groups, no transaction open at
 * either call (E-STORE-INTX); entries of the exchange log that must precede a request are refused within one. */
ans_status ans_store_begin_group(ans_store *s, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_end_group(ans_store *s, ans_error *err) ANS_MUST_CHECK;
/* One consistent view for several reads (and no file locking per statement): opens a read transaction unless one is open already; *opened says whether
 * ans_store_end_read must end it. */
ans_status ans_store_begin_read(ans_store *s, bool *opened, ans_error *err) ANS_MUST_CHECK;
void ans_store_end_read(ans_store *s, bool opened);
/* The file this handle has open (for messages); never NULL. */
const char *ans_store_path(const ans_store *s);
/* Memory this handle may keep pages in, in MiB (1 … 1024; without a call 128 for writing, 64 for reading; pages read from the mapped file are not counted). */
ans_status ans_store_set_cache(ans_store *s, unsigned mebibytes, ans_error *err) ANS_MUST_CHECK;
/* Upper bound of the main file in MiB (0 = none): a full store is then reported like a full disk. Per handle, not stored. */
ans_status ans_store_set_quota(ans_store *s, int64_t mebibytes, ans_error *err) ANS_MUST_CHECK;

/* --- subjects: rows of units, named by a key (Person: IdNr; Kindschaft: "<IdNr Berechtigter>/<IdNr Kind>") ---------------------- */
ans_status ans_store_subject(ans_store *s, const char *unit, const char *key, bool create, int64_t *id /* 0 if absent */, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_subject_name(ans_store *s, int64_t id, char *unit, size_t unit_size, char *key, size_t key_size, ans_error *err) ANS_MUST_CHECK;

/* The highest id given so far; 0 if none. */
ans_status ans_store_last_subject(ans_store *s, int64_t *id, ans_error *err) ANS_MUST_CHECK;
/* Visits every subject of a unit in id order after `after_id` (0 = all). */
typedef bool ans_subject_visit(void *ctx, int64_t subject, const char *key);
ans_status ans_store_subjects(ans_store *s, const char *unit, int64_t after_id, ans_subject_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;

/* --- evidence: raw answers with provenance ------------------------------------------------------------------------------------ */
typedef struct ans_evidence {
  int64_t id;
  const char *source;            /* register, or "Antrag", "Fallakte", "Bestand" */
  const char *service, *subject_key, *request_id, *xroad_request_id;
  int64_t received_at;
  int outcome;                   /* ans_evidence_outcome */
  const void *body; size_t body_size;
} ans_evidence;
typedef enum ans_evidence_outcome { ANS_EVIDENCE_DATA, ANS_EVIDENCE_NO_DATA_RELEASED, ANS_EVIDENCE_INVALID, ANS_EVIDENCE_UNREACHABLE } ans_evidence_outcome;
/* Encryption of bodies at rest. A key given to a writing handle of a store that has never had one makes it a store that seals; from then on bodies are only written and read with that
 * key. E-STORE-EVIDENCE-KEY (a key is needed), -WRONG-KEY. Own transaction. The key is copied and wiped at closing. */
struct ans_chunk_key;
ans_status ans_store_use_evidence_key(ans_store *s, const struct ans_chunk_key *key, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_seals_evidence(ans_store *s, bool *seals, ans_error *err) ANS_MUST_CHECK;
/* Seals what still lies in the clear and overwrites it on disk, in transactions of bounded size; may be called again after a kill. */
ans_status ans_store_seal_evidence(ans_store *s, int64_t *sealed, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_put_evidence(ans_store *s, const ans_evidence *e, int64_t *id, ans_error *err) ANS_MUST_CHECK;
/* The newest evidence of a source about a subject key, of one of its services or (NULL) of any; body is not read. Strings are the handle's (stable until close) or NULL. *found false if none. */
ans_status ans_store_latest_evidence(ans_store *s, const char *source, const char *service, const char *subject_key, bool *found, int64_t *received_at, int *outcome, ans_error *err) ANS_MUST_CHECK;
/* The newest answer whose outcome is `worst` or better (data, no data released, invalid); *id 0 if there is none. */
ans_status ans_store_latest_answer(ans_store *s, const char *source, const char *service, const char *subject_key, ans_evidence_outcome worst, int64_t *id, int64_t *received_at, ans_error *err) ANS_MUST_CHECK;
/* Head data (source, service, outcome, received_at) of one evidence row, and its body when body is not NULL (malloc'd, may be NULL for an empty body); a sealed one is opened with the key of the handle.
 * E-STORE-EVIDENCE-KEY, -WRONG-KEY, -DAMAGED. */
ans_status ans_store_evidence(ans_store *s, int64_t id, ans_evidence *head, void **body, size_t *size, bool *found, ans_error *err) ANS_MUST_CHECK;

/* --- assertions: one source says something about one fact of one subject, for a span of days ----------------------------------- */
typedef enum ans_value_kind { ANS_V_NONE, ANS_V_INT, ANS_V_TEXT, ANS_V_SUBJECT } ans_value_kind; /* INT: bool, number (scaled), date, money; TEXT: enum value name, text (perhaps empty), list of names joined by ';'; SUBJECT: reference */
typedef struct ans_assertion {
  int64_t id, subject;
  const char *fact;              /* "Geburtsdatum" */
  const char *source;            /* "Melderegister" … as declared with `quelle` */
  int32_t from_day, to_day;      /* scalar facts: the open sentinels */
  uint8_t state;                 /* ans_state: value, n/a, unknown (with reason) */
  uint8_t kind;                  /* ans_value_kind */
  int64_t number;                /* INT or SUBJECT */
  const char *text;              /* TEXT, or the reason of an unknown */
  const char *author;            /* human findings; else "" */
  int64_t evidence;              /* 0 = none */
  int64_t recorded_at, superseded_at; /* 0 = live */
} ans_assertion;
ans_status ans_store_put_assertion(ans_store *s, const ans_assertion *a, int64_t *id, ans_error *err) ANS_MUST_CHECK;
/* Supersedes all live assertions of (subject, source) [fact NULL = all facts] at time `at`: called before a fresh answer is stored. */
ans_status ans_store_supersede(ans_store *s, int64_t subject, const char *source, const char *fact, int64_t at, ans_error *err) ANS_MUST_CHECK;
/* Supersedes one row that ans_store_assertions delivered (identified by subject, fact, source, from_day, id). */
ans_status ans_store_supersede_one(ans_store *s, const ans_assertion *a, int64_t at, ans_error *err) ANS_MUST_CHECK;
/* The strings fact, source, text, author handed to visitors are interned: valid until close, equal text means equal pointer. The visitor may call the store again. */
/* The interned pointer of a text, or NULL if the store has never seen it. */
const char *ans_store_interned(ans_store *s, const char *text);
/* Visits assertions of one subject as known at `known_at` (INT64_MAX = now), ordered by (fact, source, from_day). visit returns false to stop. */
typedef bool ans_assertion_visit(void *ctx, const ans_assertion *a);
ans_status ans_store_assertions(ans_store *s, int64_t subject, int64_t known_at, ans_assertion_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
/* Subjects of `unit` whose live reference fact `fact` names `target` (e.g. all Kindschaften with Kind = x). */
ans_status ans_store_referrers(ans_store *s, const char *unit, const char *fact, int64_t target, int64_t known_at, ans_subject_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;

/* --- column chunks of facts: derived copies of whole components (docs/formats/chunks.md) ------------------------------------------- */
/* The store keeps the bytes, which subject lies in which component of which chunk, and which components have changed since (triggers of the schema mark
 * them inside the transaction that changes an assertion). What is in the bytes, facts/chunk.h knows. */
/* Number of the layout of a package: chunks of other packages and formats are never seen. *layout 0 if there is none. */
ans_status ans_store_chunk_layout(ans_store *s, const uint8_t package_sha[32], int format, bool create, int64_t *layout, ans_error *err) ANS_MUST_CHECK;
/* The id that the next chunk must carry (it is bound into the bytes); ids are never used twice. Inside the transaction of ans_store_put_chunk. */
ans_status ans_store_next_chunk(ans_store *s, int64_t *id, ans_error *err) ANS_MUST_CHECK;
/* made_at: the time up to which recorded and superseded assertions are in it. */
ans_status ans_store_put_chunk(ans_store *s, int64_t layout, int64_t id, int64_t made_at, uint32_t components, const void *bytes, size_t size, ans_error *err) ANS_MUST_CHECK;
/* Says where a subject lies; an earlier place of the same layout is forgotten. */
ans_status ans_store_put_chunk_subject(ans_store *s, int64_t layout, int64_t subject, int64_t chunk, uint32_t component, ans_error *err) ANS_MUST_CHECK;
/* chunk 0: in none. changed: an assertion about somebody in its component was recorded or superseded after the chunk was made. */
typedef struct ans_chunk_place { int64_t chunk; uint32_t component; bool changed; } ans_chunk_place;
/* Where n subjects lie. Quickest in ascending order. */
ans_status ans_store_chunk_places(ans_store *s, int64_t layout, const int64_t *subjects, uint32_t n, ans_chunk_place *places, ans_error *err) ANS_MUST_CHECK;
/* The bytes (malloc'd, NULL if there is no such chunk). */
ans_status ans_store_chunk(ans_store *s, int64_t id, int64_t *made_at, void **bytes, size_t *size, ans_error *err) ANS_MUST_CHECK;
/* Without its bytes; 0 and 0 if there is no such chunk. */
ans_status ans_store_chunk_head(ans_store *s, int64_t id, int64_t *made_at, int64_t *components, ans_error *err) ANS_MUST_CHECK;
/* Visits the chunks of a layout after `after`, in order of their ids. */
typedef bool ans_chunk_visit(void *ctx, int64_t id, int64_t components, int64_t changed, int64_t size, int64_t made_at);
ans_status ans_store_chunks(ans_store *s, int64_t layout, int64_t after, ans_chunk_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
/* Removes a chunk; the caller then takes its subjects away one by one (those that have moved elsewhere stay), or everything of a layout at once. */
ans_status ans_store_drop_chunk(ans_store *s, int64_t id, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_drop_chunk_subject(ans_store *s, int64_t layout, int64_t subject, int64_t chunk, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_drop_chunks(ans_store *s, int64_t layout, ans_error *err) ANS_MUST_CHECK;
/* Subjects of a unit after `after` that lie in no chunk of the layout, at most `max`, ascending. */
ans_status ans_store_unchunked(ans_store *s, int64_t layout, const char *unit, int64_t after, uint32_t max, ans_subject_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
/* All assertions of a subject, also superseded ones and those of a time to come; and whether a reference to it was recorded or superseded after `at`. */
ans_status ans_store_assertions_ever(ans_store *s, int64_t subject, ans_assertion_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_referred_after(ans_store *s, int64_t target, int64_t at, bool *later, ans_error *err) ANS_MUST_CHECK;

/* --- case file: award ledger, applications, candidates --------------------------------------------------------------------------- */
/* A period here is a number of the kind `period_kind` (num/period.h). The ledger of a benefit is in one kind, that of its first award or payment; another one
 * is refused (ANS_INPUT, E-STORE-PERIOD-KIND), because equal numbers would mean other days. */
typedef struct ans_award { int64_t id, claim; uint32_t period_kind; const char *benefit; int32_t from_period, to_period /* INT32_MAX open */; int64_t amount_cents; const char *notice; int64_t recorded_at, superseded_at; const char *reference; /* the ledger's own number, may be NULL */ } ans_award;
/* ANS_INPUT if the ledger of the benefit is in another kind of period; ANS_OK if it is in this one or nothing is recorded yet. */
ans_status ans_store_check_period_kind(ans_store *s, const char *benefit, uint32_t kind, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_put_award(ans_store *s, const ans_award *a, int64_t *id, ans_error *err) ANS_MUST_CHECK;
/* Supersedes the live rows of a claim that carry this reference (a corrected ledger entry replaces all of its rows). */
ans_status ans_store_supersede_awards(ans_store *s, const char *benefit, int64_t claim, const char *reference, int64_t at, ans_error *err) ANS_MUST_CHECK;
/* Whether the claim ever had a live award of any period. */
ans_status ans_store_has_award(ans_store *s, const char *benefit, int64_t claim, bool *has, ans_error *err) ANS_MUST_CHECK;
/* Amount granted for (benefit, claim, period) by the live ledger: *granted false if none. The newest live row that covers the period decides; an amount of 0 says "ended". */
ans_status ans_store_award_at(ans_store *s, const char *benefit, int64_t claim, int32_t period, bool *granted, int64_t *amount_cents, ans_error *err) ANS_MUST_CHECK;
/* The live rows of all claims first … last (subject ids) that touch the periods from … to, ordered by claim: of those that cover a period, the one with
 * the highest id decides, as in ans_store_award_at. */
typedef struct ans_award_span { int64_t id, claim; int32_t from_period, to_period; int64_t amount_cents; } ans_award_span;
typedef bool ans_award_visit(void *ctx, const ans_award_span *a);
ans_status ans_store_awards_between(ans_store *s, const char *benefit, int64_t first_claim, int64_t last_claim, int32_t from, int32_t to, ans_award_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
typedef struct ans_application { int64_t id, claim; const char *benefit; int32_t received_day; const char *reference; } ans_application;
ans_status ans_store_put_application(ans_store *s, const ans_application *a, int64_t *id, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_application_of(ans_store *s, const char *benefit, int64_t claim, bool *found, int32_t *received_day, ans_error *err) ANS_MUST_CHECK; /* the earliest live one, closed or not: when it was received stays a fact */
/* Marks the open applications and candidates of a claim as dealt with (they stay facts, but no longer raise the claim in ans_store_claims). */
ans_status ans_store_close_requests(ans_store *s, const char *benefit, int64_t claim, int64_t at, ans_error *err) ANS_MUST_CHECK;
/* The authority's case number of a claim (X-Road-Issue); set by import or by the first event. A later call does not change an existing number. */
ans_status ans_store_set_case(ans_store *s, const char *benefit, int64_t claim, const char *case_id, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_case_of(ans_store *s, const char *benefit, int64_t claim, char *case_id, size_t size, bool *found, ans_error *err) ANS_MUST_CHECK;
/* The claim and benefit (interned) of a case number: *claim 0 if none. */
ans_status ans_store_claim_of_case(ans_store *s, const char *case_id, int64_t *claim, const char **benefit, ans_error *err) ANS_MUST_CHECK;
/* Payments made (periods inclusive, cents per period). Re-recording the same (benefit, claim, from, to, reference) changes nothing. */
typedef struct ans_payment { int64_t claim; uint32_t period_kind; const char *benefit; int32_t from_period, to_period; int64_t amount_cents; const char *iban, *reference; int64_t recorded_at; } ans_payment;
ans_status ans_store_put_payment(ans_store *s, const ans_payment *p, ans_error *err) ANS_MUST_CHECK;
/* Identity of imported lines: *added false when this hash was imported before. */
ans_status ans_store_import_line(ans_store *s, const uint8_t sha[32], bool *added, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_forget_line(ans_store *s, const uint8_t sha[32], ans_error *err) ANS_MUST_CHECK;
/* Life events raise candidates (benefit, claim) for a period; duplicates (same feed, event id, claim) are ignored: *added false. claim 0: recorded only
 * (an event without an identified person). A cancelled event raises nothing, also when its cancellation arrived first. */
ans_status ans_store_put_event(ans_store *s, const char *feed, const char *event_id, const char *kind, int32_t day, int64_t claim, const char *benefit, bool *added, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_cancel_event(ans_store *s, const char *feed, const char *event_id, int64_t at, ans_error *err) ANS_MUST_CHECK;
/* Life events, one row for each person they name (the same feed, event id and person again: *added false). What an event can touch is worked out for each benefit. */
typedef struct ans_life_event { int64_t id; const char *feed, *event_id, *kind, *source; int32_t day; int64_t person, recorded_at; bool cancelled /* looked at before, cancelled since */; } ans_life_event;
ans_status ans_store_put_life_event(ans_store *s, const ans_life_event *e, bool *added, ans_error *err) ANS_MUST_CHECK;
/* The next row after `after` that is to be looked at for a benefit; *found false if there is none. feed, kind, source are the handle's; event_id is copied. */
ans_status ans_store_next_life_event(ans_store *s, const char *benefit, int64_t after, ans_life_event *out, char event_id[129], bool *found, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_life_event_done(ans_store *s, const char *benefit, const ans_life_event *e, ans_error *err) ANS_MUST_CHECK;
/* When the newest event (or its cancellation) about a person came in; 0 if none. What registers said before is not fresh. */
ans_status ans_store_newest_life_event(ans_store *s, int64_t person, int64_t *at, ans_error *err) ANS_MUST_CHECK;
/* Claims to evaluate for the periods first … last: awards that run in one of them, applications open and candidates of events by the end of the last; ordered by subject id; each once. why: bits 1 award, 2 open application, 4 event. An
 * application is open until it is closed or a live award reaches its period of receipt (then it was granted). */
typedef bool ans_claim_visit(void *ctx, int64_t claim, unsigned why);
ans_status ans_store_claims(ans_store *s, const char *benefit, uint32_t period_kind, int32_t first, int32_t last, ans_claim_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
/* The same for the claims after_claim < claim <= last_claim (subject ids): page by page, at a cost and in memory for the page only. */
ans_status ans_store_claims_between(ans_store *s, const char *benefit, uint32_t period_kind, int32_t first, int32_t last, int64_t after_claim, int64_t last_claim, ans_claim_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
/* The same for one claim: its bits, 0 if nothing raises it. */
ans_status ans_store_claim_why(ans_store *s, const char *benefit, uint32_t period_kind, int32_t first, int32_t last, int64_t claim, unsigned *why, ans_error *err) ANS_MUST_CHECK;
/* Key-value state of feeds, cursors, settings. */
ans_status ans_store_get_text(ans_store *s, const char *key, char **value /* malloc'd or NULL */, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_set_text(ans_store *s, const char *key, const char *value, ans_error *err) ANS_MUST_CHECK;

/* --- exchange log: append-only, hash-chained, no payload (§ 9 IDNrG) ------------------------------------------------------------ */
typedef struct ans_exchange_entry { int64_t at; const char *register_name, *service, *subject_key, *legal_basis, *purpose, *case_id, *request_id, *xroad_request_id, *outcome, *error_detail; bool idnr_used; const char *fields; /* what was asked for; entry "sent" only, else NULL or "" */ } ans_exchange_entry;
ans_status ans_store_log_exchange(ans_store *s, const ans_exchange_entry *e, int64_t *id, ans_error *err) ANS_MUST_CHECK; /* own durable transaction; a failure must block sending */
/* Several entries in one own durable transaction: the caller may send all of them afterwards, or none. Refused while a transaction is open. */
ans_status ans_store_log_exchanges(ans_store *s, const ans_exchange_entry *entries, size_t n, ans_error *err) ANS_MUST_CHECK;
/* Appends the outcome of a request inside the caller's transaction (together with its evidence). */
ans_status ans_store_append_exchange(ans_store *s, const ans_exchange_entry *e, ans_error *err) ANS_MUST_CHECK;
/* Entries of one subject key, or (NULL) all, with ids above after_id, in order; strings are valid during the visit only. */
typedef bool ans_exchange_visit(void *ctx, int64_t id, const ans_exchange_entry *e);
ans_status ans_store_exchange_entries(ans_store *s, const char *subject_key, int64_t after_id, ans_exchange_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
/* Retention: deletes the entries recorded before `before` that no hold keeps, and appends one entry (outcome "expired", at `now`, no personal data) that names by
 * digest what the deletion leaves behind; the chain stays verifiable from the anchor across the gaps. Nothing to delete: nothing is written. Own transaction.
 * *deleted, *held: entries past their time that were deleted, and that holds kept. Evidence and assertions are the case file's and stay. */
ans_status ans_store_expire_exchange_log(ans_store *s, int64_t before, int64_t now, int64_t *deleted, int64_t *held, ans_error *err) ANS_MUST_CHECK;
/* A hold keeps the log entries of a person (subject_key), of a case, of a person within a case, or (both "") all. Reason and author are mandatory (E-STORE-ARG). Own transactions. */
typedef struct ans_exchange_hold { int64_t id; const char *subject_key, *case_id, *reason, *author; int64_t set_at, released_at /* 0: in force */; const char *released_by; } ans_exchange_hold;
ans_status ans_store_put_hold(ans_store *s, const ans_exchange_hold *h, int64_t *id, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_release_hold(ans_store *s, int64_t id, const char *by, int64_t at, bool *found, ans_error *err) ANS_MUST_CHECK; /* found false: no such hold in force */
typedef bool ans_hold_visit(void *ctx, const ans_exchange_hold *h);
ans_status ans_store_holds(ans_store *s, ans_hold_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK; /* released ones too; strings valid during the visit */
/* Recomputes the chain from the anchor: every entry, every gap, and that the newest retention names exactly these. ANS_NEGATIVE with E-STORE-CHAIN if anything differs. */
ans_status ans_store_verify_exchange_log(ans_store *s, int64_t *entries, ans_error *err) ANS_MUST_CHECK;

/* --- retention of facts -------------------------------------------------------------------------------------------------------- */
/* Deletes facts, answers and life events of all rows that no claim can read any more: neither in the component of a claim that a run would look at, nor of a case that ended less than
 * closed_case_days ago, nor of a row something was recorded about less than no_case_days ago, nor under a hold of the exchange log. Column chunks with a copy go too; ledger, decisions and the log
 * stay. One transaction, with an entry "purged" in the exchange log; dry_run: counts, and changes nothing. ANS_INPUT (E-STORE-ARG): less than a day, or closed cases shorter than no case. */
typedef struct ans_retention { int64_t now; unsigned no_case_days, closed_case_days; } ans_retention;
typedef struct ans_purge_report { int64_t subjects /* rows that lose what is known of them */, facts, answers, chunks, kept, held; } ans_purge_report;
ans_status ans_store_purge(ans_store *s, const ans_retention *r, bool dry_run, ans_purge_report *report, ans_error *err) ANS_MUST_CHECK;

/* --- runs, decisions, receipts ---------------------------------------------------------------------------------------------------- */
typedef struct ans_run { int64_t id; uint32_t period_kind; uint8_t package_sha[32]; const char *package_name; const char *benefit; /* "": not recorded, in runs before schema 6 */ uint32_t semantics_version; int32_t first_period, last_period; int64_t started_at, finished_at; int state; /* 0 running 1 finished 2 stopped by brake */ int64_t last_claim; uint8_t head[32], previous_head[32]; int64_t decisions, leaves; int32_t law_known, facts_known; /* days; ANS_STORE_ALL_KNOWN: everything, and what 0 is stored as */ } ans_run;
enum { ANS_STORE_ALL_KNOWN = 2932896 /* 9999-12-31 */ };
ans_status ans_store_put_run(ans_store *s, ans_run *r, ans_error *err) ANS_MUST_CHECK;          /* inserts (id 0) or updates */
/* The newest run that was interrupted and asked what `like` asks: package, benefit, periods, days known. */
ans_status ans_store_unfinished_run(ans_store *s, const ans_run *like, ans_run *out, bool *found, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_run(ans_store *s, int64_t id, ans_run *out, bool *found, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_last_head(ans_store *s, uint8_t head[32], ans_error *err) ANS_MUST_CHECK;  /* zeros if none */
typedef struct ans_decision {
  int64_t id, run, claim; int32_t period;
  uint8_t merits, procedure, action;   /* ans_merits, ans_procedure, ans_action of decide.h */
  int64_t amount_cents, payout_cents, previous_cents;
  uint8_t facts_sha[32], trace_sha[32], leaf[32]; bool has_leaf;   /* leaf only for changed decisions */
  const char *reason_codes;            /* compact JSON array */
} ans_decision;
/* d->id 0: the next number; else one from ans_store_next_decision on. */
ans_status ans_store_put_decision(ans_store *s, const ans_decision *d, int64_t *id, ans_error *err) ANS_MUST_CHECK;
/* The number of the next decision: rows and blocks share one sequence. */
ans_status ans_store_next_decision(ans_store *s, int64_t *id, ans_error *err) ANS_MUST_CHECK;
/* Decisions of one run without leaf as one block instead of rows, ascending by (claim, period), each with its id; readers below see them like rows, in place.
 * Refused (E-STORE-CONSTRAINT) if a block of the run already covers one of the claims. */
ans_status ans_store_put_decision_chunk(ans_store *s, const ans_run *run, const ans_decision *d, uint32_t n, ans_error *err) ANS_MUST_CHECK;
typedef bool ans_decision_visit(void *ctx, const ans_decision *d);
ans_status ans_store_decisions(ans_store *s, int64_t run, ans_decision_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK; /* ordered by (claim, period) */
ans_status ans_store_decision(ans_store *s, int64_t id, ans_decision *out /* strings malloc'd: free reason_codes */, bool *found, ans_error *err) ANS_MUST_CHECK;
/* Fact snapshot (canonical case JSON of the component) by its hash: what a receipt points at; stored once per distinct hash, for decisions with a leaf. */
ans_status ans_store_put_snapshot(ans_store *s, const uint8_t sha[32], const void *bytes, size_t size, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_snapshot(ans_store *s, const uint8_t sha[32], void **bytes, size_t *size, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_put_package(ans_store *s, const uint8_t sha[32], const void *bytes, size_t size, ans_error *err) ANS_MUST_CHECK; /* every released package stays executable */
ans_status ans_store_package(ans_store *s, const uint8_t sha[32], void **bytes, size_t *size, ans_error *err) ANS_MUST_CHECK;
ans_status ans_store_put_quarantine(ans_store *s, int64_t run, int64_t claim, const char *code, const char *reason, ans_error *err) ANS_MUST_CHECK;
typedef bool ans_quarantine_visit(void *ctx, int64_t run, int64_t claim, const char *code, const char *reason);
ans_status ans_store_quarantine(ans_store *s, int64_t run, ans_quarantine_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
#endif
