/* Slices of a trace: the cells that root cells rest on, and the canonical identities of them (docs/formats/package.md, "Trace identity"; docs/formats/receipt.md, "Trace hash").
 *
 * Operands are earlier registers, so one pass downwards over the registers finds the whole slice, for several roots at once: every cell carries the set of roots that need it. The marks are
 * kept with the cells (internal.h), zero whenever no slice is being made; whoever visits a cell last clears its mark. One trace belongs to one thread. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "replay/walk.h"

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

static inline ans_scalar slice__relative(const ans_trace *t, ans_type type, const replay_cell *x) {
  return (ans_scalar){x->state == ANS_VALUE && type.tag == ANS_T_REF ? x->v - t->first_row[type.ref] : x->v, x->state};
}

/* What is done with a cell of the slice; inlined into the pass, of which there are two. */
typedef void slice_take(void *ctx, const ans_trace *t, const ans_slice_cell *cell);

static __attribute__((noinline)) void slice__mark_others(const ans_trace *t, uint32_t reg, uint32_t row, uint8_t roots) {
  const walk w = {t, &t->p->insns[reg], row, NULL, NULL, roots};
  walk__operands(&w, reg);
}

/* Reads operands that did not have to be read; false: that failed, and ans_trace_check tells. */
static __attribute__((noinline)) bool slice__read(const ans_trace *t, walk_two two, uint32_t row) {
  walk__read_two(t, two, row);
  return replay__has_memory(t, two.a) && replay__has_memory(t, two.b);
}

/* Marks the operands of a cell of a plain register. One without operands marks itself: whoever visits it takes the mark back afterwards. many: the row may be one of those that share a bit. */
static inline __attribute__((always_inline)) void slice__mark_plain(const ans_trace *t, const walk_shape *shape, walk_two two, uint32_t row, bool many, uint8_t roots) {
  replay_cells a = t->regs[two.a], b = t->regs[two.b];
  uint8_t *const hot_a = &t->hot[two.a], *const hot_b = &t->hot[two.b]; /* before anything is written: a mark may be anything as far as the compiler knows, and what was read would be read again */
  if (__builtin_expect((a.at[row & a.mask].state == REPLAY_PENDING) | (b.at[row & b.mask].state == REPLAY_PENDING), 0)) {
    if (!slice__read(t, two, row)) return;
    a = t->regs[two.a];
    b = t->regs[two.b];
  }
  const uint32_t row_a = row & a.mask, row_b = row & b.mask;
  replay_cell *x = &a.at[row_a], *y = &b.at[row_b];
  const unsigned used = walk__used(shape, x, y), first = 0u - (used & 1u), second = 0u - (used >> 1);
  x->marks |= (uint8_t)(roots & first);
  y->marks |= (uint8_t)(roots & second);
  *hot_a |= (uint8_t)((many ? walk__bit(row_a) : 1u << row_a) & first);
  *hot_b |= (uint8_t)((many ? walk__bit(row_b) : 1u << row_b) & second);
}

typedef struct slice_pass { const ans_trace *t; slice_take *take; void *ctx; bool overrides; } slice_pass;

static inline __attribute__((always_inline)) void slice__cell(slice_pass p, const ans_insn *in, uint32_t reg, uint32_t row, bool many, replay_cell *x) {
  const walk_shape *shape = walk__shape(in->op);
  const uint8_t of = x->marks;
  const ans_scalar v = slice__relative(p.t, in->type, x);
  const bool given = p.overrides && replay__override(p.t, reg, row);
  if (given) { /* nothing beneath it was used */
  } else if (shape->plain) {
    slice__mark_plain(p.t, shape, walk__two(in, reg, shape), row, many, of);
  } else {
    slice__mark_others(p.t, reg, row, of);
  }
  x->marks = 0;
  const ans_slice_cell cell = {v, reg, row, of, given};
  p.take(p.ctx, p.t, &cell);
}

static inline __attribute__((always_inline)) bool slice__each(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, slice_take *take, void *ctx) {
  uint32_t last;
  if (!slice__begin(t, roots, n, &last)) return false;
  uint8_t *const all = t->hot;
  const slice_pass p = {t, take, ctx, t->c->override_count != 0};
  for (uint32_t reg = last + 1; reg-- > 0;) {
    const uint32_t hot = all[reg];
    if (!hot) continue;
    const ans_insn *in = &t->p->insns[reg];
    replay_cell *const at = t->regs[reg].at;
    if (__builtin_expect(hot >> REPLAY_HOT_ROWS, 0))
      for (uint32_t row = t->regs[reg].rows; row > REPLAY_HOT_ROWS;)
        if (at[--row].marks) slice__cell(p, in, reg, row, true, &at[row]);
    for (uint32_t left = hot & ((1u << REPLAY_HOT_ROWS) - 1), row; left; left ^= 1u << row) {
      row = 31u - (uint32_t)__builtin_clz(left);
      slice__cell(p, in, reg, row, false, &at[row]);
    }
    all[reg] = 0;
  }
  return true;
}

typedef struct visitor { ans_slice_visit *visit; void *ctx; } visitor;

static inline void slice__visit(void *ctx, const ans_trace *t, const ans_slice_cell *cell) {
  const visitor *v = ctx;
  (void)t;
  v->visit(v->ctx, cell);
}

bool ans_trace_slice(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, ans_slice_visit *visit, void *ctx) {
  visitor v = {visit, ctx};
  return slice__each(t, roots, n, slice__visit, &v);
}

/* --- identity --------------------------------------------------------------------------------------------------------------- */

/* A cell as it is hashed: bytes one after the other. */
typedef struct __attribute__((packed)) hash_cell { uint32_t reg, row; uint8_t state; uint64_t v; } hash_cell;
_Static_assert(sizeof(hash_cell) == 17, "docs/formats/package.md, Trace identity");

/* The cells are found downwards and hashed upwards: they are written from the end of a piece of memory towards its beginning, in the form in which they are hashed, and hashed all at once.
 * A slice that needs more has more pieces; the newest has the earliest cells. */
typedef struct hash_piece { struct hash_piece *next; size_t size, begin; unsigned char bytes[]; } hash_piece;
enum { HASH_PIECE = 16 << 10, HASH_LARGEST = 1 << 20 };
typedef struct hash_cells { hash_piece *pieces; bool failed; } hash_cells;

/* n bytes before those that are there; NULL: memory. */
static unsigned char *hash__more(hash_cells *h, size_t n) {
  size_t size = h->pieces && h->pieces->size < HASH_LARGEST ? 2 * h->pieces->size : h->pieces ? HASH_LARGEST : HASH_PIECE;
  if (size < n) size = n;
  hash_piece *fresh = h->failed ? NULL : malloc(sizeof *fresh + size);
  if (!fresh) {
    h->failed = true;
    return NULL;
  }
  *fresh = (hash_piece){h->pieces, size, size - n};
  h->pieces = fresh;
  return fresh->bytes + fresh->begin;
}

static inline unsigned char *hash__room(hash_cells *h, size_t n) {
  hash_piece *p = h->pieces;
  if (!p || p->begin < n) return hash__more(h, n);
  p->begin -= n;
  return p->bytes + p->begin;
}

/* The number of a text says only when it was loaded: its bytes are hashed, behind their number. */
static inline void hash__take(void *ctx, const ans_trace *t, const ans_slice_cell *cell) {
  hash_cells *h = ctx;
  uint64_t v = (uint64_t)cell->v.v;
  if (cell->v.state == ANS_VALUE && t->p->insns[cell->reg].type.tag == ANS_T_TEXT) {
    const char *text = t->c->texts[cell->v.v].text;
    v = strlen(text);
    unsigned char *bytes = hash__room(h, v);
    if (bytes) memcpy(bytes, text, v);
  }
  const hash_cell as_hashed = {htole32(cell->reg), htole32(cell->row), cell->v.state, htole64(v)};
  unsigned char *at = hash__room(h, sizeof as_hashed);
  if (at) memcpy(at, &as_hashed, sizeof as_hashed);
}

static void hash__numbers(ans_sha256 *h, const uint32_t *numbers, unsigned n) {
  for (unsigned i = 0; i < n; i++) {
    const uint32_t number = htole32(numbers[i]);
    ans_sha256_update(h, &number, sizeof number);
  }
}

static void hash__name(ans_sha256 *h, const ans_trace *t, const char name[16]) {
  ans_sha256_update(h, name, 16);
  ans_sha256_update(h, t->p->sha256, 32);
}

/* Hashes the cells of the slices behind what `h` has; h is used up. */
static ans_status hash__finish(ans_sha256 *h, const ans_trace *t, hash_cells *cells, uint8_t out[32], ans_error *err) {
  const bool failed = cells->failed || !h;
  for (hash_piece *p = cells->pieces, *next; p; p = next) {
    next = p->next;
    ans_sha256_update(h, p->bytes + p->begin, p->size - p->begin);
    free(p);
  }
  ans_sha256_final(h, out);
  ans_status s = ans_trace_check(t, err);
  if (s == ANS_OK && failed) s = ans_error_set(err, ANS_MEMORY, "E-MEMORY", "trace", "slice", NULL);
  if (s != ANS_OK) memset(out, 0, 32);
  return s;
}

static ans_status hash__no_cell(uint8_t out[32], ans_error *err) {
  memset(out, 0, 32);
  return ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", "trace", "no such cell", NULL);
}

ans_status ans_trace_hash(const ans_trace *t, uint32_t reg, uint32_t row, uint8_t out[32], ans_error *err) {
  hash_cells cells = {0};
  if (!slice__each(t, &(ans_trace_cell){reg, row}, 1, hash__take, &cells)) return hash__no_cell(out, err);
  ans_sha256 *h = ans_sha256_new();
  hash__name(h, t, "ANSPRUCH-TRACE-1");
  hash__numbers(h, (const uint32_t[]){t->p->semantics_version, (uint32_t)t->period, (uint32_t)t->law_known}, t->law_known == ANS_DAY_MAX ? 2 : 3);
  hash__numbers(h, (const uint32_t[]){reg, row}, 2);
  return hash__finish(h, t, &cells, out, err);
}

ans_status ans_trace_union_hash(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, uint8_t out[32], ans_error *err) {
  hash_cells cells = {0};
  if (!slice__each(t, roots, n, hash__take, &cells)) return hash__no_cell(out, err);
  for (uint32_t i = n; i-- > 0;) {
    const ans_slice_cell root = {slice__relative(t, t->p->insns[roots[i].reg].type, replay__at(t, roots[i].reg, roots[i].row)), roots[i].reg, roots[i].row, 0, false};
    hash__take(&cells, t, &root);
  }
  ans_sha256 *h = ans_sha256_new();
  hash__name(h, t, "ANSPRUCH-CLAIM-1");
  hash__numbers(h, (const uint32_t[]){t->p->semantics_version, (uint32_t)t->period, (uint32_t)t->law_known, n}, 4);
  return hash__finish(h, t, &cells, out, err);
}
