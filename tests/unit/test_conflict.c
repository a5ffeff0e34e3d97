/* Conflicts proven at compile time and law promulgated later: what is reported, and above all what is not. The rule texts were judged by hand. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lower/lower.h"
#include "num/calendar.h"
#include "replay/replay.h"

static const char PRELUDE[] =
    "paket test/paket version 1.0.0 titel \"Test\" zeitraum von 01.2020 bis 12.2024\n"
    "norm TG \"Testgesetz\"\n"
    "auswahl Farbe = rot; blau; gelb\n"
    "einheit Person auch Kind\n"
    "  angabe Geburtsdatum : Datum\n  angabe alt : Wahrheitswert\n  angabe krank : Wahrheitswert\n  angabe n : Zahl\n  angabe m : Zahl\n  angabe Lohn : Geld je Monat\n"
    "  angabe f : Farbe\n  angabe wohnt : Wahrheitswert im Zeitverlauf\n  verweis Mutter : Person\n  beurteilung fähig : Wahrheitswert\n"
    "ende\n"
    "§ 9 TG\n"
    "ergebnis Person.Satz0 : Geld je Monat sonst 0,00 € je Monat\nergebnis Person.gut : Wahrheitswert\nregel Person.gut wenn alt und m > 1\n"
    "ergebnis Person.täglich : Wahrheitswert je Tag\n"
    "§ 1 TG\n";

typedef struct built { char *text; ans_diags *diags; ans_tree *tree; ans_model *model; } built;

static built build(const char *snippet) {
  built b = {.diags = ans_diags_new()};
  size_t n = strlen(PRELUDE) + strlen(snippet) + 1;
  ans_error err = {0};
  b.text = malloc(n);
  cr_assert(b.text && b.diags);
  snprintf(b.text, n, "%s%s", PRELUDE, snippet);
  cr_assert_eq(ans_tree_parse("test.recht", b.text, strlen(b.text), b.diags, &b.tree, &err), ANS_OK);
  if (ans_diags_errors(b.diags) == 0) cr_assert_eq(ans_sema_analyse(&b.tree, 1, b.diags, &b.model, &err), ANS_OK);
  return b;
}

static void dispose(built *b) {
  ans_model_free(b->model);
  ans_tree_free(b->tree);
  ans_diags_free(b->diags);
  free(b->text);
}

/* Codes of all errors, and of warnings but R1014 (unused), separated by blanks. */
static void codes(const built *b, char *out, size_t size) {
  out[0] = '\0';
  for (size_t i = 0; i < ans_diags_count(b->diags); i++) {
    const char *code = ans_diag_code(ans_diags_at(b->diags, i)->id);
    if (strcmp(code, "R1014") == 0) continue;
    size_t n = strlen(out);
    snprintf(out + n, size - n, "%s%s", n ? " " : "", code);
  }
}

#define TWO(a, b) "regel Person.Satz0 ist 10,00 € je Monat wenn " a "\n§ 2 TG\nregel Person.Satz0 ist 12,00 € je Monat wenn " b "\n"

/* --- implication and contradiction -------------------------------------------------------------------------------------- */
static const struct { const char *snippet, *codes; } RANKS[] = {
    /* the narrower condition implies the wider one */
    {TWO("n < 18", "n < 25"), "R3020"},
    {TWO("n < 25", "n < 18"), "R3020"},
    {TWO("n < 18 und alt", "n <= 17"), "R3020"},
    {TWO("n < 18", "n <= 17"), "R3020"},
    {TWO("alt und krank", "krank und alt"), "R3020"},
    {TWO("alt und krank", "alt"), "R3020"},
    {TWO("alt und n = 5", "n >= 5"), "R3020"},
    {TWO("n > 3 und n < 5", "n = 4"), "R3020"},
    {TWO("n <> 4 und n > 3", "n > 4"), "R3020"},
    {TWO("nicht (n >= 18)", "n < 25"), "R3020"},
    {TWO("nicht (alt oder krank)", "nicht alt"), "R3020"},
    {TWO("f = rot", "f in (rot; gelb)"), "R3020"},
    {TWO("f <> rot", "f in (blau; gelb)"), "R3020"},
    {TWO("f in (rot; blau)", "nicht (f = gelb)"), "R3020"},
    {TWO("gut", "gut"), "R3020"},
    {TWO("gut und krank", "gut"), "R3020"},
    {TWO("Lohn < 500,00 € je Monat", "Lohn < 500,01 € je Monat"), "R3020"},
    {TWO("Mutter.n < 18", "Mutter.n < 25"), "R3020"},
    {TWO("wohnt zu Beginn des Monats und alt", "wohnt zu Beginn des Monats"), "R3020"},
    {TWO("Person hat zu Beginn des Monats das 25. Lebensjahr vollendet", "Person hat zu Beginn des Monats das 18. Lebensjahr vollendet"), "R3020"},
    {TWO("Person hat zu Beginn des Monats das 18. Lebensjahr noch nicht vollendet", "Person hat zu Beginn des Monats das 25. Lebensjahr noch nicht vollendet"), "R3020"},
    {TWO("n + m < 18", "n + m < 25"), "R3020"},
    {"regel Person.Satz0 ist 10,00 € je Monat\n§ 2 TG\nregel Person.Satz0 ist 12,00 € je Monat wenn alt\n", "R3020"},
    {"regel Person.Satz0 ist 10,00 € je Monat\n§ 2 TG\nregel Person.Satz0 ist 12,00 € je Monat\n", "R3020"},
    {"regel Person.gut wenn alt\n§ 2 TG\nregel Person.gut ist falsch wenn alt und krank\n", "R3020"},
    {"regel Person.Satz0 ist -10,00 € je Monat wenn alt\n§ 2 TG\nregel Person.Satz0 ist 10,00 € je Monat wenn alt\n", "R3020"},
    {"regel Person.täglich wenn wohnt\n§ 2 TG\nregel Person.täglich ist falsch wenn wohnt und alt\n", "R3020"},
    {TWO("alt und n < 5", "alt") "§ 3 TG\nregel Person.Satz0 ist 13,00 € je Monat wenn n < 9\n", "R3020"},
    /* no implication, equal values, values that are computed, a human step */
    {TWO("n < 18", "n >= 18"), ""},
    {TWO("n < 18", "n > 3"), ""},
    {TWO("n < 25", "m < 25"), ""},
    {TWO("n < 18", "alt und n < 25"), ""},
    {TWO("f in (rot; blau)", "f in (blau; gelb)"), ""},
    {TWO("alt", "krank"), ""},
    {TWO("alt oder krank", "krank oder n < 3"), ""},
    {TWO("Mutter.n < 18", "n < 25"), ""},
    {TWO("wohnt zu Beginn des Monats und alt", "wohnt am Ende des Monats"), ""},
    {TWO("Person hat zu Beginn des Monats das 25. Lebensjahr vollendet", "Person hat am Ende des Monats das 18. Lebensjahr vollendet"), ""},
    {"regel Person.Satz0 ist 10,00 € je Monat wenn alt\n§ 2 TG\nregel Person.Satz0 ist 10,00 € je Monat wenn krank und alt\n", ""},
    {"regel Person.Satz0 ist Lohn wenn alt\n§ 2 TG\nregel Person.Satz0 ist 10,00 € je Monat wenn alt\n", ""},
    {"regel Person.gut wenn krank\n§ 2 TG\nregel Person.gut wenn krank und alt\n", ""},
    {"regel Person.Satz0 ist 10,00 € je Monat wenn alt\n§ 2 TG\nermessen für Person.Satz0 wenn alt \"prüfen\"\n", ""},
    /* in force together or not */
    {"regel Person.Satz0 gültig ab 01.01.2020 bis 31.12.2021 ist 10,00 € je Monat\n§ 2 TG\nregel Person.Satz0 gültig ab 01.01.2022 ist 12,00 € je Monat\n", ""},
    {"regel Person.Satz0 gültig ab 01.01.2020 bis 31.12.2021 ist 10,00 € je Monat\n§ 2 TG\nregel Person.Satz0 gültig ab 01.12.2021 ist 12,00 € je Monat\n", "R3020"},
    {"regel Person.Satz0 gültig ab 01.01.2020 bis 15.12.2021 ist 10,00 € je Monat\n§ 2 TG\nregel Person.Satz0 gültig ab 02.12.2021 ist 12,00 € je Monat\n", ""}, /* no first of a month */
    {"regel Person.Satz0 gültig ab 01.01.2020 ist 10,00 € je Monat\nregel Person.Satz0 gültig ab 01.01.2020 verkündet 05.05.2021 ist 12,00 € je Monat\n", ""}, /* superseded */
    /* never true */
    {"regel Person.gut wenn n < 3 und n > 5\n", "R3021"},
    {"regel Person.gut wenn f = rot und f = blau\n", "R3021"},
    {"regel Person.gut wenn alt und nicht alt\n", "R3021"},
    {"regel Person.gut wenn krank und falsch\n", "R3021"},
    {"regel Person.gut wenn n < 3 und (n > 5 oder n = 4)\n", "R3021"},
    {"regel Person.gut wenn alt und n > 3 und (nicht alt oder n < 3)\n", "R3021"},
    {"regel Person.gut wenn Person hat zu Beginn des Monats das 25. Lebensjahr vollendet und Person hat zu Beginn des Monats das 18. Lebensjahr noch nicht vollendet\n", "R3021"},
    {"regel Person.gut wenn krank\nausnahme für Person.gut von § 1 TG wenn n < 3 und n > 5\n", "R3021"},
    {"regel Person.gut wenn n < 3 und n > 1\n", ""},
    {"regel Person.gut wenn alt oder nicht alt\n", ""},
    {TWO("n < 3 und n > 5", "alt und n < 4"), "R3021"}, /* what is never live clashes with nothing */
};

Test(conflict, what_is_reported_and_what_is_not) {
  char got[256];
  int failures = 0;
  for (size_t i = 0; i < sizeof RANKS / sizeof *RANKS; i++) {
    built b = build(RANKS[i].snippet);
    codes(&b, got, sizeof got);
    if (strcmp(got, RANKS[i].codes) != 0) {
      failures++;
      printf("expected \"%s\", got \"%s\":\n%s", RANKS[i].codes, got, RANKS[i].snippet);
      ans_diags_print(b.diags, stdout, (ans_diag_options){.lang = ANS_LANG_DE});
    }
    dispose(&b);
  }
  cr_assert_eq(failures, 0);
}

/* --- exceptions --------------------------------------------------------------------------------------------------------- */
#define WIDE "regel Person.Satz0 ist 10,00 € je Monat wenn n < 25\n§ 2 TG\nregel Person.Satz0 ist 12,00 € je Monat wenn n < 18\n"
static const struct { const char *snippet, *codes; } EXEMPT[] = {
    /* law as it should be: the wider rule does not apply where the narrower one does */
    {WIDE "ausnahme für Person.Satz0 von § 1 TG wenn n < 18\n", ""},
    {WIDE "ausnahme für Person.Satz0 von § 1 TG wenn n < 20\n", ""},
    {WIDE "ausnahme für Person.Satz0 von § 1 TG\n", ""},
    {WIDE "ausnahme für Person.Satz0 von § 1 TG wenn gut\n", ""}, /* nobody can tell from the text when gut holds */
    {"regel Person.Satz0 ist 10,00 € je Monat wenn n < 25\n§ 2 TG\nausnahme für Person.Satz0 von § 1 TG ist 12,00 € je Monat wenn n < 18\n", ""},
    {"regel Person.Satz0 ist 10,00 € je Monat wenn gut\n§ 2 TG\nregel Person.Satz0 ist 12,00 € je Monat wenn gut und n < 18\nausnahme für Person.Satz0 von § 1 TG wenn krank\n", ""}, /* gut and krank may exclude each other */
    {"regel Person.Satz0 ist 10,00 € je Monat wenn n < 25\n§ 2 TG\nregel Person.Satz0 ist 12,00 € je Monat wenn n < 18\nausnahme für Person.Satz0 von § 1 TG wenn Mutter.n < 4\n", ""}, /* two rows of one fact */
    /* the exception leaves cases */
    {WIDE "ausnahme für Person.Satz0 von § 1 TG wenn n < 15\n", "R3020"},
    {WIDE "ausnahme für Person.Satz0 von § 1 TG wenn n < 18 und alt\n", "R3020"},
    {WIDE "ausnahme für Person.Satz0 von § 1 TG wenn krank\n", "R3020"},
    {WIDE "ausnahme für Person.Satz0 von § 2 TG wenn f = rot\n§ 3 TG\nausnahme für Person.Satz0 von § 1 TG wenn f = blau\n", "R3020"},
    {WIDE "ausnahme für Person.Satz0 von § 2 TG wenn f in (rot; blau)\n§ 3 TG\nausnahme für Person.Satz0 von § 1 TG wenn f = gelb\n", ""},
    {WIDE "ausnahme für Person.Satz0 von § 1 TG gültig ab 01.01.2020 bis 31.12.2022 wenn n < 18\n", "R3020"},
    {WIDE "ausnahme für Person.Satz0 von § 1 TG ist 12,00 € je Monat wenn n < 18\n", ""},
    {WIDE "ausnahme für Person.Satz0 von § 1 TG wenn n < 3 und n > 4\n", "R3020 R3021"},
    /* a rank of overriding exceptions */
    {"regel Person.Satz0 ist 10,00 € je Monat\n§ 2 TG\nausnahme für Person.Satz0 von § 1 TG ist 12,00 € je Monat wenn n < 18\n§ 3 TG\nausnahme für Person.Satz0 von § 1 TG ist 13,00 € je Monat wenn n < 20\n", "R3020"},
    {"regel Person.Satz0 ist 10,00 € je Monat\n§ 2 TG\nausnahme für Person.Satz0 von § 1 TG ist 12,00 € je Monat wenn n < 18\n§ 3 TG\nausnahme für Person.Satz0 von § 1 TG ist 13,00 € je Monat wenn n >= 18\n", ""},
    {"regel Person.Satz0 ist 10,00 € je Monat wenn n > 30\n§ 2 TG\nausnahme für Person.Satz0 von § 1 TG ist 12,00 € je Monat wenn n < 18\n§ 3 TG\nausnahme für Person.Satz0 von § 1 TG ist 13,00 € je Monat wenn n < 20\n", ""}, /* the rule never holds where they would */
};

Test(conflict, exceptions_that_can_remove_the_clash_count) {
  char got[256];
  int failures = 0;
  for (size_t i = 0; i < sizeof EXEMPT / sizeof *EXEMPT; i++) {
    built b = build(EXEMPT[i].snippet);
    codes(&b, got, sizeof got);
    if (strcmp(got, EXEMPT[i].codes) != 0) {
      failures++;
      printf("expected \"%s\", got \"%s\":\n%s", EXEMPT[i].codes, got, EXEMPT[i].snippet);
      ans_diags_print(b.diags, stdout, (ans_diag_options){.lang = ANS_LANG_DE});
    }
    dispose(&b);
  }
  cr_assert_eq(failures, 0);
}

Test(conflict, all_provisions_are_named_in_source_order_with_the_case) {
  built b = build("regel Person.Satz0 ist 10,00 € je Monat wenn n < 30\n§ 2 TG\nregel Person.Satz0 gültig ab 01.03.2021 ist 11,00 € je Monat wenn alt und n < 18\n§ 3 TG\nregel Person.Satz0 ist 12,00 € je Monat wenn n < 20\n");
  const ans_diag *d = NULL;
  for (size_t i = 0; i < ans_diags_count(b.diags) && !d; i++)
    if (strcmp(ans_diag_code(ans_diags_at(b.diags, i)->id), "R3020") == 0) d = ans_diags_at(b.diags, i);
  cr_assert_not_null(d);
  cr_assert_null(b.model);
  const char *one = strstr(d->args[0], "§ 1 TG (Zeile "), *two = strstr(d->args[0], "§ 2 TG (Zeile "), *three = strstr(d->args[0], "§ 3 TG (Zeile ");
  cr_assert(one && two && three && one < two && two < three, "%s", d->args[0]);
  cr_assert_str_eq(d->args[1], "Person.Satz0");
  cr_assert(strstr(d->args[2], "alt und n < 18") && strstr(d->args[2], "03.2021"), "%s", d->args[2]);
  dispose(&b);
}

/* The same through hypotheticals: the copies are not told about a second time, and two hypotheticals about one result are two terms. */
Test(conflict, hypotheticals_are_terms_of_their_own) {
  char got[256];
  built b = build("ergebnis Person.x : Wahrheitswert\nregel Person.x wenn angenommen Person.n = 3 gilt Person.y\n§ 2 TG\nregel Person.x ist falsch wenn angenommen Person.n = 9 gilt Person.y\n"
                  "§ 3 TG\nergebnis Person.y : Wahrheitswert\nregel Person.y wenn n > 5\n");
  codes(&b, got, sizeof got);
  cr_assert_str_eq(got, "");
  dispose(&b);
}

/* --- law promulgated later ----------------------------------------------------------------------------------------------- */
static ans_scalar value(const built *b, const ans_program *p, const ans_columns *c, const char *result, int32_t month, int32_t known) {
  ans_trace *t = NULL;
  ans_error err = {0};
  uint32_t i = 0;
  while (i < b->model->result_count && strcmp(b->model->results[i].name, result) != 0) i++;
  cr_assert_lt(i, b->model->result_count);
  cr_assert_eq(ans_replay_run_known(c, 0, month, known, &t, &err), ANS_OK);
  ans_scalar v = ans_trace_get(t, p->results[i].insn, 0);
  ans_trace_free(t);
  return v;
}

static int32_t day(const char *iso) {
  int64_t d = 0;
  cr_assert(ans_date_parse_iso(iso, &d));
  return (int32_t)d;
}

Test(conflict, a_later_promulgation_supersedes_for_those_who_know_it) {
  built b = build("parameter P : Zahl\n"
                  "  ab 01.01.2020 bis 31.12.2020 : 184\n"
                  "  ab 01.01.2020 bis 31.12.2020 verkündet 22.07.2020 : 188\n" /* a law of July that changes January */
                  "  ab 01.03.2020 bis 30.04.2020 verkündet 01.02.2021 : 199\n" /* and one of the next year, for two months */
                  "  ab 01.01.2021 : 200\n"
                  "ergebnis Person.p : Zahl sonst 0\nregel Person.p ist P\n"
                  "§ 4 TG\nergebnis Person.r : Zahl sonst 0\n"
                  "regel Person.r gültig ab 01.01.2020 ist 1\n"
                  "regel Person.r gültig ab 01.03.2020 bis 31.05.2020 verkündet 10.06.2020 ist 2\n");
  if (!b.model) ans_diags_print(b.diags, stderr, (ans_diag_options){.lang = ANS_LANG_EN});
  cr_assert_not_null(b.model);
  ans_program *p = NULL, *loaded = NULL;
  ans_error err = {0};
  cr_assert_eq(ans_lower_program(b.model, &p, &err), ANS_OK, "%s", err.code);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  ans_columns *c = NULL;
  uint32_t row;
  cr_assert_eq(ans_columns_begin_component(cb, &err), ANS_OK);
  cr_assert_eq(ans_columns_add_row(cb, 1, NULL, &row, &err), ANS_OK);
  cr_assert_eq(ans_columns_end_component(cb, &err), ANS_OK);
  cr_assert_eq(ans_columns_finish(cb, &c, &err), ANS_OK);
  ans_columns_builder_free(cb);
  static const struct { int month; const char *known; int64_t p, r; } asked[] = {
      {0, "2020-07-21", 184, 1}, {0, "2020-07-22", 188, 1}, {0, "2021-02-01", 188, 1}, {2, "2020-07-22", 188, 2}, {2, "2021-01-31", 188, 2}, {2, "2021-02-01", 199, 2},
      {2, "2020-06-09", 184, 1}, {2, "2020-06-10", 184, 2}, {3, "2021-02-01", 199, 2}, {4, "2021-02-01", 188, 2}, {5, "2021-02-01", 188, 1}, {12, "2021-02-01", 200, 1}};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    ans_scalar x = value(&b, p, c, "p", 2020 * 12 + asked[i].month, day(asked[i].known)), y = value(&b, p, c, "r", 2020 * 12 + asked[i].month, day(asked[i].known));
    cr_expect(x.state == ANS_VALUE && x.v == asked[i].p && y.state == ANS_VALUE && y.v == asked[i].r, "question %zu: %d, %d", i, (int)x.v, (int)y.v);
  }
  ans_scalar before = value(&b, p, c, "p", 2020 * 12, day("2019-12-31"));
  cr_expect_eq(before.state, ANS_ERRONEOUS); /* nothing was promulgated yet */
  unsigned char *bytes = NULL;
  size_t size = 0;
  cr_assert_eq(ans_program_encode(p, &bytes, &size, &err), ANS_OK);
  cr_assert_eq(ans_program_decode(bytes, size, "memory", &loaded, &err), ANS_OK, "%s", err.code); /* the verifier accepts superseding rows */
  free(bytes);
  ans_program_free(loaded);
  ans_columns_free(c);
  ans_program_free(p);
  dispose(&b);
}

static const struct { const char *snippet, *codes; } LATER[] = {
    {"parameter P : Zahl ab 01.01.2020 : 1 ab 01.01.2020 verkündet 22.07.2020 : 2\n", ""},
    {"parameter P : Zahl ab 01.01.2020 verkündet 22.07.2020 : 1 ab 01.01.2020 verkündet 22.07.2020 : 2\n", "R3010"},
    {"parameter P : Zahl ab 01.01.2020 : 1 ab 01.01.2020 : 2\n", "R3010"},
    {"parameter P : Zahl ab 01.01.2020 bis 31.12.2024 : 1 ab 01.06.2022 bis 31.12.2022 : 2\n", "R3010"}, /* a forgotten end: no promulgation shows */
    {"parameter P : Zahl ab 01.01.2020 bis 31.12.2024 : 1 ab 01.06.2022 bis 31.12.2022 verkündet 01.05.2022 : 2\n", ""},
    {"parameter P (k : Zahl) : Zahl ab 01.01.2020 : 1 bis 4 -> 5; ab 5 -> 6 ab 01.01.2020 bis 31.12.2024 verkündet 01.05.2021 : 3 bis 6 -> 9\n", ""},
    {"parameter P (k : Zahl) : Zahl ab 01.01.2020 : 1 bis 4 -> 5; ab 5 -> 6 ab 01.01.2020 verkündet 01.05.2021 : 3 bis 6 -> 9; 6 -> 10\n", "R3010"},
    {"parameter P : Zahl ab 01.01.2020 : 1 ab 01.06.2020 bis 31.12.2020 verkündet 22.07.2020 : 2\n", "R3009"}, /* the first row ends where the next begins: nothing from 2021 on */
    {"regel Person.gut gültig ab 01.01.2021 wenn krank\nregel Person.gut gültig ab 01.01.2022 wenn fähig\n", "R3006"},
    {"regel Person.gut gültig ab 01.01.2021 wenn krank\nregel Person.gut gültig ab 01.01.2022 verkündet 01.11.2021 wenn fähig\n", ""},
    {"regel Person.gut gültig ab 01.01.2021 wenn krank\nregel Person.gut gültig ab 01.01.2021 verkündet 01.11.2021 wenn fähig\n", ""},
};

Test(conflict, overlaps_are_allowed_where_the_promulgation_shows) {
  char got[256];
  int failures = 0;
  for (size_t i = 0; i < sizeof LATER / sizeof *LATER; i++) {
    built b = build(LATER[i].snippet);
    codes(&b, got, sizeof got);
    if (strcmp(got, LATER[i].codes) != 0) failures++, printf("expected \"%s\", got \"%s\":\n%s", LATER[i].codes, got, LATER[i].snippet);
    dispose(&b);
  }
  cr_assert_eq(failures, 0);
}

/* A rank as large as the language allows is judged in bounded work. */
Test(conflict, a_very_large_rank_is_bounded) {
  enum { RULES = 3000 };
  char *text = malloc(RULES * 96 + 64);
  cr_assert_not_null(text);
  size_t n = 0;
  for (int i = 0; i < RULES; i++) n += (size_t)sprintf(text + n, "§ 2 Abs. %d TG\nregel Person.Satz0 ist %d,00 € je Monat wenn n = %d und alt und m > %d\n", i + 1, i + 1, i, i);
  built b = build(text);
  cr_assert_eq(ans_diags_errors(b.diags), 0);
  dispose(&b);
  free(text);
}
