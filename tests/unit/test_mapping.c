/* Unit tests of register mappings: every field of docs/formats/register-mapping.md from both sides, answers in JSON and XML down to the stored assertions, and the
 * persons a claim of any unit leads to. Mappings and answers are written with ' for ". All persons are synthetic. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdint.h>
#include "exchange_server.h"
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

static void begin(void) {
  scratch_begin();
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_CREATE, &store, &err));
  program = fixture_program();
}
static void end(void) {
  server_stop();
  exchange__mapping_free(mapping);
  ans_store_close(store);
  ans_program_free(program);
  scratch_end();
}

/* ' becomes " */
static char *quoted(const char *s) {
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

static ans_status parse(const char *text) {
  char *json = quoted(text);
  exchange__mapping_free(mapping);
  ans_status status = exchange__mapping_parse("amt.json", json, strlen(json), &mapping, &err);
  free(json);
  return status;
}
static void use(const char *head, const char *facts) {
  char *text = NULL;
  cr_assert_gt(asprintf(&text, "%s" LISTS "'facts':[%s]}", head, facts), 0);
  OK(parse(text));
  free(text);
  reg.mapping = mapping;
  OK(exchange__mapping_bind(mapping, program, &reg, &err));
}

static exchange__adapter adapter_of(const char *idnr) { return (exchange__adapter){.store = store, .program = program, .reg = &reg, .report = &report, .idnr = idnr, .now = 1000}; }

static char why_invalid[200];
static const char *apply_bytes(const char *idnr, const char *bytes) {
  exchange__adapter a = adapter_of(idnr);
  exchange__document d = {NULL, NULL};
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
static const char *apply(const char *idnr, const char *record) {
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
static bool on_assertion(void *ctx, const ans_assertion *x) {
  saying *s = ctx;
  if (strcmp(x->fact, s->fact) != 0 || x->from_day > s->day || x->to_day < s->day) return true;
  s->n++;
  if (x->state == ANS_NOT_APPLICABLE) snprintf(s->text, sizeof s->text, "n/a");
  else if (x->state == ANS_UNKNOWN) snprintf(s->text, sizeof s->text, "? %s", x->text);
  else if (x->kind == ANS_V_TEXT) snprintf(s->text, sizeof s->text, "%s", x->text);
  else snprintf(s->text, sizeof s->text, "%lld", (long long)x->number);
  return true;
}
static const char *said(const char *unit, const char *key, const char *fact, const char *iso) {
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

static int64_t row(const char *unit, const char *key) {
  int64_t id = 0;
  OK(ans_store_subject(store, unit, key, true, &id, &err));
  return id;
}
static int64_t find(const char *unit, const char *key) {
  int64_t id = 0;
  OK(ans_store_subject(store, unit, key, false, &id, &err));
  cr_assert_gt(id, 0);
  return id;
}
/* A row of the case file with two references. */
static void row_to(const char *unit, const char *key, const char *one, const char *one_unit, const char *one_key, const char *two, const char *two_key) {
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

/* --- mapping files ---------------------------------------------------------------------------------------------------------------------------- */
TestSuite(mapping, .init = begin, .fini = end, .timeout = 60);

#define PERSON_FACT(fact_, rest_) "{'unit':'Person','fact':'" fact_ "','row':'person'," rest_ "}"
#define CARE PERSON_FACT("Pflege", "'entries':'/record/list','value':{'kind':'constant','value':true},'valid':{'from':'/from','to':'/to'},'absent':{'value':false},'overlap':'any'")

Test(mapping, files_that_are_wrong_name_the_place) {
  static const struct { const char *text, *place; } x[] = {
      {"[]", "/"},
      {HEAD NEVER "'facts':[]}", "/facts"},
      {HEAD NEVER "'facts':[" CARE "]}", "/facts/0/absent"},                      /* "none" needs coverage */
      {HEAD SINCE "'facts':[" CARE "," CARE "]}", "/facts/1/fact"},
      {HEAD SINCE "'facts':[" CARE "],'extra':1}", "/extra"},
      {HEAD SINCE "'namespaces':{'a':'urn:a'},'facts':[" CARE "]}", "/namespaces"},
      {"{'format':'anspruch-mapping/2'}", "/format"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text'},'absent':'unknown'") "]}", "/facts/0/value/path"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'/n','scale':2},'absent':'unknown'") "]}", "/facts/0/value/scale"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'n'},'absent':'unknown'") "]}", "/facts/0/value/path"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'/a~2'},'absent':'unknown'") "]}", "/facts/0/value/path"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'/n'}") "]}", "/facts/0/absent"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'/n'},'absent':'unknown','overlap':'any'") "]}", "/facts/0/overlap"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'/n'},'absent':'unknown','entries':'/record/l'") "]}", "/facts/0/overlap"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'constant','value':'x'},'absent':'unknown'") "]}", "/facts/0/value/kind"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'code','path':'/n','list':'x'},'absent':'unknown'") "]}", "/facts/0/value/list"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'/n'},'valid':{},'absent':'unknown'") "]}", "/facts/0/valid"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'/n'},'valid':{'month':'/m','from':'/f'},'absent':'unknown'") "]}", "/facts/0/valid"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'/n'},'at':'now','absent':'unknown'") "]}", "/facts/0/at"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Arbeitszeit", "'value':{'kind':'decimal','path':'/n'},'absent':'unknown'") "]}", "/facts/0/value/scale"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Grad", "'value':{'kind':'integer','path':'/n','per':'decade'},'absent':'unknown'") "]}", "/facts/0/value/per"},
      {HEAD SINCE "'facts':[{'unit':'Mitglied','fact':'Rente','row':'person','value':{'kind':'money','path':'/n'},'absent':'unknown'}]}", "/facts/0/row"},
      {HEAD SINCE "'facts':[{'unit':'Sache','fact':'Unterhalt','row':{'key':[{'person':true}],'references':{'Kind':[0]}},'value':{'kind':'money','path':'/n'},'absent':'unknown'}]}", "/facts/0/entries"},
      {HEAD SINCE "'facts':[{'unit':'Sache','fact':'Unterhalt','entries':'/record/l','row':{'key':[{'person':true},{'path':'/k'}],'references':{'Kind':[1]}},'value':{'kind':'money','path':'/n'},'absent':'unknown','overlap':'sum'}]}", "/facts/0/row/references"},
      {HEAD SINCE "'facts':[{'unit':'Sache','fact':'Unterhalt','entries':'/record/l','row':{'key':[{'person':true}],'references':{'Kind':[1]}},'value':{'kind':'money','path':'/n'},'absent':'unknown','overlap':'sum'}]}", "/facts/0/row/references"},
      {HEAD SINCE "'facts':[{'unit':'Sache','fact':'Unterhalt','entries':'/record/l','row':{'key':[{'person':true,'text':'x'}],'references':{'Kind':[0]}},'value':{'kind':'money','path':'/n'},'absent':'unknown','overlap':'sum'}]}", "/facts/0/row/key"},
      {HEAD SINCE "'facts':[{'unit':'Sache','fact':'Unterhalt','entries':'/record/l','row':{'refers':'Kind','where':{'reference':'Elternteil'}},'value':{'kind':'money','path':'/n'},'absent':'unknown','overlap':'sum'}]}", "/facts/0/path"},
      {HEAD SINCE "'facts':[" PERSON_FACT("Pflege", "'entries':'/record/l','only':{'path':'/k','in':['a'],'not':['a']},'value':{'kind':'constant','value':true},'absent':'unknown','overlap':'any'") "]}", "/facts/0/only/not"},
      {XML_HEAD "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'/a:n'},'absent':'unknown'") "]}", "/facts/0/value/path"},
      {XML_HEAD "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'c:n'},'absent':'unknown'") "]}", "/facts/0/value/path"},
      {XML_HEAD "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'@a:n/b:m'},'absent':'unknown'") "]}", "/facts/0/value/path"},
      {XML_HEAD "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'a:n[1]'},'absent':'unknown'") "]}", "/facts/0/value/path"},
      {XML_HEAD "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'.//a:n'},'absent':'unknown'") "]}", "/facts/0/value/path"},
      {XML_HEAD "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'count(a:n)'},'absent':'unknown'") "]}", "/facts/0/value/path"}};
  char text[1024];
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
    memset(&err, 0, sizeof err);
    cr_assert_eq(parse(x[i].text), ANS_EXCHANGE, "%zu: %s", i, x[i].text);
    cr_assert_null(mapping);
    ans_error_render(&err, ANS_LANG_DE, text, sizeof text);
    cr_assert(strstr(text, x[i].place) && strstr(text, "amt.json"), "%zu: %s in %s", i, x[i].place, text);
  }
  OK(parse(HEAD SINCE "'comment':'x','facts':[" CARE "]}"));
  cr_assert_eq(parse(HEAD SINCE "'facts':["), ANS_EXCHANGE);
  cr_assert_eq(exchange__mapping_load(scratch_path("absent.json"), &mapping, &err), ANS_EXCHANGE);
  cr_assert(strstr(err.where, "absent.json"));
}

/* A mapping with n facts, of n codes, a path of n steps, a path of n bytes. */
static ans_status with_facts(int n) {
  char *text = malloc(64000), *s = text;
  s += sprintf(s, HEAD SINCE "'facts':[");
  for (int i = 0; i < n; i++) s += sprintf(s, "%s{'unit':'U%d','fact':'f','row':{'refers':'r'},'value':{'kind':'bool','path':'/a'},'absent':'unknown'}", i ? "," : "", i);
  sprintf(s, "]}");
  ans_status status = parse(text);
  free(text);
  return status;
}
static ans_status with_codes(int n) {
  char *text = malloc(200000), *s = text;
  s += sprintf(s, HEAD SINCE "'code_lists':{'c':{'uri':'u','version':'1','values':{");
  for (int i = 0; i < n; i++) s += sprintf(s, "%s'%d':true", i ? "," : "", i);
  sprintf(s, "}}},'facts':[" CARE "]}");
  ans_status status = parse(text);
  free(text);
  return status;
}
static ans_status with_path(int steps, int bytes) {
  char text[2000], path[600] = "";
  for (int i = 0; i < steps; i++) strcat(path, "/a");
  while ((int)strlen(path) < bytes) strcat(path, "a");
  snprintf(text, sizeof text, HEAD SINCE "'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'%s'},'absent':'unknown'") "]}", path);
  return parse(text);
}
/* "a0":VALUE, "a1":VALUE … or, without keys, VALUE0, VALUE1 … */
static char *series(int n, const char *before, const char *after) {
  char *text = malloc((size_t)n * (strlen(before) + strlen(after) + 12) + 1), *s = text;
  *s = 0;
  for (int i = 0; i < n; i++) s += sprintf(s, "%s%s%d%s", i ? "," : "", before, i, after);
  return text;
}
static ans_status with_series(int n, const char *head, const char *before, const char *after, const char *rest) {
  char *text = NULL, *list = series(n, before, after);
  cr_assert_gt(asprintf(&text, "%s%s%s", head, list, rest), 0);
  ans_status status = parse(text);
  free(list);
  free(text);
  return status;
}
Test(mapping, more_limits_of_a_file) {
  static const struct { int most; const char *head, *before, *after, *rest; } x[] = {
      {32, HEAD SINCE "'code_lists':{", "'l", "':{'uri':'u','version':'1','values':{'a':true}}", "},'facts':[" CARE "]}"},
      {16, "{'format':'anspruch-mapping/1','register':'amt','media':'xml','answer':{'status':{'path':'/p0:a','found':'f','no_data':'n'},'register':'/p0:a/p0:b','subject':'/p0:a/p0:b','as_of':'/p0:a/p0:b','record':'/p0:a/p0:b'},'namespaces':{", "'p", "':'urn:x'",
       "},'facts':[" PERSON_FACT("Name", "'value':{'kind':'text','path':'p0:n'},'absent':'unknown'") "]}"},
      {64, HEAD SINCE "'facts':[{'unit':'Person','fact':'Pflege','row':'person','entries':'/record/l','value':{'kind':'constant','value':true},'absent':'unknown','overlap':'any','only':{'path':'/k','in':[", "'w", "'", "]}}]}"},
      {64, HEAD SINCE "'facts':[{'unit':'Person','fact':'Pflege','row':'person','entries':'/record/l','value':{'kind':'constant','value':true},'absent':'unknown','overlap':'any','only':{'path':'/k','in':['x'],'not':[", "'w", "'", "]}}]}"},
      {4, HEAD SINCE "'facts':[{'unit':'Sache','fact':'Unterhalt','entries':'/record/l','value':{'kind':'money','path':'/n','per':'month'},'absent':'unknown','overlap':'sum','row':{'references':{'Kind':[0]},'key':[{'person':true},", "{'text':'t", "'}", "]}}]}"}};
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
    int most = x[i].most - (i == 4); /* the person is a part too */
    OK(with_series(most, x[i].head, x[i].before, x[i].after, x[i].rest));
    cr_assert_eq(with_series(most + 1, x[i].head, x[i].before, x[i].after, x[i].rest), ANS_EXCHANGE, "%zu", i);
  }
}

Test(mapping, limits_of_a_file) {
  OK(with_facts(128));
  cr_assert_eq(with_facts(129), ANS_EXCHANGE);
  OK(with_codes(4096));
  cr_assert_eq(with_codes(4097), ANS_EXCHANGE);
  OK(with_path(16, 0));
  cr_assert_eq(with_path(17, 0), ANS_EXCHANGE);
  OK(with_path(1, 200));
  cr_assert_eq(with_path(1, 201), ANS_EXCHANGE);
  size_t size = (1 << 20) + 1;
  char *blank = malloc(size);
  memset(blank, ' ', size);
  char *json = quoted(HEAD SINCE "'facts':[" CARE "]}");
  memcpy(blank, json, strlen(json));
  exchange__mapping_free(mapping);
  OK(exchange__mapping_parse("amt.json", blank, size - 1, &mapping, &err));
  exchange__mapping_free(mapping);
  cr_assert_eq(exchange__mapping_parse("amt.json", blank, size, &mapping, &err), ANS_EXCHANGE);
  free(json);
  free(blank);
}

Test(mapping, what_does_not_fit_the_package_names_the_fact) {
  static const struct { const char *fact, *name; } x[] = {
      {PERSON_FACT("Pflege", "'value':{'kind':'integer','path':'/n'},'absent':'unknown'"), "Person.Pflege"},
      {PERSON_FACT("Pflege", "'value':{'kind':'bool','path':'/n'},'absent':{'value':0}"), "Person.Pflege"},
      {PERSON_FACT("Lohn", "'value':{'kind':'money','path':'/n'},'absent':'unknown'"), "Person.Lohn"},               /* per is missing */
      {PERSON_FACT("Lohn", "'value':{'kind':'money','path':'/n','per':'year'},'absent':'unknown'"), "Person.Lohn"},
      {PERSON_FACT("Lohn", "'value':{'kind':'money','path':'/n','per':'month','min':0},'absent':'unknown'"), "Person.Lohn"},
      {PERSON_FACT("Lohn", "'value':{'kind':'money','path':'/n','per':'month'},'at':'as_of','valid':{'from':'/f'},'absent':'unknown'"), "Person.Lohn"},
      {PERSON_FACT("Dauer", "'value':{'kind':'integer','path':'/n','measure':'years'},'absent':'unknown'"), "Person.Dauer"},
      {PERSON_FACT("Dauer", "'value':{'kind':'integer','path':'/n','measure':'months'},'valid':{'from':'/f'},'absent':'unknown'"), "Person.Dauer"}, /* at is missing */
      {PERSON_FACT("Arbeitszeit", "'value':{'kind':'decimal','scale':3,'path':'/n','measure':'hours','per':'week'},'absent':'unknown'"), "Person.Arbeitszeit"},
      {PERSON_FACT("Stufe", "'value':{'kind':'code','list':'land','path':'/n'},'absent':'unknown'"), "Person.Stufe"},
      {PERSON_FACT("Stufe", "'value':{'kind':'code','list':'stufen','path':'/n'},'absent':{'value':'drei'}"), "Person.Stufe"},
      {PERSON_FACT("Stufe", "'entries':'/record/l','value':{'kind':'code','list':'stufen','path':'/n'},'absent':'unknown','overlap':'any'"), "Person.Stufe"},
      {PERSON_FACT("Stufe", "'entries':'/record/l','value':{'kind':'code','list':'stufen','path':'/n'},'absent':'unknown','overlap':'sum'"), "Person.Stufe"},
      {"{'unit':'Mitglied','fact':'Rente','row':{'refers':'Haushalt'},'value':{'kind':'money','path':'/n','per':'month'},'absent':'unknown'}", "Mitglied.Rente"},
      {"{'unit':'Mitglied','fact':'Haushalt','row':{'refers':'Person'},'value':{'kind':'text','path':'/n'},'absent':'unknown'}", "Mitglied.Haushalt"},
      {"{'unit':'Sache','fact':'Unterhalt','row':{'refers':'Kind','where':{'reference':'Vater','path':'/p'}},'value':{'kind':'money','path':'/n','per':'month'},'absent':'unknown'}", "Sache.Unterhalt"}};
  char text[4000], out[1024];
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
    snprintf(text, sizeof text, HEAD SINCE LISTS "'facts':[%s]}", x[i].fact);
    OK(parse(text));
    cr_assert_eq(exchange__mapping_bind(mapping, program, &reg, &err), ANS_EXCHANGE, "%zu", i);
    ans_error_render(&err, ANS_LANG_EN, out, sizeof out);
    cr_assert(strstr(out, x[i].name) && strstr(out, "/facts/0"), "%zu: %s", i, out);
  }
  /* What the package lacks, or takes from another source, is not wanted, whatever its type. */
  OK(parse(HEAD SINCE "'facts':[" PERSON_FACT("Fremd", "'value':{'kind':'text','path':'/n'},'absent':'unknown'") ",{'unit':'Auto','fact':'x','row':{'refers':'y'},'value':{'kind':'text','path':'/n'},'absent':'unknown'}]}"));
  OK(exchange__mapping_bind(mapping, program, &reg, &err));
  cr_assert_not(exchange__mapping_wanted(mapping, program, &reg));
  OK(parse(HEAD SINCE "'facts':[" CARE "]}"));
  cr_assert(exchange__mapping_wanted(mapping, program, &reg));
}

/* --- values ----------------------------------------------------------------------------------------------------------------------------------- */
#define KINDS                                                                                                                                            \
  PERSON_FACT("Geburtsdatum", "'value':{'kind':'date','path':'/born'},'absent':'not_applicable'") ","                                                     \
  PERSON_FACT("Stufe", "'value':{'kind':'code','path':'/s/code','list':'stufen','uri':'/s/uri','version':'/s/version'},'absent':{'value':'keine'}") ","   \
  PERSON_FACT("Grad", "'value':{'kind':'integer','path':'/grad','min':20,'max':100},'absent':{'value':0}") ","                                            \
  PERSON_FACT("Lohn", "'value':{'kind':'money','path':'/lohn','per':'month','min':'0.00'},'absent':{'value':'0.00'}") ","                                 \
  PERSON_FACT("Arbeitszeit", "'value':{'kind':'decimal','scale':1,'path':'/zeit','measure':'hours','per':'week'},'absent':'unknown'") ","                 \
  PERSON_FACT("Pflege", "'value':{'kind':'bool','path':'/pflege'},'absent':{'value':false}") ","                                                          \
  PERSON_FACT("Name", "'value':{'kind':'text','path':'/n~1m'},'absent':'unknown'") "," PERSON_FACT("Dauer", "'value':{'kind':'integer','path':'/dauer','measure':'months'},'absent':'unknown'")

Test(mapping, values_of_every_kind) {
  use(HEAD COMPLETE, KINDS);
  GOOD(P, "{'born':'2014-05-06','s':{'code':'2','uri':'urn:s','version':'2'},'grad':50,'lohn':'1234.5','zeit':'19.5','pflege':true,'n/m':'Ä','dauer':7}");
  SAYS("Geburtsdatum", NULL, "16196");
  SAYS("Stufe", "2020-01-01", "zwei");
  SAYS("Grad", "2020-01-01", "50");
  SAYS("Lohn", "2020-01-01", "123450");
  SAYS("Arbeitszeit", "2020-01-01", "1950");
  SAYS("Pflege", "2020-01-01", "1");
  SAYS("Name", NULL, "Ä");
  SAYS("Dauer", NULL, "7");
  GOOD(P, "{}"); /* nothing entered: each fact as its mapping says */
  SAYS("Geburtsdatum", NULL, "n/a");
  SAYS("Stufe", "2026-11-30", "keine");
  SAYS("Stufe", "2026-12-01", "-"); /* the register does not know the future */
  SAYS("Grad", "1950-01-01", "0");
  SAYS("Lohn", "2020-01-01", "0");
  SAYS("Arbeitszeit", "2020-01-01", "? im Register nicht eingetragen");
  SAYS("Pflege", "2020-01-01", "0");
}

Test(mapping, values_that_are_unclear_are_unknown) {
  use(HEAD COMPLETE, KINDS);
  GOOD(P, "{'born':{'year':2014,'month':5},'s':{'code':'3','uri':'urn:s','version':'2'}}");
  SAYS("Geburtsdatum", NULL, "? nur teilweise bekannt");
  SAYS("Stufe", "2020-01-01", "? Schlüssel nicht in der Codeliste");
  GOOD(P, "{'s':{'code':'1','uri':'urn:s','version':'3'}}");
  SAYS("Stufe", "2020-01-01", "? andere Codeliste oder Fassung");
  GOOD(P, "{'s':{'code':'1','uri':'urn:other','version':'2'}}");
  SAYS("Stufe", "2020-01-01", "? andere Codeliste oder Fassung");
  GOOD(P, "{'s':{'code':'1'}}");
  SAYS("Stufe", "2020-01-01", "? andere Codeliste oder Fassung");
}

Test(mapping, values_that_are_impossible_make_the_answer_invalid) {
  use(HEAD COMPLETE, KINDS);
  GOOD(P, "{'grad':20}");
  BAD("{'grad':19}", "Grad");
  GOOD(P, "{'grad':100}");
  BAD("{'grad':101}", "Grad");
  BAD("{'grad':'50'}", "Grad");
  BAD("{'grad':null}", "Grad");
  BAD("{'born':'2014-02-30'}", "Geburtsdatum");
  BAD("{'born':{'year':2014,'month':13}}", "Geburtsdatum");
  BAD("{'born':{'year':2014,'day':1}}", "Geburtsdatum");
  BAD("{'born':'2014-02'}", "Geburtsdatum"); /* in JSON a partial date is an object */
  BAD("{'lohn':12}", "Lohn");
  BAD("{'lohn':'12.345'}", "Lohn");
  BAD("{'lohn':'-0.01'}", "Lohn");
  BAD("{'zeit':'19.55'}", "Arbeitszeit"); /* the fact could hold it, the register promised one digit */
  BAD("{'pflege':'true'}", "Pflege");
  BAD("{'n/m':''}", "Name");
  BAD("{'s':{'code':2}}", "Stufe");
  BAD("{'s':'x'}", "Stufe"); /* the path leads through a text */
  SAYS("Grad", "2020-01-01", "100"); /* an invalid answer changes nothing by itself */
}

Test(mapping, envelopes) {
  use(HEAD SINCE, CARE);
  static const struct { const char *text, *why; } x[] = {
      {"{'status':'perhaps','register':'amt','idnr':'" P "','as_of':'2026-11-20','record':{'coverage_from':'2020-01-01','list':[]}}", "Status"},
      {"{'status':'found','register':'amt','idnr':'" Q "','as_of':'2026-11-20','record':{'coverage_from':'2020-01-01','list':[]}}", "nicht die angefragte"},
      {"{'status':'found','register':'births','idnr':'" P "','as_of':'2026-11-20','record':{'coverage_from':'2020-01-01','list':[]}}", "nicht die angefragte"},
      {"{'status':'found','register':'amt','idnr':'" P "','as_of':{'year':2026},'record':{'coverage_from':'2020-01-01','list':[]}}", "Stand"},
      {"{'status':'found','register':'amt','idnr':'" P "','as_of':'2026-11-20','record':[]}", "Datensatz"},
      {"{'status':'found','register':'amt','idnr':'" P "','as_of':'2026-11-20'}", "Datensatz"},
      {"{'status':'found','register':'amt','idnr':'" P "','as_of':'2026-11-20','record':{'list':[]}}", "Beginn der Registerführung"},
      {"{'status':'found','register':'amt','idnr':'" P "','as_of':'2026-11-20','record':{'coverage_from':'2020-01-01','list':{}}}", "keine Liste"},
      {"[]", "Status"}};
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
    char *json = quoted(x[i].text);
    cr_assert(apply_bytes(P, json) && strstr(why_invalid, x[i].why), "%zu: %s", i, why_invalid);
    free(json);
  }
  SAYS("Pflege", "2024-01-01", "-");
}

/* --- timelines -------------------------------------------------------------------------------------------------------------------------------- */
Test(mapping, any_is_complete_only_where_the_register_is) {
  use(HEAD SINCE, CARE);
  GOOD(P, "{'coverage_from':'2020-01-01','list':[{'from':'2019-03-01','to':'2019-04-30'},{'from':'2024-05-01','to':'2024-08-31'},{'from':'2026-02-01'}]}");
  SAYS("Pflege", "2019-02-28", "-");
  SAYS("Pflege", "2019-03-01", "1");
  SAYS("Pflege", "2019-05-01", "-");
  SAYS("Pflege", "2020-01-01", "0");
  SAYS("Pflege", "2024-04-30", "0");
  SAYS("Pflege", "2024-05-01", "1");
  SAYS("Pflege", "2024-08-31", "1");
  SAYS("Pflege", "2024-09-01", "0");
  SAYS("Pflege", "2026-11-30", "1");
  SAYS("Pflege", "2026-12-01", "-");
  cr_assert_eq(report.assertions, 5);
  GOOD(P, "{'coverage_from':'2020-01-01','list':[{'to':'2021-12-31'},{'from':'2026-01-01','to':'2027-06-30'}]}");
  SAYS("Pflege", "2020-01-01", "1"); /* beginning not recorded: from the begin of coverage */
  SAYS("Pflege", "2022-01-01", "0");
  SAYS("Pflege", "2027-06-30", "1"); /* a planned end is known */
  GOOD(P, "{'coverage_from':'2020-01-01'}");
  SAYS("Pflege", "2024-01-01", "? im Register nicht geführt");
  BAD("{'coverage_from':'2020-01-01','list':[{'from':'2024-02-01','to':'2024-01-31'}]}", "Zeitraum");
  BAD("{'coverage_from':'2020-01-01','list':[{'from':'2024-02-30'}]}", "Zeitraum");
}

Test(mapping, partial_dates_make_only_the_days_in_doubt_unknown) {
  use(HEAD SINCE, CARE);
  GOOD(P, "{'coverage_from':'2020-01-01','list':[{'from':{'year':2024,'month':3},'to':{'year':2025}}]}");
  SAYS("Pflege", "2024-02-29", "0");
  SAYS("Pflege", "2024-03-01", "? Zeitraum des Eintrags nur teilweise bekannt");
  SAYS("Pflege", "2024-03-30", "? Zeitraum des Eintrags nur teilweise bekannt");
  SAYS("Pflege", "2024-03-31", "1");
  SAYS("Pflege", "2025-01-01", "1");
  SAYS("Pflege", "2025-01-02", "? Zeitraum des Eintrags nur teilweise bekannt");
  SAYS("Pflege", "2025-12-31", "? Zeitraum des Eintrags nur teilweise bekannt");
  SAYS("Pflege", "2026-01-01", "0");
}

#define WAGE PERSON_FACT("Lohn", "'entries':'/record/pay','value':{'kind':'money','path':'/gross','per':'month'},'valid':{'month':'/month'},'absent':{'value':'0.00'},'overlap':'sum'")
Test(mapping, amounts_add_up) {
  use(HEAD SINCE, WAGE);
  GOOD(P, "{'coverage_from':'2026-01-01','pay':[{'month':'2025-12','gross':'1.00'},{'month':'2026-02','gross':'100.10'},{'month':'2026-02','gross':'20.05'},{'month':'2026-03'},{'month':'2026-03','gross':'5.00'}]}");
  SAYS("Lohn", "2025-12-31", "-"); /* outside coverage an entry is no proof that it is the only one */
  SAYS("Lohn", "2026-01-31", "0");
  SAYS("Lohn", "2026-02-01", "12015");
  SAYS("Lohn", "2026-02-28", "12015");
  SAYS("Lohn", "2026-03-01", "? im Register nicht eingetragen");
  SAYS("Lohn", "2026-04-01", "0");
  GOOD(P, "{'coverage_from':'2026-01-01','pay':[{'month':'2026-02','gross':'92233720368547758.07'},{'month':'2026-02','gross':'0.01'}]}");
  SAYS("Lohn", "2026-02-01", "? Summe nicht darstellbar");
  BAD("{'coverage_from':'2026-01-01','pay':[{'gross':'1.00'}]}", "Monat");
}

#define LEVEL PERSON_FACT("Stufe", "'entries':'/record/levels','only':{'path':'/kind','in':['valid'],'not':['void']},'value':{'kind':'code','path':'/level','list':'stufen'},'valid':{'from':'/from','to':'/to'},'absent':{'value':'keine'},'overlap':'single'")
Test(mapping, one_value_a_day_or_none) {
  use(HEAD SINCE, LEVEL);
  GOOD(P, "{'coverage_from':'2020-01-01','levels':[{'kind':'valid','level':'1','from':'2021-01-01','to':'2022-12-31'},{'kind':'valid','level':'2','from':'2022-12-01'},{'kind':'void','level':'9','from':'2020-01-01'},"
          "{'kind':'valid','level':'2','from':'2024-01-01'},{'kind':'other','level':'1','from':'2025-01-01','to':'2025-01-31'}]}");
  SAYS("Stufe", "2020-12-31", "keine");
  SAYS("Stufe", "2021-01-01", "eins");
  SAYS("Stufe", "2022-12-01", "? widersprüchliche Einträge im Register");
  SAYS("Stufe", "2023-01-01", "zwei");
  SAYS("Stufe", "2024-06-01", "zwei"); /* two that agree are one */
  SAYS("Stufe", "2025-01-15", "? unbekannte Art des Eintrags");
  SAYS("Stufe", "2025-02-01", "zwei");
}

#define GERMAN PERSON_FACT("Deutsch", "'entries':'/record/nations','value':{'kind':'code','path':'','list':'land'},'absent':'unknown','overlap':'%s'")
static const char *nations(const char *overlap, const char *list) {
  char fact[400], record[100];
  snprintf(fact, sizeof fact, GERMAN, overlap);
  use(HEAD COMPLETE, fact);
  snprintf(record, sizeof record, "{'nations':%s}", list);
  GOOD(P, record);
  return said("Person", P, "Deutsch", NULL);
}
Test(mapping, any_and_all_of_a_list_of_codes) {
  cr_assert_str_eq(nations("any", "['FR','DE']"), "1");
  cr_assert_str_eq(nations("all", "['FR','DE']"), "0");
  cr_assert_str_eq(nations("all", "['DE','DE']"), "1");
  cr_assert_str_eq(nations("any", "['FR']"), "0");
  cr_assert_str_eq(nations("any", "['FR','ZZ']"), "? Schlüssel nicht in der Codeliste");
  cr_assert_str_eq(nations("any", "['ZZ','DE']"), "1");
  cr_assert_str_eq(nations("all", "['ZZ','DE']"), "? Schlüssel nicht in der Codeliste");
  cr_assert_str_eq(nations("all", "['ZZ','FR']"), "0");
  cr_assert_str_eq(nations("any", "[]"), "? im Register nicht eingetragen");
}

Test(mapping, without_coverage_only_entries_are_said) {
  use(HEAD NEVER, PERSON_FACT("Pflege", "'entries':'/record/list','value':{'kind':'bool','path':'/v'},'valid':{'from':'/from','to':'/to'},'absent':'unknown','overlap':'any'"));
  GOOD(P, "{'list':[{'v':true,'from':'2024-01-01','to':'2024-01-31'},{'v':false,'from':'2024-02-01','to':'2024-02-29'}]}");
  SAYS("Pflege", "2024-01-31", "1");
  SAYS("Pflege", "2024-02-01", "-"); /* a "no" outside coverage is no proof that there is no "yes" */
  SAYS("Pflege", "2025-01-01", "-");
}

static const char *with_entries(size_t n) {
  static char why[200];
  char *text = malloc(40 * n + 100), *s = text;
  s += sprintf(s, "{'coverage_from':'2020-01-01','list':[");
  for (size_t i = 0; i < n; i++) s += sprintf(s, "%s{'from':'2024-01-01'}", i ? "," : "");
  sprintf(s, "]}");
  const char *bad = apply(P, text);
  snprintf(why, sizeof why, "%s", bad ? bad : "");
  free(text);
  return why;
}
Test(mapping, limit_of_entries) {
  use(HEAD SINCE, CARE);
  cr_assert_str_eq(with_entries(1000), "");
  cr_assert(strstr(with_entries(1001), "1000"));
}

static bool with_text(int bytes) {
  char record[1200], text[1100];
  memset(text, 'x', sizeof text);
  text[bytes] = 0;
  snprintf(record, sizeof record, "{'n/m':'%s'}", text);
  return apply(P, record) == NULL;
}
static bool with_part(int bytes) {
  char record[400], text[100];
  memset(text, '1', sizeof text);
  text[bytes] = 0;
  snprintf(record, sizeof record, "{'coverage_from':'2026-01-01','paid':[{'part':'%s','amount':'1.00','from':'2026-02-01'}]}", text);
  return apply(K, record) == NULL;
}
Test(mapping, limits_of_texts_and_keys) {
  use(HEAD COMPLETE, KINDS);
  cr_assert(with_text(1000));
  cr_assert_not(with_text(1001));
  use(HEAD SINCE, "{'unit':'Sache','fact':'Unterhalt','row':{'key':[{'path':'/part'},{'person':true}],'references':{'Kind':[1]},'create':true},'entries':'/record/paid','value':{'kind':'money','path':'/amount','per':'month'},'valid':{'from':'/from'},'absent':'unknown','overlap':'single'}");
  cr_assert(with_part(64));
  cr_assert_not(with_part(65));
}

/* --- rows ------------------------------------------------------------------------------------------------------------------------------------- */
#define MEMBER "{'unit':'Mitglied','fact':'Rente','row':{'refers':'Person'},'entries':'/record/pensions','value':{'kind':'money','path':'/amount','per':'month'},'valid':{'from':'/from','to':'/to'},'at':'as_of','absent':{'value':'0.00'},'overlap':'sum'}"
Test(mapping, rows_whose_reference_leads_to_the_person) {
  use(HEAD SINCE, MEMBER);
  row_to("Mitglied", Q "/" P, "Haushalt", "Haushalt", Q, "Person", P);
  row_to("Mitglied", P "/" P, "Haushalt", "Haushalt", P, "Person", P);
  row_to("Mitglied", P "/" K, "Haushalt", "Haushalt", P, "Person", K);
  GOOD(P, "{'coverage_from':'2020-01-01','pensions':[{'amount':'500.00','from':'2021-01-01'},{'amount':'80.00','from':'2026-11-20'},{'amount':'7.00','from':'2026-11-21'},{'amount':'9.00','from':'2020-01-01','to':'2026-11-19'}]}");
  ROW("Mitglied", Q "/" P, "Rente", "58000"); /* what holds on the day of the answer, in each household */
  ROW("Mitglied", P "/" P, "Rente", "58000");
  ROW("Mitglied", P "/" K, "Rente", "-");
  GOOD(P, "{'coverage_from':'2020-01-01','pensions':[]}");
  ROW("Mitglied", Q "/" P, "Rente", "0");
  cr_assert_eq(report.assertions, 2);
  GOOD(P, "{'coverage_from':'2020-01-01','pensions':[]}");
  cr_assert_eq(report.assertions, 0); /* an unchanged answer writes nothing */
}

#define PAID "{'unit':'Sache','fact':'Unterhalt','row':{'refers':'Kind','where':{'reference':'Elternteil','path':'/to_parent'}},'entries':'/record/paid','value':{'kind':'money','path':'/amount','per':'month'},'valid':{'month':'/month'},'absent':{'value':'0.00'},'overlap':'sum'}"
Test(mapping, entries_narrowed_by_a_second_number) {
  use(HEAD SINCE, PAID);
  row_to("Sache", P "/" K, "Kind", "Person", K, "Elternteil", P);
  row_to("Sache", Q "/" K, "Kind", "Person", K, "Elternteil", Q);
  GOOD(K, "{'coverage_from':'2026-01-01','paid':[{'to_parent':'" P "','amount':'100.00','month':'2026-11'},{'to_parent':'" Q "','amount':'30.00','month':'2026-11'},{'amount':'1.00','month':'2026-10'}]}");
  ROW("Sache", P "/" K, "Unterhalt", "10000");
  ROW("Sache", Q "/" K, "Unterhalt", "3000");
  cr_assert_str_eq(said("Sache", Q "/" K, "Unterhalt", "2026-10-01"), "? Eintrag nicht zuzuordnen");
  cr_assert_str_eq(said("Sache", Q "/" K, "Unterhalt", "2026-09-01"), "0");
  cr_assert(apply(K, "{'coverage_from':'2026-01-01','paid':[{'to_parent':'12','amount':'100.00','month':'2026-11'}]}"));
}

#define KEYED(create_) "{'unit':'Sache','fact':'Unterhalt','row':{'key':[{'path':'/parent'},{'person':true},{'text':'U'}],'references':{'Kind':[1],'Elternteil':[0]},'create':" create_ "},'entries':'/record/paid','value':{'kind':'money','path':'/amount','per':'month'},'valid':{'from':'/from'},'absent':{'value':'0.00'},'overlap':'single'}"
static int64_t count_of(const char *unit) {
  sqlite3_int64 n = 0;
  char sql[200];
  sqlite3 *db = NULL;
  sqlite3_stmt *st = NULL;
  snprintf(sql, sizeof sql, "SELECT count(*) FROM subject JOIN name ON name.id = subject.unit WHERE name.text = '%s'", unit);
  cr_assert_eq(sqlite3_open_v2(scratch_path("store.db"), &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
  cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
  cr_assert_eq(sqlite3_step(st), SQLITE_ROW);
  n = sqlite3_column_int64(st, 0);
  sqlite3_finalize(st);
  sqlite3_close(db);
  return n;
}
Test(mapping, rows_made_by_key_and_taken_back) {
  char target[24];
  use(HEAD SINCE, KEYED("true"));
  GOOD(K, "{'coverage_from':'2026-01-01','paid':[{'parent':'" P "','amount':'100.00','from':'2026-02-01'},{'parent':'" Q "','amount':'30.00','from':'2026-11-01'}]}");
  ROW("Sache", P "/" K "/U", "Unterhalt", "10000");
  ROW("Sache", Q "/" K "/U", "Unterhalt", "3000");
  snprintf(target, sizeof target, "%lld", (long long)find("Person", K));
  ROW("Sache", Q "/" K "/U", "Kind", target);
  GOOD(K, "{'coverage_from':'2026-01-01','paid':[{'parent':'" P "','amount':'100.00','from':'2026-02-01'}]}");
  cr_assert_eq(report.assertions, 0);
  ROW("Sache", P "/" K "/U", "Unterhalt", "10000");
  ROW("Sache", Q "/" K "/U", "Unterhalt", "-"); /* a row the register names no longer belongs to no case */
  ROW("Sache", Q "/" K "/U", "Kind", "-");
  BAD("{'coverage_from':'2026-01-01','paid':[{'parent':'" P "','amount':'100.00','from':'2026-02-01'}]}", "IdNr"); /* nobody is his own parent */
  cr_assert(apply(K, "{'coverage_from':'2026-01-01','paid':[{'amount':'100.00','from':'2026-02-01'}]}") && strstr(why_invalid, "Schlüssel der Zeile"));
  cr_assert(apply(K, "{'coverage_from':'2026-01-01','paid':[{'parent':'1/2','amount':'100.00','from':'2026-02-01'}]}"));
}

Test(mapping, rows_by_key_are_not_made_unasked) {
  use(HEAD SINCE, KEYED("false"));
  row_to("Sache", P "/" K "/U", "Kind", "Person", K, "Elternteil", P);
  GOOD(K, "{'coverage_from':'2026-01-01','paid':[{'parent':'" Q "','amount':'30.00','from':'2026-11-01'}]}");
  ROW("Sache", P "/" K "/U", "Unterhalt", "0"); /* an existing row without entry: as the mapping says */
  cr_assert_eq(count_of("Sache"), 1);
}

Test(mapping, silence_and_nonsense_are_unknown_on_every_row) {
  use(HEAD SINCE, MEMBER "," CARE "," KEYED("true"));
  row_to("Mitglied", Q "/" K, "Haushalt", "Haushalt", Q, "Person", K);
  GOOD(K, "{'coverage_from':'2020-01-01','pensions':[],'list':[],'paid':[{'parent':'" P "','amount':'100.00','from':'2026-02-01'}]}");
  exchange__adapter a = adapter_of(K);
  for (int keep = 1; keep >= 0; keep--) {
    a.person = find("Person", K);
    OK(ans_store_begin(store, &err));
    OK(exchange__apply_unknown(&a, NULL, "keine Daten freigegeben", keep, &err));
    OK(ans_store_commit(store, &err));
    ROW("Mitglied", Q "/" K, "Rente", keep ? "0" : "? keine Daten freigegeben");
    ROW("Person", K, "Pflege", keep ? "0" : "? keine Daten freigegeben");
    ROW("Sache", P "/" K "/U", "Unterhalt", keep ? "10000" : "? keine Daten freigegeben");
    cr_assert_str_neq(said("Sache", P "/" K "/U", "Kind", NULL), "-"); /* a row does not vanish because its register is silent: a sum over rows would be wrong */
  }
  exchange__adapter_dispose(&a);
}

/* A built-in adapter and a mapping read one answer; each is compared with what its own facts were before. */
Test(mapping, beside_a_built_in_adapter) {
  exchange__register both = reg;
  both.register_name = (char[]){"residents"};
  const exchange__kind *kind = exchange__kind_of("residents");
  char *text = NULL, *json = quoted("{'status':'found','register':'residents','idnr':'" P "','as_of':'2026-11-20','record':{'coverage_from':'2020-01-01','birth_date':'1990-03-01','nationalities':['DE'],'addresses':[],'moves':[],"
                                    "'minor_children':[{'idnr':'" K "'}],'list':[{'from':'2024-05-01'}]}}");
  exchange__document d = {.json = json_loads(json, 0, NULL)};
  cr_assert_gt(asprintf(&text, "{'format':'anspruch-mapping/1','register':'residents'%s'facts':[" CARE "]}", strchr(HEAD SINCE, ',') + strlen(",'register':'amt'")), 0);
  OK(parse(text));
  both.mapping = mapping;
  exchange__adapter a = adapter_of(P);
  a.reg = &both;
  for (int pass = 0; pass < 2; pass++) {
    report.assertions = 0;
    OK(ans_store_begin(store, &err));
    OK(ans_store_subject(store, "Person", P, true, &a.person, &err));
    OK(exchange__read_answer(&a, kind, &d, &err));
    cr_assert_null(a.invalid, "%s", a.invalid);
    OK(exchange__write_answer(&a, 0, &err));
    OK(ans_store_commit(store, &err));
    cr_assert_eq(report.assertions, pass ? 0 : 3);
  }
  SAYS("Geburtsdatum", NULL, "7364");
  SAYS("Pflege", "2024-05-01", "1");
  SAYS("Pflege", "2024-04-30", "0");
  cr_assert_eq(count_of("Kindschaft"), 0); /* the package knows no pairs */
  OK(ans_store_begin(store, &err));
  OK(exchange__apply_unknown(&a, kind, "keine Daten freigegeben", false, &err));
  OK(ans_store_commit(store, &err));
  SAYS("Geburtsdatum", NULL, "? keine Daten freigegeben");
  SAYS("Pflege", "2024-05-01", "? keine Daten freigegeben");
  exchange__adapter_dispose(&a);
  exchange__document_dispose(&d);
  free(text);
  free(json);
}

static const char *with_rows(int n) {
  char key[64];
  static char why[200];
  OK(ans_store_begin(store, &err));
  ans_assertion a = {.fact = "Person", .source = "Antrag", .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_SUBJECT, .number = row("Person", P)};
  for (int i = (int)count_of("Mitglied"); i < n; i++) {
    snprintf(key, sizeof key, "H%d/" P, i);
    a.subject = row("Mitglied", key);
    OK(ans_store_put_assertion(store, &a, NULL, &err));
  }
  OK(ans_store_commit(store, &err));
  const char *bad = apply(P, "{'coverage_from':'2020-01-01','pensions':[]}");
  snprintf(why, sizeof why, "%s", bad ? bad : "");
  return why;
}
Test(mapping, limit_of_rows) {
  use(HEAD SINCE, MEMBER);
  cr_assert_str_eq(with_rows(500), "");
  cr_assert(strstr(with_rows(501), "zu viele Zeilen"));
}

/* --- XML -------------------------------------------------------------------------------------------------------------------------------------- */
#define XML_FACTS                                                                                                                                        \
  PERSON_FACT("Stufe", "'entries':'/a:auskunft/b:satz/b:stufe','value':{'kind':'code','path':'b:wert/code','list':'stufen','uri':'b:wert/@listURI','version':'b:wert/@listVersionID'},'valid':{'from':'b:von','to':'b:bis'},'absent':{'value':'keine'},'overlap':'single'") "," \
  PERSON_FACT("Geburtsdatum", "'value':{'kind':'date','path':'b:geboren'},'absent':'unknown'") ","                                                       \
  PERSON_FACT("Grad", "'entries':'/a:auskunft/b:satz/b:grad','value':{'kind':'integer','path':'.'},'absent':{'value':0},'overlap':'single'") ","         \
  PERSON_FACT("Pflege", "'value':{'kind':'bool','path':'b:pflege/@ja'},'absent':{'value':false}")
#define XML(body_) "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x:auskunft xmlns:x=\"urn:a\" xmlns=\"urn:b\" register=\"amt\"><x:status>ja</x:status><x:idnr>" P "</x:idnr><x:stand>2026-11-20</x:stand><satz><ab>2020-01-01</ab>" body_ "</satz></x:auskunft>"

Test(mapping, xml_answers) {
  use(XML_HEAD, XML_FACTS);
  cr_assert_null(apply_bytes(P, XML("<stufe><wert listURI=\"urn:s\" listVersionID=\"2\"><code xmlns=\"\"> 1 </code></wert><von>2024-01-01</von></stufe>"
                                    "<stufe><wert listURI=\"urn:s\" listVersionID=\"1\"><code xmlns=\"\">1</code></wert><von>2022</von><bis>2022-12-31</bis></stufe><!-- x -->"
                                    "<geboren>2014-05-06</geboren><grad>5<![CDATA[0]]></grad><pflege ja=\"1\"/>")), "%s", why_invalid);
  SAYS("Stufe", "2021-12-31", "keine");
  SAYS("Stufe", "2022-01-01", "? andere Codeliste oder Fassung");
  SAYS("Stufe", "2023-06-01", "keine");
  SAYS("Stufe", "2024-01-01", "eins");
  SAYS("Geburtsdatum", NULL, "16196");
  SAYS("Grad", "2020-01-01", "50");
  SAYS("Pflege", "2020-01-01", "1");
  cr_assert_null(apply_bytes(P, XML("<geboren>2014-05</geboren>")));
  SAYS("Geburtsdatum", NULL, "? nur teilweise bekannt");
  SAYS("Stufe", "2024-01-01", "keine");
  SAYS("Pflege", "2024-01-01", "0");
  static const char *const bad[] = {
      XML("<geboren>2014-02-30</geboren>"), XML("<geboren>2014-05-06</geboren><geboren>2014-05-06</geboren>"), XML("<grad>5<b>0</b></grad>"), XML("<grad>fünf</grad>"), XML("<pflege ja=\"ja\"/>"),
      XML("<stufe><von>2024-01-01</von><von>2024-01-02</von></stufe>"),
      "<x:auskunft xmlns:x=\"urn:z\" register=\"amt\"/>", "<auskunft register=\"amt\"/>"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) cr_assert(apply_bytes(P, bad[i]), "%zu", i);
}

Test(mapping, xml_that_is_dangerous_is_refused) {
  use(XML_HEAD, XML_FACTS);
  static const struct { const char *text, *why; } x[] = {
      {"", "kein XML"}, {"{}", "wohlgeformt"}, {"<a>", "wohlgeformt"}, {"<a/><b/>", "wohlgeformt"}, {"<p:a/>", "wohlgeformt"},
      {"<!DOCTYPE a><a/>", "Dokumenttyp"}, {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "Dokumenttyp"},
      {"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "Dokumenttyp"}, {"<!DOCTYPE a [<!ENTITY % b SYSTEM \"http://127.0.0.1/\">%b;]><a/>", "Dokumenttyp"}, {"<a>&b;</a>", "Dokumenttyp"},
      {"<?xml-stylesheet href=\"x\"?><a/>", "Verarbeitungsanweisung"}, {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", "UTF-8"}};
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
    exchange__document d;
    const char *why = exchange__parse_xml(x[i].text, strlen(x[i].text), &d);
    cr_assert(why && strstr(why, x[i].why), "%zu: %s", i, why ? why : "accepted");
    cr_assert_null(d.xml);
  }
}

static const char *deep(int depth, int wide) {
  char *text = malloc((size_t)depth * 8 + (size_t)wide * 4 + 100), *s = text;
  exchange__document d;
  for (int i = 0; i < depth; i++) s += sprintf(s, "<a>");
  for (int i = 0; i < wide; i++) s += sprintf(s, "<b/>");
  for (int i = 0; i < depth; i++) s += sprintf(s, "</a>");
  const char *why = exchange__parse_xml(text, (size_t)(s - text), &d);
  exchange__document_dispose(&d);
  free(text);
  return why ? why : "";
}
Test(mapping, limits_of_xml) {
  cr_assert_str_eq(deep(32, 0), "");
  cr_assert(strstr(deep(33, 0), "zu tief"));
  cr_assert_str_eq(deep(1, 99999), "");
  cr_assert(strstr(deep(1, 100000), "zu viele"));
}

/* --- configuration and persons ---------------------------------------------------------------------------------------------------------------------- */
static ans_status load_config(const char *registers, int port, ans_xroad_config *c) {
  const char *path = scratch_path("exchange.json");
  char *text = NULL, *json;
  cr_assert_gt(asprintf(&text, "{'server_url':'http://127.0.0.1:%d','client_id':'TH/GOV/FAMKA/anspruch','backoff_ms':5,'max_attempts':1,'registers':[%s]}", port, registers), 0);
  json = quoted(text);
  FILE *f = fopen(path, "wb");
  fputs(json, f);
  fclose(f);
  free(json);
  free(text);
  return ans_exchange_config_load(path, c, &err);
}
static void save_mapping(const char *name, const char *text) {
  char *json = quoted(text);
  FILE *f = fopen(scratch_path(name), "wb");
  fputs(json, f);
  fclose(f);
  free(json);
}
#define SERVICE(name_) "'service_id':'TH/GOV/AMT/" name_ "/person','legal_basis':'§ 67a Abs. 1 SGB_X','purpose':'Prüfung'"
#define AMT(more_) "{'register':'amt','source':'Amt','mapping':'amt.json'," SERVICE("amt") more_ "}"

Test(mapping, configurations) {
  ans_xroad_config c;
  save_mapping("amt.json", HEAD SINCE "'facts':[" CARE "]}");
  save_mapping("residents.json", "{'format':'anspruch-mapping/1','register':'residents','media':'json','answer':{'status':{'path':'/status','found':'f','no_data':'n'},'register':'/r','subject':'/i','as_of':'/a','record':'/record'},'facts':[" PERSON_FACT("Zuzug", "'value':{'kind':'date','path':'/d'},'absent':'unknown'") "]}");
  save_mapping("broken.json", "{");
  OK(load_config(AMT(",'persons':['Mitglied.Person','Haushalt.Berechtigter']"), 1, &c));
  cr_assert(c.registers[0].persons == ANS_FETCH_VIA && c.registers[0].via_count == 2 && c.registers[0].mapping);
  ans_exchange_config_dispose(&c);
  static const char *const bad[] = {
      AMT(",'persons':[]"), AMT(",'persons':['Mitglied']"), AMT(",'persons':['Mitglied.']"), AMT(",'persons':['a.b.c']"), AMT(",'persons':[1]"),
      "{'register':'amt','source':'Amt'," SERVICE("amt") "}",                                      /* no adapter at all */
      "{'register':'amt','source':'Amt','mapping':'absent.json'," SERVICE("amt") "}",
      "{'register':'amt','source':'Amt','mapping':'broken.json'," SERVICE("amt") "}",
      "{'register':'other','source':'Amt','mapping':'amt.json'," SERVICE("amt") "}",               /* the mapping is about another register */
      "{'register':'residents','source':'Amt','mapping':'residents.json'," SERVICE("amt") "}",     /* the adapter delivers Zuzug */
      "{'register':'births-events','source':'Amt','mapping':'amt.json'," SERVICE("amt") "}",
      "{'register':'idnr','source':'Amt'," SERVICE("idnr") "}," AMT("") "," AMT("")};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) cr_assert_eq(load_config(bad[i], 1, &c), ANS_EXCHANGE, "%zu", i);
  OK(load_config("{'register':'idnr','source':'Amt'," SERVICE("idnr") "}," AMT(""), 1, &c)); /* one source, two registers with different facts */
  ans_exchange_config_dispose(&c);
  save_mapping("idnr.json", "{'format':'anspruch-mapping/1','register':'amt','media':'json','answer':{'status':{'path':'/status','found':'f','no_data':'n'},'register':'/r','subject':'/i','as_of':'/a','record':'/record'},'facts':[" PERSON_FACT("IdNr_vergeben", "'value':{'kind':'bool','path':'/d'},'absent':'unknown'") "]}");
  cr_assert_eq(load_config("{'register':'idnr','source':'Amt'," SERVICE("idnr") "},{'register':'amt','source':'Amt','mapping':'idnr.json'," SERVICE("amt") "}", 1, &c), ANS_EXCHANGE);
}

static bool answering(const server_request *r) {
  char body[1500];
  if (strstr(r->service, "xml")) {
    if (strcmp(r->key, Q) == 0) snprintf(body, sizeof body, "<a:auskunft xmlns:a=\"urn:a\" register=\"amt\"><a:status>nein</a:status></a:auskunft>");
    else snprintf(body, sizeof body, "<a:auskunft xmlns:a=\"urn:a\" register=\"amt\"><a:status>ja</a:status><a:idnr>%s</a:idnr><a:stand>2026-11-20</a:stand><satz xmlns=\"urn:b\"><ab>2020-01-01</ab><grad>50</grad></satz></a:auskunft>", r->key);
    return server_answer(r, 200, strcmp(r->key, K) == 0 ? "application/json" : "application/xml; charset=utf-8", "", body, strlen(body));
  }
  snprintf(body, sizeof body, "{\"status\":\"found\",\"register\":\"amt\",\"idnr\":\"%s\",\"as_of\":\"2026-11-20\",\"record\":{\"coverage_from\":\"2020-01-01\",\"list\":[],\"pensions\":[{\"amount\":\"5.00\",\"from\":\"2021-01-01\"}]}}", r->key);
  return server_json(r, body);
}

/* A household of P with the members P, K and Q; K is also a member of another household, whose head nobody asks about. */
static void household(void) {
  row_to("Haushalt", P, "Berechtigter", "Person", P, NULL, NULL);
  row_to("Haushalt", "13562801519", "Berechtigter", "Person", "13562801519", NULL, NULL);
  row_to("Mitglied", P "/" P, "Haushalt", "Haushalt", P, "Person", P);
  row_to("Mitglied", P "/" K, "Haushalt", "Haushalt", P, "Person", K);
  row_to("Mitglied", P "/" Q, "Haushalt", "Haushalt", P, "Person", Q);
  row_to("Mitglied", "13562801519/" K, "Haushalt", "Haushalt", "13562801519", "Person", K);
  OK(ans_store_begin(store, &err));
  ans_award a = {.claim = row("Haushalt", P), .benefit = "Hilfe", .from_period = 24000, .to_period = INT32_MAX, .amount_cents = 100};
  OK(ans_store_put_award(store, &a, NULL, &err));
  OK(ans_store_commit(store, &err));
}

static ans_status fetch(const char *registers, ans_xroad_config *c) {
  static const ans_fetch_options options = {.benefit = "Hilfe", .period = 2026 * 12 + 10};
  server_start(answering);
  OK(load_config(registers, server_port, c));
  return ans_exchange_fetch(store, program, c, &options, &report, &err);
}

Test(mapping, fetch_asks_about_the_persons_of_the_case) {
  ans_xroad_config c;
  save_mapping("amt.json", HEAD SINCE "'facts':[" CARE "," MEMBER "]}");
  household();
  OK(fetch(AMT(""), &c));
  cr_assert_eq(report.persons, 3);
  cr_assert_eq(server_count("/amt/person/13562801519"), 0);
  ROW("Mitglied", P "/" Q, "Rente", "500");
  ROW("Mitglied", "13562801519/" K, "Rente", "500"); /* a fact of the person's is one wherever the person stands */
  SAYS("Pflege", "2024-01-01", "0");
  int before = server_seen->count;
  const ans_fetch_options options = {.benefit = "Hilfe", .period = 2026 * 12 + 10};
  OK(ans_exchange_fetch(store, program, &c, &options, &report, &err));
  cr_assert_eq(server_seen->count, before); /* fresh */
  c.freshness_hours = 0;
  OK(ans_exchange_fetch(store, program, &c, &options, &report, &err));
  cr_assert_eq(server_seen->count, before + 3);
  cr_assert_eq(report.assertions, 0); /* unchanged */
  ans_exchange_config_dispose(&c);
}

static bool count_person(void *ctx, const char *idnr, uint32_t reference) {
  (void)idnr;
  (void)reference;
  ++*(int *)ctx;
  return true;
}
Test(mapping, limit_of_a_case) {
  int persons = 0;
  char key[64];
  row_to("Haushalt", P, "Berechtigter", "Person", P, NULL, NULL);
  OK(ans_store_begin(store, &err));
  for (int i = 0; i < 4010; i++) {
    snprintf(key, sizeof key, P "/%d", i);
    ans_assertion a = {.subject = row("Mitglied", key), .fact = "Haushalt", .source = "Antrag", .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_SUBJECT, .number = find("Haushalt", P)};
    OK(ans_store_put_assertion(store, &a, NULL, &err));
    a.fact = "Person";
    a.number = find("Person", P);
    OK(ans_store_put_assertion(store, &a, NULL, &err));
  }
  OK(ans_store_commit(store, &err));
  OK(exchange__reach_claim(store, program, find("Haushalt", P), count_person, &persons, &err));
  cr_assert_eq(persons, 4000); /* the household's own, and those of 3,999 members: 4,000 rows */
}

Test(mapping, fetch_asks_only_about_those_a_reference_leads_to) {
  ans_xroad_config c;
  save_mapping("amt.json", HEAD SINCE "'facts':[" CARE "]}");
  household();
  OK(fetch(AMT(",'persons':['Haushalt.Berechtigter','Auto.Halter']"), &c));
  cr_assert_eq(server_count("/amt/person/" P), 1);
  cr_assert_eq(server_seen->count, 1);
  ans_exchange_config_dispose(&c);
}

Test(mapping, fetch_of_xml_and_of_nothing_released) {
  ans_xroad_config c;
  save_mapping("amt.json", XML_HEAD LISTS "'facts':[" PERSON_FACT("Grad", "'entries':'/a:auskunft/b:satz/b:grad','value':{'kind':'integer','path':'.'},'absent':{'value':0},'overlap':'single'") "]}");
  household();
  OK(fetch("{'register':'amt','source':'Amt','mapping':'amt.json'," SERVICE("xml") "}", &c));
  SAYS("Grad", "2024-01-01", "50");
  cr_assert_str_eq(said("Person", Q, "Grad", "2024-01-01"), "? keine Daten freigegeben");
  cr_assert_str_eq(said("Person", K, "Grad", "2024-01-01"), "? Antwort ungültig"); /* XML said to be JSON */
  cr_assert_eq(report.no_data, 1);
  cr_assert_eq(report.invalid, 1);
  char accept[100];
  cr_assert_str_eq(server_header(server_seen->head[0], "Accept", accept, sizeof accept), "application/xml");
  ans_exchange_config_dispose(&c);
}

Test(mapping, fetch_refuses_a_mapping_that_does_not_fit_before_asking) {
  ans_xroad_config c;
  save_mapping("amt.json", HEAD SINCE "'facts':[" PERSON_FACT("Pflege", "'value':{'kind':'integer','path':'/n'},'absent':'unknown'") "]}");
  household();
  cr_assert_eq(fetch(AMT(""), &c), ANS_EXCHANGE);
  cr_assert_eq(server_seen->count, 0);
  ans_exchange_config_dispose(&c);
}
