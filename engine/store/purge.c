/* Deletion of what is kept about people who are in no case any more. Contract: store.h; what it means for the authority: docs/exchange.md, "Retention".
 *
 * Kept is whatever a claim can read, and a claim reads its connected component only: from every root all rows are marked that references lead to, in both directions. Roots are the claims a run
 * would look at (running awards, open applications, candidates), claims whose case ended too recently, persons something was recorded about too recently, and whoever a hold covers. Nothing here
 * knows a rule package. Facts, answers and life events about all other rows go, and with them column chunks that hold a copy; ledger, decisions with their receipts, and the exchange log have periods
 * of their own and stay. The deletion is one transaction, on record in the exchange log without a person, and what is deleted is overwritten on disk.
 * Memory: temporary tables of SQLite, in memory, one row for each subject kept. Thread rule: the store handle's thread. */
#include "store/internal.h"

#include <stdio.h>
#include "num/period.h"

enum { PURGE_DAY = 86400, PURGE_YEARS_AHEAD = 100 };

/* Text constants only: nothing from data becomes SQL. */
#define PURGE_ROOT(select) "INSERT OR IGNORE INTO temp.purge_root " select

static ans_status purge__run(ans_store *s, const char *sql, int64_t a, int64_t *changed, ans_error *err) {
  sqlite3_stmt *st = NULL;
  int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
  if (rc == SQLITE_OK && sqlite3_bind_parameter_count(st)) rc = sqlite3_bind_int64(st, 1, a);
  if (rc == SQLITE_OK) rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  if (status == ANS_OK && changed) *changed += sqlite3_changes64(s->db);
  sqlite3_finalize(st);
  return status;
}

/* --- roots ---------------------------------------------------------------------------------------------------------------------------- */
typedef struct purge__roots { ans_store *s; sqlite3_stmt *add; int rc; } purge__roots;
static bool purge__on_claim(void *ctx, int64_t claim, unsigned why) {
  purge__roots *r = ctx;
  (void)why;
  sqlite3_bind_int64(r->add, 1, claim);
  r->rc = sqlite3_step(r->add);
  sqlite3_reset(r->add);
  return r->rc == SQLITE_DONE;
}

/* The claims of all benefits that a run would look at now or later. */
static ans_status purge__live_claims(ans_store *s, int64_t now, ans_error *err) {
  sqlite3_stmt *st = NULL;
  purge__roots roots = {.s = s, .rc = SQLITE_DONE};
  int rc = sqlite3_prepare_v2(s->db, "INSERT OR IGNORE INTO temp.purge_root VALUES(?1)", -1, &roots.add, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_prepare_v2(s->db,
                            "SELECT n.text, coalesce(p.kind, 0) FROM (SELECT benefit FROM award UNION SELECT benefit FROM application UNION SELECT benefit FROM event) b JOIN name n ON n.id = b.benefit LEFT JOIN benefit_period p ON p.benefit = b.benefit",
                            -1, &st, NULL);
  ans_status status = rc == SQLITE_OK ? ANS_OK : store__fail(s, rc, err);
  while (status == ANS_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
    uint32_t kind = (uint32_t)sqlite3_column_int(st, 1);
    int32_t first = ans_period_of(kind, now / PURGE_DAY), last = ans_period_of(kind, now / PURGE_DAY + (int64_t)PURGE_YEARS_AHEAD * 365);
    status = ans_store_claims(s, store__column_text(st, 0), kind, first, last, purge__on_claim, &roots, err);
    if (status == ANS_OK && roots.rc != SQLITE_DONE) status = store__fail(s, roots.rc, err);
  }
  if (status == ANS_OK && rc != SQLITE_DONE) status = store__fail(s, rc, err);
  sqlite3_finalize(st);
  sqlite3_finalize(roots.add);
  return status;
}

/* Claims of ended cases about which something happened after `since`. The end of an award is the last day of its last period. */
static ans_status purge__ended_awards(ans_store *s, int64_t since, ans_error *err) {
  sqlite3_stmt *st = NULL, *add = NULL;
  int rc = sqlite3_prepare_v2(s->db, "SELECT a.claim, coalesce(p.kind, 0), a.from_month, a.to_month FROM award a LEFT JOIN benefit_period p ON p.benefit = a.benefit", -1, &st, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_prepare_v2(s->db, "INSERT OR IGNORE INTO temp.purge_root VALUES(?1)", -1, &add, NULL);
  while (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
    uint32_t kind = (uint32_t)sqlite3_column_int(st, 1);
    int64_t period = sqlite3_column_int64(st, 3) == INT32_MAX ? sqlite3_column_int64(st, 2) : sqlite3_column_int64(st, 3); /* open and no claim of a run: a later row ended it, and has its own time */
    if (!ans_period_valid(kind, period) || ans_period_last(kind, period) * PURGE_DAY < since) continue;
    sqlite3_bind_int64(add, 1, sqlite3_column_int64(st, 0));
    if (sqlite3_step(add) != SQLITE_DONE) rc = SQLITE_ERROR;
    sqlite3_reset(add);
  }
  sqlite3_finalize(st);
  sqlite3_finalize(add);
  return rc == SQLITE_OK ? ANS_OK : store__fail(s, rc, err);
}

static ans_status purge__mark_roots(ans_store *s, const ans_retention *r, ans_error *err) {
  static const char *const ended[] = {
      PURGE_ROOT("SELECT claim FROM award WHERE recorded_at >= ?1 OR superseded_at >= ?1"),
      PURGE_ROOT("SELECT claim FROM application WHERE closed_at >= ?1 OR superseded_at >= ?1 OR received_day * 86400 >= ?1"),
      PURGE_ROOT("SELECT claim FROM event WHERE claim <> 0 AND (closed_at >= ?1 OR day * 86400 >= ?1)"),
      PURGE_ROOT("SELECT claim FROM payment WHERE recorded_at >= ?1"),
      PURGE_ROOT("SELECT d.claim FROM decision d JOIN run r ON r.id = d.run WHERE r.started_at >= ?1 OR r.finished_at >= ?1"),
      PURGE_ROOT("SELECT s.claim FROM (SELECT DISTINCT c.claim, c.run FROM quarantine c) s JOIN run r ON r.id = s.run WHERE r.started_at >= ?1")};
  static const char *const held[] = {
      PURGE_ROOT("SELECT s.id FROM subject s JOIN exchange_hold h ON h.subject_key = s.key WHERE h.released_at = 0 AND h.subject_key <> ''"),
      PURGE_ROOT("SELECT c.claim FROM case_number c JOIN exchange_hold h ON h.case_id = c.case_id WHERE h.released_at = 0 AND h.case_id <> ''"),
      PURGE_ROOT("SELECT id FROM subject WHERE EXISTS(SELECT 1 FROM exchange_hold WHERE released_at = 0 AND subject_key = '' AND case_id = '')")};
  static const char *const recent[] = {
      PURGE_ROOT("SELECT subject FROM assertion WHERE recorded_at >= ?1 OR superseded_at >= ?1"),
      PURGE_ROOT("SELECT person FROM life_event WHERE recorded_at >= ?1"),
      PURGE_ROOT("SELECT s.id FROM evidence e JOIN subject s ON s.key = e.subject_key WHERE e.received_at >= ?1 AND e.subject_key <> ''")};
  int64_t closed = r->now - (int64_t)r->closed_case_days * PURGE_DAY, none = r->now - (int64_t)r->no_case_days * PURGE_DAY;
  ans_status status = purge__live_claims(s, r->now, err);
  if (status == ANS_OK) status = purge__ended_awards(s, closed, err);
  for (size_t i = 0; i < sizeof ended / sizeof *ended && status == ANS_OK; i++) status = purge__run(s, ended[i], closed, NULL, err);
  for (size_t i = 0; i < sizeof held / sizeof *held && status == ANS_OK; i++) status = purge__run(s, held[i], 0, NULL, err);
  for (size_t i = 0; i < sizeof recent / sizeof *recent && status == ANS_OK; i++) status = purge__run(s, recent[i], none, NULL, err);
  return status;
}

/* --- deletion -------------------------------------------------------------------------------------------------------------------------- */
static ans_status purge__mark(ans_store *s, const ans_retention *r, ans_error *err) {
  ans_status status = store__exec(s, "DROP TABLE IF EXISTS temp.purge_root; DROP TABLE IF EXISTS temp.purge_keep; DROP TABLE IF EXISTS temp.purge_gone;"
                                     "CREATE TABLE temp.purge_root(id INTEGER PRIMARY KEY); CREATE TABLE temp.purge_keep(id INTEGER PRIMARY KEY); CREATE TABLE temp.purge_gone(id INTEGER PRIMARY KEY, key TEXT NOT NULL)", err);
  if (status == ANS_OK) status = purge__mark_roots(s, r, err);
  if (status == ANS_OK)
    status = store__exec(s, "INSERT INTO temp.purge_keep WITH RECURSIVE k(id) AS (SELECT id FROM temp.purge_root"
                            " UNION SELECT a.number FROM k JOIN assertion a ON a.subject = k.id WHERE a.kind = 3 AND a.superseded_at = 0"
                            " UNION SELECT a.subject FROM k JOIN assertion a INDEXED BY assertion_target ON a.number = k.id WHERE a.kind = 3 AND a.superseded_at = 0) SELECT id FROM k", err);
  if (status == ANS_OK)
    status = store__exec(s, "INSERT INTO temp.purge_gone SELECT s.id, s.key FROM subject s WHERE s.id NOT IN temp.purge_keep AND (EXISTS(SELECT 1 FROM assertion a WHERE a.subject = s.id)"
                            " OR EXISTS(SELECT 1 FROM evidence e WHERE e.subject_key = s.key) OR EXISTS(SELECT 1 FROM life_event l WHERE l.person = s.id))", err);
  return status;
}

static ans_status purge__delete(ans_store *s, ans_purge_report *r, ans_error *err) {
  static const char *const before[] = {
      "INSERT INTO counter SELECT 'evidence', coalesce(max(id), 0) FROM evidence WHERE 1 ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value)",
      "DELETE FROM chunk_dirty WHERE chunk IN (SELECT c.chunk FROM chunk_subject c JOIN temp.purge_gone g ON g.id = c.subject)",
      "DELETE FROM chunk WHERE id IN (SELECT c.chunk FROM chunk_subject c JOIN temp.purge_gone g ON g.id = c.subject)",
      "DELETE FROM chunk_subject WHERE chunk NOT IN (SELECT id FROM chunk)"};
  static const char *const after[] = {
      "DELETE FROM life_event_done WHERE event IN (SELECT l.id FROM life_event l JOIN temp.purge_gone g ON g.id = l.person)",
      "DELETE FROM life_event WHERE person IN (SELECT id FROM temp.purge_gone)",
      "DELETE FROM subject WHERE id IN (SELECT id FROM temp.purge_gone) AND NOT EXISTS(SELECT 1 FROM award x WHERE x.claim = subject.id) AND NOT EXISTS(SELECT 1 FROM application x WHERE x.claim = subject.id)"
      " AND NOT EXISTS(SELECT 1 FROM payment x WHERE x.claim = subject.id) AND NOT EXISTS(SELECT 1 FROM decision x WHERE x.claim = subject.id) AND NOT EXISTS(SELECT 1 FROM quarantine x WHERE x.claim = subject.id)"
      " AND NOT EXISTS(SELECT 1 FROM case_number x WHERE x.claim = subject.id) AND NOT EXISTS(SELECT 1 FROM event x WHERE x.claim = subject.id)"
      " AND NOT EXISTS(SELECT 1 FROM decision_chunk x WHERE subject.id BETWEEN x.first_claim AND x.last_claim)"};
  ans_status status = ANS_OK;
  for (size_t i = 0; i < sizeof before / sizeof *before && status == ANS_OK; i++) status = purge__run(s, before[i], 0, i == 2 ? &r->chunks : NULL, err);
  if (status == ANS_OK) status = purge__run(s, "DELETE FROM assertion WHERE subject IN (SELECT id FROM temp.purge_gone)", 0, &r->facts, err);
  if (status == ANS_OK) status = purge__run(s, "DELETE FROM evidence WHERE subject_key <> '' AND subject_key IN (SELECT key FROM temp.purge_gone)", 0, &r->answers, err);
  for (size_t i = 0; i < sizeof after / sizeof *after && status == ANS_OK; i++) status = purge__run(s, after[i], 0, NULL, err);
  return status;
}

static ans_status purge__record(ans_store *s, const ans_retention *r, const ans_purge_report *report, ans_error *err) {
  char what[160];
  snprintf(what, sizeof what, "%lld Zeilen/rows, %lld Angaben/facts, %lld Antworten/answers", (long long)report->subjects, (long long)report->facts, (long long)report->answers);
  const ans_exchange_entry e = {.at = r->now, .legal_basis = "Art. 17 Abs. 1 DSGVO", .purpose = "Löschung nach Ablauf der Aufbewahrungsfrist", .outcome = "purged", .error_detail = what};
  return ans_store_append_exchange(s, &e, err);
}

static ans_status purge__count(ans_store *s, ans_purge_report *r, ans_error *err) {
  sqlite3_stmt *st = NULL;
  int rc = sqlite3_prepare_v2(s->db, "SELECT (SELECT count(*) FROM temp.purge_gone), (SELECT count(*) FROM temp.purge_keep), (SELECT count(*) FROM subject s JOIN exchange_hold h ON h.subject_key = s.key WHERE h.released_at = 0 AND h.subject_key <> '')", -1, &st, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) {
    r->subjects = sqlite3_column_int64(st, 0);
    r->kept = sqlite3_column_int64(st, 1);
    r->held = sqlite3_column_int64(st, 2);
  }
  sqlite3_finalize(st);
  return rc == SQLITE_ROW ? ANS_OK : store__fail(s, rc, err);
}

ans_status ans_store_purge(ans_store *s, const ans_retention *r, bool dry_run, ans_purge_report *report, ans_error *err) {
  memset(report, 0, sizeof *report);
  ans_status status = store__check_range("retention", r->no_case_days >= 1 && r->closed_case_days >= r->no_case_days, "", err);
  if (status == ANS_OK) status = store__exec(s, "PRAGMA secure_delete = ON", err);
  if (status == ANS_OK) status = ans_store_begin(s, err);
  if (status != ANS_OK) return status;
  status = store__need_tx(s, "purge", err);
  if (status == ANS_OK) status = purge__mark(s, r, err);
  if (status == ANS_OK) status = purge__count(s, report, err);
  if (status == ANS_OK) status = purge__delete(s, report, err);
  if (status == ANS_OK && report->subjects) status = purge__record(s, r, report, err);
  if (status != ANS_OK || dry_run) {
    ans_store_rollback(s);
    return status;
  }
  status = ans_store_commit(s, err);
  return status == ANS_OK ? store__scrub_log(s, err) : status;
}
