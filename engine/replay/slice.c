/* Slices of a trace: the cells that root cells rest on, and their canonical identity (docs/formats/package.md, "Trace identity").
 *
 * Operands are earlier registers, so one pass downwards over the registers finds the whole slice, for several roots at once: every cell carries the set of roots that need it. The marks are
 * kept with the cells (internal.h), zero whenever no slice is being made; whoever visits a cell last clears its mark. One trace belongs to one thread. */
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

enum { HASH_BATCH = 4096, HASH_CELL = 17 };
typedef struct hasher { ans_sha256 *h; size_t used; uint8_t bytes[HASH_BATCH]; } hasher; /* many small updates cost more than hashing */

static void hash__flush(hasher *h) {
  ans_sha256_update(h->h, h->bytes, h->used);
  h->used = 0;
}

static void hash__int(hasher *h, uint64_t v, unsigned bytes) {
  if (HASH_BATCH - h->used < bytes) hash__flush(h);
  for (unsigned i = 0; i < bytes; i++) h->bytes[h->used++] = (uint8_t)(v >> (8 * i));
}

static void hash__cell(hasher *h, const ans_trace *t, uint32_t reg, uint32_t row) {
  const ans_scalar v = slice__relative(t, reg, row);
  if (HASH_BATCH - h->used < HASH_CELL) hash__flush(h);
  hash__int(h, reg, 4);
  hash__int(h, row, 4);
  hash__int(h, v.state, 1);
  if (v.state == ANS_VALUE && t->p->insns[reg].type.tag == ANS_T_TEXT) { /* the number of a text says only when it was loaded */
    const char *text = t->c->texts[v.v].text;
    const size_t len = strlen(text);
    hash__int(h, len, 8);
    hash__flush(h);
    ans_sha256_update(h->h, text, len);
    return;
  }
  hash__int(h, (uint64_t)v.v, 8);
}

static bool hash__begin(hasher *h, const ans_trace *t, ans_trace_cell root) {
  static const char magic[16] = "ANSPRUCH-TRACE-1";
  h->used = 0;
  h->h = ans_sha256_new();
  if (!h->h) return false;
  ans_sha256_update(h->h, magic, sizeof magic);
  ans_sha256_update(h->h, t->p->sha256, 32);
  hash__int(h, t->p->semantics_version, 4);
  hash__int(h, (uint32_t)t->period, 4);
  if (t->law_known != ANS_DAY_MAX) hash__int(h, (uint32_t)t->law_known, 4);
  hash__int(h, root.reg, 4);
  hash__int(h, root.row, 4);
  return true;
}

/* Spreads the marks downwards and leaves them. */
static void slice__spread(const ans_trace *t, uint32_t last) {
  for (uint32_t reg = last + 1; reg-- > 0;) {
    if (!t->hot[reg]) continue;
    const uint8_t *marks = t->marks[reg];
    for (uint32_t row = 0; row < t->rows[t->p->insns[reg].unit]; row++)
      if (marks[row] && !slice__given(t, reg, row)) slice__mark_operands(t, reg, row, marks[row]);
  }
}

static bool hash__root(const ans_trace *t, ans_trace_cell root, unsigned index, uint32_t last, uint8_t out[32]) {
  hasher h;
  const bool ok = hash__begin(&h, t, root);
  memset(out, 0, 32);
  if (!ok) return false;
  for (uint32_t reg = 0; reg <= last; reg++) {
    if (!t->hot[reg]) continue;
    const uint8_t *marks = t->marks[reg];
    for (uint32_t row = 0; row < t->rows[t->p->insns[reg].unit]; row++)
      if (marks[row] >> index & 1) hash__cell(&h, t, reg, row);
  }
  hash__flush(&h);
  ans_sha256_final(h.h, out);
  return true;
}

static void slice__end(const ans_trace *t, uint32_t last) {
  for (uint32_t reg = 0; reg <= last; reg++) {
    if (!t->hot[reg]) continue;
    t->hot[reg] = 0;
    memset(t->marks[reg], 0, t->rows[t->p->insns[reg].unit]);
  }
}

ans_status ans_trace_hashes(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, uint8_t (*out)[32], ans_error *err) {
  uint32_t last;
  bool ok = true;
  if (!slice__begin(t, roots, n, &last)) return ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", "trace", "no such cell", NULL);
  slice__spread(t, last);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t same = 0;
    while (same < i && (roots[same].reg != roots[i].reg || roots[same].row != roots[i].row)) same++;
    if (same < i) memcpy(out[i], out[same], 32);
    else ok = hash__root(t, roots[i], i, last, out[i]) && ok;
  }
  slice__end(t, last);
  ans_status s = ans_trace_check(t, err);
  if (s == ANS_OK && !ok) s = ans_error_set(err, ANS_MEMORY, "E-MEMORY", "trace", "slice", NULL);
  for (uint32_t i = 0; s != ANS_OK && i < n; i++) memset(out[i], 0, 32);
  return s;
}

ans_status ans_trace_hash(const ans_trace *t, uint32_t reg, uint32_t row, uint8_t out[32], ans_error *err) {
  memset(out, 0, 32);
  return ans_trace_hashes(t, &(ans_trace_cell){reg, row}, 1, (uint8_t(*)[32])out, err);
}
