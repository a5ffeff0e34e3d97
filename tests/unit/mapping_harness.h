/* What the unit tests of register mappings share: mappings and answers written with ' for ", applied as the fetch does, and what the store says afterwards.
 * All persons are synthetic. Include once per test program. */
#ifndef TESTS_UNIT_MAPPING_HARNESS_H
#define TESTS_UNIT_MAPPING_HARNESS_H
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdint.h>
#include "mapping_fixture.h"
#include "num/calendar.h"
#include "scratch.h"

#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
#define P "13562800019"
#define K "13562800754"
#define Q "13562800391"
static ans_error err;
static ans_store *store;
static ans_program *program;
static exchange__mapping *mapping;
static exchange__register reg = {.register_name = (char[]){"amt"}, .service_id = (char[]){"TH/GOV/AMT/amt/person"}, .source = (char[]){"Amt"}, .legal_basis = (char[]){"§ 67a Abs. 1 SGB_X"}, .purpose = (char[]){"Prüfung"}};
static ans_fetch_report report;

static inline void begin(void) {
  scratch_begin();
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_CREATE, &store, &err));
  program = fixture_program();
}
static inline void end(void) {
  exchange__mapping_free(mapping);
  ans_store_close(store);
  ans_program_free(program);
  scratch_end();
}

/* ' becomes " */
static inline char *quoted(const char *s) {
  char *out = strdup(s);
  for (char *c = out; *c; c++)
    if (*c == '\'') *c = '"';
  return out;
}

#define HEAD "{'format':'anspruch-mapping/1','register':'amt','media':'json','answer':{'status':{'path':'/status','found':'found','no_data':'no_data_released'},'register':'/register','subject':'/idnr','as_of':'/as_of','record':'/record'"
#define SINCE ",'coverage':{'from':'/record/coverage_from'}},"
#define COMPLETE ",'coverage':'complete'},"
#define NEVER "},"
#define LISTS "'code_lists':{'stufen':{'uri':'urn:s','version':'2','values':{'1':'eins','2':'zwei'}},'land':{'uri':'urn:l','version':'1','values':{'DE':true,'FR':false}}},"
#define XML_HEAD "{'format':'anspruch-mapping/1','register':'amt','media':'xml','namespaces':{'a':'urn:a','b':'urn:b'},'answer':{'status':{'path':'/a:auskunft/a:status','found':'ja','no_data':'nein'},'register':'/a:auskunft/@register','subject':'/a:auskunft/a:idnr','as_of':'/a:auskunft/a:stand','record':'/a:auskunft/b:satz','coverage':{'from':'/a:auskunft/b:satz/b:ab'}},"

static inline ans_status parse(const char *text) {
  char *json = quoted(text);
  exchange__mapping_free(mapping);
  ans_status status = exchange__mapping_parse("amt.json", json, strlen(json), &mapping, &err);
  free(json);
  return status;
}
static inline void use(const char *head, const char *facts) {
  char *text = NULL;
  cr_assert_gt(asprintf(&text, "%s" LISTS "'facts':[%s]}", head, facts), 0);
  OK(parse(text));
  free(text);
  reg.mapping = mapping;
  OK(exchange__mapping_bind(mapping, program, &reg, &err));
}

static inline exchange__adapter adapter_of(const char *idnr) { return (exchange__adapter){.store = store, .program = program, .reg = &reg, .report = &report, .idnr = idnr, .now = 1000}; }

static char why_invalid[200];
static inline const char *apply_bytes(const char *idnr, const char *bytes) {
  exchange__adapter a = adapter_of(idnr);
  exchange__document d = {0};
  if (mapping->xml) {
    const char *why = exchange__parse_xml(bytes, strlen(bytes), &d);
    if (why) return why;
  } else {
    cr_assert_not_null(d.json = json_loads(bytes, JSON_REJECT_DUPLICATES, NULL), "%s", bytes);
  }
  report.assertions = 0;
  OK(ans_store_begin(store, &err));
  OK(ans_store_subject(store, "Person", idnr, true, &a.person, &err));
  OK(exchange__read_answer(&a, NULL, &d, &err));
  if (!a.invalid) OK(exchange__write_answer(&a, 0, &err));
  OK(ans_store_commit(store, &err));
  snprintf(why_invalid, sizeof why_invalid, "%s", a.invalid ? a.invalid : "");
  exchange__adapter_dispose(&a);
  exchange__document_dispose(&d);
  return why_invalid[0] ? why_invalid : NULL;
}
/* The record of an answer about `idnr`; NULL when it was good, or why not. */
static inline const char *apply(const char *idnr, const char *record) {
  char *text = NULL, *json;
  cr_assert_gt(asprintf(&text, "{'status':'found','register':'amt','idnr':'%s','as_of':'2026-11-20','record':%s}", idnr, record), 0);
  json = quoted(text);
  const char *why = apply_bytes(idnr, json);
  free(json);
  free(text);
  return why;
}
#define GOOD(idnr_, record_) cr_assert_null(apply(idnr_, record_), "%s", why_invalid)
#define BAD(record_, part_) cr_assert(apply(P, record_) && strstr(why_invalid, part_), "%s", why_invalid)

/* --- what the store says -------------------------------------------------------------------------------------------------------------------- */
typedef struct saying { const char *fact; int64_t day; char text[200]; unsigned n; } saying;
static inline bool on_assertion(void *ctx, const ans_assertion *x) {
  saying *s = ctx;
  if (strcmp(x->fact, s->fact) != 0 || x->from_day > s->day || x->to_day < s->day) return true;
  s->n++;
  if (x->state == ANS_NOT_APPLICABLE) snprintf(s->text, sizeof s->text, "n/a");
  else if (x->state == ANS_UNKNOWN) snprintf(s->text, sizeof s->text, "? %s", x->text);
  else if (x->kind == ANS_V_TEXT) snprintf(s->text, sizeof s->text, "%s", x->text);
  else snprintf(s->text, sizeof s->text, "%lld", (long long)x->number);
  return true;
}
static inline const char *said(const char *unit, const char *key, const char *fact, const char *iso) {
  static saying s;
  int64_t subject = 0;
  s = (saying){.fact = fact, .text = "-"};
  if (iso) cr_assert(ans_date_parse_iso(iso, &s.day));
  OK(ans_store_subject(store, unit, key, false, &subject, &err));
  if (subject) OK(ans_store_assertions(store, subject, INT64_MAX, on_assertion, &s, &err));
  cr_assert_leq(s.n, 1u, "%s said twice on %s", fact, iso ? iso : "all days");
  return s.text;
}
#define SAYS(fact_, iso_, text_) cr_assert_str_eq(said("Person", P, fact_, iso_), text_)
#define ROW(unit_, key_, fact_, text_) cr_assert_str_eq(said(unit_, key_, fact_, "2026-11-20"), text_)

static inline int64_t row(const char *unit, const char *key) {
  int64_t id = 0;
  OK(ans_store_subject(store, unit, key, true, &id, &err));
  return id;
}
static inline int64_t find(const char *unit, const char *key) {
  int64_t id = 0;
  OK(ans_store_subject(store, unit, key, false, &id, &err));
  cr_assert_gt(id, 0);
  return id;
}
/* A row of the case file with two references. */
static inline void row_to(const char *unit, const char *key, const char *one, const char *one_unit, const char *one_key, const char *two, const char *two_key) {
  OK(ans_store_begin(store, &err));
  ans_assertion a = {.subject = row(unit, key), .fact = one, .source = "Antrag", .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_SUBJECT, .number = row(one_unit, one_key)};
  OK(ans_store_put_assertion(store, &a, NULL, &err));
  if (two) {
    a.fact = two;
    a.number = row("Person", two_key);
    OK(ans_store_put_assertion(store, &a, NULL, &err));
  }
  OK(ans_store_commit(store, &err));
}

#define PERSON_FACT(fact_, rest_) "{'unit':'Person','fact':'" fact_ "','row':'person'," rest_ "}"
#define CARE PERSON_FACT("Pflege", "'entries':'/record/list','value':{'kind':'constant','value':true},'valid':{'from':'/from','to':'/to'},'absent':{'value':false},'overlap':'any'")
#endif
