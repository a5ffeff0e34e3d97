/* State of one analysis, shared by the files of engine/range only. */
#ifndef ANS_RANGE_PRIVATE_H
#define ANS_RANGE_PRIVATE_H
#include "range/interval.h"

/* Arrays have one item per instruction. */
typedef struct range_analysis {
  const ans_program *p;
  ans_range *always, *plain, *held; /* in any case; while given results keep `held`; while the guards hold too */
  ans_range *bound;       /* of the guard on the register; RANGE_FULL: none */
  ans_range *param;       /* of PARAM instructions: the values that day and keys can reach */
  uint8_t *given;         /* holds a result that may be given */
  uint8_t *dirty;         /* guard.c: `held` changed since the last pass */
  uint8_t *seen;          /* guard.c: visited by the search for sources; all 0 between searches */
  uint64_t work;          /* left for backward steps */
} range_analysis;

/* forward.c */
/* What a type admits: the values that a fact or a given result can have. */
ans_range range__type(const ans_program *p, ans_type t);
/* The same of a fact: within its declared bounds, which hold in every case (engine/columns lets nothing else in). */
ans_range range__fact(const ans_program *p, const ans_fact *f);
/* The interval of an operation, given those of all earlier registers. *total: a value wherever the operands have one. */
ans_range range__operation(const range_analysis *x, uint32_t i, const ans_range *r, bool *total);
/* Fills x->param: linear in the rows looked at, which are bounded. r: the unconditional intervals of the registers before i. */
ans_range range__param(const range_analysis *x, const ans_insn *in, const ans_range *r, uint64_t *rows_left);
/* `held` of register i from its operands and its guard. */
static inline ans_range range__held(const range_analysis *x, uint32_t i) {
  bool total;
  return range__meet(range__operation(x, i, x->held, &total), x->bound[i]);
}

/* proof.c: 32, 64 or 0, under the intervals r of the operands. */
unsigned range__width(const ans_program *p, const ans_insn *in, const ans_range *r);
/* Flags ANS_RANGE_DIVISOR and ANS_RANGE_QUOTIENT_52 of a division. */
uint8_t range__division_flags(const ans_program *p, const ans_insn *in, const ans_range *r);
/* Places between a quotient and its operands (div.round, mul.round). */
int range__places(const ans_program *p, const ans_insn *in);
/* The interval a result of the type must lie in for the operation not to be an error. */
ans_range range__target(ans_type t);

/* guard.c: makes operation i proven by bounds on earlier registers, if that is possible with bounds that ordinary values keep. */
void range__guard(range_analysis *x, uint32_t i);
/* The same with any bounds, which are handed out: how many. x is spent. */
uint32_t range__hint(range_analysis *x, uint32_t i, ans_range_guard *out, uint32_t capacity);
#endif
