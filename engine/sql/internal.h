/* Private to engine/sql. The sources are compiled twice: into the program (SQLITE_CORE, calls SQLite directly) and into the loadable extension, where SQLite
 * is the one of the host program. */
#ifndef ANS_SQL_INTERNAL_H
#define ANS_SQL_INTERNAL_H
#include <sqlite3ext.h>
#ifndef SQLITE_CORE
extern const sqlite3_api_routines *sqlite3_api;
#endif
#include "sql/sql.h"

/* Registers both virtual tables with a connection. key: copied; NULL: from the environment when an encrypted chunk is met. */
int sql__register(sqlite3 *db, const ans_chunk_key *key);
int sql__register_facts(sqlite3 *db, const ans_chunk_key *key);
int sql__register_decisions(sqlite3 *db);
/* Gives an error to SQLite: text for the user, SQLITE_ERROR back. */
int sql__fail(sqlite3_vtab *table, const ans_error *err);
/* The same for an error of SQLite inside the virtual table. */
int sql__pass(sqlite3_vtab *table, sqlite3 *db, int rc);
#endif
