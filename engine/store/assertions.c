/* Subjects and assertions: what the sources said about whom, with provenance and both times (validity, knowledge). Contract: store.h.
 *
 * Assertions are append-only but for superseded_at. Their ids come from one counter row, read at the first insertion of a transaction and written
 * back at commit, because the table is clustered by subject and has no rowid to number it. Memory: one row at a time, nothing grows with the data. */
#include "store/internal.h"

#include <stdlib.h>

static ans_status store__check_key(ans_store *s, const char *key, ans_error *err) {
  size_t n = key ? strnlen(key, STORE_MAX_KEY_BYTES + 1) : 0;
  if (n == 0) return store__check_range("Schlüssel / key", false, "(leer / empty)", err);
  if (n > STORE_MAX_KEY_BYTES) return ans_error_set(err, ANS_LIMIT, "E-STORE-LIMIT", s->path, "Länge eines Schlüssels / length of a key", "256", (char *)NULL);
  return ANS_OK;
}

ans_status ans_store_subject(ans_store *s, const char *unit, const char *key, bool create, int64_t *id, ans_error *err) {
  *id = 0;
  int64_t unit_id = 0;
  ans_status status = store__check_key(s, key, err);
  if (status == ANS_OK && create) status = store__need_tx(s, "subject", err);
  if (status == ANS_OK) status = store__name_id(s, unit, create, &unit_id, err);
  if (status != ANS_OK || unit_id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_SUBJECT_FIND, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, unit_id);
  store__bind_text(st, 2, key);
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) *id = sqlite3_column_int64(st, 0);
  store__done(s, STORE_SUBJECT_FIND, st);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return store__fail(s, rc, err);
  if (*id || !create) return ANS_OK;
  st = store__use(s, STORE_SUBJECT_ADD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, unit_id);
  store__bind_text(st, 2, key);
  status = store__run(s, STORE_SUBJECT_ADD, st, err);
  if (status == ANS_OK) *id = sqlite3_last_insert_rowid(s->db);
  return status;
}

static void store__copy_text(char *out, size_t size, const char *text) {
  if (!out || size == 0) return;
  size_t n = strlen(text);
  if (n >= size) n = size - 1;
  memcpy(out, text, n);
  out[n] = 0;
}

ans_status ans_store_subject_name(ans_store *s, int64_t id, char *unit, size_t unit_size, char *key, size_t key_size, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_SUBJECT_NAME, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  int rc = sqlite3_step(st);
  ans_status status = ANS_OK;
  if (rc == SQLITE_ROW) {
    const char *name = store__name_text(s, sqlite3_column_int64(st, 0), err);
    if (name) {
      store__copy_text(unit, unit_size, name);
      store__copy_text(key, key_size, store__column_text(st, 1));
    } else {
      status = ANS_STORE;
    }
  } else if (rc == SQLITE_DONE) {
    char b[24];
    status = ans_error_set(err, ANS_STORE, "E-STORE-ARG", s->path, "subject", ans_itoa(b, id), (char *)NULL);
  } else {
    status = store__fail(s, rc, err);
  }
  store__done(s, STORE_SUBJECT_NAME, st);
  return status;
}

ans_status ans_store_last_subject(ans_store *s, int64_t *id, ans_error *err) {
  *id = 0;
  sqlite3_stmt *st = store__use(s, STORE_SUBJECT_LAST, err);
  if (!st) return ANS_STORE;
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) *id = sqlite3_column_int64(st, 0);
  ans_status status = rc == SQLITE_ROW ? ANS_OK : store__fail(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, err);
  store__done(s, STORE_SUBJECT_LAST, st);
  return status;
}

ans_status ans_store_subjects(ans_store *s, const char *unit, int64_t after_id, ans_subject_visit *visit, void *ctx, ans_error *err) {
  int64_t unit_id = 0;
  ans_status status = store__name_id(s, unit, false, &unit_id, err);
  if (status != ANS_OK || unit_id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_SUBJECT_ALL, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, unit_id);
  sqlite3_bind_int64(st, 2, after_id);
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW)
    if (!visit(ctx, sqlite3_column_int64(st, 0), store__column_text(st, 1))) break;
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) status = store__fail(s, rc, err);
  store__done(s, STORE_SUBJECT_ALL, st);
  return status;
}

static ans_status store__next_assertion(ans_store *s, int64_t *id, ans_error *err) {
  if (s->next_assertion == 0) {
    sqlite3_stmt *st = store__use(s, STORE_COUNTER_GET, err);
    if (!st) return ANS_STORE;
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) s->next_assertion = s->first_assertion = sqlite3_column_int64(st, 0);
    store__done(s, STORE_COUNTER_GET, st);
    if (rc != SQLITE_ROW || s->next_assertion <= 0) {
      s->next_assertion = 0;
      return store__fail(s, rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, err);
    }
  }
  *id = s->next_assertion++;
  return ANS_OK;
}

ans_status store__flush_counters(ans_store *s, ans_error *err) {
  if (s->next_assertion == s->first_assertion) return ANS_OK;
  sqlite3_stmt *st = store__use(s, STORE_COUNTER_SET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, s->next_assertion);
  return store__run(s, STORE_COUNTER_SET, st, err);
}

static ans_status store__check_assertion(const ans_assertion *a, ans_error *err) {
  ans_status status = store__check_range("fact", a->fact && *a->fact, "", err);
  if (status == ANS_OK) status = store__check_range("source", a->source && *a->source, "", err);
  if (status == ANS_OK) status = store__check_range("from_day/to_day", a->from_day <= a->to_day, a->fact, err);
  if (status == ANS_OK) status = store__check_range("state", a->state <= 3, a->fact, err);
  bool shape = a->state == 0 ? a->kind != ANS_V_NONE && a->kind <= ANS_V_SUBJECT && (a->kind != ANS_V_TEXT || a->text) : a->kind == ANS_V_NONE;
  if (status == ANS_OK) status = store__check_range("kind", shape, a->fact, err);
  if (status == ANS_OK && a->kind == ANS_V_SUBJECT) status = store__check_range("reference", a->number > 0, a->fact, err);
  return status;
}

ans_status ans_store_put_assertion(ans_store *s, const ans_assertion *a, int64_t *id, ans_error *err) {
  int64_t fact = 0, source = 0, text = 0, author = 0, new_id = 0;
  ans_status status = store__need_tx(s, "assertion", err);
  if (status == ANS_OK) status = store__check_assertion(a, err);
  if (status == ANS_OK) status = store__name_id(s, a->fact, true, &fact, err);
  if (status == ANS_OK) status = store__name_id(s, a->source, true, &source, err);
  if (status == ANS_OK) status = store__name_id(s, a->text, true, &text, err);
  if (status == ANS_OK) status = store__name_id(s, a->author, true, &author, err);
  if (status == ANS_OK) status = store__next_assertion(s, &new_id, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_ASSERTION_ADD, err);
  if (!st) return ANS_STORE;
  const int64_t row[14] = {a->subject, fact, source, a->from_day, new_id, a->to_day, a->state, a->kind, a->number, text, author, a->evidence, a->recorded_at, a->superseded_at};
  for (int i = 0; i < 14; i++) sqlite3_bind_int64(st, i + 1, row[i]);
  status = store__run(s, STORE_ASSERTION_ADD, st, err);
  if (status == ANS_OK && id) *id = new_id;
  return status;
}

ans_status ans_store_supersede(ans_store *s, int64_t subject, const char *source, const char *fact, int64_t at, ans_error *err) {
  int64_t source_id = 0, fact_id = 0;
  ans_status status = store__need_tx(s, "supersede", err);
  if (status == ANS_OK) status = store__check_range("superseded_at", at > 0, "0", err);
  if (status == ANS_OK) status = store__name_id(s, source, false, &source_id, err);
  if (status == ANS_OK) status = store__name_id(s, fact, false, &fact_id, err);
  if (status != ANS_OK || source_id == 0 || (fact && fact_id == 0)) return status;
  store__statement which = fact ? STORE_ASSERTION_SUPERSEDE_FACT : STORE_ASSERTION_SUPERSEDE;
  sqlite3_stmt *st = store__use(s, which, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, at);
  sqlite3_bind_int64(st, 2, subject);
  if (fact) {
    sqlite3_bind_int64(st, 3, fact_id);
    sqlite3_bind_int64(st, 4, source_id);
  } else {
    sqlite3_bind_int64(st, 3, source_id);
  }
  return store__run(s, which, st, err);
}

ans_status ans_store_supersede_one(ans_store *s, const ans_assertion *a, int64_t at, ans_error *err) {
  int64_t source = 0, fact = 0;
  ans_status status = store__need_tx(s, "supersede", err);
  if (status == ANS_OK) status = store__check_range("superseded_at", at > 0, "0", err);
  if (status == ANS_OK) status = store__name_id(s, a->source, false, &source, err);
  if (status == ANS_OK) status = store__name_id(s, a->fact, false, &fact, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_ASSERTION_SUPERSEDE_ONE, err);
  if (!st) return ANS_STORE;
  const int64_t row[6] = {at, a->subject, fact, source, a->from_day, a->id};
  for (int i = 0; i < 6; i++) sqlite3_bind_int64(st, i + 1, row[i]);
  return store__run(s, STORE_ASSERTION_SUPERSEDE_ONE, st, err);
}

/* Reads the current row of ASSERTION_OF. */
static ans_status store__read_assertion(ans_store *s, sqlite3_stmt *st, int64_t subject, ans_assertion *a, ans_error *err) {
  a->subject = subject;
  a->id = sqlite3_column_int64(st, 0);
  a->fact = store__name_text(s, sqlite3_column_int64(st, 1), err);
  a->source = store__name_text(s, sqlite3_column_int64(st, 2), err);
  a->from_day = sqlite3_column_int(st, 3);
  a->to_day = sqlite3_column_int(st, 4);
  a->state = (uint8_t)sqlite3_column_int(st, 5);
  a->kind = (uint8_t)sqlite3_column_int(st, 6);
  a->number = sqlite3_column_int64(st, 7);
  a->text = store__name_text(s, sqlite3_column_int64(st, 8), err);
  a->author = store__name_text(s, sqlite3_column_int64(st, 9), err);
  a->evidence = sqlite3_column_int64(st, 10);
  a->recorded_at = sqlite3_column_int64(st, 11);
  a->superseded_at = sqlite3_column_int64(st, 12);
  return a->fact && a->source && a->text && a->author ? ANS_OK : ANS_STORE;
}

/* Steps ASSERTION_OF or ASSERTION_ALL, bound by the caller, and gives the statement back. */
static ans_status store__visit_assertions(ans_store *s, store__statement which, sqlite3_stmt *st, int64_t subject, ans_assertion_visit *visit, void *ctx, ans_error *err) {
  ans_status status = ANS_OK;
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
    ans_assertion a;
    status = store__read_assertion(s, st, subject, &a, err);
    if (status != ANS_OK || !visit(ctx, &a)) break;
  }
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) status = store__fail(s, rc, err);
  store__done(s, which, st);
  return status;
}

ans_status ans_store_assertions(ans_store *s, int64_t subject, int64_t known_at, ans_assertion_visit *visit, void *ctx, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_ASSERTION_OF, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, subject);
  sqlite3_bind_int64(st, 2, known_at);
  return store__visit_assertions(s, STORE_ASSERTION_OF, st, subject, visit, ctx, err);
}

ans_status ans_store_assertions_ever(ans_store *s, int64_t subject, ans_assertion_visit *visit, void *ctx, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_ASSERTION_ALL, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, subject);
  return store__visit_assertions(s, STORE_ASSERTION_ALL, st, subject, visit, ctx, err);
}

ans_status ans_store_referred_after(ans_store *s, int64_t target, int64_t at, bool *later, ans_error *err) {
  *later = false;
  sqlite3_stmt *st = store__use(s, STORE_REFERRED_LATER, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, target);
  sqlite3_bind_int64(st, 2, at);
  int rc = sqlite3_step(st);
  *later = rc == SQLITE_ROW;
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_REFERRED_LATER, st);
  return status;
}

ans_status ans_store_referrers(ans_store *s, const char *unit, const char *fact, int64_t target, int64_t known_at, ans_subject_visit *visit, void *ctx, ans_error *err) {
  int64_t unit_id = 0, fact_id = 0;
  ans_status status = store__name_id(s, unit, false, &unit_id, err);
  if (status == ANS_OK) status = store__name_id(s, fact, false, &fact_id, err);
  if (status != ANS_OK || unit_id == 0 || fact_id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_REFERRERS, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, target);
  sqlite3_bind_int64(st, 2, fact_id);
  sqlite3_bind_int64(st, 3, known_at);
  sqlite3_bind_int64(st, 4, unit_id);
  int64_t before = 0;
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
    int64_t subject = sqlite3_column_int64(st, 0);
    if (subject == before) continue; /* several sources name the same target */
    before = subject;
    if (!visit(ctx, subject, store__column_text(st, 1))) break;
  }
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) status = store__fail(s, rc, err);
  store__done(s, STORE_REFERRERS, st);
  return status;
}
