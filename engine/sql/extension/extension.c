/* Entry point of the loadable extension anspruch_sql. The key of encrypted chunks comes from the environment variable ANSPRUCH_CHUNK_KEY. */
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT1
#include "sql/internal.h"

ANS_API int sqlite3_anspruchsql_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);

int sqlite3_anspruchsql_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  (void)error;
  SQLITE_EXTENSION_INIT2(api)
  return sql__register(db, NULL);
}
