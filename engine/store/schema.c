/* The schema, one text per version (docs/formats/store.md explains every table). A released text is never edited: a change is a new version
 * with its own text, run in order inside one transaction at opening. */
#include "store/internal.h"

static const char *const store__schema_1[] = {
    /* Interned texts. */
    "CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT",
    "CREATE TABLE counter(key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "INSERT INTO counter VALUES('assertion', 1)",
    "CREATE TABLE subject(id INTEGER PRIMARY KEY, unit INTEGER NOT NULL REFERENCES name(id), key TEXT NOT NULL, UNIQUE(unit, key)) STRICT",
    "CREATE TABLE evidence(id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES name(id), service INTEGER NOT NULL, subject_key TEXT NOT NULL,"
    "  request_id TEXT NOT NULL, xroad_request_id TEXT NOT NULL, received_at INTEGER NOT NULL, outcome INTEGER NOT NULL CHECK(outcome BETWEEN 0 AND 3), body BLOB) STRICT",
    "CREATE INDEX evidence_newest ON evidence(subject_key, source, id)",
    /* The big table: clustered by subject so that one subject is one short range scan. evidence carries no foreign key: retention may delete old bodies. */
    "CREATE TABLE assertion(subject INTEGER NOT NULL REFERENCES subject(id), fact INTEGER NOT NULL, source INTEGER NOT NULL, from_day INTEGER NOT NULL, id INTEGER NOT NULL,"
    "  to_day INTEGER NOT NULL, state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 3), kind INTEGER NOT NULL CHECK(kind BETWEEN 0 AND 3), number INTEGER NOT NULL,"
    "  text INTEGER NOT NULL, author INTEGER NOT NULL, evidence INTEGER NOT NULL, recorded_at INTEGER NOT NULL, superseded_at INTEGER NOT NULL,"
    "  PRIMARY KEY(subject, fact, source, from_day, id), CHECK(from_day <= to_day)) STRICT, WITHOUT ROWID",
    /* Who points at a subject: covering, only for references. */
    "CREATE INDEX assertion_target ON assertion(number, fact, subject, recorded_at, superseded_at) WHERE kind = 3",
    "CREATE TABLE award(benefit INTEGER NOT NULL, claim INTEGER NOT NULL REFERENCES subject(id), from_month INTEGER NOT NULL, id INTEGER NOT NULL UNIQUE, to_month INTEGER NOT NULL,"
    "  amount_cents INTEGER NOT NULL CHECK(amount_cents >= 0), notice TEXT NOT NULL, reference TEXT NOT NULL, recorded_at INTEGER NOT NULL, superseded_at INTEGER NOT NULL,"
    "  PRIMARY KEY(benefit, claim, from_month, id), CHECK(from_month <= to_month)) STRICT, WITHOUT ROWID",
    "CREATE TABLE application(benefit INTEGER NOT NULL, claim INTEGER NOT NULL REFERENCES subject(id), received_day INTEGER NOT NULL, id INTEGER NOT NULL UNIQUE, reference TEXT NOT NULL,"
    "  closed_at INTEGER NOT NULL DEFAULT 0, superseded_at INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(benefit, claim, received_day, id), UNIQUE(benefit, claim, reference, received_day)) STRICT, WITHOUT ROWID",
    "CREATE TABLE event(feed INTEGER NOT NULL, event_id TEXT NOT NULL, claim INTEGER NOT NULL, benefit INTEGER NOT NULL, kind INTEGER NOT NULL, day INTEGER NOT NULL,"
    "  closed_at INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(feed, event_id, claim)) STRICT, WITHOUT ROWID",
    "CREATE INDEX event_claim ON event(benefit, claim, day, closed_at)",
    "CREATE TABLE event_cancelled(feed INTEGER NOT NULL, event_id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(feed, event_id)) STRICT, WITHOUT ROWID",
    "CREATE TABLE case_number(claim INTEGER NOT NULL REFERENCES subject(id), benefit INTEGER NOT NULL, case_id TEXT NOT NULL, PRIMARY KEY(claim, benefit)) STRICT, WITHOUT ROWID",
    "CREATE INDEX case_number_by_id ON case_number(case_id);",
    "CREATE TABLE payment(benefit INTEGER NOT NULL, claim INTEGER NOT NULL REFERENCES subject(id), from_month INTEGER NOT NULL, to_month INTEGER NOT NULL, reference TEXT NOT NULL,"
    "  amount_cents INTEGER NOT NULL, iban TEXT NOT NULL, recorded_at INTEGER NOT NULL, PRIMARY KEY(benefit, claim, from_month, to_month, reference), CHECK(from_month <= to_month)) STRICT, WITHOUT ROWID",
    "CREATE TABLE import_line(sha BLOB PRIMARY KEY) STRICT, WITHOUT ROWID",
    "CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE exchange_log(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, register_name TEXT NOT NULL, service TEXT NOT NULL, subject_key TEXT NOT NULL, legal_basis TEXT NOT NULL,"
    "  purpose TEXT NOT NULL, case_id TEXT NOT NULL, request_id TEXT NOT NULL, xroad_request_id TEXT NOT NULL, outcome TEXT NOT NULL, error_detail TEXT NOT NULL,"
    "  idnr_used INTEGER NOT NULL, hash BLOB NOT NULL CHECK(length(hash) = 32)) STRICT",
    "CREATE TABLE run(id INTEGER PRIMARY KEY, package_sha BLOB NOT NULL CHECK(length(package_sha) = 32), package_name INTEGER NOT NULL, semantics_version INTEGER NOT NULL, first_month INTEGER NOT NULL,"
    "  last_month INTEGER NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL, state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 2), last_claim INTEGER NOT NULL,"
    "  head BLOB NOT NULL CHECK(length(head) = 32), previous_head BLOB NOT NULL CHECK(length(previous_head) = 32), decisions INTEGER NOT NULL, leaves INTEGER NOT NULL) STRICT",
    "CREATE TABLE decision(id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id), claim INTEGER NOT NULL REFERENCES subject(id), month INTEGER NOT NULL, merits INTEGER NOT NULL,"
    "  procedure INTEGER NOT NULL, action INTEGER NOT NULL, amount_cents INTEGER NOT NULL, payout_cents INTEGER NOT NULL, previous_cents INTEGER NOT NULL,"
    "  facts_sha BLOB NOT NULL, trace_sha BLOB NOT NULL, leaf BLOB, reason_codes TEXT NOT NULL, UNIQUE(run, claim, month)) STRICT",
    "CREATE TABLE snapshot(id INTEGER PRIMARY KEY, sha BLOB NOT NULL UNIQUE CHECK(length(sha) = 32), bytes BLOB NOT NULL) STRICT",
    "CREATE TABLE package(id INTEGER PRIMARY KEY, sha BLOB NOT NULL UNIQUE CHECK(length(sha) = 32), bytes BLOB NOT NULL) STRICT",
    "CREATE TABLE quarantine(run INTEGER NOT NULL REFERENCES run(id), claim INTEGER NOT NULL REFERENCES subject(id), code TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(run, claim, code)) STRICT, WITHOUT ROWID",
    NULL};

/* Periods other than the calendar month. The columns named month hold the number of a period; which kind it is, a benefit's ledger and a run say.
 * Ledgers and runs of version 1 are months. */
static const char *const store__schema_2[] = {
    "ALTER TABLE run ADD COLUMN period_kind INTEGER NOT NULL DEFAULT 0 CHECK(period_kind BETWEEN 0 AND 3)",
    "CREATE TABLE benefit_period(benefit INTEGER PRIMARY KEY, kind INTEGER NOT NULL CHECK(kind BETWEEN 0 AND 3)) STRICT",
    "INSERT INTO benefit_period SELECT benefit, 0 FROM award UNION SELECT benefit, 0 FROM payment",
    NULL};

/* The days up to which law and facts counted as known in a run; 9999-12-31: all. */
static const char *const store__schema_3[] = {
    "ALTER TABLE run ADD COLUMN law_known INTEGER NOT NULL DEFAULT 2932896",
    "ALTER TABLE run ADD COLUMN facts_known INTEGER NOT NULL DEFAULT 2932896",
    NULL};

/* Column chunks of facts: derived from the assertions, never the truth. Triggers, not code, mark what has changed since: no way of writing can forget it.
 * A new or changed reference marks both ends, because it may join two components. Unchanged decisions of a run as chunks: those are the only copy. */
#define STORE_MARK(subject) "INSERT INTO chunk_dirty SELECT chunk, component FROM chunk_subject WHERE subject = " subject " ON CONFLICT DO NOTHING;"
#define STORE_MARK_TARGET(row) "INSERT INTO chunk_dirty SELECT chunk, component FROM chunk_subject WHERE " row ".kind = 3 AND subject = " row ".number ON CONFLICT DO NOTHING;"
static const char *const store__schema_4[] = {
    "CREATE TABLE chunk_layout(id INTEGER PRIMARY KEY, package_sha BLOB NOT NULL CHECK(length(package_sha) = 32), format INTEGER NOT NULL, UNIQUE(package_sha, format)) STRICT",
    "CREATE TABLE chunk(id INTEGER PRIMARY KEY AUTOINCREMENT, layout INTEGER NOT NULL REFERENCES chunk_layout(id), made_at INTEGER NOT NULL, components INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT",
    "CREATE INDEX chunk_of_layout ON chunk(layout)",
    "CREATE TABLE chunk_subject(subject INTEGER NOT NULL, layout INTEGER NOT NULL, chunk INTEGER NOT NULL, component INTEGER NOT NULL, PRIMARY KEY(subject, layout)) STRICT, WITHOUT ROWID",
    "CREATE TABLE chunk_dirty(chunk INTEGER NOT NULL, component INTEGER NOT NULL, PRIMARY KEY(chunk, component)) STRICT, WITHOUT ROWID",
    "CREATE TRIGGER assertion_added AFTER INSERT ON assertion BEGIN " STORE_MARK("new.subject") STORE_MARK_TARGET("new") " END",
    "CREATE TRIGGER assertion_changed AFTER UPDATE ON assertion BEGIN " STORE_MARK("old.subject") STORE_MARK("new.subject") STORE_MARK_TARGET("old") STORE_MARK_TARGET("new") " END",
    "CREATE TRIGGER assertion_removed AFTER DELETE ON assertion BEGIN " STORE_MARK("old.subject") STORE_MARK_TARGET("old") " END",
    "CREATE TRIGGER subject_changed AFTER UPDATE ON subject BEGIN " STORE_MARK("old.id") STORE_MARK("new.id") " END",
    "CREATE TRIGGER subject_removed AFTER DELETE ON subject BEGIN " STORE_MARK("old.id") " END",
    "CREATE TABLE decision_chunk(id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run(id), first_claim INTEGER NOT NULL, last_claim INTEGER NOT NULL, first_decision INTEGER NOT NULL UNIQUE,"
    "  last_decision INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE(run, first_claim), CHECK(first_claim <= last_claim AND first_decision <= last_decision)) STRICT",
    NULL};

/* Deletion from the exchange log under § 9 IDNrG: what deleted runs of entries leave behind, and holds that keep entries longer, with their reason. */
static const char *const store__schema_5[] = {
    "CREATE TABLE exchange_gap(first INTEGER PRIMARY KEY, last INTEGER NOT NULL UNIQUE, hash BLOB NOT NULL CHECK(length(hash) = 32), CHECK(first <= last)) STRICT",
    "CREATE TABLE exchange_hold(id INTEGER PRIMARY KEY, subject_key TEXT NOT NULL, case_id TEXT NOT NULL, reason TEXT NOT NULL CHECK(reason <> ''), author TEXT NOT NULL CHECK(author <> ''),"
    "  set_at INTEGER NOT NULL, released_at INTEGER NOT NULL DEFAULT 0, released_by TEXT NOT NULL DEFAULT '') STRICT",
    "CREATE INDEX exchange_log_subject ON exchange_log(subject_key, id)",
    /* Life events as they came in, a row for each person they name, and what was made of them for which benefit. */
    "CREATE TABLE life_event(id INTEGER PRIMARY KEY, feed INTEGER NOT NULL, event_id TEXT NOT NULL, kind INTEGER NOT NULL, source INTEGER NOT NULL, day INTEGER NOT NULL,"
    "  person INTEGER NOT NULL REFERENCES subject(id), recorded_at INTEGER NOT NULL, UNIQUE(feed, event_id, person)) STRICT",
    "CREATE INDEX life_event_person ON life_event(person, recorded_at)",
    "CREATE TABLE life_event_done(benefit INTEGER NOT NULL, event INTEGER NOT NULL REFERENCES life_event(id), cancelled INTEGER NOT NULL, PRIMARY KEY(benefit, event)) STRICT, WITHOUT ROWID",
    NULL};

/* Which benefit a run decided: a package may have several of one unit. 0: not recorded (runs of earlier versions). */
static const char *const store__schema_6[] = {
    "ALTER TABLE run ADD COLUMN benefit INTEGER NOT NULL DEFAULT 0",
    NULL};

const char *const *store__schema(int version) {
  static const char *const *const all[] = {store__schema_1, store__schema_2, store__schema_3, store__schema_4, store__schema_5, store__schema_6};
  return version >= 1 && version <= (int)(sizeof all / sizeof *all) ? all[version - 1] : NULL;
}
