/* Range analysis: for every register of a verified program an interval that contains all its values, and for every arithmetic operation a
 * proof that it cannot overflow, or the guards under which it cannot (docs/adr/0014-range-analysis.md).
 *
 * What is promised. Let V be the set of guards that a batch violates (a bit mask; see ans_range_guard). In a batch with
 * (insns[i].value_needs & V) == 0 every value of register i lies in insns[i].held, and in any batch at all in insns[i].always. In a batch with
 * (insns[i].needs & V) == 0 operation i computes in insns[i].width bits: operands, intermediate results (see below) and result fit, so that no
 * check is needed; also where an operand's cell is not a value and stands as 0. width 0: 64 bits do not suffice, or nobody could prove it.
 * A divisor that is not a value stands as 0 too, and no proof makes that a divisor: engines put another number there.
 * Rows whose cells were not computed at all may hold anything: engines that compute on them unchecked must wrap (unsigned arithmetic).
 * Division by zero and days that a month does not have are no overflow: ANS_RANGE_TOTAL says that they do not happen either.
 *
 * The intermediates that `width` covers: div.round: a·10^max(p,0) and b·10^max(-p,0), p the places between a quotient and its operands;
 * mul.round: a·b·10^max(p,0) and d·10^max(-p,0). agg.sum: every partial sum of a group in any order.
 *
 * Soundness rests on: facts have values of their type, within their declared bounds (engine/columns lets nothing else in), and no unit has more than ANS_RANGE_ROWS rows in a batch
 * (engine/exec refuses more).
 *
 * Memory: one block per analysis, about 80 bytes an instruction. Threads: the analysis is immutable once made, and shared like the program it
 * is about, which must outlive it. Time: linear in the program but for the backward steps, which are bounded (ANS_RANGE_WORK). */
#ifndef ANS_RANGE_H
#define ANS_RANGE_H
#include "code/program.h"

enum {
  ANS_RANGE_ROWS = 1 << 24,  /* rows of a unit in one batch */
  ANS_RANGE_WORK = 256,      /* operands read in backward steps: at most about this many times the instructions, and 65536 more */
  ANS_RANGE_MASKED = 62      /* guards with a bit of their own; further ones share the last bit */
};
#define ANS_RANGE_GIVEN UINT64_C(1) /* bit of the guard "every given result lies in `held` of its register" */

typedef struct ans_range { int64_t lo, hi; } ans_range; /* inclusive; lo > hi: the register never has a value */

typedef enum ans_range_proof {
  ANS_PROOF_NONE,     /* not an arithmetic operation */
  ANS_PROOF_32,       /* fits 32 bits */
  ANS_PROOF_64,       /* fits 64 bits */
  ANS_PROOF_GUARDED,  /* fits `width` bits while the guards of `needs` hold */
  ANS_PROOF_WIDE,     /* must be checked, perhaps with a 128-bit intermediate */
  ANS_PROOF_COUNT
} ans_range_proof;

enum ans_range_flag {
  ANS_RANGE_TOTAL = 1,       /* while `needs` holds: the operation has a value wherever its operands have one */
  ANS_RANGE_DIVISOR = 2,     /* while `needs` holds: the divisor is not 0 */
  ANS_RANGE_QUOTIENT_52 = 4, /* while `needs` holds: the quotient, rounded either way, is below 2^52 in magnitude */
  ANS_RANGE_GIVEN_RESULT = 8 /* the register holds a result that may be given */
};

typedef struct ans_range_insn {
  ans_range always, held;
  uint64_t needs, value_needs; /* guards that the proof (the interval `held`) rests on */
  uint8_t proof;               /* ans_range_proof; 32 and 64 may still need ANS_RANGE_GIVEN */
  uint8_t width;               /* 32, 64 or 0 */
  uint8_t flags;
} ans_range_insn;

typedef struct ans_range_guard {
  uint32_t insn;               /* violated by a value of this register … */
  ans_range bound;             /* … outside this */
  uint64_t bit;                /* its bit of the masks; bit 0 is ANS_RANGE_GIVEN */
} ans_range_guard;

typedef struct ans_ranges {
  const ans_program *program;
  const ans_range_insn *insns; /* program->insn_count */
  const ans_range_guard *guards; uint32_t guard_count; /* by ascending register; ANS_RANGE_GIVEN is not among them */
  uint32_t count[ANS_PROOF_COUNT];
  uint32_t unless_given;       /* of the operations proven 32 or 64: those that need ANS_RANGE_GIVEN */
} ans_ranges;

/* Analyses a verified program. The caller frees with ans_ranges_free. Fails on memory only. */
ans_status ans_ranges_new(const ans_program *p, ans_ranges **out, ans_error *err) ANS_MUST_CHECK;
void ans_ranges_free(ans_ranges *r);

/* Whether a value given for a result keeps ANS_RANGE_GIVEN: false makes that guard violated for the batch that holds the row. */
bool ans_ranges_given(const ans_ranges *r, uint32_t result, int64_t value);

/* For a wide operation: bounds on earlier registers under which it would be proven, however tight, and beyond the guards there are. *n: capacity
 * of out, then how many were written; 0 if none were found. Fails on memory only. */
ans_status ans_ranges_hint(const ans_ranges *r, uint32_t insn, ans_range_guard *out, uint32_t *n) ANS_MUST_CHECK;

/* Whether 4 bytes hold every value of a register in any batch: its interval fits, or its type does (days; references, as no columns have 2^31 rows of a unit). false for truth values. */
bool ans_range_narrow(const ans_ranges *r, uint32_t insn);

/* The counted operations: add, sub, mul, neg, div.round, mul.round, agg.sum. */
bool ans_range_arithmetic(ans_opcode op);
/* Calls visit for every register that an instruction reads. */
typedef void ans_range_visit(void *ctx, uint32_t reg);
void ans_range_operands(const ans_program *p, const ans_insn *in, ans_range_visit *visit, void *ctx);
#endif
