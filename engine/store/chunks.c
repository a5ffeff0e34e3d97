/* Column chunks: their bytes, the index subject → chunk and component, and the marks of what has changed since. Contract: store.h.
 *
 * Marks are set by triggers (schema.c), so that also a correction made with an SQL editor is seen. A chunk and its index are written in one transaction
 * with the reading of what is in it; later changes find the index and mark it. Memory: one chunk at a time. */
#include <stdlib.h>
#include "store/internal.h"

ans_status ans_store_chunk_layout(ans_store *s, const uint8_t package_sha[32], int format, bool create, int64_t *layout, ans_error *err) {
  *layout = 0;
  sqlite3_stmt *st = store__use(s, STORE_LAYOUT_FIND, err);
  if (!st) return ANS_STORE;
  store__bind_blob(st, 1, package_sha, 32);
  sqlite3_bind_int(st, 2, format);
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) *layout = sqlite3_column_int64(st, 0);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_LAYOUT_FIND, st);
  if (status != ANS_OK || *layout || !create) return status;
  status = store__need_tx(s, "chunk layout", err);
  if (status != ANS_OK) return status;
  st = store__use(s, STORE_LAYOUT_ADD, err);
  if (!st) return ANS_STORE;
  store__bind_blob(st, 1, package_sha, 32);
  sqlite3_bind_int(st, 2, format);
  status = store__run(s, STORE_LAYOUT_ADD, st, err);
  if (status == ANS_OK) *layout = sqlite3_last_insert_rowid(s->db);
  return status;
}

ans_status store__next_id(ans_store *s, const char *table, int64_t *id, ans_error *err) {
  ans_status status = store__need_tx(s, table, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_NEXT, err);
  if (!st) return ANS_STORE;
  store__bind_text(st, 1, table);
  int rc = sqlite3_step(st);
  *id = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
  status = rc == SQLITE_ROW ? ANS_OK : store__fail(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, err);
  store__done(s, STORE_CHUNK_NEXT, st);
  return status;
}

ans_status ans_store_next_chunk(ans_store *s, int64_t *id, ans_error *err) { return store__next_id(s, "chunk", id, err); }

ans_status ans_store_put_chunk(ans_store *s, int64_t layout, int64_t id, int64_t made_at, uint32_t components, const void *bytes, size_t size, ans_error *err) {
  ans_status status = store__need_tx(s, "chunk", err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_ADD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  sqlite3_bind_int64(st, 2, layout);
  sqlite3_bind_int64(st, 3, made_at);
  sqlite3_bind_int64(st, 4, components);
  store__bind_blob(st, 5, bytes, size);
  return store__run(s, STORE_CHUNK_ADD, st, err);
}

ans_status ans_store_put_chunk_subject(ans_store *s, int64_t layout, int64_t subject, int64_t chunk, uint32_t component, ans_error *err) {
  ans_status status = store__need_tx(s, "chunk subject", err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_SUBJECT_ADD, err);
  if (!st) return ANS_STORE;
  const int64_t row[4] = {subject, layout, chunk, component};
  for (int i = 0; i < 4; i++) sqlite3_bind_int64(st, i + 1, row[i]);
  return store__run(s, STORE_CHUNK_SUBJECT_ADD, st, err);
}

enum { PLACES_MARKS = 1024 /* beyond, each place asks for itself */ };
typedef struct places__component { int64_t chunk, component; } places__component;

static int places__order(const void *x, const void *y) {
  const places__component *a = x, *b = y;
  if (a->chunk != b->chunk) return a->chunk < b->chunk ? -1 : 1;
  return (a->component > b->component) - (a->component < b->component);
}

/* Chunks and components, without the marks. */
static ans_status places__find(ans_store *s, int64_t layout, const int64_t *subjects, uint32_t n, ans_chunk_place *places, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_SUBJECT, err);
  if (!st) return ANS_STORE;
  int rc = SQLITE_DONE;
  sqlite3_bind_int64(st, 2, layout);
  for (uint32_t i = 0; i < n && (rc == SQLITE_ROW || rc == SQLITE_DONE); i++) {
    places[i] = (ans_chunk_place){0};
    sqlite3_bind_int64(st, 1, subjects[i]);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) places[i] = (ans_chunk_place){sqlite3_column_int64(st, 0), (uint32_t)sqlite3_column_int64(st, 1), false};
    sqlite3_reset(st);
  }
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_CHUNK_SUBJECT, st);
  return status;
}

static ans_status places__mark(ans_store *s, ans_chunk_place *place, ans_error *err) {
  sqlite3_stmt *st = place->chunk ? store__use(s, STORE_CHUNK_MARKED, err) : NULL;
  if (!st) return place->chunk ? ANS_STORE : ANS_OK;
  sqlite3_bind_int64(st, 1, place->chunk);
  sqlite3_bind_int64(st, 2, place->component);
  int rc = sqlite3_step(st);
  place->changed = rc == SQLITE_ROW;
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_CHUNK_MARKED, st);
  return status;
}

/* *all false: there are too many. */
static ans_status places__marks(ans_store *s, uint32_t n, ans_chunk_place *places, bool *all, ans_error *err) {
  places__component marks[PLACES_MARKS];
  int64_t first = INT64_MAX, last = 0;
  uint32_t count = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (places[i].chunk && places[i].chunk < first) first = places[i].chunk;
    if (places[i].chunk > last) last = places[i].chunk;
  }
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_MARKS, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, first);
  sqlite3_bind_int64(st, 2, last);
  sqlite3_bind_int64(st, 3, PLACES_MARKS);
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW && count < PLACES_MARKS) marks[count++] = (places__component){sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1)};
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_CHUNK_MARKS, st);
  *all = count < PLACES_MARKS;
  for (uint32_t i = 0; i < n && count; i++) places[i].changed = bsearch(&(places__component){places[i].chunk, places[i].component}, marks, count, sizeof *marks, places__order) != NULL;
  return status;
}

ans_status ans_store_chunk_places(ans_store *s, int64_t layout, const int64_t *subjects, uint32_t n, ans_chunk_place *places, ans_error *err) {
  bool all = false;
  ans_status status = places__find(s, layout, subjects, n, places, err);
  if (status == ANS_OK) status = places__marks(s, n, places, &all, err);
  for (uint32_t i = 0; i < n && !all && status == ANS_OK; i++) status = places__mark(s, &places[i], err);
  return status;
}

ans_status ans_store_chunk(ans_store *s, int64_t id, int64_t *made_at, void **bytes, size_t *size, ans_error *err) {
  *bytes = NULL;
  *size = 0;
  *made_at = 0;
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_GET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  int rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  if (rc == SQLITE_ROW) {
    *made_at = sqlite3_column_int64(st, 0);
    status = store__copy_blob(s, st, 1, bytes, size, err);
  }
  store__done(s, STORE_CHUNK_GET, st);
  return status;
}

ans_status ans_store_chunk_head(ans_store *s, int64_t id, int64_t *made_at, int64_t *components, ans_error *err) {
  *made_at = *components = 0;
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_HEAD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) {
    *made_at = sqlite3_column_int64(st, 0);
    *components = sqlite3_column_int64(st, 1);
  }
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_CHUNK_HEAD, st);
  return status;
}

ans_status ans_store_chunks(ans_store *s, int64_t layout, int64_t after, ans_chunk_visit *visit, void *ctx, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_LIST, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, layout);
  sqlite3_bind_int64(st, 2, after);
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW)
    if (!visit(ctx, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3), sqlite3_column_int64(st, 4))) break;
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, STORE_CHUNK_LIST, st);
  return status;
}

/* A deletion with one number as its only parameter. */
static ans_status chunks__delete(ans_store *s, store__statement which, int64_t id, ans_error *err) {
  ans_status status = store__need_tx(s, "chunk", err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, which, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  return store__run(s, which, st, err);
}

ans_status ans_store_drop_chunk(ans_store *s, int64_t id, ans_error *err) {
  ans_status status = chunks__delete(s, STORE_CHUNK_DROP_DIRTY, id, err);
  return status == ANS_OK ? chunks__delete(s, STORE_CHUNK_DROP, id, err) : status;
}

ans_status ans_store_drop_chunk_subject(ans_store *s, int64_t layout, int64_t subject, int64_t chunk, ans_error *err) {
  ans_status status = store__need_tx(s, "chunk subject", err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_SUBJECT_DROP, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, subject);
  sqlite3_bind_int64(st, 2, layout);
  sqlite3_bind_int64(st, 3, chunk);
  return store__run(s, STORE_CHUNK_SUBJECT_DROP, st, err);
}

ans_status ans_store_drop_chunks(ans_store *s, int64_t layout, ans_error *err) {
  ans_status status = chunks__delete(s, STORE_CHUNK_DROP_LAYOUT_DIRTY, layout, err);
  if (status == ANS_OK) status = chunks__delete(s, STORE_CHUNK_DROP_LAYOUT_SUBJECTS, layout, err);
  return status == ANS_OK ? chunks__delete(s, STORE_CHUNK_DROP_LAYOUT, layout, err) : status;
}

ans_status ans_store_unchunked(ans_store *s, int64_t layout, const char *unit, int64_t after, uint32_t max, ans_subject_visit *visit, void *ctx, ans_error *err) {
  int64_t unit_id = 0;
  ans_status status = store__name_id(s, unit, false, &unit_id, err);
  if (status != ANS_OK || unit_id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_CHUNK_MISSING, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, unit_id);
  sqlite3_bind_int64(st, 2, after);
  sqlite3_bind_int64(st, 3, layout);
  sqlite3_bind_int64(st, 4, max);
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW)
    if (!visit(ctx, sqlite3_column_int64(st, 0), "")) break;
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) status = store__fail(s, rc, err);
  store__done(s, STORE_CHUNK_MISSING, st);
  return status;
}
