/* Unit tests of register mappings, second part: rows of every kind, answers in XML, configurations, and the persons a claim of any unit leads to. */
#include "exchange_server.h"
#include "mapping_harness.h"

static void end_of_fetch(void) {
  server_stop();
  end();
}

TestSuite(mapping_rows, .init = begin, .fini = end_of_fetch, .timeout = 60);

/* --- rows ------------------------------------------------------------------------------------------------------------------------------------- */
#define MEMBER "{'unit':'Mitglied','fact':'Rente','row':{'refers':'Person'},'entries':'/record/pensions','value':{'kind':'money','path':'/amount','per':'month'},'valid':{'from':'/from','to':'/to'},'at':'as_of','absent':{'value':'0.00'},'overlap':'sum'}"
Test(mapping_rows, rows_whose_reference_leads_to_the_person) {
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
Test(mapping_rows, entries_narrowed_by_a_second_number) {
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
Test(mapping_rows, rows_made_by_key_and_taken_back) {
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

Test(mapping_rows, rows_by_key_are_not_made_unasked) {
  use(HEAD SINCE, KEYED("false"));
  row_to("Sache", P "/" K "/U", "Kind", "Person", K, "Elternteil", P);
  GOOD(K, "{'coverage_from':'2026-01-01','paid':[{'parent':'" Q "','amount':'30.00','from':'2026-11-01'}]}");
  ROW("Sache", P "/" K "/U", "Unterhalt", "0"); /* an existing row without entry: as the mapping says */
  cr_assert_eq(count_of("Sache"), 1);
}

Test(mapping_rows, silence_and_nonsense_are_unknown_on_every_row) {
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
Test(mapping_rows, beside_a_built_in_adapter) {
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
Test(mapping_rows, limit_of_rows) {
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

Test(mapping_rows, xml_answers) {
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

Test(mapping_rows, xml_that_is_dangerous_is_refused) {
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
Test(mapping_rows, limits_of_xml) {
  cr_assert_str_eq(deep(32, 0), "");
  cr_assert(strstr(deep(33, 0), "zu tief"));
  cr_assert_str_eq(deep(1, 99999), "");
  cr_assert(strstr(deep(1, 100000), "zu viele"));
}

/* --- configuration and persons ---------------------------------------------------------------------------------------------------------------------- */
static ans_status load_config(const char *registers, int port, ans_xroad_config *c) {
  const char *path = scratch_path("exchange.json");
  char *text = NULL, *json;
  cr_assert_gt(asprintf(&text, "{'server_url':'http://127.0.0.1:%d','client_id':'TH/GOV/FAMKA/anspruch','policy':{'authorisations':false,'evidence':'clear','retrieval':'everything'},'backoff_ms':5,'max_attempts':1,'registers':[%s]}", port, registers), 0);
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

Test(mapping_rows, configurations) {
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

Test(mapping_rows, fetch_asks_about_the_persons_of_the_case) {
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
Test(mapping_rows, limit_of_a_case) {
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

Test(mapping_rows, fetch_asks_only_about_those_a_reference_leads_to) {
  ans_xroad_config c;
  save_mapping("amt.json", HEAD SINCE "'facts':[" CARE "]}");
  household();
  OK(fetch(AMT(",'persons':['Haushalt.Berechtigter','Auto.Halter']"), &c));
  cr_assert_eq(server_count("/amt/person/" P), 1);
  cr_assert_eq(server_seen->count, 1);
  ans_exchange_config_dispose(&c);
}

Test(mapping_rows, fetch_of_xml_and_of_nothing_released) {
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

Test(mapping_rows, fetch_refuses_a_mapping_that_does_not_fit_before_asking) {
  ans_xroad_config c;
  save_mapping("amt.json", HEAD SINCE "'facts':[" PERSON_FACT("Pflege", "'value':{'kind':'integer','path':'/n'},'absent':'unknown'") "]}");
  household();
  cr_assert_eq(fetch(AMT(""), &c), ANS_EXCHANGE);
  cr_assert_eq(server_seen->count, 0);
  ans_exchange_config_dispose(&c);
}
