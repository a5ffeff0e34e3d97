/* The store in plain SQL, for reading: the tables of docs/formats/store.md as they are, and two virtual tables that show what lies in chunks as rows:
 * anspruch_facts (facts of column chunks) and anspruch_decisions (decisions, wherever they are kept). The same tables are a loadable extension for other
 * programs: the sqlite3 shell, Python. Nothing is ever written. Threads: a connection belongs to one thread. */
#ifndef ANS_SQL_SQL_H
#define ANS_SQL_SQL_H
#include <stdbool.h>
#include "anspruch/status.h"
#include "chunks/chunks.h"

/* One row: `columns` names and values (NULL: SQL NULL), valid during the call. Before the first row it is called once with values NULL. False stops. */
typedef bool ans_sql_visit(void *ctx, int columns, const char *const *names, const char *const *values);
/* Runs one statement on the store, opened for reading only. key: of encrypted chunks, or NULL. ANS_STORE: cannot be opened; ANS_INPUT, E-SQL: SQLite's reason. */
ans_status ans_sql_query(const char *path, const char *statement, const ans_chunk_key *key, ans_sql_visit *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
#endif
