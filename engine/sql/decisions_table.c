/* anspruch_decisions: every decision of the store as a row, from table decision and from blocks, in order of (run, claim, period).
 * Constraints used: run. Memory: one block. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "chunks/decisions.h"
#include "sql/internal.h"

enum { DEC_ID, DEC_RUN, DEC_CLAIM, DEC_MONTH, DEC_MERITS, DEC_PROCEDURE, DEC_ACTION, DEC_AMOUNT, DEC_PAYOUT, DEC_PREVIOUS, DEC_REASONS, DEC_RECEIPT };

typedef struct dec_table { sqlite3_vtab base; sqlite3 *db; } dec_table;
typedef struct dec_cursor {
  sqlite3_vtab_cursor base;
  sqlite3_stmt *parts;             /* both kinds, ordered; rows of table decision one by one, blocks as a whole */
  ans_decision_block *block;
  uint32_t at;
  bool in_block, end;
} dec_cursor;

/* A block stands before the rows of its claims here: the order of a scan is no promise, ORDER BY sorts. */
static const char dec__sql[] =
    "SELECT d.run, 0, d.id, d.claim, d.month, d.merits, d.procedure, d.action, d.amount_cents, d.payout_cents, d.previous_cents, d.reason_codes, d.leaf IS NOT NULL, NULL, NULL FROM decision d WHERE ?1 = 0 OR d.run = ?1"
    " UNION ALL SELECT b.run, b.id, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0, b.bytes, r.package_sha FROM decision_chunk b JOIN run r ON r.id = b.run WHERE ?1 = 0 OR b.run = ?1";

static int dec__connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **err) {
  (void)aux;
  (void)argc;
  (void)argv;
  (void)err;
  int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(id INTEGER, run INTEGER, claim INTEGER, month INTEGER, merits INTEGER, procedure INTEGER, action INTEGER, amount_cents INTEGER, payout_cents INTEGER, previous_cents INTEGER,"
                                    "reason_codes TEXT, receipt INTEGER)");
  dec_table *t = rc == SQLITE_OK ? sqlite3_malloc(sizeof *t) : NULL;
  if (rc == SQLITE_OK && !t) rc = SQLITE_NOMEM;
  if (t) {
    memset(t, 0, sizeof *t);
    t->db = db;
    *out = &t->base;
  }
  return rc;
}

static int dec__disconnect(sqlite3_vtab *t) {
  sqlite3_free(t);
  return SQLITE_OK;
}

static int dec__best_index(sqlite3_vtab *t, sqlite3_index_info *info) {
  (void)t;
  info->estimatedCost = 1e9;
  info->estimatedRows = 10000000;
  for (int i = 0; i < info->nConstraint; i++) {
    if (!info->aConstraint[i].usable || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ || info->aConstraint[i].iColumn != DEC_RUN) continue;
    info->aConstraintUsage[i].argvIndex = 1; /* checked again by SQLite: omit stays 0 */
    info->idxNum = 1;
    info->estimatedCost = 1e6;
    info->estimatedRows = 100000;
    break;
  }
  return SQLITE_OK;
}

static int dec__open(sqlite3_vtab *t, sqlite3_vtab_cursor **out) {
  (void)t;
  dec_cursor *c = sqlite3_malloc(sizeof *c);
  if (!c) return SQLITE_NOMEM;
  memset(c, 0, sizeof *c);
  *out = &c->base;
  return SQLITE_OK;
}

static int dec__close(sqlite3_vtab_cursor *cursor) {
  dec_cursor *c = (dec_cursor *)cursor;
  sqlite3_finalize(c->parts);
  ans_decision_block_free(c->block);
  sqlite3_free(c);
  return SQLITE_OK;
}

static int dec__next(sqlite3_vtab_cursor *cursor) {
  dec_cursor *c = (dec_cursor *)cursor;
  dec_table *t = (dec_table *)cursor->pVtab;
  if (c->in_block && ++c->at < c->block->count) return SQLITE_OK;
  for (;;) {
    c->in_block = false;
    int rc = sqlite3_step(c->parts);
    c->end = rc != SQLITE_ROW;
    if (rc == SQLITE_DONE) return SQLITE_OK;
    if (rc != SQLITE_ROW) return sql__pass(&t->base, t->db, rc);
    int64_t id = sqlite3_column_int64(c->parts, 1);
    if (id == 0) return SQLITE_OK;
    ans_error err = {0};
    const void *bytes = sqlite3_column_blob(c->parts, 13);
    const uint8_t *sha = sqlite3_column_blob(c->parts, 14);
    if (!bytes || !sha || sqlite3_column_bytes(c->parts, 14) != 32) return SQLITE_CORRUPT_VTAB;
    ans_decision_block_free(c->block);
    c->block = NULL;
    if (ans_decision_block_decode(sha, bytes, (size_t)sqlite3_column_bytes(c->parts, 13), id, "decision_chunk", &c->block, &err) != ANS_OK) {
      c->end = true;
      return sql__fail(&t->base, &err);
    }
    c->at = 0;
    c->in_block = c->block->count > 0;
    if (c->in_block) return SQLITE_OK;
  }
}

static int dec__filter(sqlite3_vtab_cursor *cursor, int number, const char *name, int argc, sqlite3_value **argv) {
  dec_cursor *c = (dec_cursor *)cursor;
  dec_table *t = (dec_table *)cursor->pVtab;
  (void)name;
  sqlite3_finalize(c->parts);
  c->parts = NULL;
  c->in_block = c->end = false;
  int rc = sqlite3_prepare_v2(t->db, dec__sql, -1, &c->parts, NULL);
  if (rc != SQLITE_OK) return sql__pass(&t->base, t->db, rc);
  int64_t run = number == 1 && argc == 1 ? sqlite3_value_int64(argv[0]) : 0;
  if (number == 1 && run == 0) run = -1; /* run = 0 or text: no such run, not every run */
  sqlite3_bind_int64(c->parts, 1, run);
  return dec__next(cursor);
}

static int dec__eof(sqlite3_vtab_cursor *cursor) { return ((dec_cursor *)cursor)->end; }

static int64_t dec__number(const ans_block_decision *d, int column) {
  switch (column) {
  case DEC_ID: return d->id;
  case DEC_CLAIM: return d->claim;
  case DEC_MONTH: return d->period;
  case DEC_MERITS: return d->merits;
  case DEC_PROCEDURE: return d->procedure;
  case DEC_ACTION: return d->action;
  case DEC_AMOUNT: return d->amount_cents;
  case DEC_PAYOUT: return d->payout_cents;
  case DEC_PREVIOUS: return d->previous_cents;
  default: return 0; /* no receipt */
  }
}

static int dec__column(sqlite3_vtab_cursor *cursor, sqlite3_context *x, int column) {
  const dec_cursor *c = (const dec_cursor *)cursor;
  if (column == DEC_RUN) {
    sqlite3_result_int64(x, sqlite3_column_int64(c->parts, 0));
  } else if (!c->in_block) {
    sqlite3_result_value(x, sqlite3_column_value(c->parts, column == DEC_ID ? 2 : column + 1)); /* run stands first in the parts */
  } else if (column == DEC_REASONS) {
    sqlite3_result_text(x, c->block->items[c->at].reasons, -1, SQLITE_TRANSIENT);
  } else {
    sqlite3_result_int64(x, dec__number(&c->block->items[c->at], column));
  }
  return SQLITE_OK;
}

static int dec__rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *id) {
  const dec_cursor *c = (const dec_cursor *)cursor;
  *id = c->in_block ? c->block->items[c->at].id : sqlite3_column_int64(c->parts, 2);
  return SQLITE_OK;
}

int sql__register_decisions(sqlite3 *db) {
  static const sqlite3_module module = {.iVersion = 0, .xConnect = dec__connect, .xBestIndex = dec__best_index, .xDisconnect = dec__disconnect, .xDestroy = dec__disconnect, .xOpen = dec__open, .xClose = dec__close,
                                        .xFilter = dec__filter, .xNext = dec__next, .xEof = dec__eof, .xColumn = dec__column, .xRowid = dec__rowid};
  return sqlite3_create_module_v2(db, "anspruch_decisions", &module, NULL, NULL); /* no xCreate: it exists without CREATE, and cannot be created */
}
