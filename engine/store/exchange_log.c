/* The exchange log: who was asked what about whom, on which legal basis, and what came of it (§ 9 IDNrG). Contract: store.h.
 *
 * Append-only and hash-chained: hash(n) = SHA-256(hash(n-1) || canonical entry n), ids without gaps, so that altering, inserting or removing an
 * entry inside the log is found. What it cannot show by itself is that the newest entries were cut off; the head belongs into an outside deposit.
 * Retention (exchange_retention.c) deletes runs of entries; the last deleted id and hash of each run stay, as anchor (the oldest run) or as gap, and the chain
 * goes on from there. The newest entry of a retention names anchor and gaps by their digest, so none can be made up afterwards. No payload is ever written here. */
#include "store/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/hash.h"

static void log__add_text(ans_sha256 *h, const char *text) {
  size_t n = text ? strlen(text) : 0;
  uint8_t length[8];
  for (int i = 0; i < 8; i++) length[i] = (uint8_t)((uint64_t)n >> (8 * i));
  ans_sha256_update(h, length, sizeof length); /* the length first: no two entries share a serialisation */
  if (n) ans_sha256_update(h, text, n);
}
static void log__add_int(ans_sha256 *h, int64_t v) {
  uint8_t b[8];
  for (int i = 0; i < 8; i++) b[i] = (uint8_t)((uint64_t)v >> (8 * i));
  ans_sha256_update(h, b, sizeof b);
}

static ans_status log__hash(ans_store *s, const store__link *previous, const ans_exchange_entry *e, uint8_t out[32], ans_error *err) {
  ans_sha256 *h = ans_sha256_new();
  if (!h) return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
  ans_sha256_update(h, previous->hash, 32);
  log__add_int(h, previous->id + 1);
  log__add_int(h, e->at);
  const char *const texts[] = {e->register_name, e->service, e->subject_key, e->legal_basis, e->purpose, e->case_id, e->request_id, e->xroad_request_id, e->outcome, e->error_detail};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) log__add_text(h, texts[i]);
  log__add_int(h, e->idnr_used);
  if (e->fields && *e->fields) log__add_text(h, e->fields); /* at the end and only if there are any: entries of older schemas keep their hash, and no two entries share a serialisation */
  ans_sha256_final(h, out);
  return ANS_OK;
}

static int log__hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* The link before the oldest kept entry: the anchor of retention, or zeros. */
ans_status store__log_anchor(ans_store *s, store__link *out, ans_error *err) {
  memset(out, 0, sizeof *out);
  char *text = NULL;
  ans_status status = ans_store_get_text(s, STORE_LOG_ANCHOR, &text, err);
  if (status != ANS_OK || !text) return status;
  char *end = NULL;
  out->id = strtoll(text, &end, 10);
  bool ok = end && *end == ' ' && strlen(end + 1) == 64;
  for (size_t i = 0; ok && i < 32; i++) {
    int hi = log__hex_digit(end[1 + 2 * i]), lo = log__hex_digit(end[2 + 2 * i]);
    ok = hi >= 0 && lo >= 0;
    if (ok) out->hash[i] = (uint8_t)(hi * 16 + lo);
  }
  free(text);
  return ok ? ANS_OK : ans_error_set(err, ANS_STORE, "E-STORE-CHAIN", s->path, "0", "Anker unlesbar / anchor unreadable", (char *)NULL);
}

ans_status store__log_last(ans_store *s, store__link *out, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_LOG_LAST, err);
  if (!st) return ANS_STORE;
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) {
    out->id = sqlite3_column_int64(st, 0);
    (void)store__column_sha(st, 1, out->hash);
  }
  store__done(s, STORE_LOG_LAST, st);
  if (rc == SQLITE_DONE) return store__log_anchor(s, out, err);
  return rc == SQLITE_ROW ? ANS_OK : store__fail(s, rc, err);
}

/* Writes one entry after `last` and advances it. */
ans_status store__log_append(ans_store *s, store__link *last, const ans_exchange_entry *e, ans_error *err) {
  uint8_t hash[32];
  ans_status status = log__hash(s, last, e, hash, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_LOG_ADD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, last->id + 1);
  sqlite3_bind_int64(st, 2, e->at);
  const char *const texts[] = {e->register_name, e->service, e->subject_key, e->legal_basis, e->purpose, e->case_id, e->request_id, e->xroad_request_id, e->outcome, e->error_detail};
  for (int i = 0; i < 10; i++) store__bind_text(st, i + 3, texts[i]);
  sqlite3_bind_int(st, 13, e->idnr_used);
  store__bind_blob(st, 14, hash, 32);
  store__bind_text(st, 15, e->fields);
  status = store__run(s, STORE_LOG_ADD, st, err);
  if (status != ANS_OK) return status;
  last->id++;
  memcpy(last->hash, hash, 32);
  return ANS_OK;
}

ans_status ans_store_log_exchanges(ans_store *s, const ans_exchange_entry *entries, size_t n, ans_error *err) {
  store__link last;
  if (s->group) return ans_error_set(err, ANS_INTERNAL, "E-STORE-INTX", s->path, "exchange log", (char *)NULL);
  ans_status status = ans_store_begin(s, err); /* refuses inside an open transaction: the caller's commit would come too late */
  if (status != ANS_OK) return status;
  status = store__need_tx(s, "exchange log", err);
  if (status == ANS_OK) status = store__log_last(s, &last, err);
  for (size_t i = 0; i < n && status == ANS_OK; i++) status = store__log_append(s, &last, &entries[i], err);
  if (status == ANS_OK) return ans_store_commit(s, err);
  ans_store_rollback(s);
  return status;
}

ans_status ans_store_log_exchange(ans_store *s, const ans_exchange_entry *e, int64_t *id, ans_error *err) {
  store__link last = {0};
  ans_status status = ans_store_log_exchanges(s, e, 1, err);
  if (status == ANS_OK && id) {
    status = store__log_last(s, &last, err);
    *id = last.id;
  }
  return status;
}

ans_status ans_store_append_exchange(ans_store *s, const ans_exchange_entry *e, ans_error *err) {
  store__link last;
  ans_status status = store__need_tx(s, "exchange log", err);
  if (status == ANS_OK) status = store__log_last(s, &last, err);
  return status == ANS_OK ? store__log_append(s, &last, e, err) : status;
}

static ans_status log__broken(ans_store *s, int64_t id, const char *why, ans_error *err) {
  char b[24];
  return ans_error_set(err, ANS_NEGATIVE, "E-STORE-CHAIN", s->path, ans_itoa(b, id), why, (char *)NULL);
}

static ans_exchange_entry log__row(sqlite3_stmt *st) {
  return (ans_exchange_entry){.at = sqlite3_column_int64(st, 1), .register_name = store__column_text(st, 2), .service = store__column_text(st, 3), .subject_key = store__column_text(st, 4),
                              .legal_basis = store__column_text(st, 5), .purpose = store__column_text(st, 6), .case_id = store__column_text(st, 7), .request_id = store__column_text(st, 8),
                              .xroad_request_id = store__column_text(st, 9), .outcome = store__column_text(st, 10), .error_detail = store__column_text(st, 11), .idnr_used = sqlite3_column_int(st, 12) != 0, .fields = store__column_text(st, 13)};
}

/* What a verification has seen so far. */
typedef struct log__walk { store__link previous; int64_t gaps; char attested[65]; } log__walk;

/* Ids may only be missing where a retention left a gap; the chain goes on from the gap's last hash. */
static ans_status log__step_over(ans_store *s, log__walk *w, int64_t id, ans_error *err) {
  if (id == w->previous.id + 1) return ANS_OK;
  store__link end = {0};
  ans_status status = store__log_gap_after(s, w->previous.id + 1, &end, err);
  if (status != ANS_OK) return status;
  if (end.id == 0 || end.id + 1 != id) return log__broken(s, w->previous.id + 1, "fehlt / missing", err);
  w->previous = end;
  w->gaps++;
  return ANS_OK;
}

static ans_status log__check(ans_store *s, log__walk *w, sqlite3_stmt *st, ans_error *err) {
  int64_t id = sqlite3_column_int64(st, 0);
  uint8_t stored[32], computed[32];
  ans_exchange_entry e = log__row(st);
  ans_status status = log__step_over(s, w, id, err);
  if (status == ANS_OK && !store__column_sha(st, 14, stored)) status = log__broken(s, id, "Prüfwert fehlt / hash missing", err);
  if (status == ANS_OK) status = log__hash(s, &w->previous, &e, computed, err);
  if (status == ANS_OK && memcmp(stored, computed, 32) != 0) status = log__broken(s, id, "Prüfwert stimmt nicht / hash differs", err);
  if (status != ANS_OK) return status;
  w->previous.id = id;
  memcpy(w->previous.hash, stored, 32);
  if (strcmp(e.outcome, STORE_LOG_EXPIRED) == 0) snprintf(w->attested, sizeof w->attested, "%.64s", e.error_detail);
  return ANS_OK;
}

/* The newest entry of a retention must name exactly the anchor and the gaps there are. */
static ans_status log__check_attested(ans_store *s, const log__walk *w, bool anchored, ans_error *err) {
  int64_t gaps = 0;
  char digest[65];
  ans_status status = store__log_digest(s, &gaps, digest, err);
  if (status != ANS_OK) return status;
  if (gaps != w->gaps) return log__broken(s, w->previous.id, "Lücke ohne gelöschte Einträge / gap without deleted entries", err);
  if (!w->attested[0] && !anchored && gaps == 0) return ANS_OK; /* nothing was ever deleted */
  return strcmp(digest, w->attested) == 0 ? ANS_OK : log__broken(s, w->previous.id, "Löschung ist nicht protokolliert / deletion is not on record", err);
}

ans_status ans_store_verify_exchange_log(ans_store *s, int64_t *entries, ans_error *err) {
  *entries = 0;
  log__walk w = {0};
  bool opened = false;
  ans_status status = ans_store_begin_read(s, &opened, err);
  if (status == ANS_OK) status = store__log_anchor(s, &w.previous, err);
  bool anchored = w.previous.id != 0;
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_LOG_ALL, err) : NULL;
  if (status == ANS_OK && !st) status = ANS_STORE;
  int rc = SQLITE_DONE;
  while (status == ANS_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
    status = log__check(s, &w, st, err);
    *entries += status == ANS_OK;
  }
  if (status == ANS_OK && rc != SQLITE_DONE) status = store__fail(s, rc, err);
  store__done(s, STORE_LOG_ALL, st);
  if (status == ANS_OK) status = log__check_attested(s, &w, anchored, err);
  ans_store_end_read(s, opened);
  return status;
}

ans_status ans_store_exchange_entries(ans_store *s, const char *subject_key, int64_t after_id, ans_exchange_visit *visit, void *ctx, ans_error *err) {
  store__statement which = subject_key ? STORE_LOG_OF : STORE_LOG_AFTER;
  sqlite3_stmt *st = store__use(s, which, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, after_id);
  if (subject_key) store__bind_text(st, 2, subject_key);
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
    ans_exchange_entry e = log__row(st);
    if (!visit(ctx, sqlite3_column_int64(st, 0), &e)) {
      rc = SQLITE_DONE;
      break;
    }
  }
  ans_status status = rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, which, st);
  return status;
}
