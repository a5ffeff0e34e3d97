/* The classic program: tables, filling, and the run household by household. It gets what such a program can have: prepared statements, integer keys, an index for every
 * look-up, ordered reads without sorting, the same settings of SQLite as the store, a transaction per thousand households and one wait for the disk at the end. It keeps no receipts,
 * no unchanged decisions and nothing that could be replayed. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "classic.h"
#include "scalar.h"

enum { NONE = -2147483647 /* "not applicable" in a column; NULL is unknown */, COMMIT_EVERY = 1000 /* households */, SHARE = 16, SPANS_OF_PERSONS = 0, SPANS_OF_PAIRS = 1 };

static const char *const tables =
  "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"
  "CREATE TABLE IF NOT EXISTS person(id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, birth INTEGER, death INTEGER, idnr INTEGER, nation INTEGER, duty INTEGER, first_degree INTEGER, disabled_since INTEGER);"
  "CREATE INDEX IF NOT EXISTS person_case ON person(case_id);"
  "CREATE TABLE IF NOT EXISTS pair(id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, recipient INTEGER NOT NULL, child INTEGER NOT NULL, kind INTEGER, applied INTEGER);"
  "CREATE INDEX IF NOT EXISTS pair_case ON pair(case_id);"
  "CREATE TABLE IF NOT EXISTS person_span(person INTEGER, fact INTEGER, from_day INTEGER, to_day INTEGER, state INTEGER, value INTEGER, PRIMARY KEY(person, fact, from_day)) WITHOUT ROWID;"
  "CREATE TABLE IF NOT EXISTS pair_span(pair INTEGER, fact INTEGER, from_day INTEGER, to_day INTEGER, state INTEGER, value INTEGER, PRIMARY KEY(pair, fact, from_day)) WITHOUT ROWID;"
  "CREATE TABLE IF NOT EXISTS claim(pair INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, award INTEGER);" /* award NULL: applied for */
  "CREATE INDEX IF NOT EXISTS claim_case ON claim(case_id);"
  "CREATE TABLE IF NOT EXISTS decision(pair INTEGER, month INTEGER, payout INTEGER, previous INTEGER, PRIMARY KEY(pair, month)) WITHOUT ROWID;"; /* payout NULL: open */

typedef enum statement { ADD_PERSON, ADD_PAIR, ADD_PERSON_SPAN, ADD_PAIR_SPAN, ADD_CLAIM, CASES, PERSONS, PERSON_SPANS, PAIRS, PAIR_SPANS, DECIDE, STATEMENTS } statement;
static const char *const sql[STATEMENTS] = {
  [ADD_PERSON] = "INSERT INTO person VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
  [ADD_PAIR] = "INSERT INTO pair VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
  [ADD_PERSON_SPAN] = "INSERT INTO person_span VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
  [ADD_PAIR_SPAN] = "INSERT INTO pair_span VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
  [ADD_CLAIM] = "INSERT INTO claim VALUES(?1, ?2, ?3)",
  [CASES] = "SELECT DISTINCT case_id FROM claim ORDER BY case_id",
  [PERSONS] = "SELECT id, birth, death, idnr, nation, duty, first_degree, disabled_since FROM person WHERE case_id = ?1 ORDER BY id",
  [PERSON_SPANS] = "SELECT s.person, s.fact, s.from_day, s.to_day, s.state, s.value FROM person p JOIN person_span s ON s.person = p.id WHERE p.case_id = ?1 ORDER BY p.id, s.fact, s.from_day",
  [PAIRS] = "SELECT p.id, p.recipient, p.child, p.kind, p.applied, c.pair, c.award FROM pair p LEFT JOIN claim c ON c.pair = p.id WHERE p.case_id = ?1 ORDER BY p.id",
  [PAIR_SPANS] = "SELECT s.pair, s.fact, s.from_day, s.to_day, s.state, s.value FROM pair p JOIN pair_span s ON s.pair = p.id WHERE p.case_id = ?1 ORDER BY p.id, s.fact, s.from_day",
  [DECIDE] = "INSERT INTO decision VALUES(?1, ?2, ?3, ?4)",
};

struct classic_db { sqlite3 *db; sqlite3_stmt *st[STATEMENTS]; uint64_t cases, pairs; };

static bool failed(classic_db *c, int rc, const char *what) {
  if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW) return false;
  fprintf(stderr, "bench: classic program: %s: %s\n", what, sqlite3_errmsg(c->db));
  return true;
}

static bool run_sql(classic_db *c, const char *text) { return !failed(c, sqlite3_exec(c->db, text, NULL, NULL, NULL), text); }

classic_db *classic_open(const char *path) {
  classic_db *c = calloc(1, sizeof *c);
  bool ok = c && !failed(c, sqlite3_open(path, &c->db), path) && run_sql(c, tables) && run_sql(c, "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -131072; PRAGMA mmap_size = 4294967296; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000");
  for (unsigned k = 0; ok && k < STATEMENTS; k++) ok = !failed(c, sqlite3_prepare_v3(c->db, sql[k], -1, SQLITE_PREPARE_PERSISTENT, &c->st[k], NULL), sql[k]);
  if (ok) return c;
  classic_close(c);
  return NULL;
}

void classic_close(classic_db *c) {
  if (!c) return;
  for (unsigned k = 0; k < STATEMENTS; k++) sqlite3_finalize(c->st[k]);
  sqlite3_close(c->db);
  free(c);
}

/* --- filling ---------------------------------------------------------------------------------------------------------------------------------------------------- */
static bool add(classic_db *c, statement which, const int64_t *values, int n) {
  for (int i = 0; i < n; i++)
    if (values[i] == INT64_MIN) sqlite3_bind_null(c->st[which], i + 1);
    else sqlite3_bind_int64(c->st[which], i + 1, values[i]);
  const int rc = sqlite3_step(c->st[which]);
  sqlite3_reset(c->st[which]);
  return !failed(c, rc, sql[which]);
}

static int64_t column_of(bench_cell x) { return x.state == ANS_VALUE ? x.value : x.state == ANS_NOT_APPLICABLE ? NONE : INT64_MIN; }

static bool add_spans(classic_db *c, statement which, int64_t row, const bench_population *w, const bench_run *lines, unsigned n) {
  bool ok = true;
  for (unsigned k = 0; k < n; k++)
    for (uint32_t i = 0; ok && i < lines[k].count; i++) {
      const ans_interval *x = &w->pool[lines[k].first + i];
      ok = add(c, which, (const int64_t[]){row, k, x->from, x->to, x->state, x->value}, 6);
    }
  return ok;
}

static bool add_case(classic_db *c, const bench_population *w, const bench_cluster *at, const int64_t *awards, uint64_t first_key) {
  const int64_t id = (int64_t)++c->cases;
  bool ok = true;
  for (uint32_t i = at[0].first_person; ok && i < at[1].first_person; i++) {
    int64_t row[2 + BENCH_PERSON_SCALAR_COUNT] = {(int64_t)(first_key + i), id};
    for (unsigned k = 0; k < BENCH_PERSON_SCALAR_COUNT; k++) row[2 + k] = column_of(w->persons[i].cell[k]);
    ok = add(c, ADD_PERSON, row, 2 + BENCH_PERSON_SCALAR_COUNT) && add_spans(c, ADD_PERSON_SPAN, row[0], w, w->persons[i].line, BENCH_PERSON_TIMELINE_COUNT);
  }
  for (uint32_t i = at[0].first_pair; ok && i < at[1].first_pair; i++) {
    const bench_pair *x = &w->pairs[i];
    const int64_t pair = (int64_t)++c->pairs;
    ok = add(c, ADD_PAIR, (const int64_t[]){pair, id, (int64_t)(first_key + x->recipient), (int64_t)(first_key + x->child), column_of(x->cell[BENCH_KIND]), column_of(x->cell[BENCH_APPLIED])}, 6) &&
         add_spans(c, ADD_PAIR_SPAN, pair, w, x->line, BENCH_PAIR_TIMELINE_COUNT) && (awards[i] == BENCH_NOTHING || add(c, ADD_CLAIM, (const int64_t[]){pair, id, awards[i] == BENCH_APPLICATION ? INT64_MIN : awards[i]}, 3));
  }
  return ok;
}

bool classic_add(void *ctx, const bench_population *w, const int64_t *awards, uint64_t first_key) {
  classic_db *c = ctx;
  bool ok = run_sql(c, "BEGIN");
  for (uint32_t k = 0; ok && k < w->cluster_count; k++) ok = add_case(c, w, &w->clusters[k], awards, first_key);
  return ok && run_sql(c, "COMMIT");
}

/* --- the run ---------------------------------------------------------------------------------------------------------------------------------------------------- */
/* One household in the form of the scalar program, with the claims of its pairs. */
typedef struct household {
  bench_person persons[BENCH_CLUSTER_MAX];
  bench_pair pairs[BENCH_CLUSTER_MAX];
  ans_interval pool[BENCH_CLUSTER_MAX * 64];
  bench_cluster clusters[2];
  int64_t person_ids[BENCH_CLUSTER_MAX], pair_ids[BENCH_CLUSTER_MAX], award[BENCH_CLUSTER_MAX];
  bool claimed[BENCH_CLUSTER_MAX], awarded[BENCH_CLUSTER_MAX];
  bench_population w;
} household;

static bench_cell cell_of(sqlite3_stmt *st, int i) {
  if (sqlite3_column_type(st, i) == SQLITE_NULL) return (bench_cell){.state = ANS_UNKNOWN};
  const int v = sqlite3_column_int(st, i);
  return v == NONE ? (bench_cell){.state = ANS_NOT_APPLICABLE} : (bench_cell){.value = v, .state = ANS_VALUE};
}

static uint32_t index_of(const int64_t *ids, uint32_t n, int64_t id) {
  uint32_t i = 0;
  while (i < n && ids[i] != id) i++;
  return i;
}

static bool read_persons(classic_db *c, household *h) {
  sqlite3_stmt *st = c->st[PERSONS];
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW && h->w.person_count < BENCH_CLUSTER_MAX) {
    bench_person *x = &h->persons[h->w.person_count];
    *x = (bench_person){.home = 0};
    h->person_ids[h->w.person_count++] = sqlite3_column_int64(st, 0);
    for (int k = 0; k < BENCH_PERSON_SCALAR_COUNT; k++) x->cell[k] = cell_of(st, k + 1);
  }
  sqlite3_reset(st);
  return rc == SQLITE_DONE;
}

static bool read_pairs(classic_db *c, household *h) {
  sqlite3_stmt *st = c->st[PAIRS];
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW && h->w.pair_count < BENCH_CLUSTER_MAX) {
    const uint32_t n = h->w.pair_count++;
    h->pair_ids[n] = sqlite3_column_int64(st, 0);
    h->pairs[n] = (bench_pair){.recipient = index_of(h->person_ids, h->w.person_count, sqlite3_column_int64(st, 1)), .child = index_of(h->person_ids, h->w.person_count, sqlite3_column_int64(st, 2))};
    h->pairs[n].cell[BENCH_KIND] = cell_of(st, 3);
    h->pairs[n].cell[BENCH_APPLIED] = cell_of(st, 4);
    h->claimed[n] = sqlite3_column_type(st, 5) != SQLITE_NULL;
    h->awarded[n] = sqlite3_column_type(st, 6) != SQLITE_NULL;
    h->award[n] = sqlite3_column_int64(st, 6);
  }
  sqlite3_reset(st);
  return rc == SQLITE_DONE;
}

/* The rows come ordered by person (pair) and fact, as the runs of the pool lie. */
static bool read_spans(classic_db *c, household *h, unsigned of) {
  sqlite3_stmt *st = c->st[of == SPANS_OF_PERSONS ? PERSON_SPANS : PAIR_SPANS];
  const int64_t *ids = of == SPANS_OF_PERSONS ? h->person_ids : h->pair_ids;
  const uint32_t n = of == SPANS_OF_PERSONS ? h->w.person_count : h->w.pair_count;
  uint32_t at = 0;
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW && h->w.pool_count < sizeof h->pool / sizeof *h->pool) {
    while (at < n && ids[at] != sqlite3_column_int64(st, 0)) at++;
    bench_run *line = of == SPANS_OF_PERSONS ? &h->persons[at].line[sqlite3_column_int(st, 1)] : &h->pairs[at].line[sqlite3_column_int(st, 1)];
    if (!line->count) line->first = h->w.pool_count;
    line->count++;
    h->pool[h->w.pool_count++] = (ans_interval){.from = sqlite3_column_int(st, 2), .to = sqlite3_column_int(st, 3), .state = (uint8_t)sqlite3_column_int(st, 4), .value = sqlite3_column_int64(st, 5)};
  }
  sqlite3_reset(st);
  return rc == SQLITE_DONE;
}

static bool read_household(classic_db *c, int64_t id, household *h) {
  for (unsigned k = PERSONS; k <= PAIR_SPANS; k++) sqlite3_bind_int64(c->st[k], 1, id);
  h->w = (bench_population){.persons = h->persons, .pairs = h->pairs, .pool = h->pool, .clusters = h->clusters, .cluster_count = 1};
  const bool ok = read_persons(c, h) && read_spans(c, h, SPANS_OF_PERSONS) && read_pairs(c, h) && read_spans(c, h, SPANS_OF_PAIRS);
  h->clusters[0] = (bench_cluster){.first_person = 0};
  h->clusters[1] = (bench_cluster){.first_person = h->w.person_count, .first_pair = h->w.pair_count};
  if (!ok) fprintf(stderr, "bench: classic program: household %lld cannot be read: %s\n", (long long)id, sqlite3_errmsg(c->db));
  return ok;
}

static bool write_changes(classic_db *c, const household *h, const bench_decision *d, classic_report *r) {
  bool ok = true;
  for (uint32_t k = 0; ok && k < h->w.pair_count; k++) {
    if (!h->claimed[k]) continue;
    r->claims++;
    r->open += !d[k].payout_known;
    if (d[k].payout_known && h->awarded[k] && d[k].payout_cents == h->award[k]) continue;
    r->changed++;
    ok = add(c, DECIDE, (const int64_t[]){h->pair_ids[k], BENCH_MONTH, d[k].payout_known ? d[k].payout_cents : INT64_MIN, h->awarded[k] ? h->award[k] : INT64_MIN}, 4);
  }
  return ok;
}

/* The clock of the thread is slow to ask: one household in SHARE is timed part by part, and counts for all. */
static bool one_household(classic_db *c, int64_t id, household *h, classic_report *r) {
  bench_decision d[BENCH_CLUSTER_MAX];
  const bool timed = r->cases % SHARE == 0;
  const uint64_t t0 = timed ? bench_cpu() : 0;
  bool ok = read_household(c, id, h);
  const uint64_t t1 = timed ? bench_cpu() : 0;
  ok = ok && bench_scalar(&h->w, 0, 1, BENCH_MONTH, d);
  const uint64_t t2 = timed ? bench_cpu() : 0;
  ok = ok && write_changes(c, h, d, r);
  const uint64_t t3 = timed ? bench_cpu() : 0;
  r->read_ns += (t1 - t0) * SHARE;
  r->evaluate_ns += (t2 - t1) * SHARE;
  r->write_ns += (t3 - t2) * SHARE;
  r->cases++;
  return ok;
}

bool classic_run(const void *path, void *report) {
  classic_report *r = report;
  *r = (classic_report){0};
  const uint64_t t0 = bench_now();
  classic_db *c = classic_open(path);
  household *h = calloc(1, sizeof *h);
  bool ok = c && h && run_sql(c, "BEGIN");
  int rc = SQLITE_DONE;
  while (ok && (rc = sqlite3_step(c->st[CASES])) == SQLITE_ROW) {
    ok = one_household(c, sqlite3_column_int64(c->st[CASES], 0), h, r);
    if (ok && r->cases % COMMIT_EVERY == 0) ok = run_sql(c, "COMMIT; BEGIN");
  }
  ok = ok && !failed(c, rc, "cases");
  if (c) sqlite3_reset(c->st[CASES]);
  ok = ok && run_sql(c, "COMMIT; PRAGMA synchronous = FULL; BEGIN; CREATE TABLE IF NOT EXISTS finished(at INTEGER); INSERT INTO finished VALUES(1); COMMIT");
  classic_close(c);
  free(h);
  r->wall_ns = bench_now() - t0;
  return ok;
}
