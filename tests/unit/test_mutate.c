/* Mutants: which ones a small rule file has, that each changes the program and leaves the model as it was, and marks. Whether tests notice them is
 * in tests/e2e/test_testing.py. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mutate/mutate.h"

static const char RULES[] =
    "paket test/paket version 1.0.0 titel \"Test\" zeitraum von 01.2020 bis 12.2024\n" /* 1 */
    "norm TG \"Testgesetz\"\n"
    "einheit Person\n"
    "  angabe Geburtsdatum : Datum\n"
    "  angabe Stufe : Zahl\n" /* 5 */
    "  angabe frei : Wahrheitswert\n"
    "  verweis Mutter : Person\n"
    "ende\n"
    "§ 1 Abs. 1 TG\n"
    "parameter Satz_1 : Geld je Monat ab 01.01.2020 bis 31.12.2021 : 10,00 € je Monat\n" /* 10 */
    "  ab 01.01.2022 : 20,00 € je Monat\n"
    "ergebnis Person.gut : Wahrheitswert\n"
    "regel Person.gut gültig ab 01.07.2021\n"
    "  wenn Stufe <= 3\n" /* 14 */
    "    und nicht frei -- gleichwertig: nicht-weg nur zum Zeigen\n"
    "regel Person.gut wenn Stufe = 7 -- gleichwertig: unsinn kein solcher\n"
    "ergebnis Person.Geld_1 : Geld je Monat sonst 0,00 € je Monat\n"
    "regel Person.Geld_1 ist Satz_1 wenn gut und Anzahl der Person über Mutter mit (frei) > 1 -- \n"
    "§ 2 TG\n"
    "ausnahme für Person.gut von § 1 Abs. 1 wenn Geburtsdatum > Beginn des Monats begründung \"-- gleichwertig: bedingung-weg kein Kommentar\"\n"; /* 20 */

typedef struct fixture { ans_diags *diags; ans_tree *tree; ans_model *model; ans_mutants *mutants; } fixture;

static fixture open_text(const char *text) {
  fixture f = {.diags = ans_diags_new()};
  ans_error err = {0};
  cr_assert_eq(ans_tree_parse("test.recht", text, strlen(text), f.diags, &f.tree, &err), ANS_OK);
  if (!ans_diags_errors(f.diags)) cr_assert_eq(ans_sema_analyse(&f.tree, 1, f.diags, &f.model, &err), ANS_OK);
  if (ans_diags_errors(f.diags)) ans_diags_print(f.diags, stderr, (ans_diag_options){.lang = ANS_LANG_EN});
  cr_assert_not_null(f.model);
  cr_assert_eq(ans_mutants_new(f.model, &f.mutants, &err), ANS_OK);
  return f;
}

static fixture open_rules(void) { return open_text(RULES); }

static void close_rules(fixture *f) {
  ans_mutants_free(f->mutants);
  ans_model_free(f->model);
  ans_tree_free(f->tree);
  ans_diags_free(f->diags);
}

static uint32_t find(const fixture *f, uint32_t line, const char *key) {
  for (uint32_t i = 0; i < ans_mutants_count(f->mutants); i++) {
    const ans_mutant *m = ans_mutants_at(f->mutants, i);
    if (m->line == line && strcmp(m->key, key) == 0) return i;
  }
  return ANS_NONE;
}

static void identity(const ans_model *m, uint8_t out[32]) {
  ans_program *p = NULL;
  ans_error err = {0};
  unsigned char *bytes;
  size_t size;
  cr_assert_eq(ans_lower_program(m, &p, &err), ANS_OK);
  cr_assert_eq(ans_program_encode(p, &bytes, &size, &err), ANS_OK);
  memcpy(out, p->sha256, 32);
  free(bytes);
  ans_program_free(p);
}

Test(mutate, every_kind_of_mistake_where_it_stands) {
  static const struct { uint32_t line; const char *key, *before, *after; } expected[] = {
      {10, "betrag", "10,00 €", "10,01 €"}, {10, "beträge-vertauscht", "10,00 €", "20,00 €"}, {11, "stichtag-später", "01.01.2022", "02.01.2022"},
      {13, "regel-weg", "", ""}, {13, "bedingung-weg", "", ""}, {13, "beginn-später", "01.07.2021", "02.07.2021"}, {13, "beginn-früher", "01.07.2021", "01.06.2021"},
      {14, "vergleich", "<=", "<"}, {14, "verknüpfung", "und", "oder"}, {14, "wert-größer", "3", "4"}, {14, "wert-kleiner", "3", "2"}, {14, "teil-weg", "Stufe <= 3", ""},
      {15, "nicht-weg", "", ""}, {15, "teil-weg", "nicht frei", ""}, {16, "vergleich", "=", "<>"}, {17, "wert-größer", "0,00 €", "0,01 €"}, {18, "filter-weg", "", ""},
      {20, "ausnahme-weg", "", ""}, {20, "monatsgrenze", "Beginn des Monats", "Ende des Monats"}, {20, "vergleich", "<", "<="},
  };
  fixture f = open_rules();
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    uint32_t at = find(&f, expected[i].line, expected[i].key);
    cr_expect(at != ANS_NONE, "line %u: no %s", expected[i].line, expected[i].key);
    if (at == ANS_NONE) continue;
    const ans_mutant *m = ans_mutants_at(f.mutants, at);
    cr_expect(strcmp(m->before, expected[i].before) == 0 && strcmp(m->after, expected[i].after) == 0, "line %u %s: %s -> %s", m->line, m->key, m->before, m->after);
    cr_expect(m->path && strcmp(m->path, "test.recht") == 0);
  }
  uint32_t exception = find(&f, 20, "ausnahme-weg");
  cr_expect(exception != ANS_NONE && strcmp(f.model->provisions[ans_mutants_at(f.mutants, exception)->provision].text, "§ 2 TG") == 0);
  close_rules(&f);
}

Test(mutate, each_is_another_program_and_the_model_is_unchanged) {
  fixture f = open_rules();
  uint8_t before[32], after[32];
  unsigned valid = 0;
  identity(f.model, before);
  for (uint32_t i = 0; i < ans_mutants_count(f.mutants); i++) {
    ans_program *p = NULL;
    ans_error err = {0};
    unsigned char *bytes;
    size_t size;
    cr_assert_eq(ans_mutants_program(f.mutants, i, &p, &err), ANS_OK);
    if (!p) continue;
    valid++;
    cr_assert_eq(ans_program_encode(p, &bytes, &size, &err), ANS_OK);
    cr_expect(memcmp(p->sha256, before, 32) != 0, "mutant %u (%s, line %u) changes nothing", i, ans_mutants_at(f.mutants, i)->key, ans_mutants_at(f.mutants, i)->line);
    free(bytes);
    ans_program_free(p);
    identity(f.model, after);
    cr_assert_eq(memcmp(before, after, 32), 0, "mutant %u stays in the model", i);
  }
  cr_expect_geq(valid, 30);
  cr_expect_eq(valid, ans_mutants_count(f.mutants));
  close_rules(&f);
}

Test(mutate, keys_are_unique_in_a_line_and_the_order_is_fixed) {
  fixture f = open_rules(), g = open_rules();
  cr_assert_eq(ans_mutants_count(f.mutants), ans_mutants_count(g.mutants));
  for (uint32_t i = 0; i < ans_mutants_count(f.mutants); i++) {
    const ans_mutant *m = ans_mutants_at(f.mutants, i), *same = ans_mutants_at(g.mutants, i);
    cr_expect(m->line == same->line && strcmp(m->key, same->key) == 0 && strcmp(m->after, same->after) == 0);
    cr_expect_eq(find(&f, m->line, m->key), i, "line %u: %s twice", m->line, m->key);
    cr_expect(i == 0 || ans_mutants_at(f.mutants, i - 1)->line <= m->line);
  }
  close_rules(&f);
  close_rules(&g);
}

Test(mutate, marks_are_comments_on_the_line) {
  fixture f = open_rules();
  cr_assert_eq(ans_mutants_mark_count(f.mutants), 2); /* the text in quotes is none */
  const ans_mutant_mark *first = ans_mutants_mark(f.mutants, 0), *second = ans_mutants_mark(f.mutants, 1);
  cr_expect_eq(first->line, 15);
  cr_expect_eq(first->mutant, find(&f, 15, "nicht-weg"));
  cr_expect_str_eq(first->reason, "nur zum Zeigen");
  cr_expect_eq(ans_mutants_at(f.mutants, first->mutant)->mark, 0);
  cr_expect_eq(second->line, 16);
  cr_expect_eq(second->mutant, ANS_NONE);
  close_rules(&f);
}

/* A hypothetical evaluates copies of the rules. The program of a mutant must be that of the text with the mistake written into it. */
static const char WORLDS[] =
    "paket test/paket version 1.0.0 titel \"Test\" zeitraum von 01.2020 bis 12.2024\n" /* 1 */
    "norm TG \"Testgesetz\"\n"
    "einheit Person\n"
    "  angabe Stufe : Zahl\n"
    "  angabe frei : Wahrheitswert\n" /* 5 */
    "ende\n"
    "§ 1 TG\n"
    "ergebnis Person.gut : Wahrheitswert\n"
    "regel Person.gut\n"
    "  wenn nicht (Stufe <= 3 und frei)\n" /* 10 */
    "ergebnis Person.Geld_1 : Geld je Monat sonst 0,00 € je Monat\n"
    "regel Person.Geld_1 ist 5,00 € je Monat wenn gut\n"
    "§ 2 TG\n"
    "ausnahme für Person.Geld_1 von § 1 wenn Stufe = 7 oder frei\n"
    "§ 3 TG\n"
    "ergebnis Person.Geld_2 : Geld je Monat sonst 9,00 € je Monat\n" /* 16 */
    "regel Person.Geld_2 ist angenommen Person.frei = wahr gilt Person.Geld_1\n";

static void same_program(const char *key, uint32_t line, const char *right, const char *wrong) {
  char text[sizeof WORLDS + 64];
  ans_error err = {0};
  ans_program *mutant = NULL, *written = NULL;
  fixture f = open_text(WORLDS);
  const char *place = strstr(WORLDS, right);
  cr_assert_not_null(place);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(place - WORLDS), WORLDS, wrong, place + strlen(right));
  fixture g = open_text(text);
  uint32_t at = find(&f, line, key);
  cr_assert(at != ANS_NONE, "line %u: no %s", line, key);
  cr_assert_eq(ans_mutants_program(f.mutants, at, &mutant, &err), ANS_OK);
  cr_assert_eq(ans_lower_program(g.model, &written, &err), ANS_OK);
  cr_assert_not_null(mutant);
  cr_expect_eq(mutant->insn_count, written->insn_count, "%s: %u instead of %u instructions", key, mutant->insn_count, written->insn_count);
  for (uint32_t i = 0; i < mutant->insn_count && i < written->insn_count; i++) {
    const ans_insn *a = &mutant->insns[i], *b = &written->insns[i];
    cr_expect(a->op == b->op && a->a == b->a && a->b == b->b && a->c == b->c, "%s: instruction %u differs", key, i);
  }
  ans_program_free(mutant);
  ans_program_free(written);
  close_rules(&f);
  close_rules(&g);
}

Test(mutate, a_mistake_is_made_in_every_copy_of_its_text) {
  same_program("vergleich", 10, "Stufe <= 3", "Stufe < 3");
  same_program("nicht-weg", 10, "nicht (Stufe <= 3 und frei)", "(Stufe <= 3 und frei)");
  same_program("verknüpfung", 10, "Stufe <= 3 und frei", "Stufe <= 3 oder frei");
  same_program("wert-größer", 10, "Stufe <= 3", "Stufe <= 4");
  same_program("teil-weg", 10, "(Stufe <= 3 und frei)", "(frei)");
  same_program("teil-weg.2", 14, "Stufe = 7 oder frei", "Stufe = 7");
  fixture f = open_text(WORLDS);
  cr_expect_eq(find(&f, 10, "vergleich.2"), ANS_NONE);
  cr_expect_eq(find(&f, 12, "regel-weg.2"), ANS_NONE);
  close_rules(&f);
}

Test(mutate, what_cannot_matter_has_no_mutants) {
  fixture f = open_text(WORLDS);
  cr_expect(find(&f, 11, "wert-größer") != ANS_NONE); /* without the rule the default applies */
  cr_expect_eq(find(&f, 16, "wert-größer"), ANS_NONE); /* the rule below has no condition */
  close_rules(&f);
  f = open_text("paket test/paket version 1.0.0 titel \"Test\" zeitraum von 01.2020 bis 12.2024\n"
                "norm TG \"Testgesetz\"\n"
                "einheit Person\n"
                "  angabe Stufe : Zahl\n"
                "ende\n"
                "§ 1 TG\n"
                "parameter Satz_1 (Stufe : Zahl) : Geld je Monat\n"
                "  ab 01.01.2020 bis 31.12.2020 : 1 -> 10,00 € je Monat; ab 2 -> 20,00 € je Monat\n"
                "  ab 01.01.2021 bis 31.12.2021 : 1 -> 10,00 € je Monat; ab 2 -> 20,00 € je Monat\n" /* 9: repeated */
                "  ab 01.01.2022 bis 31.12.2022 : 1 -> 10,00 € je Monat; ab 2 -> 21,00 € je Monat\n" /* 10: another value */
                "  ab 01.01.2023 : ab 1 -> 10,00 € je Monat\n"                                       /* 11: other keys */
                "ergebnis Person.Geld_1 : Geld je Monat sonst 0,00 € je Monat\n"
                "regel Person.Geld_1 ist Satz_1(Stufe) wenn Stufe >= 1\n");
  cr_expect_eq(find(&f, 9, "stichtag-später"), ANS_NONE);
  cr_expect(find(&f, 10, "stichtag-später") != ANS_NONE);
  cr_expect(find(&f, 11, "stichtag-später") != ANS_NONE);
  close_rules(&f);
}
