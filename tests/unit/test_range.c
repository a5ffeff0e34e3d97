/* Unit tests of engine/range at the edges: limits of 64 bits, products of negative intervals, divisors around zero, roundings, the end of the
 * calendar, guards and given results. Soundness on random programs: tests/property/ranges.c. */
#include <criterion/criterion.h>
#include "base/error.h"
#include "num/calendar.h"
#include "num/money.h"
#include "range/range_private.h"

static const ans_type T_INT = {.tag = ANS_T_INT}, T_DATE = {.tag = ANS_T_DATE}, T_BOOL = {.tag = ANS_T_BOOL};
static const ans_type T_MONEY = {.tag = ANS_T_MONEY, .scale = 2}, T_RATE = {.tag = ANS_T_DECIMAL, .scale = 4}, T_DAYS = {.tag = ANS_T_INT, .measure = ANS_M_DAYS};
static const ans_type T_YEARS = {.tag = ANS_T_INT, .measure = ANS_M_YEARS}, T_MONTHS = {.tag = ANS_T_INT, .measure = ANS_M_MONTHS}, T_MONTH = {.tag = ANS_T_MONTH};
enum { ROW = 1, MEMBER = 2 };

typedef struct maker { ans_builder *b; } maker;

static maker start(void) {
  maker m = {ans_builder_new()};
  ans_builder_header(m.b, "test/spannen", "1.0.0", "Spannen", 2020 * 12, 2026 * 12 + 11);
  ans_builder_unit(m.b, &(ans_unit){"Zeile", "", ANS_NONE});
  ans_builder_unit(m.b, &(ans_unit){"Glied", "", ANS_NONE});
  return m;
}
static uint32_t op(maker *m, ans_opcode o, uint32_t unit, ans_type t, uint32_t a, uint32_t b, uint32_t c) {
  return ans_builder_insn(m->b, (ans_insn){.op = (uint16_t)o, .unit = (uint16_t)unit, .type = t, .a = a, .b = b, .c = c});
}
static uint32_t constant(maker *m, ans_type t, int64_t v) { return op(m, ANS_OP_CONST, 0, t, ans_builder_const(m->b, v), 0, 0); }
static uint32_t fact(maker *m, const char *name, uint32_t unit, ans_type t) {
  uint32_t f = ans_builder_fact(m->b, &(ans_fact){name, "", unit, t, ANS_FACT_SCALAR, ANS_NATURE_FACT, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  return op(m, ANS_OP_FACT, unit, t, f, 0, 0);
}

typedef struct made { ans_program *p; ans_ranges *r; } made;
static made finish(maker *m) {
  made x;
  ans_error err = {0};
  char text[512];
  cr_assert_eq(ans_builder_freeze(m->b, &x.p, &err), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  ans_builder_free(m->b);
  cr_assert_eq(ans_ranges_new(x.p, &x.r, &err), ANS_OK);
  return x;
}
static void drop(made *x) {
  ans_ranges_free(x->r);
  ans_program_free(x->p);
}
#define RANGE_IS(x, reg, low, high)                                                                                    \
  do {                                                                                                                 \
    ans_range got_ = (x).r->insns[reg].held;                                                                           \
    cr_assert(got_.lo == (low) && got_.hi == (high), "register %u: %lld … %lld", (unsigned)(reg), (long long)got_.lo, (long long)got_.hi); \
  } while (0)

/* Every pair of values of small intervals lies in the range, and both ends are reached: nothing lost, nothing given away. */
Test(range, small_intervals_exhaustively) {
  for (int64_t a = -4; a <= 4; a++)
    for (int64_t b = a; b <= 4; b++)
      for (int64_t c = -4; c <= 4; c++)
        for (int64_t d = c; d <= 4; d++)
          for (int mode = 0; mode < 3; mode++)
            for (int places = -1; places <= 1; places++) {
              const ans_range x = {a, b}, y = {c, d};
              range_quotient q = range__divide(x, y, places, mode), m = range__mul_divide(x, x, y, places, mode);
              int64_t low = INT64_MAX, high = INT64_MIN, mlow = INT64_MAX, mhigh = INT64_MIN;
              for (int64_t i = a; i <= b; i++)
                for (int64_t k = c; k <= d; k++) {
                  int64_t v;
                  if (k == 0) continue;
                  cr_assert(ans_div_round(i * (places > 0 ? 10 : 1), k * (places < 0 ? 10 : 1), mode, &v));
                  low = v < low ? v : low;
                  high = v > high ? v : high;
                  for (int64_t j = a; j <= b; j++) {
                    cr_assert(ans_mul_div_round(i, j, k, places, mode, &v));
                    mlow = v < mlow ? v : mlow;
                    mhigh = v > mhigh ? v : mhigh;
                  }
                }
              cr_assert_eq(q.nonzero, !range__has(y, 0));
              if (c == 0 && d == 0) cr_assert(range__empty(q.value) && range__empty(m.value));
              else cr_assert(q.fits && q.value.lo == low && q.value.hi == high && m.value.lo == mlow && m.value.hi == mhigh);
            }
}

Test(range, products_of_negative_intervals) {
  range_wide w = range__mul((ans_range){-7, -3}, (ans_range){-5, 2});
  cr_assert(w.lo == -14 && w.hi == 35);
  w = range__mul((ans_range){INT64_MIN, INT64_MIN}, (ans_range){INT64_MIN, -1});
  cr_assert(w.lo == -(ans_int128)INT64_MIN && w.hi == (ans_int128)INT64_MIN * INT64_MIN);
  w = range__mul((ans_range){-2, 3}, (ans_range){-5, 7});
  cr_assert(w.lo == -15 && w.hi == 21);
}

Test(range, quotients_at_the_limits) {
  range_quotient q = range__divide((ans_range){INT64_MIN, INT64_MIN}, (ans_range){-1, -1}, 0, ANS_ROUND_DOWN);
  cr_assert(!q.fits && q.value.hi == INT64_MAX);
  q = range__divide((ans_range){INT64_MIN, INT64_MAX}, (ans_range){-100, 100}, 0, ANS_ROUND_DOWN); /* around zero: ±1 decide */
  cr_assert(!q.fits && !q.nonzero && q.value.lo == INT64_MIN && q.value.hi == INT64_MAX);
  q = range__divide((ans_range){INT64_MIN, INT64_MAX}, (ans_range){2, 100}, 0, ANS_ROUND_UP);
  cr_assert(q.fits && q.nonzero && q.value.lo == INT64_MIN / 2 && q.value.hi == INT64_MAX / 2 + 1);
  q = range__mul_divide((ans_range){0, INT64_MAX}, (ans_range){0, INT64_MAX}, (ans_range){INT64_MAX, INT64_MAX}, 0, ANS_ROUND_HALF_UP);
  cr_assert(q.fits && q.value.hi == INT64_MAX);
}

Test(range, roots) {
  cr_assert(range__root(0) == 0 && range__root(15) == 3 && range__root(16) == 4);
  const ans_uint128 r = range__root((ans_uint128)INT64_MAX);
  cr_assert(r * r <= (ans_uint128)INT64_MAX && (r + 1) * (r + 1) > (ans_uint128)INT64_MAX);
}

Test(range, sums_at_the_limits) {
  maker m = start();
  uint32_t most = constant(&m, T_INT, INT64_MAX), least = constant(&m, T_INT, INT64_MIN), one = constant(&m, T_INT, 1), zero = constant(&m, T_INT, 0);
  uint32_t over = op(&m, ANS_OP_ADD, 0, T_INT, most, one, 0), fits = op(&m, ANS_OP_ADD, 0, T_INT, most, least, 0);
  uint32_t negated = op(&m, ANS_OP_NEG, 0, T_INT, least, 0, 0), kept = op(&m, ANS_OP_NEG, 0, T_INT, most, 0, 0), same = op(&m, ANS_OP_SUB, 0, T_INT, most, zero, 0);
  uint32_t small = op(&m, ANS_OP_ADD, 0, T_INT, one, one, 0), again = op(&m, ANS_OP_SUB, 0, T_INT, over, one, 0);
  made x = finish(&m);
  cr_assert_eq(x.r->insns[over].proof, ANS_PROOF_WIDE);
  cr_assert(range__empty(x.r->insns[over].held)); /* an error in every case */
  cr_assert_eq(x.r->insns[fits].proof, ANS_PROOF_64);
  RANGE_IS(x, fits, -1, -1);
  cr_assert_eq(x.r->insns[negated].proof, ANS_PROOF_WIDE);
  cr_assert_eq(x.r->insns[kept].proof, ANS_PROOF_64);
  cr_assert_eq(x.r->insns[same].proof, ANS_PROOF_64);
  cr_assert_eq(x.r->insns[small].proof, ANS_PROOF_32);
  cr_assert(x.r->insns[small].flags & ANS_RANGE_TOTAL);
  cr_assert(range__empty(x.r->insns[again].held));
  cr_assert_eq(x.r->guard_count, 0); /* constants are not guarded */
  drop(&x);
}

/* 0 − x where x is one that has no negative: a cell without a value stands as 0, and that must not break the proof of a − x. */
Test(range, cells_without_a_value_count_as_zero) {
  maker m = start();
  uint32_t minus = constant(&m, T_INT, -5), least = constant(&m, T_INT, INT64_MIN);
  uint32_t d = op(&m, ANS_OP_SUB, 0, T_INT, minus, least, 0);
  made x = finish(&m);
  cr_assert_eq(x.r->insns[d].proof, ANS_PROOF_WIDE);
  RANGE_IS(x, d, INT64_MAX - 4, INT64_MAX - 4);
  drop(&x);
}

Test(range, a_guard_on_a_fact_proves_what_depends_on_it) {
  maker m = start();
  uint32_t income = fact(&m, "Einkommen", ROW, T_MONEY), rent = fact(&m, "Miete", ROW, T_MONEY), rate = constant(&m, T_RATE, 9500);
  uint32_t sum = op(&m, ANS_OP_ADD, ROW, T_MONEY, income, rent, 0);
  uint32_t list = ans_builder_list(m.b, (uint32_t[]){sum, rate}, 2);
  uint32_t part = op(&m, ANS_OP_MULR, ROW, T_MONEY, list, 2, ANS_ROUND_HALF_UP);
  made x = finish(&m);
  cr_assert_eq(x.r->insns[sum].proof, ANS_PROOF_GUARDED);
  cr_assert_eq(x.r->insns[part].proof, ANS_PROOF_GUARDED);
  cr_assert_eq(x.r->insns[part].width, 64);
  cr_assert_eq(x.r->guard_count, 2);
  cr_assert_eq(x.r->guards[0].insn, income);
  cr_assert_eq(x.r->guards[1].insn, rent);
  cr_assert_eq(x.r->insns[sum].needs, x.r->guards[0].bit | x.r->guards[1].bit);
  const ans_uint128 most = (ans_uint128)INT64_MAX / 9500; /* what the sum may be; half of it each */
  cr_assert_eq(x.r->guards[0].bound.hi, (int64_t)(most / 2));
  RANGE_IS(x, income, -(int64_t)(most / 2), (int64_t)(most / 2));
  cr_assert_eq(x.r->insns[income].always.hi, INT64_MAX);
  drop(&x);
}

/* Two free factors of money would have to stay below 30 million euros each: ordinary. Four places more: 300,000, which ordinary cases pass. */
Test(range, a_guard_that_ordinary_values_violate_is_none) {
  maker m = start();
  const ans_type fine = {.tag = ANS_T_DECIMAL, .scale = 6};
  uint32_t a = fact(&m, "a", ROW, T_MONEY), b = fact(&m, "b", ROW, (ans_type){.tag = ANS_T_DECIMAL, .scale = 2}), c = fact(&m, "c", ROW, fine), d = fact(&m, "d", ROW, fine);
  uint32_t ordinary = op(&m, ANS_OP_MUL, ROW, (ans_type){.tag = ANS_T_MONEY, .scale = 4}, a, b, 0);
  uint32_t tight = op(&m, ANS_OP_MUL, ROW, (ans_type){.tag = ANS_T_DECIMAL, .scale = 12}, c, d, 0);
  made x = finish(&m);
  cr_assert_eq(x.r->insns[ordinary].proof, ANS_PROOF_GUARDED);
  cr_assert_eq(x.r->insns[tight].proof, ANS_PROOF_WIDE);
  ans_range_guard hints[4];
  uint32_t n = 4;
  cr_assert_eq(ans_ranges_hint(x.r, tight, hints, &n), ANS_OK);
  cr_assert_eq(n, 2);
  cr_assert(hints[0].insn == c && hints[1].insn == d && hints[0].bound.hi == 3037000499);
  drop(&x);
}

/* A product of a product: no split of the bound among factors is ordinary, one bound for both sources is. */
Test(range, one_bound_for_all_sources) {
  maker m = start();
  const ans_type share = {.tag = ANS_T_DECIMAL, .scale = 8};
  uint32_t rent = fact(&m, "Miete", ROW, T_MONEY), income = fact(&m, "Einkommen", ROW, T_MONEY), b = constant(&m, (ans_type){.tag = ANS_T_DECIMAL, .scale = 6}, 470);
  uint32_t part = op(&m, ANS_OP_MUL, ROW, (ans_type){.tag = ANS_T_MONEY, .scale = 8}, rent, b, 0);
  uint32_t plain = op(&m, ANS_OP_DIVR, ROW, share, part, constant(&m, T_MONEY, 100), ANS_ROUND_HALF_UP);
  uint32_t formula = op(&m, ANS_OP_MULR, ROW, T_MONEY, ans_builder_list(m.b, (uint32_t[]){plain, income}, 2), 2, ANS_ROUND_HALF_UP);
  made x = finish(&m);
  cr_assert_eq(x.r->insns[formula].proof, ANS_PROOF_GUARDED);
  RANGE_IS(x, rent, -100000000, 100000000); /* a million euros: with ten the product of 470·10^9 and 10^9 does not fit */
  RANGE_IS(x, income, -100000000, 100000000);
  cr_assert_eq(x.r->guard_count, 2);
  drop(&x);
}

Test(range, guards_pass_through_what_passes_values_on) {
  maker m = start();
  const ans_type to_row = {.tag = ANS_T_REF, .ref = ROW};
  uint32_t ref = fact(&m, "gehört_zu", MEMBER, to_row), amount = fact(&m, "Betrag", MEMBER, T_MONEY), zero = constant(&m, T_MONEY, 0), yes = fact(&m, "zählt", MEMBER, T_BOOL);
  uint32_t least = op(&m, ANS_OP_MAX2, MEMBER, T_MONEY, zero, amount, 0), counted = op(&m, ANS_OP_SELECT, MEMBER, T_MONEY, yes, least, zero);
  uint32_t sum = op(&m, ANS_OP_AGG_SUM, ROW, T_MONEY, ref, ANS_NONE, counted);
  made x = finish(&m);
  cr_assert_eq(x.r->insns[sum].proof, ANS_PROOF_GUARDED);
  cr_assert_eq(x.r->guard_count, 1);
  cr_assert_eq(x.r->guards[0].insn, amount);
  cr_assert_eq(x.r->guards[0].bound.lo, INT64_MIN); /* the larger of 0 and it: only its upper end matters */
  cr_assert_eq(x.r->guards[0].bound.hi, INT64_MAX / ANS_RANGE_ROWS);
  RANGE_IS(x, sum, 0, INT64_MAX / ANS_RANGE_ROWS * ANS_RANGE_ROWS);
  drop(&x);
}

Test(range, given_results_are_a_guard_of_their_own) {
  maker m = start();
  uint32_t rate = constant(&m, T_MONEY, 25500), list = ans_builder_list(m.b, (uint32_t[]){rate}, 1);
  uint32_t amount = ans_builder_insn_fresh(m.b, (ans_insn){.op = ANS_OP_RESOLVE, .unit = ROW, .type = T_MONEY, .a = list, .b = 1});
  uint32_t twice = op(&m, ANS_OP_ADD, ROW, T_MONEY, amount, amount, 0);
  ans_builder_result(m.b, &(ans_result){"Betrag", "", ROW, T_MONEY, amount, ANS_NONE});
  made x = finish(&m);
  cr_assert_eq(x.r->insns[twice].proof, ANS_PROOF_32);
  cr_assert_eq(x.r->insns[twice].needs, ANS_RANGE_GIVEN);
  cr_assert_eq(x.r->unless_given, 1);
  cr_assert(x.r->insns[amount].flags & ANS_RANGE_GIVEN_RESULT);
  cr_assert_eq(x.r->insns[amount].always.hi, INT64_MAX);
  cr_assert(ans_ranges_given(x.r, 0, 25500));
  cr_assert(!ans_ranges_given(x.r, 0, 25501));
  drop(&x);
}

/* Rows that day and keys cannot reach do not count; a row without a written end goes on when a later one is not known yet. */
Test(range, parameters) {
  maker m = start();
  const int64_t none = INT64_MIN, all = INT64_MAX;
  const int32_t y2020 = (int32_t)ans_date_from_ymd(2020, 1, 1), y2010 = (int32_t)ans_date_from_ymd(2010, 1, 1), y2030 = (int32_t)ans_date_from_ymd(2030, 1, 1);
  ans_param_row rows[] = {{y2010, y2020 - 1, y2010, {none, none, none, none}, {all, all, all, all}, 7, ANS_NONE, 0, 0},
                          {y2020, y2030 - 1, y2020, {1, none, none, none}, {3, all, all, all}, 10, ANS_NONE, 0, 0},
                          {y2020, y2030 - 1, y2020, {4, none, none, none}, {9, all, all, all}, 90, ANS_NONE, 0, 0},
                          {y2030, ANS_OPEN_FUTURE, y2030, {none, none, none, none}, {all, all, all, all}, 500, ANS_NONE, 0, 1}};
  ans_param_row open[] = {{y2010, y2020 - 1, y2010, {none, none, none, none}, {all, all, all, all}, 7, ANS_NONE, 0, 1},
                          {y2020, ANS_OPEN_FUTURE, y2020, {none, none, none, none}, {all, all, all, all}, 8, ANS_NONE, 0, 1}};
  uint32_t keyed = ans_builder_param(m.b, &(ans_param){"Satz", "", T_INT, ANS_NONE, 1, 0, 0}, rows, 4);
  uint32_t plain = ans_builder_param(m.b, &(ans_param){"Grenze", "", T_INT, ANS_NONE, 0, 0, 0}, open, 2);
  uint32_t day = op(&m, ANS_OP_PERIOD, 0, T_DATE, 1, 0, 0), two = constant(&m, T_INT, 2), key = fact(&m, "n", ROW, T_INT);
  uint32_t fixed = op(&m, ANS_OP_PARAM, 0, T_INT, keyed, ans_builder_list(m.b, (uint32_t[]){day, two}, 2), 2);
  uint32_t any = op(&m, ANS_OP_PARAM, ROW, T_INT, keyed, ans_builder_list(m.b, (uint32_t[]){day, key}, 2), 2);
  uint32_t dated = op(&m, ANS_OP_PARAM, 0, T_INT, plain, ans_builder_list(m.b, (uint32_t[]){day}, 1), 1);
  made x = finish(&m);
  RANGE_IS(x, fixed, 10, 10);
  RANGE_IS(x, any, 10, 90);
  RANGE_IS(x, dated, 7, 8);
  drop(&x);
}

Test(range, the_end_of_the_calendar) {
  maker m = start();
  uint32_t born = fact(&m, "geboren", ROW, T_DATE), last = constant(&m, T_DATE, ANS_DAY_MAX), first = op(&m, ANS_OP_PERIOD, 0, T_DATE, 1, 0, 0);
  uint32_t eighteen = constant(&m, T_YEARS, 18), one = constant(&m, T_DAYS, 1), month = constant(&m, T_MONTHS, 1);
  uint32_t any = op(&m, ANS_OP_YEARS_DONE, ROW, T_DATE, born, eighteen, 0), sure = op(&m, ANS_OP_YEARS_DONE, 0, T_DATE, first, eighteen, 0);
  uint32_t beyond = op(&m, ANS_OP_ADD, 0, T_DATE, last, one, 0), next = op(&m, ANS_OP_ADD, ROW, T_DATE, born, one, 0);
  uint32_t later = op(&m, ANS_OP_ADD_MONTHS, 0, T_DATE, first, month, ANS_CLIP_MONTH_END), missing = op(&m, ANS_OP_ADD_MONTHS, 0, T_DATE, first, month, ANS_CLIP_NONE);
  uint32_t over = op(&m, ANS_OP_ADD_MONTHS, 0, T_DATE, last, month, ANS_CLIP_MONTH_END), year = op(&m, ANS_OP_YEAR_OF, ROW, T_INT, born, 0, 0);
  uint32_t number = op(&m, ANS_OP_MONTH_OF, ROW, T_MONTH, born, 0, 0), end = op(&m, ANS_OP_MONTH_LAST, ROW, T_DATE, number, 0, 0);
  uint32_t span = op(&m, ANS_OP_SUB, ROW, T_DAYS, last, born, 0);
  made x = finish(&m);
  cr_assert(!(x.r->insns[any].flags & ANS_RANGE_TOTAL));
  RANGE_IS(x, any, ans_date_from_ymd(19, 1, 1), ANS_DAY_MAX);
  cr_assert(x.r->insns[sure].flags & ANS_RANGE_TOTAL);
  RANGE_IS(x, sure, ans_date_from_ymd(2038, 1, 1), ans_date_from_ymd(2044, 12, 1));
  cr_assert(range__empty(x.r->insns[beyond].held));
  cr_assert_eq(x.r->insns[beyond].proof, ANS_PROOF_WIDE);
  cr_assert_eq(x.r->insns[next].proof, ANS_PROOF_GUARDED); /* a birthday of 9999-12-31 has no next day */
  cr_assert_eq(x.r->insns[next].width, 32);
  cr_assert_eq(x.r->guards[0].bound.hi, ANS_DAY_MAX - 1);
  cr_assert(x.r->insns[later].flags & ANS_RANGE_TOTAL);
  cr_assert(!(x.r->insns[missing].flags & ANS_RANGE_TOTAL));
  cr_assert(range__empty(x.r->insns[over].held));
  cr_assert(x.r->insns[year].held.lo == 1 && x.r->insns[year].held.hi == 9999);
  cr_assert(x.r->insns[end].flags & ANS_RANGE_TOTAL);
  cr_assert_eq(x.r->insns[span].proof, ANS_PROOF_32);
  drop(&x);
}

Test(range, division_flags) {
  maker m = start();
  uint32_t a = fact(&m, "a", ROW, T_MONEY), n = fact(&m, "n", ROW, T_INT), twelve = constant(&m, T_INT, 12), big = constant(&m, T_INT, 1 << 12);
  uint32_t monthly = op(&m, ANS_OP_DIVR, ROW, T_MONEY, a, twelve, ANS_ROUND_DOWN), each = op(&m, ANS_OP_DIVR, ROW, T_MONEY, a, n, ANS_ROUND_DOWN);
  uint32_t small = op(&m, ANS_OP_DIVR, ROW, T_MONEY, a, big, ANS_ROUND_HALF_UP);
  made x = finish(&m);
  cr_assert_eq(x.r->insns[monthly].width, 64);
  cr_assert(x.r->insns[monthly].flags & ANS_RANGE_DIVISOR);
  cr_assert(!(x.r->insns[monthly].flags & ANS_RANGE_QUOTIENT_52));
  cr_assert(!(x.r->insns[each].flags & (ANS_RANGE_DIVISOR | ANS_RANGE_TOTAL)));
  cr_assert(x.r->insns[small].flags & ANS_RANGE_DIVISOR);
  cr_assert_eq(x.r->insns[each].proof, ANS_PROOF_GUARDED); /* the smallest number divided by −1 */
  cr_assert(x.r->insns[small].flags & ANS_RANGE_QUOTIENT_52); /* the guard keeps the quotient at (2^63 − 1) / 2^12 < 2^52 */
  drop(&x);
}

/* More guards than bits: the last bit is shared, and nothing is lost. */
Test(range, many_guards) {
  maker m = start();
  uint32_t facts[80], sum = constant(&m, T_MONEY, 0), regs[80];
  for (uint32_t i = 0; i < 80; i++) {
    char name[8];
    snprintf(name, sizeof name, "f%u", i);
    facts[i] = fact(&m, name, ROW, T_MONEY);
  }
  uint32_t one = constant(&m, T_MONEY, 1);
  for (uint32_t i = 0; i < 80; i++) regs[i] = op(&m, ANS_OP_ADD, ROW, T_MONEY, facts[i], one, 0);
  (void)sum;
  made x = finish(&m);
  cr_assert_eq(x.r->guard_count, 80);
  for (uint32_t i = 0; i < 80; i++) {
    cr_assert_eq(x.r->insns[regs[i]].proof, ANS_PROOF_GUARDED);
    cr_assert_eq(x.r->insns[regs[i]].needs, UINT64_C(1) << (i < ANS_RANGE_MASKED ? i + 1 : 63));
    cr_assert_eq(x.r->guards[i].insn, facts[i]);
  }
  drop(&x);
}

/* The backward steps are bounded: a long chain of sums over one fact ends, and each of its operations is proven or wide. */
Test(range, work_is_bounded) {
  maker m = start();
  uint32_t v = fact(&m, "x", ROW, T_MONEY);
  for (int i = 0; i < 3000; i++) v = ans_builder_insn_fresh(m.b, (ans_insn){.op = ANS_OP_ADD, .unit = ROW, .type = T_MONEY, .a = v, .b = v});
  made x = finish(&m);
  cr_assert_eq(x.r->count[ANS_PROOF_GUARDED] + x.r->count[ANS_PROOF_WIDE] + x.r->count[ANS_PROOF_64] + x.r->count[ANS_PROOF_32], 3000);
  cr_assert_gt(x.r->count[ANS_PROOF_GUARDED], 10);
  cr_assert_gt(x.r->count[ANS_PROOF_WIDE], 2000);
  drop(&x);
}
