/* Unit tests of engine/exchange: request policy, classification, answer checks, adapters, transport against a misbehaving server, the whole fetch. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdint.h>
#include <string.h>
#include "exchange/exchange.h"
#include "exchange/internal.h"
#include "exchange_server.h"
#include "num/calendar.h"
#include "scratch.h"
#include "num/period.h"

#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
static ans_error err;
static ans_store *store;
static ans_program *program;

/* --- pure functions ---------------------------------------------------------------------------------------------------------------------- */
Test(policy, a_certificate_refused_after_the_handshake_is_a_refusal) {
  static const struct { CURLcode code; const char *why; bool answered; ans_exchange_class class; } cases[] = {
      {CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0", false, ANS_X_DENIED},
      {CURLE_SEND_ERROR, "OpenSSL SSL_write: error:0A000418:SSL routines::tlsv1 alert unknown ca, errno 0", false, ANS_X_DENIED},
      {CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0", true, ANS_X_OUTCOME_UNKNOWN},
      {CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A0003FC:SSL routines::sslv3 alert bad record mac, errno 0", false, ANS_X_OUTCOME_UNKNOWN},
      {CURLE_RECV_ERROR, "Recv failure: Connection reset by peer", false, ANS_X_OUTCOME_UNKNOWN},
      {CURLE_OPERATION_TIMEDOUT, "alert certificate", false, ANS_X_OUTCOME_UNKNOWN},
      {CURLE_PEER_FAILED_VERIFICATION, "SSL: certificate subject name '\x1b[2J\xff' does not match", false, ANS_X_DENIED},
      {CURLE_COULDNT_CONNECT, "", false, ANS_X_RETRY}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    exchange__request r = {0};
    exchange__curl_failed(&r, cases[i].code, cases[i].why, cases[i].answered);
    cr_assert_eq(r.outcome, cases[i].class, "%zu", i);
    cr_assert_eq(r.tls_failed, cases[i].class == ANS_X_DENIED, "%zu", i);
    cr_assert(r.detail[0], "%zu", i);
    for (const char *s = r.detail; *s; s++) cr_assert(*s >= 0x20 && *s <= 0x7e, "%zu: %s", i, r.detail);
  }
}

Test(policy, both_error_families_mean_the_same) {
  static const struct { const char *code; ans_exchange_class class; } x[] = {
      {"Server.ServerProxy.AccessDenied", ANS_X_DENIED}, {"server.serverproxy.access_denied", ANS_X_DENIED}, {"server.clientproxy.unknown_member", ANS_X_DENIED}, {"Server.ClientProxy.UnknownMember", ANS_X_DENIED},
      {"Server.ServerProxy.UnknownService", ANS_X_DENIED}, {"server.serverproxy.service_disabled", ANS_X_DENIED}, {"Server.ClientProxy.SslAuthenticationFailed", ANS_X_DENIED},
      {"Server.ClientProxy.NetworkError", ANS_X_RETRY}, {"server.clientproxy.network_error", ANS_X_RETRY}, {"Server.ServerProxy.OutdatedGlobalConf", ANS_X_RETRY}, {"server.serverproxy.global_conf_outdated", ANS_X_RETRY},
      {"server.serverproxy.maintenance_mode", ANS_X_RETRY}, {"Server.ClientProxy.TimestampingFailed", ANS_X_RETRY}, {"Server.ServerProxy.IOError", ANS_X_OUTCOME_UNKNOWN}, {"server.serverproxy.io_error", ANS_X_OUTCOME_UNKNOWN},
      {"Client.InvalidRequest", ANS_X_OUR_FAULT}, {"client.missing_header", ANS_X_OUR_FAULT}, {"client.anything_at_all", ANS_X_OUR_FAULT}, {"Server.ClientProxy.InvalidXml", ANS_X_OUR_FAULT}, {"server.serverproxy.missing_body", ANS_X_OUR_FAULT},
      {"Server.ClientProxy.InconsistentResponse", ANS_X_SECURITY}, {"server.clientproxy.signature_verification.invalid_signature", ANS_X_SECURITY},
      {"server.serverproxy.brand_new", ANS_X_OUTCOME_UNKNOWN}, {"", ANS_X_OUTCOME_UNKNOWN}, {"a b", ANS_X_OUTCOME_UNKNOWN}};
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) cr_assert_eq(ans_exchange_classify(x[i].code), x[i].class, "%s", x[i].code);
  cr_assert_eq(ans_exchange_classify(NULL), ANS_X_OUTCOME_UNKNOWN);
}

Test(policy, citations) {
  static const char *const good[] = {"§ 68 Abs. 5 EStG", "§ 69 Satz 1 EStG", "§ 111 Abs. 1 Satz 1 AO", "§ 32 Abs. 4 Satz 1, 2 Nr. 2 Buchst. a EStG", "Art. 6 Abs. 1 DSGVO", "Anlage 3 WoGG", "§ 49a BGB", "§ 1 Abs. 1a UhVorschG", "§ 3 ÖffG"};
  static const char *const bad[] = {"", "EStG", "§ 68", "§ 68 Abs. 5", "§ EStG", "68 EStG", "§ 68 Abs. EStG", "§ 68 Abs. 5 EStG und so", "§ 68 estg", "§ 68 Abs. 5 EStG\n", "Rechtsgrundlage", "§ 6x8 EStG", "§ 68 Abs. 5  "};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) cr_assert(ans_exchange_is_citation(good[i]), "%s", good[i]);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) cr_assert_not(ans_exchange_is_citation(bad[i]), "%s", bad[i]);
  cr_assert_not(ans_exchange_is_citation(NULL));
}

Test(policy, encoding) {
  char out[400], longer[300];
  cr_assert(ans_exchange_encode_segment("person", out, sizeof out));
  cr_assert_str_eq(out, "person");
  cr_assert(ans_exchange_encode_segment("Müller? (a)", out, sizeof out));
  cr_assert_str_eq(out, "M%C3%BCller%3F%20%28a%29");
  cr_assert_not(ans_exchange_encode_segment("a/b", out, sizeof out));
  cr_assert_not(ans_exchange_encode_segment("", out, sizeof out));
  cr_assert_not(ans_exchange_encode_segment("..", out, sizeof out));
  cr_assert_not(ans_exchange_encode_segment("a\nb", out, sizeof out));
  cr_assert_not(ans_exchange_encode_segment("aaaa", out, 4));
  cr_assert(ans_exchange_encode_header("§ 68 100 %", out, sizeof out));
  cr_assert_str_eq(out, "%C2%A7 68 100 %25");
  cr_assert_not(ans_exchange_encode_header("", out, sizeof out));
  cr_assert_not(ans_exchange_encode_header(" x", out, sizeof out));
  cr_assert_not(ans_exchange_encode_header("\xff", out, sizeof out));
  cr_assert(ans_exchange_encode_header("a\r\nX-Road-Client: y", out, sizeof out)); /* no second header can be smuggled in */
  cr_assert_null(strpbrk(out, "\r\n"));
  memset(longer, 'x', 201);
  longer[201] = 0;
  cr_assert_not(ans_exchange_encode_header(longer, out, sizeof out));
  cr_assert(exchange__is_identifier("TH/GOV/MELDE/residents/person", 5));
  cr_assert_not(exchange__is_identifier("TH/GOV/MELDE/residents", 5));
  cr_assert_not(exchange__is_identifier("TH//MELDE/residents/person", 5));
  cr_assert_not(exchange__is_identifier("TH/GOV/../residents/person", 5));
  cr_assert(exchange__is_loopback("http://127.0.0.1:8080"));
  cr_assert(exchange__is_loopback("http://[::1]:8080/x"));
  cr_assert_not(exchange__is_loopback("http://127.0.0.1.example.org"));
  cr_assert_not(exchange__is_loopback("http://127.0.0.1@example.org"));
  cr_assert_not(exchange__is_loopback("http://10.0.0.1"));
}

Test(policy, incomplete_policies_are_refused) {
  const ans_request_policy good = {"§ 68 Abs. 5 EStG", "Prüfung", "KG-1", true, "Person.Wohnsitz"};
  ans_request_policy bad[6] = {good, good, good, good, good, good};
  OK(exchange__check_policy(&good, &err));
  bad[0].legal_basis = "weil";
  bad[1].legal_basis = NULL;
  bad[2].purpose = "";
  bad[3].case_id = NULL;
  bad[4].fields = NULL;
  bad[5].fields = "";
  for (int i = 0; i < 6; i++) {
    cr_assert_eq(exchange__check_policy(&bad[i], &err), ANS_EXCHANGE);
    cr_assert_str_eq(err.code, "E-EXCHANGE-POLICY");
  }
}

/* --- checks of one answer ------------------------------------------------------------------------------------------------------------------- */
static exchange__register residents_reg = {.register_name = (char[]){"residents"}, .service_id = (char[]){"TH/GOV/MELDE/residents/person"}, .source = (char[]){"Melderegister"}, .legal_basis = (char[]){"§ 111 Abs. 1 Satz 1 AO"}, .purpose = (char[]){"Prüfung"}};
#define ID "00000000-0000-4000-8000-000000000001"
static exchange__request checked(int status, const char *headers, const char *body, size_t size) {
  ans_xroad_config c = {.client_id = (char[]){"TH/GOV/FAMKA/anspruch"}};
  exchange__headers h = {0};
  exchange__request r = {.reg = &residents_reg, .request_id = ID, .http_status = status, .attempts = 1};
  for (const char *s = headers; *s;) { /* lines end with LF here */
    size_t n = strcspn(s, "\n");
    exchange__header_line(&h, s, n);
    s += n + (s[n] == '\n');
  }
  r.body = malloc(size + 1);
  memcpy(r.body, body, size);
  r.size = size;
  exchange__check_answer(&c, &r, &h);
  return r;
}
#define ECHO "x-road-client: TH/GOV/FAMKA/anspruch\nX-Road-Service: TH/GOV/MELDE/residents/person\nx-road-id:" ID "\nx-road-request-id: 7\n"
#define JSON "content-type: application/json;charset=utf-8\n"

Test(check, every_way_an_answer_can_be_wrong) {
  static const struct { const char *name; int status; const char *headers, *body; size_t size; ans_exchange_class class; } x[] = {
#define B(text) text, sizeof(text) - 1
      {"data", 200, ECHO JSON, B("{\"status\":\"found\"}"), ANS_X_OK},
      {"no charset", 200, ECHO "Content-Type: application/json\n", B("{\"status\":\"found\"}"), ANS_X_OK},
      {"no data", 200, ECHO JSON, B("{\"status\":\"no_data_released\"}"), ANS_X_NO_DATA},
      {"interim answer", 200, "HTTP/1.1 103 Early\nx-road-id: other\nHTTP/1.1 200 OK\n" ECHO JSON, B("{}"), ANS_X_OK},
      {"no id", 200, "x-road-client: TH/GOV/FAMKA/anspruch\nx-road-service: TH/GOV/MELDE/residents/person\nx-road-request-id: 7\n" JSON, B("{}"), ANS_X_SECURITY},
      {"id twice", 200, ECHO "x-road-id: " ID "\n" JSON, B("{}"), ANS_X_SECURITY},
      {"wrong client", 200, "x-road-client: TH/GOV/OTHER/x\nx-road-service: TH/GOV/MELDE/residents/person\nx-road-id: " ID "\nx-road-request-id: 7\n" JSON, B("{}"), ANS_X_SECURITY},
      {"wrong service", 200, "x-road-client: TH/GOV/FAMKA/anspruch\nx-road-service: TH/GOV/MELDE/residents/persons\nx-road-id: " ID "\nx-road-request-id: 7\n" JSON, B("{}"), ANS_X_SECURITY},
      {"no request id", 200, "x-road-client: TH/GOV/FAMKA/anspruch\nx-road-service: TH/GOV/MELDE/residents/person\nx-road-id: " ID "\n" JSON, B("{}"), ANS_X_SECURITY},
      {"no header at all", 200, JSON, B("{}"), ANS_X_SECURITY},
      {"wrong echo in an error", 500, ECHO "x-road-id: x\n" JSON, B("{}"), ANS_X_SECURITY},
      {"html", 200, ECHO "content-type: text/html\n", B("<html>"), ANS_X_INVALID},
      {"two content types", 200, ECHO JSON JSON, B("{}"), ANS_X_INVALID},
      {"latin1 declared", 200, ECHO "content-type: application/json; charset=iso-8859-1\n", B("{}"), ANS_X_INVALID},
      {"json-like type", 200, ECHO "content-type: application/jsonx\n", B("{}"), ANS_X_INVALID},
      {"gzip", 200, ECHO JSON "content-encoding: gzip\n", B("{}"), ANS_X_INVALID},
      {"empty", 200, ECHO JSON, B(""), ANS_X_INVALID},
      {"bom", 200, ECHO JSON, B("\xef\xbb\xbf{}"), ANS_X_INVALID},
      {"utf-8", 200, ECHO JSON, B("{\"a\":\"\xff\"}"), ANS_X_INVALID},
      {"duplicate keys", 200, ECHO JSON, B("{\"status\":\"found\",\"status\":\"no_data_released\"}"), ANS_X_INVALID},
      {"two documents", 200, ECHO JSON, B("{}{}"), ANS_X_INVALID},
      {"truncated", 200, ECHO JSON, B("{\"status\":\"fou"), ANS_X_OUTCOME_UNKNOWN},
      {"redirect", 302, ECHO JSON, B("{}"), ANS_X_INVALID},
      {"redirect by a proxy", 302, "", B(""), ANS_X_INVALID},
      {"204", 204, ECHO, B(""), ANS_X_INVALID},
      {"provider 404 is not an answer", 404, ECHO JSON, B("{\"type\":\"not_found\"}"), ANS_X_PROVIDER},
      {"basis refused", 403, ECHO JSON, B("{\"type\":\"legal_basis_rejected\"}"), ANS_X_DENIED},
      {"header missing", 400, ECHO JSON, B("{\"type\":\"policy_missing_header\"}"), ANS_X_OUR_FAULT},
      {"bad number", 400, ECHO JSON, B("{\"type\":\"invalid_idnr\"}"), ANS_X_INVALID},
      {"provider 500", 500, ECHO JSON, B("{}"), ANS_X_RETRY},
      {"gateway", 502, "content-type: text/html\n", B("<html>"), ANS_X_RETRY},
      {"too many", 429, ECHO JSON, B("{}"), ANS_X_RETRY},
      {"a proxy's time is over", 408, "", B(""), ANS_X_RETRY},
      {"server error", 500, "x-road-error: server.clientproxy.network_error\n" JSON, B("{\"type\":\"server.clientproxy.network_error\",\"message\":\"m\",\"detail\":\"abc\"}"), ANS_X_RETRY},
      {"server error, old", 500, ECHO "x-road-error: Server.ServerProxy.AccessDenied\n" JSON, B("{\"type\":\"Server.ServerProxy.AccessDenied\",\"message\":\"m\",\"detail\":\"abc\"}"), ANS_X_DENIED},
      {"server error as xml", 500, "x-road-error: Server.ServerProxy.AccessDenied\ncontent-type: text/xml\n", B("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///\">]><error>&e;</error>"), ANS_X_DENIED},
      {"forged on data", 200, ECHO "x-road-error: Server.ServerProxy.AccessDenied\n" JSON, B("{\"status\":\"found\"}"), ANS_X_PROVIDER},
      {"forged without document", 500, ECHO "x-road-error: Server.ServerProxy.AccessDenied\n" JSON, B("{\"type\":\"x\"}"), ANS_X_PROVIDER},
      {"two error headers", 500, "x-road-error: a\nx-road-error: b\n" JSON, B("{}"), ANS_X_SECURITY},
#undef B
  };
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
    exchange__request r = checked(x[i].status, x[i].headers, x[i].body, x[i].size);
    cr_assert_eq(r.outcome, x[i].class, "%s: %s (%s)", x[i].name, exchange__class_name(r.outcome), r.detail);
    cr_assert((r.document.json != NULL) == (x[i].class == ANS_X_OK || x[i].class == ANS_X_NO_DATA), "%s", x[i].name);
    exchange__request_dispose(&r);
  }
  const char *document = "{\"type\":\"Server.ClientProxy.NetworkError\",\"detail\":\"d-1\"}";
  exchange__request r = checked(500, "x-road-error: server.clientproxy.network_error\n" JSON, document, strlen(document));
  cr_assert_str_eq(r.server_detail, "d-1");
  exchange__request_dispose(&r);
}

/* --- store and package ------------------------------------------------------------------------------------------------------------------------ */
enum { PERSON = 1, PAIR = 2 };
static const char *const facts[] = {"Geburtsdatum", "Sterbedatum", "IdNr_vergeben", "Staatsangehörigkeit", "Wohnsitz", "Zuzug", "Ausbildung", "Studium", "Erstausbildung_abgeschlossen", "Wochenstunden", "Geringfügig", "Ausbildungsdienstverhältnis", "Arbeitsuchend",
                                    "Berechtigter", "Kind", "Art", "Haushaltsaufnahme", "Antragseingang", "Anspruch_gegeben", "Betrag_gegeben"};
static uint32_t fact(const char *name) {
  for (uint32_t i = 0; i < sizeof facts / sizeof *facts; i++)
    if (strcmp(facts[i], name) == 0) return i;
  cr_assert_fail("no fact %s", name);
}
static void build_program(void) {
  ans_builder *b = ans_builder_new();
  ans_type truth = {.tag = ANS_T_BOOL}, date = {.tag = ANS_T_DATE}, person = {.tag = ANS_T_REF, .ref = PERSON}, money = {.tag = ANS_T_MONEY, .scale = 2, .per = ANS_PER_MONTH}, hours = {.tag = ANS_T_DECIMAL, .scale = 2, .measure = ANS_M_HOURS, .per = ANS_PER_WEEK};
  ans_type nation = {.tag = ANS_T_ENUM, .ref = 0}, place = {.tag = ANS_T_ENUM, .ref = 1}, kind = {.tag = ANS_T_ENUM, .ref = 2};
  const ans_type types[] = {date, date, truth, nation, place, date, truth, truth, date, hours, truth, truth, truth, person, person, kind, truth, date, truth, money};
  const bool timeline[] = {0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0};
  const char *const sources[][3] = {{"Standesamt", "Melderegister", "Antrag"}, {"Melderegister"}, {"BZSt"}, {"Melderegister"}, {"Melderegister"}, {"Melderegister"}, {"Bildungsregister"}, {"Bildungsregister"}, {"Bildungsregister"},
                                    {"DSRV"}, {"DSRV"}, {"DSRV"}, {"Arbeitsagentur"}, {NULL}, {NULL}, {"Standesamt", "Melderegister"}, {"Fallakte"}, {"Antrag"}, {NULL}, {NULL}};
  ans_builder_header(b, "test/exchange", "1", "Test", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Person", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Kindschaft", "", ANS_NONE});
  ans_builder_enum(b, "Nation", (const char *[]){"Deutsch", "EU_EWR", "Drittstaat"}, 3);
  ans_builder_enum(b, "Ort", (const char *[]){"Inland", "EU_EWR", "Drittstaat"}, 3);
  ans_builder_enum(b, "Kindart", (const char *[]){"leiblich", "angenommen"}, 2);
  for (uint32_t i = 0; i < sizeof facts / sizeof *facts; i++) {
    ans_source_rank ranks[3];
    uint32_t n = 0;
    while (n < 3 && sources[i][n]) ranks[n] = (ans_source_rank){sources[i][n], n}, n++;
    ans_builder_fact(b, &(ans_fact){.name = facts[i], .label = "", .unit = i < 13 ? PERSON : PAIR, .type = types[i], .kind = timeline[i] ? ANS_FACT_TIMELINE : ANS_FACT_SCALAR, .provision = ANS_NONE}, ranks, n);
  }
  uint32_t in = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = PAIR, .type = truth, .a = fact("Anspruch_gegeben")}), amount = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = PAIR, .type = money, .a = fact("Betrag_gegeben")});
  uint32_t r1 = ans_builder_result(b, &(ans_result){"Anspruch", "", PAIR, truth, in, ANS_NONE}), r2 = ans_builder_result(b, &(ans_result){"Betrag", "", PAIR, money, amount, ANS_NONE});
  ans_builder_benefit(b, &(ans_benefit){.name = "Kindergeld", .unit = PAIR, .entitled_result = r1, .amount_result = r2, .payout_result = ANS_NONE, .recipient_fact = fact("Berechtigter"), .subject_fact = fact("Kind"), .regime_provision = ANS_NONE, .application_provision = ANS_NONE});
  OK(ans_builder_freeze(b, &program, &err));
  ans_builder_free(b);
}
static void begin(void) {
  scratch_begin();
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_CREATE, &store, &err));
  build_program();
}
static void end(void) {
  server_stop();
  ans_store_close(store);
  ans_program_free(program);
  scratch_end();
}

/* --- adapters ---------------------------------------------------------------------------------------------------------------------------------- */
TestSuite(adapter, .init = begin, .fini = end);

static exchange__register reg_of(const char *name) {
  static const char *const map[][2] = {{"residents", "Melderegister"}, {"births", "Standesamt"}, {"idnr", "BZSt"}, {"training", "Bildungsregister"}, {"employment", "DSRV"}};
  static char seeking[] = "Arbeitsuchend", agency[] = "Arbeitsagentur";
  static ans_fact_source override = {seeking, agency};
  exchange__register r = residents_reg;
  for (size_t i = 0; i < 5; i++)
    if (strcmp(map[i][0], name) == 0) r.register_name = strdup(map[i][0]), r.source = strdup(map[i][1]);
  if (strcmp(name, "employment") == 0) r.fact_sources = &override, r.fact_source_count = 1;
  return r;
}

/* Applies an answer as fetch.c does; returns the reason if it was invalid. */
static const char *apply(const char *reg_name, const char *idnr, const char *record, int64_t now, int64_t *written) {
  static ans_fetch_report report;
  exchange__register reg = reg_of(reg_name);
  const exchange__kind *kind = exchange__kind_of(reg_name);
  exchange__adapter a = {.store = store, .program = program, .reg = &reg, .report = &report, .idnr = idnr, .now = now};
  char *text = NULL;
  cr_assert_gt(asprintf(&text, "{\"status\":\"found\",\"register\":\"%s\",\"idnr\":\"%s\",\"as_of\":\"2026-11-20\",\"record\":%s}", reg_name, idnr, record), 0);
  json_error_t why;
  json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &why);
  cr_assert_not_null(o, "%s in %s", why.text, text);
  report.assertions = 0;
  OK(ans_store_begin(store, &err));
  OK(ans_store_subject(store, "Person", idnr, true, &a.person, &err));
  exchange__document document = {.json = o};
  OK(exchange__read_answer(&a, kind, &document, &err));
  if (!a.invalid) OK(exchange__write_answer(&a, 0, &err));
  OK(ans_store_commit(store, &err));
  if (written) *written = report.assertions;
  json_decref(o);
  free(text);
  exchange__adapter_dispose(&a);
  free(reg.register_name);
  free(reg.source);
  return a.invalid;
}
static void apply_ok(const char *reg_name, const char *idnr, const char *record) {
  const char *why = apply(reg_name, idnr, record, 1000, NULL);
  cr_assert_null(why, "%s", why);
}

/* Resolved cell of a person (or pair) on a day, with the loader as the judge. */
static ans_scalar cell(const char *unit, const char *key, const char *name, const char *iso, char reason[160]) {
  ans_fact_loader *l = NULL;
  ans_provenance x;
  int64_t day = 0, subject = 0;
  ans_columns *c = NULL;
  uint32_t component = 0, row = 0, f = fact(name), u = strcmp(unit, "Person") == 0 ? PERSON : PAIR;
  if (iso) cr_assert(ans_date_parse_iso(iso, &day));
  OK(ans_store_subject(store, unit, key, false, &subject, &err));
  cr_assert_gt(subject, 0, "%s %s", unit, key);
  OK(ans_fact_loader_new(store, program, INT64_MAX, &l, &err));
  OK(ans_fact_loader_load(l, u, &subject, 1, &c, &component, &row, NULL, NULL, &err));
  cr_assert_eq(component, 0u);
  ans_scalar v = {0, ANS_UNKNOWN};
  if (program->facts[f].kind == ANS_FACT_SCALAR) v = ans_columns_get(c, f, row);
  for (uint32_t i = 0; program->facts[f].kind == ANS_FACT_TIMELINE && i < c->timelines[f].offsets[row + 1] - c->timelines[f].offsets[row]; i++) {
    const ans_interval *in = &c->timelines[f].items[c->timelines[f].offsets[row] + i];
    if (in->from <= day && day <= in->to) v = (ans_scalar){in->value, in->state};
  }
  OK(ans_fact_provenance(l, f, key, (int32_t)day, &x, &err));
  if (reason) memcpy(reason, x.reason, sizeof x.reason);
  ans_columns_free(c);
  ans_fact_loader_free(l);
  return v;
}
#define IS(v_, value_) cr_assert((v_).state == ANS_VALUE && (v_).v == (value_), "state %d value %lld", (v_).state, (long long)(v_).v)
#define UNKNOWN(v_) cr_assert_eq((v_).state, ANS_UNKNOWN)
static int64_t day(const char *iso) {
  int64_t d = 0;
  cr_assert(ans_date_parse_iso(iso, &d));
  return d;
}
#define P "13562800019"
#define K "13562800754"
#define Q "13562800391"

Test(adapter, residents) {
  char why[160];
  apply_ok("residents", P,
           "{\"family_name\":\"x\",\"birth_date\":\"1990-03-01\",\"nationalities\":[\"PL\",\"DE\"],"
           "\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2012-04-01\",\"to\":\"2019-06-30\"},{\"kind\":\"abroad\",\"country\":\"FR\",\"from\":\"2019-07-01\",\"to\":\"2020-12-31\"},"
           "{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2021-01-01\"},{\"kind\":\"secondary\",\"country\":\"DE\",\"from\":\"2020-01-01\",\"to\":\"2022-01-01\"}],"
           "\"moves\":[{\"date\":\"2012-04-01\",\"kind\":\"in\",\"country\":\"FR\"},{\"date\":\"2019-07-01\",\"kind\":\"out\",\"country\":\"FR\"},{\"date\":\"2021-01-01\",\"kind\":\"in\",\"country\":\"FR\"}],"
           "\"minor_children\":[{\"idnr\":\"" K "\"}]}");
  IS(cell("Person", P, "Geburtsdatum", NULL, why), day("1990-03-01"));
  cr_assert_eq(cell("Person", P, "Sterbedatum", NULL, why).state, ANS_NOT_APPLICABLE);
  IS(cell("Person", P, "Staatsangehörigkeit", NULL, why), 0);
  IS(cell("Person", P, "Zuzug", NULL, why), day("2021-01-01"));
  UNKNOWN(cell("Person", P, "Wohnsitz", "2012-03-31", why));
  IS(cell("Person", P, "Wohnsitz", "2012-04-01", why), 0);
  IS(cell("Person", P, "Wohnsitz", "2019-06-30", why), 0);
  IS(cell("Person", P, "Wohnsitz", "2019-07-01", why), 1);
  UNKNOWN(cell("Person", P, "Wohnsitz", "2020-01-01", why)); /* a second dwelling at home while living abroad */
  cr_assert(strstr(why, "Nebenwohnung"));
  IS(cell("Person", P, "Wohnsitz", "2021-06-01", why), 0);   /* the second dwelling changes nothing beside a main one */
  IS(cell("Person", P, "Wohnsitz", "2026-11-30", why), 0);   /* to the end of the month of as_of */
  UNKNOWN(cell("Person", P, "Wohnsitz", "2026-12-01", why));
  IS(cell("Kindschaft", P "/" K, "Art", NULL, why), 0);
  cr_assert_eq(cell("Kindschaft", P "/" K, "Antragseingang", NULL, why).state, ANS_NOT_APPLICABLE);
  UNKNOWN(cell("Kindschaft", P "/" K, "Haushaltsaufnahme", "2020-01-01", why)); /* never from an address */
}

Test(adapter, residents_deceased) {
  char why[160];
  apply_ok("residents", P,
           "{\"birth_date\":\"1990-03-01\",\"death_date\":\"2026-11-05\",\"nationalities\":[\"DE\"],"
           "\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2012-04-01\",\"to\":\"2026-11-05\"}],\"moves\":[]}");
  IS(cell("Person", P, "Sterbedatum", NULL, why), day("2026-11-05"));
  IS(cell("Person", P, "Geburtsdatum", NULL, why), day("1990-03-01"));
}

Test(adapter, residents_partial_missing_and_contradictory) {
  char why[160];
  apply_ok("residents", P,
           "{\"birth_date\":{\"year\":1990},\"death_date\":{\"year\":2020,\"month\":5},\"nationalities\":[\"XX\",\"PL\"],"
           "\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2010-01-01\"},{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2020-01-01\"},{\"kind\":\"abroad\",\"country\":\"US\",\"from\":\"2022-01-01\"}],\"moves\":[]}");
  UNKNOWN(cell("Person", P, "Geburtsdatum", NULL, why));
  cr_assert_str_eq(why, "nur teilweise bekannt");
  UNKNOWN(cell("Person", P, "Sterbedatum", NULL, why));
  UNKNOWN(cell("Person", P, "Staatsangehörigkeit", NULL, why));
  cr_assert_eq(cell("Person", P, "Zuzug", NULL, why).state, ANS_NOT_APPLICABLE);
  IS(cell("Person", P, "Wohnsitz", "2021-01-01", why), 0); /* two main addresses, both at home: the fact is the same */
  UNKNOWN(cell("Person", P, "Wohnsitz", "2022-01-01", why));
  cr_assert(strstr(why, "widersprüchlich"));
  apply_ok("residents", P, "{\"nationalities\":[],\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"to\":\"2022-02-28\"}],\"moves\":[{\"date\":\"2022-03-01\",\"kind\":\"out\"}]}");
  UNKNOWN(cell("Person", P, "Geburtsdatum", NULL, why));
  cr_assert_str_eq(why, "im Register nicht eingetragen");
  cr_assert_eq(cell("Person", P, "Sterbedatum", NULL, why).state, ANS_NOT_APPLICABLE); /* the corrected entry replaced the old one */
  IS(cell("Person", P, "Wohnsitz", "1990-01-01", why), 0); /* beginning not recorded */
  UNKNOWN(cell("Person", P, "Wohnsitz", "2022-03-01", why));
  cr_assert(strstr(why, "Zielstaat"));
  apply_ok("residents", P, "{\"nationalities\":[\"US\"],\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2010-01-01\",\"to\":\"2022-03-01\"}],\"moves\":[{\"date\":\"2022-03-01\",\"kind\":\"out\",\"country\":\"US\"}]}");
  IS(cell("Person", P, "Staatsangehörigkeit", NULL, why), 2);
  IS(cell("Person", P, "Wohnsitz", "2022-03-01", why), 0);
  IS(cell("Person", P, "Wohnsitz", "2022-03-02", why), 2);
  IS(cell("Person", P, "Wohnsitz", "2026-11-30", why), 2);
}

Test(adapter, impossible_records_write_nothing) {
  static const struct { const char *reg, *record; } x[] = {
      {"residents", "{\"birth_date\":\"1990-02-30\",\"nationalities\":[],\"addresses\":[],\"moves\":[]}"},
      {"residents", "{\"birth_date\":\"2030-01-01\",\"nationalities\":[],\"addresses\":[],\"moves\":[]}"},
      {"residents", "{\"birth_date\":{\"year\":1990,\"day\":1},\"nationalities\":[],\"addresses\":[],\"moves\":[]}"},
      {"residents", "{\"nationalities\":\"DE\",\"addresses\":[],\"moves\":[]}"},
      {"residents", "{\"nationalities\":[],\"addresses\":[{\"kind\":\"castle\",\"from\":\"2010-01-01\"}],\"moves\":[]}"},
      {"residents", "{\"nationalities\":[],\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2010-01-02\",\"to\":\"2010-01-01\"}],\"moves\":[]}"},
      {"residents", "{\"nationalities\":[],\"addresses\":[],\"moves\":[],\"legal_parents\":[{\"idnr\":\"" Q "\"},{\"idnr\":\"12\"}]}"},
      {"residents", "{\"nationalities\":[],\"addresses\":[],\"moves\":[],\"minor_children\":[{\"idnr\":\"" P "\"}]}"},
      {"births", "{\"birth_date\":\"2015-02-11\"}"},
      {"births", "{\"birth_date\":\"2015-02-11\",\"parents\":[{\"relation\":\"stork\",\"idnr\":\"" Q "\"}]}"},
      {"idnr", "{\"idnr_assigned\":\"yes\"}"},
      {"training", "{\"contracts\":[],\"enrolments\":[],\"degrees\":[]}"},
      {"training", "{\"coverage_from\":\"2015-01-01\",\"contracts\":[{\"from\":\"2024-01-01\",\"state\":\"active\"}],\"enrolments\":[],\"degrees\":[]}"},
      {"training", "{\"coverage_from\":\"2015-01-01\",\"contracts\":[],\"enrolments\":[],\"degrees\":[{\"kind\":\"doctor\",\"date\":\"2020-01-01\"}]}"},
      {"employment", "{\"coverage_from\":\"2015-01-01\",\"periods\":[{\"kind\":\"employment\",\"from\":\"2024-01-01\",\"weekly_hours\":\"2000.0\"}]}"},
      {"employment", "{\"coverage_from\":\"2015-01-01\",\"periods\":[{\"kind\":\"employment\",\"from\":\"2024-01-01\",\"weekly_hours\":20.5}]}"},
      {"employment", "{\"coverage_from\":\"2015-01-01\",\"periods\":{}}"}};
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
    int64_t written = 0, other = 0;
    cr_assert_not_null(apply(x[i].reg, P, x[i].record, 1000, &written), "%s", x[i].record);
    cr_assert_eq(written, 0, "%s", x[i].record);
    OK(ans_store_subject(store, "Person", Q, false, &other, &err));
    cr_assert_eq(other, 0, "%s", x[i].record); /* not even the relative was created */
  }
}

Test(adapter, births_name_parents_and_take_back) {
  char why[160];
  apply_ok("births", K, "{\"birth_date\":\"2015-02-11\",\"parents\":[{\"relation\":\"mother\",\"idnr\":\"" P "\"},{\"relation\":\"adoptive\",\"idnr\":\"" Q "\"}]}");
  IS(cell("Person", K, "Geburtsdatum", NULL, why), day("2015-02-11"));
  IS(cell("Kindschaft", P "/" K, "Art", NULL, why), 0);
  IS(cell("Kindschaft", Q "/" K, "Art", NULL, why), 1);
  /* A parent without a number becomes a person of whom nothing is known; the pair that is no longer named loses its kind. */
  apply_ok("births", K, "{\"birth_date\":\"2015-02-12\",\"parents\":[{\"relation\":\"mother\",\"idnr\":\"" P "\"},{\"relation\":\"father\"}]}");
  IS(cell("Person", K, "Geburtsdatum", NULL, why), day("2015-02-12"));
  UNKNOWN(cell("Kindschaft", Q "/" K, "Art", NULL, why));
  IS(cell("Kindschaft", "ohne-IdNr-" K "-2/" K, "Art", NULL, why), 0);
  UNKNOWN(cell("Person", "ohne-IdNr-" K "-2", "Wohnsitz", "2020-01-01", why));
  apply_ok("births", Q, "{\"parents\":[]}");
  UNKNOWN(cell("Person", Q, "Geburtsdatum", NULL, why));
}

Test(adapter, training_is_complete_only_where_the_register_is) {
  char why[160];
  apply_ok("births", K, "{\"birth_date\":\"2004-02-11\",\"parents\":[]}");
  apply_ok("training", K,
           "{\"coverage_from\":\"2015-01-01\",\"contracts\":[{\"from\":\"2022-08-01\",\"to\":\"2023-01-31\",\"state\":\"terminated\"},{\"from\":\"2024-08-01\",\"to\":\"2028-01-31\",\"state\":\"active\"}],"
           "\"enrolments\":[{\"kind\":\"school\",\"to\":\"2022-06-30\"},{\"kind\":\"university\",\"from\":\"2023-04-01\"}],\"degrees\":[{\"kind\":\"school_leaving\",\"date\":\"2022-06-21\"}]}");
  UNKNOWN(cell("Person", K, "Ausbildung", "2014-12-31", why));
  IS(cell("Person", K, "Ausbildung", "2015-01-01", why), 0);
  IS(cell("Person", K, "Ausbildung", "2022-08-01", why), 1);
  IS(cell("Person", K, "Ausbildung", "2023-02-01", why), 0);
  IS(cell("Person", K, "Ausbildung", "2027-06-01", why), 1); /* a planned end is known */
  UNKNOWN(cell("Person", K, "Ausbildung", "2028-02-01", why));
  IS(cell("Person", K, "Studium", "2015-01-01", why), 1); /* beginning not recorded: from coverage on */
  IS(cell("Person", K, "Studium", "2022-07-01", why), 0);
  IS(cell("Person", K, "Studium", "2026-11-30", why), 1);
  UNKNOWN(cell("Person", K, "Studium", "2026-12-01", why));
  cr_assert_eq(cell("Person", K, "Erstausbildung_abgeschlossen", NULL, why).state, ANS_NOT_APPLICABLE);
  apply_ok("training", K, "{\"coverage_from\":\"2015-01-01\",\"contracts\":[],\"enrolments\":[],\"degrees\":[{\"kind\":\"bachelor\",\"date\":\"2025-03-31\"},{\"kind\":\"vocational\",\"date\":\"2023-01-31\"}]}");
  IS(cell("Person", K, "Erstausbildung_abgeschlossen", NULL, why), day("2023-01-31"));
  apply_ok("training", K, "{\"coverage_from\":\"2015-01-01\",\"contracts\":[],\"enrolments\":[],\"degrees\":[{\"kind\":\"bachelor\",\"date\":\"2025-03-31\"},{\"kind\":\"vocational\",\"date\":{\"year\":2023}}]}");
  UNKNOWN(cell("Person", K, "Erstausbildung_abgeschlossen", NULL, why));
  /* Older than the register: "none" cannot be said. */
  apply_ok("births", Q, "{\"birth_date\":\"1990-01-01\",\"parents\":[]}");
  apply_ok("training", Q, "{\"coverage_from\":\"2015-01-01\",\"contracts\":[],\"enrolments\":[],\"degrees\":[]}");
  UNKNOWN(cell("Person", Q, "Erstausbildung_abgeschlossen", NULL, why));
  cr_assert(strstr(why, "Registerführung"));
}

Test(adapter, employment_hours_per_day) {
  char why[160];
  apply_ok("employment", K,
           "{\"coverage_from\":\"2015-01-01\",\"periods\":[{\"kind\":\"employment\",\"from\":\"2024-02-01\",\"to\":\"2025-01-31\",\"weekly_hours\":\"19.5\",\"minor\":false},"
           "{\"kind\":\"training\",\"from\":\"2024-08-01\",\"to\":\"2025-06-30\",\"weekly_hours\":\"40.0\",\"minor\":false},{\"kind\":\"employment\",\"from\":\"2024-10-01\",\"to\":\"2024-10-31\",\"weekly_hours\":\"5.0\",\"minor\":true},"
           "{\"kind\":\"self_employed\",\"from\":\"2025-09-01\",\"to\":\"2025-09-30\"},{\"kind\":\"employment\",\"from\":\"2025-11-01\",\"to\":\"2025-11-30\",\"weekly_hours\":\"8.0\",\"minor\":true}],"
           "\"job_seeking\":[{\"from\":\"2025-02-01\",\"to\":\"2025-04-30\"}],\"voluntary_service\":[]}");
  UNKNOWN(cell("Person", K, "Wochenstunden", "2014-12-31", why));
  IS(cell("Person", K, "Wochenstunden", "2020-01-01", why), 0);
  IS(cell("Person", K, "Geringfügig", "2020-01-01", why), 0);
  IS(cell("Person", K, "Wochenstunden", "2024-02-01", why), 1950);
  IS(cell("Person", K, "Wochenstunden", "2024-09-01", why), 1950); /* the training beside it is not counted */
  IS(cell("Person", K, "Ausbildungsdienstverhältnis", "2024-09-01", why), 0);
  IS(cell("Person", K, "Wochenstunden", "2024-10-15", why), 2450); /* overlapping periods add up */
  IS(cell("Person", K, "Geringfügig", "2024-10-15", why), 0);      /* not all of it is marginal */
  IS(cell("Person", K, "Wochenstunden", "2025-03-01", why), 4000);
  IS(cell("Person", K, "Ausbildungsdienstverhältnis", "2025-03-01", why), 1);
  UNKNOWN(cell("Person", K, "Wochenstunden", "2025-09-15", why));
  IS(cell("Person", K, "Geringfügig", "2025-11-15", why), 1);
  IS(cell("Person", K, "Arbeitsuchend", "2025-04-30", why), 1);
  IS(cell("Person", K, "Arbeitsuchend", "2025-05-01", why), 0);
}

Test(adapter, unchanged_answers_write_nothing_and_history_stays) {
  int64_t written = 0;
  const char *record = "{\"birth_date\":\"1990-03-01\",\"nationalities\":[\"DE\"],\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2012-04-01\"}],\"moves\":[]}";
  cr_assert_null(apply("residents", P, record, 1000, &written));
  cr_assert_eq(written, 5);
  cr_assert_null(apply("residents", P, record, 2000, &written));
  cr_assert_eq(written, 0);
  cr_assert_null(apply("residents", P, "{\"birth_date\":\"1990-03-02\",\"nationalities\":[\"DE\"],\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2012-04-01\"}],\"moves\":[]}", 3000, &written));
  cr_assert_eq(written, 1);
}

/* Whatever a register sends, the adapters end with a plan or a reason: values of good records are exchanged at random. */
Test(adapter, mutated_records_never_harm) {
  static const char *const values[] = {"1", "-1", "99999999999999", "true", "{}", "[]", "[[]]", "\"\"", "\"0000-00-00\"", "\"9999-12-31\"", "\"0001-01-01\"", "{\"year\":0}", "{\"year\":9999,\"month\":12}", "\"DE\"", "\"main\"", "\"2020-02-29\"", "null"};
  static const struct { const char *reg, *record; } good[] = {
      {"residents", "{\"birth_date\":\"1990-03-01\",\"nationalities\":[\"PL\",\"DE\"],\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2012-04-01\",\"to\":\"2019-06-30\"},{\"kind\":\"abroad\",\"country\":\"FR\",\"from\":\"2019-07-01\"}],\"moves\":[{\"date\":\"2012-04-01\",\"kind\":\"in\",\"country\":\"FR\"},{\"date\":\"2019-07-01\",\"kind\":\"out\"}],\"minor_children\":[{\"idnr\":\"" K "\"}]}"},
      {"births", "{\"birth_date\":\"2015-02-11\",\"parents\":[{\"relation\":\"mother\",\"idnr\":\"" P "\"},{\"relation\":\"father\"}]}"},
      {"training", "{\"coverage_from\":\"2015-01-01\",\"contracts\":[{\"from\":\"2022-08-01\",\"to\":\"2023-01-31\",\"state\":\"terminated\"}],\"enrolments\":[{\"kind\":\"school\",\"to\":\"2022-06-30\"}],\"degrees\":[{\"kind\":\"bachelor\",\"date\":{\"year\":2023}}]}"},
      {"employment", "{\"coverage_from\":\"2015-01-01\",\"periods\":[{\"kind\":\"employment\",\"from\":\"2024-02-01\",\"to\":\"2025-01-31\",\"weekly_hours\":\"19.5\",\"minor\":false},{\"kind\":\"training\",\"from\":\"2024-08-01\"}],\"job_seeking\":[{\"from\":\"2025-02-01\"}],\"voluntary_service\":[{\"kind\":\"FSJ\",\"from\":\"2025-02-01\"}]}"}};
  uint32_t seed = 4711;
  int refused = 0, taken = 0;
  for (int i = 0; i < 1200; i++) {
    const char *reg = good[i % 4].reg, *from = good[i % 4].record;
    char text[2000];
    size_t n = 0, colons = 0;
    for (const char *c = from; *c; c++) colons += *c == ':';
    size_t pick = (seed = seed * 1664525u + 1013904223u) / 65536 % colons, seen = 0;
    const char *value = values[(seed = seed * 1664525u + 1013904223u) / 65536 % (sizeof values / sizeof *values)];
    for (const char *c = from; *c;) {
      text[n++] = *c;
      if (*c++ != ':' || seen++ != pick) continue;
      n += (size_t)snprintf(text + n, 100, "%s", value);
      for (int depth = 0; *c && (depth || (*c != ',' && *c != '}' && *c != ']')); c++) depth += (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
    }
    text[n] = 0;
    int64_t written = 0;
    const char *why = apply(reg, strcmp(reg, "births") == 0 ? K : P, text, 1000 + i, &written);
    refused += why != NULL;
    taken += why == NULL;
  }
  cr_assert_gt(refused, 100);
  cr_assert_gt(taken, 100);
}

/* --- configuration ------------------------------------------------------------------------------------------------------------------------------ */
TestSuite(config, .init = scratch_begin, .fini = scratch_end);
#include "exchange_config.h"
#define REG "{\"register\":\"residents\",\"service_id\":\"TH/GOV/MELDE/residents/person\",\"source\":\"Melderegister\",\"legal_basis\":\"§ 111 Abs. 1 Satz 1 AO\",\"purpose\":\"Prüfung\""
#define TOP(url) "{\"server_url\":\"" url "\",\"client_id\":\"TH/GOV/FAMKA/anspruch\",\"policy\":{\"authorisations\":false,\"evidence\":\"clear\",\"retrieval\":\"everything\"}"

Test(config, the_sample_is_valid) {
  ans_xroad_config c;
  OK(ans_exchange_config_load("fixtures/exchange/local.json", &c, &err));
  cr_assert_eq(c.register_count, 7u);
  cr_assert_eq(c.max_body, 10485760u);
  ans_exchange_config_dispose(&c);
}

Test(config, defaults_and_errors) {
  ans_xroad_config c;
  OK(load_config(TOP("http://127.0.0.1:1") ",\"registers\":[" REG "}]}", &c));
  cr_assert(c.connect_timeout_ms == 5000 && c.total_timeout_ms == 100000 && c.parallel == 16 && c.max_attempts == 4 && c.max_body == 10u << 20);
  ans_exchange_config_dispose(&c);
  static const char *const bad[] = {
      "", "[]", "{\"server_url\":1}", TOP("http://127.0.0.1:1") "}", TOP("http://127.0.0.1:1") ",\"registers\":[]}",
      TOP("http://registers.example") ",\"registers\":[" REG "}]}",                         /* plain HTTP beyond loopback */
      TOP("ftp://127.0.0.1") ",\"registers\":[" REG "}]}",
      TOP("https://registers.example") ",\"registers\":[" REG "}]}",                        /* no certificates */
      TOP("https://registers.example") ",\"tls\":{\"ca_file\":\"/nonexistent\",\"client_cert\":\"/nonexistent\",\"client_key\":\"/nonexistent\"},\"registers\":[" REG "}]}",
      "{\"server_url\":\"http://127.0.0.1\",\"client_id\":\"TH/GOV/FAMKA\",\"registers\":[" REG "}]}",
      TOP("http://127.0.0.1:1") ",\"paralel\":4,\"registers\":[" REG "}]}",
      TOP("http://127.0.0.1:1") ",\"parallel\":0,\"registers\":[" REG "}]}",
      TOP("http://127.0.0.1:1") ",\"parallel\":\"4\",\"registers\":[" REG "}]}",
      TOP("http://127.0.0.1:1") ",\"registers\":[" REG "}," REG "}]}",                      /* twice */
      TOP("http://127.0.0.1:1") ",\"registers\":[" REG ",\"persons\":\"everybody\"}]}",
      TOP("http://127.0.0.1:1") ",\"registers\":[{\"register\":\"telephone\",\"service_id\":\"TH/GOV/MELDE/residents/person\",\"source\":\"M\",\"legal_basis\":\"§ 1 AO\",\"purpose\":\"p\"}]}",
      TOP("http://127.0.0.1:1") ",\"registers\":[{\"register\":\"residents\",\"service_id\":\"TH/GOV/MELDE/residents\",\"source\":\"M\",\"legal_basis\":\"§ 1 AO\",\"purpose\":\"p\"}]}",
      TOP("http://127.0.0.1:1") ",\"registers\":[{\"register\":\"residents\",\"service_id\":\"TH/GOV/MELDE/residents/person\",\"source\":\"M\",\"legal_basis\":\"because\",\"purpose\":\"p\"}]}",
      TOP("http://127.0.0.1:1") ",\"client_id\":\"TH/GOV/FAMKA/anspruch\",\"registers\":[" REG "}]}"}; /* duplicate key */
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    cr_assert_eq(load_config(bad[i], &c), ANS_EXCHANGE, "%zu: %s", i, bad[i]);
    cr_assert(strstr(err.where, "exchange.json"), "%zu", i);
  }
  cr_assert_eq(ans_exchange_config_load(scratch_path("absent.json"), &c, &err), ANS_EXCHANGE);
}

Test(config, rows_of_a_birth) {
  static const char *const good = "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"child\",{\"text\":\"01\"}],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"child\"}}";
  static const char *const bad[] = {
      "", "1", "{}", "{\"unit\":\"Bezug\"}",
      "{\"unit\":\"Kindschaft\",\"key\":[\"parent\",\"child\"],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"child\"}}",            /* made anyway */
      "{\"unit\":\"Bezug\",\"key\":[\"child\"],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"child\"}}",
      "{\"unit\":\"Bezug\",\"key\":[\"child\",{\"text\":\"x\"}],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"child\"}}",               /* one row for two parents */
      "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"child\",{\"text\":\"a/b\"}],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"child\"}}",
      "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"child\",{\"text\":\"a\",\"x\":1}],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"child\"}}",
      "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"stork\"],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"child\"}}",
      "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"child\",\"parent\",\"child\",\"parent\"],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"child\"}}",
      "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"child\"],\"references\":{}}",
      "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"child\"],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"text\"}}",
      "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"child\"],\"references\":{\"Elternteil\":[]}}",
      "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"child\"],\"references\":{\"Elternteil\":{\"text\":\"x\"}}}",
      "{\"unit\":\"Bezug\",\"key\":[\"parent\",\"child\"],\"references\":{\"Elternteil\":\"parent\",\"Kind\":\"child\"},\"facts\":{}}"};
  char text[2000];
  ans_xroad_config c;
  snprintf(text, sizeof text, TOP("http://127.0.0.1:1") ",\"birth_rows\":[%s],\"registers\":[" REG "}]}", good);
  OK(load_config(text, &c));
  cr_assert(c.birth_row_count == 1);
  ans_exchange_config_dispose(&c);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    snprintf(text, sizeof text, TOP("http://127.0.0.1:1") ",\"birth_rows\":[%s],\"registers\":[" REG "}]}", bad[i]);
    cr_assert_eq(load_config(text, &c), ANS_EXCHANGE, "%zu: %s", i, bad[i]);
    cr_assert(i < 1 || strstr(err.args[0], "birth_rows") || strstr(err.args[0], "unit") || strstr(err.args[0], "facts") || strstr(err.args[0], "x"), "%zu: %s", i, err.args[0]);
  }
}

/* --- the whole fetch against a scripted server ---------------------------------------------------------------------------------------------------- */
TestSuite(fetch, .init = begin, .fini = end, .timeout = 60);

static ans_xroad_config config;
static ans_fetch_report report;
static ans_fetch_options options = {.benefit = "Kindergeld", .period = 2026 * 12 + 10};

static void start(server_script *script, const char *more) {
  char text[4000];
  server_start(script);
  snprintf(text, sizeof text,
           "{\"server_url\":\"http://127.0.0.1:%d\",\"client_id\":\"TH/GOV/FAMKA/anspruch\",\"policy\":{\"authorisations\":false,\"evidence\":\"clear\",\"retrieval\":\"everything\"},\"connect_timeout_ms\":1000,\"total_timeout_ms\":700,\"backoff_ms\":5,\"max_body_bytes\":20000,\"parallel\":4%s,\"registers\":["
           "{\"register\":\"births-events\",\"service_id\":\"TH/GOV/STANDESAMT/births/events\",\"source\":\"Standesamt\",\"legal_basis\":\"§ 69 Satz 3 EStG\",\"purpose\":\"Prüfung\"},"
           "{\"register\":\"births\",\"service_id\":\"TH/GOV/STANDESAMT/births/child\",\"source\":\"Standesamt\",\"legal_basis\":\"§ 69 Satz 3 EStG\",\"purpose\":\"Prüfung\",\"persons\":\"children\"}," REG "},"
           "{\"register\":\"employment\",\"service_id\":\"TH/GOV/DSRV/employment/person\",\"source\":\"DSRV\",\"legal_basis\":\"§ 68 Abs. 7 Satz 1 EStG\",\"purpose\":\"Prüfung\",\"persons\":\"children\",\"from_age\":17}]}",
           server_port, more);
  OK(load_config(text, &config));
}
static void claim(const char *who, const char *child, const char *case_id) {
  int64_t c = 0;
  OK(ans_store_begin(store, &err));
  OK(ans_fact_pair(store, who, child, &c, &err));
  ans_award a = {.claim = c, .benefit = "Kindergeld", .from_period = 24000, .to_period = INT32_MAX, .amount_cents = 25900};
  OK(ans_store_put_award(store, &a, NULL, &err));
  OK(ans_store_set_case(store, "Kindergeld", c, case_id, &err));
  OK(ans_store_commit(store, &err));
}

/* Default behaviour: a family of mother P, father Q, child K (born 2015); everybody else is an adult without relatives. */
static bool family(const server_request *r) {
  char body[1500];
  if (strstr(r->service, "events")) return server_json(r, "{\"register\":\"births\",\"as_of\":\"2026-11-20\",\"events\":[],\"more\":false}");
  if (strstr(r->service, "births/child")) {
    snprintf(body, sizeof body, "{\"status\":\"found\",\"register\":\"births\",\"idnr\":\"%s\",\"as_of\":\"2026-11-20\",\"record\":{\"birth_date\":\"2015-02-11\",\"parents\":[{\"relation\":\"mother\",\"idnr\":\"" P "\"},{\"relation\":\"father\",\"idnr\":\"" Q "\"}]}}", r->key);
    return server_json(r, body);
  }
  if (strstr(r->service, "employment")) {
    snprintf(body, sizeof body, "{\"status\":\"found\",\"register\":\"employment\",\"idnr\":\"%s\",\"as_of\":\"2026-11-20\",\"record\":{\"coverage_from\":\"2015-01-01\",\"periods\":[],\"job_seeking\":[]}}", r->key);
    return server_json(r, body);
  }
  snprintf(body, sizeof body, "{\"status\":\"found\",\"register\":\"residents\",\"idnr\":\"%s\",\"as_of\":\"2026-11-20\",\"record\":{\"birth_date\":\"%s\",\"nationalities\":[\"DE\"],\"addresses\":[{\"kind\":\"main\",\"country\":\"DE\",\"from\":\"2015-03-01\"}],\"moves\":[]}}", r->key,
           strcmp(r->key, K) == 0 ? "2015-02-11" : "1990-01-01");
  return server_json(r, body);
}

typedef struct logged { int sent, outcome; char last[64], detail[200]; } logged;
static logged log_of(const char *key, const char *service) {
  logged x = {0};
  sqlite3 *db = NULL;
  sqlite3_stmt *st = NULL;
  cr_assert_eq(sqlite3_open_v2(scratch_path("store.db"), &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
  cr_assert_eq(sqlite3_prepare_v2(db, "SELECT outcome, error_detail FROM exchange_log WHERE subject_key = ?1 AND service LIKE ?2 ORDER BY id", -1, &st, NULL), SQLITE_OK);
  sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
  sqlite3_bind_text(st, 2, service, -1, SQLITE_STATIC);
  while (sqlite3_step(st) == SQLITE_ROW) {
    const char *outcome = (const char *)sqlite3_column_text(st, 0);
    if (strcmp(outcome, "sent") == 0) x.sent++;
    else x.outcome++;
    snprintf(x.last, sizeof x.last, "%s", outcome);
    snprintf(x.detail, sizeof x.detail, "%s", (const char *)sqlite3_column_text(st, 1));
  }
  sqlite3_finalize(st);
  sqlite3_close(db);
  return x;
}

Test(fetch, a_family_and_its_second_parent) {
  char why[160];
  claim(P, K, "KG-0000000017");
  start(family, "");
  OK(ans_exchange_fetch(store, program, &config, &options, &report, &err));
  cr_assert_eq(report.persons, 3); /* the father was named by the birth register */
  cr_assert_eq(server_count("residents/person/" Q), 1);
  cr_assert_eq(server_count("employment"), 0); /* nobody asks about the work of an eleven-year-old */
  IS(cell("Kindschaft", Q "/" K, "Art", NULL, why), 0);
  IS(cell("Person", Q, "Wohnsitz", "2020-01-01", why), 0);
  cr_assert_eq(report.requests, 5);
  int64_t n = 0, unknown = 0;
  OK(ans_store_verify_exchange_log(store, &n, &err));
  cr_assert_eq(n, 10); /* every request: before it was sent, and how it ended */
  OK(ans_store_subject(store, "Person", "unbekannt-" K, false, &unknown, &err));
  cr_assert_eq(unknown, 0);
  /* Every request carries the complete policy. */
  for (int i = 0; i < server_seen->count; i++) {
    char value[200];
    const char *head = server_seen->head[i];
    cr_assert_str_eq(server_header(head, "X-Road-Client", value, sizeof value), "TH/GOV/FAMKA/anspruch");
    cr_assert(strstr(server_header(head, "X-Anspruch-Legal-Basis", value, sizeof value), "%C2%A7 "), "%s", value);
    cr_assert_str_eq(server_header(head, "X-Anspruch-Purpose", value, sizeof value), "Pr%C3%BCfung");
    bool feed = strstr(server_seen->line[i], "events") != NULL;
    cr_assert_str_eq(server_header(head, "X-Anspruch-IdNr-Used", value, sizeof value), feed ? "false" : "true");
    cr_assert_str_eq(server_header(head, "X-Road-Issue", value, sizeof value), feed ? "FEED-births" : "KG-0000000017");
    cr_assert_str_eq(server_header(head, "Accept-Encoding", value, sizeof value), "");
    for (int k = 0; k < i; k++) {
      char other[200];
      server_header(head, "X-Road-Id", value, sizeof value);
      cr_assert_str_neq(value, server_header(server_seen->head[k], "X-Road-Id", other, sizeof other));
    }
  }
  /* A second run asks only the feed: everything else is fresh. */
  int before = server_seen->count;
  OK(ans_exchange_fetch(store, program, &config, &options, &report, &err));
  cr_assert_eq(server_seen->count, before + 1);
  cr_assert_eq(report.assertions, 0);
}

static bool silent_births(const server_request *r) {
  if (strstr(r->service, "births/child") || strcmp(r->key, Q) == 0) return server_json(r, "{\"status\":\"no_data_released\"}");
  return family(r);
}
Test(fetch, no_data_is_unknown_and_an_unnamed_parent_is_possible) {
  char why[160];
  claim(P, K, "KG-1");
  claim(Q, "13562801102", "KG-2");
  start(silent_births, "");
  OK(ans_exchange_fetch(store, program, &config, &options, &report, &err));
  cr_assert_eq(report.no_data, 3);
  UNKNOWN(cell("Person", Q, "Sterbedatum", NULL, why)); /* not "alive" */
  cr_assert_str_eq(why, "keine Daten freigegeben");
  IS(cell("Person", K, "Geburtsdatum", NULL, why), day("2015-02-11")); /* the residents register still knows */
  UNKNOWN(cell("Kindschaft", "unbekannt-" K "/" K, "Art", NULL, why));
  ans_fact_loader *l = NULL;
  ans_columns *c = NULL;
  int64_t id = 0;
  uint32_t component, row;
  OK(ans_store_subject(store, "Kindschaft", P "/" K, false, &id, &err));
  OK(ans_fact_loader_new(store, program, INT64_MAX, &l, &err));
  OK(ans_fact_loader_load(l, PAIR, &id, 1, &c, &component, &row, NULL, NULL, &err));
  cr_assert_eq(c->units[PAIR].rows, 2u); /* P is not taken for the only parent */
  ans_columns_free(c);
  ans_fact_loader_free(l);
}

/* One claim per failure mode; the number tells the server what to do. */
static bool misbehave(const server_request *r) {
  static char big[40000];
  char good[1500], text[3000], echo[1024];
  if (!strstr(r->service, "residents")) return family(r);
  int mode = atoi(r->key + 9);
  snprintf(good, sizeof good, "{\"status\":\"found\",\"register\":\"residents\",\"idnr\":\"%s\",\"as_of\":\"2026-11-20\",\"record\":{\"birth_date\":\"1990-01-01\",\"nationalities\":[\"DE\"],\"addresses\":[],\"moves\":[]}}", r->key);
  server_echo(r, echo, sizeof echo);
  switch (mode) {
  case 1: usleep(5000000); return false;                                                     /* stall, always */
  case 2: if (r->attempt == 1) return false; return server_json(r, good);                    /* closes without a word, once */
  case 3:                                                                                    /* closes in the middle, once */
    if (r->attempt > 1) return server_json(r, good);
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%.30s", echo, strlen(good), good);
    server_text(r->fd, text);
    return false;
  case 4:                                                                                    /* promises less than it sends, always */
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s", echo, strlen(good) - 5, good);
    server_text(r->fd, text);
    return false;
  case 5: memset(big, ' ', sizeof big); return server_answer(r, 200, "application/json", "", big, sizeof big);
  case 6: return server_answer(r, 302, "application/json", "Location: http://127.0.0.1:1/\r\n", "{}", 2);
  case 7: return server_answer(r, 200, "application/json", "x-road-id: 22222222-2222-4222-8222-222222222222\r\n", good, strlen(good));
  case 8: return server_json(r, "{\"status\":\"found\",\"register\":\"residents\",\"idnr\":\"99999999999\",\"as_of\":\"2026-11-20\",\"record\":{\"birth_date\":\"1990-01-01\",\"nationalities\":[],\"addresses\":[],\"moves\":[]}}");
  case 9:                                                                                    /* unbounded header */
    memset(big, 'a', sizeof big - 1);
    server_text(r->fd, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 4; i++) {
      server_text(r->fd, "x-filler: ");
      server_write(r->fd, big, sizeof big - 1);
      server_text(r->fd, "\r\n");
    }
    return false;
  case 10: /* both error families, then an answer */
    if (r->attempt > 2) return server_json(r, good);
    if (r->attempt == 1) snprintf(text, sizeof text, "HTTP/1.1 500 X\r\nContent-Type: application/json\r\nX-Road-Error: Server.ClientProxy.NetworkError\r\nContent-Length: %d\r\n\r\n{\"type\":\"Server.ClientProxy.NetworkError\"}", 42);
    else snprintf(text, sizeof text, "HTTP/1.1 500 X\r\nContent-Type: application/json\r\nX-Road-Error: server.serverproxy.io_error\r\nContent-Length: %d\r\n\r\n{\"type\":\"server.serverproxy.io_error\"}", 38);
    server_text(r->fd, text);
    return true;
  default: return server_json(r, good);
  }
}

Test(fetch, every_failure_mode_leaves_the_others_alone) {
  static const struct { int mode, sent; const char *outcome; bool known; } x[] = {
      {0, 1, "data", true}, {1, 2, "outcome_unknown", false}, {2, 2, "data", true}, {3, 2, "data", true}, {4, 2, "outcome_unknown", false}, {5, 1, "invalid", false},
      {6, 1, "invalid", false}, {7, 1, "security_incident", false}, {8, 1, "invalid", false}, {9, 1, "invalid", false}};
  char key[12], child[12];
  for (int i = 0; i < 10; i++) {
    snprintf(key, sizeof key, "135628001%02d", x[i].mode);
    snprintf(child, sizeof child, "135628099%02d", 50 + i);
    claim(key, child, "KG-1");
  }
  start(misbehave, ",\"max_attempts\":2");
  cr_assert_eq(ans_exchange_fetch(store, program, &config, &options, &report, &err), ANS_EXCHANGE);
  cr_assert_str_eq(err.code, "E-EXCHANGE-SECURITY"); /* the run went through, and the incident is told */
  for (int i = 0; i < 10; i++) {
    snprintf(key, sizeof key, "135628001%02d", x[i].mode);
    logged l = log_of(key, "%residents%");
    cr_assert_eq(l.sent, x[i].sent, "mode %d: %d sent", x[i].mode, l.sent);
    cr_assert_eq(l.outcome, 1);
    cr_assert_str_eq(l.last, x[i].outcome, "mode %d: %s", x[i].mode, l.detail);
    cr_assert_eq(server_count(key), x[i].sent, "mode %d", x[i].mode);
    char why[160];
    ans_scalar v = cell("Person", key, "Geburtsdatum", NULL, why);
    cr_assert_eq(v.state == ANS_VALUE, x[i].known, "mode %d", x[i].mode);
    if (!x[i].known) cr_assert(*why && !strstr(why, "nicht geliefert"), "mode %d: %s", x[i].mode, why);
    bool found = false;
    int64_t at = 0;
    int outcome = 0;
    OK(ans_store_latest_evidence(store, "Melderegister", NULL, key, &found, &at, &outcome, &err));
    cr_assert(found && (outcome == ANS_EVIDENCE_DATA) == x[i].known, "mode %d", x[i].mode);
  }
  int64_t n = 0;
  OK(ans_store_verify_exchange_log(store, &n, &err));
}

Test(fetch, retries_with_both_error_families) {
  claim("13562800110", "13562809950", "KG-1");
  start(misbehave, ",\"max_attempts\":4");
  OK(ans_exchange_fetch(store, program, &config, &options, &report, &err));
  cr_assert_eq(report.retries, 2);
  cr_assert_eq(log_of("13562800110", "%residents%").sent, 3);
  IS(cell("Person", "13562800110", "Geburtsdatum", NULL, (char[160]){0}), day("1990-01-01"));
}

static bool denied(const server_request *r) {
  char text[600];
  if (!strstr(r->service, "residents")) return family(r);
  const char *body = "{\"type\":\"server.serverproxy.access_denied\",\"message\":\"m\",\"detail\":\"d\"}";
  snprintf(text, sizeof text, "HTTP/1.1 500 X\r\nContent-Type: application/json\r\nX-Road-Error: server.serverproxy.access_denied\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
  server_text(r->fd, text);
  return true;
}
Test(fetch, a_register_that_denies_is_asked_no_further) {
  char key[12], child[12], why[160];
  for (int i = 0; i < 40; i++) {
    snprintf(key, sizeof key, "135628002%02d", i);
    snprintf(child, sizeof child, "135628003%02d", i);
    claim(key, child, "KG-1");
  }
  start(denied, "");
  cr_assert_eq(ans_exchange_fetch(store, program, &config, &options, &report, &err), ANS_EXCHANGE);
  cr_assert_str_eq(err.code, "E-EXCHANGE-STOPPED");
  cr_assert_leq(server_count("residents"), 4); /* what was in flight */
  cr_assert_eq(server_count("births/child"), 40); /* the other registers were asked */
  UNKNOWN(cell("Person", "13562800200", "Geburtsdatum", NULL, why));
  cr_assert(strstr(why, "verweigert") || strstr(why, "eingestellt"), "%s", why);
}

Test(fetch, unreachable_server_trips_the_breaker_and_keeps_older_facts) {
  char key[12], child[12], why[160];
  claim(P, K, "KG-1");
  start(family, ",\"freshness_hours\":0,\"max_attempts\":2");
  OK(ans_exchange_fetch(store, program, &config, &options, &report, &err));
  server_stop();
  for (int i = 0; i < 40; i++) {
    snprintf(key, sizeof key, "135628002%02d", i);
    snprintf(child, sizeof child, "135628003%02d", i);
    claim(key, child, "KG-1");
  }
  cr_assert_eq(ans_exchange_fetch(store, program, &config, &options, &report, &err), ANS_EXCHANGE);
  IS(cell("Person", K, "Geburtsdatum", NULL, why), day("2015-02-11")); /* still what was known */
  UNKNOWN(cell("Person", "13562800200", "Wohnsitz", "2020-01-01", why));
  cr_assert(strstr(why, "nicht erreichbar") || strstr(why, "eingestellt"), "%s", why);
  cr_assert_lt(report.requests, 200); /* the breaker: not every request four times */
}

Test(fetch, nothing_is_sent_when_the_log_cannot_be_written) {
  claim(P, K, "KG-1");
  start(family, "");
  ans_store_close(store);
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_READ, &store, &err));
  cr_assert_eq(ans_exchange_fetch(store, program, &config, &options, &report, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-READONLY");
  cr_assert_eq(server_seen->count, 0);
  ans_store_close(store);
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_WRITE, &store, &err));
  OK(ans_store_set_quota(store, 1, &err)); /* the disk is full */
  ans_exchange_entry e = {.register_name = "x", .subject_key = "fill"};
  while (ans_store_log_exchange(store, &e, NULL, &err) == ANS_OK)
    for (int i = 0; i < 200 && ans_store_log_exchanges(store, (ans_exchange_entry[]){e, e, e, e, e, e, e, e}, 8, &err) == ANS_OK; i++) {}
  e.subject_key = ""; /* the feed's entries have their own place in the index: no room there either */
  while (ans_store_log_exchange(store, &e, NULL, &err) == ANS_OK) {}
  cr_assert_eq(ans_exchange_fetch(store, program, &config, &options, &report, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-FULL");
  cr_assert_eq(server_seen->count, 0);
}

/* Two pages; the second repeats an event, corrects one, cancels one, and carries one without a number. */
static bool feeding(const server_request *r) {
  if (!strstr(r->service, "events")) return family(r);
  if (!strstr(r->target, "after="))
    return server_json(r, "{\"register\":\"births\",\"as_of\":\"2026-11-20\",\"events\":["
                          "{\"cursor\":\"1\",\"event_id\":\"E-0\",\"event\":\"cancellation\",\"recorded_on\":\"2026-11-03\",\"replaces\":\"E-3\"},"
                          "{\"cursor\":\"2\",\"event_id\":\"E-1\",\"event\":\"birth\",\"recorded_on\":\"2026-11-04\",\"child_idnr\":\"" K "\",\"birth_date\":\"2026-11-02\",\"parents\":[{\"relation\":\"mother\",\"idnr\":\"" P "\"},{\"relation\":\"father\",\"idnr\":\"" Q "\"}]}],"
                          "\"next\":\"000-A\",\"more\":true}");
  if (strstr(r->target, "after=000-A"))
    return server_json(r, "{\"register\":\"births\",\"as_of\":\"2026-11-20\",\"events\":["
                          "{\"cursor\":\"2\",\"event_id\":\"E-1\",\"event\":\"birth\",\"recorded_on\":\"2026-11-04\",\"child_idnr\":\"" K "\",\"birth_date\":\"2026-11-02\",\"parents\":[{\"relation\":\"mother\",\"idnr\":\"" P "\"},{\"relation\":\"father\",\"idnr\":\"" Q "\"}]},"
                          "{\"cursor\":\"3\",\"event_id\":\"E-2\",\"event\":\"birth\",\"recorded_on\":\"2026-11-05\",\"birth_date\":\"2026-11-03\",\"parents\":[{\"relation\":\"mother\",\"idnr\":\"" P "\"}]},"
                          "{\"cursor\":\"4\",\"event_id\":\"E-3\",\"event\":\"birth\",\"recorded_on\":\"2026-11-05\",\"child_idnr\":\"13562801102\",\"birth_date\":\"2026-11-03\",\"parents\":[{\"relation\":\"mother\",\"idnr\":\"" P "\"}]},"
                          "{\"cursor\":\"5\",\"event_id\":\"E-4\",\"event\":\"correction\",\"recorded_on\":\"2026-11-06\",\"replaces\":\"E-2\",\"child_idnr\":\"13562801110\",\"birth_date\":\"2026-11-03\",\"parents\":[{\"relation\":\"mother\",\"idnr\":\"" P "\"}]}],"
                          "\"next\":\"000-B\",\"more\":false}");
  return server_json(r, "{\"register\":\"births\",\"as_of\":\"2026-11-20\",\"events\":[],\"next\":\"000-B\",\"more\":false}");
}
typedef struct claims { int64_t id[16]; unsigned why[16]; int n; } claims;
static bool on_claim(void *ctx, int64_t id, unsigned why) {
  claims *x = ctx;
  x->id[x->n] = id;
  x->why[x->n++] = why;
  return x->n < 16;
}
Test(fetch, births_feed_raises_candidates_once) {
  start(feeding, "");
  OK(ans_exchange_fetch(store, program, &config, &options, &report, &err));
  cr_assert_eq(report.events, 6);
  cr_assert_eq(report.candidates, 4);
  claims x = {.n = 0};
  OK(ans_store_claims(store, "Kindergeld", ANS_PERIOD_MONTH, options.period, options.period, on_claim, &x, &err));
  cr_assert_eq(x.n, 3); /* both parents of E-1, the corrected E-4; E-3 was cancelled before it came */
  for (int i = 0; i < x.n; i++) {
    char unit[64], key[64], number[129];
    bool found = false;
    cr_assert_eq(x.why[i], 4u);
    OK(ans_store_subject_name(store, x.id[i], unit, sizeof unit, key, sizeof key, &err));
    cr_assert_null(strstr(key, "13562801102"));
    OK(ans_store_case_of(store, "Kindergeld", x.id[i], number, sizeof number, &found, &err));
    cr_assert(found && strncmp(number, "EV-E-", 5) == 0);
  }
  int before = server_count("events");
  OK(ans_exchange_fetch(store, program, &config, &options, &report, &err));
  cr_assert_eq(server_count("events"), before + 1); /* from the cursor */
  cr_assert_eq(report.candidates, 0);
}

static bool bad_feed(const server_request *r) {
  if (!strstr(r->service, "events")) return family(r);
  return server_json(r, "{\"register\":\"births\",\"as_of\":\"2026-11-20\",\"events\":[{\"cursor\":\"1\",\"event_id\":\"E-1\",\"event\":\"miracle\",\"recorded_on\":\"2026-11-04\"}],\"next\":\"1\",\"more\":true}");
}
Test(fetch, a_bad_feed_keeps_its_position_and_does_not_stop_the_rest) {
  char *cursor = NULL;
  claim(P, K, "KG-1");
  start(bad_feed, "");
  cr_assert_eq(ans_exchange_fetch(store, program, &config, &options, &report, &err), ANS_EXCHANGE);
  cr_assert_str_eq(err.code, "E-EXCHANGE-FEED");
  OK(ans_store_get_text(store, "feed.births.cursor", &cursor, &err));
  cr_assert_null(cursor);
  cr_assert_eq(report.persons, 3);
  IS(cell("Person", K, "Geburtsdatum", NULL, (char[160]){0}), day("2015-02-11"));
}

Test(fetch, a_kill_loses_at_most_unstored_answers) {
  char key[12], child[12];
  for (int i = 0; i < 90; i++) {
    snprintf(key, sizeof key, "135628002%02d", i);
    snprintf(child, sizeof child, "135628003%02d", i);
    claim(key, child, "KG-1");
  }
  start(family, "");
  ans_store_close(store);
  pid_t pid = fork();
  if (pid == 0) {
    ans_error e;
    ans_store *s = NULL;
    if (ans_store_open(scratch_path("store.db"), ANS_STORE_WRITE, &s, &e) == ANS_OK) (void)!ans_exchange_fetch(s, program, &config, &options, &report, &e);
    _exit(0);
  }
  while (server_seen->count < 60) usleep(1000); /* somewhere inside */
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_WRITE, &store, &err));
  int64_t n = 0;
  OK(ans_store_verify_exchange_log(store, &n, &err));
  cr_assert_geq(n, 60); /* whatever reached the server is on record */
  OK(ans_exchange_fetch(store, program, &config, &options, &report, &err));
  for (int i = 0; i < 90; i++) {
    snprintf(child, sizeof child, "135628003%02d", i);
    IS(cell("Person", child, "Geburtsdatum", NULL, (char[160]){0}), day("2015-02-11"));
  }
}
