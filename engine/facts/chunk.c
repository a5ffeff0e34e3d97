/* Columns of facts as the payload of a chunk, and back. The order of the arrays is that of docs/formats/chunks.md and of the program's tables; nothing is
 * named in the payload, because the header binds it to one package. Pure; memory: the payload while encoding, the columns after decoding. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "facts/chunk.h"

static ans_status chunk__memory(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "chunk", (char *)NULL); }

/* --- encoding ------------------------------------------------------------------------------------------------------------------- */
/* Strings: their lengths, then their bytes one after the other. items: their pointers, stride bytes apart. */
static bool encode__strings(ans_buffer *b, const void *items, size_t stride, uint32_t n) {
  ans_buffer all;
  uint32_t *lengths = malloc((n ? n : 1) * sizeof *lengths);
  ans_buffer_init(&all, ANS_CHUNK_MAX_BYTES);
  for (uint32_t i = 0; lengths && i < n; i++) {
    const char *s = NULL;
    memcpy(&s, (const char *)items + i * stride, sizeof s);
    lengths[i] = (uint32_t)strlen(s);
    ans_buffer_append(&all, s, lengths[i]);
  }
  bool ok = lengths && !all.failed;
  if (ok) ans_chunk_put_u32s(b, lengths, n);
  if (ok) ans_chunk_put_bytes(b, all.data ? all.data : "", (uint32_t)all.len);
  free(lengths);
  ans_buffer_dispose(&all);
  return ok;
}

static bool encode__units(ans_buffer *b, const ans_columns *c, int64_t *const *subjects) {
  uint32_t *sizes = malloc(((size_t)c->components + 1) * sizeof *sizes);
  bool ok = sizes != NULL;
  for (uint32_t u = 1; ok && u < c->program->unit_count; u++) {
    const ans_unit_columns *x = &c->units[u];
    if (c->program->units[u].parent != ANS_NONE) continue;
    ans_chunk_put_u32s(b, &x->rows, 1);
    for (uint32_t k = 0; k < c->components; k++) sizes[k] = x->component_first[k + 1] - x->component_first[k];
    ans_chunk_put_u32s(b, sizes, c->components);
    ans_chunk_put_ints(b, subjects[u], x->rows);
    ok = encode__strings(b, x->ids, sizeof *x->ids, x->rows);
  }
  free(sizes);
  return ok;
}

static bool encode__texts(ans_buffer *b, const ans_columns *c) {
  uint32_t n = c->text_count, *facts = malloc((n ? n : 1) * sizeof *facts);
  if (!facts) return false;
  for (uint32_t i = 0; i < n; i++) facts[i] = c->texts[i].fact;
  ans_chunk_put_u32s(b, &n, 1);
  ans_chunk_put_u32s(b, facts, n);
  free(facts);
  return n == 0 ? encode__strings(b, NULL, 0, 0) : encode__strings(b, &c->texts[0].text, sizeof *c->texts, n);
}

static bool encode__timeline(ans_buffer *b, const ans_timeline *t, uint32_t rows) {
  uint32_t n = t->offsets[rows], *counts = malloc(((size_t)rows + 1) * sizeof *counts);
  int64_t *v = malloc(((size_t)n + 1) * sizeof *v);
  bool ok = counts && v;
  for (uint32_t r = 0; ok && r < rows; r++) counts[r] = t->offsets[r + 1] - t->offsets[r];
  for (int part = -1; ok && part < 4; part++) {
    if (part < 0) {
      ans_chunk_put_u32s(b, counts, rows);
      continue;
    }
    for (uint32_t i = 0; i < n; i++) v[i] = part == 0 ? t->items[i].from : part == 1 ? t->items[i].to : part == 2 ? t->items[i].state : t->items[i].value;
    ans_chunk_put_ints(b, v, n);
  }
  free(counts);
  free(v);
  return ok;
}

static bool encode__cells(ans_buffer *b, const ans_columns *c) {
  bool ok = true;
  for (uint32_t f = 0; ok && f < c->program->fact_count; f++) {
    const ans_fact *fact = &c->program->facts[f];
    uint32_t rows = c->units[fact->unit].rows;
    if (fact->kind == ANS_FACT_TIMELINE) {
      ok = encode__timeline(b, &c->timelines[f], rows);
      continue;
    }
    for (int k = 0; k <= ANS_HUMAN - 1; k++) ans_chunk_put_bits(b, c->facts[f].planes[k], rows);
    if (c->facts[f].truth) ans_chunk_put_bits(b, c->facts[f].truth, rows);
    else if (c->facts[f].values.bytes == 4) ans_chunk_put_i32s(b, c->facts[f].values.data, rows);
    else ans_chunk_put_ints(b, c->facts[f].values.data, rows);
  }
  return ok;
}

/* Whether a decoder would take it. */
static bool encode__fits(const ans_columns *c) {
  uint64_t rows = 0, intervals = 0;
  for (uint32_t u = 0; u < c->program->unit_count; u++) rows += c->units[u].rows;
  for (uint32_t f = 0; f < c->program->fact_count; f++)
    if (c->program->facts[f].kind == ANS_FACT_TIMELINE) intervals += c->timelines[f].offsets[c->units[c->program->facts[f].unit].rows];
  return rows <= ANS_FACT_CHUNK_MAX_ROWS && c->components <= ANS_FACT_CHUNK_MAX_ROWS && intervals <= ANS_FACT_CHUNK_MAX_INTERVALS && c->text_count <= ANS_FACT_CHUNK_MAX_INTERVALS;
}

ans_status ans_fact_chunk_encode(const ans_columns *c, int64_t *const *subjects, const ans_chunk_options *o, uint8_t **bytes, size_t *size, ans_error *err) {
  ans_buffer b;
  *bytes = NULL;
  *size = 0;
  if (c->override_count) return ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", "chunk", "overrides", (char *)NULL);
  if (!encode__fits(c)) return ans_error_set(err, ANS_LIMIT, "E-CHUNK-LIMIT", NULL, "1048576 rows", (char *)NULL);
  ans_buffer_init(&b, ANS_CHUNK_MAX_BYTES);
  ans_chunk_put_u32s(&b, &c->components, 1);
  bool ok = encode__units(&b, c, subjects) && encode__texts(&b, c) && encode__cells(&b, c);
  ans_status st = ANS_OK;
  if (b.full) st = ans_error_set(err, ANS_LIMIT, "E-CHUNK-LIMIT", NULL, "64 MiB", (char *)NULL);
  else if (!ok || b.failed) st = chunk__memory(err);
  if (st == ANS_OK) st = ans_chunk_seal(ANS_CHUNK_FACTS, c->program->sha256, o, b.data, b.len, bytes, size, err);
  ans_buffer_dispose(&b);
  return st;
}

/* --- decoding ------------------------------------------------------------------------------------------------------------------- */
typedef struct decoding {
  const ans_program *p;
  ans_chunk_reader r;
  ans_fact_chunk *chunk;
  const uint8_t **names;           /* per unit: the bytes of its names; NULL if it has no rows */
  uint32_t **lengths, **sizes;     /* per unit: of the names, of the components */
  uint32_t *rows, components;
  ans_error damage;                /* the first thing that no builder would have made; a payload that cannot be read counts for more */
  bool memory;
} decoding;

static bool decode__take(decoding *d, void *array, size_t count, size_t item) {
  void **out = array;
  *out = calloc(count ? count : 1, item);
  if (!*out) d->memory = d->r.failed = true;
  return *out != NULL;
}

/* The bytes of n strings, after their lengths. Every length below max, none of them with a NUL inside. */
static const uint8_t *decode__strings(decoding *d, uint32_t *lengths, uint32_t n, uint32_t max) {
  uint64_t total = 0;
  ans_chunk_get_u32s(&d->r, lengths, n, max);
  for (uint32_t i = 0; i < n; i++) total += lengths[i];
  if (total > ANS_CHUNK_MAX_BYTES) d->r.failed = true;
  const uint8_t *bytes = ans_chunk_get_bytes(&d->r, d->r.failed ? 0 : (uint32_t)total);
  if (!d->r.failed && memchr(bytes, 0, (size_t)total)) d->r.failed = true;
  return d->r.failed ? NULL : bytes;
}

enum { DECODE_MAX_NAME = 4096 };

static void decode__units(decoding *d) {
  uint64_t total = 0;
  ans_chunk_get_u32s(&d->r, &d->components, 1, ANS_FACT_CHUNK_MAX_ROWS);
  for (uint32_t u = 1; u < d->p->unit_count && !d->r.failed; u++) {
    if (d->p->units[u].parent != ANS_NONE) continue;
    ans_chunk_get_u32s(&d->r, &d->rows[u], 1, ANS_FACT_CHUNK_MAX_ROWS);
    total += d->rows[u];
    if (total > ANS_FACT_CHUNK_MAX_ROWS) d->r.failed = true;
    if (d->r.failed || !decode__take(d, &d->sizes[u], d->components, sizeof(uint32_t)) || !decode__take(d, &d->chunk->subjects[u], d->rows[u], sizeof(int64_t)) || !decode__take(d, &d->lengths[u], d->rows[u], sizeof(uint32_t))) return;
    ans_chunk_get_u32s(&d->r, d->sizes[u], d->components, d->rows[u]);
    ans_chunk_get_ints(&d->r, d->chunk->subjects[u], d->rows[u]);
    d->names[u] = decode__strings(d, d->lengths[u], d->rows[u], DECODE_MAX_NAME);
  }
}

/* Boundaries, subjects in range, names. */
static ans_status decode__place(decoding *d, ans_error *err) {
  ans_columns *c = d->chunk->columns;
  for (uint32_t u = 1; u < d->p->unit_count; u++) {
    if (d->p->units[u].parent != ANS_NONE) continue;
    uint64_t row = 0;
    for (uint32_t k = 0; k < d->components; k++) {
      c->units[u].component_first[k] = (uint32_t)row;
      row += d->sizes[u][k];
      if (row > d->rows[u]) d->r.failed = true, row = d->rows[u];
    }
    if (row != d->rows[u]) d->r.failed = true;
    c->units[u].component_first[d->components] = d->rows[u];
    for (uint32_t r = 0; r < d->rows[u]; r++)
      if (d->chunk->subjects[u][r] <= 0) d->r.failed = true;
    ans_status st = d->rows[u] ? ans_columns_bulk_ids(c, u, (const char *)d->names[u], d->lengths[u], err) : ANS_OK;
    if (st != ANS_OK) return st;
  }
  return ANS_OK;
}

static ans_status decode__texts(decoding *d, uint32_t n, const uint32_t *facts, const uint32_t *lengths, const uint8_t *at, ans_error *err) {
  for (uint32_t i = 0; i < n; i++) {
    ans_status st = ans_columns_bulk_text(d->chunk->columns, i, facts[i], (const char *)at, lengths[i], err);
    if (st != ANS_OK) return st;
    at += lengths[i];
  }
  return ANS_OK;
}

/* Intervals from their four arrays, some at a time, so that they are written once. False: a number that is no day or state. */
static bool decode__intervals(ans_interval *items, uint32_t n, const ans_chunk_ints parts[4]) {
  enum { SOME = 256 };
  int64_t v[4][SOME];
  bool ok = true;
  for (uint32_t first = 0; first < n; first += SOME) {
    const uint32_t some = n - first < SOME ? n - first : SOME;
    for (int k = 0; k < 4; k++) ans_chunk_read_ints(parts[k], first, some, v[k]);
    for (uint32_t i = 0; i < some; i++) {
      ok = ok && v[0][i] >= INT32_MIN && v[0][i] <= INT32_MAX && v[1][i] >= INT32_MIN && v[1][i] <= INT32_MAX && v[2][i] >= 0 && v[2][i] <= ANS_HUMAN;
      items[first + i] = (ans_interval){.from = (int32_t)v[0][i], .to = (int32_t)v[1][i], .value = v[3][i], .state = (uint8_t)v[2][i]};
    }
  }
  return ok;
}

static void decode__timeline(decoding *d, uint32_t fact, uint64_t *intervals) {
  ans_timeline *t = &d->chunk->columns->timelines[fact];
  uint32_t rows = d->chunk->columns->units[d->p->facts[fact].unit].rows;
  ans_chunk_ints parts[4];
  uint64_t n = 0;
  ans_chunk_get_u32s(&d->r, t->offsets + 1, rows, ANS_FACT_CHUNK_MAX_INTERVALS);
  for (uint32_t r = 0; r < rows; r++) {
    n += t->offsets[r + 1];
    if (n > ANS_FACT_CHUNK_MAX_INTERVALS) d->r.failed = true, n = 0;
    t->offsets[r + 1] = (uint32_t)n;
  }
  *intervals += n;
  if (*intervals > ANS_FACT_CHUNK_MAX_INTERVALS) d->r.failed = true;
  for (int k = 0; k < 4; k++) parts[k] = ans_chunk_find_ints(&d->r, (uint32_t)n);
  if (!d->r.failed && !(t->items = malloc((n + 1) * sizeof *t->items))) d->memory = d->r.failed = true;
  if (d->r.failed) memset(t->offsets, 0, ((size_t)rows + 1) * sizeof *t->offsets);
  else if (!decode__intervals(t->items, (uint32_t)n, parts)) d->r.failed = true;
}

static void decode__scalar(decoding *d, uint32_t fact) {
  ans_column *col = &d->chunk->columns->facts[fact];
  uint32_t rows = d->chunk->columns->units[d->p->facts[fact].unit].rows;
  for (int k = 0; k <= ANS_HUMAN - 1; k++) ans_chunk_get_bits(&d->r, col->planes[k], rows);
  if (col->truth) ans_chunk_get_bits(&d->r, col->truth, rows);
  else if (col->values.bytes == 4) ans_chunk_get_i32s(&d->r, col->values.data, rows);
  else ans_chunk_get_ints(&d->r, col->values.data, rows);
  ans_columns_bulk_end(d->chunk->columns, fact);
}

/* Each fact is checked right after it was read, before the next one takes its place in the caches. */
static void decode__cells(decoding *d) {
  uint64_t intervals = 0;
  ans_status fits = ans_columns_check_rows(d->chunk->columns, &d->damage);
  for (uint32_t f = 0; f < d->p->fact_count && !d->r.failed; f++) {
    if (d->p->facts[f].kind == ANS_FACT_TIMELINE) decode__timeline(d, f, &intervals);
    else decode__scalar(d, f);
    if (fits == ANS_OK && !d->r.failed) fits = ans_columns_check_fact(d->chunk->columns, f, &d->damage);
  }
}

/* Reads everything; ANS_OK with r.failed or memory set when the bytes do not fit. */
static ans_status decode__payload(decoding *d, ans_error *err) {
  uint32_t texts = 0, *facts = NULL, *lengths = NULL;
  const uint8_t *bytes = NULL;
  ans_status st = ANS_OK;
  decode__units(d);
  ans_chunk_get_u32s(&d->r, &texts, 1, ANS_FACT_CHUNK_MAX_INTERVALS);
  if (!d->r.failed && decode__take(d, &facts, texts, sizeof *facts) && decode__take(d, &lengths, texts, sizeof *lengths)) {
    ans_chunk_get_u32s(&d->r, facts, texts, d->p->fact_count);
    bytes = decode__strings(d, lengths, texts, DECODE_MAX_NAME);
  }
  if (!d->r.failed) st = ans_columns_bulk(d->p, d->components, d->rows, texts, &d->chunk->columns, err);
  if (st == ANS_LIMIT) {
    d->r.failed = true; /* no writer makes one so large */
    st = ANS_OK;
  }
  if (st == ANS_OK && !d->r.failed) st = decode__place(d, err);
  if (st == ANS_OK && !d->r.failed) st = decode__texts(d, texts, facts, lengths, bytes, err);
  if (st == ANS_OK && !d->r.failed) decode__cells(d);
  if (d->r.at != d->r.end) d->r.failed = true;
  free(facts);
  free(lengths);
  return st;
}

static bool decode__begin(decoding *d) {
  uint32_t n = d->p->unit_count;
  d->chunk = calloc(1, sizeof *d->chunk);
  d->names = calloc(n, sizeof *d->names);
  d->lengths = calloc(n, sizeof *d->lengths);
  d->sizes = calloc(n, sizeof *d->sizes);
  d->rows = calloc(n, sizeof *d->rows);
  if (d->chunk) d->chunk->subjects = calloc(n + 1, sizeof *d->chunk->subjects); /* a NULL-ended list has no meaning here: n entries are used */
  return d->chunk && d->chunk->subjects && d->names && d->lengths && d->sizes && d->rows;
}

static void decode__end(decoding *d) {
  for (uint32_t u = 0; d->lengths && d->sizes && u < d->p->unit_count; u++) {
    free(d->lengths[u]);
    free(d->sizes[u]);
  }
  free(d->names);
  free(d->lengths);
  free(d->sizes);
  free(d->rows);
}

static void decode__discard(ans_fact_chunk *c, uint32_t units) {
  if (!c) return;
  for (uint32_t u = 0; c->subjects && u < units; u++) free(c->subjects[u]);
  free(c->subjects);
  ans_columns_free(c->columns);
  free(c);
}

void ans_fact_chunk_free(ans_fact_chunk *c) {
  if (c) decode__discard(c, c->columns->program->unit_count);
}

ans_status ans_fact_chunk_decode(const ans_program *p, const uint8_t *bytes, size_t size, int64_t id, const ans_chunk_key *key, const char *name, ans_fact_chunk **out, ans_error *err) {
  uint8_t *payload = NULL;
  size_t n = 0;
  *out = NULL;
  ans_status st = ans_chunk_open(ANS_CHUNK_FACTS, p->sha256, bytes, size, id, key, name, &payload, &n, err);
  if (st != ANS_OK) return st;
  decoding d = {.p = p, .r = {payload, payload + n, false}};
  st = decode__begin(&d) ? decode__payload(&d, err) : chunk__memory(err);
  if (st == ANS_OK && d.memory) st = chunk__memory(err);
  if (st == ANS_OK && d.r.failed) st = ans_chunk_damaged(name, id, "payload", err);
  if (st == ANS_OK && d.damage.status != ANS_OK) st = ans_chunk_damaged(name, id, d.damage.args[0], err);
  decode__end(&d);
  free(payload);
  if (st == ANS_OK) *out = d.chunk;
  else decode__discard(d.chunk, p->unit_count);
  return st;
}
