/* Emitted packages against wrong input and hostile names, and emissions that are refused.
 *
 *   faults "cc flags" */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "emit/emit.h"

/* Names and texts that would end a comment, a literal or a line, make a trigraph, turn the direction of writing, be a keyword, or collide. */
#define EVIL_NAME "*/ /* // \" \\ ?\?/ %s \xE2\x80\xAE \xC2\xA7 \xF0\x9F\x98\x80 */"
#define EVIL "*/ /* // \" \\ ?\?/ %s \n\t \xE2\x80\xAE \xC2\xA7 \xF0\x9F\x98\x80 */"
enum { ROW = 1, OTHER = 2, DAYS = 3, PERIOD = 2026 * 12 };
enum { F_BOOL, F_DATE, F_ENUM, F_REF, F_LIST, F_TEXT, F_LINE, F_UMLAUT, F_WORD, F_MONTH, F_INT, F_LINE_REF, F_COUNT };
enum { R_ROW, R_DAY, R_REF, R_COUNT };

static uint32_t insn(ans_builder *b, ans_opcode op, uint32_t unit, ans_type t, uint32_t x, uint32_t y, uint32_t z) {
  return ans_builder_insn_fresh(b, (ans_insn){.op = (uint16_t)op, .unit = (uint16_t)unit, .type = t, .a = x, .b = y, .c = z});
}

static const ans_type T_BOOL = {.tag = ANS_T_BOOL}, T_REF = {.tag = ANS_T_REF, .ref = ROW}, T_DATE = {.tag = ANS_T_DATE};

static void add_facts(ans_builder *b) {
  const struct { const char *name; ans_type t; uint8_t kind; } facts[F_COUNT] = {
      [F_BOOL] = {"b", {.tag = ANS_T_BOOL}, 0}, [F_DATE] = {"Ma\xC3\x9F", {.tag = ANS_T_DATE}, 0}, [F_ENUM] = {"Ma\xC3\x9F\xC3\x9F", {.tag = ANS_T_ENUM}, 0}, [F_REF] = {"r", T_REF, 0},
      [F_LIST] = {"l", {.tag = ANS_T_LIST}, 0}, [F_TEXT] = {"t", {.tag = ANS_T_TEXT, .ref = F_TEXT}, 0}, [F_LINE] = {"line", {.tag = ANS_T_BOOL}, ANS_FACT_TIMELINE},
      [F_UMLAUT] = {"Mass", {.tag = ANS_T_BOOL}, 0}, [F_WORD] = {"int", {.tag = ANS_T_BOOL}, 0}, [F_MONTH] = {"\xC3\xA9\xE2\x82\xAC", {.tag = ANS_T_MONTH}, 0}, [F_INT] = {"2", {.tag = ANS_T_INT}, 0},
      [F_LINE_REF] = {"\xC3\xA8\xE2\x82\xAC", T_REF, ANS_FACT_TIMELINE}};
  for (uint32_t i = 0; i < F_COUNT; i++) ans_builder_fact(b, &(ans_fact){facts[i].name, EVIL, ROW, facts[i].t, facts[i].kind, 0, 0, 0, 0, 0, i == F_MONTH ? ANS_FACT_GREATEST : 0, 0, i == F_MONTH ? 24000 : 0}, NULL, 0);
}

static void add_code(ans_builder *b) {
  uint32_t reg[F_COUNT], day = insn(b, ANS_OP_PERIOD, 0, T_DATE, 1, 0, 0);
  const ans_type types[] = {{.tag = ANS_T_BOOL}, {.tag = ANS_T_DATE}, {.tag = ANS_T_ENUM}, T_REF, {.tag = ANS_T_LIST}, {.tag = ANS_T_TEXT, .ref = F_TEXT}};
  for (uint32_t i = 0; i < F_LINE; i++) reg[i] = insn(b, ANS_OP_FACT, ROW, types[i], i, 0, 0);
  const uint32_t on = insn(b, ANS_OP_TL_AT, ROW, T_BOOL, F_LINE, ANS_NONE, day), asked = insn(b, ANS_OP_TEXT_IS, ROW, T_BOOL, reg[F_TEXT], 0, 0);
  const uint32_t split = insn(b, ANS_OP_SPLIT, DAYS, T_REF, DAYS, ans_builder_list(b, (uint32_t[]){ANS_SPLIT_TIMELINE, F_LINE, ANS_NONE}, 3), 3);
  const uint32_t both = insn(b, ANS_OP_OR, ROW, T_BOOL, on, asked, 0), there = insn(b, ANS_OP_GATHER, DAYS, T_BOOL, split, both, 0);
  const uint32_t copy = insn(b, ANS_OP_RESOLVE, ROW, T_BOOL, ans_builder_list(b, &both, 1), 1, 0);
  const uint32_t to = insn(b, ANS_OP_RESOLVE, ROW, T_REF, ans_builder_list(b, &reg[F_REF], 1), 1, 0);
  ans_builder_result(b, &(ans_result){"default", EVIL, ROW, T_BOOL, copy, 0});
  ans_builder_result(b, &(ans_result){"default", EVIL, DAYS, T_BOOL, there, ANS_NONE});
  ans_builder_result(b, &(ans_result){"to", "", ROW, T_REF, to, ANS_NONE});
  ans_builder_node(b, &(ans_node){copy, ANS_NONE, ANS_NODE_RULE, 0, R_ROW, EVIL, EVIL "?" "?=", 7});
}

static ans_program *program(void) {
  static const char *const values[] = {"auto", "\xC3\xA4", "ae"}, *const literals[] = {"?" "?!", "gleich"};
  ans_builder *b = ans_builder_new();
  ans_program *p = NULL;
  ans_error err = {0};
  char text[1024];
  ans_builder_header(b, "synthetisch/\xC3\x9C-1", "1 \"\\ ?\?/", EVIL_NAME, PERIOD, PERIOD + 11);
  ans_builder_unit(b, &(ans_unit){"while", EVIL, ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"extras", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"while\xC3\x97Tag", "", ROW});
  ans_builder_unit(b, &(ans_unit){"input", "", ANS_NONE});
  ans_builder_enum(b, "\xC3\xA4", values, 3);
  ans_builder_provision(b, &(ans_provision){EVIL_NAME, "EStG", ANS_NONE, 0});
  add_facts(b);
  ans_builder_predicate(b, F_TEXT, ANS_PREDICATE_ONE_OF, literals, 2);
  add_code(b);
  if (ans_builder_freeze(b, &p, &err) != ANS_OK) printf("%s\n", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  ans_builder_free(b);
  return p;
}

/* --- wrong input: one mistake each on an input that is right -------------------------------------------------------------------------- */
typedef struct subject {
  const emit_bound *e;
  unsigned char rows[3][512], other[64], input[256];
  an_interval line[2], refs[1];
  an_text texts[2];
  an_given given[2];
  an_extras extras;
  uint32_t row_count;
  const void *row_pointer;
  uint64_t mistakes, missed;
} subject;

static void put(subject *s, uint32_t row, uint32_t fact, an_fact v) { memcpy(s->rows[0] + row * s->e->package->units[ROW].row_size + s->e->package->facts[fact].offset, &v, sizeof v); }
static void put_line(subject *s, uint32_t fact, const an_interval *items, uint32_t n) {
  const an_timeline t = {items, n};
  memcpy(s->rows[0] + s->e->package->facts[fact].offset, &t, sizeof t);
}

static void right(subject *s) {
  memset(s->rows, 0, sizeof s->rows);
  s->row_count = 2;
  s->row_pointer = s->rows[0];
  s->line[0] = (an_interval){AN_OPEN_PAST, 20000, 1, AN_IS_VALUE};
  s->line[1] = (an_interval){20001, AN_OPEN_FUTURE, 0, AN_IS_HUMAN};
  s->refs[0] = (an_interval){0, 1, 1, AN_IS_VALUE};
  s->texts[0] = (an_text){"gleich", F_TEXT, 1, 0};
  s->texts[1] = (an_text){"", F_BOOL, 0, 1};
  s->given[0] = (an_given){R_ROW, 0, an_value(1)};
  s->given[1] = (an_given){R_REF, 1, an_value(0)};
  s->extras = (an_extras){s->texts, 2, s->given, 2};
  put(s, 0, F_BOOL, an_value(1));
  put(s, 0, F_DATE, an_value(AN_DAY_MAX));
  put(s, 0, F_ENUM, an_value(2));
  put(s, 0, F_REF, an_value(1));
  put(s, 0, F_LIST, an_value(7));
  put(s, 0, F_TEXT, an_value(0));
  put(s, 0, F_MONTH, an_value(12));
  put(s, 0, F_INT, an_value(INT64_MIN));
  put_line(s, F_LINE, s->line, 2);
  put_line(s, F_LINE_REF, s->refs, 1);
}

static an_status evaluate(subject *s, an_run *run, unsigned char *block, size_t size) {
  const void *other = s->other;
  const uint32_t none = 0;
  const an_unit_info *u = s->e->package->units;
  memset(s->input, 0, sizeof s->input);
  memcpy(s->input + u[ROW].offset, &s->row_pointer, sizeof s->row_pointer);
  memcpy(s->input + u[ROW].offset + sizeof(void *), &s->row_count, sizeof s->row_count);
  memcpy(s->input + u[OTHER].offset, &other, sizeof other);
  memcpy(s->input + u[OTHER].offset + sizeof(void *), &none, sizeof none);
  memcpy(s->input + s->e->package->extras, &s->extras, sizeof s->extras);
  const an_status st = s->e->start(run, block, size, PERIOD, AN_DAY_MAX);
  return st == AN_OK ? s->e->evaluate(run, s->input) : st;
}

/* What stands in s now must give this status and place, and show no cell. */
static void expect(subject *s, const char *what, an_status want, uint32_t row, uint32_t fact, uint32_t result) {
  static unsigned char block[1 << 16];
  an_run run;
  const an_status have = evaluate(s, &run, block, sizeof block);
  s->mistakes++;
  const bool ok = have == want && (want == AN_OK || (run.fault.status == want && run.fault.row == row && run.fault.fact == fact && run.fault.result == result && an_result(&run, R_ROW, 0).state == AN_ERROR && an_rows(&run, ROW) == 0));
  if (!ok) printf("%s: status %d, row %d fact %d result %d\n", what, (int)have, (int)run.fault.row, (int)run.fault.fact, (int)run.fault.result);
  s->missed += !ok;
  right(s);
}

#define NO AN_NONE
static void wrong_facts(subject *s) {
  const struct { uint32_t fact; int64_t v; } values[] = {{F_BOOL, 2}, {F_BOOL, -1}, {F_DATE, (int64_t)AN_DAY_MAX + 1}, {F_DATE, (int64_t)AN_DAY_MIN - 1}, {F_ENUM, 3}, {F_ENUM, -1}, {F_REF, 2}, {F_REF, -1}, {F_LIST, 8},
    {F_LIST, -1}, {F_TEXT, 2}, {F_TEXT, -1}, {F_TEXT, 1 /* of another fact */}, {F_MONTH, 11}, {F_MONTH, 24001 /* beyond its declared bound */}};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    put(s, 0, values[i].fact, an_value(values[i].v));
    expect(s, "value", AN_FACT, 0, values[i].fact, NO);
  }
  put(s, 1, F_INT, (an_fact){0, AN_IS_HUMAN + 1});
  expect(s, "no kind of knowledge", AN_FACT, 1, F_INT, NO);
  put(s, 0, F_MONTH, an_value(24000));
  expect(s, "a declared bound", AN_OK, NO, NO, NO);
  s->line[1].is = 9;
  expect(s, "no kind of knowledge in an interval", AN_FACT, 0, F_LINE, NO);
  s->line[0].v = 2;
  expect(s, "value in an interval", AN_FACT, 0, F_LINE, NO);
  s->refs[0].v = 2;
  expect(s, "reference in an interval", AN_FACT, 0, F_LINE_REF, NO);
  s->line[1].from = 20000;
  expect(s, "overlap", AN_INTERVAL, 0, F_LINE, NO);
  s->line[0].to = AN_OPEN_PAST;
  s->line[0].from = 5;
  expect(s, "end before beginning", AN_INTERVAL, 0, F_LINE, NO);
  s->line[0].to = AN_DAY_MAX + 1;
  expect(s, "day outside the calendar", AN_INTERVAL, 0, F_LINE, NO);
  s->line[1].from = AN_DAY_MIN - 1;
  expect(s, "day outside the calendar, first", AN_INTERVAL, 0, F_LINE, NO);
  put_line(s, F_LINE, NULL, 1);
  expect(s, "no intervals", AN_INTERVAL, 0, F_LINE, NO);
}

static void wrong_extras(subject *s) {
  s->row_count = AN_MAX_ROWS + 1;
  expect(s, "too many rows", AN_LIMIT, NO, NO, NO);
  s->row_pointer = NULL;
  expect(s, "no rows", AN_FACT, 0, NO, NO);
  s->texts[1].text = NULL;
  expect(s, "no text", AN_TEXT_INPUT, 1, F_BOOL, NO);
  s->texts[0].failed = 1;
  expect(s, "answers that contradict", AN_TEXT_INPUT, 0, F_TEXT, NO);
  s->extras.texts = NULL;
  expect(s, "no texts", AN_TEXT_INPUT, NO, NO, NO);
  s->extras.given = NULL;
  expect(s, "no given results", AN_GIVEN, NO, NO, NO);
  s->given[0].result = R_COUNT;
  expect(s, "no such result", AN_GIVEN, 0, NO, R_COUNT);
  s->given[0].result = R_DAY;
  expect(s, "a result by the day", AN_GIVEN, 0, NO, R_DAY);
  s->given[1].row = 2;
  expect(s, "no such row", AN_GIVEN, 2, NO, R_REF);
  s->given[1] = s->given[0];
  expect(s, "given twice", AN_GIVEN, 0, NO, R_ROW);
  s->given[0].result = R_REF;
  s->given[1].result = R_ROW;
  expect(s, "out of order", AN_GIVEN, 1, NO, R_ROW);
  s->given[1].fact.v = 2;
  expect(s, "reference outside", AN_GIVEN, 1, NO, R_REF);
  s->given[0].fact.is = AN_IS_MISSING;
  expect(s, "given but not said", AN_GIVEN, 0, NO, R_ROW);
  s->given[0].fact.v = 7;
  expect(s, "given no value of the type", AN_GIVEN, 0, NO, R_ROW);
}

static bool check(bool ok, const char *what) {
  if (!ok) printf("%s\n", what);
  return ok;
}

static bool right_input(subject *s) {
  static unsigned char block[1 << 16];
  an_run run;
  bool ok = check(evaluate(s, &run, block, sizeof block) == AN_OK, "the right input is refused");
  ok = ok && check(an_result(&run, R_ROW, 0).v == 1 && an_result(&run, R_ROW, 0).given && !an_result(&run, R_ROW, 1).given && an_result(&run, R_ROW, 1).state == AN_UNKNOWN, "result R_ROW");
  ok = ok && check(an_result(&run, R_REF, 1).v == 0 && an_result(&run, R_REF, 0).v == 1, "result R_REF");
  ok = ok && check(an_rows(&run, DAYS) == 2 && !an_result(&run, R_DAY, 0).given, "segments"); /* day 20001 is before the period */
  ok = ok && check(an_get(&run, AN_NONE, 0).state == AN_ERROR && an_get(&run, 1, 99).state == AN_ERROR && an_result(&run, 99, 0).state == AN_ERROR && an_rows(&run, 99) == 0, "what there is none of");
  ok = ok && check(s->e->evaluate(&run, NULL) == AN_FACT, "no input");
  ok = ok && check(s->e->start(&run, block, sizeof block, PERIOD - 1, AN_DAY_MAX) == AN_PERIOD && s->e->evaluate(&run, s->input) == AN_PERIOD && an_result(&run, 0, 0).state == AN_ERROR, "period before");
  ok = ok && check(s->e->start(&run, block, sizeof block, PERIOD + 12, AN_DAY_MAX) == AN_PERIOD, "period after");
  ok = ok && check(s->e->start(&run, block, sizeof block, PERIOD, AN_DAY_MAX + 1) == AN_PERIOD && s->e->start(&run, block, sizeof block, PERIOD, AN_DAY_MIN - 1) == AN_PERIOD, "law-known day");
  ok = ok && check(s->e->start(&run, NULL, 1 << 20, PERIOD, AN_DAY_MAX) == AN_MEMORY && an_result(&run, 0, 0).state == AN_ERROR && an_rows(&run, ROW) == 0, "no block");
  for (size_t skew = 1; ok && skew < 16; skew++) ok = check(evaluate(s, &run, block + skew, sizeof block - skew) == AN_OK && (uintptr_t)run.cells[ROW] % 16 == 0, "a block that is not aligned");
  return ok;
}

static bool literal_answers(const emit_bound *e) {
  an_text t[] = {{"gleich", F_TEXT, 0, 0}, {"gleicH", F_TEXT, 1, 0}, {"?" "?!", F_TEXT, 2, 0}, {"gleich", F_BOOL, 0, 0}};
  const uint64_t want[] = {1, 0, 3, 0};
  for (size_t i = 0; i < 4; i++) {
    an_answer_literals(e->package, &t[i]);
    if (!check(t[i].holds == want[i], "an answer about a text")) return false;
  }
  return true;
}

/* --- refused emissions and names ------------------------------------------------------------------------------------------------------ */
static bool emissions(const ans_program *p) {
  static const char *const bad[] = {"", "1a", "a-b", "an_x", "anspruch", "_a", "\xC3\xA4", "abcdefghijklmnopqrstuvwxyzabcdefg"};
  bool ok = true;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    ans_emission e;
    ans_error err = {0};
    ok = check(ans_emit_c(p, bad[i], &e, &err) == ANS_USAGE && strcmp(err.code, "E-EMIT-PREFIX") == 0 && !e.files[0].text, bad[i]) && ok;
    ans_emission_dispose(&e);
  }
  ans_emission a, b;
  ans_error err = {0};
  ok = check(ans_emit_c(p, NULL, &a, &err) == ANS_OK && ans_emit_c(p, NULL, &b, &err) == ANS_OK, "emission") && ok;
  ok = ok && check(strcmp(a.prefix, "p___1") == 0 && strcmp(a.files[1].name, "p___1.c") == 0, a.prefix);
  for (int i = 0; ok && i < ANS_EMIT_FILES; i++) ok = check(a.files[i].size == b.files[i].size && memcmp(a.files[i].text, b.files[i].text, a.files[i].size) == 0 && strlen(a.files[i].text) == a.files[i].size, "two emissions differ");
  ok = ok && check(strstr(a.files[0].text, "an_fact Mass;") && strstr(a.files[0].text, "an_fact Massss;") && strstr(a.files[0].text, "an_fact x_int;") && strstr(a.files[0].text, "an_fact Mass_7;") &&
                     strstr(a.files[0].text, "x_extras;") && strstr(a.files[0].text, "p___1_input_4;") && strstr(a.files[0].text, "P___1_VALUE_ae_ae_2 = 2"), "names");
  if (!ok && a.files[0].text) puts(a.files[0].text);
  ans_emission_dispose(&a);
  ans_emission_dispose(&b);
  return ok;
}

int main(int argc, char **argv) {
  ans_program *p = program();
  const ans_program *programs[] = {p};
  emit_batch *b = p && argc == 2 ? emit_batch_new(programs, 1, argv[1]) : NULL;
  static subject s;
  bool ok = b && emit_tables_agree(emit_batch_get(b, 0), p) && emissions(p);
  if (ok) {
    s.e = emit_batch_get(b, 0);
    right(&s);
    ok = right_input(&s) && literal_answers(s.e);
    wrong_facts(&s);
    wrong_extras(&s);
    printf("%" PRIu64 " mistakes, %" PRIu64 " missed\n", s.mistakes, s.missed);
    ok = ok && s.mistakes > 30 && s.missed == 0;
  }
  puts(ok ? "ok" : "FAILED");
  emit_batch_free(b);
  ans_program_free(p);
  return ok ? 0 : 1;
}
