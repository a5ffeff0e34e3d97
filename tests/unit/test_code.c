/* Unit tests of engine/code: builder, verifier (one violation at a time), package file against damage, disassembler. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hash.h"
#include "code/program.h"
#include "num/period.h"

static const ans_type T_BOOL = {.tag = ANS_T_BOOL}, T_INT = {.tag = ANS_T_INT}, T_DATE = {.tag = ANS_T_DATE}, T_MONTH = {.tag = ANS_T_MONTH};
static const ans_type T_MONEY = {.tag = ANS_T_MONEY, .scale = 2, .per = ANS_PER_MONTH};
static ans_type ref_to(uint32_t unit) { return (ans_type){.tag = ANS_T_REF, .ref = unit}; }

enum { PERSON = 1, CLAIM = 2, PERSON_DAY = 3 };
enum { F_BORN, F_HOME, F_WHO, F_FOR, F_PLACE, F_TAKEN };
enum { R_FIRST, R_WHO, R_FOR, R_BORN, R_BIRTHDAY, R_18, R_YOUNG, R_SPLIT, R_HOME, R_HOME_ALL, R_GATHERED, R_LIVE, R_FALSE, R_TRUE, R_ENTITLED, R_RATE, R_COUNT, R_RANK, R_AMOUNT, REGISTERS };

static uint32_t insn(ans_builder *b, ans_opcode op, uint32_t unit, ans_type t, uint32_t x, uint32_t y, uint32_t z) {
  return ans_builder_insn(b, (ans_insn){.op = (uint16_t)op, .unit = (uint16_t)unit, .type = t, .a = x, .b = y, .c = z});
}

static void tables(ans_builder *b) {
  ans_builder_header(b, "test/kinder", "1.0.0", "Ein Testpaket", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Person", "Mensch", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Kindschaft", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Person×Tag", "", PERSON});
  uint32_t law = ans_builder_provision(b, &(ans_provision){"§ 32 EStG", "EStG", ANS_NONE, 0});
  ans_builder_provision(b, &(ans_provision){"§ 32 Abs. 3 EStG", "EStG", law, 1});
  ans_builder_enum(b, "Ort", (const char *[]){"Inland", "Ausland"}, 2);
  ans_source_rank sources[] = {{"Melderegister", 1}, {"Antrag", 2}};
  ans_builder_fact(b, &(ans_fact){"Geburtsdatum", "Wann geboren?", PERSON, T_DATE, ANS_FACT_SCALAR, ANS_NATURE_FACT, 1, 1, 0, 0, 0, 0, 0}, sources, 2);
  ans_builder_fact(b, &(ans_fact){"Wohnsitz", "", PERSON, T_BOOL, ANS_FACT_TIMELINE, ANS_NATURE_FACT, 0, ANS_NONE, 0, 0, 0, 0, 0}, sources, 1);
  ans_builder_fact(b, &(ans_fact){"Berechtigter", "", CLAIM, ref_to(PERSON), ANS_FACT_SCALAR, ANS_NATURE_FACT, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  ans_builder_fact(b, &(ans_fact){"Kind", "", CLAIM, ref_to(PERSON), ANS_FACT_SCALAR, ANS_NATURE_FACT, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  ans_builder_fact(b, &(ans_fact){"Ort", "", PERSON, {.tag = ANS_T_ENUM, .ref = 0}, ANS_FACT_SCALAR, ANS_NATURE_FACT, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  ans_builder_fact(b, &(ans_fact){"Aufnahme", "", CLAIM, T_BOOL, ANS_FACT_SCALAR, ANS_NATURE_BEURTEILUNG, 0, 1, 0, 0, 0, 0, 0}, NULL, 0);
  ans_param_row rows[] = {{16000, 18999, 16000, {1, INT64_MIN}, {2, INT64_MAX}, 19000, ANS_NONE, 0},
                          {16000, 18999, 16000, {3, INT64_MIN}, {INT64_MAX, INT64_MAX}, 20000, ANS_NONE, 0},
                          {19000, ANS_OPEN_FUTURE, 18900, {INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX}, 25000, 1, 1}};
  ans_builder_param(b, &(ans_param){"Satz", "Kindergeldsatz", T_MONEY, law, 1, 0, 0}, rows, 3);
}

/* One claim per Kindschaft; the register numbers are the R_ constants. */
static ans_builder *sample(void) {
  ans_builder *b = ans_builder_new();
  tables(b);
  insn(b, ANS_OP_PERIOD, 0, T_DATE, 1, 0, 0);
  insn(b, ANS_OP_FACT, CLAIM, ref_to(PERSON), F_WHO, 0, 0);
  insn(b, ANS_OP_FACT, CLAIM, ref_to(PERSON), F_FOR, 0, 0);
  insn(b, ANS_OP_FACT, PERSON, T_DATE, F_BORN, 0, 0);
  uint32_t eighteen = insn(b, ANS_OP_CONST, 0, (ans_type){.tag = ANS_T_INT, .measure = ANS_M_YEARS}, ans_builder_const(b, 18), 0, 0);
  cr_assert_eq(eighteen, R_BIRTHDAY);
  insn(b, ANS_OP_YEARS_DONE, PERSON, T_DATE, R_BORN, eighteen, 0);
  insn(b, ANS_OP_LT, PERSON, T_BOOL, R_FIRST, R_18, 0);
  insn(b, ANS_OP_SPLIT, PERSON_DAY, ref_to(PERSON), PERSON_DAY, ans_builder_list(b, (uint32_t[]){ANS_SPLIT_TIMELINE, F_HOME, ANS_NONE}, 3), 3);
  insn(b, ANS_OP_TL_AT, PERSON, T_BOOL, F_HOME, ANS_NONE, R_FIRST);
  insn(b, ANS_OP_AND, PERSON, T_BOOL, R_HOME, R_YOUNG, 0);
  insn(b, ANS_OP_GATHER, CLAIM, T_BOOL, R_FOR, R_HOME_ALL, 0);
  insn(b, ANS_OP_GUARD, CLAIM, T_BOOL, R_GATHERED, 0, 0);
  insn(b, ANS_OP_CONST, 0, T_BOOL, ans_builder_const(b, 0), 0, 0);
  insn(b, ANS_OP_CONST, 0, T_BOOL, ans_builder_const(b, 1), 0, 0);
  insn(b, ANS_OP_RESOLVE, CLAIM, T_BOOL, ans_builder_list(b, (uint32_t[]){R_FALSE, R_LIVE, R_TRUE}, 3), 3, 0);
  uint32_t key = R_COUNT;
  insn(b, ANS_OP_RANK, CLAIM, T_INT, R_WHO, R_ENTITLED, insn(b, ANS_OP_CONST, 0, T_INT, ans_builder_const(b, 7), 0, 0)); /* 15 const, 16 rank */
  (void)key;
  insn(b, ANS_OP_PARAM, CLAIM, T_MONEY, 0, ans_builder_list(b, (uint32_t[]){R_FIRST, 16}, 2), 2); /* 17 */
  ans_builder_insn_fresh(b, (ans_insn){.op = ANS_OP_RESOLVE, .unit = CLAIM, .type = T_MONEY, .a = ans_builder_list(b, (uint32_t[]){17}, 1), .b = 1}); /* 18 */
  ans_builder_result(b, &(ans_result){"Anspruch", "", CLAIM, T_BOOL, R_ENTITLED, 1});
  ans_builder_result(b, &(ans_result){"Betrag", "", CLAIM, T_MONEY, R_AMOUNT, ANS_NONE});
  ans_builder_benefit(b, &(ans_benefit){"Kindergeld", CLAIM, 0, 1, ANS_NONE, F_WHO, F_FOR, 0, ANS_NONE, 0});
  ans_builder_import(b, &(ans_import){.name = "test/grund", .version = "1.0.0", .sha256 = {1, 2, 255}});
  ans_builder_import(b, &(ans_import){.name = "test/mitte", .version = "1.2.0", .direct = 1});
  uint32_t top = ans_builder_node(b, &(ans_node){R_ENTITLED, ANS_NONE, ANS_NODE_RESULT, 1, 0, "Anspruch", "", 3});
  ans_builder_node(b, &(ans_node){R_LIVE, top, ANS_NODE_RULE, 1, 0, "unter 18", "zu alt", 4});
  return b;
}

static ans_program *program(void) {
  ans_builder *b = sample();
  ans_program *p = NULL;
  ans_error err = {0};
  char text[512];
  ans_status s = ans_builder_freeze(b, &p, &err);
  cr_assert_eq(s, ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  ans_builder_free(b);
  return p;
}

Test(builder, shares_equal_instructions_constants_lists_and_texts) {
  ans_builder *b = sample();
  cr_assert_eq(insn(b, ANS_OP_FACT, PERSON, T_DATE, F_BORN, 99, 98), R_BORN); /* unused operands do not matter */
  cr_assert_eq(insn(b, ANS_OP_FACT, PERSON, (ans_type){.tag = ANS_T_DATE, .ref = 77}, F_BORN, 0, 0), R_BORN);
  uint32_t fresh = ans_builder_insn_fresh(b, (ans_insn){.op = ANS_OP_FACT, .unit = PERSON, .type = T_DATE, .a = F_BORN});
  cr_assert_eq(fresh, REGISTERS);
  cr_assert_eq(insn(b, ANS_OP_FACT, PERSON, T_DATE, F_BORN, 0, 0), R_BORN);
  cr_assert_neq(insn(b, ANS_OP_FACT, CLAIM, T_DATE, F_BORN, 0, 0), R_BORN);
  cr_assert_eq(ans_builder_const(b, 18), ans_builder_const(b, 18));
  cr_assert_eq(ans_builder_list(b, (uint32_t[]){1, 2, 3}, 3), ans_builder_list(b, (uint32_t[]){1, 2, 3}, 3));
  cr_assert_neq(ans_builder_list(b, (uint32_t[]){1, 2, 3}, 3), ans_builder_list(b, (uint32_t[]){1, 2}, 2));
  cr_assert_eq(ans_builder_text(b, "abcdef", 3), ans_builder_text(b, "abc", 3));
  for (int64_t i = 0; i < 5000; i++) cr_assert_eq(ans_builder_const(b, i * 31), ans_builder_const(b, i * 31));
  ans_builder_free(b);
}

Test(builder, freeze_twice_is_refused) {
  ans_builder *b = sample();
  ans_program *p = NULL, *q = NULL;
  ans_error err;
  cr_assert_eq(ans_builder_freeze(b, &p, &err), ANS_OK);
  cr_assert_eq(ans_builder_freeze(b, &q, &err), ANS_INTERNAL);
  cr_assert_null(q);
  ans_builder_free(b);
  cr_assert_str_eq(p->name, "test/kinder"); /* outlives the builder */
  ans_program_free(p);
}

Test(builder, limits_are_sticky_and_named) {
  ans_builder *b = ans_builder_new();
  ans_builder_header(b, "x", "1", "", 24000, 24011);
  char name[24];
  uint32_t last = 0;
  for (int i = 0; i < ANS_MAX_UNITS; i++) {
    snprintf(name, sizeof name, "U%d", i);
    last = ans_builder_unit(b, &(ans_unit){name, "", ANS_NONE});
  }
  cr_assert_eq(last, ANS_NONE);
  cr_assert_eq(ans_builder_const(b, 1), ANS_NONE);
  ans_program *p = NULL;
  ans_error err;
  cr_assert_eq(ans_builder_freeze(b, &p, &err), ANS_LIMIT);
  cr_assert_str_eq(err.code, "E-VER-LIMIT");
  cr_assert_str_eq(err.where, "units");
  ans_builder_free(b);
}

/* Every table of the builder: the last entry that fits is accepted, the next one is refused under the name of the table. */
static uint32_t add_entry(ans_builder *b, int table, uint32_t i) {
  char name[24];
  snprintf(name, sizeof name, "N%u", i);
  switch (table) {
    case 0: return ans_builder_unit(b, &(ans_unit){name, "", ANS_NONE});
    case 1: return ans_builder_enum(b, name, (const char *[]){"x"}, 1);
    case 2: return ans_builder_provision(b, &(ans_provision){name, "G", ANS_NONE, 0});
    default: return ans_builder_const(b, (int64_t)i);
  }
}

Test(builder, last_entry_of_each_table_fits) {
  static const struct { const char *name; uint32_t most; } tables[] = {{"units", ANS_MAX_UNITS}, {"enums", ANS_MAX_ENUMS}, {"provisions", ANS_MAX_PROVISIONS}, {"constants", ANS_MAX_CONSTS}};
  for (int t = 0; t < 4; t++) {
    ans_builder *b = ans_builder_new();
    ans_builder_header(b, "x", "1", "", 24000, 24011);
    uint32_t first = add_entry(b, t, 0), n = first + 1; /* the uniform unit is there already */
    while (n < tables[t].most && add_entry(b, t, n) == n) n++;
    cr_expect_eq(n, tables[t].most, "%s: only %u", tables[t].name, n);
    cr_expect_eq(add_entry(b, t, n), ANS_NONE, "%s: one too many was accepted", tables[t].name);
    ans_program *p = NULL;
    ans_error err = {0};
    cr_expect_eq(ans_builder_freeze(b, &p, &err), ANS_LIMIT);
    cr_expect(err.code && strcmp(err.code, "E-VER-LIMIT") == 0 && strcmp(err.where, tables[t].name) == 0, "%s: %s %s", tables[t].name, err.code ? err.code : "", err.where);
    ans_builder_free(b);
  }
}

Test(package, size) {
  unsigned char head[64] = {0};
  ans_program *p = NULL;
  ans_error err = {0};
  cr_assert_eq(ans_program_decode(head, (size_t)ANS_MAX_PACKAGE_BYTES + 1, "p", &p, &err), ANS_LIMIT); /* refused before a byte is read */
  cr_assert_str_eq(err.code, "E-PKG-SIZE");
  cr_assert(strstr(err.args[0], "268435456") != NULL);
}

Test(program, lookups) {
  ans_program *p = program();
  cr_assert_eq(p->insn_count, (uint32_t)REGISTERS);
  cr_assert_eq(ans_program_find_unit(p, "Kindschaft"), (uint32_t)CLAIM);
  cr_assert_eq(ans_program_find_unit(p, "Nichts"), ANS_NONE);
  cr_assert_eq(ans_program_find_fact(p, CLAIM, "Kind"), (uint32_t)F_FOR);
  cr_assert_eq(ans_program_find_fact(p, PERSON, "Kind"), ANS_NONE);
  cr_assert_eq(ans_program_find_result(p, CLAIM, "Betrag"), 1u);
  cr_assert_eq(ans_program_find_benefit(p, "Kindergeld"), 0u);
  char t[ANS_TYPE_TEXT];
  cr_assert_str_eq(ans_type_format(p, T_MONEY, t), "money(2)/month");
  cr_assert_str_eq(ans_type_format(p, ref_to(PERSON), t), "ref Person");
  ans_program_free(p);
}

/* --- verifier: a copy of the sample with one thing wrong ----------------------------------------------------------------- */
typedef struct broken { /* mutable copies of all tables */
  ans_program p;
  ans_insn insns[REGISTERS];
  uint32_t lists[32];
  ans_unit units[8];
  ans_fact facts[8];
  ans_enum enums[2];
  const char *enum_values[4];
  ans_param params[2];
  ans_param_row rows[4];
  ans_result results[4];
  ans_benefit benefits[2];
  ans_provision provisions[4];
  ans_node nodes[4];
  int64_t consts[16];
  ans_import imports[2];
} broken;

#define COPY(field, number) memcpy(x->field, p->field, p->number * sizeof *p->field), x->p.field = x->field
static void copy(broken *x, const ans_program *p) {
  memset(x, 0, sizeof *x);
  x->p = *p;
  COPY(insns, insn_count);
  COPY(lists, list_count);
  COPY(units, unit_count);
  COPY(facts, fact_count);
  COPY(enums, enum_count);
  COPY(enum_values, enum_value_count);
  COPY(params, param_count);
  COPY(results, result_count);
  COPY(benefits, benefit_count);
  COPY(provisions, provision_count);
  COPY(nodes, node_count);
  COPY(consts, const_count);
  COPY(imports, import_count);
  memcpy(x->rows, p->param_rows, p->param_row_count * sizeof *x->rows);
  x->p.param_rows = x->rows;
}

#define BREAK(change, expected)                                                           \
  do {                                                                                    \
    copy(x, p);                                                                           \
    change;                                                                               \
    ans_error err_ = {0};                                                                 \
    char text_[512];                                                                      \
    ans_status s_ = ans_program_verify(&x->p, &err_);                                     \
    cr_expect_neq(s_, ANS_OK, "%s was accepted", #change);                                \
    if (s_ != ANS_OK) cr_expect_str_eq(err_.code, expected, "%s: %s", #change, ans_error_render(&err_, ANS_LANG_EN, text_, sizeof text_)); \
  } while (0)

Test(verifier, tables) {
  ans_program *p = program();
  broken *x = malloc(sizeof *x);
  copy(x, p);
  cr_assert_eq(ans_program_verify(&x->p, NULL), ANS_OK);
  BREAK(x->p.name = "", "E-VER-NAME");
  BREAK(x->p.title = "a\x01", "E-VER-TEXT");
  BREAK(x->p.first_period = x->p.last_period + 1, "E-VER-PERIOD");
  BREAK(x->p.semantics_version = 99, "E-PKG-SEMANTICS");
  BREAK(x->p.period_kind = ANS_PERIOD_KINDS, "E-VER-FIELD");
  BREAK(x->p.period_kind = ANS_PERIOD_YEAR, "E-VER-PERIOD");
  BREAK(x->imports[1].name = "test/grund", "E-VER-TWICE");
  BREAK(x->imports[0].name = x->p.name, "E-VER-TWICE");
  BREAK(x->imports[0].version = "", "E-VER-NAME");
  BREAK(x->imports[0].direct = 2, "E-VER-FIELD");
  BREAK(x->p.import_count = ANS_MAX_IMPORTS + 1, "E-VER-LIMIT");
  BREAK(x->units[1].name = "Kindschaft", "E-VER-TWICE");
  BREAK(x->units[1].name = "a\xff", "E-VER-NAME");
  BREAK(x->units[3].parent = 3, "E-VER-REF");
  BREAK(x->units[3].parent = 0, "E-VER-REF");
  BREAK(x->units[2].parent = 3, "E-VER-REF");
  BREAK(x->enums[0].value_count = 0, "E-VER-REF");
  BREAK(x->enums[0].value_count = 3, "E-VER-REF");
  BREAK(x->enum_values[1] = "Inland", "E-VER-TWICE");
  BREAK(x->provisions[0].parent = 1, "E-VER-CYCLE");
  BREAK(x->provisions[1].parent = 2, "E-VER-REF");
  BREAK(x->facts[F_FOR].name = "Berechtigter", "E-VER-TWICE");
  BREAK(x->facts[F_BORN].unit = PERSON_DAY, "E-VER-REF");
  BREAK(x->facts[F_BORN].unit = 0, "E-VER-REF");
  BREAK(x->facts[F_BORN].type.tag = ANS_T_LIST + 1, "E-VER-TYPE-INVALID");
  BREAK(x->facts[F_BORN].type.measure = ANS_M_DAYS, "E-VER-TYPE-INVALID");
  BREAK(x->facts[F_PLACE].type.ref = 1, "E-VER-TYPE-INVALID");
  BREAK(x->facts[F_WHO].type.ref = PERSON_DAY, "E-VER-REF");
  BREAK(x->facts[F_BORN].kind = 2, "E-VER-FIELD");
  BREAK(x->facts[F_BORN].nature = 3, "E-VER-FIELD");
  BREAK(x->facts[F_BORN].provision = 2, "E-VER-REF");
  BREAK(x->facts[F_BORN].source_count = 4, "E-VER-REF");
  BREAK(x->params[0].key_count = ANS_MAX_KEYS + 1, "E-VER-FIELD");
  BREAK(x->params[0].key_count = 0, "E-VER-FIELD");
  BREAK(x->params[0].row_count = 4, "E-VER-REF");
  BREAK(x->rows[0].to_day = 15999, "E-VER-ROW-RANGE");
  BREAK(x->rows[0].key_hi[0] = 0, "E-VER-ROW-RANGE");
  BREAK(x->rows[0].key_hi[0] = 3, "E-VER-ROW-OVERLAP");
  BREAK((x->rows[1].to_day = 19000, x->rows[1].promulgated_day = x->rows[2].promulgated_day), "E-VER-ROW-OVERLAP");
  BREAK(x->rows[1].key_lo[0] = 0, "E-VER-ROW-ORDER");
  BREAK(x->rows[2].from_day = 3000000, "E-VER-FIELD");
  BREAK(x->rows[2].provision = 5, "E-VER-REF");
  BREAK(x->results[1].insn = REGISTERS, "E-VER-REF");
  BREAK(x->results[1].insn = R_WHO, "E-VER-RESULT-TYPE");
  BREAK(x->results[1].insn = R_BORN, "E-VER-INSN-UNIT");
  BREAK((x->results[1].insn = R_ENTITLED, x->results[1].type = T_BOOL), "E-VER-RESULT-SHARED");
  BREAK(x->results[1].name = "Anspruch", "E-VER-TWICE");
  BREAK(x->results[1].unit = 0, "E-VER-REF");
  BREAK(x->benefits[0].entitled_result = 1, "E-VER-REF");
  BREAK(x->benefits[0].amount_result = 0, "E-VER-REF");
  BREAK(x->benefits[0].payout_result = 0, "E-VER-REF");
  BREAK(x->benefits[0].recipient_fact = ANS_NONE, "E-VER-REF");
  BREAK(x->benefits[0].amount_result = ANS_NONE, "E-VER-REF"); /* only information has no amount */
  BREAK((x->benefits[0].amount_result = ANS_NONE, x->benefits[0].payout_result = 1, x->benefits[0].information_only = 1), "E-VER-REF");
  BREAK((x->benefits[0].amount_result = 0, x->benefits[0].information_only = 1), "E-VER-REF");
  BREAK((x->benefits[0].recipient_fact = F_BORN, x->benefits[0].information_only = 1), "E-VER-REF");
  BREAK(x->benefits[0].information_only = 2, "E-VER-FIELD");
  BREAK(x->benefits[0].subject_fact = F_BORN, "E-VER-REF");
  BREAK(x->benefits[0].unit = PERSON, "E-VER-REF");
  BREAK(x->nodes[0].insn = REGISTERS, "E-VER-REF");
  BREAK(x->nodes[0].parent = 1, "E-VER-CYCLE");
  BREAK(x->nodes[1].parent = 1, "E-VER-CYCLE");
  BREAK(x->nodes[1].kind = 99, "E-VER-FIELD");
  BREAK(x->nodes[1].text = "\xc3", "E-VER-TEXT");
  BREAK(x->p.insn_count = ANS_MAX_INSNS + 1, "E-VER-LIMIT");
  BREAK(x->p.const_count = ANS_MAX_CONSTS + 1, "E-VER-LIMIT");
  BREAK(x->p.list_count = ANS_MAX_LIST_ITEMS + 1, "E-VER-LIMIT");
  BREAK(x->p.unit_count = ANS_MAX_UNITS + 1, "E-VER-LIMIT");
  BREAK(x->p.fact_count = ANS_MAX_FACTS + 1, "E-VER-LIMIT");
  BREAK(x->p.source_count = ANS_MAX_SOURCES + 1, "E-VER-LIMIT");
  BREAK(x->p.enum_count = ANS_MAX_ENUMS + 1, "E-VER-LIMIT");
  BREAK(x->p.enum_value_count = ANS_MAX_ENUM_VALUES + 1, "E-VER-LIMIT");
  BREAK(x->p.param_count = ANS_MAX_PARAMS + 1, "E-VER-LIMIT");
  BREAK(x->p.param_row_count = ANS_MAX_PARAM_ROWS + 1, "E-VER-LIMIT");
  BREAK(x->p.result_count = ANS_MAX_RESULTS + 1, "E-VER-LIMIT");
  BREAK(x->p.benefit_count = ANS_MAX_BENEFITS + 1, "E-VER-LIMIT");
  BREAK(x->p.provision_count = ANS_MAX_PROVISIONS + 1, "E-VER-LIMIT");
  BREAK(x->p.node_count = ANS_MAX_NODES + 1, "E-VER-LIMIT");
  free(x);
  ans_program_free(p);
}

Test(verifier, instructions) {
  ans_program *p = program();
  broken *x = malloc(sizeof *x);
  BREAK(x->insns[R_BORN].op = ANS_OP_COUNT, "E-VER-OPCODE");
  BREAK(x->insns[R_BORN].unit = 4, "E-VER-REF");
  BREAK(x->insns[R_BORN].unit = CLAIM, "E-VER-INSN-UNIT");
  BREAK(x->insns[R_BORN].a = 6, "E-VER-REF");
  BREAK(x->insns[R_BORN].a = F_HOME, "E-VER-REF"); /* a timeline is no scalar fact */
  BREAK(x->insns[R_BORN].b = 1, "E-VER-REF");      /* unused operand */
  BREAK(x->insns[R_BORN].type = T_MONTH, "E-VER-RESULT-TYPE");
  BREAK(x->insns[R_FIRST].a = 4, "E-VER-REF");
  BREAK(x->insns[R_FIRST].a = 0, "E-VER-RESULT-TYPE");
  BREAK(x->insns[R_FIRST].unit = PERSON, "E-VER-INSN-UNIT");
  BREAK(x->insns[R_BIRTHDAY].a = 4, "E-VER-REF");
  BREAK((x->insns[R_FALSE].a = 0), "E-VER-VALUE"); /* 18 is no truth value */
  BREAK(x->insns[R_18].a = R_18, "E-VER-FORWARD");
  BREAK(x->insns[R_18].a = R_AMOUNT, "E-VER-FORWARD");
  BREAK(x->insns[R_18].a = R_WHO, "E-VER-UNIT");
  BREAK(x->insns[R_18].b = R_FIRST, "E-VER-TYPE");
  BREAK(x->insns[R_18].type = T_INT, "E-VER-RESULT-TYPE");
  BREAK(x->insns[R_YOUNG].b = R_BIRTHDAY, "E-VER-TYPE"); /* date < int */
  BREAK(x->lists[0] = 9, "E-VER-REF");
  BREAK(x->lists[1] = F_BORN, "E-VER-REF");
  BREAK(x->insns[R_SPLIT].c = 2, "E-VER-LIST");
  BREAK(x->insns[R_SPLIT].b = 1000, "E-VER-REF");
  BREAK(x->insns[R_SPLIT].c = 1000, "E-VER-REF");
  BREAK(x->insns[R_SPLIT].a = PERSON, "E-VER-REF");
  BREAK(x->insns[R_SPLIT].type.ref = CLAIM, "E-VER-RESULT-TYPE");
  BREAK((x->insns[R_HOME] = x->insns[R_SPLIT]), "E-VER-SPLIT-TWICE");
  BREAK((x->insns[R_18].unit = PERSON_DAY), "E-VER-SPLIT-MISSING");
  BREAK(x->insns[R_HOME].b = R_WHO, "E-VER-UNIT");
  BREAK(x->insns[R_HOME].c = R_BIRTHDAY, "E-VER-TYPE");
  BREAK(x->insns[R_HOME].unit = CLAIM, "E-VER-INSN-UNIT");
  BREAK(x->insns[R_HOME].a = F_BORN, "E-VER-REF");
  BREAK(x->insns[R_HOME_ALL].a = R_18, "E-VER-TYPE");
  BREAK(x->insns[R_GATHERED].b = R_FIRST, "E-VER-UNIT");
  BREAK(x->insns[R_GATHERED].type = T_DATE, "E-VER-RESULT-TYPE");
  BREAK(x->insns[R_GATHERED].a = R_FIRST, "E-VER-TYPE");
  BREAK(x->insns[R_ENTITLED].b = 2, "E-VER-LIST");
  BREAK(x->insns[R_ENTITLED].b = 0, "E-VER-LIST");
  BREAK(x->insns[R_ENTITLED].type = T_DATE, "E-VER-TYPE");
  BREAK(x->insns[16].c = R_ENTITLED, "E-VER-TYPE");
  BREAK(x->insns[16].b = R_WHO, "E-VER-TYPE");
  BREAK(x->insns[17].c = 1, "E-VER-LIST");
  BREAK(x->insns[17].a = 1, "E-VER-REF");
  BREAK(x->insns[17].type = T_INT, "E-VER-RESULT-TYPE");
  free(x);
  ans_program_free(p);
}

/* Aggregates over members. A reference that belongs to the period has no members, whatever unit asks: executed, it would be followed as if
 * it were a column of rows. Every such program is refused, for every aggregate; the same one over a row's reference is accepted. */
Test(verifier, an_aggregate_needs_members) {
  static const ans_opcode OPS[] = {ANS_OP_AGG_COUNT, ANS_OP_AGG_SUM, ANS_OP_AGG_MIN, ANS_OP_AGG_MAX, ANS_OP_AGG_ANY, ANS_OP_AGG_ALL};
  for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++)
    for (uint32_t member = 0; member <= CLAIM; member += CLAIM) /* the period, then claims */
      for (uint32_t unit = 0; unit <= PERSON; unit++) {         /* who asks */
        ans_type t = OPS[i] == ANS_OP_AGG_COUNT || OPS[i] == ANS_OP_AGG_SUM || OPS[i] == ANS_OP_AGG_MIN || OPS[i] == ANS_OP_AGG_MAX ? T_INT : T_BOOL;
        ans_builder *b = ans_builder_new();
        tables(b);
        uint32_t ref = insn(b, ANS_OP_HUMAN, member, ref_to(PERSON), ANS_NONE, 0, 0), element = insn(b, ANS_OP_HUMAN, member, t, ANS_NONE, 0, 0);
        insn(b, OPS[i], unit, t, ref, ANS_NONE, OPS[i] == ANS_OP_AGG_COUNT ? 0 : element);
        ans_program *p = NULL;
        ans_error err = {0};
        bool good = member == CLAIM && unit == PERSON;
        ans_status st = ans_builder_freeze(b, &p, &err);
        cr_expect_eq(st == ANS_OK, good, "%s of unit %u over unit %u: %s", ans_opcode_mnemonic(OPS[i]), unit, member, err.code ? err.code : "accepted");
        if (!good) cr_expect_str_eq(err.code, "E-VER-TYPE");
        ans_program_free(p);
        ans_builder_free(b);
      }
}

/* Measures and scales in sums and products: (a op b) : result. */
Test(verifier, measures_and_scales) {
  const ans_type plain = T_INT, months = {.tag = ANS_T_INT, .measure = ANS_M_MONTHS}, days = {.tag = ANS_T_INT, .measure = ANS_M_DAYS};
  const ans_type hours = {.tag = ANS_T_DECIMAL, .scale = 2, .measure = ANS_M_HOURS, .per = ANS_PER_WEEK}, d1 = {.tag = ANS_T_DECIMAL, .scale = 1};
  const ans_type money3 = {.tag = ANS_T_MONEY, .scale = 3, .per = ANS_PER_MONTH}, cents = {.tag = ANS_T_MONEY, .scale = 2};
  const struct { ans_opcode op; ans_type a, b, result; bool ok; } cases[] = {
      {ANS_OP_ADD, T_MONEY, T_MONEY, T_MONEY, true},  {ANS_OP_ADD, T_MONEY, cents, T_MONEY, false},  {ANS_OP_ADD, plain, months, plain, false},
      {ANS_OP_ADD, T_DATE, days, T_DATE, true},       {ANS_OP_ADD, T_DATE, plain, T_DATE, true},     {ANS_OP_ADD, T_DATE, months, T_DATE, false},
      {ANS_OP_ADD, T_MONTH, months, T_MONTH, true},   {ANS_OP_ADD, T_MONTH, days, T_MONTH, false},   {ANS_OP_ADD, T_DATE, T_DATE, T_DATE, false},
      {ANS_OP_SUB, T_DATE, T_DATE, days, true},       {ANS_OP_SUB, T_DATE, T_DATE, T_DATE, false},   {ANS_OP_SUB, T_MONTH, T_MONTH, months, true},
      {ANS_OP_SUB, T_MONTH, T_DATE, months, false},   {ANS_OP_ADD, T_BOOL, T_BOOL, T_BOOL, false},   {ANS_OP_ADD, d1, hours, hours, false},
      {ANS_OP_MUL, T_MONEY, plain, T_MONEY, true},    {ANS_OP_MUL, T_MONEY, d1, money3, true},       {ANS_OP_MUL, T_MONEY, d1, T_MONEY, false},
      {ANS_OP_MUL, T_MONEY, months, T_MONEY, false},  {ANS_OP_MUL, plain, months, months, true},     {ANS_OP_MUL, plain, months, plain, false},
      {ANS_OP_DIVR, T_MONEY, plain, T_MONEY, true},   {ANS_OP_DIVR, T_MONEY, T_MONEY, plain, true},  {ANS_OP_DIVR, T_MONEY, T_MONEY, T_MONEY, false},
      {ANS_OP_DIVR, T_DATE, plain, T_DATE, false},    {ANS_OP_LT, T_MONEY, cents, T_BOOL, false},    {ANS_OP_EQ, T_MONTH, T_DATE, T_BOOL, false},
      {ANS_OP_LT, T_BOOL, T_BOOL, T_BOOL, false},     {ANS_OP_EQ, T_BOOL, T_BOOL, T_BOOL, true},     {ANS_OP_MIN2, T_DATE, T_DATE, T_DATE, true},
      {ANS_OP_MAX2, T_BOOL, T_BOOL, T_BOOL, false},   {ANS_OP_DEFAULT, hours, hours, hours, true},   {ANS_OP_DEFAULT, hours, d1, hours, false},
      {ANS_OP_ADD_MONTHS, T_DATE, months, T_DATE, true}, {ANS_OP_ADD_MONTHS, T_DATE, days, T_DATE, false}, {ANS_OP_YEARS_DONE, T_DATE, months, T_DATE, false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ans_builder *b = ans_builder_new();
    ans_builder_header(b, "x", "1", "", 24000, 24011);
    /* HUMAN makes a register of any type */
    uint32_t x = insn(b, ANS_OP_HUMAN, 0, cases[i].a, ANS_NONE, 0, 0), y = insn(b, ANS_OP_HUMAN, 0, cases[i].b, ANS_NONE, 0, 0);
    insn(b, cases[i].op, 0, cases[i].result, x, y, 0);
    ans_program *p = NULL;
    cr_expect_eq(ans_builder_freeze(b, &p, NULL) == ANS_OK, cases[i].ok, "case %zu", i);
    ans_program_free(p);
    ans_builder_free(b);
  }
}

/* --- package file ---------------------------------------------------------------------------------------------------------- */
static unsigned char *encoded(size_t *size) {
  ans_program *p = program();
  unsigned char *bytes = NULL;
  cr_assert_eq(ans_program_encode(p, &bytes, size, NULL), ANS_OK);
  ans_program_free(p);
  return bytes;
}

Test(package, same_program_same_bytes_and_round_trip) {
  size_t n = 0, m = 0, k = 0;
  unsigned char *a = encoded(&n), *b = encoded(&m), *c = NULL;
  cr_assert_eq(n, m);
  cr_assert_arr_eq(a, b, n);
  ans_program *p = NULL;
  ans_error err;
  cr_assert_eq(ans_program_decode(a, n, "x", &p, &err), ANS_OK);
  uint8_t sha[32];
  ans_sha256_once(a, n, sha);
  cr_assert_arr_eq(p->sha256, sha, 32);
  cr_assert_eq(ans_program_encode(p, &c, &k, &err), ANS_OK);
  cr_assert_eq(k, n);
  cr_assert_arr_eq(a, c, n);
  ans_program *q = program();
  cr_assert_arr_eq(p->sha256, q->sha256, 32); /* freeze sets the identity too */
  ans_program_free(p);
  ans_program_free(q);
  free(a);
  free(b);
  free(c);
}

Test(package, every_flipped_bit_is_detected) {
  size_t n = 0;
  unsigned char *a = encoded(&n);
  for (size_t i = 0; i < n; i++)
    for (int bit = 0; bit < 8; bit++) {
      ans_program *p = NULL;
      ans_error err = {0};
      a[i] ^= (unsigned char)(1 << bit);
      ans_status s = ans_program_decode(a, n, "x", &p, &err);
      cr_assert_eq(s, ANS_PACKAGE, "byte %zu bit %d", i, bit);
      cr_assert_null(p);
      cr_assert_not_null(err.code);
      a[i] ^= (unsigned char)(1 << bit);
    }
  free(a);
}

Test(package, truncations_and_extensions) {
  size_t n = 0;
  unsigned char *a = encoded(&n);
  for (size_t i = 0; i < n; i++) {
    unsigned char *exact = malloc(i + 1); /* its own block, so that sanitizers see a read past the end */
    memcpy(exact, a, i);
    ans_program *p = NULL;
    cr_assert_eq(ans_program_decode(exact, i, "x", &p, NULL), ANS_PACKAGE, "length %zu", i);
    free(exact);
  }
  unsigned char *longer = calloc(n + 1, 1);
  memcpy(longer, a, n);
  ans_program *p = NULL;
  cr_assert_eq(ans_program_decode(longer, n + 1, "x", &p, NULL), ANS_PACKAGE);
  free(longer);
  free(a);
}

/* Bit by bit, the definition of CRC-32; written independently of the engine's table. */
static uint32_t crc32_by_definition(const unsigned char *s, size_t n) {
  uint32_t crc = UINT32_MAX;
  for (size_t i = 0; i < n; i++) {
    if (i >= 24 && i < 28) continue; /* the checksum's own place */
    crc ^= s[i];
    for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

static void seal(unsigned char *s, size_t n) {
  for (int i = 0; i < 8; i++) s[16 + i] = (unsigned char)((uint64_t)n >> (8 * i));
  uint32_t crc = crc32_by_definition(s, n);
  for (int i = 0; i < 4; i++) s[24 + i] = (unsigned char)(crc >> (8 * i));
}

/* An attacker can make the checksum right: then structure and verifier must hold. Every outcome but a crash is allowed, and what is
 * accepted must be verified and re-encodable. */
Test(package, sealed_damage_never_crashes) {
  size_t n = 0;
  unsigned char *a = encoded(&n), *m = malloc(n);
  uint64_t seed = 88172645463325252u;
  int accepted = 0, refused = 0;
  for (int round = 0; round < 20000; round++) {
    memcpy(m, a, n);
    int edits = 1 + round % 3;
    for (int e = 0; e < edits; e++) {
      seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
      size_t at = 32 + (size_t)(seed % (n - 32));
      m[at] = (unsigned char)(seed >> 32 & 1 ? seed >> 40 : m[at] ^ (1u << (seed >> 41 & 7)));
    }
    seal(m, n);
    ans_program *p = NULL;
    if (ans_program_decode(m, n, "x", &p, NULL) == ANS_OK) {
      unsigned char *again = NULL;
      size_t k = 0;
      cr_assert_eq(ans_program_encode(p, &again, &k, NULL), ANS_OK);
      cr_assert_eq(k, n);
      cr_assert_arr_eq(again, m, n);
      free(again);
      ans_program_free(p);
      accepted++;
    } else {
      refused++;
    }
  }
  cr_assert_gt(refused, 5000);
  cr_assert_gt(accepted, 100); /* e.g. another letter in a text */
  /* sealed truncations */
  for (size_t i = 32; i < n; i++) {
    unsigned char *exact = malloc(i);
    memcpy(exact, a, i);
    seal(exact, i);
    ans_program *p = NULL;
    cr_assert_eq(ans_program_decode(exact, i, "x", &p, NULL), ANS_PACKAGE, "length %zu", i);
    free(exact);
  }
  free(a);
  free(m);
}

Test(package, random_bytes) {
  uint64_t seed = 1;
  for (int round = 0; round < 2000; round++) {
    unsigned char s[400];
    size_t n = (size_t)round % sizeof s;
    for (size_t i = 0; i < n; i++) seed = seed * 6364136223846793005u + 1442695040888963407u, s[i] = (unsigned char)(seed >> 56);
    ans_program *p = NULL;
    cr_assert_eq(ans_program_decode(s, n, "x", &p, NULL), ANS_PACKAGE);
    if (n < 40) continue;
    memcpy(s, "ANSPRUCH\2\0\0\0\0\0\0\0", 16);
    memset(s + 28, 0, 4);
    seal(s, n);
    cr_assert_eq(ans_program_decode(s, n, "x", &p, NULL), ANS_PACKAGE);
  }
}

Test(package, header_errors_are_told_apart) {
  size_t n = 0;
  unsigned char *a = encoded(&n);
  ans_program *p = NULL;
  ans_error err;
  cr_assert_eq(ans_program_decode((const unsigned char *)"{}", 2, "x", &p, &err), ANS_PACKAGE);
  cr_assert_str_eq(err.code, "E-PKG-MAGIC");
  a[8] = ANS_PACKAGE_FORMAT_VERSION + 1;
  cr_assert_eq(ans_program_decode(a, n, "x", &p, &err), ANS_PACKAGE);
  cr_assert_str_eq(err.code, "E-PKG-VERSION");
  a[8] = ANS_PACKAGE_FORMAT_VERSION;
  cr_assert_eq(ans_program_decode(a, n - 1, "x", &p, &err), ANS_PACKAGE);
  cr_assert_str_eq(err.code, "E-PKG-LENGTH");
  a[n - 1] ^= 1;
  cr_assert_eq(ans_program_decode(a, n, "x", &p, &err), ANS_PACKAGE);
  cr_assert_str_eq(err.code, "E-PKG-CHECKSUM");
  a[n - 1] ^= 1;
  a[12] = 1;
  seal(a, n);
  cr_assert_eq(ans_program_decode(a, n, "x", &p, &err), ANS_PACKAGE);
  cr_assert_str_eq(err.code, "E-PKG-STRUCTURE");
  free(a);
}

Test(package, save_is_atomic_and_load_reads_back) {
  char folder[256], path[300], text[512];
  const char *temp = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/anspruch-test-XXXXXX", temp && *temp ? temp : P_tmpdir);
  cr_assert_not_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/p.anspruch", folder);
  ans_program *p = program(), *q = NULL;
  ans_error err = {0};
  ans_status s = ans_program_save(p, path, &err);
  cr_assert_eq(s, ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  cr_assert_eq(ans_program_load(path, &q, &err), ANS_OK);
  cr_assert_arr_eq(p->sha256, q->sha256, 32);
  cr_assert(q->import_count == 2 && strcmp(q->imports[0].name, "test/grund") == 0 && !q->imports[0].direct && q->imports[1].direct && q->imports[0].sha256[2] == 255);
  ans_program_free(q);
  q = NULL;
  cr_assert_eq(ans_program_save(p, "/proc/nowhere/p.anspruch", &err), ANS_IO);
  cr_assert_str_eq(err.code, "E-IO-WRITE");
  cr_assert_eq(ans_program_load(folder, &q, &err), ANS_IO);
  cr_assert_eq(ans_program_load("/nonexistent", &q, &err), ANS_IO);
  cr_assert_str_eq(err.code, "E-IO-OPEN");
  cr_assert_eq(ans_program_save(p, folder, &err), ANS_IO); /* a folder cannot be replaced: no temporary file stays */
  cr_assert_eq(unlink(path), 0);
  cr_assert_eq(rmdir(folder), 0);
  ans_program_free(p);
}

Test(disassembler, shows_everything_deterministically) {
  ans_program *p = program();
  char *a = NULL, *b = NULL;
  size_t n = 0, m = 0;
  FILE *f = open_memstream(&a, &n);
  ans_program_disassemble(p, f);
  fclose(f);
  f = open_memstream(&b, &m);
  ans_program_disassemble(p, f);
  fclose(f);
  cr_assert_str_eq(a, b);
  static const char *const parts[] = {"through these test/grund version 1.0.0 sha256 0102ff00", "uses test/mitte version 1.2.0 sha256 0000", "package test/kinder version 1.0.0 months 2015-01 … 2026-12", "unit 3 Person×Tag segments of Person",
                                      "fact 0 Person.Geburtsdatum : date [§ 32 Abs. 3 EStG] from Melderegister(1) Antrag(2) application", "enum 0 Ort = Inland Ausland",
                                      "param 0 Satz/1 : money(2)/month [§ 32 EStG]", "key 1 … 2 = 190.00", "= 250.00 promulgated", "unchecked",
                                      "result 0 Kindschaft.Anspruch : bool = r14 [§ 32 Abs. 3 EStG]", "benefit 0 Kindergeld per Kindschaft",
                                      "years.done", "r3 r4 : date", " timeline(Person.Wohnsitz)", "r12 | r11:r13 : bool  ; § 32 Abs. 3 EStG", " 18 : int years"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) cr_expect_not_null(strstr(a, parts[i]), "missing: %s\n%s", parts[i], a);
  free(a);
  free(b);
  ans_program_free(p);
}

/* --- texts and lists --------------------------------------------------------------------------------------------------------- */
enum { S_TOWN, S_CODE, S_MARKS, S_MARK, S_FACTS };
enum { S_R_TOWN, S_R_WEIMAR, S_R_CODE, S_R_MATCHES, S_R_MARKS, S_R_MARK, S_R_HAS, S_R_COUNT, S_REGISTERS };

/* Everything a test may break, writable. */
typedef struct steering {
  ans_program p;
  ans_program *owner;
  ans_fact facts[S_FACTS];
  ans_insn insns[S_REGISTERS];
  ans_predicate predicates[2];
  const char *texts[3];
  ans_result results[2];
} steering;

static steering steering_new(void) {
  const ans_type text = {.tag = ANS_T_TEXT}, list = {.tag = ANS_T_LIST}, mark = {.tag = ANS_T_ENUM};
  ans_builder *b = ans_builder_new();
  steering x = {0};
  ans_error err = {0};
  ans_builder_header(b, "test/text", "1", "Texte", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Person", "", ANS_NONE});
  ans_builder_enum(b, "Merkzeichen", (const char *[]){"G", "aG"}, 2);
  const struct { const char *name; ans_type t; } facts[] = {{"Ort", text}, {"Plz", text}, {"Merkzeichen", list}, {"Zeichen", mark}};
  for (uint32_t i = 0; i < S_FACTS; i++) ans_builder_fact(b, &(ans_fact){facts[i].name, "", PERSON, facts[i].t, ANS_FACT_SCALAR, 0, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  ans_builder_predicate(b, S_TOWN, ANS_PREDICATE_ONE_OF, (const char *[]){"Jena", "Weimar"}, 2);
  ans_builder_predicate(b, S_CODE, ANS_PREDICATE_MATCHES, (const char *[]){"[0-9]{5}"}, 1);
  insn(b, ANS_OP_FACT, PERSON, (ans_type){.tag = ANS_T_TEXT, .ref = S_TOWN}, S_TOWN, 0, 0);
  insn(b, ANS_OP_TEXT_IS, PERSON, T_BOOL, S_R_TOWN, 0, 0);
  insn(b, ANS_OP_FACT, PERSON, (ans_type){.tag = ANS_T_TEXT, .ref = S_CODE}, S_CODE, 0, 0);
  insn(b, ANS_OP_TEXT_IS, PERSON, T_BOOL, S_R_CODE, 1, 0);
  insn(b, ANS_OP_FACT, PERSON, list, S_MARKS, 0, 0);
  insn(b, ANS_OP_FACT, PERSON, mark, S_MARK, 0, 0);
  insn(b, ANS_OP_LIST_HAS, PERSON, T_BOOL, S_R_MARKS, S_R_MARK, 0);
  insn(b, ANS_OP_LIST_COUNT, PERSON, T_INT, S_R_MARKS, 0, 0);
  ans_builder_result(b, &(ans_result){"hat", "", PERSON, T_BOOL, S_R_HAS, ANS_NONE});
  ans_builder_result(b, &(ans_result){"wie viele", "", PERSON, T_INT, S_R_COUNT, ANS_NONE});
  cr_assert_eq(ans_builder_freeze(b, &x.owner, &err), ANS_OK, "%s %s", err.code, err.where);
  ans_builder_free(b);
  x.p = *x.owner;
  memcpy(x.facts, x.p.facts, sizeof x.facts);
  memcpy(x.insns, x.p.insns, sizeof x.insns);
  memcpy(x.predicates, x.p.predicates, sizeof x.predicates);
  memcpy(x.texts, x.p.predicate_texts, sizeof x.texts);
  memcpy(x.results, x.p.results, sizeof x.results);
  return x;
}

#define BREAKS(change, want)                                                            \
  do {                                                                                  \
    steering x = steering_new();                                                        \
    ans_error e = {0};                                                                  \
    x.p.facts = x.facts;                                                                \
    x.p.insns = x.insns;                                                                \
    x.p.predicates = x.predicates;                                                      \
    x.p.predicate_texts = x.texts;                                                      \
    x.p.results = x.results;                                                            \
    cr_assert_eq(ans_program_verify(&x.p, &e), ANS_OK, "%s", e.code);                   \
    change;                                                                             \
    cr_assert_neq(ans_program_verify(&x.p, &e), ANS_OK, #change);                       \
    cr_assert_str_eq(e.code, want, #change);                                            \
    ans_program_free(x.owner);                                                          \
  } while (0)

Test(steering, verifier) {
  static const char long_text[] = "x\ny";
  BREAKS(x.facts[S_TOWN].type.ref = S_CODE, "E-VER-REF"); /* a text is its own fact's */
  BREAKS(x.facts[S_TOWN].type.ref = S_MARKS, "E-VER-TYPE-INVALID");
  BREAKS(x.facts[S_TOWN].type.scale = 1, "E-VER-TYPE-INVALID");
  BREAKS(x.facts[S_MARKS].type.ref = 1, "E-VER-TYPE-INVALID");
  BREAKS(x.predicates[0].fact = S_FACTS, "E-VER-REF");
  BREAKS(x.predicates[0].fact = S_MARKS, "E-VER-REF");
  BREAKS(x.predicates[0].kind = 2, "E-VER-FIELD");
  BREAKS(x.predicates[0].bit = 1, "E-VER-FIELD");
  BREAKS(x.predicates[1].fact = S_TOWN, "E-VER-FIELD"); /* then its bit would be 1 */
  BREAKS(x.predicates[0].text_count = 0, "E-VER-REF");
  BREAKS(x.predicates[0].text_count = 9, "E-VER-REF");
  BREAKS(x.predicates[0].first_text = 3, "E-VER-REF");
  BREAKS(x.predicates[0].kind = ANS_PREDICATE_MATCHES, "E-VER-REF"); /* a pattern stands alone */
  BREAKS(x.texts[0] = "Weimar", "E-VER-REF");                         /* literals ascend */
  BREAKS(x.texts[2] = long_text, "E-VER-TEXT");
  BREAKS(x.texts[2] = "\xff", "E-VER-TEXT");
  BREAKS(x.p.predicate_count = ANS_MAX_PREDICATES + 1, "E-VER-LIMIT");
  BREAKS(x.insns[S_R_WEIMAR].b = 2, "E-VER-REF");
  BREAKS(x.insns[S_R_WEIMAR].b = 1, "E-VER-TYPE"); /* a question about another fact */
  BREAKS(x.insns[S_R_WEIMAR].a = S_R_WEIMAR, "E-VER-FORWARD");
  BREAKS(x.insns[S_R_HAS].a = S_R_MARK, "E-VER-TYPE");
  BREAKS(x.insns[S_R_HAS].b = S_R_WEIMAR, "E-VER-TYPE");
  BREAKS(x.insns[S_R_COUNT].a = S_R_MARK, "E-VER-TYPE");
  BREAKS(x.insns[S_R_COUNT].type.measure = ANS_M_DAYS, "E-VER-RESULT-TYPE");
  /* Texts and lists are neither compared nor computed nor constants nor results. */
  BREAKS(x.insns[S_R_HAS] = ((ans_insn){ANS_OP_EQ, PERSON, T_BOOL, S_R_TOWN, S_R_TOWN, 0}), "E-VER-TYPE");
  BREAKS(x.insns[S_R_HAS] = ((ans_insn){ANS_OP_EQ, PERSON, T_BOOL, S_R_MARKS, S_R_MARKS, 0}), "E-VER-TYPE");
  BREAKS(x.insns[S_R_MARK] = ((ans_insn){ANS_OP_DEFAULT, PERSON, {.tag = ANS_T_LIST}, S_R_MARKS, S_R_MARKS, 0}), "E-VER-RESULT-TYPE");
  BREAKS(x.insns[S_R_MARK] = ((ans_insn){ANS_OP_HUMAN, PERSON, {.tag = ANS_T_TEXT}, ANS_NONE, 0, 0}), "E-VER-RESULT-TYPE");
  BREAKS((x.results[0].insn = S_R_MARKS, x.results[0].type = (ans_type){.tag = ANS_T_LIST}), "E-VER-FIELD");
}

Test(steering, builder_limits_and_file) {
  steering x = steering_new();
  unsigned char *bytes = NULL;
  size_t size = 0;
  ans_program *back = NULL;
  cr_assert_eq(ans_program_encode(x.owner, &bytes, &size, NULL), ANS_OK);
  cr_assert_eq(ans_program_decode(bytes, size, "kopie", &back, NULL), ANS_OK);
  cr_assert_arr_eq(back->sha256, x.owner->sha256, 32);
  cr_assert_eq(back->predicate_count, 2u);
  cr_assert_str_eq(back->predicate_texts[back->predicates[0].first_text + 1], "Weimar");
  cr_assert(back->predicates[1].kind == ANS_PREDICATE_MATCHES && back->predicates[1].fact == S_CODE && back->predicates[1].bit == 0);
  ans_program_free(back);
  free(bytes);
  ans_program_free(x.owner);
  ans_builder *b = ans_builder_new(); /* 64 questions fit, one more is a limit that freeze names */
  ans_builder_unit(b, &(ans_unit){"Person", "", ANS_NONE});
  ans_builder_fact(b, &(ans_fact){"Ort", "", PERSON, {.tag = ANS_T_TEXT}, ANS_FACT_SCALAR, 0, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  char text[16];
  for (uint32_t i = 0; i <= ANS_MAX_PREDICATES_PER_FACT; i++) {
    snprintf(text, sizeof text, "%u", i);
    const char *one = text;
    cr_assert_eq(ans_builder_predicate(b, 0, ANS_PREDICATE_ONE_OF, &one, 1), i < ANS_MAX_PREDICATES_PER_FACT ? i : ANS_NONE);
  }
  ans_error err = {0};
  cr_assert_eq(ans_builder_freeze(b, &back, &err), ANS_LIMIT);
  cr_assert_str_eq(err.code, "E-VER-LIMIT");
  ans_builder_free(b);
}
