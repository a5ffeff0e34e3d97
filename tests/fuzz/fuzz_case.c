/* libFuzzer target: any bytes as a case document of a small package with every type of fact. What is accepted must come back unchanged from
 * its canonical form, and both engines must agree on it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "exec/vm.h"
#include "replay/replay.h"
#include "rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char RULES[] =
    "paket fuzz/fall version 1.0.0 titel \"Fuzz\" zeitraum von 01.2020 bis 12.2024\n"
    "norm TG \"Testgesetz\"\n"
    "auswahl Farbe = rot; blau\n"
    "einheit Person\n  angabe Geburtsdatum : Datum\n  angabe alt : Wahrheitswert\n  angabe Zähler : Zahl\n  angabe Lohn : Geld je Monat\n  angabe Farbe : Farbe\n"
    "  angabe Antrag : Monatszahl\n  angabe wohnt : Wahrheitswert im Zeitverlauf\n  verweis Elternteil : Person\n  beurteilung fähig : Wahrheitswert\nende\n"
    "§ 1 TG\n"
    "ergebnis Person.gut : Wahrheitswert\n"
    "regel Person.gut wenn alt und nicht fähig und wohnt zu Beginn des Monats\n"
    "regel Person.gut wenn Zähler + Anzahl der Person über Elternteil mit (alt) > 3 oder Person.Farbe = rot\n"
    "ergebnis Person.Rente : Geld je Monat sonst 0,00 € je Monat\n"
    "regel Person.Rente ist größer_von(Lohn; Elternteil.Lohn) wenn gut und Geburtsdatum < Beginn des Monats\n"
    "ergebnis Person.Frist : Wahrheitswert\n"
    "regel Person.Frist wenn Antrag <= Monat\n";

static void check_round_trip(const ans_program *p, const ans_columns *c) {
  char *first = NULL, *second = NULL;
  ans_columns *again = NULL;
  ans_error err = {0};
  if (ans_case_format(c, 0, &first, &err) != ANS_OK || ans_case_parse(p, first, strlen(first), "fuzz", &again, &err) != ANS_OK || ans_case_format(again, 0, &second, &err) != ANS_OK ||
      strcmp(first, second) != 0) {
    fprintf(stderr, "not the same again: %s\n%s\n", first ? first : "", second ? second : "");
    abort();
  }
  free(first);
  free(second);
  ans_columns_free(again);
}

static void check_engines(const ans_program *p, ans_columns *c) {
  uint32_t wanted[16], n = 0;
  ans_trace *t = NULL;
  ans_error err = {0};
  while (n < p->result_count && n < 16) {
    wanted[n] = p->results[n].insn;
    n++;
  }
  ans_vm *vm = ans_vm_new(p, wanted, n, 0);
  bool ok = vm && ans_vm_run(vm, c, 0, 1, p->first_period + 7, &err) == ANS_OK && ans_replay_run(c, 0, p->first_period + 7, &t, &err) == ANS_OK;
  for (uint32_t i = 0; ok && i < n; i++)
    for (uint32_t row = 0; row < c->units[p->results[i].unit].rows; row++) {
      ans_scalar x = ans_vm_get(vm, wanted[i], row), y = ans_trace_get(t, wanted[i], row);
      if (x.state != y.state || (x.state == ANS_VALUE && x.v != y.v)) abort();
    }
  ans_trace_free(t);
  ans_vm_free(vm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ans_program *p = fuzz_program(RULES, sizeof RULES - 1);
  ans_columns *c = NULL;
  ans_error err = {0};
  ans_status st = ans_case_parse(p, (const char *)data, size, "fuzz.json", &c, &err);
  if (st == ANS_OK) {
    check_round_trip(p, c);
    check_engines(p, c);
  } else if (!err.code) {
    abort();
  }
  ans_columns_free(c);
  return 0;
}
