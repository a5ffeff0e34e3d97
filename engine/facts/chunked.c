/* Facts from column chunks: which claims of a load lie in a chunk that still says what the assertions say, and their components copied from it.
 *
 * A component is taken from its chunk only if nothing about anybody in it was recorded since (the store's marks), and only for questions about a state
 * of knowledge not earlier than the chunk. Then the rows would give the same cells (compact.c refuses whatever could differ), and the
 * columns come out in the same order: components by their first claim, rows by unit and key. Everything else is read from rows, beside.
 * Decoding a chunk pays when a load wants a share of it; below that, rows are quicker. Runs of neighbouring components are copied at once.
 * Memory: at most CHUNKED_CACHE decoded chunks. Thread rule: part of its loader. */
#include <stdlib.h>
#include <string.h>
#include "facts/loader.h"

enum { CHUNKED_CACHE = 4, CHUNKED_WORTH = 12 /* claims, and one for every … */, CHUNKED_PER_CLAIM = 8 /* components of the chunk */, CHUNKED_DECODES = 64 /* of one load: beyond, chunks are too mixed to pay */ };

typedef struct chunked__entry { int64_t id, made_at; ans_fact_chunk *chunk; uint64_t used; } chunked__entry;
typedef struct chunked__done { int64_t chunk; uint32_t component, target; bool taken; } chunked__done; /* taken false: a free slot */

struct facts__chunks {
  int64_t layout;                       /* 0: not looked up yet, or none */
  ans_chunk_key key;
  bool has_key;
  chunked__entry cache[CHUNKED_CACHE];
  uint64_t clock;
  ans_chunk_place *places;  size_t place_capacity;   /* per claim of the load */
  bool *use;                size_t use_capacity;     /* whether it is taken from its chunk */
  int64_t *sorted;          size_t sorted_capacity;  /* chunks of the load, once per claim */
  chunked__done *done;      size_t done_capacity;    /* open addressing: chunk and component → component of the load */
  uint32_t decodes;
  const ans_fact_chunk *pending;        /* the range not yet copied */
  uint32_t first, last;
};

ans_status ans_fact_loader_use_chunks(ans_fact_loader *l, const ans_chunk_key *key, ans_error *err) {
  if (!l->chunks) l->chunks = calloc(1, sizeof *l->chunks);
  if (!l->chunks) return loader__oom(err);
  l->chunks->has_key = key != NULL;
  if (key) l->chunks->key = *key;
  return ANS_OK;
}

void facts__chunks_free(facts__chunks *c) {
  if (!c) return;
  for (int i = 0; i < CHUNKED_CACHE; i++) ans_fact_chunk_free(c->cache[i].chunk);
  free(c->places);
  free(c->use);
  free(c->sorted);
  free(c->done);
  explicit_bzero(&c->key, sizeof c->key);
  free(c);
}

/* --- decoded chunks -------------------------------------------------------------------------------------------------------------- */
static chunked__entry *chunked__cached(facts__chunks *c, int64_t id) {
  for (int i = 0; i < CHUNKED_CACHE; i++)
    if (c->cache[i].id == id) {
      c->cache[i].used = ++c->clock;
      return &c->cache[i];
    }
  return NULL;
}

static ans_status chunked__decode(ans_fact_loader *l, chunked__entry *e, int64_t id, ans_error *err) {
  facts__chunks *c = l->chunks;
  void *bytes = NULL;
  size_t size = 0;
  const char *path = ans_store_path(l->store);
  ans_fact_chunk_free(e->chunk);
  *e = (chunked__entry){0};
  ans_status status = ans_store_chunk(l->store, id, &e->made_at, &bytes, &size, err);
  if (status == ANS_OK && !bytes) status = ans_chunk_damaged(path, id, "missing", err);
  if (status == ANS_OK && e->made_at <= l->known_at) status = ans_fact_chunk_decode(l->program, bytes, size, id, c->has_key ? &c->key : NULL, path, &e->chunk, err);
  free(bytes);
  if (status == ANS_OK) *e = (chunked__entry){id, e->made_at, e->chunk, ++c->clock};
  return status;
}

/* *out NULL: the chunk is newer than the state of knowledge asked for, or too many have been decoded. */
static ans_status chunked__get(ans_fact_loader *l, loader__load *load, int64_t id, const ans_fact_chunk **out, ans_error *err) {
  facts__chunks *c = l->chunks;
  chunked__entry *e = chunked__cached(c, id);
  *out = NULL;
  if (!e) {
    if (c->decodes++ >= CHUNKED_DECODES) return ANS_OK;
    ans_status status = facts__chunks_flush(l, load, err); /* the pending one may be thrown out */
    if (status != ANS_OK) return status;
    e = &c->cache[0];
    for (int i = 1; i < CHUNKED_CACHE; i++)
      if (c->cache[i].used < e->used) e = &c->cache[i];
    status = chunked__decode(l, e, id, err);
    if (status != ANS_OK) return status;
  }
  *out = e->made_at <= l->known_at ? e->chunk : NULL;
  return ANS_OK;
}

/* --- plan ------------------------------------------------------------------------------------------------------------------------- */
static int chunked__by_id(const void *x, const void *y) {
  int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
  return (a > b) - (a < b);
}

/* Whether to take this chunk for `count` claims of the load: it is at hand, or knows what is asked for and is worth decoding. */
static ans_status chunked__worth(ans_fact_loader *l, int64_t id, uint32_t count, bool *use, ans_error *err) {
  int64_t made_at = 0, components = 0;
  *use = chunked__cached(l->chunks, id) != NULL;
  if (*use || count < CHUNKED_WORTH) return ANS_OK;
  ans_status status = ans_store_chunk_head(l->store, id, &made_at, &components, err);
  *use = made_at <= l->known_at && (int64_t)count * CHUNKED_PER_CLAIM >= components; /* also for a missing chunk: decoding it says so */
  return status;
}

static bool chunked__prepare(facts__chunks *c, uint32_t n) {
  size_t slots = 64;
  while (slots < (size_t)n * 2) slots *= 2;
  if (!loader__reserve((void **)&c->places, &c->place_capacity, n, sizeof *c->places) || !loader__reserve((void **)&c->use, &c->use_capacity, n, sizeof *c->use) || !loader__reserve((void **)&c->sorted, &c->sorted_capacity, n, sizeof *c->sorted)) return false;
  if (slots > c->done_capacity) {
    chunked__done *fresh = malloc(slots * sizeof *fresh);
    if (!fresh) return false;
    free(c->done);
    c->done = fresh;
    c->done_capacity = slots;
  }
  memset(c->done, 0, c->done_capacity * sizeof *c->done);
  c->decodes = 0;
  c->pending = NULL;
  return true;
}

ans_status facts__chunks_plan(ans_fact_loader *l, const loader__order *order, uint32_t n, ans_error *err) {
  facts__chunks *c = l->chunks;
  uint32_t found = 0;
  if (!c) return ANS_OK;
  if (!chunked__prepare(c, n)) return loader__oom(err);
  ans_status status = c->layout ? ANS_OK : ans_store_chunk_layout(l->store, l->program->sha256, ANS_CHUNK_FORMAT, false, &c->layout, err);
  if (status != ANS_OK || c->layout == 0) return status;
  for (uint32_t i = 0; i < n; i++) c->sorted[i] = order[i].claim;
  status = ans_store_chunk_places(l->store, c->layout, c->sorted, n, c->places, err);
  for (uint32_t i = 0; i < n && status == ANS_OK; i++)
    if (c->places[i].chunk && !c->places[i].changed) c->sorted[found++] = c->places[i].chunk;
  qsort(c->sorted, found, sizeof *c->sorted, chunked__by_id);
  uint32_t wanted = 0; /* the first of sorted[] are then those to use, once each */
  for (uint32_t i = 0, n_of = 0; i < found && status == ANS_OK; i += n_of) {
    bool use = false;
    for (n_of = 1; i + n_of < found && c->sorted[i + n_of] == c->sorted[i]; n_of++) {}
    status = chunked__worth(l, c->sorted[i], n_of, &use, err);
    if (use) c->sorted[wanted++] = c->sorted[i];
  }
  for (uint32_t i = 0; i < n && status == ANS_OK; i++) c->use[i] = c->places[i].chunk && !c->places[i].changed && bsearch(&c->places[i].chunk, c->sorted, wanted, sizeof *c->sorted, chunked__by_id);
  return status;
}

/* --- taking ------------------------------------------------------------------------------------------------------------------------ */
ans_status facts__chunks_flush(ans_fact_loader *l, loader__load *load, ans_error *err) {
  facts__chunks *c = l->chunks;
  if (!c || !c->pending) return ANS_OK;
  const ans_fact_chunk *from = c->pending;
  c->pending = NULL;
  return ans_columns_append(load->builder, from->columns, c->first, c->last, err);
}

/* Row of the claim within its component, or UINT32_MAX: no row of this unit there. */
static uint32_t chunked__row(const ans_fact_chunk *chunk, uint32_t unit, uint32_t component, int64_t claim) {
  const ans_unit_columns *u = &chunk->columns->units[unit];
  for (uint32_t r = u->component_first[component]; r < u->component_first[component + 1]; r++)
    if (chunk->subjects[unit][r] == claim) return r - u->component_first[component];
  return UINT32_MAX;
}

static chunked__done *chunked__slot(facts__chunks *c, int64_t chunk, uint32_t component) {
  uint64_t h = ((uint64_t)chunk * 0x9E3779B97F4A7C15u) ^ ((uint64_t)component * 0xC2B2AE3D27D4EB4Fu);
  size_t k = (size_t)(h >> 20) & (c->done_capacity - 1);
  while (c->done[k].taken && (c->done[k].chunk != chunk || c->done[k].component != component)) k = (k + 1) & (c->done_capacity - 1);
  return &c->done[k];
}

ans_status facts__chunks_take(ans_fact_loader *l, loader__load *load, uint32_t unit, uint32_t i, int64_t claim, bool *taken, uint32_t *component, uint32_t *row, ans_error *err) {
  facts__chunks *c = l->chunks;
  const ans_fact_chunk *chunk = NULL;
  *taken = false;
  if (!c || c->layout == 0 || !c->use[i]) return ANS_OK;
  const ans_chunk_place p = c->places[i];
  c->use[i] = false;
  ans_status status = chunked__get(l, load, p.chunk, &chunk, err);
  if (status != ANS_OK || !chunk) return status;
  if (p.component >= chunk->columns->components) return ans_chunk_damaged(ans_store_path(l->store), p.chunk, "index", err);
  uint32_t inside = chunked__row(chunk, unit, p.component, claim);
  if (inside == UINT32_MAX) return ANS_OK; /* not a claim of this unit: the rows say what is wrong */
  chunked__done *d = chunked__slot(c, p.chunk, p.component);
  if (!d->taken) {
    bool next = c->pending == chunk && c->last == p.component;
    if (!next) status = facts__chunks_flush(l, load, err);
    if (status != ANS_OK) return status;
    if (!next) c->first = p.component;
    c->pending = chunk;
    c->last = p.component + 1;
    *d = (chunked__done){p.chunk, p.component, load->components++, true};
  }
  c->use[i] = *taken = true;
  *component = d->target;
  *row = inside;
  return ANS_OK;
}

void facts__chunks_settle(const ans_fact_loader *l, const ans_columns *columns, uint32_t unit, const loader__order *order, uint32_t n, const uint32_t *component, uint32_t *row) {
  const facts__chunks *c = l->chunks;
  for (uint32_t i = 0; c && c->layout && i < n; i++)
    if (c->use[i]) row[order[i].index] += columns->units[unit].component_first[component[order[i].index]];
}
