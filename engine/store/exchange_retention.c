/* Deletion from the exchange log (§ 9 IDNrG) and the holds that keep entries longer. Contract: store.h.
 *
 * Entries past their time are deleted one by one, not only as a prefix: a hold on one person must not keep everybody else's entries. A deleted run leaves its
 * first and last id and the last hash, no content; runs that touch are joined, and the oldest one is the anchor. The entry appended by every retention carries
 * the digest of anchor and gaps, so that whoever knows the head of the chain can tell a lawful deletion from a removal with a gap made up for it. That entry names
 * nobody; only the newest one is needed, and it is the one retention never deletes.
 * Thread rule: the store handle's thread. Memory: the runs of one retention. */
#include "store/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/hash.h"

typedef struct retention__run { int64_t first; store__link last; } retention__run;
typedef struct retention__runs { retention__run *items; size_t count, capacity; int64_t held; } retention__runs;

static void retention__add_int(ans_sha256 *h, int64_t v) {
  uint8_t b[8];
  for (int i = 0; i < 8; i++) b[i] = (uint8_t)((uint64_t)v >> (8 * i));
  ans_sha256_update(h, b, sizeof b);
}

ans_status store__log_digest(ans_store *s, int64_t *gaps, char hex[65], ans_error *err) {
  store__link anchor;
  uint8_t sum[32], hash[32];
  *gaps = 0;
  ans_status status = store__log_anchor(s, &anchor, err);
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_GAP_ALL, err) : NULL;
  if (!st) return status == ANS_OK ? ANS_STORE : status;
  ans_sha256 *h = ans_sha256_new();
  int rc = SQLITE_NOMEM;
  if (h) {
    retention__add_int(h, anchor.id);
    ans_sha256_update(h, anchor.hash, 32);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
      retention__add_int(h, sqlite3_column_int64(st, 0));
      retention__add_int(h, sqlite3_column_int64(st, 1));
      (void)store__column_sha(st, 2, hash);
      ans_sha256_update(h, hash, 32);
      ++*gaps;
    }
    ans_sha256_final(h, sum);
    ans_hex(sum, 32, hex);
  }
  store__done(s, STORE_GAP_ALL, st);
  return rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
}

ans_status store__log_gap_after(ans_store *s, int64_t first, store__link *end, ans_error *err) {
  memset(end, 0, sizeof *end);
  sqlite3_stmt *st = store__use(s, STORE_GAP_AT, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, first);
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) {
    end->id = sqlite3_column_int64(st, 0);
    (void)store__column_sha(st, 1, end->hash);
  }
  store__done(s, STORE_GAP_AT, st);
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
}

/* One number of one row; 0 if there is none. */
static ans_status retention__number(ans_store *s, store__statement which, int64_t argument, int64_t *out, ans_error *err) {
  *out = 0;
  sqlite3_stmt *st = store__use(s, which, err);
  if (!st) return ANS_STORE;
  if (sqlite3_bind_parameter_count(st)) sqlite3_bind_int64(st, 1, argument);
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) *out = sqlite3_column_int64(st, 0);
  store__done(s, which, st);
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
}

static ans_status retention__execute(ans_store *s, store__statement which, int64_t a, int64_t b, ans_error *err) {
  sqlite3_stmt *st = store__use(s, which, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, a);
  if (sqlite3_bind_parameter_count(st) > 1) sqlite3_bind_int64(st, 2, b);
  return store__run(s, which, st, err);
}

static bool retention__grow(retention__runs *r) {
  if (r->count < r->capacity) return true;
  size_t n = r->capacity ? r->capacity * 2 : 64;
  retention__run *grown = realloc(r->items, n * sizeof *grown);
  if (!grown) return false;
  r->items = grown;
  r->capacity = n;
  return true;
}

/* The runs of consecutive entries that may go. */
static ans_status retention__collect(ans_store *s, int64_t before, int64_t keep, retention__runs *r, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_LOG_DUE, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, before);
  sqlite3_bind_int64(st, 2, keep);
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
    int64_t id = sqlite3_column_int64(st, 0);
    if (sqlite3_column_int(st, 2)) {
      r->held++;
      continue;
    }
    if (r->count == 0 || r->items[r->count - 1].last.id + 1 != id) {
      if (!retention__grow(r)) {
        rc = SQLITE_NOMEM;
        break;
      }
      r->items[r->count++].first = id;
    }
    retention__run *run = &r->items[r->count - 1];
    run->last.id = id;
    (void)store__column_sha(st, 1, run->last.hash);
  }
  store__done(s, STORE_LOG_DUE, st);
  return rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
}

static ans_status retention__set_anchor(ans_store *s, const store__link *link, ans_error *err) {
  char hex[65], number[24], text[96];
  ans_hex(link->hash, 32, hex);
  snprintf(text, sizeof text, "%s %s", ans_itoa(number, link->id), hex);
  return ans_store_set_text(s, STORE_LOG_ANCHOR, text, err);
}

/* Deletes one run and joins what it leaves with the gaps beside it and with the anchor. */
static ans_status retention__delete(ans_store *s, retention__run run, int64_t *deleted, ans_error *err) {
  store__link anchor, after;
  int64_t before = 0;
  ans_status status = retention__execute(s, STORE_LOG_DELETE, run.first, run.last.id, err);
  if (status == ANS_OK) *deleted += sqlite3_changes64(s->db);
  if (status == ANS_OK) status = retention__number(s, STORE_GAP_BEFORE, run.first - 1, &before, err);
  if (status == ANS_OK && before) status = retention__execute(s, STORE_GAP_DELETE, before, 0, err);
  if (before) run.first = before;
  if (status == ANS_OK) status = store__log_gap_after(s, run.last.id + 1, &after, err);
  if (status == ANS_OK && after.id) {
    status = retention__execute(s, STORE_GAP_DELETE, run.last.id + 1, 0, err);
    run.last = after;
  }
  if (status == ANS_OK) status = store__log_anchor(s, &anchor, err);
  if (status != ANS_OK) return status;
  if (run.first == anchor.id + 1) return retention__set_anchor(s, &run.last, err);
  sqlite3_stmt *st = store__use(s, STORE_GAP_ADD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, run.first);
  sqlite3_bind_int64(st, 2, run.last.id);
  store__bind_blob(st, 3, run.last.hash, 32);
  return store__run(s, STORE_GAP_ADD, st, err);
}

static ans_status retention__apply(ans_store *s, int64_t before, int64_t now, retention__runs *r, int64_t *deleted, ans_error *err) {
  store__link last;
  int64_t newest = 0, gaps = 0;
  char digest[65];
  ans_status status = store__need_tx(s, "exchange log", err);
  if (status == ANS_OK) status = store__log_last(s, &last, err); /* before anything goes: the chain continues from it */
  if (status == ANS_OK) status = retention__number(s, STORE_LOG_RETENTION, 0, &newest, err);
  if (status == ANS_OK) status = retention__collect(s, before, newest, r, err);
  if (status != ANS_OK || r->count == 0) return status;
  for (size_t i = 0; i < r->count && status == ANS_OK; i++) status = retention__delete(s, r->items[i], deleted, err);
  if (status == ANS_OK) status = store__log_digest(s, &gaps, digest, err);
  if (status != ANS_OK) return status;
  const ans_exchange_entry e = {.at = now, .legal_basis = "§ 9 IDNrG", .purpose = "Löschung nach Ablauf der Aufbewahrungsfrist", .outcome = STORE_LOG_EXPIRED, .error_detail = digest};
  return store__log_append(s, &last, &e, err);
}

ans_status ans_store_expire_exchange_log(ans_store *s, int64_t before, int64_t now, int64_t *deleted, int64_t *held, ans_error *err) {
  retention__runs r = {0};
  *deleted = *held = 0;
  ans_status status = ans_store_begin(s, err);
  if (status != ANS_OK) return status;
  status = retention__apply(s, before, now, &r, deleted, err);
  *held = r.held;
  free(r.items);
  if (status == ANS_OK) return ans_store_commit(s, err);
  *deleted = 0;
  ans_store_rollback(s);
  return status;
}

/* --- holds --------------------------------------------------------------------------------------------------------------------------- */
ans_status ans_store_put_hold(ans_store *s, const ans_exchange_hold *h, int64_t *id, ans_error *err) {
  ans_status status = store__check_range("reason", h->reason && *h->reason && strlen(h->reason) <= 1000, h->reason ? h->reason : "", err);
  if (status == ANS_OK) status = store__check_range("author", h->author && *h->author && strlen(h->author) <= 200, h->author ? h->author : "", err);
  if (status == ANS_OK) status = ans_store_begin(s, err);
  if (status != ANS_OK) return status;
  status = store__need_tx(s, "hold", err);
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_HOLD_ADD, err) : NULL;
  if (status == ANS_OK && !st) status = ANS_STORE;
  if (st) {
    const char *const texts[] = {h->subject_key, h->case_id, h->reason, h->author};
    for (int i = 0; i < 4; i++) store__bind_text(st, i + 1, texts[i]);
    sqlite3_bind_int64(st, 5, h->set_at);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) *id = sqlite3_column_int64(st, 0);
    else status = store__fail(s, rc, err);
    store__done(s, STORE_HOLD_ADD, st);
  }
  if (status == ANS_OK) return ans_store_commit(s, err);
  ans_store_rollback(s);
  return status;
}

ans_status ans_store_release_hold(ans_store *s, int64_t id, const char *by, int64_t at, bool *found, ans_error *err) {
  *found = false;
  ans_status status = store__check_range("author", by && *by && strlen(by) <= 200, by ? by : "", err);
  if (status == ANS_OK) status = ans_store_begin(s, err);
  if (status != ANS_OK) return status;
  status = store__need_tx(s, "hold", err);
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_HOLD_RELEASE, err) : NULL;
  if (status == ANS_OK && !st) status = ANS_STORE;
  if (st) {
    sqlite3_bind_int64(st, 1, id);
    sqlite3_bind_int64(st, 2, at);
    store__bind_text(st, 3, by);
    int rc = sqlite3_step(st);
    *found = rc == SQLITE_ROW;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) status = store__fail(s, rc, err);
    store__done(s, STORE_HOLD_RELEASE, st);
  }
  if (status == ANS_OK) return ans_store_commit(s, err);
  ans_store_rollback(s);
  return status;
}

ans_status ans_store_holds(ans_store *s, ans_hold_visit *visit, void *ctx, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_HOLD_ALL, err);
  if (!st) return ANS_STORE;
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
    ans_exchange_hold h = {.id = sqlite3_column_int64(st, 0), .subject_key = store__column_text(st, 1), .case_id = store__column_text(st, 2), .reason = store__column_text(st, 3),
                           .author = store__column_text(st, 4), .set_at = sqlite3_column_int64(st, 5), .released_at = sqlite3_column_int64(st, 6), .released_by = store__column_text(st, 7)};
    if (!visit(ctx, &h)) {
      rc = SQLITE_DONE;
      break;
    }
  }
  ans_status status = rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_HOLD_ALL, st);
  return status;
}
