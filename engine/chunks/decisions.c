/* Decisions as columns: nine arrays of numbers and the few distinct lists of reasons. What changes somebody's award has a receipt and is a row; these are the
 * many that stay as they are, of which a run writes one block per commit. Pure. */
#include "chunks/decisions.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"

enum { BLOCK_COLUMNS = 9, BLOCK_MAX_REASON = 4096 };

static ans_status block__memory(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "chunk", (char *)NULL); }

static int64_t block__get(const ans_block_decision *d, int column) {
  switch (column) {
  case 0: return d->id;
  case 1: return d->claim;
  case 2: return d->period;
  case 3: return d->merits;
  case 4: return d->procedure;
  case 5: return d->action;
  case 6: return d->amount_cents;
  case 7: return d->payout_cents;
  default: return d->previous_cents;
  }
}

/* False: not a value of the column. */
static bool block__set(ans_block_decision *d, int column, int64_t v) {
  switch (column) {
  case 0: d->id = v; return v > 0;
  case 1: d->claim = v; return v > 0;
  case 2: d->period = (int32_t)v; return v >= INT32_MIN && v <= INT32_MAX;
  case 3: d->merits = (uint8_t)v; return v >= 0 && v <= UINT8_MAX;
  case 4: d->procedure = (uint8_t)v; return v >= 0 && v <= UINT8_MAX;
  case 5: d->action = (uint8_t)v; return v >= 0 && v <= UINT8_MAX;
  case 6: d->amount_cents = v; return true;
  case 7: d->payout_cents = v; return true;
  default: d->previous_cents = v; return true;
  }
}

/* Numbers the distinct reasons in order of appearance: texts[k], *count of them; of[i] is that of item i. A run has a few dozen: linear search from the last one. */
static bool block__reasons(const ans_block_decision *items, uint32_t n, const char **texts, uint32_t *count, uint32_t *of) {
  *count = 0;
  for (uint32_t i = 0; i < n; i++) {
    const char *r = items[i].reasons ? items[i].reasons : "";
    uint32_t k = 0;
    while (k < *count && strcmp(texts[k], r) != 0) k++;
    if (k == *count) {
      if (*count == ANS_DECISION_BLOCK_REASONS || strlen(r) > BLOCK_MAX_REASON) return false;
      texts[(*count)++] = r;
    }
    of[i] = k;
  }
  return true;
}

static void block__write(ans_buffer *b, const ans_block_decision *items, uint32_t n, int64_t *column, const char *const *texts, uint32_t count, const uint32_t *of) {
  ans_chunk_put_u32s(b, &n, 1);
  for (int c = 0; c < BLOCK_COLUMNS; c++) {
    for (uint32_t i = 0; i < n; i++) column[i] = block__get(&items[i], c);
    ans_chunk_put_ints(b, column, n);
  }
  ans_chunk_put_u32s(b, &count, 1);
  for (uint32_t k = 0; k < count; k++) {
    uint32_t length = (uint32_t)strlen(texts[k]);
    ans_chunk_put_u32s(b, &length, 1);
    ans_chunk_put_bytes(b, texts[k], length);
  }
  ans_chunk_put_u32s(b, of, n);
}

ans_status ans_decision_block_encode(const ans_block_decision *items, uint32_t n, const uint8_t package_sha[32], const ans_chunk_options *o, uint8_t **bytes, size_t *size, ans_error *err) {
  *bytes = NULL;
  *size = 0;
  if (n > ANS_DECISION_BLOCK_MAX) return ans_error_set(err, ANS_LIMIT, "E-CHUNK-LIMIT", NULL, "1048576", (char *)NULL);
  int64_t *column = calloc(n + 1u, sizeof *column);
  const char **texts = calloc(n + 1u, sizeof *texts);
  uint32_t *of = calloc(n + 1u, sizeof *of), count = 0;
  ans_buffer b;
  ans_buffer_init(&b, ANS_CHUNK_MAX_BYTES);
  ans_status st = column && texts && of ? ANS_OK : block__memory(err);
  if (st == ANS_OK && !block__reasons(items, n, texts, &count, of)) st = ans_error_set(err, ANS_LIMIT, "E-CHUNK-LIMIT", NULL, "65535", (char *)NULL);
  if (st == ANS_OK) block__write(&b, items, n, column, texts, count, of);
  if (st == ANS_OK && b.failed) st = block__memory(err);
  if (st == ANS_OK) st = ans_chunk_seal(ANS_CHUNK_DECISIONS, package_sha, o, b.data, b.len, bytes, size, err);
  ans_buffer_dispose(&b);
  free(column);
  free(texts);
  free(of);
  return st;
}

void ans_decision_block_free(ans_decision_block *b) {
  if (!b) return;
  free(b->items);
  free(b->texts);
  free(b);
}

/* Ids and (claim, period) ascend, each once. */
static bool block__ordered(const ans_decision_block *b) {
  for (uint32_t i = 1; i < b->count; i++) {
    const ans_block_decision *x = &b->items[i - 1], *y = &b->items[i];
    if (x->id >= y->id || x->claim > y->claim || (x->claim == y->claim && x->period >= y->period)) return false;
  }
  return true;
}

/* starts[k]: the text of reason k in b->texts. */
static bool block__read_reasons(ans_chunk_reader *r, ans_decision_block *b, size_t room, uint32_t *of, const char **starts) {
  uint32_t count = 0;
  size_t used = 0;
  ans_chunk_get_u32s(r, &count, 1, ANS_DECISION_BLOCK_REASONS);
  for (uint32_t k = 0; k < count && !r->failed; k++) {
    uint32_t length = 0;
    ans_chunk_get_u32s(r, &length, 1, BLOCK_MAX_REASON);
    const uint8_t *text = ans_chunk_get_bytes(r, length);
    if (!text || memchr(text, 0, length) || length + 1 > room - used) return false;
    memcpy(b->texts + used, text, length);
    starts[k] = b->texts + used;
    used += length + 1; /* the memory is zeroed: the text ends here */
  }
  if (r->failed || (b->count && count == 0)) return false;
  ans_chunk_get_u32s(r, of, b->count, count ? count - 1 : 0);
  return !r->failed;
}

static bool block__read(ans_chunk_reader *r, ans_decision_block *b, int64_t *column, uint32_t *of, const char **starts, size_t room) {
  for (int c = 0; c < BLOCK_COLUMNS; c++) {
    ans_chunk_get_ints(r, column, b->count);
    for (uint32_t i = 0; i < b->count; i++)
      if (!block__set(&b->items[i], c, column[i])) return false;
  }
  if (!block__read_reasons(r, b, room, of, starts)) return false;
  for (uint32_t i = 0; i < b->count; i++) b->items[i].reasons = starts[of[i]];
  return r->at == r->end && block__ordered(b);
}

ans_status ans_decision_block_decode(const uint8_t package_sha[32], const uint8_t *bytes, size_t size, int64_t id, const char *name, ans_decision_block **out, ans_error *err) {
  uint8_t *payload = NULL;
  size_t n = 0;
  *out = NULL;
  ans_status st = ans_chunk_open(ANS_CHUNK_DECISIONS, package_sha, bytes, size, id, NULL, name, &payload, &n, err);
  if (st != ANS_OK) return st;
  ans_chunk_reader r = {payload, payload + n, false};
  ans_decision_block *b = calloc(1, sizeof *b);
  uint32_t count = 0;
  ans_chunk_get_u32s(&r, &count, 1, ANS_DECISION_BLOCK_MAX);
  int64_t *column = calloc(count + 1u, sizeof *column);
  uint32_t *of = calloc(count + 1u, sizeof *of);
  const char **starts = calloc(ANS_DECISION_BLOCK_REASONS, sizeof *starts);
  if (b) b->items = calloc(count + 1u, sizeof *b->items);
  if (b) b->texts = calloc(n + 1, 1); /* no more text than payload: each has a head of its own */
  bool memory = b && b->items && b->texts && column && of && starts;
  if (memory) b->count = count;
  if (!memory) st = block__memory(err);
  else if (r.failed || !block__read(&r, b, column, of, starts, n + 1)) st = ans_chunk_damaged(name, id, "payload", err);
  free(column);
  free(of);
  free(starts);
  free(payload);
  if (st == ANS_OK) *out = b;
  else ans_decision_block_free(b);
  return st;
}
