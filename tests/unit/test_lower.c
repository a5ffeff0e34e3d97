/* Lowering: rule texts whose prüffälle were worked out by hand run through the replay interpreter; plus the shape of programs. */
#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hash.h"
#include "lower/lower.h"
#include "replay/replay.h"

#define HEADER "paket test/paket version 1.0.0 titel \"Test\" zeitraum von 01.2020 bis 12.2026\nnorm TG \"Testgesetz\"\n"
#define PERSON \
  "auswahl Farbe = rot; blau; grün\n" \
  "einheit Person auch Kind; Mensch\n" \
  "  angabe geboren : Datum\n  angabe Geburtsdatum : Datum\n  angabe Ende0 : Datum\n  angabe p : Wahrheitswert\n  angabe q : Wahrheitswert\n  angabe r : Wahrheitswert\n" \
  "  angabe n : Zahl\n  angabe Lohn : Geld je Monat\n  angabe Anteil : Dezimal(3)\n  angabe Farbe0 : Farbe\n" \
  "  angabe wohnt : Wahrheitswert im Zeitverlauf\n  angabe lernt : Wahrheitswert im Zeitverlauf\n  angabe Stufe : Zahl im Zeitverlauf\n" \
  "  beurteilung fähig : Wahrheitswert\n  verweis Mutter : Person\nende\n"

typedef struct built { ans_diags *diags; ans_tree *tree; ans_model *model; ans_program *program; } built;

static built build(const char *text) {
  built x = {.diags = ans_diags_new()};
  ans_error err = {0};
  char buffer[1024];
  cr_assert_eq(ans_tree_parse("test.recht", text, strlen(text), x.diags, &x.tree, &err), ANS_OK);
  if (!ans_diags_errors(x.diags)) cr_assert_eq(ans_sema_analyse(&x.tree, 1, x.diags, &x.model, &err), ANS_OK);
  if (!x.model) ans_diags_print(x.diags, stderr, (ans_diag_options){ANS_LANG_EN, false, false});
  cr_assert_not_null(x.model);
  ans_status s = ans_lower_program(x.model, &x.program, &err);
  cr_assert_eq(s, ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, buffer, sizeof buffer));
  return x;
}

static void dispose(built *x) {
  ans_program_free(x->program);
  ans_model_free(x->model);
  ans_tree_free(x->tree);
  ans_diags_free(x->diags);
}

static unsigned run_expect(const ans_program *p, const ans_columns *c, const ans_tcase *t, const uint32_t *rows, const ans_texpect *e) {
  unsigned wrong = 0;
  uint32_t row = 0;
  for (uint32_t i = 0; i < t->row_count; i++)
    if (strcmp(t->rows[i].name, e->row) == 0) row = rows[i];
  for (int32_t month = e->from_period; month <= e->to_period; month++) {
    ans_trace *trace = NULL;
    ans_error err = {0};
    cr_assert_eq(ans_replay_run(c, 0, month, &trace, &err), ANS_OK);
    ans_scalar v = ans_trace_get(trace, p->results[e->result].insn, row);
    if (v.state != e->value.state || v.v != e->value.v) {
      wrong++;
      fprintf(stderr, "%s line %u: %s.%s %02d.%d is state %u value %lld, expected state %u value %lld\n", t->name, e->line, e->row, p->results[e->result].name, month % 12 + 1,
              month / 12, v.state, (long long)v.v, e->value.state, (long long)e->value.v);
    }
    ans_trace_free(trace);
  }
  return wrong;
}

/* Runs every prüffall; returns the number of expectations that were not met. */
static unsigned run(const built *x) {
  unsigned wrong = 0, count = 0;
  for (uint32_t i = 0; i < x->model->case_count; i++) {
    const ans_tcase *t = &x->model->cases[i];
    ans_columns *c = NULL;
    uint32_t *rows = NULL;
    ans_error err = {0};
    char buffer[1024];
    ans_status s = ans_testcase_columns(x->model, x->program, t, &c, &rows, &err);
    cr_assert_eq(s, ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, buffer, sizeof buffer));
    for (uint32_t k = 0; k < t->expect_count; k++, count++) wrong += run_expect(x->program, c, t, rows, &t->expects[k]);
    ans_columns_free(c);
    free(rows);
  }
  cr_assert_gt(count, 0);
  return wrong;
}

static void check(const char *text) {
  built x = build(text);
  cr_assert_eq(run(&x), 0);
  dispose(&x);
}

Test(lower, a_wrong_expectation_is_noticed) {
  built x = build(HEADER PERSON "§ 1 TG\nergebnis Person.gut : Wahrheitswert\nregel Person.gut wenn p\n"
                                "prüffall \"falsch\"\n Person A: p = wahr\n erwarte A.gut im 01.2020 = falsch\n erwarte A.gut von 02.2020 bis 03.2020 = unbekannt\nende\n");
  cr_assert_eq(run(&x), 3);
  dispose(&x);
}

Test(lower, truth_and_states) {
  check(HEADER PERSON
        "§ 1 TG\n"
        "ergebnis Person.und0 : Wahrheitswert\nregel Person.und0 ist p und q\n"
        "ergebnis Person.oder0 : Wahrheitswert\nregel Person.oder0 ist p oder q oder r\n"
        "ergebnis Person.nicht0 : Wahrheitswert\nregel Person.nicht0 ist nicht p\n"
        "ergebnis Person.wenn0 : Wahrheitswert\nregel Person.wenn0 wenn p\n"
        "ergebnis Person.kennt : Wahrheitswert\nregel Person.kennt ist bekannt(p)\n"
        "ergebnis Person.hat_p : Wahrheitswert\nregel Person.hat_p ist vorhanden(p)\n"
        "ergebnis Person.ersatz : Wahrheitswert\nregel Person.ersatz ist p gilt als wahr\n"
        "ergebnis Person.wahl : Zahl sonst 0\nregel Person.wahl ist falls p dann n sonst 7 ende\n"
        "prüffall \"Werte\"\n Person A: p = wahr q = wahr r = falsch n = 7\n erwarte A.und0 im 01.2020 = wahr\n erwarte A.oder0 im 01.2020 = wahr\n erwarte A.nicht0 im 01.2020 = falsch\n"
        " erwarte A.wenn0 im 01.2020 = wahr\n erwarte A.kennt im 01.2020 = wahr\n erwarte A.hat_p im 01.2020 = wahr\n erwarte A.ersatz im 01.2020 = wahr\n erwarte A.wahl im 01.2020 = 7\nende\n"
        "prüffall \"p unbekannt\"\n Person A: q = falsch r = wahr n = 7\n erwarte A.und0 im 01.2020 = falsch\n erwarte A.oder0 im 01.2020 = wahr\n erwarte A.nicht0 im 01.2020 = unbekannt\n"
        " erwarte A.wenn0 im 01.2020 = unbekannt\n erwarte A.kennt im 01.2020 = falsch\n erwarte A.hat_p im 01.2020 = unbekannt\n erwarte A.ersatz im 01.2020 = wahr\n erwarte A.wahl im 01.2020 = 7\nende\n"
        "prüffall \"p unbekannt, Zweige verschieden\"\n Person A: n = 8\n erwarte A.wahl im 01.2020 = unbekannt\nende\n"
        "prüffall \"p entfällt\"\n Person A: p = entfällt q = wahr r = falsch n = 1\n erwarte A.und0 im 01.2020 = entfällt\n erwarte A.nicht0 im 01.2020 = entfällt\n erwarte A.wenn0 im 01.2020 = fehler\n"
        " erwarte A.kennt im 01.2020 = wahr\n erwarte A.hat_p im 01.2020 = falsch\n erwarte A.ersatz im 01.2020 = entfällt\n erwarte A.wahl im 01.2020 = fehler\nende\n");
}

Test(lower, numbers_and_rounding) {
  check(HEADER PERSON
        "§ 1 TG\n"
        "ergebnis Person.kauf : Geld je Monat sonst 0 € je Monat\nregel Person.kauf ist gerundet(Lohn * 0,5; kaufmännisch; Cent)\n"
        "ergebnis Person.drittel_ab : Geld je Monat sonst 0 € je Monat\nregel Person.drittel_ab ist gerundet(Lohn / 3; ab; Cent)\n"
        "ergebnis Person.drittel_auf : Geld je Monat sonst 0 € je Monat\nregel Person.drittel_auf ist gerundet((Lohn / 3); auf; 10_Cent)\n"
        "ergebnis Person.voll : Geld je Monat sonst 0 € je Monat\nregel Person.voll ist gerundet(Lohn; kaufmännisch; volle_Euro)\n"
        "ergebnis Person.quote : Dezimal(4) sonst 0\nregel Person.quote ist gerundet(Lohn / 300,00 € je Monat; kaufmännisch; 4)\n"
        "ergebnis Person.ganz : Zahl sonst 0\nregel Person.ganz ist gerundet(Anteil * n; auf; 0)\n"
        "ergebnis Person.klein : Zahl sonst 0\nregel Person.klein ist kleiner_von(n; 5) + größer_von(n; 5) - -1\n"
        "ergebnis Person.durch_null : Zahl sonst 0\nregel Person.durch_null ist gerundet(10 / n; ab; 0)\n"
        "prüffall \"Lohn\"\n Person A: Lohn = 100,01 € je Monat Anteil = 0,334 n = 3\n erwarte A.kauf im 01.2020 = 50,01 € je Monat\n erwarte A.drittel_ab im 01.2020 = 33,33 € je Monat\n"
        " erwarte A.drittel_auf im 01.2020 = 33,40 € je Monat\n erwarte A.voll im 01.2020 = 100,00 € je Monat\n erwarte A.quote im 01.2020 = 0,3334\n erwarte A.ganz im 01.2020 = 2\n"
        " erwarte A.klein im 01.2020 = 9\n erwarte A.durch_null im 01.2020 = 3\nende\n"
        "prüffall \"negativ, halb\"\n Person A: Lohn = -100,50 € je Monat Anteil = 1 n = 0\n erwarte A.voll im 01.2020 = -101 € je Monat\n erwarte A.drittel_ab im 01.2020 = -33,50 € je Monat\n"
        " erwarte A.durch_null im 01.2020 = fehler\n erwarte A.ganz im 01.2020 = 0\nende\n");
}

Test(lower, ages_by_the_civil_code) {
  check(HEADER PERSON
        "§ 1 TG\nergebnis Person.erwachsen : Wahrheitswert\nregel Person.erwachsen wenn Person hat zu Beginn des Monats das 18. Lebensjahr vollendet\n"
        "ergebnis Person.jung : Wahrheitswert\nregel Person.jung wenn Geburtsdatum hat am 01.06.2026 das 18. Lebensjahr noch nicht vollendet\n"
        "prüffall \"am 2. geboren\"\n Person A: Geburtsdatum = 02.06.2008\n erwarte A.erwachsen im 06.2026 = falsch\n erwarte A.erwachsen im 07.2026 = wahr\n erwarte A.jung im 01.2020 = wahr\nende\n"
        "prüffall \"am 1. geboren\"\n Person A: Geburtsdatum = 01.06.2008\n erwarte A.erwachsen im 05.2026 = falsch\n erwarte A.erwachsen im 06.2026 = wahr\n erwarte A.jung im 01.2020 = falsch\nende\n"
        "prüffall \"29. Februar\"\n Person A: Geburtsdatum = 29.02.2008\n erwarte A.erwachsen im 02.2026 = falsch\n erwarte A.erwachsen im 03.2026 = wahr\nende\n"
        "prüffall \"unbekannt\"\n Person A: n = 1\n erwarte A.erwachsen im 03.2026 = unbekannt\nende\n");
}

Test(lower, dates_and_months) {
  check(HEADER PERSON
        "§ 1 TG\n"
        "ergebnis Person.tag30 : Datum sonst 01.01.2020\nregel Person.tag30 ist Ende0 + 30 Tage\n"
        "ergebnis Person.spanne : Zahl Tage sonst 0 Tage\nregel Person.spanne ist Ende0 - Geburtsdatum\n"
        "ergebnis Person.gekürzt0 : Datum sonst 01.01.2020\nregel Person.gekürzt0 ist plus_Monate(Ende0; 1; gekürzt)\n"
        "ergebnis Person.verlängert0 : Datum sonst 01.01.2020\nregel Person.verlängert0 ist plus_Monate(Ende0; 1 Monate; verlängert)\n"
        "ergebnis Person.streng0 : Datum sonst 01.01.2020\nregel Person.streng0 ist plus_Monate(Ende0; 1; streng)\n"
        "ergebnis Person.lücke : Zahl Monate sonst 0 Monate\nregel Person.lücke ist volle_Monate_zwischen(Geburtsdatum; Ende0)\n"
        "ergebnis Person.monate : Zahl Monate sonst 0 Monate\nregel Person.monate ist Monate_zwischen(Monat_von(Geburtsdatum); Monat)\n"
        "ergebnis Person.jahr : Zahl sonst 0\nregel Person.jahr ist Jahr_von(letzter_Tag(Monat + 1 Monate))\n"
        "ergebnis Person.erster : Wahrheitswert\nregel Person.erster wenn erster_Tag(Monat_von(Ende0)) = Beginn des Monats und Ende des Monats = 31.01.2020\n"
        "prüffall \"Januar\"\n Person A: Ende0 = 31.01.2020 Geburtsdatum = 30.09.2019\n erwarte A.tag30 im 01.2020 = 01.03.2020\n erwarte A.spanne im 01.2020 = 123 Tage\n"
        " erwarte A.gekürzt0 im 01.2020 = 29.02.2020\n erwarte A.verlängert0 im 01.2020 = 01.03.2020\n erwarte A.streng0 im 01.2020 = fehler\n erwarte A.lücke im 01.2020 = 3 Monate\n"
        " erwarte A.monate im 01.2020 = 4 Monate\n erwarte A.jahr im 12.2020 = 2021\n erwarte A.jahr im 01.2020 = 2020\n erwarte A.erster im 01.2020 = wahr\n erwarte A.erster im 02.2020 = falsch\nende\n");
}

#define TIMES \
  "§ 1 TG\n" \
  "ergebnis Person.anfangs : Wahrheitswert\nregel Person.anfangs wenn wohnt zu Beginn des Monats\n" \
  "ergebnis Person.einmal : Wahrheitswert\nregel Person.einmal wenn an einem Tag des Monats (wohnt)\n" \
  "ergebnis Person.immer : Wahrheitswert\nregel Person.immer wenn an jedem Tag des Monats (wohnt)\n" \
  "ergebnis Person.tage : Zahl Tage sonst 0 Tage\nregel Person.tage ist Tage des Monats mit (wohnt)\n" \
  "ergebnis Person.am_tag : Wahrheitswert\nregel Person.am_tag wenn wohnt am 15.03.2020\n" \
  "ergebnis Person.zuletzt : Datum sonst 01.01.2020\nregel Person.zuletzt ist letztes_Ende(wohnt; Ende des Monats)\n" \
  "ergebnis Person.demnächst : Datum sonst 01.01.2020\nregel Person.demnächst ist nächster_Beginn(wohnt; Beginn des Monats)\n" \
  "ergebnis Person.beides : Wahrheitswert je Tag\nregel Person.beides wenn wohnt und lernt und Tag <= Ende0 und Person hat das 18. Lebensjahr vollendet\n" \
  "ergebnis Person.beides_tage : Zahl Tage sonst 0 Tage\nregel Person.beides_tage ist Tage des Monats mit (beides)\n" \
  "ergebnis Person.beides_anfangs : Wahrheitswert\nregel Person.beides_anfangs wenn beides zu Beginn des Monats oder beides am Ende des Monats\n" \
  "ergebnis Person.bald : Wahrheitswert je Tag\nregel Person.bald wenn Tag + 10 Tage > Ende0\n" \
  "ergebnis Person.bald_tage : Zahl Tage sonst 0 Tage\nregel Person.bald_tage ist Tage des Monats mit (bald)\n" \
  "ergebnis Person.frisch : Wahrheitswert je Tag\nregel Person.frisch wenn vorhanden(letztes_Ende(wohnt; Tag)) und letztes_Ende(wohnt; Tag) + 2 Tage >= Tag\n" \
  "ergebnis Person.frisch_tage : Zahl Tage sonst 0 Tage\nregel Person.frisch_tage ist Tage des Monats mit (frisch)\n" \
  "ergebnis Person.stufe_hoch : Zahl Tage sonst 0 Tage\nregel Person.stufe_hoch ist Tage des Monats mit (Stufe > 2)\n"

Test(lower, timelines_and_days) {
  check(HEADER PERSON TIMES
        "prüffall \"bis 10. März\"\n Person A: wohnt = falsch bis 31.12.2019, wahr ab 01.01.2020 bis 10.03.2020, falsch ab 11.03.2020 bis 30.04.2020, wahr ab 01.05.2020\n"
        " erwarte A.anfangs von 01.2020 bis 03.2020 = wahr\n erwarte A.anfangs im 04.2020 = falsch\n erwarte A.einmal im 03.2020 = wahr\n erwarte A.einmal im 04.2020 = falsch\n"
        " erwarte A.immer im 03.2020 = falsch\n erwarte A.immer im 02.2020 = wahr\n erwarte A.tage im 03.2020 = 10 Tage\n erwarte A.tage im 02.2020 = 29 Tage\n erwarte A.am_tag im 07.2020 = falsch\n"
        " erwarte A.zuletzt im 03.2020 = 10.03.2020\n erwarte A.zuletzt im 02.2020 = entfällt\n erwarte A.zuletzt im 06.2020 = 10.03.2020\n erwarte A.demnächst im 03.2020 = 01.05.2020\n erwarte A.demnächst im 06.2020 = entfällt\n"
        " erwarte A.frisch_tage im 03.2020 = 2 Tage\n erwarte A.frisch_tage im 04.2020 = 0 Tage\nende\n"
        "prüffall \"Lücke\"\n Person A: wohnt = wahr ab 01.01.2020 bis 10.03.2020\n erwarte A.einmal im 03.2020 = wahr\n erwarte A.immer im 03.2020 = unbekannt\n erwarte A.tage im 03.2020 = unbekannt\n"
        " erwarte A.am_tag im 03.2020 = unbekannt\n erwarte A.zuletzt im 03.2020 = unbekannt\nende\n"
        "prüffall \"Teile eines Monats\"\n Person A: Geburtsdatum = 05.03.2002 Ende0 = 20.03.2020 wohnt = wahr lernt = falsch bis 09.03.2020, wahr ab 10.03.2020 Stufe = 1 bis 29.03.2020, 3 ab 30.03.2020\n"
        " erwarte A.beides_tage im 03.2020 = 11 Tage\n erwarte A.beides_tage im 02.2020 = 0 Tage\n erwarte A.beides_anfangs im 03.2020 = falsch\n"
        " erwarte A.bald_tage im 03.2020 = 21 Tage\n erwarte A.bald_tage im 02.2020 = 0 Tage\n erwarte A.stufe_hoch im 03.2020 = 2 Tage\nende\n"
        "prüffall \"18. Geburtstag mitten im Monat\"\n Person A: Geburtsdatum = 05.03.2002 Ende0 = 31.12.2020 wohnt = wahr lernt = wahr\n"
        " erwarte A.beides_tage im 03.2020 = 27 Tage\n erwarte A.beides_anfangs im 03.2020 = wahr\n erwarte A.beides_tage im 04.2020 = 30 Tage\nende\n");
}

Test(lower, references_and_members) {
  check(HEADER PERSON
        "einheit Paar\n  verweis Wer : Person\n  verweis Kind0 : Person\n  angabe Nr : Zahl\n  angabe Höhe : Geld je Monat\n  angabe zählt : Wahrheitswert\n  angabe hier : Wahrheitswert im Zeitverlauf\nende\n"
        "§ 1 TG\n"
        "ergebnis Person.anzahl : Zahl sonst 0\nregel Person.anzahl ist Anzahl der Paar über Wer mit (zählt)\n"
        "ergebnis Person.alle : Zahl sonst 0\nregel Person.alle ist Anzahl der Paar über Wer\n"
        "ergebnis Person.summe0 : Geld je Monat sonst 0 € je Monat\nregel Person.summe0 ist Summe(Höhe) der Paar über Wer mit (zählt)\n"
        "ergebnis Person.hoch : Geld je Monat sonst 0 € je Monat\nregel Person.hoch ist Höchstwert(Höhe) der Paar über Wer\n"
        "ergebnis Person.tief : Zahl sonst 0\nregel Person.tief ist Mindestwert(Nr) der Paar über Wer\n"
        "ergebnis Person.gibt : Wahrheitswert\nregel Person.gibt wenn es gibt eine Paar über Wer mit (Nr = 2)\n"
        "ergebnis Person.jede0 : Wahrheitswert\nregel Person.jede0 wenn jede Paar über Wer mit (Nr > 0) erfüllt (zählt)\n"
        "ergebnis Paar.rang : Zahl sonst 0\nregel Paar.rang ist Rang nach (Nr) in Paar über Wer mit (zählt)\n"
        "ergebnis Paar.geschwister : Zahl sonst 0\nregel Paar.geschwister ist Anzahl der Paar über Wer\n"
        "ergebnis Paar.mutter_n : Zahl sonst 0\nregel Paar.mutter_n ist Kind0.Mutter.n + Wer.anzahl\n"
        "ergebnis Paar.da : Wahrheitswert je Tag\nregel Paar.da wenn hier und Kind0.lernt\n"
        "ergebnis Person.da : Wahrheitswert je Tag\nregel Person.da wenn wohnt\n"
        "ergebnis Paar.beide : Wahrheitswert je Tag\nregel Paar.beide wenn da und Wer.da\n"
        "ergebnis Paar.beide_tage : Zahl Tage sonst 0 Tage\nregel Paar.beide_tage ist Tage des Monats mit (beide)\n"
        "ergebnis Paar.wer_anfangs : Wahrheitswert\nregel Paar.wer_anfangs wenn Wer.da zu Beginn des Monats\n"
        "ergebnis Person.mehrere : Wahrheitswert je Tag\nregel Person.mehrere wenn Anzahl der Paar über Wer mit (hier) > 1\n"
        "ergebnis Person.mehrere_tage : Zahl Tage sonst 0 Tage\nregel Person.mehrere_tage ist Tage des Monats mit (mehrere)\n"
        "ergebnis Paar.neben : Wahrheitswert je Tag\nregel Paar.neben wenn es gibt eine Paar über Wer mit (da und nicht hier)\n"
        "ergebnis Paar.erste_tage : Zahl Tage sonst 0 Tage\nregel Paar.erste_tage ist Tage des Monats mit (hier und Rang nach (Nr) in Paar über Wer mit (hier) = 1)\n"
        "grundfall \"g\"\n Person M: n = 40 wohnt = falsch bis 14.03.2020, wahr ab 15.03.2020\n Person K1: Mutter = M lernt = wahr\n Person K2: Mutter = M lernt = wahr bis 20.03.2020, falsch ab 21.03.2020\n"
        " Paar a: Wer = M Kind0 = K1 Nr = 2 Höhe = 10 € je Monat zählt = wahr hier = wahr bis 10.03.2020, falsch ab 11.03.2020\n"
        " Paar b: Wer = M Kind0 = K2 Nr = 1 Höhe = 20 € je Monat zählt = wahr hier = falsch bis 04.03.2020, wahr ab 05.03.2020\n"
        " Paar c: Wer = K1 Kind0 = K2 Nr = 9 Höhe = 1 € je Monat zählt = falsch hier = wahr\nende\n"
        "prüffall \"Glieder\" wie \"g\"\n erwarte M.anzahl im 03.2020 = 2\n erwarte K1.anzahl im 03.2020 = 0\n erwarte K1.alle im 03.2020 = 1\n erwarte K2.alle im 03.2020 = 0\n erwarte M.summe0 im 03.2020 = 30 € je Monat\n"
        " erwarte K1.summe0 im 03.2020 = 0 € je Monat\n erwarte M.hoch im 03.2020 = 20 € je Monat\n erwarte K2.hoch im 03.2020 = entfällt\n erwarte M.tief im 03.2020 = 1\n erwarte M.gibt im 03.2020 = wahr\n"
        " erwarte K1.gibt im 03.2020 = falsch\n erwarte M.jede0 im 03.2020 = wahr\n erwarte K1.jede0 im 03.2020 = falsch\n erwarte a.rang im 03.2020 = 2\n erwarte b.rang im 03.2020 = 1\n erwarte c.rang im 03.2020 = entfällt\n"
        " erwarte a.geschwister im 03.2020 = 2\n erwarte c.geschwister im 03.2020 = 1\n erwarte a.mutter_n im 03.2020 = 42\n erwarte c.mutter_n im 03.2020 = 40\n"
        " erwarte a.beide_tage im 03.2020 = 0 Tage\n erwarte b.beide_tage im 03.2020 = 6 Tage\n erwarte b.beide_tage im 02.2020 = 0 Tage\n erwarte a.wer_anfangs im 03.2020 = falsch\n erwarte a.wer_anfangs im 04.2020 = wahr\n"
        " erwarte M.mehrere_tage im 03.2020 = 6 Tage\n erwarte M.mehrere_tage im 02.2020 = 0 Tage\n erwarte a.erste_tage im 03.2020 = 4 Tage\n erwarte b.erste_tage im 03.2020 = 27 Tage\n erwarte b.erste_tage im 02.2020 = 0 Tage\nende\n"
        "prüffall \"ein Verweis unbekannt\" wie \"g\"\n Paar d: Nr = 0 zählt = wahr Höhe = 5 € je Monat hier = falsch bis 07.03.2020, wahr ab 08.03.2020\n erwarte M.anzahl im 03.2020 = unbekannt\n erwarte K2.alle im 03.2020 = unbekannt\n"
        " erwarte M.gibt im 03.2020 = wahr\n erwarte M.mehrere_tage im 02.2020 = 0 Tage\n erwarte M.mehrere_tage im 04.2020 = unbekannt\nende\n"
        "prüffall \"d zählt nicht\" wie \"g\"\n Paar d: Nr = 0 zählt = falsch\n erwarte M.anzahl im 03.2020 = 2\nende\n");
}

Test(lower, rules_exceptions_conflicts) {
  check(HEADER PERSON
        "§ 1 Satz 1 TG\nergebnis Person.gut : Wahrheitswert\nregel Person.gut wenn p\n"
        "§ 1 Satz 2 TG\nausnahme für Person.gut von § 1 Satz 1 wenn q\n"
        "§ 1 Satz 3 TG\nausnahme für Person.gut von § 1 Satz 2 wenn r\n"
        "§ 2 Satz 1 TG\nergebnis Person.zahl : Zahl sonst 1\nregel Person.zahl ist 2 wenn p\n"
        "§ 2 Satz 2 TG\nausnahme für Person.zahl von § 2 Satz 1 ist 3 wenn q\n"
        "§ 2 Satz 3 TG\nausnahme für Person.zahl von § 2 Satz 2 ist 4 wenn r\n"
        "§ 3 Satz 1 TG\nergebnis Person.streit : Zahl sonst 0\nregel Person.streit ist 1 wenn p\n§ 3 Satz 2 TG\nregel Person.streit ist n wenn q\n"
        "§ 4 TG\nergebnis Person.mensch : Wahrheitswert\nregel Person.mensch wenn p\nbeurteilung für Person.mensch wenn q \"Band\"\n"
        "§ 4 Satz 2 TG\nnicht abgebildet für Person.mensch von § 4 wenn r \"Ausland\"\n"
        "§ 5 TG\nergebnis Person.kann : Zahl sonst 0\nermessen für Person.kann wenn p \"kann\"\n"
        "prüffall \"Regel\"\n Person A: p = wahr q = falsch r = falsch n = 1\n erwarte A.gut im 01.2020 = wahr\n erwarte A.zahl im 01.2020 = 2\n erwarte A.streit im 01.2020 = 1\n erwarte A.mensch im 01.2020 = wahr\n erwarte A.kann im 01.2020 = offen\nende\n"
        "prüffall \"Ausnahme\"\n Person A: p = wahr q = wahr r = falsch n = 1\n erwarte A.gut im 01.2020 = falsch\n erwarte A.zahl im 01.2020 = 3\n erwarte A.streit im 01.2020 = 1\n erwarte A.mensch im 01.2020 = wahr\nende\n"
        "prüffall \"Rückausnahme\"\n Person A: p = wahr q = wahr r = wahr n = 2\n erwarte A.gut im 01.2020 = wahr\n erwarte A.zahl im 01.2020 = 4\n erwarte A.streit im 01.2020 = widerspruch\n erwarte A.mensch im 01.2020 = offen\nende\n"
        "prüffall \"nur die Beurteilung\"\n Person A: p = falsch q = wahr r = falsch\n erwarte A.mensch im 01.2020 = offen\n erwarte A.kann im 01.2020 = 0\n erwarte A.zahl im 01.2020 = 1\nende\n"
        "prüffall \"Ausnahme unbekannt\"\n Person A: p = wahr r = falsch n = 1\n erwarte A.gut im 01.2020 = unbekannt\n erwarte A.zahl im 01.2020 = unbekannt\n erwarte A.streit im 01.2020 = 1\nende\n"
        "prüffall \"vorgegeben\"\n Person A: gut = wahr p = falsch\n erwarte A.gut im 01.2020 = wahr\nende\n");
}

Test(lower, law_in_time) {
  check(HEADER PERSON
        "§ 1 TG\n"
        "parameter Satz0 : Geld je Monat\n ab 01.01.2019 : 1 € je Monat\n ab 01.07.2021 : 2 € je Monat\n ab 01.01.2025 : 3 € je Monat\n"
        "parameter Staffel (k : Zahl) : Zahl\n ab 01.01.2020 : bis 2 -> 10; 3 -> 20; ab 4 -> 30\n ab 01.01.2023 : jede -> 40\n"
        "parameter Tafel (f : Farbe; k : Zahl) : Zahl\n ab 01.01.2020 : rot / jede -> 1; blau / bis 5 -> 2; blau / ab 6 -> 3; grün / jede -> 4\n"
        "ergebnis Person.satz : Geld je Monat sonst 0 € je Monat\nregel Person.satz ist Satz0\n"
        "ergebnis Person.satz_damals : Geld je Monat sonst 0 € je Monat\nregel Person.satz_damals ist Satz0 am Ende0\n"
        "ergebnis Person.staffel : Zahl sonst 0\nregel Person.staffel ist Staffel(n)\n"
        "ergebnis Person.tafel : Zahl sonst 0\nregel Person.tafel ist Tafel(Farbe0; n)\n"
        "§ 2 TG\nergebnis Person.fassung : Zahl sonst 0\n"
        "regel Person.fassung gültig bis 31.12.2020 ist 1\nregel Person.fassung gültig ab 01.01.2021 bis 15.06.2022 ist 2\nregel Person.fassung gültig ab 01.08.2022 ist 3\n"
        "§ 3 TG\nergebnis Person.rot0 : Wahrheitswert\nregel Person.rot0 wenn Farbe0 in (rot; grün)\n"
        "prüffall \"Sätze\"\n Person A: Ende0 = 30.06.2021 n = 3 Farbe0 = blau\n erwarte A.satz von 01.2020 bis 06.2021 = 1 € je Monat\n erwarte A.satz von 07.2021 bis 12.2024 = 2 € je Monat\n erwarte A.satz im 12.2026 = 3 € je Monat\n"
        " erwarte A.satz_damals im 12.2026 = 1 € je Monat\n erwarte A.staffel im 12.2022 = 20\n erwarte A.staffel im 01.2023 = 40\n erwarte A.tafel im 01.2020 = 2\n"
        " erwarte A.fassung von 01.2020 bis 12.2020 = 1\n erwarte A.fassung von 01.2021 bis 06.2022 = 2\n erwarte A.fassung im 07.2022 = 0\n erwarte A.fassung von 08.2022 bis 12.2026 = 3\n erwarte A.rot0 im 01.2020 = falsch\nende\n"
        "prüffall \"vor jeder Zeile\"\n Person A: Ende0 = 31.12.2018 n = 7 Farbe0 = grün\n erwarte A.satz_damals im 01.2020 = fehler\n erwarte A.staffel im 01.2020 = 30\n erwarte A.tafel im 01.2020 = 4\n erwarte A.rot0 im 01.2020 = wahr\nende\n");
}

/* The day of change is itself the outcome of a question about days: the unit is then cut at every day. */
Test(lower, a_circle_through_days_is_cut_daily) {
  built x = build(HEADER PERSON
                  "§ 1 TG\nergebnis Person.ab0 : Datum sonst 01.01.2020\nregel Person.ab0 ist falls an einem Tag des Monats (wohnt) dann Ende0 sonst Geburtsdatum ende\n"
                  "ergebnis Person.danach : Wahrheitswert je Tag\nregel Person.danach wenn Tag > ab0\n"
                  "ergebnis Person.danach_tage : Zahl Tage sonst 0 Tage\nregel Person.danach_tage ist Tage des Monats mit (danach)\n"
                  "prüffall \"p\"\n Person A: wohnt = falsch bis 30.03.2020, wahr ab 31.03.2020 Ende0 = 20.03.2020 Geburtsdatum = 27.02.2020\n erwarte A.danach_tage im 03.2020 = 11 Tage\n erwarte A.danach_tage im 02.2020 = 2 Tage\nende\n");
  cr_assert_eq(run(&x), 0);
  bool daily = false;
  for (uint32_t i = 0; i < x.program->insn_count; i++)
    if (x.program->insns[i].op == ANS_OP_SPLIT) daily = x.program->lists[x.program->insns[i].b] == ANS_SPLIT_EVERY_DAY;
  cr_assert(daily);
  dispose(&x);
}

static const ans_insn *split_of(const ans_program *p) {
  for (uint32_t i = 0; i < p->insn_count; i++)
    if (p->insns[i].op == ANS_OP_SPLIT) return &p->insns[i];
  return NULL;
}

Test(lower, days_are_cut_only_where_something_may_change) {
  built x = build(HEADER PERSON "§ 1 TG\nergebnis Person.a : Wahrheitswert je Tag\nregel Person.a wenn wohnt und Tag >= Geburtsdatum und Tag <= Ende0 und n > 1 und Mutter.lernt\n"
                                "ergebnis Person.b : Wahrheitswert\nregel Person.b wenn an einem Tag des Monats (a)\n");
  const ans_insn *s = split_of(x.program);
  cr_assert_not_null(s);
  cr_assert_eq(s->c, 12); /* wohnt, the birthday, the day after Ende0, lernt of the mother */
  unsigned kinds[4] = {0};
  for (uint32_t i = 0; i < s->c; i += 3) kinds[x.program->lists[s->b + i]]++;
  cr_assert(kinds[ANS_SPLIT_TIMELINE] == 2 && kinds[ANS_SPLIT_DATE] == 2 && kinds[ANS_SPLIT_EVERY_DAY] == 0);
  cr_assert_str_eq(x.program->units[s->unit].name, "Person×Tag");
  dispose(&x);
}

Test(lower, indices_are_those_of_the_model) {
  built x = build(HEADER PERSON TIMES "leistung L je Person\n anspruch einmal\n betrag Geld0\n empfänger Mutter\n regime § 1 TG\n nur Auskunft\nende\n"
                                      "ergebnis Person.Geld0 : Geld je Monat sonst 0 € je Monat\n");
  const ans_model *m = x.model;
  const ans_program *p = x.program;
  cr_assert(p->unit_count >= m->unit_count && p->fact_count == m->fact_count && p->provision_count == m->provision_count && p->result_count == m->result_count);
  for (uint32_t i = 1; i < m->unit_count; i++) cr_assert_str_eq(p->units[i].name, m->units[i].name);
  for (uint32_t i = 0; i < m->fact_count; i++) cr_assert_str_eq(p->facts[i].name, m->facts[i].name);
  for (uint32_t i = 0; i < m->provision_count; i++) cr_assert_str_eq(p->provisions[i].text, m->provisions[i].text);
  for (uint32_t i = 0; i < m->result_count; i++) cr_assert_str_eq(p->results[i].name, m->results[i].name);
  cr_assert_eq(p->benefits[0].information_only, 1);
  cr_assert_eq(p->benefits[0].payout_result, ANS_NONE);
  cr_assert_str_eq(p->results[p->benefits[0].entitled_result].name, "einmal");
  dispose(&x);
}

/* Equal rules give results registers of their own: an override of one must not move the other. */
Test(lower, equal_results_do_not_share_a_register) {
  check(HEADER PERSON "§ 1 TG\nergebnis Person.a : Wahrheitswert\nregel Person.a wenn p\nergebnis Person.b : Wahrheitswert\nregel Person.b wenn p\n"
                      "prüffall \"p\"\n Person A: p = falsch a = wahr\n erwarte A.a im 01.2020 = wahr\n erwarte A.b im 01.2020 = falsch\nende\n");
}

Test(lower, explanation_nodes) {
  built x = build(HEADER PERSON "§ 1 Satz 1 TG\nergebnis Person.gut : Wahrheitswert \"gute Person\"\nregel Person.gut wenn p und n > 3 begründung \"weil {n}\" andernfalls \"nicht\"\n"
                                "§ 1 Satz 2 TG\nausnahme für Person.gut von § 1 Satz 1 wenn q oder r\n");
  const ans_program *p = x.program;
  cr_assert_gt(p->node_count, 7);
  const ans_node *n = p->nodes;
  cr_assert(n[0].kind == ANS_NODE_RESULT && n[0].parent == ANS_NONE && n[0].insn == p->results[0].insn);
  cr_assert_str_eq(n[0].text, "gute Person");
  cr_assert(n[1].kind == ANS_NODE_RULE && n[1].parent == 0);
  cr_assert_str_eq(n[1].text, "weil {n}");
  cr_assert_str_eq(n[1].text_not, "nicht");
  cr_assert_str_eq(p->provisions[n[1].provision].text, "§ 1 Satz 1 TG");
  unsigned conditions = 0, facts = 0, exceptions = 0;
  for (uint32_t i = 0; i < p->node_count; i++) {
    cr_assert(n[i].parent == ANS_NONE || n[i].parent < i);
    if (n[i].kind == ANS_NODE_CONDITION && n[i].parent == 1) conditions++;
    if (n[i].kind == ANS_NODE_CONDITION && strcmp(n[i].text, "n > 3") == 0) cr_assert_gt(n[i].line, 0);
    if (n[i].kind == ANS_NODE_FACT) facts++;
    if (n[i].kind == ANS_NODE_EXCEPTION) exceptions += n[i].parent == 1;
  }
  cr_assert(conditions == 2 && facts == 4 && exceptions == 1);
  dispose(&x);
}

Test(lower, equal_text_gives_equal_bytes) {
  unsigned char *bytes[2];
  size_t size[2];
  ans_error err = {0};
  for (int i = 0; i < 2; i++) {
    built x = build(HEADER PERSON TIMES);
    cr_assert_eq(ans_program_encode(x.program, &bytes[i], &size[i], &err), ANS_OK);
    dispose(&x);
  }
  cr_assert_eq(size[0], size[1]);
  cr_assert_eq(memcmp(bytes[0], bytes[1], size[0]), 0);
  free(bytes[0]);
  free(bytes[1]);
}

/* --- ans_compile_path ----------------------------------------------------------------------------------------------- */
static void put(const char *folder, const char *name, const char *text) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "w");
  cr_assert_not_null(f);
  cr_assert_geq(fputs(text, f), 0);
  cr_assert_eq(fclose(f), 0);
}

static ans_status compile(const char *path, size_t *errors, uint32_t *results) {
  ans_compilation c;
  ans_error err = {0};
  ans_diags *d = ans_diags_new();
  ans_status s = ans_compile_path(path, d, &c, &err);
  *errors = ans_diags_errors(d);
  *results = c.program ? c.program->result_count : 0;
  ans_compilation_dispose(&c);
  ans_diags_free(d);
  return s;
}

Test(lower, a_folder_is_one_package) {
  char folder[] = P_tmpdir "/anspruch-lower-XXXXXX", path[512];
  size_t errors = 0;
  uint32_t results = 0;
  cr_assert_not_null(mkdtemp(folder));
  cr_assert_eq(compile(folder, &errors, &results), ANS_IO); /* no rule file */
  put(folder, "a.recht", "§ 1 TG\nregel Person.gut wenn p\n"); /* sorted before the header's file */
  put(folder, "b.recht", HEADER PERSON "§ 1 TG\nergebnis Person.gut : Wahrheitswert\n");
  put(folder, "notizen.txt", "kein Regeltext");
  cr_assert_eq(compile(folder, &errors, &results), ANS_OK);
  cr_assert(errors == 0 && results == 1);
  snprintf(path, sizeof path, "%s/b.recht", folder);
  cr_assert_eq(compile(path, &errors, &results), ANS_OK);
  put(folder, "c.recht", "§ 1 TG\nregel Person.gut wenn pp\n§ 1 TG regel\n");
  cr_assert_eq(compile(folder, &errors, &results), ANS_RULES);
  cr_assert_gt(errors, 0);
  cr_assert_eq(results, 0);
  snprintf(path, sizeof path, "%s/nicht-da", folder);
  cr_assert_eq(compile(path, &errors, &results), ANS_IO);
  const char *names[] = {"a.recht", "b.recht", "c.recht", "notizen.txt"};
  for (size_t i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    cr_assert_eq(unlink(path), 0);
  }
  cr_assert_eq(rmdir(folder), 0);
}

/* --- packages that use each other ------------------------------------------------------------------------------------- */
static void folders(const char *root, const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", root, name);
  for (char *p = path + strlen(root) + 1; *p; p++) {
    if (*p != '/') continue;
    *p = '\0';
    (void)mkdir(path, 0700);
    *p = '/';
  }
  cr_assert_eq(mkdir(path, 0700), 0);
}

static void put_package(const char *root, const char *name, const char *uses, const char *body) {
  char text[8192], folder[512];
  folders(root, name);
  snprintf(folder, sizeof folder, "%s/%s", root, name);
  snprintf(text, sizeof text, "paket %s version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 12.2026\n%s%s", name, uses, body);
  put(folder, "p.recht", text);
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st;
  (void)type;
  (void)ftw;
  return remove(path);
}

/* "R1032@2" of the last error, and the identity of the program ("" without one). */
static void compile_in(const char *path, const char *packages, char code[32], char identity[65]) {
  ans_compilation c;
  ans_error err = {0};
  ans_diags *d = ans_diags_new();
  ans_status s = ans_compile_package(path, packages, d, &c, &err);
  code[0] = identity[0] = '\0';
  for (size_t i = 0; i < ans_diags_count(d); i++)
    if (ans_diag_severity(ans_diags_at(d, i)->id) == ANS_SEV_ERROR) snprintf(code, 32, "%s@%u", ans_diag_code(ans_diags_at(d, i)->id), ans_diags_at(d, i)->line);
  cr_expect_eq(s == ANS_OK, code[0] == '\0', "%s: %s %s", path, code, err.code ? err.code : "");
  if (s == ANS_OK) ans_hex(c.program->sha256, 32, identity);
  ans_compilation_dispose(&c);
  ans_diags_free(d);
}

#define BASE "norm TG \"T\"\neinheit Person\n angabe p : Wahrheitswert\n angabe q : Wahrheitswert\nende\n"
#define SIDE(result) "norm TG \"T\"\n§ 1 TG\nergebnis Person." result " : Wahrheitswert\nregel Person." result " wenn p\n"

Test(lower, packages_are_found_below_their_root) {
  char root[] = P_tmpdir "/anspruch-lower-XXXXXX", path[512], other[512], code[32], first[65], again[65];
  cr_assert_not_null(mkdtemp(root));
  put_package(root, "a/grund", "", BASE);
  put_package(root, "a/links", "nutzt a/grund version 1.0.0: Person; Person.p\n", SIDE("links"));
  put_package(root, "a/rechts", "nutzt a/grund version 1.0.0: Person; Person.p\n", SIDE("rechts"));
  put_package(root, "b/oben", "nutzt a/links version 1.0.0: Person.links\nnutzt a/rechts version 1.0.0: Person.rechts\n",
              "norm TG \"T\"\n§ 1 TG\nergebnis Person.oben : Wahrheitswert\nregel Person.oben wenn Person.links und Person.rechts\n");
  snprintf(path, sizeof path, "%s/b/oben", root);
  compile_in(path, NULL, code, first);
  cr_expect_str_eq(code, "");
  ans_compilation c;
  ans_error err = {0};
  ans_diags *d = ans_diags_new();
  cr_assert_eq(ans_compile_path(path, d, &c, &err), ANS_OK);
  const ans_program *p = c.program;
  /* two ways lead to a/grund: it is one package, its Person one unit; q is asked by nobody */
  cr_expect(p->import_count == 3 && c.import_count == 3 && p->unit_count == 2 && p->fact_count == 1 && p->result_count == 3);
  cr_expect(strcmp(p->imports[0].name, "a/grund") == 0 && !p->imports[0].direct && p->imports[1].direct && p->imports[2].direct);
  for (uint32_t i = 0; i < p->import_count; i++) { /* the identity is that of the package built by itself */
    char mine[65], alone[65];
    ans_hex(p->imports[i].sha256, 32, mine);
    snprintf(other, sizeof other, "%s/%s/p.recht", root, p->imports[i].name);
    compile_in(other, NULL, code, alone);
    cr_expect_str_eq(mine, alone);
  }
  ans_compilation_dispose(&c);
  ans_diags_free(d);
  /* in a folder of another name only with --packages, and then the same bytes */
  snprintf(other, sizeof other, "%s/oben", root);
  snprintf(path, sizeof path, "%s/b/oben", root);
  cr_assert_eq(rename(path, other), 0);
  compile_in(other, NULL, code, again);
  cr_expect_str_eq(code, "R1030@3");
  compile_in(other, root, code, again);
  cr_expect_str_eq(code, "");
  cr_expect_str_eq(first, again);
  cr_expect_eq(nftw(root, forget, 8, FTW_DEPTH | FTW_PHYS), 0);
}

Test(lower, packages_missing_in_circles_and_in_wrong_folders) {
  char root[] = P_tmpdir "/anspruch-lower-XXXXXX", path[512], from[512], code[32], identity[65];
  cr_assert_not_null(mkdtemp(root));
  put_package(root, "k/a", "nutzt k/b version 1.0.0: X\n", "");
  put_package(root, "k/b", "nutzt k/c version 1.0.0: X\n", "");
  put_package(root, "k/c", "nutzt k/a version 1.0.0: X\n", "");
  put_package(root, "k/falsch", "nutzt k/ort version 1.0.0: X\n", "");
  put_package(root, "k/ort2", "", "");
  put_package(root, "k/fehler", "", "§ 1 TG\n");
  put_package(root, "k/nutzt-fehler", "nutzt k/fehler version 1.0.0: X\n", "");
  snprintf(from, sizeof from, "%s/k/ort2", root);
  snprintf(path, sizeof path, "%s/k/ort", root);
  cr_assert_eq(rename(from, path), 0); /* the folder k/ort holds k/ort2 */
  const struct { const char *package, *code; } expected[] = {{"k/a", "R1032@2"}, {"k/b", "R1032@2"}, {"k/falsch", "R1030@2"}, {"k/nutzt-fehler", "R3001@2"}};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    snprintf(path, sizeof path, "%s/%s", root, expected[i].package);
    compile_in(path, NULL, code, identity);
    cr_expect_str_eq(code, expected[i].code, "%s: %s", expected[i].package, code);
  }
  cr_expect_eq(nftw(root, forget, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* 16 packages below one another, 64 in all; one more is refused where it is named. */
Test(lower, packages_have_limits) {
  enum { DEEP = ANS_COMPILE_MAX_DEPTH, WIDE = ANS_SEMA_MAX_IMPORTS };
  static char uses[8192];
  char root[] = P_tmpdir "/anspruch-lower-XXXXXX", path[512], name[32], code[32], identity[65];
  const char *person = "norm TG \"T\"\n§ 1 TG\nparameter P : Zahl ab 01.01.2020 : 1\n";
  cr_assert_not_null(mkdtemp(root));
  for (int i = 0; i <= DEEP + 1; i++) {
    snprintf(name, sizeof name, "t/p%d", i);
    if (i) snprintf(uses, sizeof uses, "nutzt t/p%d version 1.0.0: P als Q\n", i - 1);
    put_package(root, name, i ? uses : "", person);
  }
  snprintf(path, sizeof path, "%s/t/p%d", root, DEEP);
  compile_in(path, NULL, code, identity);
  cr_expect_str_eq(code, "");
  snprintf(path, sizeof path, "%s/t/p%d", root, DEEP + 1);
  compile_in(path, NULL, code, identity);
  cr_expect_str_eq(code, "R1090@2");
  size_t n = 0;
  for (int i = 0; i <= WIDE; i++) {
    snprintf(name, sizeof name, "w/p%d", i);
    put_package(root, name, "", person);
    if (i == WIDE) put_package(root, "w/alle", uses, "");
    n += (size_t)snprintf(uses + n, sizeof uses - n, "nutzt w/p%d version 1.0.0: P als P%d\n", i, i);
  }
  put_package(root, "w/zuviel", uses, "");
  snprintf(path, sizeof path, "%s/w/alle", root);
  compile_in(path, NULL, code, identity);
  cr_expect_str_eq(code, "");
  snprintf(path, sizeof path, "%s/w/zuviel", root);
  compile_in(path, NULL, code, identity);
  cr_expect_str_eq(code, "R1090@66");
  cr_expect_eq(nftw(root, forget, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* 256 rule files are a package, one more is refused by name of the folder; other files do not count. */
Test(lower, a_package_has_at_most_256_files) {
  enum { FILES = 256 };
  char folder[] = P_tmpdir "/anspruch-lower-XXXXXX", path[512], name[32];
  size_t errors = 0;
  uint32_t results = 0;
  cr_assert_not_null(mkdtemp(folder));
  put(folder, "000.recht", HEADER PERSON "§ 1 TG\nergebnis Person.gut : Wahrheitswert\nregel Person.gut wenn p\n");
  put(folder, "notizen.txt", "kein Regeltext");
  for (int i = 1; i <= FILES; i++) {
    if (i == FILES) cr_expect(compile(folder, &errors, &results) == ANS_OK && errors == 0 && results == 1, "%d files", i);
    snprintf(name, sizeof name, "%03d.recht", i);
    put(folder, name, "-- leer\n");
  }
  ans_compilation c;
  ans_error err = {0};
  ans_diags *d = ans_diags_new();
  cr_expect_eq(ans_compile_path(folder, d, &c, &err), ANS_LIMIT);
  cr_expect_str_eq(err.code, "E-DSL-FILES");
  cr_expect_null(c.program);
  ans_compilation_dispose(&c);
  ans_diags_free(d);
  for (int i = 0; i <= FILES; i++) {
    snprintf(path, sizeof path, "%s/%03d.recht", folder, i);
    cr_expect_eq(unlink(path), 0);
  }
  snprintf(path, sizeof path, "%s/notizen.txt", folder);
  cr_expect_eq(unlink(path), 0);
  cr_expect_eq(rmdir(folder), 0);
}

Test(lower, rates_decimals_and_conversions) {
  check(HEADER
        "einheit H\n angabe M : Geld je Monat\n angabe Y : Geld je Monat\n angabe J : Geld je Jahr\n angabe n : Zahl Monate\n angabe k : Zahl\nende\n"
        "§ 1 TG\n"
        "parameter Satz0 : Prozentsatz ab 01.01.2020 : 18,6 %\n"
        "parameter b : Dezimal(10) ab 01.01.2020 : 0,0004797000\n"
        "ergebnis H.Beitrag : Geld je Monat sonst 0 € je Monat\nregel H.Beitrag ist gerundet(M * Satz0; kaufmännisch; Cent)\n"
        "ergebnis H.bM : Dezimal(10) sonst 0\nregel H.bM ist gerundet(b * gerundet(M / 1,00 € je Monat; ab; 10); kaufmännisch; 10)\n"
        "ergebnis H.z1 : Dezimal(10) sonst 0\nregel H.z1 ist 0,04 + H.bM + gerundet(b * gerundet(Y / 1 € je Monat; ab; 10); ab; 10)\n"
        "ergebnis H.Anteil0 : Geld je Monat sonst 0 € je Monat\nregel H.Anteil0 ist gerundet(M * k / 30; ab; Cent)\n"
        "ergebnis H.fein : Geld je Monat sonst 0 € je Monat\nregel H.fein ist gerundet(gerundet(M * 1,15; kaufmännisch; 5) * 2; auf; volle_Euro)\n"
        "ergebnis H.monatlich : Geld je Monat sonst 0 € je Monat\nregel H.monatlich ist je_Monat(J; kaufmännisch; Cent)\n"
        "ergebnis H.jährlich : Geld je Jahr sonst 0 € je Jahr\nregel H.jährlich ist je_Jahr(M)\n"
        "ergebnis H.gesamt : Geld sonst 0 €\nregel H.gesamt ist M * n\n"
        "ergebnis H.kleinst : Geld je Monat sonst 0 € je Monat\nregel H.kleinst ist kleiner_von(M; Y; 800 € je Monat; 700 € je Monat)\n"
        "ergebnis H.größt : Geld je Monat sonst 0 € je Monat\nregel H.größt ist größer_von(M; Y; 800 € je Monat)\n"
        "prüffall \"a\"\n H A: M = 1 250,00 € je Monat Y = 900,33 € je Monat J = 1 000,00 € je Jahr n = 3 Monate k = 7\n"
        " erwarte A.Beitrag im 01.2020 = 232,50 € je Monat\n erwarte A.bM im 01.2020 = 0,599625\n erwarte A.z1 im 01.2020 = 1,0715133010\n erwarte A.Anteil0 im 01.2020 = 291,66 € je Monat\n"
        " erwarte A.fein im 01.2020 = 2 875,00 € je Monat\n erwarte A.monatlich im 01.2020 = 83,33 € je Monat\n erwarte A.jährlich im 01.2020 = 15 000,00 € je Jahr\n"
        " erwarte A.gesamt im 01.2020 = 3 750,00 €\n erwarte A.kleinst im 01.2020 = 700,00 € je Monat\n erwarte A.größt im 01.2020 = 1 250,00 € je Monat\nende\n");
}

Test(lower, averages_spans_and_deadlines) {
  check(HEADER
        "einheit P\n angabe g : Datum\n angabe d : Datum\n angabe Lohn : Geld je Monat im Zeitverlauf\n angabe da : Wahrheitswert im Zeitverlauf\n verweis Eltern : P\nende\n"
        "§ 1 TG\n"
        "ergebnis P.Mittel : Geld je Monat sonst 0 € je Monat\nregel P.Mittel ist Durchschnitt(Lohn; 6 Monate; Monat; kaufmännisch; Cent)\n"
        "ergebnis P.Eltern_Mittel : Geld je Monat sonst 0 € je Monat\nregel P.Eltern_Mittel ist Durchschnitt(Eltern.Lohn; 2; Monat; ab; Cent)\n"
        "ergebnis P.Anwesend : Zahl Tage sonst 0 Tage\nregel P.Anwesend ist Tage_mit(da; d; letzter_Tag(Monat))\n"
        "ergebnis P.Eltern_da : Zahl Tage sonst 0 Tage\nregel P.Eltern_da ist Tage_mit(Eltern.da; 01.01.2024; 31.12.2024)\n"
        "ergebnis P.frei : Wahrheitswert\nregel P.frei ist ist_Feiertag(d)\n"
        "ergebnis P.Monatsfrist : Datum sonst 01.01.2000\nregel P.Monatsfrist ist Fristende(d; 1 Monate)\n"
        "ergebnis P.Wochenfrist : Datum sonst 01.01.2000\nregel P.Wochenfrist ist Fristende(d; Wochen(2))\n"
        "ergebnis P.Tagefrist : Datum sonst 01.01.2000\nregel P.Tagefrist ist Fristende(d; 3 Tage)\n"
        "ergebnis P.lm_von : Datum sonst 01.01.2000\nregel P.lm_von ist Lebensmonat_Beginn(g; 2)\n"
        "ergebnis P.lm_bis : Datum sonst 01.01.2000\nregel P.lm_bis ist Lebensmonat_Ende(g; 2)\n"
        "prüffall \"a\"\n P E: g = 01.01.1990 d = 01.01.2024 Lohn = 100,01 € je Monat ab 01.01.2024 bis 31.03.2024, 200 € je Monat ab 01.04.2024 da = wahr ab 01.02.2024 bis 10.03.2024, falsch bis 31.01.2024, falsch ab 11.03.2024 Eltern = entfällt\n"
        " P K: g = 31.01.2024 d = 31.01.2024 Eltern = E Lohn = 1 € je Monat ab 01.01.2020 da = wahr ab 15.02.2024\n"
        " erwarte E.Mittel im 07.2024 = 150,01 € je Monat\n erwarte E.Mittel im 06.2024 = unbekannt\n erwarte K.Eltern_Mittel im 05.2024 = 150,00 € je Monat\n"
        " erwarte E.Anwesend im 02.2024 = 29 Tage\n erwarte K.Eltern_da im 02.2024 = 39 Tage\n erwarte K.Anwesend im 02.2024 = unbekannt\n erwarte K.Anwesend im 12.2023 = 0 Tage\n"
        " erwarte E.frei im 02.2024 = wahr\n erwarte K.frei im 02.2024 = falsch\n erwarte K.Monatsfrist im 02.2024 = 29.02.2024\n erwarte K.Wochenfrist im 02.2024 = 14.02.2024\n"
        " erwarte K.Tagefrist im 02.2024 = 05.02.2024\n erwarte K.lm_von im 02.2024 = 01.03.2024\n erwarte K.lm_bis im 02.2024 = 30.03.2024\nende\n");
}

Test(lower, numbers_out_of_measures) {
  check(HEADER
        "einheit P\n angabe a : Datum\n angabe b : Datum\n angabe h : Dezimal(1) Stunden je Woche\nende\n"
        "§ 1 TG\n"
        "ergebnis P.monate : Zahl sonst 0\nregel P.monate ist Zahl_aus(volle_Monate_zwischen(a; b))\n"
        "ergebnis P.stunden : Dezimal(1) sonst 0,0\nregel P.stunden ist Zahl_aus(h) + 0,5\n"
        "ergebnis P.lang : Wahrheitswert\nregel P.lang wenn Zahl_aus(24 Monate) = 24 und Zahl_aus(b - a) > 100\n"
        "prüffall \"a\"\n P A: a = 15.01.2024 b = 01.06.2024 h = 19,5 Stunden je Woche\n P B: a = 15.01.2024\n"
        " erwarte A.monate im 06.2024 = 4\n erwarte A.stunden im 06.2024 = 20,0\n erwarte A.lang im 06.2024 = wahr\n erwarte B.monate im 06.2024 = unbekannt\n erwarte B.stunden im 06.2024 = unbekannt\nende\n");
}

/* Semantics § 3: who enters possibly and would change nothing leaves the result a value; who might change it does not. */
Test(lower, possible_members_that_change_nothing) {
  check(HEADER
        "einheit H\nende\neinheit P\n verweis h : H\n angabe w : Wahrheitswert\n beurteilung b : Wahrheitswert\n angabe n : Zahl\nende\n"
        "§ 1 TG\n"
        "ergebnis H.s : Zahl sonst 0\nregel H.s ist Summe(n) der P über h mit (w)\n"
        "ergebnis H.k : Zahl sonst 0\nregel H.k ist Mindestwert(n) der P über h mit (w oder b)\n"
        "ergebnis H.g : Zahl sonst 0\nregel H.g ist Höchstwert(n) der P über h mit (w oder b)\n"
        "prüffall \"a\"\n H A:\n P P1: h = A w = wahr n = 5\n P P2: h = A b = falsch n = 0\n"
        " erwarte A.s im 06.2024 = 5\n erwarte A.k im 06.2024 = unbekannt\n erwarte A.g im 06.2024 = 5\nende\n"
        "prüffall \"b\"\n H B:\n P Q1: h = B w = wahr n = 5\n P Q2: h = B w = falsch n = 5\n P Q3: w = wahr n = 7\n"
        " erwarte B.s im 06.2024 = unbekannt\n erwarte B.k im 06.2024 = 5\n erwarte B.g im 06.2024 = unbekannt\nende\n"
        "prüffall \"c\"\n H C:\n P R1: h = C w = falsch n = 9\n"
        " erwarte C.s im 06.2024 = 0\n erwarte C.k im 06.2024 = offen\n erwarte C.g im 06.2024 = offen\nende\n");
}

Test(lower, information_needs_no_amount) {
  built x = build(HEADER PERSON TIMES "leistung L je Person\n anspruch einmal\n nur Auskunft\nende\n");
  const ans_benefit *b = &x.program->benefits[0];
  cr_assert(b->information_only == 1 && b->amount_result == ANS_NONE && b->payout_result == ANS_NONE && b->recipient_fact == ANS_NONE && b->regime_provision == ANS_NONE);
  dispose(&x);
}

Test(lower, tables_with_four_keys_and_law_time) {
  check(HEADER
        "auswahl Stufe0 = I; II\nauswahl Art0 = a; b\n"
        "einheit P\n angabe s : Stufe0\n angabe t : Art0\n angabe n : Zahl\n angabe w : Wahrheitswert\nende\n"
        "§ 1 TG\n"
        "parameter Tafel(Stufe : Stufe0; Art : Art0; Personen : Zahl; allein : Wahrheitswert) : Zahl\n"
        "  ab 01.01.2020: I / a / 1 bis 2 / jede -> 1; I / a / ab 3 / wahr -> 2; I / a / ab 3 / falsch -> 3; I / b / jede / jede -> 4; II / jede / jede / wahr -> 5; II / jede / jede / falsch -> 6\n"
        "  ab 01.01.2022: 9\n"
        "ergebnis P.x : Zahl sonst 0\nregel P.x ist Tafel(s; t; n; w)\n"
        "ergebnis P.damals : Zahl sonst 0\nregel P.damals ist Tafel(s; t; n; w) am 01.06.2021\n"
        "prüffall \"a\"\n P A: s = I t = a n = 2 w = wahr\n P B: s = I t = a n = 7 w = falsch\n P C: s = II t = b n = 1 w = wahr\n P D: s = I t = b n = 1\n"
        " erwarte A.x im 06.2020 = 1\n erwarte B.x im 06.2020 = 3\n erwarte C.x im 06.2020 = 5\n erwarte D.x im 06.2020 = unbekannt\n erwarte B.x im 06.2022 = 9\n erwarte B.damals im 06.2022 = 3\nende\n");
}

Test(lower, hypotheticals) {
  check(HEADER
        "einheit G\n angabe Zuschlag : Geld je Monat\nende\n"
        "einheit P\n angabe Lohn : Geld je Monat\n angabe Bedarf : Geld je Monat\n angabe da : Wahrheitswert im Zeitverlauf\n verweis g : G\nende\n"
        "§ 1 TG\n"
        "ergebnis P.netto : Geld je Monat sonst 0 € je Monat\nregel P.netto ist Lohn - 10 € je Monat\n"
        "ergebnis P.bedürftig : Wahrheitswert\nregel P.bedürftig wenn netto + g.Zuschlag < Bedarf\n"
        "ergebnis G.gedeckt : Wahrheitswert\nregel G.gedeckt ist jede P über g erfüllt (nicht bedürftig)\n"
        "ergebnis G.vermeidet : Wahrheitswert\nregel G.vermeidet wenn nicht gedeckt und angenommen G.Zuschlag = 100 € je Monat gilt gedeckt\n"
        "ergebnis G.Betrag : Geld je Monat sonst 0 € je Monat\nregel G.Betrag ist 100 € je Monat wenn vermeidet\n"
        "ergebnis P.wenn_reich : Wahrheitswert\nregel P.wenn_reich ist angenommen P.netto = netto + Bedarf gilt g.gedeckt\n"
        "ergebnis P.anwesend : Wahrheitswert\nregel P.anwesend ist an einem Tag des Monats (da)\n"
        "ergebnis P.wäre_da : Wahrheitswert\nregel P.wäre_da ist angenommen da = wahr gilt anwesend\n"
        "ergebnis P.doppelt : Wahrheitswert\nregel P.doppelt ist angenommen P.Lohn = 0 € je Monat; G.Zuschlag = 0 € je Monat gilt g.vermeidet\n"
        "prüffall \"a\"\n G H: Zuschlag = 0 € je Monat\n P A: Lohn = 500 € je Monat Bedarf = 550 € je Monat g = H da = falsch\n P B: Lohn = 900 € je Monat Bedarf = 550 € je Monat g = H da = falsch\n"
        " erwarte H.gedeckt im 01.2020 = falsch\n erwarte H.vermeidet im 01.2020 = wahr\n erwarte H.Betrag im 01.2020 = 100 € je Monat\n erwarte A.wenn_reich im 01.2020 = wahr\n"
        " erwarte A.anwesend im 01.2020 = falsch\n erwarte A.wäre_da im 01.2020 = wahr\n erwarte A.doppelt im 01.2020 = falsch\nende\n"
        "prüffall \"b\"\n G H: Zuschlag = 0 € je Monat\n P A: Lohn = 400 € je Monat Bedarf = 550 € je Monat g = H\n erwarte H.vermeidet im 01.2020 = falsch\n erwarte A.doppelt im 01.2020 = falsch\nende\n"
        "prüffall \"c\"\n G H: Zuschlag = 0 € je Monat\n P A: Bedarf = 550 € je Monat g = H\n erwarte H.vermeidet im 01.2020 = unbekannt\n erwarte A.wenn_reich im 01.2020 = unbekannt\nende\n");
}

Test(lower, groups_made_by_rules) {
  check(HEADER
        "einheit H\n angabe Ort : Zahl\nende\n"
        "einheit P\n angabe Lohn : Geld je Monat\n angabe zählt : Wahrheitswert\n verweis wohnt : H\n verweis gemeldet : H\nende\n"
        "§ 1 TG\n"
        "ergebnis P.Gruppe : H sonst wohnt\nregel P.Gruppe ist gemeldet wenn nicht zählt\n"
        "ergebnis H.Köpfe : Zahl sonst 0\nregel H.Köpfe ist Anzahl der P über Gruppe\n"
        "ergebnis H.Summe0 : Geld je Monat sonst 0 € je Monat\nregel H.Summe0 ist Summe(Lohn) der P über Gruppe\n"
        "ergebnis H.reich : Wahrheitswert\nregel H.reich ist es gibt eine P über Gruppe mit (Lohn > 100 € je Monat)\n"
        "ergebnis P.Platz : Zahl sonst 0\nregel P.Platz ist Rang nach (Lohn) in P über Gruppe\n"
        "ergebnis P.Mitbewohner : Zahl sonst 0\nregel P.Mitbewohner ist Anzahl der P über Gruppe\n"
        "prüffall \"a\"\n H X: Ort = 1\n H Y: Ort = 2\n P A: Lohn = 50 € je Monat zählt = wahr wohnt = X gemeldet = Y\n P B: Lohn = 70 € je Monat zählt = falsch wohnt = Y gemeldet = X\n"
        " P C: Lohn = 200 € je Monat zählt = wahr wohnt = Y gemeldet = Y\n"
        " erwarte X.Köpfe im 01.2020 = 2\n erwarte Y.Köpfe im 01.2020 = 1\n erwarte X.Summe0 im 01.2020 = 120 € je Monat\n erwarte Y.reich im 01.2020 = wahr\n erwarte X.reich im 01.2020 = falsch\n"
        " erwarte B.Platz im 01.2020 = 2\n erwarte C.Platz im 01.2020 = 1\n erwarte A.Mitbewohner im 01.2020 = 2\n erwarte C.Mitbewohner im 01.2020 = 1\nende\n"
        "prüffall \"Zugehörigkeit offen\"\n H X: Ort = 1\n H Y: Ort = 2\n P A: Lohn = 50 € je Monat wohnt = X gemeldet = Y\n P C: Lohn = 200 € je Monat zählt = wahr wohnt = Y gemeldet = Y\n"
        " erwarte X.Köpfe im 01.2020 = unbekannt\n erwarte Y.Köpfe im 01.2020 = unbekannt\n erwarte Y.reich im 01.2020 = wahr\n erwarte X.reich im 01.2020 = falsch\nende\n"
        "prüffall \"offen und doch entschieden\"\n H X: Ort = 1\n P A: Lohn = 50 € je Monat wohnt = X gemeldet = X\n erwarte X.Köpfe im 01.2020 = 1\nende\n");
}
