/* Unit tests of register mappings: every field of docs/formats/register-mapping.md from both sides, and answers in JSON down to the stored assertions. Rows, XML and the
 * fetch are in test_mapping_rows.c. */
#include "mapping_harness.h"

TestSuite(mapping, .init = begin, .fini = end, .timeout = 60);

/* --- mapping files ---------------------------------------------------------------------------------------------------------------------------- */

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
