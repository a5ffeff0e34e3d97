/* Private state of the vector VM. Owns: nothing by itself; ans_vm (plan.c) owns every buffer named here.
 *
 * A register of the current batch is a vm_reg: values (int64 or int32) or a truth bitmap, and the thermometer planes of its states. Its width is part of the plan: 4 bytes where
 * range analysis says that every value it can ever have fits (`always`: no guard, given results included), or its type does (dates, references: ans_range_narrow), else 8. So a row with a
 * value never wraps; rows that nobody computed may. Kernels exist at both widths; operands of another width than the result are converted first (vm__as), never row by row in a loop.
 * `top` is the highest state that occurs in the batch, so planes with index >= top are neither written nor read: a batch of
 * known values costs no work for states. `one` registers have a single row that stands for every row (uniform registers and
 * everything computed from such alone); their bitmaps hold the bit in all 64 positions, so bit loops read word 0 for any word.
 *
 * Invariants after every step: value = 0 and truth bit = 0 where the state is not VALUE; bits beyond the last row are 0
 * (except in `one` registers); the highest plane kept (index top-1) has at least one bit set.
 * Rejected: one state byte per row (8 times the traffic of planes, and no word-parallel logic).
 * Threads: an ans_vm belongs to one thread; program and columns are only read. */
#ifndef ANS_EXEC_MACHINE_H
#define ANS_EXEC_MACHINE_H
#include <string.h>
#include "base/error.h"
#include "columns/columns.h"
#include "exec/demand.h"
#include "exec/kernels.h"
#include "exec/vm.h"
#include "range/range.h"

enum {
  VM_DEFAULT_CHUNK = 4096,
  VM_MAX_ROWS = 1 << 24,      /* rows of one unit in one batch, derived units included */
  VM_MAX_CHUNK = 1 << 20,
  VM_TABLE_MAX = 16384,       /* entries of the table of a parameter */
  VM_RECIPROCALS = 1024,      /* divisors below it have a reciprocal in a table */
  VM_TABLE_SPAN = 4096        /* values between the first and the last cut of one of its keys that are listed one by one */
};
#define VM_ISA_VARIABLE "ANSPRUCH_ISA"
#define VM_MAX_BYTES ((size_t)4 << 30) /* all buffers of one VM together */

_Static_assert((int64_t)ANS_MAX_ROWS <= INT32_MAX && (int64_t)ANS_MAX_BULK_CELLS <= INT32_MAX, "references have 4 bytes");

typedef struct vm_reg {
  int64_t *v8;                 /* exactly one of the three: values of 8 bytes, … */
  int32_t *v4;                 /* … of 4 bytes, … */
  uint64_t *t;                 /* … truth values */
  uint64_t *p[ANS_PLANES];     /* only p[0] … p[top-1] are meaningful */
  uint8_t top;
  bool one;
  bool zero;                   /* nobody asks in this batch: the pointer is vm->zeros, which is never written */
  struct vm_places *places;    /* of references with many rows; NULL: none */
} vm_reg;

/* Where the references of a register lead, in the form in which bits behind them are fetched (kernels.h: place, placed): found once per batch for all that follow them. */
typedef struct vm_places {
  uint64_t stamp, wanted;      /* batch it was found for; batch in which somebody asked for one bitmap: only the next one pays */
  uint64_t *inside;            /* per word of rows; the memory of all three */
  uint32_t *from;              /* two of each word */
  uint8_t *at;                 /* per row */
  size_t cap;                  /* words */
} vm_places;

/* 64 rows of states (and truth) at once. */
typedef struct vm_word { uint64_t t, p[ANS_PLANES]; } vm_word;

typedef struct vm_step vm_step;
typedef ans_status vm_op(ans_vm *vm, const vm_step *st, vm_reg *d, size_t n, ans_error *err);

struct vm_step {
  const ans_insn *in;
  vm_op *op;
  uint32_t reg;                  /* in NULL: the mask that this step fills */
  uint32_t demand;               /* mask of the rows that matter, or ANS_NONE: all */
  uint32_t value_slot, bit_slot; /* ANS_NONE: none (one-row registers have storage of their own) */
  uint32_t output;               /* index into outputs or ANS_NONE */
  uint32_t first_patch, patches; /* results held by this register, into patch_results */
  uint32_t aux;                  /* group index (AGG_*, RANK) */
  uint64_t needs;                /* guards that the proof below rests on (range/range.h) */
  uint32_t first_guard, guards;  /* on this register, into ranges->guards */
  bool proven;                   /* cannot overflow in a batch that violates none of `needs` */
  bool total;                    /* … and has a value wherever its operands have one */
  bool one;                      /* the register has one row */
  bool fill;                     /* computed as one row, then repeated for every row */
  bool own;                      /* a fact that must be copied, because it can be overridden */
  bool narrow;                   /* values of 4 bytes */
  bool fits;                     /* arithmetic that is computed at 4 bytes (plan.c) */
};

typedef struct vm_slot { void *data; size_t size; } vm_slot; /* size: bytes of values, rows of bits */

/* Members of every target row of one reference register, built at most once per batch. */
typedef struct vm_groups {
  uint64_t stamp;                /* batch it was built for */
  uint32_t reg;
  bool identity;                 /* members are already ordered by target and all belong to one: items[k] = k */
  uint32_t *offsets;             /* targets + 1 */
  uint32_t *items;               /* member rows ordered by (target, row); unused when identity */
  uint32_t *loose;               /* members whose reference is unknown or worse, ascending */
  uint32_t loose_count;
  size_t target_cap, item_cap, loose_cap;
} vm_groups;

/* Rows of a derived unit in this batch: the day segments of every parent row. */
typedef struct vm_segments {
  uint32_t *days;                /* per parent row: day_words words; bit k % 32 of word k / 32 set = a segment starts on day k of the period */
  uint64_t *cut;                 /* bit per parent row: it may have more than one segment */
  uint32_t *first;               /* parent rows + 1 */
  int32_t *from, *to, *parent;   /* per segment; parent as a reference value */
  size_t parent_cap, cut_cap, row_cap;
} vm_segments;

/* Index of one parameter (lookup.c): nested elementary intervals, the day first, then one key after the other. */
typedef struct vm_lookup {
  uint64_t stamp;                /* law-known stamp it was built for; 0: not built */
  const ans_param_row *rows;     /* the rows known, in the order of the package */
  ans_param_row *own;            /* storage of rows when some are not known, else NULL */
  uint32_t count, levels;        /* levels: 1 + number of keys */
  bool indexed;                  /* false: too many elementary intervals, rows are scanned */
  int64_t *start;                /* per interval: its first value; ascending within a node */
  uint32_t *next;                /* per interval: node of the next level, on the last level the row; ANS_NONE: nothing there */
  uint32_t entries, entry_cap;
  struct vm_lookup_node { uint32_t first, count; } *nodes;
  uint32_t node_count, node_cap;
} vm_lookup;

/* One dimension of a small table (param.c): its elementary intervals, numbered from 1; 0 lies before the first. */
typedef struct vm_axis {
  int64_t *cuts;                 /* where an interval begins, ascending */
  uint32_t count, stride;        /* intervals; entries of the table that belong to one of them */
  int32_t *cuts4;                /* the first count4 of them, those below 2^31, at least -2^31: the same for keys of 4 bytes */
  uint32_t count4;
  int32_t *place;                /* stride times the interval of low, low + 1 …; NULL: the cuts are too far apart */
  int64_t low, span;             /* values at and beyond low + span - 1 are in the last interval */
} vm_axis;

/* A parameter as a table over all elementary intervals of day and keys, if that is small: then whole vectors of rows are looked up. */
typedef struct vm_table {
  uint64_t stamp;                /* law-known stamp it was made for; 0: not made */
  uint64_t asked, wait;          /* rows asked so far; not made before as many: a table is not for a few */
  bool made;                     /* false with a stamp: too large */
  uint32_t entries;
  vm_axis axis[1 + ANS_MAX_KEYS]; /* 0: the day */
  int64_t *memory;               /* holds the arrays below and those of the axes */
  int64_t *value;
  int32_t *value4;               /* the same, modulo 2^32 */
  uint64_t *found;
} vm_table;

/* Rows of one timeline fact that do not change in the period: they are in their tail, or in their neck, from its first to its last day. */
typedef struct vm_settled {
  uint64_t stamp, filled;        /* batch that the bits, that the cells were made for */
  uint64_t *bits, *necks;        /* all of them; those in their neck */
  bool some_neck;
  size_t cap;                    /* words per bitmap */
  uint8_t top;
  uint64_t *truth, *planes[ANS_PLANES]; /* cells of these rows in the period; those of other rows mean nothing */
  const int64_t *v8;             /* values: 4 bytes where the fact's fit (ans_fact_bytes) */
  const int32_t *v4;
  void *made;                    /* their storage, where they are not a column as it is */
  size_t made_bytes;
} vm_settled;

typedef struct vm_output {
  uint32_t reg;
  int64_t *v;
  uint64_t *bits[ANS_PLANES + 1]; /* truth, then planes; zero beyond `rows` */
  size_t rows;                   /* written in this run */
  size_t value_cap, bit_cap[ANS_PLANES + 1];
  ans_scalar cell;               /* of a one-row register */
} vm_output;

typedef struct vm_scratch { void *data; size_t bytes; } vm_scratch;

struct ans_vm {
  const ans_program *program;
  const vm_kernels *k;           /* NULL: ANSPRUCH_ISA names none; no run then */
  uint32_t chunk;
  size_t bytes;                  /* allocated for buffers */
  /* plan */
  vm_step *steps;
  uint32_t step_count, once_count; /* the first once_count steps have one row and run once per run */
  uint32_t *patch_results;
  uint32_t group_count, output_count;
  vm_demand demand;
  /* storage */
  vm_reg *regs;                  /* insn_count */
  int64_t *one_values;           /* per once step */
  uint64_t *one_bits;            /* per once step: truth and five planes */
  vm_slot *value_slots, *bit_slots;
  uint32_t value_slot_count, bit_slot_count;
  vm_groups *groups;
  vm_places *places; uint32_t place_count;
  vm_segments *segments;         /* per unit */
  vm_settled *settled;           /* per fact */
  vm_lookup *lookups;            /* per parameter of the program */
  vm_table *tables;              /* the same */
  vm_output *outputs;
  uint32_t *output_of;           /* insn_count: output index or ANS_NONE */
  vm_scratch reciprocals;        /* of small divisors (ops_round.c), made when first needed */
  vm_scratch zeros;              /* read only: what nobody computed, and planes that a register does not have */
  vm_scratch scratch[8];         /* 0: member words, 1: prefix sums or rank entries, 2, 3: repeated one-row operands, 4 … 6: operands at another width, 7: a result at 8 bytes */
  ans_ranges *ranges;
  /* current run and batch */
  uint64_t violated, violated_once; /* guards that the batch so far, that the one-row registers violate */
  const ans_columns *columns;
  int32_t period, law_known;
  uint64_t known_stamp;          /* changes with law_known; never 0 */
  int64_t day_first, day_last;
  uint32_t day_words;            /* words that hold one bit per day of the longest period of the package's kind: 1 for a month, 12 for a year */
  uint64_t run, batch;           /* stamps, never 0 */
  uint32_t comp_first, comp_end; /* components of the batch */
  uint32_t *rows;                /* per unit: rows in the batch */
  uint32_t *base;                /* per unit: absolute row of batch row 0 (0 for derived units) */
  uint32_t *run_first;           /* per base unit: absolute first row of the run */
  uint64_t *run_rows;            /* per base unit: rows of the run; per derived unit: rows of the batches before this one */
  void (*after_step)(ans_vm *vm, uint32_t step); /* NULL, or what a measuring program wants done after every step of a batch */
  struct vm_horizon *horizon;    /* NULL: nobody asks how long results hold (horizon.h); not owned */
};

/* --- memory (memory.c) ---------------------------------------------------------------------------------------------- */
/* Several times per step and batch, and nearly always large enough: so the test is inline. */
ans_status vm__grow_more(ans_vm *vm, void **data, size_t *cap, size_t count, size_t size, bool keep, ans_error *err) ANS_MUST_CHECK;
ans_status vm__more_zeros(ans_vm *vm, size_t words, ans_error *err) ANS_MUST_CHECK;
/* Grows *data to hold `count` items, contents lost (keep = false) or kept. Fails with LIMIT or MEMORY. */
ANS_MUST_CHECK static inline ans_status vm__grow(ans_vm *vm, void **data, size_t *cap, size_t count, size_t size, bool keep, ans_error *err) {
  return count <= *cap && *data ? ANS_OK : vm__grow_more(vm, data, cap, count, size, keep, err);
}
ANS_MUST_CHECK static inline ans_status vm__scratch(ans_vm *vm, unsigned which, size_t bytes, void **out, ans_error *err) {
  vm_scratch *s = &vm->scratch[which];
  ans_status status = vm__grow(vm, &s->data, &s->bytes, bytes, 1, false, err);
  *out = s->data;
  return status;
}
/* At least `words` words of zeros. */
ANS_MUST_CHECK static inline ans_status vm__zeros(ans_vm *vm, size_t words, const uint64_t **out, ans_error *err) {
  ans_status status = vm->zeros.data && words * sizeof(uint64_t) <= vm->zeros.bytes ? ANS_OK : vm__more_zeros(vm, words, err);
  *out = vm->zeros.data;
  return status;
}

/* --- bits ----------------------------------------------------------------------------------------------------------- */
static inline size_t vm__words(size_t rows) { return (rows + 63) / 64; }
/* Bits of word w that are rows of an n-row register. */
static inline uint64_t vm__keep(size_t n, size_t w) {
  return w + 1 < vm__words(n) || n % 64 == 0 ? ~UINT64_C(0) : (UINT64_C(1) << n % 64) - 1;
}
/* Clears the bits of the last word that are no rows. */
static inline void vm__tail(uint64_t *bits, size_t n) {
  if (n % 64) bits[n / 64] &= (UINT64_C(1) << n % 64) - 1;
}
static inline bool vm__bit(const uint64_t *bits, size_t i) { return bits[i >> 6] >> (i & 63) & 1; }
static inline vm_word vm__load(const vm_reg *r, size_t w) {
  vm_word x;
  size_t k = r->one ? 0 : w;
  x.t = r->t ? r->t[k] : 0;
  for (unsigned s = 0; s < ANS_PLANES; s++) x.p[s] = s < r->top ? r->p[s][k] : 0;
  return x;
}
/* Writes word w of d; only the first `limit` planes can be non-zero. seen collects what was written, for vm__settle. */
static inline void vm__store(vm_reg *d, size_t w, const vm_word *x, unsigned limit, uint64_t keep, uint64_t seen[ANS_PLANES]) {
  if (d->t) d->t[w] = x->t & keep;
  for (unsigned s = 0; s < limit; s++) {
    uint64_t b = x->p[s] & keep;
    d->p[s][w] = b;
    seen[s] |= b;
  }
}
static inline void vm__settle(vm_reg *d, unsigned limit, const uint64_t seen[ANS_PLANES]) {
  while (limit && !seen[limit - 1]) limit--;
  d->top = (uint8_t)limit;
}
static inline uint8_t vm__state(const vm_reg *r, size_t i) {
  uint8_t s = 0;
  if (r->one) i = 0;
  while (s < r->top && vm__bit(r->p[s], i)) s++;
  return s;
}
static inline bool vm__numbers(const vm_reg *r) { return !r->t; }
static inline int64_t vm__value(const vm_reg *r, size_t i) {
  if (r->one) i = 0;
  return r->v4 ? r->v4[i] : r->v8 ? r->v8[i] : (int64_t)vm__bit(r->t, i);
}
/* Sets a value (not a truth value) of a row; one that the width does not hold is of a row that does not count. */
static inline void vm__write(vm_reg *r, size_t i, int64_t v) {
  if (r->v4) r->v4[i] = (int32_t)(uint32_t)(uint64_t)v;
  else r->v8[i] = v;
}
static inline void vm__zero_values(vm_reg *r, size_t n) {
  if (r->v4) memset(r->v4, 0, n * sizeof *r->v4);
  if (r->v8) memset(r->v8, 0, n * sizeof *r->v8);
}
static inline ans_scalar vm__cell(const vm_reg *r, size_t i) { return (ans_scalar){vm__value(r, i), vm__state(r, i)}; }
static inline uint8_t vm__max(uint8_t a, uint8_t b) { return a > b ? a : b; }
/* A condition: not applicable becomes an error (semantics 2.2). */
static inline uint8_t vm__condition(uint8_t s) { return s == ANS_NOT_APPLICABLE ? ANS_ERRONEOUS : s; }
static inline void vm__condition_word(vm_word *x) {
  uint64_t na = x->p[0] & ~x->p[1];
  x->p[1] |= na; x->p[2] |= na; x->p[3] |= na;
}
static inline unsigned vm__condition_top(const vm_reg *r) { return r && r->top ? (r->top < 4 ? 4u : r->top) : 0; }

/* Whether the operation of a step needs no check in this batch. */
static inline bool vm__proven(const ans_vm *vm, const vm_step *st) { return st->proven && !(st->needs & vm->violated); }

/* --- whole registers (cells.c) -------------------------------------------------------------------------------------- */
/* d's planes become those of the strict operation over r[0..count): the word-wise maximum. Does not touch values. */
void vm__strict(const ans_vm *vm, vm_reg *d, const vm_reg *const *r, unsigned count, size_t n);
/* Restores the invariant: value 0, truth 0 where plane 0 is set. */
void vm__clear(const ans_vm *vm, vm_reg *d, size_t n);
/* Raises cell i to at least `state` (a new plane is zeroed first); the caller restores the invariant with vm__clear. */
void vm__raise(vm_reg *d, size_t n, size_t i, uint8_t state);
/* Raises the cells of the rows in `bits` (which have a value) to `state`; the caller restores the invariant with vm__clear. */
void vm__raise_rows(vm_reg *d, size_t n, const uint64_t *bits, uint8_t state);
/* Drops planes that have become empty. */
void vm__drop(vm_reg *d, size_t n);
/* Sets one cell exactly. */
void vm__set(vm_reg *d, size_t n, size_t i, ans_scalar x);
/* Copies n bits of src from bit `first` to dst bit 0; returns the OR of the words written. */
uint64_t vm__window(const ans_vm *vm, uint64_t *dst, const uint64_t *src, size_t first, size_t n);
/* A view of r with n rows: r itself, or a one-row register repeated into the scratch area `which` (2 or 3). */
ans_status vm__expand(ans_vm *vm, unsigned which, const vm_reg *r, size_t n, vm_reg *out, ans_error *err) ANS_MUST_CHECK;
/* d = a where g is true, else b, each with its state. g has n rows and counts as false where it has no value (ops_logic.c). */
ans_status vm__choose(ans_vm *vm, vm_reg *d, const vm_reg *g, const vm_reg *a, const vm_reg *b, size_t n, ans_error *err) ANS_MUST_CHECK;
/* Values of a column of a fact, from row `first` on, at the width that columns have: the other pointer is NULL. */
typedef struct vm_cells { const int64_t *v8; const int32_t *v4; } vm_cells;
static inline vm_cells vm__column(const ans_column *c, size_t first) {
  const void *at = c->values.data ? ans_values_at(&c->values, first) : NULL;
  return c->values.bytes == 4 ? (vm_cells){NULL, at} : (vm_cells){at, NULL};
}
/* The values of r at 4 bytes (narrow) or 8: r itself or a copy in the scratch area `which` (4 … 6). A column or a single row, as r; states stay. What 4 bytes do not hold wraps. */
ans_status vm__as(ans_vm *vm, unsigned which, bool narrow, const vm_reg *r, size_t n, vm_reg *out, ans_error *err) ANS_MUST_CHECK;
/* The same for 4 bytes, but false if r is of 8 bytes and not a single row that fits. room: for that row. */
bool vm__fits4(const vm_reg *r, int32_t *room, vm_reg *out);
/* n values from cells that have the width of d or the other. */
void vm__copy(const ans_vm *vm, vm_reg *d, vm_cells from, size_t n);
/* Where 8 byte kernels put the result of d: in d, or in scratch area 7, from where vm__result brings it to d. */
ans_status vm__wide_result(ans_vm *vm, const vm_reg *d, size_t n, int64_t **out, ans_error *err) ANS_MUST_CHECK;
static inline void vm__result(const ans_vm *vm, vm_reg *d, const int64_t *wide, size_t n) {
  if (d->v4) vm->k->narrow(d->v4, wide, n);
}
/* All n rows get v. */
static inline void vm__repeat(vm_reg *d, int64_t v, size_t n) {
  const int32_t v4 = (int32_t)(uint32_t)(uint64_t)v;
  for (size_t i = 0; d->v4 && i < n; i++) d->v4[i] = v4;
  for (size_t i = 0; d->v8 && i < n; i++) d->v8[i] = v;
}
/* t = rows whose value lies within [lo, hi]; spare: room for as many bits. */
void vm__within(const ans_vm *vm, uint64_t *t, uint64_t *spare, const vm_reg *r, int64_t lo, int64_t hi, size_t n);
/* Whether some row has a value outside [lo, hi]. */
static inline bool vm__outside(const vm_kernels *k, const vm_reg *r, int64_t lo, int64_t hi, size_t n) {
  return r->v4 ? k->v4.outside(r->v4, lo, hi, n) : k->v8.outside(r->v8, lo, hi, n);
}
/* Repeats row 0 of d for n rows, in place. */
void vm__fill(vm_reg *d, size_t n);

/* --- demanded rows -------------------------------------------------------------------------------------------------- */
/* The rows in which the register of st matters: NULL means all of its n rows. Only rows of this mask need exact cells. */
static inline const uint64_t *vm__demand(const ans_vm *vm, const vm_step *st) {
  const vm_mask *m = st->demand == ANS_NONE || st->fill ? NULL : &vm->demand.masks[st->demand];
  return m && !m->all ? m->bits : NULL;
}
/* So few that going row by row beats a kernel over all rows. */
static inline bool vm__few(const ans_vm *vm, const vm_step *st, size_t n) { return vm__demand(vm, st) && vm->demand.masks[st->demand].count < n / 8; }

/* The demanded ones of n rows, ascending. */
typedef struct vm_rows { const uint64_t *need; size_t n, w; uint64_t todo; } vm_rows;
static inline vm_rows vm__rows(const uint64_t *need, size_t n) { return (vm_rows){need, n, 0, n ? (need ? need[0] : ~UINT64_C(0)) & vm__keep(n, 0) : 0}; }
static inline bool vm__next(vm_rows *r, size_t *i) {
  while (!r->todo) {
    if (++r->w >= vm__words(r->n)) return false;
    r->todo = (r->need ? r->need[r->w] : ~UINT64_C(0)) & vm__keep(r->n, r->w);
  }
  *i = r->w * 64 + (size_t)__builtin_ctzll(r->todo);
  r->todo &= r->todo - 1;
  return true;
}
/* Makes every row of d the neutral cell: a value of 0, or false. Rows that nobody demands hold it where an operation goes row by row. */
static inline void vm__neutral(vm_reg *d, size_t n) {
  d->top = 0;
  vm__zero_values(d, n);
  if (d->t) memset(d->t, 0, vm__words(n) * sizeof *d->t);
}

/* Row-wise results are collected 64 at a time; with a mask, they are set one by one in a neutral register. */
typedef struct vm_writer { vm_reg *d; size_t n; const uint64_t *need; vm_word word; uint64_t seen[ANS_PLANES]; } vm_writer;
static inline vm_writer vm__writer(const ans_vm *vm, const vm_step *st, vm_reg *d, size_t n) {
  const vm_writer x = {.d = d, .n = n, .need = vm__demand(vm, st)};
  if (x.need) vm__neutral(d, n);
  return x;
}
static inline void vm__put(vm_writer *x, size_t i, int64_t v, uint8_t state) {
  uint64_t bit = UINT64_C(1) << (i & 63);
  if (x->need) {
    if (state) vm__raise(x->d, x->n, i, state);
    else if (!x->d->t) vm__write(x->d, i, v);
    else if (v) x->d->t[i >> 6] |= bit;
    return;
  }
  if (!x->d->t) vm__write(x->d, i, state ? 0 : v);
  else if (!state && v) x->word.t |= bit;
  for (unsigned s = 0; s < state; s++) x->word.p[s] |= bit;
  if ((i & 63) == 63 || i + 1 == x->n) {
    vm__store(x->d, i >> 6, &x->word, ANS_PLANES, ~UINT64_C(0), x->seen);
    x->word = (vm_word){0};
    if (i + 1 == x->n) vm__settle(x->d, ANS_PLANES, x->seen);
  }
}

/* --- parameters (lookup.c) ------------------------------------------------------------------------------------------ */
/* Builds l for the rows promulgated on or before law_known, if `stamp` is new. Memory is bounded: see LOOKUP_MAX_ENTRIES. */
ans_status vm__lookup_build(vm_lookup *l, const ans_program *p, uint32_t param, int32_t law_known, uint64_t stamp, ans_error *err) ANS_MUST_CHECK;
/* The value on a day for l->levels - 1 keys. steps, if not NULL, is raised by the number of comparisons: the same for every row of a table. */
bool vm__lookup_find(const vm_lookup *l, int64_t day, const int64_t *keys, int64_t *v, uint64_t *steps);
void vm__lookup_free(vm_lookup *l);
void vm__table_free(vm_table *t);

/* One row of an operation on dates (months.add, years.done, month.of, year.of, month.first, month.last, workday); false if it has no result (ops_value.c). */
bool vm__date(const ans_insn *in, int64_t a, int64_t b, int64_t *r);

/* --- units ---------------------------------------------------------------------------------------------------------- */
/* Rows of a component of the batch, relative to the batch. */
void vm__component_rows(const ans_vm *vm, uint32_t unit, uint32_t component, uint32_t *lo, uint32_t *hi);
uint32_t vm__component_of(const ans_vm *vm, uint32_t unit, uint32_t row);
static inline bool vm__derived(const ans_vm *vm, uint32_t unit) { return vm->program->units[unit].parent != ANS_NONE; }

/* Bits of src behind references: d[i] = src bit ref[i] - base, 0 where that is not below limit; returns the OR of the words. ordered: the references are
 * those of a SPLIT and all inside. base, limit and n are those of the register's target and rows, in every call of a batch the same. */
uint64_t vm__gather_bits(ans_vm *vm, bool ordered, uint64_t *d, const vm_reg *ref, int64_t base, const uint64_t *src, uint64_t limit, size_t n);
/* The same for `count` bitmaps, at most VM_MANY. */
void vm__gather_many(ans_vm *vm, bool ordered, unsigned count, uint64_t *const *d, const vm_reg *ref, int64_t base, const uint64_t *const *src, uint64_t limit, size_t n);
/* The same for values, at the width of the source; d has it or the other one. */
ans_status vm__gather_values(ans_vm *vm, vm_reg *d, const int32_t *ref, int64_t base, vm_cells src, uint64_t limit, size_t n, ans_error *err) ANS_MUST_CHECK;
/* --- timelines ------------------------------------------------------------------------------------------------------ */
/* Rows of the batch (of the fact's unit) that do not change in the period; NULL if the columns hold no tails. */
ans_status vm__settled(ans_vm *vm, uint32_t fact, vm_settled **out, ans_error *err) ANS_MUST_CHECK;

/* --- groups --------------------------------------------------------------------------------------------------------- */
ans_status vm__groups_build(ans_vm *vm, uint32_t index, const vm_groups **out, ans_error *err) ANS_MUST_CHECK;

/* --- demand (masks.c) ----------------------------------------------------------------------------------------------- */
/* Fills mask `index` for the rows of the batch. */
ans_status vm__mask_fill(ans_vm *vm, uint32_t index, ans_error *err) ANS_MUST_CHECK;

/* --- arithmetic ----------------------------------------------------------------------------------------------------- */
/* Form of a two-operand kernel (kernels.h). */
static inline unsigned vm__form(const vm_reg *a, const vm_reg *b) { return a->one == b->one ? 0 : a->one ? 1 : 2; }
/* Bits of the largest magnitude of n rows of 8 bytes. */
static inline unsigned vm__magnitude_bits(const vm_kernels *k, const vm_reg *r, size_t n) {
  const uint64_t all = k->magnitude(r->v8, r->one ? 1 : n);
  return all ? 64u - (unsigned)__builtin_clzll(all) : 0;
}
/* Redoes every demanded row of a strict operation exactly; rows without a result become errors (ops_value.c). */
void vm__redo(const ans_vm *vm, const vm_step *st, vm_reg *d, const vm_reg *a, const vm_reg *b, size_t n);

/* --- operations, one per family ------------------------------------------------------------------------------------- */
vm_op vm__op_const, vm__op_period, vm__op_fact, vm__op_self, vm__op_human, vm__op_param;
vm_op vm__op_split, vm__op_segment, vm__op_seg_find, vm__op_timeline;
vm_op vm__op_text_is, vm__op_list_has, vm__op_list_count;
vm_op vm__op_gather, vm__op_count, vm__op_sum, vm__op_minmax, vm__op_any, vm__op_rank;
vm_op vm__op_not, vm__op_and, vm__op_or, vm__op_guard, vm__op_known, vm__op_present, vm__op_default, vm__op_select, vm__op_resolve;
vm_op vm__op_arith, vm__op_divide, vm__op_mul_round, vm__op_unit, vm__op_compare, vm__op_date, vm__op_holiday, vm__op_timeline_days;

/* --- plan (plan.c) -------------------------------------------------------------------------------------------------- */
static inline const vm_reg *vm__reg(const ans_vm *vm, uint32_t reg) { return &vm->regs[reg]; }
/* ans_vm_new with registers that are watched (demand.h); watched may be NULL. */
ans_vm *vm__new(const ans_program *p, const uint32_t *wanted, uint32_t n, uint32_t chunk, const uint8_t *watched);
/* Whether the operation depends on the row, whatever its operands are. */
bool vm__reads_rows(ans_opcode op);
#endif
