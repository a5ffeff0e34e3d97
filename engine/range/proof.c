/* How many bits an arithmetic operation needs, from the intervals of its operands. The machine's part is proven with 0 among the operands,
 * because cells without a value hold it; the meaning's part (a date stays in the calendar) is about values only. Pure, thread-safe. */
#include "range/range_private.h"

static const ans_range BITS_32 = {INT32_MIN, INT32_MAX};

int range__places(const ans_program *p, const ans_insn *in) {
  if (in->op == ANS_OP_DIVR) return in->type.scale + p->insns[in->b].type.scale - p->insns[in->a].type.scale;
  const uint32_t *l = p->lists + in->a;
  int places = in->type.scale - p->insns[l[0]].type.scale - p->insns[l[1]].type.scale;
  return in->b == 3 ? places + p->insns[l[2]].type.scale : places;
}

/* a, b and the exact result. */
static unsigned proof__width(ans_range a, ans_range b, range_wide exact) {
  if (!range__wide_inside(exact, RANGE_FULL)) return 0;
  return range__inside(a, BITS_32) && range__inside(b, BITS_32) && range__wide_inside(exact, BITS_32) ? 32 : 64;
}

/* The larger of three magnitudes decides; with 10^places that leaves 128 bits it is no proof. */
static unsigned proof__magnitudes(ans_uint128 over, ans_uint128 under, ans_range value) {
  if (over > (ans_uint128)INT64_MAX || under > (ans_uint128)INT64_MAX) return 0;
  return over <= (ans_uint128)INT32_MAX && under <= (ans_uint128)INT32_MAX && range__inside(value, BITS_32) ? 32 : 64;
}

/* x·10^places, or 2^127 if that is more than 64 bits. */
static ans_uint128 proof__scaled(ans_uint128 x, int places) {
  const ans_uint128 none = (ans_uint128)1 << 127;
  if (places <= 0 || x == 0) return x > (ans_uint128)INT64_MAX ? none : x;
  if (places > 18 || x > (ans_uint128)INT64_MAX / range__power(places)) return none;
  return x * range__power(places);
}

static unsigned proof__quotient(const ans_program *p, const ans_insn *in, const ans_range *r) {
  const int places = range__places(p, in);
  const ans_range a = range__or_zero(r[in->a]);
  const range_quotient q = range__divide(a, r[in->b], places, (int)in->c);
  if (!q.fits) return 0;
  return proof__magnitudes(proof__scaled(range__magnitude(a), places), proof__scaled(range__magnitude(r[in->b]), -places), q.value);
}

static unsigned proof__mul_round(const ans_program *p, const ans_insn *in, const ans_range *r) {
  const uint32_t *l = p->lists + in->a;
  const int places = range__places(p, in);
  const ans_range a = range__or_zero(r[l[0]]), b = range__or_zero(r[l[1]]), d = in->b == 3 ? r[l[2]] : (ans_range){1, 1};
  const range_quotient q = range__mul_divide(a, b, d, places, (int)in->c);
  if (!q.fits) return 0;
  const unsigned width = proof__magnitudes(proof__scaled(range__magnitude(a) * range__magnitude(b), places), proof__scaled(range__magnitude(d), -places), q.value);
  return width == 32 && !(range__inside(a, BITS_32) && range__inside(b, BITS_32)) ? 64 : width; /* a large factor of 0 */
}

unsigned range__width(const ans_program *p, const ans_insn *in, const ans_range *r) {
  if (in->op == ANS_OP_DIVR) return proof__quotient(p, in, r);
  if (in->op == ANS_OP_MULR) return proof__mul_round(p, in, r);
  if (in->op == ANS_OP_AGG_SUM) {
    const ans_range e = range__or_zero(r[in->c]);
    return proof__width(e, e, range__sum_of(e, ANS_RANGE_ROWS));
  }
  const ans_range zero = {0, 0}, x = in->op == ANS_OP_NEG ? zero : r[in->a], y = in->op == ANS_OP_NEG ? r[in->a] : r[in->b];
  const ans_range a = range__or_zero(x), b = range__or_zero(y);
  if (range__empty(x) || range__empty(y)) { /* never computed for values */
    if (in->op == ANS_OP_MUL) return proof__width(a, b, range__mul(a, b));
    return proof__width(a, b, in->op == ANS_OP_ADD ? range__add(a, b) : range__sub(a, b));
  }
  switch ((int)in->op) {
    case ANS_OP_ADD: return range__wide_inside(range__add(x, y), range__target(in->type)) ? proof__width(a, b, range__add(a, b)) : 0;
    case ANS_OP_MUL: return proof__width(a, b, range__mul(a, b));
    default: return range__wide_inside(range__sub(x, y), range__target(in->type)) ? proof__width(a, b, range__sub(a, b)) : 0; /* SUB, NEG */
  }
}

uint8_t range__division_flags(const ans_program *p, const ans_insn *in, const ans_range *r) {
  const int places = range__places(p, in);
  const int64_t limit = (INT64_C(1) << 52) - 1;
  range_quotient q;
  if (in->op == ANS_OP_DIVR) {
    q = range__divide(r[in->a], r[in->b], places, ANS_ROUND_UP);
  } else {
    const uint32_t *l = p->lists + in->a;
    q = range__mul_divide(r[l[0]], r[l[1]], in->b == 3 ? r[l[2]] : (ans_range){1, 1}, places, ANS_ROUND_UP);
  }
  return (uint8_t)((q.nonzero ? ANS_RANGE_DIVISOR : 0) | (q.fits && range__inside(q.value, (ans_range){-limit, limit}) ? ANS_RANGE_QUOTIENT_52 : 0));
}
