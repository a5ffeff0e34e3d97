/* Inner loops of the vector VM: plain C without branches in the common case, written once (kernels.inc) and compiled for several
 * instruction sets (kernels_*.c). All variants give identical results: integers only.
 *
 * forms of two-operand kernels: 0 both have n rows, 1 the first has one row, 2 the second has one row.
 * Shapes: values int64[n] (v8) or int32[n] (v4), both operands and the result at one width; references, days and months int32[n]; bitmaps ceil(n/64) words with zero tail.
 * Buffers never overlap. Rows of the batch are below 2^24 and those of a unit below 2^31, so that references, and their distance from the first row, fit 32 bits. */
#ifndef ANS_EXEC_KERNELS_H
#define ANS_EXEC_KERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "code/state.h"

/* Returns non-zero if some row may be wrong (overflow); the caller then redoes the rows exactly. */
typedef uint64_t vm_arith(int64_t *d, const int64_t *a, const int64_t *b, size_t n);
/* Word by word; the result is the OR of the words written. d overlaps no operand. */
typedef uint64_t vm_bits(uint64_t *d, const uint64_t *a, const uint64_t *b, size_t words);

/* Timelines of 64 rows. rows NULL: row k is row0 + k; otherwise rows[k], which counts only within [low, low + count). days: day of row k, or of all. */
typedef struct vm_lines {
  const uint32_t *offsets;
  const struct ans_interval *items;
  const int32_t *rows, *days;
  int64_t row0, low, count;
  bool one_day;
} vm_lines;

enum { VM_MANY = 8, VM_WINDOW = 4 /* words: a place is a byte */ };
#define VM_FAR UINT32_MAX

/* A rule on its way into the merged cells of its rank (resolve.c): where it certainly applies, its consequence, and what earlier rules have left. */
typedef struct vm_rule_bits { const uint64_t *live, *have, *fresh, *again, *truth, *planes[ANS_PLANES]; } vm_rule_bits;
/* Members of groups (groups.c): truth and first plane of the filter; truth and the first two planes of the element. */
typedef struct vm_member_bits { const uint64_t *filter, *filter_open, *truth, *stateful, *open; } vm_member_bits;

/* The kernels that exist for values of 8 and of 4 bytes. */
#define VM_VALUES(V)                                                                                                    \
  void (*plain_add[3])(V *d, const V *a, const V *b, size_t n), (*plain_sub[3])(V *d, const V *a, const V *b, size_t n); \
  void (*plain_mul[3])(V *d, const V *a, const V *b, size_t n); /* without looking for overflow: what passes the width wraps */ \
  void (*min[3])(V *d, const V *a, const V *b, size_t n), (*max[3])(V *d, const V *a, const V *b, size_t n);            \
  void (*eq[3])(uint64_t *t, const V *a, const V *b, size_t n), (*lt[3])(uint64_t *t, const V *a, const V *b, size_t n); \
  void (*le[3])(uint64_t *t, const V *a, const V *b, size_t n);                                                         \
  void (*blend[4])(V *d, const uint64_t *m, const V *a, const V *b, size_t n); /* d = bit of m ? a : b. Bit 0 of the index: a has one row; bit 1: b has one row */ \
  void (*take)(V *d, const uint64_t *m, const V *a, bool one, size_t n); /* d = a where m's bit is set; one: a has one row */ \
  void (*clear)(V *d, const uint64_t *m, size_t n);              /* d = 0 where m's bit is set */                       \
  bool (*outside)(const V *a, int64_t lo, int64_t hi, size_t n); /* true if some value is outside [lo, hi] */           \
  /* Smallest and largest value of the rows in m (NULL: all); *lo > *hi if there is none. */                            \
  void (*bounds)(const V *a, const uint64_t *m, size_t n, int64_t *lo, int64_t *hi);                                    \
  void (*gather)(V *d, const int32_t *ref, int64_t base, const V *src, uint64_t limit, size_t n); /* d[i] = src[ref[i] - base], 0 where that is not below limit */ \
  /* Rows of `todo` whose first or last interval has a value on the row's day: v (64 values; may be NULL) gets it, and so does *truth, a bit per row that is not 0. \
   * Other rows of v may change. Rows not returned have to be searched. */                                              \
  uint64_t (*lines_at)(const vm_lines *s, uint64_t todo, V *v, uint64_t *truth);                                        \
  /* What a key stands for in a dimension of a table. listed: d[i] = start + from[i] + place[key - low] for keys within [low, low + span), the first or last entry for others; \
   * from NULL: 0. low + span - 1 fits 32 bits. counted: the same with stride for every one of the ascending cuts that is not above the key. d may be from. */ \
  void (*listed)(V *d, const V *from, V start, const int32_t *key, int32_t low, int32_t span, const V *place, size_t n); \
  void (*counted)(int32_t *d, const int32_t *from, int32_t start, const V *key, const V *cuts, size_t count, int32_t stride, size_t n); \
  void (*prefix)(uint64_t *run, const V *a, const uint64_t *m, size_t n); /* run[0] = 0, run[k+1] = run[k] + a[k] where m's bit k is set (m may be NULL), modulo 2^64 */ \
  void (*spans)(V *d, const uint64_t *run, const uint32_t *offsets, size_t n); /* d[t] = run[offsets[t+1]] - run[offsets[t]] */ \
  /* d[t] = bits of m among offsets[t] … offsets[t+1] - 1, or among the items at those places */                        \
  void (*counts)(V *d, const uint64_t *m, const uint32_t *items, const uint32_t *offsets, size_t n);                    \
  void (*lengths)(V *d, const uint32_t *offsets, size_t n)
typedef struct vm_kernels8 { VM_VALUES(int64_t); } vm_kernels8;
typedef struct vm_kernels4 { VM_VALUES(int32_t); } vm_kernels4;

typedef struct vm_kernels {
  const char *name;
  bool places;                   /* `placed` is so much quicker than `gather_bits` that finding places pays */
  vm_arith *add[3], *sub[3], *mul[3], *neg;
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
  /* States of rules and members (kernels_cells.inc); what is written overlaps nothing else. */
  void (*rule_plane)(uint64_t *d, const uint64_t *live, const uint64_t *have, const uint64_t *x, size_t words); /* d = (d & (have | ~live)) | (x & live) */
  /* fresh: values of live rows that had none, again: that had one; valued |= both. Returns the OR of fresh, *repeated is that of again. */
  uint64_t (*rule_values)(uint64_t *fresh, uint64_t *again, uint64_t *valued, const uint64_t *live, const uint64_t *stateful, uint64_t *repeated, size_t words);
  void (*rule_truth)(uint64_t *d, uint64_t *stays, uint64_t *clash, const vm_rule_bits *x, size_t words);
  /* By the planes of a condition: rows in which the rule is possible (returned as OR), those where the condition is broken or a conflict, those that call for a human. */
  uint64_t (*rule_open)(uint64_t *open, uint64_t *broken, uint64_t *clash, uint64_t *human, const uint64_t *const live[ANS_PLANES], const uint64_t *const planes[ANS_PLANES], size_t words);
  /* Possible rows whose consequence (x: truth, then planes) is another cell than the merged one (d); a certain truth stands where the consequence yields to it. check: rows with equal states
   * that both have a value, whose numbers must be compared; returns their OR. */
  uint64_t (*rule_change)(uint64_t *differ, uint64_t *check, const uint64_t *open, const uint64_t *have, const uint64_t *const d[ANS_PLANES + 1], const uint64_t *const x[ANS_PLANES + 1], size_t words);
  void (*members_any)(uint64_t *take, uint64_t *silent, const vm_member_bits *m, size_t words);
  void (*members_all)(uint64_t *take, uint64_t *silent, const vm_member_bits *m, size_t words);
  void (*members_value)(uint64_t *take, uint64_t *silent, const vm_member_bits *m, size_t words);
  /* One segment for each of `count` parents from number `parent` on: the whole period. first[k]: its row. */
  void (*segments)(int32_t *from, int32_t *to, int32_t *parents, uint32_t *first, uint32_t row, int32_t parent, int32_t day_first, int32_t day_last, size_t count);
  void (*fill)(uint32_t *d, uint32_t v, size_t n);
  /* d[i] = first[ref[i] - base], 0 where that is not below limit */
  void (*first_of)(int32_t *d, const int32_t *ref, int64_t base, const uint32_t *first, uint64_t limit, size_t n);
  /* necks: rows with neck_since <= first whose since is after last; bits: these, and rows with since <= first. Returns the OR of necks. first <= last. */
  uint64_t (*settled)(uint64_t *bits, uint64_t *necks, const uint16_t *since, const uint16_t *neck_since, uint16_t first, uint16_t last, size_t n);
  /* Rows of `todo` that have intervals, neither the first nor the last of which covers all days from … to: something may change in between. */
  uint64_t (*lines_change)(const vm_lines *s, uint64_t todo, int64_t from, int64_t to);
  /* d = round(a / b) for a divisor other than 0 and -1; mode is ans_rounding. Always exact. */
  void (*divide)(int64_t *d, const int64_t *a, int64_t b, int mode, size_t n);
  /* d = round(a·b·up / down), down >= 4. Exact when a·b·up has at most 63 + shift bits, b·up at most 63, and 2^(shift+2) <= down. [0]: both have n rows, [1]: b has one. */
  void (*scale[2])(int64_t *d, const int64_t *a, const int64_t *b, int64_t up, int64_t down, unsigned shift, int mode, size_t n);
  /* d[i] = round(a[i] / b[i]), reciprocals[k] = floor((2^64 - 1) / k) for 1 <= k < limit. Exact for |a[i]| <= 2^63 - 1; rows whose divisor is not in the table are left anyhow. */
  void (*divide_each)(int64_t *d, const int64_t *a, const int64_t *b, const uint64_t *reciprocals, int64_t limit, int mode, size_t n);
  /* Calendar (semantics 4.1); non-zero if some row may be wrong. birthday: the years-th one; month_of: month number (unit 1) or
   * year (unit 12) of a day; month_edge: first (last = 0) or last day of a month number; add_months: see ans_clip. */
  uint64_t (*birthday)(int32_t *d, const int32_t *a, int64_t years, size_t n);
  uint64_t (*month_of)(int32_t *d, const int32_t *a, int64_t unit, size_t n);
  uint64_t (*month_edge)(int32_t *d, const int32_t *a, int64_t last, size_t n);
  uint64_t (*add_months)(int32_t *d, const int32_t *a, int64_t months, int clip, size_t n);
  /* Bits of src behind references: d[i] = src bit ref[i] - base, 0 where that is not below limit; returns the OR of the words written */
  uint64_t (*gather_bits)(uint64_t *d, const int32_t *ref, int64_t base, const uint64_t *src, uint64_t limit, size_t n);
  /* Places behind references, for `placed`: 32 rows at a time, from[i / 32] is the word of the source at which the VM_WINDOW words begin that hold all their bits, and at[i] the bit of row i
   * in these; VM_FAR: they lie farther apart. inside[w]: the rows whose reference leads into the source. at and from have room for whole words of rows, and all of it is written. */
  void (*place)(uint8_t *at, uint32_t *from, uint64_t *inside, const int32_t *ref, int64_t base, uint64_t limit, size_t n);
  /* gather_bits with the places of the same references, base, limit > 0 and n */
  uint64_t (*placed)(uint64_t *d, const uint8_t *at, const uint32_t *from, const uint64_t *inside, const int32_t *ref, int64_t base, const uint64_t *src, uint64_t limit, size_t n);
  /* Sets bit ref[i] - base, where that is below limit, for every row i of `from` (NULL: all) that is not in `without` (may be NULL) */
  void (*scatter)(uint64_t *d, const int32_t *ref, int64_t base, const uint64_t *from, const uint64_t *without, uint64_t limit, size_t n);
  /* OR of the magnitudes of a */
  uint64_t (*magnitude)(const int64_t *a, size_t n);
  void (*widen)(int64_t *d, const int32_t *a, size_t n);
  void (*narrow)(int32_t *d, const int64_t *a, size_t n); /* modulo 2^32: for values that fit */
  void (*nearest)(int32_t *d, const int64_t *a, int64_t low, int64_t high, size_t n); /* how far the nearest number of [low, high] lies above low; high - low fits 31 bits */
  vm_kernels8 v8;
  vm_kernels4 v4;
} vm_kernels;

/* The fastest variant this processor can run. */
const vm_kernels *vm__kernels(void);
/* The variant called portable, avx2 or avx512; NULL if there is none of that name or this processor cannot run it. NULL or "": the fastest. */
const vm_kernels *vm__kernels_named(const char *name);
extern const vm_kernels vm__kernels_base;
/* The scalar division behind `divide`: false if b is 0 or the quotient does not fit. */
bool vm__divide(int64_t a, int64_t b, int mode, int64_t *q);
#endif
