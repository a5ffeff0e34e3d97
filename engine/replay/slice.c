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
  ans_scalar v = {t->regs[reg].values[row], t->regs[reg].states[row]};
  const ans_type type = t->p->insns[reg].type;
  if (v.state == ANS_VALUE && type.tag == ANS_T_REF) v.v -= t->first_row[type.ref];
  return v;
}

bool ans_trace_slice(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, ans_slice_visit *visit, void *ctx) {
  uint32_t last;
  if (!slice__begin(t, roots, n, &last)) return false;
  for (uint32_t reg = last + 1; reg-- > 0;) {
    if (!t->regs[reg].hot) continue;
    t->regs[reg].hot = false;
    uint8_t *marks = t->regs[reg].marks;
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

/* A cell as it is hashed. Bytes one after the other, so that cells are collected in the form in which they are hashed: many small updates cost more than hashing. */
typedef struct __attribute__((packed)) hash_cell { uint32_t reg, row; uint8_t state; uint64_t v; } hash_cell;
enum { HASH_BATCH = 60 };
typedef struct hasher { ans_sha256 *h; uint32_t used; hash_cell cells[HASH_BATCH]; } hasher;
_Static_assert(sizeof(hash_cell) == 17, "docs/formats/package.md, Trace identity");

static void hash__flush(hasher *h) {
  ans_sha256_update(h->h, h->cells, h->used * sizeof *h->cells);
  h->used = 0;
}

static inline void hash__cell(hasher *h, const hash_cell *cell) {
  if (h->used == HASH_BATCH) hash__flush(h);
  h->cells[h->used++] = *cell;
}

/* The number of a text says only when it was loaded: its bytes are hashed, behind their number. */
static void hash__text(hasher *hashers, unsigned roots, hash_cell *cell, const char *text) {
  const size_t len = strlen(text);
  cell->v = htole64(len);
  for (unsigned left = roots; left; left &= left - 1) {
    hasher *h = &hashers[__builtin_ctz(left)];
    hash__cell(h, cell);
    hash__flush(h);
    ans_sha256_update(h->h, text, len);
  }
}

static bool hash__begin(hasher *h, const ans_trace *t, ans_trace_cell root) {
  const uint32_t head[5] = {t->p->semantics_version, (uint32_t)t->period, (uint32_t)t->law_known, root.reg, root.row};
  h->h = ans_sha256_new();
  h->used = 0;
  ans_sha256_update(h->h, "ANSPRUCH-TRACE-1", 16);
  ans_sha256_update(h->h, t->p->sha256, 32);
  for (unsigned i = 0; i < 5; i++) {
    const uint32_t number = htole32(head[i]);
    if (i != 2 || t->law_known != ANS_DAY_MAX) ans_sha256_update(h->h, &number, sizeof number);
  }
  return h->h != NULL;
}

/* Spreads the marks downwards and leaves them. */
static void slice__spread(const ans_trace *t, uint32_t last) {
  const bool overrides = t->c->override_count != 0;
  for (uint32_t reg = last + 1; reg-- > 0;) {
    if (!t->regs[reg].hot) continue;
    const uint8_t *marks = t->regs[reg].marks;
    for (uint32_t row = 0, rows = t->rows[t->p->insns[reg].unit]; row < rows; row++)
      if (marks[row] && !(overrides && replay__override(t, reg, row))) slice__mark_operands(t, reg, row, marks[row]);
  }
}

/* The marked cells of one register, upwards; clears the marks. */
static void hash__register(const ans_trace *t, hasher *hashers, uint32_t reg) {
  const ans_type type = t->p->insns[reg].type;
  const int64_t *values = t->regs[reg].values, first = type.tag == ANS_T_REF ? t->first_row[type.ref] : 0;
  const uint8_t *states = t->regs[reg].states;
  uint8_t *marks = t->regs[reg].marks;
  hash_cell cell = {.reg = htole32(reg)};
  for (uint32_t row = 0, rows = t->rows[t->p->insns[reg].unit]; row < rows; row++) {
    const unsigned roots = marks[row];
    if (!roots) continue;
    marks[row] = 0;
    cell.row = htole32(row);
    cell.state = states[row];
    cell.v = htole64((uint64_t)(cell.state == ANS_VALUE ? values[row] - first : values[row]));
    if (type.tag == ANS_T_TEXT && cell.state == ANS_VALUE) hash__text(hashers, roots, &cell, t->c->texts[values[row]].text);
    else
      for (unsigned left = roots; left; left &= left - 1) hash__cell(&hashers[__builtin_ctz(left)], &cell);
  }
}

static void hash__cells(const ans_trace *t, hasher *hashers, uint32_t last) {
  for (uint32_t reg = 0; reg <= last; reg++) {
    if (!t->regs[reg].hot) continue;
    t->regs[reg].hot = false;
    hash__register(t, hashers, reg);
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
