/* Life events as they came in, and which of them were looked at for which benefit. Contract: store.h. The candidates they raise are the ledger's (ledger.c). */
#include "store/internal.h"

#include <stdio.h>

ans_status ans_store_put_life_event(ans_store *s, const ans_life_event *e, bool *added, ans_error *err) {
  const char *const names[] = {e->feed, e->kind, e->source};
  int64_t ids[3] = {0};
  *added = false;
  ans_status status = store__need_tx(s, "life event", err);
  if (status == ANS_OK) status = store__check_range("event_id", e->event_id && *e->event_id && strnlen(e->event_id, 129) <= 128, e->event_id ? e->event_id : "", err);
  for (int i = 0; i < 3 && status == ANS_OK; i++) status = store__name_id(s, names[i], true, &ids[i], err);
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_LIFE_ADD, err) : NULL;
  if (!st) return status == ANS_OK ? ANS_STORE : status;
  sqlite3_bind_int64(st, 1, ids[0]);
  store__bind_text(st, 2, e->event_id);
  sqlite3_bind_int64(st, 3, ids[1]);
  sqlite3_bind_int64(st, 4, ids[2]);
  sqlite3_bind_int64(st, 5, e->day);
  sqlite3_bind_int64(st, 6, e->person);
  sqlite3_bind_int64(st, 7, e->recorded_at);
  status = store__run(s, STORE_LIFE_ADD, st, err);
  *added = status == ANS_OK && sqlite3_changes(s->db) > 0;
  return status;
}

static ans_status events__read(ans_store *s, sqlite3_stmt *st, ans_life_event *out, char event_id[129], ans_error *err) {
  *out = (ans_life_event){.id = sqlite3_column_int64(st, 0), .day = sqlite3_column_int(st, 5), .person = sqlite3_column_int64(st, 6), .recorded_at = sqlite3_column_int64(st, 7), .cancelled = sqlite3_column_int(st, 8) != 0};
  snprintf(event_id, 129, "%s", store__column_text(st, 2));
  out->event_id = event_id;
  out->feed = store__name_text(s, sqlite3_column_int64(st, 1), err);
  out->kind = out->feed ? store__name_text(s, sqlite3_column_int64(st, 3), err) : NULL;
  out->source = out->kind ? store__name_text(s, sqlite3_column_int64(st, 4), err) : NULL;
  return out->source ? ANS_OK : ANS_STORE;
}

ans_status ans_store_next_life_event(ans_store *s, const char *benefit, int64_t after, ans_life_event *out, char event_id[129], bool *found, ans_error *err) {
  int64_t benefit_id = 0;
  *found = false;
  ans_status status = store__name_id(s, benefit, false, &benefit_id, err);
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_LIFE_PENDING, err) : NULL;
  if (!st) return status == ANS_OK ? ANS_STORE : status;
  sqlite3_bind_int64(st, 1, benefit_id);
  sqlite3_bind_int64(st, 2, after);
  int rc = sqlite3_step(st);
  *found = rc == SQLITE_ROW;
  if (*found) status = events__read(s, st, out, event_id, err);
  else if (rc != SQLITE_DONE) status = store__fail(s, rc, err);
  store__done(s, STORE_LIFE_PENDING, st);
  return status;
}

ans_status ans_store_life_event_done(ans_store *s, const char *benefit, const ans_life_event *e, ans_error *err) {
  int64_t benefit_id = 0;
  ans_status status = store__need_tx(s, "life event", err);
  if (status == ANS_OK) status = store__name_id(s, benefit, true, &benefit_id, err);
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_LIFE_DONE, err) : NULL;
  if (!st) return status == ANS_OK ? ANS_STORE : status;
  sqlite3_bind_int64(st, 1, benefit_id);
  sqlite3_bind_int64(st, 2, e->id);
  sqlite3_bind_int(st, 3, e->cancelled);
  return store__run(s, STORE_LIFE_DONE, st, err);
}

ans_status ans_store_newest_life_event(ans_store *s, int64_t person, int64_t *at, ans_error *err) {
  *at = 0;
  sqlite3_stmt *st = store__use(s, STORE_LIFE_NEWEST, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, person);
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) *at = sqlite3_column_int64(st, 0);
  store__done(s, STORE_LIFE_NEWEST, st);
  return rc == SQLITE_ROW ? ANS_OK : store__fail(s, rc, err);
}
