/* A small package whose facts have every type a register mapping can deliver, in units that are named by references; for the unit tests and the fuzz target of
 * mappings. Persons are synthetic numbers. */
#ifndef TESTS_UNIT_MAPPING_FIXTURE_H
#define TESTS_UNIT_MAPPING_FIXTURE_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/mapping.h"
#include "lower/lower.h"

static const char fixture_rules[] =
    "paket test/register version 1.0.0 titel \"Register\" zeitraum von 01.2015 bis 12.2026\n"
    "norm TG \"Testgesetz\"\n"
    "auswahl Stufe = keine; eins; zwei\n"
    "einheit Person\n"
    "  angabe Geburtsdatum : Datum quelle Amt\n"
    "  angabe Stufe : Stufe im Zeitverlauf quelle Amt vor Antrag\n"
    "  angabe Grad : Zahl im Zeitverlauf quelle Amt\n"
    "  angabe Lohn : Geld je Monat im Zeitverlauf quelle Amt\n"
    "  angabe Arbeitszeit : Dezimal(2) Stunden je Woche im Zeitverlauf quelle Amt\n"
    "  angabe Pflege : Wahrheitswert im Zeitverlauf quelle Amt\n"
    "  angabe Deutsch : Wahrheitswert quelle Amt\n"
    "  angabe Name : Text quelle Amt\n"
    "  angabe Fremd : Wahrheitswert quelle Andere\n"
    "  angabe Dauer : Zahl Monate quelle Amt\n"
    "ende\n"
    "einheit Haushalt\n"
    "  verweis Berechtigter : Person\n"
    "  angabe Zuschuss : Geld je Monat quelle Amt\n"
    "ende\n"
    "einheit Mitglied\n"
    "  verweis Haushalt : Haushalt\n"
    "  verweis Person : Person\n"
    "  angabe Behindert : Wahrheitswert quelle Amt\n"
    "  angabe Rente : Geld je Monat quelle Amt\n"
    "ende\n"
    "einheit Sache\n"
    "  verweis Kind : Person\n"
    "  verweis Elternteil : Person\n"
    "  angabe Unterhalt : Geld je Monat im Zeitverlauf quelle Amt\n"
    "ende\n"
    "§ 1 TG\n"
    "ergebnis Haushalt.Anspruch : Wahrheitswert\n"
    "regel Haushalt.Anspruch wenn Zuschuss > 0,00 € je Monat\n"
    "ergebnis Haushalt.Betrag : Geld je Monat sonst 0,00 € je Monat\n"
    "leistung Hilfe je Haushalt\n"
    "  anspruch Anspruch\n"
    "  betrag Betrag\n"
    "  empfänger Berechtigter\n"
    "  regime § 2 TG\n"
    "ende\n";

static ans_program *fixture_program(void) {
  ans_diags *d = ans_diags_new();
  ans_tree *t = NULL;
  ans_model *m = NULL;
  ans_program *p = NULL;
  ans_error err = {0};
  ans_status st = d ? ans_tree_parse("fixture.recht", fixture_rules, sizeof fixture_rules - 1, d, &t, &err) : ANS_MEMORY;
  if (st == ANS_OK && !ans_diags_errors(d)) st = ans_sema_analyse(&t, 1, d, &m, &err);
  if (m && st == ANS_OK) st = ans_lower_program(m, &p, &err);
  if (d && ans_diags_errors(d)) ans_diags_print(d, stderr, (ans_diag_options){.lang = ANS_LANG_EN});
  ans_diags_free(d);
  if (!p) abort();
  ans_model_free(m);
  ans_tree_free(t);
  return p;
}
#endif
