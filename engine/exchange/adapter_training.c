/* Bildungsregister → Ausbildung, Studium, Erstausbildung_abgeschlossen. Shapes: docs/registers.md, "training".
 * Between coverage_from and the horizon the register is complete, so a day without an entry there is a "no"; outside it stays unknown. */
#include "exchange/internal.h"

#include <stdlib.h>
#include <string.h>
#include "num/calendar.h"

enum { TRAINING_MAX_ENTRIES = 500, TRAINING_SCHOOL_AGE = 15 };
static const char *const training__facts[] = {"Ausbildung", "Studium", "Erstausbildung_abgeschlossen", NULL};

static bool training__one_of(const char *s, const char *const *list) {
  for (; s && *list; list++)
    if (strcmp(s, *list) == 0) return true;
  return false;
}

static bool training__periods(exchange__adapter *a, json_t *list, const char *key, const char *const *values, bool ends, const char *fact, int32_t coverage) {
  size_t n = json_array_size(list);
  if (!json_is_array(list) || n > TRAINING_MAX_ENTRIES) return false;
  exchange__interval *items = calloc(n + 1, sizeof *items);
  bool ok = items != NULL;
  if (!ok) {
    a->failed_memory = true;
    return true;
  }
  for (size_t i = 0; i < n && ok; i++) {
    json_t *o = json_array_get(list, i);
    ok = training__one_of(exchange__string(o, key), values) && (!ends || (json_object_get(o, "from") && json_object_get(o, "to"))) && exchange__period(a, o, coverage, &items[i]);
  }
  if (ok) exchange__put_union(a, fact, items, n, coverage, a->horizon);
  free(items);
  return ok;
}

typedef struct training__birth { bool known; int64_t day; } training__birth;
static bool training__on_birth(void *ctx, const ans_assertion *x) {
  training__birth *b = ctx;
  if (strcmp(x->fact, "Geburtsdatum") != 0 || x->state != ANS_VALUE) return true;
  if (!b->known || x->number > b->day) b->day = x->number; /* of several the latest: the careful choice below */
  b->known = true;
  return true;
}

/* "None completed" may be said only if none can be missing: the register covers the whole time since the end of compulsory schooling. */
static ans_status training__first_degree(exchange__adapter *a, json_t *list, int32_t coverage, ans_error *err) {
  static const char *const vocational[] = {"vocational", "bachelor", "master", "state_exam", NULL}, *const school[] = {"school_leaving", NULL};
  const char *fact = "Erstausbildung_abgeschlossen";
  int32_t first = INT32_MAX, partial = INT32_MAX;
  if (!json_is_array(list) || json_array_size(list) > TRAINING_MAX_ENTRIES) a->invalid = "Antwort ungültig: Abschlüsse";
  for (size_t i = 0; !a->invalid && i < json_array_size(list); i++) {
    json_t *o = json_array_get(list, i);
    const char *kind = exchange__string(o, "kind");
    int32_t day = 0;
    exchange__date_kind date = exchange__date(o, "date", &day);
    if ((!training__one_of(kind, vocational) && !training__one_of(kind, school)) || date == EXCHANGE_DATE_BAD || date == EXCHANGE_DATE_ABSENT) a->invalid = "Antwort ungültig: Abschluss";
    else if (!training__one_of(kind, vocational)) continue;
    else if (date == EXCHANGE_DATE_FULL && day < first) first = day;
    else if (date == EXCHANGE_DATE_PARTIAL && day < partial) partial = day;
  }
  if (a->invalid) return ANS_OK;
  training__birth birth = {false, 0};
  ans_status status = ans_store_assertions(a->store, a->person, INT64_MAX, training__on_birth, &birth, err);
  if (status != ANS_OK) return status;
  int64_t schooling_ends = 0;
  bool complete = birth.known && ans_date_birthday(birth.day, TRAINING_SCHOOL_AGE, &schooling_ends) && coverage <= schooling_ends;
  if (partial <= first && partial != INT32_MAX) exchange__put_unknown(a, fact, ANS_OPEN_PAST, ANS_OPEN_FUTURE, "nur teilweise bekannt");
  else if (!complete) exchange__put_unknown(a, fact, ANS_OPEN_PAST, ANS_OPEN_FUTURE, "vor Beginn der Registerführung nicht bekannt");
  else if (first != INT32_MAX) exchange__put_number(a, fact, ANS_OPEN_PAST, ANS_OPEN_FUTURE, first);
  else exchange__put_none(a, fact);
  return ANS_OK;
}

static ans_status training__read(exchange__adapter *a, json_t *record, ans_error *err) {
  static const char *const states[] = {"active", "completed", "terminated", NULL}, *const kinds[] = {"school", "vocational_school", "university", NULL};
  int32_t coverage = 0;
  if (exchange__date(record, "coverage_from", &coverage) != EXCHANGE_DATE_FULL) a->invalid = "Antwort ungültig: coverage_from";
  else if (!training__periods(a, json_object_get(record, "contracts"), "state", states, true, "Ausbildung", coverage)) a->invalid = "Antwort ungültig: Ausbildungsverträge";
  else if (!training__periods(a, json_object_get(record, "enrolments"), "kind", kinds, false, "Studium", coverage)) a->invalid = "Antwort ungültig: Einschreibungen";
  return a->invalid ? ANS_OK : training__first_degree(a, json_object_get(record, "degrees"), coverage, err);
}

const exchange__kind exchange__training = {.register_name = "training", .facts = training__facts, .pairs_of_child = false, .read = training__read};
