/* Private to engine/store: the handle, the table of prepared statements, and the interned names.
 *
 * Statements are prepared once per handle, on first use, from one table (statements.def): no SQL text is built at run time, so nothing a register
 * sends can become SQL. A cached statement that is still being stepped (a visitor called the store again) is not disturbed: a second copy is
 * prepared for the inner call and finalized afterwards.
 * Names (facts, sources, authors, enum values, reasons, units, benefits) are interned: the assertion table is the big one (30 million rows for a
 * million households), and integers there instead of texts make it three times smaller and spare the loader every string comparison.
 * Thread rule: a handle belongs to one thread. Memory: interned texts live until the handle is closed. */
#ifndef ANS_STORE_INTERNAL_H
#define ANS_STORE_INTERNAL_H
#include <sqlite3.h>
#include <string.h>
#include "base/error.h"
#include "store/store.h"

enum { STORE_SCHEMA_VERSION = 6, STORE_APPLICATION_ID = 0x414E5350 /* "ANSP" */, STORE_MAX_NAMES = 1000000, STORE_MAX_NAME_BYTES = 4096,
       STORE_MAX_KEY_BYTES = 256, STORE_MAX_BODY = 64 * 1024 * 1024, STORE_BUSY_MS = 10000 };

typedef enum store__statement {
#define X(name, sql) STORE_##name,
#include "store/statements.def"
#undef X
  STORE_STATEMENTS
} store__statement;

typedef struct store__name {
  char *text;      /* owned; never freed before close, so that handed-out pointers stay valid after a rollback */
  uint64_t hash;
  int64_t id;      /* 0: known as text but not (or no longer) in the table */
} store__name;

struct ans_store {
  sqlite3 *db;
  char *path;
  ans_store_mode mode;
  sqlite3_stmt *statements[STORE_STATEMENTS];
  store__name *pool;              /* open addressing by text */
  size_t pool_capacity, pool_used;
  const char **by_id;             /* id → text */
  size_t by_id_capacity;
  int64_t max_name_id;            /* highest id read or written so far */
  int64_t name_mark;              /* max_name_id when the transaction began */
  int64_t next_assertion;         /* 0 = not read yet in this transaction */
  int64_t first_assertion;        /* value when read, to know whether it must be written back */
};

/* Maps an SQLite result to a status and message; `what` is the operation for programming errors. Never returns ANS_OK. */
ans_status store__fail(ans_store *s, int rc, ans_error *err);
/* A prepared statement ready for binding, or NULL with err set. Give back with store__done. */
sqlite3_stmt *store__use(ans_store *s, store__statement which, ans_error *err);
void store__done(ans_store *s, store__statement which, sqlite3_stmt *st);
/* Steps a statement that returns no row, gives it back, and maps the result. */
ans_status store__run(ans_store *s, store__statement which, sqlite3_stmt *st, ans_error *err);
/* Error unless the handle is writable and a transaction is open. */
ans_status store__need_tx(ans_store *s, const char *what, ans_error *err);
ans_status store__exec(ans_store *s, const char *sql, ans_error *err);
void store__bind_text(sqlite3_stmt *st, int i, const char *text); /* NULL is bound as "" */
void store__bind_blob(sqlite3_stmt *st, int i, const void *bytes, size_t size);
const char *store__column_text(sqlite3_stmt *st, int i);          /* "" for NULL; valid until the next step */
bool store__column_sha(sqlite3_stmt *st, int i, uint8_t out[32]);
/* Copies a blob column into malloc'd memory. */
ans_status store__copy_blob(ans_store *s, sqlite3_stmt *st, int i, void **bytes, size_t *size, ans_error *err);

/* Interned names. text NULL or "" is id 0. create false: *id is 0 when absent. */
ans_status store__name_id(ans_store *s, const char *text, bool create, int64_t *id, ans_error *err);
/* The interned text of an id; "" for 0; NULL with err set when the table does not have it. */
const char *store__name_text(ans_store *s, int64_t id, ans_error *err);
void store__names_rollback(ans_store *s);
void store__names_free(ans_store *s);
ans_status store__next_id(ans_store *s, const char *table, int64_t *id, ans_error *err); /* of an AUTOINCREMENT table */
ans_status store__flush_counters(ans_store *s, ans_error *err); /* before COMMIT */
const char *const *store__schema(int version); /* statements (NULL-ended) that lead from version-1 to version; NULL beyond the last */
/* The exchange log's chain: exchange_log.c, and exchange_retention.c for what deletion leaves behind. A link is the id and hash of one entry. */
#define STORE_LOG_ANCHOR "exchange_log.anchor" /* setting: "<id> <hex of hash>" of the last entry of the deleted prefix */
#define STORE_LOG_EXPIRED "expired"            /* outcome of the entry a retention writes; its detail is the digest of anchor and gaps */
typedef struct store__link { int64_t id; uint8_t hash[32]; } store__link;
ans_status store__log_anchor(ans_store *s, store__link *out, ans_error *err);
ans_status store__log_last(ans_store *s, store__link *out, ans_error *err);
ans_status store__log_append(ans_store *s, store__link *last, const ans_exchange_entry *e, ans_error *err);
ans_status store__log_gap_after(ans_store *s, int64_t first, store__link *end /* id 0: none begins there */, ans_error *err);
ans_status store__log_digest(ans_store *s, int64_t *gaps, char hex[65], ans_error *err);
ans_status store__check_range(const char *what, bool ok, const char *value, ans_error *err);
#endif
