/* Checks the reference itself against facts that do not come from it: laws of the algebra, the project's calendar (another algorithm),
 * and examples worked by hand from docs/semantics.md. Plain program; exit code 1 on a failure. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/calendar.h"
#include "reference_internal.h"

static uint32_t checks, failures;

static void expect(bool ok, const char *what, int64_t detail) {
  checks++;
  if (ok) return;
  failures++;
  printf("FAILED: %s (%" PRId64 ")\n", what, detail);
}

static const cell T = {1, ANS_VALUE}, F = {0, ANS_VALUE}, N = {0, ANS_NOT_APPLICABLE}, U = {0, ANS_UNKNOWN}, H = {0, ANS_HUMAN},
                  E = {0, ANS_ERRONEOUS}, C = {0, ANS_CONFLICT};

/* 2.1: "Both are commutative and associative: a false (true) operand decides, otherwise the maximum of the states." */
static void algebra(void) {
  const cell all[7] = {T, F, N, U, H, E, C};
  for (int i = 0; i < 7; i++)
    for (int j = 0; j < 7; j++) {
      cell x = all[i], y = all[j], and = ref__and(x, y), or = ref__or(x, y);
      expect(same_cell(and, ref__and(y, x)) && same_cell(or, ref__or(y, x)), "commutative", i * 7 + j);
      cell by_words = is_false(x) || is_false(y) ? F : x.state || y.state ? state_of(max_state(x.state, y.state)) : T;
      expect(same_cell(and, by_words), "und: false decides, else the maximum", i * 7 + j);
      by_words = is_true(x) || is_true(y) ? T : x.state || y.state ? state_of(max_state(x.state, y.state)) : F;
      expect(same_cell(or, by_words), "oder: true decides, else the maximum", i * 7 + j);
      for (int k = 0; k < 7; k++) {
        expect(same_cell(ref__and(and, all[k]), ref__and(x, ref__and(y, all[k]))), "und is associative", i * 49 + j * 7 + k);
        expect(same_cell(ref__or(or, all[k]), ref__or(x, ref__or(y, all[k]))), "oder is associative", i * 49 + j * 7 + k);
      }
    }
  expect(same_cell(ref__select(U, value_of(5), value_of(5)), value_of(5)), "falls unknown: agreeing branches", 0);
  expect(same_cell(ref__select(H, value_of(5), value_of(6)), H), "falls human: differing branches", 0);
  expect(same_cell(ref__select(N, value_of(5), value_of(5)), E), "falls n/a is an error", 0);
  expect(same_cell(ref__select(C, value_of(5), value_of(5)), C), "falls conflict", 0);
}

static cell resolve2(bool truth, cell d, cell l1, cell v1, cell l2, cell v2) {
  const cell l[2] = {l1, l2}, v[2] = {v1, v2};
  return ans_ref_resolve(truth, d, 2, l, v);
}

/* Section 5, one line per clause. */
static void resolution(void) {
  cell d = value_of(1), a = value_of(7), b = value_of(8);
  expect(same_cell(ans_ref_resolve(false, d, 0, NULL, NULL), d), "no rule: default", 0);
  expect(same_cell(resolve2(false, d, E, a, C, a), C), "1: maximum of error and conflict", 0);
  expect(same_cell(resolve2(false, d, N, a, F, a), E), "1: a live that is n/a is an error", 0);
  expect(same_cell(resolve2(false, d, F, a, F, b), d), "2: nothing certain nor possible: default", 0);
  expect(same_cell(resolve2(false, d, T, a, F, b), a), "3: one certain", 0);
  expect(same_cell(resolve2(false, d, T, a, T, b), C), "3: two values differ", 0);
  expect(same_cell(resolve2(false, d, T, a, T, a), a), "3: two values agree", 0);
  expect(same_cell(resolve2(false, d, T, a, T, U), U), "3: no difference, one is unknown", 0);
  expect(same_cell(resolve2(true, F, T, T, T, H), T), "3: true absorbs human", 0);
  expect(same_cell(resolve2(true, F, T, T, T, F), C), "3: true and false", 0);
  expect(same_cell(resolve2(true, F, T, T, T, E), E), "3: true does not absorb an error", 0);
  expect(same_cell(resolve2(false, d, U, a, F, b), U), "4: default and possible differ", 0);
  expect(same_cell(resolve2(false, a, U, a, F, b), a), "4: default and possible agree", 0);
  expect(same_cell(resolve2(false, d, T, a, H, b), H), "4: certain and possible differ", 0);
  expect(same_cell(resolve2(false, d, T, a, U, a), a), "4: certain and possible agree", 0);
  expect(same_cell(resolve2(true, F, T, T, U, H), T), "4: certain true absorbs a possible human", 0);
  expect(same_cell(resolve2(true, F, T, T, U, F), U), "4: certain true, possible false", 0);
  expect(same_cell(resolve2(false, d, U, H, F, b), H), "4: maximum of live and consequence", 0);
  expect(same_cell(resolve2(false, H, U, a, F, b), H), "2, 4: d is on the possible side when nothing is certain", 0);
  expect(same_cell(resolve2(false, H, U, a, T, b), U), "2, 4: d is not on the possible side when something is certain", 0);
  expect(same_cell(resolve2(false, d, U, E, F, b), U), "4: an error of a possible consequence does not count", 0);
  expect(same_cell(resolve2(false, N, U, N, F, b), N), "4: agreement in a state", 0);
}

static void calendar(ans_ref *ref) {
  ans_type date = {.tag = ANS_T_DATE};
  ans_tx month_of = {.kind = ANS_TX_MONTH_OF, .type = {.tag = ANS_T_MONTH}}, year_of = {.kind = ANS_TX_YEAR_OF, .type = {.tag = ANS_T_INT}};
  for (int64_t day = ANS_DAY_MIN; day <= ANS_DAY_MAX; day += day > 10000 && day < 20000 ? 1 : 7) {
    int y, m, d;
    ans_date_to_ymd(day, &y, &m, &d);
    expect(ref__date(ref, y, m, d) == day, "date of a day", day);
    expect(ref__date_operation(ref, &month_of, value_of(day), F).v == ans_date_month(day), "month of a day", day);
    expect(ref__date_operation(ref, &year_of, value_of(day), F).v == y, "year of a day", day);
  }
  for (uint32_t clip = 0; clip < 3; clip++)
    for (int64_t day = 18200; day < 18800; day++)
      for (int64_t n = -30; n <= 30; n++) {
        ans_tx x = {.kind = ANS_TX_ADD_MONTHS, .index = clip, .type = date};
        int64_t other;
        cell mine = ref__date_operation(ref, &x, value_of(day), value_of(n));
        bool has = ans_date_add_months(day, n, (int)clip, &other);
        expect(is_value(mine) == has && (!has || mine.v == other), "plus months", day * 100 + n);
      }
  ans_tx birthday = {.kind = ANS_TX_YEARS_DONE, .type = date};
  int64_t leap_day = ans_date_from_ymd(2004, 2, 29);
  expect(ref__date_operation(ref, &birthday, value_of(leap_day), value_of(18)).v == ans_date_from_ymd(2022, 3, 1), "29 February, 18 years", 0);
  expect(ref__date_operation(ref, &birthday, value_of(leap_day), value_of(20)).v == ans_date_from_ymd(2024, 2, 29), "29 February, 20 years", 0);
  expect(ref__date_operation(ref, &birthday, value_of(leap_day), value_of(8000)).state == ANS_ERRONEOUS, "beyond the calendar", 0);
}

static cell arithmetic(ans_ref *ref, ans_tx_kind kind, uint32_t index, uint8_t scale, int64_t a, uint8_t scale_a, int64_t b, uint8_t scale_b) {
  ans_tx x = {.type = {.tag = ANS_T_DECIMAL, .scale = scale_a}}, y = {.type = {.tag = ANS_T_DECIMAL, .scale = scale_b}};
  ans_tx *args[2] = {&x, &y};
  ans_tx op = {.kind = (uint16_t)kind, .index = index, .type = {.tag = ANS_T_DECIMAL, .scale = scale}, .count = 2, .arg = args};
  return ref__arithmetic(ref, &op, value_of(a), value_of(b));
}

static void numbers(ans_ref *ref) {
  expect(arithmetic(ref, ANS_TX_ADD, 0, 2, 150, 2, 1, 0).v == 250, "1.50 + 1 = 2.50", 0);
  expect(arithmetic(ref, ANS_TX_ADD, 0, 0, INT64_MAX, 0, 1, 0).state == ANS_ERRONEOUS, "overflow", 0);
  expect(arithmetic(ref, ANS_TX_SUB, 0, 0, INT64_MIN, 0, -1, 0).v == INT64_MIN + 1, "no overflow", 0);
  expect(arithmetic(ref, ANS_TX_MUL, 0, 4, 150, 2, -25, 2).v == -3750, "1.50 · -0.25 = -0.3750", 0);
  expect(arithmetic(ref, ANS_TX_DIVR, ANS_ROUND_HALF_UP, 0, 5, 0, 0, 0).state == ANS_ERRONEOUS, "division by zero", 0);
  static const struct { int64_t a, b; int64_t half, up, down; } ROWS[] = {
      {5, 2, 3, 3, 2}, {-5, 2, -3, -3, -2}, {5, -2, -3, -3, -2}, {7, 3, 2, 3, 2}, {-7, 3, -2, -3, -2}, {8, 3, 3, 3, 2}, {6, 3, 2, 2, 2}, {1, 3, 0, 1, 0}, {0, -3, 0, 0, 0}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    expect(arithmetic(ref, ANS_TX_DIVR, ANS_ROUND_HALF_UP, 0, ROWS[i].a, 0, ROWS[i].b, 0).v == ROWS[i].half, "kaufmännisch", (int64_t)i);
    expect(arithmetic(ref, ANS_TX_DIVR, ANS_ROUND_UP, 0, ROWS[i].a, 0, ROWS[i].b, 0).v == ROWS[i].up, "auf", (int64_t)i);
    expect(arithmetic(ref, ANS_TX_DIVR, ANS_ROUND_DOWN, 0, ROWS[i].a, 0, ROWS[i].b, 0).v == ROWS[i].down, "ab", (int64_t)i);
  }
  expect(arithmetic(ref, ANS_TX_DIVR, ANS_ROUND_HALF_UP, 2, 1000, 2, 3, 0).v == 333, "10.00 / 3 = 3.33", 0);
  expect(arithmetic(ref, ANS_TX_DIVR, ANS_ROUND_HALF_UP, 2, 10, 0, 300, 2).v == 333, "10 / 3.00 = 3.33", 0);
}

/* 4.3 by hand: true 10…19, false 20…29, gap 30…39, n/a 40…49, true 50…59, false 60…∞. */
static void timelines(ans_ref *ref) {
  ans_fact fact = {.type = {.tag = ANS_T_BOOL}, .kind = ANS_FACT_TIMELINE};
  ans_model m = {.facts = &fact, .fact_count = 1};
  ans_interval items[] = {{10, 19, 1, 0}, {20, 29, 0, 0}, {40, 49, 0, ANS_NOT_APPLICABLE}, {50, 59, 1, 0}, {60, ANS_OPEN_FUTURE, 0, 0}};
  uint32_t offsets[] = {0, 5};
  ans_timeline t = {.offsets = offsets, .items = items};
  ans_columns c = {.timelines = &t};
  ref->m = &m;
  ref->c = &c;
  expect(same_cell(ref__timeline_at(ref, 0, 0, 15), T) && same_cell(ref__timeline_at(ref, 0, 0, 35), U), "cell of a day", 0);
  expect(ref__last_end(ref, 0, 0, 25).v == 19, "the run that ended", 0);
  expect(same_cell(ref__last_end(ref, 0, 0, 15), U), "own run skipped, before it a gap", 0);
  expect(same_cell(ref__last_end(ref, 0, 0, 45), U), "a gap before the run", 0);
  expect(same_cell(ref__last_end(ref, 0, 0, 55), U), "own run, n/a, gap", 0);
  expect(ref__last_end(ref, 0, 0, 100).v == 59, "from afar", 0);
  expect(same_cell(ref__next_start(ref, 0, 0, 25), U), "a gap ahead", 0);
  expect(ref__next_start(ref, 0, 0, 41).v == 50, "after n/a", 0);
  expect(same_cell(ref__next_start(ref, 0, 0, 55), N), "nothing more", 0);
  expect(same_cell(ref__next_start(ref, 0, 0, 5), U), "before the first interval", 0);
  fact.nature = ANS_NATURE_ERMESSEN;
  expect(same_cell(ref__timeline_at(ref, 0, 0, 35), H), "the gap of a human fact", 0);
}

int main(void) {
  ans_ref ref = {.new_year = calloc(10001, sizeof(int32_t))};
  if (!ref.new_year) return 1;
  ref__calendar(&ref);
  algebra();
  resolution();
  calendar(&ref);
  numbers(&ref);
  timelines(&ref);
  expect(!ref.broken, ref.why, 0);
  free(ref.new_year);
  printf("%s: %u checks, %u failed\n", failures ? "FAILED" : "ok", checks, failures);
  return failures ? 1 : 0;
}
