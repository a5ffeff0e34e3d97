/* Columns of four bytes a value (docs/adr/0021-narrow-columns.md): which facts have them, and every way in, at both ends of what a fact can be: builder, case documents, appended
 * ranges, chunks (also such as only a writer of wider columns could have made), completions of missing facts; then that VM and replay read what was put in. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "decide/decide.h"
#include "decide/relevance.h"
#include "exec/vm.h"
#include "facts/chunk.h"
#include "replay/replay.h"

#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
static ans_error err;

enum { PERSON = 1, BOTH = ANS_FACT_LEAST | ANS_FACT_GREATEST, MONTH = 2020 * 12 };
enum { F_DATE, F_ENUM, F_REF, F_TEXT, F_INT, F_MONEY, F_MONTH, F_LOWER, F_HIGHER, F_LEAST, F_GREATEST, F_FREE, F_SHARE, F_FREE_MONTH, F_LIST, F_BOOL, T_DATE, T_REF, T_INT, T_LOWER, T_ENUM, FACTS };
static const int64_t LOW = INT32_MIN, HIGH = INT32_MAX;
/* low, high: the ends of what the fact can be that are tried; of facts without bounds, those of the type. */
static const struct { const char *name; ans_type t; uint8_t kind, bounds; int64_t low, high; unsigned bytes; } SPEC[FACTS] = {
    [F_DATE] = {"Datum", {.tag = ANS_T_DATE}, 0, 0, ANS_DAY_MIN, ANS_DAY_MAX, 4}, [F_ENUM] = {"Art", {.tag = ANS_T_ENUM}, 0, 0, 0, 2, 4}, [F_REF] = {"Vormund", {.tag = ANS_T_REF, .ref = PERSON}, 0, 0, 0, 1, 4},
    [F_TEXT] = {"Name", {.tag = ANS_T_TEXT, .ref = F_TEXT}, 0, 0, 0, 0, 4}, [F_INT] = {"Zahl", {.tag = ANS_T_INT}, 0, BOTH, INT32_MIN, INT32_MAX, 4},
    [F_MONEY] = {"Lohn", {.tag = ANS_T_MONEY, .scale = 2}, 0, BOTH, 0, INT32_MAX, 4}, [F_MONTH] = {"Beginn", {.tag = ANS_T_MONTH}, 0, BOTH, 24000, 24300, 4},
    [F_LOWER] = {"tiefer", {.tag = ANS_T_INT}, 0, BOTH, (int64_t)INT32_MIN - 1, INT32_MAX, 8}, [F_HIGHER] = {"höher", {.tag = ANS_T_INT}, 0, BOTH, INT32_MIN, (int64_t)INT32_MAX + 1, 8},
    [F_LEAST] = {"mindestens", {.tag = ANS_T_INT}, 0, ANS_FACT_LEAST, 0, INT64_MAX, 8}, [F_GREATEST] = {"höchstens", {.tag = ANS_T_INT}, 0, ANS_FACT_GREATEST, INT64_MIN, 0, 8},
    [F_FREE] = {"frei", {.tag = ANS_T_INT}, 0, 0, INT64_MIN, INT64_MAX, 8}, [F_SHARE] = {"Anteil", {.tag = ANS_T_DECIMAL, .scale = 4}, 0, BOTH, -10000, 10000, 4},
    [F_FREE_MONTH] = {"Monat", {.tag = ANS_T_MONTH}, 0, 0, 12, 9999 * 12 + 11, 8}, [F_LIST] = {"Merkmale", {.tag = ANS_T_LIST}, 0, 0, 0, 7, 8}, [F_BOOL] = {"lebt", {.tag = ANS_T_BOOL}, 0, 0, 0, 1, 8},
    [T_DATE] = {"Stichtag", {.tag = ANS_T_DATE}, ANS_FACT_TIMELINE, 0, ANS_DAY_MIN, ANS_DAY_MAX, 4}, [T_REF] = {"Partner", {.tag = ANS_T_REF, .ref = PERSON}, ANS_FACT_TIMELINE, 0, 0, 1, 4},
    [T_INT] = {"Stand", {.tag = ANS_T_INT}, ANS_FACT_TIMELINE, BOTH, INT32_MIN, INT32_MAX, 4}, [T_LOWER] = {"Tiefstand", {.tag = ANS_T_INT}, ANS_FACT_TIMELINE, BOTH, (int64_t)INT32_MIN - 1, INT32_MAX, 8},
    [T_ENUM] = {"Wohnsitz", {.tag = ANS_T_ENUM}, ANS_FACT_TIMELINE, 0, 0, 2, 4}};

typedef struct package { ans_program *p; uint32_t reg[FACTS], wanted; } package;

/* One register for every fact (timelines: on the first day of the period, of the row and behind a reference) and a benefit that depends on one of them. bounded: as in SPEC; without, all numbers
 * have eight bytes. */
static package make(bool bounded) {
  ans_builder *b = ans_builder_new();
  package k = {0};
  const ans_type truth = {.tag = ANS_T_BOOL}, date = {.tag = ANS_T_DATE}, whole = {.tag = ANS_T_INT};
  ans_builder_header(b, "test/schmal", "1", "Schmale Spalten", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Person", "", ANS_NONE});
  ans_builder_enum(b, "Art", (const char *[]){"eins", "zwei", "drei"}, 3);
  for (uint32_t i = 0; i < FACTS; i++) {
    ans_fact f = {.name = SPEC[i].name, .label = "", .unit = PERSON, .type = SPEC[i].t, .kind = SPEC[i].kind, .provision = ANS_NONE};
    if (bounded && SPEC[i].bounds) f.bounds = SPEC[i].bounds, f.low = SPEC[i].bounds & ANS_FACT_LEAST ? SPEC[i].low : 0, f.high = SPEC[i].bounds & ANS_FACT_GREATEST ? SPEC[i].high : 0;
    ans_builder_fact(b, &f, NULL, 0);
  }
  const uint32_t day = ans_builder_insn(b, (ans_insn){.op = ANS_OP_PERIOD, .type = date, .a = 1});
  for (uint32_t i = 0; i < FACTS; i++) {
    if (SPEC[i].t.tag == ANS_T_TEXT || SPEC[i].t.tag == ANS_T_LIST) continue; /* no register reads them */
    if (SPEC[i].kind == ANS_FACT_TIMELINE) k.reg[i] = ans_builder_insn(b, (ans_insn){.op = ANS_OP_TL_AT, .unit = PERSON, .type = SPEC[i].t, .a = i, .b = ANS_NONE, .c = day});
    else k.reg[i] = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = PERSON, .type = SPEC[i].t, .a = i});
  }
  for (uint32_t i = T_DATE; i < FACTS; i++) ans_builder_insn(b, (ans_insn){.op = ANS_OP_TL_AT, .unit = PERSON, .type = SPEC[i].t, .a = i, .b = k.reg[F_REF], .c = day});
  const uint32_t least = ans_builder_insn(b, (ans_insn){.op = ANS_OP_CONST, .type = whole, .a = ans_builder_const(b, LOW)});
  const uint32_t entitled = ans_builder_insn(b, (ans_insn){.op = ANS_OP_EQ, .unit = PERSON, .type = truth, .a = k.reg[F_INT], .b = least});
  const uint32_t r = ans_builder_result(b, &(ans_result){"Anspruch", "", PERSON, truth, entitled, ANS_NONE});
  ans_builder_benefit(b, &(ans_benefit){.name = "Hilfe", .unit = PERSON, .entitled_result = r, .amount_result = ANS_NONE, .payout_result = ANS_NONE, .recipient_fact = ANS_NONE, .subject_fact = ANS_NONE,
                                        .regime_provision = ANS_NONE, .application_provision = ANS_NONE, .information_only = 1});
  OK(ans_builder_freeze(b, &k.p, &err));
  ans_builder_free(b);
  return k;
}

static bool text_or_list(uint32_t fact) { return SPEC[fact].t.tag == ANS_T_TEXT || SPEC[fact].t.tag == ANS_T_LIST; }

/* What fact f of row `row` (0, 1) of a component is: the low end of the first row, the high one of the second. References are relative to the component. */
static int64_t end_of(uint32_t f, uint32_t row) { return row ? SPEC[f].high : SPEC[f].low; }

/* Intervals: `other` up to the last day before 2020, v from then on, so that tail and neck both say something. */
static ans_status set_cell_of(ans_columns_builder *b, uint32_t f, uint32_t row, int64_t v, int64_t other) {
  const ans_interval items[2] = {{ANS_OPEN_PAST, 18261, other, ANS_VALUE}, {18262, ANS_OPEN_FUTURE, v, ANS_VALUE}};
  return SPEC[f].kind == ANS_FACT_TIMELINE ? ans_columns_set_timeline(b, f, row, items, 2, &err) : ans_columns_set(b, f, row, (ans_scalar){v, ANS_VALUE}, &err);
}

/* One component of two persons at the ends of everything. */
static void add_component(ans_columns_builder *b, uint32_t number) {
  char id[16];
  uint32_t row[2];
  int64_t text;
  OK(ans_columns_begin_component(b, &err));
  for (uint32_t i = 0; i < 2; i++) {
    snprintf(id, sizeof id, "%05u", 2 * number + i);
    OK(ans_columns_add_row(b, PERSON, id, &row[i], &err));
  }
  for (uint32_t i = 0; i < 2; i++)
    for (uint32_t f = 0; f < FACTS; f++) {
      const int64_t base = SPEC[f].t.tag == ANS_T_REF ? row[0] : 0;
      if (f == F_TEXT) {
        OK(ans_columns_text(b, f, i ? "Köln" : "Bonn", i ? 5 : 4, NULL, &text, &err));
        OK(ans_columns_set(b, f, row[i], (ans_scalar){text, ANS_VALUE}, &err));
      } else {
        OK(set_cell_of(b, f, row[i], base + end_of(f, i), base + end_of(f, 1 - i)));
      }
    }
  OK(ans_columns_end_component(b, &err));
}

static ans_columns *built(const ans_program *p, uint32_t components) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_columns *c = NULL;
  for (uint32_t k = 0; k < components; k++) add_component(b, k);
  OK(ans_columns_finish(b, &c, &err));
  ans_columns_builder_free(b);
  return c;
}

/* Every cell is the end it was set to; widths are those of the facts. */
static void expect_ends(const ans_columns *c) {
  cr_assert_eq(c->units[PERSON].rows, 2 * c->components);
  for (uint32_t f = 0; f < FACTS; f++) {
    const ans_column *columns[] = {&c->facts[f], &c->timelines[f].tail, &c->timelines[f].neck};
    const bool timeline = SPEC[f].kind == ANS_FACT_TIMELINE;
    for (uint32_t k = timeline; k < (timeline && c->timelines[f].since ? 3 : timeline ? 1 : 1); k++) cr_assert_eq(columns[k]->values.bytes, f == F_BOOL ? 0 : SPEC[f].bytes, "%s", SPEC[f].name);
    for (uint32_t r = 0; r < c->units[PERSON].rows; r++) {
      const int64_t base = SPEC[f].t.tag == ANS_T_REF ? r - r % 2 : 0, here = base + end_of(f, r % 2), there = base + end_of(f, 1 - r % 2);
      if (f == F_TEXT) {
        const ans_scalar x = ans_columns_get(c, f, r);
        cr_assert(x.state == ANS_VALUE && strcmp(c->texts[x.v].text, r % 2 ? "Köln" : "Bonn") == 0);
        continue;
      }
      const ans_scalar now = timeline ? ans_columns_on_day(c, f, r, 18262) : ans_columns_get(c, f, r), before = timeline ? ans_columns_on_day(c, f, r, 18261) : (ans_scalar){there, ANS_VALUE};
      cr_assert(now.state == ANS_VALUE && now.v == here, "%s, row %u: %lld", SPEC[f].name, r, (long long)now.v);
      cr_assert(before.state == ANS_VALUE && before.v == there, "%s, row %u: %lld", SPEC[f].name, r, (long long)before.v);
      if (!timeline || !c->timelines[f].since) continue;
      cr_assert_eq(ans_values_get(&c->timelines[f].tail.values, r), here);
      cr_assert_eq(ans_values_get(&c->timelines[f].neck.values, r), there);
    }
  }
}

Test(narrow, the_width_is_what_the_fact_can_be) {
  package k = make(true), wide = make(false);
  for (uint32_t f = 0; f < FACTS; f++) {
    cr_assert_eq(ans_fact_bytes(&k.p->facts[f]), SPEC[f].bytes, "%s", SPEC[f].name);
    cr_assert_eq(ans_fact_bytes(&wide.p->facts[f]), SPEC[f].bounds ? 8 : SPEC[f].bytes, "%s", SPEC[f].name);
  }
  ans_program_free(wide.p);
  ans_program_free(k.p);
}

Test(narrow, a_value_that_does_not_fit_is_not_written) {
  int32_t narrow[3] = {7, 7, 7};
  int64_t wide[3] = {7, 7, 7};
  const ans_values v = {narrow, 4}, w = {wide, 8};
  cr_assert(ans_values_set(&v, 1, LOW) && ans_values_get(&v, 1) == LOW);
  cr_assert(ans_values_set(&v, 1, HIGH) && ans_values_get(&v, 1) == HIGH);
  cr_assert(!ans_values_set(&v, 1, LOW - 1) && !ans_values_set(&v, 1, HIGH + 1) && !ans_values_set(&v, 1, INT64_MIN) && !ans_values_set(&v, 1, INT64_MAX) && !ans_values_set(&v, 1, INT64_C(1) << 32));
  cr_assert(narrow[0] == 7 && narrow[1] == INT32_MAX && narrow[2] == 7);
  cr_assert(ans_values_set(&w, 1, INT64_MIN) && ans_values_get(&w, 1) == INT64_MIN && wide[0] == 7 && wide[2] == 7);
  ans_values_clear(&v, 1);
  ans_values_clear(&w, 1);
  cr_assert(narrow[1] == 0 && wide[1] == 0 && ans_values_at(&v, 2) == (void *)&narrow[2] && ans_values_at(&w, 2) == (void *)&wide[2]);
}

Test(narrow, builder_takes_the_ends_and_nothing_beyond) {
  package k = make(true);
  ans_columns *c = built(k.p, 70);
  OK(ans_columns_check(c, &err));
  expect_ends(c);
  ans_columns_free(c);
  for (uint32_t f = 0; f < FACTS; f++)
    for (int beyond = 0; beyond < 4; beyond++) {
      const int64_t end = end_of(f, (uint32_t)beyond % 2), v = beyond >= 2 ? (beyond % 2 ? 1 : -1) * (INT64_C(1) << 32) + end % 2 : beyond ? end + (end < INT64_MAX) : end - (end > INT64_MIN);
      uint32_t row;
      if (f == F_REF || f == T_REF || v == end || (SPEC[f].bytes == 8 && beyond >= 2)) continue; /* references: below */
      ans_columns_builder *b = ans_columns_builder_new(k.p);
      OK(ans_columns_begin_component(b, &err));
      OK(ans_columns_add_row(b, PERSON, "A", &row, &err));
      cr_assert_eq(set_cell_of(b, f, row, v, v), ANS_INPUT, "%s: %lld", SPEC[f].name, (long long)v);
      cr_assert(strcmp(err.code, "E-COL-BOUNDS") == 0 || strcmp(err.code, "E-COL-VALUE") == 0, "%s", err.code);
      OK(ans_columns_end_component(b, &err));
      OK(ans_columns_finish(b, &c, &err));
      const ans_scalar kept = SPEC[f].kind == ANS_FACT_TIMELINE ? ans_columns_on_day(c, f, 0, 0) : ans_columns_get(c, f, 0);
      cr_assert(kept.state == ANS_UNKNOWN && kept.v == 0, "%s", SPEC[f].name);
      ans_columns_free(c);
      ans_columns_builder_free(b);
    }
  ans_program_free(k.p);
}

/* Row numbers that only the first 32 bits of which lie inside. */
Test(narrow, references_are_not_cut_off) {
  static const int64_t wrong[] = {-1, 1, INT32_MAX, (int64_t)INT32_MAX + 1, UINT32_MAX, INT64_C(1) << 32, -(INT64_C(1) << 32)};
  package k = make(true);
  for (size_t i = 0; i < 2 * sizeof wrong / sizeof *wrong; i++) {
    ans_columns_builder *b = ans_columns_builder_new(k.p);
    const uint32_t f = i % 2 ? T_REF : F_REF;
    uint32_t row;
    OK(ans_columns_begin_component(b, &err));
    OK(ans_columns_add_row(b, PERSON, "A", &row, &err));
    ans_status s = set_cell_of(b, f, row, wrong[i / 2], wrong[i / 2]);
    if (s == ANS_OK) s = ans_columns_end_component(b, &err);
    cr_assert_eq(s, ANS_INPUT, "%s: %lld", SPEC[f].name, (long long)wrong[i / 2]);
    cr_assert(strcmp(err.code, "E-COL-VALUE") == 0 || strcmp(err.code, "E-COL-REF-OUTSIDE") == 0, "%s", err.code);
    ans_columns_builder_free(b);
  }
  ans_program_free(k.p);
}

#define DOCUMENT "{\"format\":\"anspruch-case/1\",\"units\":{\"Person\":[{\"id\":\"A\",\"%s\":%s}]}}"
Test(narrow, case_documents) {
  static const struct { uint32_t fact; const char *text; int64_t v; const char *code; } cases[] = {
      {F_INT, "2147483647", INT32_MAX, NULL}, {F_INT, "-2147483648", INT32_MIN, NULL}, {F_INT, "2147483648", 0, "E-COL-BOUNDS"}, {F_INT, "-2147483649", 0, "E-COL-BOUNDS"}, {F_INT, "4294967296", 0, "E-COL-BOUNDS"},
      {F_MONEY, "\"21474836.47\"", INT32_MAX, NULL}, {F_MONEY, "\"21474836.48\"", 0, "E-COL-BOUNDS"}, {F_MONEY, "\"42949672.96\"", 0, "E-COL-BOUNDS"}, {F_LOWER, "-2147483649", LOW - 1, NULL},
      {F_HIGHER, "2147483648", HIGH + 1, NULL}, {F_DATE, "\"9999-12-31\"", ANS_DAY_MAX, NULL}, {F_DATE, "\"0001-01-01\"", ANS_DAY_MIN, NULL}, {F_MONTH, "\"2025-01\"", 24300, NULL}, {F_ENUM, "\"drei\"", 2, NULL},
      {T_INT, "[{\"value\":2147483647}]", INT32_MAX, NULL}, {T_INT, "[{\"value\":2147483648}]", 0, "E-COL-BOUNDS"}, {T_LOWER, "[{\"value\":-2147483649}]", LOW - 1, NULL}};
  package k = make(true);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[256], *json = NULL;
    ans_columns *c = NULL, *again = NULL;
    const uint32_t f = cases[i].fact;
    snprintf(text, sizeof text, DOCUMENT, SPEC[f].name, cases[i].text);
    const ans_status s = ans_case_parse(k.p, text, strlen(text), "case", &c, &err);
    cr_assert_eq(s, cases[i].code ? ANS_INPUT : ANS_OK, "%s: %s", text, s ? err.code : "taken");
    if (cases[i].code) {
      cr_assert_str_eq(err.code, cases[i].code);
      continue;
    }
    OK(ans_case_format(c, 0, &json, &err));
    OK(ans_case_parse(k.p, json, strlen(json), "case", &again, &err));
    const ans_columns *both[] = {c, again};
    for (int j = 0; j < 2; j++) {
      const ans_scalar x = SPEC[f].kind == ANS_FACT_TIMELINE ? ans_columns_on_day(both[j], f, 0, 18262) : ans_columns_get(both[j], f, 0);
      cr_assert(x.state == ANS_VALUE && x.v == cases[i].v, "%s", text);
    }
    free(json);
    ans_columns_free(c);
    ans_columns_free(again);
  }
  ans_program_free(k.p);
}

Test(narrow, appended_ranges) {
  package k = make(true);
  ans_columns *c = built(k.p, 90), *d = NULL, *backwards = NULL;
  ans_columns_builder *b = ans_columns_builder_new(k.p);
  for (uint32_t first = 0, part = 1; first < 90; first += part, part = part % 31 + 1) OK(ans_columns_append(b, c, first, first + part < 90 ? first + part : 90, &err));
  OK(ans_columns_finish(b, &d, &err));
  ans_columns_builder_free(b);
  expect_ends(d);
  b = ans_columns_builder_new(k.p);
  for (uint32_t i = 90; i-- > 0;) OK(ans_columns_append(b, c, i, i + 1, &err)); /* references move either way */
  OK(ans_columns_finish(b, &backwards, &err));
  ans_columns_builder_free(b);
  expect_ends(backwards);
  /* what the check would not have let through is not cut off either: timelines and references that do not fit */
  c->timelines[T_INT].items[1].value = HIGH + 1;
  b = ans_columns_builder_new(k.p);
  OK(ans_columns_append(b, c, 0, 1, &err));
  ans_columns *none = NULL;
  cr_assert_eq(ans_columns_finish(b, &none, &err), ANS_INPUT);
  cr_assert_str_eq(err.code, "E-COL-DAMAGED");
  cr_assert_str_eq(err.where, SPEC[T_INT].name);
  ans_columns_builder_free(b);
  cr_assert(ans_values_set(&c->facts[F_REF].values, 0, HIGH));
  b = ans_columns_builder_new(k.p);
  OK(ans_columns_append(b, c, 1, 3, &err));
  cr_assert_eq(ans_columns_append(b, c, 0, 1, &err), ANS_INPUT);
  cr_assert_str_eq(err.code, "E-COL-DAMAGED");
  cr_assert_str_eq(err.where, SPEC[F_REF].name);
  ans_columns_builder_free(b);
  ans_columns_free(backwards);
  ans_columns_free(d);
  ans_columns_free(c);
  ans_program_free(k.p);
}

/* The chunk of columns, read under the package of k. */
static ans_status through_chunk(const package *k, const ans_columns *c, ans_columns **out) {
  const ans_chunk_options o = {.id = 7};
  const uint32_t rows = c->units[PERSON].rows;
  int64_t *subjects[2] = {NULL, malloc(rows * sizeof(int64_t))};
  uint8_t *bytes = NULL;
  size_t size = 0;
  ans_fact_chunk *chunk = NULL;
  for (uint32_t r = 0; r < rows; r++) subjects[1][r] = r + 1;
  OK(ans_fact_chunk_encode(c, subjects, &o, &bytes, &size, &err));
  const ans_status s = ans_fact_chunk_decode(k->p, bytes, size, 7, NULL, "probe", &chunk, &err);
  if (s == ANS_OK) {
    ans_columns_builder *b = ans_columns_builder_new(k->p);
    OK(ans_columns_check(chunk->columns, &err));
    expect_ends(chunk->columns);
    OK(ans_columns_append(b, chunk->columns, 0, chunk->columns->components, &err));
    OK(ans_columns_finish(b, out, &err));
    ans_columns_builder_free(b);
    ans_fact_chunk_free(chunk);
  }
  free(bytes);
  free(subjects[1]);
  return s;
}

Test(narrow, chunks) {
  package k = make(true);
  for (uint32_t components = 1; components < 1000; components += components < 70 ? 23 : 400) {
    ans_columns *c = built(k.p, components), *d = NULL;
    OK(through_chunk(&k, c, &d));
    expect_ends(d);
    ans_columns_free(c);
    ans_columns_free(d);
  }
  ans_program_free(k.p);
}

/* Chunks that claim to be of this package, written from wide columns of its twin without bounds. */
Test(narrow, chunks_with_values_that_do_not_fit) {
  static const struct { uint32_t fact; int64_t v; } wrong[] = {{F_INT, (int64_t)INT32_MAX + 1}, {F_INT, (int64_t)INT32_MIN - 1}, {F_INT, INT64_MAX}, {F_INT, INT64_C(1) << 32}, {F_MONEY, (INT64_C(1) << 32) + 5},
                                                           {F_MONEY, -1}, {F_SHARE, 10001}, {F_SHARE, -(INT64_C(1) << 32)}, {F_MONTH, 24301}, {F_MONTH, (INT64_C(1) << 32) + 24100}, {T_INT, (int64_t)INT32_MAX + 1},
                                                           {T_INT, (INT64_C(1) << 32) + 5}, {F_LOWER, (int64_t)INT32_MIN - 2}, {F_HIGHER, (int64_t)INT32_MAX + 2}};
  package k = make(true), twin = make(false);
  memcpy(twin.p->sha256, k.p->sha256, sizeof k.p->sha256);
  for (size_t i = 0; i <= sizeof wrong / sizeof *wrong; i++)
    for (uint32_t row = 0; row < 1400; row += 199) { /* also where the numbers before it were taken already */
      ans_columns *c = built(twin.p, 700), *d = NULL;
      const bool plain = i == sizeof wrong / sizeof *wrong;
      if (plain) {
        OK(through_chunk(&k, c, &d));
        expect_ends(d);
      } else if (SPEC[wrong[i].fact].kind == ANS_FACT_TIMELINE) {
        c->timelines[wrong[i].fact].items[2 * row].value = wrong[i].v;
      } else {
        cr_assert(ans_values_set(&c->facts[wrong[i].fact].values, row, wrong[i].v));
      }
      if (!plain) {
        cr_assert_eq(through_chunk(&k, c, &d), ANS_STORE, "case %zu, row %u", i, row);
        cr_assert_str_eq(err.code, "E-CHUNK-DAMAGED");
      }
      ans_columns_free(d);
      ans_columns_free(c);
    }
  ans_program_free(twin.p);
  ans_program_free(k.p);
}

/* --- what is computed from them ------------------------------------------------------------------------------------------------- */
Test(narrow, vm_and_replay_read_what_was_put_in) {
  package k = make(true);
  ans_columns *c = built(k.p, 150);
  uint32_t wanted[64], n = 0;
  for (uint32_t i = 0; i < k.p->insn_count && n < 64; i++)
    if (k.p->insns[i].unit == PERSON) wanted[n++] = i;
  ans_vm *vm = ans_vm_new(k.p, wanted, n, 70); /* batches that begin in the middle of words */
  for (int32_t period = MONTH - 2; period < MONTH + 2; period++) {
    OK(ans_vm_run(vm, c, 0, c->components, period, &err));
    for (uint32_t f = 0; f < FACTS; f++)
      for (uint32_t r = 0; r < 300 && !text_or_list(f); r++) {
        const ans_scalar x = ans_vm_get(vm, k.reg[f], r);
        const bool swapped = SPEC[f].kind == ANS_FACT_TIMELINE && period < MONTH;
        cr_assert(x.state == ANS_VALUE && x.v == (SPEC[f].t.tag == ANS_T_REF ? r - r % 2 : 0) + end_of(f, swapped ? 1 - r % 2 : r % 2), "%s, row %u: %lld", SPEC[f].name, r, (long long)x.v);
      }
    for (uint32_t component = 0; component < 150; component += 31) {
      ans_trace *t = NULL;
      OK(ans_replay_demand(c, component, period, ANS_DAY_MAX, &t, &err));
      for (uint32_t i = 0; i < n; i++)
        for (uint32_t r = 0; r < 2; r++) {
          const ans_scalar x = ans_vm_get(vm, wanted[i], 2 * component + r), y = ans_trace_get(t, wanted[i], r);
          cr_assert(x.v == y.v && x.state == y.state, "register %u: %lld, %lld", wanted[i], (long long)x.v, (long long)y.v);
        }
      OK(ans_trace_check(t, &err));
      ans_trace_free(t);
    }
  }
  ans_vm_free(vm);
  ans_columns_free(c);
  ans_program_free(k.p);
}

/* --- completions ------------------------------------------------------------------------------------------------------------------ */
static ans_columns *open_case(const package *k) {
  ans_columns_builder *b = ans_columns_builder_new(k->p);
  ans_columns *c = NULL;
  uint32_t row;
  OK(ans_columns_begin_component(b, &err));
  OK(ans_columns_add_row(b, PERSON, "A", &row, &err));
  OK(ans_columns_end_component(b, &err));
  OK(ans_columns_finish(b, &c, &err));
  ans_columns_builder_free(b);
  return c;
}

/* The only value that gives a claim is the least that the column can hold: the search has to put it there. */
Test(narrow, missing_facts_are_tried_at_the_ends) {
  package k = make(true);
  ans_columns *c = open_case(&k);
  const ans_claim_context x = {0};
  ans_outcome o;
  OK(ans_decide_claim(c, 0, 0, 0, MONTH, &x, 1000, &o, NULL, &err));
  cr_assert_eq(o.merits, ANS_MERITS_UNDETERMINED);
  cr_assert(o.missing_exact && o.missing_count == 1 && o.missing[0].fact == F_INT && o.missing[0].proven);
  for (uint32_t f = 0; f < FACTS; f++) { /* everything is put back */
    const ans_scalar v = SPEC[f].kind == ANS_FACT_TIMELINE ? ans_columns_on_day(c, f, 0, 18262) : ans_columns_get(c, f, 0);
    cr_assert(v.state == ANS_UNKNOWN && v.v == 0, "%s", SPEC[f].name);
  }
  OK(ans_columns_check(c, &err));
  ans_columns_free(c);
  ans_program_free(k.p);
}

Test(narrow, completions_that_do_not_fit_are_not_evaluated) {
  static const struct { int64_t v; ans_status want; bool entitled; } cases[] = {{INT32_MIN, ANS_OK, true}, {INT32_MAX, ANS_OK, false}, {(int64_t)INT32_MAX + 1, ANS_INTERNAL, false}, {INT64_C(1) << 31 << 2, ANS_INTERNAL, false}};
  package k = make(true);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ans_columns *c = open_case(&k);
    ans_trace *t = NULL;
    OK(ans_replay_demand(c, 0, MONTH, ANS_DAY_MAX, &t, &err));
    const claim_at at = {0, 0, 0, MONTH, ans_trace_law_known(t)};
    reach_map m = {.c = c, .p = k.p, .t = t, .arena = ans_arena_new((size_t)1 << 30), .first_day = 18262, .last_day = 18292};
    completion *x = decide__completion_open(c, &m, &at);
    claim_result r;
    cr_assert(m.arena && x);
    const missing_cell cell = {.fact = F_INT, .row = 0, .state = ANS_UNKNOWN};
    decide__complete(x, &cell, &(option){.a = cases[i].v});
    cr_assert_eq(decide__evaluate(x, &r, NULL, &err), cases[i].want, "case %zu", i);
    if (cases[i].want == ANS_OK) cr_assert(r.entitled.state == ANS_VALUE && r.entitled.v == cases[i].entitled, "case %zu", i);
    decide__completion_close(x);
    cr_assert_eq(ans_columns_get(c, F_INT, 0).state, ANS_UNKNOWN);
    OK(ans_columns_check(c, &err));
    ans_arena_free(m.arena);
    ans_trace_free(t);
    ans_columns_free(c);
  }
  ans_program_free(k.p);
}
