/* Interned names: text ↔ id, cached per handle. See internal.h for why. A rollback forgets the ids given inside the transaction but keeps the
 * texts, so that pointers handed out stay valid. Bounded: at most STORE_MAX_NAMES names of at most STORE_MAX_NAME_BYTES bytes. */
#include "store/internal.h"

#include <stdlib.h>

static uint64_t names__hash(const char *text) {
  uint64_t h = 1469598103934665603u; /* FNV-1a */
  for (; *text; text++) h = (h ^ (uint8_t)*text) * 1099511628211u;
  return h;
}

static ans_status names__oom(ans_store *s, ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL); }

static store__name *names__slot(store__name *pool, size_t capacity, const char *text, uint64_t hash) {
  size_t i = (size_t)hash & (capacity - 1);
  while (pool[i].text && (pool[i].hash != hash || strcmp(pool[i].text, text) != 0)) i = (i + 1) & (capacity - 1);
  return &pool[i];
}

static ans_status names__grow_pool(ans_store *s, ans_error *err) {
  if (s->pool_used * 4 < s->pool_capacity * 3) return ANS_OK;
  if (s->pool_used >= STORE_MAX_NAMES) return ans_error_set(err, ANS_LIMIT, "E-STORE-LIMIT", s->path, "Namen / names", "1000000", (char *)NULL);
  size_t capacity = s->pool_capacity ? s->pool_capacity * 2 : 256;
  store__name *pool = calloc(capacity, sizeof *pool);
  if (!pool) return names__oom(s, err);
  for (size_t i = 0; i < s->pool_capacity; i++)
    if (s->pool[i].text) *names__slot(pool, capacity, s->pool[i].text, s->pool[i].hash) = s->pool[i];
  free(s->pool);
  s->pool = pool;
  s->pool_capacity = capacity;
  return ANS_OK;
}

/* The pool entry of a text, made if needed. */
static ans_status names__intern(ans_store *s, const char *text, store__name **out, ans_error *err) {
  ans_status status = names__grow_pool(s, err);
  if (status != ANS_OK) return status;
  uint64_t hash = names__hash(text);
  store__name *n = names__slot(s->pool, s->pool_capacity, text, hash);
  if (!n->text) {
    char *copy = strdup(text);
    if (!copy) return names__oom(s, err);
    *n = (store__name){.text = copy, .hash = hash, .id = 0};
    s->pool_used++;
  }
  *out = n;
  return ANS_OK;
}

static ans_status names__remember(ans_store *s, store__name *n, int64_t id, ans_error *err) {
  if (id <= 0 || id > 16 * (int64_t)STORE_MAX_NAMES) return ans_error_set(err, ANS_LIMIT, "E-STORE-LIMIT", s->path, "Namen / names", "1000000", (char *)NULL);
  if ((size_t)id >= s->by_id_capacity) {
    size_t capacity = s->by_id_capacity ? s->by_id_capacity : 256;
    while (capacity <= (size_t)id) capacity *= 2;
    const char **grown = calloc(capacity, sizeof *grown);
    if (!grown) return names__oom(s, err);
    for (size_t i = 0; i < s->by_id_capacity; i++) grown[i] = s->by_id[i];
    free(s->by_id);
    s->by_id = grown;
    s->by_id_capacity = capacity;
  }
  n->id = id;
  s->by_id[id] = n->text;
  if (id > s->max_name_id) s->max_name_id = id;
  return ANS_OK;
}

ans_status store__name_id(ans_store *s, const char *text, bool create, int64_t *id, ans_error *err) {
  *id = 0;
  if (!text || !*text) return ANS_OK;
  if (strnlen(text, STORE_MAX_NAME_BYTES + 1) > STORE_MAX_NAME_BYTES) return ans_error_set(err, ANS_LIMIT, "E-STORE-LIMIT", s->path, "Länge eines Namens / length of a name", "4096", (char *)NULL);
  store__name *n = NULL;
  ans_status status = names__intern(s, text, &n, err);
  if (status != ANS_OK) return status;
  if (n->id) {
    *id = n->id;
    return ANS_OK;
  }
  sqlite3_stmt *st = store__use(s, STORE_NAME_FIND, err);
  if (!st) return ANS_STORE;
  store__bind_text(st, 1, text);
  int rc = sqlite3_step(st);
  int64_t found = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
  store__done(s, STORE_NAME_FIND, st);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return store__fail(s, rc, err);
  if (!found && create) {
    st = store__use(s, STORE_NAME_ADD, err);
    if (!st) return ANS_STORE;
    store__bind_text(st, 1, text);
    status = store__run(s, STORE_NAME_ADD, st, err);
    if (status != ANS_OK) return status;
    found = sqlite3_last_insert_rowid(s->db);
  }
  if (!found) return ANS_OK;
  *id = found;
  return names__remember(s, n, found, err);
}

const char *store__name_text(ans_store *s, int64_t id, ans_error *err) {
  if (id == 0) return "";
  if (id > 0 && (size_t)id < s->by_id_capacity && s->by_id[id]) return s->by_id[id];
  sqlite3_stmt *st = store__use(s, STORE_NAME_TEXT, err);
  if (!st) return NULL;
  sqlite3_bind_int64(st, 1, id);
  int rc = sqlite3_step(st);
  const char *text = NULL;
  if (rc == SQLITE_ROW) {
    store__name *n = NULL;
    if (names__intern(s, store__column_text(st, 0), &n, err) == ANS_OK && names__remember(s, n, id, err) == ANS_OK) text = n->text;
  } else {
    (void)store__fail(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, err);
  }
  store__done(s, STORE_NAME_TEXT, st);
  return text;
}

const char *ans_store_interned(ans_store *s, const char *text) {
  int64_t id = 0;
  if (store__name_id(s, text, false, &id, NULL) != ANS_OK || id == 0) return NULL;
  return s->by_id[id];
}

void store__names_rollback(ans_store *s) {
  for (size_t i = 0; i < s->pool_capacity; i++)
    if (s->pool[i].text && s->pool[i].id > s->name_mark) s->pool[i].id = 0;
  for (size_t i = (size_t)s->name_mark + 1; i < s->by_id_capacity; i++) s->by_id[i] = NULL;
  if (s->max_name_id > s->name_mark) s->max_name_id = s->name_mark;
}

void store__names_free(ans_store *s) {
  for (size_t i = 0; i < s->pool_capacity; i++) free(s->pool[i].text);
  free(s->pool);
  free(s->by_id);
}
