/* Rentenversicherung → Wochenstunden, Geringfügig, Ausbildungsdienstverhältnis, and what it passes on from the employment agency (Arbeitsuchend,
 * Ausbildungsplatz_gesucht) and about voluntary service. Shapes: docs/registers.md, "employment".
 *
 * Per day: the training contract itself is no employment to be counted; beside it (or without it) the hours of all other periods add up. So
 * Ausbildungsdienstverhältnis is true only while nothing else is worked, Geringfügig only while all other work is marginal, and Wochenstunden are the
 * hours of the other work, or those of the training when there is no other. Hours that were not reported make the day's hours unknown. */
#include "exchange/internal.h"

#include <stdlib.h>
#include <string.h>
#include "num/money.h"

enum { EMPLOYMENT_MAX_PERIODS = 1000, EMPLOYMENT_HOURS_SCALE = 1 };
static const char *const employment__facts[] = {"Wochenstunden", "Geringfügig", "Ausbildungsdienstverhältnis", "Arbeitsuchend", "Ausbildungsplatz_gesucht", "Freiwilligendienst", NULL};

typedef struct employment__job { int32_t from, to; int64_t tenths; bool hours_known, minor, training; } employment__job;
typedef struct employment__day { int64_t tenths; bool hours_known, minor, training, works; } employment__day;

static bool employment__read_job(exchange__adapter *a, json_t *o, int32_t coverage, employment__job *out) {
  exchange__interval period;
  const char *kind = exchange__string(o, "kind"), *hours = exchange__string(o, "weekly_hours");
  json_t *minor = json_object_get(o, "minor");
  if (!kind || !exchange__period(a, o, coverage, &period) || (minor && !json_is_boolean(minor)) || (json_object_get(o, "weekly_hours") && !hours)) return false;
  bool training = strcmp(kind, "training") == 0;
  if (!training && strcmp(kind, "employment") != 0 && strcmp(kind, "self_employed") != 0) return false;
  *out = (employment__job){.from = period.from, .to = period.to, .minor = json_is_true(minor), .training = training, .hours_known = hours != NULL};
  return !hours || (ans_decimal_parse(hours, EMPLOYMENT_HOURS_SCALE, &out->tenths) && out->tenths >= 0 && out->tenths <= 1680);
}

static employment__day employment__on(const employment__job *jobs, size_t n, int64_t day) {
  employment__day other = {0, true, true, false, false}, training = {0, true, false, true, false};
  for (size_t i = 0; i < n; i++) {
    if (jobs[i].from > day || jobs[i].to < day) continue;
    employment__day *d = jobs[i].training ? &training : &other;
    d->works = true;
    d->tenths += jobs[i].tenths;
    d->hours_known = d->hours_known && jobs[i].hours_known;
    if (!jobs[i].training) d->minor = d->minor && jobs[i].minor;
  }
  if (other.works) return other;
  if (training.works) return training;
  return (employment__day){0, true, false, false, false};
}

/* Scale of the fact in the package; the register reports tenths of an hour. false: not exactly representable, and rounding could cross a threshold. */
static bool employment__scaled(const exchange__adapter *a, int64_t tenths, int64_t *out) {
  uint32_t unit = ans_program_find_unit(a->program, ANS_UNIT_PERSON), fact = unit == ANS_NONE ? ANS_NONE : ans_program_find_fact(a->program, unit, "Wochenstunden");
  unsigned scale = fact == ANS_NONE ? EMPLOYMENT_HOURS_SCALE : a->program->facts[fact].type.scale;
  if (scale == 0) {
    *out = tenths / 10;
    return tenths % 10 == 0;
  }
  *out = tenths;
  for (unsigned i = EMPLOYMENT_HOURS_SCALE; i < scale && i < 10; i++) *out *= 10;
  return true;
}

static void employment__emit(exchange__adapter *a, const employment__day *d, int32_t from, int32_t to) {
  int64_t hours = 0;
  exchange__put_number(a, "Geringfügig", from, to, d->works && d->minor);
  exchange__put_number(a, "Ausbildungsdienstverhältnis", from, to, d->works && d->training);
  if (!d->hours_known) exchange__put_unknown(a, "Wochenstunden", from, to, "Wochenstunden nicht gemeldet");
  else if (!employment__scaled(a, d->tenths, &hours)) exchange__put_unknown(a, "Wochenstunden", from, to, "Bruchteil einer Stunde ist im Regelpaket nicht darstellbar");
  else exchange__put_number(a, "Wochenstunden", from, to, hours);
}

static int employment__by_int(const void *x, const void *y) {
  int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
  return (a > b) - (a < b);
}
static bool employment__same(const employment__day *x, const employment__day *y) {
  return x->tenths == y->tenths && x->hours_known == y->hours_known && x->minor == y->minor && x->training == y->training && x->works == y->works;
}

static bool employment__timeline(exchange__adapter *a, json_t *list, int32_t coverage) {
  size_t n = json_array_size(list), count = 0;
  if (!json_is_array(list) || n > EMPLOYMENT_MAX_PERIODS) return false;
  employment__job *jobs = calloc(n + 1, sizeof *jobs);
  int64_t *cuts = calloc(2 * n + 2, sizeof *cuts);
  a->failed_memory = a->failed_memory || !jobs || !cuts;
  bool ok = jobs && cuts;
  for (size_t i = 0; i < n && ok; i++) ok = employment__read_job(a, json_array_get(list, i), coverage, &jobs[i]);
  if (ok) {
    cuts[count++] = coverage;
    cuts[count++] = (int64_t)a->horizon + 1;
    for (size_t i = 0; i < n; i++) {
      cuts[count++] = jobs[i].from;
      cuts[count++] = (int64_t)jobs[i].to + 1;
    }
    qsort(cuts, count, sizeof *cuts, employment__by_int);
    for (size_t k = 0; k + 1 < count;) {
      employment__day d = employment__on(jobs, n, cuts[k]);
      size_t end = k + 1;
      /* Outside the covered span only what is recorded is known: there an entry is no proof that there is no second one. */
      bool covered = cuts[k] >= coverage && cuts[k] <= a->horizon;
      while (end + 1 < count && covered == (cuts[end] >= coverage && cuts[end] <= a->horizon)) {
        employment__day next = employment__on(jobs, n, cuts[end]);
        if (!employment__same(&d, &next)) break;
        end++;
      }
      if (covered && cuts[end] > cuts[k]) employment__emit(a, &d, (int32_t)cuts[k], (int32_t)(cuts[end] - 1));
      k = end;
    }
  }
  free(jobs);
  free(cuts);
  return ok || a->failed_memory;
}

/* A list of periods as a truth timeline; the list may be absent when the register does not keep it: then nothing is said. */
static bool employment__list(exchange__adapter *a, json_t *list, const char *fact, const char *const *kinds, int32_t coverage) {
  size_t n = json_array_size(list), used = 0;
  if (!list) return true;
  if (!json_is_array(list) || n > EMPLOYMENT_MAX_PERIODS) return false;
  exchange__interval *items = calloc(n + 1, sizeof *items);
  bool ok = true;
  if (!items) {
    a->failed_memory = true;
    return true;
  }
  for (size_t i = 0; i < n && ok; i++) {
    json_t *o = json_array_get(list, i);
    const char *kind = exchange__string(o, "kind");
    bool mine = !kinds;
    for (const char *const *k = kinds; k && *k && kind && !mine; k++) mine = strcmp(*k, kind) == 0;
    ok = mine && exchange__period(a, o, coverage, &items[used]);
    used++;
  }
  if (ok) exchange__put_union(a, fact, items, used, coverage, a->horizon);
  free(items);
  return ok;
}

static ans_status employment__read(exchange__adapter *a, json_t *record, ans_error *err) {
  static const char *const services[] = {"FSJ", "FOEJ", "BFD", NULL};
  int32_t coverage = 0;
  (void)err;
  if (exchange__date(record, "coverage_from", &coverage) != EXCHANGE_DATE_FULL) a->invalid = "Antwort ungültig: coverage_from";
  else if (!employment__timeline(a, json_object_get(record, "periods"), coverage)) a->invalid = "Antwort ungültig: Beschäftigungszeiten";
  else if (!employment__list(a, json_object_get(record, "job_seeking"), "Arbeitsuchend", NULL, coverage)) a->invalid = "Antwort ungültig: Arbeitsuche";
  else if (!employment__list(a, json_object_get(record, "training_place_seeking"), "Ausbildungsplatz_gesucht", NULL, coverage)) a->invalid = "Antwort ungültig: Ausbildungsplatzsuche";
  else if (!employment__list(a, json_object_get(record, "voluntary_service"), "Freiwilligendienst", services, coverage)) a->invalid = "Antwort ungültig: Freiwilligendienst";
  return ANS_OK;
}

const exchange__kind exchange__employment = {.register_name = "employment", .facts = employment__facts, .pairs_of_child = false, .read = employment__read};
