/* Declared bounds of facts (docs/adr/0019-declared-bounds.md), both sides of each: package file and verifier, columns and case documents, evidence of
 * registers that lies outside, stores written before a package declared anything, and the proofs of the range analysis. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "facts/chunk.h"
#include "facts/facts.h"
#include "facts/internal.h"
#include "num/calendar.h"
#include "range/range.h"
#include "scratch.h"

#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
static ans_error err;

enum { PERSON = 1, F_INCOME = 0, F_DEGREE, F_SHARE, F_BORN, F_MONTH, F_FREE, F_JUDGED, FACTS, BOTH = ANS_FACT_LEAST | ANS_FACT_GREATEST };
static const ans_type MONEY = {.tag = ANS_T_MONEY, .scale = 2}, WHOLE = {.tag = ANS_T_INT}, SHARE = {.tag = ANS_T_DECIMAL, .scale = 4}, DATE = {.tag = ANS_T_DATE}, MONTH = {.tag = ANS_T_MONTH};

static const ans_source_rank SOURCES[] = {{"Amt", 0}, {"Kasse", 0}, {"Antrag", 1}};

/* bounded: with the bounds; without, the same package as it was before. */
static ans_program *program(bool bounded) {
  ans_builder *b = ans_builder_new();
  ans_program *p = NULL;
  const struct { const char *name; ans_type t; uint8_t kind, nature, bounds; int64_t low, high; } facts[FACTS] = {
      {"Einkommen", MONEY, ANS_FACT_SCALAR, 0, BOTH, 0, 500000000}, {"GdB", WHOLE, ANS_FACT_TIMELINE, 0, BOTH, 0, 100}, {"Anteil", SHARE, ANS_FACT_SCALAR, 0, ANS_FACT_GREATEST, 0, 10000},
      {"Geburtsdatum", DATE, ANS_FACT_SCALAR, 0, ANS_FACT_LEAST, -25567, 0}, {"Beginn", MONTH, ANS_FACT_SCALAR, 0, BOTH, 24000, 24300}, {"frei", MONEY, ANS_FACT_SCALAR, 0, 0, 0, 0},
      {"Grad", WHOLE, ANS_FACT_SCALAR, ANS_NATURE_BEURTEILUNG, BOTH, 1, 5}};
  ans_builder_header(b, "test/grenzen", bounded ? "2" : "1", "Grenzen", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Person", "", ANS_NONE});
  for (uint32_t i = 0; i < FACTS; i++) {
    ans_fact f = {.name = facts[i].name, .label = "", .unit = PERSON, .type = facts[i].t, .kind = facts[i].kind, .nature = facts[i].nature, .provision = ANS_NONE};
    if (bounded) f.bounds = facts[i].bounds, f.low = facts[i].low, f.high = facts[i].high;
    ans_builder_fact(b, &f, SOURCES, 3);
  }
  uint32_t income = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = PERSON, .type = MONEY, .a = F_INCOME});
  ans_builder_insn(b, (ans_insn){.op = ANS_OP_ADD, .unit = PERSON, .type = MONEY, .a = income, .b = income});
  OK(ans_builder_freeze(b, &p, &err));
  ans_builder_free(b);
  return p;
}

/* --- package ---------------------------------------------------------------------------------------------------------------- */
Test(bounds, are_part_of_the_package_file) {
  ans_program *p = program(true), *plain = program(false), *q = NULL;
  unsigned char *bytes = NULL;
  size_t size = 0;
  char text[ANS_BOUNDS_TEXT];
  OK(ans_program_encode(p, &bytes, &size, &err));
  OK(ans_program_decode(bytes, size, "probe", &q, &err));
  for (uint32_t i = 0; i < FACTS; i++) cr_assert(q->facts[i].bounds == p->facts[i].bounds && q->facts[i].low == p->facts[i].low && q->facts[i].high == p->facts[i].high, "fact %u", i);
  cr_assert(memcmp(q->sha256, p->sha256, sizeof p->sha256) == 0 && memcmp(plain->sha256, p->sha256, sizeof p->sha256) != 0);
  cr_assert_str_eq(ans_fact_bounds_format(&q->facts[F_INCOME], false, text), "0.00 … 5000000.00");
  cr_assert_str_eq(ans_fact_bounds_format(&q->facts[F_SHARE], true, text), "… 1,0000");
  cr_assert_str_eq(ans_fact_bounds_format(&q->facts[F_BORN], true, text), "01.01.1900 …");
  cr_assert_str_eq(ans_fact_bounds_format(&q->facts[F_MONTH], true, text), "01.2000 … 01.2025");
  cr_assert_str_eq(ans_fact_bounds_format(&q->facts[F_FREE], true, text), "");
  free(bytes);
  ans_program_free(q);
  ans_program_free(plain);
  ans_program_free(p);
}

Test(bounds, the_verifier_refuses_what_is_no_bound) {
  static const struct { uint32_t fact; uint8_t bounds; int64_t low, high; const char *code; } wrong[] = {
      {F_INCOME, 4, 0, 0, "E-VER-FIELD"}, {F_INCOME, 255, 0, 0, "E-VER-FIELD"}, {F_INCOME, 0, 1, 0, "E-VER-FIELD"}, {F_INCOME, 0, 0, 1, "E-VER-FIELD"}, {F_INCOME, ANS_FACT_LEAST, 0, 1, "E-VER-FIELD"},
      {F_INCOME, ANS_FACT_GREATEST, 1, 5, "E-VER-FIELD"}, {F_INCOME, BOTH, 1, 0, "E-VER-BOUNDS"}, {F_INCOME, ANS_FACT_LEAST, -ANS_MAX_BOUND - 1, 0, "E-VER-BOUNDS"},
      {F_INCOME, ANS_FACT_GREATEST, 0, ANS_MAX_BOUND + 1, "E-VER-BOUNDS"}, {F_BORN, ANS_FACT_LEAST, ANS_DAY_MIN - 1, 0, "E-VER-BOUNDS"}, {F_BORN, ANS_FACT_GREATEST, 0, ANS_DAY_MAX + 1, "E-VER-BOUNDS"},
      {F_MONTH, ANS_FACT_LEAST, 11, 0, "E-VER-BOUNDS"}, {F_MONTH, ANS_FACT_GREATEST, 0, 9999 * 12 + 12, "E-VER-BOUNDS"}};
  static const struct { uint32_t fact; uint8_t bounds; int64_t low, high; } right[] = {
      {F_INCOME, BOTH, -ANS_MAX_BOUND, ANS_MAX_BOUND}, {F_INCOME, BOTH, 7, 7}, {F_BORN, BOTH, ANS_DAY_MIN, ANS_DAY_MAX}, {F_MONTH, BOTH, 12, 9999 * 12 + 11}};
  ans_program *p = program(true);
  ans_fact facts[FACTS];
  ans_program other = *p;
  other.facts = facts;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    memcpy(facts, p->facts, sizeof facts);
    facts[wrong[i].fact].bounds = wrong[i].bounds, facts[wrong[i].fact].low = wrong[i].low, facts[wrong[i].fact].high = wrong[i].high;
    cr_assert_eq(ans_program_verify(&other, &err), ANS_PACKAGE, "case %zu", i);
    cr_assert_str_eq(err.code, wrong[i].code, "case %zu", i);
  }
  for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
    memcpy(facts, p->facts, sizeof facts);
    facts[right[i].fact].bounds = right[i].bounds, facts[right[i].fact].low = right[i].low, facts[right[i].fact].high = right[i].high;
    OK(ans_program_verify(&other, &err));
  }
  memcpy(facts, p->facts, sizeof facts);
  facts[F_DEGREE].type = (ans_type){.tag = ANS_T_BOOL};
  cr_assert_eq(ans_program_verify(&other, &err), ANS_PACKAGE);
  cr_assert_str_eq(err.code, "E-VER-BOUNDS");
  ans_program_free(p);
}

/* Every byte of the file changed, one after the other. */
Test(bounds, damaged_files_are_refused) {
  ans_program *p = program(true), *q = NULL;
  unsigned char *bytes = NULL;
  size_t size = 0;
  OK(ans_program_encode(p, &bytes, &size, &err));
  for (size_t i = 0; i < size; i++) {
    bytes[i] ^= 0x5a;
    cr_assert_neq(ans_program_decode(bytes, size, "probe", &q, &err), ANS_OK, "byte %zu", i);
    cr_assert_null(q);
    bytes[i] ^= 0x5a;
  }
  free(bytes);
  ans_program_free(p);
}

Test(bounds, completions) {
  static const struct { uint8_t bounds; int64_t low, high, from, to, want_low, want_high; } cases[] = {
      {0, 0, 0, -50, 50, -50, 50}, {ANS_FACT_LEAST, 3, 0, -50, 50, 3, 50}, {ANS_FACT_GREATEST, 0, 3, -50, 50, -50, 3}, {BOTH, -90, 90, -50, 50, -90, 90}, {ANS_FACT_LEAST, 60, 0, -50, 50, 60, 160},
      {ANS_FACT_GREATEST, 0, -60, -50, 50, -160, -60}, {ANS_FACT_LEAST, ANS_MAX_BOUND - 5, 0, -50, 50, ANS_MAX_BOUND - 5, ANS_MAX_BOUND}, {ANS_FACT_GREATEST, 0, 5 - ANS_MAX_BOUND, -50, 50, -ANS_MAX_BOUND, 5 - ANS_MAX_BOUND},
      {ANS_FACT_LEAST, 3, 0, INT64_MIN, INT64_MAX, 3, INT64_MAX}, {BOTH, 7, 7, -50, 50, 7, 7}};
  ans_program *p = program(true);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const ans_fact f = {.type = WHOLE, .bounds = cases[i].bounds, .low = cases[i].low, .high = cases[i].high};
    int64_t low = cases[i].from, high = cases[i].to;
    ans_fact_completions(p, &f, &low, &high);
    cr_assert(low == cases[i].want_low && high == cases[i].want_high, "case %zu: %lld … %lld", i, (long long)low, (long long)high);
  }
  ans_program_free(p);
}

/* --- columns ---------------------------------------------------------------------------------------------------------------- */
static ans_status set_one(const ans_program *p, uint32_t fact, int64_t v, uint8_t state, ans_columns **out) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  uint32_t row = 0;
  ans_columns *c = NULL;
  OK(ans_columns_begin_component(b, &err));
  OK(ans_columns_add_row(b, PERSON, "A", &row, &err));
  const ans_interval item = {ANS_OPEN_PAST, ANS_OPEN_FUTURE, v, state};
  ans_status s = p->facts[fact].kind == ANS_FACT_TIMELINE ? ans_columns_set_timeline(b, fact, row, &item, 1, &err) : ans_columns_set(b, fact, row, (ans_scalar){v, state}, &err);
  if (s == ANS_OK && out) {
    OK(ans_columns_end_component(b, &err));
    OK(ans_columns_finish(b, &c, &err));
    *out = c;
  }
  ans_columns_builder_free(b);
  return s;
}

Test(bounds, columns_take_what_lies_inside_and_nothing_else) {
  ans_program *p = program(true), *plain = program(false);
  for (uint32_t f = 0; f < FACTS; f++) {
    const ans_fact *x = &p->facts[f];
    const struct { uint8_t end; int64_t inside, outside; } ends[] = {{ANS_FACT_LEAST, x->low, x->low - 1}, {ANS_FACT_GREATEST, x->high, x->high + 1}};
    for (int k = 0; k < 2; k++) {
      if (!(x->bounds & ends[k].end)) continue;
      OK(set_one(p, f, ends[k].inside, ANS_VALUE, NULL));
      cr_assert_eq(set_one(p, f, ends[k].outside, ANS_VALUE, NULL), ANS_INPUT, "%s", x->name);
      cr_assert_str_eq(err.code, "E-COL-BOUNDS");
      cr_assert(strstr(err.where, x->name) && strstr(err.where, "A"), "%s", err.where);
      OK(set_one(plain, f, ends[k].outside, ANS_VALUE, NULL));
    }
    for (uint8_t state = ANS_NOT_APPLICABLE; state <= ANS_HUMAN; state++) OK(set_one(p, f, -77, state, NULL)); /* states have no value */
  }
  OK(set_one(p, F_FREE, -1, ANS_VALUE, NULL));
  ans_program_free(plain);
  ans_program_free(p);
}

Test(bounds, decoded_columns_are_checked_too) {
  ans_program *p = program(true);
  static const struct { uint32_t fact; int64_t inside, outside; } cases[] = {{F_INCOME, 500000000, 500000001}, {F_INCOME, 0, -1}, {F_SHARE, 10000, 10001}, {F_BORN, -25567, -25568}, {F_DEGREE, 100, 101}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ans_columns *c = NULL;
    OK(set_one(p, cases[i].fact, cases[i].inside, ANS_VALUE, &c));
    OK(ans_columns_check(c, &err));
    if (p->facts[cases[i].fact].kind == ANS_FACT_TIMELINE) c->timelines[cases[i].fact].items[0].value = cases[i].outside;
    else cr_assert(ans_values_set(&c->facts[cases[i].fact].values, 0, cases[i].outside));
    cr_assert_eq(ans_columns_check(c, &err), ANS_INPUT, "case %zu", i);
    cr_assert_str_eq(err.code, "E-COL-DAMAGED");
    ans_columns_free(c);
  }
  ans_program_free(p);
}

#define DOCUMENT(facts) "{\"format\":\"anspruch-case/1\",\"units\":{\"Person\":[{\"id\":\"A\"," facts "}]}}"

Test(bounds, case_documents_name_place_value_and_bounds) {
  static const struct { const char *text, *where, *value, *bounds; } cases[] = {
      {DOCUMENT("\"Einkommen\":\"-0.01\""), "case: units.Person[0].Einkommen (id A)", "-0.01", "0.00 … 5000000.00"},
      {DOCUMENT("\"Einkommen\":\"5000000.01\""), "case: units.Person[0].Einkommen (id A)", "5000000.01", "0.00 … 5000000.00"},
      {DOCUMENT("\"GdB\":[{\"to\":\"2019-12-31\",\"value\":100},{\"from\":\"2020-01-01\",\"value\":101}]"), "case: units.Person[0].GdB (id A)[1]", "101", "0 … 100"},
      {DOCUMENT("\"Anteil\":\"1.0001\""), "case: units.Person[0].Anteil (id A)", "1.0001", "… 1.0000"},
      {DOCUMENT("\"Geburtsdatum\":\"1899-12-31\""), "case: units.Person[0].Geburtsdatum (id A)", "1899-12-31", "1900-01-01 …"},
      {DOCUMENT("\"Beginn\":\"2025-02\""), "case: units.Person[0].Beginn (id A)", "2025-02", "2000-01 … 2025-01"},
      {DOCUMENT("\"Grad\":0"), "case: units.Person[0].Grad (id A)", "0", "1 … 5"}};
  ans_program *p = program(true);
  ans_columns *c = NULL;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cr_assert_eq(ans_case_parse(p, cases[i].text, strlen(cases[i].text), NULL, &c, &err), ANS_INPUT, "case %zu", i);
    cr_assert_str_eq(err.code, "E-COL-BOUNDS");
    cr_assert_str_eq(err.where, cases[i].where);
    cr_assert_str_eq(err.args[0], cases[i].value);
    cr_assert_str_eq(err.args[1], cases[i].bounds);
    cr_assert_null(c);
  }
  static const char inside[] = DOCUMENT("\"Einkommen\":\"5000000.00\",\"GdB\":[{\"value\":100}],\"Anteil\":\"-3\",\"Geburtsdatum\":\"1900-01-01\",\"Beginn\":\"2025-01\",\"Grad\":5,\"frei\":\"-1\"");
  OK(ans_case_parse(p, inside, strlen(inside), NULL, &c, &err));
  ans_columns_free(c);
  ans_program_free(p);
}

static const json_t *property(const json_t *schema, const char *fact) {
  const json_t *person = json_object_get(json_object_get(json_object_get(json_object_get(schema, "properties"), "units"), "properties"), "Person");
  const json_t *x = json_object_get(json_object_get(json_object_get(person, "items"), "properties"), fact);
  if (!json_object_get(x, "anyOf")) x = json_object_get(json_object_get(json_object_get(x, "items"), "properties"), "value");
  return json_array_get(json_object_get(x, "anyOf"), 0);
}

Test(bounds, the_schema_says_them) {
  ans_program *p = program(true);
  char *text = NULL;
  OK(ans_case_schema(p, &text, &err));
  json_t *schema = json_loads(text, 0, NULL);
  cr_assert_not_null(schema);
  cr_assert_eq(json_integer_value(json_object_get(property(schema, "GdB"), "maximum")), 100);
  cr_assert(json_is_integer(json_object_get(property(schema, "GdB"), "minimum")));
  cr_assert_str_eq(json_string_value(json_object_get(property(schema, "Einkommen"), "x-maximum")), "5000000.00");
  cr_assert_eq(*json_string_value(json_object_get(property(schema, "Einkommen"), "pattern")), '^');
  cr_assert_null(strstr(json_string_value(json_object_get(property(schema, "Einkommen"), "pattern")), "-?"));
  cr_assert_not_null(strstr(json_string_value(json_object_get(property(schema, "Anteil"), "pattern")), "-?"));
  cr_assert_str_eq(json_string_value(json_object_get(property(schema, "Geburtsdatum"), "x-minimum")), "1900-01-01");
  cr_assert_null(json_object_get(property(schema, "frei"), "x-minimum"));
  json_decref(schema);
  free(text);
  ans_program_free(p);
}

/* --- evidence --------------------------------------------------------------------------------------------------------------- */
static ans_store *store;
static int64_t who;

static void put(const char *fact, const char *source, int32_t from, int32_t to, int64_t v) {
  OK(ans_store_put_assertion(store, &(ans_assertion){.subject = who, .fact = fact, .source = source, .from_day = from, .to_day = to, .kind = ANS_V_INT, .number = v}, NULL, &err));
}
static void put_always(const char *fact, const char *source, int64_t v) { put(fact, source, ANS_OPEN_PAST, ANS_OPEN_FUTURE, v); }

static void begin(void) {
  scratch_begin();
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_CREATE, &store, &err));
  OK(ans_store_begin(store, &err));
  OK(ans_store_subject(store, "Person", "A", true, &who, &err));
}
static void end(void) {
  ans_store_close(store);
  scratch_end();
}
TestSuite(evidence, .init = begin, .fini = end);

static void refused(void *ctx, int64_t claim, const ans_error *why) {
  (void)ctx;
  cr_assert_fail("claim %lld refused: %s", (long long)claim, why->code);
}
typedef struct loaded { ans_program *p; ans_fact_loader *l; ans_columns *c; } loaded;
static loaded load(bool bounded) {
  loaded x = {.p = program(bounded)};
  if (bounded) OK(ans_store_commit(store, &err)); /* what the test wrote */
  uint32_t component, row;
  OK(ans_fact_loader_new(store, x.p, INT64_MAX, &x.l, &err));
  OK(ans_fact_loader_load(x.l, PERSON, &who, 1, &x.c, &component, &row, refused, NULL, &err));
  cr_assert(component == 0 && row == 0);
  return x;
}
static void drop(loaded *x) {
  ans_columns_free(x->c);
  ans_fact_loader_free(x->l);
  ans_program_free(x->p);
}
static ans_provenance why(const loaded *x, uint32_t fact, int32_t day) {
  ans_provenance out;
  OK(ans_fact_provenance(x->l, fact, "A", day, &out, &err));
  return out;
}
static bool human_needed(const loaded *x, uint32_t fact, int32_t day) {
  bool needs = false;
  OK(ans_fact_needs_human(x->l, x->c, fact, 0, day, &needs, &err));
  return needs;
}

/* The assertion stays as it came; the cell is unknown, says why, and goes to a human. A package without bounds still reads the value. */
Test(evidence, a_value_outside_is_unknown_with_its_reason) {
  put_always("Einkommen", "Amt", -45000);
  put_always("Grad", "Amt", 6);
  put_always("frei", "Amt", -45000);
  loaded x = load(true);
  loaded before = load(false);
  cr_assert_eq(ans_columns_get(x.c, F_INCOME, 0).state, ANS_UNKNOWN);
  cr_assert_eq(ans_columns_get(x.c, F_JUDGED, 0).state, ANS_HUMAN);
  cr_assert_eq(ans_columns_get(x.c, F_FREE, 0).v, -45000);
  cr_assert(ans_columns_get(before.c, F_INCOME, 0).state == ANS_VALUE && ans_columns_get(before.c, F_INCOME, 0).v == -45000);
  const ans_provenance from = why(&x, F_INCOME, 0);
  cr_assert_str_eq(from.reason, "außerhalb der vereinbarten Grenzen: Amt nennt -450,00 (0,00 … 5.000.000,00)");
  cr_assert_str_eq(from.source, "Amt");
  cr_assert_str_eq(why(&before, F_INCOME, 0).reason, "");
  cr_assert(human_needed(&x, F_INCOME, 0) && human_needed(&x, F_JUDGED, 0) && !human_needed(&x, F_SHARE, 0));
  OK(ans_columns_check(x.c, &err));
  drop(&before);
  drop(&x);
}

Test(evidence, both_ends_are_admissible) {
  put_always("Einkommen", "Amt", 0);
  put_always("Anteil", "Amt", 10000);
  put_always("Geburtsdatum", "Amt", -25567);
  put("GdB", "Amt", ANS_OPEN_PAST, 99, 0);
  put("GdB", "Amt", 100, ANS_OPEN_FUTURE, 100);
  loaded x = load(true);
  static const uint32_t scalars[] = {F_INCOME, F_SHARE, F_BORN};
  for (int i = 0; i < 3; i++) cr_assert_eq(ans_columns_get(x.c, scalars[i], 0).state, ANS_VALUE);
  cr_assert(ans_columns_on_day(x.c, F_DEGREE, 0, 99).state == ANS_VALUE && ans_columns_on_day(x.c, F_DEGREE, 0, 100).v == 100);
  drop(&x);
}

/* It counts in the precedence of sources as any value does: not healed from below, replaced from above, a contradiction beside another one. */
Test(evidence, sources_below_do_not_heal_it_sources_above_replace_it) {
  put_always("Einkommen", "Amt", -1);
  put_always("Einkommen", "Antrag", 100);
  put_always("Anteil", "Antrag", 10001);
  put_always("Anteil", "Amt", 5000);
  put_always("Beginn", "Amt", 23999);
  put_always("Beginn", "Kasse", 24001);
  loaded x = load(true);
  cr_assert_eq(ans_columns_get(x.c, F_INCOME, 0).state, ANS_UNKNOWN);
  cr_assert(strstr(why(&x, F_INCOME, 0).reason, ANS_UNKNOWN_OUTSIDE));
  cr_assert(ans_columns_get(x.c, F_SHARE, 0).state == ANS_VALUE && ans_columns_get(x.c, F_SHARE, 0).v == 5000);
  cr_assert_eq(ans_columns_get(x.c, F_MONTH, 0).state, ANS_UNKNOWN);
  cr_assert(strstr(why(&x, F_MONTH, 0).reason, ANS_UNKNOWN_CONTRADICTORY));
  bool settled = true;
  OK(ans_fact_settled(x.l, x.c, F_INCOME, 0, "Antrag", &settled, &err));
  cr_assert_not(settled);
  drop(&x);
}

Test(evidence, timelines_are_unknown_on_the_days_in_question) {
  put("GdB", "Amt", 0, 99, 50);
  put("GdB", "Amt", 100, 199, 101);
  put("GdB", "Amt", 200, ANS_OPEN_FUTURE, 80);
  put("GdB", "Antrag", 150, 160, 30);
  loaded x = load(true);
  static const struct { int64_t day, v; uint8_t state; } want[] = {{-1, 0, ANS_UNKNOWN}, {99, 50, ANS_VALUE}, {100, 0, ANS_UNKNOWN}, {155, 0, ANS_UNKNOWN}, {199, 0, ANS_UNKNOWN}, {200, 80, ANS_VALUE}};
  for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
    const ans_scalar v = ans_columns_on_day(x.c, F_DEGREE, 0, want[i].day);
    cr_assert(v.state == want[i].state && v.v == want[i].v, "day %lld", (long long)want[i].day);
  }
  cr_assert(human_needed(&x, F_DEGREE, 155) && !human_needed(&x, F_DEGREE, -1));
  drop(&x);
}

/* --- proofs ----------------------------------------------------------------------------------------------------------------- */
Test(bounds, what_they_imply_needs_no_guard) {
  ans_program *p = program(true), *plain = program(false);
  ans_ranges *r = NULL, *without = NULL;
  OK(ans_ranges_new(p, &r, &err));
  OK(ans_ranges_new(plain, &without, &err));
  cr_assert(r->insns[0].always.lo == 0 && r->insns[0].always.hi == 500000000);
  cr_assert(r->insns[1].proof == ANS_PROOF_32 && r->insns[1].always.hi == 1000000000 && r->guard_count == 0);
  cr_assert(without->insns[1].proof == ANS_PROOF_GUARDED && without->guard_count == 1 && without->guards[0].insn == 0);
  ans_ranges_free(without);
  ans_ranges_free(r);
  ans_program_free(plain);
  ans_program_free(p);
}
