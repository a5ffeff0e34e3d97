/* Unit tests of engine/columns: builder invariants, case documents (every error by code), canonical form, schema. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "columns/columns.h"
#include "num/calendar.h"

enum { PERSON = 1, CLAIM = 2, DAYS = 3 };
enum { F_BORN, F_MOTHER, F_FATHER, F_INCOME, F_PLACE, F_HOME, F_MONTH, F_KIDS, F_WHO, F_TAKEN, F_ALIVE, F_PARTNER };

static ans_program *program(void) {
  ans_builder *b = ans_builder_new();
  ans_type date = {.tag = ANS_T_DATE}, truth = {.tag = ANS_T_BOOL}, person = {.tag = ANS_T_REF, .ref = PERSON}, whole = {.tag = ANS_T_INT};
  ans_type money = {.tag = ANS_T_MONEY, .scale = 2}, place = {.tag = ANS_T_ENUM, .ref = 0}, month = {.tag = ANS_T_MONTH};
  ans_builder_header(b, "test/case", "1", "Fälle", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Person", "Mensch", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Kindschaft", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Person×Tag", "", PERSON});
  ans_builder_enum(b, "Ort", (const char *[]){"Inland", "Ausland"}, 2);
  const struct { const char *name; uint32_t unit; ans_type t; uint8_t kind, nature; } facts[] = {
      {"Geburtsdatum", PERSON, date, 0, 0}, {"Elternteil_1", PERSON, person, 0, 0}, {"Elternteil_2", PERSON, person, 0, 0}, {"Einkommen", PERSON, money, 0, 0},
      {"Ort", PERSON, place, 0, 0}, {"Wohnsitz", PERSON, place, ANS_FACT_TIMELINE, 0}, {"Monat", PERSON, month, 0, 0}, {"Kinderzahl", PERSON, whole, 0, 0},
      {"Berechtigter", CLAIM, person, 0, 0}, {"Aufnahme", CLAIM, truth, 0, ANS_NATURE_BEURTEILUNG}, {"lebt", PERSON, truth, ANS_FACT_TIMELINE, ANS_NATURE_BEURTEILUNG},
      {"Partner", PERSON, person, ANS_FACT_TIMELINE, 0}};
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
    ans_builder_fact(b, &(ans_fact){facts[i].name, "", facts[i].unit, facts[i].t, facts[i].kind, facts[i].nature, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  uint32_t r = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = CLAIM, .type = truth, .a = F_TAKEN});
  uint32_t m = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = PERSON, .type = money, .a = F_INCOME});
  uint32_t w = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = CLAIM, .type = person, .a = F_WHO});
  ans_builder_result(b, &(ans_result){"Anspruch", "", CLAIM, truth, r, ANS_NONE});
  ans_builder_result(b, &(ans_result){"Bezug", "", PERSON, money, m, ANS_NONE});
  ans_builder_result(b, &(ans_result){"Wer", "", CLAIM, person, w, ANS_NONE});
  uint32_t cuts = ans_builder_list(b, (uint32_t[]){ANS_SPLIT_TIMELINE, F_HOME, ANS_NONE}, 3);
  uint32_t days = ans_builder_insn(b, (ans_insn){.op = ANS_OP_SPLIT, .unit = DAYS, .type = person, .a = DAYS, .b = cuts, .c = 3});
  uint32_t first = ans_builder_insn(b, (ans_insn){.op = ANS_OP_SEG_FROM, .unit = DAYS, .type = date});
  uint32_t home = ans_builder_insn(b, (ans_insn){.op = ANS_OP_TL_AT, .unit = DAYS, .type = place, .a = F_HOME, .b = days, .c = first});
  ans_builder_result(b, &(ans_result){"Wohnort", "", DAYS, place, home, ANS_NONE}); /* per day */
  ans_program *p = NULL;
  ans_error err = {0};
  char text[512];
  ans_status s = ans_builder_freeze(b, &p, &err);
  cr_assert_eq(s, ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  ans_builder_free(b);
  return p;
}

static bool same(ans_scalar a, int64_t v, uint8_t state) { return a.state == state && a.v == v; }
static ans_scalar value(int64_t v) { return (ans_scalar){v, ANS_VALUE}; }

Test(builder, values_states_and_padding) {
  ans_program *p = program();
  ans_columns_builder *b = ans_columns_builder_new(p);
  uint32_t row = 0;
  /* 150 components of one person and one claim: words, growth, component bounds */
  for (uint32_t i = 0; i < 150; i++) {
    uint32_t claim = 0;
    cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
    cr_assert_eq(ans_columns_add_row(b, CLAIM, NULL, &claim, NULL), ANS_OK);
    cr_assert_eq(ans_columns_add_row(b, PERSON, "P", &row, NULL), ANS_OK);
    cr_assert_eq(row, i);
    if (i % 3 == 0) cr_assert_eq(ans_columns_set(b, F_TAKEN, claim, value(i % 2), NULL), ANS_OK);
    if (i % 3 == 1) cr_assert_eq(ans_columns_set(b, F_TAKEN, claim, (ans_scalar){99, ANS_NOT_APPLICABLE}, NULL), ANS_OK);
    if (i % 2) cr_assert_eq(ans_columns_set(b, F_INCOME, row, value(-5), NULL), ANS_OK);
    cr_assert_eq(ans_columns_set(b, F_WHO, claim, value(row), NULL), ANS_OK);
    cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
  }
  ans_columns *c = NULL;
  cr_assert_eq(ans_columns_finish(b, &c, NULL), ANS_OK);
  ans_columns_builder_free(b);
  cr_assert_eq(c->components, 150u);
  for (uint32_t i = 0; i < 150; i++) {
    cr_assert_eq(c->units[PERSON].component_first[i], i);
    ans_scalar t = ans_columns_get(c, F_TAKEN, i);
    cr_assert(i % 3 == 0 ? same(t, i % 2, ANS_VALUE) : same(t, 0, i % 3 == 1 ? ANS_NOT_APPLICABLE : ANS_HUMAN), "row %u", i); /* missing finding: human */
    cr_assert(i % 2 ? same(ans_columns_get(c, F_INCOME, i), -5, ANS_VALUE) : same(ans_columns_get(c, F_INCOME, i), 0, ANS_UNKNOWN));
  }
  cr_assert_eq(c->units[PERSON].component_first[150], 150u);
  cr_assert_eq(c->units[0].rows, 0u);
  cr_assert_eq(c->units[3].component_first[150], 0u);
  cr_assert_eq(c->facts[F_TAKEN].truth[2] >> 22, 0u); /* bits beyond the rows */
  for (int k = 0; k < 3; k++) cr_assert_eq(c->facts[F_TAKEN].planes[k][2] >> 22, 0u);
  cr_assert_null(c->facts[F_WHO].planes[0]); /* all known: no planes */
  cr_assert_null(c->facts[F_INCOME].planes[2]);
  ans_columns_free(c);
  ans_program_free(p);
}

static ans_columns_builder *one_person(const ans_program *p) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  uint32_t row = 0;
  cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
  cr_assert_eq(ans_columns_add_row(b, PERSON, "A", &row, NULL), ANS_OK);
  return b;
}

#define REFUSED(call, id)                       \
  do {                                          \
    ans_error err_ = {0};                       \
    ans_error *err = &err_;                     \
    cr_expect_neq((call), ANS_OK, "%s", #call); \
    if (err_.code) cr_expect_str_eq(err_.code, id, "%s", #call); \
    else cr_expect_fail("no code: %s", #call);  \
  } while (0)

Test(builder, refuses_wrong_cells) {
  ans_program *p = program();
  ans_columns_builder *b = one_person(p);
  uint32_t row;
  ans_interval wrong[2] = {{10, 5, 0, 0}, {0, 0, 0, 0}}, overlap[2] = {{0, 10, 0, 0}, {10, 20, 1, 0}}, outside = {ANS_DAY_MIN - 1, 0, 0, 0};
  ans_interval after_open[2] = {{0, ANS_OPEN_FUTURE, 0, 0}, {5, 6, 1, 0}};
  REFUSED(ans_columns_set(b, F_BORN, 1, value(0), err), "E-COL-INDEX");
  REFUSED(ans_columns_set(b, 99, 0, value(0), err), "E-COL-INDEX");
  REFUSED(ans_columns_set(b, F_HOME, 0, value(0), err), "E-COL-INDEX"); /* a timeline */
  REFUSED(ans_columns_set(b, F_BORN, 0, value(ANS_DAY_MAX + 1), err), "E-COL-VALUE");
  REFUSED(ans_columns_set(b, F_PLACE, 0, value(2), err), "E-COL-VALUE");
  REFUSED(ans_columns_set(b, F_PLACE, 0, value(-1), err), "E-COL-VALUE");
  REFUSED(ans_columns_set(b, F_BORN, 0, ((ans_scalar){0, ANS_ERRONEOUS}), err), "E-COL-STATE");
  REFUSED(ans_columns_set_timeline(b, F_HOME, 0, wrong, 1, err), "E-COL-INTERVAL");
  REFUSED(ans_columns_set_timeline(b, F_HOME, 0, &outside, 1, err), "E-COL-INTERVAL");
  REFUSED(ans_columns_set_timeline(b, F_HOME, 0, overlap, 2, err), "E-COL-OVERLAP");
  REFUSED(ans_columns_set_timeline(b, F_HOME, 0, after_open, 2, err), "E-COL-OVERLAP");
  REFUSED(ans_columns_add_row(b, 0, "x", &row, err), "E-COL-INDEX");
  REFUSED(ans_columns_add_row(b, 3, "x", &row, err), "E-COL-INDEX");
  cr_assert_eq(ans_columns_set_override(b, 1, 0, value(INT64_MAX), NULL), ANS_OK);
  REFUSED(ans_columns_set_override(b, 0, 0, value(1), err), "E-COL-INDEX"); /* no such claim */
  REFUSED(ans_columns_set_override(b, 9, 0, value(1), err), "E-COL-INDEX");
  REFUSED(ans_columns_begin_component(b, err), "E-COL-ORDER");
  ans_columns_builder_free(b);
  ans_program_free(p);
}

Test(builder, references_stay_inside_their_component) {
  ans_program *p = program();
  for (int which = 0; which < 3; which++) {
    ans_columns_builder *b = one_person(p);
    uint32_t row = 0, claim = 0;
    cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
    cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
    cr_assert_eq(ans_columns_add_row(b, PERSON, "B", &row, NULL), ANS_OK);
    cr_assert_eq(ans_columns_add_row(b, CLAIM, "c", &claim, NULL), ANS_OK);
    ans_interval to_a = {0, 10, 0, 0};
    if (which == 0) cr_assert_eq(ans_columns_set(b, F_MOTHER, row, value(0), NULL), ANS_OK);
    if (which == 1) cr_assert_eq(ans_columns_set_timeline(b, F_PARTNER, row, &to_a, 1, NULL), ANS_OK);
    if (which == 2) cr_assert_eq(ans_columns_set_override(b, 2, claim, value(0), NULL), ANS_OK);
    REFUSED(ans_columns_end_component(b, err), "E-COL-REF-OUTSIDE");
    ans_columns_builder_free(b);
  }
  ans_program_free(p);
}

Test(builder, timelines_are_normalised) {
  ans_program *p = program();
  ans_columns_builder *b = one_person(p);
  ans_interval items[] = {{ANS_OPEN_PAST, 9, 1, 0}, {10, 19, 1, 0}, {20, 29, 7, ANS_UNKNOWN}, {30, 39, 5, ANS_NOT_APPLICABLE}, {40, ANS_OPEN_FUTURE, 0, 0}};
  cr_assert_eq(ans_columns_set_timeline(b, F_HOME, 0, items + 4, 1, NULL), ANS_OK); /* replaced by the next */
  cr_assert_eq(ans_columns_set_timeline(b, F_HOME, 0, items, 5, NULL), ANS_OK);
  cr_assert_eq(ans_columns_set_override(b, 1, 0, value(7), NULL), ANS_OK);
  cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
  ans_columns *c = NULL;
  cr_assert_eq(ans_columns_finish(b, &c, NULL), ANS_OK);
  const ans_timeline *t = &c->timelines[F_HOME];
  cr_assert_eq(t->offsets[1], 3u); /* merged, the unknown one dropped */
  cr_assert_eq(t->items[0].to, 19);
  cr_assert_eq(t->items[1].value, 0);
  cr_assert(same(ans_columns_on_day(c, F_HOME, 0, ANS_DAY_MIN), 1, ANS_VALUE));
  cr_assert(same(ans_columns_on_day(c, F_HOME, 0, 19), 1, ANS_VALUE));
  cr_assert(same(ans_columns_on_day(c, F_HOME, 0, 20), 0, ANS_UNKNOWN));
  cr_assert(same(ans_columns_on_day(c, F_HOME, 0, 39), 0, ANS_NOT_APPLICABLE));
  cr_assert(same(ans_columns_on_day(c, F_HOME, 0, ANS_DAY_MAX), 0, ANS_VALUE));
  cr_assert(same(ans_columns_on_day(c, F_ALIVE, 0, 0), 0, ANS_HUMAN));
  cr_assert_eq(c->override_count, 1u);
  ans_columns_free(c);
  ans_columns_builder_free(b);
  ans_program_free(p);
}

static ans_scalar cell_of(const ans_column *c, uint32_t row) {
  ans_scalar x = {c->values.data ? ans_values_get(&c->values, row) : (int64_t)(c->truth[row / 64] >> row % 64 & 1), ans_planes_state(c->planes, row)};
  return x;
}

/* What tail and neck say about a day of the program's periods is what the intervals say, and the tail speaks from its first day on. */
Test(builder, tails_and_necks) {
  ans_program *p = program();
  ans_columns *c = NULL;
  ans_columns_builder *probe = one_person(p);
  cr_assert_eq(ans_columns_end_component(probe, NULL), ANS_OK);
  cr_assert_eq(ans_columns_finish(probe, &c, NULL), ANS_OK);
  const int32_t first = (int32_t)c->first_day, open = ANS_OPEN_FUTURE;
  ans_columns_free(c);
  ans_columns_builder_free(probe);
  const ans_interval shapes[][3] = {{{0}},
                                    {{ANS_OPEN_PAST, open, 1, 0}},
                                    {{first + 10, open, 1, 0}},
                                    {{first + 10, first + 20, 1, 0}},
                                    {{ANS_OPEN_PAST, first + 9, 1, 0}, {first + 10, open, 0, 0}},
                                    {{first + 3, first + 9, 1, 0}, {first + 15, open, 0, 0}},
                                    {{first + 3, first + 9, 1, 0}, {first + 10, first + 12, 0, ANS_NOT_APPLICABLE}, {first + 13, open, 1, 0}},
                                    {{first - 5, first - 1, 1, 0}, {first, first + 70000, 0, 0}}};
  const uint32_t counts[] = {0, 1, 1, 1, 2, 2, 3, 2};
  for (unsigned k = 0; k < sizeof counts / sizeof *counts; k++) {
    ans_columns_builder *b = one_person(p);
    if (counts[k]) cr_assert_eq(ans_columns_set_timeline(b, F_HOME, 0, shapes[k], counts[k], NULL), ANS_OK);
    cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
    cr_assert_eq(ans_columns_finish(b, &c, NULL), ANS_OK);
    const ans_timeline *t = &c->timelines[F_HOME];
    cr_assert_leq(t->neck_since[0], t->since[0]);
    for (int32_t day = first; day < first + 30; day++) {
      const uint16_t at = ans_columns_day(first, day);
      const ans_scalar is = ans_columns_on_day(c, F_HOME, 0, day), tail = cell_of(&t->tail, 0), neck = cell_of(&t->neck, 0);
      if (t->since[0] <= at) cr_assert(same(is, tail.v, tail.state), "shape %u, day %d: tail", k, day - first);
      else if (t->neck_since[0] <= at) cr_assert(same(is, neck.v, neck.state), "shape %u, day %d: neck", k, day - first);
    }
    cr_assert_eq(t->since[0], k == 0 || k == 1 ? 0 : k == 2 || k == 4 ? 10 : k == 3 ? 21 : k == 5 ? 15 : k == 6 ? 13 : ANS_COLUMNS_FAR, "shape %u", k);
    ans_columns_free(c);
    ans_columns_builder_free(b);
  }
  ans_program_free(p);
}

/* Persons with none to three intervals, their timelines set in the order of the rows or against it. */
static ans_columns *many_homes(const ans_program *p, uint32_t rows, bool backwards, const ans_columns_room *room) {
  static const ans_interval shapes[][3] = {{{0}}, {{ANS_OPEN_PAST, ANS_OPEN_FUTURE, 1, 0}}, {{9000, 9100, 1, 0}, {9200, ANS_OPEN_FUTURE, 0, ANS_NOT_APPLICABLE}}, {{8000, 8500, 1, 0}, {8501, 9000, 0, 0}, {9300, 9400, 1, 0}}};
  ans_columns_builder *b = room ? ans_columns_builder_roomy(p, room) : ans_columns_builder_new(p);
  ans_columns *c = NULL;
  uint32_t row = 0;
  char id[16];
  cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
  for (uint32_t r = 0; r < rows; r++) {
    snprintf(id, sizeof id, "%05u", r);
    cr_assert_eq(ans_columns_add_row(b, PERSON, id, &row, NULL), ANS_OK);
    if (r % 5 == 0) cr_assert_eq(ans_columns_set(b, F_INCOME, row, value(r), NULL), ANS_OK);
  }
  for (uint32_t i = 0; i < rows; i++) {
    const uint32_t r = backwards ? rows - 1 - i : i, shape = r % 7 % 4;
    if (shape) cr_assert_eq(ans_columns_set_timeline(b, F_HOME, r, shapes[shape], shape, NULL), ANS_OK);
  }
  cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
  cr_assert_eq(ans_columns_finish(b, &c, NULL), ANS_OK);
  ans_columns_builder_free(b);
  cr_assert_eq(ans_columns_check(c, NULL), ANS_OK);
  return c;
}

/* Intervals that lie in order are taken over, others copied; room that was taken beforehand may be too much or too little. */
Test(builder, order_and_room_do_not_show) {
  ans_program *p = program();
  uint32_t rows[8] = {0}, intervals[16] = {0};
  cr_assert(p->unit_count <= 8 && p->fact_count <= 16);
  for (uint32_t n = 0; n <= 200; n += n < 130 ? 65 : 7) {
    const uint32_t sizes[] = {0, 1, 64, 1000};
    ans_columns *c = many_homes(p, n, false, NULL);
    for (unsigned k = 0; k < 8; k++) {
      for (unsigned u = 0; u < 8; u++) rows[u] = sizes[k % 4];
      for (unsigned f = 0; f < 16; f++) intervals[f] = sizes[(k + 1) % 4];
      ans_columns *d = many_homes(p, n, k >= 4, &(ans_columns_room){rows, intervals});
      const ans_timeline *x = &c->timelines[F_HOME], *y = &d->timelines[F_HOME];
      for (uint32_t r = 0; r < n; r++) {
        cr_assert_eq(x->offsets[r + 1], y->offsets[r + 1]);
        for (uint32_t i = x->offsets[r]; i < x->offsets[r + 1]; i++)
          cr_assert(x->items[i].from == y->items[i].from && x->items[i].to == y->items[i].to && x->items[i].value == y->items[i].value && x->items[i].state == y->items[i].state);
        cr_assert(x->since[r] == y->since[r] && x->neck_since[r] == y->neck_since[r]);
        for (unsigned which = 0; which < 2; which++) {
          const ans_scalar a = cell_of(which ? &x->neck : &x->tail, r), b = cell_of(which ? &y->neck : &y->tail, r);
          cr_assert(same(a, b.v, b.state), "row %u", r);
        }
        const ans_scalar income = ans_columns_get(d, F_INCOME, r), last = ans_columns_on_day(d, F_HOME, r, 20000), tail = cell_of(&y->tail, r);
        cr_assert(r % 5 ? income.state == ANS_UNKNOWN : same(income, r, ANS_VALUE));
        cr_assert(same(tail, last.v, last.state), "row %u", r);
      }
      for (uint32_t r = n; r < (n + 63) / 64 * 64; r++) cr_assert_eq(ans_values_get(&d->facts[F_INCOME].values, r), 0);
      ans_columns_free(d);
    }
    ans_columns_free(c);
  }
  ans_program_free(p);
}

Test(builder, override_twice) {
  ans_program *p = program();
  ans_columns_builder *b = one_person(p);
  cr_assert_eq(ans_columns_set_override(b, 1, 0, value(7), NULL), ANS_OK);
  cr_assert_eq(ans_columns_set_override(b, 1, 0, value(8), NULL), ANS_OK);
  cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
  ans_columns *c = NULL;
  REFUSED(ans_columns_finish(b, &c, err), "E-COL-OVERRIDE-TWICE");
  ans_columns_builder_free(b);
  ans_program_free(p);
}

/* --- case documents ----------------------------------------------------------------------------------------------------------- */
#define HEAD "{\"format\":\"anspruch-case/1\",\"units\":"

static ans_columns *parsed(const ans_program *p, const char *json) {
  ans_columns *c = NULL;
  ans_error err = {0};
  char text[1024];
  ans_status s = ans_case_parse(p, json, strlen(json), "fall.json", &c, &err);
  cr_assert_eq(s, ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  return c;
}

static const char full[] = HEAD
    "{\"Kindschaft\":[{\"id\":\"k\",\"Berechtigter\":\"B\",\"Aufnahme\":true}],"
    "\"Person\":[{\"id\":\"B\",\"Geburtsdatum\":\"1990-03-01\",\"Einkommen\":\"-12.5\",\"Ort\":\"Ausland\",\"Monat\":\"2024-02\",\"Kinderzahl\":3,"
    "\"Wohnsitz\":[{\"from\":\"2020-01-01\",\"value\":\"Ausland\"},{\"to\":\"2018-12-31\",\"value\":\"Inland\"},{\"from\":\"2019-01-01\",\"to\":\"2019-12-31\",\"value\":null}],"
    "\"lebt\":[{\"from\":\"2000-01-01\",\"value\":true}]},"
    "{\"id\":\"A\",\"Elternteil_1\":\"B\",\"Einkommen\":null,\"Geburtsdatum\":{\"unknown\":\"widersprüchlich\"},\"Ort\":{\"human\":\"x\"}}]},"
    "\"overrides\":[{\"unit\":\"Kindschaft\",\"id\":\"k\",\"result\":\"Anspruch\",\"value\":false}]}";

Test(case_document, reads_all_types_and_states) {
  ans_program *p = program();
  ans_columns *c = parsed(p, full);
  cr_assert_str_eq(c->units[PERSON].ids[0], "A"); /* sorted by id */
  cr_assert_str_eq(c->units[PERSON].ids[1], "B");
  cr_assert(same(ans_columns_get(c, F_BORN, 1), ans_date_from_ymd(1990, 3, 1), ANS_VALUE));
  cr_assert(same(ans_columns_get(c, F_BORN, 0), 0, ANS_UNKNOWN));
  cr_assert(same(ans_columns_get(c, F_INCOME, 1), -1250, ANS_VALUE));
  cr_assert(same(ans_columns_get(c, F_INCOME, 0), 0, ANS_NOT_APPLICABLE));
  cr_assert(same(ans_columns_get(c, F_PLACE, 1), 1, ANS_VALUE));
  cr_assert(same(ans_columns_get(c, F_PLACE, 0), 0, ANS_HUMAN));
  cr_assert(same(ans_columns_get(c, F_MONTH, 1), 2024 * 12 + 1, ANS_VALUE));
  cr_assert(same(ans_columns_get(c, F_KIDS, 1), 3, ANS_VALUE));
  cr_assert(same(ans_columns_get(c, F_MOTHER, 0), 1, ANS_VALUE));
  cr_assert(same(ans_columns_get(c, F_MOTHER, 1), 0, ANS_UNKNOWN));
  cr_assert(same(ans_columns_get(c, F_WHO, 0), 1, ANS_VALUE));
  cr_assert(same(ans_columns_get(c, F_TAKEN, 0), 1, ANS_VALUE));
  cr_assert(same(ans_columns_on_day(c, F_HOME, 1, ans_date_from_ymd(2019, 12, 31)), 0, ANS_NOT_APPLICABLE));
  cr_assert(same(ans_columns_on_day(c, F_HOME, 1, ans_date_from_ymd(2020, 1, 1)), 1, ANS_VALUE));
  cr_assert_eq(c->override_count, 1u);
  ans_columns_free(c);
  ans_program_free(p);
}

Test(case_document, canonical_form_is_a_fixed_point) {
  ans_program *p = program();
  ans_columns *c = parsed(p, full);
  char *a = NULL, *b = NULL;
  cr_assert_eq(ans_case_format(c, 0, &a, NULL), ANS_OK);
  cr_assert_str_eq(a, HEAD "{\"Person\":[{\"id\":\"A\",\"Elternteil_1\":\"B\",\"Einkommen\":null,\"Ort\":{\"human\":\"\"}},"
                           "{\"id\":\"B\",\"Geburtsdatum\":\"1990-03-01\",\"Einkommen\":\"-12.50\",\"Ort\":\"Ausland\",\"Wohnsitz\":[{\"to\":\"2018-12-31\",\"value\":\"Inland\"},"
                           "{\"from\":\"2019-01-01\",\"to\":\"2019-12-31\",\"value\":null},{\"from\":\"2020-01-01\",\"value\":\"Ausland\"}],\"Monat\":\"2024-02\",\"Kinderzahl\":3,"
                           "\"lebt\":[{\"from\":\"2000-01-01\",\"value\":true}]}],\"Kindschaft\":[{\"id\":\"k\",\"Berechtigter\":\"B\",\"Aufnahme\":true}]},"
                           "\"overrides\":[{\"unit\":\"Kindschaft\",\"id\":\"k\",\"result\":\"Anspruch\",\"value\":false}]}");
  ans_columns *d = parsed(p, a);
  cr_assert_eq(ans_case_format(d, 0, &b, NULL), ANS_OK);
  cr_assert_str_eq(a, b);
  uint8_t h[32], direct[32];
  cr_assert_eq(ans_columns_component_hash(d, 0, h, NULL), ANS_OK);
  ans_sha256_once(a, strlen(a), direct);
  cr_assert_arr_eq(h, direct, 32);
  free(b);
  cr_assert_neq(ans_case_format(d, 1, &b, NULL), ANS_OK);
  cr_assert_null(b);
  free(a);
  ans_columns_free(c);
  ans_columns_free(d);
  ans_program_free(p);
}

Test(case_document, hash_does_not_depend_on_position) {
  ans_program *p = program();
  uint8_t h[3][32];
  ans_columns_builder *b = ans_columns_builder_new(p);
  for (uint32_t i = 0; i < 3; i++) { /* the last one differs */
    uint32_t x = 0, y = 0;
    cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
    cr_assert_eq(ans_columns_add_row(b, PERSON, NULL, &x, NULL), ANS_OK);
    cr_assert_eq(ans_columns_add_row(b, PERSON, NULL, &y, NULL), ANS_OK);
    cr_assert_eq(ans_columns_set(b, F_MOTHER, x, value(y), NULL), ANS_OK);
    cr_assert_eq(ans_columns_set(b, F_KIDS, y, value(i / 2), NULL), ANS_OK);
    cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
  }
  ans_columns *c = NULL;
  cr_assert_eq(ans_columns_finish(b, &c, NULL), ANS_OK);
  for (uint32_t i = 0; i < 3; i++) cr_assert_eq(ans_columns_component_hash(c, i, h[i], NULL), ANS_OK);
  cr_assert_arr_eq(h[0], h[1], 32);
  cr_assert_neq(memcmp(h[0], h[2], 32), 0);
  ans_columns_free(c);
  ans_columns_builder_free(b);
  ans_program_free(p);
}

#define PERSON_IS(members) HEAD "{\"Person\":[{\"id\":\"A\"," members "}]}}"

Test(case_document, every_error_names_code_and_place) {
  static const struct { const char *json, *code, *where; } cases[] = {
      {"", "E-CASE-JSON", "fall.json"},
      {"{", "E-CASE-JSON", "fall.json"},
      {"{\"format\":\"anspruch-case/1\",\n \"units\":{\"Person\":[}", "E-CASE-JSON", "fall.json:2:"},
      {"\xff\xfe", "E-CASE-JSON", "fall.json"},
      {"[]", "E-CASE-KIND", "$"},
      {"{\"format\":\"anspruch-case/2\",\"units\":{}}", "E-CASE-FORMAT", "$"},
      {"{\"units\":{}}", "E-CASE-FORMAT", "$"},
      {"{\"format\":\"anspruch-case/1\"}", "E-CASE-KIND", "$"},
      {"{\"format\":\"anspruch-case/1\",\"unit\":{}}", "E-CASE-UNKNOWN-NEAR", "$"},
      {HEAD "{},\"units\":{}}", "E-CASE-DUPLICATE-KEY", "fall.json:1:"},
      {HEAD "[]}", "E-CASE-KIND", "units"},
      {HEAD "{\"Persn\":[]}}", "E-CASE-UNKNOWN-NEAR", "units"},
      {HEAD "{\"UNIFORM\":[]}}", "E-CASE-UNKNOWN", "units"},
      {HEAD "{\"Person×Tag\":[]}}", "E-CASE-UNKNOWN", "units"},
      {HEAD "{\"Person\":{}}}", "E-CASE-KIND", "units.Person"},
      {HEAD "{\"Person\":[3]}}", "E-CASE-KIND", "units.Person[0]"},
      {HEAD "{\"Person\":[{}]}}", "E-CASE-ID", "units.Person[0]"},
      {HEAD "{\"Person\":[{\"id\":\"\"}]}}", "E-CASE-ID", "units.Person[0]"},
      {HEAD "{\"Person\":[{\"id\":\"a\\n\"}]}}", "E-CASE-ID", "units.Person[0]"},
      {HEAD "{\"Person\":[{\"id\":7}]}}", "E-CASE-ID", "units.Person[0]"},
      {HEAD "{\"Person\":[{\"id\":\"A\"},{\"id\":\"B\"},{\"id\":\"A\"}]}}", "E-CASE-ID-TWICE", "units.Person[2].id"},
      {HEAD "{\"Person\":[{\"id\":\"A\",\"Ort\":\"Inland\",\"Ort\":\"Inland\"}]}}", "E-CASE-DUPLICATE-KEY", "fall.json:1:"},
      {PERSON_IS("\"Geburtsdatm\":\"1990-01-01\""), "E-CASE-UNKNOWN-NEAR", "units.Person[0] (id A)"},
      {PERSON_IS("\"xyz\":1"), "E-CASE-UNKNOWN", "units.Person[0] (id A)"},
      {PERSON_IS("\"Geburtsdatum\":\"1990-02-30\""), "E-CASE-DATE", "units.Person[0].Geburtsdatum"},
      {PERSON_IS("\"Geburtsdatum\":19900101"), "E-CASE-KIND", "units.Person[0].Geburtsdatum"},
      {PERSON_IS("\"Monat\":\"2024-13\""), "E-CASE-MONTH", "Monat"},
      {PERSON_IS("\"Einkommen\":12.5"), "E-CASE-KIND", "Einkommen"},
      {PERSON_IS("\"Einkommen\":\"12.505\""), "E-CASE-DECIMAL", "Einkommen"},
      {PERSON_IS("\"Einkommen\":\"99999999999999999999\""), "E-CASE-DECIMAL", "Einkommen"},
      {PERSON_IS("\"Kinderzahl\":\"3\""), "E-CASE-KIND", "Kinderzahl"},
      {PERSON_IS("\"Kinderzahl\":3.0"), "E-CASE-KIND", "Kinderzahl"},
      {PERSON_IS("\"Kinderzahl\":99999999999999999999"), "E-CASE-JSON", "fall.json:1:"},
      {PERSON_IS("\"Ort\":\"inlnd\""), "E-CASE-UNKNOWN-NEAR", "Ort"},
      {PERSON_IS("\"Ort\":{}"), "E-CASE-KIND", "Ort"},
      {PERSON_IS("\"Ort\":{\"unbekannt\":\"x\"}"), "E-CASE-UNKNOWN", "Ort"},
      {PERSON_IS("\"Ort\":{\"unknown\":1}"), "E-CASE-KIND", "Ort"},
      {PERSON_IS("\"Elternteil_1\":\"Z\""), "E-CASE-REF-NEAR", "Elternteil_1"},
      {PERSON_IS("\"Elternteil_1\":\"niemand\""), "E-CASE-REF", "Elternteil_1"},
      {PERSON_IS("\"Elternteil_1\":\"A\""), "E-CASE-SELF", "Elternteil_1"},
      {PERSON_IS("\"Wohnsitz\":\"Inland\""), "E-CASE-KIND", "Wohnsitz"},
      {PERSON_IS("\"Wohnsitz\":[{\"from\":\"2020-01-01\"}]"), "E-CASE-KIND", "Wohnsitz"},
      {PERSON_IS("\"Wohnsitz\":[{\"von\":\"2020-01-01\",\"value\":null}]"), "E-CASE-UNKNOWN", "Wohnsitz (id A)[0]"},
      {PERSON_IS("\"Wohnsitz\":[{\"from\":\"2020-02-30\",\"value\":null}]"), "E-CASE-DATE", "[0]"},
      {PERSON_IS("\"Wohnsitz\":[{\"from\":\"2020-02-02\",\"to\":\"2020-02-01\",\"value\":null}]"), "E-CASE-INTERVAL", "[0]"},
      {PERSON_IS("\"Wohnsitz\":[{\"from\":\"2020-02-02\",\"value\":\"Inland\"},{\"from\":\"2021-02-02\",\"value\":\"Inland\"}]"), "E-CASE-OVERLAP", "Wohnsitz"},
      {PERSON_IS("\"Wohnsitz\":[{\"value\":\"Inland\"},{\"value\":\"Inland\"}]"), "E-CASE-OVERLAP", "Wohnsitz"},
      {HEAD "{\"Person\":[{\"id\":\"A\",\"Elternteil_1\":\"B\"},{\"id\":\"B\",\"Elternteil_2\":\"C\"},{\"id\":\"C\",\"Elternteil_1\":\"A\"}]}}", "E-COL-CYCLE", "Person"},
      {HEAD "{},\"overrides\":{}}", "E-CASE-KIND", "overrides"},
      {HEAD "{},\"overrides\":[{\"unit\":\"Person\",\"id\":\"A\",\"result\":\"Bezug\"}]}", "E-CASE-KIND", "overrides[0]"},
      {HEAD "{},\"overrides\":[{\"unit\":\"Person\",\"id\":\"A\",\"result\":\"Bezug\",\"value\":null}]}", "E-CASE-REF", "overrides[0]"},
      {HEAD "{},\"overrides\":[{\"unit\":\"Person\",\"id\":\"A\",\"result\":\"Bezg\",\"value\":null}]}", "E-CASE-UNKNOWN-NEAR", "overrides[0]"},
      {HEAD "{\"Person\":[{\"id\":\"A\"}]},\"overrides\":[{\"unit\":\"Person\",\"id\":\"A\",\"result\":\"Wohnort\",\"value\":\"Inland\"}]}", "E-CASE-OVERRIDE-DAILY", "overrides[0]"},
      {HEAD "{\"Kindschaft\":[{\"id\":\"k\"}]},\"overrides\":[{\"unit\":\"Kindschaft\",\"id\":\"k\",\"result\":\"Wohnort\",\"value\":\"Inland\"}]}", "E-CASE-UNKNOWN", "overrides[0]"},
      {HEAD "{\"Person\":[{\"id\":\"A\"}]},\"overrides\":[{\"unit\":\"Person\",\"id\":\"A\",\"result\":\"Bezug\",\"value\":true}]}", "E-CASE-KIND", "overrides[0]"}};
  ans_program *p = program();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ans_columns *c = NULL;
    ans_error err = {0};
    ans_status s = ans_case_parse(p, cases[i].json, strlen(cases[i].json), "fall.json", &c, &err);
    cr_expect_eq(s, ANS_INPUT, "%s", cases[i].json);
    cr_expect_null(c);
    if (s == ANS_OK) continue;
    cr_expect_str_eq(err.code, cases[i].code, "%s", cases[i].json);
    cr_expect_not_null(strstr(err.where, cases[i].where), "where is \"%s\" for %s", err.where, cases[i].json);
  }
  ans_program_free(p);
}

Test(case_document, suggestions_and_shared_ancestors) {
  ans_program *p = program();
  ans_columns *c = NULL;
  ans_error err;
  char text[512];
  const char *json = PERSON_IS("\"Geburtsdatm\":\"1990-01-01\"");
  cr_assert_eq(ans_case_parse(p, json, strlen(json), NULL, &c, &err), ANS_INPUT);
  cr_assert_not_null(strstr(ans_error_render(&err, ANS_LANG_DE, text, sizeof text), "Meinten Sie „Geburtsdatum“?"));
  /* a diamond is no cycle */
  c = parsed(p, HEAD "{\"Person\":[{\"id\":\"A\",\"Elternteil_1\":\"B\",\"Elternteil_2\":\"C\"},{\"id\":\"B\",\"Elternteil_1\":\"D\"},{\"id\":\"C\",\"Elternteil_1\":\"D\"},{\"id\":\"D\"}]}}");
  cr_assert_eq(ans_columns_check_acyclic(c, F_MOTHER, NULL), ANS_OK);
  cr_assert_neq(ans_columns_check_acyclic(c, F_KIDS, NULL), ANS_OK);
  ans_columns_free(c);
  ans_program_free(p);
}

Test(case_document, limits) {
  ans_program *p = program();
  ans_columns *c = NULL;
  ans_error err;
  char *big = malloc(ANS_MAX_CASE_BYTES + 2);
  memset(big, ' ', ANS_MAX_CASE_BYTES + 1);
  cr_assert_eq(ans_case_parse(p, big, ANS_MAX_CASE_BYTES + 1, "x", &c, &err), ANS_LIMIT);
  cr_assert_str_eq(err.code, "E-CASE-SIZE");
  for (int over = 0; over < 2; over++) {
    size_t n = (size_t)sprintf(big, HEAD "{\"Person\":[");
    for (int i = 0; i < ANS_MAX_CASE_ROWS - 1 + over; i++) n += (size_t)sprintf(big + n, "%s{\"id\":\"%d\"}", i ? "," : "", i);
    n += (size_t)sprintf(big + n, "],\"Kindschaft\":[{\"id\":\"k\"}]}}");
    ans_status s = ans_case_parse(p, big, n, "x", &c, &err);
    cr_assert_eq(s, over ? ANS_LIMIT : ANS_OK);
    if (over) cr_assert_str_eq(err.code, "E-CASE-ROWS");
    ans_columns_free(c);
  }
  memset(big, '[', 100000); /* nesting is bounded by the JSON reader */
  cr_assert_eq(ans_case_parse(p, big, 100000, "x", &c, &err), ANS_INPUT);
  free(big);
  ans_program_free(p);
}

/* Mutated documents: any answer but a crash; what is accepted has a canonical form that is accepted again. */
Test(case_document, mutations_never_crash) {
  ans_program *p = program();
  uint64_t seed = 2463534242;
  char *m = malloc(sizeof full);
  int accepted = 0;
  for (int round = 0; round < 20000; round++) {
    memcpy(m, full, sizeof full);
    for (int e = 0; e <= round % 4; e++) {
      seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
      m[seed % (sizeof full - 1)] = (char)(seed >> 40 & 1 ? full[(seed >> 20) % (sizeof full - 1)] : (char)(seed >> 48));
    }
    ans_columns *c = NULL;
    if (ans_case_parse(p, m, sizeof full - 1, "x", &c, NULL) != ANS_OK) continue;
    accepted++;
    char *json = NULL;
    ans_columns *d = NULL;
    cr_assert_eq(ans_case_format(c, 0, &json, NULL), ANS_OK);
    cr_assert_eq(ans_case_parse(p, json, strlen(json), "x", &d, NULL), ANS_OK, "%s", json);
    free(json);
    ans_columns_free(c);
    ans_columns_free(d);
  }
  cr_assert_gt(accepted, 100);
  free(m);
  ans_program_free(p);
}

Test(case_document, schema_is_json_and_names_everything) {
  ans_program *p = program();
  char *s = NULL;
  cr_assert_eq(ans_case_schema(p, &s, NULL), ANS_OK);
  json_error_t e;
  json_t *root = json_loads(s, JSON_REJECT_DUPLICATES, &e);
  cr_assert_not_null(root, "%s", e.text);
  json_t *units = json_object_get(json_object_get(json_object_get(root, "properties"), "units"), "properties");
  cr_assert_eq(json_object_size(units), 2u);
  json_t *facts = json_object_get(json_object_get(json_object_get(units, "Person"), "items"), "properties");
  for (uint32_t i = 0; i < p->fact_count; i++)
    if (p->facts[i].unit == PERSON) cr_assert_not_null(json_object_get(facts, p->facts[i].name), "%s", p->facts[i].name);
  cr_assert_str_eq(json_string_value(json_object_get(json_object_get(facts, "Wohnsitz"), "type")), "array");
  json_decref(root);
  free(s);
  ans_program_free(p);
}

/* --- texts and lists --------------------------------------------------------------------------------------------------------- */
enum { T_TOWN, T_CODE, T_MARKS, T_MARKS_OVER };

static ans_program *steering_program(void) {
  ans_builder *b = ans_builder_new();
  ans_type text = {.tag = ANS_T_TEXT}, list = {.tag = ANS_T_LIST, .ref = 0};
  ans_builder_header(b, "test/text", "1", "Texte", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Person", "", ANS_NONE});
  ans_builder_enum(b, "Merkzeichen", (const char *[]){"G", "aG", "H"}, 3);
  const struct { const char *name; ans_type t; uint8_t kind; } facts[] = {{"Wohnort", text, 0}, {"Plz", text, ANS_FACT_TIMELINE}, {"Merkzeichen", list, 0}, {"Verlauf", list, ANS_FACT_TIMELINE}};
  for (size_t i = 0; i < 4; i++) ans_builder_fact(b, &(ans_fact){facts[i].name, "", PERSON, facts[i].t, facts[i].kind, 0, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  cr_assert_eq(ans_builder_predicate(b, T_TOWN, ANS_PREDICATE_ONE_OF, (const char *[]){"K\xc3\xb6ln", "Weimar"}, 2), 0u);
  cr_assert_eq(ans_builder_predicate(b, T_CODE, ANS_PREDICATE_MATCHES, (const char *[]){"(9+)+0"}, 1), 1u);
  cr_assert_eq(ans_builder_predicate(b, T_TOWN, ANS_PREDICATE_MATCHES, (const char *[]){"W.*"}, 1), 2u);
  cr_assert_eq(ans_builder_predicate(b, T_TOWN, ANS_PREDICATE_ONE_OF, (const char *[]){"K\xc3\xb6ln", "Weimar"}, 2), 0u); /* shared */
  ans_program *p = NULL;
  ans_error err = {0};
  cr_assert_eq(ans_builder_freeze(b, &p, &err), ANS_OK, "%s", err.code);
  ans_builder_free(b);
  return p;
}

static ans_columns *steering_case(const ans_program *p, const char *members, const char *code) {
  char doc[8192];
  ans_columns *c = NULL;
  ans_error err = {0};
  snprintf(doc, sizeof doc, "{\"format\":\"anspruch-case/1\",\"units\":{\"Person\":[{\"id\":\"A\",%s},{\"id\":\"B\",\"Wohnort\":\"Weimar\",\"Merkzeichen\":[]}]}}", members);
  ans_status s = ans_case_parse(p, doc, strlen(doc), "fall.json", &c, &err);
  if (code) cr_assert_str_eq(s == ANS_OK ? "" : err.code, code, "%s", members);
  else cr_assert_eq(s, ANS_OK, "%s: %s %s", members, err.code, err.where);
  if (code) cr_assert(strstr(err.where, "fall.json") != NULL, "%s", err.where);
  return c;
}

Test(steering, texts_are_normal_interned_and_answered_once) {
  ans_program *p = steering_program();
  ans_columns *c = steering_case(p, "\"Wohnort\":\"Ko\xcc\x88ln\",\"Plz\":[{\"to\":\"2020-12-31\",\"value\":\"99\"},{\"from\":\"2021-01-01\",\"value\":\"99\"}]", NULL);
  ans_scalar a = ans_columns_get(c, T_TOWN, 0), b = ans_columns_get(c, T_TOWN, 1);
  cr_assert(a.state == ANS_VALUE && b.state == ANS_VALUE && a.v != b.v);
  cr_assert_str_eq(c->texts[a.v].text, "K\xc3\xb6ln");
  cr_assert(c->texts[a.v].fact == T_TOWN && c->texts[a.v].holds == 1 && c->texts[b.v].holds == 3 && !c->texts[a.v].failed);
  cr_assert_eq(c->timelines[T_CODE].offsets[1], 1u); /* equal neighbours are one interval */
  cr_assert_eq(c->text_count, 3u);
  ans_columns_free(c);
  ans_program_free(p);
}

Test(steering, a_match_beyond_its_limits_is_marked_and_nothing_else_suffers) {
  ans_program *p = steering_program();
  ans_columns *c = steering_case(p, "\"Wohnort\":\"99999999999999999999999999999999999999999999x\",\"Plz\":[{\"value\":\"99999999999999999999999999999999999999999999x\"}]", NULL);
  const ans_text *town = &c->texts[ans_columns_get(c, T_TOWN, 0).v], *code = &c->texts[ans_columns_on_day(c, T_CODE, 0, 0).v];
  cr_assert(town != code, "equal texts of two facts are asked other questions");
  cr_assert(town->holds == 0 && town->failed == 0);
  cr_assert(code->holds == 0 && code->failed == 1);
  ans_columns_free(c);
  ans_program_free(p);
}

Test(steering, canonical_form_does_not_depend_on_spelling_or_order) {
  ans_program *p = steering_program();
  char *one = NULL, *two = NULL;
  ans_columns *c = steering_case(p, "\"Wohnort\":\"K\xc3\xb6ln\",\"Merkzeichen\":[\"H\",\"G\"],\"Verlauf\":[{\"value\":[]}]", NULL);
  cr_assert(same(ans_columns_get(c, T_MARKS, 0), 5, ANS_VALUE) && same(ans_columns_get(c, T_MARKS, 1), 0, ANS_VALUE));
  cr_assert_eq(ans_case_format(c, 0, &one, NULL), ANS_OK);
  ans_columns_free(c);
  c = steering_case(p, "\"Verlauf\":[{\"value\":[]}],\"Merkzeichen\":[\"G\",\"H\"],\"Wohnort\":\"Ko\\u0308ln\"", NULL);
  cr_assert_eq(ans_case_format(c, 0, &two, NULL), ANS_OK);
  ans_columns_free(c);
  cr_assert_str_eq(one, two);
  cr_assert_str_eq(one, "{\"format\":\"anspruch-case/1\",\"units\":{\"Person\":[{\"id\":\"A\",\"Wohnort\":\"K\xc3\xb6ln\",\"Merkzeichen\":[\"G\",\"H\"],\"Verlauf\":[{\"value\":[]}]},"
                         "{\"id\":\"B\",\"Wohnort\":\"Weimar\",\"Merkzeichen\":[]}]}}");
  c = NULL;
  cr_assert_eq(ans_case_parse(p, one, strlen(one), NULL, &c, NULL), ANS_OK); /* and it can be read back */
  ans_columns_free(c);
  free(one);
  free(two);
  ans_program_free(p);
}

Test(steering, what_is_no_text_and_no_list) {
  ans_program *p = steering_program();
  char members[5000] = "\"Wohnort\":\"";
  size_t n = strlen(members);
  steering_case(p, "\"Wohnort\":5", "E-CASE-KIND");
  steering_case(p, "\"Wohnort\":[\"Weimar\"]", "E-CASE-KIND");
  steering_case(p, "\"Wohnort\":\"a\\nb\"", "E-COL-TEXT-CONTROL");
  steering_case(p, "\"Plz\":[{\"value\":\"a\\u0085b\"}]", "E-COL-TEXT-CONTROL");
  memset(members + n, 'x', 4001);
  memcpy(members + n + 4001, "\"", 2);
  steering_case(p, members, "E-COL-TEXT-LONG");
  steering_case(p, "\"Merkzeichen\":\"G\"", "E-CASE-KIND");
  steering_case(p, "\"Merkzeichen\":[1]", "E-CASE-KIND");
  steering_case(p, "\"Merkzeichen\":[\"Mondlicht\"]", "E-CASE-UNKNOWN");
  steering_case(p, "\"Merkzeichen\":[\"aH\"]", "E-CASE-UNKNOWN-NEAR");
  steering_case(p, "\"Merkzeichen\":[\"G\",\"H\",\"G\"]", "E-CASE-LIST-TWICE");
  steering_case(p, "\"Verlauf\":[{\"value\":[\"G\",\"G\"]}]", "E-CASE-LIST-TWICE");
  ans_columns *c = steering_case(p, "\"Wohnort\":null,\"Merkzeichen\":{\"unknown\":\"\"}", NULL);
  cr_assert(same(ans_columns_get(c, T_TOWN, 0), 0, ANS_NOT_APPLICABLE) && same(ans_columns_get(c, T_MARKS, 0), 0, ANS_UNKNOWN));
  ans_columns_free(c);
  ans_program_free(p);
}

Test(steering, the_builder_takes_only_its_own_texts) {
  ans_program *p = steering_program();
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_error err = {0};
  uint32_t row = 0;
  int64_t town = 0, code = 0;
  cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
  cr_assert_eq(ans_columns_add_row(b, PERSON, "A", &row, NULL), ANS_OK);
  cr_assert_eq(ans_columns_text(b, T_TOWN, "Weimar", 6, NULL, &town, &err), ANS_OK);
  cr_assert_eq(ans_columns_text(b, T_CODE, "Weimar", 6, NULL, &code, &err), ANS_OK);
  cr_assert_neq(town, code);
  cr_assert_eq(ans_columns_text(b, T_MARKS, "Weimar", 6, NULL, &code, &err), ANS_INPUT); /* a list has no text */
  cr_assert_eq(ans_columns_text(b, T_TOWN, "\xff", 1, NULL, &code, &err), ANS_INPUT);
  cr_assert_str_eq(err.code, "E-COL-TEXT-UTF8");
  cr_assert_str_eq(err.where, "Person.Wohnort");
  cr_assert_eq(ans_columns_set(b, T_TOWN, row, value(town + 1), &err), ANS_INPUT); /* a text of another fact */
  cr_assert_eq(ans_columns_set(b, T_TOWN, row, value(99), &err), ANS_INPUT);
  cr_assert_eq(ans_columns_set(b, T_MARKS, row, value(8), &err), ANS_INPUT);       /* a value the enumeration does not have */
  cr_assert_eq(ans_columns_set(b, T_MARKS, row, value(7), &err), ANS_OK);
  cr_assert_eq(ans_columns_set(b, T_TOWN, row, value(town), &err), ANS_OK);
  ans_columns_builder_free(b);
  ans_program_free(p);
}

Test(steering, many_texts) {
  ans_program *p = steering_program();
  ans_columns_builder *b = ans_columns_builder_new(p);
  int64_t first[3000], again;
  char text[16];
  cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
  for (int i = 0; i < 3000; i++) cr_assert_eq(ans_columns_text(b, T_TOWN, text, (size_t)snprintf(text, sizeof text, "W%d", i), NULL, &first[i], NULL), ANS_OK);
  for (int i = 2999; i >= 0; i--) {
    cr_assert_eq(ans_columns_text(b, T_TOWN, text, (size_t)snprintf(text, sizeof text, "W%d", i), NULL, &again, NULL), ANS_OK);
    cr_assert_eq(again, first[i]);
  }
  ans_columns_builder_free(b);
  ans_program_free(p);
}

Test(steering, schema_knows_texts_and_lists) {
  ans_program *p = steering_program();
  char *json = NULL;
  cr_assert_eq(ans_case_schema(p, &json, NULL), ANS_OK);
  cr_assert(strstr(json, "{\"type\":\"string\",\"maxLength\":4000}") != NULL);
  cr_assert(strstr(json, "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"enum\":[\"G\",\"aG\",\"H\"]}}") != NULL);
  free(json);
  ans_program_free(p);
}

/* --- the check of columns that somebody else has filled ------------------------------------------------------------------------------- */
enum { CHECKED = 150 };
static void check_state(ans_column *c, uint32_t row, uint8_t state) {
  for (uint8_t k = 1; k <= ANS_HUMAN; k++) {
    const uint64_t bit = UINT64_C(1) << (row & 63);
    if (state >= k) c->planes[k - 1][row >> 6] |= bit;
    else c->planes[k - 1][row >> 6] &= ~bit;
  }
}

/* Persons of one component each, facts in turn known, not applicable and unknown. */
static ans_columns *checked_columns(const ans_program *p) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_columns *c = NULL;
  for (uint32_t i = 0; i < CHECKED; i++) {
    static const struct { uint32_t fact; int64_t v; } cells[] = {{F_BORN, 15000}, {F_INCOME, -5}, {F_PLACE, 1}, {F_MONTH, 24000}, {F_KIDS, 3}};
    char key[16];
    uint32_t row, claim;
    snprintf(key, sizeof key, "%u", i);
    cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
    cr_assert_eq(ans_columns_add_row(b, PERSON, key, &row, NULL), ANS_OK);
    cr_assert_eq(ans_columns_add_row(b, CLAIM, key, &claim, NULL), ANS_OK);
    for (unsigned k = 0; k < sizeof cells / sizeof *cells; k++)
      if ((i + k) % 3 != 2) cr_assert_eq(ans_columns_set(b, cells[k].fact, row, (i + k) % 3 ? (ans_scalar){0, ANS_NOT_APPLICABLE} : value(cells[k].v), NULL), ANS_OK);
    cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
  }
  cr_assert_eq(ans_columns_finish(b, &c, NULL), ANS_OK);
  ans_columns_builder_free(b);
  return c;
}

/* Every cell of the plain facts is spoilt once in each way and put right again. */
Test(check, every_damaged_cell_is_found) {
  ans_program *p = program();
  ans_columns *c = checked_columns(p);
  ans_error err = {0};
  static const struct { uint32_t fact; int64_t wrong; } bad[] = {{F_BORN, (int64_t)ANS_DAY_MAX + 1}, {F_BORN, (int64_t)ANS_DAY_MIN - 1}, {F_PLACE, 2}, {F_PLACE, -1}, {F_MONTH, 11}, {F_MONTH, 9999 * 12 + 12}, {F_MONTH, 0}};
  cr_assert_eq(ans_columns_check(c, &err), ANS_OK);
  for (uint32_t r = 0; r < CHECKED; r++) {
    for (unsigned k = 0; k < sizeof bad / sizeof *bad; k++) { /* no possible value; where there is none, not zero */
      ans_column *col = &c->facts[bad[k].fact];
      const int64_t kept = ans_values_get(&col->values, r);
      const bool known = ans_columns_get(c, bad[k].fact, r).state == ANS_VALUE;
      cr_assert(ans_values_set(&col->values, r, bad[k].wrong));
      cr_assert_eq(ans_columns_check(c, &err), known || bad[k].wrong ? ANS_INPUT : ANS_OK, "row %u, case %u", r, k);
      if (known) cr_assert_str_eq(err.code, "E-COL-DAMAGED");
      cr_assert(ans_values_set(&col->values, r, kept));
    }
    ans_column *income = &c->facts[F_INCOME]; /* any number is possible, but none where the state says so */
    const ans_scalar was = ans_columns_get(c, F_INCOME, r);
    cr_assert(ans_values_set(&income->values, r, INT64_MIN));
    cr_assert_eq(ans_columns_check(c, &err), was.state == ANS_VALUE ? ANS_OK : ANS_INPUT);
    cr_assert(ans_values_set(&income->values, r, was.v));
    check_state(&c->facts[F_TAKEN], r, ANS_UNKNOWN); /* of a human nature: unknown there is a state of humans */
    cr_assert_eq(ans_columns_check(c, &err), ANS_INPUT);
    check_state(&c->facts[F_TAKEN], r, ANS_HUMAN);
    cr_assert_eq(ans_columns_check(c, &err), ANS_OK);
  }
  ans_columns_free(c);
  ans_program_free(p);
}

Test(check, bounds_are_the_values_that_a_type_holds) {
  ans_program *p = program();
  static const ans_type types[] = {{.tag = ANS_T_BOOL}, {.tag = ANS_T_INT}, {.tag = ANS_T_MONEY, .scale = 2}, {.tag = ANS_T_DATE}, {.tag = ANS_T_MONTH}, {.tag = ANS_T_ENUM, .ref = 0}, {.tag = ANS_T_LIST, .ref = 0}};
  for (unsigned k = 0; k < sizeof types / sizeof *types; k++) {
    int64_t low = 1, high = 0;
    cr_assert(ans_type_bounds(p, types[k], &low, &high));
    cr_assert(low <= high && ans_type_holds(p, types[k], low) && ans_type_holds(p, types[k], high), "type %u", k);
    if (low != INT64_MIN) cr_assert_not(ans_type_holds(p, types[k], low - 1), "type %u", k);
    if (high != INT64_MAX) cr_assert_not(ans_type_holds(p, types[k], high + 1), "type %u", k);
  }
  int64_t low, high;
  cr_assert(ans_type_bounds(p, types[5], &low, &high) && low == 0 && high == 1);
  cr_assert(ans_type_bounds(p, types[6], &low, &high) && low == 0 && high == 3);
  cr_assert_not(ans_type_bounds(p, (ans_type){.tag = ANS_T_ENUM, .ref = 7}, &low, &high));
  ans_program_free(p);
}
