/* Opening, migrations, transactions, prepared statements and the mapping of SQLite's results to messages. Contract: store.h; tables: schema.c.
 *
 * Durability: WAL with synchronous=FULL, so a committed transaction survives a power cut and a kill leaves whole transactions only. synchronous=NORMAL may
 * lose the last commits, and an exchange-log entry must be on disk before its request is sent; so it serves groups only (imports, chunks, runs), which
 * end with a wait for the disk before anybody is told.
 * Thread rule: a handle belongs to one thread. */
#include "store/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const store__sql[STORE_STATEMENTS] = {
#define X(name, sql) [STORE_##name] = sql,
#include "store/statements.def"
#undef X
};

ans_status store__fail(ans_store *s, int rc, ans_error *err) {
  const char *text = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
  switch (rc & 0xff) {
  case SQLITE_FULL: return ans_error_set(err, ANS_STORE, "E-STORE-FULL", s->path, (char *)NULL);
  case SQLITE_NOTADB: return ans_error_set(err, ANS_STORE, "E-STORE-NOTADB", s->path, (char *)NULL);
  case SQLITE_CORRUPT: return ans_error_set(err, ANS_STORE, "E-STORE-CORRUPT", s->path, text, (char *)NULL);
  case SQLITE_BUSY:
  case SQLITE_LOCKED: return ans_error_set(err, ANS_STORE, "E-STORE-BUSY", s->path, (char *)NULL);
  case SQLITE_READONLY:
  case SQLITE_PERM: return ans_error_set(err, ANS_STORE, "E-STORE-READONLY", s->path, (char *)NULL);
  case SQLITE_CANTOPEN:
  case SQLITE_AUTH: return ans_error_set(err, ANS_STORE, "E-STORE-OPEN", s->path, text, (char *)NULL);
  case SQLITE_IOERR: return ans_error_set(err, ANS_STORE, "E-STORE-IO", s->path, text, (char *)NULL);
  case SQLITE_NOMEM: return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
  case SQLITE_CONSTRAINT: return ans_error_set(err, ANS_STORE, "E-STORE-CONSTRAINT", s->path, text, (char *)NULL);
  case SQLITE_TOOBIG: return ans_error_set(err, ANS_LIMIT, "E-STORE-LIMIT", s->path, text, "1 GiB", (char *)NULL);
  default: return ans_error_set(err, ANS_STORE, "E-STORE-SQL", s->path, text, (char *)NULL);
  }
}

ans_status store__exec(ans_store *s, const char *sql, ans_error *err) {
  int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
  return rc == SQLITE_OK ? ANS_OK : store__fail(s, rc, err);
}

sqlite3_stmt *store__use(ans_store *s, store__statement which, ans_error *err) {
  sqlite3_stmt *st = s->statements[which];
  if (st && !sqlite3_stmt_busy(st)) return st;
  sqlite3_stmt *fresh = NULL;
  int rc = sqlite3_prepare_v3(s->db, store__sql[which], -1, st ? 0u : SQLITE_PREPARE_PERSISTENT, &fresh, NULL);
  if (rc != SQLITE_OK) {
    (void)store__fail(s, rc, err);
    return NULL;
  }
  if (!st) s->statements[which] = fresh;
  return fresh;
}

void store__done(ans_store *s, store__statement which, sqlite3_stmt *st) {
  if (!st) return;
  if (st == s->statements[which]) {
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
  } else {
    sqlite3_finalize(st);
  }
}

ans_status store__run(ans_store *s, store__statement which, sqlite3_stmt *st, ans_error *err) {
  int rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_DONE || rc == SQLITE_ROW ? ANS_OK : store__fail(s, rc, err);
  store__done(s, which, st);
  return status;
}

void store__bind_text(sqlite3_stmt *st, int i, const char *text) { sqlite3_bind_text(st, i, text ? text : "", -1, SQLITE_STATIC); }
void store__bind_blob(sqlite3_stmt *st, int i, const void *bytes, size_t size) {
  sqlite3_bind_blob64(st, i, size ? bytes : "", (sqlite3_uint64)size, SQLITE_STATIC);
}
const char *store__column_text(sqlite3_stmt *st, int i) {
  const unsigned char *t = sqlite3_column_text(st, i);
  return t ? (const char *)t : "";
}
bool store__column_sha(sqlite3_stmt *st, int i, uint8_t out[32]) {
  const void *bytes = sqlite3_column_blob(st, i);
  if (!bytes || sqlite3_column_bytes(st, i) != 32) {
    memset(out, 0, 32);
    return false;
  }
  memcpy(out, bytes, 32);
  return true;
}
ans_status store__copy_blob(ans_store *s, sqlite3_stmt *st, int i, void **bytes, size_t *size, ans_error *err) {
  const void *from = sqlite3_column_blob(st, i);
  size_t n = (size_t)sqlite3_column_bytes(st, i);
  char *copy = malloc(n + 1); /* one more, so that texts are terminated */
  if (!copy) return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
  if (n && from) memcpy(copy, from, n);
  copy[n] = 0;
  *bytes = copy;
  *size = n;
  return ANS_OK;
}

ans_status store__check_range(const char *what, bool ok, const char *value, ans_error *err) {
  return ok ? ANS_OK : ans_error_set(err, ANS_INPUT, "E-STORE-ARG", NULL, what, value, (char *)NULL);
}

ans_status store__need_tx(ans_store *s, const char *what, ans_error *err) {
  if (s->mode == ANS_STORE_READ) return ans_error_set(err, ANS_STORE, "E-STORE-READONLY", s->path, (char *)NULL);
  if (sqlite3_get_autocommit(s->db)) return ans_error_set(err, ANS_INTERNAL, "E-STORE-NOTX", s->path, what, (char *)NULL);
  return ANS_OK;
}

static ans_status store__pragma_int(ans_store *s, const char *sql, int64_t *out, ans_error *err) {
  sqlite3_stmt *st = NULL;
  int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
  if (rc == SQLITE_OK) {
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) *out = sqlite3_column_int64(st, 0);
  }
  ans_status status = rc == SQLITE_ROW ? ANS_OK : store__fail(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, err);
  sqlite3_finalize(st);
  return status;
}

/* Runs the schema texts from `from`+1 on; the write lock is held, so two processes cannot migrate at once. */
static ans_status store__migrate(ans_store *s, int64_t from, ans_error *err) {
  for (int v = (int)from + 1; v <= STORE_SCHEMA_VERSION; v++) {
    for (const char *const *sql = store__schema(v); *sql; sql++) {
      ans_status status = store__exec(s, *sql, err);
      if (status != ANS_OK) return status;
    }
  }
  char sql[96];
  snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", (int)STORE_APPLICATION_ID, (int)STORE_SCHEMA_VERSION);
  return store__exec(s, sql, err);
}

static ans_status store__check_identity(ans_store *s, int64_t *version, ans_error *err) {
  int64_t app = 0, tables = 0;
  ans_status status = store__pragma_int(s, "PRAGMA application_id", &app, err);
  if (status == ANS_OK) status = store__pragma_int(s, "PRAGMA user_version", version, err);
  if (status == ANS_OK) status = store__pragma_int(s, "SELECT count(*) FROM sqlite_schema", &tables, err);
  if (status != ANS_OK) return status;
  char a[24], b[24];
  if (app != STORE_APPLICATION_ID && (app != 0 || tables != 0 || *version != 0))
    return ans_error_set(err, ANS_STORE, "E-STORE-FOREIGN", s->path, ans_itoa(a, app), (char *)NULL);
  if (*version > STORE_SCHEMA_VERSION)
    return ans_error_set(err, ANS_STORE, "E-STORE-NEWER", s->path, ans_itoa(a, *version), ans_itoa(b, STORE_SCHEMA_VERSION), (char *)NULL);
  return ANS_OK;
}

static ans_status store__prepare_database(ans_store *s, ans_error *err) {
  sqlite3_extended_result_codes(s->db, 1);
  sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
  sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, 1 << 30);
  /* A damaged or hostile file must not be able to run functions through its schema. */
  sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  int64_t version = 0;
  ans_status status = store__check_identity(s, &version, err);
  if (status != ANS_OK) return status;
  if (s->mode == ANS_STORE_READ) {
    char a[24], b[24];
    if (version < STORE_SCHEMA_VERSION)
      return ans_error_set(err, ANS_STORE, "E-STORE-OLDER", s->path, ans_itoa(a, version), ans_itoa(b, STORE_SCHEMA_VERSION), (char *)NULL);
    return store__exec(s, "PRAGMA query_only = ON; PRAGMA cache_size = -65536; PRAGMA mmap_size = 4294967296; PRAGMA temp_store = MEMORY", err);
  }
  if (version == 0) status = store__exec(s, "PRAGMA page_size = 8192", err); /* only effective before the first page is written */
  if (status == ANS_OK)
    status = store__exec(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -131072;"
                            "PRAGMA mmap_size = 4294967296; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000", err);
  if (status == ANS_OK) status = store__exec(s, "BEGIN IMMEDIATE", err);
  if (status != ANS_OK) return status;
  status = store__check_identity(s, &version, err); /* again under the lock: another process may have migrated meanwhile */
  if (status == ANS_OK && version < STORE_SCHEMA_VERSION) status = store__migrate(s, version, err);
  if (status == ANS_OK) status = store__exec(s, "COMMIT", err);
  if (status != ANS_OK && !sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
  return status;
}

void ans_store_own_process(void) { (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); } /* too late: refused by SQLite, and nothing is lost */

ans_status ans_store_open(const char *path, ans_store_mode mode, ans_store **out, ans_error *err) {
  *out = NULL;
  if (!path || !*path) return ans_error_set(err, ANS_USAGE, "E-STORE-OPEN", NULL, "Pfad fehlt / path missing", (char *)NULL);
  ans_store *s = calloc(1, sizeof *s);
  if (s) s->path = strdup(path);
  if (!s || !s->path) {
    free(s);
    return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", path, (char *)NULL);
  }
  s->mode = mode;
  int flags = SQLITE_OPEN_NOMUTEX | (mode == ANS_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | (mode == ANS_STORE_CREATE ? SQLITE_OPEN_CREATE : 0);
  int rc = sqlite3_open_v2(path, &s->db, flags, NULL);
  ans_status status = rc == SQLITE_OK ? store__prepare_database(s, err) : store__fail(s, rc, err);
  if (status != ANS_OK) {
    ans_store_close(s);
    return status;
  }
  *out = s;
  return ANS_OK;
}

void ans_store_close(ans_store *s) {
  if (!s) return;
  if (s->db && !sqlite3_get_autocommit(s->db)) ans_store_rollback(s);
  for (size_t i = 0; i < STORE_STATEMENTS; i++) sqlite3_finalize(s->statements[i]);
  if (s->db) sqlite3_close_v2(s->db);
  store__names_free(s);
  store__forget_key(s);
  free(s->path);
  free(s);
}

ans_status store__scrub_log(ans_store *s, ans_error *err) {
  int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  return rc == SQLITE_OK ? ANS_OK : store__fail(s, rc, err);
}

const char *ans_store_path(const ans_store *s) { return s->path; }

ans_status ans_store_set_cache(ans_store *s, unsigned mebibytes, ans_error *err) {
  char sql[64];
  if (mebibytes < 1 || mebibytes > 1024) return store__check_range("cache", false, "MiB", err);
  snprintf(sql, sizeof sql, "PRAGMA cache_size = -%u", mebibytes * 1024u);
  return store__exec(s, sql, err);
}

ans_status ans_store_set_quota(ans_store *s, int64_t mebibytes, ans_error *err) {
  int64_t page = 0;
  if (mebibytes < 0 || mebibytes > 16 * 1024 * 1024) return store__check_range("quota", false, "MiB", err);
  ans_status status = store__pragma_int(s, "PRAGMA page_size", &page, err);
  if (status != ANS_OK) return status;
  char sql[80];
  int64_t pages = mebibytes ? mebibytes * 1024 * 1024 / page : 0;
  snprintf(sql, sizeof sql, "PRAGMA max_page_count = %" PRId64, mebibytes ? pages : INT64_C(4294967294));
  return store__exec(s, sql, err);
}

ans_status ans_store_begin(ans_store *s, ans_error *err) {
  if (!sqlite3_get_autocommit(s->db)) return ans_error_set(err, ANS_INTERNAL, "E-STORE-INTX", s->path, "begin", (char *)NULL);
  ans_status status = store__exec(s, s->mode == ANS_STORE_READ ? "BEGIN" : "BEGIN IMMEDIATE", err);
  s->name_mark = s->max_name_id;
  s->next_assertion = s->first_assertion = 0;
  return status;
}

ans_status ans_store_commit(ans_store *s, ans_error *err) {
  if (sqlite3_get_autocommit(s->db)) return ans_error_set(err, ANS_INTERNAL, "E-STORE-NOTX", s->path, "commit", (char *)NULL);
  ans_status status = store__flush_counters(s, err);
  if (status == ANS_OK) status = store__exec(s, "COMMIT", err);
  if (status != ANS_OK) ans_store_rollback(s); /* a failed commit must not leave half a transaction open */
  return status;
}

void ans_store_rollback(ans_store *s) {
  if (!sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
  store__names_rollback(s);
  s->next_assertion = s->first_assertion = 0;
}

/* The level may change between transactions only. */
static ans_status store__group(ans_store *s, bool open, ans_error *err) {
  if (!sqlite3_get_autocommit(s->db) || s->group == open) return ans_error_set(err, ANS_INTERNAL, "E-STORE-INTX", s->path, "group", (char *)NULL);
  if (s->mode == ANS_STORE_READ) return ans_error_set(err, ANS_STORE, "E-STORE-READONLY", s->path, (char *)NULL);
  ans_status status = store__exec(s, open ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL", err);
  if (status == ANS_OK) s->group = open;
  return status;
}

ans_status ans_store_begin_group(ans_store *s, ans_error *err) {
  ans_status status = store__group(s, true, err);
  if (status == ANS_OK) s->group_mark = sqlite3_total_changes64(s->db);
  return status;
}

/* The wait belongs to a commit that writes: everything in the log before its frames is on disk with it. SQLite leaves unchanged rows alone, hence the counter. */
ans_status ans_store_end_group(ans_store *s, ans_error *err) {
  ans_status status = store__group(s, false, err);
  if (status != ANS_OK || sqlite3_total_changes64(s->db) == s->group_mark) return status; /* nothing to wait for */
  status = ans_store_begin(s, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_COUNTER_SYNC, err);
  status = st ? store__run(s, STORE_COUNTER_SYNC, st, err) : ANS_STORE;
  if (status == ANS_OK) return ans_store_commit(s, err);
  ans_store_rollback(s);
  return status;
}

ans_status ans_store_begin_read(ans_store *s, bool *opened, ans_error *err) {
  *opened = false;
  if (!sqlite3_get_autocommit(s->db)) return ANS_OK;
  ans_status status = store__exec(s, "BEGIN", err);
  *opened = status == ANS_OK;
  s->name_mark = s->max_name_id;
  return status;
}

void ans_store_end_read(ans_store *s, bool opened) {
  if (opened && !sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
}
