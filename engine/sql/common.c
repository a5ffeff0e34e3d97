/* Registration and errors of the virtual tables; part of the program and of the extension. */
#include "base/error.h"
#include "sql/internal.h"

int sql__fail(sqlite3_vtab *table, const ans_error *err) {
  char text[1024];
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_mprintf("%s", ans_error_render(err, ANS_LANG_EN, text, sizeof text));
  return SQLITE_ERROR;
}

int sql__pass(sqlite3_vtab *table, sqlite3 *db, int rc) {
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_mprintf("%s (is this a store of Anspruch, opened once for writing by this version?)", sqlite3_errmsg(db));
  return rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_ERROR : rc;
}

int sql__register(sqlite3 *db, const ans_chunk_key *key) {
  int rc = sql__register_facts(db, key);
  return rc == SQLITE_OK ? sql__register_decisions(db) : rc;
}
