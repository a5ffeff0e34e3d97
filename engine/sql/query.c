/* One SQL statement on a store, for reading. The connection is read-only, does not trust the schema, and does not attach other
 * files or load code. Contract: sql.h. Memory: one row. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "sql/internal.h"

enum { QUERY_APPLICATION_ID = 0x414E5350, QUERY_MAX_COLUMNS = 2000 };

static int query__authorize(void *ctx, int action, const char *a, const char *b, const char *c, const char *d) {
  (void)ctx;
  (void)a;
  (void)b;
  (void)c;
  (void)d;
  return action == SQLITE_ATTACH || action == SQLITE_DETACH || action == SQLITE_PRAGMA ? SQLITE_DENY : SQLITE_OK; /* the file itself is open for reading only */
}

static ans_status query__fail(const char *path, sqlite3 *db, ans_error *err) { return ans_error_set(err, ANS_INPUT, "E-SQL", path, sqlite3_errmsg(db), (char *)NULL); }

static ans_status query__open(const char *path, const ans_chunk_key *key, sqlite3 **db, ans_error *err) {
  sqlite3_stmt *st = NULL;
  int rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL), id = 0;
  if (rc != SQLITE_OK) return ans_error_set(err, ANS_STORE, "E-STORE-OPEN", path, *db ? sqlite3_errmsg(*db) : sqlite3_errstr(rc), (char *)NULL);
  sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_busy_timeout(*db, 10000);
  rc = sqlite3_prepare_v2(*db, "PRAGMA application_id", -1, &st, NULL);
  if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) id = sqlite3_column_int(st, 0);
  sqlite3_finalize(st);
  char n[24];
  if (id != QUERY_APPLICATION_ID) return ans_error_set(err, ANS_STORE, "E-STORE-FOREIGN", path, ans_itoa(n, id), (char *)NULL);
  if (sql__register(*db, key) != SQLITE_OK) return query__fail(path, *db, err);
  sqlite3_set_authorizer(*db, query__authorize, NULL);
  return ANS_OK;
}

static ans_status query__rows(const char *path, sqlite3 *db, sqlite3_stmt *st, ans_sql_visit *visit, void *ctx, ans_error *err) {
  int n = sqlite3_column_count(st), rc;
  const char **names = calloc((size_t)n + 1, sizeof *names), **values = calloc((size_t)n + 1, sizeof *values);
  ans_status status = names && values ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", path, "sql", (char *)NULL);
  for (int i = 0; status == ANS_OK && i < n; i++) names[i] = sqlite3_column_name(st, i);
  bool go = status == ANS_OK && visit(ctx, n, names, NULL);
  while (go && (rc = sqlite3_step(st)) != SQLITE_DONE) {
    if (rc != SQLITE_ROW) {
      status = query__fail(path, db, err);
      break;
    }
    for (int i = 0; i < n; i++) values[i] = (const char *)sqlite3_column_text(st, i);
    go = visit(ctx, n, names, values);
  }
  free(names);
  free(values);
  return status;
}

ans_status ans_sql_query(const char *path, const char *statement, const ans_chunk_key *key, ans_sql_visit *visit, void *ctx, ans_error *err) {
  sqlite3 *db = NULL;
  sqlite3_stmt *st = NULL;
  const char *rest = NULL;
  ans_status status = query__open(path, key, &db, err);
  if (status == ANS_OK && sqlite3_prepare_v2(db, statement, -1, &st, &rest) != SQLITE_OK) status = query__fail(path, db, err);
  if (status == ANS_OK && (!st || rest[strspn(rest, " \t\r\n;")])) status = ans_error_set(err, ANS_INPUT, "E-SQL-ONE", path, (char *)NULL);
  if (status == ANS_OK) status = query__rows(path, db, st, visit, ctx, err);
  sqlite3_finalize(st);
  sqlite3_close(db);
  return status;
}
