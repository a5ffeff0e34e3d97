/* Inner loops of the vector VM: plain C without branches in the common case, written once (kernels.inc) and compiled for several
 * instruction sets (kernels_*.c). All variants give identical results: integers only.
 *
 * forms of two-operand kernels: 0 both have n rows, 1 the first has one row, 2 the second has one row.
 * Shapes: values int64[n], in columns of facts int32[n] too; bitmaps ceil(n/64) words with zero tail. Buffers never overlap. */
#ifndef ANS_EXEC_KERNELS_H
#define ANS_EXEC_KERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns non-zero if some row may be wrong (overflow); the caller then redoes the rows exactly. */
typedef uint64_t vm_arith(int64_t *d, const int64_t *a, const int64_t *b, size_t n);
typedef void vm_pick(int64_t *d, const int64_t *a, const int64_t *b, size_t n);
typedef void vm_compare(uint64_t *t, const int64_t *a, const int64_t *b, size_t n);
/* Word by word; the result is the OR of the words written. d overlaps no operand. */
typedef uint64_t vm_bits(uint64_t *d, const uint64_t *a, const uint64_t *b, size_t words);
/* d = bit of m ? a : b */
typedef void vm_blend(int64_t *d, const uint64_t *m, const int64_t *a, const int64_t *b, size_t n);

/* Timelines of 64 rows. rows NULL: row k is row0 + k; otherwise rows[k], which counts only within [low, low + count). days: day of row k, or of all. */
typedef struct vm_lines {
  const uint32_t *offsets;
  const struct ans_interval *items;
  const int64_t *rows, *days;
  int64_t row0, low, count;
  bool one_day;
} vm_lines;

enum { VM_MANY = 8 };

typedef struct vm_kernels {
  const char *name;
  vm_arith *add[3], *sub[3], *mul[3], *neg;
  vm_pick *plain_add[3], *plain_sub[3], *plain_mul[3]; /* without looking for overflow */
  vm_pick *min[3], *max[3];
  vm_compare *eq[3], *lt[3], *le[3];
  vm_blend *blend[4];            /* bit 0 of the index: a has one row; bit 1: b has one row */
  vm_bits *both, *either, *without, *neither, *differ; /* a & b, a | b, a & ~b, ~(a | b), a ^ b */
  uint64_t (*window)(uint64_t *d, const uint64_t *a, unsigned shift, size_t words); /* a[w] >> shift, filled up from a[w + 1]; 0 < shift < 64 */
  uint64_t (*join)(uint64_t *d, const uint64_t *a, const uint64_t *b, const uint64_t *off, size_t words); /* (a | b) & ~off */
  uint64_t (*mix)(uint64_t *d, const uint64_t *m, const uint64_t *a, const uint64_t *b, size_t words); /* (a & m) | (b & ~m) */
  uint64_t (*put)(uint64_t *d, const uint64_t *a, const uint64_t *m, size_t words); /* d = (d & ~m) | (a & m), in place; returns the OR of d */
  uint64_t (*add_bits)(uint64_t *d, const uint64_t *a, size_t words);   /* d |= a; returns the OR of d */
  uint64_t (*drop_bits)(uint64_t *d, const uint64_t *m, size_t words);  /* d &= ~m; returns the OR of d */
  size_t (*population)(const uint64_t *a, size_t words);                /* bits set */
  /* d |= from & ((a | b) ^ flip), in place; from NULL: every bit */
  void (*ask)(uint64_t *d, const uint64_t *from, const uint64_t *a, const uint64_t *b, uint64_t flip, size_t words);
  /* Rows of `todo` whose first or last interval has a value on the row's day: v (64 values; may be NULL) gets it, and so does *truth, a bit per row that is not 0.
   * Other rows of v may change. Rows not returned have to be searched. */
  uint64_t (*lines_at)(const vm_lines *s, uint64_t todo, int64_t *v, uint64_t *truth);
  /* One segment for each of `count` parents from number `parent` on: the whole period. first[k]: its row. */
  void (*segments)(int64_t *from, int64_t *to, int64_t *parents, uint32_t *first, uint32_t row, int64_t parent, int64_t day_first, int64_t day_last, size_t count);
  void (*fill)(uint32_t *d, uint32_t v, size_t n);
  /* d[i] = first[ref[i] - base], 0 where that is not below limit */
  void (*first_of)(int64_t *d, const int64_t *ref, int64_t base, const uint32_t *first, uint64_t limit, size_t n);
  void (*reached)(uint64_t *t, const uint16_t *since, uint16_t day, size_t n); /* bit k: since[k] <= day */
  /* Rows of `todo` that have intervals, neither the first nor the last of which covers all days from … to: something may change in between. */
  uint64_t (*lines_change)(const vm_lines *s, uint64_t todo, int64_t from, int64_t to);
  void (*clear)(int64_t *d, const uint64_t *m, size_t n); /* d = 0 where m's bit is set */
  /* d = a where m's bit is set; one: a has one row */
  void (*take)(int64_t *d, const uint64_t *m, const int64_t *a, bool one, size_t n);
  /* d = round(a / b) for a divisor other than 0 and -1; mode is ans_rounding. Always exact. */
  void (*divide)(int64_t *d, const int64_t *a, int64_t b, int mode, size_t n);
  /* d = round(a·b·up / down), down >= 4. Exact when a·b·up has at most 63 + shift bits, b·up at most 63, and 2^(shift+2) <= down. [0]: both have n rows, [1]: b has one. */
  void (*scale[2])(int64_t *d, const int64_t *a, const int64_t *b, int64_t up, int64_t down, unsigned shift, int mode, size_t n);
  /* d[i] = round(a[i] / b[i]), reciprocals[k] = floor((2^64 - 1) / k) for 1 <= k < limit. Exact for |a[i]| <= 2^63 - 1; rows whose divisor is not in the table are left anyhow. */
  void (*divide_each)(int64_t *d, const int64_t *a, const int64_t *b, const uint64_t *reciprocals, int64_t limit, int mode, size_t n);
  /* Calendar (semantics 4.1); non-zero if some row may be wrong. birthday: the years-th one; month_of: month number (unit 1) or
   * year (unit 12) of a day; month_edge: first (last = 0) or last day of a month number; add_months: see ans_clip. */
  uint64_t (*birthday)(int64_t *d, const int64_t *a, int64_t years, size_t n);
  uint64_t (*month_of)(int64_t *d, const int64_t *a, int64_t unit, size_t n);
  uint64_t (*month_edge)(int64_t *d, const int64_t *a, int64_t last, size_t n);
  uint64_t (*add_months)(int64_t *d, const int64_t *a, int64_t months, int clip, size_t n);
  /* true if some value is outside [lo, hi] */
  bool (*outside)(const int64_t *a, int64_t lo, int64_t hi, size_t n);
  /* Smallest and largest value of the rows in m (NULL: all); *lo > *hi if there is none. */
  void (*bounds)(const int64_t *a, const uint64_t *m, size_t n, int64_t *lo, int64_t *hi);
  /* d[i] = src[ref[i] - base], 0 where that is not below limit */
  void (*gather)(int64_t *d, const int64_t *ref, int64_t base, const int64_t *src, uint64_t limit, size_t n);
  /* the same for bits; returns the OR of the words written */
  uint64_t (*gather_bits)(uint64_t *d, const int64_t *ref, int64_t base, const uint64_t *src, uint64_t limit, size_t n);
  /* Sets bit ref[i] - base, where that is below limit, for every row i of `from` (NULL: all) that is not in `without` (may be NULL) */
  void (*scatter)(uint64_t *d, const int64_t *ref, int64_t base, const uint64_t *from, const uint64_t *without, uint64_t limit, size_t n);
  /* Columns of facts that have four bytes a value: d = a; d = bit of m ? a : b; gather, into four or eight bytes */
  void (*widen)(int64_t *d, const int32_t *a, size_t n);
  void (*blend_narrow)(int32_t *d, const uint64_t *m, const int32_t *a, const int32_t *b, size_t n);
  void (*gather_narrow)(int32_t *d, const int64_t *ref, int64_t base, const int32_t *src, uint64_t limit, size_t n);
  void (*gather_widen)(int64_t *d, const int64_t *ref, int64_t base, const int32_t *src, uint64_t limit, size_t n);
  /* at[i] = start + from[i] + the place of key[i] in a dimension of a table; from NULL: 0. listed: place[key - low] for keys within [low, low + span), the first or last place
   * for others. counted: stride for every one of the ascending cuts that is not above the key. at may be from. */
  void (*listed)(int64_t *at, const int64_t *from, int64_t start, const int64_t *key, int64_t low, int64_t span, const int64_t *place, size_t n);
  void (*counted)(int64_t *at, const int64_t *from, int64_t start, const int64_t *key, const int64_t *cuts, size_t count, int64_t stride, size_t n);
  /* gather_bits for `count` bitmaps (at most VM_MANY) behind the same references */
  void (*gather_many)(unsigned count, uint64_t *const *d, const int64_t *ref, int64_t base, const uint64_t *const *src, uint64_t limit, size_t n);
  /* OR of the magnitudes of a */
  uint64_t (*magnitude)(const int64_t *a, size_t n);
  /* run[0] = 0, run[k+1] = run[k] + a[k] where m's bit k is set (m may be NULL), modulo 2^64 */
  void (*prefix)(uint64_t *run, const int64_t *a, const uint64_t *m, size_t n);
  /* d[t] = run[offsets[t+1]] - run[offsets[t]] */
  void (*spans)(int64_t *d, const uint64_t *run, const uint32_t *offsets, size_t n);
  /* d[t] = bits of m among offsets[t] … offsets[t+1] - 1, or among the items at those places */
  void (*counts)(int64_t *d, const uint64_t *m, const uint32_t *items, const uint32_t *offsets, size_t n);
  void (*lengths)(int64_t *d, const uint32_t *offsets, size_t n);
} vm_kernels;

/* The fastest variant this processor can run. */
const vm_kernels *vm__kernels(void);
/* The variant called portable, avx2 or avx512; NULL if there is none of that name or this processor cannot run it. NULL or "": the fastest. */
const vm_kernels *vm__kernels_named(const char *name);
extern const vm_kernels vm__kernels_base;
/* The scalar division behind `divide`: false if b is 0 or the quotient does not fit. */
bool vm__divide(int64_t a, int64_t b, int mode, int64_t *q);
#endif
