/* Melderegister → Geburtsdatum, Sterbedatum, Staatsangehörigkeit, Wohnsitz, Zuzug, and the pairs of legal parents and minor children.
 * Shapes: docs/registers.md, "residents". Household acceptance is never derived: an address names a dwelling, not a household.
 * § 3 BMG ends the entry of parents and children with the 18th birthday, so a pair that is no longer listed is not taken back. */
#include "exchange/internal.h"

#include <stdlib.h>
#include <string.h>

enum { RESIDENTS_MAX_ADDRESSES = 500 };
static const char *const residents__facts[] = {"Geburtsdatum", "Sterbedatum", "Staatsangehörigkeit", "Wohnsitz", "Zuzug", NULL};

typedef enum residents__zone { ZONE_HOME, ZONE_EU, ZONE_OTHER, ZONE_UNKNOWN } residents__zone;
static const char *const residents__zone_names[] = {"Inland", "EU_EWR", "Drittstaat"};

static bool residents__listed(const char *country, const char *list) {
  for (const char *s = list; *s; s += 3)
    if (s[0] == country[0] && s[1] == country[1]) return true;
  return false;
}

/* Member states of the Union and the EEA. Switzerland is no member: whether the agreement of 1999 puts it on a par is for the rules, not for an adapter. */
static residents__zone residents__zone_of(const char *country) {
  static const char eu[] = "AT BE BG CY CZ DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK ";
  if (!country || strlen(country) != 2 || strcmp(country, "XX") == 0) return ZONE_UNKNOWN;
  if (strcmp(country, "DE") == 0) return ZONE_HOME;
  return residents__listed(country, eu) ? ZONE_EU : ZONE_OTHER;
}

static bool residents__date_fact(exchange__adapter *a, json_t *record, const char *key, const char *fact, bool absent_is_none) {
  int32_t day = 0;
  switch (exchange__date(record, key, &day)) {
  case EXCHANGE_DATE_FULL:
    if (day > a->as_of) return false;
    exchange__put_number(a, fact, ANS_OPEN_PAST, ANS_OPEN_FUTURE, day);
    return true;
  case EXCHANGE_DATE_PARTIAL: exchange__put_unknown(a, fact, ANS_OPEN_PAST, ANS_OPEN_FUTURE, "nur teilweise bekannt"); return true;
  case EXCHANGE_DATE_ABSENT:
    if (absent_is_none) exchange__put_none(a, fact);
    else exchange__put_unknown(a, fact, ANS_OPEN_PAST, ANS_OPEN_FUTURE, "im Register nicht eingetragen");
    return true;
  case EXCHANGE_DATE_BAD: return false;
  }
  return false;
}

/* The most favourable of several nationalities counts (German before EU/EEA before other): each of them is held. */
static bool residents__nationality(exchange__adapter *a, json_t *record) {
  json_t *list = json_object_get(record, "nationalities");
  if (!json_is_array(list) || json_array_size(list) > 50) return false;
  residents__zone best = ZONE_UNKNOWN;
  bool unclear = json_array_size(list) == 0;
  for (size_t i = 0; i < json_array_size(list); i++) {
    const char *country = json_string_value(json_array_get(list, i));
    if (!country || strlen(country) != 2) return false;
    residents__zone z = residents__zone_of(country);
    if (z < best) best = z;
    unclear = unclear || z == ZONE_UNKNOWN;
  }
  static const char *const names[] = {"Deutsch", "EU_EWR", "Drittstaat"};
  /* An unclear one beside another could be a better one, unless the best is known already. */
  if (best == ZONE_HOME || (best < ZONE_UNKNOWN && !unclear)) exchange__put_text(a, "Staatsangehörigkeit", ANS_OPEN_PAST, ANS_OPEN_FUTURE, names[best]);
  else exchange__put_unknown(a, "Staatsangehörigkeit", ANS_OPEN_PAST, ANS_OPEN_FUTURE, "Staatsangehörigkeit nicht geklärt");
  return true;
}

typedef struct residents__stay { int32_t from, to; residents__zone zone; bool main; } residents__stay;
static int residents__by_from(const void *x, const void *y) {
  const residents__stay *a = x, *b = y;
  return (a->from > b->from) - (a->from < b->from);
}

/* Main dwellings and stays abroad, cut where they overlap: two that agree are one, two that differ are unknown. A secondary dwelling in Germany
 * decides nothing, but while the main one is abroad it makes the answer unknown: the law asks for a dwelling, not for the main one. */
static void residents__emit_stays(exchange__adapter *a, const residents__stay *stays, size_t n) {
  int64_t *cuts = malloc((2 * n + 1) * sizeof *cuts);
  if (!cuts) {
    a->failed_memory = true;
    return;
  }
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    cuts[count++] = stays[i].from;
    cuts[count++] = (int64_t)stays[i].to + 1;
  }
  for (size_t i = 1; i < count; i++) /* short and nearly sorted */
    for (size_t k = i; k > 0 && cuts[k - 1] > cuts[k]; k--) {
      int64_t swap = cuts[k];
      cuts[k] = cuts[k - 1];
      cuts[k - 1] = swap;
    }
  for (size_t k = 0; k + 1 < count; k++) {
    if (cuts[k] == cuts[k + 1]) continue;
    bool any = false, clash = false, second = false;
    residents__zone zone = ZONE_UNKNOWN;
    for (size_t i = 0; i < n; i++) {
      if (stays[i].from > cuts[k] || stays[i].to < cuts[k]) continue;
      if (!stays[i].main) {
        second = second || stays[i].zone == ZONE_HOME;
        continue;
      }
      clash = clash || (any && zone != stays[i].zone);
      zone = any ? zone : stays[i].zone;
      any = true;
    }
    int32_t from = (int32_t)cuts[k], to = (int32_t)(cuts[k + 1] - 1);
    if (clash) exchange__put_unknown(a, "Wohnsitz", from, to, ANS_UNKNOWN_CONTRADICTORY "e Anschriften im Register");
    else if (second && zone != ZONE_HOME) exchange__put_unknown(a, "Wohnsitz", from, to, "Nebenwohnung im Inland ohne inländische Hauptwohnung");
    else if (any && zone == ZONE_UNKNOWN) exchange__put_unknown(a, "Wohnsitz", from, to, "Zielstaat des Wegzugs nicht bekannt");
    else if (any) exchange__put_text(a, "Wohnsitz", from, to, residents__zone_names[zone]);
  }
  free(cuts);
}

static bool residents__read_stays(exchange__adapter *a, json_t *list, residents__stay *stays, size_t *n) {
  *n = 0;
  if (!json_is_array(list) || json_array_size(list) > RESIDENTS_MAX_ADDRESSES) return false;
  for (size_t i = 0; i < json_array_size(list); i++) {
    json_t *o = json_array_get(list, i);
    const char *kind = exchange__string(o, "kind"), *country = exchange__string(o, "country");
    exchange__interval period;
    if (!kind || !exchange__period(a, o, ANS_OPEN_PAST, &period)) return false;
    bool secondary = strcmp(kind, "secondary") == 0;
    if (!secondary && strcmp(kind, "main") != 0 && strcmp(kind, "abroad") != 0) return false;
    stays[(*n)++] = (residents__stay){.from = period.from, .to = period.to, .zone = residents__zone_of(country), .main = !secondary};
  }
  qsort(stays, *n, sizeof *stays, residents__by_from);
  return true;
}

/* Moves abroad without a stated stay: from the move on until the next main entry the country is the move's, or unknown. */
static bool residents__moves(exchange__adapter *a, json_t *list, residents__stay *stays, size_t *n, size_t max) {
  int32_t latest_in = INT32_MIN;
  if (!json_is_array(list) || json_array_size(list) > RESIDENTS_MAX_ADDRESSES) return false;
  size_t addresses = *n;
  for (size_t i = 0; i < json_array_size(list); i++) {
    json_t *o = json_array_get(list, i);
    const char *kind = exchange__string(o, "kind");
    int32_t day = 0;
    if (!kind || exchange__date(o, "date", &day) != EXCHANGE_DATE_FULL) return false;
    if (strcmp(kind, "in") == 0 && day > latest_in) latest_in = day;
    if (strcmp(kind, "out") != 0) continue;
    int32_t until = a->horizon;
    bool stated = false;
    for (size_t k = 0; k < addresses; k++) {
      if (!stays[k].main) continue;
      stated = stated || (stays[k].zone != ZONE_HOME && stays[k].from <= day + 31 && stays[k].to >= day);
      if (stays[k].from > day && stays[k].from - 1 < until) until = stays[k].from - 1;
    }
    /* The day of the move itself belongs to the old dwelling when its entry ends on it. */
    int32_t from = day;
    for (size_t k = 0; k < addresses; k++)
      if (stays[k].main && stays[k].zone == ZONE_HOME && stays[k].from <= day && stays[k].to >= day && stays[k].to < day + 31) from = stays[k].to + 1;
    if (!stated && from <= until && *n < max) stays[(*n)++] = (residents__stay){.from = from, .to = until, .zone = residents__zone_of(exchange__string(o, "country")), .main = true};
  }
  if (latest_in == INT32_MIN) exchange__put_none(a, "Zuzug");
  else exchange__put_number(a, "Zuzug", ANS_OPEN_PAST, ANS_OPEN_FUTURE, latest_in);
  return true;
}

static bool residents__domicile(exchange__adapter *a, json_t *record) {
  size_t n = 0, max = 2 * RESIDENTS_MAX_ADDRESSES;
  residents__stay *stays = calloc(max, sizeof *stays);
  if (!stays) {
    a->failed_memory = true;
    return true;
  }
  bool ok = residents__read_stays(a, json_object_get(record, "addresses"), stays, &n) && residents__moves(a, json_object_get(record, "moves"), stays, &n, max);
  if (ok) residents__emit_stays(a, stays, n);
  free(stays);
  return ok;
}

static bool residents__check_relatives(const exchange__adapter *a, json_t *list, size_t max) {
  if (!list) return true;
  if (!json_is_array(list) || json_array_size(list) > max) return false;
  for (size_t i = 0; i < json_array_size(list); i++) {
    const char *idnr = exchange__string(json_array_get(list, i), "idnr");
    if (!exchange__is_idnr(idnr) || strcmp(idnr, a->idnr) == 0) return false;
  }
  return true;
}

static ans_status residents__relatives(exchange__adapter *a, json_t *list, bool parents, ans_error *err) {
  ans_status status = ANS_OK;
  if (!exchange__has_pairs(a->program)) return ANS_OK;
  for (size_t i = 0; i < json_array_size(list) && status == ANS_OK; i++) {
    const char *idnr = exchange__string(json_array_get(list, i), "idnr");
    int64_t pair = 0;
    status = ans_fact_pair(a->store, parents ? idnr : a->idnr, parents ? a->idnr : idnr, &pair, err);
    if (status == ANS_OK) exchange__put_kind_of_child(a, pair, "leiblich");
  }
  return status;
}

static ans_status residents__read(exchange__adapter *a, json_t *record, ans_error *err) {
  if (!residents__date_fact(a, record, "birth_date", "Geburtsdatum", false)) a->invalid = "Antwort ungültig: Geburtsdatum";
  else if (!residents__date_fact(a, record, "death_date", "Sterbedatum", true)) a->invalid = "Antwort ungültig: Sterbedatum";
  else if (!residents__nationality(a, record)) a->invalid = "Antwort ungültig: Staatsangehörigkeit";
  else if (!residents__domicile(a, record)) a->invalid = "Antwort ungültig: Anschriften oder Umzüge";
  json_t *parents = json_object_get(record, "legal_parents"), *children = json_object_get(record, "minor_children");
  if (!residents__check_relatives(a, parents, 2) || !residents__check_relatives(a, children, 40)) a->invalid = "Antwort ungültig: Eltern oder Kinder";
  if (a->invalid) return ANS_OK; /* everything is checked before the first pair is made */
  ans_status status = residents__relatives(a, parents, true, err);
  return status == ANS_OK ? residents__relatives(a, children, false, err) : status;
}

const exchange__kind exchange__residents = {.register_name = "residents", .facts = residents__facts, .pairs_of_child = false, .read = residents__read};
