/* Standesamt → Geburtsdatum, the pairs of parents and child with their kind (leiblich, angenommen). Shapes: docs/registers.md, "births".
 * The birth register is authoritative for parentage: what it no longer says about a pair is taken back. A parent recorded without a number becomes
 * a person of its own with nothing known, so that nobody is mistaken for the only parent. */
#include "exchange/internal.h"

#include <stdio.h>
#include <string.h>

static const char *const births__facts[] = {"Geburtsdatum", NULL};

static const char *births__kind(const char *relation) {
  if (!relation) return NULL;
  if (strcmp(relation, "adoptive") == 0) return "angenommen";
  return strcmp(relation, "mother") == 0 || strcmp(relation, "father") == 0 || strcmp(relation, "parent") == 0 ? "leiblich" : NULL;
}

static bool births__check_parents(const exchange__adapter *a, json_t *list) {
  if (!json_is_array(list) || json_array_size(list) > 2) return false;
  for (size_t i = 0; i < json_array_size(list); i++) {
    json_t *parent = json_array_get(list, i);
    const char *idnr = exchange__string(parent, "idnr");
    if (!births__kind(exchange__string(parent, "relation"))) return false;
    if (json_object_get(parent, "idnr") && (!exchange__is_idnr(idnr) || strcmp(idnr, a->idnr) == 0)) return false;
  }
  return true;
}

static ans_status births__parents(exchange__adapter *a, json_t *list, ans_error *err) {
  char unnamed[64];
  ans_status status = ANS_OK;
  if (!exchange__has_pairs(a->program)) return ANS_OK;
  for (size_t i = 0; i < json_array_size(list) && status == ANS_OK; i++) {
    json_t *parent = json_array_get(list, i);
    const char *idnr = exchange__string(parent, "idnr");
    int64_t pair = 0;
    snprintf(unnamed, sizeof unnamed, "ohne-IdNr-%s-%zu", a->idnr, i + 1);
    status = ans_fact_pair(a->store, idnr ? idnr : unnamed, a->idnr, &pair, err);
    if (status == ANS_OK) exchange__put_kind_of_child(a, pair, births__kind(exchange__string(parent, "relation")));
  }
  return status;
}

static ans_status births__read(exchange__adapter *a, json_t *record, ans_error *err) {
  int32_t day = 0;
  switch (exchange__date(record, "birth_date", &day)) {
  case EXCHANGE_DATE_FULL:
    if (day > a->as_of) a->invalid = "Antwort ungültig: Geburtsdatum in der Zukunft";
    exchange__put_number(a, "Geburtsdatum", ANS_OPEN_PAST, ANS_OPEN_FUTURE, day);
    break;
  case EXCHANGE_DATE_PARTIAL: exchange__put_unknown(a, "Geburtsdatum", ANS_OPEN_PAST, ANS_OPEN_FUTURE, "nur teilweise bekannt"); break;
  case EXCHANGE_DATE_ABSENT: exchange__put_unknown(a, "Geburtsdatum", ANS_OPEN_PAST, ANS_OPEN_FUTURE, "Geburt nicht im Inland beurkundet"); break;
  case EXCHANGE_DATE_BAD: a->invalid = "Antwort ungültig: Geburtsdatum"; break;
  }
  json_t *parents = json_object_get(record, "parents");
  if (!a->invalid && !births__check_parents(a, parents)) a->invalid = "Antwort ungültig: Eltern";
  return a->invalid ? ANS_OK : births__parents(a, parents, err);
}

const exchange__kind exchange__births = {.register_name = "births", .facts = births__facts, .pairs_of_child = true, .read = births__read};
