/* Semantic analysis: every diagnostic at its line and nothing beside it (no cascades), and the shape of the typed model. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sema/typed.h"

static const struct { const char *name, *code; ans_severity severity; } DIAGS[] = {
#define X(id, code, sev, de, de_fix, en, en_fix) {#id, code, sev},
#include "syntax/diagnostics.def"
#undef X
};
static const char *const SEMA_IDS[] = {
#define X(id, code, sev, de, de_fix, en, en_fix) code,
#include "syntax/diagnostics_sema.def"
#undef X
};

/* 26 lines; a snippet therefore begins at line 27, counted as line 1 below. */
enum { PRELUDE_LINES = 26 };
static const char PRELUDE[] =
    "paket test/paket version 1.0.0 titel \"Test\" zeitraum von 01.2020 bis 12.2024\n"
    "norm TG \"Testgesetz\"\n"
    "auswahl Farbe = rot; blau\n"
    "einheit Person auch Kind; Mensch\n"
    "  angabe Geburtsdatum : Datum\n"
    "  angabe alt : Wahrheitswert\n"
    "  angabe Zähler : Zahl\n"
    "  angabe Frist : Zahl Monate\n"
    "  angabe Lohn : Geld je Monat\n"
    "  angabe Anteil : Dezimal(3)\n"
    "  angabe Lieblingsfarbe : Farbe\n"
    "  angabe Arbeit : Dezimal(1) Stunden je Woche\n"
    "  angabe wohnt : Wahrheitswert im Zeitverlauf\n"
    "  angabe Stufe : Zahl im Zeitverlauf\n"
    "  verweis Mutter : Person\n"
    "  beurteilung fähig : Wahrheitswert\n"
    "ende\n"
    "einheit Paar\n"
    "  verweis Eins : Person\n"
    "  angabe seit : Datum\n"
    "ende\n"
    "§ 1 Abs. 1 TG\n"
    "ergebnis Person.gut : Wahrheitswert\n"
    "ergebnis Person.Rente : Geld je Monat sonst 0,00 € je Monat\n"
    "ergebnis Person.täglich : Wahrheitswert je Tag\n"
    "parameter Betrag0 : Geld je Monat ab 01.01.2020 : 10,00 € je Monat\n";

typedef struct analysis { ans_diags *diags; ans_tree *tree; ans_model *model; char *text; } analysis;

static analysis analyse(const char *prelude, const char *snippet) {
  analysis a = {.diags = ans_diags_new()};
  size_t n = strlen(prelude) + strlen(snippet) + 1;
  a.text = malloc(n);
  cr_assert(a.text && a.diags);
  snprintf(a.text, n, "%s%s", prelude, snippet);
  ans_error err = {0};
  cr_assert_eq(ans_tree_parse("test.recht", a.text, strlen(a.text), a.diags, &a.tree, &err), ANS_OK);
  if (ans_diags_errors(a.diags) == 0) cr_assert_eq(ans_sema_analyse(&a.tree, 1, a.diags, &a.model, &err), ANS_OK);
  return a;
}

static void dispose(analysis *a) {
  ans_model_free(a->model);
  ans_tree_free(a->tree);
  ans_diags_free(a->diags);
  free(a->text);
}

static const char *code_of(const ans_diag *d) { return DIAGS[d->id].code; }

/* "R2001@3 R1004@4": exactly these errors; with warnings, notes too. */
static void describe(const ans_diags *d, bool all, uint32_t skip, char *out, size_t size) {
  out[0] = '\0';
  for (size_t i = 0; i < ans_diags_count(d); i++) {
    const ans_diag *x = ans_diags_at(d, i);
    if (!all && DIAGS[x->id].severity != ANS_SEV_ERROR) continue;
    size_t n = strlen(out);
    snprintf(out + n, size - n, "%s%s@%d", n ? " " : "", code_of(x), (int)x->line - (int)skip);
  }
}

/* Rule text for Person.gut: RULE("condition") stands in line 1. */
#define RULE(x) "regel Person.gut wenn " x "\n"

static const struct { const char *snippet, *expected; } ERRORS[] = {
    /* R1: names */
    {"einheit Paar\nende\n", "R1003@1"},
    {"norm TG \"noch einmal\"\n", "R1003@1"},
    {"auswahl Ampel = an; aus; an\n", "R1003@1"},
    {"ergebnis Person.alt : Wahrheitswert\n", "R1003@1"},
    {"parameter Betrag0 : Zahl ab 01.01.2020 : 1\n", "R1003@1"},
    {RULE("Altt"), "R1004@1"},
    {RULE("Mutter.altt"), "R1004@1"},
    {"regel Person.gut wenn alt begründung \"weil {Person.altt}\"\n", "R1004@1"},
    {"ergebnis Persn.x : Wahrheitswert\n", "R1005@1"},
    {RULE("es gibt eine Perso über Mutter"), "R1005@1"},
    {"ergebnis Person.x : Wahrheitswerd\n", "R1006@1"},
    {"regel Person.guut wenn alt\n", "R1007@1"},
    {RULE("bekant(alt)"), "R1008@1"},
    {RULE("es gibt eine Paar über Zwei"), "R1009@1"},
    {RULE("Lieblingsfarbe = gelb"), "R1010@1"},
    {RULE("Lieblingsfarbe in (rot; gelb)"), "R1010@1"},
    {RULE("Lieblingsfarbe = Farbe.grün"), "R1010@1"},
    {RULE("alt.Mutter"), "R1011@1"},
    {RULE("Paar.seit > 01.01.2020"), "R1012@1"},
    {"ergebnis gut2 : Wahrheitswert\n", "R1015@1"},
    {"regel gut wenn alt\n", "R1015@1"},
    {"ergebnis Person.a : Wahrheitswert\nergebnis Person.b : Wahrheitswert\nregel Person.a wenn b\nregel Person.b wenn nicht Mutter.a\n", "R1017@1"},
    {"leistung L je Person\n  anspruch gut\n  betrag Rente\n  regime § 1 TG\nende\n", "R1018@1"},
    {"leistung L je Person\n  nur Auskunft\nende\n", "R1018@1"},
    {"leistung L je Person\n  anspruch gut\n  auszahlung Rente\n  nur Auskunft\nende\n", "R1018@1"},
    {"leistung L je Person\n  anspruch gut\n  empfänger gut\n  nur Auskunft\nende\n", "R1009@3"},
    {"leistung L je Person\n  anspruch gut\n  anspruch gut\n  betrag Rente\n  empfänger Mutter\n  regime § 1 TG\nende\n", "R1019@3"},
    {"leistung L je Person\n  anspruch alt\n  betrag gut\n  empfänger Mutter\n  regime § 1 TG\nende\n", "R1007@2 R2003@3"},
    {"ergebnis Paar.x : Wahrheitswert\nregel Paar.x wenn es gibt eine Person über Mutter\n", "R1020@2"},
    /* R2: types and time */
    {RULE("Zähler = alt"), "R2001@1"},
    {RULE("Zahl_aus(3) = 3"), "R2003@1"},
    /* texts and lists: T stands for a unit of its own in line 1 to 6 */
#define T(x) "einheit T\n  angabe Ort : Text\n  angabe Alias : Text im Zeitverlauf\n  angabe L : Liste von Farbe\n  verweis andere : T\nende\n" x
#define TRULE(x) T("ergebnis T.gut : Wahrheitswert\nregel T.gut wenn " x "\n")
    {TRULE("Ort < \"x\""), "R2061@8"},
    {TRULE("Ort = andere.Ort"), "R2062@8"},
    {TRULE("(Ort gilt als Ort) = \"x\""), "R2061@8"},
    {TRULE("größer_von(Ort; Ort) = \"x\""), "R2061@8"},
    {TRULE("Ort + \"x\" = \"y\""), "R2028@8"},
    {TRULE("(falls wahr dann L sonst L ende) enthält rot"), "R2068@8"},
    {TRULE("L = L"), "R2068@8"},
    {TRULE("Ort enthält rot"), "R2003@8"},
    {TRULE("L entspricht \"x\""), "R2003@8"},
    {TRULE("L enthält 5"), "R2003@8"},
    {TRULE("L enthält grün"), "R1010@8"},
    {TRULE("Anzahl_in(Ort) = 1"), "R2003@8"},
    {TRULE("Alias = \"x\""), "R2011@8"},
    {TRULE("\"a\" = \"a\""), "R2028@8"},
    {TRULE("Ort in (\"a\"; Ort)"), "R2062@8"},
    {TRULE("Ort entspricht \"(\""), "R2064@8"},
    {TRULE("Ort entspricht \"\\\\C\""), "R2064@8"},
    {TRULE("Ort entspricht \"(?C)\""), "R2066@8"},
    {TRULE("Höchstwert(Ort) der T über andere = 1"), "R2032@8"},
    {T("ergebnis T.t : Text sonst Ort\nregel T.t ist andere.Ort\n"), "R2060@7"},
    {T("ergebnis T.l : Liste von Farbe sonst L\nergebnis T.gut : Wahrheitswert\nregel T.gut wenn l enthält rot und Anzahl_in(l) = 1\n"), "R2060@7"},
    {T("ergebnis T.t : Text sonst Ort\nergebnis T.gut : Wahrheitswert\nregel T.gut wenn t = \"a\" und t entspricht \"b\" und t in (\"c\"; \"d\")\n"), "R2060@7"},
    {T("hilfsdefinition parameter P (k : Text) : Zahl ab 01.01.2020 : 1\n"), "R3016@7"},
    {T("hilfsdefinition parameter P : Liste von Farbe ab 01.01.2020 : rot\n"), "R3016@7"},
    {"einheit T\n  angabe L : Liste von Person\nende\n", "R2069@2"},
    {"einheit T\n  angabe L : Liste von Text\nende\n", "R2069@2"},
    {"einheit T\n  angabe L : Liste von Liste von Farbe\nende\n", "R2069@2"},
    {T("ergebnis T.gut : Wahrheitswert\nprüffall \"x\"\n  T A:\n    Ort = 5\n  erwarte A.gut im 01.2020 = wahr\nende\n"), "R2031@10"},
    {T("ergebnis T.gut : Wahrheitswert\nprüffall \"x\"\n  T A:\n    L = (rot; rot)\n  erwarte A.gut im 01.2020 = wahr\nende\n"), "R4020@10"},
    {T("ergebnis T.gut : Wahrheitswert\nprüffall \"x\"\n  T A:\n    L = rot Ort = (rot)\n  erwarte A.gut im 01.2020 = wahr\nende\n"), "R2031@10 R2031@10"},
    {TRULE("Ort = \"a\tb\""), "R2063@8"},
#define TEN(x) x x x x x x x x x x
    {TRULE("Ort entspricht \"" TEN(TEN(TEN("a"))) "a\""), "R2065@8"},
#define EIGHT(n) "oder Ort = \"" n "0\" oder Ort = \"" n "1\" oder Ort = \"" n "2\" oder Ort = \"" n "3\" oder Ort = \"" n "4\" oder Ort = \"" n "5\" oder Ort = \"" n "6\" oder Ort = \"" n "7\" "
#define SIXTYFOUR EIGHT("0") EIGHT("1") EIGHT("2") EIGHT("3") EIGHT("4") EIGHT("5") EIGHT("6") EIGHT("7")
    {TRULE("falsch " SIXTYFOUR "oder Ort <> \"einer zuviel\""), "R2067@8"},
    {T("ergebnis T.gut : Wahrheitswert\nergebnis T.nie : Wahrheitswert\nregel T.nie wenn angenommen T.Ort = \"x\" gilt T.gut\n"), "R2071@9"},
#define SEVEN(n) "; " n "1; " n "2; " n "3; " n "4; " n "5; " n "6; " n "7"
    {"auswahl Viele = a0" SEVEN("a") SEVEN("b") SEVEN("c") SEVEN("d") SEVEN("e") SEVEN("f") SEVEN("g") SEVEN("h") "; i1; i2; i3; i4; i5; i6\neinheit T\n  angabe L : Liste von Viele\nende\n", "R2070@3"},
    {RULE("Zahl_aus(3 € je Monat) = 3"), "R2003@1"},
    {RULE("Zahl_aus(alt) = 3"), "R2003@1"},
    {RULE("Zahl_aus(3 Monate) = 3 Monate"), "R2002@1"},
    {RULE("Lieblingsfarbe = Zähler"), "R2001@1"},
    {RULE("Frist > 4"), "R2002@1"},
    {RULE("Lohn > 10,00 €"), "R2002@1"},
    {RULE("Arbeit > 20 Stunden"), "R2002@1"},
    {"regel Person.Rente ist Zähler\n", "R2003@1"},
    {RULE("Monat_von(Zähler) = Monat"), "R2003@1"},
    {RULE("alt und Zähler"), "R2003@1"},
    {RULE("Zähler"), "R2004@1"},
    {RULE("falls Zähler dann alt sonst alt ende"), "R2004@1"},
    {RULE("Lieblingsfarbe + rot = rot"), "R1004@1"},
    {RULE("Zähler + alt > 1"), "R2005@1"},
    {RULE("Lohn * Lohn > 0"), "R2005@1"},
    {RULE("Geburtsdatum + Geburtsdatum > Beginn des Monats"), "R2005@1"},
    {RULE("Monat + 3 Tage > Monat"), "R2005@1"},
    {RULE("Arbeit * Lohn > Lohn"), "R2006@1"},
    {"regel Person.Rente ist gerundet(10,00 € / Lohn; auf; Cent)\n", "R2006@1"},
    {"regel Person.Rente ist Lohn / 2\n", "R2007@1"},
    {"regel Person.Rente ist Lohn * 0,5\n", "R2008@1"},
    {RULE("Zähler > 9999999999999999999"), "R2009@1"},
    {RULE("wohnt"), "R2011@1"},
    {RULE("bekannt(Mutter.wohnt)"), "R2011@1"},
    {RULE("täglich"), "R2012@1"},
    {RULE("täglich am Geburtsdatum"), "R2013@1"},
    {RULE("Tag > Geburtsdatum"), "R2014@1"},
    {RULE("Person hat das 18. Lebensjahr vollendet"), "R2015@1"},
    {RULE("Zähler hat zu Beginn des Monats das 18. Lebensjahr vollendet"), "R2016@1"},
    {"ergebnis Paar.y : Wahrheitswert\nregel Paar.y wenn Paar hat zu Beginn des Monats das 18. Lebensjahr vollendet\n", "R2016@2"},
    {RULE("Geburtsdatum + 3 Monate > Beginn des Monats"), "R2017@1"},
    {RULE("bekannt(alt; alt)"), "R2018@1"},
    {RULE("plus_Monate(Geburtsdatum; 3; kaufmännisch) > Beginn des Monats"), "R2019@1"},
    {RULE("vorhanden(letztes_Ende(alt; Beginn des Monats))"), "R2020@1"},
    {RULE("vorhanden(letztes_Ende(Stufe; Beginn des Monats))"), "R2020@1"},
    {RULE("gerundet(Zähler; auf; Cent) > 1"), "R2021@1"},
    {RULE("Durchschnitt(wohnt; 6; Monat; auf; 0) > 1"), "R2040@1"},
    {RULE("angenommen Mutter.alt.x = wahr gilt gut"), "R2042@1"},
    {RULE("angenommen Person.täglich = wahr gilt gut"), "R2042@1"},
    {RULE("angenommen alt = wahr gilt fähig"), "R2043@1"},
    {RULE("angenommen alt = wahr gilt Rente > Lohn"), "R2044@1"},
    {RULE("angenommen Person.gibtesnicht = wahr gilt gut"), "R1004@1"},
    {"ergebnis Person.a1 : Wahrheitswert\nergebnis Person.a2 : Wahrheitswert\nregel Person.a1 wenn alt und angenommen alt = wahr gilt a2\nregel Person.a2 wenn alt und angenommen alt = falsch gilt a1\n", "R2045@3"},
    {"ergebnis Person.a1 : Zahl sonst 0\nregel Person.a1 ist Anzahl der Person über Mutter\nregel Person.gut wenn (angenommen Person.Mutter = Person gilt a1) > 1\n", "R2046@3"},
    {"ergebnis Person.a1 : Wahrheitswert\nregel Person.a1 wenn vorhanden(letztes_Ende(wohnt; Beginn des Monats))\nregel Person.gut wenn angenommen wohnt = wahr gilt a1\n", "R2047@3"},
    {"ergebnis Person.a1 : Wahrheitswert\nregel Person.a1 wenn gut\nregel Person.gut wenn alt und angenommen alt = wahr gilt a1\n", "R2045@3"},
    {RULE("Durchschnitt(Stufe; 61; Monat; auf; 0) > 1"), "R2041@1"},
    {RULE("Durchschnitt(Stufe; Zähler; Monat; auf; 0) > 1"), "R2041@1"},
    {RULE("gerundet(Lohn; auf; 13) > Lohn"), "R2021@1"},
    {RULE("gerundet(Anteil / 0,000000000001; auf; 12) > 1,0"), "R2034@1"},
    {"ergebnis Person.x : Zahl\n", "R2022@1"},
    {"regel Person.Rente wenn alt\n", "R2023@1"},
    {"einheit U\n  verweis v : Person im Zeitverlauf\nende\n", "R2024@2"},
    {"einheit U\n  angabe v : Person\nende\n", "R2025@2"},
    {"einheit U\n  verweis v : Datum\nende\n", "R2025@2"},
    {"einheit U\n  angabe v : Dezimal(13)\nende\n", "R2026@2"},
    {RULE("Rang nach (seit) in Paar über Eins = 1"), "R2027@1"},
    {RULE("alt = \"ja\""), "R2028@1"},
    {RULE("Betrag0(1) > Lohn"), "R2030@1"},
    {"parameter P : Zahl ab 01.01.2020 : rot\n", "R2031@1"},
    {RULE("alt < alt"), "R2032@1"},
    {RULE("kleiner_von(Lieblingsfarbe; rot) = rot"), "R2032@1"},
    {RULE("(es gibt eine Person über Mutter mit (wohnt)) am Geburtsdatum"), "R2033@1"},
    /* R3: law */
    {"§ 2 XG\nregel Person.gut wenn alt\n", "R3001@1"},
    {"§ 2\nregel Person.gut wenn alt\n", "R3002@1"},
    {"ausnahme für Person.gut von § 9 wenn alt\n", "R3004@1"},
    {"§ 3 TG\nregel Person.gut wenn alt\n§ 4 TG\nausnahme für Person.gut von § 5 TG wenn alt\n§ 5 TG\nausnahme für Person.gut von § 4 TG wenn alt\n", "R3005@4"},
    {"regel Person.gut gültig ab 01.01.2021 wenn alt\nregel Person.gut gültig ab 01.01.2022 wenn fähig\n", "R3006@2"},
    {"regel Person.Rente ist 1,00 € je Monat wenn alt\nregel Person.Rente ist 2,00 € je Monat\n", "R3020@2"},
    {"regel Person.gut gültig ab 01.01.2022 bis 01.01.2021 wenn alt\n", "R3008@1"},
    {"parameter P : Zahl ab 01.02.2020 : 1\n", "R3009@1"},
    {"parameter P : Zahl ab 01.01.2020 bis 31.12.2021 : 1 ab 02.01.2022 : 2\n", "R3009@1"},
    {"parameter P (k : Zahl) : Zahl ab 01.01.2020 : 1 -> 5; ab 3 -> 6\n", "R3009@1"},
    {"parameter P (k : Zahl) : Zahl ab 01.01.2020 : 1 bis 4 -> 5\n", "R3009@1"},
    {"parameter P (k : Farbe) : Zahl ab 01.01.2020 : rot -> 5\n", "R3009@1"},
    {"parameter P (k : Farbe; j : Zahl) : Zahl ab 01.01.2020 : rot / jede -> 5; blau / ab 2 -> 6\n", "R3009@1"},
    {"parameter P : Zahl ab 01.01.2020 bis 31.12.2022 : 1 ab 01.06.2022 : 2\n", "R3010@1"},
    {"parameter P (k : Zahl) : Zahl ab 01.01.2020 : 1 bis 4 -> 5; ab 4 -> 6\n", "R3010@1"},
    {"parameter P : Zahl ab 01.01.1990 bis 31.12.1999 : 1 ab 01.01.1995 bis 31.12.2019 : 2 ab 01.01.2020 : 3\n", "R3010@1"},
    {"parameter P (k : Zahl) : Zahl ab 01.01.2020 : -5 bis -2 -> 5; bis 0 -> 4; ab 1 -> 6\n", "R3010@1"},
    {"parameter P (k : Zahl; j : Zahl) : Zahl ab 01.01.2020 : -5 bis -2 / jede -> 5; bis 0 / 3 -> 4; ab 1 / jede -> 6\n", "R3010@1"},
    {"leistung L je Person\n  anspruch gut\n  betrag Rente\n  empfänger Mutter\n  regime § 1 TG\nende\nleistung L je Person\n  anspruch gut\n  betrag Rente\n  empfänger Mutter\n  regime § 1 TG\nende\n", "R1003@7"},
    {"prüffall \"p\" § 1 TG\n  Kind A: Mutter = 3\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4004@2"},
    {"parameter P (k : Farbe; j : Zahl) : Zahl ab 01.01.2020 : jede / bis 4 -> 5; blau / ab 2 -> 6; rot / ab 5 -> 7\n", "R3010@1"},
    {"parameter P (k : Zahl) : Zahl ab 01.01.2020 : 1 / 2 -> 5\n", "R3013@1"},
    {"parameter P (k : Zahl) : Zahl ab 01.01.2020 : 4 bis 1 -> 5; jede -> 4\n", "R3014@1"},
    {"parameter P (a : Zahl; b : Zahl; c : Zahl; d : Zahl; e : Zahl) : Zahl ab 01.01.2020 : 1 / 1 / 1 / 1 / 1 -> 5\n", "R3015@1"},
    {"parameter P (k : Person) : Zahl ab 01.01.2020 : 1 -> 5\n", "R3016@1"},
    {"nicht abgebildet § 5 Abs. 1 bis § 7 TG \"x\"\n", "R3031@1"},
    {"nicht abgebildet § 5 bis § 5 TG \"x\"\n", "R3031@1"},
    {"nicht abgebildet § 5 Satz 1, 2 bis § 5 Satz 4 TG \"x\"\n", "R3031@1"},
    {"nicht abgebildet § 5 bis § 7 XG \"x\"\n", "R3001@1"},
    {"§ 9 TG\nabgebildet \"x\"\n", "R3032@2"},
    {"abgebildet § 1 Abs. 3 TG; § 9 Abs. 1 TG \"x\"\n", "R3032@1"},
    /* R4: tests */
    {"prüffall \"p\" § 1 TG wie \"fehlt\"\n  Kind A: alt = wahr\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4001@1"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  erwarte A.gut im 01.2020 = wahr\nende\nprüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4002@5"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  Paar A: seit = 01.01.2020\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4003@3"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  erwarte B.gut im 01.2020 = wahr\nende\n", "R4004@3"},
    {"prüffall \"p\" § 1 TG\n  Kind A: Mutter = B\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4004@1"},
    {"prüffall \"p\" § 1 TG\n  Kind A: allt = wahr\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4005@2"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr ab 01.01.2020\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4006@2"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr, falsch\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4006@2"},
    {"prüffall \"p\" § 1 TG\n  Kind A: wohnt = wahr bis 05.05.2020, falsch ab 05.05.2020\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4007@2"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  erwarte A.gut im 12.2019 = wahr\nende\n", "R4008@3"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  erwarte A.guut im 01.2020 = wahr\nende\n", "R4009@3"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  erwarte A.täglich im 01.2020 = wahr\nende\n", "R4010@3"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  erwarte A.gut im 01.2020 = unbekannt fehlt A.gut\nende\n", "R4012@3"},
    {"prüffall \"p\" § 1 TG\n  Kind A: alt = wahr alt = falsch\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4013@2"},
    {"einheit Tier\n  verweis Mutter : Tier\nende\nprüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  Tier T: Mutter = T\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4021@6"},
    {"einheit Tier\n  angabe a : Wahrheitswert mindestens 0\n  angabe b : Zahl von 4 bis 2\n  angabe c : Geld je Monat höchstens 5 €\nende\n", "R2073@2 R2074@3 R2003@4"},
    {"einheit Tier\n  angabe a : Zahl von 0 bis 9 im Zeitverlauf\nende\nprüffall \"p\" § 1 TG\n  Kind A: alt = wahr\n  Tier T: a = 9 bis 31.12.2019, 10 ab 01.01.2020\n  erwarte A.gut im 01.2020 = wahr\nende\n", "R4022@6"},
    /* several independent mistakes, none of them twice */
    {"regel Person.gut wenn altt\nregel Person.gut wenn Frist > 4 und fähigg\nregel Person.Rente ist Zähler\nausnahme für Person.gut von § 7 wenn alt\n", "R1004@1 R2002@2 R1004@2 R2003@3 R3004@4"},
    /* an erroneous heading does not make its rules uncited; an erroneous rule is still found by its exception */
    {"§ 2 XG\nregel Person.gut wenn alt\nparameter P : Zahl ab 01.01.2020 : 1\n", "R3001@1"},
    {"regel Person.gut wenn altt\nausnahme für Person.gut von § 1 wenn alt\n", "R1004@1"},
};

/* One month word a line, from line 8 on: wrong where the period is no month. The test case begins in line 16. */
#define MONTH_WORDS(period)                                                                                                                  \
  "paket a/b version 1.0.0 titel \"T\" zeitraum " period "\nnorm TG \"T\"\neinheit Person\n  angabe Geburtsdatum : Datum\n"                   \
  "  angabe wohnt : Wahrheitswert im Zeitverlauf\nende\n§ 1 TG\nergebnis Person.gut : Wahrheitswert regel Person.gut wenn\n"                 \
  "an einem Tag des Monats (wohnt) oder\nan jedem Tag des Monats (wohnt) oder\nTage des Monats mit (wohnt) > 3 Tage oder\n"                 \
  "(wohnt zu Beginn des Monats) oder\nBeginn des Monats = Geburtsdatum oder Geburtsdatum = Ende des Monats oder\n"                          \
  "Person hat zu Beginn des Monats das 3. Lebensjahr vollendet oder\nMonat = 01.2020\nprüffall \"p\" § 1 TG\n  Person A: wohnt = wahr\n"
#define MONTH_WORD_ERRORS "R2072@9 R2072@10 R2072@11 R2072@12 R2072@13 R2072@13 R2072@14 R2072@15"
/* The amount of a benefit is that of one period. */
#define YEARLY_BENEFIT(type, none)                                                                                                           \
  "paket a/b version 1.0.0 titel \"T\" zeitraum je Jahr von 2020 bis 2024\nnorm TG \"T\"\neinheit Person\n  verweis Wer : Person\nende\n"     \
  "§ 1 TG\nergebnis Person.gut : Wahrheitswert\nregel Person.gut wenn vorhanden(Wer)\nergebnis Person.wert : " type " sonst " none "\n"      \
  "leistung L je Person\n  anspruch gut\n  betrag wert\n  empfänger Wer\n  regime § 1 TG\nende\n"

static const struct { const char *file, *expected; } FILES[] = {
    {"norm TG \"Testgesetz\"\n", "R1001@0"},
    {"paket a/b version 1.0.0 titel \"T\" zeitraum von 01.2021 bis 12.2020\n", "R1016@1"},
    {"paket a/b version 1.0.0 titel \"T\" zeitraum je Jahr von 2021 bis 2020\n", "R1016@1"},
    {"paket a/b version 1.0.0 titel \"T\" zeitraum je Jahr\nvon 0000\nbis 12.2024\n", "R1050@2 R1050@3"},
    {"paket a/b version 1.0.0 titel \"T\" zeitraum je Halbjahr\nvon 3/2024\nbis 2/10000\n", "R1050@2 R1050@3"},
    {"paket a/b version 1.0.0 titel \"T\" zeitraum je Tag\nvon 2024\nbis 1/2024\n", "R1050@2 R1050@3"},
    {"paket a/b version 1.0.0 titel \"T\" zeitraum\nvon 2024\nbis 31.12.2024\n", "R1050@2 R1050@3"},
    {MONTH_WORDS("je Jahr von 2020 bis 2024") "  erwarte A.gut im 06.2020 = wahr\n  erwarte A.gut im Jahr 2019 = wahr\n  erwarte A.gut von 2024 bis 2020 = wahr\nende\n",
     MONTH_WORD_ERRORS " R1050@18 R4008@19 R4008@20"},
    {MONTH_WORDS("je Tag von 01.01.2020 bis 31.12.2024") "  erwarte A.gut am 01.01.2020 = wahr\n  erwarte A.gut im 01.2020 = wahr\nende\n", MONTH_WORD_ERRORS " R1050@19"},
    {MONTH_WORDS("je Halbjahr von 1/2020 bis 2/2024") "  erwarte A.gut im Halbjahr 2/2024 = wahr\n  erwarte A.gut im Halbjahr 1/2025 = wahr\nende\n", MONTH_WORD_ERRORS " R4008@19"},
    {YEARLY_BENEFIT("Geld je Monat", "0 € je Monat"), "R2003@12"},
    {YEARLY_BENEFIT("Geld", "0 €"), "R2003@12"},
    {"paket a/b version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 12.2020\neinheit P\nende\nergebnis P.x : Wahrheitswert\nregel P.x\n", "R3003@5"},
    {"paket a/b version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 12.2020\nparameter P : Zahl ab 01.01.2020 : 1\n", "R3003@2"},
    {"paket a/b version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 12.2020\nnicht abgebildet \"alles\"\n", "R3003@2"},
};

/* Warnings and notes: the list contains this one. */
static const struct { const char *snippet, *contains; } WARNINGS[] = {
    {RULE("Altt"), "R1013@1"},
    {RULE("Lieblingsfarbe = blauu"), "R1013@1"},
    {"regel Person.gutt wenn alt\n", "R1013@1"},
    {"parameter Unbenutzt : Zahl ab 01.01.2020 : 1\n", "R1014@1"},
    {"auswahl Gang = Fall1; FallI\n", "R1021@1"},
    {"auswahl Gang = B0; BO\n", "R1021@1"},
    {"auswahl Gang = Größe; gROESSE\n", "R1021@1"},
    {"auswahl Gang = ÉTÉ; été\n", "R1021@1"},
    {RULE("alt zu Beginn des Monats"), "R2029@1"},
    {"regel Person.gut wenn alt\nregel Person.gut wenn alt\n", "R3007@2"},
    {"regel Person.gut gültig bis 01.01.2019 wenn alt\n", "R3012@1"},
    {"regel Person.gut wenn Zähler < 3 und Zähler > 5\n", "R3021@1"},
};

static bool seen[4096];
static void note(const ans_diags *d) {
  for (size_t i = 0; i < ans_diags_count(d); i++) seen[ans_diags_at(d, i)->id] = true;
}

static void many_units(char *text, size_t size) {
  size_t n = (size_t)snprintf(text, size, "paket a/b version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 12.2020\n");
  for (int i = 0; i < 300; i++) n += (size_t)snprintf(text + n, size - n, "einheit E%d\nende\n", i);
}

static void deep_condition(char *text, size_t size) {
  size_t n = (size_t)snprintf(text, size, "regel Person.gut wenn alt");
  for (int i = 0; i < 450; i++) n += (size_t)snprintf(text + n, size - n, " und alt");
  snprintf(text + n, size - n, "\n");
}

/* --- several packages ------------------------------------------------------------------------------------------------ */
static const char GROUND[] =
    "paket t/grund version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 12.2024\nnorm TG \"T\" doknr TG1\nauswahl Farbe = rot; blau\n"
    "einheit Person auch Kind\n angabe Geburtsdatum : Datum\n angabe alt : Wahrheitswert\n angabe fern : Farbe\nende\n"
    "§ 1 TG\nparameter P : Zahl ab 01.01.2020 : 1\n";
static const char MIDDLE[] =
    "paket t/mitte version 1.2.0 titel \"T\" zeitraum von 01.2020 bis 12.2024\nnutzt t/grund version 1.0.0: Person; Person.alt; Person.Geburtsdatum\n"
    "norm TG \"T\" doknr TG1\neinheit Person ergänzt um\n angabe Mut : Zahl\nende\neinheit Paar\n verweis Eins : Person\nende\n"
    "§ 2 TG\nergebnis Person.heim : Wahrheitswert\nregel Person.heim wenn alt und Mut > 1\n"
    "ergebnis Person.gut : Wahrheitswert\nregel Person.gut wenn heim begründung \"Mut {Person.Mut}\"\n";
#define ABOVE "paket t/oben version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 12.2024 "

/* The last package is TEXT; its errors lie in "test.recht". */
typedef struct packages { ans_diags *diags; ans_tree *tree[3]; ans_model *model; } packages;

static packages analyse_packages(const char *text) {
  const char *texts[3] = {GROUND, MIDDLE, text}, *const paths[3] = {"grund.recht", "mitte.recht", "test.recht"};
  packages a = {.diags = ans_diags_new()};
  ans_sema_package list[3];
  ans_error err = {0};
  for (int i = 0; i < 3; i++) {
    cr_assert_eq(ans_tree_parse(paths[i], texts[i], strlen(texts[i]), a.diags, &a.tree[i], &err), ANS_OK);
    list[i] = (ans_sema_package){&a.tree[i], 1, NULL};
  }
  if (!ans_diags_errors(a.diags)) cr_assert_eq(ans_sema_analyse_packages(list, 3, a.diags, &a.model, &err), ANS_OK);
  return a;
}

static void dispose_packages(packages *a) {
  ans_model_free(a->model);
  for (int i = 0; i < 3; i++) ans_tree_free(a->tree[i]);
  ans_diags_free(a->diags);
}

#define RESULT(condition) "norm TG \"T\" doknr TG1\n§ 3 TG\nergebnis Person.x : Wahrheitswert\nregel Person.x wenn " condition "\n"
static const struct { const char *text, *expected; } PACKAGES[] = {
    {ABOVE "nutzt t/grund version 1.0.1: P\n", "R1031@1"},
    {ABOVE "nutzt t/nichts version 1.0.0: P\n", "R1030@1"},
    {ABOVE "nutzt t/oben version 1.0.0: P\n", "R1032@1"},
    {"paket t/oben version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 01.2025 nutzt t/grund version 1.0.0: P\n", "R1033@1"},
    {"paket t/oben version 1.0.0 titel \"T\" zeitraum je Jahr von 2020 bis 2024 nutzt t/grund version 1.0.0: P\n", "R1051@1"},
    {ABOVE "nutzt t/grund version 1.0.0:\n Q;\n Person.Q;\n Ding.Q;\n a.b.c\n", "R1034@4 R1034@2 R1034@3 R1034@5" /* units first */},
    {ABOVE "nutzt t/mitte version 1.2.0:\n Person.alt;\n Person\n", "R1035@3 R1035@2"},
    {ABOVE "einheit A\nende\neinheit A ergänzt um\nende\n", "R1036@3"},
    {ABOVE "einheit A ergänzt um\nende\n", "R1005@1"},
    {ABOVE "nutzt t/mitte version 1.2.0: Person.gut\nnorm TG \"T\" doknr TG1\n§ 3 TG\nregel Person.gut\n", "R1037@4"},
    {ABOVE "nutzt t/mitte version 1.2.0: Person.gut\nnorm TG \"T\" doknr TG1\n§ 3 TG\nausnahme für Person.gut von § 3\n", "R1037@4"},
    {ABOVE "nutzt t/grund version 1.0.0: P\nnorm TG \"T\" doknr TG9\n", "R1040@2"},
    /* not listed: not visible, whatever other packages declare */
    {ABOVE "nutzt t/grund version 1.0.0: Person\n" RESULT("alt"), "R1004@5"},
    {ABOVE "nutzt t/mitte version 1.2.0: Person.gut\n" RESULT("gut und heim"), "R1004@5"},
    {ABOVE "nutzt t/grund version 1.0.0: Person\n" RESULT("P = 1"), "R1004@5"},
    {ABOVE "nutzt t/mitte version 1.2.0: Person.gut\n" RESULT("gut") "parameter Z (f : Farbe) : Zahl ab 01.01.2020 : jede -> 1\n", "R1006@6"},
    {ABOVE "nutzt t/grund version 1.0.0: Person; Person.alt\n" RESULT("Person hat zu Beginn des Monats das 18. Lebensjahr vollendet"), "R2016@5"},
    /* names that are taken */
    {ABOVE "nutzt t/grund version 1.0.0: Person; Person.alt als a; Person.fern als a\n", "R1003@1"},
    {ABOVE "nutzt t/grund version 1.0.0: P\nnorm TG \"T\" doknr TG1\n§ 3 TG\nparameter P : Zahl ab 01.01.2020 : 2\n", "R1003@4"},
    /* the rows of two units of one name, and two facts of one name, could not be told apart in a case */
    {ABOVE "nutzt t/mitte version 1.2.0: Person.gut als g; Paar\neinheit Person\nende\n", "R1003@2"},
    {ABOVE "nutzt t/grund version 1.0.0: Person als Mensch; Person.alt\neinheit Person\n angabe n : Zahl\nende\n"
          "norm TG \"T\" doknr TG1\n§ 3 TG\nergebnis Mensch.x : Wahrheitswert\nregel Mensch.x wenn alt\n", "R1038@2"},
    {ABOVE "nutzt t/mitte version 1.2.0: Person.gut\neinheit Person ergänzt um\n angabe Mut : Zahl\nende\n" RESULT("gut und Mut > 1"), "R1039@3"},
    /* cases name what is visible and what a case document holds, nothing that was left out */
    {ABOVE "nutzt t/grund version 1.0.0: Person; Person.alt\n" RESULT("alt") "prüffall \"c\" § 3 TG\n Person A: alt = wahr; fern = rot\n erwarte A.x im 01.2020 = wahr\nende\n", "R4005@7"},
    {ABOVE "nutzt t/mitte version 1.2.0: Person.gut\n" RESULT("gut") "prüffall \"c\" § 3 TG\n Person A: alt = wahr\n erwarte A.heim im 01.2020 = wahr\nende\n", "R4009@8"},
};

Test(sema, mistakes_between_packages) {
  char got[1024];
  int failures = 0;
  for (size_t i = 0; i < sizeof PACKAGES / sizeof *PACKAGES; i++) {
    packages a = analyse_packages(PACKAGES[i].text);
    describe(a.diags, false, 0, got, sizeof got);
    if (strcmp(got, PACKAGES[i].expected) != 0 || a.model) failures++, printf("%s  expected %s, got %s\n", PACKAGES[i].text, PACKAGES[i].expected, got);
    dispose_packages(&a);
  }
  cr_assert_eq(failures, 0);
}

static const ans_fact *fact_named(const ans_model *m, const char *name) {
  for (uint32_t i = 0; i < m->fact_count; i++)
    if (strcmp(m->facts[i].name, name) == 0) return &m->facts[i];
  return NULL;
}

Test(sema, only_what_is_needed_of_other_packages) {
  packages a = analyse_packages(ABOVE "nutzt t/grund version 1.0.0: Person als Mensch; Kind\nnutzt t/mitte version 1.2.0: Person.gut als prima\n"
                                "norm TG \"T\" doknr TG1\n§ 3 TG\nergebnis Kind.heim : Wahrheitswert\nregel Kind.heim wenn Mensch.prima begründung \"{Kind.prima} {heim}\"\n"
                                "prüffall \"c\" § 3 TG\n Mensch A: alt = wahr Mut = 2\n Kind B: prima = wahr\n erwarte A.heim im 01.2020 = wahr\nende\n");
  char got[1024];
  describe(a.diags, true, 0, got, sizeof got);
  cr_assert_str_eq(got, "");
  const ans_model *m = a.model;
  cr_assert_not_null(m);
  cr_expect(m->unit_count == 2 && m->param_count == 0 && m->enum_count == 0 && m->fact_count == 2 && m->result_count == 3, "%u %u %u %u %u", m->unit_count, m->param_count, m->enum_count, m->fact_count, m->result_count);
  cr_expect_not_null(fact_named(m, "alt"));
  cr_expect_not_null(fact_named(m, "Mut"));
  /* two results are called heim: the other package's gives way; holes use the names that the case documents have */
  const ans_tresult *mine = NULL, *theirs = NULL;
  for (uint32_t i = 0; i < m->result_count; i++) {
    if (strcmp(m->results[i].name, "heim") == 0) mine = &m->results[i];
    if (strcmp(m->results[i].name, "heim (t/mitte)") == 0) theirs = &m->results[i];
  }
  cr_assert(mine && theirs && !mine->imported && theirs->imported);
  cr_expect_str_eq(mine->rules[0]->reason, "{gut} {heim}");
  cr_expect_str_eq(theirs->rules[0]->path, "mitte.recht");
  for (uint32_t i = 0; i < m->provision_count; i++) cr_expect_str_neq(m->provisions[i].text, "§ 1 TG"); /* nothing of that section is needed */
  cr_expect(m->import_count == 2 && m->imports[0].direct && m->imports[1].direct && m->own_tree_count == 1 && m->tree_count == 3 && m->trees[0] == a.tree[2]);
  dispose_packages(&a);
}

Test(sema, every_diagnostic_at_its_line_and_nothing_else) {
  char got[1024];
  int failures = 0;
  for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++) {
    analysis a = analyse(PRELUDE, ERRORS[i].snippet);
    describe(a.diags, false, PRELUDE_LINES, got, sizeof got);
    if (strcmp(got, ERRORS[i].expected) != 0 || a.model) failures++, printf("%s  expected %s, got %s\n", ERRORS[i].snippet, ERRORS[i].expected, got);
    note(a.diags);
    dispose(&a);
  }
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    analysis a = analyse("", FILES[i].file);
    describe(a.diags, false, 0, got, sizeof got);
    if (strcmp(got, FILES[i].expected) != 0 || a.model) failures++, printf("%s  expected %s, got %s\n", FILES[i].file, FILES[i].expected, got);
    note(a.diags);
    dispose(&a);
  }
  for (size_t i = 0; i < sizeof WARNINGS / sizeof *WARNINGS; i++) {
    analysis a = analyse(PRELUDE, WARNINGS[i].snippet);
    describe(a.diags, true, PRELUDE_LINES, got, sizeof got);
    if (!strstr(got, WARNINGS[i].contains)) failures++, printf("%s  expected %s among %s\n", WARNINGS[i].snippet, WARNINGS[i].contains, got);
    note(a.diags);
    dispose(&a);
  }
  static char text[16384];
  many_units(text, sizeof text);
  analysis units = analyse("", text);
  note(units.diags);
  dispose(&units);
  deep_condition(text, sizeof text);
  analysis deep = analyse(PRELUDE, text);
  describe(deep.diags, false, PRELUDE_LINES, got, sizeof got);
  cr_assert_str_eq(got, "R1091@1");
  note(deep.diags);
  dispose(&deep);
  analysis first = analyse(PRELUDE, ""), second = analyse(PRELUDE, "");
  ans_diags *d = ans_diags_new();
  ans_model *m = NULL;
  ans_error err = {0};
  cr_assert_eq(ans_sema_analyse((ans_tree *[]){first.tree, second.tree}, 2, d, &m, &err), ANS_OK);
  cr_assert_null(m);
  note(d);
  ans_diags_free(d);
  dispose(&first);
  dispose(&second);
  for (size_t i = 0; i < sizeof PACKAGES / sizeof *PACKAGES; i++) {
    packages p = analyse_packages(PACKAGES[i].text);
    note(p.diags);
    dispose_packages(&p);
  }
  for (size_t k = 0; k < sizeof SEMA_IDS / sizeof *SEMA_IDS; k++)
    for (size_t i = 0; i < sizeof DIAGS / sizeof *DIAGS; i++)
      if (strcmp(DIAGS[i].code, SEMA_IDS[k]) == 0 && !seen[i]) failures++, printf("%s %s is provoked by no test\n", DIAGS[i].code, DIAGS[i].name);
  cr_assert_eq(failures, 0);
}

Test(sema, suggestion_names_the_nearest) {
  analysis a = analyse(PRELUDE, RULE("Geburtsdatm > 01.01.2020"));
  const ans_diag *hint = NULL;
  for (size_t i = 0; i < ans_diags_count(a.diags); i++)
    if (strcmp(code_of(ans_diags_at(a.diags, i)), "R1013") == 0) hint = ans_diags_at(a.diags, i);
  cr_assert_not_null(hint);
  cr_assert_str_eq(hint->args[0], "Geburtsdatum");
  dispose(&a);
}

/* --- the model ------------------------------------------------------------------------------------------------------ */
static uint32_t provision(const ans_model *m, const char *text) {
  for (uint32_t i = 0; i < m->provision_count; i++)
    if (strcmp(m->provisions[i].text, text) == 0) return i;
  return ANS_NONE;
}

static const ans_tresult *result(const ans_model *m, const char *name) {
  for (uint32_t i = 0; i < m->result_count; i++)
    if (strcmp(m->results[i].name, name) == 0) return &m->results[i];
  return NULL;
}

Test(sema, provisions_bring_their_ancestors) {
  analysis a = analyse(PRELUDE, "§ 32  Abs. 4 Satz 1 Nr. 2 Buchst. a TG quelle ungeprüft\nregel Person.gut wenn alt\n");
  cr_assert_not_null(a.model);
  const ans_provision *p = a.model->provisions;
  uint32_t i = provision(a.model, "§ 32 Abs. 4 Satz 1 Nr. 2 Buchst. a TG");
  cr_assert_neq(i, ANS_NONE);
  cr_assert_eq(p[i].unchecked, 1);
  const char *chain[] = {"§ 32 Abs. 4 Satz 1 Nr. 2 TG", "§ 32 Abs. 4 Satz 1 TG", "§ 32 Abs. 4 TG", "§ 32 TG"};
  for (size_t k = 0; k < 4; k++) {
    i = p[i].parent;
    cr_assert_neq(i, ANS_NONE);
    cr_assert_str_eq(p[i].text, chain[k]);
    cr_assert_eq(p[i].unchecked, 0);
  }
  cr_assert_eq(p[i].parent, ANS_NONE);
  dispose(&a);
}

Test(sema, exceptions_attach_to_everything_at_or_below) {
  analysis a = analyse(PRELUDE,
                       "§ 4 Satz 1 Nr. 1 TG\nregel Person.gut wenn alt\n"
                       "§ 4 Satz 2 TG\nregel Person.gut wenn fähig\n"
                       "§ 4 Satz 3 TG\nregel Person.gut wenn Zähler = 1\n"
                       "§ 40 TG\nregel Person.gut wenn Zähler = 2\n"
                       "§ 4 Satz 5, 6 TG\nausnahme für Person.gut von § 4 Satz 1, 2 wenn Zähler = 3\n"
                       "§ 4 Satz 7 TG\nausnahme für Person.gut von § 4 Satz 5, 6 wenn Zähler = 4\n"
                       "§ 4 Satz 8 TG\nausnahme für Person.gut von § 4 ist falsch wenn Zähler = 5\n");
  cr_assert_not_null(a.model);
  const ans_tresult *r = result(a.model, "gut");
  cr_assert_eq(r->rule_count, 4);
  cr_assert_eq(r->rules[0]->exception_count, 2); /* Satz 1 Nr. 1 lies below "Satz 1, 2"; § 4 covers all three */
  cr_assert_eq(r->rules[1]->exception_count, 2);
  cr_assert_eq(r->rules[2]->exception_count, 1);
  cr_assert_eq(r->rules[3]->exception_count, 0); /* § 40 is not below § 4 */
  const ans_rule *block = r->rules[0]->exceptions[0];
  cr_assert_eq(block->kind, ANS_RULE_BLOCK);
  cr_assert_eq(block->exception_count, 1); /* the exception to the exception */
  cr_assert_eq(r->rules[0]->exceptions[1]->kind, ANS_RULE_OVERRIDE);
  cr_assert_eq(r->rules[0]->exceptions[1]->exception_count, 0); /* "von § 4" took the rules, not their exceptions */
  dispose(&a);
}

Test(sema, human_steps) {
  analysis a = analyse(PRELUDE,
                       "regel Person.gut wenn alt\n"
                       "beurteilung für Person.gut wenn Zähler = 1 \"familienähnliches Band\"\n"
                       "ermessen für Person.Rente \"kann\"\n"
                       "nicht abgebildet für Person.gut von § 1 wenn Zähler = 2 \"Auslandsfälle\"\n"
                       "nicht abgebildet \"Rückforderung\"\n");
  cr_assert_not_null(a.model);
  const ans_tresult *r = result(a.model, "gut");
  cr_assert_eq(r->rule_count, 2);
  cr_assert_eq(r->rules[1]->human, 1);
  cr_assert_eq(r->rules[1]->nature, ANS_HUMAN_BEURTEILUNG);
  cr_assert_eq(r->rules[1]->value->kind, ANS_TX_NONVALUE);
  cr_assert_eq(r->rules[1]->value->state, ANS_HUMAN);
  cr_assert_eq(r->rules[0]->exception_count, 1);
  cr_assert_eq(r->rules[0]->exceptions[0]->nature, ANS_HUMAN_NOT_MODELLED);
  cr_assert_null(r->rules[0]->exceptions[0]->value);
  cr_assert_eq(result(a.model, "Rente")->rules[0]->value->type.tag, ANS_T_MONEY);
  cr_assert_eq(a.model->statement_count, 1);
  cr_assert_str_eq(a.model->statements[0].text, "Rückforderung");
  cr_assert_eq(a.model->statements[0].modelled, 0);
  cr_assert_eq(a.model->statements[0].until, ANS_NONE);
  dispose(&a);
}

Test(sema, statements_have_scopes_and_compute_nothing) {
  analysis a = analyse(PRELUDE, "nicht abgebildet § 5 bis § 7 TG; § 9 Abs. 1 TG \"Verfahren\"\nabgebildet § 1 Abs. 2 bis § 1 Abs. 4 TG \"oben\"\n§ 1 Abs. 1 TG\nregel Person.gut wenn alt\n");
  cr_assert_not_null(a.model);
  cr_assert_eq(a.model->statement_count, 3);
  const ans_tstatement *s = a.model->statements;
  cr_expect_str_eq(a.model->provisions[s[0].provision].text, "§ 5 TG");
  cr_expect_str_eq(a.model->provisions[s[0].until].text, "§ 7 TG");
  cr_expect_str_eq(a.model->provisions[s[1].provision].text, "§ 9 Abs. 1 TG");
  cr_expect_eq(s[1].until, ANS_NONE);
  cr_expect_eq(s[1].modelled, 0);
  cr_expect_eq(s[2].modelled, 1);
  cr_expect_eq(result(a.model, "gut")->rule_count, 1);
  dispose(&a);
}

Test(sema, sources_have_ranks_and_the_application_is_one) {
  analysis a = analyse(PRELUDE, "einheit U\n  angabe a : Zahl quelle Amt; Archiv vor Antrag nach § 3 TG\n  angabe b : Zahl quelle Amt\nende\n");
  cr_assert_not_null(a.model);
  const ans_fact *f = &a.model->facts[a.model->fact_count - 2];
  cr_assert_eq(f->source_count, 3);
  const ans_source_rank *s = a.model->sources + f->first_source;
  cr_assert(s[0].rank == 0 && s[1].rank == 0 && s[2].rank == 1);
  cr_assert_eq(f->from_application, 1);
  cr_assert_eq(f[1].from_application, 0);
  cr_assert_str_eq(a.model->provisions[f->provision].text, "§ 3 TG");
  dispose(&a);
}

Test(sema, grains_and_units) {
  analysis a = analyse(PRELUDE,
                       "regel Person.täglich wenn wohnt und Person hat das 18. Lebensjahr vollendet\n"
                       "regel Person.gut wenn an einem Tag des Monats (täglich) und Beginn des Monats > 01.01.2021\n");
  cr_assert_not_null(a.model);
  const ans_tx *daily = result(a.model, "täglich")->rules[0]->condition, *row = result(a.model, "gut")->rules[0]->condition;
  cr_assert_eq(daily->grain, ANS_GRAIN_DAY);
  cr_assert_eq(row->grain, ANS_GRAIN_ROW);
  cr_assert_eq(row->arg[0]->kind, ANS_TX_DAYS_ANY);
  cr_assert_eq(row->arg[0]->arg[0]->grain, ANS_GRAIN_DAY);
  cr_assert_eq(row->arg[1]->grain, ANS_GRAIN_UNIFORM);
  cr_assert_eq(row->arg[1]->unit, 0);
  cr_assert_gt(result(a.model, "gut")->order, result(a.model, "täglich")->order);
  dispose(&a);
}

Test(sema, scales_meet_at_the_larger_one) {
  analysis a = analyse(PRELUDE, RULE("Anteil > 0,5") RULE("Zähler >= Anteil") RULE("10 % < Anteil"));
  cr_assert_not_null(a.model);
  const ans_tresult *r = result(a.model, "gut");
  const ans_tx *x = r->rules[0]->condition; /* 0,5 < Anteil */
  cr_assert_eq(x->kind, ANS_TX_LT);
  cr_assert(x->arg[0]->kind == ANS_TX_CONST && x->arg[0]->value == 500 && x->arg[0]->type.scale == 3);
  x = r->rules[1]->condition; /* Anteil <= Zähler·1,000 */
  cr_assert_eq(x->arg[1]->kind, ANS_TX_MUL);
  cr_assert(x->arg[1]->type.tag == ANS_T_DECIMAL && x->arg[1]->type.scale == 3);
  cr_assert_eq(r->rules[2]->condition->arg[0]->value, 100);
  dispose(&a);
}

Test(sema, parameter_rows_close_where_the_next_begins) {
  analysis a = analyse(PRELUDE, "parameter P (k : Zahl) : Geld je Monat\n  ab 01.01.2019 verkündet 05.12.2018 : 1 bis 2 -> 1,00 € je Monat; ab 3 -> 2,50 € je Monat \"BGBl. I Nr. 1\"\n"
                                "  ab 01.07.2021 quelle ungeprüft : jede -> 3,00 € je Monat nach § 6 TG\n");
  cr_assert_not_null(a.model);
  const ans_param *p = &a.model->params[1];
  const ans_param_row *r = a.model->param_rows + p->first_row;
  cr_assert_eq(p->row_count, 3);
  cr_assert(r[0].key_lo[0] == 1 && r[0].key_hi[0] == 2 && r[0].value == 100);
  cr_assert(r[1].key_lo[0] == 3 && r[1].key_hi[0] == INT64_MAX && r[1].value == 250);
  cr_assert_eq(r[0].to_day, r[2].from_day - 1);
  cr_assert_eq(r[2].to_day, ANS_OPEN_FUTURE);
  cr_assert_lt(r[0].promulgated_day, r[0].from_day);
  cr_assert_eq(r[2].promulgated_day, r[2].from_day);
  cr_assert_str_eq(a.model->provisions[r[1].provision].text, "BGBl. I Nr. 1");
  cr_assert_str_eq(a.model->provisions[r[2].provision].text, "§ 6 TG");
  cr_assert_eq(r[2].unchecked, 1);
  dispose(&a);
}

Test(sema, versions_may_follow_each_other_or_stand_beside_each_other) {
  analysis a = analyse(PRELUDE, "regel Person.gut gültig ab 01.01.2021 bis 31.12.2021 wenn alt\nregel Person.gut gültig ab 01.01.2021 bis 31.12.2021 wenn fähig\nregel Person.gut gültig ab 01.01.2022 wenn alt\n");
  cr_assert_not_null(a.model);
  cr_assert_eq(result(a.model, "gut")->rule_count, 3);
  dispose(&a);
}

Test(sema, cases_merge_their_base) {
  analysis a = analyse(PRELUDE,
                       "regel Person.gut wenn alt\n"
                       "grundfall \"g\"\n  Kind B: alt = falsch Mutter = A\n  Mensch A: Geburtsdatum = 01.02.1990\nende\n"
                       "prüffall \"p\" § 1 Abs. 1 TG; § 1 TG wie \"g\"\n  Person B: alt = wahr wohnt = wahr bis 31.12.2020, unbekannt ab 01.01.2021 fähig = unbekannt\n  Paar P: Eins = B\n"
                       "  erwarte B.gut von 01.2020 bis 03.2020 = wahr\n  erwarte A.gut im 12.2024 = unbekannt fehlt A.alt\nende\n");
  cr_assert_not_null(a.model);
  cr_assert_eq(a.model->case_count, 1);
  const ans_tcase *t = &a.model->cases[0];
  cr_assert_eq(t->provision_count, 2);
  cr_assert_eq(t->row_count, 3);
  cr_assert_str_eq(t->rows[0].name, "B");
  cr_assert_eq(t->given_count, 6);
  cr_assert_eq(t->givens[0].values[0].value.v, 1); /* alt: the case wins over its base */
  cr_assert_str_eq(t->givens[1].values[0].ref_row, "A");
  cr_assert_eq(t->givens[3].value_count, 2);
  cr_assert_eq(t->givens[3].values[1].value.state, ANS_UNKNOWN);
  cr_assert_eq(t->givens[4].values[0].value.state, ANS_HUMAN); /* a missing finding is open */
  cr_assert_eq(t->expect_count, 2);
  cr_assert_eq(t->expects[0].to_period - t->expects[0].from_period, 2);
  cr_assert_eq(t->expects[1].missing_count, 1);
  cr_assert_str_eq(t->expects[1].missing[0].row, "A");
  dispose(&a);
}

/* --- limits (docs/language.md): what just fits is accepted, one more is one message, and no multiple of it does anything worse ---------- */

/* head, then n times piece with its number (twice, if it has two places), then tail; the caller frees. */
static char *numbered(const char *head, const char *piece, int n, const char *tail) {
  size_t size = strlen(head) + (size_t)n * (strlen(piece) + 24) + strlen(tail) + 1, at = strlen(head);
  char *text = malloc(size);
  cr_assert_not_null(text);
  memcpy(text, head, at);
  for (int i = 0; i < n; i++)
    for (const char *c = piece; *c; c++) at += *c == '#' ? (size_t)snprintf(text + at, size - at, "%d", i) : (text[at] = *c, 1u);
  snprintf(text + at, size - at, "%s", tail);
  return text;
}

/* expected: "" = accepted; else the errors, all of them. */
static void limit(const char *what, const char *prelude, char *text, const char *expected) {
  char got[1024];
  analysis a = analyse(prelude, text);
  describe(a.diags, false, strcmp(prelude, PRELUDE) == 0 ? PRELUDE_LINES : 0, got, sizeof got);
  if (*expected) cr_expect(strncmp(got, expected, strlen(expected)) == 0 && ans_diags_errors(a.diags) == 1 && !a.model, "%s: expected %s, got %s", what, expected, got);
  else cr_expect(a.model != NULL && ans_diags_errors(a.diags) == 0, "%s: expected none, got %s", what, got);
  dispose(&a);
  free(text);
}

static const char HEAD[] = "paket a/b version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 12.2020\n";

Test(sema, chain_and_depth_limits) {
  limit("400 operands", PRELUDE, numbered("regel Person.gut wenn alt", " und alt", 399, "\n"), "");
  limit("401 operands", PRELUDE, numbered("regel Person.gut wenn alt", " und alt", 400, "\n"), "R1091@1");
  limit("990 operands", PRELUDE, numbered("regel Person.gut wenn alt", " und alt", 899, "\n"), "R1091@1");
  limit("190 negations", PRELUDE, numbered("regel Person.gut wenn ", "nicht ", 190, "alt\n"), "");
  limit("values of a list", PRELUDE, numbered("auswahl Viele = v", "; v#", 2000, "\n"), "");
}

Test(sema, table_limits) {
  limit("255 units and the period", "", numbered(HEAD, "", 0, ""), "");
  char *fits = numbered(HEAD, "einheit E#\nende\n", 255, ""), *more = numbered(HEAD, "einheit E#\nende\n", 300, "");
  limit("255 units", "", fits, "");
  limit("300 units", "", more, "R1090");
  char *head = numbered(HEAD, "", 0, "einheit P\n");
  limit("8192 facts", "", numbered(head, "  angabe a# : Zahl\n", 8192, "ende\n"), "");
  limit("8193 facts", "", numbered(head, "  angabe a# : Zahl\n", 8193, "ende\n"), "R1090");
  limit("20000 facts", "", numbered(head, "  angabe a# : Zahl\n", 20000, "ende\n"), "R1090");
  free(head);
}

Test(sema, text_limits) {
  limit("a text of 16000 bytes", PRELUDE, numbered("nicht abgebildet \"", "x", 16000, "\"\n"), "");
  limit("a text of 16001 bytes", PRELUDE, numbered("nicht abgebildet \"", "x", 16001, "\"\n"), "R1090@1");
  limit("a text of a million bytes", PRELUDE, numbered("nicht abgebildet \"", "x", 1000000, "\"\n"), "R1090@1");
  limit("a name of 128 bytes", PRELUDE, numbered("auswahl A", "x", 127, " = rund; eckig\n"), "");
}

/* Rows of one parameter, each valid from a later month on: 4096 of them fit. */
static char *dated_rows(int n) {
  char *text = malloc(64 + (size_t)n * 48);
  cr_assert_not_null(text);
  size_t at = (size_t)sprintf(text, "parameter Viele : Zahl\n");
  for (int i = 0; i < n; i++) at += (size_t)sprintf(text + at, "  ab 01.%02d.%04d : %d\n", i % 12 + 1, 1600 + i / 12, i);
  return text;
}

Test(sema, parameter_row_limit) {
  limit("4096 rows", PRELUDE, dated_rows(4096), "");
  limit("4097 rows", PRELUDE, dated_rows(4097), "R1090");
  limit("9000 rows", PRELUDE, dated_rows(9000), "R1090");
}

/* Broken text of any kind ends with messages, not with a crash: every prefix of a text that uses everything. */
Test(sema, prefixes_of_a_text_are_survived) {
  static const char body[] =
      "regel Person.gut gültig ab 01.01.2021 wenn alt und (Zähler + 2 > 3 oder Lieblingsfarbe in (rot; blau))\n"
      "regel Person.Rente ist gerundet(Lohn * 0,45 / 3; kaufmännisch; Cent) wenn Anzahl der Person über Mutter mit (alt) > 1\n"
      "regel Person.täglich wenn wohnt und Tag > Geburtsdatum + 3 Tage\n"
      "ausnahme für Person.gut von § 1 wenn es gibt eine Paar über Eins mit (vorhanden(seit))\n";
  char text[sizeof body];
  for (size_t n = 0; n < sizeof body; n += 3) {
    memcpy(text, body, n);
    text[n] = '\0';
    analysis a = analyse(PRELUDE, text);
    cr_assert(a.model != NULL || ans_diags_errors(a.diags) > 0);
    dispose(&a);
  }
}

Test(sema, questions_about_texts_are_shared_and_limits_are_reached_not_passed) {
  analysis a = analyse(PRELUDE, TRULE("falsch " SIXTYFOUR SIXTYFOUR "oder Ort in (\"00\"; \"00\")"));
  cr_assert_eq(ans_diags_errors(a.diags), 0u);
  cr_assert_eq(a.model->predicate_count, 64u);
  cr_assert_eq(a.model->predicates[63].bit, 63u);
  dispose(&a);
  a = analyse(PRELUDE, TRULE("Ort in (\"b\"; \"a\"; \"b\") und Ort <> \"Ko\xcc\x88ln\" und Ort entspricht \"x\\\\d\" und andere.Ort entspricht \"x\\\\d\""));
  cr_assert_eq(ans_diags_errors(a.diags), 0u);
  cr_assert_eq(a.model->predicate_count, 3u);
  cr_assert_eq(a.model->predicates[0].text_count, 2u);
  cr_assert_str_eq(a.model->predicate_texts[0], "a"); /* in order, each once */
  cr_assert_str_eq(a.model->predicate_texts[2], "K\xc3\xb6ln");
  cr_assert_str_eq(a.model->predicate_texts[3], "x\\d");
  dispose(&a);
  a = analyse(PRELUDE, "auswahl Viele = a0" SEVEN("a") SEVEN("b") SEVEN("c") SEVEN("d") SEVEN("e") SEVEN("f") SEVEN("g") SEVEN("h") "; i1; i2; i3; i4; i5\neinheit T\n  angabe L : Liste von Viele\nende\n");
  cr_assert_eq(ans_diags_errors(a.diags), 0u);
  dispose(&a);
}
