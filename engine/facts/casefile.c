/* Import of the authority's case file (docs/registers.md, casefile.jsonl) into ledger, applications and assertions.
 *
 * A line is checked completely before anything of it is written, so a bad line leaves nothing behind; it is reported with its number and the import
 * goes on. Lines are identified by the SHA-256 of their bytes: importing the same file again, or continuing after a kill, changes nothing.
 * A failure of the store ends the import; what was committed (whole blocks of 10,000 lines) stays.
 * Memory: one line (at most CASEFILE_MAX_LINE bytes) and its JSON tree. */
#include "facts/internal.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/hash.h"
#include "base/utf8.h"
#include "num/calendar.h"
#include "num/period.h"
#include "num/money.h"
#include "text/text.h"

#define CASEFILE_ANY_KIND UINT32_MAX /* of casefile__period: not known yet */
enum { CASEFILE_MAX_KEY = 240, CASEFILE_KEY_PARTS = 4 }; /* the store takes 256 bytes; parts have at most 64 */
enum { CASEFILE_MAX_LINE = 256 * 1024, CASEFILE_BLOCK = 10000, CASEFILE_DAY_SECONDS = 86400 };

typedef struct casefile {
  ans_store *store;
  const ans_program *program;      /* may be NULL */
  int64_t now;
  ans_import_counts *counts;
  const char *line; size_t length; /* the line being imported */
  char list[ANS_MAX_LIST_VALUES * (ANS_MAX_NAME + 1) + 1]; /* the list value at hand */
  char last_case[129]; int64_t last_claim; const char *last_benefit; /* payments follow their award */
} casefile;

/* --- fields ------------------------------------------------------------------------------------------------------------------- */
static ans_status casefile__wrong(const char *field, const char *found, ans_error *err) { return ans_error_set(err, ANS_INPUT, "E-CASEFILE-KEY", NULL, field, found, (char *)NULL); }

/* A short printable text. Optional fields yield NULL when absent. */
static ans_status casefile__text(json_t *o, const char *field, bool required, const char **out, ans_error *err) {
  json_t *v = json_object_get(o, field);
  *out = NULL;
  if (!v && !required) return ANS_OK;
  if (!json_is_string(v) || json_string_length(v) == 0 || json_string_length(v) > 2000) return casefile__wrong(field, v ? "kein Text / no text" : "fehlt / missing", err);
  if (strlen(json_string_value(v)) != json_string_length(v) || !ans_utf8_printable(json_string_value(v), json_string_length(v))) return casefile__wrong(field, "Steuerzeichen / control characters", err);
  *out = json_string_value(v);
  return ANS_OK;
}

/* Identifiers: at most 64 visible ASCII characters, since they travel in headers and keys. */
static ans_status casefile__id(json_t *o, const char *field, bool required, const char **out, ans_error *err) {
  ans_status status = casefile__text(o, field, required, out, err);
  if (status != ANS_OK || !*out) return status;
  bool ok = strlen(*out) <= 64;
  for (const char *c = *out; *c && ok; c++) ok = *c > 0x20 && *c < 0x7f;
  return ok ? ANS_OK : casefile__wrong(field, *out, err);
}

static bool casefile__is_idnr(json_t *v) {
  if (!json_is_string(v) || json_string_length(v) != 11) return false;
  for (const char *c = json_string_value(v); *c; c++)
    if (*c < '0' || *c > '9') return false;
  return strlen(json_string_value(v)) == 11;
}

static ans_status casefile__idnr(json_t *o, const char *field, const char **out, ans_error *err) {
  json_t *v = json_object_get(o, field);
  if (!casefile__is_idnr(v)) return casefile__wrong(field, json_is_string(v) ? json_string_value(v) : "keine IdNr / no IdNr", err);
  *out = json_string_value(v);
  return ANS_OK;
}

static ans_status casefile__day(json_t *o, const char *field, bool required, int32_t absent, int32_t *out, ans_error *err) {
  json_t *v = json_object_get(o, field);
  int64_t day = 0;
  *out = absent;
  if (!v && !required) return ANS_OK;
  if (!json_is_string(v) || !ans_date_parse_iso(json_string_value(v), &day)) return casefile__wrong(field, json_is_string(v) ? json_string_value(v) : "kein Datum / no date", err);
  *out = (int32_t)day;
  return ANS_OK;
}

/* A period; its form tells the kind. *kind CASEFILE_ANY_KIND takes any and becomes that one, otherwise another kind is an error. */
static ans_status casefile__period(json_t *o, const char *field, bool required, int32_t absent, uint32_t *kind, int32_t *out, ans_error *err) {
  json_t *v = json_object_get(o, field);
  uint32_t found = 0;
  *out = absent;
  if (!v && !required) return ANS_OK;
  const char *text = json_is_string(v) ? json_string_value(v) : "kein Zeitraum / no period";
  if (!json_is_string(v) || !ans_period_parse(text, strlen(text), &found, out) || (*kind != CASEFILE_ANY_KIND && *kind != found)) return casefile__wrong(field, text, err);
  *kind = found;
  return ANS_OK;
}

static ans_status casefile__cents(json_t *o, int64_t *out, ans_error *err) {
  json_t *v = json_object_get(o, "amount_cents");
  if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > INT64_C(100000000000)) return casefile__wrong("amount_cents", "keine Cent / no cents", err);
  *out = json_integer_value(v);
  return ANS_OK;
}

/* Every field of a line must be one of `allowed` (NULL-ended): a misspelt optional field would otherwise vanish silently. */
static ans_status casefile__known_fields(json_t *o, const char *const *allowed, ans_error *err) {
  for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it)) {
    const char *key = json_object_iter_key(it);
    const char *const *a = allowed;
    while (*a && strcmp(*a, key) != 0) a++;
    if (!*a) return ans_error_set(err, ANS_INPUT, "E-CASEFILE-UNKNOWN-KEY", NULL, key, (char *)NULL);
  }
  return ANS_OK;
}

/* --- values ------------------------------------------------------------------------------------------------------------------- */
static ans_status casefile__misfit(const char *fact, json_t *v, ans_error *err) {
  char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
  ans_status status = ans_error_set(err, ANS_INPUT, "E-CASEFILE-VALUE", NULL, fact, text ? text : "?", (char *)NULL);
  free(text);
  return status;
}

/* Without a package the form of the value decides: names of enumerations begin with a letter, dates and amounts with a digit. */
static ans_status casefile__value_by_form(const char *fact, json_t *v, ans_assertion *a, ans_error *err) {
  int64_t n = 0;
  a->kind = ANS_V_INT;
  if (json_is_boolean(v)) a->number = json_is_true(v);
  else if (json_is_integer(v)) a->number = json_integer_value(v);
  else if (!json_is_string(v)) return casefile__misfit(fact, v, err);
  else if (ans_date_parse_iso(json_string_value(v), &n)) a->number = n;
  else if (strchr(json_string_value(v), '.') && ans_decimal_parse(json_string_value(v), 2, &n)) a->number = n;
  else if ((json_string_value(v)[0] >= '0' && json_string_value(v)[0] <= '9') || json_string_length(v) == 0 || json_string_length(v) > 200) return casefile__misfit(fact, v, err);
  else {
    a->kind = ANS_V_TEXT;
    a->text = json_string_value(v);
  }
  return ANS_OK;
}

/* What a text fact may hold. */
static bool casefile__fits_text(const char *text, size_t len) {
  char *normal = NULL;
  size_t n = 0;
  bool fine = ans_text_normal(text, len, &normal, &n) == ANS_TEXT_FINE;
  free(normal);
  return fine;
}

/* An array of names as the store keeps a list; the assertion is stored before the next value is read. */
static bool casefile__list(casefile *c, json_t *v) {
  size_t used = 0;
  c->list[0] = 0;
  for (size_t i = 0; i < json_array_size(v); i++) {
    const char *name = json_string_value(json_array_get(v, i));
    size_t n = name ? strlen(name) : 0;
    if (n == 0 || strchr(name, FACTS_LIST_SEPARATOR) || used + n + 2 > sizeof c->list) return false;
    if (i) c->list[used++] = FACTS_LIST_SEPARATOR;
    memcpy(c->list + used, name, n + 1);
    used += n;
  }
  return json_is_array(v);
}

static ans_status casefile__value_by_type(casefile *c, const ans_fact *f, json_t *v, ans_assertion *a, ans_error *err) {
  const ans_program *p = c->program;
  int64_t n = 0;
  const char *text = json_is_string(v) ? json_string_value(v) : "";
  bool ok = false;
  a->kind = ANS_V_INT;
  switch ((ans_type_tag)f->type.tag) {
  case ANS_T_BOOL: ok = json_is_boolean(v); n = json_is_true(v); break;
  case ANS_T_INT: ok = json_is_integer(v); n = json_integer_value(v); break;
  case ANS_T_DECIMAL:
  case ANS_T_MONEY: ok = json_is_string(v) && ans_decimal_parse(text, f->type.scale, &n); break;
  case ANS_T_DATE: ok = ans_date_parse_iso(text, &n); break;
  case ANS_T_MONTH: ok = ans_month_parse_iso(text, &n); break;
  case ANS_T_ENUM:
    a->kind = ANS_V_TEXT;
    a->text = text;
    for (uint32_t i = 0; i < p->enums[f->type.ref].value_count && !ok; i++) ok = strcmp(p->enum_values[p->enums[f->type.ref].first_value + i], text) == 0;
    break;
  case ANS_T_TEXT:
    a->kind = ANS_V_TEXT;
    a->text = text;
    ok = json_is_string(v) && casefile__fits_text(text, json_string_length(v));
    break;
  case ANS_T_LIST:
    a->kind = ANS_V_TEXT;
    a->text = c->list;
    ok = casefile__list(c, v) && facts__list(p, f->type.ref, c->list, &n);
    n = 0;
    break;
  case ANS_T_REF: break; /* the case file has no such facts */
  }
  a->number = n;
  return ok ? ANS_OK : casefile__misfit(f->name, v, err);
}

/* No fact of this name: names the nearest one. */
static ans_status casefile__no_fact(const casefile *c, uint32_t u, const char *unit, const char *fact, ans_error *err) {
  char hint[160] = "";
  unsigned best = UINT_MAX;
  for (uint32_t i = 0; i < c->program->fact_count; i++)
    if (c->program->facts[i].unit == u && ans_text_closer(fact, c->program->facts[i].name, &best)) snprintf(hint, sizeof hint, " Meinten Sie / did you mean: %.100s?", c->program->facts[i].name);
  return ans_error_set(err, ANS_INPUT, "E-CASEFILE-FACT", NULL, fact, unit, hint, (char *)NULL);
}

static ans_status casefile__value(casefile *c, const char *unit, const char *fact, json_t *v, ans_assertion *a, ans_error *err) {
  a->fact = fact;
  a->state = json_is_null(v) ? ANS_NOT_APPLICABLE : ANS_VALUE;
  a->kind = ANS_V_NONE;
  size_t n = strlen(fact);
  if (n == 0 || n > 200 || !ans_utf8_printable(fact, n)) return casefile__wrong("fact", fact, err);
  if (!c->program) return json_is_null(v) ? ANS_OK : casefile__value_by_form(fact, v, a, err);
  uint32_t u = ans_program_find_unit(c->program, unit), f = u == ANS_NONE ? ANS_NONE : ans_program_find_fact(c->program, u, fact);
  if (f != ANS_NONE && c->program->facts[f].type.tag == ANS_T_REF) return casefile__misfit(fact, v, err); /* references stand in "references" */
  if (f != ANS_NONE) return json_is_null(v) ? ANS_OK : casefile__value_by_type(c, &c->program->facts[f], v, a, err);
  return casefile__no_fact(c, u, unit, fact, err);
}

/* --- writing ------------------------------------------------------------------------------------------------------------------ */
static ans_status casefile__evidence(casefile *c, const char *source, const char *key, const char *id, int64_t at, int64_t *evidence, ans_error *err) {
  ans_evidence e = {.source = source, .service = "casefile", .subject_key = key, .request_id = id, .received_at = at, .outcome = ANS_EVIDENCE_DATA, .body = c->line, .body_size = c->length};
  return ans_store_put_evidence(c->store, &e, evidence, err);
}

/* Checks or writes all members of an object of facts. */
static ans_status casefile__facts(casefile *c, json_t *facts, const char *unit, bool write, const ans_assertion *pattern, ans_error *err) {
  if (!facts) return ANS_OK;
  if (!json_is_object(facts)) return casefile__wrong(unit, "kein Objekt / no object", err);
  ans_status status = ANS_OK;
  for (void *it = json_object_iter(facts); it && status == ANS_OK; it = json_object_iter_next(facts, it)) {
    ans_assertion a = *pattern;
    status = casefile__value(c, unit, json_object_iter_key(it), json_object_iter_value(it), &a, err);
    if (status == ANS_OK && write) status = ans_store_put_assertion(c->store, &a, NULL, err);
  }
  return status;
}

static ans_status casefile__remember(casefile *c, const char *benefit, int64_t claim, const char *case_id, ans_error *err) {
  ans_status status = ans_store_set_case(c->store, benefit, claim, case_id, err);
  if (status != ANS_OK) return status;
  snprintf(c->last_case, sizeof c->last_case, "%s", case_id);
  c->last_claim = claim;
  c->last_benefit = ans_store_interned(c->store, benefit);
  return ANS_OK;
}

/* --- rows --------------------------------------------------------------------------------------------------------------------- */
/* The row of a unit that a line is about. Kindschaft is named by two persons and brings its references along; any other row is named by the file, and a
 * statement says where its references lead. */
typedef struct casefile__row { const char *unit; char key[CASEFILE_MAX_KEY + 1]; const char *first, *second; bool pair; } casefile__row;

/* One part of a key: visible ASCII without the separator, so that the parts can be told apart again. */
static bool casefile__key_part(const char *part) {
  size_t n = part ? strlen(part) : 0;
  for (const char *x = part; n && *x; x++)
    if (*x <= 0x20 || *x >= 0x7f || *x == '/') return false;
  return n > 0 && n <= 64;
}

static ans_status casefile__key(const casefile *c, json_t *o, casefile__row *out, ans_error *err) {
  *out = (casefile__row){.unit = NULL};
  ans_status status = casefile__text(o, "unit", true, &out->unit, err);
  if (status != ANS_OK) return status;
  json_t *key = json_object_get(o, "key");
  bool person = strcmp(out->unit, ANS_UNIT_PERSON) == 0;
  size_t parts = json_array_size(key), used = 0;
  out->pair = strcmp(out->unit, ANS_UNIT_PAIR) == 0;
  if (!person && !out->pair && (!c->program || ans_program_find_unit(c->program, out->unit) == ANS_NONE)) return casefile__wrong("unit", out->unit, err);
  if (parts < 1 || parts > CASEFILE_KEY_PARTS || (person && parts != 1) || (out->pair && parts != 2)) return casefile__wrong("key", "1 … 4", err);
  for (size_t i = 0; i < parts; i++) {
    json_t *part = json_array_get(key, i);
    const char *text = json_string_value(part);
    if ((person || out->pair) && !casefile__is_idnr(part)) return casefile__wrong("key", "IdNr …", err);
    if (!casefile__key_part(text) || strlen(text) != json_string_length(part)) return casefile__wrong("key", text ? text : "kein Text / no text", err);
    if (used + strlen(text) + 1 > CASEFILE_MAX_KEY) return casefile__wrong("key", text, err);
    used += (size_t)snprintf(out->key + used, sizeof out->key - used, "%s%s", i ? "/" : "", text);
  }
  out->first = json_string_value(json_array_get(key, 0));
  out->second = out->pair ? json_string_value(json_array_get(key, 1)) : NULL;
  return ANS_OK;
}

static ans_status casefile__subject(casefile *c, const casefile__row *row, int64_t *subject, ans_error *err) {
  return row->pair ? ans_fact_pair(c->store, row->first, row->second, subject, err) : ans_store_subject(c->store, row->unit, row->key, true, subject, err);
}

/* The claim of an award or application: recipient and child (fields `whom` and "child"), or the row that unit and key name. */
static ans_status casefile__claim(const casefile *c, json_t *o, const char *whom, casefile__row *out, ans_error *err) {
  if (json_object_get(o, "unit")) {
    if (json_object_get(o, whom)) return casefile__wrong(whom, "nicht neben unit / not beside unit", err);
    if (json_object_get(o, "child")) return casefile__wrong("child", "nicht neben unit / not beside unit", err);
    return casefile__key(c, o, out, err);
  }
  if (json_object_get(o, "key")) return casefile__wrong("key", "nur mit unit / only with unit", err);
  *out = (casefile__row){.unit = ANS_UNIT_PAIR, .pair = true};
  ans_status status = casefile__idnr(o, whom, &out->first, err);
  return status == ANS_OK ? casefile__idnr(o, "child", &out->second, err) : status;
}

/* Checks or writes the references of a row: name of the reference → key of the row it leads to, its parts joined by '/'; null: it leads nowhere, there is none. */
static ans_status casefile__references(casefile *c, json_t *references, const char *unit, bool write, const ans_assertion *pattern, ans_error *err) {
  if (!references) return ANS_OK;
  if (!json_is_object(references)) return casefile__wrong("references", "kein Objekt / no object", err);
  if (!c->program) return ans_error_set(err, ANS_INPUT, "E-CASEFILE-PACKAGE", NULL, (char *)NULL);
  uint32_t u = ans_program_find_unit(c->program, unit);
  ans_status status = ANS_OK;
  for (void *it = json_object_iter(references); it && status == ANS_OK; it = json_object_iter_next(references, it)) {
    const char *name = json_object_iter_key(it), *key = json_string_value(json_object_iter_value(it));
    uint32_t f = u == ANS_NONE ? ANS_NONE : ans_program_find_fact(c->program, u, name);
    if (f == ANS_NONE || c->program->facts[f].type.tag != ANS_T_REF) return casefile__no_fact(c, u, unit, name, err);
    ans_assertion a = *pattern;
    a.fact = name;
    if (json_is_null(json_object_iter_value(it))) {
      a.state = ANS_NOT_APPLICABLE;
      a.kind = ANS_V_NONE;
      if (write) status = ans_store_put_assertion(c->store, &a, NULL, err);
      continue;
    }
    const char *target = c->program->units[c->program->facts[f].type.ref].name;
    bool person = strcmp(target, ANS_UNIT_PERSON) == 0;
    if (!key || strlen(key) > CASEFILE_MAX_KEY || (person && !casefile__is_idnr(json_object_iter_value(it)))) return casefile__misfit(name, json_object_iter_value(it), err);
    for (const char *x = key; *x; x++)
      if (*x <= 0x20 || *x >= 0x7f) return casefile__misfit(name, json_object_iter_value(it), err);
    if (!*key || strlen(key) != json_string_length(json_object_iter_value(it))) return casefile__misfit(name, json_object_iter_value(it), err);
    if (!write) continue;
    a.state = ANS_VALUE;
    a.kind = ANS_V_SUBJECT;
    status = ans_store_subject(c->store, target, key, true, &a.number, err);
    if (status == ANS_OK) status = ans_store_put_assertion(c->store, &a, NULL, err);
  }
  return status;
}

/* --- kinds of lines ----------------------------------------------------------------------------------------------------------- */
typedef struct casefile__range { int32_t from, to; int64_t cents; const char *notice; } casefile__range;

static ans_status casefile__read_history(json_t *history, uint32_t kind, casefile__range *ranges, size_t max, size_t *n, ans_error *err) {
  static const char *const allowed[] = {"from", "to", "amount_cents", "notice", "final", NULL};
  *n = json_array_size(history);
  if (!json_is_array(history) || *n == 0 || *n > max) return casefile__wrong("history", "1 … 400", err);
  int64_t end = INT32_MIN;
  for (size_t i = 0; i < *n; i++) {
    json_t *h = json_array_get(history, i);
    int32_t notice = 0;
    if (!json_is_object(h)) return casefile__wrong("history", "kein Objekt / no object", err);
    ans_status status = casefile__known_fields(h, allowed, err);
    if (status == ANS_OK) status = casefile__period(h, "from", true, 0, &kind, &ranges[i].from, err);
    if (status == ANS_OK) status = casefile__period(h, "to", false, INT32_MAX, &kind, &ranges[i].to, err);
    if (status == ANS_OK) status = casefile__cents(h, &ranges[i].cents, err);
    if (status == ANS_OK) status = casefile__day(h, "notice", false, 0, &notice, err);
    if (status == ANS_OK) status = casefile__text(h, "notice", false, &ranges[i].notice, err);
    if (status != ANS_OK) return status;
    if (ranges[i].from <= end || ranges[i].to < ranges[i].from) return casefile__wrong("history", "Zeiträume überschneiden sich / periods overlap", err);
    end = ranges[i].to;
  }
  return ANS_OK;
}

static ans_status casefile__award(casefile *c, json_t *o, ans_error *err) {
  static const char *const allowed[] = {"kind", "case", "award", "application", "benefit", "recipient", "child", "unit", "key", "from", "to", "history", NULL};
  const char *case_id, *award, *application, *benefit;
  casefile__row row;
  int32_t from, to;
  uint32_t kind = CASEFILE_ANY_KIND;
  size_t n = 0;
  casefile__range ranges[400];
  ans_status status = casefile__known_fields(o, allowed, err);
  if (status == ANS_OK) status = casefile__id(o, "case", true, &case_id, err);
  if (status == ANS_OK) status = casefile__id(o, "award", true, &award, err);
  if (status == ANS_OK) status = casefile__id(o, "application", false, &application, err);
  if (status == ANS_OK) status = casefile__text(o, "benefit", true, &benefit, err);
  if (status == ANS_OK) status = casefile__claim(c, o, "recipient", &row, err);
  if (status == ANS_OK) status = casefile__period(o, "from", true, 0, &kind, &from, err);
  if (status == ANS_OK) status = casefile__period(o, "to", false, INT32_MAX, &kind, &to, err);
  if (status == ANS_OK && to < from) status = casefile__wrong("to", "vor from / before from", err);
  if (status == ANS_OK) status = casefile__read_history(json_object_get(o, "history"), kind, ranges, sizeof ranges / sizeof *ranges, &n, err);
  if (status != ANS_OK) return status;
  int64_t claim = 0;
  status = casefile__subject(c, &row, &claim, err);
  if (status == ANS_OK) status = casefile__remember(c, benefit, claim, case_id, err);
  if (status == ANS_OK) status = ans_store_supersede_awards(c->store, benefit, claim, award, c->now, err);
  for (size_t i = 0; i < n && status == ANS_OK; i++) {
    ans_award a = {.claim = claim, .benefit = benefit, .period_kind = kind, .from_period = ranges[i].from, .to_period = ranges[i].to, .amount_cents = ranges[i].cents, .notice = ranges[i].notice, .reference = award, .recorded_at = c->now};
    status = ans_store_put_award(c->store, &a, NULL, err);
  }
  if (status == ANS_OK && row.pair) status = ans_fact_awarded(c->store, claim, err);
  c->counts->awards += status == ANS_OK;
  return status;
}

static ans_status casefile__payment(casefile *c, json_t *o, ans_error *err) {
  static const char *const allowed[] = {"kind", "case", "award", "from", "to", "amount_cents", "iban", NULL};
  const char *case_id, *award, *iban;
  ans_payment p = {.period_kind = CASEFILE_ANY_KIND, .recorded_at = c->now};
  ans_status status = casefile__known_fields(o, allowed, err);
  if (status == ANS_OK) status = casefile__id(o, "case", true, &case_id, err);
  if (status == ANS_OK) status = casefile__id(o, "award", true, &award, err);
  if (status == ANS_OK) status = casefile__id(o, "iban", false, &iban, err);
  if (status == ANS_OK) status = casefile__period(o, "from", true, 0, &p.period_kind, &p.from_period, err);
  if (status == ANS_OK) status = casefile__period(o, "to", true, 0, &p.period_kind, &p.to_period, err);
  if (status == ANS_OK) status = casefile__cents(o, &p.amount_cents, err);
  if (status == ANS_OK && p.to_period < p.from_period) status = casefile__wrong("to", "vor from / before from", err);
  if (status != ANS_OK) return status;
  if (strcmp(c->last_case, case_id) == 0) {
    p.claim = c->last_claim;
    p.benefit = c->last_benefit;
  } else {
    status = ans_store_claim_of_case(c->store, case_id, &p.claim, &p.benefit, err);
    if (status != ANS_OK) return status;
  }
  if (!p.claim) return casefile__wrong("case", case_id, err);
  p.iban = iban;
  p.reference = award;
  status = ans_store_put_payment(c->store, &p, err);
  c->counts->payments += status == ANS_OK;
  return status;
}

static ans_status casefile__application(casefile *c, json_t *o, ans_error *err) {
  static const char *const allowed[] = {"kind", "case", "application", "benefit", "applicant", "child", "unit", "key", "received", "requested_from", "stated", NULL};
  const char *case_id, *id, *benefit;
  casefile__row row;
  int32_t received, period;
  uint32_t kind = CASEFILE_ANY_KIND;
  json_t *stated = json_object_get(o, "stated");
  ans_assertion pattern = {.source = ANS_SOURCE_APPLICATION, .to_day = ANS_OPEN_FUTURE};
  ans_status status = casefile__known_fields(o, allowed, err);
  if (status == ANS_OK) status = casefile__id(o, "case", true, &case_id, err);
  if (status == ANS_OK) status = casefile__id(o, "application", true, &id, err);
  if (status == ANS_OK) status = casefile__text(o, "benefit", true, &benefit, err);
  if (status == ANS_OK) status = casefile__claim(c, o, "applicant", &row, err);
  if (status == ANS_OK) status = casefile__day(o, "received", true, 0, &received, err);
  if (status == ANS_OK) status = casefile__period(o, "requested_from", false, INT32_MIN, &kind, &period, err);
  if (status == ANS_OK) status = casefile__facts(c, stated, row.unit, false, &pattern, err);
  if (status != ANS_OK) return status;
  /* Without a requested period the statement holds from birth; before it no period is asked. */
  pattern.from_day = period == INT32_MIN ? ANS_OPEN_PAST : (int32_t)ans_period_first(kind, period);
  pattern.recorded_at = (int64_t)received * CASEFILE_DAY_SECONDS;
  ans_application a = {.benefit = benefit, .received_day = received, .reference = id};
  status = casefile__subject(c, &row, &a.claim, err);
  pattern.subject = a.claim;
  if (status == ANS_OK) status = casefile__remember(c, benefit, a.claim, case_id, err);
  if (status == ANS_OK) status = ans_store_put_application(c->store, &a, NULL, err);
  if (status == ANS_OK) status = casefile__evidence(c, ANS_SOURCE_APPLICATION, row.first, id, pattern.recorded_at, &pattern.evidence, err);
  if (status == ANS_OK && row.pair) status = ans_fact_set_applied(c->store, a.claim, received, pattern.evidence, pattern.recorded_at, err);
  if (status == ANS_OK) status = casefile__facts(c, stated, row.unit, true, &pattern, err);
  c->counts->applications += status == ANS_OK;
  return status;
}

static ans_status casefile__statement(casefile *c, json_t *o, ans_error *err) {
  static const char *const allowed[] = {"kind", "case", "statement", "unit", "key", "references", "facts", "from", "to", "received", NULL};
  const char *id, *case_id;
  casefile__row row;
  int32_t received;
  json_t *facts = json_object_get(o, "facts"), *references = json_object_get(o, "references");
  ans_assertion pattern = {.source = ANS_SOURCE_APPLICATION};
  ans_status status = casefile__known_fields(o, allowed, err);
  if (status == ANS_OK) status = casefile__id(o, "case", false, &case_id, err);
  if (status == ANS_OK) status = casefile__id(o, "statement", true, &id, err);
  if (status == ANS_OK) status = casefile__key(c, o, &row, err);
  if (status == ANS_OK) status = casefile__day(o, "from", false, ANS_OPEN_PAST, &pattern.from_day, err);
  if (status == ANS_OK) status = casefile__day(o, "to", false, ANS_OPEN_FUTURE, &pattern.to_day, err);
  if (status == ANS_OK) status = casefile__day(o, "received", true, 0, &received, err);
  if (status == ANS_OK && pattern.to_day < pattern.from_day) status = casefile__wrong("to", "vor from / before from", err);
  if (status == ANS_OK && !json_is_object(facts)) status = casefile__wrong("facts", "kein Objekt / no object", err);
  if (status == ANS_OK) status = casefile__facts(c, facts, row.unit, false, &pattern, err);
  if (status == ANS_OK && references && row.pair) status = casefile__wrong("references", row.unit, err);
  if (status == ANS_OK) status = casefile__references(c, references, row.unit, false, &pattern, err);
  if (status != ANS_OK) return status;
  pattern.recorded_at = (int64_t)received * CASEFILE_DAY_SECONDS;
  status = casefile__subject(c, &row, &pattern.subject, err);
  if (status == ANS_OK) status = casefile__evidence(c, ANS_SOURCE_APPLICATION, row.first, id, pattern.recorded_at, &pattern.evidence, err);
  ans_assertion reference = pattern; /* a row leads where it leads at all times; from and to are about its facts */
  reference.from_day = ANS_OPEN_PAST;
  reference.to_day = ANS_OPEN_FUTURE;
  if (status == ANS_OK) status = casefile__references(c, references, row.unit, true, &reference, err);
  if (status == ANS_OK) status = casefile__facts(c, facts, row.unit, true, &pattern, err);
  c->counts->statements += status == ANS_OK;
  return status;
}

static ans_status casefile__finding(casefile *c, json_t *o, ans_error *err) {
  static const char *const allowed[] = {"kind", "case", "finding", "unit", "key", "fact", "value", "from", "to", "author", "reason", "recorded_on", NULL};
  const char *id, *fact, *reason, *case_id;
  casefile__row row;
  int32_t recorded;
  ans_assertion a = {.source = ANS_SOURCE_FINDING};
  ans_status status = casefile__known_fields(o, allowed, err);
  if (status == ANS_OK) status = casefile__id(o, "case", false, &case_id, err);
  if (status == ANS_OK) status = casefile__id(o, "finding", true, &id, err);
  if (status == ANS_OK) status = casefile__key(c, o, &row, err);
  if (status == ANS_OK) status = casefile__text(o, "fact", true, &fact, err);
  if (status == ANS_OK) status = casefile__day(o, "from", false, ANS_OPEN_PAST, &a.from_day, err);
  if (status == ANS_OK) status = casefile__day(o, "to", false, ANS_OPEN_FUTURE, &a.to_day, err);
  if (status == ANS_OK) status = casefile__day(o, "recorded_on", true, 0, &recorded, err);
  if (status == ANS_OK) status = casefile__text(o, "author", true, &a.author, err);
  if (status == ANS_OK) status = casefile__text(o, "reason", true, &reason, err); /* kept in the evidence */
  if (status == ANS_OK && a.to_day < a.from_day) status = casefile__wrong("to", "vor from / before from", err);
  if (status == ANS_OK && !json_object_get(o, "value")) status = casefile__wrong("value", "fehlt / missing", err);
  if (status == ANS_OK) status = casefile__value(c, row.unit, fact, json_object_get(o, "value"), &a, err);
  if (status != ANS_OK) return status;
  a.recorded_at = (int64_t)recorded * CASEFILE_DAY_SECONDS;
  status = casefile__subject(c, &row, &a.subject, err);
  if (status == ANS_OK) status = casefile__evidence(c, ANS_SOURCE_FINDING, row.first, id, a.recorded_at, &a.evidence, err);
  if (status == ANS_OK) status = ans_store_put_assertion(c->store, &a, NULL, err);
  c->counts->findings += status == ANS_OK;
  return status;
}

/* --- the file ----------------------------------------------------------------------------------------------------------------- */
static ans_status casefile__parse(const char *line, size_t n, json_t **out, ans_error *err) {
  json_error_t why;
  *out = NULL;
  if (!ans_utf8_valid(line, n)) return ans_error_set(err, ANS_INPUT, "E-CASEFILE-JSON", NULL, "kein UTF-8 / not UTF-8", (char *)NULL);
  *out = json_loadb(line, n, JSON_REJECT_DUPLICATES, &why);
  if (*out && json_is_object(*out)) return ANS_OK;
  ans_status status = ans_error_set(err, ANS_INPUT, "E-CASEFILE-JSON", NULL, *out ? "kein Objekt / no object" : why.text, (char *)NULL);
  json_decref(*out);
  *out = NULL;
  return status;
}

static ans_status casefile__line(casefile *c, ans_error *err) {
  static const struct { const char *kind; ans_status (*import)(casefile *, json_t *, ans_error *); } kinds[] = {
      {"award", casefile__award}, {"payment", casefile__payment}, {"application", casefile__application}, {"statement", casefile__statement}, {"finding", casefile__finding}};
  json_t *o = NULL;
  const char *kind = NULL;
  ans_status status = casefile__parse(c->line, c->length, &o, err);
  if (status == ANS_OK) status = casefile__text(o, "kind", true, &kind, err);
  size_t k = 0;
  while (kind && k < sizeof kinds / sizeof *kinds && strcmp(kinds[k].kind, kind) != 0) k++;
  if (status == ANS_OK) status = k < sizeof kinds / sizeof *kinds ? kinds[k].import(c, o, err) : ans_error_set(err, ANS_INPUT, "E-CASEFILE-KIND", NULL, kind, (char *)NULL);
  json_decref(o);
  return status;
}

static ans_status casefile__header(const char *line, size_t n, ans_error *err) {
  json_t *o = NULL;
  ans_error ignored;
  bool ok = casefile__parse(line, n, &o, &ignored) == ANS_OK;
  const char *kind = json_string_value(json_object_get(o, "kind")), *format = json_string_value(json_object_get(o, "format"));
  ok = ok && kind && format && strcmp(kind, "header") == 0 && strcmp(format, "anspruch-casefile/1") == 0;
  json_decref(o);
  return ok ? ANS_OK : ans_error_set(err, ANS_INPUT, "E-CASEFILE-HEADER", NULL, (char *)NULL);
}

/* Reads one line without its end. Returns false at the end of the file. *length > CASEFILE_MAX_LINE: too long, the rest was skipped. */
static bool casefile__read(FILE *in, char *line, size_t *length) {
  size_t n = 0;
  int ch;
  while ((ch = getc_unlocked(in)) != EOF && ch != '\n')
    if (n++ < CASEFILE_MAX_LINE) line[n - 1] = (char)ch;
  *length = n;
  return ch != EOF || n > 0;
}

static ans_status casefile__body(casefile *c, FILE *in, char *line, const char *path, ans_import_bad *bad, void *ctx, ans_error *err) {
  ans_status status = ans_store_begin(c->store, err);
  int64_t number = 1;
  while (status == ANS_OK && casefile__read(in, line, &c->length)) {
    ans_error why = {0};
    number++;
    c->counts->lines++;
    c->line = line;
    bool added = true;
    uint8_t sha[32] = {0};
    if (c->length == 0) continue;
    if (c->length > CASEFILE_MAX_LINE) {
      char b[24];
      status = ans_error_set(&why, ANS_INPUT, "E-CASEFILE-LONG", NULL, ans_itoa(b, CASEFILE_MAX_LINE), (char *)NULL);
    } else {
      ans_sha256_once(line, c->length, sha);
      status = ans_store_import_line(c->store, sha, &added, &why);
      if (status == ANS_OK && added) status = casefile__line(c, &why);
      c->counts->repeated += status == ANS_OK && !added;
    }
    if (status == ANS_INPUT) { /* nothing of this line was written but its identity, which goes too: it must be reported again next time */
      if (c->length <= CASEFILE_MAX_LINE && ans_store_forget_line(c->store, sha, err) != ANS_OK) {
        status = ANS_STORE;
        break;
      }
      snprintf(why.where, sizeof why.where, "%.200s:%lld", path, (long long)number);
      c->counts->bad++;
      if (bad) bad(ctx, number, &why);
      status = ANS_OK;
    }
    if (status != ANS_OK && err) *err = why;
    if (status == ANS_OK && number % CASEFILE_BLOCK == 0) {
      status = ans_store_commit(c->store, err);
      if (status == ANS_OK) status = ans_store_begin(c->store, err);
    }
  }
  if (status == ANS_OK && ferror(in)) status = ans_error_set(err, ANS_IO, "E-CASEFILE-OPEN", path, strerror(errno), (char *)NULL);
  if (status == ANS_OK) return ans_store_commit(c->store, err);
  ans_store_rollback(c->store);
  return status;
}

ans_status ans_casefile_import_checked(ans_store *s, const ans_program *p, const char *path, ans_import_bad *bad, void *ctx, ans_import_counts *counts, ans_error *err) {
  casefile c = {.store = s, .program = p, .now = (int64_t)time(NULL), .counts = counts};
  memset(counts, 0, sizeof *counts);
  FILE *in = fopen(path, "rbe");
  if (!in) return ans_error_set(err, ANS_IO, "E-CASEFILE-OPEN", path, strerror(errno), (char *)NULL);
  char *line = malloc(CASEFILE_MAX_LINE + 1);
  ans_status status = line ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-FACT-MEMORY", path, (char *)NULL);
  size_t n = 0;
  if (status == ANS_OK) {
    bool any = casefile__read(in, line, &n);
    if (ferror(in)) status = ans_error_set(err, ANS_IO, "E-CASEFILE-OPEN", path, strerror(errno), (char *)NULL);
    else status = casefile__header(line, any && n <= CASEFILE_MAX_LINE ? n : 0, err);
    if (status == ANS_INPUT && err) snprintf(err->where, sizeof err->where, "%.200s:1", path);
  }
  if (status == ANS_OK) {
    counts->lines = 1;
    status = casefile__body(&c, in, line, path, bad, ctx, err);
  }
  free(line);
  fclose(in);
  return status;
}

ans_status ans_casefile_import(ans_store *s, const char *path, ans_import_bad *bad, void *ctx, ans_import_counts *counts, ans_error *err) {
  return ans_casefile_import_checked(s, NULL, path, bad, ctx, counts, err);
}
