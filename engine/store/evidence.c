/* Evidence: raw answers with their provenance, and their encryption at rest. Contract: store.h.
 *
 * A store that has once been given a key seals every body from then on: the setting "evidence.seal" holds an empty sealed block, which tells a right key from a wrong one and says
 * nothing else. The key itself is never in the store. Bodies are sealed like column chunks (chunks/seal.c: zstd, XChaCha20-Poly1305, checksum); bound into each is the number of its row and a digest
 * of its head, so that neither bodies nor heads can be exchanged. Head data (who was asked when about whom) stay in the clear: retention, freshness and disclosure need them without the key.
 * Numbers of deleted rows are not used again (counter "evidence"): assertions name their evidence by number. Memory: one body at a time. Thread rule: the store handle's thread. */
#include "store/internal.h"

#include <stdlib.h>
#include "base/hash.h"
#include "chunks/chunks.h"

#define EVIDENCE__SEAL "evidence.seal"
enum { EVIDENCE_SEAL_BYTES = ANS_CHUNK_HEADER + 16 };

static void evidence__text(ans_sha256 *h, const char *text) {
  uint64_t n = text ? strlen(text) : 0;
  uint8_t length[8];
  for (int i = 0; i < 8; i++) length[i] = (uint8_t)(n >> (8 * i));
  ans_sha256_update(h, length, sizeof length);
  if (n) ans_sha256_update(h, text, n);
}

/* What a sealed body is bound to beside its number. */
static ans_status evidence__identity(ans_store *s, const ans_evidence *e, uint8_t out[32], ans_error *err) {
  char at[24], outcome[24];
  ans_sha256 *h = ans_sha256_new();
  if (!h) return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
  const char *const texts[] = {e->source, e->service, e->subject_key, e->request_id, e->xroad_request_id, ans_itoa(at, e->received_at), ans_itoa(outcome, e->outcome)};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) evidence__text(h, texts[i]);
  ans_sha256_final(h, out);
  return ANS_OK;
}

static ans_status evidence__open_error(ans_store *s, int64_t id, const ans_error *why, ans_error *err) {
  char number[24];
  ans_itoa(number, id);
  if (why->status == ANS_MEMORY) return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
  if (strcmp(why->code, "E-CHUNK-KEY") == 0) return ans_error_set(err, ANS_STORE, "E-STORE-EVIDENCE-KEY", s->path, (char *)NULL);
  if (strcmp(why->code, "E-CHUNK-WRONG-KEY") == 0) return ans_error_set(err, ANS_STORE, "E-STORE-EVIDENCE-WRONG-KEY", s->path, (char *)NULL);
  return ans_error_set(err, ANS_STORE, "E-STORE-EVIDENCE-DAMAGED", s->path, number, (char *)NULL);
}

/* --- the key ------------------------------------------------------------------------------------------------------------------------- */
static int evidence__digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

static ans_status evidence__check_key(ans_store *s, const char *hex, const ans_chunk_key *key, ans_error *err) {
  static const uint8_t identity[32] = {0};
  uint8_t seal[EVIDENCE_SEAL_BYTES], *payload = NULL;
  size_t n = 0;
  bool ok = strlen(hex) == 2 * sizeof seal;
  for (size_t i = 0; ok && i < sizeof seal; i++) {
    int hi = evidence__digit(hex[2 * i]), lo = evidence__digit(hex[2 * i + 1]);
    ok = hi >= 0 && lo >= 0;
    seal[i] = (uint8_t)(hi * 16 + lo);
  }
  if (!ok) return ans_error_set(err, ANS_STORE, "E-STORE-EVIDENCE-DAMAGED", s->path, EVIDENCE__SEAL, (char *)NULL);
  ans_error why = {0};
  ans_status status = ans_chunk_open(ANS_CHUNK_EVIDENCE, identity, seal, sizeof seal, 0, key, EVIDENCE__SEAL, &payload, &n, &why);
  free(payload);
  return status == ANS_OK ? ANS_OK : evidence__open_error(s, 0, &why, err);
}

static ans_status evidence__establish(ans_store *s, const ans_chunk_key *key, ans_error *err) {
  static const uint8_t identity[32] = {0};
  char hex[2 * EVIDENCE_SEAL_BYTES + 1];
  uint8_t *seal = NULL;
  size_t n = 0;
  ans_status status = ans_chunk_seal(ANS_CHUNK_EVIDENCE, identity, &(ans_chunk_options){.key = key}, "", 0, &seal, &n, err);
  if (status != ANS_OK) return status;
  bool ok = n == EVIDENCE_SEAL_BYTES;
  if (ok) ans_hex(seal, n, hex);
  free(seal);
  if (!ok) return ans_error_set(err, ANS_INTERNAL, "E-STORE-ARG", s->path, EVIDENCE__SEAL, "", (char *)NULL);
  status = ans_store_begin(s, err);
  if (status == ANS_OK) status = ans_store_set_text(s, EVIDENCE__SEAL, hex, err);
  if (status == ANS_OK) return ans_store_commit(s, err);
  ans_store_rollback(s);
  return status;
}

ans_status ans_store_seals_evidence(ans_store *s, bool *seals, ans_error *err) {
  char *hex = NULL;
  ans_status status = ans_store_get_text(s, EVIDENCE__SEAL, &hex, err);
  *seals = hex != NULL;
  free(hex);
  return status;
}

ans_status ans_store_use_evidence_key(ans_store *s, const ans_chunk_key *key, ans_error *err) {
  char *hex = NULL;
  ans_status status = ans_store_get_text(s, EVIDENCE__SEAL, &hex, err);
  if (status == ANS_OK && hex) status = evidence__check_key(s, hex, key, err);
  else if (status == ANS_OK && s->mode != ANS_STORE_READ) status = evidence__establish(s, key, err);
  free(hex);
  if (status != ANS_OK) return status;
  if (!s->evidence_key) s->evidence_key = malloc(sizeof *s->evidence_key);
  if (!s->evidence_key) return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
  *s->evidence_key = *key;
  return ANS_OK;
}

void store__forget_key(ans_store *s) {
  if (s->evidence_key) ans_chunk_key_forget(s->evidence_key);
  free(s->evidence_key);
  s->evidence_key = NULL;
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------- */
static ans_status evidence__next(ans_store *s, int64_t *id, ans_error *err) {
  sqlite3_stmt *st = store__use(s, STORE_EVIDENCE_NEXT, err);
  if (!st) return ANS_STORE;
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) *id = sqlite3_column_int64(st, 0);
  store__done(s, STORE_EVIDENCE_NEXT, st);
  return rc == SQLITE_ROW ? ANS_OK : store__fail(s, rc, err);
}

/* The bytes to keep: sealed (malloc'd, *sealed) with a key; as they are only in a store that has never had one. */
static ans_status evidence__seal(ans_store *s, int64_t id, const ans_evidence *e, uint8_t **sealed, size_t *size, ans_error *err) {
  uint8_t identity[32];
  bool must = false;
  *sealed = NULL;
  if (!s->evidence_key) {
    ans_status status = ans_store_seals_evidence(s, &must, err);
    return status == ANS_OK && must ? ans_error_set(err, ANS_STORE, "E-STORE-EVIDENCE-KEY", s->path, (char *)NULL) : status;
  }
  ans_status status = evidence__identity(s, e, identity, err);
  const ans_chunk_options o = {.id = id, .compress = true, .key = s->evidence_key};
  return status == ANS_OK ? ans_chunk_seal(ANS_CHUNK_EVIDENCE, identity, &o, e->body, e->body_size, sealed, size, err) : status;
}

static ans_status evidence__insert(ans_store *s, int64_t id, int64_t source, int64_t service, const ans_evidence *e, ans_error *err) {
  uint8_t *sealed = NULL;
  size_t size = 0;
  ans_status status = e->body ? evidence__seal(s, id, e, &sealed, &size, err) : ANS_OK;
  sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_EVIDENCE_ADD, err) : NULL;
  if (status == ANS_OK && !st) status = ANS_STORE;
  if (st) {
    sqlite3_bind_int64(st, 1, source);
    sqlite3_bind_int64(st, 2, service);
    store__bind_text(st, 3, e->subject_key);
    store__bind_text(st, 4, e->request_id);
    store__bind_text(st, 5, e->xroad_request_id);
    sqlite3_bind_int64(st, 6, e->received_at);
    sqlite3_bind_int(st, 7, e->outcome);
    if (sealed) store__bind_blob(st, 8, sealed, size);
    else if (e->body) store__bind_blob(st, 8, e->body, e->body_size);
    sqlite3_bind_int64(st, 9, id);
    sqlite3_bind_int(st, 10, sealed != NULL);
    status = store__run(s, STORE_EVIDENCE_ADD, st, err);
  }
  free(sealed);
  return status;
}

ans_status ans_store_put_evidence(ans_store *s, const ans_evidence *e, int64_t *id, ans_error *err) {
  int64_t source = 0, service = 0, number = 0;
  ans_status status = store__need_tx(s, "evidence", err);
  if (status == ANS_OK && e->body_size > STORE_MAX_BODY) status = ans_error_set(err, ANS_LIMIT, "E-STORE-LIMIT", s->path, "Größe einer Antwort / size of an answer", "64 MiB", (char *)NULL);
  if (status == ANS_OK) status = store__check_range("source", e->source && *e->source, "", err);
  if (status == ANS_OK) status = store__name_id(s, e->source, true, &source, err);
  if (status == ANS_OK) status = store__name_id(s, e->service, true, &service, err);
  if (status == ANS_OK) status = evidence__next(s, &number, err);
  if (status == ANS_OK) status = evidence__insert(s, number, source, service, e, err);
  if (status == ANS_OK && id) *id = number;
  return status;
}

ans_status ans_store_latest_answer(ans_store *s, const char *source, const char *service, const char *subject_key, ans_evidence_outcome worst, int64_t *id, int64_t *received_at, ans_error *err) {
  int64_t source_id = 0, service_id = 0;
  *id = *received_at = 0;
  ans_status status = store__name_id(s, source, false, &source_id, err);
  if (status == ANS_OK) status = store__name_id(s, service, false, &service_id, err);
  sqlite3_stmt *st = status == ANS_OK && source_id && service_id ? store__use(s, STORE_EVIDENCE_ANSWERED, err) : NULL;
  if (!st) return status == ANS_OK && source_id && service_id ? ANS_STORE : status;
  store__bind_text(st, 1, subject_key);
  sqlite3_bind_int64(st, 2, source_id);
  sqlite3_bind_int64(st, 3, service_id);
  sqlite3_bind_int(st, 4, (int)worst);
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) {
    *id = sqlite3_column_int64(st, 0);
    *received_at = sqlite3_column_int64(st, 1);
  }
  store__done(s, STORE_EVIDENCE_ANSWERED, st);
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------- */
ans_status ans_store_latest_evidence(ans_store *s, const char *source, const char *service, const char *subject_key, bool *found, int64_t *received_at, int *outcome, ans_error *err) {
  *found = false;
  int64_t source_id = 0, service_id = 0;
  ans_status status = store__name_id(s, source, false, &source_id, err);
  if (status == ANS_OK && service) status = store__name_id(s, service, false, &service_id, err);
  if (status != ANS_OK || source_id == 0 || (service && service_id == 0)) return status;
  sqlite3_stmt *st = store__use(s, STORE_EVIDENCE_NEWEST, err);
  if (!st) return ANS_STORE;
  store__bind_text(st, 1, subject_key);
  sqlite3_bind_int64(st, 2, source_id);
  sqlite3_bind_int64(st, 3, service_id);
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) {
    *found = true;
    *received_at = sqlite3_column_int64(st, 0);
    *outcome = sqlite3_column_int(st, 1);
  } else if (rc != SQLITE_DONE) {
    status = store__fail(s, rc, err);
  }
  store__done(s, STORE_EVIDENCE_NEWEST, st);
  return status;
}

/* Head of the row that EVIDENCE_GET stands on; subject key and request ids are the statement's. */
static ans_status evidence__head(ans_store *s, sqlite3_stmt *st, int64_t id, ans_evidence *out, ans_error *err) {
  *out = (ans_evidence){.id = id, .source = store__name_text(s, sqlite3_column_int64(st, 0), err), .service = store__name_text(s, sqlite3_column_int64(st, 1), err), .received_at = sqlite3_column_int64(st, 2),
                        .outcome = sqlite3_column_int(st, 3), .subject_key = store__column_text(st, 5), .request_id = store__column_text(st, 6), .xroad_request_id = store__column_text(st, 7)};
  return out->source && out->service ? ANS_OK : ANS_STORE;
}

/* The body of the row that st stands on; *body malloc'd, or NULL if it has none. */
static ans_status evidence__body(ans_store *s, sqlite3_stmt *st, const ans_evidence *head, void **body, size_t *size, ans_error *err) {
  uint8_t identity[32], *payload = NULL;
  if (!sqlite3_column_int(st, 8)) return store__copy_blob(s, st, 4, body, size, err);
  ans_status status = evidence__identity(s, head, identity, err);
  if (status != ANS_OK) return status;
  ans_error why = {0};
  status = ans_chunk_open(ANS_CHUNK_EVIDENCE, identity, sqlite3_column_blob(st, 4), (size_t)sqlite3_column_bytes(st, 4), head->id, s->evidence_key, s->path, &payload, size, &why);
  if (status != ANS_OK) return evidence__open_error(s, head->id, &why, err);
  char *text = realloc(payload, *size + 1); /* terminated, like a clear one */
  if (!text) {
    free(payload);
    return ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
  }
  text[*size] = 0;
  *body = text;
  return ANS_OK;
}

ans_status ans_store_evidence(ans_store *s, int64_t id, ans_evidence *head, void **body, size_t *size, bool *found, ans_error *err) {
  *found = false;
  memset(head, 0, sizeof *head);
  if (body) *body = NULL;
  sqlite3_stmt *st = store__use(s, STORE_EVIDENCE_GET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  int rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  if (rc == SQLITE_ROW) {
    *found = true;
    status = evidence__head(s, st, id, head, err);
    if (status == ANS_OK && body && size) status = evidence__body(s, st, head, body, size, err);
    head->subject_key = head->request_id = head->xroad_request_id = NULL; /* the statement's */
  }
  store__done(s, STORE_EVIDENCE_GET, st);
  return status;
}

/* --- sealing what lies in the clear --------------------------------------------------------------------------------------------------- */
static ans_status evidence__seal_row(ans_store *s, int64_t id, ans_error *err) {
  ans_evidence head;
  sqlite3_stmt *st = store__use(s, STORE_EVIDENCE_GET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  if (sqlite3_step(st) != SQLITE_ROW) {
    store__done(s, STORE_EVIDENCE_GET, st);
    return store__fail(s, SQLITE_CORRUPT, err);
  }
  uint8_t *sealed = NULL;
  size_t size = 0;
  ans_status status = evidence__head(s, st, id, &head, err);
  head.body = sqlite3_column_blob(st, 4);
  head.body_size = (size_t)sqlite3_column_bytes(st, 4);
  if (status == ANS_OK) status = evidence__seal(s, id, &head, &sealed, &size, err);
  store__done(s, STORE_EVIDENCE_GET, st);
  sqlite3_stmt *set = status == ANS_OK ? store__use(s, STORE_EVIDENCE_SEAL, err) : NULL;
  if (set) {
    sqlite3_bind_int64(set, 1, id);
    store__bind_blob(set, 2, sealed, size);
    status = store__run(s, STORE_EVIDENCE_SEAL, set, err);
  } else if (status == ANS_OK) {
    status = ANS_STORE;
  }
  free(sealed);
  return status;
}

ans_status ans_store_seal_evidence(ans_store *s, int64_t *sealed, ans_error *err) {
  enum { STEP = 500 };
  *sealed = 0;
  if (!s->evidence_key) return ans_error_set(err, ANS_STORE, "E-STORE-EVIDENCE-KEY", s->path, (char *)NULL);
  ans_status status = store__exec(s, "PRAGMA secure_delete = ON", err); /* what was in the clear is overwritten, not only released */
  for (bool more = true; more && status == ANS_OK;) {
    int64_t ids[STEP];
    int n = 0, rc = SQLITE_DONE;
    status = ans_store_begin(s, err);
    sqlite3_stmt *st = status == ANS_OK ? store__use(s, STORE_EVIDENCE_CLEAR, err) : NULL;
    if (!st) break;
    while (n < STEP && (rc = sqlite3_step(st)) == SQLITE_ROW) ids[n++] = sqlite3_column_int64(st, 0);
    store__done(s, STORE_EVIDENCE_CLEAR, st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) status = store__fail(s, rc, err);
    for (int i = 0; i < n && status == ANS_OK; i++) status = evidence__seal_row(s, ids[i], err);
    more = n == STEP;
    if (status == ANS_OK) status = ans_store_commit(s, err);
    if (status == ANS_OK) *sealed += n;
  }
  if (status != ANS_OK) ans_store_rollback(s);
  return status == ANS_OK ? store__scrub_log(s, err) : status;
}
