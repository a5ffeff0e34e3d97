/* Unit tests of engine/replay: the tables of docs/semantics.md typed in again, timelines, segments, aggregates and ranks against naive
 * day-by-day and pair-by-pair formulations, overrides, traces, cells on demand, slices and identity. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "code/program.h"
#include "num/calendar.h"
#include "replay/internal.h"

static const ans_type T_BOOL = {.tag = ANS_T_BOOL}, T_INT = {.tag = ANS_T_INT}, T_DATE = {.tag = ANS_T_DATE}, T_MONTH = {.tag = ANS_T_MONTH};
static ans_type ref_to(uint32_t unit) { return (ans_type){.tag = ANS_T_REF, .ref = unit}; }
enum { ROW = 1, GROUP = 2, ROW_DAY = 3, GROUP_DAY = 4, MONTH = 2024 * 12 + 1 /* February 2024: 29 days */ };
enum { F_X, F_CX, F_Y, F_CY, F_NA, F_I, F_J, F_DATE, F_REF, F_TL, F_NEXT, F_GTL };

static uint32_t add(ans_builder *b, ans_opcode op, uint32_t unit, ans_type t, uint32_t x, uint32_t y, uint32_t z) {
  return ans_builder_insn(b, (ans_insn){.op = (uint16_t)op, .unit = (uint16_t)unit, .type = t, .a = x, .b = y, .c = z});
}
static uint32_t constant(ans_builder *b, ans_type t, int64_t v) { return add(b, ANS_OP_CONST, 0, t, ans_builder_const(b, v), 0, 0); }
static uint32_t list(ans_builder *b, uint32_t n, const uint32_t *items) { return ans_builder_list(b, items, n); }
static uint32_t fact(ans_builder *b, uint32_t f, ans_type t) { return add(b, ANS_OP_FACT, ROW, t, f, 0, 0); }

static ans_builder *begin(void) {
  ans_builder *b = ans_builder_new();
  ans_builder_header(b, "test/replay", "1", "", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Zeile", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Gruppe", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Zeile×Tag", "", ROW});
  ans_builder_unit(b, &(ans_unit){"Gruppe×Tag", "", GROUP});
  const struct { const char *name; uint32_t unit; ans_type t; uint8_t kind; } facts[] = {
      {"x", ROW, T_BOOL, 0}, {"cx", ROW, T_INT, 0}, {"y", ROW, T_BOOL, 0}, {"cy", ROW, T_INT, 0}, {"na", ROW, T_BOOL, 0}, {"i", ROW, T_INT, 0}, {"j", ROW, T_INT, 0},
      {"d", ROW, T_DATE, 0}, {"g", ROW, ref_to(GROUP), 0}, {"tl", ROW, T_BOOL, ANS_FACT_TIMELINE}, {"next", ROW, ref_to(ROW), 0}, {"gtl", GROUP, T_BOOL, ANS_FACT_TIMELINE}};
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
    ans_builder_fact(b, &(ans_fact){facts[i].name, "", facts[i].unit, facts[i].t, facts[i].kind, 0, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  return b;
}

static ans_program *freeze(ans_builder *b) {
  ans_program *p = NULL;
  ans_error err = {0};
  char text[512];
  ans_status s = ans_builder_freeze(b, &p, &err);
  cr_assert_eq(s, ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  ans_builder_free(b);
  return p;
}

static void must(ans_status s) { cr_assert_eq(s, ANS_OK, "status %d", s); }
static void set(ans_columns_builder *b, uint32_t f, uint32_t row, int64_t v) { must(ans_columns_set(b, f, row, (ans_scalar){v, ANS_VALUE}, NULL)); }
static ans_trace *run(const ans_columns *c, uint32_t component) {
  ans_trace *t = NULL;
  must(ans_replay_run(c, component, MONTH, &t, NULL));
  return t;
}

/* --- states: letters T F N U H E C as in the text ------------------------------------------------------------------------------ */
static const char letters[] = "TFNUHEC";

/* A register that holds the letter of (x, cx): E and C cannot be facts and are made by operations. */
static uint32_t lettered(ans_builder *b, uint32_t f) {
  uint32_t code = fact(b, f + 1, T_INT), yes = constant(b, T_BOOL, 1), no = constant(b, T_BOOL, 0);
  uint32_t error = add(b, ANS_OP_GUARD, ROW, T_BOOL, fact(b, F_NA, T_BOOL), 0, 0);
  uint32_t conflict = add(b, ANS_OP_RESOLVE, 0, T_BOOL, list(b, 5, (uint32_t[]){no, yes, yes, yes, no}), 5, 0);
  uint32_t rest = add(b, ANS_OP_SELECT, ROW, T_BOOL, add(b, ANS_OP_EQ, ROW, T_BOOL, code, constant(b, T_INT, 6), 0), conflict, fact(b, f, T_BOOL));
  return add(b, ANS_OP_SELECT, ROW, T_BOOL, add(b, ANS_OP_EQ, ROW, T_BOOL, code, constant(b, T_INT, 5), 0), error, rest);
}

static void set_letter(ans_columns_builder *b, uint32_t f, uint32_t row, uint32_t letter) {
  static const ans_scalar cells[] = {{1, 0}, {0, 0}, {0, ANS_NOT_APPLICABLE}, {0, ANS_UNKNOWN}, {0, ANS_HUMAN}, {0, 0}, {0, 0}};
  must(ans_columns_set(b, f, row, cells[letter], NULL));
  set(b, f + 1, row, letter);
}

/* 49 rows: x = letter of row / 7, y = letter of row % 7. */
static ans_columns *all_pairs(const ans_program *p) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  must(ans_columns_begin_component(b, NULL));
  for (uint32_t i = 0; i < 49; i++) {
    uint32_t row = 0;
    must(ans_columns_add_row(b, ROW, NULL, &row, NULL));
    set_letter(b, F_X, row, i / 7);
    set_letter(b, F_Y, row, i % 7);
    must(ans_columns_set(b, F_NA, row, (ans_scalar){0, ANS_NOT_APPLICABLE}, NULL));
  }
  must(ans_columns_end_component(b, NULL));
  ans_columns *c = NULL;
  must(ans_columns_finish(b, &c, NULL));
  ans_columns_builder_free(b);
  return c;
}

static char letter(ans_scalar v) { return v.state == ANS_VALUE ? (v.v ? 'T' : 'F') : letters[v.state + 1]; }

Test(states, tables_of_section_2) {
  ans_builder *b = begin();
  uint32_t x = lettered(b, F_X), y = lettered(b, F_Y), yes = constant(b, T_BOOL, 1), no = constant(b, T_BOOL, 0);
  const struct { uint32_t reg; const char *table; } expected[] = {
      {x, "TTTTTTT" "FFFFFFF" "NNNNNNN" "UUUUUUU" "HHHHHHH" "EEEEEEE" "CCCCCCC"},
      {y, "TFNUHEC" "TFNUHEC" "TFNUHEC" "TFNUHEC" "TFNUHEC" "TFNUHEC" "TFNUHEC"},
      {add(b, ANS_OP_AND, ROW, T_BOOL, x, y, 0), "TFNUHEC" "FFFFFFF" "NFNUHEC" "UFUUHEC" "HFHHHEC" "EFEEEEC" "CFCCCCC"},
      {add(b, ANS_OP_OR, ROW, T_BOOL, x, y, 0), "TTTTTTT" "TFNUHEC" "TNNUHEC" "TUUUHEC" "THHHHEC" "TEEEEEC" "TCCCCCC"},
      {add(b, ANS_OP_NOT, ROW, T_BOOL, y, 0, 0), "FTNUHEC" "FTNUHEC" "FTNUHEC" "FTNUHEC" "FTNUHEC" "FTNUHEC" "FTNUHEC"},
      {add(b, ANS_OP_GUARD, ROW, T_BOOL, y, 0, 0), "TFEUHEC" "TFEUHEC" "TFEUHEC" "TFEUHEC" "TFEUHEC" "TFEUHEC" "TFEUHEC"},
      {add(b, ANS_OP_KNOWN, ROW, T_BOOL, y, 0, 0), "TTTFFEC" "TTTFFEC" "TTTFFEC" "TTTFFEC" "TTTFFEC" "TTTFFEC" "TTTFFEC"},
      {add(b, ANS_OP_PRESENT, ROW, T_BOOL, y, 0, 0), "TTFUHEC" "TTFUHEC" "TTFUHEC" "TTFUHEC" "TTFUHEC" "TTFUHEC" "TTFUHEC"},
      {add(b, ANS_OP_DEFAULT, ROW, T_BOOL, x, y, 0), "TTTTTTT" "FFFFFFF" "NNNNNNN" "TFNUHEC" "HHHHHHH" "EEEEEEE" "CCCCCCC"},
      {add(b, ANS_OP_EQ, ROW, T_BOOL, x, y, 0), "TFNUHEC" "FTNUHEC" "NNNUHEC" "UUUUHEC" "HHHHHEC" "EEEEEEC" "CCCCCCC"},
      /* falls x dann y sonst falsch; falls x dann y sonst n/a is covered by the row of unknown with equal branches */
      {add(b, ANS_OP_SELECT, ROW, T_BOOL, x, y, no), "TFNUHEC" "FFFFFFF" "EEEEEEE" "UFUUUUU" "HFHHHHH" "EEEEEEE" "CCCCCCC"},
      {add(b, ANS_OP_SELECT, ROW, T_BOOL, x, y, y), "TFNUHEC" "TFNUHEC" "EEEEEEE" "TFNUHEC" "TFNUHEC" "EEEEEEE" "CCCCCCC"},
      /* one rule: live x, value y, default false / true */
      {add(b, ANS_OP_RESOLVE, ROW, T_BOOL, list(b, 3, (uint32_t[]){no, x, y}), 3, 0), "TFNUHEC" "FFFFFFF" "EEEEEEE" "UFUUHUU" "HFHHHHH" "EEEEEEE" "CCCCCCC"},
      {add(b, ANS_OP_RESOLVE, ROW, T_BOOL, list(b, 3, (uint32_t[]){yes, x, y}), 3, 0), "TFNUHEC" "TTTTTTT" "EEEEEEE" "TUUUHUU" "THHHHHH" "EEEEEEE" "CCCCCCC"},
      /* two certain rules with values x and y */
      {add(b, ANS_OP_RESOLVE, ROW, T_BOOL, list(b, 5, (uint32_t[]){no, yes, x, yes, y}), 5, 0), "TCTTTEC" "CFNUHEC" "TNNUHEC" "TUUUHEC" "THHHHEC" "EEEEEEC" "CCCCCCC"},
      /* certain value x beside a rule that is possibly live: live y, value true */
      {add(b, ANS_OP_RESOLVE, ROW, T_BOOL, list(b, 5, (uint32_t[]){no, yes, x, y, yes}), 5, 0), "TTETTEC" "CFEUHEC" "TNEUHEC" "TUEUHEC" "THEUHEC" "EEEEEEC" "CCECCEC"}};
  ans_program *p = freeze(b);
  ans_columns *c = all_pairs(p);
  ans_trace *t = run(c, 0);
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++)
    for (uint32_t i = 0; i < 49; i++)
      cr_expect_eq(letter(ans_trace_get(t, expected[k].reg, i)), expected[k].table[i], "register %u (%s) x=%c y=%c: %c, expected %c", expected[k].reg,
                   ans_opcode_mnemonic((ans_opcode)p->insns[expected[k].reg].op), letters[i / 7], letters[i % 7], letter(ans_trace_get(t, expected[k].reg, i)),
                   expected[k].table[i]);
  ans_trace_free(t);
  ans_columns_free(c);
  ans_program_free(p);
}

/* --- arithmetic ------------------------------------------------------------------------------------------------------------------ */
typedef struct sum { ans_opcode op; int64_t a, b; uint32_t mode; bool ok; int64_t v; } sum;

Test(arithmetic, values_and_errors) {
  static const sum cases[] = {
      {ANS_OP_ADD, 2, 3, 0, true, 5},          {ANS_OP_ADD, INT64_MAX, 1, 0, false, 0},   {ANS_OP_ADD, INT64_MIN, -1, 0, false, 0},
      {ANS_OP_SUB, INT64_MIN, 1, 0, false, 0}, {ANS_OP_SUB, 0, INT64_MIN, 0, false, 0},   {ANS_OP_SUB, -1, INT64_MIN, 0, true, INT64_MAX},
      {ANS_OP_MUL, -3, 7, 0, true, -21},       {ANS_OP_MUL, INT64_MIN, -1, 0, false, 0},  {ANS_OP_MUL, INT64_C(1) << 32, INT64_C(1) << 31, 0, false, 0},
      {ANS_OP_MUL, INT64_C(1) << 31, INT64_C(1) << 31, 0, true, INT64_C(1) << 62},       {ANS_OP_DIVR, 5, 2, ANS_ROUND_HALF_UP, true, 3},
      {ANS_OP_DIVR, -5, 2, ANS_ROUND_HALF_UP, true, -3}, {ANS_OP_DIVR, 1, 3, ANS_ROUND_UP, true, 1}, {ANS_OP_DIVR, -1, 3, ANS_ROUND_UP, true, -1},
      {ANS_OP_DIVR, -5, 2, ANS_ROUND_DOWN, true, -2}, {ANS_OP_DIVR, 5, 0, 0, false, 0}, {ANS_OP_DIVR, INT64_MIN, -1, 0, false, 0},
      {ANS_OP_MIN2, -4, 4, 0, true, -4},       {ANS_OP_MAX2, -4, 4, 0, true, 4},          {ANS_OP_LT, 1, 1, 0, true, 0},
      {ANS_OP_LE, 1, 1, 0, true, 1},           {ANS_OP_NE, 1, 1, 0, true, 0},             {ANS_OP_EQ, INT64_MIN, INT64_MIN, 0, true, 1}};
  enum { N = sizeof cases / sizeof *cases };
  ans_builder *b = begin();
  uint32_t reg[N];
  for (int i = 0; i < N; i++) {
    bool truth = cases[i].op >= ANS_OP_EQ && cases[i].op <= ANS_OP_LE;
    reg[i] = add(b, cases[i].op, 0, truth ? T_BOOL : T_INT, constant(b, T_INT, cases[i].a), constant(b, T_INT, cases[i].b), cases[i].mode);
  }
  uint32_t negated = add(b, ANS_OP_NEG, 0, T_INT, constant(b, T_INT, INT64_MIN), 0, 0);
  ans_program *p = freeze(b);
  ans_columns *c = all_pairs(p);
  ans_trace *t = run(c, 0);
  for (int i = 0; i < N; i++) {
    ans_scalar v = ans_trace_get(t, reg[i], 0);
    cr_expect_eq(v.state, cases[i].ok ? ANS_VALUE : ANS_ERRONEOUS, "case %d", i);
    cr_expect_eq(v.v, cases[i].v, "case %d", i);
  }
  cr_expect_eq(ans_trace_get(t, negated, 0).state, ANS_ERRONEOUS);
  ans_trace_free(t);
  ans_columns_free(c);
  ans_program_free(p);
}

static int64_t day(const char *s) {
  int64_t d = 0;
  cr_assert(ans_date_parse_iso(s, &d));
  return d;
}

Test(arithmetic, dates_months_and_parameters) {
  ans_builder *b = begin();
  ans_param_row rows[] = {{(int32_t)day("2023-01-01"), (int32_t)day("2024-12-31"), 0, {1, INT64_MIN}, {2, INT64_MAX}, 11, ANS_NONE, 0},
                          {(int32_t)day("2023-01-01"), (int32_t)day("2024-12-31"), 0, {3, INT64_MIN}, {INT64_MAX, INT64_MAX}, 22, ANS_NONE, 0},
                          {(int32_t)day("2025-01-01"), ANS_OPEN_FUTURE, 0, {INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX}, 33, ANS_NONE, 0}};
  ans_builder_param(b, &(ans_param){"Satz", "", T_INT, ANS_NONE, 1, 0, 0}, rows, 3);
#define DATE(s) constant(b, T_DATE, day(s))
#define INT(v) constant(b, T_INT, v)
#define LOOKUP(d, k) add(b, ANS_OP_PARAM, 0, T_INT, 0, list(b, 2, (uint32_t[]){DATE(d), INT(k)}), 2)
  const struct { uint32_t reg; uint8_t state; int64_t v; } expected[] = {
      {add(b, ANS_OP_PERIOD, 0, T_MONTH, 0, 0, 0), 0, MONTH},
      {add(b, ANS_OP_PERIOD, 0, T_DATE, 1, 0, 0), 0, day("2024-02-01")},
      {add(b, ANS_OP_PERIOD, 0, T_DATE, 2, 0, 0), 0, day("2024-02-29")},
      {add(b, ANS_OP_YEARS_DONE, 0, T_DATE, DATE("2006-02-01"), INT(18), 0), 0, day("2024-02-01")},
      {add(b, ANS_OP_YEARS_DONE, 0, T_DATE, DATE("2004-02-29"), INT(18), 0), 0, day("2022-03-01")},
      {add(b, ANS_OP_YEARS_DONE, 0, T_DATE, DATE("9990-01-01"), INT(18), 0), ANS_ERRONEOUS, 0},
      {add(b, ANS_OP_ADD, 0, T_DATE, DATE("9999-12-30"), INT(1), 0), 0, ANS_DAY_MAX},
      {add(b, ANS_OP_ADD, 0, T_DATE, DATE("9999-12-30"), INT(2), 0), ANS_ERRONEOUS, 0},
      {add(b, ANS_OP_SUB, 0, T_DATE, DATE("0001-01-02"), INT(2), 0), ANS_ERRONEOUS, 0},
      {add(b, ANS_OP_SUB, 0, T_INT, DATE("2024-03-01"), DATE("2024-02-01"), 0), 0, 29},
      {add(b, ANS_OP_ADD_MONTHS, 0, T_DATE, DATE("2024-01-31"), INT(1), ANS_CLIP_NONE), ANS_ERRONEOUS, 0},
      {add(b, ANS_OP_ADD_MONTHS, 0, T_DATE, DATE("2024-01-31"), INT(1), ANS_CLIP_MONTH_END), 0, day("2024-02-29")},
      {add(b, ANS_OP_ADD_MONTHS, 0, T_DATE, DATE("2024-01-31"), INT(1), ANS_CLIP_NEXT_DAY), 0, day("2024-03-01")},
      {add(b, ANS_OP_MONTH_OF, 0, T_MONTH, DATE("2024-02-29"), 0, 0), 0, MONTH},
      {add(b, ANS_OP_MONTH_FIRST, 0, T_DATE, constant(b, T_MONTH, MONTH), 0, 0), 0, day("2024-02-01")},
      {add(b, ANS_OP_MONTH_LAST, 0, T_DATE, constant(b, T_MONTH, MONTH), 0, 0), 0, day("2024-02-29")},
      {add(b, ANS_OP_MONTH_LAST, 0, T_DATE, add(b, ANS_OP_ADD, 0, T_MONTH, constant(b, T_MONTH, MONTH), INT(1000000), 0), 0, 0), ANS_ERRONEOUS, 0},
      {add(b, ANS_OP_YEAR_OF, 0, T_INT, DATE("1969-12-31"), 0, 0), 0, 1969},
      {LOOKUP("2023-01-01", 1), 0, 11}, {LOOKUP("2024-12-31", 2), 0, 11}, {LOOKUP("2024-12-31", 3), 0, 22}, {LOOKUP("2025-01-01", -7), 0, 33},
      {LOOKUP("2022-12-31", 1), ANS_ERRONEOUS, 0}, {LOOKUP("2023-01-01", 0), ANS_ERRONEOUS, 0},
      {add(b, ANS_OP_HUMAN, 0, T_DATE, ANS_NONE, 0, 0), ANS_HUMAN, 0}};
  ans_program *p = freeze(b);
  ans_columns *c = all_pairs(p);
  ans_trace *t = run(c, 0);
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    ans_scalar v = ans_trace_get(t, expected[i].reg, 0);
    cr_expect_eq(v.state, expected[i].state, "case %zu", i);
    cr_expect_eq(v.v, expected[i].v, "case %zu: %ld", i, (long)v.v);
  }
  ans_trace_free(t);
  ans_columns_free(c);
  ans_program_free(p);
}

/* --- random data ------------------------------------------------------------------------------------------------------------------ */
static uint64_t seed;
static uint32_t below(uint32_t n) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (uint32_t)(seed >> 33) % n;
}
static ans_scalar random_state(uint32_t n) { return (ans_scalar){0, (uint8_t)(1 + below(n))}; }

/* Intervals around the month, each day of [from, to] at most once. Returns their number. */
static uint32_t random_timeline(ans_interval out[12], int32_t around) {
  uint32_t n = 0;
  int32_t at = around - 45;
  if (below(3) == 0) out[n++] = (ans_interval){ANS_OPEN_PAST, at - 1, below(2), 0};
  while (n < 11 && at < around + 60) {
    if (below(3) == 0) at += (int32_t)below(12);
    ans_interval x = {at, at + (int32_t)below(14), below(2), 0};
    if (below(4) == 0) x.value = 0, x.state = (uint8_t)(1 + below(3));
    out[n++] = x;
    at = x.to + 1;
  }
  if (below(3) == 0) out[n++] = (ans_interval){at, ANS_OPEN_FUTURE, below(2), 0};
  return n;
}

enum { ROWS = 14, GROUPS = 4 };

static ans_columns *random_columns(const ans_program *p, uint32_t components) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  int32_t first = (int32_t)ans_month_first(MONTH);
  for (uint32_t k = 0; k < components; k++) {
    uint32_t row[ROWS], group[GROUPS];
    ans_interval items[14];
    must(ans_columns_begin_component(b, NULL));
    for (int i = 0; i < GROUPS; i++) must(ans_columns_add_row(b, GROUP, NULL, &group[i], NULL));
    for (int i = 0; i < ROWS; i++) must(ans_columns_add_row(b, ROW, NULL, &row[i], NULL));
    bool calm = below(2) == 0; /* half of the components know almost everything */
    for (int i = 0; i < GROUPS; i++) must(ans_columns_set_timeline(b, F_GTL, group[i], items, random_timeline(items, first), NULL));
    for (int i = 0; i < ROWS; i++) {
      set_letter(b, F_X, row[i], below(calm ? 2 : 7));
      set_letter(b, F_Y, row[i], below(calm ? 3 : 7));
      must(ans_columns_set(b, F_NA, row[i], (ans_scalar){0, ANS_NOT_APPLICABLE}, NULL));
      bool odd = below(calm ? 20 : 4) == 0;
      must(ans_columns_set(b, F_I, row[i], odd ? random_state(3) : (ans_scalar){below(5), 0}, NULL));
      must(ans_columns_set(b, F_REF, row[i], below(calm ? 20 : 5) == 0 ? random_state(3) : (ans_scalar){group[below(GROUPS)], 0}, NULL));
      must(ans_columns_set(b, F_NEXT, row[i], below(5) == 0 ? random_state(3) : (ans_scalar){row[below(ROWS)], 0}, NULL));
      must(ans_columns_set(b, F_DATE, row[i], below(5) == 0 ? random_state(3) : (ans_scalar){first - 10 + below(50), 0}, NULL));
      must(ans_columns_set_timeline(b, F_TL, row[i], items, random_timeline(items, first), NULL));
    }
    must(ans_columns_end_component(b, NULL));
  }
  ans_columns *c = NULL;
  must(ans_columns_finish(b, &c, NULL));
  ans_columns_builder_free(b);
  return c;
}

static uint8_t max(uint8_t a, uint8_t b) { return a > b ? a : b; }
static ans_scalar state(uint8_t s) { return (ans_scalar){0, s}; }
static bool is(ans_scalar x, int64_t v) { return x.state == 0 && x.v == v; }
static void expect(ans_scalar have, ans_scalar want, const char *what, uint32_t component, uint32_t row) {
  cr_assert(have.state == want.state && have.v == want.v, "%s component %u row %u: (%ld,%u), expected (%ld,%u)", what, component, row, (long)have.v, have.state,
            (long)want.v, want.state);
}

/* --- timelines, day by day -------------------------------------------------------------------------------------------------------- */
static ans_scalar naive_walk(const ans_columns *c, uint32_t row, int64_t d, int step) {
  bool own_run = true;
  for (int64_t e = d; e >= ANS_DAY_MIN && e <= ANS_DAY_MAX && llabs(e - d) < 4000; e += step) {
    ans_scalar v = ans_columns_on_day(c, F_TL, row, e);
    if (v.state > ANS_NOT_APPLICABLE) return state(v.state);
    if (is(v, 1) && !own_run) return (ans_scalar){e, 0};
    if (!is(v, 1)) own_run = false;
  }
  return state(ANS_NOT_APPLICABLE); /* the data has no change farther away */
}

Test(timelines, walks_and_days) {
  seed = 77;
  ans_builder *b = begin();
  uint32_t d = fact(b, F_DATE, T_DATE), next = fact(b, F_NEXT, ref_to(ROW));
  uint32_t at = add(b, ANS_OP_TL_AT, ROW, T_BOOL, F_TL, ANS_NONE, d), via = add(b, ANS_OP_TL_AT, ROW, T_BOOL, F_TL, next, d);
  uint32_t last = add(b, ANS_OP_TL_LAST_END, ROW, T_DATE, F_TL, ANS_NONE, d), start = add(b, ANS_OP_TL_NEXT_START, ROW, T_DATE, F_TL, ANS_NONE, d);
  ans_program *p = freeze(b);
  ans_columns *c = random_columns(p, 150);
  int seen[6] = {0}, dates = 0;
  for (uint32_t k = 0; k < 150; k++) {
    ans_trace *t = run(c, k);
    for (uint32_t i = 0; i < ROWS; i++) {
      uint32_t row = ans_trace_first_row(t, ROW) + i;
      ans_scalar day_cell = ans_columns_get(c, F_DATE, row), n = ans_columns_get(c, F_NEXT, row);
      bool dated = day_cell.state == ANS_VALUE;
      expect(ans_trace_get(t, at, i), dated ? ans_columns_on_day(c, F_TL, row, day_cell.v) : day_cell, "tl.at", k, i);
      uint8_t s = max(day_cell.state, n.state);
      expect(ans_trace_get(t, via, i), s ? state(s) : ans_columns_on_day(c, F_TL, (uint32_t)n.v, day_cell.v), "tl.at via", k, i);
      expect(ans_trace_get(t, last, i), dated ? naive_walk(c, row, day_cell.v, -1) : day_cell, "tl.last_end", k, i);
      expect(ans_trace_get(t, start, i), dated ? naive_walk(c, row, day_cell.v, 1) : day_cell, "tl.next_start", k, i);
      seen[ans_trace_get(t, last, i).state]++;
      dates += ans_trace_get(t, start, i).state == ANS_VALUE;
    }
    ans_trace_free(t);
  }
  cr_assert(seen[ANS_VALUE] > 100 && seen[ANS_NOT_APPLICABLE] > 20 && seen[ANS_UNKNOWN] > 100 && seen[ANS_HUMAN] > 20 && dates > 100);
  ans_columns_free(c);
  ans_program_free(p);
}

/* A row's day is good if its timeline is true, its date has come, and its group's timeline is true; days: number of good ones. */
typedef struct day_registers { uint32_t split, good_days, all_days; } day_registers;

static day_registers build_days(ans_builder *b) {
  uint32_t g = fact(b, F_REF, ref_to(GROUP)), d = fact(b, F_DATE, T_DATE);
  uint32_t group_split = add(b, ANS_OP_SPLIT, GROUP_DAY, ref_to(GROUP), GROUP_DAY, list(b, 3, (uint32_t[]){ANS_SPLIT_TIMELINE, F_GTL, ANS_NONE}), 3);
  uint32_t group_from = add(b, ANS_OP_SEG_FROM, GROUP_DAY, T_DATE, 0, 0, 0);
  uint32_t group_on = add(b, ANS_OP_TL_AT, GROUP_DAY, T_BOOL, F_GTL, group_split, group_from);
  const uint32_t items[] = {ANS_SPLIT_TIMELINE, F_TL, ANS_NONE, ANS_SPLIT_DATE, d, 0, ANS_SPLIT_SEGMENTS, GROUP_DAY, g};
  uint32_t split = add(b, ANS_OP_SPLIT, ROW_DAY, ref_to(ROW), ROW_DAY, list(b, 9, items), 9);
  uint32_t from = add(b, ANS_OP_SEG_FROM, ROW_DAY, T_DATE, 0, 0, 0), to = add(b, ANS_OP_SEG_TO, ROW_DAY, T_DATE, 0, 0, 0);
  uint32_t on = add(b, ANS_OP_TL_AT, ROW_DAY, T_BOOL, F_TL, split, from);
  uint32_t date = add(b, ANS_OP_GATHER, ROW_DAY, T_DATE, split, d, 0), late = add(b, ANS_OP_LE, ROW_DAY, T_BOOL, date, from, 0);
  uint32_t group = add(b, ANS_OP_GATHER, ROW_DAY, ref_to(GROUP), split, g, 0);
  uint32_t segment = add(b, ANS_OP_SEG_FIND, ROW_DAY, ref_to(GROUP_DAY), group, GROUP_DAY, from);
  uint32_t group_then = add(b, ANS_OP_GATHER, ROW_DAY, T_BOOL, segment, group_on, 0);
  uint32_t good = add(b, ANS_OP_AND, ROW_DAY, T_BOOL, add(b, ANS_OP_AND, ROW_DAY, T_BOOL, on, late, 0), group_then, 0);
  uint32_t days = add(b, ANS_OP_ADD, ROW_DAY, T_INT, add(b, ANS_OP_SUB, ROW_DAY, T_INT, to, from, 0), constant(b, T_INT, 1), 0);
  return (day_registers){split, add(b, ANS_OP_AGG_SUM, ROW, T_INT, split, good, days), add(b, ANS_OP_AGG_SUM, ROW, T_INT, split, ANS_NONE, days)};
}

/* Segments cover the month, and what depends on the day is constant in each: summed over segments = counted day by day. */
Test(segments, cover_the_month_and_agree_with_days) {
  seed = 4711;
  ans_builder *b = begin();
  day_registers reg = build_days(b);
  ans_program *p = freeze(b);
  ans_columns *c = random_columns(p, 120);
  int known = 0, segments = 0;
  for (uint32_t k = 0; k < 120; k++) {
    ans_trace *t = run(c, k);
    for (uint32_t i = 0; i < ROWS; i++) {
      expect(ans_trace_get(t, reg.all_days, i), (ans_scalar){29, 0}, "days of the month", k, i);
      uint32_t row = ans_trace_first_row(t, ROW) + i;
      ans_scalar when = ans_columns_get(c, F_DATE, row), who = ans_columns_get(c, F_REF, row);
      uint8_t s = 0;
      int64_t n = 0;
      for (int64_t e = ans_month_first(MONTH); e <= ans_month_last(MONTH); e++) { /* filters are conditions: n/a is an error */
        ans_scalar x[3] = {ans_columns_on_day(c, F_TL, row, e), when.state ? when : (ans_scalar){when.v <= e, 0},
                           who.state ? who : ans_columns_on_day(c, F_GTL, (uint32_t)who.v, e)};
        if (is(x[0], 0) || is(x[1], 0) || is(x[2], 0)) continue;
        uint8_t m = max(x[0].state, max(x[1].state, x[2].state));
        if (m == ANS_NOT_APPLICABLE) m = ANS_ERRONEOUS;
        s = max(s, m);
        n += m == 0;
      }
      expect(ans_trace_get(t, reg.good_days, i), s ? state(s) : (ans_scalar){n, 0}, "days", k, i);
      known += s == 0 && n > 0;
    }
    segments += (int)ans_trace_rows(t, reg.split);
    ans_trace_free(t);
  }
  cr_assert_gt(known, 30);
  cr_assert_gt(segments, 120 * ROWS * 2);
  ans_columns_free(c);
  ans_program_free(p);
}

Test(segments, every_day) {
  seed = 5;
  ans_builder *b = begin();
  uint32_t split = add(b, ANS_OP_SPLIT, ROW_DAY, ref_to(ROW), ROW_DAY, list(b, 3, (uint32_t[]){ANS_SPLIT_EVERY_DAY, 0, 0}), 3);
  uint32_t from = add(b, ANS_OP_SEG_FROM, ROW_DAY, T_DATE, 0, 0, 0), to = add(b, ANS_OP_SEG_TO, ROW_DAY, T_DATE, 0, 0, 0);
  ans_program *p = freeze(b);
  ans_columns *c = random_columns(p, 1);
  ans_trace *t = run(c, 0);
  cr_assert_eq(ans_trace_rows(t, split), (uint32_t)ROWS * 29);
  for (uint32_t i = 0; i < ROWS * 29; i++) {
    cr_assert_eq(ans_trace_get(t, from, i).v, ans_month_first(MONTH) + i % 29);
    cr_assert_eq(ans_trace_get(t, to, i).v, ans_trace_get(t, from, i).v);
    cr_assert_eq(ans_trace_get(t, split, i).v, i / 29);
  }
  ans_trace_free(t);
  ans_columns_free(c);
  ans_program_free(p);
}

/* --- aggregates and ranks, pair by pair --------------------------------------------------------------------------------------------- */
static ans_scalar cond(ans_scalar f) { return f.state == ANS_NOT_APPLICABLE ? state(ANS_ERRONEOUS) : f; }

/* Section 3 for one target row and one member at a time. */
static ans_scalar naive_aggregate(const ans_trace *t, ans_opcode op, uint32_t ref, uint32_t filter, uint32_t element, uint32_t target) {
  int64_t total = 0, best = 0, count = 0;
  bool any = false, decided = false;
  uint8_t s = 0;
  for (uint32_t i = 0; i < 2 * ROWS; i++) { /* the second time round: the numbers that enter possibly */
    const uint32_t m = i % ROWS;
    const bool last = i >= ROWS;
    ans_scalar r = ans_trace_get(t, ref, m), f = filter == ANS_NONE ? (ans_scalar){1, 0} : cond(ans_trace_get(t, filter, m)), x = ans_trace_get(t, element, m);
    if (r.state == ANS_NOT_APPLICABLE || (r.state == 0 && r.v != (int64_t)ans_trace_first_row(t, GROUP) + target) || is(f, 0)) continue;
    if (r.state) f = state(max(f.state, r.state));
    if ((op == ANS_OP_AGG_SUM || op == ANS_OP_AGG_MIN || op == ANS_OP_AGG_MAX) && !x.state && (f.state == ANS_UNKNOWN || f.state == ANS_HUMAN)) {
      bool nothing = op == ANS_OP_AGG_SUM ? x.v == 0 : any && (op == ANS_OP_AGG_MIN ? x.v >= best : x.v <= best);
      if (last && !nothing) s = max(s, f.state);
      continue;
    }
    if (last) continue;
    if (op == ANS_OP_AGG_COUNT) {
      if (f.state) s = max(s, f.state);
      else count++;
      continue;
    }
    if (x.state == ANS_NOT_APPLICABLE) continue;
    if (op == ANS_OP_AGG_ANY || op == ANS_OP_AGG_ALL) {
      int64_t neutral = op == ANS_OP_AGG_ALL;
      if (is(x, neutral)) continue;
      if (f.state == 0 && x.state == 0) decided = true;
      s = max(s, max(f.state, x.state));
      continue;
    }
    s = max(s, max(f.state, x.state));
    if (f.state || x.state) continue;
    total += x.v;
    if (!any || (op == ANS_OP_AGG_MIN ? x.v < best : x.v > best)) best = x.v;
    any = true;
  }
  if (op == ANS_OP_AGG_ANY || op == ANS_OP_AGG_ALL) return decided ? (ans_scalar){op == ANS_OP_AGG_ANY, 0} : s ? state(s) : (ans_scalar){op == ANS_OP_AGG_ALL, 0};
  if (s) return state(s);
  if (op == ANS_OP_AGG_COUNT) return (ans_scalar){count, 0};
  if (op == ANS_OP_AGG_SUM) return (ans_scalar){total, 0};
  return any ? (ans_scalar){best, 0} : state(ANS_NOT_APPLICABLE);
}

static ans_scalar naive_rank(const ans_trace *t, uint32_t ref, uint32_t filter, uint32_t key, uint32_t row) {
  ans_scalar f = cond(ans_trace_get(t, filter, row)), r = ans_trace_get(t, ref, row), k = cond(ans_trace_get(t, key, row));
  if (is(f, 0)) return state(ANS_NOT_APPLICABLE);
  if (f.state || r.state || k.state) return state(max(f.state, max(r.state, k.state)));
  int64_t rank = 1;
  uint8_t s = 0;
  for (uint32_t q = 0; q < ROWS; q++) {
    ans_scalar fq = cond(ans_trace_get(t, filter, q)), rq = ans_trace_get(t, ref, q), kq = cond(ans_trace_get(t, key, q));
    if (q == row || is(fq, 0) || rq.state == ANS_NOT_APPLICABLE || (rq.state == 0 && rq.v != r.v)) continue;
    if (rq.state) fq = state(max(fq.state, rq.state));
    if (kq.state) s = max(s, max(fq.state, kq.state));
    else if (kq.v < k.v || (kq.v == k.v && q < row)) {
      if (fq.state) s = max(s, fq.state);
      else rank++;
    }
  }
  return s ? state(s) : (ans_scalar){rank, 0};
}

Test(groups, aggregates_and_ranks_pair_by_pair) {
  seed = 99;
  static const ans_opcode ops[] = {ANS_OP_AGG_COUNT, ANS_OP_AGG_SUM, ANS_OP_AGG_MIN, ANS_OP_AGG_MAX, ANS_OP_AGG_ANY, ANS_OP_AGG_ALL};
  enum { N = sizeof ops / sizeof *ops };
  ans_builder *b = begin();
  uint32_t x = lettered(b, F_X), y = lettered(b, F_Y), i = fact(b, F_I, T_INT), g = fact(b, F_REF, ref_to(GROUP)), reg[N][2];
  for (int k = 0; k < N; k++)
    for (int plain = 0; plain < 2; plain++) {
      bool truth = ops[k] >= ANS_OP_AGG_ANY;
      reg[k][plain] = add(b, ops[k], GROUP, truth ? T_BOOL : T_INT, g, plain ? ANS_NONE : x, k == 0 ? 0 : truth ? y : i);
    }
  uint32_t rank = add(b, ANS_OP_RANK, ROW, T_INT, g, x, i);
  ans_program *p = freeze(b);
  ans_columns *c = random_columns(p, 600);
  int seen[N + 1][6] = {{0}};
  for (uint32_t k = 0; k < 600; k++) {
    ans_trace *t = run(c, k);
    for (int o = 0; o < N; o++)
      for (uint32_t target = 0; target < GROUPS; target++)
        for (int plain = 0; plain < 2; plain++) {
          uint32_t element = ops[o] >= ANS_OP_AGG_ANY ? y : i;
          ans_scalar v = ans_trace_get(t, reg[o][plain], target);
          expect(v, naive_aggregate(t, ops[o], g, plain ? ANS_NONE : x, element, target), ans_opcode_mnemonic(ops[o]), k, target);
          seen[o][v.state]++;
        }
    for (uint32_t r = 0; r < ROWS; r++) {
      ans_scalar v = ans_trace_get(t, rank, r);
      expect(v, naive_rank(t, g, x, i, r), "rank", k, r);
      seen[N][v.state]++;
    }
    ans_trace_free(t);
  }
  for (int o = 0; o <= N; o++)
    for (int s = 0; s < 6; s++)
      if (s != ANS_NOT_APPLICABLE || o == 2 || o == 3 || o == N) cr_assert_gt(seen[o][s], 0, "operation %d never had state %d", o, s);
  ans_columns_free(c);
  ans_program_free(p);
}

Test(groups, sum_is_judged_on_the_final_exact_sum) {
  ans_builder *b = begin();
  uint32_t g = fact(b, F_REF, ref_to(GROUP)), total = add(b, ANS_OP_AGG_SUM, GROUP, T_INT, g, ANS_NONE, fact(b, F_I, T_INT));
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  static const int64_t values[2][3] = {{INT64_MAX, INT64_MAX, -INT64_MAX}, {INT64_MAX, 1, 0}};
  for (int k = 0; k < 2; k++) {
    uint32_t group = 0, row = 0;
    must(ans_columns_begin_component(cb, NULL));
    must(ans_columns_add_row(cb, GROUP, NULL, &group, NULL));
    for (int i = 0; i < 3; i++) {
      must(ans_columns_add_row(cb, ROW, NULL, &row, NULL));
      set(cb, F_REF, row, group);
      set(cb, F_I, row, values[k][i]);
    }
    must(ans_columns_end_component(cb, NULL));
  }
  ans_columns *c = NULL;
  must(ans_columns_finish(cb, &c, NULL));
  ans_columns_builder_free(cb);
  ans_trace *t = run(c, 0), *u = run(c, 1);
  expect(ans_trace_get(t, total, 0), (ans_scalar){INT64_MAX, 0}, "sum", 0, 0);
  expect(ans_trace_get(u, total, 0), state(ANS_ERRONEOUS), "sum", 1, 0);
  ans_trace_free(t);
  ans_trace_free(u);
  ans_columns_free(c);
  ans_program_free(p);
}

/* --- overrides, operands, identity ----------------------------------------------------------------------------------------------------- */
typedef struct visits { uint32_t reg[64], row[64]; bool used[64]; uint32_t n; } visits;
static void note(void *ctx, uint32_t reg, uint32_t row, bool used) {
  visits *v = ctx;
  cr_assert_lt(v->n, 64u);
  v->reg[v->n] = reg, v->row[v->n] = row, v->used[v->n++] = used;
}
static visits operands(const ans_trace *t, uint32_t reg, uint32_t row) {
  visits v = {.n = 0};
  ans_trace_operands(t, reg, row, note, &v);
  return v;
}
static bool used(const visits *v, uint32_t reg, uint32_t row) {
  for (uint32_t i = 0; i < v->n; i++)
    if (v->reg[i] == reg && v->row[i] == row) return v->used[i];
  cr_assert_fail("register %u row %u is no operand", reg, row);
  return false;
}

enum { C_X, C_Y, C_AND, C_SELECT, C_COPY, C_AFTER, C_GATHER };
typedef struct small { ans_program *p; ans_columns *c; uint32_t reg[8], self, tl; } small;

/* Two equal components of two rows (T F), (U T), the second at another position, and a third that differs in one fact nobody reads in row 1. */
static small make_small(void) {
  small s;
  ans_builder *b = begin();
  uint32_t x = s.reg[C_X] = fact(b, F_X, T_BOOL), y = s.reg[C_Y] = fact(b, F_Y, T_BOOL), next = fact(b, F_NEXT, ref_to(ROW));
  s.reg[C_AND] = add(b, ANS_OP_AND, ROW, T_BOOL, x, y, 0);
  s.reg[C_SELECT] = add(b, ANS_OP_SELECT, ROW, T_BOOL, x, y, s.reg[C_AND]);
  s.reg[C_COPY] = ans_builder_insn_fresh(b, (ans_insn){.op = ANS_OP_RESOLVE, .unit = ROW, .type = T_BOOL, .a = list(b, 1, (uint32_t[]){s.reg[C_AND]}), .b = 1});
  s.reg[C_AFTER] = add(b, ANS_OP_NOT, ROW, T_BOOL, s.reg[C_COPY], 0, 0);
  s.reg[C_GATHER] = add(b, ANS_OP_GATHER, ROW, T_BOOL, next, s.reg[C_AFTER], 0);
  s.self = add(b, ANS_OP_SELF, ROW, ref_to(ROW), 0, 0, 0);
  s.tl = add(b, ANS_OP_TL_AT, ROW, T_BOOL, F_TL, next, add(b, ANS_OP_PERIOD, 0, T_DATE, 1, 0, 0));
  ans_builder_result(b, &(ans_result){"ergebnis", "", ROW, T_BOOL, s.reg[C_COPY], ANS_NONE});
  s.p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(s.p);
  for (int k = 0; k < 3; k++) {
    uint32_t r = 0, q = 0;
    must(ans_columns_begin_component(cb, NULL));
    must(ans_columns_add_row(cb, ROW, NULL, &r, NULL));
    must(ans_columns_add_row(cb, ROW, NULL, &q, NULL));
    set(cb, F_X, r, 1), set(cb, F_Y, r, 0), set(cb, F_Y, q, 1);
    if (k == 2) set(cb, F_X, q, 1);
    set(cb, F_NEXT, r, q), set(cb, F_NEXT, q, r);
    if (k == 1) must(ans_columns_set_override(cb, 0, q, (ans_scalar){1, ANS_VALUE}, NULL));
    must(ans_columns_end_component(cb, NULL));
  }
  must(ans_columns_finish(cb, &s.c, NULL));
  ans_columns_builder_free(cb);
  return s;
}

static void drop_small(small *s) {
  ans_columns_free(s->c);
  ans_program_free(s->p);
}

Test(trace, operands_tell_what_was_used) {
  small s = make_small();
  ans_trace *t = run(s.c, 1);
  cr_assert_eq(ans_trace_first_row(t, ROW), 2u);
  visits v = operands(t, s.reg[C_AND], 0); /* T und F */
  cr_assert(v.n == 2 && !used(&v, s.reg[C_X], 0) && used(&v, s.reg[C_Y], 0));
  v = operands(t, s.reg[C_AND], 1); /* U und T */
  cr_assert(v.n == 2 && used(&v, s.reg[C_X], 1) && used(&v, s.reg[C_Y], 1));
  v = operands(t, s.reg[C_SELECT], 0); /* x true */
  cr_assert(v.n == 3 && used(&v, s.reg[C_X], 0) && used(&v, s.reg[C_Y], 0) && !used(&v, s.reg[C_AND], 0));
  v = operands(t, s.reg[C_SELECT], 1);
  cr_assert(used(&v, s.reg[C_AND], 1) && used(&v, s.reg[C_Y], 1));
  v = operands(t, s.reg[C_GATHER], 0);
  cr_assert(v.n == 2 && used(&v, s.reg[C_AFTER], 1));
  cr_assert_eq(operands(t, s.reg[C_X], 0).n, 0u);
  uint32_t f = 0, row = 0;
  int32_t d = 0;
  cr_assert(ans_trace_fact_cell(t, s.reg[C_Y], 1, &f, &row, &d) && f == F_Y && row == 3);
  cr_assert(ans_trace_fact_cell(t, s.tl, 0, &f, &row, &d) && f == F_TL && row == 3 && d == ans_month_first(MONTH));
  cr_assert_not(ans_trace_fact_cell(t, s.reg[C_AND], 1, &f, &row, &d));
  cr_assert_eq(ans_trace_get(t, s.self, 1).v, 3);
  ans_trace_free(t);
  drop_small(&s);
}

Test(trace, overrides_replace_and_hide_what_is_beneath) {
  small s = make_small();
  ans_trace *t = run(s.c, 1), *u = run(s.c, 0);
  expect(ans_trace_get(t, s.reg[C_COPY], 0), (ans_scalar){0, 0}, "computed", 1, 0);
  expect(ans_trace_get(t, s.reg[C_COPY], 1), (ans_scalar){1, 0}, "given", 1, 1);
  expect(ans_trace_get(t, s.reg[C_AFTER], 1), (ans_scalar){0, 0}, "used", 1, 1);
  expect(ans_trace_get(u, s.reg[C_COPY], 1), state(ANS_UNKNOWN), "elsewhere computed", 0, 1);
  cr_assert(ans_trace_overridden(t, s.reg[C_COPY], 1));
  cr_assert_not(ans_trace_overridden(t, s.reg[C_COPY], 0));
  cr_assert_not(ans_trace_overridden(u, s.reg[C_COPY], 1));
  cr_assert_eq(operands(t, s.reg[C_COPY], 1).n, 0u);
  cr_assert_eq(operands(u, s.reg[C_COPY], 1).n, 1u);
  ans_trace_free(t);
  ans_trace_free(u);
  drop_small(&s);
}

Test(trace, identity_depends_on_the_used_slice_only) {
  small s = make_small();
  ans_trace *t[3];
  uint8_t h[3][32], other[32];
  for (uint32_t k = 0; k < 3; k++) {
    t[k] = run(s.c, k);
    must(ans_trace_hash(t[k], s.reg[C_AND], 0, h[k], NULL));
  }
  cr_assert_arr_eq(h[0], h[1], 32); /* another position */
  cr_assert_arr_eq(h[0], h[2], 32); /* another fact, not in the slice */
  must(ans_trace_hash(t[0], s.reg[C_AND], 1, h[0], NULL));
  must(ans_trace_hash(t[2], s.reg[C_AND], 1, h[2], NULL));
  cr_assert_neq(memcmp(h[0], h[2], 32), 0); /* now it is */
  must(ans_trace_hash(t[0], s.reg[C_GATHER], 1, h[0], NULL));
  must(ans_trace_hash(t[1], s.reg[C_GATHER], 1, h[1], NULL)); /* row 1 refers to row 0: references count from the component */
  cr_assert_arr_eq(h[0], h[1], 32);
  must(ans_trace_hash(t[0], s.reg[C_GATHER], 0, h[0], NULL));
  must(ans_trace_hash(t[1], s.reg[C_GATHER], 0, h[1], NULL)); /* passes the override */
  cr_assert_neq(memcmp(h[0], h[1], 32), 0);
  ans_trace *later = NULL;
  must(ans_replay_run(s.c, 0, MONTH + 1, &later, NULL));
  must(ans_trace_hash(later, s.reg[C_AND], 0, other, NULL));
  must(ans_trace_hash(t[0], s.reg[C_AND], 0, h[0], NULL));
  cr_assert_neq(memcmp(h[0], other, 32), 0);
  cr_assert_neq(ans_trace_hash(t[0], s.reg[C_AND], 2, other, NULL), ANS_OK);
  for (int k = 0; k < 3; k++) ans_trace_free(t[k]);
  ans_trace_free(later);
  drop_small(&s);
}

Test(trace, refuses_months_and_components_that_are_not_there) {
  small s = make_small();
  ans_trace *t = NULL;
  ans_error err;
  cr_assert_eq(ans_replay_run(s.c, 0, 2015 * 12 - 1, &t, &err), ANS_INPUT);
  cr_assert_str_eq(err.code, "E-REPLAY-PERIOD");
  cr_assert_str_eq(err.args[0], "2014-12");
  cr_assert_eq(ans_replay_run(s.c, 0, 2027 * 12, &t, &err), ANS_INPUT);
  cr_assert_eq(ans_replay_run(s.c, 3, MONTH, &t, &err), ANS_INPUT);
  cr_assert_str_eq(err.code, "E-REPLAY-COMPONENT");
  cr_assert_null(t);
  drop_small(&s);
}

/* --- cells on demand ------------------------------------------------------------------------------------------------------------------ */

/* A chain much longer than cells may wait for each other, read from its end: x + 1 + 1 + … */
Test(demand, long_chains_and_forgetting) {
  enum { LINKS = 5000 };
  ans_builder *b = begin();
  uint32_t one = constant(b, T_INT, 1), at = fact(b, F_I, T_INT);
  for (int i = 0; i < LINKS; i++) at = ans_builder_insn_fresh(b, (ans_insn){.op = ANS_OP_ADD, .unit = ROW, .type = T_INT, .a = at, .b = one});
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  ans_columns *c = NULL;
  ans_trace *t = NULL;
  uint32_t row;
  must(ans_columns_begin_component(cb, NULL));
  for (int k = 0; k < 3; k++) must(ans_columns_add_row(cb, ROW, NULL, &row, NULL));
  set(cb, F_I, 1, 7);
  must(ans_columns_end_component(cb, NULL));
  must(ans_columns_finish(cb, &c, NULL));
  ans_columns_builder_free(cb);
  must(ans_replay_demand(c, 0, MONTH, ANS_DAY_MAX, &t, NULL));
  expect(ans_trace_get(t, at, 1), (ans_scalar){LINKS + 7, 0}, "end of the chain", 1, 1);
  expect(ans_trace_get(t, at, 2), state(ANS_UNKNOWN), "another row", 1, 2);
  cr_assert(ans_values_set(&c->facts[F_I].values, 1, 8)); /* not read again before it is forgotten */
  expect(ans_trace_get(t, at, 1), (ans_scalar){LINKS + 7, 0}, "kept", 1, 1);
  must(ans_replay_forget(t, NULL));
  expect(ans_trace_get(t, at, 1), (ans_scalar){LINKS + 8, 0}, "forgotten", 1, 1);
  must(ans_trace_check(t, NULL));
  ans_trace_free(t);
  ans_columns_free(c);
  ans_program_free(p);
}

Test(demand, computes_nothing_that_is_not_read) {
  small s = make_small();
  ans_trace *t = NULL;
  must(ans_replay_demand(s.c, 1, MONTH, ANS_DAY_MAX, &t, NULL));
  expect(ans_trace_get(t, s.reg[C_SELECT], 0), (ans_scalar){0, 0}, "y, because x is true", 1, 0);
  cr_assert_eq(replay__at(t, s.reg[C_Y], 0)->state, ANS_VALUE);
  cr_assert_eq(replay__at(t, s.reg[C_AND], 0)->state, REPLAY_PENDING, "the branch that was not chosen");
  cr_assert_not(replay__has_memory(t, s.reg[C_GATHER]));
  must(ans_trace_check(t, NULL));
  ans_trace_free(t);
  drop_small(&s);
}

/* --- slices --------------------------------------------------------------------------------------------------------------------------------- */
typedef struct seen { uint32_t n; ans_trace_cell at[64]; uint8_t roots[64]; } seen;

static void see(void *ctx, const ans_slice_cell *cell) {
  seen *x = ctx;
  if (x->n == 64) return;
  x->at[x->n] = (ans_trace_cell){cell->reg, cell->row};
  x->roots[x->n++] = cell->roots;
}

static uint8_t roots_of(const seen *x, uint32_t reg, uint32_t row) {
  for (uint32_t i = 0; i < x->n; i++)
    if (x->at[i].reg == reg && x->at[i].row == row) return x->roots[i];
  return 0;
}

/* In component 1, row 0: x true, y false. Both ways of computing; a slice leaves no mark behind. */
Test(slice, says_which_root_needs_a_cell) {
  small s = make_small();
  for (int demand = 0; demand < 2; demand++) {
    ans_trace *t = demand ? NULL : run(s.c, 1);
    if (demand) must(ans_replay_demand(s.c, 1, MONTH, ANS_DAY_MAX, &t, NULL));
    const ans_trace_cell roots[2] = {{s.reg[C_AND], 0}, {s.reg[C_SELECT], 0}};
    for (int again = 0; again < 2; again++) {
      seen x = {0};
      cr_assert(ans_trace_slice(t, roots, 2, see, &x));
      for (uint32_t i = 1; i < x.n; i++) cr_assert(x.at[i - 1].reg > x.at[i].reg || (x.at[i - 1].reg == x.at[i].reg && x.at[i - 1].row > x.at[i].row));
      cr_assert_eq(roots_of(&x, s.reg[C_AND], 0), 1u);
      cr_assert_eq(roots_of(&x, s.reg[C_SELECT], 0), 2u);
      cr_assert_eq(roots_of(&x, s.reg[C_X], 0), 2u, "not needed by the conjunction: y alone makes it false");
      cr_assert_eq(roots_of(&x, s.reg[C_Y], 0), 3u);
      cr_assert_eq(x.n, 4u);
    }
    cr_assert_not(ans_trace_slice(t, roots, 0, see, &(seen){0}));
    cr_assert_not(ans_trace_slice(t, &(ans_trace_cell){s.reg[C_AND], 99}, 1, see, &(seen){0}));
    ans_trace_free(t);
  }
  drop_small(&s);
}
