/* Decisions: as rows, and unchanged ones as blocks of columns (chunks/decisions.h), read back as if all were rows. Contract: store.h.
 *
 * UNIQUE(run, claim, period) makes deciding twice impossible, also after a crash between two commits; blocks of a run must not overlap, and a block is
 * written in the transaction that moves the run's cursor behind it. Rows and blocks share one sequence of numbers, so what points at a
 * decision need not know where it lies. Blocks are the only copy of their decisions: damage is an error that names the block, never a gap.
 * Memory: one row and one block at a time. */
#include "store/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include "chunks/decisions.h"

ans_status ans_store_next_decision(ans_store *s, int64_t *id, ans_error *err) {
  *id = 0;
  sqlite3_stmt *st = store__use(s, STORE_DECISION_NEXT, err);
  if (!st) return ANS_STORE;
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) *id = sqlite3_column_int64(st, 0);
  ans_status status = rc == SQLITE_ROW ? ANS_OK : store__fail(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, err);
  store__done(s, STORE_DECISION_NEXT, st);
  return status;
}

ans_status ans_store_put_decision(ans_store *s, const ans_decision *d, int64_t *id, ans_error *err) {
  int64_t number = d->id;
  ans_status status = store__need_tx(s, "decision", err);
  if (status == ANS_OK && number == 0) status = ans_store_next_decision(s, &number, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_DECISION_ADD, err);
  if (!st) return ANS_STORE;
  const int64_t row[9] = {d->run, d->claim, d->period, d->merits, d->procedure, d->action, d->amount_cents, d->payout_cents, d->previous_cents};
  for (int i = 0; i < 9; i++) sqlite3_bind_int64(st, i + 1, row[i]);
  store__bind_blob(st, 10, d->facts_sha, 32);
  store__bind_blob(st, 11, d->trace_sha, 32);
  if (d->has_leaf) store__bind_blob(st, 12, d->leaf, 32);
  store__bind_text(st, 13, d->reason_codes);
  sqlite3_bind_int64(st, 14, number);
  status = store__run(s, STORE_DECISION_ADD, st, err);
  if (status == ANS_OK && id) *id = number;
  return status;
}

static void decisions__read(sqlite3_stmt *st, ans_decision *d) {
  memset(d, 0, sizeof *d);
  d->id = sqlite3_column_int64(st, 0);
  d->run = sqlite3_column_int64(st, 1);
  d->claim = sqlite3_column_int64(st, 2);
  d->period = sqlite3_column_int(st, 3);
  d->merits = (uint8_t)sqlite3_column_int(st, 4);
  d->procedure = (uint8_t)sqlite3_column_int(st, 5);
  d->action = (uint8_t)sqlite3_column_int(st, 6);
  d->amount_cents = sqlite3_column_int64(st, 7);
  d->payout_cents = sqlite3_column_int64(st, 8);
  d->previous_cents = sqlite3_column_int64(st, 9);
  (void)store__column_sha(st, 10, d->facts_sha);
  (void)store__column_sha(st, 11, d->trace_sha);
  d->has_leaf = sqlite3_column_type(st, 12) != SQLITE_NULL && store__column_sha(st, 12, d->leaf);
  d->reason_codes = store__column_text(st, 13);
}

ans_status ans_store_put_decision_chunk(ans_store *s, const ans_run *run, const ans_decision *d, uint32_t n, ans_error *err) {
  uint8_t *bytes = NULL;
  size_t size = 0;
  char b[24];
  ans_chunk_options o = {.compress = true};
  if (n == 0) return ANS_OK;
  ans_status status = store__need_tx(s, "decision chunk", err);
  if (status == ANS_OK) status = store__next_id(s, "decision_chunk", &o.id, err);
  ans_block_decision *items = status == ANS_OK ? calloc(n, sizeof *items) : NULL;
  if (status == ANS_OK && !items) return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
  for (uint32_t i = 0; items && i < n; i++)
    items[i] = (ans_block_decision){d[i].id, d[i].claim, d[i].period, d[i].merits, d[i].procedure, d[i].action, d[i].amount_cents, d[i].payout_cents, d[i].previous_cents, d[i].reason_codes};
  if (status == ANS_OK) status = ans_decision_block_encode(items, n, run->package_sha, &o, &bytes, &size, err);
  free(items);
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_DECISION_CHUNK_ADD, err) : NULL;
  if (status == ANS_OK && !st) status = ANS_STORE;
  if (status == ANS_OK) {
    const int64_t row[6] = {o.id, run->id, d[0].claim, d[n - 1].claim, d[0].id, d[n - 1].id};
    for (int i = 0; i < 6; i++) sqlite3_bind_int64(st, i + 1, row[i]);
    store__bind_blob(st, 7, bytes, size);
    status = store__run(s, STORE_DECISION_CHUNK_ADD, st, err);
    if (status == ANS_OK && sqlite3_changes(s->db) != 1) status = ans_error_set(err, ANS_STORE, "E-STORE-CONSTRAINT", s->path, ans_itoa(b, d[0].claim), (char *)NULL);
  }
  free(bytes);
  return status;
}

/* A block is no copy of anything: what is said about chunks of facts, and how to make them again, does not hold for it. */
static ans_status decisions__decode(ans_store *s, const ans_run *run, sqlite3_stmt *st, ans_decision_block **out, ans_error *err) {
  char n[24], what[64];
  ans_error why = {0};
  int64_t id = sqlite3_column_int64(st, 0);
  ans_status status = ans_decision_block_decode(run->package_sha, sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1), id, s->path, out, &why);
  if (status == ANS_STORE) {
    snprintf(what, sizeof what, "%.60s", why.args[1][0] ? why.args[1] : why.code);
    return ans_error_set(err, ANS_STORE, "E-STORE-BLOCK", s->path, ans_itoa(n, id), what, (char *)NULL);
  }
  if (status != ANS_OK && err) *err = why;
  return status;
}

/* --- reading --------------------------------------------------------------------------------------------------------------------- */
static void decisions__from_block(int64_t run, const ans_block_decision *x, ans_decision *d) {
  *d = (ans_decision){.id = x->id, .run = run, .claim = x->claim, .period = x->period, .merits = x->merits, .procedure = x->procedure, .action = x->action, .amount_cents = x->amount_cents,
                      .payout_cents = x->payout_cents, .previous_cents = x->previous_cents, .reason_codes = x->reasons};
}

/* Two ordered streams: the rows of the run and its blocks. */
typedef struct decisions__merge {
  ans_store *s;
  const ans_run *run;
  sqlite3_stmt *rows, *blocks;
  ans_decision row, block;
  bool has_row, has_block;
  ans_decision_block *open;      /* the block being read */
  uint32_t next;
} decisions__merge;

static ans_status decisions__next_row(decisions__merge *m, ans_error *err) {
  int rc = sqlite3_step(m->rows);
  m->has_row = rc == SQLITE_ROW;
  if (m->has_row) decisions__read(m->rows, &m->row);
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(m->s, rc, err);
}

static ans_status decisions__next_block(decisions__merge *m, ans_error *err) {
  while (!m->open || m->next == m->open->count) {
    ans_decision_block_free(m->open);
    m->open = NULL;
    m->next = 0;
    m->has_block = false;
    int rc = sqlite3_step(m->blocks);
    if (rc == SQLITE_DONE) return ANS_OK;
    if (rc != SQLITE_ROW) return store__fail(m->s, rc, err);
    ans_status status = decisions__decode(m->s, m->run, m->blocks, &m->open, err);
    if (status != ANS_OK) return status;
  }
  decisions__from_block(m->run->id, &m->open->items[m->next++], &m->block);
  m->has_block = true;
  return ANS_OK;
}

static bool decisions__row_first(const decisions__merge *m) {
  if (!m->has_block || !m->has_row) return m->has_row;
  if (m->row.claim != m->block.claim) return m->row.claim < m->block.claim;
  return m->row.period < m->block.period;
}

static ans_status decisions__visit(decisions__merge *m, ans_decision_visit *visit, void *ctx, ans_error *err) {
  ans_status status = decisions__next_row(m, err);
  if (status == ANS_OK) status = decisions__next_block(m, err);
  while (status == ANS_OK && (m->has_row || m->has_block)) {
    bool row = decisions__row_first(m);
    if (!visit(ctx, row ? &m->row : &m->block)) break;
    status = row ? decisions__next_row(m, err) : decisions__next_block(m, err);
  }
  return status;
}

ans_status ans_store_decisions(ans_store *s, int64_t run, ans_decision_visit *visit, void *ctx, ans_error *err) {
  ans_run head;
  bool found = false;
  decisions__merge m = {.s = s, .run = &head};
  ans_status status = ans_store_run(s, run, &head, &found, err);
  if (status != ANS_OK || !found) return status;
  m.rows = store__use(s, STORE_DECISION_OF_RUN, err);
  m.blocks = m.rows ? store__use(s, STORE_DECISION_CHUNKS, err) : NULL;
  if (m.rows) sqlite3_bind_int64(m.rows, 1, run);
  if (m.blocks) sqlite3_bind_int64(m.blocks, 1, run);
  status = m.rows && m.blocks ? decisions__visit(&m, visit, ctx, err) : ANS_STORE;
  ans_decision_block_free(m.open);
  store__done(s, STORE_DECISION_OF_RUN, m.rows);
  store__done(s, STORE_DECISION_CHUNKS, m.blocks);
  return status;
}

static ans_status decisions__keep(ans_store *s, ans_decision *d, bool *found, ans_error *err) {
  d->reason_codes = strdup(d->reason_codes);
  *found = d->reason_codes != NULL;
  return *found ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
}

/* The decision in a block, if one covers its number (changed decisions between them are rows). */
static ans_status decisions__in_block(ans_store *s, int64_t id, ans_decision *out, bool *found, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_DECISION_CHUNK_WITH, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  int rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  ans_decision_block *block = NULL;
  if (rc == SQLITE_ROW) {
    ans_run run;
    bool exists = false;
    status = ans_store_run(s, sqlite3_column_int64(st, 2), &run, &exists, err);
    if (status == ANS_OK && exists) status = decisions__decode(s, &run, st, &block, err);
    for (uint32_t i = 0; block && i < block->count && !*found && status == ANS_OK; i++) {
      if (block->items[i].id != id) continue;
      decisions__from_block(run.id, &block->items[i], out);
      status = decisions__keep(s, out, found, err);
    }
  }
  ans_decision_block_free(block);
  store__done(s, STORE_DECISION_CHUNK_WITH, st);
  return status;
}

ans_status ans_store_decision(ans_store *s, int64_t id, ans_decision *out, bool *found, ans_error *err) {
  *found = false;
  sqlite3_stmt *st = store__use(s, STORE_DECISION_GET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  int rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  if (rc == SQLITE_ROW) {
    decisions__read(st, out);
    status = decisions__keep(s, out, found, err);
  }
  store__done(s, STORE_DECISION_GET, st);
  return status == ANS_OK && rc == SQLITE_DONE ? decisions__in_block(s, id, out, found, err) : status;
}
