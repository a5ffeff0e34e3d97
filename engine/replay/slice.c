/* Slices of a trace: the cells that root cells rest on, and their canonical identity (docs/formats/package.md, "Trace identity").
 *
 * Operands are earlier registers, so one pass downwards over the registers finds the whole slice, for several roots at once: every cell carries the set of roots that need it. The marks are
 * kept with the cells (internal.h), zero whenever no slice is being made; whoever visits a cell last clears its mark. One trace belongs to one thread. */
#include <endian.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "replay/walk.h"

static inline void slice__mark_operands(const ans_trace *t, uint32_t reg, uint32_t row, uint8_t roots) {
  const walk w = {t, &t->p->insns[reg], row, NULL, NULL, roots};
  walk__operands(&w, reg);
}

static inline bool slice__given(const ans_trace *t, uint32_t reg, uint32_t row) { return t->c->override_count && replay__override(t, reg, row); /* mostly without a call */ }

/* Marks the roots; *last: the latest of their registers. */
static bool slice__begin(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, uint32_t *last) {
  *last = 0;
  if (n == 0 || n > ANS_SLICE_ROOTS) return false;
  for (uint32_t i = 0; i < n; i++)
    if (roots[i].row >= ans_trace_rows(t, roots[i].reg)) return false;
  for (uint32_t i = 0; i < n; i++) {
    walk__mark(t, roots[i].reg, roots[i].row, (uint8_t)(1u << i));
    if (roots[i].reg > *last) *last = roots[i].reg;
  }
  return true;
}

static inline ans_scalar slice__relative(const ans_trace *t, uint32_t reg, uint32_t row) {
  ans_scalar v = {t->values[reg][row], t->states[reg][row]};
  const ans_type type = t->p->insns[reg].type;
  if (v.state == ANS_VALUE && type.tag == ANS_T_REF) v.v -= t->first_row[type.ref];
  return v;
}

bool ans_trace_slice(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, ans_slice_visit *visit, void *ctx) {
  uint32_t last;
  if (!slice__begin(t, roots, n, &last)) return false;
  for (uint32_t reg = last + 1; reg-- > 0;) {
    if (!t->hot[reg]) continue;
    t->hot[reg] = 0;
    uint8_t *marks = t->marks[reg];
    for (uint32_t row = t->rows[t->p->insns[reg].unit]; row-- > 0;) {
      const uint8_t of = marks[row];
      if (!of) continue;
      marks[row] = 0;
      const bool given = slice__given(t, reg, row);
      if (!given) slice__mark_operands(t, reg, row, of);
      const ans_slice_cell cell = {slice__relative(t, reg, row), reg, row, of, given};
      visit(ctx, &cell);
    }
  }
  return true;
}

/* --- identity --------------------------------------------------------------------------------------------------------------- */

enum { HASH_BATCH = 1024, HASH_CELL = 17 };
typedef struct hasher { ans_sha256 *h; size_t used; uint8_t bytes[HASH_BATCH]; } hasher; /* many small updates cost more than hashing */

static void hash__flush(hasher *h) {
  ans_sha256_update(h->h, h->bytes, h->used);
  h->used = 0;
}

static inline void hash__u32(uint8_t *to, uint32_t v) {
  v = htole32(v);
  memcpy(to, &v, sizeof v);
}
static inline void hash__u64(uint8_t *to, uint64_t v) {
  v = htole64(v);
  memcpy(to, &v, sizeof v);
}

static void hash__bytes(hasher *h, const void *bytes, size_t n) {
  if (HASH_BATCH - h->used < n) hash__flush(h);
  memcpy(h->bytes + h->used, bytes, n);
  h->used += n;
}

static inline void hash__cell(hasher *h, uint32_t reg, uint32_t row, uint8_t state, uint64_t v) {
  if (HASH_BATCH - h->used < HASH_CELL) hash__flush(h);
  uint8_t *to = h->bytes + h->used;
  hash__u64(to, (uint64_t)row << 32 | reg); /* two numbers of 32 bits */
  to[8] = state;
  hash__u64(to + 9, v);
  h->used += HASH_CELL;
}

/* One cell of the slices `roots`. The number of a text says only when it was loaded: its bytes are hashed. */
static inline void hash__into(hasher *hashers, uint8_t roots, const ans_trace *t, uint32_t reg, uint32_t row) {
  const ans_scalar v = slice__relative(t, reg, row);
  const char *text = v.state == ANS_VALUE && t->p->insns[reg].type.tag == ANS_T_TEXT ? t->c->texts[v.v].text : NULL;
  const size_t len = text ? strlen(text) : 0;
  for (unsigned left = roots; left; left &= left - 1) {
    hasher *h = &hashers[__builtin_ctz(left)];
    hash__cell(h, reg, row, v.state, text ? len : (uint64_t)v.v);
    if (!text) continue;
    hash__flush(h);
    ans_sha256_update(h->h, text, len);
  }
}

static bool hash__begin(hasher *h, const ans_trace *t, ans_trace_cell root) {
  const uint32_t head[5] = {t->p->semantics_version, (uint32_t)t->period, (uint32_t)t->law_known, root.reg, root.row};
  h->h = ans_sha256_new();
  h->used = 0;
  hash__bytes(h, "ANSPRUCH-TRACE-1", 16);
  hash__bytes(h, t->p->sha256, 32);
  for (unsigned i = 0; i < 5; i++) {
    uint8_t bytes[4];
    hash__u32(bytes, head[i]);
    if (i != 2 || t->law_known != ANS_DAY_MAX) hash__bytes(h, bytes, sizeof bytes);
  }
  return h->h != NULL;
}

/* Spreads the marks downwards and leaves them. */
static void slice__spread(const ans_trace *t, uint32_t last) {
  for (uint32_t reg = last + 1; reg-- > 0;) {
    if (!t->hot[reg]) continue;
    const uint8_t *marks = t->marks[reg];
    for (uint32_t row = 0, rows = t->rows[t->p->insns[reg].unit]; row < rows; row++)
      if (marks[row] && !slice__given(t, reg, row)) slice__mark_operands(t, reg, row, marks[row]);
  }
}

/* Every marked cell, upwards; clears the marks. */
static void hash__cells(const ans_trace *t, hasher *hashers, uint32_t last) {
  for (uint32_t reg = 0; reg <= last; reg++) {
    if (!t->hot[reg]) continue;
    t->hot[reg] = 0;
    uint8_t *marks = t->marks[reg];
    for (uint32_t row = 0, rows = t->rows[t->p->insns[reg].unit]; row < rows; row++) {
      const uint8_t of = marks[row];
      if (!of) continue;
      marks[row] = 0;
      hash__into(hashers, of, t, reg, row);
    }
  }
}

static void hash__end(hasher *h, uint8_t out[32]) {
  hash__flush(h);
  ans_sha256_final(h->h, out);
}

/* The place where the root is named first. */
static uint32_t hash__first(const ans_trace_cell *roots, uint32_t i) {
  uint32_t same = 0;
  while (roots[same].reg != roots[i].reg || roots[same].row != roots[i].row) same++;
  return same;
}

ans_status ans_trace_hashes(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, uint8_t (*out)[32], ans_error *err) {
  uint32_t last, count = 0;
  ans_trace_cell own[ANS_SLICE_ROOTS]; /* each once */
  hasher hashers[ANS_SLICE_ROOTS];
  uint8_t hashes[ANS_SLICE_ROOTS][32];
  bool ok = true;
  for (uint32_t i = 0; n <= ANS_SLICE_ROOTS && i < n; i++)
    if (hash__first(roots, i) == i) own[count++] = roots[i];
  if (!slice__begin(t, own, count, &last)) return ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", "trace", "no such cell", NULL);
  slice__spread(t, last);
  for (uint32_t i = 0; i < count; i++) ok = hash__begin(&hashers[i], t, own[i]) && ok;
  hash__cells(t, hashers, last);
  for (uint32_t i = 0; i < count; i++) hash__end(&hashers[i], hashes[i]);
  ans_status s = ans_trace_check(t, err);
  if (s == ANS_OK && !ok) s = ans_error_set(err, ANS_MEMORY, "E-MEMORY", "trace", "slice", NULL);
  for (uint32_t i = 0, next = 0; i < n; i++) {
    const uint32_t same = hash__first(roots, i);
    if (s != ANS_OK) memset(out[i], 0, 32);
    else memcpy(out[i], same < i ? out[same] : hashes[next++], 32);
  }
  return s;
}

ans_status ans_trace_hash(const ans_trace *t, uint32_t reg, uint32_t row, uint8_t out[32], ans_error *err) {
  memset(out, 0, 32);
  return ans_trace_hashes(t, &(ans_trace_cell){reg, row}, 1, (uint8_t(*)[32])out, err);
}
