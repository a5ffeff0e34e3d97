/* Making column chunks. Each chunk is read, written and indexed in one write transaction, so nothing can be recorded between reading a component and the
 * index entries by which later changes find it. Chunks of many claims are filled until they are about as large as wanted: the number of claims is
 * steered by the size of the chunk before. Memory: one chunk and its components. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "facts/loader.h"

enum { COMPACT_CLAIM_BYTES = 512 /* guess for the first chunk */, COMPACT_MAX = 65536 /* claims */ };

typedef struct compact {
  ans_store *store;
  const ans_program *program;
  const ans_compact_options *options;
  ans_compact_report *report;
  ans_fact_loader *loader;
  int64_t layout;
  int64_t *claims; size_t count, capacity;   /* of the chunk being made */
  int64_t **subjects;                        /* per unit */
  bool memory;
} compact;

static bool compact__collect(void *ctx, int64_t subject, const char *key) {
  compact *c = ctx;
  (void)key;
  if (!loader__reserve((void **)&c->claims, &c->capacity, c->count + 1, sizeof *c->claims)) return !(c->memory = true);
  c->claims[c->count++] = subject;
  return true;
}

static void compact__left_out(void *ctx, int64_t claim, const ans_error *why) {
  compact *c = ctx;
  (void)claim;
  (void)why;
  c->report->left_out++;
}

/* Whether rows of the unit can be claims. */
static bool compact__claims_of(const ans_program *p, uint32_t unit) {
  for (uint32_t i = 0; i < p->benefit_count; i++)
    if (p->benefits[i].unit == unit) return true;
  return false;
}

/* The subject of every row of the columns just loaded, by the order of emission. */
static ans_status compact__subjects(compact *c, const ans_columns *columns, ans_error *err) {
  const ans_fact_loader *l = c->loader;
  for (uint32_t u = 0; u < c->program->unit_count; u++) {
    free(c->subjects[u]);
    c->subjects[u] = calloc((size_t)columns->units[u].rows + 1, sizeof **c->subjects);
    if (!c->subjects[u]) return loader__oom(err);
  }
  for (size_t i = 0; i < l->row_count; i++)
    if (l->rows[i].component != UINT32_MAX && l->rows[i].unit != ANS_NONE) c->subjects[l->rows[i].unit][l->rows[i].index] = l->rows[i].subject;
  return ANS_OK;
}

static ans_status compact__index(compact *c, const ans_columns *columns, int64_t chunk, ans_error *err) {
  for (uint32_t u = 1; u < c->program->unit_count; u++) {
    const ans_unit_columns *x = &columns->units[u];
    for (uint32_t k = 0, r = 0; k < columns->components; k++)
      for (; r < x->component_first[k + 1]; r++) {
        ans_status st = ans_store_put_chunk_subject(c->store, c->layout, c->subjects[u][r], chunk, k, err);
        if (st != ANS_OK) return st;
      }
  }
  return ANS_OK;
}

/* Encodes, stores and indexes; *size of the chunk. */
static ans_status compact__write(compact *c, const ans_columns *columns, size_t *size, ans_error *err) {
  uint8_t *bytes = NULL;
  ans_chunk_options o = {.compress = c->options->compress, .key = c->options->key};
  *size = 0;
  if (columns->components == 0) return ANS_OK;
  ans_status st = compact__subjects(c, columns, err);
  if (st == ANS_OK) st = ans_store_next_chunk(c->store, &o.id, err);
  if (st == ANS_OK) st = ans_fact_chunk_encode(columns, c->subjects, &o, &bytes, size, err);
  if (st == ANS_OK) st = ans_store_put_chunk(c->store, c->layout, o.id, c->options->now, columns->components, bytes, *size, err);
  if (st == ANS_OK) st = compact__index(c, columns, o.id, err);
  free(bytes);
  if (st != ANS_OK) return st;
  c->report->written++;
  c->report->components += columns->components;
  c->report->bytes += (int64_t)*size;
  return ANS_OK;
}

/* Makes one chunk of the collected claims of a unit. Inside the caller's transaction. */
static ans_status compact__make(compact *c, uint32_t unit, size_t *size, ans_error *err) {
  ans_columns *columns = NULL;
  uint32_t *places = calloc(2 * c->count + 1, sizeof *places);
  *size = 0;
  if (!places) return loader__oom(err);
  ans_status st = ans_fact_loader_load(c->loader, unit, c->claims, (uint32_t)c->count, &columns, places, places + c->count, compact__left_out, c, err);
  if (st == ANS_OK) st = compact__write(c, columns, size, err);
  ans_columns_free(columns);
  free(places);
  return st;
}

static ans_status compact__commit(compact *c, ans_status st, ans_error *err) {
  if (st == ANS_OK) return ans_store_commit(c->store, err);
  ans_store_rollback(c->store);
  return st;
}

static uint32_t compact__target(const compact *c) { return c->options->target_bytes ? c->options->target_bytes : ANS_CHUNK_TARGET_BYTES; }

static uint32_t compact__steer(const compact *c, uint32_t claims, size_t size) {
  size_t target = compact__target(c);
  if (size < target / 2 && claims < COMPACT_MAX) return claims * 2;
  return size > target && claims > 1 ? claims / 2 : claims;
}

/* One transaction: the next claims in no chunk after `after`. *size of the chunk written. */
static ans_status compact__next(compact *c, uint32_t unit, int64_t after, uint32_t claims, size_t *size, ans_error *err) {
  *size = 0;
  c->count = 0;
  ans_status st = ans_store_begin(c->store, err);
  if (st != ANS_OK) return st;
  st = ans_store_unchunked(c->store, c->layout, c->program->units[unit].name, after, claims, compact__collect, c, err);
  if (st == ANS_OK && c->memory) st = loader__oom(err);
  if (st == ANS_OK && c->count) st = compact__make(c, unit, size, err);
  return compact__commit(c, st, err);
}

/* Everything of the unit that lies in no chunk, in order of the subjects. What is too large even alone stays in rows. */
static ans_status compact__add(compact *c, uint32_t unit, ans_error *err) {
  int64_t after = 0;
  uint32_t claims = compact__target(c) / COMPACT_CLAIM_BYTES + 1;
  for (;;) {
    size_t size = 0;
    ans_status st = compact__next(c, unit, after, claims, &size, err);
    if (st == ANS_LIMIT && c->count > 1) {
      claims = (uint32_t)c->count / 2;
      continue;
    }
    if (st == ANS_LIMIT && c->count == 1) c->report->left_out++, st = ANS_OK;
    if (st != ANS_OK || c->count == 0) return st;
    after = c->claims[c->count - 1];
    if (c->count == claims) claims = compact__steer(c, claims, size);
  }
}

/* --- renewing ---------------------------------------------------------------------------------------------------------------------- */
typedef struct compact__stale { int64_t after, id; unsigned permille; } compact__stale;

static bool compact__find_stale(void *ctx, int64_t id, int64_t components, int64_t changed, int64_t size, int64_t made_at) {
  compact__stale *x = ctx;
  (void)size;
  (void)made_at;
  x->after = id;
  if (changed == 0 || changed * 1000 <= components * (int64_t)x->permille) return true;
  x->id = id;
  return false;
}

/* Takes a chunk out of the store and its index. Its subjects are then in none, but for those that meanwhile lie elsewhere. */
static ans_status compact__drop(compact *c, int64_t id, ans_error *err) {
  void *bytes = NULL;
  size_t size = 0;
  int64_t made_at = 0;
  ans_fact_chunk *chunk = NULL;
  const char *path = ans_store_path(c->store);
  ans_status st = ans_store_chunk(c->store, id, &made_at, &bytes, &size, err);
  if (st == ANS_OK) st = ans_fact_chunk_decode(c->program, bytes, size, id, c->options->key, path, &chunk, err);
  free(bytes);
  for (uint32_t u = 1; st == ANS_OK && u < c->program->unit_count; u++)
    for (uint32_t r = 0; st == ANS_OK && r < chunk->columns->units[u].rows; r++) st = ans_store_drop_chunk_subject(c->store, c->layout, chunk->subjects[u][r], id, err);
  ans_fact_chunk_free(chunk);
  if (st == ANS_OK) st = ans_store_drop_chunk(c->store, id, err);
  if (st == ANS_OK) c->report->dropped++;
  return st;
}

/* Drops stale chunks; their claims are added again with everything else that lies in none. */
static ans_status compact__renew(compact *c, ans_error *err) {
  compact__stale x = {.permille = c->options->dirty_permille};
  for (;;) {
    x.id = 0;
    ans_status st = ans_store_begin(c->store, err);
    if (st != ANS_OK) return st;
    st = ans_store_chunks(c->store, c->layout, x.after, compact__find_stale, &x, err);
    if (st == ANS_OK && x.id) st = compact__drop(c, x.id, err);
    st = compact__commit(c, st, err);
    if (st != ANS_OK || x.id == 0) return st;
  }
}

/* The layout, and the package itself, so that chunks can be read by whoever has the store. */
static ans_status compact__begin(compact *c, ans_error *err) {
  unsigned char *bytes = NULL;
  size_t size = 0;
  ans_status st = ans_program_encode((ans_program *)(uintptr_t)c->program, &bytes, &size, err); /* sets the identity it already has */
  if (st == ANS_OK) st = ans_store_begin(c->store, err);
  if (st != ANS_OK) {
    free(bytes);
    return st;
  }
  st = ans_store_chunk_layout(c->store, c->program->sha256, ANS_CHUNK_FORMAT, true, &c->layout, err);
  if (st == ANS_OK) st = ans_store_put_package(c->store, c->program->sha256, bytes, size, err);
  if (st == ANS_OK && c->options->rebuild) st = ans_store_drop_chunks(c->store, c->layout, err);
  free(bytes);
  return compact__commit(c, st, err);
}

ans_status ans_fact_compact(ans_store *s, const ans_program *p, const ans_compact_options *o, ans_compact_report *report, ans_error *err) {
  compact c = {.store = s, .program = p, .options = o, .report = report};
  *report = (ans_compact_report){0};
  c.subjects = calloc((size_t)p->unit_count + 1, sizeof *c.subjects);
  ans_status st = c.subjects ? ans_fact_loader_new(s, p, o->now, &c.loader, err) : loader__oom(err);
  if (st == ANS_OK) c.loader->making = true;
  if (st == ANS_OK) st = ans_store_begin_group(s, err); /* chunks can be made again: one wait for the disk for all */
  const bool grouped = st == ANS_OK;
  if (st == ANS_OK) st = compact__begin(&c, err);
  if (st == ANS_OK && !o->rebuild) st = compact__renew(&c, err);
  for (uint32_t u = 1; u < p->unit_count && st == ANS_OK; u++)
    if (compact__claims_of(p, u)) st = compact__add(&c, u, err);
  ans_status ended = grouped ? ans_store_end_group(s, st == ANS_OK ? err : NULL) : ANS_OK;
  if (st == ANS_OK) st = ended;
  for (uint32_t u = 0; c.subjects && u < p->unit_count; u++) free(c.subjects[u]);
  free(c.subjects);
  free(c.claims);
  ans_fact_loader_free(c.loader);
  return st;
}
