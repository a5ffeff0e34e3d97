/* Runs, fact snapshots, packages and the quarantine. Contract: store.h. Memory: one row at a time; blobs handed out are malloc'd. */
#include "store/internal.h"

#include <stdlib.h>

static void runs__bind(sqlite3_stmt *st, const ans_run *r, int64_t name, int64_t benefit) {
  store__bind_blob(st, 2, r->package_sha, 32);
  sqlite3_bind_int64(st, 3, name);
  sqlite3_bind_int64(st, 4, r->semantics_version);
  sqlite3_bind_int64(st, 5, r->first_period);
  sqlite3_bind_int64(st, 6, r->last_period);
  sqlite3_bind_int64(st, 7, r->started_at);
  sqlite3_bind_int64(st, 8, r->finished_at);
  sqlite3_bind_int(st, 9, r->state);
  sqlite3_bind_int64(st, 10, r->last_claim);
  store__bind_blob(st, 11, r->head, 32);
  store__bind_blob(st, 12, r->previous_head, 32);
  sqlite3_bind_int64(st, 13, r->decisions);
  sqlite3_bind_int64(st, 14, r->leaves);
  sqlite3_bind_int64(st, 15, r->period_kind);
  sqlite3_bind_int64(st, 16, r->law_known ? r->law_known : ANS_STORE_ALL_KNOWN);
  sqlite3_bind_int64(st, 17, r->facts_known ? r->facts_known : ANS_STORE_ALL_KNOWN);
  sqlite3_bind_int64(st, 18, benefit);
}

/* 0: none named, or never heard of. */
static ans_status runs__benefit(ans_store *s, const char *benefit, bool create, int64_t *id, ans_error *err) {
  *id = 0;
  return benefit && *benefit ? store__name_id(s, benefit, create, id, err) : ANS_OK;
}

ans_status ans_store_put_run(ans_store *s, ans_run *r, ans_error *err) {
  int64_t name = 0, benefit = 0;
  ans_status status = store__need_tx(s, "run", err);
  if (status == ANS_OK) status = store__name_id(s, r->package_name, true, &name, err);
  if (status == ANS_OK) status = runs__benefit(s, r->benefit, true, &benefit, err);
  if (status != ANS_OK) return status;
  store__statement which = r->id ? STORE_RUN_SET : STORE_RUN_ADD;
  sqlite3_stmt *st = store__use(s, which, err);
  if (!st) return ANS_STORE;
  if (r->id) sqlite3_bind_int64(st, 1, r->id);
  runs__bind(st, r, name, benefit);
  status = store__run(s, which, st, err);
  if (status != ANS_OK) return status;
  if (!r->id) {
    r->id = sqlite3_last_insert_rowid(s->db);
  } else if (sqlite3_changes(s->db) != 1) {
    char b[24];
    return ans_error_set(err, ANS_STORE, "E-STORE-ARG", s->path, "run", ans_itoa(b, r->id), (char *)NULL);
  }
  return ANS_OK;
}

/* Reads the one row of a RUN_… statement and gives the statement back. package_name and benefit are interned: valid until close. */
static ans_status runs__read(ans_store *s, store__statement which, sqlite3_stmt *st, ans_run *out, bool *found, ans_error *err) {
  int rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  *found = rc == SQLITE_ROW;
  if (*found) {
    memset(out, 0, sizeof *out);
    out->id = sqlite3_column_int64(st, 0);
    (void)store__column_sha(st, 1, out->package_sha);
    out->package_name = store__name_text(s, sqlite3_column_int64(st, 2), err);
    if (!out->package_name) status = ANS_STORE;
    out->semantics_version = (uint32_t)sqlite3_column_int64(st, 3);
    out->first_period = sqlite3_column_int(st, 4);
    out->last_period = sqlite3_column_int(st, 5);
    out->started_at = sqlite3_column_int64(st, 6);
    out->finished_at = sqlite3_column_int64(st, 7);
    out->state = sqlite3_column_int(st, 8);
    out->last_claim = sqlite3_column_int64(st, 9);
    (void)store__column_sha(st, 10, out->head);
    (void)store__column_sha(st, 11, out->previous_head);
    out->decisions = sqlite3_column_int64(st, 12);
    out->leaves = sqlite3_column_int64(st, 13);
    out->period_kind = (uint32_t)sqlite3_column_int(st, 14);
    out->law_known = sqlite3_column_int(st, 15);
    out->facts_known = sqlite3_column_int(st, 16);
    const int64_t benefit = sqlite3_column_int64(st, 17);
    out->benefit = benefit && status == ANS_OK ? store__name_text(s, benefit, err) : "";
    if (!out->benefit) status = ANS_STORE;
  }
  store__done(s, which, st);
  return status;
}

ans_status ans_store_unfinished_run(ans_store *s, const ans_run *like, ans_run *out, bool *found, ans_error *err) {
  int64_t benefit = 0;
  *found = false;
  ans_status status = runs__benefit(s, like->benefit, false, &benefit, err);
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_RUN_OPEN, err) : NULL;
  if (!st) return status == ANS_OK ? ANS_STORE : status;
  store__bind_blob(st, 1, like->package_sha, 32);
  sqlite3_bind_int64(st, 2, like->first_period);
  sqlite3_bind_int64(st, 3, like->last_period);
  sqlite3_bind_int64(st, 4, like->law_known ? like->law_known : ANS_STORE_ALL_KNOWN);
  sqlite3_bind_int64(st, 5, like->facts_known ? like->facts_known : ANS_STORE_ALL_KNOWN);
  sqlite3_bind_int64(st, 6, benefit);
  return runs__read(s, STORE_RUN_OPEN, st, out, found, err);
}

ans_status ans_store_run(ans_store *s, int64_t id, ans_run *out, bool *found, ans_error *err) {
  *found = false;
  sqlite3_stmt *st = store__use(s, STORE_RUN_GET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  return runs__read(s, STORE_RUN_GET, st, out, found, err);
}

ans_status ans_store_last_head(ans_store *s, uint8_t head[32], ans_error *err) {
  memset(head, 0, 32);
  sqlite3_stmt *st = store__use(s, STORE_RUN_HEAD, err);
  if (!st) return ANS_STORE;
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) (void)store__column_sha(st, 0, head);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_RUN_HEAD, st);
  return status;
}

static ans_status runs__put_blob(ans_store *s, store__statement which, const uint8_t sha[32], const void *bytes, size_t size, ans_error *err) {
  ans_status status = store__need_tx(s, "blob", err);
  if (status == ANS_OK && size > STORE_MAX_BODY) status = ans_error_set(err, ANS_LIMIT, "E-STORE-LIMIT", s->path, "blob", "64 MiB", (char *)NULL);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, which, err);
  if (!st) return ANS_STORE;
  store__bind_blob(st, 1, sha, 32);
  store__bind_blob(st, 2, bytes, size);
  return store__run(s, which, st, err);
}

/* *bytes stays NULL when there is none. */
static ans_status runs__get_blob(ans_store *s, store__statement which, const uint8_t sha[32], void **bytes, size_t *size, ans_error *err) {
  *bytes = NULL;
  *size = 0;
  sqlite3_stmt *st = store__use(s, which, err);
  if (!st) return ANS_STORE;
  store__bind_blob(st, 1, sha, 32);
  int rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  if (rc == SQLITE_ROW) status = store__copy_blob(s, st, 0, bytes, size, err);
  store__done(s, which, st);
  return status;
}

ans_status ans_store_put_snapshot(ans_store *s, const uint8_t sha[32], const void *bytes, size_t size, ans_error *err) { return runs__put_blob(s, STORE_SNAPSHOT_ADD, sha, bytes, size, err); }
ans_status ans_store_snapshot(ans_store *s, const uint8_t sha[32], void **bytes, size_t *size, ans_error *err) { return runs__get_blob(s, STORE_SNAPSHOT_GET, sha, bytes, size, err); }
ans_status ans_store_put_package(ans_store *s, const uint8_t sha[32], const void *bytes, size_t size, ans_error *err) { return runs__put_blob(s, STORE_PACKAGE_ADD, sha, bytes, size, err); }
ans_status ans_store_package(ans_store *s, const uint8_t sha[32], void **bytes, size_t *size, ans_error *err) { return runs__get_blob(s, STORE_PACKAGE_GET, sha, bytes, size, err); }

ans_status ans_store_put_quarantine(ans_store *s, int64_t run, int64_t claim, const char *code, const char *reason, ans_error *err) {
  ans_status status = store__need_tx(s, "quarantine", err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_QUARANTINE_ADD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, run);
  sqlite3_bind_int64(st, 2, claim);
  store__bind_text(st, 3, code);
  store__bind_text(st, 4, reason);
  return store__run(s, STORE_QUARANTINE_ADD, st, err);
}

ans_status ans_store_quarantine(ans_store *s, int64_t run, ans_quarantine_visit *visit, void *ctx, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_QUARANTINE_OF, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, run);
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW)
    if (!visit(ctx, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), store__column_text(st, 2), store__column_text(st, 3))) break;
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_QUARANTINE_OF, st);
  return status;
}
